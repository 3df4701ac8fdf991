//! The last wall before a terminal: whatever a command prints or the service logs, and wherever it has it from, a terminal obeys nothing of
//! it but the colours that Relevo itself paints.
//!
//! Text from elsewhere is cleaned where it is read, too; but commands quote topics, files, brokers and rulebooks in a hundred places, and
//! one that is forgotten must not move the cursor, hide a line or turn one around.

use std::io::{self, Write};

use crate::contract::unseen::is_obeyed;

/// A writer that passes printable text, line ends and tabs on. What a terminal would obey is written as JSON writes it, `\u001b`, so that
/// output for machines means the same as before.
pub struct Wall<W> {
    inner: W,
    /// Whether the colours that Relevo paints pass.
    colours: bool,
    /// The beginning of a character whose end has not been written yet.
    begun: Vec<u8>,
}

/// The longest sequence that sets a colour: `ESC [ 1 ; 38 ; 5 ; 123 m`.
const MAX_COLOUR_BYTES: usize = 16;

impl<W: Write> Wall<W> {
    /// Before this writer.
    pub fn new(inner: W, colours: bool) -> Self {
        Self { inner, colours, begun: Vec::new() }
    }

    fn pass(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|letter| is_obeyed(letter) && !matches!(letter, '\n' | '\t')) {
            self.inner.write_all(&rest.as_bytes()[..at])?;
            let colour = if self.colours { colour(&rest[at..]) } else { None };
            let end = at + colour.map_or_else(|| rest[at..].chars().next().map_or(0, char::len_utf8), str::len);
            match colour {
                Some(colour) => self.inner.write_all(colour.as_bytes())?,
                None => {
                    for unit in rest[at..end].encode_utf16() {
                        write!(self.inner, "\\u{unit:04x}")?;
                    }
                }
            }
            rest = &rest[end..];
        }
        self.inner.write_all(rest.as_bytes())
    }
}

/// The sequence that a text begins with, where it sets a colour of letters, makes them bold or faint, or ends that. What hides letters or
/// paints behind them is none.
fn colour(text: &str) -> Option<&str> {
    let end = text.bytes().take(MAX_COLOUR_BYTES).position(|byte| byte == b'm')?;
    let codes = text[..end].strip_prefix("\u{1b}[")?;
    let plain = match codes.strip_prefix("38;5;").or_else(|| codes.strip_prefix("1;38;5;")) {
        Some(number) => number.parse::<u8>().is_ok(),
        None => codes.split(';').all(|code| matches!(code, "" | "0" | "1" | "2" | "3" | "22" | "23" | "39") || is_colour(code)),
    };
    plain.then(|| &text[..=end])
}

/// From red to white, and the same bright: black is not seen on black.
fn is_colour(code: &str) -> bool {
    code.parse::<u8>().is_ok_and(|code| (31..=37).contains(&code) || (91..=97).contains(&code))
}

impl<W: Write> Write for Wall<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begun.is_empty() && bytes.iter().all(|byte| matches!(byte, b'\n' | b'\t' | 0x20..=0x7e)) {
            self.inner.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let mut whole = std::mem::take(&mut self.begun);
        whole.extend_from_slice(bytes);
        let mut rest = whole.as_slice();
        loop {
            match str::from_utf8(rest) {
                Ok(text) => {
                    self.pass(text)?;
                    return Ok(bytes.len());
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.pass(str::from_utf8(good).unwrap_or_default())?;
                    let Some(length) = error.error_len() else {
                        self.begun = bad.to_vec();
                        return Ok(bytes.len());
                    };
                    self.inner.write_all("\u{fffd}".as_bytes())?;
                    rest = &bad[length..];
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_but_our_colours() {
        let check = |written: &[&[u8]], colours: bool, expected: &str| {
            let mut out = Vec::new();
            let mut wall = Wall::new(&mut out, colours);
            for part in written {
                wall.write_all(part).expect("written");
            }
            assert_eq!(String::from_utf8(out).expect("text"), expected, "{written:?}");
        };
        let text = |text: &str, colours: bool, expected: &str| check(&[text.as_bytes()], colours, expected);
        text("Ana\tRuiz, 50 €\n", false, "Ana\tRuiz, 50 €\n");
        text("a\u{1b}[2K\u{9b}1A\u{202e}b\r\u{7f}\u{0}", true, "a\\u001b[2K\\u009b1A\\u202eb\\u000d\\u007f\\u0000");
        text("a\u{1b}]52;c;x\u{7}", true, "a\\u001b]52;c;x\\u0007");
        text("\u{1b}[1;31mno\u{1b}[0m", true, "\u{1b}[1;31mno\u{1b}[0m");
        text("\u{1b}[1m\u{1b}[38;5;12m-->\u{1b}[0m", true, "\u{1b}[1m\u{1b}[38;5;12m-->\u{1b}[0m");
        text("\u{1b}[1;31mno\u{1b}[0m", false, "\\u001b[1;31mno\\u001b[0m");
        // What hides letters, or paints them in their background's colour.
        for hides in ["8", "7", "30", "1;8", "40", "38;5;300", "41", "5", "0;0;0;0;0;0;0;0;0;0"] {
            text(&format!("\u{1b}[{hides}m"), true, &format!("\\u001b[{hides}m"));
        }
        // A character that comes in two parts, one that is cut, and bytes that are none.
        check(&[b"a\xe2\x80", b"\xaeb"], true, "a\\u202eb");
        check(&[b"a\xc2", b"\x9b", b"b\xc3", b"\xa9"], true, "a\\u009bbé");
        check(&[b"a\x9b\xffb"], true, "a\u{fffd}\u{fffd}b");
        text("a\u{e0041}", true, "a\\udb40\\udc41");
        // JSON means the same as before.
        let json = serde_json::to_string("a\u{202e}\u{9b}\u{1b}\u{e0041}").expect("text");
        let mut out = Vec::new();
        Wall::new(&mut out, false).write_all(json.as_bytes()).expect("written");
        assert!(out.is_ascii());
        assert_eq!(serde_json::from_slice::<String>(&out).expect("JSON"), "a\u{202e}\u{9b}\u{1b}\u{e0041}");
    }
}
