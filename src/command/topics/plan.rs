//! Which topics the design wants, with which settings, and why each setting is as it is.
//!
//! Pure: settings in, a list out. It refuses to know any cluster; `judge` compares one with this list.

use crate::config::Settings;
use crate::contract::{Code, code};
use crate::kafka::admin::TopicPlan;

/// What the headers of a record on the intake log, and its frame, may take beyond an input's value, in bytes.
const FRAME_BYTES: u64 = 64 * 1024;
/// The least that the intake log, the changelog and outputs must take in a record, in bytes: a rulebook of 256 KiB travels on the first two,
/// written as JSON. Kafka's own default is a little more than this.
const LEAST_BYTES: u64 = 1024 * 1024;
/// Seven days, in ms.
const WEEK_MS: u64 = 7 * 24 * 3_600_000;

/// Which way the records of a topic flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Somebody else writes, Relevo reads.
    In,
    /// Relevo alone writes and reads.
    Internal,
    /// Relevo writes, others read.
    Out,
    /// Relevo writes copies of leads, where a route says so.
    Copy,
}

impl Flow {
    /// One word for tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Internal => "internal",
            Self::Out => "out",
            Self::Copy => "copy",
        }
    }
}

/// How much a setting matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must have this value, or the service does not start.
    Exactly,
    /// It must be at least this, or the service does not start.
    AtLeast,
    /// It should have this value: a warning where it has not.
    Advised,
    /// It should be at least this (−1 is without bound): a warning where it is less.
    AdvisedAtLeast,
    /// A good value for a new topic; any other will do.
    Fresh,
}

/// A setting of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Kafka's name of it.
    pub name: &'static str,
    /// The value for a new topic.
    pub value: Value,
    /// How much it matters.
    pub need: Need,
    /// The code of what is wrong where it is otherwise.
    pub code: &'static Code,
}

/// A setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word.
    Word(&'static str),
    /// A number.
    Number(u64),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// A topic that Relevo needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The key of the configuration that names it.
    pub key: &'static str,
    /// Its name.
    pub name: String,
    /// Which way its records flow.
    pub flow: Flow,
    /// What lies in it, in a few words.
    pub what: &'static str,
    /// How many partitions a new one gets.
    pub partitions: u32,
    /// Whether it must have exactly that many.
    pub partitions_fixed: bool,
    /// Its settings; others are the cluster's own.
    pub settings: Vec<Setting>,
}

impl Wanted {
    /// The topic as it is to be made; `replication`: how many copies, or the cluster's default.
    pub fn plan(&self, replication: Option<u32>) -> TopicPlan {
        let mut settings: Vec<(String, String)> =
            self.settings.iter().map(|setting| (setting.name.to_owned(), setting.value.to_string())).collect();
        // One broker may be away, and whatever was acknowledged is on another one still.
        if replication.is_some_and(|copies| copies >= 3) {
            settings.push(("min.insync.replicas".to_owned(), "2".to_owned()));
        }
        TopicPlan { name: self.name.clone(), partitions: self.partitions, replication, settings }
    }
}

