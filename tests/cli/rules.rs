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

const SAMPLE: &str = include_str!("../../src/command/demo/sample-rulebook.yaml");

#[test]
fn the_demos_rulebook_is_shown_as_a_page() {
    let shown = Place::new().with("0001.yaml", SAMPLE).call(&["rules", "show", "0001.yaml"], &[]);
    assert_eq!((shown.status, shown.err.as_str()), (0, ""), "{shown:#?}");
    crate::golden::golden("rules-show-demo.md", &shown.out);
}

#[test]
fn pii_1_a_page_leaves_out_who_an_examples_person_is_and_is_safe_markdown() {
    let person = "name: \"Nora Name\", email: nora@steel.example, phone: \"+52 55\", role: plant_manager";
    let changed = SAMPLE.replacen("role: plant_manager", person, 1).replacen(
        "because: we serve mid-size companies",
        "because: \"a | b <script> `c` [d](e)\"",
        1,
    );
    let shown = Place::new().with("0001.yaml", &changed).call(&["rules", "show", "0001.yaml"], &[]);
    assert_eq!(shown.status, 0, "{shown:#?}");
    for hidden in ["Nora", "nora@", "+52 55", "<script>", "a | b"] {
        assert!(!shown.out.contains(hidden), "{hidden} in\n{}", shown.out);
    }
    assert!(shown.out.contains(r"a \| b \<script\>"), "{}", shown.out);
}

#[test]
fn what_a_reader_would_not_see_is_refused_raw_and_shown_where_it_is_escaped() {
    let because = |text: &str| SAMPLE.replacen("because: we serve mid-size companies", &format!("because: {text}"), 1);
    let raw = Place::new().with("0001.yaml", &because("a\u{202e}b")).call(&["rules", "check", "0001.yaml"], &[]);
    raw.assert(1, &[]);
    assert!(raw.out.contains("RLV-2127") && raw.out.contains("\\u{202e}") && !raw.out.contains('\u{202e}'), "{}", raw.out);
    let escaped = because("\"a\\u202eb \\e[2K\\x9b \\u200b\\u00ad\\rc\\nd\"");
    let shown = Place::new().with("0001.yaml", &escaped).call(&["rules", "show", "0001.yaml"], &[]);
    assert_eq!((shown.status, shown.err.as_str()), (0, ""), "{shown:#?}");
    let lines: Vec<&str> = shown.out.lines().filter(|line| line.contains("u{")).collect();
    crate::golden::golden("rules-show-unseen.md", &format!("{}\n", lines.join("\n")));
    let differ = Place::new().with("1.yaml", SAMPLE).with("2.yaml", &escaped).call(&["rules", "diff", "1.yaml", "2.yaml"], &[]);
    for ended in [shown, differ] {
        assert!(ended.out.contains("u{202e}") && !ended.out.contains(['\u{202e}', '\u{1b}', '\u{9b}', '\u{200b}', '\r']), "{}", ended.out);
    }
}

#[test]
fn differences_are_told_and_the_status_says_whether_there_are_any() {
    let second = SAMPLE
        .replacen("revision: 1", "revision: 2", 1)
        .replacen("threshold: 60", "threshold: 65", 1)
        .replacen("points: 60, because: asked for a demo", "points: 55, because: asked for a demo", 1)
        .replacen("{ id: student,    when: person.role == \"student\" }", "{ id: pupil, when: person.role == \"student\" }", 1);
    let comments = format!("# the same\n{}", SAMPLE.replacen("when: person.role ==", "when:   person.role   ==", 1));
    let place = Place::new().with("1.yaml", SAMPLE).with("2.yaml", &second).with("same.yaml", &comments).with("bad.yaml", "revision: x\n");
    let call = |before: &str, after: &str| place.call(&["rules", "diff", before, after], &[]);
    let differ = call("1.yaml", "2.yaml");
    assert_eq!((differ.status, differ.err.as_str()), (1, ""), "{differ:#?}");
    crate::golden::golden("rules-diff-demo.txt", &differ.out);
    for after in ["1.yaml", "same.yaml"] {
        let same = call("1.yaml", after);
        assert!(same.status == 0 && same.out.contains("same"), "{same:#?}");
    }
    let bad = call("1.yaml", "bad.yaml");
    assert!(bad.status == 2 && bad.out.contains("error[RLV-2") && bad.out.contains("bad.yaml does not load"), "{bad:#?}");
    call("1.yaml", "absent.yaml").assert(2, &["absent.yaml", "what to do:"]);
    assert_eq!(place.call(&["rules", "show", "bad.yaml"], &[]).status, 1);
    relevo(&["rules", "show", "absent.yaml"]).assert(2, &["absent.yaml", "what to do:"]);
}

#[test]
fn what_can_never_be_is_a_warning_and_with_strict_a_no() {
    let never = SAMPLE.replacen("company.employees < 5000", "company.employees < 5", 1);
    let place = Place::new().with("0001.yaml", &never);
    check(&place, "0001.yaml", 1, &["RLV-2031"]);
    // Without examples, which would fail, it loads.
    let until = never.find("\nexamples:").expect("the sample has examples");
    let place = Place::new().with("0001.yaml", &never[..until]);
    check(
        &place,
        "0001.yaml",
        0,
        &["warning[RLV-2043]", "nothing that `company.employees` can be fits", "warning[RLV-2046]", "at most 55 points", "2 warnings"],
    );
    assert_eq!(place.call(&["rules", "check", "--strict", "0001.yaml"], &[]).status, 1);
}

