//! `relevo state rebase --inputs`: Intake goes on in the inputs that are there, from where the log shows that it was.

use std::io::Write;
use std::time::{Duration, Instant};

use super::look::{Looker, Read, input_topics};
use super::{await_nobody, commit, is_confirmed};
use crate::command::{Status, connect};
use crate::config::Settings;
use crate::contract::code::{ANOTHER_TOPIC, OFFSETS_GONE};
use crate::kafka::offsets::Note;
use crate::kafka::producer::StagedOffset;
use crate::pipeline::handed_on;

/// How long the log may take to be read.
const READING_PATIENCE: Duration = Duration::from_secs(3_600);

/// Says what will be done, and does it.
pub fn perform(settings: &Settings, yes: bool, out: &mut impl Write) -> anyhow::Result<Status> {
    let looker = Looker::of(settings, "intake")?;
    await_nobody(settings, &looker.offsets, &looker.group, out)?;
    let refused = |error| connect::refused(settings, &error);
    let inputs = looker.inputs()?;
    let halted: Vec<&Read> = inputs.iter().filter(|input| input.halted.is_some()).collect();
    if halted.is_empty() {
        writeln!(out, "No input is halted: nothing was changed.")?;
        return Ok(Status::Well);
    }
    let are_gone = halted.iter().any(|input| input.halted.as_ref().is_some_and(|stopped| stopped.code == OFFSETS_GONE));
    let handed_on = if are_gone {
        writeln!(out, "Reads the log, to see how far the inputs were handed on …")?;
        let (log, began) = (looker.offsets.partitions_of(&settings.topics.intake).map_err(refused)?, Instant::now());
        handed_on::read_to(&looker.connection, &log, &input_topics(settings), &|| began.elapsed() > READING_PATIENCE).map_err(refused)?
    } else {
        std::collections::BTreeMap::new()
    };
    let mut staged = Vec::new();
    for input in halted {
        let (to, loses) = step(input, handed_on.get(&input.partition).copied());
        writeln!(out, "{}: goes on at offset {to}. {loses}", input.partition)?;
        let note = Note { topic: input.topic_id, ..Note::decode(&input.committed.metadata) };
        staged.push(StagedOffset { partition: input.partition.clone(), offset: to, metadata: note.encode() });
    }
    if !is_confirmed(yes, out)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(Status::No);
    }
    commit(settings, "intake", &looker.offsets, &staged, &[])?;
    writeln!(out, "Done: {} of {} partitions of inputs were rebased. Start the service.", staged.len(), inputs.len())?;
    Ok(Status::Well)
}

/// Where an input goes on, and what is lost by it.
fn step(input: &Read, handed_on: Option<i64>) -> (i64, String) {
    let (range, code) = (input.range, input.halted.as_ref().map(|stopped| stopped.code));
    let offset = input.committed.offset.unwrap_or(range.begin);
    if code == Some(OFFSETS_GONE) {
        return match handed_on {
            Some(next) => (
                next.clamp(range.begin, range.end),
                "Nothing is lost: the log has what was before it. What became a dead letter after it becomes one again.".to_owned(),
            ),
            None => (range.begin, "Nothing is lost: the log has nothing of it, so it is read from its beginning.".to_owned()),
        };
    }
    if code == Some(ANOTHER_TOPIC) {
        let loses = format!(
            "It is the beginning of the new topic. Lost is what the old one had from offset {offset} on; nobody can count it any more."
        );
        return (range.begin, loses);
    }
    if offset < range.begin {
        return (range.begin, format!("Lost are {} records, from offset {offset} on: the topic does not have them.", range.begin - offset));
    }
    (range.end, format!("Nothing more is lost: {} records that were read are not in the topic any more.", offset - range.end))
}
