//! How a column is written, where its values alone do not say it: `03/11/2026` is two days, `12.500` two numbers.
//!
//! All rows are looked at before the first is read. A reading that no other reading can stand in for, in any row, decides for its
//! column; one column that decides, decides for the file where the others do not contradict it. What stays open is refused value by
//! value, and asked about: it is never guessed.

use super::field::FieldMap;
use super::time::Format;
use super::written::Order;
use super::{Map, Row};

/// The most readings that one field can have.
pub const MAX_READINGS: usize = 32;
/// A reading that is alone right so many times more often than its rival is right: the few are slips of the pen.
const SLIPS: u64 = 100;

/// One way to read a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A time or a date in this format.
    Time(Format),
    /// A number with this decimal sign.
    Decimal(char),
}

impl Reading {
    /// In words.
    pub fn what(&self) -> String {
        match self {
            Reading::Time(Format::Written(Order::DayFirst)) => "day first".to_owned(),
            Reading::Time(Format::Written(Order::MonthFirst)) => "month first".to_owned(),
            Reading::Time(Format::Written(Order::YearFirst)) => "year first".to_owned(),
            Reading::Time(Format::Pattern { text, .. }) => format!("`{text}`"),
            Reading::Time(other) => format!("{other:?}"),
            Reading::Decimal(sign) => format!("`{sign}` for the decimals"),
        }
    }

    fn trait_of(&self) -> Option<Trait> {
        match self {
            Reading::Time(format) => format.order().map(Trait::Order),
            Reading::Decimal(sign) => Some(Trait::Decimal(*sign)),
        }
    }
}

/// What readings of several columns have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trait {
    Order(Order),
    Decimal(char),
}

/// What somebody says of the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The order of dates of three numbers.
    pub dates: Option<Order>,
    /// The sign before the decimals.
    pub decimal: Option<char>,
}

/// What the rows of a file show of one field's readings.
#[derive(Debug)]
pub struct Contest {
    readings: Vec<Reading>,
    /// How many of them the map itself names; the others are looked at to contradict it.
    given: usize,
    fits: Vec<u64>,
    /// For each pair: values that both can read; those that they read differently; the first line with one.
    both: Vec<u64>,
    differ: Vec<(u64, u64)>,
}

impl Contest {
    /// Of these readings, of which so many are named.
    pub fn new(readings: Vec<Reading>, given: usize) -> Self {
        let count = readings.len();
        Self { readings, given, fits: vec![0; count], both: vec![0; count * count], differ: vec![(0, 0); count * count] }
    }

    fn of(field: &FieldMap) -> Option<Self> {
        let (readings, given) = field.readings();
        (readings.len() > 1).then(|| Self::new(readings, given))
    }

    /// How many readings there are.
    pub fn count(&self) -> usize {
        self.readings.len()
    }

    /// How many values a reading can read.
    pub fn fits(&self, reading: usize) -> u64 {
        self.fits[reading]
    }

    /// Looks at a value: what it is by each reading.
    pub fn look(&mut self, line: u64, read: &[Option<i64>]) {
        let count = self.readings.len();
        for (one, first) in read.iter().enumerate() {
            let Some(first) = first else { continue };
            self.fits[one] += 1;
            for (other, second) in read.iter().enumerate().skip(one + 1) {
                let Some(second) = second else { continue };
                self.both[one * count + other] += 1;
                if first != second {
                    let differ = &mut self.differ[one * count + other];
                    *differ = (differ.0 + 1, if differ.0 == 0 { line } else { differ.1 });
                }
            }
        }
    }

