//! Intake: from the inputs to the log. Stateless: each record ends as records of the log, as one dead letter, or passed over for a
//! stated reason (TXN-4).
//!
//! It also lets time pass (watermarks) and offers rulebooks to the registrar. This file refuses to know what interactions mean.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::dead_letters::{may_refuse, write_dead_letter};
use super::facts::Facts;
use super::feed_watch::Feed;
use super::found_nothing::{FOUND_NOTHING, FoundNothing};
use super::group_watch::Gate;
use super::handed_on;
use super::identities::{RestsOn, another};
use super::offers::Offers;
use super::sources::{Source, Sources};
use super::stage::{Cancel, NotPrepared, NotProcessed, Preparation, Prepared, Shown, Stage, Stopped};
use crate::contract::account_key::FreeMail;
use crate::contract::admit::{Admitted, Verdict, admit};
use crate::contract::code::{OFFSET_OUT_OF_RANGE, OFFSETS_GONE, Refusal, STEP_PANICKED};
use crate::contract::envelope::InputContract;
use crate::contract::headers::CE_TYPE;
use crate::contract::heartbeat::Heartbeat;
use crate::contract::log::{Offered, POLICY_OFFERED, ROSTER_OFFERED, WATERMARK, Watermark};
use crate::contract::outgoing::{Failed, Place};
use crate::contract::wire::mended;
use crate::contract::{Irregularity, Timestamp};
use crate::engine::acceptance::REGISTRAR;
use crate::kafka::offsets::{LawNote, Note, Offsets};
use crate::kafka::record::Outgoing;
use crate::kafka::{Connection, Error, Identity, Incoming, TopicPartition, Transaction};
use crate::mapping::{Map, live};

/// The source of time where no feed of activities is configured.
const NO_FEED: &str = "none";
/// How long an earlier owner's open transaction is waited for.
const SETTLING_PATIENCE: Duration = Duration::from_secs(30);
/// The most headers of a record of the log.
const MAX_HEADERS: usize = 8;

/// An input topic.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name in metrics: `interactions`, `accounts`.
    pub label: &'static str,
    /// What it is read for.
    pub contract: InputContract,
    /// Whether it is held back while Decide is behind, or no law is known.
    pub waits: bool,
    /// The map by which its foreign JSON becomes interactions.
    pub map: Option<Arc<Map>>,
    /// Whether time passes only as far as its feed says by heartbeats.
    pub heartbeats: bool,
}

/// What Intake needs to know.
#[derive(Clone)]
pub struct IntakeSetup {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Its own group.
    pub group: String,
    /// Its worker.
    pub identity: Identity,
    /// What it reads; the first is the interactions, whose partition 0 lets time pass.
    pub inputs: Arc<[Input]>,
    /// The log.
    pub log: String,
    /// Partitions of the log.
    pub partitions: u32,
    /// Where dead letters go, and the most bytes of one.
    pub dead_letters: (String, usize),
    /// Domains that say nothing about a company.
    pub free_mail: Arc<FreeMail>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
    /// Whether interactions have to wait.
    pub gate: Arc<Gate>,
    /// How far the feed of activities reaches, where one is configured: time passes by it. Else by the interactions' partition 0.
    pub feed: Option<Arc<Feed>>,
    /// Rulebooks to be offered; only the first worker of a process offers.
    pub offers: Option<Arc<Offers>>,
    /// Rosters likewise.
    pub rosters: Option<Arc<Offers>>,
    /// How often time passes on the log.
    pub tick: Duration,
}

/// The stage.
pub struct Intake {
    setup: IntakeSetup,
    facts: Facts,
    source: String,
    owns_time: bool,
    /// The partitions of the feed that it owns, and as they were when the last transaction committed.
    sources: Sources,
    committed_sources: Sources,
    watermark_at: Instant,
    /// What the open transaction offers: rulebooks, rosters.
    offering: [Vec<Offered>; 2],
    found_nothing: FoundNothing,
    /// When the last record of the open transaction was appended to its input.
    last_record: Option<Timestamp>,
    /// The same of the transaction that was committed last, if it had a record.
    committed_record: Option<Timestamp>,
}

