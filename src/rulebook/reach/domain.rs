//! What a field may be: sets of numbers, texts and truths that can be cut with each other and turned inside out, exactly.
//!
//! Numbers are closed intervals of doubles: between two neighbours there is nothing, so `< 5` is "up to the double before 5".

use std::sync::Arc;

use compact_str::CompactString;

use crate::rulebook::operand::Comparison;

/// A set of values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Closed intervals, ascending, none touching another.
    Numbers(Vec<(f64, f64)>),
    /// These texts, sorted.
    Texts(Arc<[CompactString]>),
    /// Every text but these, sorted.
    TextsBut(Arc<[CompactString]>),
    /// Which of the two.
    Truths { yes: bool, no: bool },
}

impl Domain {
    pub fn between(low: f64, high: f64) -> Self {
        Domain::Numbers(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    pub fn every_number() -> Self {
        Self::between(f64::NEG_INFINITY, f64::INFINITY)
    }

    pub fn every_text() -> Self {
        Domain::TextsBut(Arc::from([]))
    }

    pub fn texts(mut texts: Vec<CompactString>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        Domain::Texts(texts.into())
    }

    /// The numbers that compare so with `value`.
    pub fn comparing(comparison: Comparison, value: f64) -> Self {
        match comparison {
            Comparison::Equal => Self::between(value, value),
            Comparison::Unequal => Self::between(value, value).complement(),
            Comparison::Less => Self::between(f64::NEG_INFINITY, value.next_down()),
            Comparison::AtMost => Self::between(f64::NEG_INFINITY, value),
            Comparison::Greater => Self::between(value.next_up(), f64::INFINITY),
            Comparison::AtLeast => Self::between(value, f64::INFINITY),
        }
    }

    /// These numbers; they ascend.
    pub fn among(values: &[f64]) -> Self {
        let mut intervals: Vec<(f64, f64)> = values.iter().map(|value| (*value, *value)).collect();
        intervals.dedup();
        Domain::Numbers(intervals)
    }

    /// The same set, empty.
    pub fn nothing(&self) -> Self {
        match self {
            Domain::Numbers(_) => Domain::Numbers(Vec::new()),
            Domain::Texts(_) | Domain::TextsBut(_) => Domain::Texts(Arc::from([])),
            Domain::Truths { .. } => Domain::Truths { yes: false, no: false },
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Domain::Numbers(intervals) => intervals.is_empty(),
            Domain::Texts(texts) => texts.is_empty(),
            Domain::TextsBut(_) => false,
            Domain::Truths { yes, no } => !yes && !no,
        }
    }

    /// How much work it is to walk it.
    pub fn size(&self) -> u64 {
        match self {
            Domain::Numbers(intervals) => intervals.len() as u64,
            Domain::Texts(texts) | Domain::TextsBut(texts) => texts.len() as u64,
            Domain::Truths { .. } => 1,
        }
    }

    pub fn complement(&self) -> Self {
        match self {
            Domain::Numbers(intervals) => {
                let mut gaps = Vec::with_capacity(intervals.len() + 1);
                let mut from = f64::NEG_INFINITY;
                let mut open = true;
                for (low, high) in intervals {
                    if *low > from {
                        gaps.push((from, low.next_down()));
                    }
                    open = *high < f64::INFINITY;
                    from = high.next_up();
                }
                if open {
                    gaps.push((from, f64::INFINITY));
                }
                Domain::Numbers(gaps)
            }
            Domain::Texts(texts) => Domain::TextsBut(texts.clone()),
            Domain::TextsBut(texts) => Domain::Texts(texts.clone()),
            Domain::Truths { yes, no } => Domain::Truths { yes: !yes, no: !no },
        }
    }

    /// What is in both. Sets of different types have nothing in common.
    pub fn intersect(&self, other: &Self) -> Self {
        match (self, other) {
            (Domain::Numbers(one), Domain::Numbers(other)) => Domain::Numbers(overlaps(one, other)),
            (Domain::Texts(one), Domain::Texts(other)) => Domain::Texts(filtered(one, other, true)),
            (Domain::Texts(these), Domain::TextsBut(not)) | (Domain::TextsBut(not), Domain::Texts(these)) => {
                Domain::Texts(filtered(these, not, false))
            }
            (Domain::TextsBut(one), Domain::TextsBut(other)) => {
                let Domain::Texts(both) = Self::texts(one.iter().chain(other.iter()).cloned().collect()) else { return self.clone() };
                Domain::TextsBut(both)
            }
            (Domain::Truths { yes, no }, Domain::Truths { yes: also_yes, no: also_no }) => {
                Domain::Truths { yes: *yes && *also_yes, no: *no && *also_no }
            }
            _ => self.nothing(),
        }
    }

    /// Only numbers without a fraction.
    pub fn whole(self) -> Self {
        let Domain::Numbers(intervals) = self else { return self };
        let whole = intervals.into_iter().map(|(low, high)| (low.ceil(), high.floor()));
        Domain::Numbers(whole.filter(|(low, high)| low <= high).collect())
    }

    /// The least and the greatest number.
    pub fn hull(&self) -> Option<(f64, f64)> {
        let Domain::Numbers(intervals) = self else { return None };
        Some((intervals.first()?.0, intervals.last()?.1))
    }

    pub fn has_number(&self, value: f64) -> bool {
        matches!(self, Domain::Numbers(intervals) if intervals.iter().any(|(low, high)| (*low..=*high).contains(&value)))
    }

    pub fn has_text(&self, text: &str) -> bool {
        let among = |texts: &[CompactString]| texts.binary_search_by(|item| item.as_str().cmp(text)).is_ok();
        match self {
            Domain::Texts(texts) => among(texts),
            Domain::TextsBut(texts) => !among(texts),
            _ => false,
        }
    }
}

fn overlaps(one: &[(f64, f64)], other: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    while let (Some((a, b)), Some((c, d))) = (one.get(i), other.get(j)) {
        let (low, high) = (a.max(*c), b.min(*d));
        if low <= high {
            found.push((low, high));
        }
        if b < d { i += 1 } else { j += 1 }
    }
    found
}

fn filtered(texts: &[CompactString], by: &[CompactString], keep: bool) -> Arc<[CompactString]> {
    texts.iter().filter(|text| by.binary_search(text).is_ok() == keep).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_and_its_complement_share_nothing_and_leave_nothing_out() {
        let all = [Comparison::Equal, Comparison::Unequal, Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast];
        let values = [f64::NEG_INFINITY, -1e300, -1.0, 0.0, 4.999_999_999_999_999, 5.0, 5.000_000_000_000_001, 1e300, f64::INFINITY];
        for comparison in all {
            let set = Domain::comparing(comparison, 5.0);
            let rest = set.complement();
            assert!(set.intersect(&rest).is_empty(), "{comparison:?}: {set:?} {rest:?}");
            assert_eq!(rest.complement(), set, "{comparison:?}");
            for value in values {
                let holds = value.partial_cmp(&5.0).is_some_and(|ordering| comparison.holds(ordering));
                assert_eq!((set.has_number(value), rest.has_number(value)), (holds, !holds), "{comparison:?} {value}");
            }
        }
    }

    #[test]
    fn whole_numbers_leave_no_room_between_neighbours() {
        let between = Domain::comparing(Comparison::Greater, 5.0).intersect(&Domain::comparing(Comparison::Less, 6.0));
        assert!(!between.is_empty() && between.whole().is_empty());
        assert_eq!(Domain::between(0.5, 2.5).whole(), Domain::between(1.0, 2.0));
    }

    #[test]
    fn texts_are_cut_with_each_other() {
        let texts = |items: &[&str]| Domain::texts(items.iter().map(|item| CompactString::from(*item)).collect());
        assert_eq!(texts(&["b", "a"]).intersect(&texts(&["b", "c"])), texts(&["b"]));
        assert_eq!(texts(&["a", "b"]).intersect(&texts(&["b"]).complement()), texts(&["a"]));
        let but = texts(&["a"]).complement().intersect(&texts(&["b"]).complement());
        assert!(but.has_text("c") && !but.has_text("a") && !but.has_text("b"));
    }
}
