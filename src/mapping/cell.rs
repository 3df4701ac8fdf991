//! What is in a cell, without what tools and spreadsheets put around it: spaces that no eye tells from a space, marks that no eye
//! sees, a formula around a text (`="00123"`), an apostrophe before a number.
//!
//! It refuses to know what a cell means.

use std::borrow::Cow;

use crate::contract::typed::{self, Undamaged};

/// Words that tools write where there is nothing, even in a free text.
const NOTHING: &[&str] =
    &["null", "(null)", "<null>", "\\n", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "(no value)", "(blank)", "(empty)", "undefined"];

/// The cell as it was meant. Borrowed, where it was written so.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() && !text.starts_with(['=', '\'']) {
        return Cow::Borrowed(text);
    }
    let text = if text.contains(is_odd) { Cow::Owned(seen(text)) } else { Cow::Borrowed(text) };
    if !text.starts_with(['=', '\'']) {
        return text;
    }
    match typed::undamaged(&text) {
        Undamaged::Text(inner) => Cow::Owned(inner.into_owned()),
        Undamaged::Lost => text,
    }
}

/// A name of a column as it is compared: one space between its words, small letters, nothing that no eye sees.
pub fn name(text: &str) -> String {
    seen(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a word in small letters stands for nothing; `free`: the field is a free text, in which `none` may be said.
pub fn is_nothing(lower: &str, free: bool) -> bool {
    lower.is_empty()
        || NOTHING.contains(&lower)
        || (!free && lower != "unknown" && typed::is_nothing(lower))
        || (!free && lower.starts_with("000000000000000") && typed::is_nothing_id(&lower.to_uppercase()))
}

/// Whether a character is a space that is not the usual one, or one that nobody sees.
fn is_odd(c: char) -> bool {
    !c.is_ascii() && (c.is_whitespace() || is_unseen(c))
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// With usual spaces, and without what nobody sees.
fn seen(text: &str) -> String {
    let usual = |c: char| if !c.is_ascii() && c.is_whitespace() { ' ' } else { c };
    text.chars().filter(|c| !is_unseen(*c)).map(usual).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{clean, is_nothing, name};

    #[test]
    fn a_cell_is_what_was_meant_by_it() {
        for (cell, expected) in [
            ("  a b ", "a b"),
            ("3:04\u{202f}PM", "3:04 PM"),
            ("\u{feff}Ana\u{a0}Ruiz\u{200b}", "Ana Ruiz"),
            ("=\"00123\"", "00123"),
            ("'+52 55", "+52 55"),
            ("'00123", "00123"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("=A1", "=A1"),
            ("Peña", "Peña"),
        ] {
            assert_eq!(clean(cell), expected, "{cell:?}");
        }
        assert_eq!(name(" Created\u{a0} Date\u{200b}"), "created date");
        assert!(is_nothing("null", true) && is_nothing("n/a", false) && !is_nothing("none", true) && !is_nothing("0", false));
    }
}
