//! A text that must never be shown: passwords and keys, read from files.
//!
//! It refuses to be printed: `Debug` and `Display` say that there is something, never what. Whoever hands it to the Kafka
//! client calls [`Secret::expose`], which is easy to find in a review.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// The longest secret, in bytes: a key with its chain of certificates, not a database.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// A secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Reads a file; one line end behind the secret is not part of it.
    ///
    /// # Errors
    /// What the operating system says, or that the file is empty, too long (64 KiB) or not UTF-8.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.len() > MAX_SECRET_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is larger than 64 KiB"));
        }
        // Not the error of `read_to_string`, lest a part of the content get into a message one day.
        let text =
            String::from_utf8(fs::read(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is empty"));
        }
        Ok(Self(text.to_owned()))
    }

    /// A secret from a text at hand.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the Kafka client alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pii_1_a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!((format!("{secret}"), format!("{secret:?}")), ("[redacted]".into(), "[redacted]".into()));
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_file_gives_its_text_without_the_line_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |content: &[u8], expected: Option<&str>| {
            let path = folder.path().join("secret");
            fs::write(&path, content).expect("written");
            assert_eq!(Secret::from_file(&path).ok().as_ref().map(Secret::expose), expected, "{content:?}");
        };
        check(b"hunter2\n", Some("hunter2"));
        check(b"hunter2\r\n", Some("hunter2"));
        check(b" two words ", Some(" two words "));
        check(b"", None);
        check(b"\n", None);
        check(b"\xff\xfe", None);
        check(&vec![b'x'; 65 * 1024], None);
        assert!(Secret::from_file(&folder.path().join("absent")).is_err());
    }
}
