//! Qualification of (account, offering) by an interaction: the order of the design, one step after another.
//!
//! An interaction is what decides; facts, laws and time alone open no lead. Facts that change what the rules say of
//! what somebody asked for not long ago have it judged again, whether the CRM says them or a later interaction. Every step below is the first reason that applies;
//! rules are asked even where an earlier reason wins, so that a decision says what else was missing.

use compact_str::CompactString;

use super::account::{Account, MAX_LEADS, Saying};
use super::asked::Setting;
use super::assign;
use super::evidence::{Evidence, identity_hash, matched_by_evidence};
use super::lead::LeadStatus;
use super::partition::{Law, Partition, View};
use super::scoring::{Verdict, newest_intent};
use super::step::{Change, Effect, Entry, Moment, Outcome, Step};
use super::{deadlines, handoff};
use crate::contract::decision::DecisionMade;
use crate::contract::identifier::is_like_a_phone;
use crate::contract::interaction::{Consent, Interaction};
use crate::contract::owner::OwnerSignalled;
use crate::contract::time::{DAY_MS, MINUTE_MS};
use crate::contract::{AccountKey, Class, Date, Decision, Irregularity, Kind, Reason, Timestamp};
use crate::rulebook::Rulebook;

/// How far a producer's clock may run ahead before its time is clamped.
const MAX_AHEAD_MS: i64 = 5 * MINUTE_MS;

/// What is being decided about.
struct Case<'a> {
    entry: &'a Entry<'a>,
    about: About<'a>,
    at: Moment,
    law: Option<Law>,
}

/// An interaction, as far as a decision names it.
struct About<'a> {
    event_source: &'a str,
    interaction_id: &'a str,
    person_id: &'a str,
    campaign_id: &'a str,
    kind: &'a Kind,
    occurred_at: Timestamp,
    clamped: bool,
    /// It was decided before, and later facts may have changed the verdict.
    judged_again: bool,
}

/// Folds an interaction.
pub(super) fn interaction(view: &mut impl View, entry: &Entry<'_>, event_source: &str, interaction: &Interaction<'_>, at: Moment) -> Step {
    let clamped = interaction.occurred_at.since_ms(at.ingested_at) > MAX_AHEAD_MS;
    let occurred_at = if clamped { at.ingested_at } else { interaction.occurred_at };
    let about = About {
        event_source,
        interaction_id: &interaction.interaction_id,
        person_id: &interaction.person.id,
        campaign_id: &interaction.campaign.id,
        kind: &interaction.kind,
        occurred_at,
        clamped,
        judged_again: false,
    };
    let case = Case { entry, about, at, law: view.partition().law.clone() };
    let lent = view.lend(&entry.key);
    let is_new = lent.is_none();
    let mut account = lent.unwrap_or_default();
    let mut step = Step::new(Outcome::Decided);
    let hash = identity_hash(event_source, &interaction.interaction_id);
    if account.has_seen(hash, event_source, &interaction.interaction_id) {
        let mut duplicate = case.decision(account.class_of(&case), interaction.offerings().next());
        (duplicate.decision, duplicate.reason) = (Decision::Duplicate, Reason::SeenBefore);
        step.effects.push(Effect::Decision(Box::new(duplicate)));
        step.give_back(&entry.key, Some(account)); // a new one has seen nothing, so this one was lent
        return step;
    }
    case.remember(&mut account, hash, &mut step.irregular);
    if is_like_a_phone(&interaction.person.id) {
        step.irregular.push(Irregularity::PhoneAsIdentifier);
    }
    let before = case.standing_before(&mut account, interaction);
    case.learn(&mut account, interaction, &mut step.irregular);
    // Before the interaction itself is kept: what it says may change a verdict, that somebody was reached may not (QUAL-1).
    before.judge_again(&mut account, (view.partition(), case.law.as_ref()), entry, at, &mut step);
    let evidence = case.keep(&mut account, interaction);
    let mut offerings = interaction.offerings().peekable();
    if offerings.peek().is_none() {
        step.effects.push(Effect::Decision(Box::new(case.without_offering(&account, &evidence))));
    }
    for offering in offerings {
        case.decide(view.partition(), &mut account, &evidence, offering, &mut step);
    }
    if let Some(law) = &case.law {
        step.effects.extend(handoff::tell_refusals(&mut account, entry, law, at));
    }
    assign::settle(&mut account, &entry.key, at, &mut step);
    if let Some(law) = &case.law {
        deadlines::schedule_forgetting(&mut account, &law.rulebook);
    }
    account.sweep_names();
    if is_new && entry.key.is_of_person() && account.leads.is_empty() && !view.has_room_for_a_person() {
        step.irregular.push(Irregularity::AccountNotKept);
        // A refusal is kept all the same.
        let Some(mut refusing) = account.refusals_only() else { return step };
        if let Some(law) = &case.law {
            deadlines::schedule_forgetting(&mut refusing, &law.rulebook);
        }
        step.changes.push(Change::Account(entry.key.clone(), Some(Box::new(refusing))));
        return step;
    }
    step.changes.push(Change::Account(entry.key.clone(), Some(account)));
    step
}

