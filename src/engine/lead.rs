//! A lead as the fold remembers it: what was handed off, what sales did with it, and when something is due.
//!
//! Part of its account's row, so the order of fields is a persisted format, held by golden files. This file refuses to know what makes a
//! lead move from one standing to the next: activities do, and time does.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::journal::{End, Journal};
use super::names::Name;
use super::promise::CountedPromises;
use crate::contract::activity::Closing;
use crate::contract::decision::Points;
use crate::contract::follow_up::{Moved, Standing};
use crate::contract::lead::{LeadClock, Promise};
use crate::contract::time::DAY_MS;
use crate::contract::{LeadId, Timestamp};
use crate::rulebook::AgreedTerms;

/// How long a lead that has ended is remembered at least: what was entered before, and is transported late, finds it.
const CORRECTED_FOR_MS: i64 = 30 * DAY_MS;

/// How often a lead that nobody touches begins anew, with somebody else or opened again, before its deadlines run on from then: a lead is
/// passed on once or twice by mistake or for a holiday.
pub const MAX_RENEWALS: u8 = 3;

/// Where a lead stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LeadStatus {
    /// Handed off and not closed: evidence joins it.
    Open,
    /// Closed; no new lead for the offering until the cooldown ends.
    Closed {
        /// `rejected`, `lost` …
        disposition: CompactString,
        /// When the cooldown ends.
        until: Timestamp,
    },
}

/// What was promised at hand-off, in the words of the rulebook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The first touch.
    pub respond_within: Option<CompactString>,
    /// Between touches.
    pub touch_every: Option<CompactString>,
    /// The calendar's name.
    pub calendar: Option<CompactString>,
    /// Who is told when it is late.
    pub escalate_to: Option<CompactString>,
}

impl Terms {
    /// As outputs show it.
    pub fn promise(&self, respond_by: Option<Timestamp>) -> Promise {
        Promise {
            respond_within: self.respond_within.clone(),
            touch_every: self.touch_every.clone(),
            calendar: self.calendar.clone(),
            respond_by,
            escalate_to: self.escalate_to.clone(),
        }
    }
}

/// What sales did with a lead, as far as anything rests on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Whose it is; `None`: the team's queue.
    pub assignee: Option<CompactString>,
    /// When it was opened again: the response clock began anew.
    pub reopened_at: Option<Timestamp>,
    /// By which activity, or coming back: its hash.
    pub reopening: Option<u64>,
    /// Until when a person has to have touched the buyer: fixed at the hand-off, whatever a later rulebook says (FU-5); `None`: the team
    /// promised nothing.
    pub respond_by: Option<Timestamp>,
    /// Whether the promise was kept, as far as that is known.
    pub kept: Option<bool>,
    /// It was told that the promise ran out untouched, and that was not withdrawn.
    pub overdue_told: bool,
    /// A first response was told.
    pub response_told: bool,
    /// The first touch by a person with proof.
    pub first_touch_at: Option<Timestamp>,
    /// The last one.
    pub last_touch_at: Option<Timestamp>,
    /// The next step: when it was agreed, and for when.
    pub next_step: Option<(Timestamp, Timestamp)>,
    /// When the first step was to be that was agreed since the last touch: moving it puts off no drawer.
    pub first_step_at: Option<Timestamp>,
    /// Of the last reminder that was told.
    pub reminded_at: Option<Timestamp>,
    /// Of the last time that somebody was told to keep it in the drawer.
    pub hoarded_at: Option<Timestamp>,
    /// Until when what sales has done with it lets it live.
    pub lives_until: Option<Timestamp>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// How.
    pub end: Option<End>,
    /// What sales has said of it.
    pub journal: Journal,
    /// The digest of the terms that it was handed off with: the partition keeps them.
    pub terms: u64,
    /// Somebody took it: they accepted it, touched the buyer, or were given it after a touch.
    pub held: Option<Held>,
    /// How often somebody was reminded since the last touch.
    pub reminders: u32,
    /// What is due of it, besides the promise.
    pub due: Due,
    /// How it came to whoever has it.
    pub assigned_by: AssignedBy,
    /// When that was: what sales had said of it before is over. Of one that was taken from the queue, when it
    /// came there: whoever was first may be known later.
    pub assigned_at: Timestamp,
    /// What it has asked its team for, until the answer comes.
    pub asked: Option<Asked>,
    /// How often it has asked.
    pub requests: u32,
    /// It waits in its team's queue, as far as the team has been told.
    pub waits: Option<Waits>,
    /// Its seller has not answered, and nobody else was there to take it: it stays theirs, and waits for somebody else.
    pub wants_another: bool,
    /// Who has it as far as the team has been told.
    pub counted: Option<CompactString>,
    /// How often it was given to somebody, or opened again, since the last touch: a new seller has time of their own, and a lead that goes
    /// from hand to hand has not for ever.
    pub renewals: u8,
    /// From whom it was taken into the queue: it does not go back to them by turn.
    pub taken_from: Option<CompactString>,
    /// What was counted of its promises.
    pub counted_promises: CountedPromises,
}

