//! Time: the partition's clock, and what it makes due.
//!
//! Time passes by watermarks on the log, so a lag delays what is due and a restart repeats nothing. A deadline is a row of the
//! account; what is due goes in the order (deadline, key), at most a thousand a record, and a `continue` lets others in between.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::account::Account;
use super::crm::changed;
use super::handoff::{Shown, as_of_now, refresh};
use super::lead::{LeadState, LeadStatus};
use super::partition::{Clock, Leaving, View};
use super::qualify::match_anew;
use super::step::{Append, Change, Effect, Entry, Moment, Outcome, Step, To};
use super::{assign, follow_up, team, timers};
use crate::contract::log::Watermark;
use crate::contract::time::DAY_MS;
use crate::contract::{AccountKey, Irregularity, Timestamp};
use crate::rulebook::Rulebook;

/// The most accounts that one record may touch.
pub const MAX_DUE: usize = 1_000;

/// With more hashes of interactions than this, an account is looked at when they may be forgotten.
const SEEN_OF_A_CROWD: usize = 256;

/// Folds a watermark: moves the clock, and fires what is due by it.
pub(super) fn watermark(view: &mut impl View, entry: &Entry<'_>, watermark: &Watermark, at: Moment) -> Step {
    let clock = moved(&view.partition().clock, watermark, at.ingested_at);
    let stands = clock == view.partition().clock;
    // A team that does not answer is waited for by the log's own time, and so is room for whoever waits: the feed may stand still.
    if stands && view.asking(at.ingested_at, 1).is_empty() && !team::has_work(view.partition(), at) {
        return Step::ignored();
    }
    let leaving = assign::leaving(view.partition(), view.partition().clock.now, clock.now);
    let mut step = fire(view, entry, clock.now, &leaving, at);
    step.changes.insert(0, Change::Clock(clock));
    step
}

/// The clock after a watermark: the least of all sources, never later than the watermark's own append time, never back.
///
/// No source counts beyond that append time either, whatever was told of it and whatever the changelog holds: a process whose clock was ahead
/// once would else have told of times that are still to come, and nothing that is unread then would hold the clock (FU-3).
fn moved(clock: &Clock, watermark: &Watermark, ingested_at: Timestamp) -> Clock {
    // Who knows of no source, or of none that it reads, says nothing of the time.
    let Some(told) = watermark.as_of.keys().next().filter(|_| watermark.sources > 0) else { return clock.clone() };
    // There is one feed, or time itself is the source: sources of another topic are of an older configuration, those beyond the number of
    // partitions of a topic that was made again with fewer. Neither would ever move.
    let (feed, _) = topic_and_partition(told);
    let counts = |source: &str| {
        let (topic, partition) = topic_and_partition(source);
        topic == feed && partition < watermark.sources
    };
    let mut as_of = clock.as_of.clone();
    as_of.retain(|source, _| counts(source));
    for (source, at) in watermark.as_of.iter().filter(|(source, _)| counts(source)) {
        let known = as_of.entry(source.clone()).or_insert(*at);
        *known = (*known).max(*at);
    }
    as_of.values_mut().for_each(|at| *at = (*at).min(ingested_at));
    let complete = as_of.len() >= watermark.sources as usize;
    let least = as_of.values().min().copied().filter(|_| complete);
    Clock { now: least.map_or(clock.now, |least| clock.now.max(least)), as_of }
}

/// Topic and partition of a source `topic-partition`; of the source that stands for time where there is no feed, its own name and 0.
fn topic_and_partition(source: &str) -> (&str, u32) {
    let parts = source.rsplit_once('-').and_then(|(topic, partition)| Some((topic, partition.parse().ok()?)));
    parts.unwrap_or((source, 0))
}

/// Fires what is due up to `until`, at most [`MAX_DUE`] accounts; asks for more by `continue`.
pub(super) fn fire(view: &mut impl View, entry: &Entry<'_>, until: Timestamp, leaving: &Leaving, at: Moment) -> Step {
    let mut step = Step::new(Outcome::Ticked);
    let partition = view.partition().clone();
    let law = partition.law.as_ref();
    let Due { keys, still_leaving, more } = due(view, leaving, until, at);
    for key in keys {
        let Some(mut account) = view.lend(&key) else { continue };
        let around = (&partition, entry, at);
        assign::time_out(&mut account, &key, around, &mut step);
        assign::look_again(&mut account, &key, leaving, (&partition, at), &mut step);
        if let Some(law) = law {
            follow_up::bring_back(&mut account, &key, until, (&partition, law, entry), at, &mut step);
        }
        let has_ended = timers::fire(&mut account, &key, until, around, &mut step);
        if let Some(law) = law.filter(|_| has_ended) {
            schedule_forgetting(&mut account, &law.rulebook);
        }
        // Before anything is forgotten: what the team knows of a lead is not.
        assign::settle(&mut account, &key, at, &mut step);
        if account.forget_at.is_some_and(|due| due <= until) {
            // A lead that is forgotten with its end is told to its team before that.
            assign::settle(&mut account, &key, at, &mut step);
            forget(view, &mut account, &key, at, &mut step);
        }
        if account.leads.iter().any(|lead| lead.update_due.is_some_and(|due| due <= until)) {
            refresh_leads(view, &mut account, &key, entry, at, &mut step);
        }
        account.sweep_names();
        step.changes.push(changed(key, account));
    }
    team::serve_queues(&partition, at, &mut step);
    if still_leaving != *partition.leaving {
        step.changes.push(Change::Leaving(Arc::new(still_leaving)));
    }
    let go_on = Effect::Append(To::Own, Append::Continue);
    if more && !step.effects.contains(&go_on) {
        step.effects.push(go_on);
    }
    step
}