impl Account {
    fn class_of(&self, case: &Case<'_>) -> Class {
        let kind = case.about.kind;
        case.law.as_ref().map_or(kind.ceiling(), |law| law.rulebook.class_of(kind))
    }
}

impl Case<'_> {
    /// Remembers that the interaction was folded, for as long as its repeat could make a lead.
    fn remember(&self, account: &mut Account, hash: u64, irregular: &mut Vec<Irregularity>) {
        let now = self.at.ingested_at;
        if let Some(law) = &self.law {
            account.seen.forget_before(now.plus_ms(-law.rulebook.max_handoff_age_ms));
        }
        if account.seen.remember(hash, account.class_of(self) >= Class::Weak, now) {
            irregular.push(Irregularity::RepeatForgotten);
        }
    }

    /// What the rules say of what was asked for, before this interaction says anything. An offering that it decides about itself is left out.
    fn standing_before(&self, account: &mut Account, interaction: &Interaction<'_>) -> Standing {
        let mut standing = Standing::of(account, &self.entry.key, self.law.as_ref(), self.at.ingested_at);
        if !standing.0.is_empty() && account.class_of(self) >= Class::Weak {
            let words = &account.words;
            standing.0.retain(|(kept, ..)| interaction.offerings().all(|offering| words.get(kept.offering) != Some(offering)));
        }
        standing
    }

    /// Takes over what the interaction says: person, company, declaration.
    fn learn(&self, account: &mut Account, interaction: &Interaction<'_>, irregular: &mut Vec<Irregularity>) {
        let at = self.about.occurred_at;
        let person = account.people_names.intern(&interaction.person.id);
        let work_email = account.work_email(person, interaction.person.said_emails(), self.entry.key.domain());
        let saying = Saying { at, proved: work_email == Some(true) };
        if account.learn_person(&interaction.person, saying, self.at.ingested_at) {
            irregular.push(Irregularity::RefusalMadeRoom);
        }
        let is_unclear = |consent: Consent| !consent.is_clear || consent.at.is_some_and(|said_at| said_at > at);
        if interaction.person.consent.is_some_and(is_unclear) {
            irregular.push(Irregularity::ConsentUnclear);
        }
        if let Some(company) = &interaction.company {
            account.company.learn(company, saying);
        }
        if let Some(declared) = &interaction.declared
            && let Some(offering) = declared.offering.as_deref().or(interaction.offering.as_deref())
        {
            account.learn_declaration(declared, offering, &interaction.person.id, saying);
        }
    }

    /// Keeps the interaction as evidence.
    fn keep(&self, account: &mut Account, interaction: &Interaction<'_>) -> Evidence {
        let at = self.about.occurred_at;
        let rulebook = self.law.as_ref().map(|law| law.rulebook.as_ref());
        let person = account.people_names.intern(&interaction.person.id);
        let work_email = account.work_email(person, interaction.person.said_emails(), self.entry.key.domain());
        let mut evidence = account.evidence_of(self.about.event_source, interaction, at, rulebook);
        evidence.work_email = interaction.person.email.as_ref().and(work_email);
        if let Some(rulebook) = rulebook {
            let domain = self.entry.key.domain();
            match_anew(account, rulebook, domain, self.at.ingested_at);
            let offering = account.words.get(evidence.offering);
            let matched = matched_by_evidence(rulebook, &self.setting(rulebook, account, domain, offering).evidence(&evidence));
            evidence.matched = matched;
        }
        if rulebook.is_none_or(|rulebook| at >= self.horizon(rulebook)) {
            account.keep(evidence.clone());
        }
        evidence
    }

    fn horizon(&self, rulebook: &Rulebook) -> Timestamp {
        self.at.ingested_at.plus_ms(-rulebook.forget_after_ms)
    }

    fn setting<'b>(&self, rulebook: &'b Rulebook, account: &'b Account, domain: Option<&'b str>, offering: Option<&'b str>) -> Setting<'b> {
        setting(rulebook, account, domain, offering, self.at.ingested_at)
    }

    /// A decision with all that is known before the rules are asked; its reason is the first that needs no rules.
    fn decision(&self, class: Class, offering: Option<&str>) -> DecisionMade {
        DecisionMade {
            account_key: self.entry.key.clone(),
            interaction_id: self.about.interaction_id.into(),
            person_id: self.about.person_id.into(),
            campaign_id: self.about.campaign_id.into(),
            kind: self.about.kind.clone(),
            class,
            occurred_at: self.about.occurred_at,
            clamped: self.about.clamped,
            judged_again: self.about.judged_again,
            offering: offering.map(CompactString::from),
            decision: Decision::NotQualified,
            reason: if self.law.is_none() { Reason::NoRulebook } else { Reason::NoOffering },
            disqualifier: None,
            lead_id: None,
            gates: None,
            fit: None,
            intent: None,
            lineage: self.entry.lineage(self.law.as_ref(), self.at),
        }
    }

    /// The decision where nobody named an offering: it says who they are all the same, so that a crowd in profile is seen.
    fn without_offering(&self, account: &Account, evidence: &Evidence) -> DecisionMade {
        let mut decision = self.decision(evidence.class, None);
        if let Some(law) = &self.law {
            let setting = self.setting(&law.rulebook, account, self.entry.key.domain(), None);
            let verdict = Verdict::of(setting, evidence, self.at.ingested_at);
            decision.gates = Some(verdict.gates);
            decision.fit = Some(verdict.fit);
            decision.intent = Some(verdict.intent);
        }
        decision
    }

    /// Decides about one offering, and performs what the decision says.
    fn decide(&self, partition: &Partition, account: &mut Account, evidence: &Evidence, offering: &str, step: &mut Step) {
        let mut decision = self.decision(evidence.class, Some(offering));
        let Some(law) = &self.law else {
            step.effects.push(Effect::Decision(Box::new(decision)));
            return;
        };
        let domain = self.entry.key.domain();
        let setting = self.setting(&law.rulebook, account, domain, Some(offering));
        let verdict = Verdict::of(setting, evidence, self.at.ingested_at);
        let disqualifier = disqualifier(setting, evidence);
        let open = account.open_lead(offering);
        let (outcome, reason) = match open {
            Some(_) => (Decision::Joined, Reason::LeadOpen),
            None => judge(setting, evidence, &verdict, disqualifier.is_some(), self.at.ingested_at),
        };
        let route = (outcome == Decision::Qualified).then(|| handoff::route(setting, evidence));
        (decision.decision, decision.reason) = (outcome, reason);
        if reason == Reason::Disqualifier {
            decision.disqualifier = disqualifier.clone();
        }
        let mut follow_ups = Vec::new();
        if let Some(place) = open {
            decision.lead_id = Some(account.leads[place].lead_id.clone());
            if evidence.class >= Class::Weak {
                let terms = partition.terms_of(&account.leads[place]);
                account.leads[place].lives_on(self.about.occurred_at.min(self.at.ingested_at), &terms);
            }
            let shown = handoff::Shown { verdict: Some(&verdict), disqualifier };
            follow_ups.extend(handoff::refresh(account, place, &shown, self.entry, law, self.at));
        } else if let Some(route) = route {
            let opening = handoff::Opening {
                offering,
                event_source: self.about.event_source,
                interaction_id: self.about.interaction_id,
                person: evidence.person,
                occurred_at: self.about.occurred_at,
                route,
            };
            let (effects, terms) = handoff::open(account, opening, &verdict, law, (partition, self.entry, self.at));
            step.changes.push(terms);
            decision.lead_id = account.leads.last().map(|lead| lead.lead_id.clone());
            follow_ups.extend(effects);
        } else if outcome == Decision::Owned && evidence.class == Class::Intent {
            follow_ups.extend(self.signal_owner(account, offering, reason));
        }
        decision.gates = Some(verdict.gates);
        decision.fit = Some(verdict.fit);
        decision.intent = Some(verdict.intent);
        step.effects.push(Effect::Decision(Box::new(decision)));
        step.effects.append(&mut follow_ups);
    }

    fn signal_owner(&self, account: &Account, offering: &str, reason: Reason) -> Option<Effect> {
        let crm = account.crm.as_ref()?;
        let owner = crm.owner.as_ref()?;
        Some(Effect::OwnerSignalled(Box::new(OwnerSignalled {
            account_key: self.entry.key.clone(),
            crm_id: crm.id.clone(),
            owner_id: owner.id.clone(),
            owner_team: owner.team.clone(),
            reason,
            offering: offering.into(),
            interaction_id: self.about.interaction_id.into(),
            kind: self.about.kind.clone(),
            person_id: self.about.person_id.into(),
            occurred_at: self.about.occurred_at,
            lineage: self.entry.lineage(self.law.as_ref(), self.at),
        })))
    }
}

