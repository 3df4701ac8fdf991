//! What became of a lead's promises to respond, and what of that was counted.
//!
//! A promise has one outcome. What is known of it may change: a touch comes late into the log, a call
//! was none, an end turns into a call. Each change is told with the next event of the lead, so that
//! whoever counts takes the outcome before it back. This file refuses to know who counts.

use serde::{Deserialize, Serialize};

use super::lead::{FollowUp, LeadState};
use crate::contract::Timestamp;
use crate::contract::follow_up::{PromiseChange, PromiseOutcome};

/// What was counted of a lead's promises: of the one of now, and of the one before it was opened again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedPromises {
    now: Option<PromiseOutcome>,
    before: Option<PromiseOutcome>,
    /// What is not told yet; told with the next event of the same step.
    #[serde(skip)]
    untold: Vec<PromiseChange>,
}

impl CountedPromises {
    /// The lead was opened again, after it had ended then: another promise begins.
    pub(super) fn begins_anew(mut self, before: &FollowUp, ended_at: Timestamp) -> Self {
        let outcome = before.respond_by.map(|respond_by| match before.first_touch_at.filter(|at| *at <= ended_at) {
            Some(_) if before.kept == Some(true) => PromiseOutcome::Met,
            Some(_) => PromiseOutcome::Missed,
            None => ended_untouched(ended_at, respond_by),
        });
        self.becomes(outcome);
        Self { now: None, before: self.now, untold: self.untold }
    }

    /// It was never opened again, as an edit shows: the promise of then is no other one.
    pub(super) fn goes_back(mut self) -> Self {
        self.becomes(None);
        Self { now: self.before, before: None, untold: self.untold }
    }

    fn becomes(&mut self, outcome: Option<PromiseOutcome>) {
        let change = PromiseChange { now: outcome, instead_of: self.now };
        if change.now != change.instead_of {
            self.untold.push(change);
            self.now = outcome;
        }
    }
}

impl LeadState {
    /// What is known otherwise of its promises since this was asked last.
    pub(super) fn promise_changes(&mut self) -> Vec<PromiseChange> {
        let outcome = self.promise_outcome();
        let counted = &mut self.follow_up.counted_promises;
        counted.becomes(outcome);
        std::mem::take(&mut counted.untold)
    }

    /// The outcome of the promise of now; `None`: it has none yet, or nothing was promised.
    fn promise_outcome(&self) -> Option<PromiseOutcome> {
        let FollowUp { respond_by, first_touch_at, kept, .. } = &self.follow_up;
        let respond_by = (*respond_by)?;
        match (first_touch_at, self.ended_at()) {
            (Some(_), _) if *kept == Some(true) => Some(PromiseOutcome::Met),
            (Some(_), _) => Some(PromiseOutcome::Missed),
            (None, Some(ended_at)) => Some(ended_untouched(ended_at, respond_by)),
            (None, None) => kept.filter(|kept| !kept).map(|_| PromiseOutcome::Missed),
        }
    }
}

fn ended_untouched(ended_at: Timestamp, respond_by: Timestamp) -> PromiseOutcome {
    if ended_at > respond_by { PromiseOutcome::ClosedLate } else { PromiseOutcome::ClosedEarly }
}
