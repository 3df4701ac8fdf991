//! Fit, intent and gates: what the rulebook says of an account and an offering at one moment.
//!
//! Sums are kept in whole millionths of a point and evidence is walked in the order of its times, so neither the order of
//! arrival nor the machine changes a score. Points fall with whole days of age, so lag changes none. The decay
//! is `libm`'s, in software: the same bits everywhere.

use super::asked::Setting;
use super::evidence::Evidence;
use crate::contract::decision::{Gates, Matched, Points, Score};
use crate::contract::{Class, Timestamp};
use crate::rulebook::compiled::Intent;
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

/// Points of intent: the sum over unexpired evidence for the offering, each halved every half-life, with
/// `at_most` after the decay.
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
    let mut left = Decay::of(&rulebook.intent);
    let mut newest = None;
    for kept in weighing(setting) {
        newest = Some(kept);
        if kept.matched.is_empty() && !asks_both {
            continue;
        }
        let weight = left.after(now.since_ms(kept.at));
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
        let weight = left.after(now.since_ms(newest.at));
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

/// Evidence that may weigh for the offering, oldest first: unexpired, never a relationship's (QUAL-2), and not
/// what a lead that has ended served.
fn weighing(setting: Setting<'_>) -> impl Iterator<Item = &Evidence> {
    let account = setting.account;
    let offering = setting.offering.and_then(|offering| account.words.find(offering)).unwrap_or_default();
    let served = account.served_until(offering);
    let counts = move |kept: &&Evidence| {
        let is_of_offering = offering.is_some() && kept.offering == offering && kept.class != Class::Relationship;
        is_of_offering && kept.at >= setting.horizon && served.is_none_or(|served| kept.at > served)
    };
    account.evidence.iter().filter(counts)
}

/// The newest unexpired intent-class evidence for the offering (QUAL-1, QUAL-2, QUAL-6).
pub fn newest_intent(setting: Setting<'_>) -> Option<&Evidence> {
    weighing(setting).filter(|kept| kept.class == Class::Intent).last()
}

/// What is left of a point: all of it while less than a whole day (or hour) has passed, a half after each
/// half-life. So no decision depends on how long a record was under way, and people can compute a score.
///
/// Evidence is walked by age, and that of one day has one weight: it is computed once.
struct Decay {
    unit_ms: i64,
    half_life_ms: i64,
    /// The last age that was asked for, in whole units, and what is left after it.
    last: (i64, f64),
}

impl Decay {
    fn of(intent: &Intent) -> Self {
        Self { unit_ms: intent.age_unit_ms(), half_life_ms: intent.half_life_ms, last: (0, 1.0) }
    }

    fn after(&mut self, age_ms: i64) -> f64 {
        let age = age_ms.max(0) / self.unit_ms;
        if age != self.last.0 {
            self.last = (age, libm::exp2(-((age * self.unit_ms) as f64) / self.half_life_ms as f64));
        }
        self.last.1
    }
}

#[cfg(test)]
mod tests {
    use super::Decay;
    use crate::contract::time::{DAY_MS, HOUR_MS};

    #[test]
    fn points_are_whole_for_a_day_and_halve_every_half_life() {
        let mut left = Decay { unit_ms: DAY_MS, half_life_ms: 14 * DAY_MS, last: (0, 1.0) };
        for (days, expected) in [(0, 1.0), (14, 0.5), (28, 0.25), (7, std::f64::consts::FRAC_1_SQRT_2), (-3, 1.0)] {
            for more_ms in [0, 1, HOUR_MS, DAY_MS - 1] {
                let found = left.after(days * DAY_MS + more_ms);
                assert!((found - expected).abs() < 1e-12, "{days} days and {more_ms} ms: {found}");
            }
        }
    }
}