/// What the rules say of a piece of evidence, where no lead is open.
pub(super) fn judged(setting: Setting<'_>, evidence: &Evidence, now: Timestamp) -> (Verdict, Decision, Reason) {
    let verdict = Verdict::of(setting, evidence, now);
    let (decision, reason) = judge(setting, evidence, &verdict, disqualifier(setting, evidence).is_some(), now);
    (verdict, decision, reason)
}

/// Steps 5 to 15: the first reason that applies, where no lead is open.
fn judge(setting: Setting<'_>, evidence: &Evidence, verdict: &Verdict, disqualified: bool, now: Timestamp) -> (Decision, Reason) {
    let (account, rulebook) = (setting.account, setting.rulebook);
    let offering = setting.offering.unwrap_or_default();
    let too_old = |at: Timestamp| now.since_ms(at) > rulebook.max_handoff_age_ms;
    if too_old(evidence.at) {
        return (Decision::Stale, Reason::InteractionTooOld);
    }
    if disqualified {
        return (Decision::Disqualified, Reason::Disqualifier);
    }
    if let Some(reason) = owned(account, offering) {
        return (Decision::Owned, reason);
    }
    if in_cooldown(account, offering, now) {
        return (Decision::Cooldown, Reason::InCooldown);
    }
    let consent = account.consent_of(evidence.person);
    if rulebook.require_consent && consent.or(evidence.consent) != Some(true) {
        return (Decision::NotQualified, Reason::NoConsent);
    }
    match newest_intent(setting) {
        None => return (Decision::NotQualified, Reason::NoIntent),
        Some(kept) if too_old(kept.at) => return (Decision::Stale, Reason::EvidenceTooOld),
        Some(_) => {}
    }
    match missing(evidence, verdict, account) {
        Some(reason) => (Decision::NotQualified, reason),
        None => (Decision::Qualified, Reason::AllHold),
    }
}

