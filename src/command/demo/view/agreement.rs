//! What the view says of the agreement beside the outputs: its thresholds, and which of its criteria are about intent.

use std::collections::BTreeSet;

use crate::contract::decision::Points;
use crate::rulebook::Rulebook;

/// The agreement, as far as the view speaks of it.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// Points of profile that a lead needs.
    pub fit: i64,
    /// Points of intent that a lead needs.
    pub intent: i64,
    of_intent: BTreeSet<String>,
}

impl Agreement {
    /// Of a rulebook.
    pub fn of(rulebook: &Rulebook) -> Self {
        let whole = |points: Points| points.0 / Points::SCALE;
        let of_intent = rulebook.intent.criteria.iter().map(|criterion| criterion.id.to_string()).collect();
        Self { fit: whole(rulebook.fit.threshold), intent: whole(rulebook.intent.threshold), of_intent }
    }

    /// Whether the criterion of this name is about intent.
    pub fn is_intent(&self, criterion: &str) -> bool {
        self.of_intent.contains(criterion)
    }
}
