//! A subject that answers from a table, and rulebooks around one expression.

use std::collections::BTreeMap;

use relevo::contract::{Date, Truth};
use relevo::rulebook::subject::{AttributeValue, Scope};
use relevo::rulebook::{BoolField, CountField, DateField, Diagnostic, NumberField, Predicate, Subject, TextField, compile};

/// A value of an attribute.
#[derive(Clone, Debug)]
pub enum Attribute {
    Bool(bool),
    Number(f64),
    Text(String),
}

/// What is known; the rest is unknown, and counts are zero.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub texts: BTreeMap<TextField, String>,
    pub numbers: BTreeMap<NumberField, f64>,
    pub bools: BTreeMap<BoolField, bool>,
    pub dates: BTreeMap<DateField, Date>,
    pub counts: BTreeMap<(CountField, String), u32>,
    /// By their index in [`ATTRIBUTES`].
    pub attributes: BTreeMap<usize, Attribute>,
}

impl Subject for Facts {
    fn text(&self, field: TextField) -> Option<&str> {
        self.texts.get(&field).map(String::as_str)
    }
    fn number(&self, field: NumberField) -> Option<f64> {
        self.numbers.get(&field).copied()
    }
    fn boolean(&self, field: BoolField) -> Option<bool> {
        self.bools.get(&field).copied()
    }
    fn date(&self, field: DateField) -> Option<Date> {
        self.dates.get(&field).copied()
    }
    fn count(&self, field: CountField, name: &str) -> u32 {
        self.counts.get(&(field, name.to_owned())).copied().unwrap_or(0)
    }
    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>> {
        self.attributes.get(&index).map(|value| match value {
            Attribute::Bool(value) => AttributeValue::Bool(*value),
            Attribute::Number(value) => AttributeValue::Number(*value),
            Attribute::Text(text) => AttributeValue::Text(text),
        })
    }
}

/// Attributes that the rulebooks of these tests declare, in the order of their indices.
pub const ATTRIBUTES: [(&str, &str); 4] = [("plants", "int"), ("ratio", "double"), ("uses_sap", "bool"), ("tier", "string")];

/// A rulebook whose gates ask these expressions, as many as four.
pub fn rulebook(expressions: &[&str]) -> String {
    let gates = ["represents_business", "able_to_buy", "wants_offering", "buys_by"];
    let mut text = String::from(
        "api: relevo/v1\nkind: Rulebook\nrevision: 1\neffective_from: 2026-12-01T06:00:00Z\nroles: { business_user: [cfo], technology: [cio] }\n",
    );
    let attributes: Vec<String> = ATTRIBUTES.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    text += &format!("attributes: {{ {} }}\n", attributes.join(", "));
    text += "fit: { threshold: 1, criteria: [{ id: f, when: has(company.domain), points: 1 }] }\n";
    text += "intent: { threshold: 1, half_life: 14d, criteria: [{ id: i, when: has(offering), points: 1 }] }\n";
    text += "routes: [{ id: rest, team: all }]\nteams: { all: {} }\ngates:\n";
    for (index, gate) in gates.iter().enumerate() {
        let expression = expressions.get(index).copied().unwrap_or("has(company.domain)");
        text += &format!("  {gate}: '{}'\n", expression.replace('\'', "''"));
    }
    text
}

/// The predicates of up to four expressions; else everything that is wrong with them.
pub fn predicates(expressions: &[&str]) -> Result<[Predicate; 4], Vec<Diagnostic>> {
    let gates = compile(rulebook(expressions).as_bytes(), "expression.yaml")?.gates;
    Ok([gates.represents_business, gates.able_to_buy, gates.wants_offering, gates.buys_by])
}

/// The predicate of an expression that has to be one.
pub fn predicate(expression: &str) -> Predicate {
    match predicates(&[expression]) {
        Ok([predicate, ..]) => predicate,
        Err(found) => panic!("`{expression}` is refused: {}", found[0]),
    }
}

/// The answer of an expression.
pub fn truth(expression: &str, facts: &Facts) -> Truth {
    predicate(expression).truth(facts)
}

/// Which scopes an expression reads: of the evidence, of the account.
pub fn scopes(expression: &str) -> (bool, bool) {
    let predicate = predicate(expression);
    (predicate.reads(Scope::Evidence), predicate.reads(Scope::Account))
}
