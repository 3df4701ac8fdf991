//! Business time: hand-made cases that people can follow on a calendar, and a count minute by minute for random ones.
//!
//! Clocks of the cases: New York is −05:00, and −04:00 from 8 March to 1 November 2026; Mexico City is −06:00 the year round; Kolkata
//! +05:30; Lord Howe +10:30, and +11:00 from 4 October 2026 to 4 April 2027. 6 November 2026 is a Friday.

mod counted;
mod laws;
mod made;
mod special;

use relevo::contract::Timestamp;
use relevo::rulebook::compiled::Calendar;
use relevo::rulebook::{Term, compile, render};

/// The calendar `office`, as a rulebook has it.
fn calendar(written: &str) -> Calendar {
    let base = include_str!("../base.yaml");
    let (before, rest) = base.split_once("  office:\n").expect("the base has a calendar");
    let (_, after) = rest.split_once("rejection_reasons").expect("reasons follow the calendars");
    let text = format!("{before}  office: {written}\nrejection_reasons{after}");
    let mut rulebook = compile(text.as_bytes(), "calendar.yaml").unwrap_or_else(|found| panic!("{}", render(&found, &text)));
    rulebook.calendars.remove("office").expect("it is there")
}

fn term(words: &str) -> Term {
    Term::parse(words).expect("a term")
}

/// `2026-11-06T16:00-06:00`
fn instant(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp::from_ms(instant.as_millisecond())
}

/// Each case is when a term begins, the term, and when it has run out; terms of minutes and hours are counted back too.
fn check(written: &str, cases: &[(&str, &str, &str)]) {
    let calendar = calendar(written);
    for (from, words, expected) in cases {
        let (from, term) = (instant(from), term(words));
        let due = calendar.after(from, &term);
        assert_eq!(due, instant(expected), "{words} from {from} in {written}");
        assert_eq!(term.after(from, Some(&calendar)), due);
        if !words.ends_with('d') {
            assert_eq!(calendar.business_ms_between(from, due), term.wall_ms(), "{words} from {from} in {written}, counted back");
        }
    }
}

/// Each case is a stretch of time and the minutes of business time in it.
fn check_minutes(written: &str, cases: &[(&str, &str, i64)]) {
    let calendar = calendar(written);
    for (from, to, minutes) in cases {
        let passed_ms = calendar.business_ms_between(instant(from), instant(to));
        assert_eq!(passed_ms, minutes * 60_000, "from {from} to {to} in {written}");
    }
}

/// Each case is an instant and the next opening; an instant that is its own next opening is open.
fn check_openings(written: &str, cases: &[(&str, &str)]) {
    let calendar = calendar(written);
    for (at, expected) in cases {
        let (at, expected) = (instant(at), instant(expected));
        assert_eq!(calendar.next_opening(at), Some(expected), "{at} in {written}");
        assert_eq!(calendar.is_open(at), at == expected, "{at} in {written}");
    }
}

/// The office of the design: split days, and Christmas.
const MEXICO: &str =
    "{ time_zone: America/Mexico_City, hours: { mon-fri: [\"09:00-14:00\", \"15:00-18:00\"] }, holidays: [2026-12-25, 2027-01-01] }";

