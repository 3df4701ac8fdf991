//! Decide's outputs: what follows from a record is written, in order, with headers that say what it follows from.

use super::super::facts::FollowUpFact;
use super::Decide;
use crate::contract::headers::{CE_ID, CE_SOURCE, CE_TYPE};
use crate::contract::log;
use crate::contract::murmur2::partition_of_key;
use crate::contract::outgoing::{DECISION, LEAD_QUALIFIED, LEAD_UPDATED, OWNER_SIGNALLED, OutgoingHeaders};
use crate::contract::{decision::DecisionMade, lead::Lead};
use crate::engine::{Append, Effect, LeadEvent, Moment, To};
use crate::kafka::record::Outgoing;
use crate::kafka::{Error, Transaction};

/// The most headers of an output.
const MAX_HEADERS: usize = 8;

/// Where outputs come from.
pub(super) struct Origin<'a> {
    pub cause: &'a str,
    pub partition: i32,
    pub at: Moment,
    pub traceparent: Option<&'a str>,
}

impl Decide {
    /// Writes everything that follows from a record, in order.
    pub(super) fn perform(&mut self, effects: Vec<Effect>, origin: &Origin<'_>, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        for (index, effect) in effects.into_iter().enumerate() {
            match effect {
                Effect::Decision(decision) => self.decision(&decision, index, origin, transaction)?,
                Effect::Lead { event, lead, also_to } => self.lead(event, &lead, also_to.as_deref(), index, origin, transaction)?,
                Effect::OwnerSignalled(signal) => {
                    self.buffer.clear();
                    encode(&mut self.buffer, &*signal);
                    let topic = &self.setup.topics.follow_up;
                    self.output(topic, OWNER_SIGNALLED, signal.account_key.as_str(), index, origin, transaction)?;
                }
                Effect::FollowedUp(followed_up) => {
                    self.due.extend(followed_up.what.is_deadline().then_some(followed_up.occurred_at));
                    self.facts.follow_ups.push(FollowUpFact::of(&followed_up));
                    self.buffer.clear();
                    encode(&mut self.buffer, &*followed_up);
                    let (topic, event) = (&self.setup.topics.follow_up, followed_up.what.event());
                    self.output(topic, event, followed_up.account_key.as_str(), index, origin, transaction)?;
                }
                Effect::Append(to, append) => self.append(&to, &append, index, origin, transaction)?,
                Effect::PolicyRefused { revision, digest, code, message } => {
                    let revision = revision.map_or_else(String::new, |revision| format!("revision {revision}: "));
                    self.refused.push((digest, code, format!("{revision}{message}")));
                }
            }
        }
        Ok(())
    }

    fn decision(
        &mut self,
        decision: &DecisionMade,
        index: usize,
        origin: &Origin<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Error> {
        *self.facts.decisions.entry((decision.decision, decision.reason)).or_default() += 1;
        self.buffer.clear();
        encode(&mut self.buffer, decision);
        self.output(&self.setup.topics.decisions, DECISION, decision.account_key.as_str(), index, origin, transaction)
    }

    fn lead(
        &mut self,
        event: LeadEvent,
        lead: &Lead,
        also_to: Option<&str>,
        index: usize,
        origin: &Origin<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Error> {
        let name = match event {
            LeadEvent::Qualified => {
                *self.facts.leads.entry((lead.assignment.team.clone(), lead.assignment.route.clone())).or_default() += 1;
                let clock = &lead.clock;
                self.facts.source_delays_ms.push(clock.ingested_at.since_ms(clock.occurred_at));
                self.facts.own_delays_ms.push(clock.handed_off_at.since_ms(clock.ingested_at));
                LEAD_QUALIFIED
            }
            LeadEvent::Updated => LEAD_UPDATED,
        };
        self.buffer.clear();
        encode(&mut self.buffer, lead);
        self.output(&self.setup.topics.leads, name, lead.account.key.as_str(), index, origin, transaction)?;
        if let Some(copy) = also_to {
            match self.setup.copies.may_go_to(copy) {
                Ok(()) => self.output(copy, name, lead.account.key.as_str(), index, origin, transaction)?,
                // A lead is never lost to a name, nor to a topic that is not there: it is on the main topic.
                Err(why) => *self.facts.copies_left_out.entry(why).or_default() += 1,
            }
        }
        Ok(())
    }

    /// Writes the buffer as an output.
    fn output(
        &self,
        topic: &str,
        event: &'static str,
        key: &str,
        index: usize,
        origin: &Origin<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Error> {
        let cloud_event =
            OutgoingHeaders::new(event, &self.setup.application, origin.cause, index, origin.at.ingested_at, origin.traceparent);
        let mut headers: [(&str, Option<&[u8]>); MAX_HEADERS] = [("", None); MAX_HEADERS];
        let mut count = 0;
        for ((name, value), slot) in cloud_event.each().zip(&mut headers) {
            *slot = (name, Some(value));
            count += 1;
        }
        transaction.write(&Outgoing {
            topic,
            partition: None,
            timestamp: Some(origin.at.wall),
            key: Some(key.as_bytes()),
            value: Some(&self.buffer),
            headers: &headers[..count],
        })
    }

    fn append(&self, to: &To, append: &Append, index: usize, origin: &Origin<'_>, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let (event, value) = match append {
            Append::PolicyInForce(law) => (log::POLICY_IN_FORCE, serde_json::to_vec(law).expect("a law is plain data")),
            Append::RosterInForce(roster) => (log::ROSTER_IN_FORCE, serde_json::to_vec(roster).expect("a roster is plain data")),
            Append::AssignRequested(request) => (log::ASSIGN_REQUESTED, serde_json::to_vec(request).expect("a request is plain data")),
            Append::Assigned(answer) => (log::ASSIGNED, serde_json::to_vec(answer).expect("an answer is plain data")),
            Append::LoadChanged(change) => (log::LOAD_CHANGED, serde_json::to_vec(change).expect("a load is plain data")),
            Append::WaitEnded(ended) => (log::WAIT_ENDED, serde_json::to_vec(ended).expect("an end is plain data")),
            Append::SiblingLead(told) => (log::SIBLING_LEAD, serde_json::to_vec(told).expect("a sibling is plain data")),
            Append::Continue => (log::CONTINUE, b"{}".to_vec()),
        };
        debug_assert!(log::OF_DECIDE.contains(&event), "{event} is not among the records of Decide");
        let one = |partition: i32| partition..partition + 1;
        let (key, partitions) = match to {
            To::All => (event, 0..self.setup.partitions as i32),
            To::One(index) => (event, one(*index as i32)),
            To::Own => (event, one(origin.partition)),
            To::Key(key) => (key.as_str(), one(partition_of_key(key.as_str().as_bytes(), self.setup.partitions) as i32)),
        };
        let id = format!("{}.{index}", origin.cause);
        for partition in partitions {
            transaction.write(&Outgoing {
                topic: &self.setup.topics.log,
                partition: Some(partition),
                timestamp: Some(origin.at.wall),
                key: Some(key.as_bytes()),
                value: Some(&value),
                headers: &[
                    (CE_TYPE, Some(event.as_bytes())),
                    (CE_SOURCE, Some(self.setup.application.as_bytes())),
                    (CE_ID, Some(id.as_bytes())),
                ],
            })?;
        }
        Ok(())
    }
}

fn encode<T: serde::Serialize>(buffer: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(buffer, value).expect("outputs are plain data, and a buffer takes them");
}
