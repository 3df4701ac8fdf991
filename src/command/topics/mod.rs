//! `relevo topics`: which topics are needed, which are there, and making those that are missing.

use std::io::Write;

use crate::cli::{TopicsArguments, TopicsFormat};
use crate::config::{Problem, Problems, Settings};
use crate::contract::code;
use crate::kafka::Error;
use crate::kafka::admin::{Admin, TopicState};

use super::terminal::{self, Paint};
use super::{Status, connect};

pub mod access;
mod acls;
pub mod judge;
pub mod plan;
mod print;

use judge::{Severity, judge};
use plan::{Need, Wanted, wanted};

/// Prints the plan in the form that was asked for, or makes what is missing.
pub fn perform(arguments: &TopicsArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    if arguments.acls {
        write!(out, "{}", acls::printed(&settings, arguments.format, &arguments.cluster))?;
        return Ok(Status::Well);
    }
    let wanted = wanted(&settings);
    match arguments.format {
        TopicsFormat::KafkaAcls => write!(out, "{}", acls::printed(&settings, arguments.format, &arguments.cluster))?,
        TopicsFormat::KafkaTopics => write!(out, "{}", print::kafka_topics(&settings, &wanted, arguments.replication))?,
        TopicsFormat::Strimzi => write!(out, "{}", print::strimzi(&wanted, arguments.replication, &arguments.cluster))?,
        TopicsFormat::Table => return table(arguments, &settings, &wanted, out),
    }
    Ok(Status::Well)
}

fn table(arguments: &TopicsArguments, settings: &Settings, wanted: &[Wanted], out: &mut impl Write) -> anyhow::Result<Status> {
    let asked = connect::admin(settings).and_then(|(admin, brokers)| Ok((states(&admin, settings, wanted)?, admin, brokers)));
    let (mut states, admin, brokers) = match asked {
        Ok((states, admin, brokers)) => (states, admin, brokers),
        Err(problem) => {
            // What is needed can be told all the same.
            show(wanted, None, settings, out)?;
            writeln!(out)?;
            return Err(Problems::from(problem).into());
        }
    };
    if arguments.create {
        let missing: Vec<&Wanted> = wanted.iter().zip(&states).filter(|(_, state)| is_missing(state)).map(|(wanted, _)| wanted).collect();
        if !missing.is_empty() {
            enough_brokers(settings, arguments.replication, brokers)?;
        }
        create(&admin, settings, &missing, arguments.replication, out)?;
        if !missing.is_empty() {
            states = self::states(&admin, settings, wanted).map_err(Problems::from)?;
        }
    }
    show(wanted, Some(&states), settings, out)?;
    advice(wanted, &states, settings, out)?;
    Ok(Status::Well)
}

/// What the cluster has of each topic.
pub fn states(admin: &Admin, settings: &Settings, wanted: &[Wanted]) -> Result<Vec<TopicState>, Problem> {
    wanted.iter().map(|wanted| admin.topic(&wanted.name).map_err(|error| connect::refused(settings, &error))).collect()
}

const fn is_missing(state: &TopicState) -> bool {
    state.partitions == 0 && !state.not_authorized
}

fn create(admin: &Admin, settings: &Settings, missing: &[&Wanted], copies: Option<u32>, out: &mut impl Write) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(writeln!(out, "Nothing is missing, so nothing was made.\n")?);
    }
    let plans: Vec<_> = missing.iter().map(|wanted| wanted.plan(copies)).collect();
    admin.create(&plans).map_err(|error| Problems::from(not_made(settings, &error)))?;
    for plan in &plans {
        admin.await_topic(&plan.name, plan.partitions).map_err(|error| Problems::from(connect::refused(settings, &error)))?;
        writeln!(out, "made {} with {} partitions", plan.name, plan.partitions)?;
    }
    Ok(writeln!(out)?)
}

/// A cluster can't keep more copies of a record than it has brokers.
fn enough_brokers(settings: &Settings, copies: Option<u32>, brokers: usize) -> Result<(), Problems> {
    let Some(copies) = copies.filter(|copies| *copies as usize > brokers) else { return Ok(()) };
    let what = format!(
        "`--replication {copies}` asks for {copies} copies of each record, and the cluster has {}",
        terminal::count(brokers as u64, "broker")
    );
    let remedy = format!(
        "give `--replication {brokers}`: for a trial that will do; in production run {copies} brokers, so that the loss of one loses nothing"
    );
    Err(Problem::new(code::TOO_FEW_BROKERS, what, place(settings), remedy).into())
}

