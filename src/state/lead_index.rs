//! Where leads are looked up: whose each is, who has it, which wait for an answer, which terms are needed. Rebuilt at restore, and kept up with
//! what is staged.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::open_leads::Note;
use crate::contract::{AccountKey, LeadId, Timestamp};

/// The index.
#[derive(Default)]
pub(super) struct LeadIndex {
    accounts: FxHashMap<LeadId, AccountKey>,
    /// How many open leads of an account a seller has.
    held: BTreeMap<(CompactString, AccountKey), u32>,
    /// Leads that wait for their team's answer, by when it must have come.
    asking: BTreeSet<(Timestamp, LeadId)>,
    /// How many leads need each of the partition's terms.
    terms: BTreeMap<u64, u32>,
}

impl LeadIndex {
    /// An account's leads are these now.
    pub fn moved(&mut self, key: &AccountKey, before: &[Note], after: &[Note]) {
        if before == after {
            return;
        }
        for note in before {
            self.accounts.remove(&note.id);
            take_one(&mut self.terms, note.terms);
            if let Some(seller) = &note.assignee {
                take_one(&mut self.held, (seller.clone(), key.clone()));
            }
            if let Some(until) = note.asked_until {
                self.asking.remove(&(until, note.id.clone()));
            }
        }
        for note in after {
            self.accounts.insert(note.id.clone(), key.clone());
            *self.terms.entry(note.terms).or_default() += 1;
            if let Some(seller) = &note.assignee {
                *self.held.entry((seller.clone(), key.clone())).or_default() += 1;
            }
            self.asking.extend(note.asked_until.map(|until| (until, note.id.clone())));
        }
    }

    /// Whose a lead is.
    pub fn account_of(&self, lead: &LeadId) -> Option<AccountKey> {
        self.accounts.get(lead).cloned()
    }

    /// Whether a lead needs these terms.
    pub fn needs_terms(&self, digest: u64) -> bool {
        self.terms.contains_key(&digest)
    }

    /// At most `limit` accounts with an open lead of a seller, in order, those behind `after`.
    pub fn held_by(&self, seller: &str, after: Option<&AccountKey>, limit: usize) -> Vec<AccountKey> {
        let from = (CompactString::from(seller), after.cloned().unwrap_or_else(|| AccountKey::from_trusted("")));
        let behind = self.held.range((Bound::Excluded(from), Bound::Unbounded)).map(|(held, _)| held);
        behind.take_while(|(other, _)| other == seller).take(limit).map(|(_, key)| key.clone()).collect()
    }

    /// At most `limit` accounts of leads that should have an answer by `until`.
    pub fn asking(&self, until: Timestamp, limit: usize) -> Vec<AccountKey> {
        let leads = self.asking.iter().take_while(|(at, _)| *at <= until).take(limit);
        leads.filter_map(|(_, lead)| self.account_of(lead)).collect()
    }
}

/// One fewer of a key; what there is none of any more is not kept.
pub(super) fn take_one<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
