//! `relevo.interaction.recorded.v1`: what a person did in a campaign, parsed once and borrowed from the record's bytes.
//!
//! Five fields are mandatory, the rest is used when there; unknown fields are ignored, because producers may be newer
//! than we are. Texts that only people read are cut to a bound, identifiers over theirs are refused: a cut one would be another.
//! This file refuses to know what an interaction is worth.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize, Serializer};

use super::account_key::{AccountKey, FreeMail, account_key};
use super::code::Refusal;
use super::identifier;
use super::kind::Kind;
use super::time::{Date, Timestamp};

/// The longest text of a fact (name, role, industry …) in bytes; the rest is cut.
pub const MAX_TEXT_BYTES: usize = 256;
/// The longest comment in bytes; the rest is cut.
pub const MAX_COMMENT_BYTES: usize = 1_024;
/// The most attributes that one interaction may bring.
pub const MAX_ATTRIBUTES: usize = 64;
/// The farthest date to buy by, in days from the interaction; ten years is no clear date.
const MAX_TIMEFRAME_DAYS: i32 = 3_660;

/// An amount of money or a count, finite and not negative. Whole amounts are written without a fraction.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub f64);

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() && self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// A user's own scalar under `attributes`.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// Any JSON number.
    Number(f64),
    /// A text, cut to [`MAX_TEXT_BYTES`].
    Text(Cow<'a, str>),
}

/// Where the interaction happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign<'a> {
    /// Mandatory identifier.
    pub id: Cow<'a, str>,
    /// Who ran it.
    pub agency: Option<Cow<'a, str>>,
    /// `event`, `email`, `web` …: open.
    pub channel: Option<Cow<'a, str>>,
}

/// Whether the person may be contacted, and since when that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// May be contacted.
    pub contact: bool,
    /// When it was given or withdrawn; the interaction's time where it is not said.
    pub at: Option<Timestamp>,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq)]
pub struct Person<'a> {
    /// Mandatory identifier.
    pub id: Cow<'a, str>,
    /// Personal: goes to leads only.
    pub name: Option<Cow<'a, str>>,
    /// Personal: goes to leads only; its domain may give the account key.
    pub email: Option<Cow<'a, str>>,
    /// Personal: goes to leads only.
    pub phone: Option<Cow<'a, str>>,
    /// `plant_manager`, `cfo` …: open; a rulebook says which are business users.
    pub role: Option<Cow<'a, str>>,
    /// `operations`, `it` …: open.
    pub department: Option<Cow<'a, str>>,
    /// `manager`, `executive` …: open.
    pub seniority: Option<Cow<'a, str>>,
    /// Consent to be contacted, where known.
    pub consent: Option<Consent>,
}

/// Whom the person represents, as far as the interaction says. Also the facts of a CRM's account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Company<'a> {
    /// The marketing tool's identifier of the company.
    pub id: Option<Cow<'a, str>>,
    /// Name as sellers read it.
    pub name: Option<Cow<'a, str>>,
    /// Domain or web address, as it came; [`account_key`] makes a key of it.
    pub domain: Option<Cow<'a, str>>,
    /// Number of employees.
    pub employees: Option<u64>,
    /// `manufacturing`, `retail` …: open.
    pub industry: Option<Cow<'a, str>>,
    /// ISO 3166 code of two letters, by custom.
    pub country: Option<Cow<'a, str>>,
    /// Yearly revenue in US dollars.
    pub revenue_usd: Option<Amount>,
}

/// What the person said about buying.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared<'a> {
    /// The offering that the declaration is about.
    pub offering: Option<Cow<'a, str>>,
    /// `decision_maker`, `budget_holder`, `influencer` …: open.
    pub authority: Option<Cow<'a, str>>,
    /// Budget in US dollars.
    pub budget_usd: Option<Amount>,
    /// The date to buy by; `timeframe_days` became one, counted from `occurred_at`.
    pub buy_by: Option<Date>,
    /// Free text, personal: goes to leads only.
    pub comment: Option<Cow<'a, str>>,
}

/// An interaction that has all that the contract demands.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction<'a> {
    /// Unique for its `ce_source`.
    pub interaction_id: Cow<'a, str>,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// What was done.
    pub kind: Kind,
    /// The offering that it is about, where said.
    pub offering: Option<Cow<'a, str>>,
    /// Where.
    pub campaign: Campaign<'a>,
    /// Who.
    pub person: Person<'a>,
    /// For whom.
    pub company: Option<Company<'a>>,
    /// What they said about buying.
    pub declared: Option<Declared<'a>>,
    /// The user's own scalars, by name, in the order of the record; names are unique.
    pub attributes: Vec<(Cow<'a, str>, Scalar<'a>)>,
}

