//! A question about a subject, lowered from an expression.
//!
//! A small tree of typed nodes over [`Subject`]'s fields: asking it allocates nothing, compares short texts and numbers, and knows
//! three answers. What isn't known is unknown, never false, zero or empty (Kleene). A number that can't be said (a division by
//! zero, an overflow) is unknown too. This file refuses to know the language that it was written in.

use std::ops::Range;
use std::sync::Arc;

use compact_str::CompactString;

use super::operand::{Arithmetic, Comparison, Field, Find, TextSet};
use super::subject::{AttributeValue, BoolField, CountField, DateField, NumberField, Scope, Subject, TextField};
use crate::contract::{Date, Truth};

/// A typed, lowered expression whose answer is true, false or unknown.
#[derive(Debug)]
pub struct Predicate {
    test: Test,
    evidence: bool,
    account: bool,
    written: Box<str>,
    span: Range<usize>,
}

impl Predicate {
    pub(super) fn new(test: Test, written: &str, span: Range<usize>) -> Self {
        let mut reads = Reads::default();
        test.reads(&mut reads);
        Self { evidence: reads.evidence, account: reads.account, test, written: written.into(), span }
    }

    /// The expression as the file has it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Its place in the file, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn test(&self) -> &Test {
        &self.test
    }

    /// Whether the answer depends on fields of this scope.
    pub fn reads(&self, scope: Scope) -> bool {
        match scope {
            Scope::Evidence => self.evidence,
            Scope::Account => self.account,
        }
    }

    /// The answer for this subject.
    pub fn truth<S: Subject>(&self, subject: &S) -> Truth {
        self.test.ask(subject)
    }
}

/// A question with three answers.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Constant(Truth),
    All(Arc<[Test]>),
    Any(Arc<[Test]>),
    Not(Arc<Test>),
    /// Condition, then, else.
    Choose(Arc<[Test; 3]>),
    /// Two truths that are equal.
    Same(Arc<[Test; 2]>),
    Known(Field),
    Bool(BoolField),
    Attribute(usize),
    Seen(CountField, CompactString),
    /// The commonest question of all, without a detour.
    TextIs(TextField, CompactString),
    TextAmong(TextField, Arc<TextSet>),
    NumberIs(NumberField, Comparison, f64),
    Texts(Arc<(Text, Comparison, Text)>),
    Among(Arc<(Text, Arc<TextSet>)>),
    Numbers(Arc<(Number, Comparison, Number)>),
    /// The numbers ascend.
    NumberAmong(Arc<(Number, Arc<[f64]>)>),
    Dates(Arc<(Day, Comparison, Day)>),
    /// The dates ascend.
    DateAmong(Arc<(Day, Arc<[Date]>)>),
    Find(Arc<(Text, Find, Text)>),
    Matches(Arc<(Text, regex::Regex)>),
}

/// A text, or unknown.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Literal(CompactString),
    Field(TextField),
    Attribute(usize),
    Choose(Arc<(Test, Text, Text)>),
}

/// A number, or unknown.
#[derive(Clone, Debug)]
pub(super) enum Number {
    Literal(f64),
    Field(NumberField),
    Attribute(usize),
    Count(CountField, CompactString),
    Calculated(Arc<(Number, Arithmetic, Number)>),
    /// Characters of a text.
    Size(Arc<Text>),
    /// Days from the second to the first.
    DaysBetween(Arc<(Day, Day)>),
    Choose(Arc<(Test, Number, Number)>),
}

/// A date, or unknown.
#[derive(Clone, Debug)]
pub(super) enum Day {
    Literal(Date),
    Field(DateField),
    /// Moved by days.
    Moved(Arc<Day>, i32),
    Choose(Arc<(Test, Day, Day)>),
}

