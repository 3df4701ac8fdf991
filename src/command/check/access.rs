//! What `check` says of access rules: has whoever asks the rights of a role, and may anybody else write what Relevo trusts?
//!
//! Judged by the table in `topics::access`. What the cluster does not tell is tried where that changes nothing, or said not to be known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Line;
use crate::cli::CheckRole;
use crate::command::connect;
use crate::command::topics::access::{Resource, Right, Role, grants, on_topic, rights};
use crate::command::topics::judge::Finding;
use crate::command::topics::plan::{Flow, Wanted};
use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::kafka::offsets::Offsets;
use crate::kafka::rights::{self as told, Operation, Rights};
use crate::kafka::trial::{self, Failed};
use crate::kafka::{Error, Identity, TopicPartition};

/// How long a producer may take to get its identity: the cluster's coordinator may be electing itself.
const PATIENCE: Duration = Duration::from_secs(15);
/// Whom a missing right is to be given to.
const WHOM: &str = "for the user that Relevo signs in as; `relevo topics --acls` prints all that is needed";

/// The roles of whoever asks.
pub fn roles(role: CheckRole) -> &'static [Role] {
    match role {
        CheckRole::Service => &[Role::Intake, Role::Decide],
        CheckRole::Intake => &[Role::Intake],
        CheckRole::Decide => &[Role::Decide],
        CheckRole::Operator => &[Role::Operator],
        CheckRole::Recovery => &[Role::Recovery],
    }
}

/// What these roles need on a topic and may not do. That it may be seen, and its settings, is judged by looking at it.
pub fn forbidden(wanted: &Wanted, may: &Rights, roles: &[Role]) -> Option<Finding> {
    let looked_at = [Operation::Describe, Operation::DescribeConfigs];
    let needed = on_topic(wanted, roles).into_iter().filter(|operation| !looked_at.contains(operation)).collect::<Vec<_>>();
    let what = format!("topic `{}`", wanted.name);
    denied(&needed, may, &what, format!("topic {} (`{}`)", wanted.name, wanted.key))
}

fn denied(needed: &[Operation], may: &Rights, what: &str, place: String) -> Option<Finding> {
    let missing: Vec<String> = needed.iter().filter(|operation| !may.contains(operation)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return None;
    }
    let operations = missing.join(" and ");
    let said = format!("the cluster does not allow {operations} on {what}");
    Some(Finding::stop(Problem::new(code::ACCESS_DENIED, said, place, format!("allow {operations} on it {WHOM}"))))
}

/// Groups and transactional identifiers of these roles; `may_write`: whether a record may be tried in the changelog, or why not.
pub fn look(settings: &Settings, roles: &[Role], log_is_there: bool, may_write: Result<(), &'static str>) -> Vec<Line> {
    let needed = rights(settings, roles);
    let groups: Vec<&Right> = needed.iter().filter(|right| matches!(right.resource, Resource::Group(_))).collect();
    let names: Vec<&str> = groups.iter().map(|right| right.resource.name()).collect();
    // Brokers that tell no rights are asked what needs the right to see a group alone.
    let may = told::of_groups(&connect::connection(settings), &names);
    let mut lines: Vec<Line> = needed
        .iter()
        .filter_map(|right| match &right.resource {
            Resource::TransactionalIds(prefix) => Some(transactions(settings, prefix, may_write)),
            Resource::Topic(_) | Resource::Group(_) => None,
        })
        .collect();
    lines.extend(groups.iter().map(|right| group(settings, right, &may, log_is_there)));
    lines
}

/// Takes an identity of its own, as workers do; where its stage writes the changelog it writes a record there too, and rolls it back.
fn transactions(settings: &Settings, prefix: &str, may_write: Result<(), &'static str>) -> Line {
    let (subject, id) = (format!("transactions {prefix}*"), format!("{prefix}check"));
    let may_write = if prefix == Identity::prefix(&settings.application, "decide") { may_write } else { Err("those of Decide try one") };
    let changelog = TopicPartition::new(&settings.topics.changelog, 0);
    let problem = match trial::transaction(&connect::connection(settings), &id, may_write.is_ok().then_some(&changelog), PATIENCE) {
        Ok(()) => {
            let tried = match may_write {
                Ok(()) => format!("allowed; a record to {} arrived, and was rolled back", changelog.topic),
                Err(why) => format!("allowed; no record was tried: {why}"),
            };
            return Line::new(subject, tried, Vec::new());
        }
        Err(Failed::Settings(error)) => connect::refused_settings(&error),
        Err(Failed::Identity(error)) => Problem::new(
            code::TRANSACTIONS_REFUSED,
            format!("the cluster gives no transactional producer: {}", error.reason),
            format!("transactional identifier {id}"),
            format!("allow Write on transactional identifiers that begin with `{prefix}`"),
        ),
        Err(Failed::Record(error)) => Problem::new(
            code::TRIAL_FAILED,
            format!("a record in a transaction did not arrive: {}", error.reason),
            format!("topic {}", changelog.topic),
            "see what the broker says of it, and what stands under `kafka.extra`; `relevo explain-code RLV-3035` lists the causes",
        ),
    };
    Line::new(subject, "refused", vec![Finding::stop(problem)])
}

