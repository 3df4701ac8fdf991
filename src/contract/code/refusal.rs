//! Why an input was refused: a code, the field, the position, and never a value (PII-1).
//!
//! serde's own messages quote what they found, and what they found may be a person's. So they are not passed on: what is
//! said is put together from words that stand in this program (names of fields, what was expected) and from numbers.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;
use serde_path_to_error::Segment;

use super::locate::{Step, line_and_column, offset_of};
use super::{BAD_IDENTIFIER, BAD_VALUE, Code, FIELD_MISSING, FIELD_TWICE, NOT_JSON, WRONG_TYPE};
use crate::contract::identifier::InvalidIdentifier;

/// A refused input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// What kind of mistake.
    pub code: &'static Code,
    /// The field, the position and what was expected; safe to log.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Refusal {
    /// A refusal of this code; `message` must bear no value of the input.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A field (`person.consent.at`) of the JSON object `data` whose value is outside what the contract allows; `why` completes
    /// "the field is …".
    pub fn field(field: &'static str, why: impl fmt::Display, data: &[u8]) -> Self {
        Self::at(BAD_VALUE, field, format_args!("is {why}"), data)
    }

    /// A field of the JSON object `data` that can't be an identifier.
    pub fn identifier(field: &'static str, error: InvalidIdentifier, data: &[u8]) -> Self {
        Self::at(BAD_IDENTIFIER, field, error, data)
    }

    /// The field that it is about, where it names one, and what is wrong, without the position: for whoever made the event out of
    /// something else, in which the position means nothing.
    pub fn field_and_reason(&self) -> (Option<&str>, &str) {
        let reason = self.message.find(" (line ").map_or(self.message.as_str(), |place| &self.message[..place]);
        let named = reason.strip_prefix("field `").and_then(|rest| rest.split_once('`'));
        named.map_or((None, reason), |(field, why)| (Some(field), why.trim_start_matches([':', ' '])))
    }

    /// The same refusal where the data stood inside a structured event: its position counts from there.
    pub fn inside(mut self, structured: bool) -> Self {
        if structured {
            self.message.push_str(", counted within `data`");
        }
        self
    }

    /// A field of the JSON object `data`, of which `why` says the rest of the sentence.
    pub fn at(code: &'static Code, field: &'static str, why: impl fmt::Display, data: &[u8]) -> Self {
        let text = str::from_utf8(data).unwrap_or_default();
        let place = offset_of(text, field.split('.').map(Step::Field)).map_or_else(String::new, |offset| place(text, offset));
        Self::new(code, format!("field `{field}` {why}{place}"))
    }
}

/// ` (line 1 column 321)`: columns count bytes.
fn place(text: &str, offset: usize) -> String {
    let (line, column) = line_and_column(text, offset);
    format!(" (line {line} column {column})")
}

/// Parses JSON into a borrowed wire type; the slow search for the field and its place happens only for what is refused.
///
/// # Errors
/// A [`Refusal`]: [`NOT_JSON`], [`WRONG_TYPE`], [`FIELD_MISSING`], [`FIELD_TWICE`] or [`BAD_VALUE`].
pub fn from_json<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, Refusal> {
    let text = str::from_utf8(data).map_err(|error| {
        // Up to there the bytes are UTF-8, so lines can be counted in them.
        let good = str::from_utf8(&data[..error.valid_up_to()]).unwrap_or_default();
        Refusal::new(NOT_JSON, format!("not UTF-8{}", place(good, good.len())))
    })?;
    serde_json::from_str(text).map_err(|error| explain::<T>(text, &error))
}

/// What serde calls what it expected, and what producers call it. What is not in this list is not said.
const EXPECTED: &[(&str, &str)] = &[
    ("a string", "a text"),
    ("a boolean", "true or false"),
    ("a number", "a number, or a text of its digits alone"),
    ("a whole number", "a whole number, or a text of its digits alone"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("an object", "an object"),
    ("an object or a list of objects", "an object or a list of objects"),
    ("an object of at most 64 scalars", "an object of at most 64 texts, numbers and booleans"),
    ("a boolean, a number or a text", "a text, a number, true or false"),
];

fn explain<'a, T: Deserialize<'a>>(text: &'a str, first: &serde_json::Error) -> Refusal {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        // The value is whole: what is wrong stands behind it.
        return Refusal::new(NOT_JSON, format!("more text behind the JSON value (line {} column {})", first.line(), first.column()));
    };
    let said = error.inner().to_string();
    let field = Field::of(error.path(), text);
    let reader = format!(" (line {} column {})", first.line(), first.column());
    match error.inner().classify() {
        Category::Syntax | Category::Eof | Category::Io if said.starts_with("number out of range") => {
            Refusal::new(BAD_VALUE, format!("{} is a number out of range{}", field.name, field.place))
        }
        // Texts about syntax are serde_json's own and quote nothing; its last words say the place, as ours do.
        Category::Syntax | Category::Eof | Category::Io => {
            let why = said.rsplit_once(" at line ").map_or("", |(why, _)| why);
            Refusal::new(NOT_JSON, format!("{why}{reader}"))
        }
        Category::Data => {
            if let Some(name) = known_name(&said, "missing field `") {
                Refusal::new(FIELD_MISSING, format!("field `{}` is missing{}", field.below(name), field.place))
            } else if let Some(name) = known_name(&said, "duplicate field `") {
                Refusal::new(FIELD_TWICE, format!("field `{}` stands there twice{reader}", field.below(name)))
            } else {
                let expected = said.rsplit_once(", expected ").and_then(|(_, rest)| rest.rsplit_once(" at line "));
                let expected = expected.and_then(|(word, _)| EXPECTED.iter().find(|(serdes, _)| *serdes == word));
                let expected = expected.map_or("another type", |(_, ours)| ours);
                Refusal::new(WRONG_TYPE, format!("{}: expected {expected}{}", field.name, field.place))
            }
        }
    }
}

