//! Partitions that halted for what can pass by itself, and when each is looked at again.
//!
//! Nobody is asked in vain for long: the wait is doubled up to a bound. This file refuses to know what a look is, and reads no clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kafka::TopicPartition;

/// The first wait. Its double is the next, and so on.
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait: a look reads the partition's state back.
const LONGEST: Duration = Duration::from_secs(120);

/// Who waits.
#[derive(Default)]
pub(super) struct LookAgain(BTreeMap<TopicPartition, Wait>);

struct Wait {
    length: Duration,
    /// `None`: it is being looked at.
    until: Option<Instant>,
}

impl LookAgain {
    /// A partition has halted, for the first time or again.
    pub fn halted(&mut self, partition: &TopicPartition, now: Instant) {
        let length = self.0.get(partition).map_or(FIRST, |wait| (wait.length * 2).min(LONGEST));
        self.0.insert(partition.clone(), Wait { length, until: Some(now + length) });
    }

    /// The partitions whose wait is over: they are looked at now.
    pub fn due(&mut self, now: Instant) -> Vec<TopicPartition> {
        let mut due = Vec::new();
        for (partition, wait) in &mut self.0 {
            if wait.until.take_if(|until| *until <= now).is_some() {
                due.push(partition.clone());
            }
        }
        due
    }

    /// A partition goes on, or elsewhere; whether it had halted.
    pub fn forget(&mut self, partition: &TopicPartition) -> bool {
        self.0.remove(partition).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_4_what_passes_is_looked_at_again_ever_more_seldom_until_it_goes_on() {
        let (partition, began) = (TopicPartition::new("log", 3), Instant::now());
        let mut again = LookAgain::default();
        let mut now = began;
        let waits: Vec<u64> = (0..7)
            .map(|_| {
                again.halted(&partition, now);
                let before = now;
                while again.due(now).is_empty() {
                    now += Duration::from_secs(1);
                }
                assert!(again.due(now).is_empty(), "one look at a time");
                (now - before).as_secs()
            })
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 120, 120]);
        assert!(again.forget(&partition) && !again.forget(&partition));
        again.halted(&partition, now);
        assert_eq!(again.due(now + FIRST), [partition]);
    }
}
