//! The life of a lead after its hand-off: what each activity of sales leads to, by where the lead stands.
//!
//! The table stands in `docs/activities.md`, and a test folds every cell of it.
//!
//! A touch counts at the time at which it happened, held between the hand-off and its entry into the CRM, whatever the order of
//! arrival: an earlier one that comes later makes the first response earlier. A late touch that is folded before its deadline has fired
//! consumes it. This file refuses to know what lets time pass.

use compact_str::CompactString;

use super::account::{Account, Dated, FollowUp, LeadState, LeadStatus, MAX_ACTIVITIES};
use super::evidence::identity_hash;
use super::handoff::respond_by;
use super::partition::{Law, View};
use super::step::{Change, Effect, Entry, Moment, Outcome, Step};
use crate::contract::activity::{Activity, ActorKind, Closing, Deed, Proof, Touch};
use crate::contract::decision::Lineage;
use crate::contract::follow_up::{ByActivity, FollowedUp, Standing, What};
use crate::contract::time::DAY_MS;
use crate::contract::{AccountKey, Timestamp};
use crate::rulebook::Rulebook;

/// A touch that was entered later than this after it happened is backdated.
const BACKDATED_AFTER_MS: i64 = DAY_MS;
/// How late after a promise has run out a touch that kept it may still come into the log: later ones withdraw no verdict.
const WITHDRAWN_WITHIN_MS: i64 = DAY_MS;

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
            Reaction::Unchanged => "unchanged",
            Reaction::NotClosed => "not_closed",
        }
    }
}

/// Folds an activity.
pub(super) fn activity(view: &mut impl View, entry: &Entry<'_>, activity: &Activity<'_>, at: Moment) -> Step {
    let nothing = |reaction| Step::new(Outcome::FollowedUp(reaction));
    let (Some(key), Some(law)) = (view.account_of(&activity.lead_id), view.partition().law.clone()) else {
        return nothing(Reaction::UnknownLead);
    };
    let Some(mut account) = view.lend(&key) else { return nothing(Reaction::UnknownLead) };
    let Some(place) = account.leads.iter().position(|lead| lead.lead_id == activity.lead_id) else {
        let mut step = nothing(Reaction::UnknownLead);
        step.give_back(&key, Some(account));
        return step;
    };
    let hash = identity_hash(activity.lead_id.as_str(), &activity.activity_id);
    if account.leads[place].follow_up.seen.contains(&hash) {
        let mut step = nothing(Reaction::SeenBefore);
        step.give_back(&key, Some(account));
        return step;
    }
    let case = Case { activity, law: &law, lineage: entry.lineage(Some(&law), at), at };
    let (reaction, what) = case.react(&mut account, place);
    let mut step = Step::new(Outcome::FollowedUp(reaction));
    account.leads[place].follow_up.remember(hash);
    step.effects.extend(what.map(|(what, occurred_at)| {
        let by = ByActivity {
            activity_id: activity.activity_id.as_ref().into(),
            actor: activity.actor.kind,
            actor_id: activity.actor.id.as_deref().map(CompactString::from),
        };
        event(&account, place, &key, Some(by), occurred_at, what, case.lineage.clone())
    }));
    super::deadlines::schedule_forgetting(&mut account, law.rulebook.forget_after_ms);
    step.changes.push(Change::Account(key, Some(account)));
    step
}

/// Opens leads again that were recycled until now.
pub(super) fn bring_back(
    account: &mut Account,
    key: &AccountKey,
    until: Timestamp,
    (law, lineage): (Option<&Law>, &Lineage),
    at: Moment,
    step: &mut Step,
) {
    for place in 0..account.leads.len() {
        if account.leads[place].comes_back_at().is_some_and(|due| due <= until) {
            let what = account.leads[place].reopen(law.map(|law| law.rulebook.as_ref()), at.ingested_at);
            step.effects.extend(what.map(|what| event(account, place, key, None, at.ingested_at, what, lineage.clone())));
        }
    }
}

/// Tells that nobody has answered leads within the promised time; event time is the promise's own.
pub(super) fn overdue(account: &mut Account, key: &AccountKey, until: Timestamp, lineage: &Lineage, step: &mut Step) {
    for place in 0..account.leads.len() {
        if let Some(respond_by) = account.leads[place].overdue_at().filter(|due| *due <= until) {
            account.leads[place].follow_up.kept = Some(false);
            step.effects.push(event(account, place, key, None, respond_by, What::Overdue { respond_by }, lineage.clone()));
        }
    }
}

