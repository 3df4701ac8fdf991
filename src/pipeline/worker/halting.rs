//! Partitions that a worker halts while it goes on with the others, and how they go on again.
//!
//! What is to be done is decided in [`super::super::delivery`]; here it is done.

use std::collections::BTreeSet;
use std::time::Instant;

use super::super::delivery::Next;
use super::super::stage::{Spoilt, Stage};
use super::Worker;
use crate::contract::Code;
use crate::contract::code::RECORD_UNDELIVERABLE;
use crate::kafka::rights::Operation;
use crate::kafka::{Error, TopicPartition, Undelivered};

/// Why a transaction failed.
enum Cause {
    /// It passes, or nobody knows.
    Passes,
    /// The next one would fail too.
    ForGood(Undelivered),
    /// The next one will do without what failed.
    LeftOut,
}

impl<S: Stage> Worker<S> {
    /// What follows from a transaction that was rolled back, and from those before it.
    pub(super) fn not_delivered(
        &mut self,
        reason: &str,
        undelivered: Option<Undelivered>,
        batch: &[(TopicPartition, i64, i64)],
    ) -> Result<(), Error> {
        let now = Instant::now();
        let next = match self.looked_into(undelivered) {
            Cause::LeftOut => return Ok(()),
            Cause::ForGood(undelivered) => self.delivery.failed_for_good(undelivered, batch, now),
            Cause::Passes => self.delivery.failed(),
        };
        if let Some(in_a_row) = self.delivery.worth_telling(now) {
            tracing::warn!(reason, in_a_row, stage = %self.setup.stage, "transactions are rolled back, one after another; trying again");
            self.setup.vitals.failing(Some(format!("the last {in_a_row} transactions were rolled back: {reason}")));
        }
        match next {
            Next::Again(_) if self.consumer.has_rebalance() || self.setup.status.is_stopping() => Ok(()),
            Next::Again(pause) => {
                std::thread::sleep(pause);
                Ok(())
            }
            Next::Halt(partition) => self.halt(&partition, now),
        }
    }

    /// What a failed transaction comes from. Records for a topic that is gone merely time out, as those for a broker that is away, or the
    /// transaction fails without naming it: so the cluster is asked about every topic that this worker writes to.
    fn looked_into(&mut self, undelivered: Option<Undelivered>) -> Cause {
        if undelivered.is_none() && !self.delivery.is_failing() {
            return Cause::Passes; // once, as at each rebalance
        }
        let suspects: BTreeSet<String> = match &undelivered {
            Some(Undelivered { topic: Some((topic, _)), reason, passes: false }) => match self.stage.spoilt_by(topic, reason) {
                Spoilt::LeftOut => return Cause::LeftOut,
                _ => return undelivered.map_or(Cause::Passes, Cause::ForGood),
            },
            Some(undelivered) if !undelivered.passes => return Cause::ForGood(undelivered.clone()),
            _ => self.producer.topics().map(str::to_owned).chain(self.written_to.iter().cloned()).collect(),
        };
        for topic in suspects {
            let Some(why) = self.refuses(&topic) else { continue };
            match self.stage.spoilt_by(&topic, why) {
                Spoilt::LeftOut => return Cause::LeftOut,
                Spoilt::LeftOutBefore => {}
                Spoilt::Needed => return Cause::ForGood(Undelivered { topic: Some((topic, -1)), reason: why.to_owned(), passes: false }),
            }
        }
        Cause::Passes
    }

    /// Why a topic can take no records, as far as the cluster says so.
    fn refuses(&self, topic: &str) -> Option<&'static str> {
        match self.rights.topics(&[topic]).ok()?.get(topic) {
            None => Some("the topic does not exist, or may not be seen"),
            Some(rights) if !rights.contains(&Operation::Write) => Some("the topic may not be written to"),
            Some(_) => None,
        }
    }

    /// A partition whose next record can't be delivered waits; it keeps what is known of it, and is tried again by itself.
    fn halt(&mut self, partition: &TopicPartition, now: Instant) -> Result<(), Error> {
        let Some(halted) = self.delivery.halted().get(partition) else { return Ok(()) };
        let what = match &halted.failed.topic {
            Some((topic, -1)) => format!("a record that topic {topic} does not take"),
            Some((topic, number)) => format!("a record that topic {topic}, partition {number}, does not take"),
            None => "offsets that the group does not take".to_owned(),
        };
        let seconds = halted.retry_in(now).as_secs();
        let message =
            format!("{partition}: offset {} leads to {what}: {}. It is tried again every {seconds} s.", halted.next, halted.failed.reason);
        let next = halted.next;
        self.set_aside(partition, next, RECORD_UNDELIVERABLE, &message)
    }

    /// Says why a partition waits before an offset, and reads it no further; the group keeps it with this worker.
    pub(super) fn set_aside(&mut self, partition: &TopicPartition, offset: i64, code: &'static Code, message: &str) -> Result<(), Error> {
        tracing::error!(%partition, offset, %code, "partition halted: {message} {} {}", code.title, code.help);
        self.setup.vitals.stopped(&partition.to_string(), code, message);
        self.owned.remove(partition);
        self.show_partitions();
        if self.held_back.insert(partition.clone()) {
            self.consumer.hold_back(std::slice::from_ref(partition), true)?;
        }
        Ok(())
    }

    /// Processes a halted partition alone, when it is due and nothing speaks against it.
    pub(super) fn try_halted_again(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let Some(partition) = self.delivery.due(now).cloned() else { return Ok(()) };
        let topic = self.delivery.halted().get(&partition).and_then(|halted| halted.failed.topic.clone());
        if topic.is_some_and(|(topic, _)| self.refuses(&topic).is_some()) {
            self.delivery.put_off(&partition, now);
        } else if let Some(next) = self.delivery.try_again(&partition, now) {
            self.own(&partition, next);
            self.consumer.seek(&[(partition, next)])?;
        }
        Ok(())
    }

    /// A partition that was halted goes on.
    pub(super) fn goes_on(&self, partition: &TopicPartition) {
        tracing::info!(%partition, "partition goes on: what was refused is taken");
        self.setup.vitals.resumed(&partition.to_string());
        self.show_partitions();
    }
}
