//! One account's story: what arrived, what each rule said, what was decided, and what is still missing for a lead.
//!
//! Persons stand here by their identifiers alone: no name, no address, no word that somebody wrote (PII-1).

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Serialize, Serializer};

use super::print::when;
use crate::command::replay::{Fold, Told, words};
use crate::contract::activity::ActorKind;
use crate::contract::decision::{DecisionMade, Score};
use crate::contract::follow_up::{self, FollowedUp};
use crate::contract::interaction::Company;
use crate::contract::log::Record;
use crate::contract::{AccountKey, Class, Decision, Kind, LeadId, Reason, Timestamp, Truth};
use crate::engine::explain::{self, Answer, RuleKind};
use crate::engine::lead::AssignedBy;
use crate::engine::{Effect, LeadEvent};
use crate::rulebook::{Rulebook, duration};

/// The whole story.
#[derive(Debug, Serialize)]
pub struct Story {
    /// Whose.
    pub account: AccountKey,
    /// What happened, in its order.
    pub moments: Vec<Moment>,
    /// The end of the history: points decay until then, and no further.
    pub as_of: Timestamp,
    /// Where it stands at that moment, by offering.
    pub standing: Vec<Standing>,
    #[serde(skip)]
    knows_sales: bool,
    #[serde(skip)]
    before: BTreeMap<Option<CompactString>, (Decision, Reason)>,
}

/// Something that happened.
#[derive(Debug, Serialize)]
pub struct Moment {
    /// When it was taken.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// What was decided, an entry for each offering.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<Decided>,
    /// What else followed, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub followed: Vec<String>,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Sales did something with a lead of the account.
    Activity {
        /// Identifier.
        activity_id: CompactString,
        /// What.
        kind: &'static str,
        /// A person or a machine.
        actor: ActorKind,
    },
    /// Somebody did something.
    Interaction {
        /// Identifier.
        interaction_id: CompactString,
        /// What.
        #[serde(serialize_with = "kind_name")]
        kind: Kind,
        /// Who.
        person_id: CompactString,
        /// Their role, where said.
        role: Option<CompactString>,
        /// Where.
        campaign_id: CompactString,
        /// What it was about.
        offerings: Vec<CompactString>,
        /// Which facts to be decided by it brought: names of fields, no values.
        told: Vec<&'static str>,
        /// When it happened, where it was taken later.
        #[serde(skip_serializing_if = "Option::is_none")]
        occurred_at: Option<Timestamp>,
    },
    /// The CRM's facts arrived.
    AccountFacts {
        /// Whether it is a customer.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer: Option<bool>,
        /// Who looks after it.
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<CompactString>,
        /// How many sales are in progress.
        open_opportunities: usize,
        /// Which facts to be decided by they brought: names of fields, no values.
        told: Vec<&'static str>,
    },
    /// An account of the CRM that claimed this one does not any more.
    ClaimDropped,
    /// A rulebook took force.
    Law {
        /// Its revision.
        revision: u32,
        /// Its digest.
        digest: CompactString,
    },
    /// Time passed.
    Time,
    /// The team said whose turn it is.
    Turn,
}

fn kind_name<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

/// A decision with what each rule said.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// About which offering.
    pub offering: Option<CompactString>,
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// What it was before, where it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<(Decision, Reason)>,
    /// What the interaction counted as.
    pub class: Class,
    /// The disqualifier that held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disqualifier: Option<CompactString>,
    /// The lead that was made or joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<String>,
    /// Who they are.
    pub fit: Option<Score>,
    /// What they do.
    pub intent: Option<Score>,
    /// What each rule said; empty where none was asked.
    pub rules: Vec<RuleSaid>,
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSaid {
    /// `gate`, `fit`, `intent` or `disqualifier`.
    pub kind: &'static str,
    /// Its id.
    pub id: CompactString,
    /// What it said.
    pub truth: Truth,
    /// The fields that nobody has said anything about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<CompactString>,
    /// The agreed words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What it gives where it holds.
    #[serde(skip)]
    pub gives: Option<crate::contract::decision::Points>,
}

