//! A `relevo` process under test: started, stopped, killed, frozen, and never left behind.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::wait;

/// How much of a log is shown when a test has failed.
const LAST_LINES: usize = 25;

/// A running (or ended) process and what it printed.
pub struct Process {
    child: Child,
    log: PathBuf,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Starts the binary under test with its output in the file `log` (continued if it is there).
    ///
    /// On Linux the process dies with the *thread* that called this, so call it from a thread that lives as long as the test.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)], log: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relevo"));
        command.args(arguments).envs(environment.iter().copied());
        Self::begin(command, log)
    }

    /// The same for any command.
    pub fn begin(mut command: Command, log: &Path) -> Self {
        let output = File::options().create(true).append(true).open(log).expect("the log can be written");
        command.stdin(Stdio::null()).stdout(output.try_clone().expect("a second handle")).stderr(output);
        #[cfg(target_os = "linux")]
        // SAFETY: prctl is async-signal-safe, and touches nothing of this process.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        Self { child: command.spawn().expect("it starts"), log: log.to_owned(), exit: None }
    }

    /// Sends a signal, if it still runs.
    pub fn signal(&mut self, signal: i32) {
        if !self.has_ended() {
            // SAFETY: the id is that of a child which has not been waited for, so it is not anybody else's.
            unsafe { libc::kill(self.child.id() as i32, signal) };
        }
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        self.await_end(20);
    }

    /// Asks it to end, as a deployment does, and tells how it did.
    pub fn terminate(&mut self, limit_seconds: u64) -> ExitStatus {
        self.signal(libc::SIGTERM);
        self.await_end(limit_seconds)
    }

    /// Waits until it ends by itself.
    pub fn await_end(&mut self, limit_seconds: u64) -> ExitStatus {
        let log = self.log.clone();
        wait::until(&format!("the process ends; its log is {}", log.display()), limit_seconds, || self.has_ended());
        self.exit.expect("just seen")
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().expect("the child is ours");
        }
        self.exit.is_some()
    }

    /// Everything that it, and those before it with the same log, printed.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let printed = self.printed();
            let lines: Vec<&str> = printed.lines().collect();
            eprintln!("{} ends with:\n{}", self.log.display(), lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"));
        }
        if !self.has_ended() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whether an exit was in order: status 0, by no signal.
pub fn in_order(status: ExitStatus) -> bool {
    status.code() == Some(0) && status.signal().is_none()
}
