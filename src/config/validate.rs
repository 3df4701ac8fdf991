//! The bounds of every setting, judged all at once.
//!
//! A bound stands here and in `relevo.yaml`'s comments; types are the schema's business, and whether the cluster fits is the
//! Kafka room's.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::extra;
use super::problem::Problem;
use super::reserved::{Reserved, reserved, verifies};
use super::secret::Secret;
use super::security;
use super::settings::{AccountKeySettings, Settings};
use crate::contract::code;
use crate::state::Format;

/// The most partitions of the intake log: each costs a restore and memory of its own.
pub const MAX_PARTITIONS: u32 = 1_024;
/// The most workers of a stage in one process.
const MAX_WORKERS: u32 = 64;
/// Kafka's own bound on a topic's name.
const MAX_TOPIC_NAME_BYTES: usize = 249;
/// Room for `-intake-63` and the like in identifiers, well below what Kafka takes.
const MAX_NAME_BYTES: usize = 100;

/// What is wrong with these values; `place` names where a key stands.
pub fn check(settings: &Settings, place: &dyn Fn(&str) -> String) -> Vec<Problem> {
    let mut judge = Judge { place, problems: Vec::new() };
    judge.names(settings);
    judge.kafka(settings);
    for extra::Wrong { name, what, remedy } in extra::check(settings) {
        judge.bad(&format!("kafka.extra.{name}"), what, remedy);
    }
    judge.topics(settings);
    judge.numbers(settings);
    judge.problems
}

/// Reads every secret from its file into `kafka.secrets`.
pub fn read_secrets(settings: &mut Settings, place: &dyn Fn(&str) -> String) -> Vec<Problem> {
    let mut problems = Vec::new();
    let kafka = &settings.kafka;
    let mut files: Vec<(String, String, &Path)> = Vec::new();
    if let Some(file) = &kafka.sasl.password_file {
        files.push(("kafka.sasl.password_file".into(), "sasl.password".into(), file));
    }
    if let Some(file) = &kafka.tls.key_password_file {
        files.push(("kafka.tls.key_password_file".into(), "ssl.key.password".into(), file));
    }
    for (name, file) in &kafka.extra_files {
        files.push((format!("kafka.extra_files.{name}"), name.clone(), file));
    }
    let mut secrets = BTreeMap::new();
    for (key, name, file) in files {
        match Secret::from_file(file) {
            Ok(secret) => {
                secrets.insert(name, secret);
            }
            Err(error) => problems.push(Problem::new(
                code::SECRET_UNREADABLE,
                format!("the file of `{key}` can't be read: {error}"),
                format!("{}; the file is {}", place(&key), file.display()),
                "mount the secret there, readable for the user that Relevo runs as",
            )),
        }
    }
    settings.kafka.secrets = secrets;
    problems
}

struct Judge<'a> {
    place: &'a dyn Fn(&str) -> String,
    problems: Vec<Problem>,
}

