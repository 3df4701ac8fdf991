//! How far back: `90m`, `4h`, `2d`, or a time.

use std::str::FromStr;

use crate::contract::Timestamp;

/// A beginning in time, as somebody types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// This long ago, in ms.
    Ago(i64),
    /// At this time.
    At(Timestamp),
}

impl Since {
    /// The time that it means, seen from `now`.
    pub const fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ms) => now.plus_ms(-ms),
            Self::At(at) => at,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || "write a time ago as `90m`, `4h` or `2d`, or a time as `2026-11-03T15:00:00Z`".to_owned();
        if let Ok(at) = Timestamp::parse(text) {
            return Ok(Self::At(at));
        }
        let unit = text.chars().last().ok_or_else(expected)?;
        let number = &text[..text.len() - unit.len_utf8()];
        let unit_ms = match unit {
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            _ => return Err(expected()),
        };
        // Ten years: no topic reaches further back, and no sum overflows.
        let number: i64 = number.parse().ok().filter(|number| (0..=5_256_000).contains(number)).ok_or_else(expected)?;
        Ok(Self::Ago(number * unit_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood_or_refused() {
        let check = |text: &str, expected: Option<Since>| assert_eq!(text.parse().ok(), expected, "{text}");
        check("90m", Some(Since::Ago(5_400_000)));
        check("4h", Some(Since::Ago(14_400_000)));
        check("2d", Some(Since::Ago(172_800_000)));
        check("1970-01-01T00:00:01Z", Some(Since::At(Timestamp::from_ms(1_000))));
        for wrong in ["", "d", "2", "-1d", "2w", "1.5h", "99999999999999999999d", "ñ", "yesterday"] {
            check(wrong, None);
        }
        assert_eq!(Since::Ago(1_000).before(Timestamp::from_ms(5_000)), Timestamp::from_ms(4_000));
    }
}
