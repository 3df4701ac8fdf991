//! A Kafka node from Maven's jars, under the supervision of `broker.sh`: a pipe to that script is all that keeps the node
//! alive, so it ends with this process, however this process ends.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::Ports;

pub struct Node {
    ports: Ports,
    /// Properties that count over the usual ones, in a file.
    more: Option<PathBuf>,
    data: PathBuf,
    supervisor: Child,
}

impl Node {
    /// Fetches the jars when they are not there yet, and starts a node with empty logs.
    pub fn start(ports: Ports, more: &[(String, String)]) -> Self {
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kafka-{}-{}", std::process::id(), ports.own));
        // Left by a run with the same process id that was killed together with its supervisor.
        let _ = std::fs::remove_dir_all(&data);
        let more = (!more.is_empty()).then(|| {
            std::fs::create_dir_all(&data).expect("the folder of its data");
            let file = data.join("more.properties");
            let lines: String = more.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            std::fs::write(&file, lines).expect("its properties are written");
            file
        });
        let supervisor = supervise(ports, &data, more.as_deref());
        Self { ports, more, data, supervisor }
    }

    pub fn stop(&mut self) {
        let mut input = self.supervisor.stdin.take().expect("a running node has its pipe");
        input.write_all(b"stop\n").expect("the supervisor reads");
        let status = self.supervisor.wait().expect("the supervisor ends");
        assert!(status.success(), "the broker's supervisor ended with {status}; see {}", self.log());
    }

    pub fn start_again(&mut self) {
        self.supervisor = supervise(self.ports, &self.data, self.more.as_deref());
    }

    /// Panics with the log's place when the supervisor has ended before the node answered.
    pub fn assert_alive(&self) {
        assert!(self.data.parent().is_some_and(Path::exists), "the folder of the tests' data is gone");
        let failed = std::fs::read_to_string(self.data.join("broker.log")).is_ok_and(|log| log.contains("FATAL"));
        assert!(!failed, "Kafka did not start; see {}", self.log());
    }

    /// Turns the bits of the last byte of the batch in which `offset` lies, in the files of a stopped node.
    pub fn damage(&self, topic: &str, partition: i32, offset: i64) {
        let (file, mut bytes) = self.segment(topic, partition);
        let (end, _) = batch_of(&bytes, offset);
        bytes[end - 1] ^= 0xff;
        std::fs::write(&file, bytes).expect("the damage is done");
    }

    /// The offset behind the batch in which `offset` lies.
    pub fn end_of_batch(&self, topic: &str, partition: i32, offset: i64) -> i64 {
        batch_of(&self.segment(topic, partition).1, offset).1 + 1
    }

    /// The first segment of a partition, which is its only one where little was written.
    fn segment(&self, topic: &str, partition: i32) -> (PathBuf, Vec<u8>) {
        let file = self.data.join(format!("log/{topic}-{partition}/00000000000000000000.log"));
        let bytes = std::fs::read(&file).expect("the partition's first segment");
        (file, bytes)
    }

    /// What it has logged so far.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.data.join("broker.log")).unwrap_or_default()).into_owned()
    }

    fn log(&self) -> String {
        self.data.join("broker.log").display().to_string()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take()); // it kills the node and removes its data
        let _ = self.supervisor.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// Where the batch ends in which `offset` lies, and its last offset. A batch begins with its first offset (8 bytes) and its length behind that
/// (4); 11 bytes on stands how far its last offset is from the first (4).
fn batch_of(segment: &[u8], offset: i64) -> (usize, i64) {
    let number = |at: usize| i32::from_be_bytes(segment[at..at + 4].try_into().expect("four bytes"));
    let mut at = 0;
    loop {
        let first = i64::from_be_bytes(segment[at..at + 8].try_into().expect("a batch that begins"));
        let end = at + 12 + usize::try_from(number(at + 8)).expect("a length");
        let last = first + i64::from(number(at + 23));
        if offset <= last {
            return (end, last);
        }
        at = end;
    }
}

fn supervise(ports: Ports, data: &Path, more: Option<&Path>) -> Child {
    Command::new(script())
        .arg("run")
        .arg(ports.own.to_string())
        .arg(data)
        .arg(libs())
        .arg(ports.said.to_string())
        .args(more)
        .env("AUTHORIZER_LOG_LEVEL", if more.is_some() { "DEBUG" } else { "WARN" })
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("broker.sh starts (is bash installed?)")
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/broker.sh")
}

/// The folder of Kafka's jars, fetched once.
fn libs() -> &'static Path {
    static LIBS: OnceLock<PathBuf> = OnceLock::new();
    LIBS.get_or_init(|| {
        let libs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kafka-libs");
        let status = Command::new(script()).arg("fetch").arg(&libs).stdin(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "Kafka's jars could not be fetched (see above)");
        libs
    })
}

/// What `broker.sh fetch kafka-libs`, typed in a folder of its own, leaves there with a Maven that does `copies`; whether it ended well.
fn fetched_with(copies: &str, before: impl Fn(&Path)) -> (bool, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    // As Maven does: a relative folder is one beside the pom.
    let maven = format!(
        "#!/bin/bash\nfor word; do case $word in -DoutputDirectory=*) to=${{word#*=}} ;; */pom.xml) pom=$word ;; esac; done\n\
         case $to in /*) ;; *) to={}/beside-the-pom/$to ;; esac\nmkdir -p \"$to\"\n[ -f \"$pom\" ] || exit 1\n{copies}\n",
        folder.path().display()
    );
    std::fs::write(bin.join("mvn"), maven).expect("a script");
    std::fs::set_permissions(bin.join("mvn"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its mode");
    before(folder.path());
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut fetch = Command::new(script());
    fetch.args(["fetch", "kafka-libs"]).current_dir(folder.path()).env("PATH", path).stdin(Stdio::null()).stderr(Stdio::null());
    let status = fetch.status().expect("broker.sh starts");
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("kafka-libs"))
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.sort();
    (status.success(), names)
}

#[test]
fn jars_are_fetched_into_the_folder_that_was_named_and_an_empty_one_is_never_whole() {
    const COPIES: &str = "touch \"$to/kafka_2.13-4.3.1.jar\"";
    let whole = (true, vec![".whole".to_owned(), "kafka_2.13-4.3.1.jar".to_owned()]);
    assert_eq!(fetched_with(COPIES, |_| {}), whole, "a relative folder");
    assert_eq!(fetched_with("true", |_| {}), (false, vec![]), "a Maven that copies nothing");
    let marked = |folder: &Path| {
        std::fs::create_dir(folder.join("kafka-libs")).expect("a folder");
        std::fs::write(folder.join("kafka-libs/.whole"), "").expect("a mark");
    };
    assert_eq!(fetched_with(COPIES, marked), whole, "a folder that was marked while it was empty");
    let there = |folder: &Path| {
        marked(folder);
        std::fs::write(folder.join("kafka-libs/kafka_2.13-4.3.1.jar"), "").expect("a jar");
    };
    assert_eq!(fetched_with("exit 1", there), whole, "what is there is not fetched again");
}
