//! `relevo run` before and without a cluster: what stops a start, what probes see, and how it ends.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::program::Place;

/// How long a process may take to answer or to end.
const LIMIT: Duration = Duration::from_secs(30);

/// A configuration that reaches no broker: nothing listens on port 1.
fn configuration(listen: &str) -> String {
    format!("pod: pod-0\nkafka: {{bootstrap_servers: [\"127.0.0.1:1\"]}}\nrulebook: {{folder: rules}}\nhttp: {{listen: \"{listen}\"}}\n")
}

fn place(listen: &str) -> Place {
    Place::new().with("relevo.yaml", &configuration(listen)).with("rules/.keep", "")
}

#[test]
fn a_start_that_is_not_fit_ends_with_78() {
    place("127.0.0.1:0").call(&["run"], &[]).assert(78, &["RLV-3007", "--allow-unsigned"]);
    let elsewhere = [("RELEVO__RULEBOOK__FOLDER", "no/such/folder")];
    place("127.0.0.1:0").call(&["run", "--allow-unsigned"], &elsewhere).assert(78, &["RLV-3008", "no/such/folder"]);
    place("127.0.0.1:0").call(&["run"], &elsewhere).assert(78, &["RLV-3007", "RLV-3008"]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    place(&address).call(&["run", "--allow-unsigned"], &[]).assert(78, &["RLV-3009", &address, "http.listen"]);
    // A setting that the Kafka client itself refuses is no cluster that is away.
    let refused = [("RELEVO__KAFKA__EXTRA__SOCKET_TIMEOUT_MS", "soon")];
    place("127.0.0.1:0").call(&["run", "--allow-unsigned"], &refused).assert(78, &["RLV-3004", "socket.timeout.ms"]);
}

#[test]
fn without_a_cluster_it_waits_is_alive_and_not_ready_and_ends_when_asked() {
    let address = {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").to_string()
    };
    let place = place(&address);
    let environment = [("RELEVO__KAFKA__EXTRA__SOCKET_TIMEOUT_MS", "1000")];
    let mut command = place.command(&["run", "--allow-unsigned", "--stage", "decide"]);
    let child = command.envs(environment).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut running = Running(child);
    let (status, body) = running.await_page(&format!("http://{address}/livez"));
    assert_eq!((status, body.as_str()), (200, "alive\n"));
    let (status, body) = running.await_page(&format!("http://{address}/readyz?verbose"));
    assert!(status == 503 && body.contains("starting") && body.contains("UNSIGNED") && body.ends_with("not ready\n"), "{status} {body}");
    let asked = Instant::now();
    while !running.await_page(&format!("http://{address}/readyz?verbose")).1.contains("Kafka") {
        assert!(asked.elapsed() < LIMIT, "the page does not say that Kafka is away");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (status, body) = running.await_page(&format!("http://{address}/metrics"));
    assert!(status == 200 && body.contains("relevo_build_info{"), "{status} {body}");

    // SAFETY: the child has not been waited for, so the id is its own.
    unsafe { libc::kill(running.0.id() as i32, libc::SIGTERM) };
    let ended = running.await_end();
    let log = ended.1;
    assert_eq!(ended.0, Some(0), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect("a log of JSON lines")).collect();
    let said = |part: &str| lines.iter().any(|line| line["message"].as_str().is_some_and(|message| message.contains(part)));
    assert!(said("Relevo starts") && said("UNSIGNED") && said("asked to end"), "{log}");
    assert!(lines.iter().any(|line| line["pod"] == "pod-0" && line["stages"] == "decide"), "{log}");
}

/// A process that never outlives its test.
struct Running(Child);

impl Running {
    /// The status and body of a page, once the process answers.
    fn await_page(&mut self, url: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(LIMIT)).build().into();
        let began = Instant::now();
        loop {
            assert!(self.0.try_wait().expect("ours").is_none() && began.elapsed() < LIMIT, "no answer from {url}");
            if let Ok(mut response) = agent.get(url).call() {
                return (response.status().as_u16(), response.body_mut().read_to_string().expect("a text"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// How it ended, and what it logged.
    fn await_end(&mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        while self.0.try_wait().expect("ours").is_none() {
            assert!(began.elapsed() < LIMIT, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = self.0.wait().expect("ours");
        assert!(status.signal().is_none(), "{status}");
        let log = std::io::read_to_string(self.0.stderr.take().expect("piped")).expect("text in UTF-8");
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is what was wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
