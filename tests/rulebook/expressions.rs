//! What expressions mean: Kleene's logic, every operator, every function, every field.

use relevo::contract::{Date, Truth};
use relevo::rulebook::{BoolField, CountField, DateField, NumberField, TextField};

use crate::facts::{Attribute, Facts, predicate, predicates, scopes, truth};

use Truth::{False, True, Unknown};

/// A cfo of a company of 200, who declared 40,000 dollars until 15 January 2027; today is 1 December 2026.
fn known() -> Facts {
    let mut facts = Facts::default();
    facts.texts.insert(TextField::PersonRole, "cfo".into());
    facts.texts.insert(TextField::PersonRoleClass, "business_user".into());
    facts.texts.insert(TextField::CompanyName, "Acme SA".into());
    facts.texts.insert(TextField::CompanyDomain, "acme.example".into());
    facts.texts.insert(TextField::InteractionKind, "demo_requested".into());
    facts.numbers.insert(NumberField::CompanyEmployees, 200.0);
    facts.numbers.insert(NumberField::DeclaredBudgetUsd, 40_000.0);
    facts.numbers.insert(NumberField::AccountPeopleSeen, 3.0);
    facts.bools.insert(BoolField::PersonConsent, true);
    facts.dates.insert(DateField::DeclaredBuyBy, day("2027-01-15"));
    facts.dates.insert(DateField::Today, day("2026-12-01"));
    facts.counts.insert((CountField::KindsSeen, "demo_requested".into()), 2);
    facts.counts.insert((CountField::RolesSeen, "cfo".into()), 1);
    facts.attributes.insert(0, Attribute::Number(4.0));
    facts.attributes.insert(1, Attribute::Number(0.25));
    facts.attributes.insert(2, Attribute::Bool(true));
    facts.attributes.insert(3, Attribute::Text("gold".into()));
    facts
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

#[test]
fn qual_3_what_is_not_known_is_unknown_in_every_combination() {
    // Three fields of three answers: consent true, attribute false, customer unknown.
    let mut facts = Facts::default();
    facts.bools.insert(BoolField::PersonConsent, true);
    facts.attributes.insert(2, Attribute::Bool(false));
    let operands = [("person.consent", True), ("attribute.uses_sap", False), ("account.customer", Unknown)];
    for (left, a) in operands {
        assert_eq!(truth(&format!("!{left}"), &facts), a.negate(), "!{left}");
        assert_eq!(truth(left, &facts), a, "{left}");
        for (right, b) in operands {
            let all: Vec<String> =
                ["&&", "||", "==", "!="].iter().map(|operator| format!("{left} {operator} ({right} || {right})")).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let asked = predicates(&all).unwrap_or_else(|found| panic!("{}", found[0]));
            let same = if a == Unknown || b == Unknown { Unknown } else { Truth::from(a == b) };
            let expected = [a.and(b), a.or(b), same, same.negate()];
            assert_eq!(asked.map(|predicate| predicate.truth(&facts)), expected, "{left}, {right}");
        }
    }
}

#[test]
fn every_operator_and_function_answers() {
    let facts = known();
    let check = |expression: &str, expected: Truth| assert_eq!(truth(expression, &facts), expected, "{expression}");
    // Numbers.
    check("company.employees == 200", True);
    check("company.employees != 200", False);
    check("company.employees < 200", False);
    check("company.employees <= 200", True);
    check("company.employees > 199.5", True);
    check("company.employees >= 201", False);
    check("200 == company.employees", True);
    check("company.employees + 1 == 201", True);
    check("company.employees - 1.5 < 198.6", True);
    check("company.employees * 2 >= 400", True);
    check("company.employees / 3 > 66.6", True);
    check("-company.employees < -199", True);
    check("company.employees / (company.employees - 200) > 0", Unknown);
    check("company.employees in [100, 200]", True);
    check("company.employees in [100, 300]", False);
    check("company.revenue_usd > 0", Unknown);
    check("company.revenue_usd in [1, 2]", Unknown);
    check("company.revenue_usd > company.employees", Unknown);
    // Texts.
    check("person.role == \"cfo\"", True);
    check("person.role != 'cfo'", False);
    check("person.department == \"it\"", Unknown);
    check("person.department != \"it\"", Unknown);
    check("person.role in [\"cio\", \"cfo\"]", True);
    check("person.role in [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"cfo\", \"i\"]", True);
    check("person.role in [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"j\", \"i\"]", False);
    check("person.department in [\"it\"]", Unknown);
    check("company.name.contains(\"me S\")", True);
    check("company.name.startsWith(\"Acme\")", True);
    check("company.name.endsWith(\"Acme\")", False);
    check("company.industry.contains(\"x\")", Unknown);
    check("company.name.matches(\"^[A-Z][a-z]+ SA$\")", True);
    check("company.name.matches(\"^acme\")", False);
    check("company.industry.matches(\"x\")", Unknown);
    check("size(company.name) == 7", True);
    check("company.name.size() > 7", False);
    check("size(company.industry) == 7", Unknown);
    // Dates.
    check("declared.buy_by >= today", True);
    check("declared.buy_by <= today + duration(\"45d\")", True);
    check("declared.buy_by <= today + duration(\"44d\")", False);
    check("declared.buy_by - duration(\"45d\") == today", True);
    check("declared.buy_by < today - duration(\"1d\")", False);
    // Knowing.
    check("has(company.domain)", True);
    check("has(company.industry)", False);
    check("!has(company.industry)", True);
    check("has(company.employees) && has(person.consent) && has(declared.buy_by)", True);
    check("has(account.customer) || has(company.revenue_usd)", False);
    check("has(attribute.plants) && has(attribute.tier)", True);
    // Counts.
    check("account.kinds_seen[\"demo_requested\"] >= 2", True);
    check("account.kinds_seen[\"pricing_viewed\"] > 0", False);
    check("\"cfo\" in account.roles_seen", True);
    check("\"cio\" in account.roles_seen", False);
    check("account.roles_seen[\"cfo\"] + account.kinds_seen[\"demo_requested\"] == 3", True);
    // Choices.
    check("person.consent ? company.employees > 100 : company.employees > 1000", True);
    check("(company.employees > 1000 ? 10 : 20) == 20", True);
    check("(person.role == \"cio\" ? \"a\" : company.name) == \"Acme SA\"", True);
    check("account.customer ? company.employees > 100 : company.employees > 1000", Unknown);
    // Attributes, by their declared types.
    check("attribute.plants == 4", True);
    check("attribute.ratio < 0.3", True);
    check("attribute.uses_sap", True);
    check("attribute.uses_sap == true && attribute.tier == \"gold\"", True);
    // Precedence, and lists of questions.
    check("company.employees > 1000 || company.employees > 100 && person.role == \"cfo\"", True);
    check("(company.employees > 1000 || company.employees > 100) && person.role == \"cio\"", False);
    check("1 + 2 * 3 == company.employees - 193", True);
}

#[test]
fn every_field_is_asked_by_its_path() {
    let value = |field: TextField| match field {
        TextField::InteractionKind => "pricing_viewed",
        TextField::InteractionClass => "intent",
        TextField::PersonRoleClass => "technology",
        TextField::CompanyDomain => "acme.example",
        _ => "something",
    };
    for field in TextField::ALL {
        let expression = format!("{} == \"{}\"", field.path(), value(*field));
        assert_eq!(truth(&expression, &Facts::default()), Unknown, "{expression}");
        let mut facts = Facts::default();
        facts.texts.insert(*field, value(*field).into());
        assert_eq!(truth(&expression, &facts), True, "{expression}");
        facts.texts.insert(*field, "else".into());
        assert_eq!(truth(&expression, &facts), False, "{expression}");
    }
    for field in NumberField::ALL {
        let expression = format!("{} >= 5", field.path());
        assert_eq!(truth(&expression, &Facts::default()), Unknown, "{expression}");
        for (number, expected) in [(4.0, False), (5.0, True)] {
            let mut facts = Facts::default();
            facts.numbers.insert(*field, number);
            assert_eq!(truth(&expression, &facts), expected, "{expression}");
        }
    }
    for field in BoolField::ALL {
        assert_eq!(truth(field.path(), &Facts::default()), Unknown, "{}", field.path());
        for answer in [false, true] {
            let mut facts = Facts::default();
            facts.bools.insert(*field, answer);
            assert_eq!(truth(field.path(), &facts), Truth::from(answer), "{}", field.path());
        }
    }
    for field in DateField::ALL {
        let expression = format!("{0} + duration(\"1d\") == {0} + duration(\"24h\") && {0} < {0} + duration(\"1d\")", field.path());
        assert_eq!(truth(&expression, &Facts::default()), Unknown, "{expression}");
        let mut facts = Facts::default();
        facts.dates.insert(*field, day("2026-12-31"));
        assert_eq!(truth(&expression, &facts), True, "{expression}");
    }
    for field in CountField::ALL {
        let expression = format!("{0}[\"cfo\"] == 2 && \"cfo\" in {0}", field.path());
        assert_eq!(truth(&expression, &Facts::default()), False, "{expression}: a count is always known");
        let mut facts = Facts::default();
        facts.counts.insert((*field, "cfo".into()), 2);
        assert_eq!(truth(&expression, &facts), True, "{expression}");
    }
}

#[test]
fn what_a_predicate_reads_is_what_its_answer_can_depend_on() {
    for (expression, evidence, account) in [
        ("interaction.kind == \"demo_requested\"", true, false),
        ("person.role_class == \"business_user\"", true, false),
        ("offering == \"crm-suite\"", true, false),
        ("attribute.plants > 3", true, false),
        ("has(attribute.plants)", true, false),
        ("company.employees > 3", false, true),
        ("declared.buy_by >= today", false, true),
        ("account.kinds_seen[\"demo_requested\"] > 1", false, true),
        ("\"cfo\" in account.roles_seen", false, true),
        ("has(company.domain)", false, true),
        ("has(offering) && company.employees > 3", true, true),
        ("(person.consent ? company.employees : 3) == 3", true, true),
        ("company.name.contains(person.role)", true, true),
        ("true", false, false),
    ] {
        assert_eq!(scopes(expression), (evidence, account), "{expression}");
    }
}

#[test]
fn a_constant_rule_is_true_of_all() {
    assert_eq!(predicate("true").truth(&Facts::default()), True);
    assert_eq!(predicate("!false").truth(&Facts::default()), True);
}
