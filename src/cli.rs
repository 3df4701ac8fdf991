//! The command line: what can be asked of `relevo`, in words for the person who asks.
//!
//! Types and texts only. It refuses to know how a command does its work, and reads nothing but the arguments.

use std::path::PathBuf;

mod import;
mod leads;
mod replay;
mod rules;
mod state;

use crate::command::dead_letters::Since;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
pub use import::{Import, ImportCsvArguments};
pub use leads::{LeadsArguments, LeadsFormat};
pub use replay::{BacktestArguments, EventsArguments, ExplainArguments, ExplainFormat, HistoryArguments, ReportFormat};
pub use rules::{
    Rules, RulesCalendarArguments, RulesCheckArguments, RulesDiffArguments, RulesNewArguments, RulesShowArguments, RulesStatusArguments,
    RulesTestArguments,
};
pub use state::{State, StateInspectArguments, StateRebaseArguments, StateRebuildArguments};

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
    ("Prepare a deployment", &["topics", "check", "example"]),
    ("Agree on the rules", &["rules", "backtest"]),
    ("Use your own history", &["import"]),
    ("Bring a halted partition back", &["state"]),
    ("Understand what happens", &["leads", "explain", "explain-code", "dead-letters", "metrics", "version"]),
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
    /// Show the open leads: who keeps buyers waiting, and for how long; or one lead's whole story
    ///
    /// By team and seller, then each lead, the longest untouched first.
    #[command(after_help = leads::LEADS_EXAMPLES)]
    Leads(LeadsArguments),
    /// Say what an error code means and what to do about it
    ///
    /// Without a code: all of them, by who can mend them.
    #[command(after_help = "Examples:\n  relevo explain-code RLV-1003\n  relevo explain-code 3012\n  relevo explain-code")]
    ExplainCode(ExplainCodeArguments),
    /// Print an event to try a deployment with, dated so that it counts today
    ///
    /// One line of JSON, for Kafka's own console producer or any other.
    #[command(subcommand)]
    Example(Example),
    /// Run the service: decide, hand leads off, until asked to end
    ///
    /// Configuration, topics and the folder of rulebooks are looked at first; what is not fit is told, and nothing is started. A
    /// cluster that does not answer is waited for. SIGTERM or Ctrl-C finishes what is begun, a second one ends at once. Probes
    /// and metrics are at `http.listen`: /livez, /readyz?verbose, /metrics.
    #[command(
        after_help = "Examples:\n  relevo run --config relevo.yaml\n  relevo run --stage decide\n  relevo run --allow-unsigned        without a charter, for a trial"
    )]
    Run(RunArguments),
    /// Begin, check, test, read and compare rulebooks; see who has signed and what is in force
    #[command(subcommand)]
    Rules(Rules),
    /// Look at the service's state, and bring halted partitions back
    #[command(subcommand)]
    State(State),
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
  relevo topics --acls                                 who needs which rights, and no more
  relevo topics --acls --format kafka-acls             commands for whoever gives rights
  relevo topics --acls --format strimzi                KafkaUser resources for Strimzi

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
    /// Print the least rights of everybody who has to do with these topics, in place of the topics
    #[arg(long, conflicts_with_all = ["create", "replication"])]
    pub acls: bool,
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
    /// Commands of Kafka's own `kafka-acls.sh`: rights in place of topics, as with `--acls`
    KafkaAcls,
    /// Strimzi's KafkaTopic resources, or its KafkaUser resources with `--acls`, as YAML
    Strimzi,
}

/// What can be printed to try a deployment with.
#[derive(Debug, Subcommand)]
pub enum Example {
    /// A request for a demo, of just now: under README's first rulebook it is a lead
    #[command(
        after_help = "Example:\n  relevo example interaction | kafka-console-producer.sh --bootstrap-server localhost:9092 --topic marketing.interactions.v1"
    )]
    Interaction(ExampleInteractionArguments),
    /// A call of a seller to a lead, of just now: it stops the response clock
    #[command(
        after_help = "Example:\n  relevo example activity L-… | kafka-console-producer.sh --bootstrap-server localhost:9092 --topic sales.activities.v1"
    )]
    Activity(ExampleActivityArguments),
}

/// Arguments of `example interaction`.
#[derive(Args, Debug)]
pub struct ExampleInteractionArguments {
    /// What it is about, as the rulebook calls it
    #[arg(long, value_name = "NAME", default_value = "crm-suite")]
    pub offering: String,
    /// The domain of the company
    #[arg(long, value_name = "DOMAIN", default_value = "acme.example")]
    pub domain: String,
}

/// Arguments of `example activity`.
#[derive(Args, Debug)]
pub struct ExampleActivityArguments {
    /// Which lead: `lead_id` of its record
    #[arg(value_name = "LEAD")]
    pub lead_id: String,
    /// Who called: the seller's identifier in the CRM
    #[arg(long, value_name = "ID", default_value = "eva")]
    pub actor: String,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  relevo check                            with ./relevo.yaml
  relevo check --config prod.yaml && relevo run --config prod.yaml
  relevo check --role intake              has the user of Intake the rights it needs?

It looks and asks, and changes nothing. Exit status 78 when something is not fit.";

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Whose rights are judged, of those that the configuration signs in as; `relevo topics --acls` lists them
    #[arg(long, value_enum, value_name = "ROLE", default_value_t = CheckRole::Service)]
    pub role: CheckRole,
}

/// Whose rights `check` judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckRole {
    /// A process that runs both stages
    Service,
    /// One that runs Intake alone
    Intake,
    /// One that runs Decide alone
    Decide,
    /// A person or a script that looks, and changes nothing
    Operator,
    /// A person who repairs the state of a partition
    Recovery,
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
