//! Connections from whoever reaches the port, each held to bounds, so that none can take the process's memory or keep probes out.
//!
//! A header must come whole, soon and small; a connection ends after a while, whatever is asked on it; and where all places are taken,
//! the oldest connection makes room for the newest. A probe asks at once and is answered at once, so it is never the oldest for long.
//! This file refuses to know what is asked and answered.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long a header may take to come, and how long a connection may be idle.
    pub header: Duration,
    /// How long a connection may be used; its last request is finished within `header` then.
    pub life: Duration,
    /// The most connections at once. Kubernetes and Prometheus need one each.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { header: Duration::from_secs(5), life: Duration::from_secs(30), connections: 64 }
    }
}

/// The most bytes of a request's line and header, and what a connection reads at once.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The most headers of a request: proxies add a few to the ten that a browser sends.
const MAX_HEADERS: usize = 64;
/// How long to wait where the operating system gives no connection, such as for want of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// Answers on every connection until `stop` is done; requests that have begun are finished, within the bounds.
pub async fn serve(listener: TcpListener, pages: Router, bounds: Bounds, stop: impl Future<Output = ()>) {
    let (stopping, is_stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut places: VecDeque<AbortHandle> = VecDeque::with_capacity(bounds.connections);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                while connections.try_join_next().is_some() {}
                places.retain(|place| !place.is_finished());
                if places.len() >= bounds.connections
                    && let Some(oldest) = places.pop_front()
                {
                    oldest.abort();
                }
                places.push_back(connections.spawn(answer(stream, pages.clone(), bounds, is_stopping.clone())));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "HTTP can't take a connection; trying again");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    // Each connection sees it; one that is gone already needs not.
    let _ = stopping.send(true);
    while connections.join_next().await.is_some() {}
}

/// Whether only the one who came is gone.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Answers on one connection. How it ends is the client's affair: a header that never came, a socket that is gone.
async fn answer(stream: TcpStream, pages: Router, bounds: Bounds, mut is_stopping: watch::Receiver<bool>) {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(bounds.header).max_buf_size(MAX_HEADER_BYTES).max_headers(MAX_HEADERS);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages)));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = sleep(bounds.life) => {}
        _ = is_stopping.wait_for(|stopping| *stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    // Finished, broken or too slow: it ends here all the same.
    let _ = timeout(bounds.header, connection).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;

    /// Longer than any test waits for what must not happen by itself.
    const LONG: Duration = Duration::from_secs(600);

    struct Serving {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
    }

    async fn serving(bounds: Bounds) -> Serving {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let pages = Router::new().route("/livez", get(async || "alive\n"));
        Serving { address, stop, task: tokio::spawn(serve(listener, pages, bounds, async { drop(stopped.await) })) }
    }

    impl Serving {
        /// A connection on which this was sent.
        async fn say(&self, text: &[u8]) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.expect("connected");
            // The other side may have heard enough before the end.
            let _ = stream.write_all(text).await;
            stream
        }
    }

    /// What comes until the other side closes.
    async fn heard(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        let mut chunk = [0; 1_024];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            bytes.extend_from_slice(&chunk[..count]);
        }
        String::from_utf8(bytes).expect("HTTP is text here")
    }

    const ASKED: &[u8] = b"GET /livez HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_header_that_does_not_come_and_a_connection_that_is_idle_are_closed() {
        let serving = serving(Bounds { header: Duration::from_millis(50), life: LONG, connections: 8 }).await;
        heard(serving.say(b"GET /livez HTTP/1.1\r\nX: ").await).await;
        heard(serving.say(b"").await).await;
        let kept = heard(serving.say(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n").await).await;
        assert!(kept.starts_with("HTTP/1.1 200 ") && kept.ends_with("alive\n"), "{kept}");
    }

    #[tokio::test]
    async fn a_connection_ends_after_its_time_although_it_is_used() {
        let serving = serving(Bounds { header: LONG, life: Duration::from_millis(50), connections: 8 }).await;
        let mut stream = serving.say(b"").await;
        let mut chunk = [0; 1_024];
        // Asked again and again, until it is closed.
        while stream.write_all(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n").await.is_ok() {
            if !matches!(stream.read(&mut chunk).await, Ok(1..)) {
                break;
            }
        }
    }

    #[tokio::test]
    async fn where_all_places_are_taken_the_oldest_makes_room_and_a_probe_is_answered() {
        let serving = serving(Bounds { header: LONG, life: LONG, connections: 8 }).await;
        let mut slow = VecDeque::new();
        for _ in 0..8 {
            slow.push_back(serving.say(b"GET /livez HTTP/1.1\r\nX: ").await);
        }
        for _ in 0..3 {
            let answer = heard(serving.say(ASKED).await).await;
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("alive\n"), "{answer}");
        }
        assert_eq!(heard(slow.pop_front().expect("the oldest")).await, "");
        // Those that had a place still have it: the rest of the header is answered.
        let mut newest = slow.pop_back().expect("the newest");
        newest.write_all(b"y\r\nHost: here\r\nConnection: close\r\n\r\n").await.expect("still open");
        assert!(heard(newest).await.ends_with("alive\n"));
    }

    #[tokio::test]
    async fn headers_that_are_too_long_or_too_many_are_refused() {
        let serving = serving(Bounds::default()).await;
        let long = format!("GET /livez HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
        let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS + 1));
        let target = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(64 * 1024));
        for (name, request, status) in [("long", long, " 431 "), ("many", many, " 431 "), ("target", target, " 4")] {
            let answer = heard(serving.say(request.as_bytes()).await).await;
            assert!(answer.contains(status), "{name}: {answer}");
        }
    }

    #[tokio::test]
    async fn at_the_end_idle_connections_are_closed_and_no_slow_one_is_waited_for() {
        let serving = serving(Bounds { header: Duration::from_millis(50), life: LONG, connections: 8 }).await;
        let idle = serving.say(b"").await;
        let slow = serving.say(b"GET ").await;
        serving.stop.send(()).expect("it listens");
        serving.task.await.expect("an orderly end");
        assert_eq!((heard(idle).await, heard(slow).await), (String::new(), String::new()));
        assert!(TcpStream::connect(serving.address).await.is_err(), "nobody listens any more");
    }
}
