//! Holidays of every year, ranges and hours that stay of a day, in cases that people can follow on a calendar.

use super::{check, check_minutes, check_openings};

/// Christmas every year, the days between the years, a morning on 24 December and on one Friday, and 29 February.
const OFFICE: &str = "{ time_zone: America/Mexico_City, hours: { mon-fri: [\"09:00-14:00\", \"15:00-18:00\"] }, holidays: [12-25, { from: 12-28, \
                      until: 01-02 }, { date: 12-24, hours: \"09:00-13:00\" }, { date: 2026-11-13, hours: [\"10:00-12:00\", \"16:00-23:00\"] }, 02-29, \
                      { from: 2027-08-02, until: 2027-08-06 }, { date: 2028-12-25, hours: \"00:00-24:00\" }] }";

#[test]
fn a_day_of_every_year_is_closed_each_year() {
    check_openings(
        OFFICE,
        &[
            ("2026-12-25T10:00-06:00", "2027-01-04T09:00-06:00"),
            ("2027-12-27T09:00-06:00", "2027-12-27T09:00-06:00"),
            ("2031-12-25T10:00-06:00", "2031-12-26T09:00-06:00"),
            // 2028 is a leap year, and its 29 February a Tuesday; its Christmas is said to be a usual Monday.
            ("2028-02-29T10:00-06:00", "2028-03-01T09:00-06:00"),
            ("2027-03-01T10:00-06:00", "2027-03-01T10:00-06:00"),
            ("2028-12-25T10:00-06:00", "2028-12-25T10:00-06:00"),
            // A range with its year.
            ("2027-07-30T18:00-06:00", "2027-08-09T09:00-06:00"),
        ],
    );
}

#[test]
fn of_a_half_day_the_hours_that_are_said_stay_and_none_is_added() {
    check(
        OFFICE,
        &[
            ("2026-12-24T12:30-06:00", "30m", "2026-12-24T13:00-06:00"),
            // A Thursday; then Christmas, a weekend and the days between the years.
            ("2026-12-24T12:30-06:00", "31m", "2027-01-04T09:01-06:00"),
            ("2026-12-23T17:00-06:00", "5h", "2026-12-24T13:00-06:00"),
            ("2026-11-13T09:00-06:00", "2h", "2026-11-13T12:00-06:00"),
            ("2026-11-13T09:00-06:00", "4h", "2026-11-13T18:00-06:00"),
            // It is a working day.
            ("2026-12-23T10:00-06:00", "1d", "2026-12-24T10:00-06:00"),
            ("2026-12-23T17:00-06:00", "1d", "2026-12-24T13:00-06:00"),
        ],
    );
    check_minutes(
        OFFICE,
        &[
            ("2026-11-13T00:00-06:00", "2026-11-14T00:00-06:00", 240),
            // 24 December 2028 is a Sunday: a half day opens nothing.
            ("2028-12-23T00:00-06:00", "2028-12-25T00:00-06:00", 0),
            // Of the 522 weekdays of two years ten are closed, and two are half days.
            ("2029-01-01T00:00-06:00", "2031-01-01T00:00-06:00", (522 - 10) * 480 - 2 * 240),
        ],
    );
}

#[test]
fn a_night_is_cut_by_the_day_on_which_it_begins() {
    let nights = "{ time_zone: UTC, hours: { mon-fri: [\"22:00-06:00\"] }, holidays: [{ date: 2026-11-05, hours: \"22:00-02:00\" }, { date: 2026-11-04, \
                  hours: \"00:00-23:00\" }] }";
    check_minutes(
        nights,
        &[
            ("2026-11-04T12:00Z", "2026-11-05T12:00Z", 60),
            ("2026-11-05T12:00Z", "2026-11-06T12:00Z", 240),
            ("2026-11-06T12:00Z", "2026-11-07T12:00Z", 480),
        ],
    );
}
