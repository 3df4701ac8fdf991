//! `relevo run`: the service itself, until it is asked to end.
//!
//! Configuration, topics and rulebooks are looked at first; each failure has a code and ends with 78. Then the workers start. The
//! first signal finishes what is begun, a second one ends at once: a transaction that is open then is rolled back by Kafka.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};

use super::Status;
use crate::cli::{RunArguments, Stage};
use crate::config::{self, Problem, Problems, Settings};
use crate::contract::Code;
use crate::contract::code::{HTTP_ADDRESS, KAFKA_UNREACHABLE, PARTITIONS_DIFFER, TOPIC_MISSING, UNSIGNED_NOT_ALLOWED};
use crate::contract::envelope::{EventType, InputContract};
use crate::http::{Pages, Server};
use crate::kafka::Connection;
use crate::kafka::admin::Admin;
use crate::logging;
use crate::metrics::{self, Metrics, Phase};
use crate::pipeline::decide::DecideTopics;
use crate::pipeline::intake::Input;
use crate::pipeline::observe::Counting;
use crate::pipeline::worker::CommitBounds;
use crate::pipeline::{Plan, Service, StageName, SystemClock};

/// Runs the service.
///
/// # Errors
/// Whatever is not fit, with its code; or a worker that died.
pub fn perform(arguments: &RunArguments) -> anyhow::Result<Status> {
    let mut settings = config::load(&config::Sources { file: arguments.config.config.clone(), environment: None })?;
    settings.rulebook.allow_unsigned |= arguments.allow_unsigned;
    logging::start(&settings.log).context("the log's filter can't be understood")?;
    if !settings.rulebook.allow_unsigned {
        return Err(unfit(
            UNSIGNED_NOT_ALLOWED,
            "rulebooks that nobody signed are not allowed, and signatures are not supported yet",
            "rulebook.allow_unsigned",
            "start with `--allow-unsigned`, and know that whoever can write to the folder decides alone what a lead is",
        ));
    }
    tracing::warn!(
        "UNSIGNED rulebooks are allowed: whoever can write to the rulebook folder decides alone what a lead is; no department has agreed to it"
    );
    let stages = match arguments.stage {
        None => BTreeSet::from(StageName::ALL),
        Some(Stage::Intake) => BTreeSet::from([StageName::Intake]),
        Some(Stage::Decide) => BTreeSet::from([StageName::Decide]),
    };
    let shown = metrics::Status::new(settings.rulebook.allow_unsigned);
    let metrics = Metrics::new(Arc::clone(&shown));
    let plan = plan(&settings, stages, &shown, &metrics)?;
    look_at_topics(&plan, &shown)?;
    serve(&settings, &plan, shown, metrics)
}

