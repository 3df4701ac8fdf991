//! The team's side of an assignment: its partition gives the turns, and serves its queue.
//!
//! **The oldest lead first.** A lead that asks goes into the queue, and then the queue is served: whoever has room gets the oldest lead that
//! may be theirs. So a new lead never overtakes one that waits. Whatever makes room has the queue served again: a lead that leaves its seller,
//! a roster, and the hour, by the log's own time, because the feed of activities may stand still.
//!
//! This file refuses to know what becomes of a lead: its account hears the answer ([`super::assign`]).

use std::sync::Arc;

use compact_str::CompactString;

use super::partition::{Partition, View};
use super::queue::{Queue, Told, Waiting};
use super::rota::{Picked, Rota};
use super::step::{Append, Change, Effect, Moment, Outcome, Step, To};
use crate::contract::assignment::{Answer, AssignRequested, Assigned, LoadChanged, WaitEnded};
use crate::contract::{LeadId, Timestamp};
use crate::rulebook::roster::TeamRoster;

/// The most answers that one record gives.
const MAX_ANSWERS: usize = 1_000;

/// A team is asked for a seller.
pub(super) fn requested(view: &impl View, request: &AssignRequested, at: Moment) -> Step {
    let partition = view.partition();
    let mut step = Step::new(Outcome::Learned);
    let told = if request.queued { Told::NoTeam } else { Told::Nothing };
    let waiting = Waiting {
        request: request.request,
        since: request.since,
        account_key: request.account_key.clone(),
        not_to: request.not_to.clone(),
        told,
    };
    let served = Service::of(partition, &request.team, at).map(|mut service| {
        // Where nobody has room the others need not be looked at: they wait as before.
        let waits = [(request.lead_id.clone(), waiting.clone())];
        if service.has_room() {
            let mut queue = partition.queues.get(&request.team).map(|queue| Queue::clone(queue)).unwrap_or_default();
            queue.put(&request.lead_id, Some(waiting.clone()));
            service.serve(queue.by_age());
        } else {
            service.serve(waits.iter().map(|(lead, waiting)| (lead, waiting)));
        }
        service.finish(&request.team, &mut step)
    });
    match served {
        Some(answered) if answered.contains(&request.lead_id) => {}
        // More are before it than one record can serve: it is answered by one of the next.
        Some(_) => step.changes.push(Change::Waits(request.team.clone(), request.lead_id.clone(), Some(waiting))),
        None => {
            step.effects.extend((!request.queued).then(|| answer(&request.team, &request.lead_id, &waiting, Answer::NoTeam)));
            let waiting = Waiting { told: Told::NoTeam, ..waiting };
            step.changes.push(Change::Waits(request.team.clone(), request.lead_id.clone(), Some(waiting)));
        }
    }
    step
}

/// A team hears that a seller has a lead more, or less: room that becomes free is for the queue.
pub(super) fn load_changed(view: &impl View, change: &LoadChanged, at: Moment) -> Step {
    let partition = view.partition();
    let mut rota = partition.rota(&change.team);
    rota.changed(&change.seller, change.open);
    rota.forget_those_who_left(partition.team(&change.team));
    let mut step = Step::new(Outcome::Learned);
    if !change.open
        && let Some(mut service) = Service::with(partition, &change.team, rota.clone(), at)
    {
        service.serve_all(partition);
        service.finish(&change.team, &mut step);
    } else {
        step.changes.push(kept(&change.team, rota));
    }
    step
}

/// A team hears that a lead no longer waits.
pub(super) fn wait_ended(view: &impl View, ended: &WaitEnded) -> Step {
    let queue = view.partition().queues.get(&ended.team);
    let waits = queue.and_then(|queue| queue.get(&ended.lead_id)).is_some_and(|waiting| waiting.request == ended.request);
    if !waits {
        return Step::ignored(); // it was served, or asked again, meanwhile
    }
    let mut step = Step::new(Outcome::Learned);
    step.changes.push(Change::Waits(ended.team.clone(), ended.lead_id.clone(), None));
    step
}

/// Whether a queue of this partition has somebody to serve.
pub(super) fn has_work(partition: &Partition, at: Moment) -> bool {
    partition
        .queues
        .iter()
        .any(|(team, queue)| Service::of(partition, team, at).is_some_and(|service| queue.has_untold() || service.could_serve(queue)))
}

