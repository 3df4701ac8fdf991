//! Rulebooks on their way into the log: the folder is watched, and what is not law yet is offered.
//!
//! Offering decides nothing: partition 0's fold judges (QUAL-4). A file that can't even be read as a rulebook, or that lacks signatures,
//! is refused here, with its code and place, and never replaces the law in force. This file refuses to know the chain of laws.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use compact_str::CompactString;

use super::clock::{Clock, SystemClock};
use super::files::{self, Stamp};
use super::folder;
use super::offers::{Due, OFFER_EVERY, Offering, Offers};
use super::status::{self, KnownLaw, Status};
use crate::contract::Timestamp;
use crate::contract::code::{
    Code, FOLDER_CROWDED, REVISION_OUT_OF_TURN, REVISION_TWICE, RULEBOOK_UNREADABLE, SIGNATURE_ELSEWHERE, SIGNATURES_UNREADABLE,
};
use crate::contract::log::Offered;
use crate::engine::law;
use crate::rulebook::compiled::MAX_FILE_BYTES;
use crate::rulebook::signatures::MAX_SIGNATURES_BYTES;
use crate::rulebook::{self, Charter, File, Rulebook};

/// How often the folder is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Stands for a charter's digest where a file is refused because its number is taken.
const TAKEN: &str = "taken";

/// The most rulebooks that one transaction offers: each may have a quarter of a megabyte.
const MAX_OFFERS: usize = 8;

/// A file of the folder, as it was read last.
struct Seen {
    text: String,
    /// The signatures beside it, empty: none; or why they can't be read.
    signatures: Result<String, String>,
    /// A signature lies beside it in a file that is not read: what to do.
    elsewhere: Option<String>,
    /// What both files looked like when they were read; `None`: the next look reads again.
    stamps: [Option<Stamp>; 2],
    /// What it says of itself; `None`: it does not load.
    loads: Option<Loads>,
    /// Whether it may be offered, and the digest of the charter by which that was judged.
    may_be_offered: Option<(CompactString, bool)>,
    /// Another file has its number: neither is offered while both are there.
    doubled: bool,
}

/// A rulebook that loads.
#[derive(Clone)]
struct Loads {
    revision: u32,
    digest: CompactString,
    effective_from: Timestamp,
}

/// Watches the folder.
pub struct PolicyWatch {
    /// The folder with one file a revision.
    pub folder: PathBuf,
    /// Where offers go.
    pub offers: Arc<Offers>,
    /// By what rulebooks are judged, and where refusals and the law are shown.
    pub status: Arc<Status>,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
}

