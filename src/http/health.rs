//! What the probes say: is this process alive, is it ready, and what does each check find?
//!
//! Alive = every worker goes around its loop; Kafka's state never matters for it, because a restart mends no broker. Ready =
//! nothing fails; what only deserves attention is a warning. Judged from [`Status`] alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::contract::Timestamp;
use crate::contract::code::SETTINGS_DIFFER;
use crate::contract::time::{MINUTE_MS, SECOND_MS};
use crate::contract::unseen::shown;
use crate::metrics::status::WorkerStatus;
use crate::metrics::{Hold, Phase, Status};

/// A worker that has not gone around its loop for so long is stuck: longer than any single call to Kafka may take.
pub const MAX_SILENCE_MS: i64 = 60 * SECOND_MS;

/// A clock that differs from the brokers' by more is wrong.
pub const MAX_SKEW_MS: i64 = MINUTE_MS;
/// An input of which a partition has not moved for so long, although something waits in it, is shown.
const STALLED_SECONDS: i64 = 60;
/// The most of a rulebook's name that is shown: `sha256:` and twelve digits, or a file's name.
const MAX_NAME_CHARS: usize = 19;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All is well.
    Ok,
    /// Somebody should look.
    Warning,
    /// The process is not ready.
    Failing,
}

impl Verdict {
    /// The word on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "WARNING",
            Verdict::Failing => "FAILING",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// What was found.
    pub verdict: Verdict,
    /// In words, without personal data.
    pub says: String,
}

impl Check {
    /// Files and brokers have words of their own, and whoever asks does it on a terminal.
    fn new(name: impl Into<String>, verdict: Verdict, says: impl Into<String>) -> Self {
        Self { name: shown(&name.into()).into_owned(), verdict, says: shown(&says.into()).into_owned() }
    }
}

/// Workers that are stuck, each with its silence in seconds; none: alive.
pub fn stuck(status: &Status, now: Timestamp) -> Vec<(String, i64)> {
    let silence = |worker: &WorkerStatus| now.since_ms(worker.heartbeat);
    let workers = status.workers();
    let stuck = workers.iter().filter(|worker| silence(worker) > MAX_SILENCE_MS);
    stuck.map(|worker| (worker.name.clone(), silence(worker) / SECOND_MS)).collect()
}

