//! The hand-off: from a verdict to the record that a seller acts on, and what a seller is told later.
//!
//! A lead keeps its route, team, promise and law (FU-5); what it says about people, need and reasons is as of each record. An update
//! goes out when something that a seller wants to know has changed, at most one an hour; the rest is held back by a deadline.

use std::fmt::Write as _;

use compact_str::CompactString;

use super::account::Account;
use super::asked::Setting;
use super::assign::{self, Around, Way};
use super::evidence::Evidence;
use super::lead::{AskedFor, AssignedBy, FollowUp, LeadState, LeadStatus, Terms};
use super::names::Name;
use super::partition::Law;
use super::qualify::{disqualifier, match_anew, setting};
use super::scoring::Verdict;
use super::step::{Change, Effect, Entry, LeadEvent, Moment};
use crate::contract::decision::Gates;
use crate::contract::interaction::Amount;
use crate::contract::lead::{
    Assignment, Because, Contact, GroupMember, Lead, LeadAccount, LeadClock, LeadEvidence, Need, SignedRulebook, Why,
};
use crate::contract::time::HOUR_MS;
use crate::contract::{AccountKey, Class, LeadId, Timestamp};
use crate::rulebook::compiled::{Route, Team};
use crate::rulebook::{AgreedTerms, Rulebook, Term};

/// The least time between two updates of a lead.
const UPDATE_EVERY_MS: i64 = HOUR_MS;

/// The interaction that opens a lead.
pub(super) struct Opening<'a> {
    pub offering: &'a str,
    pub event_source: &'a str,
    pub interaction_id: &'a str,
    pub person: Name,
    pub occurred_at: Timestamp,
    pub route: RouteTaken,
}

/// A route that matched, with its team's terms.
pub(super) struct RouteTaken {
    id: CompactString,
    team: CompactString,
    also_to: Option<CompactString>,
    terms: Terms,
}

/// What a record of a lead shows of the rules' answers at its time.
pub(super) struct Shown<'a> {
    /// What the rulebook says now; `None`: no evidence is left to ask about.
    pub verdict: Option<&'a Verdict>,
    /// A disqualifier that holds now.
    pub disqualifier: Option<CompactString>,
}

/// The first route that matches; the compiler sees to it that the last always does.
pub(super) fn route(setting: Setting<'_>, evidence: &Evidence) -> RouteTaken {
    let subject = setting.decision(evidence);
    let rulebook = setting.rulebook;
    let matches = |route: &&Route| route.when.as_ref().is_none_or(|when| when.truth(&subject).holds());
    let taken = rulebook.routes.iter().find(matches).expect("a compiled rulebook's last route has no condition");
    RouteTaken {
        id: taken.id.clone(),
        team: taken.team.clone(),
        also_to: taken.also_to.clone(),
        terms: rulebook.teams.get(&taken.team).map(terms).unwrap_or_default(),
    }
}

fn terms(team: &Team) -> Terms {
    let words = |term: &Term| term.words().clone();
    Terms {
        respond_within: team.respond_within.as_ref().map(words),
        touch_every: team.touch_every.as_ref().map(words),
        calendar: team.calendar.clone(),
        escalate_to: team.escalate_to.clone(),
    }
}

/// Leads of one offering that an account has at most, the open one included: those before it have ended, and may still be corrected.
const MAX_ENDED: usize = 3;

