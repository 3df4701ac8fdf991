//! An agreement as its people keep it in a folder: the charter, the allowed signers, and each rulebook with its signatures.
//!
//! What is shown here names people: it is for those who keep the agreement, on their own terminal, and goes into no log.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::command::terminal::{self, Paint};
use crate::contract::code::{NOT_SIGNED, SIGNATURE_ELSEWHERE, SIGNATURES_UNREADABLE};
use crate::pipeline::charter::{CharterFiles, NoCharter};
use crate::pipeline::{Clock as _, SystemClock, files, policy};
use crate::rulebook::signatures::{MAX_SIGNATURES_BYTES, NAMESPACE};
use crate::rulebook::{Charter, Diagnostic, File, PartyTally, Rulebook, Severity, Tally};

use super::chain::stale;
use super::check::draw;
use super::{Judged, read};

/// The charter's file in a folder of an agreement.
const CHARTER: &str = "charter.yaml";
/// The folder of rulebooks in one.
const RULEBOOKS: &str = "rulebooks";
/// The folder of rosters in one.
const ROSTERS: &str = "rosters";

/// A folder that is an agreement's.
pub struct Agreement {
    /// Where the charter lies.
    pub files: CharterFiles,
    /// The charter, or everything that is wrong with it.
    pub charter: Result<Charter, Vec<Diagnostic>>,
    /// The folder of rulebooks.
    pub rulebooks: PathBuf,
    /// The folder of sales' rosters; it need not be there.
    pub rosters: PathBuf,
}

/// The agreement in a folder; `None`: there is no charter in it.
pub fn in_folder(folder: &Path) -> Option<Agreement> {
    if !folder.is_dir() {
        return None;
    }
    let files = CharterFiles::new(&folder.join(CHARTER), None);
    let charter = match files.read() {
        Ok(charter) => Ok(charter),
        Err(NoCharter::Refused(diagnostics)) => Err(diagnostics),
        Err(NoCharter::Absent) => return None,
    };
    Some(Agreement { files, charter, rulebooks: folder.join(RULEBOOKS), rosters: folder.join(ROSTERS) })
}

/// What the signatures beside a rulebook's file say. `None`: the rulebook does not load.
pub fn tally(charter: &Charter, file: &Judged) -> Option<Tally> {
    let rulebook = file.result.as_ref().ok()?;
    Some(counted(&file.path, |beside| charter.tally::<Rulebook>(file.text.as_bytes(), rulebook.effective_from, beside)))
}