impl Judge<'_> {
    fn bad(&mut self, key: &str, what: impl Display, remedy: impl Into<String>) {
        let place = (self.place)(key);
        self.problems.push(Problem::new(code::CONFIG_BAD_VALUE, format!("`{key}` {what}"), place, remedy));
    }

    fn within(&mut self, key: &str, value: u32, bounds: RangeInclusive<u32>, unit: &str) {
        if !bounds.contains(&value) {
            let (least, most) = bounds.into_inner();
            self.bad(key, format_args!("is {value}"), format!("give {least} to {most}{}{unit}", if unit.is_empty() { "" } else { " " }));
        }
    }

    fn names(&mut self, settings: &Settings) {
        for (key, name) in [("application", Some(&settings.application)), ("pod", settings.pod.as_ref())] {
            if name.is_some_and(|name| !is_name(name, MAX_NAME_BYTES)) {
                self.bad(key, "can't be part of an identifier", format!("give 1 to {MAX_NAME_BYTES} letters, digits, `.`, `_` or `-`"));
            }
        }
        if settings.application.contains('.') {
            let remedy = "give it without dots: a worker's identity is `application.stage.pod.worker`, and no two may be the same";
            self.bad("application", "has a dot", remedy);
        }
        let AccountKeySettings { free_mail, platforms, companies } = &settings.account_key;
        for (key, list) in [("free_mail", free_mail), ("platforms", platforms), ("companies", companies)] {
            if list.iter().any(|domain| !domain.contains('.') || domain.contains(['@', '/', ' '])) {
                let remedy = "list domains such as `mail.example`, without `@`";
                self.bad(&format!("account_key.{key}"), "has an entry that is no domain", remedy);
            }
        }
        if settings.log.filter.trim().is_empty() || EnvFilter::try_new(&settings.log.filter).is_err() {
            self.bad(
                "log.filter",
                "is no filter",
                "give a level such as `info`, or levels by module such as `relevo::pipeline=debug,info`",
            );
        }
    }

    fn kafka(&mut self, settings: &Settings) {
        let kafka = &settings.kafka;
        if kafka.bootstrap_servers.is_empty() {
            self.bad("kafka.bootstrap_servers", "is empty", "list at least one broker as `host:port`");
        }
        for server in &kafka.bootstrap_servers {
            let port = server.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none() {
                self.bad(
                    "kafka.bootstrap_servers",
                    "has an entry that is no `host:port`",
                    "write each broker as `host:port`, such as `kafka-0:9092`",
                );
            }
        }
        let named = &kafka.principals;
        let principals =
            [("intake", &named.intake), ("decide", &named.decide), ("operator", &named.operator), ("recovery", &named.recovery)];
        for (role, principal) in principals {
            let is_one = |name: &String| {
                name.split_once(':').is_some_and(|(kind, user)| is_name(kind, MAX_NAME_BYTES) && !user.is_empty() && user != "*")
                    && !name.contains(char::is_control)
            };
            if principal.as_ref().is_some_and(|name| !is_one(name)) {
                let remedy = "write it as the cluster's access rules do, such as `User:relevo-intake`; `User:*` is everybody";
                self.bad(&format!("kafka.principals.{role}"), "is no principal", remedy);
            }
        }
        for (key, what, remedy) in security::wrong(kafka) {
            self.bad(&key, what, remedy);
        }
        for (name, value) in &kafka.extra {
            self.extra(&format!("kafka.extra.{name}"), name, Some(value), kafka.tls.insecure);
        }
        for name in kafka.extra_files.keys() {
            self.extra(&format!("kafka.extra_files.{name}"), name, None, kafka.tls.insecure);
            if kafka.extra.contains_key(name) {
                self.bad(&format!("kafka.extra_files.{name}"), "is also under `kafka.extra`", "keep one of them");
            }
        }
    }

    /// `value`: `None` where it comes from a file, which is not read yet.
    fn extra(&mut self, key: &str, name: &str, value: Option<&str>, insecure: bool) {
        let (what, remedy) = match reserved(name) {
            None => {
                return self.looks_like_reserved(key, name);
            }
            Some(Reserved::Secret) if value.is_none() => return,
            Some(Reserved::Verification) if value.is_some_and(|value| insecure || verifies(name, value)) => return,
            Some(Reserved::Verification) => match value {
                Some(_) => (
                    "switches verification off: whoever is on the way to the brokers could pretend to be one".to_owned(),
                    "remove it; for a trial set `kafka.tls.insecure: true` beside it, and know that Relevo goes on saying so".to_owned(),
                ),
                None => ("can't come from a file".to_owned(), format!("write it where everybody sees it: `kafka.extra.{name}`")),
            },
            Some(Reserved::Secret) => {
                ("is a secret".to_owned(), format!("write it into a file, and name the file: `kafka.extra_files.{name}`"))
            }
            Some(Reserved::OwnKey(own)) => ("has a key of its own".to_owned(), format!("set `{own}` instead")),
            Some(Reserved::Unsafe(reason)) => (format!("is not taken: {reason}"), "remove it".to_owned()),
            Some(Reserved::Forbidden(reason)) => (format!("is Relevo's own to set: {reason}"), "remove it".to_owned()),
        };
        let place = (self.place)(key);
        self.problems.push(Problem::new(code::CONFIG_RESERVED_SETTING, format!("`{key}` {what}"), place, remedy));
    }

    /// librdkafka itself refuses names that it does not know; here only what could slip through a reserved name's door.
    fn looks_like_reserved(&mut self, key: &str, name: &str) {
        let plain = name.trim().to_ascii_lowercase();
        if plain != name && reserved(&plain).is_some() {
            self.bad(key, "is not written as librdkafka writes it", "remove it");
        }
    }

    fn topics(&mut self, settings: &Settings) {
        let topics = &settings.topics;
        let named = [
            ("topics.interactions", &topics.interactions),
            ("topics.accounts", &topics.accounts),
            ("topics.activities", &topics.activities),
            ("topics.intake", &topics.intake),
            ("topics.changelog", &topics.changelog),
            ("topics.leads", &topics.leads),
            ("topics.follow_up", &topics.follow_up),
            ("topics.decisions", &topics.decisions),
            ("topics.dead_letters", &topics.dead_letters),
        ];
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, name) in named {
            if !is_topic(name) {
                self.bad(key, "can't be a topic's name", "give 1 to 249 letters, digits, `.`, `_` or `-`");
            } else if let Some(other) = seen.insert(name, key) {
                self.bad(key, format_args!("names the same topic as `{other}`"), "every stream needs a topic of its own");
            }
        }
        for name in &settings.routes.allowed_topics {
            if !is_topic(name) {
                self.bad(
                    "routes.allowed_topics",
                    "has an entry that can't be a topic's name",
                    "give 1 to 249 letters, digits, `.`, `_` or `-`",
                );
            } else if let Some(other) = seen.get(name.as_str()) {
                self.bad(
                    "routes.allowed_topics",
                    format_args!("names the topic of `{other}`"),
                    "a copy of a lead goes to a topic of its own",
                );
            }
        }
    }

    fn numbers(&mut self, settings: &Settings) {
        self.within("partitions", settings.partitions, 1..=MAX_PARTITIONS, "");
        self.within("inputs.max_bytes", settings.inputs.max_bytes, 1_024..=64 * 1024 * 1024, "bytes");
        let commit = &settings.commit;
        self.within("commit.min_ms", commit.min_ms, 0..=1_000, "ms");
        self.within("commit.max_ms", commit.max_ms, 1..=5_000, "ms");
        self.within("commit.max_records", commit.max_records, 1..=1_000_000, "records");
        self.within("commit.max_bytes", commit.max_bytes, 64 * 1024..=256 * 1024 * 1024, "bytes");
        if commit.min_ms > commit.max_ms {
            self.bad(
                "commit.min_ms",
                format_args!("is {}, above `commit.max_ms`, {}", commit.min_ms, commit.max_ms),
                "make it at most `commit.max_ms`",
            );
        }
        self.within("rulebook.least_revision", settings.rulebook.least_revision, 1..=1_000_000, "");
        self.within("workers.intake", settings.workers.intake, 1..=MAX_WORKERS, "");
        self.within("workers.decide", settings.workers.decide, 1..=MAX_WORKERS, "");
        let versions = Format::released();
        if !versions.contains(&settings.state.write_version) {
            self.bad(
                "state.write_version",
                format_args!("is {}", settings.state.write_version),
                format!("this release writes versions {} to {}", versions.start(), versions.end()),
            );
        }
    }
}

fn is_name(name: &str, max_bytes: usize) -> bool {
    (1..=max_bytes).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_topic(name: &str) -> bool {
    is_name(name, MAX_TOPIC_NAME_BYTES) && name != "." && name != ".."
}
