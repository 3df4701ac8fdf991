//! Which topics the log, the changelog and the inputs are now: a topic that was deleted and made again is another one, and its offsets mean
//! nothing to who has read the one before.
//!
//! Looked at once a second by a client of its own, so that a running worker learns of it. What follows from it is the worker's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::stage::Stopped;
use super::status::Status;
use crate::contract::TopicId;
use crate::contract::code::{ANOTHER_TOPIC, STATE_LOST};
use crate::kafka::topic_ids::TopicIds;
use crate::kafka::{Connection, Error, TopicPartition};

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The topics that a partition's progress belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestsOn {
    /// The topic that is read.
    pub topic: Option<TopicId>,
    /// The changelog's name and identifier, where there is a state.
    pub changelog: Option<(Arc<str>, TopicId)>,
}

/// The topics as they were seen last.
#[derive(Debug, Default)]
pub struct Identities {
    seen: Mutex<BTreeMap<String, TopicId>>,
    /// How often one has changed.
    changes: AtomicU64,
}

impl Identities {
    /// A topic was seen.
    pub fn saw(&self, topic: &str, id: TopicId) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(topic.to_owned(), id) != Some(id) {
            self.changes.fetch_add(1, Ordering::Release);
        }
    }

    /// How often a topic has been another one than before.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Why a partition can't go on: what it rests on is gone.
    pub fn gone(&self, partition: &TopicPartition, rests_on: &RestsOn) -> Option<Stopped> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = another(partition, &partition.topic, rests_on.topic, seen.get(&*partition.topic).copied(), false);
        topic.or_else(|| {
            let (changelog, id) = rests_on.changelog.as_ref()?;
            another(partition, changelog, Some(*id), seen.get(&**changelog).copied(), true)
        })
    }
}

/// Why a partition can't go on, if the topic that its progress belongs to is not the one that is there.
pub fn another(partition: &TopicPartition, topic: &str, known: Option<TopicId>, found: Option<TopicId>, is_state: bool) -> Option<Stopped> {
    let (known, found) = known.zip(found).filter(|(known, found)| known != found)?;
    let code = if is_state { STATE_LOST } else { ANOTHER_TOPIC };
    Some(Stopped {
        code,
        message: format!("{partition}: its progress belongs to the topic {topic} with the id {known}, and the topic there has {found}."),
    })
}

/// Looks.
pub struct IdentityWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// What is looked at.
    pub topics: Vec<String>,
    /// Where it is told.
    pub identities: Arc<Identities>,
    /// Whether the process is to end.
    pub status: Arc<Status>,
}

impl IdentityWatch {
    /// Looks until the process is asked to end.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let ids = TopicIds::of(&self.connection)?;
        let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        while !self.status.is_stopping() {
            match ids.among(&topics) {
                // A topic that is gone says nothing: it may be that only this broker does not know it yet.
                Ok(found) => {
                    found.into_iter().filter_map(|(topic, id)| Some((topic, id?))).for_each(|(topic, id)| self.identities.saw(&topic, id))
                }
                Err(error) => tracing::debug!(%error, "which topics these are is not known"),
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_was_made_again_stops_what_rests_on_it_and_nothing_else() {
        let id = |number| TopicId::of_halves(0, number).expect("not zero");
        let (log, other) = (TopicPartition::new("log", 3), TopicPartition::new("other", 3));
        let rests_on = RestsOn { topic: Some(id(1)), changelog: Some(("state".into(), id(2))) };
        let identities = Identities::default();
        let check = |expected: Option<&str>| assert_eq!(identities.gone(&log, &rests_on).map(|stopped| stopped.code.name), expected);
        check(None);
        identities.saw("log", id(1));
        identities.saw("state", id(2));
        identities.saw("other", id(9));
        check(None);
        let changes = identities.changes();
        identities.saw("log", id(1));
        assert_eq!(identities.changes(), changes, "the same is no change");
        identities.saw("state", id(5));
        check(Some("state_lost"));
        identities.saw("log", id(6));
        check(Some("another_topic"));
        assert!(identities.changes() > changes);
        assert_eq!(identities.gone(&other, &RestsOn::default()), None, "what is not known may be the same");
    }
}
