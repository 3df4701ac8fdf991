//! Answers to a rulebook's questions, from an account, an offering and one piece of evidence.
//!
//! Two ways to be asked: about the evidence itself (criteria of intent: the person as that interaction describes them), and about the
//! decision (fit, gates, disqualifiers, routes: the person as all interactions together describe them).

use super::account::{Account, Declaration, MAX_PEOPLE, PersonSeen};
use super::evidence::{Evidence, Fact};
use crate::contract::{Date, Timestamp};
use crate::rulebook::subject::AttributeValue;
use crate::rulebook::{BoolField, CountField, DateField, NumberField, Rulebook, Subject, TextField};

/// What a question is about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    rulebook: &'a Rulebook,
    account: &'a Account,
    /// The registrable domain, where the account key is one.
    domain: Option<&'a str>,
    evidence: &'a Evidence,
    /// Whose facts win over the evidence's own.
    person: Option<&'a PersonSeen>,
    /// What is known of the person by now counts, and not only what this evidence says.
    of_decision: bool,
    offering: Option<&'a str>,
    declaration: Option<&'a Declaration>,
    horizon: Timestamp,
    today: Date,
}

/// What is the same for all questions of one decision.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The law.
    pub rulebook: &'a Rulebook,
    /// The account, with the evidence kept.
    pub account: &'a Account,
    /// The registrable domain, where the account key is one.
    pub domain: Option<&'a str>,
    /// What is decided about.
    pub offering: Option<&'a str>,
    /// The offering's declaration.
    pub declaration: Option<&'a Declaration>,
    /// What was said or done before this counts no more.
    pub horizon: Timestamp,
    /// The date in the rulebook's time zone.
    pub today: Date,
}

impl<'a> Setting<'a> {
    /// A question about this piece of evidence alone.
    pub fn evidence(self, evidence: &'a Evidence) -> Asked<'a> {
        let Setting { rulebook, account, domain, offering, declaration, horizon, today } = self;
        Asked { rulebook, account, domain, evidence, person: None, of_decision: false, offering, declaration, horizon, today }
    }

    /// A question about the decision that this evidence asks for.
    pub fn decision(self, evidence: &'a Evidence) -> Asked<'a> {
        Asked { person: self.account.person(evidence.person), of_decision: true, ..self.evidence(evidence) }
    }
}

impl Asked<'_> {
    fn role(&self) -> Option<&str> {
        let merged = self.person.and_then(|person| person.role.as_ref()).map(|role| role.value.as_str());
        merged.or_else(|| self.account.words.get(self.evidence.role))
    }

    fn declared<T>(&self, fact: impl Fn(&Declaration) -> Option<(Timestamp, T)>) -> Option<T> {
        self.declaration.and_then(fact).filter(|(at, _)| *at >= self.horizon).map(|(_, value)| value)
    }
}

impl Subject for Asked<'_> {
    fn text(&self, field: TextField) -> Option<&str> {
        let (account, evidence, words) = (self.account, self.evidence, &self.account.words);
        let crm = account.crm.as_ref();
        match field {
            TextField::InteractionKind => Some(evidence.kind.as_str()),
            TextField::InteractionClass => Some(evidence.class.as_str()),
            TextField::CampaignId => account.campaigns.get(evidence.campaign),
            TextField::CampaignAgency => words.get(evidence.agency),
            TextField::CampaignChannel => words.get(evidence.channel),
            TextField::PersonId => account.people_names.get(evidence.person),
            TextField::PersonRole => self.role(),
            TextField::PersonRoleClass => self.role().and_then(|role| self.rulebook.role_classes.get(role)).map(|class| class.as_str()),
            TextField::PersonDepartment => {
                let merged = self.person.and_then(|person| person.department.as_ref()).map(|text| text.value.as_str());
                merged.or_else(|| words.get(evidence.department))
            }
            TextField::PersonSeniority => {
                let merged = self.person.and_then(|person| person.seniority.as_ref()).map(|text| text.value.as_str());
                merged.or_else(|| words.get(evidence.seniority))
            }
            TextField::Offering => self.offering,
            TextField::CompanyName => {
                crm.and_then(|crm| crm.name.as_deref()).or(account.company.name.as_ref().map(|fact| fact.value.as_str()))
            }
            TextField::CompanyDomain => self.domain,
            TextField::CompanyIndustry => {
                crm.and_then(|crm| crm.industry.as_deref()).or(account.company.industry.as_ref().map(|fact| fact.value.as_str()))
            }
            TextField::CompanyCountry => {
                crm.and_then(|crm| crm.country.as_deref()).or(account.company.country.as_ref().map(|fact| fact.value.as_str()))
            }
            TextField::DeclaredAuthority => {
                let declaration = self.declaration.and_then(|declaration| declaration.authority.as_ref());
                declaration.filter(|fact| fact.at >= self.horizon).map(|fact| fact.value.0.as_str())
            }
            TextField::AccountOwnerId => crm.and_then(|crm| crm.owner.as_ref()).map(|owner| owner.id.as_str()),
            TextField::AccountOwnerTeam => crm.and_then(|crm| crm.owner.as_ref()).and_then(|owner| owner.team.as_deref()),
        }
    }

