//! From the file to the roster: every mistake at once, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use compact_str::CompactString;

use super::{MAX_ABSENCES, MAX_SELLERS, MAX_WEIGHT, Roster, Seller, TeamRoster};
use crate::contract::code::{CALENDAR_ODD, MIXED_SCRIPTS, ROSTER_INVALID, UNSEEN_CHARACTER};
use crate::contract::identifier;
use crate::contract::time::{DAY_MS, MINUTE_MS};
use crate::contract::{Date, Timestamp};
use crate::rulebook::business_time::first_instant;
use crate::rulebook::compiled::{Calendar, MAX_TEAMS};
use crate::rulebook::diagnostic::{Diagnostic, Sink};
use crate::rulebook::draft::calendars::{self, Calendars};
use crate::rulebook::draft::hours::minute;
use crate::rulebook::draft::read::{self, Fields};
use crate::rulebook::draft::{Link, digest, link, opened};
use crate::rulebook::yaml::{self, Node, Span};

const KEYS: &[&str] = &["api", "kind", "revision", "previous", "effective_from", "calendars", "teams"];

/// Compiles a roster's file. `file_name` is what diagnostics call it.
///
/// # Errors
/// Everything that is wrong with it at once, errors first. Warnings alone are no error: [`Roster::warnings`] has them.
pub fn compile(bytes: &[u8], file_name: &str) -> Result<Roster, Vec<Diagnostic>> {
    // The helpers that read rulebooks name things by a rulebook's codes.
    let as_roster = |found: Vec<Diagnostic>| -> Vec<Diagnostic> {
        let of_any_file = [UNSEEN_CHARACTER, MIXED_SCRIPTS, CALENDAR_ODD];
        let code = |found: &Diagnostic| if of_any_file.contains(&found.code) { found.code } else { ROSTER_INVALID };
        found.into_iter().map(|diagnostic| Diagnostic { code: code(&diagnostic), ..diagnostic }).collect()
    };
    let mut sink = opened(bytes, file_name, "a roster's file has at most 256 KiB").map_err(as_roster)?;
    let roster = yaml::read(&mut sink).and_then(|node| roster(&node, bytes, &mut sink));
    let failed = sink.has_errors();
    let found = as_roster(sink.finish());
    match roster {
        Some(roster) if !failed => Ok(Roster { warnings: found, ..roster }),
        _ => Err(found),
    }
}

/// What stands for all of a team who say nothing else.
struct Usual {
    calendar: Option<Calendar>,
    open_leads_at_most: Option<u32>,
}

fn roster(node: &Node, bytes: &[u8], sink: &mut Sink<'_>) -> Option<Roster> {
    let fields = Fields::of(node, "a roster", KEYS, sink)?;
    read::constant(&fields, "api", "relevo/v1", sink);
    read::constant(&fields, "kind", "Roster", sink);
    let Link { revision, previous, effective_from } = link(&fields, sink);
    let (calendars, dated_holidays) = fields.get("calendars").map(|node| calendars::read(node, sink)).unwrap_or_default();
    let mut used = Vec::new();
    let (mut teams, mut places) = (BTreeMap::new(), BTreeMap::new());
    let entries = fields.need("teams", "{ sales: { sellers: { eva: {} } } }", sink).and_then(|node| read::entries(node, "`teams`", sink));
    for (index, (key, value)) in entries.unwrap_or_default().into_iter().enumerate() {
        if index == MAX_TEAMS {
            sink.error(ROSTER_INVALID, key.span, format!("a roster has at most {MAX_TEAMS} teams"));
            break;
        }
        let name = read::check_name(&key.name, key.span, "a team", sink);
        let team = team(value, &calendars, &mut used, sink);
        if let (Some(name), Some(team)) = (name, team) {
            places.insert(name.clone(), key.span.start..key.span.end);
            teams.insert(name, team);
        }
    }
    if !sink.has_errors() {
        for (name, (_, span)) in calendars.iter().filter(|(name, _)| !used.contains(*name)) {
            sink.warning(ROSTER_INVALID, *span, format!("nobody works by the calendar `{name}`"));
        }
    }
    let (revision, effective_from) = (revision?, effective_from?);
    let digest = digest(bytes);
    Some(Roster { revision, digest, previous, effective_from, teams, dated_holidays, places, warnings: Vec::new() })
}

fn team(node: &Node, calendars: &Calendars, used: &mut Vec<CompactString>, sink: &mut Sink<'_>) -> Option<TeamRoster> {
    let fields = Fields::of(node, "a team", &["calendar", "open_leads_at_most", "sellers"], sink)?;
    let usual = Usual {
        calendar: fields.get("calendar").and_then(|node| calendar(node, calendars, used, sink)),
        open_leads_at_most: fields.get("open_leads_at_most").and_then(|node| whole(node, 1_000_000, sink)),
    };
    let node = fields.need("sellers", "{ eva: {}, luis: { weight: 2 } }", sink)?;
    let mut sellers = BTreeMap::new();
    let entries = read::entries(node, "`sellers`", sink)?;
    if entries.is_empty() {
        sink.error(ROSTER_INVALID, node.span, "a team has at least one seller");
    }
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index == MAX_SELLERS {
            sink.error(ROSTER_INVALID, key.span, format!("a team has at most {MAX_SELLERS} sellers"));
            break;
        }
        if let Err(why) = identifier::check(&key.name) {
            sink.error(ROSTER_INVALID, key.span, format!("a seller is named as the CRM names them: {why}"));
            continue;
        }
        if let Some(seller) = seller(value, &usual, calendars, used, sink) {
            sellers.insert(CompactString::from(key.name.as_str()), seller);
        }
    }
    Some(TeamRoster { sellers })
}

