//! A feed of activities says that it is alive: everything that happened up to then has been sent.
//!
//! What Relevo can't see by itself is a connector that has stopped: its topic looks as one on which nobody does anything. One that can send
//! heartbeats takes the guess away. This file refuses to know what the time is for.

use std::borrow::Cow;

use serde::Deserialize;

use super::code::{Refusal, from_json};
use super::interaction::wire::time;
use super::time::Timestamp;
use super::wire::Object;

/// A heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Everything that sales did up to then, and that this partition of the feed will tell, stands before this record.
    pub at: Timestamp,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    at: Cow<'a, str>,
}

impl Heartbeat {
    /// Parses the event's data, a JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] with code, field and position, and never a value.
    pub fn parse(data: &[u8]) -> Result<Self, Refusal> {
        let Object(Wire { at }): Object<Wire<'_>> = from_json(data)?;
        Ok(Self { at: time("at", &at, data)? })
    }
}
