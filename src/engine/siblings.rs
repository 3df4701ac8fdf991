//! Leads of one company under two of its domains: each is told of the other, so that two sellers do not call without knowing of one another.
//!
//! The CRM says which domains are one account. An account under one of them tells the others, in their partitions, of its open leads; a lead for
//! the same offering then bears their identifiers. Joining them is identity's work, not ours: this file refuses to know whether they are one lead.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::deadlines::refresh_leads;
use super::partition::View;
use super::step::{Append, Change, Effect, Entry, Moment, Outcome, Step, To};
use crate::contract::log::SiblingLead;
use crate::contract::{AccountKey, LeadId};

/// Open leads of the other domains that are kept; the oldest makes room. An account has at most eight domains, and few offerings at once.
pub const MAX_SIBLINGS: usize = 16;

/// An open lead of another domain of the same account of the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// Which lead.
    pub lead_id: LeadId,
    /// Under which domain.
    pub account_key: AccountKey,
    /// For what.
    pub offering: CompactString,
}

impl Account {
    /// The open leads of other domains for an offering, in the order in which they were told.
    pub(super) fn siblings_for(&self, offering: &str) -> Vec<LeadId> {
        self.siblings.iter().filter(|sibling| sibling.offering == offering).map(|sibling| sibling.lead_id.clone()).collect()
    }

    /// What is known of leads under domains that are no longer this account's is forgotten.
    pub(super) fn forget_strangers(&mut self) {
        let domains: &[CompactString] = self.crm.as_ref().map_or(&[], |crm| &crm.domains);
        self.siblings.retain(|sibling| sibling.account_key.domain().is_some_and(|domain| domains.iter().any(|known| known == domain)));
    }

    fn learn_sibling(&mut self, told: &SiblingLead) {
        self.siblings.retain(|sibling| sibling.lead_id != told.lead_id);
        if told.open {
            if self.siblings.len() == MAX_SIBLINGS {
                self.siblings.remove(0);
            }
            let SiblingLead { lead_id, account_key, offering, .. } = told.clone();
            self.siblings.push(Sibling { lead_id, account_key, offering });
        }
    }
}

/// Tells the other domains of leads that have been opened, or have ended; and of none twice.
pub(super) fn settle(account: &mut Account, key: &AccountKey, step: &mut Step) {
    let Some(crm) = account.crm.as_ref().filter(|crm| crm.domains.len() > 1) else { return };
    for lead in &mut account.leads {
        let open = lead.is_open();
        if lead.told_siblings == open {
            continue;
        }
        lead.told_siblings = open;
        let told = SiblingLead {
            crm_id: crm.id.clone(),
            account_key: key.clone(),
            lead_id: lead.lead_id.clone(),
            offering: account.words.owned(lead.offering).unwrap_or_default(),
            open,
        };
        let others = crm.domains.iter().filter(|domain| Some(domain.as_str()) != key.domain());
        step.effects
            .extend(others.map(|domain| Effect::Append(To::Key(AccountKey::from_trusted(domain)), Append::SiblingLead(told.clone()))));
    }
}

/// Folds what another domain tells: an open lead for the same offering is told at once, whoever has it.
pub(super) fn told(view: &mut impl View, entry: &Entry<'_>, told: &SiblingLead, at: Moment) -> Step {
    let Some(mut account) = view.lend(&entry.key) else { return Step::ignored() };
    let is_of_same = account.crm.as_ref().is_some_and(|crm| crm.id == told.crm_id);
    if !is_of_same {
        let mut step = Step::ignored();
        step.give_back(&entry.key, Some(account));
        return step;
    }
    let mut step = Step::new(Outcome::Learned);
    account.learn_sibling(told);
    if told.open {
        let offering = account.words.find(&told.offering);
        let same = account.leads.iter_mut().filter(|lead| Some(lead.offering) == offering && lead.is_open());
        same.for_each(|lead| lead.tells_at_once(at.ingested_at));
    }
    refresh_leads(view, &mut account, &entry.key, entry, at, &mut step);
    step.changes.push(Change::Account(entry.key.clone(), Some(account)));
    step
}
