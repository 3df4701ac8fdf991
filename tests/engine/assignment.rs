//! Who gets a lead, over several partitions: the table of `docs/assignment.md`, row by row, and a quarter of a sales team's life.

use std::collections::BTreeMap;

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::assignment::Answer;
use relevo::contract::follow_up::{FollowedUp, Moved, Standing, What};
use relevo::contract::lead::Lead;
use relevo::contract::log::Record;
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::lead::AssignedBy;
use relevo::engine::{Effect, LeadEvent};

use crate::chance::Chance;
use crate::land::Land;
use crate::world::{DAY_MS, Did, PLAIN, START, in_force};

pub const MINUTE_MS: i64 = 60_000;
/// Eva's turn is first, because she is owed more.
const TEAM: &str = "  mid: { sellers: { ana: {}, eva: { weight: 3 }, luis: { weight: 2 } } }\n";

pub fn rules() -> String {
    PLAIN.replace("  mid: {}", "  mid: { respond_within: 30m, reassign_after: 30m, touch_every: 2d }") + "rejection_reasons: [no_budget]\n"
}

pub fn asks(domain: &str, at: Timestamp) -> Did {
    let mut did = Did::new(&format!("i-{domain}"), at, "demo_requested").buying();
    did.domain = Some(domain.into());
    did
}

pub fn activity(land: &Land, key: &AccountKey, id: &str, kind: &str, more: &str) -> String {
    let (lead, at) = (land.lead_id(key), land.now);
    format!(
        r#"{{"activity_id":"{id}","lead_id":"{lead}","occurred_at":"{at}","kind":"{kind}","actor":{{"kind":"person","id":"eva"}}{more}}}"#
    )
}

pub fn handed_off(land: &Land) -> Vec<&Lead> {
    let leads = land.told.iter().filter_map(|effect| match effect {
        Effect::Lead { event: LeadEvent::Qualified, lead, .. } => Some(lead.as_ref()),
        _ => None,
    });
    leads.collect()
}

pub fn events(land: &Land) -> Vec<&FollowedUp> {
    land.told.iter().filter_map(|effect| if let Effect::FollowedUp(event) = effect { Some(event.as_ref()) } else { None }).collect()
}

/// A land in which a lead has asked its team and has no answer yet; later: one that eva had.
fn asking(later: bool) -> (Land, AccountKey) {
    let mut land = Land::new(5, &rules());
    land.rostered(TEAM, 1);
    // The first turn is eva's: for a lead that asks first, somebody else has taken it.
    land.does(&asks("other.example", START));
    if later {
        land.told.clear();
        land.runs();
        assert_eq!(handed_off(&land)[0].assignment.assignee.as_deref(), Some("eva"));
        land.now = START.plus_ms(61 * MINUTE_MS);
        let key = AccountKey::from_trusted("other.example");
        let team = land.team_partition("mid");
        land.stalled.insert(team);
        land.ticks(land.now);
        assert!(land.lead(&key).expect("a lead").follow_up.asked.is_some());
        land.told.clear();
        return (land, key);
    }
    land.runs();
    land.told.clear();
    let key = land.does(&asks("acme.example", START));
    let team = land.team_partition("mid");
    land.stalled.insert(team);
    land.runs();
    assert_eq!(land.lead(&key).expect("a lead").standing(), Standing::Assigning);
    assert!(handed_off(&land).is_empty(), "nobody was told of it yet");
    (land, key)
}

