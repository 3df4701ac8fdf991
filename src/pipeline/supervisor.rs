//! The workers of a process: started from a plan, watched, and ended together. A worker that dies ends the process: no silent half-life.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::broker_time::{BrokerTime, HeldClock};
use super::charter::{CharterFiles, CharterWatch};
use super::clock::Clock;
use super::cluster_watch::ClusterWatch;
use super::copies::{Copies, CopiesWatch};
use super::decide::{Decide, DecideSetup, DecideTopics};
use super::facts::Observer;
use super::feed_watch::{Feed, FeedWatch};
use super::group_watch::{Gate, GroupWatch};
use super::identities::{Identities, IdentityWatch};
use super::input_watch::InputWatch;
use super::intake::{Input, Intake, IntakeSetup};
use super::offers::Offers;
use super::policy::PolicyWatch;
use super::roster_watch::RosterWatch;
use super::stage::{Stage, StageName};
use super::status::Status;
use super::unowned_watch::UnownedWatch;
use super::worker::{CommitBounds, Setup, Worker};
use crate::config::Shared;
use crate::contract::account_key::FreeMail;
use crate::contract::envelope::EventType;
use crate::engine::Authority;
use crate::kafka::{Connection, Error, Identity, TopicPartition};
use crate::metrics;
use crate::state::Format;

/// Everything that a process needs to know to work.
#[derive(Clone)]
pub struct Plan {
    /// How to reach Kafka.
    pub connection: Connection,
    /// The deployment's name.
    pub application: String,
    /// This process among its like.
    pub pod: String,
    /// Which stages run here.
    pub stages: BTreeSet<StageName>,
    /// Workers of Intake and of Decide.
    pub workers: (u32, u32),
    /// What Intake reads.
    pub inputs: Vec<Input>,
    /// What Decide reads and writes.
    pub topics: DecideTopics,
    /// Partitions of the log.
    pub partitions: u32,
    /// The most bytes of a dead letter.
    pub dead_letter_bytes: usize,
    /// Of the settings, what all pods must share.
    pub shared: Shared,
    /// What is known of domains.
    pub free_mail: Arc<FreeMail>,
    /// Topics that leads may be copied to.
    pub allowed_routes: BTreeSet<String>,
    /// How the state is read and written.
    pub format: Format,
    /// The folder of rulebooks.
    pub rulebooks: PathBuf,
    /// The folder of rosters; it need not be there.
    pub rosters: PathBuf,
    /// Where the charter lies.
    pub charter: CharterFiles,
    /// By what rulebooks are judged to begin with: the charter as it was read, and whether unsigned ones may become law.
    pub authority: Authority,
    /// When transactions are committed.
    pub bounds: CommitBounds,
    /// Whether interactions wait while Decide is behind.
    pub back_pressure: bool,
    /// How late it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is held to the brokers': not in the demo, which has a time of its own.
    pub heeds_brokers: bool,
    /// How often time passes on the log, and the feed of activities is looked at.
    pub tick: Duration,
    /// Who counts.
    pub observer: Arc<dyn Observer>,
    /// What probes and scrapes see.
    pub shown: Arc<metrics::Status>,
}

impl Plan {
    /// The consumer group of a stage.
    pub fn group(&self, stage: StageName) -> String {
        format!("{}-{stage}", self.application)
    }

    /// The log's partitions.
    fn log(&self) -> Vec<TopicPartition> {
        (0..self.partitions as i32).map(|partition| TopicPartition::new(&self.topics.log, partition)).collect()
    }

    /// Who a worker is.
    fn identity(&self, stage: StageName, worker: u32) -> Identity {
        Identity { application: self.application.clone(), pod: self.pod.clone(), stage: stage.as_str(), worker }
    }
}

/// The running workers.
pub struct Service {
    status: Arc<Status>,
    /// Workers and watchers, by name.
    threads: Vec<(String, JoinHandle<Result<(), Error>>)>,
    identities: Arc<Identities>,
}

