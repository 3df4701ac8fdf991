//! Bounds of what may stand under `kafka.extra`: values with which the client starts, and nothing works.
//!
//! librdkafka takes a megabyte of records in messages of a thousand bytes, and answers that never come in time. What it refuses itself is
//! said by it, when the clients are made; what is here is refused with the key, the bounds and the reason. Names that are not here
//! are the operator's.

use std::collections::BTreeMap;

use super::settings::Settings;

/// What a record takes besides an input's value: headers, and what Relevo adds.
const BESIDE_AN_INPUT: u64 = 64 * 1024;
/// The largest record that is not made of an input, with room: a row of the changelog.
const LARGEST_OWN_RECORD: u64 = 1024 * 1024;

/// What is wrong with a setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The setting's name.
    pub name: &'static str,
    /// What is wrong, behind the name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A setting with its bounds, and what happens outside them.
struct Bound(&'static str, u64, u64, &'static str);

const FOREVER: &str = "no answer would come in time, or a broker that is away would never be given up";
const TOO_SEEN: &str = "new partitions and new leaders must be seen soon, without asking all the time";

/// The bounds that are the same for everybody.
const BOUNDS: &[Bound] = &[
    Bound(
        "transaction.timeout.ms",
        10_000,
        45_000,
        "a transaction of `commit.max_ms` must fit in it, and a worker that waits for its end must not be taken for stuck",
    ),
    Bound("socket.timeout.ms", 1_000, 60_000, FOREVER),
    Bound("request.timeout.ms", 1_000, 60_000, FOREVER),
    Bound("socket.connection.setup.timeout.ms", 1_000, 60_000, FOREVER),
    Bound("api.version.request.timeout.ms", 1_000, 60_000, FOREVER),
    Bound("session.timeout.ms", 3_000, 300_000, "a pod must not lose its partitions by a breath, nor keep them for long when it is gone"),
    Bound("heartbeat.interval.ms", 100, 60_000, "several must fit into a session"),
    Bound("max.poll.interval.ms", 60_000, 86_400_000, "the end of one transaction may take most of a minute while brokers are slow"),
    Bound("queue.buffering.max.messages", 1_000, 10_000_000, "a transaction's outputs must have room"),
    Bound("batch.num.messages", 100, 1_000_000, "an idempotent producer sends one batch of a partition after another"),
    Bound("batch.size", 16_384, 2_147_483_647, "an idempotent producer sends one batch of a partition after another"),
    Bound("linger.ms", 0, 5_000, "a record must be sent before it is given up"),
    Bound("retry.backoff.ms", 1, 5_000, "what is tried again must have a chance before its transaction has timed out"),
    Bound("retry.backoff.max.ms", 1, 10_000, "what is tried again must have a chance before its transaction has timed out"),
    Bound("reconnect.backoff.ms", 0, 60_000, "a broker that is back must be found"),
    Bound("reconnect.backoff.max.ms", 0, 60_000, "a broker that is back must be found"),
    Bound("fetch.wait.max.ms", 0, 1_000, "a broker that waits for more is late with each record"),
    Bound("fetch.min.bytes", 1, 16_777_216, "a broker that waits for more is late with each record"),
    Bound("fetch.message.max.bytes", 1_024, 1_000_000_000, "each partition is read in bites of this size"),
    Bound("fetch.error.backoff.ms", 0, 10_000, "a partition that can be read again must be read"),
    Bound("queued.min.messages", 1, 10_000_000, "nothing is fetched ahead otherwise"),
    Bound("queued.max.messages.kbytes", 1_024, 1_048_576, "what is fetched ahead must have room, and not take all memory"),
    Bound("topic.metadata.refresh.interval.ms", 1_000, 900_000, TOO_SEEN),
    Bound("metadata.max.age.ms", 1_000, 2_700_000, TOO_SEEN),
    Bound("topic.metadata.propagation.max.ms", 0, 60_000, "a topic that is missing must be said"),
];

