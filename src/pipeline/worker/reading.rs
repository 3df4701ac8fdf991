//! Offsets that the log does not have, and batches that can't be read: the partition that has one is found and halted, and tried again now and then; the others go on.

use std::time::{Duration, Instant};

use super::super::clock::{Clock as _, SystemClock};
use super::super::identities::another;
use super::super::stage::{Stage, Stopped};
use super::{Owned, Worker};
use crate::contract::code::{BATCH_UNREADABLE, OFFSET_OUT_OF_RANGE};
use crate::kafka::unreadable::{Tried, try_to_read};
use crate::kafka::{Error, TopicPartition};

/// How long a partition's next batch may take to come, when it is looked for one that can't be read.
const PATIENCE: Duration = Duration::from_secs(5);

impl<S: Stage> Worker<S> {
    /// Something can't be read: where, is looked for when it repeats. Partitions that have nothing to read are not asked.
    pub(super) fn not_read(&mut self, error: &Error) -> Result<(), Error> {
        let now = Instant::now();
        if !self.unreadable.is_to_be_looked_for(now) {
            tracing::debug!(%error, "a batch can't be read");
            return Ok(());
        }
        tracing::warn!(%error, stage = %self.setup.stage, "a batch can't be read, again and again; looking where it is");
        self.look_where()
    }

    /// The client has passed over a batch whose checksum is wrong. Nothing of after it was taken: its partition is halted before it, and the
    /// others are read again from where they were.
    pub(super) fn passed_over(&mut self, error: &Error) -> Result<(), Error> {
        tracing::warn!(%error, stage = %self.setup.stage, "a batch is damaged; looking where it is");
        self.look_where()?;
        self.consumer.seek(&self.whence())?;
        self.consumer.has_gone_back();
        Ok(())
    }

    /// What is to be read next of each partition.
    fn whence(&self) -> Vec<(TopicPartition, i64)> {
        let positions = self.consumer.positions();
        let next = |(partition, owned): (&TopicPartition, &Owned)| {
            (partition.clone(), owned.next.max(positions.get(partition).copied().unwrap_or(owned.next)))
        };
        self.owned.iter().map(next).collect()
    }

    /// Halts each partition whose next batch can't be read.
    fn look_where(&mut self) -> Result<(), Error> {
        for (partition, next) in self.whence() {
            self.setup.vitals.beat(SystemClock.now());
            let has_more = self.offsets.stable_range(&partition).is_ok_and(|range| next < range.end);
            if !has_more {
                continue;
            }
            if let Ok(Tried::Unreadable(words)) = try_to_read(&self.setup.connection, &partition, next, PATIENCE) {
                self.halt_unreadable(&partition, next, &words)?;
            }
        }
        Ok(())
    }

    /// A partition waits whose next batch can't be read; what is known of it is kept.
    fn halt_unreadable(&mut self, partition: &TopicPartition, next: i64, words: &str) -> Result<(), Error> {
        let wait = self.unreadable.halt(partition, next, Instant::now());
        let words = words.trim_end_matches('.');
        let message = format!("{partition}: the batch at offset {next} can't be read: {words}. It is tried again in {} s.", wait.as_secs());
        self.set_aside(partition, next, BATCH_UNREADABLE, &message)
    }

    /// Goes on with a partition that can be read again: a client that unpacks more, or an operator who has cut the batch off.
    pub(super) fn try_to_read_again(&mut self) -> Result<(), Error> {
        let Some((partition, next)) = self.unreadable.due(Instant::now()) else { return Ok(()) };
        self.setup.vitals.beat(SystemClock.now());
        match try_to_read(&self.setup.connection, &partition, next, PATIENCE)? {
            Tried::Unreadable(words) => self.halt_unreadable(&partition, next, &words),
            Tried::Readable | Tried::Nothing => {
                self.unreadable.forget(&partition);
                self.own(&partition, next);
                self.consumer.seek(&[(partition.clone(), next)])?;
                self.goes_on(&partition);
                Ok(())
            }
        }
    }

    /// The log does not have some partition's next offset: it was cut, or lost its end. Which one, the log's own range tells.
    pub(super) fn stop_out_of_range(&mut self) -> Result<(), Error> {
        let next: Vec<_> = self.owned.iter().map(|(partition, owned)| (partition.clone(), owned.next, owned.rests_on.topic)).collect();
        let mut is_told = false;
        for (partition, next, known) in next {
            // A topic that was made again has other offsets, or none: that it is another one says more than which it has.
            let asked = self.offsets.topic_id(&partition.topic).and_then(|id| Ok((id, self.offsets.whole_range(&partition)?)));
            let range = match asked {
                Ok((id, range)) => {
                    if let Some(stopped) = another(&partition, &partition.topic, known, id, false) {
                        self.stop_partition(&partition, &stopped)?;
                        is_told = true;
                        continue;
                    }
                    range
                }
                Err(error) => {
                    tracing::warn!(%partition, %error, "an offset is out of range, and the log does not say which");
                    is_told = true;
                    break;
                }
            };
            if next < range.begin || next > range.end {
                let message = format!("{partition}: offset {next} is wanted, and the log has {} to {}.", range.begin, range.end);
                self.stop_partition(&partition, &Stopped { code: OFFSET_OUT_OF_RANGE, message })?;
                is_told = true;
            }
        }
        if !is_told {
            // One was cut and has grown again: whoever prepares a partition compares its records.
            tracing::warn!("an offset was out of range, and is not any more; restoring");
            self.stage.aborted();
            return self.prepare_anew();
        }
        // librdkafka reads a partition whose offset it found wrong no further until it is sought: if it is still wrong, it says so again.
        self.roll_back()
    }
}
