//! Records in and out: raw bytes into a topic, plainly or in transactions, and everything that a careful reader sees.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::topics;
use crate::wait;

/// How long a single call to the broker may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A record as it lies in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    /// A header's value as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// The key as text.
    pub fn key_text(&self) -> &str {
        self.key.as_deref().and_then(|key| std::str::from_utf8(key).ok()).unwrap_or("")
    }

    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.value.as_deref().unwrap_or_default()).expect("an output's value is JSON")
    }
}

/// A record to be sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// `None`: where the key's hash says.
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

/// How a producer's transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Commit,
    Abort,
}

/// A producer of a test.
pub struct Sender {
    producer: BaseProducer,
}

impl Sender {
    /// One that writes outside of transactions.
    pub fn plain(address: &str) -> Self {
        let mut config = topics::client(address);
        config
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", "8388608")
            .set("queue.buffering.max.messages", "1000000");
        Self { producer: config.create().expect("a producer from constants") }
    }

    /// One that packs its records, which may be huge.
    pub fn packing(address: &str, codec: &str) -> Self {
        let mut config = topics::client(address);
        config.set("compression.codec", codec).set("message.max.bytes", "1000000000").set("linger.ms", "0");
        Self { producer: config.create().expect("a producer from constants") }
    }

    /// One that writes in transactions.
    pub fn transactional(address: &str, id: &str) -> Self {
        let mut config = topics::client(address);
        config.set("transactional.id", id).set("linger.ms", "0").set("partitioner", "murmur2_random");
        let sender = Self { producer: config.create().expect("a producer from constants") };
        sender.producer.init_transactions(LIMIT).expect("a transactional producer begins");
        sender
    }

    /// Hands a record to the client's queue; `flush` makes sure of it.
    pub fn send(&self, topic: &str, record: &Outgoing) {
        let headers = record.headers.iter().fold(OwnedHeaders::new_with_capacity(record.headers.len()), |headers, (name, value)| {
            headers.insert(Header { key: name, value: Some(value) })
        });
        let mut next: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).headers(headers);
        next.partition = record.partition;
        next.key = record.key.as_deref();
        next.payload = record.value.as_deref();
        let began = Instant::now();
        while let Err((error, refused)) = self.producer.send(next) {
            assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::QueueFull), "a test's record is refused: {error}");
            assert!(began.elapsed() < LIMIT, "the producer's queue stays full");
            self.producer.poll(Duration::from_millis(20));
            next = refused;
        }
        self.producer.poll(Duration::ZERO);
    }

    /// Waits until the broker has everything.
    pub fn flush(&self) {
        self.producer.flush(LIMIT).expect("the broker takes a test's records");
    }

    /// Sends all, and waits.
    pub fn send_all(&self, topic: &str, records: &[Outgoing]) {
        for record in records {
            self.send(topic, record);
        }
        self.flush();
    }

    /// Opens a transaction that `end` closes.
    pub fn begin(&self) {
        self.producer.begin_transaction().expect("a transaction begins");
    }

    /// Ends the open transaction.
    pub fn end(&self, end: End) {
        self.flush();
        match end {
            End::Commit => self.producer.commit_transaction(LIMIT).expect("a transaction commits"),
            End::Abort => self.producer.abort_transaction(LIMIT).expect("a transaction aborts"),
        }
    }

    /// Asks for a commit within a time; the error says that there was no word on it, or that it was refused.
    pub fn try_commit(&self, limit: Duration) -> Result<(), KafkaError> {
        self.producer.commit_transaction(limit)
    }

    /// Sends all in one transaction that ends as said.
    pub fn send_in_transaction(&self, topic: &str, records: &[Outgoing], end: End) {
        self.begin();
        for record in records {
            self.send(topic, record);
        }
        self.end(end);
    }
}

/// Everything that a `read_committed` reader sees of a topic, by partition and offset. Waits for open transactions to end.
pub fn read_all(address: &str, topic: &str, partitions: i32) -> Vec<Vec<Record>> {
    wait::until(&format!("every transaction in {topic} ends"), 60, || {
        topics::ends(address, topic, partitions, "read_committed") == topics::ends(address, topic, partitions, "read_uncommitted")
    });
    let mut reader = Reader::from_start(address, topic, partitions);
    let mut all = vec![Vec::new(); usize::try_from(partitions).expect("not negative")];
    for record in reader.up_to_now() {
        all[usize::try_from(record.partition).expect("not negative")].push(record);
    }
    all
}

/// A `read_committed` reader of all partitions of a topic, in no group.
pub struct Reader {
    consumer: BaseConsumer,
    partitions: i32,
    topic: String,
}

impl Reader {
    /// One that begins with the first record.
    pub fn from_start(address: &str, topic: &str, partitions: i32) -> Self {
        let consumer: BaseConsumer = topics::client(address)
            .set("group.id", "relevo-tests-read-only")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "5")
            .set("auto.offset.reset", "earliest")
            .create()
            .expect("a consumer from constants");
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&list).expect("partitions are assigned");
        Self { consumer, partitions, topic: topic.to_owned() }
    }

    /// What has come since the last call, up to the ends as they are now.
    pub fn up_to_now(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut at_end = vec![false; usize::try_from(self.partitions).expect("not negative")];
        let began = Instant::now();
        while !at_end.iter().all(|end| *end) {
            assert!(began.elapsed() < Duration::from_secs(120), "{} has no end", self.topic);
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => records.push(owned(&message)),
                Some(Err(KafkaError::PartitionEOF(partition))) => at_end[usize::try_from(partition).expect("not negative")] = true,
                Some(Err(error)) => assert!(is_passing(&error), "reading {}: {error}", self.topic),
                None => {}
            }
        }
        records
    }

    /// What comes within the time, or at once what is there.
    pub fn poll(&mut self, wait: Duration) -> Option<Record> {
        match self.consumer.poll(wait)? {
            Ok(message) => Some(owned(&message)),
            Err(_) => None, // an end of a partition, or a broker that is away for a moment
        }
    }
}

/// Errors that a reader gets over by itself while a broker restarts.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::NotCoordinator)
    )
}

fn owned(message: &rdkafka::message::BorrowedMessage<'_>) -> Record {
    let headers = message
        .headers()
        .map_or_else(Vec::new, |headers| headers.iter().map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect());
    Record {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}
