//! Holidays out of an iCalendar file, as lines to paste into a calendar.
//!
//! The lines become part of the rulebook or the roster, so what people sign is what they read: a file that is signed does not change its meaning
//! with one that is not. Whatever the list of holidays can't say is refused with its line, and nothing is printed then. The file's grammar is
//! the crate's; what its words mean for working hours is said here. This file refuses to know where the bytes come from.

use std::collections::{BTreeMap, btree_map};

use icalendar::parser::{self, Component, Property};
use jiff::civil::DateTime;

use super::special_days::{DayOfYear, Hours, cut};
use crate::contract::code::{CALENDAR_FILE_UNREADABLE, CALENDAR_FILE_UNSUPPORTED};
use crate::contract::{Code, Date, unseen};

/// The most bytes of a file.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// The longest event in days, and the longest comment.
const MAX_DAYS: i32 = 366;
const MAX_COMMENT_CHARS: usize = 60;
const MINUTES_OF_DAY: u16 = 24 * 60;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Refused {
    /// Its code.
    pub code: &'static Code,
    /// Line of the file, from 1 on.
    pub line: usize,
    /// What is there, and what may be; it quotes no text of the file but its keywords.
    pub message: String,
}

/// The holidays of a file: what stays of each day, and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    dates: BTreeMap<Date, Kept>,
    yearly: BTreeMap<DayOfYear, Kept>,
    /// How many dates were left out because they have passed.
    pub passed: usize,
}

/// The hours that stay of a day, and the names of what takes the others.
type Kept = (Hours, Vec<String>);

/// An event: its days, what stays of them, its name.
struct Event {
    first: Date,
    last: Date,
    yearly: bool,
    hours: Hours,
    name: String,
}

/// Reads a file's events. `zone`: the name of the zone that the calendar has, for times that name one. Days before `from` are left out.
///
/// # Errors
/// The first thing that a list of holidays can't say, with its line.
pub fn holidays(text: &str, zone: Option<&str>, from: Option<Date>) -> Result<Holidays, Refused> {
    let lines = Lines::of(text);
    let unreadable = |line: usize, message: &str| Refused { code: CALENDAR_FILE_UNREADABLE, line, message: message.to_owned() };
    let parsed = lines.calendars().map_err(|line| unreadable(line, "from here on this is no iCalendar file (RFC 5545)"))?;
    let parsed: Vec<Component<'_>> = parsed
        .iter()
        .map(|(line, text)| match parser::read_components(text).as_deref() {
            Ok([calendar]) => Ok(calendar.clone()),
            _ => Err(unreadable(*line, "this calendar (VCALENDAR) is not closed, or has a line that is not of RFC 5545")),
        })
        .collect::<Result<_, _>>()?;
    let mut places = lines.components().into_iter();
    let mut found = Holidays::default();
    for calendar in &parsed {
        places.next();
        for component in &calendar.components {
            let place = places.next().ok_or_else(|| unreadable(1, "its components are not closed"))?;
            for _ in 0..nested(component) {
                places.next();
            }
            let reading = Reading { lines: &lines, place, zone };
            if let Some(event) = reading.component(component)? {
                found.add(&event, from);
            }
        }
    }
    match places.next() {
        // What the grammar passes over would be passed over in silence.
        Some(place) => Err(unreadable(lines.numbers[place], "a component that is not closed, or that is between others")),
        None => Ok(found),
    }
}

fn nested(component: &Component<'_>) -> usize {
    component.components.iter().map(|inner| 1 + nested(inner)).sum()
}

