//! Agreed cases: short interactions made into complete documents of the contract, and what is expected of them.
//!
//! What an entry leaves out is put in: an id, the time (that of the rulebook's force), a campaign, a person, and the company of the
//! entry before. Running them is the engine's business. Messages name fields, never values: an example's person may be real (PII-1).

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};

use super::read::{self, Fields};
use crate::contract::account_key::FreeMail;
use crate::contract::code::{RULEBOOK_EXAMPLE, RULEBOOK_KEY_MISSING, RULEBOOK_UNKNOWN_NAME, RULEBOOK_VALUE};
use crate::contract::time::DAY_MS;
use crate::contract::{AccountKey, Date, Decision, Interaction, Reason, Timestamp};
use crate::rulebook::compiled::{Attribute, AttributeKind, Example, Expectation};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::expression::clip;
use crate::rulebook::term::Term;
use crate::rulebook::yaml::{Node, Value};

/// The most examples, and the most interactions of one.
const MAX_EXAMPLES: usize = 500;
const MAX_GIVEN: usize = 100;
/// How far from the example's moment a date may be.
const DAYS: RangeInclusive<i64> = -3_660..=3_660;

/// What examples are read against.
pub struct Setting<'a> {
    /// The moment at which they are decided: when the rulebook takes force.
    pub at: Timestamp,
    /// The zone of `today`.
    pub zone: jiff::tz::TimeZone,
    /// The user's own fields, typed.
    pub attributes: &'a [Attribute],
    /// Routes that may be expected.
    pub routes: &'a [compact_str::CompactString],
}

/// How a field of the contract is read.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Number,
    Boolean,
    /// A date, or days from the moment: `+60d`.
    Date,
    /// An instant, or a duration from the moment: `-3d`.
    Time,
    Map(&'static [(&'static str, Form)]),
    /// `{ contact: true }`, or just `true`.
    Consent,
    Attributes,
}

const INTERACTION: &[(&str, Form)] = &[
    ("interaction_id", Form::Text),
    ("occurred_at", Form::Time),
    ("at", Form::Time),
    ("kind", Form::Text),
    ("offering", Form::Text),
    ("campaign", Form::Map(&[("id", Form::Text), ("agency", Form::Text), ("channel", Form::Text)])),
    ("person", Form::Map(PERSON)),
    ("company", Form::Map(COMPANY)),
    ("declared", Form::Map(DECLARED)),
    ("attributes", Form::Attributes),
];
const PERSON: &[(&str, Form)] = &[
    ("id", Form::Text),
    ("name", Form::Text),
    ("email", Form::Text),
    ("phone", Form::Text),
    ("role", Form::Text),
    ("department", Form::Text),
    ("seniority", Form::Text),
    ("consent", Form::Consent),
];
const COMPANY: &[(&str, Form)] = &[
    ("id", Form::Text),
    ("name", Form::Text),
    ("domain", Form::Text),
    ("employees", Form::Number),
    ("industry", Form::Text),
    ("country", Form::Text),
    ("revenue_usd", Form::Number),
];
const DECLARED: &[(&str, Form)] = &[
    ("offering", Form::Text),
    ("authority", Form::Text),
    ("budget_usd", Form::Number),
    ("buy_by", Form::Date),
    ("timeframe_days", Form::Number),
    ("comment", Form::Text),
];
const CONSENT: &[(&str, Form)] = &[("contact", Form::Boolean), ("at", Form::Time)];