/// Where an offering stands at the end.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// Which.
    pub offering: CompactString,
    /// The lead, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<String>,
    /// What is still missing for one.
    pub missing: Vec<String>,
}

impl Story {
    /// A story in which nothing has happened yet; `knows_sales`: the history tells what sales did.
    pub fn of(account: AccountKey, knows_sales: bool) -> Self {
        Self { account, knows_sales, moments: Vec::new(), as_of: Timestamp::EPOCH, standing: Vec::new(), before: BTreeMap::new() }
    }

    /// How many interactions there are in it.
    pub fn interactions(&self) -> usize {
        self.moments.iter().filter(|moment| matches!(moment.what, What::Interaction { .. })).count()
    }

    /// Folds a record, and tells it if it is about the account.
    pub fn take(&mut self, told: &Told<'_>, fold: &mut Fold) {
        let mine = told.entry.key == self.account;
        let of_accounts = matches!(told.entry.record, Record::Interaction(..) | Record::AccountFacts(_));
        if of_accounts && !mine {
            return;
        }
        let law_before = fold.rulebook(told.partition).map(|rulebook| rulebook.digest.clone());
        let effects = fold.take(told.partition, told.entry, told.at);
        let law = fold.rulebook(told.partition);
        if let (Record::PolicyInForce(_), Some(rulebook)) = (&told.entry.record, law)
            && law_before.as_ref() != Some(&rulebook.digest)
        {
            let what = What::Law { revision: rulebook.revision, digest: rulebook.digest.clone() };
            self.moments.push(Moment { at: told.at, what, decided: Vec::new(), followed: Vec::new() });
        }
        let decided = self.decided(told, &effects, fold);
        let mut followed: Vec<String> = effects.iter().filter_map(|effect| self.followed(effect)).collect();
        if let Record::AccountFacts(update) = &told.entry.record {
            followed.extend(self.claimed_twice(&update.account_id, told.partition, fold));
        }
        let what = match &told.entry.record {
            Record::Interaction(_, interaction) => Some(arrived(interaction, told.at)),
            Record::AccountFacts(update) => Some(What::AccountFacts {
                customer: update.customer,
                owner: update.owner.as_ref().map(|owner| owner.id.clone()),
                open_opportunities: update.open_opportunities.len(),
                told: said_of(Some(&update.company)),
            }),
            Record::AccountDomains(_) | Record::AccountForgotten(_) if !decided.is_empty() => Some(What::ClaimDropped),
            Record::Activity(activity) if self.has_lead(&activity.lead_id, told.partition, fold) => Some(What::Activity {
                activity_id: activity.activity_id.as_ref().into(),
                kind: activity.kind(),
                actor: activity.actor.kind,
            }),
            Record::Activity(_) => None,
            Record::Assigned(_) => (!followed.is_empty()).then_some(What::Turn),
            _ => (!followed.is_empty()).then_some(What::Time),
        };
        if let Some(what) = what {
            self.moments.push(Moment { at: told.at, what, decided, followed });
        }
    }

    /// That another account of the CRM holds what this one claims.
    fn claimed_twice(&self, crm_id: &str, partition: u32, fold: &Fold) -> Option<String> {
        let holder = fold.account(partition, &self.account)?.crm?.id;
        (holder != crm_id).then(|| {
            format!(
                "the CRM's account {holder} claimed this domain before {crm_id}: its facts hold until it drops the domain or is deleted"
            )
        })
    }

    fn has_lead(&self, lead: &LeadId, partition: u32, fold: &Fold) -> bool {
        fold.account(partition, &self.account).is_some_and(|account| account.leads.iter().any(|known| known.lead_id == *lead))
    }

