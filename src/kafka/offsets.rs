//! Questions about offsets, asked without joining a group: where it stands, who owns it, where a log begins and ends.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::connection::Connection;
use super::consumer::GroupMetadata;
use super::error::Error;
use super::identity::Identity;
pub use super::note::{LawNote, Note};
use super::partitions::partitions_of;
use super::producer::Producer;
use super::record::TopicPartition;
use super::suspicion::Suspicion;
use super::topic_ids::topic_ids;
use crate::contract::{Timestamp, TopicId};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is said to be done when offsets of logs are asked for.
const LOOKING_UP: &str = "looking offsets of a log up";

/// How long fencing may take.
const FENCING_PATIENCE: Duration = Duration::from_secs(10);

/// A committed offset with its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The next offset to read; `None`: nothing was committed.
    pub offset: Option<i64>,
    /// What the owner wrote beside it ([`Note`]).
    pub metadata: String,
}

/// Where a partition of a log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first offset that is still there.
    pub begin: i64,
    /// The offset behind the last record: as the isolation level of the asking client sees it.
    pub end: i64,
}

/// Where a partition of a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Behind the last record that readers of committed records get: where the first open transaction begins.
    pub stable: i64,
    /// Behind the last record.
    pub whole: i64,
}

/// Somebody who asks about a group's offsets and about logs.
pub struct Offsets {
    connection: Connection,
    group: String,
    /// Who asks, where it is a worker: nobody else may fence.
    asker: Option<Identity>,
    committed: BaseConsumer,
    uncommitted: BaseConsumer,
}

