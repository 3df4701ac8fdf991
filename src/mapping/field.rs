//! One field of an event: where its value comes from, and the steps on the way, always in this order: the columns, a part of the text,
//! a lookup, a slug or a hash, a prefix, and then the type's own reading (a date's format, a number's decimal sign). A default stands in where
//! nothing is there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::cell;
use super::choice::{Choice, Reading};
use super::condition::is_nothing;
use super::pattern::Pattern;
use super::target::Type;
use super::time::Format;
use super::value::{self, Value};
use super::{NotSingle, Row, words};
use crate::contract::code::{FIELD_MISSING, VALUE_NOT_MAPPED, WRONG_TYPE};
use crate::contract::{Code, Timestamp, typed};

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
    /// The decimal sign of a number; none: the column tells.
    pub decimal: Option<char>,
    /// The currency of an amount; none: US dollars.
    pub currency: Option<Source>,
    /// What a number is multiplied by.
    pub times: f64,
    /// Whether yes in its column is a no: the column says who refused.
    pub refused: bool,
    /// Columns in which a yes makes a no of it, whatever its own column says.
    pub refused_by: Vec<usize>,
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
    /// What stands there, for a count of words: never for a message by itself (PII-1).
    pub word: Option<String>,
}

/// What a field's value depends on, beside its row.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// Words of the map that stand for nothing.
    pub nothing: &'s [String],
    /// The last year that a time can be in.
    pub latest_year: i16,
    /// How the column is written; none where no column was seen.
    pub choice: Option<Choice>,
}

impl FieldMap {
    /// The columns that it reads, in order.
    pub fn columns(&self) -> &[usize] {
        match &self.source {
            Source::Constant(_) => &[],
            Source::First(columns) | Source::Join { columns, .. } => columns,
        }
    }

    /// The ways in which its values can be read, those that the map names first, and how many those are.
    pub fn readings(&self) -> (Vec<Reading>, usize) {
        if self.lookup.is_some() {
            return (Vec::new(), 0);
        }
        if self.of.is_time() {
            let mut formats = self.formats.clone();
            let given = formats.len();
            for format in &self.formats {
                formats.extend(format.swapped().filter(|swapped| !self.formats.contains(swapped)));
            }
            return (formats.into_iter().map(Reading::Time).collect(), given);
        }
        match (self.of.is_number(), self.decimal) {
            (false, _) => (Vec::new(), 0),
            (true, None) => (vec![Reading::Decimal('.'), Reading::Decimal(',')], 2),
            (true, Some(sign)) => (vec![Reading::Decimal(sign), Reading::Decimal(if sign == ',' { '.' } else { ',' })], 1),
        }
    }

    /// What a text is by a reading, as a number that is the same for what is the same; none where it can't be read so.
    pub fn number_of(&self, text: &str, reading: &Reading, latest_year: i16) -> Option<i64> {
        match reading {
            Reading::Time(format) if self.of == Type::Date => {
                format.date(text, &self.zone, latest_year).map(|date| i64::from(date.as_days()))
            }
            Reading::Time(format) => format.instant(text, &self.zone, latest_year).map(Timestamp::as_ms),
            Reading::Decimal(sign) => value::number(text, self.of, *sign, self.times).map(|number| number.to_bits() as i64),
        }
    }

