//! Days on which other hours count than in a usual week: holidays, and days of which only some hours stay. By their date, or on a day of every
//! year.
//!
//! A date with its year counts before a day of every year. What stays is never more than the week has: hours of a special day cut the shifts
//! that begin on it, and open nothing. This file refuses to know zones and shifts.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::contract::Date;

/// A day of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayOfYear {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31; 29 February is there in leap years.
    pub day: u8,
}

impl DayOfYear {
    /// Parses `MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 5 || bytes[2] != b'-' || !bytes.iter().enumerate().all(|(at, byte)| at == 2 || byte.is_ascii_digit()) {
            return None;
        }
        // A leap year has each of them.
        Date::parse(&format!("2000-{text}")).ok().map(Self::of)
    }

    /// That of a date.
    pub fn of(date: Date) -> Self {
        let (_, month, day) = date.civil();
        Self { month: month as u8, day: day as u8 }
    }

    /// The day for people: `25 Dec`.
    pub fn in_words(self) -> String {
        self.in_year(2000).map_or_else(|| self.to_string(), Date::day_in_words) // a leap year has each of them
    }

    /// Its date in a year; `None`: the year has no such day.
    pub fn in_year(self, year: i32) -> Option<Date> {
        Date::of_civil(year, u32::from(self.month), u32::from(self.day))
    }
}

impl std::fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// The hours that stay of a day: from which minute of it, and how many, ascending, none over another; none: it is closed.
pub type Hours = Vec<(u16, u16)>;

/// The special days of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialDays {
    dates: Vec<(Date, Hours)>,
    yearly: Vec<(DayOfYear, Hours)>,
}

impl SpecialDays {
    /// Of dates, and of days of every year.
    pub fn new(dates: BTreeMap<Date, Hours>, yearly: BTreeMap<DayOfYear, Hours>) -> Self {
        Self { dates: dates.into_iter().collect(), yearly: yearly.into_iter().collect() }
    }

    /// Closed on these dates.
    pub fn closed_on(dates: impl IntoIterator<Item = Date>) -> Self {
        Self::new(dates.into_iter().map(|date| (date, Hours::new())).collect(), BTreeMap::new())
    }

    /// Those with a year, ascending.
    pub fn dates(&self) -> &[(Date, Hours)] {
        &self.dates
    }

    /// Those of every year, ascending.
    pub fn yearly(&self) -> &[(DayOfYear, Hours)] {
        &self.yearly
    }

    /// Those that `other` does not have, or has with other hours.
    pub fn without(&self, other: &Self) -> Self {
        Self {
            dates: self.dates.iter().filter(|day| !other.dates.contains(day)).cloned().collect(),
            yearly: self.yearly.iter().filter(|day| !other.yearly.contains(day)).cloned().collect(),
        }
    }

    /// The hours that stay of a date; `None`: it is a usual day.
    pub fn on(&self, date: Date) -> Option<&Hours> {
        if let Ok(index) = self.dates.binary_search_by_key(&date, |(date, _)| *date) {
            return Some(&self.dates[index].1);
        }
        self.on_yearly(date)
    }

    /// The same by the days of every year alone.
    pub fn on_yearly(&self, date: Date) -> Option<&Hours> {
        if self.yearly.is_empty() {
            return None;
        }
        let index = self.yearly.binary_search_by_key(&DayOfYear::of(date), |(day, _)| *day).ok()?;
        Some(&self.yearly[index].1)
    }

    /// The special days of these dates, in no order, each once.
    pub fn within(&self, dates: Range<Date>) -> impl Iterator<Item = Date> {
        let from = self.dates.partition_point(|(date, _)| *date < dates.start);
        let with_a_year = self.dates[from..].iter().map(|(date, _)| *date).take_while({
            let end = dates.end;
            move |date| *date < end
        });
        let years = dates.start.civil().0..=dates.end.civil().0;
        let every_year = self.yearly.iter().flat_map(move |(day, _)| years.clone().filter_map(|year| day.in_year(year)));
        let own = move |date: &Date| dates.contains(date) && self.dates.binary_search_by_key(date, |(date, _)| *date).is_err();
        with_a_year.chain(every_year.filter(own))
    }
}

/// A calendar whose holidays all have their year: one day they have all passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The last of them.
    pub last: Date,
    /// Where the list stands in the file, in bytes.
    pub place: Range<usize>,
}

/// A shift of a day, cut to the hours that stay of it: each from which minute of the day, and how many minutes.
pub fn cut((from, minutes): (i64, i64), kept: Option<&Hours>) -> impl Iterator<Item = (i64, i64)> {
    let whole = kept.is_none().then_some((from, minutes));
    let parts = kept.into_iter().flatten().filter_map(move |(kept_from, kept_minutes)| {
        let begin = from.max(i64::from(*kept_from));
        let end = (from + minutes).min(i64::from(*kept_from) + i64::from(*kept_minutes));
        (begin < end).then_some((begin, end - begin))
    });
    whole.into_iter().chain(parts)
}
