//! What two rulebooks decide over the same history: from which decision to which, how often, with cases and the reasons why each moved.
//!
//! Both fold every record side by side; an account and an offering stand where the last decision about them left them, or at
//! `qualified` once a lead was made. This file refuses to know how the rulebooks' texts differ.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::cli::EventsArguments;
use crate::command::connect;
use crate::command::replay::names::Names;
use crate::command::replay::{Fold, History, Said, Stretch, words};
use crate::command::terminal::{self, Paint};
use crate::contract::decision::Gates;
use crate::contract::{Decision, Reason, Timestamp};
use crate::engine::Effect;
use crate::rulebook::Rulebook;

/// How many cases of each cell are shown.
const MAX_CASES: usize = 20;

/// Where an account and an offering stand.
pub type Stand = (Decision, Reason);

/// An account and an offering by their names, with what they did.
type Named<'a> = (&'a str, &'a str, &'a Pair);

/// The matrix.
#[derive(Debug, Serialize)]
pub struct Matrix {
    /// How many interactions were decided.
    pub interactions: u64,
    /// How many accounts and offerings there are.
    pub all: u64,
    /// How many of them stand elsewhere.
    pub moved: u64,
    /// Every cell that is not empty; those that moved first, the fullest first.
    pub cells: Vec<Cell>,
}

/// Those who move from one place to another, or stay.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// Under the first rulebook.
    pub from: String,
    /// Under the second.
    pub to: String,
    /// How many.
    pub count: u64,
    /// Cases, at most 20, in the order of their keys; none of those that stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    #[serde(skip)]
    moved: bool,
}

/// One account and offering that moved.
#[derive(Debug, Serialize)]
pub struct Case {
    /// The account.
    pub account: String,
    /// The offering.
    pub offering: String,
    /// The moment at which the two decisions parted.
    pub at: Timestamp,
    /// Why: what one rulebook said and the other did not.
    pub why: String,
}

/// What one account and offering did under both.
#[derive(Clone, Copy, Default)]
struct Pair {
    lead: [bool; 2],
    last: Option<[Said; 2]>,
    /// The first interaction that was a lead under one and not under the other.
    parted: Option<[Said; 2]>,
}

impl Pair {
    fn stand(&self, side: usize) -> Stand {
        match (&self.last, self.lead[side]) {
            (_, true) => (Decision::Qualified, Reason::AllHold),
            (Some(last), false) => (last[side].decision, last[side].reason),
            (None, false) => (Decision::NotQualified, Reason::NoOffering),
        }
    }

    fn take(&mut self, said: [Said; 2]) {
        let qualified = said.map(|said| said.decision == Decision::Qualified);
        let had = self.lead;
        self.lead = [had[0] || qualified[0], had[1] || qualified[1]];
        // What is a lead already under one says nothing about the rule that parted them.
        if self.parted.is_none() && qualified[0] != qualified[1] && had == [false, false] {
            self.parted = Some(said);
        }
        self.last = Some(said);
    }

    /// The two decisions that show why it moved: where they parted, if only one of them ever made a lead; else the last.
    fn shown(&self) -> Option<[Said; 2]> {
        if self.lead[0] == self.lead[1] { self.last } else { self.parted.or(self.last) }
    }
}

/// Folds the history under both rulebooks.
///
/// # Errors
/// The history can't be read, or there is none.
pub fn matrix(rulebooks: [&Arc<Rulebook>; 2], history: &EventsArguments) -> anyhow::Result<Matrix> {
    let settings = connect::settings(&history.config)?;
    let mut history = History::gather(&history.events, &settings, Stretch::of(history.from, history.to))?;
    let mut folds = rulebooks.map(Fold::under);
    let (mut accounts, mut offerings) = (Names::default(), Names::default());
    let mut pairs: FxHashMap<(u32, u32), Pair> = FxHashMap::default();
    let told = history.tell(|told| {
        let [first, second] = &mut folds;
        let effects = [first.take(told.partition, told.entry, told.at), second.take(told.partition, told.entry, told.at)];
        judged_again(&effects, told.at, &mut pairs, (&mut accounts, &mut offerings));
        let [first, second] = effects.each_ref().map(|effects| decisions(effects).filter(|made| !made.judged_again));
        // One interaction is decided about the same offerings under any rulebook.
        for (one, other) in first.zip(second) {
            // What one of them does not remember any more is no duplicate to it: that says nothing about the rules.
            let duplicate = [one, other].iter().any(|made| made.decision == Decision::Duplicate);
            let Some(offering) = one.offering.as_deref().filter(|_| !duplicate) else { continue };
            let subject = (accounts.number(told.entry.key.as_str()), offerings.number(offering));
            pairs.entry(subject).or_default().take([Said::of(one, told.at), Said::of(other, told.at)]);
        }
    });
    history.refused().tell("event", &mut terminal::stderr())?;
    Ok(Matrix::of(told?, &pairs, &accounts, &offerings))
}

