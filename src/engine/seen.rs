//! Which interactions of an account were folded before: hashes of six bytes, by the day on which the log took them.
//!
//! What comes again is known for as long as it could still make a lead: `max_handoff_age` after it was folded
//! first, and up to a day longer. That holds for [`MAX_SEEN`] interactions of an account, which are 24 KiB of its
//! row; an account with more forgets who was only reached first, and each that goes before its time is counted.
//! Two interactions of one account share a hash once in some hundred billion. This file refuses to know rulebooks.

use serde::{Deserialize, Serialize};

use crate::contract::Timestamp;
use crate::contract::time::DAY_MS;

/// The most interactions that are remembered of an account: six hundred a day of a week.
pub const MAX_SEEN: usize = 4_096;

/// 47 bits of a hash, and whether the interaction could open a lead; the greater bits first, so that bytes sort.
type Mark = [u8; 6];

/// The interactions of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    /// Days since 1970.
    day: i32,
    /// Sorted.
    marks: Vec<Mark>,
}

/// What was folded before, the earliest day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    days: Vec<Day>,
}

fn mark(hash: u64, may_open: bool) -> Mark {
    let [_, _, mark @ ..] = ((hash << 1) | u64::from(may_open)).to_be_bytes();
    mark
}

/// Whether it is the mark of an interaction that could open a lead.
fn may_open(mark: &Mark) -> bool {
    mark[5] & 1 == 1
}

fn day_of(at: Timestamp) -> i32 {
    at.as_ms().div_euclid(DAY_MS) as i32
}

impl Seen {
    /// How many interactions it knows.
    pub fn len(&self) -> usize {
        self.days.iter().map(|day| day.marks.len()).sum()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Whether it knows this one.
    pub fn has(&self, hash: u64) -> bool {
        let (least, greatest) = (mark(hash, false), mark(hash, true));
        self.days.iter().any(|day| {
            let place = day.marks.partition_point(|known| *known < least);
            day.marks.get(place).is_some_and(|known| *known <= greatest)
        })
    }

    /// Remembers an interaction that was folded then; whether it could open a lead. True where another had to make
    /// room for it.
    pub fn remember(&mut self, hash: u64, opens: bool, at: Timestamp) -> bool {
        let day = day_of(at);
        let place = match self.days.binary_search_by_key(&day, |known| known.day) {
            Ok(place) => place,
            Err(place) => {
                self.days.insert(place, Day { day, marks: Vec::new() });
                place
            }
        };
        let (mark, marks) = (mark(hash, opens), &mut self.days[place].marks);
        marks.insert(marks.partition_point(|known| *known < mark), mark);
        if self.len() <= MAX_SEEN {
            return false;
        }
        self.make_room();
        true
    }

    /// Drops the earliest of those that could open no lead, else of all.
    fn make_room(&mut self) {
        let only_reached = |day: &Day| day.marks.iter().position(|mark| !may_open(mark));
        let found = self.days.iter().enumerate().find_map(|(place, day)| Some((place, only_reached(day)?)));
        let (place, mark) = found.unwrap_or_default();
        self.days[place].marks.remove(mark);
        if self.days[place].marks.is_empty() {
            self.days.remove(place);
        }
    }

    /// Drops what was folded on days before that of `horizon`.
    pub fn forget_before(&mut self, horizon: Timestamp) {
        let gone = self.days.iter().take_while(|day| day.day < day_of(horizon)).count();
        self.days.drain(..gone);
    }

    /// When the earliest was folded, to the day.
    pub fn first_at(&self) -> Option<Timestamp> {
        self.days.first().map(|day| Timestamp::from_ms(i64::from(day.day) * DAY_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_known_with_either_class_and_until_its_day_is_over() {
        let at = |day: i64| Timestamp::from_ms(day * DAY_MS + 5);
        let mut seen = Seen::default();
        for (hash, opens, day) in [(7, true, 1), (8, false, 1), (u64::MAX, true, 2), (1 << 47, false, 2)] {
            assert!(!seen.remember(hash, opens, at(day)));
        }
        let known = |seen: &Seen| [7, 8, 9, u64::MAX, 1 << 46].map(|hash| seen.has(hash));
        assert_eq!(known(&seen), [true, true, false, true, false]);
        seen.forget_before(at(1));
        assert_eq!(seen.len(), 4);
        seen.forget_before(at(2));
        assert_eq!(known(&seen), [false, false, false, true, false]);
        seen.forget_before(at(9));
        assert!(seen.is_empty());
    }
}