/// The lines of a file, unfolded, each with the number of its first line.
struct Lines {
    unfolded: Vec<String>,
    numbers: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let (mut unfolded, mut numbers) = (Vec::<String>::new(), Vec::new());
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
                (Some(rest), Some(before)) => before.push_str(rest),
                _ if line.trim().is_empty() => {}
                _ => {
                    unfolded.push(line.to_owned());
                    numbers.push(number + 1);
                }
            }
        }
        Self { unfolded, numbers }
    }

    /// The calendars of the file, each with its line; else the line that is none of a calendar.
    fn calendars(&self) -> Result<Vec<(usize, String)>, usize> {
        let begins = |line: &String| line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR");
        let begin: Vec<usize> = self.unfolded.iter().enumerate().filter(|(_, line)| begins(line)).map(|(place, _)| place).collect();
        if begin.first() != Some(&0) {
            return Err(self.numbers.first().copied().unwrap_or(1));
        }
        let ends = begin.iter().skip(1).copied().chain([self.unfolded.len()]);
        let calendars = begin.iter().zip(ends);
        Ok(calendars.map(|(from, to)| (self.numbers[*from], self.unfolded[*from..to].join("\r\n") + "\r\n")).collect())
    }

    /// Where each component begins, as places among the lines.
    fn components(&self) -> Vec<usize> {
        let begins = |line: &String| line.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:"));
        self.unfolded.iter().enumerate().filter(|(_, line)| begins(line)).map(|(place, _)| place).collect()
    }

    /// The number of the line of a property of the component that begins at a place.
    fn number(&self, place: usize, property: &str) -> usize {
        let is_it = |line: &String| {
            let name = line.split([';', ':']).next().unwrap_or_default();
            name.eq_ignore_ascii_case(property)
        };
        let own = self.unfolded[place..].iter().position(is_it).map_or(place, |offset| place + offset);
        self.numbers.get(own).copied().unwrap_or(1)
    }
}

/// One component, and where it is.
struct Reading<'a> {
    lines: &'a Lines,
    place: usize,
    zone: Option<&'a str>,
}

