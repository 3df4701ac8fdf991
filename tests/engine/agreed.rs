//! QUAL-4: what the registrar lets become law when there is a charter, and everything that it refuses, with nothing changed.

use std::sync::{Arc, LazyLock};

use compact_str::CompactString;
use relevo::contract::log::{InForce, Offered, Record};
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{self, Append, Authority, Effect, Entry, Outcome, Step, To};
use relevo::rulebook::{self, Charter, File};
use relevo::state::Store;

use crate::ssh::{Person, charter};
use crate::world::{Did, PLAIN, START, World, leads};

/// The people of the charter; keys are made once.
static PEOPLE: LazyLock<[Person; 3]> = LazyLock::new(|| ["ana@example.com", "eva@example.com", "luis@example.com"].map(Person::new));

fn authority(unsigned_allowed: bool) -> Authority {
    let [ana, eva, _] = &*PEOPLE;
    let (text, signers) = (charter(&ana.name, &eva.name), ana.line() + &eva.line_with("valid-before=\"20270101Z\""));
    let charter =
        Charter::read(File { name: "charter.yaml", bytes: text.as_bytes() }, File { name: "allowed_signers", bytes: signers.as_bytes() });
    Authority { charter: Some(Arc::new(charter.expect("a charter"))), unsigned_allowed, ..Authority::default() }
}

fn both(text: &str) -> String {
    PEOPLE[0].signs(text) + &PEOPLE[1].signs(text)
}

fn second(previous: &str) -> String {
    let chained = PLAIN.replace("revision: 1\n", &format!("revision: 2\nprevious: {previous}\n"));
    chained.replace("threshold: 10", "threshold: 20").replace("effective_from: 2026-01-01", "effective_from: 2026-10-15")
}

/// Offers a file, and stages what follows.
fn offer(store: &mut Store, text: &str, signatures: &str, unsigned_allowed: bool, at: Timestamp) -> Step {
    let offered = Offered { file: text.into(), signatures: signatures.into(), unsigned_allowed, lacked_by: Vec::new() };
    let cause = CompactString::const_new("log-0-1");
    let record = Record::PolicyOffered(offered);
    let entry = Entry { key: AccountKey::from_trusted("policy_offered"), record, cause: cause.clone(), source: cause };
    let moment = store.moment(at, at);
    let step = engine::step(store, &entry, moment);
    store.stage(step.changes.clone());
    step
}

fn made(step: &Step) -> Option<&InForce> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::Append(To::All, Append::PolicyInForce(law)) => Some(law),
        _ => None,
    })
}

fn refusal(step: &Step) -> Option<(u16, &str)> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::PolicyRefused { code, message, .. } => Some((code.number, message.as_str())),
        _ => None,
    })
}

/// Partition 0 under a signed first law.
fn signed_deployment(unsigned_allowed: bool) -> Store {
    let mut store = Store::new(0, 4);
    store.judges_by(authority(unsigned_allowed));
    let step = offer(&mut store, PLAIN, &both(PLAIN), false, START);
    assert!(made(&step).is_some(), "{:?}", step.effects);
    store
}

#[test]
fn qual_4_a_law_names_its_signers_and_its_charter_and_so_does_every_lead() {
    let mut store = signed_deployment(false);
    let text = second(&rulebook::digest(PLAIN.as_bytes()));
    let step = offer(&mut store, &text, &both(&text), false, START);
    let law = made(&step).expect("it is law").clone();
    assert_eq!(law.signed_by, ["ana@example.com", "eva@example.com"]);
    assert_eq!(law.charter, authority(false).charter.expect("one").digest);
    assert_eq!((law.revision, &law.file), (2, &text));

    let mut world = World::without_law();
    world.fold("law", Record::PolicyInForce(law), START);
    let effects = world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
    let leads = leads(&effects);
    let [(_, lead)] = leads.as_slice() else { panic!("one lead: {effects:?}") };
    assert_eq!(lead.rulebook.signed_by, ["ana@example.com", "eva@example.com"]);
}

