//! A rulebook's own examples, decided by the very step that decides in service.
//!
//! Each example is the story of one account in a partition of its own. All that is given is folded at the example's moment, in the
//! order of its times, and what is expected is expected of the last. This file refuses to know how a rulebook is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use super::account::Account;
use super::partition::{CrmIndex, Law, Partition, View};
use super::step::{Change, Effect, Entry, LeadEvent, Moment, step};
use crate::contract::account_key::FreeMail;
use crate::contract::decision::{DecisionMade, Gates, Score};
use crate::contract::log::{InForce, Record};
use crate::contract::{AccountKey, Decision, Interaction, LeadId, Reason, Timestamp, Truth};
use crate::rulebook::Rulebook;
use crate::rulebook::compiled::{Example, Expectation};

/// What became of an example.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleOutcome {
    /// Its name.
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Its place in the file, in bytes.
    pub span: Range<usize>,
    /// What was agreed.
    pub expected: Expectation,
    /// What was decided about the last interaction; `None` if nothing was.
    pub decided: Option<Decided>,
    /// Whether it is what was agreed.
    pub holds: bool,
    /// Why it was decided like this: the gates that are not true and the scores, in words.
    pub why: String,
}

/// A decision, as far as examples expect something of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// Its reason.
    pub reason: Reason,
    /// The route of the lead that was handed off.
    pub route: Option<CompactString>,
}

impl ExampleOutcome {
    /// What was expected, in words: `qualified by route rest`.
    pub fn expectation(&self) -> String {
        let Expectation { decision, reason, route } = &self.expected;
        in_words(*decision, *reason, route.as_deref())
    }

    /// What was decided, in words.
    pub fn decision(&self) -> String {
        match &self.decided {
            Some(decided) => in_words(Some(decided.decision), Some(decided.reason), decided.route.as_deref()),
            None => "nothing".to_owned(),
        }
    }
}

fn in_words(decision: Option<Decision>, reason: Option<Reason>, route: Option<&str>) -> String {
    let mut words = decision.map_or("any decision", Decision::as_str).to_owned();
    // What `all_hold` says, `qualified` says already.
    if let Some(reason) = reason.filter(|reason| *reason != Reason::AllHold || decision != Some(Decision::Qualified)) {
        words += &format!(" ({reason})");
    }
    if let Some(route) = route {
        words += &format!(" by route {route}");
    }
    words
}

/// Decides every example of a rulebook.
pub fn run(rulebook: &Arc<Rulebook>) -> Vec<ExampleOutcome> {
    rulebook.examples.iter().map(|example| outcome(rulebook, example)).collect()
}

fn outcome(rulebook: &Arc<Rulebook>, example: &Example) -> ExampleOutcome {
    let mut story = Story::new(rulebook);
    let mut last: Vec<(DecisionMade, Option<CompactString>)> = Vec::new();
    for (number, document) in example.given.iter().enumerate() {
        last = story.tell(number, document, example.at);
    }
    // An interaction about two offerings has two decisions: one of them has to be the expected one.
    let meets = |(made, route): &(DecisionMade, Option<CompactString>)| {
        let Expectation { decision, reason, route: expected } = &example.expect;
        decision.is_none_or(|decision| decision == made.decision)
            && reason.is_none_or(|reason| reason == made.reason)
            && expected.as_ref().is_none_or(|expected| route.as_ref() == Some(expected))
    };
    let found = last.iter().position(meets);
    let shown = last.get(found.unwrap_or(0));
    ExampleOutcome {
        name: example.name.clone(),
        line: example.line,
        span: example.span.clone(),
        expected: example.expect.clone(),
        decided: shown.map(|(made, route)| Decided { decision: made.decision, reason: made.reason, route: route.clone() }),
        holds: found.is_some(),
        why: shown.map_or_else(String::new, |(made, _)| why(made)),
    }
}

/// Why a decision was taken, as far as rules were asked.
fn why(made: &DecisionMade) -> String {
    let mut parts = Vec::new();
    if let Some(disqualifier) = &made.disqualifier {
        parts.push(format!("the disqualifier {disqualifier} holds"));
    }
    if let Some(gates) = &made.gates {
        let named = Gates::NAMES.into_iter().zip(gates.each());
        parts.extend(named.filter(|(_, truth)| *truth != Truth::True).map(|(name, truth)| format!("{name} is {truth}")));
    }
    let score = |name: &str, score: &Score| format!("{name} {} of {}", Tenths(score.points.0), Tenths(score.threshold.0));
    parts.extend(made.fit.as_ref().map(|fit| score("fit", fit)));
    parts.extend(made.intent.as_ref().map(|intent| score("intent", intent)));
    parts.join(", ")
}

