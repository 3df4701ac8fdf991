//! A CSV file as rows of text, whatever tool wrote it: encodings, delimiters, quotes and byte order marks.
//!
//! What is not said is found out from the first mebibyte, and said. A row that is broken is told with its line, and reading goes on.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::bail;
use csv::StringRecord;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::command::Usage;
use crate::contract::code::{CSV_EMPTY, CSV_NOT_TEXT, CSV_UNREADABLE, ROW_ENCODING, ROW_RAGGED, ROW_TOO_LARGE};
use crate::mapping::Rejection;

/// How much of a file is looked at to find out how it is written.
const SAMPLE_BYTES: u64 = 1024 * 1024;
/// The largest row.
const MAX_ROW_BYTES: u64 = 1024 * 1024;
/// What is read at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// The delimiters that are looked for; the first wins where two fit alike.
const DELIMITERS: &[u8] = b",;\t|";
/// How files begin that are no text, and what they are.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a workbook or another zip archive"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old workbook or document"),
    (b"BZh", "compressed by bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
];

/// What somebody says about a file; what is left out is found out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Between cells.
    pub delimiter: Option<char>,
    /// A name of the WHATWG's list: `utf-8`, `windows-1252`, `latin1`, `utf-16le` …
    pub encoding: Option<String>,
}

/// How a file is read, and how that is known.
#[derive(Clone, Debug)]
pub struct Assumed {
    encoding: &'static Encoding,
    encoding_known_by: &'static str,
    delimiter: u8,
    delimiter_given: bool,
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delimiter = match self.delimiter {
            b'\t' => "tab".to_owned(),
            other => format!("`{}`", char::from(other)),
        };
        let by = if self.delimiter_given { "as you said" } else { "by the header" };
        write!(f, "{} ({}), cells parted by {delimiter} ({by})", self.encoding.name(), self.encoding_known_by)
    }
}

/// A file that is being read.
pub struct Source {
    reader: csv::Reader<Guard>,
    since_row: Rc<Cell<u64>>,
    header: Vec<String>,
    /// Cells of the header, those without a name too.
    header_cells: usize,
    assumed: Assumed,
    /// Lines in front of what the reader sees.
    lines_before: u64,
    /// Rows so far, with the header.
    rows: u64,
    /// Whether lines end as they did on old machines.
    by_carriage_return: bool,
}

/// A row, or why there is none.
pub enum Taken {
    /// A whole row is in the record; the line on which it begins.
    Row(u64),
    /// A row that can't be used.
    Bad(u64, Rejection),
    /// There are no more.
    End,
}