#[test]
fn minutes_and_hours_pass_in_open_hours_only() {
    check(
        MEXICO,
        &[
            ("2026-11-06T10:00-06:00", "15m", "2026-11-06T10:15-06:00"),
            ("2026-11-06T10:00:20.005-06:00", "15m", "2026-11-06T10:15:20.005-06:00"),
            // What fills the morning ends with it.
            ("2026-11-06T13:45-06:00", "15m", "2026-11-06T14:00-06:00"),
            ("2026-11-06T13:45-06:00", "16m", "2026-11-06T15:01-06:00"),
            // Over a weekend; from a Saturday; from before the opening.
            ("2026-11-06T17:55-06:00", "15m", "2026-11-09T09:10-06:00"),
            ("2026-11-07T12:00-06:00", "15m", "2026-11-09T09:15-06:00"),
            ("2026-11-09T05:00-06:00", "8h", "2026-11-09T18:00-06:00"),
            ("2026-11-09T05:00-06:00", "481m", "2026-11-10T09:01-06:00"),
            // Over Christmas, a Friday, and the weekend.
            ("2026-12-24T17:00-06:00", "2h", "2026-12-28T10:00-06:00"),
            ("2026-11-06T17:59:59.999-06:00", "1m", "2026-11-09T09:00:59.999-06:00"),
        ],
    );
    check_minutes(
        MEXICO,
        &[
            ("2026-11-06T10:00-06:00", "2026-11-06T10:00-06:00", 0),
            ("2026-11-06T11:00-06:00", "2026-11-06T10:00-06:00", 0),
            ("2026-11-06T13:30-06:00", "2026-11-06T15:30-06:00", 60),
            ("2026-11-07T00:00-06:00", "2026-11-09T00:00-06:00", 0),
            ("2026-11-02T00:00-06:00", "2026-11-09T00:00-06:00", 5 * 480),
            ("2026-12-21T00:00-06:00", "2027-01-04T00:00-06:00", 8 * 480),
            // 52 weeks with two holidays.
            ("2026-01-05T00:00-06:00", "2027-01-04T00:00-06:00", (260 - 2) * 480),
        ],
    );
}

#[test]
fn a_term_of_days_ends_at_the_same_time_of_a_working_day() {
    check(
        MEXICO,
        &[
            ("2026-11-06T16:00-06:00", "1d", "2026-11-09T16:00-06:00"),
            ("2026-11-06T16:00:00.001-06:00", "1d", "2026-11-09T16:00:00.001-06:00"),
            ("2026-11-06T16:00-06:00", "2d", "2026-11-10T16:00-06:00"),
            // Closed: it begins with the next opening.
            ("2026-11-07T12:00-06:00", "1d", "2026-11-10T09:00-06:00"),
            ("2026-11-09T08:59-06:00", "1d", "2026-11-10T09:00-06:00"),
            ("2026-11-09T09:00-06:00", "1d", "2026-11-10T09:00-06:00"),
            ("2026-11-09T14:30-06:00", "1d", "2026-11-10T15:00-06:00"),
            ("2026-11-09T20:00-06:00", "1d", "2026-11-11T09:00-06:00"),
            // Holidays and weekends are no working days.
            ("2026-12-23T10:00-06:00", "3d", "2026-12-29T10:00-06:00"),
            ("2026-12-25T10:00-06:00", "1d", "2026-12-29T09:00-06:00"),
        ],
    );
    // Where a day is closed at that time: back to the end of the shift before, else its first opening.
    check(
        "{ time_zone: UTC, hours: { mon-thu: [\"08:00-18:00\"], fri: [\"10:00-12:00\", \"13:00-15:00\"] } }",
        &[
            ("2026-11-05T16:00Z", "1d", "2026-11-06T15:00Z"),
            ("2026-11-05T12:30Z", "1d", "2026-11-06T12:00Z"),
            ("2026-11-05T08:30Z", "1d", "2026-11-06T10:00Z"),
            ("2026-11-05T13:00Z", "1d", "2026-11-06T13:00Z"),
            ("2026-11-06T14:30Z", "1d", "2026-11-09T14:30Z"),
        ],
    );
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let nights = "{ time_zone: Asia/Kolkata, hours: { mon-fri: [\"22:00-06:00\"] }, holidays: [2026-11-04] }";
    check(
        nights,
        &[
            ("2026-11-02T23:00+05:30", "4h", "2026-11-03T03:00+05:30"),
            ("2026-11-03T05:30+05:30", "1h", "2026-11-03T22:30+05:30"),
            ("2026-11-04T05:30+05:30", "1h", "2026-11-05T22:30+05:30"), // Tuesday's night ends on the holiday
            ("2026-11-03T21:00+05:30", "8h", "2026-11-04T06:00+05:30"),
            ("2026-11-07T05:30+05:30", "1h", "2026-11-09T22:30+05:30"),
            // 02:00 in Monday's night is of Monday: a day later it is Tuesday's night, and two later that of Thursday.
            ("2026-11-03T02:00+05:30", "1d", "2026-11-04T02:00+05:30"),
            ("2026-11-03T02:00+05:30", "2d", "2026-11-06T02:00+05:30"),
            ("2026-11-07T02:00+05:30", "1d", "2026-11-10T02:00+05:30"),
        ],
    );
    check_minutes(nights, &[("2026-11-02T00:00+05:30", "2026-11-09T00:00+05:30", 4 * 480)]);
    check_openings(
        nights,
        &[
            ("2026-11-04T05:59+05:30", "2026-11-04T05:59+05:30"),
            ("2026-11-04T06:00+05:30", "2026-11-05T22:00+05:30"),
            ("2026-11-04T23:00+05:30", "2026-11-05T22:00+05:30"),
        ],
    );
}

