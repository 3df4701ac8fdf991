//! Time and facts: watermarks, what they make due, held-back updates, forgetting, the CRM's facts.

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::interaction::Interaction;
use relevo::contract::log::{AccountDomains, InForce, Record, Watermark};
use relevo::contract::{AccountKey, Decision, Reason, Timestamp};
use relevo::engine::partition::Clock;
use relevo::engine::{self, Append, Change, Effect, Entry, LeadEvent, Outcome, View};

use crate::sold::{MINUTE_MS, PROOF, Sold, outcome, told};
use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions, in_force, leads};

const HOUR_MS: i64 = 3_600_000;

fn watermark(at: Timestamp) -> Record<'static> {
    Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 })
}

#[test]
fn the_clock_is_the_least_of_all_sources_never_ahead_and_never_back() {
    let mut world = World::under(PLAIN);
    let mut tick = |as_of: &[(&str, i64)], sources, ingested: i64| {
        let as_of = as_of.iter().map(|(source, at)| ((*source).into(), START.plus_ms(*at))).collect();
        world.fold("watermark", Record::Watermark(Watermark { as_of, sources }), START.plus_ms(ingested));
        world.store.partition().clock.now.since_ms(START)
    };
    let unset = tick(&[("f-0", 100)], 2, 1_000);
    assert!(unset < 0, "one of two sources is not heard of yet");
    assert_eq!(tick(&[("f-1", 50)], 2, 1_000), 50);
    assert_eq!(tick(&[("f-1", 300)], 2, 1_000), 100);
    assert_eq!(tick(&[("f-1", 20), ("f-0", 20)], 2, 1_000), 100, "older watermarks do nothing");
    assert_eq!(tick(&[("f-2", 70)], 3, 1_000), 100, "a source that joins late takes nothing back");
    assert_eq!(tick(&[("f-2", 400)], 3, 1_000), 100);
    assert_eq!(tick(&[("f-1", 9_000), ("f-0", 9_000), ("f-2", 9_000)], 3, 2_000), 2_000, "a pod whose clock is ahead fires nothing early");
    let older = Watermark { as_of: [("f-0".into(), START)].into(), sources: 3 };
    assert_eq!(world.fold("watermark", Record::Watermark(older), START.plus_ms(2_000)).outcome, Outcome::Ignored);
}

