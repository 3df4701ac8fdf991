//! The state of one partition: committed rows as bytes, staged rows decoded.
//!
//! A hot account is decoded once and encoded once in a transaction, however many records touched it. Nothing here walks over
//! all accounts but the restore.

use std::collections::BTreeSet;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::codec::{Error, LastRecord, Position, RowKey};
use super::format::Format;
use super::lead_index::LeadIndex;
use super::open_leads::{Note, OpenLeads};
use super::own_rows::{self, Changed};
use crate::contract::{AccountKey, LeadId, Timestamp, TopicId};
use crate::engine::partition::CrmIndex;
use crate::engine::{Account, Authority, Change, Moment, Partition, View};

/// A committed account.
struct Row {
    bytes: Box<[u8]>,
    due: Option<Timestamp>,
    /// Its leads, for the index.
    leads: Box<[Note]>,
}

impl Row {
    fn decode(&self, format: Format) -> Account {
        format.decode(&self.bytes).expect("a row that was decoded or encoded before")
    }
}

/// A staged account: `None` when nothing is left of it, or while it is lent.
#[derive(Default)]
struct Staged {
    account: Option<Box<Account>>,
    /// Something is left of it, lent or not.
    is_there: bool,
    due: Option<Timestamp>,
    leads: Box<[Note]>,
    bytes: Option<Box<[u8]>>,
}

/// Accounts that a partition keeps of which nothing is known but one person (`person:…`): some 60 MB of rows, indexes included. A form that is
/// filled in by a machine makes as many as it likes; what a CRM or an address says to be a company is not bounded by this.
pub const MAX_PERSON_ACCOUNTS: usize = 100_000;

type Ordered<K, V> = IndexMap<K, V, BuildHasherDefault<FxHasher>>;

/// The state of one partition of the log.
pub struct Store {
    format: Format,
    accounts: FxHashMap<AccountKey, Row>,
    accounts_bytes: usize,
    /// Accounts of which nothing is known but one person: as the fold sees them, as of the last commit, and the most that are kept.
    persons: usize,
    committed_persons: usize,
    most_persons: usize,
    crm: FxHashMap<CompactString, CrmIndex>,
    /// Deadlines, staged ones included; a dropped transaction puts the committed ones back.
    due: BTreeSet<(Timestamp, AccountKey)>,
    /// Where leads are looked up; staged ones included, as with deadlines.
    leads: LeadIndex,
    /// Committed open leads, for whoever is asked for figures.
    open: Arc<Mutex<OpenLeads>>,
    /// As the fold sees it.
    partition: Partition,
    /// As of the last commit.
    committed: Partition,
    changed: Changed,
    staged: Ordered<AccountKey, Staged>,
    /// Accounts that the step in progress has: each comes back with [`Self::stage`].
    lent: FxHashSet<AccountKey>,
    staged_crm: Ordered<CompactString, Option<CrmIndex>>,
    buffer: Vec<u8>,
    position: Option<Position>,
    /// The log that is folded.
    log: Option<TopicId>,
    ingested_at: Timestamp,
    /// The last record that was folded, staged or not.
    last: Option<LastRecord>,
}

impl Store {
    /// An empty state for partition `index` of `count`.
    pub fn new(index: u32, count: u32) -> Self {
        Self::in_format(Format::default(), index, count)
    }

    /// The same, read and written in this format.
    pub fn in_format(format: Format, index: u32, count: u32) -> Self {
        let partition = Partition { index, count, ..Partition::default() };
        Self {
            format,
            accounts: FxHashMap::default(),
            accounts_bytes: 0,
            persons: 0,
            committed_persons: 0,
            most_persons: MAX_PERSON_ACCOUNTS,
            crm: FxHashMap::default(),
            due: BTreeSet::new(),
            leads: LeadIndex::default(),
            open: Arc::default(),
            committed: partition.clone(),
            partition,
            changed: Changed::default(),
            staged: Ordered::default(),
            lent: FxHashSet::default(),
            staged_crm: Ordered::default(),
            buffer: Vec::new(),
            position: None,
            log: None,
            ingested_at: Timestamp::EPOCH,
            last: None,
        }
    }

