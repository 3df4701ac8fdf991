//! `relevo.decision.made.v1`: what was decided about one interaction and one offering, and why.
//!
//! It must answer "why is this (not) a lead?" with no other source, and bears no personal data but the person's identifier.

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::account_key::AccountKey;
use super::kind::{Class, Kind};
use super::lead_id::LeadId;
use super::outcome::{Decision, Reason, Truth};
use super::time::Timestamp;

/// Points of fit or intent in millionths, so that sums don't depend on their order. Written with one decimal, cut and not rounded:
/// 59.97 must not read as the 60 that it has not reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub i64);

impl Points {
    /// Millionths in a point.
    pub const SCALE: i64 = 1_000_000;

    /// From points as a rulebook says them (its own limits hold them far from the ends of an `i64`).
    pub fn from_f64(points: f64) -> Self {
        Self((points * Self::SCALE as f64).round() as i64)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0); // state keeps the millionths
        }
        let tenths = self.0.div_euclid(Self::SCALE / 10);
        if tenths % 10 == 0 { serializer.serialize_i64(tenths / 10) } else { serializer.serialize_f64(tenths as f64 / 10.0) }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            f64::deserialize(deserializer).map(Self::from_f64)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

/// The rulebook in force, by number and content. `revision` 0 with an empty digest: none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RulebookRef {
    /// The revision's number.
    pub revision: u32,
    /// `sha256:` and the hexadecimal hash of the file's exact bytes.
    pub digest: CompactString,
}

/// A criterion that held, with the points that it gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matched {
    /// The criterion's id in the rulebook.
    pub id: CompactString,
    /// What it gave, after decay and `at_most`.
    pub points: Points,
}

/// A score against its threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// The sum.
    pub points: Points,
    /// What it has to reach.
    pub threshold: Points,
    /// What held, in the rulebook's order.
    pub matched: Vec<Matched>,
}

/// The four gates. Only *true* passes (QUAL-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gates {
    /// The person represents a business.
    pub represents_business: Truth,
    /// The business is able to buy.
    pub able_to_buy: Truth,
    /// It wants a named offering.
    pub wants_offering: Truth,
    /// It buys by a clear date.
    pub buys_by: Truth,
}

impl Gates {
    /// Their names, in the order in which they are asked.
    pub const NAMES: [&'static str; 4] = ["represents_business", "able_to_buy", "wants_offering", "buys_by"];

    /// The answers, in the order of [`Self::NAMES`].
    pub fn each(&self) -> [Truth; 4] {
        let Self { represents_business, able_to_buy, wants_offering, buys_by } = *self;
        [represents_business, able_to_buy, wants_offering, buys_by]
    }
}

/// Where an output comes from: on every output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// The record of the intake log: topic-partition-offset.
    pub cause: CompactString,
    /// The record that Intake read: topic-partition-offset.
    pub source: CompactString,
    /// When the log took it.
    pub ingested_at: Timestamp,
    /// The law by which it was decided.
    pub rulebook: RulebookRef,
}

/// The event's data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionMade {
    /// The account.
    pub account_key: AccountKey,
    /// The interaction.
    pub interaction_id: CompactString,
    /// Who did it.
    pub person_id: CompactString,
    /// Where.
    pub campaign_id: CompactString,
    /// What.
    #[serde(serialize_with = "as_text")]
    pub kind: Kind,
    /// The class that it counted as, after the rulebook's demotions.
    pub class: Class,
    /// When, clamped to `ingested_at` where it lay more than five minutes ahead.
    pub occurred_at: Timestamp,
    /// The producer's time lay more than five minutes ahead and was clamped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub clamped: bool,
    /// The interaction was decided before, and facts that came later have changed the verdict.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub judged_again: bool,
    /// The offering that was decided about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offering: Option<CompactString>,
    /// The outcome.
    pub decision: Decision,
    /// Its reason.
    pub reason: Reason,
    /// The disqualifier that held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disqualifier: Option<CompactString>,
    /// The lead that was made or joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The gates; absent where rules were not asked (duplicate, no rulebook).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<Gates>,
    /// Fit; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Score>,
    /// Intent; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Score>,
    /// Where it comes from.
    #[serde(flatten)]
    pub lineage: Lineage,
}

pub(super) fn as_text<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_cut_not_rounded() {
        for (points, text) in [(60.0, "60"), (59.97, "59.9"), (0.05, "0"), (64.25, "64.2"), (-5.0, "-5")] {
            assert_eq!(serde_json::to_string(&Points::from_f64(points)).unwrap(), text);
        }
    }
}
