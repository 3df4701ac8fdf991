//! Errors of Kafka clients, without rdkafka's types, so that no other room has to name them.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::unreadable::is_unreadable;

/// A call to Kafka that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct Error {
    /// What was being done.
    pub what: &'static str,
    /// librdkafka's words; they name topics, partitions and brokers, never contents.
    pub reason: String,
    /// Kafka does not know the topic or the partition.
    pub unknown_topic: bool,
    /// Somebody may not do this.
    pub not_authorized: bool,
    /// What lies in a partition can't be read, and will be met there again.
    pub unreadable: bool,
}

impl Error {
    /// An error of rdkafka, with what was being done.
    pub(super) fn from_rdkafka(what: &'static str, error: &KafkaError) -> Self {
        let code = error.rdkafka_error_code();
        let unknown_topic = matches!(
            code,
            Some(RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownPartition)
        );
        let not_authorized = matches!(
            code,
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            )
        );
        let unreadable = code.is_some_and(is_unreadable);
        Self { what, reason: error.to_string(), unknown_topic, not_authorized, unreadable }
    }

    /// An error that another room found.
    pub fn other(what: &'static str, reason: impl Into<String>) -> Self {
        Self::new(what, reason)
    }

    /// An error of our own making.
    pub(super) fn new(what: &'static str, reason: impl Into<String>) -> Self {
        Self { what, reason: reason.into(), unknown_topic: false, not_authorized: false, unreadable: false }
    }
}
