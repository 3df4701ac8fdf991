//! What became of accounts and leads: won or lost, and when, one JSON document a line.
//!
//! `{"account":"acme.example","offering":"crm-suite","outcome":"won","at":"2026-11-20T10:00:00Z","value_usd":40000}`, or `lead_id` in the
//! place of `account`. A line that can't be used is refused with its place, and the rest goes on. This file refuses to know what an
//! outcome says about a rulebook.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::command::replay::lines::{Line, Lines};
use crate::command::replay::{Reading, Refused};
use crate::config::Problem;
use crate::contract::code::{
    BAD_IDENTIFIER, BAD_VALUE, HISTORY_UNREADABLE, OUTCOME_OF_NOBODY, OUTCOME_UNKNOWN, OUTCOME_WITHOUT_DATE, Refusal, TOO_LARGE, from_json,
};
use crate::contract::interaction::Amount;
use crate::contract::{AccountKey, LeadId, Timestamp};

/// One outcome of one sale.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Won; else lost.
    pub won: bool,
    /// When it was closed.
    pub at: Timestamp,
    /// What was sold, where said.
    pub offering: Option<CompactString>,
    /// What it was worth in US dollars, where said.
    pub value_usd: Option<f64>,
}

/// Every outcome of a file.
#[derive(Default)]
pub struct Outcomes {
    /// By account.
    pub by_account: FxHashMap<AccountKey, Vec<Outcome>>,
    /// By lead; which account that is shows when its interaction comes by.
    pub by_lead: FxHashMap<LeadId, Vec<Outcome>>,
    /// Lines that said what another line had said.
    pub repeated: u64,
    /// Lines that could not be used.
    pub refused: Refused,
    /// Whether each of them says what was sold: then sales are counted, one for each account and offering; else accounts.
    pub every_offering_known: bool,
}

/// The JSON, as files have it.
#[derive(Deserialize)]
struct Wire {
    account: Option<String>,
    lead_id: Option<String>,
    offering: Option<String>,
    outcome: String,
    at: Option<String>,
    value_usd: Option<f64>,
}

/// Whom an outcome is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Account(AccountKey),
    Lead(LeadId),
}

impl Outcomes {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read at all.
    pub fn read(path: &Path, reading: &Reading) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let unreadable = |error: io::Error| {
            let remedy = "name a file with one outcome a line, as JSON; `relevo backtest --help` shows one";
            Problem::new(HISTORY_UNREADABLE, format!("the outcomes can't be read: {error}"), &name, remedy)
        };
        let file = File::open(path).map_err(unreadable)?;
        let mut outcomes = Self { every_offering_known: true, ..Self::default() };
        let mut known = FxHashSet::default();
        let mut lines = Lines::new(BufReader::new(file), reading.max_bytes());
        while let Some(line) = lines.next_line().map_err(unreadable)? {
            let parsed = match line {
                Line::Text(text) => parse(text, reading),
                Line::TooLong => Err(Refusal::new(TOO_LARGE, format!("the line is longer than {} bytes", reading.max_bytes()))),
            };
            match parsed {
                Ok((subject, outcome)) => {
                    if known.insert((subject.clone(), outcome.offering.clone(), outcome.won, outcome.at)) {
                        outcomes.add(subject, outcome);
                    } else {
                        outcomes.repeated += 1;
                    }
                }
                Err(refusal) => outcomes.refused.add(&format!("{name}:{}", lines.number()), &refusal),
            }
        }
        Ok(outcomes)
    }

    fn add(&mut self, subject: Subject, outcome: Outcome) {
        match subject {
            Subject::Account(key) => {
                self.every_offering_known &= outcome.offering.is_some();
                self.by_account.entry(key).or_default().push(outcome);
            }
            Subject::Lead(id) => self.by_lead.entry(id).or_default().push(outcome),
        }
    }
}

