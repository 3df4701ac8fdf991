//! Time: the partition's clock, and what it makes due.
//!
//! Time passes by watermarks on the log, so a lag delays what is due and a restart repeats nothing. A deadline is a row of the
//! account; what is due goes in the order (deadline, key), at most a thousand a record, and a `continue` lets others in between.

use super::account::Account;
use super::crm::changed;
use super::handoff::{Shown, refresh};
use super::lead::{LeadState, LeadStatus};
use super::partition::{Clock, View};
use super::qualify::{disqualifier, match_anew, setting};
use super::scoring::Verdict;
use super::step::{Append, Change, Effect, Entry, Moment, Outcome, Step, To};
use super::{follow_up, timers};
use crate::contract::log::Watermark;
use crate::contract::time::DAY_MS;
use crate::contract::{AccountKey, Timestamp};

/// The most accounts that one record may touch.
pub const MAX_DUE: usize = 1_000;

/// Folds a watermark: moves the clock, and fires what is due by it.
pub(super) fn watermark(view: &mut impl View, entry: &Entry<'_>, watermark: &Watermark, at: Moment) -> Step {
    let clock = moved(&view.partition().clock, watermark, at.ingested_at);
    if clock == view.partition().clock {
        return Step::ignored();
    }
    let until = clock.now;
    let mut step = fire(view, entry, until, at);
    step.outcome = Outcome::Ticked;
    step.changes.insert(0, Change::Clock(clock));
    step
}

/// The clock behind a watermark: the least of all sources, never later than the watermark's own time, never back.
fn moved(clock: &Clock, watermark: &Watermark, ingested_at: Timestamp) -> Clock {
    let mut as_of = clock.as_of.clone();
    // There is one feed, or time itself is the source: sources of another topic are of an older configuration, and would never move again.
    let feed = watermark.as_of.keys().next().map(|source| topic_of(source));
    as_of.retain(|source, _| Some(topic_of(source)) == feed);
    for (source, at) in &watermark.as_of {
        let known = as_of.entry(source.clone()).or_insert(*at);
        *known = (*known).max(*at);
    }
    let complete = as_of.len() >= watermark.sources as usize;
    let least = as_of.values().min().copied().filter(|_| complete);
    let now = least.map_or(clock.now, |least| clock.now.max(least.min(ingested_at)));
    Clock { as_of, now }
}

/// The topic of a source `topic-partition`; of the source that stands for time where there is no feed its own name.
fn topic_of(source: &str) -> &str {
    source.rsplit_once('-').map_or(source, |(topic, _)| topic)
}

/// Fires what is due up to `until`, at most [`MAX_DUE`] accounts; asks for more by `continue`.
pub(super) fn fire(view: &mut impl View, entry: &Entry<'_>, until: Timestamp, at: Moment) -> Step {
    let mut step = Step::new(Outcome::Ticked);
    let mut due = view.due(until, MAX_DUE + 1);
    let more = due.len() > MAX_DUE;
    due.truncate(MAX_DUE);
    let law = view.partition().law.clone();
    let lineage = entry.lineage(law.as_ref(), at);
    for (_, key) in due {
        let Some(mut account) = view.lend(&key) else { continue };
        if let Some(law) = &law {
            follow_up::bring_back(&mut account, &key, until, (law, &lineage), at, &mut step);
        }
        timers::fire(&mut account, &key, until, view.partition(), &lineage, &mut step);
        if account.forget_at.is_some_and(|due| due <= until) {
            forget(view, &mut account, at);
        }
        if account.leads.iter().any(|lead| lead.update_due.is_some_and(|due| due <= until)) {
            refresh_leads(view, &mut account, &key, entry, at, &mut step);
        }
        account.sweep_names();
        step.changes.push(changed(key, account));
    }
    if more {
        step.effects.push(Effect::Append(To::Own, Append::Continue));
    }
    step
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
        let offering = account.words.owned(account.leads[place].offering);
        let evidence = account.evidence.iter().rev().find(|kept| kept.offering == account.leads[place].offering).cloned();
        let asked = setting(&law.rulebook, account, key.domain(), offering.as_deref(), at.ingested_at);
        let verdict = evidence.as_ref().map(|evidence| Verdict::of(asked, evidence, at.ingested_at));
        let disqualifier = evidence.as_ref().and_then(|evidence| disqualifier(asked, evidence));
        let shown = Shown { verdict: verdict.as_ref(), disqualifier };
        step.effects.extend(refresh(account, place, &shown, &entry, &law, at));
    }
}

/// Forgets what is older than the rulebook lets count; what an open lead needs stays.
fn forget(view: &impl View, account: &mut Account, at: Moment) {
    let Some(law) = &view.partition().law else { return };
    let forget_after_ms = law.rulebook.forget_after_ms;
    let horizon = at.ingested_at.plus_ms(-forget_after_ms);
    account.evidence.retain(|kept| kept.at >= horizon);
    account.declarations.retain_mut(|declaration| declaration.forget_before(horizon));
    let needed: Vec<_> = account.leads.iter().filter(|lead| lead.is_open()).map(|lead| lead.contact).collect();
    account.people.retain(|person| person.last_seen_at >= horizon || needed.contains(&person.id));
    account.leads.retain(|lead| lead.forgotten_at().is_none_or(|until| until > at.ingested_at));
    schedule_forgetting(account, forget_after_ms);
}

/// Sets the day on which something of the account is to be forgotten next: the first midnight (UTC) after it.
pub(super) fn schedule_forgetting(account: &mut Account, forget_after_ms: i64) {
    let needed = |id| account.leads.iter().any(|lead| lead.is_open() && lead.contact == id);
    let people = account.people.iter().filter(|person| !needed(person.id)).map(|person| person.last_seen_at);
    let declarations = account.declarations.iter().filter_map(super::account::Declaration::first_at);
    let oldest = account.evidence.first().map(|kept| kept.at).into_iter().chain(people).chain(declarations).min();
    let ended = account.leads.iter().filter_map(LeadState::forgotten_at);
    let expires = oldest.map(|oldest| oldest.plus_ms(forget_after_ms)).into_iter().chain(ended).min();
    account.forget_at = expires.map(|expires| Timestamp::from_ms((expires.as_ms().div_euclid(DAY_MS) + 1) * DAY_MS));
}