impl Intake {
    /// A stage without partitions.
    pub fn new(setup: IntakeSetup) -> Self {
        Self {
            setup,
            facts: Facts::default(),
            source: String::new(),
            owns_time: false,
            sources: Sources::default(),
            committed_sources: Sources::default(),
            watermark_at: Instant::now(),
            offering: [Vec::new(), Vec::new()],
            found_nothing: FoundNothing::default(),
            last_record: None,
            committed_record: None,
        }
    }

    fn input(&self, topic: &str) -> Option<usize> {
        self.setup.inputs.iter().position(|input| input.contract.topic == topic)
    }

    /// Writes what a record leads to, and says what became of it; or why it is refused.
    fn forward(
        &mut self,
        index: usize,
        record: &Incoming<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<Result<&'static str, Refusal>, Error> {
        let setup = &self.setup;
        let value = record.value().map(mended);
        let admitted = match judge(&setup.inputs[index], record, value.as_deref(), &setup.free_mail, setup.partitions) {
            Ok(Judged::Forward(admitted)) => admitted,
            Ok(Judged::Ignored(why)) => return Ok(Ok(why)),
            Ok(Judged::Heartbeat(heartbeat)) => {
                self.sources.hear(record.partition(), heartbeat.at, setup.clock.now());
                return Ok(Ok("heartbeat"));
            }
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.facts.irregular.extend(admitted.doubt);
        self.source.clear();
        // A `String` takes whatever is written.
        let _ = write!(self.source, "{}-{}-{}", record.topic(), record.partition(), record.offset());
        let now = setup.clock.now();
        for (partition, written) in admitted.writes(setup.partitions) {
            let mut headers: [(&str, Option<&[u8]>); MAX_HEADERS] = [("", None); MAX_HEADERS];
            let mut count = 0;
            for ((name, value), slot) in admitted.headers(written, &self.source).zip(&mut headers) {
                *slot = (name, Some(value));
                count += 1;
            }
            transaction.write(&Outgoing {
                topic: &setup.log,
                partition: Some(partition as i32),
                timestamp: Some(now),
                key: Some(written.key.as_bytes()),
                value: Some(&written.value),
                headers: &headers[..count],
            })?;
        }
        Ok(Ok("forwarded"))
    }

    fn bury(&mut self, index: usize, record: &Incoming<'_>, refusal: &Refusal, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let place = Place { topic: record.topic(), partition: record.partition(), offset: record.offset() };
        let failed = Failed { place, source: None, key: record.key(), value: record.value() };
        let (topic, max_bytes) = (&self.setup.dead_letters.0, self.setup.dead_letters.1);
        write_dead_letter(transaction, topic, max_bytes, failed, record, refusal, self.setup.clock.now())?;
        self.facts.dead_letter(refusal.code);
        if may_refuse(record.value()) {
            self.facts.irregular.push(Irregularity::ConsentDeadLettered);
        }
        self.facts.record(self.setup.inputs[index].label, "dead_letter");
        Ok(())
    }

    /// Whether time passes on the log by this partition.
    fn is_of_feed(&self, partition: &TopicPartition) -> bool {
        self.setup.feed.as_ref().is_some_and(|feed| *feed.topic == *partition.topic)
    }

    /// How late it is on the log once the open transaction is committed, as far as this worker can say.
    fn watermark(&self) -> Option<Watermark> {
        let Some(feed) = &self.setup.feed else {
            return self.owns_time.then(|| Watermark { as_of: [(NO_FEED.into(), self.setup.clock.now())].into(), sources: 1 });
        };
        let by_heartbeats = self.setup.inputs.iter().any(|input| input.heartbeats);
        let as_of = self.sources.as_of(feed, by_heartbeats);
        // Whoever does not know how many sources there are can't say that all of them have been read.
        let sources = feed.partitions();
        (sources > 0 && !as_of.is_empty()).then_some(Watermark { as_of, sources })
    }

    /// Offers the registrar what waits.
    fn offer(
        &self,
        offers: Option<&Offers>,
        event: &'static str,
        key: &'static str,
        transaction: &mut Transaction<'_>,
    ) -> Result<Vec<Offered>, Error> {
        let waiting = offers.map_or_else(Vec::new, Offers::waiting);
        for offered in &waiting {
            let json = serde_json::to_vec(offered).expect("an offer is plain data");
            self.own(event, key, REGISTRAR, &json, transaction)?;
        }
        Ok(waiting)
    }

    fn own(
        &self,
        event: &'static str,
        key: &'static str,
        partition: u32,
        value: &[u8],
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Error> {
        transaction.write(&Outgoing {
            topic: &self.setup.log,
            partition: Some(partition as i32),
            timestamp: Some(self.setup.clock.now()),
            key: Some(key.as_bytes()),
            value: Some(value),
            headers: &[(CE_TYPE, Some(event.as_bytes()))],
        })
    }
}

/// What becomes of a record that is not refused.
enum Judged<'a> {
    Forward(Admitted<'a>),
    /// Passed over; the reason, as metrics name it.
    Ignored(&'static str),
    /// A feed is alive.
    Heartbeat(Heartbeat),
}

/// Judges a record by the contract alone, or by the input's map first.
fn judge<'a>(
    input: &'a Input,
    record: &'a Incoming<'_>,
    value: Option<&'a [u8]>,
    free_mail: &FreeMail,
    partitions: u32,
) -> Result<Judged<'a>, Refusal> {
    const TYPE_IGNORED: &str = "type_ignored";
    const TOMBSTONE: &str = "tombstone";
    let Some(map) = &input.map else {
        return Ok(match admit(&input.contract, record, record.key(), value, free_mail, partitions)? {
            Verdict::Forward(admitted) => Judged::Forward(admitted),
            Verdict::Ignored => Judged::Ignored(TYPE_IGNORED),
            Verdict::Tombstone => Judged::Ignored(TOMBSTONE),
            Verdict::Heartbeat(heartbeat) => Judged::Heartbeat(heartbeat),
        });
    };
    Ok(match live::admit(map, &input.contract, record, value, free_mail, partitions)? {
        live::Verdict::Forward(admitted) => Judged::Forward(admitted),
        live::Verdict::TypeIgnored => Judged::Ignored(TYPE_IGNORED),
        live::Verdict::PassedOver => Judged::Ignored("map_ignored"),
        live::Verdict::FoundNothing => Judged::Ignored(FOUND_NOTHING),
        live::Verdict::Tombstone => Judged::Ignored(TOMBSTONE),
    })
}

/// Whether the group's offsets are gone: it has none of any input, and has worked before. A partition or an input that is new has none either,
/// but then others have.
fn lost_its_offsets(setup: &IntakeSetup, offsets: &Offsets, cancel: &Cancel) -> Result<bool, Error> {
    // The embedded broker has none of any transaction.
    if setup.connection.is_embedded() {
        return Ok(false);
    }
    // The log first: what is seen on it was committed with offsets, which are there before they are asked for.
    if !handed_on::has_worked(&setup.connection, &setup.log, setup.partitions, &|| cancel.is_cancelled())? {
        return Ok(false);
    }
    let mut inputs = Vec::new();
    for input in setup.inputs.iter() {
        inputs.extend(offsets.partitions_of(&input.contract.topic)?);
    }
    Ok(offsets.committed(&inputs, true)?.iter().all(|committed| committed.offset.is_none()))
}

impl Stage for Intake {
    type Prepared = i64;