/// What is wrong with the values under `kafka.extra`, by themselves and beside each other.
pub fn check(settings: &Settings) -> Vec<Wrong> {
    let mut judge = Judge { extra: &settings.kafka.extra, wrong: Vec::new() };
    let record = LARGEST_OWN_RECORD.max(u64::from(settings.inputs.max_bytes)) + BESIDE_AN_INPUT;
    for Bound(name, least, most, why) in BOUNDS {
        judge.within(name, *least, *most, why);
    }
    let records = "the largest record must fit: an input of `inputs.max_bytes`, a row of the changelog";
    judge.within("message.max.bytes", record, 1_000_000_000, records);
    judge.within("queue.buffering.max.kbytes", record.div_ceil(1_024), 2_097_151, records);
    judge.within("fetch.max.bytes", record, 2_147_483_135, records);
    judge.within("receive.message.max.bytes", record, 2_147_483_647, records);
    // What is wrong by itself is said once.
    if judge.wrong.is_empty() {
        judge.together();
    }
    judge.wrong
}

struct Judge<'a> {
    extra: &'a BTreeMap<String, String>,
    wrong: Vec<Wrong>,
}

impl Judge<'_> {
    /// The value as the client reads it: a number, of milliseconds also with a fraction.
    fn given(&self, name: &str) -> Option<Result<f64, ()>> {
        let text = self.extra.get(name)?.trim();
        let takes_fractions = name == "linger.ms";
        Some(
            text.parse::<f64>()
                .map_err(|_| ())
                .and_then(|value| if value.is_finite() && (takes_fractions || value.fract() == 0.0) { Ok(value) } else { Err(()) }),
        )
    }

    fn within(&mut self, name: &'static str, least: u64, most: u64, why: &str) {
        let Some(given) = self.given(name) else { return };
        let what = match given {
            Ok(value) if value >= least as f64 && value <= most as f64 => return,
            Ok(value) => format!("is {value}: {why}"),
            Err(()) => "is no number".to_owned(),
        };
        self.wrong.push(Wrong { name, what, remedy: format!("give {least} to {most}, or remove it") });
    }

    /// The value that is in force: the operator's, or Relevo's (the client's) own.
    fn in_force(&self, name: &str, default: u64) -> u64 {
        self.given(name).and_then(Result::ok).map_or(default, |value| value as u64)
    }

    /// `name` must be at most `most`, which `other` says.
    fn at_most(&mut self, name: &'static str, value: u64, other: &str, most: u64) {
        if value > most {
            let what = format!("is {value}, and `{other}` allows {most} at most");
            self.wrong.push(Wrong { name, what, remedy: format!("lower it, or raise `{other}`") });
        }
    }

    /// Those that contradict each other; only where the operator set one of them.
    fn together(&mut self) {
        if self.extra.contains_key("socket.timeout.ms") {
            let most = self.in_force("transaction.timeout.ms", 15_000);
            self.at_most("socket.timeout.ms", self.in_force("socket.timeout.ms", 0), "transaction.timeout.ms", most);
        }
        let session = self.in_force("session.timeout.ms", 10_000);
        self.at_most("heartbeat.interval.ms", self.in_force("heartbeat.interval.ms", 3_000), "session.timeout.ms", session / 2);
        self.at_most("session.timeout.ms", session, "max.poll.interval.ms", self.in_force("max.poll.interval.ms", 300_000));
        for (name, default, other, most) in
            [("retry.backoff.ms", 100, "retry.backoff.max.ms", 1_000), ("reconnect.backoff.ms", 100, "reconnect.backoff.max.ms", 2_000)]
        {
            let most = self.in_force(other, most);
            self.at_most(name, self.in_force(name, default), other, most);
        }
        let largest = self.in_force("message.max.bytes", 1_000_000);
        let ahead = self.in_force("queued.max.messages.kbytes", 4_096) * 1_024;
        let fetched = self.in_force("fetch.max.bytes", ahead.min(52_428_800).max(largest));
        self.at_most("message.max.bytes", largest, "fetch.max.bytes", fetched);
        if self.extra.contains_key("receive.message.max.bytes") {
            let received = self.in_force("receive.message.max.bytes", 0).saturating_sub(512);
            self.at_most("fetch.max.bytes", fetched, "receive.message.max.bytes", received);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These values under `kafka.extra`: which of them is refused, with which words?
    fn check_extra(values: &[(&str, &str)], expected: &[(&str, &str)]) {
        let mut settings = Settings::default();
        settings.kafka.extra = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let found = check(&settings);
        let matches = found.len() == expected.len()
            && found.iter().zip(expected).all(|(wrong, (name, part))| wrong.name == *name && wrong.what.contains(part));
        assert!(matches, "{values:?}: {found:#?}");
    }

    #[test]
    fn values_with_which_nothing_works_are_refused() {
        check_extra(&[("message.max.bytes", "1000")], &[("message.max.bytes", "is 1000: the largest record must fit")]);
        for (name, value) in [
            ("queue.buffering.max.messages", "1"),
            ("queue.buffering.max.kbytes", "1"),
            ("batch.size", "1"),
            ("batch.num.messages", "1"),
            ("linger.ms", "900000"),
            ("request.timeout.ms", "1"),
            ("socket.timeout.ms", "10"),
            ("socket.timeout.ms", "soon"),
            ("socket.timeout.ms", "7000.5"),
            ("socket.connection.setup.timeout.ms", "1"),
            ("api.version.request.timeout.ms", "10"),
            ("session.timeout.ms", "10"),
            ("session.timeout.ms", "3600000"),
            ("max.poll.interval.ms", "1000"),
            ("transaction.timeout.ms", "1000"),
            ("transaction.timeout.ms", "900000"),
            ("fetch.wait.max.ms", "300000"),
            ("fetch.min.bytes", "100000000"),
            ("fetch.max.bytes", "1000"),
            ("fetch.message.max.bytes", "1"),
            ("receive.message.max.bytes", "1000"),
            ("queued.max.messages.kbytes", "1"),
            ("retry.backoff.ms", "300000"),
            ("reconnect.backoff.max.ms", "3600000"),
            ("topic.metadata.refresh.interval.ms", "-1"),
            ("metadata.max.age.ms", "86400000"),
        ] {
            check_extra(&[(name, value)], &[(name, "is ")]);
        }
    }

    #[test]
    fn values_that_contradict_each_other_are_refused() {
        check_extra(&[("socket.timeout.ms", "60000")], &[("socket.timeout.ms", "`transaction.timeout.ms` allows 15000")]);
        check_extra(&[("session.timeout.ms", "5000")], &[("heartbeat.interval.ms", "`session.timeout.ms` allows 2500")]);
        check_extra(&[("heartbeat.interval.ms", "9000")], &[("heartbeat.interval.ms", "`session.timeout.ms` allows 5000")]);
        check_extra(
            &[("session.timeout.ms", "120000"), ("max.poll.interval.ms", "60000")],
            &[("session.timeout.ms", "`max.poll.interval.ms` allows 60000")],
        );
        check_extra(&[("reconnect.backoff.ms", "5000")], &[("reconnect.backoff.ms", "`reconnect.backoff.max.ms` allows 2000")]);
        check_extra(
            &[("message.max.bytes", "20000000"), ("fetch.max.bytes", "10000000")],
            &[("message.max.bytes", "`fetch.max.bytes` allows 10000000")],
        );
        check_extra(&[("receive.message.max.bytes", "2000000")], &[("fetch.max.bytes", "`receive.message.max.bytes` allows 1999488")]);
    }

    #[test]
    fn what_works_is_taken() {
        check_extra(&[], &[]);
        check_extra(&[("session.timeout.ms", "6000")], &[]);
        check_extra(&[("session.timeout.ms", "45000"), ("heartbeat.interval.ms", "15000"), ("max.poll.interval.ms", "600000")], &[]);
        check_extra(&[("transaction.timeout.ms", "40000"), ("socket.timeout.ms", "30000"), ("linger.ms", "0.5")], &[]);
        check_extra(&[("receive.message.max.bytes", "1000000000"), ("compression.codec", "zstd"), ("client.rack", "a")], &[]);
        check_extra(&[("message.max.bytes", "2000000"), ("queue.buffering.max.kbytes", "4096")], &[]);
    }
}
