//! Can all of these questions be answered as wanted, by one and the same case?
//!
//! Ways are followed one after another, each with what is still possible of every field. A dead end is certain, because opaque parts
//! may answer anything on the way. A way that ends well is made into a case, and the predicates themselves are asked about it: only
//! what they confirm is called met. So neither answer can be wrong; where neither is found within the budget, nothing is said.

use std::rc::Rc;

use compact_str::CompactString;

use super::case::Case;
use super::formula::{Formula, Term};
use super::state::{DeadEnd, State, Want, World};
use crate::contract::Truth;
use crate::rulebook::predicate::Predicate;

/// A predicate made ready to be searched.
pub struct Asked<'r> {
    pub predicate: &'r Predicate,
    pub formula: Formula,
    /// How much work it is to walk it.
    size: u64,
    /// Texts that may please opaque parts.
    hints: Vec<(Term, CompactString)>,
}

impl<'r> Asked<'r> {
    /// `None` where making it ready is more than the budget.
    pub fn of(predicate: &'r Predicate, budget: &mut Budget) -> Option<Self> {
        let formula = Formula::of(predicate.test());
        let (size, hints) = (formula.size(), hints(&formula).into_iter().cloned().collect());
        budget.take_for_all(size).then_some(Self { predicate, formula, size, hints })
    }
}

/// A question and the answers that are wanted.
pub type Goal<'a, 'r> = (&'a Asked<'r>, Want);

/// What came of a search.
#[derive(Debug)]
pub enum Answer {
    /// This case answers all as wanted: the predicates say so.
    Met(Box<Case>),
    /// No case does. The field of which nothing was left, where it is the same on every way.
    Never(Option<Term>),
    /// Neither was found.
    Open,
}

impl Answer {
    pub fn is_never(&self) -> bool {
        matches!(self, Answer::Never(_))
    }
}

/// How much may be looked at: for one question, and for all of a rulebook. A step is one field restricted, or one text of a list.
pub struct Budget {
    left: u64,
    spent: u64,
    of_one: u64,
    ran_out: bool,
}

/// The most steps of one question.
const MAX_STEPS_OF_ONE: u64 = 20_000;
/// The most steps of a rulebook. With it the largest one is checked in a quarter of a second of CPU, in a build for debugging.
pub const MAX_STEPS: u64 = 2_000_000;
/// The most ways of one question that are made into a case.
const MAX_CASES: usize = 8;

impl Budget {
    pub fn new() -> Self {
        Self { left: MAX_STEPS, spent: 0, of_one: 0, ran_out: false }
    }

    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Whether there is enough left for so many steps; takes them.
    pub fn take(&mut self, steps: u64) -> bool {
        if self.left < steps || self.of_one < steps {
            self.ran_out = true;
            return false;
        }
        self.left -= steps;
        self.of_one -= steps;
        self.spent += steps;
        true
    }

    /// A new question begins.
    pub fn begin(&mut self) {
        self.of_one = MAX_STEPS_OF_ONE;
        self.ran_out = false;
    }

    /// Whether the last question was too large.
    pub fn ran_out(&self) -> bool {
        self.ran_out
    }

    /// What is made ready once is not of one question.
    pub fn take_for_all(&mut self, steps: u64) -> bool {
        self.of_one = u64::MAX;
        self.take(steps)
    }
}

/// A way that is not followed to its end yet.
struct Way<'f> {
    goals: Vec<(&'f Formula, Want)>,
    /// Questions with more than one way to the answer, put off.
    later: Later<'f>,
    state: State,
}

/// A list that ways have in common: taking it over costs nothing.
type Later<'f> = Option<Rc<PutOff<'f>>>;

/// A question that was put off, and those before it.
struct PutOff<'f> {
    formula: &'f Formula,
    want: Want,
    before: Later<'f>,
}

