//! Inputs: Rust's parsers and the schemas must accept the same events, know the same fields and demand the same.
//!
//! The probes go by what the parsers do, not by what their source says: a field that is changed to nonsense must be noticed by both,
//! a field that is taken away must be missed by both.

use std::collections::BTreeSet;

use relevo::contract::Interaction;
use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::activity::{Activity, KINDS};
use relevo::contract::code::{FIELD_NAMES, Refusal};
use relevo::contract::heartbeat::Heartbeat;
use serde_json::{Value, json};

use crate::schemas::{Schema, examples, json, stem};

const INTERACTION: &str = "relevo.interaction.recorded.v1";
const ACCOUNT: &str = "relevo.account.updated.v1";
const ACTIVITY: &str = "relevo.activity.recorded.v1";
const HEARTBEAT: &str = "relevo.feed.heartbeat.v1";
const EVENTS: [&str; 4] = [INTERACTION, ACCOUNT, ACTIVITY, HEARTBEAT];

fn parse(event: &str, data: &[u8]) -> Result<(), Refusal> {
    match event {
        INTERACTION => Interaction::parse(data).map(|_| ()),
        ACTIVITY => Activity::parse(data).map(|_| ()),
        HEARTBEAT => Heartbeat::parse(data).map(|_| ()),
        _ => AccountUpdated::parse(data, &FreeMail::default()).map(|_| ()),
    }
}

fn parse_value(event: &str, value: &Value) -> Result<(), Refusal> {
    parse(event, value.to_string().as_bytes())
}

fn full(event: &str) -> Value {
    json(&examples(event, "good").into_iter().find(|path| stem(path) == "full").expect("a full example"))
}

#[test]
fn good_examples_are_accepted_by_the_schema_and_by_rust() {
    for event in EVENTS {
        let schema = Schema::load(event);
        for path in examples(event, "good") {
            schema.must_accept(&json(&path), &stem(&path));
            let data = std::fs::read(&path).expect("an example");
            assert_eq!(parse(event, &data), Ok(()), "{}", path.display());
        }
    }
}

/// The first part of a bad example's name is the code that it must be refused with.
#[test]
fn bad_examples_are_refused_by_the_schema_and_by_rust_with_the_code_of_their_name() {
    for event in EVENTS {
        let schema = Schema::load(event);
        for path in examples(event, "bad") {
            let data = std::fs::read(&path).expect("an example");
            let refusal = parse(event, &data).expect_err(&stem(&path));
            let name = stem(&path);
            assert_eq!(Some(refusal.code.name), name.split('.').next(), "{name}: {refusal}");
            assert!(refusal.message.contains("(line "), "{name}: no place in {refusal}");
            if let Ok(value) = serde_json::from_slice::<Value>(&data) {
                assert!(!schema.accepts(&value), "{name}: the schema accepts it");
            }
        }
    }
}

/// A value of each JSON type, some of them twice.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(7),
        json!(-1),
        json!(2.5),
        json!(1e300),
        json!(""),
        json!(" x"),
        json!("a@b.example"),
        json!("x"),
        json!("7"),
        json!(" 7.0 "),
        json!("2.5"),
        json!("007"),
        json!("1,000"),
        json!("1.000"),
        json!("10000000001"),
        json!("3661"),
        json!("2027-01-15"),
        json!("2027-01-15T00:00:00Z"),
        json!([]),
        json!(["x"]),
        json!([{}]),
        json!({}),
        json!({"id": "x"}),
        json!({"contact": true}),
    ]
}

/// The value at a path like `person.consent.at` or `domains[]`, made where it is missing.
fn at<'v>(value: &'v mut Value, path: &str) -> &'v mut Value {
    path.split('.').fold(value, |value, name| match name.strip_suffix("[]") {
        Some(list) => &mut value[list][0],
        None => &mut value[name],
    })
}

