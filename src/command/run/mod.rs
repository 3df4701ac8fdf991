//! `relevo run`: the service itself, until it is asked to end.
//!
//! Configuration, rulebooks and cluster are looked at first; what is not fit has a code and ends with 78. A cluster that does not
//! answer is waited for. Then the workers start, and the process is as alive as they are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::{Status, connect, dumps};
use crate::cli::{RunArguments, Stage};
use crate::command::topics::access::Role;
use crate::config::{Problem, Problems, Settings, security};
use crate::contract::code;
use crate::engine::Authority;
use crate::http::{Pages, Server};
use crate::logging;
use crate::metrics::{self, Metrics, Phase};
use crate::pipeline::charter::NoCharter;
use crate::pipeline::{Service, StageName, files};

mod cluster;
mod ending;
pub mod plan;

use ending::Ending;

/// How long a request for a page may go on when the process ends.
const LAST_REQUESTS: Duration = Duration::from_millis(200);

/// Runs the service.
///
/// # Errors
/// Whatever is not fit, with its code; or a worker that died.
pub fn perform(arguments: &RunArguments) -> anyhow::Result<Status> {
    let (settings, authority) = fit_settings(arguments)?;
    // A filter that can't be understood was refused with the configuration.
    logging::start(&settings.log)?;
    let stages = stages(arguments.stage);
    announce(&settings, &authority, &stages);

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(no_runtime)?;
    let ending = Ending::on_signals(&runtime).map_err(no_runtime)?;
    let shown = metrics::Status::new(settings.rulebook.allow_unsigned);
    shown.brokers_unverified(security::unverified(&settings.kafka).into_iter().map(str::to_owned).collect());
    let metrics = Metrics::new(Arc::clone(&shown));
    let pages = Pages { status: Arc::clone(&shown), metrics: Arc::clone(&metrics) };
    let stop_pages = serve(&runtime, &settings, pages)?;

    let cluster = cluster::await_fit(&settings, &roles(&stages), &shown)?;
    for stage in &stages {
        shown.expects(*stage, cluster.partitions(*stage, &settings));
    }
    let service = Service::start(&plan::plan(&settings, authority, stages, cluster.dead_letter_bytes, &shown, &metrics));
    shown.enter(Phase::Running);
    ending.watch_over(service.status());
    tracing::info!("running");

    let ended = service.wait();
    // Whether the page's task is still there or not: nobody is served any more.
    let _ = stop_pages.send(());
    runtime.shutdown_timeout(LAST_REQUESTS);
    match ended {
        Ok(()) => {
            tracing::info!("ended in order");
            Ok(Status::Well)
        }
        Err(error) => bail!("a worker died, and the process with it: {error}"),
    }
}

/// The settings, with what the arguments say over them, and by what rulebooks are judged.
fn fit_settings(arguments: &RunArguments) -> Result<(Settings, Authority), Problems> {
    let mut settings = connect::settings(&arguments.config)?;
    settings.rulebook.allow_unsigned |= arguments.allow_unsigned;
    let mut problems = Vec::new();
    let authority = authority(&settings).unwrap_or_else(|found| {
        problems.extend(found.0);
        Authority::default()
    });
    problems.extend(connect::takes_settings(&settings).err());
    let folder = &settings.rulebook.folder;
    // Decide takes the law from the log alone.
    let reads_folder = arguments.stage != Some(Stage::Decide);
    if let Some(error) = std::fs::read_dir(folder).err().filter(|_| reads_folder) {
        problems.push(Problem::new(
            code::RULEBOOK_FOLDER,
            format!("the folder of rulebooks can't be read: {error}"),
            format!("rulebook.folder, {}", folder.display()),
            "make the folder, put a rulebook into it, and let the service read it",
        ));
    }
    if problems.is_empty() { Ok((settings, authority)) } else { Err(Problems(problems)) }
}

