//! One call of the binary under test, in a folder and an environment of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use relevo::contract::unseen::is_obeyed;
use tempfile::TempDir;

/// What a call printed, and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Fails unless the call ended with this status and its error output contains each part.
    #[track_caller]
    pub fn assert(&self, status: i32, parts: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{self:#?}");
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} in\n{}", self.err);
        }
        self
    }
}

/// A folder to call the binary in: no configuration of the developer's own is found there.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the test") }
    }

    /// A file in the folder.
    pub fn with(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("made");
        std::fs::write(path, text).expect("written");
        self
    }

    /// A call that is not made yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), arguments)
    }

    /// Calls the binary and waits.
    pub fn call(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let output = self.command(arguments).envs(environment.iter().copied()).output().expect("the binary starts");
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("text in UTF-8");
            // Whatever a test brings in, a terminal obeys nothing of what comes out.
            let obeyed = text.chars().find(|letter| is_obeyed(*letter) && !matches!(letter, '\n' | '\t'));
            assert!(obeyed.is_none(), "{arguments:?} printed {obeyed:?} in\n{text:?}");
            text
        };
        Ended { status: output.status.code().expect("no signal ended it"), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Calls the binary in an empty folder.
pub fn relevo(arguments: &[&str]) -> Ended {
    Place::new().call(arguments, &[])
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relevo"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RELEVO") {
            command.env_remove(name);
        }
    }
    command
}
