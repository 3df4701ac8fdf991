//! The command line: what can be asked of `relevo`, in words for the person who asks.
//!
//! Types and texts only. It refuses to know how a command does its work, and reads nothing but the arguments.

use std::path::PathBuf;

mod replay;

use crate::command::dead_letters::Since;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
pub use replay::{BacktestArguments, EventsArguments, ExplainArguments, ExplainFormat, HistoryArguments, ReportFormat};

/// The hand-off between marketing and sales, as a stream on Kafka.
///
/// Campaign interactions come in, and leads go out to sales, each exactly once, each with the reasons for it, decided by
/// rules that both departments agreed on.
#[derive(Debug, Parser)]
#[command(name = "relevo", version, disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = AFTER_HELP, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  relevo topics --create                   make the topics that are missing
  relevo check --config relevo.yaml        is everything fit to run?
  relevo rules test 0007.yaml              what does this rulebook decide in the agreed cases?
  relevo explain-code RLV-3012             what does this error mean, and what is to be done?

Exit status:
  0   it is done, and all is well
  1   it is done, and the answer is no (a rulebook has an error); or it could not be finished
  2   the command line is wrong
  78  the configuration, a rulebook or the cluster is not fit: nothing was started

Every error has a code (RLV-nnnn), a place, and what to do.
`relevo COMMAND --help` says more about a command.";

/// Who needs which command: the order and the headings of `--help`. A test holds this list and [`Command`] together.
const GROUPS: &[(&str, &[&str])] = &[
    ("Have a first look", &["demo"]),
    ("Run it", &["run"]),
    ("Prepare a deployment", &["topics", "check"]),
    ("Agree on the rules", &["rules", "backtest"]),
    ("Use your own history", &["import"]),
    ("Understand what happens", &["explain", "explain-code", "dead-letters", "metrics", "version"]),
];

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch a sample month of campaigns become leads, without a Kafka, in about a minute
    ///
    /// The whole service in this process, with an embedded broker and a fictitious company's month. Ctrl-C ends it.
    Demo(DemoArguments),
    /// Show which topics are needed and which are there; make those that are missing
    #[command(after_help = TOPICS_EXAMPLES)]
    Topics(TopicsArguments),
    /// Say whether configuration, charter, rulebooks and cluster are fit to run
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Say why an account is a lead or not: what arrived, what each rule said, what is missing
    ///
    /// Folds the account's part of the intake log once more, by the laws that it brings, or events of files by a rulebook. Persons are
    /// named by their identifiers; no address, nothing that they wrote.
    #[command(after_help = replay::EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Say what an error code means and what to do about it
    ///
    /// Without a code: all of them, by who can mend them.
    #[command(after_help = "Examples:\n  relevo explain-code RLV-1003\n  relevo explain-code 3012\n  relevo explain-code")]
    ExplainCode(ExplainCodeArguments),
    /// Run the service: decide, hand leads off, until asked to end
    ///
    /// Configuration, topics and the folder of rulebooks are looked at first; what is not fit is told, and nothing is started. A
    /// cluster that does not answer is waited for. SIGTERM or Ctrl-C finishes what is begun, a second one ends at once. Probes
    /// and metrics are at `http.listen`: /livez, /readyz?verbose, /metrics.
    #[command(
        after_help = "Examples:\n  relevo run --config relevo.yaml\n  relevo run --stage decide\n  relevo run --allow-unsigned        without a charter, for a trial"
    )]
    Run(RunArguments),
    /// Begin, check, test, read and compare rulebooks; see who has signed, and hand them in
    #[command(subcommand)]
    Rules(Rules),
    /// Turn the exports of your CRM and marketing tools into events
    #[command(subcommand)]
    Import(Import),
    /// Replay a history: which leads would a rulebook have made, and how often rightly?
    ///
    /// The very step that decides in service folds the events again. With outcomes (won, lost) it says how many of the leads were
    /// won (precision), how many of the wins were leads before (recall), how much likelier a lead wins than any account (lift), the
    /// same for every rule, and which wins were missed and why; each with its 95 % interval.
    #[command(after_help = replay::BACKTEST_EXAMPLES)]
    Backtest(BacktestArguments),
    /// Show what could not be read, and why
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Print the catalogue of metrics, as Markdown
    Metrics,
    /// Print the versions of Relevo and of what it is built on
    Version,
}

const TOPICS_EXAMPLES: &str = "\
Examples:
  relevo topics                                        what is needed, and what is there
  relevo topics --create --replication 3               make what is missing, three copies of each record
  relevo topics --format kafka-topics --replication 3  commands for whoever may create topics
  relevo topics --format strimzi --cluster prod        KafkaTopic resources for Strimzi

A topic that exists is never changed. `relevo check` says what does not fit and how to change it.";

/// Arguments of `topics`.
#[derive(Args, Debug)]
pub struct TopicsArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Make the topics that are missing, with the settings that they need
    #[arg(long, conflicts_with = "format")]
    pub create: bool,
    /// How many copies of each record the cluster keeps, 3 in production; without it the cluster's default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9))]
    pub replication: Option<u32>,
    /// What to print; only `table` asks the cluster
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TopicsFormat::Table)]
    pub format: TopicsFormat,
    /// The name of the Kafka cluster, for `--format strimzi`
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub cluster: String,
}

