//! What each account (or each sale: an account and an offering) did under the rulebook, and when: kept to be held against outcomes.
//!
//! A few dozen bytes a criterion that matched, nothing else. Whatever came after the first win is not kept: nothing may be explained
//! by what came later.

use std::mem;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::outcomes::{Outcome, Outcomes};
use crate::command::replay::Said;
use crate::command::replay::names::Names;
use crate::contract::decision::{DecisionMade, Gates, Matched};
use crate::contract::{AccountKey, Decision, Interaction, LeadId, Timestamp};
use crate::rulebook::{Criterion, Rulebook};

/// No offering: the account as a whole.
const WHOLE: u32 = u32::MAX;

/// What a rule is, for people who read a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id; a gate's name.
    pub id: CompactString,
    /// `gate`, `fit` or `intent`.
    pub kind: &'static str,
    /// The agreed words for it.
    pub because: Option<String>,
}

/// What one account, or one sale, did.
#[derive(Clone, Debug)]
pub struct Track {
    /// Its first evidence.
    pub first_at: Timestamp,
    /// When it became a lead first.
    pub qualified_at: Option<Timestamp>,
    /// Which rules matched, each with the first time.
    pub matched: Vec<(u16, Timestamp)>,
    /// What came nearest before it was won.
    pub nearest: Option<Said>,
    /// The win that what comes later is cut off at.
    until: Timestamp,
}

/// Every account's or sale's track.
pub struct Tracks {
    rules: Vec<Rule>,
    fit: Vec<CompactString>,
    intent: Vec<CompactString>,
    outcomes: Outcomes,
    /// (account, offering or [`WHOLE`]) → outcomes.
    found: FxHashMap<(u32, u32), Vec<Outcome>>,
    tracks: FxHashMap<(u32, u32), Track>,
    first_seen: Vec<Timestamp>,
}

impl Tracks {
    /// Nothing yet, of this rulebook and against these outcomes.
    pub fn new(rulebook: &Rulebook, outcomes: Outcomes) -> Self {
        let rule = |kind| move |criterion: &Criterion| Rule { id: criterion.id.clone(), kind, because: criterion.because.clone() };
        let gate = |name| Rule { id: CompactString::const_new(name), kind: "gate", because: None };
        let rules = Gates::NAMES.map(gate).into_iter();
        let rules = rules.chain(rulebook.fit.criteria.iter().map(rule("fit"))).chain(rulebook.intent.criteria.iter().map(rule("intent")));
        let ids = |criteria: &[Criterion]| criteria.iter().map(|criterion| criterion.id.clone()).collect();
        Self {
            rules: rules.collect(),
            fit: ids(&rulebook.fit.criteria),
            intent: ids(&rulebook.intent.criteria),
            outcomes,
            found: FxHashMap::default(),
            tracks: FxHashMap::default(),
            first_seen: Vec::new(),
        }
    }

    /// Whether sales are counted, and not accounts.
    pub fn by_sale(&self) -> bool {
        self.outcomes.every_offering_known
    }

    /// Every rule, in the order of [`Track::matched`]'s numbers.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The outcomes that nobody of the history was found for, and what else was wrong with the file.
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// An account was seen: its outcomes are looked up when it is new.
    pub fn seen(&mut self, account: u32, key: &AccountKey, at: Timestamp, offerings: &mut Names) {
        if (account as usize) < self.first_seen.len() {
            return;
        }
        self.first_seen.push(at);
        for outcome in self.outcomes.by_account.remove(key).unwrap_or_default() {
            self.attach(account, None, outcome, offerings);
        }
    }

    /// Finds the lead that this interaction opened in service, if an outcome names it.
    pub fn resolve(&mut self, account: u32, key: &AccountKey, source: &str, interaction: &Interaction<'_>, offerings: &mut Names) {
        if self.outcomes.by_lead.is_empty() {
            return;
        }
        for offering in interaction.offerings() {
            let id = LeadId::new(key, offering, source, &interaction.interaction_id);
            for outcome in self.outcomes.by_lead.remove(&id).unwrap_or_default() {
                self.attach(account, Some(offering), outcome, offerings);
            }
        }
    }