fn event(
    account: &Account,
    place: usize,
    key: &AccountKey,
    activity: Option<ByActivity>,
    occurred_at: Timestamp,
    what: What,
    lineage: Lineage,
) -> Effect {
    let lead = &account.leads[place];
    Effect::FollowedUp(Box::new(FollowedUp {
        lead_id: lead.lead_id.clone(),
        account_key: key.clone(),
        offering: account.words.owned(lead.offering).unwrap_or_default(),
        team: lead.team.clone(),
        assignee: lead.follow_up.assignee.clone(),
        standing: lead.standing(),
        occurred_at,
        activity,
        what,
        lineage,
    }))
}

struct Case<'a> {
    activity: &'a Activity<'a>,
    law: &'a Law,
    lineage: Lineage,
    at: Moment,
}

type Reacted = (Reaction, Option<(What, Timestamp)>);

impl Case<'_> {
    /// The table above.
    fn react(&self, account: &mut Account, place: usize) -> Reacted {
        let lead = &mut account.leads[place];
        let happened_at = self.activity.occurred_at.min(self.logged_at());
        match &self.activity.deed {
            Deed::Touched(..) if self.activity.actor.kind == ActorKind::Automation => (Reaction::Automated, None),
            Deed::Touched(_, None) => (Reaction::NoProof, None),
            Deed::Touched(touch, Some(proof)) => self.touched(lead, *touch, proof),
            Deed::Reopened => match lead.reopen(Some(&self.law.rulebook), self.at.ingested_at) {
                Some(what) => (Reaction::Reopened, Some((what, happened_at))),
                None => (Reaction::NotClosed, None),
            },
            _ if !lead.is_open() => (Reaction::LeadClosed, None),
            Deed::Received | Deed::Accepted => (Reaction::Noted, None),
            Deed::NextStep { at } if *at <= self.at.ingested_at => (Reaction::StepPast, None),
            Deed::NextStep { at } => {
                lead.follow_up.next_step = Some((happened_at, *at));
                match lead.standing() {
                    Standing::Scheduled => (Reaction::Scheduled, Some((What::Scheduled { next_step_at: *at }, happened_at))),
                    _ => (Reaction::Noted, None),
                }
            }
            Deed::Assigned { assignee } => {
                if lead.follow_up.assignee.as_deref() == Some(assignee) {
                    return (Reaction::Unchanged, None);
                }
                let to = CompactString::from(assignee.as_ref());
                let from = lead.follow_up.assignee.replace(to.clone());
                (Reaction::Reassigned, Some((What::Reassigned { from, to }, happened_at)))
            }
            Deed::Closed { closing, reason, until, value_usd } => {
                let rulebook = &self.law.rulebook;
                let agreed = |reason: &str| rulebook.rejection_reasons.iter().any(|other| other == reason);
                if *closing == Closing::Rejected && !reason.as_deref().is_some_and(agreed) {
                    return (Reaction::ReasonNotAgreed, None);
                }
                let ends = until.unwrap_or_else(|| self.at.ingested_at.plus_ms(cooldown_ms(rulebook, &lead.team, *closing)));
                let what = What::Closed {
                    disposition: *closing,
                    reason: reason.as_deref().map(CompactString::from),
                    until: ends.max(self.at.ingested_at),
                    value_usd: *value_usd,
                    age_seconds: happened_at.since_ms(lead.clock.handed_off_at).max(0) / 1_000,
                    touched: lead.follow_up.first_touch_at.is_some(),
                    overdue: lead.follow_up.first_touch_at.is_none()
                        && lead.follow_up.respond_by.is_some_and(|respond_by| respond_by < happened_at),
                };
                lead.status = LeadStatus::Closed { disposition: closing.as_str().into(), until: ends.max(self.at.ingested_at) };
                lead.follow_up.closed_at = Some(happened_at);
                lead.update_due = None;
                if *closing == Closing::OptedOut {
                    opt_out(account, place, happened_at);
                }
                (Reaction::Closed, Some((what, happened_at)))
            }
        }
    }

    /// When the activity was entered: what is not said, or lies ahead, is the log's time.
    fn logged_at(&self) -> Timestamp {
        self.activity.logged_at.map_or(self.at.ingested_at, |logged_at| logged_at.min(self.at.ingested_at))
    }

    fn touched(&self, lead: &mut LeadState, touch: Touch, proof: &Proof<'_>) -> Reacted {
        let began = lead.waits_since();
        if lead.follow_up.reopened_at.is_some_and(|reopened_at| self.activity.occurred_at < reopened_at) {
            return (Reaction::Noted, None); // it answered the lead as it was before
        }
        let logged_at = self.logged_at();
        // Held within [hand-off, entry]; where the entry itself is before the hand-off, it counts.
        let happened_at = self.activity.occurred_at.max(began).min(logged_at);
        let follow_up = &mut lead.follow_up;
        if let Some(closed_at) = follow_up.closed_at
            && (follow_up.first_touch_at.is_some() || happened_at > closed_at)
        {
            return (Reaction::LeadClosed, None);
        }
        follow_up.last_touch_at = follow_up.last_touch_at.max(Some(happened_at));
        follow_up.next_step.take_if(|(set_at, _)| *set_at <= happened_at);
        if follow_up.first_touch_at.is_some_and(|first| first <= happened_at) {
            return (Reaction::Touched, None);
        }
        let corrects = follow_up.first_touch_at.replace(happened_at).is_some();
        let respond_by = follow_up.respond_by;
        let in_time = |respond_by: Timestamp| happened_at <= respond_by && self.at.ingested_at.since_ms(respond_by) <= WITHDRAWN_WITHIN_MS;
        let kept_before = follow_up.kept;
        follow_up.kept = respond_by.map(|respond_by| kept_before == Some(true) || in_time(respond_by));
        let told = kept_before == Some(false);
        let (met, withdraws_missed) = (follow_up.kept, told && follow_up.kept == Some(true));
        let rulebook = &self.law.rulebook;
        let calendar = rulebook.teams.get(&lead.team).and_then(|team| rulebook.calendar_of(team));
        let what = What::Responded {
            business_seconds: calendar.map(|calendar| calendar.business_ms_between(began, happened_at) / 1_000),
            respond_by,
            met,
            corrects,
            was_overdue: told,
            withdraws_missed,
            touch,
            channel: proof.channel.as_ref().into(),
            response_seconds: happened_at.since_ms(began).max(0) / 1_000,
            buyer_wait_seconds: happened_at.since_ms(lead.clock.occurred_at).max(0) / 1_000,
            backdated: logged_at.since_ms(self.activity.occurred_at) > BACKDATED_AFTER_MS,
        };
        (Reaction::Responded, Some((what, happened_at)))
    }
}

