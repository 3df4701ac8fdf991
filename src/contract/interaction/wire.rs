//! The JSON of an interaction as producers write it, and the way from what JSON can say to what the contract demands.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::consent::Said;
use super::{Amount, MAX_ATTRIBUTES, MAX_COMMENT_BYTES, MAX_TEXT_BYTES, Scalar, clip, fact};
use crate::contract::code::Refusal;
use crate::contract::identifier::{self, InvalidIdentifier};
use crate::contract::kind::Kind;
use crate::contract::time::{Date, Timestamp};
use crate::contract::typed;
use crate::contract::unseen::{cleaned, cleaned_in_lines};
use crate::contract::wire::{Decimal, Item, Object, Text, Whole, maybe, maybe_object, no_element, nothing, text};

/// The farthest date to buy by, in days from the interaction; ten years is no clear date.
const MAX_TIMEFRAME_DAYS: i64 = 3_660;
/// More employees than there are people: a mistake.
const MAX_EMPLOYEES: i64 = 10_000_000_000;

#[derive(Deserialize)]
pub struct Interaction<'a> {
    #[serde(borrow)]
    interaction_id: Cow<'a, str>,
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    offering: Option<Cow<'a, str>>,
    #[serde(borrow)]
    campaign: Object<Campaign<'a>>,
    #[serde(borrow)]
    person: Object<Person<'a>>,
    #[serde(borrow, default, deserialize_with = "maybe_object")]
    company: Option<Object<Company<'a>>>,
    #[serde(borrow, default, deserialize_with = "maybe_object")]
    declared: Option<Object<Declared<'a>>>,
    #[serde(borrow, default)]
    attributes: Attributes<'a>,
}

#[derive(Deserialize)]
struct Campaign<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    agency: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    channel: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Person<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    email: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    phone: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    role: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    department: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    seniority: Option<Cow<'a, str>>,
    #[serde(borrow)]
    consent: Option<Said<'a>>,
}

#[derive(Deserialize)]
pub struct Company<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    pub id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub domain: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    pub employees: Option<Whole>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub industry: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub country: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    pub revenue_usd: Option<Decimal>,
}

#[derive(Deserialize)]
struct Declared<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    offering: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    authority: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    budget_usd: Option<Decimal>,
    #[serde(borrow, default, deserialize_with = "text")]
    buy_by: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    timeframe_days: Option<Whole>,
    #[serde(borrow, default, deserialize_with = "text")]
    comment: Option<Cow<'a, str>>,
}

/// A map in the order of the record, with scalars only.
#[derive(Default)]
struct Attributes<'a>(Vec<(Cow<'a, str>, Scalar<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Attributes<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> serde::de::Visitor<'de> for Map {
            type Value = Attributes<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of at most 64 scalars")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Attributes::default())
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
                nothing(value, &self).map(|()| Attributes::default())
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                no_element(list, &self).map(|()| Attributes::default())
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attributes = Vec::<(Cow<'de, str>, Scalar<'de>)>::new();
                while let Some((Text(name), Item(value))) = map.next_entry::<Text<'de>, Item<Scalar<'de>>>()? {
                    attributes.retain(|(other, _)| *other != name); // JSON's usual custom: the last one counts
                    let Some(value) = value else { continue };
                    if attributes.len() == MAX_ATTRIBUTES {
                        return Err(serde::de::Error::invalid_length(MAX_ATTRIBUTES + 1, &self));
                    }
                    attributes.push((name, value));
                }
                Ok(Attributes(attributes))
            }
        }
        deserializer.deserialize_any(Map)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> serde::de::Visitor<'de> for Any {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, a number or a text")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(value))
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(clip(cleaned(Cow::Borrowed(value)), MAX_TEXT_BYTES)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(clip(cleaned(Cow::Owned(value.to_owned())), MAX_TEXT_BYTES)))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'a> Interaction<'a> {
    /// From what JSON can say to what the contract demands.
    pub(super) fn check(self, data: &[u8]) -> Result<super::Interaction<'a>, Refusal> {
        let (Object(campaign), Object(person)) = (self.campaign, self.person);
        let interaction_id = checked_id("interaction_id", self.interaction_id, data)?;
        let campaign_id = checked_id("campaign.id", campaign.id, data)?;
        let kind = checked_id("kind", self.kind, data)?;
        let occurred_at = time("occurred_at", &self.occurred_at, data)?;
        Ok(super::Interaction {
            occurred_at,
            kind: Kind::parse(&kind),
            interaction_id,
            offering: optional_id("offering", self.offering, data)?,
            campaign: super::Campaign { id: campaign_id, agency: fact(campaign.agency), channel: fact(campaign.channel) },
            person: person.check(data)?,
            company: self.company.map(|Object(company)| company.check(COMPANY, data)).transpose()?,
            declared: self.declared.map(|Object(declared)| declared.check(occurred_at, data)).transpose()?,
            attributes: self.attributes.0,
        })
    }
}

impl<'a> Person<'a> {
    fn check(self, data: &[u8]) -> Result<super::Person<'a>, Refusal> {
        let id = checked_key_id("person.id", self.id, data)?;
        let email = fact(self.email);
        let emails = email.clone().filter(|text| text.matches(['@', '\u{ff20}']).nth(1).is_some());
        Ok(super::Person {
            id,
            name: fact(self.name),
            email: email.and_then(address),
            emails,
            phone: fact(self.phone),
            role: fact(self.role),
            department: fact(self.department),
            seniority: fact(self.seniority),
            consent: self.consent.map(|said| said.consent()),
        })
    }
}

