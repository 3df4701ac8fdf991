//! The rows of a file, one after another: those with data, those that are broken, and those that are none.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use anyhow::bail;
use csv::StringRecord;
use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::{BUFFER_BYTES, Source};
use crate::contract::code::{CSV_UNREADABLE, ROW_ENCODING, ROW_RAGGED, ROW_TOO_LARGE};
use crate::mapping::{Rejection, looks, same_name};

/// The largest row.
const MAX_ROW_BYTES: u64 = 1024 * 1024;

/// A row, or why there is none.
pub enum Taken {
    /// A whole row is in the record; the line on which it begins.
    Row(u64),
    /// A row that can't be used.
    Bad(u64, Rejection),
    /// A row that is no data; the line on which it begins.
    NoData(u64, NoData),
    /// There are no more.
    End,
}

/// Why a row is no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoData {
    /// All of its cells are empty.
    Blank,
    /// A title, a total, small print.
    SmallPrint,
    /// The header again.
    Header,
    /// It belongs to another table, whose header stands above it.
    OtherTable,
}

/// A file's rows.
pub struct Rows {
    reader: csv::Reader<Guard>,
    since_row: Rc<Cell<u64>>,
    encoding: &'static Encoding,
    header: Vec<String>,
    /// Cells of the header, those without a name too.
    header_cells: usize,
    /// Whether the header of another table was passed.
    other_table: bool,
    /// Lines in front of what the reader sees.
    lines_before: u64,
    /// Rows so far, with the header.
    rows: u64,
    /// Whether lines end as they did on old machines.
    by_carriage_return: bool,
}

impl Rows {
    /// All rows of a file, with the header and what is above it.
    pub(super) fn of(source: &Source, columns: usize) -> anyhow::Result<Self> {
        let (assumed, file) = (&source.assumed, source.start()?);
        let since_row = Rc::new(Cell::new(0));
        let decoded: Box<dyn Read> = if assumed.encoding == UTF_8 {
            Box::new(file) // bytes that are no UTF-8 are found row by row
        } else {
            Box::new(DecodeReaderBytesBuilder::new().encoding(Some(assumed.encoding)).build(file))
        };
        let mut guard = Guard { inner: decoded, since_row: Rc::clone(&since_row) };
        skip_mark(&mut guard, assumed.encoding, source.has_said_line)?;
        let reader = assumed.dialect.builder().buffer_capacity(BUFFER_BYTES).from_reader(guard);
        Ok(Self {
            reader,
            since_row,
            encoding: assumed.encoding,
            header: Vec::new(),
            header_cells: columns,
            other_table: false,
            lines_before: u64::from(source.has_said_line),
            rows: 0,
            by_carriage_return: assumed.dialect.terminator == b'\r',
        })
    }

    /// From here on rows belong to this header, of so many cells.
    pub(super) fn below(&mut self, header: &[String], cells: usize) {
        self.header = header.iter().map(|name| same_name(name)).collect();
        self.header_cells = cells;
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// The file can't be read further.
    pub fn next(&mut self, record: &mut StringRecord) -> anyhow::Result<Taken> {
        let read = self.next_raw(record)?;
        let Taken::Row(line) = read else { return Ok(read) };
        if let Some(why) = self.no_data(record) {
            return Ok(Taken::NoData(line, why));
        }
        if record.iter().any(|cell| cell.contains('\0')) {
            return Ok(Taken::Bad(line, Rejection::of_row(ROW_ENCODING, "the row has a NUL, which is no character of a text")));
        }
        if record.len() <= self.header.len() || record.iter().skip(self.header_cells).all(|cell| cell.trim().is_empty()) {
            return Ok(Taken::Row(line));
        }
        let lines = record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let hint = if lines > 0 {
            ", and spans several lines: is a quote not closed?"
        } else if record.iter().any(|cell| cell.contains('\\')) {
            ", and a backslash in it: a quote within a text is doubled, not put behind a backslash"
        } else {
            ": does a text have the delimiter in it, and no quotes around it?"
        };
        Ok(Taken::Bad(line, Rejection::of_row(ROW_RAGGED, format!("the row has more cells than the header{hint}"))))
    }

    fn no_data(&mut self, record: &StringRecord) -> Option<NoData> {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return Some(NoData::Blank);
        }
        if self.other_table {
            return Some(NoData::OtherTable);
        }
        let row: Vec<&str> = record.iter().collect();
        let first_is_name = record.iter().find(|cell| !cell.trim().is_empty()).is_some_and(|cell| self.header.contains(&same_name(cell)));
        if first_is_name && self.header.len() > 1 {
            let names: Vec<String> = row.iter().map(|cell| same_name(cell)).filter(|name| !name.is_empty()).collect();
            let known = names.iter().filter(|name| self.header.contains(name)).count();
            let all = self.header.iter().filter(|name| !name.is_empty()).count();
            if known == names.len() && known == all {
                return Some(NoData::Header);
            }
            if known >= 2 && known * 2 >= names.len() && looks::like_a_header(&row) {
                self.other_table = true;
                return Some(NoData::OtherTable);
            }
        }
        looks::like_small_print(&row, self.header.len()).then_some(NoData::SmallPrint)
    }