/// How a lead waits in its team's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Its request's number, which the team's answer says.
    pub request: u32,
    /// Since when; where nobody was on duty, from when on somebody is.
    pub since: Timestamp,
}

/// How a lead came to whoever has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignedBy {
    /// No roster was in force: to the queue.
    #[default]
    NoRoster,
    /// The roster has no such team: to the queue.
    NoTeam,
    /// To the account's owner, who has this cap: it holds back no lead of their own accounts.
    Owner(Option<u32>),
    /// To whose turn it was.
    Turn,
    /// Nobody was on duty, until then: to the queue.
    AllAway(Option<Timestamp>),
    /// Everybody on duty had as many leads as they may have: to the queue.
    AllFull,
    /// The team did not answer in time: to the queue.
    NoAnswer,
    /// Sales said so in the CRM.
    Sales,
    /// It was taken from its seller: to the queue.
    TakenBack,
    /// It lay in the queue, and they were the first of the team who accepted it or touched the buyer.
    Taken,
}

impl AssignedBy {
    /// The reason, as the lead's record says it.
    pub fn reason(self) -> CompactString {
        CompactString::const_new(match self {
            Self::NoRoster => "team queue: no roster is in force",
            Self::NoTeam => "team queue: the roster has no such team",
            Self::Owner(None) => "account owner",
            Self::Owner(Some(cap)) => {
                return compact_str::format_compact!(
                    "account owner: their cap of {cap} open leads holds back no lead of their own accounts"
                );
            }
            Self::Turn => "next in turn",
            Self::AllAway(None) => "team queue: nobody is on duty",
            Self::AllAway(Some(opens_at)) => {
                return compact_str::format_compact!("team queue: nobody is on duty before {opens_at}, when the clock begins");
            }
            Self::AllFull => "team queue: everybody on duty has as many open leads as they may have",
            Self::NoAnswer => "team queue: the team's turn could not be asked in time",
            Self::Sales => "assigned in the CRM",
            Self::TakenBack => "team queue: taken from its seller",
            Self::Taken => "taken from the team's queue",
        })
    }
}

/// A question to the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its number.
    pub request: u32,
    /// For what.
    pub why: AskedFor,
    /// Until when, by the log's own time, the answer is waited for.
    pub until: Timestamp,
    /// How often it was asked anew, because the answer named somebody who had just left.
    pub tries: u8,
}

/// For what a team is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskedFor {
    /// The hand-off waits for it.
    HandOff,
    /// It goes to somebody else.
    Moving(Moved),
}

/// Who has a lead in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// As the CRM names them, where it does.
    pub by: Option<CompactString>,
    /// Since when nothing came of it.
    pub since: Timestamp,
}

/// Deadlines of a lead, each an instant that was fixed when it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// It leaves its seller, if it is untouched still.
    pub reassign_at: Option<Timestamp>,
    /// Somebody is told of it, if it is untouched still.
    pub escalate_at: Option<Timestamp>,
    /// Silence since the last touch is hoarding from then on.
    pub hoards_at: Option<Timestamp>,
    /// Somebody has to be in touch until then; every open lead has one (FU-4).
    pub touch_by: Option<Timestamp>,
}

