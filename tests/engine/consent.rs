//! A refusal lasts (PII-2): crowds, forgetting and defaults do not undo it; only a later, explicit consent does. And nobody's form fills
//! take the contact from an open lead.

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::follow_up::{Standing, What};
use relevo::contract::lead::Contact;
use relevo::contract::log::{Record, Watermark};
use relevo::contract::{AccountKey, Decision, Irregularity, Timestamp};
use relevo::engine::account::MAX_PEOPLE;
use relevo::engine::consent::MAX_REFUSALS;
use relevo::engine::{Account, LeadEvent, Step};

use crate::sold::{MINUTE_MS, PROOF, Sold, outcome, told};
use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions, leads};

const HOUR_MS: i64 = 60 * MINUTE_MS;

/// p-1 of acme, with everything by which a seller could reach them, and these further fields.
fn ana(more: &str) -> String {
    format!(r#"{{"id":"p-1","name":"Ana","email":"ana@acme.example","phone":"+52 55 5555 0100","role":"plant_manager"{more}}}"#)
}

fn asks(world: &mut World, id: &str, at: Timestamp, offering: &'static str, person: String) -> Contact {
    let mut did = Did::new(id, at, "demo_requested").buying();
    (did.offering, did.person, did.declared) = (Some(offering), person, did.declared.replace("2027-01-15", "2029-01-15"));
    let effects = world.does(&did, at);
    assert_eq!(decisions(&effects)[0].decision, Decision::Qualified, "{id}");
    leads(&effects)[0].1.contact.clone()
}

fn says(world: &mut World, id: &str, at: Timestamp, person: String) {
    let mut did = Did::new(id, at, "email_opened");
    (did.offering, did.person) = (None, person);
    world.does(&did, at);
}

/// So many others of the company come by, a millisecond after another.
fn crowd(world: &mut World, prefix: &str, from: Timestamp, count: usize) {
    for number in 0..count {
        let at = from.plus_ms(number as i64);
        says(world, &format!("{prefix}-{number}"), at, format!(r#"{{"id":"{prefix}-{number}"}}"#));
    }
}

fn refuses(world: &mut World, id: &str, at: Timestamp) {
    says(world, id, at, ana(r#","consent":{"contact":false}"#));
}

fn waits(world: &mut World, at: Timestamp) {
    world.fold("watermark", Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 }), at);
}

fn acme(world: &World) -> Account {
    world.store.account(&AccountKey::from_trusted("acme.example")).expect("the account is there")
}

#[track_caller]
fn check_refused(contact: &Contact) {
    assert_eq!((contact.consent, &contact.email, &contact.phone), (Some(false), &None, &None));
}

#[track_caller]
fn check_reachable(contact: &Contact) {
    assert_eq!(contact.email.as_deref(), Some("ana@acme.example"));
}

#[test]
fn pii_2_a_refusal_outlives_a_crowd() {
    let mut world = World::under(PLAIN);
    refuses(&mut world, "no", START);
    crowd(&mut world, "webinar", START.plus_ms(HOUR_MS), 2 * MAX_PEOPLE);
    check_refused(&asks(&mut world, "again", START.plus_ms(DAY_MS), "crm-suite", ana("")));
}

#[test]
fn pii_2_a_refusal_that_sales_hear_outlives_a_crowd_and_is_noted_of_a_contact_whom_a_crowd_had_pushed_out() {
    for crowd_before in [false, true] {
        let mut sold = Sold::under(PLAIN);
        if crowd_before {
            crowd(&mut sold.world, "before", START.plus_ms(1), 2 * MAX_PEOPLE);
        }
        assert_eq!(outcome(&sold.does("opted_out", "person", "")), "closed");
        crowd(&mut sold.world, "after", START.plus_ms(HOUR_MS), 2 * MAX_PEOPLE);
        check_refused(&asks(&mut sold.world, "other", START.plus_ms(DAY_MS), "erp", ana("")));
    }
}

#[test]
fn pii_2_a_refusal_outlives_forgetting() {
    let mut world = World::under(PLAIN);
    refuses(&mut world, "no", START);
    waits(&mut world, START.plus_ms(200 * DAY_MS));
    assert!(acme(&world).people.is_empty(), "all that is personal is forgotten");
    check_refused(&asks(&mut world, "again", START.plus_ms(201 * DAY_MS), "crm-suite", ana("")));
    // Heard by sales, of a lead that is closed and forgotten.
    let mut sold = Sold::under(PLAIN);
    sold.does("opted_out", "person", "");
    sold.waits_until(START.plus_ms(400 * DAY_MS));
    check_refused(&asks(&mut sold.world, "again", START.plus_ms(401 * DAY_MS), "crm-suite", ana("")));
}

/// A tool that sends its state with each event does not say that somebody has changed their mind.
#[test]
fn pii_2_only_a_later_consent_with_a_time_of_its_own_overrules_a_refusal() {
    let refused_at = START.plus_ms(HOUR_MS);
    let given = |at: Timestamp| format!(r#","consent":{{"contact":true,"at":"{at}"}}"#);
    let by_default = r#","consent":{"contact":true}"#.to_owned();
    for (said, reachable) in [
        (by_default, false),
        (given(refused_at.plus_ms(-1)), false),
        (given(refused_at), false),
        (given(refused_at.plus_ms(1_000)), true),
        (String::new(), false),
    ] {
        for pushed_out in [false, true] {
            let mut world = World::under(PLAIN);
            refuses(&mut world, "no", refused_at);
            if pushed_out {
                crowd(&mut world, "crowd", refused_at.plus_ms(1), 2 * MAX_PEOPLE);
            }
            let contact = asks(&mut world, "then", refused_at.plus_ms(DAY_MS), "crm-suite", ana(&said));
            if reachable { check_reachable(&contact) } else { check_refused(&contact) }
        }
    }
    // In whatever order the three come: the explicit consent is the latest, or the refusal is.
    for (consent_ms, reachable) in [(2 * HOUR_MS, true), (0, false)] {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut world = World::under(PLAIN);
            let now = START.plus_ms(DAY_MS);
            for which in order {
                let said = match which {
                    0 => format!(r#","consent":{{"contact":false,"at":"{refused_at}"}}"#),
                    1 => given(START.plus_ms(consent_ms)),
                    _ => r#","consent":{"contact":true}"#.to_owned(),
                };
                says(&mut world, &format!("said-{which}"), now, ana(&said));
            }
            let contact = asks(&mut world, "then", now, "crm-suite", ana(""));
            if reachable { check_reachable(&contact) } else { check_refused(&contact) }
        }
    }
}

#[test]
fn pii_2_a_consent_said_to_be_of_tomorrow_holds_against_no_refusal_of_today() {
    let mut world = World::under(PLAIN);
    let tomorrow = START.plus_ms(DAY_MS);
    says(&mut world, "yes", START, ana(&format!(r#","consent":{{"contact":true,"at":"{tomorrow}"}}"#)));
    refuses(&mut world, "no", START.plus_ms(HOUR_MS));
    check_refused(&asks(&mut world, "again", START.plus_ms(2 * HOUR_MS), "crm-suite", ana("")));
}

/// The time of a consent is at most that of the interaction that brings it, however late both are
/// read: a refusal that came between the two is the later word.
#[test]
fn pii_2_a_consent_is_never_later_than_the_interaction_that_brings_it() {
    let read_at = START.plus_ms(HOUR_MS);
    let given = |at: Timestamp| ana(&format!(r#","consent":{{"contact":true,"at":"{at}"}}"#));
    for (ahead_ms, unclear) in [(1, true), (30_000, true), (20 * MINUTE_MS, true), (0, false), (-1, false)] {
        for consent_first in [true, false] {
            let mut world = World::under(PLAIN);
            let mut yes = Did::new("yes", START, "email_opened");
            (yes.offering, yes.person) = (None, given(START.plus_ms(ahead_ms)));
            let mut no = Did::new("no", START.plus_ms(ahead_ms.max(1) - 1), "email_opened");
            (no.offering, no.person) = (None, ana(r#","consent":{"contact":false}"#));
            let order = if consent_first { [(&yes, unclear), (&no, false)] } else { [(&no, false), (&yes, unclear)] };
            for (did, is_counted) in order {
                let step = world.does_all(did, read_at);
                assert_eq!(step.irregular.contains(&Irregularity::ConsentUnclear), is_counted, "{ahead_ms} {consent_first}");
            }
            check_refused(&asks(&mut world, "again", read_at.plus_ms(HOUR_MS), "crm-suite", ana("")));
        }
    }
}

#[test]
fn nobodys_form_fills_take_the_contact_from_an_open_lead() {
    let mut world = World::under(PLAIN);
    check_reachable(&asks(&mut world, "first", START, "crm-suite", ana("")));
    crowd(&mut world, "form", START.plus_ms(MINUTE_MS), 5 * MAX_PEOPLE);
    let mut joins = Did::new("joins", START.plus_ms(2 * HOUR_MS), "demo_requested");
    joins.person = r#"{"id":"p-2"}"#.into();
    let effects = world.does(&joins, START.plus_ms(2 * HOUR_MS));
    let (event, lead) = leads(&effects)[0];
    assert_eq!(event, LeadEvent::Updated);
    check_reachable(&lead.contact);
    assert_eq!(acme(&world).people.len(), MAX_PEOPLE + 1, "the contact besides the eight that were seen last");
    // Those who refused are not pushed out of what is known, only out of the people.
    refuses(&mut world, "no", START.plus_ms(3 * HOUR_MS));
    crowd(&mut world, "more", START.plus_ms(4 * HOUR_MS), 5 * MAX_PEOPLE);
    check_refused(&asks(&mut world, "other", START.plus_ms(DAY_MS), "erp", ana("")));
}

/// Whoever opens a lead is its contact, however many of the company were seen since they did what opened it.
#[test]
fn a_late_record_that_opens_a_lead_bears_its_person() {
    let mut world = World::under(PLAIN);
    crowd(&mut world, "crowd", START.plus_ms(HOUR_MS), 2 * MAX_PEOPLE);
    let mut late = Did::new("late", START, "demo_requested").buying();
    late.person = ana("");
    let effects = world.does(&late, START.plus_ms(2 * HOUR_MS));
    check_reachable(&leads(&effects)[0].1.contact);
}

#[test]
fn the_contact_of_a_lead_that_comes_back_is_kept_until_it_does() {
    let mut sold = Sold::under(PLAIN);
    crowd(&mut sold.world, "one", START.plus_ms(1), 2 * MAX_PEOPLE);
    let until = START.plus_ms(60 * DAY_MS);
    sold.does("recycled", "person", &format!(r#","until":"{until}""#));
    crowd(&mut sold.world, "two", START.plus_ms(HOUR_MS), 2 * MAX_PEOPLE);
    sold.waits_until(until);
    let account = acme(&sold.world);
    assert!(account.person(sold.state().contact).is_some());
}

#[test]
fn pii_2_what_the_crm_forgets_is_no_refusal() {
    let mut world = World::under(PLAIN);
    let facts = AccountUpdated::parse(br#"{"account_id":"001","version":1,"domains":["acme.example"]}"#, &FreeMail::default());
    world.fold("acme.example", Record::AccountFacts(Box::new(facts.expect("good facts"))), START);
    refuses(&mut world, "no", START);
    waits(&mut world, START.plus_ms(200 * DAY_MS));
    world.fold("001", Record::AccountForgotten("001".into()), START.plus_ms(200 * DAY_MS));
    check_refused(&asks(&mut world, "again", START.plus_ms(201 * DAY_MS), "crm-suite", ana("")));
}

/// What makes room is counted, and on the careful side: whoever comes new to the account may be one whose refusal is not known any more.
/// Those who are known, and did not refuse, stay reachable.
#[test]
fn pii_2_beyond_the_bound_nobody_new_is_called_without_a_later_consent() {
    let mut world = World::under(PLAIN);
    let known = r#"{"id":"known","email":"known@acme.example"}"#;
    let contact = asks(&mut world, "known", START, "loyalty", known.into());
    assert_eq!(contact.email.as_deref(), Some("known@acme.example"));
    refuses(&mut world, "no", START.plus_ms(1));
    let mut made_room = 0;
    for number in 0..(MAX_REFUSALS + 2 * MAX_PEOPLE) as i64 {
        let mut did = Did::new(&format!("n-{number}"), START.plus_ms(HOUR_MS + number), "email_opened");
        (did.offering, did.person) = (None, format!(r#"{{"id":"n-{number}","consent":{{"contact":false}}}}"#));
        made_room += world.does_all(&did, did.at).irregular.iter().filter(|kind| **kind == Irregularity::RefusalMadeRoom).count();
    }
    assert_eq!(made_room, MAX_PEOPLE + 1, "p-1, and those who came first");
    let later = START.plus_ms(DAY_MS);
    check_refused(&asks(&mut world, "again", later, "crm-suite", ana("")));
    check_refused(&asks(&mut world, "new", later, "erp", r#"{"id":"p-9","email":"new@acme.example"}"#.into()));
    let given = format!(r#"{{"id":"p-8","email":"ana@acme.example","consent":{{"contact":true,"at":"{later}"}}}}"#);
    check_reachable(&asks(&mut world, "given", later, "analytics", given));
    assert!(asks(&mut world, "known again", later, "tasting", known.into()).email.is_some());
}

#[test]
fn pii_2_a_refusal_is_forgotten_when_the_rulebook_says_so() {
    let rules = PLAIN.replace("forget_after: 180d", "forget_after: 180d\nforget_refusals_after: 365d");
    let mut world = World::under(&rules);
    refuses(&mut world, "no", START);
    waits(&mut world, START.plus_ms(364 * DAY_MS));
    assert!(!acme(&world).refusals.is_empty());
    waits(&mut world, START.plus_ms(367 * DAY_MS));
    assert_eq!(world.store.account(&AccountKey::from_trusted("acme.example")), None);
}

#[test]
fn pii_2_a_refusal_survives_a_restart_and_a_lead_that_was_opened_again() {
    let mut sold = Sold::under(PLAIN);
    sold.does("opted_out", "person", "");
    sold.does("reopened", "person", "");
    sold.does("contacted", "person", PROOF);
    let mut rows = Vec::new();
    sold.world.store.write_staged(7, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
    let mut restored = relevo::state::Store::new(0, 1);
    rows.iter().for_each(|(key, value)| restored.restore(key, value.as_deref()).expect("a row"));
    restored.restored().expect("good rows");
    sold.world.store = restored;
    check_refused(&asks(&mut sold.world, "other", START.plus_ms(DAY_MS), "erp", ana("")));
}

/// The updates of leads that a step told: offering, and whom to call.
fn updates(step: &Step) -> Vec<(&str, &Contact)> {
    let updated = leads(&step.effects).into_iter().filter(|(event, _)| *event == LeadEvent::Updated);
    updated.map(|(_, lead)| (lead.offering.as_str(), &lead.contact)).collect()
}

fn unsubscribes(world: &mut World, id: &str, at: Timestamp, consent: &str) -> Step {
    let mut did = Did::new(id, at, "unsubscribed");
    (did.offering, did.person) = (None, ana(consent));
    world.does_all(&did, at)
}

const NO: &str = r#","consent":{"contact":false}"#;

#[test]
fn pii_2_a_consent_that_is_withdrawn_is_told_at_once_of_every_open_lead_of_the_person() {
    let mut world = World::under(PLAIN);
    for (offering, at) in [("crm-suite", 0), ("erp", 1), ("analytics", 2)] {
        check_reachable(&asks(&mut world, offering, START.plus_ms(at), offering, ana("")));
    }
    let other = r#"{"id":"p-2","email":"luis@acme.example"}"#;
    assert!(asks(&mut world, "other", START.plus_ms(3), "loyalty", other.into()).email.is_some());
    let step = unsubscribes(&mut world, "no", START.plus_ms(5 * MINUTE_MS), NO);
    let told = updates(&step);
    assert_eq!(told.iter().map(|(offering, _)| *offering).collect::<Vec<_>>(), ["crm-suite", "erp", "analytics"]);
    told.iter().for_each(|(_, contact)| check_refused(contact));
    // Who says it again says nothing new.
    assert!(updates(&unsubscribes(&mut world, "again", START.plus_ms(6 * MINUTE_MS), NO)).is_empty());
    // What is not urgent waits for its hour, as before: a consent that is given again is.
    let given = format!(r#","consent":{{"contact":true,"at":"{}"}}"#, START.plus_ms(7 * MINUTE_MS));
    assert!(updates(&unsubscribes(&mut world, "yes", START.plus_ms(8 * MINUTE_MS), &given)).is_empty());
    // And withdrawn once more before that hour, nobody has to be told.
    let no = format!(r#","consent":{{"contact":false,"at":"{}"}}"#, START.plus_ms(9 * MINUTE_MS));
    assert!(updates(&unsubscribes(&mut world, "no-more", START.plus_ms(10 * MINUTE_MS), &no)).is_empty());
}

#[test]
fn pii_2_it_is_told_at_once_too_by_an_interaction_that_joins_a_lead_and_minutes_after_another_update() {
    let mut world = World::under(PLAIN);
    check_reachable(&asks(&mut world, "first", START, "crm-suite", ana("")));
    let mut joins = Did::new("joins", START.plus_ms(HOUR_MS), "pricing_viewed");
    joins.person = ana("");
    assert_eq!(updates(&world.does_all(&joins, joins.at)).len(), 1, "an hour has passed");
    let mut joins = Did::new("leaves", START.plus_ms(HOUR_MS + MINUTE_MS), "pricing_viewed");
    joins.person = ana(NO);
    let step = world.does_all(&joins, joins.at);
    let told = updates(&step);
    assert_eq!(told.len(), 1, "once, though it joins the lead as well");
    check_refused(told[0].1);
}

#[test]
fn pii_2_a_lead_that_waits_for_its_seller_is_handed_off_with_what_is_known_then() {
    let mut sold = Sold::at(Standing::Assigning);
    let at = START.plus_ms(MINUTE_MS);
    assert!(updates(&unsubscribes(&mut sold.world, "no", at, NO)).is_empty(), "nobody was told of it yet");
}

#[test]
fn pii_2_who_refuses_while_their_lead_is_put_off_is_not_called_when_it_comes_back() {
    let mut sold = Sold::under(PLAIN);
    let until = START.plus_ms(60 * DAY_MS);
    sold.does("recycled", "person", &format!(r#","until":"{until}""#));
    assert!(updates(&unsubscribes(&mut sold.world, "no", START.plus_ms(HOUR_MS), NO)).is_empty(), "it has ended for now");
    let step = sold.waits_until(until);
    assert!(!sold.state().is_open() || updates(&step).len() == 1, "it came back, and its seller may call");
    updates(&step).iter().for_each(|(_, contact)| check_refused(contact));
}

#[test]
fn pii_2_who_opts_out_of_one_lead_opts_out_of_all() {
    let mut sold = Sold::under(PLAIN);
    let world = &mut sold.world;
    // Sold::new's contact is p-1 without an address: here they have one.
    asks(world, "erp", START.plus_ms(1), "erp", ana(""));
    asks(world, "analytics", START.plus_ms(2), "analytics", ana(""));
    asks(world, "other", START.plus_ms(3), "loyalty", r#"{"id":"p-2","email":"luis@acme.example"}"#.into());
    let step = sold.does("opted_out", "person", "");
    assert_eq!(outcome(&step), "closed");
    let ended: Vec<&str> =
        told(&step).iter().filter(|event| matches!(event.what, What::Closed { .. })).map(|event| event.offering.as_str()).collect();
    assert_eq!(ended, ["crm-suite", "erp", "analytics"], "nobody is to call them about anything");
    assert_eq!(updates(&step).len(), 3, "and what was told of them bears no way to reach them any more");
    updates(&step).iter().for_each(|(_, contact)| check_refused(contact));
    let account = acme(&sold.world);
    let open: Vec<_> = account.leads.iter().filter(|lead| lead.is_open()).map(|lead| account.words.get(lead.offering)).collect();
    assert_eq!(open, [Some("loyalty")], "another person's lead is theirs");
    let step = sold.waits_until(START.plus_ms(30 * DAY_MS));
    assert!(told(&step).iter().all(|event| event.offering == "loyalty"), "no deadline of the others fires");
}

#[test]
fn pii_2_who_opts_out_of_a_lead_that_has_ended_has_opted_out_all_the_same() {
    for (kind, more) in [("lost", r#","reason":"price""#), ("won", ""), ("recycled", r#","until":"2027-01-01T00:00:00Z""#)] {
        let mut sold = Sold::under(PLAIN);
        asks(&mut sold.world, "erp", START.plus_ms(1), "erp", ana(""));
        sold.does(kind, "person", more);
        let step = sold.does("opted_out", "person", "");
        assert!(!updates(&step).is_empty(), "{kind}: the seller of the other lead knows at once");
        let account = acme(&sold.world);
        assert!(account.leads.iter().all(|lead| !lead.needs_its_contact()), "{kind}: none is open, and none comes back");
        check_refused(&asks(&mut sold.world, "later", START.plus_ms(DAY_MS), "loyalty", ana("")));
    }
}

/// What is said of consent and is no plain yes: nobody is contacted, somebody counts it, and nothing is dropped.
#[test]
fn pii_2_what_is_no_clear_yes_is_a_refusal_and_counted() {
    for (consent, is_clear) in [
        (r#"{"contact":false}"#, true),
        (r#"{"contact":"false"}"#, false),
        (r#"{"contact":"true"}"#, false),
        (r#"{"contact":"yes"}"#, false),
        (r#"{"contact":""}"#, false),
        (r#"{"contact":0}"#, false),
        (r#"{"contact":1}"#, false),
        (r#"{"contact":1.5}"#, false),
        (r#"{"contact":null}"#, false),
        (r#"{"contact":[true]}"#, false),
        (r#"{"contact":{"email":true}}"#, false),
        (r#"{"contact":true,"contact":false}"#, false),
        (r#"{"contact":false,"contact":true}"#, false),
        (r#"{"email":true}"#, false),
        (r#"{"at":"2026-10-01T00:00:00Z"}"#, false),
        (r#"{"contact":false,"at":"yesterday"}"#, false),
        (r#"{"contact":"false","at":"2026-10-01T00:00:00Z"}"#, false),
        (r#"{"contact":null,"at":null}"#, false),
        ("{}", false),
        (r#""""#, false),
        (r#""false""#, false),
        (r#""yes""#, false),
        ("0", false),
        ("-1", false),
        ("false", false),
        ("true", false),
        ("[]", false),
        (r#"[{"contact":true}]"#, false),
        (r#"[null,[{}]]"#, false),
    ] {
        let mut world = World::under(PLAIN);
        let step = unsubscribes(&mut world, "said", START, &format!(r#","consent":{consent}"#));
        let counted = step.irregular.contains(&Irregularity::ConsentUnclear);
        assert_eq!(counted, !is_clear, "{consent}");
        check_refused(&asks(&mut world, "then", START.plus_ms(DAY_MS), "crm-suite", ana("")));
    }
    // What says nothing says nothing, and a plain yes is one.
    for (consent, is_clear) in [
        ("null", true),
        (r#"{"contact":true}"#, true),
        (r#"{"contact":true,"at":null}"#, true),
        (r#"{"contact":true,"at":""}"#, true),
        (r#"{"contact":true,"at":"2026-10-01T00:00:00Z","by":{"form":[1]}}"#, true),
        (r#"{"contact":true,"at":"yesterday"}"#, false),
        (r#"{"contact":true,"at":1793491200000}"#, false),
    ] {
        let mut world = World::under(PLAIN);
        let step = unsubscribes(&mut world, "said", START, &format!(r#","consent":{consent}"#));
        assert_eq!(step.irregular.contains(&Irregularity::ConsentUnclear), !is_clear, "{consent}");
        check_reachable(&asks(&mut world, "then", START.plus_ms(DAY_MS), "crm-suite", ana("")));
    }
    // A yes whose time cannot be read has no time of its own: it overrules no refusal.
    let mut world = World::under(PLAIN);
    refuses(&mut world, "no", START);
    unsubscribes(&mut world, "yes", START.plus_ms(1), r#","consent":{"contact":true,"at":"tomorrow"}"#);
    check_refused(&asks(&mut world, "then", START.plus_ms(DAY_MS), "crm-suite", ana("")));
}
