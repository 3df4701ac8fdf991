//! The whole service inside this process: the embedded broker, both stages of the pipeline, and HTTP on a free port.
//!
//! The pipeline is the very one that `relevo run` starts; the clock and the broker are the demo's own. This file refuses to know what
//! is sent through it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::clock::VirtualClock;
use super::signing::Signed;
use crate::command::run;
use crate::config::Settings;
use crate::config::settings::RulebookSettings;
use crate::contract::Timestamp;
use crate::http::{Pages, Server};
use crate::kafka::TopicPartition;
use crate::kafka::audience::{Sender, Tail};
use crate::kafka::embedded::EmbeddedBroker;
use crate::metrics::{self, Metrics, Phase};
use crate::pipeline::{Plan, Service, StageName};

/// Partitions of every topic: enough to show that accounts are spread, few enough to begin at once.
pub const PARTITIONS: u32 = 4;
/// How often time passes on the log: the show waits for it where something may be due.
const TICK: Duration = Duration::from_millis(100);
/// How long the rulebook may take to become law: a second or two is usual.
const LAW_PATIENCE: Duration = Duration::from_secs(60);

/// Whether the person asked to end.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Whether the person asked to end.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The running service. Dropped, it ends everything and removes its folder.
pub struct Running {
    broker: EmbeddedBroker,
    settings: Settings,
    service: Option<Service>,
    shown: Arc<metrics::Status>,
    address: SocketAddr,
    stop_http: watch::Sender<bool>,
    folder: Folder,
    runtime: Option<Runtime>,
}

/// A folder of this process's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("relevo-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is lost with it, and nobody is left to tell.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Running {
    /// Starts the broker, makes the topics, lets the rulebook be signed in its folder and starts the workers.
    pub fn start(
        (rulebook, roster): (&str, &str),
        free_mail: &str,
        clock: &Arc<VirtualClock>,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        let folder = Folder::new().context("making a folder for the rulebook")?;
        let signed = Signed::write(&folder.0, rulebook, roster).context("writing the agreement and signing it")?;
        let broker = EmbeddedBroker::start()?;
        let settings = settings(&broker, signed.settings(), free_mail);
        let authority = run::authority(&settings)?;
        let names = &settings.topics;
        for topic in [
            &names.interactions,
            &names.accounts,
            &names.activities,
            &names.intake,
            &names.changelog,
            &names.leads,
            &names.follow_up,
            &names.decisions,
            &names.dead_letters,
        ] {
            broker.create_topic(topic, PARTITIONS)?;
        }
        let shown = metrics::Status::new(settings.rulebook.allow_unsigned);
        let metrics = Metrics::new(Arc::clone(&shown));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop_http, stopped) = watch::channel(false);
        let address = serve(&runtime, Pages { status: Arc::clone(&shown), metrics: Arc::clone(&metrics) }, stopped)?;
        listen_for_interrupt(&runtime, interrupt.clone());
        let plan = Plan {
            clock: Arc::clone(clock) as _,
            heeds_brokers: false,
            connection: broker.connection(),
            // The demo's minutes are seconds: a backlog of a minute would be nothing.
            back_pressure: false,
            tick: TICK,
            ..run::plan::plan(
                &settings,
                authority,
                StageName::ALL.into_iter().collect(),
                settings.inputs.max_bytes as usize,
                &shown,
                &metrics,
            )
        };
        let service = Service::start(&plan);
        shown.enter(Phase::Running);
        Ok(Self { broker, settings, service: Some(service), shown, address, stop_http, folder, runtime: Some(runtime) })
    }

    /// Where the probes and `/metrics` are.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The topics' names and all else that was set.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Somebody who sends records.
    pub fn sender(&self) -> anyhow::Result<Sender> {
        Ok(Sender::new(&self.broker.connection(), "demo-campaigns")?)
    }

    /// Somebody who reads these topics as they grow.
    pub fn tail(&self, topics: &[&str]) -> anyhow::Result<Tail> {
        let partitions = topics.iter().flat_map(|topic| (0..PARTITIONS as i32).map(|partition| TopicPartition::new(topic, partition)));
        Ok(Tail::of(&self.broker.connection(), "demo-audience", &partitions.collect::<Vec<_>>())?)
    }

    /// Waits until the rulebook is law in every partition of the log, and the roster in force.
    pub fn await_law(&self, interrupt: &Interrupt) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            self.check()?;
            let law = self.service.as_ref().map(|service| service.status().law()).unwrap_or_default();
            let everywhere = law.in_force.values().filter(|law| law.is_some()).count() == PARTITIONS as usize;
            if (everywhere && law.rosters.values().any(Option::is_some)) || interrupt.is_raised() {
                return Ok(());
            }
            if began.elapsed() > LAW_PATIENCE {
                let refused: Vec<String> = self.shown.refused_rulebooks().into_values().map(|refused| refused.message).collect();
                bail!("the sample rulebook did not become law within a minute: {}", refused.join("; "));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How late it is for leads: what was due by then has been told.
    pub fn time_of_leads(&self) -> Option<Timestamp> {
        self.shown.workers().iter().filter_map(|worker| worker.clock).min()
    }

    /// Whether everything is still at work.
    ///
    /// # Errors
    /// A worker has died.
    pub fn check(&self) -> anyhow::Result<()> {
        match &self.service {
            Some(service) if service.has_ended() => bail!("the service has stopped by itself"),
            _ => Ok(()),
        }
    }

    /// Ends the workers and waits for them: open transactions are finished first.
    ///
    /// # Errors
    /// The first worker that died, and why.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.end().map_err(Into::into)
    }

    fn end(&mut self) -> Result<(), crate::kafka::Error> {
        self.shown.enter(Phase::Stopping);
        let ended = self.service.take().map_or(Ok(()), |service| {
            service.status().stop();
            service.wait()
        });
        let _ = self.stop_http.send(true); // nobody listens any more: it has ended already
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Reached with an error on its way already; that one is told.
        let _ = self.end();
        let _ = &self.folder;
    }
}

/// What the demo sets; all else is as it comes.
fn settings(broker: &EmbeddedBroker, rulebook: RulebookSettings, free_mail: &str) -> Settings {
    let mut settings =
        Settings { application: "relevo-demo".into(), pod: Some("demo-0".into()), partitions: PARTITIONS, ..Settings::default() };
    settings.kafka.bootstrap_servers = broker.bootstrap_servers().split(',').map(str::to_owned).collect();
    settings.account_key.free_mail = vec![free_mail.to_owned()];
    settings.rulebook = rulebook;
    settings
}

fn serve(runtime: &Runtime, pages: Pages, mut stopped: watch::Receiver<bool>) -> anyhow::Result<SocketAddr> {
    let server = runtime.block_on(Server::bind((Ipv4Addr::LOCALHOST, 0).into())).context("listening for /metrics")?;
    let address = server.address()?;
    runtime.spawn(server.serve(pages, async move {
        // Whoever could still say so is gone, too, when this fails.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }));
    Ok(address)
}

/// The first Ctrl-C ends the show; a second one ends the process at once.
fn listen_for_interrupt(runtime: &Runtime, interrupt: Interrupt) {
    runtime.spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if interrupt.0.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        }
    });
}