/// Steps 11 to 14: the first of gates, fit, intent and class that does not hold; `None`: all hold.
fn missing(evidence: &Evidence, verdict: &Verdict, account: &Account) -> Option<Reason> {
    let gates = &verdict.gates;
    let checks = [
        (gates.represents_business.holds(), Reason::RepresentsBusiness),
        (gates.able_to_buy.holds(), Reason::AbleToBuy),
        (gates.wants_offering.holds(), Reason::WantsOffering),
        (gates.buys_by.holds(), Reason::BuysBy),
        (verdict.fit.points >= verdict.fit.threshold, Reason::Fit),
        (verdict.intent.points >= verdict.intent.threshold, Reason::Intent),
        (evidence.class >= Class::Weak, Reason::NoIntent),
        (account.offerings_with_leads() < MAX_LEADS, Reason::TooManyLeads),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map(|(_, reason)| reason)
}

/// What the rules say of the newest that somebody asked for, offering by offering, where it is young enough and no
/// lead is open.
pub(super) struct Standing(Vec<(Evidence, Decision, Reason)>);

impl Standing {
    /// As it is with what is known now.
    pub(super) fn of(account: &mut Account, key: &AccountKey, law: Option<&Law>, now: Timestamp) -> Self {
        let Some(law) = law else { return Self(Vec::new()) };
        let oldest = now.plus_ms(-law.rulebook.max_handoff_age_ms);
        if account.evidence.last().is_none_or(|newest| newest.at < oldest) {
            return Self(Vec::new());
        }
        match_anew(account, &law.rulebook, key.domain(), now);
        let mut newest: Vec<&Evidence> = Vec::new();
        let asked = |kept: &&Evidence| kept.class == Class::Intent && kept.offering.is_some() && kept.at >= oldest;
        for kept in account.evidence.iter().rev().filter(asked) {
            let is_open = account.leads.iter().any(|lead| lead.offering == kept.offering && lead.is_open());
            if !is_open && newest.iter().all(|other| other.offering != kept.offering) {
                newest.push(kept);
            }
        }
        let judged = newest.into_iter().rev().map(|kept| {
            let setting = setting(&law.rulebook, account, key.domain(), account.words.get(kept.offering), now);
            let (_, decision, reason) = judged(setting, kept, now);
            (kept.clone(), decision, reason)
        });
        Self(judged.collect())
    }

    /// Decides again about that of which the rules say something else now.
    pub(super) fn judge_again(
        self,
        account: &mut Account,
        (partition, law): (&Partition, Option<&Law>),
        entry: &Entry<'_>,
        at: Moment,
        step: &mut Step,
    ) {
        if self.0.is_empty() {
            return;
        }
        let now = Self::of(account, &entry.key, law, at.ingested_at);
        let changed = now.0.into_iter().filter(|(kept, decision, reason)| {
            self.0.iter().any(|(other, before, why)| (other.offering == kept.offering) && (before, why) != (decision, reason))
        });
        for (evidence, ..) in changed {
            let event_source = account.words.owned(evidence.source).unwrap_or_default();
            let person_id = account.people_names.owned(evidence.person).unwrap_or_default();
            let campaign_id = account.campaigns.owned(evidence.campaign).unwrap_or_default();
            let offering = account.words.owned(evidence.offering).unwrap_or_default();
            let about = About {
                event_source: &event_source,
                interaction_id: &evidence.interaction_id,
                person_id: &person_id,
                campaign_id: &campaign_id,
                kind: &evidence.kind,
                occurred_at: evidence.at,
                clamped: false,
                judged_again: true,
            };
            let case = Case { entry, about, at, law: law.cloned() };
            case.decide(partition, account, &evidence, &offering, step);
        }
        assign::settle(account, &entry.key, at, step);
        if let Some(law) = law {
            deadlines::schedule_forgetting(account, &law.rulebook);
        }
    }
}

/// The setting of a decision about an account and an offering at a moment.
pub(super) fn setting<'a>(
    rulebook: &'a Rulebook,
    account: &'a Account,
    domain: Option<&'a str>,
    offering: Option<&'a str>,
    now: Timestamp,
) -> Setting<'a> {
    Setting {
        rulebook,
        account,
        domain,
        offering,
        declaration: offering.and_then(|offering| account.declaration(offering)),
        horizon: now.plus_ms(-rulebook.forget_after_ms),
        today: date_in(&rulebook.time_zone, now),
    }
}

