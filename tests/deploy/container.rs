//! The container's own command, run as Kubernetes runs it: its arguments, its environment, its volumes, with no Kafka to be found.
//!
//! A setting or a flag that Relevo does not know, a file that is elsewhere, or a rulebook that does not load ends the process, so a
//! manifest that is wrong about them fails here.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::Process;
use crate::render::{BASE, EXAMPLE, Rendered, STAGES, str_at};
use crate::wait;

/// Where the manifests put everything. Here that is a folder of the test.
const MOUNTED: &str = "/etc/relevo";

/// A container's file system and what it is started with.
struct Container {
    folder: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Container {
    /// The container of a stage in a folder of manifests. `secret`: the keys of the Secret for Kafka.
    fn of(folder: &str, stage: &str, secret: &[&str]) -> Self {
        let rendered = Rendered::of(folder);
        let (pod, container) = (&rendered.pod()["spec"], rendered.container(stage));
        let mut this = Self {
            folder: TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder"),
            arguments: Vec::new(),
            environment: Vec::new(),
        };
        for mount in container["volumeMounts"].as_array().expect("mounts") {
            let volume =
                pod["volumes"].as_array().expect("volumes").iter().find(|volume| volume["name"] == mount["name"]).expect("its volume");
            let files = match volume.pointer("/configMap/name") {
                Some(name) => rendered.data(name.as_str().expect("a name")),
                None => secret.iter().map(|key| ((*key).to_owned(), "made for a test".to_owned())).collect(),
            };
            let path = PathBuf::from(this.here(str_at(mount, "/mountPath")));
            std::fs::create_dir_all(&path).expect("a folder");
            for (name, content) in files {
                std::fs::write(path.join(name), this.here(&content)).expect("written");
            }
        }
        this.arguments =
            container["args"].as_array().expect("arguments").iter().map(|word| this.here(word.as_str().expect("a word"))).collect();
        for variable in container["env"].as_array().expect("variables") {
            let value = variable.get("value").and_then(serde_json::Value::as_str).unwrap_or_else(|| {
                assert_eq!(variable["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name", "{variable}");
                "relevo-0"
            });
            this.environment.push((str_at(variable, "/name").to_owned(), value.to_owned()));
        }
        for (name, value) in rendered.data(str_at(container, "/envFrom/0/configMapRef/name")) {
            this.environment.push((name, this.here(&value)));
        }
        this
    }

    fn here(&self, text: &str) -> String {
        text.replace(MOUNTED, &self.folder.path().join("mounted").display().to_string())
    }

    /// Takes the place of what a manifest says.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves out what a manifest says.
    fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relevo"));
        command.args(&self.arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// The page and its status.
fn ask(port: u16, path: &str) -> Option<(u16, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(format!("http://127.0.0.1:{port}{path}")).call().ok()?;
    Some((response.status().as_u16(), response.body_mut().read_to_string().ok()?))
}

#[test]
fn the_examples_containers_start_answer_their_probes_and_end_when_asked() {
    STAGES.into_iter().for_each(starts_answers_and_ends);
}

fn starts_answers_and_ends(stage: &str) {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port();
    // A Kafka that is not there is waited for. TLS is left out, because the test's authority is none.
    let container = Container::of(EXAMPLE, stage, &["password", "ca.crt"])
        .with("RELEVO__KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
        .with("RELEVO__KAFKA__SECURITY_PROTOCOL", "sasl_plaintext")
        .without("RELEVO__KAFKA__TLS__CA_FILE")
        .with("RELEVO__HTTP__LISTEN", &format!("127.0.0.1:{port}"));
    let mut process = Process::begin(container.command(), &container.log());
    let rendered = Rendered::of(EXAMPLE);
    let (live, ready) = (probe(&rendered, stage, "livenessProbe"), probe(&rendered, stage, "readinessProbe"));
    wait::until("the container answers", 20, || ask(port, &live).is_some() || process.has_ended());
    assert!(!process.has_ended(), "{}", process.printed());
    assert_eq!(ask(port, &live).map(|(status, _)| status), Some(200), "no Kafka is no reason to be restarted");
    assert_eq!(ask(port, &ready).map(|(status, _)| status), Some(503), "without Kafka it is not at work");
    let metrics = str_at(rendered.only("PodMonitor"), "/spec/podMetricsEndpoints/0/path");
    assert!(ask(port, metrics).is_some_and(|(status, page)| status == 200 && page.contains("relevo_build_info")), "{metrics}");
    let printed = process.printed();
    for part in ["\"pod\":\"relevo-0\"", "1 of marketing and 1 of sales"] {
        assert!(printed.contains(part), "no {part}:\n{printed}");
    }
    let status = process.terminate(15);
    assert!(crate::process::in_order(status), "{status}:\n{}", process.printed());
}

fn probe(rendered: &Rendered, stage: &str, name: &str) -> String {
    str_at(&rendered.container(stage)[name], "/httpGet/path").to_owned()
}

#[test]
fn the_examples_settings_are_taken_as_they_are_and_its_rulebook_is_agreed_on() {
    let container = Container::of(EXAMPLE, "decide", &["password", "ca.crt"]);
    let mut command = container.command();
    let config = container.arguments.iter().skip_while(|word| *word != "--config").nth(1).expect("--config FILE");
    // The same configuration, read by a command that needs no cluster.
    let mut topics = Command::new(env!("CARGO_BIN_EXE_relevo"));
    topics
        .args(["topics", "--format", "strimzi", "--config", config])
        .env_clear()
        .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let output = topics.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let agreement = crate::root().join(EXAMPLE).join("agreement");
    let output = relevo(&["rules", "check", &agreement.display().to_string()]);
    assert!(output.contains("All is well."), "{output}");
    // And a variable that Relevo does not know would have been refused.
    let output = command.env("RELEVO__KAFKA__SERVERS", "x").output().expect("it starts");
    assert_eq!(output.status.code(), Some(78), "{output:?}");
}

#[test]
fn without_a_charter_the_base_ends_and_says_so() {
    for stage in STAGES {
        let output = Container::of(BASE, stage, &[]).command().output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("there is no charter"), "{said}");
    }
}

fn relevo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_relevo")).args(arguments).current_dir(Path::new(env!("CARGO_TARGET_TMPDIR"))).output();
    String::from_utf8(output.expect("it starts").stdout).expect("UTF-8")
}
