//! Criteria that ask the same fields and count the same case twice.
//!
//! One within the other (`>= 50` and `>= 1000`) is how steps are written, and is not told. Neither are criteria that ask different
//! fields: they are made to come together.

use std::collections::{BTreeMap, BTreeSet};

use super::Look;
use super::formula::Term;
use super::search::{Answer, Asked};
use super::state::{State, Want};
use crate::contract::code::RULEBOOK_OVERLAP;
use crate::rulebook::Criterion;
use crate::rulebook::words::points;

/// The most overlaps of one list that are told.
const MAX_TOLD: usize = 20;

impl<'r> Look<'r> {
    /// Tells pairs of criteria of one list that overlap.
    pub fn overlaps(&mut self, criteria: &[Criterion], asked: &[Asked<'r>]) {
        let mut groups: BTreeMap<(BTreeSet<Term>, bool), Vec<usize>> = BTreeMap::new();
        for (index, (criterion, asked)) in criteria.iter().zip(asked).enumerate() {
            let mut terms = BTreeSet::new();
            let clear = asked.formula.terms(&mut |term| {
                terms.insert(term.clone());
            });
            if clear && !terms.is_empty() {
                groups.entry((terms, criterion.points.0 > 0)).or_default().push(index);
            }
        }
        let mut told = 0;
        for group in groups.values() {
            for (at, one) in group.iter().enumerate() {
                for other in &group[at + 1..] {
                    if told < MAX_TOLD && self.pair((&criteria[*one], &asked[*one]), (&criteria[*other], &asked[*other])) {
                        told += 1;
                    }
                }
            }
        }
    }

    fn pair(&mut self, (one, first): (&Criterion, &Asked<'r>), (other, second): (&Criterion, &Asked<'r>)) -> bool {
        let Answer::Met(case) = self.ask(&[(first, Want::TRUE), (second, Want::TRUE)], &State::default()) else { return false };
        let within = |look: &mut Self, inner: &Asked<'r>, outer: &Asked<'r>| {
            look.ask(&[(inner, Want::TRUE), (outer, Want::NOT_TRUE)], &State::default()).is_never()
        };
        let (first_within, second_within) = (within(self, first, second), within(self, second, first));
        let how = match (first_within, second_within) {
            (true, true) => "ask the same",
            (false, false) => "overlap",
            _ => return false,
        };
        let sum = points(crate::contract::decision::Points(one.points.0 + other.points.0));
        let message = format!("`{}` and `{}` {how}: whoever meets both gets {sum} points", one.id, other.id);
        self.warn(RULEBOOK_OVERLAP, second.predicate.span(), message).help(format!("for example {case}"));
        true
    }
}
