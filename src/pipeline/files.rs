//! Small files that people put into folders, read with a bound: whatever somebody puts there, the process reads no more than it may.

use std::io::Read as _;
use std::path::Path;

use crate::rulebook::Diagnostic;

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
