//! `relevo check`: is everything fit to run? Configuration, charter, rulebooks, cluster; each failure with a code, a place, and what to do.
//!
//! It looks and asks, and changes nothing: no topic, no record, no group. What it says is what `run` would stop at, and more.

use std::io::Write;

use crate::cli::CheckArguments;
use crate::config::{Settings, security};

use super::terminal::{self, Paint};
use super::topics::judge::{Finding, Severity};
use super::{Status, connect};

mod access;
mod charter;
mod cluster;
mod halted;
mod rulebooks;
mod shared;

/// A thing that was looked at, and what was found wrong with it.
pub struct Line {
    /// What was looked at.
    pub subject: String,
    /// What was seen, in a few words.
    pub seen: String,
    /// What is wrong; empty: all is well.
    pub findings: Vec<Finding>,
}

impl Line {
    /// Something that was looked at.
    pub fn new(subject: impl Into<String>, seen: impl Into<String>, findings: Vec<Finding>) -> Self {
        Self { subject: subject.into(), seen: seen.into(), findings }
    }

    fn mark(&self) -> &'static str {
        match self.findings.iter().map(|finding| finding.severity).max() {
            None => "ok",
            Some(Severity::Warning) => "warn",
            Some(Severity::Stop) => "FAIL",
        }
    }
}

/// Looks at everything, and prints what was found.
pub fn perform(arguments: &CheckArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    let mut lines = vec![configuration(arguments, &settings), connection(&settings), charter::look(&settings), rulebooks::look(&settings)];
    lines.extend(cluster::look(&settings, access::roles(arguments.role)));
    print(&lines, out)
}

/// Reading it has judged it already.
fn configuration(arguments: &CheckArguments, settings: &Settings) -> Line {
    let file = match &arguments.config.config {
        Some(file) => file.display().to_string(),
        None if std::path::Path::new(crate::config::DEFAULT_FILE).is_file() => crate::config::DEFAULT_FILE.to_owned(),
        None => "defaults and the environment".to_owned(),
    };
    let pod = settings.pod.as_deref().unwrap_or_default();
    Line::new("configuration", format!("{file}; application `{}`, pod `{pod}`", settings.application), Vec::new())
}

/// How what is sent to Kafka is protected.
fn connection(settings: &Settings) -> Line {
    let findings = security::warnings(settings).into_iter().map(Finding::warning).collect();
    let kafka = &settings.kafka;
    let signs_in = kafka.sasl.mechanism.map(|mechanism| format!(", {}", mechanism.as_str())).unwrap_or_default();
    Line::new("connection", format!("{}{signs_in}", kafka.security_protocol.as_str()), findings)
}

fn print(lines: &[Line], out: &mut impl Write) -> anyhow::Result<Status> {
    let paint = Paint::of_stdout();
    let mut table = terminal::table(["", "LOOKED AT", "FOUND"]);
    for line in lines {
        table.add_row([line.mark(), &line.subject, &line.seen]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{}", paint.mark(&line))?;
    }
    writeln!(out)?;
    let findings: Vec<&Finding> = lines.iter().flat_map(|line| &line.findings).collect();
    for finding in &findings {
        let text = finding.problem.to_string();
        let text = if finding.severity == Severity::Warning { text.replacen("error", "warning", 1) } else { text };
        writeln!(out, "{}\n", paint.errors(&text))?;
    }
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let warnings = match of(Severity::Warning) {
        0 => String::new(),
        count => format!(", with {}", terminal::count(count, "warning")),
    };
    let stops = of(Severity::Stop);
    if stops > 0 {
        let what = terminal::count(stops, "problem");
        writeln!(out, "{}", paint.bad(&format!("Not fit to run: {what} to solve first{warnings}.")))?;
        return Ok(Status::Unfit);
    }
    writeln!(out, "{}", paint.good(&format!("Fit to run{warnings}.")))?;
    Ok(Status::Well)
}
