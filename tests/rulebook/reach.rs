//! What can never be: claimed only where it is certain, and shown by cases that are real.

use std::collections::BTreeSet;

use relevo::contract::code::{self, Code};
use relevo::contract::{Date, Truth};
use relevo::rulebook::reach::{self, Looked, MAX_STEPS};
use relevo::rulebook::{Diagnostic, Predicate, Rulebook, compile, render};

use crate::mutated::Random;
use crate::random::{table, truth};
use crate::refused::BASE;
use crate::table::{Known, Table, with_criteria};

/// The codes of this file.
pub const CODES: [&Code; 4] = [code::RULEBOOK_NEVER_MET, code::RULEBOOK_SHADOWED, code::RULEBOOK_OVERLAP, code::RULEBOOK_OUT_OF_REACH];

fn load(text: &str) -> Rulebook {
    compile(text.as_bytes(), "reach.yaml").unwrap_or_else(|found| panic!("{}", render(&found, text)))
}

fn look(text: &str) -> Looked {
    reach::look(&load(text), ("reach.yaml", text))
}

/// The base with one place changed: what is found, as code and part of what is said.
fn check(changes: &[(&str, &str)], expected: &[(&Code, &str)]) {
    let text = changes.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` has to stand once in the base");
        text.replacen(from, to, 1)
    });
    let looked = look(&text);
    let said = |found: &Diagnostic| format!("{} {}", found.message, found.help.as_deref().unwrap_or_default());
    let matches = looked.found.len() == expected.len()
        && looked.found.iter().zip(expected).all(|(found, (code, words))| found.code == *code && said(found).contains(words));
    assert!(matches, "{changes:?}: {}\n{:#?}", render(&looked.found, &text), looked.found);
    assert_eq!(looked.passed_over, 0, "{changes:?}");
}

/// The base with another condition of its one criterion of fit; the threshold is within reach where it can be met.
fn check_fit(when: &str, expected: &[(&Code, &str)]) {
    check(&[("when: mid_market\n", &format!("when: '{when}'\n"))], expected);
}

const NEVER: &Code = code::RULEBOOK_NEVER_MET;
const SHADOWED: &Code = code::RULEBOOK_SHADOWED;
const OVERLAP: &Code = code::RULEBOOK_OVERLAP;
const OUT: &Code = code::RULEBOOK_OUT_OF_REACH;

#[test]
fn a_rule_that_nothing_can_meet_is_told_with_its_field() {
    check(&[], &[]);
    for (when, field) in [
        ("company.employees < 50 && company.employees >= 1000", "`company.employees`"),
        ("company.employees > 5 && company.employees < 6", "`company.employees`"),
        ("offering == \"a\" && offering == \"b\"", "`offering`"),
        ("offering in [\"a\", \"b\"] && !(offering in [\"a\", \"b\", \"c\"])", "`offering`"),
        ("has(company.domain) && !has(company.domain)", "`company.domain`"),
        ("!has(company.domain) && company.domain == \"acme.example\"", "`company.domain`"),
        ("person.consent && !person.consent", "`person.consent`"),
        ("attribute.uses_sap == true && attribute.uses_sap == false", "`attribute.uses_sap`"),
        ("attribute.plants > 2 && attribute.plants < 3", "`attribute.plants`"),
        ("account.kinds_seen[\"tasting\"] > 2 && !(\"tasting\" in account.kinds_seen)", "`account.kinds_seen[\"tasting\"]`"),
        ("declared.buy_by < today && declared.buy_by >= today + duration(\"1d\")", "`declared.buy_by`"),
        ("declared.buy_by - today > duration(\"90d\") && declared.buy_by <= today + duration(\"90d\")", "`declared.buy_by`"),
        ("declared.buy_by < date(\"2026-01-01\") && today > date(\"2026-02-01\") && declared.buy_by > today", "`declared.buy_by`"),
        ("(offering == \"a\" || offering == \"b\") && offering == \"c\"", "`offering`"),
        ("(offering == \"a\" ? company.employees > 5 : company.employees > 9) && company.employees < 3", "`company.employees`"),
        ("!(company.employees < 5 || company.employees >= 5)", "`company.employees`"),
    ] {
        check_fit(when, &[(OUT, "0 points"), (NEVER, field)]);
    }
}