/// Looks for a case that answers all goals as wanted, beginning with what `state` leaves possible.
pub fn search(goals: &[Goal<'_, '_>], state: &State, world: &World<'_>, budget: &mut Budget) -> Answer {
    budget.begin();
    if !budget.take(goals.len() as u64) {
        return Answer::Open;
    }
    let first = Way { goals: goals.iter().map(|(asked, want)| (&asked.formula, *want)).collect(), later: None, state: state.clone() };
    let mut ways = vec![first];
    let mut blame = Blame::Nobody;
    let (mut open, mut cases) = (false, 0);
    while let Some(mut way) = ways.pop() {
        match way.follow(world, budget) {
            None => return Answer::Open,
            Some(Err(DeadEnd(term))) => blame.add(term),
            Some(Ok(())) => match way.later.take() {
                Some(put_off) => {
                    let PutOff { formula, want, before } = &*put_off;
                    let mut branches = branches(formula, *want);
                    // Each copies the state: that is work too.
                    if !budget.take(branches.len() as u64 * (1 + way.state.size())) {
                        return Answer::Open;
                    }
                    branches.reverse();
                    if branches.is_empty() {
                        blame = Blame::Several;
                    }
                    ways.extend(branches.into_iter().map(|goals| Way { goals, later: before.clone(), state: way.state.clone() }));
                }
                None if cases == MAX_CASES => return Answer::Open,
                None => {
                    cases += 1;
                    open = true;
                    // Each predicate is asked about the case.
                    if !budget.take(goals.iter().map(|(asked, _)| asked.size).sum()) {
                        return Answer::Open;
                    }
                    let hints: Vec<_> = goals.iter().flat_map(|(asked, _)| &asked.hints).collect();
                    let case = Case::of(&way.state, &hints, world);
                    if case.as_ref().is_some_and(|case| goals.iter().all(|(asked, want)| answers(asked.predicate, *want, case))) {
                        return case.map_or(Answer::Open, |case| Answer::Met(Box::new(case)));
                    }
                }
            },
        }
    }
    if open { Answer::Open } else { Answer::Never(blame.term()) }
}

fn answers(predicate: &Predicate, want: Want, case: &Case) -> bool {
    match predicate.truth(case) {
        Truth::True => want.yes,
        Truth::False => want.no,
        Truth::Unknown => want.unknown,
    }
}

fn hints(formula: &Formula) -> Vec<&(Term, CompactString)> {
    match formula {
        Formula::Opaque(hint) => hint.iter().collect(),
        Formula::All(parts) | Formula::Any(parts) => parts.iter().flat_map(hints).collect(),
        Formula::Not(part) => hints(part),
        Formula::Choose(parts) => parts.iter().flat_map(hints).collect(),
        Formula::Same(parts) => parts.iter().flat_map(hints).collect(),
        Formula::Constant(_) | Formula::Holds(..) | Formula::Known(_) => Vec::new(),
    }
}

/// Of which field nothing was left.
enum Blame {
    Nobody,
    One(Term),
    Several,
}

impl Blame {
    fn add(&mut self, term: Option<Term>) {
        *self = match (std::mem::replace(self, Blame::Several), term) {
            (Blame::Nobody, Some(term)) => Blame::One(term),
            (Blame::One(other), Some(term)) if other == term => Blame::One(other),
            // A constant is nobody's fault.
            (before, None) => before,
            _ => Blame::Several,
        };
    }

    fn term(self) -> Option<Term> {
        if let Blame::One(term) = self { Some(term) } else { None }
    }
}

