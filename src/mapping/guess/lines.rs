//! The lines of a guessed map: which column is meant for a field, how it is written, and what is said beside.

use super::columns::{Choice, Seen};
use super::words::{CURRENCIES, SYNONYMS};
use super::{CHANGE_ME, WRITTEN_SMALL};
use crate::mapping::field::slug;
use crate::mapping::money;
use crate::mapping::target::{Field, Target, Type};
use crate::mapping::written::Order;

/// A map that is being written.
pub struct Draft<'c> {
    pub columns: &'c [Seen],
    pub kept: &'c [Vec<String>],
    pub used: Vec<bool>,
    pub lines: Vec<String>,
    pub when: Vec<String>,
    pub missing: usize,
    orders: Vec<Order>,
    sign: Option<char>,
}

impl<'c> Draft<'c> {
    /// A draft with nothing in it.
    pub fn of(columns: &'c [Seen], kept: &'c [Vec<String>]) -> Self {
        let mut orders: Vec<Order> = columns.iter().filter_map(Seen::order).collect();
        orders.sort_unstable();
        orders.dedup();
        let mut signs: Vec<char> = columns.iter().filter_map(Seen::sign).collect();
        signs.sort_unstable();
        signs.dedup();
        Self {
            columns,
            kept,
            used: vec![false; columns.len()],
            lines: Vec::new(),
            when: Vec::new(),
            missing: 0,
            orders: if orders.len() == 1 { orders } else { Vec::new() },
            sign: signs.first().copied().filter(|_| signs.len() == 1),
        }
    }

    /// The columns that are meant for a field by their names, best first, where what stands in them fits.
    pub fn all(&self, path: &str, fits: impl Fn(&Seen) -> bool) -> Vec<usize> {
        let names = SYNONYMS.iter().find(|(field, _)| *field == path).map_or(&[][..], |(_, names)| *names);
        let mut found = Vec::new();
        for depth in 0..4 {
            for name in names {
                let has =
                    |index: &usize| self.is_free(*index, &fits) && self.columns[*index].keys.get(depth).is_some_and(|key| key == name);
                found.extend((0..self.columns.len()).find(has).filter(|index| !found.contains(index)));
            }
        }
        found
    }

    /// The column that is meant for a field, by its name.
    pub fn find(&self, path: &str, fits: impl Fn(&Seen) -> bool) -> Option<usize> {
        let found = self.all(path, fits);
        // One in which something always stands, where a row can't be without it.
        let full = found.iter().find(|index| self.columns[**index].empty == 0 && Target::needs(path));
        full.or(found.first()).copied()
    }

    /// Whether a column's name has one of these in it.
    pub fn is_called(&self, index: usize, parts: &[&str]) -> bool {
        self.columns[index].keys.first().is_some_and(|key| parts.iter().any(|part| key.contains(part)))
    }

    /// What has to be said of a column from which a row needs something, and that has nothing in some.
    pub fn gaps(&self, index: usize) -> Option<String> {
        let empty = self.columns[index].empty;
        (empty > 0).then(|| format!("CHECK: nothing stands there in {}, and those are rejected", rows(empty)))
    }

    pub fn is_free(&self, index: usize, fits: &impl Fn(&Seen) -> bool) -> bool {
        !self.used[index] && self.columns[index].is_named_once(self.columns) && fits(&self.columns[index])
    }

    pub fn name(&self, index: usize) -> String {
        plain(&self.columns[index].name)
    }

    pub fn take(&mut self, index: usize) -> String {
        self.used[index] = true;
        self.name(index)
    }

    pub fn line(&mut self, path: &str, steps: &str, comment: &str) {
        let comment = if comment.is_empty() { String::new() } else { format!("    # {}", one_line(comment)) };
        self.lines.push(format!("  {path}: {{ {steps} }}{comment}"));
    }

    pub fn lack(&mut self, path: &str, comment: &str) {
        self.missing += 1;
        self.line(path, &format!("column: {CHANGE_ME}"), &format!("MISSING: {comment}"));
    }

    pub fn by_name(&mut self, path: &str, index: usize, comment: &str) {
        let column = self.take(index);
        self.line(path, &format!("column: {column}"), comment);
    }

