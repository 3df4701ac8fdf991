//! The charter on its way to those who judge by it: read from its two files, and watched while the process runs.
//!
//! The files are deployed apart from the rulebooks. A changed charter is taken only when two looks in a row found the same bytes, so that
//! a file that is being written, or one half of an exchange of two, is never judged by; a bad one never replaces the good one. What is
//! in force is not judged again. This file refuses to know signatures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;

use super::clock::{Clock as _, SystemClock};
use super::files::{self, Stamp};
use super::status::Status;
use crate::contract::code::CHARTER_UNREADABLE;
use crate::engine::Authority;
use crate::rulebook::charter::{MAX_ALLOWED_SIGNERS_BYTES, MAX_CHARTER_BYTES};
use crate::rulebook::{Charter, Diagnostic, File};

/// The most charters of the past that are read.
const MAX_PAST: usize = 100;
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where the charter lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharterFiles {
    /// `charter.yaml`.
    pub charter: PathBuf,
    /// `allowed_signers`.
    pub allowed_signers: PathBuf,
}

/// The files' bytes.
#[derive(Clone, PartialEq, Eq)]
struct Bytes {
    charter: Vec<u8>,
    allowed_signers: Vec<u8>,
}

/// Why there is no charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCharter {
    /// The file of the charter is not there.
    Absent,
    /// It can't be read, or is none: everything that is wrong.
    Refused(Vec<Diagnostic>),
}

impl CharterFiles {
    /// The charter in its file, and the allowed signers beside it unless they are said to lie elsewhere.
    pub fn new(charter: &Path, allowed_signers: Option<&Path>) -> Self {
        let beside = || charter.with_file_name("allowed_signers");
        Self { charter: charter.to_owned(), allowed_signers: allowed_signers.map_or_else(beside, Path::to_owned) }
    }

    /// Reads the charter.
    ///
    /// # Errors
    /// It is not there, or no charter.
    pub fn read(&self) -> Result<Charter, NoCharter> {
        self.bytes().and_then(|bytes| self.parse(&bytes))
    }

    /// Charters of the past beside it: each `charter-NAME.yaml` with its `allowed_signers-NAME`, by its digest. One that is none is passed
    /// over: whoever needs it says that it is not at hand.
    pub fn past(&self) -> BTreeMap<CompactString, Arc<Charter>> {
        let read = |(charter, allowed_signers): (PathBuf, PathBuf)| {
            let charter = Self { charter, allowed_signers }.read().ok()?;
            Some((charter.digest.clone(), Arc::new(charter)))
        };
        self.past_files().into_iter().filter_map(read).collect()
    }

    /// Their files, the last ones by name where there are too many.
    fn past_files(&self) -> Vec<(PathBuf, PathBuf)> {
        let folder = self.charter.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let pair = |name: std::ffi::OsString| {
            let of = name.to_str()?.strip_prefix("charter-")?.strip_suffix(".yaml")?.to_owned();
            Some((folder.join(&name), folder.join(format!("allowed_signers-{of}"))))
        };
        let mut found: Vec<_> = entries.filter_map(|entry| pair(entry.ok()?.file_name())).collect();
        found.sort();
        found.drain(..found.len().saturating_sub(MAX_PAST));
        found
    }

    fn bytes(&self) -> Result<Bytes, NoCharter> {
        if matches!(self.charter.try_exists(), Ok(false)) {
            return Err(NoCharter::Absent);
        }
        let read = |path: &Path, max| {
            files::read(path, max).map_err(|reason| {
                let message = format!("the file can't be read: {reason}");
                NoCharter::Refused(vec![Diagnostic::error_at(CHARTER_UNREADABLE, (&path.display().to_string(), ""), 0..0, message, None)])
            })
        };
        Ok(Bytes {
            charter: read(&self.charter, MAX_CHARTER_BYTES)?,
            allowed_signers: read(&self.allowed_signers, MAX_ALLOWED_SIGNERS_BYTES)?,
        })
    }

