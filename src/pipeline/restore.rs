//! Preparing partitions off the loop: several side by side, cancelled when the partition goes elsewhere, repeated while a
//! trouble passes by itself.
//!
//! A few threads take them in turn. One that has to be tried again goes behind all others, and one that takes long gives its place to another:
//! partitions whose brokers are away keep none from being restored that could be.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::stage::{Cancel, NotPrepared, Preparation, Prepared, Stopped};
use crate::contract::code::STEP_PANICKED;
use crate::kafka::TopicPartition;

/// How many partitions are prepared at once: each has clients of its own.
const AT_ONCE: usize = 4;
/// A preparation that takes longer gives its place away: it waits for a broker, or for somebody's transaction, or reads a large state.
const LONG: Duration = Duration::from_secs(2);
/// How many there may be with those that take long: whatever the number of partitions, so many threads and clients at most.
const AT_MOST: usize = 16;
/// How long to wait before a trouble that passes is met again.
const RETRY: Duration = Duration::from_millis(500);
/// How often a thread that has nothing to do looks whether a retry is due or a place is free.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A preparation that ended.
pub(super) struct Ready<P> {
    pub partition: TopicPartition,
    pub result: Result<Prepared<P>, Stopped>,
    pub took: Duration,
}

/// A partition that waits to be prepared.
struct Job<P> {
    partition: TopicPartition,
    preparation: Preparation<P>,
    cancel: Cancel,
    asked_at: Instant,
    not_before: Instant,
}

/// What the threads share.
struct Queue<P> {
    jobs: VecDeque<Job<P>>,
    /// When those began that are being prepared.
    active: Vec<Instant>,
    threads: usize,
}

struct Shared<P> {
    queue: Mutex<Queue<P>>,
    changed: Condvar,
    sender: Sender<(Cancel, Ready<P>)>,
}

/// The preparations of a worker.
pub(super) struct Preparations<P> {
    shared: Arc<Shared<P>>,
    receiver: Receiver<(Cancel, Ready<P>)>,
    running: BTreeMap<TopicPartition, Cancel>,
}

impl<P> Default for Preparations<P> {
    fn default() -> Self {
        let (sender, receiver) = channel();
        let queue = Mutex::new(Queue { jobs: VecDeque::new(), active: Vec::new(), threads: 0 });
        let shared = Arc::new(Shared { queue, changed: Condvar::new(), sender });
        Self { shared, receiver, running: BTreeMap::new() }
    }
}

