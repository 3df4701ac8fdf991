//! What an import came to, for the person who asked: how many rows became what, why some did not, what is not in the events, and what
//! was decided or is not known about whole columns.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::path::Path;

use rustc_hash::{FxHashSet, FxHasher}; // hash-order: counted, never walked

use super::events::Next;
use super::source::{Assumed, NoData};
use crate::command::terminal::{self, Paint};
use crate::mapping::choice::Said;
use crate::mapping::{Notes, Rejection, Target};

/// The most reasons that are told apart; further ones are counted together.
const MAX_REASONS: usize = 1_000;
/// The most reasons that are shown.
const MAX_SHOWN: usize = 20;
/// A column with more different words than this is no list of words: none of it is shown (PII-1).
const MAX_WORDS: usize = 50;
/// A longer text is no word of a list.
const MAX_WORD_CHARACTERS: usize = 48;
/// The most identifiers that are remembered to find those that are written twice.
const MAX_IDENTIFIERS: usize = 4_000_000;
/// Nearly nothing went through where less than one in so many rows did.
const NEARLY_NOTHING: u64 = 100;

/// Counts of an import.
#[derive(Debug, Default)]
pub struct Tally {
    made: u64,
    passed_over: u64,
    rejected: u64,
    reasons: BTreeMap<Rejection, u64>,
    degraded: BTreeMap<Rejection, u64>,
    no_data: BTreeMap<NoData, u64>,
    other_table: Option<u64>,
    words: BTreeMap<(bool, String), Words>,
    identifiers: FxHashSet<u64>,
    repeated: u64,
}

/// The words of a field that nothing knows, with their counts.
#[derive(Debug, Default)]
struct Words {
    counts: BTreeMap<String, u64>,
    others: bool,
}

impl Words {
    fn add(&mut self, word: &str) {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let is_word = word.chars().count() <= MAX_WORD_CHARACTERS && !word.contains(['@', '\n']) && digits <= 4;
        if is_word && (self.counts.len() < MAX_WORDS || self.counts.contains_key(word)) {
            *self.counts.entry(word.to_owned()).or_default() += 1;
        } else {
            self.others = true;
        }
    }
}

impl Tally {
    /// Counts what became of a row, and what is told beside.
    pub fn note(&mut self, notes: &Notes, next: &Next) {
        match next {
            Next::End => return,
            Next::Made => self.made += 1,
            Next::PassedOver => self.passed_over += 1,
            Next::NoData(line, why) => {
                *self.no_data.entry(*why).or_default() += 1;
                if *why == NoData::OtherTable {
                    self.other_table.get_or_insert(*line);
                }
                return;
            }
            Next::Rejected(..) => {}
        }
        if matches!(next, Next::Made) {
            for found in &notes.degraded {
                if self.degraded.len() < MAX_REASONS || self.degraded.contains_key(found) {
                    *self.degraded.entry(found.clone()).or_default() += 1;
                }
            }
        }
        for (of, word) in &notes.words {
            self.words.entry((matches!(next, Next::PassedOver), of.to_string())).or_default().add(word);
        }
    }

    /// Counts a row that made no event.
    pub fn reject(&mut self, rejection: Rejection) {
        self.rejected += 1;
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(&rejection) {
            *self.reasons.entry(rejection).or_default() += 1;
        }
    }

