//! Partitions that nobody works on although the group is content: they are seen, and the group is made to share them out again.
//!
//! It happens when a pod dies between giving partitions up and joining its group again ([`crate::kafka::sharing`] says why). Nothing else would
//! end it but the next pod that comes or goes. Off the loops, for each stage that runs here; what is unowned is counted from what the
//! pods say that they own (`relevo_partitions_owned`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::status::Status;
use crate::kafka::sharing::Sharing;
use crate::kafka::{Connection, Error, Identity, TopicPartition};

/// How often the group is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often the watch wakes up, so that a process that is asked to end need not wait for it.
const WAKE_EVERY: Duration = Duration::from_millis(250);
/// In so many looks in a row a partition must have been unowned: a member that gives something up may be about to join again.
const LOOKS: u32 = 3;
/// What does not help is tried more seldom, at last after so many looks: five minutes.
const MOST_LOOKS: u32 = 60;

/// Watches how a stage's group shares its partitions out.
pub struct UnownedWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// The stage's group.
    pub group: String,
    /// A worker of this process in it.
    pub member: Identity,
    /// What the group reads.
    pub topics: Vec<String>,
    /// Whether the process is to end.
    pub status: Arc<Status>,
}

/// When it is enough.
#[derive(Debug)]
struct Patience {
    unowned: BTreeSet<TopicPartition>,
    looks: u32,
    enough: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { unowned: BTreeSet::new(), looks: 0, enough: LOOKS }
    }
}

impl Patience {
    /// Takes in what is unowned at a look: whether something has been for long enough.
    fn is_over(&mut self, unowned: BTreeSet<TopicPartition>) -> bool {
        if unowned.is_empty() {
            *self = Self::default();
            return false;
        }
        self.looks = if self.unowned == unowned { self.looks + 1 } else { 1 };
        self.unowned = unowned;
        let is_over = self.looks >= self.enough;
        if is_over {
            self.looks = 0;
            self.enough = (self.enough * 2).min(MOST_LOOKS);
        }
        is_over
    }
}

impl UnownedWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let sharing = Sharing::of(&self.connection, &self.group, &self.member, &self.topics)?;
        let (mut looked_at, mut patience) = (None::<Instant>, Patience::default());
        while !self.status.is_stopping() {
            if looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                self.look(&sharing, &mut patience);
                looked_at = Some(Instant::now());
            }
            std::thread::sleep(WAKE_EVERY);
        }
        Ok(())
    }

    fn look(&self, sharing: &Sharing, patience: &mut Patience) {
        let is_over = match sharing.unowned() {
            Ok(unowned) => patience.is_over(unowned),
            Err(error) => {
                tracing::debug!(%error, group = self.group, "the group could not be looked at");
                false
            }
        };
        if !is_over {
            return;
        }
        let unowned = patience.unowned.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        tracing::warn!(
            group = self.group,
            unowned,
            "the group is stable and no pod owns these partitions; it is made to share them out again"
        );
        if let Err(error) = sharing.share_out_again(&|| self.status.is_stopping()) {
            tracing::warn!(group = self.group, %error, "the group could not be made to share its partitions out again; this is tried again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at which the group is made to share out again, if these many partitions are unowned at each.
    #[track_caller]
    fn check(unowned: &[i32], expected: &[usize]) {
        let mut patience = Patience::default();
        let set = |count: i32| (0..count).map(|partition| TopicPartition::new("log", partition)).collect();
        let over: Vec<usize> = (0..unowned.len()).filter(|look| patience.is_over(set(unowned[*look]))).collect();
        assert_eq!(over, expected, "{unowned:?}");
    }

    #[test]
    fn what_stays_unowned_is_shared_out_again_and_what_changes_is_waited_for() {
        check(&[0; 20], &[]);
        check(&[2, 2, 0, 2, 2, 0], &[]);
        check(&[2, 2, 2], &[2]);
        check(&[4, 2, 2, 1, 1, 1, 0, 0], &[5]);
        // What does not help is tried more and more seldom, and soon again after all was well.
        check(&[1; 22], &[2, 8, 20]);
        check(&[1, 1, 1, 0, 1, 1, 1], &[2, 6]);
        let over_hours = vec![1; 1_000];
        let mut patience = Patience::default();
        let tries = over_hours.iter().filter(|_| patience.is_over(BTreeSet::from([TopicPartition::new("log", 0)]))).count();
        assert!((16..22).contains(&tries), "{tries} tries in an hour and a half");
    }
}
