//! How diagnostics look to a person: golden files, written anew with `RELEVO_BLESS=1`.

use std::fs;
use std::path::Path;

use relevo::rulebook::{compile, render};

use crate::refused::BASE;

fn check(name: &str, changes: &[(&str, &str)]) {
    let text = changes.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let found = compile(text.as_bytes(), "rulebooks/0007.yaml").map_or_else(|found| found, |rulebook| rulebook.warnings);
    let drawn = render(&found, &text) + "\n";
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rulebook/drawn").join(format!("{name}.txt"));
    if std::env::var_os("RELEVO_BLESS").is_some() {
        fs::write(&golden, &drawn).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(drawn == expected, "{name} is drawn otherwise than {}:\n{drawn}", golden.display());
}

#[test]
fn diagnostics_are_drawn_into_the_source() {
    check("unknown-field", &[("has(company.domain)", "has(company.domian)")]);
    check(
        "many",
        &[
            ("revision: 1", "revision: none"),
            ("when: mid_market", "when: mid_markt || company.employees < 0"),
            ("declared.buy_by >= today", "declared.buy_by >= \"2027-01-01\""),
            ("    team: mid", "    team: med"),
        ],
    );
    check("brackets-in-braces", &[("like: mid, respond_within: 5m", "like: mid, respond_within: x in [1]")]);
    check("warning", &[("== \"demo_requested\"", "== \"demo_request\"")]);
    check("folded", &[("when: mid_market", "when: >-\n        company.employees > 5 &&\n        person.rol == \"cfo\" && mid_market")]);
}
