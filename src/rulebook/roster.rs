//! The roster: who of sales is on which team, when they work, how many leads they get. Sales' own file, signed by sales alone.
//!
//! Bytes in, a roster or everything that is wrong with it out (PURE-1). This file refuses to know whose turn it is, and which leads anybody
//! has: the engine keeps that.

mod draft;
mod teams;

use std::collections::BTreeMap;
use std::ops::Range;

use compact_str::CompactString;

use super::compiled::Calendar;
use super::diagnostic::Diagnostic;
use super::special_days::Dated;
use crate::contract::Timestamp;

pub use draft::compile;
pub use teams::unlike;

/// The most sellers of a team: more than one person can lead.
pub const MAX_SELLERS: usize = 200;
/// The most absences of a seller that one roster names.
pub const MAX_ABSENCES: usize = 100;
/// The greatest weight.
pub const MAX_WEIGHT: u32 = 10;
/// The most steps from one absence or closed hour to the next until somebody is on duty: absences are few, and calendars open within a year.
const MAX_STEPS: usize = 2 * MAX_ABSENCES + 2;

/// A roster of one revision.
#[derive(Debug)]
pub struct Roster {
    /// Its number; grows by one.
    pub revision: u32,
    /// `sha256:` and the hexadecimal hash of the file's exact bytes.
    pub digest: CompactString,
    /// The digest of the revision before.
    pub previous: Option<CompactString>,
    /// From when on it may take force.
    pub effective_from: Timestamp,
    /// Teams by name.
    pub teams: BTreeMap<CompactString, TeamRoster>,
    /// Of calendars whose holidays all have their year: the last one, and where the list stands.
    pub dated_holidays: BTreeMap<CompactString, Dated>,
    /// Where each team's name stands in the file, in bytes.
    pub places: BTreeMap<CompactString, Range<usize>>,
    /// What its writers hardly meant: it loads all the same.
    pub warnings: Vec<Diagnostic>,
}

/// A team's sellers, by the identifiers of the CRM.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamRoster {
    /// At least one.
    pub sellers: BTreeMap<CompactString, Seller>,
}

/// Somebody who gets leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Seller {
    /// How many leads they get for each that somebody of weight 1 gets.
    pub weight: u32,
    /// When they work; `None`: always.
    pub calendar: Option<Calendar>,
    /// How many open leads they may have; `None`: as many as come.
    pub open_leads_at_most: Option<u32>,
    /// When they are away, from the first instant to before the last, ascending, none over another.
    pub absences: Vec<Range<Timestamp>>,
}

impl Roster {
    /// A seller of a team.
    pub fn seller(&self, team: &str, seller: &str) -> Option<&Seller> {
        self.teams.get(team)?.sellers.get(seller)
    }
}

impl TeamRoster {
    /// The first instant from `at` on at which anybody is on duty; `None`: never, as far as the roster goes.
    pub fn opens_at(&self, at: Timestamp, not_to: Option<&str>) -> Option<Timestamp> {
        let others = self.sellers.iter().filter(|(name, _)| not_to != Some(name.as_str()));
        others.filter_map(|(_, seller)| seller.on_duty_from(at)).min()
    }
}

impl Seller {
    /// Whether they are away: on holiday, and not merely after hours.
    pub fn is_absent(&self, at: Timestamp) -> bool {
        self.absence_at(at).is_some()
    }

    /// Whether a lead may be theirs now: in their working hours, and not away.
    pub fn is_on_duty(&self, at: Timestamp) -> bool {
        !self.is_absent(at) && self.calendar.as_ref().is_none_or(|calendar| calendar.is_open(at))
    }

    /// When they are back; `None`: they are not away.
    pub fn back_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.absence_at(at).map(|absence| absence.end)
    }

    /// The first instant from `at` on at which they are on duty.
    fn on_duty_from(&self, at: Timestamp) -> Option<Timestamp> {
        let mut at = at;
        for _ in 0..MAX_STEPS {
            if let Some(absence) = self.absence_at(at) {
                at = absence.end;
                continue;
            }
            let opens_at = self.calendar.as_ref().map_or(Some(at), |calendar| calendar.next_opening(at))?;
            if opens_at == at {
                return Some(at);
            }
            at = opens_at;
        }
        None
    }

    fn absence_at(&self, at: Timestamp) -> Option<&Range<Timestamp>> {
        self.absences.iter().find(|absence| absence.contains(&at))
    }
}