#[test]
fn qual_4_what_is_not_agreed_is_refused_and_changes_nothing() {
    let first = rulebook::digest(PLAIN.as_bytes());
    let good = second(&first);
    let [ana, eva, luis] = &*PEOPLE;
    let check = |text: &str, signatures: &str, expected: u16| {
        // Whoever offers may say that an unsigned one will do: who judges does not listen.
        for unsigned_allowed in [false, true] {
            let mut store = signed_deployment(false);
            let step = offer(&mut store, text, signatures, unsigned_allowed, START);
            let (code, message) = refusal(&step).unwrap_or_else(|| panic!("it is law:\n{text}"));
            assert_eq!((code, step.outcome, step.changes.len()), (expected, Outcome::LawRefused, 0), "{message}");
            assert!(!message.contains('@'), "PII-1: {message}");
            // And the good one still becomes law after it.
            assert!(made(&offer(&mut store, &good, &both(&good), false, START)).is_some());
        }
    };
    check(&good, "", 2103);
    check(&good, &ana.signs(&good), 2103);
    check(&good, &(ana.signs(&good) + &luis.signs(&good)), 2121);
    check(&good, &(ana.signs(&good) + &ana.signs(&good)), 2125);
    check(&good, &(ana.signs(&good) + &eva.signs_as("git", good.as_bytes(), &[])), 2123);
    check(&good, &both(PLAIN), 2124);
    check(&good, &both(&good.replacen("20", "21", 1)), 2124);
    let cut_off = both(&good);
    check(&good, &cut_off[..cut_off.len() - 40], 2120);
    check(&good, "-----BEGIN PGP SIGNATURE-----", 2120);
    let late = good.replace("effective_from: 2026-10-15", "effective_from: 2026-12-15");
    let expired = late.replace("effective_from: 2026-12-15", "effective_from: 2027-01-02");
    let mut store = signed_deployment(false);
    let after = Timestamp::parse("2027-01-03T00:00:00Z").expect("a time");
    assert_eq!(refusal(&offer(&mut store, &expired, &both(&expired), false, after)).map(|(code, _)| code), Some(2122));
    // A key that is valid at `effective_from` stays good when the file is offered later.
    assert!(made(&offer(&mut store, &late, &both(&late), false, after)).is_some());
    // The chain, with good signatures.
    let jumps = good.replace("revision: 2", "revision: 3");
    check(&jumps, &both(&jumps), 2101);
    let back = PLAIN.replace("threshold: 10", "threshold: 12");
    check(&back, &both(&back), 2101);
    let other = second(&format!("sha256:{}", "0".repeat(64)));
    check(&other, &both(&other), 2102);
    let unchained = PLAIN.replace("revision: 1\n", "revision: 2\n");
    check(&unchained, &both(&unchained), 2102);
    let early = good.replace("effective_from: 2026-10-15", "effective_from: 2026-12-01");
    check(&early, &both(&early), 2104);
    let broken = good.replace("interaction.kind", "interaction.knid");
    check(&broken, &both(&broken), 2022);
    let long = format!("{good}#{}", "x".repeat(256 * 1024));
    check(&long, &both(&long), 2002);
    check(&good, &"#\n".repeat(40_000), 2120);
}

#[test]
fn qual_4_whoever_left_can_not_date_a_revision_back() {
    // Eva's key is valid until the end of 2026, as `allowed_signers` says: half a year later it makes no rulebook any more.
    let at = |time: &str| Timestamp::parse(time).expect("a time");
    let first = PLAIN.replace("effective_from: 2026-01-01", "effective_from: 2026-11-01");
    let check = |effective_from: &str, judged_at: &str, expected: Option<u16>| {
        let mut store = Store::new(0, 4);
        store.judges_by(authority(false));
        assert!(made(&offer(&mut store, &first, &both(&first), false, START)).is_some());
        let text = second(&rulebook::digest(first.as_bytes())).replace("2026-10-15T00:00:00Z", effective_from);
        let step = offer(&mut store, &text, &both(&text), false, at(judged_at));
        assert_eq!(refusal(&step).map(|(code, _)| code), expected, "{effective_from} judged at {judged_at}");
        assert_eq!(made(&step).is_some(), expected.is_none());
    };
    check("2026-12-30T00:00:00Z", "2027-06-01T00:00:00Z", Some(2141));
    check("2026-10-31T23:59:59Z", "2026-11-02T00:00:00Z", Some(2140));
    // The same instant as before is no step back; and an outage of a month voids nothing.
    check("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", None);
    check("2026-12-02T00:00:00Z", "2027-01-01T00:00:00Z", None);
    check("2026-12-02T00:00:00Z", "2027-01-01T00:00:00.001Z", Some(2141));
    // A log without a rulebook takes the one that was in force on the log before it, however old.
    let mut store = Store::new(0, 4);
    store.judges_by(authority(false));
    assert!(made(&offer(&mut store, &first, &both(&first), false, at("2027-06-01T00:00:00Z"))).is_some());
}

