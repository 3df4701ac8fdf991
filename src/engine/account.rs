//! What the fold remembers of an account, with a bound on everything.
//!
//! Serialised with postcard behind a version byte by the `state` room: the order of fields is a persisted format, held by golden
//! files. Merging is by the latest time a fact was said, so the order of arrival doesn't matter below the caps.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::consent::{Consent, Refusals};
use super::evidence::Evidence;
use super::lead::LeadState;
use super::names::{Name, Names};
use super::seen::Seen;
use super::siblings::Sibling;
use crate::contract::account::{Opportunity, Owner};
use crate::contract::account_key::is_of_domain;
use crate::contract::interaction::{Amount, Company, Declared, Person};
use crate::contract::{Class, Date, Timestamp};

/// People kept of an account, besides the contacts of its leads: a buying group has six to ten; the least recently seen makes room.
pub const MAX_PEOPLE: usize = 8;
/// Interactions kept as evidence: two a week over the usual half year and some; what counts least makes room.
pub const MAX_EVIDENCE: usize = 64;
/// Bytes that evidence may take with its identifiers and attributes, so that a row stays well below the megabyte that every topic takes;
/// what counts least makes room. 64 pieces with four kilobytes of attributes each are what no rulebook asks for by mistake.
pub const MAX_EVIDENCE_BYTES: usize = 256 * 1024;
/// Offerings with a declaration of their own: more than most companies sell.
pub const MAX_DECLARATIONS: usize = 16;
/// Accounts of the CRM that claim a domain after the first one: duplicates that nobody has merged yet.
pub const MAX_CLAIMS: usize = 4;
/// Leads kept of an account, open or in their cooldown: one for each offering of a large catalogue.
pub const MAX_LEADS: usize = 64;

/// A fact and when it was said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// The fact.
    pub value: T,
    /// When it was said, by the (clamped) time of the event.
    pub at: Timestamp,
    /// Whoever said it has an e-mail of the account's domain. What is said by somebody who only names the domain does not replace it.
    pub proved: bool,
}

/// When something is said, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    /// By the (clamped) time of the event.
    pub at: Timestamp,
    /// By somebody with an e-mail of the account's domain.
    pub proved: bool,
}

/// Replaces `slot` if the fact was said later than what it holds, by somebody who proves as much; at the same instant the greater value stays, so that
/// order doesn't matter.
fn merge<T: PartialOrd>(slot: &mut Option<Dated<T>>, value: Option<T>, Saying { at, proved }: Saying) {
    let Some(value) = value else { return };
    let wins = slot.as_ref().is_none_or(|known| {
        let (new, old) = ((proved, at), (known.proved, known.at));
        new > old || (new == old && value > known.value)
    });
    if wins {
        *slot = Some(Dated { value, at, proved });
    }
}

/// The company as interactions describe it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompanyFacts {
    /// Name.
    pub name: Option<Dated<CompactString>>,
    /// Number of employees.
    pub employees: Option<Dated<u64>>,
    /// Industry.
    pub industry: Option<Dated<CompactString>>,
    /// Country.
    pub country: Option<Dated<CompactString>>,
    /// Yearly revenue in US dollars.
    pub revenue_usd: Option<Dated<Amount>>,
}

impl CompanyFacts {
    /// Takes over what an interaction says.
    pub fn learn(&mut self, company: &Company<'_>, at: Saying) {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(CompactString::from);
        merge_text(&mut self.name, company.name.as_deref(), at);
        merge(&mut self.employees, company.employees, at);
        merge_text(&mut self.industry, company.industry.as_deref(), at);
        merge(&mut self.country, text(&company.country), at);
        merge(&mut self.revenue_usd, company.revenue_usd, at);
    }
}

