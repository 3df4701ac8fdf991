//! Holidays: out of an iCalendar file, and when they have all passed.

use crate::program::Place;

const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");
const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Navidad\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20260202\r\nSUMMARY:Constitution\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn an_icalendar_file_becomes_lines_to_paste_or_is_refused_with_its_line() {
    let place = Place::new().with("holidays.ics", FILE).with("weekly.ics", &FILE.replace("YEARLY", "WEEKLY"));
    let made = place.call(&["rules", "calendar", "holidays.ics", "--from", "2026-01-01"], &[]);
    assert_eq!((made.status, made.err.as_str()), (0, ""), "{made:#?}");
    let lines: Vec<&str> = made.out.lines().skip(1).collect();
    assert_eq!(lines, ["holidays:", "  - 2026-02-02  # Constitution", "  - 12-25  # Navidad"]);
    let later = place.call(&["rules", "calendar", "holidays.ics", "--from", "2027-01-01"], &[]);
    assert!(later.out.contains("1 day; 1 day before 2027-01-01 left out") && !later.out.contains("Constitution"), "{}", later.out);
    let refused = place.call(&["rules", "calendar", "weekly.ics"], &[]);
    refused.assert(78, &["RLV-2172", "weekly.ics, line 6", "not yearly"]);
    assert_eq!(refused.out, "", "nothing is printed that could be pasted");
    place.call(&["rules", "calendar", "absent.ics"], &[]).assert(78, &["RLV-2171", "absent.ics"]);
    place.call(&["rules", "calendar", "holidays.ics", "--time-zone", "Mexico"], &[]).assert(2, &["--time-zone"]);
    place.call(&["rules", "calendar", "holidays.ics", "--from", "12-25"], &[]).assert(2, &["--from"]);
}

#[test]
fn holidays_that_have_all_passed_are_warned_of_in_the_newest_revision_alone() {
    let passed = RULEBOOK.replacen("holidays: [12-25]", "holidays: [2019-12-25, 2020-01-01]", 1);
    assert_ne!(passed, RULEBOOK);
    let place = Place::new().with("0001.yaml", &passed);
    let out = place.call(&["rules", "check", "0001.yaml"], &[]).out;
    assert!(out.contains("RLV-2170") && out.contains("the last one was 2020-01-01"), "{out}");
    let second = RULEBOOK.replacen("revision: 1", "revision: 2", 1);
    let place = Place::new().with("rules/0001.yaml", &passed).with("rules/0002.yaml", &second);
    let out = place.call(&["rules", "check", "rules"], &[]).out;
    assert!(!out.contains("RLV-2170"), "{out}");
    let odd = RULEBOOK.replacen("[\"09:00-14:00\", \"15:00-18:00\"]", "\"00:00-23:59\"", 1);
    let out = Place::new().with("0001.yaml", &odd).call(&["rules", "check", "0001.yaml"], &[]).out;
    assert!(out.contains("RLV-2170") && out.contains("closed for a minute"), "{out}");
}
