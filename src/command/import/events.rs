//! A CSV file through a map: events, one after another, or why a row makes none.
//!
//! All rows are read before the first event is made: how a column's dates and numbers are written is decided over the whole of it.

use std::borrow::Cow;
use std::path::Path;

use csv::StringRecord;

use super::source::{Assumed, NoData, Options, Rows, Source, Taken};
use crate::contract::account_key::FreeMail;
use crate::mapping::choice::{Choices, Hints, Profile, Said};
use crate::mapping::{Applied, Binding, Map, NotSingle, Notes, Rejection, Row};
use crate::rulebook::Diagnostic;

/// What became of a row.
pub enum Next {
    /// An event is in the buffer.
    Made,
    /// The map's `when` passes the row over.
    PassedOver,
    /// The row is no data.
    NoData(u64, NoData),
    /// The row that begins in this line makes no event.
    Rejected(u64, Rejection),
    /// There are no more rows.
    End,
}

/// The events of a file. Memory is bounded by the largest row, 1 MiB.
pub struct Events<'m> {
    assumed: Assumed,
    rows: Rows,
    map: &'m Map,
    binding: Binding,
    choices: Choices,
    free_mail: FreeMail,
    record: StringRecord,
    notes: Notes,
}

impl<'m> Events<'m> {
    /// Opens a file, holds the map against its header, and reads it once to see how its columns are written.
    ///
    /// # Errors
    /// Outside: the file can't be read. Inside: the columns that the map reads and the file does not have.
    pub fn open(file: &Path, map: &'m Map, options: &Options, hints: Hints) -> anyhow::Result<Result<Self, Vec<Diagnostic>>> {
        let source = Source::open(file, options, Some(map))?;
        match map.bind(source.header()) {
            Ok(binding) => Self::of(&source, map, binding, hints).map(Ok),
            Err(found) => Ok(Err(found)),
        }
    }

    /// The same for a file that is open.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn of(source: &Source, map: &'m Map, binding: Binding, hints: Hints) -> anyhow::Result<Self> {
        let mut profile = Profile::of(map);
        let mut record = StringRecord::new();
        if profile.is_needed() {
            let mut rows = source.rows()?;
            loop {
                match rows.next(&mut record)? {
                    Taken::End => break,
                    Taken::Row(line) => profile.look(map, &Cells { record: &record, binding: &binding }, line),
                    Taken::Bad(..) | Taken::NoData(..) => {}
                }
            }
        }
        Ok(Self {
            assumed: source.assumed().clone(),
            rows: source.rows()?,
            map,
            binding,
            choices: profile.decide(map, hints),
            free_mail: FreeMail::default(),
            record,
            notes: Notes::default(),
        })
    }

    /// Reads the next row, and appends the event that it makes to `out`, as JSON.
    ///
    /// # Errors
    /// The file can't be read further.
    pub fn next(&mut self, out: &mut Vec<u8>) -> anyhow::Result<Next> {
        self.notes.clear();
        let line = match self.rows.next(&mut self.record)? {
            Taken::End => return Ok(Next::End),
            Taken::Bad(line, rejection) => return Ok(Next::Rejected(line, rejection)),
            Taken::NoData(line, why) => return Ok(Next::NoData(line, why)),
            Taken::Row(line) => line,
        };
        let cells = Cells { record: &self.record, binding: &self.binding };
        Ok(match self.map.apply(&cells, Some(&self.choices), &self.free_mail, out, &mut self.notes) {
            Ok(Applied::Made(_)) => Next::Made,
            Ok(Applied::PassedOver) => Next::PassedOver,
            Err(rejection) => Next::Rejected(line, rejection),
        })
    }

    /// What is told of the last row beside what became of it.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// How the file is read.
    pub fn assumed(&self) -> &Assumed {
        &self.assumed
    }

    /// How its columns are read, and what is not known of them.
    pub fn said(&self) -> &[Said] {
        &self.choices.said
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

    fn has(&self, column: usize) -> bool {
        self.binding.column(column).is_some()
    }
}
