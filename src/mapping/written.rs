//! Times as people and tools write them, read without a pattern: the order of day, month and year is said, everything else is seen.
//!
//! `3/11/26 3:04 p. m.`, `2026-11-03T15:04:05+0100`, `3 de noviembre de 2026`, `2026/11/03 7:01:33 PM GMT-6` are read by one reader.
//! What is not understood to its last character is no time. It refuses to know which order a column has: that is decided over
//! all of its rows.

use jiff::civil::{Date, DateTime, Time};

/// Which part of a date of three numbers is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// `03/11/2026` is 3 November.
    DayFirst,
    /// `03/11/2026` is 11 March.
    MonthFirst,
    /// `2026-11-03`, `26-11-03`.
    YearFirst,
}

impl Order {
    /// Every order, by its name in maps.
    pub const ALL: [(&'static str, Order); 3] =
        [("day_first", Order::DayFirst), ("month_first", Order::MonthFirst), ("year_first", Order::YearFirst)];
}

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// As a clock and a calendar where it was written show it.
    pub civil: DateTime,
    /// Minutes east of UTC, where it says so.
    pub offset: Option<i32>,
    /// Whether it says a time of day.
    pub has_time: bool,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Number(&'t str),
    Word(&'t str),
    Sign(char),
}

/// The most parts that a time has.
const MAX_TOKENS: usize = 32;
/// The longest text that is looked at.
const MAX_BYTES: usize = 80;

#[rustfmt::skip] // a month a line
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "janvier", "janv", "janeiro", "gennaio", "gen", "januari", "enero", "ene", "jänner", "jän"],
    &["feb", "february", "februar", "février", "fevrier", "févr", "fevr", "fév", "fevereiro", "fev", "febbraio", "februari", "febrero"],
    &["mar", "march", "märz", "maerz", "mär", "mrz", "mars", "março", "marco", "marzo", "maart", "mrt"],
    &["apr", "april", "avril", "avr", "abril", "abr", "aprile"],
    &["may", "mai", "maio", "maggio", "mag", "mei", "mayo"],
    &["jun", "june", "juni", "juin", "junho", "giugno", "giu", "junio"],
    &["jul", "july", "juli", "juillet", "juil", "julho", "luglio", "lug", "julio"],
    &["aug", "august", "août", "aout", "agosto", "ago", "augustus"],
    &["sep", "sept", "september", "septembre", "setembro", "settembre", "septiembre", "setiembre"],
    &["oct", "october", "okt", "oktober", "octobre", "outubro", "out", "ottobre", "ott", "octubre"],
    &["nov", "november", "novembre", "novembro", "noviembre"],
    &["dec", "december", "dez", "dezember", "décembre", "decembre", "déc", "dezembro", "dicembre", "dic", "diciembre"],
];
#[rustfmt::skip] // a language a line
const WEEKDAYS: &[&str] = &[
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "lun", "mié", "mie", "jue", "vie", "sáb", "sab", "dom", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "mo", "di", "mi", "do", "fr", "sa", "so", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag",
    "mer", "jeu", "ven", "sam", "dim", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    "seg", "ter", "qua", "qui", "sex", "segunda", "terça", "quarta", "quinta", "sexta", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì",
];
/// Words between the parts.
const FILLERS: &[&str] = &["de", "del", "of", "at", "um", "a", "las", "la", "el", "à", "le", "às", "as", "alle", "ore", "den", "the", "op"];
/// Zones by a name that means one offset only, in minutes.
#[rustfmt::skip] // pairs
const ZONES: &[(&str, i32)] = &[
    ("z", 0), ("utc", 0), ("gmt", 0), ("est", -300), ("edt", -240), ("cdt", -300), ("mdt", -360), ("pst", -480), ("pdt", -420),
    ("cet", 60), ("cest", 120), ("eet", 120), ("eest", 180), ("jst", 540),
];

/// Reads a text whose date of three numbers is in this order; where a month's name or a year of four digits says more, that counts.
pub fn read(text: &str, order: Order) -> Option<Written> {
    Parts::of(text)?.read(order)
}

/// A text in its parts, to be read in several orders.
pub struct Parts<'t> {
    tokens: [Token<'t>; MAX_TOKENS],
    count: usize,
}

impl<'t> Parts<'t> {
    /// Takes a text apart; none where it is no time for certain.
    pub fn of(text: &'t str) -> Option<Self> {
        if text.len() > MAX_BYTES || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (mut tokens, mut count) = ([Token::Sign(' '); MAX_TOKENS], 0);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_same: fn(char) -> bool = match first {
                '0'..='9' => |c| c.is_ascii_digit(),
                c if c.is_alphabetic() => char::is_alphabetic,
                c if c.is_whitespace() => char::is_whitespace,
                _ => |_| false,
            };
            let end = rest.find(|c: char| !is_same(c)).unwrap_or(rest.len()).max(first.len_utf8());
            *tokens.get_mut(count)? = match first {
                '0'..='9' => Token::Number(&rest[..end]),
                c if c.is_alphabetic() => Token::Word(&rest[..end]),
                c if c.is_whitespace() => Token::Sign(' '),
                c => Token::Sign(c),
            };
            count += 1;
            rest = &rest[end..];
        }
        Some(Self { tokens, count })
    }

