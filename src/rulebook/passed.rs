//! Holidays that have all passed: whoever wrote them meant to write the next ones.
//!
//! Only a person's look is compared with a day: a file loads whatever day it is.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::diagnostic::{Diagnostic, Sink};
use super::special_days::Dated;
use super::yaml::Span;
use crate::contract::Date;
use crate::contract::code::CALENDAR_ODD;

/// Warnings in a file, given by its name and text, of calendars whose holidays all lie before this day.
pub fn passed(holidays: &BTreeMap<CompactString, Dated>, today: Date, (file, text): (&str, &str)) -> Vec<Diagnostic> {
    let mut sink = Sink::new(file, text);
    for (calendar, Dated { last, place }) in holidays.iter().filter(|(_, dated)| dated.last < today) {
        let message = format!("all holidays of the calendar `{calendar}` have passed: the last one was {last}");
        sink.warning(CALENDAR_ODD, Span { start: place.start, end: place.end }, message).help =
            Some("write those to come; a day of every year is written 12-25".to_owned());
    }
    sink.finish()
}
