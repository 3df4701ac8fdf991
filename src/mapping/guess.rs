//! A first map, guessed from a header and a sample of rows: a draft that loads, with comments that say what was guessed from what, and
//! what nobody but its owner can know.
//!
//! What is missing is written as a column that no file has, [`CHANGE_ME`]: so the draft loads, and imports nothing until somebody has
//! decided. Values of the sample are written only where they are the words of a small list (statuses, stages), never a person's.

mod columns;
mod words;

#[cfg(test)]
mod tests;

use columns::{Seen, seen};
use words::{KIND_WORDS, SYNONYMS};

use super::field::slug;
use super::target::{Field, Target, Type};
use crate::contract::Kind;
use crate::contract::identifier::check_key_part;

/// The column of whatever has to be filled in.
pub const CHANGE_ME: &str = "CHANGE-ME";
/// The most values of a column that become lines of a lookup.
const MAX_LISTED: usize = 30;
/// Fields whose values rulebooks compare with words in small letters.
const WRITTEN_SMALL: [&str; 5] = ["person.role", "person.seniority", "company.industry", "campaign.channel", "declared.authority"];

/// Writes a map for a file with this header, of which `rows` are a sample. `name`: the file's, for the comments and the campaign.
pub fn guess(header: &[String], rows: &[Vec<String>], name: &str) -> String {
    let columns: Vec<Seen> =
        header.iter().enumerate().map(|(index, name)| seen(name, rows.iter().filter_map(|row| row.get(index)))).collect();
    let ending = columns.iter().position(Seen::has_endings);
    let target = if ending.is_some() { Target::Outcomes } else { Target::Interactions };
    let mut draft = Draft { columns: &columns, used: vec![false; columns.len()], lines: Vec::new(), missing: 0 };
    match ending {
        Some(ending) => draft.outcomes(ending),
        None => draft.interactions(name),
    }
    let unused = draft.unused(target);
    let missing = match draft.missing {
        0 => "Nothing is missing: read it all the same before you use it.".to_owned(),
        1 => format!("One thing is missing: look for {CHANGE_ME}."),
        count => format!("{count} things are missing: look for {CHANGE_ME}."),
    };
    let of = if target == Target::Outcomes { "outcomes" } else { "interactions" };
    let because = if target == Target::Outcomes {
        "there is a column that says what was won and what was lost"
    } else {
        "no column says what was won and what was lost"
    };
    let fields: String = draft.lines.iter().map(|line| format!("{line}\n")).collect();
    let rows = rows.len();
    format!(
        "# A first map for {name}, guessed from its header and {rows} rows. A guess is a beginning, not an answer: read every line.\n\
         # {missing}\n\
         api: relevo/v1\n\
         kind: Map\n\
         of: {of}    # guessed: {because}\n\
         time_zone: UTC    # of times that don't say theirs; for example America/Mexico_City\n\
         fields:\n{fields}{unused}",
        name = one_line(name),
    )
}

struct Draft<'c> {
    columns: &'c [Seen],
    used: Vec<bool>,
    lines: Vec<String>,
    missing: usize,
}

