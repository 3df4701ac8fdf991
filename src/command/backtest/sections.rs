//! A report as a person reads it: sections of sentences and tables, the same on a terminal, in Markdown and on the page.
//!
//! Pure: figures in, words out. It refuses to know how they are drawn.

use super::judge::{Held, Missed, RuleRow};
use super::report::Report;
use super::statistics::{Finding, Lift, Share};
use crate::command::replay::words;
use crate::command::terminal::count;
use crate::contract::Timestamp;

/// The most rows of a table that may be long; JSON has all of them.
const MAX_ROWS: usize = 25;

/// Rows under headings.
pub struct Rows {
    /// A heading for each column.
    pub headings: Vec<&'static str>,
    /// As many cells as headings.
    pub rows: Vec<Vec<String>>,
    /// How many columns from the left are texts; the others are numbers.
    pub texts: usize,
}

/// A part of the report.
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Sentences before the table.
    pub before: Vec<String>,
    /// The table.
    pub table: Option<Rows>,
    /// Sentences behind it.
    pub behind: Vec<String>,
}

/// What the report is about, in a sentence.
pub fn headline(report: &Report) -> String {
    let history = &report.history;
    let between = match (history.first_at, history.last_at) {
        (Some(first), Some(last)) => format!(", {} to {}", day(first), day(last)),
        _ => String::new(),
    };
    format!(
        "{} (revision {}) over {} of {}{between}",
        report.rulebook.file,
        report.rulebook.revision,
        count(history.interactions, "interaction"),
        count(history.accounts, "account"),
    )
}

fn day(at: Timestamp) -> String {
    at.utc_date().in_words()
}

/// The whole report.
pub fn sections(report: &Report) -> Vec<Section> {
    let mut sections = vec![weeks(report), routes(report), campaigns(report), decisions(report)];
    if let Some(held) = &report.outcomes {
        sections.extend([outcomes(held), rules(held), missed(held)]);
    }
    sections
}

fn won_heading(report: &Report, headings: &[&'static str]) -> Vec<&'static str> {
    let won = report.outcomes.as_ref().map(|_| "WON LATER");
    headings.iter().copied().chain(won).collect()
}

fn numbers(numbers: &[u64], won: Option<u64>) -> impl Iterator<Item = String> {
    numbers.iter().copied().chain(won).map(|number| number.to_string()).collect::<Vec<_>>().into_iter()
}

fn weeks(report: &Report) -> Section {
    let rows = report
        .weeks
        .iter()
        .map(|row| std::iter::once(row.week.to_string()).chain(numbers(&[row.interactions, row.leads], row.won)).collect());
    let headings = won_heading(report, &["WEEK OF", "INTERACTIONS", "LEADS"]);
    let made = match report.leads {
        0 => "No lead at all: the decisions below say what was missing.".to_owned(),
        leads => format!("{} in all.", count(leads, "lead")),
    };
    let outside = match report.history.outside {
        0 => String::new(),
        outside => format!(" {} outside the stretch of time were left out.", count(outside, "interaction")),
    };
    Section {
        title: "Leads per week",
        before: vec![made + &outside],
        table: Some(Rows { headings, rows: rows.collect(), texts: 1 }),
        behind: Vec::new(),
    }
}

fn routes(report: &Report) -> Section {
    let rows =
        report.routes.iter().map(|row| [row.route.clone(), row.team.clone()].into_iter().chain(numbers(&[row.leads], row.won)).collect());
    let headings = won_heading(report, &["ROUTE", "TEAM", "LEADS"]);
    Section {
        title: "Leads per route",
        before: Vec::new(),
        table: Some(Rows { headings, rows: rows.collect(), texts: 2 }),
        behind: Vec::new(),
    }
}

fn campaigns(report: &Report) -> Section {
    let rows = report
        .campaigns
        .iter()
        .take(MAX_ROWS)
        .map(|row| std::iter::once(row.campaign.clone()).chain(numbers(&[row.interactions, row.leads], row.won)).collect());
    let headings = won_heading(report, &["CAMPAIGN", "INTERACTIONS", "LEADS"]);
    let before = vec!["A lead counts for the campaign of the interaction that made it.".to_owned()];
    let behind = more(report.campaigns.len(), "campaign");
    Section { title: "Leads per campaign", before, table: Some(Rows { headings, rows: rows.collect(), texts: 1 }), behind }
}

fn more(all: usize, what: &str) -> Vec<String> {
    let more = all.saturating_sub(MAX_ROWS) as u64;
    if more > 0 { vec![format!("… and {} more; `--format json` has all.", count(more, what))] } else { Vec::new() }
}

fn decisions(report: &Report) -> Section {
    let all: u64 = report.decisions.iter().map(|row| row.count).sum();
    let rows = report.decisions.iter().map(|row| {
        vec![
            row.decision.to_string(),
            row.reason.to_string(),
            words::reason(row.reason).to_owned(),
            row.count.to_string(),
            percent(row.count as f64 / all.max(1) as f64),
        ]
    });
    let table = Rows { headings: vec!["DECISION", "REASON", "IN WORDS", "COUNT", "SHARE"], rows: rows.collect(), texts: 3 };
    Section { title: "Decisions by reason", before: Vec::new(), table: Some(table), behind: Vec::new() }
}

/// `13.1 %`
pub fn percent(rate: f64) -> String {
    format!("{:.1} %", rate * 100.0)
}

fn interval(share: Option<Share>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1}–{:.1} %", share.low * 100.0, share.high * 100.0))
}

fn rate(share: Option<Share>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| percent(share.rate))
}

