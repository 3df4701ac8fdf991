//! What `check` sees of the pods that run: do they have the settings that all must share?

use std::collections::BTreeMap;

use super::Line;
use crate::command::connect;
use crate::command::run;
use crate::command::topics::judge::Finding;
use crate::config::{Problem, Settings, Shared};
use crate::contract::code::SETTINGS_DIFFER;
use crate::kafka::TopicPartition;
use crate::kafka::identity::pod_of;
use crate::kafka::offsets::{Note, Offsets};
use crate::pipeline::colleagues::{Differences, words};

/// Compares the settings with what the pods have noted beside Decide's offsets.
pub fn look(settings: &Settings) -> Line {
    let subject = "settings of the pods";
    let group = format!("{}-decide", settings.application);
    let partitions: Vec<_> =
        (0..settings.partitions as i32).map(|partition| TopicPartition::new(&settings.topics.intake, partition)).collect();
    let asked = Offsets::of(&connect::connection(settings), &group).and_then(|offsets| offsets.committed(&partitions, false));
    let notes: BTreeMap<String, Shared> = match asked {
        Ok(committed) => committed.iter().filter_map(|committed| noted(&committed.metadata)).collect(),
        Err(error) => return Line::new(subject, "no answer", vec![Finding::stop(connect::refused(settings, &error))]),
    };
    if notes.is_empty() {
        return Line::new(subject, "none has worked yet", Vec::new());
    }
    let own = match run::authority(settings) {
        Ok(authority) => {
            Shared::of(settings).with_charter(authority.charter.as_ref().map(|charter| charter.digest.as_str()), authority.unsigned_allowed)
        }
        // What is wrong with the charter is said elsewhere.
        Err(_) => Shared::of(settings),
    };
    let mut differences = Differences::new();
    for (pod, shared) in &notes {
        own.differs_from(shared).into_iter().for_each(|group| {
            differences.entry(group).or_default().insert(pod.clone());
        });
    }
    if differences.is_empty() {
        return Line::new(subject, "the same", Vec::new());
    }
    let what = format!("the pods that worked last run with other settings: {}", words(&differences));
    let remedy = "if you change them on purpose, roll all pods out; else give every pod the same; `relevo explain-code RLV-4030` says which keys these are";
    let problem = Problem::new(SETTINGS_DIFFER, what, format!("notes beside the offsets of group {group}"), remedy);
    Line::new(subject, "others", vec![Finding::warning(problem)])
}

fn noted(metadata: &str) -> Option<(String, Shared)> {
    let note = Note::decode(metadata);
    let pod = pod_of(&note.transactional_id).filter(|_| !note.shared.is_empty())?;
    Some((pod.to_owned(), Shared::decode(&note.shared)))
}
