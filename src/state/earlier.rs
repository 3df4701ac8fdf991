//! Accounts as earlier versions wrote them. Version 1: before anything was remembered of what sales does with a lead; one of that time waits
//! for its first touch. Version 2: before a lead had deadlines besides the promise.
//!
//! Read for ever, never written.

use compact_str::CompactString;
use serde::Deserialize;

use crate::contract::decision::Points;
use crate::contract::lead::LeadClock;
use crate::contract::time::DAY_MS;
use crate::contract::{LeadId, Timestamp};
use crate::engine::account::{CompanyFacts, CrmFacts, Declaration, PersonSeen};
use crate::engine::evidence::Evidence;
use crate::engine::lead::{Due, FollowUp, LeadState, LeadStatus, Terms};
use crate::engine::names::{Name, Names};

/// When somebody has to be in touch with a lead that bears no such time.
const TOUCH_WITHIN_MS: i64 = 7 * DAY_MS;

/// A lead of version 1.
#[derive(Deserialize)]
pub(super) struct Lead {
    lead_id: LeadId,
    offering: Name,
    version: u32,
    status: LeadStatus,
    contact: Name,
    clock: LeadClock,
    route: CompactString,
    team: CompactString,
    also_to: Option<CompactString>,
    terms: Terms,
    law: (u32, CompactString, Vec<CompactString>),
    told: u64,
    told_at: Timestamp,
    update_due: Option<Timestamp>,
    fit: Points,
    intent: Points,
}

/// A lead of version 2.
#[derive(Deserialize)]
pub(super) struct FollowedLead {
    lead: Lead,
    follow_up: FollowUpWithoutDeadlines,
}

#[derive(Default, Deserialize)]
struct FollowUpWithoutDeadlines {
    assignee: Option<CompactString>,
    reopened_at: Option<Timestamp>,
    respond_by: Option<Timestamp>,
    kept: Option<bool>,
    first_touch_at: Option<Timestamp>,
    last_touch_at: Option<Timestamp>,
    next_step: Option<(Timestamp, Timestamp)>,
    closed_at: Option<Timestamp>,
    seen: Vec<u64>,
}

/// An account with leads of a version.
#[derive(Deserialize)]
pub(super) struct Account<L> {
    people_names: Names,
    campaigns: Names,
    words: Names,
    company: CompanyFacts,
    crm: Option<CrmFacts>,
    people: Vec<PersonSeen>,
    evidence: Vec<Evidence>,
    declarations: Vec<Declaration>,
    recent: Vec<u64>,
    leads: Vec<L>,
    matched_under: u64,
    forget_at: Option<Timestamp>,
}

impl From<Lead> for LeadState {
    fn from(lead: Lead) -> Self {
        FollowedLead { lead, follow_up: FollowUpWithoutDeadlines::default() }.into()
    }
}

impl From<FollowedLead> for LeadState {
    fn from(FollowedLead { lead, follow_up }: FollowedLead) -> Self {
        let since = follow_up.last_touch_at.or(follow_up.reopened_at).unwrap_or(lead.clock.handed_off_at);
        let touch_by = (lead.status == LeadStatus::Open).then(|| since.plus_ms(TOUCH_WITHIN_MS));
        Self {
            lead_id: lead.lead_id,
            offering: lead.offering,
            version: lead.version,
            status: lead.status,
            contact: lead.contact,
            clock: lead.clock,
            route: lead.route,
            team: lead.team,
            also_to: lead.also_to,
            terms: lead.terms,
            law: lead.law,
            told: lead.told,
            told_at: lead.told_at,
            update_due: lead.update_due,
            fit: lead.fit,
            intent: lead.intent,
            follow_up: FollowUp {
                assignee: follow_up.assignee,
                reopened_at: follow_up.reopened_at,
                answers_from: follow_up.reopened_at,
                respond_by: follow_up.respond_by,
                kept: follow_up.kept,
                first_touch_at: follow_up.first_touch_at,
                last_touch_at: follow_up.last_touch_at,
                next_step: follow_up.next_step,
                closed_at: follow_up.closed_at,
                seen: follow_up.seen,
                due: Due { touch_by, ..Due::default() },
                ..FollowUp::default()
            },
        }
    }
}

impl<L> From<Account<L>> for crate::engine::Account
where
    LeadState: From<L>,
{
    fn from(account: Account<L>) -> Self {
        Self {
            people_names: account.people_names,
            campaigns: account.campaigns,
            words: account.words,
            company: account.company,
            crm: account.crm,
            people: account.people,
            evidence: account.evidence,
            declarations: account.declarations,
            recent: account.recent,
            leads: account.leads.into_iter().map(LeadState::from).collect(),
            matched_under: account.matched_under,
            forget_at: account.forget_at,
        }
    }
}
