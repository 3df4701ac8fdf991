//! From the facts of committed transactions to metrics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::facts::{Facts, Observer, Response, TransactionResult};
use super::stage::StageName;
use crate::metrics::{Metrics, Tally};

/// Counts into the process's metrics.
pub struct Counting {
    metrics: Arc<Metrics>,
    tallies: [Mutex<Tally>; 2],
}

impl Counting {
    /// Counts into these.
    pub fn into(metrics: Arc<Metrics>) -> Arc<Self> {
        let tallies = StageName::ALL.map(|stage| Mutex::new(Tally::new(&metrics, stage)));
        Arc::new(Self { metrics, tallies })
    }
}

impl Observer for Counting {
    fn committed(&self, stage: StageName, facts: &Facts) {
        let mut tally = self.tallies[stage as usize].lock().unwrap_or_else(PoisonError::into_inner);
        for ((input, outcome), count) in &facts.records {
            tally.records(input, outcome, *count);
        }
        for ((decision, reason), count) in &facts.decisions {
            tally.decisions(*decision, *reason, *count);
        }
        for (code, count) in &facts.dead_letters {
            (0..*count).for_each(|_| tally.dead_letter(code));
        }
        for ((team, route), count) in &facts.leads {
            (0..*count).for_each(|_| tally.lead(team, route));
        }
        facts.source_delays_ms.iter().for_each(|delay_ms| tally.source_delay_ms(*delay_ms));
        facts.own_delays_ms.iter().for_each(|delay_ms| tally.own_delay_ms(*delay_ms));
        facts.deadline_lateness_ms.iter().for_each(|lateness_ms| tally.deadline_lateness_ms(*lateness_ms));
        facts.copies_left_out.iter().for_each(|(why, count)| tally.copies_left_out(why.as_str(), *count));
        tally.committed(&self.metrics);
        facts.irregular.iter().for_each(|seen| self.metrics.irregular(*seen));
        for fact in &facts.follow_ups {
            self.metrics.followed_up(&fact.team, fact.event);
            if let Some(Response { waited, instead_of, backdated }) = fact.response {
                self.metrics.responded(&fact.team, waited.as_ref(), instead_of.as_ref(), backdated);
            }
            fact.promises.iter().for_each(|change| self.metrics.promise_changed(&fact.team, *change));
        }
    }

    fn transaction(&self, stage: StageName, result: TransactionResult, took: Duration) {
        match result {
            TransactionResult::Committed => self.metrics.commit_took(stage, took),
            other => self.metrics.transaction_ended(stage, other.as_str()),
        }
    }

    fn restored(&self, took: Duration) {
        self.metrics.restore_took(took);
    }
}
