//! What becomes of a lead that was handed off: one event for each change of its standing, on the follow-up topic.
//!
//! Subscribers tell repeats by `ce_id`, and must pass over events and fields that they don't know. No personal data: sellers bear the
//! CRM's identifiers, and reasons are the agreed words.

use compact_str::CompactString;
use serde::Serialize;

use super::account_key::AccountKey;
use super::activity::{ActorKind, Closing, Touch};
use super::decision::Lineage;
use super::interaction::Amount;
use super::lead_id::LeadId;
use super::outcome::named;
use super::time::Timestamp;

named! {
    /// Where a lead stands with sales.
    Standing {
        /// Its team is asked who gets it: it is not handed off yet.
        Assigning "assigning",
        /// Nobody has touched it: the response clock runs.
        Waiting "waiting",
        /// Nobody has touched it within the promised time.
        Overdue "overdue",
        /// Touched by a person.
        Working "working",
        /// Touched, and the next step is agreed.
        Scheduled "scheduled",
        /// Touched once, and not again within the agreed time.
        Silent "silent",
        /// Ended.
        Closed "closed",
    }
}

named! {
    /// What became of a promise to respond, as far as that is known.
    PromiseOutcome {
        /// A person touched the buyer in time.
        Met "met",
        /// Nobody had by the promised time.
        Missed "missed",
        /// The lead ended untouched before the promised time.
        ClosedEarly "closed_early",
        /// The lead ended untouched after it.
        ClosedLate "closed_late",
    }
}

/// A promise has one outcome: what is known of it now counts, and what was counted before does not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromiseChange {
    /// Its outcome; `None`: it has none yet.
    pub now: Option<PromiseOutcome>,
    /// The one that was counted before.
    pub instead_of: Option<PromiseOutcome>,
}

named! {
    /// Why a lead left the one who had it.
    Moved {
        /// Sales gave it to somebody.
        BySales "by_sales",
        /// Nobody had touched the buyer, long after the promise had run out.
        Overdue "overdue",
        /// It was kept in the drawer.
        Hoarded "hoarded",
        /// The one who had it is away, or no longer on the team.
        Absent "absent",
        /// It lay in the team's queue, and somebody is on duty now.
        FromQueue "from_queue",
    }
}

/// The event's data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowedUp {
    /// Which lead.
    pub lead_id: LeadId,
    /// Whose.
    pub account_key: AccountKey,
    /// What they want.
    pub offering: CompactString,
    /// Who has it.
    pub team: CompactString,
    /// The seller who has it; absent while it is in the team's queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<CompactString>,
    /// Where it stands now.
    pub standing: Standing,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The activity behind it; absent where time did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<ByActivity>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// Where it comes from.
    #[serde(flatten)]
    pub lineage: Lineage,
    /// What is known otherwise of the lead's promises since the event before: for who counts.
    #[serde(skip)]
    pub promises: Vec<PromiseChange>,
}

/// The activity behind an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByActivity {
    /// Its identifier.
    pub activity_id: CompactString,
    /// A person or a machine.
    pub actor: ActorKind,
    /// Who, as the CRM names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<CompactString>,
}