#[test]
fn what_can_be_is_not_told() {
    for when in [
        "company.employees < 1000 && company.employees >= 50",
        "attribute.score > 5.0 && attribute.score < 6.0",
        "company.industry in [\"a\", \"b\"] && company.industry != \"a\"",
        "declared.buy_by >= today && declared.buy_by <= today",
        "company.name.contains(\"steel\") && company.name != \"steel\"",
        "company.name.startsWith(\"a\") && company.name.startsWith(\"b\")",
        "company.employees * 2 > 10 && company.employees < 3",
        "person.role_class == \"technology\" && person.role != \"cio\"",
        "attribute.score in [0.0] || attribute.score in [0, 1]",
        "company.revenue_usd / 2 > declared.budget_usd",
    ] {
        check_fit(when, &[]);
    }
}

#[test]
fn gates_that_exclude_each_other_leave_no_lead() {
    check(
        &[
            ("represents_business: has(company.domain)", "represents_business: declared.budget_usd < 0.5"),
            ("able_to_buy: declared.budget_usd > 0", "able_to_buy: declared.budget_usd > 1"),
        ],
        &[(NEVER, "four gates exclude each other")],
    );
    check(&[("when: company.domain == \"rival.example\"", "when: declared.budget_usd > 0")], &[(NEVER, "nobody can ever be a lead")]);
}

#[test]
fn qual_2_a_criterion_of_relationships_alone_never_gives_points() {
    let asked = "when: interaction.kind == \"demo_requested\"\n      points: 40\n      at_most: 80";
    let other = |when: &str| format!("when: {when}\n      points: 40");
    check(&[(asked, &other("interaction.kind in [\"tasting\", \"dinner\"]"))], &[(OUT, "at most 0 points"), (NEVER, "QUAL-2")]);
    check(&[(asked, &other("interaction.class == \"relationship\""))], &[(OUT, "at most 0 points"), (NEVER, "QUAL-2")]);
    check(&[(asked, &other("interaction.kind in [\"tasting\", \"demo_requested\"]"))], &[]);
}

#[test]
fn a_route_that_no_lead_reaches_is_told_with_one_that_is_taken_before() {
    let route = "  - id: enterprise\n    when: company.employees >= 1000\n    team: enterprise\n";
    let with = |when: &str| format!("{route}  - id: giants\n    when: '{when}'\n    team: enterprise\n");
    check(&[(route, &with("company.employees >= 5000"))], &[(SHADOWED, "for example company.employees = 5000 goes to `enterprise`")]);
    check(&[(route, &with("company.employees >= 500"))], &[]);
    check(&[(route, &with("company.employees >= 5000 || account.customer"))], &[]);
    check(&[(route, &with("!has(company.domain)"))], &[(SHADOWED, "nobody who passes the gates")]);
    check(&[(route, &with("company.employees < 5 && company.employees > 6"))], &[(NEVER, "`company.employees`")]);
    let all = format!("{}  - id: unknowns\n    when: '!has(company.employees)'\n    team: mid\n", with("company.employees < 1000"));
    check(&[(route, &all)], &[(SHADOWED, "`rest`: the routes before it leave nothing")]);
}

#[test]
fn criteria_that_count_the_same_case_twice_are_told_with_it() {
    let fit = "    - id: mid-market\n      when: mid_market\n      points: 60\n";
    let with = |when: &str, points: i32| format!("{fit}    - {{ id: other, when: '{when}', points: {points} }}\n");
    let both = [(OVERLAP, "whoever meets both gets 70 points for example company.employees = 1000")];
    check(&[(fit, &with("company.employees >= 1000", 10))], &both);
    check(&[(fit, &with("company.employees < 5000 && company.employees > 49", 10))], &[(OVERLAP, "ask the same")]);
    // Steps, one within the other; what takes points away; what asks another field; what is apart.
    check(&[(fit, &with("company.employees >= 1000 && company.employees < 2000", 10))], &[]);
    check(&[(fit, &with("company.employees >= 1000", -10))], &[]);
    check(&[(fit, &with("company.industry == \"retail\"", 10))], &[]);
    check(&[(fit, &with("company.employees >= 5000", 10))], &[]);
}

