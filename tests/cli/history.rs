//! Made-up histories: events and outcomes of accounts whose chances are known.

use std::fmt::Write as _;

pub use crate::chance::Chance;

impl Chance {
    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }
}

/// A rulebook under which an account with a plant manager who asks for a demo and can buy becomes a lead.
pub const RULEBOOK: &str = r#"api: relevo/v1
kind: Rulebook
revision: 1
effective_from: 2026-01-01T00:00:00Z
time_zone: UTC
require_consent: false
max_handoff_age: 7d
forget_after: 180d
roles:
  business_user: [plant_manager]
fit:
  threshold: 30
  criteria:
    - { id: uses-it, when: person.role_class == "business_user", points: 30, because: those who use it decide }
    - { id: large, when: company.employees >= 1000, points: 10, because: we serve large companies }
intent:
  threshold: 10
  half_life: 14d
  criteria:
    - { id: demo, when: interaction.kind == "demo_requested", points: 60, because: asked for a demo }
gates:
  represents_business: has(company.domain)
  able_to_buy: declared.budget_usd > 0
  wants_offering: has(offering)
  buys_by: declared.buy_by >= today
routes:
  - { id: large, when: company.employees >= 1000, team: field }
  - { id: rest, team: inside }
teams:
  field: {}
  inside: {}
"#;

/// An interaction, in the day of the year 2026 that is given.
#[derive(Clone)]
pub struct Did<'a> {
    pub id: String,
    pub day: u32,
    pub kind: &'a str,
    pub account: String,
    pub role: &'a str,
    pub employees: u32,
    pub offering: Option<&'a str>,
    pub budget_usd: Option<u32>,
}

impl Did<'_> {
    pub fn line(&self) -> String {
        let offering = self.offering.map_or_else(String::new, |name| format!(r#","offering":"{name}""#));
        let budget = self.budget_usd.map_or_else(String::new, |usd| format!(r#","declared":{{"budget_usd":{usd},"buy_by":"2027-06-01"}}"#));
        format!(
            r#"{{"interaction_id":"{}","occurred_at":"{}","kind":"{}"{offering},"campaign":{{"id":"c-{}"}},"person":{{"id":"p-{}","name":"Ana Secreta","role":"{}"}},"company":{{"domain":"{}","employees":{}}}{budget}}}"#,
            self.id,
            day(self.day),
            self.kind,
            self.day % 3,
            self.account,
            self.role,
            self.account,
            self.employees,
        )
    }
}

/// Noon of a day of the year 2026.
pub fn day(day: u32) -> String {
    let start = relevo::contract::Timestamp::parse("2026-01-01T12:00:00Z").expect("a time");
    start.plus_ms(i64::from(day) * 86_400_000).to_string()
}

/// A history of accounts, some with a plant manager, who win with another probability than the others; and its figures, counted while
/// it was made.
#[derive(Debug, Default)]
pub struct Known {
    pub events: String,
    pub outcomes: String,
    pub all: u64,
    pub won: u64,
    pub leads: u64,
    pub leads_won: u64,
    pub uses_it: u64,
    pub uses_it_won: u64,
    /// The probability with which a plant manager's account wins over that with which any account wins.
    pub true_lift: f64,
}

impl Known {
    pub fn new(seed: u64, accounts: u32) -> Self {
        const USES_IT: f64 = 0.3;
        const WITH: f64 = 0.24;
        const WITHOUT: f64 = 0.06;
        let mut chance = Chance(seed);
        let mut known = Self { true_lift: WITH / (USES_IT * WITH + (1.0 - USES_IT) * WITHOUT), ..Self::default() };
        for number in 0..accounts {
            let uses_it = chance.happens(USES_IT);
            let asks = chance.happens(0.5);
            let won = chance.happens(if uses_it { WITH } else { WITHOUT });
            // Some are won before they ask: then the lead comes too late.
            let won_on = if chance.happens(0.2) { 40 } else { 100 };
            let did = |id: String, day, kind, budget_usd| Did {
                id,
                day,
                kind,
                account: format!("a{number}.example"),
                role: if uses_it { "plant_manager" } else { "analyst" },
                employees: 20 + number,
                offering: Some("crm-suite"),
                budget_usd,
            };
            let _ = writeln!(known.events, "{}", did(format!("i-{number}-0"), number % 30, "attended", None).line());
            if asks {
                let _ = writeln!(known.events, "{}", did(format!("i-{number}-1"), 50 + number % 30, "demo_requested", Some(1_000)).line());
            }
            if won {
                let _ = writeln!(known.outcomes, r#"{{"account":"a{number}.example","outcome":"won","at":"{}"}}"#, day(won_on));
            }
            let lead_in_time = uses_it && asks && !(won && won_on == 40);
            known.all += 1;
            known.won += u64::from(won);
            known.leads += u64::from(lead_in_time);
            known.leads_won += u64::from(lead_in_time && won);
            known.uses_it += u64::from(uses_it);
            known.uses_it_won += u64::from(uses_it && won);
        }
        known
    }
}
