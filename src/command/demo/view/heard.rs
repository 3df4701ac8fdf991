//! The service's outputs as a subscriber reads them: only the fields that the view shows; all others are passed over, because outputs
//! grow.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::contract::headers::Headers;
use crate::contract::outgoing::dead;
use crate::contract::{Class, Decision, Kind, Reason, Timestamp, Truth};

/// A score against its threshold.
#[derive(Clone, Debug, Deserialize)]
pub struct Score {
    /// The sum.
    pub points: f64,
    /// What it has to reach.
    pub threshold: f64,
}

impl Score {
    /// Whether the threshold is reached.
    pub fn holds(&self) -> bool {
        self.points >= self.threshold
    }
}

/// The four gates.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Gates {
    /// The person represents a business.
    pub represents_business: Truth,
    /// The business is able to buy.
    pub able_to_buy: Truth,
    /// It wants a named offering.
    pub wants_offering: Truth,
    /// It buys by a clear date.
    pub buys_by: Truth,
}

/// `relevo.decision.made.v1`
#[derive(Clone, Debug, Deserialize)]
pub struct DecisionHeard {
    /// The account.
    pub account_key: String,
    /// Who.
    pub person_id: String,
    /// Where.
    pub campaign_id: String,
    /// What.
    #[serde(deserialize_with = "kind")]
    pub kind: Kind,
    /// What it counted as.
    pub class: Class,
    /// When.
    pub occurred_at: Timestamp,
    /// About what.
    pub offering: Option<String>,
    /// The outcome.
    pub decision: Decision,
    /// Its reason.
    pub reason: Reason,
    /// The disqualifier that held.
    pub disqualifier: Option<String>,
    /// The lead that was made or joined.
    pub lead_id: Option<String>,
    /// The gates, where rules were asked.
    pub gates: Option<Gates>,
    /// Fit likewise.
    pub fit: Option<Score>,
    /// Intent likewise.
    pub intent: Option<Score>,
}

fn kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    Ok(Kind::parse(&String::deserialize(deserializer)?))
}

/// `relevo.lead.qualified.v1` and `relevo.lead.updated.v1`
#[derive(Clone, Debug, Deserialize)]
pub struct LeadHeard {
    /// Which lead.
    pub lead_id: String,
    /// 1 at hand-off.
    pub lead_version: u32,
    /// What they want.
    pub offering: String,
    /// Who buys.
    pub account: Account,
    /// Whom to call.
    pub contact: Contact,
    /// Why.
    pub why: Why,
    /// The interactions behind it.
    pub evidence: Vec<Evidence>,
    /// Who gets it.
    pub assignment: Assignment,
    /// What sales promised.
    pub promise: Promise,
    /// When.
    pub clock: Clock,
}

/// The company.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The account key.
    pub key: String,
    /// Its name, where known.
    pub name: Option<String>,
}

/// The person to call.
#[derive(Clone, Debug, Deserialize)]
pub struct Contact {
    /// Identifier.
    pub person_id: String,
    /// Name, where known.
    pub name: Option<String>,
    /// E-mail, where known and allowed.
    pub email: Option<String>,
    /// Phone, where known and allowed.
    pub phone: Option<String>,
    /// Role, where known.
    pub role: Option<String>,
}

/// The reasons.
#[derive(Clone, Debug, Deserialize)]
pub struct Why {
    /// A sentence for people.
    pub summary: String,
    /// Points of fit.
    pub fit: f64,
    /// Points of intent.
    pub intent: f64,
    /// What held.
    pub matched: Vec<Matched>,
}

/// A criterion that held.
#[derive(Clone, Debug, Deserialize)]
pub struct Matched {
    /// Its name in the rulebook.
    pub id: String,
    /// What it gave.
    pub points: f64,
    /// The rulebook's words for it.
    pub because: Option<String>,
}

/// An interaction behind a lead.
#[derive(Clone, Debug, Deserialize)]
pub struct Evidence {
    /// Where.
    pub campaign_id: String,
}

/// Who gets a lead.
#[derive(Clone, Debug, Deserialize)]
pub struct Assignment {
    /// The team.
    pub team: String,
    /// The seller; absent: the team's queue.
    pub assignee: Option<String>,
}

/// What sales promised.
#[derive(Clone, Debug, Deserialize)]
pub struct Promise {
    /// How soon, as the rulebook says it.
    pub respond_within: Option<String>,
    /// Until when.
    pub respond_by: Option<Timestamp>,
}

/// A lead's times.
#[derive(Clone, Debug, Deserialize)]
pub struct Clock {
    /// When it happened what opened the lead.
    pub occurred_at: Timestamp,
    /// When it was handed off.
    pub handed_off_at: Timestamp,
}

/// Any event of a lead's follow-up.
#[derive(Clone, Debug, Deserialize)]
pub struct FollowUpHeard {
    /// What happened: the middle of `ce_type`.
    #[serde(skip)]
    pub event: String,
    /// Which lead.
    pub lead_id: String,
    /// Whose it is now.
    pub assignee: Option<String>,
    /// Where it stands now.
    pub standing: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub activity: Option<By>,
    /// Of a response: in the team's working time.
    pub business_seconds: Option<i64>,
    /// Of a response: whether the promise was kept.
    pub met: Option<bool>,
    /// Of a response: an earlier one was told before.
    #[serde(default)]
    pub corrects: bool,
    /// Of a hoarded lead: by whom.
    pub by: Option<String>,
    /// Of one that moved: whose it was.
    pub from: Option<String>,
    /// Of one that moved: whose it is; of an escalated one: who was told.
    pub to: Option<String>,
    /// Of one that moved: why.
    pub moved: Option<String>,
    /// Of one that ended: how.
    pub disposition: Option<String>,
}

impl FollowUpHeard {
    /// Whether it is this event.
    pub fn is(&self, event: &str) -> bool {
        self.event == event
    }
}

/// The activity behind an event.
#[derive(Clone, Debug, Deserialize)]
pub struct By {
    /// Who, as the CRM names them.
    pub actor_id: Option<String>,
}

/// `relevo.owner.signalled.v1`
#[derive(Clone, Debug, Deserialize)]
pub struct OwnerHeard {
    /// The account.
    pub account_key: String,
    /// The owner.
    pub owner_id: String,
    /// Why they own it.
    pub reason: Reason,
    /// In what interest was shown.
    pub offering: String,
    /// How.
    #[serde(deserialize_with = "kind")]
    pub kind: Kind,
    /// When.
    pub occurred_at: Timestamp,
}

/// A dead letter: its headers say all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterHeard {
    /// `RLV-nnnn`
    pub code: String,
    /// The code's name.
    pub name: String,
    /// What is wrong: field and position, never a value.
    pub message: String,
    /// The record: topic-partition-offset.
    pub place: String,
    /// When it was refused.
    pub at: Timestamp,
}

impl DeadLetterHeard {
    /// From a dead letter's headers.
    pub fn read<H: Headers + ?Sized>(headers: &H, at: Timestamp) -> Self {
        let all: BTreeMap<&str, &[u8]> = headers.each().filter_map(|(name, value)| Some((name, value?))).collect();
        let text = |name: &str| all.get(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default();
        let exception = text(dead::EXCEPTION);
        Self {
            code: text(dead::ERROR_CODE),
            name: exception.split_once(' ').map_or("", |(_, name)| name).to_owned(),
            message: text(dead::MESSAGE),
            place: format!("{}-{}-{}", text(dead::TOPIC), text(dead::PARTITION), text(dead::OFFSET)),
            at,
        }
    }
}
