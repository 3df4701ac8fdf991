//! How a revision takes force, be it a rulebook or a roster: partition 0 judges what is offered, and every partition is told.
//!
//! One order for all: the log's. Once a revision has its number no other file can take it; a bad file never replaces a good one; and what
//! was agreed on is never followed by what nobody signed, whichever kind either is of. The charter comes with the partition
//! ([`super::Authority`]), so the verdict is a function of the log and of it. This file refuses to know what a revision says.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::partition::{Authority, Chain, Partition, View};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use super::verify::Proved;
use crate::contract::Timestamp;
use crate::contract::code::{
    self, Code, NOT_SIGNED, NOT_THE_REGISTRAR, NOT_YET_EFFECTIVE, REVISION_DATED_BACK, REVISION_OUT_OF_TURN, REVISION_STALE,
    REVISION_TOO_LOW, UNSIGNED_CHAIN, WRONG_PREVIOUS,
};
use crate::contract::log::{InForce, Offered};
use crate::contract::time::DAY_MS;
use crate::rulebook::{self, Agreed, Diagnostic, File, Link, Revision};

/// The partition that judges.
pub const REGISTRAR: u32 = 0;
/// How long after its `effective_from` a revision may be judged that follows another. Keys are judged at that instant, so without a bound
/// whoever left could go on signing by dating back to their time; and an outage of Intake has to void nothing.
pub const JUDGED_WITHIN_MS: i64 = 30 * DAY_MS;
/// What the signatures of a file from the log are called in messages.
const SIGNATURES_NAME: &str = "signatures";

/// What the engine knows of a kind of revision.
pub(super) trait Kept: Proved {
    /// The last one that was accepted.
    fn chain(partition: &Partition) -> Option<&Chain>;
    /// The last one of the other kind.
    fn other_chain(partition: &Partition) -> Option<&Chain>;
    /// The lowest number with which a log may begin.
    fn least(authority: &Authority) -> u32;
    /// Reads it as it is judged: more strictly than what is in force is read.
    fn load(file: &[u8]) -> Result<Self, Vec<Diagnostic>>;
    /// The chain ends here now.
    fn chained(chain: Chain) -> Change;
    /// Tells partitions of it.
    fn told(record: InForce) -> Append;
}

/// A revision that may take force, and on what ground.
#[derive(Debug)]
pub enum Lawful<R> {
    /// Everybody signed it who has to.
    Agreed(Agreed<R>),
    /// Nobody's signature was asked for: `--allow-unsigned`. Said wherever it is shown.
    Unsigned(R),
}

impl<R: Revision> Lawful<R> {
    fn revision(&self) -> &R {
        match self {
            Self::Agreed(agreed) => agreed.revision(),
            Self::Unsigned(revision) => revision,
        }
    }

    /// What the next one has to follow.
    fn chain(&self) -> Chain {
        let Link { revision, digest, effective_from, .. } = self.revision().link();
        Chain { revision, digest: digest.clone(), effective_from, unsigned: matches!(self, Self::Unsigned(_)) }
    }

    /// What every partition is told of it.
    fn in_force(&self, Offered { file, signatures, .. }: &Offered) -> InForce {
        let (signatures, signed_by, charter) = match self {
            Self::Agreed(agreed) => (signatures.clone(), agreed.signed_by().to_vec(), agreed.charter().clone()),
            Self::Unsigned(_) => (String::new(), Vec::new(), CompactString::default()),
        };
        let Link { revision, digest, .. } = self.revision().link();
        InForce { file: file.clone(), digest: digest.clone(), revision, signatures, signed_by, charter }
    }
}

/// Judges what was offered.
pub(super) fn offered<R: Kept>(view: &impl View, offered: &Offered, at: Moment) -> Step {
    let partition = view.partition();
    let digest = rulebook::digest(offered.file.as_bytes());
    if R::chain(partition).is_some_and(|chain| chain.digest == digest) {
        return told_again::<R>(partition, &digest, &offered.lacked_by);
    }
    let judged = match partition.index {
        REGISTRAR => judge::<R>(partition, offered, at),
        _ => Err(Refused::by(None, NOT_THE_REGISTRAR)),
    };
    match judged {
        Ok(lawful) => {
            let mut step = Step::new(Outcome::LawChanged);
            step.changes.push(R::chained(lawful.chain()));
            step.effects.push(Effect::Append(To::All, R::told(lawful.in_force(offered))));
            step
        }
        Err(reason) => refused(reason, digest),
    }
}

