//! Reading one field of a map: its steps, each held against the field's type.

use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::tz::TimeZone;

use super::draft::{Draft, texts};
use super::field::{FieldMap, Lookup, Part, Source, Split};
use super::pattern::Pattern;
use super::target::{ATTRIBUTE_TYPES, ATTRIBUTES, Type};
use super::time::{self, Format};
use super::value::{self, Value};
use super::{MAX_COLUMNS, MAX_FORMATS, MAX_LOOKUP, money};
use crate::contract::Kind;
use crate::contract::code::{MAP_KEY_MISSING, MAP_TOO_LARGE, MAP_TYPE, MAP_UNKNOWN_KIND, MAP_VALUE};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::reading::{self, Fields};
use crate::rulebook::yaml::{self, Key, Node, Span};

/// The steps of a field; `type` is an attribute's only.
const KEYS: &[&str] = &[
    "column",
    "join",
    "with",
    "skip_empty",
    "constant",
    "optional",
    "split",
    "lookup",
    "otherwise",
    "keep_others",
    "slug",
    "hash",
    "prefix",
    "date",
    "time_zone",
    "decimal",
    "currency",
    "times",
    "refused",
    "refused_by",
    "default",
    "required",
    "type",
];
/// The most splits of a field.
const MAX_SPLITS: usize = 8;
/// The longest name of a column, prefix, or text between parts.
const MAX_TEXT_BYTES: usize = 256;

/// A name of the file for a message: not longer than a message may be.
pub fn clip(name: &str) -> String {
    if name.chars().count() <= 60 { name.to_owned() } else { format!("{}…", name.chars().take(60).collect::<String>()) }
}

/// Reads a field of the contract.
pub fn field(
    key: &Key,
    node: &Node,
    of: Type,
    mandatory: bool,
    zone: &TimeZone,
    draft: &mut Draft,
    sink: &mut Sink<'_>,
) -> Option<FieldMap> {
    let fields = steps(node, sink)?;
    if let Some(node) = fields.get("type") {
        sink.error(MAP_TYPE, node.span, format!("the contract gives `{}` its type: {}", clip(&key.name), of.what()));
    }
    let mut reader = Reader { fields, of, zone, draft, sink };
    let mut map = reader.read(mandatory, key.span)?;
    let mut parts: Vec<CompactString> = key.name.split('.').map(CompactString::from).collect();
    map.name = parts.pop().unwrap_or_default();
    map.sections = parts;
    map.path = key.name.as_str().into();
    Some(map)
}

/// Reads one of the user's own fields, `attributes.NAME`.
pub fn attribute(key: &Key, node: &Node, name: &str, zone: &TimeZone, draft: &mut Draft, sink: &mut Sink<'_>) -> Option<FieldMap> {
    let fields = steps(node, sink)?;
    let of = match fields.get("type") {
        None => ATTRIBUTE_TYPES[0].1,
        Some(node) => {
            let (word, _) = reading::scalar(node, "a type: string, int, double or bool", sink)?;
            let known = ATTRIBUTE_TYPES.iter().find(|(name, _)| *name == word).map(|(_, of)| *of);
            if known.is_none() {
                let message = format!("there is no type `{}`", clip(word));
                sink.error(MAP_VALUE, node.span, message).nearest(word, ATTRIBUTE_TYPES.iter().map(|(name, _)| *name));
            }
            known?
        }
    };
    let mut reader = Reader { fields, of, zone, draft, sink };
    let mut map = reader.read(false, key.span)?;
    map.name = name.into();
    map.sections = vec![ATTRIBUTES.trim_end_matches('.').into()];
    map.path = key.name.as_str().into();
    Some(map)
}

fn steps<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Fields<'n>> {
    if let yaml::Value::Scalar { text, .. } = &node.value {
        let help = format!("{{ column: {0} }}, or {{ constant: {0} }} where it is always the same", clip(text));
        let shape = sink.language.shape;
        sink.error(shape, node.span, "a field is a map of steps, and here is a single value").help(help);
        return None;
    }
    Fields::of(node, "a field", KEYS, sink)
}

/// Reads the steps of one field.
struct Reader<'n, 'r, 's> {
    fields: Fields<'n>,
    of: Type,
    zone: &'r TimeZone,
    draft: &'r mut Draft,
    sink: &'r mut Sink<'s>,
}

