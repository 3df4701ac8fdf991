//! `holidays` of a calendar: dates, days of every year, ranges of either, and hours that stay of a day.

use std::collections::BTreeMap;

use super::hours::{MAX_SHIFTS, hours_of, shift};
use super::read::{self, Fields};
use crate::contract::Date;
use crate::contract::code::{CALENDAR_ODD, RULEBOOK_TOO_LARGE, RULEBOOK_VALUE};
use crate::rulebook::compiled::Shift;
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::special_days::{DayOfYear, Hours, SpecialDays, cut};
use crate::rulebook::yaml::{Node, Span, Value};

/// The most entries of a calendar's holidays, and the most days of one range and of all of them.
const MAX_ENTRIES: usize = 1_000;
const MAX_RANGE_DAYS: i32 = 366;
const MAX_DAYS: usize = 4_000;
/// More days in a row than a company is closed.
const LONG_CLOSURE_DAYS: usize = 31;
const MINUTES_OF_DAY: i64 = 24 * 60;
const EXPECTED: &str =
    "2026-12-25, 12-25 (every year), { from: 2026-12-24, until: 2027-01-06 }, or { date: 12-24, hours: \"09:00-13:00\" }";

/// A day as it is written.
#[derive(Clone, Copy)]
enum Day {
    Date(Date),
    Yearly(DayOfYear),
}

/// An entry of the list.
pub(super) struct Entry {
    days: Days,
    hours: Hours,
    span: Span,
}

enum Days {
    Dates(Vec<Date>),
    Yearly(Vec<DayOfYear>),
}

/// Reads `holidays`, with the entries as they are written, for those who look at them.
pub(super) fn read(node: &Node, sink: &mut Sink<'_>) -> (SpecialDays, Vec<Entry>) {
    let mut entries = Vec::new();
    let (mut dates, mut yearly) = (BTreeMap::new(), BTreeMap::new());
    for item in read::list(node, "`holidays`", MAX_ENTRIES, sink) {
        let Some(entry) = entry(item, sink) else { continue };
        let twice = match &entry.days {
            Days::Dates(days) => days.iter().filter(|day| dates.insert(**day, entry.hours.clone()).is_some()).count(),
            Days::Yearly(days) => days.iter().filter(|day| yearly.insert(**day, entry.hours.clone()).is_some()).count(),
        };
        if twice > 0 {
            let what = if twice == 1 { "a day of this stands in the list already" } else { "days of this stand in the list already" };
            sink.error(RULEBOOK_VALUE, item.span, what);
        }
        entries.push(entry);
        if dates.len() > MAX_DAYS {
            sink.error(RULEBOOK_TOO_LARGE, item.span, "a calendar has at most 4,000 special days");
            break;
        }
    }
    (SpecialDays::new(dates, yearly), entries)
}

fn entry(node: &Node, sink: &mut Sink<'_>) -> Option<Entry> {
    if let Value::Scalar { .. } = node.value {
        return Some(Entry { days: one(day(node, sink)?), hours: Hours::new(), span: node.span });
    }
    let fields = Fields::of(node, "a holiday", &["date", "from", "until", "hours"], sink)?;
    let (date, from, until) = (fields.get("date"), fields.get("from"), fields.get("until"));
    let hours = match fields.get("hours") {
        Some(node) => Some(hours(node, sink)?),
        None => None,
    };
    let days = match (date, from, until) {
        (Some(date), None, None) => one(day(date, sink)?),
        (None, Some(from), Some(until)) => {
            let (from, until) = (day(from, sink), day(until, sink));
            range(from?, until?, node.span, sink)?
        }
        _ => {
            sink.error(RULEBOOK_VALUE, node.span, "a holiday is a date, or lasts from one to another").help(EXPECTED);
            return None;
        }
    };
    Some(Entry { days, hours: hours.unwrap_or_default(), span: node.span })
}

fn one(day: Day) -> Days {
    match day {
        Day::Date(date) => Days::Dates(vec![date]),
        Day::Yearly(day) => Days::Yearly(vec![day]),
    }
}

fn day(node: &Node, sink: &mut Sink<'_>) -> Option<Day> {
    let (text, _) = read::scalar(node, "a date", sink)?;
    let read = DayOfYear::parse(text).map(Day::Yearly).or_else(|| Date::parse(text).ok().map(Day::Date));
    if read.is_none() {
        let message = "this is neither a date YYYY-MM-DD between the years 1970 and 9000 nor a day of every year MM-DD";
        sink.error(RULEBOOK_VALUE, node.span, message).help(EXPECTED);
    }
    read
}

