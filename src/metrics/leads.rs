//! Figures of open leads, made when somebody asks: how many stand where, and how long the untouched ones have waited by then (FU-2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use prometheus::GaugeVec;

use super::catalogue::PEOPLE;
use super::status::WorkerStatus;
use super::{Names, Register, bounded};
use crate::contract::Timestamp;
use crate::contract::follow_up::Standing;

/// The gauges.
pub(super) struct Gauges {
    open: GaugeVec,
    untouched: GaugeVec,
    oldest: GaugeVec,
    queued: GaugeVec,
    queued_oldest: GaugeVec,
}

/// What a team's gauges show.
#[derive(Default)]
struct Team {
    standing: [u64; Standing::ALL.len()],
    /// At most so old as each bound, and all.
    untouched: [u64; PEOPLE.len() + 1],
    oldest_seconds: f64,
    queued: u64,
    queued_oldest_seconds: f64,
}

impl Gauges {
    pub fn new(register: &Register<'_>) -> Self {
        Self {
            open: register.gauge("open_leads"),
            untouched: register.gauge("untouched_leads"),
            oldest: register.gauge("untouched_oldest_seconds"),
            queued: register.gauge("queued_leads"),
            queued_oldest: register.gauge("queued_oldest_seconds"),
        }
    }

    /// Sets them as of `now`.
    /// `known`: teams that are shown though they have no lead, where any partition is worked on: none waits, which is known.
    pub fn read(&self, workers: &[WorkerStatus], known: &BTreeSet<CompactString>, named: &Mutex<(Names, Names)>, now: Timestamp) {
        let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
        let mut teams = BTreeMap::<String, Team>::new();
        if workers.iter().any(|worker| !worker.leads.is_empty()) {
            teams.extend(known.iter().map(|name| (bounded(&mut named.0, name).to_owned(), Team::default())));
        }
        for leads in workers.iter().flat_map(|worker| &worker.leads) {
            let leads = leads.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, of_team) in leads.teams() {
                let team = teams.entry(bounded(&mut named.0, name).to_owned()).or_default();
                for standing in Standing::ALL {
                    team.standing[*standing as usize] += of_team.standing(*standing);
                }
                for (since, count) in of_team.untouched() {
                    team.wait(now.since_ms(since).max(0) as f64 / 1_000.0, count);
                }
                for (since, count) in of_team.queued() {
                    team.queued += count;
                    team.queued_oldest_seconds = team.queued_oldest_seconds.max(now.since_ms(since).max(0) as f64 / 1_000.0);
                }
            }
        }
        self.open.reset();
        self.untouched.reset();
        self.oldest.reset();
        self.queued.reset();
        self.queued_oldest.reset();
        for (name, team) in &teams {
            for standing in Standing::ALL.iter().filter(|standing| **standing != Standing::Closed) {
                self.open.with_label_values(&[name.as_str(), standing.as_str()]).set(team.standing[*standing as usize] as f64);
            }
            let bounds = PEOPLE.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            for (bound, count) in bounds.zip(team.untouched) {
                self.untouched.with_label_values(&[name.as_str(), "wall", bound.as_str()]).set(count as f64);
            }
            self.oldest.with_label_values(&[name.as_str()]).set(team.oldest_seconds);
            self.queued.with_label_values(&[name.as_str()]).set(team.queued as f64);
            self.queued_oldest.with_label_values(&[name.as_str()]).set(team.queued_oldest_seconds);
        }
    }
}

impl Team {
    fn wait(&mut self, age_seconds: f64, count: u64) {
        self.oldest_seconds = self.oldest_seconds.max(age_seconds);
        let bounds = PEOPLE.iter().copied().chain([f64::INFINITY]);
        for (held, _) in self.untouched.iter_mut().zip(bounds).filter(|(_, bound)| age_seconds <= *bound) {
            *held += count;
        }
    }
}
