//! Holds the tree to its layout: imports point only down, the pure rooms stay pure, files stay small and finished.
//!
//! It reads sources as text (comments and strings taken out, paths put together) and knows nothing of what they do.
//! The checkers are themselves checked on small bad samples, so that a checker that finds nothing is noticed.

mod rules;
mod source;
mod tree;

use rules::{Finding, check_rust, check_text};

/// The findings of a sample as `rule` names, in order.
fn rules_of(path: &str, text: &str) -> Vec<&'static str> {
    let mut findings = check_text(path, text);
    if path.ends_with(".rs") {
        findings.extend(check_rust(path, text));
    }
    findings.into_iter().map(|finding| finding.rule).collect()
}

fn report(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n  {}:{}: {}: {}", finding.path, finding.line, finding.rule, finding.what)).collect()
}

#[test]
fn the_tree_keeps_to_its_layout() {
    let mut findings = Vec::new();
    let mut rust_files = 0;
    for file in tree::tracked_files() {
        let Ok(text) = std::fs::read_to_string(tree::root().join(&file)) else {
            continue; // not text, or removed and not yet committed
        };
        if file.ends_with(".rs") {
            rust_files += 1;
            findings.extend(check_rust(&file, &text));
        }
        findings.extend(check_text(&file, &text));
    }
    assert!(rust_files >= 5, "only {rust_files} Rust files found: the walk is broken");
    assert!(findings.is_empty(), "{} breaches of the layout:{}", findings.len(), report(&findings));
}

#[test]
fn every_room_of_src_is_known() {
    let unknown: Vec<String> = tree::tracked_files()
        .into_iter()
        .filter(|file| file.starts_with("src/") && file.ends_with(".rs") && rules::room(file).is_none())
        .collect();
    assert!(unknown.is_empty(), "files in no room of the layout: {unknown:?}; add the room to `rules::ROOMS`");
}

/// Checks one sample: the rules that it breaks must be exactly `expected`.
fn check(path: &str, text: &str, expected: &[&str]) {
    let with_opening = format!("//! Sample.\n{text}");
    assert_eq!(rules_of(path, &with_opening), expected, "{path}:\n{text}");
}

#[test]
fn imports_that_point_up_are_found() {
    check("src/contract/key.rs", "use crate::engine::Step;", &["imports-down"]);
    check("src/rulebook/mod.rs", "use crate::{contract::Key, state};", &["imports-down"]);
    check("src/engine/mod.rs", "use crate::{\n  contract::{Key, Kind},\n  kafka::{self, Topic},\n};", &["imports-down", "imports-down"]);
    check("src/engine/step.rs", "fn f() { crate::pipeline::start(); }", &["imports-down"]);
    check("src/config.rs", "use super::metrics::Catalogue;", &["imports-down"]);
    check("src/state/codec.rs", "use super::super::config::Config;", &["imports-down"]);
    check("src/state/codec.rs", "mod inner { use super::super::super::http; }", &["imports-down"]);
    check("src/kafka/mod.rs", "fn f() -> crate::http::Probe { todo() }", &["imports-down"]);
    check("src/pipeline/mod.rs", "use crate::command::run;", &["imports-down"]);
}

#[test]
fn imports_that_point_down_or_stay_at_home_pass() {
    check("src/engine/step.rs", "use crate::{contract::Key, rulebook::Rules};\nuse super::View;", &[]);
    check("src/contract/code/mod.rs", "use super::super::Key; use crate::contract::Kind;", &[]);
    check("src/contract/key.rs", "// use crate::engine::Step;\nconst S: &str = \"crate::engine\";", &[]);
    check("src/contract/key.rs", "const S: &str = r#\"crate::engine \" \"#; /* crate::http /* nested */ crate::kafka */", &[]);
    check("src/command/run.rs", "use crate::cli::RunArguments; use crate::pipeline; use anyhow::Result;", &[]);
    check("src/main.rs", "use relevo::command; fn f<'a>(c: char) -> bool { c == '\"' } // crate::x", &[]);
    check("src/contract/key.rs", "mod tests { use super::*; }\npub(crate) fn f() {}", &[]);
}

