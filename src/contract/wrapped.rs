//! Envelopes of other tools around an event, told by their own fields: Kafka Connect's (`schema` and `payload`), that of a table's changes
//! (`before`, `after`, `op`), which Debezium writes, and Maxwell's of the same, an event under `payload`, as an object or as a text, a CloudEvent
//! whose headers were lost (`specversion` and `data`), those of the clouds' queues (EventBridge, SNS, Pub/Sub), a list of events, and an event
//! in a text.
//!
//! Relevo does not guess what is in them. Whoever reads "a field is missing" would look in the wrong place, so the refusal names them, and
//! what takes them off. This file refuses to know how they are read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::code::{BAD_ENVELOPE, CHANGE_ENVELOPE, CONNECT_ENVELOPE, Code, FIELD_MISSING, Refusal, WRONG_TYPE};

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
    /// The same with the row as a text, as Debezium writes it of MongoDB.
    ChangeOfText,
    /// A table's change, as Maxwell writes it.
    Maxwell,
    /// A CloudEvent in JSON, without the header that says so.
    CloudEvent,
    /// Amazon EventBridge's, with the event under `detail`.
    EventBridge,
    /// Amazon SNS's, with the event as a text under `Message`.
    Sns,
    /// Google Pub/Sub's push, with the event in Base64.
    PubSub,
    /// A list of events.
    List,
    /// The whole event is JSON in a text.
    Quoted,
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
            Wrapping::ChangeOfText => "change_of_text",
            Wrapping::Maxwell => "maxwell",
            Wrapping::CloudEvent => "cloud_event",
            Wrapping::EventBridge => "event_bridge",
            Wrapping::Sns => "sns",
            Wrapping::PubSub => "pub_sub",
            Wrapping::List => "list",
            Wrapping::Quoted => "text",
        }
    }

    /// The envelope of a JSON document, by the names of its fields.
    pub fn of(data: &[u8]) -> Option<Self> {
        match data.trim_ascii_start().first()? {
            b'[' => return Some(Wrapping::List),
            b'"' => return is_json_in_text(data).then_some(Wrapping::Quoted),
            _ => {}
        }
        let fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(data).ok()?;
        let has = |names: &[&str]| names.iter().all(|name| fields.contains_key(name));
        let bytes = |name: &str| fields.get(name).map(|value| value.get().as_bytes());
        if has(&["op"]) && (has(&["before"]) || has(&["after"])) {
            return Some(if bytes("after").is_some_and(is_json_in_text) { Wrapping::ChangeOfText } else { Wrapping::Change(false) });
        } else if has(&["specversion", "data"]) {
            return Some(Wrapping::CloudEvent);
        } else if has(&["detail", "detail-type"]) {
            return Some(Wrapping::EventBridge);
        } else if has(&["database", "table", "data"]) {
            return Some(Wrapping::Maxwell);
        } else if has(&["TopicArn"]) && bytes("Message").is_some_and(is_json_in_text) {
            return Some(Wrapping::Sns);
        } else if has(&["subscription", "message"]) {
            return Some(Wrapping::PubSub);
        }
        let payload = bytes("payload")?;
        match Self::of(payload) {
            Some(Wrapping::Change(_)) => Some(Wrapping::Change(true)),
            Some(Wrapping::ChangeOfText) => Some(Wrapping::ChangeOfText),
            Some(Wrapping::Quoted) => Some(Wrapping::Text),
            _ if has(&["schema"]) => Some(Wrapping::Connect),
            _ => payload.starts_with(b"{").then_some(Wrapping::Payload),
        }
    }
}

/// Whether a JSON value is a text with an object in it.
fn is_json_in_text(value: &[u8]) -> bool {
    serde_json::from_slice::<String>(value).is_ok_and(|text| text.trim_start().starts_with('{'))
}

/// The same refusal, or one that names the envelope in which nothing of the contract was found.
pub fn named(refusal: Refusal, data: &[u8]) -> Refusal {
    if refusal.code != FIELD_MISSING && refusal.code != WRONG_TYPE {
        return refusal;
    }
    Wrapping::of(data).map_or(refusal, |wrapping| {
        let (code, message) = told(wrapping);
        Refusal::new(code, message)
    })
}

