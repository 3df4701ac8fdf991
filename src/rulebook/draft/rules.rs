//! The rules themselves: variables, criteria of fit and intent, gates, disqualifiers, routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::read::{self, Fields, Ids};
use crate::contract::code::{
    EXPRESSION_UNKNOWN_FIELD, RULEBOOK_CIRCLE, RULEBOOK_KEY_MISSING, RULEBOOK_LAST_ROUTE, RULEBOOK_SHAPE, RULEBOOK_TOO_LARGE,
    RULEBOOK_UNKNOWN_NAME, RULEBOOK_UNUSED, RULEBOOK_VALUE,
};
use crate::contract::decision::{Gates, Points};
use crate::rulebook::compiled::{self, Criterion, Disqualifier, Fit, GateRules, Intent, MAX_CRITERIA, Route};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::expression::{Checker, Item, Type, Typed, Variable, clip, is_name, is_reserved};
use crate::rulebook::predicate::Predicate;
use crate::rulebook::yaml::{Node, Span, Value};

/// The most variables, disqualifiers and routes, each.
const MAX_RULES: usize = 500;
/// The largest points of one criterion, either way, and the largest threshold of intent.
const MAX_POINTS: f64 = 1_000.0;
const MAX_INTENT: f64 = 10_000.0;

/// Reads `variables` in the order of the file: each may use those before it.
pub fn variables(node: &Node, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Vec<compiled::Variable> {
    let entries = read::entries(node, "`variables`", sink).unwrap_or_default();
    if let Some((key, _)) = entries.get(MAX_RULES) {
        sink.error(RULEBOOK_TOO_LARGE, key.span, format!("a rulebook has at most {MAX_RULES} variables"));
        return Vec::new();
    }
    let mut named = Vec::with_capacity(entries.len());
    let names: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
    let texts: Vec<&str> =
        entries.iter().map(|(_, value)| if let Value::Scalar { text, .. } = &value.value { text.as_str() } else { "" }).collect();
    for (index, (key, value)) in entries.iter().enumerate() {
        if !is_name(&key.name) || is_reserved(&key.name) {
            let why = if is_reserved(&key.name) {
                "the language uses this name itself"
            } else {
                "a variable has 1 to 64 small letters, digits or `_`"
            };
            sink.error(RULEBOOK_VALUE, key.span, why);
            continue;
        }
        let known = checker.variables.keys().cloned().collect::<Vec<_>>();
        let forward = forward_reference(&names, &texts, index).filter(|name| !known.iter().any(|known| known == name));
        let (typed, parts) = match (&value.value, forward) {
            (Value::List(items), _) => (literal_list(items, sink), 1),
            (_, Some(later)) => {
                forward_error(key.name.as_str(), later, &names, &texts, value.span, sink);
                (Typed::Wrong, 0)
            }
            _ => match read::scalar(value, "an expression or a list", sink) {
                Some((text, _)) => {
                    let checked = checker.expression(text, value.span, sink);
                    (checked.typed, checked.parts)
                }
                None => (Typed::Wrong, 0),
            },
        };
        if typed.type_of() == Type::Counts {
            sink.error(
                RULEBOOK_SHAPE,
                value.span,
                "counts by name are no value: ask with a name, like account.kinds_seen[\"demo_requested\"]",
            );
        }
        checker.variables.insert(key.name.clone(), Variable { typed, parts, used: false });
        checker.places.insert(key.name.clone(), key.span);
        named.push(compiled::Variable { name: key.name.as_str().into(), written: written(value) });
    }
    named
}

/// A variable as an expression would have it: a list written as YAML becomes one of the language.
fn written(node: &Node) -> String {
    match &node.value {
        Value::List(items) => format!("[{}]", items.iter().map(written_item).collect::<Vec<_>>().join(", ")),
        Value::Scalar { text, .. } => text.clone(),
        _ => String::new(),
    }
}

fn written_item(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, quoted } if !quoted && text.parse::<f64>().is_ok_and(f64::is_finite) => text.clone(),
        Value::Scalar { text, .. } => format!("{text:?}"),
        _ => String::new(),
    }
}

/// A variable that this one names, and that stands at or behind it.
fn forward_reference<'n>(names: &[&'n str], texts: &[&str], index: usize) -> Option<&'n str> {
    names[index..].iter().copied().find(|name| is_name(name) && mentions(texts[index], name))
}

