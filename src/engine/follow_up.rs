//! The life of a lead after its hand-off: what each activity of sales leads to, by where the lead stands.
//!
//! The table stands in `docs/activities.md`, and a test folds every cell of it.
//!
//! What is said of a lead goes into its journal; where it stands follows from the journal as a whole ([`super::settle`]), in the order in
//! which things happened and whatever the order of arrival. This file refuses to know what lets time pass.

use std::sync::Arc;

use compact_str::CompactString;

use super::account::Account;
use super::assign;
use super::evidence::identity_hash;
use super::handoff::{tell_refusals, tell_refusals_of};
use super::journal::{Admitted, Course, End, Said, Saying};
use super::lead::{LeadState, LeadStatus};
use super::partition::{Law, Partition, View};
use super::proofs;
use super::reaction::Reaction;
use super::settle::Settled;
use super::step::{Change, Effect, Entry, Moment, Outcome, Step};
use super::taken::{from_queue, given};
use crate::contract::activity::{Activity, ActorKind, Closing, Deed, Proof};
use crate::contract::decision::Lineage;
use crate::contract::follow_up::{ByActivity, FollowedUp, Standing, What};
use crate::contract::time::{DAY_MS, MINUTE_MS};
use crate::contract::{AccountKey, Irregularity, Timestamp};
use crate::rulebook::roster::TeamRoster;
use crate::rulebook::{AgreedTerms, Rulebook};

/// How late after a promise has run out a touch that kept it may still be entered: later ones withdraw no verdict.
pub(super) const WITHDRAWN_WITHIN_MS: i64 = DAY_MS;
/// How far ahead of its entry a touch may be said to have happened, because clocks differ: beyond, it is an appointment.
const AHEAD_MS: i64 = 5 * MINUTE_MS;

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
    let team = view.partition().team(&account.leads[place].team);
    let case = Case { activity, law: &law, terms: &terms, team, at };
    if case.opts_out() {
        // Also where the lead itself has ended: a refusal is of a person, and told before their leads end.
        case.refuses(&mut account, place, (&key, entry), &mut step);
    }
    let Reacted { reaction, told, terms, irregular } = case.react(&mut account, place);
    step.outcome = Outcome::FollowedUp(reaction);
    step.irregular.extend(irregular);
    let opened_again = told.iter().any(|(what, _)| matches!(what, What::Reopened { .. }));
    step.changes.extend(terms.map(Change::terms));
    let by = ByActivity {
        activity_id: activity.activity_id.as_ref().into(),
        actor: activity.actor.kind,
        actor_id: activity.actor.id.as_deref().map(CompactString::from),
    };
    step.effects.extend(
        told.into_iter().map(|(what, occurred_at)| event(&mut account, place, &key, Some(by.clone()), occurred_at, what, lineage.clone())),
    );
    let elsewhere = match case.opts_out() {
        true => case.end_leads_of_contact(&mut account, place, view.partition()),
        false => case.leaves_other_leads(&mut account, place, view.partition()),
    };
    for (place, what, occurred_at) in elsewhere {
        step.effects.push(event(&mut account, place, &key, Some(by.clone()), occurred_at, what, lineage.clone()));
    }
    if opened_again && account.leads[place].is_open() {
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
        let Some(due_at) = account.leads[place].comes_back_at().filter(|due| *due <= until) else { continue };
        let opens = account.has_no_other(place);
        let lead = &mut account.leads[place];
        if !opens {
            // It ended otherwise when the other one was made. It looks again tomorrow.
            if let LeadStatus::Closed { until: comes_back_at, .. } = &mut lead.status {
                *comes_back_at = until.plus_ms(DAY_MS);
            }
            continue;
        }
        let settled = lead.come_back(due_at, at.ingested_at, &AgreedTerms::of(&law.rulebook, &lead.team));
        step.changes.extend(settled.terms.map(Change::terms));
        let tell = |(what, occurred_at)| event(account, place, key, None, occurred_at, what, lineage.clone());
        let told: Vec<Effect> = settled.told.into_iter().map(tell).collect();
        step.effects.extend(told);
        if account.leads[place].is_open() {
            step.effects.extend(assign::after_reopening(&mut account.leads[place], key, partition, at));
            let entry = Entry { key: key.clone(), ..entry.clone() };
            step.effects.extend(tell_refusals(account, &entry, law, at));
        }
    }
}

impl Account {
    /// Whether no other lead is open for the offering of this one (QUAL-5).
    fn has_no_other(&self, place: usize) -> bool {
        let offering = self.leads[place].offering;
        self.leads.iter().enumerate().all(|(other, lead)| other == place || lead.offering != offering || !lead.is_open())
    }
}

