//! Holidays out of iCalendar files: what a list of holidays can say becomes lines, and what it can't is refused with its line.

use relevo::contract::Date;
use relevo::contract::code::{CALENDAR_FILE_UNREADABLE, CALENDAR_FILE_UNSUPPORTED};
use relevo::rulebook::ics::{Refused, holidays};

fn file(events: &str) -> String {
    let events = events.trim().lines().map(str::trim_start).collect::<Vec<_>>().join("\r\n");
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Holidays//EN\r\n{events}\r\nEND:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    file(&format!("BEGIN:VEVENT\nUID:1\nDTSTAMP:20261101T000000Z\n{lines}\nEND:VEVENT"))
}

fn read(text: &str) -> Vec<String> {
    let found = holidays(text, Some("America/Mexico_City"), None).unwrap_or_else(|refused| panic!("{refused}\n{text}"));
    found.lines().into_iter().skip(1).collect()
}

fn refused(text: &str) -> Refused {
    holidays(text, Some("America/Mexico_City"), None).expect_err(text)
}

#[test]
fn whole_days_ranges_hours_and_days_of_every_year_become_lines() {
    for (lines, expected) in [
        ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226\nSUMMARY:Navidad", "  - 2026-12-25  # Navidad"),
        ("DTSTART;VALUE=DATE:20261225\nSUMMARY:Navidad\\, y más", "  - 2026-12-25  # Navidad, y más"),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270107", "  - { from: 2026-12-24, until: 2027-01-06 }"),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P2D", "  - { from: 2026-12-24, until: 2026-12-25 }"),
        ("DTSTART:20261225T000000\nDTEND:20261226T000000", "  - 2026-12-25"),
        (
            "DTSTART;TZID=America/Mexico_City:20261224T130000\nDTEND;TZID=America/Mexico_City:20261224T180000",
            "  - { date: 2026-12-24, hours: [\"00:00-13:00\", \"18:00-24:00\"] }",
        ),
        ("DTSTART:20261224T130000\nDURATION:PT11H", "  - { date: 2026-12-24, hours: [\"00:00-13:00\"] }"),
        ("DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY", "  - 12-25"),
        ("DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=12;BYMONTHDAY=25;WKST=MO", "  - 12-25"),
        ("DTSTART;VALUE=DATE:20201231\nDTEND;VALUE=DATE:20210103\nRRULE:FREQ=YEARLY", "  - { from: 01-01, until: 01-02 }\n  - 12-31"),
        // A name that a signed file may not have.
        ("DTSTART;VALUE=DATE:20261225\nSUMMARY:Na\u{202e}vidad", "  - 2026-12-25"),
    ] {
        assert_eq!(read(&event(lines)).join("\n"), expected, "{lines}");
    }
    let folded = event("DTSTART;VALUE=DATE:20261225").replace("20261225", "2026\r\n 12\r\n\t25");
    assert_eq!(read(&folded), ["  - 2026-12-25"]);
}

#[test]
fn a_day_of_several_events_is_said_once_and_what_has_passed_is_left_out() {
    let text = file(
        "BEGIN:VTIMEZONE\nTZID:America/Mexico_City\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0600\nTZOFFSETTO:-0600\nEND:STANDARD\nEND:VTIMEZONE\n\
         BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Closed\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-P1D\nEND:VALARM\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:3\nDTSTART:20261224T120000\nDTEND:20261224T180000\nSUMMARY:Party\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:4\nDTSTART;VALUE=DATE:20251225\nSUMMARY:Old\nEND:VEVENT",
    );
    let found = holidays(&text, Some("America/Mexico_City"), Some(Date::parse("2026-12-01").expect("a date"))).expect("holidays");
    assert_eq!(
        found.lines(),
        ["holidays:", "  - 2026-12-24  # Closed, Party", "  - 2026-12-25  # Closed, Christmas", "  - 2026-12-26  # Closed"]
    );
    assert_eq!((found.days(), found.passed), (3, 1));
}