impl Service {
    /// Starts everything; returns at once.
    pub fn start(plan: &Plan) -> Self {
        let now = Instant::now();
        let brokers = Arc::new(if plan.heeds_brokers { BrokerTime::unknown(now) } else { BrokerTime::unheeded(now) });
        // Whatever is stamped and judged below is so by a clock that is never later than the brokers'.
        let own = Arc::clone(&plan.clock);
        let plan = &Plan { clock: Arc::new(HeldClock { own: Arc::clone(&own), brokers: Arc::clone(&brokers) }), ..plan.clone() };
        let status = Arc::new(Status::new(Arc::clone(&plan.shown), plan.authority.clone()));
        status.runs_with(plan.shared.clone());
        let gate = Arc::new(Gate::closed());
        let offers = Arc::<Offers>::default();
        let rosters = Arc::<Offers>::default();
        let mut service = Self { status: Arc::clone(&status), threads: Vec::new(), identities: Arc::default() };
        if plan.heeds_brokers {
            service.watch_cluster(plan, own, Arc::clone(&brokers));
        }
        service.watch_group(plan, Arc::clone(&gate));
        service.watch_identities(plan);
        service.watch_charter(plan);
        if plan.stages.contains(&StageName::Intake) {
            service.watch_rulebooks(plan, Arc::clone(&offers));
            service.watch_rosters(plan, Arc::clone(&rosters));
            let feed = service.watch_feed(plan);
            let inputs: Arc<[Input]> = plan.inputs.clone().into();
            service.watch_inputs(plan, Arc::clone(&inputs), Arc::clone(&gate));
            service.watch_unowned(plan, StageName::Intake, inputs.iter().map(|input| input.contract.topic.to_string()).collect());
            for worker in 0..plan.workers.0 {
                let setup = IntakeSetup {
                    connection: plan.connection.clone(),
                    group: plan.group(StageName::Intake),
                    identity: plan.identity(StageName::Intake, worker),
                    inputs: Arc::clone(&inputs),
                    log: plan.topics.log.clone(),
                    partitions: plan.partitions,
                    dead_letters: (plan.topics.dead_letters.clone(), plan.dead_letter_bytes),
                    free_mail: Arc::clone(&plan.free_mail),
                    clock: Arc::clone(&plan.clock),
                    gate: Arc::clone(&gate),
                    feed: feed.clone(),
                    offers: (worker == 0).then(|| Arc::clone(&offers)),
                    rosters: (worker == 0).then(|| Arc::clone(&rosters)),
                    tick: plan.tick,
                };
                let topics = inputs.iter().map(|input| input.contract.topic.to_string()).collect();
                service.spawn(plan, StageName::Intake, worker, topics, move || Intake::new(setup.clone()));
            }
        }
        if plan.stages.contains(&StageName::Decide) {
            let copies = service.watch_copies(plan);
            service.watch_unowned(plan, StageName::Decide, vec![plan.topics.log.clone()]);
            for worker in 0..plan.workers.1 {
                let setup = DecideSetup {
                    connection: plan.connection.clone(),
                    format: plan.format,
                    group: plan.group(StageName::Decide),
                    identity: plan.identity(StageName::Decide, worker),
                    application: plan.application.clone(),
                    topics: plan.topics.clone(),
                    dead_letter_bytes: plan.dead_letter_bytes,
                    partitions: plan.partitions,
                    copies: Arc::clone(&copies),
                    clock: Arc::clone(&plan.clock),
                    brokers: Arc::clone(&brokers),
                    status: Arc::clone(&status),
                };
                service.spawn(plan, StageName::Decide, worker, vec![plan.topics.log.clone()], move || Decide::new(setup.clone()));
            }
        }
        service
    }

    fn spawn<S: Stage>(&mut self, plan: &Plan, stage: StageName, worker: u32, topics: Vec<String>, make: impl Fn() -> S + Send + 'static) {
        let identity = plan.identity(stage, worker);
        // Shown from the first moment, so that a probe does not miss a worker that has not come up.
        let now = plan.clock.now();
        let vitals = plan.shown.add_worker(stage, worker, now);
        let setup = Setup {
            connection: plan.connection.clone(),
            identity,
            stage,
            group: plan.group(stage),
            topics,
            bounds: plan.bounds,
            identities: Arc::clone(&self.identities),
            status: Arc::clone(&self.status),
            vitals,
            observer: Arc::clone(&plan.observer),
        };
        let status = Arc::clone(&self.status);
        self.thread(format!("{stage}-{worker}"), move || {
            let mut worker = match Worker::start(setup, make()) {
                Ok(worker) => worker,
                Err(error) => return unless_asked(&status, Err(error)),
            };
            let ended = unless_asked(&status, worker.run());
            // Before the worker's clients are closed, which may take long when brokers are away: the others are to end meanwhile.
            status.stop();
            ended
        });
    }

