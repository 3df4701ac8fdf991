//! Teams' terms, working hours and agreed cases in plain words.

use std::collections::BTreeMap;

use super::values::{and, quote, spelt, time_of_day};
use crate::contract::unseen::shown;
use crate::contract::{Date, Decision, Interaction, Reason, Timestamp};
use crate::rulebook::compiled::{Calendar, Example, Expectation, Shift, Team};
use crate::rulebook::special_days::{Hours, SpecialDays};
use crate::rulebook::term::{Term, TermUnit};
use crate::rulebook::words::number;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTES_OF_DAY: u16 = 24 * 60;

/// A term as the file says it, in full: `30 working minutes`, `2 working days`; without a calendar, time by the clock.
pub fn term(term: &Term, team: &Team) -> String {
    let count = term.count();
    let unit = match term.unit() {
        TermUnit::Minutes => "minute",
        TermUnit::Hours => "hour",
        TermUnit::Days => "day",
    };
    let working = if team.calendar.is_some() { "working " } else { "" };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {working}{unit}{plural}")
}

/// `Monday to Friday 09:00–14:00 and 15:00–18:00`
pub fn hours(calendar: &Calendar) -> String {
    let of_day = |day: u16| {
        let own = |shift: &&Shift| shift.start_minute / MINUTES_OF_DAY == day;
        and(&calendar.shifts.iter().filter(own).map(shift).collect::<Vec<_>>())
    };
    let mut runs: Vec<(u16, u16, String)> = Vec::new();
    for day in 0..7 {
        let hours = of_day(day);
        match runs.last_mut() {
            Some((_, last, same)) if *same == hours => *last = day,
            _ => runs.push((day, day, hours)),
        }
    }
    let open = runs.into_iter().filter(|(_, _, hours)| hours != "nothing");
    let said = open.map(|(first, last, hours)| {
        let (from, to) = (DAYS[usize::from(first)], DAYS[usize::from(last)]);
        match last - first {
            0 => format!("{from} {hours}"),
            1 => format!("{from} and {to} {hours}"),
            _ => format!("{from} to {to} {hours}"),
        }
    });
    said.collect::<Vec<_>>().join("; ")
}

fn shift(shift: &Shift) -> String {
    let from = shift.start_minute % MINUTES_OF_DAY;
    let to = from + shift.minutes;
    let next = if to > MINUTES_OF_DAY { " of the next day" } else { "" };
    let to = if to > MINUTES_OF_DAY { to - MINUTES_OF_DAY } else { to };
    format!("{}–{}{next}", time_of_day(from), time_of_day(to))
}

/// The special days, those with the same hours together: `closed on 25 Dec 2026 and every 1 Jan`.
pub fn special_days(special: &SpecialDays) -> Vec<String> {
    let mut by_hours: BTreeMap<&Hours, Vec<String>> = BTreeMap::new();
    let mut runs: Vec<(&Hours, Date, Date)> = Vec::new();
    for (date, hours) in special.dates() {
        match runs.last_mut() {
            Some((same, _, last)) if *same == hours && last.plus_days(1) == *date => *last = *date,
            _ => runs.push((hours, *date, *date)),
        }
    }
    for (hours, first, last) in runs {
        let run = if first == last { first.in_words() } else { format!("{} to {}", first.in_words(), last.in_words()) };
        by_hours.entry(hours).or_default().push(run);
    }
    for (day, hours) in special.yearly() {
        by_hours.entry(hours).or_default().push(format!("every {}", day.in_words()));
    }
    by_hours.into_iter().map(|(hours, days)| format!("{} on {}", kept(hours), and(&days))).collect()
}

fn kept(hours: &Hours) -> String {
    if hours.is_empty() {
        return "closed".to_owned();
    }
    let parts: Vec<String> = hours.iter().map(|(from, minutes)| shift(&Shift { start_minute: *from, minutes: *minutes })).collect();
    format!("open {} only", and(&parts))
}

