//! Instants and dates of the contract, in the smallest form that keeps their meaning.
//!
//! Kafka stamps milliseconds, and events say them in RFC 3339: an instant is therefore a count of milliseconds. A date
//! to buy by is a civil date without a zone. This file refuses to know which zone "today" is in: the rulebook says that.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds of a second, an hour and so on, for arithmetic on [`Timestamp`].
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds of a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// The years that the contract accepts: outside them a time is a mistake, and arithmetic on it could overflow.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=9000;
/// 9001-01-01T00:00:00Z, the first instant behind [`YEARS`].
const YEAR_9001_MS: i64 = 221_876_928_000 * SECOND_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. In JSON an RFC 3339 text in UTC with three decimals, in state a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no RFC 3339 instant between 1970 and 9000. It bears no value: the text may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of RFC 3339 between the years 1970 and 9000")]
pub struct InvalidTime;

impl Timestamp {
    /// The first instant of the contract, 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// The last instant of the contract, 9000-12-31T23:59:59.999Z.
    pub const LAST: Timestamp = Timestamp(YEAR_9001_MS - 1);

    /// From milliseconds since the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 with any offset; fractions beyond a millisecond are cut.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        if !has_the_shape_of_rfc_3339(text.as_bytes()) {
            return Err(InvalidTime); // the parser below would read ISO 8601's other shapes too
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTime)?;
        let ms = instant.as_millisecond();
        if (0..YEAR_9001_MS).contains(&ms) { Ok(Self(ms)) } else { Err(InvalidTime) }
    }

    /// This instant moved by `ms` milliseconds, held at the ends of what an `i64` can say.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The civil date of this instant in UTC.
    pub const fn utc_date(self) -> Date {
        Date(self.0.div_euclid(DAY_MS) as i32)
    }
}

fn has_the_shape_of_rfc_3339(text: &[u8]) -> bool {
    let offset = matches!(text, [.., b'Z' | b'z'] | [.., b'+' | b'-', _, _, b':', _, _]);
    let separators = |text: &[u8]| text[4] == b'-' && text[7] == b'-' && text[13] == b':' && text[16] == b':';
    text.len() >= 20 && matches!(text[10], b'T' | b't' | b' ') && separators(text) && offset
}

/// Writes a number into all of `place`, with leading zeros.
fn digits(mut number: i64, place: &mut [u8]) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// A time as it is written: `2026-11-03T15:04:05.123Z`. Every output bears some, so they are put together without the formatter.
struct Written([u8; 24]);

impl Written {
    /// `None` outside the years of four digits.
    fn of(time: Timestamp) -> Option<Self> {
        if !(0..YEAR_9001_MS).contains(&time.0) {
            return None;
        }
        let (year, month, day) = time.utc_date().civil();
        let ms_of_day = time.0.rem_euclid(DAY_MS);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        digits(i64::from(year), &mut text[0..4]);
        digits(i64::from(month), &mut text[5..7]);
        digits(i64::from(day), &mut text[8..10]);
        digits(ms_of_day / HOUR_MS, &mut text[11..13]);
        digits(ms_of_day / MINUTE_MS % 60, &mut text[14..16]);
        digits(ms_of_day / SECOND_MS % 60, &mut text[17..19]);
        digits(ms_of_day % SECOND_MS, &mut text[20..23]);
        Some(Self(text))
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default() // digits and signs only
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Written::of(*self) {
            Some(written) => f.write_str(written.as_str()),
            None => {
                let ms_of_day = self.0.rem_euclid(DAY_MS);
                let (seconds, ms) = (ms_of_day / SECOND_MS, ms_of_day % SECOND_MS);
                let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", self.utc_date())
            }
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        match Written::of(*self) {
            Some(written) => serializer.serialize_str(written.as_str()),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rfc3339;
        impl Visitor<'_> for Rfc3339 {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time of RFC 3339")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).map_err(E::custom)
            }
        }
        if deserializer.is_human_readable() { deserializer.deserialize_str(Rfc3339) } else { i64::deserialize(deserializer).map(Timestamp) }
    }
}

/// A civil date without a zone: days since 1970-01-01. In JSON `YYYY-MM-DD`, in state a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// A text that is no date `YYYY-MM-DD` between 1970 and 9000. It bears no value: the text may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date YYYY-MM-DD between the years 1970 and 9000")]
pub struct InvalidDate;