#[test]
fn a_threshold_out_of_reach_is_told_with_what_can_be_reached() {
    let fit = "  threshold: 50\n  criteria:\n    - id: mid-market\n      when: mid_market\n      points: 60\n";
    let with = |threshold: u32, criteria: &str| format!("  threshold: {threshold}\n  criteria:\n{criteria}");
    let apart = "    - { id: a, when: company.employees < 50, points: 30 }\n    - { id: b, when: company.employees >= 50, points: 40 }\n    - { id: c, when: offering == \"x\", points: 20 }\n    - { id: d, when: company.employees == 7, points: -90 }\n";
    check(
        &[
            (fit, &with(60, apart)),
            ("  mid_market: company.employees >= 50 && company.employees < 5000\n", "  mid_market: true\n"),
            ("able_to_buy: declared.budget_usd > 0", "able_to_buy: declared.budget_usd > 0 && (mid_market || true)"),
            ("wants_offering: offering in [\"crm-suite\", \"analytics\"]", "wants_offering: offering == \"x\""),
        ],
        &[],
    );
    let base = ("  mid_market: company.employees >= 50 && company.employees < 5000\n", "  mid_market: company.employees >= 50\n");
    let used = ("able_to_buy: declared.budget_usd > 0", "able_to_buy: declared.budget_usd > 0 || mid_market");
    check(&[(fit, &with(61, apart)), base, used], &[(OUT, "at most 60 points can come together")]);
    // The offering `x` passes no gate.
    check(&[(fit, &with(60, apart)), base, used], &[(OUT, "nobody who passes the gates")]);
    check(&[("      at_most: 80\n", "      at_most: 40\n")], &[(OUT, "at most 40 points")]);
    check(&[("      at_most: 80\n", "")], &[]);
    let of_account = "when: account.customer\n      points: 30";
    check(
        &[("when: interaction.kind == \"demo_requested\"\n      points: 40\n      at_most: 80", of_account)],
        &[(OUT, "at most 30 points")],
    );
}

/// A table of what an example of a warning tells, with what the engine always knows.
fn told(example: &str) -> Table {
    let mut table = Table::default();
    for (path, value) in [("interaction.kind", "demo_requested"), ("interaction.class", "intent"), ("campaign.id", "c"), ("person.id", "p")]
    {
        table.0.insert(path.to_owned(), Known::Text(value.to_owned()));
    }
    table.0.insert("account.people_seen".to_owned(), Known::Number(1.0));
    table.0.insert("today".to_owned(), Known::Date(Date::parse("2026-12-01").unwrap()));
    for part in example.split(", ").filter(|part| !part.ends_with(" unknown") && *part != "anybody") {
        let (fact, today) = part.split_once(" where today = ").map_or((part, None), |(fact, today)| (fact, Some(today)));
        let (path, value) = fact.split_once(" = ").unwrap_or_else(|| panic!("no fact: {part}"));
        let known = match (value.strip_prefix('"'), value) {
            (Some(text), _) => Known::Text(text.trim_end_matches('"').to_owned()),
            (None, "true" | "false") => Known::Truth(value == "true"),
            (None, date) if date.len() == 10 && date.contains('-') => Known::Date(Date::parse(date).unwrap()),
            (None, number) => Known::Number(number.parse().unwrap_or_else(|_| panic!("no number: {part}"))),
        };
        let path = path.replace("[\"", "/").replace("\"]", "");
        table.0.insert(path, known);
        table.0.extend(today.map(|today| ("today".to_owned(), Known::Date(Date::parse(today).unwrap()))));
    }
    table
}