    /// Reading begins at the committed offset, once nobody's transaction is about to change it; without one, at the beginning.
    fn preparation(&self, partition: &TopicPartition) -> Preparation<i64> {
        let (setup, partition) = (self.setup.clone(), partition.clone());
        Box::new(move |cancel| {
            let offsets = Offsets::of(&setup.connection, &setup.group)?.asked_by(&setup.identity);
            let committed = offsets.settled(&partition, SETTLING_PATIENCE, &|| cancel.is_cancelled())?;
            let topic_id = offsets.topic_id(&partition.topic)?;
            let known = Note::decode(&committed.metadata).topic;
            if let Some(stopped) = another(&partition, &partition.topic, known, topic_id, false) {
                return Err(NotPrepared::Stopped(stopped));
            }
            let range = offsets.whole_range(&partition)?;
            let start = match committed.offset {
                Some(offset) => offset,
                None if lost_its_offsets(&setup, &offsets, cancel)? => {
                    let message =
                        format!("{partition}: the group {} has no offsets, and {} has what Intake wrote.", setup.group, setup.log);
                    return Err(NotPrepared::Stopped(Stopped { code: OFFSETS_GONE, message }));
                }
                None => range.begin,
            };
            if start < range.begin || start > range.end {
                let message = format!("{partition}: offset {start} is wanted, and the topic has {} to {}.", range.begin, range.end);
                return Err(NotPrepared::Stopped(Stopped { code: OFFSET_OUT_OF_RANGE, message }));
            }
            Ok(Prepared { start, state: start, rests_on: RestsOn { topic: topic_id, changelog: None } })
        })
    }

