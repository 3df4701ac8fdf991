//! How the process is doing, as its workers say: plain shared figures, read by probes and by scrapes.
//!
//! A worker writes its own [`Vitals`] with single atomic stores, so its loop never waits for a reader. Ages are kept as
//! instants and become ages when somebody asks: a worker that is stuck can't make its own figures look fresh.
//! Nothing here asks Kafka anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;

use super::tally::Stage;
use crate::contract::{Code, Timestamp};
use crate::state::open_leads::OpenLeads;

/// The most refused rulebooks that are shown: a folder of mistakes must not fill the page, nor memory.
const MAX_REFUSED: usize = 20;
/// Stands for "none" in an instant.
const NONE: i64 = i64::MIN;

/// What one worker says of itself.
#[derive(Debug)]
pub struct Vitals {
    stage: Stage,
    index: u32,
    heartbeat_ms: AtomicI64,
    owned: AtomicU32,
    joined: AtomicU32,
    restoring: AtomicU32,
    accounts: AtomicU64,
    bytes: AtomicU64,
    oldest_unprocessed_ms: AtomicI64,
    clock_ms: AtomicI64,
    stopped: Mutex<BTreeMap<CompactString, (&'static Code, String)>>,
    failing: Mutex<Option<String>>,
    leads: Mutex<Vec<Arc<Mutex<OpenLeads>>>>,
}

impl Vitals {
    fn new(stage: Stage, index: u32, now: Timestamp) -> Self {
        Self {
            stage,
            index,
            heartbeat_ms: AtomicI64::new(now.as_ms()),
            owned: AtomicU32::new(0),
            joined: AtomicU32::new(0),
            restoring: AtomicU32::new(0),
            accounts: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            oldest_unprocessed_ms: AtomicI64::new(NONE),
            clock_ms: AtomicI64::new(NONE),
            stopped: Mutex::default(),
            failing: Mutex::default(),
            leads: Mutex::default(),
        }
    }

    /// The worker has gone around its loop.
    pub fn beat(&self, now: Timestamp) {
        self.heartbeat_ms.store(now.as_ms(), Relaxed);
    }

    /// The group has assigned this many partitions; zero is an assignment too.
    pub fn owns(&self, partitions: u32) {
        self.owned.store(partitions, Relaxed);
        self.joined.store(1, Relaxed);
    }

    /// State of this many partitions is being read back.
    pub fn restoring(&self, partitions: u32) {
        self.restoring.store(partitions, Relaxed);
    }

    /// The state that is held.
    pub fn holds(&self, accounts: u64, bytes: u64) {
        self.accounts.store(accounts, Relaxed);
        self.bytes.store(bytes, Relaxed);
    }

    /// Open leads of each partition that it has; they go on changing with each commit.
    pub fn open_leads(&self, leads: Vec<Arc<Mutex<OpenLeads>>>) {
        *locked(&self.leads) = leads;
    }

    /// When the oldest record entered its topic that is not done with; `None`: nothing waits.
    pub fn oldest_unprocessed(&self, at: Option<Timestamp>) {
        self.oldest_unprocessed_ms.store(at.map_or(NONE, Timestamp::as_ms), Relaxed);
    }

    /// The slowest partition's clock; `None`: no partition has one.
    pub fn clock(&self, at: Option<Timestamp>) {
        self.clock_ms.store(at.map_or(NONE, Timestamp::as_ms), Relaxed);
    }

    /// A partition (`topic-partition`) is not worked on any more, for this reason; the message bears no value of a record.
    pub fn stopped(&self, partition: &str, code: &'static Code, message: impl Into<String>) {
        locked(&self.stopped).insert(partition.into(), (code, message.into()));
    }

    /// A partition is worked on again, or belongs to somebody else now.
    pub fn resumed(&self, partition: &str) {
        locked(&self.stopped).remove(partition);
    }

    /// Its transactions are rolled back, one after another, for this reason; `None`: they are not.
    pub fn failing(&self, what: Option<String>) {
        *locked(&self.failing) = what;
    }

