//! Whether a topic is as the plan wants it: everything that differs, with a code, the place and what to do.
//!
//! Pure: what is wanted and what is there in, findings out.

use std::fmt::Write;

use super::plan::{Flow, Need, Setting, Value, Wanted};
use crate::config::Problem;
use crate::contract::code;
use crate::kafka::admin::TopicState;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It runs, and somebody should know.
    Warning,
    /// It must not run like that.
    Stop,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What, where, and what to do.
    pub problem: Problem,
}

impl Finding {
    /// One that stops the start.
    pub const fn stop(problem: Problem) -> Self {
        Self { severity: Severity::Stop, problem }
    }

    /// One that is only told.
    pub const fn warning(problem: Problem) -> Self {
        Self { severity: Severity::Warning, problem }
    }
}

/// What differs. `servers` stands in the commands that are proposed.
pub fn judge(wanted: &Wanted, there: &TopicState, servers: &str) -> Vec<Finding> {
    let place = format!("topic {} (`{}`)", wanted.name, wanted.key);
    if there.not_authorized {
        let what = format!("topic `{}` may not be seen", wanted.name);
        let remedy = "allow Describe on it, and what else `relevo explain-code RLV-3017` lists";
        return vec![Finding::stop(Problem::new(code::ACCESS_DENIED, what, place, remedy))];
    }
    if there.partitions == 0 {
        return vec![missing(wanted, place)];
    }
    let mut findings = Vec::new();
    if wanted.partitions_fixed && there.partitions != wanted.partitions {
        let what = format!("topic `{}` has {} partitions, and `partitions` is {}", wanted.name, there.partitions, wanted.partitions);
        let remedy = format!(
            "set `partitions: {}`, as the topic has it; one that was never used may be deleted and made by `relevo topics --create`",
            there.partitions
        );
        findings.push(Finding::stop(Problem::new(code::PARTITIONS_DIFFER, what, &place, remedy)));
    }
    if there.settings.is_empty() {
        let what = format!("the settings of topic `{}` may not be seen, so they were not judged", wanted.name);
        let remedy = "allow DescribeConfigs on it, or compare it by hand with `relevo topics --format kafka-topics`";
        findings.push(Finding::warning(Problem::new(code::ACCESS_DENIED, what, place, remedy)));
        return findings;
    }
    findings.extend(wanted.settings.iter().filter_map(|setting| otherwise(wanted, setting, there, &place, servers)));
    findings
}

fn missing(wanted: &Wanted, place: String) -> Finding {
    if wanted.flow == Flow::Copy {
        let what = format!("topic `{}` for copies of leads does not exist: copies will be left out", wanted.name);
        return Finding::warning(Problem::new(code::ROUTE_TOPIC, what, place, "make it, or take it off `routes.allowed_topics`"));
    }
    let what = format!("topic `{}` does not exist", wanted.name);
    let remedy = match wanted.key {
        "topics.accounts" => "`relevo topics --create` makes it; where no CRM publishes accounts, set `inputs.accounts.enabled: false`",
        _ => "`relevo topics --create` makes what is missing",
    };
    Finding::stop(Problem::new(code::TOPIC_MISSING, what, place, remedy))
}

fn otherwise(wanted: &Wanted, setting: &Setting, there: &TopicState, place: &str, servers: &str) -> Option<Finding> {
    let found = there.settings.get(setting.name).map_or("", String::as_str);
    let (fits, severity, should) = match setting.need {
        Need::Fresh => return None,
        Need::Exactly => (found == setting.value.to_string(), Severity::Stop, "must be"),
        Need::Advised => (found == setting.value.to_string(), Severity::Warning, "should be"),
        Need::AtLeast => (is_at_least(found, setting.value), Severity::Stop, "must be at least"),
        Need::AdvisedAtLeast => (is_at_least(found, setting.value), Severity::Warning, "should be at least"),
    };
    if fits {
        return None;
    }
    let shown = if found.is_empty() { "not set" } else { found };
    let mut what = format!("`{}` of topic `{}` is {shown}, and {should} {}", setting.name, wanted.name, setting.value);
    if let Value::Number(number) = setting.value {
        let _ = write!(what, "{}", in_words(setting.name, number)); // a text takes whatever is written
    }
    let remedy = format!(
        "kafka-configs.sh --bootstrap-server {servers} --alter --entity-type topics --entity-name {} --add-config {}={}",
        wanted.name, setting.name, setting.value
    );
    Some(Finding { severity, problem: Problem::new(setting.code, what, place, remedy) })
}

