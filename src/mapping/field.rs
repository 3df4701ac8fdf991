//! One field of an event: where its value comes from, and the steps on the way, always in this order: the columns, a part of the text,
//! a lookup, a slug or a hash, a prefix, and then the type's own reading (a date's format, a number's decimal sign). A default stands in where
//! nothing is there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::condition::is_nothing;
use super::pattern::Pattern;
use super::target::Type;
use super::time::{self, Format};
use super::value::{self, Value};
use super::{NotSingle, Row};
use crate::contract::Code;
use crate::contract::code::{FIELD_MISSING, VALUE_NOT_MAPPED, WRONG_TYPE};

/// How many characters of a hash make an identifier: 80 bits, in hexadecimal.
const HASH_DIGITS: usize = 20;

/// A field of the map.
#[derive(Debug)]
pub struct FieldMap {
    /// Its path, with dots.
    pub path: CompactString,
    /// The objects around it in JSON.
    pub sections: Vec<CompactString>,
    /// Its own name in JSON.
    pub name: CompactString,
    /// Its type.
    pub of: Type,
    /// Whether a row without it is refused.
    pub required: bool,
    /// Where its value comes from.
    pub source: Source,
    /// The parts of the text that count, one after another.
    pub split: Vec<Split>,
    /// Values for values.
    pub lookup: Option<Lookup>,
    /// Whether it is put into small letters, with `_` between the words.
    pub slug: bool,
    /// Whether a hash of the text stands for it.
    pub hash: bool,
    /// What stands before the text.
    pub prefix: CompactString,
    /// How a time or a date is written.
    pub formats: Vec<Format>,
    /// Where the time is, when it doesn't say so.
    pub zone: TimeZone,
    /// The decimal sign of a number.
    pub decimal: char,
    /// What a number is multiplied by.
    pub times: f64,
    /// What counts where nothing is there.
    pub default: Option<Value<'static>>,
}

/// Where a value comes from.
#[derive(Debug)]
pub enum Source {
    /// The map itself.
    Constant(Value<'static>),
    /// The first of these columns that has something.
    First(Vec<usize>),
    /// All of these columns, with a text between them.
    Join {
        /// The columns, in order.
        columns: Vec<usize>,
        /// What stands between them.
        with: CompactString,
        /// Whether one that has nothing is left out; else nothing comes of all of them.
        skip_empty: bool,
    },
}

/// Which part of a text counts.
#[derive(Debug)]
pub struct Split {
    /// What parts it.
    pub by: String,
    /// Which one.
    pub part: Part,
}

/// Which part.
#[derive(Debug)]
pub enum Part {
    /// The part of this number, from 1; from −1 backwards from the end.
    Number(i32),
    /// None of them: whether this is one of the parts, in small letters.
    Contains(String),
}

/// Values for values.
#[derive(Debug, Default)]
pub struct Lookup {
    /// Small letters → value; none: the field is left out.
    pub table: BTreeMap<String, Option<Value<'static>>>,
    /// The words with a star, in the order of the file: looked at when the table has nothing.
    pub patterns: Vec<(Pattern, Option<Value<'static>>)>,
    /// The value of what is not in the table.
    pub otherwise: Option<Value<'static>>,
    /// What is not in the table stays as it is.
    pub keep_others: bool,
}

/// Why a field has no value.
#[derive(Debug)]
pub struct Mistake {
    /// Its kind.
    pub code: &'static Code,
    /// The rest of a sentence about the field.
    pub why: &'static str,
    /// The map's column, where there is one.
    pub column: Option<usize>,
}

impl FieldMap {
    /// The columns that it reads, in order.
    pub fn columns(&self) -> &[usize] {
        match &self.source {
            Source::Constant(_) => &[],
            Source::First(columns) | Source::Join { columns, .. } => columns,
        }
    }

    /// Its value in a row.
    ///
    /// # Errors
    /// [`Mistake`]: something is there that can't be turned, or nothing where something has to be.
    pub fn value<'r, R: Row + ?Sized>(&'r self, row: &'r R, nothing: &[String]) -> Result<Option<Value<'r>>, Mistake> {
        if let Source::Constant(value) = &self.source {
            return Ok(Some(value.clone()));
        }
        let (text, column) = self.text(row, nothing)?;
        let mistake = |(code, why)| Mistake { code, why, column };
        let turned = match text {
            Some(text) => self.turn(text).map_err(mistake)?,
            None => None,
        };
        match turned.or_else(|| self.default.clone()) {
            None if self.required => Err(Mistake { code: FIELD_MISSING, why: "is missing", column: self.columns().first().copied() }),
            value => Ok(value),
        }
    }

