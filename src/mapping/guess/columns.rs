//! What a sample shows of a column: shapes, never meanings.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::mapping::number;
use crate::mapping::target::Type;
use crate::mapping::time::{self, Format};
use crate::mapping::value;

/// Formats that are tried, and the one that the same digits could be as well.
const FORMATS: &[(&str, Option<&str>)] = &[
    ("rfc3339", None),
    ("%Y-%m-%dT%H:%M:%S%.f%z", None),
    ("%Y-%m-%dT%H:%M:%S%.f", None),
    ("%Y-%m-%d %H:%M:%S%.f", None),
    ("%Y-%m-%d %H:%M", None),
    ("%Y-%m-%d", None),
    ("%Y/%m/%d %H:%M:%S", None),
    ("%Y/%m/%d", None),
    ("%m/%d/%Y, %I:%M %p", Some("%d/%m/%Y, %I:%M %p")),
    ("%m/%d/%Y %I:%M %p", Some("%d/%m/%Y %I:%M %p")),
    ("%m/%d/%Y %I:%M:%S %p", Some("%d/%m/%Y %I:%M:%S %p")),
    ("%d/%m/%Y, %I:%M %p", None),
    ("%d/%m/%Y %I:%M %p", None),
    ("%d/%m/%Y %H:%M:%S", Some("%m/%d/%Y %H:%M:%S")),
    ("%d/%m/%Y %H:%M", Some("%m/%d/%Y %H:%M")),
    ("%d/%m/%Y", Some("%m/%d/%Y")),
    ("%m/%d/%Y %H:%M:%S", None),
    ("%m/%d/%Y %H:%M", None),
    ("%m/%d/%Y", None),
    ("%d.%m.%Y %H:%M:%S", None),
    ("%d.%m.%Y %H:%M", None),
    ("%d.%m.%Y", None),
    ("%d-%m-%Y %H:%M", Some("%m-%d-%Y %H:%M")),
    ("%d-%m-%Y", Some("%m-%d-%Y")),
    ("%m-%d-%Y", None),
    ("%d %b %Y %H:%M", None),
    ("%d %b %Y", None),
    ("%d-%b-%Y", None),
    ("%b %d, %Y %I:%M %p", None),
    ("%b %d, %Y", None),
];
/// Ten digits are seconds since 1970, thirteen milliseconds; other lengths are numbers.
const EPOCHS: [(usize, &str); 2] = [(10, "epoch_seconds"), (13, "epoch_milliseconds")];
/// The most of a column's values that are kept apart.
const MAX_DISTINCT: usize = 200;

/// How a column's dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The format that fits every value of the sample.
    pub format: &'static str,
    /// Another one that fits every value too, and means other days.
    pub ambiguous: Option<&'static str>,
}

/// A column of the sample.
#[derive(Debug)]
pub struct Seen {
    /// As the header has it.
    pub name: String,
    /// Its letters and digits, small: what synonyms are compared with.
    pub key: String,
    /// How its dates are written, where every value is one.
    pub dates: Option<Dates>,
    /// Whether every value is a number.
    pub numbers: bool,
    /// The decimal sign with which they all are.
    pub decimal: Option<char>,
    /// Whether every value says yes or no.
    pub flags: bool,
    emails: bool,
    ids: bool,
    unique: bool,
    has_values: bool,
    /// Rows of the sample in which nothing stands.
    pub empty: usize,
    distinct: BTreeSet<String>,
}

/// Looks at a column.
pub fn seen<'v>(name: &str, values: impl Iterator<Item = &'v String>) -> Seen {
    let mut empty = 0;
    let values: Vec<&str> = values
        .map(|value| value.trim())
        .filter(|value| {
            !value.is_empty() || {
                empty += 1;
                false
            }
        })
        .collect();
    let has_values = !values.is_empty();
    let every = |fits: &dyn Fn(&str) -> bool| has_values && values.iter().all(|value| fits(value));
    let decimal = ['.', ','].into_iter().find(|sign| every(&|value| number::parse(value, *sign).is_some()));
    let all: BTreeSet<&str> = values.iter().copied().collect();
    Seen {
        name: name.to_owned(),
        key: name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
        dates: dates(&values),
        numbers: decimal.is_some(),
        decimal,
        flags: every(&|value| value::boolean(value).is_some()),
        emails: every(&is_email),
        ids: every(&|value| crate::contract::identifier::check_key_part(value).is_ok()),
        unique: has_values && all.len() == values.len(),
        has_values,
        empty,
        distinct: all.iter().take(MAX_DISTINCT + 1).map(|value| (*value).to_owned()).collect(),
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !text.contains(' '))
}

fn dates(values: &[&str]) -> Option<Dates> {
    if values.is_empty() {
        return None;
    }
    let fits = |format: &str| {
        let format = [Format::parse(format)?];
        values.iter().all(|value| time::instant(value, &format, &TimeZone::UTC).is_some()).then_some(())
    };
    let digits = |count: usize| values.iter().all(|value| value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some((_, format)) = EPOCHS.iter().find(|(count, _)| digits(*count)) {
        return Some(Dates { format, ambiguous: None });
    }
    let (format, other) = FORMATS.iter().find(|(format, _)| fits(format).is_some())?;
    Some(Dates { format, ambiguous: other.filter(|other| fits(other).is_some()) })
}

/// Whether a value says won or lost.
pub fn ending(value: &str) -> Option<&'static str> {
    let lower = value.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["won", "ganad"]) { Some("won") } else { has(&["lost", "perdid"]).then_some("lost") }
}

impl Seen {
    /// Whether its values are the words of a small list.
    pub fn is_small_list(&self, most: usize) -> bool {
        self.has_values && self.distinct.len() <= most && !self.emails && self.dates.is_none() && !self.numbers
    }

    /// Its values, at most so many.
    pub fn listed(&self, most: usize) -> Vec<String> {
        self.distinct.iter().take(most).cloned().collect()
    }

    /// Whether it says what was won and what was lost.
    pub fn has_endings(&self) -> bool {
        let names = ["stage", "stagename", "dealstage", "outcome", "result", "status", "etapa", "resultado"];
        let endings: BTreeSet<_> = self.distinct.iter().filter_map(|value| ending(value)).collect();
        names.contains(&self.key.as_str()) && !endings.is_empty() && self.distinct.len() <= MAX_DISTINCT
    }

    /// Whether no other column has its name.
    pub fn is_named_once(&self, all: &[Seen]) -> bool {
        let same = |other: &&Seen| other.name.trim().to_lowercase() == self.name.trim().to_lowercase();
        !self.name.trim().is_empty() && all.iter().filter(same).count() == 1
    }

    /// Whether its values are addresses.
    pub fn is_email(&self) -> bool {
        self.emails
    }

    /// Whether its values are times, and no bare numbers.
    pub fn is_time(&self) -> bool {
        self.dates.is_some() && !self.numbers
    }

    /// Whether its values can be identifiers.
    pub fn is_id(&self) -> bool {
        self.ids
    }

    /// Whether its values can be identifiers of rows.
    pub fn is_unique_id(&self) -> bool {
        self.ids && self.unique
    }

    /// Whether what stands in it fits a field of this type.
    pub fn fits(&self, of: Type) -> bool {
        match of {
            Type::Id | Type::Kind => self.ids,
            Type::Text => self.has_values,
            Type::Time | Type::Date => self.dates.is_some(),
            Type::Whole | Type::Number => self.numbers,
            Type::Bool => self.flags,
            Type::Ending => false,
        }
    }
}
