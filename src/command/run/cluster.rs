//! The cluster before the work begins: does it answer, and is every topic as it must be?
//!
//! A cluster that is away is waited for, however long: it may start after us. One that answers and is not fit ends the start, with
//! everything that is wrong at once. It refuses to mend anything: `relevo topics --create` does that.

use std::time::Duration;

use crate::command::connect;
use crate::command::topics::access::{Role, on_topic};
use crate::command::topics::judge::{Severity, judge};
use crate::command::topics::plan::{Flow, Wanted, wanted};
use crate::command::topics::states;
use crate::config::{Problem, Problems, Settings};
use crate::contract::code;
use crate::kafka::admin::TopicState;
use crate::metrics::{Stage, Status};
use crate::pipeline::{Clock as _, SystemClock};

/// How long between two questions to a cluster that does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// What a topic takes in a record where nobody may see its setting: Kafka's default.
const DEFAULT_MESSAGE_BYTES: usize = 1_048_588;

/// What the work needs to know of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Partitions of all inputs together.
    input_partitions: u32,
    /// The most bytes that the topic of dead letters takes in a record.
    pub dead_letter_bytes: usize,
}

impl Cluster {
    /// How many partitions a stage reads.
    pub const fn partitions(self, stage: Stage, settings: &Settings) -> u32 {
        match stage {
            Stage::Intake => self.input_partitions,
            Stage::Decide => settings.partitions,
        }
    }
}

/// Waits for the cluster, and looks at the topics of these roles; probes see in `shown` what is waited for.
///
/// # Errors
/// Everything that keeps the service from running there.
pub fn await_fit(settings: &Settings, roles: &[Role], shown: &Status) -> Result<Cluster, Problems> {
    let mut said = String::new();
    loop {
        match look(settings, roles) {
            Ok((wanted, states)) => {
                shown.kafka_answers();
                return fit(settings, &wanted, &states);
            }
            Err(problem) if problem.code == code::KAFKA_UNREACHABLE => {
                shown.kafka_is_silent(SystemClock.now(), problem.what.clone());
                // Once for each way of not answering: a log of hours must stay readable.
                if said != problem.what {
                    tracing::warn!(code = %problem.code, place = problem.place, "{}; asking again until it answers", problem.what);
                    said = problem.what;
                }
                std::thread::sleep(ASK_AGAIN);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
}

fn look(settings: &Settings, roles: &[Role]) -> Result<(Vec<Wanted>, Vec<TopicState>), Problem> {
    let (admin, brokers) = connect::admin(settings)?;
    tracing::info!(brokers, "Kafka answers");
    // A stage needs no rights on what it has nothing to do with, so it does not ask.
    let wanted: Vec<Wanted> = wanted(settings).into_iter().filter(|topic| !on_topic(topic, roles).is_empty()).collect();
    let states = states(&admin, settings, &wanted)?;
    Ok((wanted, states))
}

/// Judges what was seen: warnings are logged, the rest stops the start.
fn fit(settings: &Settings, wanted: &[Wanted], states: &[TopicState]) -> Result<Cluster, Problems> {
    let servers = settings.kafka.bootstrap_servers.join(",");
    let mut stops = Vec::new();
    for finding in wanted.iter().zip(states).flat_map(|(wanted, state)| judge(wanted, state, &servers)) {
        let problem = finding.problem;
        match finding.severity {
            Severity::Stop => stops.push(problem),
            Severity::Warning => tracing::warn!(code = %problem.code, place = problem.place, "{}; {}", problem.what, problem.remedy),
        }
    }
    if !stops.is_empty() {
        return Err(Problems(stops));
    }
    let both = || wanted.iter().zip(states);
    let inputs = both().filter(|(wanted, _)| wanted.flow == Flow::In);
    let dead_letters = both().find(|(wanted, _)| wanted.key == "topics.dead_letters");
    let taken = dead_letters.and_then(|(_, state)| state.settings.get("max.message.bytes")?.parse().ok());
    Ok(Cluster {
        input_partitions: inputs.map(|(_, state)| state.partitions).sum(),
        dead_letter_bytes: taken.unwrap_or(DEFAULT_MESSAGE_BYTES),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cluster of the plan itself, changed by `change`.
    fn seen(change: impl Fn(&Wanted, &mut TopicState)) -> Result<Cluster, Problems> {
        let settings = Settings::default();
        let wanted = wanted(&settings);
        let there = |wanted: &Wanted| {
            let settings = wanted.settings.iter().map(|setting| (setting.name.to_owned(), setting.value.to_string())).collect();
            let mut state = TopicState { partitions: wanted.partitions, settings, ..TopicState::default() };
            change(wanted, &mut state);
            state
        };
        let states: Vec<TopicState> = wanted.iter().map(there).collect();
        fit(&settings, &wanted, &states)
    }

    #[test]
    fn a_fit_cluster_says_what_the_work_needs_to_know() {
        let cluster = seen(|_, _| {}).expect("it is as planned");
        assert_eq!((cluster.input_partitions, cluster.dead_letter_bytes), (36, 1_114_112));
        let settings = Settings::default();
        assert_eq!((cluster.partitions(Stage::Intake, &settings), cluster.partitions(Stage::Decide, &settings)), (36, 12));
        // Where settings may not be seen the work goes on, with Kafka's defaults.
        assert_eq!(seen(|_, state| state.settings.clear()).map(|cluster| cluster.dead_letter_bytes), Ok(DEFAULT_MESSAGE_BYTES));
    }

    #[test]
    fn everything_that_is_not_fit_is_told_at_once() {
        let refused = seen(|wanted, state| match wanted.key {
            "topics.changelog" => state.partitions = 3,
            "topics.leads" => *state = TopicState::default(),
            _ => {}
        });
        let codes: Vec<_> = refused.expect_err("two topics are wrong").0.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [code::PARTITIONS_DIFFER, code::TOPIC_MISSING]);
    }
}
