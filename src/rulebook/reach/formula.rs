//! Predicates as questions about one field each, put together: what the search walks.
//!
//! What can't be said of one field alone (arithmetic, patterns, two fields beside each other) is *opaque*: it may answer anything. So
//! what is never met with opaque parts answering at will is never met at all.

use std::sync::Arc;

use compact_str::CompactString;

use super::domain::Domain;
use crate::contract::Truth;
use crate::rulebook::operand::{Comparison, Field, TextSet};
use crate::rulebook::predicate::{Day, Number, Test, Text};
use crate::rulebook::subject::{BoolField, CountField, DateField, NumberField, TextField};

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    Text(TextField),
    Number(NumberField),
    Bool(BoolField),
    Date(DateField),
    Count(CountField, CompactString),
    Attribute(usize),
    /// Days from `today` to `declared.buy_by`.
    BuyByFromToday,
}

/// A question with three answers.
#[derive(Debug)]
pub enum Formula {
    Constant(Truth),
    /// True where the term is known and in the set, false where it is known and not, else unknown.
    Holds(Term, Arc<Domain>),
    /// Whether the term is known: true or false.
    Known(Term),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Not(Box<Formula>),
    Choose(Box<[Formula; 3]>),
    Same(Box<[Formula; 2]>),
    /// May answer anything. With a text that may make it true, where one is easily guessed.
    Opaque(Option<(Term, CompactString)>),
}

/// How far dates are moved at most: beyond it nothing is claimed.
const MAX_DAYS: i64 = 36_600;
/// How far apart dates may be compared: all of the calendar.
const MAX_DISTANCE: f64 = 4_000_000.0;

impl Formula {
    pub fn of(test: &Test) -> Self {
        match test {
            Test::Constant(truth) => Formula::Constant(*truth),
            Test::All(tests) => Formula::All(tests.iter().map(Formula::of).collect()),
            Test::Any(tests) => Formula::Any(tests.iter().map(Formula::of).collect()),
            Test::Not(test) => Formula::Not(Box::new(Formula::of(test))),
            Test::Choose(parts) => Formula::Choose(Box::new([Formula::of(&parts[0]), Formula::of(&parts[1]), Formula::of(&parts[2])])),
            Test::Same(pair) => Formula::Same(Box::new([Formula::of(&pair[0]), Formula::of(&pair[1])])),
            Test::Known(field) => Formula::Known(term(*field)),
            Test::Bool(field) => holds(Term::Bool(*field), Domain::Truths { yes: true, no: false }),
            Test::Attribute(index) => holds(Term::Attribute(*index), Domain::Truths { yes: true, no: false }),
            Test::Seen(field, name) => holds(Term::Count(*field, name.clone()), Domain::comparing(Comparison::Greater, 0.0)),
            Test::TextIs(field, text) => holds(Term::Text(*field), Domain::texts(vec![text.clone()])),
            Test::TextAmong(field, set) => among(&Text::Field(*field), set),
            Test::Among(pair) => among(&pair.0, &pair.1),
            Test::NumberIs(field, comparison, value) => holds(Term::Number(*field), Domain::comparing(*comparison, *value)),
            Test::Texts(parts) => texts(&parts.0, parts.1, &parts.2),
            Test::Numbers(parts) => numbers(&parts.0, parts.1, &parts.2),
            Test::NumberAmong(pair) => match number_term(&pair.0) {
                // Looking a number up tells 0 from -0, comparing does not: of lists with a zero nothing is claimed.
                Some(term) if pair.1.iter().all(|value| *value != 0.0) => holds(term, Domain::among(&pair.1)),
                _ => Formula::Opaque(None),
            },
            Test::Dates(parts) => dates(&parts.0, parts.1, &parts.2),
            Test::DateAmong(pair) => match moved(&pair.0) {
                Some((Some(field), days)) => {
                    let values: Vec<f64> = pair.1.iter().map(|date| f64::from(date.as_days()) - days as f64).collect();
                    holds(Term::Date(field), Domain::among(&values))
                }
                _ => Formula::Opaque(None),
            },
            Test::Find(parts) => Formula::Opaque(match (text_term(&parts.0), &parts.2) {
                (Some(term), Text::Literal(what)) => Some((term, what.clone())),
                _ => None,
            }),
            Test::Matches(_) => Formula::Opaque(None),
        }
    }

    /// Calls for each term, and says whether all of the formula is about terms; where not, some terms are left out.
    pub fn terms(&self, note: &mut impl FnMut(&Term)) -> bool {
        let mut all = |parts: &[Formula]| parts.iter().all(|part| part.terms(note));
        match self {
            Formula::Constant(_) => true,
            Formula::Holds(term, _) | Formula::Known(term) => {
                note(term);
                true
            }
            Formula::All(parts) | Formula::Any(parts) => all(parts),
            Formula::Not(part) => part.terms(note),
            Formula::Choose(parts) => all(&parts[..]),
            Formula::Same(parts) => all(&parts[..]),
            Formula::Opaque(_) => false,
        }
    }

