//! Business time is what a count minute by minute finds, for random calendars, instants and spans.
//!
//! The count knows nothing of openings, weeks and changes of clocks. It walks through the minutes, looks at the clock on the wall, and asks
//! whether a shift is under way: one has begun when the clock has shown its begin or a later time, and so with its end. So it
//! remembers the latest time that the clock has shown.

use relevo::contract::{Date, Timestamp};
use relevo::rulebook::Term;
use relevo::rulebook::compiled::Calendar;

use super::made;
use super::made::MINUTES_OF_DAY;
use crate::mutated::Random;

const CALENDARS: usize = 130;
const CASES: usize = 160;
/// Three weeks.
const MINUTES: usize = 3 * 7 * 24 * 60;
/// Before the first case the clock has been looked at for longer than it is ever set back.
const WARM_UP: usize = 2 * 24 * 60;

/// Each minute of some weeks.
struct Walk {
    /// The first minute, in minutes since the epoch.
    begin: i64,
    /// What the clock shows, in minutes since its 1970-01-01, 00:00.
    clock: Vec<i64>,
    /// The latest that it has shown, in minutes since its 1970-01-01, 00:00.
    shown: Vec<i64>,
    /// The date whose shift is under way.
    owner: Vec<Option<i64>>,
    /// How many minutes before this one were working time.
    worked: Vec<i64>,
}

/// The date whose shift is under way when the clock has shown `shown`.
fn owner(calendar: &Calendar, shown: i64) -> Option<i64> {
    let today = shown.div_euclid(MINUTES_OF_DAY);
    [today - 1, today].into_iter().find(|date| {
        // 1970-01-01 was a Thursday.
        let weekday = (date + 3).rem_euclid(7);
        let under_way = calendar.shifts.iter().any(|shift| {
            let begin = date * MINUTES_OF_DAY + i64::from(shift.start_minute) - weekday * MINUTES_OF_DAY;
            i64::from(shift.start_minute) / MINUTES_OF_DAY == weekday && (begin..begin + i64::from(shift.minutes)).contains(&shown)
        });
        under_way && stays(calendar, *date, shown)
    })
}

/// Whether a special day leaves the minute to the shift that began on it: a date with its year counts before a day of every year.
fn stays(calendar: &Calendar, date: i64, shown: i64) -> bool {
    let date = Date::from_days(date as i32);
    let text = date.to_string();
    let with_a_year = calendar.special.dates().iter().find(|(other, _)| *other == date).map(|(_, hours)| hours);
    let every_year = calendar.special.yearly().iter().find(|(day, _)| text[5..] == format!("{:02}-{:02}", day.month, day.day));
    let Some(hours) = with_a_year.or(every_year.map(|(_, hours)| hours)) else { return true };
    let minute = shown - i64::from(date.as_days()) * MINUTES_OF_DAY;
    hours.iter().any(|(from, minutes)| (i64::from(*from)..i64::from(*from) + i64::from(*minutes)).contains(&minute))
}

impl Walk {
    fn through(calendar: &Calendar, from: Timestamp) -> Self {
        let begin = from.as_ms().div_euclid(60_000);
        let (mut clocks, mut shown, mut owners, mut worked) = (Vec::new(), Vec::new(), Vec::new(), vec![0]);
        let mut latest = i64::MIN;
        for minute in begin..begin + MINUTES as i64 {
            let instant = jiff::Timestamp::from_second(minute * 60).expect("a time of our days");
            let clock = minute + i64::from(calendar.time_zone.to_offset(instant).seconds()) / 60;
            latest = latest.max(clock);
            let owner = owner(calendar, latest);
            clocks.push(clock);
            shown.push(latest);
            worked.push(worked[worked.len() - 1] + i64::from(owner.is_some()));
            owners.push(owner);
        }
        Self { begin, clock: clocks, shown, owner: owners, worked }
    }

    fn instant(&self, index: usize) -> Timestamp {
        Timestamp::from_ms((self.begin + index as i64) * 60_000)
    }

    fn opening(&self, from: usize) -> Option<usize> {
        (from..MINUTES).find(|index| self.owner[*index].is_some())
    }