    fn decided(&mut self, told: &Told<'_>, effects: &[Effect], fold: &Fold) -> Vec<Decided> {
        let made = effects.iter().filter_map(|effect| if let Effect::Decision(made) = effect { Some(made) } else { None });
        let account = fold.account(told.partition, &self.account);
        let rulebook = fold.rulebook(told.partition);
        made.filter(|made| made.account_key == self.account)
            .map(|made| {
                let answers = account.as_ref().zip(rulebook).filter(|_| made.gates.is_some()).and_then(|(account, rulebook)| {
                    explain::explain(rulebook, account, &self.account, &made.interaction_id, made.offering.as_deref(), told.at)
                });
                let before = self.before.get(&made.offering).copied();
                if made.decision != Decision::Duplicate {
                    self.before.insert(made.offering.clone(), (made.decision, made.reason));
                }
                decided_of(made, answers.unwrap_or_default(), before)
            })
            .collect()
    }

    fn followed(&self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Lead { event: LeadEvent::Qualified, lead, .. } if lead.account.key == self.account => {
                let assignment = &lead.assignment;
                let who = assignment.assignee.as_ref().map_or_else(String::new, |seller| format!("{seller} of "));
                let (team, route, why) = (&assignment.team, &assignment.route, &assignment.reason);
                // Where there are no rosters nobody asks why a lead is in the queue.
                let why = Some(why).filter(|why| **why != AssignedBy::NoRoster.reason());
                let why = why.map_or_else(String::new, |why| format!(" ({why})"));
                Some(format!("lead {} handed off to {who}team {team} by route {route}{why}", lead.lead_id))
            }
            Effect::Lead { event: LeadEvent::Updated, lead, .. } if lead.account.key == self.account => {
                Some(format!("the seller of {} was told what had changed (version {})", lead.lead_id, lead.lead_version))
            }
            Effect::OwnerSignalled(signal) if signal.account_key == self.account => {
                Some(format!("its owner {} was told instead", signal.owner_id))
            }
            Effect::FollowedUp(event) if event.account_key == self.account && self.knows_sales => Some(sales_did(event)),
            _ => None,
        }
    }

    /// Ends the story: what is still missing of each offering that was decided about, with what is known at the end.
    pub fn end(&mut self, fold: &Fold, (partition, now): (u32, Timestamp)) {
        self.as_of = now;
        let rulebook = fold.rulebook(partition);
        let account = fold.account(partition, &self.account);
        let asked = |offering: &str| {
            let (rulebook, account) = rulebook.zip(account.clone())?;
            explain::standing(rulebook, account, &self.account, offering, now)
        };
        let mut last: BTreeMap<&CompactString, &Decided> = BTreeMap::new();
        let mut leads: BTreeMap<&CompactString, String> = BTreeMap::new();
        for decided in self.moments.iter().flat_map(|moment| &moment.decided) {
            let Some(offering) = &decided.offering else { continue };
            if let Some(lead) = &decided.lead_id {
                leads.insert(offering, lead.clone());
            }
            if decided.decision != Decision::Duplicate {
                last.insert(offering, decided);
            }
        }
        let standing = last.into_iter().map(|(offering, decided)| {
            let lead_id = leads.get(offering).cloned();
            let missing = match (&lead_id, asked(offering)) {
                (Some(_), _) => Vec::new(),
                (None, Some(standing)) => still_missing(&decided.as_of(standing), rulebook),
                (None, None) => still_missing(decided, rulebook),
            };
            Standing { offering: offering.clone(), lead_id, missing }
        });
        self.standing = standing.collect();
    }
}

