//! Writing a dead letter: the original bytes, and why. Both stages do it the same way.

use crate::contract::Timestamp;
use crate::contract::code::Refusal;
use crate::contract::headers::Headers;
use crate::contract::outgoing::{Failed, dead_letter};
use crate::kafka::record::Outgoing;
use crate::kafka::{Error, Transaction};

/// Writes the dead letter of a record that was refused.
///
/// # Errors
/// Nothing can be written now.
pub(super) fn write_dead_letter<H: Headers + ?Sized>(
    transaction: &mut Transaction<'_>,
    topic: &str,
    max_bytes: usize,
    failed: Failed<'_>,
    headers: &H,
    refusal: &Refusal,
    now: Timestamp,
) -> Result<(), Error> {
    let letter = dead_letter(failed, headers, refusal, max_bytes);
    let headers: Vec<(&str, Option<&[u8]>)> = letter.headers.iter().map(|(name, value)| (name.as_ref(), value.as_deref())).collect();
    transaction.write(&Outgoing {
        topic,
        partition: None,
        timestamp: Some(now),
        key: Some(letter.key.as_bytes()),
        value: letter.value,
        headers: &headers,
    })
}

/// How much of a dead letter is looked through: what is longer is no event of a person.
const LOOKED_THROUGH_BYTES: usize = 64 * 1024;

/// Whether a record that could not be read may say that somebody does not want to be contacted: it should be looked
/// at soon, because nobody keeps to what it says.
pub fn may_refuse(value: Option<&[u8]>) -> bool {
    let value = value.unwrap_or_default();
    let value = &value[..value.len().min(LOOKED_THROUGH_BYTES)];
    let has = |mark: &[u8]| value.windows(mark.len()).any(|window| window == mark);
    has(b"\"consent\"") || has(b"\"opted_out\"") || has(b"\"unsubscribed\"")
}

#[cfg(test)]
mod tests {
    use super::may_refuse;

    #[test]
    fn what_may_be_a_refusal_is_told_from_what_is_none() {
        for (value, expected) in [
            (r#"{"person":{"id":"p","consent":{"contact":false}},"occurred_at":"yesterday"}"#, true),
            (r#"{"kind":"opted_out","lead_id":7}"#, true),
            (r#"{"kind" : "unsubscribed"}"#, true),
            (r#"{"kind":"demo_requested","person":{"id":"a consent"}}"#, false),
            ("", false),
        ] {
            assert_eq!(may_refuse(Some(value.as_bytes())), expected, "{value}");
        }
        assert!(!may_refuse(None));
    }
}
