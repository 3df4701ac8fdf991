//! `relevo state rebuild`: the state of a partition is made again from what the log still has, and nothing is told twice.

use std::collections::BTreeSet;
use std::io::Write;

use super::look::{Folded, Looker};
use super::recorded::Recorded;
use super::refold::{NotFolded, Refolded, Seeds, Stretch, refold};
use super::{RowChange, await_nobody, commit, is_confirmed};
use crate::cli::StateRebuildArguments;
use crate::command::{Status, Usage, connect};
use crate::config::{Problem, Settings};
use crate::contract::code::{Code, RULEBOOK_NOT_ON_LOG, STATE_CORRUPT, STATE_LOST};
use crate::contract::log::InForce;
use crate::contract::{LeadId, Timestamp};
use crate::kafka::offsets::Note;
use crate::kafka::producer::StagedOffset;

/// What is rebuilt without being named.
const REBUILT: [&Code; 2] = [STATE_LOST, STATE_CORRUPT];
/// How many leads are named.
const NAMED: usize = 20;

/// A partition whose state is made again.
struct Rebuilt<'a> {
    folded: &'a Folded,
    from: i64,
    /// The first offset that was not decided.
    until: i64,
    found: Refolded,
    /// Revisions that are in force although the log does not say so.
    taken_over: Vec<String>,
    /// Leads that were handed off, and do not come of what the log still has.
    lost: Vec<&'a LeadId>,
}

/// Says what will be done, and does it.
///
/// # Errors
/// The cluster gives no answer, a pod still works, the log does not have enough, or nobody confirms it.
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
    writeln!(out, "Reads when leads were handed off …")?;
    let recorded = Recorded::read(&looker).map_err(|error| connect::refused(&settings, &error))?;
    let mut all = Vec::new();
    for folded in meant {
        let from = arguments.from_offset.unwrap_or(folded.range.begin);
        if from < folded.range.begin || from > folded.range.end {
            let what = format!("{} has the offsets {} to {}", folded.partition, folded.range.begin, folded.range.end);
            return Err(Usage { what, remedy: "give one of them as `--from-offset`".to_owned() }.into());
        }
        writeln!(out, "{}: folds the log again from offset {from} …", folded.partition)?;
        let rebuilt = rebuilt(&looker, (folded, from), &log, &recorded, arguments.without_rulebook)?;
        for line in rebuilt.lines(&settings) {
            writeln!(out, "{line}")?;
        }
        all.push(rebuilt);
    }
    if !is_confirmed(arguments.yes, out)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(Status::No);
    }
    let count = all.len();
    for rebuilt in all {
        let (staged, rows) = rebuilt.changes();
        commit(&settings, "decide", &looker.offsets, &[staged], &rows)?;
    }
    writeln!(out, "Done: {count} of {} partitions were rebuilt. Start the service.", log.len())?;
    Ok(Status::Well)
}

/// Folds a partition's log again, with the rulebook and the roster that were in force where the log does not say so itself.
fn rebuilt<'a>(
    looker: &Looker<'_>,
    (folded, from): (&'a Folded, i64),
    log: &[Folded],
    recorded: &'a Recorded,
    without_rulebook: bool,
) -> anyhow::Result<Rebuilt<'a>> {
    let until = decided(folded).clamp(from, folded.range.end.max(from));
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    let stretch = Stretch { partition: &folded.partition, from, until, log_id: folded.log_id };
    let fold = |seeds: &Seeds| {
        refold(looker, stretch, seeds, recorded, now).map_err(|error| match error {
            NotFolded::Kafka(error) => connect::refused(looker.settings, &error),
            NotFolded::Unreadable(code, message) => {
                Problem::new(code, message, folded.partition.to_string(), "use the version of Relevo that ran last")
            }
        })
    };
    let mut found = fold(&Seeds::default())?;
    let (seeds, missing) = lacking((folded, from), &found, log);
    if let (Some(what), false) = (missing, without_rulebook) {
        let what = format!("{what} was in force, and the log does not have its acceptance");
        let remedy = "restore the changelog from a copy, or give `--without-rulebook`: `relevo explain-code RLV-3041` says what follows";
        return Err(Problem::new(RULEBOOK_NOT_ON_LOG, what, folded.partition.to_string(), remedy).into());
    }
    let taken_over: Vec<String> = [("rulebook", &seeds.rulebook), ("roster", &seeds.roster)]
        .into_iter()
        .filter_map(|(kind, record)| Some(format!("revision {} of the {kind}", record.as_ref()?.revision)))
        .collect();
    if !taken_over.is_empty() {
        found = fold(&seeds)?;
    }
    let made: BTreeSet<&LeadId> = found.handed_off.iter().collect();
    let lost = recorded.of(folded.partition.partition as u32).filter(|lead| !made.contains(lead)).collect();
    Ok(Rebuilt { folded, from, until, found, taken_over, lost })
}

/// How far the log that is there was decided.
fn decided(folded: &Folded) -> i64 {
    let note = Note::decode(&folded.committed.metadata);
    let is_this = |known: Option<crate::contract::TopicId>| known.is_none() || folded.log_id.is_none() || known == folded.log_id;
    let committed = folded.committed.offset.filter(|_| is_this(note.topic));
    let position = folded.position.filter(|position| is_this(position.log)).map(|position| position.offset);
    committed.or(position).unwrap_or(folded.range.begin)
}

