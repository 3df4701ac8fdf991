//! A made-up case: values of fields that answer questions as wanted, for a person to read and for predicates to be asked about.
//!
//! It is a real one as far as the contract goes: a kind has the class that the rulebook gives it, a role its class of roles.

use std::collections::BTreeMap;
use std::fmt;

use compact_str::CompactString;

use super::domain::Domain;
use super::formula::Term;
use super::state::{Possible, State, World};
use crate::contract::{Date, Kind};
use crate::rulebook::subject::{AttributeValue, BoolField, CountField, DateField, NumberField, Subject, TextField};

/// Values of fields; what is not there is unknown.
#[derive(Clone, Debug, Default)]
pub struct Case {
    texts: BTreeMap<TextField, CompactString>,
    numbers: BTreeMap<NumberField, f64>,
    truths: BTreeMap<BoolField, bool>,
    dates: BTreeMap<DateField, Date>,
    counts: BTreeMap<(CountField, CompactString), u32>,
    attributes: BTreeMap<usize, Own>,
    told: Vec<String>,
}

/// A value of a user's own field.
#[derive(Clone, Debug)]
enum Own {
    Truth(bool),
    Number(f64),
    Text(CompactString),
}

/// A day like any other, where none is asked for: 1 December 2026.
const TODAY: i32 = 20_788;
/// Kinds that are tried first, because they are what rules are mostly about.
const FAMILIAR_KIND: &str = "demo_requested";

impl Case {
    /// A case of what is left possible; `None` where none is found at once.
    pub fn of(state: &State, hints: &[&(Term, CompactString)], world: &World<'_>) -> Option<Self> {
        let mut case = Case::default();
        case.days(state)?;
        for (term, possible) in state.terms() {
            if possible.known.is_empty() {
                if !matches!(term, Term::BuyByFromToday) {
                    case.told.push(format!("{} unknown", name(term, world)));
                }
                continue;
            }
            let hint = hints.iter().filter(|(of, _)| of == term).map(|(_, text)| text).find(|text| possible.known.has_text(text));
            case.put(term, possible, hint, world)?;
        }
        case.kind(state, world)?;
        case.role(state, world)?;
        for (field, text) in [(TextField::CampaignId, "campaign-1"), (TextField::PersonId, "person-1")] {
            case.texts.entry(field).or_insert(text.into());
        }
        let seen = case.counts.iter().filter(|((field, _), _)| *field != CountField::KindsSeen).map(|(_, count)| *count).max();
        case.numbers.entry(NumberField::AccountPeopleSeen).or_insert(f64::from(seen.unwrap_or(1).max(1)));
        Some(case)
    }

    fn put(&mut self, term: &Term, possible: &Possible, hint: Option<&CompactString>, world: &World<'_>) -> Option<()> {
        match (term, &possible.known) {
            // Settled with what they hang together with.
            (Term::Date(_) | Term::BuyByFromToday, _) => return Some(()),
            (
                Term::Text(TextField::InteractionKind | TextField::InteractionClass | TextField::PersonRole | TextField::PersonRoleClass),
                _,
            ) => {
                return Some(());
            }
            (Term::Text(field), domain) => {
                let text = hint.cloned().or_else(|| a_text(domain, samples(*field)))?;
                self.told.push(format!("{} = \"{text}\"", field.path()));
                self.texts.insert(*field, text);
            }
            (Term::Number(field), domain) => {
                let number = a_number(domain)?;
                self.told.push(format!("{} = {number}", field.path()));
                self.numbers.insert(*field, number);
            }
            (Term::Count(field, what), domain) => {
                let number = a_number(domain)?;
                self.told.push(format!("{} = {number}", name(term, world)));
                self.counts.insert((*field, what.clone()), number as u32);
            }
            (Term::Bool(field), Domain::Truths { yes, .. }) => {
                self.told.push(format!("{} = {yes}", field.path()));
                self.truths.insert(*field, *yes);
            }
            (Term::Attribute(index), domain) => {
                let own = match domain {
                    Domain::Numbers(_) => Own::Number(a_number(domain)?),
                    Domain::Truths { yes, .. } => Own::Truth(*yes),
                    domain => Own::Text(hint.cloned().or_else(|| a_text(domain, &["a", "b"]))?),
                };
                self.told.push(format!("{} = {own}", name(term, world)));
                self.attributes.insert(*index, own);
            }
            (Term::Bool(_), _) => return None,
        }
        Some(())
    }