/// The forms in which `topics` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TopicsFormat {
    /// What is needed beside what is there
    Table,
    /// Commands of Kafka's own `kafka-topics.sh`
    KafkaTopics,
    /// Strimzi's KafkaTopic resources, as YAML
    Strimzi,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  relevo check                            with ./relevo.yaml
  relevo check --config prod.yaml && relevo run --config prod.yaml

It looks and asks, and changes nothing. Exit status 78 when something is not fit.";

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
}

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
        after_help = "Example:\n  relevo rules diff agreement/rulebooks/0006.yaml agreement/rulebooks/0007.yaml\n  relevo rules diff 0006.yaml 0007.yaml --events 2026.ndjson\n\nExit status 0 when both agree on the same, 1 when something changes, 2 when one of them does not load."
    )]
    Diff(RulesDiffArguments),
    /// Show which revision is in force, who has signed the next one, and who has not
    ///
    /// What is in force is what the service noted beside its offsets; what is signed is read from `rulebook.folder`, by the charter.
    #[command(after_help = "Example:\n  relevo rules status --config relevo.yaml")]
    Status(RulesStatusArguments),
    /// Hand a signed rulebook to the service, and wait until it is law
    ///
    /// The service does the same by itself with what lies in its folder; this is for a terminal or a deployment job. What lacks a signature,
    /// its turn or its time is told, and not offered.
    #[command(after_help = RULES_OFFER_EXAMPLES)]
    Offer(RulesOfferArguments),
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

const RULES_OFFER_EXAMPLES: &str = "\
Examples:
  relevo rules offer --wait                                every file of `rulebook.folder` that is not law yet
  relevo rules offer agreement/rulebooks/0007.yaml --wait  this one, with 0007.sigs beside it

Exit status 1 when it was refused, or is not law everywhere in time.";

/// Arguments of `rules status`.
#[derive(Args, Debug)]
pub struct RulesStatusArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Arguments of `rules offer`.
#[derive(Args, Debug)]
pub struct RulesOfferArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// A rulebook's file, with its signatures beside it; without it everything in `rulebook.folder` that is not law yet
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Wait until every partition has it
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most, in seconds
    #[arg(long = "timeout", value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout_seconds: u64,
    /// Offer what nobody signed; the service must have been started with the same
    #[arg(long)]
    pub allow_unsigned: bool,
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

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Turn a CSV file into events or outcomes, one JSON document a line, by a map
    ///
    /// A map is a YAML file that says for each field of the event which column it comes from, and what is done to it on the way.
    /// Maps for Salesforce and HubSpot come with Relevo; `--guess` writes a first one for any other file. A row that can't be turned
    /// goes to a file of rejects with its line and the reason, and the rest goes on. Files of any size: rows are read one by one.
    #[command(after_help = IMPORT_EXAMPLES)]
    Csv(ImportCsvArguments),
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  relevo import csv members.csv --map salesforce-campaign-members --out events.ndjson
  relevo import csv deals.csv --map hubspot-deals --out outcomes.ndjson
  relevo import csv fair.csv --guess --out map.yaml       a first map: read it, complete it
  relevo import csv fair.csv --map map.yaml --out events.ndjson
  relevo import csv --list-maps                           what comes with Relevo
  relevo import csv --print-map salesforce-leads > map.yaml

