//! The roster in force, as a revision that takes force ([`super::acceptance`]); sales alone signs. This file refuses to know what it is for.

use std::sync::Arc;

use super::acceptance::{Kept, Refused, refused};
use super::assign;
use super::partition::{Authority, Chain, Partition, RosterInUse, View};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use super::verify::LEAP;
use crate::contract::code::{NOT_THE_REGISTRAR, REVISION_LEAPS};
use crate::contract::log::InForce;
use crate::rulebook::{self, Diagnostic, Revision as _, Roster};

impl Kept for Roster {
    fn chain(partition: &Partition) -> Option<&Chain> {
        partition.roster_chain.as_ref()
    }

    fn other_chain(partition: &Partition) -> Option<&Chain> {
        partition.chain.as_ref()
    }

    fn least(_: &Authority) -> u32 {
        1
    }

    fn load(file: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        Self::compile(file)
    }

    fn chained(chain: Chain) -> Change {
        Change::RosterChain(chain)
    }

    fn told(record: InForce) -> Append {
        Append::RosterInForce(record)
    }
}

/// Puts a roster in force in this partition. Whoever it says is away, or no longer names, hands their leads on.
pub(super) fn in_force(view: &impl View, in_force: &InForce, at: Moment) -> Step {
    let partition = view.partition();
    if partition.roster.as_ref().is_some_and(|known| known.roster.revision >= in_force.revision) {
        return Step::ignored();
    }
    let refuse = |message: &str| {
        let reason = Refused { revision: Some(in_force.revision), code: NOT_THE_REGISTRAR, message: message.to_owned() };
        refused(reason, in_force.digest.clone())
    };
    if partition.roster.as_ref().is_some_and(|known| in_force.revision > known.roster.revision.saturating_add(LEAP)) {
        return refused(Refused::by(Some(in_force.revision), REVISION_LEAPS), in_force.digest.clone());
    }
    if rulebook::digest(in_force.file.as_bytes()) != in_force.digest {
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
pub fn roster_of(record: InForce) -> Result<RosterInUse, Vec<Diagnostic>> {
    let roster = Roster::compile(record.file.as_bytes())?;
    Ok(RosterInUse { roster: Arc::new(roster), record: Arc::new(record) })
}
