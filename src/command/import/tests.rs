//! Random exports with a known truth, in the ways of several places of the world, spoiled on the way: no event says something wrong, ever.
//! How many are refused is another matter.

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::events::{Events, Next};
use super::source::Options;
use crate::mapping::choice::Hints;
use crate::mapping::compile;

const MAP: &str = "api: relevo/v1
kind: Map
of: interactions
fields:
  interaction_id: { column: Ref }
  occurred_at: { column: When, date: detect }
  kind: { constant: attended }
  campaign.id: { constant: expo }
  person.id: { column: Ref }
  person.name: { column: Name, optional: true }
  declared.budget_usd: { column: Budget, optional: true }
  declared.buy_by: { column: By, date: detect, optional: true }
";

/// What is true of a row.
#[derive(Clone, Debug)]
struct Truth {
    day: (i16, i8, i8),
    time: (i8, i8),
    by: (i16, i8, i8),
    cents: u64,
    name: usize,
    damage: u8,
}

/// How a place writes.
#[derive(Clone, Debug)]
struct Ways {
    /// 0: day first, 1: month first, 2: year first.
    order: u8,
    sign: char,
    short_year: bool,
    padded: bool,
    /// 0: a day alone, 1: 24 hours, 2: halves of a day.
    clock: u8,
    decimal: char,
    grouped: bool,
    cents: bool,
    delimiter: char,
    /// 0: UTF-8, 1: with a mark, 2: windows-1252, 3: UTF-16LE with a mark.
    encoding: u8,
    above: bool,
    below: bool,
}

const NAMES: [&str; 8] = ["Rosa Peña", "Hugo Prieto", "Inés Díaz", "José Muñoz", "Jörg Müller", "Zoë François", "Ana Ruiz", "Søren Aagård"];

fn truth() -> impl Strategy<Value = Truth> {
    let day = || (2019_i16..2027, 1_i8..13, 1_i8..29);
    (day(), (0_i8..24, 0_i8..60), day(), 0_u64..300_000_000, 0..NAMES.len(), 0_u8..12)
        .prop_map(|(day, time, by, cents, name, damage)| Truth { day, time, by, cents, name, damage })
}

fn ways() -> impl Strategy<Value = Ways> {
    let date = (0_u8..3, prop_oneof![Just('/'), Just('-'), Just('.')], any::<bool>(), any::<bool>(), 0_u8..3);
    let number = (prop_oneof![Just('.'), Just(',')], any::<bool>(), any::<bool>());
    let file = (prop_oneof![Just(','), Just(';'), Just('\t')], 0_u8..4, any::<bool>(), any::<bool>());
    (date, number, file).prop_map(
        |((order, sign, short_year, padded, clock), (decimal, grouped, cents), (delimiter, encoding, above, below))| Ways {
            order,
            sign,
            short_year,
            padded,
            clock,
            decimal,
            grouped,
            cents,
            delimiter,
            encoding,
            above,
            below,
        },
    )
}

impl Ways {
    fn date(&self, (year, month, day): (i16, i8, i8)) -> String {
        let year = if self.short_year { format!("{:02}", year % 100) } else { year.to_string() };
        let two = |number: i8| if self.padded { format!("{number:02}") } else { number.to_string() };
        let parts = match self.order {
            0 => [two(day), two(month), year],
            1 => [two(month), two(day), year],
            _ => [year, two(month), two(day)],
        };
        parts.join(&self.sign.to_string())
    }

    fn time(&self, (hour, minute): (i8, i8)) -> String {
        match self.clock {
            0 => String::new(),
            1 => format!(" {hour:02}:{minute:02}"),
            _ => format!(" {}:{minute:02} {}", (hour + 11) % 12 + 1, if hour < 12 { "AM" } else { "PM" }),
        }
    }