    /// Takes a row back from the changelog; a later row of the same key replaces an earlier one, none removes it.
    ///
    /// # Errors
    /// A row that can't be used: the partition must not start.
    pub fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Error> {
        match RowKey::parse(key)? {
            RowKey::Account(key) => {
                // Decoded once it is the last of its key: a changelog that is not compacted yet has ten rows for one that counts.
                self.remove_row(key);
                if let Some(bytes) = value {
                    self.format.check::<Account>(bytes)?;
                    self.insert_row(AccountKey::from_trusted(key), Row { bytes: bytes.into(), due: None, leads: Box::default() });
                }
            }
            RowKey::Crm(id) => {
                match value {
                    Some(bytes) => self.crm.insert(id.into(), self.format.decode(bytes)?),
                    None => self.crm.remove(id),
                };
            }
            RowKey::Position => {
                let position: Option<Position> = value.map(|bytes| self.format.decode(bytes)).transpose()?;
                if let Some(Position { partitions: found, .. }) = position.filter(|position| position.partitions != self.committed.count) {
                    return Err(Error::Partitions { found, expected: self.committed.count });
                }
                self.position = position;
            }
            own => own_rows::restore(&mut self.committed, self.format, own, value)?,
        }
        Ok(())
    }

    /// Ends the restore: from here on the state is what the rows said.
    ///
    /// # Errors
    /// The key of an account whose last row can't be used, and why: the partition must not start.
    pub fn restored(&mut self) -> Result<(), (AccountKey, Error)> {
        for (key, row) in &mut self.accounts {
            let account: Account = self.format.decode(&row.bytes).map_err(|error| (key.clone(), error))?;
            (row.due, row.leads) = (account.next_due(), Note::all(&account));
            self.due.extend(row.due.map(|due| (due, key.clone())));
            self.leads.moved(key, &[], &row.leads);
            locked(&self.open).add(&row.leads);
        }
        self.persons = self.accounts.keys().filter(|key| key.is_of_person()).count();
        self.committed_persons = self.persons;
        self.partition = self.committed.clone();
        self.goes_on_from_position();
        Ok(())
    }

    fn goes_on_from_position(&mut self) {
        self.ingested_at = self.position.map_or(Timestamp::EPOCH, |position| position.ingested_at);
        self.last = self.position.and_then(|position| position.last);
    }

    /// How far the committed state reflects the log; `None`: nothing was folded yet.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// From now on positions belong to this log.
    pub fn reads(&mut self, log: Option<TopicId>) {
        self.log = log;
    }

    /// The moment of a record: its append time, made to never go back.
    pub fn moment(&mut self, appended_at: Timestamp, wall: Timestamp) -> Moment {
        self.ingested_at = self.ingested_at.max(appended_at);
        Moment { ingested_at: self.ingested_at, wall }
    }

    /// This record of the log is being folded: the position will name it.
    pub fn folds(&mut self, record: LastRecord) {
        self.last = Some(record);
    }

    /// From now on offered rulebooks are judged by this. It is no part of the state: it is neither written nor rolled back.
    pub fn judges_by(&mut self, authority: Authority) {
        self.committed.authority = authority.clone();
        self.partition.authority = authority;
    }

