//! Envelopes of other tools around an event, told by their own fields: Kafka Connect's (`schema` and `payload`), that of a table's changes
//! (`before`, `after`, `op`), which Debezium writes, an event under `payload`, as an object or as a text, and a CloudEvent whose headers
//! were lost (`specversion` and `data`).
//!
//! Relevo does not guess what is in them. Whoever reads "a field is missing" would look in the wrong place, so the refusal names them, and
//! what takes them off. This file refuses to know how they are read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::code::{BAD_ENVELOPE, CHANGE_ENVELOPE, CONNECT_ENVELOPE, FIELD_MISSING, Refusal, WRONG_TYPE};

/// Which envelope stands around an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Kafka Connect's JSON converter, with its schema.
    Connect,
    /// The event is an object under `payload`.
    Payload,
    /// The event is JSON in a text under `payload`, as an outbox holds it.
    Text,
    /// A table's change, as Debezium writes it; `true`: under `payload`.
    Change(bool),
    /// A CloudEvent in JSON, without the header that says so.
    CloudEvent,
}

impl Wrapping {
    /// Its name, for a log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Wrapping::Connect => "kafka_connect",
            Wrapping::Payload => "payload",
            Wrapping::Text => "payload_text",
            Wrapping::Change(false) => "change",
            Wrapping::Change(true) => "kafka_connect_change",
            Wrapping::CloudEvent => "cloud_event",
        }
    }

    /// The envelope of a JSON object, by the names of its fields.
    pub fn of(data: &[u8]) -> Option<Self> {
        let fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(data).ok()?;
        let has = |name: &str| fields.contains_key(name);
        if has("op") && (has("before") || has("after")) {
            return Some(Wrapping::Change(false));
        }
        if has("specversion") && has("data") {
            return Some(Wrapping::CloudEvent);
        }
        let payload = fields.get("payload")?.get().as_bytes();
        match Self::of(payload) {
            Some(Wrapping::Change(_)) => Some(Wrapping::Change(true)),
            _ if serde_json::from_slice::<String>(payload).is_ok_and(|text| text.trim_start().starts_with('{')) => Some(Wrapping::Text),
            _ if has("schema") => Some(Wrapping::Connect),
            _ => payload.starts_with(b"{").then_some(Wrapping::Payload),
        }
    }
}

/// The same refusal, or one that names the envelope in which nothing of the contract was found.
pub fn named(refusal: Refusal, data: &[u8]) -> Refusal {
    if refusal.code != FIELD_MISSING && refusal.code != WRONG_TYPE {
        return refusal;
    }
    match Wrapping::of(data) {
        None => refusal,
        Some(Wrapping::Connect) => Refusal::new(
            CONNECT_ENVELOPE,
            "the event stands in Kafka Connect's envelope (`schema` and `payload`): set `value.converter.schemas.enable=false` in the connector, \
             or read it by a map (`inputs.interactions.map`) with paths that begin with `payload.`",
        ),
        Some(Wrapping::Payload) => Refusal::new(
            CONNECT_ENVELOPE,
            "the event stands under `payload`: let the producer send what is in it, or read it by a map (`inputs.interactions.map`) with paths \
             that begin with `payload.`",
        ),
        Some(Wrapping::Text) => Refusal::new(
            CONNECT_ENVELOPE,
            "the event stands as a text under `payload`: let the producer send it as an object (Debezium's outbox: \
             `table.expand.json.payload=true`); no map reads into a text",
        ),
        Some(Wrapping::CloudEvent) => Refusal::new(
            BAD_ENVELOPE,
            "the event stands in a CloudEvent (`specversion` and `data`), and the record's header `content-type` does not say so: set it to \
             `application/cloudevents+json`",
        ),
        Some(Wrapping::Change(inside)) => {
            let begin = if inside { "payload.after." } else { "after." };
            let message = format!(
                "it is a table's change (`before`, `after` and `op`, as Debezium writes it): let the connector take it off (the transform \
                 `ExtractNewRecordState`), or read it by a map (`inputs.interactions.map`) with paths that begin with `{begin}`"
            );
            Refusal::new(CHANGE_ENVELOPE, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_told_by_their_fields() {
        let check = |json: &str, expected: Option<Wrapping>| assert_eq!(Wrapping::of(json.as_bytes()), expected, "{json}");
        check(r#"{"schema":{"type":"struct"},"payload":{"interaction_id":"i-1"}}"#, Some(Wrapping::Connect));
        check(r#"{"schema":null,"payload":{"interaction_id":"i-1"}}"#, Some(Wrapping::Connect));
        check(r#"{"schema":{},"payload":null}"#, Some(Wrapping::Connect));
        check(r#"{"before":null,"after":{"id":1},"source":{},"op":"c","ts_ms":1}"#, Some(Wrapping::Change(false)));
        check(r#"{"before":{"id":1},"after":null,"op":"d"}"#, Some(Wrapping::Change(false)));
        check(r#"{"schema":{},"payload":{"before":null,"after":{},"op":"r"}}"#, Some(Wrapping::Change(true)));
        check(r#"{"interaction_id":"i-1"}"#, None);
        check(r#"{"payload":{"before":null,"after":{"interaction_id":"i-1"},"op":"c"}}"#, Some(Wrapping::Change(true)));
        check(r#"{"payload":{"before":{},"after":null,"op":"d"},"ts_ms":1}"#, Some(Wrapping::Change(true)));
        check(r#"{"payload":{"interaction_id":"i-1"}}"#, Some(Wrapping::Payload));
        check(r#"{"payload":"{\"interaction_id\":\"i-1\"}"}"#, Some(Wrapping::Text));
        check(r#"{"schema":{"type":"string"},"payload":" {\"interaction_id\":\"i-1\"}"}"#, Some(Wrapping::Text));
        check(r#"{"specversion":"1.0","id":"1","type":"x","source":"y","data":{"interaction_id":"i-1"}}"#, Some(Wrapping::CloudEvent));
        check(r#"{"payload":"hello"}"#, None);
        check(r#"{"payload":7}"#, None);
        check(r#"{"op":"c"}"#, None);
        check("[]", None);
        check("{", None);
    }
}
