//! The one catalogue of metrics, and the way from facts to it.
//!
//! Workers count into a [`Tally`] of their own and hand it over once per commit; figures that describe the present
//! ([`Status`]) are read when somebody scrapes. This room refuses to know Kafka, and what the counts mean for the business.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::{Encoder, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder};

pub mod catalogue;
mod corrected;
mod leads;
pub mod status;
pub mod tally;

pub use status::{CharterStatus, Hold, LawStatus, Phase, Status, Vitals};
pub use tally::{Stage, Tally};

use crate::contract::follow_up::{PromiseChange, PromiseOutcome, Waited, What};
use crate::contract::{Irregularity, Timestamp};
use catalogue::{Kind, MAX_TEAMS, OTHER, PREFIX, entry};
use corrected::Corrected;

/// The format of what [`Metrics::scrape`] writes.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Every metric of the process.
pub struct Metrics {
    registry: Registry,
    status: Arc<Status>,
    decisions: IntCounterVec,
    leads: IntCounterVec,
    copies_left_out: IntCounterVec,
    records: IntCounterVec,
    dead_letters: IntCounterVec,
    irregularities: IntCounterVec,
    transactions: IntCounterVec,
    handoff_delay: HistogramVec,
    deadline_lateness: Histogram,
    follow_ups: IntCounterVec,
    first_response: Corrected,
    buyer_wait: Corrected,
    backdated_touches: IntCounterVec,
    response_outcomes: IntCounterVec,
    response_outcomes_corrected: IntCounterVec,
    commit: HistogramVec,
    restore: Histogram,
    gauges: Gauges,
    /// Of open leads.
    open_leads: leads::Gauges,
    /// Teams and routes that have labels of their own.
    named: Mutex<(Names, Names)>,
}

/// A counter that begins at zero for each kind: the first one would be missing from every figure otherwise.
fn irregularities(register: &Register<'_>) -> IntCounterVec {
    let counter = register.counter("irregularities_total");
    for kind in Irregularity::ALL {
        counter.with_label_values(&[kind.as_str()]);
    }
    counter
}

/// Names that have labels of their own.
type Names = BTreeSet<String>;

/// Figures of the present, set at each scrape.
struct Gauges {
    oldest_unprocessed: GaugeVec,
    restoring: GaugeVec,
    owned: GaugeVec,
    expected: GaugeVec,
    accounts: GaugeVec,
    bytes: GaugeVec,
    heartbeat: GaugeVec,
    law: GaugeVec,
    roster: GaugeVec,
    unsigned_allowed: GaugeVec,
    charter: GaugeVec,
    refused: GaugeVec,
    blocked: GaugeVec,
    held_back: GaugeVec,
    clock_behind: GaugeVec,
    clock_skew: GaugeVec,
    feed_silence: GaugeVec,
    stopped: GaugeVec,
    input_lag: GaugeVec,
    input_stalled: GaugeVec,
    unverified: GaugeVec,
    differ: GaugeVec,
}

