//! Durations as rulebooks write them: `15m`, `4h`, `2d`.

use crate::contract::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// The longest duration: ten years and a little.
const MAX_MS: i64 = 3_660 * DAY_MS;
/// What is expected, as the message says it.
pub const EXPECTED: &str = "expected a duration like 15m, 4h or 2d, up to 3660d";

/// The duration in ms of wall time; `None` if it is none. One number, one unit: `1h30m` is written `90m`.
pub fn parse(text: &str) -> Option<i64> {
    let unit = match text.as_bytes().last()? {
        b'm' => MINUTE_MS,
        b'h' => HOUR_MS,
        b'd' => DAY_MS,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms = digits.parse::<i64>().ok()? * unit;
    (ms <= MAX_MS).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        for (text, ms) in [
            ("15m", Some(900_000)),
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
            assert_eq!(parse(text), ms, "{text}");
        }
    }
}