/// As [`merge`], without making a text that does not win.
fn merge_text(slot: &mut Option<Dated<CompactString>>, value: Option<&str>, Saying { at, proved }: Saying) {
    let Some(value) = value else { return };
    match slot {
        Some(known) if (proved, at) < (known.proved, known.at) => {}
        Some(known) if (proved, at) == (known.proved, known.at) && value <= known.value.as_str() => {}
        Some(known) if known.value == value => (known.at, known.proved) = (at, proved),
        slot => *slot = Some(Dated { value: value.into(), at, proved }),
    }
}

/// The company as the CRM describes it: wins over interactions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrmFacts {
    /// The CRM's identifier.
    pub id: CompactString,
    /// The update's version.
    pub version: u64,
    /// Name.
    pub name: Option<CompactString>,
    /// Number of employees.
    pub employees: Option<u64>,
    /// Industry.
    pub industry: Option<CompactString>,
    /// Country.
    pub country: Option<CompactString>,
    /// Yearly revenue in US dollars.
    pub revenue_usd: Option<Amount>,
    /// Whether it is a customer.
    pub customer: Option<bool>,
    /// Who looks after it.
    pub owner: Option<Owner>,
    /// Sales in progress.
    pub open_opportunities: Vec<Opportunity>,
    /// All domains that are its own, as far as they get its facts.
    pub domains: Vec<CompactString>,
}

/// A person of the account. A lead must be actionable, so contact details are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonSeen {
    /// Identifier, in [`Account::people_names`].
    pub id: Name,
    /// Their last interaction.
    pub last_seen_at: Timestamp,
    /// Name.
    pub name: Option<Dated<CompactString>>,
    /// E-mail.
    pub email: Option<Dated<CompactString>>,
    /// Phone.
    pub phone: Option<Dated<CompactString>>,
    /// Role.
    pub role: Option<Dated<CompactString>>,
    /// Department.
    pub department: Option<Dated<CompactString>>,
    /// Seniority.
    pub seniority: Option<Dated<CompactString>>,
    /// Consent to be contacted.
    pub consent: Option<Consent>,
}

impl PersonSeen {
    fn new(id: Name, at: Timestamp) -> Self {
        Self { id, last_seen_at: at, name: None, email: None, phone: None, role: None, department: None, seniority: None, consent: None }
    }

    fn learn(&mut self, person: &Person<'_>, at: Saying, ingested_at: Timestamp) {
        self.last_seen_at = self.last_seen_at.max(at.at);
        merge_text(&mut self.name, person.name.as_deref(), at);
        merge_text(&mut self.email, person.email.as_deref(), at);
        merge_text(&mut self.phone, person.phone.as_deref(), at);
        merge_text(&mut self.role, person.role.as_deref(), at);
        merge_text(&mut self.department, person.department.as_deref(), at);
        merge_text(&mut self.seniority, person.seniority.as_deref(), at);
        if let Some(consent) = person.consent {
            // Nobody says today what they will say tomorrow. A later time would win against a refusal
            // that came between the two.
            let said_at = consent.at.unwrap_or(at.at).min(at.at).min(ingested_at);
            let said = Consent { contact: consent.contact, at: said_at, is_explicit: consent.at.is_some() };
            Consent::merge(&mut self.consent, said);
        }
    }
}

/// What the account said about buying an offering: a buying group speaks together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// The offering, in [`Account::words`].
    pub offering: Name,
    /// Authority.
    pub authority: Option<Dated<(CompactString, CompactString)>>,
    /// Budget in US dollars.
    pub budget_usd: Option<Dated<(Amount, CompactString)>>,
    /// The date to buy by.
    pub buy_by: Option<Dated<(Date, CompactString)>>,
    /// What they wrote.
    pub comment: Option<Dated<(CompactString, CompactString)>>,
}

impl Declaration {
    fn new(offering: Name) -> Self {
        Self { offering, authority: None, budget_usd: None, buy_by: None, comment: None }
    }