/// What is in force already is offered again when partitions are seen without it. So the registrar repeats its own record to them, word for
/// word and judged no more. Before its own record has come by, that record is on its way to everybody. What nobody signed is not told
/// where something signed is in force by now: nobody could tell it from a forged one.
fn told_again<R: Kept>(partition: &Partition, digest: &CompactString, lacked_by: &[u32]) -> Step {
    let mut step = Step::ignored();
    let known = R::in_force(partition).filter(|record| record.digest == *digest);
    let stands = |record: &&InForce| !record.is_unsigned() || R::other_chain(partition).is_none_or(|chain| chain.unsigned);
    if let Some(record) = known.filter(stands) {
        let lacking: BTreeSet<u32> = lacked_by.iter().copied().filter(|index| *index < partition.count).collect();
        step.effects.extend(lacking.into_iter().map(|index| Effect::Append(To::One(index), R::told(record.clone()))));
    }
    step
}

/// The step of an offer that is refused.
pub(super) fn refused(Refused { revision, code, message }: Refused, digest: CompactString) -> Step {
    let mut step = Step::new(Outcome::LawRefused);
    step.effects.push(Effect::PolicyRefused { revision, digest, code, message });
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
fn judge<R: Kept>(partition: &Partition, offered: &Offered, at: Moment) -> Result<Lawful<R>, Refused> {
    let file = offered.file.as_bytes();
    let revision = R::load(file).map_err(|diagnostics| Refused::for_what_is_wrong(None, &diagnostics))?;
    let link = revision.link();
    follows(R::chain(partition), link, at.ingested_at).map_err(|code| Refused::by(Some(link.revision), code))?;
    if R::chain(partition).is_none() && link.revision < R::least(&partition.authority) {
        return Err(Refused::by(Some(link.revision), REVISION_TOO_LOW));
    }
    settle(partition, link.revision, offered, agree(&partition.authority, revision, &offered.signatures, file))
}

/// Whether a revision that is judged at `now` is the next of its chain.
///
/// # Errors
/// What keeps it from that.
pub fn follows(chain: Option<&Chain>, link: Link<'_>, now: Timestamp) -> Result<(), &'static Code> {
    if let Some(chain) = chain {
        if link.revision != chain.revision.saturating_add(1) {
            return Err(REVISION_OUT_OF_TURN);
        }
        if link.previous != Some(&chain.digest) {
            return Err(WRONG_PREVIOUS);
        }
        if link.effective_from < chain.effective_from {
            return Err(REVISION_DATED_BACK);
        }
        if now.since_ms(link.effective_from) > JUDGED_WITHIN_MS {
            return Err(REVISION_STALE);
        }
    }
    if link.effective_from > now { Err(NOT_YET_EFFECTIVE) } else { Ok(()) }
}

/// The revision as one that was agreed on; else the revision again, and why not.
fn agree<R: Revision>(authority: &Authority, revision: R, signatures: &str, file: &[u8]) -> Result<Agreed<R>, Box<(R, Vec<Diagnostic>)>> {
    let Some(charter) = &authority.charter else { return Err(Box::new((revision, Vec::new()))) };
    let signatures = File { name: SIGNATURES_NAME, bytes: signatures.as_bytes() };
    charter.agree(revision, file, signatures).map_err(|refused| {
        let (revision, tally) = *refused;
        Box::new((revision, tally.findings))
    })
}

/// What becomes of a file whose signatures were judged.
fn settle<R: Kept>(
    partition: &Partition,
    number: u32,
    offered: &Offered,
    judged: Result<Agreed<R>, Box<(R, Vec<Diagnostic>)>>,
) -> Result<Lawful<R>, Refused> {
    let unsigned_allowed = partition.authority.unsigned_allowed;
    let refused = match judged {
        Ok(_) if R::chain(partition).is_some_and(|chain| chain.unsigned) && !unsigned_allowed => {
            return Err(Refused::by(Some(number), UNSIGNED_CHAIN));
        }
        Ok(agreed) => return Ok(Lawful::Agreed(agreed)),
        Err(refused) => refused,
    };
    // Both have to say so: whoever can write to the log must not be able to say it for the one who judges. And what was agreed
    // once is never followed by what nobody agreed to.
    let unsigned_chains = [R::chain(partition), R::other_chain(partition)].iter().flatten().all(|chain| chain.unsigned);
    let (revision, findings) = *refused;
    match findings.is_empty() {
        _ if unsigned_allowed && offered.unsigned_allowed && unsigned_chains => Ok(Lawful::Unsigned(revision)),
        true => Err(Refused::by(Some(number), NOT_SIGNED)),
        false => Err(Refused::for_what_is_wrong(Some(number), &findings)),
    }
}
