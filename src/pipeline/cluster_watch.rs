//! What the cluster says by itself: how late it is by its brokers' clocks, and how many partitions the inputs have now.
//!
//! Off the loops, once a second, and by a client of its own: a slow answer holds nobody. This file refuses to know what follows from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::broker_time::{Answer, BrokerTime};
use super::clock::Clock;
use super::status::Status;
use crate::kafka::newest::Newest;
use crate::kafka::{Connection, Error, TopicPartition};
use crate::metrics::Stage;

/// How often the log's newest record is asked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The same until the clocks have been compared: a start waits for it.
const LOOK_EVERY_AT_FIRST: Duration = Duration::from_millis(200);
/// How often it is asked how many partitions the inputs have.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Watches the cluster.
pub struct ClusterWatch {
    /// How to reach Kafka.
    pub connection: Connection,
    /// The log's partitions.
    pub log: Vec<TopicPartition>,
    /// The inputs' topics; empty where Intake does not run.
    pub inputs: Vec<String>,
    /// Where the brokers' time is told.
    pub brokers: Arc<BrokerTime>,
    /// The clock of this process, as it is.
    pub clock: Arc<dyn Clock>,
    /// Where it is shown.
    pub status: Arc<Status>,
}

impl ClusterWatch {
    /// Watches until the process is asked to end.
    ///
    /// # Errors
    /// Settings that a client refuses.
    pub fn run(&self) -> Result<(), Error> {
        let newest = Newest::of(&self.connection)?;
        let mut counted_at: Option<Instant> = None;
        while !self.status.is_stopping() {
            if let Err(error) = self.compare(&newest) {
                tracing::debug!(%error, "the brokers' time is not known");
            }
            self.status.clock_skew(self.brokers.skew_ms(Instant::now()));
            if !self.inputs.is_empty() && counted_at.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
                counted_at = Some(Instant::now());
                match self.count(&newest) {
                    Ok(partitions) => self.status.expects(Stage::Intake, partitions),
                    Err(error) => tracing::debug!(%error, "the inputs' partitions could not be counted"),
                }
            }
            std::thread::sleep(if self.brokers.is_compared() { LOOK_EVERY } else { LOOK_EVERY_AT_FIRST });
        }
        Ok(())
    }

    fn compare(&self, newest: &Newest) -> Result<(), Error> {
        let asked_at = Instant::now();
        let newest = newest.times(&self.log)?;
        self.brokers.heard(Answer { asked_at, answered_at: Instant::now(), own: self.clock.now(), newest: &newest });
        Ok(())
    }

    /// Partitions of all inputs together.
    fn count(&self, newest: &Newest) -> Result<u32, Error> {
        self.inputs.iter().map(|topic| Ok(newest.partitions_of(topic)?.len() as u32)).sum()
    }
}
