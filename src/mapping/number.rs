//! Numbers as people and tools write them: `1,200.50`, `1.200,50`, `$ 40 000`, `USD 1,200`.
//!
//! Strict where leniency would guess: groups have three digits, and no currency but the dollar is taken, because the contract's
//! amounts are US dollars.

/// What may stand before or behind an amount.
const DOLLARS: &[&str] = &["US$", "USD", "$"];

/// Reads the least that a text says: `100-500`, `1,000+`, `from 200`, `> 50` are ranges, and a number alone is itself.
pub fn least(text: &str, decimal: char) -> Option<f64> {
    let text = text.trim();
    parse(text, decimal).or_else(|| {
        let lower = text.to_lowercase();
        let from =
            [">=", ">", "≥", "more than ", "over ", "from ", "más de ", "mas de ", "desde ", "über ", "ab ", "mehr als ", "plus de "];
        let open = lower.strip_suffix('+').or_else(|| from.iter().find_map(|word| lower.strip_prefix(word)));
        if let Some(number) = open {
            return parse(number.trim_end_matches(|c: char| c.is_alphabetic() || c == ' '), decimal);
        }
        let between = ["-", "–", "—", " to ", " a ", " bis ", " à ", " hasta "];
        let (low, high) = between.iter().find_map(|sign| lower.split_once(sign))?;
        let (low, high) = (parse(low, decimal)?, parse(high.trim_end_matches(|c: char| c.is_alphabetic() || c == ' '), decimal)?);
        (low >= 0.0 && low <= high).then_some(low)
    })
}

/// Reads a number with this decimal sign; the other of `.` and `,`, a space or an apostrophe may part its thousands. Brackets
/// around it are a minus, as accountants write.
pub fn parse(text: &str, decimal: char) -> Option<f64> {
    if let Some(inner) = text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return parse(inner, decimal).filter(|number| *number >= 0.0).map(|number| -number);
    }
    let text = DOLLARS.iter().fold(text.trim(), |text, sign| {
        let text = text.strip_prefix(sign).map_or(text, str::trim_start);
        text.strip_suffix(sign).map_or(text, str::trim_end)
    });
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.strip_prefix('$').map_or(digits, str::trim_start);
    // `1.5E+06` and `2E+05`, as spreadsheets write large numbers.
    let (digits, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(digits, exponent)| (digits, Some(exponent)));
    let (whole, fraction) = digits.split_once(decimal).map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut plain = String::with_capacity(text.len() + 1);
    plain.push_str(sign);
    plain.push_str(&ungrouped(whole, decimal)?);
    if let Some(fraction) = fraction {
        if !all_digits(fraction) {
            return None;
        }
        plain.push('.');
        plain.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        if !all_digits(exponent.trim_start_matches(['+', '-'])) || exponent.len() > 4 {
            return None;
        }
        plain.push('e');
        plain.push_str(exponent);
    }
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The digits before the decimal sign, without what parts their groups.
fn ungrouped(whole: &str, decimal: char) -> Option<String> {
    let comma_or_dot = if decimal == ',' { '.' } else { ',' };
    let is_part = |c: char| c == comma_or_dot || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’');
    let Some(part) = whole.chars().find(|c| is_part(*c)) else {
        return (!whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(part).collect();
    let fits = |(index, group): (usize, &&str)| {
        let digits = group.bytes().all(|byte| byte.is_ascii_digit());
        digits && if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }
    };
    groups.iter().enumerate().all(fits).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::{least, parse};

    #[test]
    fn a_range_is_the_least_that_it_can_be() {
        for (text, expected) in [
            ("100-500", Some(100.0)),
            ("1000+", Some(1_000.0)),
            ("10,001+", Some(10_001.0)),
            ("51 – 200 employees", Some(51.0)),
            ("201 to 500", Some(201.0)),
            ("más de 1,000", Some(1_000.0)),
            ("> 50", Some(50.0)),
            ("5", Some(5.0)),
            ("500-100", None),
            ("< 50", None),
            ("2026-11-03", None),
            ("about 50", None),
        ] {
            assert_eq!(least(text, '.'), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, decimal, expected) in [
            ("40000", '.', Some(40_000.0)),
            ("40,000", '.', Some(40_000.0)),
            ("$1,234,567.50", '.', Some(1_234_567.5)),
            ("USD 1,200.00", '.', Some(1_200.0)),
            ("1 200 USD", '.', Some(1_200.0)),
            ("-$5", '.', Some(-5.0)),
            ("1.234.567,5", ',', Some(1_234_567.5)),
            ("1'200.5", '.', Some(1_200.5)),
            ("1.5E+06", '.', Some(1_500_000.0)),
            ("2E+05", '.', Some(200_000.0)),
            ("(1,200.00)", '.', Some(-1_200.0)),
            ("(-5)", '.', None),
            ("0", '.', Some(0.0)),
            ("1,5", '.', None),
            ("12,34", '.', None),
            ("1,2345", '.', None),
            ("1.2.3", '.', None),
            // With a comma for the decimals it is one and a fifth.
            ("1,200", ',', Some(1.2)),
            ("€ 40", '.', None),
            ("40k", '.', None),
            ("forty", '.', None),
            ("", '.', None),
            ("-", '.', None),
            (".5", '.', None),
            ("5.", '.', None),
            ("NaN", '.', None),
            ("1.0e999", '.', None),
        ] {
            assert_eq!(parse(text, decimal), expected, "{text} {decimal}");
        }
    }
}