impl<'a> Interaction<'a> {
    /// Parses the event's data, a JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] with code, field and position, and never a value: not JSON, a mandatory field missing, a wrong type, an
    /// identifier or time that is none.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let wire: wire::Interaction<'a> = super::code::from_json(data)?;
        wire.check(data)
    }

    /// The account that this interaction belongs to.
    pub fn account_key(&self, free_mail: &FreeMail) -> AccountKey {
        let company = self.company.as_ref();
        account_key(
            company.and_then(|company| company.domain.as_deref()),
            self.person.email.as_deref(),
            company.and_then(|company| company.id.as_deref()),
            &self.person.id,
            free_mail,
        )
    }

    /// The offerings that it concerns, its own first; none when nobody named one.
    pub fn offerings(&self) -> impl Iterator<Item = &str> {
        let own = self.offering.as_deref();
        let declared = self.declared.as_ref().and_then(|declared| declared.offering.as_deref());
        own.into_iter().chain(declared.filter(move |offering| Some(*offering) != own))
    }
}

/// Cuts a text to `max` bytes at the border of a character.
pub(super) fn clip(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return text;
    }
    let end = text.floor_char_boundary(max);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// A fact's text: cut, and none when there is nothing in it.
pub(super) fn fact(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.trim().is_empty()).map(|text| clip(text, MAX_TEXT_BYTES))
}

pub(super) fn check_id(field: &'static str, id: &str, data: &[u8]) -> Result<(), Refusal> {
    identifier::check(id).map_err(|error| Refusal::identifier(field, error, data))
}

/// The JSON as producers write it.
pub(super) mod wire {
    use super::*;

