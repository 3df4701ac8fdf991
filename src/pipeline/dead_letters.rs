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