    /// Each fact with who said it.
    fn learn(&mut self, declared: &Declared<'_>, by: &str, at: Saying) {
        let text =
            |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(|text| (CompactString::from(text), CompactString::from(by)));
        merge(&mut self.authority, text(&declared.authority), at);
        merge(&mut self.budget_usd, declared.budget_usd.map(|budget| (budget, by.into())), at);
        merge(&mut self.buy_by, declared.buy_by.map(|date| (date, by.into())), at);
        merge(&mut self.comment, text(&declared.comment), at);
    }

    /// When anything of it was said last.
    pub fn last_at(&self) -> Timestamp {
        let times = [
            self.authority.as_ref().map(|d| d.at),
            self.budget_usd.as_ref().map(|d| d.at),
            self.buy_by.as_ref().map(|d| d.at),
            self.comment.as_ref().map(|d| d.at),
        ];
        times.into_iter().flatten().max().unwrap_or(Timestamp::EPOCH)
    }

    /// When the oldest fact of it was said.
    pub fn first_at(&self) -> Option<Timestamp> {
        let times = [
            self.authority.as_ref().map(|d| d.at),
            self.budget_usd.as_ref().map(|d| d.at),
            self.buy_by.as_ref().map(|d| d.at),
            self.comment.as_ref().map(|d| d.at),
        ];
        times.into_iter().flatten().min()
    }

    /// Drops what was said before `horizon`; false if nothing is left.
    pub fn forget_before(&mut self, horizon: Timestamp) -> bool {
        self.authority.take_if(|fact| fact.at < horizon);
        self.budget_usd.take_if(|fact| fact.at < horizon);
        self.buy_by.take_if(|fact| fact.at < horizon);
        self.comment.take_if(|fact| fact.at < horizon);
        self.first_at().is_some()
    }
}

/// Everything that the fold remembers of one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Identifiers of people, for evidence, people and leads.
    pub people_names: Names,
    /// Identifiers of campaigns, for evidence.
    pub campaigns: Names,
    /// All other repeated texts: offerings, sources, roles, channels.
    pub words: Names,
    /// The company as interactions describe it.
    pub company: CompanyFacts,
    /// The company as the CRM describes it: by its account that claimed this one first.
    pub crm: Option<CrmFacts>,
    /// Other accounts of the CRM that claim it, in the order in which they first did; at most [`MAX_CLAIMS`].
    pub claims: Vec<CrmFacts>,
    /// At most [`MAX_PEOPLE`], and the contacts of leads.
    pub people: Vec<PersonSeen>,
    /// Those who refused to be contacted, and are not among the people any more.
    pub refusals: Refusals,
    /// At most [`MAX_EVIDENCE`] of at most [`MAX_EVIDENCE_BYTES`], oldest first by (time, identifier).
    pub evidence: Vec<Evidence>,
    /// At most [`MAX_DECLARATIONS`].
    pub declarations: Vec<Declaration>,
    /// What was folded before.
    pub seen: Seen,
    /// For at most [`MAX_LEADS`] offerings; those of one offering in the order in which they were made, the last one is its lead.
    pub leads: Vec<LeadState>,
    /// When the last lead for an offering ended, of those that are not among the leads any more; at most
    /// [`MAX_LEADS`]. What was done until then opens no further one.
    pub served: Vec<(Name, Timestamp)>,
    /// Open leads of other domains of the same account of the CRM; at most [`super::siblings::MAX_SIBLINGS`].
    pub siblings: Vec<Sibling>,
    /// A hash of the rulebook's digest under which `evidence` was last matched; 0: never.
    pub matched_under: u64,
    /// When something is to be forgotten next.
    pub forget_at: Option<Timestamp>,
}

