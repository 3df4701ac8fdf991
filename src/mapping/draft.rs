//! From a map's file to a [`Map`]: every key read and checked against the contract's fields, all mistakes at once.

use compact_str::CompactString;
use jiff::tz::TimeZone;

use super::condition::{Condition, Test};
use super::field::FieldMap;
use super::money::Rates;
use super::pattern::Pattern;
use super::read;
use super::target::{ATTRIBUTES, OWNERS, Target};
use super::{Column, MAX_CONDITIONS, MAX_FILE_BYTES, Map, Need, path, time};
use crate::contract::code::{
    MAP_KEY_MISSING, MAP_KEY_TWICE, MAP_SHAPE, MAP_TOO_LARGE, MAP_UNKNOWN_FIELD, MAP_UNKNOWN_KEY, MAP_VALUE, MAP_YAML,
};
use crate::contract::identifier;
use crate::contract::interaction::MAX_ATTRIBUTES;
use crate::rulebook::Diagnostic;
use crate::rulebook::diagnostic::{Language, Sink};
use crate::rulebook::reading::{self, Fields};
use crate::rulebook::yaml::{self, Key, Node, Span, Value};

/// The language of maps.
pub(super) const LANGUAGE: Language = Language {
    name: "a map",
    yaml: MAP_YAML,
    too_large: MAP_TOO_LARGE,
    unknown_key: MAP_UNKNOWN_KEY,
    key_twice: MAP_KEY_TWICE,
    key_missing: MAP_KEY_MISSING,
    shape: MAP_SHAPE,
    value: MAP_VALUE,
};

const KEYS: &[&str] = &["api", "kind", "of", "source", "time_zone", "nothing", "rates", "when", "fields"];
/// What reading the deepest file that is allowed needs at most, with room to spare.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// The most words that stand for nothing.
const MAX_NOTHING: usize = 64;

/// What is collected while a map is read.
#[derive(Default)]
pub(super) struct Draft {
    pub columns: Vec<Column>,
    pub needs: Vec<Need>,
}

impl Draft {
    /// The number of a column that the map reads.
    pub fn column(&mut self, name: &str, span: Span) -> usize {
        let known = self.columns.iter().position(|column| column.name == name);
        known.unwrap_or_else(|| {
            self.columns.push(Column { name: name.into(), path: path::parse(name), span: span.start..span.end });
            self.columns.len() - 1
        })
    }

    /// A file has to have one of these.
    pub fn need(&mut self, columns: Vec<usize>, span: Span) {
        self.needs.push(Need { columns, span: span.start..span.end });
    }
}

/// Compiles a map's file. `file_name` is what diagnostics call it.
///
/// # Errors
/// Everything that is wrong with it at once; warnings alone are no error: [`Map::warnings`] has them.
pub fn compile(bytes: &[u8], file_name: &str) -> Result<Map, Vec<Diagnostic>> {
    // The parser recurses for each level: 64 of them, in a build for debugging, are more than a thread's usual 2 MiB.
    stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || compile_file(bytes, file_name))
}

fn compile_file(bytes: &[u8], file_name: &str) -> Result<Map, Vec<Diagnostic>> {
    let text = match str::from_utf8(&bytes[..bytes.len().min(MAX_FILE_BYTES)]) {
        Ok(text) => text,
        Err(error) if bytes.len() > MAX_FILE_BYTES => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(error) => {
            let good = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let mut sink = Sink::of(&LANGUAGE, file_name, good);
            sink.error(MAP_YAML, Span { start: good.len(), end: good.len() }, "the file is not UTF-8 from here on");
            return Err(sink.finish());
        }
    };
    let mut sink = Sink::of(&LANGUAGE, file_name, text);
    if bytes.len() > MAX_FILE_BYTES {
        sink.error(MAP_TOO_LARGE, Span::default(), "a map's file has at most 256 KiB");
        return Err(sink.finish());
    }
    let map = yaml::read(&mut sink).and_then(|node| map(&node, file_name, &mut sink));
    let failed = sink.has_errors();
    let found = sink.finish();
    match map {
        Some(map) if !failed => Ok(Map { warnings: found, ..map }),
        _ => Err(found),
    }
}

/// Compiles a map for a live topic: it makes interactions, and its columns are paths into a document.
///
/// # Errors
/// As [`compile`].
pub fn compile_live(bytes: &[u8], file_name: &str) -> Result<Map, Vec<Diagnostic>> {
    let map = Map { is_live: true, ..compile(bytes, file_name)? };
    let mut sink = Sink::of(&LANGUAGE, file_name, &map.text);
    if map.target != Target::Interactions {
        sink.error(MAP_VALUE, Span::default(), "the map of a topic makes interactions, and this one makes outcomes");
    }
    for need in &map.needs {
        for column in need.columns.iter().filter(|column| map.columns[**column].path.is_none()) {
            let span = Span { start: need.span.start, end: need.span.end };
            let message = format!("`{}` is no path into a document", map.columns[*column].name);
            sink.error(MAP_VALUE, span, message).help("names with dots between, `[0]` for an element, `['a.b']` for a name that has a dot");
        }
    }
    if sink.has_errors() { Err(sink.finish()) } else { Ok(map) }
}

