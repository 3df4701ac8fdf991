//! Rulebooks on their way into the log: the folder is watched, and what is not law yet is offered.
//!
//! Offering decides nothing: partition 0's fold judges (QUAL-4). A file that can't even be read as a rulebook is refused here, with its
//! code and place, and never replaces the law in force. This file refuses to know signatures and the chain of laws.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::status::Status;
use crate::contract::Timestamp;
use crate::contract::code::{Code, RULEBOOK_UNREADABLE};
use crate::contract::log::PolicyOffered;
use crate::engine::law;
use crate::rulebook;
use crate::rulebook::compiled::MAX_FILE_BYTES;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often what is not law is offered again.
const OFFER_EVERY: Duration = Duration::from_secs(60);
/// The most files of the folder that are looked at: revisions accumulate, and the last ones count.
const MAX_FILES: usize = 1_000;

/// Rulebooks that wait to be offered by the next transaction of Intake.
#[derive(Default)]
pub struct Offers(Mutex<Vec<PolicyOffered>>);

impl Offers {
    /// What waits now.
    pub fn waiting(&self) -> Vec<PolicyOffered> {
        self.0.lock().expect("nobody panics while holding it").clone()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.lock().expect("nobody panics while holding it").is_empty()
    }

    /// The first `count` have been offered.
    pub fn offered(&self, count: usize) {
        let mut waiting = self.0.lock().expect("nobody panics while holding it");
        let count = count.min(waiting.len());
        waiting.drain(..count);
    }

    fn replace(&self, offers: Vec<PolicyOffered>) {
        *self.0.lock().expect("nobody panics while holding it") = offers;
    }
}

/// A file of the folder, as it was read last.
struct Seen {
    text: String,
    judged: Result<(u32, Timestamp), ()>,
}

/// Watches the folder.
pub struct PolicyWatch {
    /// The folder with one file a revision.
    pub folder: PathBuf,
    /// Whether this process may offer unsigned rulebooks.
    pub allow_unsigned: bool,
    /// Where offers go.
    pub offers: Arc<Offers>,
    /// Where refusals and the law are shown.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
}

impl PolicyWatch {
    /// Watches until the process is asked to end.
    pub fn run(&self) {
        let mut seen = BTreeMap::new();
        let mut offered_at: Option<Instant> = None;
        let mut last = Vec::new();
        while !self.status.is_stopping() {
            self.look(&mut seen);
            let due = self.due(&seen);
            let again = offered_at.is_none_or(|at| at.elapsed() >= OFFER_EVERY);
            if !due.is_empty() && (again || due != last) {
                self.offers.replace(due.clone());
                offered_at = Some(Instant::now());
                last = due;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Reads what is new or changed in the folder.
    fn look(&self, seen: &mut BTreeMap<PathBuf, Seen>) {
        let files = match list(&self.folder) {
            Ok(files) => files,
            Err(error) => {
                self.refuse(&self.folder, RULEBOOK_UNREADABLE, &error.kind().to_string(), !seen.contains_key(&self.folder));
                // Remembered under the folder's own name, so that it is said once.
                seen.insert(self.folder.clone(), Seen { text: String::new(), judged: Err(()) });
                return;
            }
        };
        for (gone, known) in seen.extract_if(.., |path, _| !files.contains(path)) {
            self.status.rulebook_accepted(&gone.file_name().unwrap_or(gone.as_os_str()).to_string_lossy());
            self.forget(&known.text);
        }
        for path in files {
            let text = read(&path);
            match (text, seen.get(&path)) {
                (Ok(text), Some(known)) if known.text == text => {}
                (Ok(text), known) => {
                    if let Some(known) = known {
                        self.forget(&known.text);
                    }
                    let judged = self.judge(&path, &text);
                    seen.insert(path, Seen { text, judged });
                }
                (Err(reason), known) => {
                    self.refuse(&path, RULEBOOK_UNREADABLE, &reason, known.is_none_or(|known| !known.text.is_empty()));
                    seen.insert(path, Seen { text: String::new(), judged: Err(()) });
                }
            }
        }
    }

    fn judge(&self, path: &Path, text: &str) -> Result<(u32, Timestamp), ()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match law::load(text.as_bytes(), &name) {
            Ok(rulebook) => {
                self.status.rulebook_accepted(&name);
                Ok((rulebook.revision, rulebook.effective_from))
            }
            Err(diagnostics) => {
                if let Some(diagnostic) = diagnostics.first() {
                    let text = diagnostic.to_string();
                    // The code is shown beside the words.
                    let message = text.strip_prefix(&diagnostic.code.to_string()).unwrap_or(&text).trim_start();
                    self.refuse(path, diagnostic.code, message, true);
                }
                Err(())
            }
        }
    }

    /// What the log said of a text that is in no file any more is no news.
    fn forget(&self, text: &str) {
        self.status.rulebook_accepted(&rulebook::digest(text.as_bytes()));
    }

    /// Says once that a file (or the folder) is refused, and shows it until it is mended.
    fn refuse(&self, path: &Path, code: &'static Code, message: &str, first: bool) {
        if first {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            tracing::warn!(%code, file = %path.display(), "rulebook refused: {message}");
            self.status.rulebook_refused(&name, code, message);
        }
    }

    /// What is in its time and not law yet, in ascending order.
    fn due(&self, seen: &BTreeMap<PathBuf, Seen>) -> Vec<PolicyOffered> {
        let now = self.clock.now();
        let known = self.status.law();
        if !known.asked {
            return Vec::new(); // what is law already would be offered again, and refused
        }
        let in_force = known.in_force.values().map(|law| law.as_ref().map_or(0, |(revision, _)| *revision)).min().unwrap_or(0);
        let mut due: Vec<_> = seen
            .values()
            .filter_map(|file| file.judged.ok().map(|(revision, from)| (revision, from, &file.text)))
            .filter(|(revision, from, _)| *revision > in_force && *from <= now)
            .collect();
        due.sort_by_key(|(revision, _, _)| *revision);
        let offer = |(_, _, text): (u32, Timestamp, &String)| PolicyOffered {
            rulebook: text.clone(),
            signatures: String::new(),
            unsigned_allowed: self.allow_unsigned,
        };
        due.into_iter().map(offer).collect()
    }
}

/// The folder's rulebooks: `*.yaml` and `*.yml`, hidden ones left out (a ConfigMap's own links are hidden).
///
/// # Errors
/// The folder can't be read.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    files.sort();
    let surplus = files.len().saturating_sub(MAX_FILES);
    files.drain(..surplus);
    Ok(files)
}

/// A file's text, if it is one of a rulebook's size.
fn read(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.kind().to_string())?.len();
    if size > MAX_FILE_BYTES as u64 {
        return Err(format!("{size} bytes, and a rulebook has at most {MAX_FILE_BYTES}"));
    }
    fs::read_to_string(path).map_err(|error| error.kind().to_string())
}