    /// The text that its type reads, where there is one.
    pub fn bare<'r, R: Row + ?Sized>(&'r self, row: &'r R, nothing: &[String]) -> Option<Cow<'r, str>> {
        let (text, _) = self.text(row, nothing).ok()?;
        match self.prepare(text?) {
            Ok(Prepared::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Its value in a row.
    ///
    /// # Errors
    /// [`Mistake`]: something is there that can't be turned, or nothing where something has to be.
    pub fn value<'r, R: Row + ?Sized>(&'r self, row: &'r R, scope: Scope<'_>) -> Result<Option<Value<'r>>, Mistake> {
        if let Source::Constant(value) = &self.source {
            return Ok(Some(value.clone()));
        }
        let says_no = |column: &usize| {
            let cell = row.cell(*column).ok().flatten().map(cleaned);
            cell.is_some_and(|text| value::boolean(&text) == Some(true))
        };
        if self.refused_by.iter().any(says_no) {
            return Ok(Some(Value::Bool(false)));
        }
        let (text, column) = self.text(row, scope.nothing)?;
        let turned = match text {
            Some(text) => {
                let mistake = |(code, why), word: &str| Mistake { code, why, column, word: Some(word.to_owned()) };
                let word = if self.lookup.is_some() { text.to_string() } else { String::new() };
                match self.prepare(text).map_err(|failed| mistake(failed, &word))? {
                    Prepared::Done(value) => value,
                    Prepared::Text(text) => self.read(text, scope).map(Some).map_err(|why| mistake((VALUE_NOT_MAPPED, why), ""))?,
                }
            }
            None => None,
        };
        match turned.or_else(|| self.default.clone()) {
            None if self.required => Err(Mistake { code: FIELD_MISSING, why: "is missing", column, word: None }),
            value => Ok(value),
        }
    }

    /// The text of the columns, and the column that it is from.
    fn text<'r, R: Row + ?Sized>(&self, row: &'r R, nothing: &[String]) -> Result<(Option<Cow<'r, str>>, Option<usize>), Mistake> {
        let free = self.of == Type::Text || self.lookup.is_some();
        let cell = |column: usize| {
            let not_single = |NotSingle| Mistake {
                code: WRONG_TYPE,
                why: "is a list or an object, not a single value",
                column: Some(column),
                word: None,
            };
            let cell = row.cell(column).map_err(not_single)?.map(cleaned);
            let is_there = |text: &Cow<'_, str>| !text.is_empty() && (text.len() > 64 || !is_nothing(&text.to_lowercase(), nothing, free));
            Ok(cell.filter(is_there).map(|text| self.meant(text)))
        };
        match &self.source {
            Source::Constant(_) => Ok((None, None)),
            Source::First(columns) => {
                for column in columns {
                    if let Some(text) = cell(*column)? {
                        return Ok((Some(text), Some(*column)));
                    }
                }
                Ok((None, columns.iter().find(|column| row.has(**column)).or(columns.first()).copied()))
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

    /// What is meant by a part of an identifier: an address is the same however it is typed, Salesforce's two lengths are one. The case of
    /// any other identifier tells it from others.
    fn meant<'r>(&self, text: Cow<'r, str>) -> Cow<'r, str> {
        if self.of != Type::Id && !self.hash {
            return text;
        }
        if self.hash && text.contains('@') {
            return Cow::Owned(typed::email(&text).unwrap_or(Cow::Borrowed(&text)).to_lowercase());
        }
        match typed::salesforce_id(&text) {
            Some(id) if id != text.as_ref() => Cow::Owned(id.into_string()),
            _ => text,
        }
    }

    /// The steps that are the same for every type: from a text that has something to the text that the type reads.
    fn prepare<'r>(&'r self, text: Cow<'r, str>) -> Result<Prepared<'r>, (&'static Code, &'static str)> {
        let mut text = text;
        for Split { by, part: wanted } in &self.split {
            text = match wanted {
                Part::Contains(wanted) => {
                    let is_there = text.split(by.as_str()).any(|part| part.trim().to_lowercase() == *wanted);
                    return Ok(Prepared::Done(Some(Value::Bool(is_there))));
                }
                Part::Number(number) => match part(text, by, *number) {
                    Some(part) => part,
                    None => return Ok(Prepared::Done(None)),
                },
            };
        }
        if let Some(lookup) = &self.lookup {
            let lower = text.to_lowercase();
            // What somebody did not do, or said no to, is not what a word with a star in it means.
            let negated = matches!(self.of, Type::Kind | Type::Ending) && words::is_negated(&lower);
            let means = |pattern: &Pattern| pattern.fits(&lower) && (!negated || words::is_negated(pattern.word()));
            let by_pattern = || lookup.patterns.iter().find(|(pattern, _)| means(pattern)).map(|(_, value)| value);
            match (lookup.table.get(&lower).or_else(by_pattern), &lookup.otherwise) {
                (Some(value), _) => return Ok(Prepared::Done(value.clone())),
                (None, Some(otherwise)) => return Ok(Prepared::Done(Some(otherwise.clone()))),
                (None, None) if lookup.keep_others => {}
                (None, None) => return Err((VALUE_NOT_MAPPED, "is none of the values in the map's lookup")),
            }
        }
        let text = if self.slug { Cow::Owned(slug(&text)) } else { text };
        if text.is_empty() {
            return Ok(Prepared::Done(None));
        }
        let text = if self.hash { Cow::Owned(hash(&text)) } else { text };
        Ok(Prepared::Text(if self.prefix.is_empty() { text } else { Cow::Owned(format!("{}{text}", self.prefix)) }))
    }

    fn read<'r>(&self, text: Cow<'r, str>, scope: Scope<'_>) -> Result<Value<'r>, &'static str> {
        let choice = scope.choice.unwrap_or_default();
        match self.of {
            Type::Id if typed::undamaged(&text) == typed::Undamaged::Lost => Err("was spoiled by a spreadsheet"),
            Type::Text if self.path == "person.phone" => match typed::phone(&text) {
                Some(phone) => Ok(Value::Text(Cow::Owned(phone.to_owned()))),
                None => Err("was spoiled by a spreadsheet, or is no number"),
            },
            Type::Text if self.path == "person.email" => {
                typed::email(&text).map(|email| Value::Text(Cow::Owned(email.into_owned()))).ok_or("has no address in it")
            }
            Type::Text if self.path == "company.country" => Ok(Value::Text(typed::country(&text).map_or(text, Cow::Borrowed))),
            Type::Id | Type::Kind | Type::Text => Ok(Value::Text(text)),
            Type::Time => {
                let read = |format: &Format| format.instant(&text, &self.zone, scope.latest_year);
                one_time(&self.formats, choice, read, "is no time in any format that the map gives").map(Value::Time)
            }
            Type::Date => {
                let read = |format: &Format| format.date(&text, &self.zone, scope.latest_year);
                one_time(&self.formats, choice, read, "is no date in any format that the map gives").map(Value::Date)
            }
            Type::Whole => self.number(&text, scope.choice).and_then(|read| read.ok_or("is no whole number as the map writes them")),
            Type::Number => self.number(&text, scope.choice).and_then(|read| read.ok_or("is no number as the map writes them")),
            Type::Bool => value::boolean(&text).map(|flag| Value::Bool(flag != self.refused)).ok_or("is neither yes nor no"),
            Type::Ending => value::ending(&text).map(|ending| Value::Text(Cow::Borrowed(ending))).ok_or("is neither `won` nor `lost`"),
        }
    }

