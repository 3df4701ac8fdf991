//! Rosters on their way into the log: sales' folder is watched, and what is not in force yet is offered.
//!
//! As with rulebooks, offering decides nothing: partition 0's fold judges. A folder that is not there is no error: without a roster every lead
//! goes to its team's queue. This file refuses to know whose turn anything is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::clock::{Clock, SystemClock};
use super::files::{self, Stamp};
use super::folder::{self, Listed};
use super::offers::{Due, Offering, Offers};
use super::policy::{LOOK_EVERY, signatures_of, signed_elsewhere};
use super::status::{self, Status};
use crate::contract::code::{FOLDER_CROWDED, NOT_SIGNED, ROSTER_UNREADABLE, SIGNATURE_ELSEWHERE, SIGNATURES_UNREADABLE};
use crate::contract::log::Offered;
use crate::rulebook::compiled::MAX_FILE_BYTES;
use crate::rulebook::roster::{self, Roster};
use crate::rulebook::signatures::MAX_SIGNATURES_BYTES;
use crate::rulebook::{Charter, File};

/// The most rosters that one transaction offers.
const MAX_OFFERS: usize = 8;

/// A file of the folder, as it was read last.
struct Seen {
    text: String,
    stamp: Option<Stamp>,
    /// `None`: it does not load.
    roster: Option<Roster>,
    /// Why it was not offered when it was looked at last: said once.
    refused: Option<String>,
}

/// Watches the folder.
pub struct RosterWatch {
    /// The folder with one file a revision.
    pub folder: PathBuf,
    /// Where offers go.
    pub offers: Arc<Offers>,
    /// By what rosters are judged, and where refusals are shown.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
}

