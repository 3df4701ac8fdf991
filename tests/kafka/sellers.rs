//! Sellers for the tests: they hear of each lead as soon as it is committed, and answer in their own ways; their CRM makes mistakes too.
//!
//! Each activity says in a header what must become of it in Intake, as interactions do; what it leads to is for the oracle that folds.

use std::time::Duration;

use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::records::{Outgoing, Reader, Sender};
use crate::workload::{EXPECT, time_text};

/// Who answers what comes on a deployment's topic of leads.
pub struct Sellers<'a> {
    deployment: &'a Deployment,
    leads: Reader,
    heard: usize,
}

impl<'a> Sellers<'a> {
    /// Of the leads from the first one on.
    pub fn of(deployment: &'a Deployment) -> Self {
        Self { deployment, leads: Reader::from_start(&deployment.address, &deployment.names.leads, 2), heard: 0 }
    }

    /// How many leads they have heard of.
    pub fn heard(&self) -> usize {
        self.heard
    }

    /// Answers whatever leads are there.
    pub fn answer(&mut self, sender: &Sender) {
        while let Some(record) = self.leads.poll(Duration::ZERO) {
            if record.header("ce_type") == Some("relevo.lead.qualified.v1") {
                let lead = record.json();
                for activity in answers(self.heard, lead["lead_id"].as_str().expect("a lead has one")) {
                    sender.send(&self.deployment.names.activities, &activity);
                }
                self.heard += 1;
            }
        }
    }
}

/// What one seller does with the `number`th lead: every habit in turn.
pub fn answers(number: usize, lead: &str) -> Vec<Outgoing> {
    let event = |step: usize, kind: &str, more: Value| {
        let mut event = json!({
            "activity_id": format!("a-{number}-{step}"), "lead_id": lead, "occurred_at": time_text(now_ms()), "kind": kind,
            "actor": { "kind": "person", "id": "eva" }, "proof": { "channel": "phone", "ref": format!("call-{number}") },
        });
        event.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        event
    };
    let touched = || event(0, "contacted", json!({}));
    let later = time_text(now_ms() + 2_000);
    let doings = match number % 8 {
        0 => vec![touched(), event(1, "next_step_set", json!({ "next_step_at": time_text(now_ms() + 86_400_000) }))],
        1 => vec![event(0, "accepted", json!({})), event(1, "contacted", json!({ "actor": { "kind": "automation" } }))],
        2 => vec![touched(), touched(), event(1, "rejected", json!({ "reason": "no_such_reason" }))],
        // Closed and, as the rulebook has no cooldown, soon a lead again.
        3 => vec![event(0, "attempted", json!({})), event(1, "lost", json!({ "reason": "price" }))],
        4 => vec![event(0, "recycled", json!({ "until": later })), event(1, "met", json!({}))],
        5 => vec![event(0, "assigned", json!({ "assignee": "luis" })), event(1, "won", json!({ "value_usd": 12_000 }))],
        6 => vec![event(0, "opted_out", json!({})), event(1, "reopened", json!({}))],
        _ => Vec::new(), // in a drawer
    };
    let mut sent: Vec<Outgoing> = doings.iter().map(|event| activity(event, "forwarded")).collect();
    if number % 16 == 7 {
        sent.push(activity(&event(2, "called", json!({})), "RLV-1014"));
        sent.push(activity(&event(3, "contacted", json!({ "lead_id": "00Q5e00000abcde" })), "RLV-1006"));
        sent.push(activity(&event(4, "contacted", json!({ "lead_id": "L-AAAAAAAAAAAAAAAAAAAAAAAA" })), "forwarded"));
    }
    sent
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// An activity, and what must become of it.
pub fn activity(event: &Value, expect: &str) -> Outgoing {
    Outgoing {
        partition: None,
        key: Some(event["lead_id"].as_str().unwrap_or_default().into()),
        value: Some(serde_json::to_vec(event).expect("JSON")),
        headers: vec![
            ("ce_specversion".to_owned(), b"1.0".to_vec()),
            ("ce_type".to_owned(), b"relevo.activity.recorded.v1".to_vec()),
            ("ce_source".to_owned(), b"crm/tests".to_vec()),
            ("ce_id".to_owned(), event["activity_id"].as_str().unwrap_or_default().into()),
            (EXPECT.to_owned(), expect.into()),
        ],
    }
}
