//! Who is a company: the CRM's accounts that claim one domain, and people who only type it.

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::log::{AccountDomains, Record};
use relevo::contract::{AccountKey, Decision, Irregularity, Reason, Timestamp};
use relevo::engine::account::MAX_CLAIMS;
use relevo::engine::{Account, Append, Effect, LeadEvent, Outcome, Step, To};

use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions};

const KEY: &str = "acme.example";

fn acme(world: &World) -> Account {
    world.store.account(&AccountKey::from_trusted(KEY)).expect("the account is there")
}

/// An account of the CRM says of itself; `domains` as JSON.
fn says(world: &mut World, id: &str, version: u64, more: &str) -> Step {
    let json = format!(r#"{{"account_id":"{id}","version":{version},"domains":["{KEY}"]{more}}}"#).into_bytes().leak();
    let update = AccountUpdated::parse(json, &FreeMail::default()).expect("good facts");
    world.fold(KEY, Record::AccountFacts(Box::new(update)), START)
}

fn drops(world: &mut World, id: &str, version: u64) {
    let elsewhere = AccountDomains { id: id.into(), version, domains: vec!["other.example".into()] };
    world.fold(id, Record::AccountDomains(elsewhere), START);
}

fn employees(world: &World) -> Option<(String, Option<u64>)> {
    acme(world).crm.map(|crm| (crm.id.to_string(), crm.employees))
}

#[test]
fn the_first_claim_of_a_domain_holds_and_the_next_takes_force_when_it_is_dropped_or_forgotten() {
    for forgotten in [false, true] {
        let mut world = World::under(PLAIN);
        world.does(&Did::new("known", START, "attended"), START);
        says(&mut world, "001X", 5, r#","employees":500,"owner":{"id":"eva"}"#);
        let step = says(&mut world, "001Y", 1, r#","employees":5,"owner":{"id":"mallory"},"customer":true"#);
        assert_eq!(step.irregular, [Irregularity::DomainClaimedTwice]);
        assert_eq!(employees(&world), Some(("001X".into(), Some(500))));
        let effects = world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
        assert_eq!(decisions(&effects)[0].decision, Decision::Qualified, "nobody takes the leads of another's domain");
        // What waits is kept up, and an older word of it is none.
        says(&mut world, "001Y", 3, r#","employees":7"#);
        says(&mut world, "001Y", 2, r#","employees":6"#);
        if forgotten {
            world.fold("001X", Record::AccountForgotten("001X".into()), START);
        } else {
            drops(&mut world, "001X", 6);
        }
        assert_eq!(employees(&world), Some(("001Y".into(), Some(7))));
        assert!(acme(&world).claims.is_empty());
        world.fold("001Y", Record::AccountForgotten("001Y".into()), START);
        assert_eq!(employees(&world), None);
    }
}

/// The CRM merges two accounts: the second one's end leaves the first one's facts as they are.
#[test]
fn what_waits_and_is_dropped_takes_nothing_from_who_holds() {
    let mut world = World::under(PLAIN);
    for (number, id) in ["a", "b", "c"].into_iter().enumerate() {
        says(&mut world, id, 1, &format!(r#","employees":{number}"#));
    }
    world.fold("b", Record::AccountForgotten("b".into()), START);
    assert_eq!(employees(&world), Some(("a".into(), Some(0))));
    // Who held it, dropped it, and claims it again is the last.
    drops(&mut world, "a", 2);
    assert_eq!(employees(&world), Some(("c".into(), Some(2))));
    assert_eq!(says(&mut world, "a", 3, "").irregular, [Irregularity::DomainClaimedTwice]);
    assert_eq!(employees(&world), Some(("c".into(), Some(2))));
    drops(&mut world, "c", 2);
    assert_eq!(employees(&world), Some(("a".into(), None)));
}

#[test]
fn claims_are_kept_up_to_a_bound_and_one_too_many_changes_nothing() {
    let mut world = World::under(PLAIN);
    for number in 0..=MAX_CLAIMS {
        says(&mut world, &format!("c-{number}"), 1, "");
    }
    let before = acme(&world);
    let step = says(&mut world, "one-too-many", 1, "");
    assert_eq!((step.irregular, acme(&world)), (vec![Irregularity::DomainClaimedTwice], before));
    world.fold("one-too-many", Record::AccountForgotten("one-too-many".into()), START);
    drops(&mut world, "c-0", 2);
    says(&mut world, "one-too-many", 2, "");
    assert_eq!(acme(&world).claims.len(), MAX_CLAIMS);
}

/// The facts of an account of the CRM with two domains, for one of them.
fn gr(world: &mut World, key: &str, version: u64, domains: &str) -> Step {
    let json = format!(r#"{{"account_id":"001G","version":{version},"domains":{domains},"employees":500}}"#).into_bytes().leak();
    let update = AccountUpdated::parse(json, &FreeMail::default()).expect("good facts");
    world.fold(key, Record::AccountFacts(Box::new(update)), START)
}

/// Somebody of a domain asks for a demo.
fn demo(world: &mut World, id: &str, domain: &str, at: Timestamp) -> Step {
    let mut did = Did::new(id, at, "demo_requested").buying();
    did.domain = Some(domain.to_owned());
    world.does_all(&did, at)
}

/// Folds what was told to other domains, as the log brings it; what is told then.
fn siblings(world: &mut World, step: &Step, at: Timestamp) -> Vec<Step> {
    let told: Vec<_> = step
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Append(To::Key(key), Append::SiblingLead(told)) => Some((key.to_string(), told.clone())),
            _ => None,
        })
        .collect();
    told.into_iter().map(|(key, told)| world.fold(&key, Record::SiblingLead(told), at)).collect()
}

/// The records of leads: which, and of what they may be duplicates.
fn leads(step: &Step) -> Vec<(LeadEvent, String, Vec<String>)> {
    let of = |effect: &Effect| match effect {
        Effect::Lead { event, lead, .. } => {
            Some((*event, lead.account.key.to_string(), lead.possible_duplicate_of.iter().map(ToString::to_string).collect()))
        }
        _ => None,
    };
    step.effects.iter().filter_map(of).collect()
}

const BOTH: &str = r#"["gr.example","gr-group.example"]"#;

fn lead_of(world: &World, domain: &str) -> String {
    world.store.account(&AccountKey::from_trusted(domain)).expect("known").leads[0].lead_id.to_string()
}

#[test]
fn leads_of_two_domains_of_one_account_of_the_crm_name_each_other() {
    let mut world = World::under(PLAIN);
    gr(&mut world, "gr.example", 1, BOTH);
    gr(&mut world, "gr-group.example", 1, BOTH);
    let first = demo(&mut world, "i-1", "gr.example", START);
    assert_eq!(leads(&first), [(LeadEvent::Qualified, "gr.example".to_owned(), vec![])]);
    assert!(siblings(&mut world, &first, START).iter().all(|step| leads(step).is_empty()), "there is no second lead yet");
    // The second says so itself, and the first is told at once, though its own record is a second old.
    let soon = START.plus_ms(1_000);
    let second = demo(&mut world, "i-2", "gr-group.example", soon);
    let (one, two) = (lead_of(&world, "gr.example"), lead_of(&world, "gr-group.example"));
    assert_eq!(leads(&second), [(LeadEvent::Qualified, "gr-group.example".to_owned(), vec![one.clone()])]);
    let told = siblings(&mut world, &second, soon);
    assert_eq!(told.iter().flat_map(leads).collect::<Vec<_>>(), [(LeadEvent::Updated, "gr.example".to_owned(), vec![two.clone()])]);
    // What was told is told once.
    let third = demo(&mut world, "i-3", "gr.example", soon);
    assert!(siblings(&mut world, &third, soon).is_empty());
    // A domain that is dropped has no part in it any more.
    gr(&mut world, "gr.example", 2, r#"["gr.example"]"#);
    assert!(world.store.account(&AccountKey::from_trusted("gr.example")).expect("known").siblings.is_empty());
}

#[test]
fn leads_that_cross_on_their_way_and_facts_that_come_late_are_told_as_well() {
    // Both were handed off before either heard of the other.
    let mut world = World::under(PLAIN);
    gr(&mut world, "gr.example", 1, BOTH);
    gr(&mut world, "gr-group.example", 1, BOTH);
    let steps = [demo(&mut world, "i-1", "gr.example", START), demo(&mut world, "i-2", "gr-group.example", START)];
    for (step, (key, other)) in steps.iter().zip([("gr-group.example", "gr.example"), ("gr.example", "gr-group.example")]) {
        let told = siblings(&mut world, step, START);
        let expected = vec![(LeadEvent::Updated, key.to_owned(), vec![lead_of(&world, other)])];
        assert_eq!(told.iter().flat_map(leads).collect::<Vec<_>>(), expected);
    }
    // The CRM says so only when there are two leads.
    let mut world = World::under(PLAIN);
    demo(&mut world, "i-1", "gr.example", START);
    demo(&mut world, "i-2", "gr-group.example", START);
    let late = START.plus_ms(DAY_MS);
    let steps = [gr(&mut world, "gr.example", 1, BOTH), gr(&mut world, "gr-group.example", 1, BOTH)];
    let mut told = 0;
    for step in &steps {
        told += siblings(&mut world, step, late).iter().flat_map(leads).count();
    }
    assert_eq!(told, 2);
    // Another account of the CRM, or another offering, has no part in it.
    let mut world = World::under(PLAIN);
    gr(&mut world, "gr.example", 1, BOTH);
    says(&mut world, "001X", 1, "");
    let step = demo(&mut world, "i-1", "gr.example", START);
    let Some(Effect::Append(_, Append::SiblingLead(told))) =
        step.effects.iter().find(|it| matches!(it, Effect::Append(_, Append::SiblingLead(_))))
    else {
        panic!("nothing told")
    };
    assert_eq!(world.fold(KEY, Record::SiblingLead(told.clone()), START).outcome, Outcome::Ignored);
}

/// Somebody asks for a demo; the e-mail, if any, and what the company is said to be.
fn asks(world: &mut World, id: &str, at: Timestamp, email: Option<&str>, employees: u64) -> (Decision, Reason) {
    let mut did = Did::new(id, at, "demo_requested").buying();
    let email = email.map_or_else(String::new, |email| format!(r#","email":"{email}""#));
    did.person = format!(r#"{{"id":"p-{id}"{email},"role":"cfo"}}"#);
    did.domain = None;
    did.more = format!(r#","company":{{"domain":"{KEY}","employees":{employees}}}"#);
    let effects = world.does(&did, at);
    let decision = decisions(&effects)[0];
    (decision.decision, decision.reason)
}

#[test]
fn qual_3_a_rulebook_may_ask_for_a_work_mail_and_a_typed_domain_is_none() {
    let rules = PLAIN.replace("has(company.domain)", "person.work_email");
    let refused = (Decision::NotQualified, Reason::RepresentsBusiness);
    let qualified = (Decision::Qualified, Reason::AllHold);
    for (email, expected) in [
        (Some("ana@acme.example"), qualified),
        (Some("ana@MAIL.Acme.example"), qualified),
        (Some("ana@gmail.com"), refused),
        (Some("ana@acme.example.evil.example"), refused),
        (Some("ana@notacme.example"), refused),
        (Some("@acme.example"), refused),
        (Some("no address"), refused),
        (None, refused), // unknown is not true
    ] {
        let mut world = World::under(&rules);
        assert_eq!(asks(&mut world, "1", START, email, 200), expected, "{email:?}");
    }
    // What is known of the person by now counts: they had said it before.
    let mut world = World::under(&rules);
    let mut before = Did::new("before", START, "attended");
    before.person = r#"{"id":"p-1","email":"ana@acme.example"}"#.into();
    world.does(&before, START);
    assert_eq!(asks(&mut world, "1", START.plus_ms(1), None, 200), qualified);
}

#[test]
fn who_only_types_a_domain_replaces_nothing_that_was_said_by_who_has_its_mail() {
    let mut world = World::under(PLAIN);
    asks(&mut world, "1", START, Some("ana@acme.example"), 200);
    asks(&mut world, "2", START.plus_ms(DAY_MS), Some("bot@gmail.com"), 9);
    asks(&mut world, "3", START.plus_ms(2 * DAY_MS), None, 9);
    assert_eq!(acme(&world).company.employees.expect("known").value, 200);
    let said_by = acme(&world).declaration("crm-suite").expect("declared").budget_usd.clone().expect("known").value.1;
    assert_eq!(said_by, "p-1");
    // Colleagues among themselves: the later word. And in the other order the same.
    asks(&mut world, "4", START.plus_ms(DAY_MS), Some("eva@acme.example"), 300);
    assert_eq!(acme(&world).company.employees.expect("known").value, 300);
    let mut world = World::under(PLAIN);
    asks(&mut world, "2", START.plus_ms(DAY_MS), Some("bot@gmail.com"), 9);
    asks(&mut world, "1", START, Some("ana@acme.example"), 200);
    assert_eq!(acme(&world).company.employees.expect("known").value, 200);
    // Nor what is known of a person: somebody who only knows their identifier does not change where they are called.
    let mut world = World::under(PLAIN);
    asks(&mut world, "1", START, Some("ana@acme.example"), 200);
    asks(&mut world, "1", START.plus_ms(DAY_MS), Some("mallory@gmail.com"), 200);
    let email = acme(&world).people[0].email.clone().expect("known").value;
    assert_eq!(email, "ana@acme.example");
}
