//! A real Apache Kafka for tests: one for a whole run, or one of a test's own that it may stop and start.
//!
//! Where it comes from: the address in `RELEVO_TEST_KAFKA`; else a container, when a Docker engine answers; else the jars
//! that Maven fetches. Nothing stays behind however the run ends. It knows nothing of topics and of Relevo.

mod docker;
mod maven;
mod proxy;

use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

pub use proxy::{Loss, Proxy};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

/// Longest that a broker may take from its start to its first answer.
const START_LIMIT: Duration = Duration::from_secs(300);

/// A running Kafka node.
pub struct Broker {
    /// `host:port` to bootstrap from.
    pub address: String,
    source: Source,
}

/// Where a node listens, and where it tells its clients to come to.
#[derive(Clone, Copy)]
struct Ports {
    own: u16,
    said: u16,
    /// Where it lets in whoever has a password, and holds them to access rules.
    guarded: Option<u16>,
}

enum Source {
    /// Somebody else's: never stopped by a test.
    Given,
    Docker(Box<docker::Node>),
    Maven(maven::Node),
}

impl Broker {
    /// The run's broker. Tests share it, so each names its topics and groups for itself.
    pub fn shared() -> &'static Broker {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("RELEVO_TEST_KAFKA") {
            Ok(address) if !address.is_empty() => {
                let broker = Broker { address, source: Source::Given };
                broker.await_answer();
                broker
            }
            _ => Self::own(),
        })
    }

    /// A broker for one test, ended when it is dropped.
    pub fn own() -> Broker {
        let own = free_ports(2);
        Self::at(Ports { own, said: own, guarded: None }, &[])
    }

    /// The same whose files lie where a test can damage them: never in a container.
    pub fn with_files() -> Broker {
        let own = free_ports(2);
        let ports = Ports { own, said: own, guarded: None };
        let broker = Broker { address: format!("127.0.0.1:{own}"), source: Source::Maven(maven::Node::start(ports, &[])) };
        broker.await_answer();
        broker
    }

    /// Damages the batch in which `offset` lies, while the node is stopped.
    pub fn damage(&self, topic: &str, partition: i32, offset: i64) {
        let Source::Maven(node) = &self.source else { panic!("only files beside the test can be damaged") };
        node.damage(topic, partition, offset);
    }

    /// The offset behind the batch in which `offset` lies.
    pub fn end_of_batch(&self, topic: &str, partition: i32, offset: i64) -> i64 {
        let Source::Maven(node) = &self.source else { panic!("only files beside the test can be read") };
        node.end_of_batch(topic, partition, offset)
    }

    /// A broker for one test that sends its clients to a proxy in front of it.
    pub fn behind_proxy() -> (Broker, Proxy) {
        let own = free_ports(2);
        let proxy = Proxy::start(own);
        (Self::at(Ports { own, said: proxy.port, guarded: None }, &[]), proxy)
    }

    /// A broker for one test with access rules, which it keeps a record of: the address where it lets in these users, each by the same password;
    /// at its own address everybody may do everything.
    pub fn guarded(users: &[String], password: &str) -> (Broker, String) {
        let own = free_ports(4);
        // After the controller's, and after a container's own.
        let guarded = own + 3;
        (Self::at(Ports { own, said: own, guarded: Some(guarded) }, &guard(own, guarded, users, password)), format!("127.0.0.1:{guarded}"))
    }

    /// What the node has logged so far.
    pub fn printed(&self) -> String {
        match &self.source {
            Source::Given => String::new(),
            Source::Docker(node) => node.printed(),
            Source::Maven(node) => node.printed(),
        }
    }

    fn at(ports: Ports, more: &[(String, String)]) -> Broker {
        let source = if docker::engine_answers() {
            Source::Docker(Box::new(docker::Node::start(ports, more)))
        } else {
            Source::Maven(maven::Node::start(ports, more))
        };
        let broker = Broker { address: format!("127.0.0.1:{}", ports.said), source };
        broker.await_answer();
        broker
    }

    /// Ends the node in order; what it stored stays.
    pub fn stop(&mut self) {
        match &mut self.source {
            Source::Given => panic!("a given broker is not the tests' to stop"),
            Source::Docker(node) => node.stop(),
            Source::Maven(node) => node.stop(),
        }
    }

    /// Starts a stopped node again, with what it had stored, and waits until it answers.
    pub fn start(&mut self) {
        match &mut self.source {
            Source::Given => panic!("a given broker is not the tests' to start"),
            Source::Docker(node) => node.start_again(),
            Source::Maven(node) => node.start_again(),
        }
        self.await_answer();
    }

    fn await_answer(&self) {
        let began = Instant::now();
        loop {
            // The port first: librdkafka would log every refused connection.
            if TcpStream::connect(&self.address).is_ok() {
                let client: BaseConsumer =
                    ClientConfig::new().set("bootstrap.servers", &self.address).create().expect("a client from constants");
                if client.fetch_metadata(None, Duration::from_secs(5)).is_ok_and(|metadata| !metadata.brokers().is_empty()) {
                    return;
                }
            }
            if let Source::Maven(node) = &self.source {
                node.assert_alive();
            }
            assert!(began.elapsed() < START_LIMIT, "no Kafka answered at {} within {START_LIMIT:?}", self.address);
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// The properties of a node that holds users to access rules.
fn guard(own: u16, guarded: u16, users: &[String], password: &str) -> Vec<(String, String)> {
    let host = if docker::engine_answers() { "" } else { "127.0.0.1" };
    let listeners = |host: &str, controller: &str| format!("PLAINTEXT://{host}:{own},SASL://{host}:{guarded}{controller}");
    let all: String = users.iter().map(|user| format!(" user_{user}=\"{password}\"")).collect();
    let properties = [
        ("listeners", listeners(host, &format!(",CONTROLLER://{host}:{}", own + 1))),
        ("advertised.listeners", listeners("127.0.0.1", "")),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned()),
        ("inter.broker.listener.name", "PLAINTEXT".to_owned()),
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned()),
        ("super.users", "User:ANONYMOUS".to_owned()),
        ("listener.name.sasl.sasl.enabled.mechanisms", "PLAIN".to_owned()),
        ("listener.name.sasl.plain.sasl.jaas.config", format!("org.apache.kafka.common.security.plain.PlainLoginModule required{all};")),
    ];
    properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The first of `count` ports of the loopback that are free side by side, and not handed out before in this process. They
/// lie below the range from which systems take ports for outgoing connections, so nobody slips in before they are used.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 600).expect("below 600") * 16;
    for _ in 0..4_000 {
        let offset = NEXT.fetch_add(count, Ordering::Relaxed);
        let first = 20_000 + (start + offset) % 10_000;
        if (0..count).all(|index| TcpListener::bind(("127.0.0.1", first + index)).is_ok()) {
            return first;
        }
    }
    panic!("no free port between 20000 and 30000");
}
