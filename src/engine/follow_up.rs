//! The life of a lead after its hand-off: what each activity of sales leads to, by where the lead stands.
//!
//! The table stands in `docs/activities.md`, and a test folds every cell of it.
//!
//! A touch counts at the time at which it happened, held between the hand-off and its entry into the CRM, whatever the order of
//! arrival: an earlier one that comes later makes the first response earlier. A late touch that is folded before its deadline has fired
//! consumes it. This file refuses to know what lets time pass.

use std::sync::Arc;

use compact_str::CompactString;

use super::account::Account;
use super::assign;
use super::evidence::identity_hash;
use super::handoff::tell_refusals;
use super::lead::{Due, FollowUp, LeadState, LeadStatus};
use super::partition::{Law, Partition, View};
use super::proofs;
use super::step::{Change, Effect, Entry, Moment, Outcome, Step};
use crate::contract::activity::{Activity, ActorKind, Closing, Deed, Proof, Touch};
use crate::contract::decision::Lineage;
use crate::contract::follow_up::{ByActivity, FollowedUp, Standing, What};
use crate::contract::interaction::Amount;
use crate::contract::time::DAY_MS;
use crate::contract::{AccountKey, Irregularity, Timestamp};
use crate::rulebook::{AgreedTerms, Rulebook};

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
    // Nobody was told of a lead that is not handed off yet.
    if account.leads[place].version == 0 {
        let mut step = nothing(Reaction::UnknownLead);
        step.give_back(&key, Some(account));
        return step;
    }
    let hash = identity_hash(activity.lead_id.as_str(), &activity.activity_id);
    if account.leads[place].follow_up.seen.contains(&hash) {
        let mut step = nothing(Reaction::SeenBefore);
        step.give_back(&key, Some(account));
        return step;
    }
    let lineage = entry.lineage(Some(&law), at);
    let mut step = Step::new(Outcome::FollowedUp(Reaction::Noted));
    // A lead that was to come back before this happened is back, though the clock does not say so yet.
    let happened_at = activity.occurred_at.min(at.ingested_at);
    bring_back(&mut account, &key, happened_at, (view.partition(), &law, entry), at, &mut step);
    if let Deed::Touched(_, Some(proof)) = &activity.deed
        && activity.actor.kind == ActorKind::Person
    {
        shelve(view.partition(), proof, activity, &mut step);
    }
    let terms = view.partition().terms_of(&account.leads[place]);
    let case = Case { activity, law: &law, terms: &terms, at };
    if case.opts_out() {
        // Also where the lead itself has ended: a refusal is of a person, and told before their leads end.
        case.refuses(&mut account, place, (&key, entry), &mut step);
    }
    let (reaction, told) = case.react(&mut account, place, &mut step.irregular);
    step.outcome = Outcome::FollowedUp(reaction);
    account.leads[place].follow_up.remember(hash);
    if reaction == Reaction::Reopened {
        step.changes.push(Change::terms(AgreedTerms::of(&law.rulebook, &account.leads[place].team)));
    }
    let by = ByActivity {
        activity_id: activity.activity_id.as_ref().into(),
        actor: activity.actor.kind,
        actor_id: activity.actor.id.as_deref().map(CompactString::from),
    };
    step.effects.extend(
        told.into_iter().map(|(what, occurred_at)| event(&account, place, &key, Some(by.clone()), occurred_at, what, lineage.clone())),
    );
    if case.opts_out() {
        let ended = case.end_leads_of_contact(&mut account, place);
        step.effects.extend(
            ended
                .into_iter()
                .map(|(place, what, occurred_at)| event(&account, place, &key, Some(by.clone()), occurred_at, what, lineage.clone())),
        );
    }
    if reaction == Reaction::Reopened {
        step.effects.extend(assign::after_reopening(&mut account.leads[place], &key, view.partition(), at));
        let entry = Entry { key: key.clone(), ..entry.clone() };
        step.effects.extend(tell_refusals(&mut account, &entry, &law, at));
    }
    assign::settle(&mut account, &key, at, &mut step);
    super::deadlines::schedule_forgetting(&mut account, &law.rulebook);
    step.changes.push(Change::Account(key, Some(account)));
    step
}

/// Remembers what showed a touch, and notes whether it had shown that of another lead.
fn shelve(partition: &Partition, proof: &Proof<'_>, activity: &Activity<'_>, step: &mut Step) {
    let (proof, place) = proofs::hash(proof);
    let shelf = partition.proofs.get(&place).cloned().unwrap_or_default();
    let (changed, of_another) = shelf.with(proof, &activity.lead_id);
    step.changes.extend(changed.map(|shelf| Change::Proofs(place, Arc::new(shelf))));
    if of_another {
        step.irregular.push(Irregularity::ProofUsedBefore);
    }
}