impl Draft<'_> {
    /// The column that is meant for a field, by its name, where what stands in it fits.
    fn find(&self, path: &str, fits: impl Fn(&Seen) -> bool) -> Option<usize> {
        let names = SYNONYMS.iter().find(|(field, _)| *field == path).map_or(&[][..], |(_, names)| *names);
        let named = |name: &&str| (0..self.columns.len()).find(|index| self.is_free(*index, &fits) && self.columns[*index].key == **name);
        let found: Vec<usize> = names.iter().filter_map(named).collect();
        // One in which something always stands, where a row can't be without it.
        let full = found.iter().find(|index| self.columns[**index].empty == 0 && Target::needs(path));
        full.or(found.first()).copied()
    }

    /// The first column of which what stands in it fits.
    fn find_by_shape(&self, fits: impl Fn(&Seen) -> bool) -> Option<usize> {
        let found = || (0..self.columns.len()).filter(|index| self.is_free(*index, &fits));
        found().find(|index| self.columns[*index].empty == 0).or_else(|| found().next())
    }

    /// What has to be said of a column from which a row needs something, and that has nothing in some.
    fn gaps(&self, index: usize) -> Option<String> {
        let empty = self.columns[index].empty;
        (empty > 0).then(|| format!("CHECK: nothing stands there in {empty} rows of the sample, and those are rejected"))
    }

    fn is_free(&self, index: usize, fits: &impl Fn(&Seen) -> bool) -> bool {
        !self.used[index] && self.columns[index].is_named_once(self.columns) && fits(&self.columns[index])
    }

    fn take(&mut self, index: usize) -> String {
        self.used[index] = true;
        plain(&self.columns[index].name)
    }

    fn line(&mut self, path: &str, steps: &str, comment: &str) {
        let comment = if comment.is_empty() { String::new() } else { format!("    # {comment}") };
        self.lines.push(format!("  {path}: {{ {steps} }}{comment}"));
    }

    fn lack(&mut self, path: &str, comment: &str) {
        self.missing += 1;
        self.line(path, &format!("column: {CHANGE_ME}"), &format!("MISSING: {comment}"));
    }

    fn interactions(&mut self, name: &str) {
        let email = self.find("person.email", Seen::is_email).or_else(|| self.find_by_shape(Seen::is_email));
        let time = self.find("occurred_at", |seen| seen.dates.is_some()).or_else(|| self.find_by_shape(Seen::is_time));
        let id = self.find("interaction_id", Seen::is_unique_id);
        let person = self.find("person.id", Seen::is_id);
        self.identity(id, email, time);
        self.time("occurred_at", time, "no column looks like a time: when did it happen?");
        self.kind();
        match self.find("campaign.id", Seen::is_id) {
            Some(column) => self.by_name("campaign.id", column),
            None => match self.find("campaign.name", |_| true) {
                Some(column) => {
                    let column = self.take(column);
                    self.line("campaign.id", &format!("column: {column}, slug: true"), "the campaign's name, in small letters");
                }
                None => {
                    let campaign = Some(slug(name.trim_end_matches(".csv"))).filter(|slug| !slug.is_empty()).unwrap_or("import".into());
                    self.line("campaign.id", &format!("constant: {}", plain(&campaign)), "no column names a campaign: the file's name");
                }
            },
        }
        match (person.or(id), email) {
            (Some(column), _) => {
                let comment = self.gaps(column).unwrap_or_default();
                let column = self.take(column);
                self.line("person.id", &format!("column: {column}"), &comment);
            }
            (None, Some(email)) => {
                let email = plain(&self.columns[email].name);
                self.line(
                    "person.id",
                    &format!("column: {email}, hash: true"),
                    "no column has an identifier: a hash of the address stands for it",
                );
            }
            (None, None) => self.lack("person.id", "no column identifies the person"),
        }
        if let Some(email) = email {
            self.by_name("person.email", email);
        }
        self.name();
        self.others(Target::Interactions);
        if !self.offering() {
            self.lines.push("  # offering: { constant: … }    # no column names one; without an offering nobody becomes a lead".to_owned());
        }
    }

    /// Whether there is a line for the offering; one that turns a small list of names into identifiers is written here.
    fn offering(&mut self) -> bool {
        if self.lines.iter().any(|line| line.trim_start().starts_with("offering:")) {
            return true;
        }
        let Some(index) = self.find("offering", |seen| seen.is_small_list(MAX_LISTED)) else { return false };
        let named = |value: &String| {
            let name = slug(value).replace('_', "-");
            check_key_part(&name).ok().map(|_| format!("{}: {}", plain(value), plain(&name)))
        };
        let lookup: Option<Vec<String>> = self.columns[index].listed(MAX_LISTED).iter().map(named).collect();
        let Some(lookup) = lookup else { return false };
        let column = self.take(index);
        let steps = format!("column: {column}, lookup: {{ {} }}", lookup.join(", "));
        self.line("offering", &steps, "CHECK: call each as the rulebook does");
        true
    }

    fn outcomes(&mut self, ending: usize) {
        let time = self.find("at", |seen| seen.dates.is_some()).or_else(|| self.find_by_shape(|seen| seen.dates.is_some()));
        self.others(Target::Outcomes);
        self.offering();
        let has_owner = self.lines.iter().any(|line| super::target::OWNERS.iter().any(|owner| line.trim_start().starts_with(owner)));
        if !has_owner {
            self.lack("company.domain", "nothing says whose outcome it is: the company's website, or a person's e-mail");
        }
        let values = self.columns[ending].listed(MAX_LISTED);
        let column = self.take(ending);
        let lookup: Vec<String> =
            values.iter().filter_map(|value| Some(format!("{}: {}", plain(value), columns::ending(value)?))).collect();
        let others: Vec<String> = values.iter().filter(|value| columns::ending(value).is_none()).map(|value| plain(value)).collect();
        self.line("outcome", &format!("column: {column}, lookup: {{ {} }}", lookup.join(", ")), "guessed from the values");
        if !others.is_empty() {
            let list = others.join(", ");
            self.lines.push(format!("  # Neither won nor lost, so rejected: {list}. To pass them over instead, put above `fields`:"));
            self.lines.push(format!("  # when: [{{ column: {column}, not_in: [{list}] }}]"));
        }
        self.time("at", time, "no column looks like a date: when was it decided?");
    }

    fn identity(&mut self, id: Option<usize>, email: Option<usize>, time: Option<usize>) {
        match (id, email, time) {
            (Some(id), ..) => self.by_name("interaction_id", id),
            (None, Some(email), Some(time)) => {
                let (email, time) = (plain(&self.columns[email].name), plain(&self.columns[time].name));
                let steps = format!("join: [{email}, {time}], with: \" \", hash: true");
                self.line("interaction_id", &steps, "no column is unique: a hash of who and when stands for it");
            }
            _ => self.lack("interaction_id", "no column is unique; a `join` of several, with `hash: true`, can stand for it"),
        }
    }

    fn time(&mut self, path: &str, column: Option<usize>, otherwise: &str) {
        let Some((index, dates)) = column.and_then(|column| Some((column, self.columns[column].dates?))) else {
            return self.lack(path, otherwise);
        };
        let gaps = self.gaps(index).filter(|_| Target::needs(path));
        let column = self.take(index);
        let format = if dates.format.contains('%') { format!("\"{}\"", dates.format) } else { dates.format.to_owned() };
        let comment = match dates.ambiguous {
            Some(other) => format!("CHECK: every date of the sample could be \"{other}\" too"),
            None => gaps.unwrap_or_else(|| "this format fits every row of the sample".to_owned()),
        };
        self.line(path, &format!("column: {column}, date: {format}"), &comment);
    }

    fn kind(&mut self) {
        let kinds: Vec<&str> = Kind::KNOWN.iter().map(Kind::as_str).collect();
        let Some(index) = self.find("kind", |seen| seen.is_small_list(MAX_LISTED)) else {
            self.lack("kind", "what did the person do? One thing for the whole file: { constant: demo_requested }. Kinds are:");
            for chunk in kinds.chunks(10) {
                self.lines.push(format!("  #   {}", chunk.join(", ")));
            }
            return;
        };
        let values = self.columns[index].listed(MAX_LISTED);
        let column = self.take(index);
        self.lines.push("  kind:".to_owned());
        self.lines.push(format!("    column: {column}"));
        self.lines.push("    lookup:    # one line for each value of the sample; a row with another value is rejected".to_owned());
        for value in values {
            let lower = value.to_lowercase();
            let known = KIND_WORDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, kind)| *kind);
            let (kind, comment) = match known {
                Some(kind) => (kind.to_owned(), ""),
                None => (
                    Some(slug(&value)).filter(|slug| !slug.is_empty()).unwrap_or("other".into()),
                    "    # CHECK: no kind of the contract, so weak evidence",
                ),
            };
            self.lines.push(format!("      {}: {}{comment}", plain(&value), plain(&kind)));
        }
    }

    fn by_name(&mut self, path: &str, index: usize) {
        let column = self.take(index);
        self.line(path, &format!("column: {column}"), "");
    }

    /// A name in two columns.
    fn name(&mut self) {
        let has = |key: &str| (0..self.columns.len()).find(|index| self.columns[*index].key == key && self.is_free(*index, &|_| true));
        let whole = self.find("person.name", |_| true).filter(|index| self.columns[*index].key != "lastname");
        if let (None, Some(first), Some(last)) =
            (whole, has("firstname").or(has("nombre")), has("lastname").or(has("apellido")).or(has("apellidos")))
        {
            let (first, last) = (self.take(first), self.take(last));
            self.line("person.name", &format!("join: [{first}, {last}], with: \" \", skip_empty: true"), "");
        }
    }

    /// The fields that are filled by a column's name, if what stands in it fits.
    fn others(&mut self, target: Target) {
        let written = |draft: &Self, path: &str| draft.lines.iter().any(|line| line.trim_start().starts_with(&format!("{path}:")));
        for field in target.fields() {
            if written(self, field.path) || matches!(field.path, "kind" | "outcome" | "at" | "occurred_at") {
                continue;
            }
            let Some(index) = self.find(field.path, |seen| seen.fits(field.of)) else { continue };
            self.typed(field, index);
        }
    }

    fn typed(&mut self, field: &Field, index: usize) {
        let seen = &self.columns[index];
        let (steps, comment) = match field.of {
            Type::Time | Type::Date => return self.time(field.path, Some(index), ""),
            Type::Whole | Type::Number if seen.decimal == Some(',') => (", decimal: \",\"", "a comma for the decimals, by the sample"),
            Type::Text if WRITTEN_SMALL.contains(&field.path) => (", slug: true", "in small letters, as rulebooks write them"),
            Type::Bool if seen.key.contains("optout") || seen.key.contains("optedout") || seen.key.contains("unsubscribed") => {
                (", lookup: { yes: false, true: false, 1: false, no: true, false: true, 0: true }", "the column says who does not want it")
            }
            _ => ("", ""),
        };
        let column = self.take(index);
        self.line(field.path, &format!("column: {column}{steps}"), comment);
    }

    /// Columns that nothing was guessed for, as comments.
    fn unused(&self, target: Target) -> String {
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
            let of = if seen.numbers {
                "double"
            } else if seen.flags {
                "bool"
            } else {
                "string"
            };
            let name = Some(slug(&seen.name)).filter(|name| !name.is_empty()).unwrap_or("name".into());
            text.push_str(&format!("  # attributes.{name}: {{ column: {}, type: {of} }}\n", plain(&seen.name)));
        }
        text
    }
}

/// A text as YAML within braces: plain where it means itself, else in quotes.
fn plain(text: &str) -> String {
    let begins = text.chars().next().is_some_and(char::is_alphabetic);
    let within = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '/' | '.');
    let word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].iter().any(|word| word.eq_ignore_ascii_case(text));
    if begins && !word && !text.ends_with(' ') && text.chars().all(within) {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_else(|_| unreachable!("a text is always JSON"))
}

/// A file's name in a comment, which ends with its line.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
