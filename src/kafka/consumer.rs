//! A member of a consumer group. Rebalances are queued by the callback and handled by the loop, at a place where no
//! transaction is half done.
//!
//! A new assignment is acknowledged empty: each partition joins when its state is ready, with an explicit offset.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::closing::Closing;
use super::connection::Connection;
use super::error::Error;
use super::identity::Identity;
use super::record::{Incoming, TopicPartition};
use super::unreadable::{is_passed_over, is_unreadable};

/// What the group said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// These partitions are ours now.
    Assigned(Vec<TopicPartition>),
    /// These will be somebody else's: finish, and give them up.
    Revoked(Vec<TopicPartition>),
    /// These are somebody else's already: what is open must not commit.
    Lost(Vec<TopicPartition>),
}

/// What a poll brought.
pub enum Polled<'a> {
    /// A record.
    Record(Incoming<'a>),
    /// Nothing within the time; rebalances may be waiting.
    Nothing,
    /// The log does not have the offset of a partition any more, or not yet.
    OutOfRange,
    /// What lies in some partition can't be read, now or ever; which one, [`super::unreadable`] finds out.
    Unreadable(Error),
    /// The same of a batch that the client would pass over. Every poll says so, and brings nothing, until all partitions were sought.
    PassedOver(Error),
    /// The client can't go on and must be made anew.
    Fatal(Error),
    /// Something passed by that heals by itself: a broker is away.
    Passing(Error),
}

/// What the group said, in order, until the loop asks.
#[derive(Default)]
struct Events {
    queue: Mutex<VecDeque<Rebalance>>,
    /// How many wait: asked with each record, so without the lock.
    waiting: AtomicUsize,
}

impl Events {
    fn push(&self, event: Rebalance) {
        let mut queue = self.queue.lock().expect("nobody panics while holding it");
        queue.push_back(event);
        self.waiting.store(queue.len(), Ordering::Release);
    }

    fn pop(&self) -> Option<Rebalance> {
        let mut queue = self.queue.lock().expect("nobody panics while holding it");
        let event = queue.pop_front();
        self.waiting.store(queue.len(), Ordering::Release);
        event
    }
}

struct GroupContext {
    events: Arc<Events>,
    /// The consumer is being closed: nobody will handle the queue any more.
    closing: Arc<AtomicBool>,
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "relevo::kafka", %error, reason, "consumer");
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions = partitions_of(list);
        if self.closing.load(Ordering::Relaxed) {
            let answered = match error {
                RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => consumer.incremental_assign(&TopicPartitionList::new()),
                _ => consumer.incremental_unassign(&TopicPartitionList::new()),
            };
            if let Err(error) = answered {
                tracing::debug!(target: "relevo::kafka", %error, "closing");
            }
            return;
        }
        let event = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assigned(partitions),
            _ if consumer.assignment_lost() => Rebalance::Lost(partitions),
            _ => Rebalance::Revoked(partitions),
        };
        self.events.push(event);
    }

    fn main_queue_min_poll_interval(&self) -> rdkafka::util::Timeout {
        Duration::from_millis(100).into()
    }
}

fn partitions_of(list: &TopicPartitionList) -> Vec<TopicPartition> {
    list.elements().iter().map(|element| TopicPartition::new(element.topic(), element.partition())).collect()
}

/// A member of a consumer group.
pub struct GroupConsumer {
    consumer: Closing<BaseConsumer<GroupContext>>,
    events: Arc<Events>,
    closing: Arc<AtomicBool>,
    /// Partitions that are being read, with an explicit offset.
    reading: BTreeSet<TopicPartition>,
    /// The client has passed over a batch: what it brings now may be of after it.
    passed_over: RefCell<Option<Error>>,
}

