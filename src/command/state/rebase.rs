//! `relevo state rebase`: the state stays, and folding goes on in the log that is there.

use std::io::Write;

use super::look::{Folded, Looker};
use super::{RowChange, await_nobody, commit, is_confirmed, rebase_inputs};
use crate::cli::StateRebaseArguments;
use crate::command::{Status, connect};
use crate::contract::Timestamp;
use crate::contract::code::{ANOTHER_TOPIC, LOG_CUT, LOG_REWRITTEN, POSITION_DISAGREES};
use crate::kafka::Error;
use crate::kafka::producer::StagedOffset;
use crate::state::{Format, Position, codec};

/// Says what will be done, and does it.
///
/// # Errors
/// The cluster gives no answer, a pod still works, or nobody confirms it.
pub fn perform(arguments: &StateRebaseArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    if arguments.inputs {
        return rebase_inputs::perform(&settings, arguments.yes, out);
    }
    let looker = Looker::of(&settings, "decide")?;
    await_nobody(&settings, &looker.offsets, &looker.group, out)?;
    let log = looker.log()?;
    let mut steps = Vec::new();
    let mut is_left = false;
    for folded in log.iter().filter(|folded| folded.halted.is_some()) {
        match step(folded, || first_unfolded(&looker, folded)).map_err(|error| connect::refused(&settings, &error))? {
            Some((to, loses)) => {
                writeln!(out, "{}: goes on at offset {to}. {loses}", folded.partition)?;
                steps.push((folded, to));
            }
            None => {
                is_left = true;
                let stopped = folded.halted.as_ref().map(ToString::to_string).unwrap_or_default();
                writeln!(out, "{}: can't be rebased ({stopped}); see `relevo state rebuild`.", folded.partition)?;
            }
        }
    }
    if steps.is_empty() {
        writeln!(out, "No partition of the log is halted that can be rebased: nothing was changed.")?;
        return Ok(if is_left { Status::No } else { Status::Well });
    }
    if !is_confirmed(arguments.yes, out)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(Status::No);
    }
    let format = Format::writing(settings.state.write_version).unwrap_or_default();
    let (mut staged, mut rows) = (Vec::new(), Vec::new());
    for (folded, to) in &steps {
        let Some(position) = folded.position else { continue };
        let position = Position { offset: *to, log: folded.log_id, last: None, ..position };
        let (key, value) = codec::position_row(format, &position);
        rows.push(RowChange { partition: folded.partition.partition, key, value: Some(value) });
        staged.push(StagedOffset { partition: folded.partition.clone(), offset: *to, metadata: folded.note().encode() });
    }
    commit(&settings, "decide", &looker.offsets, &staged, &rows)?;
    writeln!(out, "Done: {} of {} partitions were rebased. Start the service.", staged.len(), log.len())?;
    Ok(if is_left { Status::No } else { Status::Well })
}

/// The first record that was appended after all that was folded.
fn first_unfolded(looker: &Looker<'_>, folded: &Folded) -> Result<i64, Error> {
    let since = folded.position.map_or(Timestamp::EPOCH, |position| position.ingested_at.plus_ms(1));
    let first = looker.offsets.first_since(std::slice::from_ref(&folded.partition), since)?.remove(0);
    Ok(first.unwrap_or(folded.range.end))
}

/// Where a halted partition goes on, and what is lost by it; `None`: its state can't be kept. `first_unfolded` is asked only where the answer
/// rests on it: a broker that looks a time up reads batches, and one of them may be the damaged one.
fn step(folded: &Folded, first_unfolded: impl Fn() -> Result<i64, Error>) -> Result<Option<(i64, String)>, Error> {
    if folded.halted.as_ref().is_some_and(|stopped| stopped.code == LOG_REWRITTEN) && folded.position.is_some() {
        let loses = "Nothing that the log has is lost: it is the first record that was appended after what was folded.";
        return Ok(Some((first_unfolded()?, loses.to_owned())));
    }
    Ok(step_by_offsets(folded))
}

fn step_by_offsets(folded: &Folded) -> Option<(i64, String)> {
    let code = folded.halted.as_ref()?.code;
    let position = folded.position?.offset;
    let range = folded.range;
    if code == POSITION_DISAGREES && (range.begin..=range.end).contains(&position) {
        return Some((position, "Nothing is lost: the state knows how far it is.".to_owned()));
    }
    if code == ANOTHER_TOPIC {
        let loses = format!(
            "It is the beginning of the new log. Lost is what the old log had from offset {position} on and was not decided; nobody can count it any more."
        );
        return Some((range.begin, loses));
    }
    let is_cut = code == LOG_CUT || code == POSITION_DISAGREES;
    if is_cut && position < range.begin {
        return Some((
            range.begin,
            format!("Lost are {} records, from offset {position} on: the log does not have them.", range.begin - position),
        ));
    }
    if is_cut {
        let gone = position - range.end;
        return Some((
            range.end,
            format!(
                "Nothing more is lost: {gone} records that were decided are not in the log any more, and what followed from them stays."
            ),
        ));
    }
    None
}
