//! What holds of business time over years, to the millisecond, and for input that nobody means.

use jiff::tz::TimeZone;
use relevo::contract::{Date, Timestamp};
use relevo::rulebook::Term;
use relevo::rulebook::compiled::{Calendar, Shift};
use relevo::rulebook::special_days::SpecialDays;

use super::{instant, made, term};
use crate::mutated::Random;

const DAY_MS: i64 = 86_400_000;

fn drawn_term(random: &mut Random) -> Term {
    let (unit, most) = *random.pick(&[("m", 500), ("m", 200_000), ("h", 90), ("h", 20_000), ("d", 5), ("d", 1_000)]);
    term(&format!("{}{unit}", 1 + random.below(most)))
}

#[test]
fn a_decade_is_the_sum_of_its_pieces() {
    let mut random = Random::new(1);
    for _ in 0..60 {
        let (zone, from) = made::zone_and_instant(&mut random);
        let calendar = made::calendar(&mut random, zone, from, 3_650);
        let to = from.plus_ms(3_650 * DAY_MS);
        let mut sum_ms = 0;
        let mut at = from;
        while at < to {
            // Pieces shorter than those in which weeks are counted.
            let next = at.plus_ms(1 + random.below(6 * DAY_MS as usize) as i64).min(to);
            sum_ms += calendar.business_ms_between(at, next);
            at = next;
        }
        assert_eq!(calendar.business_ms_between(from, to), sum_ms, "from {from} in {calendar:?}");
    }
}

/// Weeks are counted from each day of a week on, up to a change of the clocks that falls into a night.
#[test]
fn counted_weeks_end_before_the_night_of_a_change() {
    for zone in ["America/New_York", "Australia/Lord_Howe", "America/St_Johns", "America/Havana"] {
        let time_zone = TimeZone::get(zone).expect("the zone is in the binary");
        for hours in [(22 * 60, 480), (0, 1_440), (23 * 60 + 59, 1_440)] {
            let calendar = Calendar { time_zone: time_zone.clone(), shifts: made::every_day(7, &[hours]), special: SpecialDays::default() };
            for day in 0..14 {
                let from = instant("2009-07-01T12:00Z").plus_ms(day * DAY_MS);
                let days = (0..300).map(|day| from.plus_ms(day * DAY_MS));
                let sum_ms: i64 = days.map(|from| calendar.business_ms_between(from, from.plus_ms(DAY_MS))).sum();
                assert_eq!(calendar.business_ms_between(from, from.plus_ms(300 * DAY_MS)), sum_ms, "from {from} in {zone}, {hours:?}");
            }
        }
    }
}

#[test]
fn a_term_of_hours_ends_when_so_much_time_has_passed_and_not_sooner() {
    let mut random = Random::new(2);
    let mut ended = 0;
    for _ in 0..2_000 {
        let (zone, from) = made::zone_and_instant(&mut random);
        let calendar = made::calendar(&mut random, zone, from, 900);
        let begin = from.plus_ms(random.below(10 * DAY_MS as usize) as i64);
        let term = drawn_term(&mut random);
        if term.words().ends_with('d') {
            continue;
        }
        let due = calendar.after(begin, &term);
        let passed_ms = |to: Timestamp| calendar.business_ms_between(begin, to);
        assert_eq!(passed_ms(due), term.wall_ms(), "{term} from {begin} in {calendar:?}");
        assert_eq!(passed_ms(due.plus_ms(-1)), term.wall_ms() - 1, "{term} from {begin} in {calendar:?}");
        ended += 1;
    }
    assert!(ended > 1_000, "{ended}");
}

/// What the clock shows when a term of days begins.
fn begins_at(calendar: &Calendar, at: Timestamp) -> Option<jiff::civil::DateTime> {
    let opening = jiff::Timestamp::from_millisecond(calendar.next_opening(at)?.as_ms()).ok()?;
    Some(calendar.time_zone.to_datetime(opening))
}

#[test]
fn who_begins_later_never_ends_sooner() {
    let mut random = Random::new(3);
    for _ in 0..2_000 {
        let (zone, from) = made::zone_and_instant(&mut random);
        let calendar = made::calendar(&mut random, zone, from, 900);
        let begin = from.plus_ms(random.below(10 * DAY_MS as usize) as i64);
        let later = begin.plus_ms(made::below_one_of(&mut random, &[5_000_000, 2 * DAY_MS as usize]) as i64);
        let term = drawn_term(&mut random);
        if term.words().ends_with('d') && begins_at(&calendar, later) < begins_at(&calendar, begin) {
            continue; // the clock went back between them, and so does the time of the day at which they end
        }
        let (due, later_due) = (calendar.after(begin, &term), calendar.after(later, &term));
        assert!(begin <= due && due <= later_due, "{term} from {begin} and {later} in {calendar:?}");
    }
}

