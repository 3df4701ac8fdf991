//! Batches that can't be read: the partition that has one is found and halted, and tried again now and then; the others go on.

use std::time::{Duration, Instant};

use super::super::clock::{Clock as _, SystemClock};
use super::super::stage::Stage;
use super::Worker;
use crate::contract::code::BATCH_UNREADABLE;
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
        let positions = self.consumer.positions();
        let owned: Vec<_> = self.owned.iter().map(|(partition, owned)| (partition.clone(), owned.next)).collect();
        for (partition, next) in owned {
            self.setup.vitals.beat(SystemClock.now());
            let next = next.max(positions.get(&partition).copied().unwrap_or(next));
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
        let (code, words) = (BATCH_UNREADABLE, words.trim_end_matches('.'));
        let message = format!("{partition}: the batch at offset {next} can't be read: {words}. It is tried again in {} s.", wait.as_secs());
        tracing::error!(%partition, offset = next, %code, "partition halted: {}: {message} {}", code.title, code.help);
        self.setup.vitals.stopped(&partition.to_string(), code, &message);
        self.owned.remove(partition);
        self.show_partitions();
        if self.held_back.insert(partition.clone()) {
            self.consumer.hold_back(std::slice::from_ref(partition), true)?;
        }
        Ok(())
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
}