/// Facts have what somebody asked for judged again where a verdict changes: under one rulebook perhaps, and not under
/// the other, whose last word holds.
fn judged_again(
    effects: &[Vec<Effect>; 2],
    at: Timestamp,
    pairs: &mut FxHashMap<(u32, u32), Pair>,
    (accounts, offerings): (&mut Names, &mut Names),
) {
    let mut found: BTreeMap<(u32, u32), [Option<Said>; 2]> = BTreeMap::new();
    for (side, effects) in effects.iter().enumerate() {
        for made in decisions(effects).filter(|made| made.judged_again) {
            let Some(offering) = made.offering.as_deref() else { continue };
            let subject = (accounts.number(made.account_key.as_str()), offerings.number(offering));
            found.entry(subject).or_default()[side] = Some(Said::of(made, at));
        }
    }
    for (subject, said) in found {
        let pair = pairs.entry(subject).or_default();
        let of = |side: usize| said[side].or(pair.last.map(|last| last[side]));
        if let (Some(one), Some(other)) = (of(0), of(1)) {
            pair.take([one, other]);
        }
    }
}

fn decisions(effects: &[Effect]) -> impl Iterator<Item = &crate::contract::decision::DecisionMade> {
    effects.iter().filter_map(|effect| if let Effect::Decision(made) = effect { Some(made.as_ref()) } else { None })
}

impl Matrix {
    fn of(interactions: u64, pairs: &FxHashMap<(u32, u32), Pair>, accounts: &Names, offerings: &Names) -> Self {
        let mut found: BTreeMap<(Stand, Stand), Vec<Named<'_>>> = BTreeMap::new();
        for ((account, offering), pair) in pairs {
            let names = (accounts.get(*account), offerings.get(*offering), pair);
            found.entry((pair.stand(0), pair.stand(1))).or_default().push(names);
        }
        let cells = found.into_iter().map(|((from, to), mut pairs)| {
            pairs.sort_by_key(|(account, offering, _)| (*account, *offering));
            let shown = if from == to { 0 } else { MAX_CASES };
            let cases = pairs.iter().take(shown).filter_map(|(account, offering, pair)| case(account, offering, pair)).collect();
            Cell { from: in_words(from), to: in_words(to), count: pairs.len() as u64, cases, moved: from != to }
        });
        let mut cells: Vec<Cell> = cells.collect();
        cells.sort_by(|a, b| b.moved.cmp(&a.moved).then(b.count.cmp(&a.count)).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
        let moved = cells.iter().filter(|cell| cell.moved).map(|cell| cell.count).sum();
        Self { interactions, all: pairs.len() as u64, moved, cells }
    }

    /// Whether any decision differs.
    pub fn differs(&self) -> bool {
        self.moved > 0
    }

    /// Prints it for a terminal.
    ///
    /// # Errors
    /// The output is gone.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let paint = Paint::of_stdout();
        let head = format!(
            "Decisions about {} over {}",
            terminal::count(self.all, "account and offering"),
            terminal::count(self.interactions, "interaction")
        );
        writeln!(out, "{}", paint.strong(&head.replace("account and offerings", "accounts and offerings")))?;
        if !self.differs() {
            return writeln!(out, "  None moves: every one stands where it stood.");
        }
        let mut table = terminal::table(["FROM", "TO", "HOW MANY"]);
        for cell in self.cells.iter().filter(|cell| cell.moved) {
            table.add_row([&cell.from, &cell.to, &cell.count.to_string()]);
        }
        terminal::lines(&table).try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out, "  {} stand where they stood.", self.all - self.moved)?;
        for cell in self.cells.iter().filter(|cell| cell.moved) {
            let head = format!("{} → {}: {} of {}", cell.from, cell.to, cell.cases.len(), cell.count);
            writeln!(out, "\n{}", paint.strong(&head))?;
            let mut table = terminal::table(["ACCOUNT", "OFFERING", "AT", "WHY"]);
            for case in &cell.cases {
                table.add_row([&case.account, &case.offering, &case.at.utc_date().to_string(), &case.why]);
            }
            terminal::lines(&table).try_for_each(|line| writeln!(out, "{line}"))?;
        }
        Ok(())
    }
}

fn in_words((decision, reason): Stand) -> String {
    match decision {
        Decision::Qualified => "qualified".to_owned(),
        decision => format!("{} ({reason})", decision.as_str().replace('_', " ")),
    }
}

fn case(account: &str, offering: &str, pair: &Pair) -> Option<Case> {
    let shown = pair.shown()?;
    Some(Case { account: account.to_owned(), offering: offering.to_owned(), at: shown[0].at, why: why(&shown) })
}

/// What the two decisions say differently: gates, points and thresholds, else their reasons.
fn why([before, after]: &[Said; 2]) -> String {
    let mut parts = Vec::new();
    if let (Some(before), Some(after)) = (before.truths(), after.truths()) {
        for (name, (before, after)) in Gates::NAMES.iter().zip(before.iter().zip(&after)) {
            if before != after {
                parts.push(format!("{name} {before} → {after}"));
            }
        }
    }
    for (name, before, after) in [("fit", before.fit, after.fit), ("intent", before.intent, after.intent)] {
        let of = |(points, threshold)| format!("{} of {}", words::points(points), words::points(threshold));
        if (before.0 >= before.1) != (after.0 >= after.1) {
            parts.push(format!("{name} {} → {}", of(before), of(after)));
        }
    }
    if parts.is_empty() {
        let lead = |said: &Said| if said.is_lead() { "a lead" } else { words::reason(said.reason) };
        parts.push(format!("{} → {}", lead(before), lead(after)));
    }
    parts.join(", ")
}