impl<'n> Reader<'n, '_, '_> {
    fn read(&mut self, mandatory: bool, key: Span) -> Option<FieldMap> {
        self.types_fit();
        let source = self.source(key);
        let lookup = self.lookup();
        let prefix = self.text("prefix").unwrap_or_default();
        let zone = self.fields.get("time_zone").and_then(|node| reading::time_zone(node, self.sink));
        let decimal = self.fields.get("decimal").and_then(|node| decimal(node, self.sink));
        let currency = self.currency();
        let refused_by = match self.fields.get("refused_by") {
            Some(node) => texts_as_written(node, self.sink).into_iter().map(|(name, span)| self.draft.column(&name, span)).collect(),
            None => Vec::new(),
        };
        let times = self.fields.get("times").and_then(|node| reading::number(node, 1e-12, 1e12, self.sink)).unwrap_or(1.0);
        let default = self.fields.get("default").and_then(|node| self.value(node));
        let map = FieldMap {
            path: CompactString::default(),
            sections: Vec::new(),
            name: CompactString::default(),
            of: self.of,
            required: self.flag("required").unwrap_or(false) || mandatory,
            source: source?,
            split: self.splits(),
            lookup,
            slug: self.flag("slug").unwrap_or(false),
            hash: self.flag("hash").unwrap_or(false),
            prefix,
            formats: self.formats(),
            zone: zone.unwrap_or_else(|| self.zone.clone()),
            decimal,
            currency,
            times,
            refused: self.flag("refused").unwrap_or(false),
            refused_by,
            default,
        };
        Some(map)
    }

    /// Steps that mean nothing for the field's type, or nothing for a constant.
    fn types_fit(&mut self) {
        let of = self.of;
        let texts = matches!(of, Type::Id | Type::Text);
        let fits = [
            ("date", of.is_time()),
            ("time_zone", of.is_time()),
            ("decimal", of.is_number()),
            ("times", of.is_number()),
            ("currency", of == Type::Number),
            ("refused", of == Type::Bool),
            ("refused_by", of == Type::Bool),
            ("slug", of.is_text()),
            ("hash", texts),
            ("prefix", texts),
        ];
        for (name, _) in fits.iter().filter(|(_, fits)| !fits) {
            if let Some(node) = self.fields.get(name) {
                self.sink.error(MAP_TYPE, node.span, format!("`{name}` does nothing here: the field is {}", of.what()));
            }
        }
        if self.fields.get("constant").is_some() {
            for name in KEYS.iter().filter(|name| !matches!(**name, "constant" | "type" | "column" | "join")) {
                if let Some(node) = self.fields.get(name) {
                    self.sink.error(MAP_VALUE, node.span, format!("`{name}` does nothing to a constant"));
                }
            }
        }
        for (name, other) in [("with", "join"), ("skip_empty", "join"), ("otherwise", "lookup"), ("keep_others", "lookup")] {
            if let (Some(node), None) = (self.fields.get(name), self.fields.get(other)) {
                self.sink.error(MAP_VALUE, node.span, format!("`{name}` belongs to a `{other}`"));
            }
        }
        if let (Some(node), Some(_)) = (self.fields.get("keep_others"), self.fields.get("otherwise")) {
            self.sink.error(MAP_VALUE, node.span, "what is not in the table is kept, or becomes `otherwise`: not both");
        }
    }

    fn source(&mut self, key: Span) -> Option<Source> {
        let named = ["column", "join", "constant"].map(|name| self.fields.get(name));
        match named {
            [Some(node), None, None] => self.columns(node).map(Source::First),
            [None, Some(node), None] => {
                let with = self.text("with").unwrap_or_default();
                let skip_empty = self.flag("skip_empty").unwrap_or(false);
                self.columns(node).map(|columns| Source::Join { columns, with, skip_empty })
            }
            [None, None, Some(node)] => self.value(node).map(Source::Constant),
            [None, None, None] => {
                let help = "{ column: NAME }, { join: [NAME, NAME] } or { constant: VALUE }";
                self.sink.error(MAP_KEY_MISSING, key, "nothing says where the field comes from").help(help);
                None
            }
            _ => {
                self.sink.error(MAP_VALUE, self.fields.span, "a field comes from one of `column`, `join` and `constant`");
                None
            }
        }
    }

