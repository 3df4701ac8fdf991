//! What all rows show of a column: shapes, never meanings.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use jiff::tz::TimeZone;
use rustc_hash::{FxHashSet, FxHasher}; // hash-order: counted, never walked

use crate::contract::identifier::check_key_part;
use crate::mapping::choice::{Contest, Reading, State};
use crate::mapping::target::Type;
use crate::mapping::time::{Format, Unit};
use crate::mapping::written::{self, Order};
use crate::mapping::{cell, number, value, words};

/// The most of a column's values that are kept apart.
pub const MAX_DISTINCT: usize = 200;
/// The most values that are remembered to see whether one comes again.
const MAX_UNIQUE: usize = 1_000_000;
/// Longer texts are no words of a list.
const MAX_WORD_BYTES: usize = 80;

/// How a column's values are read, and what is not certain of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<T> {
    /// The reading that fits most values.
    pub of: T,
    /// Another one that fits as well, and means something else.
    pub or: Option<T>,
    /// Whether other rows than those of this column say so.
    pub by_file: bool,
    /// Values that it can't read.
    pub misfits: u64,
    /// A value that is two things.
    pub example: Option<String>,
}

/// A column of a file.
#[derive(Debug)]
pub struct Seen {
    /// As the header has it.
    pub name: String,
    /// What synonyms are compared with, best first: letters and digits, small.
    pub keys: Vec<String>,
    /// Values that are there.
    pub values: u64,
    /// Rows in which nothing stands, or a word for nothing.
    pub empty: u64,
    emails: u64,
    flags: u64,
    ids: u64,
    numbers: u64,
    times: u64,
    future: u64,
    spaced: u64,
    time: Contest,
    amount: Contest,
    whole: Contest,
    time_example: Option<String>,
    amount_example: Option<String>,
    halves: bool,
    repeats: u64,
    hashes: FxHashSet<u64>,
    /// Words in small letters: as first written, and how often.
    distinct: BTreeMap<String, (String, u64)>,
    is_list: bool,
}

/// The formats that a column can have, the usual ones first.
pub const FORMATS: &[(&str, Format)] = &[
    ("year_first", Format::Written(Order::YearFirst)),
    ("day_first", Format::Written(Order::DayFirst)),
    ("month_first", Format::Written(Order::MonthFirst)),
    ("epoch_milliseconds", Format::Epoch(Unit::Milliseconds)),
    ("epoch_seconds", Format::Epoch(Unit::Seconds)),
    ("serial_days", Format::SerialDays),
];

impl Seen {
    /// A column of which nothing was seen.
    pub fn new(name: &str) -> Self {
        let times: Vec<Reading> = FORMATS.iter().map(|(_, format)| Reading::Time(format.clone())).collect();
        let decimals = || vec![Reading::Decimal('.'), Reading::Decimal(',')];
        Self {
            name: name.to_owned(),
            keys: keys(name),
            values: 0,
            empty: 0,
            emails: 0,
            flags: 0,
            ids: 0,
            numbers: 0,
            times: 0,
            future: 0,
            spaced: 0,
            time: Contest::new(times, FORMATS.len()),
            amount: Contest::new(decimals(), 2),
            whole: Contest::new(decimals(), 2),
            time_example: None,
            amount_example: None,
            halves: false,
            repeats: 0,
            hashes: FxHashSet::default(),
            distinct: BTreeMap::new(),
            is_list: true,
        }
    }

    /// Looks at a row's cell; `now_ms`: what is later has not happened.
    pub fn look(&mut self, cell: &str, now_ms: i64, latest_year: i16) {
        let text = cell::clean(cell);
        let lower = text.to_lowercase();
        if cell::is_nothing(&lower, false) {
            self.empty += 1;
            return;
        }
        self.values += 1;
        self.emails += u64::from(crate::contract::typed::addresses(&text).next().is_some());
        self.flags += u64::from(value::boolean(&text).is_some());
        self.ids += u64::from(check_key_part(&text).is_ok());
        self.spaced += u64::from(text.contains(' '));
        self.looks(&text, now_ms, latest_year);
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        if self.hashes.len() < MAX_UNIQUE && !self.hashes.insert(hasher.finish()) {
            self.repeats += 1;
        }
        if self.is_list {
            self.is_list = text.len() <= MAX_WORD_BYTES && (self.distinct.len() <= MAX_DISTINCT || self.distinct.contains_key(&lower));
            self.distinct.entry(lower).or_insert_with(|| (text.into_owned(), 0)).1 += 1;
        }
    }

