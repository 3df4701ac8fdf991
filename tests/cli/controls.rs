//! What a terminal obeys, brought in from everywhere that text comes from: names of files, keys of YAML, rulebooks, events, exports, settings.
//! `Place::call` looks at all that is printed; here is what must be said all the same.

use crate::history::{Did, RULEBOOK};
use crate::program::Place;

/// A line that is cleared and written again, in both spellings of the control, a line turned around, and one written over.
const HOSTILE: &str = "x\u{1b}[2K\u{1b}]0;t\u{7}\u{9b}1A\u{202e}y\rz";
/// The same, as YAML between double quotes and JSON write it.
const ESCAPED: &str = "x\\u001b[2K\\u001b]0;t\\u0007\\u009b1A\\u202ey\\rz";

#[test]
fn what_events_and_rulebooks_say_is_not_obeyed() {
    let did = Did {
        id: "i-1".into(),
        day: 10,
        kind: "demo_requested",
        account: "acme.example".into(),
        role: ESCAPED,
        employees: 200,
        offering: Some("crm-suite"),
        budget_usd: Some(1_000),
    };
    let rules = RULEBOOK.replacen("because: we serve large companies", &format!("because: \"{ESCAPED}\""), 1).replacen(
        "because: asked for a demo",
        &format!("because: \"{ESCAPED}\""),
        1,
    );
    let place = Place::new().with("r.yaml", &rules).with("e.ndjson", &format!("{}\n{{\"{ESCAPED}\": 1}}\n{HOSTILE}\n", did.line()));
    let history = ["--events", "e.ndjson", "--rulebook", "r.yaml", "--account", "acme.example"];
    for format in ["text", "json"] {
        let ended = place.call(&[&["explain"][..], &history, &["--format", format]].concat(), &[]);
        assert_eq!(ended.status, 0, "{ended:#?}");
        assert!(ended.out.contains("acme.example"), "{}", ended.out);
    }
    for arguments in [&["rules", "show", "r.yaml"][..], &["rules", "check", "r.yaml"], &["rules", "test", "r.yaml"]] {
        place.call(arguments, &[]);
    }
    let backtest = ["backtest", "--events", "e.ndjson", "--rulebook", "r.yaml", "--outcomes", "e.ndjson"];
    place.call(&backtest, &[]);
    let matrix = ["rules", "diff", "r.yaml", "r.yaml", "--events", "e.ndjson"];
    place.call(&matrix, &[]);
}

#[test]
fn examples_are_named_without_what_a_terminal_obeys() {
    let sample = include_str!("../../src/command/demo/sample-rulebook.yaml");
    let name = sample.lines().find_map(|line| line.trim().strip_prefix("- name: ")).expect("an example");
    let hostile = sample.replacen(&format!("- name: {name}"), &format!("- name: \"{ESCAPED}\""), 1);
    let ended = Place::new().with("r.yaml", &hostile).call(&["rules", "test", "r.yaml"], &[]);
    assert!(ended.status == 0 && ended.out.contains("\\u{1b}[2K"), "{}", ended.out);
}

#[test]
fn names_of_files_keys_and_settings_are_not_obeyed() {
    let place = Place::new()
        .with(&format!("{HOSTILE}.yaml"), "revision: x\n")
        .with("keys.yaml", &format!("\"{ESCAPED}\": 1\napi: \"{ESCAPED}\"\nkind: Rulebook\n"))
        .with("relevo.yaml", &format!("\"{ESCAPED}\": 1\ntopics: {{leads: \"{ESCAPED}\"}}\nrulebook: {{folder: \"{ESCAPED}\"}}\n"))
        .with("raw.yaml", &format!("application: {HOSTILE}\n"));
    place.call(&["rules", "check", "."], &[]);
    place.call(&["rules", "check", "keys.yaml"], &[]);
    place.call(&["rules", "show", &format!("{HOSTILE}.yaml")], &[]);
    place.call(&["rules", "check", &format!("{HOSTILE}.absent")], &[]).assert(2, &["absent"]);
    place.call(&["topics"], &[]).assert(78, &["RLV-3002"]);
    place.call(&["topics", "--config", "raw.yaml"], &[]).assert(78, &["RLV-30"]);
    place.call(&["check"], &[("RELEVO__APPLICATION", HOSTILE)]).assert(78, &["RLV-3004"]);
    place.call(&["explain-code", HOSTILE], &[]);
}

#[test]
fn exports_and_maps_are_not_obeyed() {
    let header = format!("Email,{HOSTILE},Created\n");
    let rows = format!("a@b.example,{HOSTILE},2026-01-01\nc@d.example,\"{HOSTILE}\n\",never\n");
    let place = Place::new().with("e.csv", &format!("{header}{rows}")).with(
        "m.yaml",
        &format!("api: relevo/v1\nkind: Map\nof: interactions\n\"{ESCAPED}\": 1\nfields: {{ kind: {{ column: \"{ESCAPED}\" }} }}\n"),
    );
    place.call(&["import", "csv", "e.csv", "--guess"], &[]);
    place.call(&["import", "csv", "e.csv", "--map", "m.yaml"], &[]);
    place.call(&["import", "csv", "e.csv", "--map", HOSTILE], &[]);
    place.call(&["import", "csv", &format!("{HOSTILE}.csv"), "--map", "hubspot-contacts"], &[]);
    place.call(&["import", "csv", "e.csv", "--map", "hubspot-contacts"], &[]);
}
