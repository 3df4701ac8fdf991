//! `relevo state inspect`: how far each partition is, what it has, and what is halted and why.

use std::collections::BTreeMap;
use std::io::Write;

use super::look::{Folded, Looker, Read};
use crate::cli::StateInspectArguments;
use crate::command::{Status, connect, terminal};
use crate::pipeline::stage::Stopped;

/// Looks, and prints what is there.
///
/// # Errors
/// The cluster gives no answer.
pub fn perform(arguments: &StateInspectArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    let log = Looker::of(&settings, "decide")?.log()?;
    let inputs = Looker::of(&settings, "intake")?.inputs()?;
    for line in page(&log, &inputs) {
        writeln!(out, "{line}")?;
    }
    let is_well = log.iter().all(|folded| folded.halted.is_none()) && inputs.iter().all(|input| input.halted.is_none());
    Ok(if is_well { Status::Well } else { Status::No })
}

fn page(log: &[Folded], inputs: &[Read]) -> Vec<String> {
    let offset = |offset: Option<i64>| offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
    let halted =
        |halted: &Option<Stopped>| halted.as_ref().map_or_else(String::new, |stopped| format!("{} {}", stopped.code, stopped.code.name));
    let mut table = terminal::table(["LOG", "STATE AT", "GROUP AT", "HAS", "ACCOUNTS", "HALTED"]);
    for folded in log {
        table.add_row([
            folded.partition.to_string(),
            offset(folded.position.map(|position| position.offset)),
            offset(folded.committed.offset),
            format!("{} to {}", folded.range.begin, folded.range.end),
            folded.accounts.to_string(),
            halted(&folded.halted),
        ]);
    }
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    lines.push(String::new());
    let mut table = terminal::table(["INPUT", "GROUP AT", "HAS", "HALTED"]);
    for input in inputs {
        let has = format!("{} to {}", input.range.begin, input.range.end);
        table.add_row([input.partition.to_string(), offset(input.committed.offset), has, halted(&input.halted)]);
    }
    lines.extend(terminal::lines(&table));
    lines.push(String::new());
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    log.iter().flat_map(|folded| &folded.rows).for_each(|(kind, count)| *rows.entry(kind).or_default() += count);
    let rows: Vec<String> = rows.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    lines.push(format!("Rows of state: {}", if rows.is_empty() { "none".to_owned() } else { rows.join(", ") }));
    let id = |id: Option<crate::contract::TopicId>| id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    lines.extend(log.first().map(|first| format!("Topic ids: log {}, changelog {}", id(first.log_id), id(first.changelog_id))));
    let stopped = log.iter().filter_map(|folded| folded.halted.as_ref()).chain(inputs.iter().filter_map(|input| input.halted.as_ref()));
    for Stopped { code, message } in stopped {
        lines.push(format!("{code} {message} `relevo explain-code {code}` says what to do."));
    }
    lines
}
