//! The demo's clock: it stands still until the show moves it, so that a month takes a minute. Allowed in the shell only.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::contract::Timestamp;
use crate::pipeline::Clock;

/// A clock that somebody moves.
#[derive(Debug)]
pub struct VirtualClock(AtomicI64);

impl VirtualClock {
    /// A clock that stands at `at`.
    pub const fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_ms()))
    }

    /// Moves it on; it never goes back.
    pub fn move_to(&self, at: Timestamp) {
        self.0.fetch_max(at.as_ms(), Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_and_never_goes_back() {
        let clock = VirtualClock::at(Timestamp::from_ms(5));
        clock.move_to(Timestamp::from_ms(9));
        clock.move_to(Timestamp::from_ms(7));
        assert_eq!(clock.now(), Timestamp::from_ms(9));
    }
}