/// The zone's name, as the file has it.
pub fn zone(zone: &jiff::tz::TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// An instant on the clock of a zone: `1 Dec 2026, 00:00`.
pub fn instant(at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = zone.to_datetime(instant);
    let month = MONTHS[usize::from(local.month().unsigned_abs()) - 1];
    format!("{} {month} {}, {:02}:{:02}", local.day(), local.year(), local.hour(), local.minute())
}

/// The date of an instant in a zone.
pub fn date(at: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Date> {
    let instant = jiff::Timestamp::from_millisecond(at.as_ms()).ok()?;
    Date::parse(&zone.to_datetime(instant).date().to_string()).ok()
}

/// What an example is given, one sentence an interaction. Names and addresses of people are left out (PII-1).
pub fn given(example: &Example, zone: &jiff::tz::TimeZone) -> Vec<String> {
    let read = example.given.iter().filter_map(|document| Interaction::parse(document).ok());
    read.map(|interaction| interaction_in_words(&interaction, example.at, zone)).collect()
}

fn interaction_in_words(interaction: &Interaction<'_>, at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let declared = interaction.declared.as_ref();
    let offering = interaction.offerings().next().map_or_else(|| "no offering".to_owned(), one_line);
    let deed = interaction.kind.phrase(&offering);
    let mut letters = deed.chars();
    let mut said = vec![letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())];
    let days = (at.since_ms(interaction.occurred_at)).div_euclid(crate::contract::time::DAY_MS);
    if days != 0 {
        said.push(if days > 0 { format!("{days} days before") } else { format!("{} days after", -days) });
    }
    let person = &interaction.person;
    said.extend([&person.role, &person.department, &person.seniority].into_iter().flatten().map(|word| spelt(word)));
    match person.consent.map(|consent| consent.contact) {
        Some(true) => said.push("may be contacted".to_owned()),
        Some(false) => said.push("refuses to be contacted".to_owned()),
        None => {}
    }
    if let Some(company) = &interaction.company {
        said.extend([&company.domain, &company.name].into_iter().flatten().next().map(|word| one_line(word)));
        said.extend(company.employees.map(|employees| format!("{} employees", number(employees as f64))));
        said.extend(company.revenue_usd.map(|revenue| format!("revenue {} US dollars", number(revenue.0))));
        said.extend([&company.industry, &company.country].into_iter().flatten().map(|word| one_line(word)));
    }
    if let Some(declared) = declared {
        said.extend(declared.authority.as_ref().map(|word| spelt(word)));
        said.extend(declared.budget_usd.map(|budget| format!("budget {} US dollars", number(budget.0))));
        said.extend(declared.buy_by.map(|day| buys_by(day, at, zone)));
    }
    said.extend(interaction.attributes.iter().map(|(name, value)| {
        let value = match value {
            crate::contract::interaction::Scalar::Bool(truth) => truth.to_string(),
            crate::contract::interaction::Scalar::Number(value) => number(*value),
            crate::contract::interaction::Scalar::Text(text) => quote(text),
        };
        format!("{} {value}", one_line(name))
    }));
    said.join(", ")
}

/// Counted from the example's moment: such cases do not grow old.
fn buys_by(day: Date, at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let Some(today) = date(at, zone) else { return format!("buys by {}", day.in_words()) };
    match day.as_days() - today.as_days() {
        0 => "buys today".to_owned(),
        1 => "buys within a day".to_owned(),
        days if days > 0 => format!("buys within {days} days"),
        days => format!("wanted to buy {} days ago", -days),
    }
}

fn one_line(text: &str) -> String {
    shown(text).into_owned()
}

/// What an example expects: `a lead, by the route rest`.
pub fn expected(expectation: &Expectation) -> String {
    let Expectation { decision, reason, route } = expectation;
    let decision = decision.map_or("any decision", decided);
    let reason = reason.map(|reason| format!(": {}", because(reason))).unwrap_or_default();
    let route = route.as_ref().map(|route| format!(", by the route `{route}`")).unwrap_or_default();
    format!("{decision}{reason}{route}")
}

fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Qualified => "a lead",
        Decision::Joined => "joins the open lead",
        Decision::NotQualified => "no lead",
        Decision::Disqualified => "never called",
        Decision::Stale => "old news",
        Decision::Cooldown => "resting after a lead was closed",
        Decision::Owned => "told to the account's owner",
        Decision::Duplicate => "a repeat",
    }
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::AllHold => "everything holds",
        Reason::LeadOpen => "a lead is open",
        Reason::NoRulebook => "no rulebook is in force",
        Reason::NoOffering => "no offering is named",
        Reason::NoIntent => "nobody asked for what buyers ask for",
        Reason::RepresentsBusiness => "they do not represent a business, or nobody knows",
        Reason::AbleToBuy => "they are not able to buy, or nobody knows",
        Reason::WantsOffering => "they want nothing that we offer, or nobody knows",
        Reason::BuysBy => "there is no clear date to buy by",
        Reason::Fit => "too few points for who they are",
        Reason::Intent => "too few points for what they did",
        Reason::NoConsent => "no consent to be contacted",
        Reason::Disqualifier => "a reason never to call holds",
        Reason::InteractionTooOld => "it happened too long ago",
        Reason::EvidenceTooOld => "what they asked for is too long ago",
        Reason::InCooldown => "a lead was closed not long ago",
        Reason::Customer => "they are a customer",
        Reason::OpenOpportunity => "a sale is under way",
        Reason::TooManyLeads => "the account has as many leads as one may have",
        Reason::SeenBefore => "it was seen before",
    }
}
