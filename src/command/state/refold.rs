//! The fold of a partition's log again, up to where it was decided: what it makes is the state that was there, and what followed from it
//! was written then, so nothing is written now.
//!
//! Three things it takes from what is recorded: when a lead was handed off, which revisions were accepted (a charter may have changed
//! since), and the rulebook and the roster in force where the log does not have their acceptance any more. It refuses to know offsets of
//! groups, and changes nothing.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use compact_str::CompactString;

use super::look::{Looker, PATIENCE};
use super::recorded::Recorded;
use crate::contract::account_key::FreeMail;
use crate::contract::code::{Code, LOG_NEWER};
use crate::contract::headers::{CE_ID, CE_TYPE, Headers as _, RELEVO_SOURCE};
use crate::contract::log::{self, InForce, LogHeaders, POLICY_IN_FORCE, ROSTER_IN_FORCE};
use crate::contract::outgoing::Place;
use crate::contract::time::HOUR_MS;
use crate::contract::{AccountKey, LeadId, Timestamp, TopicId};
use crate::engine::acceptance::REGISTRAR;
use crate::engine::partition::Chain;
use crate::engine::{self, Change, Effect, Entry, LeadEvent, View as _};
use crate::kafka::{Error, Incoming, TopicPartition, reader};
use crate::rulebook::Revision as _;
use crate::state::{Format, LastRecord, Store};

/// After so many records the rows are taken: until then accounts stay as they are worked with.
const ROWS_EVERY: u32 = 10_000;

/// Rows of a changelog by key; `None`: there is none.
pub type Rows = BTreeMap<Vec<u8>, Option<Box<[u8]>>>;

/// What is folded.
#[derive(Clone, Copy)]
pub struct Stretch<'a> {
    pub partition: &'a TopicPartition,
    pub from: i64,
    /// The first offset that was not decided.
    pub until: i64,
    /// Which topic the log is.
    pub log_id: Option<TopicId>,
}

/// What is in force where the log does not say so any more.
#[derive(Clone, Default)]
pub struct Seeds {
    pub rulebook: Option<InForce>,
    pub roster: Option<InForce>,
}

/// What came of a fold.
#[derive(Default)]
pub struct Refolded {
    pub rows: Rows,
    pub records: u64,
    pub accounts: usize,
    /// Digests of the rulebook and of the roster in force at its end.
    pub rulebook: Option<CompactString>,
    pub roster: Option<CompactString>,
    /// The first of each that took force in it.
    pub first: Seeds,
    /// An interaction came before the first rulebook, although Intake waits for one: another was in force then, or the same.
    pub began_with_a_rulebook: bool,
    /// Leads that were handed off in it.
    pub handed_off: BTreeSet<LeadId>,
    /// Of these, those whose record is gone: they count as handed off when the log took what led to them.
    pub undated: u64,
    /// Of these, those that sales was never told of: they come of what is missing before, and the service tells of them.
    pub untold: Vec<LeadId>,
    /// Leads that are not handed off at its end: the service hands them off.
    pub assigning: Vec<LeadId>,
}