/// What became of a lead, in words.
fn sales_did(event: &FollowedUp) -> String {
    let lead = &event.lead_id;
    match &event.what {
        follow_up::What::Responded { touch, channel, response_seconds, .. } => {
            format!("{lead}: the first response, {touch} by {channel}, after {}", duration_words(*response_seconds))
        }
        follow_up::What::ResponseWithdrawn { .. } => format!("{lead}: that was no answer, as was entered later"),
        follow_up::What::Overdue { respond_by } => format!("{lead}: nobody answered by {}, as was promised", when(*respond_by)),
        follow_up::What::OverdueWithdrawn { .. } => format!("{lead}: so it was answered in time after all"),
        follow_up::What::TouchDue { touch_by, last_touch_at, .. } => {
            let last = last_touch_at.map_or_else(|| "never yet".to_owned(), |at| format!("last {}", when(at)));
            format!("{lead}: somebody should have been in touch by {} ({last})", when(*touch_by))
        }
        follow_up::What::Hoarded { by, silent_since, .. } => {
            let who = by.as_deref().unwrap_or("somebody");
            format!("{lead}: {who} keeps it in the drawer, nothing came since {}", when(*silent_since))
        }
        follow_up::What::Escalated { to, .. } => {
            format!("{lead}: {} is told that nobody has answered", to.as_deref().unwrap_or("nobody in particular"))
        }
        follow_up::What::Scheduled { next_step_at, cut_from } => {
            let cut = cut_from.map_or_else(String::new, |said| format!(" ({} was said, which is later than the terms allow)", when(said)));
            format!("{lead}: the next step is agreed for {}{cut}", when(*next_step_at))
        }
        follow_up::What::Reassigned { to: Some(to), .. } => format!("{lead} is {to}'s now"),
        follow_up::What::Reassigned { from, to: None, .. } => {
            format!("{lead} is taken from {} and is in the team's queue", from.as_deref().unwrap_or("its seller"))
        }
        follow_up::What::Closed { disposition, reason, until, touched, cut_from, .. } => {
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(" ({})", reason.replace('_', " ")));
            let untouched = if *touched { "" } else { ", untouched" };
            let barred = *until > event.lineage.ingested_at;
            let barred = if barred { format!("; no new lead for {} before {}", event.offering, when(*until)) } else { String::new() };
            let cut = cut_from.map_or_else(String::new, |said| format!(" ({} was said, which is later than the terms allow)", when(said)));
            format!("{lead} ended: {}{why}{untouched}{barred}{cut}", disposition.as_str().replace('_', " "))
        }
        follow_up::What::Reopened { .. } => format!("{lead} is open again, and waits for a touch"),
    }
}

