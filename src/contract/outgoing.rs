//! What stands around an output: CloudEvents' binary headers, and the headers of a dead letter.
//!
//! Identifiers derive from the record that caused the output and its place among that record's effects, never from a clock
//! or from chance, so a replay writes the same bytes (TXN-3). This file refuses to know what an output says.

use std::borrow::Cow;
use std::fmt::Write;

use compact_str::{CompactString, format_compact};
use sha2::{Digest, Sha256};

use super::code::Refusal;
use super::headers::{CE_ID, CE_SOURCE, CE_SPECVERSION, CE_TIME, CE_TYPE, CONTENT_TYPE, Headers, TRACEPARENT};
use super::time::Timestamp;

/// `ce_type` of a decision.
pub const DECISION: &str = "relevo.decision.made.v1";
/// `ce_type` of a lead that is handed off.
pub const LEAD_QUALIFIED: &str = "relevo.lead.qualified.v1";
/// `ce_type` of a lead about which something has changed.
pub const LEAD_UPDATED: &str = "relevo.lead.updated.v1";
/// `ce_type` of an owner's signal.
pub const OWNER_SIGNALLED: &str = "relevo.owner.signalled.v1";

const JSON: &str = "application/json";

/// The CloudEvents headers of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingHeaders<'a> {
    event: &'static str,
    source: &'a str,
    id: CompactString,
    time: CompactString,
    traceparent: Option<CompactString>,
}

impl<'a> OutgoingHeaders<'a> {
    /// Headers of an output of type `event`, said by `source` (a URI reference that names this deployment): the `index`th effect of
    /// the record of the log at `cause` (topic-partition-offset), which the log took at `ingested_at`. A trace context of that
    /// record (`parent`) is continued with a span of this output's own.
    pub fn new(event: &'static str, source: &'a str, cause: &str, index: usize, ingested_at: Timestamp, parent: Option<&str>) -> Self {
        let id = format_compact!("{cause}.{index}");
        let traceparent = parent.and_then(|parent| continued(parent, &id));
        Self { event, source, time: format_compact!("{ingested_at}"), traceparent, id }
    }

    /// `ce_id`: the cause and the effect's index, so unique for its source.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Names and values, in their order on the record.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        [
            (CE_SPECVERSION, Some("1.0")),
            (CE_TYPE, Some(self.event)),
            (CE_ID, Some(self.id.as_str())),
            (CE_SOURCE, Some(self.source)),
            (CE_TIME, Some(self.time.as_str())),
            (CONTENT_TYPE, Some(JSON)),
            (TRACEPARENT, self.traceparent.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value.as_bytes())))
    }
}

/// The same trace, with the span that belongs to the output `id`; `None` where `parent` is no trace context.
fn continued(parent: &str, id: &str) -> Option<CompactString> {
    if !super::envelope::is_traceparent(parent) {
        return None;
    }
    let digest = Sha256::digest(id);
    let mut text = CompactString::from(&parent[..36]);
    for byte in &digest[..8] {
        let _ = write!(text, "{byte:02x}"); // a text takes whatever is written
    }
    text.push_str(&parent[52..]);
    Some(text)
}

/// A record's place: topic, partition, offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.topic, self.partition, self.offset)
    }
}

/// Header names of dead letters.
pub mod dead {
    /// What kind of mistake: code and name.
    pub const EXCEPTION: &str = "__streams.errors.exception";
    /// Field and position, never a value.
    pub const MESSAGE: &str = "__streams.errors.message";
    /// The topic of the record that failed.
    pub const TOPIC: &str = "__streams.errors.topic";
    /// Its partition.
    pub const PARTITION: &str = "__streams.errors.partition";
    /// Its offset.
    pub const OFFSET: &str = "__streams.errors.offset";
    /// `RLV-nnnn`.
    pub const ERROR_CODE: &str = "relevo_error_code";
    /// How many times the record has ended here: 1, or one more than the dead letter that was sent again.
    pub const ATTEMPT: &str = "relevo_attempt";
    /// The original key, where there was one.
    pub const KEY: &str = "relevo_key";
    /// What did not fit and is cut: `value 2097152 bytes`, `key 70000 bytes`, `headers 12`; absent where all is there.
    pub const CUT: &str = "relevo_cut";
}

