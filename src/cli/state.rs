//! Arguments of `state …`.

use clap::{Args, Subcommand};

use super::ConfigArguments;

/// What can be done with the service's state.
#[derive(Debug, Subcommand)]
pub enum State {
    /// Show how far each partition is, what it has, and which are halted and why
    ///
    /// It reads the changelog, the log and the groups' offsets, and changes nothing. Times and rows are of committed state.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(StateInspectArguments),
    /// Keep the state, and go on in the log that is there now
    ///
    /// For partitions that halted because the log is another one, was cut, or does not agree with the group's offset; with `--inputs` for
    /// inputs. Says first what will be lost. Every pod must have been stopped; all is changed in one transaction.
    #[command(after_help = REBASE_EXAMPLES)]
    Rebase(StateRebaseArguments),
    /// Make the state of partitions again, from what the log still has
    ///
    /// For partitions whose state is lost or can't be read. The log is folded again up to where it was decided, with the times at which leads
    /// were handed off, as the topic of leads has them; what followed then is not written again. Says first what is lost with records that
    /// the log does not have any more. Every pod must have been stopped; each partition is changed in one transaction.
    #[command(after_help = REBUILD_EXAMPLES)]
    Rebuild(StateRebuildArguments),
}

/// Arguments of `state inspect`.
#[derive(Args, Debug)]
pub struct StateInspectArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Arguments of `state rebase`.
#[derive(Args, Debug)]
pub struct StateRebaseArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The inputs, instead of the log
    #[arg(long)]
    pub inputs: bool,
    /// Do not ask first
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `state rebuild`.
#[derive(Args, Debug)]
pub struct StateRebuildArguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// This partition, also if it is well; without it those whose state is lost or can't be read
    #[arg(long, value_name = "N")]
    pub partition: Option<u32>,
    /// Fold from this offset; without it from the beginning of what the log has
    #[arg(long, value_name = "OFFSET", requires = "partition", value_parser = clap::value_parser!(i64).range(0..))]
    pub from_offset: Option<i64>,
    /// Go on though no rulebook is found that was in force: the service offers it again, and what comes before that makes no lead
    #[arg(long)]
    pub without_rulebook: bool,
    /// Do not ask first
    #[arg(long)]
    pub yes: bool,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  relevo state inspect --config relevo.yaml

Exit status 1 when a partition is halted. `relevo explain-code` says what to do about its code.";

const REBASE_EXAMPLES: &str = "\
Examples:
  relevo state rebase --config relevo.yaml            says what it will do, and asks
  relevo state rebase --config relevo.yaml --yes      does it
  relevo state rebase --config relevo.yaml --inputs   the inputs' offsets

Done twice it changes nothing the second time.";

const REBUILD_EXAMPLES: &str = "\
Examples:
  relevo state rebuild --config relevo.yaml                                  what is lost or unreadable
  relevo state rebuild --config relevo.yaml --partition 3 --from-offset 1200

Done twice it changes nothing the second time, unless a partition is named.";
