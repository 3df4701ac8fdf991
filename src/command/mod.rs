//! The commands: each reads what it needs, does one thing, and prints for people.
//!
//! Here lies the only `anyhow`, and the one place that turns an error into lines and an exit status. A command refuses to know how the
//! rooms below do their work.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::cli::{Cli, Command, DeadLetters, Import, Rules, State};
use crate::config::{Problem, Problems};

pub mod backtest;
pub mod check;
pub mod connect;
pub mod dead_letters;
pub mod demo;
pub mod dumps;
mod example;
pub mod explain;
mod explain_code;
pub mod import;
pub mod leads;
mod metrics;
mod private;
pub mod replay;
pub mod rules;
mod run;
pub mod state;
pub mod terminal;
pub mod topics;
mod version;

/// How a command ended, as scripts and Kubernetes see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Status {
    /// Done, and all is well.
    Well,
    /// Done, and the answer is no; or it could not be finished.
    No,
    /// The command line is wrong.
    Usage,
    /// Configuration, rulebooks or cluster are not fit (sysexits' `EX_CONFIG`).
    Unfit,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Well => 0,
            Status::No => 1,
            Status::Usage => 2,
            Status::Unfit => 78,
        })
    }
}

/// A command line whose words are right and whose meaning is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error: {what}\n  what to do: {remedy}")]
pub struct Usage {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Does what the arguments say.
///
/// # Errors
/// Whatever kept it from being done; [`report`] tells the person.
pub fn perform(arguments: &Cli) -> anyhow::Result<Status> {
    // Not locked: the service's threads log while `run` lasts.
    let out = &mut terminal::stdout();
    let status = match &arguments.command {
        Command::Backtest(arguments) => backtest::perform(arguments, out)?,
        Command::Check(arguments) => check::perform(arguments, out)?,
        Command::Demo(arguments) => demo::perform(arguments, out)?,
        Command::Topics(arguments) => topics::perform(arguments, out)?,
        Command::DeadLetters(DeadLetters::List(arguments)) => dead_letters::list(arguments, out)?,
        Command::Import(Import::Csv(arguments)) => import::csv(arguments, out)?,
        Command::Metrics => metrics::perform(out)?,
        Command::Rules(Rules::Calendar(arguments)) => rules::calendar::perform(arguments, out)?,
        Command::Rules(Rules::Check(arguments)) => rules::check::perform(arguments, out)?,
        Command::Rules(Rules::Status(arguments)) => rules::status::perform(arguments, out)?,
        Command::Rules(Rules::Test(arguments)) => rules::test::perform(arguments, out)?,
        Command::Rules(Rules::New(arguments)) => rules::new::perform(arguments, out)?,
        Command::Rules(Rules::Show(arguments)) => rules::show::perform(arguments, out)?,
        Command::Rules(Rules::Diff(arguments)) => rules::diff::perform(arguments, out)?,
        Command::Example(example) => example::perform(example, out)?,
        Command::Explain(arguments) => explain::perform(arguments, out)?,
        Command::Leads(arguments) => leads::perform(arguments, out)?,
        Command::ExplainCode(arguments) => explain_code::perform(arguments, out)?,
        Command::State(State::Inspect(arguments)) => state::inspect::perform(arguments, out)?,
        Command::State(State::Rebase(arguments)) => state::rebase::perform(arguments, out)?,
        Command::State(State::Rebuild(arguments)) => state::rebuild::perform(arguments, out)?,
        Command::Run(arguments) => run::perform(arguments)?,
        Command::Version => version::perform(out)?,
    };
    out.flush()?;
    Ok(status)
}

/// Prints an error for the person who asked, and says with which status to end.
pub fn report(error: &anyhow::Error) -> Status {
    let of_json = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    if error.downcast_ref::<io::Error>().map(io::Error::kind).or(of_json) == Some(ErrorKind::BrokenPipe) {
        return Status::Well; // whoever read our output, such as `head`, has read enough
    }
    // Nobody is left to tell when standard error is gone too.
    let _ = writeln!(terminal::stderr(), "{}", terminal::Paint::of_stderr().errors(&format!("{error:#}")));
    match error {
        error if error.is::<Usage>() => Status::Usage,
        error if error.is::<Problems>() || error.is::<Problem>() => Status::Unfit,
        _ => Status::No,
    }
}
