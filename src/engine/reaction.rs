//! What an activity of sales led to: the outcomes of `docs/activities.md`, one word each.

/// What an activity led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reaction {
    /// The first touch by a person.
    Responded,
    /// A further one.
    Touched,
    /// Known, and of no consequence.
    Noted,
    /// The next step is agreed.
    Scheduled,
    /// Another seller has it.
    Reassigned,
    /// It ended.
    Closed,
    /// It is open again.
    Reopened,
    /// The partition knows no such lead, or no more.
    UnknownLead,
    /// The lead has ended.
    LeadClosed,
    /// Folded before.
    SeenBefore,
    /// A machine's touch.
    Automated,
    /// A touch that nothing shows.
    NoProof,
    /// A rejection for a reason that nobody agreed on.
    ReasonNotAgreed,
    /// A next step for a time that has passed.
    StepPast,
    /// A next step for a lead that was put off for as long as its team's terms allow: only a touch helps.
    TouchNeeded,
    /// It is theirs already.
    Unchanged,
    /// Opened again what was not closed.
    NotClosed,
}

impl Reaction {
    /// The label in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reaction::Responded => "responded",
            Reaction::Touched => "touched",
            Reaction::Noted => "noted",
            Reaction::Scheduled => "scheduled",
            Reaction::Reassigned => "reassigned",
            Reaction::Closed => "closed",
            Reaction::Reopened => "reopened",
            Reaction::UnknownLead => "unknown_lead",
            Reaction::LeadClosed => "lead_closed",
            Reaction::SeenBefore => "seen_before",
            Reaction::Automated => "automated",
            Reaction::NoProof => "no_proof",
            Reaction::ReasonNotAgreed => "reason_not_agreed",
            Reaction::StepPast => "step_past",
            Reaction::TouchNeeded => "touch_needed",
            Reaction::Unchanged => "unchanged",
            Reaction::NotClosed => "not_closed",
        }
    }
}
