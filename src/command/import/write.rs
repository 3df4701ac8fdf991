//! Where events go: a file that is there whole or not at all, or standard output.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::beside;
use crate::command::Usage;

/// What events are written to.
pub struct Made {
    file: Option<Draft>,
}

struct Draft {
    writer: BufWriter<File>,
    draft: PathBuf,
    wanted: PathBuf,
    finished: bool,
}

impl Made {
    /// A file, or standard output where none is named. `input` is what is read, which must not be written.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn create(wanted: Option<&Path>, input: &Path) -> anyhow::Result<Self> {
        let Some(wanted) = wanted else { return Ok(Self { file: None }) };
        not_the_input(wanted, input)?;
        let draft = beside(wanted, ".part");
        let writer = BufWriter::new(File::create(&draft).with_context(|| format!("{} can't be written", draft.display()))?);
        Ok(Self { file: Some(Draft { writer, draft, wanted: wanted.to_owned(), finished: false }) })
    }

    /// Writes one event's line.
    pub fn write(&mut self, line: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
        match &mut self.file {
            Some(draft) => draft.writer.write_all(line).with_context(|| format!("{} can't be written", draft.draft.display())),
            None => Ok(out.write_all(line)?),
        }
    }

    /// Puts the file in its place.
    pub fn finish(mut self, out: &mut impl Write) -> anyhow::Result<()> {
        match &mut self.file {
            Some(draft) => {
                draft.writer.flush().with_context(|| format!("{} can't be written", draft.draft.display()))?;
                fs::rename(&draft.draft, &draft.wanted).with_context(|| format!("{} can't be written", draft.wanted.display()))?;
                draft.finished = true;
                Ok(())
            }
            None => Ok(out.flush()?),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // Half a file must not be taken for a whole one; where it can't be removed, its name says what it is.
            let _ = fs::remove_file(&self.draft);
        }
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
