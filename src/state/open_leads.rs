//! How many leads of a partition are open with whom, and since when those wait that nobody has touched (FU-2).
//!
//! Kept up as rows are committed, so that a look costs nothing per lead, and shared with whoever is asked for figures: ages are made when
//! somebody asks. It refuses to know the time, and which lead is which.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::lead_index::take_one;
use crate::contract::follow_up::Standing;
use crate::contract::time::MINUTE_MS;
use crate::contract::{LeadId, Timestamp};
use crate::engine::Account;

/// What is noted of a lead beside its account's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub id: LeadId,
    team: CompactString,
    standing: Standing,
    waits_since: Timestamp,
    pub terms: u64,
    /// Whose it is, while it is open.
    pub assignee: Option<CompactString>,
    /// Since when it has been in its team's queue, where that could have given it to somebody.
    queued_since: Option<Timestamp>,
    /// Until when its team's answer is waited for.
    pub asked_until: Option<Timestamp>,
}

impl Note {
    /// Of each lead of an account; an account without any costs nothing.
    pub fn all(account: &Account) -> Box<[Note]> {
        let note = |lead: &crate::engine::lead::LeadState| Note {
            id: lead.lead_id.clone(),
            team: lead.team.clone(),
            standing: lead.standing(),
            waits_since: lead.waits_since(),
            terms: lead.follow_up.terms,
            assignee: lead.follow_up.assignee.clone().filter(|_| lead.is_open()),
            queued_since: lead.queued_since(),
            asked_until: lead.follow_up.asked.as_ref().map(|asked| asked.until),
        };
        account.leads.iter().map(note).collect()
    }

    fn is_untouched(&self) -> bool {
        matches!(self.standing, Standing::Waiting | Standing::Overdue)
    }
}

/// Open leads by team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenLeads(BTreeMap<CompactString, TeamLeads>);

/// A team's open leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamLeads {
    standing: [u64; Standing::ALL.len()],
    /// Untouched ones by the minute in which their clock began.
    untouched: BTreeMap<i64, u32>,
    /// Those in the queue by the minute since which they wait for a seller.
    queued: BTreeMap<i64, u32>,
}

impl OpenLeads {
    pub(super) fn add(&mut self, notes: &[Note]) {
        for note in notes.iter().filter(|note| note.standing != Standing::Closed) {
            let team = self.0.entry(note.team.clone()).or_default();
            team.standing[note.standing as usize] += 1;
            if note.is_untouched() {
                *team.untouched.entry(minute(note.waits_since)).or_default() += 1;
            }
            if let Some(since) = note.queued_since {
                *team.queued.entry(minute(since)).or_default() += 1;
            }
        }
    }

    pub(super) fn remove(&mut self, notes: &[Note]) {
        for note in notes.iter().filter(|note| note.standing != Standing::Closed) {
            let Some(team) = self.0.get_mut(&note.team) else { continue };
            team.standing[note.standing as usize] -= 1;
            if note.is_untouched() {
                take_one(&mut team.untouched, minute(note.waits_since));
            }
            if let Some(since) = note.queued_since {
                take_one(&mut team.queued, minute(since));
            }
        }
    }

    /// One lead that waits since then, in the queue.
    #[cfg(test)]
    pub(crate) fn one_waits(team: &str, since: Timestamp) -> Self {
        let mut leads = Self::default();
        let account = crate::contract::AccountKey::from_trusted("acme.example");
        let id = LeadId::new(&account, "crm-suite", "web", "i-1");
        leads.add(&[Note {
            id,
            team: team.into(),
            standing: Standing::Waiting,
            waits_since: since,
            terms: 0,
            assignee: None,
            queued_since: Some(since),
            asked_until: None,
        }]);
        leads
    }

    /// The figures of all teams that have, or had, an open lead.
    pub fn teams(&self) -> impl Iterator<Item = (&str, &TeamLeads)> {
        self.0.iter().map(|(team, leads)| (team.as_str(), leads))
    }
}

impl TeamLeads {
    /// How many stand so.
    pub const fn standing(&self, standing: Standing) -> u64 {
        self.standing[standing as usize]
    }

    /// Since when the untouched ones wait, to the minute, the longest first; and how many each time.
    pub fn untouched(&self) -> impl Iterator<Item = (Timestamp, u64)> {
        counts(&self.untouched)
    }

    /// The same of those that wait in the queue for a seller: from when on.
    pub fn queued(&self) -> impl Iterator<Item = (Timestamp, u64)> {
        counts(&self.queued)
    }
}

fn counts(by_minute: &BTreeMap<i64, u32>) -> impl Iterator<Item = (Timestamp, u64)> {
    by_minute.iter().map(|(minute, count)| (Timestamp::from_ms(minute * MINUTE_MS), u64::from(*count)))
}

fn minute(at: Timestamp) -> i64 {
    at.as_ms().div_euclid(MINUTE_MS)
}
