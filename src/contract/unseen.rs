//! Characters that a reader does not see, and that change what they see: controls, marks that turn the direction of a line, characters
//! without width.
//!
//! They are refused in what people sign ([`find`]), taken out of what producers send ([`cleaned`]), and written as `\u{…}` in what
//! Relevo prints ([`shown`]). This file refuses to know who writes and who reads.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// What a terminal or a page obeys instead of showing it: controls, and what turns the direction of a line or breaks it.
const OBEYED: &[RangeInclusive<char>] = &[
    '\u{0}'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{61c}'..='\u{61c}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2066}'..='\u{206f}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e0fff}',
];

/// What has no width, or looks like a space and is a letter: Unicode's default ignorable code points, and blanks.
const WITHOUT_INK: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200d}',
    '\u{2060}'..='\u{2065}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0e}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
];

/// Spaces that look like the usual one. The wide one of East Asia does not.
const SPACES: &[RangeInclusive<char>] =
    &['\u{a0}'..='\u{a0}', '\u{1680}'..='\u{1680}', '\u{2000}'..='\u{200a}', '\u{202f}'..='\u{202f}', '\u{205f}'..='\u{205f}'];

/// What makes a sign a picture. It is without width too, and stands behind a picture in honest texts.
const PICTURE: char = '\u{fe0f}';

fn within(letter: char, ranges: &[RangeInclusive<char>]) -> bool {
    ranges.iter().any(|range| range.contains(&letter))
}

/// Whether a terminal or a page obeys it instead of showing it.
pub fn is_obeyed(letter: char) -> bool {
    within(letter, OBEYED)
}

/// Whether a reader does not see it behind `before`.
fn is_unseen(before: Option<char>, letter: char) -> bool {
    match letter {
        PICTURE => before.is_none_or(|before| before.is_ascii() || before.is_alphanumeric() || is_unseen(None, before)),
        letter => !letter.is_ascii() && within(letter, WITHOUT_INK) || is_obeyed(letter),
    }
}

/// Whether every character is printable ASCII, as it nearly always is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Whether a text of one line has a character that a reader does not see, or a line break.
pub fn has(text: &str) -> bool {
    let mut before = None;
    !is_plain(text) && text.chars().any(|letter| is_unseen(before.replace(letter), letter))
}

/// The characters of a file that its reader does not see, or takes for the usual space, each with its place in bytes. Line ends of Unix and of Windows and tabs are
/// what files are made of.
pub fn find(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut before = None;
    text.char_indices().filter(move |(at, letter)| {
        let is_of_files = matches!(letter, '\n' | '\t') || *letter == '\r' && text[at + 1..].starts_with('\n');
        (is_unseen(before.replace(*letter), *letter) || within(*letter, SPACES)) && !is_of_files
    })
}

/// A text of one line as it may be printed: breaks and tabs are spaces, and what a reader would not see is `\u{…}`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !has(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = None;
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => shown.push(' '),
            letter if is_unseen(before, letter) => {
                let _ = write!(shown, "{}", letter.escape_unicode());
            }
            letter => shown.push(letter),
        }
        before = Some(letter);
    }
    Cow::Owned(shown)
}

/// A text of several lines as it may be printed: its line ends stay.
pub fn shown_in_lines(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return shown(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(|line| shown(line.strip_suffix('\r').unwrap_or(line))).collect();
    Cow::Owned(lines.join("\n"))
}

/// A producer's text without what a terminal or a page obeys: a space stands there. What has no width stays, because names of some
/// languages are spelt with it.
pub fn cleaned(text: Cow<'_, str>) -> Cow<'_, str> {
    if !is_plain(&text) && text.contains(is_obeyed) { Cow::Owned(text.replace(is_obeyed, " ")) } else { text }
}

/// The same of a text of several lines: its line ends and tabs stay.
pub fn cleaned_in_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_obeyed_in_lines = |letter: char| is_obeyed(letter) && !matches!(letter, '\n' | '\t');
    if is_plain(&text) || !text.contains(is_obeyed_in_lines) {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace(is_obeyed_in_lines, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_found_and_shown() {
        let check = |text: &str, expected: &str| {
            assert_eq!(shown(text), expected, "{text:?}");
            assert_eq!(has(text), text != expected || text.contains("\\u{"), "{text:?}");
        };
        check("Ana Ruiz, 50 € — naïve “quotes” ünïcode 株式会社　X", "Ana Ruiz, 50 € — naïve “quotes” ünïcode 株式会社　X");
        check("50\u{a0}€", "50\u{a0}€");
        check("a\u{1b}[2Kb", "a\\u{1b}[2Kb");
        check("a\u{9b}2Kb", "a\\u{9b}2Kb");
        check("a\u{202e}b", "a\\u{202e}b");
        check("a\rb", "a\\u{d}b");
        check("a\nb\tc", "a b c");
        check("a\u{7f}\u{0}b", "a\\u{7f}\\u{0}b");
        for unseen in ['\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{2066}', '\u{3164}', '\u{e0041}', '\u{2028}', '\u{61c}']
        {
            check(&format!("a{unseen}b"), &format!("a{}b", unseen.escape_unicode()));
        }
        // What makes a picture of a sign is seen behind a sign, and nowhere else.
        check("⚠\u{fe0f} mind", "⚠\u{fe0f} mind");
        check("a\u{fe0f}", "a\\u{fe0f}");
        check("⚠\u{fe0f}\u{fe0f}", "⚠\u{fe0f}\\u{fe0f}");
    }

    #[test]
    fn line_ends_and_tabs_of_a_file_are_no_find() {
        let found = |text: &str| find(text).collect::<Vec<_>>();
        assert_eq!(found("a: b\r\n\tc\n"), []);
        assert_eq!(found("a # b\rc: d\r"), [(5, '\r'), (10, '\r')]);
        assert_eq!(found("a:\u{a0}b"), [(2, '\u{a0}')]);
        assert_eq!(found("\u{feff}a\u{200b}"), [(0, '\u{feff}'), (4, '\u{200b}')]);
        assert_eq!(shown_in_lines("a\r\nb\u{1b}\n\rc"), "a\nb\\u{1b}\n\\u{d}c");
    }

    #[test]
    fn a_producers_text_is_cleaned_of_what_is_obeyed() {
        let check = |text: &str, expected: &str| assert_eq!(cleaned(Cow::Borrowed(text)), expected, "{text:?}");
        check("Compras", "Compras");
        check("a\u{1b}]0;x\u{7}b\nc", "a ]0;x b c");
        check("a\u{9b}b\u{202e}c\u{2028}d", "a b c d");
        assert_eq!(cleaned_in_lines(Cow::Borrowed("a\u{1b}b\r\n\tc\rd\u{202e}")), "a b\n\tc d ");
        // Persian is spelt with it.
        check("نیک\u{200c}خواه", "نیک\u{200c}خواه");
    }
}
