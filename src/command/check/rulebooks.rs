//! What `check` sees in the folder of rulebooks.

use super::Line;
use crate::command::terminal::count;
use crate::command::topics::judge::Finding;
use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::pipeline::policy;

/// Looks at the folder, as the service will.
pub fn look(settings: &Settings) -> Line {
    let folder = &settings.rulebook.folder;
    let subject = format!("rulebooks in {}", folder.display());
    let place = format!("{} (`rulebook.folder`)", folder.display());
    let files = match policy::list(folder) {
        Ok(files) => files,
        Err(error) => {
            let what = format!("the folder of rulebooks can't be read: {error}");
            let remedy = "make the folder and put the first revision into it, such as `0001.yaml`; or mend `rulebook.folder`";
            return Line::new(subject, "no folder", vec![Finding::stop(Problem::new(code::RULEBOOK_FOLDER, what, place, remedy))]);
        }
    };
    let mut findings = Vec::new();
    if files.is_empty() {
        let what = "there is no rulebook: every decision will be `not_qualified`, `no_rulebook`";
        findings.push(Finding::warning(Problem::new(
            code::RULEBOOK_FOLDER,
            what,
            &place,
            "put the first revision into the folder, such as `0001.yaml`",
        )));
    }
    Line::new(subject, count(files.len() as u64, "file"), findings)
}
