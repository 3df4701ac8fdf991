//! How the partitions of the log and of the inputs are, asked from outside: the questions that the service asks itself before it begins one.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::refold::Seeds;
use crate::command::connect;
use crate::config::{Problem, Problems, Settings};
use crate::contract::code::{OFFSET_OUT_OF_RANGE, OFFSETS_GONE};
use crate::contract::log::InForce;
use crate::contract::{Timestamp, TopicId};
use crate::kafka::offsets::{Committed, Note, Offsets, Range};
use crate::kafka::{Connection, Error, TopicPartition, reader};
use crate::pipeline::handed_on;
use crate::pipeline::identities::another;
use crate::pipeline::stage::Stopped;
use crate::pipeline::standing::{self, Standing};
use crate::state::{Format, Position, Store, codec};

/// How long a partition may bring nothing until reading is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who looks.
pub struct Looker<'a> {
    pub settings: &'a Settings,
    pub connection: Connection,
    /// Asks about Decide's group, or about Intake's.
    pub offsets: Offsets,
    pub group: String,
}

/// A partition of the log as it is.
pub struct Folded {
    pub partition: TopicPartition,
    pub position: Option<Position>,
    pub committed: Committed,
    pub range: Range,
    /// How many rows of each kind it has.
    pub rows: BTreeMap<&'static str, u64>,
    /// The keys that the changelog has.
    pub keys: BTreeSet<Vec<u8>>,
    pub accounts: usize,
    /// The rulebook and the roster in force, where their rows can be read.
    pub in_force: Seeds,
    pub log_id: Option<TopicId>,
    pub changelog_id: Option<TopicId>,
    /// Why it can't be folded on.
    pub halted: Option<Stopped>,
}

/// A partition of an input as it is.
pub struct Read {
    pub partition: TopicPartition,
    pub committed: Committed,
    pub range: Range,
    pub topic_id: Option<TopicId>,
    pub halted: Option<Stopped>,
}

impl<'a> Looker<'a> {
    /// `stage`: whose group.
    pub fn of(settings: &'a Settings, stage: &str) -> Result<Self, Problem> {
        let connection = connect::connection(settings);
        let group = format!("{}-{stage}", settings.application);
        let offsets = Offsets::of(&connection, &group).map_err(|error| connect::refused(settings, &error))?;
        Ok(Self { settings, connection, offsets, group })
    }

    /// Every partition of the log.
    pub fn log(&self) -> Result<Vec<Folded>, Problems> {
        let topics = &self.settings.topics;
        let partitions = connect::partitions(self.settings, &topics.intake, "`topics.intake`")?;
        connect::partitions(self.settings, &topics.changelog, "`topics.changelog`")?;
        (0..partitions as i32).map(|index| self.folded(index).map_err(|error| connect::refused(self.settings, &error).into())).collect()
    }

    fn folded(&self, index: i32) -> Result<Folded, Error> {
        let topics = &self.settings.topics;
        let (partition, changelog) = (TopicPartition::new(&topics.intake, index), TopicPartition::new(&topics.changelog, index));
        let committed = self.offsets.committed(std::slice::from_ref(&partition), false)?.remove(0);
        let (log_id, changelog_id) = (self.offsets.topic_id(&topics.intake)?, self.offsets.topic_id(&topics.changelog)?);
        let mut store = Store::new(index as u32, self.settings.partitions);
        let (mut keys, mut broken, mut in_force) = (BTreeSet::new(), None, Seeds::default());
        let heard = Cell::new(Instant::now());
        reader::read_to_end(&self.connection, &changelog, None, &|| heard.get().elapsed() > PATIENCE, |row| {
            heard.set(Instant::now());
            let key = row.key().unwrap_or_default();
            match row.value() {
                Some(_) => keys.insert(key.to_vec()),
                None => keys.remove(key),
            };
            let read = || row.value().and_then(|value| Format::default().decode::<InForce>(value).ok());
            match codec::kind_of(key) {
                "law" => in_force.rulebook = read(),
                "roster" => in_force.roster = read(),
                _ => {}
            }
            if let (None, Err(error)) = (&broken, store.restore(key, row.value())) {
                broken = Some(error);
            }
        })?;
        let broken = broken.or_else(|| store.restored().err().map(|(_, error)| error));
        let range = self.offsets.whole_range(&partition)?;
        let position = store.position();
        let began = Instant::now();
        let appended_at = |offset| reader::appended_at(&self.connection, &partition, offset, &|| began.elapsed() > PATIENCE);
        let standing = Standing {
            partition: &partition,
            last_appended_at: standing::last_appended_at(position, range, appended_at)?,
            log_id,
            changelog: (&topics.changelog, changelog_id),
            position,
            committed: &committed,
            range,
        };
        let halted = match broken {
            Some(error) => Some(Stopped { code: error.code(), message: format!("{changelog}: {error}.") }),
            None => standing.start().err(),
        };
        let mut rows = BTreeMap::new();
        keys.iter().for_each(|key| *rows.entry(codec::kind_of(key)).or_default() += 1);
        Ok(Folded { partition, position, committed, range, rows, keys, accounts: store.accounts(), in_force, log_id, changelog_id, halted })
    }

