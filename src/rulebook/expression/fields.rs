//! What an expression may name: the contract's fields, the rulebook's own attributes, its variables.

use super::range::Range;
use super::typed::Typed;
use crate::rulebook::compiled::{Attribute, AttributeKind};
use crate::rulebook::operand::Field;
use crate::rulebook::predicate::{Day, Number, Test, Text};
use crate::rulebook::subject::{BoolField, CountField, DateField, NumberField, TextField};

/// Where the user's own fields live.
pub const ATTRIBUTE: &str = "attribute";
/// First segments of fields, functions and words of the language: no variable may be called so.
const RESERVED: &[&str] = &[
    "interaction",
    "campaign",
    "person",
    "company",
    "declared",
    "account",
    "attribute",
    "offering",
    "today",
    "true",
    "false",
    "null",
    "in",
    "has",
    "size",
    "duration",
    "date",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
];

/// Whether it can be the name of a variable or an attribute.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name.len() <= 64
}

/// Whether the language uses the name itself.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// What a path names.
pub enum Named {
    Field(Field),
    Counts(CountField),
}

/// The contract's field of this path.
pub fn field(path: &str) -> Option<Named> {
    let text = TextField::ALL.iter().find(|field| field.path() == path).map(|field| Named::Field(Field::Text(*field)));
    let number = || NumberField::ALL.iter().find(|field| field.path() == path).map(|field| Named::Field(Field::Number(*field)));
    let boolean = || BoolField::ALL.iter().find(|field| field.path() == path).map(|field| Named::Field(Field::Bool(*field)));
    let date = || DateField::ALL.iter().find(|field| field.path() == path).map(|field| Named::Field(Field::Date(*field)));
    let counts = || CountField::ALL.iter().find(|field| field.path() == path).map(|field| Named::Counts(*field));
    text.or_else(number).or_else(boolean).or_else(date).or_else(counts)
}

/// Every path of the contract.
pub fn paths() -> impl Iterator<Item = &'static str> {
    let texts = TextField::ALL.iter().map(|field| field.path());
    let numbers = NumberField::ALL.iter().map(|field| field.path());
    let booleans = BoolField::ALL.iter().map(|field| field.path());
    let dates = DateField::ALL.iter().map(|field| field.path());
    let counts = CountField::ALL.iter().map(|field| field.path());
    texts.chain(numbers).chain(booleans).chain(dates).chain(counts)
}

/// The field as an expression.
pub fn lower(field: Field, attributes: &[Attribute]) -> Typed {
    match field {
        Field::Text(field) => Typed::Text(Text::Field(field)),
        Field::Number(field) => Typed::Number(Number::Field(field), Range::of_field(field)),
        Field::Bool(field) => Typed::Truth(Test::Bool(field)),
        Field::Date(field) => Typed::Date(Day::Field(field)),
        Field::Attribute(index) => match attributes[index].kind {
            AttributeKind::Bool => Typed::Truth(Test::Attribute(index)),
            AttributeKind::Int => Typed::Number(Number::Attribute(index), Range { whole: true, ..Range::ANY }),
            AttributeKind::Double => Typed::Number(Number::Attribute(index), Range::ANY),
            AttributeKind::Text => Typed::Text(Text::Attribute(index)),
        },
    }
}

/// Fields that are known of everybody: asking whether they are says nothing.
pub fn always_known(field: Field) -> bool {
    matches!(
        field,
        Field::Text(TextField::InteractionKind | TextField::InteractionClass | TextField::CampaignId | TextField::PersonId)
            | Field::Number(NumberField::AccountPeopleSeen)
            | Field::Date(DateField::Today)
    )
}
