//! Headers of a record, as a borrowed list that somebody else owns, and the names of those that mean something.
//!
//! The room that reads Kafka implements [`Headers`] for its own records, tests for slices. This file refuses to know Kafka.

/// `ce_specversion`: marks the binary form of CloudEvents.
pub const CE_SPECVERSION: &str = "ce_specversion";
/// `ce_type`: what the record is.
pub const CE_TYPE: &str = "ce_type";
/// `ce_source`: who says so; makes the event's own identifiers unique.
pub const CE_SOURCE: &str = "ce_source";
/// `ce_id`: the event's identifier.
pub const CE_ID: &str = "ce_id";
/// `ce_time`: when it happened.
pub const CE_TIME: &str = "ce_time";
/// `ce_traceparent`: W3C trace context as CloudEvents' tracing extension writes it.
pub const CE_TRACEPARENT: &str = "ce_traceparent";
/// `content-type`: says whether the value is a CloudEvents envelope itself.
pub const CONTENT_TYPE: &str = "content-type";
/// `traceparent`: W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// `relevo_source`, on the intake log: the record that Intake read, topic-partition-offset.
pub const RELEVO_SOURCE: &str = "relevo_source";

/// The headers of one record, in its order. A name may stand there more than once: the last one counts, as in Kafka's clients.
pub trait Headers {
    /// Name and value of each header; `None` where the value is null.
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)>;

    /// The last value under this name.
    fn value_of(&self, name: &str) -> Option<&[u8]> {
        self.each().filter(|(other, _)| *other == name).last().and_then(|(_, value)| value)
    }
}

impl Headers for [(&str, &[u8])] {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.iter().map(|(name, value)| (*name, Some(*value)))
    }
}

impl<const N: usize> Headers for [(&str, &[u8]); N] {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.as_slice().each()
    }
}

impl Headers for [(String, Vec<u8>)] {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.iter().map(|(name, value)| (name.as_str(), Some(value.as_slice())))
    }
}

/// No headers at all.
impl Headers for () {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        std::iter::empty()
    }
}