/// A lead as the fold remembers it. What it promised stays as it was, whatever a new rulebook says (FU-5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadState {
    /// Which lead.
    pub lead_id: LeadId,
    /// The offering, in [`Account::words`].
    pub offering: Name,
    /// Of the last record that was sent; 0: it is not handed off yet.
    pub version: u32,
    /// Open or closed.
    pub status: LeadStatus,
    /// Who opened it, in [`Account::people_names`].
    pub contact: Name,
    /// Its times.
    pub clock: LeadClock,
    /// The route that it took.
    pub route: CompactString,
    /// The team that has it.
    pub team: CompactString,
    /// The topic that got a copy.
    pub also_to: Option<CompactString>,
    /// The team's terms at hand-off.
    pub terms: Terms,
    /// The law at hand-off: revision, digest and signers.
    pub law: (u32, CompactString, Vec<CompactString>),
    /// A fingerprint of what the seller was last told.
    pub told: u64,
    /// When that was.
    pub told_at: Timestamp,
    /// The seller was told that the contact refuses to be contacted.
    pub tells_refusal: bool,
    /// When an update that is held back goes out.
    pub update_due: Option<Timestamp>,
    /// Whether the other domains of the CRM's account know of it as open.
    pub told_siblings: bool,
    /// When it ends unless something happens, by its hand-off and the evidence that joined it; of one that is not handed off yet, nothing is due.
    pub expires_at: Timestamp,
    /// Points of fit at the last record.
    pub fit: Points,
    /// Points of intent at the last record.
    pub intent: Points,
    /// What sales did with it.
    pub follow_up: FollowUp,
}

impl LeadState {
    /// Whether evidence joins it.
    pub fn is_open(&self) -> bool {
        self.status == LeadStatus::Open
    }

    /// Whether somebody is to call its contact, now or when it comes back.
    pub fn needs_its_contact(&self) -> bool {
        self.is_open() || self.comes_back_at().is_some()
    }

    /// Where it stands with sales.
    pub fn standing(&self) -> Standing {
        let FollowUp { first_touch_at, next_step, reminders, kept, .. } = &self.follow_up;
        match (&self.status, first_touch_at, next_step) {
            (LeadStatus::Closed { .. }, _, _) => Standing::Closed,
            _ if self.version == 0 => Standing::Assigning,
            (_, None, _) if *kept == Some(false) => Standing::Overdue,
            (_, None, _) => Standing::Waiting,
            (_, Some(_), Some(_)) => Standing::Scheduled,
            (_, Some(_), None) if *reminders > 0 => Standing::Silent,
            (_, Some(_), None) => Standing::Working,
        }
    }

    /// How it ended; `None`: it has not.
    pub fn disposition(&self) -> Option<&CompactString> {
        match &self.status {
            LeadStatus::Closed { disposition, .. } => Some(disposition),
            LeadStatus::Open => None,
        }
    }

