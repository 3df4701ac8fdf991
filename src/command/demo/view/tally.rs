//! What was heard so far, counted: the only memory of the view.

use std::collections::{BTreeMap, BTreeSet};

use super::heard::{DeadLetterHeard, DecisionHeard, LeadHeard};
use super::moments::is_near_miss;
use super::response::Response;
use crate::contract::{Class, Decision, Reason};

/// Distinct people and companies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    /// People, by identifier.
    pub people: BTreeSet<String>,
    /// Companies, by account key; people without one are none.
    pub companies: BTreeSet<String>,
}

impl Distinct {
    fn add(&mut self, person: &str, account: &str) {
        self.people.insert(person.to_owned());
        if !account.starts_with("person:") {
            self.companies.insert(account.to_owned());
        }
    }
}

/// What came of a campaign.
#[derive(Clone, Debug, Default)]
pub struct CampaignTally {
    /// Who took part.
    pub people: BTreeSet<String>,
    /// Interactions by class; repeats left out.
    pub by_class: BTreeMap<Class, u32>,
    /// Leads that an interaction of this campaign opened.
    pub leads: u32,
}

/// Everything counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Decisions by outcome.
    pub outcomes: BTreeMap<(Decision, Reason), u32>,
    /// Whom a campaign reached.
    pub reached: Distinct,
    /// Who of them is in the agreed profile.
    pub in_profile: Distinct,
    /// Who was handed to sales.
    pub qualified: Distinct,
    /// By campaign's identifier.
    pub campaigns: BTreeMap<String, CampaignTally>,
    /// Leads in the order of their hand-off, and the campaign that opened each.
    pub leads: Vec<(String, String)>,
    /// Updates of leads.
    pub updates: u32,
    /// Near misses.
    pub near_misses: u32,
    /// Records that nobody could read.
    pub dead_letters: Vec<DeadLetterHeard>,
    /// What sales did.
    pub response: Response,
    asked: Distinct,
}

impl Tally {
    /// Who is in the agreed profile and asked for something lately.
    pub fn with_intent(&self) -> Distinct {
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).cloned().collect();
        Distinct {
            people: both(&self.in_profile.people, &self.asked.people),
            companies: both(&self.in_profile.companies, &self.asked.companies),
        }
    }

    /// All decisions.
    pub fn decisions(&self) -> u32 {
        self.outcomes.values().sum()
    }

    /// Counts a decision.
    pub fn decision(&mut self, heard: &DecisionHeard) {
        *self.outcomes.entry((heard.decision, heard.reason)).or_default() += 1;
        if heard.decision == Decision::Duplicate {
            return;
        }
        let (person, account) = (&heard.person_id, &heard.account_key);
        self.reached.add(person, account);
        if heard.fit.as_ref().is_some_and(super::heard::Score::holds) {
            self.in_profile.add(person, account);
        }
        if heard.class == Class::Intent && heard.decision != Decision::Stale {
            self.asked.add(person, account);
        }
        let campaign = self.campaigns.entry(heard.campaign_id.clone()).or_default();
        campaign.people.insert(person.clone());
        *campaign.by_class.entry(heard.class).or_default() += 1;
        if heard.decision == Decision::Qualified {
            campaign.leads += 1;
        }
        self.near_misses += u32::from(is_near_miss(heard));
    }

    /// Counts a lead, and gives its number: that of its hand-off.
    pub fn lead(&mut self, heard: &LeadHeard) -> usize {
        if let Some(number) = self.number(&heard.lead_id) {
            self.updates += 1;
            return number;
        }
        let opened_by = heard.evidence.last().map(|evidence| evidence.campaign_id.clone()).unwrap_or_default();
        self.leads.push((heard.lead_id.clone(), opened_by));
        self.response.lead(heard, self.leads.len());
        self.qualified.add(&heard.contact.person_id, &heard.account.key);
        self.leads.len()
    }

    /// The number of a lead that was handed off.
    pub fn number(&self, lead_id: &str) -> Option<usize> {
        self.leads.iter().position(|(known, _)| known == lead_id).map(|place| place + 1)
    }
}
