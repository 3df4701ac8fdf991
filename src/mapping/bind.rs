//! Whether a map fits a file: which of the file's columns each of the map's is.

use std::collections::BTreeMap;

use super::draft::LANGUAGE;
use super::{Column, Map, cell};
use crate::contract::code::{CSV_COLUMN_MISSING, CSV_COLUMN_TWICE};
use crate::rulebook::Diagnostic;
use crate::rulebook::diagnostic::{Sink, nearest};
use crate::rulebook::yaml::Span;

/// The file's column for each of the map's, by number; none for one that the file need not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding(Vec<Option<usize>>);

impl Binding {
    /// The file's column for one of the map's.
    pub fn column(&self, of_map: usize) -> Option<usize> {
        self.0.get(of_map).copied().flatten()
    }
}

impl Map {
    /// Finds the map's columns in a header. Large and small letters, and space around a name, make no difference.
    ///
    /// # Errors
    /// Every column that is not there, or is there twice, at its place in the map.
    pub fn bind<S: AsRef<str>>(&self, header: &[S]) -> Result<Binding, Vec<Diagnostic>> {
        let mut places = BTreeMap::<String, Vec<usize>>::new();
        for (index, name) in header.iter().enumerate() {
            places.entry(cell::name(name.as_ref())).or_default().push(index);
        }
        let found = |column: &Column| places.get(&cell::name(&column.name));
        let mut sink = Sink::of(&LANGUAGE, &self.file, &self.text);
        for need in &self.needs {
            let span = Span { start: need.span.start, end: need.span.end };
            let there: Vec<_> = need.columns.iter().filter_map(|column| Some((column, found(&self.columns[*column])?))).collect();
            if there.is_empty() {
                missing(self, need, header, span, &mut sink);
            }
        }
        for (column, places) in
            self.columns.iter().filter_map(|column| Some((column, found(column)?))).filter(|(_, places)| places.len() > 1)
        {
            let message = format!("the header has the column `{}` {} times", column.name, places.len());
            let span = Span { start: column.span.start, end: column.span.end };
            sink.error(CSV_COLUMN_TWICE, span, message).help("rename all but one of them in the export");
        }
        if sink.has_errors() {
            return Err(sink.finish());
        }
        Ok(Binding(self.columns.iter().map(|column| found(column).map(|places| places[0])).collect()))
    }

    /// Whether a row can be the header of a file for this map: it has all columns that a file must have.
    pub fn could_bind<S: AsRef<str>>(&self, header: &[S]) -> bool {
        let names: Vec<String> = header.iter().map(|name| cell::name(name.as_ref())).collect();
        let has = |column: &usize| names.contains(&cell::name(&self.columns[*column].name));
        !self.needs.is_empty() && self.needs.iter().all(|need| need.columns.iter().any(has))
    }

    /// The map's text, to draw diagnostics into.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn missing<S: AsRef<str>>(map: &Map, need: &super::Need, header: &[S], span: Span, sink: &mut Sink<'_>) {
    let names: Vec<&str> = need.columns.iter().map(|column| map.columns[*column].name.as_str()).collect();
    let message = match names[..] {
        [only] => format!("the file has no column `{only}`"),
        _ => format!("the file has none of the columns `{}`", names.join("`, `")),
    };
    let known = || header.iter().map(|name| name.as_ref().trim());
    let lower: Vec<String> = known().map(cell::name).collect();
    // Names are compared in small letters, and said as the file has them.
    let near = names.iter().find_map(|name| nearest(&name.to_lowercase(), lower.iter().map(String::as_str)));
    let near = near.and_then(|near| known().find(|name| cell::name(name) == near));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the header has {} columns, and none that is near; `optional: true` lets a file do without it", header.len()),
    };
    sink.error(CSV_COLUMN_MISSING, span, message).help(help);
}
