//! The rulebook as a page of Markdown that a director reads before signing.
//!
//! It says in plain words what the file says in the language of rules, all of it, in the order in which somebody becomes a lead. What
//! is signed is the file. This file refuses to know whether the rules are good ones.

use std::fmt::Write as _;

use super::compiled::{AttributeKind, Calendar, Criterion, Hoarding, Rulebook, Team};
use super::predicate::Predicate;
use super::term::Term;
use super::terms::Bounds;
use super::words::{self, duration, points, spelt, terms};
use crate::contract::time::HOUR_MS;
use crate::contract::unseen::shown;

/// The page of a rulebook; `title` says whose file it is.
pub fn markdown(rulebook: &Rulebook, title: &str) -> String {
    let mut page = Page { rulebook, text: String::new() };
    page.head();
    page.gates();
    page.fit();
    page.intent();
    page.disqualifiers();
    page.routes();
    page.teams();
    page.calendars();
    page.definitions();
    page.also_agreed();
    page.examples();
    page.foot(title);
    page.text
}

struct Page<'a> {
    rulebook: &'a Rulebook,
    text: String,
}

/// The file's own words within Markdown: nothing in them is a sign.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in shown(text).chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '<' | '>' | '[' | ']' | '#' | '_' | '~' | '&' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}

