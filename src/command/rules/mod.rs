//! `relevo rules …`: what those who write rulebooks do before they sign: begin, check, test, read, compare; and what they ask after: status.
//!
//! The very code that the service decides by judges here: what passes will load there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::contract::code;
use crate::engine::law;
use crate::pipeline::{self, folder};
use crate::rulebook::compiled::MAX_FILE_BYTES;
use crate::rulebook::{Diagnostic, Rulebook};

use super::Usage;
use super::terminal::Paint;

pub mod agreement;
pub mod calendar;
mod chain;
pub mod check;
pub mod diff;
mod known;
pub mod matrix;
pub mod new;
mod rosters;
pub mod show;
pub mod status;
pub mod test;
mod wait;

pub use chain::chain;

/// A file and what became of it.
pub struct Judged {
    /// The file, as it was named.
    pub path: PathBuf,
    /// Its text; empty where it could not be read.
    pub text: String,
    /// The rulebook, or everything that is wrong with it.
    pub result: Result<Rulebook, Vec<Diagnostic>>,
}

impl Judged {
    /// Errors, or the warnings of a rulebook that loads.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &self.result {
            Ok(rulebook) => &rulebook.warnings,
            Err(diagnostics) => diagnostics,
        }
    }
}

/// The files that are meant: the one, or the rulebooks of the folder.
///
/// # Errors
/// There is no such thing, or the folder has no rulebook.
pub fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = |error: io::Error| Usage {
        what: format!("{} can't be read: {error}", path.display()),
        remedy: "name a rulebook's file, or a folder of them".to_owned(),
    };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = folder::list(path).map_err(unreadable)?.files;
    if files.is_empty() {
        let what = format!("the folder {} has no rulebook", path.display());
        return Err(Usage { what, remedy: "rulebooks are files whose names end with .yaml, such as 0001.yaml".to_owned() }.into());
    }
    Ok(files)
}

/// Reads and judges one file.
pub fn judge(path: &Path) -> Judged {
    let name = path.display().to_string();
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let diagnostic = Diagnostic {
                code: code::RULEBOOK_UNREADABLE,
                severity: crate::rulebook::Severity::Error,
                file: name,
                line: 1,
                column: 1,
                span: 0..0,
                message: format!("the file can't be read: {error}"),
                help: None,
            };
            return Judged { path: path.to_owned(), text: String::new(), result: Err(vec![diagnostic]) };
        }
    };
    let result = law::load(&bytes, &name);
    Judged { path: path.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned(), result }
}

/// A file that a command needs whole.
pub enum Loaded {
    /// It loads.
    Rulebook(Box<Rulebook>),
    /// It does not: what is wrong was printed.
    Refused,
}

/// Loads the one file that is named; prints everything that is wrong with one that does not load.
///
/// # Errors
/// There is no such file.
pub fn load(path: &Path, paint: Paint, out: &mut impl Write) -> anyhow::Result<Loaded> {
    let unreadable = |error: io::Error| Usage {
        what: format!("{} can't be read: {error}", path.display()),
        remedy: "name a rulebook's file, such as 0001.yaml".to_owned(),
    };
    fs::File::open(path).map_err(unreadable)?;
    if path.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()).into());
    }
    let judged = judge(path);
    match judged.result {
        Ok(rulebook) => Ok(Loaded::Rulebook(Box::new(rulebook))),
        Err(diagnostics) => {
            writeln!(out, "{}\n", check::draw(&diagnostics, &judged.text, paint))?;
            writeln!(out, "{}\n", paint.bad(&format!("{} does not load.", path.display())))?;
            Ok(Loaded::Refused)
        }
    }
}

/// At most one byte more than a rulebook may have: enough to see that it has too many.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    pipeline::files::read(path, MAX_FILE_BYTES).map_err(io::Error::other)
}
