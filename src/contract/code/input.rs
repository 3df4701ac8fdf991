//! 1000: what producers of events can mend. Each of these ends in a dead letter, and the partition goes on.

super::codes! {
    1001 EMPTY_VALUE "empty_value" "The record has no value."
        "An event needs a JSON value, and this one has no byte of it, or only white space. (A tombstone, a record whose value is null, is no event: on the accounts topic it forgets an account, on the others it is passed over and counted.) The record was dead-lettered and the partition went on. Send the event with its data.";
    1002 NOT_JSON "not_json" "The value is not JSON."
        "The message names line and column of the first byte that does not fit. Often a truncated record, another serializer, another character set than UTF-8, or single quotes. Mend the producer and send the event again under the same identifier.";
    1003 WRONG_TYPE "wrong_type" "A field has another type than the contract says."
        "The message names the field and its position, never its value. The schemas are in `schemas/`. Mend the producer and send the event again.";
    1004 FIELD_MISSING "field_missing" "A mandatory field is missing."
        "An interaction needs interaction_id, occurred_at, kind, campaign.id and person.id; an account update account_id and version; a consent needs contact; an activity activity_id, lead_id, occurred_at, kind and actor.kind, next_step_set a next_step_at, assigned an assignee, lost and rejected a reason, recycled an until. Mend the producer and send the event again.";
    1005 BAD_IDENTIFIER "bad_identifier" "An identifier can't be used as one."
        "Identifiers have 1 to 128 bytes, no control characters, no white space at their ends and no `@`: they travel in keys and logs, where no e-mail address may be. Those of persons, companies and accounts have no white space at all, because they become part of keys, and names have it. Use the tool's own identifier, not a name or an address.";
    1006 BAD_VALUE "bad_value" "A field's value is outside what the contract allows."
        "Times are RFC 3339 between 1970 and 9000, dates YYYY-MM-DD, amounts 0 to 10^15, employees 0 to 10^10, timeframes 0 to 3660 days, versions not negative. The message names the field and its position. Mend the producer and send the event again.";
    1007 UNKNOWN_TYPE "unknown_type" "The event's type is none that this topic is read for."
        "Set `ce_type` (or `type` in the structured form) to a type of the contract, or list it under `inputs.<name>.ignore_types` if such events may be on the topic.";
    1008 AVRO "avro" "The value is framed as Avro, which Relevo does not read."
        "The schema registry's frame leads to a schema that is not JSON Schema, or the data behind the frame is not JSON. Use the JSON Schema serializer, or plain JSON.";
    1009 TOO_LARGE "too_large" "The value is larger than `inputs.max_bytes`."
        "A single event of this size is a mistake more often than not: a file in a field, or a batch in one record. The first part of it is in the dead letter. Send smaller events, or raise the bound together with the topics' max.message.bytes.";
    1010 BAD_ENVELOPE "bad_envelope" "The CloudEvents envelope is broken."
        "A structured event needs specversion 1.x, id, source, type and data (JSON; neither data_base64 nor a batch); a binary one the headers ce_specversion, ce_id, ce_source and ce_type. Without any of these headers the value is taken as plain JSON. The message names the attribute, or the envelope of another tool around the event and what takes it off. Mend the producer and send the event again.";
    1012 BAD_KEY "bad_key" "The record's key is not the identifier that it must be."
        "Records of `crm.accounts` have the CRM's account identifier as their key, bare and equal to `account_id`: a tombstone names its account by the key alone, so under another key the facts could never be forgotten. On the intake log the key is the account's. Set the key.";
    1013 FIELD_TWICE "field_twice" "A field stands in an object twice."
        "Which of the two counts is anybody's guess: readers of JSON differ. The message names the field. Mend the producer and send the event again.";
    1014 UNKNOWN_ACTIVITY "unknown_activity" "The activity is of a kind that the contract does not know."
        "Kinds are attempted, contacted, met; received, accepted; next_step_set, assigned, reopened; won, lost, rejected, recycled, opted_out. What the CRM calls them is for its connector to translate. The activity changed nothing: if it was a touch, the lead still counts as untouched. Mend the connector and send it again.";
    1050 CONNECT_ENVELOPE "connect_envelope" "The event stands in Kafka Connect's envelope."
        "Kafka Connect's JSON converter writes `{\"schema\": …, \"payload\": …}` unless it is told not to, and the contract's fields are looked for at the top. Set `value.converter=org.apache.kafka.connect.json.JsonConverter` and `value.converter.schemas.enable=false` in the connector; for the accounts topic the key's converter too (`key.converter=org.apache.kafka.connect.storage.StringConverter`). Where the connector can't be changed, a map reads interactions out of it: `inputs.interactions.map`, with paths such as `payload.email`. Send again what was dead-lettered (`relevo dead-letters`).";
    1051 CHANGE_ENVELOPE "change_envelope" "The event is a table's change, as Debezium writes it."
        "A change has the row `before` and `after` it, and `op` says what was done (c, u, d, r); the contract's fields are looked for at the top. Add the transform to the connector: `transforms=unwrap`, `transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState`, which leaves the row alone, and rename its columns to the contract's fields. Or read interactions by a map: `inputs.interactions.map`, with paths such as `after.email`, and `payload.after.email` where Kafka Connect's envelope stands around it. Send again what was dead-lettered (`relevo dead-letters`).";
    1052 SEVERAL_IDENTIFIERS "several_identifiers" "A record says the same of several, and the map takes one of them."
        "A CRM may put several changes into one record (Salesforce: `recordIds` of a change that was made to all of them at once), and a path such as `recordIds[0]` names the first alone. Nothing of the record was taken, so that the others are not lost without a word. Have the connector write a record for each (for Kafka Connect a transform that splits the list), or send the events of this dead letter by hand.";
    1053 MAP_FINDS_NOTHING "map_finds_nothing" "A map's `when` finds none of its fields in any record."
        "A warning: the records are passed over, and counted (`relevo_records_total{outcome=\"map_found_nothing\"}`), and nothing comes of the topic. Usually the topic's documents have changed: a converter puts an envelope around them (Kafka Connect's `schema` and `payload`, Debezium's `before` and `after`), or fields were renamed. Look at one record, and correct the paths in the map (`payload.ChangeEventHeader.entityName`), or the connector (`value.converter.schemas.enable=false`). What was passed over is read again when the connector sends it again.";
}
