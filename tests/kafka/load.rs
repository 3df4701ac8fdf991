//! A steady load from a thread of its own, and a watch on how long any partition stands still under it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::deployment::Deployment;
use crate::records::{Reader, Sender};
use crate::sellers::Sellers;
use crate::wait;
use crate::workload::{Workload, poisons};

/// After how many interactions the producers' mistakes come along once.
const POISON_EVERY: u64 = 1_000;

/// Runs `action` while interactions come in at `rate` a second, with poison among them, and sellers answer the leads. Returns what `action` returned.
pub fn under_load<T>(deployment: &Deployment, rate: u64, action: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Stops the feeder also when `action` panics: the scope would wait for it for ever.
        let guard = StopAtEnd(&stop);
        scope.spawn(|| feed(deployment, rate, &stop));
        let answer = action();
        drop(guard);
        answer
    })
}

/// Runs `action` and tells, for each partition of the log, the longest time in which no new decision came from it.
pub fn watched<T>(deployment: &Deployment, action: impl FnOnce() -> T) -> (T, BTreeMap<String, Duration>) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guard = StopAtEnd(&stop);
        let watcher = scope.spawn(|| watch(deployment, &stop));
        let answer = action();
        drop(guard);
        (answer, watcher.join().expect("the watcher ends"))
    })
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn feed(deployment: &Deployment, rate: u64, stop: &AtomicBool) {
    let sender = Sender::plain(&deployment.address);
    let mut workload = Workload::new(42);
    let mut sellers = Sellers::of(deployment);
    let began = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = began.elapsed().as_millis() as u64 * rate / 1_000;
        while sent < due {
            sender.send(&deployment.names.interactions, &workload.interaction());
            sent += 1;
            if sent % POISON_EVERY == POISON_EVERY / 2 {
                poisons().iter().for_each(|poison| sender.send(&deployment.names.interactions, poison));
            }
        }
        sellers.answer(&sender);
        wait::pause(Duration::from_millis(20));
    }
    sender.flush();
}

fn watch(deployment: &Deployment, stop: &AtomicBool) -> BTreeMap<String, Duration> {
    let mut reader = Reader::from_start(&deployment.address, &deployment.names.decisions, 2);
    let mut last = BTreeMap::<String, Instant>::new();
    let mut longest = BTreeMap::<String, Duration>::new();
    while !stop.load(Ordering::Relaxed) {
        let Some(record) = reader.poll(Duration::from_millis(50)) else { continue };
        let cause = record.json()["cause"].as_str().unwrap_or_default().to_owned();
        let partition = cause.rsplit_once('-').map_or("", |parts| parts.0).to_owned();
        let now = Instant::now();
        if let Some(before) = last.insert(partition.clone(), now) {
            let pause = longest.entry(partition).or_default();
            *pause = (*pause).max(now - before);
        }
    }
    // A partition that has fallen silent for good shows too.
    for (partition, at) in last {
        let pause = longest.entry(partition).or_default();
        *pause = (*pause).max(at.elapsed());
    }
    longest
}
