//! Rulebooks as their writers check them.

use crate::program::{Place, relevo};

const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");

/// Checks `path` in a folder: how it ends and what it prints.
fn check(place: &Place, path: &str, status: i32, said: &[&str]) -> String {
    let ended = place.call(&["rules", "check", path], &[]);
    assert_eq!((ended.status, ended.err.as_str()), (status, ""), "{ended:#?}");
    for words in said {
        assert!(ended.out.contains(words), "no {words:?} in\n{}", ended.out);
    }
    ended.out
}

#[test]
fn a_rulebook_that_loads_is_all_well() {
    let place = Place::new().with("0001.yaml", RULEBOOK);
    check(&place, "0001.yaml", 0, &["REVISION", "loads", "sha256:", "All is well"]);
}

#[test]
fn everything_that_is_wrong_is_drawn_into_the_text() {
    let wrong = RULEBOOK.replacen("revision: 1", "revison: 1", 1).replacen("threshold:", "treshold:", 1);
    let place = Place::new().with("0001.yaml", &wrong);
    let out = check(&place, "0001.yaml", 1, &["0001.yaml:", "`revision`", "`threshold`", "errors: not to be signed like this"]);
    assert!(out.matches("error[RLV-2").count() >= 2, "{out}");
}

#[test]
fn a_folder_is_checked_whole_with_its_chain() {
    let third = RULEBOOK.replacen("revision: 1", "revision: 3", 1);
    let place = Place::new().with("rules/0001.yaml", RULEBOOK).with("rules/0003.yaml", &third).with("rules/notes.txt", "not a rulebook");
    let out = check(&place, "rules", 1, &["RLV-2101", "0003.yaml", "revision 3 stands behind 1"]);
    assert!(!out.contains("notes.txt"), "{out}");
}

/// Tests a rulebook with these examples: how it ends and what it prints.
fn test(examples: &str, status: i32, said: &[&str]) {
    let place = Place::new().with("0001.yaml", &format!("{RULEBOOK}{examples}"));
    let ended = place.call(&["rules", "test", "0001.yaml"], &[]);
    assert_eq!((ended.status, ended.err.as_str()), (status, ""), "{ended:#?}");
    for words in said {
        assert!(ended.out.contains(words), "no {words:?} in\n{}", ended.out);
    }
}

#[test]
fn examples_are_decided_with_their_reasons() {
    let tasting = "examples:\n  - name: a tasting is no demand\n    given: [{ kind: tasting, offering: crm-suite, company: { domain: acme.example } }]\n";
    test("", 0, &["has no examples"]);
    test(
        &format!("{tasting}    expect: {{ decision: not_qualified, reason: no_intent }}\n"),
        0,
        &["ok", "the same", "The one example holds."],
    );
    let fails = ["FAIL", "a tasting is no demand", "qualified", "not_qualified (no_intent)", "1 of 1 example failed"];
    test(&format!("{tasting}    expect: {{ decision: qualified }}\n"), 1, &fails);
    test("nonsense: 1\n", 1, &["`nonsense`", "does not load"]);
    // A rulebook that fails its own examples does not load at all.
    let place = Place::new().with("0001.yaml", &format!("{RULEBOOK}{tasting}    expect: {{ decision: qualified }}\n"));
    check(&place, "0001.yaml", 1, &["RLV-2031", "1 error"]);
}

#[test]
fn what_is_not_there_is_a_wrong_command_line() {
    relevo(&["rules", "check", "absent.yaml"]).assert(2, &["absent.yaml", "what to do:"]);
    Place::new().with("empty/x.txt", "").call(&["rules", "check", "empty"], &[]).assert(2, &["has no rulebook"]);
    relevo(&["rules", "test", "absent.yaml"]).assert(2, &["absent.yaml", "what to do:"]);
    relevo(&["rules", "check"]).assert(2, &["<FILE|FOLDER>"]);
}