impl Test {
    pub fn ask<S: Subject>(&self, subject: &S) -> Truth {
        match self {
            Test::Constant(truth) => *truth,
            Test::All(tests) => all(tests, subject),
            Test::Any(tests) => any(tests, subject),
            Test::Not(test) => test.ask(subject).negate(),
            Test::Choose(branches) => {
                let [condition, then, otherwise] = &**branches;
                choose(condition.ask(subject), || Some(then.ask(subject)), || Some(otherwise.ask(subject))).unwrap_or(Truth::Unknown)
            }
            Test::Same(pair) => match (pair[0].ask(subject), pair[1].ask(subject)) {
                (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
                (left, right) => Truth::from(left == right),
            },
            Test::Known(field) => Truth::from(field.known(subject)),
            Test::Bool(field) => subject.boolean(*field).into(),
            Test::Attribute(index) => match subject.attribute(*index) {
                Some(AttributeValue::Bool(value)) => value.into(),
                _ => Truth::Unknown,
            },
            Test::Seen(field, name) => Truth::from(subject.count(*field, name) > 0),
            Test::TextIs(field, text) => subject.text(*field).map(|value| value == text).into(),
            Test::TextAmong(field, set) => subject.text(*field).map(|value| set.contains(value)).into(),
            Test::NumberIs(field, comparison, number) => subject.number(*field).map(|value| comparison.numbers(value, *number)).into(),
            Test::Among(pair) => pair.0.get(subject).map(|text| pair.1.contains(text)).into(),
            Test::Texts(parts) => {
                let (left, comparison, right) = &**parts;
                both(left.get(subject), || right.get(subject)).map(|(left, right)| comparison.holds(left.cmp(right))).into()
            }
            Test::Numbers(parts) => {
                let (left, comparison, right) = &**parts;
                both(left.get(subject), || right.get(subject)).map(|(left, right)| comparison.numbers(left, right)).into()
            }
            Test::NumberAmong(pair) => {
                pair.0.get(subject).map(|number| pair.1.binary_search_by(|item| item.total_cmp(&number)).is_ok()).into()
            }
            Test::Dates(parts) => {
                let (left, comparison, right) = &**parts;
                both(left.get(subject), || right.get(subject)).map(|(left, right)| comparison.holds(left.cmp(&right))).into()
            }
            Test::DateAmong(pair) => pair.0.get(subject).map(|date| pair.1.binary_search(&date).is_ok()).into(),
            Test::Find(parts) => {
                let (text, find, what) = &**parts;
                both(text.get(subject), || what.get(subject)).map(|(text, what)| find.holds(text, what)).into()
            }
            Test::Matches(pair) => pair.0.get(subject).map(|text| pair.1.is_match(text)).into(),
        }
    }

    /// Notes which scopes are read.
    fn reads(&self, reads: &mut Reads) {
        match self {
            Test::Constant(_) => {}
            Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| test.reads(reads)),
            Test::Not(test) => test.reads(reads),
            Test::Choose(branches) => branches.iter().for_each(|test| test.reads(reads)),
            Test::Same(pair) => pair.iter().for_each(|test| test.reads(reads)),
            Test::Known(field) => reads.add(field.scope()),
            Test::Bool(field) => reads.add(field.scope()),
            Test::Attribute(index) => reads.add(Field::Attribute(*index).scope()),
            Test::Seen(field, _) => reads.add(field.scope()),
            Test::TextIs(field, _) | Test::TextAmong(field, _) => reads.add(field.scope()),
            Test::NumberIs(field, ..) => reads.add(field.scope()),
            Test::Among(pair) => pair.0.reads(reads),
            Test::Texts(parts) => {
                parts.0.reads(reads);
                parts.2.reads(reads);
            }
            Test::Numbers(parts) => {
                parts.0.reads(reads);
                parts.2.reads(reads);
            }
            Test::NumberAmong(pair) => pair.0.reads(reads),
            Test::Dates(parts) => {
                parts.0.reads(reads);
                parts.2.reads(reads);
            }
            Test::DateAmong(pair) => pair.0.reads(reads),
            Test::Find(parts) => {
                parts.0.reads(reads);
                parts.2.reads(reads);
            }
            Test::Matches(pair) => pair.0.reads(reads),
        }
    }

    /// The answer, where it depends on no field.
    pub fn constant(&self) -> Option<Truth> {
        let mut reads = Reads::default();
        self.reads(&mut reads);
        (!reads.evidence && !reads.account).then(|| self.ask(&Nobody))
    }
}

fn all<S: Subject>(tests: &[Test], subject: &S) -> Truth {
    let mut answer = Truth::True;
    for test in tests {
        match test.ask(subject) {
            Truth::False => return Truth::False,
            Truth::Unknown => answer = Truth::Unknown,
            Truth::True => {}
        }
    }
    answer
}

fn any<S: Subject>(tests: &[Test], subject: &S) -> Truth {
    let mut answer = Truth::False;
    for test in tests {
        match test.ask(subject) {
            Truth::True => return Truth::True,
            Truth::Unknown => answer = Truth::Unknown,
            Truth::False => {}
        }
    }
    answer
}

/// Of a choice whose condition is unknown nothing is known.
fn choose<T>(condition: Truth, then: impl FnOnce() -> Option<T>, otherwise: impl FnOnce() -> Option<T>) -> Option<T> {
    match condition {
        Truth::True => then(),
        Truth::False => otherwise(),
        Truth::Unknown => None,
    }
}