impl Source {
    /// Opens a file (`-`: standard input), and reads its header.
    ///
    /// # Errors
    /// It can't be read, is no text, or has no header.
    pub fn open(file: &Path, options: &Options) -> anyhow::Result<Self> {
        let unreadable = |error: io::Error| Usage {
            what: format!("{CSV_UNREADABLE}: {} can't be read: {error}", file.display()),
            remedy: "name a CSV file that is there and may be read, or `-` for standard input".to_owned(),
        };
        let mut bytes: Box<dyn Read> =
            if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(file).map_err(unreadable)?) };
        let mut sample = Vec::new();
        bytes.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(unreadable)?;
        let (encoding, encoding_known_by) = encoding_of(&sample, options, file)?;
        let text = encoding.decode(&sample).0.into_owned();
        let first = text.lines().next().unwrap_or_default();
        // Spreadsheets say so themselves.
        let said = first.strip_prefix("sep=").and_then(|rest| rest.chars().next()).filter(char::is_ascii);
        let body = if said.is_some() { text.split_once('\n').map_or("", |(_, body)| body) } else { &text };
        let given = options.delimiter.or(said);
        let delimiter = match given {
            Some(given) => u8::try_from(given).map_err(|_| Usage {
                what: "the delimiter is no character of ASCII".to_owned(),
                remedy: "give one character: `--delimiter ';'`, or `--delimiter tab`".to_owned(),
            })?,
            None => delimiter_of(body),
        };
        let by_carriage_return = text.contains('\r') && !text.contains('\n');
        let since_row = Rc::new(Cell::new(0));
        let whole = Cursor::new(sample).chain(bytes);
        let decoded: Box<dyn Read> = if encoding == UTF_8 {
            Box::new(whole) // bytes that are no UTF-8 are found row by row
        } else {
            Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(whole))
        };
        let mut guard = Guard { inner: decoded, since_row: Rc::clone(&since_row) };
        skip_mark(&mut guard, encoding, said.is_some())?;
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            // Not the usual `\r\n`: half of it would be left to the next row, and its line would be told wrongly. What is left of
            // it is white space at the end of a cell.
            .terminator(csv::Terminator::Any(if by_carriage_return { b'\r' } else { b'\n' }))
            .from_reader(guard);
        let assumed = Assumed { encoding, encoding_known_by, delimiter, delimiter_given: options.delimiter.is_some() };
        let lines_before = u64::from(said.is_some());
        let mut source =
            Self { reader, since_row, header: Vec::new(), header_cells: 0, assumed, lines_before, rows: 0, by_carriage_return };
        source.read_header(file)?;
        Ok(source)
    }

    fn read_header(&mut self, file: &Path) -> anyhow::Result<()> {
        let mut record = StringRecord::new();
        match self.read_raw(&mut record)? {
            Taken::Row(_) if record.iter().any(|name| !name.trim().is_empty()) => {}
            Taken::Bad(_, rejection) => bail!("{} {}: the header can't be read: {rejection}", rejection.code(), file.display()),
            _ => bail!(
                "{CSV_EMPTY} {}: the file has no header\n  what to do: export it again, with a first line that names the columns",
                file.display()
            ),
        }
        self.header_cells = record.len();
        self.header = record.iter().map(|name| name.trim().to_owned()).collect();
        while self.header.last().is_some_and(String::is_empty) {
            self.header.pop();
        }
        Ok(())
    }

    /// The columns' names.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the file is read.
    pub fn assumed(&self) -> &Assumed {
        &self.assumed
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// The file can't be read further.
    pub fn next(&mut self, record: &mut StringRecord) -> anyhow::Result<Taken> {
        let read = self.read_raw(record)?;
        let Taken::Row(line) = read else { return Ok(read) };
        let (cells, columns) = (record.len(), self.header.len());
        let fits = cells >= columns && record.iter().skip(self.header_cells).all(|cell| cell.trim().is_empty());
        if fits {
            return Ok(Taken::Row(line));
        }
        let lines = record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let quote = if lines > 0 { ", and spans several lines: is a quote not closed?" } else { "" };
        let less = if cells < columns { "fewer" } else { "more" };
        Ok(Taken::Bad(line, Rejection::of_row(ROW_RAGGED, format!("the row has {less} cells than the header{quote}"))))
    }

    fn read_raw(&mut self, record: &mut StringRecord) -> anyhow::Result<Taken> {
        loop {
            let taken = self.read_line(record)?;
            let is_blank = record.len() == 1 && record[0].trim().is_empty();
            if !(matches!(taken, Taken::Row(_)) && is_blank) {
                return Ok(taken);
            }
        }
    }

    fn read_line(&mut self, record: &mut StringRecord) -> anyhow::Result<Taken> {
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
                    Ok(text) if self.assumed.encoding == UTF_8 || !text.as_slice().contains('\u{fffd}') => {
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
        Rejection::of_row(ROW_ENCODING, format!("the row has bytes that are no text in {}", self.assumed.encoding.name()))
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

/// The encoding, and how it is known.
fn encoding_of(sample: &[u8], options: &Options, file: &Path) -> anyhow::Result<(&'static Encoding, &'static str)> {
    if let Some((kind, what)) = MAGIC.iter().find(|(magic, _)| sample.starts_with(magic)) {
        let remedy = if kind == b"PK\x03\x04" { "open it and save it as CSV UTF-8" } else { "unpack it, or export it as CSV" };
        bail!("{CSV_NOT_TEXT} {}: the file is no text: it looks like {what}\n  what to do: {remedy}", file.display());
    }
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return Ok((encoding, "by its byte order mark"));
    }
    if let Some(label) = &options.encoding {
        let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
            let what = format!("there is no encoding `{}`", label.chars().take(40).collect::<String>());
            return Err(Usage { what, remedy: "utf-8, windows-1252, latin1, utf-16le, shift_jis and so on".to_owned() }.into());
        };
        return Ok((encoding, "as you said"));
    }
    let odd = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n' | 0x0b | 0x0c);
    let (nulls, odds) = (sample.iter().filter(|byte| **byte == 0).count(), sample.iter().filter(odd).count());
    if nulls > 0 || odds * 100 > sample.len() {
        let wide = nulls * 3 > sample.len();
        let remedy = if wide {
            let encoding = if sample.first() == Some(&0) { UTF_16BE } else { UTF_16LE };
            format!("it looks like {0}: say `--encoding {0}`", encoding.name())
        } else {
            "name a CSV file".to_owned()
        };
        bail!("{CSV_NOT_TEXT} {}: the file is no text\n  what to do: {remedy}", file.display());
    }
    match str::from_utf8(sample) {
        Ok(_) => Ok((UTF_8, "assumed: it begins so")),
        // Cut in the middle of a character by the sample's end.
        Err(error) if error.error_len().is_none() => Ok((UTF_8, "assumed: it begins so")),
        Err(_) => Ok((WINDOWS_1252, "assumed: it is no UTF-8; if letters are wrong, say `--encoding`")),
    }
}

/// The delimiter that stands most often in the first line, outside of quotes.
fn delimiter_of(text: &str) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            other if !quoted => {
                if let Some(index) = DELIMITERS.iter().position(|delimiter| *delimiter == other) {
                    counts[index] += 1;
                }
            }
            _ => {}
        }
    }
    let best = (0..counts.len()).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
    DELIMITERS[best]
}
