//! One row, one event: the map's fields are put together as JSON, and the contract's own parser has the last word.

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;

use super::field::{FieldMap, Mistake};
use super::value::Value;
use super::{Map, Row, Target};
use crate::contract::account_key::{FreeMail, account_key};
use crate::contract::code::{BAD_IDENTIFIER, FIELD_MISSING, Refusal};
use crate::contract::{Code, Interaction, LeadId, identifier};

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

impl Map {
    /// Turns a row into the JSON of one event, appended to `out`; `free_mail` matters to outcomes, whose account it helps to find.
    ///
    /// # Errors
    /// A [`Rejection`]; `out` is as it was before.
    pub fn apply<R: Row + ?Sized>(&self, row: &R, free_mail: &FreeMail, out: &mut Vec<u8>) -> Result<Applied, Rejection> {
        if !self.when.iter().all(|condition| condition.holds(row, &self.nothing)) {
            return Ok(Applied::PassedOver);
        }
        let start = out.len();
        let made = match self.target {
            Target::Interactions => self.interaction(row, out),
            Target::Outcomes => self.outcome(row, free_mail, out),
        };
        match made {
            Ok(()) => Ok(Applied::Made(start..out.len())),
            Err(rejection) => {
                out.truncate(start);
                Err(rejection)
            }
        }
    }

    fn interaction<R: Row + ?Sized>(&self, row: &R, out: &mut Vec<u8>) -> Result<(), Rejection> {
        let start = out.len();
        let mut json = Object::open(out);
        let mut consent_is_known = false;
        for field in &self.fields {
            let value = match field.value(row, &self.nothing) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(mistake) if self.forbids(field, &mistake) => Value::Text("unclear".into()),
                Err(mistake) => return Err(self.rejection(field, &mistake)),
            };
            // Since when a consent is known says nothing where the consent is not.
            if field.path == "person.consent.at" && !consent_is_known {
                continue;
            }
            consent_is_known |= field.path == "person.consent.contact";
            json.put(&field.sections, &field.name, &value);
        }
        json.close();
        match Interaction::parse(&out[start..]) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(self.refused(&refusal)),
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
    fn outcome<R: Row + ?Sized>(&self, row: &R, free_mail: &FreeMail, out: &mut Vec<u8>) -> Result<(), Rejection> {
        let mut values = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let value = field.value(row, &self.nothing).map_err(|mistake| self.rejection(field, &mistake))?;
            values.extend(value.map(|value| (field, value)));
        }
        let text = |path: &str| values.iter().find(|(field, _)| field.path == path).and_then(|(_, value)| value.text());
        for (field, value) in &values {
            let checked = match field.path.as_str() {
                "company.id" | "person.id" => identifier::check_key_part(value.text().unwrap_or_default()),
                "offering" => identifier::check(value.text().unwrap_or_default()),
                _ => Ok(()),
            };
            checked.map_err(|error| self.reject(BAD_IDENTIFIER, &field.path, error.to_string()))?;
        }
        let (name, whose) = match text("lead_id") {
            Some(lead) => {
                let lead = LeadId::parse(lead).ok_or_else(|| self.reject(BAD_IDENTIFIER, "lead_id", "is no identifier of a lead"))?;
                ("lead_id", CompactString::from(lead.as_str()))
            }
            None => {
                let person = text("person.id").unwrap_or_default();
                let key = account_key(text("company.domain"), text("person.email"), text("company.id"), person, free_mail);
                if key.as_str() == "person:" {
                    return Err(Rejection::of_row(FIELD_MISSING, "nothing in the row says whose outcome it is"));
                }
                ("account", key.into_text())
            }
        };
        let mut json = Object::open(out);
        json.put(&[], name, &Value::Text(whose.as_str().into()));
        for (field, value) in &values {
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