    fn assigned(&mut self, partition: &TopicPartition, start: i64) {
        self.owns_time |= partition.partition == 0 && self.input(&partition.topic) == Some(0);
        if self.is_of_feed(partition) {
            let source = Source { position: start, waits_for: None, as_of: None, heartbeat: None };
            self.sources.0.insert(partition.partition, source);
            self.committed_sources.0.insert(partition.partition, source);
        }
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        if partitions.iter().any(|partition| partition.partition == 0 && self.input(&partition.topic) == Some(0)) {
            self.owns_time = false;
        }
        for partition in partitions {
            if self.is_of_feed(partition) {
                self.sources.0.remove(&partition.partition);
                self.committed_sources.0.remove(&partition.partition);
            }
        }
    }

    fn process(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed> {
        let Some(index) = self.input(record.topic()) else { return Ok(()) };
        self.last_record = Some(record.timestamp());
        let label = self.setup.inputs[index].label;
        match self.forward(index, record, transaction)? {
            Ok(outcome) => {
                self.found_nothing.after(outcome, record);
                self.facts.record(label, outcome);
            }
            Err(refusal) => self.bury(index, record, &refusal, transaction)?,
        }
        Ok(())
    }

    fn poisoned(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed> {
        let Some(index) = self.input(record.topic()) else { return Ok(()) };
        let refusal = Refusal::new(STEP_PANICKED, "parsing this record panicked");
        Ok(self.bury(index, record, &refusal, transaction)?)
    }

    fn before_commit(&mut self, offsets: &[(TopicPartition, i64)], transaction: &mut Transaction<'_>) -> Result<(), Error> {
        self.offering = [
            self.offer(self.setup.offers.as_deref(), POLICY_OFFERED, "policy_offered", transaction)?,
            self.offer(self.setup.rosters.as_deref(), ROSTER_OFFERED, "roster_offered", transaction)?,
        ];
        if let Some(feed) = &self.setup.feed {
            self.sources.reach(offsets, feed);
        }
        if self.watermark_at.elapsed() >= self.setup.tick
            && let Some(watermark) = self.watermark()
        {
            let json = serde_json::to_vec(&watermark).expect("a watermark is plain data");
            for partition in 0..self.setup.partitions {
                self.own(WATERMARK, "watermark", partition, &json, transaction)?;
            }
            self.watermark_at = Instant::now();
        }
        Ok(())
    }

    fn law(&self, _partition: &TopicPartition) -> Option<LawNote> {
        None
    }

    fn committed(&mut self, _offsets: &[(TopicPartition, i64)]) -> Facts {
        let offering = std::mem::take(&mut self.offering);
        for (offers, offered) in [&self.setup.offers, &self.setup.rosters].into_iter().zip(offering) {
            offers.iter().for_each(|offers| offers.offered(&offered));
        }
        self.committed_sources.clone_from(&self.sources);
        self.committed_record = self.last_record.take();
        if let Some(last) = self.committed_record {
            self.facts.own_delays_ms.push(self.setup.clock.now().since_ms(last));
        }
        std::mem::take(&mut self.facts)
    }

    fn aborted(&mut self) {
        self.facts = Facts::default();
        self.offering = <[Vec<Offered>; 2]>::default();
        self.last_record = None;
        // What was to be forwarded with it is not on the log, so no instant behind it counts.
        self.sources.clone_from(&self.committed_sources);
    }

    fn shown(&self) -> Shown {
        Shown { last_record: self.committed_record, ..Shown::default() }
    }

    fn wants_transaction(&mut self) -> bool {
        let tells_time = if self.setup.feed.is_some() { !self.sources.0.is_empty() } else { self.owns_time };
        (tells_time && self.watermark_at.elapsed() >= self.setup.tick)
            || self.setup.offers.as_ref().is_some_and(|offers| !offers.is_empty())
            || self.setup.rosters.as_ref().is_some_and(|rosters| !rosters.is_empty())
    }

    fn holds_back(&mut self, partition: &TopicPartition) -> bool {
        self.setup.gate.is_closed() && self.input(&partition.topic).is_some_and(|index| self.setup.inputs[index].waits)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::pipeline::SystemClock;
    use crate::pipeline::feed_watch::Reach;

    fn intake(feed: Option<Arc<Feed>>) -> Intake {
        Intake::new(IntakeSetup {
            connection: Connection::default(),
            group: String::new(),
            identity: Identity { application: "relevo".into(), pod: "pod-0".into(), stage: "intake", worker: 0 },
            inputs: Arc::new([]),
            log: String::new(),
            partitions: 1,
            dead_letters: (String::new(), 0),
            free_mail: Arc::default(),
            clock: Arc::new(SystemClock),
            gate: Arc::default(),
            feed,
            offers: None,
            rosters: None,
            tick: Duration::from_secs(1),
        })
    }

    /// FU-3: a broker that has just come up knows no partition of the feed, and to be told of none is not to have read all.
    #[test]
    fn fu_3_who_does_not_know_how_many_sources_there_are_tells_no_time() {
        let feed = Arc::new(Feed::of("a"));
        let mut intake = intake(Some(Arc::clone(&feed)));
        let at = Timestamp::from_ms(1_800_000_000_000);
        intake.sources.0.insert(0, Source { position: 5, waits_for: None, as_of: Some(at), heartbeat: None });
        assert_eq!(intake.watermark(), None);
        feed.set([(0, Reach { at, end: 5 }), (1, Reach { at, end: 0 })].into());
        assert_eq!(intake.watermark(), Some(Watermark { as_of: [("a-0".into(), at)].into(), sources: 2 }));
        feed.set(BTreeMap::new());
        assert_eq!(intake.watermark(), None);
    }

    /// A regression: the age of the last record was counted again with each watermark, so an hour without a record looked like a delay
    /// of an hour.
    #[test]
    fn txn_2_a_transaction_without_records_counts_no_delay() {
        let mut intake = intake(None);
        let at = Some(Timestamp::from_ms(1_800_000_000_000));
        intake.last_record = at; // as a record does
        for (delays, shown) in [(1, at), (0, None)] {
            assert_eq!((intake.committed(&[]).own_delays_ms.len(), intake.shown().last_record), (delays, shown));
        }
        intake.last_record = at;
        intake.aborted();
        assert!(intake.committed(&[]).own_delays_ms.is_empty());
    }
}