/// The event of a change, with how the lead stands after it.
pub(super) fn event(
    account: &mut Account,
    place: usize,
    key: &AccountKey,
    activity: Option<ByActivity>,
    occurred_at: Timestamp,
    what: What,
    lineage: Lineage,
) -> Effect {
    let lead = &mut account.leads[place];
    let promises = lead.promise_changes();
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
        promises,
    }))
}

struct Case<'a> {
    activity: &'a Activity<'a>,
    law: &'a Law,
    /// Those of the lead.
    terms: &'a AgreedTerms,
    /// Who is on its team; `None`: no roster says.
    team: Option<&'a TeamRoster>,
    at: Moment,
}

/// What it led to, and what is told of it: each with its time, in order.
struct Reacted {
    reaction: Reaction,
    told: Vec<(What, Timestamp)>,
    /// Terms that the lead was opened again with.
    terms: Option<AgreedTerms>,
    irregular: Vec<Irregularity>,
}

impl Case<'_> {
    /// The table above.
    fn react(&self, account: &mut Account, place: usize) -> Reacted {
        let mut irregular = Vec::new();
        let silently = |reaction, irregular| Reacted { reaction, told: Vec::new(), terms: None, irregular };
        if self.was_moved_on(account, place) {
            return silently(Reaction::SeenBefore, irregular);
        }
        let opens = account.has_no_other(place);
        let lead = &mut account.leads[place];
        let agreed = lead.follow_up.next_step;
        let (what, nothing) = match self.saying(lead, opens, &mut irregular) {
            Ok(what) => (what, None),
            Err(reaction) => (Saying::Nothing, Some(reaction)),
        };
        let id = identity_hash(lead.lead_id.as_str(), &self.activity.activity_id);
        let may_be_corrected = lead.follow_up.journal.knows(id) || self.activity.logged_at.is_some();
        if let Some(reaction) = nothing.filter(|_| !may_be_corrected) {
            return silently(reaction, irregular);
        }
        let admitted = lead.follow_up.journal.admit(self.said(id, what.clone()));
        let nothing = match admitted {
            Admitted::Known => return silently(nothing.unwrap_or(Reaction::SeenBefore), Vec::new()),
            Admitted::Older => Some(Reaction::SeenBefore),
            Admitted::News => nothing,
        };
        let team = lead.team.clone();
        let (settled, course) = lead.settle(self.terms, opens, || AgreedTerms::of(&self.law.rulebook, &team));
        let Settled { mut told, terms, irregular: seen } = settled;
        irregular.extend(seen);
        let in_force = terms.as_ref().unwrap_or(self.terms);
        told.extend(given(lead, &course, in_force));
        told.extend(from_queue(lead, &course, self.team, in_force));
        told.extend(self.agreed(lead, &what, agreed, &mut irregular));
        tell_sale_before(lead, &what, self.happened_at(), &mut told);
        if matches!(what, Saying::Accepted { .. }) && admitted == Admitted::News {
            self.accepted(lead, in_force);
        }
        if self.team.is_some() {
            lead.lies_in_the_queue();
        }
        let reaction = nothing.unwrap_or_else(|| self.reaction(lead, &what, (id, &course), &told));
        if reaction == Reaction::TouchNeeded {
            irregular.push(Irregularity::PostponementCut);
        }
        Reacted { reaction, told, terms, irregular }
    }

    /// Whether the lead's contact does not want to be contacted any more.
    fn opts_out(&self) -> bool {
        matches!(self.activity.deed, Deed::Closed { closing: Closing::OptedOut, .. })
    }

    /// Notes that the lead's contact refuses, and tells everybody who has a lead of theirs.
    fn refuses(&self, account: &mut Account, place: usize, (key, entry): (&AccountKey, &Entry<'_>), step: &mut Step) {
        let contact = account.leads[place].contact;
        if account.refuse(contact, self.happened_at()) {
            step.irregular.push(Irregularity::RefusalMadeRoom);
        }
        let entry = Entry { key: key.clone(), ..entry.clone() };
        // Of leads that have ended as well: whoever had one still has a way to reach them.
        let concerns = |lead: &LeadState| lead.is_open() || lead.contact == contact;
        step.effects.extend(tell_refusals_of(account, concerns, &entry, self.law, self.at));
    }

    /// Ends every other lead of the same contact that is open or comes back: who opts out of one opts out of all. A lead of
    /// which nobody was told yet is handed off without a way to reach them.
    fn end_leads_of_contact(&self, account: &mut Account, place: usize, partition: &Partition) -> Vec<(usize, What, Timestamp)> {
        let contact = account.leads[place].contact;
        let mut ended = Vec::new();
        for (other, lead) in account.leads.iter_mut().enumerate() {
            if other == place || lead.contact != contact || lead.version == 0 || !lead.needs_its_contact() {
                continue;
            }
            let id = identity_hash(lead.lead_id.as_str(), &self.activity.activity_id);
            let Some(end) = self.ending(lead, &mut Vec::new()) else { continue };
            if lead.follow_up.journal.admit(self.said(id, Saying::Ended(end))) == Admitted::News {
                let terms = partition.terms_of(lead);
                let (settled, _) = lead.settle(&terms, true, || AgreedTerms::clone(&terms));
                ended.extend(settled.told.into_iter().map(|(what, at)| (other, what, at)));
            }
        }
        ended
    }

    /// It was moved here in the CRM: of another lead of the account, of which it had said something before, it says nothing any more.
    fn leaves_other_leads(&self, account: &mut Account, place: usize, partition: &Partition) -> Vec<(usize, What, Timestamp)> {
        let mut told = Vec::new();
        for other in (0..account.leads.len()).filter(|other| *other != place) {
            let opens = account.has_no_other(other);
            let lead = &mut account.leads[other];
            let id = identity_hash(lead.lead_id.as_str(), &self.activity.activity_id);
            if !lead.follow_up.journal.counts(id) {
                continue;
            }
            let here = xxhash_rust::xxh3::xxh3_64(self.activity.lead_id.as_str().as_bytes());
            let mut said = self.said(id, Saying::Nothing);
            said.content ^= here;
            if lead.follow_up.journal.admit(said) == Admitted::News {
                let terms = partition.terms_of(lead);
                let (settled, _) = lead.settle(&terms, opens, || AgreedTerms::clone(&terms));
                told.extend(settled.told.into_iter().map(|(what, at)| (other, what, at)));
            }
        }
        told
    }

    /// Whether it was moved to another lead of the account after this was entered.
    fn was_moved_on(&self, account: &Account, place: usize) -> bool {
        let Some(logged_at) = self.activity.logged_at else { return false };
        let is_there = |lead: &LeadState| {
            let id = identity_hash(lead.lead_id.as_str(), &self.activity.activity_id);
            lead.follow_up.journal.counts(id) && lead.follow_up.journal.logged_at(id).is_some_and(|later| later > logged_at)
        };
        !self.opts_out() && account.leads.iter().enumerate().any(|(other, lead)| other != place && is_there(lead))
    }

    /// What it says of the lead; what says nothing of it is of no consequence.
    fn saying(&self, lead: &LeadState, opens: bool, irregular: &mut Vec<Irregularity>) -> Result<Saying, Reaction> {
        let unless_closed = |reaction| if lead.is_open() { reaction } else { Reaction::LeadClosed };
        let Activity { actor, deed, occurred_at, .. } = self.activity;
        let is_person = actor.kind == ActorKind::Person;
        match deed {
            Deed::Touched(..) if !is_person => return Err(Reaction::Automated),
            Deed::Touched(_, None) => return Err(Reaction::NoProof),
            // Nobody could know of the lead yet. A refusal is one all the same.
            Deed::Closed { closing: Closing::OptedOut, .. } => {}
            _ if self.activity.logged_at.is_some_and(|logged_at| logged_at < lead.clock.handed_off_at) => {
                irregular.push(Irregularity::BeforeTheLead);
                return Err(Reaction::Noted);
            }
            _ => {}
        }
        match deed {
            Deed::Touched(_, Some(_)) if occurred_at.since_ms(self.entered_at()) > AHEAD_MS => {
                Ok(Saying::Step { at: *occurred_at, first: *occurred_at })
            }
            Deed::Touched(_, Some(_)) if *occurred_at < lead.clock.occurred_at => {
                irregular.push(Irregularity::BeforeTheLead);
                Err(Reaction::Noted)
            }
            Deed::Touched(touch, Some(proof)) => {
                let by = actor.id.as_deref().map(CompactString::from);
                Ok(Saying::Touched { touch: *touch, channel: proof.channel.as_ref().into(), by })
            }
            Deed::Touched(_, None) => Err(Reaction::NoProof),
            Deed::Accepted if is_person => Ok(Saying::Accepted { by: actor.id.as_deref().map(CompactString::from) }),
            Deed::Received | Deed::Accepted => Err(unless_closed(Reaction::Noted)),
            Deed::NextStep { at } if *at <= self.entered_at() => Err(unless_closed(Reaction::StepPast)),
            Deed::NextStep { at } => Ok(Saying::Step { at: *at, first: *at }),
            Deed::Assigned { assignee } => Ok(Saying::Assigned { to: assignee.as_ref().into() }),
            Deed::Reopened if !opens => Err(Reaction::LeadClosed),
            Deed::Reopened => Ok(Saying::Reopened),
            Deed::Closed { .. } => {
                self.ending(lead, irregular).map_or(Err(unless_closed(Reaction::ReasonNotAgreed)), |end| Ok(Saying::Ended(end)))
            }
        }
    }

    /// How it ends; `None`: for no reason that both departments agreed on.
    fn ending(&self, lead: &LeadState, irregular: &mut Vec<Irregularity>) -> Option<End> {
        let Deed::Closed { closing, reason, until, value_usd } = &self.activity.deed else { return None };
        let agreed = |reason: &str| self.law.rulebook.rejection_reasons.iter().any(|other| other == reason);
        if *closing == Closing::Rejected && !reason.as_deref().is_some_and(agreed) {
            return None;
        }
        let ended_at = self.happened_at().max(lead.clock.handed_off_at);
        let cools_until = || ended_at.plus_ms(cooldown_ms(&self.law.rulebook, &lead.team, *closing));
        let asked_for = until.unwrap_or_else(cools_until).max(ended_at);
        let until = match closing {
            Closing::Recycled => asked_for.min(self.terms.back_by(ended_at)),
            _ => asked_for,
        };
        let cut_from = (until < asked_for).then_some(asked_for);
        irregular.extend(cut_from.map(|_| Irregularity::PostponementCut));
        Some(End { closing: *closing, reason: reason.as_deref().map(CompactString::from), until, cut_from, value_usd: *value_usd })
    }

    fn said(&self, id: u64, what: Saying) -> Said {
        let Activity { logged_at, occurred_at, .. } = *self.activity;
        let (entered_at, first_at) = (self.entered_at(), self.happened_at());
        let known_at = logged_at.map_or(self.at.ingested_at, |_| entered_at);
        let (content, before) = (content(self.activity), Vec::new());
        Said { id, content, before, logged_at, entered_at, known_at, occurred_at, first_at, what }
    }

    /// When the activity was entered: where that is not said, when it happened, because a record that is only
    /// transported late blames nobody; never later than the log took it.
    fn entered_at(&self) -> Timestamp {
        self.activity.logged_at.unwrap_or(self.activity.occurred_at).min(self.at.ingested_at)
    }

    /// When it happened: not after it was entered.
    fn happened_at(&self) -> Timestamp {
        self.activity.occurred_at.min(self.entered_at())
    }

    /// The next step is agreed, and that is told where somebody has touched the buyer.
    fn agreed(
        &self,
        lead: &LeadState,
        what: &Saying,
        before: Option<(Timestamp, Timestamp)>,
        irregular: &mut Vec<Irregularity>,
    ) -> Option<(What, Timestamp)> {
        let Saying::Step { at: asked_for, .. } = *what else { return None };
        let (set_at, next_step_at) = lead.follow_up.next_step.filter(|step| before != Some(*step))?;
        if lead.standing() != Standing::Scheduled || set_at != self.happened_at().max(lead.waits_since()) {
            return None;
        }
        let cut_from = (next_step_at < asked_for).then_some(asked_for);
        irregular.extend(cut_from.map(|_| Irregularity::PostponementCut));
        Some((What::Scheduled { next_step_at, cut_from }, set_at))
    }

    /// A person has taken it on: from then on silence may be hoarding. Who says so again has not done anything with it.
    fn accepted(&self, lead: &mut LeadState, terms: &AgreedTerms) {
        let at = self.happened_at().max(lead.clock.handed_off_at);
        if !lead.is_open() || at < lead.waits_since() {
            return;
        }
        let by = self.activity.actor.id.as_deref();
        let follow_up = &mut lead.follow_up;
        let untouched = follow_up.first_touch_at.is_none() && follow_up.due.hoards_at.is_some();
        if follow_up.held.take_if(|held| untouched && at < held.since).is_some() || follow_up.held.is_none() {
            follow_up.hold(by, at, terms);
        }
    }

    /// The outcome, as the table has it.
    fn reaction(&self, lead: &LeadState, what: &Saying, (id, course): (u64, &Course), told: &[(What, Timestamp)]) -> Reaction {
        let tells = |is: fn(&What) -> bool| told.iter().any(|(what, _)| is(what));
        let open = |reaction| if lead.is_open() { reaction } else { Reaction::LeadClosed };
        match what {
            Saying::Touched { .. } if tells(|what| matches!(what, What::Responded { .. })) => Reaction::Responded,
            Saying::Touched { .. } if course.touches.iter().any(|touch| touch.id == id) => Reaction::Touched,
            Saying::Step { .. } if tells(|what| matches!(what, What::Scheduled { .. })) => Reaction::Scheduled,
            Saying::Step { .. } => {
                let latest = lead.follow_up.last_touch_at.map(|last| self.terms.latest_step(last));
                let put_off = latest.is_some_and(|latest| latest <= self.happened_at());
                open(if put_off { Reaction::TouchNeeded } else { Reaction::Noted })
            }
            Saying::Assigned { .. } if tells(|what| matches!(what, What::Reassigned { .. })) => Reaction::Reassigned,
            Saying::Assigned { to } if lead.follow_up.assignee.as_ref() == Some(to) => open(Reaction::Unchanged),
            Saying::Accepted { .. } if tells(|what| matches!(what, What::Reassigned { .. })) => Reaction::Reassigned,
            Saying::Ended(_) if tells(|what| matches!(what, What::Closed { .. })) => Reaction::Closed,
            Saying::Reopened if tells(|what| matches!(what, What::Reopened { .. })) => Reaction::Reopened,
            Saying::Reopened => open(Reaction::NotClosed),
            _ => open(Reaction::Noted),
        }
    }
}

