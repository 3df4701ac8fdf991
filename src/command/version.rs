//! `relevo version`: what a person reports with a problem.

use std::io::Write;

use super::Status;
use crate::{kafka, state};

/// Prints versions, one a line.
pub fn perform(out: &mut impl Write) -> anyhow::Result<Status> {
    writeln!(out, "relevo      {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "librdkafka  {}", kafka::client_version())?;
    writeln!(out, "state       writes version {}", state::codec::VERSION)?;
    Ok(Status::Well)
}
