//! How a table is written: what parts its cells, what escapes a quote, and in which row its columns are named. Said by all rows of
//! the sample, not by the first.
//!
//! Pure: text in, an answer out.

use crate::mapping::looks;

/// The delimiters that are looked for; the first wins where two fit alike.
const DELIMITERS: &[u8] = b",;\t|";
/// The most rows that are looked at.
const MAX_ROWS: usize = 2_000;
/// The most rows above a header.
const MAX_ABOVE: usize = 200;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Whether a backslash stands before a quote that is part of a text.
    pub backslash: bool,
    /// Between rows.
    pub terminator: u8,
}

impl Dialect {
    /// The dialect of a text, with this delimiter where one is known.
    pub fn of(text: &str, delimiter: Option<u8>) -> Self {
        let terminator = if text.contains('\r') && !text.contains('\n') { b'\r' } else { b'\n' };
        let with = |delimiter: u8, backslash: bool| Self { delimiter, backslash, terminator };
        let best = DELIMITERS.iter().rev().map(|delimiter| (with(*delimiter, false).fitness(text), *delimiter)).max();
        let delimiter = delimiter.unwrap_or_else(|| best.filter(|(fitness, _)| fitness.0 > 0).map_or(b',', |(_, delimiter)| delimiter));
        let plain = with(delimiter, false);
        let escaped = with(delimiter, true);
        if text.contains("\\\"") && escaped.fitness(text).0 > plain.fitness(text).0 { escaped } else { plain }
    }

    /// A reader of rows.
    pub fn builder(&self) -> csv::ReaderBuilder {
        let mut builder = csv::ReaderBuilder::new();
        builder
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .escape(self.backslash.then_some(b'\\'))
            // Not the usual `\r\n`: half of it would be left to the next row, and its line would be told wrongly. What is left of
            // it is white space at the end of a cell.
            .terminator(csv::Terminator::Any(self.terminator));
        builder
    }

    /// The first rows of a text.
    pub fn rows(&self, text: &str, most: usize) -> Vec<Vec<String>> {
        let mut reader = self.builder().from_reader(text.as_bytes());
        reader.records().take(most).flatten().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect()
    }

    /// How well it fits: of a hundred, how many rows have several cells and as many as most; and how many those are.
    fn fitness(&self, text: &str) -> (usize, usize) {
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        let mut rows = 0;
        for row in self.rows(text, MAX_ROWS).iter().filter(|row| row.iter().any(|cell| !cell.is_empty())) {
            rows += 1;
            *counts.entry(row.len()).or_default() += 1;
        }
        let several: usize = counts.iter().filter(|(cells, _)| **cells > 1).map(|(_, count)| count).sum();
        let most = counts.iter().filter(|(cells, _)| **cells > 1).max_by_key(|(cells, count)| (**count, **cells));
        let (cells, alike) = most.map_or((0, 0), |(cells, count)| (*cells, *count));
        ((several + alike) * 50 / rows.max(1), cells)
    }
}

/// The row, from 0, that names the columns: the first that `binds`, else the one that looks like it.
pub fn header(rows: &[Vec<String>], binds: impl Fn(&[String]) -> bool) -> Option<usize> {
    let rows = &rows[..rows.len().min(MAX_ABOVE)];
    if let Some(index) = rows.iter().position(|row| binds(row)) {
        return Some(index);
    }
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
    let width = |row: &[String]| row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let widest = rows.iter().map(|row| width(row)).max().unwrap_or_default();
    let first = rows.iter().position(|row| filled(row) > 0)?;
    let several = rows.iter().position(|row| filled(row) > 1);
    let is_candidate = |row: &[String]| filled(row) > 1 && looks::like_a_header(row);
    if widest < 2 || several.is_none() {
        return Some(first).filter(|index| looks::like_a_header(&rows[*index]));
    }
    if let Some(index) = several
        && is_candidate(&rows[index])
        && (width(&rows[index]) * 2 > widest && rows[index..].iter().all(|row| width(row) <= width(&rows[index]))
            || index + 1 == rows.len())
    {
        return Some(index);
    }
    // The table with the most rows; of two, the wider one, and then the first.
    let below = |index: usize| rows[index + 1..].iter().take_while(|row| filled(row) > 1 && width(row) <= width(&rows[index])).count();
    let candidates = (0..rows.len()).rev().filter(|index| is_candidate(&rows[*index]));
    let best = candidates.max_by_key(|index| (below(*index), width(&rows[*index])));
    best.or(Some(first).filter(|index| looks::like_a_header(&rows[*index])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_what_most_rows_have_alike() {
        for (text, delimiter, backslash) in [
            ("a,b\n1,2\n", b',', false),
            ("a;b, c, d, e\n1;2\n3;4\n", b';', false),
            ("a\tb\n1,5\t2,5\n", b'\t', false),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';', false),
            ("a,b\n\"x;y;z\",\"2;3;4\"\n", b',', false),
            ("a,b,c\n1,\"say \\\"no, thanks\\\" twice\",3\n", b',', true),
            ("a,b\n\"C:\\\",2\n", b',', false),
            ("a,b,c\n1,2\n1\n", b',', false),
            ("a\n1\n", b',', false),
        ] {
            assert_eq!(Dialect::of(text, None), Dialect { delimiter, backslash, terminator: b'\n' }, "{text}");
        }
    }

    #[test]
    fn a_header_is_the_row_that_names_columns() {
        let check = |text: &str, expected: Option<usize>| {
            let rows = Dialect::of(text, None).rows(text, 100);
            assert_eq!(header(&rows, |_| false), expected, "{text}");
        };
        check("Email,Date\na@b.example,2026-11-03\n", Some(0));
        check("Leads,,\nExported 2026,,\n,,\nEmail,Date,What\na@b.example,2026-11-03,x\n", Some(3));
        check(",,\nEmail,Date,What\na@b.example,2026-11-03,x\n", Some(1));
        check("Report\nTitle,Minutes\nReturns,60\nPeople\nOn,Name,Mail\nYes,Ana,a@b.example\nNo,Eva,e@b.example\n", Some(4));
        check("Email,Date\n", Some(0));
        check("Email\na@b.example\n", Some(0));
        check(",,\n1,2,3\n", None);
        check("Name,Town,Job\nAna,Rome,Chief\nEva,,\nIda,Bonn,Clerk\n", Some(0));
    }
}
