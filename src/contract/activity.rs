//! `relevo.activity.recorded.v1`: what sales did with a lead, as the CRM tells it.
//!
//! A kind that the contract does not know is refused, not passed over: a touch that got lost over a typing error would blame somebody.
//! This file refuses to know what an activity leads to: whether it stops a clock, or comes too late, the engine says.

use std::borrow::Cow;

use serde::Deserialize;

use super::code::{FIELD_MISSING, Refusal, UNKNOWN_ACTIVITY, from_json};
use super::interaction::wire::{amount, checked_id, optional_id, optional_time, time};
use super::interaction::{Amount, fact};
use super::lead_id::LeadId;
use super::outcome::named;
use super::time::Timestamp;
use super::wire::{Decimal, Object, maybe, maybe_object, text};

named! {
    /// A try to reach the buyer: of these, and only of those by a person and with proof, the response clock takes notice (FU-1).
    Touch {
        /// Tried, and nobody answered.
        Attempted "attempted",
        /// Spoke or wrote with them.
        Contacted "contacted",
        /// Met them.
        Met "met",
    }
}

named! {
    /// How a lead ends.
    Closing {
        /// Bought.
        Won "won",
        /// Did not buy.
        Lost "lost",
        /// Was no lead: for one of the reasons that both departments agreed on.
        Rejected "rejected",
        /// Not now: comes back at a stated time.
        Recycled "recycled",
        /// Does not want to be asked any more.
        OptedOut "opted_out",
        /// Nothing had happened with it for as long as the team's terms say: time ends it, and no activity does.
        Expired "expired",
    }
}

named! {
    /// Who did it.
    ActorKind {
        /// A person: only their touches count.
        Person "person",
        /// A sequence, a workflow, a bot.
        Automation "automation",
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor<'a> {
    /// A person or a machine.
    pub kind: ActorKind,
    /// Their identifier in the CRM, where it is said.
    pub id: Option<Cow<'a, str>>,
}

/// What shows that a touch took place.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof<'a> {
    /// `phone`, `email`, `visit` …: open.
    pub channel: Cow<'a, str>,
    /// Where it can be looked up: the identifier of a call, a message, an appointment.
    pub reference: Cow<'a, str>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed<'a> {
    /// The buyer was touched; without proof it is no touch.
    Touched(Touch, Option<Proof<'a>>),
    /// The CRM has the lead. Stops no clock.
    Received,
    /// Somebody took it on. Stops no clock.
    Accepted,
    /// The next step was agreed.
    NextStep {
        /// For then.
        at: Timestamp,
    },
    /// It is somebody's now.
    Assigned {
        /// Whose: their identifier in the CRM.
        assignee: Cow<'a, str>,
    },
    /// What was closed is open again.
    Reopened,
    /// It ended.
    Closed {
        /// How.
        closing: Closing,
        /// Why; always there where it was lost or rejected.
        reason: Option<Cow<'a, str>>,
        /// When it comes back; always there, and only, where it was recycled.
        until: Option<Timestamp>,
        /// What they bought it for, where it was won and that is said.
        value_usd: Option<Amount>,
    },
}

/// An activity that has all that the contract demands.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity<'a> {
    /// Unique for its lead.
    pub activity_id: Cow<'a, str>,
    /// Which lead.
    pub lead_id: LeadId,
    /// When it happened, by the CRM.
    pub occurred_at: Timestamp,
    /// When it was entered into the CRM; where that is not said, it counts as entered when it happened.
    pub logged_at: Option<Timestamp>,
    /// What was done.
    pub deed: Deed<'a>,
    /// By whom.
    pub actor: Actor<'a>,
}

/// Every kind, in the order of the contract: touches, what stops no clock, what moves the lead, closings.
pub const KINDS: [&str; 13] = [
    "attempted",
    "contacted",
    "met",
    "received",
    "accepted",
    "next_step_set",
    "assigned",
    "reopened",
    "won",
    "lost",
    "rejected",
    "recycled",
    "opted_out",
];

impl<'a> Activity<'a> {
    /// Parses the event's data, a JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] with code, field and position, and never a value.
    pub fn parse(data: &'a [u8]) -> Result<Self, Refusal> {
        let Object(wire): Object<Wire<'a>> = from_json(data)?;
        let activity_id = checked_id("activity_id", wire.activity_id, data)?;
        let lead_id = LeadId::parse(wire.lead_id.trim())
            .ok_or_else(|| Refusal::field("lead_id", "none of Relevo's: `L-` and 24 characters, as the lead's own record has it", data))?;
        let Some(actor) = ActorKind::parse(wire.actor.0.kind.trim()) else {
            return Err(Refusal::field("actor.kind", "neither `person` nor `automation`", data));
        };
        // What another kind would need is looked at all the same: a value that can't be one is a mistake wherever it stands.
        let details = Details {
            proof: wire.proof.and_then(|Object(proof)| Some(Proof { channel: fact(proof.channel)?, reference: fact(proof.reference)? })),
            next_step_at: optional_time("next_step_at", wire.next_step_at.as_deref(), data)?,
            assignee: optional_id("assignee", wire.assignee, data)?,
            reason: optional_id("reason", wire.reason, data)?,
            until: optional_time("until", wire.until.as_deref(), data)?,
            value_usd: amount("value_usd", wire.value_usd, data)?,
        };
        Ok(Self {
            lead_id,
            occurred_at: time("occurred_at", &wire.occurred_at, data)?,
            logged_at: optional_time("logged_at", wire.logged_at.as_deref(), data)?,
            actor: Actor { kind: actor, id: optional_id("actor.id", wire.actor.0.id, data)? },
            activity_id,
            deed: details.deed(wire.kind.trim(), data)?,
        })
    }
}

impl Activity<'_> {
    /// The kind's name.
    pub const fn kind(&self) -> &'static str {
        match &self.deed {
            Deed::Touched(touch, _) => touch.as_str(),
            Deed::Received => "received",
            Deed::Accepted => "accepted",
            Deed::NextStep { .. } => "next_step_set",
            Deed::Assigned { .. } => "assigned",
            Deed::Reopened => "reopened",
            Deed::Closed { closing, .. } => closing.as_str(),
        }
    }
}