/// Conditions that often exclude each other, and often overlap.
fn tight(random: &mut Random) -> String {
    let (one, other) = (truth(random, 1), truth(random, 1));
    match random.below(5) {
        0 => format!("({one}) && !({one})"),
        1 => format!("({one}) && ({other}) && ({})", truth(random, 2)),
        2 => format!("company.employees >= {} && company.employees < {}", random.below(9), random.below(9)),
        3 => format!("(offering == \"a\" || {one}) && offering in [\"ab\", \"b c\"]"),
        _ => truth(random, 3),
    }
}

/// The rulebook of those expressions that load.
fn loadable(mut expressions: Vec<String>) -> (String, Rulebook, Vec<String>) {
    loop {
        let text = with_criteria(&expressions);
        match compile(text.as_bytes(), "random.yaml") {
            Ok(rulebook) => return (text, rulebook, expressions),
            Err(found) => {
                assert!(text.len() <= 256 * 1024, "too large to be mended");
                let lines: BTreeSet<usize> = found.iter().filter(|said| said.is_error()).map(|said| said.line).collect();
                let kept = expressions.into_iter().enumerate().filter(|(index, _)| !lines.contains(&(19 + 3 * index)));
                expressions = kept.map(|(_, text)| text).collect();
            }
        }
    }
}

#[test]
fn what_is_claimed_holds_for_random_rules_and_subjects() {
    let mut random = Random::new(5);
    let (mut nevers, mut shown) = (0, 0);
    for _ in 0..8 {
        let drawn: Vec<String> = (0..60).map(|_| tight(&mut random)).collect();
        let (text, rulebook, _) = loadable(drawn);
        let looked = reach::look(&rulebook, ("random.yaml", &text));
        let at = |found: &Diagnostic| -> Option<&Predicate> {
            rulebook.fit.criteria.iter().map(|criterion| &criterion.when).find(|when| when.span() == found.span)
        };
        let subjects: Vec<Table> = (0..300).map(|_| table(&mut random)).collect();
        for found in &looked.found {
            let Some(predicate) = at(found) else { continue };
            if found.code == NEVER {
                nevers += 1;
                for subject in &subjects {
                    assert_ne!(predicate.truth(subject), Truth::True, "{found}\n{}\n{subject:?}", predicate.written());
                }
            } else if found.code == OVERLAP {
                shown += 1;
                let example = found.help.as_deref().and_then(|help| help.strip_prefix("for example ")).expect("an example");
                let subject = told(example);
                let first = found.message.split('`').nth(1).expect("an id");
                let other = rulebook.fit.criteria.iter().find(|criterion| criterion.id == first).expect("a criterion");
                for rule in [predicate, &other.when] {
                    assert_eq!(rule.truth(&subject), Truth::True, "{found}\n{}\n{subject:?}", rule.written());
                }
            }
        }
    }
    assert!(nevers > 40 && shown > 10, "{nevers} are never met, {shown} overlap");
}

#[test]
fn the_largest_rulebook_is_looked_at_in_a_bounded_number_of_steps() {
    let mut random = Random::new(3);
    // Many ways to each answer, in which little excludes anything: what a search is worst at.
    let hard = |random: &mut Random| {
        let part = |random: &mut Random| format!("(attribute.score != {} || !({}))", random.below(900), truth(random, 1));
        (0..12).map(|_| part(random)).collect::<Vec<_>>().join(" && ")
    };
    let mut drawn: Vec<String> = Vec::new();
    while drawn.len() < 495 && drawn.iter().map(|text| text.len() + 60).sum::<usize>() < 240 * 1024 {
        drawn.push(hard(&mut random));
    }
    let (text, rulebook, expressions) = loadable(drawn);
    assert!(expressions.len() > 150 && text.len() > 128 * 1024, "{} criteria, {} bytes", expressions.len(), text.len());
    let looked = reach::look(&rulebook, ("large.yaml", &text));
    assert!(looked.steps <= MAX_STEPS && looked.passed_over > 0, "{} steps, {} passed over", looked.steps, looked.passed_over);
    // The same file, the same answer.
    let again = reach::look(&rulebook, ("large.yaml", &text));
    assert_eq!((again.steps, again.passed_over, again.found), (looked.steps, looked.passed_over, looked.found));
}