/// A sale that is known late, of a lead that has ended otherwise since: what it was worth is told, and then again how it stands.
fn tell_sale_before(lead: &LeadState, what: &Saying, at: Timestamp, told: &mut Vec<(What, Timestamp)>) {
    let Saying::Ended(sale) = what else { return };
    let end = lead.follow_up.end.as_ref().zip(lead.follow_up.closed_at);
    let Some((end, closed_at)) = end.filter(|(end, _)| !lead.is_open() && end.closing != Closing::Won) else { return };
    let place = told.iter().position(|(what, _)| matches!(what, What::Closed { .. }));
    // An end that was told by this sale bears its value now; one that sales said is told by itself.
    let is_news = sale.value_usd.is_some() && (place.is_some() || sale.value_usd != end.value_usd);
    if sale.closing != Closing::Won || !(is_news || lead.is_first_sale_of_who_opted_out(end)) {
        return;
    }
    let was_overdue = lead.follow_up.overdue_told;
    let place = place.unwrap_or_else(|| {
        told.push((lead.ends(closed_at, end, (was_overdue, true)), closed_at));
        told.len() - 1
    });
    told.insert(place, (lead.ends(at, sale, (was_overdue, true)), at));
}

impl LeadState {
    /// Whether one sale is known of somebody who does not want to be contacted.
    fn is_first_sale_of_who_opted_out(&self, end: &End) -> bool {
        end.closing == Closing::OptedOut && self.follow_up.journal.sales() == 1
    }
}

