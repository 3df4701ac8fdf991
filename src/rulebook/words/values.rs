//! Values for people: numbers with their thousands, lists with commas, durations in full.

use crate::contract::decision::Points;
use crate::contract::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::contract::unseen::shown;
use crate::rulebook::operand::{Arithmetic, Comparison};

/// `a`, `a and b`, `a, b and c`
pub fn and(items: &[String]) -> String {
    join(items, "and")
}

/// `a`, `a or b`, `a, b or c`
pub fn or(items: &[String]) -> String {
    join(items, "or")
}

/// Every item is said, however many there are: what is signed unread is not agreed on.
fn join(items: &[String], word: &str) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} {word} {last}", before.join(", ")),
    }
}

/// `1,250,000`, `2.5`, `-3`
pub fn number(value: f64) -> String {
    let plain = if value.abs() < 1e15 { format!("{value}") } else { format!("{value:e}") };
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain;
    }
    let mut grouped = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

/// Points as the file says them.
pub fn points(points: Points) -> String {
    number(points.0 as f64 / Points::SCALE as f64)
}

/// A text between quotation marks, on one line.
pub fn quote(text: &str) -> String {
    format!("“{}”", shown(text))
}

/// A name of the contract or the rulebook without its underscores.
pub fn spelt(name: &str) -> String {
    shown(&name.replace('_', " ")).into_owned()
}

/// How many.
pub fn quantity(comparison: Comparison, number: &str) -> String {
    match comparison {
        Comparison::Equal => format!("exactly {number}"),
        Comparison::Unequal => format!("any number but {number} of"),
        Comparison::Less => format!("fewer than {number}"),
        Comparison::AtMost => format!("at most {number}"),
        Comparison::Greater => format!("more than {number}"),
        Comparison::AtLeast => format!("at least {number}"),
    }
}

/// How much.
pub fn measure(comparison: Comparison, number: &str) -> String {
    match comparison {
        Comparison::Unequal => format!("anything but {number}"),
        Comparison::Less => format!("less than {number}"),
        other => quantity(other, number),
    }
}

pub fn arithmetic(sign: Arithmetic) -> &'static str {
    match sign {
        Arithmetic::Add => "plus",
        Arithmetic::Subtract => "minus",
        Arithmetic::Multiply => "times",
        Arithmetic::Divide => "divided by",
    }
}

/// A duration of wall time in its largest whole unit: `14 days`, `36 hours`.
pub fn duration(ms: i64) -> String {
    let (count, unit) = match ms {
        ms if ms % DAY_MS == 0 => (ms / DAY_MS, "day"),
        ms if ms % HOUR_MS == 0 => (ms / HOUR_MS, "hour"),
        ms => (ms / MINUTE_MS, "minute"),
    };
    format!("{} {unit}{}", number(count as f64), if count == 1 { "" } else { "s" })
}

/// `09:00` of minutes from midnight.
pub fn time_of_day(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        for (value, said) in [
            (0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (-1_250_000.0, "-1,250,000"),
            (2.5, "2.5"),
            (1234.25, "1,234.25"),
            (1e300, "1e300"),
        ] {
            assert_eq!(number(value), said);
        }
    }

    #[test]
    fn lists_are_read_aloud_to_their_end() {
        let items = |count: usize| (1..=count).map(|item| item.to_string()).collect::<Vec<_>>();
        assert_eq!(and(&items(1)), "1");
        assert_eq!(or(&items(2)), "1 or 2");
        assert_eq!(and(&items(3)), "1, 2 and 3");
        assert!(or(&items(250)).ends_with("248, 249 or 250"), "{}", or(&items(250)));
    }

    #[test]
    fn durations_are_told_in_their_largest_whole_unit() {
        for (ms, said) in [(DAY_MS, "1 day"), (36 * HOUR_MS, "36 hours"), (90 * MINUTE_MS, "90 minutes"), (14 * DAY_MS, "14 days")] {
            assert_eq!(duration(ms), said);
        }
    }
}
