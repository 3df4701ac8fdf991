//! How much of each input waits to be taken, and for how long nothing of it was: the end of each partition against the offset that Intake's
//! group has committed.
//!
//! A partition that can't be read, one that nobody owns, and a producer's transaction that is left open all look the same from inside: nothing
//! comes. From here they look like what they are. Off the loops, every few seconds, for the whole group: each process with Intake shows the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::group_watch::Gate;
use super::intake::Input;
use super::status::Status;
use crate::contract::Timestamp;
use crate::kafka::newest::Newest;
use crate::kafka::offsets::Offsets;
use crate::kafka::{Connection, Error, TopicPartition};

/// How often the inputs are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often the watch wakes up, so that a process that is asked to end need not wait for it.
const WAKE_EVERY: Duration = Duration::from_millis(250);

/// Watches the inputs.
pub struct InputWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Intake's group.
    pub group: String,
    /// What Intake reads.
    pub inputs: Arc<[Input]>,
    /// Whether interactions have to wait: then it is no wonder that none is taken.
    pub gate: Arc<Gate>,
    /// Where it is shown.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
}

/// A partition of an input as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    committed: i64,
    end: i64,
}

/// Since when partitions have not moved although something waits in them.
#[derive(Debug, Default)]
struct Stalled(BTreeMap<TopicPartition, (i64, Instant)>);

impl Stalled {
    /// Takes in what was seen of an input; how many records wait, and how long the slowest partition has not moved. `held`: it is meant to wait.
    fn see(&mut self, seen: &[(TopicPartition, Seen)], held: bool, now: Instant) -> (u64, Option<Duration>) {
        let (mut waiting, mut longest) = (0, None);
        for (partition, Seen { committed, end }) in seen {
            let behind = u64::try_from(end - committed).unwrap_or(0);
            waiting += behind;
            if behind == 0 || held {
                self.0.remove(partition);
                continue;
            }
            let (offset, since) = self.0.entry(partition.clone()).or_insert((*committed, now));
            if *offset != *committed {
                (*offset, *since) = (*committed, now);
            }
            longest = longest.max(Some(now.saturating_duration_since(*since)));
        }
        (waiting, longest)
    }
}

impl InputWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let (newest, offsets) = (Newest::of(&self.connection)?, Offsets::of(&self.connection, &self.group)?);
        let (mut looked_at, mut stalled) = (None::<Instant>, Stalled::default());
        while !self.status.is_stopping() {
            if looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                for input in self.inputs.iter() {
                    // What can't be asked is unknown: the figure stays as it was, and the age of a stall grows by itself.
                    if let Err(error) = self.look(input, &newest, &offsets, &mut stalled) {
                        tracing::debug!(%error, input = input.label, "the input could not be looked at");
                    }
                }
                looked_at = Some(Instant::now());
            }
            std::thread::sleep(WAKE_EVERY);
        }
        Ok(())
    }

    fn look(&self, input: &Input, newest: &Newest, offsets: &Offsets, stalled: &mut Stalled) -> Result<(), Error> {
        let topic = &input.contract.topic;
        let partitions = newest.partitions_of(topic)?;
        let committed = offsets.committed(&partitions, false)?;
        let ends = offsets.whole_ends(&partitions)?;
        let begin = |partition: &TopicPartition| offsets.whole_range(partition).map(|range| range.begin);
        let mut seen = Vec::with_capacity(partitions.len());
        for ((partition, committed), end) in partitions.into_iter().zip(committed).zip(ends) {
            let committed = committed.offset.map_or_else(|| begin(&partition), Ok)?;
            seen.push((partition, Seen { committed, end }));
        }
        let held = input.waits && self.gate.is_closed();
        let (waiting, longest) = stalled.see(&seen, held, Instant::now());
        let since = longest.map(|longest| ago(self.clock.now(), longest));
        self.status.input_lags(input.label, waiting, since);
        Ok(())
    }
}

fn ago(now: Timestamp, length: Duration) -> Timestamp {
    now.plus_ms(-i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_4_what_waits_is_counted_and_a_partition_that_does_not_move_is_seen() {
        let began = Instant::now();
        let mut stalled = Stalled::default();
        let mut check = |seconds: u64, offsets: [(i64, i64); 2], held, expected: (u64, Option<u64>)| {
            let seen: Vec<_> = (0..)
                .zip(offsets)
                .map(|(number, (committed, end))| (TopicPartition::new("interactions", number), Seen { committed, end }))
                .collect();
            let (waiting, longest) = stalled.see(&seen, held, began + Duration::from_secs(seconds));
            assert_eq!((waiting, longest.map(|longest| longest.as_secs())), expected, "at {seconds} s");
        };
        check(0, [(5, 5), (7, 7)], false, (0, None));
        check(5, [(5, 9), (7, 8)], false, (5, Some(0)));
        check(10, [(7, 9), (7, 20)], false, (15, Some(5))); // the first moves, the second does not
        check(65, [(9, 9), (7, 20)], false, (13, Some(60)));
        check(70, [(9, 9), (7, 20)], true, (13, None)); // held back: no wonder
        check(75, [(9, 9), (7, 20)], false, (13, Some(0)));
        check(80, [(9, 9), (20, 20)], false, (0, None));
        // A topic that was made again ends before what was committed.
        check(85, [(9, 2), (20, 20)], false, (0, None));
    }
}