/// A hash of all that an activity says, its identifier excepted.
fn content(activity: &Activity<'_>) -> u64 {
    let Activity { occurred_at, logged_at, deed, actor, .. } = activity;
    let time = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let details = match deed {
        Deed::Touched(_, proof) => {
            [owned(proof.as_ref().map(|proof| &*proof.channel)), owned(proof.as_ref().map(|proof| &*proof.reference)), None]
        }
        Deed::NextStep { at } => [time(&Some(*at)), None, None],
        Deed::Assigned { assignee } => [owned(Some(assignee)), None, None],
        Deed::Closed { reason, until, value_usd, .. } => {
            [owned(reason.as_deref()), time(until), value_usd.map(|value| value.0.to_string())]
        }
        Deed::Received | Deed::Accepted | Deed::Reopened => [None, None, None],
    };
    let who = [owned(Some(activity.kind())), owned(Some(actor.kind.as_str())), owned(actor.id.as_deref())];
    let when = [time(&Some(*occurred_at)), time(logged_at), None];
    let text = serde_json::to_vec(&[details, who, when]).expect("texts are JSON");
    xxhash_rust::xxh3::xxh3_64(&text)
}

/// How long the account gets no new lead for the offering, by the team's terms; who opted out is left alone as long as anything of them
/// is remembered, where the terms don't say.
pub(super) fn cooldown_ms(rulebook: &Rulebook, team: &str, closing: Closing) -> i64 {
    let agreed = rulebook.teams.get(team).and_then(|team| team.cooldown_ms.get(closing.as_str()).copied());
    agreed.unwrap_or(if closing == Closing::OptedOut { rulebook.forget_after_ms } else { 0 })
}
