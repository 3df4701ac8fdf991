//! What a partition of the log knows besides its accounts: the law, the time, and the chain of laws.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::lead::{AssignedBy, FollowUp, LeadState};
use super::proofs::Shelf;
use super::queue::Queue;
use super::rota::Rota;
use crate::contract::log::InForce;
use crate::contract::{AccountKey, LeadId, Timestamp};
use crate::rulebook::roster::{Seller, TeamRoster};
use crate::rulebook::{AgreedTerms, Charter, Roster, Rulebook};

/// A rulebook in force, with what the log says of it.
#[derive(Clone, Debug)]
pub struct Law {
    /// The rules.
    pub rulebook: Arc<Rulebook>,
    /// The record that put it in force: kept, because restoring starts from it.
    pub record: Arc<InForce>,
}

impl Law {
    /// Whether nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        self.record.is_unsigned()
    }
}

/// The last rulebook that partition 0 let become law: what the next one has to follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Its revision.
    pub revision: u32,
    /// Its digest.
    pub digest: CompactString,
    /// From when on it might take force: no later one is dated before.
    pub effective_from: Timestamp,
    /// Nobody signed it.
    pub unsigned: bool,
}

/// A roster in force, with what the log says of it.
#[derive(Clone, Debug)]
pub struct RosterInUse {
    /// Who works when.
    pub roster: Arc<Roster>,
    /// The record that put it in force: kept, because restoring starts from it.
    pub record: Arc<InForce>,
}

/// (team, seller) of those who leave, for a holiday or for good, and up to which account their leads have been looked at.
pub type Leaving = BTreeMap<(CompactString, CompactString), Option<AccountKey>>;

/// Who may make laws here. Handed in by whoever folds, like the log itself, and no part of the state: the fold is a function of both.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    /// Whose signatures count; `None`: there is no charter, and nothing can be signed.
    pub charter: Option<Arc<Charter>>,
    /// Charters of the past, by their digests: nothing is judged by them, and what was is verified.
    pub past: Arc<BTreeMap<CompactString, Arc<Charter>>>,
    /// Whether a rulebook that nobody signed may become law.
    pub unsigned_allowed: bool,
    /// The lowest revision of a rulebook with which a log may begin.
    pub least_revision: u32,
}

impl Authority {
    /// The charter with this digest, whether it is the one of today or of the past.
    pub fn charter_of(&self, digest: &str) -> Option<&Charter> {
        let today = self.charter.as_deref().filter(|charter| charter.digest == digest);
        today.or_else(|| self.past.get(digest).map(Arc::as_ref))
    }
}

/// The partition's clock: how far everybody who could still tell of a touch has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Source → everything up to here is on the log.
    pub as_of: BTreeMap<CompactString, Timestamp>,
    /// The least of them, never later than the append time of the watermark that moved it; never goes back.
    pub now: Timestamp,
}

/// The partition's own state.
#[derive(Clone, Debug, Default)]
pub struct Partition {
    /// Which of the log's partitions.
    pub index: u32,
    /// How many the log has.
    pub count: u32,
    /// The law; none before the first.
    pub law: Option<Law>,
    /// The chain of laws; only partition 0 judges, so only it has one.
    pub chain: Option<Chain>,
    /// The roster; none before the first.
    pub roster: Option<RosterInUse>,
    /// The chain of rosters; only partition 0 has one.
    pub roster_chain: Option<Chain>,
    /// The turns of the teams whose key lies in this partition.
    pub teams: Arc<BTreeMap<CompactString, Arc<Rota>>>,
    /// The leads that wait for a seller of those teams.
    pub queues: Arc<BTreeMap<CompactString, Arc<Queue>>>,
    /// Whose leads are being handed on.
    pub leaving: Arc<Leaving>,
    /// Terms that leads were handed off with, by their digest: kept as long as a lead needs them.
    pub terms: Arc<BTreeMap<u64, Arc<AgreedTerms>>>,
    /// What showed the last touches, by shelf.
    pub proofs: Arc<BTreeMap<u8, Arc<Shelf>>>,
    /// The clock.
    pub clock: Clock,
    /// By what partition 0 judges; the others need none.
    pub authority: Authority,
}

