//! Kafka: the only room that names rdkafka.
//!
//! Typed clients for what the pipeline needs and nothing else: a group consumer whose rebalances are queued and handled at a safe
//! place, a transactional producer whose transactions can't be left open, readers without a group, the restore of a changelog.
//! This room refuses to know what the records mean.

pub mod admin;
pub mod audience;
mod closing;
pub mod connection;
pub mod consumer;
pub mod embedded;
pub mod error;
pub mod failpoint;
pub mod identity;
mod native;
pub mod newest;
mod note;
pub mod offsets;
mod partitions;
pub mod producer;
pub mod reader;
pub mod record;
pub mod rights;
pub mod sharing;
mod suspicion;
pub mod topic_ids;
pub mod trial;
mod undelivered;
pub mod unreadable;

pub use connection::Connection;
pub use consumer::{GroupConsumer, Rebalance};
pub use error::Error;
pub use identity::Identity;
pub use producer::{CommitOutcome, Producer, Transaction};
pub use record::{Incoming, TopicPartition};
pub use undelivered::Undelivered;

/// The version of librdkafka.
pub fn client_version() -> String {
    rdkafka::util::get_rdkafka_version().1
}

/// librdkafka's log lines, as events of ours.
fn log(level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
    use rdkafka::config::RDKafkaLogLevel as Level;
    // A producer says of each of a consumer's settings that it has no use for it, and the other way round.
    let level = if facility == "CONFWARN" { Level::Debug } else { level };
    match level {
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => tracing::warn!(target: "relevo::kafka", facility, "{message}"),
        Level::Warning | Level::Notice => tracing::info!(target: "relevo::kafka", facility, "{message}"),
        Level::Info | Level::Debug => tracing::debug!(target: "relevo::kafka", facility, "{message}"),
    }
}