/// Matches the account's evidence under the law, if it was matched under another one before: places of criteria mean nothing elsewhere.
pub(super) fn match_anew(account: &mut Account, rulebook: &Rulebook, domain: Option<&str>, now: Timestamp) {
    account.match_under(rulebook, |account, kept| {
        let offering = account.words.get(kept.offering);
        matched_by_evidence(rulebook, &setting(rulebook, account, domain, offering, now).evidence(kept))
    });
}

/// The civil date of an instant in a time zone.
fn date_in(zone: &jiff::tz::TimeZone, at: Timestamp) -> Date {
    let offset_seconds = jiff::Timestamp::from_millisecond(at.as_ms()).map_or(0, |instant| zone.to_offset(instant).seconds());
    Date::from_days((at.as_ms() + i64::from(offset_seconds) * 1000).div_euclid(DAY_MS) as i32)
}

/// The first disqualifier that holds.
pub(super) fn disqualifier(setting: Setting<'_>, evidence: &Evidence) -> Option<CompactString> {
    let subject = setting.decision(evidence);
    setting.rulebook.disqualifiers.iter().find(|rule| rule.when.truth(&subject).holds()).map(|rule| rule.id.clone())
}

/// Whether somebody looks after this account already: a customer's owner, or that of an open opportunity for the offering.
fn owned(account: &Account, offering: &str) -> Option<Reason> {
    let crm = account.crm.as_ref().filter(|crm| crm.owner.is_some())?;
    if crm.customer == Some(true) {
        return Some(Reason::Customer);
    }
    let sold = crm.open_opportunities.iter().any(|sale| sale.offering.as_deref().is_none_or(|other| other == offering));
    sold.then_some(Reason::OpenOpportunity)
}

fn in_cooldown(account: &Account, offering: &str, now: Timestamp) -> bool {
    account.leads.iter().any(|lead| {
        // One that was recycled comes back itself, however late the clock is.
        let cools = lead.comes_back_at().is_some() || matches!(&lead.status, LeadStatus::Closed { until, .. } if now < *until);
        cools && account.words.get(lead.offering) == Some(offering)
    })
}
