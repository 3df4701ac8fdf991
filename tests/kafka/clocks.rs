//! Clocks that are wrong, and feeds whose partitions become more: time goes on as it should, and nobody's promise is moved.

use std::path::PathBuf;
use std::time::Duration;

use crate::broker::Broker;
use crate::deployment::{Deployment, INPUT_PARTITIONS, Pod};
use crate::oracle;
use crate::records::{Outgoing, Reader, Sender};
use crate::topics;
use crate::wait;
use crate::workload::asks;

/// An hour, in ms.
pub const HOUR_MS: i64 = 3_600_000;

/// The clock of a pod's machine, as a test sets it.
pub struct WrongClock(PathBuf);

impl WrongClock {
    /// Ahead by so much; negative: behind.
    pub fn new(deployment: &Deployment, ahead_ms: i64) -> Self {
        let clock = Self(deployment.folder.path().join("clock"));
        clock.set(ahead_ms);
        clock
    }

    pub fn set(&self, ahead_ms: i64) {
        let draft = self.0.with_extension("draft");
        std::fs::write(&draft, ahead_ms.to_string()).expect("written");
        std::fs::rename(draft, &self.0).expect("put in its place");
    }

    /// Starts a pod by it.
    pub fn start(&self, deployment: &Deployment, pod: &str) -> Pod {
        deployment.start_with(pod, &[], &[("RELEVO_FAILCLOCK", self.0.to_str().expect("a path in UTF-8"))])
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn is_ready(pod: &Pod) -> bool {
    pod.page("/readyz").is_some_and(|page| page.ends_with("ready\n") && !page.ends_with("not ready\n"))
}

/// A pod whose clock is ahead hands nothing off with a time to come; one whose clock is so far behind that the log's times can't be halts, and
/// goes on by itself when it is right.
#[test]
fn a_wrong_clock_moves_no_promise_is_seen_and_halts_what_it_cannot_judge() {
    let deployment = Deployment::new(Broker::shared(), "clocks", 2);
    let clock = WrongClock::new(&deployment, HOUR_MS);
    let mut pods = [clock.start(&deployment, "pod-0")];
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let mut leads = Reader::from_start(&deployment.address, &deployment.names.leads, 2);
    let mut decisions = Reader::from_start(&deployment.address, &deployment.names.decisions, 2);
    let skew = |pod: &Pod| pod.metric("relevo_clock_skew_seconds", "");
    let halted = |pod: &Pod| pod.metric("relevo_stopped_partitions", "RLV-4010");

    sender.send_all(&deployment.names.interactions, &[asks("ahead", "ahead.example")]);
    let lead = wait::until_some("the lead is handed off", 60, || leads.poll(Duration::from_millis(100))).json();
    let handed_off: jiff::Timestamp = lead["clock"]["handed_off_at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
    let ahead_ms = handed_off.as_millisecond() - now_ms();
    assert!(ahead_ms < 5_000, "handed off {ahead_ms} ms ahead");
    wait::until("the skew is seen", 20, || (3_590.0..3_601.0).contains(&skew(&pods[0])) && !is_ready(&pods[0]));
    let page = pods[0].page("/readyz?verbose").unwrap_or_default();
    assert!(page.contains("FAILING  clock "), "{page}");

    clock.set(-2 * HOUR_MS);
    wait::until("both partitions halt", 30, || halted(&pods[0]) >= 2.0);
    sender.send_all(&deployment.names.interactions, &[asks("behind", "behind.example")]);
    wait::until("the skew is seen", 20, || skew(&pods[0]) < -7_100.0);

    clock.set(0);
    wait::until("both partitions go on", 60, || halted(&pods[0]) == 0.0 && is_ready(&pods[0]));
    wait::until("what waited is decided", 60, || {
        decisions.poll(Duration::from_millis(100)).is_some_and(|decision| decision.json()["account_key"] == "behind.example")
    });
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
}

/// Partitions that inputs get while the service runs are read within seconds, and time goes on with those of the feed.
#[test]
fn fu_3_inputs_that_get_partitions_are_read_and_the_clock_goes_on() {
    let deployment = Deployment::new(Broker::shared(), "grown", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let (names, sender) = (&deployment.names, Sender::plain(&deployment.address));
    let expected = |pod: &Pod| pod.metric("relevo_partitions_expected", "stage=\"intake\"");
    let owned = |pod: &Pod| pod.metric("relevo_partitions_owned", "stage=\"intake\"");
    let all = f64::from(3 * INPUT_PARTITIONS);
    wait::until("it reads everything", 60, || (expected(&pods[0]), owned(&pods[0])) == (all, all));
    for topic in [&names.interactions, &names.activities] {
        topics::grow(&deployment.address, topic, INPUT_PARTITIONS + 2);
    }
    let to = |partition: i32, record: Outgoing| Outgoing { partition: Some(partition), ..record };
    let new = [INPUT_PARTITIONS, INPUT_PARTITIONS + 1];
    let asked = new.map(|partition| to(partition, asks(&format!("new-{partition}"), &format!("new-{partition}.example"))));
    sender.send_all(&names.interactions, &asked);
    wait::until("it reads the new ones too", 60, || (expected(&pods[0]), owned(&pods[0])) == (all + 4.0, all + 4.0));
    let mut leads = Reader::from_start(&deployment.address, &names.leads, 2);
    for _ in new {
        wait::until_some("what lies in them becomes a lead", 60, || leads.poll(Duration::from_millis(100)));
    }
    let grown_ms = now_ms();
    wait::until("the clock goes on", 60, || now_ms() - (pods[0].metric("relevo_clock_behind_seconds", "") * 1_000.0) as i64 > grown_ms);
    deployment.stop_in_order(&mut pods);
}