impl RosterWatch {
    /// Watches until the process is asked to end.
    pub fn run(&self) {
        let mut seen = BTreeMap::new();
        let mut offering = Offering::default();
        while !self.status.is_stopping() {
            self.look(&mut seen);
            offering.offer(&self.offers, self.due(&mut seen), self.clock.now());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Reads what is new or changed in the folder.
    fn look(&self, seen: &mut BTreeMap<PathBuf, Seen>) {
        let Listed { files: paths, left_out } = folder::list(&self.folder).unwrap_or_default();
        match left_out {
            0 => self.status.rulebook_accepted("rosters/"),
            _ => self.status.rulebook_refused(
                "rosters/",
                FOLDER_CROWDED,
                &format!("{left_out} files with the lowest revisions are left out"),
            ),
        }
        for (gone, _) in seen.extract_if(.., |path, _| !paths.contains(path)) {
            self.status.rulebook_accepted(&shown(&gone));
        }
        for path in paths {
            let stamp = Stamp::of(&path);
            if seen.get(&path).is_some_and(|known| known.stamp.is_some() && known.stamp == stamp) {
                continue;
            }
            let settled = stamp.and_then(|stamp| stamp.settled(SystemClock.now()));
            match files::read_text(&path, MAX_FILE_BYTES) {
                Ok(text) if seen.get(&path).is_some_and(|known| known.text == text) => {
                    seen.entry(path).and_modify(|known| known.stamp = settled);
                }
                Ok(text) => {
                    let roster = self.load(&path, &text);
                    seen.insert(path, Seen { text, stamp: settled, roster, refused: None });
                }
                Err(reason) => {
                    self.status.rulebook_refused(&shown(&path), ROSTER_UNREADABLE, &reason);
                    seen.insert(path, Seen { text: String::new(), stamp: settled, roster: None, refused: None });
                }
            }
        }
    }

    fn load(&self, path: &Path, text: &str) -> Option<Roster> {
        match roster::compile(text.as_bytes(), &shown(path)) {
            Ok(roster) => {
                self.status.rulebook_accepted(&shown(path));
                Some(roster)
            }
            Err(found) => {
                if let Some(first) = found.first() {
                    tracing::warn!(code = %first.code, file = %path.display(), "roster refused: {}", files::without_code(first));
                    self.status.rulebook_refused(&shown(path), first.code, &files::without_code(first));
                }
                None
            }
        }
    }

    /// What is to be offered now, in the order of revisions.
    fn due(&self, seen: &mut BTreeMap<PathBuf, Seen>) -> Vec<Due> {
        let known = self.status.law();
        if !known.asked {
            return Vec::new(); // what is in force already would be offered again
        }
        let latest = status::latest(&known.rosters);
        let lacked_by = status::lacked_by(&known.rosters);
        let authority = self.status.authority();
        let now = self.clock.now();
        let mut due = Vec::new();
        for (path, file) in seen.iter_mut() {
            let Some(roster) = &file.roster else { continue };
            // One that a partition is seen without is told again.
            let is_told = latest.is_some_and(|(_, digest)| *digest == roster.digest);
            let is_due = latest.is_none_or(|(revision, _)| roster.revision > *revision) || (is_told && !lacked_by.is_empty());
            if !is_due || roster.effective_from > now {
                continue;
            }
            let beside = signatures_of(path);
            let signatures = match files::read_text(&beside, MAX_SIGNATURES_BYTES) {
                Err(_) if matches!(beside.try_exists(), Ok(false)) => Ok(String::new()),
                read => read,
            };
            let judged = match (signatures, &authority.charter) {
                (Err(reason), _) => Err((SIGNATURES_UNREADABLE, format!("its signatures can't be read: {reason}"))),
                (Ok(signatures), _) if authority.unsigned_allowed => Ok(signatures),
                (Ok(signatures), Some(charter)) => {
                    let elsewhere = signed_elsewhere(path, &signatures);
                    let agreed = agreed(charter, file.text.as_bytes(), roster, signatures, &shown(&beside));
                    agreed.map_err(|why| elsewhere.map_or(why, |elsewhere| (SIGNATURE_ELSEWHERE, elsewhere)))
                }
                (Ok(_), None) => Err((NOT_SIGNED, "there is no charter by which anybody could sign it".to_owned())),
            };
            match judged {
                Ok(signatures) => {
                    if file.refused.take().is_some() {
                        self.status.rulebook_accepted(&shown(path));
                    }
                    let unsigned_allowed = authority.unsigned_allowed;
                    let lacked_by = if is_told { lacked_by.clone() } else { Vec::new() };
                    let offered = Offered { file: file.text.clone(), signatures, unsigned_allowed, lacked_by };
                    due.push((roster.revision, Due { offered, effective_from: roster.effective_from }));
                }
                Err((code, message)) => {
                    if file.refused.as_ref() != Some(&message) {
                        tracing::warn!(%code, file = %path.display(), "roster not offered: {message}");
                        self.status.rulebook_refused(&shown(path), code, &message);
                        file.refused = Some(message);
                    }
                }
            }
        }
        due.sort_by_key(|(revision, _)| *revision);
        if latest.is_none() {
            due.drain(..due.len().saturating_sub(1)); // as with rulebooks, a new log begins with the last one
        }
        due.truncate(MAX_OFFERS);
        due.into_iter().map(|(_, due)| due).collect()
    }
}

fn agreed(
    charter: &Charter,
    bytes: &[u8],
    roster: &Roster,
    signatures: String,
    name: &str,
) -> Result<String, (&'static crate::contract::Code, String)> {
    let tally = charter.tally::<Roster>(bytes, roster.effective_from, File { name, bytes: signatures.as_bytes() });
    if tally.is_agreed() {
        return Ok(signatures);
    }
    Err(match tally.findings.first() {
        Some(first) => (first.code, files::without_code(first)),
        None => (NOT_SIGNED, format!("the charter has no party `{}` that could sign it", charter.rosters)),
    })
}

/// What messages call it: rosters and rulebooks have the same names in two folders.
fn shown(path: &Path) -> String {
    format!("rosters/{}", files::name(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Timestamp;
    use crate::engine::Authority;
    use crate::metrics;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::parse("2026-11-01T12:00:00Z").expect("a time")
        }
    }

    fn file(revision: u32, from: &str, seller: &str) -> String {
        format!(
            "api: relevo/v1\nkind: Roster\nrevision: {revision}\neffective_from: {from}\nteams: {{ mid: {{ sellers: {{ {seller}: {{}} }} }} }}\n"
        )
    }

    #[test]
    fn what_is_not_in_force_is_offered_in_order_and_what_is_wrong_is_shown() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let shown = metrics::Status::new(true);
        let status = Arc::new(Status::new(Arc::clone(&shown), Authority { unsigned_allowed: true, ..Authority::default() }));
        let watch = RosterWatch {
            folder: folder.path().join("rosters"),
            offers: Arc::default(),
            status: Arc::clone(&status),
            clock: Arc::new(Noon),
        };
        let mut seen = BTreeMap::new();
        let named = |text: &str| {
            let roster = roster::compile(text.as_bytes(), "roster").expect("it loads");
            (roster.revision, roster.digest.to_string())
        };
        let mut offered = |roster: Option<&str>| -> Vec<String> {
            status.change_law(|law| {
                law.asked = true;
                law.rosters.insert(0, roster.map(named));
            });
            watch.look(&mut seen);
            watch.due(&mut seen).into_iter().map(|due| due.offered.file).collect()
        };
        assert_eq!(offered(None), Vec::<String>::new(), "no folder is no error");
        std::fs::create_dir(&watch.folder).expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(watch.folder.join(name), text).expect("written");
        let [first, second, later] =
            [file(1, "2026-01-01T00:00:00Z", "eva"), file(2, "2026-11-01T12:00:00Z", "eva"), file(3, "2026-11-01T12:00:01Z", "eva")];
        write("0002.yaml", &second);
        write("0001.yaml", &first);
        write("0003.yaml", &later);
        write("0004.yaml", &file(4, "2026-01-01T00:00:00Z", "eva@example.com"));
        assert_eq!(offered(None), std::slice::from_ref(&second), "a new log begins with the last one");
        std::fs::remove_file(watch.folder.join("0002.yaml")).expect("removed");
        assert_eq!(offered(None), std::slice::from_ref(&first));
        write("0002.yaml", &second);
        assert_eq!(offered(Some(&first)), std::slice::from_ref(&second));
        assert_eq!(offered(Some(&second)), Vec::<String>::new());
        let other = |roster: Option<&str>| status.change_law(|law| drop(law.rosters.insert(1, roster.map(named))));
        other(None);
        assert_eq!(offered(Some(&second)), std::slice::from_ref(&second), "a partition has missed it");
        other(Some(&file(2, "2026-01-01T00:00:00Z", "ada")));
        assert_eq!(offered(Some(&second)).len(), usize::from(latest_is(&status, &second)), "a partition has another of its number");
        other(Some(&second));
        assert_eq!(offered(Some(&second)), Vec::<String>::new());
        let refused = shown.refused_rulebooks();
        assert_eq!(refused.keys().map(ToString::to_string).collect::<Vec<_>>(), ["rosters/0004.yaml"]);
        write("0004.yaml", &file(4, "2026-01-01T00:00:00Z", "eva"));
        assert_eq!(offered(Some(&later)).len(), 1, "mended");
        assert!(shown.refused_rulebooks().is_empty());
    }

    /// Of two of one number the one with the greater digest is told.
    fn latest_is(status: &Status, text: &str) -> bool {
        status::latest(&status.law().rosters).is_some_and(|(_, digest)| *digest == crate::rulebook::digest(text.as_bytes()))
    }
}