fn group(settings: &Settings, right: &Right, may: &Result<BTreeMap<String, Rights>, Error>, log_is_there: bool) -> Line {
    let name = right.resource.name();
    let subject = format!("group {name}");
    if let Ok(may) = may {
        let may = may.get(name).cloned().unwrap_or_default();
        if let Some(finding) = denied(&right.operations, &may, &format!("group `{name}`"), subject.clone()) {
            return Line::new(subject, "refused", vec![finding]);
        }
    }
    if !log_is_there {
        return Line::new(subject, "allowed", Vec::new());
    }
    let topic = if name.ends_with("-decide") { &settings.topics.intake } else { &settings.topics.interactions };
    let asked =
        Offsets::of(&connect::connection(settings), name).and_then(|offsets| offsets.committed(&[TopicPartition::new(topic, 0)], false));
    match asked {
        Ok(committed) if committed.iter().any(|committed| committed.offset.is_some()) => {
            Line::new(subject, "allowed; has worked before", Vec::new())
        }
        Ok(_) => Line::new(subject, "allowed; nothing done yet", Vec::new()),
        Err(error) if error.not_authorized => {
            let finding = denied(&right.operations, &Rights::new(), &format!("group `{name}`"), subject.clone());
            Line::new(subject, "refused", finding.into_iter().collect())
        }
        Err(error) => Line::new(subject, "no answer", vec![Finding::stop(connect::refused(settings, &error))]),
    }
}

/// Who else may write what is trusted: each internal topic that is there.
pub fn other_writers(settings: &Settings, topics: &[&Wanted]) -> Vec<Line> {
    let connection = connect::connection(settings);
    let internal = topics.iter().filter(|topic| topic.flow == Flow::Internal);
    internal.map(|topic| writers_line(settings, topic, told::writers(&connection, &topic.name))).collect()
}

fn writers_line(settings: &Settings, topic: &Wanted, writers: Result<BTreeSet<String>, Error>) -> Line {
    let subject = format!("writers of {}", topic.name);
    let writers = match writers {
        Ok(writers) if writers.is_empty() => {
            return Line::new(subject, "not told to this user (Describe on the cluster), or there are no access rules", Vec::new());
        }
        Ok(writers) => writers,
        Err(error) => return Line::new(subject, format!("not told: {}", error.reason), Vec::new()),
    };
    let trusted: BTreeSet<String> = grants(settings)
        .into_iter()
        .filter(|grant| {
            grant
                .rights
                .iter()
                .any(|right| right.resource == Resource::Topic(topic.name.clone()) && right.operations.contains(&Operation::Write))
        })
        .map(|grant| grant.principal)
        .collect();
    let others: Vec<&str> = writers.difference(&trusted).map(String::as_str).collect();
    let listed = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let seen = listed(&writers);
    if others.is_empty() {
        return Line::new(subject, seen, Vec::new());
    }
    let what = format!("{} may write `{}`, and is not one of Relevo's principals there", others.join(", "), topic.name);
    let remedy =
        format!("take Write (and All) on it away from them; or name them under `kafka.principals`, which has {} there", listed(&trusted));
    let place = format!("topic {} (`{}`)", topic.name, topic.key);
    Line::new(subject, seen, vec![Finding::warning(Problem::new(code::OTHER_WRITERS, what, place, remedy))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::topics::plan::wanted;

    #[test]
    fn whoever_else_may_write_what_is_trusted_is_named() {
        let settings = Settings::default();
        let all = wanted(&settings);
        let check = |key: &str, writers: &[&str], others: Option<&str>| {
            let topic = all.iter().find(|topic| topic.key == key).unwrap();
            let known = writers.iter().map(|writer| (*writer).to_owned()).collect();
            let line = writers_line(&settings, topic, Ok(known));
            let said = line.findings.first().map(|finding| (finding.problem.code, finding.problem.what.clone()));
            match others {
                None => assert_eq!(said, None, "{key}"),
                Some(others) => {
                    let (code, what) = said.expect("it is said");
                    assert_eq!(code, code::OTHER_WRITERS);
                    assert!(what.starts_with(&format!("{others} may write")), "{what}");
                }
            }
        };
        check("topics.intake", &["User:relevo-intake", "User:relevo-decide"], None);
        check("topics.intake", &[], None);
        check("topics.intake", &["User:relevo-intake", "User:*"], Some("User:*"));
        check("topics.changelog", &["User:relevo-intake", "User:relevo-decide"], Some("User:relevo-intake"));
        check("topics.changelog", &["User:eva", "User:ops", "User:relevo-recovery"], Some("User:eva, User:ops"));
    }
}
