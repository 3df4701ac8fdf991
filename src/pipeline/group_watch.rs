//! Watching Decide from Intake: is there a law in every partition, and does Decide keep up?
//!
//! Off the loops, once a second. On a first start interactions wait until every partition of the log has a law; and while Decide is more
//! than a minute behind they wait too, so that what must not wait (activities, erasures) finds the log short.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::colleagues::Colleagues;
use super::status::Status;
use crate::contract::time::MINUTE_MS;
use crate::kafka::offsets::{Committed, Ends, LawNote, Note, Offsets};
use crate::kafka::{Connection, Error, TopicPartition};
use crate::metrics::Hold;

/// How often Decide is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While a first law is waited for it is looked at more often.
const LOOK_EVERY_AT_FIRST: Duration = Duration::from_millis(200);
/// A partition that has not moved for so long is stopped, and holds nobody.
const STOPPED_AFTER: Duration = Duration::from_secs(30);
/// Decide is behind when the oldest record that it has not folded is older than this.
const BEHIND_MS: i64 = MINUTE_MS;

/// Whether interactions have to wait.
#[derive(Default)]
pub struct Gate {
    closed: AtomicBool,
}

impl Gate {
    /// A gate that is closed until a law is known.
    pub fn closed() -> Self {
        Self { closed: AtomicBool::new(true) }
    }

    /// Whether interactions have to wait.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// Watches Decide.
pub struct GroupWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// Decide's group.
    pub group: String,
    /// This process among its like.
    pub pod: String,
    /// The log.
    pub log: String,
    /// Its partitions.
    pub partitions: u32,
    /// What is opened and closed.
    pub gate: Arc<Gate>,
    /// Where it is shown.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
    /// Whether interactions wait while Decide is behind: not in the demo, whose minutes are seconds.
    pub back_pressure: bool,
    /// Whether this process reads interactions, and so shows that they wait.
    pub shows_hold: bool,
}

/// A partition as it was seen last.
#[derive(Clone, Copy)]
struct Moved {
    offset: i64,
    at: Instant,
}

impl GroupWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that the client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let mut moved = BTreeMap::new();
        let mut has_law = false;
        let mut blocked = BTreeMap::new();
        let mut colleagues = Colleagues::default();
        let offsets = Offsets::of(&self.connection, &self.group)?;
        let partitions: Vec<_> = (0..self.partitions as i32).map(|partition| TopicPartition::new(&self.log, partition)).collect();
        while !self.status.is_stopping() {
            match self.look(&offsets, &partitions, &mut moved, &mut blocked, &mut has_law, &mut colleagues) {
                Ok(hold) => {
                    self.status.kafka_answered(self.clock.now(), Ok(()));
                    self.set(hold);
                }
                Err(error) => {
                    tracing::debug!(%error, "Decide could not be looked at");
                    self.status.kafka_answered(self.clock.now(), Err(error.to_string()));
                }
            }
            std::thread::sleep(if has_law { LOOK_EVERY } else { LOOK_EVERY_AT_FIRST });
        }
        Ok(())
    }

    fn set(&self, hold: Option<Hold>) {
        if self.shows_hold {
            self.status.interactions_held_back(self.clock.now(), hold);
        }
        let closed = hold.is_some();
        if self.gate.closed.swap(closed, Ordering::Relaxed) != closed {
            tracing::info!(closed, "interactions {}", if closed { "are held back" } else { "flow" });
        }
    }

    /// Why interactions have to wait, if they have to.
    fn look(
        &self,
        offsets: &Offsets,
        partitions: &[TopicPartition],
        moved: &mut BTreeMap<i32, Moved>,
        blocked: &mut BTreeMap<i32, (i64, Instant)>,
        has_law: &mut bool,
        colleagues: &mut Colleagues,
    ) -> Result<Option<Hold>, Error> {
        let committed = offsets.committed(partitions, false)?;
        self.show_law(partitions, &committed);
        self.status.settings_differ(&colleagues.look(Instant::now(), &self.pod, &self.status.shared(), &committed));
        if !*has_law {
            let known = self.status.law().in_force;
            *has_law = partitions.iter().all(|partition| known.get(&partition.partition).is_some_and(Option::is_some));
            return Ok((!*has_law).then_some(Hold::NoLaw));
        }
        if !self.back_pressure {
            return Ok(None);
        }
        let ends = offsets.ends(partitions)?;
        self.show_blocked(&ends, blocked);
        let since = offsets.first_since(partitions, self.clock.now().plus_ms(-BEHIND_MS))?;
        let mut behind = false;
        for (((partition, committed), ends), since) in partitions.iter().zip(&committed).zip(&ends).zip(since) {
            let Some(offset) = committed.offset else { continue };
            let now = Instant::now();
            let last = moved.entry(partition.partition).or_insert(Moved { offset, at: now });
            if last.offset != offset {
                *last = Moved { offset, at: now };
            }
            behind |= offset < since.unwrap_or(ends.stable) && last.at.elapsed() < STOPPED_AFTER;
        }
        Ok(behind.then_some(Hold::DecideBehind))
    }

    /// What Decide noted beside its offsets; partitions of this process know better.
    fn show_law(&self, partitions: &[TopicPartition], committed: &[Committed]) {
        self.status.change_law(|shown| {
            shown.asked = true;
            for (partition, committed) in partitions.iter().zip(committed) {
                // One that has noted none is known to have none: the law is told again for it.
                let known = shown.in_force.entry(partition.partition).or_default();
                let note = Note::decode(&committed.metadata);
                let roster = shown.rosters.entry(partition.partition).or_default();
                for (known, noted) in [(known, note.law), (roster, note.roster)] {
                    if let Some(LawNote { revision, digest, .. }) = noted
                        && known.as_ref().is_none_or(|(other, _)| *other < revision)
                    {
                        *known = Some((revision, digest));
                    }
                }
            }
        });
    }

    /// For how long somebody's open transaction has kept the log's end from readers.
    fn show_blocked(&self, ends: &[Ends], blocked: &mut BTreeMap<i32, (i64, Instant)>) {
        let mut longest: f64 = 0.0;
        for (partition, Ends { stable, whole }) in (0..).zip(ends) {
            if stable == whole {
                blocked.remove(&partition);
                continue;
            }
            let now = Instant::now();
            let since = blocked.entry(partition).or_insert((*stable, now));
            if since.0 != *stable {
                *since = (*stable, now);
            }
            longest = longest.max(since.1.elapsed().as_secs_f64());
        }
        let since = (longest > 0.0).then(|| self.clock.now().plus_ms(-((longest * 1000.0) as i64)));
        self.status.log_blocked_since(since);
    }
}
