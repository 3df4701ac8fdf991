//! Batches that can't be read: packed so that the client can't unpack them, or damaged.
//!
//! librdkafka fetches a batch that it can't unpack again and again and goes no further. One whose checksum is wrong it tells of once, and goes on
//! after it. What it says when it is polled names no partition, in either case. So whoever hears of one asks here, partition by partition,
//! whether the next batch of it can be read.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use super::connection::Connection;
use super::error::Error;
use super::record::TopicPartition;

/// Whether an error of reading is about what lies in a partition, and will be met there again.
pub(super) const fn is_unreadable(code: Code) -> bool {
    matches!(code, Code::BadCompression | Code::BadMessage | Code::NotImplemented | Code::InvalidMessage | Code::UnsupportedCompressionType)
}

/// Whether the client goes on after what it could not read, as if it had not been there: a batch whose checksum is wrong.
pub(super) const fn is_passed_over(code: Code) -> bool {
    matches!(code, Code::BadMessage)
}

/// What became of a try to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The next batch can be read.
    Readable,
    /// It can't; the client's words.
    Unreadable(String),
    /// Nothing came in the time: there is nothing, or a broker is away.
    Nothing,
}

/// The client's last words, which its error alone does not have.
#[derive(Default)]
struct Words(Mutex<String>);

impl ClientContext for Words {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log(level, facility, message);
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        reason.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ConsumerContext for Words {}

/// Tries to read the batch in which `offset` lies, with a client of its own, for so long.
///
/// # Errors
/// Settings that the client refuses.
pub fn try_to_read(connection: &Connection, partition: &TopicPartition, offset: i64, patience: Duration) -> Result<Tried, Error> {
    let failed = |error| Error::from_rdkafka("trying to read a partition", &error);
    let reader = connection.reader("relevo-reader", "relevo-reader", true);
    let consumer: BaseConsumer<Words> = reader.create_with_context(Words::default()).map_err(failed)?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(offset)).map_err(failed)?;
    consumer.assign(&list).map_err(failed)?;
    let until = Instant::now() + patience;
    while Instant::now() < until {
        match consumer.poll(Duration::from_millis(50)) {
            Some(Ok(_)) => return Ok(Tried::Readable),
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(Tried::Nothing),
            Some(Err(error)) if error.rdkafka_error_code().is_some_and(is_unreadable) => {
                let words = consumer.context().0.lock().unwrap_or_else(PoisonError::into_inner).clone();
                return Ok(Tried::Unreadable(if words.is_empty() { error.to_string() } else { words }));
            }
            _ => {}
        }
    }
    Ok(Tried::Nothing)
}