/// What a watermark tells of its sources, how many there are, when it was appended, and the clock's `now` after it; in ms after [`START`].
type Told<'a> = (&'a [(&'a str, i64)], u32, i64, i64);

/// The clock's `now` after each watermark.
fn ticks(seen: &[Told<'_>]) {
    let mut world = World::under(PLAIN);
    for (number, (as_of, sources, appended, expected)) in seen.iter().enumerate() {
        let as_of = as_of.iter().map(|(source, at)| ((*source).into(), START.plus_ms(*at))).collect();
        world.fold("watermark", Record::Watermark(Watermark { as_of, sources: *sources }), START.plus_ms(*appended));
        assert_eq!(world.store.partition().clock.now.since_ms(START).max(0), *expected, "watermark {number}");
    }
}

/// FU-3: a pod whose clock is ahead is believed up to the append time of what it wrote, and no more once its clock is right again.
#[test]
fn fu_3_a_clock_that_was_ahead_once_does_not_count_later() {
    let year = 365 * DAY_MS;
    ticks(&[
        (&[("f-0", 9_000), ("f-1", 9_000)], 2, 2_000, 2_000),
        // The clock is right again: what was told while it was ahead holds nothing open.
        (&[("f-0", 2_100), ("f-1", 2_100)], 2, 5_000, 2_100),
    ]);
    ticks(&[
        (&[("f-0", year), ("f-1", 1_000)], 2, 2_000, 1_000), // one of two
        (&[("f-1", 2_500)], 2, 9_000, 2_000),                // the other's reader has ended: the first stays where it was told
        (&[("f-0", 8_000), ("f-1", 8_000)], 2, 9_000, 8_000),
    ]);
    ticks(&[
        (&[("f-0", year)], 2, 2_000, 0), // heard of alone
        (&[("f-1", 7_000)], 2, 7_000, 2_000),
    ]);
}

/// FU-3: what a changelog holds of a source that was told ahead is no better than what the log holds.
#[test]
fn fu_3_a_changelog_that_holds_a_source_ahead_disables_nothing() {
    let mut world = World::under(PLAIN);
    let ahead = Clock { as_of: [("f-0".into(), START.plus_ms(HOUR_MS)), ("f-1".into(), START.plus_ms(HOUR_MS))].into(), now: START };
    world.store.stage(vec![Change::Clock(ahead)]);
    let told = Watermark { as_of: [("f-0".into(), START.plus_ms(100))].into(), sources: 2 };
    world.fold("watermark", Record::Watermark(told.clone()), START.plus_ms(1_000));
    world.fold("watermark", Record::Watermark(told), START.plus_ms(60_000));
    assert_eq!(world.store.partition().clock.now, START.plus_ms(1_000));
}

/// FU-3: the touch was there in time and lies unread behind an outage of the feed's reader. Before, a pod with a clock that was ahead had
/// told of the feed; nobody is overdue until the touch is read, and then nobody was.
#[test]
fn fu_3_a_touch_that_is_still_unread_keeps_its_promise_though_a_clock_was_ahead() {
    let mut sold = Sold::new();
    let at = |ms: i64| START.plus_ms(ms);
    let reads_up_to = |sold: &mut Sold, as_of: i64, appended: i64| {
        let as_of = ["f-0", "f-1"].map(|source| (source.into(), at(as_of))).into();
        sold.world.fold("watermark", Record::Watermark(Watermark { as_of, sources: 2 }), at(appended))
    };
    reads_up_to(&mut sold, 9 * HOUR_MS, MINUTE_MS);
    // Its clock is right again, and its feed has not been read since the second minute.
    for minute in 2..60 {
        assert!(told(&reads_up_to(&mut sold, 2 * MINUTE_MS, minute * MINUTE_MS)).is_empty(), "minute {minute}");
    }
    sold.now = at(60 * MINUTE_MS);
    assert_eq!(outcome(&sold.logs("a-1", "contacted", "person", at(10 * MINUTE_MS), PROOF)), "responded");
    assert!(told(&reads_up_to(&mut sold, 61 * MINUTE_MS, 61 * MINUTE_MS)).is_empty());
}

/// A feed that was made again with fewer partitions, and what is no number of sources at all.
#[test]
fn time_passes_by_the_sources_that_there_are_and_by_nothing_else() {
    let six: Vec<_> = (0..6).map(|number| (["f-0", "f-1", "f-2", "f-3", "f-4", "f-5"][number], 1_000)).collect();
    let three = [("f-0", 2_000), ("f-1", 2_000), ("f-2", 2_000)];
    ticks(&[(&six, 6, 1_500, 1_000), (&three, 3, 2_500, 2_000)]);
    // One source beyond the number counts neither as one that is heard of nor as one that is behind.
    ticks(&[(&[("f-0", 1_000), ("f-7", 1_000)], 2, 1_500, 0), (&[("f-1", 1_200)], 2, 1_500, 1_000)]);
    // Partitions are added: time waits until each has told, and goes on.
    ticks(&[(&[("f-0", 1_000)], 1, 1_500, 1_000), (&[("f-0", 2_000)], 2, 2_500, 1_000), (&[("f-1", 1_700)], 2, 2_500, 1_700)]);
    // A pod that does not know how many there are lets no time pass; one that tells of none takes nothing from the others.
    ticks(&[(&[("f-0", 1_000)], 2, 1_500, 0), (&[("f-0", 1_200)], 0, 1_500, 0), (&[("f-1", 1_100)], 2, 1_500, 1_000)]);
    ticks(&[(&three, 3, 2_500, 2_000), (&[], 3, 2_600, 2_000), (&three.map(|(source, _)| (source, 2_550)), 3, 2_600, 2_550)]);
    ticks(&[(&[("f-0", 1_000)], 2, 1_500, 0), (&[], 2, 1_500, 0), (&[("f-1", 1_100)], 2, 1_500, 1_000)]);
}

#[test]
fn what_a_seller_wants_to_know_is_told_once_an_hour_and_once() {
    let mut world = World::under(PLAIN);
    let effects = world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
    assert_eq!(leads(&effects)[0].0, LeadEvent::Qualified);
    for minute in 1..10 {
        let effects =
            world.does(&Did::new(&format!("j-{minute}"), START.plus_ms(minute), "pricing_viewed"), START.plus_ms(minute * 60_000));
        assert_eq!(decisions(&effects)[0].decision, Decision::Joined);
        assert!(leads(&effects).is_empty(), "held back");
    }
    let early = world.fold("watermark", watermark(START.plus_ms(HOUR_MS - 1)), START.plus_ms(HOUR_MS - 1));
    assert!(leads(&early.effects).is_empty());
    let due = world.fold("watermark", watermark(START.plus_ms(HOUR_MS)), START.plus_ms(HOUR_MS));
    let told = leads(&due.effects);
    assert_eq!((told.len(), told[0].0, told[0].1.lead_version, told[0].1.evidence.len()), (1, LeadEvent::Updated, 2, 10));
    let again = world.fold("watermark", watermark(START.plus_ms(3 * HOUR_MS)), START.plus_ms(3 * HOUR_MS));
    assert!(leads(&again.effects).is_empty(), "nothing has changed since");
    // A mail is nothing that a seller wants to be told of.
    let effects = world.does(&Did::new("mail", START.plus_ms(4 * HOUR_MS), "email_opened"), START.plus_ms(4 * HOUR_MS));
    assert!(leads(&effects).is_empty());
}

#[test]
fn what_is_too_old_is_forgotten_and_an_account_with_nothing_left_is_removed() {
    let mut world = World::under(PLAIN);
    world.does(&Did::new("i-1", START, "attended").buying(), START);
    let key = AccountKey::from_trusted("acme.example");
    let at = START.plus_ms(180 * DAY_MS);
    world.fold("watermark", watermark(at), at);
    assert!(world.store.account(&key).is_some(), "the day is not over");
    let at = START.plus_ms(182 * DAY_MS);
    let step = world.fold("watermark", watermark(at), at);
    assert!(step.changes.iter().any(|change| matches!(change, Change::Account(_, None))));
    assert!(world.store.account(&key).is_none());
}

#[test]
fn a_thousand_accounts_a_record_and_the_rest_by_continue() {
    let mut world = World::under(PLAIN);
    for number in 0..1_001 {
        let mut did = Did::new(&format!("i-{number}"), START, "attended");
        did.domain = Some(format!("co-{number}.example"));
        world.does(&did, START);
    }
    let at = START.plus_ms(400 * DAY_MS);
    let touched = |changes: &[Change]| changes.iter().filter(|change| matches!(change, Change::Account(..))).count();
    let step = world.fold("watermark", watermark(at), at);
    assert_eq!(touched(&step.changes), 1_000);
    assert!(step.effects.iter().any(|effect| matches!(effect, Effect::Append(_, Append::Continue))));
    let step = world.fold("continue", Record::Continue, at);
    assert_eq!((touched(&step.changes), step.effects.len()), (1, 0));
}

fn facts(json: &str) -> Record<'static> {
    let json: &'static str = Box::leak(json.to_owned().into_boxed_str());
    Record::AccountFacts(Box::new(AccountUpdated::parse(json.as_bytes(), &FreeMail::default()).expect("good facts")))
}

#[test]
fn the_crms_facts_win_older_ones_are_ignored_and_a_dropped_domain_loses_them() {
    let mut world = World::under(PLAIN);
    world.does(&Did::new("i-1", START, "attended"), START);
    let key = AccountKey::from_trusted("acme.example");
    let employees = |world: &World| world.store.account(&key).and_then(|account| account.crm.map(|crm| (crm.version, crm.employees)));
    let newer = r#"{"account_id":"001","version":5,"domains":["acme.example"],"employees":900}"#;
    assert_eq!(world.fold("acme.example", facts(newer), START).outcome, Outcome::Learned);
    let older = r#"{"account_id":"001","version":4,"domains":["acme.example"],"employees":1}"#;
    assert_eq!(world.fold("acme.example", facts(older), START).outcome, Outcome::Ignored);
    assert_eq!(employees(&world), Some((5, Some(900))));
    let elsewhere = AccountDomains { id: "001".into(), version: 6, domains: vec!["other.example".into()] };
    assert_eq!(world.fold("001", Record::AccountDomains(elsewhere), START).outcome, Outcome::Learned);
    assert_eq!(employees(&world), None);
    // Two accounts of the CRM claim one domain: the first has it, and what the second says takes force with the first one's end.
    world.fold("acme.example", facts(r#"{"account_id":"002","version":1,"domains":["acme.example"],"employees":2}"#), START);
    world.fold("acme.example", facts(r#"{"account_id":"003","version":1,"domains":["acme.example"],"employees":3}"#), START);
    assert_eq!(world.fold("002", Record::AccountForgotten("002".into()), START).outcome, Outcome::Learned);
    assert_eq!(employees(&world), Some((1, Some(3))));
    world.fold("003", Record::AccountForgotten("003".into()), START);
    assert_eq!(employees(&world), None);
}

#[test]
fn a_customers_new_intent_goes_to_its_owner_and_makes_no_lead() {
    let owned = r#"{"account_id":"001","version":1,"domains":["acme.example"],"customer":true,"owner":{"id":"eva","team":"enterprise"}}"#;
    let selling =
        r#"{"account_id":"001","version":1,"domains":["acme.example"],"owner":{"id":"eva"},"open_opportunity":{"offering":"crm-suite"}}"#;
    let elsewhere =
        r#"{"account_id":"001","version":1,"domains":["acme.example"],"owner":{"id":"eva"},"open_opportunity":{"offering":"analytics"}}"#;
    let check = |json: &str, kind: &str, expected: (Decision, Reason), signals: usize| {
        let mut world = World::under(PLAIN);
        world.fold("acme.example", facts(json), START);
        let effects = world.does(&Did::new("i-1", START, kind).buying(), START);
        assert_eq!((decisions(&effects)[0].decision, decisions(&effects)[0].reason), expected);
        assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::OwnerSignalled(_))).count(), signals);
    };
    check(owned, "demo_requested", (Decision::Owned, Reason::Customer), 1);
    check(owned, "invited", (Decision::Owned, Reason::Customer), 0);
    check(selling, "demo_requested", (Decision::Owned, Reason::OpenOpportunity), 1);
    check(elsewhere, "demo_requested", (Decision::Qualified, Reason::AllHold), 0);
}

#[test]
fn consent_clamped_times_and_duplicates() {
    let strict = PLAIN.replace("require_consent: false", "require_consent: true");
    let person = |consent: &str| format!(r#"{{"id":"p-1","name":"Ana","email":"ana@acme.example","phone":"+52 1"{consent}}}"#);
    for (rules, consent, expected) in [
        (PLAIN, r#","consent":{"contact":false}"#, Decision::Qualified),
        (&strict, r#","consent":{"contact":false}"#, Decision::NotQualified),
        (&strict, "", Decision::NotQualified),
        (&strict, r#","consent":{"contact":true}"#, Decision::Qualified),
    ] {
        let mut world = World::under(rules);
        let mut did = Did::new("i-1", START, "demo_requested").buying();
        did.person = person(consent);
        let effects = world.does(&did, START);
        assert_eq!(decisions(&effects)[0].decision, expected, "{consent}");
        for (_, lead) in leads(&effects) {
            let reachable = !consent.contains("false");
            assert_eq!((lead.contact.email.is_some(), lead.contact.phone.is_some()), (reachable, reachable));
        }
    }
    let mut world = World::under(PLAIN);
    let ahead = Did::new("i-2", START.plus_ms(6 * 60_000), "attended");
    let effects = world.does(&ahead, START);
    assert_eq!((decisions(&effects)[0].clamped, decisions(&effects)[0].occurred_at), (true, START));
    let effects = world.does(&ahead, START);
    assert_eq!(decisions(&effects)[0].decision, Decision::Duplicate);
    let little = Did::new("i-3", START.plus_ms(5 * 60_000), "attended");
    assert!(!decisions(&world.does(&little, START))[0].clamped);
}

/// A regression: the places of criteria that an earlier law had matched were looked up among the new law's, which panicked where it has
/// fewer, and gave points of the wrong criterion where it has not.
#[test]
fn qual_4_an_update_under_a_new_law_is_judged_by_its_criteria_alone() {
    let (criteria, others) = (PLAIN.find("    - { id: demo").expect("there"), PLAIN.find("gates:").expect("there"));
    let next =
        [&PLAIN[..criteria], "    - { id: price, when: interaction.kind == \"pricing_viewed\", points: 5 }\n", &PLAIN[others..]].concat();
    let previous = format!("revision: 2\nprevious: {}\n", relevo::rulebook::digest(PLAIN.as_bytes()));
    let next = next.replace("revision: 1\n", &previous);
    let later = START.plus_ms(HOUR_MS);
    let owner = r#"{"account_id":"001","version":1,"domains":["acme.example"],"owner":{"id":"eva"}}"#;
    for (key, record) in [("watermark", watermark(later)), ("acme.example", facts(owner))] {
        let mut world = World::under(PLAIN);
        world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
        for (id, kind) in [("i-2", "email_opened"), ("i-3", "pricing_viewed")] {
            assert!(leads(&world.does(&Did::new(id, START, kind), START)).is_empty(), "held back");
        }
        let law = InForce { revision: 2, ..in_force(&next) };
        assert_eq!(world.fold("law", Record::PolicyInForce(law), START.plus_ms(1)).outcome, Outcome::LawChanged);
        let step = world.fold(key, record, later);
        let told = leads(&step.effects);
        assert_eq!((told.len(), told[0].0), (1, LeadEvent::Updated), "{key}");
        let matched: Vec<&str> = told[0].1.why.matched.iter().map(|because| because.matched.id.as_str()).collect();
        assert_eq!(matched, ["big", "price"], "{key}");
        assert_eq!(told[0].1.rulebook.revision, 1, "a lead keeps the law by which it was handed off");
    }
}

/// A regression: a consent dated ahead, as by a clock in another zone, held against every refusal until that time had come.
#[test]
fn a_consent_from_the_future_yields_to_a_later_refusal() {
    let consent = |world: &mut World, id: &str, at: Timestamp, consent: &str| {
        let mut did = Did::new(id, at, "attended");
        did.person = format!(r#"{{"id":"p-1","consent":{consent}}}"#);
        world.does(&did, at);
        let account = world.store.account(&AccountKey::from_trusted("acme.example")).expect("the account is there");
        account.people[0].consent.expect("known").contact
    };
    let mut world = World::under(PLAIN);
    let ahead = format!(r#"{{"contact":true,"at":"{}"}}"#, START.plus_ms(DAY_MS));
    assert!(consent(&mut world, "i-1", START, &ahead));
    assert!(!consent(&mut world, "i-2", START.plus_ms(HOUR_MS), r#"{"contact":false}"#));
    let before = format!(r#"{{"contact":true,"at":"{START}"}}"#);
    assert!(!consent(&mut world, "i-3", START.plus_ms(2 * HOUR_MS), &before), "given before the refusal");
}

#[test]
fn the_logs_time_never_goes_back_and_a_hand_off_is_never_before_it() {
    for (wall_ms, handed_off_ms) in [(-5_000, 1_000), (7_000, 7_000)] {
        let mut world = World::under(PLAIN);
        world.does(&Did::new("i-1", START, "attended"), START.plus_ms(1_000));
        // A broker whose clock is behind appends the next record.
        let moment = world.store.moment(START, START.plus_ms(wall_ms));
        assert_eq!(moment.ingested_at, START.plus_ms(1_000));
        let json = Did::new("i-2", START, "demo_requested").buying().json();
        let interaction = Interaction::parse(json.as_bytes()).expect("valid");
        let record = Record::Interaction("web".into(), Box::new(interaction));
        let entry = Entry { key: AccountKey::from_trusted("acme.example"), record, cause: "log-0-9".into(), source: "log-0-9".into() };
        let step = engine::step(&mut world.store, &entry, moment);
        assert_eq!(leads(&step.effects)[0].1.clock.handed_off_at, START.plus_ms(handed_off_ms));
    }
}

#[test]
fn whom_an_open_lead_says_to_call_is_not_forgotten() {
    let mut world = World::under(&PLAIN.replace("  mid: {}", "  mid: { expire_after: 365d }"));
    world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
    let mut other = Did::new("i-2", START, "attended");
    other.person = r#"{"id":"p-2"}"#.into();
    world.does(&other, START);
    let at = START.plus_ms(190 * DAY_MS);
    world.fold("watermark", watermark(at), at);
    let account = world.store.account(&AccountKey::from_trusted("acme.example")).expect("it has an open lead");
    let left: Vec<_> = account.people.iter().filter_map(|person| account.people_names.get(person.id)).collect();
    assert_eq!((left, account.evidence.len()), (vec!["p-1"], 0));
}

#[test]
fn what_was_said_last_counts_in_any_order_of_arrival_and_at_one_instant_a_refusal_stays() {
    let fold = |order: [usize; 2], later_ms: i64| {
        let said = [
            r#"{"id":"p-1","name":"A","consent":{"contact":true}}|{"domain":"acme.example","employees":1,"industry":"a"}"#,
            r#"{"id":"p-1","name":"B","consent":{"contact":false}}|{"domain":"acme.example","employees":2,"industry":"b"}"#,
        ];
        let mut world = World::under(PLAIN);
        for number in order {
            let (person, company) = said[number].split_once('|').expect("two parts");
            let at = START.plus_ms(number as i64 * later_ms);
            let mut did = Did::new(&format!("i-{number}"), at, "attended");
            (did.person, did.domain, did.more) = (person.into(), None, format!(r#","company":{company}"#));
            world.does(&did, START);
        }
        let account = world.store.account(&AccountKey::from_trusted("acme.example")).expect("there");
        let person = &account.people[0];
        (account.company, person.name.clone().map(|fact| fact.value), person.consent.map(|consent| consent.contact))
    };
    // The greater text at one instant, else the later one; a refusal against whatever is said without a time of its own.
    for (later_ms, name, consent) in [(0, "B", false), (1, "B", false), (-1, "A", false)] {
        let first = fold([0, 1], later_ms);
        assert_eq!(first, fold([1, 0], later_ms), "{later_ms}");
        assert_eq!((first.1.as_deref(), first.2), (Some(name), Some(consent)), "{later_ms}");
    }
}
