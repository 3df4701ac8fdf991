//! Whether a person may be contacted, and the refusals of people who are remembered no longer.
//!
//! A refusal lasts (PII-2): only a later consent with a time of its own overrules it. A tool that sends "may be contacted" as a state, with
//! each event and without a time, does not say that somebody has changed their mind. Merging is by the times at which things were said, so
//! the order of arrival does not matter. What is kept of somebody who was forgotten is a hash and a time, and nothing that reaches them.

use serde::{Deserialize, Serialize};

use super::account::{Account, PersonSeen};
use super::names::Name;
use crate::contract::Timestamp;

/// Refusals kept of an account's people who are not among its [`super::account::MAX_PEOPLE`]: a large company's whole mailing list seldom has
/// more in ten years. The earliest makes room; from then on nobody who comes new to the account may be contacted without a consent
/// that is later than it.
pub const MAX_REFUSALS: usize = 64;

/// What is known of a person's consent to be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Whether they may be contacted.
    pub contact: bool,
    /// When they said so.
    pub at: Timestamp,
    /// The time was said with the consent, and not taken from the event that brought it.
    pub is_explicit: bool,
}

impl Consent {
    /// A refusal.
    pub const fn refused(at: Timestamp) -> Self {
        Self { contact: false, at, is_explicit: true }
    }

    /// Takes over what was said, unless what is known holds against it.
    pub fn merge(slot: &mut Option<Self>, said: Self) {
        let wins = match slot {
            None => true,
            // At the same instant the refusal stays: the careful side.
            Some(known) => match (known.contact, said.contact) {
                (false, false) => said.at > known.at,
                (false, true) => said.is_explicit && said.at > known.at,
                (true, false) => !known.is_explicit || said.at >= known.at,
                (true, true) => (said.is_explicit, said.at) > (known.is_explicit, known.at),
            },
        };
        if wins {
            *slot = Some(said);
        }
    }
}

/// Refusals of people who are not among the account's people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// At most [`MAX_REFUSALS`] hashes of identifiers with the time of the refusal, the earliest first.
    each: Vec<(u64, Timestamp)>,
    /// The latest refusal that had to make room.
    made_room: Option<Timestamp>,
}

impl Refusals {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.each.is_empty() && self.made_room.is_none()
    }

    /// Remembers one; true where another had to make room for it.
    fn remember(&mut self, person: &str, at: Timestamp) -> bool {
        let hash = hash(person);
        let at = self.take(hash).map_or(at, |known| known.max(at));
        let place = self.each.partition_point(|(other, known)| (*known, *other) < (at, hash));
        self.each.insert(place, (hash, at));
        if self.each.len() <= MAX_REFUSALS {
            return false;
        }
        let (_, dropped) = self.each.remove(0);
        self.made_room = self.made_room.max(Some(dropped));
        true
    }

    fn take(&mut self, hash: u64) -> Option<Timestamp> {
        let place = self.each.iter().position(|(other, _)| *other == hash)?;
        Some(self.each.remove(place).1)
    }

    fn of(&self, person: &str) -> Option<Timestamp> {
        if self.is_empty() {
            return None;
        }
        let hash = hash(person);
        let own = self.each.iter().find(|(other, _)| *other == hash).map(|(_, at)| *at);
        // Somebody whose own refusal may have had to make room.
        own.max(self.made_room)
    }

    /// Drops what was said before `horizon`.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.each.retain(|(_, at)| *at >= horizon);
        self.made_room.take_if(|at| *at < horizon);
    }

    /// The earliest.
    pub(super) fn first_at(&self) -> Option<Timestamp> {
        self.each.first().map(|(_, at)| *at).into_iter().chain(self.made_room).min()
    }
}

fn hash(person: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(person.as_bytes())
}

impl Account {
    /// Whether somebody may be contacted, as far as that is known: also of one who is not among the people any more.
    pub fn consent_of(&self, person: Name) -> Option<bool> {
        match self.person(person) {
            Some(known) => known.consent.map(|consent| consent.contact),
            None => self.people_names.get(person).and_then(|id| self.refusals.of(id)).map(|_| false),
        }
    }

    /// Whether the contact of a lead refuses to be contacted.
    pub(super) fn refuses(&self, lead: usize) -> bool {
        self.consent_of(self.leads[lead].contact) == Some(false)
    }

    /// Somebody comes (again) among the people: what they refused comes with them.
    pub(super) fn refused_before(&mut self, person: &str) -> Option<Consent> {
        let at = self.refusals.of(person)?;
        self.refusals.take(hash(person));
        Some(Consent::refused(at))
    }

    /// Somebody leaves the people: what they refused stays. True where another's refusal had to make room for it.
    pub(super) fn leaves(&mut self, person: &PersonSeen) -> bool {
        let refused = person.consent.filter(|consent| !consent.contact);
        let Some((refused, id)) = refused.zip(self.people_names.owned(person.id)) else { return false };
        self.refusals.remember(&id, refused.at)
    }

    /// Somebody does not want to be asked any more. True where another's refusal had to make room for it.
    pub(super) fn refuse(&mut self, person: Name, at: Timestamp) -> bool {
        if let Some(known) = self.people.iter_mut().find(|known| known.id == person) {
            Consent::merge(&mut known.consent, Consent::refused(at));
            return false;
        }
        self.people_names.owned(person).is_some_and(|id| self.refusals.remember(&id, at))
    }
}