    /// What the worker says.
    pub fn snapshot(&self) -> WorkerStatus {
        let instant = |ms: &AtomicI64| Some(ms.load(Relaxed)).filter(|ms| *ms != NONE).map(Timestamp::from_ms);
        WorkerStatus {
            name: format!("{}-{}", self.stage.as_str(), self.index),
            stage: self.stage,
            heartbeat: Timestamp::from_ms(self.heartbeat_ms.load(Relaxed)),
            owned: self.owned.load(Relaxed),
            joined: self.joined.load(Relaxed) > 0,
            restoring: self.restoring.load(Relaxed),
            accounts: self.accounts.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            oldest_unprocessed: instant(&self.oldest_unprocessed_ms),
            clock: instant(&self.clock_ms),
            leads: locked(&self.leads).clone(),
            failing: locked(&self.failing).clone(),
            stopped: locked(&self.stopped).iter().map(|(name, (code, message))| (name.clone(), *code, message.clone())).collect(),
        }
    }
}

/// What a worker said of itself at one moment.
#[derive(Clone, Debug)]
pub struct WorkerStatus {
    /// `intake-0`, `decide-1` …
    pub name: String,
    /// Its stage.
    pub stage: Stage,
    /// When it last went around its loop.
    pub heartbeat: Timestamp,
    /// Partitions assigned to it.
    pub owned: u32,
    /// Whether it has ever been assigned any, or none, by its group.
    pub joined: bool,
    /// Partitions whose state is being read back.
    pub restoring: u32,
    /// Accounts held.
    pub accounts: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the oldest record entered its topic that is not done with.
    pub oldest_unprocessed: Option<Timestamp>,
    /// The slowest partition's clock.
    pub clock: Option<Timestamp>,
    /// Open leads of each of its partitions.
    pub leads: Vec<Arc<Mutex<OpenLeads>>>,
    /// What is said of transactions that are rolled back, one after another.
    pub failing: Option<String>,
    /// Partitions that it does not work on any more, and why.
    pub stopped: Vec<(CompactString, &'static Code, String)>,
}

/// The rulebook in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawStatus {
    /// Its revision.
    pub revision: u32,
    /// `sha256:` and its hash.
    pub digest: CompactString,
    /// Nobody signed it.
    pub unsigned: bool,
}

/// The charter by which rulebooks are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharterStatus {
    /// `sha256:` and its hash.
    pub digest: CompactString,
    /// Each party with how many people of it must sign, and how many may.
    pub parties: Vec<(CompactString, usize, usize)>,
}

/// A rulebook's file that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRulebook {
    /// Why.
    pub code: &'static Code,
    /// Why, in words.
    pub message: String,
}

/// How far the process is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Looking at configuration, topics and rulebooks.
    #[default]
    Starting,
    /// At work.
    Running,
    /// Finishing what is begun.
    Stopping,
}

/// Why Intake reads no interactions now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Not every partition of the log has a law yet.
    NoLaw,
    /// Decide is more than a minute behind.
    DecideBehind,
}

/// What waits in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputLag {
    /// Records, and markers of transactions, between the committed offsets and the ends.
    pub records: u64,
    /// Since when none of some partition was taken although it has some; `None`: all of them move.
    pub stalled_since: Option<Timestamp>,
}

/// How the whole process is doing.
#[derive(Debug, Default)]
pub struct Status {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    phase: Phase,
    workers: Vec<Arc<Vitals>>,
    expected: BTreeMap<Stage, u32>,
    law: Option<LawStatus>,
    roster: Option<LawStatus>,
    teams: BTreeSet<CompactString>,
    law_waits_for: Option<String>,
    charter: Option<CharterStatus>,
    refused: BTreeMap<CompactString, RefusedRulebook>,
    unsigned_allowed: bool,
    unverified: Vec<String>,
    differences: BTreeMap<String, BTreeSet<String>>,
    blocked_since: Option<Timestamp>,
    held_back: Option<(Timestamp, Hold)>,
    activity_feed: Option<(String, Timestamp)>,
    kafka_silence: Option<(Timestamp, String)>,
    clock_skew_ms: Option<i64>,
    copies_left_out: BTreeMap<String, String>,
    inputs: BTreeMap<&'static str, InputLag>,
}

