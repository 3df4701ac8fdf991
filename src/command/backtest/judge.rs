//! A history held against what became of its accounts: who was found, who was missed, and which rules tell the two apart.
//!
//! Nothing looks ahead: a win counts only when it came after the first evidence, and a lead or a rule only when it came before the
//! win. Pure: tracks and outcomes in, figures out.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::Serialize;

use super::outcomes::Outcome;
use super::statistics::{Cells, Finding, Lift, Share};
use super::tally::Tally;
use super::tracks::{Judged, Tracks};
use crate::command::replay::{Said, words};
use crate::contract::Timestamp;

/// With fewer wins than this nothing at all is said about a rulebook.
const MIN_WON: u64 = 20;
/// With fewer accounts likewise.
const MIN_ALL: u64 = 50;
/// How many of the missed are named; all are counted.
const MAX_MISSED: usize = 100;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Held {
    /// What is counted: `account`, or `sale` (an account and an offering) where every outcome says what was sold.
    pub counted: &'static str,
    /// How many there are with evidence.
    pub all: u64,
    /// Won after the first evidence.
    pub won: u64,
    /// Lost after it, and not won.
    pub lost: u64,
    /// Neither, as far as the file says.
    pub open: u64,
    /// The share of all that won.
    pub base_rate: Option<Share>,
    /// Of those that became a lead (before any win), the share that won.
    pub precision: Option<Share>,
    /// Of those that won, the share that had become a lead before.
    pub recall: Option<Share>,
    /// Precision over the base rate.
    pub lift: Option<Lift>,
    /// What the lift says.
    pub finding: Finding,
    /// Why nothing should be concluded; absent where there is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_small: Option<String>,
    /// The middle of the days from lead to win.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_days_to_win: Option<f64>,
    /// What the wins were worth that had become a lead before, in US dollars, as far as the file says.
    pub won_value_found_usd: f64,
    /// What the others were worth.
    pub won_value_missed_usd: f64,
    /// Every gate and criterion.
    pub rules: Vec<RuleRow>,
    /// Why wins were missed, most frequent first.
    pub missed_why: Vec<MissedWhy>,
    /// The missed, highest value first, at most 100.
    pub missed: Vec<Missed>,
    /// Outcomes that could not count.
    pub left_out: LeftOut,
}

/// One gate or criterion.
#[derive(Debug, Serialize)]
pub struct RuleRow {
    /// Its id.
    pub id: CompactString,
    /// `gate`, `fit` or `intent`.
    pub kind: &'static str,
    /// The agreed words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// How many matched it before any win.
    pub matched: u64,
    /// Of them, how many won.
    pub won: u64,
    /// The share.
    pub rate: Option<Share>,
    /// Over the base rate.
    pub lift: Option<Lift>,
    /// What that says.
    pub finding: Finding,
}

/// How often one reason kept a win from being found.
#[derive(Debug, Serialize)]
pub struct MissedWhy {
    /// The reason, in words.
    pub why: String,
    /// How often.
    pub count: u64,
}

/// A win that the rulebook did not find.
#[derive(Clone, Debug, Serialize)]
pub struct Missed {
    /// The account.
    pub account: String,
    /// What was sold, where sales are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
    /// When it was won.
    pub won_at: Timestamp,
    /// What it was worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_usd: Option<f64>,
    /// When it came nearest to being a lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest_at: Option<Timestamp>,
    /// What was missing then.
    pub missing: Vec<String>,
}

/// Outcomes that could not count, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Of accounts or leads without an interaction in the history.
    pub unknown: u64,
    /// Before the first evidence, or at the same moment.
    pub before_evidence: u64,
    /// Said before by another line.
    pub repeated: u64,
    /// Further outcomes of what was decided already: one account or sale counts once.
    pub further: u64,
    /// Lines that could not be used.
    pub refused: u64,
}

