//! Records as the pipeline sees them: borrowed on the way in, slices on the way out.

use std::fmt;
use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::contract::Timestamp;
use crate::contract::headers::Headers;

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// This partition of this topic.
    pub fn new(topic: &str, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A record that was read, borrowed from the client.
pub struct Incoming<'a>(pub(super) BorrowedMessage<'a>);

impl Incoming<'_> {
    /// The topic's name.
    pub fn topic(&self) -> &str {
        self.0.topic()
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.0.partition()
    }

    /// The offset.
    pub fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// The record's timestamp: append time or producer's, as the topic says; the epoch where there is none.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_ms(self.0.timestamp().to_millis().unwrap_or(0))
    }

    /// The key.
    pub fn key(&self) -> Option<&[u8]> {
        self.0.key()
    }

    /// The value; `None`: a tombstone.
    pub fn value(&self) -> Option<&[u8]> {
        self.0.payload()
    }

    /// Bytes of key and value.
    pub fn len(&self) -> usize {
        self.0.key_len() + self.0.payload_len()
    }

    /// Whether key and value have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Headers for Incoming<'_> {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.0.headers().into_iter().flat_map(|headers| headers.iter().map(|header| (header.key, header.value)))
    }
}

/// A record to write.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The partition; `None`: Java's hash of the key decides.
    pub partition: Option<i32>,
    /// The producer's time; `None`: now, or the topic's append time.
    pub timestamp: Option<Timestamp>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value; `None`: a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order; `None`: a null value.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}
