//! A program that plays a CRM: for each lead that is handed off, a seller calls, and the CRM says so with an activity.
//!
//! `cargo run --example crm -- BOOTSTRAP_SERVERS LEADS_TOPIC ACTIVITIES_TOPIC [COUNT]`

use std::error::Error;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [servers, leads, activities, count @ ..] = arguments.as_slice() else {
        return Err("usage: crm BOOTSTRAP_SERVERS LEADS_TOPIC ACTIVITIES_TOPIC [COUNT]".into());
    };
    let mut left: Option<u64> = count.first().map(|count| count.parse()).transpose()?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "example-crm")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false") // a lead counts as read when its answer has been sent
        .create()?;
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", servers).set("enable.idempotence", "true").create()?;
    consumer.subscribe(&[leads])?;
    while left != Some(0) {
        let Some(message) = consumer.poll(Duration::from_secs(1)) else { continue };
        let message = message?;
        let event = message.headers().and_then(|headers| headers.iter().find(|header| header.key == "ce_type")?.value);
        if event == Some(b"relevo.lead.qualified.v1") {
            let lead: serde_json::Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
            answer(&producer, activities, &lead)?;
            left = left.map(|left| left - 1);
        }
        producer.flush(Duration::from_secs(30))?;
        consumer.commit_message(&message, CommitMode::Sync)?;
    }
    Ok(())
}

/// Somebody calls the buyer.
fn answer(producer: &BaseProducer, topic: &str, lead: &serde_json::Value) -> Result<(), Box<dyn Error>> {
    let lead_id = lead["lead_id"].as_str().ok_or("a lead has an identifier")?;
    // The same call is the same record, however often this program is started again: Relevo counts it once. One with another time under the
    // same identifier would be a correction. So what a CRM has in its database is computed here: they called a second after the hand-off.
    let activity_id = format!("call-{lead_id}");
    let handed_off_at: jiff::Timestamp = lead["clock"]["handed_off_at"].as_str().ok_or("a lead was handed off")?.parse()?;
    let called_at = (handed_off_at + jiff::SignedDuration::from_secs(1)).to_string();
    let seller = lead["assignment"]["assignee"].as_str().unwrap_or("somebody");
    let activity = json!({
        "activity_id": activity_id,
        "lead_id": lead_id,
        "occurred_at": called_at,
        "logged_at": called_at,
        "kind": "contacted",
        "actor": { "kind": "person", "id": seller },
        "proof": { "channel": "phone", "ref": format!("recording-{lead_id}") },
    });
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_type", "relevo.activity.recorded.v1"),
        ("ce_source", "crm/example"),
        ("ce_id", &activity_id),
        ("content-type", "application/json"),
    ];
    let headers = headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(*value) }));
    let value = activity.to_string();
    producer.send(BaseRecord::to(topic).key(lead_id).payload(&value).headers(headers)).map_err(|(error, _)| error)?;
    println!("{seller} called {} about {lead_id}", lead["account"]["key"].as_str().unwrap_or_default());
    Ok(())
}
