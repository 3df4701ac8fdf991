//! The step: one record of the log in, everything that follows from it out.

use std::sync::Arc;

use compact_str::CompactString;

use super::account::Account;
use super::partition::{Chain, Clock, CrmIndex, Law, Leaving, RosterInUse, View};
use super::proofs::Shelf;
use super::queue::Waiting;
use super::reaction::Reaction;
use super::rota::Rota;
use super::{acceptance, assign, crm, deadlines, follow_up, law, qualify, rosters, siblings, team};
use crate::contract::assignment::{AssignRequested, Assigned, LoadChanged, WaitEnded};
use crate::contract::code::Code;
use crate::contract::decision::{DecisionMade, Lineage, RulebookRef};
use crate::contract::follow_up::FollowedUp;
use crate::contract::lead::Lead;
use crate::contract::log::{InForce, Record, SiblingLead};
use crate::contract::owner::OwnerSignalled;
use crate::contract::{AccountKey, Irregularity, LeadId, Timestamp};
use crate::rulebook::{AgreedTerms, Roster, Rulebook};

/// The times of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The log's append time, made to never go back within a partition.
    pub ingested_at: Timestamp,
    /// The shell's clock: stamps the hand-off of a lead, and nothing else.
    pub wall: Timestamp,
}

/// A record of the log with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The log's key.
    pub key: AccountKey,
    /// What it says.
    pub record: Record<'a>,
    /// Its own place: topic-partition-offset.
    pub cause: CompactString,
    /// The place of the record that Intake read; of Relevo's own records the cause.
    pub source: CompactString,
}

/// A change of state.
#[derive(Clone, Debug)]
pub enum Change {
    /// An account is like this now; `None`: nothing is left of it.
    Account(AccountKey, Option<Box<Account>>),
    /// An account that was lent is as it was.
    Untouched(AccountKey, Box<Account>),
    /// An account of the CRM has its facts here now; `None`: nowhere.
    CrmIndex(CompactString, Option<CrmIndex>),
    /// The law is this now.
    Law(Law),
    /// Terms that a lead was handed off with are kept under their digest; `None`: no lead needs them any more.
    Terms(u64, Option<Arc<AgreedTerms>>),
    /// The roster is this now.
    Roster(RosterInUse),
    /// The chain of rosters ends here now.
    RosterChain(Chain),
    /// A team's turns are these now; `None`: there is nothing to keep.
    Team(CompactString, Option<Arc<Rota>>),
    /// A lead waits so for a seller of a team; `None`: it no longer does.
    Waits(CompactString, LeadId, Option<Waiting>),
    /// These leave, for a holiday or for good.
    Leaving(Arc<Leaving>),
    /// The chain of laws ends here now.
    Chain(Chain),
    /// This is on a shelf of proofs now.
    Proofs(u8, Arc<Shelf>),
    /// It is this late now.
    Clock(Clock),
}

impl Change {
    /// Terms are kept.
    pub(super) fn terms(terms: AgreedTerms) -> Self {
        Self::Terms(terms.digest(), Some(Arc::new(terms)))
    }
}

/// Which partitions of the log get a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// All of them, one each.
    All,
    /// The one of this number.
    One(u32),
    /// That of a key, which the record bears.
    Key(AccountKey),
    /// The one that is being folded.
    Own,
}

/// A record that the fold writes to the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Append {
    /// A rulebook is law.
    PolicyInForce(InForce),
    /// A roster is in force.
    RosterInForce(InForce),
    /// A lead asks its team for a seller.
    AssignRequested(AssignRequested),
    /// A team's answer.
    Assigned(Assigned),
    /// A seller has a lead more, or less.
    LoadChanged(LoadChanged),
    /// A lead no longer waits for a seller of its team.
    WaitEnded(WaitEnded),
    /// Another domain of the CRM's account has a lead, or has it no longer.
    SiblingLead(SiblingLead),
    /// More is due.
    Continue,
}

/// Which record of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadEvent {
    /// Handed off.
    Qualified,
    /// Something that a seller wants to know has changed.
    Updated,
}

