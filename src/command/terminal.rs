//! How things look on a terminal: colour where a person watches, aligned columns, nothing else.
//!
//! Colour is only for terminals, and never where `NO_COLOR` is set. A table here is columns with space between: no frames. Nothing that
//! is printed is obeyed by the terminal but these colours ([`stdout`], [`stderr`]).

use std::io::{self, IsTerminal};

use comfy_table::{ContentArrangement, Table, presets};

use crate::contract::unseen::shown;
use crate::logging::Wall;

/// Standard output, for all that commands print.
pub fn stdout() -> Wall<io::Stdout> {
    Wall::new(io::stdout(), Paint::of_stdout().has_colour())
}

/// Standard error, for all that commands tell beside it.
pub fn stderr() -> Wall<io::Stderr> {
    Wall::new(io::stderr(), Paint::of_stderr().has_colour())
}

/// The narrowest terminal for which columns are folded.
const MIN_WIDTH: u16 = 60;
/// What is used where the width can't be known, such as in a pipe: wide enough that nothing is folded that needn't be.
const PIPE_WIDTH: u16 = 160;

/// Colours, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// For standard output.
    pub fn of_stdout() -> Self {
        Self::when(io::stdout().is_terminal())
    }

    /// For standard error.
    pub fn of_stderr() -> Self {
        Self::when(io::stderr().is_terminal())
    }

    /// None, whatever the terminal.
    pub const fn plain() -> Self {
        Self { colour: false }
    }

    /// Whether there is any colour.
    pub const fn has_colour(self) -> bool {
        self.colour
    }

    fn when(terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: terminal && !refused }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Something that matters less.
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Good news.
    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Something to look at.
    pub fn warning(self, text: &str) -> String {
        self.with("33", text)
    }

    /// Bad news.
    pub fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// A line of a table whose first column is `ok`, `warn` or `FAIL`: that word is painted.
    pub fn mark(self, line: &str) -> String {
        for (word, painted) in [("ok", self.good("ok")), ("warn", self.warning("warn")), ("FAIL", self.bad("FAIL"))] {
            if let Some(rest) = line.strip_prefix("  ").and_then(|line| line.strip_prefix(word)).filter(|rest| rest.starts_with(' ')) {
                return format!("  {painted}{rest}");
            }
        }
        line.to_owned()
    }

    /// Lines of errors: what stands in front of the first colon of a line that begins with `error` or `warning` is painted.
    pub fn errors(self, text: &str) -> String {
        let text = if text.starts_with("error") || text.starts_with("warning") { text.to_owned() } else { format!("error: {text}") };
        let line = |line: &str| match line.split_once(':') {
            Some((head, rest)) if head.starts_with("error") => format!("{}{rest}", self.bad(&format!("{head}:"))),
            Some((head, rest)) if head.starts_with("warning") => format!("{}{rest}", self.warning(&format!("{head}:"))),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// How many columns of text fit on a line of standard output.
pub fn width() -> u16 {
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(width), _)) => width.max(MIN_WIDTH),
        None => PIPE_WIDTH,
    }
}

/// The text in lines of at most `width` characters, broken between words.
pub fn fold(text: &str, width: usize) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            folded.push('\n');
            used = 0;
        } else if used > 0 {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(word);
        used += length;
    }
    folded
}

/// A length of time in its two greatest units: `18m`, `3h 05m`, `2d 4h`.
pub fn span(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => format!("{hours}h {minutes:02}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// `1 topic`, `2 topics`.
pub fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A table without frames: two spaces between columns, a line under the headings, cells folded where the terminal is narrow.
pub fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width());
    table.set_header(headings);
    table
}

/// The table as lines without white space at their ends, each indented by two.
pub fn lines(table: &Table) -> impl Iterator<Item = String> {
    table.lines().map(|line| shown(format!(" {}", line.trim_end()).trim_end()).into_owned()).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let colours = Paint { colour: true };
        assert_eq!(colours.bad("no"), "\u{1b}[1;31mno\u{1b}[0m");
        assert_eq!(Paint::plain().bad("no"), "no");
        assert_eq!(Paint::when(false), Paint::plain());
        assert_eq!(colours.mark("  ok    all"), "  \u{1b}[32mok\u{1b}[0m    all");
        assert_eq!(colours.mark("  okay  all"), "  okay  all");
        assert_eq!(Paint::plain().mark("  FAIL  all"), "  FAIL  all");
        assert_eq!(Paint::plain().errors("a: b"), "error: a: b");
        assert_eq!(Paint::plain().errors("error RLV-3001: b"), "error RLV-3001: b");
        assert_eq!(colours.errors("error RLV-3001: b"), "\u{1b}[1;31merror RLV-3001:\u{1b}[0m b");
    }

    #[test]
    fn a_length_of_time_is_told_in_two_units() {
        assert_eq!([0, 59, 60, 3_900, 90_000, 180_000].map(span), ["0m", "0m", "1m", "1h 05m", "1d 1h", "2d 2h"]);
    }

    #[test]
    fn text_is_folded_between_words() {
        assert_eq!(fold("one two three", 7), "one two\nthree");
        assert_eq!(fold("incomprehensibilities are long", 5), "incomprehensibilities\nare\nlong");
        assert_eq!(fold("", 5), "");
    }

    #[test]
    fn a_table_is_columns_and_nothing_else() {
        let mut table = table(["name", "count"]);
        table.add_row(["a longer one", "1"]);
        table.add_row(["b", ""]);
        assert_eq!(lines(&table).collect::<Vec<_>>(), ["  name          count", "  a longer one  1", "  b"]);
    }
}