impl Offsets {
    /// Clients that ask about `group`, without joining it.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn of(connection: &Connection, group: &str) -> Result<Self, Error> {
        let client = |committed| -> Result<BaseConsumer, Error> {
            connection.reader("relevo-offsets", group, committed).create().map_err(|error| Error::from_rdkafka("making a reader", &error))
        };
        let (committed, uncommitted) = (client(true)?, client(false)?);
        Ok(Self { connection: connection.clone(), group: group.to_owned(), asker: None, committed, uncommitted })
    }

    /// Asked by this worker, which may fence an owner of its application and stage that stands still. A partition that comes back to it may
    /// bear its own name as that of the last owner who committed, while somebody else's transaction is open: to fence that name would end the
    /// worker's own work.
    pub fn asked_by(self, identity: &Identity) -> Self {
        Self { asker: Some(identity.clone()), ..self }
    }

    /// Committed offsets as they stand now, of the partitions in order; with `stable`, only once no transaction is about to change them.
    ///
    /// # Errors
    /// No answer, or (with `stable`) somebody's transaction is open.
    pub fn committed(&self, partitions: &[TopicPartition], stable: bool) -> Result<Vec<Committed>, Error> {
        let client = if stable { &self.committed } else { &self.uncommitted };
        self.ask(client, partitions, PATIENCE).map_err(|error| Error::from_rdkafka("reading committed offsets", &error))
    }

    fn ask(&self, client: &BaseConsumer, partitions: &[TopicPartition], patience: Duration) -> Result<Vec<Committed>, KafkaError> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&partition.topic, partition.partition);
        }
        let answer = client.committed_offsets(list, patience)?;
        partitions
            .iter()
            .map(|partition| {
                let Some(element) = answer.find_partition(&partition.topic, partition.partition) else { return Ok(Committed::default()) };
                element.error()?;
                let offset = match element.offset() {
                    Offset::Offset(offset) => Some(offset),
                    _ => None,
                };
                Ok(Committed { offset, metadata: element.metadata().to_owned() })
            })
            .collect()
    }

    /// The committed offset of a partition once nobody's transaction is about to change it; an owner that has left the group with an open
    /// transaction is fenced.
    ///
    /// # Errors
    /// No answer within `patience`.
    pub fn settled(&self, partition: &TopicPartition, patience: Duration, cancelled: &dyn Fn() -> bool) -> Result<Committed, Error> {
        let begun = Instant::now();
        let mut suspicion = Suspicion::default();
        let mut fenced = false;
        loop {
            // In short questions: librdkafka itself repeats one that is answered "not stable yet" for as long as it may take.
            let may_take = if fenced { PATIENCE } else { suspicion.may_take() };
            let asked = Instant::now();
            match self.ask(&self.committed, std::slice::from_ref(partition), may_take) {
                Ok(mut committed) => return Ok(committed.remove(0)),
                Err(error) if begun.elapsed() > patience || cancelled() => {
                    return Err(Error::from_rdkafka("waiting for committed offsets to settle", &error));
                }
                Err(error) => {
                    tracing::debug!(%partition, %error, "committed offsets are not settled yet");
                    if !fenced {
                        let waited = asked.elapsed();
                        // The same question without the wait, with no more time: only a coordinator that is quick enough for it has said
                        // that somebody's transaction is open. One that is slow is asked with more patience.
                        let quick = self.ask(&self.uncommitted, std::slice::from_ref(partition), may_take).is_ok();
                        suspicion.unanswered(waited, quick);
                        fenced = suspicion.is_due() && self.fence_owner(partition);
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }

    /// Waits until every transaction that wrote to `log` has ended, and says where it ends; an owner of `owned` that has left the group is fenced.
    ///
    /// # Errors
    /// One is still open after `patience`, or there is no answer.
    pub fn await_stable(
        &self,
        log: &TopicPartition,
        owned: &TopicPartition,
        patience: Duration,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<i64, Error> {
        let begun = Instant::now();
        let end = self.whole_range(log)?.end;
        let mut suspicion = Suspicion::default();
        let (mut seen_open, mut fenced) = (None, false);
        while self.stable_range(log)?.end < end {
            if begun.elapsed() > patience || cancelled() {
                return Err(Error::new("waiting for an open transaction to end", log.to_string()));
            }
            // From answer to answer: how long an answer takes says nothing of the transaction.
            let since = seen_open.replace(Instant::now());
            if let (Some(since), false) = (since, fenced) {
                suspicion.seen_open(since.elapsed());
                fenced = suspicion.is_due() && self.fence_owner(owned);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(end)
    }

    /// Ends what the partition's last owner left open, by taking over its identity for a moment. True if there was one to fence: a worker of
    /// the same application and stage, other than the asker, that is no member of the group any more. A member's transaction ends without
    /// us: it goes on working, or its session ends, or the coordinator times the transaction out.
    pub fn fence_owner(&self, partition: &TopicPartition) -> bool {
        let Ok(committed) = self.ask(&self.uncommitted, std::slice::from_ref(partition), PATIENCE) else { return false };
        let owner = Note::decode(&committed[0].metadata).transactional_id;
        let Some(asker) = self.asker.as_ref().filter(|asker| !owner.is_empty() && asker.to_string() != owner) else { return false };
        if !asker.has_colleague(&owner) {
            tracing::warn!(%partition, owner, group = self.group, "what is noted beside the offset is no worker of this group, and is not fenced");
            return false;
        }
        match self.has_member(&owner) {
            Ok(false) => {}
            Ok(true) => {
                tracing::debug!(%partition, owner, group = self.group, "the last owner is a member of the group, and is not fenced");
                return false;
            }
            Err(error) => {
                tracing::info!(%partition, owner, group = self.group, %error, "nobody knows whether the last owner is a member of the group");
                return false;
            }
        }
        tracing::info!(%partition, owner, group = self.group, "ending what the last owner left open");
        match Producer::new(&self.connection, &owner, &|waited| waited < FENCING_PATIENCE) {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%partition, owner, %error, "the last owner could not be fenced; waiting for its transaction to time out");
                false
            }
        }
    }

    /// Whether a worker is a member of the group now. A static member's identifier is its worker's name, with a suffix of the broker's.
    fn has_member(&self, worker: &str) -> Result<bool, Error> {
        let failed = |error| Error::from_rdkafka("asking for a group's members", &error);
        let groups = self.uncommitted.fetch_group_list(Some(&self.group), PATIENCE).map_err(failed)?;
        let is_worker = |id: &str| id.strip_prefix(worker).is_some_and(|suffix| suffix.starts_with('-'));
        Ok(groups.groups().iter().flat_map(|group| group.members()).any(|member| is_worker(member.id())))
    }

    /// Where the log begins, and where its last committed record ends (the last stable offset).
    ///
    /// # Errors
    /// No answer.
    pub fn stable_range(&self, partition: &TopicPartition) -> Result<Range, Error> {
        Self::range(&self.committed, partition)
    }

    /// Where the log begins and ends, open transactions included.
    ///
    /// # Errors
    /// No answer.
    pub fn whole_range(&self, partition: &TopicPartition) -> Result<Range, Error> {
        Self::range(&self.uncommitted, partition)
    }

    /// The members of the group, by the names that their clients give themselves; none: no pod works.
    ///
    /// # Errors
    /// No answer.
    pub fn members(&self) -> Result<Vec<String>, Error> {
        let failed = |error| Error::from_rdkafka("asking who is in a group", &error);
        let groups = self.uncommitted.fetch_group_list(Some(&self.group), PATIENCE).map_err(failed)?;
        let members = groups.groups().iter().filter(|group| group.name() == self.group).flat_map(|group| group.members());
        Ok(members.map(|member| member.client_id().to_owned()).collect())
    }

    /// For whoever commits offsets of the group without being in it, while nobody is.
    pub fn outsider(&self) -> Option<GroupMetadata> {
        self.committed.group_metadata().map(GroupMetadata)
    }

    /// Which topic it is; `None`: the cluster gives topics no identifiers.
    ///
    /// # Errors
    /// No answer, or there is no such topic.
    pub fn topic_id(&self, topic: &str) -> Result<Option<TopicId>, Error> {
        let mut found = topic_ids(&self.connection, &self.uncommitted, &[topic])?;
        found
            .remove(topic)
            .ok_or_else(|| Error { unknown_topic: true, ..Error::new("asking which topic it is", format!("there is no {topic}")) })
    }

    fn range(client: &BaseConsumer, partition: &TopicPartition) -> Result<Range, Error> {
        let (begin, end) = client
            .fetch_watermarks(&partition.topic, partition.partition, PATIENCE)
            .map_err(|error| Error::from_rdkafka("reading where a log begins and ends", &error))?;
        Ok(Range { begin, end })
    }

    /// The first offset of each partition whose record is from `at` or later; `None`: all are older.
    ///
    /// # Errors
    /// No answer.
    pub fn first_since(&self, partitions: &[TopicPartition], at: Timestamp) -> Result<Vec<Option<i64>>, Error> {
        Self::look_up(&self.uncommitted, partitions, Offset::Offset(at.as_ms()))
    }

    /// Where each partition ends: its last stable offset, and its end with open transactions. Two questions to each broker, however many
    /// partitions there are.
    ///
    /// # Errors
    /// No answer.
    pub fn ends(&self, partitions: &[TopicPartition]) -> Result<Vec<Ends>, Error> {
        let stable = Self::ends_by(&self.committed, partitions)?;
        let whole = self.whole_ends(partitions)?;
        Ok(stable.into_iter().zip(whole).map(|(stable, whole)| Ends { stable, whole }).collect())
    }

    /// The partitions that a topic has now, at least one. Afterwards [`Self::whole_ends`] knows each of them.
    ///
    /// # Errors
    /// No answer, or the topic is not there.
    pub fn partitions_of(&self, topic: &str) -> Result<Vec<TopicPartition>, Error> {
        partitions_of(&self.uncommitted, topic)
    }

    /// Where each partition ends with open transactions.
    ///
    /// # Errors
    /// No answer.
    pub fn whole_ends(&self, partitions: &[TopicPartition]) -> Result<Vec<i64>, Error> {
        Self::ends_by(&self.uncommitted, partitions)
    }

    fn ends_by(client: &BaseConsumer, partitions: &[TopicPartition]) -> Result<Vec<i64>, Error> {
        let known = |end: Option<i64>| end.ok_or_else(|| Error::new(LOOKING_UP, "a partition without an end"));
        Self::look_up(client, partitions, Offset::End)?.into_iter().map(known).collect()
    }

    /// `what`: a time in the place of an offset, as librdkafka has it, or the end, as `client` sees it.
    fn look_up(client: &BaseConsumer, partitions: &[TopicPartition], what: Offset) -> Result<Vec<Option<i64>>, Error> {
        let failed = |error| Error::from_rdkafka(LOOKING_UP, &error);
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition_offset(&partition.topic, partition.partition, what).map_err(failed)?;
        }
        let answer = client.offsets_for_times(list, PATIENCE).map_err(failed)?;
        let offset = |partition: &TopicPartition| {
            let Some(element) = answer.find_partition(&partition.topic, partition.partition) else { return Ok(None) };
            element.error().map_err(failed)?;
            match element.offset() {
                Offset::Offset(offset) => Ok(Some(offset)),
                _ => Ok(None),
            }
        };
        partitions.iter().map(offset).collect()
    }
}
