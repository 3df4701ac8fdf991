//! What is still possible of each field while a question is followed: known values, and whether it may be unknown.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::domain::Domain;
use super::formula::Term;
use crate::contract::Class;
use crate::rulebook::Rulebook;
use crate::rulebook::compiled::AttributeKind;
use crate::rulebook::expression::{always_known, count_bounds, number_bounds};
use crate::rulebook::operand::Field;
use crate::rulebook::subject::{DateField, TextField};

/// What the search knows of the rulebook, made once.
pub struct World<'r> {
    pub rulebook: &'r Rulebook,
    /// Classes of roles with their roles.
    pub roles: BTreeMap<&'r str, Vec<&'r str>>,
    role_classes: Domain,
}

impl<'r> World<'r> {
    pub fn of(rulebook: &'r Rulebook) -> Self {
        let roles = rulebook.roles_by_class();
        let role_classes = Domain::texts(roles.keys().map(|class| CompactString::from(*class)).collect());
        Self { rulebook, roles, role_classes }
    }
}

/// Which answers are wanted of a question: true, false, unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    pub yes: bool,
    pub no: bool,
    pub unknown: bool,
}

impl Want {
    pub const TRUE: Want = Want { yes: true, no: false, unknown: false };
    pub const FALSE: Want = Want { yes: false, no: true, unknown: false };
    pub const UNKNOWN: Want = Want { yes: false, no: false, unknown: true };
    pub const NOT_TRUE: Want = Want { yes: false, no: true, unknown: true };

    pub fn negated(self) -> Self {
        Want { yes: self.no, no: self.yes, unknown: self.unknown }
    }

    pub fn anything(self) -> bool {
        self.yes && self.no && self.unknown
    }
}

/// What a term may still be.
#[derive(Clone, Debug, PartialEq)]
pub struct Possible {
    pub unknown: bool,
    pub known: Domain,
}

impl Possible {
    pub fn is_none(&self) -> bool {
        !self.unknown && self.known.is_empty()
    }
}

/// What the terms that were asked about may still be; of the others everything is possible.
#[derive(Clone, Debug, Default)]
pub struct State(BTreeMap<Term, Possible>);

/// The way is a dead end: nothing is left of this term.
#[derive(Debug)]
pub struct DeadEnd(pub Option<Term>);

impl State {
    pub fn terms(&self) -> impl Iterator<Item = (&Term, &Possible)> {
        self.0.iter()
    }

    pub fn get(&self, term: &Term) -> Option<&Possible> {
        self.0.get(term)
    }

    /// How much work it is to copy it.
    pub fn size(&self) -> u64 {
        let of = |possible: &Possible| if let Domain::Numbers(_) = possible.known { possible.known.size() } else { 1 };
        self.0.values().map(of).sum()
    }

    /// Only what answers a question about membership as wanted.
    pub fn restrict(&mut self, term: &Term, domain: &Domain, want: Want, world: &World<'_>) -> Result<(), DeadEnd> {
        self.change(term, world, |possible| {
            possible.unknown &= want.unknown;
            possible.known = match (want.yes, want.no) {
                (true, true) => possible.known.clone(),
                (true, false) => possible.known.intersect(domain),
                (false, true) => possible.known.intersect(&domain.complement()),
                (false, false) => possible.known.nothing(),
            };
        })
    }

    /// Only what is known, or only what is not.
    pub fn know(&mut self, term: &Term, known: bool, world: &World<'_>) -> Result<(), DeadEnd> {
        self.change(term, world, |possible| {
            if known {
                // Evidence that was kept under another revision may know an attribute as another type: known, and no value of this one.
                possible.unknown &= matches!(term, Term::Attribute(_));
            } else {
                possible.known = possible.known.nothing();
            }
        })
    }