fn seller(node: &Node, usual: &Usual, calendars: &Calendars, used: &mut Vec<CompactString>, sink: &mut Sink<'_>) -> Option<Seller> {
    // Somebody of whom nothing is said: `eva:`.
    if matches!(node.value, yaml::Value::Null) {
        let Usual { calendar, open_leads_at_most } = usual;
        return Some(Seller { weight: 1, calendar: calendar.clone(), open_leads_at_most: *open_leads_at_most, absences: Vec::new() });
    }
    let fields = Fields::of(node, "a seller", &["weight", "calendar", "open_leads_at_most", "absences"], sink)?;
    let weight = fields.get("weight").and_then(|node| whole(node, MAX_WEIGHT, sink)).unwrap_or(1);
    let own = fields.get("calendar").and_then(|node| calendar(node, calendars, used, sink));
    let calendar = own.or_else(|| usual.calendar.clone());
    let cap = fields.get("open_leads_at_most").and_then(|node| whole(node, 1_000_000, sink));
    let zone = calendar.as_ref().map_or(jiff::tz::TimeZone::UTC, |calendar| calendar.time_zone.clone());
    let absences = fields.get("absences").map(|node| absences(node, &zone, sink)).unwrap_or_default();
    Some(Seller { weight, calendar, open_leads_at_most: cap.or(usual.open_leads_at_most), absences })
}

fn calendar(node: &Node, calendars: &Calendars, used: &mut Vec<CompactString>, sink: &mut Sink<'_>) -> Option<Calendar> {
    let name = read::name(node, "a calendar", sink)?;
    used.push(name.clone());
    let Some((calendar, _)) = calendars.get(&name) else {
        let message = format!("there is no calendar `{name}`");
        sink.error(ROSTER_INVALID, node.span, message).nearest(&name, calendars.keys().map(CompactString::as_str));
        return None;
    };
    calendar.clone()
}

/// From the first instant of `from` to the end of `until`, in the zone of the seller's calendar.
fn absences(node: &Node, zone: &jiff::tz::TimeZone, sink: &mut Sink<'_>) -> Vec<Range<Timestamp>> {
    let mut absences: Vec<(Range<Timestamp>, Span)> = Vec::new();
    for item in read::list(node, "`absences`", MAX_ABSENCES, sink) {
        let Some(fields) = Fields::of(item, "an absence", &["from", "until"], sink) else { continue };
        let from = fields.need("from", "2026-12-20, or 2026-12-20T11:00", sink).and_then(|node| moment(node, zone, End::First, sink));
        let until = fields
            .need("until", "2027-01-07, the last day away, or 2027-01-07T13:00, when they are back", sink)
            .and_then(|node| moment(node, zone, End::Last, sink));
        let (Some(from), Some(until)) = (from, until) else { continue };
        if until <= from {
            sink.error(ROSTER_INVALID, item.span, "this absence ends before it begins");
            continue;
        }
        absences.push((from..until, item.span));
    }
    absences.sort_by_key(|(absence, _)| absence.start);
    for pair in absences.windows(2) {
        if pair[1].0.start < pair[0].0.end {
            sink.error(ROSTER_INVALID, pair[1].1, "this absence lies over another of the same seller");
        }
    }
    absences.into_iter().map(|(absence, _)| absence).collect()
}

/// Which end of an absence: of a date the first instant, or the end of the day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// A date, a time of a day on the clock of the zone, or an instant of RFC 3339.
fn moment(node: &Node, zone: &jiff::tz::TimeZone, end: End, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let (text, _) = read::scalar(node, "a date, or a date with a time", sink)?;
    let on_the_wall = |date: Date, minutes: i64| {
        let clock_ms = i64::from(date.as_days()) * DAY_MS + minutes * MINUTE_MS;
        Timestamp::from_ms(first_instant(zone, clock_ms))
    };
    if let Ok(date) = Date::parse(text) {
        return Some(on_the_wall(if end == End::Last { date.plus_days(1) } else { date }, 0));
    }
    let of_day = text.split_once(['T', ' ']).and_then(|(date, time)| Some((Date::parse(date).ok()?, minute(time)?)));
    let read = of_day.map(|(date, minutes)| on_the_wall(date, i64::from(minutes))).or_else(|| Timestamp::parse(text).ok());
    if read.is_none() {
        let message = "this is neither a date YYYY-MM-DD nor a time of a day YYYY-MM-DDTHH:MM";
        sink.error(ROSTER_INVALID, node.span, message)
            .help("2026-12-20 is the whole day, 2026-12-20T11:00 eleven o'clock in the zone of the seller's calendar");
    }
    read
}

fn whole(node: &Node, most: u32, sink: &mut Sink<'_>) -> Option<u32> {
    let number = read::number(node, 1.0, f64::from(most), sink)?;
    if number.fract() != 0.0 {
        sink.error(ROSTER_INVALID, node.span, "expected a whole number");
        return None;
    }
    Some(number as u32)
}