/// How long a first response took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// Since the response clock began.
    pub response_seconds: i64,
    /// The same in the team's working hours, where it has any.
    pub business_seconds: Option<i64>,
    /// Since the interaction that opened the lead.
    pub buyer_wait_seconds: i64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum What {
    /// A person touched the buyer for the first time: the response clock has stopped (FU-1).
    Responded {
        /// How.
        touch: Touch,
        /// By which channel.
        channel: CompactString,
        /// Seconds from the hand-off (or from when the lead was opened again) to the touch, by the wall's clock.
        response_seconds: i64,
        /// The same in the working hours of the team's calendar, by the rulebook in force; absent where it has none.
        #[serde(skip_serializing_if = "Option::is_none")]
        business_seconds: Option<i64>,
        /// Until when the team had promised to answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        respond_by: Option<Timestamp>,
        /// Whether the promise was kept; absent where there was none.
        #[serde(skip_serializing_if = "Option::is_none")]
        met: Option<bool>,
        /// Another first response had been told before this one was known: the answer came earlier than it seemed, or later where an
        /// activity was corrected.
        corrects: bool,
        /// It had been told before that the promise was missed.
        was_overdue: bool,
        /// The promise had been told as missed, and this touch, which came late into the log, had happened in time.
        withdraws_missed: bool,
        /// Seconds from the interaction that opened the lead to the touch: as long as the buyer has waited.
        buyer_wait_seconds: i64,
        /// The touch was entered into the CRM long after it happened.
        backdated: bool,
        /// The figures that had been told before, so that they count no more.
        #[serde(skip)]
        instead_of: Option<Waited>,
    },
    /// What was told as the first response was none, by what its activity says now: nobody has touched the buyer yet.
    ResponseWithdrawn {
        /// Until when the team had promised to answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        respond_by: Option<Timestamp>,
        /// The figures that had been told, so that they count no more.
        #[serde(skip)]
        instead_of: Option<Waited>,
    },
    /// Nobody has touched the buyer within the promised time.
    Overdue {
        /// Until when the team had promised to answer.
        respond_by: Timestamp,
    },
    /// What was told as overdue was not: a touch, or an end, that had happened in time came late into the log. Follows what says so.
    OverdueWithdrawn {
        /// Until when the team had promised to answer.
        respond_by: Timestamp,
    },
    /// Somebody should have been in touch by now: told again and again while nobody is (FU-4).
    TouchDue {
        /// Until when.
        touch_by: Timestamp,
        /// When a person touched the buyer last; absent: never.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_touch_at: Option<Timestamp>,
        /// How often this was told since then, with this time.
        reminders: u32,
    },
    /// Somebody took the lead, and keeps it in the drawer.
    Hoarded {
        /// Who, where the CRM says so.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<CompactString>,
        /// Since when nothing came: they accepted it then, or touched the buyer last.
        silent_since: Timestamp,
        /// Whether anybody had touched the buyer at all.
        touched: bool,
    },
    /// Nobody has touched the buyer, and the one whom the team's terms name should know.
    Escalated {
        /// Who.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<CompactString>,
        /// Until when the team had promised to answer.
        respond_by: Timestamp,
    },
    /// The next step was agreed.
    Scheduled {
        /// For then.
        next_step_at: Timestamp,
        /// What was said, where the team's terms allow no step that late.
        #[serde(skip_serializing_if = "Option::is_none")]
        cut_from: Option<Timestamp>,
    },
    /// It is another seller's.
    Reassigned {
        /// Whose it was; absent: the team's queue.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<CompactString>,
        /// Whose it is; absent: the team's queue.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<CompactString>,
        /// Why.
        moved: Moved,
    },
    /// It ended.
    Closed {
        /// How.
        disposition: Closing,
        /// Why, where that was said.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<CompactString>,
        /// Until then the account gets no new lead for the offering; one that was recycled comes back then.
        until: Timestamp,
        /// When it was said to come back, where the team's terms let no recycled lead stay away for so long.
        #[serde(skip_serializing_if = "Option::is_none")]
        cut_from: Option<Timestamp>,
        /// What they bought it for.
        #[serde(skip_serializing_if = "Option::is_none")]
        value_usd: Option<Amount>,
        /// Seconds from the hand-off to the end.
        age_seconds: i64,
        /// Whether anybody had touched the buyer by then.
        touched: bool,
        /// Whether it ended untouched, and after the time by which the team had promised to answer.
        overdue: bool,
        /// It had been told before that the promise was missed.
        was_overdue: bool,
        /// Another end had been told before, or this one otherwise: the last one that is told of a lead counts.
        corrects: bool,
    },
    /// It is open again, and the response clock runs anew.
    Reopened {
        /// How it had ended.
        disposition: CompactString,
    },
}

impl What {
    /// Each word in metrics.
    pub const WORDS: [&str; 11] = [
        "responded",
        "response_withdrawn",
        "overdue",
        "overdue_withdrawn",
        "touch_due",
        "hoarded",
        "escalated",
        "scheduled",
        "reassigned",
        "closed",
        "reopened",
    ];

    /// The word in metrics, and `ce_type`.
    const fn names(&self) -> (&'static str, &'static str) {
        match self {
            What::Responded { .. } => ("responded", "relevo.lead.responded.v1"),
            What::ResponseWithdrawn { .. } => ("response_withdrawn", "relevo.lead.response_withdrawn.v1"),
            What::Overdue { .. } => ("overdue", "relevo.lead.overdue.v1"),
            What::OverdueWithdrawn { .. } => ("overdue_withdrawn", "relevo.lead.overdue_withdrawn.v1"),
            What::TouchDue { .. } => ("touch_due", "relevo.lead.touch_due.v1"),
            What::Hoarded { .. } => ("hoarded", "relevo.lead.hoarded.v1"),
            What::Escalated { .. } => ("escalated", "relevo.lead.escalated.v1"),
            What::Scheduled { .. } => ("scheduled", "relevo.lead.scheduled.v1"),
            What::Reassigned { .. } => ("reassigned", "relevo.lead.reassigned.v1"),
            What::Closed { .. } => ("closed", "relevo.lead.closed.v1"),
            What::Reopened { .. } => ("reopened", "relevo.lead.reopened.v1"),
        }
    }

    /// `ce_type`.
    pub const fn event(&self) -> &'static str {
        self.names().1
    }

    /// Whether it is said because a deadline has passed; it happened at that deadline then.
    pub const fn is_deadline(&self) -> bool {
        let expired = matches!(self, Self::Closed { disposition: Closing::Expired, .. });
        expired || matches!(self, Self::Overdue { .. } | Self::TouchDue { .. } | Self::Hoarded { .. } | Self::Escalated { .. })
    }

    /// The word in metrics.
    pub const fn as_str(&self) -> &'static str {
        self.names().0
    }
}