    /// Reads the next row, whatever it is.
    pub(super) fn next_raw(&mut self, record: &mut StringRecord) -> anyhow::Result<Taken> {
        self.since_row.set(0);
        let began = self.reader.position().line();
        let mut bytes = std::mem::take(record).into_byte_record();
        match self.reader.read_byte_record(&mut bytes) {
            Ok(false) => Ok(Taken::End),
            Ok(true) => {
                self.rows += 1;
                let inside = bytes.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                // Ended by the file and not by a line end.
                let cut = !self.by_carriage_return && self.reader.position().line() - began == inside;
                let line = self.line_of(inside, cut);
                if cut && inside > 0 {
                    let why = "the row runs over several lines to the end of the file: is a quote not closed?";
                    return Ok(Taken::Bad(line, Rejection::of_row(ROW_RAGGED, why.to_owned())));
                }
                match StringRecord::from_byte_record(bytes) {
                    // A decoder puts this mark where it could not read.
                    Ok(text) if self.encoding == UTF_8 || !text.as_slice().contains('\u{fffd}') => {
                        *record = text;
                        Ok(Taken::Row(line))
                    }
                    _ => Ok(Taken::Bad(line, self.no_text())),
                }
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLarge>()) => {
                    let line = began + self.lines_before;
                    bail!(
                        "{ROW_TOO_LARGE}: the row that begins in line {line} is larger than 1 MiB\n  what to do: look for a quote in or before that line that is not closed; nothing behind it can be read"
                    )
                }
                _ => bail!("{CSV_UNREADABLE}: the file can't be read further than line {}: {error}", began + self.lines_before),
            },
        }
    }

    /// The line on which a row begins that was just read: blank lines in front of it count, and so do line breaks inside of it.
    fn line_of(&self, inside: u64, cut: bool) -> u64 {
        if self.by_carriage_return {
            return self.rows + self.lines_before;
        }
        let behind = u64::from(!cut);
        (self.reader.position().line() + self.lines_before).saturating_sub(inside + behind)
    }

    fn no_text(&self) -> Rejection {
        Rejection::of_row(ROW_ENCODING, format!("the row has bytes that are no text in {}", self.encoding.name()))
    }
}

/// A row that does not end.
#[derive(Debug, thiserror::Error)]
#[error("a row is larger than 1 MiB")]
struct TooLarge;

/// Bounds what one row may read: a quote that never closes would take in the rest of the file.
struct Guard {
    inner: Box<dyn Read>,
    since_row: Rc<Cell<u64>>,
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > MAX_ROW_BYTES {
            return Err(io::Error::other(TooLarge));
        }
        let read = self.inner.read(buffer)?;
        self.since_row.set(self.since_row.get() + read as u64);
        Ok(read)
    }
}

/// Reads over what stands in front of the header: a byte order mark of UTF-8 (a decoder drops its own), and a line that names the
/// delimiter.
fn skip_mark(guard: &mut Guard, encoding: &'static Encoding, has_line: bool) -> anyhow::Result<()> {
    let mut mark = Vec::new();
    if encoding == UTF_8 {
        guard.by_ref().take(3).read_to_end(&mut mark)?;
        mark = mark.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(mark);
    }
    let inner = std::mem::replace(&mut guard.inner, Box::new(io::empty()));
    guard.inner = Box::new(Cursor::new(mark).chain(inner));
    let mut byte = [0];
    while has_line && guard.read(&mut byte)? == 1 && byte != *b"\n" {}
    Ok(())
}