/// Opens a lead, and hands it off or asks its team who gets it; with the terms that the partition has to keep for it.
pub(super) fn open(account: &mut Account, opening: Opening<'_>, verdict: &Verdict, law: &Law, around: Around<'_>) -> (Vec<Effect>, Change) {
    let (partition, entry, at) = around;
    let Opening { offering, event_source, interaction_id, person, occurred_at, route } = opening;
    let offering_name = account.words.intern(offering);
    // A closed lead for the offering has outlived its cooldown, or there were no new one; what comes late may still correct its end.
    account.drop_leads(|lead| lead.offering == offering_name && lead.forgotten_at() <= Some(at.ingested_at));
    let of_the_offering = |lead: &LeadState| lead.offering == offering_name;
    while account.leads.iter().filter(|lead| of_the_offering(lead)).count() >= MAX_ENDED {
        let oldest = account.leads.iter().find(|lead| of_the_offering(lead)).expect("they were counted").lead_id.clone();
        account.drop_leads(|lead| lead.lead_id == oldest);
    }
    let terms = AgreedTerms::of(&law.rulebook, &route.team);
    let way = assign::way(partition, account, &route.team, at);
    account.leads.push(LeadState {
        lead_id: LeadId::new(&entry.key, offering, event_source, interaction_id),
        offering: offering_name,
        version: 0,
        status: LeadStatus::Open,
        contact: person,
        clock: LeadClock { occurred_at, ingested_at: at.ingested_at, handed_off_at: at.ingested_at },
        route: route.id,
        team: route.team,
        also_to: route.also_to,
        terms: route.terms,
        law: (law.rulebook.revision, law.rulebook.digest.clone(), law.record.signed_by.clone()),
        told: 0,
        told_at: at.ingested_at,
        tells_refusal: false,
        update_due: None,
        told_siblings: false,
        expires_at: at.ingested_at,
        fit: verdict.fit.points,
        intent: verdict.intent.points,
        follow_up: FollowUp { terms: terms.digest(), ..FollowUp::default() },
    });
    let place = account.leads.len() - 1;
    let shown = Shown { verdict: Some(verdict), disqualifier: None };
    let effects = match way {
        Way::Ask => assign::ask(&mut account.leads[place], &entry.key, AskedFor::HandOff, at).into_iter().collect(),
        Way::Owner(owner, cap) => vec![hand_off(account, place, (Some(owner), AssignedBy::Owner(cap)), &terms, &shown, (entry, law, at))],
        Way::Queue(by) => vec![hand_off(account, place, (None, by), &terms, &shown, (entry, law, at))],
    };
    (effects, Change::terms(terms))
}

