//! PII-1: values that belong to persons are marked, sent through everything that can go right and wrong, and looked for
//! wherever they must not be.

use serde_json::json;

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::records::{Record, Sender};
use crate::workload::{EXPECT, Workload, good, sample};

/// What must appear nowhere but in the log's and the dead letters' values, and on leads.
const MARK: &str = "zzmarkedzz";

fn personal(id: &str) -> serde_json::Value {
    let mut event = sample(id);
    event["person"] = json!({
        "id": format!("p-{id}"), "name": format!("{MARK} Ruiz"), "email": format!("{MARK}@acme.example"), "phone": format!("+52 {MARK}"),
        "role": "plant_manager",
    });
    event["company"] = json!({ "domain": "acme.example", "employees": 300, "industry": "manufacturing" });
    event["offering"] = json!("crm-suite");
    event["declared"] =
        json!({ "offering": "crm-suite", "authority": "decision_maker", "budget_usd": 1000, "timeframe_days": 30, "comment": MARK });
    event
}

/// Each way to spoil an event with a marked value in it.
fn spoiled() -> Vec<(u16, serde_json::Value)> {
    let spoil = |path: &[&str], value: serde_json::Value| {
        let mut event = personal("spoiled");
        *path.iter().fold(&mut event, |at, name| &mut at[*name]) = value;
        event
    };
    vec![
        (1005, spoil(&["person", "id"], json!(format!("{MARK}@acme.example")))),
        (1005, spoil(&["interaction_id"], json!(format!("{MARK}@x")))),
        (1006, spoil(&["occurred_at"], json!(MARK))),
        (1006, spoil(&["declared", "buy_by"], json!(MARK))),
        (1003, spoil(&["company", "employees"], json!(MARK))),
        (1003, spoil(&["person"], json!(MARK))),
        (1003, spoil(&["attributes"], json!({ MARK: { MARK: MARK } }))),
    ]
}

#[test]
fn pii_1_marked_values_appear_in_no_log_metric_error_key_or_attribute() {
    let mut deployment = Deployment::new(Broker::shared(), "privacy", 2);
    deployment.more = String::new();
    let mut pods = [deployment.start_with("pod-0", &[], &[("RELEVO__LOG__FILTER", "trace")])];
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let topic = &deployment.names.interactions;
    sender.send(topic, &good("p-1".to_owned(), &personal("i-good")));
    for (code, event) in spoiled() {
        let mut record = good("p-1".to_owned(), &event);
        record.headers.iter_mut().for_each(|(name, value)| match name.as_str() {
            "ce_id" => *value = b"spoiled".to_vec(),
            EXPECT => *value = format!("RLV-{code}").into_bytes(),
            _ => {}
        });
        sender.send(topic, &record);
    }
    let mut cut_off = good("p-1".to_owned(), &personal("cut"));
    cut_off.value = cut_off.value.map(|value| value[..value.len() - 40].to_vec());
    cut_off.headers.iter_mut().filter(|(name, _)| name == EXPECT).for_each(|(_, value)| *value = b"RLV-1002".to_vec());
    sender.send(topic, &cut_off);
    sender.send_all(topic, &Workload::new(6).interactions(20));
    deployment.await_settled(60);
    let metrics = pods[0].page("/metrics").expect("metrics");
    let ready = pods[0].page("/readyz?verbose").expect("readiness");
    deployment.stop_in_order(&mut pods);
    crate::oracle::judge(&deployment).1.assert_clean();

    for (what, text) in [("the log", pods[0].process.printed()), ("the metrics", metrics), ("the readiness page", ready)] {
        assert!(!text.is_empty() && !text.contains(MARK), "{what} shows a marked value");
    }
    let names = &deployment.names;
    let mut leads = 0;
    for (topic, partitions) in [
        (&names.intake, 2),
        (&names.changelog, 2),
        (&names.decisions, 2),
        (&names.leads, 2),
        (&names.follow_up, 2),
        (&names.dead_letters, 2),
    ] {
        for record in deployment.read(topic, partitions).iter().flatten() {
            assert!(!outside_of_value(record).contains(MARK), "{topic}: a key or a header of {record:?}");
            let shown = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).contains(MARK);
            leads += usize::from(shown && topic == &names.leads);
            assert!(!shown || ![&names.decisions, &names.follow_up].contains(&topic), "{topic}: {record:?}");
        }
    }
    assert!(leads > 0, "no lead bears the marked name: the test has lost its sense");
}

fn outside_of_value(record: &Record) -> String {
    let mut text = record.key_text().to_owned();
    for (name, value) in &record.headers {
        text.push_str(name);
        text.push_str(&String::from_utf8_lossy(value.as_deref().unwrap_or_default()));
    }
    text
}