/// Reads `examples`.
pub fn read(node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Vec<Example> {
    let nodes = read::list(node, "`examples`", MAX_EXAMPLES, sink);
    nodes.iter().enumerate().filter_map(|(index, node)| example(index, node, setting, sink)).collect()
}

fn example(index: usize, node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<Example> {
    let fields = Fields::of(node, "an example", &["name", "given", "expect"], sink)?;
    let name_node = fields.need("name", "what the case is about", sink);
    let name = name_node.and_then(|node| read::prose(node, sink));
    let given = fields.need("given", "- { kind: demo_requested, … }", sink);
    let nodes = given.map_or(&[][..], |node| read::list(node, "`given`", MAX_GIVEN, sink));
    if let (Some(node), true) = (given, nodes.is_empty() && matches!(given.map(|node| &node.value), Some(Value::List(_)))) {
        sink.error(RULEBOOK_KEY_MISSING, node.span, "an example is given at least one interaction");
    }
    let mut documents: Vec<(Timestamp, Vec<u8>)> = Vec::new();
    let mut before = Story { company: None, key: None };
    for (number, node) in nodes.iter().enumerate() {
        let id = format!("example-{}-{}", index + 1, number + 1);
        if let Some(document) = interaction(node, id, setting, &mut before, sink) {
            documents.push(document);
        }
    }
    // A stable sort: what has no time of its own keeps its turn, and the last one is decided about.
    documents.sort_by_key(|(at, _)| *at);
    let expect = fields.need("expect", "{ decision: qualified }", sink).and_then(|node| expectation(node, setting, sink));
    let place = name_node.map_or(node.span, |node| node.span);
    Some(Example {
        name: name?,
        line: sink.line(place.start),
        span: place.start..place.end,
        given: documents.into_iter().map(|(_, document)| document).collect(),
        at: setting.at,
        expect: expect?,
    })
}

fn expectation(node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<Expectation> {
    let fields = Fields::of(node, "`expect`", &["decision", "reason", "route"], sink)?;
    let mut named = |key: &str, known: &mut dyn Iterator<Item = &str>| -> Option<String> {
        let node = fields.get(key)?;
        let (word, _) = read::scalar(node, &format!("a {key}"), sink)?;
        let known: Vec<&str> = known.collect();
        if !known.contains(&word) {
            let message = format!("there is no {key} `{}`", clip(word));
            sink.error(RULEBOOK_UNKNOWN_NAME, node.span, message).nearest(word, known);
            return None;
        }
        Some(word.to_owned())
    };
    let decision = named("decision", &mut Decision::ALL.iter().map(|decision| decision.as_str()));
    let reason = named("reason", &mut Reason::ALL.iter().map(|reason| reason.as_str()));
    let route = named("route", &mut setting.routes.iter().map(|route| route.as_str()));
    if ["decision", "reason", "route"].iter().all(|key| fields.get(key).is_none()) {
        sink.error(RULEBOOK_KEY_MISSING, node.span, "an example expects a decision, a reason or a route")
            .help("expect: { decision: qualified }");
        return None;
    }
    Some(Expectation {
        decision: decision.as_deref().and_then(Decision::parse),
        reason: reason.as_deref().and_then(Reason::parse),
        route: route.map(Into::into),
    })
}

/// What the entries of an example share.
struct Story {
    company: Option<Json>,
    key: Option<AccountKey>,
}

/// An entry as a document of the contract, with its time.
fn interaction(node: &Node, id: String, setting: &Setting<'_>, story: &mut Story, sink: &mut Sink<'_>) -> Option<(Timestamp, Vec<u8>)> {
    let errors = sink.errors();
    let mut document = map(node, "an interaction", INTERACTION, setting, sink)?;
    if sink.errors() > errors {
        return None;
    }
    let at = document.remove("at").or_else(|| document.get("occurred_at").cloned()).unwrap_or_else(|| Json::from(setting.at.to_string()));
    let occurred_at = at.as_str().and_then(|text| Timestamp::parse(text).ok()).unwrap_or(setting.at);
    document.insert("occurred_at".into(), at);
    document.entry("interaction_id").or_insert(Json::from(id));
    default_id(&mut document, "campaign", "example-campaign");
    default_id(&mut document, "person", "example-person");
    match (document.get("company"), &story.company) {
        (Some(company), _) => story.company = Some(company.clone()),
        (None, Some(company)) => {
            document.insert("company".into(), company.clone());
        }
        (None, None) => {}
    }
    let bytes = Json::Object(document).to_string().into_bytes();
    match Interaction::parse(&bytes) {
        Ok(interaction) => {
            let key = interaction.account_key(&FreeMail::default());
            if story.key.get_or_insert_with(|| key.clone()) != &key {
                sink.error(RULEBOOK_EXAMPLE, node.span, "this interaction belongs to another account than those before it")
                    .help("an example is the story of one account: give all its interactions the same company");
                return None;
            }
        }
        Err(refusal) => {
            // Its position counts within a document that nobody sees.
            let message = refusal.message.split(" (line").next().unwrap_or_default().to_owned();
            sink.error(RULEBOOK_EXAMPLE, node.span, format!("this is no interaction of the contract: {message}"));
            return None;
        }
    }
    Some((occurred_at, bytes))
}

fn default_id(document: &mut Map<String, Json>, object: &str, id: &str) {
    let entry = document.entry(object).or_insert_with(|| Json::Object(Map::new()));
    if let Some(object) = entry.as_object_mut() {
        object.entry("id").or_insert(Json::from(id));
    }
}

fn map(
    node: &Node,
    what: &'static str,
    known: &'static [(&'static str, Form)],
    setting: &Setting<'_>,
    sink: &mut Sink<'_>,
) -> Option<Map<String, Json>> {
    let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
    let fields = Fields::of(node, what, &keys, sink)?;
    let mut object = Map::new();
    for (key, form) in known {
        if let Some(node) = fields.get(key)
            && let Some(value) = value(node, key, *form, setting, sink)
        {
            object.insert((*key).to_owned(), value);
        }
    }
    Some(object)
}

fn value(node: &Node, key: &'static str, form: Form, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<Json> {
    match form {
        Form::Text => read::scalar(node, "a text", sink).map(|(text, _)| Json::from(text)),
        Form::Number => read::number(node, -1e15, 1e15, sink).map(json_number),
        Form::Boolean => read::boolean(node, sink).map(Json::from),
        Form::Date => date(node, setting, sink).map(Json::from),
        Form::Time => time(node, setting, sink).map(Json::from),
        Form::Map(known) => map(node, key, known, setting, sink).map(Json::Object),
        Form::Consent => match &node.value {
            Value::Scalar { .. } => {
                let contact = read::boolean(node, sink)?;
                Some(Json::Object(Map::from_iter([("contact".to_owned(), Json::from(contact))])))
            }
            _ => map(node, key, CONSENT, setting, sink).map(Json::Object),
        },
        Form::Attributes => attributes(node, setting, sink).map(Json::Object),
    }
}

/// A whole number is written as one.
fn json_number(number: f64) -> Json {
    if number.fract() == 0.0 { Json::from(number as i64) } else { Json::from(number) }
}

/// Attributes that the rulebook declares have its types; others are what they look like.
fn attributes(node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<Map<String, Json>> {
    let mut object = Map::new();
    for (key, node) in read::entries(node, "`attributes`", sink)? {
        let declared = setting.attributes.iter().find(|attribute| attribute.name == key.name).map(|attribute| attribute.kind);
        let value = match declared {
            Some(AttributeKind::Bool) => read::boolean(node, sink).map(Json::from),
            Some(AttributeKind::Int | AttributeKind::Double) => read::number(node, -1e15, 1e15, sink).map(json_number),
            Some(AttributeKind::Text) => read::scalar(node, "a text", sink).map(|(text, _)| Json::from(text)),
            None => read::scalar(node, "a single value", sink).map(|(text, quoted)| match text.parse::<f64>() {
                Ok(number) if !quoted && number.is_finite() => json_number(number),
                _ if !quoted && matches!(text, "true" | "false") => Json::from(text == "true"),
                _ => Json::from(text),
            }),
        };
        if let Some(value) = value {
            object.insert(key.name.clone(), value);
        }
    }
    Some(object)
}

/// `+60d` or `-3d`: an offset in ms.
fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    Term::parse(rest).map(|term| sign * term.wall_ms())
}

fn date(node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<String> {
    let (text, _) = read::scalar(node, "a date", sink)?;
    let days = offset(text).filter(|ms| ms % DAY_MS == 0).map(|ms| ms / DAY_MS).filter(|days| DAYS.contains(days));
    if let Some(days) = days {
        return Some(today(setting).plus_days(days as i32).to_string());
    }
    match Date::parse(text) {
        Ok(date) => Some(date.to_string()),
        Err(error) => {
            sink.error(RULEBOOK_VALUE, node.span, format!("this is {error}")).help("a date, or whole days from the example's moment: +60d");
            None
        }
    }
}

fn time(node: &Node, setting: &Setting<'_>, sink: &mut Sink<'_>) -> Option<String> {
    let (text, _) = read::scalar(node, "a time", sink)?;
    if let Some(ms) = offset(text) {
        // Held behind the contract's first instant by its own check.
        return Some(setting.at.plus_ms(ms).to_string());
    }
    match Timestamp::parse(text) {
        Ok(at) => Some(at.to_string()),
        Err(error) => {
            sink.error(RULEBOOK_VALUE, node.span, format!("this is {error}")).help("a time, or a duration from the example's moment: -3d");
            None
        }
    }
}

/// The date of the example's moment in the rulebook's time zone.
fn today(setting: &Setting<'_>) -> Date {
    let instant = jiff::Timestamp::from_millisecond(setting.at.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = setting.zone.to_datetime(instant).date().to_string();
    Date::parse(&local).unwrap_or_else(|_| setting.at.utc_date())
}
