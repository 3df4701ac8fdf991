//! What follows when a worker's transactions can't be delivered, transaction after transaction: from the same offsets the same records fail
//! again, so repeating alone helps nobody (TXN-4).
//!
//! What may pass (a broker that is away) is tried again with a growing pause, and said. What does not pass by itself (a topic that is gone,
//! no right, a record that is too large) is searched for: the partitions of the transaction are processed one at a time, and at first one
//! record at a time. A partition whose next record fails even so is halted and tried again now and then; all others go on. This file
//! refuses to know Kafka: it is told what happened and says what is to be done, so that it can be tested without.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::kafka::{TopicPartition, Undelivered};

/// The pause after the first transaction that failed; each one in a row doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// So many in a row that do not pass, and their partitions are processed one at a time.
const ALONE_AFTER: u32 = 2;
/// So many in a row of whatever kind are told.
const TOLD_AFTER: u32 = 3;
/// A partition that is processed alone and brings nothing for so long holds the others up no longer.
const QUIET: Duration = Duration::from_secs(2);
/// When a halted partition is tried again for the first time; each time doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// The longest between two tries.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// A partition and the next offset of it.
type Reached = (TopicPartition, i64);

/// What is to be done after a transaction that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The same again, after a pause.
    Again(Duration),
    /// This partition is halted; the others go on.
    Halt(TopicPartition),
}

/// A halted partition.
#[derive(Debug)]
pub(super) struct Halted {
    /// The next offset, as committed: where its records fail.
    pub next: i64,
    /// What fails.
    pub failed: Undelivered,
    tries: u32,
    retry_at: Instant,
    /// How far the transaction went that failed.
    reach: i64,
}

impl Halted {
    /// How long until it is tried again.
    pub fn retry_in(&self, now: Instant) -> Duration {
        self.retry_at.saturating_duration_since(now)
    }
}

/// Partitions that are processed one at a time; the first is being processed.
#[derive(Debug)]
struct Alone {
    partitions: VecDeque<Reached>,
    /// The most records of a transaction: one at first, and twice as many after each commit.
    max_records: usize,
    since: Instant,
}

/// What is known of transactions that failed.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    in_a_row: u32,
    told_at: Option<Instant>,
    alone: Option<Alone>,
    halted: BTreeMap<TopicPartition, Halted>,
}

impl Delivery {
    /// The partition that is processed alone now.
    pub fn alone(&self) -> Option<&TopicPartition> {
        self.alone.as_ref()?.partitions.front().map(|(partition, _)| partition)
    }

    /// The most records of a transaction, as far as this goes.
    pub fn max_records(&self) -> usize {
        self.alone.as_ref().map_or(usize::MAX, |alone| alone.max_records)
    }

    /// Whether the last transaction failed.
    pub fn is_failing(&self) -> bool {
        self.in_a_row > 0
    }

    /// Halted partitions.
    pub fn halted(&self) -> &BTreeMap<TopicPartition, Halted> {
        &self.halted
    }

    /// How many transactions in a row have failed, if that is worth telling: from the third on, and then once in a while.
    pub fn worth_telling(&mut self, now: Instant) -> Option<u32> {
        let is_news = self.in_a_row >= TOLD_AFTER && self.told_at.is_none_or(|at| now - at >= LONGEST_RETRY);
        if is_news {
            self.told_at = Some(now);
        }
        is_news.then_some(self.in_a_row)
    }

    /// A transaction has committed up to here. Those that were halted and have gone on are returned.
    pub fn committed(&mut self, offsets: &[Reached], now: Instant) -> Option<TopicPartition> {
        self.in_a_row = 0;
        self.told_at = None;
        let alone = self.alone.as_mut()?;
        let (partition, reach) = alone.partitions.front()?;
        let reached = offsets.iter().find(|(other, _)| other == partition).map(|(_, offset)| *offset)?;
        // It has gone on, however little: what failed is delivered now.
        let healed = self.halted.remove(partition).map(|_| partition.clone());
        if reached >= *reach {
            self.end_first(now);
        } else {
            alone.max_records = alone.max_records.saturating_mul(2);
        }
        healed
    }

    /// A transaction of these records failed, for a reason that passes (or none that is known).
    pub fn failed(&mut self) -> Next {
        self.in_a_row += 1;
        Next::Again(self.pause())
    }

