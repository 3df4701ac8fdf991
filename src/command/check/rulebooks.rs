//! What `check` sees in the folder of rulebooks.

use super::Line;
use crate::command::rules::{self, Judged};
use crate::command::terminal::count;
use crate::command::topics::judge::Finding;
use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::rulebook::{Diagnostic, Rulebook};

/// How many errors of one file are told here: `relevo rules check` tells all, and draws them.
const MOST_OF_A_FILE: usize = 3;

/// Looks at the folder, as the service will.
pub fn look(settings: &Settings) -> Line {
    let folder = &settings.rulebook.folder;
    let subject = format!("rulebooks in {}", folder.display());
    let place = format!("{} (`rulebook.folder`)", folder.display());
    let files = match crate::pipeline::folder::list(folder) {
        Ok(listed) => listed.files,
        Err(error) => {
            let what = format!("the folder of rulebooks can't be read: {error}");
            let remedy = "make the folder and put the first revision into it, such as `0001.yaml`; or mend `rulebook.folder`";
            return Line::new(subject, "no folder", vec![Finding::stop(Problem::new(code::RULEBOOK_FOLDER, what, place, remedy))]);
        }
    };
    if files.is_empty() {
        let what = "there is no rulebook: every decision will be `not_qualified`, `no_rulebook`";
        let remedy = "put the first revision into the folder, such as `0001.yaml`";
        return Line::new(subject, "none", vec![Finding::warning(Problem::new(code::RULEBOOK_FOLDER, what, place, remedy))]);
    }
    let judged: Vec<Judged> = files.iter().map(|path| rules::judge(path)).collect();
    let mut findings: Vec<Finding> = judged.iter().flat_map(of_file).collect();
    let names: Vec<String> = judged.iter().map(|file| file.path.display().to_string()).collect();
    let loaded: Vec<(&str, &Rulebook)> =
        names.iter().zip(&judged).filter_map(|(name, file)| Some((name.as_str(), file.result.as_ref().ok()?))).collect();
    findings.extend(rules::chain(&loaded).into_iter().map(Finding::stop));
    let newest = loaded.iter().map(|(_, rulebook)| rulebook.revision).max();
    let newest = newest.map_or_else(|| "none loads".to_owned(), |revision| format!("the newest is revision {revision}"));
    Line::new(subject, format!("{}, {newest}", count(files.len() as u64, "file")), findings)
}

fn of_file(file: &Judged) -> Vec<Finding> {
    let Err(diagnostics) = &file.result else {
        return file.diagnostics().iter().map(|diagnostic| Finding::warning(problem(diagnostic, file))).collect();
    };
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    let mut findings: Vec<Finding> =
        errors.iter().take(MOST_OF_A_FILE).map(|diagnostic| Finding::stop(problem(diagnostic, file))).collect();
    if let (Some(last), true) = (findings.last_mut(), errors.len() > MOST_OF_A_FILE) {
        last.problem.remedy.push_str(&format!("; there are {} more", errors.len() - MOST_OF_A_FILE));
    }
    findings
}

fn problem(diagnostic: &Diagnostic, file: &Judged) -> Problem {
    let place = format!("{}, line {}, column {}", diagnostic.file, diagnostic.line, diagnostic.column);
    let draws = format!("`relevo rules check {}` shows it in its place", file.path.display());
    let remedy = diagnostic.help.as_ref().map_or_else(|| draws.clone(), |help| format!("{help}; {draws}"));
    Problem::new(diagnostic.code, &diagnostic.message, place, remedy)
}