/// What stands around the event, and which setting takes it off or reads it.
const fn told(wrapping: Wrapping) -> (&'static Code, &'static str) {
    match wrapping {
        Wrapping::Connect => (
            CONNECT_ENVELOPE,
            "the event stands in Kafka Connect's envelope (`schema` and `payload`): set `value.converter.schemas.enable=false` in the connector, \
             or read it by a map (`inputs.interactions.map`) with paths that begin with `payload.`",
        ),
        Wrapping::Payload => (
            CONNECT_ENVELOPE,
            "the event stands under `payload`: let the producer send what is in it, or read it by a map (`inputs.interactions.map`) with paths \
             that begin with `payload.`",
        ),
        Wrapping::Text => (
            CONNECT_ENVELOPE,
            "the event stands as a text under `payload`: let the producer send it as an object (Debezium's outbox: \
             `table.expand.json.payload=true`); no map reads into a text",
        ),
        Wrapping::Change(false) => (
            CHANGE_ENVELOPE,
            "it is a table's change (`before`, `after` and `op`, as Debezium writes it): let the connector take it off (the transform \
             `ExtractNewRecordState`), or read it by a map (`inputs.interactions.map`) with paths that begin with `after.`",
        ),
        Wrapping::Change(true) => (
            CHANGE_ENVELOPE,
            "it is a table's change (`before`, `after` and `op`, as Debezium writes it) under `payload`: let the connector take it off (the \
             transform `ExtractNewRecordState`, and `value.converter.schemas.enable=false`), or read it by a map (`inputs.interactions.map`) \
             with paths that begin with `payload.after.`",
        ),
        Wrapping::ChangeOfText => (
            CHANGE_ENVELOPE,
            "it is a document's change (`after` is a text, as Debezium writes it of MongoDB): let the connector take it off (the transform \
             `ExtractNewDocumentState`); no map reads into a text",
        ),
        Wrapping::Maxwell => (
            CHANGE_ENVELOPE,
            "it is a table's change (`database`, `table` and `data`, as Maxwell writes it): read it by a map (`inputs.interactions.map`) with \
             paths that begin with `data.`",
        ),
        Wrapping::CloudEvent => (
            BAD_ENVELOPE,
            "the event stands in a CloudEvent (`specversion` and `data`), and the record's header `content-type` does not say so: set it to \
             `application/cloudevents+json`",
        ),
        Wrapping::EventBridge => (
            BAD_ENVELOPE,
            "the event stands in Amazon EventBridge's envelope, under `detail`: let the target's input path be `$.detail`, or read it by a map \
             (`inputs.interactions.map`) with paths that begin with `detail.`",
        ),
        Wrapping::Sns => (
            BAD_ENVELOPE,
            "the event stands as a text under `Message` in Amazon SNS's envelope: set `RawMessageDelivery` of the subscription; no map reads \
             into a text",
        ),
        Wrapping::PubSub => (
            BAD_ENVELOPE,
            "the event stands in Base64 under `message.data` in Google Pub/Sub's envelope: let the subscription send it without (`--push-no-wrapper`, \
             or the connector of Pub/Sub); no map reads into Base64",
        ),
        Wrapping::List => (BAD_ENVELOPE, "the record is a list: let the producer send each event as a record of its own"),
        Wrapping::Quoted => (
            BAD_ENVELOPE,
            "the event stands as JSON in a text: the producer wrote it as JSON twice; in Kafka Connect let `value.converter` be the \
             `StringConverter`",
        ),
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
        check(r#"[{"interaction_id":"i-1"}]"#, Some(Wrapping::List));
        check(r#" "{\"interaction_id\":\"i-1\"}""#, Some(Wrapping::Quoted));
        check(r#""hello""#, None);
        check(r#"{"after":"{\"_id\":1}","op":"c"}"#, Some(Wrapping::ChangeOfText));
        check(r#"{"schema":{},"payload":{"before":null,"after":"{\"_id\":1}","op":"c"}}"#, Some(Wrapping::ChangeOfText));
        check(r#"{"database":"crm","table":"leads","type":"insert","ts":1,"data":{"id":1}}"#, Some(Wrapping::Maxwell));
        check(r#"{"version":"0","id":"1","detail-type":"x","source":"y","detail":{"interaction_id":"i-1"}}"#, Some(Wrapping::EventBridge));
        check(r#"{"Type":"Notification","TopicArn":"arn:x","Message":"{\"interaction_id\":\"i-1\"}"}"#, Some(Wrapping::Sns));
        check(r#"{"message":{"data":"eyJ9","messageId":"1"},"subscription":"projects/x"}"#, Some(Wrapping::PubSub));
        check("{", None);
    }
}