    /// A transaction of these records failed, and will fail again. `batch`: how far it went in each partition that it had records of, or
    /// every partition where it had none; with the offset from which it would be repeated.
    pub fn failed_for_good(&mut self, failed: Undelivered, batch: &[(TopicPartition, i64, i64)], now: Instant) -> Next {
        self.in_a_row += 1;
        let reached = |(partition, _, reach): &(TopicPartition, i64, i64)| (partition.clone(), *reach);
        let Some(alone) = self.alone.as_mut() else {
            if self.in_a_row >= ALONE_AFTER {
                self.process_alone(batch.iter().map(reached).collect(), now);
            }
            return Next::Again(self.pause());
        };
        let Some((partition, reach)) = alone.partitions.front().cloned() else { return Next::Again(self.pause()) };
        let Some((_, next, _)) = batch.iter().find(|(other, ..)| *other == partition).filter(|_| batch.len() == 1) else {
            // Others' records came along: what was fetched before they were held back.
            return Next::Again(self.pause());
        };
        if alone.max_records > 1 {
            alone.max_records = 1;
            return Next::Again(FIRST_PAUSE);
        }
        self.end_first(now);
        let tries = self.halted.get(&partition).map_or(0, |halted| halted.tries + 1);
        let retry_at = now + until_retry(tries);
        // Whatever else fails by the same topic need not be tried before this one.
        let topic = |failed: &Undelivered| failed.topic.as_ref().map(|(topic, _)| topic.clone());
        for other in self.halted.values_mut().filter(|other| topic(&other.failed) == topic(&failed)) {
            other.retry_at = other.retry_at.max(retry_at);
        }
        self.halted.insert(partition.clone(), Halted { next: *next, failed, tries, retry_at, reach });
        Next::Halt(partition)
    }

    /// Nothing came from the partition that is processed alone. One that was halted and goes on because it is quiet is returned.
    pub fn nothing_came(&mut self, now: Instant) -> Option<TopicPartition> {
        let quiet = self.alone.as_ref().filter(|alone| now.saturating_duration_since(alone.since) > QUIET)?;
        let (partition, _) = quiet.partitions.front().cloned()?;
        self.end_first(now);
        self.halted.remove(&partition).map(|_| partition)
    }

    /// The halted partition that is to be tried again now, if there is one.
    pub fn due(&self, now: Instant) -> Option<&TopicPartition> {
        let due = self.halted.iter().find(|(_, halted)| halted.retry_at <= now);
        due.map(|(partition, _)| partition).filter(|_| self.alone.is_none())
    }

    /// Tries a halted partition again, alone; where it goes on.
    pub fn try_again(&mut self, partition: &TopicPartition, now: Instant) -> Option<i64> {
        let (next, reach) = self.halted.get(partition).map(|halted| (halted.next, halted.reach))?;
        self.process_alone(VecDeque::from([(partition.clone(), reach.max(next + 1))]), now);
        Some(next)
    }

    /// What keeps a halted partition from going on is still there: nothing is tried.
    pub fn put_off(&mut self, partition: &TopicPartition, now: Instant) {
        if let Some(halted) = self.halted.get_mut(partition) {
            halted.tries += 1;
            halted.retry_at = now + until_retry(halted.tries);
        }
    }

    /// A partition goes to somebody else, or begins anew.
    pub fn forget(&mut self, partition: &TopicPartition, now: Instant) {
        self.halted.remove(partition);
        if let Some(alone) = &mut self.alone {
            alone.partitions.retain(|(other, _)| other != partition);
            alone.since = now;
            if alone.partitions.is_empty() {
                self.alone = None;
            }
        }
    }

