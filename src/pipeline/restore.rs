//! Preparing partitions off the loop: several side by side, cancelled when the partition goes elsewhere, repeated while a
//! trouble passes by itself.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::stage::{Cancel, NotPrepared, Preparation, Prepared, Stopped};
use crate::contract::code::STEP_PANICKED;
use crate::kafka::TopicPartition;

/// How many partitions are prepared at once: each has a client of its own.
const AT_ONCE: usize = 4;
/// How long to wait before a trouble that passes is met again.
const RETRY: Duration = Duration::from_millis(500);

/// A preparation that ended.
pub(super) struct Ready<P> {
    pub partition: TopicPartition,
    pub result: Result<Prepared<P>, Stopped>,
    pub took: Duration,
}

/// Places for those who prepare.
#[derive(Default)]
struct Places {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// The preparations of a worker.
pub(super) struct Preparations<P> {
    sender: Sender<(Cancel, Ready<P>)>,
    receiver: Receiver<(Cancel, Ready<P>)>,
    running: BTreeMap<TopicPartition, Cancel>,
    places: Arc<Places>,
}

impl<P> Default for Preparations<P> {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver, running: BTreeMap::new(), places: Arc::default() }
    }
}

impl<P: Send + 'static> Preparations<P> {
    /// Begins to prepare a partition; an earlier preparation of it is not wanted any more.
    pub fn begin(&mut self, partition: TopicPartition, preparation: Preparation<P>) {
        let cancel = Cancel::default();
        if let Some(earlier) = self.running.insert(partition.clone(), cancel.clone()) {
            earlier.cancel();
        }
        let (sender, places) = (self.sender.clone(), Arc::clone(&self.places));
        std::thread::spawn(move || {
            let began = Instant::now();
            places.take();
            let result = prepare(&partition, &preparation, &cancel);
            places.free();
            if let Some(result) = result {
                let ready = Ready { partition, result, took: began.elapsed() };
                // The worker has ended if nobody receives.
                let _ = sender.send((cancel, ready));
            }
        });
    }

    /// A partition is not wanted any more.
    pub fn cancel(&mut self, partition: &TopicPartition) {
        if let Some(cancel) = self.running.remove(partition) {
            cancel.cancel();
        }
    }

    /// How many are being prepared.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// The next preparation that has ended and is still wanted.
    pub fn next_ready(&mut self) -> Option<Ready<P>> {
        loop {
            let (cancel, ready) = self.receiver.try_recv().ok()?;
            if !cancel.is_cancelled() {
                self.running.remove(&ready.partition);
                return Some(ready);
            }
        }
    }
}

impl<P> Drop for Preparations<P> {
    fn drop(&mut self) {
        self.running.values().for_each(Cancel::cancel);
    }
}

impl Places {
    fn take(&self) {
        let mut taken = self.taken.lock().expect("nobody panics while holding it");
        while *taken >= AT_ONCE {
            taken = self.freed.wait(taken).expect("nobody panics while holding it");
        }
        *taken += 1;
    }

    fn free(&self) {
        *self.taken.lock().expect("nobody panics while holding it") -= 1;
        self.freed.notify_one();
    }
}

/// Prepares until it is done, can't be done, or is not wanted any more (`None`).
fn prepare<P>(partition: &TopicPartition, preparation: &Preparation<P>, cancel: &Cancel) -> Option<Result<Prepared<P>, Stopped>> {
    loop {
        if cancel.is_cancelled() {
            return None;
        }
        match catch_unwind(AssertUnwindSafe(|| preparation(cancel))) {
            Ok(Ok(prepared)) => return Some(Ok(prepared)),
            Ok(Err(NotPrepared::Stopped(stopped))) => return Some(Err(stopped)),
            Ok(Err(NotPrepared::Passing(error))) => {
                tracing::warn!(%partition, %error, "preparing the partition failed; trying again");
                std::thread::sleep(RETRY);
            }
            Err(_) => return Some(Err(Stopped { code: STEP_PANICKED, message: format!("{partition}: preparing it panicked.") })),
        }
    }
}
