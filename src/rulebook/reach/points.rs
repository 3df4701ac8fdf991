//! Can the points that are needed come together?
//!
//! Fit is counted for one moment, so criteria that exclude each other never add up: the search takes them one by one and leaves off
//! where what is left can't be enough. Intent is counted over evidence of many moments, so only what reads the account alone excludes.

use super::search::{Answer, Asked, Goal};
use super::state::{State, Want};
use super::{Look, Rules};
use crate::contract::code::RULEBOOK_OUT_OF_REACH;
use crate::contract::decision::Points;
use crate::rulebook::Criterion;
use crate::rulebook::subject::Scope;
use crate::rulebook::words::points;

/// Whether enough points can come together.
enum Reach {
    Yes,
    No,
    Undecided,
}

/// Criteria with points to give, most first, and what can still come from each place on at most.
struct Row<'a, 'r> {
    criteria: Vec<(&'a Asked<'r>, i64)>,
    rest: Vec<i64>,
}

impl<'r> Look<'r> {
    pub fn threshold_of_fit(&mut self, rules: &Rules<'r>, can_be: bool) {
        let fit = &self.rulebook.fit;
        let threshold = fit.threshold.0;
        let row = self.row(fit.criteria.iter().zip(&rules.fit).map(|(criterion, asked)| (asked, criterion.points.0)));
        let most = points(Points(row.rest[0].min(100 * Points::SCALE)));
        let needs = format!("the threshold of fit is {}", points(fit.threshold));
        match self.reach(&row, threshold, Vec::new(), &State::default()) {
            Reach::No => {
                let message = format!("nobody can reach this: {needs}, and no criteria that can hold together give so much");
                self.warn(RULEBOOK_OUT_OF_REACH, fit.place.clone(), message).help(format!("at most {most} points can come together"));
            }
            Reach::Yes if can_be => {
                let (goals, state) = (self.passing(rules), self.of_a_lead());
                if let Reach::No = self.reach(&row, threshold, goals, &state) {
                    let message = format!("no lead can reach this: {needs}, and nobody who passes the gates gets so much");
                    self.warn(RULEBOOK_OUT_OF_REACH, fit.place.clone(), message);
                }
            }
            Reach::Yes | Reach::Undecided => {}
        }
    }

    /// `counts`: which criteria can give points at all.
    pub fn threshold_of_intent(&mut self, rules: &Rules<'r>, counts: &[bool]) {
        let intent = &self.rulebook.intent;
        let giving =
            intent.criteria.iter().zip(&rules.intent).zip(counts).filter(|((criterion, _), counts)| **counts && criterion.points.0 > 0);
        let giving: Vec<(&Criterion, &Asked<'r>)> = giving.map(|(pair, _)| pair).collect();
        // What is asked of evidence is asked of each piece: only `at_most` bounds it.
        let (of_evidence, of_account): (Vec<_>, Vec<_>) = giving.into_iter().partition(|(criterion, _)| criterion.reads(Scope::Evidence));
        let Some(bounded) = of_evidence.iter().map(|(criterion, _)| Some(criterion.at_most?.0)).sum::<Option<i64>>() else { return };
        let once = |criterion: &Criterion| criterion.at_most.map_or(criterion.points.0, |most| most.0.min(criterion.points.0));
        let row = self.row(of_account.into_iter().map(|(criterion, asked)| (asked, once(criterion))));
        let threshold = intent.threshold.0;
        if let Reach::No = self.reach(&row, threshold - bounded, Vec::new(), &State::default()) {
            let message =
                format!("nobody can reach this: the threshold of intent is {}, and the criteria give less", points(intent.threshold));
            let most = points(Points(bounded + row.rest[0]));
            self.warn(RULEBOOK_OUT_OF_REACH, intent.place.clone(), message).help(format!("at most {most} points can come together"));
        }
    }

    /// Those that give points and can be met, most first; of those that exclude each other only one counts for what is left.
    fn row<'a>(&mut self, criteria: impl Iterator<Item = (&'a Asked<'r>, i64)>) -> Row<'a, 'r> {
        let giving: Vec<_> = criteria.filter(|(_, given)| *given > 0).collect();
        let mut met: Vec<(&'a Asked<'r>, i64)> = Vec::new();
        for (asked, given) in giving {
            if !self.ask(&[(asked, Want::TRUE)], &State::default()).is_never() {
                met.push((asked, given));
            }
        }
        met.sort_by_key(|(_, given)| std::cmp::Reverse(*given));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for place in 0..met.len() {
            let excludes = |look: &mut Self, other: usize| {
                look.ask(&[(met[place].0, Want::TRUE), (met[other].0, Want::TRUE)], &State::default()).is_never()
            };
            let home = groups.iter().position(|group| group.iter().all(|other| excludes(self, *other)));
            match home {
                Some(home) => groups[home].push(place),
                None => groups.push(vec![place]),
            }
        }
        // Within a group the first that is left gives most: they are sorted.
        let left = |from: usize| {
            groups.iter().filter_map(|group| group.iter().find(|place| **place >= from)).map(|place| met[*place].1).sum::<i64>()
        };
        let rest = (0..=met.len()).map(left).collect();
        Row { criteria: met, rest }
    }

    /// Whether criteria that can hold together, and with these goals, give so much.
    fn reach<'a>(&mut self, row: &Row<'a, 'r>, needed: i64, goals: Vec<Goal<'a, 'r>>, state: &State) -> Reach {
        let mut undecided = false;
        // From where on, how much is there, what has to hold, and whether that is known to be possible.
        let mut ways = vec![(0_usize, 0_i64, goals, needed <= 0)];
        while let Some((place, sum, goals, certain)) = ways.pop() {
            if sum >= needed {
                if certain {
                    return Reach::Yes;
                }
                undecided = true;
                continue;
            }
            let enough = row.rest.get(place).is_some_and(|rest| sum + rest >= needed);
            let Some((asked, given)) = row.criteria.get(place).filter(|_| enough) else { continue };
            if !self.budget.take_for_all(1 + goals.len() as u64) {
                self.passed_over += 1;
                return Reach::Undecided;
            }
            ways.push((place + 1, sum, goals.clone(), certain));
            let mut with = goals;
            with.push((asked, Want::TRUE));
            match self.ask(&with, state) {
                Answer::Never(_) => {}
                Answer::Met(_) => ways.push((place + 1, sum + given, with, true)),
                Answer::Open => ways.push((place + 1, sum + given, with, false)),
            }
        }
        if undecided { Reach::Undecided } else { Reach::No }
    }
}
