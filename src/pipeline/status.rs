//! What probes and commands may see of the running service: workers, partitions, the law.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::stage::StageName;
use crate::contract::Timestamp;
use crate::kafka::TopicPartition;

/// How a partition is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionState {
    /// Its state is being restored.
    Restoring,
    /// It is being processed.
    Running,
    /// It is read no further for now: Decide has to catch up, or a first law is waited for.
    HeldBack,
    /// It can't go on by itself.
    Stopped {
        /// `RLV-nnnn`.
        code: String,
        /// Where and why.
        message: String,
    },
}

/// One worker.
#[derive(Clone, Debug)]
pub struct WorkerStatus {
    /// Its stage.
    pub stage: StageName,
    /// When it last went around its loop.
    pub heartbeat: Timestamp,
    /// Its partitions.
    pub partitions: BTreeMap<TopicPartition, PartitionState>,
    /// Committed accounts in its state, and their bytes.
    pub accounts: (usize, usize),
    /// The last record that it processed is of this time; `None`: it has caught up.
    pub oldest_unprocessed: Option<Timestamp>,
    /// The least of its partitions' clocks.
    pub clock: Option<Timestamp>,
}

/// The law as this process knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LawStatus {
    /// Partition of the log → revision and digest in force; none: no law yet.
    pub in_force: BTreeMap<i32, Option<(u32, String)>>,
    /// The last files that were refused: code and message.
    pub refused: Vec<String>,
    /// Nobody signed the law.
    pub unsigned: bool,
    /// How many files are in the folder.
    pub files: usize,
}

/// Everything that may be seen.
#[derive(Default)]
pub struct Status {
    workers: Mutex<BTreeMap<String, WorkerStatus>>,
    law: Mutex<LawStatus>,
    stopping: AtomicBool,
    /// Intake holds interactions back since then.
    held_back_since: Mutex<Option<Timestamp>>,
    /// Seconds that somebody's open transaction has been blocking the log.
    log_blocked: Mutex<f64>,
}

/// The most refusals that are kept.
const MAX_REFUSED: usize = 10;

impl Status {
    /// Changes what is shown of a worker.
    pub fn worker(&self, name: &str, stage: StageName, change: impl FnOnce(&mut WorkerStatus)) {
        let mut workers = self.workers.lock().expect("nobody panics while holding it");
        let new = || WorkerStatus {
            stage,
            heartbeat: Timestamp::EPOCH,
            partitions: BTreeMap::new(),
            accounts: (0, 0),
            oldest_unprocessed: None,
            clock: None,
        };
        change(workers.entry(name.to_owned()).or_insert_with(new));
    }

    /// Every worker by name.
    pub fn workers(&self) -> BTreeMap<String, WorkerStatus> {
        self.workers.lock().expect("nobody panics while holding it").clone()
    }

    /// Changes what is shown of the law.
    pub fn change_law(&self, change: impl FnOnce(&mut LawStatus)) {
        change(&mut self.law.lock().expect("nobody panics while holding it"));
    }

    /// What is known of the law.
    pub fn law(&self) -> LawStatus {
        self.law.lock().expect("nobody panics while holding it").clone()
    }

    /// A file was refused.
    pub fn refused(&self, text: String) {
        self.change_law(|law| {
            if !law.refused.contains(&text) {
                law.refused.push(text);
                let surplus = law.refused.len().saturating_sub(MAX_REFUSED);
                law.refused.drain(..surplus);
            }
        });
    }

    /// The process has been asked to end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the process has been asked to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Interactions are held back, since when; or not any more.
    pub fn hold_back(&self, since: Option<Timestamp>) {
        *self.held_back_since.lock().expect("nobody panics while holding it") = since;
    }

    /// Since when interactions are held back.
    pub fn held_back_since(&self) -> Option<Timestamp> {
        *self.held_back_since.lock().expect("nobody panics while holding it")
    }

    /// How long the log has been blocked by an open transaction.
    pub fn set_log_blocked(&self, seconds: f64) {
        *self.log_blocked.lock().expect("nobody panics while holding it") = seconds;
    }

    /// How long the log has been blocked by an open transaction, in seconds.
    pub fn log_blocked_seconds(&self) -> f64 {
        *self.log_blocked.lock().expect("nobody panics while holding it")
    }
}