    /// The pairs that read something differently: which is right, if that is known, and how many rows say so.
    pub fn pairs(&self) -> Vec<Pair> {
        let count = self.readings.len();
        let mut pairs = Vec::new();
        for one in 0..count {
            for other in one + 1..count {
                let (differ, line) = self.differ[one * count + other];
                if differ == 0 || one.min(other) >= self.given {
                    continue;
                }
                let both = self.both[one * count + other];
                let (alone_one, alone_other) = (self.fits[one] - both, self.fits[other] - both);
                let beats = |winner: u64, loser: u64| winner > 0 && (loser == 0 || (winner >= SLIPS && winner >= loser * SLIPS));
                let state = if beats(alone_one, alone_other) {
                    State::Decided { winner: one, loser: other, by: alone_one }
                } else if beats(alone_other, alone_one) {
                    State::Decided { winner: other, loser: one, by: alone_other }
                } else if alone_one > 0 {
                    State::Mixed
                } else {
                    State::Open
                };
                pairs.push(Pair { one, other, differ, line, state });
            }
        }
        pairs
    }
}

/// Two readings that read something differently.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// One reading.
    pub one: usize,
    /// The other.
    pub other: usize,
    differ: u64,
    line: u64,
    /// Which is right.
    pub state: State,
}

/// Which of two readings a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The winner alone fits so many values.
    Decided {
        /// It is right.
        winner: usize,
        /// It is wrong for the whole column.
        loser: usize,
        /// Values that say so.
        by: u64,
    },
    /// Each is alone right somewhere: the column has both.
    Mixed,
    /// Both fit every row.
    Open,
}

/// What is known of a field's readings after all rows were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The readings that are wrong for this column, a bit each.
    pub out: u32,
    /// The readings that the map does not name, and that a value must not fit too.
    pub rivals: u32,
}

/// What is said of a field's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The field's path.
    pub field: String,
    /// The column.
    pub column: String,
    /// Whether it is a question.
    pub is_question: bool,
    /// A sentence about the column.
    pub what: String,
}

/// The choices of all fields of a map, by number.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    of: Vec<Choice>,
    /// What there is to say about them.
    pub said: Vec<Said>,
}

impl Choices {
    /// The choice of a field.
    pub fn of(&self, field: usize) -> Choice {
        self.of.get(field).copied().unwrap_or_default()
    }
}

/// What all rows of a file show.
#[derive(Debug)]
pub struct Profile {
    contests: Vec<Option<Contest>>,
}

impl Profile {
    /// For this map, with nothing seen.
    pub fn of(map: &Map) -> Self {
        Self { contests: map.fields.iter().map(Contest::of).collect() }
    }

    /// Whether the rows have to be seen at all.
    pub fn is_needed(&self) -> bool {
        self.contests.iter().any(Option::is_some)
    }

    /// Looks at a row that the map takes.
    pub fn look<R: Row + ?Sized>(&mut self, map: &Map, row: &R, line: u64) {
        if !self.is_needed() || !map.takes(row) {
            return;
        }
        for (field, contest) in map.fields.iter().zip(&mut self.contests) {
            let Some(contest) = contest else { continue };
            let Some(text) = field.bare(row, &map.nothing) else { continue };
            let mut read = [None; MAX_READINGS];
            let count = contest.readings.len().min(MAX_READINGS);
            for (place, reading) in read.iter_mut().zip(&contest.readings) {
                *place = field.number_of(&text, reading, map.latest_year);
            }
            contest.look(line, &read[..count]);
        }
    }

    /// Decides, for every field.
    pub fn decide(&self, map: &Map, hints: Hints) -> Choices {
        let pairs: Vec<Vec<Pair>> = self.contests.iter().map(|contest| contest.as_ref().map(Contest::pairs).unwrap_or_default()).collect();
        let mut known = Vec::new();
        for (contest, pairs) in self.contests.iter().zip(&pairs) {
            let Some(contest) = contest else { continue };
            for pair in pairs {
                if let State::Decided { winner, loser, .. } = pair.state {
                    known.extend(contest.readings[winner].trait_of().zip(contest.readings[loser].trait_of()));
                }
            }
        }
        let mut choices = Choices { of: vec![Choice::default(); map.fields.len()], said: Vec::new() };
        for (index, (contest, pairs)) in self.contests.iter().zip(&pairs).enumerate() {
            let Some(contest) = contest else { continue };
            let said = Speaker { field: &map.fields[index], map };
            for pair in pairs {
                settle(contest, *pair, &known, hints, &mut choices.of[index], &said, &mut choices.said);
            }
        }
        choices
    }
}