    /// Works on a thread of its own. Whatever ends it ends the process: no silent half-life.
    fn thread(&mut self, name: impl Into<String>, work: impl FnOnce() -> Result<(), Error> + Send + 'static) {
        let (name, status) = (name.into(), Arc::clone(&self.status));
        let work = move || {
            let _ending = StopOnDrop(status);
            work()
        };
        let thread = std::thread::Builder::new().name(name.clone()).spawn(work).expect("the system has room for a thread");
        self.threads.push((name, thread));
    }

    fn watch_cluster(&mut self, plan: &Plan, clock: Arc<dyn Clock>, brokers: Arc<BrokerTime>) {
        let reads = plan.stages.contains(&StageName::Intake);
        let inputs = plan.inputs.iter().filter(|_| reads).map(|input| input.contract.topic.to_string()).collect();
        let (connection, status) = (plan.connection.clone(), Arc::clone(&self.status));
        let watch = ClusterWatch { connection, log: plan.log(), inputs, brokers, clock, status };
        let status = Arc::clone(&self.status);
        self.thread("watch-cluster", move || unless_asked(&status, watch.run()));
    }

    fn watch_identities(&mut self, plan: &Plan) {
        // A stage has no right to see the topics of the other one.
        let has = |stage| plan.stages.contains(&stage);
        let inputs = plan.inputs.iter().filter(|_| has(StageName::Intake)).map(|input| input.contract.topic.to_string());
        let changelog = has(StageName::Decide).then(|| plan.topics.changelog.clone());
        let watch = IdentityWatch {
            connection: plan.connection.clone(),
            topics: std::iter::once(plan.topics.log.clone()).chain(changelog).chain(inputs).collect(),
            identities: Arc::clone(&self.identities),
            status: Arc::clone(&self.status),
        };
        let status = Arc::clone(&self.status);
        self.thread("watch-topics", move || unless_asked(&status, watch.run()));
    }

    fn watch_group(&mut self, plan: &Plan, gate: Arc<Gate>) {
        let watch = GroupWatch {
            connection: plan.connection.clone(),
            group: plan.group(StageName::Decide),
            pod: plan.pod.clone(),
            log: plan.topics.log.clone(),
            partitions: plan.partitions,
            gate,
            status: Arc::clone(&self.status),
            clock: Arc::clone(&plan.clock),
            back_pressure: plan.back_pressure,
            shows_hold: plan.stages.contains(&StageName::Intake),
        };
        let status = Arc::clone(&self.status);
        self.thread("watch-decide", move || unless_asked(&status, watch.run()));
    }

    /// Where a feed of activities is configured, time passes by it.
    fn watch_feed(&mut self, plan: &Plan) -> Option<Arc<Feed>> {
        let input = plan.inputs.iter().find(|input| input.contract.event == EventType::Activity)?;
        let feed = Arc::new(Feed::of(&input.contract.topic));
        let watch = Arc::new(FeedWatch {
            connection: plan.connection.clone(),
            group: plan.group(StageName::Intake),
            feed: Arc::clone(&feed),
            log: if plan.heeds_brokers { plan.log() } else { Vec::new() },
            status: Arc::clone(&self.status),
            clock: Arc::clone(&plan.clock),
            tick: plan.tick,
        });
        let (ear, status) = (Arc::clone(&watch), Arc::clone(&self.status));
        self.thread("hear-activities", move || unless_asked(&status, ear.listen()));
        let status = Arc::clone(&self.status);
        self.thread("watch-activities", move || unless_asked(&status, watch.run()));
        Some(feed)
    }

    fn watch_inputs(&mut self, plan: &Plan, inputs: Arc<[Input]>, gate: Arc<Gate>) {
        let watch = InputWatch {
            connection: plan.connection.clone(),
            group: plan.group(StageName::Intake),
            inputs,
            gate,
            status: Arc::clone(&self.status),
            clock: Arc::clone(&plan.clock),
        };
        let status = Arc::clone(&self.status);
        self.thread("watch-inputs", move || unless_asked(&status, watch.run()));
    }

