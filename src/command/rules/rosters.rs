//! Sales' rosters in an agreement's folder: do they load, do they follow one another, do they name the rulebook's teams, who has signed.
//!
//! It refuses to know whose turn anything is. That there is no such folder is no error: then each lead waits in its team's queue.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use crate::command::terminal::{self, Paint};
use crate::config::Problem;
use crate::contract::code::{NOT_SIGNED, ROSTER_UNREADABLE};
use crate::pipeline::{Clock as _, SystemClock, files, folder, policy};
use crate::rulebook::compiled::MAX_FILE_BYTES;
use crate::rulebook::roster::{self, Roster};
use crate::rulebook::{self, Charter, Diagnostic, Rulebook, Tally};

use super::agreement::{Agreement, cells, counted, missing};
use super::chain::{chain, stale};
use super::check::draw;
use super::read;

/// A roster's file and what became of it.
struct Judged {
    path: PathBuf,
    /// Empty where it could not be read.
    text: String,
    result: Result<Roster, Vec<Diagnostic>>,
}

impl Judged {
    fn diagnostics(&self) -> &[Diagnostic] {
        self.result.as_ref().map_or_else(Vec::as_slice, |roster| &roster.warnings)
    }

    fn errors(&self) -> usize {
        self.diagnostics().iter().filter(|diagnostic| diagnostic.is_error()).count()
    }
}

/// What was found of the rosters.
#[derive(Default)]
pub struct Report {
    /// How many errors there are; that nobody has signed yet is none.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    /// Of each roster that is not signed, who still has to.
    pub missing: Vec<String>,
}

/// Shows everything that is wrong with the rosters, and who has signed each. `newest`: the rulebook whose teams they should name.
pub fn report(agreement: &Agreement, newest: Option<&Rulebook>, paint: Paint, out: &mut impl Write) -> anyhow::Result<Report> {
    let mut found = Report::default();
    let paths = match folder::list(&agreement.rosters) {
        Ok(listed) => listed.files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => {
            let what = format!("the folder of rosters can't be read: {}", error.kind());
            let place = agreement.rosters.display().to_string();
            writeln!(
                out,
                "\n{}",
                paint.errors(&Problem::new(ROSTER_UNREADABLE, what, place, "let it be a folder that you may read").to_string())
            )?;
            found.errors += 1;
            return Ok(found);
        }
    };
    let mut judged: Vec<Judged> = paths.into_iter().map(judge).collect();
    compare(&mut judged, newest);
    for file in judged.iter().filter(|file| !file.diagnostics().is_empty()) {
        writeln!(out, "\n{}", draw(file.diagnostics(), &file.text, paint))?;
        found.errors += file.errors();
        found.warnings += file.diagnostics().len() - file.errors();
    }
    let names: Vec<String> = judged.iter().map(|file| file.path.display().to_string()).collect();
    let loaded: Vec<(&str, &Roster)> =
        names.iter().zip(&judged).filter_map(|(name, file)| Some((name.as_str(), file.result.as_ref().ok()?))).collect();
    let broken = chain(&loaded);
    for problem in &broken {
        writeln!(out, "\n{}", paint.errors(&problem.to_string()))?;
    }
    found.errors += broken.len();
    if judged.is_empty() {
        return Ok(found);
    }
    summary(&names, &judged, out)?;
    if let Ok(charter) = &agreement.charter {
        signatures(charter, &judged, &mut found, paint, out)?;
    }
    if let Some((_, newest)) = loaded.iter().max_by_key(|(_, roster)| roster.revision) {
        writeln!(out, "\n  digest of roster {}, for the next one's `previous`: {}", newest.revision, newest.digest)?;
    }
    Ok(found)
}

fn judge(path: PathBuf) -> Judged {
    let name = path.display().to_string();
    match files::read(&path, MAX_FILE_BYTES) {
        Ok(bytes) => {
            let result = roster::compile(&bytes, &name);
            Judged { path, text: String::from_utf8_lossy(&bytes).into_owned(), result }
        }
        Err(reason) => {
            let message = format!("the file can't be read: {reason}");
            let found = Diagnostic::error_at(ROSTER_UNREADABLE, (&name, ""), 0..0, message, None);
            Judged { path, text: String::new(), result: Err(vec![found]) }
        }
    }
}

