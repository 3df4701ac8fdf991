//! Arguments of `leads`.

use clap::{Args, ValueEnum};

use super::ConfigArguments;
use crate::contract::follow_up::Standing;
use crate::rulebook::Term;

/// Arguments of `leads`.
#[derive(Args, Debug)]
pub struct LeadsArguments {
    /// One lead's whole story instead: its `lead_id`
    #[arg(value_name = "LEAD", conflicts_with_all = ["team", "seller", "standing", "older_than", "limit"])]
    pub lead: Option<String>,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Only this team's
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
    /// Only this seller's; `-` for those in the teams' queues
    #[arg(long, value_name = "SELLER", allow_hyphen_values = true)]
    pub seller: Option<String>,
    /// Only those that stand so: assigning, waiting, overdue, working, scheduled or silent; may be given several times
    #[arg(long, value_name = "STANDING", value_parser = standing)]
    pub standing: Vec<Standing>,
    /// Only those handed off (or opened again) longer ago: `90m`, `4h`, `2d`
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub older_than: Option<i64>,
    /// At most so many, the longest untouched first: 50 in the table, whose figures count all; as JSON all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub limit: Option<u32>,
    /// How to print them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LeadsFormat::Table)]
    pub format: LeadsFormat,
}

/// How leads are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LeadsFormat {
    /// For people
    Table,
    /// For programs: an object a line
    Json,
}

/// A standing that an open lead may have.
fn standing(text: &str) -> Result<Standing, String> {
    let open = || Standing::ALL.iter().filter(|standing| **standing != Standing::Closed).map(|standing| standing.as_str());
    let found = Standing::parse(text).filter(|standing| *standing != Standing::Closed);
    found.ok_or_else(|| format!("an open lead is one of {}", open().collect::<Vec<_>>().join(", ")))
}

/// A length of time by the clock, in ms.
fn age(text: &str) -> Result<i64, String> {
    Term::parse(text).map(|term| term.wall_ms()).ok_or_else(|| "expected a length of time like 90m, 4h or 2d".to_owned())
}

/// What stands behind the help of `leads`.
pub const LEADS_EXAMPLES: &str = "\
Examples:
  relevo leads                                    who keeps buyers waiting?
  relevo leads --team mid --standing overdue      whom has nobody called in time?
  relevo leads --seller luis --older-than 2d
  relevo leads --format json | jq .lead_id        an object a line
  relevo leads L-MFRGGZDFMZTWQ2LKNNWG23TP         one lead's whole story

It reads the service's own state (the changelog topic), so it needs no running pod, and says of
which moment it is. Times are UTC. No name and no address is shown.";
