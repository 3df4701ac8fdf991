//! Who gets a lead: the account's owner if on duty, else whose turn it is in the team, else the team's queue.
//!
//! A lead asks and its team answers, both by records of the log, so the turn is exact over all partitions. Between the two the lead is
//! *assigning*: evidence joins it, and it has a deadline of its own, by the log's time and not by the feed's, so a partition that stands still
//! hides no lead. What happens in between is a table, `docs/assignment.md`, and a test reads it. This file refuses to know whose turn it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;

use super::account::Account;
use super::follow_up::event;
use super::lead::{Asked, AskedFor, AssignedBy, FollowUp, LeadState, Waits};
use super::partition::{Leaving, Partition, View};
use super::rota::Rota;
use super::siblings;
use super::step::{Append, Change, Effect, Entry, Moment, Outcome, Step, To};
use super::{handoff, team};
use crate::contract::assignment::{Answer, AssignRequested, Assigned, LoadChanged, WaitEnded, team_key};
use crate::contract::follow_up::Moved;
use crate::contract::time::MINUTE_MS;
use crate::contract::{AccountKey, Timestamp};
use crate::rulebook::Roster;

/// How long a team may take to answer: two hops take milliseconds, and a rebalance seconds.
pub const ANSWER_WITHIN_MS: i64 = MINUTE_MS;
/// How often a lead asks anew when the answer names somebody who has just left.
const MAX_TRIES: u8 = 3;

/// Where a new lead goes.
pub(super) enum Way {
    /// To the account's owner, whose cap this is.
    Owner(CompactString, Option<u32>),
    /// To whoever's turn it is.
    Ask,
    /// To the team's queue: there is no roster, or it has no such team.
    Queue(AssignedBy),
}

/// The way of a new lead of a team.
pub(super) fn way(partition: &Partition, account: &Account, team: &str, at: Moment) -> Way {
    let Some(used) = &partition.roster else { return Way::Queue(AssignedBy::NoRoster) };
    let owner = account.crm.as_ref().and_then(|crm| crm.owner.as_ref()).map(|owner| &owner.id);
    let on_duty = |owner: &CompactString| {
        let seller = partition.named(team, owner, AssignedBy::Owner(None)).filter(|seller| seller.is_on_duty(at.ingested_at))?;
        Some((owner.clone(), seller.open_leads_at_most))
    };
    match owner.and_then(on_duty) {
        Some((owner, cap)) => Way::Owner(owner, cap),
        None if used.roster.teams.contains_key(team) => Way::Ask,
        None => Way::Queue(AssignedBy::NoTeam),
    }
}

/// A lead asks its team; `None`: it has asked already.
pub(super) fn ask(lead: &mut LeadState, key: &AccountKey, why: AskedFor, at: Moment) -> Option<Effect> {
    if lead.follow_up.asked.is_some() {
        return None;
    }
    // Who is away gets none; when they are back it may be theirs again.
    let had_it = lead.follow_up.assignee.clone().filter(|_| why != AskedFor::Moving(Moved::Absent));
    let not_to = had_it.or_else(|| lead.follow_up.taken_from.clone());
    lead.follow_up.ask(why, at.ingested_at.plus_ms(ANSWER_WITHIN_MS));
    request(lead, key, not_to)
}

fn request(lead: &LeadState, key: &AccountKey, not_to: Option<CompactString>) -> Option<Effect> {
    Some(request_of(lead, key, (lead.follow_up.asked.as_ref()?.request, false), not_to))
}

fn request_of(lead: &LeadState, key: &AccountKey, (request, queued): (u32, bool), not_to: Option<CompactString>) -> Effect {
    let request = AssignRequested {
        request,
        lead_id: lead.lead_id.clone(),
        account_key: key.clone(),
        team: lead.team.clone(),
        since: lead.waits_since(),
        queued,
        not_to,
    };
    Effect::Append(To::Key(team_key(&lead.team)), Append::AssignRequested(request))
}

