//! From who did what and when to a record as a marketing tool or a CRM would send it.
//!
//! It refuses to know the story: it only writes JSON, and gives each interaction its identifier.

use serde_json::{Map, Value, json};

use super::campaigns::Campaign;
use super::people::{Cast, Job, Person};
use crate::contract::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::contract::{Class, Kind, Timestamp};

/// 2026-11-01 00:00 in Mexico City: six hours behind UTC, all the year round.
const MONTH_BEGINS: Timestamp = Timestamp::from_ms(1_793_512_800_000);
/// How long a marketing tool takes to send what happened.
const SENT_AFTER_MS: i64 = 20 * SECOND_MS;

/// The instant of a day (1 is the first of November 2026) and a time in Mexico City.
pub const fn local(day: i64, hour: i64, minute: i64) -> Timestamp {
    MONTH_BEGINS.plus_ms((day - 1) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS)
}

/// The input that a record goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// What people did in campaigns.
    Interactions,
    /// What the CRM knows of accounts.
    Accounts,
    /// What sales did with leads.
    Activities,
}

/// A record of the month, and when it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// When it is sent.
    pub at: Timestamp,
    /// Where it goes.
    pub input: Input,
    /// The record's key.
    pub key: String,
    /// The record's value.
    pub value: Vec<u8>,
}

impl Posting {
    /// Whether it is an interaction that may open a lead.
    pub fn may_be_a_lead(&self) -> bool {
        let Ok(document) = serde_json::from_slice::<Value>(&self.value) else { return false };
        let kind = document["kind"].as_str().filter(|_| self.input == Input::Interactions);
        kind.is_some_and(|kind| Kind::parse(kind).ceiling() >= Class::Weak)
    }
}

/// What somebody said about buying.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// `decision_maker` and the like.
    pub authority: Option<&'static str>,
    /// In US dollars.
    pub budget_usd: Option<i64>,
    /// A date.
    pub buy_by: Option<&'static str>,
    /// In their own words.
    pub comment: Option<&'static str>,
}

/// Something that somebody did.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// In which campaign.
    pub campaign: &'static Campaign,
    /// A kind of the contract.
    pub kind: &'static str,
    /// What it is about.
    pub offering: Option<&'static str>,
    /// What they said.
    pub said: Said,
}

/// Writes records, and numbers the interactions.
#[derive(Debug, Default)]
pub struct Writer {
    written: u32,
    /// What was written so far.
    pub postings: Vec<Posting>,
}

impl Writer {
    /// Writes what `person` did, sent shortly after it happened.
    pub fn deed(&mut self, cast: &Cast, person: &Person, deed: Deed) {
        self.deed_sent(cast, person, deed, deed.occurred_at.plus_ms(SENT_AFTER_MS));
    }

    /// Writes what `person` did, sent at another time.
    pub fn deed_sent(&mut self, cast: &Cast, person: &Person, deed: Deed, at: Timestamp) {
        self.written += 1;
        let document = json!({
            "interaction_id": format!("i-{:06}", self.written),
            "occurred_at": deed.occurred_at.to_string(),
            "kind": deed.kind,
            "offering": deed.offering,
            "campaign": { "id": deed.campaign.id, "channel": deed.campaign.channel, "agency": deed.campaign.agency },
            "person": person_json(person, deed.occurred_at),
            "company": person.company.map(|place| {
                let company = &cast.companies[place];
                json!({
                    "id": company.id, "name": company.name, "domain": company.domain, "employees": company.employees,
                    "industry": company.industry, "country": company.country,
                })
            }),
            "declared": declared(&deed),
        });
        // Keyed by company, so that what a company's people did comes in their order.
        let key = person.company.map_or_else(|| person.id.clone(), |place| cast.companies[place].id.to_string());
        self.post(at, Input::Interactions, key, without_nulls(document).to_string().into_bytes());
    }

    /// Writes a record as it stands. Plain JSON without headers: the topic says what it is.
    pub fn post(&mut self, at: Timestamp, input: Input, key: String, value: Vec<u8>) {
        self.postings.push(Posting { at, input, key, value });
    }

    /// Sends again, a minute later, what was sent between two instants in a campaign: a tool that was not sure.
    pub fn repeat(&mut self, campaign: &Campaign, from: Timestamp, until: Timestamp) {
        let mark = format!("\"id\":\"{}\"", campaign.id).into_bytes();
        let of_campaign = |posting: &&Posting| posting.value.windows(mark.len()).any(|part| part == mark);
        let sent = self.postings.iter().filter(|posting| (from..until).contains(&posting.at)).filter(of_campaign);
        let again: Vec<_> = sent.map(|posting| Posting { at: posting.at.plus_ms(MINUTE_MS), ..posting.clone() }).collect();
        self.postings.extend(again);
    }
}

fn person_json(person: &Person, occurred_at: Timestamp) -> Value {
    let Job(role, department, seniority) = person.job;
    json!({
        "id": person.id, "name": person.name, "email": person.email, "phone": person.phone,
        "role": role, "department": department, "seniority": seniority,
        "consent": person.consent.map(|contact| json!({ "contact": contact, "at": occurred_at.to_string() })),
    })
}

fn declared(deed: &Deed) -> Option<Value> {
    let Said { authority, budget_usd, buy_by, comment } = deed.said;
    let said = authority.is_some() || budget_usd.is_some() || buy_by.is_some() || comment.is_some();
    said.then(
        || json!({ "offering": deed.offering, "authority": authority, "budget_usd": budget_usd, "buy_by": buy_by, "comment": comment }),
    )
}

/// Without the fields that nobody filled in, as most tools send it.
fn without_nulls(document: Value) -> Value {
    match document {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, without_nulls(value)));
            Value::Object(kept.collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_begins_at_midnight_in_mexico_city() {
        assert_eq!(local(1, 0, 0).to_string(), "2026-11-01T06:00:00.000Z");
        assert_eq!(local(24, 18, 30).to_string(), "2026-11-25T00:30:00.000Z");
    }
}