    /// One column, or several: a file has to have one of those of `column`, and all of those of `join`.
    fn columns(&mut self, node: &'n Node) -> Option<Vec<usize>> {
        let items = match &node.value {
            yaml::Value::Scalar { .. } => std::slice::from_ref(node),
            _ => reading::list(node, "a list of columns", MAX_COLUMNS, self.sink),
        };
        let mut columns = Vec::new();
        let optional = self.flag("optional").unwrap_or(false);
        let joined = self.fields.get("join").is_some();
        for item in items {
            let (name, _) = reading::scalar(item, "a column's name", self.sink)?;
            if name.trim().is_empty() || name.len() > MAX_TEXT_BYTES {
                self.sink.error(MAP_VALUE, item.span, "a column's name has 1 to 256 bytes");
                continue;
            }
            columns.push(self.draft.column(name, item.span));
            if joined && !optional {
                self.draft.need(vec![columns[columns.len() - 1]], item.span);
            }
        }
        if !joined && !optional && !columns.is_empty() {
            self.draft.need(columns.clone(), node.span);
        }
        if columns.is_empty() && !self.sink.has_errors() {
            self.sink.error(MAP_VALUE, node.span, "at least one column has to be named");
        }
        (!columns.is_empty()).then_some(columns)
    }

    /// The currency of an amount: columns of which the first that has something counts, or `{ constant: EUR }`.
    fn currency(&mut self) -> Option<Source> {
        let node = self.fields.get("currency")?;
        if let yaml::Value::Map(_) = &node.value {
            let fields = Fields::of(node, "`currency`", &["constant"], self.sink)?;
            let (text, _) = reading::scalar(fields.need("constant", "EUR", self.sink)?, "a currency's code", self.sink)?;
            if money::code(text).is_none() {
                self.sink.error(MAP_VALUE, node.span, "a currency has a code of three letters, such as EUR");
            }
            return Some(Source::Constant(Value::Text(text.to_owned().into())));
        }
        let names = texts_as_written(node, self.sink);
        let columns: Vec<usize> = names.into_iter().map(|(name, span)| self.draft.column(&name, span)).collect();
        (!columns.is_empty()).then_some(Source::First(columns))
    }

