//! Small files that people put into folders, read with a bound: whatever somebody puts there, the process reads no more than it may.

use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::contract::Timestamp;
use crate::rulebook::Diagnostic;

/// How long a file must have been as it is until its stamp is believed: within one tick of a file system's clock, a second on the coarsest,
/// it may change twice and look the same.
const SETTLED_MS: i64 = 5_000;

/// What tells one state of a file from another without reading it: of the file that a link leads to, so another target is another state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    file: (u64, u64),
    bytes: u64,
    /// In nanoseconds since 1970: of its bytes; and of anything about it, which nobody can set.
    modified: i128,
    changed: i128,
}

impl Stamp {
    /// The file's stamp now; `None`: there is no such file.
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        let ns = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        Some(Self {
            file: (found.dev(), found.ino()),
            bytes: found.len(),
            modified: ns(found.mtime(), found.mtime_nsec()),
            changed: ns(found.ctime(), found.ctime_nsec()),
        })
    }

    /// This stamp, taken before the file was read, if the same one will mean the same bytes. `now` is the machine's: so are a file's times.
    pub fn settled(self, now: Timestamp) -> Option<Self> {
        let latest = self.modified.max(self.changed);
        (i128::from(now.as_ms() - SETTLED_MS) * 1_000_000 > latest).then_some(self)
    }
}

/// A file's bytes, at most one more than `max_bytes`: enough for whoever judges them to see that they are too many.
///
/// # Errors
/// Why it can't be read, in a few words without a path. What is no plain file is not even opened: a pipe would be waited for.
pub fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.kind().to_string())?;
    if !metadata.is_file() {
        return Err("it is no plain file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| error.kind().to_string())?;
    file.take(max_bytes as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.kind().to_string())?;
    Ok(bytes)
}

/// The same as text, refused where it is longer.
///
/// # Errors
/// As [`read`]; or it is too long, or no text.
pub fn read_text(path: &Path, max_bytes: usize) -> Result<String, String> {
    let bytes = read(path, max_bytes)?;
    if bytes.len() > max_bytes {
        return Err(format!("it has more than {} KiB", max_bytes / 1024));
    }
    String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to() + 1))
}

/// What messages call a file: its name without the folder.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A diagnostic in words, without its code, which is shown beside them.
pub fn without_code(diagnostic: &Diagnostic) -> String {
    let text = diagnostic.to_string();
    text.strip_prefix(&diagnostic.code.to_string()).unwrap_or(&text).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_was_touched_in_any_way_has_another_stamp_or_none_that_is_believed() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("written");
        let stamp = |name: &str| Stamp::of(&path(name)).expect("it is there");
        write("a", "one");
        let first = stamp("a");
        let written = Timestamp::from_ms((first.changed / 1_000_000) as i64);
        // Whatever is written within its first seconds, of the same size too, is read again.
        for (later_ms, believed) in [(-3_600_000, false), (0, false), (1_000, false), (4_999, false), (5_002, true)] {
            assert_eq!(first.settled(written.plus_ms(later_ms)).is_some(), believed, "{later_ms} ms");
        }
        write("a", "longer");
        assert_ne!(stamp("a"), first);
        // One that is moved into its place, as old and as long as it is.
        write("b", "LONGER");
        let modified = std::fs::metadata(path("a")).and_then(|found| found.modified()).expect("a time");
        std::fs::File::options().write(true).open(path("b")).and_then(|file| file.set_modified(modified)).expect("set");
        let before = stamp("a");
        std::fs::rename(path("b"), path("a")).expect("moved");
        assert_ne!(stamp("a"), before);
        // A ConfigMap: the file is a link through a link, and only the inner one is exchanged.
        for version in ["v1", "v2"] {
            std::fs::create_dir(path(version)).expect("a folder");
            write(&format!("{version}/0001.yaml"), version);
        }
        symlink("v1", path("..data")).expect("a link");
        symlink("..data/0001.yaml", path("0001.yaml")).expect("a link");
        let before = stamp("0001.yaml");
        symlink("v2", path("..next")).expect("a link");
        std::fs::rename(path("..next"), path("..data")).expect("exchanged");
        assert_ne!(stamp("0001.yaml"), before);
        std::fs::remove_file(path("v2/0001.yaml")).expect("removed");
        assert_eq!(Stamp::of(&path("0001.yaml")), None);
    }
}
