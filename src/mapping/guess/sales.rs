//! The guess of a file of sales: what was won and what was lost, whose it was, when, for how much; and what else in a file looks as if it
//! said so.

use super::MAX_LISTED;
use super::columns::Seen;
use super::lines::{Draft, plain};
use super::words::{CONSENTS, ENDED, NOT_HELD, STAGES};
use crate::mapping::target::{OWNERS, Target};
use crate::mapping::words;

impl Draft<'_> {
    /// The column that says what was won and what was lost.
    pub fn ending(&self) -> Option<usize> {
        let is_stage = |seen: &Seen| seen.keys.iter().any(|key| STAGES.contains(&key.as_str()));
        let has = |index: &usize| {
            let seen = &self.columns[*index];
            seen.is_named_once(self.columns) && seen.has_endings() && is_stage(seen)
        };
        (0..self.columns.len()).find(has)
    }

    /// Why it is a file of sales.
    pub fn because(&self, ending: usize) -> String {
        let sale = !self.all("value_usd", Seen::is_number).is_empty() || self.has("value_usd") || self.has("at");
        let campaign = !self.all("campaign.name", |_| true).is_empty();
        let name = plain(&self.columns[ending].name);
        if sale && !campaign {
            format!("{name} says what was won and what was lost")
        } else {
            format!("CHECK: {name} has words for won and lost, but is it about sales?")
        }
    }

    /// Writes the fields of outcomes.
    pub fn outcomes(&mut self, ending: usize) {
        self.used[ending] = true;
        let (time, by_shape) = self.moment("at");
        let (email, said) = self.email();
        self.domain();
        if let Some(email) = email {
            self.by_name("person.email", email, &said);
        }
        self.used.iter_mut().enumerate().filter(|(index, _)| Some(*index) == time).for_each(|(_, used)| *used = true);
        // A deal's own identifier is no person's.
        let is_persons =
            |seen: &Seen| seen.is_id() && !seen.keys.iter().any(|key| matches!(key.as_str(), "recordid" | "id" | "dealid" | "userid"));
        if let Some(person) = self.find("person.id", is_persons) {
            self.by_name("person.id", person, "");
        }
        self.others(Target::Outcomes, &["person.id", "person.email", "company.domain"]);
        self.offering();
        self.deleted();
        if !OWNERS.iter().any(|owner| self.has(owner)) {
            self.lack("company.domain", "nothing says whose outcome it is: the company's website, or a person's e-mail");
        }
        let values = self.columns[ending].listed(super::columns::MAX_DISTINCT);
        let column = self.name(ending);
        let lookup: Vec<String> = values.iter().filter_map(|value| Some(format!("{}: {}", plain(value), words::ending(value)?))).collect();
        let others: Vec<String> = values.iter().filter(|value| words::ending(value).is_none()).map(|value| plain(value)).collect();
        self.line("outcome", &format!("column: {column}, lookup: {{ {} }}", lookup.join(", ")), "guessed from the words");
        if !others.is_empty() {
            let list = others.join(", ");
            self.when
                .push(format!("{{ column: {column}, not_in: [{list}] }}    # CHECK: neither won nor lost by their words, so passed over"));
        }
        if let Some(time) = time {
            self.used[time] = false;
        }
        self.time("at", time, by_shape, "no column looks like a date: when was it decided?");
    }

    /// What looks as if it said something that was not used.
    pub fn questions(&mut self, target: Target) {
        let mut lines = Vec::new();
        for index in (0..self.columns.len()).filter(|index| !self.used[*index]) {
            let (seen, name) = (&self.columns[index], self.name(index));
            let is_key = |names: &[&str]| seen.keys.iter().any(|key| names.contains(&key.as_str()));
            let is_consent = self.is_called(index, CONSENTS.0) || self.is_called(index, CONSENTS.1);
            if is_key(ENDED) && seen.is_flag() && target == Target::Interactions {
                lines.push(format!("  # CHECK: {name} looks like an ending: `of: outcomes` makes outcomes of such rows"));
            } else if is_consent && target == Target::Interactions {
                lines.push(format!("  # CHECK: {name} looks like consent or refusal, and is not used: person.consent.contact"));
            } else if self.is_called(index, NOT_HELD) && seen.is_flag() {
                lines.push(format!("  # CHECK: {name} says that some of this did not take place: `when: [{{ column: {name}, not_in: [\"true\", \"yes\", 1] }}]`"));
            } else if target == Target::Interactions
                && is_key(STAGES)
                && seen.is_small_list(MAX_LISTED)
                && !self.all("at", |_| true).is_empty()
            {
                lines.push(format!("  # CHECK: {name} may say what was won and what was lost: then `of: outcomes`"));
            }
        }
        self.lines.extend(lines);
    }
}
