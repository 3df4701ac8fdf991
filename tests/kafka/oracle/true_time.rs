//! What a clock that is right says of the verdicts: the broker's, and that of the tests themselves. The fold of the log can't tell this: it
//! takes the times that pods and brokers have put there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::intake::parse_place;
use crate::deployment::Deployment;
use crate::records::Record;

/// A hand-off this long after its record entered the log, in ms: nothing stands still for so long in a run.
const LONGEST_PAUSE_MS: i64 = 300_000;

/// What is wrong by the true time, in words.
#[derive(Debug, Default)]
pub struct Findings {
    /// Overdue verdicts.
    pub overdue: usize,
    /// Those of leads whose touch was on the feed before the promised time was over.
    pub falsely_overdue: Vec<String>,
    /// Verdicts that were told before their time.
    pub early: Vec<String>,
    /// Leads that were handed off at a time that was still to come, and so were promised later than is right.
    pub moved: Vec<String>,
}

impl Findings {
    /// Panics unless there are none.
    pub fn assert_clean(&self) {
        let Self { overdue: _, falsely_overdue, early, moved } = self;
        assert!(falsely_overdue.is_empty() && early.is_empty() && moved.is_empty(), "{self:?}");
    }
}

/// Looks at everything that a deployment has told, whose teams all promise an answer within `promised_ms` of wall time. A touch from before a
/// promise began (the lead was recycled, and came back) does not meet it.
pub fn judge(deployment: &Deployment, promised_ms: i64) -> Findings {
    let names = &deployment.names;
    let log = deployment.read(&names.intake, deployment.partitions);
    let mut findings = Findings::default();
    let touched = touches(&deployment.inputs(&names.activities));
    for record in deployment.output(&names.follow_up).iter().flatten() {
        if record.header("ce_type") != Some("relevo.lead.overdue.v1") {
            continue;
        }
        let event = record.json();
        findings.overdue += 1;
        let (lead, due_ms) = (text(&event, "lead_id"), ms(&event["occurred_at"]));
        let touched = touched.get(lead).map_or(&[][..], Vec::as_slice);
        if let Some((kind, _)) = touched.iter().find(|(_, at_ms)| (due_ms - promised_ms..=due_ms).contains(at_ms)) {
            findings.falsely_overdue.push(format!("{lead} at {}: it was {kind}", event["occurred_at"]));
        }
        let told_ms = appended_ms(&log, text(&event, "cause"));
        if told_ms < due_ms {
            findings.early.push(format!("{lead}: {} ms before {}", due_ms - told_ms, event["occurred_at"]));
        }
    }
    for record in deployment.output(&names.leads).iter().flatten() {
        if record.header("ce_type") == Some("relevo.lead.qualified.v1") {
            let lead = record.json();
            let (handed_off, ingested) = (&lead["clock"]["handed_off_at"], &lead["ingested_at"]);
            if ms(handed_off) > ms(ingested) + LONGEST_PAUSE_MS {
                findings.moved.push(format!("{}: ingested {ingested}, handed off {handed_off}", text(&lead, "lead_id")));
            }
        }
    }
    findings
}

/// The touches of each lead by a person, each with when the feed had it.
fn touches(activities: &[Vec<Record>]) -> BTreeMap<String, Vec<(String, i64)>> {
    let mut touches = BTreeMap::<_, Vec<_>>::new();
    for record in activities.iter().flatten() {
        let Ok(event) = serde_json::from_slice::<Value>(record.value.as_deref().unwrap_or_default()) else { continue };
        let is_touch = ["attempted", "contacted", "met"].contains(&text(&event, "kind")) && event["actor"]["kind"] == "person";
        if is_touch && !event["proof"].is_null() {
            touches.entry(text(&event, "lead_id").to_owned()).or_default().push((text(&event, "kind").to_owned(), record.timestamp_ms));
        }
    }
    touches
}

fn appended_ms(log: &[Vec<Record>], place: &str) -> i64 {
    let (_, partition, offset) = parse_place(place).expect("a place");
    let records = &log[usize::try_from(partition).expect("not negative")];
    let index = records.binary_search_by_key(&offset, |record| record.offset).expect("the cause is on the log");
    records[index].timestamp_ms
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_default()
}

fn ms(time: &Value) -> i64 {
    time.as_str().and_then(|at| at.parse::<Timestamp>().ok()).expect("a time").as_millisecond()
}