struct Speaker<'m> {
    field: &'m FieldMap,
    map: &'m Map,
}

impl Speaker<'_> {
    fn say(&self, is_question: bool, what: String) -> Said {
        let column = self.field.columns().first().map(|column| self.map.columns[*column].name.to_string()).unwrap_or_default();
        Said { field: self.field.path.to_string(), column, is_question, what }
    }
}

/// Puts what is known of a pair into the choice, and into words.
fn settle(
    contest: &Contest,
    pair: Pair,
    known: &[(Trait, Trait)],
    hints: Hints,
    choice: &mut Choice,
    speaker: &Speaker<'_>,
    said: &mut Vec<Said>,
) {
    let Pair { one, other, differ, line, state } = pair;
    let (first, second) = (&contest.readings[one], &contest.readings[other]);
    let is_given = |index: usize| index < contest.given;
    let traits = first.trait_of().zip(second.trait_of());
    let is_hinted = |wanted: Option<Trait>| match (wanted, hints.dates, hints.decimal) {
        (Some(Trait::Order(order)), Some(hint), _) => order == hint,
        (Some(Trait::Decimal(sign)), _, Some(hint)) => sign == hint,
        _ => false,
    };
    match state {
        State::Decided { winner, loser, by } => {
            choice.out |= 1 << loser;
            let (winner_is, loser_is) = (&contest.readings[winner], &contest.readings[loser]);
            let rows = if by == 1 { "1 value".to_owned() } else { format!("{by} values") };
            let can = if by == 1 { "is" } else { "are" };
            if is_given(winner) {
                said.push(speaker.say(false, format!("read {}: {rows} {can} nothing else", winner_is.what())));
            } else {
                let what = format!(
                    "the map says {}, and the column is {}: {rows} {can} nothing else, so none is read",
                    loser_is.what(),
                    winner_is.what()
                );
                said.push(speaker.say(true, what));
            }
        }
        State::Open if is_given(one) != is_given(other) => {}
        State::Mixed | State::Open if is_hinted(first.trait_of()) && is_given(one) => choice.out |= 1 << other,
        State::Mixed | State::Open if is_hinted(second.trait_of()) && is_given(other) => choice.out |= 1 << one,
        State::Open if traits.is_some_and(|(a, b)| known.contains(&(a, b)) && !known.contains(&(b, a))) => {
            choice.out |= 1 << other;
            said.push(speaker.say(false, format!("read {}, as another column of the file has to be", first.what())));
        }
        State::Open if traits.is_some_and(|(a, b)| known.contains(&(b, a)) && !known.contains(&(a, b))) => {
            choice.out |= 1 << one;
            said.push(speaker.say(false, format!("read {}, as another column of the file has to be", second.what())));
        }
        State::Mixed | State::Open => {
            for index in [one, other].into_iter().filter(|index| !is_given(*index)) {
                choice.rivals |= 1 << index;
            }
            let option = match first {
                Reading::Time(_) => "`--dates day-first` or `--dates month-first`",
                Reading::Decimal(_) => "`--decimal .` or `--decimal ,`",
            };
            let why = if state == State::Mixed { "the column has both, so" } else { "every row fits both, so" };
            let values = if differ == 1 { "1 value is".to_owned() } else { format!("{differ} values are") };
            let what = format!(
                "{} or {}? {why} {values} not read, the first in line {line}: say {option}, or say it in the map",
                first.what(),
                second.what()
            );
            said.push(speaker.say(true, what));
        }
    }
}
