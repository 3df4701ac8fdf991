//! From a record of the service's topics to something that can be told, and back into the order in which it happened.
//!
//! Topics and partitions come in any order; a moment's patience puts what they say in the order of the month.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::month::campaigns::campaign_name;
use super::sellers::Sellers;
use super::view::agreement::Agreement;
use super::view::heard::{DeadLetterHeard, DecisionHeard, FollowUpHeard, LeadHeard, OwnerHeard};
use super::view::moments;
use super::view::tally::Tally;
use crate::command::terminal::Paint;
use crate::config::settings::Topics;
use crate::contract::headers::{CE_TYPE, Headers as _};
use crate::contract::log::{ACCOUNT, ACTIVITY, ASSIGN_REQUESTED, ASSIGNED};
use crate::contract::outgoing::OWNER_SIGNALLED;
use crate::contract::{Decision, Timestamp};
use crate::kafka::Incoming;

/// How long what was heard waits for what happened before it.
const PATIENCE: Duration = Duration::from_millis(150);

/// Something that the service said.
#[derive(Debug)]
enum Heard {
    Decision(DecisionHeard),
    Lead(LeadHeard),
    Owner(OwnerHeard),
    FollowUp(Box<FollowUpHeard>),
    DeadLetter(DeadLetterHeard),
}

impl Heard {
    /// When it happened; of things of the same time a decision before the lead that it made.
    fn order(&self) -> (Timestamp, u8) {
        match self {
            Self::Decision(heard) => (heard.occurred_at, 0),
            Self::Lead(heard) => (heard.clock.occurred_at, 1),
            Self::Owner(heard) => (heard.occurred_at, 2),
            Self::DeadLetter(heard) => (heard.at, 3),
            Self::FollowUp(heard) => (heard.occurred_at, 4),
        }
    }
}

/// What was heard and not told yet.
#[derive(Debug, Default)]
pub struct Ear {
    waiting: Vec<Heard>,
    since: Option<Instant>,
    /// Decisions and dead letters, told or not.
    pub answers: usize,
    /// Decisions that made a lead, told or not.
    pub qualified: usize,
    /// Leads handed off, told or not.
    pub leads: usize,
    /// Facts from the CRM that are on the log.
    pub facts: u32,
    /// Activities of sales that are on the log.
    pub activities: u32,
    /// Leads that wait for their team's answer.
    pub asking: i64,
}

impl Ear {
    /// Takes a record in.
    ///
    /// # Errors
    /// An output that is not what the contract says.
    pub fn take(&mut self, record: &Incoming<'_>, topics: &Topics) -> anyhow::Result<()> {
        let Some(heard) = self.understand(record, topics)? else { return Ok(()) };
        self.since.get_or_insert_with(Instant::now);
        self.waiting.push(heard);
        Ok(())
    }

    fn understand(&mut self, record: &Incoming<'_>, topics: &Topics) -> anyhow::Result<Option<Heard>> {
        let (topic, value) = (record.topic(), record.value().unwrap_or_default());
        let is = |name: &str| record.value_of(CE_TYPE) == Some(name.as_bytes());
        let unreadable = || format!("an output can't be read: {topic}-{}-{}", record.partition(), record.offset());
        if topic == topics.decisions {
            let heard: DecisionHeard = serde_json::from_slice(value).with_context(unreadable)?;
            self.answers += 1;
            self.qualified += usize::from(heard.decision == Decision::Qualified);
            Ok(Some(Heard::Decision(heard)))
        } else if topic == topics.leads {
            let heard: LeadHeard = serde_json::from_slice(value).with_context(unreadable)?;
            self.leads += usize::from(heard.lead_version == 1);
            Ok(Some(Heard::Lead(heard)))
        } else if topic == topics.follow_up && is(OWNER_SIGNALLED) {
            Ok(Some(Heard::Owner(serde_json::from_slice(value).with_context(unreadable)?)))
        } else if topic == topics.follow_up {
            let mut heard: FollowUpHeard = serde_json::from_slice(value).with_context(unreadable)?;
            let event = record.value_of(CE_TYPE).map(|event| String::from_utf8_lossy(event).into_owned()).unwrap_or_default();
            heard.event = event.trim_start_matches("relevo.lead.").trim_end_matches(".v1").to_owned();
            Ok(Some(Heard::FollowUp(Box::new(heard))))
        } else if topic == topics.dead_letters {
            self.answers += 1;
            Ok(Some(Heard::DeadLetter(DeadLetterHeard::read(record, record.timestamp()))))
        } else {
            if topic == topics.intake {
                self.facts += u32::from(is(ACCOUNT));
                self.activities += u32::from(is(ACTIVITY));
                self.asking += i64::from(is(ASSIGN_REQUESTED)) - i64::from(is(ASSIGNED));
            }
            Ok(None)
        }
    }

    /// Whether something has waited long enough.
    pub fn is_due(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= PATIENCE)
    }

    /// Counts everything that waits, in the order in which it happened, and says what is worth telling of it.
    /// The sellers hear of it too, and may act from `now` on.
    pub fn tell(
        &mut self,
        tally: &mut Tally,
        (agreement, sellers): (&Agreement, &mut Sellers),
        now: Timestamp,
        paint: Paint,
    ) -> Vec<String> {
        self.since = None;
        self.waiting.sort_by_key(Heard::order);
        let hear = |heard: Heard| {
            match &heard {
                Heard::Lead(lead) => sellers.hear_lead(lead),
                Heard::FollowUp(event) => sellers.hear_follow_up(event, now),
                _ => {}
            }
            tell(heard, tally, agreement, paint)
        };
        self.waiting.drain(..).flat_map(hear).collect()
    }
}

fn tell(heard: Heard, tally: &mut Tally, agreement: &Agreement, paint: Paint) -> Vec<String> {
    match heard {
        Heard::Decision(decision) => {
            tally.decision(&decision);
            let number = decision.lead_id.as_deref().and_then(|id| tally.number(id));
            moments::decision(&decision, number, paint).unwrap_or_default()
        }
        Heard::Lead(lead) => {
            let number = tally.lead(&lead);
            let campaign = lead.evidence.last().map_or("", |evidence| campaign_name(&evidence.campaign_id));
            if lead.lead_version == 1 { moments::lead(&lead, number, campaign, agreement, paint) } else { Vec::new() }
        }
        Heard::Owner(signal) => moments::owner(&signal, paint),
        Heard::FollowUp(event) => {
            tally.response.follow_up(&event);
            tally.number(&event.lead_id).and_then(|number| moments::follow_up(&event, number, paint)).unwrap_or_default()
        }
        Heard::DeadLetter(letter) => {
            let lines = moments::dead_letter(&letter, paint);
            tally.dead_letters.push(letter);
            lines
        }
    }
}
