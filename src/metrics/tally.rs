//! What a worker counts while a transaction is open: plain numbers, without atomics, locks or look-ups by hash.
//!
//! They become metrics when the transaction has committed, and vanish when it has not (TXN-2).

use prometheus::local::LocalHistogram;

use super::Metrics;
use crate::contract::{Code, Decision, Reason};

/// A stage of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Inputs to the log.
    Intake,
    /// The log to decisions.
    Decide,
}

impl Stage {
    /// Both.
    pub const ALL: [Stage; 2] = [Stage::Intake, Stage::Decide];

    /// The label, and the word in groups and identifiers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Intake => "intake",
            Stage::Decide => "decide",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

const DECISIONS: usize = Decision::ALL.len();
const REASONS: usize = Reason::ALL.len();

/// Counts of one open transaction.
pub struct Tally {
    stage: Stage,
    decisions: [[u64; REASONS]; DECISIONS],
    /// A handful of pairs at most, so a look along the list is the fastest map.
    records: Vec<((&'static str, &'static str), u64)>,
    dead_letters: Vec<(&'static Code, u64)>,
    leads: Vec<((String, String), u64)>,
    copies_left_out: Vec<(&'static str, u64)>,
    source_delay: LocalHistogram,
    own_delay: LocalHistogram,
    deadline_lateness: LocalHistogram,
}

impl Tally {
    /// Counts for a worker of this stage.
    pub fn new(metrics: &Metrics, stage: Stage) -> Self {
        Self {
            stage,
            decisions: [[0; REASONS]; DECISIONS],
            records: Vec::new(),
            dead_letters: Vec::new(),
            leads: Vec::new(),
            copies_left_out: Vec::new(),
            source_delay: metrics.handoff_delay("source").local(),
            own_delay: metrics.handoff_delay(stage.as_str()).local(),
            deadline_lateness: metrics.deadline_lateness.local(),
        }
    }

    /// A record of an input (`interactions`, `accounts`, `intake`) came to this outcome (TXN-4).
    pub fn record(&mut self, input: &'static str, outcome: &'static str) {
        self.records(input, outcome, 1);
    }

    /// So many records of an input came to this outcome.
    pub fn records(&mut self, input: &'static str, outcome: &'static str, count: u64) {
        add(&mut self.records, (input, outcome), count);
    }

    /// A decision was made.
    pub fn decision(&mut self, decision: Decision, reason: Reason) {
        self.decisions(decision, reason, 1);
    }

    /// So many decisions were made.
    pub fn decisions(&mut self, decision: Decision, reason: Reason, count: u64) {
        self.decisions[decision as usize][reason as usize] += count;
    }

    /// A lead was handed off.
    pub fn lead(&mut self, team: &str, route: &str) {
        match self.leads.iter_mut().find(|((known_team, known_route), _)| known_team == team && known_route == route) {
            Some((_, count)) => *count += 1,
            None => self.leads.push(((team.to_owned(), route.to_owned()), 1)),
        }
    }

    /// So many copies of leads were left out for this reason.
    pub fn copies_left_out(&mut self, why: &'static str, count: u64) {
        add(&mut self.copies_left_out, why, count);
    }

    /// A record became a dead letter.
    pub fn dead_letter(&mut self, code: &'static Code) {
        add(&mut self.dead_letters, code, 1);
    }

    /// From what happened to its record's arrival in Kafka, in ms. A producer's clock that is ahead counts as no delay.
    pub fn source_delay_ms(&mut self, delay_ms: i64) {
        self.source_delay.observe(seconds(delay_ms));
    }

    /// This stage's own delay, in ms: of Intake from the input's record to the log, of Decide from the log to the hand-off.
    pub fn own_delay_ms(&mut self, delay_ms: i64) {
        self.own_delay.observe(seconds(delay_ms));
    }

    /// From a deadline's own time to the commit that tells of it, in ms.
    pub fn deadline_lateness_ms(&mut self, lateness_ms: i64) {
        self.deadline_lateness.observe(seconds(lateness_ms));
    }

    /// The transaction has committed: what was counted is fact.
    pub fn committed(&mut self, metrics: &Metrics) {
        for decision in Decision::ALL {
            for reason in Reason::ALL {
                let count = std::mem::take(&mut self.decisions[*decision as usize][*reason as usize]);
                if count > 0 {
                    metrics.decisions.with_label_values(&[decision.as_str(), reason.as_str()]).inc_by(count);
                }
            }
        }
        for ((input, outcome), count) in self.records.drain(..) {
            metrics.records.with_label_values(&[input, outcome]).inc_by(count);
        }
        for (code, count) in self.dead_letters.drain(..) {
            metrics.dead_letters.with_label_values(&[code.to_string().as_str()]).inc_by(count);
        }
        for ((team, route), count) in self.leads.drain(..) {
            metrics.leads_counter(&team, &route).inc_by(count);
        }
        for (why, count) in self.copies_left_out.drain(..) {
            metrics.copies_left_out.with_label_values(&[why]).inc_by(count);
        }
        self.source_delay.flush();
        self.own_delay.flush();
        self.deadline_lateness.flush();
        metrics.transactions.with_label_values(&[self.stage.as_str(), "committed"]).inc();
    }

    /// The transaction was rolled back: nothing of it happened.
    pub fn aborted(&mut self, metrics: &Metrics) {
        self.decisions = [[0; REASONS]; DECISIONS];
        self.records.clear();
        self.dead_letters.clear();
        self.leads.clear();
        self.copies_left_out.clear();
        self.source_delay.clear();
        self.own_delay.clear();
        self.deadline_lateness.clear();
        metrics.transactions.with_label_values(&[self.stage.as_str(), "aborted"]).inc();
    }
}

fn add<K: PartialEq>(list: &mut Vec<(K, u64)>, key: K, by: u64) {
    match list.iter_mut().find(|(known, _)| *known == key) {
        Some((_, count)) => *count += by,
        None => list.push((key, by)),
    }
}

fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1_000.0
}
