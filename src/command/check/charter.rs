//! What `check` sees of the charter, and whether the newest rulebook is agreed on by it.

use super::Line;
use crate::command::rules::{self, Judged, agreement};
use crate::command::run;
use crate::command::topics::judge::Finding;
use crate::config::{Problem, Settings};
use crate::contract::code::UNSIGNED_NOT_ALLOWED;
use crate::pipeline::folder;
use crate::rulebook::Charter;

/// Looks at the charter, as the service will.
pub fn look(settings: &Settings) -> Line {
    let subject = format!("charter {}", settings.rulebook.charter.display());
    match run::authority(settings) {
        Ok(authority) => match &authority.charter {
            Some(charter) => {
                let parties: Vec<String> =
                    charter.parties.iter().map(|party| format!("{} of {} of {}", party.needed, party.signers.len(), party.name)).collect();
                let warnings = charter.warnings.iter().map(Problem::of_file);
                let findings = warnings.chain(newest(settings, charter)).map(Finding::warning).collect();
                Line::new(subject, format!("{} must sign", parties.join(" and ")), findings)
            }
            None => {
                let what = "there is no charter: whoever can write to the folder of rulebooks decides alone what a lead is";
                let place = format!("rulebook.charter, {}", settings.rulebook.charter.display());
                let remedy = "put `charter.yaml` and `allowed_signers` there, and take `rulebook.allow_unsigned` away";
                Line::new(
                    subject,
                    "none, and unsigned rulebooks will do",
                    vec![Finding::warning(Problem::new(UNSIGNED_NOT_ALLOWED, what, place, remedy))],
                )
            }
        },
        Err(problems) => {
            let absent = problems.0.iter().all(|problem| problem.code == UNSIGNED_NOT_ALLOWED);
            Line::new(subject, if absent { "none" } else { "not one to judge by" }, problems.0.into_iter().map(Finding::stop).collect())
        }
    }
}

/// What the newest rulebook that loads lacks.
fn newest(settings: &Settings, charter: &Charter) -> Vec<Problem> {
    let judged: Vec<Judged> =
        folder::list(&settings.rulebook.folder).unwrap_or_default().files.iter().map(|path| rules::judge(path)).collect();
    let newest = judged.iter().filter_map(|file| Some((file, file.result.as_ref().ok()?))).max_by_key(|(_, rulebook)| rulebook.revision);
    let tally = newest.and_then(|(file, _)| agreement::tally(charter, file)).filter(|tally| !tally.is_agreed());
    tally.iter().flat_map(|tally| &tally.findings).map(Problem::of_file).collect()
}
