//! An expression means the same however the file writes it: quoted, folded, by a variable; and forms that are written rarely.

use relevo::contract::{Date, Truth};

use crate::table::{Known, Table, ask, compiled};
use Truth::{False, True, Unknown};

fn day(text: &str) -> Known {
    Known::Date(Date::parse(text).expect("a date"))
}

fn text(text: &str) -> Known {
    Known::Text(text.to_owned())
}

/// Somebody of whom a good deal is known.
fn ana() -> Table {
    Table::default()
        .with("interaction.kind", text("demo_requested"))
        .with("interaction.class", text("intent"))
        .with("person.role", text("plant_manager"))
        .with("person.role_class", text("business_user"))
        .with("person.consent", Known::Truth(true))
        .with("company.name", text("Acmé SA"))
        .with("company.domain", text("acme.example"))
        .with("company.employees", Known::Number(200.0))
        .with("declared.budget_usd", Known::Number(40_000.0))
        .with("declared.buy_by", day("2027-01-15"))
        .with("today", day("2026-12-01"))
        .with("account.people_seen", Known::Number(2.0))
        .with("account.kinds_seen/demo_requested", Known::Number(3.0))
        .with("account.roles_seen/cfo", Known::Number(1.0))
        .with("attribute.plants", Known::Number(3.0))
        .with("attribute.uses_sap", Known::Truth(false))
        .with("attribute.tier", text("gold"))
}

#[test]
fn forms_that_are_written_rarely_answer_too() {
    let table = ana();
    let cases: &[(&str, Truth)] = &[
        ("company.employees / (attribute.plants - 3) > 0", Unknown),
        ("-company.employees == -200", True),
        ("person.role < company.name", False),
        ("person.role > \"plant\"", True),
        ("company.name.contains(\"mé\")", True),
        ("company.name.matches(\"(?i)^acm. sa$\")", True),
        ("company.name.matches(r'\\bSA$')", True),
        ("size(company.name) == 7", True),
        ("declared.buy_by - today == duration(\"45d\")", True),
        ("declared.buy_by - today < duration(\"1080h\")", False),
        ("declared.buy_by == date(\"2027-01-15\")", True),
        ("declared.buy_by in [date(\"2027-01-14\"), date(\"2027-01-15\")]", True),
        ("today in [date(\"2027-01-14\")]", False),
        ("attribute[\"tier\"] == \"gold\"", True),
        ("has(attribute[\"tier\"])", True),
        ("has(attribute.score)", False),
        ("attribute.score > 0.5", Unknown),
        ("person.consent != attribute.uses_sap", True),
        ("has(company.country) ? company.country == \"MX\" : company.employees == 200", True),
        ("(account.customer ? 1 : 1) == 1", Unknown),
        ("(attribute.uses_sap ? today : declared.buy_by) > today", True),
    ];
    let rulebook = compiled(&cases.iter().map(|(expression, _)| (*expression).to_owned()).collect::<Vec<_>>());
    let wrong: Vec<String> = cases
        .iter()
        .zip(&rulebook.fit.criteria)
        .map(|((expression, expected), criterion)| (expression, *expected, criterion.when.truth(&table)))
        .filter(|(_, expected, answer)| expected != answer)
        .map(|(expression, expected, answer)| format!("{expression}: expected {expected}, answered {answer}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn variables_stand_for_what_they_are() {
    let from = "variables:\n";
    let to = "variables:\n  ours: [crm-suite, analytics]\n  sizes: [200, 300]\n  soon: today + duration(\"45d\")\n  big: mid_size && company.employees > 100\n";
    // `mid_size` has to stand before `big`.
    let to = to.replacen("  big:", "  mid_size: company.employees < 1000\n  big:", 1);
    let expressions = ["offering in ours", "company.employees in sizes", "declared.buy_by <= soon", "big", "!big"].map(str::to_owned);
    let text = crate::table::with_criteria(&expressions).replacen(from, &to, 1);
    let rulebook = relevo::rulebook::compile(text.as_bytes(), "variables.yaml").expect("it loads");
    let table = ana().with("offering", self::text("analytics"));
    let answers: Vec<Truth> = rulebook.fit.criteria.iter().map(|criterion| criterion.when.truth(&table)).collect();
    assert_eq!(answers, [True, True, True, True, False]);
}

#[test]
fn an_expression_means_the_same_however_the_file_writes_it() {
    let table = ana();
    for written in [
        "company.employees >= 100 && company.name == \"Acmé SA\"",
        "'company.employees >= 100 && company.name == \"Acmé SA\"'",
        "\"company.employees >= 100 && company.name == \\\"Acm\\u00e9 SA\\\"\"",
        "|\n        company.employees >= 100 &&\n          company.name == \"Acmé SA\"",
        ">-\n        company.employees >= 100\n        && company.name == \"Acmé SA\"",
        "company.employees >= 100 &&\n        company.name == \"Acmé SA\"",
    ] {
        let text = crate::refused::BASE.replacen("when: mid_market", &format!("when: {written}"), 1);
        let rulebook = relevo::rulebook::compile(text.as_bytes(), "written.yaml").unwrap_or_else(|found| panic!("{written}: {found:?}"));
        assert_eq!(rulebook.fit.criteria[0].when.truth(&table), True, "{written}");
        // A mistake in it is found at its own line and column.
        let broken = text.replacen("company.name ==", "company.nam ==", 1);
        let found = relevo::rulebook::compile(broken.as_bytes(), "broken.yaml").expect_err(written);
        let at = broken.find("nam ==").expect("it is there");
        let line = broken[..at].matches('\n').count() + 1;
        let column = broken[..at].chars().rev().take_while(|character| *character != '\n').count() + 1;
        assert_eq!((found[0].line, found[0].column), (line, column), "{written}: {}", found[0]);
    }
    assert_eq!(ask("company.employees > 1", &table), True);
}
