//! The newest dead letters out of however many there are, and how many of each code.
//!
//! Bounded: only what will be shown is kept. It refuses to know where records come from.

use std::collections::BTreeMap;

use crate::contract::headers::Headers;
use crate::contract::outgoing::dead;
use crate::contract::{Code, Timestamp};
use crate::kafka::Incoming;

/// How much of an original record is shown, in bytes.
const MAX_PAYLOAD_BYTES: usize = 4_096;
/// What is shown of a header, in characters: ours are short, and whatever else writes to the topic should not flood a terminal.
const MAX_TEXT: usize = 300;
/// How many different codes are counted; the rest, were there ever so many, count as `other`.
const MAX_CODES: usize = 200;

/// Which letters somebody wants to see.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Of this code only.
    pub code: Option<&'static Code>,
    /// Not older than this.
    pub since: Timestamp,
    /// At most so many, the newest.
    pub limit: usize,
    /// With the original records.
    pub payload: bool,
}

/// A dead letter, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// When it was written.
    pub at: Timestamp,
    /// `RLV-nnnn`.
    pub code: String,
    /// The original record: topic-partition-offset.
    pub source: String,
    /// How many times the record has ended here.
    pub attempt: String,
    /// Field and position.
    pub message: String,
    /// The original record as far as it is text; empty unless wished for.
    pub payload: String,
}

/// The letters to be shown.
pub struct Collection {
    wish: Wish,
    count: u64,
    by_code: BTreeMap<String, u64>,
    newest: BTreeMap<(Timestamp, i32, i64), Letter>,
}

impl Collection {
    /// None yet.
    pub const fn new(wish: Wish) -> Self {
        Self { wish, count: 0, by_code: BTreeMap::new(), newest: BTreeMap::new() }
    }

    /// Takes a record of the topic, if it is wished for.
    pub fn add(&mut self, record: &Incoming<'_>) {
        let key = (record.timestamp(), record.partition(), record.offset());
        self.take(key, record, record.key(), record.value());
    }

    fn take<H: Headers>(&mut self, place: (Timestamp, i32, i64), headers: &H, key: Option<&[u8]>, value: Option<&[u8]>) {
        let text = |name| headers.value_of(name).map_or_else(|| "?".to_owned(), shown);
        let code = text(dead::ERROR_CODE);
        if place.0 < self.wish.since || self.wish.code.is_some_and(|wished| wished.to_string() != code) {
            return;
        }
        self.count += 1;
        let counted = if self.by_code.len() < MAX_CODES || self.by_code.contains_key(&code) { code.clone() } else { "other".to_owned() };
        *self.by_code.entry(counted).or_default() += 1;
        let letter = Letter {
            at: place.0,
            code,
            source: key.map_or_else(|| "?".to_owned(), shown),
            attempt: text(dead::ATTEMPT),
            message: text(dead::MESSAGE),
            payload: if self.wish.payload { payload(value) } else { String::new() },
        };
        self.newest.insert(place, letter);
        if self.newest.len() > self.wish.limit {
            self.newest.pop_first();
        }
    }

    /// What was wished for.
    pub const fn wish(&self) -> &Wish {
        &self.wish
    }

    /// How many there are, shown or not.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Those to show, the newest last.
    pub fn letters(&self) -> impl ExactSizeIterator<Item = &Letter> {
        self.newest.values()
    }

    /// How many of each code, the most frequent first.
    pub fn by_code(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<_> = self.by_code.iter().map(|(code, count)| (code.as_str(), *count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts
    }
}

/// A header's text without what could confuse a terminal.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn payload(value: Option<&[u8]>) -> String {
    let Some(value) = value else { return "(no value)".to_owned() };
    let part = &value[..value.len().min(MAX_PAYLOAD_BYTES)];
    let mut text: String =
        String::from_utf8_lossy(part).chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    if part.len() < value.len() {
        text.push_str(&format!("\n… {} bytes in all", value.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::{NOT_JSON, WRONG_TYPE};

    fn collect(wish: Wish, letters: &[(i64, &str, &[u8])]) -> Collection {
        let mut collection = Collection::new(wish);
        for (ms, code, value) in letters {
            let headers: [(&str, &[u8]); 3] =
                [(dead::ERROR_CODE, code.as_bytes()), (dead::ATTEMPT, b"1"), (dead::MESSAGE, b"field `kind`\x1b[2J")];
            collection.take((Timestamp::from_ms(*ms), 0, *ms), &headers, Some(b"in-0-1"), Some(value));
        }
        collection
    }

    const ALL: Wish = Wish { code: None, since: Timestamp::from_ms(0), limit: 10, payload: false };
    const LETTERS: &[(i64, &str, &[u8])] = &[(3, "RLV-1003", b"c"), (1, "RLV-1002", b"a"), (2, "RLV-1003", b"b")];

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let check = |wish: Wish, count: u64, shown: &[i64], by_code: &[(&str, u64)]| {
            let collection = collect(wish, LETTERS);
            let times: Vec<i64> = collection.letters().map(|letter| letter.at.as_ms()).collect();
            assert_eq!((collection.count(), times.as_slice(), collection.by_code().as_slice()), (count, shown, by_code), "{wish:?}");
        };
        check(ALL, 3, &[1, 2, 3], &[("RLV-1003", 2), ("RLV-1002", 1)]);
        check(Wish { limit: 2, ..ALL }, 3, &[2, 3], &[("RLV-1003", 2), ("RLV-1002", 1)]);
        check(Wish { code: Some(NOT_JSON), ..ALL }, 1, &[1], &[("RLV-1002", 1)]);
        check(Wish { code: Some(WRONG_TYPE), since: Timestamp::from_ms(3), ..ALL }, 1, &[3], &[("RLV-1003", 1)]);
    }

    #[test]
    fn pii_1_the_record_itself_is_kept_only_when_asked_for() {
        assert!(collect(ALL, LETTERS).letters().all(|letter| letter.payload.is_empty()));
        let collection = collect(Wish { payload: true, ..ALL }, &[(1, "RLV-1002", b"{\"a\":\x1b1}\n2")]);
        let letter = collection.letters().next().unwrap();
        assert_eq!(letter.payload, "{\"a\":\u{fffd}1}\n2");
        assert_eq!(letter.message, "field `kind` [2J");
        let long = vec![b'x'; MAX_PAYLOAD_BYTES + 1];
        let collection = collect(Wish { payload: true, ..ALL }, &[(1, "RLV-1002", &long)]);
        assert!(collection.letters().next().unwrap().payload.ends_with("x\n… 4097 bytes in all"));
    }

    #[test]
    fn what_somebody_else_wrote_there_is_shown_as_unknown() {
        let mut collection = Collection::new(ALL);
        collection.take((Timestamp::from_ms(1), 0, 0), &(), None, None);
        let letter = collection.letters().next().unwrap();
        assert_eq!((letter.code.as_str(), letter.source.as_str(), letter.attempt.as_str()), ("?", "?", "?"));
    }
}
