//! Judges of what a run left on the broker. None knows how a worker works: `intake` compares the inputs with the log, record by record; `fold`
//! folds the log again and compares every output, byte for byte; `true_time` asks whether what was told was true by a clock that is right.
//! Each is blind where another sees.

mod fold;
pub mod intake;
pub mod true_time;

use std::fmt;

use crate::deployment::{DEAD_LETTER_BYTES, Deployment};

/// What both judges counted.
#[derive(Debug, Default)]
pub struct Counts {
    pub inputs: usize,
    pub forwarded: usize,
    pub dead_letters: usize,
    pub decisions: usize,
    pub leads: usize,
    pub follow_ups: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, forwarded, dead_letters, decisions, leads, follow_ups } = self;
        write!(
            f,
            "inputs {inputs}, forwarded {forwarded}, decisions {decisions}, leads {leads}, follow-ups {follow_ups}, dead letters {dead_letters}"
        )
    }
}

/// Both judges' word on a deployment that has settled and stands still.
pub fn judge(deployment: &Deployment) -> (Counts, Verdict) {
    let names = &deployment.names;
    let log = deployment.read(&names.intake, deployment.partitions);
    let dead_letters = deployment.output(&names.dead_letters);
    let mut counts = Counts::default();
    let mut verdict = Verdict::default();
    for topic in names.inputs() {
        let (found, judged) = intake::judge(topic, &deployment.inputs(topic), &log, &dead_letters);
        counts.inputs += found.inputs;
        counts.forwarded += found.forwarded;
        counts.dead_letters += found.dead_letters;
        verdict.absorb(judged);
    }
    let committed = deployment.decided().expect("Decide has committed in every partition");
    let (found, judged) = fold::judge(&fold::Left {
        application: &deployment.application,
        intake_topic: &names.intake,
        intake: &log,
        committed: &committed,
        changelog: &deployment.read(&names.changelog, deployment.partitions),
        decisions: &deployment.output(&names.decisions),
        leads: &deployment.output(&names.leads),
        follow_up: &deployment.output(&names.follow_up),
        dead_letters: &dead_letters,
        dead_letter_bytes: DEAD_LETTER_BYTES,
        authorities: &deployment.authorities(),
    });
    counts.decisions = found.decisions;
    counts.leads = found.leads;
    counts.follow_ups = found.follow_ups;
    counts.dead_letters += found.dead_letters;
    verdict.absorb(judged);
    (counts, verdict)
}

/// What a judge found wrong, in words, with places and never more than a reader can take in.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Inputs or effects that are nowhere.
    pub lost: Vec<String>,
    /// Inputs or effects that are there too often.
    pub doubled: Vec<String>,
    /// What is out of order, or differs.
    pub wrong: Vec<String>,
}

impl Verdict {
    /// Panics with the first few findings of each kind, unless there are none.
    pub fn assert_clean(&self) {
        let show = |list: &[String]| list.iter().take(5).map(|line| format!("\n    {line}")).collect::<String>();
        assert!(
            self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty(),
            "lost {}:{}\n  doubled {}:{}\n  wrong {}:{}",
            self.lost.len(),
            show(&self.lost),
            self.doubled.len(),
            show(&self.doubled),
            self.wrong.len(),
            show(&self.wrong),
        );
    }

    /// Adds another judge's findings.
    pub fn absorb(&mut self, other: Verdict) {
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.wrong.extend(other.wrong);
    }
}
