//! One proof that answers many leads is seen, and judged by people.

use relevo::contract::{Irregularity, LeadId, Timestamp};
use relevo::engine::proofs::{MAX_ON_A_SHELF, SHELVES};

use crate::sold::{MINUTE_MS, Sold};
use crate::world::{Did, START, World, decisions};

/// A lead of a company of its own.
fn lead(world: &mut World, number: usize) -> LeadId {
    let mut did = Did::new(&format!("lead-{number}"), START, "demo_requested").buying();
    did.domain = Some(format!("co-{number}.example"));
    decisions(&world.does(&did, START))[0].lead_id.clone().expect("a lead")
}

/// Somebody touches a lead, shown by this; whether that was seen before.
fn touches(sold: &mut Sold, lead: &LeadId, proof: &str, actor: &str, at: Timestamp) -> bool {
    (sold.lead, sold.now, sold.count) = (lead.clone(), at, sold.count + 1);
    let more = format!(r#","proof":{{"channel":"phone","ref":"{proof}"}}"#);
    let step = sold.logs(&format!("t-{}", sold.count), "contacted", actor, at, &more);
    step.irregular.contains(&Irregularity::ProofUsedBefore)
}

#[test]
fn fu_1_a_proof_that_showed_the_touch_of_another_lead_is_counted() {
    let mut sold = Sold::new();
    let leads: Vec<LeadId> = (0..4).map(|number| lead(&mut sold.world, number)).collect();
    let at = START.plus_ms(MINUTE_MS);
    assert!(!touches(&mut sold, &leads[0], "call-1", "person", at));
    assert!(!touches(&mut sold, &leads[0], "call-1", "person", at), "the same lead again");
    assert!(touches(&mut sold, &leads[1], "call-1", "person", at));
    assert!(touches(&mut sold, &leads[2], "call-1", "person", at));
    assert!(!touches(&mut sold, &leads[3], "call-2", "person", at));
    assert!(!touches(&mut sold, &leads[3], "call-1", "automation", at), "a machine's touch shows nothing");
    // A restart remembers, and so does whoever folds the log again.
    let mut rows = Vec::new();
    sold.world.store.write_staged(7, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
    let mut restored = relevo::state::Store::new(0, 1);
    rows.iter().for_each(|(key, value)| restored.restore(key, value.as_deref()).expect("a row"));
    restored.restored().expect("good rows");
    sold.world.store = restored;
    assert!(touches(&mut sold, &leads[0], "call-2", "person", at));
}

#[test]
fn proofs_are_remembered_up_to_a_bound() {
    let mut sold = Sold::new();
    let (first, second) = (lead(&mut sold.world, 0), lead(&mut sold.world, 1));
    let many = SHELVES as usize * MAX_ON_A_SHELF * 2;
    for number in 0..many {
        touches(&mut sold, &first, &format!("call-{number}"), "person", START.plus_ms(number as i64));
    }
    let at = START.plus_ms(many as i64);
    assert!(touches(&mut sold, &second, &format!("call-{}", many - 1), "person", at));
    assert!(!touches(&mut sold, &second, "call-0", "person", at));
    let mut longest = 0;
    sold.world.store.write_staged(1, |key, value| {
        if key.starts_with(b"relevo:proofs:") {
            longest = longest.max(value.map_or(0, <[u8]>::len));
        }
    });
    assert!((MAX_ON_A_SHELF..2_048).contains(&longest), "{longest} bytes");
}

#[test]
fn pii_1_a_telephone_number_for_a_persons_identifier_is_counted() {
    let mut world = World::under(crate::world::PLAIN);
    let mut did = Did::new("i-1", START, "attended");
    did.person = r#"{"id":"+52-55-5555-0100"}"#.into();
    assert_eq!(world.does_all(&did, START).irregular, [Irregularity::PhoneAsIdentifier]);
}