/// Millionths of a point as points with one decimal, cut as outputs cut them.
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0.div_euclid(crate::contract::decision::Points::SCALE / 10);
        let (whole, rest) = (tenths / 10, tenths % 10);
        if rest == 0 { write!(f, "{whole}") } else { write!(f, "{:.1}", tenths as f64 / 10.0) }
    }
}

/// A partition in memory, for one example.
struct Story {
    partition: Partition,
    accounts: BTreeMap<AccountKey, Box<Account>>,
    free_mail: FreeMail,
}

impl Story {
    fn new(rulebook: &Arc<Rulebook>) -> Self {
        let record = InForce {
            digest: rulebook.digest.clone(), // the rules themselves are beside it
            revision: rulebook.revision,
            ..InForce::default()
        };
        let law = Law { rulebook: rulebook.clone(), record: Arc::new(record) };
        let partition = Partition { count: 1, law: Some(law), ..Partition::default() };
        Self { partition, accounts: BTreeMap::new(), free_mail: FreeMail::default() }
    }

    /// Folds one interaction; its decisions, each with the route of the lead that it made.
    fn tell(&mut self, number: usize, document: &[u8], at: Timestamp) -> Vec<(DecisionMade, Option<CompactString>)> {
        // The compiler parsed each document with this very function.
        let Ok(interaction) = Interaction::parse(document) else { return Vec::new() };
        let cause = format_compact!("example-0-{number}");
        let key = interaction.account_key(&self.free_mail);
        let record = Record::Interaction("example".into(), Box::new(interaction));
        let entry = Entry { key, record, cause: cause.clone(), source: cause };
        let folded = step(self, &entry, Moment { ingested_at: at, wall: at });
        for change in folded.changes {
            // An account that has nothing left was taken out when it was lent.
            if let Change::Account(key, Some(account)) | Change::Untouched(key, account) = change {
                self.accounts.insert(key, account);
            }
        }
        let mut decisions = Vec::new();
        let mut routes: Vec<(CompactString, CompactString)> = Vec::new();
        for effect in folded.effects {
            match effect {
                Effect::Decision(made) => decisions.push(*made),
                Effect::Lead { event: LeadEvent::Qualified, lead, .. } => {
                    routes.push((lead.offering.clone(), lead.assignment.route.clone()))
                }
                _ => {}
            }
        }
        // What was asked for before, and is judged again by what this one says, comes after its own.
        decisions.sort_by_key(|made| made.judged_again);
        let route_of = |made: &DecisionMade| {
            let offering = made.offering.as_ref().filter(|_| made.decision == Decision::Qualified)?;
            routes.iter().find(|(of, _)| of == offering).map(|(_, route)| route.clone())
        };
        decisions.into_iter().map(|made| (route_of(&made), made)).map(|(route, made)| (made, route)).collect()
    }
}

impl View for Story {
    fn has_room_for_a_person(&self) -> bool {
        true
    }

    fn partition(&self) -> &Partition {
        &self.partition
    }

    fn lend(&mut self, key: &AccountKey) -> Option<Box<Account>> {
        self.accounts.remove(key)
    }

    fn account_of(&self, _: &LeadId) -> Option<AccountKey> {
        None // an example ends with the hand-off
    }

    fn needs_terms(&self, _: u64) -> bool {
        false // and nothing outlives it
    }

    fn held_by(&self, _: &str, _: Option<&AccountKey>, _: usize) -> Vec<AccountKey> {
        Vec::new() // nobody has it yet
    }

    fn asking(&self, _: Timestamp, _: usize) -> Vec<AccountKey> {
        Vec::new() // an example has no roster
    }

    fn crm_index(&self, _: &str) -> Option<CrmIndex> {
        None // an example has no facts of a CRM
    }

    fn due(&self, _: Timestamp, _: usize) -> Vec<(Timestamp, AccountKey)> {
        Vec::new() // an example is one moment: nothing falls due in it
    }
}