    fn pause(&self) -> Duration {
        FIRST_PAUSE.saturating_mul(1 << self.in_a_row.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
    }

    fn process_alone(&mut self, partitions: VecDeque<Reached>, now: Instant) {
        if !partitions.is_empty() {
            self.alone = Some(Alone { partitions, max_records: 1, since: now });
        }
    }

    fn end_first(&mut self, now: Instant) {
        if let Some(alone) = &mut self.alone {
            alone.partitions.pop_front();
            (alone.max_records, alone.since) = (1, now);
            if alone.partitions.is_empty() {
                self.alone = None;
            }
        }
    }
}

fn until_retry(tries: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << tries.min(8)).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition::new("log", number)
    }

    fn too_large() -> Undelivered {
        Undelivered { topic: Some(("decisions".into(), 0)), reason: "too large".into(), passes: false }
    }

    /// A log of 40 records in each of three partitions, of which partition 1 has one at 17 that can't be delivered, until it can.
    #[test]
    fn txn_4_only_the_partition_whose_record_fails_is_halted_and_it_heals() {
        let mut now = Instant::now();
        let mut delivery = Delivery::default();
        let mut next = [0_i64; 3];
        let (mut transactions, mut halted, mut mended) = (0, None, false);
        while next != [40, 40, 40] {
            transactions += 1;
            assert!(transactions < 200, "{next:?} {delivery:?}");
            now += Duration::from_millis(50);
            if halted.is_some() && transactions == 60 {
                assert_eq!(next, [40, 17, 40], "the others have gone on");
                mended = true;
                now += LONGEST_RETRY;
            }
            if let Some(due) = delivery.due(now).cloned() {
                assert_eq!(delivery.try_again(&due, now), Some(17));
            }
            let reads = |number: i32| match delivery.alone() {
                Some(alone) => *alone == partition(number),
                None => !delivery.halted().contains_key(&partition(number)),
            };
            let (mut batch, mut room) = (Vec::new(), delivery.max_records().min(100));
            for number in (0..3).filter(|number| reads(*number)) {
                let from = next[number as usize];
                let reach = (from + room as i64).min(40);
                if reach > from {
                    room -= (reach - from) as usize;
                    batch.push((partition(number), from, reach));
                }
            }
            if batch.is_empty() {
                continue;
            }
            if !mended && batch.iter().any(|(of, from, reach)| *of == partition(1) && (*from..*reach).contains(&17)) {
                match delivery.failed_for_good(too_large(), &batch, now) {
                    Next::Halt(partition) => halted = Some(partition),
                    Next::Again(pause) => assert!(pause <= LONGEST_PAUSE),
                }
                continue;
            }
            let offsets: Vec<_> = batch.iter().map(|(partition, _, reach)| (partition.clone(), *reach)).collect();
            offsets.iter().for_each(|(partition, reach)| next[partition.partition as usize] = *reach);
            if let Some(healed) = delivery.committed(&offsets, now) {
                assert_eq!((healed, mended), (partition(1), true));
            }
        }
        assert_eq!((halted, delivery.halted().len(), delivery.alone()), (Some(partition(1)), 0, None));
    }

    #[test]
    fn txn_4_what_passes_is_repeated_with_a_growing_pause_and_told_now_and_then() {
        let now = Instant::now();
        let mut delivery = Delivery::default();
        let pauses: Vec<_> = (0..9)
            .map(|_| match delivery.failed() {
                Next::Again(pause) => pause.as_millis(),
                Next::Halt(partition) => panic!("{partition} is halted"),
            })
            .collect();
        assert_eq!(pauses, [20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
        assert_eq!((delivery.worth_telling(now), delivery.worth_telling(now)), (Some(9), None));
        assert_eq!(delivery.worth_telling(now + LONGEST_RETRY), Some(9));
        delivery.committed(&[], now);
        assert_eq!((delivery.failed(), delivery.worth_telling(now)), (Next::Again(FIRST_PAUSE), None));
    }

    #[test]
    fn txn_4_a_halted_partition_is_tried_less_and_less_often_and_one_of_several_by_the_same_topic() {
        let began = Instant::now();
        let mut delivery = Delivery::default();
        let batch: Vec<_> = (0..2).map(|number| (partition(number), 5, 6)).collect();
        for _ in 0..ALONE_AFTER {
            delivery.failed_for_good(too_large(), &batch, began);
        }
        for number in 0..2 {
            assert_eq!(delivery.failed_for_good(too_large(), &[(partition(number), 5, 6)], began), Next::Halt(partition(number)));
        }
        let mut waits = Vec::new();
        let mut now = began;
        for _ in 0..5 {
            let halted = delivery.halted().values().map(|halted| halted.retry_in(now)).max().expect("two are halted");
            waits.push(halted.as_secs());
            now += halted;
            let due = delivery.due(now).cloned().expect("one is due");
            assert_eq!((delivery.try_again(&due, now), delivery.due(now)), (Some(5), None));
            assert_eq!(delivery.failed_for_good(too_large(), &[(due.clone(), 5, 6)], now), Next::Halt(due));
            assert_eq!(delivery.due(now), None, "the other one waits too");
        }
        assert_eq!(waits, [5, 10, 20, 30, 30]);
        // One that is quiet holds nobody up, and one that goes is forgotten.
        now += LONGEST_RETRY;
        delivery.try_again(&partition(0), now);
        assert_eq!(delivery.nothing_came(now + QUIET), None);
        assert_eq!(delivery.alone(), Some(&partition(0)));
        assert_eq!((delivery.nothing_came(now + QUIET * 2), delivery.alone()), (Some(partition(0)), None));
        (0..2).for_each(|number| delivery.forget(&partition(number), now));
        assert!(delivery.halted().is_empty());
    }
}