    /// Why partitions of the log can't be folded on, as far as the offsets and what is noted beside them tell: the state is taken to agree.
    pub fn log_by_notes(&self) -> Result<Vec<Option<Stopped>>, Problem> {
        self.by_notes().map_err(|error| connect::refused(self.settings, &error))
    }

    fn by_notes(&self) -> Result<Vec<Option<Stopped>>, Error> {
        let topics = &self.settings.topics;
        let (log_id, changelog_id) = (self.offsets.topic_id(&topics.intake)?, self.offsets.topic_id(&topics.changelog)?);
        let partitions = self.offsets.partitions_of(&topics.intake)?;
        let mut all = Vec::new();
        for (partition, committed) in partitions.iter().zip(self.offsets.committed(&partitions, false)?) {
            // Offsets go with a topic that is deleted: then only the state knows.
            if committed.offset.is_none() {
                all.push(self.folded(partition.partition)?.halted);
                continue;
            }
            let log = Note::decode(&committed.metadata).topic;
            let position =
                committed.offset.map(|offset| Position { offset, ingested_at: Timestamp::EPOCH, partitions: 0, log, last: None });
            let (changelog, range) = ((topics.changelog.as_str(), changelog_id), self.offsets.whole_range(partition)?);
            all.push(
                Standing { partition, log_id, changelog, position, committed: &committed, range, last_appended_at: None }.start().err(),
            );
        }
        Ok(all)
    }

    /// Every partition of every input.
    pub fn inputs(&self) -> Result<Vec<Read>, Problem> {
        self.read().map_err(|error| connect::refused(self.settings, &error))
    }

    fn read(&self) -> Result<Vec<Read>, Error> {
        let mut inputs = Vec::new();
        for topic in input_topics(self.settings) {
            let (partitions, topic_id) = (self.offsets.partitions_of(topic)?, self.offsets.topic_id(topic)?);
            for (partition, committed) in partitions.iter().zip(self.offsets.committed(&partitions, false)?) {
                let range = self.offsets.whole_range(partition)?;
                let known = Note::decode(&committed.metadata).topic;
                let outside = committed.offset.filter(|offset| *offset < range.begin || *offset > range.end).map(|offset| Stopped {
                    code: OFFSET_OUT_OF_RANGE,
                    message: format!("{partition}: offset {offset} is wanted, and the topic has {} to {}.", range.begin, range.end),
                });
                let halted = another(partition, topic, known, topic_id, false).or(outside);
                inputs.push(Read { partition: partition.clone(), committed, range, topic_id, halted });
            }
        }
        if inputs.iter().all(|input| input.committed.offset.is_none()) && self.has_worked()? {
            for input in &mut inputs {
                let message = format!("{}: the group {} has no offsets, and the log has what Intake wrote.", input.partition, self.group);
                input.halted = Some(Stopped { code: OFFSETS_GONE, message });
            }
        }
        Ok(inputs)
    }

    fn has_worked(&self) -> Result<bool, Error> {
        let heard = Instant::now();
        handed_on::has_worked(&self.connection, &self.settings.topics.intake, self.settings.partitions, &|| heard.elapsed() > PATIENCE)
    }
}

/// What Intake reads.
pub fn input_topics(settings: &Settings) -> Vec<&str> {
    let mut topics = vec![settings.topics.interactions.as_str()];
    topics.extend(settings.inputs.accounts.enabled.then_some(settings.topics.accounts.as_str()));
    topics.extend(settings.inputs.activities.enabled.then_some(settings.topics.activities.as_str()));
    topics
}

impl Folded {
    /// The note of its committed offset, for what is there now.
    pub fn note(&self) -> Note {
        Note { topic: self.log_id, changelog: self.changelog_id, ..Note::decode(&self.committed.metadata) }
    }
}