/// Opens leads again that were recycled until now.
pub(super) fn bring_back(
    account: &mut Account,
    key: &AccountKey,
    until: Timestamp,
    (partition, law, entry): (&Partition, &Law, &Entry<'_>),
    at: Moment,
    step: &mut Step,
) {
    let lineage = entry.lineage(Some(law), at);
    for place in 0..account.leads.len() {
        if account.leads[place].comes_back_at().is_some_and(|due| due <= until) {
            let terms = AgreedTerms::of(&law.rulebook, &account.leads[place].team);
            let comes_back_at = account.leads[place].comes_back_at().unwrap_or(until);
            let what = account.leads[place].reopen(&terms, comes_back_at, at.ingested_at);
            step.changes.push(Change::terms(terms));
            step.effects.extend(what.map(|what| event(account, place, key, None, at.ingested_at, what, lineage.clone())));
            step.effects.extend(assign::after_reopening(&mut account.leads[place], key, partition, at));
            let entry = Entry { key: key.clone(), ..entry.clone() };
            step.effects.extend(tell_refusals(account, &entry, law, at));
        }
    }
}

/// The event of a change, with how the lead stands after it.
pub(super) fn event(
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
    /// Those of the lead.
    terms: &'a AgreedTerms,
    at: Moment,
}

/// What it led to, and what is told of it: each with its time, in order.
type Reacted = (Reaction, Vec<(What, Timestamp)>);

const fn silently(reaction: Reaction) -> Reacted {
    (reaction, Vec::new())
}

impl Case<'_> {
    /// The table above.
    fn react(&self, account: &mut Account, place: usize, irregular: &mut Vec<Irregularity>) -> Reacted {
        let lead = &mut account.leads[place];
        let happened_at = self.activity.occurred_at.min(self.logged_at());
        match &self.activity.deed {
            Deed::Touched(..) if self.activity.actor.kind == ActorKind::Automation => silently(Reaction::Automated),
            Deed::Touched(_, None) => silently(Reaction::NoProof),
            Deed::Touched(touch, Some(proof)) => self.touched(lead, *touch, proof),
            Deed::Reopened => match lead.reopen(&AgreedTerms::of(&self.law.rulebook, &lead.team), happened_at, self.at.ingested_at) {
                Some(what) => (Reaction::Reopened, vec![(what, happened_at)]),
                None => silently(Reaction::NotClosed),
            },
            _ if !lead.is_open() => silently(Reaction::LeadClosed),
            Deed::Accepted if self.activity.actor.kind == ActorKind::Person => {
                // Who says so again has not done anything with it.
                if lead.follow_up.held.is_none() {
                    lead.follow_up.hold(self.activity.actor.id.as_deref(), happened_at, self.terms);
                }
                silently(Reaction::Noted)
            }
            Deed::Received | Deed::Accepted => silently(Reaction::Noted),
            Deed::NextStep { at } if *at <= self.at.ingested_at => silently(Reaction::StepPast),
            Deed::NextStep { at } => self.agreed(lead, *at, happened_at, irregular),
            Deed::Assigned { assignee } if lead.follow_up.assignee.as_deref() == Some(assignee) => silently(Reaction::Unchanged),
            Deed::Assigned { assignee } => {
                (Reaction::Reassigned, vec![(lead.follow_up.give(assignee, self.at.ingested_at, self.terms), happened_at)])
            }
            Deed::Closed { closing, reason, .. } => {
                let agreed = |reason: &str| self.law.rulebook.rejection_reasons.iter().any(|other| other == reason);
                if *closing == Closing::Rejected && !reason.as_deref().is_some_and(agreed) {
                    return silently(Reaction::ReasonNotAgreed);
                }
                let what = self.closed(lead, happened_at, irregular);
                (Reaction::Closed, what.map(|what| (what, happened_at)).into_iter().collect())
            }
        }
    }

    /// Whether the lead's contact does not want to be contacted any more.
    fn opts_out(&self) -> bool {
        matches!(self.activity.deed, Deed::Closed { closing: Closing::OptedOut, .. })
    }

    /// Notes that the lead's contact refuses, and tells everybody who has a lead of theirs.
    fn refuses(&self, account: &mut Account, place: usize, (key, entry): (&AccountKey, &Entry<'_>), step: &mut Step) {
        let contact = account.leads[place].contact;
        let happened_at = self.activity.occurred_at.min(self.logged_at());
        if account.refuse(contact, happened_at) {
            step.irregular.push(Irregularity::RefusalMadeRoom);
        }
        let entry = Entry { key: key.clone(), ..entry.clone() };
        step.effects.extend(tell_refusals(account, &entry, self.law, self.at));
    }

    /// Ends every lead of the same contact that is open or comes back: who opts out of one opts out of all. A lead of
    /// which nobody was told yet is handed off without a way to reach them.
    fn end_leads_of_contact(&self, account: &mut Account, place: usize) -> Vec<(usize, What, Timestamp)> {
        let contact = account.leads[place].contact;
        let happened_at = self.activity.occurred_at.min(self.logged_at());
        let mut ended = Vec::new();
        for (place, lead) in account.leads.iter_mut().enumerate() {
            if lead.contact == contact && lead.version > 0 && lead.needs_its_contact() {
                let rest_ms = cooldown_ms(&self.law.rulebook, &lead.team, Closing::OptedOut);
                let until = self.at.ingested_at.plus_ms(rest_ms);
                let what = lead.end(Closing::OptedOut, happened_at, (until, None), (None, None));
                ended.push((place, what, happened_at));
            }
        }
        ended
    }

    /// The next step is agreed, for no longer after the last touch than the team's terms allow.
    fn agreed(&self, lead: &mut LeadState, asked_for: Timestamp, happened_at: Timestamp, irregular: &mut Vec<Irregularity>) -> Reacted {
        let latest = lead.follow_up.last_touch_at.map(|last| self.terms.latest_step(last));
        if latest.is_some_and(|latest| latest <= self.at.ingested_at) {
            irregular.push(Irregularity::PostponementCut);
            return silently(Reaction::TouchNeeded);
        }
        let next_step_at = latest.map_or(asked_for, |latest| asked_for.min(latest));
        let cut_from = (next_step_at < asked_for).then_some(asked_for);
        irregular.extend(cut_from.map(|_| Irregularity::PostponementCut));
        lead.follow_up.next_step = Some((happened_at, next_step_at));
        lead.follow_up.await_touch(self.terms);
        match lead.standing() {
            Standing::Scheduled => (Reaction::Scheduled, vec![(What::Scheduled { next_step_at, cut_from }, happened_at)]),
            _ => silently(Reaction::Noted),
        }
    }

    /// Ends the lead.
    fn closed(&self, lead: &mut LeadState, happened_at: Timestamp, irregular: &mut Vec<Irregularity>) -> Option<What> {
        let Deed::Closed { closing, reason, until, value_usd } = &self.activity.deed else { return None };
        let cooldown_ms = cooldown_ms(&self.law.rulebook, &lead.team, *closing);
        let asked_for = until.unwrap_or_else(|| self.at.ingested_at.plus_ms(cooldown_ms)).max(self.at.ingested_at);
        let until = match closing {
            Closing::Recycled => asked_for.min(self.terms.back_by(self.at.ingested_at)),
            _ => asked_for,
        };
        let cut_from = (until < asked_for).then_some(asked_for);
        irregular.extend(cut_from.map(|_| Irregularity::PostponementCut));
        let reason = reason.as_deref().map(CompactString::from);
        Some(lead.end(*closing, happened_at, (until, cut_from), (reason, *value_usd)))
    }

    /// When the activity was entered: what is not said, or lies ahead, is the log's time.
    fn logged_at(&self) -> Timestamp {
        self.activity.logged_at.map_or(self.at.ingested_at, |logged_at| logged_at.min(self.at.ingested_at))
    }

    fn touched(&self, lead: &mut LeadState, touch: Touch, proof: &Proof<'_>) -> Reacted {
        let began = lead.waits_since();
        if lead.follow_up.answers_from.is_some_and(|reopened_at| self.activity.occurred_at < reopened_at) {
            return silently(Reaction::Noted); // it answered the lead as it was before
        }
        let logged_at = self.logged_at();
        // Held within [hand-off, entry]; where the entry itself is before the hand-off, it counts.
        let happened_at = self.activity.occurred_at.max(began).min(logged_at);
        let follow_up = &mut lead.follow_up;
        if let Some(closed_at) = follow_up.closed_at
            && (follow_up.first_touch_at.is_some() || happened_at > closed_at)
        {
            return silently(Reaction::LeadClosed);
        }
        follow_up.next_step.take_if(|(set_at, _)| *set_at <= happened_at);
        follow_up.renewals = 0;
        if follow_up.closed_at.is_none() {
            lead.expires_at = lead.expires_at.max(self.terms.expires_at(happened_at));
        }
        let first_touch_at = follow_up.first_touch_at;
        follow_up.first_touch_at = Some(first_touch_at.map_or(happened_at, |first| first.min(happened_at)));
        if follow_up.last_touch_at < Some(happened_at) {
            follow_up.last_touch_at = Some(happened_at);
            if follow_up.closed_at.is_none() {
                follow_up.hold(self.activity.actor.id.as_deref(), happened_at, self.terms);
                follow_up.await_touch(self.terms);
            }
        }
        if first_touch_at.is_some_and(|first| first <= happened_at) {
            return silently(Reaction::Touched);
        }
        let corrects = first_touch_at.is_some();
        let respond_by = follow_up.respond_by;
        let in_time = |respond_by: Timestamp| happened_at <= respond_by && self.at.ingested_at.since_ms(respond_by) <= WITHDRAWN_WITHIN_MS;
        let kept_before = follow_up.kept;
        follow_up.kept = respond_by.map(|respond_by| kept_before == Some(true) || in_time(respond_by));
        let told = kept_before == Some(false);
        let (met, withdraws_missed) = (follow_up.kept, told && follow_up.kept == Some(true));
        let withdrawn = respond_by.filter(|_| withdraws_missed).map(|respond_by| What::OverdueWithdrawn { respond_by });
        let what = What::Responded {
            business_seconds: self.terms.business_seconds(began, happened_at),
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
        (Reaction::Responded, [Some(what), withdrawn].into_iter().flatten().map(|what| (what, happened_at)).collect())
    }
}

/// How long the account gets no new lead for the offering, by the team's terms; who opted out is left alone as long as anything of them
/// is remembered, where the terms don't say.
fn cooldown_ms(rulebook: &Rulebook, team: &str, closing: Closing) -> i64 {
    let agreed = rulebook.teams.get(team).and_then(|team| team.cooldown_ms.get(closing.as_str()).copied());
    agreed.unwrap_or(if closing == Closing::OptedOut { rulebook.forget_after_ms } else { 0 })
}

impl LeadState {
    /// Ends it.
    fn end(
        &mut self,
        disposition: Closing,
        happened_at: Timestamp,
        (until, cut_from): (Timestamp, Option<Timestamp>),
        (reason, value_usd): (Option<CompactString>, Option<Amount>),
    ) -> What {
        let untouched = self.follow_up.first_touch_at.is_none();
        let what = What::Closed {
            disposition,
            reason,
            until,
            cut_from,
            value_usd,
            age_seconds: happened_at.since_ms(self.clock.handed_off_at).max(0) / 1_000,
            touched: !untouched,
            overdue: untouched && self.follow_up.respond_by.is_some_and(|respond_by| respond_by < happened_at),
        };
        self.status = LeadStatus::Closed { disposition: disposition.as_str().into(), until };
        self.follow_up.closed_at = Some(happened_at);
        self.follow_up.due = Due::default();
        self.follow_up.stop_asking();
        self.update_due = None;
        what
    }

    /// Nothing has happened with it for as long as its terms say: time ends it.
    pub(super) fn expire(&mut self, due_at: Timestamp, rulebook: &Rulebook, at: Timestamp) -> What {
        let until = at.plus_ms(cooldown_ms(rulebook, &self.team, Closing::Expired));
        self.end(Closing::Expired, due_at, (until, None), (None, None))
    }

    /// Opens it again, and begins the response clock anew, with a promise by the terms of now; `None`: it is not closed.
    fn reopen(&mut self, terms: &AgreedTerms, happened_at: Timestamp, at: Timestamp) -> Option<What> {
        let LeadStatus::Closed { disposition, .. } = std::mem::replace(&mut self.status, LeadStatus::Open) else { return None };
        let FollowUp { assignee, seen, assigned_by, requests, counted, renewals, .. } = std::mem::take(&mut self.follow_up);
        let begun = FollowUp::begun(terms, at);
        let (reopened_at, answers_from) = (Some(at), Some(happened_at));
        self.follow_up = FollowUp { assignee, seen, assigned_by, requests, counted, renewals, reopened_at, answers_from, ..begun };
        if self.follow_up.renew() {
            self.lives_on(at, terms);
        }
        Some(What::Reopened { disposition })
    }
}