/// Judges every track. Also whether each lead of the tally was won later, in their order.
pub fn held(mut tracks: Tracks, tally: &Tally) -> (Held, Vec<bool>) {
    let judged = tracks.finish();
    let mut left_out = LeftOut {
        unknown: tracks.outcomes().by_account.values().chain(tracks.outcomes().by_lead.values()).map(|found| found.len() as u64).sum(),
        repeated: tracks.outcomes().repeated,
        refused: tracks.outcomes().refused.count(),
        ..LeftOut::default()
    };
    let ends: Vec<Option<&Outcome>> = judged.iter().map(|one| end_of(one, &mut left_out)).collect();
    let is_won = |index: &usize| ends[*index].is_some_and(|end| end.won);
    let won = (0..judged.len()).filter(is_won).count() as u64;
    let lost = ends.iter().flatten().filter(|end| !end.won).count() as u64;
    let all = judged.len() as u64;
    let cells = |matched: &dyn Fn(usize) -> bool| {
        let matching: Vec<usize> = (0..judged.len()).filter(|index| matched(*index)).collect();
        let matched_won = matching.iter().filter(|index| is_won(index)).count() as u64;
        Cells { matched: matching.len() as u64, matched_won, all, all_won: won }
    };
    // Tracks hold nothing from the first win on, so whatever they hold came before it.
    let leads = cells(&|index| judged[index].track.qualified_at.is_some());
    let (missed, missed_why, value_missed) = missed(&judged, &ends, tally);
    let too_small = too_small(all, won);
    let value = |end: &&Outcome| end.value_usd.unwrap_or(0.0);
    let value_all: f64 = ends.iter().flatten().filter(|end| end.won).map(value).sum();
    let held = Held {
        counted: if tracks.by_sale() { "sale" } else { "account" },
        all,
        won,
        lost,
        open: all - won - lost,
        base_rate: Share::new(won, all),
        precision: leads.rate(),
        recall: Share::new(leads.matched_won, won),
        lift: leads.lift(),
        finding: finding_of(leads, too_small.as_ref()),
        median_days_to_win: median_days(&judged, &ends),
        won_value_found_usd: value_all - value_missed,
        won_value_missed_usd: value_missed,
        rules: rules(&judged, &tracks, too_small.as_ref(), &cells),
        too_small,
        missed_why,
        missed,
        left_out,
    };
    let won_leads = won_leads(&judged, &ends, tally, tracks.by_sale());
    (held, won_leads)
}

/// What an account or a sale ended in: its first win after the first evidence, else its first loss.
fn end_of<'j>(judged: &'j Judged, left_out: &mut LeftOut) -> Option<&'j Outcome> {
    let counts = |outcome: &&Outcome| outcome.at > judged.track.first_at;
    let after = judged.outcomes.iter().filter(counts).count() as u64;
    left_out.before_evidence += judged.outcomes.len() as u64 - after;
    left_out.further += after.saturating_sub(1);
    let first = |won: bool| judged.outcomes.iter().filter(counts).filter(|outcome| outcome.won == won).min_by_key(|outcome| outcome.at);
    first(true).or_else(|| first(false))
}

fn too_small(all: u64, won: u64) -> Option<String> {
    (all < MIN_ALL || won < MIN_WON).then(|| {
        format!(
            "{won} won of {all}: too few to say anything about the rules. Below {MIN_WON} wins or {MIN_ALL} in all, \
             whatever the figures show may be chance."
        )
    })
}

fn median_days(judged: &[Judged], ends: &[Option<&Outcome>]) -> Option<f64> {
    let days = |(one, end): (&Judged, &Option<&Outcome>)| {
        let (at, end) = (one.track.qualified_at?, end.filter(|end| end.won)?);
        Some(end.at.since_ms(at) as f64 / crate::contract::time::DAY_MS as f64)
    };
    let mut days: Vec<f64> = judged.iter().zip(ends).filter_map(days).collect();
    days.sort_by(f64::total_cmp);
    let middle = days.len() / 2;
    match days.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(days[middle]),
        _ => Some(f64::midpoint(days[middle - 1], days[middle])),
    }
}

