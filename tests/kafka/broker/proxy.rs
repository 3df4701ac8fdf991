//! A proxy between clients and a broker that can lose the one request, or the one answer, on which a commit hangs, and that can
//! deliver the answers of the coordinators late.
//!
//! It reads of Kafka's protocol just the frames: their length, the kind of a request, and the number by which an answer is
//! matched to it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::wait;

/// The protocol's number of the request that commits or aborts a transaction.
const END_TXN: i16 = 26;
/// Those of the requests that the coordinators of groups and of transactions answer: offsets, membership, transactions.
const OF_COORDINATORS: [i16; 12] = [8, 9, 10, 11, 12, 13, 14, 15, 22, 24, 25, 28];

/// What is lost of the requests that end a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The request: the broker never hears of it.
    Request,
    /// The answer: the broker has done it, and nobody learns so.
    Answer,
}

/// A running proxy. It ends with the process.
pub struct Proxy {
    /// Where it listens, on the loopback.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    loss: Mutex<Option<Loss>>,
    /// How late the coordinators' answers come.
    delay: Mutex<Duration>,
    lost: AtomicU32,
    /// The clients' ends of connections on which something was lost.
    gaping: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Starts one in front of `target`, a port of the loopback.
    pub fn start(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port for the proxy");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared::default());
        let of_connections = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A broker that is not there yet refuses, and so does the proxy.
                if let Ok(broker) = TcpStream::connect(("127.0.0.1", target)) {
                    carry(client, broker, &of_connections);
                }
            }
        });
        Self { port, shared }
    }

    /// From now on, loses these.
    pub fn lose(&self, loss: Loss) {
        *self.shared.loss.lock().expect("no holder panics") = Some(loss);
    }

    /// From now on, the coordinators' answers come so late.
    pub fn delay_coordinators(&self, delay: Duration) {
        *self.shared.delay.lock().expect("no holder panics") = delay;
    }

    /// Loses nothing any more, and closes the connections on which something was lost, as a network does that heals.
    pub fn heal(&self) {
        *self.shared.loss.lock().expect("no holder panics") = None;
        for connection in self.shared.gaping.lock().expect("no holder panics").drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// How many requests or answers were lost so far.
    pub fn lost(&self) -> u32 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

/// Carries both directions of a connection until one side closes it.
fn carry(client: TcpStream, broker: TcpStream, shared: &Arc<Shared>) {
    let unanswered = Arc::new(Mutex::new(BTreeSet::new()));
    let late = Arc::new(Mutex::new(BTreeMap::new()));
    let _ = (client.set_nodelay(true), broker.set_nodelay(true));
    let (Ok(client_out), Ok(broker_out)) = (client.try_clone(), broker.try_clone()) else { return };
    let (of_requests, lateness, shared, end) = (Arc::clone(&unanswered), Arc::clone(&late), Arc::clone(shared), client.try_clone());
    std::thread::spawn(move || {
        let _ = each_frame(client, broker_out, |frame| {
            let api = i16::from_be_bytes([frame[0], frame[1]]);
            let delay = *shared.delay.lock().expect("no holder panics");
            if !delay.is_zero() && OF_COORDINATORS.contains(&api) {
                lateness.lock().expect("no holder panics").insert(number(&frame[4..8]), delay);
            }
            let loss = *shared.loss.lock().expect("no holder panics");
            let Some(loss) = loss.filter(|_| api == END_TXN) else { return true };
            shared.lost.fetch_add(1, Ordering::Relaxed);
            shared.gaping.lock().expect("no holder panics").extend(end.as_ref().ok().and_then(|end| end.try_clone().ok()));
            if loss == Loss::Answer {
                of_requests.lock().expect("no holder panics").insert(number(&frame[4..8]));
            }
            loss == Loss::Answer
        });
    });
    let (sender, receiver) = channel::<(Instant, Vec<u8>)>();
    let client_end = client_out.try_clone();
    std::thread::spawn(move || {
        let _ = frames(&broker, |frame| {
            let number = number(&frame[..4]);
            let delay = late.lock().expect("no holder panics").remove(&number).unwrap_or_default();
            let lost = unanswered.lock().expect("no holder panics").remove(&number);
            lost || sender.send((Instant::now() + delay, frame)).is_ok()
        });
        let _ = (broker.shutdown(Shutdown::Both), client_end.map(|end| end.shutdown(Shutdown::Both)));
    });
    // In their order, each when it is due: answers that are late do not wait for each other.
    std::thread::spawn(move || {
        while let Ok((due, frame)) = receiver.recv() {
            wait::pause(due.saturating_duration_since(Instant::now()));
            if send(&client_out, &frame).is_err() {
                let _ = client_out.shutdown(Shutdown::Both);
                return;
            }
        }
    });
}

/// Passes frames on for which `passes` says so. When either end is closed, so is the other.
fn each_frame(from: TcpStream, to: TcpStream, mut passes: impl FnMut(&[u8]) -> bool) -> Result<()> {
    let result = frames(&from, |frame| (frame.len() >= 8 && !passes(&frame)) || send(&to, &frame).is_ok());
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    result
}

/// Hands over each frame, without its length, until `take` says that it is enough or the end is closed.
fn frames(mut from: &TcpStream, mut take: impl FnMut(Vec<u8>) -> bool) -> Result<()> {
    loop {
        let mut length = [0; 4];
        if let Err(error) = from.read_exact(&mut length) {
            return if error.kind() == ErrorKind::UnexpectedEof { Ok(()) } else { Err(error) };
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        from.read_exact(&mut frame)?;
        if !take(frame) {
            return Ok(());
        }
    }
}

/// Writes a frame behind its length.
fn send(mut to: &TcpStream, frame: &[u8]) -> Result<()> {
    to.write_all(&(frame.len() as u32).to_be_bytes())?;
    to.write_all(frame)
}

fn number(bytes: &[u8]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
