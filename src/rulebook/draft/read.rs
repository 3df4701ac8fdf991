//! Reading values out of the tree: each helper returns what it found, or reports what was expected and returns nothing.

use compact_str::CompactString;

use crate::contract::Timestamp;
use crate::contract::code::RULEBOOK_ID_TWICE;
use crate::rulebook::diagnostic::{Sink, nearest};
use crate::rulebook::expression::clip;
use crate::rulebook::term::{self, Term};
use crate::rulebook::yaml::{Key, Node, Span, Value};

/// The longest name of a rule, team, calendar …
const MAX_NAME_BYTES: usize = 64;
/// The longest text for people.
const MAX_PROSE_BYTES: usize = 1_000;

/// A map whose keys are known.
pub struct Fields<'n> {
    /// The map's place.
    pub span: Span,
    what: &'static str,
    entries: Vec<(&'n Key, &'n Node)>,
    /// Keys that unknown ones were meant to be: reported once, and not as missing too.
    meant: Vec<String>,
}

impl<'n> Fields<'n> {
    /// Reads a map; keys that are not in `known` are reported, and so are those that stand twice.
    pub fn of(node: &'n Node, what: &'static str, known: &[&str], sink: &mut Sink<'_>) -> Option<Self> {
        let entries = entries(node, what, sink)?;
        let mut meant = Vec::new();
        for (key, _) in &entries {
            if !known.contains(&key.name.as_str()) {
                meant.extend(nearest(&key.name, known.iter().copied()).map(str::to_owned));
                let message = format!("{what} has no key `{}`", shown(&key.name));
                sink.error(sink.language.unknown_key, key.span, message).nearest(&key.name, known.iter().copied());
            }
        }
        Some(Self { span: node.span, what, entries, meant })
    }

    /// The value of a key that may be absent; nothing (`key:`) counts as absent.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.value, Value::Null)).then_some(node)
    }

    /// The value of a key that has to be there.
    pub fn need(&self, name: &str, expected: &str, sink: &mut Sink<'_>) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() && !self.meant.iter().any(|meant| meant == name) {
            let key = self.entries.iter().find(|(key, _)| key.name == name).map(|(key, _)| key.span);
            let start = self.span.start;
            let span = key.unwrap_or(Span { start, end: self.span.end.max(start) });
            sink.error(sink.language.key_missing, span, format!("{} needs `{name}`", self.what)).help(format!("{name}: {expected}"));
        }
        found
    }
}

/// A key as a message shows it: one that is a person's address by a slip of the pen is not repeated (PII-1).
fn shown(name: &str) -> String {
    if name.contains('@') { "…@…".to_owned() } else { clip(name).to_string() }
}

/// A key that can only have one value in this version.
pub fn constant(fields: &Fields<'_>, name: &str, value: &str, sink: &mut Sink<'_>) {
    let Some(node) = fields.need(name, value, sink) else { return };
    if let Some((text, _)) = scalar(node, value, sink)
        && text != value
    {
        sink.error(sink.language.value, node.span, format!("expected `{value}`")).nearest(text, [value]);
    }
}

/// The entries of a map with any keys; those that stand twice are reported, and the first counts.
pub fn entries<'n>(node: &'n Node, what: &str, sink: &mut Sink<'_>) -> Option<Vec<(&'n Key, &'n Node)>> {
    let Value::Map(map) = &node.value else {
        sink.error(sink.language.shape, node.span, format!("{what} is a map, and here is {}", node.value.what()));
        return None;
    };
    let mut seen = std::collections::BTreeMap::<&str, Span>::new();
    let mut entries = Vec::with_capacity(map.len());
    for (key, value) in map {
        if let Some(first) = seen.get(key.name.as_str()) {
            let line = sink.line(first.start);
            sink.error(sink.language.key_twice, key.span, format!("`{}` stands in {what} already, in line {line}", shown(&key.name)));
        } else {
            seen.insert(&key.name, key.span);
            entries.push((key, value));
        }
    }
    Some(entries)
}

/// A list of at most `max` items.
pub fn list<'n>(node: &'n Node, what: &str, max: usize, sink: &mut Sink<'_>) -> &'n [Node] {
    match &node.value {
        Value::List(items) if items.len() > max => {
            sink.error(sink.language.too_large, items[max].span, format!("{what} has at most {max} items"));
            &items[..max]
        }
        Value::List(items) => items,
        other => {
            sink.error(sink.language.shape, node.span, format!("{what} is a list, and here is {}", other.what()));
            &[]
        }
    }
}

