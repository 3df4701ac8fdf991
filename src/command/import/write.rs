//! Where events go: a file that is there whole or not at all, or standard output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::command::Usage;

/// What events are written to.
pub struct Made {
    file: Option<Draft>,
}

struct Draft {
    writer: BufWriter<Target>,
    wanted: PathBuf,
}

/// Where bytes go until the file is whole.
enum Target {
    /// A file without a place yet, of a name of its own; dropped, it is gone.
    Unplaced(NamedTempFile),
    /// A device or a pipe: nothing can be put in its place.
    Straight(File),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unplaced(file) => file.write(bytes),
            Self::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unplaced(file) => file.flush(),
            Self::Straight(file) => file.flush(),
        }
    }
}

impl Target {
    fn of(wanted: &Path) -> io::Result<Self> {
        if fs::metadata(wanted).is_ok_and(|there| !there.is_file()) {
            return OpenOptions::new().write(true).open(wanted).map(Self::Straight);
        }
        let folder = wanted.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".relevo-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // what the umask leaves of it, as any new file
        builder.tempfile_in(folder).map(Self::Unplaced)
    }
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
        let target = Target::of(&wanted).with_context(|| format!("{} can't be written", wanted.display()))?;
        Ok(Self { file: Some(Draft { writer: BufWriter::new(target), wanted }) })
    }

    /// Writes one event's line.
    pub fn write(&mut self, line: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
        match &mut self.file {
            Some(draft) => draft.writer.write_all(line).with_context(|| format!("{} can't be written", draft.wanted.display())),
            None => Ok(out.write_all(line)?),
        }
    }

    /// Puts the file in its place.
    pub fn finish(self, out: &mut impl Write) -> anyhow::Result<()> {
        let Some(Draft { writer, wanted }) = self.file else { return Ok(out.flush()?) };
        let placed = writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(|target| match target {
            Target::Unplaced(file) => file.persist(&wanted).map(drop).map_err(|error| error.error),
            Target::Straight(mut file) => file.flush(),
        });
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
