//! `relevo rules show`: the rulebook as a page that a sales director reads.

use std::io::Write;

use crate::cli::RulesShowArguments;
use crate::command::Status;
use crate::command::terminal::Paint;
use crate::rulebook;

use super::{Loaded, load};

/// Prints the rulebook as Markdown; one that does not load, with everything that is wrong with it.
pub fn perform(arguments: &RulesShowArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    match load(&arguments.file, Paint::of_stdout(), out)? {
        Loaded::Rulebook(rulebook) => {
            let name = arguments.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            write!(out, "{}", rulebook::markdown(&rulebook, &name))?;
            Ok(Status::Well)
        }
        Loaded::Refused => Ok(Status::No),
    }
}
