//! From settings to the plan that the pipeline works by.
//!
//! A translation and nothing else: what can't be translated was refused by the configuration.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::command::connect;
use crate::config::{Settings, Shared};
use crate::contract::envelope::{EventType, InputContract};
use crate::engine::Authority;
use crate::metrics::{self, Metrics};
use crate::pipeline::charter::CharterFiles;
use crate::pipeline::decide::DecideTopics;
use crate::pipeline::intake::Input;
use crate::pipeline::observe::Counting;
use crate::pipeline::worker::CommitBounds;
use crate::pipeline::{Plan, StageName, SystemClock};
use crate::state::Format;

/// How often time passes on the log.
const TICK: Duration = Duration::from_secs(1);

/// What the settings say, as the pipeline wants to know it. `authority`: by what rulebooks are judged to begin with;
/// `dead_letter_bytes`: what the topic of dead letters takes.
pub fn plan(
    settings: &Settings,
    authority: Authority,
    stages: BTreeSet<StageName>,
    dead_letter_bytes: usize,
    shown: &Arc<metrics::Status>,
    metrics: &Arc<Metrics>,
) -> Plan {
    let topics = &settings.topics;
    Plan {
        connection: connect::connection(settings),
        application: settings.application.clone(),
        // The configuration fills it in, with the host's name where nothing else is said.
        pod: settings.pod.clone().unwrap_or_default(),
        stages,
        workers: (settings.workers.intake, settings.workers.decide),
        inputs: inputs(settings),
        topics: DecideTopics {
            log: topics.intake.clone(),
            changelog: topics.changelog.clone(),
            decisions: topics.decisions.clone(),
            leads: topics.leads.clone(),
            follow_up: topics.follow_up.clone(),
            dead_letters: topics.dead_letters.clone(),
        },
        partitions: settings.partitions,
        dead_letter_bytes,
        shared: Shared::of(settings),
        free_mail: Arc::new(settings.account_key.lists()),
        allowed_routes: settings.routes.allowed_topics.iter().cloned().collect(),
        // The configuration refuses a version that can't be written.
        format: Format::writing(settings.state.write_version).unwrap_or_default(),
        rulebooks: settings.rulebook.folder.clone(),
        rosters: settings.rulebook.rosters.clone(),
        charter: charter_files(settings),
        authority,
        bounds: bounds(settings),
        tick: TICK,
        back_pressure: true,
        clock: Arc::new(SystemClock),
        heeds_brokers: true,
        observer: Counting::into(Arc::clone(metrics)),
        shown: Arc::clone(shown),
    }
}

/// Where the settings say that the charter lies.
pub fn charter_files(settings: &Settings) -> CharterFiles {
    CharterFiles::new(&settings.rulebook.charter, settings.rulebook.allowed_signers.as_deref())
}

/// What Intake reads. The interactions come first: time passes through their partition 0.
fn inputs(settings: &Settings) -> Vec<Input> {
    let max_bytes = settings.inputs.max_bytes as usize;
    let contract = |topic: &str, event, ignored: &[String]| InputContract {
        topic: topic.into(),
        event,
        ignore_types: ignored.iter().map(|name| name.as_str().into()).collect(),
        max_bytes,
    };
    let (topics, configured) = (&settings.topics, &settings.inputs);
    let interactions = contract(&topics.interactions, EventType::Interaction, &configured.interactions.ignore_types);
    let map = configured.interactions.mapped.clone();
    let mut inputs = vec![Input { label: "interactions", contract: interactions, waits: true, map, heartbeats: false }];
    if configured.accounts.enabled {
        let accounts = contract(&topics.accounts, EventType::Account, &configured.accounts.ignore_types);
        inputs.push(Input { label: "accounts", contract: accounts, waits: false, map: None, heartbeats: false });
    }
    if configured.activities.enabled {
        let activities = contract(&topics.activities, EventType::Activity, &configured.activities.ignore_types);
        let heartbeats = configured.activities.heartbeats;
        inputs.push(Input { label: "activities", contract: activities, waits: false, map: None, heartbeats });
    }
    inputs
}

fn bounds(settings: &Settings) -> CommitBounds {
    let commit = &settings.commit;
    let ms = |ms: u32| Duration::from_millis(ms.into());
    CommitBounds {
        min: ms(commit.min_ms),
        max: ms(commit.max_ms),
        max_records: commit.max_records as usize,
        max_bytes: commit.max_bytes as usize,
    }
}
