//! Maps of live topics that find none of their fields in record after record: another document is on the topic than the map was
//! written for, and somebody ought to hear of it once.

use std::collections::BTreeMap;

use compact_str::CompactString;
use tracing::warn;

use crate::contract::code::MAP_FINDS_NOTHING;
use crate::contract::wrapped::Wrapping;
use crate::kafka::Incoming;

/// The outcome of a record in which a map's `when` finds none of its fields.
pub(super) const FOUND_NOTHING: &str = "map_found_nothing";
/// So many in a row, and it is told.
const TOLD_AT: u32 = 10;

/// By topic, in how many records one after another the map's `when` found none of its fields.
#[derive(Default)]
pub(super) struct FoundNothing(BTreeMap<CompactString, u32>);

impl FoundNothing {
    /// A record came to this outcome.
    pub fn after(&mut self, outcome: &str, record: &Incoming<'_>) {
        if outcome == "forwarded" || outcome == "map_ignored" {
            self.0.remove(record.topic());
        } else if outcome == FOUND_NOTHING {
            let count = self.0.entry(record.topic().into()).or_default();
            *count = count.saturating_add(1);
            if *count == TOLD_AT {
                let (topic, partition, offset) = (record.topic(), record.partition(), record.offset());
                let envelope = record.value().and_then(Wrapping::of).map(Wrapping::as_str);
                warn!(code = %MAP_FINDS_NOTHING, topic, partition, offset, envelope, "A map's `when` finds none of its fields in any record");
            }
        }
    }
}
