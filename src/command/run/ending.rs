//! How the process ends when it is asked to: what is begun is finished, within a bound, and a second signal ends it at once.
//!
//! A transaction that is open when the process goes is rolled back by Kafka, so ending at once loses nothing but time.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::pipeline::{Service, Status};

/// The signals that ask the process to end.
pub struct Ending(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    asked: bool,
    /// Whom to ask; nobody yet while the process starts.
    service: Option<Arc<Status>>,
}

impl Ending {
    /// Listens for SIGTERM and SIGINT from now on. Before there is a service, either ends the process at once: nothing is begun.
    ///
    /// # Errors
    /// The operating system's words when signals can't be listened for.
    pub fn on_signals(runtime: &Runtime) -> io::Result<Self> {
        let ending = Self(Arc::default());
        let state = Arc::clone(&ending.0);
        let _guard = runtime.enter();
        let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        runtime.spawn(listen(signals, state));
        Ok(ending)
    }

    /// From now on a signal asks this service to end.
    pub fn watch_over(&self, service: Arc<Status>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).service = Some(service);
    }
}

async fn listen((mut terminate, mut interrupt): (Signal, Signal), state: Arc<Mutex<State>>) {
    loop {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(service) = &state.service else {
            tracing::info!("asked to end before any work began");
            std::process::exit(0);
        };
        if state.asked {
            tracing::warn!("asked twice: ending at once; open transactions will be rolled back");
            std::process::exit(1);
        }
        tracing::info!(grace_seconds = Service::GRACE.as_secs(), "asked to end: finishing what is begun");
        service.stop();
        state.asked = true;
        tokio::spawn(end_after(Service::GRACE));
    }
}

/// A worker that hangs must not keep a deployment waiting.
async fn end_after(grace: Duration) {
    tokio::time::sleep(grace).await;
    tracing::error!("what was begun could not be finished in time: ending; open transactions will be rolled back");
    std::process::exit(1);
}