/// Begins an agreement in `agreement`, with these arguments changed.
fn begin(place: &Place, company: &str, marketing: &str, sales: &str, zone: &str) -> crate::program::Ended {
    let arguments = ["--company", company, "--marketing", marketing, "--sales", sales, "--time-zone", zone];
    place.call(&[&["rules", "new", "agreement"], &arguments[..]].concat(), &[])
}

#[test]
fn a_new_agreement_is_ready_to_edit_check_and_sign() {
    let place = Place::new();
    let made = begin(&place, "Cumbre \"Software\" & 'Söhne' #1", "ana@example.com", "eva@example.com", "America/Mexico_City");
    assert_eq!((made.status, made.err.as_str()), (0, ""), "{made:#?}");
    crate::golden::golden("rules-new.txt", &made.out);
    let read = |name: &str| std::fs::read_to_string(place.folder.path().join("agreement").join(name)).expect(name);
    let (charter, signers, rulebook) = (read("charter.yaml"), read("allowed_signers"), read("rulebooks/0001.yaml"));
    assert!(charter.contains("signers: [ana@example.com]") && charter.contains("signers: [eva@example.com]"), "{charter}");
    assert!(signers.contains("#ana@example.com namespaces=\"relevo-rulebook\" KEY"), "{signers}");
    for text in [&charter, &signers, &rulebook] {
        for word in ["COMPANY", "MARKETING", "SALES", "TIME_ZONE", "EFFECTIVE_FROM"] {
            assert!(!text.contains(word), "{word} is left in\n{text}");
        }
        assert!(text.contains("Cumbre \"Software\" & 'Söhne' #1"));
    }
    let checked = place.call(&["rules", "check", "--strict", "agreement/rulebooks"], &[]);
    assert!(checked.status == 0 && checked.out.contains("All is well.") && !checked.out.contains("warning"), "{checked:#?}");
    let tested = place.call(&["rules", "test", "agreement/rulebooks/0001.yaml"], &[]);
    assert!(tested.status == 0 && tested.out.contains("All 5 examples hold."), "{tested:#?}");
}

/// Somebody who tries Relevo does not wait until tomorrow; two departments that sign have until then.
#[test]
fn a_new_agreement_takes_force_tomorrow_or_at_once() {
    let arguments = ["rules", "new", "agreement", "--company", "Cumbre", "--marketing", "ana@example.com", "--sales", "eva@example.com"];
    for (more, words, at_once) in [(&["--at-once"][..], "set to these files\n", true), (&[][..], "it takes force tomorrow", false)] {
        let place = Place::new();
        let made = place.call(&[&arguments[..], more].concat(), &[]);
        assert!(made.status == 0 && made.out.contains(words), "{made:#?}");
        let rulebook = std::fs::read_to_string(place.folder.path().join("agreement/rulebooks/0001.yaml")).expect("a rulebook");
        let from = rulebook.lines().find_map(|line| line.strip_prefix("effective_from:")).expect("a time");
        let from: jiff::Timestamp = from.split('#').next().unwrap_or_default().trim().parse().expect("a time");
        let ahead_seconds = from.as_second() - jiff::Timestamp::now().as_second();
        let expected = if at_once { -180..=0 } else { 0..=25 * 3_600 };
        assert!(expected.contains(&ahead_seconds), "{more:?}: {ahead_seconds} s ahead");
        let checked = place.call(&["rules", "check", "--strict", "agreement/rulebooks"], &[]);
        assert!(checked.status == 0, "{checked:#?}");
    }
}

#[test]
fn a_new_agreement_overwrites_nothing() {
    for there in ["agreement/charter.yaml", "agreement/allowed_signers", "agreement/rulebooks/0001.yaml"] {
        let place = Place::new().with(there, "mine");
        begin(&place, "Cumbre", "ana@example.com", "eva@example.com", "UTC").assert(2, &[there, "nothing is overwritten"]);
        let files = |folder: &str| std::fs::read_dir(place.folder.path().join(folder)).map_or(0, Iterator::count);
        assert_eq!(std::fs::read_to_string(place.folder.path().join(there)).expect("still there"), "mine");
        assert_eq!((files("agreement"), files("agreement/rulebooks")), (1, usize::from(there.contains("0001"))), "{there}");
    }
}

#[test]
fn names_that_files_or_shells_would_misread_are_refused() {
    let place = Place::new();
    let (ana, eva) = ("ana@example.com", "eva@example.com");
    let longest = "x".repeat(101);
    for company in ["", "  ", "two\nlines", "a\u{2028}b", "a\u{202e}b", longest.as_str()] {
        begin(&place, company, ana, eva, "UTC").assert(2, &["--company", "what to do:"]);
    }
    for address in [
        "ana",
        "ana@",
        "@example.com",
        "a b@example.com",
        "a\nb@example.com",
        "*@example.com",
        "a,b@example.com",
        "\"a\"@example.com",
        "ana@exa'mple",
        "ána@example.com",
    ] {
        begin(&place, "Cumbre", address, eva, "UTC").assert(2, &["--marketing", "what to do:"]);
        begin(&place, "Cumbre", ana, address, "UTC").assert(2, &["--sales", "what to do:"]);
    }
    begin(&place, "Cumbre", ana, "ANA@example.com", "UTC").assert(2, &["nobody signs for two parties"]);
    begin(&place, "Cumbre", ana, eva, "America/Nowhere").assert(2, &["no such time zone"]);
    assert!(!place.folder.path().join("agreement").exists(), "nothing was made");
}