/// Only the newest roster is held to the newest rulebook: what was before spoke of the teams of its time.
fn compare(judged: &mut [Judged], newest: Option<&Rulebook>) {
    let latest =
        judged.iter_mut().filter(|file| file.result.is_ok()).max_by_key(|file| file.result.as_ref().map_or(0, |roster| roster.revision));
    let Some(file) = latest else { return };
    let name = file.path.display().to_string();
    if let Ok(roster) = &mut file.result {
        let passed = rulebook::passed(&roster.dated_holidays, SystemClock.now().utc_date(), (&name, &file.text));
        let unlike = newest.map(|newest| roster::unlike(roster, newest, (&name, &file.text)));
        roster.warnings.extend(passed.into_iter().chain(unlike.into_iter().flatten()));
    }
}

fn summary(names: &[String], judged: &[Judged], out: &mut impl Write) -> anyhow::Result<()> {
    let mut table = terminal::table(["ROSTER", "REVISION", "EFFECTIVE FROM", "HOLDS", "RESULT"]);
    for (name, file) in names.iter().zip(judged) {
        let Ok(roster) = &file.result else {
            table.add_row([name.as_str(), "", "", "", &terminal::count(file.errors() as u64, "error")]);
            continue;
        };
        let sellers = roster.teams.values().flat_map(|team| team.sellers.keys()).collect::<BTreeSet<_>>().len();
        let holds = format!("{}, {}", terminal::count(roster.teams.len() as u64, "team"), terminal::count(sellers as u64, "seller"));
        let result = match roster.warnings.len() as u64 {
            0 => "loads".to_owned(),
            warnings => format!("loads, {}", terminal::count(warnings, "warning")),
        };
        table.add_row([name, &roster.revision.to_string(), &roster.effective_from.to_string(), &holds, &result]);
    }
    writeln!(out)?;
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn signatures(charter: &Charter, judged: &[Judged], found: &mut Report, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let mut table = terminal::table(["ROSTER", "PARTY", "NEEDS", "SIGNED", "NOT YET"]);
    for file in judged {
        let Ok(roster) = &file.result else { continue };
        let tally: Tally = counted(&file.path, |beside| charter.tally::<Roster>(file.text.as_bytes(), roster.effective_from, beside));
        let wrong: Vec<Diagnostic> = tally.findings.iter().filter(|finding| finding.code != NOT_SIGNED).cloned().collect();
        found.errors += wrong.iter().filter(|finding| finding.is_error()).count();
        if !wrong.is_empty() {
            let text = read(&policy::signatures_of(&file.path)).unwrap_or_default();
            writeln!(out, "\n{}", draw(&wrong, &String::from_utf8_lossy(&text), paint))?;
        }
        let is_newest = judged.iter().flat_map(|other| &other.result).all(|other| other.revision <= roster.revision);
        let shown = file.path.display().to_string();
        if let Some(problem) = stale(&shown, roster, SystemClock.now()).filter(|_| is_newest && !tally.is_agreed()) {
            writeln!(out, "\n{}", paint.errors(&problem.to_string().replacen("error", "warning", 1)))?;
            found.warnings += 1;
        }
        let name = format!("rosters/{}", files::name(&file.path));
        found.missing.extend(missing(&name, &tally));
        if tally.parties.is_empty() {
            let what = format!("the charter has no party `{}` that could sign it", charter.rosters);
            let problem = Problem::new(NOT_SIGNED, what, &name, "name the party that signs rosters in the charter: `rosters: PARTY`");
            writeln!(out, "\n{}", paint.errors(&problem.to_string()))?;
            found.errors += 1;
        }
        for party in &tally.parties {
            let [needed, signed, missing] = cells(party);
            table.add_row([name.clone(), party.name.to_string(), needed, signed, missing]);
        }
    }
    writeln!(out)?;
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
