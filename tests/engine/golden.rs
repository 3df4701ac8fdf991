//! A fold that is kept for ever: 10,000 events give the same bytes on every run and every machine, and state that was written once
//! is read for ever. `RELEVO_WRITE_GOLDEN=1` writes the files anew, for a change that is meant.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::log::{Offered, Record, Watermark};
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{Effect, View};
use relevo::state::{Format, Store, codec};
use sha2::{Digest, Sha256};

use crate::world::{Chance, DAY_MS, Did, PLAIN, START, World, decisions, in_force, leads};

const EVENTS: u64 = 10_000;

pub fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub fn compare(name: &str, found: &[u8]) {
    let path = golden(name);
    if std::env::var_os("RELEVO_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, found).expect("the golden file is written");
    }
    let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(kept == found, "{name} differs: the fold of an earlier release would not be repeated");
}

fn event(chance: &mut Chance, number: u64) -> (Did, Timestamp) {
    let at = START.plus_ms(number as i64 * 60_000);
    let kind =
        *chance.pick(&["email_opened", "attended", "tasting", "survey_completed", "demo_requested", "pricing_viewed", "trial_started"]);
    let mut did = Did::new(&format!("i-{number:06}"), at.plus_ms(-(chance.below(3_600_000) as i64)), kind);
    did.domain = Some(format!("co-{}.example", chance.below(300)));
    did.person = format!(r#"{{"id":"p-{}","name":"Ana","email":"ana@co.example","role":"cfo"}}"#, chance.below(900));
    did.offering = (!chance.one_in(4)).then(|| *chance.pick(&["crm-suite", "analytics"]));
    if chance.one_in(3) {
        did = did.buying();
    }
    (did, at)
}

pub fn fold() -> (String, World) {
    let mut world = World::under(PLAIN);
    let mut chance = Chance(20_261_101);
    let mut hash = Sha256::new();
    let mut qualified = 0;
    for number in 0..EVENTS {
        let (did, at) = event(&mut chance, number);
        let effects = world.does(&did, at);
        qualified += decisions(&effects).iter().filter(|decision| decision.lead_id.is_some()).count();
        for effect in &effects {
            match effect {
                Effect::Decision(decision) => hash.update(serde_json::to_vec(decision).expect("plain data")),
                Effect::Lead { lead, .. } => hash.update(serde_json::to_vec(lead).expect("plain data")),
                Effect::FollowedUp(event) => hash.update(serde_json::to_vec(event).expect("plain data")),
                Effect::OwnerSignalled(signal) => hash.update(serde_json::to_vec(signal).expect("plain data")),
                Effect::Append(..) | Effect::PolicyRefused { .. } => {}
            }
        }
    }
    assert!(qualified > 1_000, "too tame: {qualified}");
    world.store.write_staged(EVENTS as i64, |key, value| {
        hash.update(key);
        hash.update(value.unwrap_or_default());
    });
    (HEXLOWER.encode(&hash.finalize()), world)
}

#[test]
fn txn_3_the_fold_of_ten_thousand_events_is_the_same_for_ever() {
    let (first, mut world) = fold();
    compare("fold-10000.sha256", first.as_bytes());
    // Restored from what was written, the state is the same.
    let mut rows = Vec::new();
    world.store.write_staged(EVENTS as i64, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
    world.store.promote(EVENTS as i64);
    let mut restored = Store::new(0, 1);
    for (key, value) in &rows {
        restored.restore(key, value.as_deref()).expect("a row that was just written");
    }
    restored.restored().expect("rows that were just written");
    assert_eq!(
        (restored.accounts(), restored.accounts_bytes(), restored.position()),
        (world.store.accounts(), world.store.accounts_bytes(), world.store.position())
    );
    assert_eq!(*restored.open_leads().lock().expect("nobody panics"), *world.store.open_leads().lock().expect("nobody panics"));
    for key in world.store.keys() {
        for lead in world.store.account(key).expect("its row is there").leads {
            assert_eq!(
                (restored.account_of(&lead.lead_id).as_ref(), world.store.account_of(&lead.lead_id).as_ref()),
                (Some(key), Some(key))
            );
        }
        assert_eq!(restored.row(key.as_str()), world.store.row(key.as_str()), "{key}");
    }
}

#[test]
fn txn_2_a_transaction_that_was_dropped_leaves_exactly_what_was_committed() {
    let mut world = World::under(PLAIN);
    let mut chance = Chance(5);
    let mut committed = World::under(PLAIN);
    for store in [&mut world.store, &mut committed.store] {
        store.write_staged(0, |_, _| {});
        store.promote(0); // the law is of before
    }
    let mut made = Vec::new();
    for round in 0..60 {
        let batch: Vec<_> = (0..20).map(|number| event(&mut chance, round * 20 + number)).collect();
        let keep = chance.one_in(2);
        for (did, at) in &batch {
            let effects = world.does(did, *at);
            made.extend(leads(&effects).into_iter().map(|(_, lead)| lead.lead_id.clone()));
            if keep {
                committed.does(did, *at);
            }
        }
        if keep {
            for store in [&mut world.store, &mut committed.store] {
                store.write_staged(round as i64, |_, _| {});
                store.promote(round as i64);
            }
        } else {
            world.store.drop_staged();
        }
        let until = START.plus_ms(i64::MAX / 4);
        assert_eq!(world.store.due(until, usize::MAX), committed.store.due(until, usize::MAX), "round {round}: deadlines");
        assert_eq!(world.store.accounts_bytes(), committed.store.accounts_bytes(), "round {round}");
        let open = |world: &World| world.store.open_leads().lock().expect("nobody panics").clone();
        assert_eq!(open(&world), open(&committed), "round {round}: open leads");
        for lead in &made {
            assert_eq!(world.store.account_of(lead), committed.store.account_of(lead), "round {round}: whose {lead} is");
        }
        for key in committed.store.keys() {
            assert_eq!(world.store.row(key.as_str()), committed.store.row(key.as_str()), "round {round}: {key}");
        }
    }
    assert!(committed.store.accounts() > 50);
}

/// A world in which everything has happened that a partition keeps: a chain and a law, a clock, facts of the CRM, accounts.
fn eventful() -> World {
    eventful_in(Format::default())
}

/// The same, in this format.
pub fn eventful_in(format: Format) -> World {
    let mut world = World::without_law();
    world.store = Store::in_format(format, 0, 1);
    let offered = Offered { file: PLAIN.into(), signatures: String::new(), unsigned_allowed: true, lacked_by: Vec::new() };
    world.fold("policy_offered", Record::PolicyOffered(offered), START);
    world.fold("policy_in_force", Record::PolicyInForce(in_force(PLAIN)), START);
    let facts = AccountUpdated::parse(br#"{"account_id":"001","version":1,"domains":["acme.example"]}"#, &FreeMail::default());
    world.fold("acme.example", Record::AccountFacts(Box::new(facts.expect("good facts"))), START);
    world.does(&Did::new("i-1", START, "attended"), START);
    let at = START.plus_ms(60_000);
    world.fold("watermark", Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 }), at);
    world
}

/// All that is seen of a partition's own state.
pub fn seen(store: &mut Store) -> String {
    let partition = store.partition();
    let law = partition.law.as_ref().map(|law| (law.rulebook.revision, law.rulebook.digest.clone(), law.record.clone()));
    let (chain, clock) = (partition.chain.clone(), partition.clock.clone());
    let due = store.due(Timestamp::from_ms(i64::MAX), usize::MAX);
    let account = store.account(&AccountKey::from_trusted("acme.example"));
    let now = store.moment(Timestamp::EPOCH, Timestamp::EPOCH).ingested_at;
    format!("{law:?} {chain:?} {clock:?} {due:?} {:?} {account:?} {now:?}", store.crm_index("001"))
}

#[test]
fn txn_2_nothing_of_a_dropped_transaction_is_seen() {
    let mut world = eventful();
    world.store.drop_staged();
    assert_eq!(seen(&mut world.store), seen(&mut Store::new(0, 1)));
    let mut world = eventful();
    let all = seen(&mut world.store);
    world.store.write_staged(5, |_, _| {});
    world.store.promote(5);
    let at = START.plus_ms(400 * DAY_MS);
    world.fold("watermark", Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 }), at);
    world.fold("001", Record::AccountForgotten("001".into()), at);
    assert_ne!(seen(&mut world.store), all);
    world.store.drop_staged();
    assert_eq!(seen(&mut world.store), all);
}

