//! The same maps on a live topic whose JSON is foreign: a record becomes an interaction of the contract, and it is that which the log
//! bears, so Decide reads the log without any map.
//!
//! A CRM's activities are interactions here; when the contract's own activities come, they are one more table of [`super::target`].

use std::borrow::Cow;

use serde_json::Value;

use super::field::FieldMap;
use super::{Applied, Column, Map, NotSingle, Notes, Row, path};
use crate::contract::account_key::FreeMail;
use crate::contract::admit::{Admitted, admit_made};
use crate::contract::code::{Refusal, SEVERAL_IDENTIFIERS, from_json};
use crate::contract::envelope::{InputContract, OpenedForeign, open_foreign};
use crate::contract::headers::Headers;

/// What becomes of a record of a mapped input (TXN-4: exactly one of these, or a [`Refusal`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'a> {
    /// Write this to the log.
    Forward(Admitted<'a>),
    /// A type that the configuration says to pass over.
    TypeIgnored,
    /// A record that the map's `when` passes over.
    PassedOver,
    /// The same, and it has none of the fields that `when` asks about: perhaps another document than the map was written for.
    FoundNothing,
    /// A record without a value: it says nothing.
    Tombstone,
}

/// Judges a record of a mapped input, for a log of `partitions` partitions.
///
/// # Errors
/// A [`Refusal`] with its code, the event's field and the path in the record; it becomes a dead letter.
pub fn admit<'a, H: Headers + ?Sized>(
    map: &'a Map,
    input: &'a InputContract,
    headers: &'a H,
    value: Option<&'a [u8]>,
    free_mail: &FreeMail,
    partitions: u32,
) -> Result<Verdict<'a>, Refusal> {
    let foreign = match open_foreign(headers, value, input)? {
        OpenedForeign::Document(foreign) => foreign,
        OpenedForeign::Ignored => return Ok(Verdict::TypeIgnored),
        OpenedForeign::Nothing => return Ok(Verdict::Tombstone),
    };
    let document: Value = from_json(foreign.data)?;
    let mut event = Vec::new();
    let row = Document { columns: &map.columns, root: &document };
    let mut notes = Notes::default();
    match map.apply(&row, None, free_mail, &mut event, &mut notes) {
        Ok(Applied::PassedOver) if map.finds_nothing(&document) => Ok(Verdict::FoundNothing),
        Ok(Applied::PassedOver) => Ok(Verdict::PassedOver),
        // Nobody reads a summary of a topic: a value that can't be read is a dead letter there, with its reason.
        Ok(Applied::Made(_)) if !notes.degraded.is_empty() => Err(notes.degraded.swap_remove(0).into_refusal()),
        Ok(Applied::Made(_)) => {
            map.is_of_one(&document)?;
            let source = map.source.as_deref().unwrap_or(&input.topic);
            admit_made(input, foreign, source, event, free_mail, partitions).map(Verdict::Forward)
        }
        Err(rejection) => Err(rejection.into_refusal()),
    }
}

impl Map {
    /// Whether a document has none of the fields that the map's `when` asks about.
    fn finds_nothing(&self, document: &Value) -> bool {
        let mut columns = self.when.iter().flat_map(|condition| &condition.columns);
        !columns.any(|column| path::walk(document, self.columns[*column].path.as_deref().unwrap_or_default()).is_some())
    }

    /// Refuses a document of several records of which the identifier takes one (`recordIds[0]`): the others would be lost without a word.
    fn is_of_one(&self, document: &Value) -> Result<(), Refusal> {
        let identifiers = self.fields.iter().filter(|field| field.path == "interaction_id");
        for column in identifiers.flat_map(FieldMap::columns).map(|column| &self.columns[*column]) {
            let path = column.path.as_deref().unwrap_or_default();
            let Some(place) = path.iter().rposition(|step| matches!(step, path::Step::Index(_))) else { continue };
            let several = path::walk(document, &path[..place]).and_then(Value::as_array).filter(|list| list.len() > 1);
            if let Some(list) = several {
                let message = format!(
                    "field `interaction_id`, from `{}`, takes one of {} elements: the record says the same of several, and the others would be lost",
                    column.name,
                    list.len()
                );
                return Err(Refusal::new(SEVERAL_IDENTIFIERS, message));
            }
        }
        Ok(())
    }
}

/// A document as a row: a column is a path.
struct Document<'d> {
    columns: &'d [Column],
    root: &'d Value,
}

impl Row for Document<'_> {
    fn cell(&self, column: usize) -> Result<Option<Cow<'_, str>>, NotSingle> {
        let path = self.columns[column].path.as_deref().unwrap_or_default();
        match path::walk(self.root, path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(Value::Bool(flag)) => Ok(Some(Cow::Borrowed(if *flag { "true" } else { "false" }))),
            Some(Value::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
            Some(Value::Array(_) | Value::Object(_)) => Err(NotSingle),
        }
    }
}
