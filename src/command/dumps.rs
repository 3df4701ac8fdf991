//! No core dumps: a process that crashed would leave names, phones and the password of Kafka on a disk, or hand them to whatever the
//! machine's `core_pattern` names.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids them for this process, which also keeps other processes of the same user from reading its memory.
///
/// # Errors
/// What the operating system says; the process goes on as it is.
pub fn forbid() -> io::Result<()> {
    let no_file = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // The limit alone does not count where `core_pattern` is a program.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(no_file?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pii_1_a_crash_leaves_no_memory_behind() {
        forbid().expect("forbidden");
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(rustix::process::dumpable_behavior().expect("told"), rustix::process::DumpableBehavior::NotDumpable);
        // Nothing that was allowed is lost: the process still opens its own files by number.
        assert!(std::fs::read_dir("/proc/self/fd").is_ok());
    }
}
