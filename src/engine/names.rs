//! A table of the texts that an account's state repeats: campaigns, roles, offerings.
//!
//! Evidence refers to a text by its place in the table, so a hundred mentions of one campaign cost a hundred bytes, and
//! copying evidence copies no text. Whoever owns the table sweeps out what nothing refers to any more.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A place in a [`Names`] table; [`Name::NONE`] is no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(u16);

impl Name {
    /// No text: not known.
    pub const NONE: Name = Name(0);

    /// Whether there is a text.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// Texts, each once, in the order of their first mention.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names {
    texts: Vec<CompactString>,
    /// It has grown past a multiple of [`SWEEP_EVERY`] since the last look. Not stored: each step looks at its end.
    #[serde(skip)]
    has_grown: bool,
}

/// A table that grows past a multiple of this many texts is looked through for unused ones.
const SWEEP_EVERY: usize = 64;

impl Names {
    /// The place of `text`, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.find(text) {
            return name;
        }
        assert!(self.texts.len() < usize::from(u16::MAX), "the caps on evidence and people bound the table");
        self.texts.push(text.into());
        // One event may bring several texts, so the size alone may never be seen at the multiple.
        self.has_grown |= self.texts.len().is_multiple_of(SWEEP_EVERY);
        Name(self.texts.len() as u16)
    }

    /// The place of an optional text.
    pub fn intern_option(&mut self, text: Option<&str>) -> Name {
        text.map_or(Name::NONE, |text| self.intern(text))
    }

    /// The place of `text`, if it is there.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.texts.iter().position(|known| known == text).map(|place| Name(place as u16 + 1))
    }

    /// The text at a place.
    pub fn get(&self, name: Name) -> Option<&str> {
        usize::from(name.0).checked_sub(1).and_then(|place| self.texts.get(place)).map(CompactString::as_str)
    }

    /// The text at a place, as a value of its own.
    pub fn owned(&self, name: Name) -> Option<CompactString> {
        usize::from(name.0).checked_sub(1).and_then(|place| self.texts.get(place)).cloned()
    }

    /// Whether the table has grown enough to look for unused texts.
    pub fn wants_sweep(&self) -> bool {
        self.has_grown
    }

    /// Drops the texts that `visit` does not show, and gives the others new places.
    pub fn sweep<'a>(&mut self, used: impl Iterator<Item = &'a mut Name>) {
        let mut places = vec![0_u16; self.texts.len() + 1];
        let mut kept = Vec::new();
        for name in used.filter(|name| name.is_some()) {
            let place = &mut places[usize::from(name.0)];
            if *place == 0 {
                kept.push(self.texts[usize::from(name.0) - 1].clone());
                *place = kept.len() as u16;
            }
            *name = Name(*place);
        }
        self.texts = kept;
        self.has_grown = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_keeps_what_is_used_and_nothing_else() {
        let mut names = Names::default();
        let mut used: Vec<Name> = ["a", "b", "c", "b"].map(|text| names.intern(text)).to_vec();
        assert_eq!(names.intern_option(None), Name::NONE);
        used.remove(0);
        used.push(Name::NONE);
        names.sweep(used.iter_mut());
        assert_eq!(used.iter().map(|name| names.get(*name)).collect::<Vec<_>>(), [Some("b"), Some("c"), Some("b"), None]);
        assert_eq!(names.find("a"), None);
    }
}
