//! Whether what the log, or the state, calls a rulebook or a roster in force is one: verified by whoever folds it, and not believed.
//!
//! [`super::step()`] is a function of the log alone, and replays fold what is in it. Whoever serves asks here first, before a record is
//! folded and when a state is read back. Pure: the charters are handed in.

use std::fmt;

use super::partition::{Authority, Partition};
use crate::contract::log::InForce;
use crate::rulebook::{self, Diagnostic, File, Link, Revision, Roster, Rulebook};

/// How far beyond the one in force a revision may be: they grow by one, and a partition that was rebuilt may have passed some over.
pub(super) const LEAP: u32 = 1_000;
/// What its signatures are called in messages.
const SIGNATURES_NAME: &str = "signatures";

/// Why a record is not believed. Its words name the kind and the number, and nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotProved {
    /// It says what nobody who may has signed: somebody else wrote it.
    Forged(String),
    /// The charter by which it was judged is not at hand; it may come.
    NoCharter(String),
    /// Nobody signed it, and this process was not told that this will do.
    Unsigned(String),
    /// This version of Relevo can't read its text.
    Unreadable(String),
}

impl fmt::Display for NotProved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forged(message) | Self::NoCharter(message) | Self::Unsigned(message) | Self::Unreadable(message) => f.write_str(message),
        }
    }
}

/// Verifies a rulebook or a roster that takes force in this partition. What it has already is told again word for word: that proves itself.
///
/// # Errors
/// Why it must not be folded.
pub fn takes_force<R: Proved>(partition: &Partition, record: &InForce, authority: &Authority) -> Result<(), NotProved> {
    if R::in_force(partition) == Some(record) {
        return Ok(());
    }
    if R::in_force(partition).is_some_and(|known| record.revision > known.revision.saturating_add(LEAP)) {
        return Err(NotProved::Forged(format!("{} leaps far beyond the one in force", name::<R>(record))));
    }
    let is_signed = |record: &&InForce| !record.is_unsigned();
    let follows_signed =
        record.is_unsigned() && [Rulebook::in_force(partition), Roster::in_force(partition)].iter().flatten().any(is_signed);
    if follows_signed {
        return Err(NotProved::Forged(format!("nobody signed {}, and what is in force is signed", name::<R>(record))));
    }
    holds::<R>(record, authority)
}

/// Verifies what a state says is in force.
///
/// # Errors
/// Why the state must not be used.
pub fn of_state(partition: &Partition, authority: &Authority) -> Result<(), NotProved> {
    Rulebook::in_force(partition).map_or(Ok(()), |record| holds::<Rulebook>(record, authority))?;
    Roster::in_force(partition).map_or(Ok(()), |record| holds::<Roster>(record, authority))
}

/// What has a record in force.
pub trait Proved: Revision {
    /// The record of the one that is in force.
    fn in_force(partition: &Partition) -> Option<&InForce>;
}

impl Proved for Rulebook {
    fn in_force(partition: &Partition) -> Option<&InForce> {
        partition.law.as_ref().map(|law| law.record.as_ref())
    }
}

impl Proved for Roster {
    fn in_force(partition: &Partition) -> Option<&InForce> {
        partition.roster.as_ref().map(|used| used.record.as_ref())
    }
}

/// Whether a record says what its text and its signatures say.
fn holds<R: Revision>(record: &InForce, authority: &Authority) -> Result<(), NotProved> {
    let forged = |what: &str| Err(NotProved::Forged(format!("{} {what}", name::<R>(record))));
    let file = record.file.as_bytes();
    if rulebook::digest(file) != record.digest {
        return forged("has not the digest of its text");
    }
    let compiled = R::compile(file).map_err(|found| NotProved::Unreadable(unreadable::<R>(record, &found)))?;
    let Link { revision, effective_from, .. } = compiled.link();
    if revision != record.revision {
        return forged("has not the number of its text");
    }
    if record.is_unsigned() {
        return match authority.unsigned_allowed {
            true => Ok(()),
            false => Err(NotProved::Unsigned(format!("nobody signed {}", name::<R>(record)))),
        };
    }
    let Some(charter) = authority.charter_of(&record.charter) else {
        let message = format!("{} was judged by the charter {}, which is not at hand", name::<R>(record), record.charter);
        return Err(NotProved::NoCharter(message));
    };
    let tally = charter.tally::<R>(file, effective_from, File { name: SIGNATURES_NAME, bytes: record.signatures.as_bytes() });
    if !tally.is_agreed() {
        return forged("is not signed by whom the charter asks for");
    }
    if !tally.parties.iter().flat_map(|party| &party.signed).eq(&record.signed_by) {
        return forged("names others than those who signed it");
    }
    Ok(())
}

/// `revision 7 of the rulebook`
fn name<R: Revision>(record: &InForce) -> String {
    format!("revision {} of the {}", record.revision, R::KIND)
}

fn unreadable<R: Revision>(record: &InForce, found: &[Diagnostic]) -> String {
    let first = found.first().map_or_else(String::new, ToString::to_string);
    format!("{} can't be read by this version: {first}", name::<R>(record))
}
