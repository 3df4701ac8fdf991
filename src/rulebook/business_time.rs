//! Business time: how much of it has passed between two instants, and when a term of it has run out.
//!
//! **A time of day** of a calendar, `09:00` on a date, is the first instant at which the clock on the wall shows it or a later one.
//! So what a change of the clocks leaves out happens at the change, and what it repeats happens the first time; hours never lie over
//! each other or leave a hole that the rulebook does not have, and a shift lasts as long as really passes between its ends: the night in
//! which clocks go back is longer, and the repeated hour belongs to whoever works at its end.
//!
//! **A shift belongs to the day on which it begins.** A holiday drops the shifts that begin on it, and they only: the night before
//! ends in it as always; hours of a special day cut the shifts that begin on it. A *working day* is a date that has shifts of its own which last.
//!
//! **Bounds.** There is business time from [`Timestamp::EPOCH`] to [`Timestamp::LAST`], the contract's years, and none outside. What
//! would run out after that, runs out at the last instant. Between two changes of the clocks whole weeks are counted and not walked
//! through, so years cost a walk through the days around those changes.
//!
//! Zones are those in the binary, so each machine finds the same instants. This file refuses to know leads, teams and what a term is for.

use std::ops::Range;

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::compiled::Calendar;
use super::special_days;
use super::term::{Term, TermUnit};
use crate::contract::time::{DAY_MS, MINUTE_MS};
use crate::contract::{Date, Timestamp};

const MINUTES_OF_DAY: i64 = 24 * 60;
const DAYS_OF_WEEK: i64 = 7;
/// The last date on which a shift may begin: that of the contract's last instant, in any zone.
const LAST_DAY: i64 = Timestamp::LAST.as_ms() / DAY_MS + 1;

/// Instants in ms, from the first to before the second.
type Stretch = Range<i64>;

impl Term {
    /// When this term has run out that begins at `at`: in the time of the calendar; without one by the clock, where a day has 24 hours.
    pub fn after(&self, at: Timestamp, calendar: Option<&Calendar>) -> Timestamp {
        match calendar {
            Some(calendar) => calendar.after(at, self),
            None => at.plus_ms(self.wall_ms()).min(Timestamp::LAST).max(at),
        }
    }
}

impl Calendar {
    /// When a term has run out that begins at `at`. It is never before `at`, and a later beginning never ends sooner; but of days that
    /// begin within what the clock shows twice, each ends at the time that it showed.
    ///
    /// - *Minutes and hours*: the first instant by which so much business time has passed. What fills a shift ends with it, and not when
    ///   the next one begins.
    /// - *Days*: the term begins at `at`, or with the next opening when it is closed, and runs out at the same time of the n-th following
    ///   working day: from Friday 16:00, `1d` ends on Monday 16:00. From Saturday it begins on Monday 09:00 and ends on Tuesday
    ///   09:00, as if handed off in Monday's first moment: a day to answer is a whole one, whenever the lead came. In a night's shift the
    ///   time is counted from the day that it belongs to. Where that day is closed at that time, it ends with the shift
    ///   before; if there is none, with the first opening of the day.
    ///
    /// No term (`0m`, `0d`) ends at `at`.
    pub fn after(&self, at: Timestamp, term: &Term) -> Timestamp {
        if term.wall_ms() == 0 {
            return at;
        }
        let end_ms = match term.unit() {
            TermUnit::Minutes | TermUnit::Hours => self.end_of_hours(held(at), term.wall_ms()),
            TermUnit::Days => self.end_of_days(held(at), i64::from(term.count())),
        };
        end_ms.map_or(Timestamp::LAST, Timestamp::from_ms).min(Timestamp::LAST).max(at)
    }

