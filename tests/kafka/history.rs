//! Histories read straight from a cluster: what is folded again says what was said in service.

use std::process::{Command, Output};

use serde_json::Value;

use crate::broker::Broker;
use crate::deployment::{Deployment, RULEBOOK, second_rulebook};
use crate::records::Sender;
use crate::workload::{Workload, poisons};

/// Calls the binary with the deployment's configuration and waits for its end.
pub fn call(deployment: &Deployment, arguments: &[&str]) -> Output {
    let config = deployment.write_config("asker", 0);
    let mut command = Command::new(env!("CARGO_BIN_EXE_relevo"));
    command.args(arguments).arg("--config").arg(config).current_dir(deployment.folder.path());
    command.output().expect("the binary starts")
}

pub fn json(output: &Output) -> Value {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {err}"))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value:#}"))
}

/// What was decided about an account: interaction, decision and reason, in the order of the log.
fn decided_in_service(decisions: &[Value], account: &str) -> Vec<[String; 3]> {
    let mut found: Vec<(u64, [String; 3])> = decisions
        .iter()
        .filter(|decision| decision["account_key"] == account)
        .map(|decision| {
            let offset = text(decision, "cause").rsplit('-').next().and_then(|offset| offset.parse().ok()).expect("a place in the log");
            (offset, ["interaction_id", "decision", "reason"].map(|name| text(decision, name).to_owned()))
        })
        .collect();
    found.sort_by_key(|(offset, _)| *offset); // stable: two offerings of one interaction keep their order
    found.into_iter().map(|(_, decided)| decided).collect()
}

fn decided_in_story(story: &Value) -> Vec<[String; 3]> {
    let moments = story["moments"].as_array().expect("moments").iter().filter(|moment| moment["what"] == "interaction");
    moments
        .flat_map(|moment| {
            let decided = moment["decided"].as_array().expect("decisions").iter();
            decided.map(|decided| [text(moment, "interaction_id"), text(decided, "decision"), text(decided, "reason")].map(str::to_owned))
        })
        .collect()
}

#[test]
fn what_is_folded_again_is_what_was_decided_in_service() {
    let deployment = Deployment::new(Broker::shared(), "history", 3);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let (topic, mut workload) = (&deployment.names.interactions, Workload::new(77));
    sender.send_all(topic, &workload.interactions(400));
    deployment.await_settled(60);
    deployment.write_rulebook(2, &second_rulebook());
    deployment.await_law(2, 90);
    sender.send_all(topic, &workload.interactions(200));
    sender.send_all(topic, &poisons());
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);

    let decisions: Vec<Value> = deployment.output(&deployment.names.decisions).iter().flatten().map(|record| record.json()).collect();
    let leads: Vec<Value> = deployment.output(&deployment.names.leads).iter().flatten().map(|record| record.json()).collect();
    let handed_off: Vec<&Value> = leads.iter().filter(|lead| lead["lead_version"] == 1).collect();
    assert!(handed_off.len() > 3, "{} leads", handed_off.len());

    // An account and a lead, by the laws of the log itself.
    for lead in &handed_off[..3] {
        let account = text(&lead["account"], "key");
        let story = json(&call(&deployment, &["explain", "--account", account, "--format", "json"]));
        assert_eq!(decided_in_story(&story), decided_in_service(&decisions, account), "{account}");
        let laws = story["moments"].as_array().expect("moments").iter().filter(|moment| moment["what"] == "law");
        assert_eq!(laws.filter_map(|moment| moment["revision"].as_u64()).collect::<Vec<_>>(), [1, 2]);
        let by_lead = json(&call(&deployment, &["explain", "--lead", text(lead, "lead_id"), "--format", "json"]));
        assert_eq!(by_lead, story);
    }
    let told = call(&deployment, &["explain", "--account", text(&handed_off[0]["account"], "key")]);
    let told = String::from_utf8_lossy(&told.stdout);
    assert!(
        told.contains("revision 2 took force") && told.contains("QUALIFIED") && told.contains(text(handed_off[0], "lead_id")),
        "{told}"
    );
    assert!(!told.contains("Ana Ruiz") && !told.contains('@'), "{told}");

    // The whole log under one rulebook: what came under the first law alone is decided alike.
    std::fs::write(deployment.folder.path().join("rules.yaml"), RULEBOOK).expect("written");
    let of_log = json(&call(&deployment, &["backtest", "rules.yaml", "--events", "topic:intake", "--format", "json"]));
    let log = deployment.read(&deployment.names.intake, 3);
    let interactions = log.iter().flatten().filter(|record| record.header("ce_type") == Some("relevo.interaction.recorded.v1"));
    let once = of_log["history"]["interactions"].as_u64().unwrap_or_default();
    let twice = of_log["history"]["duplicates"].as_u64().unwrap_or_default();
    assert_eq!(once + twice, interactions.count() as u64, "what was sent again counts once: {twice} of them");
    let under_first = handed_off.iter().filter(|lead| lead["rulebook"]["revision"] == 1).count() as u64;
    assert!(of_log["leads"].as_u64() >= Some(under_first), "{of_log:#}");

    // The topic that producers wrote to, with what they got wrong.
    let output = call(&deployment, &["backtest", "rules.yaml", "--events", "topic:interactions", "--format", "json"]);
    let of_topic = json(&output);
    assert_eq!(of_topic["history"]["interactions"], of_log["history"]["interactions"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("events could not be used") && err.contains(&format!("{topic}-")) && err.contains("RLV-1002"), "{err}");
    let none = call(&deployment, &["backtest", "rules.yaml", "--events", "topic:interactions", "--from", "2999-01-01"]);
    assert_eq!(none.status.code(), Some(78), "{}", String::from_utf8_lossy(&none.stderr));
    let nobody = call(&deployment, &["explain", "--account", "nobody.example"]);
    assert!(nobody.status.code() == Some(78) && String::from_utf8_lossy(&nobody.stderr).contains("RLV-5406"), "{nobody:?}");
}