/// What some kinds say besides.
struct Details<'a> {
    proof: Option<Proof<'a>>,
    next_step_at: Option<Timestamp>,
    assignee: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    until: Option<Timestamp>,
    value_usd: Option<Amount>,
}

impl<'a> Details<'a> {
    /// What was done; what this kind does not say is passed over, what it has to say is missed.
    fn deed(self, kind: &str, data: &[u8]) -> Result<Deed<'a>, Refusal> {
        if let Some(touch) = Touch::parse(kind) {
            return Ok(Deed::Touched(touch, self.proof));
        }
        let Self { next_step_at, assignee, reason, until, value_usd, .. } = self;
        Ok(match kind {
            "received" => Deed::Received,
            "accepted" => Deed::Accepted,
            "reopened" => Deed::Reopened,
            "next_step_set" => Deed::NextStep { at: needed("next_step_at", next_step_at, data)? },
            "assigned" => Deed::Assigned { assignee: needed("assignee", assignee, data)? },
            _ => match Closing::parse(kind).filter(|closing| *closing != Closing::Expired) {
                Some(closing) => {
                    let because = matches!(closing, Closing::Lost | Closing::Rejected);
                    let reason = if because { Some(needed("reason", reason, data)?) } else { reason };
                    let recycled = closing == Closing::Recycled;
                    let until = if recycled { Some(needed("until", until, data)?) } else { None };
                    Deed::Closed { closing, reason, until, value_usd: value_usd.filter(|_| closing == Closing::Won) }
                }
                None => {
                    let why = format_args!("is none of {}", KINDS.join(", "));
                    return Err(Refusal::at(UNKNOWN_ACTIVITY, "kind", why, data));
                }
            },
        })
    }
}

/// A field that the activity's kind can't do without; the place is that of the kind.
fn needed<T>(field: &str, value: Option<T>, data: &[u8]) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::at(FIELD_MISSING, "kind", format_args!("needs `{field}`, which is missing"), data))
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    activity_id: Cow<'a, str>,
    #[serde(borrow)]
    lead_id: Cow<'a, str>,
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    logged_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    actor: Object<WireActor<'a>>,
    #[serde(borrow, default, deserialize_with = "maybe_object")]
    proof: Option<Object<WireProof<'a>>>,
    #[serde(borrow, default, deserialize_with = "text")]
    next_step_at: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    assignee: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    until: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "maybe")]
    value_usd: Option<Decimal>,
}

#[derive(Deserialize)]
struct WireActor<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireProof<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", rename = "ref")]
    reference: Option<Cow<'a, str>>,
}
