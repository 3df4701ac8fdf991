//! The end of the month: how far people got, what each campaign brought, what became of every record.

use comfy_table::{CellAlignment, Table};

use super::WIDTH;
use super::heard::DeadLetterHeard;
use super::tally::Tally;
use super::words::{class, outcome};
use crate::command::demo::month::campaigns::{CAMPAIGNS, campaign_name};
use crate::command::terminal::{self, Paint};
use crate::contract::Class;

/// What was sent in, to be compared with what came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Records of the interactions' topic.
    pub interactions: u32,
    /// Records of the accounts' topic.
    pub accounts: u32,
    /// Records of the activities' topic.
    pub activities: u32,
}

/// All tables.
pub fn summary(tally: &Tally, sent: Sent, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, body: Vec<String>| {
        lines.push(String::new());
        lines.push(paint.strong(title));
        lines.extend(body);
    };
    section("How far people got", funnel(tally));
    section("What each campaign brought", campaigns(tally));
    section("What became of every interaction", outcomes(tally));
    section("Records that nobody could read (dead letters)", dead_letters(&tally.dead_letters));
    section("Does it add up?", indented(&balance(tally, sent)));
    lines
}

/// Text in lines, indented.
pub(super) fn indented(text: &str) -> Vec<String> {
    terminal::fold(text, WIDTH - 2).lines().map(|line| format!("  {line}")).collect()
}

fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A table as wide as the view, whose `numbers` stand at the right of their columns.
pub(super) fn numbered<const N: usize>(headings: [&str; N], numbers: std::ops::Range<usize>) -> Table {
    let mut table = terminal::table(headings);
    table.set_width(WIDTH as u16);
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn funnel(tally: &Tally) -> Vec<String> {
    let with_intent = tally.with_intent();
    let mut table = numbered(["", "people", "companies", ""], 1..3);
    for (step, reached, note) in [
        ("reached", &tally.reached, "somebody invited, mailed, called or met them"),
        ("in profile", &tally.in_profile, "of the kind that both departments agreed to serve"),
        ("with intent", &with_intent, "and asked for something buyers ask for"),
        ("qualified", &tally.qualified, "and able to buy, by a clear date: handed to sales"),
    ] {
        table.add_row([step.to_owned(), number(reached.people.len()), number(reached.companies.len()), note.to_owned()]);
    }
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    let (leads, near) = (tally.leads.len(), tally.near_misses);
    lines.push(format!("  {leads} leads; {near} near misses, told above; {} updates to sellers of open leads", tally.updates));
    lines
}

fn campaigns(tally: &Tally) -> Vec<String> {
    let classes = Class::ALL.map(class);
    let mut table = numbered(["campaign", "people", classes[0], classes[1], classes[2], classes[3], "leads"], 1..7);
    let known = CAMPAIGNS.iter().map(|campaign| campaign.id);
    let unknown = tally.campaigns.keys().map(String::as_str).filter(|id| campaign_name(id) == *id);
    let mut totals = [0; 5];
    for id in known.chain(unknown) {
        let Some(campaign) = tally.campaigns.get(id) else { continue };
        let of = |class| campaign.by_class.get(&class).copied().unwrap_or(0);
        let [reach, relationship, weak, intent] = Class::ALL.map(of);
        let counts = [reach, relationship, weak, intent, campaign.leads];
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        table.add_row(row(campaign_name(id), campaign.people.len(), counts));
    }
    table.add_row(row("all campaigns", tally.reached.people.len(), totals));
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    lines.extend(indented(
        "reached: invited, mailed, seen; together: tastings, dinners, gifts; hints: surveys, calls; requests: demos, quotes, prices, \
         trials. Repeats are left out. A lead belongs to the campaign whose request opened it.",
    ));
    lines
}

fn row(name: &str, people: usize, counts: [u32; 5]) -> Vec<String> {
    let counts = counts.into_iter().map(|count| if count == 0 { "–".to_owned() } else { number(count as usize) });
    [name.to_owned(), number(people)].into_iter().chain(counts).collect()
}

fn outcomes(tally: &Tally) -> Vec<String> {
    let mut table = numbered(["count", "outcome", "why"], 0..1);
    let mut rows: Vec<_> = tally.outcomes.iter().map(|((decision, reason), count)| (*count, outcome(*decision, *reason))).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    for (count, (what, why)) in rows {
        table.add_row([number(count as usize), what.to_owned(), why.to_owned()]);
    }
    table.add_row([number(tally.decisions() as usize), "all".to_owned(), "every interaction has exactly one decision".to_owned()]);
    terminal::lines(&table).collect()
}

fn dead_letters(letters: &[DeadLetterHeard]) -> Vec<String> {
    if letters.is_empty() {
        return vec!["  none".to_owned()];
    }
    let mut table = numbered(["code", "what", "where (topic-partition-offset)"], 0..0);
    for letter in letters {
        table.add_row([letter.code.clone(), letter.name.replace('_', " "), letter.place.clone()]);
    }
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    let code = letters.first().map_or("RLV-1002", |letter| &letter.code);
    lines.push(format!("  What a code means and what to do about it: relevo explain-code {code}"));
    lines
}

/// Whether every record that went in came out as exactly one thing.
pub fn adds_up(tally: &Tally, sent: Sent) -> bool {
    tally.decisions() as usize + tally.dead_letters.len() == sent.interactions as usize
}

fn balance(tally: &Tally, sent: Sent) -> String {
    let (interactions, accounts) = (number(sent.interactions as usize), number(sent.accounts as usize));
    let (decisions, dead) = (number(tally.decisions() as usize), tally.dead_letters.len());
    let verdict = if adds_up(tally, sent) { "Nothing was lost, nothing was decided twice." } else { "THIS DOES NOT ADD UP." };
    format!(
        "{interactions} interactions in = {decisions} decisions + {dead} dead letters out (and {accounts} facts from the CRM). {verdict}"
    )
}
