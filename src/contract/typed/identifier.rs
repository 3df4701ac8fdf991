//! Identifiers and numbers as tools export them: nothing in disguise, Salesforce's two lengths, what a spreadsheet leaves of them.

use std::borrow::Cow;

use compact_str::CompactString;

use super::trimmed;

/// Words that tools write where there is nothing.
const NOTHING: [&str; 21] = [
    "null",
    "(null)",
    "<null>",
    "nil",
    "none",
    "n/a",
    "#n/a",
    "na",
    "n.a.",
    "nan",
    "undefined",
    "unknown",
    "(blank)",
    "(empty)",
    "(none)",
    "(not set)",
    "[not provided]",
    "not provided",
    "\\n",
    "#ref!",
    "#value!",
];
/// A sign or several where there is nothing.
const DASHES: [char; 7] = ['-', '–', '—', '_', '.', '?', '*'];

/// Whether a cell says that there is nothing: a word such as `NULL` or `N/A`, dashes, an empty look-up of Salesforce.
pub fn is_nothing(text: &str) -> bool {
    let text = trimmed(text);
    let is_word = || NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text));
    text.chars().all(|letter| DASHES.contains(&letter)) || is_word() || is_empty_lookup(text)
}

/// Whether an identifier says that there is none. Fewer words do: `na` may be somebody's.
pub fn is_nothing_id(id: &str) -> bool {
    let id = trimmed(id);
    id.is_empty()
        || ["null", "(null)", "nil", "none", "undefined", "n/a", "#n/a", "nan"].iter().any(|word| word.eq_ignore_ascii_case(id))
        || is_empty_lookup(id)
}

/// Salesforce's identifier of nothing.
fn is_empty_lookup(text: &str) -> bool {
    matches!(text, "000000000000000AAA" | "000000000000000")
}

/// Salesforce's identifier in its long form of 18 characters, of which the last three say which of the others are capitals. `None`: it is none, by
/// its length, by the prefix of its kind, or by those three.
pub fn salesforce_id(text: &str) -> Option<CompactString> {
    let text = trimmed(text);
    let (id, check) = match text.len() {
        15 => (text, None),
        18 => (text.get(..15)?, text.get(15..)),
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let sum: CompactString = id.as_bytes().chunks(5).map(letter_of_capitals).collect();
    match check {
        Some(check) => check.eq_ignore_ascii_case(&sum).then(|| compact_str::format_compact!("{id}{sum}")),
        None => is_of_a_kind(id).then(|| compact_str::format_compact!("{id}{sum}")),
    }
}

/// Which of five characters are capitals, as one of 32 characters.
fn letter_of_capitals(five: &[u8]) -> char {
    let bits = five.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase()).fold(0, |bits, (place, _)| bits | 1 << place);
    char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits])
}

/// Whether its first three characters are those of a kind of object, so that other identifiers of 15 characters stay as they are.
fn is_of_a_kind(id: &str) -> bool {
    const KINDS: [&str; 16] =
        ["001", "003", "005", "006", "00G", "00I", "00Q", "00T", "00U", "00Y", "00k", "00v", "500", "701", "800", "801"];
    let bytes = id.as_bytes();
    let is_custom =
        bytes[0] == b'a' && bytes[1].is_ascii_digit() && bytes[2].is_ascii_alphanumeric() && bytes[3..].iter().any(u8::is_ascii_uppercase);
    KINDS.iter().any(|kind| id.starts_with(kind)) && !bytes.iter().all(u8::is_ascii_digit) || is_custom
}

/// What a spreadsheet leaves of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undamaged<'a> {
    /// The text that was meant.
    Text(Cow<'a, str>),
    /// A long number that was written as a short one (`5.25556E+11`), or an error of a formula: it can't be had back.
    Lost,
}

