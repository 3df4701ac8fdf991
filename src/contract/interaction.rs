//! `relevo.interaction.recorded.v1`: what a person did in a campaign, parsed once and borrowed from the record's bytes.
//!
//! Five fields are mandatory, the rest is used when there; unknown fields are ignored, because producers may be newer
//! than we are. Texts that only people read are cut to a bound, identifiers over theirs are refused: a cut one would be another.
//! This file refuses to know what an interaction is worth.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::{Deserialize, Serialize, Serializer};

use super::account_key::{AccountKey, FreeMail, keyed};
use super::code::{Refusal, from_json};
use super::irregularity::Irregularity;
use super::kind::Kind;
use super::time::{Date, Timestamp};
use super::unseen::cleaned;
use super::wire::Object;

mod consent;
pub(super) mod wire;

/// The longest text of a fact (name, role, industry …) in bytes; the rest is cut.
pub const MAX_TEXT_BYTES: usize = 256;
/// The longest comment in bytes; the rest is cut.
pub const MAX_COMMENT_BYTES: usize = 1_024;
/// The most attributes that one interaction may bring.
pub const MAX_ATTRIBUTES: usize = 64;

/// An amount of money or a count, finite and not negative. Whole amounts are written without a fraction.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub f64);

impl Amount {
    /// Whether the contract takes it: from 0 to 10^15. Interactions, activities and outcomes are judged by this alone.
    pub fn is_valid(value: f64) -> bool {
        (0.0..=1e15).contains(&value)
    }
}

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
    /// It is a plain yes or no, with a time that can be read where there is one. What is no plain yes forbids.
    pub is_clear: bool,
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
    /// Personal, and goes nowhere: the text that the e-mail was found in, where it has several.
    pub emails: Option<Cow<'a, str>>,
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

impl Person<'_> {
    /// All that is said of the person's e-mail: one address, or the text with several.
    pub fn said_emails(&self) -> Option<&str> {
        self.emails.as_deref().or(self.email.as_deref())
    }
}

/// Whom the person represents, as far as the interaction says. Also the facts of a CRM's account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Company<'a> {
    /// The marketing tool's identifier of the company.
    pub id: Option<Cow<'a, str>>,
    /// Name as sellers read it.
    pub name: Option<Cow<'a, str>>,
    /// Domain or web address, as it came; [`keyed`] makes a key of it.
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
        let Object(wire): Object<wire::Interaction<'a>> = from_json(data)?;
        wire.check(data)
    }

    /// The account that this interaction belongs to.
    pub fn account_key(&self, free_mail: &FreeMail) -> AccountKey {
        self.keyed(free_mail).0
    }

    /// The same, and what ought to be known of how it was found.
    pub fn keyed(&self, free_mail: &FreeMail) -> (AccountKey, Option<Irregularity>) {
        let company = self.company.as_ref();
        keyed(
            company.and_then(|company| company.domain.as_deref()),
            self.person.said_emails(),
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
fn clip(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
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
    text.filter(|text| !text.trim().is_empty()).map(|text| clip(cleaned(wire::trimmed(text)), MAX_TEXT_BYTES))
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