    /// Reads them in this order.
    pub fn read(&self, order: Order) -> Option<Written> {
        let mut reader = Reader { tokens: &self.tokens[..self.count], at: 0 };
        reader.weekday();
        let date = reader.date(order)?;
        let mut written = Written { civil: date.to_datetime(Time::midnight()), offset: None, has_time: false };
        if reader.is_done() {
            return Some(written);
        }
        reader.between();
        if let Some(time) = reader.time()? {
            written.civil = date.to_datetime(time);
            written.has_time = true;
            written.offset = reader.offset()?;
        }
        reader.is_done().then_some(written)
    }
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
}

/// How many digits a year has that is written so, and the year.
fn year_of(text: &str) -> Option<i16> {
    let number: i16 = text.parse().ok()?;
    match (text.len(), number) {
        (4, _) => Some(number),
        (2, 0..=68) => Some(2000 + number),
        (2, _) => Some(1900 + number),
        _ => None,
    }
}

fn small(text: &str) -> Option<i8> {
    if text.len() <= 2 { text.parse().ok() } else { None }
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word)) || (!word.is_ascii() && words.contains(&word.to_lowercase().as_str()))
}

fn month_of(word: &str) -> Option<i8> {
    let index = MONTHS.iter().position(|names| is_one_of(word, names))?;
    i8::try_from(index + 1).ok()
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn peek_after(&self, count: usize) -> Option<Token<'t>> {
        self.tokens.get(self.at + count).copied()
    }

    fn number(&mut self) -> Option<&'t str> {
        let Some(Token::Number(digits)) = self.peek() else { return None };
        self.at += 1;
        Some(digits)
    }

    fn sign(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(Token::Sign(wanted));
        self.at += usize::from(is);
        is
    }

    fn is_done(&self) -> bool {
        self.tokens[self.at.min(self.tokens.len())..].iter().all(|token| *token == Token::Sign(' '))
    }

    fn weekday(&mut self) {
        if let Some(Token::Word(word)) = self.peek()
            && is_one_of(word, WEEKDAYS)
        {
            self.at += 1;
            while self.sign('.') || self.sign(',') || self.sign(' ') {}
        }
    }

    /// Spaces, commas and little words between parts.
    fn gap(&mut self) {
        loop {
            match self.peek() {
                Some(Token::Sign(' ' | ',' | '.')) => self.at += 1,
                Some(Token::Word(word)) if is_one_of(word, FILLERS) => self.at += 1,
                _ => return,
            }
        }
    }

    fn date(&mut self, order: Order) -> Option<Date> {
        if let Some(Token::Word(word)) = self.peek() {
            // November 3, 2026
            let month = month_of(word)?;
            self.at += 1;
            self.gap();
            let day = small(self.number()?)?;
            self.ordinal();
            let is_parted = matches!(self.peek(), Some(Token::Sign(' ' | ',') | Token::Word(_)));
            self.gap();
            let year = year_of(self.number()?)?;
            return is_parted.then(|| Date::new(year, month, day).ok())?;
        }
        let first = self.number()?;
        if first.len() == 8 {
            return Date::new(first[..4].parse().ok()?, first[4..6].parse().ok()?, first[6..].parse().ok()?).ok();
        }
        self.ordinal();
        match self.peek()? {
            Token::Sign('/' | '.' | '-') if matches!(self.peek_after(1), Some(Token::Number(_) | Token::Sign(' '))) => {
                self.numbers(first, order).or_else(|| self.by_name(first, order))
            }
            _ => self.by_name(first, order),
        }
    }

    /// `3rd`, `1er`, `2º`
    fn ordinal(&mut self) {
        if let Some(Token::Word(word)) = self.peek()
            && is_one_of(word, &["st", "nd", "rd", "th", "er", "º", "ª", "o"])
        {
            self.at += 1;
        }
    }

    /// `3/11/2026`, `2026-11-03`, `3. 11. 2026`: with the same sign between.
    fn numbers(&mut self, first: &str, order: Order) -> Option<Date> {
        let start = self.at;
        let next = |reader: &mut Self, sign: char| {
            if !reader.sign(sign) {
                return None;
            }
            if sign == '.' {
                reader.sign(' ');
            }
            reader.number()
        };
        let Some(Token::Sign(sign)) = self.peek() else { return None };
        let read = next(self, sign).and_then(|second| Some((second, next(self, sign)?)));
        let Some((second, third)) = read else {
            self.at = start;
            return None;
        };
        let (year, month, day) = match order {
            Order::YearFirst => (first, second, third),
            _ if first.len() == 4 => (first, second, third),
            Order::DayFirst => (third, second, first),
            Order::MonthFirst => (third, first, second),
        };
        Date::new(year_of(year)?, small(month)?, small(day)?).ok()
    }

    /// `3-Nov-2026`, `3 de noviembre de 2026`, `2026-Nov-03`
    fn by_name(&mut self, first: &str, order: Order) -> Option<Date> {
        self.sign('.');
        if !(self.sign('-') || self.sign('/')) {
            self.gap();
        }
        let Some(Token::Word(word)) = self.peek() else { return None };
        let month = month_of(word)?;
        self.at += 1;
        self.sign('.');
        if !(self.sign('-') || self.sign('/')) {
            self.gap();
        }
        let last = self.number()?;
        let year_first = first.len() == 4 || (order == Order::YearFirst && last.len() != 4);
        let (year, day) = if year_first { (first, last) } else { (last, first) };
        Date::new(year_of(year)?, month, small(day)?).ok()
    }

    /// What stands between a date and a time.
    fn between(&mut self) {
        if let Some(Token::Word("T" | "t")) = self.peek() {
            self.at += 1;
            return;
        }
        self.gap();
        if self.sign('-') || self.sign('|') || self.sign('@') {
            self.gap();
        }
    }

    /// A time of day; inside `None`: there is none. Outside `None`: what is there is none.
    fn time(&mut self) -> Option<Option<Time>> {
        let Some(first) = self.number() else { return Some(None) };
        if matches!(first.len(), 4 | 6) && self.is_end_of_time() {
            let second = first.get(4..6).unwrap_or("0");
            return Time::new(first[..2].parse().ok()?, first[2..4].parse().ok()?, second.parse().ok()?, 0).ok().map(Some);
        }
        let mut hour: i8 = small(first)?;
        let (mut minute, mut second, mut nano) = (0, 0, 0);
        let by_dot = self.peek() == Some(Token::Sign('.'));
        let is_h = matches!(self.peek(), Some(Token::Word("h" | "H")));
        let mut has_minute = false;
        if (is_h || by_dot || self.peek() == Some(Token::Sign(':'))) && matches!(self.peek_after(1), Some(Token::Number(_))) {
            self.at += 1;
            minute = two(self.number()?)?;
            has_minute = true;
            let next = if by_dot { '.' } else { ':' };
            if matches!(self.peek(), Some(Token::Sign(c)) if c == next) && matches!(self.peek_after(1), Some(Token::Number(_))) {
                self.at += 1;
                second = two(self.number()?)?;
            }
            if matches!(self.peek(), Some(Token::Sign('.' | ','))) && matches!(self.peek_after(1), Some(Token::Number(_))) {
                self.at += 1;
                nano = fraction(self.number()?)?;
            }
        } else if is_h {
            self.at += 1;
            has_minute = true;
        }
        match self.half() {
            Some(_) if !(0..=12).contains(&hour) => return None,
            Some(true) if hour != 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            Some(_) => {}
            None if !has_minute => return None,
            None => {}
        }
        if let Some(Token::Word(word)) = self.tokens[self.at..].iter().find(|token| **token != Token::Sign(' ')).copied()
            && is_one_of(word, &["uhr", "hrs", "h", "hs", "horas"])
        {
            while self.peek() != Some(Token::Word(word)) {
                self.at += 1;
            }
            self.at += 1;
        }
        Time::new(hour, minute, second, nano).ok().map(Some)
    }

    fn is_end_of_time(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Sign('+' | '-' | ' ') | Token::Word("Z" | "z")))
    }

    /// `PM`, `p.m.`, `a. m.`: whether it is the second half of the day.
    fn half(&mut self) -> Option<bool> {
        let start = self.at;
        self.sign(' ');
        if let Some(Token::Word(word)) = self.peek() {
            let is_pm = match word {
                _ if word.eq_ignore_ascii_case("pm") => Some(true),
                _ if word.eq_ignore_ascii_case("am") => Some(false),
                _ => None,
            };
            if is_pm.is_some() {
                self.at += 1;
                return is_pm;
            }
            if word.eq_ignore_ascii_case("p") || word.eq_ignore_ascii_case("a") {
                self.at += 1;
                while self.sign('.') || self.sign(' ') {}
                if let Some(Token::Word("m" | "M")) = self.peek() {
                    self.at += 1;
                    self.sign('.');
                    return Some(word.eq_ignore_ascii_case("p"));
                }
            }
        }
        self.at = start;
        None
    }

    /// A zone beside the time: minutes east of UTC. Outside `None`: what is there is no zone.
    fn offset(&mut self) -> Option<Option<i32>> {
        while self.sign(' ') {}
        let in_brackets = self.sign('(');
        let mut named = None;
        if let Some(Token::Word(word)) = self.peek() {
            named = Some(ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?.1);
            self.at += 1;
        }
        let mut offset = named;
        if let Some(Token::Sign(sign @ ('+' | '-' | '−'))) = self.peek()
            && named.is_none_or(|named| named == 0)
        {
            self.at += 1;
            let digits = self.number()?;
            let (hours, minutes) = match digits.len() {
                1 | 2 if self.sign(':') => (digits, self.number().filter(|digits| digits.len() == 2)?),
                1 | 2 => (digits, "0"),
                4 => digits.split_at(2),
                _ => return None,
            };
            let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            offset = Some((hours * 60 + minutes) * if sign == '+' { 1 } else { -1 });
        }
        if in_brackets && !self.sign(')') {
            return None;
        }
        Some(offset)
    }
}

