//! What a team's terms are for one lead: fixed with the hand-off, and kept apart from the rulebook, because an open lead outlives it (FU-5).
//!
//! Terms bear their calendar with them, so each later deadline runs in the time that was agreed, whatever becomes of the calendar's
//! name. This file refuses to know leads; it only says when something has run out.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::compiled::{Calendar, Hoarding, Rulebook, Shift, Team};
use super::special_days::SpecialDays;
use super::term::Term;
use crate::contract::Timestamp;

/// Between touches, and before the first where nothing was promised, if the team says nothing of it: no open lead is without a deadline
/// (FU-4).
const TOUCH_EVERY: &str = "7d";
/// Somebody is in touch, and the CRM knows of it, until so long after an agreed next step.
const AFTER_A_STEP: &str = "1d";

/// After the last touch, if the team says nothing of it: so long a next step may put off what is due.
const NEXT_STEP_AT_MOST: &str = "90d";
/// The latest at which a recycled lead comes back, if the team says nothing of it.
const RECYCLED_AT_MOST: &str = "180d";

/// What no activity of sales goes beyond, by the clock, in ms: a lead can be put off, and not for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// From the last touch to the next step.
    pub next_step_ms: i64,
    /// From the end of a recycled lead to its coming back.
    pub recycled_ms: i64,
    /// From the last that happened to the end of a lead with which nothing happens.
    pub expire_ms: i64,
}

impl Bounds {
    /// Those of a team. What it does not say of the end is `forget_after`: nothing personal is kept longer for a lead with which nothing
    /// happens.
    pub fn of(rulebook: &Rulebook, team: Option<&Team>) -> Self {
        let said = |term: fn(&Team) -> &Option<Term>| team.and_then(|team| term(team).as_ref()).map(Term::wall_ms);
        let expire_ms = said(|team| &team.expire_after).unwrap_or(rulebook.forget_after_ms);
        Self {
            next_step_ms: said(|team| &team.next_step_at_most).unwrap_or(term(NEXT_STEP_AT_MOST).wall_ms().min(expire_ms)),
            recycled_ms: said(|team| &team.recycled_at_most).unwrap_or(term(RECYCLED_AT_MOST).wall_ms()),
            expire_ms,
        }
    }
}

/// A team's terms, with the calendar in whose time they run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgreedTerms {
    /// The first touch; `None`: nothing was promised.
    respond_within: Option<Term>,
    /// After the promise has run out.
    reassign_after: Option<Term>,
    /// The same.
    escalate_after: Option<Term>,
    /// Between touches.
    touch_every: Term,
    /// What counts as keeping a lead in the drawer.
    hoarding: Option<Hoarding>,
    /// What no activity goes beyond.
    bounds: Bounds,
    /// Who is told of a lead that nobody answers.
    pub escalate_to: Option<CompactString>,
    /// By the clock where there is none.
    #[serde(with = "stored")]
    calendar: Option<Calendar>,
}

impl AgreedTerms {
    /// A team's terms in a rulebook; of a team that it does not know, those of one that promises nothing.
    pub fn of(rulebook: &Rulebook, team: &str) -> Self {
        let team = rulebook.teams.get(team);
        Self {
            respond_within: team.and_then(|team| team.respond_within.clone()),
            reassign_after: team.and_then(|team| team.reassign_after.clone()),
            escalate_after: team.and_then(|team| team.escalate_after.clone()),
            touch_every: team.and_then(|team| team.touch_every.clone()).unwrap_or_else(|| term(TOUCH_EVERY)),
            hoarding: team.and_then(|team| team.hoarding.clone()),
            bounds: Bounds::of(rulebook, team),
            escalate_to: team.and_then(|team| team.escalate_to.clone()),
            calendar: team.and_then(|team| rulebook.calendar_of(team)).cloned(),
        }
    }

    /// What tells these terms from others. Equal terms of two rulebooks are the same.
    pub fn digest(&self) -> u64 {
        let text = serde_json::to_vec(self).expect("terms have nothing that JSON can't say");
        xxhash_rust::xxh3::xxh3_64(&text)
    }