    /// Business time from `from` to `to`, in ms; 0 when `to` is not later.
    pub fn business_ms_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let asked = held(from)..held(to);
        if asked.is_empty() {
            return 0;
        }
        let (first, last) = (self.date_of(asked.start), self.date_of(asked.end));
        // Shifts of the dates between begin and end within what is asked, even where the clocks were set by a day.
        let whole = (first + 2)..(last - 1).max(first + 2);
        let edges = (first - 1..whole.start).chain(whole.end..last + 2);
        let shown = edges.flat_map(|day| self.stretches(day)).map(|stretch| ms_within(&stretch, &asked));
        shown.sum::<i64>() + self.ms_of_days(whole)
    }

    /// Whether it is working time. The end of a shift is not.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_opening(at) == Some(at)
    }

    /// The first instant of working time that is not before `at`: `at` itself when it is open. `None`: never again.
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        let (_, opening_ms) = self.opening(held(at))?;
        let opening = Timestamp::from_ms(opening_ms);
        (at <= opening && opening <= Timestamp::LAST).then_some(opening)
    }

    /// The next opening, and the date that its shift belongs to.
    fn opening(&self, at_ms: i64) -> Option<(i64, i64)> {
        if self.week(ms_of) == 0 {
            return None;
        }
        let mut days = self.date_of(at_ms) - 1..=LAST_DAY;
        days.find_map(|day| self.stretches(day).find(|stretch| stretch.end > at_ms).map(|stretch| (day, stretch.start.max(at_ms))))
    }

    /// The first instant by which `left_ms` of business time have passed.
    fn end_of_hours(&self, at_ms: i64, mut left_ms: i64) -> Option<i64> {
        let week_ms = self.week(ms_of);
        if week_ms == 0 {
            return None;
        }
        let today = self.date_of(at_ms);
        let mut day = today - 1;
        while day <= LAST_DAY {
            for stretch in self.stretches(day) {
                let begin_ms = stretch.start.max(at_ms);
                let worked_ms = (stretch.end - begin_ms).max(0);
                if worked_ms >= left_ms {
                    return Some(begin_ms + left_ms);
                }
                left_ms -= worked_ms;
            }
            day += 1;
            if left_ms > week_ms && day >= today + 2 {
                let weeks = self.even_weeks(day, LAST_DAY).min((left_ms - 1) / week_ms);
                left_ms -= self.of_weeks(day, weeks, ms_of);
                day += weeks * DAYS_OF_WEEK;
            }
        }
        None
    }

    /// The same time of the working day that is `left` working days on.
    fn end_of_days(&self, at_ms: i64, mut left: i64) -> Option<i64> {
        let (begin_day, begin_ms) = self.opening(at_ms)?;
        let days_of_week = self.week(works);
        let mut day = begin_day + 1;
        while day <= LAST_DAY {
            left -= i64::from(self.stretches(day).next().is_some());
            if left == 0 {
                let time_ms = self.clock_ms(begin_ms) - begin_day * DAY_MS;
                return self.within_hours(day, self.instant(day * DAY_MS + time_ms));
            }
            day += 1;
            if left > days_of_week {
                let weeks = self.even_weeks(day, LAST_DAY).min((left - 1) / days_of_week);
                left -= self.of_weeks(day, weeks, works);
                day += weeks * DAYS_OF_WEEK;
            }
        }
        None
    }

    /// An instant, held within the hours of a date: back to the end of the shift before; else on to the first opening.
    fn within_hours(&self, day: i64, at_ms: i64) -> Option<i64> {
        let mut held_ms = None;
        for stretch in self.stretches(day) {
            if held_ms.is_none() || stretch.start <= at_ms {
                held_ms = Some(at_ms.clamp(stretch.start, stretch.end));
            }
        }
        held_ms
    }

    /// The shifts that belong to a date as instants, ascending; those that do not last are left out.
    fn stretches(&self, day: i64) -> impl Iterator<Item = Stretch> {
        let stretches = self.shifts_on(day).map(move |(from, minutes)| {
            let begin_ms = day * DAY_MS + from * MINUTE_MS;
            self.instant(begin_ms)..self.instant(begin_ms + minutes * MINUTE_MS)
        });
        stretches.filter(|stretch| !stretch.is_empty())
    }

    /// The shifts of a weekday: from which minute of the day, and how many minutes.
    fn shifts_of(&self, weekday: i64) -> impl Iterator<Item = (i64, i64)> {
        let midnight = weekday * MINUTES_OF_DAY;
        let own = self.shifts.iter().filter(move |shift| i64::from(shift.start_minute) / MINUTES_OF_DAY == weekday);
        own.map(move |shift| (i64::from(shift.start_minute) - midnight, i64::from(shift.minutes)))
    }

    /// The shifts that begin on a date, cut to the hours that stay of it.
    fn shifts_on(&self, day: i64) -> impl Iterator<Item = (i64, i64)> {
        let kept = self.special.on(date(day));
        self.shifts_of(weekday(day)).flat_map(move |shift| special_days::cut(shift, kept))
    }

    /// Whether a date has working time by the days of every year alone, whatever the dates with a year say.
    pub(super) fn works_on_yearly(&self, day: i64) -> bool {
        let kept = self.special.on_yearly(date(day));
        self.shifts_of(weekday(day)).flat_map(|shift| special_days::cut(shift, kept)).any(|(_, minutes)| minutes > 0)
    }

    /// The sum of what the shifts of each weekday give.
    fn week(&self, gives: impl Fn(i64) -> i64) -> i64 {
        (0..DAYS_OF_WEEK).map(|weekday| gives(minutes_of(self.shifts_of(weekday)))).sum()
    }

    /// The same over `weeks` weeks from a date on, with their special days.
    fn of_weeks(&self, day: i64, weeks: i64, gives: impl Fn(i64) -> i64) -> i64 {
        if weeks == 0 {
            return 0;
        }
        let special = self.special.within(date(day)..date(day + weeks * DAYS_OF_WEEK)).map(|special| i64::from(special.as_days()));
        let lost = |day: i64| gives(minutes_of(self.shifts_of(weekday(day)))) - gives(minutes_of(self.shifts_on(day)));
        weeks * self.week(&gives) - special.map(lost).sum::<i64>()
    }

    /// Working time of all shifts that belong to these dates.
    fn ms_of_days(&self, days: Range<i64>) -> i64 {
        let (mut day, mut total_ms) = (days.start, 0);
        while day < days.end {
            let weeks = self.even_weeks(day, days.end);
            total_ms += self.of_weeks(day, weeks, ms_of);
            day += weeks * DAYS_OF_WEEK;
            if day < days.end {
                total_ms += self.stretches(day).map(|stretch| stretch.end - stretch.start).sum::<i64>();
                day += 1;
            }
        }
        total_ms
    }

    /// How many weeks from `day` on, before `end`, no change of the clocks touches: there a shift lasts as long as its hours say.
    fn even_weeks(&self, day: i64, end: i64) -> i64 {
        if end - day < DAYS_OF_WEEK {
            return 0;
        }
        // A change at midnight itself counts.
        let Ok(before) = jiff::Timestamp::from_millisecond(self.instant(day * DAY_MS) - 1) else { return 0 };
        let change = self.time_zone.following(before).next().map(|change| change.timestamp().as_millisecond());
        // The clock may show the day before the change again; a night of the day before that ends earlier.
        let touched = change.map(|change_ms| self.date_of(change_ms - 1).min(self.date_of(change_ms)) - 1);
        (touched.map_or(end, |touched| touched.min(end)) - day).max(0) / DAYS_OF_WEEK
    }

    /// The date on the wall, in days since 1970-01-01.
    fn date_of(&self, at_ms: i64) -> i64 {
        self.clock_ms(at_ms).div_euclid(DAY_MS)
    }

    /// What the clock on the wall shows, as ms since its 1970-01-01, 00:00.
    fn clock_ms(&self, at_ms: i64) -> i64 {
        jiff::Timestamp::from_millisecond(at_ms).map_or(at_ms, |instant| at_ms + offset_ms(self.time_zone.to_offset(instant)))
    }

    fn instant(&self, clock_ms: i64) -> i64 {
        first_instant(&self.time_zone, clock_ms)
    }
}

