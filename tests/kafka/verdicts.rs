//! FU-3 and FU-5 on a real broker: nobody is blamed while a touch may still be unread, and each deadline fires once.
//!
//! The shortest promise is a minute of wall time, so these tests take that long; they run side by side.

use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod, RULEBOOK};
use crate::oracle;
use crate::records::{End, Reader, Sender};
use crate::sellers::activity;
use crate::wait;
use crate::workload::{good, sample, time_text};

/// A pod, and one lead that a team has promised to answer within a minute.
struct Promised {
    deployment: Deployment,
    pods: Vec<Pod>,
    events: Reader,
    lead: String,
}

impl Promised {
    fn new(test: &str) -> Self {
        let deployment = Deployment::new(Broker::shared(), test, 2);
        let rulebook = RULEBOOK
            .replace("    calendar: office\n    respond_within: 15m\n", "    respond_within: 1m\n")
            .replace("{ like: mid, respond_within: 5m }", "{ like: mid }");
        assert!(rulebook.contains("    respond_within: 1m\n") && !rulebook.contains("5m"), "the tests' rulebook has other teams");
        deployment.write_rulebook(1, &rulebook);
        let pods = vec![deployment.start("pod-0")];
        deployment.await_law(1, 60);
        let mut event = sample("asks");
        event["offering"] = json!("crm-suite");
        event["person"]["role"] = json!("plant_manager");
        event["company"]["employees"] = json!(400);
        event["declared"] = json!({ "offering": "crm-suite", "authority": "decision_maker", "budget_usd": 40_000, "timeframe_days": 30 });
        Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &[good("p-1".to_owned(), &event)]);
        let mut leads = Reader::from_start(&deployment.address, &deployment.names.leads, 2);
        let lead = wait::until_some("the lead is handed off", 60, || {
            let record = leads.poll(Duration::from_millis(100))?;
            record.json()["lead_id"].as_str().map(str::to_owned)
        });
        let events = Reader::from_start(&deployment.address, &deployment.names.follow_up, 2);
        Self { deployment, pods, events, lead }
    }

    fn touch(&self, id: &str, occurred_ms: i64) -> crate::records::Outgoing {
        let event = json!({
            "activity_id": id, "lead_id": self.lead, "occurred_at": time_text(occurred_ms), "kind": "contacted",
            "actor": { "kind": "person", "id": "eva" }, "proof": { "channel": "phone", "ref": id },
        });
        activity(&event, "forwarded")
    }

    /// The next events on the follow-up topic, with their types.
    fn heard(&mut self) -> Vec<(String, Value)> {
        let records = std::iter::from_fn(|| self.events.poll(Duration::from_millis(100)));
        records.map(|record| (record.header("ce_type").unwrap_or_default().to_owned(), record.json())).collect()
    }

    /// Waits until the clock of every partition has passed this instant, or stands still although the wall's has.
    fn clock_passes(&self, limit_seconds: u64, at_ms: i64) -> bool {
        // The slowest clock is so far behind now.
        wait::holds_within(limit_seconds, || {
            let behind_ms = (self.pods[0].metric("relevo_clock_behind_seconds", "") * 1_000.0) as i64;
            now_ms() - behind_ms > at_ms
        })
    }

    /// These, and no others, were told of the lead. A team that could not be asked in time may take it out of its queue.
    fn ends(mut self, expected: &[&str]) {
        self.deployment.await_settled(60);
        let all = self.deployment.output(&self.deployment.names.follow_up);
        let is_of_it = |body: &Value| body["lead_id"] == self.lead.as_str() && body["moved"] != "from_queue";
        let of_it = all.iter().flatten().filter(|record| is_of_it(&record.json()));
        let told: Vec<&str> = of_it.filter_map(|record| record.header("ce_type")).collect();
        assert_eq!(told, expected);
        self.deployment.stop_in_order(&mut self.pods);
        let (_, verdict) = oracle::judge(&self.deployment);
        verdict.assert_clean();
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The deadline falls into a time when nobody works; whoever comes then says it once.
#[test]
fn fu_5_an_untouched_lead_is_overdue_once_across_a_kill_at_its_hour() {
    let mut promised = Promised::new("overdue");
    let due_ms = now_ms() + 60_000;
    promised.pods[0].process.kill();
    wait::until("the promised time is over", 90, || now_ms() > due_ms);
    promised.pods[0] = promised.deployment.start("pod-0");
    wait::until("somebody says so", 60, || promised.heard().iter().any(|(event, _)| event == "relevo.lead.overdue.v1"));
    promised.pods[0].process.kill();
    promised.pods[0] = promised.deployment.start("pod-0");
    promised.deployment.await_progress(60);
    promised.ends(&["relevo.lead.overdue.v1"]);
}

/// A touch lies in a connector's transaction that is open over the deadline: no verdict, for as long as it is. Committed, it was in time;
/// and a feed that ends in an aborted batch lets time pass again.
#[test]
fn fu_3_no_verdict_while_a_connectors_transaction_may_hold_the_touch() {
    let mut promised = Promised::new("connector");
    let (names, due_ms) = (&promised.deployment.names, now_ms() + 60_000);
    let connector = Sender::transactional(&promised.deployment.address, &format!("{}-connector", names.activities));
    // A broker ends transactions that are open for a minute: this one begins shortly before the deadline.
    wait::until("the deadline is near", 90, || now_ms() > due_ms - 10_000);
    let touch = promised.touch("in time", now_ms());
    connector.begin();
    connector.send(&names.activities, &touch);
    connector.flush();
    wait::until("the promised time is over", 90, || now_ms() > due_ms + 1_000);
    // The clock stands where the transaction began: it is given time to be wrong.
    assert!(!promised.clock_passes(8, due_ms - 5_000), "time passed over a touch that nobody could read");
    assert_eq!(promised.heard(), []);
    connector.end(End::Commit);
    let responded = wait::until_some("the answer is told", 60, || promised.heard().pop());
    assert_eq!(
        (responded.0.as_str(), &responded.1["met"], &responded.1["was_overdue"]),
        ("relevo.lead.responded.v1", &json!(true), &json!(false))
    );
    let aborted = promised.touch("never was", now_ms());
    connector.send_in_transaction(&promised.deployment.names.activities, &[aborted], End::Abort);
    let after_ms = now_ms();
    assert!(promised.clock_passes(60, after_ms), "time stands still behind an aborted batch");
    promised.ends(&["relevo.lead.responded.v1"]);
}

/// An outage over the deadline, with the answer queued at the door, and an Intake that dies in the middle of its first commit afterwards: what
/// it had read is not read, and no time has passed.
#[test]
fn fu_3_an_outage_with_the_touch_queued_blames_nobody_though_intake_dies_in_mid_commit() {
    let mut promised = Promised::new("outage");
    let due_ms = now_ms() + 60_000;
    promised.pods[0].process.kill();
    let touch = promised.touch("queued", now_ms());
    Sender::plain(&promised.deployment.address).send_all(&promised.deployment.names.activities, &[touch]);
    wait::until("the promised time is over", 90, || now_ms() > due_ms + 2_000);
    let point = [("RELEVO_FAILPOINTS", "commit.after_offsets/intake=abort@1")];
    promised.pods[0] = promised.deployment.start_with("pod-0", &[], &point);
    wait::until("it dies", 60, || promised.pods[0].process.has_ended());
    promised.pods[0] = promised.deployment.start("pod-0");
    let responded = wait::until_some("the answer is told", 60, || promised.heard().pop());
    assert_eq!((responded.0.as_str(), &responded.1["met"]), ("relevo.lead.responded.v1", &json!(true)));
    promised.clock_passes(60, due_ms);
    promised.ends(&["relevo.lead.responded.v1"]);
}

/// Decide is away for longer than the promise, over an interaction that nobody has read: the lead is handed off when it comes back, and the
/// promise begins there. Pipeline delay and human delay are separate figures.
#[test]
fn fu_3_no_lead_is_born_late() {
    let mut promised = Promised::new("born-late");
    promised.pods[0].process.kill();
    promised.pods[0] = promised.deployment.start_with("pod-0", &["--stage", "intake"], &[]);
    let mut event = sample("asks later");
    event["offering"] = json!("analytics");
    event["person"]["role"] = json!("plant_manager");
    event["company"]["employees"] = json!(400);
    event["declared"] = json!({ "offering": "analytics", "authority": "decision_maker", "budget_usd": 40_000, "timeframe_days": 30 });
    Sender::plain(&promised.deployment.address).send_all(&promised.deployment.names.interactions, &[good("p-1".to_owned(), &event)]);
    let asked_ms = now_ms();
    wait::until("a minute passes, and some", 90, || now_ms() > asked_ms + 61_000);
    promised.pods.push(promised.deployment.start_with("pod-1", &["--stage", "decide"], &[]));
    let mut leads = Reader::from_start(&promised.deployment.address, &promised.deployment.names.leads, 2);
    let lead = wait::until_some("the lead is handed off", 60, || {
        let record = leads.poll(Duration::from_millis(100))?.json();
        (record["offering"] == "analytics").then_some(record)
    });
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()).expect("a time").as_millisecond();
    let handed_off_ms = time(&lead["clock"]["handed_off_at"]);
    assert!(handed_off_ms > asked_ms + 61_000, "{lead}");
    assert_eq!(time(&lead["promise"]["respond_by"]), handed_off_ms + 60_000, "{lead}");
    let other = std::mem::replace(&mut promised.lead, lead["lead_id"].as_str().expect("an identifier").to_owned());
    let touch = promised.touch("at once", now_ms());
    Sender::plain(&promised.deployment.address).send_all(&promised.deployment.names.activities, &[touch]);
    // The other one waited for a person all that time, and nobody came: that is no outage of theirs.
    let mut told = Vec::new();
    let of = |told: &[(String, Value)], lead: &str, kind: &str| {
        told.iter().find(|(event, body)| event == kind && body["lead_id"] == lead).cloned()
    };
    let responded = wait::until_some("the answer is told, and that nobody answered the other", 60, || {
        told.extend(promised.heard());
        of(&told, &other, "relevo.lead.overdue.v1").and_then(|_| of(&told, &promised.lead, "relevo.lead.responded.v1"))
    });
    assert_eq!((responded.0.as_str(), &responded.1["met"]), ("relevo.lead.responded.v1", &json!(true)));
    assert!(responded.1["response_seconds"].as_i64() < Some(30) && responded.1["buyer_wait_seconds"].as_i64() > Some(60), "{responded:?}");
    promised.ends(&["relevo.lead.responded.v1"]);
}
