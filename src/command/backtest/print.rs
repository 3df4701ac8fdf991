//! A report on a terminal and in Markdown.

use std::io::{self, Write};

use comfy_table::CellAlignment;

use super::report::Report;
use super::sections::{Rows, Section, headline, sections};
use crate::command::terminal::{self, Paint};

/// How many columns a sentence takes at most.
const MAX_TEXT_WIDTH: usize = 110;

/// Prints for a terminal.
///
/// # Errors
/// The output is gone.
pub fn table(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let paint = Paint::of_stdout();
    writeln!(out, "{}", paint.strong(&format!("Backtest of {}", headline(report))))?;
    for section in sections(report) {
        writeln!(out, "\n{}", paint.strong(section.title))?;
        sentences(&section.before, out)?;
        if let Some(rows) = &section.table {
            draw(rows, out)?;
        }
        sentences(&section.behind, out)?;
    }
    Ok(())
}

fn sentences(sentences: &[String], out: &mut impl Write) -> io::Result<()> {
    let width = MAX_TEXT_WIDTH.min(usize::from(terminal::width()) - 2);
    sentences
        .iter()
        .flat_map(|text| terminal::fold(text, width).lines().map(str::to_owned).collect::<Vec<_>>())
        .try_for_each(|line| writeln!(out, "  {line}"))
}

fn draw(rows: &Rows, out: &mut impl Write) -> io::Result<()> {
    let mut table = terminal::table::<0>([]);
    table.set_header(&rows.headings);
    for row in &rows.rows {
        table.add_row(row);
    }
    for column in rows.texts..rows.headings.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    terminal::lines(&table).try_for_each(|line| writeln!(out, "{line}"))
}

/// Prints Markdown.
///
/// # Errors
/// The output is gone.
pub fn markdown(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# Backtest of {}", escaped(&headline(report)))?;
    sections(report).iter().try_for_each(|section| markdown_section(section, out))
}

fn markdown_section(section: &Section, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n## {}", section.title)?;
    section.before.iter().try_for_each(|text| writeln!(out, "\n{}", escaped(text)))?;
    if let Some(rows) = &section.table {
        writeln!(out, "\n| {} |", rows.headings.join(" | "))?;
        let marks: Vec<&str> = (0..rows.headings.len()).map(|column| if column < rows.texts { "---" } else { "---:" }).collect();
        writeln!(out, "| {} |", marks.join(" | "))?;
        for row in &rows.rows {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
    }
    section.behind.iter().try_for_each(|text| writeln!(out, "\n{}", escaped(text)))
}

/// Text whose signs mean nothing to Markdown: names of campaigns come from outside.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if matches!(sign, '|' | '*' | '_' | '<' | '[' | '\\' | '`') {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_comes_from_outside_is_no_markup() {
        assert_eq!(escaped("a|b <script> *x* _y_ [z](w)"), "a\\|b \\<script> \\*x\\* \\_y\\_ \\[z](w)");
    }
}
