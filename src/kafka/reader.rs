//! Reading one partition from a place to an end that was known before, outside any group: the restore, and the tests' oracles.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::connection::Connection;
use super::error::Error;
use super::record::{Incoming, TopicPartition};
use super::unreadable::is_unreadable;
use crate::contract::Timestamp;

/// How long a partition may bring nothing before the reader says so; it goes on all the same.
const QUIET: Duration = Duration::from_secs(10);
/// How long a new leader may take to know what is committed.
const LEADER_PATIENCE: Duration = Duration::from_secs(5);

/// Reads a partition, committed records only, from `begin` (`None`: its beginning) to its end as of now (the last stable offset),
/// and hands each record to `each`. Returns how many there were.
///
/// # Errors
/// The partition can't be read, or `cancelled` says to stop.
pub fn read_to_end(
    connection: &Connection,
    partition: &TopicPartition,
    begin: Option<i64>,
    cancelled: &dyn Fn() -> bool,
    each: impl FnMut(&Incoming<'_>),
) -> Result<u64, Error> {
    read_until(connection, partition, begin, 0, cancelled, each)
}

/// As [`read_to_end`], but an end before `until`, which was seen to be there, is not believed: a leader that has just been elected may
/// not know yet how much is committed.
///
/// # Errors
/// As [`read_to_end`]; the partition still seems to end before `until` after a while.
pub fn read_until(
    connection: &Connection,
    partition: &TopicPartition,
    begin: Option<i64>,
    until: i64,
    cancelled: &dyn Fn() -> bool,
    mut each: impl FnMut(&Incoming<'_>),
) -> Result<u64, Error> {
    let failed = |error| Error::from_rdkafka("reading a partition", &error);
    let consumer: BaseConsumer = connection.reader("relevo-reader", "relevo-reader", true).create().map_err(failed)?;
    let (first, _) = consumer.fetch_watermarks(&partition.topic, partition.partition, Duration::from_secs(5)).map_err(failed)?;
    let mut list = TopicPartitionList::new();
    let begin = begin.unwrap_or(first).max(first);
    list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(begin)).map_err(failed)?;
    consumer.assign(&list).map_err(failed)?;
    let (mut count, mut next) = (0, begin);
    let (mut last_heard, mut looked_again) = (Instant::now(), false);
    loop {
        if cancelled() {
            return Err(Error::new("reading a partition", "cancelled"));
        }
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                count += 1;
                last_heard = Instant::now();
                let record = Incoming(message);
                next = record.offset() + 1;
                each(&record);
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                let position = position(&consumer, partition).unwrap_or(begin);
                // Behind the last record there may be nothing that moves the position: an end that is found again is believed.
                if position >= until || looked_again {
                    return Ok(count);
                }
                tracing::info!(%partition, position, until, "the partition ends before its end; looking again");
                await_end(&consumer, partition, until)?;
                let place = Offset::Offset(position);
                consumer.seek(&partition.topic, partition.partition, place, Duration::from_secs(5)).map_err(failed)?;
                looked_again = true;
            }
            Some(Err(error)) if is_final(&error) => return Err(at(partition, next, failed(error))),
            Some(Err(error)) => tracing::debug!(%partition, %error, "reading goes on"),
            None if last_heard.elapsed() > QUIET => {
                tracing::warn!(%partition, count, "nothing to read for ten seconds, and not at the end yet: is a broker away?");
                last_heard = Instant::now();
            }
            None => {}
        }
    }
}

/// When the record at an offset was appended; `None`: there is no committed record at it. Whoever asks knows that the log goes beyond it.
///
/// # Errors
/// As [`read_to_end`].
pub fn appended_at(
    connection: &Connection,
    partition: &TopicPartition,
    offset: i64,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Timestamp>, Error> {
    let failed = |error| Error::from_rdkafka("looking for a record", &error);
    let consumer: BaseConsumer = connection.reader("relevo-reader", "relevo-reader", true).create().map_err(failed)?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(offset)).map_err(failed)?;
    consumer.assign(&list).map_err(failed)?;
    loop {
        if cancelled() {
            return Err(Error::new("looking for a record", "cancelled"));
        }
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let found = Incoming(message);
                return Ok((found.offset() == offset).then(|| found.timestamp()));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(None),
            Some(Err(error)) if is_final(&error) => return Err(at(partition, offset, failed(error))),
            Some(Err(error)) => tracing::debug!(%partition, offset, %error, "reading goes on"),
            None => {}
        }
    }
}

/// The same error, with the place of a batch that can't be read.
fn at(partition: &TopicPartition, next: i64, error: Error) -> Error {
    if !error.unreadable {
        return error;
    }
    Error { reason: format!("{partition}: the batch at offset {next} can't be read: {}", error.reason), ..error }
}

/// Behind the last record that was read, markers of transactions behind it included.
fn position(consumer: &BaseConsumer, partition: &TopicPartition) -> Option<i64> {
    let positions = consumer.position().ok()?;
    match positions.find_partition(&partition.topic, partition.partition)?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}

/// Waits until the partition's leader knows again that everything before `until` is committed.
fn await_end(consumer: &BaseConsumer, partition: &TopicPartition, until: i64) -> Result<(), Error> {
    let failed = |error| Error::from_rdkafka("reading a partition", &error);
    let began = Instant::now();
    while consumer.fetch_watermarks(&partition.topic, partition.partition, LEADER_PATIENCE).map_err(failed)?.1 < until {
        if began.elapsed() > LEADER_PATIENCE {
            return Err(Error::new("reading a partition", format!("{partition} ends before {until}, where it ended before")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Whether the client reads the partition no further after this, so that waiting for its end would take for ever; or passes over what it could not
/// read, so that going on would lose it.
fn is_final(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    if error.rdkafka_error_code().is_some_and(is_unreadable) {
        return true;
    }
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::AutoOffsetReset
                | Code::OffsetOutOfRange
                | Code::UnknownTopic
                | Code::UnknownPartition
                | Code::UnknownTopicOrPartition
                | Code::TopicAuthorizationFailed
        )
    )
}
