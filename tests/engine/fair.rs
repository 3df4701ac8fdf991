//! Fair to buyers: room that becomes free is the oldest lead's, however it became free, and a new lead goes behind those that wait.

use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::View as _;
use relevo::engine::queue::Waiting;
use relevo::engine::rota::Rota;

use crate::assignment::{MINUTE_MS, activity, asks, handed_off, rules};
use crate::land::Land;
use crate::world::{Chance, DAY_MS, START};

const HOUR_MS: i64 = 60 * MINUTE_MS;
const PROOF: &str = r#","proof":{"channel":"phone","ref":"c-1"}"#;
const SOLO: &str = "  mid: { open_leads_at_most: 1, sellers: { solo: {} } }\n";

fn whose(land: &Land, key: &AccountKey) -> String {
    land.lead(key).expect("a lead").follow_up.assignee.unwrap_or_default().into()
}

fn whose_each(land: &Land, keys: &[AccountKey]) -> Vec<String> {
    keys.iter().map(|key| whose(land, key)).collect()
}

/// Leads of these accounts, a minute apart.
fn come(land: &mut Land, domains: &[&str]) -> Vec<AccountKey> {
    let come = |domain: &&str| {
        let key = land.does(&asks(domain, land.now));
        land.runs();
        land.now = land.now.plus_ms(MINUTE_MS);
        key
    };
    domains.iter().map(come).collect()
}

fn does(land: &mut Land, key: &AccountKey, id: &str, kind: &str, more: &str) {
    land.sells(key, activity(land, key, id, kind, more));
    land.runs();
}

