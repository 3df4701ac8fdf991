//! How a rulebook becomes law: partition 0 judges, every partition obeys.
//!
//! One order of laws for all: the log's. Once a revision is law no other file can take its number; a bad file never replaces a
//! good one. Signatures will be verified here, against the charter; until there is one, a rulebook needs a process that was told to
//! allow unsigned ones.

use std::sync::Arc;

use super::examples::{self, ExampleOutcome};
use super::partition::{Chain, Law, View};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use crate::contract::code::{self, Code, NOT_SIGNED, NOT_THE_REGISTRAR, NOT_YET_EFFECTIVE, REVISION_OUT_OF_TURN, WRONG_PREVIOUS};
use crate::contract::log::{PolicyInForce, PolicyOffered};
use crate::rulebook::{self, Diagnostic, Rulebook};

/// The partition that judges.
pub const REGISTRAR: u32 = 0;
/// What a rulebook from the log is called in messages.
const FILE_NAME: &str = "rulebook";

/// Compiles a rulebook's file and runs its examples: what `run`, `rules check` and the fold itself accept.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(file: &[u8], file_name: &str) -> Result<Rulebook, Vec<Diagnostic>> {
    let rulebook = Arc::new(rulebook::compile(file, file_name)?);
    let failing: Vec<Diagnostic> =
        examples::run(&rulebook).iter().filter(|example| !example.holds).map(|example| failure(example, file, file_name)).collect();
    if failing.is_empty() {
        return Ok(Arc::into_inner(rulebook).expect("the examples are told, and nobody else has it"));
    }
    Err(failing.into_iter().chain(rulebook.warnings.iter().cloned()).collect())
}

/// An example that is decided otherwise, at its place. Its name is not repeated: it may be a person's (PII-1).
fn failure(example: &ExampleOutcome, file: &[u8], file_name: &str) -> Diagnostic {
    let message = format!("this example is decided {} instead of {}", example.decision(), example.expectation());
    let text = str::from_utf8(file).unwrap_or_default(); // it was compiled
    let help = (!example.why.is_empty()).then(|| example.why.clone());
    Diagnostic::error_at(code::RULEBOOK_EXAMPLE_FAILS, (file_name, text), example.span.clone(), message, help)
}

/// Judges a rulebook that was offered.
pub(super) fn offered(view: &impl View, offered: &PolicyOffered, at: Moment) -> Step {
    let partition = view.partition();
    let digest = rulebook::digest(offered.rulebook.as_bytes());
    if partition.chain.as_ref().is_some_and(|chain| chain.digest == digest) {
        return Step::ignored();
    }
    let mut step = Step::new(Outcome::LawRefused);
    let judged =
        if partition.index == REGISTRAR { judge(partition.chain.as_ref(), offered, at) } else { Err(Refused::by(None, NOT_THE_REGISTRAR)) };
    match judged {
        Ok(rulebook) => {
            step.outcome = Outcome::LawChanged;
            step.changes.push(Change::Chain(Chain { revision: rulebook.revision, digest: digest.clone(), unsigned: true }));
            let in_force = PolicyInForce {
                rulebook: offered.rulebook.clone(),
                digest,
                revision: rulebook.revision,
                signed_by: Vec::new(),
                charter: Default::default(),
            };
            step.effects.push(Effect::Append(To::All, Append::PolicyInForce(in_force)));
        }
        Err(Refused { revision, code, message }) => {
            step.effects.push(Effect::PolicyRefused { revision, digest, code, message });
        }
    }
    step
}

struct Refused {
    revision: Option<u32>,
    code: &'static Code,
    message: String,
}

impl Refused {
    fn by(revision: Option<u32>, code: &'static Code) -> Self {
        Self { revision, code, message: code.title.to_owned() }
    }
}

/// The chain of checks; the first that fails names the refusal.
fn judge(chain: Option<&Chain>, offered: &PolicyOffered, at: Moment) -> Result<Rulebook, Refused> {
    let rulebook = load(offered.rulebook.as_bytes(), FILE_NAME).map_err(|diagnostics| {
        let first = diagnostics.first();
        Refused {
            revision: None,
            code: first.map_or(code::RULEBOOK_YAML, |diagnostic| diagnostic.code),
            message: first.map_or_else(String::new, ToString::to_string),
        }
    })?;
    let refuse = |code| Err(Refused::by(Some(rulebook.revision), code));
    if let Some(chain) = chain {
        if rulebook.revision != chain.revision + 1 {
            return refuse(REVISION_OUT_OF_TURN);
        }
        if rulebook.previous.as_ref() != Some(&chain.digest) {
            return refuse(WRONG_PREVIOUS);
        }
    }
    if rulebook.effective_from > at.ingested_at {
        return refuse(NOT_YET_EFFECTIVE);
    }
    if !offered.unsigned_allowed {
        return refuse(NOT_SIGNED);
    }
    Ok(rulebook)
}

/// Puts a rulebook in force in this partition.
pub(super) fn in_force(view: &impl View, in_force: &PolicyInForce) -> Step {
    let law = view.partition().law.as_ref();
    if law.is_some_and(|law| law.rulebook.digest == in_force.digest || law.rulebook.revision >= in_force.revision) {
        return Step::ignored();
    }
    match law_of(in_force.clone()) {
        Ok(law) => {
            let mut step = Step::new(Outcome::LawChanged);
            step.changes.push(Change::Law(law));
            step
        }
        Err(diagnostics) => {
            let first = diagnostics.first();
            let mut step = Step::new(Outcome::LawRefused);
            step.effects.push(Effect::PolicyRefused {
                revision: Some(in_force.revision),
                digest: in_force.digest.clone(),
                code: first.map_or(code::RULEBOOK_YAML, |diagnostic| diagnostic.code),
                message: first.map_or_else(String::new, ToString::to_string),
            });
            step
        }
    }
}

/// The law that a record of the log put in force; also used to restore it.
///
/// # Errors
/// What this version of Relevo can't read of it: a newer version's rulebook, met by an older one.
pub fn law_of(record: PolicyInForce) -> Result<Law, Vec<Diagnostic>> {
    // Its examples held where it was judged. What is law is law: no version of the engine may refuse it for them.
    let rulebook = rulebook::compile(record.rulebook.as_bytes(), FILE_NAME)?;
    Ok(Law { rulebook: Arc::new(rulebook), record: Arc::new(record) })
}
