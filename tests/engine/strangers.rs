//! Unknown people can't fill the memory: what was only reached is forgotten after days, and a partition has room for so many.

use std::collections::BTreeMap;

use relevo::contract::log::{Record, Watermark};
use relevo::contract::{AccountKey, Decision, Irregularity, Timestamp};
use relevo::engine::{Append, Effect};

use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions};

fn waits(world: &mut World, at: Timestamp) {
    let watermark = Watermark { as_of: BTreeMap::from([("none".into(), at)]), sources: 1 };
    let mut step = world.fold("watermark", Record::Watermark(watermark), at);
    while step.effects.iter().any(|effect| matches!(effect, Effect::Append(_, Append::Continue))) {
        step = world.fold("continue", Record::Continue, at);
    }
    committed(world);
}

/// Somebody of no known company does something.
fn stranger(number: usize, at: Timestamp, kind: &str, more: &str) -> Did {
    let mut did = Did::new(&format!("i-{number}-{at}"), at, kind);
    (did.domain, did.offering) = (None, None);
    did.person = format!(r#"{{"id":"s-{number}"{more}}}"#);
    did
}

fn committed(world: &mut World) -> usize {
    world.store.write_staged(1, |_, _| {});
    world.store.promote(1);
    world.store.accounts()
}

#[test]
fn accounts_that_were_only_reached_are_forgotten_after_days_and_others_are_not() {
    let mut world = World::under(PLAIN);
    for number in 0..2_000 {
        world.does(&stranger(number, START, "email_opened", ""), START);
    }
    // Who did more than that, was met, or is heard of again.
    world.does(&stranger(2_000, START, "survey_completed", ""), START);
    world.does(&stranger(2_001, START, "tasting", ""), START);
    world.does(&stranger(2_002, START, "email_opened", ""), START);
    world.does(&stranger(2_002, START.plus_ms(20 * DAY_MS), "email_opened", ""), START.plus_ms(20 * DAY_MS));
    assert_eq!(committed(&mut world), 2_003);
    waits(&mut world, START.plus_ms(29 * DAY_MS));
    assert_eq!(world.store.accounts(), 2_003);
    waits(&mut world, START.plus_ms(32 * DAY_MS));
    assert_eq!(world.store.accounts(), 3);
    waits(&mut world, START.plus_ms(52 * DAY_MS));
    assert_eq!(world.store.accounts(), 2);
    // The rulebook says after how long.
    let mut world = World::under(&PLAIN.replace("forget_after: 180d", "forget_after: 180d\nforget_reached_after: 5d"));
    world.does(&stranger(1, START, "email_opened", ""), START);
    waits(&mut world, START.plus_ms(7 * DAY_MS));
    assert_eq!(world.store.accounts(), 0);
}

#[test]
fn a_partition_has_room_for_so_many_strangers_and_decides_about_all() {
    let mut world = World::under(&PLAIN.replace("has(company.domain)", "has(offering)"));
    world.store.keeps_persons(10);
    let mut not_kept = 0;
    for number in 0..25 {
        let step = world.does_all(&stranger(number, START, "email_opened", ""), START);
        assert_eq!(decisions(&step.effects).len(), 1);
        not_kept += step.irregular.iter().filter(|kind| **kind == Irregularity::AccountNotKept).count();
    }
    assert_eq!((not_kept, committed(&mut world)), (15, 10));
    // Who is known is kept up; a company is kept as ever; a lead is always kept.
    let step = world.does_all(&stranger(3, START.plus_ms(1), "email_opened", ""), START.plus_ms(1));
    assert!(step.irregular.is_empty());
    world.does(&Did::new("company", START, "email_opened"), START);
    let mut buys = stranger(30, START, "demo_requested", "").buying();
    buys.offering = Some("crm-suite");
    assert_eq!(decisions(&world.does(&buys, START))[0].decision, Decision::Qualified);
    assert_eq!(committed(&mut world), 12);
    // PII-2: who refuses is remembered as refusing, and as nothing else.
    world.does(&stranger(31, START, "email_opened", r#","name":"Ana","consent":{"contact":false}"#), START);
    assert_eq!(committed(&mut world), 13);
    let account = world.store.account(&AccountKey::from_trusted("person:s-31")).expect("kept");
    assert!(account.people.is_empty() && account.evidence.is_empty() && !account.refusals.is_empty());
    // What a rolled-back transaction brought takes no room, and what is forgotten makes room.
    world.store.drop_staged();
    waits(&mut world, START.plus_ms(40 * DAY_MS));
    let at = START.plus_ms(40 * DAY_MS);
    assert!(world.does_all(&stranger(40, at, "email_opened", ""), at).irregular.is_empty());
    world.store.drop_staged();
    assert!(world.does_all(&stranger(41, at, "email_opened", ""), at).irregular.is_empty());
}
