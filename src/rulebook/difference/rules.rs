//! Changes of gates, criteria, disqualifiers and routes.

use super::lists::{Matched, matched};
use super::told::{Told, becomes, moves, shortened, words_of};
use super::{Part, Sides};
use crate::contract::decision::Gates;
use crate::rulebook::compiled::{Criterion, Disqualifier, Fit, GateRules, Intent, Route, Rulebook};
use crate::rulebook::predicate::Predicate;
use crate::rulebook::words::{duration, phrase, points};

/// What becomes of a condition; `None` if it is the same.
fn condition(sides: Sides<'_>, what: &str, before: &Predicate, after: &Predicate) -> Option<String> {
    let asked = phrase(before, &sides.before.attributes);
    let asks = phrase(after, &sides.after.attributes);
    let same_words = words_of(before.written()) == words_of(after.written());
    match (same_words, asked == asks) {
        (true, true) => None,
        (_, false) => {
            let (asked, asks) = shortened(&asked, &asks);
            Some(format!("{what} asks whether {asks}, instead of whether {asked}"))
        }
        (false, true) => {
            let (was, is) = shortened(before.written(), after.written());
            Some(format!("{what} is written `{is}` instead of `{was}`"))
        }
    }
}

fn same_condition(before: &Predicate, after: &Predicate) -> bool {
    words_of(before.written()) == words_of(after.written())
}

pub fn gates(sides: Sides<'_>, before: &GateRules, after: &GateRules, told: &mut Told) {
    for (name, (before, after)) in Gates::NAMES.into_iter().zip(before.each().into_iter().zip(after.each())) {
        told.maybe(Part::Gates, condition(sides, &format!("`{name}`"), before, after));
    }
}

pub fn fit(sides: Sides<'_>, before: &Fit, after: &Fit, told: &mut Told) {
    let Fit { threshold, place: _, criteria: rules } = before;
    told.maybe(Part::Fit, moves("the threshold of fit", *threshold, after.threshold, |value| points(*value)));
    let elsewhere = (&sides.before.intent.criteria[..], &sides.after.intent.criteria[..]);
    criteria(sides, Part::Fit, (rules, &after.criteria), elsewhere, told);
}

pub fn intent(sides: Sides<'_>, before: &Intent, after: &Intent, told: &mut Told) {
    let Intent { threshold, place: _, half_life_ms, criteria: rules } = before;
    told.maybe(Part::Intent, moves("the threshold of intent", *threshold, after.threshold, |value| points(*value)));
    let half_life = moves("the time in which points lose half their weight", *half_life_ms, after.half_life_ms, |ms| duration(*ms));
    told.maybe(Part::Intent, half_life);
    let elsewhere = (&sides.before.fit.criteria[..], &sides.after.fit.criteria[..]);
    criteria(sides, Part::Intent, (rules, &after.criteria), elsewhere, told);
}

/// The criteria of one list, before and after.
type Lists<'a> = (&'a [Criterion], &'a [Criterion]);

/// `elsewhere`: the other list. A criterion that changes lists is told as that, and not as one that goes and one that comes.
fn criteria(sides: Sides<'_>, part: Part, (before, after): Lists<'_>, elsewhere: Lists<'_>, told: &mut Told) {
    let in_list = |criteria: &'_ [Criterion], id: &str| criteria.iter().any(|criterion| criterion.id == id);
    let Matched { kept, renamed, added, removed, moved } =
        matched(before, after, |criterion| &criterion.id, |one, other| same_condition(&one.when, &other.when));
    for criterion in added {
        if let Some(was) = elsewhere.0.iter().find(|other| other.id == criterion.id) {
            let (here, there) = if part == Part::Fit { ("fit", "intent") } else { ("intent", "fit") };
            told.add(part, format!("`{}` counts for {here} instead of {there}", criterion.id));
            changed_criterion(sides, part, was, criterion, told);
            continue;
        }
        let Criterion { id, when, points: given, at_most, because } = criterion;
        let most = at_most.map(|most| format!(", at most {} altogether", points(most))).unwrap_or_default();
        let because = because.as_ref().map(|because| format!(" ({because})")).unwrap_or_default();
        let asks = phrase(when, &sides.after.attributes);
        told.add(part, format!("`{id}` is added: {} points if {asks}{most}{because}", points(*given)));
    }
    for criterion in removed.into_iter().filter(|criterion| !in_list(elsewhere.1, &criterion.id)) {
        let asked = phrase(&criterion.when, &sides.before.attributes);
        told.add(part, format!("`{}` is removed: it gave {} points if {asked}", criterion.id, points(criterion.points)));
    }
    for (was, is) in kept.into_iter().chain(renamed) {
        if was.id != is.id {
            told.add(part, format!("`{}` is now called `{}`", was.id, is.id));
        }
        changed_criterion(sides, part, was, is, told);
    }
    for (criterion, from, to) in moved {
        told.add(part, format!("`{}` moves from place {from} to place {to}, which changes no points", criterion.id));
    }
}