/// What the configuration says, as the pipeline wants to know it.
pub fn plan(
    settings: &Settings,
    stages: BTreeSet<StageName>,
    shown: &Arc<metrics::Status>,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<Plan> {
    let topics = &settings.topics;
    let max_bytes = settings.inputs.max_bytes as usize;
    let input = |label, topic: &String, event, input: &config::settings::Input, waits| Input {
        label,
        contract: InputContract {
            topic: topic.as_str().into(),
            event,
            ignore_types: input.ignore_types.iter().map(|name| name.as_str().into()).collect(),
            max_bytes,
        },
        waits,
    };
    let mut inputs = vec![input("interactions", &topics.interactions, EventType::Interaction, &settings.inputs.interactions, true)];
    if settings.inputs.accounts.enabled {
        inputs.push(input("accounts", &topics.accounts, EventType::Account, &settings.inputs.accounts, false));
    }
    let commit = &settings.commit;
    let ms = |ms: u32| Duration::from_millis(ms.into());
    Ok(Plan {
        connection: Connection::new(
            settings.kafka.client_properties().into_iter().map(|(name, secret)| (name, secret.expose().to_owned())),
        ),
        application: settings.application.clone(),
        pod: settings.pod.clone().context("the process has no name")?,
        stages,
        workers: (settings.workers.intake, settings.workers.decide),
        inputs,
        topics: DecideTopics {
            log: topics.intake.clone(),
            changelog: topics.changelog.clone(),
            decisions: topics.decisions.clone(),
            leads: topics.leads.clone(),
            follow_up: topics.follow_up.clone(),
            dead_letters: topics.dead_letters.clone(),
        },
        partitions: settings.partitions,
        dead_letter_bytes: max_bytes,
        free_mail: settings.account_key.free_mail.clone(),
        allowed_routes: settings.routes.allowed_topics.iter().cloned().collect(),
        rulebooks: settings.rulebook.folder.clone(),
        allow_unsigned: settings.rulebook.allow_unsigned,
        bounds: CommitBounds {
            min: ms(commit.min_ms),
            max: ms(commit.max_ms),
            max_records: commit.max_records as usize,
            max_bytes: commit.max_bytes as usize,
        },
        back_pressure: true,
        clock: Arc::new(SystemClock),
        observer: Counting::into(Arc::clone(metrics)),
        shown: Arc::clone(shown),
    })
}

/// Every topic is there, and the log and the changelog have as many partitions as configured: a changed number orphans state.
fn look_at_topics(plan: &Plan, shown: &metrics::Status) -> anyhow::Result<()> {
    let admin = Admin::new(&plan.connection)?;
    let partitions = |name: &str| -> anyhow::Result<u32> {
        let found = admin.partitions(name).map_err(|error| {
            let remedy = "check `kafka.bootstrap_servers`, the security settings and the network";
            unfit(KAFKA_UNREACHABLE, error.to_string(), "kafka.bootstrap_servers", remedy)
        })?;
        if found == 0 {
            let remedy = "make it with `relevo topics --create`, or mend its name under `topics`";
            return Err(unfit(TOPIC_MISSING, "the topic does not exist", name, remedy));
        }
        Ok(found)
    };
    let mut input_partitions = 0;
    for input in &plan.inputs {
        input_partitions += partitions(&input.contract.topic)?;
    }
    let topics = &plan.topics;
    for name in [&topics.log, &topics.changelog] {
        let found = partitions(name)?;
        if found != plan.partitions {
            let what = format!("the topic has {found} partitions, and `partitions` is {}", plan.partitions);
            return Err(unfit(PARTITIONS_DIFFER, what, name, "set `partitions` to what the topic has: state belongs to the number"));
        }
    }
    for name in [&topics.decisions, &topics.leads, &topics.follow_up, &topics.dead_letters] {
        partitions(name)?;
    }
    if plan.stages.contains(&StageName::Intake) {
        shown.expects(StageName::Intake, input_partitions);
    }
    if plan.stages.contains(&StageName::Decide) {
        shown.expects(StageName::Decide, plan.partitions);
    }
    Ok(())
}

fn serve(settings: &Settings, plan: &Plan, shown: Arc<metrics::Status>, metrics: Arc<Metrics>) -> anyhow::Result<Status> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let server = runtime
        .block_on(Server::bind(settings.http.listen))
        .map_err(|error| unfit(HTTP_ADDRESS, error.to_string(), settings.http.listen.to_string(), "set `http.listen` to a free address"))?;
    let (stop_http, http_stopped) = tokio::sync::oneshot::channel::<()>();
    let pages = Pages { status: Arc::clone(&shown), metrics };
    runtime.spawn(server.serve(pages, async {
        // Ended, or dropped at the end: either way nobody is served any more.
        let _ = http_stopped.await;
    }));
    let service = Service::start(plan);
    shown.enter(Phase::Running);
    let status = service.status();
    tracing::info!(stages = ?plan.stages, pod = plan.pod, listen = %settings.http.listen, version = env!("CARGO_PKG_VERSION"), "running");
    runtime.spawn(async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else { return };
        let mut asked = false;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if asked {
                tracing::warn!("asked twice: ending at once");
                std::process::exit(1);
            }
            asked = true;
            tracing::info!("asked to end: finishing what is begun");
            status.stop();
        }
    });
    let ended = service.wait();
    // The page goes with the process; nobody has to be told.
    let _ = stop_http.send(());
    runtime.shutdown_timeout(Duration::from_millis(200));
    match ended {
        Ok(()) => Ok(Status::Well),
        Err(error) => bail!("a worker died, and the process with it: {error}"),
    }
}

/// A start that is refused: code, what, where, what to do.
fn unfit(code: &'static Code, what: impl Into<String>, place: impl Into<String>, remedy: &str) -> anyhow::Error {
    Problems::from(Problem::new(code, what, place, remedy)).into()
}