/// The name of a field in serde's message, where it is one of the contract's.
fn known_name(said: &str, prefix: &str) -> Option<&'static str> {
    let name = said.strip_prefix(prefix)?.split('`').next()?;
    FIELD_NAMES.iter().copied().find(|known| *known == name)
}

/// A field, as it may be said: with `*` for names that the sender chose. Below `attributes` any key may stand, even an address.
struct Field {
    path: String,
    /// ``field `a.b` ``, or `the event` for the whole of it.
    name: String,
    place: String,
}

impl Field {
    fn of(path: &serde_path_to_error::Path, text: &str) -> Self {
        let mut said = String::new();
        for segment in path.iter() {
            match segment {
                Segment::Seq { index } => said.push_str(&format!("[{index}]")),
                Segment::Map { key } => {
                    let known = FIELD_NAMES.iter().copied().find(|known| known == key).unwrap_or("*");
                    let dot = if said.is_empty() { "" } else { "." };
                    said.push_str(&format!("{dot}{known}"));
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::Field(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let place = offset_of(text, steps).map_or_else(String::new, |offset| place(text, offset));
        let name = if said.is_empty() { "the event".to_owned() } else { format!("field `{said}`") };
        Self { path: said, name, place }
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// Every name of a field that a refusal may say: those of the inputs, the envelope, the log's own documents and outcomes.
#[rustfmt::skip] // a list to read by its groups
pub const FIELD_NAMES: &[&str] = &[
    // An interaction.
    "interaction_id", "occurred_at", "kind", "offering", "campaign", "person", "company", "declared", "attributes",
    "id", "agency", "channel", "name", "email", "phone", "role", "department", "seniority", "consent", "contact", "at",
    "domain", "employees", "industry", "country", "revenue_usd",
    "authority", "budget_usd", "buy_by", "timeframe_days", "comment",
    // An account's update.
    "account_id", "version", "domains", "customer", "owner", "team", "open_opportunity", "stage",
    // An activity.
    "activity_id", "lead_id", "logged_at", "actor", "proof", "ref", "next_step_at", "assignee", "reason", "until", "value_usd",
    // The structured envelope.
    "specversion", "source", "type", "traceparent", "data", "data_base64",
    // The log's own documents.
    "as_of", "sources", "rulebook", "signatures", "unsigned_allowed", "digest", "revision", "signed_by", "charter",
    "roster", "request", "account_key", "not_to", "answer", "seller", "opens_at", "open",
    // An outcome that a history is held against.
    "account", "outcome",
];

#[cfg(test)]
mod tests {
    use crate::contract::account::AccountUpdated;
    use crate::contract::account_key::FreeMail;
    use crate::contract::interaction::Interaction;

    /// An interaction with one thing changed, and what is said of it.
    #[test]
    fn a_refusal_says_field_place_and_what_was_expected() {
        let good = r#"{"interaction_id":"i-1","occurred_at":"2026-11-03T15:04:05Z","kind":"attended","campaign":{"id":"c-1"},"person":{"id":"p-1"}}"#;
        let check = |from: &str, to: &str, code: &str, message: &str| {
            assert!(good.contains(from), "{from}");
            let json = good.replacen(from, to, 1);
            let refusal = Interaction::parse(json.as_bytes()).expect_err(&json);
            assert_eq!((refusal.code.name, refusal.message.as_str()), (code, message), "{json}");
        };
        assert!(Interaction::parse(good.as_bytes()).is_ok());
        check(r#""i-1""#, "7", "wrong_type", "field `interaction_id`: expected a text (line 1 column 19)");
        check(r#""i-1""#, "null", "wrong_type", "field `interaction_id`: expected a text (line 1 column 19)");
        check(
            r#""i-1""#,
            r#""a@b""#,
            "bad_identifier",
            "field `interaction_id` has an `@`: identifiers travel in keys and logs, where no address may be (line 1 column 19)",
        );
        check(
            r#""2026-11-03T15:04:05Z""#,
            "\n\"x\"",
            "bad_value",
            "field `occurred_at` is not a time of RFC 3339 between the years 1970 and 9000 (line 2 column 1)",
        );
        check(r#"{"id":"c-1"}"#, r#"["c-1"]"#, "wrong_type", "field `campaign`: expected an object (line 1 column 91)");
        check(r#"{"id":"c-1"}"#, "{}", "field_missing", "field `campaign.id` is missing (line 1 column 91)");
        check(r#""kind":"attended","#, "", "field_missing", "field `kind` is missing (line 1 column 1)");
        check(r#"{"id":"p-1"}"#, r#"{"id":"p-1","id":"p-2"}"#, "field_twice", "field `person.id` stands there twice (line 1 column 128)");
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"Ana Ruiz"}}"#,
            "bad_identifier",
            "field `person.id` has white space: it becomes part of a key, where no name may be (line 1 column 119)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"declared":{"budget_usd":"a lot"}}"#,
            "wrong_type",
            "field `declared.budget_usd`: expected a number, or a text of its digits alone (line 1 column 151)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"declared":{"budget_usd":1e400}}"#,
            "bad_value",
            "field `declared.budget_usd` is a number out of range (line 1 column 151)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"declared":{"budget_usd":-1}}"#,
            "bad_value",
            "field `declared.budget_usd` is not an amount from 0 to 10^15 (line 1 column 151)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"company":{"employees":2.5}}"#,
            "wrong_type",
            "field `company.employees`: expected a whole number, or a text of its digits alone (line 1 column 149)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"company":{"employees":-2}}"#,
            "bad_value",
            "field `company.employees` is not a count from 0 to 10^10 (line 1 column 149)",
        );
        check(
            r#"{"id":"p-1"}}"#,
            r#"{"id":"p-1"},"attributes":{"ana@acme.example":[1]}}"#,
            "wrong_type",
            "field `attributes.*`: expected a text, a number, true or false (line 1 column 159)",
        );
        check(r#"{"id":"p-1"}}"#, r#"{"id":"p-1"}"#, "not_json", "EOF while parsing an object (line 1 column 124)");
        check(r#"{"id":"p-1"}}"#, r#"{"id":"p-1"}} x"#, "not_json", "more text behind the JSON value (line 1 column 127)");
        check("\"attended\"", r#""\ud800""#, "not_json", "unexpected end of hex escape (line 1 column 76)");
    }

    #[test]
    fn what_is_no_object_or_no_utf_8_is_refused() {
        for (data, code, message) in [
            (b"[]".as_slice(), "wrong_type", "the event: expected an object (line 1 column 1)"),
            (b"\"ana@acme.example\"", "wrong_type", "the event: expected an object (line 1 column 1)"),
            (b"{'a':1}", "not_json", "key must be a string (line 1 column 2)"),
            (b"{\n\"x\":\"\xff\"}", "not_json", "not UTF-8 (line 2 column 6)"),
        ] {
            let refusal = Interaction::parse(data).expect_err(message);
            assert_eq!((refusal.code.name, refusal.message.as_str()), (code, message));
        }
    }

    #[test]
    fn what_producers_write_for_nothing_is_nothing() {
        let parse = |more: &str| {
            let json = format!(r#"{{"account_id":"001","version":3.0{more}}}"#);
            let update = AccountUpdated::parse(json.as_bytes(), &FreeMail::default()).map_err(|refusal| refusal.to_string());
            update.map(|update| (update.domains.len(), update.owner, update.open_opportunities.len(), update.company.employees))
        };
        let nothing = Ok((0, None, 0, None));
        assert_eq!(parse(""), nothing);
        assert_eq!(parse(r#","domains":null,"owner":null,"open_opportunity":null,"employees":null,"name":null"#), nothing);
        assert_eq!(parse(r#","domains":[],"owner":{},"open_opportunity":[],"name":"""#), nothing);
        assert_eq!(parse(r#","open_opportunity":{"offering":"","stage":null},"employees":230.0"#), Ok((0, None, 1, Some(230))));
        assert_eq!(parse(r#","open_opportunity":[{"stage":"won"},{}],"domains":["acme.example"]"#), Ok((1, None, 2, None)));
        let refused = "RLV-1003: field `open_opportunity[1]`: expected an object (line 1 column 58)";
        assert_eq!(parse(r#","open_opportunity":[{},7]"#), Err(refused.into()));
        assert_eq!(parse(r#","domains":[7]"#), Err("RLV-1003: field `domains[0]`: expected a text (line 1 column 46)".into()));
        assert_eq!(
            parse(r#","domains":[null,"",{}],"owner":"","open_opportunity":"","employees":" ","revenue_usd":{},"customer":"""#),
            nothing
        );
        assert_eq!(parse(r#","domains":"","owner":[],"open_opportunity":[],"employees":[],"name":{},"country":[]"#), nothing);
    }
}
