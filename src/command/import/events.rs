//! A CSV file through a map: events, one after another, or why a row makes none.

use std::borrow::Cow;
use std::path::Path;

use csv::StringRecord;

use super::source::{Assumed, Options, Source, Taken};
use crate::contract::account_key::FreeMail;
use crate::mapping::{Applied, Binding, Map, NotSingle, Rejection, Row};
use crate::rulebook::Diagnostic;

/// What became of a row.
pub enum Next {
    /// An event is in the buffer.
    Made,
    /// The map's `when` passes the row over.
    PassedOver,
    /// The row that begins in this line makes no event.
    Rejected(u64, Rejection),
    /// There are no more rows.
    End,
}

/// The events of a file. Memory is bounded by the largest row, 1 MiB.
pub struct Events<'m> {
    source: Source,
    map: &'m Map,
    binding: Binding,
    free_mail: FreeMail,
    record: StringRecord,
}

impl<'m> Events<'m> {
    /// Opens a file and holds the map against its header.
    ///
    /// # Errors
    /// Outside: the file can't be read. Inside: the columns that the map reads and the file does not have.
    pub fn open(file: &Path, map: &'m Map, options: &Options) -> anyhow::Result<Result<Self, Vec<Diagnostic>>> {
        let source = Source::open(file, options)?;
        let bound = map.bind(source.header());
        Ok(bound.map(|binding| Self { source, map, binding, free_mail: FreeMail::default(), record: StringRecord::new() }))
    }

    /// Reads the next row, and appends the event that it makes to `out`, as JSON.
    ///
    /// # Errors
    /// The file can't be read further.
    pub fn next(&mut self, out: &mut Vec<u8>) -> anyhow::Result<Next> {
        let line = match self.source.next(&mut self.record)? {
            Taken::End => return Ok(Next::End),
            Taken::Bad(line, rejection) => return Ok(Next::Rejected(line, rejection)),
            Taken::Row(line) => line,
        };
        let cells = Cells { record: &self.record, binding: &self.binding };
        Ok(match self.map.apply(&cells, &self.free_mail, out) {
            Ok(Applied::Made(_)) => Next::Made,
            Ok(Applied::PassedOver) => Next::PassedOver,
            Err(rejection) => Next::Rejected(line, rejection),
        })
    }

    /// How the file is read.
    pub fn assumed(&self) -> &Assumed {
        self.source.assumed()
    }
}

/// A row of the file under the map's columns.
struct Cells<'r> {
    record: &'r StringRecord,
    binding: &'r Binding,
}

impl Row for Cells<'_> {
    fn cell(&self, column: usize) -> Result<Option<Cow<'_, str>>, NotSingle> {
        Ok(self.binding.column(column).and_then(|column| self.record.get(column)).map(Cow::Borrowed))
    }
}