impl Status {
    /// A process that starts; `unsigned_allowed`: whether laws that nobody signed may take force.
    pub fn new(unsigned_allowed: bool) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::new(Inner { unsigned_allowed, ..Inner::default() }) })
    }

    /// How far the process is.
    pub fn phase(&self) -> Phase {
        locked(&self.inner).phase
    }

    /// The process has come this far.
    pub fn enter(&self, phase: Phase) {
        locked(&self.inner).phase = phase;
    }

    /// A worker begins; the handle is its own to write.
    pub fn add_worker(&self, stage: Stage, index: u32, now: Timestamp) -> Arc<Vitals> {
        let vitals = Arc::new(Vitals::new(stage, index, now));
        locked(&self.inner).workers.push(Arc::clone(&vitals));
        vitals
    }

    /// How many partitions a stage has altogether.
    pub fn expects(&self, stage: Stage, partitions: u32) {
        locked(&self.inner).expected.insert(stage, partitions);
    }

    /// How many partitions each stage of this process has altogether.
    pub fn expected(&self) -> BTreeMap<Stage, u32> {
        locked(&self.inner).expected.clone()
    }

    /// A law has entered a partition; an older revision than the one shown changes nothing. Says whether it is news.
    pub fn law_in_force(&self, law: LawStatus) -> bool {
        newer(&mut locked(&self.inner).law, law)
    }

    /// The same of a roster.
    pub fn roster_in_force(&self, roster: LawStatus) -> bool {
        newer(&mut locked(&self.inner).roster, roster)
    }

    /// The newest roster that this process has seen take force.
    pub fn roster(&self) -> Option<LawStatus> {
        locked(&self.inner).roster.clone()
    }

    /// The newest law that this process has seen take force.
    pub fn law(&self) -> Option<LawStatus> {
        locked(&self.inner).law.clone()
    }

    /// These teams have leads, or may get some, by a law that this process knows.
    pub fn knows_teams<'t>(&self, teams: impl IntoIterator<Item = &'t CompactString>) {
        let mut inner = locked(&self.inner);
        for team in teams {
            if !inner.teams.contains(team) {
                inner.teams.insert(team.clone());
            }
        }
    }

    /// Teams that laws have named.
    pub fn teams(&self) -> BTreeSet<CompactString> {
        locked(&self.inner).teams.clone()
    }

    /// What a first law waits for; `None`: there is one, or nobody looks. Says whether it is news.
    pub fn law_waits_for(&self, what: Option<String>) -> bool {
        let mut inner = locked(&self.inner);
        let is_news = inner.law_waits_for != what;
        inner.law_waits_for = what;
        is_news
    }

    /// What a first law waits for.
    pub fn what_law_waits_for(&self) -> Option<String> {
        locked(&self.inner).law_waits_for.clone()
    }

    /// Rulebooks are judged by this charter; `None`: by none.
    pub fn charter(&self, charter: Option<CharterStatus>) {
        locked(&self.inner).charter = charter;
    }

    /// By which charter rulebooks are judged.
    pub fn charter_in_force(&self) -> Option<CharterStatus> {
        locked(&self.inner).charter.clone()
    }

    /// A rulebook was refused; `file` is its name, or its digest where the log refused it.
    pub fn rulebook_refused(&self, file: &str, code: &'static Code, message: impl Into<String>) {
        let mut inner = locked(&self.inner);
        if inner.refused.len() >= MAX_REFUSED && !inner.refused.contains_key(file) {
            inner.refused.pop_first();
        }
        inner.refused.insert(file.into(), RefusedRulebook { code, message: message.into() });
    }

    /// A rulebook that was refused is gone, mended or law.
    pub fn rulebook_accepted(&self, file: &str) {
        locked(&self.inner).refused.remove(file);
    }

    /// Rulebooks that are refused now, by file.
    pub fn refused_rulebooks(&self) -> BTreeMap<CompactString, RefusedRulebook> {
        locked(&self.inner).refused.clone()
    }

    /// Whether laws that nobody signed may take force here.
    pub fn unsigned_allowed(&self) -> bool {
        locked(&self.inner).unsigned_allowed
    }

    /// Groups of settings that other pods have otherwise, with these pods. Says whether it is news.
    pub fn settings_differ(&self, differences: BTreeMap<String, BTreeSet<String>>) -> bool {
        let mut inner = locked(&self.inner);
        let is_news = inner.differences != differences;
        inner.differences = differences;
        is_news
    }

    /// Groups of settings that other pods have otherwise, with these pods.
    pub fn settings_that_differ(&self) -> BTreeMap<String, BTreeSet<String>> {
        locked(&self.inner).differences.clone()
    }

    /// By these settings of the client brokers are not verified.
    pub fn brokers_unverified(&self, settings: Vec<String>) {
        locked(&self.inner).unverified = settings;
    }

    /// The settings by which brokers are not verified; none: they are.
    pub fn unverified(&self) -> Vec<String> {
        locked(&self.inner).unverified.clone()
    }

    /// Since when somebody's open transaction keeps the log from being read; `None`: it doesn't.
    pub fn log_blocked_since(&self, since: Option<Timestamp>) {
        locked(&self.inner).blocked_since = since;
    }

    /// Since when the log is blocked.
    pub fn blocked_since(&self) -> Option<Timestamp> {
        locked(&self.inner).blocked_since
    }

    /// Interactions are held back as of `now`, for this reason; `None`: they flow.
    pub fn interactions_held_back(&self, now: Timestamp, hold: Option<Hold>) {
        let mut inner = locked(&self.inner);
        let since = inner.held_back.map_or(now, |(since, _)| since);
        inner.held_back = hold.map(|hold| (since, hold));
    }

    /// Since when interactions are held back, and why; `None`: they flow.
    pub fn held_back(&self) -> Option<(Timestamp, Hold)> {
        locked(&self.inner).held_back
    }

    /// The time of the newest record on the topic of activities; `None`: nobody knows.
    pub fn activity_feed_reaches(&self, topic: &str, newest: Option<Timestamp>) {
        locked(&self.inner).activity_feed = newest.map(|newest| (topic.to_owned(), newest));
    }

    /// The topic of activities, and the time of its newest record; `None`: nobody knows.
    pub fn activity_feed(&self) -> Option<(String, Timestamp)> {
        locked(&self.inner).activity_feed.clone()
    }

    /// By how much this process's clock is ahead of the brokers', in ms, at least; negative: behind; `None`: nobody knows.
    pub fn clock_skew(&self, skew_ms: Option<i64>) {
        locked(&self.inner).clock_skew_ms = skew_ms;
    }

    /// By how much the clock is ahead or behind.
    pub fn clock_skew_ms(&self) -> Option<i64> {
        locked(&self.inner).clock_skew_ms
    }

    /// So many records of an input wait, and since when none of some partition was taken although it has some.
    pub fn input_lags(&self, input: &'static str, records: u64, stalled_since: Option<Timestamp>) {
        locked(&self.inner).inputs.insert(input, InputLag { records, stalled_since });
    }

    /// What waits in each input that was looked at.
    pub fn inputs(&self) -> BTreeMap<&'static str, InputLag> {
        locked(&self.inner).inputs.clone()
    }

    /// Topics that no leads are copied to now, and why; names of the configuration.
    pub fn copies_are_left_out(&self, topics: BTreeMap<String, String>) {
        locked(&self.inner).copies_left_out = topics;
    }

    /// Topics that no leads are copied to now, and why.
    pub fn copies_left_out(&self) -> BTreeMap<String, String> {
        locked(&self.inner).copies_left_out.clone()
    }

    /// Kafka gave an answer.
    pub fn kafka_answers(&self) {
        locked(&self.inner).kafka_silence = None;
    }

    /// Kafka gave none; the reason is the client's, and names brokers at most.
    pub fn kafka_is_silent(&self, now: Timestamp, reason: impl Into<String>) {
        let mut inner = locked(&self.inner);
        let since = inner.kafka_silence.as_ref().map_or(now, |(since, _)| *since);
        inner.kafka_silence = Some((since, reason.into()));
    }

    /// Since when Kafka gives no answer, and why; `None`: it does.
    pub fn kafka_silence(&self) -> Option<(Timestamp, String)> {
        locked(&self.inner).kafka_silence.clone()
    }

    /// What the workers say.
    pub fn workers(&self) -> Vec<WorkerStatus> {
        locked(&self.inner).workers.iter().map(|vitals| vitals.snapshot()).collect()
    }
}

/// Shows the newer of two; says whether it is another.
fn newer(shown: &mut Option<LawStatus>, found: LawStatus) -> bool {
    let is_news = shown.as_ref().is_none_or(|shown| shown.revision < found.revision);
    if is_news {
        *shown = Some(found);
    }
    is_news
}

/// A lock whose holder panicked still guards figures that are whole: each change is one insert or store.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
