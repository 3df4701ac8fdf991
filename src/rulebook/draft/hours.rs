//! Hours of a week: `mon-fri: ["09:00-14:00", "15:00-18:00"]`, nights over midnight.

use super::read;
use crate::contract::code::RULEBOOK_VALUE;
use crate::rulebook::compiled::Shift;
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::expression::clip;
use crate::rulebook::yaml::{Node, Span, Value};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
pub(super) const MINUTES_OF_DAY: u16 = 24 * 60;
pub(super) const MINUTES_OF_WEEK: u16 = 7 * MINUTES_OF_DAY;
/// The most shifts of one day.
pub(super) const MAX_SHIFTS: usize = 8;

/// Shifts of the week, ascending, none over another.
pub(super) fn hours(node: &Node, sink: &mut Sink<'_>) -> Option<Vec<Shift>> {
    let mut shifts: Vec<(Shift, Span)> = Vec::new();
    let mut named = [false; 7];
    let errors = sink.errors();
    for (key, value) in read::entries(node, "`hours`", sink)? {
        let Some(days) = days(&key.name) else {
            let message = format!("`{}` names no days", clip(&key.name));
            sink.error(RULEBOOK_VALUE, key.span, message)
                .help("expected mon, tue, wed, thu, fri, sat, sun, or from one to another: mon-fri");
            continue;
        };
        for day in &days {
            if std::mem::replace(&mut named[*day], true) {
                sink.error(RULEBOOK_VALUE, key.span, format!("the hours of {} were given already", DAYS[*day]));
            }
        }
        let single = std::slice::from_ref(value);
        let spans =
            if matches!(value.value, Value::Scalar { .. }) { single } else { read::list(value, "the hours of a day", MAX_SHIFTS, sink) };
        for span in spans {
            let Some((text, _)) = read::scalar(span, "hours like \"09:00-18:00\"", sink) else { continue };
            let Some((from, to)) = hours_of(text) else {
                sink.error(RULEBOOK_VALUE, span.span, "expected hours like \"09:00-18:00\"; \"22:00-06:00\" ends on the next day");
                continue;
            };
            shifts.extend(days.iter().map(|day| (shift(*day, from, to), span.span)));
        }
    }
    shifts.sort_by_key(|(shift, _)| (shift.start_minute, shift.minutes));
    overlaps(&shifts, sink);
    if shifts.is_empty() {
        if sink.errors() > errors {
            return None;
        }
        sink.error(RULEBOOK_VALUE, node.span, "a calendar has working hours on at least one day");
        return None;
    }
    Some(shifts.into_iter().map(|(shift, _)| shift).collect())
}

fn overlaps(shifts: &[(Shift, Span)], sink: &mut Sink<'_>) {
    for (index, (shift, _)) in shifts.iter().enumerate() {
        let (next, span) = &shifts[(index + 1) % shifts.len()];
        let wrapped = if index + 1 == shifts.len() { MINUTES_OF_WEEK } else { 0 };
        if (shifts.len() > 1 || wrapped > 0) && next.start_minute + wrapped < shift.start_minute + shift.minutes {
            sink.error(RULEBOOK_VALUE, *span, "these hours lie over others of the week");
        }
    }
}

/// `mon`, `mon-fri`, `sat-mon` as days from Monday, 0.
fn days(name: &str) -> Option<Vec<usize>> {
    let day = |text: &str| DAYS.iter().position(|day| *day == text);
    let Some((from, to)) = name.split_once('-') else { return Some(vec![day(name)?]) };
    let (from, to) = (day(from)?, day(to)?);
    let count = (to + 7 - from) % 7 + 1;
    Some((0..count).map(|step| (from + step) % 7).collect())
}

pub(super) fn hours_of(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from != to && from < MINUTES_OF_DAY).then_some((from, to))
}

/// `HH:MM` as minutes of the day; `24:00` is its end.
pub(in crate::rulebook) fn minute(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    if bytes.len() != 5 || bytes[2] != b':' || !bytes.iter().enumerate().all(|(at, byte)| at == 2 || byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (text[..2].parse().ok()?, text[3..].parse().ok()?);
    let of_day = hours * 60 + minutes;
    (minutes < 60 && of_day <= MINUTES_OF_DAY).then_some(of_day)
}

pub(super) fn shift(day: usize, from: u16, to: u16) -> Shift {
    let minutes = if to > from { to - from } else { MINUTES_OF_DAY - from + to };
    Shift { start_minute: day as u16 * MINUTES_OF_DAY + from, minutes }
}