/// How long the account gets no new lead for the offering, by the team's terms; who opted out is left alone as long as anything of them
/// is remembered, where the terms don't say.
fn cooldown_ms(rulebook: &Rulebook, team: &str, closing: Closing) -> i64 {
    let agreed = rulebook.teams.get(team).and_then(|team| team.cooldown_ms.get(closing.as_str()).copied());
    agreed.unwrap_or(if closing == Closing::OptedOut { rulebook.forget_after_ms } else { 0 })
}

/// The lead's contact does not want to be asked any more: later leads of the account bear no way to reach them.
fn opt_out(account: &mut Account, place: usize, at: Timestamp) {
    let contact = account.leads[place].contact;
    if let Some(person) = account.people.iter_mut().find(|person| person.id == contact)
        && person.consent.is_none_or(|known| known.at <= at)
    {
        person.consent = Some(Dated { value: false, at });
    }
}

impl LeadState {
    /// Where it stands with sales.
    pub fn standing(&self) -> Standing {
        match (&self.status, self.follow_up.first_touch_at, &self.follow_up.next_step) {
            (LeadStatus::Closed { .. }, _, _) => Standing::Closed,
            (_, None, _) if self.follow_up.kept == Some(false) => Standing::Overdue,
            (_, None, _) => Standing::Waiting,
            (_, Some(_), Some(_)) => Standing::Scheduled,
            (_, Some(_), None) => Standing::Working,
        }
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

    /// When nothing of it has to be remembered any more: it has ended for good, and its cooldown is over.
    pub fn forgotten_at(&self) -> Option<Timestamp> {
        match &self.status {
            LeadStatus::Closed { until, .. } if self.comes_back_at().is_none() => Some(*until),
            _ => None,
        }
    }

    /// Opens it again, and begins the response clock anew, with a promise by the rulebook in force; `None`: it is not closed.
    fn reopen(&mut self, rulebook: Option<&Rulebook>, at: Timestamp) -> Option<What> {
        let LeadStatus::Closed { disposition, .. } = std::mem::replace(&mut self.status, LeadStatus::Open) else { return None };
        let FollowUp { assignee, seen, .. } = std::mem::take(&mut self.follow_up);
        let respond_by = rulebook.and_then(|rulebook| respond_by(rulebook, &self.team, at));
        self.follow_up = FollowUp { assignee, seen, reopened_at: Some(at), respond_by, ..FollowUp::default() };
        Some(What::Reopened { disposition })
    }
}

impl FollowUp {
    /// Remembers an activity; the oldest makes room.
    fn remember(&mut self, hash: u64) {
        if self.seen.len() == MAX_ACTIVITIES {
            self.seen.remove(0);
        }
        self.seen.push(hash);
    }
}