/// Counts by `count` the signatures that lie beside a file.
pub fn counted(path: &Path, count: impl Fn(File<'_>) -> Tally) -> Tally {
    let beside = policy::signatures_of(path);
    let name = beside.display().to_string();
    let text = match files::read_text(&beside, MAX_SIGNATURES_BYTES) {
        Ok(text) => text,
        Err(_) if matches!(beside.try_exists(), Ok(false)) => String::new(),
        Err(reason) => {
            let mut tally = count(File { name: &name, bytes: b"" });
            let message = format!("the signatures can't be read: {reason}");
            let remedy = "let it be a text file that you may read, with what `ssh-keygen -Y sign` writes".to_owned();
            tally.findings.insert(0, Diagnostic::error_at(SIGNATURES_UNREADABLE, (&name, ""), 0..0, message, Some(remedy)));
            return tally;
        }
    };
    let mut tally = count(File { name: &name, bytes: text.as_bytes() });
    if !tally.is_agreed() {
        tally.findings.extend(signed_elsewhere(path, &beside));
    }
    tally
}

/// `ssh-keygen -Y sign FILE` writes a file of its own, which nobody looks at.
fn signed_elsewhere(path: &Path, beside: &Path) -> Option<Diagnostic> {
    let own = policy::own_signature_of(path);
    if !own.is_file() {
        return None;
    }
    let (own, beside) = (own.display().to_string(), beside.display());
    let message = format!("{own} is what `ssh-keygen -Y sign FILE` wrote, and it is not read: signatures of all people are in {beside}");
    let remedy = format!("append it: cat {own} >> {beside} && rm {own}");
    let found = Diagnostic::error_at(SIGNATURE_ELSEWHERE, (&own, ""), 0..0, message, Some(remedy));
    Some(Diagnostic { severity: Severity::Warning, ..found })
}

/// What was found of an agreement.
#[derive(Default)]
pub struct Report {
    /// How many errors there are. That somebody has not signed yet is none: a draft is checked before it is signed.
    pub errors: usize,
    /// How many warnings besides those of the files.
    pub warnings: usize,
    /// Of each rulebook that not everybody has signed, who still has to: `0001.yaml: 1 of sales (eva@example.com)`.
    pub missing: Vec<String>,
}

/// Shows the charter's mistakes, and who has signed each rulebook.
pub fn report(agreement: &Agreement, judged: &[Judged], paint: Paint, out: &mut impl Write) -> anyhow::Result<Report> {
    let charter = match &agreement.charter {
        Ok(charter) => charter,
        Err(diagnostics) => {
            draw_each(agreement, diagnostics, paint, out)?;
            return Ok(Report { errors: diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count(), ..Report::default() });
        }
    };
    draw_each(agreement, &charter.warnings, paint, out)?;
    let mut found = Report::default();
    let mut table = terminal::table(["FILE", "PARTY", "NEEDS", "SIGNED", "NOT YET"]);
    let loaded = || judged.iter().filter_map(|file| file.result.as_ref().ok());
    let newest = loaded().max_by_key(|rulebook| rulebook.revision);
    for file in judged {
        let Some(tally) = tally(charter, file) else { continue };
        found.warnings += warn_of_stale(newest.filter(|_| !tally.is_agreed()), file, paint, out)?;
        let wrong: Vec<Diagnostic> = tally.findings.iter().filter(|finding| finding.code != NOT_SIGNED).cloned().collect();
        found.errors += wrong.iter().filter(|finding| finding.is_error()).count();
        if !wrong.is_empty() {
            let text = read(&policy::signatures_of(&file.path)).unwrap_or_default();
            writeln!(out, "\n{}", draw(&wrong, &String::from_utf8_lossy(&text), paint))?;
        }
        let mut name = files::name(&file.path);
        found.missing.extend(missing(&name, &tally));
        for party in &tally.parties {
            let [needed, signed, missing] = cells(party);
            table.add_row([std::mem::take(&mut name), party.name.to_string(), needed, signed, missing]);
        }
    }
    writeln!(out)?;
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\n  digest of the charter: {}", charter.digest)?;
    if let (Some(newest), true) = (newest, judged.len() > 1) {
        writeln!(out, "  digest of revision {}, for the next revision's `previous`: {}", newest.revision, newest.digest)?;
    }
    Ok(found)
}

/// Says of the newest rulebook, which is not signed yet, that it is dated too long ago. How many warnings that are.
fn warn_of_stale(newest: Option<&Rulebook>, file: &Judged, paint: Paint, out: &mut impl Write) -> anyhow::Result<usize> {
    let newest = newest.filter(|newest| file.result.as_ref().is_ok_and(|rulebook| rulebook.digest == newest.digest));
    let problem = newest.and_then(|rulebook| stale(&file.path.display().to_string(), rulebook, SystemClock.now()));
    if let Some(problem) = &problem {
        writeln!(out, "\n{}", paint.errors(&problem.to_string().replacen("error", "warning", 1)))?;
    }
    Ok(usize::from(problem.is_some()))
}

/// Who still has to sign; `None`: every party has agreed.
pub fn missing(file: &str, tally: &Tally) -> Option<String> {
    let parties = tally.parties.iter().filter(|party| !party.has_agreed());
    let parties: Vec<String> = parties
        .map(|party| {
            let more = party.needed.saturating_sub(party.signed.len());
            format!("{more} of {} ({})", party.name, party.unsigned.join(", "))
        })
        .collect();
    (!parties.is_empty()).then(|| format!("{file}: {}", parties.join(", ")))
}

/// How many are needed, who has signed, and who could still.
pub fn cells(party: &PartyTally) -> [String; 3] {
    let missing = if party.has_agreed() { String::new() } else { party.unsigned.join(", ") };
    [party.needed.to_string(), party.signed.join(", "), missing]
}

/// The line with which a signer signs a file.
pub fn how_to_sign(rulebook: &Path) -> String {
    let (rulebook, signatures) = (rulebook.display(), policy::signatures_of(rulebook));
    format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY < {rulebook} >> {}", signatures.display())
}

/// The charter's diagnostics, each in its own file's text.
fn draw_each(agreement: &Agreement, diagnostics: &[Diagnostic], paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    for path in [&agreement.files.charter, &agreement.files.allowed_signers] {
        let name = path.display().to_string();
        let of_file: Vec<Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.file == name).cloned().collect();
        if !of_file.is_empty() {
            let text = read(path).unwrap_or_default();
            writeln!(out, "\n{}", draw(&of_file, &String::from_utf8_lossy(&text), paint))?;
        }
    }
    Ok(())
}