    fn change(&mut self, term: &Term, world: &World<'_>, change: impl FnOnce(&mut Possible)) -> Result<(), DeadEnd> {
        let possible = self.0.entry(term.clone()).or_insert_with(|| at_first(term, world));
        change(possible);
        if is_whole(term, world) {
            possible.known = std::mem::replace(&mut possible.known, Domain::Texts([].into())).whole();
        }
        if possible.is_none() {
            return Err(DeadEnd(Some(term.clone())));
        }
        if matches!(term, Term::Date(_) | Term::BuyByFromToday) { self.dates(world) } else { Ok(()) }
    }

    /// The date to buy by, today, and the days between them hang together.
    fn dates(&mut self, world: &World<'_>) -> Result<(), DeadEnd> {
        let (buy_by, today, between) = (Term::Date(DateField::DeclaredBuyBy), Term::Date(DateField::Today), Term::BuyByFromToday);
        let mut get = |term: &Term| self.0.entry(term.clone()).or_insert_with(|| at_first(term, world)).clone();
        let (mut date, now, mut days) = (get(&buy_by), get(&today), get(&between));
        let unknown = date.unknown && days.unknown;
        let possible = match (date.known.hull(), now.known.hull(), days.known.hull()) {
            (Some(date), Some(now), Some(days)) => date.0.max(now.0 + days.0) <= date.1.min(now.1 + days.1),
            _ => false,
        };
        for part in [&mut date, &mut days] {
            part.unknown = unknown;
            if !possible {
                part.known = part.known.nothing();
            }
        }
        let dead = date.is_none();
        self.0.insert(buy_by, date);
        self.0.insert(between, days);
        if dead { Err(DeadEnd(Some(Term::Date(DateField::DeclaredBuyBy)))) } else { Ok(()) }
    }
}

/// What a term may be before anything is asked.
fn at_first(term: &Term, world: &World<'_>) -> Possible {
    let texts = |texts: Vec<&str>| Domain::texts(texts.into_iter().map(Into::into).collect());
    let field = match term {
        Term::Text(field) => Some(Field::Text(*field)),
        Term::Number(field) => Some(Field::Number(*field)),
        Term::Date(field) => Some(Field::Date(*field)),
        _ => None,
    };
    let known = match term {
        Term::Text(TextField::InteractionClass) => texts(Class::ALL.iter().map(|class| class.as_str()).collect()),
        Term::Text(TextField::PersonRoleClass) => world.role_classes.clone(),
        Term::Text(_) => Domain::every_text(),
        Term::Number(field) => {
            let (low, high) = number_bounds(*field);
            Domain::between(low, high)
        }
        Term::Count(field, _) => {
            let (low, high) = count_bounds(*field);
            Domain::between(low, high)
        }
        Term::Bool(_) => Domain::Truths { yes: true, no: true },
        Term::Date(_) | Term::BuyByFromToday => Domain::every_number(),
        Term::Attribute(index) => match world.rulebook.attributes.get(*index).map(|attribute| attribute.kind) {
            Some(AttributeKind::Bool) => Domain::Truths { yes: true, no: true },
            Some(AttributeKind::Text) | None => Domain::every_text(),
            Some(AttributeKind::Int | AttributeKind::Double) => Domain::every_number(),
        },
    };
    Possible { unknown: !matches!(term, Term::Count(..)) && !field.is_some_and(always_known), known }
}

/// Whether the term has whole numbers only.
fn is_whole(term: &Term, world: &World<'_>) -> bool {
    use crate::rulebook::subject::NumberField as N;
    match term {
        Term::Number(N::CompanyEmployees | N::AccountPeopleSeen | N::AccountOpenOpportunities) => true,
        Term::Count(..) | Term::Date(_) | Term::BuyByFromToday => true,
        Term::Attribute(index) => world.rulebook.attributes.get(*index).is_some_and(|attribute| attribute.kind == AttributeKind::Int),
        Term::Number(_) | Term::Text(_) | Term::Bool(_) => false,
    }
}
