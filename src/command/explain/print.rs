//! A story on a terminal: a timeline in plain words.
//!
//! What the rules said is told in full when it has changed since the last decision about the same offering.

use std::collections::BTreeMap;
use std::io::{self, Write};

use compact_str::CompactString;

use super::story::{Decided, Moment, RuleSaid, Story, What, nobody_said};
use crate::command::replay::words;
use crate::command::terminal::{self, Paint};
use crate::contract::decision::Score;
use crate::contract::{Decision, Timestamp, Truth};

/// How many columns a line takes at most.
const MAX_TEXT_WIDTH: usize = 110;
/// What stands behind a line's heading begins here.
const INDENT: usize = 17;

/// Prints a story.
///
/// # Errors
/// The output is gone.
pub fn text(story: &Story, out: &mut impl Write) -> io::Result<()> {
    let paint = Paint::of_stdout();
    let head = format!("{}: {} (times are UTC)", story.account, terminal::count(story.interactions() as u64, "interaction"));
    writeln!(out, "{}", paint.strong(&head))?;
    let mut before: BTreeMap<Option<CompactString>, &Vec<RuleSaid>> = BTreeMap::new();
    for moment in &story.moments {
        let class = moment.decided.first().map_or_else(String::new, |decided| format!(" ({} evidence)", decided.class));
        writeln!(out, "\n{}  {}{class}", paint.strong(&when(moment.at)), arrived(&moment.what))?;
        if let What::Interaction { occurred_at: Some(at), .. } = &moment.what {
            line(out, "", &format!("happened {}", when(*at)))?;
        }
        if let What::Interaction { told, .. } | What::AccountFacts { told, .. } = &moment.what
            && !told.is_empty()
        {
            line(out, "said", &told.join(", "))?;
        }
        for decided in &moment.decided {
            decision(decided, paint, out)?;
            if decided.rules.is_empty() {
                continue; // a duplicate: no rule was asked
            }
            if before.get(&decided.offering).is_some_and(|before| **before == decided.rules) {
                line(out, "rules", "every rule says the same as before")?;
            } else {
                rules(decided, out)?;
            }
            let scores = [("fit", decided.fit.as_ref()), ("intent", decided.intent.as_ref().filter(|_| decided.offering.is_some()))];
            for (name, points) in scores.iter().filter_map(|(name, points)| points.map(|points| (*name, points))) {
                score(name, points, decided, out)?;
            }
            before.insert(decided.offering.clone(), &decided.rules);
        }
        followed(moment, paint, out)?;
    }
    standing(story, paint, out)
}

/// `2026-11-03 15:04:05`, UTC.
pub(super) fn when(at: Timestamp) -> String {
    at.to_string().chars().take(19).collect::<String>().replace('T', " ")
}

fn arrived(what: &What) -> String {
    match what {
        What::Interaction { kind, person_id, role, campaign_id, offerings, .. } => {
            let about = if offerings.is_empty() { String::new() } else { format!(" about {}", offerings.join(" and ")) };
            let role = role
                .as_ref()
                .map_or_else(String::new, |role| format!(", {}", role.replace(|letter: char| letter == '_' || letter.is_control(), " ")));
            format!("{}{about}, by {person_id}{role}, in campaign {campaign_id}", kind.as_str().replace('_', " "))
        }
        What::AccountFacts { customer, owner, open_opportunities, told: _ } => {
            let customer = customer.map(|customer| if customer { "a customer" } else { "no customer" }.to_owned());
            let owner = owner.as_ref().map(|owner| format!("owner {owner}"));
            let sales = (*open_opportunities > 0).then(|| format!("open opportunities: {open_opportunities}"));
            let said: Vec<String> = [customer, owner, sales].into_iter().flatten().collect();
            let said = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
            format!("facts from the CRM{said}")
        }
        What::ClaimDropped => "an account of the CRM claims this domain no longer".to_owned(),
        What::Law { revision, digest } => format!("revision {revision} took force ({})", digest.chars().take(19).collect::<String>()),
        What::Activity { activity_id, kind, actor } => format!("sales ({actor}): {} ({activity_id})", kind.replace('_', " ")),
        What::Time => "time passed".to_owned(),
        What::Turn => "the team said whose turn it is".to_owned(),
    }
}

fn line(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    let width = MAX_TEXT_WIDTH.min(usize::from(terminal::width())) - INDENT;
    let folded = terminal::fold(text, width);
    for (number, line) in folded.lines().enumerate() {
        let heading = if number == 0 { heading } else { "" };
        writeln!(out, "     {heading:<width$}{line}", width = INDENT - 5)?;
    }
    Ok(())
}

