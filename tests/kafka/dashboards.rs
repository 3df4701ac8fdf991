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
use relevo::metrics::catalogue::CATALOGUE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::{Broker, free_ports};
use crate::deployment::{Deployment, Pod, RULEBOOK};
use crate::process::Process;
use crate::queries::{self, Query, RULES};
use crate::records::Sender;
use crate::sellers::{Sellers, activity};
use crate::wait;
use crate::workload::{Workload, account, poisons, time_text};

/// What the service is called on its targets.
const JOB: &str = "relevo";
/// In the place of a dashboard's lengths of time: long enough for two scrapes of whatever happens in the test.
const RANGE: &str = "5m";
/// What is there only when something is wrong that this test does not bring about: a partition that stands still, transactions that
/// fail, three promises that ran out over half an hour of silence.
const NOT_HERE: &[&str] = &[
    "relevo_stopped_partitions",
    "relevo_settings_differ",
    "stage:relevo_transactions_failed:ratio_rate5m",
    "job:relevo_activity_feed_deaf:seconds",
];
/// One team that promises an answer in working hours, and one within a minute, so that something goes wrong before the test ends.
const LARGE: &str = "  large: { like: mid, respond_within: 5m }\n";
const HASTY: &str =
    "  large: { respond_within: 1m, reassign_after: 2m, escalate_after: 2m, escalate_to: luis, hoarding: { silent_for: 1m } }\n";

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

fn feed(deployment: &Deployment, workload: &mut Workload, sellers: &mut Sellers<'_>) {
    let sender = Sender::plain(&deployment.address);
    sender.send_all(&deployment.names.interactions, &workload.interactions(400));
    sender.send_all(&deployment.names.interactions, &poisons());
    sender.send(&deployment.names.accounts, &account("001", 1, Some(&["co-0001.example"])));
    deployment.await_settled(60);
    let known = sellers.heard();
    wait::until("sellers hear of leads of every habit", 60, || {
        sellers.answer(&sender);
        sellers.heard() >= known + 8
    });
    deployment.await_settled(60);
}

#[test]
fn every_query_finds_what_a_running_service_shows_and_says_unknown_without_a_pod() {
    let deployment = Deployment::new(Broker::shared(), "watched", 4);
    assert!(RULEBOOK.contains(LARGE), "the tests' rulebook has another team");
    deployment.write_rulebook(1, &RULEBOOK.replace(LARGE, HASTY));
    let mut pods = [deployment.start("pod-0"), deployment.start("pod-1")];
    deployment.await_law(1, 60);
    let prometheus = Prometheus::scraping(&pods);
    deployment.write_rulebook(2, "api: relevo/v1\nkind: Rulebook\nrevision: two\n");
    // Twice, because a counter that is new has not grown yet.
    let mut workload = Workload::new(11);
    let mut sellers = Sellers::of(&deployment);
    feed(&deployment, &mut workload, &mut sellers);
    feed(&deployment, &mut workload, &mut sellers);
    let counted = |event: &str| pods.iter().map(|pod| pod.metric("relevo_follow_ups_total", &format!("event=\"{event}\""))).sum::<f64>();
    for event in ["responded", "overdue", "escalated", "hoarded"] {
        wait::until(&format!("some lead is {event}"), 200, || counted(event) > 0.0);
    }

    // State is read back where the queries see it, however long all this took.
    let mut third = [deployment.start("pod-2")];
    wait::until("the third pod has read back state", 60, || third[0].metric("relevo_restore_seconds_count", "") > 0.0);
    deployment.stop_in_order(&mut third);
    deployment.await_settled(60);
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
        // What is recorded of promises is recorded once a minute, of the five minutes before.
        wait::until(&format!("{} finds something: {}", query.place, query.text), 90, || prometheus.ask(&query).iter().any(is_a_figure));
    }
}

/// A quantile of nothing, or a share of nothing, is found too, and says nothing.
fn is_a_figure(found: &Value) -> bool {
    found["value"][1].as_str().is_some_and(|value| value != "NaN")
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
                // Only a signed rulebook shows it, and the one here is not signed.
                "unsigned" => ["true", "false"].contains(&&found[2]),
                "code" => Code::all().any(|code| code.to_string() == found[2]),
                // No input here goes by a map; the catalogue says what such a one may count.
                "outcome" if found[2].starts_with("map_") => {
                    CATALOGUE.iter().any(|entry| entry.fed_by.contains(&format!("`{}`", &found[2])))
                }
                label => pages.contains(&format!("{label}=\"{}\"", &found[2])),
            };
            assert!(is_one, "{}: no {}", query.place, &found[0]);
            asked.insert(found[1].to_owned());
        }
    }
    assert_eq!(
        asked.into_iter().collect::<Vec<_>>(),
        ["age_le", "clock", "code", "decision", "event", "input", "kind", "outcome", "result", "stage", "standing", "unsigned"]
    );
}

