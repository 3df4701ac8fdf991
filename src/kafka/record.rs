//! Records as the pipeline sees them: borrowed on the way in, slices on the way out.

use std::ffi::CStr;
use std::fmt;
use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka_sys as sys;

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

/// What a header is called whose name is not UTF-8. Java's client can't write one, others can, and rdkafka's own iterator panics at it.
const UNREADABLE_NAME: &str = "relevo_unreadable_header_name";

impl Headers for Incoming<'_> {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        let headers = self.0.headers().map(|headers| std::ptr::from_ref(headers).cast::<sys::rd_kafka_headers_t>());
        // SAFETY: `BorrowedHeaders` is librdkafka's own list behind a reference (it has no fields and is made by such a cast), and it
        // lives as long as the message that `self` borrows.
        (0..).map_while(move |index| unsafe { header_at(headers?, index) })
    }
}

/// The header at `index`; `None` behind the last one.
///
/// # Safety
/// `headers` must be a list of librdkafka's that outlives `'a` unchanged.
unsafe fn header_at<'a>(headers: *const sys::rd_kafka_headers_t, index: usize) -> Option<(&'a str, Option<&'a [u8]>)> {
    let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: the caller's; the call writes the three places only, and with them pointers into the list.
    let error = unsafe { sys::rd_kafka_header_get_all(headers, index, &mut name, &mut value, &mut size) };
    if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return None;
    }
    // SAFETY: names end in a zero byte; a value that is not null has `size` bytes.
    let (name, value) = unsafe {
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        (CStr::from_ptr(name), value)
    };
    Some((name.to_str().unwrap_or(UNREADABLE_NAME), value))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A header name may be any bytes; one that is no UTF-8 must not stop a partition (TXN-4).
    #[test]
    fn txn_4_headers_are_read_whatever_their_names_are() {
        // SAFETY: the list is made, filled, read and destroyed here.
        unsafe {
            let headers = sys::rd_kafka_headers_new(4);
            for (name, value) in [(c"plain", b"1".as_slice()), (c"\xff\xfe", b"2"), (c"empty", b"")] {
                let error = sys::rd_kafka_header_add(headers, name.as_ptr(), -1, value.as_ptr().cast(), value.len() as isize);
                assert_eq!(error, sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
            }
            let error = sys::rd_kafka_header_add(headers, c"null".as_ptr(), -1, std::ptr::null(), 0);
            assert_eq!(error, sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
            let read: Vec<_> = (0..).map_while(|index| header_at(headers, index)).collect();
            let expected: [(&str, Option<&[u8]>); 4] =
                [("plain", Some(b"1")), (UNREADABLE_NAME, Some(b"2")), ("empty", Some(b"")), ("null", None)];
            assert_eq!(read, expected);
            sys::rd_kafka_headers_destroy(headers);
        }
    }
}
