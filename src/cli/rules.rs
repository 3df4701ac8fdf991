//! Arguments of `relevo rules …`. It refuses to know what a rulebook is.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigArguments, EventsArguments};

/// What can be done with rulebooks.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Begin: write a first agreement folder, commented, ready to edit and sign
    ///
    /// A charter (who has to agree), a file for the signers' keys, and a first rulebook. Nothing is overwritten.
    #[command(
        after_help = "Example:\n  relevo rules new agreement --company \"Cumbre Software\" --marketing ana@example.com --sales eva@example.com"
    )]
    New(RulesNewArguments),
    /// Say whether a rulebook loads, and everything that is wrong with it at once
    ///
    /// Names, types, bounds, the rulebook's own examples, and rules that nothing can ever meet. Of a folder every file, and whether
    /// its revisions follow one another. Of an agreement's folder, which has a `charter.yaml`, also the charter, the allowed signers, and
    /// who has signed what.
    #[command(
        after_help = "Examples:\n  relevo rules check agreement/rulebooks/0007.yaml\n  relevo rules check agreement\n\nExit status 1 when there is an error. That somebody has not signed yet is none."
    )]
    Check(RulesCheckArguments),
    /// Print the holidays of an iCalendar file as lines to paste into a calendar
    ///
    /// The lines become part of the rulebook or the roster, so those who sign read them. Events last whole days or hours of one, once or every
    /// year; what else a file says is refused with its line, and nothing is printed.
    #[command(
        after_help = "Examples:\n  relevo rules calendar holidays.ics\n  relevo rules calendar holidays.ics --time-zone America/Mexico_City --from 2027-01-01\n\nExit status 78 when the file says something that a list of holidays can't."
    )]
    Calendar(RulesCalendarArguments),
    /// Decide a rulebook's own examples, and show what was decided and why
    ///
    /// An example is a case that both departments agreed on. A rulebook whose examples fail does not load.
    #[command(after_help = "Example:\n  relevo rules test agreement/rulebooks/0007.yaml\n\nExit status 1 when an example fails.")]
    Test(RulesTestArguments),
    /// Print a rulebook as a page of Markdown that a director reads
    ///
    /// Who becomes a lead, who gets it and what is promised, in plain words. What is signed is the file itself.
    #[command(after_help = "Examples:\n  relevo rules show agreement/rulebooks/0007.yaml\n  relevo rules show 0007.yaml > 0007.md")]
    Show(RulesShowArguments),
    /// Say in words what changes from one rulebook to another
    ///
    /// Comments, layout and white space are no change. With `--events` also which decisions would change over that history, and why.
    #[command(
        after_help = "Example:\n  relevo rules diff agreement/rulebooks/0006.yaml agreement/rulebooks/0007.yaml\n  relevo rules diff 0006.yaml 0007.yaml --events 2026.ndjson\n\nExit status 0 when both agree on the same, 1 when something changes, 2 when one of them does not load, 78 when the history or\nthe configuration is not fit: nothing was compared."
    )]
    Diff(RulesDiffArguments),
    /// Show which revision is in force, who has signed the next one, and who has not
    ///
    /// What is in force is what the service noted beside its offsets; what is signed is read from `rulebook.folder`, by the charter. It needs
    /// the right to read, and no other: the service takes up what lies in its folder by itself.
    #[command(
        after_help = "Examples:\n  relevo rules status --config relevo.yaml\n  relevo rules status --wait --timeout 120    in a deployment job, after the files were put into the folder\n\nWith `--wait` exit status 1 when the newest revision lacks a signature, or is not in force everywhere in time."
    )]
    Status(RulesStatusArguments),
}

/// Arguments of `rules new`.
#[derive(Args, Debug)]
pub struct RulesNewArguments {
    /// The folder to make, or to add to
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The company's name
    #[arg(long, value_name = "NAME")]
    pub company: String,
    /// Who signs for marketing, by e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub marketing: String,
    /// Who signs for sales, by e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub sales: String,
    /// Where working hours and `today` are counted
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub time_zone: String,
    /// Let the rulebook take force as soon as it is signed, and not from tomorrow on
    #[arg(long)]
    pub at_once: bool,
}

/// Arguments of `rules calendar`.
#[derive(Args, Debug)]
pub struct RulesCalendarArguments {
    /// An iCalendar file, such as a country's holidays
    #[arg(value_name = "FILE.ics")]
    pub file: PathBuf,
    /// The zone of the calendar, where the file's times name one
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Leave out what was before this day; without it, before today
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
}

/// Arguments of `rules show`.
#[derive(Args, Debug)]
pub struct RulesShowArguments {
    /// A rulebook's file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `rules diff`.
#[derive(Args, Debug)]
pub struct RulesDiffArguments {
    /// The rulebook to begin with
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The rulebook that it is compared with
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// A history to hold both against.
    #[command(flatten)]
    pub history: EventsArguments,
}

/// Arguments of `rules status`.
#[derive(Args, Debug)]
pub struct RulesStatusArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Wait until the newest revision of the folder that is agreed on and in its time is in force in every partition
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most, in seconds
    #[arg(long = "timeout", value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout_seconds: u64,
}

/// Arguments of `rules test`.
#[derive(Args, Debug)]
pub struct RulesTestArguments {
    /// A rulebook's file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `rules check`.
#[derive(Args, Debug)]
pub struct RulesCheckArguments {
    /// A rulebook's file, or a folder of them
    #[arg(value_name = "FILE|FOLDER")]
    pub path: PathBuf,
    /// End with status 1 when there is a warning too
    #[arg(long)]
    pub strict: bool,
}