    /// What both files look like; `None`: one is not there.
    fn stamps(&self) -> Option<[Stamp; 2]> {
        Some([Stamp::of(&self.charter)?, Stamp::of(&self.allowed_signers)?])
    }

    fn parse(&self, bytes: &Bytes) -> Result<Charter, NoCharter> {
        let (charter, signers) = (self.charter.display().to_string(), self.allowed_signers.display().to_string());
        Charter::read(File { name: &charter, bytes: &bytes.charter }, File { name: &signers, bytes: &bytes.allowed_signers })
            .map_err(NoCharter::Refused)
    }
}

/// Watches the charter.
pub struct CharterWatch {
    /// Where it lies.
    pub files: CharterFiles,
    /// Where it is handed to, and where refusals are shown.
    pub status: Arc<Status>,
}

/// What a watch remembers between two looks.
#[derive(Default)]
struct Memory {
    /// What was found at the last look, if it was no charter in force.
    candidate: Option<Bytes>,
    /// What was said last.
    said: Option<NoCharter>,
    /// What the files looked like when the charter in force was last found in them; `None`: the next look reads them.
    stamps: Option<[Stamp; 2]>,
    /// What the files of charters of the past looked like when they were read.
    past: Option<PastStamps>,
}

type PastStamps = Vec<(PathBuf, [Option<Stamp>; 2])>;