impl GroupConsumer {
    /// Joins a group for these topics.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn join(connection: &Connection, group: &str, identity: &Identity, topics: &[&str]) -> Result<Self, Error> {
        let events = Arc::<Events>::default();
        let closing = Arc::<AtomicBool>::default();
        let consumer: BaseConsumer<GroupContext> = connection
            .group_consumer(group, identity)
            .create_with_context(GroupContext { events: Arc::clone(&events), closing: Arc::clone(&closing) })
            .map_err(|error| Error::from_rdkafka("making a consumer", &error))?;
        consumer.subscribe(topics).map_err(|error| Error::from_rdkafka("subscribing", &error))?;
        Ok(Self { consumer: Closing::of(consumer), events, closing, reading: BTreeSet::new(), passed_over: RefCell::new(None) })
    }

    /// Waits for a record or anything else, at most `timeout`.
    pub fn poll(&self, timeout: Duration) -> Polled<'_> {
        if let Some(error) = self.passed_over.borrow().as_ref() {
            return Polled::PassedOver(error.clone());
        }
        match self.consumer.poll(timeout) {
            None => Polled::Nothing,
            Some(Ok(message)) => Polled::Record(Incoming(message)),
            Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                Polled::Fatal(Error::new("reading", format!("{code} (another worker has this identity?)")))
            }
            Some(Err(error)) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => Polled::OutOfRange,
                Some(code) if is_passed_over(code) => {
                    let error = Error::from_rdkafka("reading", &error);
                    self.passed_over.replace(Some(error.clone()));
                    Polled::PassedOver(error)
                }
                Some(code) if is_unreadable(code) => Polled::Unreadable(Error::from_rdkafka("reading", &error)),
                _ => Polled::Passing(Error::from_rdkafka("reading", &error)),
            },
        }
    }

    /// As [`Self::poll`], but for whoever expects more to be there already: then nothing is waited for, and no clock is read for it.
    pub fn poll_waiting(&self, timeout: Duration) -> Polled<'_> {
        match self.poll(Duration::ZERO) {
            Polled::Nothing if !timeout.is_zero() => self.poll(timeout),
            polled => polled,
        }
    }

    /// The next rebalance that waits to be handled.
    pub fn next_rebalance(&self) -> Option<Rebalance> {
        self.events.pop()
    }

    /// Whether a rebalance waits to be handled.
    pub fn has_rebalance(&self) -> bool {
        self.events.waiting.load(Ordering::Acquire) > 0
    }

    /// Whether the group has taken partitions away already; true before a poll tells, until they are given up.
    pub fn has_lost(&self) -> bool {
        self.consumer.assignment_lost()
    }

    /// Where reading stands: behind the last record that a poll brought, transaction markers and aborted records behind it
    /// included. Partitions that brought nothing since they were assigned or sought have no position.
    pub fn positions(&self) -> BTreeMap<TopicPartition, i64> {
        let Ok(list) = self.consumer.position() else { return BTreeMap::new() };
        let position = |element: &TopicPartitionListElem<'_>| match element.offset() {
            Offset::Offset(offset) => Some((TopicPartition::new(element.topic(), element.partition()), offset)),
            _ => None,
        };
        list.elements().iter().filter_map(position).collect()
    }

    /// Acknowledges an assignment; its partitions are read only once [`Self::read_from`] says where.
    ///
    /// # Errors
    /// The group went on without us.
    pub fn acknowledge_assigned(&self) -> Result<(), Error> {
        self.consumer
            .incremental_assign(&TopicPartitionList::new())
            .map_err(|error| Error::from_rdkafka("acknowledging an assignment", &error))
    }

    /// Begins to read a partition that the group gave us.
    ///
    /// # Errors
    /// The partition is not ours any more.
    pub fn read_from(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        let failed = |error| Error::from_rdkafka("assigning a partition", &error);
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(offset)).map_err(failed)?;
        self.consumer.incremental_assign(&list).map_err(failed)?;
        self.reading.insert(partition.clone());
        Ok(())
    }

    /// Gives partitions up, and acknowledges that they were asked back.
    ///
    /// # Errors
    /// The group went on without us.
    pub fn give_up(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        let list = self.leave(partitions);
        self.consumer.incremental_unassign(&list).map_err(|error| Error::from_rdkafka("giving partitions up", &error))
    }

    /// Stops reading a partition that stays ours: its state can't go on.
    ///
    /// # Errors
    /// The partition is not ours any more.
    pub fn stop_reading(&mut self, partition: &TopicPartition) -> Result<(), Error> {
        let list = self.leave(std::slice::from_ref(partition));
        if list.count() == 0 {
            return Ok(());
        }
        self.consumer.incremental_unassign(&list).map_err(|error| Error::from_rdkafka("stopping a partition", &error))
    }

    /// Those of the partitions that were being read until now. librdkafka keeps a pause beyond the assignment: a partition that was held
    /// back and comes again would never be read.
    fn leave(&mut self, partitions: &[TopicPartition]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            if self.reading.remove(partition) {
                list.add_partition(&partition.topic, partition.partition);
            }
        }
        if let Err(error) = self.consumer.resume(&list) {
            tracing::debug!(target: "relevo::kafka", %error, "letting go what is given up");
        }
        list
    }

    /// Goes back (or on) to an offset of a partition that is being read, and drops what was fetched of it.
    ///
    /// # Errors
    /// The partition is not ours any more.
    pub fn seek(&self, offsets: &[(TopicPartition, i64)]) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        let failed = |error| Error::from_rdkafka("seeking", &error);
        for (partition, offset) in offsets.iter().filter(|(partition, _)| self.reading.contains(partition)) {
            list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset)).map_err(failed)?;
        }
        if list.count() == 0 {
            return Ok(());
        }
        let sought = self.consumer.seek_partitions(list, Duration::from_secs(10)).map_err(failed)?;
        for element in sought.elements() {
            element.error().map_err(failed)?;
        }
        Ok(())
    }

    /// Goes on after a batch was passed over: every partition that is being read was sought, or is read no more.
    pub fn has_gone_back(&self) {
        self.passed_over.replace(None);
    }

    /// Holds partitions back, or lets them go on. Those that are not being read are passed over.
    ///
    /// # Errors
    /// librdkafka does not know the partition.
    pub fn hold_back(&self, partitions: &[TopicPartition], hold: bool) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        for partition in partitions.iter().filter(|partition| self.reading.contains(partition)) {
            list.add_partition(&partition.topic, partition.partition);
        }
        let done = if hold { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        done.map_err(|error| Error::from_rdkafka("holding partitions back", &error))
    }

    /// Partitions that are being read.
    pub fn reading(&self) -> &BTreeSet<TopicPartition> {
        &self.reading
    }

    /// The group's metadata at this moment. A transaction takes it before its first record is polled, and only while the assignment
    /// is not lost ([`Self::has_lost`]): a generation that began later would let old work through.
    pub fn group_metadata(&self) -> Option<GroupMetadata> {
        self.consumer.group_metadata().map(GroupMetadata)
    }
}

impl Drop for GroupConsumer {
    /// Closing waits for the answer to whatever the group said last. Who leaves because of an error has often not given it, and without
    /// it a member that has lost its partitions would never be closed, nor its worker's end be seen. Which answer is owed only librdkafka
    /// knows: the other one is refused, and harms nothing.
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        let read: Vec<TopicPartition> = self.reading.iter().cloned().collect();
        let left = self.leave(&read);
        let answers = [self.consumer.incremental_assign(&TopicPartitionList::new()), self.consumer.incremental_unassign(&left)];
        for error in answers.into_iter().filter_map(Result::err) {
            tracing::debug!(target: "relevo::kafka", %error, "closing");
        }
    }
}

/// Generation and member of a group, as of one moment.
pub struct GroupMetadata(pub(super) ConsumerGroupMetadata);