    #[derive(Deserialize)]
    pub struct Interaction<'a> {
        #[serde(borrow)]
        interaction_id: Cow<'a, str>,
        #[serde(borrow)]
        occurred_at: Cow<'a, str>,
        #[serde(borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        offering: Option<Cow<'a, str>>,
        #[serde(borrow)]
        campaign: Campaign<'a>,
        #[serde(borrow)]
        person: Person<'a>,
        #[serde(borrow)]
        company: Option<Company<'a>>,
        #[serde(borrow)]
        declared: Option<Declared<'a>>,
        #[serde(borrow, default)]
        attributes: Attributes<'a>,
    }

    #[derive(Deserialize)]
    struct Campaign<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
        #[serde(borrow)]
        agency: Option<Cow<'a, str>>,
        #[serde(borrow)]
        channel: Option<Cow<'a, str>>,
    }

    #[derive(Deserialize)]
    struct Person<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
        #[serde(borrow)]
        name: Option<Cow<'a, str>>,
        #[serde(borrow)]
        email: Option<Cow<'a, str>>,
        #[serde(borrow)]
        phone: Option<Cow<'a, str>>,
        #[serde(borrow)]
        role: Option<Cow<'a, str>>,
        #[serde(borrow)]
        department: Option<Cow<'a, str>>,
        #[serde(borrow)]
        seniority: Option<Cow<'a, str>>,
        #[serde(borrow)]
        consent: Option<Consent<'a>>,
    }

    #[derive(Deserialize)]
    struct Consent<'a> {
        contact: bool,
        #[serde(borrow)]
        at: Option<Cow<'a, str>>,
    }

    #[derive(Deserialize)]
    pub struct Company<'a> {
        #[serde(borrow)]
        pub id: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub name: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub domain: Option<Cow<'a, str>>,
        pub employees: Option<u64>,
        #[serde(borrow)]
        pub industry: Option<Cow<'a, str>>,
        #[serde(borrow)]
        pub country: Option<Cow<'a, str>>,
        pub revenue_usd: Option<f64>,
    }

    #[derive(Deserialize)]
    struct Declared<'a> {
        #[serde(borrow)]
        offering: Option<Cow<'a, str>>,
        #[serde(borrow)]
        authority: Option<Cow<'a, str>>,
        budget_usd: Option<f64>,
        #[serde(borrow)]
        buy_by: Option<Cow<'a, str>>,
        timeframe_days: Option<i32>,
        #[serde(borrow)]
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
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut attributes = Vec::<(Cow<'de, str>, Scalar<'de>)>::new();
                    while let Some((Name(name), value)) = map.next_entry::<Name<'de>, Option<Scalar<'de>>>()? {
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

    /// serde borrows a `Cow` only in a field that says so.
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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
                    Ok(Scalar::Text(clip(Cow::Borrowed(value), MAX_TEXT_BYTES)))
                }
                fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                    Ok(Scalar::Text(clip(Cow::Owned(value.to_owned()), MAX_TEXT_BYTES)))
                }
            }
            deserializer.deserialize_any(Any)
        }
    }

    impl<'a> Interaction<'a> {
        /// From what JSON can say to what the contract demands.
        pub(super) fn check(self, data: &[u8]) -> Result<super::Interaction<'a>, Refusal> {
            check_id("interaction_id", &self.interaction_id, data)?;
            check_id("campaign.id", &self.campaign.id, data)?;
            check_id("person.id", &self.person.id, data)?;
            check_id("kind", &self.kind, data)?;
            if let Some(offering) = &self.offering {
                check_id("offering", offering, data)?;
            }
            let occurred_at = time("occurred_at", &self.occurred_at, data)?;
            Ok(super::Interaction {
                occurred_at,
                kind: Kind::parse(&self.kind),
                interaction_id: self.interaction_id,
                offering: self.offering,
                campaign: super::Campaign {
                    id: self.campaign.id,
                    agency: fact(self.campaign.agency),
                    channel: fact(self.campaign.channel),
                },
                person: self.person.check(data)?,
                company: self.company.map(|company| company.check("company", data)).transpose()?,
                declared: self.declared.map(|declared| declared.check(occurred_at, data)).transpose()?,
                attributes: self.attributes.0,
            })
        }
    }

    impl<'a> Person<'a> {
        fn check(self, data: &[u8]) -> Result<super::Person<'a>, Refusal> {
            let consent = match self.consent {
                None => None,
                Some(Consent { contact, at: None }) => Some(super::Consent { contact, at: None }),
                Some(Consent { contact, at: Some(at) }) => {
                    Some(super::Consent { contact, at: Some(time("person.consent.at", &at, data)?) })
                }
            };
            Ok(super::Person {
                id: self.id,
                name: fact(self.name),
                email: fact(self.email),
                phone: fact(self.phone),
                role: fact(self.role),
                department: fact(self.department),
                seniority: fact(self.seniority),
                consent,
            })
        }
    }

    impl<'a> Company<'a> {
        pub fn check(self, parent: &'static str, data: &[u8]) -> Result<super::Company<'a>, Refusal> {
            let (id_field, revenue_field) =
                if parent.is_empty() { ("account_id", "revenue_usd") } else { ("company.id", "company.revenue_usd") };
            if let Some(id) = &self.id {
                check_id(id_field, id, data)?;
            }
            Ok(super::Company {
                id: self.id,
                name: fact(self.name),
                domain: fact(self.domain),
                employees: self.employees,
                industry: fact(self.industry),
                country: fact(self.country),
                revenue_usd: amount(revenue_field, self.revenue_usd, data)?,
            })
        }
    }

    impl<'a> Declared<'a> {
        fn check(self, occurred_at: Timestamp, data: &[u8]) -> Result<super::Declared<'a>, Refusal> {
            if let Some(offering) = &self.offering {
                check_id("declared.offering", offering, data)?;
            }
            let buy_by = match (&self.buy_by, self.timeframe_days) {
                (Some(text), _) => Some(Date::parse(text).map_err(|error| Refusal::field("declared.buy_by", error, data))?),
                (None, Some(days)) if (0..=MAX_TIMEFRAME_DAYS).contains(&days) => Some(occurred_at.utc_date().plus_days(days)),
                (None, Some(_)) => return Err(Refusal::field("declared.timeframe_days", "not a number of days from 0 to 3660", data)),
                (None, None) => None,
            };
            Ok(super::Declared {
                offering: self.offering,
                authority: fact(self.authority),
                budget_usd: amount("declared.budget_usd", self.budget_usd, data)?,
                buy_by,
                comment: self.comment.filter(|text| !text.trim().is_empty()).map(|text| clip(text, MAX_COMMENT_BYTES)),
            })
        }
    }

    fn time(field: &'static str, text: &str, data: &[u8]) -> Result<Timestamp, Refusal> {
        Timestamp::parse(text).map_err(|error| Refusal::field(field, error, data))
    }

    fn amount(field: &'static str, value: Option<f64>, data: &[u8]) -> Result<Option<Amount>, Refusal> {
        match value {
            Some(value) if !(0.0..=1e15).contains(&value) => Err(Refusal::field(field, "not an amount from 0 to 10^15", data)),
            value => Ok(value.map(Amount)),
        }
    }
}

impl Scalar<'_> {
    /// The scalar with text of its own, as state keeps it.
    pub fn into_owned(self) -> Scalar<'static> {
        match self {
            Scalar::Bool(value) => Scalar::Bool(value),
            Scalar::Number(value) => Scalar::Number(value),
            Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<CompactString> {
        match self {
            Scalar::Text(text) => Some(CompactString::from(text.as_ref())),
            _ => None,
        }
    }
}
