//! Dashboards and rules on real figures: a Prometheus scrapes real pods, and every query of `deploy/` is asked of it.
//!
//! `tests/deploy` holds the queries to the catalogue and plays the alerts; here is asked whether they find what a running service
//! shows, and whether a dashboard says *unknown* when a pod is gone.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use relevo::contract::Code;
use serde_json::Value;
use tempfile::TempDir;

use crate::broker::{Broker, free_ports};
use crate::deployment::{Deployment, Pod};
use crate::process::Process;
use crate::queries::{self, Query, RULES};
use crate::records::Sender;
use crate::wait;
use crate::workload::{Workload, account, poisons};

/// What the service is called on its targets.
const JOB: &str = "relevo";
/// In the place of a dashboard's lengths of time: long enough for two scrapes of whatever happens in the test.
const RANGE: &str = "2m";
/// What is there only when something is wrong that this test does not bring about.
const NOT_HERE: &[&str] = &["relevo_stopped_partitions"];

/// A Prometheus of the test's own.
struct Prometheus {
    process: Process,
    port: u16,
    _folder: TempDir,
}

impl Prometheus {
    /// Scrapes these pods every second, by the rules that are deployed.
    fn scraping(pods: &[Pod]) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let targets: Vec<String> = pods.iter().map(|pod| format!("'127.0.0.1:{}'", pod.port)).collect();
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\nrule_files: ['{}']\n\
             scrape_configs:\n  - job_name: {JOB}\n    static_configs: [{{ targets: [{}] }}]\n",
            rules.display(),
            targets.join(", "),
        );
        let (file, port) = (folder.path().join("prometheus.yml"), free_ports(1));
        std::fs::write(&file, config).expect("written");
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let process = Process::begin(command, &folder.path().join("log"));
        let mut this = Self { process, port, _folder: folder };
        wait::until("Prometheus is ready", 30, || {
            assert!(!this.process.has_ended(), "{}", this.process.printed());
            this.get("/-/ready", &[]).is_some()
        });
        this
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Option<String> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(10))).build().into();
        let request = agent.get(format!("http://127.0.0.1:{}{path}", self.port));
        let mut answer = request.query_pairs(parameters.iter().copied()).call().ok()?;
        (answer.status() == 200).then(|| answer.body_mut().read_to_string().ok())?
    }

    /// What a query finds now; it must be one.
    fn ask(&self, query: &Query) -> Vec<Value> {
        let answer = self.get("/api/v1/query", &[("query", &query.text)]);
        let answer = answer.unwrap_or_else(|| panic!("{}: Prometheus refuses {}", query.place, query.text));
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// The rules with their state.
    fn rules(&self) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&self.get("/api/v1/rules", &[]).expect("an answer")).expect("JSON");
        let groups = answer["data"]["groups"].as_array().expect("groups").iter();
        groups.flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect()
    }
}

fn feed(deployment: &Deployment, workload: &mut Workload) {
    let sender = Sender::plain(&deployment.address);
    sender.send_all(&deployment.names.interactions, &workload.interactions(400));
    sender.send_all(&deployment.names.interactions, &poisons());
    sender.send(&deployment.names.accounts, &account("001", 1, Some(&["co-0001.example"])));
    deployment.await_settled(60);
}

#[test]
fn every_query_finds_what_a_running_service_shows_and_says_unknown_without_a_pod() {
    let deployment = Deployment::new(Broker::shared(), "watched", 4);
    let mut pods = [deployment.start("pod-0"), deployment.start("pod-1")];
    deployment.await_law(1, 60);
    let prometheus = Prometheus::scraping(&pods);
    deployment.write_rulebook(2, "api: relevo/v1\nkind: Rulebook\nrevision: two\n");
    // Twice, because a counter that is new has not grown yet.
    let mut workload = Workload::new(11);
    feed(&deployment, &mut workload);
    feed(&deployment, &mut workload);

    every_query_of_the_dashboards_finds_something(&prometheus);
    every_value_that_is_asked_for_is_one(&pods);
    every_rule_is_judged_and_none_fires(&prometheus);
    a_total_is_unknown_while_a_pod_is_gone(&prometheus, &deployment, &mut pods);
    deployment.stop_in_order(&mut pods);
}

fn every_query_of_the_dashboards_finds_something(prometheus: &Prometheus) {
    for mut query in queries::of_dashboards(JOB, RANGE) {
        // A zero in the place of nothing would hide that nothing was found.
        if !NOT_HERE.iter().any(|name| query.text.contains(name)) {
            query.text = query.text.replace(" or vector(0)", "");
        }
        wait::until(&format!("{} finds something: {}", query.place, query.text), 30, || !prometheus.ask(&query).is_empty());
    }
}

/// `stage="decide"` finds nothing where the stage is spelt otherwise, and Prometheus says nothing to it.
fn every_value_that_is_asked_for_is_one(pods: &[Pod]) {
    let pages: String = pods.iter().filter_map(|pod| pod.page("/metrics")).collect();
    let matcher = Regex::new(r#"(\w+)(?:=|!=)"([^"]+)""#).expect("a pattern");
    let all = queries::rules().into_iter().map(|rule| rule.query).chain(queries::of_dashboards(JOB, RANGE));
    let mut asked = BTreeSet::new();
    for query in all {
        for found in matcher.captures_iter(&query.text).filter(|found| &found[1] != "job") {
            let is_one = match &found[1] {
                "code" => Code::all().any(|code| code.to_string() == found[2]),
                label => pages.contains(&format!("{label}=\"{}\"", &found[2])),
            };
            assert!(is_one, "{}: no {}", query.place, &found[0]);
            asked.insert(found[1].to_owned());
        }
    }
    assert_eq!(asked.into_iter().collect::<Vec<_>>(), ["code", "decision", "input", "outcome", "result", "stage"]);
}

fn every_rule_is_judged_and_none_fires(prometheus: &Prometheus) {
    let state = |name: &str| prometheus.rules().iter().find(|rule| rule["name"] == name).map(|rule| rule["state"].clone());
    wait::until("the rulebook that does not load is seen", 30, || state("RelevoRulebookRefused") == Some("pending".into()));
    wait::until("every group of rules has been judged", 30, || prometheus.rules().iter().all(|rule| rule["health"] != "unknown"));
    let rules = prometheus.rules();
    assert_eq!(rules.len(), queries::rules().len());
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{rule}");
        assert_ne!(rule["state"], "firing", "{rule}");
    }
    for recorded in queries::rules().iter().filter(|rule| !rule.is_alert && !rule.name.contains("failed")) {
        let query = Query { place: recorded.name.clone(), text: recorded.name.clone() };
        wait::until(&format!("{} is recorded", recorded.name), 30, || !prometheus.ask(&query).is_empty());
    }
}

fn a_total_is_unknown_while_a_pod_is_gone(prometheus: &Prometheus, deployment: &Deployment, pods: &mut [Pod; 2]) {
    let total = queries::of_dashboards(JOB, RANGE).into_iter().find(|query| query.place.contains("\"Leads in this time\""));
    let total = total.expect("the panel");
    wait::until("the total is known", 30, || !prometheus.ask(&total).is_empty());
    pods[1].process.kill();
    wait::until("the total is unknown", 30, || prometheus.ask(&total).is_empty());
    // Another pod takes over, or the same comes back under its name; then all partitions have one again.
    pods[1].process = Process::start(
        &["run", "--config", &deployment.folder.path().join("pod-1.yaml").display().to_string(), "--allow-unsigned"],
        &[],
        &deployment.log("pod-1"),
    );
    wait::until("the total is known again", 60, || !prometheus.ask(&total).is_empty());
}
