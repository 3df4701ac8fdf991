//! `relevo.account.updated.v1`: what the CRM knows of an account. Its facts win over an interaction's.
//!
//! An account may have several domains, and a domain that it lost must lose the facts: so the update itself goes to each
//! domain's partition, and the bare list of domains to every partition. A tombstone forgets the facts.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account_key::{AccountKey, FreeMail, registrable_domain};
use super::code::Refusal;
use super::interaction::{Company, check_id, fact, wire};

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
        let wire: Wire<'a> = super::code::from_json(data)?;
        check_id("account_id", &wire.account_id, data)?;
        let mut domains = Vec::new();
        for domain in wire.domains.iter().filter_map(|Text(text)| registrable_domain(text, free_mail)) {
            if !domains.contains(&domain) && domains.len() < MAX_DOMAINS {
                domains.push(domain);
            }
        }
        let owner = match wire.owner {
            None => None,
            Some(owner) => {
                check_id("owner.id", &owner.id, data)?;
                Some(Owner { id: owner.id.as_ref().into(), team: fact(owner.team).map(|team| team.as_ref().into()) })
            }
        };
        let opportunity = |wire: WireOpportunity<'_>| -> Result<Opportunity, Refusal> {
            if let Some(offering) = &wire.offering {
                check_id("open_opportunity.offering", offering, data)?;
            }
            Ok(Opportunity {
                offering: wire.offering.map(|text| text.as_ref().into()),
                stage: fact(wire.stage).map(|text| text.as_ref().into()),
            })
        };
        let company = wire::Company {
            id: None,
            name: wire.name,
            domain: None,
            employees: wire.employees,
            industry: wire.industry,
            country: wire.country,
            revenue_usd: wire.revenue_usd,
        };
        Ok(Self {
            version: wire.version,
            domains,
            company: company.check("", data)?,
            customer: wire.customer,
            owner,
            open_opportunities: wire
                .open_opportunity
                .into_vec()
                .into_iter()
                .take(MAX_OPPORTUNITIES)
                .map(opportunity)
                .collect::<Result<_, _>>()?,
            account_id: wire.account_id,
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
    version: u64,
    #[serde(borrow, default)]
    domains: Vec<Text<'a>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    employees: Option<u64>,
    #[serde(borrow)]
    industry: Option<Cow<'a, str>>,
    #[serde(borrow)]
    country: Option<Cow<'a, str>>,
    revenue_usd: Option<f64>,
    customer: Option<bool>,
    #[serde(borrow)]
    owner: Option<WireOwner<'a>>,
    #[serde(borrow, default)]
    open_opportunity: Opportunities<'a>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct WireOwner<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    team: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireOpportunity<'a> {
    #[serde(borrow)]
    offering: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stage: Option<Cow<'a, str>>,
}

/// One opportunity, several or none: CRMs write all three.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Opportunities<'a> {
    #[default]
    None,
    One(#[serde(borrow)] WireOpportunity<'a>),
    Many(#[serde(borrow)] Vec<WireOpportunity<'a>>),
}

impl<'a> Opportunities<'a> {
    fn into_vec(self) -> Vec<WireOpportunity<'a>> {
        match self {
            Opportunities::None => Vec::new(),
            Opportunities::One(one) => vec![one],
            Opportunities::Many(many) => many,
        }
    }
}
