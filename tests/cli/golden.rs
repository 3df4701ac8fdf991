//! What commands print, word for word: so that a change of words is seen, read and meant.
//!
//! RELEVO_UPDATE_GOLDEN=1 writes the files anew.

use std::path::PathBuf;

use crate::program::{Place, relevo};

/// Compares with the golden file of this name, or writes it when told to.
pub fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden").join(name);
    if std::env::var_os("RELEVO_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("the golden file is written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{name} has changed. Read it as somebody who sees it first; if it is better, RELEVO_UPDATE_GOLDEN=1 writes it.\n{text}"
    );
}

#[test]
fn help_and_explanations_are_as_they_were_agreed() {
    let check = |name: &str, arguments: &[&str]| {
        let ended = relevo(arguments);
        assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{name}");
        golden(name, &ended.out);
    };
    check("help.txt", &["--help"]);
    check("topics-help.txt", &["topics", "--help"]);
    check("check-help.txt", &["check", "--help"]);
    check("dead-letters-list-help.txt", &["dead-letters", "list", "--help"]);
    check("rules-help.txt", &["rules", "--help"]);
    check("import-csv-help.txt", &["import", "csv", "--help"]);
    check("backtest-help.txt", &["backtest", "--help"]);
    check("explain-help.txt", &["explain", "--help"]);
    check("explain-code-1003.txt", &["explain-code", "RLV-1003"]);
    check("explain-code-3012.txt", &["explain-code", "partitions_differ"]);
}

#[test]
fn arguments_are_bounded_and_the_nearest_code_is_offered() {
    let check = |arguments: &[&str], said: &[&str]| {
        relevo(arguments).assert(2, said);
    };
    check(&["topics", "--replication", "0"], &["--replication"]);
    check(&["topics", "--create", "--format", "strimzi"], &["--format"]);
    check(&["dead-letters", "list", "--since", "yesterday"], &["`90m`"]);
    check(&["dead-letters", "list", "--limit", "0"], &["--limit"]);
    check(&["dead-letters", "list", "--code", "RLV-1011"], &["did you mean RLV-1010"]);
    check(&["explain-code", "RLV-1011"], &["there is no code", "did you mean RLV-1010"]);
    check(&["explain-code", "partition_differ"], &["did you mean RLV-3012"]);
    check(&["explain-code", "????"], &["`relevo explain-code` lists all"]);
}

#[test]
fn whoever_reads_no_further_breaks_nothing() {
    let place = Place::new();
    let mut command = place.command(&["explain-code"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("the binary starts");
    drop(child.stdout.take());
    let err = std::io::read_to_string(child.stderr.take().expect("piped")).expect("text in UTF-8");
    assert_eq!((child.wait().expect("ours").code(), err.as_str()), (Some(0), ""));
}