/// Why the cluster makes no topics: it has answered, and says no.
fn not_made(settings: &Settings, error: &Error) -> Problem {
    if error.not_authorized {
        return connect::refused(settings, error);
    }
    let what = format!("the cluster does not make the topics: {}", error.reason);
    let remedy =
        "do what its words ask for, or let whoever keeps the cluster make them: `relevo topics --format kafka-topics` prints the commands";
    Problem::new(code::TOPICS_NOT_MADE, what, place(settings), remedy)
}

fn place(settings: &Settings) -> String {
    format!("Kafka at {}", settings.kafka.bootstrap_servers.join(", "))
}

/// The table; without states when no cluster answered.
fn show(wanted: &[Wanted], states: Option<&[TopicState]>, settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let mut table = terminal::table(["TOPIC", "FLOW", "HOLDS", "PARTITIONS", "SETTINGS", "THERE"]);
    for (index, wanted) in wanted.iter().enumerate() {
        let there = states.map_or_else(|| "not known".to_owned(), |states| there(wanted, &states[index], settings));
        let partitions = if wanted.partitions_fixed { wanted.partitions.to_string() } else { "any".to_owned() };
        table.add_row([&wanted.name, wanted.flow.word(), wanted.what, &partitions, &needed_settings(wanted), &there]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The settings that matter, one a line.
fn needed_settings(wanted: &Wanted) -> String {
    let lines = wanted.settings.iter().filter_map(|setting| match setting.need {
        Need::Exactly | Need::Advised => Some(format!("{}={}", setting.name, setting.value)),
        Need::AtLeast | Need::AdvisedAtLeast => Some(format!("{}≥{}", setting.name, setting.value)),
        Need::Fresh => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn there(wanted: &Wanted, state: &TopicState, settings: &Settings) -> String {
    if is_missing(state) {
        return "missing".to_owned();
    }
    let findings = judge(wanted, state, &settings.kafka.bootstrap_servers.join(","));
    let Some(worst) = findings.iter().map(|finding| finding.severity).max() else {
        return format!("yes, {}", terminal::count(state.partitions.into(), "partition"));
    };
    let codes: Vec<String> = findings.iter().map(|finding| finding.problem.code.to_string()).collect();
    let word = if worst == Severity::Stop { "not fit" } else { "yes, but" };
    format!("{word}: {}", codes.join(", "))
}

fn advice(wanted: &[Wanted], states: &[TopicState], settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let missing = states.iter().filter(|state| is_missing(state)).count();
    let servers = settings.kafka.bootstrap_servers.join(",");
    let judged = wanted.iter().zip(states).filter(|(_, state)| !is_missing(state));
    let differing = judged.filter(|(wanted, state)| !judge(wanted, state, &servers).is_empty()).count();
    let paint = Paint::of_stdout();
    writeln!(out)?;
    if missing > 0 {
        let verb = if missing == 1 { "is" } else { "are" };
        let line = format!("{} {verb} missing; `relevo topics --create` makes what is missing.", terminal::count(missing as u64, "topic"));
        writeln!(out, "{}", paint.warning(&line))?;
    }
    if differing > 0 {
        let line = "Some topics are otherwise than they should be; `relevo check` says what to do about each.";
        writeln!(out, "{}", paint.warning(line))?;
    }
    if missing + differing == 0 {
        writeln!(out, "{}", paint.good("Every topic is there and as it should be."))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a first `--create` meets on one broker: the cluster answers, so nothing is said of its being away.
    #[test]
    fn too_few_brokers_and_a_cluster_that_says_no_are_told_as_what_they_are() {
        let settings = Settings::default();
        for (copies, brokers, fits) in [(None, 1, true), (Some(1), 1, true), (Some(3), 3, true), (Some(3), 1, false), (Some(2), 1, false)] {
            let told = enough_brokers(&settings, copies, brokers);
            assert_eq!(told.is_ok(), fits, "{copies:?} {brokers}");
            if let Err(problems) = told {
                let text = format!("{:?}", anyhow::Error::from(problems));
                assert!(text.contains("RLV-3070") && text.contains("1 broker") && text.contains("--replication 1"), "{text}");
            }
        }
        let error = |not_authorized| Error {
            what: "making topics",
            reason: "PolicyViolation".to_owned(),
            unknown_topic: false,
            not_authorized,
            unreadable: false,
        };
        let told = not_made(&settings, &error(false));
        assert_eq!((told.code.number, told.what.contains("PolicyViolation")), (3071, true));
        assert_ne!(not_made(&settings, &error(true)).code.number, 3071, "who may not make topics is told that");
    }
}
