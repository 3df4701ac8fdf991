//! What the topic of leads says of hand-offs: which record of the log each followed from, and when it was.
//!
//! When a lead was handed off is the one thing of the state that no log tells: a clock has put it there (TXN-3). It refuses to know what
//! else a lead's record says.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use compact_str::CompactString;
use serde::Deserialize;

use super::look::{Looker, PATIENCE};
use crate::contract::headers::{CE_TYPE, Headers as _};
use crate::contract::lead::LeadClock;
use crate::contract::outgoing::LEAD_QUALIFIED;
use crate::contract::{LeadId, Timestamp};
use crate::kafka::{Error, reader};

/// As much of a lead's record as is asked for.
#[derive(Deserialize)]
struct Told {
    lead_id: LeadId,
    cause: CompactString,
    clock: LeadClock,
}

/// Every hand-off that the topic still has.
#[derive(Default)]
pub struct Recorded {
    /// Where the cause of one is, as the lead's record names it.
    by_cause: HashMap<CompactString, Vec<(LeadId, Timestamp)>>,
    /// The leads, by partition of the log.
    leads: BTreeMap<u32, BTreeSet<LeadId>>,
    /// What the log took from then on and led to a hand-off has its record; `None`: nothing can be told from a record that is not there.
    complete_from: Option<Timestamp>,
}

impl Recorded {
    /// Reads the topic of leads.
    ///
    /// # Errors
    /// The cluster gives no answer.
    pub fn read(looker: &Looker<'_>) -> Result<Self, Error> {
        let (topic, partitions) = (&looker.settings.topics.leads, looker.settings.partitions);
        let mut recorded = Self::default();
        for partition in looker.offsets.partitions_of(topic)? {
            let (heard, mut first) = (Cell::new(Instant::now()), None);
            reader::read_to_end(&looker.connection, &partition, None, &|| heard.get().elapsed() > PATIENCE, |record| {
                heard.set(Instant::now());
                first.get_or_insert(record.timestamp());
                if record.value_of(CE_TYPE) == Some(LEAD_QUALIFIED.as_bytes())
                    && let Ok(told) = serde_json::from_slice::<Told>(record.value().unwrap_or_default())
                {
                    recorded.add(told, partitions);
                }
            })?;
            // A topic that was made again begins later than the log does: what is not in it may have been in the one before.
            recorded.complete_from = recorded.complete_from.max(first);
        }
        Ok(recorded)
    }

    fn add(&mut self, Told { lead_id, cause, clock }: Told, partitions: u32) {
        self.leads.entry(lead_id.partition(partitions)).or_default().insert(lead_id.clone());
        self.by_cause.entry(cause).or_default().push((lead_id, clock.handed_off_at));
    }

    /// When what followed from this record was handed off. Where a log was made again, two records may have the same place: the later counts.
    pub fn handed_off_at(&self, cause: &str) -> Option<Timestamp> {
        self.by_cause.get(cause)?.iter().map(|(_, at)| *at).max()
    }

    /// Whether sales was told of this lead.
    pub fn has(&self, lead: &LeadId, partition: u32) -> bool {
        self.leads.get(&partition).is_some_and(|leads| leads.contains(lead))
    }

    /// The leads of a partition of the log.
    pub fn of(&self, partition: u32) -> impl Iterator<Item = &LeadId> {
        self.leads.get(&partition).into_iter().flatten()
    }

    /// Whether a hand-off of this moment would have its record.
    pub fn would_have(&self, ingested_at: Timestamp) -> bool {
        self.complete_from.is_some_and(|from| ingested_at >= from)
    }
}