/// Hands a lead off: the response clock and the promise begin.
fn hand_off(
    account: &mut Account,
    place: usize,
    (assignee, by): (Option<CompactString>, AssignedBy),
    terms: &AgreedTerms,
    shown: &Shown<'_>,
    (entry, law, at): (&Entry<'_>, &Law, Moment),
) -> Effect {
    let handed_off_at = at.wall.max(at.ingested_at);
    let lead = &mut account.leads[place];
    lead.version = 1;
    lead.clock.handed_off_at = handed_off_at;
    lead.told_at = at.ingested_at;
    lead.lives_on(handed_off_at, terms);
    // While nobody is on duty nobody can keep a promise.
    let begins_at = match by {
        AssignedBy::AllAway(Some(opens_at)) => opens_at.max(handed_off_at),
        _ => handed_off_at,
    };
    let FollowUp { requests, counted, .. } = std::mem::take(&mut lead.follow_up);
    let begun = FollowUp::begun(terms, begins_at);
    lead.follow_up = FollowUp { assignee, assigned_by: by, assigned_at: handed_off_at, requests, counted, ..begun };
    account.leads[place].told = fingerprint(account, place, shown, &law.rulebook, at.ingested_at);
    account.leads[place].tells_refusal = account.refuses(place);
    send(account, place, LeadEvent::Qualified, shown, entry, law, at)
}

/// Hands off a lead whose team has answered, or not in time: what it shows is as of now.
pub(super) fn hand_over(
    account: &mut Account,
    place: usize,
    key: &AccountKey,
    to: (Option<CompactString>, AssignedBy),
    (partition, entry, at): Around<'_>,
) -> Option<Effect> {
    let law = partition.law.as_ref()?; // who has a lead has a law
    let entry = Entry { key: key.clone(), ..entry.clone() };
    let terms = partition.terms_of(&account.leads[place]);
    match_anew(account, &law.rulebook, key.domain(), at.ingested_at);
    let (verdict, disqualifier) = as_of_now(account, place, key, law, at);
    let shown = Shown { verdict: verdict.as_ref(), disqualifier };
    Some(hand_off(account, place, to, &terms, &shown, (&entry, law, at)))
}

/// What the rules say of a lead now, by its latest evidence.
pub(super) fn as_of_now(
    account: &Account,
    place: usize,
    key: &AccountKey,
    law: &Law,
    at: Moment,
) -> (Option<Verdict>, Option<CompactString>) {
    let offering = account.words.owned(account.leads[place].offering);
    let evidence = account.evidence.iter().rev().find(|kept| kept.offering == account.leads[place].offering).cloned();
    let asked = setting(&law.rulebook, account, key.domain(), offering.as_deref(), at.ingested_at);
    let verdict = evidence.as_ref().map(|evidence| Verdict::of(asked, evidence, at.ingested_at));
    let disqualifier = evidence.as_ref().and_then(|evidence| disqualifier(asked, evidence));
    (verdict, disqualifier)
}

/// Sends an update if something has changed that a seller wants to know: now, or when an hour has passed since the
/// last record. That the contact refuses to be contacted waits for no hour.
pub(super) fn refresh(account: &mut Account, place: usize, shown: &Shown<'_>, entry: &Entry<'_>, law: &Law, at: Moment) -> Option<Effect> {
    if account.leads[place].version == 0 {
        return None; // nobody was told of it yet
    }
    let told = fingerprint(account, place, shown, &law.rulebook, at.ingested_at);
    let refuses = account.refuses(place);
    let lead = &mut account.leads[place];
    if told == lead.told {
        lead.update_due = None;
        return None;
    }
    let due = lead.told_at.plus_ms(UPDATE_EVERY_MS);
    if at.ingested_at < due && (lead.tells_refusal || !refuses) {
        lead.update_due = Some(due);
        return None;
    }
    lead.told = told;
    lead.told_at = at.ingested_at;
    lead.tells_refusal = refuses;
    lead.update_due = None;
    lead.version += 1;
    if let Some(verdict) = shown.verdict {
        (lead.fit, lead.intent) = (verdict.fit.points, verdict.intent.points);
    }
    Some(send(account, place, LeadEvent::Updated, shown, entry, law, at))
}

/// Tells the sellers of open leads at once whose contact refuses to be contacted, where they do not know it yet.
pub(super) fn tell_refusals(account: &mut Account, entry: &Entry<'_>, law: &Law, at: Moment) -> Vec<Effect> {
    tell_refusals_of(account, LeadState::is_open, entry, law, at)
}

/// The same of every lead that `concerns` says yes to, also of one that has ended.
pub(super) fn tell_refusals_of(
    account: &mut Account,
    concerns: impl Fn(&LeadState) -> bool,
    entry: &Entry<'_>,
    law: &Law,
    at: Moment,
) -> Vec<Effect> {
    let news = |account: &Account, place: usize| {
        let lead = &account.leads[place];
        concerns(lead) && lead.version > 0 && !lead.tells_refusal && account.refuses(place)
    };
    let places: Vec<usize> = (0..account.leads.len()).filter(|place| news(account, *place)).collect();
    if places.is_empty() {
        return Vec::new();
    }
    match_anew(account, &law.rulebook, entry.key.domain(), at.ingested_at);
    let mut effects = Vec::with_capacity(places.len());
    for place in places {
        let (verdict, disqualifier) = as_of_now(account, place, &entry.key, law, at);
        let shown = Shown { verdict: verdict.as_ref(), disqualifier };
        effects.extend(refresh(account, place, &shown, entry, law, at));
    }
    effects
}

impl LeadState {
    /// What has changed is told with the next look, however soon after the last record.
    pub(super) fn tells_at_once(&mut self, now: Timestamp) {
        self.told_at = self.told_at.min(now.plus_ms(-UPDATE_EVERY_MS));
    }
}

fn send(account: &Account, place: usize, event: LeadEvent, shown: &Shown<'_>, entry: &Entry<'_>, law: &Law, at: Moment) -> Effect {
    let lead = Box::new(record(account, place, shown, entry, law, at));
    Effect::Lead { event, lead, also_to: account.leads[place].also_to.clone() }
}

/// Interactions that count for a lead: unexpired, of class weak or above, and not served by the one before it.
fn behind<'a>(account: &'a Account, lead: &LeadState, rulebook: &Rulebook, now: Timestamp) -> impl Iterator<Item = &'a Evidence> {
    let (offering, horizon) = (lead.offering, now.plus_ms(-rulebook.forget_after_ms));
    let served = account.served_before(lead);
    let counts = move |kept: &&Evidence| {
        let weighs = kept.offering == offering && kept.class >= Class::Weak && kept.at >= horizon;
        weighs && served.is_none_or(|served| kept.at > served)
    };
    account.evidence.iter().filter(counts)
}

