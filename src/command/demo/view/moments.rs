//! One thing that happened, in a few lines: a lead, a near miss, somebody whom the rules pass over, a broken record.
//!
//! Each begins with a word of eight letters at most, so that the eye can run down the left edge.

use super::WIDTH;
use super::agreement::Agreement;
use super::heard::{DeadLetterHeard, DecisionHeard, FollowUpHeard, LeadHeard, Matched, OwnerHeard};
use super::words::{did, missing, score, spelt, when};
use crate::command::terminal::{Paint, fold, span};
use crate::contract::{Class, Decision, Reason};

/// Where the text begins, behind the word at the left edge.
const EDGE: usize = 10;
/// Where the text behind a lead's own headings begins.
const INDENT: usize = EDGE + 6;

/// The word at the left edge, then the text; what does not fit goes on below.
fn entry(label: &str, painted: &str, text: &str) -> Vec<String> {
    let folded = fold(text, WIDTH - EDGE);
    let pad = " ".repeat(EDGE.saturating_sub(label.chars().count()));
    let line = |(index, line): (usize, &str)| match index {
        0 => format!("{painted}{pad}{line}"),
        _ => format!("{}{line}", " ".repeat(EDGE)),
    };
    folded.lines().enumerate().map(line).collect()
}

/// An entry with more below it.
fn below(mut lines: Vec<String>, text: &str) -> Vec<String> {
    lines.extend(fold(text, WIDTH - EDGE).lines().map(|line| format!("{}{line}", " ".repeat(EDGE))));
    lines
}

/// A heading of a lead, and what stands behind it.
fn part(heading: &str, text: &str, paint: Paint) -> Vec<String> {
    let folded = fold(text, WIDTH - INDENT);
    let line = |(index, line): (usize, &str)| match index {
        0 => format!("{}{}{line}", " ".repeat(EDGE), paint.faint(&format!("{heading:<width$}", width = INDENT - EDGE))),
        _ => format!("{}{line}", " ".repeat(INDENT)),
    };
    folded.lines().enumerate().map(line).collect()
}

/// A lead as it is handed off: who wants what, whom to call, why.
pub fn lead(lead: &LeadHeard, number: usize, campaign: &str, agreement: &Agreement, paint: Paint) -> Vec<String> {
    let company = lead.account.name.as_deref().unwrap_or(&lead.account.key);
    let promise = lead.promise.respond_within.as_ref().map_or_else(String::new, |within| format!(", which answers within {within}"));
    let title = format!("{}  {company} wants {}", when(lead.clock.occurred_at), lead.offering);
    let label = format!("LEAD {number}");
    let mut lines = entry(&label, &paint.good(&label), &title);
    lines.extend(part("what", &lead.why.summary, paint));
    lines.extend(part("call", &contact(lead), paint));
    let (intent, fit): (Vec<&Matched>, Vec<&Matched>) = lead.why.matched.iter().partition(|held| agreement.is_intent(&held.id));
    let why = |what, points, threshold, held| format!("{what} {} of {threshold}: {}", score(points), reasons(held));
    lines.extend(part("why", &why("intent", lead.why.intent, agreement.intent, &intent), paint));
    lines.extend(part("", &why("profile", lead.why.fit, agreement.fit, &fit), paint));
    let seller = lead.assignment.assignee.as_ref().map_or_else(String::new, |seller| format!("{seller} of "));
    lines.extend(part("to", &format!("{seller}team {}{promise}; came by: {campaign}", lead.assignment.team), paint));
    lines
}

fn reasons(held: &[&Matched]) -> String {
    let reason = |held: &&Matched| format!("{} +{}", held.because.as_ref().unwrap_or(&held.id), score(held.points));
    held.iter().map(reason).collect::<Vec<_>>().join(", ")
}

fn contact(lead: &LeadHeard) -> String {
    let contact = &lead.contact;
    let who = contact.name.as_deref().unwrap_or(&contact.person_id);
    let role = contact.role.as_deref().map(spelt);
    let who = role.map_or_else(|| who.to_owned(), |role| format!("{who}, {role}"));
    let ways = [contact.email.clone(), contact.phone.clone()];
    std::iter::once(who).chain(ways.into_iter().flatten()).collect::<Vec<_>>().join(" · ")
}

