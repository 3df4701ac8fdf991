//! What a decision said, in a few bytes: kept for millions of accounts where a decision itself would be too large.

use super::words;
use crate::contract::decision::{DecisionMade, Gates, Points};
use crate::contract::{Decision, Reason, Timestamp, Truth};

/// Reasons that are said by the gates and the scores themselves.
const SAID_BY_RULES: [Reason; 6] =
    [Reason::RepresentsBusiness, Reason::AbleToBuy, Reason::WantsOffering, Reason::BuysBy, Reason::Fit, Reason::Intent];

/// A decision, without whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// When it was taken.
    pub at: Timestamp,
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// The gates; `None`: no rule was asked.
    pub gates: Option<Gates>,
    /// Points of fit, and the threshold.
    pub fit: (Points, Points),
    /// Points of intent, and the threshold.
    pub intent: (Points, Points),
}

impl Said {
    /// What this decision said.
    pub fn of(made: &DecisionMade, at: Timestamp) -> Self {
        let score = |score: &Option<crate::contract::decision::Score>| {
            score.as_ref().map_or_else(Default::default, |score| (score.points, score.threshold))
        };
        Self { at, decision: made.decision, reason: made.reason, gates: made.gates, fit: score(&made.fit), intent: score(&made.intent) }
    }

    /// The gates in the order of [`Gates::NAMES`].
    pub fn truths(&self) -> Option<[Truth; 4]> {
        self.gates.map(|gates| gates.each())
    }

    /// Whether it is a lead, new or open.
    pub fn is_lead(&self) -> bool {
        matches!(self.decision, Decision::Qualified | Decision::Joined)
    }

    /// How much keeps it from being a lead: gates that are not true, thresholds not reached, and a reason beyond those.
    pub fn distance(&self) -> u8 {
        if self.is_lead() {
            return 0;
        }
        let Some(truths) = self.truths() else { return u8::MAX };
        let closed = truths.iter().filter(|truth| !truth.holds()).count() as u8;
        let below = [self.fit, self.intent].iter().filter(|(points, threshold)| points < threshold).count() as u8;
        closed + below + u8::from(!SAID_BY_RULES.contains(&self.reason))
    }

    /// Everything that keeps it from being a lead, in words.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if !self.is_lead() && !SAID_BY_RULES.contains(&self.reason) {
            missing.push(words::reason(self.reason).to_owned());
        }
        let truths = self.truths();
        let closed = Gates::NAMES.iter().zip(truths.into_iter().flatten()).filter(|(_, truth)| !truth.holds());
        missing.extend(closed.map(|(name, truth)| format!("{name} is {truth}")));
        let scores = [("fit", self.fit), ("intent", self.intent)];
        let below = scores.iter().filter(|(_, (points, threshold))| truths.is_some() && points < threshold);
        missing.extend(below.map(|(name, (points, of))| format!("{name} {} of {}", words::points(*points), words::points(*of))));
        missing
    }
}