/// A hash of everything that a seller wants to know: who, what they need, what they did; not the points, which decay by themselves.
fn fingerprint(account: &Account, place: usize, shown: &Shown<'_>, rulebook: &Rulebook, now: Timestamp) -> u64 {
    let lead = &account.leads[place];
    let mut text = String::with_capacity(512);
    let mut add = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    behind(account, lead, rulebook, now).for_each(|kept| add(&kept.interaction_id));
    let need = need(account, lead);
    add(need.authority.as_deref().unwrap_or_default());
    add(&need.budget_usd.map_or_else(String::new, |budget| budget.0.to_string()));
    add(&need.buy_by.map_or_else(String::new, |date| date.to_string()));
    add(need.comment.as_deref().unwrap_or_default());
    let contact = contact(account, lead);
    for part in [contact.name, contact.email, contact.phone, contact.role] {
        add(part.as_deref().unwrap_or_default());
    }
    add(contact.consent.map_or("", |consent| if consent { "yes" } else { "no" }));
    let mut group: Vec<_> = account.people.iter().map(|person| (account.people_names.get(person.id), person.role.as_ref())).collect();
    group.sort_by_key(|(id, _)| *id);
    for (id, role) in group {
        add(id.unwrap_or_default());
        add(role.map_or("", |role| role.value.as_str()));
    }
    if let Some(crm) = &account.crm {
        add(&crm.id);
        add(crm.owner.as_ref().map_or("", |owner| owner.id.as_str()));
        add(crm.customer.map_or("", |customer| if customer { "customer" } else { "no customer" }));
    }
    add(shown.disqualifier.as_deref().unwrap_or_default());
    account.siblings_for(account.words.get(lead.offering).unwrap_or_default()).iter().for_each(|sibling| add(sibling.as_str()));
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}

fn record(account: &Account, place: usize, shown: &Shown<'_>, entry: &Entry<'_>, law: &Law, at: Moment) -> Lead {
    let lead = &account.leads[place];
    let offering: CompactString = account.words.owned(lead.offering).unwrap_or_default();
    let need = need(account, lead);
    let evidence: Vec<&Evidence> = behind(account, lead, &law.rulebook, at.ingested_at).collect();
    let company = lead_account(account, &entry.key);
    let duplicates = account.siblings_for(&offering);
    Lead {
        lead_id: lead.lead_id.clone(),
        lead_version: lead.version,
        contact: contact(account, lead),
        buying_group: buying_group(account, lead),
        why: Why {
            summary: summary(&offering, &evidence, &need, &company),
            fit: lead.fit,
            intent: lead.intent,
            gates: Gates::NAMES.to_vec(), // all four hold, or there were no lead (QUAL-3)
            matched: shown.verdict.map(|verdict| because(&law.rulebook, verdict)).unwrap_or_default(),
        },
        need,
        account: company,
        offering,
        evidence: evidence.into_iter().map(|kept| lead_evidence(account, kept)).collect(),
        assignment: Assignment {
            route: lead.route.clone(),
            team: lead.team.clone(),
            assignee: lead.follow_up.assignee.clone(),
            reason: lead.follow_up.assigned_by.reason(),
        },
        promise: lead.terms.promise(lead.follow_up.respond_by),
        clock: lead.clock,
        rulebook: SignedRulebook { revision: lead.law.0, digest: lead.law.1.clone(), signed_by: lead.law.2.clone() },
        now_disqualified_by: shown.disqualifier.clone(),
        possible_duplicate_of: duplicates,
        cause: entry.cause.clone(),
        source: entry.source.clone(),
        ingested_at: at.ingested_at,
    }
}

fn lead_account(account: &Account, key: &AccountKey) -> LeadAccount {
    let (crm, company) = (account.crm.as_ref(), &account.company);
    LeadAccount {
        key: key.clone(),
        name: crm.and_then(|crm| crm.name.clone()).or_else(|| company.name.as_ref().map(|fact| fact.value.clone())),
        domain: key.domain().map(CompactString::from),
        employees: crm.and_then(|crm| crm.employees).or(company.employees.map(|fact| fact.value)),
        industry: crm.and_then(|crm| crm.industry.clone()).or_else(|| company.industry.as_ref().map(|fact| fact.value.clone())),
        country: crm.and_then(|crm| crm.country.clone()).or_else(|| company.country.as_ref().map(|fact| fact.value.clone())),
        crm_id: crm.map(|crm| crm.id.clone()),
    }
}

