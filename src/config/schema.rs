//! Holds what was configured against what can be configured: unknown keys and wrong types, all at once.
//!
//! The schema is [`Settings::default`] itself, written out as a tree, so no list of keys can fall behind the structs.
//! Texts from the environment become numbers, booleans and lists here, where the key says that they are one.

use config::{Value, ValueKind};
use serde_json::{Map, Value as Json};

use super::problem::Problem;
use super::settings::Settings;
use crate::contract::code;

/// Sections whose keys are librdkafka's own.
const FREE_SECTIONS: &[&str] = &["kafka.extra", "kafka.extra_files"];

/// What was found in one pass over the tree.
pub struct Checked {
    /// The configured values over the defaults, in the shape of [`Settings`].
    pub tree: Json,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Names the place of a value: path and origin → words.
pub type Place<'a> = &'a dyn Fn(&[String], Option<&str>) -> String;

/// Checks the merged tree.
pub fn check(root: &Value, place: Place<'_>) -> Checked {
    let schema = serde_json::to_value(Settings::default()).expect("settings are plain data");
    let mut walk = Walk { place, path: Vec::new(), problems: Vec::new() };
    let tree = walk.section(root, schema.as_object().expect("settings are a struct"));
    Checked { tree: tree.unwrap_or(schema), problems: walk.problems }
}

struct Walk<'a> {
    place: Place<'a>,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn section(&mut self, value: &Value, schema: &Map<String, Json>) -> Option<Json> {
        let ValueKind::Table(table) = &value.kind else {
            return self.wrong(value, "a section with keys under it");
        };
        let mut out = schema.clone();
        let mut names: Vec<&String> = table.keys().collect();
        names.sort();
        for name in names {
            let child = &table[name];
            self.path.push(name.clone());
            let known = schema.get(name);
            match known {
                // A key with nothing behind it keeps its default.
                Some(_) if matches!(child.kind, ValueKind::Nil) => {}
                Some(expected) => {
                    if let Some(checked) = self.value(child, expected) {
                        out.insert(name.clone(), checked);
                    }
                }
                None => self.unknown(child, schema),
            }
            self.path.pop();
        }
        Some(Json::Object(out))
    }

    fn value(&mut self, value: &Value, schema: &Json) -> Option<Json> {
        match schema {
            Json::Object(_) if FREE_SECTIONS.contains(&self.path.join(".").as_str()) => self.free_section(value),
            Json::Object(keys) => self.section(value, keys),
            Json::Array(_) => self.list(value),
            Json::Bool(_) => match &value.kind {
                ValueKind::Boolean(flag) => Some(Json::Bool(*flag)),
                ValueKind::String(text) if text == "true" || text == "false" => Some(Json::Bool(text == "true")),
                _ => self.wrong(value, "`true` or `false`"),
            },
            Json::Number(_) => match whole_number(&value.kind) {
                Some(number) => Some(number.into()),
                None => self.wrong(value, "a whole number, not negative, without a unit"),
            },
            // An absent text is null in the schema.
            Json::String(_) | Json::Null => match scalar(&value.kind) {
                Some(text) => Some(Json::String(text)),
                None => self.wrong(value, "a text"),
            },
        }
    }

    fn free_section(&mut self, value: &Value) -> Option<Json> {
        let ValueKind::Table(table) = &value.kind else {
            return self.wrong(value, "a section with librdkafka's settings under it");
        };
        let mut names: Vec<&String> = table.keys().collect();
        // Names with underscores come from the environment, where a dot can't be written: they win over the file's.
        names.sort_by_key(|name| (!name.contains('.'), *name));
        let mut out = Map::new();
        for name in names {
            self.path.push(name.clone());
            match scalar(&table[name].kind) {
                Some(text) => {
                    out.insert(if name.contains('.') { name.clone() } else { name.replace('_', ".") }, Json::String(text));
                }
                None => {
                    self.wrong(&table[name], "a text or a number; write the setting's whole name with its dots in one line");
                }
            }
            self.path.pop();
        }
        Some(Json::Object(out))
    }

    fn list(&mut self, value: &Value) -> Option<Json> {
        match &value.kind {
            // From the environment: with commas.
            ValueKind::String(text) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| Json::String(item.to_owned())).collect())
            }
            ValueKind::Array(items) => {
                let texts: Option<Vec<Json>> = items.iter().map(|item| scalar(&item.kind).map(Json::String)).collect();
                match texts {
                    Some(texts) => Some(Json::Array(texts)),
                    None => self.wrong(value, "a list of texts"),
                }
            }
            _ => self.wrong(value, "a list of texts"),
        }
    }

    fn wrong(&mut self, value: &Value, expected: &str) -> Option<Json> {
        let what = format!("`{}` is {}, and should be {expected}", self.path.join("."), kind_in_words(&value.kind));
        let place = (self.place)(&self.path, value.origin());
        self.problems.push(Problem::new(code::CONFIG_WRONG_TYPE, what, place, "see this key in the documented `relevo.yaml`"));
        None
    }

    fn unknown(&mut self, value: &Value, siblings: &Map<String, Json>) {
        let path = self.path.join(".");
        let place = (self.place)(&self.path, value.origin());
        let remedy = match nearest(&self.path, siblings) {
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                let names: Vec<&str> = siblings.keys().map(String::as_str).collect();
                format!("remove it; the keys known here are {}", names.join(", "))
            }
        };
        self.problems.push(Problem::new(code::CONFIG_UNKNOWN_KEY, format!("`{path}` is no key of the configuration"), place, remedy));
    }
}

