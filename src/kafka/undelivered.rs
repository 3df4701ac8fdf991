//! Records that could not be delivered: which topic did not take them, why, and whether that passes by itself.
//!
//! A transaction that fails says only that some record did not arrive. librdkafka tells which one in passing, by a delivery report or, where
//! the transaction may not write to a topic at all, by a line for its log; both are kept here until the transaction has ended.

use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message as _;
use rdkafka::producer::{DeliveryResult, ProducerContext};

/// A record that could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Topic and partition that did not take it (−1: the partition was not chosen yet); `None`: it was no record but the offsets.
    pub topic: Option<(String, i32)>,
    /// The broker's or the client's words.
    pub reason: String,
    /// Whether it passes by itself: a broker is away. What does not will be refused again.
    pub passes: bool,
}

impl Undelivered {
    /// What Kafka answered to something that was no record.
    pub(super) fn of_offsets(error: &KafkaError) -> Option<Self> {
        let code = error.rdkafka_error_code().filter(|code| !passes(*code))?;
        Some(Self { topic: None, reason: code.to_string(), passes: false })
    }
}

/// Whether what a broker, or the client, answered to a record passes by itself.
const fn passes(code: Code) -> bool {
    !matches!(
        code,
        Code::MessageSizeTooLarge
            | Code::MessageBatchTooLarge
            | Code::InvalidMessageSize
            | Code::InvalidTopic
            | Code::InvalidTimestamp
            | Code::InvalidRecord
            | Code::PolicyViolation
            | Code::UnsupportedCompressionType
            | Code::UnsupportedForMessageFormat
            | Code::OffsetMetadataTooLarge
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::UnknownTopic
            | Code::UnknownPartition
    )
}

/// What the producer hears of its records: the first that fails, or the first that fails for good.
#[derive(Default)]
pub(super) struct Reports(Mutex<Option<Undelivered>>);

impl Reports {
    /// What was heard since it was asked last.
    pub fn take(&self) -> Option<Undelivered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A record for this topic was refused; `reason`: instead of the code's own words.
    pub fn refused(&self, topic: &str, partition: i32, code: Code, reason: Option<&str>) {
        let reason = reason.map_or_else(|| code.to_string(), str::to_owned);
        self.hear(Undelivered { topic: Some((topic.to_owned(), partition)), reason, passes: passes(code) });
    }

    fn hear(&self, undelivered: Undelivered) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|first| first.passes && !undelivered.passes) {
            *first = Some(undelivered);
        }
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "ADDPARTS"
            && let Some(undelivered) = refused_by_transaction(message)
        {
            self.hear(undelivered);
        }
        super::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "relevo::kafka", %error, reason, "producer");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    /// A record that can't be delivered makes its transaction fail; the commit tells that, and this one which.
    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        let Err((error, message)) = result else { return };
        let Some(code) = error.rdkafka_error_code() else { return };
        // What an aborted transaction takes out of the queues was refused by nobody.
        if !matches!(code, Code::PurgeQueue | Code::PurgeInflight) {
            self.refused(message.topic(), message.partition(), code, None);
        }
    }
}

/// What the coordinator says of the other partitions of a request that it refuses for one.
const NOT_ATTEMPTED: &str = "Broker: Operation not attempted";

/// Reads `… Failed to add partition "topic" [3] to transaction: Broker: Topic authorization failed`: no delivery report says so.
fn refused_by_transaction(message: &str) -> Option<Undelivered> {
    let (topic, rest) = message.split_once("Failed to add partition \"")?.1.split_once("\" [")?;
    let (partition, reason) = rest.split_once("] to transaction: ")?;
    let topic = Some((topic.to_owned(), partition.parse().ok()?));
    (reason != NOT_ATTEMPTED).then(|| Undelivered { topic, reason: reason.to_owned(), passes: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_4_what_fails_for_good_is_kept_and_what_passes_gives_way_to_it() {
        let reports = Reports::default();
        reports.refused("leads", 3, Code::MessageTimedOut, None);
        reports.refused("decisions", 1, Code::MessageSizeTooLarge, None);
        reports.refused("follow-up", 2, Code::TopicAuthorizationFailed, None);
        let first = reports.take().expect("something was refused");
        assert_eq!((first.topic, first.passes), (Some(("decisions".to_owned(), 1)), false));
        assert_eq!(reports.take(), None);
    }

    #[test]
    fn txn_4_a_transaction_that_may_not_write_names_the_topic_in_a_log_line() {
        let line = "[thrd:127.0.0.1:9092/1]: 127.0.0.1:9092/1: Failed to add partition \"sales.leads.v1\" [2] to transaction: Broker: Topic authorization failed";
        let reports = Reports::default();
        reports.log(RDKafkaLogLevel::Error, "ADDPARTS", line);
        let reason = "Broker: Topic authorization failed".to_owned();
        assert_eq!(reports.take(), Some(Undelivered { topic: Some(("sales.leads.v1".to_owned(), 2)), reason, passes: false }));
        let not_attempted = line.replace("Broker: Topic authorization failed", NOT_ATTEMPTED);
        for other in [not_attempted.as_str(), "Failed to add partition", "Registering partitions with transaction", ""] {
            assert_eq!(refused_by_transaction(other), None);
        }
    }
}
