//! What the workers of a process share: whether to stop, what the law is, whether interactions wait.
//!
//! What probes and scrapes see of them is [`crate::metrics::Status`]; this is what the pipeline itself acts on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compact_str::CompactString;

use super::colleagues::{self, Differences};
use crate::config::Shared;
use crate::contract::code::SETTINGS_DIFFER;
use crate::contract::log::InForce;
use crate::contract::{Code, Timestamp};
use crate::engine::Authority;
use crate::metrics::{self, Hold};

/// The law as this process knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownLaw {
    /// Partition of the log → revision and digest in force; none: no law yet.
    pub in_force: BTreeMap<i32, Option<(u32, String)>>,
    /// The same of rosters.
    pub rosters: BTreeMap<i32, Option<(u32, String)>>,
    /// Decide's group was asked at least once: an absent law is none, and not merely unheard of.
    pub asked: bool,
}

/// The latest of what is in force anywhere.
pub fn latest(in_force: &BTreeMap<i32, Option<(u32, String)>>) -> Option<&(u32, String)> {
    in_force.values().flatten().max()
}

/// The partitions that are seen without it.
pub fn lacked_by(in_force: &BTreeMap<i32, Option<(u32, String)>>) -> Vec<u32> {
    let latest = latest(in_force);
    in_force.iter().filter(|(_, known)| known.as_ref() != latest).filter_map(|(partition, _)| u32::try_from(*partition).ok()).collect()
}

/// What the workers share.
#[derive(Default)]
pub struct Status {
    shown: Arc<metrics::Status>,
    law: Mutex<KnownLaw>,
    authority: Mutex<Authority>,
    settings: Mutex<Shared>,
    stopping: AtomicBool,
}

impl Status {
    /// Nothing known, nobody asked to stop; what is to be seen goes to `shown`. Rulebooks are judged by `authority` to begin with.
    pub fn new(shown: Arc<metrics::Status>, authority: Authority) -> Self {
        let status = Self { shown, ..Self::default() };
        status.change_authority(|own| *own = authority);
        status
    }

    /// The process runs with these settings of those that all pods must share.
    pub fn runs_with(&self, settings: Shared) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// What it runs with, and by which charter it judges now.
    pub fn shared(&self) -> Shared {
        let Authority { charter, unsigned_allowed, .. } = self.authority();
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        settings.with_charter(charter.as_ref().map(|charter| charter.digest.as_str()), unsigned_allowed)
    }

    /// Other pods run with other settings; says so when it is news.
    pub fn settings_differ(&self, differences: &Differences) {
        let says = colleagues::words(differences);
        if !self.shown.settings_differ(differences.clone()) {
            return;
        }
        if differences.is_empty() {
            tracing::info!("all pods run with the same settings again");
        } else {
            tracing::warn!(code = %SETTINGS_DIFFER, groups = says, "{} {}", SETTINGS_DIFFER.title, SETTINGS_DIFFER.help);
        }
    }

    /// By what rulebooks are judged now.
    pub fn authority(&self) -> Authority {
        self.authority.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on rulebooks are judged otherwise.
    pub fn change_authority(&self, change: impl FnOnce(&mut Authority)) {
        let mut authority = self.authority.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut authority);
        self.shown.charter(authority.charter.as_ref().map(|charter| metrics::CharterStatus {
            digest: charter.digest.clone(),
            parties: charter.parties.iter().map(|party| (party.name.clone(), party.needed, party.signers.len())).collect(),
        }));
    }

    /// What a first law waits for; `None`: there is one.
    pub fn law_waits_for(&self, what: Option<String>) {
        if self.shown.law_waits_for(what.clone())
            && let Some(what) = what
        {
            tracing::warn!("no rulebook is in force yet, and interactions wait: {what}");
        }
    }

    /// Changes what is known of the law.
    pub fn change_law(&self, change: impl FnOnce(&mut KnownLaw)) {
        change(&mut self.law.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What is known of the law.
    pub fn law(&self) -> KnownLaw {
        self.law.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A law is in force in a partition of this process.
    pub fn law_in_force(&self, revision: u32, digest: &str, unsigned: bool) {
        let digest = CompactString::from(digest);
        self.shown.rulebook_accepted(&digest);
        if self.shown.law_in_force(metrics::LawStatus { revision, digest: digest.clone(), unsigned }) {
            match unsigned {
                true => tracing::warn!(revision, %digest, "a rulebook that NOBODY SIGNED is in force"),
                false => tracing::info!(revision, %digest, "a rulebook is in force"),
            }
        }
    }

    /// These teams may get leads by a law in force in a partition of this process.
    pub fn knows_teams<'t>(&self, teams: impl IntoIterator<Item = &'t CompactString>) {
        self.shown.knows_teams(teams);
    }

    /// A roster is in force in a partition of this process.
    pub fn roster_in_force(&self, record: &InForce) {
        let InForce { revision, digest, .. } = record;
        if self.shown.roster_in_force(metrics::LawStatus { revision: *revision, digest: digest.clone(), unsigned: record.is_unsigned() }) {
            match record.is_unsigned() {
                true => tracing::warn!(revision, %digest, "a roster that NOBODY SIGNED is in force"),
                false => tracing::info!(revision, %digest, "a roster is in force"),
            }
        }
    }

    /// A file, or a digest that the log refused, is no law.
    pub fn rulebook_refused(&self, file: &str, code: &'static Code, message: &str) {
        self.shown.rulebook_refused(file, code, message);
    }

    /// A file that was refused is mended or gone.
    pub fn rulebook_accepted(&self, file: &str) {
        self.shown.rulebook_accepted(file);
    }

    /// Since when somebody's open transaction keeps the log from being read; `None`: it doesn't.
    pub fn log_blocked_since(&self, since: Option<Timestamp>) {
        self.shown.log_blocked_since(since);
    }

    /// Interactions are held back for this reason; `None`: they flow.
    pub fn interactions_held_back(&self, now: Timestamp, hold: Option<Hold>) {
        self.shown.interactions_held_back(now, hold);
    }

    /// The time of the newest record on the topic of activities; `None`: nobody knows.
    pub fn activity_feed_reaches(&self, topic: &str, newest: Option<Timestamp>) {
        self.shown.activity_feed_reaches(topic, newest);
    }

    /// By how much this process's clock is ahead of the brokers', in ms, at least; negative: behind; `None`: nobody knows.
    pub fn clock_skew(&self, skew_ms: Option<i64>) {
        self.shown.clock_skew(skew_ms);
    }

    /// How many partitions a stage has altogether.
    pub fn expects(&self, stage: metrics::Stage, partitions: u32) {
        self.shown.expects(stage, partitions);
    }

    /// So many records of an input wait, and since when none of some partition was taken although it has some.
    pub fn input_lags(&self, input: &'static str, records: u64, stalled_since: Option<Timestamp>) {
        self.shown.input_lags(input, records, stalled_since);
    }

    /// Topics that no leads are copied to now, and why.
    pub fn copies_left_out(&self, topics: BTreeMap<String, String>) {
        self.shown.copies_are_left_out(topics);
    }

    /// Kafka gave an answer, or none for this reason.
    pub fn kafka_answered(&self, now: Timestamp, answer: Result<(), String>) {
        match answer {
            Ok(()) => self.shown.kafka_answers(),
            Err(reason) => self.shown.kafka_is_silent(now, reason),
        }
    }

    /// The process has been asked to end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.shown.enter(metrics::Phase::Stopping);
    }

    /// Whether the process has been asked to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
