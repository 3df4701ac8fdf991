//! Partitions whose next batch can't be read, and when they are tried again. What is told here comes from the worker, so that it can be
//! tested without Kafka.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kafka::TopicPartition;

/// An error of reading says nothing of where it was met, and one may pass: so many within [`SOON`], and somebody looks where.
const LOOK_AFTER: u32 = 2;
/// Errors that are further apart than this have nothing to do with each other.
const SOON: Duration = Duration::from_secs(30);
/// Between two looks, at least: each makes a client for every partition that has something to read.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// When a partition is tried again for the first time; each time doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// The longest between two tries: each unpacks the batch again, as far as that goes.
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// A partition that waits.
#[derive(Debug)]
struct Waiting {
    next: i64,
    retry_at: Instant,
    wait: Duration,
}

/// The partitions that wait.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    errors: u32,
    last_error: Option<Instant>,
    looked_at: Option<Instant>,
    waiting: BTreeMap<TopicPartition, Waiting>,
}

impl Unreadable {
    /// Something could not be read. Whether it is time to look where.
    pub fn is_to_be_looked_for(&mut self, now: Instant) -> bool {
        if self.last_error.is_none_or(|last| now - last > SOON) {
            self.errors = 0;
        }
        self.errors += 1;
        self.last_error = Some(now);
        let looks = self.errors >= LOOK_AFTER && self.looked_at.is_none_or(|at| now - at >= LOOK_EVERY);
        if looks {
            (self.errors, self.looked_at) = (0, Some(now));
        }
        looks
    }

    /// The next batch of this partition can't be read. How long until it is tried again.
    pub fn halt(&mut self, partition: &TopicPartition, next: i64, now: Instant) -> Duration {
        let wait = self.waiting.get(partition).map_or(FIRST_RETRY, |waiting| (waiting.wait * 2).min(LONGEST_RETRY));
        self.waiting.insert(partition.clone(), Waiting { next, retry_at: now + wait, wait });
        // What else can't be read is looked for soon.
        self.looked_at = None;
        wait
    }

    /// The partition that is to be tried again, and from where.
    pub fn due(&self, now: Instant) -> Option<(TopicPartition, i64)> {
        self.waiting.iter().find(|(_, waiting)| waiting.retry_at <= now).map(|(partition, waiting)| (partition.clone(), waiting.next))
    }

    /// Partitions that wait.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.waiting.keys()
    }

    /// A partition goes on, or to somebody else.
    pub fn forget(&mut self, partition: &TopicPartition) {
        self.waiting.remove(partition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_4_an_error_that_repeats_is_looked_for_and_its_partition_tried_less_and_less_often() {
        let began = Instant::now();
        let mut unreadable = Unreadable::default();
        let at = |seconds| began + Duration::from_secs(seconds);
        for (seconds, looks) in [(0, false), (40, false), (41, true), (42, false), (43, false), (51, true)] {
            assert_eq!(unreadable.is_to_be_looked_for(at(seconds)), looks, "{seconds} s");
        }
        let partition = TopicPartition::new("interactions", 1);
        let mut now = began;
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = unreadable.halt(&partition, 17, now);
            assert_eq!(unreadable.due(now), None);
            now += wait;
            assert_eq!(unreadable.due(now), Some((partition.clone(), 17)));
            waits.push(wait.as_secs());
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        unreadable.forget(&partition);
        assert_eq!((unreadable.due(now), unreadable.partitions().count()), (None, 0));
    }
}