    fn looks(&mut self, text: &str, now_ms: i64, latest_year: i16) {
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let at = |format: &Format| format.instant(text, &TimeZone::UTC, latest_year).map(crate::contract::Timestamp::as_ms);
        let read: Vec<Option<i64>> = FORMATS.iter().map(|(_, format)| at(format)).collect();
        let found: Vec<i64> = read.iter().flatten().copied().collect();
        self.times += u64::from(!found.is_empty());
        self.future += u64::from(!found.is_empty() && found.iter().all(|at| *at > now_ms));
        self.halves |= written::read(text, Order::MonthFirst).is_some() && text.to_lowercase().contains(['p', 'a']);
        if found.len() > 1 && found.iter().any(|other| *other != found[0]) {
            self.time_example.get_or_insert_with(|| text.to_owned());
        }
        self.time.look(0, &read);
        let amounts = ['.', ','].map(|sign| number::parse(text, sign).map(|number| number.to_bits() as i64));
        self.numbers += u64::from(number::least(text, '.').or(number::least(text, ',')).is_some());
        if let [Some(one), Some(other)] = amounts
            && one != other
        {
            self.amount_example.get_or_insert_with(|| text.to_owned());
        }
        self.amount.look(0, &amounts);
        let wholes = ['.', ','].map(|sign| value::number(text, Type::Whole, sign, 1.0).map(|number| number.to_bits() as i64));
        self.whole.look(0, &wholes);
    }

    /// How its times are written, if most of its values are some; `known`: the orders that other columns have to have.
    pub fn times(&self, known: &[Order]) -> Option<Choice<&'static str>> {
        let (best, or, by_file) = choose(&self.time, |index| matches!(&FORMATS[index].1, Format::Written(order) if known.contains(order)))?;
        let fits = self.time.fits(best);
        if fits * 2 < self.values || fits == 0 {
            return None;
        }
        let (best, or) = match or {
            // With halves of a day, the month is usually first.
            Some(other) if self.halves && matches!(FORMATS[other].1, Format::Written(Order::MonthFirst)) => (other, Some(best)),
            or => (best, or),
        };
        let example = self.time_example.clone().filter(|_| or.is_some());
        Some(Choice { of: FORMATS[best].0, or: or.map(|other| FORMATS[other].0), by_file, misfits: self.values - fits, example })
    }

    /// The order that its dates of three numbers have to have.
    pub fn order(&self) -> Option<Order> {
        let (best, or, _) = choose(&self.time, |_| false)?;
        let has_won = |pair: &crate::mapping::choice::Pair| matches!(pair.state, State::Decided { winner, .. } if winner == best);
        if or.is_none() && self.time.pairs().iter().any(has_won) { FORMATS[best].1.order() } else { None }
    }

    /// The decimal sign of its numbers, if most of its values are some; `known`: the sign that other columns have to have.
    pub fn decimal(&self, whole: bool, known: Option<char>) -> Option<Choice<char>> {
        let contest = if whole { &self.whole } else { &self.amount };
        let sign = |index: usize| if index == 0 { '.' } else { ',' };
        let (best, or, by_file) = choose(contest, |index| known == Some(sign(index)))?;
        let fits = contest.fits(best);
        if self.numbers * 2 < self.values {
            return None;
        }
        // Of two that fit, the one in which the signs part thousands.
        let is_dot = self.amount_example.as_deref().is_some_and(|example| example.contains('.'));
        let (best, or) = match or {
            Some(other) if (sign(best) == '.') == is_dot => (other, Some(best)),
            or => (best, or),
        };
        let example = self.amount_example.clone().filter(|_| or.is_some());
        Some(Choice { of: sign(best), or: or.map(sign), by_file, misfits: self.values.saturating_sub(fits), example })
    }

    /// The decimal sign that its numbers have to have.
    pub fn sign(&self) -> Option<char> {
        self.amount.pairs().into_iter().chain(self.whole.pairs()).find_map(|pair| match pair.state {
            State::Decided { winner, .. } => Some(if winner == 0 { '.' } else { ',' }),
            _ => None,
        })
    }

    /// Whether its values are the words of a small list.
    pub fn is_small_list(&self, most: usize) -> bool {
        self.values > 0
            && self.is_list
            && self.distinct.len() <= most
            && self.emails == 0
            && self.numbers * 2 < self.values
            && self.times * 2 < self.values
    }

    /// How many different words it has, if those are few enough to be counted.
    pub fn words(&self) -> Option<usize> {
        (self.is_list && self.values > 0).then_some(self.distinct.len())
    }

    /// Its words, one for all ways of writing it small and large, at most so many.
    pub fn listed(&self, most: usize) -> Vec<String> {
        self.distinct.values().take(most).map(|(word, _)| word.clone()).collect()
    }

    /// Whether some of its words say that something was won or lost.
    pub fn has_endings(&self) -> bool {
        self.is_list && self.distinct.values().any(|(word, _)| words::ending(word).is_some())
    }

    /// Whether no other column has its name.
    pub fn is_named_once(&self, all: &[Seen]) -> bool {
        let name = cell::name(&self.name);
        !name.is_empty() && all.iter().filter(|other| cell::name(&other.name) == name).count() == 1
    }

    /// Values without an address.
    pub fn without_address(&self) -> u64 {
        self.values - self.emails
    }

    /// Whether most of its values are addresses.
    pub fn is_email(&self) -> bool {
        self.emails > 0 && self.emails * 2 >= self.values
    }

    /// Whether most of its values are times, and no bare numbers.
    pub fn is_time(&self) -> bool {
        self.times > 0 && self.times * 2 >= self.values && self.numbers * 2 < self.values
    }

    /// Values that are later than now.
    pub fn future(&self) -> u64 {
        self.future
    }

    /// Whether its values can be identifiers.
    pub fn is_id(&self) -> bool {
        self.values > 0 && self.ids == self.values
    }

    /// Whether its values can be identifiers of rows.
    pub fn is_unique_id(&self) -> bool {
        self.is_id() && self.repeats == 0
    }

    /// Whether its values say yes or no.
    pub fn is_flag(&self) -> bool {
        self.values > 0 && self.flags == self.values
    }

    /// Whether most of its values are numbers.
    pub fn is_number(&self) -> bool {
        self.numbers > 0 && self.numbers * 2 >= self.values
    }

    /// Whether its values are codes of currencies.
    pub fn is_currency(&self) -> bool {
        self.is_list && !self.distinct.is_empty() && self.distinct.values().all(|(word, _)| crate::mapping::money::code_in(word).is_some())
    }

    /// Whether what stands in it fits a field of this type.
    pub fn fits(&self, of: Type) -> bool {
        match of {
            Type::Id | Type::Kind => self.is_id(),
            Type::Text => self.values > 0,
            Type::Time | Type::Date => self.times > 0 && self.times * 2 >= self.values,
            Type::Whole | Type::Number => self.is_number(),
            Type::Bool => self.is_flag(),
            Type::Ending => false,
        }
    }
}

