//! Topics and groups of one test on a shared broker: named for it, made as Relevo needs them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::wait;

/// How long an administrative call may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A prefix that no other test, and no other run on the same broker, has.
pub fn unique_prefix(test: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    format!("{test}-{:x}-{}", now % 0x1_0000_0000, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A topic to be made: its name, how many partitions, its settings.
pub struct Topic<'a> {
    pub name: &'a str,
    pub partitions: i32,
    pub settings: Vec<(&'a str, &'a str)>,
}

/// Makes the topics and waits until the broker knows them all.
pub fn create(address: &str, topics: &[Topic<'_>]) {
    let wanted: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|topic| {
            let new = NewTopic::new(topic.name, topic.partitions, TopicReplication::Fixed(1));
            topic.settings.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    let results = block_on(admin(address).create_topics(&wanted, &AdminOptions::new().operation_timeout(Some(LIMIT))))
        .expect("the broker answers a request for topics");
    for result in results {
        result.expect("a topic of a test is made");
    }
    // The controller has made them; a loaded broker may take a moment to hear of it.
    let consumer: BaseConsumer = client(address).create().expect("a consumer from constants");
    wait::until("the broker knows the topics", 20, || {
        consumer.fetch_metadata(None, LIMIT).is_ok_and(|metadata| {
            let knows = |topic: &Topic<'_>| {
                metadata.topics().iter().any(|known| known.name() == topic.name && known.partitions().len() == topic.partitions as usize)
            };
            topics.iter().all(knows)
        })
    });
}

/// Changes settings of a topic; those that are not named get their defaults.
pub fn alter(address: &str, topic: &str, settings: &[(&str, &str)]) {
    let config = AlterConfig::new(ResourceSpecifier::Topic(topic));
    let config = settings.iter().fold(config, |config, (name, value)| config.set(name, value));
    let results = block_on(admin(address).alter_configs([&config], &AdminOptions::new().operation_timeout(Some(LIMIT))));
    results.expect("the broker answers").into_iter().for_each(|result| drop(result.expect("a topic of a test is changed")));
}

/// Deletes a topic, and waits until the broker does not know it any more.
pub fn delete(address: &str, topic: &str) {
    let results = block_on(admin(address).delete_topics(&[topic], &AdminOptions::new().operation_timeout(Some(LIMIT))));
    results.expect("the broker answers").into_iter().for_each(|result| drop(result.expect("a topic of a test is deleted")));
    let consumer: BaseConsumer = client(address).create().expect("a consumer from constants");
    wait::until("the topic is gone", 20, || {
        consumer.fetch_metadata(None, LIMIT).is_ok_and(|metadata| metadata.topics().iter().all(|known| known.name() != topic))
    });
}

/// Gives a topic more partitions: `partitions` altogether.
pub fn grow(address: &str, topic: &str, partitions: i32) {
    let wanted = [NewPartitions::new(topic, partitions as usize)];
    let results = block_on(admin(address).create_partitions(&wanted, &AdminOptions::new().operation_timeout(Some(LIMIT))))
        .expect("the broker answers a request for partitions");
    for result in results {
        result.expect("a topic of a test gets partitions");
    }
}

/// Deletes records before the given offset, as a retention that ran out would.
pub fn cut(address: &str, topic: &str, partition: i32, before: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(before)).expect("an offset");
    block_on(admin(address).delete_records(&list, &AdminOptions::new().operation_timeout(Some(LIMIT)))).expect("records are deleted");
}

/// Forgets a group with all its committed offsets. It must have no members.
pub fn delete_group(address: &str, group: &str) -> Result<(), String> {
    let results = block_on(admin(address).delete_groups(&[group], &AdminOptions::new().request_timeout(Some(LIMIT))))
        .map_err(|error| error.to_string())?;
    for result in results {
        result.map_err(|(_, code)| code.to_string())?;
    }
    Ok(())
}

/// Commits offsets of a topic for a group from outside, as an operator's tool does. The group must have no members.
pub fn commit(address: &str, group: &str, topic: &str, offsets: &[(i32, i64)]) -> Result<(), String> {
    let consumer: BaseConsumer = client(address).set("group.id", group).create().expect("a consumer from constants");
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).expect("an offset");
    }
    consumer.commit(&list, CommitMode::Sync).map_err(|error| error.to_string())
}

/// The offsets that a group has committed for a topic, `None` where there is none; `None` altogether while a transaction
/// holds them back.
pub fn committed(address: &str, group: &str, topic: &str, partitions: i32) -> Option<Vec<Option<i64>>> {
    let consumer: BaseConsumer = client(address).set("group.id", group).create().expect("a consumer from constants");
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition(topic, partition);
    }
    let committed = consumer.committed_offsets(list, Duration::from_secs(5)).ok()?;
    let offset = |partition| match committed.find_partition(topic, partition)?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    Some((0..partitions).map(offset).collect())
}

/// Where each partition ends, markers of transactions counted.
pub fn ends(address: &str, topic: &str, partitions: i32, isolation: &str) -> Vec<i64> {
    let consumer: BaseConsumer = client(address).set("isolation.level", isolation).create().expect("a consumer from constants");
    (0..partitions)
        .map(|partition| consumer.fetch_watermarks(topic, partition, LIMIT).expect("the broker tells a partition's end").1)
        .collect()
}

/// The settings that every client of a test begins with.
pub fn client(address: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address).set("log_level", "3");
    config
}

fn admin(address: &str) -> AdminClient<DefaultClientContext> {
    client(address).create().expect("an administrator from constants")
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}