/// Counts those of a number for which something holds.
type Counts<'a> = dyn Fn(&dyn Fn(usize) -> bool) -> Cells + 'a;

/// What the cells say; of too small a sample nothing.
fn finding_of(cells: Cells, too_small: Option<&String>) -> Finding {
    if too_small.is_some() { Finding::TooFew } else { cells.finding() }
}

fn rules(judged: &[Judged], tracks: &Tracks, too_small: Option<&String>, counts: &Counts<'_>) -> Vec<RuleRow> {
    let row = |(number, rule): (usize, &super::tracks::Rule)| {
        let cells = counts(&|index| judged[index].track.matched.iter().any(|(matched, _)| usize::from(*matched) == number));
        RuleRow {
            id: rule.id.clone(),
            kind: rule.kind,
            because: rule.because.clone(),
            matched: cells.matched,
            won: cells.matched_won,
            rate: cells.rate(),
            lift: cells.lift(),
            finding: finding_of(cells, too_small),
        }
    };
    tracks.rules().iter().enumerate().map(row).collect()
}

/// The wins without a lead before them; why; and what they were worth.
fn missed(judged: &[Judged], ends: &[Option<&Outcome>], tally: &Tally) -> (Vec<Missed>, Vec<MissedWhy>, f64) {
    let mut missed = Vec::new();
    let mut why: BTreeMap<String, u64> = BTreeMap::new();
    for (one, end) in judged.iter().zip(ends) {
        let Some(end) = end.filter(|end| end.won && one.track.qualified_at.is_none()) else { continue };
        let missing = match &one.track.nearest {
            Some(nearest) => nearest.missing(),
            None => vec!["no interaction was about it".to_owned()],
        };
        *why.entry(headline(one.track.nearest.as_ref())).or_default() += 1;
        missed.push(Missed {
            account: tally.accounts.get(one.account).to_owned(),
            offering: one.offering.map(|offering| tally.offerings.get(offering).to_owned()),
            won_at: end.at,
            value_usd: end.value_usd,
            nearest_at: one.track.nearest.as_ref().map(|nearest| nearest.at),
            missing,
        });
    }
    let value = missed.iter().filter_map(|missed| missed.value_usd).sum();
    missed.sort_by(|a, b| {
        let worth = |missed: &Missed| missed.value_usd.unwrap_or(0.0);
        worth(b).total_cmp(&worth(a)).then_with(|| (&a.account, &a.offering).cmp(&(&b.account, &b.offering)))
    });
    missed.truncate(MAX_MISSED);
    let mut why: Vec<MissedWhy> = why.into_iter().map(|(why, count)| MissedWhy { why, count }).collect();
    why.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.why.cmp(&b.why)));
    (missed, why, value)
}

/// The reason of a decision in a few words.
fn headline(nearest: Option<&Said>) -> String {
    match nearest {
        Some(nearest) => words::reason(nearest.reason).to_owned(),
        None => "no interaction was about it".to_owned(),
    }
}

/// Whether each lead was won after it was made.
fn won_leads(judged: &[Judged], ends: &[Option<&Outcome>], tally: &Tally, by_sale: bool) -> Vec<bool> {
    let won: BTreeMap<(u32, Option<u32>), Timestamp> = judged
        .iter()
        .zip(ends)
        .filter_map(|(one, end)| end.filter(|end| end.won).map(|end| ((one.account, one.offering), end.at)))
        .collect();
    let is_won = |lead: &super::tally::LeadMade| {
        let subject = (lead.account, by_sale.then_some(lead.offering));
        won.get(&subject).is_some_and(|at| *at > lead.at)
    };
    tally.leads.iter().map(is_won).collect()
}
