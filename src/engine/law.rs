//! How a rulebook becomes law: partition 0 judges, every partition obeys.
//!
//! One order of laws for all: the log's. Once a revision is law no other file can take its number; a bad file never replaces a
//! good one. What may become law is a [`Lawful`] rulebook: one that every party of the charter signed, or one that is marked as
//! signed by nobody. The charter comes with the partition ([`super::Authority`]), so the verdict is a function of the log and of it.

use std::sync::Arc;

use compact_str::CompactString;

use super::examples::{self, ExampleOutcome};
use super::partition::{Authority, Chain, Law, View};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use crate::contract::code::{
    self, Code, NOT_SIGNED, NOT_THE_REGISTRAR, NOT_YET_EFFECTIVE, REVISION_OUT_OF_TURN, UNSIGNED_CHAIN, WRONG_PREVIOUS,
};
use crate::contract::log::{PolicyInForce, PolicyOffered};
use crate::rulebook::{self, Agreed, Diagnostic, File, Rulebook};

/// The partition that judges.
pub const REGISTRAR: u32 = 0;
/// What a rulebook from the log is called in messages.
const FILE_NAME: &str = "rulebook";
/// What its signatures are called.
const SIGNATURES_NAME: &str = "signatures";

/// A rulebook that may become law, and on what ground.
#[derive(Debug)]
pub enum Lawful {
    /// Every party of the charter signed it.
    Agreed(Agreed),
    /// Nobody's signature was asked for: `--allow-unsigned`. Said wherever the law is shown.
    Unsigned(Rulebook),
}

impl Lawful {
    /// The rulebook.
    pub fn rulebook(&self) -> &Rulebook {
        match self {
            Self::Agreed(agreed) => agreed.rulebook(),
            Self::Unsigned(rulebook) => rulebook,
        }
    }