    /// A time, from a column that has some.
    pub fn time(&mut self, path: &str, column: Option<usize>, by_shape: bool, otherwise: &str) {
        let chosen = column.and_then(|column| Some((column, self.columns[column].times(&self.orders)?)));
        let Some((index, choice)) = chosen else { return self.lack(path, otherwise) };
        let is_needed = Target::needs(path);
        let Choice { of, or, by_file, misfits, example } = choice;
        let mut said = Vec::new();
        if by_shape {
            said.push("CHECK: by its shape alone, its name says nothing".to_owned());
        }
        if let Some(or) = or {
            let example = example.map(|example| format!(", such as `{}`", one_line(&example))).unwrap_or_default();
            said.push(format!("CHECK: every row could be {or} too{example}"));
        }
        if of == "serial_days" || of.starts_with("epoch") {
            said.push(format!(
                "CHECK: its numbers are taken for {}",
                if of == "serial_days" { "a spreadsheet's serial days" } else { "a count since 1970" }
            ));
        }
        if misfits > 0 {
            let then = if is_needed { "those rows are rejected" } else { "those are left out" };
            said.push(format!("CHECK: {} no time that can be read, and {then}", have(misfits)));
        }
        if path == "occurred_at" && self.columns[index].future() > 0 {
            said.push(format!("CHECK: {} in the future", are(self.columns[index].future())));
        }
        said.extend(self.gaps(index).filter(|_| is_needed && path != "at"));
        if said.is_empty() {
            said.push(if by_file { "as another column of the file has to be".to_owned() } else { "this fits every row".to_owned() });
        }
        let zone = zone_in(&self.columns[index].name);
        let zone = match zone {
            Some(Ok(zone)) => format!(", time_zone: {zone}"),
            Some(Err(word)) => {
                said.push(format!("CHECK: the header says {word}: name that time zone, such as America/New_York"));
                String::new()
            }
            None => String::new(),
        };
        let column = self.take(index);
        self.line(path, &format!("column: {column}, date: {of}{zone}"), &said.join("; "));
    }

    /// The fields that are filled by a column's name, if what stands in it fits.
    pub fn others(&mut self, target: Target, not: &[&str]) {
        for field in target.fields() {
            if self.has(field.path) || not.contains(&field.path) || matches!(field.path, "kind" | "outcome" | "at" | "occurred_at") {
                continue;
            }
            let Some(index) = self.find(field.path, |seen| seen.fits(field.of)) else { continue };
            self.typed(field, index);
        }
    }

    /// Whether there is a line for a field.
    pub fn has(&self, path: &str) -> bool {
        self.lines.iter().any(|line| line.trim_start().starts_with(&format!("{path}:")))
    }

    fn typed(&mut self, field: &Field, index: usize) {
        match field.of {
            Type::Time | Type::Date => self.time(field.path, Some(index), false, ""),
            Type::Whole | Type::Number => self.amount(field, index),
            Type::Text if WRITTEN_SMALL.contains(&field.path) => {
                let column = self.take(index);
                self.line(field.path, &format!("column: {column}, slug: true"), "in small letters, as rulebooks write them");
            }
            _ => self.by_name(field.path, index, ""),
        }
    }

    fn amount(&mut self, field: &Field, index: usize) {
        let Some(Choice { of, or, by_file, misfits, example }) = self.columns[index].decimal(field.of == Type::Whole, self.sign) else {
            return;
        };
        let (mut steps, mut said) = (format!("column: {}", self.take(index)), Vec::new());
        if of == ',' || or.is_some() {
            steps.push_str(&format!(", decimal: \"{of}\""));
        }
        match (or, example) {
            (Some(or), example) => said.push(format!(
                "CHECK: every row could have `{or}` for the decimals too{}",
                example.map(|example| format!(", such as `{}`", one_line(&example))).unwrap_or_default()
            )),
            (None, _) if by_file && of == ',' => said.push("a comma for the decimals, as another column has to have".to_owned()),
            (None, _) if of == ',' => said.push("a comma for the decimals, by its rows".to_owned()),
            _ => {}
        }
        if misfits > 0 && field.of == Type::Number {
            said.push(format!("CHECK: {} no number that can be read, and those are left out", have(misfits)));
        }
        if field.of == Type::Number && field.path.ends_with("_usd") {
            let (step, question) = self.currency(index);
            steps.push_str(&step);
            said.extend(question);
        }
        self.line(field.path, &steps, &said.join("; "));
    }

