//! What the workers tell those who count. Facts of a transaction are told once, after it has committed (TXN-2); those of one that
//! was rolled back are never told.

use std::collections::BTreeMap;
use std::time::Duration;

use compact_str::CompactString;

use super::copies::LeftOut;
use super::stage::StageName;
use crate::contract::follow_up::{FollowedUp, PromiseChange, Waited, What};
use crate::contract::{Code, Decision, Irregularity, Reason};

/// What one transaction made true.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// (input, outcome) → records: for Intake the input's name, for Decide `intake`.
    pub records: BTreeMap<(&'static str, &'static str), u64>,
    /// (decision, reason) → decisions.
    pub decisions: BTreeMap<(Decision, Reason), u64>,
    /// Dead letters by code.
    pub dead_letters: Vec<(&'static Code, u64)>,
    /// (team, route) → leads handed off.
    pub leads: BTreeMap<(CompactString, CompactString), u64>,
    /// Milliseconds from the interaction to the log, of leads that were handed off.
    pub source_delays_ms: Vec<i64>,
    /// Milliseconds of the stage's own delay: of Intake from the input's append to the forwarding of a transaction's last record,
    /// of Decide from the log's append to the hand-off of each lead.
    pub own_delays_ms: Vec<i64>,
    /// Of each deadline that fired and was told: milliseconds from its own time to the commit.
    pub deadline_lateness_ms: Vec<i64>,
    /// What became of leads that were handed off.
    pub follow_ups: Vec<FollowUpFact>,
    /// What is no error, and ought to be rare.
    pub irregular: Vec<Irregularity>,
    /// Copies of leads that a route wanted and that were left out, by the reason.
    pub copies_left_out: BTreeMap<LeftOut, u64>,
}

/// A change of a lead's standing, as far as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpFact {
    /// Who has the lead.
    pub team: CompactString,
    /// The event's word.
    pub event: &'static str,
    /// Of a first response: how it was.
    pub response: Option<Response>,
    /// What is known otherwise of its promises.
    pub promises: Vec<PromiseChange>,
}

/// A first response, or its correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// How long it took; `None`: it was none.
    pub waited: Option<Waited>,
    /// What was counted of the lead before, and is not any more.
    pub instead_of: Option<Waited>,
    /// Entered into the CRM long after it happened.
    pub backdated: bool,
}

impl FollowUpFact {
    /// What is counted of an event.
    pub fn of(event: &FollowedUp) -> Self {
        let response = match event.what {
            What::Responded { response_seconds, business_seconds, buyer_wait_seconds, backdated, corrects, instead_of, .. } => {
                let waited = Waited { response_seconds, business_seconds, buyer_wait_seconds };
                Some(Response { waited: Some(waited), instead_of, backdated: backdated && !corrects })
            }
            What::ResponseWithdrawn { instead_of, .. } => Some(Response { waited: None, instead_of, backdated: false }),
            _ => None,
        };
        Self { team: event.team.clone(), event: event.what.as_str(), response, promises: event.promises.clone() }
    }
}

impl Facts {
    /// Counts a record's outcome.
    pub fn record(&mut self, input: &'static str, outcome: &'static str) {
        *self.records.entry((input, outcome)).or_default() += 1;
    }

    /// Counts a dead letter.
    pub fn dead_letter(&mut self, code: &'static Code) {
        match self.dead_letters.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.dead_letters.push((code, 1)),
        }
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionResult {
    /// Committed.
    Committed,
    /// Rolled back: a rebalance, an error that passes.
    RolledBack,
    /// Unclear at first, and found to be committed or not by reading the offsets.
    Unclear,
    /// Fenced: somebody else has this identity.
    Fenced,
}

impl TransactionResult {
    /// The label in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::RolledBack => "rolled_back",
            Self::Unclear => "unclear",
            Self::Fenced => "fenced",
        }
    }
}

/// Who counts.
pub trait Observer: Send + Sync {
    /// A transaction committed, and this is true now.
    fn committed(&self, stage: StageName, facts: &Facts);
    /// A transaction ended.
    fn transaction(&self, stage: StageName, result: TransactionResult, took: Duration);
    /// A partition was prepared: Decide's state was restored.
    fn restored(&self, took: Duration);
}