/// A lead hears its team's answer.
pub(super) fn assigned(view: &mut impl View, entry: &Entry<'_>, assigned: &Assigned, at: Moment) -> Step {
    let too_late = |mut step: Step| {
        if let Answer::Seller(seller) = &assigned.answer {
            step.effects.push(load(&assigned.team, seller, &assigned.lead_id, false));
        }
        step
    };
    let lent = view.account_of(&assigned.lead_id).and_then(|key| Some((view.lend(&key)?, key)));
    let Some((mut account, key)) = lent else { return too_late(Step::ignored()) };
    let place = account.leads.iter().position(|lead| lead.lead_id == assigned.lead_id && lead.follow_up.hears(assigned.request));
    let Some(place) = place else {
        let mut step = Step::ignored();
        step.give_back(&key, Some(account));
        return too_late(step);
    };
    let mut step = Step::new(Outcome::Learned);
    if !account.leads[place].hears_of_room(&assigned.answer, at) {
        step.changes.push(Change::Account(key, Some(account)));
        return step;
    }
    let (mut seller, mut by) = match &assigned.answer {
        Answer::Seller(seller) => (Some(seller), AssignedBy::Turn),
        Answer::AllAway { opens_at } => (None, AssignedBy::AllAway(*opens_at)),
        Answer::AllFull => (None, AssignedBy::AllFull),
        Answer::NoTeam => (None, AssignedBy::NoTeam),
    };
    if let Some(left) = seller.take_if(|seller| view.partition().has_left(&assigned.team, seller, AssignedBy::Turn, at.ingested_at)) {
        step = too_late(step);
        let lead = &mut account.leads[place];
        if lead.follow_up.ask_again(MAX_TRIES) {
            let not_to = lead.follow_up.assignee.clone().unwrap_or_else(|| left.clone());
            step.effects.extend(request(lead, &key, Some(not_to)));
            step.changes.push(Change::Account(key, Some(account)));
            return step;
        }
        by = AssignedBy::NoAnswer;
    }
    if let Some(seller) = seller {
        // The team has counted it for them with the turn.
        let before = account.leads[place].follow_up.counted.replace(seller.clone());
        step.effects.extend(before.map(|before| load(&assigned.team, &before, &assigned.lead_id, false)));
    }
    answered(&mut account, place, &key, (seller.cloned(), by), (view.partition(), entry, at), &mut step);
    if by == AssignedBy::NoAnswer {
        account.leads[place].follow_up.waits = None; // the team has given its answer, and does not keep the question
    }
    settle(&mut account, &key, at, &mut step);
    step.changes.push(Change::Account(key, Some(account)));
    step
}

impl FollowUp {
    /// Whether an answer to this request is for it.
    fn hears(&self, request: u32) -> bool {
        let asked = self.asked.as_ref().map(|asked| asked.request);
        asked == Some(request) || self.waits.is_some_and(|waits| waits.request == request)
    }
}

impl LeadState {
    /// A lead that waits in the queue asks again with its answer in hand; false: it waits on, and the reason is what it was told.
    fn hears_of_room(&mut self, answer: &Answer, at: Moment) -> bool {
        let follow_up = &mut self.follow_up;
        let Some(waits) = follow_up.waits.filter(|_| follow_up.asked.is_none()) else { return true };
        let by = match answer {
            Answer::Seller(_) => {
                let moved = if follow_up.assignee.is_some() { Moved::Overdue } else { Moved::FromQueue };
                let (request, until) = (waits.request, at.ingested_at.plus_ms(ANSWER_WITHIN_MS));
                follow_up.waits = None;
                follow_up.asked = Some(Asked { request, why: AskedFor::Moving(moved), until, tries: 0 });
                return true;
            }
            Answer::AllAway { opens_at } => AssignedBy::AllAway(*opens_at),
            Answer::AllFull => AssignedBy::AllFull,
            Answer::NoTeam => AssignedBy::NoTeam,
        };
        if follow_up.assignee.is_none() {
            follow_up.assigned_by = by;
        }
        false
    }
}

/// What stands around an answer: the partition, the record and its moment.
pub(super) type Around<'a> = (&'a Partition, &'a Entry<'a>, Moment);