    fn number(&self, text: &str, choice: Option<Choice>) -> Result<Option<Value<'static>>, &'static str> {
        let read = |sign: char| value::number(text, self.of, sign, self.times);
        let other = |sign: char| if sign == ',' { '.' } else { ',' };
        let signs = match (self.decimal, choice) {
            (Some(sign), choice) => {
                let choice = choice.unwrap_or_default();
                if choice.out & 1 != 0 {
                    return Err("is written with another decimal sign than the map says");
                }
                [Some(sign), (choice.rivals != 0).then(|| other(sign))]
            }
            (None, None) => [Some('.'), None],
            (None, Some(choice)) => [(choice.out & 1 == 0).then_some('.'), (choice.out & 2 == 0).then_some(',')],
        };
        let mut found = signs.into_iter().flatten().filter_map(read);
        match (found.next(), found.next()) {
            (Some(one), Some(two)) if one != two => Err("could be two numbers, and the column does not say which"),
            (first, _) => Ok(first.map(Value::Number)),
        }
    }
}

/// What the steps before a type's own reading came to.
enum Prepared<'r> {
    /// The value, or that there is none.
    Done(Option<Value<'r>>),
    /// A text for the type to read.
    Text(Cow<'r, str>),
}

/// What a text is in the formats that are not known to be wrong, where they all say the same.
fn one_time<T: PartialEq>(
    formats: &[Format],
    choice: Choice,
    read: impl Fn(&Format) -> Option<T>,
    none: &'static str,
) -> Result<T, &'static str> {
    let is_out = |index: usize| choice.out & (1 << index) != 0;
    let mut found = None;
    for (_, format) in formats.iter().enumerate().filter(|(index, _)| !is_out(*index)) {
        match (read(format), &found) {
            (Some(other), Some(first)) if other != *first => return Err("could be two days, and the column does not say which"),
            (Some(first), None) => found = Some(first),
            _ => {}
        }
    }
    if let Some(found) = &found
        && choice.rivals != 0
        && formats.iter().filter_map(Format::swapped).filter_map(|swapped| read(&swapped)).any(|other| other != *found)
    {
        return Err("could be two days, and the column does not say which");
    }
    let all_out = (0..formats.len()).any(is_out) && (0..formats.len()).all(is_out);
    found.ok_or(if all_out { "has day and month the other way round than the map says" } else { none })
}

fn cleaned(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => cell::clean(text),
        Cow::Owned(text) => Cow::Owned(cell::clean(&text).into_owned()),
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

/// An identifier for a text that can't be one, such as an address: the same for the same text.
fn hash(text: &str) -> String {
    let mut digits = data_encoding::HEXLOWER.encode(&Sha256::digest(text));
    digits.truncate(HASH_DIGITS);
    digits
}
