//! Teams and their terms, resolved over `like`. Terms run in the time of the team's calendar, and keep the words of the file.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::read::{self, Fields};
use crate::contract::code::{
    RULEBOOK_CIRCLE, RULEBOOK_KEY_MISSING, RULEBOOK_NO_COOLDOWN, RULEBOOK_TOO_LARGE, RULEBOOK_UNKNOWN_NAME, RULEBOOK_UNUSED, RULEBOOK_VALUE,
};
use crate::rulebook::compiled::{Hoarding, MAX_TEAMS, Route, Team};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::yaml::{Node, Span};

const KEYS: &[&str] = &[
    "like",
    "calendar",
    "respond_within",
    "reassign_after",
    "escalate_after",
    "touch_every",
    "hoarding",
    "next_step_at_most",
    "recycled_at_most",
    "expire_after",
    "escalate_to",
    "cooldown",
];
/// How a lead can end: what a cooldown may follow.
const CLOSINGS: &[&str] = &["won", "lost", "rejected", "recycled", "opted_out", "expired"];

/// A team as the file says it.
pub struct Draft {
    /// Its own terms.
    team: Team,
    like: Option<(CompactString, Span)>,
    calendar: Option<Span>,
    /// The place of its name.
    pub span: Span,
}

/// Reads `teams`.
pub fn read(node: &Node, sink: &mut Sink<'_>) -> BTreeMap<CompactString, Draft> {
    let mut teams = BTreeMap::new();
    for (index, (key, value)) in read::entries(node, "`teams`", sink).unwrap_or_default().into_iter().enumerate() {
        if index == MAX_TEAMS {
            sink.error(RULEBOOK_TOO_LARGE, key.span, format!("a rulebook has at most {MAX_TEAMS} teams"));
            break;
        }
        if let Some(name) = read::check_name(&key.name, key.span, "a team", sink) {
            let draft = team(value, key.span, sink);
            teams.insert(name, draft);
        }
    }
    if teams.is_empty() && !sink.has_errors() {
        sink.error(RULEBOOK_KEY_MISSING, node.span, "`teams` needs at least one team");
    }
    teams
}

fn team(node: &Node, span: Span, sink: &mut Sink<'_>) -> Draft {
    let mut draft = Draft { team: Team::default(), like: None, calendar: None, span };
    // A team without terms of its own: `mid:`.
    if matches!(node.value, crate::rulebook::yaml::Value::Null) {
        return draft;
    }
    let Some(fields) = Fields::of(node, "a team", KEYS, sink) else { return draft };
    draft.like = fields.get("like").and_then(|node| Some((read::name(node, "a team", sink)?, node.span)));
    let term = |name: &str, sink: &mut Sink<'_>| fields.get(name).and_then(|node| read::term(node, sink));
    draft.team = Team {
        calendar: fields.get("calendar").and_then(|node| read::name(node, "a calendar", sink)),
        respond_within: term("respond_within", sink),
        reassign_after: term("reassign_after", sink),
        escalate_after: term("escalate_after", sink),
        touch_every: term("touch_every", sink),
        hoarding: fields.get("hoarding").and_then(|node| hoarding(node, sink)),
        next_step_at_most: term("next_step_at_most", sink),
        recycled_at_most: term("recycled_at_most", sink),
        expire_after: term("expire_after", sink),
        escalate_to: fields.get("escalate_to").and_then(|node| read::name(node, "a person", sink)),
        cooldown_ms: fields.get("cooldown").map(|node| cooldown(node, sink)).unwrap_or_default(),
    };
    draft.calendar = fields.get("calendar").map(|node| node.span);
    draft
}

fn hoarding(node: &Node, sink: &mut Sink<'_>) -> Option<Hoarding> {
    let fields = Fields::of(node, "`hoarding`", &["silent_for", "take_back"], sink)?;
    let take_back = fields.get("take_back").and_then(|node| read::boolean(node, sink)).unwrap_or(false);
    Some(Hoarding { silent_for: read::term(fields.need("silent_for", "3d", sink)?, sink)?, take_back })
}

fn cooldown(node: &Node, sink: &mut Sink<'_>) -> BTreeMap<CompactString, i64> {
    let Some(fields) = Fields::of(node, "`cooldown`", CLOSINGS, sink) else { return BTreeMap::new() };
    let closings = CLOSINGS.iter().filter_map(|closing| {
        let rest = read::term(fields.get(closing)?, sink)?;
        Some((CompactString::from(*closing), rest.wall_ms()))
    });
    closings.collect()
}