A map, with most of what there is:
  api: relevo/v1
  kind: Map
  of: interactions                                  # or outcomes: what was won, what was lost
  time_zone: America/Mexico_City                    # of times that don't say theirs
  nothing: [\"-\", n/a]                               # cells that mean nothing
  when: [{ column: Type, in: [Webinar, \"Fair *\"] }] # the rows to take; also not_in, present
  fields:
    interaction_id: { join: [Email, Date], with: \"/\", hash: true }
    occurred_at: { column: Date, date: [\"%d/%m/%Y %H:%M\", rfc3339] }
    kind:
      column: Status
      lookup: { Attended: attended, \"*demo*\": demo_requested }
      otherwise: invited                            # without it other values are rejected
    campaign.id: { constant: fair-2026 }
    person.id: { column: [Contact ID, Lead ID], prefix: crm- }
    person.role: { column: Title, slug: true }      # Plant Manager: plant_manager
    company.domain: { column: Website, optional: true } # the file may be without it
    declared.budget_usd: { column: Budget, decimal: \",\", times: 0.054 }
    attributes.plants: { column: Plants, type: int, default: 1 }
    attributes.sap: { column: Systems, split: { by: \";\", contains: SAP }, type: bool }

More steps: `split: { by: \";\", part: 1 }`, `keep_others: true` beside a lookup, `required: true`.
Steps are done in this order: column or join, split, lookup, slug, hash, prefix; then a date or a
number is read; `default` stands in for nothing. A date is in a pattern of strptime, or rfc3339,
epoch_seconds or epoch_milliseconds. A map is checked whole before a row is read, and all its
mistakes are told at once.

Exit status:
  0   every row went through, or was passed over by the map's own `when`
  1   rows were rejected, and the others are written; or the file could not be read to its end
  2   the command line is wrong
  78  the map has an error, or does not fit the file: nothing was imported";

/// Arguments of `import csv`.
#[derive(Args, Debug)]
pub struct ImportCsvArguments {
    /// The CSV file; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["list_maps", "print_map"])]
    pub file: Option<PathBuf>,
    /// The map: a file, or the name of one that comes with Relevo
    #[arg(long, value_name = "MAP", conflicts_with = "guess")]
    pub map: Option<PathBuf>,
    /// Write a first map, guessed from the header and a sample of rows
    #[arg(long)]
    pub guess: bool,
    /// Where the events go (with --guess, the map); without it to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where rejected rows are listed; without it beside the events, as NAME.rejects.csv, if there are any
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// What parts the cells, one character or `tab`; without it the header tells
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<char>,
    /// The file's encoding, such as windows-1252 or utf-16le; without it its first bytes tell
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// List the maps that come with Relevo
    #[arg(long, exclusive = true)]
    pub list_maps: bool,
    /// Print a map that comes with Relevo
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub print_map: Option<String>,
}

fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "tab" | "\\t" => Ok('\t'),
        _ => match text.chars().collect::<Vec<_>>()[..] {
            [one] if one.is_ascii() && !matches!(one, '"' | '\n' | '\r') => Ok(one),
            _ => Err("one character of ASCII, or `tab`".to_owned()),
        },
    }
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List the newest dead letters: when, which code, which record, which field
    ///
    /// A dead letter is an input that is no valid event, kept with its reason; the partition went on. Times are UTC.
    #[command(after_help = DEAD_LETTERS_EXAMPLES)]
    List(DeadLettersListArguments),
}

const DEAD_LETTERS_EXAMPLES: &str = "\
Examples:
  relevo dead-letters list                          those of the last day
  relevo dead-letters list --since 14d --code 1003  two weeks' wrong types
  relevo dead-letters list --since 1h --show-payload --limit 1

The records themselves may bear personal data, so they are not shown unless you ask.";

/// Arguments of `dead-letters list`.
#[derive(Args, Debug)]
pub struct DeadLettersListArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// How far back: `90m`, `4h`, `2d`, or a time such as `2026-11-03T15:00:00Z`
    #[arg(long, value_name = "WHEN", default_value = "1d")]
    pub since: Since,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Of this code only
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Show the original records too; they may bear personal data
    #[arg(long)]
    pub show_payload: bool,
}

/// Arguments of `explain-code`.
#[derive(Args, Debug)]
pub struct ExplainCodeArguments {
    /// The code: `RLV-3012`, or just its number, or its name, `partitions_differ`
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct DemoArguments {
    /// How long the month takes, in seconds, if the machine keeps up
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Keep the service running after the month, to look at /metrics; Ctrl-C ends it
    #[arg(long)]
    pub stay: bool,
}

/// Where the configuration comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct ConfigArguments {
    /// The configuration file; without it `relevo.yaml` in the working folder, if it is there, else defaults
    ///
    /// Environment variables win over the file: RELEVO__COMMIT__MAX_MS is the key `commit.max_ms`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Run one stage alone; without it both
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Option<Stage>,
    /// Let rulebooks become law that nobody signed, for a trial; said loudly wherever the law is shown
    #[arg(long)]
    pub allow_unsigned: bool,
}

/// A stage of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Reads the inputs, checks and keys them, and writes the ordered log
    Intake,
    /// Folds the log: decides, hands leads off, keeps the state
    Decide,
}

/// The arguments of this process. On a wrong command line, or when help was asked for, it prints and ends the process (2 or 0).
pub fn parse() -> Cli {
    let matches = command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The command line as clap knows it, with the commands in groups.
pub fn command() -> clap::Command {
    let plain = Cli::command().styles(styles());
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{}\nOptions:\n{{options}}{{after-help}}", groups(&plain));
    plain.help_template(template)
}

fn styles() -> Styles {
    let heading = Style::new().bold();
    Styles::styled().header(heading).usage(heading).literal(AnsiColor::Cyan.on_default()).placeholder(Style::new())
}

/// The commands with their first lines, under the headings of [`GROUPS`].
fn groups(command: &clap::Command) -> String {
    let width = command.get_subcommands().map(|sub| sub.get_name().len()).max().unwrap_or(0);
    let (styles, mut text) = (styles(), String::new());
    let (heading, literal) = (styles.get_header(), styles.get_literal());
    for (title, names) in GROUPS {
        text.push_str(&format!("\n{heading}{title}:{heading:#}\n"));
        for name in *names {
            let about = command.find_subcommand(name).and_then(|sub| sub.get_about()).map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {literal}{name:width$}{literal:#}  {about}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn help_shows_every_command_once() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        grouped.sort_unstable();
        let command = command();
        let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        known.sort_unstable();
        assert_eq!(grouped, known, "add the command to `GROUPS`, under those who need it");
    }
}
