//! `relevo backtest`: what a rulebook would have decided over a history, and, with outcomes, how often it would have been right.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use crate::cli::{BacktestArguments, ReportFormat};
use crate::config::{Problem, Settings};
use crate::contract::code::REPORT_UNWRITABLE;
use crate::rulebook::Rulebook;

use super::private;
use super::replay::{Fold, History, Reading, Stretch};
use super::rules::{self, check};
use super::terminal::{self, Paint};
use super::{Status, connect};

mod charts;
mod html;
mod judge;
mod outcomes;
mod print;
mod report;
mod sections;
pub mod statistics;
mod tally;
mod tracks;

use outcomes::Outcomes;
use report::Report;
use tally::Tally;
use tracks::Tracks;

/// Replays the history and prints the report.
pub fn perform(arguments: &BacktestArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let Some(rulebook) = load(&arguments.rulebook, out)? else { return Ok(Status::No) };
    let settings = connect::settings(&arguments.history.config)?;
    let report = backtest(arguments, &settings, &rulebook)?;
    match arguments.format {
        ReportFormat::Table => print::table(&report, out)?,
        ReportFormat::Markdown => print::markdown(&report, out)?,
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        }
    }
    if let Some(path) = &arguments.html {
        private::create(path).and_then(|mut file| file.write_all(html::page(&report).as_bytes())).map_err(|error| {
            let what = format!("the page can't be written: {error}");
            Problem::new(REPORT_UNWRITABLE, what, path.display().to_string(), "name a file in a folder that you may write to")
        })?;
        writeln!(terminal::stderr(), "The page is in {}.", path.display())?;
    }
    Ok(Status::Well)
}

/// A rulebook that loads; else everything that is wrong with it is drawn.
///
/// # Errors
/// There is no such file.
pub fn load(path: &Path, out: &mut impl Write) -> anyhow::Result<Option<Arc<Rulebook>>> {
    let [file] = rules::files(path)?
        .try_into()
        .map_err(|_| super::Usage { what: format!("{} is a folder", path.display()), remedy: "name one rulebook's file".to_owned() })?;
    let judged = rules::judge(&file);
    match judged.result {
        Ok(rulebook) => Ok(Some(Arc::new(rulebook))),
        Err(diagnostics) => {
            let paint = Paint::of_stdout();
            writeln!(out, "{}\n", check::draw(&diagnostics, &judged.text, paint))?;
            writeln!(out, "{}", paint.bad("The rulebook does not load, so nothing can be decided by it."))?;
            Ok(None)
        }
    }
}

fn backtest(arguments: &BacktestArguments, settings: &Settings, rulebook: &Arc<Rulebook>) -> anyhow::Result<Report> {
    let reading = Reading::new(settings);
    let outcomes = arguments.outcomes.as_ref().map(|path| Outcomes::read(path, &reading)).transpose()?;
    if let Some(outcomes) = &outcomes {
        outcomes.refused.tell("outcome", &mut terminal::stderr())?;
    }
    let stretch = Stretch::of(arguments.history.from, arguments.history.to);
    let mut history = History::gather(&arguments.history.events, settings, stretch)?;
    let tracks = outcomes.map(|outcomes| Tracks::new(rulebook, outcomes));
    let mut tally = Tally::new(rulebook.time_zone.clone(), tracks);
    let mut fold = Fold::under(rulebook);
    let told = history.tell(|told| {
        let effects = fold.take(told.partition, told.entry, told.at);
        tally.take(&told, &effects);
    });
    history.refused().tell("event", &mut terminal::stderr())?;
    told?;
    Ok(Report::of(tally, rulebook, &arguments.rulebook.display().to_string(), &history))
}