/// Kafka writes "without bound" as −1.
fn is_at_least(found: &str, least: Value) -> bool {
    let Value::Number(least) = least else { return false };
    found.parse::<i64>().is_ok_and(|number| number == -1 || u64::try_from(number).is_ok_and(|number| number >= least))
}

/// ` (7 days)`: what a number in Kafka's small units is in large ones.
fn in_words(name: &str, number: u64) -> String {
    match name.rsplit('.').next() {
        Some("ms") if number.is_multiple_of(86_400_000) => format!(" ({} days)", number / 86_400_000),
        Some("bytes") if number >= 1024 => format!(" ({} KiB)", number / 1024),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::wanted;
    use super::*;
    use crate::config::Settings;

    fn state_of(wanted: &Wanted) -> TopicState {
        let settings = wanted.settings.iter().map(|setting| (setting.name.to_owned(), setting.value.to_string())).collect();
        TopicState { partitions: wanted.partitions, settings, ..TopicState::default() }
    }

    /// Judges the topic of `key` after `change`: codes and severities.
    fn check(key: &str, change: impl Fn(&mut TopicState), expected: &[(u16, Severity)]) {
        let wanted = wanted(&Settings::default()).into_iter().find(|wanted| wanted.key == key).unwrap();
        let mut there = state_of(&wanted);
        change(&mut there);
        let findings = judge(&wanted, &there, "kafka:9092");
        let found: Vec<_> = findings.iter().map(|finding| (finding.problem.code.number, finding.severity)).collect();
        assert_eq!(found, expected, "{key}: {findings:?}");
        for finding in findings {
            assert!(finding.problem.place.contains(&wanted.name) && !finding.problem.remedy.is_empty(), "{finding:?}");
        }
    }

    fn set(name: &str, value: &str) -> impl Fn(&mut TopicState) {
        move |there| {
            there.settings.insert(name.into(), value.into());
        }
    }

    #[test]
    fn whatever_differs_has_its_code() {
        use Severity::{Stop, Warning};
        for wanted in wanted(&Settings::default()) {
            check(wanted.key, |_| {}, &[]);
            check(wanted.key, |there| *there = TopicState::default(), &[(3011, Stop)]);
            check(wanted.key, |there| *there = TopicState { not_authorized: true, ..TopicState::default() }, &[(3017, Stop)]);
            check(wanted.key, |there| there.settings.clear(), &[(3017, Warning)]);
        }
        check("topics.intake", |there| there.partitions = 11, &[(3012, Stop)]);
        check("topics.changelog", |there| there.partitions = 13, &[(3012, Stop)]);
        check("topics.leads", |there| there.partitions = 1, &[]);
        check("topics.intake", set("cleanup.policy", "compact"), &[(3013, Stop)]);
        check("topics.changelog", set("cleanup.policy", "delete"), &[(3013, Stop)]);
        check("topics.changelog", set("cleanup.policy", "compact,delete"), &[(3013, Stop)]);
        check("topics.decisions", set("cleanup.policy", "compact"), &[(3013, Warning)]);
        check("topics.intake", set("message.timestamp.type", "CreateTime"), &[(3014, Stop)]);
        check("topics.intake", set("max.message.bytes", "1048588"), &[(3015, Stop)]);
        check("topics.intake", set("max.message.bytes", "1114112"), &[]);
        check("topics.intake", set("max.message.bytes", "99999999"), &[]);
        check("topics.decisions", set("max.message.bytes", "262144"), &[(3015, Stop)]);
        check("topics.leads", set("max.message.bytes", "1048588"), &[]);
        check("topics.intake", set("retention.ms", "86400000"), &[(3018, Warning)]);
        check("topics.intake", set("retention.ms", "-1"), &[]);
        check("topics.intake", set("segment.ms", "604800000"), &[]);
        check(
            "topics.intake",
            |there| {
                there.partitions = 1;
                set("cleanup.policy", "compact")(there);
            },
            &[(3012, Stop), (3013, Stop)],
        );
    }

    #[test]
    fn a_route_topic_that_is_missing_is_a_warning() {
        let mut settings = Settings::default();
        settings.routes.allowed_topics = vec!["copies".into()];
        let wanted = wanted(&settings).pop().unwrap();
        let findings = judge(&wanted, &TopicState::default(), "");
        assert_eq!((findings[0].severity, findings[0].problem.code), (Severity::Warning, code::ROUTE_TOPIC));
    }
}
