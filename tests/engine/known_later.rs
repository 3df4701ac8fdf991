//! What the CRM says after somebody asked: the newest request is judged again, once, while it is young.

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::log::{AccountDomains, Record};
use relevo::contract::{AccountKey, Decision, Reason, Timestamp, Truth};
use relevo::engine::explain::{Standing, standing};
use relevo::engine::{Effect, Step, View as _};

use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions, leads};

const KEY: &str = "acme.example";
const MINUTE_MS: i64 = 60_000;

/// Fit asks for a size that only the CRM knows.
fn rules() -> String {
    PLAIN.replace("fit:\n  threshold: 0", "fit:\n  threshold: 30")
}

/// An account of the CRM says of itself, in fields of JSON with their commas.
fn says(world: &mut World, id: &str, version: u64, more: &str, at: Timestamp) -> Step {
    let json = format!(r#"{{"account_id":"{id}","version":{version},"domains":["{KEY}"]{more}}}"#).into_bytes().leak();
    let update = AccountUpdated::parse(json, &FreeMail::default()).expect("good facts");
    world.fold(KEY, Record::AccountFacts(Box::new(update)), at)
}

/// Somebody asks for a demo, and says nothing of the company but its domain.
fn asks(world: &mut World, id: &str, offering: &'static str, at: Timestamp) -> (Decision, Reason) {
    let mut did = Did::new(id, at, "demo_requested").buying();
    (did.offering, did.domain) = (Some(offering), None);
    did.more = format!(r#","company":{{"domain":"{KEY}"}}"#);
    let effects = world.does(&did, at);
    (decisions(&effects)[0].decision, decisions(&effects)[0].reason)
}

fn made(step: &Step) -> Vec<(&str, Decision, Reason)> {
    decisions(&step.effects).into_iter().map(|made| (made.interaction_id.as_str(), made.decision, made.reason)).collect()
}

#[test]
fn facts_that_come_after_a_request_make_its_lead() {
    let mut world = World::under(&rules());
    assert_eq!(asks(&mut world, "i-1", "crm-suite", START), (Decision::NotQualified, Reason::Fit));
    let step = says(&mut world, "001E", 1, r#","employees":500"#, START.plus_ms(4_000));
    assert_eq!(made(&step), [("i-1", Decision::Qualified, Reason::AllHold)]);
    let lead = leads(&step.effects)[0].1;
    assert_eq!((lead.offering.as_str(), lead.contact.person_id.as_str()), ("crm-suite", "p-1"));
    assert_eq!(lead.clock.occurred_at, START, "the buyer has waited since they asked");
    assert_eq!(Some(&lead.lead_id), decisions(&step.effects)[0].lead_id.as_ref());
    // The same facts again, others, and another request: there is a lead, and only one.
    for (version, more) in [(2, r#","employees":500"#), (3, r#","employees":600"#)] {
        assert!(made(&says(&mut world, "001E", version, more, START.plus_ms(MINUTE_MS))).is_empty());
    }
    assert_eq!(asks(&mut world, "i-2", "crm-suite", START.plus_ms(2 * MINUTE_MS)).0, Decision::Joined);
}

#[test]
fn facts_that_change_no_verdict_are_told_to_nobody() {
    let mut world = World::under(&rules());
    asks(&mut world, "i-1", "crm-suite", START);
    for (version, more) in [(1, r#","name":"Acme""#), (2, r#","employees":5"#), (3, r#","employees":49"#), (4, "")] {
        let step = says(&mut world, "001E", version, more, START.plus_ms(version as i64));
        assert!(step.effects.is_empty(), "{more}: {:?}", step.effects);
    }
    assert_eq!(made(&says(&mut world, "001E", 5, r#","employees":50"#, START.plus_ms(5))).len(), 1);
}

#[test]
fn qual_6_only_what_is_young_is_judged_again_and_the_newest_of_each_offering() {
    for (age_ms, expected) in [(7 * DAY_MS, true), (7 * DAY_MS + 1, false)] {
        let mut world = World::under(&rules());
        asks(&mut world, "i-1", "crm-suite", START);
        let step = says(&mut world, "001E", 1, r#","employees":500"#, START.plus_ms(age_ms));
        assert_eq!(!made(&step).is_empty(), expected, "{age_ms} ms");
    }
    let mut world = World::under(&rules());
    for (id, offering, at) in [("a-1", "crm-suite", 0), ("b-1", "erp", 1), ("a-2", "crm-suite", 2), ("old", "analytics", -8 * DAY_MS)] {
        asks(&mut world, id, offering, START.plus_ms(at));
    }
    let step = says(&mut world, "001E", 1, r#","employees":500"#, START.plus_ms(MINUTE_MS));
    assert_eq!(made(&step), [("b-1", Decision::Qualified, Reason::AllHold), ("a-2", Decision::Qualified, Reason::AllHold)]);
}

/// Somebody of the account does something, and says this of it: fields of JSON with their commas.
fn does(world: &mut World, kind: &str, offering: Option<&'static str>, more: &str, at: Timestamp) -> Step {
    let mut did = Did::new(&format!("{kind}-{at}"), at, kind);
    (did.offering, did.domain) = (offering, None);
    did.more = format!(r#","company":{{"domain":"{KEY}"{more}}}"#);
    world.does_all(&did, at)
}

/// What is said with an interaction that opens no lead itself counts as well: once, while the request is young.
#[test]
fn facts_that_come_with_being_reached_have_the_request_judged() {
    const SIZE: &str = r#","employees":500"#;
    for kind in ["attended", "badge_scanned", "email_opened", "dinner"] {
        let mut world = World::under(&rules());
        asks(&mut world, "i-1", "crm-suite", START);
        let reached = does(&mut world, kind, None, "", START.plus_ms(1));
        assert_eq!(made(&reached).len(), 1, "{kind}: it says nothing that was not known");
        let step = does(&mut world, kind, None, SIZE, START.plus_ms(2));
        assert_eq!(made(&step)[0], ("i-1", Decision::Qualified, Reason::AllHold), "{kind}");
        assert_eq!((made(&step).len(), leads(&step.effects).len()), (2, 1), "{kind}");
        let lead = leads(&step.effects)[0].1;
        assert_eq!((lead.clock.occurred_at, lead.evidence.len()), (START, 1), "what was asked for, and not what reached them");
        assert!(leads(&does(&mut world, kind, None, SIZE, START.plus_ms(3)).effects).is_empty(), "{kind}: once");
    }
    // What it is about makes no difference to who was reached; who asks for something else is decided, and so is what was asked before.
    for (kind, offering) in [("attended", Some("crm-suite")), ("attended", Some("erp")), ("demo_requested", Some("erp"))] {
        let mut world = World::under(&rules());
        asks(&mut world, "i-1", "crm-suite", START);
        let step = does(&mut world, kind, offering, SIZE, START.plus_ms(1));
        assert_eq!(made(&step)[0], ("i-1", Decision::Qualified, Reason::AllHold), "{kind} {offering:?}");
    }
    // QUAL-6: old news stays old.
    let mut world = World::under(&rules());
    asks(&mut world, "i-1", "crm-suite", START);
    assert!(leads(&does(&mut world, "attended", None, SIZE, START.plus_ms(7 * DAY_MS + 1)).effects).is_empty());
}

/// QUAL-1: having been reached adds no points to what is judged again, whatever the rulebook gives for it.
#[test]
fn qual_1_points_of_being_reached_have_nothing_judged_again() {
    let rules = PLAIN.replace("intent:\n  threshold: 10", "intent:\n  threshold: 61").replace("points: 1 }", "points: 99 }");
    let mut world = World::under(&rules);
    assert_eq!(asks(&mut world, "i-1", "crm-suite", START), (Decision::NotQualified, Reason::Intent));
    for (number, more) in ["", r#","employees":500"#, r#","employees":501"#].into_iter().enumerate() {
        let step = does(&mut world, "email_opened", Some("crm-suite"), more, START.plus_ms(1 + number as i64));
        assert!(leads(&step.effects).is_empty(), "{more}: {:?}", made(&step));
    }
}

/// QUAL-1, QUAL-2: facts make no lead where nobody asked for anything.
#[test]
fn qual_1_2_facts_alone_make_no_lead() {
    for kind in ["attended", "email_opened", "dinner", "survey_completed", "call_received", "invited"] {
        let mut world = World::under(&rules());
        let mut did = Did::new("i-1", START, kind).buying();
        (did.domain, did.more) = (None, format!(r#","company":{{"domain":"{KEY}"}}"#));
        world.does(&did, START);
        let step = says(&mut world, "001E", 1, r#","employees":500"#, START.plus_ms(1));
        assert!(step.effects.is_empty(), "{kind}");
    }
}

#[test]
fn an_owner_who_becomes_known_later_is_told_of_the_request() {
    let mut world = World::under(&rules());
    asks(&mut world, "i-1", "crm-suite", START);
    let facts = r#","employees":500,"customer":true,"owner":{"id":"eva"}"#;
    let step = says(&mut world, "001E", 1, facts, START.plus_ms(1));
    assert_eq!(made(&step), [("i-1", Decision::Owned, Reason::Customer)]);
    assert_eq!(step.effects.iter().filter(|effect| matches!(effect, Effect::OwnerSignalled(_))).count(), 1);
    // No customer any more: the request is a lead.
    let step = says(&mut world, "001E", 2, r#","employees":500,"customer":false,"owner":{"id":"eva"}"#, START.plus_ms(2));
    assert_eq!(made(&step), [("i-1", Decision::Qualified, Reason::AllHold)]);
}

#[test]
fn what_takes_force_because_another_claim_goes_is_judged_too() {
    for forgotten in [false, true] {
        let mut world = World::under(&rules());
        says(&mut world, "small", 1, r#","employees":5"#, START);
        says(&mut world, "large", 1, r#","employees":500"#, START);
        assert_eq!(asks(&mut world, "i-1", "crm-suite", START), (Decision::NotQualified, Reason::Fit));
        let step = if forgotten {
            world.fold("small", Record::AccountForgotten("small".into()), START.plus_ms(1))
        } else {
            let elsewhere = AccountDomains { id: "small".into(), version: 2, domains: vec!["other.example".into()] };
            world.fold("small", Record::AccountDomains(elsewhere), START.plus_ms(1))
        };
        assert_eq!(made(&step), [("i-1", Decision::Qualified, Reason::AllHold)], "forgotten: {forgotten}");
        assert_eq!(decisions(&step.effects)[0].account_key.as_str(), KEY);
        assert_eq!(leads(&step.effects)[0].1.account.key.as_str(), KEY);
    }
}

/// What is still missing for a lead is asked with what is known by now, also where the verdict has not changed.
#[test]
fn the_rules_are_asked_again_with_what_is_known_by_now() {
    let rules = PLAIN.replace("fit:\n  threshold: 0", "fit:\n  threshold: 90");
    let mut world = World::under(&rules);
    asks(&mut world, "i-1", "crm-suite", START);
    let standing = |world: &World, at: Timestamp| {
        let key = AccountKey::from_trusted(KEY);
        let account = world.store.account(&key).expect("it is kept");
        let law = world.store.partition().law.clone().expect("there is a law");
        standing(&law.rulebook, account, &key, "crm-suite", at).expect("something was asked for")
    };
    let fit = |standing: &Standing| (standing.reason, standing.fit.points.0 / 1_000_000);
    assert_eq!(fit(&standing(&world, START)), (Reason::Fit, 0));
    assert!(says(&mut world, "001E", 1, r#","employees":500"#, START.plus_ms(1)).effects.is_empty());
    let known = standing(&world, START.plus_ms(1));
    assert_eq!(fit(&known), (Reason::Fit, 30));
    let big = known.answers.iter().find(|answer| answer.id == "big").expect("the criterion");
    assert_eq!((big.truth, big.missing.len()), (Truth::True, 0));
    let later = standing(&world, START.plus_ms(8 * DAY_MS));
    assert_eq!((later.decision, later.reason), (Decision::Stale, Reason::InteractionTooOld));
}
