//! Expressions in plain words: what a rule asks, as a sales director would say it.
//!
//! The words are made of the lowered tree, so they say what is asked and not how it is spelt; variables are put in. Each part has words
//! of its own, so there is no expression without. This room refuses to know what a rule is for.

mod nouns;
pub(super) mod terms;
mod values;

use self::nouns::Nouns;
pub use self::values::duration;
pub(super) use self::values::{and, number, or, points, spelt};
use super::compiled::Attribute;
use super::operand::{Comparison, Field, Find};
use super::predicate::{Day, Number, Predicate, Test, Text};
use super::subject::{DateField, NumberField, TextField};
use crate::contract::{Kind, Truth};

/// What the predicate asks. `attributes`: those of its rulebook.
pub fn phrase(predicate: &Predicate, attributes: &[Attribute]) -> String {
    Speaker { nouns: Nouns { attributes } }.test(predicate.test())
}

struct Speaker<'a> {
    nouns: Nouns<'a>,
}

impl Speaker<'_> {
    fn test(&self, test: &Test) -> String {
        match test {
            Test::Constant(Truth::True) => "always".to_owned(),
            Test::Constant(_) => "never".to_owned(),
            Test::All(tests) => and(&self.all(tests)),
            Test::Any(tests) => or(&tests.iter().map(|test| self.part(test)).collect::<Vec<_>>()),
            Test::Not(test) => self.not(test),
            Test::Choose(parts) => {
                let [condition, then, otherwise] = &**parts;
                format!("if {}: {}; if not: {}", self.part(condition), self.part(then), self.part(otherwise))
            }
            Test::Same(pair) => format!("{} and {} are both true or both false", self.quoted(&pair[0]), self.quoted(&pair[1])),
            Test::Known(field) => self.known(*field, true),
            Test::Bool(field) => nouns::truth(*field, true).to_owned(),
            Test::Attribute(index) => format!("{} is true", self.nouns.attribute(*index)),
            Test::Seen(field, name) => nouns::seen(*field, name, true),
            Test::TextIs(field, text) => self.text_is(*field, &[text], true),
            Test::TextAmong(field, set) => self.text_is(*field, &set.listed().iter().map(|text| text.as_str()).collect::<Vec<_>>(), true),
            Test::NumberIs(field, comparison, value) => {
                nouns::amount(*field, &quantity(*field, *comparison, *value), singular(*comparison, *value))
            }
            Test::Among(pair) => {
                let items: Vec<String> = pair.1.listed().iter().map(|text| values::quote(text)).collect();
                format!("{} is {}", self.text(&pair.0), or(&items))
            }
            Test::Texts(parts) => format!("{} {} {}", self.text(&parts.0), texts(parts.1), self.text(&parts.2)),
            Test::Numbers(parts) => self.numbers(&parts.0, parts.1, &parts.2),
            Test::NumberAmong(pair) => {
                let items: Vec<String> = pair.1.iter().map(|value| number(*value)).collect();
                format!("{} is {}", self.number(&pair.0), or(&items))
            }
            Test::Dates(parts) => format!("{} is {}", self.day(&parts.0), self.date_range(parts.1, &parts.2)),
            Test::DateAmong(pair) => {
                let items: Vec<String> = pair.1.iter().map(|date| date.in_words()).collect();
                format!("{} is {}", self.day(&pair.0), or(&items))
            }
            Test::Find(parts) => format!("{} {} {}", self.text(&parts.0), find(parts.1), self.text(&parts.2)),
            Test::Matches(pair) => format!("{} matches the pattern `{}`", self.text(&pair.0), pair.1.as_str()),
        }
    }

    /// Within another: what is made of several is kept together.
    fn part(&self, test: &Test) -> String {
        if self.is_compound(test) { format!("({})", self.test(test)) } else { self.test(test) }
    }

    fn quoted(&self, test: &Test) -> String {
        format!("“{}”", self.test(test))
    }

    fn is_compound(&self, test: &Test) -> bool {
        match test {
            Test::All(tests) => self.all(tests).len() > 1,
            Test::Any(_) | Test::Choose(_) | Test::Same(_) => true,
            // `is a or b` beside an `and` would read as if b alone needed what follows.
            Test::TextAmong(_, set) => set.listed().len() > 1,
            Test::Among(pair) => pair.1.listed().len() > 1,
            Test::NumberAmong(pair) => pair.1.len() > 1,
            Test::DateAmong(pair) => pair.1.len() > 1,
            Test::Not(inner) => match &**inner {
                Test::Not(twice) => self.is_compound(twice),
                inner => self.is_compound(inner),
            },
            _ => false,
        }
    }

    /// What holds together; two bounds of one field become one range.
    fn all(&self, tests: &[Test]) -> Vec<String> {
        let mut said = Vec::new();
        let mut told = vec![false; tests.len()];
        for (index, test) in tests.iter().enumerate() {
            if told[index] {
                continue;
            }
            let pair =
                (index + 1..tests.len()).filter(|other| !told[*other]).find_map(|other| Some((other, self.range(test, &tests[other])?)));
            if let Some((other, words)) = pair {
                told[other] = true;
                said.push(words);
            } else {
                said.push(self.part(test));
            }
        }
        said
    }

    /// Two bounds of the same field, one from below and one from above.
    fn range(&self, one: &Test, other: &Test) -> Option<String> {
        match (one, other) {
            (Test::NumberIs(field, low, from), Test::NumberIs(same, high, to)) if field == same && is_range(*low, *high) => {
                let amounts = [quantity(*field, *low, *from), quantity(*field, *high, *to)];
                Some(nouns::amount(*field, &amounts.join(" and "), false))
            }
            (Test::Dates(one), Test::Dates(other)) => {
                let (Day::Field(field), Day::Field(same)) = (&one.0, &other.0) else { return None };
                if field != same || !is_range(one.1, other.1) {
                    return None;
                }
                let noun = nouns::date(*field);
                Some(match (one.1, other.1) {
                    (Comparison::AtLeast, Comparison::AtMost) => {
                        format!("{noun} lies between {} and {}", self.day(&one.2), self.day(&other.2))
                    }
                    (low, high) => format!("{noun} is {} and {}", self.date_range(low, &one.2), self.date_range(high, &other.2)),
                })
            }
            _ => None,
        }
    }

    fn not(&self, test: &Test) -> String {
        match test {
            Test::Known(field) => self.known(*field, false),
            Test::Bool(field) => nouns::truth(*field, false).to_owned(),
            Test::Attribute(index) => format!("{} is false", self.nouns.attribute(*index)),
            Test::Seen(field, name) => nouns::seen(*field, name, false),
            Test::TextIs(field, text) => self.text_is(*field, &[text], false),
            Test::TextAmong(field, set) => self.text_is(*field, &set.listed().iter().map(|text| text.as_str()).collect::<Vec<_>>(), false),
            Test::Not(inner) => self.test(inner),
            other => format!("it is not so that {}", self.part(other)),
        }
    }

    fn known(&self, field: Field, known: bool) -> String {
        let is = if known { "is known" } else { "is not known" };
        match field {
            Field::Text(field) => format!("{} {is}", nouns::text(field)),
            Field::Number(field) => format!("{} {is}", nouns::number(field)),
            Field::Bool(field) => format!("it {is} whether {}", nouns::truth(field, true)),
            Field::Date(field) => format!("{} {is}", nouns::date(field)),
            Field::Attribute(index) => format!("{} {is}", self.nouns.attribute(index)),
        }
    }

    fn text_is(&self, field: TextField, values: &[&str], is: bool) -> String {
        if field == TextField::InteractionKind {
            return self.kind_is(values, is);
        }
        let said: Vec<String> = values.iter().map(|value| nouns::value_of(field, value)).collect();
        let noun = nouns::text(field);
        if field == TextField::PersonRoleClass {
            let counts = if is { "counts as" } else { "counts as another than" };
            return format!("the person's role {counts} {}", or(&said));
        }
        match (is, said.len()) {
            (true, _) => format!("{noun} is {}", or(&said)),
            (false, 1) => format!("{noun} is another than {}", said[0]),
            (false, _) => format!("{noun} is none of {}", or(&said)),
        }
    }

    /// Kinds that the contract has a sentence for are told by it.
    fn kind_is(&self, values: &[&str], is: bool) -> String {
        let told: Vec<Option<String>> = values.iter().map(|value| nouns::deed(&Kind::parse(value))).collect();
        let names: Vec<String> = values.iter().map(|value| format!("“{}”", spelt(value))).collect();
        match told.into_iter().collect::<Option<Vec<String>>>() {
            Some(deeds) if is => format!("the person {}", or(&deeds)),
            _ if is => format!("the interaction is {}", or(&names)),
            _ => format!("the interaction is anything but {}", or(&names)),
        }
    }

    fn numbers(&self, left: &Number, comparison: Comparison, right: &Number) -> String {
        if let (Number::Count(field, name), Number::Literal(value)) = (left, right) {
            return nouns::count(*field, name, &values::quantity(comparison, &number(*value)), singular(comparison, *value));
        }
        if let (Number::DaysBetween(pair), Number::Literal(value)) = (left, right) {
            let days = values::quantity(comparison, &number(*value));
            let unit = if singular(comparison, *value) { "day" } else { "days" };
            return format!("{} is {days} {unit} after {}", self.day(&pair.0), self.day(&pair.1));
        }
        format!("{} is {}", self.number(left), values::measure(comparison, &self.number(right)))
    }

    fn text(&self, text: &Text) -> String {
        match text {
            Text::Literal(text) => values::quote(text),
            Text::Field(field) => nouns::text(*field).to_owned(),
            Text::Attribute(index) => self.nouns.attribute(*index),
            Text::Choose(parts) => format!("({} if {}, else {})", self.text(&parts.1), self.part(&parts.0), self.text(&parts.2)),
        }
    }

    fn number(&self, value: &Number) -> String {
        match value {
            Number::Literal(value) => number(*value),
            Number::Field(field) => nouns::number(*field).to_owned(),
            Number::Attribute(index) => self.nouns.attribute(*index),
            Number::Count(field, name) => nouns::count_of(*field, name),
            Number::Calculated(parts) => {
                let sign = values::arithmetic(parts.1);
                format!("({} {sign} {})", self.number(&parts.0), self.number(&parts.2))
            }
            Number::Size(text) => format!("the length of {}", self.text(text)),
            Number::DaysBetween(pair) => format!("the days from {} to {}", self.day(&pair.1), self.day(&pair.0)),
            Number::Choose(parts) => format!("({} if {}, else {})", self.number(&parts.1), self.part(&parts.0), self.number(&parts.2)),
        }
    }

    fn day(&self, day: &Day) -> String {
        match day {
            Day::Literal(date) => date.in_words(),
            Day::Field(field) => nouns::date(*field).to_owned(),
            Day::Moved(day, days) => moved(&self.day(day), matches!(**day, Day::Field(DateField::Today)), *days),
            Day::Choose(parts) => format!("({} if {}, else {})", self.day(&parts.1), self.part(&parts.0), self.day(&parts.2)),
        }
    }

    fn date_range(&self, comparison: Comparison, day: &Day) -> String {
        let day = self.day(day);
        match comparison {
            Comparison::Equal => day,
            Comparison::Unequal => format!("any day but {day}"),
            Comparison::Less => format!("before {day}"),
            Comparison::AtMost => format!("at the latest {day}"),
            Comparison::Greater => format!("after {day}"),
            Comparison::AtLeast if day == "today" => "today or later".to_owned(),
            Comparison::AtLeast => format!("{day} or later"),
        }
    }
}