impl Metrics {
    /// All metrics, at zero. Figures of the present come from `status`.
    pub fn new(status: Arc<Status>) -> Arc<Self> {
        let registry = Registry::new();
        let register = Register(&registry);
        register.gauge("build_info").with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let restore = register.histogram("restore_seconds").with_label_values::<&str>(&[]);
        let copies_left_out = register.counter("copies_left_out_total");
        // Born at zero, so that the first one is seen as growth.
        ["not_allowed", "not_writable"].iter().for_each(|why| drop(copies_left_out.with_label_values(&[*why])));
        let gauges = Gauges {
            oldest_unprocessed: register.gauge("oldest_unprocessed_seconds"),
            restoring: register.gauge("restoring"),
            owned: register.gauge("partitions_owned"),
            expected: register.gauge("partitions_expected"),
            accounts: register.gauge("state_accounts"),
            bytes: register.gauge("state_bytes"),
            heartbeat: register.gauge("worker_heartbeat_timestamp_seconds"),
            law: register.gauge("rulebook_info"),
            roster: register.gauge("roster_info"),
            unsigned_allowed: register.gauge("unsigned_allowed"),
            charter: register.gauge("charter_info"),
            refused: register.gauge("rulebook_refused"),
            blocked: register.gauge("log_blocked_seconds"),
            held_back: register.gauge("interactions_held_back_seconds"),
            clock_behind: register.gauge("clock_behind_seconds"),
            clock_skew: register.gauge("clock_skew_seconds"),
            feed_silence: register.gauge("activity_feed_silence_seconds"),
            stopped: register.gauge("stopped_partitions"),
            input_lag: register.gauge("input_lag_records"),
            input_stalled: register.gauge("input_stalled_seconds"),
            unverified: register.gauge("brokers_unverified"),
            differ: register.gauge("settings_differ"),
        };
        Arc::new(Self {
            decisions: register.counter("decisions_total"),
            leads: register.counter("leads_total"),
            copies_left_out,
            records: register.counter("records_total"),
            dead_letters: register.counter("dead_letters_total"),
            irregularities: irregularities(&register),
            transactions: register.counter("transactions_total"),
            handoff_delay: register.histogram("handoff_delay_seconds"),
            deadline_lateness: register.histogram("deadline_lateness_seconds").with_label_values::<&str>(&[]),
            follow_ups: register.counter("follow_ups_total"),
            first_response: register.corrected("first_response_seconds"),
            buyer_wait: register.corrected("buyer_wait_seconds"),
            backdated_touches: register.counter("backdated_touches_total"),
            response_outcomes: register.counter("response_outcomes_total"),
            response_outcomes_corrected: register.counter("response_outcomes_corrected_total"),
            commit: register.histogram("commit_seconds"),
            restore,
            open_leads: leads::Gauges::new(&register),
            gauges,
            registry,
            status,
            named: Mutex::default(),
        })
    }

    /// A transaction of this stage took so long to commit.
    pub fn commit_took(&self, stage: Stage, time: Duration) {
        self.commit.with_label_values(&[stage.as_str()]).observe(time.as_secs_f64());
    }

    /// A transaction of this stage ended like this: `rolled_back`, `unclear` or `fenced`; commits are counted with their facts.
    pub fn transaction_ended(&self, stage: Stage, result: &str) {
        self.transactions.with_label_values(&[stage.as_str(), result]).inc();
    }

    /// A partition's state took so long to be read back.
    pub fn restore_took(&self, time: Duration) {
        self.restore.observe(time.as_secs_f64());
    }