    /// Today and the date to buy by, with the days between them.
    fn days(&mut self, state: &State) -> Option<()> {
        let (now, date, between) =
            (state.get(&Term::Date(DateField::Today)), state.get(&Term::Date(DateField::DeclaredBuyBy)), state.get(&Term::BuyByFromToday));
        let Some(now) = now else {
            self.dates.insert(DateField::Today, Date::from_days(TODAY));
            return Some(());
        };
        let days = between.map(|possible| possible.known.clone()).filter(|domain| !domain.is_empty());
        let date = date.map(|possible| possible.known.clone()).filter(|domain| !domain.is_empty());
        let (Some(days), Some(date)) = (days, date) else {
            let today = near(&now.known, f64::from(TODAY))?;
            self.dates.insert(DateField::Today, day(today)?);
            return Some(());
        };
        let between = near(&days, 0.0)?;
        let ends = |domain: &Domain| domain.hull().map_or([f64::NAN; 2], |(low, high)| [low, high]);
        let tried = [f64::from(TODAY), ends(&date)[0] - between, ends(&date)[1] - between, ends(&now.known)[0], ends(&now.known)[1]];
        let fits = |today: &f64| now.known.has_number(*today) && date.has_number(*today + between);
        let today = tried.into_iter().filter(|today| today.is_finite()).find(fits)?;
        let (today, buy_by) = (day(today)?, day(today + between)?);
        self.told.push(format!("declared.buy_by = {buy_by} where today = {today}"));
        self.dates.insert(DateField::Today, today);
        self.dates.insert(DateField::DeclaredBuyBy, buy_by);
        Some(())
    }

    /// A kind and its class fit each other.
    fn kind(&mut self, state: &State, world: &World<'_>) -> Option<()> {
        let kinds = state.get(&Term::Text(TextField::InteractionKind)).map(|possible| &possible.known);
        let classes = state.get(&Term::Text(TextField::InteractionClass)).map(|possible| &possible.known);
        let own: Vec<Kind> = match kinds {
            Some(Domain::Texts(texts)) => texts.iter().map(|text| Kind::parse(text)).collect(),
            _ => vec![Kind::parse("other")],
        };
        let all = [Kind::parse(FAMILIAR_KIND)].into_iter().chain(own).chain(Kind::KNOWN.iter().cloned());
        let mut fitting = all.filter(|kind| {
            let class = world.rulebook.class_of(kind);
            kinds.is_none_or(|kinds| kinds.has_text(kind.as_str())) && classes.is_none_or(|classes| classes.has_text(class.as_str()))
        });
        let kind = fitting.next()?;
        if kinds.is_some() || classes.is_some() {
            self.told.push(format!("interaction.kind = \"{kind}\""));
        }
        self.texts.insert(TextField::InteractionClass, world.rulebook.class_of(&kind).as_str().into());
        self.texts.insert(TextField::InteractionKind, kind.as_str().into());
        Some(())
    }

    /// A role and its class fit each other.
    fn role(&mut self, state: &State, world: &World<'_>) -> Option<()> {
        let roles = state.get(&Term::Text(TextField::PersonRole));
        let classes = state.get(&Term::Text(TextField::PersonRoleClass));
        if roles.is_none() && classes.is_none() {
            return Some(());
        }
        let listed = world.roles.iter().flat_map(|(class, roles)| roles.iter().map(|role| (*role, Some(*class))));
        let class_of = |role: &str| world.rulebook.role_classes.get(role).map(CompactString::as_str);
        let own: Vec<CompactString> = match roles.map(|possible| &possible.known) {
            Some(Domain::Texts(texts)) => texts.to_vec(),
            Some(Domain::TextsBut(_)) | None => vec!["other".into(), "another".into()],
            _ => Vec::new(),
        };
        let own = own.iter().map(|role| (role.as_str(), class_of(role)));
        let fits = |(role, class): &(&str, Option<&str>)| {
            let role_fits = roles.is_none_or(|possible| possible.known.has_text(role));
            role_fits && classes.is_none_or(|possible| class.map_or(possible.unknown, |class| possible.known.has_text(class)))
        };
        match own.chain(listed).find(fits) {
            Some((role, class)) => {
                self.told.push(format!("person.role = \"{role}\""));
                self.texts.insert(TextField::PersonRole, role.into());
                if let Some(class) = class {
                    self.texts.insert(TextField::PersonRoleClass, class.into());
                }
                Some(())
            }
            // Of nobody whose role is unknown is its class known.
            None if roles.is_none_or(|possible| possible.unknown) && classes.is_none_or(|possible| possible.unknown) => Some(()),
            None => None,
        }
    }
}

