//! Open leads as the state knows them, and which of them somebody wants to see.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::contract::follow_up::Standing;
use crate::contract::{LeadId, Timestamp};
use crate::engine::View as _;
use crate::engine::lead::LeadState;
use crate::state::Store;

/// An open lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLead {
    pub lead_id: String,
    pub account_key: String,
    pub offering: String,
    pub team: String,
    /// `None`: the team's queue.
    pub seller: Option<String>,
    pub standing: Standing,
    /// When the response clock began.
    pub since: Timestamp,
    pub respond_by: Option<Timestamp>,
    pub last_touch_at: Option<Timestamp>,
    pub next_step_at: Option<Timestamp>,
    /// When something is due next.
    pub next_due_at: Option<Timestamp>,
}

impl OpenLead {
    fn of(lead: &LeadState, account_key: &str, offering: String) -> Self {
        Self {
            lead_id: lead.lead_id.to_string(),
            account_key: account_key.to_owned(),
            offering,
            team: lead.team.to_string(),
            seller: lead.follow_up.assignee.as_ref().map(ToString::to_string),
            standing: lead.standing(),
            since: lead.waits_since(),
            respond_by: lead.follow_up.respond_by,
            last_touch_at: lead.follow_up.last_touch_at,
            next_step_at: lead.follow_up.next_step.map(|(_, at)| at),
            next_due_at: lead.next_due(),
        }
    }

    /// Whether no person has touched the buyer.
    pub fn is_untouched(&self) -> bool {
        matches!(self.standing, Standing::Assigning | Standing::Waiting | Standing::Overdue)
    }

    /// As programs read it: names that stay, units last.
    pub fn shown(&self, now: Timestamp) -> Shown<'_> {
        let age = |at: Timestamp| now.since_ms(at).max(0) / 1_000;
        Shown {
            lead_id: &self.lead_id,
            account_key: &self.account_key,
            offering: &self.offering,
            team: &self.team,
            seller: self.seller.as_deref(),
            standing: self.standing.as_str(),
            since: self.since,
            respond_by: self.respond_by,
            last_touch_at: self.last_touch_at,
            next_step_at: self.next_step_at,
            next_due_at: self.next_due_at,
            age_seconds: age(self.since),
            untouched_seconds: self.is_untouched().then(|| age(self.since)),
        }
    }
}

/// A lead for programs; what is absent is `null`.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    lead_id: &'a str,
    account_key: &'a str,
    offering: &'a str,
    team: &'a str,
    seller: Option<&'a str>,
    standing: &'static str,
    since: Timestamp,
    respond_by: Option<Timestamp>,
    last_touch_at: Option<Timestamp>,
    next_step_at: Option<Timestamp>,
    next_due_at: Option<Timestamp>,
    age_seconds: i64,
    untouched_seconds: Option<i64>,
}

/// Which leads are wanted; what is not said may be anything.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub team: Option<String>,
    /// `-`: the queue.
    pub seller: Option<String>,
    pub standing: Vec<Standing>,
    pub handed_off_before: Option<Timestamp>,
}

impl Wish {
    fn takes(&self, lead: &OpenLead) -> bool {
        let seller = lead.seller.as_deref().unwrap_or("-");
        self.team.as_ref().is_none_or(|team| *team == lead.team)
            && self.seller.as_ref().is_none_or(|wanted| wanted == seller)
            && (self.standing.is_empty() || self.standing.contains(&lead.standing))
            && self.handed_off_before.is_none_or(|before| lead.since < before)
    }
}

/// The open leads of all partitions.
#[derive(Debug, Default)]
pub struct OpenLeads {
    leads: Vec<OpenLead>,
    /// Closed leads in their cooldown, with how each ended.
    closed: BTreeMap<String, Option<String>>,
    /// The latest record of the log that the slowest partition has folded.
    as_of: Option<Timestamp>,
    /// Partitions that are halted, each in words.
    pub halted: Vec<String>,
    /// Partitions in which nothing was folded yet.
    pub untold: u32,
    /// Teams of the rulebook and of the roster in force, and those that have an open lead still.
    teams: BTreeSet<String>,
}

impl OpenLeads {
    /// A partition's.
    pub fn add(&mut self, store: &Store) {
        match store.position() {
            Some(position) => self.as_of = Some(self.as_of.map_or(position.ingested_at, |at| at.min(position.ingested_at))),
            None => self.untold += 1,
        }
        let law = store.partition().law.iter().flat_map(|law| law.rulebook.teams.keys());
        let roster = store.partition().roster.iter().flat_map(|used| used.roster.teams.keys());
        self.teams.extend(law.map(ToString::to_string).chain(roster.map(ToString::to_string)));
        for key in store.keys() {
            let Some(account) = store.account(key) else { continue };
            for lead in &account.leads {
                let offering = account.words.owned(lead.offering).unwrap_or_default().to_string();
                if lead.is_open() {
                    self.teams.insert(lead.team.to_string());
                    self.leads.push(OpenLead::of(lead, key.as_str(), offering));
                } else {
                    let ended = lead.disposition().map(ToString::to_string);
                    self.closed.insert(lead.lead_id.to_string(), ended);
                }
            }
        }
    }

    /// Of which moment they are.
    pub const fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Those that somebody wants to see: untouched ones first, the longest wait first of all.
    pub fn chosen(&self, wish: &Wish) -> Vec<&OpenLead> {
        let mut chosen: Vec<&OpenLead> = self.leads.iter().filter(|lead| wish.takes(lead)).collect();
        chosen.sort_by(|a, b| (!a.is_untouched(), a.since, &a.lead_id).cmp(&(!b.is_untouched(), b.since, &b.lead_id)));
        chosen
    }

    /// Teams that leads may be with: one without any is not misspelt.
    pub const fn teams(&self) -> &BTreeSet<String> {
        &self.teams
    }

    /// One lead; how it ended, if it has.
    pub fn of(&self, lead: &LeadId) -> Option<Result<&OpenLead, Option<&str>>> {
        let id = lead.as_str();
        let open = self.leads.iter().find(|lead| lead.lead_id == id).map(Ok);
        open.or_else(|| Some(Err(self.closed.get(id)?.as_deref())))
    }

    #[cfg(test)]
    pub fn made(leads: Vec<OpenLead>, as_of: Timestamp) -> Self {
        Self { leads, as_of: Some(as_of), ..Self::default() }
    }
}