    /// Everything, in the text format that Prometheus reads; ages are as of `now`.
    pub fn scrape(&self, now: Timestamp) -> String {
        self.read_status(now);
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("# metrics can't be written: {error}\n"),
        }
    }

    fn handoff_delay(&self, stage: &str) -> Histogram {
        self.handoff_delay.with_label_values(&[stage])
    }

    /// The counter of a team and route, bounded: a rulebook can't make series without end.
    fn leads_counter(&self, team: &str, route: &str) -> IntCounter {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let (teams, routes) = &mut *named;
        let (team, route) = (bounded(teams, team), bounded(routes, route));
        self.leads.with_label_values(&[team, route])
    }

    /// Something was seen that is no error, and ought to be rare.
    pub fn irregular(&self, kind: Irregularity) {
        self.irregularities.with_label_values(&[kind.as_str()]).inc();
    }

    /// A lead's standing has changed.
    pub fn followed_up(&self, team: &str, event: &str) {
        self.of_team(team, |team| self.follow_ups.with_label_values(&[team, event]).inc());
    }

    /// A person has touched the buyer for the first time: how long that took, and what had been counted of the lead in its place. `None`: nobody
    /// has, by what is known now.
    pub fn responded(&self, team: &str, waited: Option<&Waited>, instead_of: Option<&Waited>, backdated: bool) {
        self.of_team(team, |team| {
            let figure = |what: fn(&Waited) -> Option<i64>| [waited, instead_of].map(|waited| what(waited?).map(|seconds| seconds as f64));
            let count = |metric: &Corrected, labels: &[&str], what| {
                let [now, before] = figure(what);
                if now.is_some() || before.is_some() {
                    metric.change(labels, now, before);
                }
            };
            count(&self.first_response, &[team, "wall"], |waited| Some(waited.response_seconds));
            count(&self.first_response, &[team, "business"], |waited| waited.business_seconds);
            count(&self.buyer_wait, &[team], |waited| Some(waited.buyer_wait_seconds));
            self.backdated_touches.with_label_values(&[team]).inc_by(u64::from(backdated));
        });
    }

    /// What became of a promise to respond is known, or known otherwise than before.
    pub fn promise_changed(&self, team: &str, PromiseChange { now, instead_of }: PromiseChange) {
        self.of_team(team, |team| {
            for (counter, outcome) in [(&self.response_outcomes, now), (&self.response_outcomes_corrected, instead_of)] {
                if let Some(outcome) = outcome {
                    counter.with_label_values(&[team, outcome.as_str()]).inc();
                }
            }
        });
    }

    /// Counters and histograms of a team begin at zero with its law. One that is born with its first count has not grown as Prometheus sees
    /// it: the first answer, or the first promise that was not kept, would be missing from every figure.
    fn begin_at_zero(&self) {
        for team in self.status.teams() {
            self.of_team(&team, |team| {
                for event in What::WORDS {
                    self.follow_ups.with_label_values(&[team, event]);
                }
                for outcome in PromiseOutcome::ALL {
                    self.response_outcomes.with_label_values(&[team, outcome.as_str()]);
                    self.response_outcomes_corrected.with_label_values(&[team, outcome.as_str()]);
                }
                for clock in ["wall", "business"] {
                    self.first_response.begin(&[team, clock]);
                }
                self.buyer_wait.begin(&[team]);
                self.backdated_touches.with_label_values(&[team]);
            });
        }
    }

    /// Counts under a team's label, as far as it has one of its own.
    fn of_team(&self, team: &str, count: impl FnOnce(&str)) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        count(bounded(&mut named.0, team));
    }

    fn read_status(&self, now: Timestamp) {
        let Gauges {
            oldest_unprocessed,
            restoring,
            owned,
            expected,
            accounts,
            bytes,
            heartbeat,
            law,
            roster,
            unsigned_allowed,
            charter,
            refused,
            blocked,
            held_back,
            clock_behind,
            clock_skew,
            feed_silence,
            stopped,
            input_lag,
            input_stalled,
            unverified,
            differ,
        } = &self.gauges;
        let workers = self.status.workers();
        self.begin_at_zero();
        self.open_leads.read(&workers, &self.status.teams(), &self.named, now);
        let age = |at: Timestamp| now.since_ms(at).max(0) as f64 / 1_000.0;
        let none: [&str; 0] = [];
        expected.reset();
        owned.reset();
        oldest_unprocessed.reset();
        for (stage, partitions) in self.status.expected() {
            let own = || workers.iter().filter(|worker| worker.stage == stage);
            expected.with_label_values(&[stage.as_str()]).set(f64::from(partitions));
            owned.with_label_values(&[stage.as_str()]).set(own().map(|worker| f64::from(worker.owned)).sum());
            let oldest = own().filter_map(|worker| worker.oldest_unprocessed).min();
            oldest_unprocessed.with_label_values(&[stage.as_str()]).set(oldest.map_or(0.0, age));
        }
        restoring.with_label_values(&none).set(workers.iter().map(|worker| f64::from(worker.restoring)).sum());
        accounts.with_label_values(&none).set(workers.iter().map(|worker| worker.accounts as f64).sum());
        bytes.with_label_values(&none).set(workers.iter().map(|worker| worker.bytes as f64).sum());
        blocked.with_label_values(&none).set(self.status.blocked_since().map_or(0.0, age));
        held_back.with_label_values(&none).set(self.status.held_back().map_or(0.0, |(since, _)| age(since)));
        clock_behind.with_label_values(&none).set(workers.iter().filter_map(|worker| worker.clock).min().map_or(0.0, age));
        unverified.with_label_values(&none).set(if self.status.unverified().is_empty() { 0.0 } else { 1.0 });
        clock_skew.reset();
        if let Some(skew_ms) = self.status.clock_skew_ms() {
            clock_skew.with_label_values(&none).set(skew_ms as f64 / 1_000.0);
        }
        differ.reset();
        for (group, pods) in self.status.settings_that_differ() {
            differ.with_label_values(&[group.as_str()]).set(pods.len() as f64);
        }
        feed_silence.reset();
        if let Some((topic, newest)) = self.status.activity_feed() {
            feed_silence.with_label_values(&[topic.as_str()]).set(age(newest));
        }
        for (input, lag) in self.status.inputs() {
            input_lag.with_label_values(&[input]).set(lag.records as f64);
            input_stalled.with_label_values(&[input]).set(lag.stalled_since.map_or(0.0, age));
        }
        stopped.reset();
        for worker in &workers {
            heartbeat.with_label_values(&[worker.name.as_str()]).set(worker.heartbeat.as_ms() as f64 / 1_000.0);
            for (_, code, _) in &worker.stopped {
                stopped.with_label_values(&[code.to_string().as_str()]).inc();
            }
        }
        for (gauge, in_force) in [(law, self.status.law()), (roster, self.status.roster())] {
            gauge.reset();
            if let Some(LawStatus { revision, digest, unsigned }) = in_force {
                gauge.with_label_values(&[revision.to_string().as_str(), &digest, if unsigned { "true" } else { "false" }]).set(1.0);
            }
        }
        unsigned_allowed.with_label_values(&none).set(if self.status.unsigned_allowed() { 1.0 } else { 0.0 });
        charter.reset();
        if let Some(CharterStatus { digest, .. }) = self.status.charter_in_force() {
            charter.with_label_values(&[digest.as_str()]).set(1.0);
        }
        refused.reset();
        for rulebook in self.status.refused_rulebooks().values() {
            refused.with_label_values(&[rulebook.code.to_string().as_str()]).inc();
        }
    }
}