/// Whom to call: who opened the lead. Without consent no phone and no e-mail.
fn contact(account: &Account, lead: &LeadState) -> Contact {
    let person = account.person(lead.contact);
    let consent = account.consent_of(lead.contact);
    let reachable = person.filter(|_| consent != Some(false));
    Contact {
        person_id: account.people_names.owned(lead.contact).unwrap_or_default(),
        name: person.and_then(|person| person.name.as_ref()).map(|fact| fact.value.clone()),
        email: reachable.and_then(|person| person.email.as_ref()).map(|fact| fact.value.clone()),
        phone: reachable.and_then(|person| person.phone.as_ref()).map(|fact| fact.value.clone()),
        role: person.and_then(|person| person.role.as_ref()).map(|fact| fact.value.clone()),
        consent,
    }
}

/// The other people of the account, the last seen first.
fn buying_group(account: &Account, lead: &LeadState) -> Vec<GroupMember> {
    let mut group: Vec<GroupMember> = account
        .people
        .iter()
        .filter(|person| person.id != lead.contact)
        .map(|person| GroupMember {
            person_id: account.people_names.owned(person.id).unwrap_or_default(),
            role: person.role.as_ref().map(|fact| fact.value.clone()),
            last_seen_at: person.last_seen_at,
            evidence: account.evidence.iter().filter(|kept| kept.person == person.id).count() as u32,
        })
        .collect();
    group.sort_by(|a, b| b.last_seen_at.cmp(&a.last_seen_at).then_with(|| a.person_id.cmp(&b.person_id)));
    group
}

fn need(account: &Account, lead: &LeadState) -> Need {
    let Some(declaration) = account.declarations.iter().find(|known| known.offering == lead.offering) else { return Need::default() };
    Need {
        authority: declaration.authority.as_ref().map(|fact| fact.value.0.clone()),
        budget_usd: declaration.budget_usd.as_ref().map(|fact| fact.value.0),
        buy_by: declaration.buy_by.as_ref().map(|fact| fact.value.0),
        comment: declaration.comment.as_ref().map(|fact| fact.value.0.clone()),
    }
}

fn because(rulebook: &Rulebook, verdict: &Verdict) -> Vec<Because> {
    let criteria = || rulebook.fit.criteria.iter().chain(&rulebook.intent.criteria);
    let words = |id: &CompactString| criteria().find(|criterion| criterion.id == *id).and_then(|criterion| criterion.because.clone());
    let matched = verdict.fit.matched.iter().chain(&verdict.intent.matched);
    matched.map(|matched| Because { because: words(&matched.id), matched: matched.clone() }).collect()
}

fn lead_evidence(account: &Account, kept: &Evidence) -> LeadEvidence {
    LeadEvidence {
        interaction_id: kept.interaction_id.clone(),
        kind: kept.kind.clone(),
        class: kept.class,
        person_id: account.people_names.owned(kept.person).unwrap_or_default(),
        campaign_id: account.campaigns.owned(kept.campaign).unwrap_or_default(),
        occurred_at: kept.at,
    }
}

/// One sentence for people: what they asked for, what they said, who they are.
fn summary(offering: &str, evidence: &[&Evidence], need: &Need, company: &LeadAccount) -> String {
    let strongest = evidence.iter().max_by_key(|kept| kept.class).map(|kept| &kept.kind);
    let mut text = match strongest {
        Some(kind) => kind.phrase(offering),
        None => format!("Interested in {offering}"),
    };
    if let Some(authority) = &need.authority {
        let _ = write!(text, ", {}", authority.replace('_', " "));
    }
    if let Some(Amount(budget)) = need.budget_usd {
        let _ = write!(text, ", budget {budget:.0} USD");
    }
    if let Some(date) = need.buy_by {
        let _ = write!(text, ", buys by {}", date.in_words());
    }
    let size = company.employees.map(|employees| format!("{employees} employees"));
    let industry = company.industry.as_ref().map(|industry| industry.replace('_', " "));
    let who: Vec<String> = [company.country.as_ref().map(ToString::to_string), industry, size].into_iter().flatten().collect();
    if !who.is_empty() {
        let _ = write!(text, "; {}", who.join(", "));
    }
    text.push('.');
    text
}
