//! How a rulebook becomes law: partition 0 judges by the chain, and nobody else does (QUAL-4).

use compact_str::CompactString;
use relevo::contract::log::{InForce, Offered, Record};
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{self, Append, Authority, Effect, Entry, Outcome, To, View};
use relevo::rulebook;
use relevo::state::Store;

use crate::world::{PLAIN, START, World, in_force};

fn offer(store: &mut Store, text: &str, unsigned_allowed: bool, at: Timestamp) -> engine::Step {
    let record =
        Record::PolicyOffered(Offered { file: text.into(), signatures: String::new(), unsigned_allowed, lacked_by: vec![1, 1, 3, 9] });
    let cause = CompactString::const_new("log-0-1");
    let entry = Entry { key: AccountKey::from_trusted("policy_offered"), record, cause: cause.clone(), source: cause };
    store.judges_by(Authority { unsigned_allowed: true, ..Authority::default() });
    let moment = store.moment(at, at);
    let step = engine::step(store, &entry, moment);
    store.stage(step.changes.clone());
    step
}

fn second(previous: &str) -> String {
    let chained = PLAIN.replace("revision: 1\n", &format!("revision: 2\nprevious: {previous}\n"));
    chained.replace("effective_from: 2026-01-01", "effective_from: 2026-10-15")
}

#[test]
fn qual_4_only_the_next_file_of_the_chain_becomes_law() {
    let first_digest = rulebook::digest(PLAIN.as_bytes());
    let good = second(&first_digest);
    let other = good.replace("threshold: 10", "threshold: 11");
    let check = |partition: u32, text: &str, unsigned: bool, expected: Result<(), u16>| {
        let mut store = Store::new(partition, 4);
        if partition == 0 {
            assert_eq!(offer(&mut store, PLAIN, true, START).outcome, Outcome::LawChanged);
        }
        let step = offer(&mut store, text, unsigned, START);
        match expected {
            Ok(()) => {
                let to_all = step.effects.iter().any(|effect| matches!(effect, Effect::Append(To::All, Append::PolicyInForce(_))));
                assert!(to_all && step.outcome == Outcome::LawChanged, "{:?}", step.effects);
                // Once a revision is law, no other file can take its number; the same file again is no news.
                assert_eq!(offer(&mut store, &other, true, START).outcome, Outcome::LawRefused);
                assert_eq!(offer(&mut store, text, true, START).outcome, Outcome::Ignored);
            }
            Err(code) => {
                let refused = step.effects.iter().find_map(|effect| match effect {
                    Effect::PolicyRefused { code, .. } => Some(code.number),
                    _ => None,
                });
                assert_eq!((refused, step.changes.len()), (Some(code), 0), "{text}");
            }
        }
    };
    check(0, &good, true, Ok(()));
    check(0, &good, false, Err(2103));
    check(0, &good.replace("revision: 2", "revision: 3"), true, Err(2101));
    check(0, &PLAIN.replace("threshold: 10", "threshold: 12"), true, Err(2101));
    check(0, &second(&format!("sha256:{}", "0".repeat(64))), true, Err(2102));
    check(0, &good.replace("effective_from: 2026-10-15", "effective_from: 2036-01-01"), true, Err(2104));
    check(1, PLAIN, true, Err(2106));
}

#[test]
fn qual_4_an_older_law_never_comes_back() {
    let mut world = World::under(PLAIN);
    let next = second(&rulebook::digest(PLAIN.as_bytes()));
    let mut enters = |revision: u32, text: &str| {
        let law = InForce { revision, ..in_force(text) };
        let outcome = world.fold("policy_in_force", Record::PolicyInForce(law), START).outcome;
        (outcome, world.store.partition().law.as_ref().map(|law| law.rulebook.revision))
    };
    assert_eq!(enters(2, &next), (Outcome::LawChanged, Some(2)));
    assert_eq!(enters(1, PLAIN), (Outcome::Ignored, Some(2)));
    assert_eq!(enters(2, &next.replace("threshold: 10", "threshold: 11")), (Outcome::Ignored, Some(2)), "nor another of its number");
    // Nor one after which no other could follow.
    let numbered = |number: u32| next.replace("revision: 2", &format!("revision: {number}"));
    assert_eq!(enters(1_003, &numbered(1_003)), (Outcome::LawRefused, Some(2)));
    assert_eq!(enters(u32::MAX, &numbered(u32::MAX)), (Outcome::LawRefused, Some(2)));
    assert_eq!(enters(1_002, &numbered(1_002)), (Outcome::LawChanged, Some(1_002)));
    assert!(rulebook::compile(numbered(1_000_001).as_bytes(), "rulebook").is_err(), "nor does a log begin with one");
}

