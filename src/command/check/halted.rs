//! Which partitions can't go on, as far as the groups' offsets, what is noted beside them and the topics tell. The state itself is not read:
//! `relevo state inspect` does.

use super::Line;
use crate::command::state::look::Looker;
use crate::command::topics::access::Role;
use crate::command::topics::judge::Finding;
use crate::config::{Problem, Settings};
use crate::pipeline::stage::Stopped;

/// Looks at the inputs for whoever has Intake's role, and at the log for whoever has another one: each sees what it has the rights for.
pub fn look(settings: &Settings, roles: &[Role]) -> Vec<Line> {
    let mut lines = Vec::new();
    if roles.iter().any(|role| *role != Role::Intake) {
        lines.push(line("partitions of the log", Looker::of(settings, "decide").and_then(|looker| looker.log_by_notes())));
    }
    if roles.contains(&Role::Intake) {
        let inputs = Looker::of(settings, "intake").and_then(|looker| looker.inputs());
        lines.push(line("partitions of the inputs", inputs.map(|inputs| inputs.into_iter().map(|input| input.halted).collect())));
    }
    lines
}

fn line(subject: &str, looked: Result<Vec<Option<Stopped>>, Problem>) -> Line {
    let halted = match looked {
        Ok(halted) => halted,
        Err(problem) => return Line::new(subject, "no answer", vec![Finding::stop(problem)]),
    };
    let all = halted.len();
    let findings: Vec<Finding> = halted.into_iter().flatten().map(|stopped| Finding::stop(problem(&stopped))).collect();
    Line::new(subject, format!("{} of {all} halted", findings.len()), findings)
}

fn problem(stopped: &Stopped) -> Problem {
    let remedy = format!("no rulebook and no restart changes that; `relevo explain-code {}` gives the steps", stopped.code);
    Problem::new(stopped.code, "a partition is halted", stopped.message.trim_end_matches('.'), remedy)
}