    /// Whether nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        matches!(self, Self::Unsigned(_))
    }

    /// What every partition is told of it.
    fn in_force(&self, file: String) -> PolicyInForce {
        let (signed_by, charter) = match self {
            Self::Agreed(agreed) => (agreed.signed_by().to_vec(), agreed.charter().clone()),
            Self::Unsigned(_) => (Vec::new(), CompactString::default()),
        };
        let Rulebook { revision, digest, .. } = self.rulebook();
        PolicyInForce { rulebook: file, digest: digest.clone(), revision: *revision, signed_by, charter }
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

/// Judges a rulebook that was offered.
pub(super) fn offered(view: &impl View, offered: &PolicyOffered, at: Moment) -> Step {
    let partition = view.partition();
    let digest = rulebook::digest(offered.rulebook.as_bytes());
    if partition.chain.as_ref().is_some_and(|chain| chain.digest == digest) {
        return told_again(view, &digest);
    }
    let mut step = Step::new(Outcome::LawChanged);
    let judged = if partition.index == REGISTRAR {
        judge(partition.chain.as_ref(), &partition.authority, offered, at)
    } else {
        Err(Refused::by(None, NOT_THE_REGISTRAR))
    };
    match judged {
        Ok(lawful) => {
            let (revision, unsigned) = (lawful.rulebook().revision, lawful.is_unsigned());
            step.changes.push(Change::Chain(Chain { revision, digest, unsigned }));
            let in_force = lawful.in_force(offered.rulebook.clone());
            step.effects.push(Effect::Append(To::All, Append::PolicyInForce(in_force)));
        }
        Err(reason) => return refused(reason, digest),
    }
    step
}

/// The step of an offer that is refused.
pub(super) fn refused(Refused { revision, code, message }: Refused, digest: CompactString) -> Step {
    let mut step = Step::new(Outcome::LawRefused);
    step.effects.push(Effect::PolicyRefused { revision, digest, code, message });
    step
}

/// What is law already is offered again when a partition is seen without it: one that an older version folded could not read it, and does
/// not see its record again after the upgrade. So the registrar repeats its own record, word for word and judged no more; whoever has the
/// law ignores it. Before its own record has come by, that record is on its way to everybody.
fn told_again(view: &impl View, digest: &CompactString) -> Step {
    let mut step = Step::ignored();
    if let Some(law) = view.partition().law.as_ref().filter(|law| law.rulebook.digest == *digest) {
        step.effects.push(Effect::Append(To::All, Append::PolicyInForce(PolicyInForce::clone(&law.record))));
    }
    step
}

/// Why an offer is refused.
pub(super) struct Refused {
    pub revision: Option<u32>,
    pub code: &'static Code,
    pub message: String,
}

impl Refused {
    pub(super) fn by(revision: Option<u32>, code: &'static Code) -> Self {
        Self { revision, code, message: code.title.to_owned() }
    }

    pub(super) fn for_what_is_wrong(revision: Option<u32>, diagnostics: &[Diagnostic]) -> Self {
        let first = diagnostics.first();
        Self {
            revision,
            code: first.map_or(code::RULEBOOK_YAML, |diagnostic| diagnostic.code),
            message: first.map_or_else(String::new, ToString::to_string),
        }
    }
}

/// The chain of checks; the first that fails names the refusal.
fn judge(chain: Option<&Chain>, authority: &Authority, offered: &PolicyOffered, at: Moment) -> Result<Lawful, Refused> {
    let file = offered.rulebook.as_bytes();
    let rulebook = load(file, FILE_NAME).map_err(|diagnostics| Refused::for_what_is_wrong(None, &diagnostics))?;
    let revision = Some(rulebook.revision);
    follows(chain, rulebook.revision, rulebook.previous.as_ref())?;
    if rulebook.effective_from > at.ingested_at {
        return Err(Refused::by(revision, NOT_YET_EFFECTIVE));
    }
    let judged = judge_signatures(authority, rulebook, &offered.signatures, file);
    settle(judged, (chain, authority), (revision, offered.unsigned_allowed), (Lawful::Agreed, Lawful::Unsigned))
}

/// What becomes of a file whose signatures were judged: `agreed`, or `unsigned` where that will do.
pub(super) fn settle<A, F, T>(
    judged: Result<A, Box<(F, Vec<Diagnostic>)>>,
    (chain, authority): (Option<&Chain>, &Authority),
    (revision, unsigned_offered): (Option<u32>, bool),
    (agreed, unsigned): (impl FnOnce(A) -> T, impl FnOnce(F) -> T),
) -> Result<T, Refused> {
    // Both have to say so: whoever can write to the log must not be able to say it for the one who judges. And what was agreed
    // once is never followed by what nobody agreed to.
    let unsigned_will_do = authority.unsigned_allowed && unsigned_offered && chain.is_none_or(|chain| chain.unsigned);
    let refused = match judged {
        Ok(_) if chain.is_some_and(|chain| chain.unsigned) && !authority.unsigned_allowed => {
            return Err(Refused::by(revision, UNSIGNED_CHAIN));
        }
        Ok(judged) => return Ok(agreed(judged)),
        Err(refused) => refused,
    };
    let (file, findings) = *refused;
    match findings.is_empty() {
        _ if unsigned_will_do => Ok(unsigned(file)),
        true => Err(Refused::by(revision, NOT_SIGNED)),
        false => Err(Refused::for_what_is_wrong(revision, &findings)),
    }
}

/// Whether a file is the next of its chain.
pub(super) fn follows(chain: Option<&Chain>, revision: u32, previous: Option<&CompactString>) -> Result<(), Refused> {
    let Some(chain) = chain else { return Ok(()) };
    if revision != chain.revision.saturating_add(1) {
        return Err(Refused::by(Some(revision), REVISION_OUT_OF_TURN));
    }
    if previous != Some(&chain.digest) {
        return Err(Refused::by(Some(revision), WRONG_PREVIOUS));
    }
    Ok(())
}

/// The rulebook as one that was agreed on; else the rulebook again, and why not.
fn judge_signatures(
    authority: &Authority,
    rulebook: Rulebook,
    signatures: &str,
    file: &[u8],
) -> Result<Agreed, Box<(Rulebook, Vec<Diagnostic>)>> {
    let Some(charter) = &authority.charter else { return Err(Box::new((rulebook, Vec::new()))) };
    let signatures = File { name: SIGNATURES_NAME, bytes: signatures.as_bytes() };
    charter.agree(rulebook, file, signatures).map_err(|refused| {
        let (rulebook, tally) = *refused;
        Box::new((rulebook, tally.findings))
    })
}

/// Puts a rulebook in force in this partition.
pub(super) fn in_force(view: &impl View, in_force: &PolicyInForce) -> Step {
    let law = view.partition().law.as_ref();
    if law.is_some_and(|law| law.rulebook.digest == in_force.digest || law.rulebook.revision >= in_force.revision) {
        return Step::ignored();
    }
    // Whoever may write to the log itself could say anything here: what it says must at least fit together.
    if rulebook::digest(in_force.rulebook.as_bytes()) != in_force.digest {
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
fn not_of_the_registrar(in_force: &PolicyInForce) -> Step {
    not_in_force(in_force, NOT_THE_REGISTRAR, "its number or digest is not its text's".to_owned())
}

fn not_in_force(in_force: &PolicyInForce, code: &'static Code, message: String) -> Step {
    refused(Refused { revision: Some(in_force.revision), code, message }, in_force.digest.clone())
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
