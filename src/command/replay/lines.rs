//! Lines of a file, one after another, each with its number and its place in bytes; none may be longer than an event may be.
//!
//! Memory stays bounded whatever the file is: of a line that is too long only its length is kept. This file refuses to know what
//! stands in a line.

use std::io::{self, BufRead, Read as _};

/// A line of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line with something in it, without its end.
    Text(&'a [u8]),
    /// A line with more bytes than allowed.
    TooLong,
}

/// Reads lines.
pub struct Lines<R> {
    reader: R,
    max_bytes: usize,
    buffer: Vec<u8>,
    number: u64,
    begin: u64,
    next: u64,
}

impl<R: BufRead> Lines<R> {
    /// Lines of at most `max_bytes` bytes.
    pub fn new(reader: R, max_bytes: usize) -> Self {
        Self { reader, max_bytes, buffer: Vec::new(), number: 0, begin: 0, next: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the line that was read last begins, in bytes of the file.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// How many bytes were read.
    pub fn read_bytes(&self) -> u64 {
        self.next
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    /// The file can't be read any further.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            self.buffer.clear();
            self.begin = self.next;
            // One byte more than allowed shows that there are too many; another is the line's end.
            let bound = self.max_bytes as u64 + 2;
            let read = (&mut self.reader).take(bound).read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.next += read as u64;
            let ended = self.buffer.last() == Some(&b'\n');
            if !ended && read as u64 == bound {
                self.skip_rest()?;
                return Ok(Some(Line::TooLong));
            }
            let length = self.buffer.trim_ascii_end().len();
            if length > self.max_bytes {
                return Ok(Some(Line::TooLong));
            }
            if length > 0 {
                return Ok(Some(Line::Text(&self.buffer[..length])));
            }
        }
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let there = self.reader.fill_buf()?;
            let end = there.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(there.len(), |end| end + 1);
            let done = end.is_some() || there.is_empty();
            self.reader.consume(used);
            self.next += used as u64;
            if done {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_numbers_and_places() {
        let text = b"one\r\n\n  \ntwo is too long for it\nthree\n12345678\n123456789\nlast";
        let mut lines = Lines::new(io::BufReader::with_capacity(3, text.as_slice()), 8);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().expect("memory is read") {
            let text = match line {
                Line::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Line::TooLong => "too long".to_owned(),
            };
            found.push((lines.number(), lines.begin(), text));
        }
        let expected = [(1, 0, "one"), (4, 9, "too long"), (5, 32, "three"), (6, 38, "12345678"), (7, 47, "too long"), (8, 57, "last")];
        assert_eq!(found, expected.map(|(number, begin, text)| (number, begin, text.to_owned())));
        assert_eq!(lines.read_bytes(), text.len() as u64);
    }
}
