//! How far the feed of activities reaches, asked once a second: what was there at an instant has to be on the log before that instant counts
//! as passed (FU-3).
//!
//! It asks for the end as a reader sees it that sees open transactions too: a connector's transaction that is open may hold a touch. The
//! instant is no later than what brokers have stamped before: this process may believe that it is later than it is. Clients of its own, off
//! the loops: a slow answer delays verdicts and nothing else. This file refuses to know what is read, and by whom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::status::Status;
use crate::contract::Timestamp;
use crate::contract::time::MINUTE_MS;
use crate::kafka::newest::Newest;
use crate::kafka::offsets::Offsets;
use crate::kafka::{Connection, Error, TopicPartition};

/// Where a partition of the feed ended at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The instant, before the end was asked for: by the clock of this process, and no later than the newest record of the log.
    pub at: Timestamp,
    /// The next offset of it then, open transactions included.
    pub end: i64,
}

/// What was found last, for the workers of Intake.
#[derive(Debug)]
pub struct Feed {
    /// Its topic.
    pub topic: String,
    reach: Mutex<BTreeMap<i32, Reach>>,
}

impl Feed {
    /// A feed that nobody has looked at yet.
    pub fn of(topic: &str) -> Self {
        Self { topic: topic.to_owned(), reach: Mutex::default() }
    }

    /// How far a partition reached when it was looked at last; `None`: nobody knows yet.
    pub fn reach(&self, partition: i32) -> Option<Reach> {
        self.locked().get(&partition).copied()
    }

    /// How many partitions the feed has, as far as is known.
    pub fn partitions(&self) -> u32 {
        self.locked().len() as u32
    }

    pub(super) fn set(&self, reach: BTreeMap<i32, Reach>) {
        *self.locked() = reach;
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<i32, Reach>> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often the feed is listened to.
const LISTEN_EVERY: Duration = Duration::from_secs(1);

/// Watches the feed.
pub struct FeedWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Intake's group.
    pub group: String,
    /// What is looked at, and where it is told.
    pub feed: Arc<Feed>,
    /// The log, by whose newest record it is told how late it is at most; empty: by the clock alone.
    pub log: Vec<TopicPartition>,
    /// Whether the process ends.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
    /// How often it is looked at.
    pub tick: Duration,
}

impl FeedWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let offsets = Offsets::of(&self.connection, &self.group)?;
        let newest = Newest::of(&self.connection)?;
        while !self.status.is_stopping() {
            match self.look(&newest, &offsets) {
                Ok(reach) => self.feed.set(reach),
                Err(error) => tracing::debug!(%error, "the feed of activities could not be looked at"),
            }
            std::thread::sleep(self.tick);
        }
        Ok(())
    }

    /// Tells when the feed was heard last, until the process is asked to end. Apart from [`Self::run`], so that time never waits for it.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn listen(&self) -> Result<(), Error> {
        let newest = Newest::of(&self.connection)?;
        while !self.status.is_stopping() {
            // What can't be asked is unknown: nobody's CRM is called silent for it. So is a record that says it is from a time to come: a CRM that
            // falls silent after it would look lively until then.
            let asked = newest.of_topic(&self.feed.topic).map(|at| at.filter(|at| at.since_ms(self.clock.now()) < MINUTE_MS));
            let heard = asked.unwrap_or_else(|error| {
                tracing::debug!(%error, "the newest activity is not known");
                None
            });
            self.status.activity_feed_reaches(&self.feed.topic, heard);
            std::thread::sleep(LISTEN_EVERY);
        }
        Ok(())
    }

    fn look(&self, newest: &Newest, offsets: &Offsets) -> Result<BTreeMap<i32, Reach>, Error> {
        // First the time, then the ends: whatever had happened by then lies before them.
        let stamped = newest.times(&self.log)?.into_iter().flatten().max();
        let at = self.clock.now().min(stamped.unwrap_or(Timestamp::LAST));
        // Anew each time: partitions may have been added, and what lies in them counts.
        let partitions = offsets.partitions_of(&self.feed.topic)?;
        let ends = offsets.whole_ends(&partitions)?;
        Ok(partitions.iter().zip(ends).map(|(partition, end)| (partition.partition, Reach { at, end })).collect())
    }
}
