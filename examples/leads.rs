//! A subscriber of leads in Rust: reads committed records, validates each against the schema, and prints a line a lead.
//!
//! `cargo run --example leads -- BOOTSTRAP_SERVERS TOPIC [COUNT]`

use std::error::Error;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};

const SCHEMA: &str = include_str!("../schemas/relevo.lead.qualified.v1.json");

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [servers, topic, count @ ..] = arguments.as_slice() else {
        return Err("usage: leads BOOTSTRAP_SERVERS TOPIC [COUNT]".into());
    };
    let mut left: Option<u64> = count.first().map(|count| count.parse()).transpose()?;
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA)?)?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "example-leads-rust")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed") // or records of aborted transactions show
        .create()?;
    consumer.subscribe(&[topic])?;
    while left != Some(0) {
        let Some(message) = consumer.poll(Duration::from_secs(1)) else { continue };
        let message = message?;
        // Updates of leads come on the same topic, and other events may one day.
        let event = message.headers().and_then(|headers| headers.iter().find(|header| header.key == "ce_type")?.value);
        if event != Some(b"relevo.lead.qualified.v1") {
            continue;
        }
        let lead = serde_json::from_slice(message.payload().unwrap_or_default())?;
        let place = format!("{topic}-{}-{}", message.partition(), message.offset());
        if let Err(error) = schema.validate(&lead) {
            eprintln!("{place} is not what the schema says: {error}");
            continue;
        }
        println!("{}", line(&lead));
        left = left.map(|left| left - 1);
    }
    Ok(())
}

/// `L-… acme.example wants crm-suite: eva of mid answers by 2026-11-03T15:34:05.456Z`
fn line(lead: &serde_json::Value) -> String {
    let text = |pointer: &str| lead.pointer(pointer).and_then(serde_json::Value::as_str);
    format!(
        "{} {} wants {}: {} of {} answers by {}",
        text("/lead_id").unwrap_or_default(),
        text("/account/key").unwrap_or_default(),
        text("/offering").unwrap_or_default(),
        text("/assignment/assignee").unwrap_or("somebody"),
        text("/assignment/team").unwrap_or_default(),
        text("/promise/respond_by").unwrap_or("no time that was promised"),
    )
}
