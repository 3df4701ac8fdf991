//! The intake log's records: what Intake writes and Decide folds, one kind after another.
//!
//! Events from outside keep their original bytes and are parsed again by the fold, with the very functions that admitted
//! them. Relevo's own records (watermarks, laws) are small JSON documents defined here. This file refuses to know Kafka.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account::AccountUpdated;
use super::interaction::Interaction;
use super::time::Timestamp;

/// `ce_type` of an interaction, in and on the log.
pub const INTERACTION: &str = "relevo.interaction.recorded.v1";
/// `ce_type` of an account update, in and on the log.
pub const ACCOUNT: &str = "relevo.account.updated.v1";
/// `ce_type` on the log: which domains an account has now; to every partition.
pub const ACCOUNT_DOMAINS: &str = "relevo.log.account_domains.v1";
/// `ce_type` on the log: an account's facts are to be forgotten; to every partition.
pub const ACCOUNT_FORGOTTEN: &str = "relevo.log.account_forgotten.v1";
/// `ce_type` on the log: time has passed.
pub const WATERMARK: &str = "relevo.log.watermark.v1";
/// `ce_type` on the log: a rulebook asks to become law; to partition 0.
pub const POLICY_OFFERED: &str = "relevo.log.policy_offered.v1";
/// `ce_type` on the log: a rulebook is law; to every partition.
pub const POLICY_IN_FORCE: &str = "relevo.log.policy_in_force.v1";
/// `ce_type` on the log: more was due than one record may do.
pub const CONTINUE: &str = "relevo.log.continue.v1";

/// Which domains an account has, so that a domain that was dropped loses its facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDomains {
    /// The CRM's identifier.
    pub id: CompactString,
    /// The update's version.
    pub version: u64,
    /// Registrable domains; empty: the facts are at `company:<id>`.
    pub domains: Vec<CompactString>,
}

/// How far each source of activities has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Source partition (`topic-partition`, or `none` where no feed is configured) → everything up to here is on the log.
    pub as_of: BTreeMap<CompactString, Timestamp>,
    /// How many sources there are altogether; the clock waits for all of them.
    pub sources: u32,
}

/// A file that asks to become law: its exact bytes as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyOffered {
    /// The rulebook's file.
    pub rulebook: String,
    /// The armoured signatures, one after another; empty: unsigned.
    pub signatures: String,
    /// Whether the process that offers it was started with `--allow-unsigned`.
    pub unsigned_allowed: bool,
}

/// A file that is law, as partition 0 judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyInForce {
    /// The rulebook's file.
    pub rulebook: String,
    /// `sha256:` and the hash of the file.
    pub digest: CompactString,
    /// The revision's number.
    pub revision: u32,
    /// Who signed; empty: nobody, by `--allow-unsigned`.
    pub signed_by: Vec<CompactString>,
    /// The digest of the charter that it was judged by; empty while there is none.
    pub charter: CompactString,
}

/// What the fold folds.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<'a> {
    /// Somebody did something. With the event's `ce_source`, which makes its identifier unique.
    Interaction(CompactString, Box<Interaction<'a>>),
    /// The CRM's facts of the account whose key the record bears.
    AccountFacts(Box<AccountUpdated<'a>>),
    /// Which domains an account has now.
    AccountDomains(AccountDomains),
    /// An account's facts are to be forgotten: the CRM's identifier.
    AccountForgotten(CompactString),
    /// Time has passed.
    Watermark(Watermark),
    /// A rulebook asks to become law.
    PolicyOffered(PolicyOffered),
    /// A rulebook is law.
    PolicyInForce(PolicyInForce),
    /// More is due than one record did.
    Continue,
}
