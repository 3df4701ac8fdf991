//! `relevo state rebuild`: the state of a partition goes, and what the log still has is folded again.

use std::io::Write;

use super::look::{Folded, Looker};
use super::{RowChange, await_nobody, commit, is_confirmed};
use crate::cli::StateRebuildArguments;
use crate::command::{Status, Usage, connect};
use crate::contract::Timestamp;
use crate::contract::code::{Code, STATE_CORRUPT, STATE_LOST};
use crate::kafka::producer::StagedOffset;
use crate::state::{Format, Position, codec};

/// What is rebuilt without being named.
const REBUILT: [&Code; 2] = [STATE_LOST, STATE_CORRUPT];

/// Says what will be done, and does it.
///
/// # Errors
/// The cluster gives no answer, a pod still works, or nobody confirms it.
pub fn perform(arguments: &StateRebuildArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    let looker = Looker::of(&settings, "decide")?;
    await_nobody(&settings, &looker.offsets, &looker.group, out)?;
    let log = looker.log()?;
    let is_meant = |folded: &&Folded| match arguments.partition {
        Some(partition) => folded.partition.partition == partition as i32,
        None => folded.halted.as_ref().is_some_and(|stopped| REBUILT.contains(&stopped.code)),
    };
    let meant: Vec<&Folded> = log.iter().filter(is_meant).collect();
    if meant.is_empty() {
        writeln!(out, "The state of no partition is lost or unreadable: nothing was changed.")?;
        return Ok(Status::Well);
    }
    let format = Format::writing(settings.state.write_version).unwrap_or_default();
    let (mut staged, mut rows) = (Vec::new(), Vec::new());
    for folded in &meant {
        let range = folded.range;
        let from = arguments.from_offset.unwrap_or(range.begin);
        if from < range.begin || from > range.end {
            let what = format!("{} has the offsets {} to {}", folded.partition, range.begin, range.end);
            return Err(Usage { what, remedy: "give one of them as `--from-offset`".to_owned() }.into());
        }
        writeln!(
            out,
            "{}: {} rows of state go; the log is folded from offset {from}. {}",
            folded.partition,
            folded.keys.len(),
            loses(folded, from)
        )?;
        let partition = folded.partition.partition;
        let position =
            Position { offset: from, ingested_at: Timestamp::EPOCH, partitions: settings.partitions, log: folded.log_id, last: None };
        let (position_key, value) = codec::position_row(format, &position);
        let gone = folded.keys.iter().filter(|key| **key != position_key);
        rows.extend(gone.map(|key| RowChange { partition, key: key.clone(), value: None }));
        rows.push(RowChange { partition, key: position_key, value: Some(value) });
        staged.push(StagedOffset { partition: folded.partition.clone(), offset: from, metadata: folded.note().encode() });
    }
    if !is_confirmed(arguments.yes, out)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(Status::No);
    }
    commit(&settings, "decide", &looker.offsets, &staged, &rows)?;
    writeln!(out, "Done: {} of {} partitions are rebuilt when the service runs. Start it.", staged.len(), log.len())?;
    Ok(Status::Well)
}

/// What is not there any more to be folded, and what is folded again.
fn loses(folded: &Folded, from: i64) -> String {
    let lost = match from {
        0 => "Nothing of the log is lost".to_owned(),
        _ => format!("Lost are the {from} records before it: accounts, leads and clocks that rest on them alone"),
    };
    let again = folded.committed.offset.map_or(0, |offset| (offset - from).max(0));
    format!("{lost}; what follows from {again} records is written again, under the same lead identifiers.")
}