#[test]
fn txn_3_all_that_a_partition_knows_is_restored_from_its_rows_and_what_went_stays_gone() {
    let mut world = eventful();
    let mut rows = Vec::new();
    for (offset, forget) in [(5, false), (7, true)] {
        if forget {
            world.fold("001", Record::AccountForgotten("001".into()), START);
            let at = START.plus_ms(400 * DAY_MS);
            world.fold("watermark", Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 }), at);
        }
        world.store.write_staged(offset, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
        world.store.promote(offset);
        let mut restored = Store::new(0, 1);
        for (key, value) in &rows {
            restored.restore(key, value.as_deref()).expect("a row that was just written");
        }
        restored.restored().expect("rows that were just written");
        assert_eq!((seen(&mut restored), restored.position()), (seen(&mut world.store), world.store.position()), "{forget}");
        assert_eq!(restored.position().map(|position| position.offset), Some(offset));
        assert_eq!((restored.accounts(), world.store.accounts()), if forget { (0, 0) } else { (1, 1) });
    }
    let position = rows.iter().rev().find(|(key, _)| key == b"relevo:position").expect("each transaction writes one");
    let other = Store::new(0, 2).restore(&position.0, position.1.as_deref());
    assert_eq!(other, Err(codec::Error::Partitions { found: 1, expected: 2 }), "KEY-1: keys would be looked for elsewhere");
}