impl Reading<'_> {
    fn refuse(&self, property: &str, message: impl Into<String>) -> Refused {
        Refused { code: CALENDAR_FILE_UNSUPPORTED, line: self.lines.number(self.place, property), message: message.into() }
    }

    fn component(&self, component: &Component<'_>) -> Result<Option<Event>, Refused> {
        let name = component.name.as_str().to_ascii_uppercase();
        match name.as_str() {
            // Zones are those in the binary, by their names.
            "VTIMEZONE" => Ok(None),
            "VEVENT" => self.event(component),
            _ => Err(self.refuse("BEGIN", "a component that is no event (VEVENT): holidays are events")),
        }
    }

    fn event(&self, event: &Component<'_>) -> Result<Option<Event>, Refused> {
        let property = |name: &str| event.properties.iter().find(|property| property.name.as_str().eq_ignore_ascii_case(name));
        if property("STATUS").is_some_and(|status| status.val.as_str().trim().eq_ignore_ascii_case("CANCELLED")) {
            return Err(self.refuse("STATUS", "an event that was cancelled: take it out of the file"));
        }
        for exception in ["RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"] {
            if property(exception).is_some() {
                return Err(self.refuse(exception, format!("`{exception}`: exceptions to a recurrence are not supported")));
            }
        }
        let start = property("DTSTART").ok_or_else(|| self.refuse("BEGIN", "an event without DTSTART"))?;
        let (begin, whole_days) = self.time(start, "DTSTART")?;
        let end = match (property("DTEND"), property("DURATION")) {
            (Some(end), _) => self.time(end, "DTEND")?.0,
            (None, Some(duration)) => self.lasts(begin, duration)?,
            (None, None) if whole_days => begin.tomorrow().map_err(|_| self.refuse("DTSTART", "a date of no year that Relevo knows"))?,
            (None, None) => return Err(self.refuse("DTSTART", "an event at an instant: it has neither an end nor a duration")),
        };
        if end <= begin {
            return Err(self.refuse("DTEND", "an event that ends before it begins"));
        }
        let yearly = match property("RRULE") {
            Some(rule) => self.is_yearly(rule, begin)?,
            None => false,
        };
        let (first, last, hours) = self.closed(begin, end)?;
        let name = property("SUMMARY").map(|summary| comment(summary.val.as_str())).unwrap_or_default();
        Ok(Some(Event { first, last, yearly, hours, name }))
    }

    /// A time of the calendar's zone, and whether it is a whole day.
    fn time(&self, property: &Property<'_>, name: &str) -> Result<(DateTime, bool), Refused> {
        let parameter = |key: &str| {
            let found = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(key));
            found.and_then(|parameter| parameter.val.as_ref()).map(|value| value.as_str().trim_matches('"').to_owned())
        };
        let text = property.val.as_str().trim();
        if let Some(named) = parameter("TZID").filter(|named| Some(named.as_str()) != self.zone) {
            let known = self.zone.map_or("none was named".to_owned(), |zone| format!("that of the calendar is `{zone}`"));
            let named = if unseen::has(&named) || named.len() > 64 { "another zone".to_owned() } else { format!("the zone `{named}`") };
            return Err(self.refuse(name, format!("a time of {named}, and {known} (`--time-zone`)")));
        }
        if text.ends_with(['Z', 'z']) && self.zone != Some("UTC") {
            return Err(self.refuse(name, "a time of UTC, which is another zone than the calendar's (`--time-zone`)"));
        }
        let bad = || self.refuse(name, "a time that is neither YYYYMMDD nor YYYYMMDDTHHMMSS");
        let digits = text.trim_end_matches(['Z', 'z']);
        let date = |text: &str| -> Option<jiff::civil::Date> {
            let date = Date::parse(&format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..8)?)).ok()?;
            let (year, month, day) = date.civil();
            jiff::civil::Date::new(year as i16, month as i8, day as i8).ok()
        };
        if digits.len() == 8 {
            return Ok((date(digits).ok_or_else(bad)?.at(0, 0, 0, 0), true));
        }
        let (day, time) = digits.split_once(['T', 't']).filter(|(day, time)| day.len() == 8 && time.len() == 6).ok_or_else(bad)?;
        let part = |at: usize| time.get(at..at + 2).and_then(|part| part.parse::<i8>().ok());
        let (hour, minute, second) =
            part(0).zip(part(2)).zip(part(4)).map(|((hour, minute), second)| (hour, minute, second)).ok_or_else(bad)?;
        if second != 0 {
            return Err(self.refuse(name, "a time with seconds: working hours have minutes"));
        }
        let day = date(day).ok_or_else(bad)?;
        let time = jiff::civil::Time::new(hour, minute, 0, 0).map_err(|_| bad())?;
        Ok((DateTime::from_parts(day, time), false))
    }

    fn lasts(&self, begin: DateTime, duration: &Property<'_>) -> Result<DateTime, Refused> {
        let bad = || self.refuse("DURATION", "a duration that is none of RFC 5545, or of no whole minutes");
        let span: jiff::Span = duration.val.as_str().trim().parse().map_err(|_| bad())?;
        begin.checked_add(span).map_err(|_| bad())
    }

    /// True for `FREQ=YEARLY` on the same day; what else a recurrence may say is refused.
    fn is_yearly(&self, rule: &Property<'_>, begin: DateTime) -> Result<bool, Refused> {
        let mut freq = None;
        for part in rule.val.as_str().trim().split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let says_the_same = match key.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    freq = Some(value.to_ascii_uppercase());
                    true
                }
                "INTERVAL" => value == "1",
                "BYMONTH" => value.parse() == Ok(begin.month()),
                "BYMONTHDAY" => value.parse() == Ok(begin.day()),
                "WKST" => true,
                _ => false,
            };
            if !says_the_same {
                let known = ["UNTIL", "COUNT", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR"];
                let key = known.iter().find(|known| key.eq_ignore_ascii_case(known)).copied().unwrap_or("a part that is not known");
                return Err(self.refuse("RRULE", format!("a recurrence with {key}: only every year on the same day is supported")));
            }
        }
        if freq.as_deref() != Some("YEARLY") {
            return Err(self.refuse("RRULE", "a recurrence that is not yearly: only every year on the same day is supported"));
        }
        Ok(true)
    }

    /// The days that an event closes, and the hours that stay of them.
    fn closed(&self, begin: DateTime, end: DateTime) -> Result<(Date, Date, Hours), Refused> {
        let minute = |at: DateTime| at.hour() as u16 * 60 + at.minute() as u16;
        let day =
            |at: DateTime| Date::parse(&at.date().to_string()).map_err(|_| self.refuse("DTSTART", "a date of no year that Relevo knows"));
        let (first, (from, to)) = (day(begin)?, (minute(begin), minute(end)));
        let last = if to == 0 { day(end)?.plus_days(-1) } else { day(end)? };
        if last.as_days() - first.as_days() >= MAX_DAYS {
            return Err(self.refuse("DTSTART", "an event of more than 366 days"));
        }
        let hours = match (from, to) {
            (0, 0) => Hours::new(),
            _ if first == last => {
                let until = if to == 0 { MINUTES_OF_DAY } else { to };
                [(0, from), (until, MINUTES_OF_DAY - until)].into_iter().filter(|(_, minutes)| *minutes > 0).collect()
            }
            _ => return Err(self.refuse("DTSTART", "an event of several days that begins or ends within one: make an event of each day")),
        };
        Ok((first, last, hours))
    }
}

