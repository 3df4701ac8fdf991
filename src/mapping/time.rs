//! Times and dates as tools write them: a list of formats that are tried in turn, in a time zone for those that don't say theirs.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use crate::contract::{Date, Timestamp};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `2026-11-03T15:04:05Z`
    Rfc3339,
    /// Seconds since 1970, with or without a fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
    /// In the words of strptime: `%d/%m/%Y %H:%M`.
    Pattern(String),
}

/// The formats that have a name.
const NAMED: &[(&str, Format)] =
    &[("rfc3339", Format::Rfc3339), ("epoch_seconds", Format::EpochSeconds), ("epoch_milliseconds", Format::EpochMilliseconds)];
/// An instant with every part different: what a good format writes, it reads back.
const PROBE: i64 = 1_794_409_445;

impl Format {
    /// The names that a format can have.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The format of this name, or this pattern; `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((_, format)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(format.clone());
        }
        let zoned = jiff::Timestamp::from_second(PROBE).ok()?.to_zoned_datetime(TimeZone::UTC);
        let written = jiff::fmt::strtime::format(text, &zoned).ok()?;
        let read = BrokenDownTime::parse(text, written.as_bytes()).ok()?;
        // A pattern without a year, a month or a day says no date.
        (read.to_date().ok()? == zoned.date()).then(|| Self::Pattern(text.to_owned()))
    }
}

/// The formats that are meant where a map says none.
pub fn defaults(of_time: bool) -> Vec<Format> {
    if of_time { vec![Format::Rfc3339] } else { vec![Format::Pattern("%Y-%m-%d".to_owned())] }
}

/// The instant that a text says, by the first format that fits; a date alone is the beginning of its day in the zone.
pub fn instant(text: &str, formats: &[Format], zone: &TimeZone) -> Option<Timestamp> {
    formats.iter().find_map(|format| read_instant(text, format, zone))
}

/// The civil date that a text says: the one that is written, or the one of the instant in the zone.
pub fn date(text: &str, formats: &[Format], zone: &TimeZone) -> Option<Date> {
    formats.iter().find_map(|format| {
        let civil = match format {
            Format::Pattern(pattern) => {
                let read = BrokenDownTime::parse(pattern, text.as_bytes()).ok()?;
                if read.offset().is_some() {
                    read.to_timestamp().ok()?.to_zoned_datetime(zone.clone()).date()
                } else {
                    read.to_date().ok()?
                }
            }
            other => {
                let instant = read_instant(text, other, zone)?;
                jiff::Timestamp::from_millisecond(instant.as_ms()).ok()?.to_zoned_datetime(zone.clone()).date()
            }
        };
        Date::parse(&civil.to_string()).ok()
    })
}

fn read_instant(text: &str, format: &Format, zone: &TimeZone) -> Option<Timestamp> {
    match format {
        Format::Rfc3339 => Timestamp::parse(text).ok(),
        Format::EpochSeconds => {
            let seconds: f64 = text.parse().ok().filter(|seconds: &f64| seconds.abs() < 1e12)?;
            Some(Timestamp::from_ms((seconds * 1_000.0).round() as i64))
        }
        Format::EpochMilliseconds => text.parse().ok().filter(|ms: &i64| ms.abs() < 1_000_000_000_000_000).map(Timestamp::from_ms),
        Format::Pattern(pattern) => {
            let read = BrokenDownTime::parse(pattern, text.as_bytes()).ok()?;
            let instant = if read.offset().is_some() {
                read.to_timestamp().ok()?
            } else {
                // A time that a change to summer time left out, or that was twice, is read as most calendars do.
                let civil = read.to_date().ok()?.to_datetime(read.to_time().unwrap_or(jiff::civil::Time::midnight()));
                zone.to_ambiguous_timestamp(civil).compatible().ok()?
            };
            Some(Timestamp::from_ms(instant.as_millisecond()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_format_and_zone() {
        let mexico = TimeZone::get("America/Mexico_City").expect("a zone");
        let new_york = TimeZone::get("America/New_York").expect("a zone");
        let check = |text: &str, format: &str, zone: &TimeZone, expected: Option<&str>| {
            let formats = [Format::parse(format).unwrap_or_else(|| panic!("{format}"))];
            assert_eq!(instant(text, &formats, zone).map(|at| at.to_string()).as_deref(), expected, "{text} {format}");
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
    }

    #[test]
    fn dates_are_the_ones_that_are_written() {
        let mexico = TimeZone::get("America/Mexico_City").expect("a zone");
        let check = |text: &str, format: &str, expected: Option<&str>| {
            let formats = [Format::parse(format).unwrap_or_else(|| panic!("{format}"))];
            assert_eq!(date(text, &formats, &mexico).map(|date| date.to_string()).as_deref(), expected, "{text} {format}");
        };
        check("15/01/2027", "%d/%m/%Y", Some("2027-01-15"));
        check("2027-01-15 23:30", "%Y-%m-%d %H:%M", Some("2027-01-15"));
        check("2027-01-16T02:00:00Z", "rfc3339", Some("2027-01-15"));
        check("2027-01-16T02:00:00+0000", "%Y-%m-%dT%H:%M:%S%z", Some("2027-01-15"));
        check("1969-12-31", "%Y-%m-%d", None);
    }

    #[test]
    fn a_format_says_a_whole_date() {
        for bad in ["", "%H:%M", "%d/%m", "%Y", "%Q!", "iso", "%c", "%d/%m/%Y %J"] {
            assert_eq!(Format::parse(bad), None, "{bad}");
        }
    }
}