fn parse(line: &[u8], reading: &Reading) -> Result<(Subject, Outcome), Refusal> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let Wire { account, lead_id, offering, outcome, at, value_usd } = from_json(line)?;
    let some = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let subject = match (some(lead_id), some(account)) {
        (Some(id), _) => {
            let id = LeadId::parse(&id).ok_or_else(|| Refusal::new(BAD_IDENTIFIER, "field `lead_id` is no lead's identifier"))?;
            Subject::Lead(id)
        }
        (None, Some(account)) => Subject::Account(reading.account(&account)),
        (None, None) => return Err(Refusal::new(OUTCOME_OF_NOBODY, "neither `account` nor `lead_id` is there")),
    };
    let won = match outcome.trim() {
        "won" => true,
        "lost" => false,
        _ => return Err(Refusal::new(OUTCOME_UNKNOWN, "field `outcome` is neither `won` nor `lost`")),
    };
    let at = some(at).ok_or_else(|| Refusal::new(OUTCOME_WITHOUT_DATE, "field `at` is missing"))?;
    let at = Timestamp::parse(&at).map_err(|error| Refusal::new(BAD_VALUE, format!("field `at` is {error}")))?;
    if value_usd.is_some_and(|value| !Amount::is_valid(value)) {
        return Err(Refusal::new(BAD_VALUE, "field `value_usd` is not an amount from 0 to 10^15"));
    }
    Ok((subject, Outcome { won, at, offering: some(offering).map(CompactString::from), value_usd }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading::new(&crate::config::Settings::default())
    }

    fn refused(line: &str) -> u16 {
        parse(line.as_bytes(), &reading()).expect_err(line).code.number
    }

    #[test]
    fn an_outcome_is_read_or_refused_with_its_code() {
        let line =
            r#"{"account":"https://WWW.Acme.example/","offering":"crm","outcome":"won","at":"2026-11-20T10:00:00Z","value_usd":4.5}"#;
        let (subject, outcome) = parse(line.as_bytes(), &reading()).expect(line);
        assert_eq!(subject, Subject::Account(AccountKey::from_trusted("acme.example")));
        assert_eq!((outcome.won, outcome.offering.as_deref(), outcome.value_usd), (true, Some("crm"), Some(4.5)));
        let lead = LeadId::new(&AccountKey::from_trusted("acme.example"), "crm", "web", "i-1");
        let line = format!(r#"{{"lead_id":"{lead}","outcome":"lost","at":"2026-11-20T10:00:00Z"}}"#);
        assert_eq!(parse(line.as_bytes(), &reading()).expect("a lead's").0, Subject::Lead(lead));
        let company = r#"{"account":"company:co-1","outcome":"won","at":"2026-11-20T10:00:00Z"}"#;
        assert_eq!(parse(company.as_bytes(), &reading()).expect("a company's").0, Subject::Account(AccountKey::of_company("co-1")));

        assert_eq!(refused(r#"{"account":"acme.example","outcome":"won"}"#), 5403);
        assert_eq!(refused(r#"{"account":"acme.example","outcome":"won","at":" "}"#), 5403);
        assert_eq!(refused(r#"{"outcome":"won","at":"2026-11-20T10:00:00Z"}"#), 5404);
        assert_eq!(refused(r#"{"account":"acme.example","outcome":"open","at":"2026-11-20T10:00:00Z"}"#), 5405);
        assert_eq!(refused(r#"{"account":"acme.example","outcome":"won","at":"20 November"}"#), 1006);
        assert_eq!(refused(r#"{"account":"acme.example","outcome":"won","at":"2026-11-20T10:00:00Z","value_usd":-1}"#), 1006);
        assert_eq!(refused(r#"{"lead_id":"L-1","outcome":"won","at":"2026-11-20T10:00:00Z"}"#), 1005);
        assert_eq!(refused(r#"{"account":7,"outcome":"won","at":"2026-11-20T10:00:00Z"}"#), 1003);
        assert_eq!(refused(r#"{"account":"acme.example"}"#), 1004);
        assert_eq!(refused("account,outcome"), 1002);
    }
}