impl CharterWatch {
    /// Watches until the process is asked to end.
    pub fn run(&self) {
        let mut memory = Memory::default();
        while !self.status.is_stopping() {
            self.look(&mut memory);
            self.look_at_the_past(&mut memory);
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Takes up charters of the past that were put beside it. None is dropped while the process runs: what they made may be in force.
    fn look_at_the_past(&self, memory: &mut Memory) {
        let stamp = |(charter, signers): (PathBuf, PathBuf)| {
            let stamps = [Stamp::of(&charter), Stamp::of(&signers)];
            (charter, stamps)
        };
        let stamps: PastStamps = self.files.past_files().into_iter().map(stamp).collect();
        if memory.past.as_ref() != Some(&stamps) {
            let found = self.files.past();
            self.status.change_authority(|authority| Arc::make_mut(&mut authority.past).extend(found));
            // One that was just written may change within the same tick.
            let now = SystemClock.now();
            let settled = stamps.iter().flat_map(|(_, both)| both).flatten().all(|stamp| stamp.settled(now).is_some());
            memory.past = settled.then_some(stamps);
        }
    }

    fn look(&self, memory: &mut Memory) {
        let stamps = self.files.stamps();
        if stamps.is_some() && memory.stamps == stamps {
            return;
        }
        memory.stamps = None;
        let found = self.files.bytes().and_then(|bytes| {
            let known = self.digest();
            if known.as_ref() == Some(&Charter::digest_of(&bytes.charter, &bytes.allowed_signers)) {
                memory.candidate = None;
                let now = SystemClock.now();
                memory.stamps = stamps.filter(|stamps| stamps.iter().all(|stamp| stamp.settled(now).is_some()));
                return Ok(None);
            }
            if memory.candidate.as_ref() != Some(&bytes) {
                memory.candidate = Some(bytes);
                return Ok(None); // the next look will tell whether it stays so
            }
            self.files.parse(&bytes).map(Some)
        });
        match found {
            Ok(Some(charter)) => {
                tracing::info!(digest = %charter.digest, before = %self.digest().unwrap_or_default(), "rulebooks are judged by another charter from now on");
                // What is in force was judged by the one before.
                tracing::warn!(
                    "keep the charter before beside it, as charter-NAME.yaml and allowed_signers-NAME, until what it made is in force no more"
                );
                self.status.change_authority(|authority| {
                    if let Some(before) = authority.charter.replace(Arc::new(charter)) {
                        Arc::make_mut(&mut authority.past).insert(before.digest.clone(), before);
                    }
                });
                self.say(memory, None);
            }
            // A candidate that was refused stays refused until it changes.
            Ok(None) if memory.candidate.is_none() => self.say(memory, None),
            Ok(None) => {}
            // Nobody asked for one, and there is none.
            Err(NoCharter::Absent) if self.digest().is_none() => self.say(memory, None),
            Err(refused) => self.say(memory, Some(refused)),
        }
    }

    /// The digest of the charter in force.
    fn digest(&self) -> Option<CompactString> {
        let Authority { charter, .. } = self.status.authority();
        charter.map(|charter| charter.digest.clone())
    }

    /// Says once what is wrong, and shows it until it is mended.
    fn say(&self, memory: &mut Memory, refused: Option<NoCharter>) {
        if memory.said == refused {
            return;
        }
        let name = files::name(&self.files.charter);
        match &refused {
            None => self.status.rulebook_accepted(&name),
            Some(NoCharter::Absent) => {
                let message = "the file is gone; the charter that was read stays in force";
                tracing::warn!(code = %CHARTER_UNREADABLE, file = %self.files.charter.display(), "charter refused: {message}");
                self.status.rulebook_refused(&name, CHARTER_UNREADABLE, message);
            }
            Some(NoCharter::Refused(diagnostics)) => {
                if let Some(first) = diagnostics.first() {
                    let message = files::without_code(first);
                    tracing::warn!(code = %first.code, file = first.file, "charter refused: {message}");
                    self.status.rulebook_refused(&name, first.code, &message);
                }
            }
        }
        memory.said = refused;
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::metrics;

    #[test]
    fn a_charter_is_read_again_once_one_of_its_files_has_changed_and_not_before() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path("key")).status();
        assert!(made.expect("ssh-keygen").success());
        let line = format!("ana@example.com {}", std::fs::read_to_string(path("key.pub")).expect("a public key"));
        let charter = "api: relevo/v1\nkind: Charter\nparties: { marketing: { needed: 1, signers: [ana@example.com] } }\n";
        let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("written");
        write("charter.yaml", charter);
        write("allowed_signers", &line);
        let files = CharterFiles::new(&path("charter.yaml"), None);
        let first = Arc::new(files.read().expect("a charter"));
        let authority = Authority { charter: Some(Arc::clone(&first)), unsigned_allowed: false, ..Authority::default() };
        let status = Arc::new(Status::new(metrics::Status::new(false), authority));
        let watch = CharterWatch { files, status };
        let mut memory = Memory::default();
        watch.look(&mut memory);
        assert_eq!(memory.stamps, None, "it was just written, and may change within the same tick");
        // As if it had lain there for long. What would be read is put aside, so that it shows whether it is.
        let aside = Some(Bytes { charter: Vec::new(), allowed_signers: Vec::new() });
        (memory.stamps, memory.candidate) = (watch.files.stamps(), aside.clone());
        watch.look(&mut memory);
        assert!(memory.candidate == aside, "it was read");
        write("allowed_signers", &format!("# one more line\n{line}"));
        watch.look(&mut memory);
        watch.look(&mut memory);
        let second = watch.digest().expect("a charter");
        assert!(second != first.digest && memory.said.is_none());
        // What was judged by the one before is verified by it, and so is what was by one that somebody puts beside.
        let knows = |digest: &str| watch.status.authority().charter_of(digest).is_some();
        assert!(knows(&first.digest) && knows(&second));
        let older = format!("{line}# of last year\n");
        let digest = Charter::digest_of(charter.as_bytes(), older.as_bytes());
        write("charter-2025.yaml", charter);
        watch.look_at_the_past(&mut memory);
        assert!(!knows(&digest), "it is half there");
        write("allowed_signers-2025", &older);
        watch.look_at_the_past(&mut memory);
        assert!(knows(&digest) && watch.digest() == Some(second));
    }
}
