//! Arguments of the commands that replay a history.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ConfigArguments;
use crate::command::replay::{Bound, Origin};

/// Which history.
#[derive(Args, Clone, Debug)]
pub struct HistoryArguments {
    /// Events: a file with one interaction a line as JSON, `-` (standard input), `topic:interactions` or `topic:intake`
    ///
    /// May be given several times; the order of files and lines does not matter.
    #[arg(long, value_name = "FILE|TOPIC", required = true)]
    pub events: Vec<Origin>,
    /// Only what happened from then on: a day, a time, or so long ago as `90d`
    #[arg(long, value_name = "WHEN")]
    pub from: Option<Bound>,
    /// Only what happened before then
    #[arg(long, value_name = "WHEN")]
    pub to: Option<Bound>,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Arguments of `backtest`.
#[derive(Args, Debug)]
pub struct BacktestArguments {
    /// A rulebook's file; it need not be signed, nor in force
    #[arg(value_name = "RULEBOOK")]
    pub rulebook: PathBuf,
    /// Which history.
    #[command(flatten)]
    pub history: HistoryArguments,
    /// What became of accounts or leads: a file with one outcome a line, as JSON
    #[arg(long, value_name = "FILE")]
    pub outcomes: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Also write the report as one page of HTML, with charts; it needs nothing else
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal
    Table,
    /// For a document or a ticket
    Markdown,
    /// For programs; nothing is cut
    Json,
}

/// What stands behind the help of `backtest`.
pub const BACKTEST_EXAMPLES: &str = "\
Examples:
  relevo backtest 0007.yaml --events 2026.ndjson
  relevo backtest 0007.yaml --events 2026.ndjson --outcomes crm.ndjson --format markdown > report.md
  relevo backtest 0007.yaml --events 2026.ndjson --outcomes crm.ndjson --html report.html
  relevo backtest 0007.yaml --events topic:interactions --from 90d --config relevo.yaml
  zcat events-*.gz | relevo backtest 0007.yaml --events - --from 2026-01-01 --to 2026-07-01

Outcomes, one a line (`lead_id` may stand in the place of `account`; the others may be absent):
  {\"account\":\"acme.example\",\"outcome\":\"won\",\"at\":\"2026-11-20T10:00:00Z\",
   \"offering\":\"crm-suite\",\"value_usd\":40000}                              (in one line)

What is assumed: each event reached Relevo at the moment it happened (a record of a topic: when the
topic took it), and a lead stays open once it is made, so an account counts once for an offering.
`topic:intake` is taken as it stands in the log. Nothing looks ahead: a win counts if it came after
the first evidence, a lead or a rule if it came before the win.

Lines that can't be used are told with file, line and code, and the rest goes on.";

/// A history that need not be named.
#[derive(Args, Clone, Debug, Default)]
pub struct EventsArguments {
    /// Events, as for `backtest`: a file, `-`, `topic:interactions` or `topic:intake`
    #[arg(long, value_name = "FILE|TOPIC")]
    pub events: Vec<Origin>,
    /// Only what happened from then on: a day, a time, or so long ago as `90d`
    #[arg(long, value_name = "WHEN")]
    pub from: Option<Bound>,
    /// Only what happened before then
    #[arg(long, value_name = "WHEN")]
    pub to: Option<Bound>,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["account", "lead"]))]
pub struct ExplainArguments {
    /// An account: its domain, or its key as decisions have it
    #[arg(long, value_name = "KEY")]
    pub account: Option<String>,
    /// A lead: `lead_id`
    #[arg(long, value_name = "ID")]
    pub lead: Option<String>,
    /// Which history; without one the intake log.
    #[command(flatten)]
    pub history: EventsArguments,
    /// By this rulebook; without it, of the intake log, by the laws in it
    #[arg(long, value_name = "FILE")]
    pub rulebook: Option<PathBuf>,
    /// How to tell it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

impl ExplainArguments {
    /// The story of a lead, from the intake log.
    pub fn of_lead(lead: &str, config: &ConfigArguments, format: ExplainFormat) -> Self {
        let history = EventsArguments { config: config.clone(), ..EventsArguments::default() };
        Self { account: None, lead: Some(lead.to_owned()), history, rulebook: None, format }
    }
}

/// How a story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// A timeline for people
    Text,
    /// For programs: every rule at every decision
    Json,
}

/// What stands behind the help of `explain`.
pub const EXPLAIN_EXAMPLES: &str = "\
Examples:
  relevo explain --account acme.example
  relevo explain --lead L-MFRGGZDFMZTWQ2LKNNWG23TP --config prod.yaml
  relevo explain --account acme.example --events 2026.ndjson --rulebook 0007.yaml

Without `--events` it reads the intake log, which keeps some days only: what was before is
not seen. A file of events reaches further.";
