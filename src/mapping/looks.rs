//! What texts look like: an address, a number, a time, the name of a column. Shapes, never meanings.

use super::choice::Hints;
use super::written::{self, Order};
use super::{cell, number};

/// Whether a text is one e-mail address.
pub fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !host.ends_with('.')
            && !text.contains([' ', '<', '>', ',', ';', '/'])
    })
}

/// Whether a text is a number in one of the usual ways.
pub fn is_number(text: &str) -> bool {
    ['.', ','].into_iter().any(|sign| number::parse(text, sign).is_some())
}

/// Whether a text is a time in one of the usual ways.
pub fn is_time(text: &str) -> bool {
    [Order::DayFirst, Order::MonthFirst, Order::YearFirst].into_iter().any(|order| written::read(text, order).is_some())
}

/// Whether a row can be one that names columns: different short texts, and no values.
pub fn like_a_header<S: AsRef<str>>(row: &[S]) -> bool {
    let names: Vec<String> = row.iter().map(|name| cell::name(name.as_ref())).filter(|name| !name.is_empty()).collect();
    let is_name =
        |name: &String| name.len() <= 200 && name.chars().any(char::is_alphabetic) && !is_email(name) && !is_number(name) && !is_time(name);
    !names.is_empty() && names.iter().all(is_name)
}

/// Whether a row says what a table comes to, or is small print: one text alone, or a total with most cells empty.
pub fn like_small_print<S: AsRef<str>>(row: &[S], columns: usize) -> bool {
    const TOTALS: &[&str] = &[
        "total",
        "totals",
        "grand total",
        "grand totals",
        "subtotal",
        "sum",
        "summe",
        "gesamt",
        "gesamtsumme",
        "suma",
        "suma total",
        "totales",
        "total general",
        "totaal",
        "totale",
        "count",
        "average",
        "somme",
    ];
    let mut filled = row.iter().map(AsRef::as_ref).map(str::trim).filter(|cell| !cell.is_empty());
    let (Some(first), more) = (filled.next(), filled.count()) else { return false };
    let lower = first.to_lowercase();
    let is_total = TOTALS.contains(&lower.split([':', '(']).next().unwrap_or_default().trim());
    if more == 0 {
        return columns >= 3 && !first.contains('@') && (row.len() < columns || first.contains(' ') || is_total);
    }
    is_total && (more + 1) * 2 <= columns
}

/// What a text is that somebody says of dates: `day-first`.
pub fn order(text: &str) -> Option<Order> {
    let name = text.replace('-', "_");
    Order::ALL.iter().find(|(known, _)| *known == name).map(|(_, order)| *order)
}

/// Hints from what somebody says.
pub fn hints(dates: Option<&str>, decimal: Option<char>) -> Hints {
    Hints { dates: dates.and_then(order), decimal }
}
