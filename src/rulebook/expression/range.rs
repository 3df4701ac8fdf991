//! Which numbers an expression can be, so that a comparison that can never be true is found before anybody relies on it.

use crate::rulebook::operand::{Arithmetic, Comparison};
use crate::rulebook::subject::{CountField, NumberField};

/// The numbers from `low` to `high`; `whole` if only those without a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    pub whole: bool,
}

/// The most pieces of evidence and people that an account keeps: design of the engine.
const MAX_EVIDENCE: f64 = 64.0;
const MAX_PEOPLE: f64 = 8.0;
/// The contract's bounds.
const MAX_EMPLOYEES: f64 = 1e10;
const MAX_AMOUNT: f64 = 1e15;

/// The least and the greatest that a field can be.
pub fn number_bounds(field: NumberField) -> (f64, f64) {
    let range = Range::of_field(field);
    (range.low, range.high)
}

/// The same of a count.
pub fn count_bounds(field: CountField) -> (f64, f64) {
    let range = Range::of_count(field);
    (range.low, range.high)
}

impl Range {
    pub const ANY: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY, whole: false };

    pub fn whole(low: f64, high: f64) -> Self {
        Self { low, high, whole: true }
    }

    pub fn point(value: f64) -> Self {
        Self { low: value, high: value, whole: value.fract() == 0.0 }
    }

    pub fn of_field(field: NumberField) -> Self {
        match field {
            NumberField::CompanyEmployees => Self::whole(0.0, MAX_EMPLOYEES),
            NumberField::CompanyRevenueUsd | NumberField::DeclaredBudgetUsd => Self { low: 0.0, high: MAX_AMOUNT, whole: false },
            NumberField::AccountPeopleSeen => Self::whole(0.0, MAX_PEOPLE),
            NumberField::AccountOpenOpportunities => Self::whole(0.0, f64::INFINITY),
        }
    }

    pub fn of_count(field: CountField) -> Self {
        match field {
            CountField::KindsSeen => Self::whole(0.0, MAX_EVIDENCE),
            CountField::RolesSeen | CountField::SenioritiesSeen => Self::whole(0.0, MAX_PEOPLE),
        }
    }

    /// Either of two.
    pub fn or(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high), whole: self.whole && other.whole }
    }

    pub fn calculate(self, arithmetic: Arithmetic, other: Self) -> Self {
        let whole = self.whole && other.whole && arithmetic != Arithmetic::Divide;
        let ends = |f: fn(f64, f64) -> f64| {
            let corners = [f(self.low, other.low), f(self.low, other.high), f(self.high, other.low), f(self.high, other.high)];
            if corners.iter().any(|corner| corner.is_nan()) {
                return Self { whole, ..Self::ANY };
            }
            let low = corners.iter().copied().fold(f64::INFINITY, f64::min);
            let high = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Self { low, high, whole }
        };
        match arithmetic {
            Arithmetic::Add => ends(|a, b| a + b),
            Arithmetic::Subtract => ends(|a, b| a - b),
            Arithmetic::Multiply => ends(|a, b| a * b),
            Arithmetic::Divide if other.low > 0.0 || other.high < 0.0 => ends(|a, b| a / b),
            Arithmetic::Divide => Self::ANY,
        }
    }

    /// What a comparison with `other` always is, where it is known; `None` where it depends.
    pub fn compare(self, comparison: Comparison, other: Self) -> Option<bool> {
        let apart =
            self.high < other.low || other.high < self.low || (self.whole && other.is_fraction()) || (other.whole && self.is_fraction());
        let equal = self.low == self.high && other.low == other.high && self.low == other.low;
        match comparison {
            Comparison::Equal if apart => Some(false),
            Comparison::Equal if equal => Some(true),
            Comparison::Unequal if apart => Some(true),
            Comparison::Unequal if equal => Some(false),
            Comparison::Equal | Comparison::Unequal => None,
            Comparison::Less => ordered(self.high < other.low, self.low >= other.high),
            Comparison::AtMost => ordered(self.high <= other.low, self.low > other.high),
            Comparison::Greater => ordered(self.low > other.high, self.high <= other.low),
            Comparison::AtLeast => ordered(self.low >= other.high, self.high < other.low),
        }
    }

    fn is_fraction(self) -> bool {
        self.low == self.high && self.low.fract() != 0.0
    }

    /// The range for people: `0 to 64`.
    pub fn in_words(self) -> String {
        let whole = if self.whole { "whole numbers " } else { "" };
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if self.low == self.high => self.low.to_string(),
            (true, true) => format!("{whole}from {} to {}", self.low, self.high),
            (true, false) => format!("{whole}from {} on", self.low),
            (false, true) => format!("{whole}up to {}", self.high),
            (false, false) => format!("any {}", if self.whole { "whole number" } else { "number" }),
        }
    }
}

fn ordered(always: bool, never: bool) -> Option<bool> {
    match (always, never) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
