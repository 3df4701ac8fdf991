//! What `check` asks the cluster: topics, transactions, groups, access rules.

use super::{Line, access, halted};
use crate::command::connect;
use crate::command::terminal::count;
use crate::command::topics::access::{Role, on_topic};
use crate::command::topics::judge::{Finding, judge};
use crate::command::topics::plan::{Flow, Wanted, wanted};
use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::kafka::admin::{Admin, TopicState};
use crate::kafka::rights::{self, Operation, Rights};

/// Looks at the cluster, as somebody who has these roles.
pub fn look(settings: &Settings, roles: &[Role]) -> Vec<Line> {
    let servers = settings.kafka.bootstrap_servers.join(",");
    let (admin, brokers) = match connect::admin(settings) {
        Ok(answer) => answer,
        Err(problem) => return vec![Line::new("Kafka", format!("no answer at {servers}"), vec![Finding::stop(problem)])],
    };
    let mut lines = vec![Line::new("Kafka", format!("{} at {servers}", count(brokers as u64, "broker")), Vec::new())];
    let wanted: Vec<Wanted> = wanted(settings).into_iter().filter(|topic| !on_topic(topic, roles).is_empty()).collect();
    let names: Vec<&str> = wanted.iter().map(|wanted| wanted.name.as_str()).collect();
    // Brokers that tell no rights are asked for nothing more: what is forbidden will be met, and said, at the start.
    let rights = rights::of_topics(&connect::connection(settings), &names).unwrap_or_default();
    let mut log_is_there = false;
    // Whether a record may be tried in the changelog, and if not, why.
    let mut may_write = Err("the changelog is none of this role's topics");
    for wanted in &wanted {
        let may = rights.get(&wanted.name).map(|may| (may, roles));
        let line = topic(&admin, settings, wanted, brokers, may);
        log_is_there |= wanted.key == "topics.intake" && line.findings.iter().all(|finding| finding.problem.code != code::TOPIC_MISSING);
        if wanted.key == "topics.changelog" {
            may_write = match rights.get(&wanted.name) {
                _ if line.findings.iter().any(|finding| finding.problem.code == code::TOPIC_MISSING) => Err("the changelog is missing"),
                Some(may) if !may.contains(&Operation::Write) => Err("there is no right to write to the changelog"),
                _ => Ok(()),
            };
        }
        lines.push(line);
    }
    lines.extend(access::look(settings, roles, log_is_there, may_write));
    if log_is_there {
        lines.push(super::shared::look(settings));
        lines.extend(access::other_writers(settings, &wanted.iter().collect::<Vec<_>>()));
        lines.extend(halted::look(settings, roles));
    }
    lines
}

fn topic(admin: &Admin, settings: &Settings, wanted: &Wanted, brokers: usize, may: Option<(&Rights, &[Role])>) -> Line {
    let subject = format!("topic {}", wanted.name);
    let state = match admin.topic(&wanted.name) {
        Ok(state) => state,
        Err(error) => return Line::new(subject, "no answer", vec![Finding::stop(connect::refused(settings, &error))]),
    };
    let mut findings = judge(wanted, &state, &settings.kafka.bootstrap_servers.join(","));
    findings.extend(may.and_then(|(may, roles)| access::forbidden(wanted, may, roles)));
    if wanted.flow != Flow::In && state.replication == 1 && brokers >= 3 {
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
