//! Which encoding a file has: by its marks, by what is said, by all of its bytes. Where no encoding makes words of them, the file is
//! refused: a name with wrong letters is worse than none.
//!
//! Pure: bytes in, an answer out.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How files begin that are no text, and what they are.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a workbook or another zip archive"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old workbook or document"),
    (b"BZh", "compressed by bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
];
/// How texts begin that are no table, and what they are.
const MARKUP: &[(&str, &str)] = &[
    ("<!doctype html", "HTML"),
    ("<html", "HTML"),
    ("<table", "HTML"),
    ("<head", "HTML"),
    ("<meta", "HTML"),
    ("<?xml", "XML"),
    ("{\\rtf", "a document in RTF"),
];
/// The most lines with letters that are not ASCII that are kept, in bytes.
const MAX_ODD_BYTES: usize = 1024 * 1024;
/// A file in which more than one in so many odd letters stands where no word has it is in another encoding.
const DOUBT: usize = 20;

/// What the bytes of a file show.
pub struct Scan {
    detector: EncodingDetector,
    bytes: u64,
    nuls: u64,
    /// For each place of four, the bytes there that are NUL.
    nuls_by_place: [u64; 4],
    controls: u64,
    /// Characters of several bytes that are good UTF-8; bytes that are none.
    wide: u64,
    bad: u64,
    carry: Vec<u8>,
    line: Vec<u8>,
    odd_lines: Vec<u8>,
}

