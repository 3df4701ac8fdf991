//! A first map, guessed from a header and all rows: a draft that loads, with comments that say what was guessed from what, and
//! what nobody but its owner can know.
//!
//! What is missing is written as a column that no file has, [`CHANGE_ME`]: so the draft loads, and imports nothing until somebody has
//! decided. What is not certain says CHECK, with how much speaks for it. Values of the file are written only where they are the words
//! of a small list (statuses, stages), or dates and numbers that could be two, never a person's.

mod columns;
mod lines;
mod people;
mod sales;
mod words;

#[cfg(test)]
mod tests;

use columns::Seen;
use lines::{Draft, one_line};

use super::field::slug;
use super::target::Target;
use crate::contract::identifier;

/// The column of whatever has to be filled in.
pub const CHANGE_ME: &str = "CHANGE-ME";
/// What stands before whatever is not certain.
pub const CHECK: &str = "CHECK";
/// The most values of a column that become lines of a lookup.
const MAX_LISTED: usize = 30;
/// Fields whose values rulebooks compare with words in small letters.
const WRITTEN_SMALL: [&str; 5] = ["person.role", "person.seniority", "company.industry", "campaign.channel", "declared.authority"];
/// The most rows that are kept to see whether columns together tell rows apart.
const MAX_KEPT: usize = 5_000;

/// A file, as far as it was seen.
pub struct Sheet {
    columns: Vec<Seen>,
    kept: Vec<Vec<String>>,
    rows: u64,
    now_ms: i64,
    latest_year: i16,
}

impl Sheet {
    /// A file with this header, at this time.
    pub fn new(header: &[String], now_ms: i64, latest_year: i16) -> Self {
        let columns = header.iter().map(|name| Seen::new(name)).collect();
        Self { columns, kept: Vec::new(), rows: 0, now_ms, latest_year }
    }

    /// Looks at a row; cells that are not there are empty.
    pub fn look<'c>(&mut self, row: impl Iterator<Item = &'c str>) {
        let mut cells: Vec<&str> = row.take(self.columns.len()).collect();
        cells.resize(self.columns.len(), "");
        for (column, cell) in self.columns.iter_mut().zip(&cells) {
            column.look(cell, self.now_ms, self.latest_year);
        }
        if self.kept.len() < MAX_KEPT {
            self.kept.push(cells.into_iter().map(str::to_owned).collect());
        }
        self.rows += 1;
    }

    /// Writes a map for the file. `name`: the file's, for the comments and the campaign.
    pub fn guess(&self, name: &str) -> String {
        let mut draft = Draft::of(&self.columns, &self.kept);
        let ending = draft.ending();
        let target = if ending.is_some() { Target::Outcomes } else { Target::Interactions };
        match ending {
            Some(ending) => draft.outcomes(ending),
            None => draft.interactions(name),
        }
        draft.questions(target);
        let unused = draft.unused(target);
        let missing = match draft.missing {
            0 => "Nothing is missing: read it all the same before you use it.".to_owned(),
            1 => format!("One thing is missing: look for {CHANGE_ME}."),
            count => format!("{count} things are missing: look for {CHANGE_ME}."),
        };
        let of = if target == Target::Outcomes { "outcomes" } else { "interactions" };
        let because = match ending {
            Some(index) => draft.because(index),
            None => "no column says what was won and what was lost".to_owned(),
        };
        let fields: String = draft.lines.iter().map(|line| format!("{line}\n")).collect();
        let when: String = match &draft.when[..] {
            [] => String::new(),
            when => format!("when:\n{}", when.iter().map(|line| format!("  - {line}\n")).collect::<String>()),
        };
        let rows = self.rows;
        format!(
            "# A first map for {name}, guessed from its header and {rows} rows. A guess is a beginning, not an answer: read every line.\n\
             # {missing}\n\
             api: relevo/v1\n\
             kind: Map\n\
             of: {of}    # guessed: {because}\n\
             time_zone: UTC    # of times that don't say theirs; for example America/Mexico_City\n\
             {when}fields:\n{fields}{unused}",
            name = one_line(name),
        )
    }
}

/// A file's name as an identifier of a campaign.
fn campaign_of(name: &str) -> String {
    // A file may have any name; what is no identifier (letters that nobody sees) can't be a campaign's.
    Some(slug(name.trim_end_matches(".csv"))).filter(|slug| identifier::check(slug).is_ok()).unwrap_or("import".into())
}
