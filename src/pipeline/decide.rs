//! Decide: folds the log. Each record goes through [`crate::engine::step()`]; what follows is written, what changed is staged, and both
//! become true with the transaction (TXN-1, TXN-2).
//!
//! This file refuses to know what a decision means: it writes, counts and holds the stores.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use compact_str::CompactString;

use super::broker_time::BrokerTime;
use super::clock::Clock;
use super::copies::{Copies, LeftOut};
use super::dead_letters::write_dead_letter;
use super::facts::Facts;
use super::identities::RestsOn;
use super::stage::{NotPrepared, NotProcessed, Preparation, Prepared, Shown, Spoilt, Stage, Stopped};
use super::standing::{self, Standing};
use super::status::Status;
use crate::contract::account_key::FreeMail;
use crate::contract::code::{LOG_NEWER, POSITION_DISAGREES, Refusal, STATE_LOST, STEP_PANICKED};
use crate::contract::headers::{Headers as _, RELEVO_SOURCE};
use crate::contract::log::{self, LogHeaders};
use crate::contract::outgoing::{Failed, Place};
use crate::contract::{Code, Timestamp};
use crate::engine::{self, Entry, Moment, View as _};
use crate::kafka::offsets::{LawNote, Offsets};
use crate::kafka::record::Outgoing;
use crate::kafka::{Connection, Error, Identity, Incoming, TopicPartition, Transaction, failpoint, reader};
use crate::state::open_leads::OpenLeads;
use crate::state::{self, Format, LastRecord, Store};

use self::outputs::Origin;

/// How long an earlier owner's open transaction is waited for.
const SETTLING_PATIENCE: Duration = Duration::from_secs(30);
/// The log's name in metrics.
const LOG: &str = "intake";

/// The topics that Decide reads and writes.
#[derive(Clone, Debug)]
pub struct DecideTopics {
    /// The log.
    pub log: String,
    /// State.
    pub changelog: String,
    /// Decisions.
    pub decisions: String,
    /// Leads.
    pub leads: String,
    /// Follow-up.
    pub follow_up: String,
    /// Dead letters.
    pub dead_letters: String,
}

/// What Decide needs to know.
#[derive(Clone)]
pub struct DecideSetup {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Its own group.
    pub group: String,
    /// Its worker.
    pub identity: Identity,
    /// The deployment's name: the source of its outputs.
    pub application: String,
    /// Topics.
    pub topics: DecideTopics,
    /// The most bytes of a dead letter.
    pub dead_letter_bytes: usize,
    /// Partitions of the log and of the changelog.
    pub partitions: u32,
    /// Topics that leads may be copied to.
    pub copies: Arc<Copies>,
    /// How the state is read and written.
    pub format: Format,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
    /// What the clock is held to.
    pub brokers: Arc<BrokerTime>,
    /// Where the law is shown.
    pub status: Arc<Status>,
}

/// The stage.
pub struct Decide {
    setup: DecideSetup,
    stores: BTreeMap<i32, Store>,
    facts: Facts,
    /// When the deadlines were due that this transaction tells of: how late they are is known when it has committed.
    due: Vec<Timestamp>,
    refused: Vec<(CompactString, &'static Code, String)>,
    free_mail: FreeMail,
    buffer: Vec<u8>,
    last_record: Option<Timestamp>,
}

impl Decide {
    /// A stage without partitions.
    pub fn new(setup: DecideSetup) -> Self {
        Self {
            setup,
            stores: BTreeMap::new(),
            facts: Facts::default(),
            due: Vec::new(),
            refused: Vec::new(),
            // What a domain says was settled when Intake made the key.
            free_mail: FreeMail::default(),
            buffer: Vec::with_capacity(4096),
            last_record: None,
        }
    }

    fn bury(&mut self, record: &Incoming<'_>, refusal: &Refusal, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let place = Place { topic: record.topic(), partition: record.partition(), offset: record.offset() };
        let source = text(record.value_of(RELEVO_SOURCE));
        let failed = Failed { place, source, key: record.key(), value: record.value() };
        let (topic, max_bytes) = (&self.setup.topics.dead_letters, self.setup.dead_letter_bytes);
        write_dead_letter(transaction, topic, max_bytes, failed, record, refusal, self.setup.clock.now())?;
        self.facts.dead_letter(refusal.code);
        self.facts.record(LOG, "dead_letter");
        Ok(())
    }

