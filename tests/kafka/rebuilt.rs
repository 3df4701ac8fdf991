//! `relevo state rebuild` against a real Kafka: the state that it makes is the one that was lost, and nobody is told anything twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::oracle;
use crate::records::{Outgoing, Sender};
use crate::recovery::{await_halted, typed};
use crate::sellers::activity;
use crate::topics;
use crate::wait;
use crate::workload::{asks, time_text};

/// Outputs by topic and partition: where each was written, and its bytes.
type Told = Vec<(usize, i64, Option<Vec<u8>>)>;

fn told(deployment: &Deployment, topic: &str) -> Told {
    let partitions = deployment.output(topic);
    let all = partitions.iter().enumerate().flat_map(|(index, records)| records.iter().map(move |record| (index, record)));
    all.map(|(index, record)| (index, record.offset, record.value.clone())).collect()
}

/// A deployment in which a rulebook and a roster are in force in every partition, and its pod.
fn with_a_roster(test: &str) -> (Deployment, Pod) {
    let deployment = Deployment::new(Broker::shared(), test, 2);
    let pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    await_roster(&deployment);
    (deployment, pod)
}

fn await_roster(deployment: &Deployment) {
    wait::until("a roster is in force in every partition", 60, || {
        let log = deployment.read(&deployment.names.intake, deployment.partitions);
        let is_roster = |record: &&crate::records::Record| record.header("ce_type") == Some("relevo.log.roster_in_force.v1");
        let at = log.iter().map(|records| records.iter().find(is_roster).map(|record| record.offset));
        deployment.decided().is_some_and(|decided| at.zip(decided).all(|(at, decided)| at.is_some_and(|at| at < decided)))
    });
}

/// What was handed off, by company.
fn handed_off(deployment: &Deployment) -> BTreeMap<String, Value> {
    let leads = deployment.output(&deployment.names.leads);
    let new = leads.iter().flatten().filter(|record| record.header("ce_type") == Some("relevo.lead.qualified.v1"));
    new.map(|record| (record.key_text().to_owned(), record.json())).collect()
}

fn handed_off_ids(deployment: &Deployment) -> Vec<String> {
    let leads = deployment.output(&deployment.names.leads);
    let new = leads.iter().flatten().filter(|record| record.header("ce_type") == Some("relevo.lead.qualified.v1"));
    new.map(|record| record.json()["lead_id"].to_string()).collect()
}

fn await_leads(deployment: &Deployment, companies: &[&str]) -> BTreeMap<String, Value> {
    let records: Vec<Outgoing> = companies.iter().map(|company| asks(company, &format!("{company}.example"))).collect();
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &records);
    wait::until_some("each company is a lead", 60, || {
        let found = handed_off(deployment);
        companies.iter().all(|company| found.contains_key(&format!("{company}.example"))).then_some(found)
    })
}

