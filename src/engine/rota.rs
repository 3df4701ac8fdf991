//! Whose turn it is: a weighted round robin over the sellers of a team who can get a lead now.
//!
//! **Exact.** While the same people can be asked, after n turns each has had ⌊n·share⌋ or ⌈n·share⌉ of them. A turn that keeps to that is
//! known from the theory of fair scheduling (Baruah and others, 1996): the k-th turn of somebody with the share s falls into
//! ⌊(k−1)/s⌋ < n ≤ ⌈k/s⌉, and whoever takes the earliest of those ends meets them all. Among the turns that leave every end to be met,
//! the one is taken who is owed most.
//!
//! **Fair beyond that.** What somebody is owed, less than one lead, is carried on when people come and go, so who has a small share is not
//! passed over for ever where the shifts are short. It does not grow while they are away: nobody catches up after an absence.
//!
//! Only numbers that are kept decide, and names at a draw, so a replay gives the same turns. This file refuses to know leads; it is told when one ends.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::contract::Timestamp;
use crate::rulebook::roster::{Seller, TeamRoster};

/// A whole lead, in what somebody is owed.
const LEAD: i64 = 1_000_000;

/// The turns of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rota {
    /// Everybody who has a lead, had a turn, or is owed one, by name.
    sellers: BTreeMap<CompactString, Kept>,
    /// The round in progress: those who can be asked, by name.
    round: Vec<Turn>,
    /// Turns of this round.
    turns: u32,
}

/// What is kept of a seller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Open leads.
    open: u32,
    /// What they are owed, in millionths of a lead; negative: they are ahead.
    owed: i64,
}

/// Somebody in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    name: CompactString,
    weight: u32,
    had: u32,
}

/// Whom a lead goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// This seller.
    Seller(CompactString),
    /// Nobody else is on duty; from then on somebody is, as far as the roster goes.
    AllAway(Option<Timestamp>),
    /// Everybody on duty has as many open leads as they may have.
    AllFull,
}

impl Rota {
    /// Gives the turn, and counts the lead as theirs.
    pub fn pick(&mut self, team: &TeamRoster, at: Timestamp, not_to: Option<&str>) -> Picked {
        let on_duty: Vec<_> = team.sellers.iter().filter(|(_, seller)| seller.is_on_duty(at)).collect();
        let is_other = |name: &CompactString| not_to != Some(name.as_str());
        if !on_duty.iter().any(|(name, _)| is_other(name)) {
            return Picked::AllAway(team.opens_at(at, not_to).filter(|opens_at| *opens_at > at));
        }
        let able = on_duty.into_iter().filter(|(name, seller)| self.has_room(name, seller));
        let able: Vec<Turn> = able.map(|(name, seller)| Turn { name: name.clone(), weight: seller.weight, had: 0 }).collect();
        if !able.iter().any(|turn| is_other(&turn.name)) {
            return Picked::AllFull;
        }
        // Who had this lead already can't get it again: that is a turn beside the round, and what they are owed says whose.
        let name = if able.iter().all(|turn| is_other(&turn.name)) {
            self.turn_of(able)
        } else {
            let others = able.iter().filter(|turn| is_other(&turn.name));
            self.owe(&able);
            self.most_owed(others).name.clone()
        };
        let kept = self.sellers.entry(name.clone()).or_default();
        kept.open += 1;
        kept.owed = (kept.owed - LEAD).max(-LEAD);
        Picked::Seller(name)
    }

    /// Who is on duty, and may have a lead more.
    pub fn able(&self, team: &TeamRoster, at: Timestamp) -> Vec<CompactString> {
        let able = team.sellers.iter().filter(|(name, seller)| self.has_room(name, seller) && seller.is_on_duty(at));
        able.map(|(name, _)| name.clone()).collect()
    }

    fn has_room(&self, name: &str, seller: &Seller) -> bool {
        seller.open_leads_at_most.is_none_or(|most| self.open(name) < most)
    }

    /// A lead became a seller's, or is no longer, otherwise than by a turn.
    pub fn changed(&mut self, seller: &str, open: bool) {
        if open {
            self.sellers.entry(seller.into()).or_default().open += 1;
        } else if let Some(kept) = self.sellers.get_mut(seller) {
            kept.open = kept.open.saturating_sub(1);
        }
    }

    /// Open leads of a seller.
    pub fn open(&self, seller: &str) -> u32 {
        self.sellers.get(seller).map_or(0, |kept| kept.open)
    }

    /// Forgets who is no longer on the team, once they have no lead.
    pub fn forget_those_who_left(&mut self, team: Option<&TeamRoster>) {
        self.sellers.retain(|name, kept| kept.open > 0 || team.is_some_and(|team| team.sellers.contains_key(name)));
    }

    /// Whether nothing is worth keeping.
    pub fn is_empty(&self) -> bool {
        self.sellers.is_empty()
    }

    /// The next turn of the round; when other people can be asked, or a round is complete, a new one begins.
    fn turn_of(&mut self, able: Vec<Turn>) -> CompactString {
        let same = self.round.iter().map(|turn| (&turn.name, turn.weight)).eq(able.iter().map(|turn| (&turn.name, turn.weight)));
        let weights: u32 = able.iter().map(|turn| turn.weight).sum();
        if !same || self.turns >= weights {
            (self.round, self.turns) = (able, 0);
        }
        self.owe(&self.round.clone());
        self.turns += 1;
        let n = self.turns;
        // Nobody's turn comes before its time.
        let begun: Vec<&Turn> = self.round.iter().filter(|turn| turn.had * weights < n * turn.weight).collect();
        let owed_most = self.most_owed(begun.iter().copied());
        let ends_first = begun.iter().copied().min_by_key(|turn| (turn.ends(weights), &turn.name)).expect("somebody's turn has begun");
        let name = if self.leaves_time(owed_most, weights) { &owed_most.name } else { &ends_first.name }.clone();
        if let Some(turn) = self.round.iter_mut().find(|turn| turn.name == name) {
            turn.had += 1;
        }
        name
    }

    /// Whether, after this turn, everybody's turns still have the time that they need.
    fn leaves_time(&self, chosen: &Turn, weights: u32) -> bool {
        (self.turns..=weights).all(|until| {
            let due = |turn: &Turn| (until * turn.weight / weights).saturating_sub(turn.had + u32::from(turn.name == chosen.name));
            self.round.iter().map(due).sum::<u32>() <= until - self.turns
        })
    }

    /// Each is owed their share of one more lead.
    fn owe(&mut self, able: &[Turn]) {
        let weights: i64 = able.iter().map(|turn| i64::from(turn.weight)).sum();
        for turn in able {
            let kept = self.sellers.entry(turn.name.clone()).or_default();
            kept.owed = (kept.owed + LEAD * i64::from(turn.weight) / weights).min(LEAD);
        }
    }

    /// Who is owed most; at a draw the first by name.
    fn most_owed<'t>(&self, turns: impl Iterator<Item = &'t Turn>) -> &'t Turn {
        let owed = |turn: &Turn| self.sellers.get(&turn.name).map_or(0, |kept| kept.owed);
        turns.min_by_key(|turn| (std::cmp::Reverse(owed(turn)), &turn.name)).expect("there is somebody to ask")
    }
}

impl Turn {
    /// The last turn of the round by which the next one must be theirs.
    fn ends(&self, weights: u32) -> u32 {
        ((self.had + 1) * weights).div_ceil(self.weight)
    }
}