#[test]
fn only_the_kafka_room_names_its_client() {
    check("src/pipeline/intake.rs", "use rdkafka::message::Message;", &["rdkafka-only-in-kafka"]);
    check("src/command/topics.rs", "fn f() { rdkafka_sys::rd_kafka_version(); }", &["rdkafka-only-in-kafka"]);
    check("src/kafka/transaction.rs", "use rdkafka::producer::BaseProducer;", &[]);
    check("tests/kafka/records.rs", "use rdkafka::producer::BaseProducer;", &[]);
}

#[test]
fn pure_1_what_reads_the_world_is_found() {
    check("src/engine/step.rs", "use std::fs;", &["pure-1"]);
    check("src/engine/step.rs", "use std::{collections::BTreeMap, time::{Duration, Instant}};", &["pure-1"]);
    check("src/contract/time.rs", "fn f() { let _ = std::time::SystemTime::now(); }", &["pure-1"]);
    check("src/contract/time.rs", "fn f() { let _ = jiff::Timestamp::now(); }", &["pure-1"]);
    check("src/rulebook/load.rs", "fn f() { std::env::var(\"X\").ok(); }", &["pure-1"]);
    check("src/rulebook/load.rs", "use std::{thread, net::TcpStream};", &["pure-1", "pure-1"]);
    check("src/engine/pick.rs", "use rand::Rng;", &["pure-1"]);
    check("src/engine/pick.rs", "fn f() { println!(\"x\"); eprint!(\"y\"); }", &["pure-1", "pure-1"]);
    check("src/engine/view.rs", "use std::collections::HashMap;", &["pure-1"]);
    check("src/engine/view.rs", "use rustc_hash::FxHashSet;", &["pure-1"]);
}

#[test]
fn pure_1_time_as_a_value_and_explained_hash_maps_pass() {
    check("src/engine/step.rs", "use std::time::Duration; use jiff::Timestamp;", &[]);
    check(
        "src/engine/view.rs",
        "// hash-order: looked up by key only, never walked\nuse rustc_hash::FxHashMap;\nfn f() { FxHashMap::<u8, u8>::default(); }",
        &[],
    );
    check("src/engine/step.rs", "#[cfg(test)]\nmod tests { use std::fs; use std::collections::HashMap; fn f() { println!(); } }", &[]);
    check("src/pipeline/clock.rs", "fn f() { let _ = std::time::SystemTime::now(); }", &[]);
}

#[test]
fn what_is_unfinished_oversized_or_unexplained_is_found() {
    check("src/state/mod.rs", "fn f() { todo!() }", &["finished"]);
    check("src/state/mod.rs", "fn f() { unimplemented!(\"later\") }", &["finished"]);
    check("tests/engine/fold.rs", "#[test]\n#[ignore]\nfn f() {}", &["finished"]);
    check("tests/engine/fold.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", &["finished"]);
    check("src/state/mod.rs", &"\n".repeat(600), &["file-length"]);
    check("src/state/mod.rs", "use anyhow::Result;", &["anyhow-only-in-command"]);
    assert_eq!(rules_of("src/state/mod.rs", "use std::fs;\n"), ["opening"]);
    assert_eq!(rules_of("tests/engine/main.rs", "// A comment.\n"), ["opening"]);
}

#[test]
fn places_of_one_machine_are_found_in_any_file() {
    let home = ["/ho", "me/ana/relevo"].concat();
    let registry = ["https://repo1.", "maven.org/maven2"].concat();
    assert_eq!(rules_of("Makefile", &format!("cd {home}")), ["no-absolute-path"]);
    assert_eq!(rules_of("README.md", &format!("Copy it to `{home}`.")), ["no-absolute-path"]);
    assert_eq!(rules_of("tests/pom.xml", &registry), ["no-registry-host"]);
    assert_eq!(rules_of("README.md", "GET /homes/1, src/work/x, and mnt/home/y"), Vec::<&str>::new());
    assert_eq!(rules_of("tests/pom.xml", "xmlns=\"http://maven.apache.org/POM/4.0.0\""), Vec::<&str>::new());
}