/// What is worth telling of a decision that made no lead of its own; `None` for the crowd.
pub fn decision(decision: &DecisionHeard, lead_number: Option<usize>, paint: Paint) -> Option<Vec<String>> {
    let (Some(offering), true) = (&decision.offering, decision.class >= Class::Weak) else { return None };
    let who = &decision.account_key;
    let deed = did(&decision.kind, offering);
    let at = when(decision.occurred_at);
    match decision.decision {
        Decision::Joined => {
            let number = lead_number.map_or_else(|| "an open lead".to_owned(), |number| format!("LEAD {number}"));
            let text = format!("{at}  {who} {deed}: told to the seller of {number}, no second lead");
            Some(entry("joins", &paint.good("joins"), &text))
        }
        Decision::Disqualified if decision.class == Class::Intent => {
            let rule = decision.disqualifier.as_deref().map(spelt).unwrap_or_default();
            Some(entry("no", &paint.faint("no"), &format!("{at}  {who} {deed}; excluded by the agreement: {rule}")))
        }
        Decision::NotQualified if is_near_miss(decision) => {
            let text = format!("{at}  {who} {deed}");
            Some(below(entry("near", &paint.warning("near"), &text), &format!("missing: {}", missing(decision).join("; "))))
        }
        _ => None,
    }
}

/// Whether a decision came close: somebody asked for something and at most two things were missing, or nothing but a request was.
pub fn is_near_miss(decision: &DecisionHeard) -> bool {
    let missing = missing(decision).len();
    let close = match decision.reason {
        Reason::NoIntent => decision.class == Class::Weak && missing == 1,
        _ => decision.class == Class::Intent && (1..=2).contains(&missing),
    };
    decision.decision == Decision::NotQualified && decision.gates.is_some() && close
}

/// A customer, or an open opportunity: the owner is told.
pub fn owner(signal: &OwnerHeard, paint: Paint) -> Vec<String> {
    let why = if signal.reason == Reason::Customer { "a customer" } else { "a sale is under way" };
    let deed = did(&signal.kind, &signal.offering);
    let text = format!("{}  {} {deed}: {why}, so the owner, {}, is told", when(signal.occurred_at), signal.account_key, signal.owner_id);
    entry("owned", &paint.faint("owned"), &text)
}

/// What became of a lead, as far as it is worth a line.
pub fn follow_up(event: &FollowUpHeard, number: usize, paint: Paint) -> Option<Vec<String>> {
    let at = when(event.occurred_at);
    let whose = event.assignee.as_deref().unwrap_or("nobody in particular");
    let (word, painted, text) = match event.event.as_str() {
        "responded" if !event.corrects => {
            let who = event.activity.as_ref().and_then(|by| by.actor_id.as_deref()).unwrap_or("somebody");
            let after = event.business_seconds.map_or_else(String::new, |seconds| format!(" after {} of working time", span(seconds)));
            let kept = match event.met {
                Some(true) => ", in time",
                Some(false) => ", later than promised",
                None => "",
            };
            ("answer", paint.good("answer"), format!("{who} called{after}{kept}"))
        }
        "overdue" => ("late", paint.bad("late"), format!("nobody has called in time; it is with {whose}")),
        "overdue_withdrawn" => (
            "late not",
            paint.good("late not"),
            "somebody had called in time, and entered it later: what was told as late is taken back".to_owned(),
        ),
        "hoarded" => {
            let who = event.by.as_deref().unwrap_or("somebody");
            ("hoarded", paint.bad("hoarded"), format!("{who} has it, and nothing has come of it for three working days"))
        }
        "reassigned" => {
            let from = event.from.as_deref().unwrap_or("the queue");
            let to = event.to.as_deref().unwrap_or("the team's queue");
            let why = event.moved.as_deref().map(spelt).unwrap_or_default();
            ("moved", paint.warning("moved"), format!("from {from} to {to}: {why}"))
        }
        "closed" => {
            let how = event.disposition.as_deref().map(spelt).unwrap_or_default();
            ("ended", paint.faint("ended"), how)
        }
        "escalated" => ("told", paint.warning("told"), format!("{} hears that nobody has called", event.to.as_deref().unwrap_or("nobody"))),
        _ => return None,
    };
    Some(entry(word, &painted, &format!("{at}  LEAD {number}: {text}")))
}

/// A record that nobody could read.
pub fn dead_letter(letter: &DeadLetterHeard, paint: Paint) -> Vec<String> {
    let DeadLetterHeard { code, name, message, place, at } = letter;
    let text = format!("{}  a record could not be read; it is set aside, and the rest goes on", when(*at));
    below(entry("broken", &paint.bad("broken"), &text), &format!("{code} {name} at {place}: {message}"))
}

/// What is about to happen.
pub fn chapter(at: crate::contract::Timestamp, text: &str, paint: Paint) -> Vec<String> {
    let day: String = when(at).chars().take("Tue 03 Nov".len()).collect();
    vec![String::new(), paint.strong(&format!("── {day} ── {text}"))]
}
