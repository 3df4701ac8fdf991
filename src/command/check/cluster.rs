//! What `check` asks the cluster: topics, transactions, groups, access rules.

use std::time::Duration;

use super::Line;
use crate::command::connect;
use crate::command::terminal::count;
use crate::command::topics::judge::{Finding, judge};
use crate::command::topics::plan::{Flow, Wanted, wanted};
use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::kafka::admin::{Admin, TopicState};
use crate::kafka::offsets::Offsets;
use crate::kafka::rights::{self, Rights};
use crate::kafka::{Identity, Producer, TopicPartition};

/// How long a producer may take to get its identity: the cluster's coordinator may be electing itself.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks at the cluster.
pub fn look(settings: &Settings) -> Vec<Line> {
    let servers = settings.kafka.bootstrap_servers.join(",");
    let (admin, brokers) = match connect::admin(settings) {
        Ok(answer) => answer,
        Err(problem) => return vec![Line::new("Kafka", format!("no answer at {servers}"), vec![Finding::stop(problem)])],
    };
    let mut lines = vec![Line::new("Kafka", format!("{} at {servers}", count(brokers as u64, "broker")), Vec::new())];
    let wanted = wanted(settings);
    let names: Vec<&str> = wanted.iter().map(|wanted| wanted.name.as_str()).collect();
    // Brokers that tell no rights are asked for nothing more: what is forbidden will be met, and said, at the start.
    let rights = rights::of_topics(&connect::connection(settings), &names).unwrap_or_default();
    let mut log_is_there = false;
    for wanted in &wanted {
        let line = topic(&admin, settings, wanted, brokers, rights.get(&wanted.name).copied());
        log_is_there |= wanted.key == "topics.intake" && line.findings.iter().all(|finding| finding.problem.code != code::TOPIC_MISSING);
        lines.push(line);
    }
    lines.push(transactions(settings));
    if log_is_there {
        lines.extend(["intake", "decide"].map(|stage| group(settings, stage)));
    }
    lines
}

fn topic(admin: &Admin, settings: &Settings, wanted: &Wanted, brokers: usize, rights: Option<Rights>) -> Line {
    let subject = format!("topic {}", wanted.name);
    let state = match admin.topic(&wanted.name) {
        Ok(state) => state,
        Err(error) => return Line::new(subject, "no answer", vec![Finding::stop(connect::refused(settings, &error))]),
    };
    let mut findings = judge(wanted, &state, &settings.kafka.bootstrap_servers.join(","));
    findings.extend(rights.and_then(|rights| forbidden(wanted, rights)));
    if wanted.flow == Flow::Internal && state.replication == 1 && brokers >= 3 {
        let what = format!("topic `{}` has one copy on a cluster of {brokers} brokers", wanted.name);
        let remedy = "give it three copies (kafka-reassign-partitions.sh), or delete it before the first start and run `relevo topics --create --replication 3`";
        findings.push(Finding::warning(Problem::new(code::REPLICATION_ONE, what, format!("topic {}", wanted.name), remedy)));
    }
    Line::new(subject, seen(wanted, &state), findings)
}

/// `12 partitions, 3 copies, delete, LogAppendTime`
fn seen(wanted: &Wanted, state: &TopicState) -> String {
    if state.not_authorized {
        return "not to be seen".to_owned();
    }
    if state.partitions == 0 {
        return "missing".to_owned();
    }
    let copies = if state.replication == 1 { "1 copy".to_owned() } else { format!("{} copies", state.replication) };
    let mut parts = vec![count(state.partitions.into(), "partition"), copies];
    let shown: &[&str] = if wanted.key == "topics.intake" { &["cleanup.policy", "message.timestamp.type"] } else { &["cleanup.policy"] };
    parts.extend(shown.iter().filter_map(|name| state.settings.get(*name).cloned()));
    parts.join(", ")
}

fn forbidden(wanted: &Wanted, rights: Rights) -> Option<Finding> {
    let missing: Vec<&str> = [("Read", wanted.flow.is_read() && !rights.read), ("Write", wanted.flow.is_written() && !rights.write)]
        .into_iter()
        .filter_map(|(operation, is_missing)| is_missing.then_some(operation))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let operations = missing.join(" and ");
    Some(Finding::stop(Problem::new(
        code::ACCESS_DENIED,
        format!("the cluster does not allow {operations} on topic `{}`", wanted.name),
        format!("topic {} (`{}`)", wanted.name, wanted.key),
        format!("allow {operations} on it for the user that Relevo signs in as"),
    )))
}

/// Takes an identity of its own, as workers do, and gives it back: no record is written.
fn transactions(settings: &Settings) -> Line {
    let id = format!("{}check", Identity::prefix(&settings.application));
    match Producer::new(&connect::connection(settings), &id, &|waited| waited < PATIENCE) {
        Ok(_) => Line::new("transactions", "allowed", Vec::new()),
        Err(error) => {
            let problem = Problem::new(
                code::TRANSACTIONS_REFUSED,
                format!("the cluster gives no transactional producer: {}", error.reason),
                format!("transactional identifier {id}"),
                format!(
                    "allow Write and Describe on transactional identifiers that begin with `{}`",
                    Identity::prefix(&settings.application)
                ),
            );
            Line::new("transactions", "refused", vec![Finding::stop(problem)])
        }
    }
}

fn group(settings: &Settings, stage: &str) -> Line {
    let group = format!("{}-{stage}", settings.application);
    let subject = format!("group {group}");
    let topic = if stage == "decide" { &settings.topics.intake } else { &settings.topics.interactions };
    let asked =
        Offsets::of(&connect::connection(settings), &group).and_then(|offsets| offsets.committed(&[TopicPartition::new(topic, 0)], false));
    match asked {
        Ok(committed) if committed.iter().any(|committed| committed.offset.is_some()) => {
            Line::new(subject, "allowed; has worked before", Vec::new())
        }
        Ok(_) => Line::new(subject, "allowed; nothing done yet", Vec::new()),
        Err(error) if error.not_authorized => {
            let problem = Problem::new(
                code::ACCESS_DENIED,
                format!("the cluster does not allow group `{group}`: {}", error.reason),
                subject.clone(),
                format!("allow Read on groups that begin with `{}-`", settings.application),
            );
            Line::new(subject, "refused", vec![Finding::stop(problem)])
        }
        Err(error) => Line::new(subject, "no answer", vec![Finding::stop(connect::refused(settings, &error))]),
    }
}