    /// Until when the first touch is promised of a lead that waits since then.
    pub fn respond_by(&self, since: Timestamp) -> Option<Timestamp> {
        Some(self.after(self.respond_within.as_ref()?, since))
    }

    /// When a lead leaves its seller that is untouched since `late`: its promise ran out then, or somebody else got it.
    pub fn reassign_at(&self, late: Timestamp) -> Option<Timestamp> {
        Some(self.after(self.reassign_after.as_ref()?, late))
    }

    /// When somebody is told of a lead whose promise ran out then.
    pub fn escalate_at(&self, respond_by: Timestamp) -> Option<Timestamp> {
        Some(self.after(self.escalate_after.as_ref()?, respond_by))
    }

    /// Until when somebody is in touch again.
    pub fn touch_by(&self, last: Timestamp) -> Timestamp {
        self.after(&self.touch_every, last)
    }

    /// Until when somebody is in touch over a step that was agreed for then.
    pub fn step_by(&self, next_step: Timestamp) -> Timestamp {
        self.after(&term(AFTER_A_STEP), next_step)
    }

    /// Until when a next step may be agreed of a lead that was touched last then.
    pub fn latest_step(&self, last_touch: Timestamp) -> Timestamp {
        last_touch.plus_ms(self.bounds.next_step_ms)
    }

    /// When a lead that is recycled then comes back at the latest.
    pub fn back_by(&self, recycled: Timestamp) -> Timestamp {
        recycled.plus_ms(self.bounds.recycled_ms)
    }

    /// When a lead ends with which nothing has happened since then.
    pub fn expires_at(&self, last: Timestamp) -> Timestamp {
        last.plus_ms(self.bounds.expire_ms)
    }

    /// From when on silence since then is hoarding, and whether the lead is taken back.
    pub fn hoards_at(&self, silent_since: Timestamp) -> Option<Timestamp> {
        Some(self.after(&self.hoarding.as_ref()?.silent_for, silent_since))
    }

    /// Whether a lead that is hoarded is taken from whoever has it.
    pub fn takes_back(&self) -> bool {
        self.hoarding.as_ref().is_some_and(|hoarding| hoarding.take_back)
    }

    /// Working seconds between two instants; `None`: the team has no calendar.
    pub fn business_seconds(&self, from: Timestamp, to: Timestamp) -> Option<i64> {
        Some(self.calendar.as_ref()?.business_ms_between(from, to) / 1_000)
    }

    fn after(&self, term: &Term, at: Timestamp) -> Timestamp {
        term.after(at, self.calendar.as_ref())
    }
}

fn term(words: &str) -> Term {
    Term::parse(words).expect("a constant is a term")
}

/// A calendar as it is stored: its zone by name.
mod stored {
    use serde::{Deserializer, Serializer, de};

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        time_zone: CompactString,
        shifts: Vec<(u16, u16)>,
        special: SpecialDays,
    }

    pub fn serialize<S: Serializer>(calendar: &Option<Calendar>, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = calendar.as_ref().map(|calendar| Stored {
            // Rulebooks name their zones, so each has a name.
            time_zone: calendar.time_zone.iana_name().unwrap_or("UTC").into(),
            shifts: calendar.shifts.iter().map(|shift| (shift.start_minute, shift.minutes)).collect(),
            special: calendar.special.clone(),
        });
        stored.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Calendar>, D::Error> {
        let Some(stored) = Option::<Stored>::deserialize(deserializer)? else { return Ok(None) };
        let time_zone = jiff::tz::TimeZone::get(&stored.time_zone).map_err(|_| de::Error::custom("an unknown time zone"))?;
        let shifts = stored.shifts.into_iter().map(|(start_minute, minutes)| Shift { start_minute, minutes }).collect();
        Ok(Some(Calendar { time_zone, shifts, special: stored.special }))
    }
}
