//! The end of the month for sales: who waits now, who answers, who is late, who hoards.
//!
//! Silence flatters nobody: leads that nobody called stand beside the answers, and the page begins with them.

use std::collections::BTreeMap;

use super::heard::{FollowUpHeard, LeadHeard};
use super::summary::{indented, numbered};
use super::words::when;
use crate::command::terminal::{self, Paint, count, span};
use crate::contract::Timestamp;

/// What became of a lead, as far as it was told.
#[derive(Clone, Debug)]
struct Lead {
    number: usize,
    company: String,
    team: String,
    seller: Option<String>,
    handed_off_at: Timestamp,
    respond_by: Option<Timestamp>,
    standing: String,
    /// In the team's working time, and whether it was in time.
    answer: Option<(i64, Option<bool>)>,
    withdrawn: bool,
}

/// What is counted of a seller, or of a team's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    had: u32,
    in_time: u32,
    late: u32,
    missed: u32,
    taken_back: u32,
    hoarded: u32,
    moved_away: u32,
}

/// Everything that was told of what sales did.
#[derive(Clone, Debug, Default)]
pub struct Response {
    leads: BTreeMap<String, Lead>,
    sellers: BTreeMap<String, Figures>,
}

/// What a lead that is nobody's belongs to.
const QUEUE: &str = "(queue)";

impl Response {
    /// A lead was handed off.
    pub fn lead(&mut self, heard: &LeadHeard, number: usize) {
        let seller = heard.assignment.assignee.clone();
        self.of(seller.as_deref()).had += 1;
        let lead = Lead {
            number,
            company: heard.account.name.clone().unwrap_or_else(|| heard.account.key.clone()),
            team: heard.assignment.team.clone(),
            seller,
            handed_off_at: heard.clock.handed_off_at,
            respond_by: heard.promise.respond_by,
            standing: "waiting".to_owned(),
            answer: None,
            withdrawn: false,
        };
        self.leads.insert(heard.lead_id.clone(), lead);
    }

    /// A lead's standing has changed.
    pub fn follow_up(&mut self, event: &FollowUpHeard) {
        let Some(lead) = self.leads.get_mut(&event.lead_id) else { return };
        lead.standing.clone_from(&event.standing);
        lead.seller.clone_from(&event.assignee);
        let actor = event.activity.as_ref().and_then(|by| by.actor_id.clone());
        match event.event.as_str() {
            "responded" => {
                let before = lead.answer.replace((event.business_seconds.unwrap_or_default(), event.met));
                if before.is_none() {
                    let figures = self.of(actor.as_deref());
                    if event.met == Some(false) { figures.late += 1 } else { figures.in_time += 1 }
                }
            }
            "overdue" => self.of(event.assignee.as_deref()).missed += 1,
            "overdue_withdrawn" => {
                lead.withdrawn = true;
                let figures = self.of(actor.as_deref());
                figures.taken_back += 1;
                figures.missed = figures.missed.saturating_sub(1);
            }
            "hoarded" => self.of(event.by.as_deref()).hoarded += 1,
            "reassigned" => {
                if event.from.is_some() {
                    self.of(event.from.as_deref()).moved_away += 1;
                }
                self.of(event.to.as_deref()).had += 1;
            }
            _ => {}
        }
    }

    fn of(&mut self, seller: Option<&str>) -> &mut Figures {
        self.sellers.entry(seller.unwrap_or(QUEUE).to_owned()).or_default()
    }

    fn untouched(&self) -> Vec<&Lead> {
        let mut waiting: Vec<&Lead> = self.leads.values().filter(|lead| ["waiting", "overdue"].contains(&lead.standing.as_str())).collect();
        waiting.sort_by_key(|lead| lead.handed_off_at);
        waiting
    }
}

/// The page.
pub fn page(response: &Response, now: Timestamp, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: String, body: Vec<String>| {
        lines.extend([String::new(), title]);
        lines.extend(body);
    };
    section(paint.strong("Who keeps buyers waiting?"), waiting(response, now, paint));
    section(paint.strong("How each team answered"), teams(response, now));
    section(paint.strong("Who answers, who is late, who hoards"), sellers(response));
    lines
}