/// Puts in what each team takes over from the one it is like, and checks the calendars' names. Returns the calendars that are used.
pub fn resolve(
    drafts: &BTreeMap<CompactString, Draft>,
    calendars: &[CompactString],
    sink: &mut Sink<'_>,
) -> (BTreeMap<CompactString, Team>, Vec<CompactString>) {
    let mut teams = BTreeMap::new();
    let mut used = Vec::new();
    for (name, draft) in drafts {
        if let (Some(calendar), Some(span)) = (&draft.team.calendar, draft.calendar) {
            used.push(calendar.clone());
            if !calendars.contains(calendar) {
                let message = format!("there is no calendar `{calendar}`");
                sink.error(RULEBOOK_UNKNOWN_NAME, span, message).nearest(calendar, calendars.iter().map(CompactString::as_str));
            }
        }
        let mut team = draft.team.clone();
        let mut way = vec![name];
        let mut like = &draft.like;
        while let Some((other, span)) = like {
            let Some(model) = drafts.get(other) else {
                // Said once, by the team that names it itself.
                if way.len() == 1 {
                    let message = format!("there is no team `{other}` to be like");
                    sink.error(RULEBOOK_UNKNOWN_NAME, *span, message).nearest(other, drafts.keys().map(CompactString::as_str));
                }
                break;
            };
            if way.contains(&other) {
                if other == name {
                    let circle: Vec<&str> = way.iter().chain([&other]).map(|name| name.as_str()).collect();
                    sink.error(RULEBOOK_CIRCLE, *span, format!("teams that are like each other: {}", circle.join(" → ")));
                }
                break;
            }
            way.push(other);
            team = over(team, &model.team);
            like = &model.like;
        }
        let Team { next_step_at_most: step, expire_after: end, .. } = &draft.team;
        let is_own = step.is_some() || end.is_some(); // else the team that it is like is told
        if let (Some(step), Some(end), true) = (&team.next_step_at_most, &team.expire_after, is_own)
            && end.wall_ms() < step.wall_ms()
        {
            let message = "`expire_after` is shorter than `next_step_at_most`: a lead would end before a step that is agreed";
            sink.error(RULEBOOK_VALUE, draft.span, message);
        }
        teams.insert(name.clone(), team);
    }
    (teams, used)
}

/// A team's own terms, and the model's where it has none.
fn over(own: Team, model: &Team) -> Team {
    let mut cooldown_ms = model.cooldown_ms.clone();
    cooldown_ms.extend(own.cooldown_ms);
    Team {
        calendar: own.calendar.or_else(|| model.calendar.clone()),
        respond_within: own.respond_within.or_else(|| model.respond_within.clone()),
        reassign_after: own.reassign_after.or_else(|| model.reassign_after.clone()),
        escalate_after: own.escalate_after.or_else(|| model.escalate_after.clone()),
        touch_every: own.touch_every.or_else(|| model.touch_every.clone()),
        hoarding: own.hoarding.or_else(|| model.hoarding.clone()),
        next_step_at_most: own.next_step_at_most.or_else(|| model.next_step_at_most.clone()),
        recycled_at_most: own.recycled_at_most.or_else(|| model.recycled_at_most.clone()),
        expire_after: own.expire_after.or_else(|| model.expire_after.clone()),
        escalate_to: own.escalate_to.or_else(|| model.escalate_to.clone()),
        cooldown_ms,
    }
}

/// Warns of teams that get leads, and whose leads may be followed by the next one as soon as they are won or lost.
pub fn warn_of_no_cooldown(
    drafts: &BTreeMap<CompactString, Draft>,
    teams: &BTreeMap<CompactString, Team>,
    routes: Option<&[Route]>,
    sink: &mut Sink<'_>,
) {
    let routed = |name: &CompactString| routes.is_some_and(|routes| routes.iter().any(|route| route.team == *name));
    for (name, team) in teams.iter().filter(|(name, _)| routed(name)) {
        let without = |closing: &&&str| !team.cooldown_ms.contains_key(**closing);
        let without: Vec<&str> = ["won", "lost"].iter().filter(without).copied().collect();
        // Where the team that it is like gets leads too, that one is told.
        let own = |draft: &&Draft| draft.like.as_ref().is_none_or(|(like, _)| !routed(like));
        if let (false, Some(draft)) = (without.is_empty(), drafts.get(name).filter(own)) {
            let message =
                format!("the team `{name}` has no cooldown for `{}`: the account can be a lead again at once", without.join("` and `"));
            sink.warning(RULEBOOK_NO_COOLDOWN, draft.span, message).help("cooldown: { won: 30d, lost: 180d }");
        }
    }
}

/// Warns of teams that no route names and no other team is like.
pub fn warn_of_unused(drafts: &BTreeMap<CompactString, Draft>, routes: Option<&[Route]>, sink: &mut Sink<'_>) {
    let Some(routes) = routes else { return };
    let used = |name: &CompactString| {
        let routed = routes.iter().any(|route| route.team == *name);
        routed || drafts.values().any(|draft| draft.like.as_ref().is_some_and(|(like, _)| like == name))
    };
    for (name, draft) in drafts.iter().filter(|(name, _)| !used(name)) {
        sink.warning(RULEBOOK_UNUSED, draft.span, format!("no route leads to the team `{name}`"));
    }
}