/// By what rulebooks are judged: the charter, if there is one, and whether unsigned ones may become law.
///
/// # Errors
/// Everything that is wrong with the charter; or there is none, and unsigned ones may not.
pub fn authority(settings: &Settings) -> Result<Authority, Problems> {
    let (unsigned_allowed, least_revision) = (settings.rulebook.allow_unsigned, settings.rulebook.least_revision);
    let files = plan::charter_files(settings);
    let past = Arc::new(files.past());
    match files.read() {
        Ok(charter) => Ok(Authority { charter: Some(Arc::new(charter)), past, unsigned_allowed, least_revision }),
        Err(NoCharter::Absent) if unsigned_allowed => Ok(Authority { charter: None, past, unsigned_allowed, least_revision }),
        Err(NoCharter::Absent) => Err(Problem::new(
            code::UNSIGNED_NOT_ALLOWED,
            "there is no charter, so nobody can sign a rulebook, and rulebooks that nobody signed are not allowed",
            format!("rulebook.charter, {}", settings.rulebook.charter.display()),
            "put `charter.yaml` and `allowed_signers` there; for a trial start with `--allow-unsigned`, and know that whoever can write to the folder then decides alone what a lead is",
        )
        .into()),
        Err(NoCharter::Refused(diagnostics)) => {
            Err(Problems(diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).map(Problem::of_file).collect()))
        }
    }
}

fn stages(only: Option<Stage>) -> BTreeSet<StageName> {
    match only {
        None => BTreeSet::from(StageName::ALL),
        Some(Stage::Intake) => BTreeSet::from([StageName::Intake]),
        Some(Stage::Decide) => BTreeSet::from([StageName::Decide]),
    }
}

/// What the process is on the cluster.
fn roles(stages: &BTreeSet<StageName>) -> Vec<Role> {
    let role = |stage: &StageName| match stage {
        StageName::Intake => Role::Intake,
        StageName::Decide => Role::Decide,
    };
    stages.iter().map(role).collect()
}

fn announce(settings: &Settings, authority: &Authority, stages: &BTreeSet<StageName>) {
    let stages: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        application = settings.application,
        pod = settings.pod,
        stages = stages.join(","),
        kafka = settings.kafka.bootstrap_servers.join(","),
        http = %settings.http.listen,
        "Relevo starts"
    );
    for warning in settings.inputs.interactions.mapped.iter().flat_map(|map| &map.warnings) {
        tracing::warn!(code = %warning.code, line = warning.line, "the map of interactions: {}", warning.message);
    }
    if let Some(charter) = &authority.charter {
        let parties = charter.parties.iter().map(|party| format!("{} of {}", party.needed, party.name)).collect::<Vec<_>>().join(" and ");
        tracing::info!(digest = %charter.digest, "by the charter a rulebook must be signed by {parties}");
        for warning in &charter.warnings {
            tracing::warn!(code = %warning.code, "{}", files::without_code(warning));
        }
    }
    if let Err(error) = dumps::forbid() {
        tracing::warn!(code = %code::CORE_DUMPS, %error, "core dumps can't be forbidden: a crash may leave names, phones and passwords on the disk");
    }
    for warning in security::warnings(settings) {
        tracing::warn!(code = %warning.code, place = warning.place, "{}; {}", warning.what, warning.remedy);
    }
    if authority.unsigned_allowed {
        tracing::warn!(
            folder = %settings.rulebook.folder.display(),
            "UNSIGNED rulebooks are allowed: whoever can write to the rulebook folder decides alone what a lead is; no department has agreed to it"
        );
    }
}

/// Answers probes from the very start; what is returned ends it.
fn serve(runtime: &Runtime, settings: &Settings, pages: Pages) -> Result<oneshot::Sender<()>, Problems> {
    let server = runtime.block_on(Server::bind(settings.http.listen)).map_err(|error| {
        let what = format!("HTTP can't listen on {}: {error}", settings.http.listen);
        Problem::new(code::HTTP_ADDRESS, what, "http.listen", "set it to a free address of this machine, such as `127.0.0.1:8080`")
    })?;
    let (stop, stopped) = oneshot::channel();
    runtime.spawn(server.serve(pages, async { drop(stopped.await) }));
    Ok(stop)
}

fn no_runtime(error: std::io::Error) -> Problems {
    let what = format!("the operating system refuses what the service needs: {error}");
    Problem::new(code::RUNTIME, what, "this process", "raise the limits of the container or of the user on threads, memory and files")
        .into()
}
