//! What time does to an open lead: the promise runs out, it leaves its seller, somebody is told, somebody hoards it, a touch is due.
//!
//! Each deadline is an instant that was fixed when it was made (FU-5), and fires once; event time is its own, however late the clock is.
//! No open lead is without one (FU-4). This file refuses to know how late it is: the partition's clock says until when.

use super::account::Account;
use super::assign::{self, Around};
use super::follow_up::{cooldown_ms, event};
use super::lead::{AskedFor, AssignedBy, Due, FollowUp, Held, LeadState};
use super::step::Step;
use crate::contract::activity::Closing;
use crate::contract::follow_up::{Moved, What};
use crate::contract::{AccountKey, Timestamp};
use crate::rulebook::AgreedTerms;

/// The most deadlines of a lead that one record may fire: each kind once, and what one leads to.
const MAX_OF_A_LEAD: usize = 8;

/// What is due, in the order in which things of one instant happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deadline {
    Overdue,
    Reassign,
    Escalate,
    Hoarded,
    Touch,
    Expire,
}

/// Fires what is due of an account's leads, the earliest first. True where one has ended by that.
pub(super) fn fire(account: &mut Account, key: &AccountKey, until: Timestamp, around: Around<'_>, step: &mut Step) -> bool {
    let (partition, entry, at) = around;
    let mut has_ended = false;
    let lineage = entry.lineage(partition.law.as_ref(), at);
    for place in 0..account.leads.len() {
        if account.leads[place].first_deadline(until).is_none() {
            continue;
        }
        let terms = partition.terms_of(&account.leads[place]);
        for _ in 0..MAX_OF_A_LEAD {
            let Some((due_at, deadline)) = account.leads[place].first_deadline(until) else { break };
            let Some(law) = &partition.law else { break };
            let mut tell = |account: &mut Account, what| {
                step.effects.push(event(account, place, key, None, due_at, what, lineage.clone()));
            };
            if deadline == Deadline::Expire {
                let lead = &mut account.leads[place];
                let until = at.ingested_at.plus_ms(cooldown_ms(&law.rulebook, &lead.team, Closing::Expired));
                let settled = lead.expire(due_at, until, &terms);
                has_ended |= !settled.told.is_empty();
                settled.told.into_iter().for_each(|(what, _)| tell(account, what));
                break;
            }
            let what = account.leads[place].follow_up.pass(deadline, due_at, until, &terms);
            if let Some(what) = what {
                tell(account, what);
            }
            let lead = &mut account.leads[place];
            match deadline.moves(&terms) {
                // Whose turn it is now is for the team to say.
                Some(moved) if partition.assigns(&lead.team) => {
                    step.effects.extend(assign::ask(lead, key, AskedFor::Moving(moved), at));
                }
                Some(moved) => {
                    if let Some(what) = lead.follow_up.leave(AssignedBy::TakenBack, moved, due_at) {
                        tell(account, what);
                    }
                }
                None => {}
            }
        }
    }
    has_ended
}

impl Deadline {
    /// Whether a lead goes to somebody else then.
    fn moves(self, terms: &AgreedTerms) -> Option<Moved> {
        match self {
            Self::Reassign => Some(Moved::Overdue),
            Self::Hoarded if terms.takes_back() => Some(Moved::Hoarded),
            _ => None,
        }
    }
}

impl LeadState {
    /// The earliest deadline up to `until`.
    fn first_deadline(&self, until: Timestamp) -> Option<(Timestamp, Deadline)> {
        let due = &self.follow_up.due;
        let each = [
            (self.overdue_at(), Deadline::Overdue),
            (due.reassign_at, Deadline::Reassign),
            (due.escalate_at, Deadline::Escalate),
            (due.hoards_at, Deadline::Hoarded),
            (due.touch_by, Deadline::Touch),
            (self.expiry(), Deadline::Expire),
        ];
        each.into_iter().filter_map(|(at, deadline)| Some((at?, deadline))).filter(|(at, _)| *at <= until).min()
    }
}

impl FollowUp {
    /// A deadline has passed; what is told of it.
    fn pass(&mut self, deadline: Deadline, due_at: Timestamp, until: Timestamp, terms: &AgreedTerms) -> Option<What> {
        match deadline {
            Deadline::Overdue => {
                (self.kept, self.overdue_told) = (Some(false), true);
                Some(What::Overdue { respond_by: due_at })
            }
            Deadline::Reassign => {
                self.due.reassign_at = None;
                None
            }
            Deadline::Escalate => {
                self.due.escalate_at = None;
                Some(What::Escalated { to: terms.escalate_to.clone(), respond_by: self.respond_by.unwrap_or(due_at) })
            }
            Deadline::Hoarded => {
                (self.due.hoards_at, self.hoarded_at) = (None, Some(due_at));
                let held = self.held.as_ref();
                let by = self.assignee.clone().or_else(|| held?.by.clone());
                let silent_since = held.map_or(due_at, |held| held.since);
                Some(What::Hoarded { by, silent_since, touched: self.first_touch_at.is_some() })
            }
            Deadline::Expire => None,
            Deadline::Touch => {
                self.reminders = self.reminders.saturating_add(1);
                self.reminded_at = Some(due_at);
                self.next_step.take_if(|(_, at)| *at <= due_at);
                // After an outage one reminder tells as much as ten.
                let next = terms.touch_by(due_at);
                self.due.touch_by = Some(if next > until { next } else { terms.touch_by(until) });
                Some(What::TouchDue { touch_by: due_at, last_touch_at: self.last_touch_at, reminders: self.reminders })
            }
        }
    }

