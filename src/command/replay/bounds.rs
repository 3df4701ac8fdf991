//! From when to when: a day, a time, or so long ago.

use std::str::FromStr;

use crate::command::dead_letters::Since;
use crate::contract::{Date, Timestamp};

/// One end of a stretch of time, as somebody types it: `2026-11-03`, `2026-11-03T15:00:00Z` or `90d` (ago).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(Since);

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(date) = Date::parse(text) {
            return Ok(Self(Since::At(Timestamp::from_ms(i64::from(date.as_days()) * crate::contract::time::DAY_MS))));
        }
        let expected = "write a day as `2026-11-03`, a time as `2026-11-03T15:00:00Z`, or a time ago as `4h` or `90d`";
        text.parse().map(Self).map_err(|_| expected.to_owned())
    }
}

/// A stretch of time: the beginning belongs to it, the end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Stretch {
    /// All that can be between these bounds; without one, without an end there.
    pub fn of(from: Option<Bound>, to: Option<Bound>) -> Self {
        let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
        Self {
            from: from.map_or(Timestamp::EPOCH, |bound| bound.0.before(now)),
            to: to.map_or(Timestamp::from_ms(i64::MAX), |bound| bound.0.before(now)),
        }
    }

    /// Whether an instant belongs to it.
    pub fn has(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood_or_refused() {
        let check = |text: &str, expected: Option<Since>| assert_eq!(text.parse().ok(), expected.map(Bound), "{text}");
        check("1970-01-02", Some(Since::At(Timestamp::from_ms(86_400_000))));
        check("1970-01-01T00:00:01Z", Some(Since::At(Timestamp::from_ms(1_000))));
        check("90d", Some(Since::Ago(90 * 86_400_000)));
        for wrong in ["", "2026-02-30", "yesterday", "d", "2w"] {
            check(wrong, None);
        }
        let stretch = Stretch::of("1970-01-02".parse().ok(), "1970-01-03".parse().ok());
        let days = |days: i64| Timestamp::from_ms(days * 86_400_000);
        assert!(!stretch.has(days(1).plus_ms(-1)) && stretch.has(days(1)) && stretch.has(days(2).plus_ms(-1)) && !stretch.has(days(2)));
        assert!(Stretch::of(None, None).has(days(1_000_000)));
    }
}
