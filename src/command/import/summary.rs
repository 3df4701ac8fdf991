//! What an import came to, for the person who asked: how many rows became what, and why some did not.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::terminal::{self, Paint};
use crate::mapping::{Rejection, Target};

use super::source::Assumed;

/// The most reasons that are told apart; further ones are counted together.
const MAX_REASONS: usize = 1_000;
/// The most reasons that are shown.
const MAX_SHOWN: usize = 20;

/// Counts of an import.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows that became events.
    pub made: u64,
    /// Rows that the map passes over.
    pub passed_over: u64,
    rejected: u64,
    reasons: BTreeMap<Rejection, u64>,
}

impl Tally {
    /// Counts a row that made no event.
    pub fn reject(&mut self, rejection: Rejection) {
        self.rejected += 1;
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(&rejection) {
            *self.reasons.entry(rejection).or_default() += 1;
        }
    }

    /// Whether every row went through.
    pub fn is_clean(&self) -> bool {
        self.rejected == 0
    }

    /// The summary.
    pub fn text(&self, target: Target, assumed: &Assumed, out: Option<&Path>, rejects: Option<&Path>, paint: Paint) -> String {
        let rows = self.made + self.passed_over + self.rejected;
        let to = out.map(|out| format!(" → {}", out.display())).unwrap_or_default();
        let mut text = format!("Read as {assumed}.\n\n  {}\n", terminal::count(rows, "row"));
        text.push_str(&format!("  {} {}{to}\n", self.made, target.noun(self.made)));
        if self.passed_over > 0 {
            text.push_str(&format!("  {} passed over by the map's `when`\n", self.passed_over));
        }
        if self.is_clean() {
            let line = if rows == 0 { paint.warning("The file has a header and no rows.") } else { paint.good("Every row went through.") };
            text.push_str(&format!("\n{line}\n"));
            return text;
        }
        let to = rejects.map(|rejects| format!(" → {}", rejects.display())).unwrap_or_default();
        text.push_str(&format!("  {} rejected{to}\n\n", self.rejected));
        let mut table = terminal::table(["ROWS", "CODE", "WHY"]);
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (rejection, count) in reasons.iter().take(MAX_SHOWN) {
            table.add_row([count.to_string(), rejection.code().to_string(), rejection.to_string()]);
        }
        for line in terminal::lines(&table) {
            text.push_str(&format!("{line}\n"));
        }
        let shown: u64 = reasons.iter().take(MAX_SHOWN).map(|(_, count)| **count).sum();
        if shown < self.rejected {
            text.push_str(&format!("  … and {} for other reasons\n", self.rejected - shown));
        }
        let row = if self.rejected == 1 { "One row was" } else { "Some rows were" };
        let line = format!("{row} left out; the others went on. `relevo explain-code RLV-nnnn` says what to do about each.");
        text.push_str(&format!("\n{}\n", paint.warning(&line)));
        text
    }
}
