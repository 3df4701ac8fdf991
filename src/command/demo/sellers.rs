//! The sellers of the sample company, each with a habit, and what they enter into the CRM.
//!
//! They hear of leads as people do: from the topics that sales reads. What they do is for the service to judge; this file refuses to know
//! what it will say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::month::{Input, Posting};
use super::view::heard::{FollowUpHeard, LeadHeard};
use crate::contract::Timestamp;
use crate::contract::time::{DAY_MS, MINUTE_MS};
use crate::rulebook::compiled::Calendar;
use crate::rulebook::{Rulebook, Term};

/// What somebody is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// Calls within minutes, agrees on a next step, and keeps it.
    Prompt,
    /// Calls when there is time: hours later.
    Slow,
    /// Does nothing.
    Forgetful,
    /// Takes each lead at once, calls once, and then keeps it for a better month.
    Hoarding,
    /// Calls at once, and enters it into the CRM in the evening.
    Unwritten,
}

/// Who is like what, and how the audience is told.
const HABITS: [(&str, Habit, &str); 7] = [
    ("eva", Habit::Prompt, "calls within minutes"),
    ("diego", Habit::Prompt, "calls within minutes"),
    ("sofia", Habit::Prompt, "calls within minutes; on holiday from the 12th to the 22nd"),
    ("luis", Habit::Slow, "calls when there is time"),
    ("nora", Habit::Forgetful, "forgets"),
    ("pedro", Habit::Hoarding, "calls once, then keeps the lead in the drawer"),
    ("rosa", Habit::Unwritten, "calls at once, and enters it in the evening"),
];

/// What is known of a lead.
struct Known {
    seller: Option<String>,
    /// Since when it is theirs.
    since: Timestamp,
    closed: bool,
}

/// The sellers, with what they will do.
pub struct Sellers {
    calendar: Option<Calendar>,
    leads: BTreeMap<String, Known>,
    /// In the order of time: what is sent, or a time at which something may be due.
    agenda: BTreeMap<(Timestamp, u32), Option<Posting>>,
    count: u32,
    told: BTreeSet<String>,
}

impl Sellers {
    /// Of a company that works by its agreement's first calendar.
    pub fn of(rulebook: &Rulebook) -> Self {
        let calendar = rulebook.calendars.values().next().cloned();
        Self { calendar, leads: BTreeMap::new(), agenda: BTreeMap::new(), count: 0, told: BTreeSet::new() }
    }

    /// Who there is, and what each is like.
    pub fn introduce() -> impl Iterator<Item = (&'static str, &'static str)> {
        HABITS.iter().map(|(name, _, words)| (*name, *words))
    }