#[test]
fn around_the_clock_all_time_is_business_time() {
    let always = "{ time_zone: America/New_York, hours: { mon-sun: \"00:00-24:00\" } }";
    check(
        always,
        &[
            ("2026-11-01T00:30-04:00", "24h", "2026-11-01T23:30-05:00"),
            ("2026-11-01T00:30-04:00", "1d", "2026-11-02T00:30-05:00"),
            ("2026-03-07T02:30-05:00", "1d", "2026-03-08T03:00-04:00"), // 02:30 is left out: it is when clocks are set
            // 01:30 comes twice, and is the first when a term ends at it; whoever begins at either ends at the same time.
            ("2026-10-31T01:30-04:00", "1d", "2026-11-01T01:30-04:00"),
            ("2026-11-01T01:30-04:00", "1d", "2026-11-02T01:30-05:00"),
            ("2026-11-01T01:30-05:00", "1d", "2026-11-02T01:30-05:00"),
            ("2020-01-01T00:00Z", "3660d", "2030-01-08T00:00Z"),
        ],
    );
    check_minutes(always, &[("2020-01-01T00:00Z", "2030-01-01T00:00Z", 3_653 * 1_440)]);
}

#[test]
fn clocks_that_change_in_new_york() {
    let night = "{ time_zone: America/New_York, hours: { sat: [\"22:00-06:00\"] } }";
    check_minutes(
        night,
        &[
            ("2026-10-24T00:00-04:00", "2026-10-26T00:00-04:00", 480),
            ("2026-10-31T00:00-04:00", "2026-11-02T00:00-05:00", 540), // back: an hour more
            ("2026-03-07T00:00-05:00", "2026-03-09T00:00-04:00", 420), // forward: an hour less
        ],
    );
    check(
        night,
        &[
            ("2026-10-31T22:00-04:00", "4h", "2026-11-01T01:00-05:00"),
            ("2026-10-31T22:00-04:00", "9h", "2026-11-01T06:00-05:00"),
            ("2026-03-07T22:00-05:00", "5h", "2026-03-08T04:00-04:00"),
        ],
    );
    // Ends within what is repeated: 01:30 is the first one, and who works at the end of the hour works through it again.
    let edges = "{ time_zone: America/New_York, hours: { sun: [\"00:00-01:30\", \"01:45-02:00\", \"02:30-02:45\", \"02:45-04:00\"] } }";
    check_openings(
        edges,
        &[
            ("2026-11-01T01:29-04:00", "2026-11-01T01:29-04:00"),
            ("2026-11-01T01:30-04:00", "2026-11-01T01:45-04:00"),
            ("2026-11-01T01:10-05:00", "2026-11-01T01:10-05:00"),
            ("2026-11-01T02:00-05:00", "2026-11-01T02:30-05:00"),
            // Forward: 02:30 and 02:45 are both 03:00, so that one shift does not last, and the next one begins at once.
            ("2026-03-08T02:00-05:00", "2026-03-08T03:00-04:00"),
        ],
    );
    check_minutes(
        edges,
        &[
            ("2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00", 90 + 15 + 60 + 90),
            ("2026-03-08T00:00-05:00", "2026-03-09T00:00-04:00", 90 + 15 + 60),
        ],
    );
}