/// The first letter large, as sentences begin.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let _ = write!(self.text, "\n## {text}\n\n");
    }

    fn when(&self, predicate: &Predicate) -> String {
        escaped(&words::phrase(predicate, &self.rulebook.attributes))
    }

    fn head(&mut self) {
        let rulebook = self.rulebook;
        let zone = &rulebook.time_zone;
        self.line(&format!("# Who is a qualified prospect: revision {}\n", rulebook.revision));
        let from = terms::instant(rulebook.effective_from, zone);
        self.line(&format!("In force from {from} ({}) at the earliest, once every party has signed it.\n", terms::zone(zone)));
        self.line("Somebody becomes a lead when **all** of this holds at the same time:\n");
        self.line("1. the four questions below are answered with yes,");
        self.line(&format!("2. who they are is worth at least **{} points** of fit,", points(rulebook.fit.threshold)));
        self.line(&format!("3. what they did lately is worth at least **{} points** of intent,", points(rulebook.intent.threshold)));
        let mut last =
            vec!["they asked for something that buyers ask for: being invited, entertained or surveyed alone makes no lead".to_owned()];
        if !rulebook.disqualifiers.is_empty() {
            last.push("none of the reasons never to call holds".to_owned());
        }
        if rulebook.require_consent {
            last.push("the person has agreed to be contacted".to_owned());
        }
        let count = last.len();
        for (index, words) in last.into_iter().enumerate() {
            let end = if index + 1 == count { "." } else { "," };
            self.line(&format!("{}. {words}{end}", index + 4));
        }
        self.line("\nWhat nobody knows is never a yes: a rule holds only where all that it asks about is known, unless it asks just that.");
    }

    fn foot(&mut self, title: &str) {
        let rulebook = self.rulebook;
        let previous = rulebook.previous.as_deref().map_or_else(|| "none".to_owned(), |digest| format!("`{digest}`"));
        self.line("\n---\n");
        self.line(&format!(
            "What is signed is the file {} with the digest `{}`. The revision before it: {previous}.",
            escaped(title),
            rulebook.digest
        ));
    }

    fn gates(&mut self) {
        let gates = &self.rulebook.gates;
        self.heading("The four questions");
        let questions = [
            ("Do they represent a business?", &gates.represents_business),
            ("Are they able to buy?", &gates.able_to_buy),
            ("Do they want something that we offer?", &gates.wants_offering),
            ("Is there a clear date to buy by?", &gates.buys_by),
        ];
        for (question, predicate) in questions {
            let when = self.when(predicate);
            self.line(&format!("- **{question}** Yes, if {when}."));
        }
    }

    fn criteria(&mut self, criteria: &[Criterion], with_most: bool) {
        if criteria.is_empty() {
            self.line("Nothing gives points.");
            return;
        }
        self.line(if with_most { "| Points | When | At most | Why | Rule |" } else { "| Points | When | Why | Rule |" });
        self.line(if with_most { "|---:|---|---:|---|---|" } else { "|---:|---|---|---|" });
        for criterion in criteria {
            let when = sentence(&self.when(&criterion.when));
            let because = escaped(criterion.because.as_deref().unwrap_or_default());
            let most = if with_most { format!(" {} |", criterion.at_most.map(points).unwrap_or_default()) } else { String::new() };
            self.line(&format!("| {} | {when} |{most} {because} | `{}` |", points(criterion.points), criterion.id));
        }
    }

    fn fit(&mut self) {
        let fit = &self.rulebook.fit;
        self.heading(&format!("Who they are: {} of 100 points are enough", points(fit.threshold)));
        self.criteria(&fit.criteria, false);
    }

    fn intent(&mut self) {
        let intent = &self.rulebook.intent;
        self.heading(&format!("What they did: {} points are enough", points(intent.threshold)));
        let (first, unit) = match intent.age_unit_ms() {
            HOUR_MS => ("hour", "whole hour"),
            _ => ("24 hours", "whole day"),
        };
        self.line(&format!(
            "Each time counts again. Points count in full for the first {first}; then they fall with each {unit} of \
             age, to half after {}.\n",
            duration(intent.half_life_ms)
        ));
        self.criteria(&intent.criteria, true);
    }

    fn disqualifiers(&mut self) {
        if self.rulebook.disqualifiers.is_empty() {
            return;
        }
        self.heading("Whom we never call");
        for rule in &self.rulebook.disqualifiers {
            let when = self.when(&rule.when);
            let because = rule.because.as_ref().map(|because| format!(" ({})", escaped(because))).unwrap_or_default();
            self.line(&format!("- If {when}{because}. `{}`", rule.id));
        }
    }

    fn routes(&mut self) {
        self.heading("Who gets the lead");
        if self.rulebook.routes.len() > 1 {
            self.line("The first line that fits decides.\n");
        }
        for (index, route) in self.rulebook.routes.iter().enumerate() {
            let when = match &route.when {
                Some(when) => format!("If {}", self.when(when)),
                None if index == 0 => "Every lead".to_owned(),
                None => "All others".to_owned(),
            };
            let copy = route.also_to.as_ref().map(|topic| format!(", with a copy to the topic `{topic}`")).unwrap_or_default();
            self.line(&format!("{}. {when}: team **{}**{copy}. `{}`", index + 1, escaped(&route.team), route.id));
        }
    }

    fn teams(&mut self) {
        self.heading("What sales promises");
        // Teams that promise the same are told together.
        let mut groups: Vec<(&Team, Vec<String>)> = Vec::new();
        for (name, team) in &self.rulebook.teams {
            let name = format!("**{}**", escaped(name));
            match groups.iter_mut().find(|(other, _)| *other == team) {
                Some((_, names)) => names.push(name),
                None => groups.push((team, vec![name])),
            }
        }
        for (team, names) in groups {
            self.line(&format!("- {}: {}", words::and(&names), promise(self.rulebook, team)));
        }
    }

    fn calendars(&mut self) {
        if self.rulebook.calendars.is_empty() {
            return;
        }
        self.heading("Working hours");
        for (name, calendar) in &self.rulebook.calendars {
            self.line(&format!(
                "- **{}**: {} ({}){}.",
                escaped(name),
                terms::hours(calendar),
                terms::zone(&calendar.time_zone),
                special(calendar)
            ));
        }
    }

    fn definitions(&mut self) {
        let rulebook = self.rulebook;
        if !rulebook.role_classes.is_empty() {
            self.heading("Who is who");
            for (class, roles) in rulebook.roles_by_class() {
                let roles: Vec<String> = roles.iter().map(|role| spelt(role)).collect();
                self.line(&format!("- **{}**: {}.", escaped(&spelt(class)), escaped(&roles.join(", "))));
            }
        }
        if !rulebook.attributes.is_empty() {
            self.heading("Our own fields");
            for attribute in &rulebook.attributes {
                self.line(&format!("- **{}**: {}.", escaped(&attribute.name), attribute_kind(attribute.kind)));
            }
        }
        if !rulebook.variables.is_empty() {
            self.heading("Names in the file");
            self.line("The rules above have these put in already.\n");
            for variable in &rulebook.variables {
                self.line(&format!("- **{}** is short for `{}`.", escaped(&variable.name), code(&variable.written)));
            }
        }
    }

    fn also_agreed(&mut self) {
        let rulebook = self.rulebook;
        self.heading("Also agreed");
        self.line(&format!("- Old news makes no lead: what happened more than {} ago opens none.", duration(rulebook.max_handoff_age_ms)));
        self.line(&format!("- What is older than {} counts no more.", duration(rulebook.forget_after_ms)));
        self.line(&format!(
            "- An account that was only reached, and that the CRM does not know, is forgotten {} after the last that was heard of it.",
            duration(rulebook.forget_reached_after_ms)
        ));
        self.line(&format!(
            "- Who refuses to be contacted is remembered as refusing for {}, unless they consent later.",
            duration(rulebook.forget_refusals_after_ms)
        ));
        let consent = if rulebook.require_consent {
            "A lead needs the person's consent."
        } else {
            "A lead needs no consent; it says whether there is one."
        };
        self.line(&format!("- {consent}"));
        for (kind, class) in demotions(rulebook) {
            self.line(&format!("- “{}” counts as {class} evidence only.", escaped(&spelt(kind))));
        }
        if !rulebook.rejection_reasons.is_empty() {
            let reasons: Vec<String> = rulebook.rejection_reasons.iter().map(|reason| spelt(reason)).collect();
            self.line(&format!("- Sales may reject a lead for one of these reasons: {}.", escaped(&reasons.join(", "))));
        }
        self.line(&format!("- “Today” is the date in {}.", terms::zone(&rulebook.time_zone)));
    }

    fn examples(&mut self) {
        if self.rulebook.examples.is_empty() {
            return;
        }
        self.heading("Cases that were talked about");
        self.line("The rules decide each of them as it stands here, else the rulebook would not load.\n");
        self.line("| Case | What happens | Decision about the last |");
        self.line("|---|---|---|");
        for example in &self.rulebook.examples {
            let given: Vec<String> = terms::given(example, &self.rulebook.time_zone).iter().map(|given| escaped(given)).collect();
            let expected = terms::expected(&example.expect);
            self.line(&format!("| {} | {} | {expected} |", escaped(&sentence(&example.name)), given.join("<br>")));
        }
    }
}

