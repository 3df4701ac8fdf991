//! How a roster takes force: as a law does, and apart from it. Partition 0 judges, every partition obeys; sales alone signs.
//!
//! A bad file never replaces a good one. This file refuses to know what a roster is for.

use std::sync::Arc;

use compact_str::CompactString;

use super::assign;
use super::law::{REGISTRAR, Refused, follows, refused, settle};
use super::partition::{Authority, Chain, RosterInUse, View};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use crate::contract::code::{NOT_THE_REGISTRAR, NOT_YET_EFFECTIVE};
use crate::contract::log::{RosterInForce, RosterOffered};
use crate::rulebook::roster::{self, Roster};
use crate::rulebook::{self, AgreedRoster, Diagnostic, File};

/// What a roster from the log is called in messages.
const FILE_NAME: &str = "roster";
/// What its signatures are called.
const SIGNATURES_NAME: &str = "signatures";

/// A roster that may take force, and on what ground.
enum Usable {
    Agreed(AgreedRoster),
    /// Nobody's signature was asked for: `--allow-unsigned`.
    Unsigned(Roster),
}

impl Usable {
    fn roster(&self) -> &Roster {
        match self {
            Self::Agreed(agreed) => agreed.roster(),
            Self::Unsigned(roster) => roster,
        }
    }

    fn signed_by(&self) -> &[CompactString] {
        match self {
            Self::Agreed(agreed) => agreed.signed_by(),
            Self::Unsigned(_) => &[],
        }
    }
}

/// Judges a roster that was offered. One that is in force already is told again, as a law is: a partition that an older version folded could
/// not read it.
pub(super) fn offered(view: &impl View, offered: &RosterOffered, at: Moment) -> Step {
    let partition = view.partition();
    let digest = rulebook::digest(offered.roster.as_bytes());
    let chain = partition.roster_chain.as_ref();
    if chain.is_some_and(|chain| chain.digest == digest) {
        let mut step = Step::ignored();
        let known = partition.roster.as_ref().filter(|used| used.record.digest == digest);
        step.effects.extend(known.map(|used| Effect::Append(To::All, Append::RosterInForce(RosterInForce::clone(&used.record)))));
        return step;
    }
    let judged = match partition.index {
        REGISTRAR => judge(chain, &partition.authority, offered, at),
        _ => Err(Refused::by(None, NOT_THE_REGISTRAR)),
    };
    match judged {
        Ok(usable) => {
            let mut step = Step::new(Outcome::LawChanged);
            let (revision, signed_by) = (usable.roster().revision, usable.signed_by().to_vec());
            let unsigned = signed_by.is_empty();
            step.changes.push(Change::RosterChain(Chain { revision, digest: digest.clone(), unsigned }));
            let in_force = RosterInForce { roster: offered.roster.clone(), digest, revision, signed_by };
            step.effects.push(Effect::Append(To::All, Append::RosterInForce(in_force)));
            step
        }
        Err(reason) => refused(reason, digest),
    }
}

fn judge(chain: Option<&Chain>, authority: &Authority, offered: &RosterOffered, at: Moment) -> Result<Usable, Refused> {
    let file = offered.roster.as_bytes();
    let roster = roster::compile(file, FILE_NAME).map_err(|found| Refused::for_what_is_wrong(None, &found))?;
    let revision = Some(roster.revision);
    follows(chain, roster.revision, roster.previous.as_ref())?;
    if roster.effective_from > at.ingested_at {
        return Err(Refused::by(revision, NOT_YET_EFFECTIVE));
    }
    let judged = judge_signatures(authority, roster, &offered.signatures, file);
    settle(judged, (chain, authority), (revision, offered.unsigned_allowed), (Usable::Agreed, Usable::Unsigned))
}

fn judge_signatures(
    authority: &Authority,
    roster: Roster,
    signatures: &str,
    file: &[u8],
) -> Result<AgreedRoster, Box<(Roster, Vec<Diagnostic>)>> {
    let Some(charter) = &authority.charter else { return Err(Box::new((roster, Vec::new()))) };
    let signatures = File { name: SIGNATURES_NAME, bytes: signatures.as_bytes() };
    charter.agree_roster(roster, file, signatures).map_err(|refused| {
        let (roster, tally) = *refused;
        Box::new((roster, tally.findings))
    })
}

/// Puts a roster in force in this partition. Whoever it says is away, or no longer names, hands their leads on.
pub(super) fn in_force(view: &impl View, in_force: &RosterInForce, at: Moment) -> Step {
    let partition = view.partition();
    if partition.roster.as_ref().is_some_and(|known| known.roster.revision >= in_force.revision) {
        return Step::ignored();
    }
    let refuse = |message: &str| {
        let reason = Refused { revision: Some(in_force.revision), code: NOT_THE_REGISTRAR, message: message.to_owned() };
        refused(reason, in_force.digest.clone())
    };
    if rulebook::digest(in_force.roster.as_bytes()) != in_force.digest {
        return refuse("its digest is not its text's");
    }
    match roster_of(in_force.clone()) {
        Ok(used) if used.roster.revision != in_force.revision => refuse("its number is not its text's"),
        Ok(used) => {
            let mut step = Step::new(Outcome::LawChanged);
            step.changes.extend(assign::after_a_new_roster(partition, &used.roster, at));
            step.changes.push(Change::Roster(used));
            // The feed may stand still: what a roster moves does not wait for it.
            step.effects.push(Effect::Append(To::Own, Append::Continue));
            step
        }
        Err(found) => refused(Refused::for_what_is_wrong(Some(in_force.revision), &found), in_force.digest.clone()),
    }
}

/// The roster that a record of the log put in force; also used to restore it.
///
/// # Errors
/// What this version of Relevo can't read of it.
pub fn roster_of(record: RosterInForce) -> Result<RosterInUse, Vec<Diagnostic>> {
    let roster = roster::compile(record.roster.as_bytes(), FILE_NAME)?;
    Ok(RosterInUse { roster: Arc::new(roster), record: Arc::new(record) })
}
