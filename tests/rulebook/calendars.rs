//! Calendars that say something their writers hardly meant: they load, and a warning says so.

use relevo::contract::Date;
use relevo::contract::code::CALENDAR_ODD;
use relevo::rulebook::roster::compile as compile_roster;
use relevo::rulebook::{Diagnostic, compile, markdown, passed};

const BASE: &str = include_str!("base.yaml");

fn with(calendar: &str) -> String {
    let (before, rest) = BASE.split_once("  office:\n").expect("the base has a calendar");
    let (_, after) = rest.split_once("rejection_reasons").expect("reasons follow the calendars");
    format!("{before}  office: {calendar}\nrejection_reasons{after}")
}

/// The warnings of a calendar, in a rulebook and in a roster.
fn warnings(calendar: &str) -> Vec<Diagnostic> {
    let odd = |found: Vec<Diagnostic>| found.into_iter().filter(|found| found.code == CALENDAR_ODD).collect::<Vec<_>>();
    let text = with(calendar);
    let rulebook = compile(text.as_bytes(), "0001.yaml").unwrap_or_else(|found| panic!("{found:#?}"));
    let roster = format!(
        "api: relevo/v1\nkind: Roster\nrevision: 1\neffective_from: 2026-12-01T00:00:00Z\ncalendars:\n  office: {calendar}\nteams:\n  mid: {{ calendar: \
         office, sellers: {{ eva: {{}} }} }}\n"
    );
    let roster = compile_roster(roster.as_bytes(), "0001.yaml").unwrap_or_else(|found| panic!("{found:#?}"));
    let (of_rulebook, of_roster) = (odd(rulebook.warnings), odd(roster.warnings));
    let said = |found: &[Diagnostic]| found.iter().map(|found| found.message.clone()).collect::<Vec<_>>();
    assert_eq!(said(&of_rulebook), said(&of_roster), "{calendar}");
    of_rulebook
}

#[test]
fn what_looks_odd_about_a_calendar_is_said_once_and_what_is_usual_is_not() {
    let cases = [
        ("mon-sun: [\"00:00-23:59\"]", "", Some("closed for a minute from 23:59")),
        ("mon-fri: [\"09:00-13:59\", \"14:00-18:00\"]", "", Some("closed for a minute from 13:59")),
        ("mon-fri: [\"09:00-09:05\", \"10:00-18:00\"]", "", Some("a shift lasts 5 minutes")),
        ("mon: [\"09:00-10:00\"]", "", Some("open for 60 minutes a week")),
        ("mon-fri: [\"09:00-18:00\"]", "02-29", Some("leap years only")),
        ("mon-fri: [\"09:00-18:00\"]", "{ from: 2026-12-24, until: 2027-12-06 }", Some("348 days in a row")),
        ("mon-fri: [\"09:00-18:00\"]", "{ date: 2026-12-24, hours: \"18:00-22:00\" }", Some("nothing of the usual hours stays")),
        ("mon-fri: [\"09:00-18:00\"]", "{ date: 12-24, hours: \"08:00-19:00\" }", Some("leave nothing out")),
        // A Sunday that is closed anyway, around the clock, a short pause at noon, weeks of holidays, nights.
        ("mon-fri: [\"09:00-18:00\"]", "2026-12-27, 12-25, { date: 2026-12-26, hours: \"09:00-13:00\" }", None),
        ("mon-sun: [\"00:00-24:00\"]", "", None),
        ("mon-fri: [\"09:00-13:30\", \"14:00-18:00\"]", "{ from: 2027-08-02, until: 2027-08-29 }", None),
        ("mon-fri: [\"22:00-06:00\"]", "{ from: 12-24, until: 01-06 }", None),
    ];
    for (hours, holidays, expected) in cases {
        let calendar = format!("{{ time_zone: UTC, hours: {{ {hours} }}, holidays: [{holidays}] }}");
        let found = warnings(&calendar);
        let said: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        match expected {
            Some(words) => assert!(said.len() == 1 && said[0].contains(words), "{calendar}: {said:?}"),
            None => assert!(said.is_empty(), "{calendar}: {said:?}"),
        }
    }
}

#[test]
fn holidays_that_have_all_passed_are_told_and_a_day_of_every_year_never_passes() {
    let day = |text: &str| Date::parse(text).expect("a date");
    for (holidays, today, told) in [
        ("2026-12-25, 2026-11-16", "2026-12-26", true),
        ("2026-12-25, 2026-11-16", "2026-12-25", false),
        ("{ from: 2026-12-24, until: 2027-01-06 }", "2027-01-06", false),
        ("{ from: 2026-12-24, until: 2027-01-06 }", "2027-01-07", true),
        ("{ date: 2026-12-24, hours: \"09:00-13:00\" }", "2027-01-01", true),
        ("2026-12-25, 01-01", "2030-01-01", false),
        ("", "2030-01-01", false),
    ] {
        let text = with(&format!("{{ time_zone: UTC, hours: {{ mon-fri: [\"09:00-18:00\"] }}, holidays: [{holidays}] }}"));
        let rulebook = compile(text.as_bytes(), "0001.yaml").expect("it loads");
        let found = passed(&rulebook.dated_holidays, day(today), ("0001.yaml", &text));
        assert_eq!(found.len(), usize::from(told), "{holidays} on {today}: {found:#?}");
        assert!(found.iter().all(|found| found.message.contains("`office`") && text[found.span.clone()].starts_with('[')), "{found:#?}");
    }
}

#[test]
fn special_days_are_read_by_people() {
    let text = with(
        "{ time_zone: UTC, hours: { mon-fri: [\"09:00-18:00\"] }, holidays: [2026-12-25, 12-25, { from: 2027-08-02, until: 2027-08-06 }, { date: 12-24, hours: \
         \"09:00-13:00\" }] }",
    );
    let page = markdown(&compile(text.as_bytes(), "0001.yaml").expect("it loads"), "0001.yaml");
    let said = "; closed on 25 Dec 2026, 2 Aug 2027 to 6 Aug 2027 and every 25 Dec; open 09:00–13:00 only on every 24 Dec.";
    assert!(page.contains(said), "{page}");
}

#[test]
fn what_the_page_of_rosters_shows_is_taken() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rosters.md")).expect("the page");
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    compile_roster(blocks[0].as_bytes(), "0001.yaml").unwrap_or_else(|found| panic!("{found:#?}"));
    let office = blocks[1].strip_prefix("calendars:\n  office:\n").expect("a calendar");
    assert!(warnings(&format!("\n{}", office.trim_end())).is_empty());
}
