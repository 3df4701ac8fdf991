//! `relevo version`: what a person reports with a problem.

use std::io::Write;

use super::Status;
use crate::{kafka, state};

/// Prints versions, one a line.
pub fn perform(out: &mut impl Write) -> anyhow::Result<Status> {
    writeln!(out, "relevo      {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "librdkafka  {}", kafka::client_version())?;
    writeln!(out, "state       reads and writes version {}", versions(&state::Format::released()))?;
    Ok(Status::Well)
}

fn versions(known: &std::ops::RangeInclusive<u8>) -> String {
    if known.start() == known.end() { known.start().to_string() } else { format!("{} to {}", known.start(), known.end()) }
}
