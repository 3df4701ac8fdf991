//! A CSV file as rows of text, whatever tool wrote it: encodings, delimiters, quotes, byte order marks, lines that are no data.
//!
//! The file is read from its beginning as often as it is needed: what is not said is found out from all of its bytes, and said. A row
//! that is broken is told with its line, and reading goes on.

mod dialect;
mod encoding;
mod rows;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::bail;
use encoding_rs::Encoding;

use crate::command::Usage;
use crate::contract::code::{CSV_EMPTY, CSV_NOT_TEXT, CSV_UNREADABLE};
use crate::mapping::Map;

use dialect::Dialect;
use encoding::Scan;
pub use rows::{NoData, Rows, Taken};

/// How much of a file is looked at to find out its delimiter and its header.
const SAMPLE_BYTES: usize = 1024 * 1024;
/// What is read at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// The most rows of the sample.
const SAMPLE_ROWS: usize = 2_000;

/// What somebody says about a file; what is left out is found out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Between cells.
    pub delimiter: Option<char>,
    /// A name of the WHATWG's list: `utf-8`, `windows-1252`, `latin1`, `utf-16le` …
    pub encoding: Option<String>,
    /// The line that names the columns, from 1.
    pub header_line: Option<u64>,
}

/// How a file is read, and how that is known.
#[derive(Clone, Debug)]
pub struct Assumed {
    encoding: &'static Encoding,
    encoding_known_by: String,
    dialect: Dialect,
    delimiter_given: bool,
    header_line: u64,
    rows_above: usize,
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delimiter = match self.dialect.delimiter {
            b'\t' => "tab".to_owned(),
            other => format!("`{}`", char::from(other)),
        };
        let by = if self.delimiter_given { "as you said" } else { "by the rows" };
        write!(f, "{} ({}), cells parted by {delimiter} ({by})", self.encoding.name(), self.encoding_known_by)?;
        if self.dialect.backslash {
            f.write_str(", quotes within a text behind a backslash")?;
        }
        match self.rows_above {
            0 if self.header_line == 1 => Ok(()),
            0 => write!(f, ", header in line {}", self.header_line),
            1 => write!(f, ", header in line {} (1 row above it passed over)", self.header_line),
            above => write!(f, ", header in line {} ({above} rows above it passed over)", self.header_line),
        }
    }
}

/// A file that can be read, from its beginning, several times.
pub struct Source {
    file: File,
    header: Vec<String>,
    /// Rows before the one that names the columns.
    above: usize,
    /// Whether the first line names the delimiter.
    has_said_line: bool,
    assumed: Assumed,
}

impl Source {
    /// Opens a file (`-`: standard input), and finds out how it is written. The header is the first row with all columns that `map`
    /// needs, else the one that looks like one.
    ///
    /// # Errors
    /// It can't be read, is no text, or has no header.
    pub fn open(file: &Path, options: &Options, map: Option<&Map>) -> anyhow::Result<Self> {
        let unreadable = |error: io::Error| Usage {
            what: format!("{CSV_UNREADABLE}: {} can't be read: {error}", file.display()),
            remedy: "name a CSV file that is there and may be read, or `-` for standard input".to_owned(),
        };
        let mut input = whole(file).map_err(unreadable)?;
        let said = match &options.encoding {
            None => None,
            Some(label) => Some(Encoding::for_label(label.as_bytes()).ok_or_else(|| Usage {
                what: format!("there is no encoding `{}`", label.chars().take(40).collect::<String>()),
                remedy: "utf-8, windows-1252, latin1, macintosh, utf-16le, shift_jis and so on".to_owned(),
            })?),
        };
        let (sample, scan) = scan(&mut input).map_err(unreadable)?;
        let (encoding, encoding_known_by) = match scan.answer(&sample, said) {
            Ok(found) => found,
            Err((what, remedy)) => bail!("{CSV_NOT_TEXT} {}: the file is no text: {what}\n  what to do: {remedy}", file.display()),
        };
        let text = encoding.decode(&sample).0.into_owned();
        let text =
            if sample.len() < SAMPLE_BYTES { &text[..] } else { text.rsplit_once(['\n', '\r']).map_or(&text[..], |(whole, _)| whole) };
        let first = text.lines().next().unwrap_or_default();
        // Spreadsheets say so themselves.
        let named = first.strip_prefix("sep=").and_then(|rest| rest.chars().next()).filter(char::is_ascii);
        let body = if named.is_some() { text.split_once('\n').map_or("", |(_, body)| body) } else { text };
        let given = options.delimiter.or(named).map(u8::try_from).transpose().map_err(|_| Usage {
            what: "the delimiter is no character of ASCII".to_owned(),
            remedy: "give one character: `--delimiter ';'`, or `--delimiter tab`".to_owned(),
        })?;
        let dialect = Dialect::of(body, given);
        let assumed =
            Assumed { encoding, encoding_known_by, dialect, delimiter_given: options.delimiter.is_some(), header_line: 1, rows_above: 0 };
        let mut source = Self { file: input, header: Vec::new(), above: 0, has_said_line: named.is_some(), assumed };
        source.find_header(&dialect.rows(body, SAMPLE_ROWS), options, map, file)?;
        Ok(source)
    }

