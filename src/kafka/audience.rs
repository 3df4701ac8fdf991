//! Clients for who stands outside the service: one that sends records, and one that reads topics as they grow.
//!
//! The demo plays the marketing tools and the sales department with them. Neither belongs to a group, has a transaction or commits
//! anything: what must be exactly once never goes through here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};
use rdkafka::{Offset, TopicPartitionList};

use super::connection::Connection;
use super::error::Error;
use super::record::{Incoming, TopicPartition};

/// Counts what could not be delivered.
struct Undelivered(Arc<AtomicU64>);

impl ClientContext for Undelivered {}

impl ProducerContext for Undelivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Sends records.
pub struct Sender {
    producer: BaseProducer<Undelivered>,
    undelivered: Arc<AtomicU64>,
}

impl Sender {
    /// A client of its own.
    ///
    /// # Errors
    /// Settings that the client refuses.
    pub fn new(connection: &Connection, client_id: &str) -> Result<Self, Error> {
        let undelivered = Arc::<AtomicU64>::default();
        let context = Undelivered(Arc::clone(&undelivered));
        let producer = connection.sender(client_id).create_with_context(context);
        Ok(Self { producer: producer.map_err(|error| Error::from_rdkafka("sending", &error))?, undelivered })
    }

    /// Queues a record; its partition is that of Java's hash of the key.
    ///
    /// # Errors
    /// The queue is full, or the topic is not there.
    pub fn send(&self, topic: &str, key: &str, value: &[u8]) -> Result<(), Error> {
        self.producer.poll(Duration::ZERO);
        let record = BaseRecord::<str, [u8], ()>::to(topic).key(key).payload(value);
        self.producer.send(record).map_err(|(error, _)| Error::from_rdkafka("sending", &error))
    }

    /// Waits until all that was queued has arrived.
    ///
    /// # Errors
    /// It takes longer than `patience`, or something could not be delivered.
    pub fn flush(&self, patience: Duration) -> Result<(), Error> {
        self.producer.flush(patience).map_err(|error| Error::from_rdkafka("sending", &error))?;
        match self.undelivered.load(Ordering::Relaxed) {
            0 => Ok(()),
            count => Err(Error::new("sending", format!("{count} records could not be delivered"))),
        }
    }
}

/// Reads partitions from their beginning, committed records only, as they grow.
pub struct Tail {
    consumer: BaseConsumer,
}

impl Tail {
    /// A client of its own for these partitions.
    ///
    /// # Errors
    /// Settings that the client refuses.
    pub fn of(connection: &Connection, client_id: &str, partitions: &[TopicPartition]) -> Result<Self, Error> {
        let failed = |error: KafkaError| Error::from_rdkafka("reading topics as they grow", &error);
        let consumer: BaseConsumer = connection.reader(client_id, client_id, true).create().map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition_offset(&partition.topic, partition.partition, Offset::Beginning).map_err(failed)?;
        }
        consumer.assign(&list).map_err(failed)?;
        Ok(Self { consumer })
    }

    /// The next record, if one comes within `timeout`. What the client says besides (an end was reached, a broker is away) is passed
    /// over: it goes on by itself.
    pub fn next(&self, timeout: Duration) -> Option<Incoming<'_>> {
        self.consumer.poll(timeout)?.ok().map(Incoming)
    }
}