    /// The next thing up to `until`: a time, and what is sent then.
    pub fn next(&mut self, until: Timestamp) -> Option<(Timestamp, Option<Posting>)> {
        let entry = self.agenda.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), posting) = entry.remove_entry();
        Some((at, posting))
    }

    /// A lead was handed off.
    pub fn hear_lead(&mut self, lead: &LeadHeard) {
        if lead.lead_version > 1 || !self.told.insert(lead.lead_id.clone()) {
            return;
        }
        let (seller, at) = (lead.assignment.assignee.clone(), lead.clock.handed_off_at);
        self.leads.insert(lead.lead_id.clone(), Known { seller: seller.clone(), since: at, closed: false });
        // When the promise runs out, and when the team's further terms do, something may be told.
        if let Some(respond_by) = lead.promise.respond_by {
            for after in ["0m", "30m", "60m"] {
                self.look_at(self.later(respond_by, after).plus_ms(1));
            }
        }
        if let Some(seller) = seller {
            self.act(&lead.lead_id, &seller, at);
        }
    }

    /// A lead's standing has changed.
    pub fn hear_follow_up(&mut self, event: &FollowUpHeard, now: Timestamp) {
        let Some(known) = self.leads.get_mut(&event.lead_id) else { return };
        known.closed = event.standing == "closed";
        if !event.is("reassigned") {
            return;
        }
        known.seller.clone_from(&event.to);
        known.since = now;
        let closed = known.closed;
        if let (Some(to), false) = (event.to.clone(), closed) {
            self.look_at(self.later(now, "60m").plus_ms(1));
            self.act(&event.lead_id, &to, now);
        }
    }

    /// What a seller will do with a lead that is theirs since then.
    fn act(&mut self, lead: &str, seller: &str, at: Timestamp) {
        let Some((_, habit, _)) = HABITS.iter().find(|(name, ..)| *name == seller) else { return };
        match habit {
            Habit::Prompt => self.works(lead, seller, at),
            Habit::Slow => {
                let (call, again) = (self.later(at, "3h"), self.later(at, "2d"));
                self.does(lead, seller, "contacted", (call, call), json!({}));
                self.does(lead, seller, "contacted", (again, again), json!({}));
                self.agrees(lead, seller, again, "30d");
            }
            Habit::Forgetful => {}
            Habit::Hoarding => {
                let call = self.later(at, "20m");
                self.does(lead, seller, "accepted", (at.plus_ms(3 * MINUTE_MS), at.plus_ms(3 * MINUTE_MS)), json!({}));
                self.does(lead, seller, "contacted", (call, call), json!({}));
                for after in ["2d", "3d"] {
                    self.look_at(self.later(call, after).plus_ms(1));
                }
            }
            Habit::Unwritten => {
                let call = self.later(at, "8m");
                let entered = Self::evening_of(call);
                self.does(lead, seller, "contacted", (call, entered), json!({ "logged_at": entered }));
                let met = self.later(call, "1d");
                self.does(lead, seller, "met", (met, Self::evening_of(met)), json!({ "logged_at": Self::evening_of(met) }));
            }
        }
    }

    /// A call within minutes, a next step that is kept, and an end.
    fn works(&mut self, lead: &str, seller: &str, at: Timestamp) {
        let call = self.later(at, if seller == "diego" { "6m" } else { "18m" });
        let meeting = self.later(call, "2d");
        let end = self.later(meeting, "2d");
        self.does(lead, seller, "contacted", (call, call), json!({}));
        self.agrees(lead, seller, call, "2d");
        self.does(lead, seller, "met", (meeting, meeting), json!({}));
        match self.count % 3 {
            0 => self.does(lead, seller, "lost", (end, end), json!({ "reason": "price" })),
            1 => self.does(lead, seller, "won", (end, end), json!({ "value_usd": 24_000 })),
            _ => self.agrees(lead, seller, meeting, "30d"),
        }
    }

    /// Right after a call somebody agrees on the next step.
    fn agrees(&mut self, lead: &str, seller: &str, call: Timestamp, term: &str) {
        let (at, next_step_at) = (call.plus_ms(MINUTE_MS), self.later(call, term));
        self.does(lead, seller, "next_step_set", (at, at), json!({ "next_step_at": next_step_at }));
    }

    /// Something happens, and is entered into the CRM at the second time.
    fn does(&mut self, lead: &str, seller: &str, kind: &str, (occurred_at, entered_at): (Timestamp, Timestamp), more: Value) {
        self.count += 1;
        let id = format!("a-{:04}", self.count);
        let mut document = json!({
            "activity_id": id, "lead_id": lead, "occurred_at": occurred_at, "kind": kind, "actor": { "kind": "person", "id": seller },
        });
        if ["contacted", "met"].contains(&kind) {
            document["proof"] =
                json!({ "channel": if kind == "met" { "meeting" } else { "phone" }, "ref": format!("r-{:04}", self.count) });
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            document[name] = value.clone();
        }
        let value = document.to_string().into_bytes();
        let posting = Posting { at: entered_at, input: Input::Activities, key: lead.to_owned(), value };
        self.agenda.insert((entered_at, self.count), Some(posting));
    }

    /// Something may be due then.
    fn look_at(&mut self, at: Timestamp) {
        self.count += 1;
        self.agenda.insert((at, self.count), None);
    }

    /// A term later, in working time.
    fn later(&self, at: Timestamp, term: &str) -> Timestamp {
        Term::parse(term).map_or(at, |term| term.after(at, self.calendar.as_ref()))
    }

    /// Half past six in the evening of a day in Mexico City.
    fn evening_of(at: Timestamp) -> Timestamp {
        // There it is half past midnight in UTC.
        let evening = Timestamp::from_ms(at.as_ms().div_euclid(DAY_MS) * DAY_MS + 30 * MINUTE_MS);
        if evening > at { evening } else { evening.plus_ms(DAY_MS) }
    }

    /// Whether an activity is not done after all: nobody calls for a lead that has become somebody else's, or has ended.
    pub fn is_moot(&self, posting: &Posting) -> bool {
        let Ok(document) = serde_json::from_slice::<Value>(&posting.value) else { return false };
        let occurred_at = document["occurred_at"].as_str().and_then(|text| Timestamp::parse(text).ok());
        self.leads.get(&posting.key).is_some_and(|known| {
            let theirs = document["actor"]["id"].as_str() == known.seller.as_deref();
            known.closed || (!theirs && occurred_at >= Some(known.since))
        })
    }
}
