//! What each rule says of an account and an offering, one by one, and what is missing where it says nothing.
//!
//! Asked after a step, for people: the same questions about the same evidence as the decision asked, so the answers are those that
//! decided. It changes nothing, and refuses to know how a decision is made of the answers.

use compact_str::CompactString;

use super::account::Account;
use super::asked::{Asked, Setting};
use super::evidence::Evidence;
use super::qualify::{judged, match_anew, setting};
use crate::contract::decision::{Gates, Points, Score};
use crate::contract::{AccountKey, Class, Decision, Reason, Timestamp, Truth};
use crate::rulebook::subject::Scope;
use crate::rulebook::{Criterion, Predicate, Rulebook};

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// One of the four questions.
    Gate,
    /// Points for who they are.
    Fit,
    /// Points for what they do.
    Intent,
    /// What must not be true.
    Disqualifier,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which kind of rule.
    pub kind: RuleKind,
    /// Its id, or the gate's name.
    pub id: CompactString,
    /// True, false or unknown. Of a criterion of intent: about this interaction; older ones may have given points all the same.
    pub truth: Truth,
    /// The fields that make it unknown.
    pub missing: Vec<CompactString>,
    /// What it gives where it holds; `None`: it gives no points.
    pub points: Option<Points>,
    /// The agreed words for it.
    pub because: Option<String>,
}

/// What every rule says about an interaction that was folded just now; in the rulebook's order, gates first. `None`: the interaction
/// was not kept, because it is older than what counts.
pub fn explain(
    rulebook: &Rulebook,
    account: &Account,
    key: &AccountKey,
    interaction_id: &str,
    offering: Option<&str>,
    now: Timestamp,
) -> Option<Vec<Answer>> {
    let evidence = account.evidence.iter().rev().find(|kept| kept.interaction_id == interaction_id)?;
    Some(answers(rulebook, setting(rulebook, account, key.domain(), offering, now), evidence))
}

/// What the rules say of an offering with everything that is known by now.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What would be decided.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// Who they are.
    pub fit: Score,
    /// What they do.
    pub intent: Score,
    /// What each rule says.
    pub answers: Vec<Answer>,
}

/// Asks the rules again, at this moment, about the newest of an offering that somebody asked for, else about the newest
/// that was done. `None`: nothing of it is kept.
pub fn standing(rulebook: &Rulebook, mut account: Account, key: &AccountKey, offering: &str, now: Timestamp) -> Option<Standing> {
    match_anew(&mut account, rulebook, key.domain(), now);
    let name = account.words.find(offering)?;
    let of_offering = || account.evidence.iter().rev().filter(|kept| kept.offering == name);
    let evidence = of_offering().find(|kept| kept.class == Class::Intent).or_else(|| of_offering().next())?;
    let setting = setting(rulebook, &account, key.domain(), Some(offering), now);
    let (verdict, decision, reason) = judged(setting, evidence, now);
    let answers = answers(rulebook, setting, evidence);
    Some(Standing { decision, reason, fit: verdict.fit, intent: verdict.intent, answers })
}

fn answers(rulebook: &Rulebook, setting: Setting<'_>, evidence: &Evidence) -> Vec<Answer> {
    let subject = setting.decision(evidence);
    let mut answers = Vec::new();
    for (name, gate) in Gates::NAMES.into_iter().zip(rulebook.gates.each()) {
        answers.push(answer(RuleKind::Gate, CompactString::const_new(name), gate, &subject, rulebook));
    }
    let with_points = |kind, criterion: &Criterion, subject: &Asked<'_>| Answer {
        points: Some(criterion.points),
        because: criterion.because.clone(),
        ..answer(kind, criterion.id.clone(), &criterion.when, subject, rulebook)
    };
    answers.extend(rulebook.fit.criteria.iter().map(|criterion| with_points(RuleKind::Fit, criterion, &subject)));
    for criterion in &rulebook.intent.criteria {
        let about = asked_of_intent(criterion, setting, evidence);
        answers.push(with_points(RuleKind::Intent, criterion, &about));
    }
    for rule in &rulebook.disqualifiers {
        let answer = answer(RuleKind::Disqualifier, rule.id.clone(), &rule.when, &subject, rulebook);
        answers.push(Answer { because: rule.because.clone(), ..answer });
    }
    answers
}

/// A criterion of intent is about the evidence itself; one that reads the account alone, about the newest.
fn asked_of_intent<'a>(criterion: &Criterion, setting: Setting<'a>, evidence: &'a Evidence) -> Asked<'a> {
    let newest = setting.account.evidence.iter().rev().find(|kept| kept.offering == evidence.offering);
    let of_account = criterion.reads(Scope::Account) && !criterion.reads(Scope::Evidence);
    setting.evidence(newest.filter(|_| of_account).unwrap_or(evidence))
}

fn answer(kind: RuleKind, id: CompactString, when: &Predicate, subject: &Asked<'_>, rulebook: &Rulebook) -> Answer {
    let truth = when.truth(subject);
    let missing = if truth == Truth::Unknown { when.missing(subject, &rulebook.attributes) } else { Vec::new() };
    Answer { kind, id, truth, missing, points: None, because: None }
}
