//! The queue of a team: the leads that wait for one of its sellers, the oldest first.
//!
//! It is kept by the partition that the team's key lies in, one row for each lead, with a roster and without one, so that whoever has room is
//! never asked in the order in which records arrive. This file refuses to know who has room, and what becomes of a lead.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::contract::{AccountKey, LeadId, Timestamp};

/// A lead that waits for a seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The lead's request: the answer says its number.
    pub request: u32,
    /// Since when the buyer waits.
    pub since: Timestamp,
    /// Where the answer goes.
    pub account_key: AccountKey,
    /// Who must not get it: they had it.
    pub not_to: Option<CompactString>,
    /// What the lead was last told.
    pub told: Told,
}

/// What a lead that waits was told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// Nothing yet: its answer is still to be given.
    Nothing,
    /// The roster has no such team, or there is none.
    NoTeam,
    /// Nobody of the team is on duty, or has room.
    NoSeller,
}

/// The leads that wait for a seller of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    leads: BTreeMap<LeadId, Waiting>,
    by_age: BTreeSet<(Timestamp, LeadId)>,
    /// How many were not told [`Told::NoSeller`].
    untold: usize,
}

impl Queue {
    /// A lead waits so now; `None`: it no longer does.
    pub fn put(&mut self, lead: &LeadId, waiting: Option<Waiting>) {
        if let Some(before) = self.leads.remove(lead) {
            self.by_age.remove(&(before.since, lead.clone()));
            self.untold -= usize::from(before.told != Told::NoSeller);
        }
        if let Some(waiting) = waiting {
            self.by_age.insert((waiting.since, lead.clone()));
            self.untold += usize::from(waiting.told != Told::NoSeller);
            self.leads.insert(lead.clone(), waiting);
        }
    }

    /// How a lead waits; `None`: it does not.
    pub fn get(&self, lead: &LeadId) -> Option<&Waiting> {
        self.leads.get(lead)
    }

    /// Those that wait, the oldest first; of two of one instant the first by its identifier.
    pub fn by_age(&self) -> impl Iterator<Item = (&LeadId, &Waiting)> {
        self.by_age.iter().filter_map(|(_, lead)| Some((lead, self.leads.get(lead)?)))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.leads.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.leads.is_empty()
    }

    /// Whether somebody waits who was not told that nobody of the team can have them.
    pub fn has_untold(&self) -> bool {
        self.untold > 0
    }
}
