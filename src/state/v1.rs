//! Accounts as version 1 wrote them: before anything was remembered of what sales does with a lead.
//!
//! Read for ever, never written. A lead of that time waits for its first touch.

use compact_str::CompactString;
use serde::Deserialize;

use crate::contract::decision::Points;
use crate::contract::lead::LeadClock;
use crate::contract::{LeadId, Timestamp};
use crate::engine::account::{CompanyFacts, CrmFacts, Declaration, FollowUp, LeadState, LeadStatus, PersonSeen, Terms};
use crate::engine::evidence::Evidence;
use crate::engine::names::{Name, Names};

#[derive(Deserialize)]
struct Lead {
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

#[derive(Deserialize)]
pub(super) struct Account {
    people_names: Names,
    campaigns: Names,
    words: Names,
    company: CompanyFacts,
    crm: Option<CrmFacts>,
    people: Vec<PersonSeen>,
    evidence: Vec<Evidence>,
    declarations: Vec<Declaration>,
    recent: Vec<u64>,
    leads: Vec<Lead>,
    matched_under: u64,
    forget_at: Option<Timestamp>,
}

impl From<Lead> for LeadState {
    fn from(lead: Lead) -> Self {
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
            follow_up: FollowUp::default(),
        }
    }
}

impl From<Account> for crate::engine::Account {
    fn from(account: Account) -> Self {
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
