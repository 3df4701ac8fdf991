//! KEY-1 from outside: Relevo's partitions are Java's, by values that Kafka's own function computed, and by a broker's word.

use relevo::contract::murmur2::{murmur2, partition_of_key};

use crate::broker::Broker;
use crate::records::{Outgoing, Sender, read_all};
use crate::topics::{self, Topic};

/// Key, hash, partition of 8 and of 50, as `data/Murmur2.java` printed them.
fn javas_values() -> impl Iterator<Item = (&'static str, i32, u32, u32)> {
    include_str!("data/murmur2.tsv").lines().map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| columns[index].parse::<i64>().expect("a number");
        (columns[0], number(1) as i32, number(2) as u32, number(3) as u32)
    })
}

#[test]
fn key_1_hashes_and_partitions_are_those_that_java_computed() {
    let mut keys = 0;
    for (key, hash, of_8, of_50) in javas_values() {
        assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        assert_eq!((partition_of_key(key.as_bytes(), 8), partition_of_key(key.as_bytes(), 50)), (of_8, of_50), "{key}");
        keys += 1;
    }
    assert!(keys > 80, "only {keys} values");
}

#[test]
fn key_1_a_keyed_producer_finds_the_same_partitions_on_a_broker() {
    let address = &Broker::shared().address;
    let topic = topics::unique_prefix("keys");
    topics::create(address, &[Topic { name: &topic, partitions: 8, settings: vec![] }]);
    let keyed: Vec<Outgoing> = javas_values()
        .filter(|(key, ..)| !key.is_empty()) // no key: any partition
        .map(|(key, ..)| Outgoing { key: Some(key.into()), ..Outgoing::default() })
        .collect();
    Sender::plain(address).send_all(&topic, &keyed);
    let read: Vec<_> = read_all(address, &topic, 8).into_iter().flatten().collect();
    assert_eq!(read.len(), keyed.len());
    for record in read {
        assert_eq!(record.partition as u32, partition_of_key(record.key_text().as_bytes(), 8), "{}", record.key_text());
    }
}