impl Date {
    /// From days since 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn as_days(self) -> i32 {
        self.0
    }

    /// Parses `YYYY-MM-DD`; a time behind the date, as many CRMs write it, is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidDate> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(InvalidDate);
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| InvalidDate)?;
        if !YEARS.contains(&date.year()) {
            return Err(InvalidDate);
        }
        let midnight = jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| InvalidDate)?;
        let days = midnight.as_second() / 86_400;
        Ok(Self(days as i32))
    }

    /// This date moved by `days`, held at the ends of what an `i32` can say.
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The date of a year, month (1–12) and day (1–31) of the proleptic Gregorian calendar; `None`: there is no such day.
    pub const fn of_civil(year: i32, month: u32, day: u32) -> Option<Self> {
        // The other way round, after the same description.
        let shifted_year = if month <= 2 { year as i64 - 1 } else { year as i64 };
        let (era, year_of_era) = (shifted_year.div_euclid(400), shifted_year.rem_euclid(400));
        let shifted_month = (month as i64 + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let date = Self((era * 146_097 + day_of_era - 719_468) as i32);
        let (found_year, found_month, found_day) = date.civil();
        if found_year == year && found_month == month && found_day == day { Some(date) } else { None }
    }

    /// Year, month (1–12) and day (1–31) of the proleptic Gregorian calendar.
    pub const fn civil(self) -> (i32, u32, u32) {
        // Days to civil date, after Howard Hinnant's public description of the algorithm: eras of 400 years, years that begin in March.
        let z = self.0 as i64 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year as i32, month as u32, day as u32)
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Date {
    /// The date for people: `15 Jan 2027`.
    pub fn in_words(self) -> String {
        let (year, month, day) = self.civil();
        format!("{day} {} {year}", MONTHS[month as usize - 1])
    }

    /// Its day of every year for people: `15 Jan`.
    pub fn day_in_words(self) -> String {
        let (_, month, day) = self.civil();
        format!("{day} {}", MONTHS[month as usize - 1])
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i32(self.0) }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Iso;
        impl Visitor<'_> for Iso {
            type Value = Date;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date YYYY-MM-DD")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
                Date::parse(text).map_err(E::custom)
            }
        }
        if deserializer.is_human_readable() { deserializer.deserialize_str(Iso) } else { i32::deserialize(deserializer).map(Date) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_as_rfc_3339() {
        for (text, written) in [
            ("2026-11-03T15:04:05.123Z", Some("2026-11-03T15:04:05.123Z")),
            ("2026-11-03T15:04:05Z", Some("2026-11-03T15:04:05.000Z")),
            ("2026-11-03T09:04:05.123456-06:00", Some("2026-11-03T15:04:05.123Z")),
            ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00.000Z")),
            ("1969-12-31T23:59:59Z", None),
            ("2026-11-03t09:04:05.1-06:00", Some("2026-11-03T15:04:05.100Z")),
            ("2026-11-03", None),
            ("20261103T150405Z", None),
            ("2026-11-03T15:04:05", None),
            ("2026-11-03T15:04:05+01[Europe/Madrid]", None),
            ("2026-13-03T00:00:00Z", None),
            ("9001-01-01T00:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::parse(text).ok().map(|t| t.to_string()).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn every_time_of_the_contract_is_written_as_it_is_read() {
        for ms in (0..YEAR_9001_MS).step_by(7_777_777_777_777).chain([0, 1, 86_399_999, 86_400_000, 951_782_400_000, YEAR_9001_MS - 1]) {
            let text = Timestamp(ms).to_string();
            assert_eq!(Timestamp::parse(&text), Ok(Timestamp(ms)), "{text}");
            assert_eq!(serde_json::to_string(&Timestamp(ms)).unwrap(), format!("\"{text}\""));
        }
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(YEAR_9001_MS).to_string(), "9001-01-01T00:00:00.000Z");
    }

    #[test]
    fn dates_are_read_and_written_through_a_whole_cycle_of_the_calendar() {
        for days in (0..200_000).step_by(7) {
            let text = Date(days).to_string();
            assert_eq!(Date::parse(&text), Ok(Date(days)), "{text}");
        }
        for bad in ["2026-02-30", "2026-1-1", "2026-11-03T00:00:00Z", "1969-12-31", "tomorrow"] {
            assert_eq!(Date::parse(bad), Err(InvalidDate), "{bad}");
        }
    }
}