/// Performs what the lead had asked for, with the seller whom it goes to, if any.
fn answered(
    account: &mut Account,
    place: usize,
    key: &AccountKey,
    (seller, by): (Option<CompactString>, AssignedBy),
    around: Around<'_>,
    step: &mut Step,
) {
    let (partition, entry, at) = around;
    let lead = &mut account.leads[place];
    let Some(asked) = lead.follow_up.asked.take() else { return };
    let was_given = seller.is_some();
    match asked.why {
        AskedFor::HandOff => step.effects.extend(handoff::hand_over(account, place, key, (seller, by), around)),
        AskedFor::Moving(moved) => {
            let terms = partition.terms_of(lead);
            // Where nobody else is there, who has not answered yet still can; it is taken only from who is away, or hoards it.
            let stays =
                moved == Moved::Overdue && lead.follow_up.assignee.is_some() && !partition.has_lost_its_seller(lead, at.ingested_at);
            let what = match &seller {
                Some(seller) => Some(lead.follow_up.hand_to(seller, by, moved, at.ingested_at, &terms)),
                None if stays => {
                    lead.follow_up.wants_another = true;
                    None
                }
                None => lead.follow_up.leave(by, moved, at.ingested_at),
            };
            let lineage = entry.lineage(partition.law.as_ref(), at);
            step.effects.extend(what.map(|what| event(account, place, key, None, at.ingested_at, what, lineage)));
        }
    }
    if !was_given {
        // Its team keeps the question, and answers again when it has somebody.
        let opens_at = if let AssignedBy::AllAway(opens_at) = by { opens_at } else { None };
        let since = opens_at.map_or(at.ingested_at, |opens_at| opens_at.max(at.ingested_at));
        account.leads[place].follow_up.waits = Some(Waits { request: asked.request, since });
    }
}

/// Leads whose team has not answered in time go to the queue; an answer that comes later is as good.
pub(super) fn time_out(account: &mut Account, key: &AccountKey, around: Around<'_>, step: &mut Step) {
    let (_, _, at) = around;
    for place in 0..account.leads.len() {
        let asked = account.leads[place].follow_up.asked.as_ref();
        if asked.is_some_and(|asked| asked.until <= at.ingested_at) {
            answered(account, place, key, (None, AssignedBy::NoAnswer), around, step);
        }
    }
}

/// Leads of somebody who leaves ask for somebody else. Their clocks run on.
pub(super) fn look_again(
    account: &mut Account,
    key: &AccountKey,
    leaving: &Leaving,
    (partition, at): (&Partition, Moment),
    step: &mut Step,
) {
    for lead in &mut account.leads {
        let Some(seller) = lead.follow_up.assignee.clone().filter(|_| lead.is_open()) else { continue };
        if !leaving.keys().any(|(_, leaver)| *leaver == seller) || !partition.has_lost_its_seller(lead, at.ingested_at) {
            continue;
        }
        // What is agreed for the time after they are back is theirs.
        let back_at = partition.named(&lead.team, &seller, lead.follow_up.assigned_by).and_then(|known| known.back_at(at.ingested_at));
        let step_at = lead.follow_up.next_step.filter(|_| lead.follow_up.first_touch_at.is_some()).map(|(_, at)| at);
        if step_at.is_some() && step_at >= back_at && back_at.is_some() {
            continue;
        }
        step.effects.extend(ask(lead, key, AskedFor::Moving(Moved::Absent), at));
    }
}

/// A lead that was opened again is somebody's, or asks for somebody.
pub(super) fn after_reopening(lead: &mut LeadState, key: &AccountKey, partition: &Partition, at: Moment) -> Option<Effect> {
    let why = match &lead.follow_up.assignee {
        None => Moved::FromQueue,
        Some(_) if partition.has_lost_its_seller(lead, at.ingested_at) => Moved::Absent,
        Some(_) => return None,
    };
    if partition.assigns(&lead.team) {
        return ask(lead, key, AskedFor::Moving(why), at);
    }
    None
}

/// Tells the CRM's other domains of leads, and teams of leads that became somebody's, or are no longer, otherwise than by their answer, and of those that wait for a seller, or no
/// longer do; without a roster too, so the first one finds everybody counted, and knows the oldest.
pub(super) fn settle(account: &mut Account, key: &AccountKey, at: Moment, step: &mut Step) {
    siblings::settle(account, key, step);
    for lead in &mut account.leads {
        step.effects.extend(settle_wait(lead, key, at));
        let theirs = lead.follow_up.assignee.clone().filter(|_| lead.is_open());
        if lead.follow_up.counted == theirs {
            continue;
        }
        if let Some(before) = std::mem::replace(&mut lead.follow_up.counted, theirs.clone()) {
            step.effects.push(load(&lead.team, &before, &lead.lead_id, false));
        }
        if let Some(now) = theirs {
            step.effects.push(load(&lead.team, &now, &lead.lead_id, true));
        }
    }
}