/// A seller's word on a lead.
fn said(lead: &Value, kind: &str, at_ms: i64, more: Value) -> Outgoing {
    let id = lead["lead_id"].as_str().expect("an identifier");
    let mut event = json!({
        "activity_id": format!("{kind}-{id}"), "lead_id": id, "occurred_at": time_text(at_ms), "kind": kind,
        "actor": { "kind": "person", "id": "eva" }, "proof": { "channel": "phone", "ref": format!("{kind}-{id}") },
    });
    event.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    activity(&event, "forwarded")
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What `relevo leads` says of each open lead, but for its age.
fn standings(deployment: &Deployment) -> Vec<Value> {
    let printed = typed(deployment, &["leads", "--format", "json"], 0, &[]);
    let lines = printed.lines().filter(|line| line.starts_with('{'));
    let mut leads: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    for lead in &mut leads {
        let fields = lead.as_object_mut().expect("an object");
        fields.retain(|name, _| !name.ends_with("_seconds"));
    }
    leads.sort_by_key(|lead| lead["lead_id"].to_string());
    leads
}

#[test]
fn txn_3_a_rebuild_makes_the_state_that_was_lost_and_tells_nobody_anything_twice() {
    let (deployment, mut pod) = with_a_roster("rebuilt");
    let names = &deployment.names;
    let leads = await_leads(&deployment, &["answered", "ended", "waiting", "turned-down", "silent"]);
    assert!(leads.values().all(|lead| lead["assignment"]["assignee"].is_string()), "each is somebody's, by turn: {leads:?}");
    let of = |company: &str| &leads[&format!("{company}.example")];
    let activities = [
        said(of("answered"), "contacted", now_ms(), json!({})),
        said(of("ended"), "contacted", now_ms(), json!({})),
        said(of("ended"), "won", now_ms(), json!({ "value_usd": 12_000 })),
        said(of("turned-down"), "rejected", now_ms(), json!({ "reason": "no_budget" })),
    ];
    Sender::plain(&deployment.address).send_all(&names.activities, &activities);
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    let outputs = [&names.leads, &names.follow_up, &names.decisions, &names.dead_letters];
    let before: Vec<Told> = outputs.map(|topic| told(&deployment, topic)).into();
    let before_rebuilding = standings(&deployment);
    assert_eq!(before_rebuilding.len(), 3, "{before_rebuilding:?}");
    let log_before = topics::ends(&deployment.address, &names.intake, 2, "read_committed");

    deployment.remake_changelog();
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 2, "RLV-4004");
    pod.process.kill();
    let says = ["Nothing of the log is lost.", "Nothing is told again.", "2 of 2 partitions"];
    typed(&deployment, &["state", "rebuild", "--yes"], 0, &says);
    assert_eq!(standings(&deployment), before_rebuilding, "before anything else is folded");
    assert_eq!(topics::ends(&deployment.address, &names.intake, 2, "read_committed"), log_before, "the log is as it was");

    // What a connector had not brought yet, of the time before.
    let late = said(of("waiting"), "attempted", now_ms(), json!({ "logged_at": of("waiting")["clock"]["handed_off_at"] }));
    Sender::plain(&deployment.address).send_all(&names.activities, &[late]);
    let mut pod = deployment.start("pod-0");
    deployment.await_settled(60);
    deployment.await_progress(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    for (topic, before) in outputs.iter().zip(&before) {
        let mut after = told(&deployment, topic);
        after.retain(|record| !before.contains(record));
        let late = after.iter().map(|(_, _, value)| serde_json::from_slice::<Value>(value.as_deref().unwrap_or_default()).expect("JSON"));
        let late: Vec<Value> = late.collect();
        let is_the_touch = |event: &Value| event["lead_id"] == of("waiting")["lead_id"];
        match *topic == &names.follow_up {
            true => assert!(late.len() == 1 && late.iter().all(is_the_touch), "{late:?}"),
            false => assert_eq!(late, Vec::<Value>::new(), "{topic}"),
        }
    }
    oracle::judge(&deployment).1.assert_clean();
}

/// The rulebook and the roster took force on a log that is not there any more: the states that are there still know them.
#[test]
fn txn_3_a_rebuild_on_another_log_takes_the_rulebook_over_and_says_so_where_nobody_knows_it() {
    let (deployment, mut pod) = with_a_roster("rebuilt-on-another");
    let old = await_leads(&deployment, &["old"]);
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    deployment.remake_log();
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["2 of 2 partitions"]);
    let mut pod = deployment.start("pod-0");
    let both = await_leads(&deployment, &["old", "new"]);
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    let id = |leads: &BTreeMap<String, Value>, company: &str| leads[company]["lead_id"].as_str().expect("an identifier").to_owned();
    let before = standings(&deployment);
    let says = ["Nothing is told again."];
    let printed =
        ["0", "1"].map(|partition| typed(&deployment, &["state", "rebuild", "--partition", partition, "--yes"], 0, &says)).concat();
    assert!(printed.contains("The log does not say from its beginning that revision 1 of the rulebook"), "{printed}");
    assert!(printed.contains(&format!("nothing from now on, unless they had ended: {}.", id(&old, "old.example"))), "{printed}");
    let kept: Vec<Value> = before.into_iter().filter(|lead| lead["lead_id"] == both["new.example"]["lead_id"]).collect();
    assert_eq!(standings(&deployment), kept, "it was handed off on this log");
    let mut pod = deployment.start("pod-0");
    let leads = await_leads(&deployment, &["later"]);
    assert_eq!(leads.len(), 3, "{leads:?}");
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    // Now nobody knows it.
    deployment.remake_changelog();
    let status = typed(&deployment, &["state", "rebuild", "--yes"], 78, &["RLV-3041", "--without-rulebook"]);
    assert!(!status.contains("Done"), "{status}");
    typed(&deployment, &["state", "rebuild", "--without-rulebook", "--yes"], 0, &["2 of 2 partitions", "unless they had ended"]);
    let mut pod = deployment.start("pod-0");
    await_roster(&deployment);
    await_leads(&deployment, &["last"]);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
}

