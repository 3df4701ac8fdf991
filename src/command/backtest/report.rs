//! The report of a backtest, as values: what `--format json` prints, and what tables, Markdown and the page are drawn from.

use serde::Serialize;

use super::judge::{self, Held};
use super::tally::Tally;
use crate::command::replay::History;
use crate::contract::{Date, Decision, Reason, Timestamp};
use crate::rulebook::Rulebook;

/// Everything that a backtest found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Under which rulebook.
    pub rulebook: RulebookName,
    /// Over which history.
    pub history: Span,
    /// How many leads it made.
    pub leads: u64,
    /// By week, oldest first.
    pub weeks: Vec<Week>,
    /// By route, in the rulebook's order.
    pub routes: Vec<RouteRow>,
    /// By the campaign of the interaction that made the lead; most leads first.
    pub campaigns: Vec<CampaignRow>,
    /// Decisions, most frequent first.
    pub decisions: Vec<DecisionRow>,
    /// Held against what became of the accounts; absent without outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Held>,
}

/// A rulebook by name.
#[derive(Debug, Serialize)]
pub struct RulebookName {
    /// Its file.
    pub file: String,
    /// Its revision.
    pub revision: u32,
    /// Its digest.
    pub digest: String,
}

/// The history.
#[derive(Debug, Serialize)]
pub struct Span {
    /// Interactions that were decided about.
    pub interactions: u64,
    /// Accounts that they came from.
    pub accounts: u64,
    /// The first one's time.
    pub first_at: Option<Timestamp>,
    /// The last one's.
    pub last_at: Option<Timestamp>,
    /// Interactions that were there twice.
    pub duplicates: u64,
    /// Interactions outside `--from` and `--to`, which were left out.
    pub outside: u64,
    /// Lines or records that could not be used, by code.
    pub refused: Vec<RefusedRow>,
}

/// How many could not be used.
#[derive(Debug, Serialize)]
pub struct RefusedRow {
    /// `RLV-nnnn`
    pub code: String,
    /// What it means.
    pub title: &'static str,
    /// How many.
    pub count: u64,
}

/// One week.
#[derive(Debug, Serialize)]
pub struct Week {
    /// Its Monday.
    pub week: Date,
    /// Interactions.
    pub interactions: u64,
    /// Leads.
    pub leads: u64,
    /// Of these leads, those that were won later; absent without outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub won: Option<u64>,
}

/// One route.
#[derive(Debug, Serialize)]
pub struct RouteRow {
    /// Its id.
    pub route: String,
    /// Its team.
    pub team: String,
    /// Leads.
    pub leads: u64,
    /// Won later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub won: Option<u64>,
}

/// One campaign.
#[derive(Debug, Serialize)]
pub struct CampaignRow {
    /// Its identifier.
    pub campaign: String,
    /// Interactions.
    pub interactions: u64,
    /// Leads that one of them made.
    pub leads: u64,
    /// Won later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub won: Option<u64>,
}

/// One kind of decision.
#[derive(Debug, Serialize)]
pub struct DecisionRow {
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: u64,
}

impl Report {
    /// The report of what was counted.
    pub fn of(mut tally: Tally, rulebook: &Rulebook, file: &str, history: &History) -> Self {
        let held = tally.tracks.take().map(|tracks| judge::held(tracks, &tally));
        let (held, won) = held.map_or((None, None), |(held, won)| (Some(held), Some(won)));
        let count_won =
            |is: &dyn Fn(usize) -> bool| won.as_ref().map(|won| (0..won.len()).filter(|lead| won[*lead] && is(*lead)).count() as u64);
        let weeks_of_leads: Vec<Date> =
            tally.leads.iter().map(|lead| lead.at).collect::<Vec<_>>().into_iter().map(|at| tally.week_of(at)).collect();
        let weeks = all_weeks(&tally).into_iter().map(|week| Week {
            week,
            interactions: tally.weeks.get(&week).copied().unwrap_or(0),
            leads: weeks_of_leads.iter().filter(|of| **of == week).count() as u64,
            won: count_won(&|lead| weeks_of_leads[lead] == week),
        });
        let routes = rulebook.routes.iter().map(|route| {
            let number = tally.routes.find(&route.id);
            RouteRow {
                route: route.id.to_string(),
                team: route.team.to_string(),
                leads: tally.leads.iter().filter(|lead| Some(lead.route) == number).count() as u64,
                won: count_won(&|lead| Some(tally.leads[lead].route) == number),
            }
        });
        Self {
            rulebook: RulebookName { file: file.to_owned(), revision: rulebook.revision, digest: rulebook.digest.to_string() },
            history: span(&tally, history),
            leads: tally.leads.len() as u64,
            weeks: weeks.collect(),
            routes: routes.collect(),
            campaigns: campaigns(&tally, won.as_deref()),
            decisions: decisions(&tally),
            outcomes: held,
        }
    }
}

/// Every week from the first to the last, also those in which nothing happened; of more than twenty years only those in which something did.
fn all_weeks(tally: &Tally) -> Vec<Date> {
    const MAX_WEEKS: i32 = 1_044;
    match (tally.weeks.keys().next(), tally.weeks.keys().next_back()) {
        (Some(first), Some(last)) if (last.as_days() - first.as_days()) / 7 < MAX_WEEKS => {
            (first.as_days()..=last.as_days()).step_by(7).map(Date::from_days).collect()
        }
        _ => tally.weeks.keys().copied().collect(),
    }
}

fn span(tally: &Tally, history: &History) -> Span {
    let duplicates = tally.decisions.iter().filter(|((decision, _), _)| *decision == Decision::Duplicate).map(|(_, count)| count);
    let refused = history.refused().by_code().map(|(code, count)| RefusedRow { code: code.to_string(), title: code.title, count });
    Span {
        interactions: tally.interactions,
        accounts: tally.accounts.count() as u64,
        first_at: tally.first_at,
        last_at: tally.last_at,
        duplicates: duplicates.sum(),
        outside: history.outside(),
        refused: refused.collect(),
    }
}

fn campaigns(tally: &Tally, won: Option<&[bool]>) -> Vec<CampaignRow> {
    let mut rows: Vec<CampaignRow> = tally
        .by_campaign
        .iter()
        .enumerate()
        .map(|(number, interactions)| CampaignRow {
            campaign: tally.campaigns.get(number as u32).to_owned(),
            interactions: *interactions,
            leads: 0,
            won: won.map(|_| 0),
        })
        .collect();
    for (index, lead) in tally.leads.iter().enumerate() {
        let row = &mut rows[lead.campaign as usize];
        row.leads += 1;
        if let (Some(count), Some(true)) = (&mut row.won, won.map(|won| won[index])) {
            *count += 1;
        }
    }
    rows.sort_by(|a, b| (b.leads, b.interactions).cmp(&(a.leads, a.interactions)).then_with(|| a.campaign.cmp(&b.campaign)));
    rows
}

fn decisions(tally: &Tally) -> Vec<DecisionRow> {
    let mut rows: Vec<DecisionRow> = tally
        .decisions
        .iter()
        .map(|((decision, reason), count)| DecisionRow { decision: *decision, reason: *reason, count: *count })
        .collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then((a.decision, a.reason).cmp(&(b.decision, b.reason))));
    rows
}
