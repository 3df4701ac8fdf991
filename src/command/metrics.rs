//! `relevo metrics`: the catalogue of metrics as Markdown, for whoever builds dashboards and alerts.

use std::io::Write;

use super::Status;
use crate::metrics::catalogue;

/// Prints the catalogue.
pub fn perform(out: &mut impl Write) -> anyhow::Result<Status> {
    write!(out, "{}", catalogue::to_markdown())?;
    Ok(Status::Well)
}
