//! A lead that was handed off, and what sales and time do with it.

use std::collections::BTreeMap;

use relevo::contract::activity::Activity;
use relevo::contract::follow_up::{FollowedUp, Standing};
use relevo::contract::log::{Record, Watermark};
use relevo::contract::{AccountKey, LeadId, Timestamp};
use relevo::engine::lead::LeadState;
use relevo::engine::{Effect, Step};

use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions};

pub const MINUTE_MS: i64 = 60_000;

/// A rulebook with agreed reasons, a cooldown, and a promise: half an hour of working time. [`START`] is a Sunday.
pub fn rules() -> String {
    let team = "  mid: { calendar: office, respond_within: 30m, cooldown: { rejected: 30d } }";
    let office = "calendars:\n  office: { time_zone: UTC, hours: { sun-thu: [\"00:00-08:00\"] } }\n";
    PLAIN.replace("  mid: {}", team) + "rejection_reasons: [no_budget]\n" + office
}

/// A world with one lead, handed off at [`START`].
pub struct Sold {
    pub world: World,
    pub lead: LeadId,
    pub now: Timestamp,
    pub count: u32,
}

impl Sold {
    pub fn new() -> Self {
        Self::under(&rules())
    }

    pub fn under(rules: &str) -> Self {
        Self::in_world(World::under(rules))
    }

    fn in_world(mut world: World) -> Self {
        let effects = world.does(&Did::new("i-1", START.plus_ms(-MINUTE_MS), "demo_requested").buying(), START);
        let lead = decisions(&effects)[0].lead_id.clone().expect("a lead");
        Self { world, lead, now: START, count: 0 }
    }

    /// Sales does something, a minute after the last thing; `more` are further fields, with their comma.
    pub fn does(&mut self, kind: &str, actor: &str, more: &str) -> Step {
        self.now = self.now.plus_ms(MINUTE_MS);
        self.count += 1;
        self.logs(&format!("a-{}", self.count), kind, actor, self.now, more)
    }

    pub fn logs(&mut self, id: &str, kind: &str, actor: &str, occurred_at: Timestamp, more: &str) -> Step {
        let lead = self.lead.clone();
        let json = format!(
            r#"{{"activity_id":"{id}","lead_id":"{lead}","occurred_at":"{occurred_at}","kind":"{kind}","actor":{{"kind":"{actor}","id":"eva"}}{more}}}"#
        );
        let activity = Activity::parse(json.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {json}"));
        self.world.fold(lead.as_str(), Record::Activity(Box::new(activity)), self.now)
    }

    pub fn touched(&mut self) -> Step {
        self.does("contacted", "person", PROOF)
    }

    pub fn state(&self) -> LeadState {
        let account = self.world.store.account(&AccountKey::from_trusted("acme.example")).expect("the account is there");
        account.leads.into_iter().find(|lead| lead.lead_id == self.lead).expect("the lead is there")
    }

    /// Lets time pass.
    pub fn waits_until(&mut self, at: Timestamp) -> Step {
        self.now = at;
        let watermark = Watermark { as_of: BTreeMap::from([("none".into(), at)]), sources: 1 };
        self.world.fold("watermark", Record::Watermark(watermark), at)
    }

    pub fn at(standing: Standing) -> Self {
        if standing == Standing::Assigning {
            let mut world = World::under(&rules());
            world.rostered("  mid: { sellers: { eva: {}, luis: {} } }\n");
            return Self::in_world(world);
        }
        let mut sold = Self::new();
        match standing {
            Standing::Assigning | Standing::Waiting => {}
            Standing::Overdue => drop(sold.waits_until(START.plus_ms(31 * MINUTE_MS))),
            Standing::Working => drop(sold.touched()),
            Standing::Scheduled => {
                sold.touched();
                let later = sold.now.plus_ms(DAY_MS);
                sold.does("next_step_set", "person", &format!(r#","next_step_at":"{later}""#));
            }
            Standing::Silent => {
                sold.touched();
                let silent = sold.now.plus_ms(10 * DAY_MS);
                sold.waits_until(silent);
            }
            Standing::Closed => drop(sold.does("lost", "person", r#","reason":"price""#)),
        }
        assert_eq!(sold.state().standing(), standing);
        sold
    }
}

pub const PROOF: &str = r#","proof":{"channel":"phone","ref":"call-7"}"#;

pub fn outcome(step: &Step) -> &'static str {
    step.outcome.as_str()
}

pub fn told(step: &Step) -> Vec<&FollowedUp> {
    step.effects.iter().filter_map(|effect| if let Effect::FollowedUp(event) = effect { Some(event.as_ref()) } else { None }).collect()
}