/// What follows, besides changes of state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A decision.
    Decision(Box<DecisionMade>),
    /// A record of a lead.
    Lead {
        /// Which.
        event: LeadEvent,
        /// The record.
        lead: Box<Lead>,
        /// A topic that gets a copy, if the configuration allows it.
        also_to: Option<CompactString>,
    },
    /// An owner should know.
    OwnerSignalled(Box<OwnerSignalled>),
    /// A lead's standing with sales has changed.
    FollowedUp(Box<FollowedUp>),
    /// A record for the log.
    Append(To, Append),
    /// A rulebook was offered and refused.
    PolicyRefused {
        /// Its revision, where it could be read.
        revision: Option<u32>,
        /// Its digest.
        digest: CompactString,
        /// Why.
        code: &'static Code,
        /// Why, in words without personal data.
        message: String,
    },
}

/// What became of the record: every record of the log has exactly one outcome (TXN-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It led to decisions.
    Decided,
    /// It changed what is known.
    Learned,
    /// It changed nothing: known already, or older than what is known.
    Ignored,
    /// Sales did something with a lead, and this came of it.
    FollowedUp(Reaction),
    /// It moved the clock.
    Ticked,
    /// It changed the law.
    LawChanged,
    /// A rulebook was judged, and refused.
    LawRefused,
}

impl Outcome {
    /// The label in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Decided => "decided",
            Outcome::Learned => "learned",
            Outcome::Ignored => "ignored",
            Outcome::FollowedUp(reaction) => reaction.as_str(),
            Outcome::Ticked => "ticked",
            Outcome::LawChanged => "law_changed",
            Outcome::LawRefused => "law_refused",
        }
    }
}

/// Everything that follows from one record.
#[derive(Clone, Debug)]
pub struct Step {
    /// What became of the record.
    pub outcome: Outcome,
    /// Changes of state, in order.
    pub changes: Vec<Change>,
    /// What is written, in order.
    pub effects: Vec<Effect>,
    /// What is counted besides the outcome.
    pub irregular: Vec<Irregularity>,
}

impl Step {
    /// A step that changes nothing.
    pub(super) fn ignored() -> Self {
        Self::new(Outcome::Ignored)
    }

    /// Gives back an account as it was lent.
    pub(super) fn give_back(&mut self, key: &AccountKey, lent: Option<Box<Account>>) {
        self.changes.extend(lent.map(|account| Change::Untouched(key.clone(), account)));
    }

    pub(super) fn new(outcome: Outcome) -> Self {
        Self { outcome, changes: Vec::new(), effects: Vec::new(), irregular: Vec::new() }
    }
}

/// Folds one record. No clock, no I/O, no randomness: the same state, record and moment give the same step, on every machine.
pub fn step(view: &mut impl View, entry: &Entry<'_>, at: Moment) -> Step {
    match &entry.record {
        Record::Interaction(event_source, interaction) => qualify::interaction(view, entry, event_source, interaction, at),
        Record::AccountFacts(update) => crm::facts(view, entry, update, at),
        Record::AccountDomains(domains) => crm::domains(view, entry, domains, at),
        Record::AccountForgotten(crm_id) => crm::forgotten(view, entry, crm_id, at),
        Record::RosterOffered(offered) => acceptance::offered::<Roster>(view, offered, at),
        Record::RosterInForce(in_force) => rosters::in_force(view, in_force, at),
        Record::AssignRequested(request) => team::requested(view, request, at),
        Record::Assigned(answer) => assign::assigned(view, entry, answer, at),
        Record::LoadChanged(change) => team::load_changed(view, change, at),
        Record::WaitEnded(ended) => team::wait_ended(view, ended),
        Record::SiblingLead(told) => siblings::told(view, entry, told, at),
        Record::Activity(activity) => follow_up::activity(view, entry, activity, at),
        Record::Watermark(watermark) => deadlines::watermark(view, entry, watermark, at),
        Record::Continue => {
            let (now, leaving) = (view.partition().clock.now, Arc::clone(&view.partition().leaving));
            deadlines::fire(view, entry, now, &leaving, at)
        }
        Record::PolicyOffered(offered) => acceptance::offered::<Rulebook>(view, offered, at),
        Record::PolicyInForce(in_force) => law::in_force(view, in_force),
    }
}

impl Entry<'_> {
    /// Where an output that follows from this entry comes from.
    pub(super) fn lineage(&self, law: Option<&Law>, at: Moment) -> Lineage {
        let rulebook = law
            .map_or_else(RulebookRef::default, |law| RulebookRef { revision: law.rulebook.revision, digest: law.rulebook.digest.clone() });
        Lineage { cause: self.cause.clone(), source: self.source.clone(), ingested_at: at.ingested_at, rulebook }
    }
}
