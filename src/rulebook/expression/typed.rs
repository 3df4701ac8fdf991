//! What an expression is once its type is known.

use std::sync::Arc;

use compact_str::CompactString;

use super::range::Range;
use crate::contract::{Date, Truth};
use crate::rulebook::predicate::{Day, Number, Test, Text};
use crate::rulebook::subject::CountField;

/// The types of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Truth,
    Number,
    Text,
    Date,
    /// A span of time in days.
    Days,
    List,
    Counts,
    /// A mistake was reported already; fits everywhere, so that it is reported once.
    Wrong,
}

impl Type {
    pub fn in_words(self) -> &'static str {
        match self {
            Type::Truth => "true or false",
            Type::Number => "a number",
            Type::Text => "a text",
            Type::Date => "a date",
            Type::Days => "a span of time",
            Type::List => "a list",
            Type::Counts => "counts by name",
            Type::Wrong => "unknown",
        }
    }
}

/// A literal of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Text(CompactString),
    Number(f64),
    Date(Date),
}

impl Item {
    pub fn type_of(&self) -> Type {
        match self {
            Item::Text(_) => Type::Text,
            Item::Number(_) => Type::Number,
            Item::Date(_) => Type::Date,
        }
    }
}

/// A lowered expression with its type.
#[derive(Clone, Debug)]
pub enum Typed {
    Truth(Test),
    Number(Number, Range),
    Text(Text),
    Date(Day),
    /// In days.
    Days(Number, Range),
    /// Items with their places, all of one type, and not empty.
    List(Arc<[(Item, crate::rulebook::yaml::Span)]>),
    Counts(CountField),
    Wrong,
}

impl Typed {
    pub fn type_of(&self) -> Type {
        match self {
            Typed::Truth(_) => Type::Truth,
            Typed::Number(..) => Type::Number,
            Typed::Text(_) => Type::Text,
            Typed::Date(_) => Type::Date,
            Typed::Days(..) => Type::Days,
            Typed::List(_) => Type::List,
            Typed::Counts(_) => Type::Counts,
            Typed::Wrong => Type::Wrong,
        }
    }

    pub fn constant(truth: bool) -> Self {
        Typed::Truth(Test::Constant(Truth::from(truth)))
    }
}