/// Whose turn it is in this record.
struct Due {
    /// Each once, in the order in which they are looked at.
    keys: Vec<AccountKey>,
    /// Who leaves, and has more.
    still_leaving: Leaving,
    /// There is more than one record may do.
    more: bool,
}

/// Leads that wait for an answer by the log's own time, those whose sellers leave, and then what is due, in the order (deadline, key).
fn due(view: &impl View, leaving: &Leaving, until: Timestamp, at: Moment) -> Due {
    let mut keys = view.asking(at.ingested_at, MAX_DUE);
    let (of_leaving, still_leaving) = assign::accounts_of_leaving(view, leaving, MAX_DUE - keys.len());
    keys.extend(of_leaving);
    let room = MAX_DUE - keys.len();
    let mut due = view.due(until, room + 1);
    let more = due.len() > room || !still_leaving.is_empty();
    due.truncate(room);
    keys.extend(due.into_iter().map(|(_, key)| key));
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    Due { keys, still_leaving, more }
}

/// Tells the sellers of open leads what has changed, or holds it back.
pub(super) fn refresh_leads(view: &impl View, account: &mut Account, key: &AccountKey, entry: &Entry<'_>, at: Moment, step: &mut Step) {
    let Some(law) = view.partition().law.clone() else { return };
    let entry = Entry { key: key.clone(), ..entry.clone() };
    match_anew(account, &law.rulebook, key.domain(), at.ingested_at);
    for place in 0..account.leads.len() {
        if account.leads[place].status != LeadStatus::Open {
            continue;
        }
        let (verdict, disqualifier) = as_of_now(account, place, key, &law, at);
        let shown = Shown { verdict: verdict.as_ref(), disqualifier };
        step.effects.extend(refresh(account, place, &shown, &entry, &law, at));
    }
}

/// Forgets what is older than the rulebook lets count; what an open lead needs stays.
fn forget(view: &impl View, account: &mut Account, key: &AccountKey, at: Moment, step: &mut Step) {
    let Some(law) = &view.partition().law else { return };
    match_anew(account, &law.rulebook, key.domain(), at.ingested_at);
    let reached = account.only_reached().is_some_and(|last| last < at.ingested_at.plus_ms(-law.rulebook.forget_reached_after_ms));
    let horizon = if reached { at.ingested_at } else { at.ingested_at.plus_ms(-law.rulebook.forget_after_ms) };
    account.evidence.retain(|kept| kept.at >= horizon);
    account.declarations.retain_mut(|declaration| declaration.forget_before(horizon));
    let people = std::mem::take(&mut account.people);
    let (kept, left): (Vec<_>, Vec<_>) =
        people.into_iter().partition(|person| person.last_seen_at >= horizon || account.is_contact(person.id));
    account.people = kept;
    // Who is forgotten is not called for that.
    if left.iter().filter(|person| account.leaves(person)).count() > 0 {
        step.irregular.push(Irregularity::RefusalMadeRoom);
    }
    account.refusals.forget_before(at.ingested_at.plus_ms(-law.rulebook.forget_refusals_after_ms));
    account.drop_leads(|lead| lead.forgotten_at().is_some_and(|until| until <= at.ingested_at));
    // What they served is forgotten by then too.
    let horizon = at.ingested_at.plus_ms(-law.rulebook.forget_after_ms);
    account.served.retain(|(_, ended)| *ended >= horizon);
    account.seen.forget_before(at.ingested_at.plus_ms(-law.rulebook.max_handoff_age_ms));
    schedule_forgetting(account, &law.rulebook);
}

/// Sets the day on which something of the account is to be forgotten next: the first midnight (UTC) after it.
pub(super) fn schedule_forgetting(account: &mut Account, rulebook: &Rulebook) {
    let people = account.people.iter().filter(|person| !account.is_contact(person.id)).map(|person| person.last_seen_at);
    let declarations = account.declarations.iter().filter_map(super::account::Declaration::first_at);
    let evidence = account.evidence.first().map(|kept| kept.at).into_iter();
    let served = account.served.iter().map(|(_, ended)| *ended);
    let oldest = evidence.chain(people).chain(declarations).chain(served).min();
    let ended = account.leads.iter().filter_map(LeadState::forgotten_at);
    let reached = account.only_reached().map(|last| last.plus_ms(rulebook.forget_reached_after_ms));
    let refusals = account.refusals.first_at().map(|at| at.plus_ms(rulebook.forget_refusals_after_ms));
    // A crowd's hashes are many bytes; those of a few go with whatever else is forgotten.
    let crowd = account.seen.first_at().filter(|_| account.seen.len() > SEEN_OF_A_CROWD);
    let repeats = crowd.map(|at| at.plus_ms(rulebook.max_handoff_age_ms + DAY_MS));
    let oldest = oldest.map(|oldest| oldest.plus_ms(rulebook.forget_after_ms)).into_iter();
    let expires = oldest.chain(ended).chain(refusals).chain(reached).chain(repeats).min();
    account.forget_at = expires.map(|expires| Timestamp::from_ms((expires.as_ms().div_euclid(DAY_MS) + 1) * DAY_MS));
}