/// Every topic that these settings need, in the order in which records pass through them.
pub fn wanted(settings: &Settings) -> Vec<Wanted> {
    let topics = &settings.topics;
    let topic = |key, name: &String, flow, what, settings_of: Vec<Setting>| Wanted {
        key,
        name: name.clone(),
        flow,
        what,
        partitions: settings.partitions,
        partitions_fixed: flow == Flow::Internal,
        settings: settings_of,
    };
    let input_bytes = fresh("max.message.bytes", Value::Number(u64::from(settings.inputs.max_bytes).max(LEAST_BYTES) + FRAME_BYTES));
    let mut list = Vec::new();
    list.push(topic("topics.interactions", &topics.interactions, Flow::In, "what persons did in campaigns", vec![input_bytes]));
    if settings.inputs.accounts.enabled {
        let compacted = advised("cleanup.policy", Value::Word("compact"), code::CLEANUP_POLICY);
        list.push(topic("topics.accounts", &topics.accounts, Flow::In, "account facts from the CRM", vec![compacted, input_bytes]));
    }
    if settings.inputs.activities.enabled {
        list.push(topic("topics.activities", &topics.activities, Flow::In, "what sales did with leads", vec![input_bytes]));
    }
    list.push(topic("topics.intake", &topics.intake, Flow::Internal, "the ordered history", of_intake(settings)));
    list.push(topic("topics.changelog", &topics.changelog, Flow::Internal, "Relevo's memory", of_changelog()));
    // A transaction's outputs go in batches of up to a megabyte, which compression makes smaller as a rule, and not always.
    let kept = |need| vec![advised("cleanup.policy", Value::Word("delete"), code::CLEANUP_POLICY), takes(need)];
    list.push(topic("topics.leads", &topics.leads, Flow::Out, "every lead", kept(Need::AtLeast)));
    list.push(topic("topics.follow_up", &topics.follow_up, Flow::Out, "how sales follows up", kept(Need::AtLeast)));
    list.push(topic("topics.decisions", &topics.decisions, Flow::Out, "every decision and its reasons", kept(Need::AtLeast)));
    list.push(topic("topics.dead_letters", &topics.dead_letters, Flow::Out, "what could not be read", of_dead_letters(settings)));
    for name in &settings.routes.allowed_topics {
        list.push(topic("routes.allowed_topics", name, Flow::Copy, "copies of leads", kept(Need::AdvisedAtLeast)));
    }
    list
}

fn of_intake(settings: &Settings) -> Vec<Setting> {
    vec![
        // A history, not a table: each record counts, however many bear its key.
        exactly("cleanup.policy", Value::Word("delete"), code::CLEANUP_POLICY),
        // Relevo's clock is the log's, so that no producer's clock moves a deadline.
        exactly("message.timestamp.type", Value::Word("LogAppendTime"), code::TIMESTAMP_TYPE),
        Setting {
            name: "max.message.bytes",
            value: Value::Number(u64::from(settings.inputs.max_bytes).max(LEAST_BYTES) + FRAME_BYTES),
            need: Need::AtLeast,
            code: code::MESSAGE_BYTES,
        },
        // How long an outage of Decide may be without loss.
        Setting { name: "retention.ms", value: Value::Number(WEEK_MS), need: Need::AdvisedAtLeast, code: code::RETENTION_SHORT },
        // Segments are deleted whole, so a quiet log that rolled once a week would keep two.
        fresh("segment.ms", Value::Number(3_600_000)),
    ]
}

fn of_changelog() -> Vec<Setting> {
    vec![
        // Not `compact,delete`: an account that is quiet for a month must not be forgotten by the clock.
        exactly("cleanup.policy", Value::Word("compact"), code::CLEANUP_POLICY),
        takes(Need::AtLeast),
        // An erased person is gone from the files a day later, however quiet the partition is.
        fresh("max.compaction.lag.ms", Value::Number(24 * 3_600_000)),
        // A restore reads what is not compacted yet, and the active segment never is.
        fresh("segment.bytes", Value::Number(32 * 1024 * 1024)),
        fresh("min.cleanable.dirty.ratio", Value::Word("0.1")),
    ]
}

fn of_dead_letters(settings: &Settings) -> Vec<Setting> {
    vec![
        advised("cleanup.policy", Value::Word("delete"), code::CLEANUP_POLICY),
        Setting { name: "retention.ms", value: Value::Number(2 * WEEK_MS), need: Need::AdvisedAtLeast, code: code::RETENTION_SHORT },
        // So that the original bytes fit whole; where they don't, they are cut and flagged.
        fresh("max.message.bytes", Value::Number(u64::from(settings.inputs.max_bytes).max(LEAST_BYTES) + FRAME_BYTES)),
    ]
}

const fn exactly(name: &'static str, value: Value, code: &'static Code) -> Setting {
    Setting { name, value, need: Need::Exactly, code }
}

