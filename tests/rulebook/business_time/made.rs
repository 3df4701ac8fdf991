//! Random calendars, in zones whose clocks do what clocks do somewhere.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use relevo::contract::Timestamp;
use relevo::rulebook::compiled::{Calendar, Shift};
use relevo::rulebook::special_days::{DayOfYear, Hours, SpecialDays};

use crate::mutated::Random;

/// Zones of whole minutes: without changes, with an hour's, half an hour's and two hours', at and after midnight, with a day left out,
/// with a negative summer time, and with other rules than before.
const ZONES: &[&str] = &[
    "UTC",
    "America/New_York",
    "America/Mexico_City",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Madrid",
    "Europe/Dublin",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Havana",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Chatham",
];
pub const MINUTES_OF_DAY: i64 = 24 * 60;
const MINUTES_OF_WEEK: usize = 7 * 24 * 60;

/// A number below one of these bounds: most are small, some are large.
pub fn below_one_of(random: &mut Random, bounds: &[usize]) -> usize {
    let bound = *random.pick(bounds);
    random.below(bound)
}

/// 1973 to 2099: behind the last of the odd seconds, and far into what the rules of today say of the time to come.
pub fn instant(random: &mut Random) -> Timestamp {
    Timestamp::from_ms((3 * 365 + random.below(127 * 365) as i64) * 86_400_000 + random.below(86_400_000) as i64)
}

/// A zone, and an instant that mostly has a change of its clocks near.
pub fn zone_and_instant(random: &mut Random) -> (TimeZone, Timestamp) {
    let zone = TimeZone::get(random.pick::<&str>(ZONES)).expect("the zone is in the binary");
    let drawn = instant(random);
    let change = jiff::Timestamp::from_millisecond(drawn.as_ms()).ok().and_then(|from| zone.following(from).next());
    let near = change.map(|change| change.timestamp().as_millisecond()).filter(|change_ms| {
        // Where rules end, the next change may be none of this zone's time.
        *change_ms - drawn.as_ms() < 400 * 86_400_000
    });
    let from = near.map_or(drawn, Timestamp::from_ms);
    (zone, from)
}

/// Hours of a week: an office with split days, nights, around the clock, or anything.
pub fn shifts(random: &mut Random) -> Vec<Shift> {
    match random.below(6) {
        0 => every_day(5, &[(9 * 60, 300), (15 * 60, 180)]),
        1 => every_day(5, &[(22 * 60, 480)]),
        2 => every_day(7, &[(0, 1440)]),
        3 => every_day(7, &[(random.below(200) as u16, 1 + random.below(90) as u16), (23 * 60 + 30, 30)]),
        _ => anything(random),
    }
}

pub fn every_day(days: u16, hours: &[(u16, u16)]) -> Vec<Shift> {
    let of_day = |day: u16| hours.iter().map(move |(from, minutes)| Shift { start_minute: day * 1440 + from, minutes: *minutes });
    (0..days).flat_map(of_day).collect()
}

/// Shifts of up to a day, some of which follow at once, over the week's end too.
fn anything(random: &mut Random) -> Vec<Shift> {
    let first = random.below(MINUTES_OF_WEEK);
    let longest = *random.pick(&[30, 300, 1440]);
    let mut shifts = Vec::new();
    let mut at = first;
    loop {
        let minutes = 1 + random.below(longest);
        if at + minutes > first + MINUTES_OF_WEEK {
            break;
        }
        shifts.push(Shift { start_minute: (at % MINUTES_OF_WEEK) as u16, minutes: minutes as u16 });
        at += minutes + random.pick(&[0, 1, 45, 600, 2000]);
    }
    if shifts.is_empty() {
        shifts.push(Shift { start_minute: first as u16, minutes: 1 });
    }
    shifts.sort_by_key(|shift| shift.start_minute);
    shifts
}

/// Some of `days` days from a date on; now and then all of them. Some are of every year, and of some a few hours stay.
pub fn special(random: &mut Random, from: Timestamp, days: i32) -> SpecialDays {
    let one_in = *random.pick(&[1, 3, 10, 30]);
    let rare = one_in == 1 && random.below(4) > 0;
    let (mut dates, mut yearly) = (BTreeMap::new(), BTreeMap::new());
    for day in (0..days).filter(|_| !rare).map(|day| from.utc_date().plus_days(day)) {
        if random.below(one_in) > 0 {
            continue;
        }
        let hours = hours_that_stay(random);
        match random.below(4) {
            0 => drop(yearly.insert(DayOfYear::of(day), hours)),
            1 => drop((yearly.insert(DayOfYear::of(day), hours), dates.insert(day, hours_that_stay(random)))),
            _ => drop(dates.insert(day, hours)),
        }
    }
    SpecialDays::new(dates, yearly)
}

fn hours_that_stay(random: &mut Random) -> Hours {
    match random.below(4) {
        0 => vec![(9 * 60, 240)],
        1 => vec![
            (random.below(600) as u16, 1 + random.below(300) as u16),
            (1_000 + random.below(400) as u16, 1 + random.below(1_440) as u16),
        ],
        _ => Hours::new(),
    }
}

pub fn calendar(random: &mut Random, zone: TimeZone, from: Timestamp, days: i32) -> Calendar {
    Calendar { time_zone: zone, shifts: shifts(random), special: special(random, from, days) }
}
