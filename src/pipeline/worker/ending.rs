//! How a transaction ended, and what follows: what it staged becomes true, or every partition goes back to where it began, or, where nobody
//! knows, the committed offsets tell.

use std::time::{Duration, Instant};

use super::super::clock::{Clock as _, SystemClock};
use super::super::facts::TransactionResult;
use super::super::stage::{Shown, Stage};
use super::{Worker, take_over};
use crate::contract::code::WORKER_FENCED;
use crate::kafka::offsets::Committed;
use crate::kafka::producer::RolledBack;
use crate::kafka::{CommitOutcome, Error, TopicPartition};

/// How long one try to read the offsets after an unclear commit may take; then it is tried again, for as long as brokers are away.
const CLEARING_PATIENCE: Duration = Duration::from_secs(5);

impl<S: Stage> Worker<S> {
    /// What follows from how a transaction ended.
    pub(super) fn ended(
        &mut self,
        outcome: CommitOutcome,
        offsets: &[(TopicPartition, i64)],
        batch: &[(TopicPartition, i64, i64)],
        began: Instant,
    ) -> Result<(), Error> {
        let result = match outcome {
            CommitOutcome::Committed => {
                self.promote(offsets);
                TransactionResult::Committed
            }
            CommitOutcome::RolledBack(RolledBack { reason, undelivered }) => {
                tracing::info!(reason, stage = %self.setup.stage, "transaction rolled back");
                self.roll_back()?;
                self.not_delivered(&reason, undelivered, batch)?;
                TransactionResult::RolledBack
            }
            CommitOutcome::Unclear(RolledBack { reason, undelivered }) => {
                tracing::warn!(reason, stage = %self.setup.stage, "nobody knows whether the transaction committed; asking");
                if !self.clear_up(offsets)? {
                    self.not_delivered(&reason, undelivered, batch)?;
                }
                TransactionResult::Unclear
            }
            // The coordinator may have ended a transaction that was open for so long: that it is fenced then says nothing of another worker.
            CommitOutcome::Fenced(reason) if began.elapsed() > self.setup.connection.transaction_timeout() => {
                tracing::warn!(reason, stage = %self.setup.stage, "the transaction took longer than it may; asking what became of it");
                self.clear_up(offsets)?;
                TransactionResult::Unclear
            }
            CommitOutcome::Fenced(reason) => {
                self.stage.aborted();
                self.setup.observer.transaction(self.setup.stage, TransactionResult::Fenced, began.elapsed());
                let reason = format!("{WORKER_FENCED}: another process has the identity {}: {reason}", self.setup.identity);
                return Err(Error::other("committing", reason));
            }
        };
        self.setup.observer.transaction(self.setup.stage, result, began.elapsed());
        Ok(())
    }

    pub(super) fn promote(&mut self, offsets: &[(TopicPartition, i64)]) {
        for (partition, offset) in offsets {
            if let Some(owned) = self.owned.get_mut(partition) {
                owned.next = *offset;
            }
            // It has gone on for good only now: a look that stops again must not look like one that went on.
            if self.look_again.forget(partition) {
                self.setup.vitals.resumed(&partition.to_string());
            }
            self.poisoned.retain(|(other, poisoned)| other != partition || poisoned >= offset);
        }
        if let Some(healed) = self.delivery.committed(offsets, Instant::now()) {
            self.goes_on(&healed);
        }
        self.setup.vitals.failing(None);
        let facts = self.stage.committed(offsets);
        self.setup.observer.committed(self.setup.stage, &facts);
        let Shown { accounts: (accounts, bytes), clock, last_record } = self.stage.shown();
        self.setup.vitals.holds(accounts as u64, bytes as u64);
        self.setup.vitals.clock(clock);
        self.setup.vitals.oldest_unprocessed(last_record);
    }

    /// Nothing of the transaction ever was: every partition goes back to where it began.
    pub(super) fn roll_back(&mut self) -> Result<(), Error> {
        self.stage.aborted();
        let offsets: Vec<_> = self.owned.iter().map(|(partition, owned)| (partition.clone(), owned.next)).collect();
        if let Err(error) = self.consumer.seek(&offsets) {
            // A partition that can't be sought is on its way to somebody else, or the broker is away: start them all anew.
            tracing::warn!(%error, "going back failed; restoring instead");
            self.prepare_anew()?;
        }
        Ok(())
    }

    /// Drops all partitions and prepares them again, as if they had just been assigned.
    pub(super) fn prepare_anew(&mut self) -> Result<(), Error> {
        let partitions: Vec<_> = self.owned.keys().cloned().collect();
        self.drop_partitions(&partitions);
        for partition in &partitions {
            self.consumer.stop_reading(partition)?;
            self.prepare(partition.clone());
        }
        Ok(())
    }

    /// After an unclear commit: a new producer of the same identity ends what was open, then the committed offsets tell.
    /// Says whether it committed.
    fn clear_up(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<bool, Error> {
        self.written_to.extend(self.producer.topics().map(str::to_owned));
        self.producer = take_over(&self.setup)?;
        let (mut ahead, mut behind, mut other) = (0, 0, 0);
        for (partition, staged) in offsets {
            let committed = self.await_settled(partition)?;
            match (committed.offset, self.owned.get(partition)) {
                (Some(offset), Some(owned)) if offset == *staged && offset != owned.next => ahead += 1,
                (Some(offset), Some(owned)) if offset == owned.next => behind += 1,
                (None, _) => behind += 1,
                _ => other += 1,
            }
        }
        tracing::info!(ahead, behind, other, "the committed offsets have told");
        match (ahead, behind, other) {
            (1.., 0, 0) => {
                self.promote(offsets);
                Ok(true)
            }
            (0, _, 0) => self.roll_back().map(|()| false),
            _ => {
                self.stage.aborted();
                self.prepare_anew().map(|()| true)
            }
        }
    }

    /// The committed offset of a partition, waited for as long as brokers are away.
    fn await_settled(&self, partition: &TopicPartition) -> Result<Committed, Error> {
        loop {
            self.setup.vitals.beat(SystemClock.now());
            match self.offsets.settled(partition, CLEARING_PATIENCE, &|| self.setup.status.is_stopping()) {
                Err(error) if !self.setup.status.is_stopping() => {
                    tracing::warn!(%partition, %error, "the commit stays unclear; asking again")
                }
                settled => return settled,
            }
        }
    }
}
