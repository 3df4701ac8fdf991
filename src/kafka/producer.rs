//! The transactional producer. A transaction borrows it, is consumed by commit and aborts when dropped.
//!
//! Every transaction sends offsets, because one without is not fenced. How a commit ended is a value: committed, rolled back,
//! unclear (nobody knows until the committed offsets are read), or fatal (somebody else has this identity).

use std::ffi::CString;
use std::ptr;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer as _};
use rdkafka_sys as sys;

use super::connection::Connection;
use super::consumer::GroupMetadata;
use super::error::Error;
use super::failpoint;
use super::record::{Outgoing, TopicPartition};
use super::undelivered::{Reports, Undelivered};

/// How long a flush waits in one call before errors are served.
const FLUSH_STEP_MS: i32 = 20;
/// How many bytes may wait for one partition, or for a topic whose partition the client chooses, before the producer is drained: what
/// makes one batch of librdkafka's (`batch.size`, a million), with room for a record's own frame.
const ONE_BATCH_BYTES: usize = 900_000;
/// What a record takes besides key, value and headers, at most.
const FRAME_BYTES: usize = 64;
/// Why the client itself refuses a record.
const CLIENT_REFUSES: &str = "the client's own `message.max.bytes` (under `kafka.extra`) is smaller than the record";
/// Why the client's queue has no room for a record although it is empty.
const QUEUE_TOO_SMALL: &str = "the client's `queue.buffering.max.kbytes` (under `kafka.extra`) is smaller than the record";
/// How long an abort may take until the producer is made anew.
const ABORT_PATIENCE: Duration = Duration::from_secs(20);

/// How long one step of taking over an identity waits; the next one goes on with it.
const TAKE_OVER_STEP: Duration = Duration::from_millis(500);

/// A topic's handle, made once: looking a topic up by name for each record costs more than the record.
struct Topic {
    name: String,
    handle: *mut sys::rd_kafka_topic_t,
    /// Bytes that were handed over since the producer was drained, by partition.
    waiting: Vec<(Option<i32>, usize)>,
}

impl Topic {
    fn waiting(&mut self, partition: Option<i32>) -> &mut usize {
        let place = self.waiting.iter().position(|(known, _)| *known == partition).unwrap_or_else(|| {
            self.waiting.push((partition, 0));
            self.waiting.len() - 1
        });
        &mut self.waiting[place].1
    }
}

/// A producer with a transactional identity.
pub struct Producer {
    producer: BaseProducer<Reports>,
    topics: Vec<Topic>,
    transactional_id: String,
    /// How long a commit, with its repeats, may take until it is unclear: below the transaction's timeout.
    commit_patience: Duration,
}

// SAFETY: librdkafka's handles may be used from any thread; ours move with the one worker that owns the producer.
unsafe impl Send for Producer {}

impl Drop for Producer {
    fn drop(&mut self) {
        for topic in &self.topics {
            // SAFETY: made by `rd_kafka_topic_new` of this producer, which still lives, and destroyed once.
            unsafe { sys::rd_kafka_topic_destroy(topic.handle) };
        }
    }
}

/// How a commit ended.
#[derive(Debug)]
#[must_use]
pub enum CommitOutcome {
    /// Everything is true now.
    Committed,
    /// Nothing of it ever was. Routine at rebalances.
    RolledBack(RolledBack),
    /// Nobody knows, or the producer can't go on: make it anew and read the group's offsets.
    Unclear(RolledBack),
    /// Another producer has this identity.
    Fenced(String),
}

/// Why a transaction was rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// For the log.
    pub reason: String,
    /// The record that could not be delivered, if it was that.
    pub undelivered: Option<Undelivered>,
}

/// An offset to commit with the transaction.
#[derive(Clone, Debug)]
pub struct StagedOffset {
    /// Of which partition.
    pub partition: TopicPartition,
    /// The next offset to read.
    pub offset: i64,
    /// Who owns it and what it knows: read by others before they take over.
    pub metadata: String,
}