    fn find_header(&mut self, sample: &[Vec<String>], options: &Options, map: Option<&Map>, file: &Path) -> anyhow::Result<()> {
        let empty = || {
            format!(
                "{CSV_EMPTY} {}: the file has no header\n  what to do: export it again, with a line that names the columns, or name that line: `--header-line 4`",
                file.display()
            )
        };
        let mut rows = Rows::of(self, 0)?;
        let (mut record, mut before) = (csv::StringRecord::new(), Vec::new());
        let wanted = match options.header_line {
            Some(_) => usize::MAX,
            None => match dialect::header(sample, |row| map.is_some_and(|map| map.could_bind(row))) {
                Some(index) => index,
                None => bail!(empty()),
            },
        };
        let line = loop {
            let read = rows.next_raw(&mut record)?;
            let line = match read {
                Taken::Row(line) | Taken::Bad(line, _) => line,
                Taken::NoData(..) | Taken::End => bail!(empty()),
            };
            let is_it = before.len() == wanted || options.header_line.is_some_and(|wanted| line >= wanted);
            if let (true, Taken::Bad(_, rejection)) = (is_it, &read) {
                bail!("{} {}: the header can't be read: {rejection}", rejection.code(), file.display());
            }
            if is_it {
                break line;
            }
            before.push(record.iter().any(|cell| !cell.trim().is_empty()));
        };
        drop(rows);
        self.header = record.iter().map(|name| name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_owned()).collect();
        while self.header.last().is_some_and(String::is_empty) {
            self.header.pop();
        }
        if self.header.is_empty() {
            bail!(empty());
        }
        self.above = before.len();
        self.assumed.rows_above = before.iter().filter(|filled| **filled).count();
        self.assumed.header_line = line;
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

    /// The rows below the header, from the first. Only one reader at a time.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn rows(&self) -> anyhow::Result<Rows> {
        let mut rows = Rows::of(self, self.header.len())?;
        let mut record = csv::StringRecord::new();
        for _ in 0..=self.above {
            rows.next_raw(&mut record)?;
        }
        rows.below(&self.header, record.len());
        Ok(rows)
    }

    fn start(&self) -> anyhow::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// A file that can be read from its beginning as often as needed; what can't is copied into one without a name.
fn whole(file: &Path) -> io::Result<File> {
    let mut input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(file)?;
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Box::new(file)
    };
    let mut spool = tempfile::tempfile()?;
    io::copy(&mut input, &mut spool)?;
    Ok(spool)
}

/// Looks at all bytes, and keeps the first.
fn scan(input: &mut File) -> io::Result<(Vec<u8>, Scan)> {
    input.seek(SeekFrom::Start(0))?;
    let (mut sample, mut scan, mut buffer) = (Vec::new(), Scan::new(), vec![0; BUFFER_BYTES]);
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok((sample, scan)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        scan.look(&buffer[..count]);
        sample.extend(&buffer[..count.min(SAMPLE_BYTES - sample.len())]);
    }
}
