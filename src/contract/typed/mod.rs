//! What people and tools type, and what they mean by it: addresses, websites, countries, identifiers, nothing.
//!
//! One place for live events, imports and backtests, so that the same words mean the same everywhere. Each function takes a text and says
//! what it means, or that it means nothing of the kind; none guesses. This file refuses to know which field a text stands in.

mod country;
mod email;
mod identifier;
mod website;

pub use country::country;
pub use email::{addresses, email};
pub use identifier::{Undamaged, is_nothing, is_nothing_id, phone, salesforce_id, undamaged};
pub use website::hosts;

/// White space and what has no width, which stand at the ends of a text without anybody's having meant them.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A text without what stands unseen at its ends.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}
