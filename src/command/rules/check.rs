//! `relevo rules check`: does a rulebook load, and if not, everything that is wrong with it at once, drawn into its text. Of a whole
//! agreement also its charter, and who has signed.

use std::io::Write;

use crate::cli::RulesCheckArguments;
use crate::command::Status;
use crate::command::terminal::{self, Paint};
use crate::pipeline::{Clock as _, SystemClock};
use crate::rulebook::{self, Diagnostic, Rulebook, reach};

use super::{Judged, agreement, chain, files, judge, rosters};

/// Checks the file, or each file of the folder and how they follow one another.
pub fn perform(arguments: &RulesCheckArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let agreement = agreement::in_folder(&arguments.path);
    let rulebooks = agreement.as_ref().map_or(&arguments.path, |agreement| &agreement.rulebooks);
    let mut judged: Vec<Judged> = files(rulebooks)?.iter().map(|path| judge(path)).collect();
    let passed_over: usize = judged.iter_mut().map(look).sum();
    look_at_holidays(&mut judged);
    let paint = Paint::of_stdout();
    for file in judged.iter().filter(|file| !file.diagnostics().is_empty()) {
        writeln!(out, "{}\n", draw(file.diagnostics(), &file.text, paint))?;
    }
    let names: Vec<String> = judged.iter().map(|file| file.path.display().to_string()).collect();
    let loaded: Vec<(&str, &Rulebook)> =
        names.iter().zip(&judged).filter_map(|(name, file)| Some((name.as_str(), file.result.as_ref().ok()?))).collect();
    let broken = chain(&loaded);
    for problem in &broken {
        writeln!(out, "{}\n", paint.errors(&problem.to_string()))?;
    }
    summary(&names, &judged, out)?;
    let agreed = agreement.as_ref().map(|agreement| agreement::report(agreement, &judged, paint, out)).transpose()?.unwrap_or_default();
    let newest = loaded.iter().map(|(_, rulebook)| *rulebook).max_by_key(|rulebook| rulebook.revision);
    let of_sales = agreement.as_ref().map(|agreement| rosters::report(agreement, newest, paint, out)).transpose()?.unwrap_or_default();
    let errors = agreed.errors
        + of_sales.errors
        + judged.iter().flat_map(Judged::diagnostics).filter(|diagnostic| diagnostic.is_error()).count()
        + broken.len();
    writeln!(out)?;
    if errors > 0 {
        let what = terminal::count(errors as u64, "error");
        writeln!(
            out,
            "{}",
            paint.bad(&format!("{what}: not to be signed like this. `relevo explain-code RLV-nnnn` says more about each."))
        )?;
        return Ok(Status::No);
    }
    let warnings: usize = judged.iter().map(|file| file.diagnostics().len()).sum::<usize>() + agreed.warnings + of_sales.warnings;
    if warnings > 0 {
        let what = terminal::count(warnings as u64, "warning");
        writeln!(out, "{}", paint.warning(&format!("No error, and {what} to look at before anybody signs.")))?;
    } else if agreed.missing.is_empty() && of_sales.missing.is_empty() {
        writeln!(out, "{}", paint.good("All is well."))?;
    }
    unsigned(&agreed.missing, warnings, paint, out)?;
    if !of_sales.missing.is_empty() {
        writeln!(out, "{}", paint.warning("Rosters that sales has to sign before they take force:"))?;
    }
    for line in &of_sales.missing {
        writeln!(out, "  {line}")?;
    }
    if passed_over > 0 {
        let what = terminal::count(passed_over as u64, "question");
        let said = format!("Passed over, because that is too large to look into: {what} whether rules can be met or overlap.");
        writeln!(out, "{}", paint.faint(&said))?;
    }
    Ok(if arguments.strict && warnings > 0 { Status::No } else { Status::Well })
}

/// What each rulebook lacks before it can be law.
fn unsigned(missing: &[String], warnings: usize, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let text = if missing.len() == 1 { ("The text is well.", "it can") } else { ("The texts are well.", "they can") };
    let well = if warnings == 0 { format!("{} ", paint.good(text.0)) } else { String::new() };
    if !missing.is_empty() {
        writeln!(out, "{well}{}", paint.warning(&format!("Before {} be law, these have to sign:", text.1)))?;
    }
    for line in missing {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// Adds what can never be met to the warnings of a rulebook that loads. Returns how many questions were passed over.
fn look(file: &mut Judged) -> usize {
    let name = file.path.display().to_string();
    let Ok(rulebook) = &mut file.result else { return 0 };
    let looked = reach::look(rulebook, (&name, &file.text));
    rulebook.warnings.extend(looked.found);
    rulebook.warnings.sort_by_key(|warning| warning.span.start);
    looked.passed_over
}

/// Of the newest rulebook alone: those of the ones before have passed with them.
fn look_at_holidays(judged: &mut [Judged]) {
    let loaded = judged.iter_mut().filter(|file| file.result.is_ok());
    let Some(file) = loaded.max_by_key(|file| file.result.as_ref().map_or(0, |rulebook| rulebook.revision)) else { return };
    let name = file.path.display().to_string();
    if let Ok(rulebook) = &mut file.result {
        let passed = rulebook::passed(&rulebook.dated_holidays, SystemClock.now().utc_date(), (&name, &file.text));
        rulebook.warnings.extend(passed);
    }
}

/// The diagnostics in the file's text.
pub fn draw(diagnostics: &[Diagnostic], text: &str, paint: Paint) -> String {
    if paint.has_colour() { rulebook::render_coloured(diagnostics, text) } else { rulebook::render(diagnostics, text) }
}

fn summary(names: &[String], judged: &[Judged], out: &mut impl Write) -> anyhow::Result<()> {
    let mut table = terminal::table(["FILE", "REVISION", "EFFECTIVE FROM", "HOLDS", "RESULT"]);
    for (name, file) in names.iter().zip(judged) {
        match &file.result {
            Ok(rulebook) => {
                let result = match rulebook.warnings.len() {
                    0 => "loads".to_owned(),
                    warnings => format!("loads, {}", terminal::count(warnings as u64, "warning")),
                };
                let (revision, from) = (rulebook.revision.to_string(), rulebook.effective_from.to_string());
                table.add_row([name, &revision, &from, &holds(rulebook), &result]);
            }
            Err(diagnostics) => {
                let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
                table.add_row([name.as_str(), "", "", "", &terminal::count(errors as u64, "error")]);
            }
        }
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    for file in judged {
        if let (Ok(rulebook), 1) = (&file.result, judged.len()) {
            writeln!(out, "\n  digest, for the next revision's `previous`: {}", rulebook.digest)?;
        }
    }
    Ok(())
}

/// `4 criteria of fit, 3 of intent, 2 routes, 5 examples`
fn holds(rulebook: &Rulebook) -> String {
    let fit = rulebook.fit.criteria.len();
    let criteria = if fit == 1 { "criterion" } else { "criteria" };
    format!(
        "{fit} {criteria} of fit, {} of intent, {}, {}",
        rulebook.intent.criteria.len(),
        terminal::count(rulebook.routes.len() as u64, "route"),
        terminal::count(rulebook.examples.len() as u64, "example"),
    )
}