fn every_rule_is_judged_and_none_fires(prometheus: &Prometheus) {
    let state = |name: &str| prometheus.rules().iter().find(|rule| rule["name"] == name).map(|rule| rule["state"].clone());
    wait::until("the rulebook that does not load is seen", 30, || state("RelevoRulebookRefused") == Some("pending".into()));
    wait::until("every group of rules has been judged", 90, || prometheus.rules().iter().all(|rule| rule["health"] != "unknown"));
    let rules = prometheus.rules();
    assert_eq!(rules.len(), queries::rules().len());
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{rule}");
        assert_ne!(rule["state"], "firing", "{rule}");
    }
    for recorded in queries::rules().iter().filter(|rule| !rule.is_alert && !NOT_HERE.contains(&rule.name.as_str())) {
        let query = Query { place: recorded.name.clone(), text: recorded.name.clone() };
        wait::until(&format!("{} is recorded", recorded.name), 90, || !prometheus.ask(&query).is_empty());
    }
}

fn a_total_is_unknown_while_a_pod_is_gone(prometheus: &Prometheus, deployment: &Deployment, pods: &mut [Pod; 2]) {
    let totals: Vec<Query> = queries::of_dashboards(JOB, RANGE)
        .into_iter()
        .filter(|query| {
            ["\"Leads in this time\"", "\"Buyers who wait\"", "\"Who keeps buyers waiting\""]
                .iter()
                .any(|title| query.place.contains(title))
        })
        .collect();
    assert_eq!(totals.len(), 10, "the panels");
    let all_are = |known: bool| totals.iter().all(|total| prometheus.ask(total).is_empty() != known);
    wait::until("the totals are known", 30, || all_are(true));
    pods[1].process.kill();
    wait::until("the totals are unknown", 30, || all_are(false));
    // Another pod takes over, or the same comes back under its name; then all partitions have one again.
    pods[1].process = Process::start(
        &["run", "--config", &deployment.folder.path().join("pod-1.yaml").display().to_string(), "--allow-unsigned"],
        &[],
        &deployment.log("pod-1"),
    );
    wait::until("the totals are known again", 60, || all_are(true));
}

/// FU-3: what Relevo cannot see, it says. The silence of the CRM is unknown until something came, and a restart does not make it short.
#[test]
fn fu_3_silence_of_the_feed_is_unknown_at_first_and_outlives_a_restart() {
    let deployment = Deployment::new(Broker::shared(), "silence", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let touch = |id: &str| {
        let event = json!({
            "activity_id": id, "lead_id": "L-AAAAAAAAAAAAAAAAAAAAAAAA", "occurred_at": time_text(jiff::Timestamp::now().as_millisecond()),
            "kind": "contacted", "actor": { "kind": "person", "id": "eva" }, "proof": { "channel": "phone", "ref": id },
        });
        Sender::plain(&deployment.address).send_all(&deployment.names.activities, &[activity(&event, "forwarded")]);
    };
    assert_eq!(silence_seconds(&pods[0]), None, "nothing ever came, and that is not zero seconds ago");
    touch("first");
    wait::until("the CRM is heard", 30, || silence_seconds(&pods[0]).is_some());
    wait::until("the CRM is silent", 30, || silence_seconds(&pods[0]) > Some(5.0));
    pods[0].process.kill();
    pods[0] = deployment.start("pod-0");
    let after = wait::until_some("the silence is known again", 60, || silence_seconds(&pods[0]));
    assert!(after > 5.0, "{after} s: a restart is no word of the CRM");
    touch("second");
    wait::until("the CRM is heard again", 30, || silence_seconds(&pods[0]) < Some(5.0));
    deployment.stop_in_order(&mut pods);
}

/// How long nothing has come from the CRM, as a pod says; `None`: it does not say.
fn silence_seconds(pod: &Pod) -> Option<f64> {
    let page = pod.page("/metrics")?;
    let line = page.lines().find(|line| line.starts_with("relevo_activity_feed_silence_seconds{"))?;
    line.rsplit(' ').next()?.parse().ok()
}
