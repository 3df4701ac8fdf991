//! `relevo.lead.qualified.v1` and `relevo.lead.updated.v1`: everything that a seller needs to act, in one record.
//!
//! The only outputs that bear personal data, and those only with consent where the person was asked for it.
//! Subscribers tell repeats by `lead_id` and `lead_version`.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account_key::AccountKey;
use super::decision::{Matched, Points};
use super::interaction::Amount;
use super::kind::{Class, Kind};
use super::lead_id::LeadId;
use super::time::{Date, Timestamp};

/// The event's data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lead {
    /// Which lead.
    pub lead_id: LeadId,
    /// 1 at hand-off; grows with each update.
    pub lead_version: u32,
    /// What they want.
    pub offering: CompactString,
    /// Who buys.
    pub account: LeadAccount,
    /// Whom to call.
    pub contact: Contact,
    /// Who else is involved, the last seen first.
    pub buying_group: Vec<GroupMember>,
    /// What they said about buying.
    pub need: Need,
    /// Why it is a lead.
    pub why: Why,
    /// The interactions behind it, oldest first.
    pub evidence: Vec<LeadEvidence>,
    /// Who gets it.
    pub assignment: Assignment,
    /// What sales promised to do.
    pub promise: Promise,
    /// When it came about.
    pub clock: LeadClock,
    /// The law.
    pub rulebook: SignedRulebook,
    /// A disqualifier that holds since the hand-off: sales decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now_disqualified_by: Option<CompactString>,
    /// Open leads for the same offering under other domains of the same account of the CRM: perhaps somebody calls already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub possible_duplicate_of: Vec<LeadId>,
    /// The intake log's record: topic-partition-offset.
    pub cause: CompactString,
    /// The original record: topic-partition-offset. Of an update that was held back: the record that let time pass.
    pub source: CompactString,
    /// When the log took it.
    pub ingested_at: Timestamp,
}

/// The company.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadAccount {
    /// The account key.
    pub key: AccountKey,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<CompactString>,
    /// Its registrable domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<CompactString>,
    /// Number of employees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<u64>,
    /// Industry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<CompactString>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CompactString>,
    /// The CRM's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm_id: Option<CompactString>,
}

/// The person to call: who opened the lead. Phone and e-mail are absent where consent was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contact {
    /// Identifier.
    pub person_id: CompactString,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<CompactString>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<CompactString>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<CompactString>,
    /// Role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<CompactString>,
    /// Consent to be contacted; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<bool>,
}

/// Somebody else of the account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupMember {
    /// Identifier.
    pub person_id: CompactString,
    /// Role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<CompactString>,
    /// Their last interaction.
    pub last_seen_at: Timestamp,
    /// How many of their interactions are kept as evidence.
    pub evidence: u32,
}

/// The merged declaration of the account for the offering.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Need {
    /// Authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<CompactString>,
    /// Budget in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<Amount>,
    /// The date to buy by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buy_by: Option<Date>,
    /// What they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<CompactString>,
}

/// The reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// A sentence for people.
    pub summary: String,
    /// Points of fit.
    pub fit: Points,
    /// Points of intent.
    pub intent: Points,
    /// The gates that hold.
    pub gates: Vec<&'static str>,
    /// The criteria that hold, with what they gave and why they count.
    pub matched: Vec<Because>,
}

/// A criterion that held, and the rulebook's own words for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Because {
    /// The criterion and its points.
    #[serde(flatten)]
    pub matched: Matched,
    /// `because` of the criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// One interaction behind the lead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadEvidence {
    /// Identifier.
    pub interaction_id: CompactString,
    /// What.
    #[serde(serialize_with = "super::decision::as_text")]
    pub kind: Kind,
    /// What it counts as.
    pub class: Class,
    /// Who.
    pub person_id: CompactString,
    /// Where.
    pub campaign_id: CompactString,
    /// When.
    pub occurred_at: Timestamp,
}

/// Who gets the lead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assignment {
    /// The rulebook's route.
    pub route: CompactString,
    /// The team.
    pub team: CompactString,
    /// The seller; absent while it is in the team's queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<CompactString>,
    /// Why this team or seller.
    pub reason: CompactString,
}

/// The team's terms, as the rulebook says them: durations as written (`15m`, `2d`), in the calendar named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// How soon the first touch is due, in the calendar's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respond_within: Option<CompactString>,
    /// That, as an instant: fixed at the hand-off, or when the lead was opened again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Timestamp>,
    /// How often a touch is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch_every: Option<CompactString>,
    /// The calendar's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CompactString>,
    /// Who is told when it is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<CompactString>,
}

/// The lead's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadClock {
    /// When the interaction happened that opened it.
    pub occurred_at: Timestamp,
    /// When the log took that interaction.
    pub ingested_at: Timestamp,
    /// When it was handed off: the response clock begins here.
    pub handed_off_at: Timestamp,
}

/// The law by which the lead was made, and who signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedRulebook {
    /// The revision's number.
    pub revision: u32,
    /// `sha256:` and the hash of the file.
    pub digest: CompactString,
    /// The signers; empty for a law that nobody signed (`--allow-unsigned`).
    pub signed_by: Vec<CompactString>,
}
