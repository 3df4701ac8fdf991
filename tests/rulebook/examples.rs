//! A rulebook's examples: decided by the engine's own step, and a rulebook that fails one does not load.

use std::sync::Arc;

use relevo::contract::Decision;
use relevo::contract::code::{RULEBOOK_EXAMPLE_FAILS, RULEBOOK_SHAPE};
use relevo::engine::{examples, load};
use relevo::rulebook::{compile, render};

const SAMPLE: &str = include_str!("sample.yaml");

#[test]
fn the_sample_decides_its_examples_as_agreed() {
    let rulebook = Arc::new(compile(SAMPLE.as_bytes(), "sample.yaml").expect("the sample loads"));
    let outcomes = examples::run(&rulebook);
    let told: Vec<(String, String)> = outcomes.iter().map(|outcome| (outcome.decision(), outcome.why.clone())).collect();
    assert!(outcomes.iter().all(|outcome| outcome.holds), "{outcomes:#?}");
    assert_eq!(told[0].0, "qualified by route rest");
    assert_eq!(told[0].1, "fit 60 of 50, intent 60 of 60");
    assert_eq!(told[1].0, "not_qualified (no_intent)");
    assert_eq!(load(SAMPLE.as_bytes(), "sample.yaml").expect("the sample loads").examples.len(), 2);
}

#[test]
fn a_rulebook_that_fails_its_own_example_does_not_load() {
    let check = |from: &str, to: &str, place: (usize, usize), message: &str, help: &str| {
        assert!(SAMPLE.contains(from), "{from}");
        let file = SAMPLE.replacen(from, to, 1);
        assert!(compile(file.as_bytes(), "r.yaml").is_ok(), "{to}: only its examples are wrong");
        let found = load(file.as_bytes(), "r.yaml").expect_err("an example fails");
        let first = &found[0];
        assert_eq!((first.code, (first.line, first.column)), (RULEBOOK_EXAMPLE_FAILS, place), "{to}: {found:#?}");
        assert_eq!((first.message.as_str(), first.help.as_deref()), (message, Some(help)), "{to}");
        assert!(render(&found, &file).contains("a plant manager with a date and a budget"), "the example is shown");
    };
    check(
        "threshold: 50",
        "threshold: 70",
        (53, 11),
        "this example is decided not_qualified (fit) instead of qualified by route rest",
        "fit 60 of 70, intent 60 of 60",
    );
    check(
        "buys_by: declared.buy_by >= today &&",
        "buys_by: declared.buy_by < today &&",
        (53, 11),
        "this example is decided not_qualified (buys_by) instead of qualified by route rest",
        "buys_by is false, fit 60 of 50, intent 60 of 60",
    );
    check(
        "able_to_buy: declared.authority",
        "able_to_buy: company.country",
        (53, 11),
        "this example is decided not_qualified (able_to_buy) instead of qualified by route rest",
        "able_to_buy is unknown, fit 60 of 50, intent 60 of 60",
    );
    check(
        "when: company.employees >= 1000",
        "when: company.employees >= 100",
        (53, 11),
        "this example is decided qualified by route enterprise instead of qualified by route rest",
        "fit 60 of 50, intent 60 of 60",
    );
    check(
        "[\"rival.example\"]",
        "[\"acme.example\"]",
        (53, 11),
        "this example is decided disqualified (disqualifier) instead of qualified by route rest",
        "the disqualifier competitor holds, fit 60 of 50, intent 60 of 60",
    );
}

#[test]
fn qual_5_the_last_interaction_is_the_one_that_is_expected_of() {
    let twice = SAMPLE.replacen(
        "    expect: { decision: qualified, route: rest }",
        "      - { kind: pricing_viewed, offering: crm-suite, person: { id: another } }\n    expect: { decision: joined, reason: lead_open }",
        1,
    );
    let rulebook = Arc::new(compile(twice.as_bytes(), "twice.yaml").unwrap_or_else(|found| panic!("{found:#?}")));
    let outcomes = examples::run(&rulebook);
    assert!(outcomes[0].holds, "{outcomes:#?}");
    assert_eq!(outcomes[0].decided.as_ref().map(|decided| decided.decision), Some(Decision::Joined));
}

#[test]
fn pii_1_messages_about_examples_name_no_person() {
    let named =
        SAMPLE.replacen("person: { role: plant_manager }", "person: { role: plant_manager, name: Ana Ruiz, email: [ana@acme.example] }", 1);
    let found = compile(named.as_bytes(), "r.yaml").expect_err("an address is no list");
    assert_eq!((found[0].code, found[0].line), (RULEBOOK_SHAPE, 55), "{found:#?}");
    for diagnostic in &found {
        let words = diagnostic.to_string();
        assert!(!words.contains("Ana") && !words.contains('@'), "{words}");
    }
}