/// Takes off what spreadsheets put around texts and identifiers: `="00123"`, `'+52 55…`.
pub fn undamaged(text: &str) -> Undamaged<'_> {
    let text = trimmed(text);
    let formula = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = formula.unwrap_or(text);
    let apostrophe =
        text.strip_prefix('\'').filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || "+-=@(".contains(first)));
    let text = apostrophe.unwrap_or(text);
    if is_scientific(text) || text.starts_with('#') && text.ends_with(['!', '?']) {
        return Undamaged::Lost;
    }
    Undamaged::Text(Cow::Borrowed(trimmed(text)))
}

/// `5.25556E+11`, with an exponent that has cut digits off.
fn is_scientific(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    exponent.is_some() && whole.len() == 1 && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
}

/// A telephone number as it was meant: without a tool's prefix (`p:`, `tel:`), and none where a spreadsheet has cut it.
pub fn phone(text: &str) -> Option<&str> {
    let Undamaged::Text(Cow::Borrowed(text)) = undamaged(text) else { return None };
    let prefix = ["p:", "tel:", "phone:", "callto:"]
        .iter()
        .find(|prefix| text.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix)));
    let text = trimmed(prefix.map_or(text, |prefix| &text[prefix.len()..]));
    (!is_nothing(text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_in_its_disguises() {
        for text in
            ["", "  ", "NULL", "null", "N/A", "#N/A", "-", "—", "...", "\\N", "(not set)", "000000000000000AAA", "000000000000000", "#REF!"]
        {
            assert!(is_nothing(text), "{text:?}");
        }
        for text in ["0", "no", "Nil Kumar", "Nancy", "x", "-1", "000000000000001", "Unknown Pleasures"] {
            assert!(!is_nothing(text), "{text:?}");
        }
        assert!(is_nothing_id("NULL") && is_nothing_id("000000000000000AAA") && !is_nothing_id("na") && !is_nothing_id("0"));
    }

    #[test]
    fn salesforces_two_lengths_are_one_identifier() {
        for (text, expected) in [
            ("00vAB000001CDEF", Some("00vAB000001CDEFYA4")),
            ("00vAB000001CDEFYA4", Some("00vAB000001CDEFYA4")),
            ("00QAB000001KLMN", Some("00QAB000001KLMN2A4")),
            ("00QAB000001KLMN2A4", Some("00QAB000001KLMN2A4")),
            ("00QAB000001KLMNAAA", None),
            ("701AB000001GHIJ", Some("701AB000001GHIJYA4")),
            ("customer0000001", None),
            ("001000000000001", None),
            ("0015500000WzXyZ", Some("0015500000WzXyZAAV")),
            ("42181982f27995d", None),
            ("00QAB-00001KLMN", None),
            ("", None),
        ] {
            assert_eq!(salesforce_id(text).as_deref(), expected, "{text}");
        }
        // Letters that differ in case are two.
        assert_ne!(salesforce_id("00QAB000001aBcd"), salesforce_id("00QAB000001aBcD"));
    }

    #[test]
    fn what_a_spreadsheet_does_is_taken_back_or_called_lost() {
        let text = |text: &'static str| Undamaged::Text(Cow::Borrowed(text));
        for (damaged, expected) in [
            ("=\"00123\"", text("00123")),
            ("'+52 55 5550 0100", text("+52 55 5550 0100")),
            ("'0055", text("0055")),
            ("O'Hara", text("O'Hara")),
            ("'t Hooft", text("'t Hooft")),
            ("5.25556E+11", Undamaged::Lost),
            ("5,25556E+11", Undamaged::Lost),
            ("1E+05", Undamaged::Lost),
            ("#REF!", Undamaged::Lost),
            ("#NAME?", Undamaged::Lost),
            ("00E1", text("00E1")),
            ("2E4", text("2E4")),
            ("00123", text("00123")),
        ] {
            assert_eq!(undamaged(damaged), expected, "{damaged}");
        }
        assert_eq!(phone("p:+525555500002"), Some("+525555500002"));
        assert_eq!(phone("'+52 55 5550 0100"), Some("+52 55 5550 0100"));
        assert_eq!(phone("tel:+1-555"), Some("+1-555"));
        assert_eq!((phone("5.25556E+11"), phone("-")), (None, None));
    }
}