fn map(node: &Node, file: &str, sink: &mut Sink<'_>) -> Option<Map> {
    let fields = Fields::of(node, "a map", KEYS, sink)?;
    constant(&fields, "api", "relevo/v1", sink);
    constant(&fields, "kind", "Map", sink);
    let target = fields.need("of", "interactions, or outcomes", sink).and_then(|node| target(node, sink));
    let source = fields.get("source").and_then(|node| source(node, sink));
    let zone = fields.get("time_zone").and_then(|node| reading::time_zone(node, sink)).unwrap_or(TimeZone::UTC);
    let nothing = fields.get("nothing").map(|node| texts(node, "`nothing`", MAX_NOTHING, sink)).unwrap_or_default();
    let rates = fields.get("rates").map(|node| Rates::read(node, sink)).unwrap_or_default();
    let mut draft = Draft::default();
    let when = fields.get("when").map(|node| conditions(node, &mut draft, sink)).unwrap_or_default();
    let body = fields.need("fields", "{ interaction_id: { column: Id }, … }", sink);
    let maps = match (body, target) {
        (Some(body), Some(target)) => event(body, target, &zone, &mut draft, sink),
        _ => Vec::new(),
    };
    let (file, text) = (file.to_owned(), sink.text().to_owned());
    let Draft { columns, needs } = draft;
    let latest_year = time::YEARS.1;
    Some(Map {
        target: target?,
        source,
        latest_year,
        warnings: Vec::new(),
        columns,
        needs,
        nothing,
        rates,
        when,
        fields: maps,
        is_live: false,
        file,
        text,
    })
}

/// A key that can only have one value in this version.
fn constant(fields: &Fields<'_>, name: &str, value: &str, sink: &mut Sink<'_>) {
    let Some(node) = fields.need(name, value, sink) else { return };
    if let Some((text, _)) = reading::scalar(node, value, sink)
        && text != value
    {
        sink.error(MAP_VALUE, node.span, format!("expected `{value}`")).nearest(text, [value]);
    }
}

fn target(node: &Node, sink: &mut Sink<'_>) -> Option<Target> {
    let (text, _) = reading::scalar(node, "interactions, or outcomes", sink)?;
    let found = Target::ALL.iter().find(|(name, _)| *name == text).map(|(_, target)| *target);
    if found.is_none() {
        sink.error(MAP_VALUE, node.span, "a map makes `interactions` or `outcomes`")
            .nearest(text, Target::ALL.iter().map(|(name, _)| *name));
    }
    found
}

/// It travels on the log's headers, so it is held to what identifiers are held to.
fn source(node: &Node, sink: &mut Sink<'_>) -> Option<CompactString> {
    let (text, _) = reading::scalar(node, "where the events come from, such as crm/salesforce", sink)?;
    match identifier::check(text) {
        Ok(()) => Some(text.into()),
        Err(error) => {
            sink.error(MAP_VALUE, node.span, format!("`source` {error}"));
            None
        }
    }
}

/// A list of texts, or one, in small letters.
pub(super) fn texts(node: &Node, what: &'static str, max: usize, sink: &mut Sink<'_>) -> Vec<String> {
    if matches!(node.value, Value::Scalar { .. }) {
        return reading::scalar(node, "a text", sink).map(|(text, _)| text.trim().to_lowercase()).into_iter().collect();
    }
    let items = reading::list(node, what, max, sink).iter();
    items.filter_map(|item| Some(reading::scalar(item, "a text", sink)?.0.trim().to_lowercase())).collect()
}

fn conditions(node: &Node, draft: &mut Draft, sink: &mut Sink<'_>) -> Vec<Condition> {
    reading::list(node, "`when`", MAX_CONDITIONS, sink).iter().filter_map(|item| condition(item, draft, sink)).collect()
}

