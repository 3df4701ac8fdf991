//! The transactional loop of one worker: one thread, one consumer, one producer, one stage.
//!
//! Poll, process into the open transaction, commit when the inputs are empty or a bound is reached. Between transactions it
//! hands partitions over. What it knows is what was committed: a transaction that was rolled back leaves no trace but a seek back
//! to where it began (TXN-1, TXN-2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock::{Clock as _, SystemClock};
use super::delivery::Delivery;
use super::facts::Observer;
use super::identities::{Identities, RestsOn};
use super::look_again::LookAgain;
use super::restore::{Preparations, Ready};
use super::stage::{Prepared, Stage, StageName, Stopped};
use super::status::Status;
use super::transact::{Terms, Turned, transact};
use super::unreadable::Unreadable;
use crate::kafka::consumer::Polled;
use crate::kafka::offsets::Offsets;
use crate::kafka::rights::RightsOf;
use crate::kafka::{Connection, Error, GroupConsumer, Identity, Producer, Rebalance, TopicPartition};
use crate::metrics::Vitals;

mod ending;
mod halting;
mod reading;

/// When a transaction is committed.
#[derive(Clone, Copy, Debug)]
pub struct CommitBounds {
    /// The shortest, if the inputs are empty.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
    /// The most records.
    pub max_records: usize,
    /// The most bytes of outputs.
    pub max_bytes: usize,
}

/// What a worker is made of.
pub struct Setup {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Who it is.
    pub identity: Identity,
    /// Its stage's name.
    pub stage: StageName,
    /// Its consumer group.
    pub group: String,
    /// What it reads.
    pub topics: Vec<String>,
    /// When it commits.
    pub bounds: CommitBounds,
    /// Which topics there are now.
    pub identities: Arc<Identities>,
    /// What the workers of the process share.
    pub status: Arc<Status>,
    /// Where it shows itself.
    pub vitals: Arc<Vitals>,
    /// Who counts.
    pub observer: Arc<dyn Observer>,
}

/// How long an idle poll waits.
const IDLE: Duration = Duration::from_millis(50);
/// At low load a transaction that begins right after another one meets CONCURRENT_TRANSACTIONS, which costs 20 ms.
const BREATH: Duration = Duration::from_millis(8);
/// A transaction with fewer records than this was one of low load.
const LOW_LOAD: usize = 1_000;
/// Positions that moved without records (transaction markers) are committed this often.
const MARKERS_EVERY: Duration = Duration::from_secs(1);
/// Offsets of quiet partitions are committed again this often, so that none expires.
const RENEW_EVERY: Duration = Duration::from_secs(3_600);
/// A client of the group that dies again within this time ends its worker.
const REJOIN_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// A partition that is being processed.
pub(super) struct Owned {
    /// The next offset, as committed.
    pub next: i64,
    /// The topics that it belongs to.
    pub rests_on: RestsOn,
}

/// A worker.
pub struct Worker<S: Stage> {
    setup: Setup,
    stage: S,
    consumer: GroupConsumer,
    producer: Producer,
    offsets: Offsets,
    preparations: Preparations<S::Prepared>,
    owned: BTreeMap<TopicPartition, Owned>,
    held_back: BTreeSet<TopicPartition>,
    /// The topics that the progress of its partitions belongs to, halted ones included.
    rests_on: BTreeMap<TopicPartition, RestsOn>,
    /// How often topics had changed, and how many partitions there were, when it was looked whether theirs are still there.
    looked_at: (u64, usize),
    /// Records that made the stage panic: they become dead letters.
    poisoned: BTreeSet<(TopicPartition, i64)>,
    /// What can't be delivered, and who is halted for it: no partition is halted and owned.
    delivery: Delivery,
    rights: RightsOf,
    /// Partitions whose next batch can't be read: assigned, paused, and not owned.
    unreadable: Unreadable,
    /// Topics that producers before this one have written to.
    written_to: BTreeSet<String>,
    markers_at: Instant,
    renewed_at: Instant,
    rejoined_at: Option<Instant>,
    look_again: LookAgain,
}