    fn show_law(&self) {
        let laws = self.stores.values().filter_map(|store| store.partition().law.as_ref());
        if let Some(law) = laws.max_by_key(|law| law.rulebook.revision) {
            self.setup.status.knows_teams(law.rulebook.teams.keys());
            self.setup.status.law_in_force(law.rulebook.revision, &law.rulebook.digest, law.is_unsigned());
        }
        let rosters = self.stores.values().filter_map(|store| store.partition().roster.as_ref());
        if let Some(used) = rosters.max_by_key(|used| used.roster.revision) {
            self.setup.status.roster_in_force(&used.record);
        }
        let named = |record: &log::InForce| (record.revision, record.digest.to_string());
        self.setup.status.change_law(|shown| {
            for (partition, store) in &self.stores {
                let (law, roster) = (store.partition().law.as_ref(), store.partition().roster.as_ref());
                shown.in_force.insert(*partition, law.map(|law| named(&law.record)));
                shown.rosters.insert(*partition, roster.map(|used| named(&used.record)));
            }
        });
    }
}

/// A header's text; none where it is not UTF-8.
fn text(value: Option<&[u8]>) -> Option<&str> {
    value.and_then(|value| std::str::from_utf8(value).ok())
}

impl Stage for Decide {
    type Prepared = Box<Store>;

    fn preparation(&self, partition: &TopicPartition) -> Preparation<Box<Store>> {
        let (setup, partition, doubts) = (self.setup.clone(), partition.clone(), Doubts::default());
        Box::new(move |cancel| {
            let offsets = Offsets::of(&setup.connection, &setup.group)?.asked_by(&setup.identity);
            // (a) The group's offset, once nobody's transaction is about to change it; (b) all of the changelog committed or not.
            let committed = offsets.settled(&partition, SETTLING_PATIENCE, &|| cancel.is_cancelled())?;
            let changelog = TopicPartition::new(&setup.topics.changelog, partition.partition);
            let end = offsets.await_stable(&changelog, &partition, SETTLING_PATIENCE, &|| cancel.is_cancelled())?;
            let (log_id, changelog_id) = (offsets.topic_id(&partition.topic)?, offsets.topic_id(&changelog.topic)?);
            // (c) The state.
            let mut store = Store::in_format(setup.format, partition.partition as u32, setup.partitions);
            let mut broken = None;
            let rows = reader::read_until(&setup.connection, &changelog, None, end, &|| cancel.is_cancelled(), |row| {
                if let (None, Err(error)) = (&broken, store.restore(row.key().unwrap_or_default(), row.value())) {
                    broken = Some((error, row.offset()));
                }
            })?;
            if let Some((error, offset)) = broken {
                return Err(NotPrepared::Stopped(unusable(&changelog, offset, &error)));
            }
            if let Err((key, error)) = store.restored() {
                // Its last row is the one: looked for only now, because it is hardly ever needed.
                let mut offset = 0;
                reader::read_to_end(&setup.connection, &changelog, None, &|| cancel.is_cancelled(), |row| {
                    if row.key() == Some(key.as_str().as_bytes()) {
                        offset = row.offset();
                    }
                })?;
                return Err(NotPrepared::Stopped(unusable(&changelog, offset, &error)));
            }
            verify::of_state(&changelog, store.partition(), &setup.status.authority()).map_err(NotPrepared::Stopped)?;
            // (d) They belong together, and the log has what comes next.
            let range = offsets.whole_range(&partition)?;
            let appended_at = |offset| reader::appended_at(&setup.connection, &partition, offset, &|| cancel.is_cancelled());
            let standing = Standing {
                partition: &partition,
                last_appended_at: standing::last_appended_at(store.position(), range, appended_at)?,
                log_id,
                changelog: (&changelog.topic, changelog_id),
                position: store.position(),
                committed: &committed,
                range,
            };
            let start = standing.start().map_err(|stopped| doubts.judge(stopped))?;
            believed(&partition, &store, setup.clock.now()).map_err(NotPrepared::Stopped)?;
            store.reads(log_id);
            tracing::info!(%partition, rows, accounts = store.accounts(), start, "state restored");
            let changelog = changelog_id.map(|id| (changelog.topic, id));
            Ok(Prepared { start, state: Box::new(store), rests_on: RestsOn { topic: log_id, changelog } })
        })
    }

