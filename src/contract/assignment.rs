//! How a lead and its team agree on who gets it: four records of the log, from accounts to teams and back.
//!
//! A team is an entity of the log as an account is: what concerns it stands under the key `team:<id>`, so one partition gives the turn for
//! all. This file refuses to know how a turn is found, and what becomes of the lead.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account_key::AccountKey;
use super::lead_id::LeadId;
use super::time::Timestamp;

/// A lead asks its team for a seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignRequested {
    /// The lead's own number of the request: an answer to an earlier one comes too late.
    pub request: u32,
    /// Which lead.
    pub lead_id: LeadId,
    /// Whose: where the answer goes.
    pub account_key: AccountKey,
    /// The team.
    pub team: CompactString,
    /// Since when the buyer waits: of two leads that wait for a seller the older one comes first.
    pub since: Timestamp,
    /// The lead is in the queue already, and asks for no answer but a seller.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queued: bool,
    /// Who must not get it: they had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_to: Option<CompactString>,
}

/// A team's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// The request that it answers.
    pub request: u32,
    /// Which lead.
    pub lead_id: LeadId,
    /// The team.
    pub team: CompactString,
    /// What it says.
    pub answer: Answer,
}

/// What a team says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// This seller's turn it is; the lead counts as theirs.
    Seller(CompactString),
    /// Nobody of the team is on duty.
    AllAway {
        /// When somebody is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opens_at: Option<Timestamp>,
    },
    /// Everybody on duty has as many open leads as they may have.
    AllFull,
    /// The roster has no such team.
    NoTeam,
}

/// A lead no longer waits for a seller of its team: it has ended, somebody is working on it, or sales gave it to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitEnded {
    /// The request under which it waited.
    pub request: u32,
    /// Which lead.
    pub lead_id: LeadId,
    /// The team.
    pub team: CompactString,
}

/// A lead became a seller's, or is no longer, otherwise than by the team's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadChanged {
    /// The team.
    pub team: CompactString,
    /// The seller.
    pub seller: CompactString,
    /// Which lead: for whoever reads the log.
    pub lead_id: LeadId,
    /// Whether it is theirs now.
    pub open: bool,
}

/// The log's key of what concerns a team.
pub fn team_key(team: &str) -> AccountKey {
    AccountKey::from_trusted(&format!("team:{team}"))
}
