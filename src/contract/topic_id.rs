//! Which topic it is, whatever its name: Kafka gives each topic an identifier when it is made, and a topic that was deleted and made again
//! another one. An offset means nothing in another topic.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

/// A topic's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TopicId(u128);

impl TopicId {
    /// Of its two halves; `None`: the cluster gives topics none.
    pub fn of_halves(most_significant: i64, least_significant: i64) -> Option<Self> {
        let bits = (u128::from(most_significant as u64) << 64) | u128::from(least_significant as u64);
        (bits != 0).then_some(Self(bits))
    }

    /// Whether two topics are known to be different ones. What is not known may be the same.
    pub fn differ(one: Option<Self>, other: Option<Self>) -> bool {
        one.zip(other).is_some_and(|(one, other)| one != other)
    }
}

/// As Kafka's own tools write it.
impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0.to_be_bytes()))
    }
}

impl FromStr for TopicId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| ())?;
        bytes.try_into().map(|bytes| Self(u128::from_be_bytes(bytes))).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::TopicId;

    #[test]
    fn it_reads_back_and_only_what_is_known_differs() {
        let ids: Vec<_> = [(1, 0), (0, 1), (-1, -1), (i64::MIN, 7)].map(|(most, least)| TopicId::of_halves(most, least)).into();
        for (index, id) in ids.iter().enumerate() {
            let text = id.expect("not zero").to_string();
            assert_eq!((text.len(), text.parse().ok()), (22, *id));
            for (other, other_id) in ids.iter().enumerate() {
                assert_eq!(TopicId::differ(*id, *other_id), index != other);
            }
            assert!(!TopicId::differ(*id, None) && !TopicId::differ(None, *id));
        }
        assert_eq!(TopicId::of_halves(0, 0), None);
        for text in ["", "AAAA", "not an identifier!", "AAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(text.parse::<TopicId>().is_err(), "{text}");
        }
    }
}
