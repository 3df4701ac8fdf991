//! `relevo.account.updated.v1`: what the CRM knows of an account. Its facts win over an interaction's.
//!
//! An account may have several domains, and a domain that it lost must lose the facts: so the update itself goes to each
//! domain's partition, and the bare list of domains to every partition. A tombstone forgets the facts.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account_key::{AccountKey, FreeMail, company_domains};
use super::code::{Refusal, from_json};
use super::interaction::wire::{checked_key_id, optional_id};
use super::interaction::{Company, fact, wire};
use super::wire::{Decimal, List, Object, OneOrMany, Text, Whole, maybe, maybe_object, text};

/// The most domains of an account that get its facts.
pub const MAX_DOMAINS: usize = 8;
/// The most open opportunities that are kept of an account.
pub const MAX_OPPORTUNITIES: usize = 16;

/// Who looks after the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The seller's identifier in the CRM.
    pub id: CompactString,
    /// The seller's team, where known.
    pub team: Option<CompactString>,
}

/// A sale in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opportunity {
    /// What is being sold; none when the CRM doesn't say.
    pub offering: Option<CompactString>,
    /// The CRM's stage.
    pub stage: Option<CompactString>,
}

/// An account's update that has all that the contract demands.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountUpdated<'a> {
    /// The CRM's identifier.
    pub account_id: Cow<'a, str>,
    /// Grows with each update; an older one is ignored.
    pub version: u64,
    /// Registrable domains, in the record's order, each once, at most [`MAX_DOMAINS`].
    pub domains: Vec<CompactString>,
    /// The facts.
    pub company: Company<'a>,
    /// Whether the account is a customer.
    pub customer: Option<bool>,
    /// Who looks after it.
    pub owner: Option<Owner>,
    /// Sales in progress, at most [`MAX_OPPORTUNITIES`].
    pub open_opportunities: Vec<Opportunity>,
}

impl<'a> AccountUpdated<'a> {
    /// Parses the event's data, a JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] with code, field and position, and never a value.
    pub fn parse(data: &'a [u8], free_mail: &FreeMail) -> Result<Self, Refusal> {
        let Object(wire): Object<Wire<'a>> = from_json(data)?;
        let account_id = checked_key_id("account_id", wire.account_id, data)?;
        let Ok(version) = u64::try_from(wire.version.0) else {
            return Err(Refusal::field("version", "not a count from 0 on", data));
        };
        let mut domains = Vec::new();
        for domain in wire.domains.0.iter().flat_map(|Text(text)| company_domains(text, free_mail)) {
            if !domains.contains(&domain) && domains.len() < MAX_DOMAINS {
                domains.push(domain);
            }
        }
        let company = wire::Company {
            id: None,
            name: wire.name,
            domain: None,
            employees: wire.employees,
            industry: wire.industry,
            country: wire.country,
            revenue_usd: wire.revenue_usd,
        };
        let opportunities = wire.open_opportunity.0.into_iter().take(MAX_OPPORTUNITIES);
        Ok(Self {
            version,
            domains,
            company: company.check(wire::ACCOUNT, data)?,
            customer: wire.customer,
            owner: wire.owner.map(|Object(owner)| owner.check(data)).transpose()?.flatten(),
            open_opportunities: opportunities.map(|opportunity| opportunity.check(data)).collect::<Result<_, _>>()?,
            account_id,
        })
    }

    /// The accounts that get these facts: one for each domain, else the one of the CRM's identifier.
    pub fn account_keys(&self) -> Vec<AccountKey> {
        if self.domains.is_empty() {
            vec![AccountKey::of_company(&self.account_id)]
        } else {
            self.domains.iter().map(|domain| AccountKey::from_trusted(domain)).collect()
        }
    }
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    account_id: Cow<'a, str>,
    version: Whole,
    #[serde(borrow, default)]
    domains: List<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    employees: Option<Whole>,
    #[serde(borrow, default, deserialize_with = "text")]
    industry: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    country: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    revenue_usd: Option<Decimal>,
    #[serde(default, deserialize_with = "maybe")]
    customer: Option<bool>,
    #[serde(borrow, default, deserialize_with = "maybe_object")]
    owner: Option<Object<WireOwner<'a>>>,
    #[serde(borrow, default)]
    open_opportunity: OneOrMany<WireOpportunity<'a>>,
}

#[derive(Deserialize)]
struct WireOwner<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    team: Option<Cow<'a, str>>,
}

impl WireOwner<'_> {
    /// An owner without an identifier is none: CRMs write the empty object for it.
    fn check(self, data: &[u8]) -> Result<Option<Owner>, Refusal> {
        let id = optional_id("owner.id", self.id, data)?;
        Ok(id.map(|id| Owner { id: id.as_ref().into(), team: fact(self.team).map(|team| team.as_ref().into()) }))
    }
}

#[derive(Deserialize)]
struct WireOpportunity<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    offering: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    stage: Option<Cow<'a, str>>,
}

impl WireOpportunity<'_> {
    fn check(self, data: &[u8]) -> Result<Opportunity, Refusal> {
        let offering = optional_id("open_opportunity.offering", self.offering, data)?;
        let stage = fact(self.stage);
        Ok(Opportunity { offering: offering.map(|text| text.as_ref().into()), stage: stage.map(|text| text.as_ref().into()) })
    }
}
