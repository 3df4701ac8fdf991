//! Topics that leads may be copied to: which of them can be written to now.
//!
//! A copy is a service to whoever asked for it. A topic of copies that is missing, or may not be written to, costs that copy and never the
//! hand-off (TXN-4): it is left out, counted and told. A watch looks every few seconds; a transaction that such a topic has spoiled says so
//! sooner. This file refuses to know what a copy contains.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::stage::Spoilt;
use super::status::Status;
use crate::contract::code::ROUTE_TOPIC;
use crate::kafka::rights::{Operation, Rights, RightsOf};
use crate::kafka::{Connection, Error};

/// How often the cluster is asked.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often the watch wakes up, so that a process that is asked to end need not wait for it.
const WAKE_EVERY: Duration = Duration::from_millis(250);
/// After a transaction that a topic has spoiled nothing is copied to it for so long, whatever the cluster says of it.
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// Why a copy is left out, as metrics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// The rulebook names a topic that is not among `routes.allowed_topics`.
    NotAllowed,
    /// The topic is allowed, and can't be written to.
    NotWritable,
}

impl LeftOut {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::NotAllowed, Self::NotWritable];

    /// The label in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::NotWritable => "not_writable",
        }
    }
}

/// The topics that leads may be copied to.
#[derive(Debug, Default)]
pub struct Copies {
    allowed: BTreeSet<String>,
    unusable: Mutex<Unusable>,
}

#[derive(Debug, Default)]
struct Unusable {
    /// Why the cluster does not take records for it, as it was asked last.
    seen: BTreeMap<String, &'static str>,
    /// Why a transaction failed, and until when it is left alone.
    spoilt: BTreeMap<String, (String, Instant)>,
}

impl Copies {
    /// These are allowed; nothing is known against any of them yet.
    pub fn to(allowed: impl IntoIterator<Item = String>) -> Self {
        Self { allowed: allowed.into_iter().collect(), unusable: Mutex::default() }
    }

    /// Whether a copy can be written to this topic now.
    ///
    /// # Errors
    /// Why it is left out.
    pub fn may_go_to(&self, topic: &str) -> Result<(), LeftOut> {
        if !self.allowed.contains(topic) {
            return Err(LeftOut::NotAllowed);
        }
        let unusable = self.unusable();
        let is_spoilt = unusable.spoilt.get(topic).is_some_and(|(_, until)| Instant::now() < *until);
        if is_spoilt || unusable.seen.contains_key(topic) { Err(LeftOut::NotWritable) } else { Ok(()) }
    }

    /// A transaction failed because of a record for this topic: the next one does without it, if it is one of copies.
    pub fn spoilt_by(&self, topic: &str, why: &str) -> Spoilt {
        match self.may_go_to(topic) {
            Err(LeftOut::NotAllowed) => Spoilt::Needed,
            Err(LeftOut::NotWritable) => Spoilt::LeftOutBefore,
            Ok(()) => {
                self.unusable().spoilt.insert(topic.to_owned(), (why.to_owned(), Instant::now() + LEFT_ALONE));
                Spoilt::LeftOut
            }
        }
    }

    /// What the cluster says of each topic: those it does not know, or does not show, are not among `rights`.
    fn look_at(&self, rights: &BTreeMap<String, Rights>) {
        let why = |topic: &String| match rights.get(topic) {
            None => Some("it does not exist, or may not be seen"),
            Some(rights) if !rights.contains(&Operation::Write) => Some("it may not be written to"),
            Some(_) => None,
        };
        let seen = self.allowed.iter().filter_map(|topic| Some((topic.clone(), why(topic)?))).collect();
        let mut unusable = self.unusable();
        unusable.seen = seen;
        unusable.spoilt.retain(|_, (_, until)| Instant::now() < *until);
    }

    /// Topics that nothing is copied to now, and why.
    fn left_out(&self) -> BTreeMap<String, String> {
        let unusable = self.unusable();
        let mut all: BTreeMap<_, _> = unusable.spoilt.iter().map(|(topic, (why, _))| (topic.clone(), why.clone())).collect();
        all.extend(unusable.seen.iter().map(|(topic, why)| (topic.clone(), (*why).to_owned())));
        all
    }

    fn unusable(&self) -> MutexGuard<'_, Unusable> {
        self.unusable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the topics of copies.
pub struct CopiesWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// What is watched.
    pub copies: Arc<Copies>,
    /// Where it is shown.
    pub status: Arc<Status>,
}

impl CopiesWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that the client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let asked = RightsOf::asked_over(&self.connection)?;
        let topics: Vec<&str> = self.copies.allowed.iter().map(String::as_str).collect();
        let (mut looked_at, mut told) = (None::<Instant>, BTreeMap::new());
        while !self.status.is_stopping() {
            if looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                // A cluster that does not answer, or tells nobody's rights, says nothing against a topic.
                match asked.topics(&topics) {
                    Ok(rights) => self.copies.look_at(&rights),
                    Err(error) => tracing::debug!(%error, "topics of copies could not be looked at"),
                }
                looked_at = Some(Instant::now());
            }
            let left_out = self.copies.left_out();
            if left_out != told {
                self.tell(&left_out, &told);
                told = left_out;
            }
            std::thread::sleep(WAKE_EVERY);
        }
        Ok(())
    }

    fn tell(&self, left_out: &BTreeMap<String, String>, before: &BTreeMap<String, String>) {
        for (topic, why) in left_out.iter().filter(|(topic, why)| before.get(*topic) != Some(why)) {
            tracing::warn!(code = %ROUTE_TOPIC, topic, why, "copies of leads are left out; the leads are on the main topic");
        }
        for topic in before.keys().filter(|topic| !left_out.contains_key(*topic)) {
            tracing::info!(topic, "leads are copied again");
        }
        self.status.copies_left_out(left_out.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(write: bool) -> Rights {
        if write { Rights::from([Operation::Write]) } else { Rights::new() }
    }

    #[test]
    fn txn_4_a_topic_of_copies_that_can_not_be_written_to_is_left_out_until_it_can() {
        let copies = Copies::to(["a", "b", "c"].map(str::to_owned));
        let check = |topic: &str, expected| assert_eq!(copies.may_go_to(topic), expected, "{topic}");
        check("a", Ok(()));
        check("d", Err(LeftOut::NotAllowed));
        copies.look_at(&BTreeMap::from([("a".into(), rights(true)), ("b".into(), rights(false))]));
        for (topic, expected) in [("a", Ok(())), ("b", Err(LeftOut::NotWritable)), ("c", Err(LeftOut::NotWritable))] {
            check(topic, expected);
        }
        assert_eq!(copies.left_out().keys().map(String::as_str).collect::<Vec<_>>(), ["b", "c"]);
        let all = BTreeMap::from(["a", "b", "c"].map(|topic| (topic.to_owned(), rights(true))));
        copies.look_at(&all);
        check("c", Ok(()));
        // A transaction knows sooner, and more, than the cluster says: a record may be too large.
        let spoilt = ["a", "a", "leads"].map(|topic| copies.spoilt_by(topic, "too large"));
        assert_eq!(spoilt, [Spoilt::LeftOut, Spoilt::LeftOutBefore, Spoilt::Needed]);
        copies.look_at(&all);
        check("a", Err(LeftOut::NotWritable));
        check("b", Ok(()));
        assert_eq!(copies.left_out(), BTreeMap::from([("a".to_owned(), "too large".to_owned())]));
    }
}