/// What a lead rests on is gone, and what joined it is there: what comes of that alone is another lead. `what`: what is said of it.
fn after_a_cut((deployment, mut pod): (Deployment, Pod), what: &str, version: u32) {
    let names = &deployment.names;
    let first = await_leads(&deployment, &["acme", "other"]);
    Sender::plain(&deployment.address).send_all(&names.interactions, &[asks("again", "acme.example")]);
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    let log = deployment.read(&names.intake, 2);
    let joined = log.iter().flatten().find(|record| record.header("ce_id") == Some("again")).expect("it is on the log");
    topics::cut(&deployment.address, &names.intake, joined.partition, joined.offset);
    let bad =
        Outgoing { partition: Some(joined.partition), key: Some("bad.example".into()), value: Some(vec![1, 200]), headers: Vec::new() };
    Sender::plain(&deployment.address).send_all(&names.changelog, &[bad]);
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 1, "RLV-4007");
    pod.process.kill();
    let lost = first["acme.example"]["lead_id"].as_str().expect("an identifier");
    let says = ["Lost are the ", "Taken over, as what is left of the log", lost, what, "1 of 2 partitions"];
    typed(&deployment, &["state", "rebuild", "--yes"], 0, &says);
    let mut pod = deployment.start("pod-0");
    let told = wait::until_some("sales hears of the other lead", 60, || {
        let leads = deployment.output(&names.leads);
        let is_new = |lead: &Value| lead["account"]["key"] == "acme.example" && lead["lead_id"] != lost;
        leads.iter().flatten().map(crate::records::Record::json).find(is_new)
    });
    assert_eq!(told["lead_version"], version, "{told}");
    let of_acme = standings(&deployment).into_iter().filter(|lead| lead["account_key"] == "acme.example").collect::<Vec<_>>();
    assert_eq!((of_acme.len(), &of_acme[0]["lead_id"]), (1, &told["lead_id"]));
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    let ids = handed_off_ids(&deployment);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "each lead is handed off once");
}

#[test]
fn txn_3_a_rebuild_from_a_log_that_was_cut_says_what_is_lost_and_what_is_handed_off() {
    after_a_cut(with_a_roster("rebuilt-cut"), "1 leads were not handed off yet", 1);
}

#[test]
fn txn_3_a_rebuild_from_a_log_that_was_cut_tells_sales_of_what_it_has_never_heard_of() {
    let deployment = Deployment::new(Broker::shared(), "rebuilt-cut-queue", 2);
    // Without a roster a lead is handed off by the record that opens it.
    std::fs::remove_dir_all(deployment.folder.path().join("rosters")).expect("the folder goes");
    let pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    after_a_cut((deployment, pod), "1 leads are told that sales has not heard of", 2);
}