    /// The currency of a column of amounts, and what is not certain of it.
    fn currency(&mut self, amount: usize) -> (String, Option<String>) {
        let name = &self.columns[amount].name;
        let in_name = money::code_in(name);
        if let Some(code) = in_name {
            let question = (code != "USD")
                .then(|| format!("CHECK: in {code}, so not known without a line above `fields` such as `rates: {{ {code}: 1.1 }}`"));
            let step = if code == "USD" { String::new() } else { format!(", currency: {{ constant: {code} }}") };
            return (step, question);
        }
        let named = |index: &usize| self.columns[*index].keys.iter().any(|key| CURRENCIES.contains(&key.as_str()));
        let column = (0..self.columns.len()).find(|index| named(index) || self.columns[*index].is_currency());
        let Some(column) = column else {
            let is_dollars = name.contains('$') || self.columns[amount].keys.iter().any(|key| key.contains("usd"));
            return (
                String::new(),
                (!is_dollars).then(|| "CHECK: taken for US dollars; else `currency: { constant: EUR }` and `rates`".to_owned()),
            );
        };
        let others: Vec<String> =
            self.columns[column].listed(8).iter().filter_map(|word| money::code(word)).filter(|code| code != "USD").collect();
        let question = (!others.is_empty()).then(|| {
            let rates: Vec<String> = others.iter().map(|code| format!("{code}: …")).collect();
            format!("CHECK: what is in {} is not known without a line above `fields`: rates: {{ {} }}", others.join(", "), rates.join(", "))
        });
        self.used[column] = true;
        (format!(", currency: {}", self.name(column)), question)
    }

    /// Columns that nothing was guessed for, as comments.
    pub fn unused(&self, target: Target) -> String {
        let left: Vec<&Seen> =
            self.columns.iter().zip(&self.used).filter(|(seen, used)| !**used && !seen.name.is_empty()).map(|(seen, _)| seen).collect();
        if left.is_empty() {
            return String::new();
        }
        if !target.has_attributes() {
            let names: Vec<String> = left.iter().map(|seen| plain(&seen.name)).collect();
            return format!("  # Columns that are not used: {}\n", names.join(", "));
        }
        let mut text = "  # Columns that are not used. As fields of your own (a rulebook declares those that it reads):\n".to_owned();
        for seen in left {
            let of = if seen.is_flag() {
                "bool"
            } else if seen.is_number() {
                "double"
            } else {
                "string"
            };
            let name = Some(slug(&seen.name)).filter(|name| !name.is_empty()).unwrap_or("name".into());
            text.push_str(&format!("  # attributes.{name}: {{ column: {}, type: {of} }}\n", plain(&seen.name)));
        }
        text
    }
}

/// So many rows, in words.
pub fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn have(count: u64) -> String {
    if count == 1 { "1 row has".to_owned() } else { format!("{count} rows have") }
}

fn are(count: u64) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}

/// A zone that a header names in brackets: the zone, or a word that may be several.
fn zone_in(name: &str) -> Option<Result<String, String>> {
    let (_, rest) = name.rsplit_once(['(', '['])?;
    let word = rest.trim_end_matches([')', ']', ' ']);
    match word {
        "UTC" | "GMT" | "Z" | "utc" | "gmt" => Some(Ok("UTC".to_owned())),
        _ if word.contains('/') && jiff::tz::TimeZone::get(word).is_ok() => Some(Ok(word.to_owned())),
        _ if word.starts_with("UTC") || word.starts_with("GMT") => Some(Err(word.to_owned())),
        _ if (3..=4).contains(&word.len()) && word.ends_with('T') && word.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            Some(Err(word.to_owned()))
        }
        _ => None,
    }
}

/// A text as YAML within braces: plain where it means itself, else in quotes.
pub fn plain(text: &str) -> String {
    let begins = text.chars().next().is_some_and(char::is_alphabetic);
    let within = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '/' | '.');
    let word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].iter().any(|word| word.eq_ignore_ascii_case(text));
    if begins && !word && !text.ends_with(' ') && text.chars().all(within) {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_else(|_| unreachable!("a text is always JSON"))
}

/// A file's name in a comment, which ends with its line.
pub fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