    /// When it ended; `None`: it is open.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.follow_up.closed_at.filter(|_| !self.is_open())
    }

    /// Whether it lies in its team's queue, and nobody has it in hand.
    pub fn is_in_queue(&self) -> bool {
        let FollowUp { assignee, held, .. } = &self.follow_up;
        self.is_open() && self.version > 0 && assignee.is_none() && held.is_none()
    }

    /// Whether a seller of its team is looked for: it is in the queue, or whoever has it does not answer.
    pub fn wants_a_seller(&self) -> bool {
        self.is_in_queue() || (self.is_open() && self.follow_up.wants_another)
    }

    /// Since when it has been in the queue of a team that could have given it to somebody; `None`: it is not.
    pub fn queued_since(&self) -> Option<Timestamp> {
        let could_be_given = !matches!(self.follow_up.assigned_by, AssignedBy::NoRoster | AssignedBy::NoTeam);
        self.follow_up.waits.filter(|_| self.is_in_queue() && could_be_given).map(|waits| waits.since)
    }

    /// When the response clock began.
    pub fn waits_since(&self) -> Timestamp {
        self.follow_up.reopened_at.unwrap_or(self.clock.handed_off_at)
    }

    /// When it will be told that nobody has answered.
    pub fn overdue_at(&self) -> Option<Timestamp> {
        self.follow_up.respond_by.filter(|_| self.standing() == Standing::Waiting)
    }

    /// When it is opened again by itself.
    pub fn comes_back_at(&self) -> Option<Timestamp> {
        match &self.status {
            LeadStatus::Closed { disposition, until } if disposition == Closing::Recycled.as_str() => Some(*until),
            _ => None,
        }
    }

    /// When it ends by itself.
    pub fn expiry(&self) -> Option<Timestamp> {
        (self.is_open() && self.version > 0)
            .then_some(self.follow_up.lives_until.map_or(self.expires_at, |until| until.max(self.expires_at)))
    }

    /// Something has happened with it then: it does not end sooner than so long after that.
    pub(super) fn lives_on(&mut self, at: Timestamp, terms: &AgreedTerms) {
        self.expires_at = self.expires_at.max(terms.expires_at(at));
    }

    /// When nothing of it has to be remembered any more: it has ended for good, its cooldown is over, and nothing will correct that.
    pub fn forgotten_at(&self) -> Option<Timestamp> {
        let corrected_until = self.follow_up.closed_at.map(|at| at.plus_ms(CORRECTED_FOR_MS));
        match &self.status {
            LeadStatus::Closed { until, .. } if self.comes_back_at().is_none() => corrected_until.max(Some(*until)),
            _ => None,
        }
    }

    /// When anything of it is due next, its forgetting excepted.
    pub fn next_due(&self) -> Option<Timestamp> {
        let Due { reassign_at, escalate_at, hoards_at, touch_by } = self.follow_up.due;
        let expires = self.expiry();
        let due = [expires, self.update_due, self.comes_back_at(), self.overdue_at(), reassign_at, escalate_at, hoards_at, touch_by];
        due.into_iter().flatten().min()
    }
}

impl FollowUp {
    /// That of a lead whose response clock begins at `since`, with the deadlines that the terms set.
    pub(super) fn begun(terms: &AgreedTerms, since: Timestamp) -> Self {
        let begun = Self { respond_by: terms.respond_by(since), terms: terms.digest(), ..Self::default() };
        Self { due: begun.first_due(terms, since), ..begun }
    }

    /// What is due of it while nobody has touched the buyer.
    pub(super) fn first_due(&self, terms: &AgreedTerms, since: Timestamp) -> Due {
        Due {
            reassign_at: self.respond_by.and_then(|late| terms.reassign_at(late)),
            escalate_at: self.respond_by.and_then(|late| terms.escalate_at(late)),
            touch_by: Some(terms.touch_by(self.respond_by.unwrap_or(since))),
            ..Due::default()
        }
    }

    /// It begins anew without a touch; false: it has done so often enough.
    pub(super) fn renew(&mut self) -> bool {
        self.renewals = self.renewals.saturating_add(1);
        self.renewals <= MAX_RENEWALS
    }

    /// It asks its team, and waits for the answer.
    pub(super) fn ask(&mut self, why: AskedFor, until: Timestamp) {
        self.requests += 1;
        // The team puts the new question in the place of the one that waits.
        self.waits = None;
        self.asked = Some(Asked { request: self.requests, why, until, tries: 0 });
    }

    /// The same question once more, with a number of its own; false: it was asked often enough.
    pub(super) fn ask_again(&mut self, max_tries: u8) -> bool {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.tries < max_tries) else { return false };
        self.requests += 1;
        asked.request = self.requests;
        asked.tries += 1;
        true
    }

    /// It asks no more: if the team has not answered yet, it is to hear of it.
    pub(super) fn stop_asking(&mut self) {
        self.wants_another = false;
        if let Some(asked) = self.asked.take() {
            self.waits = Some(Waits { request: asked.request, since: asked.until });
        }
    }
}