/// A field as rulebooks write it.
pub fn name(term: &Term, world: &World<'_>) -> String {
    match term {
        Term::Text(field) => field.path().to_owned(),
        Term::Number(field) => field.path().to_owned(),
        Term::Bool(field) => field.path().to_owned(),
        Term::Date(field) => field.path().to_owned(),
        Term::Count(field, name) => format!("{}[\"{name}\"]", field.path()),
        Term::Attribute(index) => format!("attribute.{}", world.rulebook.attributes.get(*index).map_or("", |attribute| &attribute.name)),
        Term::BuyByFromToday => DateField::DeclaredBuyBy.path().to_owned(),
    }
}

fn samples(field: TextField) -> &'static [&'static str] {
    match field {
        TextField::CompanyDomain => &["acme.example", "bravo.example", "another.example"],
        TextField::CompanyCountry => &["MX", "US", "XX"],
        _ => &["other", "another"],
    }
}

fn a_text(domain: &Domain, samples: &[&str]) -> Option<CompactString> {
    match domain {
        Domain::Texts(texts) => texts.first().cloned(),
        Domain::TextsBut(_) => samples.iter().find(|sample| domain.has_text(sample)).map(|sample| CompactString::from(*sample)),
        _ => None,
    }
}

/// A number of the set, a short one where there is one.
fn a_number(domain: &Domain) -> Option<f64> {
    if domain.has_number(0.0) && domain.hull() == Some((f64::NEG_INFINITY, f64::INFINITY)) {
        return Some(0.0);
    }
    let Domain::Numbers(intervals) = domain else { return None };
    let of = |(low, high): &(f64, f64)| {
        let middle = low / 2.0 + high / 2.0;
        let tried = [low.ceil(), low.floor() + 1.0, high.floor(), high.ceil() - 1.0, middle, *low, *high, 0.0];
        tried.into_iter().find(|number| number.is_finite() && (low..=high).contains(&number))
    };
    intervals.iter().find_map(of)
}

/// The number of the set that is nearest to one.
fn near(domain: &Domain, wanted: f64) -> Option<f64> {
    let Domain::Numbers(intervals) = domain else { return None };
    let nearest = intervals.iter().map(|(low, high)| wanted.clamp(*low, *high)).filter(|number| number.is_finite());
    nearest.min_by(|one, other| (one - wanted).abs().total_cmp(&(other - wanted).abs()))
}

/// Days within a calendar of four digits.
fn day(days: f64) -> Option<Date> {
    (-700_000.0..2_900_000.0).contains(&days).then(|| Date::from_days(days as i32))
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Own::Truth(truth) => write!(f, "{truth}"),
            Own::Number(number) => write!(f, "{number}"),
            Own::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = if self.told.is_empty() { "anybody".to_owned() } else { self.told.join(", ") };
        f.write_str(&said)
    }
}

impl Subject for Case {
    fn text(&self, field: TextField) -> Option<&str> {
        self.texts.get(&field).map(CompactString::as_str)
    }

    fn number(&self, field: NumberField) -> Option<f64> {
        self.numbers.get(&field).copied()
    }

    fn boolean(&self, field: BoolField) -> Option<bool> {
        self.truths.get(&field).copied()
    }

    fn date(&self, field: DateField) -> Option<Date> {
        self.dates.get(&field).copied()
    }

    fn count(&self, field: CountField, name: &str) -> u32 {
        self.counts.get(&(field, name.into())).copied().unwrap_or(0)
    }

    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>> {
        Some(match self.attributes.get(&index)? {
            Own::Truth(truth) => AttributeValue::Bool(*truth),
            Own::Number(number) => AttributeValue::Number(*number),
            Own::Text(text) => AttributeValue::Text(text),
        })
    }
}