    fn attach(&mut self, account: u32, offering: Option<&str>, outcome: Outcome, offerings: &mut Names) {
        let sold = if self.by_sale() { offering.or(outcome.offering.as_deref()) } else { None };
        let subject = (account, sold.map_or(WHOLE, |offering| offerings.number(offering)));
        if let Some(track) = self.tracks.get_mut(&subject)
            && outcome.won
            && outcome.at > track.first_at
        {
            track.until = track.until.min(outcome.at);
        }
        self.found.entry(subject).or_default().push(outcome);
    }

    /// Takes a decision about an account and an offering.
    pub fn decided(&mut self, account: u32, offering: Option<u32>, made: &DecisionMade, at: Timestamp) {
        let subject = match (self.by_sale(), offering) {
            (true, None) => return, // no sale can be meant
            (true, Some(offering)) => (account, offering),
            (false, _) => (account, WHOLE),
        };
        let track = self.tracks.entry(subject).or_insert_with(|| {
            let wins = self.found.get(&subject).into_iter().flatten().filter(|outcome| outcome.won && outcome.at > at);
            let until = wins.map(|outcome| outcome.at).min().unwrap_or(Timestamp::from_ms(i64::MAX));
            Track { first_at: at, qualified_at: None, matched: Vec::new(), nearest: None, until }
        });
        if at >= track.until || made.decision == Decision::Duplicate {
            return;
        }
        if made.decision == Decision::Qualified && track.qualified_at.is_none() {
            track.qualified_at = Some(at);
        }
        let mut note = |rule: usize| {
            let rule = rule as u16;
            if !track.matched.iter().any(|(known, _)| *known == rule) {
                track.matched.push((rule, at));
            }
        };
        let said = Said::of(made, at);
        said.truths().iter().flatten().enumerate().filter(|(_, truth)| truth.holds()).for_each(|(gate, _)| note(gate));
        let fit = made.fit.as_ref().map_or(&[][..], |fit| &fit.matched);
        let intent = made.intent.as_ref().map_or(&[][..], |intent| &intent.matched);
        places(&self.fit, fit).for_each(|place| note(Gates::NAMES.len() + place));
        places(&self.intent, intent).for_each(|place| note(Gates::NAMES.len() + self.fit.len() + place));
        // Of two that miss as much, the later one.
        if track.nearest.is_none_or(|known| said.distance() <= known.distance()) {
            track.nearest = Some(said);
        }
    }

    /// Everything, to be judged: each subject's track with its outcomes. Of a sale that no interaction was about there are only outcomes.
    pub fn finish(&mut self) -> Vec<Judged> {
        let mut found = mem::take(&mut self.found);
        let mut judged: Vec<Judged> = mem::take(&mut self.tracks)
            .into_iter()
            .map(|((account, offering), track)| {
                let outcomes = found.remove(&(account, offering)).unwrap_or_default();
                Judged { account, offering: (offering != WHOLE).then_some(offering), track, outcomes }
            })
            .collect();
        judged.extend(found.into_iter().map(|((account, offering), outcomes)| {
            let first_at = self.first_seen[account as usize];
            let until = Timestamp::from_ms(i64::MAX);
            let track = Track { first_at, qualified_at: None, matched: Vec::new(), nearest: None, until };
            Judged { account, offering: (offering != WHOLE).then_some(offering), track, outcomes }
        }));
        judged.sort_by_key(|judged| (judged.account, judged.offering));
        judged
    }
}

/// An account or a sale with what became of it.
pub struct Judged {
    /// A number of the tally's accounts.
    pub account: u32,
    /// A number of its offerings, where sales are counted.
    pub offering: Option<u32>,
    /// What it did.
    pub track: Track,
    /// What became of it, in the file's order.
    pub outcomes: Vec<Outcome>,
}

/// The places of what matched among all ids; both are in the rulebook's order.
fn places(ids: &[CompactString], matched: &[Matched]) -> impl Iterator<Item = usize> {
    let mut from = 0;
    matched.iter().filter_map(move |matched| {
        let place = from + ids[from..].iter().position(|id| *id == matched.id)?;
        from = place + 1;
        Some(place)
    })
}
