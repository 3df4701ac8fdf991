//! What the contract's fields are called in a sentence.

use super::values::{quote, spelt};
use crate::contract::Kind;
use crate::contract::unseen::shown;
use crate::rulebook::compiled::Attribute;
use crate::rulebook::subject::{BoolField, CountField, DateField, NumberField, TextField};

/// Names that the rulebook brings itself.
pub struct Nouns<'a> {
    pub attributes: &'a [Attribute],
}

impl Nouns<'_> {
    /// A user's own field.
    pub fn attribute(&self, index: usize) -> String {
        self.attributes
            .get(index)
            .map_or_else(|| "an attribute".to_owned(), |attribute| format!("the attribute {}", quote(&attribute.name)))
    }
}

pub fn text(field: TextField) -> &'static str {
    match field {
        TextField::InteractionKind => "the kind of the interaction",
        TextField::InteractionClass => "the class of the interaction",
        TextField::CampaignId => "the campaign",
        TextField::CampaignAgency => "the campaign's agency",
        TextField::CampaignChannel => "the campaign's channel",
        TextField::PersonId => "the person's identifier",
        TextField::PersonRole => "the person's role",
        TextField::PersonRoleClass => "the class of the person's role",
        TextField::PersonDepartment => "the person's department",
        TextField::PersonSeniority => "the person's seniority",
        TextField::Offering => "the offering",
        TextField::CompanyName => "the company's name",
        TextField::CompanyDomain => "the company's internet domain",
        TextField::CompanyIndustry => "the company's industry",
        TextField::CompanyCountry => "the company's country",
        TextField::DeclaredAuthority => "the declared authority to buy",
        TextField::AccountOwnerId => "the account's owner",
        TextField::AccountOwnerTeam => "the team of the account's owner",
    }
}

/// A value: identifiers as they are, words of the contract without underscores, what people are called in quotation marks.
pub fn value_of(field: TextField, value: &str) -> String {
    match field {
        TextField::InteractionClass
        | TextField::PersonRole
        | TextField::PersonRoleClass
        | TextField::PersonDepartment
        | TextField::PersonSeniority
        | TextField::DeclaredAuthority
        | TextField::CompanyIndustry => spelt(value),
        TextField::InteractionKind
        | TextField::CampaignId
        | TextField::CampaignAgency
        | TextField::CampaignChannel
        | TextField::PersonId
        | TextField::Offering
        | TextField::CompanyDomain
        | TextField::CompanyCountry
        | TextField::AccountOwnerId
        | TextField::AccountOwnerTeam => shown(value).into_owned(),
        TextField::CompanyName => quote(value),
    }
}

pub fn number(field: NumberField) -> &'static str {
    match field {
        NumberField::CompanyEmployees => "the company's number of employees",
        NumberField::CompanyRevenueUsd => "the company's revenue",
        NumberField::DeclaredBudgetUsd => "the declared budget",
        NumberField::AccountPeopleSeen => "the number of people seen of the company",
        NumberField::AccountOpenOpportunities => "the number of open opportunities in the CRM",
    }
}

/// A field with how much or how many of it.
pub fn amount(field: NumberField, quantity: &str, singular: bool) -> String {
    let s = |one: &'static str, many: &'static str| if singular { one } else { many };
    match field {
        NumberField::CompanyEmployees => format!("the company has {quantity} {}", s("employee", "employees")),
        NumberField::CompanyRevenueUsd => format!("the company's revenue is {quantity} US dollars"),
        NumberField::DeclaredBudgetUsd => format!("the declared budget is {quantity} US dollars"),
        NumberField::AccountPeopleSeen => {
            format!("{quantity} {} of the company {} been seen", s("person", "people"), s("has", "have"))
        }
        NumberField::AccountOpenOpportunities => {
            format!("the CRM has {quantity} open {} for the account", s("opportunity", "opportunities"))
        }
    }
}

pub fn truth(field: BoolField, is: bool) -> &'static str {
    match (field, is) {
        (BoolField::PersonConsent, true) => "the person has agreed to be contacted",
        (BoolField::PersonConsent, false) => "the person has refused to be contacted",
        (BoolField::PersonWorkEmail, true) => "the person has an e-mail of the company's internet domain",
        (BoolField::PersonWorkEmail, false) => "the person's e-mail is not of the company's internet domain",
        (BoolField::AccountCustomer, true) => "the CRM says that the account is a customer",
        (BoolField::AccountCustomer, false) => "the CRM says that the account is no customer",
    }
}

pub fn date(field: DateField) -> &'static str {
    match field {
        DateField::DeclaredBuyBy => "the declared date to buy by",
        DateField::Today => "today",
    }
}

/// What the person did, as the end of a sentence; `None` where the contract has no words for it.
pub fn deed(kind: &Kind) -> Option<String> {
    let phrase = kind.phrase("the offering");
    if phrase.ends_with(')') {
        return None;
    }
    let mut letters = phrase.chars();
    Some(letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect()))
}

/// `at least 2 people of the role cfo have been seen`
pub fn count(field: CountField, name: &str, quantity: &str, singular: bool) -> String {
    let (name, have) = (spelt(name), if singular { "has" } else { "have" });
    match field {
        CountField::KindsSeen => format!("{quantity} “{name}” {have} been seen of the company"),
        CountField::RolesSeen => format!("{quantity} {name} of the company {have} been seen"),
        CountField::SenioritiesSeen => format!("{quantity} of the company's people of seniority {name} {have} been seen"),
    }
}

pub fn count_of(field: CountField, name: &str) -> String {
    let name = spelt(name);
    match field {
        CountField::KindsSeen => format!("the number of “{name}” seen of the company"),
        CountField::RolesSeen => format!("the number of the company's people seen whose role is {name}"),
        CountField::SenioritiesSeen => format!("the number of the company's people seen of seniority {name}"),
    }
}

pub fn seen(field: CountField, name: &str, seen: bool) -> String {
    let (name, one) = (spelt(name), if seen { "at least one" } else { "no" });
    match field {
        CountField::KindsSeen => format!("{one} “{name}” has been seen of the company"),
        CountField::RolesSeen => format!("{one} {name} of the company has been seen"),
        CountField::SenioritiesSeen => format!("{one} person of seniority {name} has been seen of the company"),
    }
}