    fn number(&self, field: NumberField) -> Option<f64> {
        let crm = self.account.crm.as_ref();
        let company = &self.account.company;
        match field {
            NumberField::CompanyEmployees => {
                crm.and_then(|crm| crm.employees).or(company.employees.map(|fact| fact.value)).map(|employees| employees as f64)
            }
            NumberField::CompanyRevenueUsd => {
                crm.and_then(|crm| crm.revenue_usd).or(company.revenue_usd.map(|fact| fact.value)).map(|amount| amount.0)
            }
            NumberField::DeclaredBudgetUsd => {
                self.declared(|declaration| declaration.budget_usd.as_ref().map(|fact| (fact.at, fact.value.0.0)))
            }
            NumberField::AccountPeopleSeen => Some(self.account.people.len().min(MAX_PEOPLE) as f64),
            NumberField::AccountOpenOpportunities => crm.map(|crm| crm.open_opportunities.len() as f64),
        }
    }

    fn boolean(&self, field: BoolField) -> Option<bool> {
        match field {
            BoolField::PersonConsent => {
                let known = self.of_decision.then(|| self.account.consent_of(self.evidence.person)).flatten();
                known.or(self.evidence.consent)
            }
            BoolField::PersonWorkEmail => {
                let known = self.of_decision.then(|| self.account.work_email(self.evidence.person, None, self.domain)).flatten();
                known.or(self.evidence.work_email)
            }
            BoolField::AccountCustomer => self.account.crm.as_ref().and_then(|crm| crm.customer),
        }
    }

    fn date(&self, field: DateField) -> Option<Date> {
        match field {
            DateField::DeclaredBuyBy => self.declared(|declaration| declaration.buy_by.as_ref().map(|fact| (fact.at, fact.value.0))),
            DateField::Today => Some(self.today),
        }
    }

    fn count(&self, field: CountField, name: &str) -> u32 {
        let people = |matches: &dyn Fn(&PersonSeen) -> bool| self.account.people.iter().filter(|person| matches(person)).count();
        let count = match field {
            CountField::KindsSeen => {
                self.account.evidence.iter().filter(|kept| kept.at >= self.horizon && kept.kind.as_str() == name).count()
            }
            CountField::RolesSeen => people(&|person| person.role.as_ref().is_some_and(|role| role.value == name)),
            CountField::SenioritiesSeen => people(&|person| person.seniority.as_ref().is_some_and(|text| text.value == name)),
        };
        count as u32
    }

    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>> {
        let declared = self.rulebook.attributes.get(index)?;
        let name = self.account.words.find(&declared.name)?;
        let (_, fact) = self.evidence.attributes.iter().find(|(known, _)| *known == name)?;
        // It was kept under an earlier rulebook perhaps, which declared another type.
        fact.is_of(declared.kind).then(|| match fact {
            Fact::Bool(value) => AttributeValue::Bool(*value),
            Fact::Number(value) => AttributeValue::Number(*value),
            Fact::Text(text) => AttributeValue::Text(text),
        })
    }
}
