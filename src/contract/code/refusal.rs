//! Why an input was refused: a code, the field, the position, and never a value (PII-1).
//!
//! serde's own messages quote what they found, and what they found may be a person's. So they are not passed on: the error's
//! kind, the path and the position are, in words of our own.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;

use super::{BAD_IDENTIFIER, BAD_VALUE, Code, FIELD_MISSING, NOT_JSON, TOO_DEEP, WRONG_TYPE};
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

    /// A field whose value is outside what the contract allows.
    pub fn field(field: &'static str, expected: impl fmt::Display, _data: &[u8]) -> Self {
        Self::new(BAD_VALUE, format!("field `{field}` is {expected}"))
    }

    /// The same refusal where the data stood inside a structured event: its position counts from there.
    pub fn inside(mut self, structured: bool) -> Self {
        if structured {
            self.message.push_str(", counted within `data`");
        }
        self
    }

    /// A field that can't be an identifier.
    pub fn identifier(field: &'static str, error: InvalidIdentifier, _data: &[u8]) -> Self {
        Self::new(BAD_IDENTIFIER, format!("field `{field}` is {error}"))
    }
}

/// Parses JSON into a borrowed wire type; the slow search for the field's path happens only for what is refused.
pub fn from_json<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(data).map_err(|_| explain::<T>(data))
}

fn explain<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Refusal {
    let mut deserializer = serde_json::Deserializer::from_slice(data);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => Refusal::new(NOT_JSON, "more text behind the JSON value"),
        Err(error) => {
            let path = safe_path(error.path());
            let inner = error.inner();
            let at = format!("line {} column {}", inner.line(), inner.column());
            match inner.classify() {
                Category::Syntax | Category::Eof | Category::Io if inner.to_string().starts_with("recursion limit") => {
                    Refusal::new(TOO_DEEP, at)
                }
                Category::Syntax | Category::Eof | Category::Io => Refusal::new(NOT_JSON, format!("not JSON at {at}")),
                Category::Data => {
                    let text = inner.to_string();
                    match text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
                        // The name of a missing field comes from our own types, so it is safe to say.
                        Some(field) if path == "." => Refusal::new(FIELD_MISSING, format!("field `{field}` is missing ({at})")),
                        Some(field) => Refusal::new(FIELD_MISSING, format!("field `{path}.{field}` is missing ({at})")),
                        None => Refusal::new(WRONG_TYPE, format!("field `{path}` has a wrong type ({at})")),
                    }
                }
            }
        }
    }
}

/// The path without names that the sender chose: below `attributes` any key may stand, even an address.
fn safe_path(path: &serde_path_to_error::Path) -> String {
    let text = path.to_string();
    if text.starts_with("attributes.") { "attributes.*".into() } else { text }
}
