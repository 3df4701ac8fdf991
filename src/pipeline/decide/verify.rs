//! Halting a partition before a rulebook or a roster that is none: see [`crate::engine::verify`].

use super::super::stage::{NotProcessed, Stopped};
use crate::contract::Code;
use crate::contract::code::{ACCEPTANCE_FORGED, ACCEPTANCE_UNREADABLE, CHARTER_NOT_AT_HAND, UNSIGNED_IN_FORCE};
use crate::contract::log::Record;
use crate::contract::outgoing::Place;
use crate::engine::{Authority, Partition, verify};
use crate::kafka::TopicPartition;
use crate::rulebook::{Roster, Rulebook};

/// Whether a record may be folded.
pub(super) fn of_record(place: &Place<'_>, record: &Record<'_>, partition: &Partition, authority: &Authority) -> Result<(), NotProcessed> {
    let proved = match record {
        Record::PolicyInForce(record) => verify::takes_force::<Rulebook>(partition, record, authority),
        Record::RosterInForce(record) => verify::takes_force::<Roster>(partition, record, authority),
        _ => return Ok(()),
    };
    proved.map_err(|why| NotProcessed::Stopped(stopped(format!("{place}: {why}."), &why)))
}

/// Whether a state may be gone on from.
pub(super) fn of_state(changelog: &TopicPartition, partition: &Partition, authority: &Authority) -> Result<(), Stopped> {
    verify::of_state(partition, authority).map_err(|why| stopped(format!("{changelog}: {why}."), &why))
}

fn stopped(message: String, why: &verify::NotProved) -> Stopped {
    let code: &'static Code = match why {
        verify::NotProved::Forged(_) => ACCEPTANCE_FORGED,
        verify::NotProved::NoCharter(_) => CHARTER_NOT_AT_HAND,
        verify::NotProved::Unsigned(_) => UNSIGNED_IN_FORCE,
        verify::NotProved::Unreadable(_) => ACCEPTANCE_UNREADABLE,
    };
    Stopped { code, message }
}