    /// How much work it is to walk it.
    pub fn size(&self) -> u64 {
        let all = |parts: &[Formula]| parts.iter().map(Formula::size).sum::<u64>();
        1 + match self {
            Formula::Holds(_, domain) => domain.size(),
            Formula::All(parts) | Formula::Any(parts) => all(parts),
            Formula::Not(part) => part.size(),
            Formula::Choose(parts) => all(&parts[..]),
            Formula::Same(parts) => all(&parts[..]),
            Formula::Constant(_) | Formula::Known(_) | Formula::Opaque(_) => 0,
        }
    }
}

fn holds(term: Term, domain: Domain) -> Formula {
    Formula::Holds(term, Arc::new(domain))
}

fn term(field: Field) -> Term {
    match field {
        Field::Text(field) => Term::Text(field),
        Field::Number(field) => Term::Number(field),
        Field::Bool(field) => Term::Bool(field),
        Field::Date(field) => Term::Date(field),
        Field::Attribute(index) => Term::Attribute(index),
    }
}

fn text_term(text: &Text) -> Option<Term> {
    match text {
        Text::Field(field) => Some(Term::Text(*field)),
        Text::Attribute(index) => Some(Term::Attribute(*index)),
        Text::Literal(_) | Text::Choose(_) => None,
    }
}

fn number_term(number: &Number) -> Option<Term> {
    match number {
        Number::Field(field) => Some(Term::Number(*field)),
        Number::Attribute(index) => Some(Term::Attribute(*index)),
        Number::Count(field, name) => Some(Term::Count(*field, name.clone())),
        _ => None,
    }
}

fn among(text: &Text, set: &TextSet) -> Formula {
    match text_term(text) {
        Some(term) => holds(term, Domain::texts(set.sorted().into_iter().cloned().collect())),
        None => Formula::Opaque(None),
    }
}

fn texts(left: &Text, comparison: Comparison, right: &Text) -> Formula {
    let (text, literal) = match (left, right) {
        (text, Text::Literal(literal)) | (Text::Literal(literal), text) => (text, literal),
        _ => return Formula::Opaque(None),
    };
    let domain = Domain::texts(vec![literal.clone()]);
    match (text_term(text), comparison) {
        (Some(term), Comparison::Equal) => holds(term, domain),
        (Some(term), Comparison::Unequal) => holds(term, domain.complement()),
        _ => Formula::Opaque(None),
    }
}

fn numbers(left: &Number, comparison: Comparison, right: &Number) -> Formula {
    match (left, right) {
        (Number::DaysBetween(pair), Number::Literal(value)) => days_between(&pair.0, &pair.1, comparison, *value),
        (Number::Literal(value), Number::DaysBetween(pair)) => days_between(&pair.0, &pair.1, flipped(comparison), *value),
        (number, Number::Literal(value)) => {
            number_term(number).map_or(Formula::Opaque(None), |term| holds(term, Domain::comparing(comparison, *value)))
        }
        (Number::Literal(value), number) => {
            number_term(number).map_or(Formula::Opaque(None), |term| holds(term, Domain::comparing(flipped(comparison), *value)))
        }
        _ => Formula::Opaque(None),
    }
}

/// The comparison with its sides exchanged.
fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::Unequal => Comparison::Unequal,
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
    }
}

/// A day as a field and days after it; without a field, days from 1970-01-01. `None` for anything else.
fn moved(day: &Day) -> Option<(Option<DateField>, i64)> {
    match day {
        Day::Literal(date) => Some((None, i64::from(date.as_days()))),
        Day::Field(field) => Some((Some(*field), 0)),
        Day::Moved(day, days) => {
            let (field, before) = moved(day)?;
            let days = before + i64::from(*days);
            (field.is_none() || days.abs() <= MAX_DAYS).then_some((field, days))
        }
        Day::Choose(_) => None,
    }
}

fn dates(left: &Day, comparison: Comparison, right: &Day) -> Formula {
    days_between(left, right, comparison, 0.0)
}

/// `left - right`, in days, compared with a number of them.
fn days_between(left: &Day, right: &Day, comparison: Comparison, days: f64) -> Formula {
    let (Some((one, before)), Some((other, after))) = (moved(left), moved(right)) else { return Formula::Opaque(None) };
    let days = days + (after - before) as f64;
    if !days.is_finite() || days.abs() > MAX_DISTANCE {
        return Formula::Opaque(None);
    }
    match (one, other) {
        (Some(one), Some(other)) if one == other => {
            let always = 0.0_f64.partial_cmp(&days).is_some_and(|ordering| comparison.holds(ordering));
            holds(Term::Date(one), if always { Domain::every_number() } else { Domain::Numbers(Vec::new()) })
        }
        (Some(DateField::DeclaredBuyBy), Some(DateField::Today)) => holds(Term::BuyByFromToday, Domain::comparing(comparison, days)),
        (Some(DateField::Today), Some(DateField::DeclaredBuyBy)) => {
            holds(Term::BuyByFromToday, Domain::comparing(flipped(comparison), -days))
        }
        (Some(field), None) => holds(Term::Date(field), Domain::comparing(comparison, days)),
        (None, Some(field)) => holds(Term::Date(field), Domain::comparing(flipped(comparison), -days)),
        _ => Formula::Opaque(None),
    }
}
