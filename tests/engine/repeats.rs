//! What is sent again is known as long as it could still make a lead, and what is remembered is bounded.

use relevo::contract::{AccountKey, Decision, Irregularity, Timestamp};
use relevo::engine::seen::MAX_SEEN;

use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions};

fn decision(world: &mut World, did: &Did, at: Timestamp) -> Decision {
    decisions(&world.does(did, at))[0].decision
}

fn mail(number: i64) -> Did {
    Did::new(&format!("m-{number}"), START.plus_ms(number), "email_opened")
}

#[test]
fn what_a_connector_sends_once_more_is_known_all_of_it() {
    let mut world = World::under(PLAIN);
    let asked = Did::new("asked", START, "demo_requested");
    decision(&mut world, &asked, START);
    for number in 0..1_000 {
        assert_ne!(decision(&mut world, &mail(number), START.plus_ms(number)), Decision::Duplicate, "{number}");
    }
    let again = START.plus_ms(6 * DAY_MS);
    for number in (0..1_000).rev() {
        assert_eq!(decision(&mut world, &mail(number), again), Decision::Duplicate, "{number}");
    }
    assert_eq!(decision(&mut world, &asked, again), Decision::Duplicate);
}

#[test]
fn a_request_is_known_for_as_long_as_it_could_make_a_lead_also_without_its_evidence() {
    for days in [1, 3, 7] {
        let mut world = World::under(&PLAIN.replace("forget_after: 180d", "forget_after: 7d"));
        let asked = Did::new("asked", START, "demo_requested");
        decision(&mut world, &asked, START);
        // Further requests push its evidence out.
        for number in 0..70 {
            decision(&mut world, &Did::new(&format!("d-{number}"), START.plus_ms(1 + number), "demo_requested"), START.plus_ms(1 + number));
        }
        assert_eq!(decision(&mut world, &asked, START.plus_ms(days * DAY_MS)), Decision::Duplicate, "{days} days");
    }
}

/// A backfill, of which each record is older than what makes a lead: known for as long, from when the log took it.
#[test]
fn old_news_is_known_too_when_it_comes_again() {
    let mut world = World::under(PLAIN);
    let old = |number: i64| Did::new(&format!("o-{number}"), START.plus_ms(-100 * DAY_MS + number), "email_opened");
    for number in 0..200 {
        decision(&mut world, &old(number), START.plus_ms(number));
    }
    for number in 0..200 {
        assert_eq!(decision(&mut world, &old(number), START.plus_ms(DAY_MS + number)), Decision::Duplicate, "{number}");
    }
}

#[test]
fn beyond_the_bound_who_was_only_reached_makes_room_first_and_that_is_counted() {
    let mut world = World::under(PLAIN);
    let asked: Vec<Did> = (0..100).map(|number| Did::new(&format!("d-{number}"), START.plus_ms(number), "demo_requested")).collect();
    asked.iter().for_each(|did| _ = decision(&mut world, did, did.at));
    let mut forgotten = 0;
    for number in 0..MAX_SEEN as i64 {
        let did = mail(number);
        let step = world.does_all(&did, START.plus_ms(DAY_MS + number));
        forgotten += step.irregular.iter().filter(|seen| **seen == Irregularity::RepeatForgotten).count();
    }
    assert_eq!(forgotten, 100);
    let again = START.plus_ms(2 * DAY_MS);
    for did in &asked {
        assert_eq!(decision(&mut world, did, again), Decision::Duplicate, "{}", did.id);
    }
    assert_eq!(decision(&mut world, &mail(MAX_SEEN as i64 - 1), again), Decision::Duplicate);
    let account = world.store.account(&AccountKey::from_trusted("acme.example")).expect("there");
    assert!(account.seen.len() <= MAX_SEEN, "{}", account.seen.len());
    let bytes = relevo::state::Format::default().encode(&account).len();
    assert!(bytes < MAX_SEEN * 6 + 12_288, "{bytes} bytes");
    // After their time they are gone, and so is the memory of them.
    decision(&mut world, &Did::new("later", START.plus_ms(20 * DAY_MS), "email_opened"), START.plus_ms(20 * DAY_MS));
    let account = world.store.account(&AccountKey::from_trusted("acme.example")).expect("there");
    assert_eq!(account.seen.len(), 1);
}
