//! Where events go: a file of its owner's alone that is there whole or not at all, or standard output.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::command::Usage;
use crate::command::private::Draft;
use anyhow::Context as _;

/// What events are written to.
pub struct Made {
    file: Option<(BufWriter<Draft>, PathBuf)>,
}

impl Made {
    /// A file, or standard output where none is named. `input` is what is read, which must not be written.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn create(wanted: Option<&Path>, input: &Path) -> anyhow::Result<Self> {
        let Some(wanted) = wanted else { return Ok(Self { file: None }) };
        not_the_input(wanted, input)?;
        let wanted = fs::canonicalize(wanted).unwrap_or_else(|_| wanted.to_owned()); // what a link names
        let draft = Draft::of(&wanted).with_context(|| format!("{} can't be written", wanted.display()))?;
        Ok(Self { file: Some((BufWriter::new(draft), wanted)) })
    }

    /// Writes one event's line.
    pub fn write(&mut self, line: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
        match &mut self.file {
            Some((draft, wanted)) => draft.write_all(line).with_context(|| format!("{} can't be written", wanted.display())),
            None => Ok(out.write_all(line)?),
        }
    }

    /// Puts the file in its place.
    pub fn finish(self, out: &mut impl Write) -> anyhow::Result<()> {
        let Some((draft, wanted)) = self.file else { return Ok(out.flush()?) };
        let placed = draft.into_inner().map_err(io::IntoInnerError::into_error).and_then(Draft::place);
        placed.with_context(|| format!("{} can't be written", wanted.display()))
    }
}

/// Refuses to write over the file that is read.
///
/// # Errors
/// They are the same.
pub fn not_the_input(wanted: &Path, input: &Path) -> Result<(), Usage> {
    let same = match (fs::canonicalize(wanted), fs::canonicalize(input)) {
        (Ok(wanted), Ok(input)) => wanted == input,
        _ => false,
    };
    if !same {
        return Ok(());
    }
    let what = format!("{} is the file that is read", wanted.display());
    Err(Usage { what, remedy: "name another file to write".to_owned() })
}
