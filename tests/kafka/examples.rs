//! The consumers of `examples/`, each as its user runs it, against a service that hands leads off: what they print is what was committed.
//!
//! Their packages are installed beside the build's files. Where a language is not there, the test says so and goes on with the others.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::records::{End, Outgoing, Reader, Sender};
use crate::wait;
use crate::workload::{good, sample};

/// Leads that each consumer is asked to read.
const LEADS: usize = 6;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// A folder beside the build's files.
fn beside(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs a command to its end; `Err`: what kept it from running, or what it said.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr))) }
}

/// A program of `examples/`, built as the tests were: one that is built already costs a moment.
fn built(name: &str) -> Command {
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the folder of the build");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "-q", "--locked", "--example", name, "--manifest-path"]).arg(manifest).arg("--target-dir").arg(beside);
    run(&mut cargo).unwrap_or_else(|why| panic!("{why}"));
    Command::new(beside.join("debug/examples").join(name))
}

fn python() -> Result<Command, String> {
    let folder = beside("examples-python");
    let interpreter = folder.join("venv/bin/python");
    if !interpreter.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
    }
    let requirements = examples().join("python/requirements.txt");
    run(Command::new(&interpreter).args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]).arg(requirements))?;
    let mut command = Command::new(interpreter);
    command.arg(examples().join("python/leads.py"));
    Ok(command)
}

fn node() -> Result<Command, String> {
    let folder = beside("examples-node");
    for file in ["leads.mjs", "package.json"] {
        std::fs::copy(examples().join("node").join(file), folder.join(file)).expect("a copy");
    }
    run(Command::new("node").arg("--version"))?;
    if !folder.join("node_modules/lz4-napi").is_dir() {
        let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"];
        run(Command::new("npm").args(options).current_dir(&folder))?;
    }
    let mut command = Command::new("node");
    command.arg(folder.join("leads.mjs")).env("RELEVO_SCHEMAS", Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas"));
    Ok(command)
}

/// The line that each consumer prints of a lead.
fn line(lead: &serde_json::Value) -> String {
    let text = |pointer: &str| lead.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let (seller, team) = (text("/assignment/assignee"), text("/assignment/team"));
    let (id, account, offering, by) = (text("/lead_id"), text("/account/key"), text("/offering"), text("/promise/respond_by"));
    format!("{id} {account} wants {offering}: {seller} of {team} answers by {by}")
}

#[test]
fn the_example_consumers_read_what_was_committed_and_the_example_crm_answers() {
    let deployment = Deployment::new(Broker::shared(), "examples", 2);
    let mut pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    let asks = |number: usize| {
        let mut event = sample(&format!("asks-{number}"));
        event["offering"] = "crm-suite".into();
        event["person"]["role"] = "plant_manager".into();
        event["company"] = serde_json::json!({ "domain": format!("buyer-{number}.example"), "employees": 400 });
        event["declared"] = serde_json::json!({ "authority": "decision_maker", "budget_usd": 40_000, "timeframe_days": 30 });
        good(format!("p-{number}"), &event)
    };
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &(0..LEADS / 2).map(asks).collect::<Vec<_>>());
    let mut leads = Reader::from_start(&deployment.address, &deployment.names.leads, 2);
    let mut expected = BTreeSet::new();
    let mut hear = |expected: &mut BTreeSet<String>, count: usize| {
        wait::until("the leads are handed off", 60, || {
            if let Some(record) = leads.poll(Duration::from_millis(100)).filter(|record| record.json()["lead_version"] == 1) {
                expected.insert(line(&record.json()));
            }
            expected.len() >= count
        });
    };
    hear(&mut expected, LEADS / 2);
    // What was never committed lies between, twice; whoever shows it has not read committed.
    let elsewhere = Sender::transactional(&deployment.address, &format!("{}-elsewhere", deployment.names.leads));
    let (_, last) = expected.last().expect("a lead").split_once(' ').expect("a line");
    let never = format!(r#"{{"lead_id":"L-AAAAAAAAAAAAAAAAAAAAAAAA","note":"{last}"}}"#);
    for partition in [0, 1] {
        let record = Outgoing {
            partition: Some(partition),
            key: Some("never.example".into()),
            value: Some(never.clone().into()),
            headers: vec![("ce_type".to_owned(), b"relevo.lead.qualified.v1".to_vec())],
        };
        for _ in 0..2 {
            elsewhere.send_in_transaction(&deployment.names.leads, std::slice::from_ref(&record), End::Abort);
        }
    }
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &(LEADS / 2..LEADS).map(asks).collect::<Vec<_>>());
    hear(&mut expected, LEADS);
    let consumers = [("Rust", Ok(built("leads"))), ("Python", python()), ("Node.js", node())];
    for (language, command) in consumers {
        let mut command = match command {
            Ok(command) => command,
            Err(why) => {
                // Past the test's capture: that it did not run must be seen.
                let _ =
                    writeln!(std::io::stderr(), "note: the example in {language} was not run: {}", why.lines().next().unwrap_or_default());
                continue;
            }
        };
        command.args([&deployment.address, &deployment.names.leads, &LEADS.to_string()]);
        let output = command.output().expect("it starts");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{language}: {said}{errors}");
        assert_eq!(said.lines().map(str::to_owned).collect::<BTreeSet<_>>(), expected, "{language}: {errors}");
        assert!(!errors.contains("is not what the schema says"), "{language}: {errors}");
    }
    let (names, count) = (&deployment.names, LEADS.to_string());
    run(built("crm").args([&deployment.address, &names.leads, &names.activities, &count])).expect("the CRM answers");
    let mut events = Reader::from_start(&deployment.address, &deployment.names.follow_up, 2);
    let mut answered = 0;
    wait::until("every lead is answered", 60, || {
        let event = events.poll(Duration::from_millis(100)).filter(|event| event.header("ce_type") == Some("relevo.lead.responded.v1"));
        if let Some(event) = event {
            assert_eq!(event.json()["met"], true);
            answered += 1;
        }
        answered == LEADS
    });
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
}