    /// Stages what a step changed, and takes back what was lent to it.
    ///
    /// # Panics
    /// If the step kept an account: going on would lose it.
    pub fn stage(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Account(key, account) => self.stage_account(key, account),
                Change::Untouched(key, account) => self.take_back(&key, account),
                Change::CrmIndex(id, index) => {
                    self.staged_crm.insert(id, index);
                }
                own => self.changed.stage(&mut self.partition, own),
            }
        }
        assert!(self.lent.is_empty(), "a step gives back every account that it was lent");
    }

    fn stage_account(&mut self, key: AccountKey, account: Option<Box<Account>>) {
        self.lent.remove(&key);
        let after = account.as_ref().and_then(|account| account.next_due());
        let leads = account.as_ref().map(|account| Note::all(account)).unwrap_or_default();
        let is_there = account.is_some();
        let was_there = self.staged.get(&key).map_or_else(|| self.accounts.contains_key(&key), |staged| staged.is_there);
        if key.is_of_person() {
            self.persons = self.persons + usize::from(is_there) - usize::from(was_there);
        }
        let (before, leads_before) = match self.staged.get_mut(&key) {
            Some(staged) => {
                staged.account = account;
                staged.is_there = is_there;
                (std::mem::replace(&mut staged.due, after), std::mem::replace(&mut staged.leads, leads.clone()))
            }
            None => {
                self.staged.insert(key.clone(), Staged { account, is_there, due: after, leads: leads.clone(), bytes: None });
                self.accounts.get(&key).map_or((None, Box::default()), |row| (row.due, row.leads.clone()))
            }
        };
        self.move_due(&key, before, after);
        self.leads.moved(&key, &leads_before, &leads);
    }

    /// An account comes back as it was. One that is not staged is in its row already.
    fn take_back(&mut self, key: &AccountKey, account: Box<Account>) {
        self.lent.remove(key);
        if let Some(staged) = self.staged.get_mut(key) {
            staged.account = Some(account);
        }
    }

    fn move_due(&mut self, key: &AccountKey, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, key.clone()));
        }
        if let Some(after) = after {
            self.due.insert((after, key.clone()));
        }
    }

    /// Encodes what is staged, once a transaction, and hands each row out for the changelog, the position last.
    /// `offset` is the next offset of the log to fold.
    pub fn write_staged(&mut self, offset: i64, mut write: impl FnMut(&[u8], Option<&[u8]>)) {
        for (key, staged) in &mut self.staged {
            staged.bytes = staged.account.as_ref().map(|account| {
                // One buffer for all, so that a row is allocated once and with its own length.
                self.buffer.clear();
                self.format.encode_into(account.as_ref(), &mut self.buffer);
                Box::from(self.buffer.as_slice())
            });
            write(key.as_str().as_bytes(), staged.bytes.as_deref());
        }
        for (id, index) in &self.staged_crm {
            let bytes = index.as_ref().map(|index| self.format.encode(index));
            write(RowKey::Crm(id).text().as_bytes(), bytes.as_deref());
        }
        self.changed.write(&self.partition, self.format, &mut write);
        let position = self.position_at(offset);
        write(RowKey::Position.text().as_bytes(), Some(&self.format.encode(&position)));
    }

    fn position_at(&self, offset: i64) -> Position {
        Position { offset, ingested_at: self.ingested_at, partitions: self.partition.count, log: self.log, last: self.last }
    }

    /// The transaction committed: what was staged, and written by [`Self::write_staged`], is the state now.
    pub fn promote(&mut self, offset: i64) {
        for (key, staged) in std::mem::take(&mut self.staged) {
            let before = self.remove_bytes(&key);
            if before != staged.leads {
                let mut open = locked(&self.open);
                open.remove(&before);
                open.add(&staged.leads);
            }
            if let Some(account) = staged.account {
                let bytes = staged.bytes.unwrap_or_else(|| self.format.encode(account.as_ref()));
                self.accounts_bytes += bytes.len();
                self.accounts.insert(key, Row { bytes, due: staged.due, leads: staged.leads });
            }
        }
        for (id, index) in std::mem::take(&mut self.staged_crm) {
            match index {
                Some(index) => self.crm.insert(id, index),
                None => self.crm.remove(&id),
            };
        }
        self.changed = Changed::default();
        self.committed_persons = self.persons;
        self.committed = self.partition.clone();
        self.position = Some(self.position_at(offset));
    }

    /// The transaction did not commit: nothing of it was ever true.
    pub fn drop_staged(&mut self) {
        self.lent.clear(); // a step that panicked gave nothing back
        for (key, staged) in std::mem::take(&mut self.staged) {
            let (after, leads) = self.accounts.get(&key).map_or((None, Box::default()), |row| (row.due, row.leads.clone()));
            self.move_due(&key, staged.due, after);
            self.leads.moved(&key, &staged.leads, &leads);
        }
        self.staged_crm.clear();
        self.changed = Changed::default();
        self.persons = self.committed_persons;
        self.partition = self.committed.clone();
        self.goes_on_from_position();
    }

    /// From now on at most so many accounts are kept of which nothing is known but one person. Every process that folds a log has to have the
    /// same bound: what is kept is a function of the log.
    pub fn keeps_persons(&mut self, most: usize) {
        self.most_persons = most;
    }

    /// Committed accounts.
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Bytes of committed accounts, as stored.
    pub fn accounts_bytes(&self) -> usize {
        self.accounts_bytes
    }

    /// The digests of the terms that the partition keeps, as the fold sees them, ascending.
    pub fn partition_terms(&self) -> Vec<u64> {
        self.partition.terms.keys().copied().collect()
    }

    /// Committed open leads: kept up with each commit.
    pub fn open_leads(&self) -> Arc<Mutex<OpenLeads>> {
        Arc::clone(&self.open)
    }

    /// The committed row of an account, as it stands in the changelog.
    pub fn row(&self, key: &str) -> Option<&[u8]> {
        self.accounts.get(key).map(|row| row.bytes.as_ref())
    }

    /// A copy of an account as the fold sees it, for whoever only looks.
    pub fn account(&self, key: &AccountKey) -> Option<Account> {
        match self.staged.get(key) {
            Some(staged) => staged.account.as_deref().cloned(),
            None => self.accounts.get(key).map(|row| row.decode(self.format)),
        }
    }

    /// The committed accounts' keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &AccountKey> {
        self.accounts.keys()
    }

    fn insert_row(&mut self, key: AccountKey, row: Row) {
        if let Some(due) = row.due {
            self.due.insert((due, key.clone()));
        }
        self.accounts_bytes += row.bytes.len();
        self.accounts.insert(key, row);
    }

    fn remove_row(&mut self, key: &str) {
        if let Some((key, row)) = self.accounts.remove_entry(key) {
            self.accounts_bytes -= row.bytes.len();
            if let Some(due) = row.due {
                self.due.remove(&(due, key));
            }
        }
    }

    /// Removes a row whose deadline was moved already when its successor was staged; returns what was noted of its leads.
    fn remove_bytes(&mut self, key: &AccountKey) -> Box<[Note]> {
        let Some(row) = self.accounts.remove(key) else { return Box::default() };
        self.accounts_bytes -= row.bytes.len();
        row.leads
    }
}

