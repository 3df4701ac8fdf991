//! The shell's clock. Nothing under the pipeline reads one (PURE-1); the demo brings its own.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::contract::Timestamp;
use crate::kafka::failpoint;

/// Says how late it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(since.as_millis() as i64).plus_ms(failpoint::clock_ahead_ms())
    }
}
