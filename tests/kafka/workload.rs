//! What the tests feed Relevo: interactions of a few hundred people from one seed, and the records that producers get wrong.
//!
//! Each record says in a header what must become of it, so that the oracle of Intake can ask the input topic itself. The
//! header is the tests' own; Relevo knows nothing of it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde_json::json;

use crate::records::Outgoing;

/// The header that says what must become of an input.
pub const EXPECT: &str = "test_expect";

/// The header that says which interaction a map must make of a foreign input whose [`EXPECT`] is `mapped`.
pub const MAPPED: &str = "test_mapped";

/// Campaigns of a fictitious company, always the same for the same seed but for the times, which end about now.
pub struct Workload {
    random: u64,
    count: u64,
    started_ms: i64,
}

/// What the people of the workload do, by weight: mostly being reached, some intent.
const KINDS: [(&str, u64); 10] = [
    ("email_opened", 25),
    ("attended", 15),
    ("invited", 10),
    ("tasting", 6),
    ("survey_completed", 8),
    ("call_received", 6),
    ("pricing_viewed", 12),
    ("demo_requested", 12),
    ("quote_requested", 4),
    ("trial_started", 2),
];
const COMPANIES: u64 = 240;

impl Workload {
    /// A workload of this seed.
    pub fn new(seed: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        Self { random: seed.wrapping_mul(2).wrapping_add(1), count: 0, started_ms: i64::try_from(now).expect("a time") }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    /// The next good interaction: about 1 in 100 is a duplicate of an earlier one, which Intake forwards and Decide knows.
    pub fn interaction(&mut self) -> Outgoing {
        self.count += 1;
        let (number, company) = if self.draw(100) == 0 && self.count > 50 {
            let number = self.count - 1 - self.draw(40);
            (number, number * 7919 % COMPANIES)
        } else {
            (self.count, self.count * 7919 % COMPANIES)
        };
        let mut dice = self.draw(KINDS.iter().map(|kind| kind.1).sum());
        let kind = KINDS
            .iter()
            .find(|(_, weight)| {
                let hit = dice < *weight;
                dice = dice.saturating_sub(*weight);
                hit
            })
            .map_or("attended", |kind| kind.0);
        let person = company * 4 + self.draw(4);
        let role = ["plant_manager", "cfo", "cio", "student"][self.draw(4) as usize];
        let occurred_ms = self.started_ms - i64::try_from(self.draw(3_600_000)).expect("an hour");
        let mut event = json!({
            "interaction_id": format!("i-{number:09}"),
            "occurred_at": time_text(occurred_ms),
            "kind": kind,
            "campaign": { "id": format!("c-{:02}", self.draw(12)), "channel": "event" },
            "person": { "id": format!("p-{person:05}"), "name": format!("Ana Ruiz {person}"), "email": format!("ana.{person}@co-{company:04}.example"),
                "role": role },
            "company": { "id": format!("co-{company:04}"), "domain": format!("co-{company:04}.example"), "employees": 20 + company * 13 % 900,
                "industry": "manufacturing", "country": "MX" },
        });
        if self.draw(10) < 6 {
            let offering = ["crm-suite", "analytics"][self.draw(2) as usize];
            event["offering"] = json!(offering);
            event["declared"] =
                json!({ "offering": offering, "authority": "decision_maker", "budget_usd": 40_000, "timeframe_days": 30 + self.draw(40) });
        }
        good(format!("p-{person:05}"), &event)
    }

    /// Many of them.
    pub fn interactions(&mut self, count: usize) -> Vec<Outgoing> {
        (0..count).map(|_| self.interaction()).collect()
    }
}

/// RFC 3339 in milliseconds.
pub fn time_text(milliseconds: i64) -> String {
    // Always three decimals, so that an event's length is always the same.
    Timestamp::from_millisecond(milliseconds).expect("a time of this century").strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// An interaction that must be forwarded to the log once.
pub fn good(key: String, event: &serde_json::Value) -> Outgoing {
    let id = event["interaction_id"].as_str().unwrap_or_default().to_owned();
    Outgoing {
        partition: None,
        key: Some(key.into_bytes()),
        value: Some(serde_json::to_vec(event).expect("JSON")),
        headers: vec![
            ("ce_specversion".to_owned(), b"1.0".to_vec()),
            ("ce_type".to_owned(), b"relevo.interaction.recorded.v1".to_vec()),
            ("ce_source".to_owned(), b"marketing/tests".to_vec()),
            ("ce_id".to_owned(), id.into_bytes()),
            (EXPECT.to_owned(), b"forwarded".to_vec()),
        ],
    }
}

/// Account facts for these domains, which must be forwarded as the contract's fan-out says; no domains at all: `None`, a tombstone.
pub fn account(id: &str, version: u64, domains: Option<&[&str]>) -> Outgoing {
    let value =
        domains.map(|domains| json!({ "account_id": id, "version": version, "domains": domains, "employees": 320, "industry": "retail" }));
    let facts = domains.map_or(0, |domains| domains.len().max(1));
    Outgoing {
        partition: None,
        key: Some(id.into()),
        value: value.map(|value| serde_json::to_vec(&value).expect("JSON")),
        headers: vec![
            ("ce_specversion".to_owned(), b"1.0".to_vec()),
            ("ce_type".to_owned(), b"relevo.account.updated.v1".to_vec()),
            ("ce_source".to_owned(), b"crm/tests".to_vec()),
            ("ce_id".to_owned(), format!("{id}/{version}").into_bytes()),
            (EXPECT.to_owned(), format!("account:{facts}").into_bytes()),
        ],
    }
}

/// A record that must become one dead letter of this code.
fn poison(code: u16, value: Option<Vec<u8>>) -> Outgoing {
    let mut record = good("p-poison".to_owned(), &json!({ "interaction_id": format!("poison-{code}") }));
    record.value = value;
    record.headers.retain(|(name, _)| name != EXPECT);
    record.headers.push((EXPECT.to_owned(), format!("RLV-{code}").into_bytes()));
    record
}

/// A valid event to spoil.
pub fn sample(id: &str) -> serde_json::Value {
    json!({
        "interaction_id": id, "occurred_at": time_text(Workload::new(1).started_ms - 60_000), "kind": "demo_requested",
        "campaign": { "id": "c-01" }, "person": { "id": "p-1" }, "company": { "domain": "poison.example" },
    })
}

/// An interaction by which this company becomes a lead under the tests' rulebook.
pub fn asks(id: &str, domain: &str) -> Outgoing {
    let mut event = sample(id);
    event["offering"] = json!("crm-suite");
    event["person"] = json!({ "id": format!("p-{id}"), "role": "plant_manager" });
    event["company"] = json!({ "domain": domain, "employees": 400 });
    event["declared"] = json!({ "offering": "crm-suite", "authority": "decision_maker", "budget_usd": 40_000, "timeframe_days": 30 });
    good(format!("p-{id}"), &event)
}

/// The largest value that a deployment takes in when it is not told otherwise: 1 MiB.
const MAX_BYTES: usize = 1_048_576;

/// Records that producers get wrong, each with what must become of it; none may stop a partition (TXN-4).
pub fn poisons() -> Vec<Outgoing> {
    let spoiled = |field: &str, value: serde_json::Value| {
        let mut event = sample("poison");
        let mut at = &mut event;
        for part in field.split('.') {
            at = &mut at[part];
        }
        *at = value;
        Some(serde_json::to_vec(&event).expect("JSON"))
    };
    let mut unknown_type = poison(1007, spoiled("kind", json!("demo_requested")));
    unknown_type.headers.iter_mut().find(|(name, _)| name == "ce_type").expect("there").1 = b"relevo.no.such.v1".to_vec();
    // It says nothing, so nothing comes of it.
    let mut tombstone = poison(1001, None);
    tombstone.headers.iter_mut().find(|(name, _)| name == EXPECT).expect("there").1 = b"ignored".to_vec();
    let mut far_ahead = good("p-poison".to_owned(), &sample("future"));
    far_ahead.value = {
        let mut event = sample("future");
        event["occurred_at"] = json!("2093-01-01T00:00:00Z");
        Some(serde_json::to_vec(&event).expect("JSON")) // clamped and flagged, and no poison
    };
    let sized = |bytes: usize| {
        let empty = spoiled("person.name", json!("")).map_or(0, |value| value.len());
        spoiled("person.name", json!("x".repeat(bytes - empty)))
    };
    let mut largest = good("p-large".to_owned(), &sample("poison"));
    largest.value = sized(MAX_BYTES);
    let deep = format!("{{\"interaction_id\":\"deep\",\"attributes\":{}{}}}", "[".repeat(4_000), "]".repeat(4_000));
    vec![
        tombstone,
        poison(1001, Some(Vec::new())),
        poison(1002, Some(b"{\"interaction_id\": \"cut off".to_vec())),
        poison(1002, Some(b"not json at all".to_vec())),
        poison(1002, Some(vec![0xff, 0xfe, 0x00, 0x9f, 0x92, 0x96])),
        poison(1003, spoiled("person.id", json!(17))),
        poison(1003, spoiled("company.employees", json!("many"))),
        poison(1004, spoiled("campaign", json!({}))),
        poison(1005, spoiled("person.id", json!("ana@acme.example"))),
        poison(1005, spoiled("interaction_id", json!(""))),
        poison(1006, spoiled("occurred_at", json!("yesterday"))),
        unknown_type,
        poison(1009, sized(2 * MAX_BYTES)),
        poison(1009, sized(MAX_BYTES + 1)),
        largest, // as large as may be, and no poison
        poison(1003, Some(deep.into_bytes())),
        far_ahead,
    ]
}
