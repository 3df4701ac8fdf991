//! Lengths of time as rulebooks write them: `15m`, `4h`, `2d`. One number, one unit.
//!
//! What a term's minutes are, by the clock or of working time, is said by whoever lets it run; this file refuses to know calendars.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::contract::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// The longest term: ten years and a little.
const MAX_MS: i64 = 3_660 * DAY_MS;
/// What is expected, as the message says it.
pub(crate) const EXPECTED: &str = "expected a duration like 15m, 4h or 2d, up to 3660d";

/// A term, with the words of the file: what is promised is shown as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CompactString", into = "CompactString")]
pub struct Term {
    words: CompactString,
    count: u32,
    unit: TermUnit,
}

/// What a term counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermUnit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`: working days of a calendar; without one, 24 hours each.
    Days,
}

impl TermUnit {
    /// Its length by the clock.
    const fn wall_ms(self) -> i64 {
        match self {
            Self::Minutes => MINUTE_MS,
            Self::Hours => HOUR_MS,
            Self::Days => DAY_MS,
        }
    }
}

impl Term {
    /// Reads a term; `None` if it is none, or longer than 3660 days by the clock. `1h30m` is written `90m`.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = match text.as_bytes().last()? {
            b'm' => TermUnit::Minutes,
            b'h' => TermUnit::Hours,
            b'd' => TermUnit::Days,
            _ => return None,
        };
        let digits = &text[..text.len() - 1];
        if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let term = Self { words: text.into(), count: digits.parse().ok()?, unit };
        (term.wall_ms() <= MAX_MS).then_some(term)
    }

    /// How many of its unit.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// What it counts.
    pub const fn unit(&self) -> TermUnit {
        self.unit
    }

    /// Its length by the clock in ms, a day being 24 hours.
    pub const fn wall_ms(&self) -> i64 {
        self.count as i64 * self.unit.wall_ms()
    }

    /// The words of the file.
    pub const fn words(&self) -> &CompactString {
        &self.words
    }
}

impl TryFrom<CompactString> for Term {
    type Error = &'static str;

    fn try_from(words: CompactString) -> Result<Self, Self::Error> {
        Self::parse(&words).ok_or(EXPECTED)
    }
}

impl From<Term> for CompactString {
    fn from(term: Term) -> Self {
        term.words
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        for (text, ms) in [
            ("15m", Some(900_000)),
            ("015m", Some(900_000)),
            ("4h", Some(14_400_000)),
            ("2d", Some(172_800_000)),
            ("0d", Some(0)),
            ("3660d", Some(MAX_MS)),
            ("3661d", None),
            ("9999999d", None),
            ("99999999m", None),
            ("1h30m", None),
            ("-1d", None),
            ("1.5h", None),
            ("d", None),
            ("", None),
            ("15", None),
            ("15s", None),
            ("٣d", None),
            ("é", None),
        ] {
            let term = Term::parse(text);
            assert_eq!(term.as_ref().map(Term::wall_ms), ms, "{text}");
            assert!(term.is_none_or(|term| term.to_string() == text), "{text} keeps its words");
        }
    }
}
