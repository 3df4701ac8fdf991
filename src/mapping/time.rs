//! Times and dates as tools write them, each in one format and, where it does not say its own, in a time zone.
//!
//! A format reads a text, or does not; which of several formats a column has is decided over all of its rows, in [`super::choice`].

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};

use super::written::{self, Order, Written};
use crate::contract::{Date, Timestamp};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `2026-11-03T15:04:05Z`
    Rfc3339,
    /// A number of these units since 1970.
    Epoch(Unit),
    /// Days since the last day but one of 1899, as spreadsheets count: `46329.5`.
    SerialDays,
    /// In any usual way of writing, with the parts of a date of three numbers in this order.
    Written(Order),
    /// In the words of strptime: `%d/%m/%Y %H:%M`.
    Pattern {
        /// The pattern.
        text: String,
        /// Whether it ends in a word for UTC.
        utc: bool,
    },
}

/// What an epoch counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, with or without a fraction.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Days.
    Days,
}

/// The formats that have a name, but for the orders.
const NAMED: &[(&str, Format)] = &[
    ("rfc3339", Format::Rfc3339),
    ("epoch_seconds", Format::Epoch(Unit::Seconds)),
    ("epoch_milliseconds", Format::Epoch(Unit::Milliseconds)),
    ("epoch_microseconds", Format::Epoch(Unit::Microseconds)),
    ("epoch_days", Format::Epoch(Unit::Days)),
    ("serial_days", Format::SerialDays),
];
/// The name of every way of writing together: the column says which.
pub const DETECT: &str = "detect";
/// An instant with every part different: what a good format writes, it reads back.
const PROBE: i64 = 1_794_409_445;
/// 1970-01-01 in a spreadsheet's count of days.
const SERIAL_1970: f64 = 25_569.0;
const DAY_SECONDS: f64 = 86_400.0;
/// Digits that a number in scientific notation must have to be exact to the second.
const EXACT_DIGITS: usize = 10;
/// The first and the last year of the contract.
pub const YEARS: (i16, i16) = (1970, 9000);

impl Format {
    /// The names that a format can have.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name).chain(Order::ALL.iter().map(|(name, _)| *name)).chain([DETECT])
    }

    /// The formats of this name, or this pattern; nothing where it is neither.
    pub fn parse(text: &str) -> Vec<Self> {
        if text == DETECT {
            let orders = Order::ALL.iter().map(|(_, order)| Format::Written(*order));
            return orders.chain([Format::Epoch(Unit::Milliseconds)]).collect();
        }
        let ordered = Order::ALL.iter().find(|(name, _)| *name == text).map(|(_, order)| Format::Written(*order));
        let named = NAMED.iter().find(|(name, _)| *name == text).map(|(_, format)| format.clone());
        ordered.or(named).or_else(|| Self::pattern(text)).into_iter().collect()
    }

    fn pattern(text: &str) -> Option<Self> {
        let zoned = jiff::Timestamp::from_second(PROBE).ok()?.to_zoned_datetime(TimeZone::UTC);
        let written = jiff::fmt::strtime::format(text, &zoned).ok()?;
        let read = BrokenDownTime::parse(text, written.as_bytes()).ok()?;
        // A pattern without a year, a month or a day says no date.
        (read.to_date().ok()? == zoned.date()).then_some(())?;
        let utc = zone_in(text)?;
        Some(Self::Pattern { text: text.to_owned(), utc })
    }

    /// The order of the parts of its dates, where it has one.
    pub fn order(&self) -> Option<Order> {
        match self {
            Format::Written(order) => Some(*order),
            Format::Pattern { text, .. } => {
                let place = |letters: &[&str]| letters.iter().filter_map(|letter| text.find(letter)).min();
                let (day, month, year) = (place(&["%d", "%e", "%-d"])?, place(&["%m", "%-m"])?, place(&["%Y", "%y"])?);
                Some(match (day < month, year < day.min(month)) {
                    (_, true) => Order::YearFirst,
                    (true, false) => Order::DayFirst,
                    (false, false) => Order::MonthFirst,
                })
            }
            _ => None,
        }
    }

    /// The same with day and month the other way round, where that is another format.
    pub fn swapped(&self) -> Option<Self> {
        match self {
            Format::Written(Order::DayFirst) => Some(Format::Written(Order::MonthFirst)),
            Format::Written(Order::MonthFirst) => Some(Format::Written(Order::DayFirst)),
            Format::Pattern { text, utc } if self.order().is_some_and(|order| order != Order::YearFirst) => {
                let text = text.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m");
                Some(Format::Pattern { text, utc: *utc })
            }
            _ => None,
        }
    }

    /// The instant that a text says in it; a date alone is the beginning of its day in the zone.
    pub fn instant(&self, text: &str, zone: &TimeZone, latest_year: i16) -> Option<Timestamp> {
        let instant = match self {
            Format::Rfc3339 => return bounded(Timestamp::parse(text).ok()?, latest_year),
            Format::Epoch(unit) => epoch(text, *unit)?,
            Format::SerialDays => {
                let days: f64 = text.parse().ok().filter(|days: &f64| (SERIAL_1970..100_000.0).contains(days))?;
                let seconds = ((days - SERIAL_1970) * DAY_SECONDS).round() as i64;
                let civil = jiff::Timestamp::from_second(seconds).ok()?.to_zoned_datetime(TimeZone::UTC);
                return instant_of(civil.datetime(), None, zone).and_then(|at| bounded(at, latest_year));
            }
            Format::Written(order) => {
                let Written { civil, offset, .. } = written::read(text, *order)?;
                in_years(civil.year(), latest_year)?;
                instant_of(civil, offset, zone)?
            }
            Format::Pattern { text: pattern, utc } => {
                let read = BrokenDownTime::parse(pattern, text.as_bytes()).ok()?;
                if read.offset().is_some() {
                    Timestamp::from_ms(read.to_timestamp().ok()?.as_millisecond())
                } else {
                    let civil = read.to_date().ok()?.to_datetime(read.to_time().unwrap_or(jiff::civil::Time::midnight()));
                    instant_of(civil, utc.then_some(0), zone)?
                }
            }
        };
        bounded(instant, latest_year)
    }

    /// The civil date that a text says in it: the one that is written, or the one of the instant in the zone.
    pub fn date(&self, text: &str, zone: &TimeZone, latest_year: i16) -> Option<Date> {
        let written = match self {
            Format::Written(order) => written::read(text, *order).map(|read| (read.civil.date(), read.offset.is_some()))?,
            Format::Pattern { text: pattern, .. } => {
                let read = BrokenDownTime::parse(pattern, text.as_bytes()).ok()?;
                (read.to_date().ok()?, read.offset().is_some())
            }
            _ => (jiff::civil::Date::ZERO, true),
        };
        let civil = match written {
            (civil, false) => civil,
            _ => {
                let instant = self.instant(text, zone, latest_year)?;
                jiff::Timestamp::from_millisecond(instant.as_ms()).ok()?.to_zoned_datetime(zone.clone()).date()
            }
        };
        in_years(civil.year(), latest_year)?;
        Date::parse(&civil.to_string()).ok()
    }
}

