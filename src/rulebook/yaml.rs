//! YAML as a tree with places: what a file says, before anything is known about its meaning.
//!
//! The tree keeps scalars as they are written, so that `12`, `7d` and `true` are read by whoever knows what is expected.
//! Keys that stand twice are kept twice, so that both can be named. Nesting, nodes and aliases are bounded by the parser.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Budget, DuplicateKeyPolicy, Location, MergeKeyPolicy, Spanned};

use super::diagnostic::Sink;

/// The deepest nesting of lists and maps.
const MAX_DEPTH: usize = 64;
/// The most nodes of a file, with its aliases put in.
const MAX_NODES: usize = 50_000;
/// The most bytes of all scalars, with aliases put in.
const MAX_SCALAR_BYTES: usize = 1024 * 1024;

/// A place in the file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

/// One value with its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing, or `null`.
    Null,
    /// A scalar as it is written; `quoted` ones are texts whatever they look like.
    Scalar { text: String, quoted: bool },
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file; keys may repeat.
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Debug)]
pub(crate) struct Key {
    pub span: Span,
    pub name: String,
}

impl Value {
    /// What it is, for people.
    pub fn what(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Reads the file; reports what is not YAML.
pub(crate) fn read(sink: &mut Sink<'_>) -> Option<Node> {
    let mut budget = Budget::default();
    budget.max_depth = MAX_DEPTH;
    budget.max_nodes = MAX_NODES;
    budget.max_events = 2 * MAX_NODES;
    budget.max_total_scalar_bytes = MAX_SCALAR_BYTES;
    budget.max_documents = 1;
    budget.max_aliases = 1_000;
    budget.max_anchors = 1_000;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options.merge_keys = MergeKeyPolicy::Error;
    options.strict_booleans = true;
    options.with_snippet = false;
    options.alias_limits.max_total_replayed_events = MAX_NODES;
    options.alias_limits.max_replay_stack_depth = MAX_DEPTH;
    match serde_saphyr::from_str_with_options::<Raw>(sink.text(), options) {
        Ok(raw) => Some(raw.place(sink.text())),
        Err(error) => {
            refuse(sink, error.without_snippet());
            None
        }
    }
}

fn refuse(sink: &mut Sink<'_>, error: &serde_saphyr::Error) {
    let at = error.location().map_or(Span::default(), |location| span(location, sink.text()));
    // The parser's own words name what it expected; they quote at most one character or a key.
    let words = error.to_string();
    let words = words.lines().next().unwrap_or_default();
    // Its place is said by the diagnostic.
    let words = words.rfind(" at line ").map_or(words, |place| &words[..place]).trim().trim_end_matches('.').to_owned();
    let beyond_bound = matches!(error, serde_saphyr::Error::Budget { .. })
        || ["budget", "limit", "exceeded", "too deep", "nesting"].iter().any(|word| words.to_lowercase().contains(word));
    if beyond_bound {
        let message = format!("the YAML is beyond a bound: {words}");
        let help = format!("{} nests at most 64 deep and has at most 50,000 values, aliases put in", sink.language.name);
        sink.error(sink.language.too_large, at, message).help(help);
    } else {
        let line = &sink.text()[sink.text()[..at.start.min(sink.text().len())].rfind('\n').map_or(0, |newline| newline + 1)..];
        let line = line.lines().next().unwrap_or_default();
        let in_braces = line.contains('{') && line.contains('[');
        let diagnostic = sink.error(sink.language.yaml, at, format!("this is not YAML: {words}"));
        if in_braces {
            diagnostic.help("inside `{ … }` an expression with brackets or commas has to be quoted: when: 'x in [\"a\", \"b\"]'");
        }
    }
}

/// A node as serde hands it over: scalars that look like something else than a text have lost how they were written.
struct Raw(Spanned<RawValue>);

enum RawValue {
    Null,
    /// A text, quoted or not.
    Text(String),
    /// A number or a boolean: to be read from the file again.
    Typed(String),
    List(Vec<Raw>),
    Map(Vec<(Spanned<String>, Raw)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Raw)
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = RawValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<RawValue, E> {
                Ok(RawValue::Null)
            }
            fn visit_none<E>(self) -> Result<RawValue, E> {
                Ok(RawValue::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawValue, D::Error> {
                RawValue::deserialize(deserializer)
            }
            fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_i128<E>(self, value: i128) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_u128<E>(self, value: u128) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
                Ok(RawValue::Typed(value.to_string()))
            }
            fn visit_str<E>(self, text: &str) -> Result<RawValue, E> {
                Ok(RawValue::Text(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawValue, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(RawValue::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawValue, A::Error> {
                let mut map = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(RawValue::Map(map))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Raw {
    fn place(self, text: &str) -> Node {
        let Spanned { value, referenced, defined } = self.0;
        let written = slice(span(defined, text), text);
        let value = match value {
            RawValue::Null => Value::Null,
            RawValue::Text(value) => Value::Scalar { text: value, quoted: written.starts_with(['"', '\'']) },
            // As it is written, where the place is known: `3.50`, `0x10`.
            RawValue::Typed(value) => Value::Scalar { text: if written.is_empty() { value } else { written.to_owned() }, quoted: false },
            RawValue::List(list) => Value::List(list.into_iter().map(|item| item.place(text)).collect()),
            RawValue::Map(map) => {
                let key = |key: Spanned<String>| Key { span: span(key.referenced, text), name: key.value };
                Value::Map(map.into_iter().map(|(name, value)| (key(name), value.place(text))).collect())
            }
        };
        // A scalar of an alias is shown where it is defined: there its characters are.
        let at = if matches!(value, Value::Scalar { .. }) { defined } else { referenced };
        Node { span: span(at, text), value }
    }
}

fn slice(span: Span, text: &str) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}

/// The place as bytes, held within the text.
fn span(location: Location, text: &str) -> Span {
    let place = location.span();
    match (place.byte_offset(), place.byte_len()) {
        (Some(start), Some(len)) => {
            let start = (start as usize).min(text.len());
            Span { start, end: (start + len as usize).min(text.len()) }
        }
        _ => by_line(location, text),
    }
}

/// The place of an error that the parser only tells by line and column.
fn by_line(location: Location, text: &str) -> Span {
    let (line, column) = (location.line().max(1) as usize, location.column().max(1) as usize);
    let line_start = if line == 1 { Some(0) } else { text.match_indices('\n').nth(line - 2).map(|(at, _)| at + 1) };
    let line_start = line_start.unwrap_or(text.len());
    let rest = &text[line_start..];
    let within = rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
    let start = line_start + within;
    Span { start, end: start }
}