/// `2.1×`
pub fn times(lift: Option<Lift>) -> String {
    lift.map_or_else(|| "–".to_owned(), |lift| format!("{:.1}×", lift.times))
}

fn times_interval(lift: Option<Lift>) -> String {
    lift.map_or_else(|| "–".to_owned(), |lift| format!("{:.2}–{:.2}×", lift.low, lift.high))
}

fn outcomes(held: &Held) -> Section {
    let what = held.counted;
    let mut before = Vec::new();
    if let Some(too_small) = &held.too_small {
        before.push(format!("THE SAMPLE IS TOO SMALL. {too_small}"));
    }
    before.push(format!(
        "{} with evidence: {} won afterwards, {} lost, {} with no outcome.{}",
        count(held.all, what),
        held.won,
        held.lost,
        held.open,
        if held.counted == "sale" { " A sale is an account and an offering." } else { "" },
    ));
    let share = |name: &str, meaning: String, share: Option<Share>| {
        let of = share.map_or_else(String::new, |share| format!("{} of {}", share.hits, share.of));
        vec![name.to_owned(), meaning, of, rate(share), interval(share)]
    };
    let mut rows = vec![
        share("base rate", format!("of all {what}s, won"), held.base_rate),
        share("precision", "of those that became a lead, won".to_owned(), held.precision),
        share("recall", "of those that won, a lead before".to_owned(), held.recall),
    ];
    let lift = "precision over the base rate".to_owned();
    rows.push(vec!["lift".to_owned(), lift, String::new(), times(held.lift), times_interval(held.lift)]);
    let table = Rows { headings: vec!["FIGURE", "WHAT IT IS", "COUNT", "VALUE", "95 % INTERVAL"], rows, texts: 3 };
    Section { title: "What became of them", before, table: Some(table), behind: behind_outcomes(held) }
}