#[test]
fn qual_4_a_new_log_does_not_begin_with_an_agreement_of_the_past() {
    let next = second(&rulebook::digest(PLAIN.as_bytes()));
    let mut store = Store::new(0, 4);
    let pinned = |store: &mut Store, text: &str| {
        let record =
            Record::PolicyOffered(Offered { file: text.into(), signatures: String::new(), unsigned_allowed: true, lacked_by: vec![] });
        let cause = CompactString::const_new("log-0-1");
        let entry = Entry { key: AccountKey::from_trusted("policy_offered"), record, cause: cause.clone(), source: cause };
        store.judges_by(Authority { unsigned_allowed: true, least_revision: 2, ..Authority::default() });
        let moment = store.moment(START, START);
        let step = engine::step(store, &entry, moment);
        store.stage(step.changes.clone());
        step.outcome
    };
    assert_eq!(pinned(&mut store, PLAIN), Outcome::LawRefused);
    assert_eq!(pinned(&mut store, &next), Outcome::LawChanged);
}

#[test]
fn qual_4_the_law_is_told_again_to_a_partition_that_could_not_read_it() {
    let mut registrar = Store::new(0, 4);
    let told = |step: &engine::Step| {
        step.effects.iter().find_map(|effect| match effect {
            Effect::Append(_, Append::PolicyInForce(law)) => Some(law.clone()),
            _ => None,
        })
    };
    let to = |step: &engine::Step| -> Vec<To> {
        step.effects.iter().filter_map(|effect| if let Effect::Append(to, _) = effect { Some(to.clone()) } else { None }).collect()
    };
    let law = told(&offer(&mut registrar, PLAIN, true, START)).expect("it is law");
    // Its record is on its way to everybody, the registrar too: it is not doubled.
    assert_eq!(told(&offer(&mut registrar, PLAIN, true, START)), None);
    let fold = |store: &mut Store| {
        let cause = CompactString::const_new("log-0-2");
        let record = Record::PolicyInForce(law.clone());
        let entry = Entry { key: AccountKey::from_trusted("policy_in_force"), record, cause: cause.clone(), source: cause };
        let moment = store.moment(START, START);
        let step = engine::step(store, &entry, moment);
        store.stage(step.changes.clone());
        (step.outcome, step.effects)
    };
    assert_eq!(fold(&mut registrar), (Outcome::LawChanged, vec![]));
    // A partition lacks it, so it is offered again: by whoever has the file, whatever is allowed there or signed by now.
    for unsigned_allowed in [true, false] {
        let step = offer(&mut registrar, PLAIN, unsigned_allowed, START);
        assert_eq!((step.outcome, step.changes.len(), told(&step)), (Outcome::Ignored, 0, Some(law.clone())));
        // To those that lack it, once each; the log has no tenth partition.
        assert_eq!(to(&step), [To::One(1), To::One(3)]);
    }
    // Whoever has it ignores it; whoever lacks it has it from now on; and only the registrar repeats it.
    assert_eq!(fold(&mut registrar), (Outcome::Ignored, vec![]));
    let mut other = Store::new(1, 4);
    assert_eq!(fold(&mut other), (Outcome::LawChanged, vec![]));
    assert_eq!(fold(&mut other), (Outcome::Ignored, vec![]));
    assert_eq!(told(&offer(&mut other, PLAIN, true, START)), None);
    // What was law before is told no more.
    let next = second(&rulebook::digest(PLAIN.as_bytes()));
    assert_eq!(offer(&mut registrar, &next, true, START).outcome, Outcome::LawChanged);
    assert_eq!(told(&offer(&mut registrar, PLAIN, true, START)), None);
}
