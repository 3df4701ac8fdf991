//! A log of several partitions in small: each has its store, and what a fold appends goes to the end of the partition that it is for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use compact_str::{CompactString, format_compact};
use relevo::contract::account_key::FreeMail;
use relevo::contract::activity::Activity;
use relevo::contract::assignment::{Answer, team_key};
use relevo::contract::interaction::Interaction;
use relevo::contract::log::{Record, Watermark};
use relevo::contract::murmur2::partition_of_key;
use relevo::contract::{AccountKey, LeadId, Timestamp};
use relevo::engine::{self, Append, Effect, Entry, To, View as _};
use relevo::state::Store;

use crate::world::{Did, START, in_force, roster_in_force};

/// A record of the log that is not folded yet, and when the log took it.
type Waiting = (AccountKey, Record<'static>, Timestamp);

/// The partitions of a log, each with what waits to be folded.
pub struct Land {
    pub stores: Vec<Store>,
    waiting: Vec<VecDeque<Waiting>>,
    /// Partitions that nobody folds.
    pub stalled: BTreeSet<usize>,
    pub now: Timestamp,
    offset: u64,
    /// Watermarks and activities as they were folded: partition, the land's own count, the record, and when the log took it.
    pub folded: Vec<(usize, u64, Record<'static>, Timestamp)>,
    /// Everything that was told, in order, records for the log excepted.
    pub told: Vec<Effect>,
    /// Each partition's changelog, compacted.
    rows: Vec<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    /// Teams' answers, in the order in which they were given.
    pub answers: Vec<Answer>,
}

impl Land {
    pub fn new(partitions: usize, rules: &str) -> Self {
        let stores = (0..partitions).map(|index| Store::new(index as u32, partitions as u32)).collect();
        let waiting = vec![VecDeque::new(); partitions];
        let mut land = Self {
            stores,
            waiting,
            stalled: BTreeSet::new(),
            now: START,
            offset: 0,
            folded: Vec::new(),
            told: Vec::new(),
            rows: vec![BTreeMap::new(); partitions],
            answers: Vec::new(),
        };
        land.everybody_gets(&Record::PolicyInForce(in_force(rules)));
        land
    }

    pub fn partition_of(&self, key: &AccountKey) -> usize {
        partition_of_key(key.as_str().as_bytes(), self.stores.len() as u32) as usize
    }

    pub fn team_partition(&self, team: &str) -> usize {
        self.partition_of(&team_key(team))
    }

    pub fn everybody_gets(&mut self, record: &Record<'static>) {
        for waiting in &mut self.waiting {
            waiting.push_back((AccountKey::from_trusted("all"), record.clone(), self.now));
        }
        self.runs();
    }

    pub fn rostered(&mut self, teams: &str, revision: u32) {
        self.everybody_gets(&Record::RosterInForce(roster_in_force(teams, revision)));
    }

    /// Lets time pass everywhere, as far as the feed says.
    pub fn ticks(&mut self, as_of: Timestamp) {
        self.everybody_gets(&Record::Watermark(Watermark { as_of: [("none".into(), as_of)].into(), sources: 1 }));
    }

    /// Somebody does something; only the partition of the account folds it.
    pub fn does(&mut self, did: &Did) -> AccountKey {
        let json = did.json().into_bytes().leak();
        let interaction = Interaction::parse(json).expect("a good interaction");
        let key = interaction.account_key(&FreeMail::default());
        let at = self.partition_of(&key);
        self.waiting[at].push_back((key.clone(), Record::Interaction(CompactString::const_new("web"), Box::new(interaction)), self.now));
        key
    }

    /// A record for the partition of a key.
    pub fn puts(&mut self, key: &AccountKey, record: Record<'static>) {
        let at = self.partition_of(key);
        self.waiting[at].push_back((key.clone(), record, self.now));
    }

    /// Sales does something with a lead.
    pub fn sells(&mut self, key: &AccountKey, json: String) {
        let activity = Activity::parse(json.into_bytes().leak()).expect("a good activity");
        let at = self.partition_of(key);
        self.waiting[at].push_back((key.clone(), Record::Activity(Box::new(activity)), self.now));
    }

    /// Folds what waits, in turns, until nothing does.
    pub fn runs(&mut self) {
        while self.runs_once() {}
    }

    /// One record of each partition that is not stalled.
    pub fn runs_once(&mut self) -> bool {
        let mut any = false;
        for index in 0..self.stores.len() {
            if self.stalled.contains(&index) {
                continue;
            }
            let Some(waiting) = self.waiting[index].pop_front() else { continue };
            any = true;
            self.folds(index, waiting);
        }
        any
    }

    fn folds(&mut self, index: usize, (key, record, appended_at): Waiting) {
        let store = &mut self.stores[index];
        let moment = store.moment(appended_at, self.now);
        let cause = format_compact!("log-{index}-{}", self.offset);
        if let Record::Watermark(_) | Record::Activity(_) = &record {
            self.folded.push((index, self.offset, record.clone(), appended_at));
        }
        self.offset += 1;
        let entry = Entry { key, record, source: cause.clone(), cause };
        let step = engine::step(store, &entry, moment);
        store.stage(step.changes);
        for effect in step.effects {
            let Effect::Append(to, append) = effect else {
                self.told.push(effect);
                continue;
            };
            let record = match append {
                Append::PolicyInForce(law) => Record::PolicyInForce(law),
                Append::RosterInForce(roster) => Record::RosterInForce(roster),
                Append::AssignRequested(request) => Record::AssignRequested(request),
                Append::Assigned(answer) => {
                    self.answers.push(answer.answer.clone());
                    Record::Assigned(answer)
                }
                Append::LoadChanged(change) => Record::LoadChanged(change),
                Append::WaitEnded(ended) => Record::WaitEnded(ended),
                Append::SiblingLead(told) => Record::SiblingLead(told),
                Append::Continue => Record::Continue,
            };
            match to {
                To::All => self.waiting.iter_mut().for_each(|waiting| waiting.push_back((entry.key.clone(), record.clone(), self.now))),
                To::One(index) => self.waiting[index as usize].push_back((entry.key.clone(), record, self.now)),
                To::Own => self.waiting[index].push_back((entry.key.clone(), record, self.now)),
                To::Key(key) => {
                    let at = self.partition_of(&key);
                    self.waiting[at].push_back((key, record, self.now));
                }
            }
        }
    }

    /// A restart of every pod: what was committed comes back from its rows.
    pub fn restarts(&mut self) {
        for (index, store) in self.stores.iter_mut().enumerate() {
            let rows = &mut self.rows[index];
            store.write_staged(1, |key, value| {
                rows.insert(key.to_vec(), value.map(<[u8]>::to_vec));
            });
            let mut restored = Store::new(index as u32, self.waiting.len() as u32);
            rows.iter().for_each(|(key, value)| restored.restore(key, value.as_deref()).expect("a row"));
            restored.restored().expect("good rows");
            *store = restored;
        }
    }

    /// A lead as its partition remembers it.
    pub fn lead(&self, key: &AccountKey) -> Option<relevo::engine::lead::LeadState> {
        self.stores[self.partition_of(key)].account(key)?.leads.pop()
    }

    /// Open leads that a team counts for a seller.
    pub fn counted(&self, team: &str, seller: &str) -> u32 {
        let teams = &self.stores[self.team_partition(team)].partition().teams;
        teams.get(team).map_or(0, |rota| rota.open(seller))
    }

    /// The lead of an account, as a decision told it.
    pub fn lead_id(&self, key: &AccountKey) -> LeadId {
        self.lead(key).expect("a lead").lead_id
    }
}