fn settle_wait(lead: &mut LeadState, key: &AccountKey, at: Moment) -> Option<Effect> {
    let wants = lead.wants_a_seller();
    let follow_up = &mut lead.follow_up;
    match follow_up.waits {
        _ if follow_up.asked.is_some() => None, // the team has the question, and answers it
        None if wants => {
            follow_up.requests += 1;
            let request = follow_up.requests;
            follow_up.waits = Some(Waits { request, since: at.ingested_at });
            let not_to = follow_up.assignee.clone().or_else(|| follow_up.taken_from.clone());
            Some(request_of(lead, key, (request, true), not_to))
        }
        Some(Waits { request, .. }) if !wants => {
            follow_up.waits = None;
            let ended = WaitEnded { request, lead_id: lead.lead_id.clone(), team: lead.team.clone() };
            Some(Effect::Append(To::Key(team_key(&lead.team)), Append::WaitEnded(ended)))
        }
        _ => None,
    }
}

fn load(team: &CompactString, seller: &CompactString, lead_id: &crate::contract::LeadId, open: bool) -> Effect {
    let change = LoadChanged { team: team.clone(), seller: seller.clone(), lead_id: lead_id.clone(), open };
    Effect::Append(To::Key(team_key(team)), Append::LoadChanged(change))
}

/// What a new roster changes besides itself: whoever it says is away, or no longer names, hands their leads on.
pub(super) fn after_a_new_roster(partition: &Partition, roster: &Roster, at: Moment) -> Vec<Change> {
    let mut leaving = Leaving::clone(&partition.leaving);
    let absent =
        |team: &CompactString, seller: &CompactString| roster.seller(team, seller).is_none_or(|seller| seller.is_absent(at.ingested_at));
    let before = partition.roster.iter().flat_map(|used| everybody(&used.roster));
    for (team, seller) in before.chain(everybody(roster)).collect::<BTreeSet<_>>() {
        if absent(team, seller) {
            leaving.insert((team.clone(), seller.clone()), None);
        }
    }
    let mut changes = vec![Change::Leaving(Arc::new(leaving))];
    for (team, rota) in partition.teams.iter() {
        let mut kept = Rota::clone(rota);
        kept.forget_those_who_left(roster.teams.get(team));
        if kept != **rota {
            changes.push(team::kept(team, kept));
        }
    }
    changes
}

/// Who begins to be away between two times of the clock, besides those who are leaving already.
pub(super) fn leaving(partition: &Partition, from: Timestamp, to: Timestamp) -> Arc<Leaving> {
    let begins = |(team, seller): &(&CompactString, &CompactString)| {
        let known = partition.roster.as_ref().and_then(|used| used.roster.seller(team, seller));
        known.is_some_and(|known| known.absences.iter().any(|absence| from < absence.start && absence.start <= to))
    };
    let begin: Vec<_> = partition.roster.iter().flat_map(|used| everybody(&used.roster)).filter(begins).collect();
    if begin.is_empty() {
        return Arc::clone(&partition.leaving);
    }
    let mut leaving = Leaving::clone(&partition.leaving);
    leaving.extend(begin.into_iter().map(|(team, seller)| ((team.clone(), seller.clone()), None)));
    Arc::new(leaving)
}

fn everybody(roster: &Roster) -> impl Iterator<Item = (&CompactString, &CompactString)> {
    roster.teams.iter().flat_map(|(team, known)| known.sellers.keys().map(move |seller| (team, seller)))
}

/// The next accounts of those who leave, at most `limit`, and who has more.
pub(super) fn accounts_of_leaving(view: &impl View, leaving: &Leaving, limit: usize) -> (Vec<AccountKey>, Leaving) {
    let (mut keys, mut rest) = (Vec::new(), BTreeMap::new());
    for ((team, seller), after) in leaving {
        let found = view.held_by(seller, after.as_ref(), limit.saturating_sub(keys.len()));
        if keys.len() + found.len() >= limit {
            rest.insert((team.clone(), seller.clone()), found.last().cloned().or_else(|| after.clone()));
        }
        keys.extend(found);
    }
    (keys, rest)
}
