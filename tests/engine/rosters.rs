//! How a roster takes force: signed by sales alone, in a chain of its own, judged by partition 0 and obeyed by all.

use std::sync::Arc;

use compact_str::CompactString;
use relevo::contract::log::{InForce, Offered, Record};
use relevo::engine::{Append, Authority, Effect, Outcome, Step};
use relevo::rulebook::{Charter, File, digest};

use crate::ssh::{self, Person};
use crate::world::{PLAIN, START, World, roster_file, roster_in_force};

const TEAMS: &str = "  mid: { sellers: { eva: {} } }\n";

fn charter(ana: &Person, eva: &Person, more: &str) -> Charter {
    let text = ssh::charter(&ana.name, &eva.name) + more;
    let keys = ana.line() + &eva.line();
    Charter::read(File { name: "charter", bytes: text.as_bytes() }, File { name: "keys", bytes: keys.as_bytes() }).expect("a charter")
}

fn judging(charter: Option<Charter>, unsigned_allowed: bool) -> World {
    let mut world = World::under(PLAIN);
    world.store.judges_by(Authority { charter: charter.map(Arc::new), unsigned_allowed, ..Authority::default() });
    world
}

fn offers(world: &mut World, roster: &str, signatures: &str) -> Step {
    let offered = Offered { file: roster.into(), signatures: signatures.into(), unsigned_allowed: true, lacked_by: vec![0] };
    world.fold("roster", Record::RosterOffered(offered), START)
}

fn taken(step: &Step) -> Option<&InForce> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::Append(_, Append::RosterInForce(roster)) => Some(roster),
        _ => None,
    })
}

fn refused(step: &Step) -> Option<(u16, Outcome)> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::PolicyRefused { code, .. } => Some((code.number, step.outcome)),
        _ => None,
    })
}

#[test]
fn sales_alone_signs_a_roster_or_whoever_the_charter_names() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    let roster = roster_file(TEAMS, 1);
    let of_marketing = ana.signs(&roster);
    let of_sales = eva.signs(&roster);
    for (more, signatures, signed_by) in [
        ("", &of_sales, Some("eva@example.com")),
        ("", &of_marketing, None),
        ("", &String::new(), None),
        ("rosters: marketing\n", &of_marketing, Some("ana@example.com")),
        ("rosters: marketing\n", &of_sales, None),
    ] {
        let mut world = judging(Some(charter(&ana, &eva, more)), false);
        let step = offers(&mut world, &roster, signatures);
        let by = taken(&step).map(|roster| roster.signed_by.clone());
        assert_eq!(by, signed_by.map(|name| vec![CompactString::from(name)]), "{more} {:?}", step.effects);
        assert_eq!(refused(&step).is_some(), signed_by.is_none(), "{more}");
    }
    let text = ssh::charter(&ana.name, &eva.name) + "rosters: sails\n";
    let keys = ana.line() + &eva.line();
    let found = Charter::read(File { name: "charter", bytes: text.as_bytes() }, File { name: "keys", bytes: keys.as_bytes() });
    let found = found.expect_err("there is no such party");
    assert!(found[0].help.as_deref().is_some_and(|help| help.contains("sales")), "{found:?}");
}

#[test]
fn a_roster_has_a_chain_of_its_own_and_a_bad_one_never_replaces_the_good_one() {
    let mut world = judging(None, true);
    let first = roster_file(TEAMS, 1);
    let in_force = taken(&offers(&mut world, &first, "")).expect("it is taken").clone();
    assert_eq!(world.fold("roster", Record::RosterInForce(in_force), START).outcome, Outcome::LawChanged);
    let again = offers(&mut world, &first, "");
    assert_eq!(again.outcome, Outcome::Ignored);
    assert_eq!(taken(&again).map(|told| &*told.file), Some(&*first), "whoever offers it has seen a partition without it: it is told again");
    let previous = digest(first.as_bytes());
    let next = |revision: u32, previous: &str| {
        let chained = roster_file(TEAMS, revision).replace("kind: Roster\n", &format!("kind: Roster\nprevious: {previous}\n"));
        chained.replace("2026-01-01", "2026-10-15")
    };
    let number = |step: Step| refused(&step).map(|(number, _)| number);
    assert!(number(offers(&mut world, &next(3, &previous), "")).is_some(), "out of turn");
    assert!(number(offers(&mut world, &next(2, &format!("sha256:{}", "0".repeat(64))), "")).is_some(), "another chain");
    assert_eq!(number(offers(&mut world, &next(2, &previous).replace("eva: {}", "eva: { weight: 0 }"), "")), Some(2130));
    assert!(number(offers(&mut world, &next(2, &previous).replace("2026-10-15", "2027-01-01"), "")).is_some(), "too early");
    let dated = |from: &str| next(2, &previous).replace("2026-10-15T00:00:00Z", from);
    assert_eq!(number(offers(&mut world, &dated("2025-12-31T23:59:59Z"), "")), Some(2140), "before the one that it follows");
    assert_eq!(number(offers(&mut world, &dated("2026-10-01T23:59:59Z"), "")), Some(2141), "more than 30 days ago");
    assert!(taken(&offers(&mut world, &next(2, &previous), "")).is_some());
    // Only the registrar judges, and what says it did must at least fit together.
    let mut forged = roster_in_force(TEAMS, 7);
    forged.revision = 8;
    assert!(refused(&world.fold("roster", Record::RosterInForce(forged.clone()), START)).is_some());
    forged.digest = "sha256:00".into();
    assert!(refused(&world.fold("roster", Record::RosterInForce(forged), START)).is_some());
    // Unsigned rosters are for those who said so, on both sides.
    let mut strict = judging(None, false);
    assert_eq!(refused(&offers(&mut strict, &first, "")).map(|(_, outcome)| outcome), Some(Outcome::LawRefused));
}

/// A restart finds the roster, its chain and the turns.
#[test]
fn a_roster_and_the_turns_outlive_a_restart() {
    let mut world = judging(None, true);
    let step = offers(&mut world, &roster_file(TEAMS, 1), "");
    let in_force = taken(&step).expect("it is taken").clone();
    world.fold("roster", Record::RosterInForce(in_force), START);
    let mut rows = Vec::new();
    world.store.write_staged(1, |key, value| rows.push((String::from_utf8_lossy(key).into_owned(), value.map(<[u8]>::to_vec))));
    assert!(rows.iter().any(|(key, _)| key == "relevo:roster") && rows.iter().any(|(key, _)| key == "relevo:roster-chain"));
    let mut restored = relevo::state::Store::new(0, 1);
    rows.iter().for_each(|(key, value)| restored.restore(key.as_bytes(), value.as_deref()).expect("a row"));
    restored.restored().expect("good rows");
    restored.judges_by(Authority { unsigned_allowed: true, ..Authority::default() });
    world.store = restored;
    assert_eq!(offers(&mut world, &roster_file(TEAMS, 1), "").outcome, Outcome::Ignored, "it is in force");
}