    /// The demo's embedded broker has one member in each group, and can't tell what it has.
    fn watch_unowned(&mut self, plan: &Plan, stage: StageName, topics: Vec<String>) {
        if !plan.heeds_brokers {
            return;
        }
        let (connection, status) = (plan.connection.clone(), Arc::clone(&self.status));
        let watch = UnownedWatch { connection, group: plan.group(stage), member: plan.identity(stage, 0), topics, status };
        let status = Arc::clone(&self.status);
        self.thread(format!("watch-group-of-{stage}"), move || unless_asked(&status, watch.run()));
    }

    /// Topics of copies are watched where there are any.
    fn watch_copies(&mut self, plan: &Plan) -> Arc<Copies> {
        let copies = Arc::new(Copies::to(plan.allowed_routes.iter().cloned()));
        if !plan.allowed_routes.is_empty() {
            let watch = CopiesWatch { connection: plan.connection.clone(), copies: Arc::clone(&copies), status: Arc::clone(&self.status) };
            let status = Arc::clone(&self.status);
            self.thread("watch-copies", move || unless_asked(&status, watch.run()));
        }
        copies
    }

    fn watch_charter(&mut self, plan: &Plan) {
        let watch = CharterWatch { files: plan.charter.clone(), status: Arc::clone(&self.status) };
        self.thread("watch-charter", move || {
            watch.run();
            Ok(())
        });
    }

    fn watch_rulebooks(&mut self, plan: &Plan, offers: Arc<Offers>) {
        let watch =
            PolicyWatch { folder: plan.rulebooks.clone(), offers, status: Arc::clone(&self.status), clock: Arc::clone(&plan.clock) };
        self.thread("watch-rulebooks", move || {
            watch.run();
            Ok(())
        });
    }

    fn watch_rosters(&mut self, plan: &Plan, offers: Arc<Offers>) {
        let (status, clock) = (Arc::clone(&self.status), Arc::clone(&plan.clock));
        let watch = RosterWatch { folder: plan.rosters.clone(), offers, status, clock };
        self.thread("watch-rosters", move || {
            watch.run();
            Ok(())
        });
    }

    /// What may be seen of the workers.
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Waits until all workers and watchers have ended: after [`Status::stop`], or because one has died.
    ///
    /// # Errors
    /// The first that died, and why.
    pub fn wait(self) -> Result<(), Error> {
        let mut first = Ok(());
        for (name, thread) in self.threads {
            let ended = thread.join().unwrap_or_else(|_| Err(Error::other("working", format!("{name} panicked"))));
            if let Err(error) = ended {
                tracing::error!(worker = name, %error, "worker died");
                first = first.and(Err(error));
            }
        }
        first
    }

    /// Whether every worker has ended.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().all(|(_, thread)| thread.is_finished())
    }

    /// How long a process that was asked to end may take: transactions finish well within it.
    pub const GRACE: Duration = Duration::from_secs(10);
}

/// Whoever is asked to end while brokers are away leaves nothing behind that the next start does not find: no error. What ended a thread
/// that nobody asked is said at once, whatever else has to end first.
fn unless_asked(status: &Status, ended: Result<(), Error>) -> Result<(), Error> {
    match &ended {
        Err(error) if status.is_stopping() => {
            tracing::info!(%error, "ended while waiting");
            return Ok(());
        }
        Err(error) => tracing::error!(%error, "a worker can't go on: the process ends"),
        Ok(()) => {}
    }
    ended
}

/// Asks the process to end when a thread of it does.
struct StopOnDrop(Arc<Status>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A regression: a watcher that died left the process running, with interactions held back for ever or new rulebooks unseen.
    #[test]
    fn whatever_dies_ends_the_process_and_is_named() {
        let check = |work: fn() -> Result<(), Error>, expected: Option<&str>| {
            let mut service = Service { status: Arc::default(), threads: Vec::new(), identities: Arc::default() };
            service.thread("watch-decide", work);
            let status = service.status();
            let said = service.wait().err().map(|error| error.to_string());
            assert_eq!((status.is_stopping(), said.as_deref()), (true, expected));
        };
        check(|| panic!("of a test"), Some("working: watch-decide panicked"));
        check(|| Err(Error::other("asking", "no client")), Some("asking: no client"));
        check(|| Ok(()), None);
    }
}