/// Whether the expression has this word outside texts and not behind a dot.
fn mentions(text: &str, name: &str) -> bool {
    let bytes = text.as_bytes();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let (mut at, mut quote) = (0, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, byte) if word(byte) => {
                let start = at;
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                let field = text[..start].trim_end().ends_with('.');
                if !field && &text[start..at] == name {
                    return true;
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Says whether the later variable leads back here, or only stands too late.
fn forward_error(name: &str, later: &str, names: &[&str], texts: &[&str], span: Span, sink: &mut Sink<'_>) {
    let text_of = |name: &str| names.iter().position(|other| *other == name).map_or("", |index| texts[index]);
    let mut way = vec![later];
    let mut reached = vec![later];
    let mut circle = later == name;
    while let Some(at) = way.pop() {
        for next in names.iter().copied().filter(|next| is_name(next) && mentions(text_of(at), next)) {
            circle |= next == name;
            if !reached.contains(&next) {
                reached.push(next);
                way.push(next);
            }
        }
    }
    if circle {
        sink.error(RULEBOOK_CIRCLE, span, format!("the variable `{name}` is made of itself"));
    } else {
        let message = format!("the variable `{later}` is defined further down");
        sink.error(EXPRESSION_UNKNOWN_FIELD, span, message).help("a variable may use those before it: change the order");
    }
}

/// A list written as YAML: texts, or numbers.
fn literal_list(items: &[Node], sink: &mut Sink<'_>) -> Typed {
    let mut list: Vec<(Item, Span)> = Vec::with_capacity(items.len());
    for node in items {
        let Some((text, quoted)) = read::scalar(node, "a text or a number", sink) else { return Typed::Wrong };
        let number = text.parse::<f64>().ok().filter(|number| !quoted && number.is_finite());
        let item = number.map_or_else(|| Item::Text(text.into()), Item::Number);
        if list.first().is_some_and(|(first, _)| first.type_of() != item.type_of()) {
            sink.error(RULEBOOK_SHAPE, node.span, "a list holds texts or numbers, not both").help("quote what is a text");
            return Typed::Wrong;
        }
        list.push((item, node.span));
    }
    Typed::List(Arc::from(list))
}

/// Warns of variables that nothing names.
pub fn unused_variables(checker: &Checker<'_>, sink: &mut Sink<'_>) {
    for (name, variable) in checker.variables.iter().filter(|(_, variable)| !variable.used) {
        if variable.typed.type_of() != Type::Wrong
            && let Some(span) = checker.places.get(name)
        {
            sink.warning(RULEBOOK_UNUSED, *span, format!("nothing uses the variable `{name}`"));
        }
    }
}

/// Reads `fit`.
pub fn fit(node: &Node, ids: &mut Ids, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Option<Fit> {
    let fields = Fields::of(node, "`fit`", &["threshold", "criteria"], sink)?;
    let place = fields.need("threshold", "50", sink);
    let threshold = place.and_then(|node| read::number(node, 0.0, 100.0, sink));
    let criteria = fields.need("criteria", "a list of rules", sink).map(|node| criteria(node, false, ids, checker, sink));
    Some(Fit { threshold: Points::from_f64(threshold?), place: place?.span.start..place?.span.end, criteria: criteria? })
}

/// Reads `intent`.
pub fn intent(node: &Node, ids: &mut Ids, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Option<Intent> {
    let fields = Fields::of(node, "`intent`", &["threshold", "half_life", "criteria"], sink)?;
    let place = fields.need("threshold", "60", sink);
    let threshold = place.and_then(|node| read::number(node, 0.0, MAX_INTENT, sink));
    let half_life = fields.need("half_life", "14d", sink).and_then(|node| read::term(node, sink));
    let criteria = fields.need("criteria", "a list of rules", sink).map(|node| criteria(node, true, ids, checker, sink));
    let place = place?.span.start..place?.span.end;
    Some(Intent { threshold: Points::from_f64(threshold?), place, half_life_ms: half_life?.wall_ms(), criteria: criteria? })
}

fn criteria(node: &Node, of_intent: bool, ids: &mut Ids, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Vec<Criterion> {
    let mut criteria = Vec::new();
    let keys: &[&str] = if of_intent { &["id", "when", "points", "at_most", "because"] } else { &["id", "when", "points", "because"] };
    for node in read::list(node, "`criteria`", MAX_CRITERIA, sink) {
        let Some(fields) = Fields::of(node, if of_intent { "a criterion of intent" } else { "a criterion of fit" }, keys, sink) else {
            continue;
        };
        let id = fields.need("id", "a name of its own", sink).and_then(|node| ids.read(node, sink));
        let when = when(&fields, checker, sink);
        let most = if of_intent { MAX_POINTS } else { 100.0 };
        let points = fields.need("points", "30", sink).and_then(|node| {
            let points = read::number(node, -most, most, sink)?;
            if points == 0.0 {
                sink.error(RULEBOOK_VALUE, node.span, "a criterion without points says nothing");
                return None;
            }
            Some(points)
        });
        let at_most = fields.get("at_most").and_then(|node| at_most(node, points, sink));
        let because = fields.get("because").and_then(|node| read::prose(node, sink));
        if let (Some(id), Some(when), Some(points)) = (id, when, points) {
            criteria.push(Criterion { id, when, points: Points::from_f64(points), at_most, because });
        }
    }
    criteria
}

fn at_most(node: &Node, points: Option<f64>, sink: &mut Sink<'_>) -> Option<Points> {
    let most = read::number(node, 0.0, MAX_INTENT, sink)?;
    match points {
        Some(points) if points < 0.0 => {
            sink.error(RULEBOOK_VALUE, node.span, "`at_most` holds points down that are given, and this criterion takes some away");
            None
        }
        Some(points) if most < points => {
            sink.error(RULEBOOK_VALUE, node.span, "`at_most` is less than one match gives").help("lower `points` instead");
            None
        }
        _ => Some(Points::from_f64(most)),
    }
}

fn when(fields: &Fields<'_>, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Option<Predicate> {
    let node = fields.need("when", "an expression", sink)?;
    expression(node, checker, sink)
}

fn expression(node: &Node, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Option<Predicate> {
    let (text, _) = read::scalar(node, "an expression", sink)?;
    checker.predicate(text, node.span, sink)
}

/// Reads `gates`: all four, or no lead could ever have all four answers (QUAL-3).
pub fn gates(node: &Node, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Option<GateRules> {
    let names = Gates::NAMES;
    let examples = ["has(company.domain)", "declared.budget_usd > 0", "offering in [\"crm-suite\"]", "declared.buy_by >= today"];
    let fields = Fields::of(node, "`gates`", &names, sink)?;
    let mut gate = |index: usize| {
        let node = fields.need(names[index], examples[index], sink)?;
        expression(node, checker, sink)
    };
    let (represents_business, able_to_buy, wants_offering, buys_by) = (gate(0), gate(1), gate(2), gate(3));
    Some(GateRules {
        represents_business: represents_business?,
        able_to_buy: able_to_buy?,
        wants_offering: wants_offering?,
        buys_by: buys_by?,
    })
}

/// Reads `disqualify`.
pub fn disqualifiers(node: &Node, ids: &mut Ids, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Vec<Disqualifier> {
    let mut disqualifiers = Vec::new();
    for node in read::list(node, "`disqualify`", MAX_RULES, sink) {
        let Some(fields) = Fields::of(node, "a disqualifier", &["id", "when", "because"], sink) else { continue };
        let id = fields.need("id", "a name of its own", sink).and_then(|node| ids.read(node, sink));
        let when = when(&fields, checker, sink);
        let because = fields.get("because").and_then(|node| read::prose(node, sink));
        if let (Some(id), Some(when)) = (id, when) {
            disqualifiers.push(Disqualifier { id, when, because });
        }
    }
    disqualifiers
}

/// Reads `routes`: the first that matches wins, and the last takes what is left.
pub fn routes<T>(node: &Node, teams: &BTreeMap<CompactString, T>, checker: &mut Checker<'_>, sink: &mut Sink<'_>) -> Vec<Route> {
    let mut ids = Ids::default();
    let mut routes = Vec::new();
    let nodes = read::list(node, "`routes`", MAX_RULES, sink);
    if nodes.is_empty() && matches!(node.value, Value::List(_)) {
        sink.error(RULEBOOK_KEY_MISSING, node.span, "`routes` needs at least one route").help("- { id: all, team: … }");
    }
    for (index, node) in nodes.iter().enumerate() {
        let Some(fields) = Fields::of(node, "a route", &["id", "when", "team", "also_to"], sink) else { continue };
        let named = fields.need("id", "a name of its own", sink);
        let id = named.and_then(|node| ids.read(node, sink));
        let last = index + 1 == nodes.len();
        let when = match (fields.get("when"), last) {
            (Some(node), true) => {
                sink.error(RULEBOOK_LAST_ROUTE, node.span, "the last route takes every lead that no other takes: it has no `when`");
                None
            }
            (None, false) => {
                sink.error(RULEBOOK_LAST_ROUTE, node.span, "a route without `when` takes every lead: those behind it would get none");
                None
            }
            (Some(node), false) => expression(node, checker, sink),
            (None, true) => None,
        };
        let team = fields.need("team", "a team of the rulebook", sink).and_then(|node| team(node, teams, sink));
        let also_to = fields.get("also_to").and_then(|node| topic(node, sink));
        if let (Some(id), Some(team), Some(named)) = (id, team, named) {
            routes.push(Route { id, place: named.span.start..named.span.end, when, team, also_to });
        }
    }
    routes
}

fn team<T>(node: &Node, teams: &BTreeMap<CompactString, T>, sink: &mut Sink<'_>) -> Option<CompactString> {
    let name = read::name(node, "a team", sink)?;
    if !teams.contains_key(&name) {
        let message = format!("there is no team `{}`", clip(&name));
        sink.error(RULEBOOK_UNKNOWN_NAME, node.span, message).nearest(&name, teams.keys().map(CompactString::as_str));
        return None;
    }
    Some(name)
}

/// A name that Kafka accepts for a topic.
fn topic(node: &Node, sink: &mut Sink<'_>) -> Option<CompactString> {
    let (text, _) = read::scalar(node, "the name of a topic", sink)?;
    let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !fits || text.is_empty() || text.len() > 249 || text == "." || text == ".." {
        sink.error(RULEBOOK_VALUE, node.span, "a topic's name has 1 to 249 letters, digits, `.`, `_` or `-`");
        return None;
    }
    Some(text.into())
}
