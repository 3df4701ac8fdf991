//! How far the inputs were handed on, as the log itself shows: each record that Intake forwards names where it was read.
//!
//! Looked at only where the group's offsets are gone. This file refuses to change anything.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::contract::headers::{CE_TYPE, Headers as _, RELEVO_SOURCE};
use crate::contract::log::WATERMARK;
use crate::kafka::{Connection, Error, Incoming, TopicPartition, reader};

/// Of so many records one is Intake's if it has worked: it lets time pass on every partition once a second.
const LOOK_AT: u32 = 1_000;

/// Whether the log has what only Intake writes. A rulebook that was handed in, and what Decide made of it, may be there before.
///
/// # Errors
/// The log can't be read.
pub fn has_worked(connection: &Connection, log: &str, partitions: u32, cancelled: &dyn Fn() -> bool) -> Result<bool, Error> {
    let partition = TopicPartition::new(log, partitions.saturating_sub(1) as i32);
    let (found, seen) = (Cell::new(false), Cell::new(0));
    let enough = || found.get() || seen.get() >= LOOK_AT;
    let read = reader::read_to_end(connection, &partition, None, &|| enough() || cancelled(), |record| {
        seen.set(seen.get() + 1);
        let is_watermark = record.value_of(CE_TYPE) == Some(WATERMARK.as_bytes());
        found.set(found.get() || is_watermark || record.value_of(RELEVO_SOURCE).is_some());
    });
    match read {
        Err(error) if !enough() => Err(error),
        _ => Ok(found.get()),
    }
}

/// The next offset to read of each partition of these inputs, as far as the log tells; one of which nothing was handed on is not there.
///
/// # Errors
/// The log can't be read.
pub fn read_to(
    connection: &Connection,
    log: &[TopicPartition],
    inputs: &[&str],
    cancelled: &dyn Fn() -> bool,
) -> Result<BTreeMap<TopicPartition, i64>, Error> {
    let next = RefCell::new(BTreeMap::new());
    for partition in log {
        reader::read_to_end(connection, partition, None, cancelled, |record| note(&mut next.borrow_mut(), record, inputs))?;
    }
    Ok(next.into_inner())
}

fn note(next: &mut BTreeMap<TopicPartition, i64>, record: &Incoming<'_>, inputs: &[&str]) {
    let source = record.value_of(RELEVO_SOURCE).and_then(|source| std::str::from_utf8(source).ok());
    if let Some((topic, partition, offset)) = source.and_then(place)
        && inputs.contains(&topic)
    {
        let next = next.entry(TopicPartition::new(topic, partition)).or_insert(0);
        *next = (*next).max(offset + 1);
    }
}

/// Where a record was read: topic, partition and offset.
fn place(source: &str) -> Option<(&str, i32, i64)> {
    let (rest, offset) = source.rsplit_once('-')?;
    let (topic, partition) = rest.rsplit_once('-')?;
    Some((topic, partition.parse().ok()?, offset.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_source_is_a_place_whatever_the_topic_is_called() {
        assert_eq!(place("marketing.inter-actions-3-1007"), Some(("marketing.inter-actions", 3, 1007)));
        for none in ["", "log", "log-3", "log-x-3", "log-3-x"] {
            assert_eq!(place(none), None, "{none}");
        }
    }
}
