//! Waiting for what must come true, with a bound: the only place where a test lets time pass.

use std::time::{Duration, Instant};

/// On a machine with other work everything takes longer. A bound only says when a test that fails has failed, so it costs nobody anything.
const BUSY: u64 = 4;

/// Asks again and again until there is an answer, and panics with `what` after `limit_seconds`, times what a busy machine needs.
pub fn until_some<T>(what: &str, limit_seconds: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(BUSY * limit_seconds), "not within {} s: {what}", BUSY * limit_seconds);
        pause(Duration::from_millis(25));
    }
}

/// The same for what is true or not.
pub fn until(what: &str, limit_seconds: u64, mut ask: impl FnMut() -> bool) {
    until_some(what, limit_seconds, || ask().then_some(()));
}

/// Whether it comes true within the time.
pub fn holds_within(limit_seconds: u64, mut ask: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if ask() {
            return true;
        }
        if began.elapsed() >= Duration::from_secs(limit_seconds) {
            return false;
        }
        pause(Duration::from_millis(25));
    }
}

/// Lets time pass between two questions, or between two of a torture's blows.
pub fn pause(length: Duration) {
    let ends = Instant::now() + length;
    while let Some(left) = ends.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}