impl Partition {
    /// A team's turns.
    pub(super) fn rota(&self, team: &str) -> Rota {
        self.teams.get(team).map(|rota| Rota::clone(rota)).unwrap_or_default()
    }

    /// A team of the roster.
    pub(super) fn team(&self, team: &str) -> Option<&TeamRoster> {
        self.roster.as_ref()?.roster.teams.get(team)
    }

    /// How many leads wait for a seller of the teams whose key lies in this partition.
    pub fn waiting(&self) -> usize {
        self.queues.values().map(|queue| queue.len()).sum()
    }

    /// Whether the roster says of a seller that they are away, or does not name them any more.
    pub(super) fn has_left(&self, team: &str, seller: &str, by: AssignedBy, at: Timestamp) -> bool {
        self.roster.is_some() && self.named(team, seller, by).is_none_or(|seller| seller.is_absent(at))
    }

    /// What the roster says of a seller. An account's owner has its leads even if they are routed to another team.
    pub(super) fn named(&self, team: &str, seller: &str, by: AssignedBy) -> Option<&Seller> {
        let roster = &self.roster.as_ref()?.roster;
        let elsewhere = || roster.teams.values().find_map(|team| team.sellers.get(seller)).filter(|_| matches!(by, AssignedBy::Owner(_)));
        roster.seller(team, seller).or_else(elsewhere)
    }

    /// Whether whoever has a lead is away, or not named any more.
    pub(super) fn has_lost_its_seller(&self, lead: &LeadState, at: Timestamp) -> bool {
        let FollowUp { assignee, assigned_by, .. } = &lead.follow_up;
        assignee.as_ref().is_some_and(|seller| self.has_left(&lead.team, seller, *assigned_by, at))
    }

    /// Whether leads of a team can be assigned.
    pub(super) fn assigns(&self, team: &str) -> bool {
        self.roster.as_ref().is_some_and(|used| used.roster.teams.contains_key(team))
    }

    /// The terms that a lead was handed off with; where nobody kept them (an older version of Relevo made it), those that its team has now.
    pub(super) fn terms_of(&self, lead: &LeadState) -> Arc<AgreedTerms> {
        let kept = self.terms.get(&lead.follow_up.terms).cloned();
        kept.unwrap_or_else(|| {
            let law = self.law.as_ref().expect("who has a lead has a law");
            Arc::new(AgreedTerms::of(&law.rulebook, &lead.team))
        })
    }
}

/// Where an account of the CRM has its facts in this partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrmIndex {
    /// The latest version that was folded.
    pub version: u64,
    /// The accounts of this partition that have its facts, sorted.
    pub accounts: Vec<AccountKey>,
}

/// The state of one partition, as a step sees it: nothing of it changes but by the step's changes.
pub trait View {
    /// The partition's own state.
    fn partition(&self) -> &Partition;
    /// Lends an account to the step: a copy of a hot one for each record would cost more than folding it. What is lent comes back among
    /// the step's changes, changed ([`super::Change::Account`]) or as it was ([`super::Change::Untouched`]).
    fn lend(&mut self, key: &AccountKey) -> Option<Box<Account>>;
    /// Whose lead this is; `None`: the partition knows no such lead.
    fn account_of(&self, lead: &LeadId) -> Option<AccountKey>;
    /// Whether the partition has room for one more account of which nothing is known but one person.
    fn has_room_for_a_person(&self) -> bool;
    /// Whether a lead was handed off with these terms.
    fn needs_terms(&self, digest: u64) -> bool;
    /// At most `limit` accounts with an open lead of a seller, in order, those behind `after`.
    fn held_by(&self, seller: &str, after: Option<&AccountKey>, limit: usize) -> Vec<AccountKey>;
    /// At most `limit` accounts whose lead waits for its team's answer, and should have it by `until`.
    fn asking(&self, until: Timestamp, limit: usize) -> Vec<AccountKey>;
    /// Where an account of the CRM has its facts.
    fn crm_index(&self, crm_id: &str) -> Option<CrmIndex>;
    /// At most `limit` accounts with a deadline up to `until`, in the order (deadline, key).
    fn due(&self, until: Timestamp, limit: usize) -> Vec<(Timestamp, AccountKey)>;
}
