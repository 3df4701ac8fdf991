//! Texts that come again and again, each by a small number.

use compact_str::CompactString;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// Texts in the order of their first mention.
#[derive(Default)]
pub struct Names(IndexSet<CompactString, FxBuildHasher>);

impl Names {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        match self.0.get_index_of(text) {
            Some(index) => index as u32,
            None => self.0.insert_full(text.into()).0 as u32,
        }
    }

    /// The number of a text that was mentioned.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.0.get_index_of(text).map(|index| index as u32)
    }

    /// The text of a number.
    pub fn get(&self, number: u32) -> &str {
        self.0.get_index(number as usize).map_or("", CompactString::as_str)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