impl<P: Send + 'static> Preparations<P> {
    /// Begins to prepare a partition; an earlier preparation of it is not wanted any more.
    pub fn begin(&mut self, partition: TopicPartition, preparation: Preparation<P>) {
        let cancel = Cancel::default();
        if let Some(earlier) = self.running.insert(partition.clone(), cancel.clone()) {
            earlier.cancel();
        }
        let now = Instant::now();
        self.shared.lock().jobs.push_back(Job { partition, preparation, cancel, asked_at: now, not_before: now });
        self.shared.changed.notify_one();
        self.staff();
    }

    /// Sees that somebody works on what waits. A machine that gives no thread now is asked again.
    fn staff(&self) {
        let mut queue = self.shared.lock();
        if queue.threads >= AT_MOST || queue.threads >= queue.jobs.len() + queue.active.len() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        match std::thread::Builder::new().name("prepare".to_owned()).spawn(move || shared.work()) {
            Ok(_) => queue.threads += 1,
            Err(error) => tracing::warn!(%error, "the machine gives no thread to prepare a partition; asking again"),
        }
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
        if !self.running.is_empty() {
            self.staff();
        }
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

impl<P> Shared<P> {
    fn lock(&self) -> MutexGuard<'_, Queue<P>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does until nothing waits.
    fn work(&self) {
        while let Some(mut job) = self.next() {
            let began = job.not_before; // as `next` has set it
            let result = prepare(&job);
            let mut queue = self.lock();
            if let Some(place) = queue.active.iter().position(|at| *at == began) {
                queue.active.swap_remove(place);
            }
            match result {
                Some(result) => {
                    let ready = Ready { partition: job.partition, result, took: job.asked_at.elapsed() };
                    // The worker has ended if nobody receives.
                    let _ = self.sender.send((job.cancel, ready));
                }
                None => {
                    job.not_before = Instant::now() + RETRY;
                    queue.jobs.push_back(job);
                }
            }
            drop(queue);
            self.changed.notify_one();
        }
    }

    /// The next that may begin, once there is a place for it; `None`: nothing waits any more.
    fn next(&self) -> Option<Job<P>> {
        let mut queue = self.lock();
        loop {
            queue.jobs.retain(|job| !job.cancel.is_cancelled());
            if queue.jobs.is_empty() {
                queue.threads -= 1;
                return None;
            }
            let now = Instant::now();
            let has_place = queue.active.iter().filter(|began| now.duration_since(**began) < LONG).count() < AT_ONCE;
            let due = queue.jobs.iter().position(|job| job.not_before <= now).filter(|_| has_place);
            if let Some(mut job) = due.and_then(|place| queue.jobs.remove(place)) {
                job.not_before = now;
                queue.active.push(now);
                return Some(job);
            }
            queue = self.changed.wait_timeout(queue, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Prepares once; `None`: it is to be tried again.
fn prepare<P>(job: &Job<P>) -> Option<Result<Prepared<P>, Stopped>> {
    let partition = &job.partition;
    match catch_unwind(AssertUnwindSafe(|| (job.preparation)(&job.cancel))) {
        Ok(Ok(prepared)) => Some(Ok(prepared)),
        Ok(Err(NotPrepared::Stopped(stopped))) => Some(Err(stopped)),
        Ok(Err(NotPrepared::Passing(error))) => {
            if !job.cancel.is_cancelled() {
                tracing::warn!(%partition, %error, "preparing the partition failed; trying again");
            }
            None
        }
        Err(_) => Some(Err(Stopped { code: STEP_PANICKED, message: format!("{partition}: preparing it panicked.") })),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::kafka::Error;
    use crate::pipeline::identities::RestsOn;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition::new("log", number)
    }

    fn await_ready(preparations: &mut Preparations<()>, limit: Duration) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < limit {
            if let Some(ready) = preparations.next_ready() {
                return Some(ready.partition.partition);
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        None
    }

    /// A regression: four partitions that could not be prepared kept all others of their worker from being restored.
    #[test]
    fn txn_4_partitions_that_can_not_be_prepared_keep_none_from_being_restored() {
        let mut preparations = Preparations::default();
        for number in 0..4 {
            preparations.begin(partition(number), Box::new(|_| Err(Error::other("a test", "no leader").into())));
        }
        // These hang, as one does that waits for somebody's transaction.
        for number in 4..8 {
            preparations.begin(
                partition(number),
                Box::new(|cancel| {
                    while !cancel.is_cancelled() {
                        std::thread::park_timeout(Duration::from_millis(5));
                    }
                    Err(Error::other("a test", "cancelled").into())
                }),
            );
        }
        preparations.begin(partition(8), Box::new(|_| Ok(Prepared { start: 0, state: (), rests_on: RestsOn::default() })));
        assert_eq!(await_ready(&mut preparations, LONG * 10), Some(8));
        assert_eq!(preparations.running(), 8);
    }

    #[test]
    fn a_thousand_partitions_are_prepared_by_a_few_threads_each_once() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut preparations = Preparations::default();
        for number in 0..1_000 {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            let preparation = move |_: &Cancel| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(Prepared { start: 0, state: (), rests_on: RestsOn::default() })
            };
            preparations.begin(partition(number), Box::new(preparation));
            if number % 7 == 0 {
                preparations.cancel(&partition(number));
            }
        }
        let mut ready: Vec<i32> = std::iter::from_fn(|| await_ready(&mut preparations, Duration::from_millis(500))).collect();
        ready.sort_unstable();
        assert_eq!(ready, (0..1_000).filter(|number| number % 7 != 0).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= AT_MOST && preparations.shared.lock().threads <= AT_MOST);
        assert_eq!(preparations.running(), 0);
    }
}