/// Why a log can't be folded again.
pub enum NotFolded {
    /// The cluster gives no answer.
    Kafka(Error),
    /// This version can't fold it.
    Unreadable(&'static Code, String),
}

impl From<Error> for NotFolded {
    fn from(error: Error) -> Self {
        Self::Kafka(error)
    }
}

/// Folds it.
///
/// # Errors
/// Why that can't be done.
pub fn refold(
    looker: &Looker<'_>,
    stretch: Stretch<'_>,
    seeds: &Seeds,
    recorded: &Recorded,
    now: Timestamp,
) -> Result<Refolded, NotFolded> {
    let accepted = if stretch.partition.partition as u32 == REGISTRAR { accepted(looker, stretch)? } else { HashMap::new() };
    let mut poisoned = BTreeSet::new();
    loop {
        let mut fold = Fold::begun(looker, stretch, seeds, (recorded, &accepted, &poisoned), now);
        if stretch.from < stretch.until {
            read(looker, stretch, |record| fold.take(record))?;
        }
        match (fold.newer.take(), fold.panicked) {
            (Some((code, message)), _) => return Err(NotFolded::Unreadable(code, message)),
            // It became a dead letter then, and the fold went on without it.
            (None, Some(offset)) => poisoned.insert(offset),
            (None, None) => return Ok(fold.end()),
        };
    }
}

fn read(
    looker: &Looker<'_>,
    Stretch { partition, from, until, .. }: Stretch<'_>,
    mut each: impl FnMut(&Incoming<'_>),
) -> Result<(), Error> {
    let heard = Cell::new(Instant::now());
    let is_silent = || heard.get().elapsed() > PATIENCE;
    let count = reader::read_until(&looker.connection, partition, Some(from), until, &is_silent, |record| {
        heard.set(Instant::now());
        each(record);
    })?;
    tracing::debug!(%partition, count, "read again");
    Ok(())
}

/// What the registrar accepted, by the place of the offer: it told everybody, itself too.
fn accepted(looker: &Looker<'_>, stretch: Stretch<'_>) -> Result<HashMap<String, Change>, Error> {
    let mut accepted = HashMap::new();
    read(looker, stretch, |record| {
        let is = |event: &str| record.value_of(CE_TYPE) == Some(event.as_bytes());
        if !is(POLICY_IN_FORCE) && !is(ROSTER_IN_FORCE) {
            return;
        }
        let id = record.value_of(CE_ID).and_then(|id| std::str::from_utf8(id).ok());
        let said = record.value().and_then(|value| serde_json::from_slice::<InForce>(value).ok());
        if let (Some(id), Some(said)) = (id, said)
            && let Some(chain) = if is(POLICY_IN_FORCE) { chain_of_rulebooks(said) } else { chain_of_rosters(said) }
        {
            accepted.insert(id.to_owned(), chain);
        }
    })?;
    Ok(accepted)
}

fn chain_of_rulebooks(record: InForce) -> Option<Change> {
    let law = engine::law::law_of(record).ok()?;
    Some(Change::Chain(chain(&law.record, law.rulebook.link().effective_from)))
}

fn chain_of_rosters(record: InForce) -> Option<Change> {
    let used = engine::rosters::roster_of(record).ok()?;
    Some(Change::RosterChain(chain(&used.record, used.roster.link().effective_from)))
}

fn chain(record: &InForce, effective_from: Timestamp) -> Chain {
    Chain { revision: record.revision, digest: record.digest.clone(), effective_from, unsigned: record.is_unsigned() }
}

/// A fold in progress.
struct Fold<'a> {
    store: Store,
    stretch: Stretch<'a>,
    recorded: &'a Recorded,
    accepted: &'a HashMap<String, Change>,
    poisoned: &'a BTreeSet<i64>,
    /// When sales is told of what it was never told of.
    now: Timestamp,
    free_mail: FreeMail,
    since_rows: u32,
    untold: Vec<(AccountKey, LeadId)>,
    found: Refolded,
    panicked: Option<i64>,
    newer: Option<(&'static Code, String)>,
}

impl<'a> Fold<'a> {
    fn begun(
        looker: &Looker<'_>,
        stretch: Stretch<'a>,
        seeds: &Seeds,
        (recorded, accepted, poisoned): (&'a Recorded, &'a HashMap<String, Change>, &'a BTreeSet<i64>),
        now: Timestamp,
    ) -> Self {
        let format = Format::writing(looker.settings.state.write_version).unwrap_or_default();
        let store = Store::in_format(format, stretch.partition.partition as u32, looker.settings.partitions);
        let mut fold = Self {
            store,
            stretch,
            recorded,
            accepted,
            poisoned,
            now,
            free_mail: FreeMail::default(),
            since_rows: 0,
            untold: Vec::new(),
            found: Refolded::default(),
            panicked: None,
            newer: None,
        };
        let rulebook = seeds.rulebook.clone().and_then(|record| engine::law::law_of(record).ok());
        let roster = seeds.roster.clone().and_then(|record| engine::rosters::roster_of(record).ok());
        fold.store.stage(rulebook.map(Change::Law).into_iter().chain(roster.map(Change::Roster)).collect());
        for seed in [&seeds.rulebook, &seeds.roster].into_iter().flatten() {
            fold.chained(seed);
        }
        fold
    }

    /// Folds a record as Decide did, unless it was decided later.
    fn take(&mut self, record: &Incoming<'_>) {
        let (offset, appended_at) = (record.offset(), record.timestamp());
        if offset >= self.stretch.until || self.panicked.is_some() || self.newer.is_some() {
            return;
        }
        self.found.records += 1;
        self.take_rows_now_and_then(offset);
        self.store.folds(LastRecord { offset, appended_at });
        let mut at = self.store.moment(appended_at, Timestamp::EPOCH);
        if self.poisoned.contains(&offset) {
            return;
        }
        let place = Place { topic: record.topic(), partition: record.partition(), offset };
        let cause = compact_str::format_compact!("{place}");
        let headers = LogHeaders::read(record);
        let parsed = log::parse_with(headers, record.value().unwrap_or_default(), &self.free_mail)
            .and_then(|parsed| Ok((log::account_of(record.key(), &parsed)?, parsed)));
        let (key, parsed) = match parsed {
            Ok(parsed) => parsed,
            Err(refusal) => {
                // Anything else became a dead letter.
                self.newer = (refusal.code == LOG_NEWER).then(|| (LOG_NEWER, format!("{place}: {}", refusal.message)));
                return;
            }
        };
        if let log::Record::PolicyOffered(_) | log::Record::RosterOffered(_) = parsed {
            self.store.stage(self.accepted.get(&format!("{cause}.0")).cloned().into_iter().collect());
            return;
        }
        at.wall = self.recorded.handed_off_at(&cause).unwrap_or_else(|| self.unrecorded(at.ingested_at));
        let source = record.value_of(RELEVO_SOURCE).and_then(|source| std::str::from_utf8(source).ok());
        let entry = Entry { key, record: parsed, source: source.unwrap_or(&cause).into(), cause };
        let Ok(step) = catch_unwind(AssertUnwindSafe(|| engine::step(&mut self.store, &entry, at))) else {
            self.panicked = Some(offset);
            return;
        };
        self.store.stage(step.changes);
        step.effects.into_iter().for_each(|effect| self.handed_off(effect, at.ingested_at));
        match &entry.record {
            log::Record::PolicyInForce(record) => {
                self.found.first.rulebook.get_or_insert_with(|| record.clone());
                self.chained(record);
            }
            log::Record::RosterInForce(record) => {
                self.found.first.roster.get_or_insert_with(|| record.clone());
                self.chained(record);
            }
            log::Record::Interaction(..) => self.found.began_with_a_rulebook |= self.found.first.rulebook.is_none(),
            _ => {}
        }
    }

    /// The time of a hand-off of which there is no record: that of the log where the record is gone, and now where there never was one.
    fn unrecorded(&self, ingested_at: Timestamp) -> Timestamp {
        if self.recorded.would_have(ingested_at) { self.now } else { Timestamp::EPOCH }
    }

    fn handed_off(&mut self, effect: Effect, ingested_at: Timestamp) {
        let Effect::Lead { event: LeadEvent::Qualified, lead, .. } = effect else { return };
        if !self.recorded.has(&lead.lead_id, self.stretch.partition.partition as u32) {
            match self.recorded.would_have(ingested_at) {
                true => self.untold.push((lead.account.key.clone(), lead.lead_id.clone())),
                false => self.found.undated += 1,
            }
        }
        self.found.handed_off.insert(lead.lead_id);
    }

    /// The registrar's chain ends with what is in force, where the log does not have the offer any more.
    fn chained(&mut self, record: &InForce) {
        let partition = self.store.partition();
        if partition.index != REGISTRAR {
            return;
        }
        let is_behind = |chain: &Option<Chain>| chain.as_ref().is_none_or(|chain| chain.revision < record.revision);
        let is = |known: Option<&InForce>| known == Some(record);
        let change = if is(partition.law.as_ref().map(|law| law.record.as_ref())) && is_behind(&partition.chain) {
            chain_of_rulebooks(record.clone())
        } else if is(partition.roster.as_ref().map(|used| used.record.as_ref())) && is_behind(&partition.roster_chain) {
            chain_of_rosters(record.clone())
        } else {
            None
        };
        self.store.stage(change.into_iter().collect());
    }

    fn take_rows_now_and_then(&mut self, offset: i64) {
        self.since_rows += 1;
        if self.since_rows >= ROWS_EVERY {
            self.take_rows(offset);
        }
    }

    fn take_rows(&mut self, offset: i64) {
        self.since_rows = 0;
        let rows = &mut self.found.rows;
        self.store.write_staged(offset, |key, value| {
            rows.insert(key.to_vec(), value.map(Box::from));
        });
        self.store.promote(offset);
    }

    fn end(mut self) -> Refolded {
        for (key, lead) in std::mem::take(&mut self.untold) {
            self.will_be_told(&key, lead);
        }
        self.store.reads(self.stretch.log_id);
        self.take_rows(self.stretch.until);
        self.look_at_those_not_handed_off();
        self.take_rows(self.stretch.until);
        let partition = self.store.partition();
        self.found.rulebook = partition.law.as_ref().map(|law| law.record.digest.clone());
        self.found.roster = partition.roster.as_ref().map(|used| used.record.digest.clone());
        self.found.accounts = self.store.accounts();
        self.found
    }

    /// With the next watermark the service tells sales of this lead, if it is open still.
    fn will_be_told(&mut self, key: &AccountKey, id: LeadId) {
        let Some(mut account) = self.store.lend(key) else { return };
        let now = self.store.moment(Timestamp::EPOCH, Timestamp::EPOCH).ingested_at;
        if let Some(lead) = account.leads.iter_mut().find(|lead| lead.lead_id == id && lead.is_open()) {
            lead.told = !lead.told;
            lead.told_at = now.plus_ms(-HOUR_MS);
            lead.update_due = Some(now);
            self.found.untold.push(id);
        }
        self.store.stage(vec![Change::Account(key.clone(), Some(account))]);
    }
    /// A lead that waits for its hand-off, and of which sales was told, rests on what the log does not have: it is not handed off twice.
    fn look_at_those_not_handed_off(&mut self) {
        let partition = self.stretch.partition.partition as u32;
        let keys: Vec<AccountKey> = self.store.keys().cloned().collect();
        for key in keys {
            let Some(account) = self.store.account(&key) else { continue };
            let waiting = account.leads.iter().filter(|lead| lead.is_open() && lead.version == 0).map(|lead| lead.lead_id.clone());
            let (told, waiting): (Vec<LeadId>, Vec<LeadId>) = waiting.partition(|lead| self.recorded.has(lead, partition));
            self.found.assigning.extend(waiting);
            if told.is_empty() {
                continue;
            }
            let Some(mut account) = self.store.lend(&key) else { continue };
            account.leads.retain(|lead| !told.contains(&lead.lead_id));
            self.store.stage(vec![Change::Account(key, Some(account))]);
        }
        self.found.assigning.sort_unstable();
    }
}
