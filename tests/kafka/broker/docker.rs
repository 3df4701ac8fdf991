//! A Kafka node in a container, where a Docker engine answers.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};

use super::Ports;

/// A running container.
pub struct Node {
    container: Container<GenericImage>,
}

/// Containers that are still there: removed when the process exits, for a static's destructor never runs.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Whether a Docker engine (not only its client) is there.
pub fn engine_answers() -> bool {
    Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

impl Node {
    /// Starts a node whose port inside the container is that of this machine too, so that a restart keeps the address.
    /// `more`: properties that count over the usual ones, by their names in a file.
    pub fn start(ports: Ports, more: &[(String, String)]) -> Self {
        let port = ports.own;
        let mut request = GenericImage::new("apache/kafka", "4.3.1")
            .with_wait_for(WaitFor::message_on_stdout("Kafka Server started"))
            .with_mapped_port(port, port.tcp());
        for (name, value) in environment(ports) {
            request = request.with_env_var(name, value);
        }
        for (name, value) in more {
            request = request.with_env_var(variable(name), value);
        }
        if let Some(guarded) = ports.guarded.filter(|_| !more.is_empty()) {
            request = request.with_mapped_port(guarded, guarded.tcp()).with_env_var("KAFKA_LOG4J_LOGGERS", "kafka.authorizer.logger=DEBUG");
        }
        let container = request.start().expect("the container of Kafka starts");
        let mut left = LEFT.lock().expect("no test panics while it holds the list");
        if left.is_empty() {
            // SAFETY: `remove_left` is an `extern "C"` function without arguments that does not unwind.
            unsafe { libc::atexit(remove_left) };
        }
        left.push(container.id().to_owned());
        Self { container }
    }

    /// What it has logged so far.
    pub fn printed(&self) -> String {
        let printed = [self.container.stdout_to_vec(), self.container.stderr_to_vec()];
        printed.into_iter().flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }

    pub fn stop(&mut self) {
        self.container.stop().expect("the container stops");
    }

    pub fn start_again(&mut self) {
        self.container.start().expect("the container starts again");
    }
}

/// The variable of which the image makes a property of this name.
fn variable(property: &str) -> String {
    format!("KAFKA_{}", property.to_ascii_uppercase().replace('_', "__").replace('-', "___").replace('.', "_"))
}

/// What the image makes its properties of. Where clients are sent to a proxy of this machine, the broker in its container cannot reach
/// that: it talks to itself (transaction markers, for one) by a listener of its own, which nothing outside needs.
fn environment(ports: Ports) -> Vec<(&'static str, String)> {
    let (port, controller, internal) = (ports.own, ports.own + 1, ports.own + 2);
    let listeners = format!("PLAINTEXT://:{port},INTERNAL://127.0.0.1:{internal},CONTROLLER://:{controller}");
    let advertised = format!("PLAINTEXT://127.0.0.1:{},INTERNAL://127.0.0.1:{internal}", ports.said);
    vec![
        // `broker.sh` says why.
        ("KAFKA_CONTROLLED_SHUTDOWN_ENABLE", "false".to_owned()),
        ("KAFKA_NODE_ID", "1".to_owned()),
        ("KAFKA_PROCESS_ROLES", "broker,controller".to_owned()),
        ("KAFKA_LISTENERS", listeners),
        ("KAFKA_ADVERTISED_LISTENERS", advertised),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL".to_owned()),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER".to_owned()),
        ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned()),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", format!("1@localhost:{controller}")),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "8".to_owned()),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1".to_owned()),
        ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "8".to_owned()),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1".to_owned()),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1".to_owned()),
        ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0".to_owned()),
        ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false".to_owned()),
        ("KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE", "16777216".to_owned()),
    ]
}

impl Drop for Node {
    fn drop(&mut self) {
        // The container removes itself as it is dropped.
        if let Ok(mut left) = LEFT.lock() {
            left.retain(|id| id != self.container.id());
        }
    }
}

extern "C" fn remove_left() {
    let Ok(left) = LEFT.lock() else { return };
    for id in left.iter() {
        let _ = Command::new("docker").args(["rm", "--force", id]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The listeners of a list of Kafka's, by name: their ports.
fn ports_of(list: &str) -> BTreeMap<&str, u16> {
    let each = list.split(',').map(|listener| {
        let (name, address) = listener.split_once("://").expect("NAME://host:port");
        (name, address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port"))
    });
    each.collect()
}

/// Holds without an engine: whoever stands where, a broker reaches itself at a port that it listens on in its container.
#[test]
fn a_broker_reaches_itself_also_behind_a_proxy() {
    for said in [20_000, 31_234] {
        let environment: BTreeMap<_, _> = environment(Ports { own: 20_000, said, guarded: None }).into_iter().collect();
        let listens = ports_of(&environment["KAFKA_LISTENERS"]);
        let advertised = ports_of(&environment["KAFKA_ADVERTISED_LISTENERS"]);
        let itself = environment.get("KAFKA_INTER_BROKER_LISTENER_NAME").map_or("PLAINTEXT", String::as_str);
        assert_eq!(advertised[itself], listens[itself], "it comes to another port than it listens on");
        assert_eq!(advertised["PLAINTEXT"], said, "clients are sent to the proxy");
        let protocols = &environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"];
        for name in listens.keys() {
            assert!(protocols.split(',').any(|of| of == format!("{name}:PLAINTEXT")), "{name} has no protocol: {protocols}");
        }
        assert_eq!(listens.values().collect::<std::collections::BTreeSet<_>>().len(), listens.len(), "one port a listener");
    }
}