#[test]
fn whatever_stands_in_a_field_the_schema_and_rust_agree() {
    for event in EVENTS {
        let schema = Schema::load(event);
        let (mut accepted, mut refused) = (0, 0);
        for path in schema.paths() {
            for value in values() {
                let mut changed = full(event);
                if path.starts_with("open_opportunity[]") {
                    changed["open_opportunity"] = json!([{}]);
                }
                *at(&mut changed, &path) = value.clone();
                let rust = parse_value(event, &changed);
                assert_eq!(schema.accepts(&changed), rust.is_ok(), "{event}: {path} = {value}: Rust says {rust:?}");
                *(if rust.is_ok() { &mut accepted } else { &mut refused }) += 1;
            }
        }
        // A heartbeat has one field, and most values are no time.
        let enough = if event == HEARTBEAT { accepted > 0 && refused > 10 } else { accepted > 40 && refused > 40 };
        assert!(enough, "{event}: {accepted} accepted, {refused} refused: the probe is broken");
    }
}

#[test]
fn the_schema_requires_what_rust_misses() {
    for event in EVENTS {
        let schema = Schema::load(event);
        let required = schema.required();
        for path in schema.paths().iter().filter(|path| !path.contains("[]")) {
            let mut changed = full(event);
            let (parent, name) = path.rsplit_once('.').map_or(("", path.as_str()), |(parent, name)| (parent, name));
            let parent = if parent.is_empty() { &mut changed } else { at(&mut changed, parent) };
            parent.as_object_mut().expect("an object").remove(name).expect("the full example has every field");
            let missed = match parse_value(event, &changed) {
                Ok(()) => false,
                Err(refusal) => {
                    assert!(refusal.code.name == "field_missing" && refusal.message.contains(&format!("`{path}`")), "{refusal}");
                    true
                }
            };
            assert_eq!(missed, required.contains(path), "{event}: {path}");
        }
    }
}

/// Whether nonsense is noticed: the event is refused, or its consent is said to be unclear, for which none is refused.
fn is_noticed(event: &str, value: &Value) -> bool {
    let data = value.to_string();
    let unclear = || {
        let read = Interaction::parse(data.as_bytes()).ok().and_then(|interaction| interaction.person.consent);
        read.is_some_and(|consent| !consent.is_clear)
    };
    parse(event, data.as_bytes()).is_err() || (event == INTERACTION && unclear())
}

/// A field that Rust reads is noticed when it is nonsense, wherever it stands; the schema must list just those.
#[test]
fn rust_reads_just_the_fields_that_the_schema_lists() {
    for event in EVENTS {
        let schema = Schema::load(event);
        let listed = schema.paths();
        let mut objects: BTreeSet<String> =
            listed.iter().filter_map(|path| path.rsplit_once('.').map(|(parent, _)| parent.to_owned())).collect();
        objects.retain(|path| !path.contains("[]"));
        objects.insert(String::new());
        let mut read = BTreeSet::new();
        for object in &objects {
            for name in FIELD_NAMES {
                let path = if object.is_empty() { (*name).to_owned() } else { format!("{object}.{name}") };
                let mut changed = full(event);
                *at(&mut changed, &path) = json!([[7]]);
                if is_noticed(event, &changed) {
                    read.insert(path);
                }
            }
        }
        let expected: BTreeSet<String> = listed.into_iter().filter(|path| !path.contains("[]")).collect();
        assert_eq!(read, expected, "{event}: fields that Rust reads, and fields that the schema lists");
    }
}

#[test]
fn the_full_example_has_every_field_of_its_schema() {
    for event in EVENTS {
        let example = full(event);
        for path in Schema::load(event).paths().iter().filter(|path| !path.contains("[]")) {
            let found = path.split('.').try_fold(&example, |value, name| value.get(name));
            assert!(found.is_some(), "{event}: {path}");
        }
    }
}

#[test]
fn the_schema_names_every_kind_that_has_a_class_of_its_own() {
    let schema = Schema::load(INTERACTION);
    let named: Vec<&str> =
        schema.document["properties"]["kind"]["examples"].as_array().expect("examples").iter().filter_map(Value::as_str).collect();
    let known: Vec<&str> = relevo::contract::Kind::KNOWN.iter().map(relevo::contract::Kind::as_str).collect();
    assert_eq!(named, known);
}

#[test]
fn the_schema_of_activities_names_every_kind_and_rust_knows_each() {
    let schema = Schema::load(ACTIVITY);
    let named: Vec<&str> =
        schema.document["properties"]["kind"]["enum"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(named, KINDS);
    for kind in KINDS {
        let mut activity = full(ACTIVITY);
        activity["kind"] = json!(kind);
        let data = activity.to_string();
        assert_eq!(Activity::parse(data.as_bytes()).map(|activity| activity.kind()), Ok(kind));
    }
}