#[test]
fn room_that_a_lead_leaves_is_the_oldest_leads_at_once_and_a_new_one_goes_behind() {
    let mut land = Land::new(5, &rules());
    land.rostered(SOLO, 1);
    let keys = come(&mut land, &["a.example", "b.example"]);
    assert_eq!(whose_each(&land, &keys), ["solo", ""]);
    does(&mut land, &keys[0], "t", "contacted", PROOF);
    does(&mut land, &keys[0], "w", "won", "");
    assert_eq!(whose(&land, &keys[1]), "solo", "no tick, and no new lead, was needed");
    let later = come(&mut land, &["c.example", "d.example"]);
    assert_eq!(whose_each(&land, &later), ["", ""]);
    // Ended, expired, taken away: each leaves room, and each time it is the oldest lead's.
    does(&mut land, &keys[1], "l", "lost", r#","reason":"price""#);
    assert_eq!(whose_each(&land, &later), ["solo", ""]);
    does(&mut land, &later[0], "g", "assigned", r#","assignee":"boss""#);
    assert_eq!(whose_each(&land, &later), ["boss", "solo"]);
    let last = come(&mut land, &["e.example"]);
    land.now = START.plus_ms(181 * DAY_MS);
    land.ticks(land.now);
    assert!(land.lead(&last[0]).is_none_or(|lead| !lead.is_open()), "nothing happened with it for as long as anything is remembered");
    assert_eq!(land.counted("mid", "solo"), 0);
}

#[test]
fn a_queue_is_served_by_age_over_all_partitions_and_restarts() {
    let mut land = Land::new(7, &rules());
    land.rostered(SOLO, 1);
    let domains: Vec<String> = (0..40).map(|n| format!("c-{}.example", (n * 17) % 40)).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let keys = come(&mut land, &domains);
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(whose(&land, key), "solo", "{number}");
        if let Some(next) = keys.get(number + 1) {
            assert_eq!(whose(&land, next), "", "{number}");
        }
        if number % 7 == 3 {
            land.restarts();
        }
        does(&mut land, key, "w", "won", "");
    }
    assert_eq!(land.counted("mid", "solo"), 0);
}

/// Whoever waits is told of room that a roster, or time, makes: the oldest first, and as many as there is room for.
#[test]
fn room_that_a_roster_or_the_hour_makes_is_the_oldest_leads() {
    let more = [
        ("a cap that is raised", "  mid: { open_leads_at_most: 3, sellers: { solo: {} } }\n"),
        ("sellers who are added", "  mid: { open_leads_at_most: 1, sellers: { ana: {}, eva: {}, solo: {} } }\n"),
        ("a cap that goes", "  mid: { sellers: { eva: { open_leads_at_most: 2 }, solo: { open_leads_at_most: 1 } } }\n"),
    ];
    for (what, roster) in more {
        let mut land = Land::new(5, &rules());
        land.rostered(SOLO, 1);
        let keys = come(&mut land, &["z.example", "y.example", "x.example", "w.example"]);
        land.rostered(roster, 2);
        let whose = whose_each(&land, &keys);
        assert!(whose[..3].iter().all(|seller| !seller.is_empty()) && whose[3].is_empty(), "{what}: {whose:?}");
    }
    // An absence that ends, and hours that begin; the feed of activities may stand still meanwhile.
    let back = Timestamp::parse("2026-11-04T00:00:00Z").expect("a time");
    let opens = Timestamp::parse("2026-11-02T14:00:00Z").expect("a time");
    for (when, roster) in [
        (back, "  mid: { open_leads_at_most: 2, sellers: { solo: { absences: [{ from: 2026-10-30, until: 2026-11-03 }] } } }\n"),
        (opens, "  mid: { open_leads_at_most: 2, sellers: { solo: { calendar: day } } }\n"),
    ] {
        let mut land = Land::new(5, &rules());
        land.rostered(roster, 1);
        let keys = come(&mut land, &["z.example", "y.example", "x.example"]);
        let feed = land.now;
        land.now = when.plus_ms(-1);
        land.ticks(feed);
        assert_eq!(whose_each(&land, &keys), ["", "", ""]);
        land.now = when;
        land.ticks(feed);
        assert_eq!(whose_each(&land, &keys), ["solo", "solo", ""], "{when}");
    }
}

/// The first roster finds leads that lie in the queue: they were never asked for, and the oldest come first all the same.
#[test]
fn the_first_roster_gives_the_oldest_leads_and_a_team_that_was_forgotten_keeps_its_queue() {
    let mut land = Land::new(6, &rules());
    let keys = come(&mut land, &["z.example", "m.example", "a.example", "k.example"]);
    // Somebody is at the second, whoever that is.
    does(&mut land, &keys[1], "t", "contacted", PROOF);
    land.restarts();
    land.rostered(&SOLO.replace("most: 1", "most: 2"), 1);
    assert_eq!(whose_each(&land, &keys), ["solo", "", "solo", ""]);
    land.rostered("  big: { sellers: { olga: {} } }\n", 2);
    assert_eq!(whose_each(&land, &keys), ["", "", "", ""]);
    let later = come(&mut land, &["b.example"]);
    land.rostered(&SOLO.replace("most: 1", "most: 3"), 3);
    assert_eq!(whose_each(&land, &keys), ["solo", "", "solo", "solo"]);
    assert_eq!(whose(&land, &later[0]), "");
    does(&mut land, &keys[0], "w", "won", "");
    assert_eq!(whose(&land, &later[0]), "solo");
}

/// Who leaves at eleven, by a roster of today, hands their leads on at eleven, and has them no longer than they are there.
#[test]
fn somebody_can_leave_at_eleven_today() {
    let mut land = Land::new(4, &rules().replace("respond_within: 30m, reassign_after: 30m, ", ""));
    let day = "  mid: { calendar: day, sellers: { ana: { ABSENCES }, eva: { weight: 1 } } }\n";
    land.now = Timestamp::parse("2026-11-02T14:30:00Z").expect("a time");
    land.rostered(&day.replace("ABSENCES", "weight: 1"), 1);
    let keys = come(&mut land, &["a.example", "b.example"]);
    assert_eq!(whose_each(&land, &keys), ["ana", "eva"]);
    land.rostered(&day.replace("ABSENCES", "absences: [{ from: 2026-11-02T11:00, until: 2026-11-02 }]"), 2);
    land.now = Timestamp::parse("2026-11-02T15:59:59.999Z").expect("a time");
    land.ticks(land.now);
    assert_eq!(whose_each(&land, &keys), ["ana", "eva"]);
    land.now = land.now.plus_ms(1);
    land.ticks(land.now);
    assert_eq!(whose_each(&land, &keys), ["eva", "eva"]);
    let later = come(&mut land, &["c.example"]);
    assert_eq!(whose_each(&land, &later), ["eva"]);
    land.now = Timestamp::parse("2026-11-03T14:00:00Z").expect("a time");
    land.ticks(land.now);
    let back = come(&mut land, &["d.example", "e.example"]);
    assert!(whose_each(&land, &back).contains(&"ana".to_owned()), "she is back");
}

/// Who no longer waits is passed over, and leaves nothing behind.
#[test]
fn a_lead_that_somebody_has_no_longer_waits() {
    for (id, kind, more) in [
        ("l", "lost", r#","reason":"price""#),
        ("g", "assigned", r#","assignee":"boss""#),
        ("t", "contacted", PROOF),
        ("a", "accepted", ""),
    ] {
        let mut land = Land::new(5, &rules());
        // Eva is on the team, and full with one lead of her own.
        land.rostered("  mid: { open_leads_at_most: 1, sellers: { eva: {}, solo: {} } }\n", 1);
        let keys = come(&mut land, &["a.example", "b.example", "c.example", "d.example"]);
        assert_eq!(whose_each(&land, &keys), ["eva", "solo", "", ""]);
        does(&mut land, &keys[2], id, kind, more);
        let theirs = match kind {
            "lost" => "",
            "assigned" => "boss",
            _ => "eva",
        };
        assert_eq!(whose(&land, &keys[2]), theirs, "{kind}");
        assert_eq!(land.counted("mid", "eva"), if theirs == "eva" { 2 } else { 1 }, "{kind}: it counts against her cap");
        does(&mut land, &keys[1], "w", "won", "");
        assert_eq!(whose_each(&land, &keys[2..]), [theirs, "solo"], "{kind}");
        does(&mut land, &keys[3], "w", "won", "");
        assert_eq!(land.counted("mid", "solo"), 0, "{kind}");
        assert_eq!(land.stores.iter().map(|store| store.partition().waiting()).sum::<usize>(), 0, "{kind}");
    }
}

/// Whoever is not on the team takes no lead from its queue, whatever they do with it: it goes on waiting
/// for a seller, before those that came after it.
#[test]
fn who_is_not_on_the_team_takes_no_lead_from_its_queue() {
    let nobody = |kind: &str, more: &str| format!(r#""kind":"{kind}","actor":{{"kind":"person"}}{more}}}"#);
    for (kind, more) in [("accepted", ""), ("contacted", PROOF), ("attempted", PROOF)] {
        for named in [true, false] {
            let mut land = Land::new(5, &rules());
            land.rostered(SOLO, 1);
            let keys = come(&mut land, &["a.example", "b.example", "c.example"]);
            let mut json = activity(&land, &keys[1], "x", kind, more);
            if !named {
                let head = json.find(r#""kind""#).expect("a kind");
                json = format!("{}{}", &json[..head], nobody(kind, more));
            }
            land.sells(&keys[1], json);
            land.runs();
            assert_eq!(whose_each(&land, &keys), ["solo", "", ""], "{kind} {named}");
            let waits = land.lead(&keys[1]).expect("a lead").queued_since().is_some();
            assert!(waits, "{kind} {named}: the gauge of the queue counts it");
            land.now = land.now.plus_ms(HOUR_MS);
            land.restarts();
            does(&mut land, &keys[0], "w", "won", "");
            assert_eq!(whose_each(&land, &keys[1..]), ["solo", ""], "{kind} {named}: the oldest first");
            does(&mut land, &keys[1], "w", "won", "");
            assert_eq!(whose(&land, &keys[2]), "solo", "{kind} {named}");
        }
    }
}

/// Of two who take a lead of the queue the first one has it, in whatever order that is heard.
#[test]
fn the_first_who_takes_a_lead_of_the_queue_has_it_in_any_order_of_arrival() {
    for kinds in [["accepted", "accepted"], ["accepted", "contacted"], ["contacted", "accepted"], ["contacted", "met"]] {
        for order in [[0, 1], [1, 0]] {
            let mut land = Land::new(5, &rules());
            land.rostered("  mid: { open_leads_at_most: 1, sellers: { eva: {}, luis: {} } }\n", 1);
            let keys = come(&mut land, &["a.example", "b.example", "c.example"]);
            let waiting = keys.iter().find(|key| whose(&land, key).is_empty()).expect("one waits").clone();
            let since = land.now;
            land.now = since.plus_ms(HOUR_MS);
            for index in order {
                let (name, happened) = [("eva", since.plus_ms(MINUTE_MS)), ("luis", since.plus_ms(2 * MINUTE_MS))][index];
                let more = if kinds[index] == "accepted" { "" } else { PROOF };
                let json = activity(&land, &waiting, name, kinds[index], more).replace(r#""id":"eva""#, &format!(r#""id":"{name}""#));
                land.sells(&waiting, json.replace(&land.now.to_string(), &happened.to_string()));
                land.runs();
            }
            assert_eq!(whose(&land, &waiting), "eva", "{kinds:?} {order:?}");
            assert_eq!((land.counted("mid", "eva"), land.counted("mid", "luis")), (2, 1), "{kinds:?} {order:?}");
        }
    }
}

/// Without a roster nobody says who is on the team: whoever accepts a lead has it, and the first roster
/// counts it as theirs.
#[test]
fn without_a_roster_whoever_accepts_a_lead_has_it() {
    let mut land = Land::new(5, &rules());
    let keys = come(&mut land, &["a.example", "b.example"]);
    does(&mut land, &keys[1], "a", "accepted", "");
    assert_eq!(whose_each(&land, &keys), ["", "eva"]);
    assert_eq!(land.counted("mid", "eva"), 1);
    land.rostered("  mid: { open_leads_at_most: 1, sellers: { eva: {}, solo: {} } }\n", 1);
    assert_eq!(whose_each(&land, &keys), ["solo", "eva"], "eva has as many as she may have");
}

/// An overdue lead that nobody else could take goes before younger ones when somebody has room, and never back to whom it was taken from.
#[test]
fn what_cannot_be_given_to_whoever_has_room_blocks_nobody() {
    let hoarding = "touch_every: 2d, hoarding: { silent_for: 3d, take_back: true }";
    let mut land = Land::new(5, &rules().replace("touch_every: 2d", hoarding));
    land.rostered(SOLO, 1);
    let first = come(&mut land, &["a.example"]);
    does(&mut land, &first[0], "t", "contacted", PROOF);
    land.now = START.plus_ms(4 * DAY_MS);
    land.ticks(land.now);
    let taken = land.lead(&first[0]).expect("a lead").follow_up;
    assert_eq!((taken.assignee.as_deref(), taken.taken_from.as_deref()), (None, Some("solo")));
    let younger = come(&mut land, &["b.example", "c.example"]);
    assert_eq!(whose_each(&land, &younger), ["solo", ""]);
    land.rostered("  mid: { open_leads_at_most: 1, sellers: { eva: {}, solo: {} } }\n", 2);
    assert_eq!((whose(&land, &first[0]), whose(&land, &younger[1])), ("eva".to_owned(), String::new()));
}

/// A team that did not answer for an hour answers then, and in the order of age.
#[test]
fn leads_whose_team_was_silent_are_served_when_it_speaks_the_oldest_first() {
    let mut land = Land::new(5, &rules().replace("respond_within: 30m, reassign_after: 30m, ", ""));
    land.rostered(SOLO, 1);
    let team = land.team_partition("mid");
    let busy = come(&mut land, &["a.example"]);
    let domains = ["b.example", "c.example", "d.example", "e.example", "f.example", "g.example"];
    let elsewhere = |domain: &&str| land.partition_of(&AccountKey::from_trusted(domain)) != team;
    let domains: Vec<&str> = domains.into_iter().filter(elsewhere).collect();
    assert!(domains.len() > 2);
    land.stalled.insert(team);
    let keys = come(&mut land, &domains);
    land.now = land.now.plus_ms(HOUR_MS);
    land.ticks(land.now);
    assert!(keys.iter().all(|key| whose(&land, key).is_empty()));
    assert_eq!(handed_off(&land).len(), 1 + keys.len(), "no lead is hidden by a team that is silent");
    land.stalled.clear();
    land.runs();
    let key = &busy[0];
    does(&mut land, key, "w", "won", "");
    for key in &keys {
        assert_eq!(whose(&land, key), "solo");
        does(&mut land, key, "w", "won", "");
    }
    assert_eq!(land.counted("mid", "solo"), 0);
}

/// Whatever happens, in any order, over partitions and restarts: after each event nobody waits whom somebody with room could have, the team knows
/// exactly those that wait, and counts for each seller what they have.
#[test]
fn in_any_life_of_a_team_nobody_waits_whom_somebody_with_room_could_have() {
    for seed in 1..=12 {
        let mut chance = Chance(seed);
        let mut land = Land::new(1 + chance.below(6) as usize, &rules());
        let (mut keys, mut revision) = (Vec::new(), 0);
        for number in 0..120 {
            land.now = land.now.plus_ms(chance.below(40) as i64 * MINUTE_MS);
            match chance.below(12) {
                0 => {
                    revision += 1;
                    land.rostered(&any_roster(&mut chance), revision);
                }
                1 => land.restarts(),
                2..=5 => keys.push(land.does(&asks(&format!("c-{seed}-{number}.example"), land.now))),
                _ if keys.is_empty() => {}
                kind => {
                    let key = keys[chance.below(keys.len() as u64) as usize].clone();
                    let open = land.lead(&key).is_some_and(|lead| lead.is_open());
                    let (kind, more) = match kind {
                        6 => ("contacted", PROOF),
                        7 => ("assigned", r#","assignee":"s1""#),
                        8 => ("accepted", ""),
                        9 if !open => ("reopened", ""),
                        _ => ("lost", r#","reason":"price""#),
                    };
                    if land.lead(&key).is_some() {
                        land.sells(&key, activity(&land, &key, &format!("a-{number}"), kind, more));
                    }
                }
            }
            land.runs();
            land.ticks(land.now);
            holds(&land, &keys, &format!("seed {seed}, event {number}"));
        }
    }
}

fn any_roster(chance: &mut Chance) -> String {
    let seller = |index: u64, chance: &mut Chance| {
        let calendar = *chance.pick(&["", "calendar: day, ", "calendar: night, "]);
        format!("s{index}: {{ {calendar}open_leads_at_most: {} }}", 1 + chance.below(3))
    };
    let sellers: Vec<String> = (0..1 + chance.below(4)).map(|index| seller(index, chance)).collect();
    format!("  {}: {{ sellers: {{ {} }} }}\n", chance.pick(&["mid", "mid", "mid", "big"]), sellers.join(", "))
}

fn holds(land: &Land, keys: &[AccountKey], when: &str) {
    let partition = land.stores[land.team_partition("mid")].partition();
    let known =
        partition.queues.get("mid").map(|queue| queue.by_age().map(|(lead, waiting)| (lead.clone(), waiting.request)).collect::<Vec<_>>());
    let mut known = known.unwrap_or_default();
    let leads: Vec<_> = keys.iter().filter_map(|key| land.lead(key)).collect();
    let wants = |lead: &&relevo::engine::lead::LeadState| lead.wants_a_seller();
    let mut wanting: Vec<_> =
        leads.iter().filter(wants).map(|lead| (lead.lead_id.clone(), lead.follow_up.waits.expect("it waits").request)).collect();
    known.sort();
    wanting.sort();
    assert_eq!(known, wanting, "{when}: the team knows those that wait");
    for seller in (0..4).map(|index| format!("s{index}")) {
        let has = leads.iter().filter(|lead| lead.is_open() && lead.follow_up.assignee.as_deref() == Some(seller.as_str())).count();
        assert_eq!(land.counted("mid", &seller) as usize, has, "{when}: {seller}");
    }
    let Some(team) = partition.roster.as_ref().and_then(|used| used.roster.teams.get("mid")) else { return };
    let rota = partition.teams.get("mid").map(|rota| Rota::clone(rota)).unwrap_or_default();
    let able = rota.able(team, land.now);
    let waits = |waiting: &Waiting| able.iter().any(|seller| waiting.not_to.as_ref() != Some(seller));
    let queue = partition.queues.get("mid");
    assert!(!queue.into_iter().any(|queue| queue.by_age().any(|(_, waiting)| waits(waiting))), "{when}: {able:?} have room");
}
