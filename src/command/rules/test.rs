//! `relevo rules test`: a rulebook's agreed cases, each with what was decided and why.

use std::io::Write;
use std::sync::Arc;

use crate::cli::RulesTestArguments;
use crate::command::terminal::{self, Paint};
use crate::command::{Status, Usage};
use crate::engine::examples::{self, ExampleOutcome};
use crate::rulebook;

use super::check::draw;
use super::read;

/// Decides every example and prints a table.
pub fn perform(arguments: &RulesTestArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let name = arguments.file.display().to_string();
    let bytes = read(&arguments.file).map_err(|error| Usage {
        what: format!("{name} can't be read: {error}"),
        remedy: "name a rulebook's file, such as 0001.yaml".to_owned(),
    })?;
    let paint = Paint::of_stdout();
    // Not `law::load`: it stops at examples that fail, and those are what is asked for here.
    let rulebook = match rulebook::compile(&bytes, &name) {
        Ok(rulebook) => Arc::new(rulebook),
        Err(diagnostics) => {
            writeln!(out, "{}\n", draw(&diagnostics, &String::from_utf8_lossy(&bytes), paint))?;
            writeln!(out, "{}", paint.bad("The rulebook does not load, so none of its examples can be decided."))?;
            return Ok(Status::No);
        }
    };
    let outcomes = examples::run(&rulebook);
    if outcomes.is_empty() {
        writeln!(out, "{name} has no examples. Agree on some, under `examples`: they are what both departments can read.")?;
        return Ok(Status::Well);
    }
    table(&outcomes, paint, out)?;
    let failed = outcomes.iter().filter(|outcome| !outcome.holds).count();
    let all = outcomes.len();
    writeln!(out)?;
    if failed > 0 {
        writeln!(out, "{}", paint.bad(&format!("{failed} of {} failed.", terminal::count(all as u64, "example"))))?;
        return Ok(Status::No);
    }
    let says = if all == 1 { "The one example holds.".to_owned() } else { format!("All {all} examples hold.") };
    writeln!(out, "{}", paint.good(&says))?;
    Ok(Status::Well)
}

fn table(outcomes: &[ExampleOutcome], paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let mut table = terminal::table(["", "LINE", "EXAMPLE", "EXPECTED", "DECIDED", "WHY"]);
    for outcome in outcomes {
        let mark = if outcome.holds { "ok" } else { "FAIL" };
        let decided = if outcome.holds && outcome.decision() == outcome.expectation() { "the same".to_owned() } else { outcome.decision() };
        table.add_row([mark, &outcome.line.to_string(), &outcome.name, &outcome.expectation(), &decided, &outcome.why]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{}", paint.mark(&line))?;
    }
    Ok(())
}
