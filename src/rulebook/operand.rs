//! What a question is made of: how values compare, what a number is calculated with, which field is asked for, a set of texts.
//!
//! This file refuses to know questions: [`super::predicate`] asks them.

use std::cmp::Ordering;

use compact_str::CompactString;
// hash-order: asked for membership, or sorted at once.
use rustc_hash::FxHashSet;

use super::subject::{BoolField, DateField, NumberField, Scope, Subject, TextField};

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::Unequal => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }

    pub(super) fn numbers(self, left: f64, right: f64) -> bool {
        left.partial_cmp(&right).is_some_and(|ordering| self.holds(ordering))
    }
}

/// Where to look for one text in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Find {
    Anywhere,
    AtStart,
    AtEnd,
}

impl Find {
    pub(super) fn holds(self, text: &str, what: &str) -> bool {
        match self {
            Find::Anywhere => text.contains(what),
            Find::AtStart => text.starts_with(what),
            Find::AtEnd => text.ends_with(what),
        }
    }
}

/// Arithmetic on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    /// The result; unknown where there is none.
    pub fn of(self, left: f64, right: f64) -> Option<f64> {
        let result = match self {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
        };
        result.is_finite().then_some(result)
    }
}

/// A field that may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Text(TextField),
    Number(NumberField),
    Bool(BoolField),
    Date(DateField),
    Attribute(usize),
}

impl Field {
    pub fn scope(self) -> Scope {
        match self {
            Field::Text(field) => field.scope(),
            Field::Number(field) => field.scope(),
            Field::Bool(field) => field.scope(),
            Field::Date(field) => field.scope(),
            // The engine keeps attributes with the evidence that brought them.
            Field::Attribute(_) => Scope::Evidence,
        }
    }

    pub(super) fn known<S: Subject>(self, subject: &S) -> bool {
        match self {
            Field::Text(field) => subject.text(field).is_some(),
            Field::Number(field) => subject.number(field).is_some(),
            Field::Bool(field) => subject.boolean(field).is_some(),
            Field::Date(field) => subject.date(field).is_some(),
            Field::Attribute(index) => subject.attribute(index).is_some(),
        }
    }
}

/// A set of texts: a few side by side, many by hash.
#[derive(Debug)]
pub(super) enum TextSet {
    Few(Box<[CompactString]>),
    Many(FxHashSet<CompactString>),
}

/// Up to here comparing one after another is faster than hashing.
const FEW: usize = 8;

impl TextSet {
    pub fn new(items: Vec<CompactString>) -> Self {
        if items.len() <= FEW { Self::Few(items.into()) } else { Self::Many(items.into_iter().collect()) }
    }

    /// The texts in the order of the file where they are few, else in their own.
    pub fn listed(&self) -> Vec<&CompactString> {
        match self {
            TextSet::Few(items) => items.iter().collect(),
            TextSet::Many(_) => self.sorted(),
        }
    }

    /// The texts in their own order, each once.
    pub fn sorted(&self) -> Vec<&CompactString> {
        let mut items: Vec<&CompactString> = match self {
            TextSet::Few(items) => items.iter().collect(),
            TextSet::Many(items) => items.iter().collect(),
        };
        items.sort_unstable();
        items.dedup();
        items
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            TextSet::Few(items) => items.iter().any(|item| item == text),
            TextSet::Many(items) => items.contains(text),
        }
    }
}
