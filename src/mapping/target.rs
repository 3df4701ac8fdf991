//! What maps can make, field by field: one table a target, in the order in which the fields are written.
//!
//! The tables are the contract's own fields with their types; a test holds the interaction's together with its schema.

/// What a map makes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `relevo.interaction.recorded.v1`: what a person did.
    Interactions,
    /// How a lead or an account ended: won or lost, when, for how much.
    Outcomes,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An identifier.
    Id,
    /// A kind of interaction.
    Kind,
    /// A text.
    Text,
    /// An instant.
    Time,
    /// A civil date.
    Date,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// True or false.
    Bool,
    /// `won` or `lost`.
    Ending,
}

impl Type {
    /// What it is, for messages.
    pub const fn what(self) -> &'static str {
        match self {
            Type::Id => "an identifier",
            Type::Kind => "a kind of interaction",
            Type::Text => "a text",
            Type::Time => "a time",
            Type::Date => "a date",
            Type::Whole => "a whole number",
            Type::Number => "a number",
            Type::Bool => "true or false",
            Type::Ending => "`won` or `lost`",
        }
    }

    /// Whether its values are texts that can be put together.
    pub const fn is_text(self) -> bool {
        matches!(self, Type::Id | Type::Kind | Type::Text)
    }

    /// Whether it says when.
    pub const fn is_time(self) -> bool {
        matches!(self, Type::Time | Type::Date)
    }

    /// Whether it is a number.
    pub const fn is_number(self) -> bool {
        matches!(self, Type::Whole | Type::Number)
    }
}

/// A field of a target.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its path, with dots.
    pub path: &'static str,
    /// Its type.
    pub of: Type,
    /// Whether no event can be without it.
    pub mandatory: bool,
}

const fn need(path: &'static str, of: Type) -> Field {
    Field { path, of, mandatory: true }
}

const fn may(path: &'static str, of: Type) -> Field {
    Field { path, of, mandatory: false }
}

/// What the user's own fields stand under.
pub const ATTRIBUTES: &str = "attributes.";
/// The types that the user's own fields can have, by the names that rulebooks give them; the first is meant where none is said.
pub const ATTRIBUTE_TYPES: &[(&str, Type)] =
    &[("string", Type::Text), ("int", Type::Whole), ("double", Type::Number), ("bool", Type::Bool)];

const INTERACTION: &[Field] = &[
    need("interaction_id", Type::Id),
    need("occurred_at", Type::Time),
    need("kind", Type::Kind),
    may("offering", Type::Id),
    need("campaign.id", Type::Id),
    may("campaign.agency", Type::Text),
    may("campaign.channel", Type::Text),
    need("person.id", Type::Id),
    may("person.name", Type::Text),
    may("person.email", Type::Text),
    may("person.phone", Type::Text),
    may("person.role", Type::Text),
    may("person.department", Type::Text),
    may("person.seniority", Type::Text),
    may("person.consent.contact", Type::Bool),
    may("person.consent.at", Type::Time),
    may("company.id", Type::Id),
    may("company.name", Type::Text),
    may("company.domain", Type::Text),
    may("company.employees", Type::Whole),
    may("company.industry", Type::Text),
    may("company.country", Type::Text),
    may("company.revenue_usd", Type::Number),
    may("declared.offering", Type::Id),
    may("declared.authority", Type::Text),
    may("declared.budget_usd", Type::Number),
    may("declared.buy_by", Type::Date),
    may("declared.timeframe_days", Type::Whole),
    may("declared.comment", Type::Text),
];

/// Whose it is comes first: a lead's identifier, or what an account's key is made of, as for interactions.
const OUTCOME: &[Field] = &[
    may("lead_id", Type::Id),
    may("company.domain", Type::Text),
    may("person.email", Type::Text),
    may("company.id", Type::Id),
    may("person.id", Type::Id),
    may("offering", Type::Id),
    need("outcome", Type::Ending),
    need("at", Type::Time),
    may("value_usd", Type::Number),
];

/// What says whose an outcome is.
pub const OWNERS: &[&str] = &["lead_id", "company.domain", "person.email", "company.id", "person.id"];

impl Target {
    /// Every target with its name in maps.
    pub const ALL: &'static [(&'static str, Target)] = &[("interactions", Target::Interactions), ("outcomes", Target::Outcomes)];

    /// Its fields, in the order in which they are written.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Target::Interactions => INTERACTION,
            Target::Outcomes => OUTCOME,
        }
    }

    /// Whether the user's own fields have a place in it.
    pub const fn has_attributes(self) -> bool {
        matches!(self, Target::Interactions)
    }

    /// Whether any target's event can't be without a field of this path.
    pub fn needs(path: &str) -> bool {
        Self::ALL.iter().any(|(_, target)| target.fields().iter().any(|field| field.path == path && field.mandatory))
    }

    /// One of them, or several, in words.
    pub const fn noun(self, count: u64) -> &'static str {
        match (self, count) {
            (Target::Interactions, 1) => "interaction",
            (Target::Interactions, _) => "interactions",
            (Target::Outcomes, 1) => "outcome",
            (Target::Outcomes, _) => "outcomes",
        }
    }
}