    fn after_minutes(&self, from: usize, minutes: i64) -> Option<usize> {
        (from..=MINUTES).find(|index| self.worked[*index] - self.worked[from] == minutes)
    }

    fn after_days(&self, from: usize, days: usize) -> Option<usize> {
        let begin = self.opening(from)?;
        let first = self.owner[begin]?;
        let mut following: Vec<i64> = self.owner[begin..].iter().flatten().copied().filter(|date| *date > first).collect();
        following.dedup();
        // The day after has to be seen too, so that this one is whole.
        let (date, _) = (following.get(days - 1)?, following.get(days)?);
        let time = self.clock[begin] - first * MINUTES_OF_DAY + date * MINUTES_OF_DAY;
        let aim = (begin..MINUTES).find(|index| self.shown[*index] >= time)?;
        let of_date = |index: &usize| self.owner[*index] == Some(*date);
        if of_date(&aim) {
            return Some(aim);
        }
        let before = (begin..aim).rev().find(of_date).map(|index| index + 1);
        before.or_else(|| (aim..MINUTES).find(of_date))
    }
}

/// What was compared: spans, openings, terms of minutes, terms of days.
type Compared = [usize; 4];

fn compare(calendar: &Calendar, walk: &Walk, from: usize, random: &mut Random, compared: &mut Compared) {
    let to = (from + made::below_one_of(random, &[60, 1_500, 12_000, MINUTES])).min(MINUTES);
    let (begin, end) = (walk.instant(from), walk.instant(to));
    let case = || format!("from {begin} to {end} in {calendar:?}");

    let minutes = walk.worked[to] - walk.worked[from];
    assert_eq!(calendar.business_ms_between(begin, end), minutes * 60_000, "{}", case());
    compared[0] += 1;

    assert_eq!(calendar.is_open(begin), walk.owner[from].is_some(), "{}", case());
    if let Some(opening) = walk.opening(from) {
        assert_eq!(calendar.next_opening(begin), Some(walk.instant(opening)), "{}", case());
        compared[1] += 1;
    }
    let minutes = 1 + made::below_one_of(random, &[60, 600, 6_000]);
    if let Some(due) = walk.after_minutes(from, minutes as i64) {
        let term = Term::parse(&format!("{minutes}m")).expect("a term");
        assert_eq!(calendar.after(begin, &term), walk.instant(due), "{term} {}", case());
        compared[2] += 1;
    }
    let days = 1 + made::below_one_of(random, &[2, 12]);
    if let Some(due) = walk.after_days(from, days) {
        let term = Term::parse(&format!("{days}d")).expect("a term");
        assert_eq!(calendar.after(begin, &term), walk.instant(due), "{term} {}", case());
        compared[3] += 1;
    }
}

#[test]
fn business_time_is_what_a_count_minute_by_minute_finds() {
    let mut random = Random::new(2_026);
    let mut compared = Compared::default();
    let mut with_a_change = 0;
    for _ in 0..CALENDARS {
        let (zone, near) = made::zone_and_instant(&mut random);
        let ahead = WARM_UP + 6 * 60 + random.below(10 * 24 * 60);
        let from = near.plus_ms(-(ahead as i64) * 60_000);
        let calendar = made::calendar(&mut random, zone, from, 50);
        let walk = Walk::through(&calendar, from);
        let passed = walk.shown[MINUTES - 1] - walk.shown[0];
        with_a_change += usize::from(passed != MINUTES as i64 - 1);
        for _ in 0..CASES {
            let from = match random.below(3) {
                0 => ahead - 6 * 60 + random.below(12 * 60),
                _ => WARM_UP + random.below(MINUTES - WARM_UP),
            };
            compare(&calendar, &walk, from, &mut random, &mut compared);
        }
    }
    assert_eq!(compared[0], CALENDARS * CASES);
    assert!(compared.iter().all(|count| count * 2 > CALENDARS * CASES), "half of all at least: {compared:?}");
    assert!(with_a_change * 3 > CALENDARS, "clocks change in {with_a_change} of {CALENDARS} walks");
}