/// The first instant at which the clock on the wall of a zone shows `clock_ms` (ms since its 1970-01-01, 00:00) or later.
pub(super) fn first_instant(zone: &TimeZone, clock_ms: i64) -> i64 {
    let Ok(shown) = jiff::Timestamp::from_millisecond(clock_ms) else { return clock_ms };
    match zone.to_ambiguous_timestamp(Offset::UTC.to_datetime(shown)).offset() {
        AmbiguousOffset::Unambiguous { offset } => clock_ms - offset_ms(offset),
        AmbiguousOffset::Fold { before, .. } => clock_ms - offset_ms(before),
        AmbiguousOffset::Gap { before, after } => end_of_gap(zone, clock_ms, before, after),
    }
}

/// When the clocks were set over a time that they never showed: between what it were with the old offset and with the new one.
fn end_of_gap(zone: &TimeZone, clock_ms: i64, before: Offset, after: Offset) -> i64 {
    let latest_ms = clock_ms - offset_ms(before);
    let Ok(latest) = jiff::Timestamp::from_millisecond(latest_ms + 1) else { return latest_ms };
    let change = zone.preceding(latest).find(|change| change.offset() == after);
    change.map_or(latest_ms, |change| change.timestamp().as_millisecond())
}

fn minutes_of(shifts: impl Iterator<Item = (i64, i64)>) -> i64 {
    shifts.map(|(_, minutes)| minutes).sum()
}

fn ms_of(minutes: i64) -> i64 {
    minutes * MINUTE_MS
}

/// 1 for a day with working time.
fn works(minutes: i64) -> i64 {
    i64::from(minutes > 0)
}

/// A day of the contract's years, and some more.
fn date(day: i64) -> Date {
    Date::from_days(day.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
}

fn offset_ms(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000
}

/// An instant held within the contract's years.
fn held(at: Timestamp) -> i64 {
    at.clamp(Timestamp::EPOCH, Timestamp::LAST).as_ms()
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(DAYS_OF_WEEK)
}

fn ms_within(stretch: &Stretch, asked: &Stretch) -> i64 {
    (stretch.end.min(asked.end) - stretch.start.max(asked.start)).max(0)
}
