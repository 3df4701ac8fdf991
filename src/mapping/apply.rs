//! One row, one event: the map's fields are put together as JSON, and the contract's own parser has the last word.

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;

use super::choice::{Choice, Choices};
use super::field::{FieldMap, Mistake, Scope, Source};
use super::target::OWNERS;
use super::value::Value;
use super::{Map, Row, Target};
use crate::contract::account_key::{FreeMail, account_key};
use crate::contract::code::{BAD_IDENTIFIER, BAD_VALUE, FIELD_MISSING, Refusal, VALUE_NOT_MAPPED};
use crate::contract::interaction::Amount;
use crate::contract::{Code, Date, Interaction, LeadId, identifier};

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// An event was written; where it stands in the buffer.
    Made(Range<usize>),
    /// The map's `when` passes the row over.
    PassedOver,
}

/// Why a row makes no event: the field, the column and what is wrong, never a value (PII-1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejection {
    /// Its code's number first, so that rejections sort by it.
    pub number: u16,
    /// The event's field; empty where it is about the whole row.
    pub field: CompactString,
    /// The column, or the path, that the field comes from; empty where there is none.
    pub column: CompactString,
    /// The rest of a sentence about the field or the row.
    pub why: String,
}

impl Rejection {
    /// A rejection of a whole row; `why` is a sentence.
    pub fn of_row(code: &'static Code, why: impl Into<String>) -> Self {
        Self { number: code.number, field: CompactString::default(), column: CompactString::default(), why: why.into() }
    }

    /// Its code.
    pub fn code(&self) -> &'static Code {
        Code::all().find(|code| code.number == self.number).unwrap_or(FIELD_MISSING)
    }

    /// The same as a refusal of a record.
    pub fn into_refusal(self) -> Refusal {
        Refusal::new(self.code(), self.to_string())
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.field.as_str(), self.column.as_str()) {
            ("", _) => f.write_str(&self.why),
            (field, "") => write!(f, "field `{field}` {}", self.why),
            (field, column) => write!(f, "field `{field}`, from `{column}`, {}", self.why),
        }
    }
}

/// What is told of a row beside the event that it made, or did not make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Values that an event can do without, and that are not in it.
    pub degraded: Vec<Rejection>,
    /// Words that decided: those that no lookup has, and those for which a row was passed over. The field, or the condition's column,
    /// and the word. Never for a message by itself: a summary shows words of small lists only (PII-1).
    pub words: Vec<(CompactString, String)>,
}

impl Notes {
    /// As before any row.
    pub fn clear(&mut self) {
        self.degraded.clear();
        self.words.clear();
    }
}

/// The values of a row's event, by the numbers of their fields.
type Values<'v> = Vec<(usize, Value<'v>)>;

impl Map {
    /// Whether the map's `when` takes a row.
    pub(super) fn takes<R: Row + ?Sized>(&self, row: &R) -> bool {
        self.when.iter().all(|condition| condition.holds(row, &self.nothing))
    }

    /// Turns a row into the JSON of one event, appended to `out`; `free_mail` matters to outcomes, whose account it helps to find.
    /// `choices`: how the columns are written, where they were seen.
    ///
    /// # Errors
    /// A [`Rejection`]; `out` is as it was before.
    pub fn apply<R: Row + ?Sized>(
        &self,
        row: &R,
        choices: Option<&Choices>,
        free_mail: &FreeMail,
        out: &mut Vec<u8>,
        notes: &mut Notes,
    ) -> Result<Applied, Rejection> {
        notes.clear();
        if let Some(condition) = self.when.iter().find(|condition| !condition.holds(row, &self.nothing)) {
            let column = condition.columns.iter().find(|column| row.has(**column)).or(condition.columns.first());
            let name = column.map(|column| self.columns[*column].name.clone()).unwrap_or_default();
            notes.words.extend(condition.word(row).map(|word| (name, word)));
            return Ok(Applied::PassedOver);
        }
        let start = out.len();
        let mut values = self.values(row, choices, notes)?;
        let made = match self.target {
            Target::Interactions => self.interaction(&mut values, out, notes),
            Target::Outcomes => self.outcome(&mut values, free_mail, out, notes),
        };
        match made {
            Ok(()) => Ok(Applied::Made(start..out.len())),
            Err(rejection) => {
                out.truncate(start);
                Err(rejection)
            }
        }
    }

