//! Filling one transaction: from its first record to the moment when it should be committed.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::stage::{NotProcessed, Stage, Stopped};
use super::status::Status;
use super::worker::{CommitBounds, Owned};
use crate::kafka::consumer::Polled;
use crate::kafka::{Error, GroupConsumer, Incoming, TopicPartition, Transaction};

/// Up to so many records a transaction looks at the clock with each.
const FEW: usize = 64;
/// Behind those with each 16th only: where records come thick and fast, looking at the clock is a good part of reading one.
const LOOK_EVERY: usize = 16;

/// What a transaction came to before its commit.
pub(super) enum Filled {
    /// It can be committed.
    Whole,
    /// It must be rolled back; why.
    Broken(String),
    /// It must be rolled back, and the client can't go on.
    Fatal(Error),
    /// A record made the stage panic.
    Panicked(TopicPartition, i64),
    /// It must be rolled back, and the partition stops before the record that was next.
    Stopped(TopicPartition, Stopped),
}

/// A transaction that is being filled.
pub(super) struct Filling<'a, S: Stage> {
    pub stage: &'a mut S,
    pub consumer: &'a GroupConsumer,
    pub owned: &'a BTreeMap<TopicPartition, Owned>,
    pub poisoned: &'a BTreeSet<(TopicPartition, i64)>,
    pub bounds: CommitBounds,
    pub stopping: &'a Status,
    /// Records so far.
    pub records: usize,
    /// The next offset of each partition that had a record.
    pub next: Vec<(TopicPartition, i64)>,
}

/// What a record led to.
enum Processed {
    Done,
    Not(NotProcessed),
    Panicked,
}

impl<S: Stage> Filling<'_, S> {
    /// Processes the first record and those behind it, until the inputs are empty or a bound is reached.
    pub fn fill(&mut self, first: Option<Incoming<'_>>, transaction: &mut Transaction<'_>, began: Instant) -> Filled {
        if let Some(broken) = first.and_then(|first| self.take(&first, transaction)) {
            return broken;
        }
        let (mut age, mut may_have_waited) = (Duration::ZERO, true);
        loop {
            if may_have_waited || self.records <= FEW || self.records.is_multiple_of(LOOK_EVERY) {
                age = began.elapsed();
            }
            let full = age >= self.bounds.max || self.records >= self.bounds.max_records || transaction.bytes() >= self.bounds.max_bytes;
            if full || self.stopping.is_stopping() || self.consumer.has_rebalance() {
                return self.whole_unless_lost();
            }
            // Empty inputs and the least time over: commit. Until then wait for more.
            let wait = self.bounds.min.saturating_sub(age);
            may_have_waited = !wait.is_zero();
            match self.consumer.poll_waiting(wait) {
                Polled::Record(record) => {
                    if let Some(broken) = self.take(&record, transaction) {
                        return broken;
                    }
                }
                Polled::Nothing if began.elapsed() < self.bounds.min => {}
                Polled::Nothing => return self.whole_unless_lost(),
                // What can't be read is met again, with no transaction open.
                Polled::Passing(error) | Polled::Unreadable(error) | Polled::PassedOver(error) => {
                    tracing::debug!(%error, "reading goes on when it has passed");
                    return self.whole_unless_lost();
                }
                // The turn after this one meets it again, with no transaction open.
                Polled::OutOfRange => return Filled::Broken("an offset is out of range".into()),
                Polled::Fatal(error) => return Filled::Fatal(error),
            }
        }
    }

    /// What is lost belongs to somebody else already: their work must not be done twice.
    fn whole_unless_lost(&self) -> Filled {
        if self.consumer.has_lost() { Filled::Broken("partitions were lost to another worker".into()) } else { Filled::Whole }
    }

    fn take(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Option<Filled> {
        let next = self.next_of(record)?;
        let processed = if self.is_poisoned(next, record.offset()) {
            self.stage.poisoned(record, transaction).map_or_else(Processed::Not, |()| Processed::Done)
        } else {
            // The stage is used on only to roll back, so what a panic left half done in it is dropped.
            match catch_unwind(AssertUnwindSafe(|| self.stage.process(record, transaction))) {
                Ok(result) => result.map_or_else(Processed::Not, |()| Processed::Done),
                Err(_) => Processed::Panicked,
            }
        };
        match processed {
            Processed::Done => {
                self.records += 1;
                self.next[next].1 = record.offset() + 1;
                None
            }
            Processed::Not(NotProcessed::Failed(error)) => Some(Filled::Broken(error.to_string())),
            Processed::Not(NotProcessed::Stopped(stopped)) => Some(Filled::Stopped(self.next[next].0.clone(), stopped)),
            Processed::Panicked => {
                let (partition, offset) = (self.next[next].0.clone(), record.offset());
                tracing::error!(%partition, offset, "a step panicked; the record becomes a dead letter");
                Some(Filled::Panicked(partition, offset))
            }
        }
    }

    /// Where [`Self::next`] has the owned partition of a record; one of a partition that was given up meanwhile is nobody's business
    /// here.
    fn next_of(&mut self, record: &Incoming<'_>) -> Option<usize> {
        let (topic, number) = (record.topic(), record.partition());
        let is_its = |partition: &TopicPartition| partition.partition == number && partition.topic.as_ref() == topic;
        self.next.iter().position(|(partition, _)| is_its(partition)).or_else(|| {
            let (partition, owned) = self.owned.iter().find(|(partition, _)| is_its(partition))?;
            self.next.push((partition.clone(), owned.next));
            Some(self.next.len() - 1)
        })
    }

    fn is_poisoned(&self, next: usize, offset: i64) -> bool {
        !self.poisoned.is_empty() && self.poisoned.contains(&(self.next[next].0.clone(), offset))
    }
}