impl Holidays {
    fn add(&mut self, event: &Event, from: Option<Date>) {
        let days = (event.first.as_days()..=event.last.as_days()).map(Date::from_days);
        for day in days {
            if event.yearly {
                take(self.yearly.entry(DayOfYear::of(day)), event);
            } else if from.is_some_and(|from| day < from) {
                self.passed += 1;
            } else {
                take(self.dates.entry(day), event);
            }
        }
    }

    /// How many days there are.
    pub fn days(&self) -> usize {
        self.dates.len() + self.yearly.len()
    }

    /// The lines of `holidays`, to be put under a calendar: days in a row that are alike are one entry.
    pub fn lines(&self) -> Vec<String> {
        let follows = |before: &DayOfYear, day: &DayOfYear| {
            let (before, day) = (before.in_year(2000), day.in_year(2000));
            before.map(|before| before.plus_days(1)) == day
        };
        let mut lines = vec!["holidays:".to_owned()];
        lines.extend(runs(&self.dates, |before, day| before.plus_days(1) == *day));
        lines.extend(runs(&self.yearly, follows));
        lines
    }
}

/// An event takes hours of a day; two events leave what both leave.
fn take<K: Ord>(day: btree_map::Entry<'_, K, Kept>, event: &Event) {
    let whole = || (vec![(0, MINUTES_OF_DAY)], Vec::new());
    let (hours, names) = day.or_insert_with(whole);
    let left = hours.iter().flat_map(|(from, minutes)| cut((i64::from(*from), i64::from(*minutes)), Some(&event.hours)));
    *hours = left.map(|(from, minutes)| (from as u16, minutes as u16)).collect();
    if !event.name.is_empty() && !names.contains(&event.name) {
        names.push(event.name.clone());
    }
}

fn runs<K: Ord + Copy + std::fmt::Display>(days: &BTreeMap<K, Kept>, follows: impl Fn(&K, &K) -> bool) -> Vec<String> {
    let mut runs: Vec<(K, K, &Kept)> = Vec::new();
    for (day, kept) in days {
        match runs.last_mut() {
            Some((_, last, same)) if *same == kept && follows(last, day) => *last = *day,
            _ => runs.push((*day, *day, kept)),
        }
    }
    runs.into_iter().map(|(first, last, kept)| line(&first.to_string(), &last.to_string(), kept)).collect()
}

fn line(first: &str, last: &str, (hours, names): &Kept) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let parts: Vec<String> = hours.iter().map(|(from, minutes)| format!("\"{}-{}\"", time(*from), time(from + minutes))).collect();
    let kept = parts.join(", ");
    let days = match (first == last, hours.is_empty()) {
        (true, true) => first.to_owned(),
        (true, false) => format!("{{ date: {first}, hours: [{kept}] }}"),
        (false, true) => format!("{{ from: {first}, until: {last} }}"),
        (false, false) => format!("{{ from: {first}, until: {last}, hours: [{kept}] }}"),
    };
    let comment = if names.is_empty() { String::new() } else { format!("  # {}", names.join(", ")) };
    format!("  - {days}{comment}")
}

/// A name as a comment, on one line; one with a character that its reader does not see is left out, because a signed file may have none.
fn comment(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if unseen::has(&line) { String::new() } else { line.chars().take(MAX_COMMENT_CHARS).collect() }
}
