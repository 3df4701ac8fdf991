//! Fit, intent and gates: what the rulebook says of an account and an offering at one moment.
//!
//! Sums are kept in whole millionths of a point and evidence is walked in the order of its times, so neither the order of
//! arrival nor the machine changes a score. The decay is `libm`'s, in software: the same bits everywhere.

use super::asked::Setting;
use super::evidence::Evidence;
use crate::contract::decision::{Gates, Matched, Points, Score};
use crate::contract::{Class, Timestamp};
use crate::rulebook::subject::Scope;
use crate::rulebook::{Criterion, Rulebook};

/// Fit is capped here, and not below zero: 0 to 100.
const FIT_CAP: Points = Points(100 * Points::SCALE);

/// What the rulebook says.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The four gates.
    pub gates: Gates,
    /// Who they are.
    pub fit: Score,
    /// What they do.
    pub intent: Score,
}

impl Verdict {
    /// Asks every gate and criterion, for the decision that `evidence` asks for.
    pub fn of(setting: Setting<'_>, evidence: &Evidence, now: Timestamp) -> Self {
        let rulebook = setting.rulebook;
        let subject = setting.decision(evidence);
        let gates = Gates {
            represents_business: rulebook.gates.represents_business.truth(&subject),
            able_to_buy: rulebook.gates.able_to_buy.truth(&subject),
            wants_offering: rulebook.gates.wants_offering.truth(&subject),
            buys_by: rulebook.gates.buys_by.truth(&subject),
        };
        let mut fit = Score { threshold: rulebook.fit.threshold, ..Score::default() };
        for criterion in &rulebook.fit.criteria {
            if criterion.when.truth(&subject).holds() {
                fit.points.0 += criterion.points.0;
                fit.matched.push(Matched { id: criterion.id.clone(), points: criterion.points });
            }
        }
        fit.points = fit.points.clamp(Points(0), FIT_CAP);
        Self { gates, fit, intent: intent(setting, now) }
    }
}

/// Points of intent: the sum over unexpired evidence for the offering, each halved every half-life, with `at_most` after the decay.
///
/// A criterion that reads nothing of the evidence is about the account, and counts once, at the age of the newest evidence.
fn intent(setting: Setting<'_>, now: Timestamp) -> Score {
    let rulebook = setting.rulebook;
    let criteria = &rulebook.intent.criteria;
    let mut sums: Vec<Option<i64>> = vec![None; criteria.len()];
    let mut add = |place: usize, criterion: &Criterion, weight: f64| {
        let points = (criterion.points.0 as f64 * weight).round() as i64;
        *sums[place].get_or_insert(0) += points;
    };
    let mixed = |criterion: &Criterion| criterion.reads(Scope::Account) && criterion.reads(Scope::Evidence);
    let asks_both = criteria.iter().any(mixed);
    let mut newest = None;
    for kept in weighing(setting) {
        newest = Some(kept);
        if kept.matched.is_empty() && !asks_both {
            continue;
        }
        let weight = decay(now.since_ms(kept.at), rulebook.intent.half_life_ms);
        for place in kept.matched.iter() {
            add(place, &criteria[place], weight);
        }
        if asks_both {
            let subject = setting.evidence(kept);
            for (place, criterion) in criteria.iter().enumerate().filter(|(_, criterion)| mixed(criterion)) {
                if criterion.when.truth(&subject).holds() {
                    add(place, criterion, weight);
                }
            }
        }
    }
    if let Some(newest) = newest {
        let weight = decay(now.since_ms(newest.at), rulebook.intent.half_life_ms);
        let subject = setting.evidence(newest);
        for (place, criterion) in criteria.iter().enumerate() {
            if criterion.reads(Scope::Account) && !criterion.reads(Scope::Evidence) && criterion.when.truth(&subject).holds() {
                add(place, criterion, weight);
            }
        }
    }
    total(rulebook, &sums)
}

fn total(rulebook: &Rulebook, sums: &[Option<i64>]) -> Score {
    let mut score = Score { threshold: rulebook.intent.threshold, ..Score::default() };
    for (criterion, sum) in rulebook.intent.criteria.iter().zip(sums) {
        if let Some(sum) = sum {
            let points = criterion.at_most.map_or(*sum, |most| (*sum).min(most.0));
            score.points.0 += points;
            score.matched.push(Matched { id: criterion.id.clone(), points: Points(points) });
        }
    }
    score
}

/// Evidence that may weigh for the offering, oldest first: unexpired, and never a relationship's (QUAL-2).
fn weighing(setting: Setting<'_>) -> impl Iterator<Item = &Evidence> {
    let words = &setting.account.words;
    let offering = setting.offering.and_then(|offering| words.find(offering)).unwrap_or_default();
    let counts = move |kept: &&Evidence| {
        offering.is_some() && kept.offering == offering && kept.at >= setting.horizon && kept.class != Class::Relationship
    };
    setting.account.evidence.iter().filter(counts)
}

/// The newest unexpired intent-class evidence for the offering (QUAL-1, QUAL-2, QUAL-6).
pub fn newest_intent(setting: Setting<'_>) -> Option<&Evidence> {
    weighing(setting).filter(|kept| kept.class == Class::Intent).last()
}

/// What is left of a point after `age_ms`: 1 for the new, a half after each half-life.
fn decay(age_ms: i64, half_life_ms: i64) -> f64 {
    libm::exp2(-(age_ms.max(0) as f64) / half_life_ms as f64)
}

#[cfg(test)]
mod tests {
    use super::decay;
    use crate::contract::time::DAY_MS;

    #[test]
    fn points_halve_every_half_life() {
        for (days, left) in [(0, 1.0), (14, 0.5), (28, 0.25), (7, std::f64::consts::FRAC_1_SQRT_2), (-3, 1.0)] {
            assert!((decay(days * DAY_MS, 14 * DAY_MS) - left).abs() < 1e-12, "{days}");
        }
    }
}
