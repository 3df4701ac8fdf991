//! Small worlds to fold: a seeded source of chance, interactions as producers write them, and one partition with a law.

use compact_str::{CompactString, format_compact};
use relevo::contract::account_key::FreeMail;
use relevo::contract::decision::DecisionMade;
use relevo::contract::interaction::Interaction;
use relevo::contract::lead::Lead;
use relevo::contract::log::{InForce, Record};
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{self, Effect, Entry, LeadEvent, Step};
use relevo::rulebook;
use relevo::state::Store;

pub use crate::chance::Chance;

/// 2026-11-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_ms(1_793_491_200_000);
pub const DAY_MS: i64 = 86_400_000;

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}

/// An interaction, before it is JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Did {
    pub id: String,
    pub at: Timestamp,
    pub kind: String,
    pub offering: Option<&'static str>,
    pub person: String,
    pub domain: Option<String>,
    pub declared: String,
    pub more: String,
}

impl Did {
    pub fn new(id: &str, at: Timestamp, kind: &str) -> Self {
        Self {
            id: id.into(),
            at,
            kind: kind.into(),
            offering: Some("crm-suite"),
            person: r#"{"id":"p-1","role":"plant_manager","seniority":"director"}"#.into(),
            domain: Some("acme.example".into()),
            declared: String::new(),
            more: String::new(),
        }
    }

    /// With everything that the plain rulebook's gates ask for.
    pub fn buying(mut self) -> Self {
        self.declared = r#","declared":{"authority":"decision_maker","budget_usd":40000,"buy_by":"2027-01-15"}"#.into();
        self
    }

    pub fn json(&self) -> String {
        let offering = self.offering.map_or_else(String::new, |name| format!(r#","offering":"{name}""#));
        let company =
            self.domain.as_ref().map_or_else(String::new, |domain| format!(r#","company":{{"domain":"{domain}","employees":200}}"#));
        format!(
            r#"{{"interaction_id":"{}","occurred_at":"{}","kind":"{}","campaign":{{"id":"c-1"}},"person":{}{offering}{company}{}{}}}"#,
            self.id, self.at, self.kind, self.person, self.declared, self.more
        )
    }
}

/// One partition.
pub struct World {
    pub store: Store,
    offset: i64,
}

impl World {
    pub fn without_law() -> Self {
        Self { store: Store::new(0, 1), offset: 0 }
    }

    pub fn under(text: &str) -> Self {
        let mut world = Self::without_law();
        let step = world.fold("law", Record::PolicyInForce(in_force(text)), START);
        assert_eq!(step.outcome, engine::Outcome::LawChanged, "the rulebook is no law:\n{text}");
        world
    }

    /// Folds any record, and stages what it changed.
    pub fn fold(&mut self, key: &str, record: Record<'_>, ingested_at: Timestamp) -> Step {
        self.fold_at(key, record, (ingested_at, ingested_at))
    }

    fn fold_at(&mut self, key: &str, record: Record<'_>, (ingested_at, wall): (Timestamp, Timestamp)) -> Step {
        let moment = self.store.moment(ingested_at, wall);
        let cause = format_compact!("log-0-{}", self.offset);
        self.offset += 1;
        let entry = Entry { key: AccountKey::from_trusted(key), record, source: cause.clone(), cause };
        let step = engine::step(&mut self.store, &entry, moment);
        self.store.stage(step.changes.clone());
        step
    }

    /// Puts a roster in force, with these teams.
    pub fn rostered(&mut self, teams: &str) {
        let step = self.fold("roster", Record::RosterInForce(roster_in_force(teams, 1)), START);
        assert_eq!(step.outcome, engine::Outcome::LawChanged, "{:?}", step.effects);
    }

    /// Folds an interaction that the log takes at `ingested_at`.
    pub fn does(&mut self, did: &Did, ingested_at: Timestamp) -> Vec<Effect> {
        self.does_at(did, ingested_at, ingested_at)
    }

    /// The same, folded by a machine whose clock says `wall`.
    pub fn does_at(&mut self, did: &Did, ingested_at: Timestamp, wall: Timestamp) -> Vec<Effect> {
        self.does_whole(did, (ingested_at, wall)).effects
    }

    /// Folds an interaction; all that follows.
    pub fn does_all(&mut self, did: &Did, ingested_at: Timestamp) -> Step {
        self.does_whole(did, (ingested_at, ingested_at))
    }

    fn does_whole(&mut self, did: &Did, times: (Timestamp, Timestamp)) -> Step {
        let json = did.json();
        let interaction = Interaction::parse(json.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
        let key = interaction.account_key(&FreeMail::default());
        let record = Record::Interaction(CompactString::const_new("web"), Box::new(interaction));
        self.fold_at(key.as_str(), record, times)
    }
}

pub fn in_force(text: &str) -> InForce {
    let digest = rulebook::digest(text.as_bytes());
    InForce { file: text.to_owned(), digest, revision: 1, ..InForce::default() }
}

/// A roster with these teams.
pub fn roster_in_force(teams: &str, revision: u32) -> InForce {
    let file = roster_file(teams, revision);
    InForce { digest: rulebook::digest(file.as_bytes()), file, revision, ..InForce::default() }
}

/// The file of a roster with these teams; people work by `day` in New York, or by `night` in India.
pub fn roster_file(teams: &str, revision: u32) -> String {
    format!(
        "api: relevo/v1\nkind: Roster\nrevision: {revision}\neffective_from: 2026-01-01T00:00:00Z\ncalendars:\n  \
         day: {{ time_zone: America/New_York, hours: {{ mon-fri: [\"09:00-17:00\"] }} }}\n  \
         night: {{ time_zone: Asia/Kolkata, hours: {{ mon-sat: [\"20:00-04:00\"] }} }}\nteams:\n{teams}"
    )
}

pub fn decisions(effects: &[Effect]) -> Vec<&DecisionMade> {
    effects.iter().filter_map(|effect| if let Effect::Decision(decision) = effect { Some(decision.as_ref()) } else { None }).collect()
}

pub fn leads(effects: &[Effect]) -> Vec<(LeadEvent, &Lead)> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Lead { event, lead, .. } = effect { Some((*event, lead.as_ref())) } else { None })
        .collect()
}

/// A rulebook that is easily met: every gate, no points needed.
pub const PLAIN: &str = r#"api: relevo/v1
kind: Rulebook
revision: 1
effective_from: 2026-01-01T00:00:00Z
time_zone: UTC
require_consent: false
max_handoff_age: 7d
forget_after: 180d
fit:
  threshold: 0
  criteria:
    - { id: big, when: company.employees >= 50, points: 30, because: we serve mid-size companies }
intent:
  threshold: 10
  half_life: 14d
  criteria:
    - { id: demo, when: interaction.kind == "demo_requested", points: 60 }
    - { id: mail, when: interaction.kind == "email_opened", points: 1 }
gates:
  represents_business: has(company.domain)
  able_to_buy: declared.budget_usd > 0
  wants_offering: has(offering)
  buys_by: declared.buy_by >= today
routes:
  - { id: rest, team: mid }
teams:
  mid: {}
"#;