/// Which encoding, and how that is known; or why none.
pub type Found = Result<(&'static Encoding, String), (String, String)>;

impl Scan {
    /// Nothing was seen.
    pub fn new() -> Self {
        Self {
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            bytes: 0,
            nuls: 0,
            nuls_by_place: [0; 4],
            controls: 0,
            wide: 0,
            bad: 0,
            carry: Vec::new(),
            line: Vec::new(),
            odd_lines: Vec::new(),
        }
    }

    /// Looks at the next bytes of the file.
    pub fn look(&mut self, bytes: &[u8]) {
        for (index, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte < b' ') {
            if *byte == 0 {
                self.nuls += 1;
                self.nuls_by_place[((self.bytes + index as u64) % 4) as usize] += 1;
            }
            self.controls += u64::from(!matches!(byte, b'\t' | b'\r' | b'\n' | 0x0b | 0x0c));
        }
        self.bytes += bytes.len() as u64;
        if bytes.is_ascii() && self.carry.is_empty() && self.line.iter().all(u8::is_ascii) {
            self.line.clear();
            let start = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
            self.line.extend(&bytes[start..start + (bytes.len() - start).min(4_096)]);
            return;
        }
        self.utf_8(bytes);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(&line[..line.len().min(64 * 1024)]);
            if line.ends_with(b"\n") || self.line.len() > 64 * 1024 {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        if !self.line.is_ascii() && self.odd_lines.len() < MAX_ODD_BYTES {
            self.detector.feed(&self.line, false);
            self.odd_lines.append(&mut self.line);
        }
        self.line.clear();
    }

    fn utf_8(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.carry);
        all.extend(bytes);
        let mut rest = &all[..];
        loop {
            let (good, error) = match str::from_utf8(rest) {
                Ok(good) => (good, None),
                Err(error) => (str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(), Some(error)),
            };
            if !good.is_ascii() {
                self.wide += good.chars().filter(|c| !c.is_ascii()).count() as u64;
            }
            let Some(error) = error else { return };
            let Some(length) = error.error_len() else {
                self.carry = rest[error.valid_up_to()..].to_vec();
                return;
            };
            self.bad += length as u64;
            rest = &rest[error.valid_up_to() + length..];
        }
    }

    /// The answer. `first`: how the file begins. `said`: the encoding that somebody named.
    ///
    /// # Errors
    /// What it is instead of text, and what to do.
    pub fn answer(mut self, first: &[u8], said: Option<&'static Encoding>) -> Found {
        self.end_line();
        self.bad += self.carry.len() as u64;
        if let Some((kind, what)) = MAGIC.iter().find(|(magic, _)| first.starts_with(magic)) {
            let remedy = if *kind == b"PK\x03\x04" { "open it and save it as CSV UTF-8" } else { "unpack it, or export it as CSV" };
            return Err((format!("it looks like {what}"), remedy.to_owned()));
        }
        let four =
            |what: &str| Err((format!("it is {what}"), "open it in an editor or a spreadsheet, and save it as CSV UTF-8".to_owned()));
        if first.starts_with(b"\xff\xfe\0\0") || first.starts_with(b"\0\0\xfe\xff") {
            return four("UTF-32");
        }
        if let Some((encoding, _)) = Encoding::for_bom(first) {
            return Ok((encoding, "by its byte order mark".to_owned()));
        }
        let start = String::from_utf8_lossy(&first[..first.len().min(512)]).trim_start().to_lowercase();
        if let Some((_, what)) = MARKUP.iter().find(|(tag, _)| start.starts_with(tag)) {
            return four(&format!("{what}, which some tools call a spreadsheet"));
        }
        if let Some(encoding) = said {
            return Ok((encoding, "as you said".to_owned()));
        }
        if self.nuls * 3 > self.bytes {
            if self.nuls_by_place.iter().filter(|count| **count * 5 > self.bytes).count() >= 3 {
                return four("UTF-32");
            }
            let encoding = if first.first() == Some(&0) { UTF_16BE } else { UTF_16LE };
            return Err((format!("it looks like {}", encoding.name()), format!("say `--encoding {}`", encoding.name())));
        }
        if (self.controls > 8 && self.controls * 100 > self.bytes) || self.nuls * 200 > self.bytes.max(4_000) {
            return Err(("it has bytes that no text has".to_owned(), "name a CSV file".to_owned()));
        }
        if self.bad == 0 {
            return Ok((UTF_8, "assumed: all of it is".to_owned()));
        }
        // By chance hardly any bytes of another encoding are good UTF-8.
        if self.wide * 3 >= self.bad {
            let bytes = if self.bad == 1 { "1 byte" } else { "some bytes" };
            return Ok((UTF_8, format!("assumed: all of it is, but for {bytes}")));
        }
        self.legacy()
    }

    /// One of the encodings of before, if it makes words of the letters.
    fn legacy(mut self) -> Found {
        self.detector.feed(b"", true);
        let guess = self.detector.guess(None, Utf8Detection::Deny);
        let text = |encoding: &'static Encoding| encoding.decode_without_bom_handling(&self.odd_lines).0;
        let fits = |encoding: &'static Encoding| {
            let text = text(encoding);
            let odd = text.chars().filter(|c| !c.is_ascii()).count();
            !text.contains('\u{fffd}') && doubts(&text) * DOUBT <= odd
        };
        let found = [guess, WINDOWS_1252].into_iter().find(|encoding| fits(encoding));
        // The encodings of Latin letters make words of the same bytes, with other letters.
        let found = match found {
            Some(latin) if latin != WINDOWS_1252 && is_latin(latin) && fits(WINDOWS_1252) => {
                let (other, western) = (text(latin), text(WINDOWS_1252));
                if other == western || is_western(&western, &other) {
                    Some(WINDOWS_1252)
                } else {
                    let what = format!("it is no UTF-8, and makes words in {} and in windows-1252", latin.name());
                    let remedy = format!(
                        "save it as CSV UTF-8, or say its encoding: `--encoding {}`, `--encoding windows-1252`, `--encoding macintosh`",
                        latin.name()
                    );
                    return Err((what, remedy));
                }
            }
            found => found,
        };
        let mac = text(MACINTOSH);
        let is_letter = |c: char| c.is_ascii() || c.is_alphabetic() || matches!(c, '’' | '‘' | '“' | '”');
        let may_be_mac = doubts(&mac) == 0 && mac.chars().all(is_letter);
        // Words in both, with other letters: only signs that stand where they should tell them apart.
        let has_letters = |encoding: &'static Encoding| text(encoding).chars().any(|c| !c.is_ascii() && c.is_alphabetic());
        if let Some(encoding) = found.filter(|encoding| !may_be_mac || !has_letters(encoding)) {
            return Ok((encoding, "assumed: it is no UTF-8; if letters are wrong, say `--encoding`".to_owned()));
        }
        let (what, may_be) = match found {
            Some(encoding) => (format!("it is no UTF-8, and makes words in {} and in macintosh", encoding.name()), encoding.name()),
            None => (format!("it is no UTF-8, and in {} its letters make no words", guess.name()), "ibm866"),
        };
        Err((what, format!("save it as CSV UTF-8, or say its encoding: `--encoding macintosh`, `--encoding {may_be}`")))
    }
}

/// Whether an encoding is one of Latin letters.
fn is_latin(encoding: &'static Encoding) -> bool {
    const OTHERS: &[&str] = &[
        "windows-1251",
        "windows-1253",
        "windows-1255",
        "windows-1256",
        "windows-874",
        "ISO-8859-5",
        "ISO-8859-6",
        "ISO-8859-7",
        "ISO-8859-8",
        "ISO-8859-8-I",
    ];
    let name = encoding.name();
    (name.starts_with("windows-") || name.starts_with("ISO-8859-")) && !OTHERS.contains(&name)
}

/// Whether the letters in which two readings differ are where only the languages of Western Europe have them: `ñ` before a vowel, which
/// no `ń` is, `ão` and `õe`, `à` and `å`.
fn is_western(western: &str, other: &str) -> bool {
    let (western, other): (Vec<char>, Vec<char>) = (western.chars().collect(), other.chars().collect());
    let is_sure = |place: usize| {
        let after = western.get(place + 1).map(|c| c.to_lowercase().to_string()).unwrap_or_default();
        match western[place] {
            'ñ' | 'Ñ' => "aeiouáéíóúü".contains(&after) && !after.is_empty(),
            'ã' | 'Ã' => after == "o" || after == "e",
            'õ' | 'Õ' => after == "e",
            'à' | 'À' | 'å' | 'Å' => true,
            _ => false,
        }
    };
    western.len() == other.len() && (0..western.len()).all(|place| western[place] == other[place] || is_sure(place))
}