    fn assigned(&mut self, partition: &TopicPartition, store: Box<Store>) {
        self.stores.insert(partition.partition, *store);
        self.show_law();
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.stores.remove(&partition.partition);
        }
        // What is known of its law stays known: laws only go forward, and a law that seems unknown would be offered again.
    }

    fn process(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed> {
        let partition = record.partition();
        let Some(store) = self.stores.get_mut(&partition) else { return Ok(()) };
        self.setup.brokers.read(partition, record.timestamp());
        let at = moment(store, record, self.setup.clock.now())?;
        self.last_record = Some(record.timestamp());
        let place = Place { topic: record.topic(), partition, offset: record.offset() };
        let cause = compact_str::format_compact!("{place}");
        let headers = LogHeaders::read(record);
        // Its type first: whatever else a newer version writes may be new too.
        let parsed = log::parse_with(headers, record.value().unwrap_or_default(), &self.free_mail)
            .and_then(|parsed| Ok((log::account_of(record.key(), &parsed)?, parsed)));
        let (key, parsed) = match parsed {
            Ok(parsed) => parsed,
            Err(refusal) if refusal.code == LOG_NEWER => {
                return Err(NotProcessed::Stopped(Stopped { code: LOG_NEWER, message: format!("{place}: {}.", refusal.message) }));
            }
            Err(refusal) => return Ok(self.bury(record, &refusal, transaction)?),
        };
        let source = text(headers.relevo_source).unwrap_or(&cause).into();
        let entry = Entry { key, record: parsed, cause: cause.clone(), source };
        failpoint::reach("step", entry.key.as_str());
        if let log::Record::PolicyOffered(_) | log::Record::RosterOffered(_) = entry.record {
            // The charter of this moment; the law that follows names it.
            store.judges_by(self.setup.status.authority());
        }
        if let log::Record::PolicyInForce(_) | log::Record::RosterInForce(_) = entry.record {
            verify::of_record(&place, &entry.record, store.partition(), &self.setup.status.authority())?;
        }
        let step = engine::step(store, &entry, at);
        store.stage(step.changes);
        self.facts.record(LOG, step.outcome.as_str());
        self.facts.irregular.extend(step.irregular);
        let origin = Origin { cause: &cause, partition, at, traceparent: text(headers.traceparent) };
        Ok(self.perform(step.effects, &origin, transaction)?)
    }

    fn poisoned(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed> {
        if let Some(store) = self.stores.get_mut(&record.partition()) {
            moment(store, record, self.setup.clock.now())?;
        }
        Ok(self.bury(record, &Refusal::new(STEP_PANICKED, "folding this record panicked"), transaction)?)
    }

    fn before_commit(&mut self, offsets: &[(TopicPartition, i64)], transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let now = self.setup.clock.now();
        for (partition, offset) in offsets {
            let Some(store) = self.stores.get_mut(&partition.partition) else { continue };
            let mut written = Ok(());
            store.write_staged(*offset, |key, value| {
                if written.is_ok() {
                    written = transaction.write(&Outgoing {
                        topic: &self.setup.topics.changelog,
                        partition: Some(partition.partition),
                        timestamp: Some(now),
                        key: Some(key),
                        value,
                        headers: &[],
                    });
                }
            });
            written?;
        }
        Ok(())
    }

    fn law(&self, partition: &TopicPartition) -> Option<LawNote> {
        let law = self.stores.get(&partition.partition)?.partition().law.as_ref()?;
        Some(LawNote { revision: law.rulebook.revision, digest: law.rulebook.digest.to_string(), unsigned: law.is_unsigned() })
    }

    fn roster(&self, partition: &TopicPartition) -> Option<LawNote> {
        let record = &self.stores.get(&partition.partition)?.partition().roster.as_ref()?.record;
        Some(LawNote { revision: record.revision, digest: record.digest.to_string(), unsigned: record.is_unsigned() })
    }

    fn committed(&mut self, offsets: &[(TopicPartition, i64)]) -> Facts {
        for (partition, offset) in offsets {
            if let Some(store) = self.stores.get_mut(&partition.partition) {
                store.promote(*offset);
            }
        }
        if self.facts.records.contains_key(&(LOG, engine::Outcome::LawChanged.as_str())) {
            self.show_law();
        }
        for (digest, code, message) in self.refused.drain(..) {
            tracing::warn!(%code, %digest, "rulebook or roster refused: {message}");
            self.setup.status.rulebook_refused(&digest, code, &message);
        }
        // What is allowed and can't be written to, the watch tells.
        if let Some(count) = self.facts.copies_left_out.get(&LeftOut::NotAllowed) {
            tracing::warn!(
                count,
                "leads were not copied: the route's topic is not among `routes.allowed_topics`; they are on the main topic"
            );
        }
        let now = self.setup.clock.now();
        self.facts.deadline_lateness_ms.extend(self.due.drain(..).map(|due_at| now.since_ms(due_at)));
        std::mem::take(&mut self.facts)
    }

    fn aborted(&mut self) {
        self.stores.values_mut().for_each(Store::drop_staged);
        self.facts = Facts::default();
        self.due.clear();
        self.refused.clear();
    }

    fn spoilt_by(&mut self, topic: &str, why: &str) -> Spoilt {
        self.setup.copies.spoilt_by(topic, why)
    }

    fn shown(&self) -> Shown {
        Shown {
            accounts: self.stores.values().fold((0, 0), |(count, bytes), store| (count + store.accounts(), bytes + store.accounts_bytes())),
            clock: self.stores.values().map(|store| store.partition().clock.now).min(),
            last_record: self.last_record,
        }
    }

    fn open_leads(&self) -> Vec<Arc<Mutex<OpenLeads>>> {
        self.stores.values().map(Store::open_leads).collect()
    }

    fn wants_transaction(&mut self) -> bool {
        false // whatever becomes due does so by a record
    }

    /// Until it is known whether this process's clock is right: a lead that was handed off with a wrong time keeps it.
    fn holds_back(&mut self, _partition: &TopicPartition) -> bool {
        !self.setup.brokers.is_settled(Instant::now())
    }
}

/// The moment of a record that is being folded, unless its append time can't be.
fn moment(store: &mut Store, record: &Incoming<'_>, now: Timestamp) -> Result<Moment, NotProcessed> {
    let appended_at = record.timestamp();
    let what = || format!("{}-{}-{} was appended at", record.topic(), record.partition(), record.offset());
    match append_time::impossible(what, appended_at, now) {
        Some(stopped) => Err(NotProcessed::Stopped(stopped)),
        None => {
            store.folds(LastRecord { offset: record.offset(), appended_at });
            Ok(store.moment(appended_at, now))
        }
    }
}

/// The same of the time that a state has come to.
fn believed(partition: &TopicPartition, store: &Store, now: Timestamp) -> Result<(), Stopped> {
    let what = || format!("{partition}: its state has come to");
    store.position().and_then(|position| append_time::impossible(what, position.ingested_at, now)).map_or(Ok(()), Err)
}

/// State and offset were read one after the other, perhaps from a leader that has just been elected: that they disagree is final when it was
/// met again.
#[derive(Default)]
struct Doubts(AtomicU32);

impl Doubts {
    /// How often it is met before it is final.
    const TIMES: u32 = 3;

    fn judge(&self, stopped: Stopped) -> NotPrepared {
        let may_pass = stopped.code == POSITION_DISAGREES || stopped.code == STATE_LOST;
        if may_pass && self.0.fetch_add(1, Ordering::Relaxed) + 1 < Self::TIMES {
            return NotPrepared::Passing(Error::other("restoring", stopped.message));
        }
        NotPrepared::Stopped(stopped)
    }
}

fn unusable(changelog: &TopicPartition, offset: i64, error: &state::Error) -> Stopped {
    Stopped { code: error.code(), message: format!("{changelog}-{offset}: {error}.") }
}

mod append_time;
mod outputs;
#[cfg(test)]
mod tests;
mod verify;
