//! What is kept while a history is told: counts, leads, and of each account only what statistics need.
//!
//! No event is kept. This file refuses to know outcomes beyond when each account's first one came.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::tracks::Tracks;
use crate::command::replay::Told;
use crate::command::replay::names::Names;
use crate::contract::decision::DecisionMade;
use crate::contract::log::Record;
use crate::contract::time::DAY_MS;
use crate::contract::{Date, Decision, Reason, Timestamp};
use crate::engine::{Effect, LeadEvent};

/// A lead that was made.
#[derive(Clone, Copy, Debug)]
pub struct LeadMade {
    /// When.
    pub at: Timestamp,
    /// Whose: a number of [`Tally::accounts`].
    pub account: u32,
    /// Of what: a number of [`Tally::offerings`].
    pub offering: u32,
    /// By which route: a number of [`Tally::routes`].
    pub route: u32,
    /// From which campaign: a number of [`Tally::campaigns`].
    pub campaign: u32,
}

/// Counts of a history.
pub struct Tally {
    /// Account keys.
    pub accounts: Names,
    /// Offerings.
    pub offerings: Names,
    /// Campaigns.
    pub campaigns: Names,
    /// Routes that leads took.
    pub routes: Names,
    /// The team of each route.
    pub teams: Vec<CompactString>,
    /// Interactions of each campaign.
    pub by_campaign: Vec<u64>,
    /// Interactions of each week, by its Monday.
    pub weeks: BTreeMap<Date, u64>,
    /// Decisions by reason.
    pub decisions: BTreeMap<(Decision, Reason), u64>,
    /// Leads, in the order in which they were made.
    pub leads: Vec<LeadMade>,
    /// Interactions.
    pub interactions: u64,
    /// The first interaction's time.
    pub first_at: Option<Timestamp>,
    /// The last one's.
    pub last_at: Option<Timestamp>,
    /// What is held against outcomes; none without them.
    pub tracks: Option<Tracks>,
    zone: jiff::tz::TimeZone,
    /// The week of the last interaction: its Monday, and from when to when in ms.
    week: (Date, i64, i64),
}

impl Tally {
    /// Nothing yet. Weeks are those of `zone`.
    pub fn new(zone: jiff::tz::TimeZone, tracks: Option<Tracks>) -> Self {
        Self {
            accounts: Names::default(),
            offerings: Names::default(),
            campaigns: Names::default(),
            routes: Names::default(),
            teams: Vec::new(),
            by_campaign: Vec::new(),
            weeks: BTreeMap::new(),
            decisions: BTreeMap::new(),
            leads: Vec::new(),
            interactions: 0,
            first_at: None,
            last_at: None,
            tracks,
            zone,
            week: (Date::from_days(0), 0, 0),
        }
    }

    /// Counts an interaction, once however often it was exported.
    fn count(&mut self, at: Timestamp, campaign: &str) {
        let campaign = self.campaigns.number(campaign) as usize;
        self.by_campaign.resize(self.campaigns.count(), 0);
        self.by_campaign[campaign] += 1;
        self.interactions += 1;
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        let week = self.week_of(at);
        *self.weeks.entry(week).or_default() += 1;
    }

    /// Takes a record of the history and what followed from it.
    pub fn take(&mut self, told: &Told<'_>, effects: &[Effect]) {
        if let Record::Interaction(source, interaction) = &told.entry.record {
            let account = self.accounts.number(told.entry.key.as_str());
            let is_duplicate = |effect: &Effect| matches!(effect, Effect::Decision(made) if made.decision == Decision::Duplicate);
            if !effects.iter().any(is_duplicate) {
                self.count(told.at, &interaction.campaign.id);
            }
            if let Some(tracks) = &mut self.tracks {
                tracks.seen(account, &told.entry.key, told.at, &mut self.offerings);
                tracks.resolve(account, &told.entry.key, source, interaction, &mut self.offerings);
            }
        }
        let mut qualified: Option<&DecisionMade> = None;
        for effect in effects {
            match effect {
                Effect::Decision(made) => {
                    *self.decisions.entry((made.decision, made.reason)).or_default() += 1;
                    if made.decision == Decision::Qualified {
                        qualified = Some(made);
                    }
                    // Facts of the CRM have an interaction of an account judged again: the record's key may be another.
                    let account = self.accounts.number(made.account_key.as_str());
                    if let Some(tracks) = &mut self.tracks {
                        let offering = made.offering.as_deref().map(|offering| self.offerings.number(offering));
                        tracks.decided(account, offering, made, told.at);
                    }
                }
                Effect::Lead { event: LeadEvent::Qualified, lead, .. } => {
                    let route = self.routes.number(&lead.assignment.route);
                    if route as usize == self.teams.len() {
                        self.teams.push(lead.assignment.team.clone());
                    }
                    let campaign = qualified.map_or(0, |made| self.campaigns.number(&made.campaign_id));
                    let offering = self.offerings.number(&lead.offering);
                    let account = self.accounts.number(lead.account.key.as_str());
                    self.leads.push(LeadMade { at: told.at, account, offering, route, campaign });
                }
                _ => {}
            }
        }
    }

    /// The Monday of a week.
    pub fn week_of(&mut self, at: Timestamp) -> Date {
        let (monday, begin, end) = self.week;
        if (begin..end).contains(&at.as_ms()) {
            return monday;
        }
        let instant = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or_default();
        let date = self.zone.to_datetime(instant).date();
        let since_monday = i64::from(date.weekday().to_monday_zero_offset());
        let monday = date.saturating_sub(jiff::Span::new().days(since_monday));
        let begins = |date: jiff::civil::Date| self.zone.to_timestamp(date.at(0, 0, 0, 0)).map_or(0, jiff::Timestamp::as_millisecond);
        let (begin, end) = (begins(monday), begins(monday.saturating_add(jiff::Span::new().days(7))));
        let midnight = jiff::tz::TimeZone::UTC.to_timestamp(monday.at(0, 0, 0, 0)).map_or(0, jiff::Timestamp::as_millisecond);
        let monday = Date::from_days(midnight.div_euclid(DAY_MS) as i32);
        self.week = (monday, begin, end);
        monday
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday_in_the_rulebooks_zone() {
        let zone = jiff::tz::TimeZone::get("America/Mexico_City").expect("the zone is in the binary");
        let mut tally = Tally::new(zone, None);
        for (at, monday) in [
            ("2026-11-02T05:59:59Z", "2026-10-26"), // still Sunday there
            ("2026-11-02T06:00:00Z", "2026-11-02"),
            ("2026-11-08T12:00:00Z", "2026-11-02"),
            ("2026-11-09T06:00:00Z", "2026-11-09"),
            ("2026-11-02T06:00:00Z", "2026-11-02"),
        ] {
            assert_eq!(tally.week_of(Timestamp::parse(at).expect("a time")).to_string(), monday, "{at}");
        }
    }
}