    /// The values of all fields. What can't be read, and an event can do without, is noted and left out.
    fn values<'r, R: Row + ?Sized>(&'r self, row: &'r R, choices: Option<&Choices>, notes: &mut Notes) -> Result<Values<'r>, Rejection> {
        let mut values = Vec::with_capacity(self.fields.len());
        for (index, field) in self.fields.iter().enumerate() {
            let choice: Option<Choice> = choices.map(|choices| choices.of(index));
            let scope = Scope { nothing: &self.nothing, latest_year: self.latest_year, choice };
            match field.value(row, scope) {
                Ok(value) => values.extend(value.map(|value| (index, value))),
                Err(mistake) if self.forbids(field, &mistake) => values.push((index, Value::Text("unclear".into()))),
                Err(mistake) => {
                    let rejection = self.rejection(field, &mistake);
                    notes.words.extend(mistake.word.filter(|word| !word.is_empty()).map(|word| (field.path.clone(), word)));
                    if field.required {
                        return Err(rejection);
                    }
                    notes.degraded.push(rejection);
                }
            }
        }
        self.in_dollars(row, &mut values, notes);
        Ok(values)
    }

    /// Turns amounts that have a currency beside them into US dollars; without a rate they are not known.
    fn in_dollars<R: Row + ?Sized>(&self, row: &R, values: &mut Values<'_>, notes: &mut Notes) {
        let day: Option<Date> = values.iter().find_map(|(index, value)| match value {
            Value::Time(at) if self.fields[*index].required => Some(at.utc_date()),
            _ => None,
        });
        values.retain_mut(|(index, value)| {
            let field = &self.fields[*index];
            let (Some(source), Value::Number(amount)) = (&field.currency, &*value) else { return true };
            // Without such a column in the file there is one currency, and the field says which.
            if matches!(source, Source::First(columns) if !columns.iter().any(|column| row.has(*column))) {
                return true;
            }
            let text = match source {
                Source::Constant(value) => value.text().map(str::to_owned),
                Source::First(columns) | Source::Join { columns, .. } => columns.iter().find_map(|column| {
                    let cell = row.cell(*column).ok().flatten()?;
                    Some(super::cell::clean(&cell).into_owned()).filter(|text| !super::cell::is_nothing(&text.to_lowercase(), false))
                }),
            };
            match self.rates.dollars(*amount, text.as_deref(), day) {
                Ok(dollars) => {
                    *value = Value::Number(dollars);
                    true
                }
                Err(why) => {
                    notes.degraded.push(self.reject(VALUE_NOT_MAPPED, &field.path, why));
                    notes.words.extend(text.map(|text| (field.path.clone(), super::money::code(&text).unwrap_or(text))));
                    false
                }
            }
        });
    }

    fn interaction(&self, values: &mut Values<'_>, out: &mut Vec<u8>, notes: &mut Notes) -> Result<(), Rejection> {
        let start = out.len();
        loop {
            // Since when a consent is known says nothing where the consent is not.
            let consent_is_known = values.iter().any(|(index, _)| self.fields[*index].path == "person.consent.contact");
            let mut json = Object::open(out);
            for (index, value) in values.iter() {
                let field = &self.fields[*index];
                if field.path != "person.consent.at" || consent_is_known {
                    json.put(&field.sections, &field.name, value);
                }
            }
            json.close();
            let Err(refusal) = Interaction::parse(&out[start..]) else { return Ok(()) };
            let rejection = self.refused(&refusal);
            let place = values.iter().position(|(index, _)| {
                let field = &self.fields[*index];
                field.path == rejection.field && !field.required
            });
            let Some(place) = place else { return Err(rejection) };
            values.remove(place);
            notes.degraded.push(rejection);
            out.truncate(start);
        }
    }

    /// Whether something stands where consent is said that the map cannot read. To whoever imports a file that is a
    /// row to look at; on a live topic it may be a refusal, which must not be lost: the contract judges that it is no
    /// clear yes.
    fn forbids(&self, field: &FieldMap, mistake: &Mistake) -> bool {
        let of_consent = ["person.consent.contact", "person.consent.at"].contains(&field.path.as_str());
        self.is_live && of_consent && mistake.code != FIELD_MISSING
    }