/// The names that a dead letter writes itself; the same names of an earlier dead letter give way.
const OWN: [&str; 9] =
    [dead::EXCEPTION, dead::MESSAGE, dead::TOPIC, dead::PARTITION, dead::OFFSET, dead::ERROR_CODE, dead::ATTEMPT, dead::KEY, dead::CUT];
/// What a record takes on the log besides its own bytes, and our own headers, at most.
const OVERHEAD_BYTES: usize = 2_048;
/// What a header takes besides its bytes, at most: two lengths.
const HEADER_OVERHEAD_BYTES: usize = 10;
/// Original headers and the key may take this part of the room, so that the value has the rest.
const HEADERS_PART: usize = 4;

/// A header: its name and its value, where it has one.
pub type Header<'a> = (Cow<'a, str>, Option<Cow<'a, [u8]>>);

/// A dead letter, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The record's key: the original source, topic-partition-offset.
    pub key: String,
    /// The original value, from its beginning as far as it fits.
    pub value: Option<&'a [u8]>,
    /// The original headers, then why.
    pub headers: Vec<Header<'a>>,
}

/// The record that a dead letter is about.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// Where it stood.
    pub place: Place<'a>,
    /// Where the record stood that Intake read, topic-partition-offset; `None`: at `place`.
    pub source: Option<&'a str>,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// Makes the dead letter of a refused record, for a topic that takes records of `max_bytes`. What does not fit is cut, and said so:
