//! Which rows a map takes: conditions that all have to hold. A row that they pass over is counted, and is no mistake.

use super::pattern::Pattern;
use super::{Row, cell};

/// One condition on one column.
#[derive(Debug)]
pub struct Condition {
    /// The map's columns: the first that has something counts.
    pub columns: Vec<usize>,
    /// What has to be so.
    pub test: Test,
    /// Whether a file may be without the column: then the condition says nothing.
    pub optional: bool,
}

/// What has to be so.
#[derive(Debug)]
pub enum Test {
    /// The value is one of these.
    In(Vec<Pattern>),
    /// There is a value, and it is none of these.
    NotIn(Vec<Pattern>),
    /// There is a value, or there is none.
    Present(bool),
}

impl Condition {
    /// Whether it holds; what is no single value is there, and is none of any list.
    pub fn holds<R: Row + ?Sized>(&self, row: &R, nothing: &[String]) -> bool {
        let mut is_list = false;
        let text = self.columns.iter().find_map(|column| {
            let cell = row.cell(*column);
            is_list |= cell.is_err();
            let lower = cell::clean(&cell.ok().flatten()?).to_lowercase();
            (!is_nothing(&lower, nothing, true)).then_some(lower)
        });
        if self.optional && !self.columns.iter().any(|column| row.has(*column)) {
            return true;
        }
        let is_in = |words: &[Pattern]| text.as_ref().map(|text| words.iter().any(|word| word.fits(text)));
        match &self.test {
            Test::In(words) => is_in(words) == Some(true),
            Test::NotIn(words) => is_in(words) == Some(false),
            Test::Present(wanted) => (text.is_some() || is_list) == *wanted,
        }
    }
}

impl Condition {
    /// What stands in its column, for a count of what was passed over.
    pub fn word<R: Row + ?Sized>(&self, row: &R) -> Option<String> {
        let texts = self.columns.iter().filter_map(|column| row.cell(*column).ok().flatten());
        texts.map(|text| cell::clean(&text).into_owned()).find(|text| !text.is_empty())
    }
}

/// Whether a text, in small letters, is one of those that stand for nothing; `free`: in its field anything may be said.
pub fn is_nothing(lower: &str, nothing: &[String], free: bool) -> bool {
    cell::is_nothing(lower, free) || nothing.iter().any(|word| word == lower)
}
