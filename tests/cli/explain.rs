//! Why an account is a lead or not, told from a file of events.

use serde_json::Value;

use crate::golden::golden;
use crate::history::{Did, RULEBOOK, day};
use crate::program::{Ended, Place};

fn acme() -> Vec<Did<'static>> {
    let attended = Did {
        id: "i-1".into(),
        day: 10,
        kind: "attended",
        account: "acme.example".into(),
        role: "analyst",
        employees: 200,
        offering: Some("crm-suite"),
        budget_usd: None,
    };
    vec![
        attended.clone(),
        Did { id: "i-2".into(), day: 11, kind: "demo_requested", role: "plant_manager", ..attended.clone() },
        Did { id: "i-3".into(), day: 12, kind: "demo_requested", role: "plant_manager", budget_usd: Some(1_000), ..attended.clone() },
        Did { id: "i-4".into(), day: 13, kind: "email_opened", role: "plant_manager", ..attended.clone() },
        Did { id: "i-1".into(), account: "other.example".into(), ..attended },
    ]
}

fn place(events: &[Did<'_>]) -> Place {
    let lines: String = events.iter().map(|did| did.line() + "\n").collect();
    Place::new().with("rules.yaml", RULEBOOK).with("e.ndjson", &lines)
}

fn explain(place: &Place, arguments: &[&str]) -> Ended {
    place.call(&[&["explain", "--events", "e.ndjson", "--rulebook", "rules.yaml"], arguments].concat(), &[])
}

#[test]
fn a_timeline_says_what_arrived_what_rules_said_and_what_changed() {
    let place = place(&acme());
    let ended = explain(&place, &["--account", "https://www.Acme.example"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    for part in [
        "acme.example: 4 interactions",
        "2026-01-11 12:00:00  attended about crm-suite, by p-acme.example, analyst, in campaign c-1 (reach evidence)",
        "able_to_buy          unknown (nobody has said declared.budget_usd)",
        "not qualified, because: not known to be able to buy",
        "(before: not qualified, nobody asked for anything that buyers ask for)",
        "fit         30 of 30: uses-it +30 (those who use it decide)",
        "QUALIFIED",
        "handed off to team inside by route rest",
        "joined, because: a lead was open already",
        "crm-suite: a lead, L-",
    ] {
        assert!(ended.out.contains(part), "no {part:?} in\n{}", ended.out);
    }
    golden("explain.txt", &ended.out);
    assert!(!ended.out.contains("other.example") && !ended.out.contains("Secreta"), "{}", ended.out);
}

#[test]
fn what_is_still_missing_is_told_with_the_field_that_nobody_named() {
    let ended = explain(&place(&acme()[..1]), &["--account", "acme.example"]);
    let told = ended.out.split_whitespace().collect::<Vec<_>>().join(" "); // lines are folded
    for part in [
        "crm-suite: no lead. What is missing:",
        "- nobody asked for anything that buyers ask for",
        "- able_to_buy is unknown (nobody has said declared.budget_usd)",
        "- fit has 0 of 30 points: uses-it +30 (the role is in no class of `roles`), large +10 would help",
        "- intent has 0 of 10 points: demo +60 would help; points halve every 14 days",
    ] {
        assert!(told.contains(part), "no {part:?} in\n{}", ended.out);
    }
}

#[test]
fn a_lead_leads_to_its_account() {
    let place = place(&acme());
    let story: Value = serde_json::from_str(&explain(&place, &["--account", "acme.example", "--format", "json"]).out).expect("JSON");
    let lead = story["standing"][0]["lead_id"].as_str().expect("a lead").to_owned();
    let by_lead = explain(&place, &["--lead", &lead, "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&by_lead.out).expect("JSON"), story);
    let decided = &story["moments"][1]["decided"][0];
    assert_eq!((decided["decision"].as_str(), decided["reason"].as_str()), (Some("not_qualified"), Some("able_to_buy")));
    let rule = decided["rules"].as_array().expect("rules").iter().find(|rule| rule["id"] == "able_to_buy").expect("the gate");
    assert_eq!((rule["truth"].as_str(), rule["missing"][0].as_str()), (Some("unknown"), Some("declared.budget_usd")));
}

#[test]
fn who_is_not_there_and_what_is_not_said_is_told() {
    let place = place(&acme());
    explain(&place, &["--account", "nobody.example"]).assert(78, &["RLV-5406", "nobody.example", "account_key"]);
    explain(&place, &["--lead", "L-AAAAAAAAAAAAAAAAAAAAAAAA"]).assert(78, &["RLV-5406", "opened the lead"]);
    explain(&place, &["--lead", "acme"]).assert(2, &["no lead's identifier"]);
    explain(&place, &[]).assert(2, &["--account", "--lead"]);
    explain(&place, &["--account", "acme.example", "--to", &day(5)]).assert(78, &["RLV-5402"]);
    place.call(&["explain", "--account", "acme.example", "--events", "e.ndjson"], &[]).assert(2, &["--rulebook"]);
}

/// A file of interactions does not tell what sales did: nobody is said to have answered nobody.
#[test]
fn fu_3_a_history_without_activities_blames_nobody() {
    let mut events = acme();
    events.push(Did { id: "i-9".into(), day: 40, kind: "email_opened", ..events[0].clone() });
    let lines: String = events.iter().map(|did| did.line() + "\n").collect();
    let rules = RULEBOOK.replace("  inside: {}", "  inside: { respond_within: 15m }");
    assert_ne!(rules, RULEBOOK);
    let place = Place::new().with("rules.yaml", &rules).with("e.ndjson", &lines);
    let ended = explain(&place, &["--account", "acme.example"]);
    assert_eq!((ended.status, ended.out.contains("QUALIFIED")), (0, true), "{}", ended.out);
    assert!(!ended.out.contains("nobody answered"), "{}", ended.out);
}
