//! The revisions of a folder: which of its files are looked at. Whatever somebody puts there, no more is read than a bound allows, and what is
//! left out is said.
//!
//! This file refuses to know what a revision says: of each file it reads the number in its first lines, and that only in a crowded folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use crate::rulebook::compiled::MAX_FILE_BYTES;

/// The most files of a folder that are looked at, and the most bytes of all of them: revisions accumulate, and the last ones count.
const MAX_FILES: usize = 1_000;
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// In the first bytes of a file stands its number.
const HEAD_BYTES: usize = 4 * 1024;

/// What a folder has.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its files, in the order of their names.
    pub files: Vec<PathBuf>,
    /// How many more there are: those with the lowest revisions, and what is none.
    pub left_out: usize,
}

/// The folder's revisions: `*.yaml` and `*.yml`, hidden ones left out (a ConfigMap's own links are hidden).
///
/// # Errors
/// The folder can't be read.
pub fn list(folder: &Path) -> std::io::Result<Listed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
    let all = found.len();
    let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len().min(MAX_FILE_BYTES as u64));
    if all > MAX_FILES || found.iter().map(|path| size(path)).sum::<u64>() > MAX_BYTES {
        found.sort_by_cached_key(|path| std::cmp::Reverse((revision(path), path.clone())));
        let mut bytes = 0;
        let room = |path: &&PathBuf| {
            bytes += size(path);
            bytes <= MAX_BYTES
        };
        let kept = found.iter().take(MAX_FILES).take_while(room).count();
        found.truncate(kept);
    }
    found.sort();
    Ok(Listed { left_out: all - found.len(), files: found })
}

/// The number that a file says it has; none where it says none.
fn revision(path: &Path) -> Option<u32> {
    let head = files::read(path, HEAD_BYTES).ok()?;
    let line = head.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"revision:"))?;
    let digits: Vec<u8> = line.trim_ascii().iter().copied().take_while(u8::is_ascii_digit).collect();
    str::from_utf8(&digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_folder_keeps_its_highest_revisions_whatever_the_files_are_called() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        for number in 0..MAX_FILES {
            write(&format!("zz{number:04}.yaml"), "kind: Rulebook\n");
        }
        write("0001.yaml", "api: relevo/v1\nrevision: 1 # the first\n");
        write("0012.yml", "revision: 12\n");
        write("0012.sigs", "");
        write(".hidden.yaml", "revision: 99\n");
        let listed = list(folder.path()).expect("it can be read");
        assert_eq!((listed.files.len(), listed.left_out), (MAX_FILES, 2));
        let names: Vec<String> = listed.files.iter().take(3).map(|path| files::name(path)).collect();
        assert_eq!(names, ["0001.yaml", "0012.yml", "zz0002.yaml"]);
        // And not more bytes than there is room for: 256 files of a quarter of a megabyte.
        for number in 0..MAX_FILES {
            let file = fs::File::options().write(true).open(folder.path().join(format!("zz{number:04}.yaml"))).expect("a file");
            file.set_len(100 * 1024 * 1024).expect("a sparse file");
        }
        let listed = list(folder.path()).expect("it can be read");
        assert_eq!((listed.files.len(), listed.left_out), (257, MAX_FILES + 2 - 257));
        assert_eq!(files::name(&listed.files[0]), "0001.yaml");
    }
}