#[test]
fn many_days_are_as_many_single_days() {
    let mut random = Random::new(4);
    for _ in 0..60 {
        let (zone, from) = made::zone_and_instant(&mut random);
        // The same hours each day and no change of clocks in them, so that no day cuts what the next one would have.
        let shifts = made::every_day(6, &[(9 * 60, 300), (15 * 60, 180)]);
        let closed = made::special(&mut random, from, 900);
        let special = SpecialDays::closed_on(closed.dates().iter().map(|(date, _)| *date));
        let calendar = Calendar { time_zone: zone, shifts, special };
        let days = 1 + random.below(700);
        let mut at = from;
        for _ in 0..days {
            at = calendar.after(at, &term("1d"));
        }
        assert_eq!(calendar.after(from, &term(&format!("{days}d"))), at, "{days}d from {from} in {calendar:?}");
    }
}

/// What no rulebook has: shifts in any order, over each other, of no length, behind the week's end.
fn broken(random: &mut Random) -> Calendar {
    let (zone, from) = made::zone_and_instant(random);
    let shift = |random: &mut Random| {
        let start_minute = random.below(70_000).min(65_535) as u16;
        Shift { start_minute, minutes: *random.pick(&[0, 1, 500, 1_440, 65_535]) }
    };
    let shifts = (0..random.below(4)).map(|_| shift(random)).collect();
    Calendar { time_zone: zone, shifts, special: made::special(random, from, 100) }
}

#[test]
fn any_input_has_an_answer() {
    let mut random = Random::new(5);
    let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, Timestamp::LAST.as_ms() - 1, Timestamp::LAST.as_ms(), i64::MAX - 1, i64::MAX];
    for round in 0..600 {
        let mut at = || match random.below(2) {
            0 => Timestamp::from_ms(*random.pick(&ends)),
            _ => made::instant(&mut random),
        };
        let (from, to) = (at(), at());
        let calendar = if round % 3 == 0 {
            broken(&mut random)
        } else {
            let (zone, near) = made::zone_and_instant(&mut random);
            made::calendar(&mut random, zone, near, 100)
        };
        let term = drawn_term(&mut random);
        let due = calendar.after(from, &term);
        assert!(from <= due && due <= Timestamp::LAST.max(from), "{term} from {from:?} in {calendar:?}");
        assert!(
            calendar.next_opening(from).is_none_or(|opening| from <= opening && opening <= Timestamp::LAST),
            "{from:?} in {calendar:?}"
        );
        let open = calendar.is_open(from);
        assert!(!open || (Timestamp::EPOCH..=Timestamp::LAST).contains(&from), "{from:?} in {calendar:?}");
        let passed_ms = calendar.business_ms_between(from, to);
        let sane = round % 3 == 0 || passed_ms <= to.since_ms(from).max(0);
        assert!(passed_ms >= 0 && sane, "from {from:?} to {to:?} in {calendar:?}");
    }
}

#[test]
fn a_calendar_that_never_opens_has_an_answer() {
    let zone = TimeZone::get("Europe/Madrid").expect("the zone is in the binary");
    let from = instant("2026-11-06T16:00Z");
    let every_day: Vec<Date> = (0..2_600_000).map(Date::from_days).collect();
    let closed =
        Calendar { time_zone: zone.clone(), shifts: made::every_day(7, &[(0, 1_440)]), special: SpecialDays::closed_on(every_day) };
    let empty = Calendar { time_zone: zone, shifts: Vec::new(), special: SpecialDays::default() };
    for calendar in [closed, empty] {
        for words in ["1m", "87840h", "1d", "3660d"] {
            assert_eq!(calendar.after(from, &term(words)), Timestamp::LAST, "{words}");
        }
        assert_eq!(calendar.after(from, &term("0d")), from);
        assert_eq!((calendar.next_opening(from), calendar.is_open(from)), (None, false));
        assert_eq!(calendar.business_ms_between(from, Timestamp::LAST), 0);
    }
}

/// Another database of zones would give other instants, and two machines would fold one log to two states.
#[test]
fn pure_1_zones_are_those_in_the_binary() {
    let said = format!("{:?}", jiff::tz::db());
    assert!(said.contains("Bundled") && !said.contains("ZoneInfo"), "{said}");
}
