//! Changes of teams' terms and of working hours.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::Part;
use super::told::{Told, becomes};
use crate::rulebook::compiled::{Calendar, Hoarding, Team};
use crate::rulebook::term::Term;
use crate::rulebook::words::{and, duration, spelt, terms};

pub fn teams(before: &BTreeMap<CompactString, Team>, after: &BTreeMap<CompactString, Team>, told: &mut Told) {
    for (name, team) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let within = team.respond_within.as_ref().map(|within| format!(", which answers within {}", terms::term(within, team)));
        told.add(Part::Teams, format!("the team {name} is added{}", within.unwrap_or_default()));
    }
    for (name, was) in before {
        match after.get(name) {
            Some(is) => changed_team(name, was, is, told),
            None => told.add(Part::Teams, format!("the team {name} is removed")),
        }
    }
}

fn changed_team(name: &str, was: &Team, is: &Team, told: &mut Told) {
    let Team {
        calendar,
        respond_within,
        reassign_after,
        escalate_after,
        touch_every,
        hoarding,
        next_step_at_most,
        recycled_at_most,
        expire_after,
        escalate_to,
        cooldown_ms,
    } = was;
    let silent_for = |team: &Team| team.hoarding.as_ref().map(|hoarding| hoarding.silent_for.clone());
    let take_back = |hoarding: &Option<Hoarding>| hoarding.as_ref().is_some_and(|hoarding| hoarding.take_back);
    let term = |term: &Option<Term>, team: &Team| term.as_ref().map(|term| terms::term(term, team));
    for (what, before, after) in [
        ("the time in which team NAME answers a lead", respond_within, &is.respond_within),
        ("the time after which an unanswered lead leaves its seller in team NAME", reassign_after, &is.reassign_after),
        ("the time after which an unanswered lead of team NAME is escalated", escalate_after, &is.escalate_after),
        ("the longest time between two touches in team NAME", touch_every, &is.touch_every),
        ("the silence that counts as hoarding in team NAME", &silent_for(was), &silent_for(is)),
    ] {
        // The same words under another calendar are told by the calendar.
        if before != after {
            let (before, after) = (term(before, was), term(after, is));
            told.maybe(Part::Teams, becomes(&what.replace("NAME", name), before.as_deref(), after.as_deref()));
        }
    }
    for (what, before, after) in [
        ("how long after the last touch a next step may be agreed in team NAME", next_step_at_most, &is.next_step_at_most),
        ("how long a recycled lead of team NAME may stay away", recycled_at_most, &is.recycled_at_most),
        ("the time after which a lead of team NAME ends with which nothing happens", expire_after, &is.expire_after),
    ] {
        let by_the_clock = |term: &Option<Term>| term.as_ref().map(|term| duration(term.wall_ms()));
        told.maybe(Part::Teams, becomes(&what.replace("NAME", name), by_the_clock(before).as_deref(), by_the_clock(after).as_deref()));
    }
    match (take_back(hoarding), take_back(&is.hoarding)) {
        (false, true) => told.add(Part::Teams, format!("team {name} takes hoarded leads back")),
        (true, false) => told.add(Part::Teams, format!("team {name} no longer takes hoarded leads back")),
        _ => {}
    }
    let what = format!("whom leads of team {name} are escalated to");
    told.maybe(Part::Teams, becomes(&what, escalate_to.as_deref(), is.escalate_to.as_deref()));
    told.maybe(Part::Teams, becomes(&format!("the calendar of team {name}"), calendar.as_deref(), is.calendar.as_deref()));
    let closings: BTreeSet<&CompactString> = cooldown_ms.keys().chain(is.cooldown_ms.keys()).collect();
    for closing in closings {
        let rest = |of: &BTreeMap<CompactString, i64>| of.get(closing).map(|ms| duration(*ms));
        let what = format!("the rest after a lead of team {name} was {}", spelt(closing));
        told.maybe(Part::Teams, becomes(&what, rest(cooldown_ms).as_deref(), rest(&is.cooldown_ms).as_deref()));
    }
}

pub fn calendars(before: &BTreeMap<CompactString, Calendar>, after: &BTreeMap<CompactString, Calendar>, told: &mut Told) {
    for (name, calendar) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let zone = terms::zone(&calendar.time_zone);
        told.add(Part::Calendars, format!("the calendar {name} is added: {} ({zone})", terms::hours(calendar)));
    }
    for (name, was) in before {
        let Some(is) = after.get(name) else {
            told.add(Part::Calendars, format!("the calendar {name} is removed"));
            continue;
        };
        let Calendar { time_zone, shifts, special } = was;
        let zones = (Some(terms::zone(time_zone)), Some(terms::zone(&is.time_zone)));
        told.maybe(Part::Calendars, becomes(&format!("the time zone of the calendar {name}"), zones.0, zones.1));
        if *shifts != is.shifts {
            told.add(
                Part::Calendars,
                format!("the hours of the calendar {name} are {}, instead of {}", terms::hours(is), terms::hours(was)),
            );
        }
        let (more, fewer) = (terms::special_days(&is.special.without(special)), terms::special_days(&special.without(&is.special)));
        if !more.is_empty() {
            told.add(Part::Calendars, format!("the calendar {name} is {} as well", and(&more)));
        }
        if !fewer.is_empty() {
            told.add(Part::Calendars, format!("the calendar {name} is no longer {}", and(&fewer)));
        }
    }
}
