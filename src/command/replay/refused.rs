//! What could not be used of a history: the first places in full, all of it counted by code.
//!
//! The rest of the history goes on. Nothing here bears a value of the input (PII-1).

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::command::terminal::{self, Paint};
use crate::contract::Code;
use crate::contract::code::Refusal;

/// How many are told with their places: more of the same help nobody.
const MAX_TOLD: usize = 20;

/// Refused lines and records.
#[derive(Debug, Default)]
pub struct Refused {
    told: Vec<String>,
    by_code: BTreeMap<u16, (&'static Code, u64)>,
    count: u64,
}

impl Refused {
    /// Takes one, with its place: `events.ndjson:17`, or topic-partition-offset.
    pub fn add(&mut self, place: &str, refusal: &Refusal) {
        self.count += 1;
        self.by_code.entry(refusal.code.number).or_insert((refusal.code, 0)).1 += 1;
        if self.told.len() < MAX_TOLD {
            self.told.push(format!("{place}: {refusal}"));
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of each code.
    pub fn by_code(&self) -> impl Iterator<Item = (&'static Code, u64)> + '_ {
        self.by_code.values().copied()
    }

    /// Tells a person of them; nothing where there are none. `what`: `line`, `record`.
    ///
    /// # Errors
    /// The output is gone.
    pub fn tell(&self, what: &str, out: &mut impl Write) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let paint = Paint::of_stderr();
        let head = format!("warning: {} could not be used, and the rest went on", terminal::count(self.count, what));
        writeln!(out, "{}", paint.errors(&head))?;
        for line in &self.told {
            writeln!(out, "  {line}")?;
        }
        let more = self.count - self.told.len() as u64;
        if more > 0 {
            writeln!(out, "  … and {more} more:")?;
            for (code, count) in self.by_code() {
                writeln!(out, "{count:>9} × {code}  {}", code.title)?;
            }
        }
        writeln!(out, "  `relevo explain-code RLV-nnnn` says what to do about each.\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::{NOT_JSON, WRONG_TYPE};

    #[test]
    fn the_first_are_told_and_all_are_counted() {
        let told = |count: u64| {
            let mut refused = Refused::default();
            (0..count).for_each(|n| refused.add(&format!("a:{n}"), &Refusal::new(if n == 0 { WRONG_TYPE } else { NOT_JSON }, "no")));
            let mut out = Vec::new();
            refused.tell("line", &mut out).expect("memory takes it");
            String::from_utf8(out).expect("text")
        };
        assert_eq!(told(0), "");
        assert!(told(2).contains("2 lines could not be used") && told(2).contains("  a:1: RLV-1002: no") && !told(2).contains("more:"));
        let many = told(25);
        assert!(many.contains("a:19:") && !many.contains("a:20:"), "{many}");
        assert!(many.contains("… and 5 more:") && many.contains("24 × RLV-1002") && many.contains("1 × RLV-1003"), "{many}");
    }
}