/// The address that was typed; what has none in it stays as it is, unless it says that there is nothing.
fn address(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match text {
        Cow::Borrowed(text) => typed::email(text).or_else(|| (!typed::is_nothing(text)).then_some(Cow::Borrowed(text))),
        Cow::Owned(text) => match typed::email(&text).map(Cow::into_owned) {
            Some(email) => Some(Cow::Owned(email)),
            None => (!typed::is_nothing(&text)).then_some(Cow::Owned(text)),
        },
    }
}

/// The two letters of a country that is known, else what was typed.
fn country(text: Cow<'_, str>) -> Cow<'_, str> {
    typed::country(&text).map_or(text, Cow::Borrowed)
}

/// Where a company's facts stand in an event.
#[derive(Clone, Copy)]
pub struct CompanyFields {
    id: &'static str,
    employees: &'static str,
    revenue_usd: &'static str,
}

/// Under `company`, in an interaction.
const COMPANY: CompanyFields = CompanyFields { id: "company.id", employees: "company.employees", revenue_usd: "company.revenue_usd" };
/// At the top, in an account's update.
pub const ACCOUNT: CompanyFields = CompanyFields { id: "account_id", employees: "employees", revenue_usd: "revenue_usd" };

impl<'a> Company<'a> {
    pub fn check(self, fields: CompanyFields, data: &[u8]) -> Result<super::Company<'a>, Refusal> {
        // Tools write words for nothing, and all who have none would be one company.
        let id = self.id.filter(|id| !typed::is_nothing_id(id));
        let id = id.map(|id| checked_key_id(fields.id, id, data)).transpose()?;
        let employees = match self.employees {
            None => None,
            Some(Whole(count @ 0..=MAX_EMPLOYEES)) => Some(count.unsigned_abs()),
            Some(_) => return Err(Refusal::field(fields.employees, "not a count from 0 to 10^10", data)),
        };
        Ok(super::Company {
            id,
            name: fact(self.name),
            domain: fact(self.domain),
            employees,
            industry: fact(self.industry),
            country: fact(self.country).map(country),
            revenue_usd: amount(fields.revenue_usd, self.revenue_usd, data)?,
        })
    }
}

impl<'a> Declared<'a> {
    fn check(self, occurred_at: Timestamp, data: &[u8]) -> Result<super::Declared<'a>, Refusal> {
        let days = match self.timeframe_days {
            None => None,
            Some(Whole(days @ 0..=MAX_TIMEFRAME_DAYS)) => Some(days as i32),
            Some(_) => return Err(Refusal::field("declared.timeframe_days", "not a number of days from 0 to 3660", data)),
        };
        let buy_by = match &self.buy_by {
            Some(text) => Some(Date::parse(text.trim()).map_err(|error| Refusal::field("declared.buy_by", error, data))?),
            None => days.map(|days| occurred_at.utc_date().plus_days(days)),
        };
        Ok(super::Declared {
            offering: optional_id("declared.offering", self.offering, data)?,
            authority: fact(self.authority),
            budget_usd: amount("declared.budget_usd", self.budget_usd, data)?,
            buy_by,
            comment: self.comment.filter(|text| !text.trim().is_empty()).map(|text| clip(cleaned_in_lines(text), MAX_COMMENT_BYTES)),
        })
    }
}

/// An identifier, without white space at its ends.
pub fn checked_id<'a>(field: &'static str, id: Cow<'a, str>, data: &[u8]) -> Result<Cow<'a, str>, Refusal> {
    let id = trimmed(id);
    checked(field, identifier::check(&id), data).map(|()| id)
}

/// An identifier that may become part of an account key, without white space at its ends.
pub fn checked_key_id<'a>(field: &'static str, id: Cow<'a, str>, data: &[u8]) -> Result<Cow<'a, str>, Refusal> {
    let id = trimmed(id);
    checked(field, identifier::check_key_part(&id), data).map(|()| id)
}

/// Without white space at its ends.
pub(in crate::contract) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn checked(field: &'static str, result: Result<(), InvalidIdentifier>, data: &[u8]) -> Result<(), Refusal> {
    result.map_err(|error| Refusal::identifier(field, error, data))
}

/// An identifier that may be absent: exports write `""` for what they don't have.
pub fn optional_id<'a>(field: &'static str, id: Option<Cow<'a, str>>, data: &[u8]) -> Result<Option<Cow<'a, str>>, Refusal> {
    let id = id.filter(|id| !id.trim().is_empty());
    id.map(|id| checked_id(field, id, data)).transpose()
}

/// A time.
pub fn time(field: &'static str, text: &str, data: &[u8]) -> Result<Timestamp, Refusal> {
    Timestamp::parse(text.trim()).map_err(|error| Refusal::field(field, error, data))
}

/// A time that may be absent.
pub fn optional_time(field: &'static str, text: Option<&str>, data: &[u8]) -> Result<Option<Timestamp>, Refusal> {
    text.filter(|text| !text.trim().is_empty()).map(|text| time(field, text, data)).transpose()
}

/// An amount of money that may be absent.
pub fn amount(field: &'static str, value: Option<Decimal>, data: &[u8]) -> Result<Option<Amount>, Refusal> {
    match value.map(|Decimal(value)| value) {
        Some(value) if !Amount::is_valid(value) => Err(Refusal::field(field, "not an amount from 0 to 10^15", data)),
        value => Ok(value.map(Amount)),
    }
}