/// The reading that fits most, another that fits as well, and whether what is known of the file decided between them.
fn choose(contest: &Contest, known: impl Fn(usize) -> bool) -> Option<(usize, Option<usize>, bool)> {
    let (count, pairs) = (contest.count(), contest.pairs());
    let is_out = |index: usize| pairs.iter().any(|pair| matches!(pair.state, State::Decided { loser, .. } if loser == index));
    let left: Vec<usize> = (0..count).filter(|index| contest.fits(*index) > 0 && !is_out(*index)).collect();
    let best = *left.iter().rev().max_by_key(|index| (contest.fits(**index), known(**index)))?;
    let rival = pairs.iter().find(|pair| {
        let other = if pair.one == best { pair.other } else { pair.one };
        (pair.one == best || pair.other == best) && left.contains(&other)
    });
    let Some(rival) = rival else { return Some((best, None, false)) };
    let other = if rival.one == best { rival.other } else { rival.one };
    match (known(best), known(other)) {
        (true, false) => Some((best, None, true)),
        (false, true) => Some((other, None, true)),
        _ => Some((best, Some(other), false)),
    }
}

/// What a name is compared by: whole, without what stands in brackets, and without what stands before a dash or a colon.
fn keys(name: &str) -> Vec<String> {
    let key = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let name = cell::name(name);
    let bare = match (name.find(['(', '[']), name.rfind([')', ']'])) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &name[..start], &name[end + 1..]),
        _ => name.clone(),
    };
    let inner = bare.split_once(" - ").or_else(|| bare.split_once(": ")).map(|(_, rest)| rest.to_owned());
    let last = bare.rsplit_once(" - ").or_else(|| bare.rsplit_once(": ")).map(|(_, rest)| rest.to_owned());
    let mut keys: Vec<String> = Vec::new();
    for text in [Some(name), Some(bare), inner, last].into_iter().flatten() {
        let key = key(&text);
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}
