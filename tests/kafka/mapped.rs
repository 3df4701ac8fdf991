//! A topic whose JSON is foreign: a CRM's change events become interactions by a map, and decisions without it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::deployment::{Deployment, RULEBOOK};
use crate::history;
use crate::oracle;
use crate::records::{Outgoing, Sender};
use crate::workload::{EXPECT, MAPPED, time_text};

/// What a record must come to: `mapped`, `ignored` or a code.
fn record(expect: &str, value: Option<Vec<u8>>, mapped: Option<&Value>) -> Outgoing {
    let mut headers = vec![(EXPECT.to_owned(), expect.as_bytes().to_vec())];
    headers.extend(mapped.map(|mapped| (MAPPED.to_owned(), mapped.to_string().into_bytes())));
    Outgoing { partition: None, key: Some(b"task".to_vec()), value, headers }
}

/// A call that came in, as the CRM's change events say it, and the interaction that it is.
fn call(number: u32) -> (Value, Value) {
    let at_ms = jiff::Timestamp::now().as_millisecond() - i64::from(number) * 1_000;
    let event = json!({
        "ChangeEventHeader": { "entityName": "Task", "recordIds": [format!("00T{number:06}")], "changeType": "CREATE", "changedFields": [],
            "commitTimestamp": at_ms, "commitUser": "0055" },
        "TaskSubtype": "Call", "CallType": "Inbound", "WhoId": format!("003{:04}", number % 7), "AccountId": format!("001{:04}", number % 5),
        "Description": "Called about prices", "Subject": null,
    });
    let interaction = json!({
        "interaction_id": format!("00T{number:06}"), "occurred_at": time_text(at_ms), "kind": "call_received",
        "campaign": { "id": "calls", "channel": "phone" }, "person": { "id": format!("003{:04}", number % 7) },
        "company": { "id": format!("001{:04}", number % 5) }, "declared": { "comment": "Called about prices" },
    });
    (event, interaction)
}

/// A call with one field changed.
fn changed(pointer: &str, value: Value) -> Option<Vec<u8>> {
    let (mut event, _) = call(900);
    *event.pointer_mut(pointer).expect("there") = value;
    Some(event.to_string().into_bytes())
}

#[test]
fn txn_4_foreign_records_become_decisions_dead_letters_or_are_passed_over() {
    let mut deployment = Deployment::new(Broker::shared(), "mapped", 4);
    deployment.more = "inputs:\n  interactions:\n    map: salesforce-task-changes\n    ignore_types: [com.example.else]\n".to_owned();
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let mut other_type = record("ignored", Some(b"not even JSON".to_vec()), None);
    other_type.headers.push(("ce_type".to_owned(), b"com.example.else".to_vec()));
    let others = [
        record("ignored", changed("/CallType", json!("Outbound")), None),
        record("ignored", changed("/ChangeEventHeader/entityName", json!("Account")), None),
        record("ignored", changed("/ChangeEventHeader/changeType", json!("DELETE")), None),
        record("ignored", Some(b"{}".to_vec()), None),
        other_type,
        record("ignored", None, None),
        record("RLV-1001", Some(Vec::new()), None),
        record("RLV-1002", Some(b"{\"ChangeEventHeader\": ".to_vec()), None),
        record("RLV-1003", changed("/WhoId", json!({ "Id": "0031" })), None),
        record("RLV-1004", changed("/WhoId", Value::Null), None),
        record("RLV-1005", changed("/WhoId", json!("zz@acme.example")), None),
        record("RLV-1008", Some(b"Obj\x01avro".to_vec()), None),
        record("RLV-1009", changed("/Description", json!("x".repeat(1_100_000))), None),
        record("RLV-5201", changed("/ChangeEventHeader/commitTimestamp", json!("zz soon")), None),
    ];
    let topic = &deployment.names.interactions;
    for number in 0..40 {
        let (event, interaction) = call(number);
        sender.send(topic, &record("mapped", Some(event.to_string().into_bytes()), Some(&interaction)));
        if let Some(other) = others.get(number as usize) {
            sender.send(topic, other);
        }
    }
    sender.flush();
    deployment.await_settled(60);
    assert_eq!(pods[0].metric("relevo_records_total", "outcome=\"map_ignored\""), 3.0);
    assert_eq!(pods[0].metric("relevo_records_total", "outcome=\"map_found_nothing\""), 1.0);
    assert_eq!(pods[0].metric("relevo_records_total", "outcome=\"tombstone\""), 1.0);
    assert_eq!(pods[0].metric("relevo_records_total", "outcome=\"type_ignored\""), 1.0);
    assert_eq!(pods[0].metric("relevo_dead_letters_total", "RLV-5201"), 1.0);
    deployment.stop_in_order(&mut pods);

    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert_eq!((counts.inputs, counts.forwarded, counts.dead_letters), (40 + others.len(), 40, 8));
    let decisions = deployment.output(&deployment.names.decisions);
    let decided: BTreeSet<String> =
        decisions.iter().flatten().map(|record| record.json()["interaction_id"].as_str().expect("a text").to_owned()).collect();
    assert_eq!(decided, (0..40).map(|number| format!("00T{number:06}")).collect());
    let letters = deployment.output(&deployment.names.dead_letters);
    let said: Vec<&str> = letters.iter().flatten().filter_map(|letter| letter.header("__streams.errors.message")).collect();
    assert_eq!(said.len(), 8);
    assert!(said.iter().any(|said| said.contains("field `person.id`, from `WhoId`, is missing")), "{said:#?}");
    assert!(said.iter().any(|said| said.contains("from `ChangeEventHeader.commitTimestamp`, is no time in any format")), "{said:#?}");
    assert!(!said.iter().any(|said| said.contains("zz")), "PII-1: {said:#?}");

    // Who looks back at the topic reads it by the same map, and passes over the same: the bad records alone are told.
    std::fs::write(deployment.folder.path().join("rules.yaml"), RULEBOOK).expect("written");
    for topic in ["topic:interactions", "topic:intake"] {
        let output = history::call(&deployment, &["backtest", "rules.yaml", "--events", topic, "--format", "json"]);
        let found = history::json(&output);
        assert_eq!(found["history"]["interactions"], 40, "{topic}: {found:#}");
        let refused = found["history"]["refused"].as_array().expect("a list").iter().map(|row| row["count"].as_u64().expect("a number"));
        assert_eq!(refused.sum::<u64>(), if topic == "topic:intake" { 0 } else { 8 }, "{found:#}");
    }
}