/// The days of a range, both ends among them. One of every year may go over the turn of the year.
fn range(from: Day, until: Day, span: Span, sink: &mut Sink<'_>) -> Option<Days> {
    let mut refuse = |message: &str| {
        sink.error(RULEBOOK_VALUE, span, message);
        None
    };
    match (from, until) {
        (Day::Date(from), Day::Date(until)) if until < from => refuse("this range ends before it begins"),
        (Day::Date(from), Day::Date(until)) if until.as_days() - from.as_days() >= MAX_RANGE_DAYS => {
            refuse("a range of holidays has at most 366 days")
        }
        (Day::Date(from), Day::Date(until)) => {
            Some(Days::Dates((0..=until.as_days() - from.as_days()).map(|days| from.plus_days(days)).collect()))
        }
        (Day::Yearly(from), Day::Yearly(until)) => {
            // 2000 has each of them.
            let first = Date::parse("2000-01-01").ok()?;
            let days = (0..366).map(|days| DayOfYear::of(first.plus_days(days)));
            let within = |day: &DayOfYear| if until < from { *day >= from || *day <= until } else { (from..=until).contains(day) };
            Some(Days::Yearly(days.filter(within).collect()))
        }
        _ => refuse("a range has a year at both ends, or at neither"),
    }
}

/// The hours that stay, ascending.
fn hours(node: &Node, sink: &mut Sink<'_>) -> Option<Hours> {
    let single = std::slice::from_ref(node);
    let items = if matches!(node.value, Value::Scalar { .. }) { single } else { read::list(node, "the hours of a day", MAX_SHIFTS, sink) };
    let mut hours: Vec<((u16, u16), Span)> = Vec::new();
    for item in items {
        let (text, _) = read::scalar(item, "hours like \"09:00-13:00\"", sink)?;
        let Some((from, to)) = hours_of(text) else {
            sink.error(RULEBOOK_VALUE, item.span, "expected hours like \"09:00-13:00\"; \"22:00-02:00\" ends on the next day");
            return None;
        };
        let Shift { start_minute, minutes } = shift(0, from, to);
        hours.push(((start_minute, minutes), item.span));
    }
    if hours.is_empty() {
        sink.error(RULEBOOK_VALUE, node.span, "these are the hours that stay of the day").help("without `hours` the whole day is closed");
        return None;
    }
    hours.sort_by_key(|(hours, _)| *hours);
    for pair in hours.windows(2) {
        if pair[1].0.0 < pair[0].0.0 + pair[0].0.1 {
            sink.error(RULEBOOK_VALUE, pair[1].1, "these hours lie over others of the day");
            return None;
        }
    }
    Some(hours.into_iter().map(|(hours, _)| hours).collect())
}

impl Entry {
    /// What its writer hardly meant.
    pub(super) fn look(&self, shifts: &[Shift], sink: &mut Sink<'_>) {
        let warn = |sink: &mut Sink<'_>, message: &str, help: &str| {
            sink.warning(CALENDAR_ODD, self.span, message).help = Some(help.to_owned());
        };
        let days: Vec<i64> = match &self.days {
            Days::Dates(dates) => dates.iter().map(|date| i64::from(date.as_days() + 3).rem_euclid(7)).collect(),
            Days::Yearly(_) => (0..7).collect(),
        };
        if let Days::Yearly(days) = &self.days
            && days.len() == 1
            && days[0] == (DayOfYear { month: 2, day: 29 })
        {
            warn(sink, "29 February is there in leap years only", "where each year is meant, write 02-28 as well, or instead");
        }
        if self.hours.is_empty() {
            if let Days::Dates(dates) = &self.days
                && dates.len() > LONG_CLOSURE_DAYS
            {
                let message = format!("this closes the calendar for {} days in a row", dates.len());
                warn(sink, &message, "look at the years of both ends");
            }
            return;
        }
        let of_day = |day: i64| shifts.iter().filter_map(move |shift| of_weekday(shift, day));
        let minutes = |parts: &mut dyn Iterator<Item = (i64, i64)>| parts.map(|(_, minutes)| minutes).sum::<i64>();
        let (mut usual, mut kept) = (0, 0);
        for day in days {
            usual += minutes(&mut of_day(day));
            kept += minutes(&mut of_day(day).flat_map(|shift| cut(shift, Some(&self.hours))));
        }
        if usual > 0 && kept == 0 {
            warn(
                sink,
                "nothing of the usual hours stays, so it is closed",
                "hours cut what the week has, and add nothing; for a day off write the date alone",
            );
        } else if usual > 0 && kept == usual {
            warn(sink, "these hours leave nothing out", "say the hours that stay of the day, such as \"09:00-13:00\"");
        }
    }
}

/// A shift that begins on that day of the week: from which minute of the day, and how many minutes.
fn of_weekday(shift: &Shift, day: i64) -> Option<(i64, i64)> {
    let start = i64::from(shift.start_minute);
    (start / MINUTES_OF_DAY == day).then_some((start % MINUTES_OF_DAY, i64::from(shift.minutes)))
}