    /// It leaves whoever has it, for the queue.
    pub(super) fn leave(&mut self, by: AssignedBy, moved: Moved, at: Timestamp) -> Option<What> {
        (self.assigned_by, self.assigned_at) = (by, at);
        self.wants_another = false;
        let held = self.held.take();
        self.due.hoards_at = None;
        let from = self.assignee.take().or_else(|| held?.by)?;
        self.taken_from = (moved != Moved::Absent).then(|| from.clone());
        Some(What::Reassigned { from: Some(from), to: None, moved })
    }

    /// Somebody has it in hand since then: from now on silence may be hoarding.
    pub(super) fn hold(&mut self, by: Option<&str>, since: Timestamp, terms: &AgreedTerms) {
        if self.held.as_ref().is_some_and(|held| held.since > since) {
            return; // told late: somebody did something since
        }
        self.held = Some(Held { by: by.map(Into::into), since });
        self.watch_for_hoarding(terms);
    }

    fn watch_for_hoarding(&mut self, terms: &AgreedTerms) {
        let Some(held) = &self.held else { return };
        let agreed = self.next_step.filter(|_| self.first_touch_at.is_some());
        // A step that is moved again and again is a drawer: the first one counts that was agreed since the last touch.
        let step_at = agreed.map(|(_, at)| self.first_step_at.map_or(at, |first| first.min(at)));
        let hoards_at = terms.hoards_at(step_at.map_or(held.since, |at| at.max(held.since)));
        self.due.hoards_at = hoards_at.filter(|at| self.hoarded_at.is_none_or(|told| *at > told));
    }

    /// When somebody has to be in touch, by the last touch and by what was agreed after it.
    fn awaited_by(&self, terms: &AgreedTerms) -> Option<Timestamp> {
        let last_touch_at = self.last_touch_at?;
        Some(self.next_step.map_or_else(|| terms.touch_by(last_touch_at), |(_, at)| terms.step_by(at)))
    }

    /// Whether a reminder was told since somebody had to be in touch, or since the next step before anybody was.
    pub(super) fn is_reminded(&self, terms: &AgreedTerms) -> bool {
        let since = self.awaited_by(terms).or(self.next_step.map(|(_, at)| at));
        since.zip(self.reminded_at).is_some_and(|(since, reminded_at)| since <= reminded_at)
    }

    /// Somebody was in touch, or the next step was agreed: when the next touch is due.
    pub(super) fn await_touch(&mut self, terms: &AgreedTerms) {
        let Some(last_touch_at) = self.last_touch_at else { return };
        // Somebody is at it: nobody else is looked for, unless whoever has it is away.
        if !self.asked.as_ref().is_some_and(|asked| asked.why == AskedFor::Moving(Moved::Absent)) {
            self.stop_asking();
        }
        // What was agreed before anybody had touched the buyer may be later than that touch allows.
        let latest = terms.latest_step(last_touch_at);
        self.next_step = self.next_step.map(|(set_at, at)| (set_at, at.min(latest)));
        self.due = Due { reassign_at: None, escalate_at: None, ..self.due };
        // What was told once is not told again.
        match self.reminded_at.filter(|_| self.is_reminded(terms)) {
            Some(reminded_at) => {
                self.reminders = self.reminders.max(1);
                let told_next = self.due.touch_by.filter(|at| *at > reminded_at);
                self.due.touch_by = told_next.or_else(|| Some(terms.touch_by(reminded_at)));
            }
            None => (self.reminders, self.due.touch_by) = (0, self.awaited_by(terms)),
        }
        self.watch_for_hoarding(terms);
    }

    /// Sales gave it to somebody.
    pub(super) fn give(&mut self, to: &str, at: Timestamp, terms: &AgreedTerms) -> What {
        self.stop_asking();
        let (due, held) = (self.due, self.held.clone());
        let is_theirs = held.as_ref().is_some_and(|held| held.by.as_deref() == Some(to));
        let what = self.hand_to(to, AssignedBy::Sales, Moved::BySales, at, terms);
        // Who has it in hand already has not done anything with it.
        if is_theirs || !self.renew() {
            // It goes from hand to hand: what would be due of the one before is due of this one.
            self.due.reassign_at = due.reassign_at.or(self.due.reassign_at);
            if let (Some(hoards_at), Some(held)) = (due.hoards_at, held) {
                self.due.hoards_at = Some(hoards_at);
                self.held = Some(Held { by: Some(to.into()), ..held });
            }
        }
        what
    }

    /// Somebody took it from the queue, where it lay since `queued_at`.
    pub(super) fn take(&mut self, by: &str, (at, queued_at): (Timestamp, Timestamp), terms: &AgreedTerms) -> What {
        self.stop_asking();
        let what = self.hand_to(by, AssignedBy::Taken, Moved::BySales, at, terms);
        self.assigned_at = queued_at;
        self.hold(Some(by), self.last_touch_at.map_or(at, |last| last.max(at)), terms);
        what
    }

    /// It is somebody's from then on.
    pub(super) fn hand_to(&mut self, to: &str, by: AssignedBy, moved: Moved, at: Timestamp, terms: &AgreedTerms) -> What {
        let from = self.assignee.replace(to.into());
        self.taken_from = None;
        (self.assigned_by, self.assigned_at) = (by, at);
        self.held = None;
        self.due.hoards_at = None;
        self.wants_another = false;
        if self.first_touch_at.is_some() {
            self.hold(Some(to), at, terms);
        } else if self.kept == Some(false) {
            // Who has it now has as much time as the one before had.
            self.due.reassign_at = terms.reassign_at(at);
        }
        What::Reassigned { from, to: Some(to.into()), moved }
    }
}