fn changed_criterion(sides: Sides<'_>, part: Part, was: &Criterion, is: &Criterion, told: &mut Told) {
    let Criterion { id: _, when, points: given, at_most, because } = was;
    if *given != is.points {
        told.add(part, format!("`{}` counts {} instead of {}", is.id, points(is.points), points(*given)));
    }
    told.maybe(part, condition(sides, &format!("`{}`", is.id), when, &is.when));
    let most = |value: Option<_>| value.map(points);
    let what = format!("the most that `{}` gives altogether", is.id);
    told.maybe(part, becomes(&what, most(*at_most).as_deref(), most(is.at_most).as_deref()));
    told.maybe(part, reason(&is.id, because.as_deref(), is.because.as_deref()));
}

fn reason(id: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    let quoted = |text: Option<&str>| text.map(|text| format!("“{text}”"));
    becomes(&format!("the reason given for `{id}`"), quoted(before).as_deref(), quoted(after).as_deref())
}

pub fn disqualifiers(sides: Sides<'_>, before: &[Disqualifier], after: &[Disqualifier], told: &mut Told) {
    let part = Part::Disqualifiers;
    let Matched { kept, renamed, added, removed, moved } =
        matched(before, after, |rule| &rule.id, |one, other| same_condition(&one.when, &other.when));
    for rule in added {
        let because = rule.because.as_ref().map(|because| format!(" ({because})")).unwrap_or_default();
        told.add(part, format!("`{}` is added: nobody is called if {}{because}", rule.id, phrase(&rule.when, &sides.after.attributes)));
    }
    for rule in removed {
        told.add(part, format!("`{}` is removed: nobody was called if {}", rule.id, phrase(&rule.when, &sides.before.attributes)));
    }
    for (was, is) in kept.into_iter().chain(renamed) {
        let Disqualifier { id, when, because } = was;
        if *id != is.id {
            told.add(part, format!("`{id}` is now called `{}`", is.id));
        }
        told.maybe(part, condition(sides, &format!("`{}`", is.id), when, &is.when));
        told.maybe(part, reason(&is.id, because.as_deref(), is.because.as_deref()));
    }
    for (rule, from, to) in moved {
        told.add(part, format!("`{}` is asked in place {to} instead of {from}", rule.id));
    }
}

pub fn routes(sides: Sides<'_>, before: &[Route], after: &[Route], told: &mut Told) {
    let part = Part::Routes;
    let same = |one: &Route, other: &Route| match (&one.when, &other.when) {
        (Some(one), Some(other)) => same_condition(one, other),
        (None, None) => true,
        _ => false,
    };
    let Matched { kept, renamed, added, removed, moved } = matched(before, after, |route| &route.id, same);
    let asked = |route: &Route, of: &Rulebook| {
        route.when.as_ref().map_or_else(|| "nothing else fits".to_owned(), |when| phrase(when, &of.attributes))
    };
    for route in added {
        let place = after.iter().position(|other| other.id == route.id).unwrap_or_default() + 1;
        let copy = route.also_to.as_ref().map(|topic| format!(", with a copy to the topic `{topic}`")).unwrap_or_default();
        told.add(part, format!("`{}` is added in place {place}: to team {} if {}{copy}", route.id, route.team, asked(route, sides.after)));
    }
    for route in removed {
        told.add(part, format!("`{}` is removed: it led to team {} if {}", route.id, route.team, asked(route, sides.before)));
    }
    for (was, is) in kept.into_iter().chain(renamed) {
        let Route { id, place: _, when, team, also_to } = was;
        if *id != is.id {
            told.add(part, format!("`{id}` is now called `{}`", is.id));
        }
        if *team != is.team {
            told.add(part, format!("`{}` leads to team {} instead of {team}", is.id, is.team));
        }
        let words = match (when, &is.when) {
            (Some(before), Some(after)) => condition(sides, &format!("`{}`", is.id), before, after),
            (None, None) => None,
            (Some(_), None) => Some(format!("`{}` takes whatever is left, instead of asking whether {}", is.id, asked(was, sides.before))),
            (None, Some(_)) => Some(format!("`{}` asks whether {}, instead of taking whatever is left", is.id, asked(is, sides.after))),
        };
        told.maybe(part, words);
        let what = format!("the topic that `{}` copies leads to", is.id);
        told.maybe(part, becomes(&what, also_to.as_deref(), is.also_to.as_deref()));
    }
    for (route, from, to) in moved {
        told.add(part, format!("`{}` is asked in place {to} instead of {from}: the first that fits gets the lead", route.id));
    }
}