fn condition(node: &Node, draft: &mut Draft, sink: &mut Sink<'_>) -> Option<Condition> {
    const KEYS: &[&str] = &["column", "in", "not_in", "present", "optional"];
    let fields = Fields::of(node, "a condition", KEYS, sink)?;
    let named = fields.need("column", "NAME", sink)?;
    let names = match &named.value {
        Value::Scalar { .. } => std::slice::from_ref(named),
        _ => reading::list(named, "a list of columns", super::MAX_COLUMNS, sink),
    };
    let names: Vec<(&str, Span)> =
        names.iter().filter_map(|name| Some((reading::scalar(name, "a column's name", sink)?.0, name.span))).collect();
    let columns: Vec<usize> = names.into_iter().map(|(name, span)| draft.column(name, span)).collect();
    let optional = fields.get("optional").and_then(|node| reading::boolean(node, sink)).unwrap_or(false);
    if !optional {
        draft.need(columns.clone(), named.span);
    }
    let tests = ["in", "not_in", "present"].map(|name| fields.get(name));
    let test = match tests {
        [Some(values), None, None] => Test::In(patterns(values, "`in`", sink)),
        [None, Some(values), None] => Test::NotIn(patterns(values, "`not_in`", sink)),
        [None, None, Some(flag)] => Test::Present(reading::boolean(flag, sink)?),
        _ => {
            sink.error(MAP_VALUE, node.span, "a condition has one of `in`, `not_in` and `present`")
                .help("{ column: Type, in: [Call, Meeting] }");
            return None;
        }
    };
    Some(Condition { columns, test, optional })
}

fn patterns(node: &Node, what: &'static str, sink: &mut Sink<'_>) -> Vec<Pattern> {
    texts(node, what, super::MAX_LOOKUP, sink).iter().map(|text| Pattern::parse(text)).collect()
}

/// The event's fields, in the order in which they are written as JSON.
fn event(node: &Node, target: Target, zone: &TimeZone, draft: &mut Draft, sink: &mut Sink<'_>) -> Vec<FieldMap> {
    let mut maps = Vec::new();
    let mut attributes = 0;
    let mut named = Vec::new();
    for (key, value) in reading::entries(node, "`fields`", sink).unwrap_or_default() {
        let rank = target.fields().iter().position(|field| field.path == key.name);
        let own = key.name.strip_prefix(ATTRIBUTES).filter(|_| target.has_attributes());
        named.push(key.name.as_str());
        match (rank, own) {
            (Some(rank), _) => {
                let field = target.fields()[rank];
                maps.extend(read::field(key, value, field.of, field.mandatory, zone, draft, sink).map(|map| (rank, map)));
            }
            (None, Some(name)) => {
                attributes += 1;
                if is_attribute(name, key, attributes, sink) {
                    maps.extend(read::attribute(key, value, name, zone, draft, sink).map(|map| (usize::MAX, map)));
                }
            }
            (None, None) => unknown(key, target, sink),
        }
    }
    let unknown_is_near = |path: &str| named.iter().any(|name| crate::rulebook::diagnostic::nearest(name, [path]).is_some());
    for field in target.fields().iter().filter(|field| field.mandatory && !unknown_is_near(field.path)) {
        let help = format!("{}: {{ column: … }} — it is {}", field.path, field.of.what());
        sink.error(MAP_KEY_MISSING, node.span, format!("no event can be without `{}`", field.path)).help(help);
    }
    if target == Target::Outcomes && !named.iter().any(|name| OWNERS.contains(name)) {
        let help = format!("one at least of `{}`", OWNERS.join("`, `"));
        sink.error(MAP_KEY_MISSING, node.span, "nothing says whose outcome it is").help(help);
    }
    // A stable sort: attributes keep the file's order.
    maps.sort_by_key(|(rank, _)| *rank);
    maps.into_iter().map(|(_, map)| map).collect()
}

fn is_attribute(name: &str, key: &Key, count: usize, sink: &mut Sink<'_>) -> bool {
    if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        sink.error(MAP_VALUE, key.span, "the name of an attribute has 1 to 64 bytes");
        return false;
    }
    if count == MAX_ATTRIBUTES + 1 {
        sink.error(MAP_TOO_LARGE, key.span, format!("an interaction has at most {MAX_ATTRIBUTES} attributes"));
    }
    count <= MAX_ATTRIBUTES
}

fn unknown(key: &Key, target: Target, sink: &mut Sink<'_>) {
    let known = target.fields().iter().map(|field| field.path);
    let message = format!("{} have no field `{}`", target.noun(2), read::clip(&key.name));
    let diagnostic = sink.error(MAP_UNKNOWN_FIELD, key.span, message);
    // `email` is meant to be `person.email`, however far that is by letters.
    match known.clone().find(|path| path.rsplit('.').next() == Some(key.name.as_str())) {
        Some(path) => diagnostic.help(format!("did you mean `{path}`?")),
        None => diagnostic.nearest(&key.name, known),
    }
    if diagnostic.help.is_none() && target.has_attributes() {
        diagnostic.help(format!("your own fields are `{ATTRIBUTES}NAME`"));
    }
}
