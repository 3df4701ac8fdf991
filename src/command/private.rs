//! Files with personal data: only whoever made them may read them, and a file that is not whole is nowhere.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use tempfile::NamedTempFile;

/// For whoever made the file, and nobody else.
const OWNERS: u32 = 0o600;
/// What a file is called between being whole and being in its place.
const PREFIX: &str = ".relevo-";

/// Makes a file of this name, or empties the one that is there.
///
/// # Errors
/// What the operating system says.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWNERS).open(path)?;
    // One that was there keeps its mode otherwise. A device or a pipe is not ours to change.
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(OWNERS))?;
    }
    Ok(file)
}

/// A file that is put in its place when it is whole; dropped before, it is gone.
pub struct Draft {
    target: Target,
    wanted: PathBuf,
}

enum Target {
    /// It has no name yet: whatever ends the process, it is gone.
    Nameless(File),
    /// Where the file system knows no files without names; a signal that ends the process leaves it there.
    Named(NamedTempFile),
    /// A device or a pipe: nothing can be put in its place.
    Straight(File),
}

impl Draft {
    /// A draft of this file.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn of(wanted: &Path) -> io::Result<Self> {
        let target = if fs::metadata(wanted).is_ok_and(|there| !there.is_file()) {
            Target::Straight(OpenOptions::new().write(true).open(wanted)?)
        } else {
            let nameless = i32::try_from(OFlags::TMPFILE.bits()).unwrap_or_default();
            let mut options = OpenOptions::new();
            match options.write(true).mode(OWNERS).custom_flags(nameless).open(folder_of(wanted)) {
                Ok(file) => Target::Nameless(file),
                Err(_) => Target::Named(named(wanted)?),
            }
        };
        Ok(Self { target, wanted: wanted.to_owned() })
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// What the operating system says; then there is nothing in its place.
    pub fn place(self) -> io::Result<()> {
        match self.target {
            Target::Straight(mut file) => file.flush(),
            Target::Named(file) => file.persist(&self.wanted).map(drop).map_err(|error| error.error),
            Target::Nameless(file) => {
                // A link is never made over a file that is there, so it takes another name on the way.
                let by_number = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
                let on_the_way = named(&self.wanted)?.into_temp_path();
                fs::remove_file(&on_the_way)?;
                linkat(CWD, by_number.as_str(), CWD, &*on_the_way, AtFlags::SYMLINK_FOLLOW)?;
                on_the_way.persist(&self.wanted).map_err(|error| error.error)
            }
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Nameless(file) | Target::Straight(file) => file.write(bytes),
            Target::Named(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Nameless(file) | Target::Straight(file) => file.flush(),
            Target::Named(file) => file.flush(),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The library makes such files for their owner alone.
fn named(wanted: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder_of(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pii_1_a_file_is_its_owners_and_whole_or_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.ndjson");
        let is = |text: &str| {
            assert_eq!(fs::read_to_string(&path).expect("there"), text);
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, OWNERS);
            assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing else");
        };
        let write = |text: &str| {
            let mut draft = Draft::of(&path).expect("a draft");
            draft.write_all(text.as_bytes()).expect("written");
            draft
        };
        drop(write("half"));
        assert!(!path.exists());
        write("one").place().expect("placed");
        is("one");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("changed");
        drop(write("half"));
        write("two").place().expect("placed over it");
        is("two");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("changed");
        create(&path).expect("emptied").write_all(b"three").expect("written");
        is("three");
        // Where it has a name all the time.
        let mut named = Draft { target: Target::Named(named(&path).expect("made")), wanted: path.clone() };
        named.write_all(b"four").expect("written");
        named.place().expect("placed");
        is("four");
        let mut null = Draft::of(Path::new("/dev/null")).expect("a device");
        null.write_all(b"x").expect("written");
        null.place().expect("written straight");
        create(Path::new("/dev/null")).expect("a device is left as it is");
    }
}