    /// Looks whether an interaction's identifier was written before.
    pub fn identify(&mut self, event: &[u8]) {
        // Maps write it first.
        let Some(rest) = event.strip_prefix(b"{\"interaction_id\":\"") else { return };
        let id = &rest[..rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len())];
        if self.identifiers.len() >= MAX_IDENTIFIERS {
            return;
        }
        let mut hasher = FxHasher::default();
        id.hash(&mut hasher);
        if !self.identifiers.insert(hasher.finish()) {
            self.repeated += 1;
        }
    }

    /// Rows with data.
    fn rows(&self) -> u64 {
        self.made + self.passed_over + self.rejected
    }

    /// Whether rows were there, and none or hardly any became an event.
    fn is_nothing(&self) -> bool {
        self.rows() > 0 && self.made < self.rows().div_ceil(NEARLY_NOTHING)
    }

    /// Whether every row went through that should.
    pub fn is_clean(&self) -> bool {
        self.rejected == 0 && !self.is_nothing() && self.other_table.is_none()
    }

    /// The summary.
    pub fn text(&self, target: Target, read: (&Assumed, &[Said]), out: Option<&Path>, rejects: Option<&Path>, paint: Paint) -> String {
        let to = out.map(|out| format!(" → {}", out.display())).unwrap_or_default();
        let mut text = format!("Read as {}.\n", read.0);
        for Said { field, column, is_question, what } in read.1 {
            let line = format!("{}{field}, from `{column}`: {what}", if *is_question { "CHECK " } else { "" });
            text.push_str(&format!("{}\n", if *is_question { paint.warning(&line) } else { line }));
        }
        text.push_str(&format!("\n  {}\n", terminal::count(self.rows(), "row")));
        text.push_str(&format!("  {} {}{to}\n", self.made, target.noun(self.made)));
        if self.passed_over > 0 {
            text.push_str(&format!("  {} passed over by the map's `when`\n", self.passed_over));
        }
        for (why, count) in &self.no_data {
            let what = match why {
                NoData::Blank => "blank".to_owned(),
                NoData::SmallPrint => "passed over: titles, totals or small print, no data".to_owned(),
                NoData::Header => "passed over: the header again, no data".to_owned(),
                NoData::OtherTable => {
                    format!(
                        "not read: another table begins in line {0}; `--header-line {0}` reads it",
                        self.other_table.unwrap_or_default()
                    )
                }
            };
            text.push_str(&format!("  {count} {what}\n"));
        }
        let to = rejects.map(|rejects| format!(" → {}", rejects.display())).unwrap_or_default();
        if self.rejected > 0 {
            text.push_str(&format!("  {} rejected{to}\n", self.rejected));
            text.push_str(&table(&self.reasons, self.rejected));
        }
        if !self.degraded.is_empty() {
            text.push_str("\n  Values that are not in the events, which are there without them:\n");
            text.push_str(&table(&self.degraded, self.degraded.values().sum()));
        }
        self.words(&mut text);
        if self.repeated > 0 {
            let what = terminal::count(self.repeated, "identifier");
            let line = format!("CHECK interaction_id: {what} stood in the file before; of those that are the same only the first counts");
            text.push_str(&format!("\n{}\n", paint.warning(&line)));
        }
        text.push_str(&format!("\n{}\n", self.verdict(read.1, paint)));
        text
    }

    /// Words that no lookup has, and those of rows that were passed over.
    fn words(&self, text: &mut String) {
        for ((passed_over, of), words) in &self.words {
            let mut counts: Vec<_> = words.counts.iter().collect();
            if counts.is_empty() || (words.others && counts.len() >= MAX_WORDS) {
                continue;
            }
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let what = if *passed_over {
                format!("Words of `{of}` that were passed over")
            } else {
                format!("Words that the map does not know, {of}")
            };
            text.push_str(&format!("\n  {what}:\n"));
            for (word, count) in counts.iter().take(MAX_SHOWN) {
                text.push_str(&format!("    {count} × {word}\n"));
            }
            if counts.len() > MAX_SHOWN || words.others {
                text.push_str("    … and others\n");
            }
        }
    }

    fn verdict(&self, said: &[Said], paint: Paint) -> String {
        if self.rows() == 0 {
            return paint.warning("The file has a header and no rows.");
        }
        if self.is_nothing() {
            let what = if self.made == 0 { "Nothing went through" } else { "Nearly nothing went through" };
            let why = if self.passed_over > self.rejected { ": the map's `when` takes none of these rows" } else { "" };
            return paint
                .bad(&format!("{what}{why}. Look at what is listed above; `relevo explain-code RLV-nnnn` says more about a code."));
        }
        if self.rejected > 0 {
            let row = if self.rejected == 1 { "One row was" } else { "Some rows were" };
            let line = format!("{row} left out; the others went on. `relevo explain-code RLV-nnnn` says what to do about each.");
            return paint.warning(&line);
        }
        if let Some(line) = self.other_table {
            return paint.warning(&format!("The table that begins in line {line} was not read."));
        }
        let fields: BTreeSet<&str> = self.degraded.keys().map(|found| found.field.as_str()).collect();
        match (fields.is_empty(), said.iter().any(|said| said.is_question)) {
            (true, false) => paint.good("Every row went through."),
            (true, true) => paint.warning("Every row went through; what says CHECK has to be looked at."),
            (false, _) => {
                let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
                paint.warning(&format!("Every row went through, some without a value: {fields}."))
            }
        }
    }
}

fn table(reasons: &BTreeMap<Rejection, u64>, all: u64) -> String {
    let mut table = terminal::table(["ROWS", "CODE", "WHY"]);
    let mut sorted: Vec<_> = reasons.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (rejection, count) in sorted.iter().take(MAX_SHOWN) {
        table.add_row([count.to_string(), rejection.code().to_string(), rejection.to_string()]);
    }
    let mut text = "\n".to_owned();
    for line in terminal::lines(&table) {
        text.push_str(&format!("{line}\n"));
    }
    let shown: u64 = sorted.iter().take(MAX_SHOWN).map(|(_, count)| **count).sum();
    if shown < all {
        text.push_str(&format!("  … and {} for other reasons\n", all - shown));
    }
    text
}
