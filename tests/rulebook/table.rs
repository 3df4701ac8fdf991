//! A subject that answers from a table: what stands in it is known, everything else is not.

use std::collections::BTreeMap;

use relevo::contract::{Date, Truth};
use relevo::rulebook::subject::AttributeValue;
use relevo::rulebook::{BoolField, CountField, DateField, NumberField, Rulebook, Subject, TextField, compile};

/// A known value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Truth(bool),
    Number(f64),
    Text(String),
    Date(Date),
}

/// Known values by the field's path; counts as `account.kinds_seen/name`.
#[derive(Clone, Debug, Default)]
pub struct Table(pub BTreeMap<String, Known>);

/// The attributes that the base declares, in its order.
pub const ATTRIBUTES: [&str; 4] = ["attribute.plants", "attribute.uses_sap", "attribute.score", "attribute.tier"];

impl Table {
    /// With one more known value.
    pub fn with(mut self, path: &str, value: Known) -> Self {
        self.0.insert(path.to_owned(), value);
        self
    }
}

impl Subject for Table {
    fn text(&self, field: TextField) -> Option<&str> {
        match self.0.get(field.path())? {
            Known::Text(text) => Some(text),
            other => panic!("{field:?} is {other:?}"),
        }
    }

    fn number(&self, field: NumberField) -> Option<f64> {
        match self.0.get(field.path())? {
            Known::Number(number) => Some(*number),
            other => panic!("{field:?} is {other:?}"),
        }
    }

    fn boolean(&self, field: BoolField) -> Option<bool> {
        match self.0.get(field.path())? {
            Known::Truth(truth) => Some(*truth),
            other => panic!("{field:?} is {other:?}"),
        }
    }

    fn date(&self, field: DateField) -> Option<Date> {
        match self.0.get(field.path())? {
            Known::Date(date) => Some(*date),
            other => panic!("{field:?} is {other:?}"),
        }
    }

    fn count(&self, field: CountField, name: &str) -> u32 {
        match self.0.get(&format!("{}/{name}", field.path())) {
            Some(Known::Number(count)) => *count as u32,
            _ => 0,
        }
    }

    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>> {
        Some(match self.0.get(ATTRIBUTES[index])? {
            Known::Truth(truth) => AttributeValue::Bool(*truth),
            Known::Number(number) => AttributeValue::Number(*number),
            Known::Text(text) => AttributeValue::Text(text),
            Known::Date(_) => panic!("no attribute is a date"),
        })
    }
}

/// The base with these expressions as criteria of fit, in their order.
pub fn with_criteria(expressions: &[String]) -> String {
    const FROM: &str = "    - id: mid-market\n      when: mid_market\n      points: 60\n";
    let criterion = |(index, expression): (usize, &String)| {
        format!("    - id: c{index}\n      when: '{}'\n      points: 1\n", expression.replace('\'', "''"))
    };
    let criteria: String = expressions.iter().enumerate().map(criterion).collect();
    crate::refused::BASE.replacen(FROM, &criteria, 1)
}

/// The rulebook with these criteria; it has to load, warnings or not.
pub fn compiled(expressions: &[String]) -> Rulebook {
    let text = with_criteria(expressions);
    compile(text.as_bytes(), "criteria.yaml").unwrap_or_else(|found| panic!("{}", relevo::rulebook::render(&found, &text)))
}

/// What one expression answers.
pub fn ask(expression: &str, table: &Table) -> Truth {
    compiled(&[expression.to_owned()]).fit.criteria[0].when.truth(table)
}
