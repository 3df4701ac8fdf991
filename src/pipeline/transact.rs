//! One transaction of a worker: filled, then committed with its offsets or aborted.
//!
//! Which offsets it commits, and what is noted beside them, is said here; what follows from how it ended is the worker's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::fill::{Filled, Filling};
use super::stage::{Stage, Stopped};
use super::worker::{CommitBounds, Owned, Setup};
use crate::kafka::consumer::GroupMetadata;
use crate::kafka::offsets::Note;
use crate::kafka::producer::StagedOffset;
use crate::kafka::{CommitOutcome, Error, GroupConsumer, Incoming, Producer, TopicPartition};

/// What a transaction came to.
pub(super) struct Turned {
    pub outcome: CommitOutcome,
    pub offsets: Vec<(TopicPartition, i64)>,
    pub records: usize,
    pub panicked: Option<(TopicPartition, i64)>,
    pub fatal: Option<Error>,
    /// A partition that stops before its next record.
    pub stopped: Option<(TopicPartition, Stopped)>,
    /// Of each partition that had a record: where the transaction began, and how far it went; of all partitions, where none had one.
    pub batch: Vec<(TopicPartition, i64, i64)>,
}

/// How a transaction is made.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub began: Instant,
    /// Offsets of quiet partitions are due.
    pub renew: bool,
    /// The most records, if fewer than is usual.
    pub max_records: usize,
}

/// Makes one transaction, from its first record to its end.
///
/// # Errors
/// The producer can't begin one.
#[expect(clippy::too_many_arguments, reason = "the worker's parts, borrowed one by one: the transaction borrows the producer meanwhile")]
pub(super) fn transact<S: Stage>(
    setup: &Setup,
    stage: &mut S,
    consumer: &GroupConsumer,
    producer: &mut Producer,
    owned: &BTreeMap<TopicPartition, Owned>,
    poisoned: &BTreeSet<(TopicPartition, i64)>,
    group: GroupMetadata,
    first: Option<Incoming<'_>>,
    terms: Terms,
) -> Result<Turned, Error> {
    let mut transaction = producer.begin()?;
    let bounds = CommitBounds { max_records: setup.bounds.max_records.min(terms.max_records), ..setup.bounds };
    let mut filling = Filling { stage, consumer, owned, poisoned, bounds, stopping: &setup.status, records: 0, next: Vec::new() };
    let filled = filling.fill(first, &mut transaction, terms.began);
    let (records, next) = (filling.records, filling.next);
    let offsets = offsets_to_commit(consumer, owned, &next, terms.renew);
    let (mut panicked, mut fatal, mut stopped) = (None, None, None);
    let outcome = match filled {
        Filled::Whole => match stage.before_commit(&offsets, &mut transaction) {
            Ok(()) => transaction.commit(&with_notes(setup, stage, owned, &offsets), &group),
            Err(error) => transaction.abort(&error.to_string()),
        },
        Filled::Broken(reason) => transaction.abort(&reason),
        Filled::Fatal(error) => {
            let outcome = transaction.abort(&error.to_string());
            fatal = Some(error);
            outcome
        }
        Filled::Panicked(partition, offset) => {
            panicked = Some((partition, offset));
            transaction.abort("a step panicked")
        }
        Filled::Stopped(partition, why) => {
            stopped = Some((partition, why));
            transaction.abort("a partition stops")
        }
    };
    let began_at = |partition: &TopicPartition| owned.get(partition).map_or(0, |owned| owned.next);
    let mut batch: Vec<_> = next
        .into_iter()
        .map(|(partition, next)| {
            let began_at = began_at(&partition);
            (partition, began_at, next.max(began_at + 1)) // its record may be the one that failed
        })
        .collect();
    if batch.is_empty() {
        batch.extend(owned.iter().map(|(partition, owned)| (partition.clone(), owned.next, owned.next)));
    }
    Ok(Turned { outcome, offsets, records, panicked, fatal, stopped, batch })
}

/// The offsets that a transaction commits. There is always one, so that the transaction is fenced whatever is in it.
fn offsets_to_commit(
    consumer: &GroupConsumer,
    owned: &BTreeMap<TopicPartition, Owned>,
    next: &[(TopicPartition, i64)],
    renew: bool,
) -> Vec<(TopicPartition, i64)> {
    let positions = consumer.positions();
    let next: BTreeMap<&TopicPartition, i64> = next.iter().map(|(partition, offset)| (partition, *offset)).collect();
    let mut offsets = Vec::with_capacity(owned.len());
    for (partition, owned) in owned {
        let processed = next.get(partition).copied().unwrap_or(owned.next);
        // A position passes transaction markers, which are no records.
        let offset = processed.max(positions.get(partition).copied().unwrap_or(processed));
        if offset != owned.next || renew {
            offsets.push((partition.clone(), offset));
        }
    }
    if offsets.is_empty() {
        offsets.extend(owned.iter().next().map(|(partition, owned)| (partition.clone(), owned.next)));
    }
    offsets
}

fn with_notes<S: Stage>(
    setup: &Setup,
    stage: &S,
    owned: &BTreeMap<TopicPartition, Owned>,
    offsets: &[(TopicPartition, i64)],
) -> Vec<StagedOffset> {
    let (transactional_id, shared) = (setup.identity.to_string(), setup.status.shared().encode());
    let staged = |(partition, offset): &(TopicPartition, i64)| {
        let rests_on = owned.get(partition).map(|owned| &owned.rests_on);
        let note = Note {
            transactional_id: transactional_id.clone(),
            law: stage.law(partition),
            roster: stage.roster(partition),
            topic: rests_on.and_then(|rests_on| rests_on.topic),
            changelog: rests_on.and_then(|rests_on| rests_on.changelog.as_ref()).map(|(_, id)| *id),
            shared: shared.clone(),
        };
        StagedOffset { partition: partition.clone(), offset: *offset, metadata: note.encode() }
    };
    offsets.iter().map(staged).collect()
}