/// Every check, in the order in which a start goes.
pub fn checks(status: &Status, now: Timestamp) -> Vec<Check> {
    let mut checks = vec![match status.phase() {
        Phase::Starting => Check::new("process", Verdict::Failing, "starting: configuration, topics and rulebooks are looked at"),
        Phase::Running => Check::new("process", Verdict::Ok, "running"),
        Phase::Stopping => Check::new("process", Verdict::Failing, "stopping: open work is being finished"),
    }];
    if let Some((since, reason)) = status.kafka_silence() {
        let says = format!("no answer for {} s, asking again: {reason}", now.since_ms(since).max(0) / SECOND_MS);
        checks.push(Check::new("Kafka", Verdict::Failing, says));
    }
    let unverified = status.unverified();
    if !unverified.is_empty() {
        let says = format!("brokers are NOT VERIFIED (`{}`): whoever is on the way can pretend to be one", unverified.join("`, `"));
        checks.push(Check::new("Kafka", Verdict::Warning, says));
    }
    checks.extend(status.clock_skew_ms().filter(|skew_ms| skew_ms.abs() > MAX_SKEW_MS).map(of_clock));
    let differ = status.settings_that_differ();
    if !differ.is_empty() {
        let group = |(group, pods): (&String, &BTreeSet<String>)| {
            format!("{group} ({})", pods.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        let groups = differ.iter().map(group).collect::<Vec<_>>().join(", ");
        let says = format!("other pods have others, {SETTINGS_DIFFER}: {groups}; `relevo explain-code {SETTINGS_DIFFER}` says what to do");
        checks.push(Check::new("settings", Verdict::Warning, says));
    }
    let workers = status.workers();
    for worker in &workers {
        checks.push(of_worker(worker, now));
        if let Some(what) = &worker.failing {
            checks.push(Check::new(&worker.name, Verdict::Warning, what));
        }
        for (partition, code, message) in &worker.stopped {
            let message = message.trim_end_matches('.');
            let says = format!("stopped, {code} {}: {message}; `relevo explain-code {code}` says what to do", code.name);
            checks.push(Check::new(partition.as_str(), Verdict::Failing, says));
        }
    }
    if let Some(since) = status.blocked_since() {
        let seconds = now.since_ms(since).max(0) / SECOND_MS;
        checks.push(Check::new("log", Verdict::Warning, format!("somebody's open transaction has held records back for {seconds} s")));
    }
    if let Some((since, hold)) = status.held_back() {
        let seconds = now.since_ms(since).max(0) / SECOND_MS;
        checks.push(match hold {
            Hold::NoLaw if workers.iter().any(|worker| !worker.stopped.is_empty()) => Check::new(
                "interactions",
                Verdict::Failing,
                format!("held back for {seconds} s: partitions are halted, as said above, and no rulebook changes that"),
            ),
            Hold::NoLaw => Check::new(
                "interactions",
                Verdict::Failing,
                format!(
                    "held back for {seconds} s: not every partition of the log has a rulebook in force; put one that is in its time into \
                     `rulebook.folder`, or mend what is refused"
                ),
            ),
            Hold::DecideBehind => {
                Check::new("interactions", Verdict::Warning, format!("held back for {seconds} s: Decide is more than a minute behind"))
            }
        });
    }
    for (input, lag) in status.inputs() {
        let seconds = lag.stalled_since.map_or(0, |since| now.since_ms(since).max(0) / SECOND_MS);
        if seconds >= STALLED_SECONDS {
            let says = format!("{} records wait, and some partition has not moved for {seconds} s", lag.records);
            checks.push(Check::new(input, Verdict::Warning, says));
        }
    }
    for (topic, why) in status.copies_left_out() {
        checks.push(Check::new("copies", Verdict::Warning, format!("copies of leads to {topic} are left out: {why}")));
    }
    checks.extend(of_law(status, !workers.is_empty()));
    for (file, refused) in status.refused_rulebooks() {
        let says = format!("refused, {}: {}; the rulebook in force stays in force", refused.code, refused.message.trim_end_matches('.'));
        // The log knows a refused rulebook by its digest, and the beginning of one tells it from others.
        let name: String = file.chars().take(MAX_NAME_CHARS).collect();
        checks.push(Check::new(format!("rulebook {name}"), Verdict::Warning, says));
    }
    checks
}

fn of_clock(skew_ms: i64) -> Check {
    let (seconds, which) = (skew_ms.abs() / SECOND_MS, if skew_ms > 0 { "ahead of" } else { "behind" });
    let says = format!("{seconds} s {which} what the brokers stamp: set this machine's time right, or the brokers'");
    Check::new("clock", Verdict::Failing, says)
}

fn of_worker(worker: &WorkerStatus, now: Timestamp) -> Check {
    let WorkerStatus { name, owned, joined, restoring, .. } = worker;
    let silent_seconds = now.since_ms(worker.heartbeat) / SECOND_MS;
    if silent_seconds * SECOND_MS > MAX_SILENCE_MS {
        return Check::new(name, Verdict::Failing, format!("has not gone around its loop for {silent_seconds} s"));
    }
    if !joined {
        return Check::new(name, Verdict::Failing, "waits for its group to assign partitions");
    }
    if *restoring > 0 {
        return Check::new(name, Verdict::Failing, format!("reads back the state of {}", partitions(*restoring)));
    }
    let waits = |at: Timestamp| now.since_ms(at).max(0) / SECOND_MS;
    let mut says = match owned {
        0 => "stands by without partitions".to_owned(),
        _ => format!("works on {}", partitions(*owned)),
    };
    if let Some(at) = worker.oldest_unprocessed {
        let _ = write!(says, ", the oldest waiting record is {} s old", waits(at));
    }
    Check::new(name, Verdict::Ok, says)
}

fn partitions(count: u32) -> String {
    if count == 1 { "1 partition".to_owned() } else { format!("{count} partitions") }
}

fn of_law(status: &Status, has_workers: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    match status.law() {
        Some(law) if law.unsigned => {
            let says = format!("revision {}, {}, is in force and UNSIGNED: no department has agreed to it", law.revision, law.digest);
            checks.push(Check::new("rulebook", Verdict::Warning, says));
        }
        Some(law) => checks.push(Check::new("rulebook", Verdict::Ok, format!("revision {}, {}, is in force", law.revision, law.digest))),
        None if has_workers => {
            let says = "none is known to be in force here: until one is, interactions wait, and what reaches the log all the same is decided as `no_rulebook`";
            let says = status
                .what_law_waits_for()
                .map_or_else(|| says.to_owned(), |what| format!("none is in force, and interactions wait: {what}"));
            checks.push(Check::new("rulebook", Verdict::Warning, says));
        }
        None => {}
    }
    if let Some(charter) = status.charter_in_force() {
        let needs = charter.parties.iter().map(|(party, needed, signers)| format!("{needed} of {signers} of {party}"));
        let says = format!("{} must sign, by the charter {}", needs.collect::<Vec<_>>().join(" and "), charter.digest);
        checks.push(Check::new("signatures", Verdict::Ok, says));
    }
    if status.unsigned_allowed() {
        let says = "UNSIGNED rulebooks are allowed: whoever can write to the folder decides alone what a lead is";
        checks.push(Check::new("signatures", Verdict::Warning, says));
    }
    checks
}

/// The page of `/readyz?verbose`: one check a line, in columns, and the conclusion last.
pub fn page(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Check { name, verdict, says } in checks {
        let _ = writeln!(text, "{:<8} {name:width$}  {says}", verdict.as_str());
    }
    text.push_str(conclusion(checks));
    text
}

/// The page's last line, and the whole of `/readyz`.
pub fn conclusion(checks: &[Check]) -> &'static str {
    if is_ready(checks) { "ready\n" } else { "not ready\n" }
}

/// Whether nothing fails.
pub fn is_ready(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.verdict < Verdict::Failing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::{RULEBOOK_YAML, STEP_PANICKED};
    use crate::metrics::{LawStatus, Stage};

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    /// A process that is well, changed by `change`: is it alive, is it ready, and does its page say this?
    #[track_caller]
    fn check(change: impl FnOnce(&Status, &crate::metrics::Vitals), alive: bool, ready: bool, says: &str) {
        let status = Status::new(false);
        let vitals = status.add_worker(Stage::Decide, 0, NOW);
        vitals.owns(4);
        status.enter(Phase::Running);
        status.law_in_force(LawStatus { revision: 7, digest: "sha256:ab".into(), unsigned: false });
        change(&status, &vitals);
        let checks = checks(&status, NOW);
        let page = page(&checks);
        assert_eq!((stuck(&status, NOW).is_empty(), is_ready(&checks)), (alive, ready), "{page}");
        assert!(page.contains(says), "{page}");
        assert!(page.ends_with(if ready { "\nready\n" } else { "\nnot ready\n" }), "{page}");
    }

    #[test]
    fn probes_say_what_the_workers_say() {
        check(|_, _| {}, true, true, "ok       decide-0  works on 4 partitions\n");
        check(|status, _| status.enter(Phase::Starting), true, false, "FAILING  process   starting");
        check(|status, _| status.enter(Phase::Stopping), true, false, "stopping");
        check(|_, vitals| vitals.beat(NOW.plus_ms(-MAX_SILENCE_MS)), true, true, "works on 4");
        check(|_, vitals| vitals.beat(NOW.plus_ms(-MAX_SILENCE_MS - SECOND_MS)), false, false, "not gone around its loop for 61 s");
        check(|_, vitals| vitals.restoring(3), true, false, "reads back the state of 3 partitions");
        check(|_, vitals| vitals.owns(0), true, true, "stands by");
        check(
            |status, _| status.kafka_is_silent(NOW.plus_ms(-4_000), "refused"),
            true,
            false,
            "FAILING  Kafka     no answer for 4 s, asking again: refused",
        );
        check(
            |status, _| status.brokers_unverified(vec!["enable.ssl.certificate.verification".into()]),
            true,
            true,
            "WARNING  Kafka     brokers are NOT VERIFIED (`enable.ssl.certificate.verification`)",
        );
        for (skew_ms, ready, says) in [
            (60_000, true, "works on 4"),
            (-60_000, true, "works on 4"),
            (61_900, false, "FAILING  clock     61 s ahead of what the brokers stamp"),
            (-3_600_000, false, "FAILING  clock     3600 s behind what the brokers stamp"),
        ] {
            check(|status, _| status.clock_skew(Some(skew_ms)), true, ready, says);
        }
        check(
            |status, _| {
                status.settings_differ([("limits".to_owned(), ["pod-1".to_owned()].into())].into());
            },
            true,
            true,
            "WARNING  settings  other pods have others, RLV-4030: limits (pod-1); ",
        );
        let recovers = |status: &Status, _: &crate::metrics::Vitals| {
            status.kafka_is_silent(NOW, "refused");
            status.kafka_answers();
        };
        check(recovers, true, true, "works on 4");
        check(|_, vitals| vitals.oldest_unprocessed(Some(NOW.plus_ms(-7_900))), true, true, "the oldest waiting record is 7 s old");
        check(
            |status, _| status.log_blocked_since(Some(NOW.plus_ms(-9_000))),
            true,
            true,
            "WARNING  log       somebody's open transaction has held records back for 9 s",
        );
        let held = |hold| {
            move |status: &Status, _: &crate::metrics::Vitals| {
                status.interactions_held_back(NOW.plus_ms(-9_000), Some(hold));
                status.interactions_held_back(NOW, Some(hold));
            }
        };
        check(held(Hold::NoLaw), true, false, "FAILING  interactions  held back for 9 s: not every partition of the log has a rulebook");
        check(held(Hold::DecideBehind), true, true, "WARNING  interactions  held back for 9 s: Decide is more than a minute behind");
        check(
            |status, _| {
                status.interactions_held_back(NOW, Some(Hold::NoLaw));
                status.interactions_held_back(NOW, None);
            },
            true,
            true,
            "works on 4",
        );
        check(
            |_, vitals| vitals.stopped("log-3", STEP_PANICKED, "offset 7"),
            true,
            false,
            "FAILING  log-3     stopped, RLV-4001 step_panicked: offset 7",
        );
        check(
            |_, vitals| vitals.failing(Some("the last 3 transactions were rolled back: draining".into())),
            true,
            true,
            "WARNING  decide-0  the last 3 transactions were rolled back: draining",
        );
        check(
            |_, vitals| {
                vitals.stopped("log-3", STEP_PANICKED, "");
                vitals.resumed("log-3");
            },
            true,
            true,
            "works on 4",
        );
        check(
            |status, _| {
                status.add_worker(Stage::Intake, 1, NOW);
            },
            true,
            false,
            "intake-1  waits for its group",
        );
        let lags = |seconds: i64| {
            move |status: &Status, _: &crate::metrics::Vitals| status.input_lags("accounts", 5, Some(NOW.plus_ms(-seconds * SECOND_MS)))
        };
        check(lags(59), true, true, "works on 4");
        check(lags(75), true, true, "WARNING  accounts  5 records wait, and some partition has not moved for 75 s");
        check(
            |status, _| status.copies_are_left_out([("sales.copies".to_owned(), "it does not exist".to_owned())].into()),
            true,
            true,
            "WARNING  copies    copies of leads to sales.copies are left out: it does not exist",
        );
        check(
            |status, _| status.rulebook_refused("0008.yaml", RULEBOOK_YAML, "line 3."),
            true,
            true,
            "0008.yaml  refused, RLV-2001: line 3; ",
        );
    }

    #[test]
    fn a_terminal_obeys_nothing_of_the_page() {
        let hostile = "a\u{1b}[2K\u{9b}1A\u{202e}\rb\nready";
        check(
            |status, _| {
                status.rulebook_refused(hostile, RULEBOOK_YAML, hostile);
                status.kafka_is_silent(NOW, hostile);
            },
            true,
            false,
            "a\\u{1b}[2K\\u{9b}1A\\u{202e}\\u{d}b ready",
        );
    }

    #[test]
    fn qual_4_a_law_that_nobody_signed_is_shouted_about() {
        let unsigned = LawStatus { revision: 8, digest: "sha256:cd".into(), unsigned: true };
        check(
            |status, _| {
                status.law_in_force(unsigned);
            },
            true,
            true,
            "revision 8, sha256:cd, is in force and UNSIGNED",
        );
        let status = Status::new(true);
        status.add_worker(Stage::Intake, 0, NOW);
        let page = page(&checks(&status, NOW));
        assert!(page.contains("UNSIGNED rulebooks are allowed") && page.contains("no_rulebook"), "{page}");
    }
}
