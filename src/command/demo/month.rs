//! A month of a fictitious company's campaigns, as records in the order in which they are sent.
//!
//! The same records on every machine and every run. This file refuses to know what becomes of them: only the engine does.

pub mod campaigns;
mod crowd;
mod dice;
mod event;
mod people;
mod story;

use serde_json::json;

use crate::contract::Timestamp;
use crowd::Crowd;
use dice::Dice;
pub use event::{Input, Posting};
use event::{Writer, local};
use people::Cast;
pub use people::FREE_MAIL;

/// Companies that are drawn around the story's.
const CROWD_COMPANIES: usize = 92;
/// The seed of the month: any other gives another crowd and the same story.
const SEED: u64 = 202_611;

/// What the audience is told before something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence.
    pub text: &'static str,
}

/// The month.
#[derive(Debug)]
pub struct Month {
    /// Its records, in the order in which they are sent.
    pub postings: Vec<Posting>,
    /// What the audience is told, in order.
    pub chapters: Vec<Chapter>,
    /// Its first instant.
    pub begin: Timestamp,
    /// Its last.
    pub end: Timestamp,
    /// People of the cast.
    pub people: usize,
    /// Companies of the cast.
    pub companies: usize,
}

impl Month {
    /// The sample month.
    pub fn sample() -> Self {
        let dice = &mut Dice::new(SEED);
        let cast = Cast::draw(dice, CROWD_COMPANIES);
        let mut writer = Writer::default();
        accounts(&cast, &mut writer);
        Crowd { dice, cast: &cast, writer: &mut writer }.write();
        story::write(&cast, &mut writer);
        broken(&mut writer);
        let mut postings = writer.postings;
        postings.sort_by_key(|posting| posting.at); // stable: what was written first is sent first
        Self {
            postings,
            chapters: chapters(),
            begin: local(1, 0, 0),
            end: local(31, 0, 0),
            people: cast.people.len(),
            companies: cast.companies.len(),
        }
    }
}

/// What the CRM knows, sent before all else: a customer, an open opportunity, and a few accounts that are neither.
fn accounts(cast: &Cast, writer: &mut Writer) {
    let of = |slug: &str| cast.company(slug).unwrap_or_else(|| panic!("no company {slug}"));
    let facts = |slug: &str| {
        let company = of(slug);
        json!({
            "account_id": format!("001-{}", company.id), "version": 1, "domains": [company.domain], "name": company.name,
            "employees": company.employees, "industry": company.industry, "country": company.country, "customer": false,
        })
    };
    let mut send = |document: serde_json::Value| {
        let key = document["account_id"].as_str().unwrap_or_default().to_owned();
        writer.post(local(1, 9, 0), Input::Accounts, key, document.to_string().into_bytes());
    };
    let mut customer = facts("cervezas-del-norte");
    customer["customer"] = json!(true);
    customer["owner"] = json!({ "id": "eva", "team": "enterprise" });
    send(customer);
    let mut opportunity = facts("electrica-maya");
    opportunity["owner"] = json!({ "id": "luis", "team": "mid-market" });
    opportunity["open_opportunity"] = json!({ "offering": campaigns::ANALYTICS, "stage": "proposal" });
    send(opportunity);
    ["aceros-bravo", "grupo-montes", "puertos-del-golfo", "mercados-sol", "textil-quetzal"].into_iter().for_each(|slug| send(facts(slug)));
}

/// Three records that no reader could use: cut off, an e-mail address for an identifier, a date of another calendar.
fn broken(writer: &mut Writer) {
    let mut send = |at, key: &str, text: &str| writer.post(at, Input::Interactions, key.to_owned(), text.as_bytes().to_vec());
    send(local(3, 11, 20), "broken-1", r#"{"interaction_id":"i-900001","occurred_at":"2026-11-03T17:19:40Z","kind":"demo_req"#);
    send(
        local(17, 15, 0),
        "broken-2",
        r#"{"interaction_id":"i-900002","occurred_at":"2026-11-17T20:59:40Z","kind":"badge_scanned","campaign":{"id":"c-103"},"person":{"id":"somebody@correo-libre.example"}}"#,
    );
    send(
        local(24, 12, 0),
        "broken-3",
        r#"{"interaction_id":"i-900003","occurred_at":"24/11/2026 11:58","kind":"chat_started","campaign":{"id":"c-109"},"person":{"id":"p-00007"}}"#,
    );
}

fn chapters() -> Vec<Chapter> {
    [
        (local(2, 8, 30), "Somebody imports April's roadshow. Old news: it must open no lead."),
        (local(3, 10, 0), "The first Demo Tuesday, a small online round."),
        (local(5, 18, 0), "The autumn gala: a full room, tastings, cocktails, gifts."),
        (local(9, 7, 30), "The November newsletter goes out."),
        (local(11, 16, 30), "The webinar about stock-outs, a few dozen guests."),
        (local(12, 19, 0), "The directors' dinner."),
        (local(13, 9, 0), "An agency calls people and asks them to answer a survey."),
        (local(17, 9, 0), "Expo Industria, three days: our stand scans every badge that passes."),
        (local(20, 9, 0), "The fair is over. Do the guests of the gala come back by themselves?"),
        (local(24, 9, 0), "The last Demo Tuesday."),
    ]
    .map(|(at, text)| Chapter { at, text })
    .to_vec()
}

#[cfg(test)]
mod tests;
