//! Append times that can't be: the log's own time goes by them, never goes back, and is kept. One that lies years ahead would make every
//! interaction too old and let every account be forgotten, for good.
//!
//! A time that is missing, negative or earlier than one before needs nothing: the latest that was seen counts on.

use crate::contract::Timestamp;
use crate::contract::code::APPENDED_AHEAD;
use crate::pipeline::broker_time::MOST_AHEAD_MS;
use crate::pipeline::stage::Stopped;

/// Why a partition halts before this time; `None`: it need not. `what`: whose time it is.
pub(super) fn impossible(what: impl FnOnce() -> String, at: Timestamp, now: Timestamp) -> Option<Stopped> {
    let ahead_ms = at.since_ms(now);
    (ahead_ms > MOST_AHEAD_MS).then(|| {
        let message = format!("{}: {at}, and this process's clock says {now}, which is {} s earlier.", what(), ahead_ms / 1_000);
        Stopped { code: APPENDED_AHEAD, message }
    })
}