    /// A value that stands in the map: of the field's type, and of a kind that somebody knows, or a warning.
    fn value(&mut self, node: &Node) -> Option<Value<'static>> {
        let (text, _) = reading::scalar(node, self.of.what(), self.sink)?;
        match value::of_map(text, self.of) {
            Ok(value) => {
                if let Some(kind) = value::unknown_kind(&value, self.of) {
                    let message = format!("`{kind}` is no kind of the contract: it counts as weak evidence");
                    self.sink.warning(MAP_UNKNOWN_KIND, node.span, message).nearest(&kind, Kind::KNOWN.iter().map(Kind::as_str));
                }
                Some(value)
            }
            Err(why) => {
                self.sink.error(MAP_TYPE, node.span, why);
                None
            }
        }
    }

    fn lookup(&mut self) -> Option<Lookup> {
        let node = self.fields.get("lookup")?;
        let entries = reading::entries(node, "`lookup`", self.sink)?;
        if entries.len() > MAX_LOOKUP {
            self.sink.error(MAP_TOO_LARGE, node.span, "a lookup has at most 20,000 entries");
            return None;
        }
        let (mut table, mut patterns) = (BTreeMap::new(), Vec::new());
        for (key, value) in entries {
            let turned = if matches!(value.value, yaml::Value::Null) { None } else { self.value(value) };
            let pattern = Pattern::parse(&key.name);
            if !matches!(pattern, Pattern::Whole(_)) {
                patterns.push((pattern, turned));
            } else if table.insert(key.name.trim().to_lowercase(), turned).is_some() {
                let message = format!("`{}` stands in the lookup already: large and small letters are the same", clip(&key.name));
                self.sink.error(self.sink.language.key_twice, key.span, message);
            }
        }
        let otherwise = self.fields.get("otherwise").and_then(|node| self.value(node));
        Some(Lookup { table, patterns, otherwise, keep_others: self.flag("keep_others").unwrap_or(false) })
    }

    /// One split, or several one after another.
    fn splits(&mut self) -> Vec<Split> {
        let Some(node) = self.fields.get("split") else { return Vec::new() };
        let items = match &node.value {
            yaml::Value::List(_) => reading::list(node, "`split`", MAX_SPLITS, self.sink),
            _ => std::slice::from_ref(node),
        };
        items.iter().filter_map(|item| self.split(item)).collect()
    }

    fn split(&mut self, node: &'n Node) -> Option<Split> {
        let fields = Fields::of(node, "`split`", &["by", "part", "contains"], self.sink)?;
        let (by, _) = reading::scalar(fields.need("by", "\";\"", self.sink)?, "what parts the text", self.sink)?;
        if by.is_empty() {
            self.sink.error(MAP_VALUE, fields.span, "`by` has at least one character");
            return None;
        }
        let part = match (fields.get("part"), fields.get("contains")) {
            (Some(part), None) => {
                let number = reading::number(part, -1_000.0, 1_000.0, self.sink)?;
                if number.fract() != 0.0 || number == 0.0 {
                    self.sink.error(MAP_VALUE, part.span, "parts are counted from 1, or from -1 backwards from the end");
                    return None;
                }
                Part::Number(number as i32)
            }
            (None, Some(node)) => {
                if self.of != Type::Bool {
                    let message = format!("`contains` answers with true or false, and the field is {}", self.of.what());
                    self.sink.error(MAP_TYPE, node.span, message);
                }
                Part::Contains(texts(node, "`contains`", 1, self.sink).into_iter().next()?)
            }
            _ => {
                self.sink.error(MAP_VALUE, fields.span, "`split` has one of `part` and `contains`").help("{ by: \";\", part: 1 }");
                return None;
            }
        };
        Some(Split { by: by.to_owned(), part })
    }

    fn formats(&mut self) -> Vec<Format> {
        let Some(node) = self.fields.get("date").filter(|_| self.of.is_time()) else { return time::defaults(self.of == Type::Time) };
        let items = match &node.value {
            yaml::Value::Scalar { .. } => std::slice::from_ref(node),
            _ => reading::list(node, "`date`", MAX_FORMATS, self.sink),
        };
        let mut formats = Vec::new();
        for item in items {
            let Some((text, _)) = reading::scalar(item, "a format", self.sink) else { continue };
            match Format::parse(text) {
                found if !found.is_empty() => formats.extend(found),
                _ => {
                    let diagnostic = self.sink.error(MAP_VALUE, item.span, "this is no format of a date");
                    diagnostic.nearest(text, Format::names());
                    if text.contains('%') || diagnostic.help.is_none() {
                        diagnostic.help(
                            "a pattern with year, month and day, such as \"%d/%m/%Y %H:%M\"; or a name: detect, day_first, month_first, year_first, rfc3339, epoch_seconds, …; a zone is read with %z, not written out",
                        );
                    }
                }
            }
        }
        formats
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        self.fields.get(name).and_then(|node| reading::boolean(node, self.sink))
    }

    fn text(&mut self, name: &str) -> Option<CompactString> {
        let node = self.fields.get(name)?;
        let (text, _) = reading::scalar(node, "a text", self.sink)?;
        if text.len() > MAX_TEXT_BYTES {
            self.sink.error(MAP_TOO_LARGE, node.span, "a text between or before others has at most 256 bytes");
            return None;
        }
        Some(text.into())
    }
}

/// Names of columns, as they are written.
fn texts_as_written(node: &Node, sink: &mut Sink<'_>) -> Vec<(String, Span)> {
    let items = match &node.value {
        yaml::Value::Scalar { .. } => std::slice::from_ref(node),
        _ => reading::list(node, "a list of columns", MAX_COLUMNS, sink),
    };
    items.iter().filter_map(|item| Some((reading::scalar(item, "a column's name", sink)?.0.to_owned(), item.span))).collect()
}

fn decimal(node: &Node, sink: &mut Sink<'_>) -> Option<char> {
    match reading::scalar(node, "the decimal sign: \".\" or \",\"", sink)?.0 {
        "." => Some('.'),
        "," => Some(','),
        _ => {
            sink.error(MAP_VALUE, node.span, "the decimal sign is \".\" or \",\"");
            None
        }
    }
}
