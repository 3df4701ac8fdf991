//! The partition's own rows: the law, the roster, the chains, the clock, terms, teams and their queues. Each is written when a transaction changed it.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;

use super::codec::{Error, RowKey};
use super::format::{Format, Kind};
use crate::contract::LeadId;
use crate::contract::log::InForce;
use crate::engine::queue::Waiting;
use crate::engine::{Change, Partition, law, rosters};
use crate::rulebook::AgreedTerms;

/// Takes a row back from the changelog.
///
/// # Errors
/// A row that can't be used.
pub(super) fn restore(partition: &mut Partition, format: Format, key: RowKey<'_>, value: Option<&[u8]>) -> Result<(), Error> {
    match key {
        RowKey::Law => {
            let law = read::<InForce>(format, value)?.map(|record| {
                let revision = record.revision;
                law::law_of(record).map_err(|_| Error::Law { revision })
            });
            partition.law = law.transpose()?;
        }
        RowKey::Roster => {
            let used = read::<InForce>(format, value)?.map(|record| {
                let revision = record.revision;
                rosters::roster_of(record).map_err(|_| Error::Roster { revision })
            });
            partition.roster = used.transpose()?;
        }
        RowKey::Chain => partition.chain = read(format, value)?,
        RowKey::RosterChain => partition.roster_chain = read(format, value)?,
        RowKey::Clock => partition.clock = read(format, value)?.unwrap_or_default(),
        RowKey::Leaving => partition.leaving = Arc::new(read(format, value)?.unwrap_or_default()),
        RowKey::Team(team) => {
            let rota = read(format, value)?.map(Arc::new);
            put(Arc::make_mut(&mut partition.teams), team.into(), rota);
        }
        RowKey::Waits(team, lead) => {
            let lead = LeadId::parse(lead).ok_or(Error::Corrupt { kind: "key" })?;
            wait(partition, &team.into(), &lead, read(format, value)?);
        }
        RowKey::Proofs(place) => {
            let shelf = read(format, value)?.map(Arc::new);
            put(Arc::make_mut(&mut partition.proofs), place, shelf);
        }
        RowKey::Terms(digest) => {
            let terms = read(format, value)?.map(Arc::new);
            put(Arc::make_mut(&mut partition.terms), digest, terms);
        }
        RowKey::Account(_) | RowKey::Crm(_) | RowKey::Position => unreachable!("not one of the partition's own"),
    }
    Ok(())
}

fn read<T: Kind>(format: Format, value: Option<&[u8]>) -> Result<Option<T>, Error> {
    value.map(|bytes| format.decode(bytes)).transpose()
}

/// A lead waits so; a queue in which nobody waits is not kept.
fn wait(partition: &mut Partition, team: &CompactString, lead: &LeadId, waiting: Option<Waiting>) {
    let queues = Arc::make_mut(&mut partition.queues);
    let queue = queues.entry(team.clone()).or_default();
    Arc::make_mut(queue).put(lead, waiting);
    if queue.is_empty() {
        queues.remove(team);
    }
}

fn put<K: Ord, V>(map: &mut std::collections::BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

/// Which of them a transaction changed.
#[derive(Default)]
pub(super) struct Changed {
    law: bool,
    chain: bool,
    clock: bool,
    roster: bool,
    roster_chain: bool,
    leaving: bool,
    terms: BTreeSet<u64>,
    teams: BTreeSet<CompactString>,
    waits: BTreeSet<(CompactString, LeadId)>,
    proofs: BTreeSet<u8>,
}

impl Changed {
    /// Stages a change to the partition's own state.
    pub fn stage(&mut self, partition: &mut Partition, change: Change) {
        match change {
            Change::Law(law) => (partition.law, self.law) = (Some(law), true),
            Change::Chain(chain) => (partition.chain, self.chain) = (Some(chain), true),
            Change::Clock(clock) => (partition.clock, self.clock) = (clock, true),
            Change::Roster(used) => (partition.roster, self.roster) = (Some(used), true),
            Change::RosterChain(chain) => (partition.roster_chain, self.roster_chain) = (Some(chain), true),
            Change::Leaving(leaving) => {
                self.leaving |= leaving != partition.leaving;
                partition.leaving = leaving;
            }
            Change::Team(team, rota) => {
                put(Arc::make_mut(&mut partition.teams), team.clone(), rota);
                self.teams.insert(team);
            }
            Change::Waits(team, lead, waiting) => {
                wait(partition, &team, &lead, waiting);
                self.waits.insert((team, lead));
            }
            Change::Proofs(place, shelf) => {
                put(Arc::make_mut(&mut partition.proofs), place, Some(shelf));
                self.proofs.insert(place);
            }
            Change::Terms(digest, terms) => self.stage_terms(partition, digest, terms),
            Change::Account(..) | Change::Untouched(..) | Change::CrmIndex(..) => unreachable!("not one of the partition's own"),
        }
    }

    fn stage_terms(&mut self, partition: &mut Partition, digest: u64, terms: Option<Arc<AgreedTerms>>) {
        if partition.terms.contains_key(&digest) == terms.is_some() {
            return; // equal terms have one digest
        }
        put(Arc::make_mut(&mut partition.terms), digest, terms);
        self.terms.insert(digest);
    }

    /// Hands out each row that was changed.
    pub fn write(&self, partition: &Partition, format: Format, write: &mut impl FnMut(&[u8], Option<&[u8]>)) {
        let encoded = Encode(format);
        let mut one = |key: RowKey<'_>, bytes: Option<Box<[u8]>>| write(key.text().as_bytes(), bytes.as_deref());
        if let (true, Some(law)) = (self.law, &partition.law) {
            one(RowKey::Law, encoded.some(law.record.as_ref()));
        }
        if let (true, Some(used)) = (self.roster, &partition.roster) {
            one(RowKey::Roster, encoded.some(used.record.as_ref()));
        }
        if let (true, Some(chain)) = (self.chain, &partition.chain) {
            one(RowKey::Chain, encoded.some(chain));
        }
        if let (true, Some(chain)) = (self.roster_chain, &partition.roster_chain) {
            one(RowKey::RosterChain, encoded.some(chain));
        }
        if self.clock {
            one(RowKey::Clock, encoded.some(&partition.clock));
        }
        if self.leaving {
            one(
                RowKey::Leaving,
                Some(partition.leaving.as_ref()).filter(|leaving| !leaving.is_empty()).and_then(|leaving| encoded.some(leaving)),
            );
        }
        for team in &self.teams {
            one(RowKey::Team(team), partition.teams.get(team).and_then(|rota| encoded.some(rota.as_ref())));
        }
        for (team, lead) in &self.waits {
            let waiting = partition.queues.get(team).and_then(|queue| queue.get(lead));
            one(RowKey::Waits(team, lead.as_str()), waiting.and_then(|waiting| encoded.some(waiting)));
        }
        for place in &self.proofs {
            one(RowKey::Proofs(*place), partition.proofs.get(place).and_then(|shelf| encoded.some(shelf.as_ref())));
        }
        for digest in &self.terms {
            one(RowKey::Terms(*digest), partition.terms.get(digest).and_then(|terms| encoded.some(terms.as_ref())));
        }
    }
}

/// Rows that are there.
#[derive(Clone, Copy)]
struct Encode(Format);

impl Encode {
    fn some<T: Kind>(self, value: &T) -> Option<Box<[u8]>> {
        Some(self.0.encode(value))
    }
}