/// The known key that an unknown one was probably meant to be: among its siblings first, then anywhere by its last name.
fn nearest(path: &[String], siblings: &Map<String, Json>) -> Option<String> {
    let (name, section) = path.split_last()?;
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let best = siblings.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    if likeness(best) >= 0.6 {
        let whole: Vec<&str> = section.iter().map(String::as_str).chain([best.as_str()]).collect();
        return Some(whole.join("."));
    }
    let schema = serde_json::to_value(Settings::default()).expect("settings are plain data");
    let mut paths = Vec::new();
    leaves(&schema, &mut Vec::new(), &mut paths);
    paths.into_iter().find(|known| known.rsplit('.').next() == Some(name))
}

/// Every key of the configuration as a path with dots.
fn leaves(schema: &Json, path: &mut Vec<String>, out: &mut Vec<String>) {
    match schema {
        Json::Object(keys) if !keys.is_empty() => {
            for (name, below) in keys {
                path.push(name.clone());
                leaves(below, path, out);
                path.pop();
            }
        }
        _ => out.push(path.join(".")),
    }
}

fn whole_number(kind: &ValueKind) -> Option<u64> {
    match kind {
        ValueKind::I64(number) => u64::try_from(*number).ok(),
        ValueKind::U64(number) => Some(*number),
        ValueKind::String(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}

fn scalar(kind: &ValueKind) -> Option<String> {
    match kind {
        ValueKind::String(text) => Some(text.clone()),
        ValueKind::Boolean(flag) => Some(flag.to_string()),
        ValueKind::I64(number) => Some(number.to_string()),
        ValueKind::U64(number) => Some(number.to_string()),
        ValueKind::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What stands there, without saying it: it might be a secret in the wrong place.
fn kind_in_words(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::Nil => "empty",
        ValueKind::Boolean(_) => "`true` or `false`",
        ValueKind::I64(number) if *number < 0 => "a negative number",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => "a whole number",
        ValueKind::Float(_) => "a number with a fraction",
        ValueKind::String(_) => "a text",
        ValueKind::Table(_) => "a section",
        ValueKind::Array(_) => "a list",
    }
}

#[cfg(test)]
pub(super) fn every_key() -> Vec<String> {
    let mut paths = Vec::new();
    leaves(&serde_json::to_value(Settings::default()).expect("plain data"), &mut Vec::new(), &mut paths);
    paths
}