    /// `{"account":…}` or `{"lead_id":…}`, then offering, outcome, at and value_usd.
    fn outcome(&self, values: &mut Values<'_>, free_mail: &FreeMail, out: &mut Vec<u8>, notes: &mut Notes) -> Result<(), Rejection> {
        values.retain(|(index, value)| {
            let field = &self.fields[*index];
            let checked = match (field.path.as_str(), value) {
                ("company.id" | "person.id", value) => {
                    identifier::check_key_part(value.text().unwrap_or_default()).map_err(|error| error.to_string())
                }
                ("offering", value) => identifier::check(value.text().unwrap_or_default()).map_err(|error| error.to_string()),
                ("value_usd", Value::Number(value)) if !Amount::is_valid(*value) => Err("is not an amount from 0 to 10^15".to_owned()),
                _ => Ok(()),
            };
            let Err(why) = checked else { return true };
            let code = if field.path == "value_usd" { BAD_VALUE } else { BAD_IDENTIFIER };
            notes.degraded.push(self.reject(code, &field.path, why));
            false
        });
        if let Some(place) =
            notes.degraded.iter().position(|found| self.fields.iter().any(|field| field.required && field.path == found.field))
        {
            return Err(notes.degraded.remove(place));
        }
        let text = |path: &str| values.iter().find(|(index, _)| self.fields[*index].path == path).and_then(|(_, value)| value.text());
        let (name, whose) = match text("lead_id") {
            Some(lead) => {
                let lead = LeadId::parse(lead).ok_or_else(|| self.reject(BAD_IDENTIFIER, "lead_id", "is no identifier of a lead"))?;
                ("lead_id", CompactString::from(lead.as_str()))
            }
            None => {
                let person = text("person.id").unwrap_or_default();
                let key = account_key(text("company.domain"), text("person.email"), text("company.id"), person, free_mail);
                if key.as_str() == "person:" {
                    if let Some(place) = notes.degraded.iter().position(|found| OWNERS.contains(&found.field.as_str())) {
                        return Err(notes.degraded.remove(place));
                    }
                    return Err(Rejection::of_row(FIELD_MISSING, "nothing in the row says whose outcome it is"));
                }
                ("account", key.into_text())
            }
        };
        let mut json = Object::open(out);
        json.put(&[], name, &Value::Text(whose.as_str().into()));
        for (index, value) in values.iter() {
            let field = &self.fields[*index];
            if matches!(field.path.as_str(), "offering" | "outcome" | "at" | "value_usd") {
                json.put(&[], &field.name, value);
            }
        }
        json.close();
        Ok(())
    }

    fn rejection(&self, field: &FieldMap, mistake: &Mistake) -> Rejection {
        let column = mistake.column.map(|column| self.columns[column].name.clone()).unwrap_or_default();
        Rejection { number: mistake.code.number, field: field.path.clone(), column, why: mistake.why.to_owned() }
    }

    fn reject(&self, code: &'static Code, path: &str, why: impl Into<String>) -> Rejection {
        let field = self.fields.iter().find(|field| field.path == path);
        let column = field.and_then(|field| field.columns().first()).map(|column| self.columns[*column].name.clone()).unwrap_or_default();
        Rejection { number: code.number, field: path.into(), column, why: why.into() }
    }

    /// The contract's refusal of what the map made, with the column that the field came from.
    fn refused(&self, refusal: &Refusal) -> Rejection {
        let (field, why) = refusal.field_and_reason();
        match field {
            Some(field) => self.reject(refusal.code, field, why),
            None => Rejection::of_row(refusal.code, why),
        }
    }
}

/// A JSON object that is being written, with objects in it that are opened and closed by the paths of what is put there.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    open: Vec<CompactString>,
    is_empty: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, open: Vec::new(), is_empty: true }
    }

    fn put(&mut self, sections: &[CompactString], name: &str, value: &Value<'_>) {
        let common = self.open.iter().zip(sections).take_while(|(open, wanted)| open == wanted).count();
        self.close_to(common);
        for section in &sections[common..] {
            self.key(section);
            self.out.push(b'{');
            self.open.push(section.clone());
            self.is_empty = true;
        }
        self.key(name);
        value.write(self.out);
    }

    fn key(&mut self, name: &str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        Value::Text(name.into()).write(self.out);
        self.out.push(b':');
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.open.pop();
            self.out.push(b'}');
            self.is_empty = false;
        }
    }

    fn close(mut self) {
        self.close_to(0);
        self.out.push(b'}');
    }
}
