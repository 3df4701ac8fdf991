//! HTTP: probes for Kubernetes, metrics for Prometheus, and a version for whoever asks.
//!
//! Everything is read from [`Status`] and [`Metrics`], which workers fill; a request never waits for a worker, for Kafka or for
//! another request. What a connection may take is bounded. This room refuses to change anything: there is no POST.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

mod connections;
pub mod health;

use crate::contract::Timestamp;
use crate::metrics::{self, Metrics, Status};

/// What the pages are made from.
#[derive(Clone)]
pub struct Pages {
    /// How the process is doing.
    pub status: Arc<Status>,
    /// What it has done.
    pub metrics: Arc<Metrics>,
}

/// A listener that has its port, so that a busy one is known before any work begins.
pub struct Server {
    listener: TcpListener,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// What the operating system says, such as that somebody else has it.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    /// Where it listens; tells the port where the address left it open (port 0).
    ///
    /// # Errors
    /// What the operating system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is done; requests that have begun are finished.
    pub async fn serve(self, pages: Pages, stop: impl Future<Output = ()> + Send + 'static) {
        connections::serve(self.listener, router(pages), connections::Bounds::default(), stop).await;
    }
}

fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(scrape))
        .route("/version", get(version))
        .with_state(pages)
}

const INDEX: &str = "\
Relevo

/livez            do the workers go around their loops? (never asks Kafka)
/readyz           is this process at work?
/readyz?verbose   the same, with every check
/metrics          for Prometheus; `relevo metrics` explains each
/version          the release
";

async fn index() -> &'static str {
    INDEX
}

async fn livez(State(pages): State<Pages>) -> Response {
    let stuck = health::stuck(&pages.status, now());
    if stuck.is_empty() {
        return "alive\n".into_response();
    }
    let lines: String = stuck.iter().map(|(worker, seconds)| format!("{worker} has not gone around its loop for {seconds} s\n")).collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

async fn readyz(State(pages): State<Pages>, RawQuery(query): RawQuery) -> Response {
    let checks = health::checks(&pages.status, now());
    let status = if health::is_ready(&checks) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let verbose = query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")));
    let text = if verbose { health::page(&checks) } else { health::conclusion(&checks).to_owned() };
    (status, text).into_response()
}

async fn scrape(State(pages): State<Pages>) -> Response {
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], pages.metrics.scrape(now())).into_response()
}

async fn version() -> Response {
    let text = serde_json::json!({ "name": "relevo", "version": env!("CARGO_PKG_VERSION") }).to_string();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn now() -> Timestamp {
    // A clock before 1970 shows ages of zero; it is the operator's to mend, not a reason to fail a probe.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Phase, Stage};

    /// The status and the body of a page, asked for over the loopback as a probe does.
    async fn ask(address: SocketAddr, path: &str) -> (u16, String) {
        let url = format!("http://{address}{path}");
        let asked = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut response = agent.get(&url).call().expect("an answer");
            (response.status().as_u16(), response.body_mut().read_to_string().expect("a text"))
        });
        asked.await.expect("the request's thread")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn every_page_answers_with_its_status() {
        let status = Status::new(true);
        let pages = Pages { metrics: Metrics::new(Arc::clone(&status)), status: Arc::clone(&status) };
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let address = server.address().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(pages, async { drop(stopped.await) }));
        let check = async |path: &str, expected: u16, part: &str| {
            let (code, body) = ask(address, path).await;
            assert!(code == expected && body.contains(part), "{path}: {code}\n{body}");
        };
        let vitals = status.add_worker(Stage::Intake, 0, now());
        check("/", 200, "/readyz?verbose").await;
        check("/readyz", 503, "not ready").await;
        check("/readyz?verbose", 503, "waits for its group").await;
        vitals.owns(2);
        status.enter(Phase::Running);
        check("/readyz", 200, "ready").await;
        check("/readyz?verbose", 200, "UNSIGNED").await;
        check("/livez", 200, "alive").await;
        vitals.beat(now().plus_ms(-10 * health::MAX_SILENCE_MS));
        check("/livez", 503, "intake-0").await;
        check("/metrics", 200, "relevo_worker_heartbeat_timestamp_seconds{worker=\"intake-0\"}").await;
        check("/version", 200, env!("CARGO_PKG_VERSION")).await;
        check("/nothing", 404, "").await;
        assert!(Server::bind(address).await.is_err(), "the port is taken");
        drop(stop);
        serving.await.expect("an orderly end");
    }
}
