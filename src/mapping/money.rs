//! Amounts in other currencies, by the rates that somebody wrote into the map. Without a rate an amount is not known: it is never
//! taken for US dollars.

use std::collections::BTreeMap;

use crate::contract::Date;
use crate::contract::code::MAP_VALUE;
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::reading;
use crate::rulebook::yaml::{Node, Value};

/// What one unit of a currency is worth in US dollars, since when.
#[derive(Clone, Debug, Default)]
pub struct Rates(BTreeMap<String, Vec<(Option<Date>, f64)>>);

/// Signs and names of currencies that stand for a code.
const NAMES: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("U.S. DOLLAR", "USD"),
    ("US DOLLAR", "USD"),
    ("US DOLLARS", "USD"),
    ("€", "EUR"),
    ("EURO", "EUR"),
    ("EUROS", "EUR"),
    ("£", "GBP"),
    ("R$", "BRL"),
    ("MX$", "MXN"),
    ("MEX$", "MXN"),
];
/// Codes that headers and cells are searched for.
#[rustfmt::skip] // a list
const CODES: &[&str] = &[
    "USD", "EUR", "GBP", "MXN", "BRL", "ARS", "CLP", "COP", "PEN", "UYU", "CAD", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "RON", "BGN", "TRY", "ILS", "ZAR", "AED", "SAR", "INR", "CNY", "JPY", "KRW", "SGD", "HKD", "TWD", "THB", "MYR", "IDR", "PHP", "VND", "RUB", "UAH",
];

/// The code of a currency as tools write it: `USD`, `mxn`, `USD - U.S. Dollar`, `€`.
pub fn code(text: &str) -> Option<String> {
    let upper = text.trim().to_uppercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == upper) {
        return Some((*code).to_owned());
    }
    let first: String = upper.chars().take_while(char::is_ascii_alphabetic).collect();
    (first.len() == 3).then_some(first)
}

/// The code of the currency that a header names: `Amount (MXN)`, `Importe €`.
pub fn code_in(name: &str) -> Option<&'static str> {
    let upper = name.to_uppercase();
    let word = upper.split(|c: char| !c.is_ascii_alphabetic()).find_map(|word| CODES.iter().find(|code| **code == word));
    let sign = || NAMES.iter().find(|(sign, _)| !sign.is_ascii() && upper.contains(sign)).map(|(_, code)| *code);
    word.copied().or_else(sign)
}

impl Rates {
    /// An amount in US dollars, on a day.
    ///
    /// # Errors
    /// What is not known.
    pub fn dollars(&self, amount: f64, currency: Option<&str>, day: Option<Date>) -> Result<f64, &'static str> {
        let Some(currency) = currency else { return Err("has no currency beside it") };
        let code = code(currency).ok_or("has a currency beside it that is none")?;
        if code == "USD" {
            return Ok(amount);
        }
        let rates = self.0.get(&code).ok_or("is in another currency than US dollars, and the map has no rate for it")?;
        let holds = |from: Option<Date>| from.is_none_or(|from| day.is_some_and(|day| from <= day));
        let rate = rates.iter().rev().find(|(from, _)| holds(*from));
        rate.map(|(_, rate)| amount * rate).ok_or("is in another currency than US dollars, and the map has no rate for that day")
    }

    /// Reads `{ MXN: 0.055, EUR: [{ from: 2026-01-01, usd: 1.08 }] }`.
    pub fn read(node: &Node, sink: &mut Sink<'_>) -> Self {
        let mut rates = BTreeMap::new();
        for (key, value) in reading::entries(node, "`rates`", sink).unwrap_or_default() {
            let code = key.name.trim().to_uppercase();
            if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                sink.error(MAP_VALUE, key.span, "a currency has a code of three letters, such as EUR");
                continue;
            }
            let mut of_code = Vec::new();
            match &value.value {
                Value::List(_) => {
                    for item in reading::list(value, "a list of rates", super::MAX_LOOKUP, sink) {
                        of_code.extend(dated(item, sink));
                    }
                }
                _ => of_code.extend(reading::number(value, 1e-9, 1e9, sink).map(|rate| (None, rate))),
            }
            of_code.sort_by_key(|(from, _)| *from);
            rates.insert(code, of_code);
        }
        Self(rates)
    }
}

fn dated(node: &Node, sink: &mut Sink<'_>) -> Option<(Option<Date>, f64)> {
    let fields = reading::Fields::of(node, "a rate", &["from", "usd"], sink)?;
    let usd = reading::number(fields.need("usd", "1.08", sink)?, 1e-9, 1e9, sink)?;
    let from = fields.need("from", "2026-01-01", sink)?;
    let (text, _) = reading::scalar(from, "a date", sink)?;
    match Date::parse(text) {
        Ok(date) => Some((Some(date), usd)),
        Err(error) => {
            sink.error(MAP_VALUE, from.span, format!("`from` is a date, and this is {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_known_by_its_code_its_sign_or_its_name() {
        for (text, expected) in [("usd", Some("USD")), ("USD - U.S. Dollar", Some("USD")), ("€", Some("EUR")), ("pesos", None), ("", None)]
        {
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
        for (name, expected) in [("Amount (MXN)", Some("MXN")), ("Importe €", Some("EUR")), ("Amount", None), ("value_usd", Some("USD"))]
        {
            assert_eq!(code_in(name), expected, "{name}");
        }
    }
}