/// What is printed is what a calendar takes.
#[test]
fn the_lines_are_taken_by_a_calendar() {
    let text = file(
        "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY\nSUMMARY:Navidad: \"noche\" #1\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270107\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:3\nDTSTART:20270405T130000\nDTEND:20270405T180000\nEND:VEVENT",
    );
    let lines = holidays(&text, None, None).expect("holidays").lines().join("\n    ");
    let base = include_str!("base.yaml");
    assert!(base.contains("    holidays: [2026-12-25]"));
    let rulebook = base.replace("holidays: [2026-12-25]", &lines);
    let rulebook = relevo::rulebook::compile(rulebook.as_bytes(), "0001.yaml").unwrap_or_else(|found| panic!("{found:#?}\n{rulebook}"));
    assert_eq!(rulebook.calendars["office"].special.dates().len(), 15);
    assert_eq!(rulebook.calendars["office"].special.yearly().len(), 1);
}

/// A holiday that is passed over in silence would be a working day.
#[test]
fn what_a_list_of_holidays_cannot_say_is_refused_with_its_line() {
    let day = "DTSTART;VALUE=DATE:20261225\n";
    for (lines, line, words) in [
        (format!("{day}RRULE:FREQ=WEEKLY"), 8, "not yearly"),
        (format!("{day}SUMMARY:Long\nRRULE:FREQ=YEARLY;BYDAY=4TH"), 9, "BYDAY"),
        (format!("{day}RRULE:FREQ=YEARLY;UNTIL=20301225"), 8, "UNTIL"),
        (format!("{day}RRULE:FREQ=YEARLY;COUNT=5"), 8, "COUNT"),
        (format!("{day}RRULE:FREQ=YEARLY;INTERVAL=2"), 8, "INTERVAL"),
        (format!("{day}RRULE:FREQ=YEARLY;BYMONTHDAY=24"), 8, "BYMONTHDAY"),
        (format!("{day}RRULE:FREQ=YEARLY;X-NEW=1"), 8, "a part that is not known"),
        (format!("{day}RDATE;VALUE=DATE:20261231"), 8, "RDATE"),
        (format!("{day}RRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271225"), 9, "EXDATE"),
        (format!("{day}RECURRENCE-ID;VALUE=DATE:20261225"), 8, "RECURRENCE-ID"),
        (format!("{day}STATUS:CANCELLED"), 8, "cancelled"),
        (format!("{day}DTEND;VALUE=DATE:20261224"), 8, "ends before"),
        ("DTSTART;TZID=Europe/Madrid:20261224T130000\nDTEND;TZID=Europe/Madrid:20261224T180000".to_owned(), 7, "Europe/Madrid"),
        ("DTSTART:20261224T190000Z\nDTEND:20261225T000000Z".to_owned(), 7, "UTC"),
        ("DTSTART:20261224T130030\nDTEND:20261224T180000".to_owned(), 7, "seconds"),
        ("DTSTART:20261224T130000".to_owned(), 7, "an instant"),
        ("DTSTART:20261224T130000\nDTEND:20261226T120000".to_owned(), 7, "several days"),
        ("DTSTART;VALUE=DATE:20261350".to_owned(), 7, "YYYYMMDD"),
        ("SUMMARY:No date".to_owned(), 4, "without DTSTART"),
        ("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20290101".to_owned(), 7, "366"),
        (format!("{day}DURATION:soon"), 8, "duration"),
    ] {
        let found = refused(&event(&lines));
        assert_eq!((found.code, found.line), (CALENDAR_FILE_UNSUPPORTED, line), "{lines}: {found}");
        assert!(found.message.contains(words), "{lines}: {found}");
    }
    let todo = file("BEGIN:VTODO\nUID:1\nEND:VTODO");
    assert_eq!((refused(&todo).code, refused(&todo).line), (CALENDAR_FILE_UNSUPPORTED, 4));
}

#[test]
fn what_is_no_whole_icalendar_file_is_refused() {
    let good = event("DTSTART;VALUE=DATE:20261225");
    let cut = good.replace("END:VEVENT", "");
    let more = format!("{good}BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\n");
    for text in ["", "holidays: [2026-12-25]", "BEGIN:VCARD\r\nEND:VCARD\r\n", &cut, &more, "\u{0}\u{1}"] {
        assert_eq!(refused(text).code, CALENDAR_FILE_UNREADABLE, "{text}");
    }
    // Two calendars in one file are two calendars.
    let two = format!("{good}{}", event("DTSTART;VALUE=DATE:20270101"));
    assert_eq!(read(&two), ["  - 2026-12-25", "  - 2027-01-01"]);
}