fn duration_words(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Which facts of a company are said that rules ask for.
fn said_of(company: Option<&Company<'_>>) -> Vec<&'static str> {
    let Some(company) = company else { return Vec::new() };
    let said = [
        ("company.employees", company.employees.is_some()),
        ("company.industry", company.industry.is_some()),
        ("company.country", company.country.is_some()),
        ("company.revenue_usd", company.revenue_usd.is_some()),
    ];
    said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect()
}

fn arrived(interaction: &crate::contract::Interaction<'_>, at: Timestamp) -> What {
    let (company, declared) = (interaction.company.as_ref(), interaction.declared.as_ref());
    let told = [
        ("person.seniority", interaction.person.seniority.is_some()),
        ("person.department", interaction.person.department.is_some()),
        ("person.consent", interaction.person.consent.is_some()),
        ("declared.authority", declared.is_some_and(|declared| declared.authority.is_some())),
        ("declared.budget_usd", declared.is_some_and(|declared| declared.budget_usd.is_some())),
        ("declared.buy_by", declared.is_some_and(|declared| declared.buy_by.is_some())),
    ];
    What::Interaction {
        interaction_id: interaction.interaction_id.as_ref().into(),
        kind: interaction.kind.clone(),
        person_id: interaction.person.id.as_ref().into(),
        role: interaction.person.role.as_deref().map(CompactString::from),
        campaign_id: interaction.campaign.id.as_ref().into(),
        offerings: interaction.offerings().map(CompactString::from).collect(),
        told: said_of(company).into_iter().chain(told.iter().filter(|(_, said)| *said).map(|(name, _)| *name)).collect(),
        occurred_at: (interaction.occurred_at != at).then_some(interaction.occurred_at),
    }
}

impl Decided {
    /// The same with what the rules say by now.
    fn as_of(&self, now: explain::Standing) -> Decided {
        let explain::Standing { decision, reason, fit, intent, answers } = now;
        let rules = answers.into_iter().map(RuleSaid::of).collect();
        let (fit, intent, disqualifier) = (Some(fit), Some(intent), None);
        let (offering, class, lead_id) = (self.offering.clone(), self.class, None);
        Decided { offering, decision, reason, before: None, class, disqualifier, lead_id, fit, intent, rules }
    }
}

impl RuleSaid {
    fn of(answer: Answer) -> Self {
        let kind = match answer.kind {
            RuleKind::Gate => "gate",
            RuleKind::Fit => "fit",
            RuleKind::Intent => "intent",
            RuleKind::Disqualifier => "disqualifier",
        };
        let Answer { id, truth, missing, because, points, .. } = answer;
        Self { kind, id, truth, missing, because, gives: points }
    }
}

fn decided_of(made: &DecisionMade, answers: Vec<Answer>, before: Option<(Decision, Reason)>) -> Decided {
    let rules = answers.into_iter().map(RuleSaid::of);
    Decided {
        offering: made.offering.clone(),
        decision: made.decision,
        reason: made.reason,
        before: before.filter(|before| *before != (made.decision, made.reason) && made.decision != Decision::Duplicate),
        class: made.class,
        disqualifier: made.disqualifier.clone(),
        lead_id: made.lead_id.as_ref().map(ToString::to_string),
        fit: made.fit.clone(),
        intent: made.intent.clone(),
        rules: rules.collect(),
    }
}

/// What keeps an offering from being a lead, each with what would help.
fn still_missing(decided: &Decided, rulebook: Option<&Rulebook>) -> Vec<String> {
    let mut missing = Vec::new();
    let said = [Reason::RepresentsBusiness, Reason::AbleToBuy, Reason::WantsOffering, Reason::BuysBy, Reason::Fit, Reason::Intent];
    if !said.contains(&decided.reason) {
        missing.push(words::reason(decided.reason).to_owned());
    }
    for rule in decided.rules.iter().filter(|rule| rule.kind == "gate" && !rule.truth.holds()) {
        missing.push(format!("{} is {}{}", rule.id, rule.truth, nobody_said(&rule.missing)));
    }
    let scores = [("fit", &decided.fit), ("intent", &decided.intent)];
    for (name, score) in scores.iter().filter_map(|(name, score)| score.as_ref().map(|score| (*name, score))) {
        if score.points < score.threshold {
            let helps = would_help(name, decided, rulebook);
            missing.push(format!("{name} has {} of {} points{helps}", words::points(score.points), words::points(score.threshold)));
        }
    }
    missing
}

/// The criteria that would give points and do not, with what each would give.
fn would_help(kind: &str, decided: &Decided, rulebook: Option<&Rulebook>) -> String {
    let score = if kind == "fit" { &decided.fit } else { &decided.intent };
    let gave = |id: &CompactString| score.as_ref().is_some_and(|score| score.matched.iter().any(|matched| matched.id == *id));
    let could: Vec<String> = decided
        .rules
        .iter()
        .filter(|rule| rule.kind == kind && !gave(&rule.id))
        .filter_map(|rule| rule.gives.filter(|points| points.0 > 0).map(|points| (rule, points)))
        .map(|(rule, points)| format!("{} +{}{}", rule.id, words::points(points), nobody_said(&rule.missing)))
        .take(MAX_HELP)
        .collect();
    let half_life = rulebook
        .filter(|_| kind == "intent")
        .map_or_else(String::new, |rulebook| format!("; points halve every {}", duration(rulebook.intent.half_life_ms)));
    if could.is_empty() { half_life } else { format!(": {} would help{half_life}", could.join(", ")) }
}

/// How many criteria are named that would help.
const MAX_HELP: usize = 6;

/// ` (nobody has said declared.buy_by)`
pub fn nobody_said(missing: &[CompactString]) -> String {
    // A role may have been said and yet be in no class of the rulebook's `roles`.
    let (of_class, said): (Vec<&str>, Vec<&str>) =
        missing.iter().map(CompactString::as_str).partition(|field| *field == "person.role_class");
    let said = (!said.is_empty()).then(|| format!("nobody has said {}", said.join(", ")));
    let of_class = (!of_class.is_empty()).then(|| "the role is in no class of `roles`".to_owned());
    let parts: Vec<String> = said.into_iter().chain(of_class).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}