/// Who keeps buyers waiting, in a sentence.
fn verdict(response: &Response, now: Timestamp, paint: Paint) -> String {
    let waiting = response.untouched();
    let Some(longest) = waiting.first() else { return paint.good("  Nobody: each lead has been called.") };
    let whose = longest.seller.as_deref().map_or_else(|| format!("the queue of {}", longest.team), str::to_owned);
    let since = span(now.since_ms(longest.handed_off_at) / 1_000);
    let buyers = count(waiting.len() as u64, "buyer");
    paint.bad(&format!("  {buyers} that nobody has called. {} has waited for {since}: {whose}.", longest.company))
}

fn waiting(response: &Response, now: Timestamp, paint: Paint) -> Vec<String> {
    let mut lines = vec![verdict(response, now, paint)];
    let waiting = response.untouched();
    if waiting.is_empty() {
        return lines;
    }
    let mut table = numbered(["lead", "company", "with", "team", "waits for", "handed off", "promised by"], 4..5);
    for lead in waiting {
        table.add_row([
            format!("LEAD {}", lead.number),
            lead.company.clone(),
            lead.seller.clone().unwrap_or_else(|| QUEUE.to_owned()),
            lead.team.clone(),
            span(now.since_ms(lead.handed_off_at) / 1_000),
            when(lead.handed_off_at),
            lead.respond_by.map_or_else(|| "–".to_owned(), when),
        ]);
    }
    lines.extend(terminal::lines(&table));
    lines
}

fn teams(response: &Response, now: Timestamp) -> Vec<String> {
    let mut by_team = BTreeMap::<&str, Vec<&Lead>>::new();
    for lead in response.leads.values() {
        by_team.entry(&lead.team).or_default().push(lead);
    }
    let mut table = numbered(["team", "leads", "in time", "later", "not yet", "half within", "longest wait now"], 1..7);
    for (team, leads) in by_team {
        let kept = leads.iter().filter(|lead| lead.answer.is_some_and(|(_, met)| met != Some(false))).count();
        let late = leads.iter().filter(|lead| lead.answer.is_some_and(|(_, met)| met == Some(false))).count();
        let open: Vec<&&Lead> = leads.iter().filter(|lead| lead.answer.is_none() && lead.standing != "closed").collect();
        // Those who wait have waited longer than any answer took, or the middle of the answers would flatter.
        let mut answers: Vec<Option<i64>> = leads.iter().map(|lead| lead.answer.map(|(seconds, _)| seconds)).collect();
        answers.sort_by_key(|answer| answer.unwrap_or(i64::MAX));
        let middle = answers.get((answers.len() - 1) / 2).copied().flatten().map_or_else(|| "unanswered".to_owned(), span);
        let longest = open.iter().map(|lead| now.since_ms(lead.handed_off_at) / 1_000).max().map_or_else(|| "–".to_owned(), span);
        table.add_row([team.to_owned(), leads.len().to_string(), dash(kept), dash(late), dash(open.len()), middle, longest]);
    }
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    lines.extend(indented("half within: half of the team's leads had their first call after so much working time; those that nobody has called count as the longest."));
    lines
}

fn sellers(response: &Response) -> Vec<String> {
    let headings = ["seller", "had", "in time", "later", "missed", "taken back", "hoarded", "moved away", "waiting now"];
    let mut table = numbered(headings, 1..9);
    let mut worst_first: Vec<(&String, &Figures)> = response.sellers.iter().collect();
    worst_first.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.missed + figures.late + figures.hoarded));
    for (seller, figures) in worst_first {
        let waits = response.untouched().into_iter().filter(|lead| lead.seller.as_deref().unwrap_or(QUEUE) == *seller).count();
        let Figures { had, in_time, late, missed, taken_back, hoarded, moved_away } = *figures;
        let counts = [had, in_time, late, missed, taken_back, hoarded, moved_away].map(|count| dash(count as usize));
        table.add_row([seller.clone()].into_iter().chain(counts).chain([dash(waits)]));
    }
    let mut lines: Vec<String> = terminal::lines(&table).collect();
    let withdrawn = response.leads.values().filter(|lead| lead.withdrawn).count();
    lines.extend(indented(&format!(
        "had: leads that were theirs at some time; missed: nobody had called in the promised time, while it was with them; taken back: it was \
         told as missed, and they had called in time and entered it later ({withdrawn} in all); hoarded: taken, and then nothing for three \
         working days; moved away: to somebody else, because it was late, hoarded, or they were away."
    )));
    lines
}

fn dash(count: usize) -> String {
    if count == 0 { "–".to_owned() } else { count.to_string() }
}