fn decision(decided: &Decided, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let offering = decided.offering.as_ref().map_or_else(String::new, |offering| format!("{offering}: "));
    let name = |decision: Decision| decision.as_str().replace('_', " ");
    let reason = match (&decided.disqualifier, decided.decision) {
        (_, Decision::Qualified) => String::new(),
        (Some(disqualifier), _) => format!(", because the disqualifier {disqualifier} holds"),
        (None, _) => format!(", because: {}", words::reason(decided.reason)),
    };
    let decision = if decided.decision == Decision::Qualified { paint.good("QUALIFIED") } else { name(decided.decision) };
    line(out, "decided", &format!("{offering}{decision}{reason}"))?;
    match decided.before {
        Some((before, reason)) => line(out, "", &format!("(before: {}, {})", name(before), words::reason(reason))),
        None => Ok(()),
    }
}

/// Gates one by one, then whatever disqualifies.
fn rules(decided: &Decided, out: &mut impl Write) -> io::Result<()> {
    let of = |kind| decided.rules.iter().filter(move |rule| rule.kind == kind);
    let width = of("gate").map(|rule| rule.id.len()).max().unwrap_or(0);
    for (number, rule) in of("gate").enumerate() {
        let heading = if number == 0 { "gates" } else { "" };
        let (heading_width, id) = (INDENT - 5, rule.id.as_str());
        writeln!(out, "     {heading:<heading_width$}{id:<width$}  {}{}", rule.truth, nobody_said(&rule.missing))?;
    }
    of("disqualifier")
        .filter(|rule| rule.truth != Truth::False)
        .try_for_each(|rule| line(out, "", &format!("disqualifier {}: {}{}", rule.id, rule.truth, nobody_said(&rule.missing))))
}

/// `fit  60 of 50: mid-market +30 (we serve mid-size companies), …`, and below what gave nothing, and why.
fn score(name: &str, score: &Score, decided: &Decided, out: &mut impl Write) -> io::Result<()> {
    let said = |id: &CompactString| decided.rules.iter().find(|rule| rule.id == *id);
    let gave = score.matched.iter().map(|matched| {
        let because = said(&matched.id).and_then(|rule| rule.because.as_deref());
        let because = because.map_or_else(String::new, |because| format!(" ({because})"));
        let sign = if matched.points.0 < 0 { "" } else { "+" };
        format!("{} {sign}{}{because}", matched.id, words::points(matched.points))
    });
    let gave: Vec<String> = gave.collect();
    let gave = if gave.is_empty() { String::new() } else { format!(": {}", gave.join(", ")) };
    line(out, name, &format!("{} of {}{gave}", words::points(score.points), words::points(score.threshold)))?;
    let others = || decided.rules.iter().filter(|rule| rule.kind == name && !score.matched.iter().any(|matched| matched.id == rule.id));
    let unknown: Vec<String> =
        others().filter(|rule| rule.truth == Truth::Unknown).map(|rule| format!("{}{}", rule.id, nobody_said(&rule.missing))).collect();
    if !unknown.is_empty() {
        line(out, "", &format!("unknown: {}", unknown.join(", ")))?;
    }
    let no: Vec<&str> = others().filter(|rule| rule.truth != Truth::Unknown).map(|rule| rule.id.as_str()).collect();
    if no.is_empty() { Ok(()) } else { line(out, "", &format!("nothing for: {}", no.join(", "))) }
}

fn followed(moment: &Moment, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    moment.followed.iter().try_for_each(|text| line(out, "so", &if text.starts_with("lead ") { paint.good(text) } else { text.clone() }))
}

fn standing(story: &Story, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let heading = format!("Where it stands at the end of this history, {}", when(story.as_of));
    writeln!(out, "\n{}", paint.strong(&heading))?;
    if story.standing.is_empty() {
        return line(out, "", "No interaction has named an offering, so there is nothing to be a lead for.");
    }
    for standing in &story.standing {
        match &standing.lead_id {
            Some(lead) => writeln!(out, "     {}: a lead, {lead}", standing.offering)?,
            None => {
                writeln!(out, "     {}: no lead. What is missing:", standing.offering)?;
                standing.missing.iter().try_for_each(|missing| line(out, "", &format!("- {missing}")))?;
            }
        }
    }
    Ok(())
}
