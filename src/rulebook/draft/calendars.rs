//! Working hours: `mon-fri: ["09:00-14:00", "15:00-18:00"]`, nights over midnight; and what looks odd about a calendar.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::hours::{MINUTES_OF_DAY, MINUTES_OF_WEEK, hours};
use super::read::{self, Fields};
use super::special;
use crate::contract::Date;
use crate::contract::code::{CALENDAR_ODD, RULEBOOK_VALUE};
use crate::rulebook::compiled::{Calendar, MAX_CALENDARS, Shift};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::special_days::Dated;
use crate::rulebook::yaml::{Node, Span};

/// What is shorter is hardly a pause, or a shift.
const SHORT_MINUTES: u16 = 15;
/// In a week that is open for less nobody works.
const SHORT_WEEK_MINUTES: u32 = 5 * 60;

/// Calendars by name, with the place of each name; those in which something is wrong are there as `None`.
pub type Calendars = BTreeMap<CompactString, (Option<Calendar>, Span)>;

/// Reads `calendars`, with the place of each name; those in which something is wrong are there as `None`.
pub fn read(node: &Node, sink: &mut Sink<'_>) -> (Calendars, BTreeMap<CompactString, Dated>) {
    let (mut calendars, mut dated) = (BTreeMap::new(), BTreeMap::new());
    for (index, (key, value)) in read::entries(node, "`calendars`", sink).unwrap_or_default().into_iter().enumerate() {
        if index == MAX_CALENDARS {
            sink.error(crate::contract::code::RULEBOOK_TOO_LARGE, key.span, format!("a rulebook has at most {MAX_CALENDARS} calendars"));
            break;
        }
        let (calendar, holidays) = calendar(value, sink).unzip();
        if let Some(name) = read::check_name(&key.name, key.span, "a calendar", sink) {
            dated.extend(holidays.flatten().map(|holidays| (name.clone(), holidays)));
            calendars.insert(name, (calendar, key.span));
        }
    }
    (calendars, dated)
}

fn calendar(node: &Node, sink: &mut Sink<'_>) -> Option<(Calendar, Option<Dated>)> {
    let fields = Fields::of(node, "a calendar", &["time_zone", "hours", "holidays"], sink)?;
    let zone = fields.need("time_zone", "America/Mexico_City", sink).and_then(|node| read::time_zone(node, sink));
    let shifts = fields.need("hours", "{ mon-fri: [\"09:00-18:00\"] }", sink).and_then(|node| hours(node, sink));
    let holidays = fields.get("holidays");
    let (special, entries) = holidays.map(|node| special::read(node, sink)).unwrap_or_default();
    let (zone, shifts) = (zone?, shifts?);
    if let Some(hours) = fields.get("hours") {
        look(&shifts, hours.span, sink);
    }
    entries.iter().for_each(|entry| entry.look(&shifts, sink));
    let last = special.dates().last().filter(|_| special.yearly().is_empty()).map(|(date, _)| *date);
    let place = holidays.map(|node| node.span.start..node.span.end).unwrap_or_default();
    let dated = last.map(|last| Dated { last, place });
    let calendar = Calendar { time_zone: zone, shifts, special };
    if let Some(node) = holidays.filter(|_| !opens(&calendar)) {
        sink.error(RULEBOOK_VALUE, node.span, "with these holidays the calendar is never open");
        return None;
    }
    Some((calendar, dated))
}

/// Whether there is working time on a day of the year that is none of the yearly holidays.
fn opens(calendar: &Calendar) -> bool {
    let days: Vec<i64> =
        (0..7).filter(|day| calendar.shifts.iter().any(|shift| shift.start_minute / MINUTES_OF_DAY == *day as u16)).collect();
    // 28 years have each day of the year on each day of the week.
    let first = i64::from(Date::parse("2000-01-01").map_or(0, Date::as_days));
    (first..first + 28 * 366).any(|day| days.contains(&(day + 3).rem_euclid(7)) && calendar.works_on_yearly(day))
}

/// What the writer of these hours hardly meant.
fn look(shifts: &[Shift], span: Span, sink: &mut Sink<'_>) {
    let mut warn = |message: String, help: &str| sink.warning(CALENDAR_ODD, span, message).help = Some(help.to_owned());
    let pauses = shifts.iter().enumerate().filter_map(|(index, shift)| {
        let wrapped = if index + 1 == shifts.len() { MINUTES_OF_WEEK } else { 0 };
        let next = shifts[(index + 1) % shifts.len()].start_minute + wrapped;
        let end = shift.start_minute + shift.minutes;
        (next > end && next - end < SHORT_MINUTES).then(|| (next - end, end % MINUTES_OF_DAY))
    });
    if let Some((pause, from)) = pauses.min() {
        let message =
            format!("the calendar is closed for {} from {} on", minutes(pause), format_args!("{:02}:{:02}", from / 60, from % 60));
        warn(message, "a day ends at 24:00: \"00:00-24:00\" is open around the clock");
    }
    if let Some(short) = shifts.iter().map(|shift| shift.minutes).filter(|minutes| *minutes < SHORT_MINUTES).min() {
        warn(format!("a shift lasts {}", minutes(short)), "hours are from the opening to the closing: \"09:00-18:00\"");
    }
    let week: u32 = shifts.iter().map(|shift| u32::from(shift.minutes)).sum();
    if week < SHORT_WEEK_MINUTES {
        warn(
            format!("the calendar is open for {week} minutes a week"),
            "an hour of a promise lasts as long as it takes to be open for an hour",
        );
    }
}

fn minutes(count: u16) -> String {
    if count == 1 { "a minute".to_owned() } else { format!("{count} minutes") }
}
