//! Envelopes of other tools around an event, told by their own fields: Kafka Connect's (`schema` and `payload`) and that of a table's changes
//! (`before`, `after`, `op`), which Debezium writes.
//!
//! Relevo does not guess what is in them. Whoever reads "a field is missing" would look in the wrong place, so the refusal names them, and
//! what takes them off. This file refuses to know how they are read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::code::{CHANGE_ENVELOPE, CONNECT_ENVELOPE, FIELD_MISSING, Refusal, WRONG_TYPE};

/// Which envelope stands around an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Kafka Connect's JSON converter, with its schema.
    Connect,
    /// A table's change, as Debezium writes it; `true`: inside of Kafka Connect's.
    Change(bool),
}

impl Wrapping {
    /// Its name, for a log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Wrapping::Connect => "kafka_connect",
            Wrapping::Change(false) => "change",
            Wrapping::Change(true) => "kafka_connect_change",
        }
    }

    /// The envelope of a JSON object, by the names of its fields.
    pub fn of(data: &[u8]) -> Option<Self> {
        let fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(data).ok()?;
        let has = |name: &str| fields.contains_key(name);
        if has("op") && (has("before") || has("after")) {
            return Some(Wrapping::Change(false));
        }
        let payload = fields.get("payload").filter(|_| has("schema"))?;
        let is_change = Self::of(payload.get().as_bytes()) == Some(Wrapping::Change(false));
        Some(if is_change { Wrapping::Change(true) } else { Wrapping::Connect })
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
        check(r#"{"payload":{}}"#, None);
        check(r#"{"op":"c"}"#, None);
        check("[]", None);
        check("{", None);
    }
}