impl<S: Stage> Worker<S> {
    /// Takes over the worker's identity, then joins its group.
    ///
    /// # Errors
    /// Settings that are refused, or no right to the identity.
    pub fn start(setup: Setup, stage: S) -> Result<Self, Error> {
        let producer = take_over(&setup)?;
        let topics: Vec<&str> = setup.topics.iter().map(String::as_str).collect();
        let consumer = GroupConsumer::join(&setup.connection, &setup.group, &setup.identity, &topics)?;
        let offsets = Offsets::of(&setup.connection, &setup.group)?.asked_by(&setup.identity);
        let rights = RightsOf::asked_over(&setup.connection)?;
        let now = Instant::now();
        Ok(Self {
            setup,
            stage,
            consumer,
            producer,
            offsets,
            preparations: Preparations::default(),
            owned: BTreeMap::new(),
            held_back: BTreeSet::new(),
            rests_on: BTreeMap::new(),
            looked_at: (0, 0),
            poisoned: BTreeSet::new(),
            delivery: Delivery::default(),
            rights,
            unreadable: Unreadable::default(),
            written_to: BTreeSet::new(),
            markers_at: now,
            renewed_at: now,
            rejoined_at: None,
            look_again: LookAgain::default(),
        })
    }

    /// Works until the process is asked to end.
    ///
    /// # Errors
    /// The worker can't go on: it was fenced, or its client has died. The process is to end and be started again.
    pub fn run(&mut self) -> Result<(), Error> {
        let _worker = tracing::info_span!("worker", identity = %self.setup.identity).entered();
        while !self.setup.status.is_stopping() {
            self.setup.vitals.beat(SystemClock.now());
            self.hand_over()?;
            self.look_again.due(Instant::now()).into_iter().for_each(|partition| self.prepare(partition));
            self.begin_prepared()?;
            self.try_halted_again()?;
            self.try_to_read_again()?;
            self.look_at_identities()?;
            self.hold_back()?;
            self.turn()?;
        }
        Ok(())
    }

    /// From now on a partition is processed from this offset.
    fn own(&mut self, partition: &TopicPartition, next: i64) {
        let rests_on = self.rests_on.get(partition).cloned().unwrap_or_default();
        self.owned.insert(partition.clone(), Owned { next, rests_on });
    }

    /// Shows which partitions it has.
    fn show_partitions(&self) {
        let restoring = self.preparations.running() as u32;
        self.setup.vitals.restoring(restoring);
        self.setup.vitals.owns(self.owned.len() as u32);
        self.setup.vitals.open_leads(self.stage.open_leads());
    }

    /// Handles what the group said, with no transaction open.
    fn hand_over(&mut self) -> Result<(), Error> {
        while let Some(event) = self.consumer.next_rebalance() {
            match event {
                Rebalance::Assigned(partitions) => {
                    self.consumer.acknowledge_assigned()?;
                    for partition in partitions {
                        self.prepare(partition);
                    }
                    // Also when none came: a worker that stands by is as ready as any.
                    self.show_partitions();
                }
                Rebalance::Revoked(partitions) | Rebalance::Lost(partitions) => {
                    self.drop_partitions(&partitions);
                    partitions.iter().for_each(|partition| {
                        self.look_again.forget(partition);
                    });
                    if let Err(error) = self.consumer.give_up(&partitions) {
                        tracing::info!(%error, "the group went on before its partitions were given up");
                    }
                }
            }
        }
        Ok(())
    }

    fn prepare(&mut self, partition: TopicPartition) {
        let preparation = self.stage.preparation(&partition);
        self.preparations.begin(partition, preparation);
        self.show_partitions();
    }