impl<'f> Way<'f> {
    /// Answers everything that has one answer. `None`: the budget is spent.
    fn follow(&mut self, world: &World<'_>, budget: &mut Budget) -> Option<Result<(), DeadEnd>> {
        while let Some((formula, want)) = self.goals.pop() {
            if !budget.take(1) {
                return None;
            }
            if want.anything() {
                continue;
            }
            let followed = match formula {
                Formula::Opaque(_) => Ok(()),
                Formula::Constant(truth) => {
                    let fits = match truth {
                        Truth::True => want.yes,
                        Truth::False => want.no,
                        Truth::Unknown => want.unknown,
                    };
                    if fits { Ok(()) } else { Err(DeadEnd(None)) }
                }
                Formula::Holds(term, domain) => {
                    let size = domain.size() + self.state.get(term).map_or(0, |possible| possible.known.size());
                    if !budget.take(size) {
                        return None;
                    }
                    self.state.restrict(term, domain, want, world)
                }
                Formula::Known(term) => match (want.yes, want.no) {
                    (true, true) => Ok(()),
                    (yes, no) if yes || no => self.state.know(term, yes, world),
                    _ => Err(DeadEnd(Some(term.clone()))),
                },
                Formula::Not(part) => {
                    self.goals.push((part, want.negated()));
                    Ok(())
                }
                Formula::All(parts) => {
                    self.several(formula, parts, want, Want::TRUE);
                    Ok(())
                }
                Formula::Any(parts) => {
                    self.several(formula, parts, want, Want::FALSE);
                    Ok(())
                }
                Formula::Choose(_) | Formula::Same(_) => {
                    self.put_off(formula, want);
                    Ok(())
                }
            };
            if let Err(dead) = followed {
                return Some(Err(dead));
            }
        }
        Some(Ok(()))
    }

    fn put_off(&mut self, formula: &'f Formula, want: Want) {
        self.later = Some(Rc::new(PutOff { formula, want, before: self.later.take() }));
    }

    /// A conjunction (`each` is true) or a disjunction (`each` is false): it has that answer when each part has it.
    fn several(&mut self, formula: &'f Formula, parts: &'f [Formula], want: Want, each: Want) {
        let (good, bad) = if each.yes { (want.yes, want.no) } else { (want.no, want.yes) };
        if good && !bad {
            let of_each = Want { unknown: want.unknown, ..each };
            self.goals.extend(parts.iter().map(|part| (part, of_each)));
        } else {
            self.put_off(formula, want);
        }
    }
}

/// The ways to an answer of a question that has several: each a set of questions and answers.
fn branches(formula: &Formula, want: Want) -> Vec<Vec<(&Formula, Want)>> {
    match formula {
        Formula::All(parts) => of_several(parts, want, Want::TRUE),
        Formula::Any(parts) => of_several(parts, want, Want::FALSE),
        Formula::Choose(parts) => {
            let [condition, then, otherwise] = &**parts;
            let mut ways = vec![vec![(condition, Want::TRUE), (then, want)], vec![(condition, Want::FALSE), (otherwise, want)]];
            if want.unknown {
                ways.push(vec![(condition, Want::UNKNOWN)]);
            }
            ways
        }
        Formula::Same(parts) => {
            let [left, right] = &**parts;
            let mut ways = Vec::new();
            if want.yes {
                ways.push(vec![(left, Want::TRUE), (right, Want::TRUE)]);
                ways.push(vec![(left, Want::FALSE), (right, Want::FALSE)]);
            }
            if want.no {
                ways.push(vec![(left, Want::TRUE), (right, Want::FALSE)]);
                ways.push(vec![(left, Want::FALSE), (right, Want::TRUE)]);
            }
            if want.unknown {
                ways.push(vec![(left, Want::UNKNOWN)]);
                ways.push(vec![(right, Want::UNKNOWN)]);
            }
            ways
        }
        _ => Vec::new(),
    }
}

fn of_several(parts: &[Formula], want: Want, each: Want) -> Vec<Vec<(&Formula, Want)>> {
    let (good, bad) = if each.yes { (want.yes, want.no) } else { (want.no, want.yes) };
    let other = each.negated();
    let mut ways = Vec::new();
    if good {
        ways.push(parts.iter().map(|part| (part, each)).collect());
    }
    if bad || want.unknown {
        // One part is enough to be bad; to be unknown, one is unknown and none is bad.
        for part in parts {
            if bad {
                ways.push(vec![(part, Want { unknown: want.unknown, ..other })]);
            } else {
                let none_bad = Want { unknown: true, ..each };
                let mut way: Vec<(&Formula, Want)> = parts.iter().map(|part| (part, none_bad)).collect();
                way.push((part, Want::UNKNOWN));
                ways.push(way);
            }
        }
    }
    ways
}
