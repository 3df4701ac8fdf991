//! Shares and ratios with what chance leaves open of them, at 95%.
//!
//! Shares have Wilson's score interval (E. B. Wilson, 1927), which stays within 0 and 1 and is right for few cases too. A lift is a
//! ratio of shares, so its logarithm has the interval (the delta method), given who matched: with `a` won of `n` matched and `c` won of
//! the `m` others, ln(lift) = ln(a/n) − ln((a+c)/(n+m)) varies with
//!
//! ```text
//! (c / (a·(a+c)))² · a·(n−a)/n  +  (1 / (a+c))² · c·(m−c)/m
//! ```
//!
//! Where `a` or `c` is 0 the logarithm is not there: half an account is added to each of the four cells (Haldane, Anscombe), and of a
//! lift of 0 only the upper end is taken. Pure; a script with SciPy and a simulation hold it (`tests/statistics`).

use serde::Serialize;

/// The normal distribution's 97.5th percentile.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its interval, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many of them.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// The share itself.
    pub rate: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Share {
    /// `hits` of `of`; `None` of nothing.
    pub fn new(hits: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let (n, rate) = (of as f64, hits as f64 / of as f64);
        let centre = (rate + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends the formula gives 0 and 1 but for the last bits.
        let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
        Some(Self { hits, of, rate, low, high })
    }
}

/// How many times the base rate, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lift {
    /// The ratio of the two shares.
    pub times: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Who matched and who won: the four cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Matched.
    pub matched: u64,
    /// Matched, and won afterwards.
    pub matched_won: u64,
    /// All.
    pub all: u64,
    /// All that won.
    pub all_won: u64,
}

impl Cells {
    /// The share of the matched that won.
    pub fn rate(self) -> Option<Share> {
        Share::new(self.matched_won, self.matched)
    }

    /// How much likelier the matched win than all; `None` where nobody matched or nobody won.
    pub fn lift(self) -> Option<Lift> {
        if self.matched == 0 || self.all_won == 0 {
            return None;
        }
        if self.matched == self.all {
            return Some(Lift { times: 1.0, low: 1.0, high: 1.0 }); // whoever is there matches: nothing is left to chance
        }
        let times = (self.matched_won as f64 / self.matched as f64) / (self.all_won as f64 / self.all as f64);
        let others_won = self.all_won - self.matched_won;
        let others = self.all - self.matched;
        let [mut a, mut n, mut c, mut m] = [self.matched_won, self.matched, others_won, others].map(|count| count as f64);
        // An empty cell has no variance, and a sample that all won is no certainty: half a subject more in each cell, as is the custom.
        if self.matched_won == 0 || others_won == 0 || self.matched_won == self.matched || others_won == others {
            (a, n, c, m) = (a + 0.5, n + 1.0, c + 0.5, m + 1.0);
        }
        let ratio = (a / n) / ((a + c) / (n + m));
        let of_matched = (c / (a * (a + c))).powi(2) * a * (n - a) / n;
        let of_others = (1.0 / (a + c)).powi(2) * c * (m - c) / m;
        let half = Z * (of_matched + of_others).sqrt();
        let low = if self.matched_won == 0 { 0.0 } else { ratio * (-half).exp() };
        Some(Lift { times, low, high: ratio * half.exp() })
    }

    /// What can be said.
    pub fn finding(self) -> Finding {
        let expected = self.matched as f64 * self.all_won as f64 / (self.all as f64).max(1.0);
        match self.lift() {
            Some(_) if expected.max(self.matched_won as f64) < MIN_WON => Finding::TooFew,
            Some(lift) if lift.low > 1.0 => Finding::More,
            Some(lift) if lift.high < 1.0 => Finding::Less,
            Some(_) => Finding::NoDifference,
            None => Finding::TooFew,
        }
    }
}

/// With fewer won among the matched, seen or to be expected, nothing is said: the usual rule for such intervals.
const MIN_WON: f64 = 5.0;

/// What the interval of a lift says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Those who match win more often.
    More,
    /// Those who match win less often.
    Less,
    /// It can't be told from chance.
    NoDifference,
    /// Too few to say anything.
    TooFew,
}

impl Finding {
    /// For people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Finding::More => "win more often",
            Finding::Less => "win less often",
            Finding::NoDifference => "can't be told from chance",
            Finding::TooFew => "too few to say anything",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 5e-4, "{left} {right}");
    }

    #[test]
    fn wilsons_interval_is_that_of_the_published_table() {
        // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
        for (hits, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let share = Share::new(hits, of).expect("of some");
            near(share.low, low);
            near(share.high, high);
        }
        assert_eq!(Share::new(0, 0), None);
        let whole = Share::new(7, 7).expect("of some");
        assert_eq!((whole.rate, whole.high), (1.0, 1.0));
    }

    #[test]
    fn an_independent_implementation_finds_the_same_figures() {
        let table = include_str!("../../../tests/statistics/figures.tsv");
        let rows: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.len() >= 7, "{table}");
        for row in rows {
            let cells: Vec<f64> = row.split('\t').map(|cell| cell.parse().expect("a number")).collect();
            let [matched, matched_won, all, all_won] = [0, 1, 2, 3].map(|column| cells[column] as u64);
            let figures = Cells { matched, matched_won, all, all_won };
            let (rate, lift) = (figures.rate().expect("some matched"), figures.lift().expect("some won"));
            for (ours, theirs) in [rate.low, rate.high, lift.times, lift.low, lift.high].into_iter().zip(&cells[4..]) {
                // Their derivatives are numerical: six digits.
                assert!((ours - theirs).abs() < 1e-6 * theirs.max(1.0), "{row}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn a_lift_says_what_it_can() {
        let check = |matched, matched_won, all, all_won, expected: Finding| {
            let cells = Cells { matched, matched_won, all, all_won };
            assert_eq!(cells.finding(), expected, "{cells:?} {:?}", cells.lift());
        };
        check(312, 41, 5_000, 310, Finding::More);
        check(312, 3, 5_000, 310, Finding::Less);
        check(312, 20, 5_000, 310, Finding::NoDifference);
        check(10, 2, 5_000, 310, Finding::TooFew);
        check(10, 8, 5_000, 310, Finding::More);
        check(0, 0, 5_000, 310, Finding::TooFew);
        check(312, 0, 5_000, 310, Finding::Less);
        check(312, 0, 5_000, 0, Finding::TooFew);
        check(5_000, 310, 5_000, 310, Finding::NoDifference);
        // A regression: that all five of five won, where seven of eight do, was said to be more than chance.
        check(5, 5, 400, 350, Finding::NoDifference);
        let lift = Cells { matched: 312, matched_won: 41, all: 5_000, all_won: 310 }.lift().expect("some won");
        near(lift.times, 2.1195);
        assert!(lift.low > 1.6 && lift.low < lift.times && lift.high > lift.times && lift.high < 2.8, "{lift:?}");
        let none = Cells { matched: 312, matched_won: 0, all: 5_000, all_won: 310 }.lift().expect("some won");
        assert!(none.times == 0.0 && none.low == 0.0 && none.high > 0.0 && none.high < 1.0, "{none:?}");
    }
}