    fn drop_partitions(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.preparations.cancel(partition);
            self.owned.remove(partition);
            self.rests_on.remove(partition);
            self.held_back.remove(partition);
            self.delivery.forget(partition, Instant::now());
            self.unreadable.forget(partition);
        }
        self.stage.revoked(partitions);
        partitions.iter().for_each(|partition| self.setup.vitals.resumed(&partition.to_string()));
        self.show_partitions();
    }

    /// Begins to read partitions whose preparation has ended.
    fn begin_prepared(&mut self) -> Result<(), Error> {
        while let Some(Ready { partition, result, took }) = self.preparations.next_ready() {
            match result {
                Ok(Prepared { start, state, rests_on }) => {
                    if let Err(error) = self.consumer.read_from(&partition, start) {
                        tracing::info!(%partition, %error, "the partition went to another worker while it was restored");
                        continue;
                    }
                    tracing::info!(%partition, start, seconds = took.as_secs_f64(), "partition begins");
                    if self.setup.stage == StageName::Decide {
                        self.setup.observer.restored(took);
                    }
                    self.stage.assigned(&partition, state);
                    self.rests_on.insert(partition.clone(), rests_on);
                    self.own(&partition, start);
                    self.show_partitions();
                }
                Err(stopped) => self.stop_partition(&partition, &stopped)?,
            }
        }
        Ok(())
    }

    /// Leaves a partition standing: an operator has to look, and what may pass is looked at again. The others go on.
    fn stop_partition(&mut self, partition: &TopicPartition, stopped: &Stopped) -> Result<(), Error> {
        tracing::error!(%partition, code = %stopped.code, "partition halted: {} {} {}", stopped.message, stopped.code.title, stopped.code.help);
        self.drop_partitions(std::slice::from_ref(partition));
        self.setup.vitals.stopped(&partition.to_string(), stopped.code, &stopped.message);
        if stopped.passes() {
            self.look_again.halted(partition, Instant::now());
        }
        self.consumer.stop_reading(partition)
    }

    /// Stops partitions whose topic was deleted and made again meanwhile.
    fn look_at_identities(&mut self) -> Result<(), Error> {
        let changes = self.setup.identities.changes();
        // A partition that has begun since is looked at too: what was prepared may be gone already.
        let looked_at = (changes, self.owned.len());
        if std::mem::replace(&mut self.looked_at, looked_at) == looked_at {
            return Ok(());
        }
        let gone = |(partition, owned): (&TopicPartition, &Owned)| {
            Some((partition.clone(), self.setup.identities.gone(partition, &owned.rests_on)?))
        };
        let gone: Vec<_> = self.owned.iter().filter_map(gone).collect();
        gone.iter().try_for_each(|(partition, stopped)| self.stop_partition(partition, stopped))
    }

    /// Holds partitions back, or lets them go on, as the stage wants; a new assignment is asked about anew.
    fn hold_back(&mut self) -> Result<(), Error> {
        let (mut hold, mut release) = (Vec::new(), Vec::new());
        for partition in self.owned.keys() {
            let others_turn = self.delivery.alone().is_some_and(|alone| alone != partition);
            match (others_turn || self.stage.holds_back(partition), self.held_back.contains(partition)) {
                (true, false) => hold.push(partition.clone()),
                (false, true) => release.push(partition.clone()),
                _ => {}
            }
        }
        if !hold.is_empty() {
            self.consumer.hold_back(&hold, true)?;
            self.held_back.extend(hold);
        }
        if !release.is_empty() {
            self.consumer.hold_back(&release, false)?;
            release.iter().for_each(|partition| {
                self.held_back.remove(partition);
            });
        }
        Ok(())
    }

    /// Polls, and makes a transaction of what comes, or of what has become due without a record.
    fn turn(&mut self) -> Result<(), Error> {
        let due =
            !self.owned.is_empty() && (self.stage.wants_transaction() || self.markers_moved() || self.renewed_at.elapsed() > RENEW_EVERY);
        let group = self.consumer.group_metadata().filter(|_| !self.consumer.has_lost());
        let first = match self.consumer.poll(if due { Duration::ZERO } else { IDLE }) {
            Polled::Record(record) => Some(record),
            Polled::Nothing if due => None,
            Polled::Nothing => {
                self.setup.vitals.oldest_unprocessed(None);
                if let Some(quiet) = self.delivery.nothing_came(Instant::now()) {
                    self.goes_on(&quiet);
                }
                return Ok(());
            }
            Polled::Passing(error) => {
                tracing::debug!(%error, "reading goes on when it has passed");
                return Ok(());
            }
            Polled::Unreadable(error) => return self.not_read(&error),
            Polled::PassedOver(error) => return self.passed_over(&error),
            Polled::OutOfRange => return self.stop_out_of_range(),
            Polled::Fatal(error) => {
                drop(group);
                return self.rejoin(error);
            }
        };
        // What came after the group took its partitions away is not ours: the rebalance that says so comes next.
        let Some(group) = group else {
            drop(first);
            return self.roll_back();
        };
        // One span a batch, never one a record.
        let _batch = tracing::info_span!("batch").entered();
        let began = Instant::now();
        let renew = self.renewed_at.elapsed() > RENEW_EVERY;
        let turned = transact(
            &self.setup,
            &mut self.stage,
            &self.consumer,
            &mut self.producer,
            &self.owned,
            &self.poisoned,
            group,
            first,
            Terms { began, renew, max_records: self.delivery.max_records() },
        );
        self.markers_at = Instant::now();
        match turned {
            Ok(Turned { outcome, offsets, records, panicked, fatal, stopped, batch }) => {
                if renew {
                    self.renewed_at = Instant::now();
                }
                self.poisoned.extend(panicked);
                self.ended(outcome, &offsets, &batch, began)?;
                if let Some((partition, stopped)) = stopped {
                    self.stop_partition(&partition, &stopped)?;
                }
                if let Some(error) = fatal {
                    return self.rejoin(error);
                }
                if records < LOW_LOAD && !due {
                    std::thread::sleep(BREATH);
                }
                Ok(())
            }
            Err(error) => self.begin_failed(&error),
        }
    }

    /// Joins the group anew after its client has died. A broker that restarts may fence a static member that is alone in its identity:
    /// the answer to its last join was lost. Somebody who really has this identity fences the producer, and that ends this worker.
    ///
    /// # Errors
    /// It died not long ago too.
    fn rejoin(&mut self, error: Error) -> Result<(), Error> {
        if self.rejoined_at.is_some_and(|at| at.elapsed() < REJOIN_AT_MOST_EVERY) {
            return Err(error);
        }
        tracing::warn!(%error, "the group's client has died; joining anew");
        self.rejoined_at = Some(Instant::now());
        self.stage.aborted();
        let partitions: Vec<_> =
            self.owned.keys().chain(self.delivery.halted().keys()).chain(self.unreadable.partitions()).cloned().collect();
        self.drop_partitions(&partitions);
        self.preparations = Preparations::default();
        self.look_again = LookAgain::default();
        let topics: Vec<&str> = self.setup.topics.iter().map(String::as_str).collect();
        self.consumer = GroupConsumer::join(&self.setup.connection, &self.setup.group, &self.setup.identity, &topics)?;
        Ok(())
    }

    /// Whether a position has moved over transaction markers and was not committed for a while.
    fn markers_moved(&mut self) -> bool {
        if self.markers_at.elapsed() < MARKERS_EVERY {
            return false;
        }
        self.markers_at = Instant::now();
        let positions = self.consumer.positions();
        self.owned.iter().any(|(partition, owned)| positions.get(partition).is_some_and(|position| *position > owned.next))
    }

    /// A producer that can't begin is made anew; nothing was staged.
    fn begin_failed(&mut self, error: &Error) -> Result<(), Error> {
        tracing::warn!(%error, "the producer can't begin a transaction; making it anew");
        self.producer = take_over(&self.setup)?;
        self.roll_back()
    }
}

/// Makes the worker's producer, for as long as brokers are away and nobody asked the process to end.
fn take_over(setup: &Setup) -> Result<Producer, Error> {
    Producer::new(&setup.connection, &setup.identity.to_string(), &|_| {
        setup.vitals.beat(SystemClock.now());
        !setup.status.is_stopping()
    })
}