impl Account {
    /// The earliest deadline of the account.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.leads.iter().filter_map(LeadState::next_due).chain(self.forget_at).min()
    }

    /// Whether there is nothing left that is worth a row.
    pub fn is_empty(&self) -> bool {
        let Self { crm, people, refusals, evidence, declarations, leads, .. } = self;
        crm.is_none() && people.is_empty() && refusals.is_empty() && evidence.is_empty() && declarations.is_empty() && leads.is_empty()
    }

    /// When anything was heard last of an account that was only reached: it has no lead, the CRM does not know it, and nobody of it said or did
    /// anything. `None`: it is more than that.
    pub fn only_reached(&self) -> Option<Timestamp> {
        let reached = self.crm.is_none()
            && self.leads.is_empty()
            && self.declarations.is_empty()
            && self.evidence.iter().all(|kept| kept.class == Class::Reach);
        let people = self.people.iter().map(|person| person.last_seen_at);
        self.evidence.iter().map(|kept| kept.at).chain(people).max().filter(|_| reached)
    }

    /// What has to be kept of an account for which there is no room: who refused. `None`: nobody did.
    pub(super) fn refusals_only(mut self) -> Option<Self> {
        for person in std::mem::take(&mut self.people) {
            self.leaves(&person);
        }
        (!self.refusals.is_empty()).then(|| Self { refusals: self.refusals, ..Self::default() })
    }

    /// For how many offerings it has a lead, or had one that is remembered.
    pub fn offerings_with_leads(&self) -> usize {
        let is_last = |(place, lead): &(usize, &LeadState)| self.leads[place + 1..].iter().all(|later| later.offering != lead.offering);
        self.leads.iter().enumerate().filter(is_last).count()
    }

    /// The open lead for an offering.
    pub fn open_lead(&self, offering: &str) -> Option<usize> {
        let offering = self.words.find(offering)?;
        self.leads.iter().position(|lead| lead.offering == offering && lead.is_open())
    }

    /// The declaration for an offering.
    pub fn declaration(&self, offering: &str) -> Option<&Declaration> {
        let offering = self.words.find(offering)?;
        self.declarations.iter().find(|declaration| declaration.offering == offering)
    }

    /// A person by identifier.
    pub fn person(&self, id: Name) -> Option<&PersonSeen> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Takes over what an interaction says of its person; the least recently seen of those who are no contact of a lead makes room. True
    /// where a refusal had to make room for another.
    pub fn learn_person(&mut self, person: &Person<'_>, at: Saying, ingested_at: Timestamp) -> bool {
        let id = self.people_names.intern(&person.id);
        let place = match self.people.iter().position(|known| known.id == id) {
            Some(place) => place,
            None => {
                let consent = self.refused_before(&person.id);
                self.people.push(PersonSeen { consent, ..PersonSeen::new(id, at.at) });
                self.people.len() - 1
            }
        };
        self.people[place].learn(person, at, ingested_at);
        let mut made_room = false;
        while let Some(least) = self.who_makes_room(id) {
            let leaves = self.people.swap_remove(least);
            made_room |= self.leaves(&leaves);
        }
        made_room
    }

    /// Who makes room among the people: nobody whom a seller is to call, and not who has just done something, who may become that.
    fn who_makes_room(&self, just_seen: Name) -> Option<usize> {
        let names = &self.people_names;
        let order = |place: &usize| (self.people[*place].last_seen_at, names.get(self.people[*place].id));
        let others: Vec<usize> = (0..self.people.len()).filter(|place| !self.is_contact(self.people[*place].id)).collect();
        let may_leave = others.iter().copied().filter(|place| self.people[*place].id != just_seen);
        may_leave.min_by_key(order).filter(|_| others.len() > MAX_PEOPLE)
    }

    /// Whether the e-mail that somebody brings, else the one that is known of them, is of the account's domain; `None`: none is known.
    pub fn work_email(&self, id: Name, brought: Option<&str>, domain: Option<&str>) -> Option<bool> {
        let known = || self.person(id)?.email.as_ref().map(|fact| fact.value.as_str());
        let email = brought.or_else(known)?;
        Some(domain.is_some_and(|domain| is_of_domain(email, domain)))
    }

    /// Whether somebody is the contact of a lead that is open, or comes back.
    pub fn is_contact(&self, person: Name) -> bool {
        self.leads.iter().any(|lead| lead.contact == person && lead.needs_its_contact())
    }

    /// Takes over what an interaction declares about an offering; the one that was longest silent makes room.
    pub fn learn_declaration(&mut self, declared: &Declared<'_>, offering: &str, by: &str, at: Saying) {
        let offering = self.words.intern(offering);
        let place = match self.declarations.iter().position(|known| known.offering == offering) {
            Some(place) => place,
            None => {
                self.declarations.push(Declaration::new(offering));
                self.declarations.len() - 1
            }
        };
        self.declarations[place].learn(declared, by, at);
        if self.declarations[place].first_at().is_none() {
            self.declarations.swap_remove(place); // it named the offering and nothing else
        } else if self.declarations.len() > MAX_DECLARATIONS {
            let words = &self.words;
            let order = |declaration: &Declaration| (declaration.last_at(), words.owned(declaration.offering));
            if let Some(least) = (0..self.declarations.len()).min_by_key(|place| order(&self.declarations[*place])) {
                self.declarations.swap_remove(least);
            }
        }
    }

    /// Whether this (source, identifier) was folded before.
    pub fn has_seen(&self, hash: u64, source: &str, interaction_id: &str) -> bool {
        self.seen.has(hash)
            || self.evidence.iter().any(|kept| kept.interaction_id == interaction_id && self.words.get(kept.source) == Some(source))
    }

    /// Until when everything that was done for an offering was served by a lead that has ended.
    pub fn served_until(&self, offering: Name) -> Option<Timestamp> {
        self.served_by(&self.leads, offering)
    }

    /// Until when everything that was done for a lead's offering was served by one before it.
    pub(super) fn served_before(&self, lead: &LeadState) -> Option<Timestamp> {
        let place = self.leads.iter().position(|known| known.lead_id == lead.lead_id);
        self.served_by(&self.leads[..place.unwrap_or(self.leads.len())], lead.offering)
    }

    fn served_by(&self, leads: &[LeadState], offering: Name) -> Option<Timestamp> {
        let ended = leads.iter().filter(|lead| lead.offering == offering).filter_map(LeadState::ended_at);
        let before = self.served.iter().filter(|(served, _)| *served == offering).map(|(_, at)| *at);
        ended.chain(before).max()
    }

    /// Drops leads, and remembers when they ended.
    pub(super) fn drop_leads(&mut self, drops: impl Fn(&LeadState) -> bool) {
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.leads).into_iter().partition(drops);
        self.leads = kept;
        for (offering, at) in dropped.iter().filter_map(|lead| Some((lead.offering, lead.ended_at()?))) {
            match self.served.iter_mut().find(|(served, _)| *served == offering) {
                Some((_, known)) => *known = at.max(*known),
                None => self.served.push((offering, at)),
            }
        }
        while self.served.len() > MAX_LEADS {
            let earliest = (0..self.served.len()).min_by_key(|place| self.served[*place].1).unwrap_or_default();
            self.served.remove(earliest);
        }
    }

    /// Drops texts that nothing refers to, when the tables have grown enough to look.
    pub fn sweep_names(&mut self) {
        if self.people_names.wants_sweep() {
            let evidence = self.evidence.iter_mut().map(|kept| &mut kept.person);
            let people = self.people.iter_mut().map(|person| &mut person.id);
            self.people_names.sweep(evidence.chain(people).chain(self.leads.iter_mut().map(|lead| &mut lead.contact)));
        }
        if self.campaigns.wants_sweep() {
            self.campaigns.sweep(self.evidence.iter_mut().map(|kept| &mut kept.campaign));
        }
        if self.words.wants_sweep() {
            let evidence = self.evidence.iter_mut().flat_map(Evidence::words_mut);
            let declarations = self.declarations.iter_mut().map(|declaration| &mut declaration.offering);
            let served = self.served.iter_mut().map(|(offering, _)| offering);
            let leads = self.leads.iter_mut().map(|lead| &mut lead.offering);
            self.words.sweep(evidence.chain(declarations).chain(leads).chain(served));
        }
    }
}