/// Any scalar as it is written, and whether it is quoted.
pub fn scalar<'n>(node: &'n Node, expected: &str, sink: &mut Sink<'_>) -> Option<(&'n str, bool)> {
    match &node.value {
        Value::Scalar { text, quoted } => Some((text, *quoted)),
        other => {
            sink.error(sink.language.shape, node.span, format!("expected {expected}, and here is {}", other.what()));
            None
        }
    }
}

/// A text for people.
pub fn prose(node: &Node, sink: &mut Sink<'_>) -> Option<String> {
    let (text, _) = scalar(node, "a text", sink)?;
    if text.len() > MAX_PROSE_BYTES {
        sink.error(sink.language.too_large, node.span, "a text has at most 1,000 bytes");
        return None;
    }
    Some(text.to_owned())
}

/// `true` or `false`.
pub fn boolean(node: &Node, sink: &mut Sink<'_>) -> Option<bool> {
    match scalar(node, "true or false", sink)? {
        ("true", false) => Some(true),
        ("false", false) => Some(false),
        _ => {
            sink.error(sink.language.shape, node.span, "expected true or false");
            None
        }
    }
}

/// A number from `low` to `high`.
pub fn number(node: &Node, low: f64, high: f64, sink: &mut Sink<'_>) -> Option<f64> {
    let (text, quoted) = scalar(node, "a number", sink)?;
    let plain = !quoted && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let Some(value) = text.parse::<f64>().ok().filter(|value| plain && value.is_finite()) else {
        sink.error(sink.language.shape, node.span, "expected a number").help(format!("a number from {low} to {high}, without quotes"));
        return None;
    };
    if !(low..=high).contains(&value) {
        sink.error(sink.language.value, node.span, format!("expected a number from {low} to {high}"));
        return None;
    }
    Some(value)
}

/// A duration that is longer than nothing.
pub fn term(node: &Node, sink: &mut Sink<'_>) -> Option<Term> {
    let (text, _) = scalar(node, "a duration like 15m, 4h or 2d", sink)?;
    let Some(term) = Term::parse(text) else {
        sink.error(sink.language.value, node.span, term::EXPECTED);
        return None;
    };
    if term.wall_ms() == 0 {
        sink.error(sink.language.value, node.span, "this duration has to be longer than nothing");
        return None;
    }
    Some(term)
}

/// An instant of RFC 3339.
pub fn timestamp(node: &Node, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let (text, _) = scalar(node, "a time of RFC 3339", sink)?;
    report(Timestamp::parse(text), node, "for example 2026-12-01T06:00:00Z", sink)
}

/// A time zone of the IANA database.
pub fn time_zone(node: &Node, sink: &mut Sink<'_>) -> Option<jiff::tz::TimeZone> {
    let (name, _) = scalar(node, "the name of a time zone", sink)?;
    if let Ok(zone) = jiff::tz::TimeZone::get(name) {
        return Some(zone);
    }
    let diagnostic = sink.error(sink.language.value, node.span, format!("there is no time zone `{}`", clip(name)));
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    diagnostic.nearest(name, known.iter().map(String::as_str));
    if diagnostic.help.is_none() {
        diagnostic.help("names of the IANA database, for example America/Mexico_City");
    }
    None
}

fn report<T, E: std::fmt::Display>(result: Result<T, E>, node: &Node, example: &str, sink: &mut Sink<'_>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            sink.error(sink.language.value, node.span, format!("this is {error}")).help(example);
            None
        }
    }
}

/// A name that travels in decisions, labels and logs.
pub fn name(node: &Node, what: &str, sink: &mut Sink<'_>) -> Option<CompactString> {
    let (text, _) = scalar(node, &format!("{what}'s name"), sink)?;
    check_name(text, node.span, what, sink)
}

/// The same of a key.
pub fn check_name(text: &str, span: Span, what: &str, sink: &mut Sink<'_>) -> Option<CompactString> {
    let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if !fits || text.is_empty() || text.len() > MAX_NAME_BYTES {
        let message = format!("a name of {what} has 1 to 64 letters, digits, `-`, `_` or `.`");
        sink.error(sink.language.value, span, message);
        return None;
    }
    Some(text.into())
}

/// Ids that were given, over the whole rulebook.
#[derive(Default)]
pub struct Ids(std::collections::BTreeMap<CompactString, usize>);

impl Ids {
    /// A rule's id, unique in the rulebook.
    pub fn read(&mut self, node: &Node, sink: &mut Sink<'_>) -> Option<CompactString> {
        let id = name(node, "a rule", sink)?;
        if let Some(line) = self.0.get(&id) {
            sink.error(RULEBOOK_ID_TWICE, node.span, format!("the id `{id}` is taken already, in line {line}"));
            return None;
        }
        self.0.insert(id.clone(), sink.line(node.span.start));
        Some(id)
    }
}