/// The formats that are meant where a map says none.
pub fn defaults(of_time: bool) -> Vec<Format> {
    if of_time { vec![Format::Rfc3339] } else { Format::parse("%Y-%m-%d") }
}

fn in_years(year: i16, latest: i16) -> Option<()> {
    (YEARS.0..=latest).contains(&year).then_some(())
}

fn bounded(at: Timestamp, latest_year: i16) -> Option<Timestamp> {
    let year = jiff::Timestamp::from_millisecond(at.as_ms()).ok()?.to_zoned_datetime(TimeZone::UTC).year();
    in_years(year, latest_year).map(|()| at)
}

/// A time that a change to summer time left out, or that was twice, is read as most calendars do.
fn instant_of(civil: jiff::civil::DateTime, offset: Option<i32>, zone: &TimeZone) -> Option<Timestamp> {
    let instant = match offset {
        Some(minutes) => Offset::from_seconds(minutes * 60).ok()?.to_timestamp(civil).ok()?,
        None => zone.to_ambiguous_timestamp(civil).compatible().ok()?,
    };
    Some(Timestamp::from_ms(instant.as_millisecond()))
}

/// A count since 1970: whole, with a fraction, or as a spreadsheet writes large numbers where no digit of it was lost.
fn epoch(text: &str, unit: Unit) -> Option<Timestamp> {
    let number: f64 = text.parse().ok()?;
    if let Some((digits, _)) = text.split_once(['e', 'E'])
        && digits.bytes().filter(u8::is_ascii_digit).count() < EXACT_DIGITS
    {
        return None;
    }
    let (ms, least) = match unit {
        Unit::Seconds => (number * 1_000.0, 1e8),
        Unit::Milliseconds => (number, 1e11),
        Unit::Microseconds => (number / 1_000.0, 1e14),
        Unit::Days => (number * DAY_SECONDS * 1_000.0, 1.0),
    };
    // Less is no time of a history: it is a count of something else, such as a spreadsheet's days.
    (number >= least && ms < 1e15).then(|| Timestamp::from_ms(ms.round() as i64))
}