/// What every topic must take that Relevo writes to.
const fn takes(need: Need) -> Setting {
    Setting { name: "max.message.bytes", value: Value::Number(LEAST_BYTES), need, code: code::MESSAGE_BYTES }
}

const fn advised(name: &'static str, value: Value, code: &'static Code) -> Setting {
    Setting { name, value, need: Need::Advised, code }
}

/// A good value for a new topic, about which an old one is never asked.
const fn fresh(name: &'static str, value: Value) -> Setting {
    Setting { name, value, need: Need::Fresh, code: code::TOPIC_MISSING }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: &Settings, key: &str) -> Option<Wanted> {
        wanted(settings).into_iter().find(|wanted| wanted.key == key)
    }

    #[test]
    fn the_table_of_the_contract() {
        let settings = Settings::default();
        let check = |key: &str, flow: Flow, fixed: bool, expected: &[(&str, &str)]| {
            let wanted = of(&settings, key).unwrap();
            assert_eq!((wanted.flow, wanted.partitions_fixed, wanted.partitions), (flow, fixed, 12), "{key}");
            for (name, value) in expected {
                let setting = wanted.settings.iter().find(|setting| setting.name == *name);
                assert_eq!(setting.map(|setting| setting.value.to_string()).as_deref(), Some(*value), "{key} {name}");
            }
        };
        check("topics.interactions", Flow::In, false, &[]);
        check("topics.accounts", Flow::In, false, &[("cleanup.policy", "compact")]);
        let log = [
            ("cleanup.policy", "delete"),
            ("message.timestamp.type", "LogAppendTime"),
            ("retention.ms", "604800000"),
            ("segment.ms", "3600000"),
            ("max.message.bytes", "1114112"),
        ];
        check("topics.intake", Flow::Internal, true, &log);
        let memory = [
            ("cleanup.policy", "compact"),
            ("max.compaction.lag.ms", "86400000"),
            ("segment.bytes", "33554432"),
            ("min.cleanable.dirty.ratio", "0.1"),
        ];
        check("topics.changelog", Flow::Internal, true, &memory);
        check("topics.decisions", Flow::Out, false, &[("cleanup.policy", "delete")]);
        check("topics.dead_letters", Flow::Out, false, &[("cleanup.policy", "delete"), ("retention.ms", "1209600000")]);
    }

    #[test]
    fn inputs_that_are_off_are_not_wanted_and_route_topics_are() {
        let mut settings = Settings::default();
        settings.inputs.accounts.enabled = false;
        settings.routes.allowed_topics = vec!["sales.leads.enterprise.v1".into()];
        let wanted = wanted(&settings);
        assert!(wanted.iter().all(|wanted| wanted.key != "topics.accounts"));
        assert_eq!(wanted.last().map(|wanted| (wanted.flow, wanted.name.as_str())), Some((Flow::Copy, "sales.leads.enterprise.v1")));
    }

    #[test]
    fn the_log_takes_the_largest_input_and_the_largest_rulebook() {
        let bytes = |max_bytes| {
            let mut settings = Settings::default();
            settings.inputs.max_bytes = max_bytes;
            let wanted = of(&settings, "topics.intake").unwrap();
            wanted.settings.iter().find(|setting| setting.name == "max.message.bytes").unwrap().value
        };
        assert_eq!(bytes(4 * 1024 * 1024), Value::Number(4 * 1024 * 1024 + 65_536));
        assert_eq!(bytes(1_024), Value::Number(1024 * 1024 + 65_536));
    }

    #[test]
    fn with_three_copies_one_broker_may_be_away() {
        let wanted = of(&Settings::default(), "topics.intake").unwrap();
        let has = |replication| wanted.plan(replication).settings.iter().any(|(name, value)| name == "min.insync.replicas" && value == "2");
        assert_eq!((has(None), has(Some(1)), has(Some(3))), (false, false, true));
    }
}