impl Producer {
    /// Makes a producer and takes over its identity: whatever an earlier holder left open is ended. `wait_on` is asked with the time
    /// that passed, a few times a second, whether to go on while brokers are away or slow.
    ///
    /// # Errors
    /// Not within the time, or no right to the identity.
    pub fn new(connection: &Connection, transactional_id: &str, wait_on: &dyn Fn(Duration) -> bool) -> Result<Self, Error> {
        let producer: BaseProducer<Reports> = connection
            .producer(transactional_id)
            .create_with_context(Reports::default())
            .map_err(|error| Error::from_rdkafka("making a producer", &error))?;
        let began = Instant::now();
        loop {
            match producer.init_transactions(TAKE_OVER_STEP) {
                Ok(()) => {
                    let (transactional_id, commit_patience) = (transactional_id.to_owned(), connection.delivery_timeout());
                    return Ok(Self { producer, topics: Vec::new(), transactional_id, commit_patience });
                }
                Err(KafkaError::Transaction(error)) if error.is_retriable() && wait_on(began.elapsed()) => {}
                Err(error) => return Err(Error::from_rdkafka("taking over the transactional identity", &error)),
            }
        }
    }

    /// The identity.
    pub fn transactional_id(&self) -> &str {
        &self.transactional_id
    }

