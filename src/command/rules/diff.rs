//! `relevo rules diff`: what changes from one rulebook to another, in words.

use std::io::Write;
use std::sync::Arc;

use crate::cli::RulesDiffArguments;
use crate::command::Status;
use crate::command::terminal::{self, Paint};
use crate::rulebook::{Difference, Rulebook, differences};

use super::{Loaded, load, matrix};

/// Prints the differences. Both files are judged before anything is said, so that all errors come at once.
///
/// The status is 0 where both agree on the same, 1 where something changes, 2 where one of them does not load: a script that asks
/// "has anything changed?" must not take a broken file for a change.
pub fn perform(arguments: &RulesDiffArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let paint = Paint::of_stdout();
    let (before, after) = (load(&arguments.before, paint, out)?, load(&arguments.after, paint, out)?);
    let (Loaded::Rulebook(before), Loaded::Rulebook(after)) = (before, after) else { return Ok(Status::Usage) };
    let found = differences(&before, &after);
    print(&found, (&before, &after), paint, out)?;
    let mut differs = !found.is_empty();
    if !arguments.history.events.is_empty() {
        let matrix = matrix::matrix([&Arc::from(before), &Arc::from(after)], &arguments.history)?;
        writeln!(out)?;
        matrix.print(out)?;
        differs |= matrix.differs();
    }
    Ok(if differs { Status::No } else { Status::Well })
}

/// The differences under their headings.
fn print(found: &[Difference], (before, after): (&Rulebook, &Rulebook), paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    if found.is_empty() {
        let same = if before.digest == after.digest {
            "The files are the same."
        } else {
            "Both agree on the same: only comments or the layout differ."
        };
        writeln!(out, "{}", paint.good(same))?;
        return Ok(());
    }
    writeln!(out, "From revision {} to revision {}:", before.revision, after.revision)?;
    let mut part = None;
    for difference in found {
        if part.replace(difference.part) != Some(difference.part) {
            writeln!(out, "\n{}", paint.strong(difference.part.title()))?;
        }
        let width = usize::from(terminal::width()).saturating_sub(4);
        for (index, line) in terminal::fold(&difference.words, width).lines().enumerate() {
            writeln!(out, "{}{line}", if index == 0 { "  - " } else { "    " })?;
        }
    }
    writeln!(out, "\n{} in all.", terminal::count(found.len() as u64, "change"))?;
    Ok(())
}