/// What was in force when the log that is left began, as that log itself says it later, or some partition's state; and what none has.
fn lacking((folded, from): (&Folded, i64), found: &Refolded, log: &[Folded]) -> (Seeds, Option<String>) {
    let note = Note::decode(&folded.committed.metadata);
    let own = |record: &Option<InForce>| record.as_ref().map(|record| record.digest.to_string());
    let mut missing = None;
    let mut look = |kind: &str, noted: Option<String>, of: fn(&Folded) -> &Option<InForce>| {
        let wanted = noted.or_else(|| own(of(folded)))?;
        let record = log.iter().filter_map(|other| of(other).as_ref()).find(|record| record.digest == wanted).cloned();
        if record.is_none() {
            missing.get_or_insert(format!("the {kind} {wanted}"));
        }
        record
    };
    let (rulebook, roster) = (note.law.map(|law| law.digest), note.roster.map(|roster| roster.digest));
    // A log whose beginning is there has its first rulebook before its first interaction. Where it is not, the first that it says was told
    // again, or is the next after one that nobody has any more.
    let is_left = from > 0 || found.began_with_a_rulebook;
    let rulebook = match &found.first.rulebook {
        None => look("rulebook", rulebook, |folded| &folded.in_force.rulebook),
        first => first.clone().filter(|_| is_left),
    };
    let is_left = is_left || (found.first.rulebook.is_none() && rulebook.is_some());
    let roster = match &found.first.roster {
        None => look("roster", roster, |folded| &folded.in_force.roster),
        first => first.clone().filter(|_| is_left),
    };
    (Seeds { rulebook, roster }, missing)
}

impl Rebuilt<'_> {
    /// What was made, what is not there any more, and what will be told.
    fn lines(&self, settings: &Settings) -> Vec<String> {
        let Self { folded, from, until, found, taken_over, lost } = self;
        let Refolded { records, accounts, handed_off, undated, untold, assigning, .. } = found;
        let mut lines = vec![format!(
            "{}: {} rows of state go. {records} records, up to offset {until}, make it again: {accounts} accounts, {} hand-offs.",
            folded.partition,
            folded.keys.len(),
            handed_off.len(),
        )];
        let mut say = |line: String| lines.push(format!("  {line}"));
        match from {
            0 if taken_over.is_empty() => say("Nothing of the log is lost.".to_owned()),
            0 => say(format!(
                "The log does not say from its beginning that {} is in force: it is another log than the one before, and all that rests on that one is lost. They are taken over.",
                taken_over.join(" and ")
            )),
            _ => {
                say(format!(
                    "Lost are the {from} records before offset {from}: accounts, leads, turns of sellers and clocks that rest on them."
                ));
                if !taken_over.is_empty() {
                    say(format!("Taken over, as what is left of the log does not begin with it: {}.", taken_over.join(" and ")));
                }
            }
        }
        if *undated > 0 {
            say(format!(
                "{undated} leads have no record of their hand-off on {} any more: they count as handed off when the log took what led to them.",
                settings.topics.leads
            ));
        }
        if !lost.is_empty() {
            let named = named(lost.iter().copied());
            say(format!(
                "{} leads that were handed off do not come of what the log has: what sales does with them changes nothing from now on, unless they had ended: {named}.",
                lost.len()
            ));
        }
        let is_whole = *from == 0 && taken_over.is_empty();
        if !is_whole && !assigning.is_empty() {
            say(format!(
                "{} leads were not handed off yet, as far as what is left of the log tells. The service hands them off: {}.",
                assigning.len(),
                named(assigning.iter())
            ));
        }
        match untold.len() {
            0 => say("Nothing is told again.".to_owned()),
            count => say(format!(
                "Nothing is told again, and {count} leads are told that sales has not heard of, because what they rested on is lost. Each comes as an update, with `lead_version` 2, and its clock begins now: {}.",
                named(untold.iter())
            )),
        }
        lines
    }

    /// The offset and the rows of its transaction.
    fn changes(self) -> (StagedOffset, Vec<RowChange>) {
        let partition = self.folded.partition.partition;
        let note = self.folded.note();
        let note = Note {
            law: note.law.filter(|_| self.found.rulebook.is_some()),
            roster: note.roster.filter(|_| self.found.roster.is_some()),
            ..note
        };
        let gone = self.folded.keys.iter().filter(|key| !self.found.rows.contains_key(*key));
        let mut rows: Vec<RowChange> = gone.map(|key| RowChange { partition, key: key.clone(), value: None }).collect();
        let is_known = |key: &Vec<u8>| self.folded.keys.contains(key);
        let made = self.found.rows.into_iter().filter(|(key, value)| value.is_some() || is_known(key));
        rows.extend(made.map(|(key, value)| RowChange { partition, key, value: value.map(<[u8]>::into_vec) }));
        let offset = StagedOffset { partition: self.folded.partition.clone(), offset: self.until, metadata: note.encode() };
        (offset, rows)
    }
}

fn named<'l>(leads: impl ExactSizeIterator<Item = &'l LeadId>) -> String {
    let more = leads.len().saturating_sub(NAMED);
    let mut names: Vec<String> = leads.take(NAMED).map(ToString::to_string).collect();
    names.extend((more > 0).then(|| format!("and {more} more")));
    names.join(", ")
}
