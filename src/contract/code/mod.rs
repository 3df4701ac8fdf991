//! Error codes: the one catalogue of what can go wrong, what it means and what to do.
//!
//! An operator-facing error has a code, a place and a remedy. Codes are grouped by who can mend them: 1000 producers of events,
//! 2000 writers of rulebooks, 3000 those who configure and deploy, 4000 Kafka and the running service,
//! 5000 those who bring their own history. A code is never reused for something else.

use std::fmt;

mod agreement;
mod history;
mod input;
mod locate;
mod mapping;
mod refusal;
mod rulebook;
mod start;
mod worker;

pub use agreement::*;
pub use history::*;
pub use input::*;
pub use mapping::*;
pub use refusal::{FIELD_NAMES, Refusal, from_json};
pub use rulebook::*;
pub use start::*;
pub use worker::*;

/// One entry of the catalogue.
#[derive(Clone, Copy)]
pub struct Code {
    /// The number behind `RLV-`, four digits.
    pub number: u16,
    /// A word or three for labels and lists: lower case, underscores.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub title: &'static str,
    /// Why it matters, what Relevo did about it, and what to do.
    pub help: &'static str,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = &'static Code> {
        [input::CODES, rulebook::CODES, agreement::CODES, start::CODES, worker::CODES, mapping::CODES, history::CODES]
            .into_iter()
            .flatten()
            .copied()
    }

    /// The code of `RLV-1203`, `rlv-1203` or `1203`.
    pub fn parse(text: &str) -> Option<&'static Code> {
        let digits = text.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("rlv-")).map_or(text, |_| &text[4..]);
        let number: u16 = digits.parse().ok()?;
        Code::all().find(|code| code.number == number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RLV-{:04}", self.number)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.name)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Code {}

/// Declares one family: a constant for each code, and the list of all of them.
macro_rules! codes {
    ($($number:literal $constant:ident $name:literal $title:literal $help:literal;)+) => {
        $(
            #[doc = $title]
            pub const $constant: &$crate::contract::code::Code =
                &$crate::contract::code::Code { number: $number, name: $name, title: $title, help: $help };
        )+
        /// The family, in the order of its numbers.
        pub(super) const CODES: &[&$crate::contract::code::Code] = &[$($constant,)+];
    };
}
use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ascending_and_explained() {
        let mut last = 0;
        for code in Code::all() {
            assert!(code.number > last, "{code} stands behind {last}");
            last = code.number;
            assert!(code.title.ends_with('.') && code.help.len() > 40, "{code} needs a sentence and an explanation");
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()), "{code}");
            assert_eq!(Code::parse(&code.to_string()), Some(code));
        }
        assert!(Code::parse("RLV-9999").is_none() && Code::parse("what").is_none() && Code::parse("ñañ").is_none());
    }
}