/// `90 days from today`
fn moved(day: &str, today: bool, days: i32) -> String {
    let count = days.unsigned_abs();
    let unit = if count == 1 { "day" } else { "days" };
    match (days < 0, today) {
        (false, true) => format!("{count} {unit} from today"),
        (true, true) => format!("{count} {unit} ago"),
        (false, false) => format!("{count} {unit} after {day}"),
        (true, false) => format!("{count} {unit} before {day}"),
    }
}

fn is_range(one: Comparison, other: Comparison) -> bool {
    let low = |comparison| matches!(comparison, Comparison::Greater | Comparison::AtLeast);
    let high = |comparison| matches!(comparison, Comparison::Less | Comparison::AtMost);
    low(one) && high(other) || high(one) && low(other)
}

/// How many or how much: things are counted, money is measured.
fn quantity(field: NumberField, comparison: Comparison, value: f64) -> String {
    let said = number(value);
    match field {
        NumberField::CompanyRevenueUsd | NumberField::DeclaredBudgetUsd => values::measure(comparison, &said),
        _ => values::quantity(comparison, &said),
    }
}

fn singular(comparison: Comparison, value: f64) -> bool {
    value == 1.0 && comparison != Comparison::Less
}

fn texts(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "is the same as",
        Comparison::Unequal => "is another than",
        Comparison::Less => "stands in the alphabet before",
        Comparison::AtMost => "is, or stands in the alphabet before,",
        Comparison::Greater => "stands in the alphabet behind",
        Comparison::AtLeast => "is, or stands in the alphabet behind,",
    }
}

fn find(find: Find) -> &'static str {
    match find {
        Find::Anywhere => "contains",
        Find::AtStart => "begins with",
        Find::AtEnd => "ends with",
    }
}
