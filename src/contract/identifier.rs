//! Identifiers as they come from outside: short, printable, and never an e-mail address.
//!
//! Identifiers travel in keys, logs and metrics' neighbours; an address there would be personal data where none may be
//! (PII-1), so an `@` is refused at the edge. This file refuses to know what an identifier identifies.

/// The longest identifier in bytes. CRMs use 15 to 36; the bound keeps state and keys small.
pub const MAX_BYTES: usize = 128;

/// Why a text is no identifier, as the rest of a sentence about a field. It bears no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// Nothing in it but white space.
    #[error("is empty")]
    Empty,
    /// More than [`MAX_BYTES`] bytes.
    #[error("is longer than 128 bytes")]
    TooLong,
    /// An `@` makes it look like an e-mail address.
    #[error("has an `@`: identifiers travel in keys and logs, where no address may be")]
    AtSign,
    /// White space at its ends, or characters in it that nobody sees.
    #[error("has characters that nobody sees, or white space at its ends")]
    Unprintable,
    /// White space in an identifier that becomes part of a key: names of people have it, keys may not.
    #[error("has white space: it becomes part of a key, where no name may be")]
    WhiteSpace,
}

/// Checks an identifier from outside.
///
/// # Errors
/// [`InvalidIdentifier`] says what is wrong, without the text.
pub fn check(id: &str) -> Result<(), InvalidIdentifier> {
    if id.trim().is_empty() {
        Err(InvalidIdentifier::Empty)
    } else if id.len() > MAX_BYTES {
        Err(InvalidIdentifier::TooLong)
    } else if id.contains('@') {
        Err(InvalidIdentifier::AtSign)
    } else if id.trim().len() != id.len() || super::unseen::has(id) {
        Err(InvalidIdentifier::Unprintable)
    } else {
        Ok(())
    }
}

/// Whether an identifier looks like a telephone number: a plus sign, and nine digits or more with nothing but the usual signs between them.
/// A row of digits alone may be anything.
pub fn is_like_a_phone(id: &str) -> bool {
    let Some(number) = id.strip_prefix('+').or_else(|| id.strip_prefix("00").filter(|rest| rest.contains(['-', '.', '/']))) else {
        return false;
    };
    let usual = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '.' | '/' | '(' | ')' | ' ');
    number.chars().all(usual) && number.bytes().filter(u8::is_ascii_digit).count() >= 9
}

/// Checks an identifier that may become part of an account key: of a person, a company or a CRM's account.
///
/// # Errors
/// [`InvalidIdentifier`] says what is wrong, without the text.
pub fn check_key_part(id: &str) -> Result<(), InvalidIdentifier> {
    check(id)?;
    if id.contains(char::is_whitespace) { Err(InvalidIdentifier::WhiteSpace) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pii_1_identifiers_are_short_printable_and_no_addresses() {
        use InvalidIdentifier::{AtSign, Empty, TooLong, Unprintable};
        let long = "x".repeat(MAX_BYTES + 1);
        for (id, expected) in [
            ("i-000000001234", Ok(())),
            ("001Dn00000XyZaB", Ok(())),
            (&long[..MAX_BYTES], Ok(())),
            (&long, Err(TooLong)),
            ("", Err(Empty)),
            ("  ", Err(Empty)),
            ("ana@acme.example", Err(AtSign)),
            (" x", Err(Unprintable)),
            ("a\nb", Err(Unprintable)),
            ("p-1\u{202e}", Err(Unprintable)),
            ("p\u{200b}-1", Err(Unprintable)),
            ("p-1\u{2066}x", Err(Unprintable)),
            ("\u{feff}p-1", Err(Unprintable)),
            ("müller-ñandú-木", Ok(())),
        ] {
            assert_eq!((check(id), check_key_part(id)), (expected, expected), "{id:?}");
        }
        assert_eq!((check("Ana Ruiz"), check_key_part("Ana Ruiz")), (Ok(()), Err(InvalidIdentifier::WhiteSpace)));
    }

    #[test]
    fn pii_1_a_telephone_number_is_seen_and_other_numbers_are_not_taken_for_one() {
        for (id, expected) in [
            ("+525555550100", true),
            ("+52-55-5555-0100", true),
            ("+1(555)555.0100", true),
            ("0052-55-5555-0100", true),
            ("+12345678", false),
            ("525555550100", false),
            ("00525555550100", false),
            ("p-525555550100", false),
            ("+p-1234567890", false),
            ("", false),
        ] {
            assert_eq!(is_like_a_phone(id), expected, "{id:?}");
        }
    }
}