/// Whether the letters of a pattern, but for its own, name UTC; none where they name another zone, which nothing would honour.
fn zone_in(pattern: &str) -> Option<bool> {
    let mut letters = String::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '%' => {
                while rest.next().is_some_and(|c| !c.is_alphabetic() && c != '%') {}
                letters.push(' ');
            }
            other => letters.push(other),
        }
    }
    let mut utc = false;
    for word in letters.split(|c: char| !c.is_alphanumeric() && c != '+' && c != '-') {
        match word {
            "UTC" | "GMT" | "Z" => utc = true,
            _ if word.len() > 2 && word.starts_with(['+', '-']) && word[1..].bytes().all(|byte| byte == b'0') => utc = true,
            _ if word.contains(['+', '-']) && word.bytes().any(|byte| byte.is_ascii_digit()) => return None,
            "EST" | "EDT" | "CST" | "CDT" | "MST" | "MDT" | "PST" | "PDT" | "CET" | "CEST" | "BST" | "IST" => return None,
            _ => {}
        }
    }
    Some(utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_format_and_zone() {
        let mexico = TimeZone::get("America/Mexico_City").expect("a zone");
        let new_york = TimeZone::get("America/New_York").expect("a zone");
        let check = |text: &str, format: &str, zone: &TimeZone, expected: Option<&str>| {
            let found = Format::parse(format).iter().find_map(|format| format.instant(text, zone, 2037));
            assert_eq!(found.map(|at| at.to_string()).as_deref(), expected, "{text} {format}");
        };
        check("03/11/2026 15:04", "%d/%m/%Y %H:%M", &mexico, Some("2026-11-03T21:04:00.000Z"));
        check("11/3/2026 3:04 PM", "%m/%d/%Y %I:%M %p", &TimeZone::UTC, Some("2026-11-03T15:04:00.000Z"));
        check("2026-11-03", "%Y-%m-%d", &mexico, Some("2026-11-03T06:00:00.000Z"));
        check("2026-11-03T15:04:05.000+0100", "%Y-%m-%dT%H:%M:%S%.f%z", &mexico, Some("2026-11-03T14:04:05.000Z"));
        check("2026-11-03T15:04:05Z", "rfc3339", &mexico, Some("2026-11-03T15:04:05.000Z"));
        check("1793718245", "epoch_seconds", &mexico, Some("2026-11-03T15:04:05.000Z"));
        check("1793718245123", "epoch_milliseconds", &mexico, Some("2026-11-03T15:04:05.123Z"));
        // Left out by the change to summer time; twice at the change back.
        check("2026-03-08 02:30", "%Y-%m-%d %H:%M", &new_york, Some("2026-03-08T07:30:00.000Z"));
        check("2026-11-01 01:30", "%Y-%m-%d %H:%M", &new_york, Some("2026-11-01T05:30:00.000Z"));
        check("31/02/2026 10:00", "%d/%m/%Y %H:%M", &mexico, None);
        check("03/11/2026", "%d/%m/%Y %H:%M", &mexico, None);
        check("03/11/2026 15:04:05", "%d/%m/%Y %H:%M", &mexico, None);
        check("soon", "epoch_seconds", &mexico, None);
        // A number that is no count since 1970, a year of two digits, a year that nobody meant.
        check("46330", "epoch_seconds", &mexico, None);
        check("5555500100", "epoch_seconds", &mexico, None);
        check("1793718245123.0", "epoch_milliseconds", &mexico, Some("2026-11-03T15:04:05.123Z"));
        check("1.793718245E+12", "epoch_milliseconds", &mexico, Some("2026-11-03T15:04:05.000Z"));
        check("1.79372E+12", "epoch_milliseconds", &mexico, None);
        check("1793718245123456", "epoch_microseconds", &mexico, Some("2026-11-03T15:04:05.123Z"));
        check("20760", "epoch_days", &mexico, Some("2026-11-03T00:00:00.000Z"));
        check("46329.5", "serial_days", &TimeZone::UTC, Some("2026-11-03T12:00:00.000Z"));
        check("11/20/26", "%m/%d/%Y", &TimeZone::UTC, None);
        check("11/20/26", "%m/%d/%y", &TimeZone::UTC, Some("2026-11-20T00:00:00.000Z"));
        check("11/20/2126", "%m/%d/%Y", &TimeZone::UTC, None);
        // A zone that stands in the pattern.
        check("2026-11-03 15:04 UTC", "%Y-%m-%d %H:%M UTC", &mexico, Some("2026-11-03T15:04:00.000Z"));
        check("2026-11-03T15:04:05Z", "%Y-%m-%dT%H:%M:%SZ", &mexico, Some("2026-11-03T15:04:05.000Z"));
        check("3/11/26 3:04 PM", "day_first", &TimeZone::UTC, Some("2026-11-03T15:04:00.000Z"));
    }

    #[test]
    fn dates_are_the_ones_that_are_written() {
        let mexico = TimeZone::get("America/Mexico_City").expect("a zone");
        let check = |text: &str, format: &str, expected: Option<&str>| {
            let found = Format::parse(format).iter().find_map(|format| format.date(text, &mexico, 2037));
            assert_eq!(found.map(|date| date.to_string()).as_deref(), expected, "{text} {format}");
        };
        check("15/01/2027", "%d/%m/%Y", Some("2027-01-15"));
        check("2027-01-15 23:30", "%Y-%m-%d %H:%M", Some("2027-01-15"));
        check("2027-01-16T02:00:00Z", "rfc3339", Some("2027-01-15"));
        check("2027-01-16T02:00:00+0000", "%Y-%m-%dT%H:%M:%S%z", Some("2027-01-15"));
        check("1969-12-31", "%Y-%m-%d", None);
    }

    #[test]
    fn a_format_says_a_whole_date() {
        for bad in ["%Y-%m-%d %H:%M GMT-6", "%Y-%m-%d %H:%M CET", "", "%H:%M", "%d/%m", "%Y", "%Q!", "iso", "%c", "%d/%m/%Y %J"] {
            assert_eq!(Format::parse(bad), Vec::new(), "{bad}");
        }
    }
}
