//! The rulebook in force, as a revision that takes force ([`super::acceptance`]): it loads, its examples hold, and every partition obeys it.

use std::sync::Arc;

use super::acceptance::{Kept, Refused, refused};
use super::examples::{self, ExampleOutcome};
use super::partition::{Authority, Chain, Law, Partition, View};
use super::step::{Append, Change, Outcome, Step};
use super::verify::LEAP;
use crate::contract::code::{self, Code, NOT_THE_REGISTRAR, REVISION_LEAPS};
use crate::contract::log::InForce;
use crate::rulebook::{self, Diagnostic, Revision as _, Rulebook};

impl Kept for Rulebook {
    fn chain(partition: &Partition) -> Option<&Chain> {
        partition.chain.as_ref()
    }

    fn other_chain(partition: &Partition) -> Option<&Chain> {
        partition.roster_chain.as_ref()
    }

    fn least(authority: &Authority) -> u32 {
        authority.least_revision
    }

    fn load(file: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        load(file, Self::KIND)
    }

    fn chained(chain: Chain) -> Change {
        Change::Chain(chain)
    }

    fn told(record: InForce) -> Append {
        Append::PolicyInForce(record)
    }
}

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

/// Puts a rulebook in force in this partition.
pub(super) fn in_force(view: &impl View, in_force: &InForce) -> Step {
    let law = view.partition().law.as_ref();
    if law.is_some_and(|law| law.rulebook.digest == in_force.digest || law.rulebook.revision >= in_force.revision) {
        return Step::ignored();
    }
    if law.is_some_and(|law| in_force.revision > law.rulebook.revision.saturating_add(LEAP)) {
        return not_in_force(in_force, REVISION_LEAPS, REVISION_LEAPS.title.to_owned());
    }
    // Whoever may write to the log itself could say anything here: what it says must at least fit together.
    if rulebook::digest(in_force.file.as_bytes()) != in_force.digest {
        return not_of_the_registrar(in_force);
    }
    match law_of(in_force.clone()) {
        Ok(law) if law.rulebook.revision != in_force.revision => not_of_the_registrar(in_force),
        Ok(law) => {
            let mut step = Step::new(Outcome::LawChanged);
            step.changes.push(Change::Law(law));
            // New terms come with laws, so this is when old ones are looked at.
            let outlived = view.partition().terms.keys().filter(|digest| !view.needs_terms(**digest));
            step.changes.extend(outlived.map(|digest| Change::Terms(*digest, None)));
            step
        }
        Err(diagnostics) => {
            let first = diagnostics.first();
            let code = first.map_or(code::RULEBOOK_YAML, |diagnostic| diagnostic.code);
            not_in_force(in_force, code, first.map_or_else(String::new, ToString::to_string))
        }
    }
}

/// Refuses a law that the registrar can't have written.
fn not_of_the_registrar(in_force: &InForce) -> Step {
    not_in_force(in_force, NOT_THE_REGISTRAR, "its number or digest is not its text's".to_owned())
}

fn not_in_force(in_force: &InForce, code: &'static Code, message: String) -> Step {
    refused(Refused { revision: Some(in_force.revision), code, message }, in_force.digest.clone())
}

/// The law that a record of the log put in force; also used to restore it.
///
/// # Errors
/// What this version of Relevo can't read of it: a newer version's rulebook, met by an older one.
pub fn law_of(record: InForce) -> Result<Law, Vec<Diagnostic>> {
    // Its examples held where it was judged. What is law is law: no version of the engine may refuse it for them.
    let rulebook = Rulebook::compile(record.file.as_bytes())?;
    Ok(Law { rulebook: Arc::new(rulebook), record: Arc::new(record) })
}