/// How many letters stand where no word has them.
fn doubts(text: &str) -> usize {
    let is_other_script = |c: char| matches!(c, '\u{370}'..='\u{6ff}');
    let letters: Vec<char> = text.chars().collect();
    let around = |index: usize| (index.checked_sub(1).and_then(|index| letters.get(index)), letters.get(index + 1));
    let is_odd = |(index, c): (usize, &char)| {
        let (before, after) = around(index);
        let is_letter = |c: Option<&char>| c.is_some_and(|c| c.is_alphabetic());
        let is_ascii = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
        let within = is_letter(before)
            && is_letter(after)
            && match c {
                '·' | '\u{ad}' | '‑' => false,
                '’' => !is_apostrophe(&letters, index),
                c => !c.is_alphabetic(),
            };
        let small = c.is_lowercase() && after.is_some_and(char::is_ascii_uppercase);
        let large = before.is_some_and(char::is_ascii_lowercase) && c.is_uppercase();
        let mixed = is_other_script(*c) && (is_ascii(before) || is_ascii(after));
        let is_control = matches!(c, '\u{80}'..='\u{9f}');
        within || small || large || mixed || is_control
    };
    letters.iter().enumerate().filter(|(_, c)| !c.is_ascii()).filter(|(index, c)| is_odd((*index, *c))).count()
}

/// Whether the apostrophe at a place is one of English, French or Italian, and no letter that was misread.
fn is_apostrophe(text: &[char], place: usize) -> bool {
    const AFTER: &[&str] = &["s", "t", "m", "d", "ll", "re", "ve"];
    const BEFORE: &[&str] =
        &["o", "d", "l", "n", "s", "c", "j", "m", "t", "qu", "all", "dell", "nell", "dall", "sull", "un", "lorsqu", "jusqu", "aujourd"];
    let after: String = text[place + 1..].iter().take_while(|c| c.is_alphabetic()).collect();
    let before: String = text[..place].iter().rev().take_while(|c| c.is_alphabetic()).collect();
    let before: String = before.chars().rev().collect();
    AFTER.contains(&after.to_lowercase().as_str()) || BEFORE.contains(&before.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Result<&'static str, String> {
        let mut scan = Scan::new();
        for chunk in bytes.chunks(7) {
            scan.look(chunk);
        }
        scan.answer(bytes, None).map(|(encoding, _)| encoding.name()).map_err(|(what, remedy)| format!("{what}: {remedy}"))
    }

    #[test]
    fn an_encoding_is_known_by_all_bytes_or_the_file_is_refused() {
        let check = |bytes: &[u8], expected: Result<&str, &str>| match (found(bytes), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{bytes:?}"),
            (Err(found), Err(part)) => assert!(found.contains(part), "{part} in {found}"),
            (found, _) => panic!("{found:?} and not {expected:?} for {:?}", String::from_utf8_lossy(bytes)),
        };
        check("Name\nPeña\n".as_bytes(), Ok("UTF-8"));
        check(b"Name\nJos\xe9 Pe\xf1a\n", Ok("windows-1252"));
        check(b"Name\nD\x92Angelo \x96 Jos\xe9\n", Ok("windows-1252"));
        check(b"Name\nM\xfcller\nG\xf6tz\n", Ok("windows-1252"));
        check(b"Name\nJos\x8e Pe\x96a\n", Err("macintosh"));
        check(b"Name\nM\x9fller\nJ\x9arg K\x9anig\n", Err("macintosh"));
        check(b"Name\nGarc\x92a\n", Err("macintosh"));
        check(b"Name\nPe\xf1a\nG\xe1lvez\nJo\xe3o\n", Ok("windows-1252"));
        check(b"Name\nPawe\xb3 Wa\xb3\xeasa\nMa\xb3gorzata \xafu\xb3awska\n", Ok("windows-1250"));
        check(b"Note\nWe don\x92t know, it\x92s O\x92Brien\x92s\n", Ok("windows-1252"));
        check(b"Name\n\xc1ngel\n\xc9ric\n", Ok("windows-1252"));
        check("Name\nПётр Иванов\n".as_bytes(), Ok("UTF-8"));
        check(b"Name\n\xcf\xb8\xf2\xf0 \xc8\xe2\xe0\xed\xee\xe2\n\xc0\xed\xed\xe0 \xcf\xe5\xf2\xf0\xee\xe2\xe0\n", Ok("windows-1251"));
        let mut mixed = "Peña\nGálvez\nDíaz\n".as_bytes().to_vec();
        mixed.extend(b"In\xe9s\n");
        check(&mixed, Ok("UTF-8"));
        check(b"\xff\xfe\0\0N\0\0\0", Err("UTF-32"));
        check(&"Name\nAna\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>(), Err("UTF-32"));
        check(&"Name\nAna\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), Err("--encoding UTF-16LE"));
        check(b"<html><table>", Err("HTML"));
        check(b"PK\x03\x04", Err("workbook"));
    }
}
