//! Events out of files and pipes, put in the order of their times without holding them in memory.
//!
//! Exports come in any order: by campaign, by object, the newest first. Every document is checked once, by the contract's own parser,
//! and noted with its time and place, some 32 bytes each; then they are read again in the order of their times. What can't be read twice
//! (a pipe, a topic's records) is put into a file without a name first. This file refuses to know what events lead to.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::lines::{Line, Lines};
use super::progress::Progress;
use super::refused::Refused;
use super::{Stretch, reading::Reading};
use crate::contract::Timestamp;
use crate::contract::code::{Refusal, TOO_LARGE};
use crate::contract::wire::mended;

/// How much is read of a file at once.
const READ_BYTES: usize = 256 * 1024;

/// Where a document lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: Timestamp,
    offset: u64,
    bytes: u32,
    source: u32,
    file: u16,
}

/// Who said so, each by a number: some producers name a source for each form, so there may be as many as documents.
#[derive(Default)]
struct Sources {
    texts: Vec<CompactString>,
    numbers: FxHashMap<CompactString, u32>,
}

impl Sources {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }
}

/// Documents by the order of their times.
pub struct Archive {
    reading: Reading,
    stretch: Stretch,
    files: Vec<File>,
    places: Vec<Place>,
    sources: Sources,
    /// The file without a name: its number and what was written to it.
    spool: Option<(u16, BufWriter<File>, u64)>,
    outside: u64,
    refused: Refused,
}

/// An event's data and who says so.
pub struct Document<'a> {
    /// Its time.
    pub at: Timestamp,
    /// `ce_source`.
    pub source: &'a CompactString,
    /// The JSON of an interaction.
    pub data: &'a [u8],
}

impl Archive {
    /// An empty archive of what happened in this stretch of time.
    pub fn new(reading: Reading, stretch: Stretch) -> Self {
        let refused = Refused::default();
        Self { reading, stretch, files: Vec::new(), places: Vec::new(), sources: Sources::default(), spool: None, outside: 0, refused }
    }

    /// Adds every line of a file; `name` is how messages call it.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn add_file(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let number = if metadata.is_file() { Some(self.number(file.try_clone()?)?) } else { None };
        let mut progress = Progress::new("reading", if metadata.is_file() { metadata.len() } else { 0 });
        self.add_lines(BufReader::with_capacity(READ_BYTES, file), name, number, &mut progress)
    }

    /// Adds every line of what can be read only once.
    ///
    /// # Errors
    /// It can't be read, or there is no room for it.
    pub fn add_stream(&mut self, stream: impl io::Read, name: &str) -> io::Result<()> {
        let mut progress = Progress::new("reading", 0);
        self.add_lines(BufReader::with_capacity(READ_BYTES, stream), name, None, &mut progress)
    }

    fn add_lines(&mut self, reader: impl io::BufRead, name: &str, file: Option<u16>, progress: &mut Progress) -> io::Result<()> {
        let max_bytes = self.reading.max_bytes();
        let mut lines = Lines::new(reader, max_bytes);
        while let Some(line) = lines.next_line()? {
            // The line borrows the reader: what is to be noted of it is taken out first.
            let judged = match line {
                Line::Text(text) => {
                    let text = mended(text); // as Intake does; no place in it changes
                    self.reading.open(&text).map(|opened| {
                        let within = opened.data.as_ptr() as usize - text.as_ptr() as usize;
                        let source = self.sources.number(&opened.source);
                        let bytes = opened.data.len() as u32;
                        let spooled = (file.is_none() && self.stretch.has(opened.at)).then(|| opened.data.to_vec());
                        (Place { at: opened.at, offset: within as u64, bytes, source, file: file.unwrap_or_default() }, spooled)
                    })
                }
                Line::TooLong => Err(Refusal::new(TOO_LARGE, format!("the line is longer than {max_bytes} bytes"))),
            };
            let begin = lines.begin();
            match judged {
                Err(refusal) => self.refused.add(&format!("{name}:{}", lines.number()), &refusal),
                Ok((place, _)) if !self.stretch.has(place.at) => self.outside += 1,
                Ok((place, None)) => self.places.push(Place { offset: begin + place.offset, ..place }),
                Ok((place, Some(data))) => self.spool(place, &data)?,
            }
            progress.at(lines.read_bytes());
        }
        Ok(())
    }

    /// Adds an event that comes from elsewhere than a file, opened by [`Reading`]: a record of a topic, a row of a table.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn add_opened(&mut self, at: Timestamp, source: &str, data: &[u8]) -> io::Result<()> {
        if !self.stretch.has(at) {
            self.outside += 1;
            return Ok(());
        }
        let source = self.sources.number(source);
        self.spool(Place { at, offset: 0, bytes: data.len() as u32, source, file: 0 }, data)
    }

    /// Notes what can't be used of something that comes from elsewhere.
    pub fn refuse(&mut self, place: &str, refusal: &Refusal) {
        self.refused.add(place, refusal);
    }

    fn spool(&mut self, place: Place, data: &[u8]) -> io::Result<()> {
        if self.spool.is_none() {
            let file = tempfile::tempfile()?;
            let number = self.number(file.try_clone()?)?;
            self.spool = Some((number, BufWriter::with_capacity(READ_BYTES, file), 0));
        }
        if let Some((number, writer, written)) = &mut self.spool {
            writer.write_all(data)?;
            self.places.push(Place { offset: *written, file: *number, ..place });
            *written += data.len() as u64;
        }
        Ok(())
    }

    fn number(&mut self, file: File) -> io::Result<u16> {
        let number = u16::try_from(self.files.len()).map_err(|_| io::Error::other("more files than can be told apart"))?;
        self.files.push(file);
        Ok(number)
    }

    /// What could not be used.
    pub fn refused(&self) -> &Refused {
        &self.refused
    }

    /// How many events were outside the stretch of time.
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// How many documents there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Shows every document in the order of their times, those of one time as they came.
    ///
    /// # Errors
    /// A file changed or went away meanwhile, or `each` gave up.
    pub fn each(&mut self, mut each: impl FnMut(Document<'_>) -> io::Result<()>) -> io::Result<()> {
        if let Some((_, writer, _)) = &mut self.spool {
            writer.flush()?;
        }
        self.places.sort_by_key(|place| place.at); // stable: those of one time stay as they came
        let mut buffer = Vec::new();
        for place in &self.places {
            buffer.resize(place.bytes as usize, 0);
            self.files[usize::from(place.file)].read_exact_at(&mut buffer, place.offset)?;
            each(Document { at: place.at, source: &self.sources.texts[place.source as usize], data: &mended(&buffer) })?;
        }
        Ok(())
    }
}