fn two(text: &str) -> Option<i8> {
    if text.len() == 2 { text.parse().ok() } else { None }
}

/// Digits behind the seconds, as billionths.
fn fraction(digits: &str) -> Option<i32> {
    let digits = &digits[..digits.len().min(9)];
    let number: i32 = digits.parse().ok()?;
    Some(number * 10_i32.pow(9 - u32::try_from(digits.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, order: Order, expected: Option<&str>) {
        let shown = read(text, order).map(|written| match written.offset {
            Some(offset) => format!("{} {offset}", written.civil),
            None => written.civil.to_string(),
        });
        assert_eq!(shown.as_deref(), expected, "{text:?} {order:?}");
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        use Order::{DayFirst, MonthFirst, YearFirst};
        check("03/11/2026", DayFirst, Some("2026-11-03T00:00:00"));
        check("03/11/2026", MonthFirst, Some("2026-03-11T00:00:00"));
        check("20/11/2026", MonthFirst, None);
        check("03/11/2026", YearFirst, None);
        check("2026-11-03", DayFirst, Some("2026-11-03T00:00:00"));
        check("11/3/26 3:04 PM", MonthFirst, Some("2026-11-03T15:04:00"));
        check("20-10-25", YearFirst, Some("2020-10-25T00:00:00"));
        check("20-10-25", DayFirst, Some("2025-10-20T00:00:00"));
        check("2026/11/03 7:01:33 PM GMT-6", YearFirst, Some("2026-11-03T19:01:33 -360"));
        check("2026-11-03 15:04:05 UTC", YearFirst, Some("2026-11-03T15:04:05 0"));
        check("2026-11-03T15:04:05.123+0100", YearFirst, Some("2026-11-03T15:04:05.123 60"));
        check("2026-11-03T15:04:05-06:00", YearFirst, Some("2026-11-03T15:04:05 -360"));
        check("2026-11-03 12:05 am", YearFirst, Some("2026-11-03T00:05:00"));
        check("11/3/2026, 3:04 p. m.", MonthFirst, Some("2026-11-03T15:04:00"));
        check("3 de noviembre de 2026", MonthFirst, Some("2026-11-03T00:00:00"));
        check("3. November 2026, 15:04 Uhr", MonthFirst, Some("2026-11-03T15:04:00"));
        check("Tue, Nov 3rd, 2026 at 3pm", DayFirst, Some("2026-11-03T15:00:00"));
        check("3-Nov-26", DayFirst, Some("2026-11-03T00:00:00"));
        check("3.11.2026 15.04", DayFirst, Some("2026-11-03T15:04:00"));
        check("03.11.2026 15h04", DayFirst, Some("2026-11-03T15:04:00"));
        check("20261103T150405Z", DayFirst, Some("2026-11-03T15:04:05 0"));
        check("Nov 3, 2026 03:04 PM (UTC)", DayFirst, Some("2026-11-03T15:04:00 0"));
        for bad in [
            "3 de noviembre",
            "31/02/2026",
            "2026-11-03 25:00",
            "2026-11-03 15:04 PM",
            "soon",
            "1.5",
            "46329.5",
            "2026-11-03 15:04 XYZ",
            "03/11/2026 x",
            "5555500100",
            "2026",
        ] {
            check(bad, DayFirst, None);
        }
    }
}
