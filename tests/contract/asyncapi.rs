//! The AsyncAPI document: what it refers to exists, it has every schema, and AsyncAPI's own parser accepts it.
//!
//! The parser is a package for Node.js. Where node and npm are there it is installed beside the build's files and run; where they
//! are not, the test says so and the structure is checked all the same.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use relevo::config::settings::Topics;
use serde_json::Value;

use crate::schemas::{Schema, folder};

fn document() -> Value {
    let text = std::fs::read_to_string(folder().join("asyncapi.yaml")).expect("schemas/asyncapi.yaml");
    serde_saphyr::from_str(&text).expect("schemas/asyncapi.yaml is YAML")
}

fn entries<'v>(document: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    document.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer} is missing")).iter()
}

fn references(node: &Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        found.insert(reference.to_owned());
    }
    match node {
        Value::Object(fields) => fields.values().for_each(|inner| references(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

#[test]
fn what_the_document_refers_to_exists_and_every_schema_is_in_it() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        match reference.strip_prefix('#') {
            Some(pointer) => assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere"),
            None => assert!(folder().join(reference).is_file(), "{reference} is no file"),
        }
    }
    for schema in Schema::all() {
        assert!(found.contains(&format!("./{}.json", schema.name)), "{} is not in the document", schema.name);
    }
    for (name, message) in entries(&document, "/components/messages") {
        if let Some(payload) = message.pointer("/payload/$ref").and_then(Value::as_str) {
            let event = message["name"].as_str().unwrap_or_default();
            assert_eq!(payload, format!("./{event}.json"), "{name}: the payload is not the schema of its event");
        }
    }
}

#[test]
fn channels_are_the_topics_of_the_configuration() {
    let document = document();
    let topics = Topics::default();
    let outputs = [&topics.decisions, &topics.leads, &topics.follow_up, &topics.dead_letters];
    let inputs = [&topics.interactions, &topics.accounts, &topics.activities];
    let (mut of_outputs, mut of_inputs) = (BTreeSet::new(), BTreeSet::new());
    for (name, operation) in entries(&document, "/operations") {
        let pointer = operation.pointer("/channel/$ref").and_then(Value::as_str).expect("a channel").trim_start_matches('#').to_owned();
        let channel = document.pointer(&pointer).expect("a channel");
        let (action, address) = (operation["action"].as_str(), channel["address"].as_str().expect("an address"));
        if action == Some("send") {
            let said = channel["description"].as_str().is_some_and(|text| text.contains("read_committed"));
            assert!(said, "{name}: readers are not told to be read_committed");
            of_outputs.insert(address.to_owned());
        } else {
            assert_eq!(action, Some("receive"), "{name}");
            of_inputs.insert(address.to_owned());
        }
    }
    assert_eq!(of_outputs, outputs.into_iter().cloned().collect(), "outputs of the document and of the configuration");
    assert_eq!(of_inputs, inputs.into_iter().cloned().collect(), "inputs of the document and of the configuration");
    assert!(document["info"]["description"].as_str().is_some_and(|text| text.contains("read_committed")));
}

/// Where the parser is, installed if need be; `Err` says why it can't be run.
fn parser() -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asyncapi");
    std::fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    for file in ["check.mjs", "package.json"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/asyncapi").join(file);
        std::fs::copy(from, place.join(file)).map_err(|error| error.to_string())?;
    }
    Command::new("node").arg("--version").output().map_err(|_| "node is not installed".to_owned())?;
    if !place.join("node_modules/@asyncapi/parser/package.json").is_file() {
        let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"];
        let installed = Command::new("npm").args(options).current_dir(&place).output();
        let installed = installed.map_err(|_| "npm is not installed".to_owned())?;
        if !installed.status.success() {
            return Err("npm could not install @asyncapi/parser".into());
        }
    }
    Ok(place)
}

/// Runs the parser on a document: whether it accepts it, and what it said.
fn judged(place: &Path, document: &Path) -> (bool, String) {
    let output = Command::new("node").arg("check.mjs").arg(document).current_dir(place).output().expect("node runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn asyncapis_own_parser_accepts_the_document() {
    let place = match parser() {
        Ok(place) => place,
        Err(why) => {
            // Past the test's capture: that a check did not run must be seen.
            let _ = writeln!(std::io::stderr(), "note: schemas/asyncapi.yaml was not shown to AsyncAPI's own parser: {why}");
            return;
        }
    };
    let (accepted, said) = judged(&place, &folder().join("asyncapi.yaml"));
    assert!(accepted, "{said}");
    let messages = document()["components"]["messages"].as_object().map_or(0, serde_json::Map::len);
    assert!(said.contains(&format!("{messages} messages")), "{said}");

    // The check itself must be able to fail.
    let broken = place.join("broken.yaml");
    let text = std::fs::read_to_string(folder().join("asyncapi.yaml")).expect("the document");
    let text = text.replace("action: receive", "action: listen").replace("$ref: ./", &format!("$ref: {}/", folder().display()));
    std::fs::write(&broken, text).expect("a copy");
    let (accepted, said) = judged(&place, &broken);
    assert!(!accepted && said.contains("/operations/readInteractions/action"), "a broken document is accepted: {said}");
}
