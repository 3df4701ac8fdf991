//! What the transactional loop asks of a stage.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::facts::Facts;
use super::identities::RestsOn;
use crate::contract::code::{APPENDED_AHEAD, BATCH_UNREADABLE, CHARTER_NOT_AT_HAND};
use crate::contract::{Code, Timestamp};
use crate::kafka::offsets::LawNote;
use crate::kafka::{Error, Incoming, TopicPartition, Transaction};
pub use crate::metrics::Stage as StageName;
use crate::state::open_leads::OpenLeads;

/// Says that what is being prepared is not wanted any more.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Not wanted any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is not wanted any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a partition can't go on: an operator has to look. The others go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Stopped {
    /// What it is.
    pub code: &'static Code,
    /// Where, and with which figures.
    pub message: String,
}

impl Stopped {
    /// Whether it may pass by itself: then the partition is looked at again.
    pub fn passes(&self) -> bool {
        self.code == APPENDED_AHEAD || self.code == CHARTER_NOT_AT_HAND || self.code == BATCH_UNREADABLE
    }
}

/// Why a record is not processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotProcessed {
    /// Nothing can be written now: the transaction is rolled back.
    Failed(Error),
    /// It must not be processed: its partition stops before it.
    Stopped(Stopped),
}

impl From<Error> for NotProcessed {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Why a partition can't begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPrepared {
    /// It passes: try again.
    Passing(Error),
    /// It does not pass by itself.
    Stopped(Stopped),
}

impl From<Error> for NotPrepared {
    fn from(error: Error) -> Self {
        if error.unreadable {
            return Self::Stopped(Stopped { code: BATCH_UNREADABLE, message: format!("{}.", error.reason) });
        }
        Self::Passing(error)
    }
}

/// A partition that can begin.
pub struct Prepared<P> {
    /// The first offset to process.
    pub start: i64,
    /// What the stage needs for it.
    pub state: P,
    /// The topics that its progress belongs to.
    pub rests_on: RestsOn,
}

/// What a preparing thread runs.
pub type Preparation<P> = Box<dyn Fn(&Cancel) -> Result<Prepared<P>, NotPrepared> + Send>;

/// What a stage makes of a topic that does not take its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// Without them it can't go on.
    Needed,
    /// From now on it does without them.
    LeftOut,
    /// It did without them already: they are not what failed.
    LeftOutBefore,
}

/// What a stage shows of itself after a commit.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Committed accounts, and their bytes.
    pub accounts: (usize, usize),
    /// The least clock of its partitions.
    pub clock: Option<Timestamp>,
    /// When the last processed record was appended.
    pub last_record: Option<Timestamp>,
}

/// A stage: what is done with records, and with partitions that come and go. All of it runs on the worker's thread, but preparations.
pub trait Stage {
    /// What a partition needs before its first record.
    type Prepared: Send + 'static;

    /// What has to be done off the loop before a partition begins.
    fn preparation(&self, partition: &TopicPartition) -> Preparation<Self::Prepared>;
    /// A partition begins.
    fn assigned(&mut self, partition: &TopicPartition, prepared: Self::Prepared);
    /// Partitions end, with everything staged dropped before.
    fn revoked(&mut self, partitions: &[TopicPartition]);
    /// Processes a record into the open transaction.
    ///
    /// # Errors
    /// Nothing can be written now, or the record must not be processed: the transaction will be rolled back.
    fn process(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed>;
    /// Writes the dead letter of a record that made [`Self::process`] panic, instead of processing it.
    ///
    /// # Errors
    /// As for [`Self::process`].
    fn poisoned(&mut self, record: &Incoming<'_>, transaction: &mut Transaction<'_>) -> Result<(), NotProcessed>;
    /// Writes what goes last into a transaction: state and positions, watermarks. `offsets` are those that it will commit.
    ///
    /// # Errors
    /// Nothing can be written now: the transaction will be rolled back.
    fn before_commit(&mut self, offsets: &[(TopicPartition, i64)], transaction: &mut Transaction<'_>) -> Result<(), Error>;
    /// The law to note beside a partition's committed offset.
    fn law(&self, partition: &TopicPartition) -> Option<LawNote>;
    /// The roster in force in a partition, noted likewise.
    fn roster(&self, _partition: &TopicPartition) -> Option<LawNote> {
        None
    }
    /// The transaction committed; its facts.
    fn committed(&mut self, offsets: &[(TopicPartition, i64)]) -> Facts;
    /// The transaction was rolled back: nothing of it ever was.
    fn aborted(&mut self);
    /// A transaction failed because of a record for this topic: what the stage makes of it.
    fn spoilt_by(&mut self, _topic: &str, _why: &str) -> Spoilt {
        Spoilt::Needed
    }
    /// What may be seen of it now.
    fn shown(&self) -> Shown;
    /// Open leads of each partition that it has; they go on changing with each commit.
    fn open_leads(&self) -> Vec<Arc<Mutex<OpenLeads>>> {
        Vec::new()
    }
    /// Whether a transaction is wanted although no record came; asked about every 50 ms at least.
    fn wants_transaction(&mut self) -> bool;
    /// Partitions among those read that have to be held back now; asked about every 50 ms at least.
    fn holds_back(&mut self, partition: &TopicPartition) -> bool;
}
