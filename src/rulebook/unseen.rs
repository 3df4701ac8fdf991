//! What people sign is what they read: characters that a reader does not see are refused anywhere in a file, comments included, and words
//! that mix the letters of two scripts are warned of.
//!
//! A right-to-left mark in a comment shows other points than the file has, and a character without width makes a condition that never
//! holds. Whoever needs one writes it as an escape that can be seen, `"\u200b"`. Letters that look alike in two scripts can't be told
//! apart by a reader either, but words of another script are somebody's language, so only a mixture within one word is told.

use unicode_script::{Script, UnicodeScript};

use super::compiled::MAX_DIAGNOSTICS;
use super::diagnostic::Sink;
use super::yaml::Span;
use crate::contract::code::{MIXED_SCRIPTS, UNSEEN_CHARACTER};
use crate::contract::unseen;

/// Looks at the whole file.
pub(super) fn look(sink: &mut Sink<'_>) {
    let text = sink.text();
    for (start, letter) in unseen::find(text).take(MAX_DIAGNOSTICS) {
        let message = format!("here is a character that a reader does not see: {}", letter.escape_unicode());
        let help = if start == 0 && letter == '\u{feff}' {
            "save the file as UTF-8 without a byte order mark"
        } else {
            "take it out; where a value needs it, write it as an escape between double quotes, such as \"\\u200b\""
        };
        sink.error(UNSEEN_CHARACTER, Span { start, end: start + letter.len_utf8() }, message).help(help);
    }
    // A file of ASCII alone has nothing to mix.
    if text.is_ascii() {
        return;
    }
    for (span, one, other) in mixtures(text).take(MAX_DIAGNOSTICS) {
        let message = format!("a word mixes letters of {} and {}, which may look alike", one.full_name(), other.full_name());
        sink.warning(MIXED_SCRIPTS, span, message)
            .help("write the word again with one keyboard; compare it letter by letter with where it comes from");
    }
}

/// Words in which letters of two scripts stand, that no language writes together.
fn mixtures(text: &str) -> impl Iterator<Item = (Span, Script, Script)> {
    let is_apart = |letter: char| !letter.is_alphanumeric() && letter != '_';
    text.split(is_apart).filter(|word| !word.is_ascii()).filter_map(move |word| {
        let mut scripts = word.chars().map(family).filter(|script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown));
        let first = scripts.next()?;
        let other = scripts.find(|script| *script != first)?;
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        Some((Span { start, end: start + word.len() }, first, other))
    })
}

/// The letter's script; those that Japanese and Korean write together are one.
fn family(letter: char) -> Script {
    match letter.script() {
        Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => Script::Han,
        script => script,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_two_scripts_are_told_and_languages_are_not() {
        fn told(text: &str) -> Vec<&str> {
            mixtures(text).map(|(span, ..)| &text[span.start..span.end]).collect()
        }
        assert_eq!(told("- decisiоn_maker # Cyrillic"), ["decisiоn_maker"]);
        assert_eq!(told("раypal, Ωmega, acmе"), ["раypal", "Ωmega", "acmе"]);
        for honest in ["Москва sales", "naïve Ñandú", "東京タワー です", "서울特別", "µm 5к α-Test", "نیک خواه", "Straße_2"]
        {
            assert!(told(honest).is_empty(), "{honest}: {:?}", told(honest));
        }
    }
}