fn bounded<'a>(named: &mut BTreeSet<String>, name: &'a str) -> &'a str {
    if !named.contains(name) {
        if named.len() >= MAX_TEAMS {
            return OTHER;
        }
        named.insert(name.to_owned());
    }
    name
}

/// Makes a metric as the catalogue says, and registers it. What disagrees is a defect that every test meets at once.
struct Register<'a>(&'a Registry);

impl Register<'_> {
    fn counter(&self, name: &str) -> IntCounterVec {
        let entry = entry(name);
        assert_eq!(entry.kind, Kind::Counter, "{name}");
        let counter =
            IntCounterVec::new(Opts::new(format!("{PREFIX}{name}"), entry.help), entry.labels).expect("the catalogue's names are valid");
        self.0.register(Box::new(counter.clone())).expect("each metric is registered once");
        counter
    }

    fn gauge(&self, name: &str) -> GaugeVec {
        let entry = entry(name);
        assert_eq!(entry.kind, Kind::Gauge, "{name}");
        let gauge = GaugeVec::new(Opts::new(format!("{PREFIX}{name}"), entry.help), entry.labels).expect("the catalogue's names are valid");
        self.0.register(Box::new(gauge.clone())).expect("each metric is registered once");
        gauge
    }

    fn corrected(&self, name: &str) -> Corrected {
        let entry = entry(name);
        let Kind::Histogram(buckets) = entry.kind else { panic!("{name} is no histogram in the catalogue") };
        let corrected = Corrected::new(format!("{PREFIX}{name}"), entry, buckets);
        self.0.register(Box::new(corrected.clone())).expect("each metric is registered once");
        corrected
    }

    fn histogram(&self, name: &str) -> HistogramVec {
        let entry = entry(name);
        let Kind::Histogram(buckets) = entry.kind else { panic!("{name} is no histogram in the catalogue") };
        let options = HistogramOpts::new(format!("{PREFIX}{name}"), entry.help).buckets(buckets.to_vec());
        let histogram = HistogramVec::new(options, entry.labels).expect("the catalogue's names are valid");
        self.0.register(Box::new(histogram.clone())).expect("each metric is registered once");
        histogram
    }
}

#[cfg(test)]
mod tests;