impl PolicyWatch {
    /// Watches until the process is asked to end.
    pub fn run(&self) {
        let mut seen = BTreeMap::new();
        let mut offering = Offering::default();
        let mut lacked_since: Option<Instant> = None;
        while !self.status.is_stopping() {
            self.look(&mut seen);
            let known = self.status.law();
            self.judge_signatures(&mut seen, &known);
            lacked_since = lacked(&known).and(lacked_since.or_else(|| Some(Instant::now())));
            // A law that was just made is on its way to everybody: it is told again where it does not arrive.
            let tell_again = lacked_since.is_some_and(|since| since.elapsed() >= OFFER_EVERY);
            let due = self.due(&seen, &known, tell_again);
            self.status.law_waits_for(self.waits_for(&seen, &known));
            offering.offer(&self.offers, due, self.clock.now());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Reads what is new or changed in the folder.
    fn look(&self, seen: &mut BTreeMap<PathBuf, Seen>) {
        let unreadable = || Seen {
            text: String::new(),
            signatures: Ok(String::new()),
            elsewhere: None,
            stamps: [None; 2],
            loads: None,
            may_be_offered: None,
            doubled: false,
        };
        let paths = match folder::list(&self.folder) {
            Ok(listed) => {
                self.crowded(listed.left_out);
                listed.files
            }
            Err(error) => {
                if !seen.contains_key(&self.folder) {
                    self.refuse(&self.folder, RULEBOOK_UNREADABLE, &error.kind().to_string());
                }
                // Remembered under the folder's own name, so that it is said once.
                seen.insert(self.folder.clone(), unreadable());
                return;
            }
        };
        for (gone, known) in seen.extract_if(.., |path, _| !paths.contains(path)) {
            self.status.rulebook_accepted(&files::name(&gone));
            self.forget(&known.text);
        }
        for path in paths {
            let stamp = Stamp::of(&path);
            if let Some(known) = seen.get_mut(&path)
                && known.stamps[0].is_some()
                && known.stamps[0] == stamp
            {
                self.read_signatures(&path, known);
                continue;
            }
            let settled = stamp.and_then(|stamp| stamp.settled(SystemClock.now()));
            match (files::read_text(&path, MAX_FILE_BYTES), seen.get_mut(&path)) {
                (Ok(text), Some(known)) if known.text == text => {
                    known.stamps[0] = settled;
                    self.read_signatures(&path, known);
                }
                (Ok(text), known) => {
                    if let Some(known) = known {
                        self.forget(&known.text);
                    }
                    let mut read = Seen { loads: self.load(&path, &text), text, stamps: [settled, None], ..unreadable() };
                    self.read_signatures(&path, &mut read);
                    seen.insert(path, read);
                }
                (Err(reason), known) => {
                    if known.is_none_or(|known| !known.text.is_empty()) {
                        self.refuse(&path, RULEBOOK_UNREADABLE, &reason);
                    }
                    seen.insert(path, unreadable());
                }
            }
        }
    }

    /// Says while it is so that there are more files than are looked at.
    fn crowded(&self, left_out: usize) {
        let shown = format!("{}/", files::name(&self.folder));
        match left_out {
            0 => self.status.rulebook_accepted(&shown),
            _ => self.status.rulebook_refused(&shown, FOLDER_CROWDED, &format!("{left_out} files with the lowest revisions are left out")),
        }
    }

    fn load(&self, path: &Path, text: &str) -> Option<Loads> {
        let name = files::name(path);
        match law::load(text.as_bytes(), &name) {
            Ok(rulebook) => {
                self.status.rulebook_accepted(&name);
                Some(Loads { revision: rulebook.revision, digest: rulebook.digest, effective_from: rulebook.effective_from })
            }
            Err(diagnostics) => {
                if let Some(diagnostic) = diagnostics.first() {
                    self.refuse(path, diagnostic.code, &files::without_code(diagnostic));
                }
                None
            }
        }
    }

    /// Reads the signatures again: they come one after another, while the rulebook stays as it is.
    fn read_signatures(&self, path: &Path, seen: &mut Seen) {
        Self::read_beside(path, seen);
        let elsewhere = signed_elsewhere(path, seen.signatures.as_deref().unwrap_or_default());
        if elsewhere != seen.elsewhere {
            (seen.elsewhere, seen.may_be_offered) = (elsewhere, None);
        }
    }

    fn read_beside(path: &Path, seen: &mut Seen) {
        let beside = signatures_of(path);
        let stamp = Stamp::of(&beside);
        if seen.stamps[1].is_some() && seen.stamps[1] == stamp {
            return;
        }
        let signatures = match files::read_text(&beside, MAX_SIGNATURES_BYTES) {
            Err(_) if matches!(beside.try_exists(), Ok(false)) => Ok(String::new()),
            read => read,
        };
        seen.stamps[1] = stamp.and_then(|stamp| stamp.settled(SystemClock.now())).filter(|_| signatures.is_ok());
        if signatures != seen.signatures {
            seen.signatures = signatures;
            seen.may_be_offered = None;
        }
    }

    /// Says of each file that is not law yet whether it may be offered. Whatever is law already is judged no more: a signer who
    /// leaves later undoes nothing.
    fn judge_signatures(&self, seen: &mut BTreeMap<PathBuf, Seen>, known: &KnownLaw) {
        if !known.asked {
            return;
        }
        let authority = self.status.authority();
        let charter_digest = authority.charter.as_ref().map(|charter| charter.digest.clone()).unwrap_or_default();
        let latest = known.in_force.values().flatten().max();
        let law = latest.map_or(0, |(revision, _)| *revision);
        for (path, file) in seen.iter_mut() {
            let Some(loads) = &file.loads else { continue };
            let judged = file.may_be_offered.as_ref().is_some_and(|(digest, _)| *digest == charter_digest);
            if loads.revision <= law {
                let other = latest.is_some_and(|(revision, digest)| *revision == loads.revision && *digest != loads.digest);
                match file.may_be_offered.take() {
                    Some((why, false)) if why == TAKEN => file.may_be_offered = Some((why, false)),
                    _ if other => {
                        let message = format!("revision {} is law already, as another file: this one can't become law", loads.revision);
                        self.refuse(path, REVISION_OUT_OF_TURN, &message);
                        file.may_be_offered = Some((CompactString::const_new(TAKEN), false));
                    }
                    // Whatever kept this process from offering it: it is law now.
                    Some((_, false)) => self.status.rulebook_accepted(&files::name(path)),
                    _ => {}
                }
                continue;
            }
            if !judged {
                let may = match (&file.signatures, &authority.charter) {
                    (Err(reason), _) => {
                        let beside = files::name(&signatures_of(path));
                        self.refuse(path, SIGNATURES_UNREADABLE, &format!("{beside} can't be read: {reason}"));
                        false
                    }
                    // The registrar says whether anybody has signed.
                    (Ok(_), _) if authority.unsigned_allowed => {
                        self.status.rulebook_accepted(&files::name(path));
                        true
                    }
                    (Ok(signatures), Some(charter)) => {
                        self.is_agreed(charter, path, (&file.text, signatures, file.elsewhere.as_deref()), loads)
                    }
                    (Ok(_), None) => false,
                };
                file.doubled = false; // what was shown of it is shown no more
                file.may_be_offered = Some((charter_digest.clone(), may));
            }
        }
        self.refuse_doubles(seen, law);
    }

    fn is_agreed(&self, charter: &Charter, path: &Path, (text, signatures, elsewhere): (&str, &str, Option<&str>), loads: &Loads) -> bool {
        let name = files::name(&signatures_of(path));
        let signatures = File { name: &name, bytes: signatures.as_bytes() };
        let tally = charter.tally::<Rulebook>(text.as_bytes(), loads.effective_from, signatures);
        for finding in &tally.findings {
            tracing::info!(code = %finding.code, file = %path.display(), "{}", files::without_code(finding));
        }
        if tally.is_agreed() {
            self.status.rulebook_accepted(&files::name(path));
        } else if let Some(elsewhere) = elsewhere {
            self.refuse(path, SIGNATURE_ELSEWHERE, elsewhere);
        } else if let Some(first) = tally.findings.first() {
            self.refuse(path, first.code, &files::without_code(first));
        }
        tally.is_agreed()
    }

    /// Which of two files of one revision becomes law must not be left to chance.
    fn refuse_doubles(&self, seen: &mut BTreeMap<PathBuf, Seen>, law: u32) {
        let mut by_revision = BTreeMap::<u32, Vec<(PathBuf, CompactString)>>::new();
        for (path, file) in seen.iter() {
            if let (Some(loads), Some((_, true))) = (&file.loads, &file.may_be_offered)
                && loads.revision > law
            {
                by_revision.entry(loads.revision).or_default().push((path.clone(), loads.digest.clone()));
            }
        }
        let mut doubled = BTreeSet::new();
        for (revision, same) in by_revision {
            if same.iter().all(|(_, digest)| *digest == same[0].1) {
                continue; // one, or copies of it
            }
            for (path, _) in &same {
                let others: Vec<String> = same.iter().filter(|(other, _)| other != path).map(|(other, _)| files::name(other)).collect();
                if !seen[path].doubled {
                    self.refuse(path, REVISION_TWICE, &format!("revision {revision} is also {}: neither is offered", others.join(", ")));
                }
                doubled.insert(path.clone());
            }
        }
        for (path, file) in seen.iter_mut() {
            let was = std::mem::replace(&mut file.doubled, doubled.contains(path));
            let is_refused = file.may_be_offered.as_ref().is_some_and(|(_, may)| !may);
            if was && !file.doubled && !is_refused {
                self.status.rulebook_accepted(&files::name(path)); // the other one is gone, or this one is law
            }
        }
    }

    /// What the log said of a text that is in no file any more is no news.
    fn forget(&self, text: &str) {
        self.status.rulebook_accepted(&rulebook::digest(text.as_bytes()));
    }

    /// Says that a file (or the folder) is refused, and shows it until it is mended.
    fn refuse(&self, path: &Path, code: &'static Code, message: &str) {
        tracing::warn!(%code, file = %path.display(), "rulebook refused: {message}");
        self.status.rulebook_refused(&files::name(path), code, message);
    }

    /// What may be offered, is in its time and not law yet, in ascending order. Before it comes, with `tell_again`, the law itself while a
    /// partition is seen without it: the registrar tells it again, and whoever was too old to read it has it after the upgrade.
    fn due(&self, seen: &BTreeMap<PathBuf, Seen>, known: &KnownLaw, tell_again: bool) -> Vec<Due> {
        if !known.asked {
            return Vec::new(); // what is law already would be offered again, and refused
        }
        let now = self.clock.now();
        let unsigned_allowed = self.status.authority().unsigned_allowed;
        let law = known.in_force.values().flatten().max();
        let lacked = lacked(known).filter(|_| tell_again);
        let is_due = |loads: &Loads, file: &Seen| {
            let may_be_offered = !file.doubled && file.may_be_offered.as_ref().is_some_and(|(_, may)| *may);
            let follows = loads.revision > law.map_or(0, |(revision, _)| *revision) && loads.effective_from <= now;
            // Nobody judges the law again, whatever has become of its signers.
            (may_be_offered && follows) || lacked.is_some_and(|(_, digest)| *digest == loads.digest)
        };
        let mut due: Vec<_> =
            seen.values().filter_map(|file| Some((file.loads.as_ref()?, file))).filter(|(loads, file)| is_due(loads, file)).collect();
        due.sort_by_key(|(loads, _)| loads.revision);
        due.dedup_by_key(|(loads, _)| loads.digest.clone());
        if law.is_none() {
            // A new log begins with the last one: those before it may be too old by now to follow one another.
            due.drain(..due.len().saturating_sub(1));
        }
        due.truncate(MAX_OFFERS); // the rest follows when these are law
        let offer = |(loads, file): (&Loads, &Seen)| {
            let signatures = file.signatures.clone().unwrap_or_default(); // the law itself is offered without
            let lacked_by =
                lacked.filter(|(_, digest)| *digest == loads.digest).map_or_else(Vec::new, |_| status::lacked_by(&known.in_force));
            Due {
                offered: Offered { file: file.text.clone(), signatures, unsigned_allowed, lacked_by },
                effective_from: loads.effective_from,
            }
        };
        due.into_iter().map(offer).collect()
    }

    /// What a first law waits for; `None`: there is one, or one is on its way.
    fn waits_for(&self, seen: &BTreeMap<PathBuf, Seen>, known: &KnownLaw) -> Option<String> {
        if !known.asked || known.in_force.values().any(Option::is_some) {
            return None;
        }
        let may_be_offered = |file: &&Seen| !file.doubled && file.may_be_offered.as_ref().is_some_and(|(_, may)| *may);
        let next = seen.values().filter(may_be_offered).filter_map(|file| file.loads.as_ref()).min_by_key(|loads| loads.revision);
        match next {
            Some(next) if next.effective_from > self.clock.now() => {
                Some(format!("revision {} takes force from {} on", next.revision, next.effective_from))
            }
            Some(_) => None,
            None if seen.is_empty() => Some(format!("there is no rulebook in {}", self.folder.display())),
            None => Some(format!("no rulebook in {} is agreed on; each is listed with its reason", self.folder.display())),
        }
    }
}

/// The law, if a partition is seen without it.
fn lacked(known: &KnownLaw) -> Option<&(u32, String)> {
    status::latest(&known.in_force).filter(|_| !status::lacked_by(&known.in_force).is_empty())
}

/// Where the signatures of a rulebook's file lie: `0007.sigs` beside `0007.yaml`.
pub fn signatures_of(rulebook: &Path) -> PathBuf {
    rulebook.with_extension("sigs")
}

/// The file that `ssh-keygen -Y sign FILE` writes for one signer: `0007.yaml.sig`. Nobody reads it.
pub fn own_signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Whether a signature lies in a file of its own and not among those that are read: what is wrong, and what to do.
pub(super) fn signed_elsewhere(file: &Path, signatures: &str) -> Option<String> {
    let own = own_signature_of(file);
    let text = own.is_file().then(|| files::read_text(&own, MAX_SIGNATURES_BYTES).unwrap_or_default())?;
    if !text.trim().is_empty() && signatures.contains(text.trim()) {
        return None; // it was appended, and left there
    }
    let (own, beside) = (files::name(&own), files::name(&signatures_of(file)));
    Some(format!("a signature is in {own}, which is not read: append it (cat {own} >> {beside})"))
}

#[cfg(test)]
mod tests;
