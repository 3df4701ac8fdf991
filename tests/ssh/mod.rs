//! People with keys, made and used by the real `ssh-keygen`, and the charter that names them. Shared by several test programs.
#![allow(dead_code, reason = "each test program uses its part")]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What signatures of rulebooks are for.
pub const NAMESPACE: &str = "relevo-rulebook";

/// Somebody with a key.
pub struct Person {
    pub name: String,
    /// The public key: its type and its body.
    pub public: String,
    key: PathBuf,
    _folder: TempDir,
}

impl Person {
    /// With an ed25519 key.
    pub fn new(name: &str) -> Self {
        Self::with_key(name, &["-t", "ed25519"])
    }

    /// With a key of the kind that these arguments ask `ssh-keygen` for.
    pub fn with_key(name: &str, kind: &[&str]) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the key");
        let key = folder.path().join("key");
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "made for a test", "-f"]).arg(&key).args(kind);
        run(command, b"");
        let public = std::fs::read_to_string(key.with_extension("pub")).expect("a public key");
        let public = public.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Self { name: name.into(), public, key, _folder: folder }
    }

    /// An armoured signature over these bytes, as a signer of a rulebook makes it.
    pub fn signs(&self, bytes: impl AsRef<[u8]>) -> String {
        self.signs_as(NAMESPACE, bytes.as_ref(), &[])
    }

    /// The same for another purpose, or with further arguments.
    pub fn signs_as(&self, namespace: &str, bytes: &[u8], further: &[&str]) -> String {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(&self.key).args(further);
        String::from_utf8(run(command, bytes).stdout).expect("an armoured signature")
    }

    /// Their line of `allowed_signers`.
    pub fn line(&self) -> String {
        format!("{} namespaces=\"{NAMESPACE}\" {} {}'s laptop\n", self.name, self.public, self.name)
    }

    /// The same with other options.
    pub fn line_with(&self, options: &str) -> String {
        format!("{} {options} {}\n", self.name, self.public)
    }
}

/// A charter by which one person of marketing and one of sales sign.
pub fn charter(marketing: &str, sales: &str) -> String {
    format!(
        "api: relevo/v1\nkind: Charter\nparties:\n  marketing: {{ needed: 1, signers: [{marketing}] }}\n  sales: {{ needed: 1, signers: [{sales}] }}\n"
    )
}

/// Runs a command that must end well.
pub fn run(mut command: Command, input: &[u8]) -> Output {
    use std::io::Write as _;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("ssh-keygen is installed: `tests/prerequisites.sh test` says how");
    child.stdin.take().expect("piped").write_all(input).expect("it reads what is to be signed");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
