//! Every cap at its limit: what makes room, and that the account still decides rightly on what counts most.

use relevo::contract::{AccountKey, Decision, Reason};
use relevo::engine::account::{MAX_DECLARATIONS, MAX_EVIDENCE, MAX_EVIDENCE_BYTES, MAX_LEADS, MAX_PEOPLE};

use crate::world::{Did, PLAIN, START, World, decisions};

fn acme(world: &World) -> relevo::engine::Account {
    world.store.account(&AccountKey::from_trusted("acme.example")).expect("the account is there")
}

#[test]
fn the_least_recently_seen_person_makes_room() {
    let mut world = World::under(PLAIN);
    for number in 0..=MAX_PEOPLE as i64 {
        let mut did = Did::new(&format!("i-{number}"), START.plus_ms(number), "attended");
        did.person = format!(r#"{{"id":"p-{number}"}}"#);
        world.does(&did, START.plus_ms(number));
    }
    let account = acme(&world);
    let seen: Vec<_> = account.people.iter().filter_map(|person| account.people_names.get(person.id)).collect();
    assert_eq!(seen.len(), MAX_PEOPLE);
    assert!(!seen.contains(&"p-0") && seen.contains(&"p-1") && seen.contains(&"p-8"), "{seen:?}");
}

#[test]
fn intent_outlives_a_crowd_of_mails_and_the_account_still_decides_on_it() {
    let mut world = World::under(PLAIN);
    let mut asked = Did::new("asked", START, "demo_requested");
    asked.offering = Some("crm-suite");
    world.does(&asked, START);
    for number in 0..200 {
        world.does(&Did::new(&format!("m-{number}"), START.plus_ms(1 + number), "email_opened"), START.plus_ms(1 + number));
    }
    let account = acme(&world);
    assert_eq!((account.evidence.len(), account.seen.len()), (MAX_EVIDENCE, 201));
    assert_eq!(account.evidence[0].interaction_id, "asked", "the oldest of all, and the only one that counts");
    assert_eq!(account.evidence[1].interaction_id, "m-137", "the oldest mails made room");
    let effects = world.does(&Did::new("now", START.plus_ms(500), "survey_completed").buying(), START.plus_ms(500));
    assert_eq!(decisions(&effects)[0].decision, Decision::Qualified);
}

#[test]
fn the_declaration_that_was_longest_silent_makes_room() {
    const OFFERINGS: [&str; MAX_DECLARATIONS + 1] =
        ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9", "o10", "o11", "o12", "o13", "o14", "o15", "o16"];
    let mut world = World::under(PLAIN);
    for (number, offering) in OFFERINGS.iter().enumerate() {
        let mut did = Did::new(&format!("i-{number}"), START.plus_ms(number as i64), "attended").buying();
        did.offering = Some(offering);
        world.does(&did, START.plus_ms(number as i64));
    }
    let account = acme(&world);
    assert_eq!(account.declarations.len(), MAX_DECLARATIONS);
    assert!(account.declaration("o0").is_none() && account.declaration("o1").is_some() && account.declaration("o16").is_some());
}

#[test]
fn an_account_with_all_its_leads_makes_no_further_one_and_says_so() {
    let mut world = World::under(PLAIN);
    for number in 0..=MAX_LEADS {
        let offering: &'static str = Box::leak(format!("o-{number}").into_boxed_str());
        let mut did = Did::new(&format!("i-{number}"), START.plus_ms(number as i64), "demo_requested").buying();
        did.offering = Some(offering);
        let effects = world.does(&did, START.plus_ms(number as i64));
        let expected =
            if number < MAX_LEADS { (Decision::Qualified, Reason::AllHold) } else { (Decision::NotQualified, Reason::TooManyLeads) };
        assert_eq!((decisions(&effects)[0].decision, decisions(&effects)[0].reason), expected, "{number}");
    }
    assert_eq!(acme(&world).leads.len(), MAX_LEADS);
}

#[test]
fn an_account_at_its_caps_takes_a_few_kilobytes() {
    let mut world = World::under(PLAIN);
    for number in 0..400 {
        let mut did =
            Did::new(&format!("i-{number:012}"), START.plus_ms(number), if number % 2 == 0 { "demo_requested" } else { "email_opened" })
                .buying();
        did.person = format!(
            r#"{{"id":"p-{:06}","name":"Ana Ruiz {number}","email":"ana.{number}@acme.example","role":"plant_manager"}}"#,
            number % 20
        );
        world.does(&did, START.plus_ms(number));
    }
    let bytes = relevo::state::Format::default().encode(&acme(&world)).len();
    assert!(bytes < 8_192, "{bytes} bytes");
}

/// Evidence is bounded in bytes too: the rulebook may declare 64 attributes, and a producer fill each. A row above a megabyte could be
/// written to no topic.
#[test]
fn txn_4_a_row_fits_into_a_record_whatever_a_rulebook_declares_and_a_producer_sends() {
    let declared: Vec<String> = (0..64).map(|number| format!("a{number}: string")).collect();
    let mut world = World::under(&PLAIN.replace("time_zone: UTC", &format!("time_zone: UTC\nattributes: {{ {} }}", declared.join(", "))));
    let mut random = 7_u64;
    let mut text = || {
        let mut letter = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + (random >> 33) as u8 % 26)
        };
        (0..256).map(|_| letter()).collect::<String>()
    };
    for number in 0..200 {
        let mut did = Did::new(&format!("i-{number:0120}"), START.plus_ms(number), "demo_requested").buying();
        let attributes: Vec<String> = (0..64).map(|number| format!(r#""a{number}":"{}""#, text())).collect();
        let [name, role, department, seniority] = std::array::from_fn(|_| text());
        did.person =
            format!(r#"{{"id":"p-{number:0120}","name":"{name}","role":"{role}","department":"{department}","seniority":"{seniority}"}}"#);
        did.more = format!(r#","attributes":{{{}}}"#, attributes.join(","));
        world.does(&did, START.plus_ms(number));
    }
    let account = acme(&world);
    let bytes = relevo::state::Format::default().encode(&account).len();
    assert!(bytes > MAX_EVIDENCE_BYTES / 2 && bytes < 640 * 1024, "{bytes} bytes");
    assert!(account.evidence.len() > 10 && account.evidence.last().is_some_and(|newest| newest.interaction_id.ends_with("199")));
}

/// A regression: a table was looked through only when its size happened to be a multiple of 64 at the end of a step, which two new texts
/// an event can miss for ever; it grew to 65,535 texts, and then each of the account's records panicked.
#[test]
fn texts_that_nothing_refers_to_are_dropped_however_many_an_event_brings() {
    for fields in 1..=3 {
        let mut world = World::under(PLAIN);
        for number in 0..1_000 {
            let texts: String =
                ["role", "seniority", "department"][..fields].iter().map(|name| format!(r#","{name}":"{name}-{number}""#)).collect();
            let mut did = Did::new(&format!("i-{number}"), START.plus_ms(number), "attended");
            (did.offering, did.person) = (None, format!(r#"{{"id":"p-1"{texts}}}"#));
            world.does(&did, START.plus_ms(number));
        }
        let bytes = relevo::state::Format::default().encode(&acme(&world)).len();
        // Besides six bytes for each interaction, by which its repeat is known.
        assert!(bytes < 8_192 + 6 * 1_000, "{bytes} bytes with {fields} new texts an event");
    }
}