/// Plays what a row says, and lets the team answer.
fn play(land: &mut Land, key: &AccountKey, what: &str) {
    let domain = key.as_str().to_owned();
    match what {
        "nothing" => {}
        "more evidence of the account comes" => {
            let mut more = asks(&domain, land.now);
            more.id = "more".into();
            land.does(&more);
        }
        "all pods restart" => land.restarts(),
        "somebody touches the buyer" => {
            land.sells(key, activity(land, key, "t", "contacted", r#","proof":{"channel":"phone","ref":"c-1"}"#));
        }
        "the lead is closed" => land.sells(key, activity(land, key, "c", "lost", r#","reason":"price""#)),
        "the person opts out" => land.sells(key, activity(land, key, "o", "opted_out", "")),
        "sales gives it to somebody in the CRM" => land.sells(key, activity(land, key, "g", "assigned", r#","assignee":"ana""#)),
        "a new law takes force" => {
            let mut law = in_force(&rules().replace("30m", "45m").replace("revision: 1", "revision: 2"));
            law.revision = 2;
            land.everybody_gets(&Record::PolicyInForce(law));
        }
        "a new roster has luis away" => {
            let away = TEAM.replace("luis: { weight: 2 }", "luis: { weight: 2, absences: [{ from: 2026-10-31, until: 2026-11-30 }] }");
            land.rostered(&away, 2);
        }
        "a new roster does not name luis" => land.rostered(&TEAM.replace(", luis: { weight: 2 }", ""), 2),
        "a new roster has no such team" => land.rostered(&TEAM.replace("  mid", "  big"), 2),
        "the team's partition stands still for a minute, and the feed as well" => {
            let feed = land.now;
            land.now = land.now.plus_ms(MINUTE_MS);
            land.ticks(feed);
        }
        other => panic!("nobody knows how to play “{other}”"),
    }
    land.runs();
    // The answer was given before the roster changed: the team's partition has its own order.
    land.stalled.clear();
    land.runs();
}

#[test]
fn every_row_of_the_table_of_assignment_is_what_the_fold_does() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/assignment.md")).expect("the table");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|--"))
        .skip(1)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    assert_eq!(rows.len(), 12);
    for row in rows {
        for (later, goes_to) in [(false, row[1]), (true, row[2])] {
            let (mut land, key) = asking(later);
            play(&mut land, &key, row[0]);
            let lead = land.lead(&key).expect("a lead");
            let found = match (lead.standing(), lead.follow_up.assignee.as_deref()) {
                (Standing::Closed, _) => "closed",
                (_, Some(name)) => name,
                (_, None) => "queue",
            };
            assert_eq!(found, goes_to, "{} (later: {later}): {lead:#?}", row[0]);
            let counts: Vec<u32> = row[3].split(", ").map(|count| count.parse().expect("a number")).collect();
            let counted = counts[if later { counts.len() - 1 } else { 0 }];
            assert_eq!(land.counted("mid", "luis"), counted, "{} (later: {later})", row[0]);
            assert_eq!(lead.follow_up.asked, None, "{}: nobody waits for ever", row[0]);
            // Handed off once, whatever happened.
            assert_eq!(handed_off(&land).len(), usize::from(!later), "{} (later: {later})", row[0]);
            // Whoever has an open lead is counted for it, and nobody else.
            let others = u32::from(!later);
            let evas = others + u32::from(found == "eva");
            assert_eq!(land.counted("mid", "eva"), if row[0].contains("no such team") { 0 } else { evas }, "{} (later: {later})", row[0]);
        }
    }
}

#[test]
fn the_accounts_owner_comes_first_if_on_duty_and_takes_nobodys_turn() {
    let mut land = Land::new(3, &rules());
    land.rostered(
        "  mid: { sellers: { ana: {}, eva: {} } }\n  big: { sellers: { olga: { absences: [{ from: 2026-11-10, until: 2026-11-12 }] } } }\n",
        1,
    );
    let owned = |land: &mut Land, domain: &str, at: Timestamp| {
        let facts = format!(r#"{{"account_id":"crm-{domain}","version":1,"domains":["{domain}"],"owner":{{"id":"olga","team":"big"}}}}"#);
        let update = AccountUpdated::parse(facts.into_bytes().leak(), &FreeMail::default()).expect("good facts");
        land.now = at;
        land.puts(&AccountKey::from_trusted(domain), Record::AccountFacts(Box::new(update)));
        land.does(&asks(domain, at));
        land.runs();
        let last = handed_off(land).pop().expect("a lead").assignment.clone();
        (last.assignee.map(|name| name.to_string()), last.reason.to_string())
    };
    let (somebody, reason) = (|name: &str| Some(name.to_owned()), "next in turn".to_owned());
    assert_eq!(owned(&mut land, "one.example", START), (somebody("olga"), "account owner".to_owned()));
    assert_eq!(land.counted("mid", "olga"), 1, "and it counts as hers");
    // While she is away it is the team's; the two turns are ana's and eva's, whatever was hers in between.
    assert_eq!(owned(&mut land, "two.example", START.plus_ms(10 * DAY_MS)), (somebody("ana"), reason.clone()));
    assert_eq!(owned(&mut land, "three.example", START.plus_ms(15 * DAY_MS)), (somebody("olga"), "account owner".to_owned()));
    land.does(&asks("four.example", land.now));
    land.runs();
    assert_eq!(handed_off(&land).pop().expect("a lead").assignment.assignee.as_deref(), Some("eva"));
}

#[test]
fn when_all_are_away_the_clock_runs_from_the_next_opening_and_the_lead_is_somebodys_then() {
    let mut land = Land::new(3, &rules());
    land.rostered("  mid: { calendar: day, sellers: { ana: {}, eva: {} } }\n", 1);
    // [`START`] is a Sunday; in New York it is open from Monday 14:00 UTC on.
    let opens_at = Timestamp::parse("2026-11-02T14:00:00Z").expect("a time");
    let key = land.does(&asks("acme.example", START));
    land.runs();
    let lead = handed_off(&land)[0].clone();
    assert_eq!((lead.assignment.assignee, lead.clock.handed_off_at), (None, START));
    assert!(lead.assignment.reason.contains("2026-11-02T14:00:00"), "{}", lead.assignment.reason);
    assert_eq!(lead.promise.respond_by, Some(opens_at.plus_ms(30 * MINUTE_MS)));
    land.now = opens_at.plus_ms(-1);
    land.ticks(land.now);
    assert!(events(&land).is_empty());
    land.now = opens_at;
    land.ticks(land.now);
    let moved = events(&land)[0];
    assert_eq!(moved.what, What::Reassigned { from: None, to: Some("ana".into()), moved: Moved::FromQueue });
    assert_eq!((land.lead(&key).expect("a lead").standing(), land.counted("mid", "ana")), (Standing::Waiting, 1));
}

#[test]
fn when_everybody_is_full_the_lead_waits_in_the_queue_until_somebody_has_room() {
    let mut land = Land::new(3, &rules());
    land.rostered("  mid: { open_leads_at_most: 1, sellers: { ana: {} } }\n", 1);
    let first = land.does(&asks("one.example", START));
    land.runs();
    let second = land.does(&asks("two.example", START));
    land.runs();
    let lead = land.lead(&second).expect("a lead");
    assert_eq!((lead.follow_up.assignee, lead.follow_up.assigned_by), (None, AssignedBy::AllFull));
    land.sells(&first, activity(&land, &first, "c", "won", ""));
    land.runs();
    assert_eq!(land.lead(&second).expect("a lead").follow_up.assignee.as_deref(), Some("ana"));
    assert_eq!(land.counted("mid", "ana"), 1);
}

/// An absence hands leads on, in whatever standing they are, and stops no clock; what is agreed for the time after it stays.
#[test]
fn an_absence_hands_leads_on_and_stops_no_clock() {
    let mut land = Land::new(4, &rules());
    let away = "absences: [{ from: 2026-11-05, until: 2026-11-08 }]";
    land.rostered(&format!("  mid: {{ sellers: {{ ana: {{ {away} }} }} }}\n"), 1);
    let keys: Vec<AccountKey> = (0..4).map(|n| land.does(&asks(&format!("c-{n}.example"), START))).collect();
    land.runs();
    assert_eq!(land.counted("mid", "ana"), 4);
    land.rostered(&format!("  mid: {{ sellers: {{ ana: {{ {away} }}, eva: {{}} }} }}\n"), 2);
    land.now = START.plus_ms(MINUTE_MS);
    let proof = r#","proof":{"channel":"phone","ref":"c-1"}"#;
    for (key, next) in [(&keys[0], None), (&keys[1], Some(5)), (&keys[2], Some(20))] {
        land.sells(key, activity(&land, key, "t", "contacted", proof));
        if let Some(days) = next {
            let step_at = START.plus_ms(days * DAY_MS);
            land.sells(key, activity(&land, key, "n", "next_step_set", &format!(r#","next_step_at":"{step_at}""#)));
        }
    }
    land.runs();
    let promises: Vec<_> = keys.iter().map(|key| land.lead(key).expect("a lead").follow_up.respond_by).collect();
    land.now = START.plus_ms(4 * DAY_MS);
    land.ticks(land.now);
    let whose =
        |land: &Land| keys.iter().map(|key| land.lead(key).expect("a lead").follow_up.assignee.unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(whose(&land), ["eva", "eva", "ana", "eva"], "what is agreed for the time after she is back is hers");
    assert_eq!(promises, keys.iter().map(|key| land.lead(key).expect("a lead").follow_up.respond_by).collect::<Vec<_>>());
    assert_eq!((land.counted("mid", "ana"), land.counted("mid", "eva")), (1, 3));
    let moved = events(&land).into_iter().filter(|event| matches!(event.what, What::Reassigned { moved: Moved::Absent, .. })).count();
    assert_eq!(moved, 3);
    // Somebody who is no longer on the roster hands on everything.
    land.rostered("  mid: { sellers: { eva: {} } }\n", 3);
    land.ticks(land.now.plus_ms(1));
    land.now = land.now.plus_ms(1_000);
    land.ticks(land.now);
    assert_eq!(whose(&land), ["eva"; 4]);
    assert_eq!((land.counted("mid", "ana"), land.counted("mid", "eva")), (0, 4));
}

/// A quarter of eight sellers in two calendars, with holidays, over 24 partitions and restarts: at each turn everybody is within one lead
/// of their share since the last change of who could be asked, and at the end each is counted what they have.
#[test]
fn over_a_quarter_nobody_is_a_lead_from_their_share_and_nobody_catches_up() {
    let sellers = "a: { weight: 3 }, b: { absences: [{ from: 2026-11-16, until: 2026-12-04 }] }, c: {}, d: { weight: 2 }, \
                   e: { calendar: night }, f: { calendar: night, weight: 4, absences: [{ from: 2026-12-20, until: 2027-01-03 }] }, \
                   g: { calendar: night }, h: { weight: 2, absences: [{ from: 2026-12-24, until: 2026-12-26 }, { from: 2027-01-10, until: 2027-01-20 }] }";
    let teams = format!("  mid: {{ calendar: day, sellers: {{ {sellers} }} }}\n");
    let roster = crate::rota::roster(&teams);
    let team = &roster.teams["mid"];
    let mut land = Land::new(24, &PLAIN.replace("2027-01-15", "2027-12-31"));
    land.rostered(&teams, 1);
    let mut chance = Chance(3);
    let (mut able, mut turns, mut had) = (Vec::new(), 0_u32, BTreeMap::<String, u32>::new());
    let (mut open, mut rounds, mut most, mut assigned) = (Vec::new(), 0, 0, 0);
    for number in 0..6_000 {
        land.now = land.now.plus_ms(chance.below(43) as i64 * MINUTE_MS);
        land.ticks(land.now);
        let mut did = asks(&format!("c-{number}.example"), land.now);
        did.declared = did.declared.replace("2027-01-15", "2027-12-31");
        open.push(land.does(&did));
        land.runs();
        if chance.one_in(200) {
            land.restarts();
        }
        if chance.one_in(2) {
            let key = open.swap_remove(chance.below(open.len() as u64) as usize);
            land.sells(&key, activity(&land, &key, "end", "won", ""));
            land.runs();
        }
        for answer in std::mem::take(&mut land.answers) {
            let Answer::Seller(name) = answer else { continue };
            assigned += 1;
            let now: Vec<(String, u32)> = team
                .sellers
                .iter()
                .filter(|(_, seller)| seller.is_on_duty(land.now))
                .map(|(name, seller)| (name.to_string(), seller.weight))
                .collect();
            if now != able {
                (able, turns) = (now, 0);
                had.clear();
                rounds += 1;
            }
            turns += 1;
            most = most.max(turns);
            *had.entry(name.to_string()).or_default() += 1;
            let total: u32 = able.iter().map(|(_, weight)| weight).sum();
            assert!(able.iter().any(|(other, _)| *other == name), "{name} is not on duty at {}", land.now);
            for (other, weight) in &able {
                let away = i64::from(had.get(other).copied().unwrap_or_default() * total) - i64::from(turns * weight);
                assert!(away.abs() < i64::from(total), "{other} is a lead away at {} after {turns} turns: {had:?} of {able:?}", land.now);
            }
        }
    }
    assert!(rounds > 100 && most > 30 && assigned > 6_000, "{rounds} rounds, at most {most} turns, {assigned} assigned");
    assert!(land.now > START.plus_ms(85 * DAY_MS), "{}", land.now);
    for seller in team.sellers.keys() {
        let theirs = open.iter().filter(|key| land.lead(key).is_some_and(|lead| lead.follow_up.assignee.as_ref() == Some(seller))).count();
        assert_eq!(land.counted("mid", seller) as usize, theirs, "{seller}");
    }
}