/// Serves the queues of this partition: a roster or the hour may have made room.
pub(super) fn serve_queues(partition: &Partition, at: Moment, step: &mut Step) {
    for (team, queue) in partition.queues.iter() {
        let Some(mut service) = Service::of(partition, team, at) else { continue };
        if queue.has_untold() || service.could_serve(queue) {
            service.serve_all(partition);
            service.finish(team, step);
        }
    }
}

/// One look at a team's queue.
struct Service<'p> {
    team: &'p TeamRoster,
    name: &'p CompactString,
    rota: Rota,
    before: Rota,
    at: Timestamp,
    /// On duty, with room for one more.
    able: Vec<CompactString>,
    answers: Vec<(LeadId, Waiting, Answer)>,
    /// There is more than one record may do.
    more: bool,
}

impl<'p> Service<'p> {
    /// `None`: the roster has no such team.
    fn of(partition: &'p Partition, team: &CompactString, at: Moment) -> Option<Self> {
        Self::with(partition, team, partition.rota(team), at)
    }

    fn with(partition: &'p Partition, team: &CompactString, rota: Rota, at: Moment) -> Option<Self> {
        let (name, team) = partition.roster.as_ref()?.roster.teams.get_key_value(team)?;
        let able = rota.able(team, at.ingested_at);
        let before = partition.rota(name);
        Some(Self { team, name, rota, before, at: at.ingested_at, able, answers: Vec::new(), more: false })
    }

    fn has_room(&self) -> bool {
        !self.able.is_empty()
    }

    /// Whether a lead may be had by anybody who has room.
    fn may_be_had(&self, waiting: &Waiting) -> bool {
        self.able.iter().any(|seller| waiting.not_to.as_ref() != Some(seller))
    }

    fn could_serve(&self, queue: &Queue) -> bool {
        self.has_room() && queue.by_age().any(|(_, waiting)| self.may_be_had(waiting))
    }

    fn serve_all(&mut self, partition: &Partition) {
        if let Some(queue) = partition.queues.get(self.name).filter(|queue| self.has_room() || queue.has_untold()) {
            self.serve(queue.by_age());
        }
    }

    /// Gives what room there is to the oldest leads. What is not served and was not told so, is told.
    fn serve<'q>(&mut self, by_age: impl Iterator<Item = (&'q LeadId, &'q Waiting)>) {
        for (lead, waiting) in by_age {
            if waiting.told == Told::NoSeller && !self.may_be_had(waiting) {
                continue;
            }
            if self.answers.len() == MAX_ANSWERS {
                self.more = true;
                break;
            }
            let answer = match self.rota.pick(self.team, self.at, waiting.not_to.as_deref()) {
                Picked::Seller(name) => Answer::Seller(name),
                Picked::AllAway(opens_at) => Answer::AllAway { opens_at },
                Picked::AllFull => Answer::AllFull,
            };
            if matches!(answer, Answer::Seller(_)) {
                self.able = self.rota.able(self.team, self.at);
            }
            self.answers.push((lead.clone(), waiting.clone(), answer));
        }
    }

    /// Writes down what was given and what was told; the leads that have their answer.
    fn finish(self, team: &CompactString, step: &mut Step) -> Vec<LeadId> {
        if self.rota != self.before {
            step.changes.push(kept(team, self.rota));
        }
        if self.more {
            step.effects.push(Effect::Append(To::Own, Append::Continue));
        }
        let mut answered = Vec::with_capacity(self.answers.len());
        for (lead, waiting, given) in self.answers {
            step.effects.push(answer(team, &lead, &waiting, given.clone()));
            let still = (!matches!(given, Answer::Seller(_))).then(|| Waiting { told: Told::NoSeller, ..waiting });
            step.changes.push(Change::Waits(team.clone(), lead.clone(), still));
            answered.push(lead);
        }
        answered
    }
}

fn answer(team: &CompactString, lead: &LeadId, waiting: &Waiting, answer: Answer) -> Effect {
    let assigned = Assigned { request: waiting.request, lead_id: lead.clone(), team: team.clone(), answer };
    Effect::Append(To::Key(waiting.account_key.clone()), Append::Assigned(assigned))
}

/// A team's turns as they are kept.
pub(super) fn kept(team: &CompactString, rota: Rota) -> Change {
    Change::Team(team.clone(), (!rota.is_empty()).then(|| Arc::new(rota)))
}