    /// The text of the columns, and the column that it is from.
    fn text<'r, R: Row + ?Sized>(&self, row: &'r R, nothing: &[String]) -> Result<(Option<Cow<'r, str>>, Option<usize>), Mistake> {
        let cell = |column: usize| {
            let not_single =
                |NotSingle| Mistake { code: WRONG_TYPE, why: "is a list or an object, not a single value", column: Some(column) };
            let cell = row.cell(column).map_err(not_single)?.map(trimmed);
            Ok(cell.filter(|text| !text.is_empty() && (nothing.is_empty() || !is_nothing(&text.to_lowercase(), nothing))))
        };
        match &self.source {
            Source::Constant(_) => Ok((None, None)),
            Source::First(columns) => {
                for column in columns {
                    if let Some(text) = cell(*column)? {
                        return Ok((Some(text), Some(*column)));
                    }
                }
                Ok((None, columns.first().copied()))
            }
            Source::Join { columns, with, skip_empty } => {
                let mut joined = String::new();
                for column in columns {
                    match cell(*column)? {
                        Some(text) => {
                            if !joined.is_empty() {
                                joined.push_str(with);
                            }
                            joined.push_str(&text);
                        }
                        None if *skip_empty => {}
                        None => return Ok((None, Some(*column))),
                    }
                }
                Ok(((!joined.is_empty()).then_some(Cow::Owned(joined)), columns.first().copied()))
            }
        }
    }

    /// The steps, from a text that has something to a value.
    fn turn<'r>(&'r self, text: Cow<'r, str>) -> Result<Option<Value<'r>>, (&'static Code, &'static str)> {
        let mut text = text;
        for Split { by, part: wanted } in &self.split {
            text = match wanted {
                Part::Contains(wanted) => {
                    let is_there = text.split(by.as_str()).any(|part| part.trim().to_lowercase() == *wanted);
                    return Ok(Some(Value::Bool(is_there)));
                }
                Part::Number(number) => match part(text, by, *number) {
                    Some(part) => part,
                    None => return Ok(None),
                },
            };
        }
        if let Some(lookup) = &self.lookup {
            let lower = text.to_lowercase();
            let by_pattern = || lookup.patterns.iter().find(|(pattern, _)| pattern.fits(&lower)).map(|(_, value)| value);
            match (lookup.table.get(&lower).or_else(by_pattern), &lookup.otherwise) {
                (Some(value), _) => return Ok(value.clone()),
                (None, Some(otherwise)) => return Ok(Some(otherwise.clone())),
                (None, None) if lookup.keep_others => {}
                (None, None) => return Err((VALUE_NOT_MAPPED, "is none of the values in the map's lookup")),
            }
        }
        let text = if self.slug { Cow::Owned(slug(&text)) } else { text };
        if text.is_empty() {
            return Ok(None);
        }
        let text = if self.hash { Cow::Owned(hash(&text)) } else { text };
        let text = if self.prefix.is_empty() { text } else { Cow::Owned(format!("{}{text}", self.prefix)) };
        self.read(text).map(Some).map_err(|why| (VALUE_NOT_MAPPED, why))
    }

    fn read<'r>(&self, text: Cow<'r, str>) -> Result<Value<'r>, &'static str> {
        match self.of {
            Type::Id | Type::Kind | Type::Text => Ok(Value::Text(text)),
            Type::Time => {
                time::instant(&text, &self.formats, &self.zone).map(Value::Time).ok_or("is no time in any format that the map gives")
            }
            Type::Date => {
                time::date(&text, &self.formats, &self.zone).map(Value::Date).ok_or("is no date in any format that the map gives")
            }
            Type::Whole => value::number(&text, self.of, self.decimal, self.times)
                .map(Value::Number)
                .ok_or("is no whole number as the map writes them"),
            Type::Number => {
                value::number(&text, self.of, self.decimal, self.times).map(Value::Number).ok_or("is no number as the map writes them")
            }
            Type::Bool => value::boolean(&text).map(Value::Bool).ok_or("is neither yes nor no"),
            Type::Ending => value::ending(&text).map(|ending| Value::Text(Cow::Borrowed(ending))).ok_or("is neither `won` nor `lost`"),
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// A part of a text; none where there are fewer, or nothing is in it.
fn part<'r>(text: Cow<'r, str>, by: &str, number: i32) -> Option<Cow<'r, str>> {
    let nth = |text: &str| -> Option<(usize, usize)> {
        let wanted = number.unsigned_abs() as usize - 1;
        let part = if number > 0 { text.split(by).nth(wanted) } else { text.rsplit(by).nth(wanted) }?.trim();
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        (!part.is_empty()).then_some((start, start + part.len()))
    };
    let (start, end) = nth(&text)?;
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
    })
}

/// `Plant Manager` → `plant_manager`: as rulebooks write roles and the like.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

/// An identifier for a text that can't be one, such as an address: the same for the same text, whatever its case.
fn hash(text: &str) -> String {
    let mut digits = data_encoding::HEXLOWER.encode(&Sha256::digest(text.to_lowercase()));
    digits.truncate(HASH_DIGITS);
    digits
}
