//! How clients are set up: the operator's settings, and over them those on which exactly-once rests.
//!
//! The values were measured; the reasons stand beside them. The configuration refuses to set them otherwise.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;

use super::identity::Identity;

/// How long a transaction may stay open, where the operator says nothing else.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Properties that every client gets: brokers, security, the operator's own. Never printed: some are secrets.
#[derive(Clone, Default)]
pub struct Connection {
    properties: BTreeMap<String, String>,
    /// Whether it is the embedded broker that is reached.
    is_embedded: bool,
}

impl Connection {
    /// From librdkafka's names to values.
    pub fn new(properties: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { properties: properties.into_iter().collect(), is_embedded: false }
    }

    /// To the embedded broker. It leaves the question which topics these are without an answer, and loses offsets of transactions.
    pub fn embedded(self) -> Self {
        Self { is_embedded: true, ..self }
    }

    /// Whether it is the embedded broker, which is asked for nothing that it can't tell.
    pub const fn is_embedded(&self) -> bool {
        self.is_embedded
    }

    /// With transactions that may stay open for so long, where the operator says nothing else.
    pub fn with_transactions_of(mut self, timeout: Duration) -> Self {
        self.properties.entry("transaction.timeout.ms".to_owned()).or_insert_with(|| timeout.as_millis().to_string());
        self
    }

    /// How long the coordinator lets a transaction stay open. The configuration has judged the operator's value.
    pub fn transaction_timeout(&self) -> Duration {
        self.get("transaction.timeout.ms").and_then(|ms| ms.trim().parse().ok()).map_or(TRANSACTION_TIMEOUT, Duration::from_millis)
    }

    /// How long a record may wait for its delivery, and a commit for its answer: less than its transaction may stay open.
    pub fn delivery_timeout(&self) -> Duration {
        self.transaction_timeout() * 4 / 5
    }

    fn base(&self, client_id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", client_id).set("reconnect.backoff.max.ms", "2000").set("log_level", "4");
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }

    /// A member of a group that reads inputs; offsets are committed by the transaction.
    pub(super) fn group_consumer(&self, group: &str, identity: &Identity) -> ClientConfig {
        let mut config = self.reading(&identity.to_string());
        config
            .set("group.id", group)
            .set("group.instance.id", identity.to_string())
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", self.get("session.timeout.ms").unwrap_or("10000"))
            // Small bites of each partition, so that a transaction's outputs go to many partitions and each gets one batch.
            .set("fetch.message.max.bytes", self.get("fetch.message.max.bytes").unwrap_or("65536"))
            .set("heartbeat.interval.ms", self.get("heartbeat.interval.ms").unwrap_or("3000"))
            .set("max.poll.interval.ms", self.get("max.poll.interval.ms").unwrap_or("300000"))
            // A topic that gets partitions is read whole within seconds, and not after the five minutes of the default: what lies in the new
            // ones waits, and time with it where they are of the feed of activities. A question of some hundred bytes.
            .set("topic.metadata.refresh.interval.ms", self.get("topic.metadata.refresh.interval.ms").unwrap_or("5000"))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false");
        config
    }

    /// A reader without a group; `group` only to ask for its offsets.
    pub(super) fn reader(&self, client_id: &str, group: &str, committed: bool) -> ClientConfig {
        let mut config = self.reading(client_id);
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", if committed { "read_committed" } else { "read_uncommitted" });
        config
    }

    fn reading(&self, client_id: &str) -> ClientConfig {
        let mut config = self.base(client_id);
        let own = |name, value| self.get(name).unwrap_or(value).to_owned();
        config
            .set("isolation.level", "read_committed")
            // A lost position stops the partition with a code; nothing is skipped or read twice.
            .set("auto.offset.reset", "error")
            // The default of a second stalls restores and small queues.
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", own("queued.max.messages.kbytes", "4096"))
            // A minimum of a byte fetches record by record, and triples the CPU at a few thousand records a second.
            .set("fetch.min.bytes", own("fetch.min.bytes", "200000"))
            .set("fetch.wait.max.ms", own("fetch.wait.max.ms", "8"))
            // A byte that a disk has turned would else be decided about, or be an account's state. It costs a twentieth of the reading.
            .set("check.crcs", "true");
        config
    }

    /// A transactional producer.
    pub(super) fn producer(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.base(transactional_id);
        let own = |name, value| self.get(name).unwrap_or(value).to_owned();
        config
            .set("transactional.id", transactional_id)
            .set("transaction.timeout.ms", self.transaction_timeout().as_millis().to_string())
            .set("message.timeout.ms", self.delivery_timeout().as_millis().to_string())
            .set("enable.idempotence", "true")
            .set("delivery.report.only.error", "true")
            .set("partitioner", "murmur2_random")
            // What a topic takes is the broker's to say: the client's own megabyte would refuse a dead letter of a larger input.
            .set("message.max.bytes", own("message.max.bytes", "104857600"))
            .set("compression.codec", own("compression.codec", "lz4"))
            // Nothing is sent before the producer is drained: by the commit, or where a partition has a batch's worth. While one batch of
            // a partition is in flight, librdkafka's thread spins as soon as the next one may go (idempotence allows it one at a time):
            // with 5 ms the two producers burnt more than a core at full load.
            .set("linger.ms", own("linger.ms", "5000"))
            .set("batch.num.messages", own("batch.num.messages", "10000"))
            .set("queue.buffering.max.messages", own("queue.buffering.max.messages", "200000"))
            .set("queue.buffering.max.kbytes", own("queue.buffering.max.kbytes", "65536"));
        config
    }

    /// A producer without transactions, for whoever stands outside the service.
    pub(super) fn sender(&self, client_id: &str) -> ClientConfig {
        let mut config = self.base(client_id);
        config.set("enable.idempotence", "true").set("partitioner", "murmur2_random").set("linger.ms", "2");
        config
    }

    /// A client for questions about the cluster.
    pub(super) fn admin(&self) -> ClientConfig {
        self.base("relevo-admin")
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.properties.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::producer::BaseProducer;

    use super::*;

    /// A regression: whatever the operator set, a record's time-out was 12 s, which the client refuses beside a shorter transaction, and a
    /// transaction counted as timed out after 15 s, so that a worker that was really fenced took its identity back.
    #[test]
    fn what_hangs_on_the_transactions_timeout_follows_it() {
        for (set, transaction, delivery) in [(None, 15_000, 12_000), (Some("10000"), 10_000, 8_000), (Some("40000"), 40_000, 32_000)] {
            let connection = Connection::new(set.map(|ms| ("transaction.timeout.ms".to_owned(), ms.to_owned())));
            let config = connection.producer("a.b.decide.0");
            let said = |name: &str| config.get(name).and_then(|ms| ms.parse::<u64>().ok());
            assert_eq!((said("transaction.timeout.ms"), said("message.timeout.ms")), (Some(transaction), Some(delivery)));
            assert_eq!(connection.transaction_timeout(), Duration::from_millis(transaction));
            assert_eq!(connection.delivery_timeout(), Duration::from_millis(delivery));
            config.create::<BaseProducer>().expect("the client takes them together");
        }
    }
}