/// original headers first (whole ones, from the end), then the value.
pub fn dead_letter<'a, H: Headers + ?Sized>(failed: Failed<'a>, headers: &'a H, refusal: &Refusal, max_bytes: usize) -> DeadLetter<'a> {
    let room = max_bytes.saturating_sub(OVERHEAD_BYTES + refusal.message.len());
    let mut cut = Vec::new();
    let mut used = 0;
    let mut letter = Vec::with_capacity(16);
    let mut left_out = 0;
    for (name, value) in headers.each().filter(|(name, _)| !OWN.contains(name)) {
        let size = name.len() + value.map_or(0, <[u8]>::len) + HEADER_OVERHEAD_BYTES;
        if left_out > 0 || used + size > room / HEADERS_PART {
            left_out += 1;
        } else {
            used += size;
            letter.push((Cow::Borrowed(name), value.map(Cow::Borrowed)));
        }
    }
    if let Some(key) = failed.key {
        let fits = key.len().min((room / HEADERS_PART).saturating_sub(used));
        used += fits;
        letter.push((Cow::Borrowed(dead::KEY), Some(Cow::Borrowed(&key[..fits]))));
        if fits < key.len() {
            cut.push(format!("key {} bytes", key.len()));
        }
    }
    let value = failed.value.map(|value| &value[..value.len().min(room - used)]);
    if value.map(<[u8]>::len) < failed.value.map(<[u8]>::len) {
        cut.push(format!("value {} bytes", failed.value.map_or(0, <[u8]>::len)));
    }
    if left_out > 0 {
        cut.push(format!("headers {left_out}"));
    }
    let attempt = headers.value_of(dead::ATTEMPT).and_then(|text| str::from_utf8(text).ok()?.parse::<u32>().ok()).unwrap_or(0);
    let mut why = |name: &'static str, text: String| letter.push((Cow::Borrowed(name), Some(Cow::Owned(text.into_bytes()))));
    why(dead::EXCEPTION, format!("{} {}", refusal.code, refusal.code.name));
    why(dead::MESSAGE, refusal.message.clone());
    why(dead::TOPIC, failed.place.topic.to_owned());
    why(dead::PARTITION, failed.place.partition.to_string());
    why(dead::OFFSET, failed.place.offset.to_string());
    why(dead::ERROR_CODE, refusal.code.to_string());
    why(dead::ATTEMPT, attempt.saturating_add(1).to_string());
    if !cut.is_empty() {
        why(dead::CUT, cut.join(", "));
    }
    DeadLetter { key: failed.source.map_or_else(|| failed.place.to_string(), str::to_owned), value, headers: letter }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::WRONG_TYPE;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn txn_3_the_same_cause_and_index_give_the_same_headers() {
        let of = |index, parent| OutgoingHeaders::new(DECISION, "relevo", "relevo.intake.v1-3-81722", index, Timestamp::from_ms(5), parent);
        assert_eq!(of(0, Some(PARENT)), of(0, Some(PARENT)));
        assert_ne!(of(0, Some(PARENT)).traceparent, of(1, Some(PARENT)).traceparent);
        let headers = of(1, Some(PARENT));
        let each: Vec<_> = headers.each().map(|(name, value)| (name, str::from_utf8(value).unwrap())).collect();
        let trace = headers.traceparent.as_deref().unwrap();
        assert_eq!(
            each,
            [
                ("ce_specversion", "1.0"),
                ("ce_type", "relevo.decision.made.v1"),
                ("ce_id", "relevo.intake.v1-3-81722.1"),
                ("ce_source", "relevo"),
                ("ce_time", "1970-01-01T00:00:00.005Z"),
                ("content-type", "application/json"),
                ("traceparent", trace),
            ]
        );
        assert!(crate::contract::envelope::is_traceparent(trace) && trace[..36] == PARENT[..36] && trace[36..] != PARENT[36..]);
        assert_eq!(of(0, Some("00-nothing")).each().count(), 6);
    }

    fn text<'a>(letter: &'a DeadLetter<'_>, name: &str) -> Option<&'a str> {
        let header = letter.headers.iter().rev().find(|(other, _)| other == name);
        header.and_then(|(_, value)| value.as_deref()).map(|value| str::from_utf8(value).unwrap())
    }

    #[test]
    fn a_dead_letter_bears_the_original_and_says_why() {
        let refusal = Refusal::new(WRONG_TYPE, "field `kind`: expected a text (line 1 column 5)");
        let place = Place { topic: "in.v1", partition: 2, offset: 77 };
        let headers: &[(&str, &[u8])] = &[("a", b"1"), ("relevo_attempt", b"2"), ("a", b"2")];
        let failed = Failed { place, source: None, key: Some(b"k"), value: Some(b"value") };
        let letter = dead_letter(failed, headers, &refusal, 10_000);
        assert_eq!((letter.key.as_str(), letter.value), ("in.v1-2-77", Some(b"value".as_slice())));
        let names: Vec<_> = letter.headers.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names[..3], ["a", "a", "relevo_key"]);
        for (name, expected) in [
            ("__streams.errors.exception", "RLV-1003 wrong_type"),
            ("__streams.errors.message", "field `kind`: expected a text (line 1 column 5)"),
            ("__streams.errors.topic", "in.v1"),
            ("__streams.errors.partition", "2"),
            ("__streams.errors.offset", "77"),
            ("relevo_error_code", "RLV-1003"),
            ("relevo_attempt", "3"),
        ] {
            assert_eq!(text(&letter, name), Some(expected), "{name}");
        }
        assert_eq!(text(&letter, dead::CUT), None);
    }

    #[test]
    fn txn_4_what_does_not_fit_is_cut_and_said_so() {
        let refusal = Refusal::new(WRONG_TYPE, "why");
        let (value, big) = (vec![b'v'; 50_000], vec![b'h'; 9_000]);
        let headers: &[(&str, &[u8])] = &[("small", b"1"), ("big", &big), ("behind", b"2")];
        let place = Place { topic: "in.v1", partition: 0, offset: 1 };
        for (key, max_bytes) in [(vec![b'k'; 20_000], 20_000), (Vec::new(), 3_000), (vec![b'k'; 100], 1)] {
            let failed = Failed { place, source: Some("other-1-2"), key: Some(&key), value: Some(&value) };
            let letter = dead_letter(failed, headers, &refusal, max_bytes);
            let of_headers = |(name, value): &Header<'_>| name.len() + value.as_deref().map_or(0, <[u8]>::len) + HEADER_OVERHEAD_BYTES;
            let size = letter.value.map_or(0, <[u8]>::len) + letter.headers.iter().map(of_headers).sum::<usize>();
            assert!(size <= max_bytes.max(OVERHEAD_BYTES), "{size} bytes in {max_bytes}");
            let cut = text(&letter, dead::CUT).unwrap();
            assert!(cut.contains("value 50000 bytes") && cut.contains("headers "), "{cut}");
            assert_eq!(cut.contains("key "), key.len() > 1_000 || max_bytes == 1, "{cut}");
            assert_eq!(letter.key, "other-1-2");
        }
    }
}
