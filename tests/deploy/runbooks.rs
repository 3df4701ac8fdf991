//! The runbooks: one for each alert and no other, each with its four parts, and with no command, code or page that there is not.

use std::collections::BTreeSet;
use std::process::Command;

use relevo::contract::Code;

use crate::queries::{read, rules};
use crate::root;

const PARTS: [&str; 4] = ["## What it means", "## What the business notices", "## How to look", "## What to do"];

/// Every page, as its name and its text.
fn pages() -> Vec<(String, String)> {
    let folder = std::fs::read_dir(root().join("docs/runbooks")).expect("docs/runbooks").flatten();
    let names = folder.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.map(|name| (name.trim_end_matches(".md").to_owned(), read(&format!("docs/runbooks/{name}")))).collect()
}

#[test]
fn every_alert_has_its_page_with_its_four_parts() {
    let alerts: BTreeSet<String> = rules().into_iter().filter(|rule| rule.is_alert).map(|rule| rule.name).collect();
    assert_eq!(pages().into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), alerts);
    for (name, page) in pages() {
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#') && !line.starts_with("# R")).collect();
        assert!(page.starts_with(&format!("# {name}\n")) && headings == PARTS, "{name}: {headings:?}");
        let length = page.lines().count();
        assert!(length < 60, "{name} has {length} lines: somebody reads it at night");
    }
}

#[test]
fn commands_codes_and_pages_that_are_named_exist() {
    let mut commands = BTreeSet::new();
    for (name, page) in pages() {
        for word in page.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|word| word.starts_with("RLV-")) {
            let known = word == "RLV-" || Code::all().any(|code| code.to_string() == word);
            assert!(known, "{name}: {word} is no code");
        }
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(root().join("docs/runbooks").join(link).is_file(), "{name}: {link} leads nowhere");
        }
        let lines = page.lines().map(str::trim_start).filter(|line| line.starts_with("relevo "));
        commands.extend(lines.map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()));
    }
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        // Asked for its help, a command says whether it knows its words and flags, and does nothing.
        let output = Command::new(env!("CARGO_BIN_EXE_relevo")).args(command.split_whitespace().skip(1)).arg("--help").output();
        let output = output.expect("it starts");
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "`{command}`: {}", String::from_utf8_lossy(&output.stderr));
        for flag in command.split_whitespace().filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "`{command}` has no {flag}");
        }
    }
}