fn behind_outcomes(held: &Held) -> Vec<String> {
    let mut behind = vec![match held.finding {
        Finding::More | Finding::Less => format!("Those who became a lead {}.", held.finding.in_words()),
        Finding::NoDifference => "Whether leads win more often than others can't be told from chance.".to_owned(),
        Finding::TooFew => "Too few of the leads, or of all, were won to say anything.".to_owned(),
    }];
    if let Some(days) = held.median_days_to_win {
        behind.push(format!("Half of the won leads were won within {}.", count(days.round() as u64, "day")));
    }
    if held.won_value_found_usd + held.won_value_missed_usd > 0.0 {
        behind.push(format!(
            "Wins worth {:.0} USD were leads before; wins worth {:.0} USD were missed.",
            held.won_value_found_usd, held.won_value_missed_usd
        ));
    }
    let left = &held.left_out;
    let reasons = [
        (left.unknown, "of accounts or leads without an interaction here"),
        (left.before_evidence, "before the first evidence"),
        (left.further, "further ones of what had been decided"),
        (left.repeated, "said twice"),
        (left.refused, "could not be read"),
    ];
    let told: Vec<String> = reasons.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    if !told.is_empty() {
        behind.push(format!("Outcomes that do not count: {}.", told.join(", ")));
    }
    behind.push(
        "A win counts if it came after the first evidence, a lead or a rule if it came before the win. Who has no outcome counts as not won."
            .to_owned(),
    );
    behind
}

fn rules(held: &Held) -> Section {
    let base = rate(held.base_rate);
    let rows = held.rules.iter().map(|rule| {
        vec![
            rule.id.to_string(),
            rule.kind.to_owned(),
            rule.matched.to_string(),
            rule.won.to_string(),
            rate(rule.rate),
            interval(rule.rate),
            times(rule.lift),
            times_interval(rule.lift),
            rule.finding.in_words().to_owned(),
        ]
    });
    let headings = vec!["RULE", "KIND", "MATCHED", "WON", "RATE", "95 %", "LIFT", "95 %", "THOSE WHO MATCH"];
    let before = vec![format!("Whoever matched a rule once, before any win, against the base rate of {base}.")];
    let mut behind: Vec<String> = strongest(held).map(|rule| one_line(rule, &base)).into_iter().collect();
    behind.push("By chance alone about one rule in twenty looks as if it made a difference.".to_owned());
    Section { title: "Which rules tell who buys", before, table: Some(Rows { headings, rows: rows.collect(), texts: 2 }), behind }
}

/// The rule with the greatest lift that is certain.
fn strongest(held: &Held) -> Option<&RuleRow> {
    let certain = held.rules.iter().filter(|rule| rule.finding == Finding::More);
    certain.max_by(|a, b| {
        let low = |rule: &RuleRow| rule.lift.map_or(0.0, |lift| lift.low);
        low(a).total_cmp(&low(b))
    })
}

/// `uses-it: 312 matched, 41 won, 13.1 % against 6.2 %: 2.1×`
pub fn one_line(rule: &RuleRow, base: &str) -> String {
    format!("{}: {} matched, {} won, {} against {base}: {}", rule.id, rule.matched, rule.won, rate(rule.rate), times(rule.lift))
}

fn missed(held: &Held) -> Section {
    let all: u64 = held.missed_why.iter().map(|why| why.count).sum();
    if all == 0 {
        let before =
            vec![if held.won == 0 { "Nothing was won.".to_owned() } else { "None: every win had become a lead before.".to_owned() }];
        return Section { title: "Wins that the rulebook missed", before, table: None, behind: Vec::new() };
    }
    let why: Vec<String> = held.missed_why.iter().map(|why| format!("{} × {}", why.count, why.why)).collect();
    let rows = held.missed.iter().take(MAX_ROWS).map(missed_row);
    let headings = vec!["ACCOUNT", "OFFERING", "WON", "VALUE USD", "CAME NEAREST", "WHAT WAS MISSING THEN"];
    let behind = more(all as usize, &format!("missed {}", held.counted));
    let before = vec![format!("{all} of {} won without having been a lead before: {}.", held.won, why.join("; "))];
    Section { title: "Wins that the rulebook missed", before, table: Some(Rows { headings, rows: rows.collect(), texts: 6 }), behind }
}

fn missed_row(missed: &Missed) -> Vec<String> {
    vec![
        missed.account.clone(),
        missed.offering.clone().unwrap_or_default(),
        missed.won_at.utc_date().to_string(),
        missed.value_usd.map_or_else(String::new, |value| format!("{value:.0}")),
        missed.nearest_at.map_or_else(String::new, |at| at.utc_date().to_string()),
        missed.missing.join(", "),
    ]
}
