//! Why an answer is unknown: the fields that nobody has said anything about, and that would have decided it.
//!
//! Asked apart from [`Predicate::truth`], which stays as fast as it is: this is for people who want to know why. Of `a && b` only the
//! parts that are themselves unknown are looked at, so a field is named only where knowing it could change the answer.

use std::cell::RefCell;

use compact_str::{CompactString, format_compact};

use super::compiled::Attribute;
use super::operand::Field;
use super::predicate::{Predicate, Test};
use super::subject::{AttributeValue, BoolField, CountField, DateField, NumberField, Subject, TextField};
use crate::contract::{Date, Truth};

impl Predicate {
    /// The fields that make the answer unknown, as rulebooks write them, each once, in the order of the expression. None where the
    /// answer is known, or where something can't be calculated though everything is known.
    pub fn missing<S: Subject>(&self, subject: &S, attributes: &[Attribute]) -> Vec<CompactString> {
        let recorder = Recorder { subject, missing: RefCell::default() };
        if self.truth(subject) == Truth::Unknown {
            note(self.test(), &recorder);
        }
        let path = |field: &Field| match field {
            Field::Text(field) => CompactString::const_new(field.path()),
            Field::Number(field) => CompactString::const_new(field.path()),
            Field::Bool(field) => CompactString::const_new(field.path()),
            Field::Date(field) => CompactString::const_new(field.path()),
            Field::Attribute(index) => {
                attributes.get(*index).map_or_else(CompactString::default, |known| format_compact!("attribute.{}", known.name))
            }
        };
        recorder.missing.into_inner().iter().map(path).collect()
    }
}

/// Asks the parts of an unknown test that are unknown themselves, so that the recorder hears which fields were missing.
fn note<S: Subject>(test: &Test, recorder: &Recorder<'_, S>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| note_unknown(test, recorder)),
        Test::Not(test) => note(test, recorder),
        Test::Choose(branches) => {
            let [condition, then, otherwise] = &**branches;
            match condition.ask(recorder.subject) {
                Truth::Unknown => note(condition, recorder),
                Truth::True => note_unknown(then, recorder),
                Truth::False => note_unknown(otherwise, recorder),
            }
        }
        Test::Same(pair) => pair.iter().for_each(|test| note_unknown(test, recorder)),
        leaf => {
            leaf.ask(recorder);
        }
    }
}

fn note_unknown<S: Subject>(test: &Test, recorder: &Recorder<'_, S>) {
    if test.ask(recorder.subject) == Truth::Unknown {
        note(test, recorder);
    }
}

/// Passes every question on, and remembers what had no answer.
struct Recorder<'s, S> {
    subject: &'s S,
    missing: RefCell<Vec<Field>>,
}

impl<S> Recorder<'_, S> {
    fn heard<T>(&self, field: Field, answer: Option<T>) -> Option<T> {
        let mut missing = self.missing.borrow_mut();
        if answer.is_none() && !missing.contains(&field) {
            missing.push(field);
        }
        answer
    }
}

impl<S: Subject> Subject for Recorder<'_, S> {
    fn text(&self, field: TextField) -> Option<&str> {
        self.heard(Field::Text(field), self.subject.text(field))
    }
    fn number(&self, field: NumberField) -> Option<f64> {
        self.heard(Field::Number(field), self.subject.number(field))
    }
    fn boolean(&self, field: BoolField) -> Option<bool> {
        self.heard(Field::Bool(field), self.subject.boolean(field))
    }
    fn date(&self, field: DateField) -> Option<Date> {
        self.heard(Field::Date(field), self.subject.date(field))
    }
    fn count(&self, field: CountField, name: &str) -> u32 {
        self.subject.count(field, name)
    }
    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>> {
        self.heard(Field::Attribute(index), self.subject.attribute(index))
    }
}
