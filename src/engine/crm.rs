//! The CRM's facts: they win over what interactions say, and a domain that an account lost loses them.
//!
//! Where two accounts of the CRM claim one domain, the first holds it until it drops it or is forgotten; what the others say waits, and the
//! next of them takes force then.
//!
//! Facts alone open no lead. What somebody asked for not long ago is judged again where they change what the rules
//! say of it, and an open lead's seller is told of them.

use compact_str::CompactString;

use super::account::{Account, CrmFacts, MAX_CLAIMS};
use super::deadlines::refresh_leads;
use super::partition::{CrmIndex, View};
use super::qualify::Standing;
use super::siblings;
use super::step::{Change, Entry, Moment, Outcome, Step};
use crate::contract::account::AccountUpdated;
use crate::contract::log::AccountDomains;
use crate::contract::{AccountKey, Irregularity};

/// Folds an account's facts into the account whose key the record bears.
pub(super) fn facts(view: &mut impl View, entry: &Entry<'_>, update: &AccountUpdated<'_>, at: Moment) -> Step {
    let lent = view.lend(&entry.key);
    let crm_id = CompactString::from(update.account_id.as_ref());
    let mut index = view.crm_index(&crm_id).unwrap_or_default();
    let known = lent.as_ref().and_then(|account| account.claim_of(&crm_id)).map(|crm| crm.version);
    if index.version > update.version || known.is_some_and(|version| version >= update.version) {
        let mut step = Step::ignored();
        step.give_back(&entry.key, lent);
        return step;
    }
    let mut account = lent.unwrap_or_default();
    let mut step = Step::new(Outcome::Learned);
    index.version = update.version;
    if let Err(place) = index.accounts.binary_search(&entry.key) {
        index.accounts.insert(place, entry.key.clone());
    }
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(CompactString::from);
    let claim = CrmFacts {
        id: crm_id.clone(),
        version: update.version,
        name: text(&update.company.name),
        employees: update.company.employees,
        industry: text(&update.company.industry),
        country: text(&update.company.country),
        revenue_usd: update.company.revenue_usd,
        customer: update.customer,
        owner: update.owner.clone(),
        open_opportunities: update.open_opportunities.clone(),
        domains: update.domains.clone(),
    };
    let before = Standing::of(&mut account, &entry.key, view.partition().law.as_ref(), at.ingested_at);
    match account.claim(claim) {
        Claimed::Holds => {
            account.forget_strangers();
            took_force(view, &mut account, before, entry, at, &mut step);
            siblings::settle(&mut account, &entry.key, &mut step);
        }
        Claimed::Waits => step.irregular.push(Irregularity::DomainClaimedTwice),
        Claimed::OneTooMany => {
            step.irregular.push(Irregularity::DomainClaimedTwice);
            step.give_back(&entry.key, Some(account)); // whose claims are full was lent
            return step;
        }
    }
    step.changes.push(Change::CrmIndex(crm_id, Some(index)));
    step.changes.push(Change::Account(entry.key.clone(), Some(account)));
    step
}

/// Takes the facts from accounts of this partition that are no longer among the CRM account's domains.
pub(super) fn domains(view: &mut impl View, entry: &Entry<'_>, now_at: &AccountDomains, at: Moment) -> Step {
    let keeps = |key: &AccountKey| match key.domain() {
        Some(domain) => now_at.domains.iter().any(|kept| kept == domain),
        None => now_at.domains.is_empty(),
    };
    let Some(index) = view.crm_index(&now_at.id).filter(|index| index.version <= now_at.version) else { return Step::ignored() };
    let (kept, dropped): (Vec<_>, Vec<_>) = index.accounts.into_iter().partition(|key| keeps(key));
    if dropped.is_empty() && index.version == now_at.version {
        return Step::ignored();
    }
    let mut step = Step::new(Outcome::Learned);
    forget(view, entry, &now_at.id, dropped, at, &mut step);
    let index = (!kept.is_empty()).then_some(CrmIndex { version: now_at.version, accounts: kept });
    step.changes.push(Change::CrmIndex(now_at.id.clone(), index));
    step
}

/// Takes the facts of an account that the CRM deleted from everywhere in this partition.
pub(super) fn forgotten(view: &mut impl View, entry: &Entry<'_>, crm_id: &CompactString, at: Moment) -> Step {
    let Some(index) = view.crm_index(crm_id) else { return Step::ignored() };
    let mut step = Step::new(Outcome::Learned);
    forget(view, entry, crm_id, index.accounts, at, &mut step);
    step.changes.push(Change::CrmIndex(crm_id.clone(), None));
    step
}

fn forget(view: &mut impl View, entry: &Entry<'_>, crm_id: &str, keys: Vec<AccountKey>, at: Moment, step: &mut Step) {
    for key in keys {
        let Some(mut account) = view.lend(&key) else { continue };
        let before = Standing::of(&mut account, &key, view.partition().law.as_ref(), at.ingested_at);
        if let Some(held) = account.unclaim(crm_id) {
            if held {
                let entry = Entry { key: key.clone(), ..entry.clone() };
                account.forget_strangers();
                account.leads.iter_mut().for_each(|lead| lead.told_siblings = false);
                took_force(view, &mut account, before, &entry, at, step);
                siblings::settle(&mut account, &key, step);
            }
            step.changes.push(changed(key, account));
        } else {
            step.give_back(&key, Some(account));
        }
    }
}

/// Other facts are in force of the account whose key the entry bears.
fn took_force(view: &impl View, account: &mut Account, before: Standing, entry: &Entry<'_>, at: Moment, step: &mut Step) {
    let partition = view.partition();
    before.judge_again(account, (partition, partition.law.as_ref()), entry, at, step);
    refresh_leads(view, account, &entry.key, entry, at, step);
}

/// What became of a claim.
enum Claimed {
    /// Its facts are in force.
    Holds,
    /// Another account of the CRM claimed the domain before.
    Waits,
    /// The same, and as many wait as are kept: it has to come again when there is room.
    OneTooMany,
}

impl Account {
    /// What an account of the CRM says of this one.
    fn claim_of(&self, crm_id: &str) -> Option<&CrmFacts> {
        self.crm.iter().chain(&self.claims).find(|crm| crm.id == crm_id)
    }

    fn claim(&mut self, claim: CrmFacts) -> Claimed {
        if self.crm.as_ref().is_none_or(|crm| crm.id == claim.id) {
            self.crm = Some(claim);
            return Claimed::Holds;
        }
        match self.claims.iter().position(|known| known.id == claim.id) {
            Some(place) => self.claims[place] = claim,
            None if self.claims.len() == MAX_CLAIMS => return Claimed::OneTooMany,
            None => self.claims.push(claim),
        }
        Claimed::Waits
    }

    /// An account of the CRM claims this one no longer; true: it held it, and the next that claims it holds it now. `None`: it did not claim it.
    fn unclaim(&mut self, crm_id: &str) -> Option<bool> {
        if self.crm.take_if(|crm| crm.id == crm_id).is_some() {
            self.crm = (!self.claims.is_empty()).then(|| self.claims.remove(0));
            return Some(true);
        }
        let place = self.claims.iter().position(|crm| crm.id == crm_id)?;
        self.claims.remove(place);
        Some(false)
    }
}

/// The change to an account, which may have nothing left.
pub(super) fn changed(key: AccountKey, account: Box<Account>) -> Change {
    let left = !account.is_empty();
    Change::Account(key, left.then_some(account))
}