fn locked(open: &Mutex<OpenLeads>) -> MutexGuard<'_, OpenLeads> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl View for Store {
    fn partition(&self) -> &Partition {
        &self.partition
    }

    fn lend(&mut self, key: &AccountKey) -> Option<Box<Account>> {
        assert!(!self.lent.contains(key), "a step is lent an account once");
        let account = match self.staged.get_mut(key) {
            Some(staged) => staged.account.take(),
            None => self.accounts.get(key).map(|row| Box::new(row.decode(self.format))),
        }?;
        self.lent.insert(key.clone());
        Some(account)
    }

    fn account_of(&self, lead: &LeadId) -> Option<AccountKey> {
        self.leads.account_of(lead)
    }

    fn has_room_for_a_person(&self) -> bool {
        self.persons < self.most_persons
    }

    fn needs_terms(&self, digest: u64) -> bool {
        self.leads.needs_terms(digest)
    }

    fn held_by(&self, seller: &str, after: Option<&AccountKey>, limit: usize) -> Vec<AccountKey> {
        self.leads.held_by(seller, after, limit)
    }

    fn asking(&self, until: Timestamp, limit: usize) -> Vec<AccountKey> {
        self.leads.asking(until, limit)
    }

    fn crm_index(&self, crm_id: &str) -> Option<CrmIndex> {
        match self.staged_crm.get(crm_id) {
            Some(staged) => staged.clone(),
            None => self.crm.get(crm_id).cloned(),
        }
    }

    fn due(&self, until: Timestamp, limit: usize) -> Vec<(Timestamp, AccountKey)> {
        self.due.iter().take_while(|(due, _)| *due <= until).take(limit).cloned().collect()
    }
}
