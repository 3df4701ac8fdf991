//! Values of fields: read from texts, written as JSON.

use std::borrow::Cow;

use super::number;
use super::target::Type;
use crate::contract::{Date, Kind, Timestamp, identifier};

/// A value of a field's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// An identifier, a kind, an ending, a text.
    Text(Cow<'a, str>),
    /// A number, whole or not.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
    /// A civil date.
    Date(Date),
}

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// What stands for true.
const TRUE: &[&str] = &[
    "true",
    "yes",
    "y",
    "t",
    "1",
    "on",
    "x",
    "si",
    "sí",
    "ja",
    "oui",
    "sim",
    "sì",
    "wahr",
    "vrai",
    "verdadero",
    "verdadeiro",
    "vero",
    "checked",
];
/// What stands for false.
const FALSE: &[&str] = &["false", "no", "n", "f", "0", "off", "nein", "non", "não", "nao", "nee", "falsch", "faux", "falso", "unchecked"];

impl Value<'_> {
    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let json = match self {
            Value::Text(text) => serde_json::to_writer(out, text.as_ref()),
            Value::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => serde_json::to_writer(out, &(*number as i64)),
            Value::Number(number) => serde_json::to_writer(out, number),
            Value::Bool(flag) => serde_json::to_writer(out, flag),
            Value::Time(at) => serde_json::to_writer(out, at),
            Value::Date(date) => serde_json::to_writer(out, date),
        };
        json.unwrap_or_else(|_| unreachable!("a scalar is always written into memory"));
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// True or false, in any of the words that tools write for it.
pub fn boolean(text: &str) -> Option<bool> {
    let lower = text.to_lowercase();
    let is = |words: &[&str]| words.contains(&lower.as_str());
    if is(TRUE) { Some(true) } else { is(FALSE).then_some(false) }
}

/// `won` or `lost`, whatever the case.
pub fn ending(text: &str) -> Option<&'static str> {
    ["won", "lost"].into_iter().find(|ending| ending.eq_ignore_ascii_case(text))
}

/// A number of the type.
pub fn number(text: &str, of: Type, decimal: char, times: f64) -> Option<f64> {
    // No count has three decimals: they are thousands, and the sign parts groups.
    let has_three = |(_, rest): (&str, &str)| rest.bytes().take_while(u8::is_ascii_digit).count() == 3 && !rest.contains(decimal);
    if of == Type::Whole && text.split_once(decimal).is_some_and(has_three) {
        return None;
    }
    let number = Some(number::least(text, decimal)? * times).filter(|number| number.is_finite())?;
    (of != Type::Whole || (number.fract() == 0.0 && number.abs() < EXACT)).then_some(number)
}

/// The value of a text that stands in the map itself, in the contract's own form.
///
/// # Errors
/// What the field is, or what is wrong with the text.
pub fn of_map(text: &str, of: Type) -> Result<Value<'static>, String> {
    let expected = || format!("the field is {}", of.what());
    match of {
        Type::Id | Type::Kind => {
            identifier::check(text).map_err(|error| format!("{}, and this {error}", expected()))?;
            Ok(Value::Text(Cow::Owned(text.to_owned())))
        }
        Type::Text => Ok(Value::Text(Cow::Owned(text.to_owned()))),
        Type::Time => Timestamp::parse(text).map(Value::Time).map_err(|error| format!("{}, and this is {error}", expected())),
        Type::Date => Date::parse(text).map(Value::Date).map_err(|error| format!("{}, and this is {error}", expected())),
        Type::Whole | Type::Number => number(text, of, '.', 1.0).map(Value::Number).ok_or_else(expected),
        Type::Bool => boolean(text).map(Value::Bool).ok_or_else(expected),
        Type::Ending => ending(text).map(|ending| Value::Text(Cow::Borrowed(ending))).ok_or_else(expected),
    }
}

/// The kind that nobody knows, where the value is one.
pub fn unknown_kind(value: &Value<'_>, of: Type) -> Option<String> {
    let name = value.text().filter(|_| of == Type::Kind)?;
    matches!(Kind::parse(name), Kind::Other(_)).then(|| name.to_owned())
}
