//! Help, versions and explanations: what somebody reads who knows nothing yet.

use relevo::contract::Code;

use crate::program::{Place, relevo};

/// The widest line that help prints, in characters.
const MAX_WIDTH: usize = 110;

/// Every command, with its subcommands, as they are written.
fn every_command() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting = vec![(Vec::new(), relevo::cli::command())];
    while let Some((path, command)) = waiting.pop() {
        for sub in command.get_subcommands() {
            let mut deeper = path.clone();
            deeper.push(sub.get_name().to_owned());
            waiting.push((deeper, sub.clone()));
        }
        found.push(path);
    }
    found
}

#[test]
fn every_command_has_help_that_is_worth_reading() {
    let commands = every_command();
    assert!(commands.len() > 5, "{commands:?}");
    for path in commands {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = relevo(&arguments);
        assert_eq!((help.status, help.err.as_str()), (0, ""), "{path:?}");
        assert!(help.out.contains("Usage:") && help.out.lines().next().is_some_and(|line| line.len() > 15), "{path:?}\n{}", help.out);
        assert!(!help.out.contains('\u{1b}'), "colour where no terminal is: {path:?}");
        for line in help.out.lines() {
            assert!(line.chars().count() <= MAX_WIDTH, "{path:?}: {line}");
        }
    }
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_was_meant() {
    relevo(&["chekc"]).assert(2, &["chekc", "check"]);
    relevo(&["run", "--stage", "both"]).assert(2, &["intake", "decide"]);
    relevo(&["run", "--alow-unsigned"]).assert(2, &["--allow-unsigned"]);
    relevo(&[]).assert(2, &["Usage:"]);
    relevo(&["explain-code", "RLV-9999"]).assert(2, &["RLV-9999", "what to do"]);
}

#[test]
fn every_code_is_listed_and_explained() {
    let list = relevo(&["explain-code"]);
    assert_eq!(list.status, 0, "{list:?}");
    for code in Code::all() {
        assert!(list.out.contains(&code.to_string()), "{code} is not listed");
    }
    for asked in ["RLV-3012", "rlv-3012", "3012", "partitions_differ"] {
        let explained = relevo(&["explain-code", asked]);
        assert!(explained.status == 0 && explained.out.contains("RLV-3012"), "{asked}: {explained:?}");
    }
}

#[test]
fn the_version_is_the_crates() {
    for arguments in [["version"], ["--version"]] {
        let version = relevo(&arguments);
        assert!(version.status == 0 && version.out.contains(env!("CARGO_PKG_VERSION")), "{version:?}");
    }
}

#[test]
fn the_catalogue_of_metrics_is_a_table_of_markdown() {
    let metrics = relevo(&["metrics"]);
    assert_eq!(metrics.status, 0, "{metrics:?}");
    let rows = metrics.out.lines().filter(|line| line.starts_with("| `relevo_")).count();
    assert_eq!(rows, relevo::metrics::catalogue::CATALOGUE.len());
}

#[test]
fn whoever_has_read_enough_hears_no_complaint() {
    const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");
    let event = r#"{"interaction_id":"i-1","occurred_at":"2026-11-01T00:00:00Z","kind":"demo_requested","campaign":{"id":"c-1"},"person":{"id":"p-1"}}"#;
    let place = Place::new().with("0001.yaml", RULEBOOK).with("e.ndjson", event);
    let check = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader); // as `head` does
        let output = place.command(arguments).stdout(writer).output().expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{arguments:?}");
    };
    check(&["explain-code"]);
    check(&["metrics"]);
    check(&["topics", "--format", "kafka-topics"]);
    check(&["import", "csv", "--list-maps"]);
    check(&["rules", "check", "0001.yaml"]);
    check(&["rules", "test", "0001.yaml"]);
    check(&["rules", "show", "0001.yaml"]);
    check(&["rules", "diff", "0001.yaml", "0001.yaml"]);
    for format in ["table", "markdown", "json"] {
        check(&["backtest", "0001.yaml", "--events", "e.ndjson", "--format", format]);
    }
}
