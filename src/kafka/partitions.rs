//! Which partitions a topic has now.
//!
//! librdkafka remembers what it was told of a topic for a quarter of an hour, and refuses questions about a partition that was added since.
//! Whoever asks about partitions of a topic that may grow asks this first, with the same client: the answer is what it remembers then.

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use std::time::Duration;

use super::error::Error;
use super::record::TopicPartition;

const PATIENCE: Duration = Duration::from_secs(5);
const WHAT: &str = "asking for the partitions of a topic";

/// The partitions of a topic, at least one.
///
/// # Errors
/// No answer within 5 s; the topic is not there, may not be seen, or has none that is known: a broker that has just come up knows none.
pub(super) fn partitions_of<C: ConsumerContext>(client: &BaseConsumer<C>, topic: &str) -> Result<Vec<TopicPartition>, Error> {
    let metadata = client.fetch_metadata(Some(topic), PATIENCE).map_err(|error| Error::from_rdkafka(WHAT, &error))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let count = found.map_or(0, |found| found.partitions().len());
    if count == 0 {
        return Err(Error { unknown_topic: true, ..Error::new(WHAT, format!("no partition of {topic} is known")) });
    }
    Ok((0..count as i32).map(|partition| TopicPartition::new(topic, partition)).collect())
}