fn both<T>(left: Option<T>, right: impl FnOnce() -> Option<T>) -> Option<(T, T)> {
    Some((left?, right()?))
}

impl Text {
    fn get<'a, S: Subject>(&'a self, subject: &'a S) -> Option<&'a str> {
        match self {
            Text::Literal(text) => Some(text),
            Text::Field(field) => subject.text(*field),
            Text::Attribute(index) => match subject.attribute(*index) {
                Some(AttributeValue::Text(text)) => Some(text),
                _ => None,
            },
            Text::Choose(parts) => {
                let (condition, then, otherwise) = &**parts;
                choose(condition.ask(subject), || then.get(subject), || otherwise.get(subject))
            }
        }
    }

    fn reads(&self, reads: &mut Reads) {
        match self {
            Text::Literal(_) => {}
            Text::Field(field) => reads.add(field.scope()),
            Text::Attribute(index) => reads.add(Field::Attribute(*index).scope()),
            Text::Choose(parts) => {
                parts.0.reads(reads);
                parts.1.reads(reads);
                parts.2.reads(reads);
            }
        }
    }
}

impl Number {
    fn get<S: Subject>(&self, subject: &S) -> Option<f64> {
        match self {
            Number::Literal(number) => Some(*number),
            Number::Field(field) => subject.number(*field),
            Number::Attribute(index) => match subject.attribute(*index) {
                Some(AttributeValue::Number(number)) => Some(number),
                _ => None,
            },
            Number::Count(field, name) => Some(f64::from(subject.count(*field, name))),
            Number::Calculated(parts) => {
                let (left, arithmetic, right) = &**parts;
                arithmetic.of(left.get(subject)?, right.get(subject)?)
            }
            Number::Size(text) => text.get(subject).map(|text| text.chars().count() as f64),
            Number::DaysBetween(pair) => {
                let (to, from) = (pair.0.get(subject)?, pair.1.get(subject)?);
                Some(f64::from(to.as_days()) - f64::from(from.as_days()))
            }
            Number::Choose(parts) => {
                let (condition, then, otherwise) = &**parts;
                choose(condition.ask(subject), || then.get(subject), || otherwise.get(subject))
            }
        }
    }

    fn reads(&self, reads: &mut Reads) {
        match self {
            Number::Literal(_) => {}
            Number::Field(field) => reads.add(field.scope()),
            Number::Attribute(index) => reads.add(Field::Attribute(*index).scope()),
            Number::Count(field, _) => reads.add(field.scope()),
            Number::Calculated(parts) => {
                parts.0.reads(reads);
                parts.2.reads(reads);
            }
            Number::Size(text) => text.reads(reads),
            Number::DaysBetween(pair) => {
                pair.0.reads(reads);
                pair.1.reads(reads);
            }
            Number::Choose(parts) => {
                parts.0.reads(reads);
                parts.1.reads(reads);
                parts.2.reads(reads);
            }
        }
    }
}

impl Day {
    fn get<S: Subject>(&self, subject: &S) -> Option<Date> {
        match self {
            Day::Literal(date) => Some(*date),
            Day::Field(field) => subject.date(*field),
            Day::Moved(day, days) => day.get(subject).map(|date| date.plus_days(*days)),
            Day::Choose(parts) => {
                let (condition, then, otherwise) = &**parts;
                choose(condition.ask(subject), || then.get(subject), || otherwise.get(subject))
            }
        }
    }

    fn reads(&self, reads: &mut Reads) {
        match self {
            Day::Literal(_) => {}
            Day::Field(field) => reads.add(field.scope()),
            Day::Moved(day, _) => day.reads(reads),
            Day::Choose(parts) => {
                parts.0.reads(reads);
                parts.1.reads(reads);
                parts.2.reads(reads);
            }
        }
    }
}

/// Which scopes an expression reads.
#[derive(Default)]
struct Reads {
    evidence: bool,
    account: bool,
}

impl Reads {
    fn add(&mut self, scope: Scope) {
        match scope {
            Scope::Evidence => self.evidence = true,
            Scope::Account => self.account = true,
        }
    }
}

/// Of whom nothing is known: asked for constants.
struct Nobody;

impl Subject for Nobody {
    fn text(&self, _: TextField) -> Option<&str> {
        None
    }
    fn number(&self, _: NumberField) -> Option<f64> {
        None
    }
    fn boolean(&self, _: BoolField) -> Option<bool> {
        None
    }
    fn date(&self, _: DateField) -> Option<Date> {
        None
    }
    fn count(&self, _: CountField, _: &str) -> u32 {
        0
    }
    fn attribute(&self, _: usize) -> Option<AttributeValue<'_>> {
        None
    }
}