    /// The topics that it has written to.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|topic| topic.name.as_str())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// The producer can't go on.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        self.producer.begin_transaction().map_err(|error| Error::from_rdkafka("beginning a transaction", &error))?;
        self.topics.iter_mut().for_each(|topic| topic.waiting.clear()); // what an aborted one left is gone
        drop(self.producer.context().take()); // and what was said of it
        Ok(Transaction { producer: self, bytes: 0, open: true })
    }

    fn topic(&mut self, name: &str) -> Result<usize, Error> {
        if let Some(place) = self.topics.iter().position(|topic| topic.name == name) {
            return Ok(place);
        }
        let text = CString::new(name).map_err(|_| Error::new("naming a topic", "a zero byte in the name"))?;
        // SAFETY: the client lives as long as `self`, the name is copied, and no configuration is passed.
        let handle = unsafe { sys::rd_kafka_topic_new(self.producer.client().native_ptr(), text.as_ptr(), ptr::null_mut()) };
        if handle.is_null() {
            return Err(Error::new("naming a topic", "librdkafka refuses it"));
        }
        self.topics.push(Topic { name: name.to_owned(), handle, waiting: Vec::new() });
        Ok(self.topics.len() - 1)
    }

    /// Drains the producer if a partition would get a second batch by this record. An idempotent producer sends a partition's next batch
    /// when the one before has arrived, and until then librdkafka's thread asks without a pause whether it may.
    fn make_room(&mut self, topic: usize, record: &Outgoing<'_>) -> Result<(), Error> {
        let of_headers: usize = record.headers.iter().map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len)).sum();
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len) + of_headers + FRAME_BYTES;
        let waiting = *self.topics[topic].waiting(record.partition);
        if waiting > 0 && waiting + bytes > ONE_BATCH_BYTES {
            self.drain(Instant::now() + self.commit_patience).map_err(|code| Error::new("draining the producer", code.to_string()))?;
        }
        *self.topics[topic].waiting(record.partition) += bytes;
        Ok(())
    }

    /// Hands a record to librdkafka, which copies it.
    fn enqueue(&mut self, record: &Outgoing<'_>) -> Result<(), Error> {
        let topic = self.topic(record.topic)?;
        self.make_room(topic, record)?;
        let topic = self.topics[topic].handle;
        let rk = self.producer.client().native_ptr();
        let mut drained = false;
        loop {
            let headers = native_headers(record.headers)?;
            let (key, key_len) = parts(record.key);
            let (value, value_len) = parts(record.value);
            // SAFETY: the arguments are pairs and triples as `rd_kafka_producev` documents them, ended by VTYPE_END; key and value
            // are copied (F_COPY); the headers are the client's once the call succeeds, and destroyed here when it does not.
            let error = unsafe {
                sys::rd_kafka_producev(
                    rk,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
                    topic,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
                    record.partition.unwrap_or(-1),
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
                    sys::RD_KAFKA_MSG_F_COPY,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
                    value,
                    value_len,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY,
                    key,
                    key_len,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
                    record.timestamp.map_or(0, |at| at.as_ms()),
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
                    headers,
                    sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
                )
            };
            if error == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Ok(());
            }
            if !headers.is_null() {
                // SAFETY: the call failed, so the headers are still ours.
                unsafe { sys::rd_kafka_headers_destroy(headers) };
            }
            let code = RDKafkaErrorCode::from(error);
            if code != RDKafkaErrorCode::QueueFull || drained {
                let refused = match code {
                    RDKafkaErrorCode::QueueFull => Some((RDKafkaErrorCode::MessageSizeTooLarge, QUEUE_TOO_SMALL)),
                    RDKafkaErrorCode::MessageSizeTooLarge => Some((code, CLIENT_REFUSES)),
                    _ => None,
                };
                let (reported, reason) = refused.map_or((code, None), |(code, reason)| (code, Some(reason)));
                self.producer.context().refused(record.topic, record.partition.unwrap_or(-1), reported, reason);
                let reason = reason.map_or_else(|| code.to_string(), str::to_owned);
                return Err(Error::new("writing a record", format!("{reason} (topic {})", record.topic)));
            }
            // The queue is bounded, and nothing is sent before it is drained (`linger.ms`): waiting for room would take that long.
            self.drain(Instant::now() + self.commit_patience).map_err(|code| Error::new("draining the producer", code.to_string()))?;
            drained = true;
        }
    }

    /// Waits until everything that was handed over has arrived.
    fn drain(&mut self, until: Instant) -> Result<(), RDKafkaErrorCode> {
        self.topics.iter_mut().for_each(|topic| topic.waiting.clear());
        loop {
            // SAFETY: the client lives as long as `self`.
            let error = unsafe { sys::rd_kafka_flush(self.producer.client().native_ptr(), FLUSH_STEP_MS) };
            self.producer.poll(Duration::ZERO);
            match error {
                sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => return Ok(()),
                sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__TIMED_OUT if Instant::now() < until => {}
                error => return Err(error.into()),
            }
        }
    }

    /// Ends the transaction in progress without effect.
    fn abort(&self) -> Result<(), String> {
        let until = Instant::now() + ABORT_PATIENCE;
        loop {
            self.producer.poll(Duration::ZERO);
            match self.producer.abort_transaction(Duration::from_millis(200)) {
                Ok(()) => return Ok(()),
                Err(KafkaError::Transaction(error)) if !error.is_fatal() && Instant::now() < until => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

fn parts(bytes: Option<&[u8]>) -> (*const std::ffi::c_void, usize) {
    bytes.map_or((ptr::null(), 0), |bytes| (bytes.as_ptr().cast(), bytes.len()))
}

fn native_headers(headers: &[(&str, Option<&[u8]>)]) -> Result<*mut sys::rd_kafka_headers_t, Error> {
    if headers.is_empty() {
        return Ok(ptr::null_mut());
    }
    // SAFETY: a new list, filled with copies of name and value, both with their lengths.
    unsafe {
        let list = sys::rd_kafka_headers_new(headers.len());
        for (name, value) in headers {
            let (value, value_len) = parts(*value);
            let error = sys::rd_kafka_header_add(list, name.as_ptr().cast(), name.len() as isize, value, value_len as isize);
            if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                sys::rd_kafka_headers_destroy(list);
                return Err(Error::new("writing a header", RDKafkaErrorCode::from(error).to_string()));
            }
        }
        Ok(list)
    }
}

/// A transaction in progress. Dropped without a commit it aborts.
#[must_use = "a transaction that is not committed is aborted"]
pub struct Transaction<'p> {
    producer: &'p mut Producer,
    bytes: usize,
    open: bool,
}

impl Transaction<'_> {
    /// Adds a record.
    ///
    /// # Errors
    /// The record can't be written, now or ever: the transaction must be aborted.
    pub fn write(&mut self, record: &Outgoing<'_>) -> Result<(), Error> {
        self.bytes += record.value.map_or(0, <[u8]>::len) + record.key.map_or(0, <[u8]>::len);
        self.producer.enqueue(record)
    }

    /// Bytes of keys and values so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Commits records and offsets together.
    pub fn commit(mut self, offsets: &[StagedOffset], group: &GroupMetadata) -> CommitOutcome {
        let until = Instant::now() + self.producer.commit_patience;
        self.open = false;
        if let Err(code) = self.producer.drain(until) {
            return self.roll_back(format!("draining: {code}"));
        }
        let list = match native_offsets(offsets) {
            Ok(list) => list,
            Err(error) => return self.roll_back(error.to_string()),
        };
        failpoint::reach("commit.before_offsets", &self.producer.transactional_id);
        let sent = repeat(until, || self.producer.producer.send_offsets_to_transaction(&list, &group.0, Duration::from_secs(5)));
        match sent {
            Ok(()) => {}
            Err(error) if is_fenced(&error) => return CommitOutcome::Fenced(error.to_string()),
            // Nothing was asked to commit yet, so rolling back is clear, whatever the error.
            Err(error) => return self.roll_back_because(format!("sending offsets: {error}"), Undelivered::of_offsets(&error)),
        }
        failpoint::reach("commit.after_offsets", &self.producer.transactional_id);
        let committed = repeat(until, || {
            // Drained already: rdkafka's own flush, which waits in steps of 100 ms, returns at once.
            self.producer.producer.commit_transaction(Duration::from_secs(5))
        });
        match committed {
            Ok(()) => CommitOutcome::Committed,
            Err(error) if is_fenced(&error) => CommitOutcome::Fenced(error.to_string()),
            Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => self.roll_back(format!("committing: {error}")),
            Err(error) => CommitOutcome::Unclear(RolledBack { reason: format!("committing: {error}"), undelivered: None }),
        }
    }

    /// Ends the transaction without effect.
    pub fn abort(mut self, reason: &str) -> CommitOutcome {
        self.open = false;
        self.roll_back(reason.to_owned())
    }

    fn roll_back(&self, reason: String) -> CommitOutcome {
        self.roll_back_because(reason, None)
    }

    /// What the records' own reports say comes before `undelivered`.
    fn roll_back_because(&self, reason: String, undelivered: Option<Undelivered>) -> CommitOutcome {
        let undelivered = self.producer.producer.context().take().or(undelivered);
        match self.producer.abort() {
            Ok(()) => CommitOutcome::RolledBack(RolledBack { reason, undelivered }),
            Err(error) => {
                let reason = format!("{reason}; aborting: {error}");
                match self.producer.producer.client().fatal_error() {
                    Some((code, _)) if is_fence(code) => CommitOutcome::Fenced(reason),
                    _ => CommitOutcome::Unclear(RolledBack { reason, undelivered }),
                }
            }
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(reason) = self.producer.abort()
        {
            tracing::warn!(reason, "a dropped transaction could not be aborted; the next one will fail and be made anew");
        }
    }
}

/// Repeats a call as long as it may succeed: a retriable time-out means "ask again", not "failed".
fn repeat(until: Instant, mut call: impl FnMut() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    loop {
        match call() {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && !error.txn_requires_abort() && Instant::now() < until => {}
            result => return result,
        }
    }
}

/// Another producer has taken over the identity. Whatever else is fatal to a producer says nothing of another: a transaction of which no
/// partition was registered, because its topic was deleted, can't even be aborted.
fn is_fenced(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_fatal() && is_fence(error.code()))
}

const fn is_fence(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch)
}

fn native_offsets(offsets: &[StagedOffset]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for staged in offsets {
        let mut element = list.add_partition(&staged.partition.topic, staged.partition.partition);
        element.set_offset(rdkafka::Offset::Offset(staged.offset))?;
        element.set_metadata(&staged.metadata);
    }
    Ok(list)
}