/// Demoted kinds with their class, in order.
pub(super) fn demotions(rulebook: &Rulebook) -> Vec<(&str, &'static str)> {
    // hash-order: sorted at once.
    let mut demotions: Vec<_> = rulebook.demotions.iter().map(|(kind, class)| (kind.as_str(), class.as_str())).collect();
    demotions.sort_unstable();
    demotions
}

/// A type in words.
pub(super) fn attribute_kind(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::Bool => "true or false",
        AttributeKind::Int => "a whole number",
        AttributeKind::Double => "a number",
        AttributeKind::Text => "a text",
    }
}

/// Within backticks there are none, and no line ends.
fn code(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'")
}

fn special(calendar: &Calendar) -> String {
    let days = terms::special_days(&calendar.special);
    if days.is_empty() { String::new() } else { format!("; {}", days.join("; ")) }
}

/// A team's terms as sentences.
fn promise(rulebook: &Rulebook, team: &Team) -> String {
    let term = |term: &Term| terms::term(term, team);
    let mut said = Vec::new();
    match &team.respond_within {
        Some(within) => said.push(format!("every lead is answered within {}.", term(within))),
        None => said.push("no time to answer is promised.".to_owned()),
    }
    let whom = team.escalate_to.as_deref().map(escaped);
    let reassigned = team.reassign_after.as_ref().map(|after| format!("the lead goes to another seller after {}", term(after)));
    let escalated = team.escalate_after.as_ref().map(|after| match &whom {
        Some(whom) => format!("{whom} is told after {}", term(after)),
        None => format!("it is escalated after {}", term(after)),
    });
    let late: Vec<String> = reassigned.into_iter().chain(escalated).collect();
    if !late.is_empty() {
        said.push(format!("Once that has passed, {}.", words::and(&late)));
    }
    if let (None, Some(whom)) = (&team.escalate_after, &whom) {
        said.push(format!("Escalations go to {whom}."));
    }
    if let Some(every) = &team.touch_every {
        said.push(format!("Then somebody is in touch at least every {}.", term(every)));
    }
    if let Some(Hoarding { silent_for, take_back }) = &team.hoarding {
        let taken = if *take_back { ", and the lead is taken back" } else { "" };
        said.push(format!("Silence for {} counts as hoarding{taken}.", term(silent_for)));
    }
    let Bounds { next_step_ms, recycled_ms, expire_ms } = Bounds::of(rulebook, Some(team));
    said.push(format!(
        "A next step may be agreed for up to {} after the last touch, and a recycled lead comes back within {}. \
         A lead with which nothing happens for {} ends as expired.",
        words::duration(next_step_ms),
        words::duration(recycled_ms),
        words::duration(expire_ms)
    ));
    let rests: Vec<String> = team.cooldown_ms.iter().map(|(closing, ms)| format!("{} {}", spelt(closing), words::duration(*ms))).collect();
    if !rests.is_empty() {
        said.push(format!("No new lead for the same offering after one was closed: {}.", rests.join(", ")));
    }
    match &team.calendar {
        Some(calendar) => said.push(format!("Working time is that of “{}”.", escaped(calendar))),
        None => said.push("Time is counted by the clock, nights and weekends too.".to_owned()),
    }
    said.join(" ")
}