#[test]
fn clocks_that_change_by_half_an_hour_on_lord_howe() {
    let night = "{ time_zone: Australia/Lord_Howe, hours: { sat: [\"22:00-06:00\"], mon-fri: [\"09:00-17:00\"] } }";
    check_minutes(
        night,
        &[
            ("2026-10-03T12:00+10:30", "2026-10-04T12:00+11:00", 450),
            ("2027-04-03T12:00+11:00", "2027-04-04T12:00+10:30", 510),
            ("2026-09-28T00:00+10:30", "2026-10-12T00:00+11:00", 10 * 480 + 450 + 480),
        ],
    );
    check(
        night,
        &[
            ("2026-10-03T22:00+10:30", "5h", "2026-10-04T03:30+11:00"),
            ("2027-04-03T22:00+11:00", "5h", "2027-04-04T02:30+10:30"),
            ("2026-10-02T10:00+10:30", "2d", "2026-10-05T10:00+11:00"),
        ],
    );
}

#[test]
fn zones_that_changed_their_rules() {
    // Mexico City had summer time until October 2022.
    check_minutes(
        "{ time_zone: America/Mexico_City, hours: { sat: [\"22:00-06:00\"] } }",
        &[
            ("2022-04-02T12:00-06:00", "2022-04-03T12:00-05:00", 420),
            ("2022-10-29T12:00-05:00", "2022-10-30T12:00-06:00", 540),
            ("2023-04-01T12:00-06:00", "2023-04-02T12:00-06:00", 480),
            ("2023-10-28T12:00-06:00", "2023-10-29T12:00-06:00", 480),
        ],
    );
    // Samoa had no 30 December 2011, a Friday: no working day, for nobody could work on it.
    let samoa = "{ time_zone: Pacific/Apia, hours: { mon-sat: [\"09:00-17:00\"] } }";
    check(samoa, &[("2011-12-29T16:00-10:00", "2h", "2011-12-31T10:00+14:00"), ("2011-12-29T16:00-10:00", "1d", "2011-12-31T16:00+14:00")]);
    // Clocks that were set at midnight, and a minute after it.
    check_minutes(
        "{ time_zone: America/Sao_Paulo, hours: { sun: [\"00:00-08:00\"] } }",
        &[("2018-11-04T00:00-03:00", "2018-11-05T00:00-02:00", 420), ("2018-02-18T00:00-03:00", "2018-02-19T00:00-03:00", 480)],
    );
    check_minutes(
        "{ time_zone: America/St_Johns, hours: { sun: [\"00:00-08:00\"], sat: [\"16:00-24:00\"] } }",
        &[("2009-10-31T12:00-02:30", "2009-11-01T12:00-03:30", 480 + 540)],
    );
}

#[test]
fn without_a_calendar_terms_run_by_the_clock() {
    for (from, words, expected) in [
        ("2026-11-07T12:00Z", "15m", "2026-11-07T12:15Z"),
        ("2026-11-07T12:00Z", "4h", "2026-11-07T16:00Z"),
        ("2026-11-07T12:00Z", "2d", "2026-11-09T12:00Z"),
        ("9000-12-31T23:00Z", "2h", "9000-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(term(words).after(instant(from), None), instant(expected), "{words} from {from}");
    }
}

#[test]
fn terms_without_an_end_in_sight_have_one() {
    // An hour a week: 87,840 of them are 1,683 years, two holidays or not.
    check(
        "{ time_zone: UTC, hours: { mon: [\"09:00-10:00\"] }, holidays: [2026-11-09, 2026-11-16] }",
        &[("2026-11-02T00:00Z", "87840h", "3710-05-05T10:00Z"), ("2026-11-02T00:00Z", "3660d", "2097-01-07T09:00Z")],
    );
    // A minute a week: more weeks than the contract has.
    let minute = calendar("{ time_zone: America/New_York, hours: { mon: [\"09:00-09:01\"] } }");
    assert_eq!(minute.after(instant("2026-11-02T00:00Z"), &term("5270400m")), Timestamp::LAST);
}