#[test]
fn qual_4_the_number_of_a_law_is_taken() {
    let mut store = signed_deployment(false);
    let good = second(&rulebook::digest(PLAIN.as_bytes()));
    let other = good.replace("threshold: 20", "threshold: 21");
    assert!(made(&offer(&mut store, &good, &both(&good), false, START)).is_some());
    assert_eq!(refusal(&offer(&mut store, &other, &both(&other), false, START)).map(|(code, _)| code), Some(2101));
    assert_eq!(offer(&mut store, &good, &both(&good), false, START).outcome, Outcome::Ignored);
    assert_eq!(offer(&mut store, &good, "", false, START).outcome, Outcome::Ignored);
}

#[test]
fn qual_4_signed_and_unsigned_laws_do_not_mix_by_themselves() {
    let good = second(&rulebook::digest(PLAIN.as_bytes()));
    // What was agreed once is not followed by what nobody agreed to, whatever the process was told.
    let mut store = signed_deployment(true);
    assert_eq!(refusal(&offer(&mut store, &good, "", true, START)).map(|(code, _)| code), Some(2103));
    // An unsigned chain is not continued by a signed deployment …
    let unsigned = || {
        let mut store = Store::new(0, 4);
        store.judges_by(Authority { unsigned_allowed: true, ..Authority::default() });
        let law = made(&offer(&mut store, PLAIN, "", true, START)).expect("it is law").clone();
        assert!(law.signed_by.is_empty() && law.charter.is_empty());
        store
    };
    let mut store = unsigned();
    store.judges_by(authority(false));
    assert_eq!(refusal(&offer(&mut store, &good, &both(&good), false, START)).map(|(code, _)| code), Some(2105));
    // … but when somebody says so; and from then on it is signed.
    let mut store = unsigned();
    store.judges_by(authority(true));
    assert_eq!(made(&offer(&mut store, &good, &both(&good), true, START)).expect("it is law").signed_by.len(), 2);
    let third =
        good.replace("revision: 2", "revision: 3").replace(&*rulebook::digest(PLAIN.as_bytes()), &rulebook::digest(good.as_bytes()));
    assert_eq!(refusal(&offer(&mut store, &third, "", true, START)).map(|(code, _)| code), Some(2103));
    // Both have to allow it: who offers, and who judges.
    for (judge, offers) in [(true, false), (false, true), (false, false)] {
        let mut store = Store::new(0, 4);
        store.judges_by(Authority { unsigned_allowed: judge, ..Authority::default() });
        assert_eq!(refusal(&offer(&mut store, PLAIN, "", offers, START)).map(|(code, _)| code), Some(2103));
    }
    // A partition that is told nothing takes nothing.
    assert_eq!(refusal(&offer(&mut Store::new(0, 4), PLAIN, &both(PLAIN), true, START)).map(|(code, _)| code), Some(2103));
}

#[test]
fn txn_3_what_a_partition_judges_by_outlives_a_rollback_and_is_no_state() {
    let mut store = signed_deployment(false);
    store.drop_staged();
    assert!(made(&offer(&mut store, PLAIN, &both(PLAIN), false, START)).is_some(), "the charter was rolled back");
    let mut keys = Vec::new();
    store.write_staged(1, |key, _| keys.push(String::from_utf8_lossy(key).into_owned()));
    assert_eq!(keys, ["relevo:chain", "relevo:position"]);
}