    fn amount(&self, cents: u64) -> String {
        let digits = (cents / 100).to_string();
        let other = if self.decimal == ',' { '.' } else { ',' };
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if self.grouped && place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(other);
            }
            text.push(digit);
        }
        if self.cents {
            let _ = write!(text, "{}{:02}", self.decimal, cents % 100);
        }
        text
    }

    fn file(&self, rows: &[Truth]) -> Vec<u8> {
        let delimiter = self.delimiter;
        let mut text = String::new();
        if self.above {
            text.push_str("Leads of the year\n\n");
        }
        let header = ["Ref", "When", "Budget", "By", "Name"].join(&delimiter.to_string());
        let _ = writeln!(text, "{header}");
        for (number, row) in rows.iter().enumerate() {
            let cells = [
                format!("r{number}"),
                format!("\"{}{}\"", self.date(row.day), self.time(row.time)),
                format!("\"{}\"", self.amount(row.cents)),
                match row.damage {
                    1 => "0000-00-00".to_owned(),
                    2 => "NULL".to_owned(),
                    _ => format!("\"{}\"", self.date(row.by)),
                },
                format!("\"{}\"", NAMES[row.name]),
            ];
            let count = if row.damage == 3 { 2 + number % 3 } else { 5 };
            let line = cells[..count].join(&delimiter.to_string());
            match row.damage {
                4 => text.push_str(&format!("{}\n", delimiter.to_string().repeat(4))),
                5 => text.push_str(&format!("{header}\n")),
                _ => {}
            }
            text.push_str(&line);
            text.push_str(if row.damage == 6 { "\r\n" } else { "\n" });
        }
        if self.below {
            text.push_str("\nConfidential - do not distribute\n");
        }
        match self.encoding {
            0 => text.into_bytes(),
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            _ => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// Every event of a file that says something else than the truth.
fn lies(ways: &Ways, rows: &[Truth]) -> Vec<String> {
    let mut map = compile(MAP.as_bytes(), "map.yaml").expect("it loads");
    map.latest_year = 2037;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&ways.file(rows)).expect("written");
    // A file that is refused says nothing wrong.
    let Ok(Ok(mut events)) = Events::open(file.path(), &map, &Options::default(), Hints::default()) else { return Vec::new() };
    let (mut lies, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        match events.next(&mut line).expect("it is read to its end") {
            Next::End => return lies,
            Next::Made => {}
            _ => continue,
        }
        let event: Value = serde_json::from_slice(&line).expect("JSON");
        let number: usize = event["interaction_id"].as_str().and_then(|id| id[1..].parse().ok()).expect("a row's number");
        let row = &rows[number];
        let ((year, month, day), (hour, minute)) = (row.day, if ways.clock == 0 { (0, 0) } else { row.time });
        let at = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00.000Z");
        let by = format!("{}-{:02}-{:02}", row.by.0, row.by.1, row.by.2);
        let amount = if ways.cents { row.cents as f64 / 100.0 } else { (row.cents / 100) as f64 };
        let is =
            |value: &Value, expected: bool, what: &str| (!value.is_null() && !expected).then(|| format!("{what} of row {number}: {value}"));
        let budget = &event["declared"]["budget_usd"];
        let found = [
            is(&event["occurred_at"], event["occurred_at"] == at.as_str(), "time"),
            is(&event["declared"]["buy_by"], event["declared"]["buy_by"] == by.as_str(), "date"),
            is(budget, budget.as_f64().is_some_and(|budget| (budget - amount).abs() < 0.001), "amount"),
            is(&event["person"]["name"], event["person"]["name"] == NAMES[row.name], "name"),
        ];
        lies.extend(found.into_iter().flatten());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_event_of_a_random_export_says_something_wrong(ways in ways(), rows in prop::collection::vec(truth(), 1..12)) {
        let lies = lies(&ways, &rows);
        prop_assert!(lies.is_empty(), "{lies:#?}\n{ways:?}\n{}", String::from_utf8_lossy(&ways.file(&rows)));
    }
}

#[test]
fn most_rows_of_a_usual_export_are_read() {
    let ways = Ways {
        order: 0,
        sign: '/',
        short_year: false,
        padded: true,
        clock: 1,
        decimal: ',',
        grouped: true,
        cents: true,
        delimiter: ';',
        encoding: 2,
        above: true,
        below: true,
    };
    let row = |day: i8| Truth {
        day: (2026, 4, day),
        time: (9, 30),
        by: (2027, 1, day),
        cents: 1_234_500,
        name: usize::from(day.unsigned_abs() % 8),
        damage: 0,
    };
    let rows: Vec<Truth> = (1..29).map(row).collect();
    assert_eq!(lies(&ways, &rows), Vec::<String>::new());
    let map = compile(MAP.as_bytes(), "map.yaml").expect("it loads");
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&ways.file(&rows)).expect("written");
    let mut events = Events::open(file.path(), &map, &Options::default(), Hints::default()).expect("read").expect("bound");
    let mut made = 0;
    while let next = events.next(&mut Vec::new()).expect("read")
        && !matches!(next, Next::End)
    {
        made += usize::from(matches!(next, Next::Made) && events.notes().degraded.is_empty());
    }
    assert_eq!(made, rows.len());
}
