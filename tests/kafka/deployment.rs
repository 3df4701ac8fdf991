//! One deployment of Relevo on a broker, for one test: its topics, its folder of rulebooks, its configuration, its pods.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use relevo::contract::Timestamp;
use relevo::engine::Authority;
use relevo::rulebook::{Charter, File};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::broker::{Broker, free_ports};
use crate::process::{Process, in_order};
use crate::records::{Reader, Record, read_all};
use crate::ssh::{self, Person};
use crate::topics::{self, Topic};
use crate::wait;

/// Records wait for their topic in this many partitions of each input.
pub const INPUT_PARTITIONS: i32 = 4;
/// The most bytes of a dead letter, when Relevo is not told otherwise.
pub const DEAD_LETTER_BYTES: usize = 1_048_576;
/// The rulebook that the tests begin with.
pub const RULEBOOK: &str = include_str!("data/rulebook.yaml");
/// The roster that the tests begin with: more sellers than leads of one moment, one full soon, one away.
pub const ROSTER: &str = include_str!("data/roster.yaml");

/// The names of a deployment's topics.
pub struct Names {
    pub interactions: String,
    pub accounts: String,
    pub activities: String,
    pub intake: String,
    pub changelog: String,
    pub leads: String,
    pub follow_up: String,
    pub decisions: String,
    pub dead_letters: String,
}

impl Names {
    /// What Intake reads.
    pub fn inputs(&self) -> [&String; 3] {
        [&self.interactions, &self.accounts, &self.activities]
    }
}

/// A deployment.
pub struct Deployment {
    pub address: String,
    /// Also the prefix of the groups.
    pub application: String,
    pub names: Names,
    /// Partitions of the log.
    pub partitions: i32,
    /// How long a silent pod stays a member of its group, in ms.
    pub session_timeout_ms: u32,
    /// Further lines of the configuration, at its top level.
    pub more: String,
    pub folder: TempDir,
    /// The charters that it has had in turn, each as its two files; none: unsigned rulebooks will do.
    pub charters: Vec<(String, String)>,
}

impl Deployment {
    /// Makes the topics and the folder; nothing runs yet.
    pub fn new(broker: &Broker, test: &str, partitions: i32) -> Self {
        let application = topics::unique_prefix(test);
        let name = |topic: &str| format!("{application}.{topic}");
        let names = Names {
            interactions: name("interactions"),
            accounts: name("accounts"),
            activities: name("activities"),
            intake: name("intake"),
            changelog: name("changelog"),
            leads: name("leads"),
            follow_up: name("follow-up"),
            decisions: name("decisions"),
            dead_letters: name("dead-letters"),
        };
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the test");
        for kind in ["rulebooks", "rosters"] {
            std::fs::create_dir(folder.path().join(kind)).expect("a folder for what is agreed on");
        }
        let deployment = Self {
            address: broker.address.clone(),
            application,
            names,
            partitions,
            session_timeout_ms: 6_000,
            more: String::new(),
            folder,
            charters: Vec::new(),
        };
        deployment.create_topics();
        deployment.write_rulebook(1, RULEBOOK);
        deployment.write_roster(1, ROSTER);
        deployment
    }

    /// The same with a charter, by which these two sign for marketing and for sales; the first rulebook is signed by nobody yet.
    pub fn signed(broker: &Broker, test: &str, partitions: i32, ana: &Person, eva: &Person) -> Self {
        let mut deployment = Self::new(broker, test, partitions);
        // Nobody has signed a roster: leads go to their team's queue.
        std::fs::remove_dir_all(deployment.folder.path().join("rosters")).expect("the folder goes");
        deployment.write_charter(&ssh::charter(&ana.name, &eva.name), &(ana.line() + &eva.line()));
        deployment
    }

    /// Puts a charter in its place, as Kubernetes does: both files change with one link.
    pub fn write_charter(&mut self, charter: &str, allowed_signers: &str) {
        swap(&self.folder.path().join("charter"), &[("charter.yaml", charter), ("allowed_signers", allowed_signers)]);
        self.charters.push((charter.to_owned(), allowed_signers.to_owned()));
    }

    /// By what its rulebooks were judged, in turn.
    pub fn authorities(&self) -> Vec<Authority> {
        if self.charters.is_empty() {
            return vec![Authority { unsigned_allowed: true, ..Authority::default() }];
        }
        let authority = |(charter, signers): &(String, String)| {
            let (charter, signers) = (charter.as_bytes(), signers.as_bytes());
            let read = Charter::read(File { name: "charter.yaml", bytes: charter }, File { name: "allowed_signers", bytes: signers });
            Authority { charter: Some(Arc::new(read.expect("a charter"))), unsigned_allowed: false, ..Authority::default() }
        };
        self.charters.iter().map(authority).collect()
    }

    /// Puts signatures beside the rulebook of this revision.
    pub fn write_signatures(&self, revision: u32, signatures: &str) {
        std::fs::write(self.folder.path().join("rulebooks").join(format!("{revision:04}.sigs")), signatures).expect("written");
    }

    fn log_topic(&self) -> Topic<'_> {
        let settings = vec![
            ("message.timestamp.type", "LogAppendTime"),
            ("cleanup.policy", "delete"),
            ("retention.ms", "604800000"),
            ("segment.ms", "3600000"),
            ("max.message.bytes", "4259840"),
        ];
        Topic { name: &self.names.intake, partitions: self.partitions, settings }
    }

    /// Deletes the log, and makes one of the same name.
    pub fn remake_log(&self) {
        topics::delete(&self.address, &self.names.intake);
        topics::create(&self.address, &[self.log_topic()]);
    }

    /// The same with the changelog.
    pub fn remake_changelog(&self) {
        topics::delete(&self.address, &self.names.changelog);
        let (name, partitions) = (&self.names.changelog, self.partitions);
        topics::create(&self.address, &[Topic { name, partitions, settings: compacted() }]);
    }

    /// The same with an input.
    pub fn remake_interactions(&self) {
        topics::delete(&self.address, &self.names.interactions);
        topics::create(&self.address, &[Topic { name: &self.names.interactions, partitions: INPUT_PARTITIONS, settings: input() }]);
    }

    fn create_topics(&self) {
        let names = &self.names;
        let output = || vec![("max.message.bytes", "4194304")];
        let topic = |name, partitions, settings| Topic { name, partitions, settings };
        topics::create(
            &self.address,
            &[
                topic(&names.interactions, INPUT_PARTITIONS, input()),
                topic(&names.accounts, INPUT_PARTITIONS, compacted()),
                topic(&names.activities, INPUT_PARTITIONS, input()),
                self.log_topic(),
                topic(&names.changelog, self.partitions, compacted()),
                topic(&names.leads, 2, output()),
                topic(&names.follow_up, 2, output()),
                topic(&names.decisions, 2, output()),
                topic(&names.dead_letters, 2, vec![("max.message.bytes", "4194304"), ("retention.ms", "1209600000")]),
            ],
        );
    }

    /// Puts a rulebook into the folder, as a deployment does: whole, under its final name.
    pub fn write_rulebook(&self, revision: u32, text: &str) {
        self.write_revision("rulebooks", revision, text);
    }

    /// Puts a roster into its folder.
    pub fn write_roster(&self, revision: u32, text: &str) {
        self.write_revision("rosters", revision, text);
    }

    fn write_revision(&self, kind: &str, revision: u32, text: &str) {
        let path = self.folder.path().join(kind).join(format!("{revision:04}.yaml"));
        let draft = self.folder.path().join("draft.yaml");
        std::fs::write(&draft, text).expect("the file is written");
        std::fs::rename(draft, path).expect("the file is put in its place");
    }

    /// Writes a pod's configuration and starts it.
    pub fn start(&self, pod: &str) -> Pod {
        self.start_with(pod, &[], &[])
    }

    /// The same, with more arguments and environment variables.
    pub fn start_with(&self, pod: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Pod {
        let port = free_ports(1);
        let config = self.write_config(pod, port);
        let config = config.to_str().expect("a path in UTF-8");
        let mut all = vec!["run", "--config", config];
        all.extend(self.charters.is_empty().then_some("--allow-unsigned"));
        all.extend(arguments);
        let process = Process::start(&all, environment, &self.log(pod));
        Pod { process, port }
    }

    /// Writes a pod's configuration, and says where.
    pub fn write_config(&self, pod: &str, port: u16) -> PathBuf {
        let path = self.folder.path().join(format!("{pod}.yaml"));
        std::fs::write(&path, self.config(pod, port)).expect("the configuration is written");
        path
    }

    /// Where a pod logs.
    pub fn log(&self, pod: &str) -> PathBuf {
        self.folder.path().join(format!("{pod}.log"))
    }

    fn config(&self, pod: &str, port: u16) -> String {
        let Names { interactions, accounts, activities, intake, changelog, leads, follow_up, decisions, dead_letters } = &self.names;
        let rulebooks = self.folder.path().join("rulebooks");
        format!(
            r#"application: {application}
pod: {pod}
kafka:
  bootstrap_servers: ["{address}"]
  extra:
    session.timeout.ms: {session}
topics:
  interactions: {interactions}
  accounts: {accounts}
  activities: {activities}
  intake: {intake}
  changelog: {changelog}
  leads: {leads}
  follow_up: {follow_up}
  decisions: {decisions}
  dead_letters: {dead_letters}
partitions: {partitions}
rulebook:
  folder: {rulebooks}
  rosters: {rosters}
  charter: {charter}
http:
  listen: 127.0.0.1:{port}
log:
  format: human
  filter: info
{more}"#,
            application = self.application,
            address = self.address,
            session = self.session_timeout_ms,
            partitions = self.partitions,
            rulebooks = rulebooks.display(),
            rosters = rulebooks.with_file_name("rosters").display(),
            charter = self.folder.path().join("charter/charter.yaml").display(),
            more = self.more,
        )
    }

    /// The group of a stage.
    pub fn group(&self, stage: &str) -> String {
        format!("{}-{stage}", self.application)
    }

    /// How far Decide has committed in each partition of the log.
    pub fn decided(&self) -> Option<Vec<i64>> {
        let committed = topics::committed(&self.address, &self.group("decide"), &self.names.intake, self.partitions)?;
        committed.into_iter().collect()
    }

    /// How far Intake has committed in each partition of an input.
    pub fn taken_in(&self, topic: &str) -> Option<Vec<Option<i64>>> {
        topics::committed(&self.address, &self.group("intake"), topic, INPUT_PARTITIONS)
    }

    /// Waits until everything that lies in the inputs now has been taken in and decided.
    pub fn await_settled(&self, limit_seconds: u64) {
        for topic in self.names.inputs() {
            let ends = topics::ends(&self.address, topic, INPUT_PARTITIONS, "read_committed");
            wait::until(&format!("Intake reads {topic} to {ends:?}, it has {:?}", self.taken_in(topic)), limit_seconds, || {
                let reached = |(offset, end): (Option<i64>, &i64)| *end == 0 || offset.is_some_and(|offset| offset >= *end);
                self.taken_in(topic).is_some_and(|offsets| offsets.into_iter().zip(&ends).all(reached))
            });
        }
        let ends = topics::ends(&self.address, &self.names.intake, self.partitions, "read_committed");
        wait::until(&format!("Decide folds the log to {ends:?}, it has {:?}", self.decided()), limit_seconds, || {
            self.decided().is_some_and(|offsets| offsets.iter().zip(&ends).all(|(offset, end)| offset >= end))
        });
    }

    /// Waits until a rulebook of this revision is in force in every partition.
    pub fn await_law(&self, revision: u32, limit_seconds: u64) {
        // While the log grows, so no waiting for open transactions here.
        let mut reader = Reader::from_start(&self.address, &self.names.intake, self.partitions);
        let mut law_at = BTreeMap::new();
        wait::until(&format!("revision {revision} is law in every partition"), limit_seconds, || {
            for record in reader.up_to_now() {
                let is_law = record.header("ce_type") == Some("relevo.log.policy_in_force.v1");
                if is_law && record.json()["revision"].as_u64() == Some(revision.into()) {
                    law_at.insert(record.partition, record.offset);
                }
            }
            let Some(decided) = self.decided() else { return false };
            (0..).zip(decided).all(|(partition, decided)| law_at.get(&partition).is_some_and(|at| *at < decided))
        });
    }

    /// Waits until every partition of the log has moved on from where it is now. Time passes on the log by itself, so it
    /// needs no load.
    pub fn await_progress(&self, limit_seconds: u64) {
        let moves_on = self.moves_on();
        wait::until("every partition moves on", limit_seconds, moves_on);
    }

    /// Whether every partition of the log moves on from where it is now within the time.
    pub fn moves_on_within(&self, limit_seconds: u64) -> bool {
        let moves_on = self.moves_on();
        wait::holds_within(limit_seconds, moves_on)
    }

    /// Whether every partition of the log has moved on since this was asked first.
    fn moves_on(&self) -> impl FnMut() -> bool {
        let mut from = None;
        move || {
            let now = self.decided();
            let moved = |from: &Vec<i64>| now.as_ref().is_some_and(|now| now.iter().zip(from).all(|(now, from)| now > from));
            let done = from.as_ref().is_some_and(moved);
            from = from.take().or(now);
            done
        }
    }

    /// Asks the pods to end, and sees them end in order.
    pub fn stop_in_order(&self, pods: &mut [Pod]) {
        pods.iter_mut().for_each(|pod| pod.process.signal(libc::SIGTERM));
        for pod in pods {
            let status = pod.process.await_end(40);
            assert!(in_order(status), "{status}:\n{}", pod.process.printed());
        }
    }

    /// Everything that a careful reader sees of a topic.
    pub fn read(&self, topic: &str, partitions: i32) -> Vec<Vec<Record>> {
        read_all(&self.address, topic, partitions)
    }

    /// The committed inputs of a topic.
    pub fn inputs(&self, topic: &str) -> Vec<Vec<Record>> {
        self.read(topic, INPUT_PARTITIONS)
    }

    /// An output of all partitions, by partition.
    pub fn output(&self, topic: &str) -> Vec<Vec<Record>> {
        self.read(topic, 2)
    }
}

/// Inputs take what Relevo itself would refuse: 2 MiB is its business, not the broker's.
fn input() -> Vec<(&'static str, &'static str)> {
    vec![("max.message.bytes", "4194304")]
}

fn compacted() -> Vec<(&'static str, &'static str)> {
    vec![
        ("cleanup.policy", "compact"),
        ("max.compaction.lag.ms", "86400000"),
        ("segment.bytes", "33554432"),
        ("min.cleanable.dirty.ratio", "0.1"),
        ("max.message.bytes", "4194304"),
    ]
}

impl Drop for Deployment {
    /// Leaves configurations and logs to whoever looks into a failure.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("the pods' configurations and logs are in {}", self.folder.path().display());
        }
    }
}

/// A process of the deployment.
pub struct Pod {
    pub process: Process,
    /// Where it answers probes and shows its metrics, on the loopback.
    pub port: u16,
}

impl Pod {
    /// The body of a page, whatever its status.
    pub fn page(&self, path: &str) -> Option<String> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(5))).build().into();
        agent.get(format!("http://127.0.0.1:{}{path}", self.port)).call().ok()?.body_mut().read_to_string().ok()
    }

    /// The sum of a metric's samples whose labels contain `label`.
    pub fn metric(&self, name: &str, label: &str) -> f64 {
        let page = self.page("/metrics").unwrap_or_default();
        let samples =
            page.lines().filter(|line| line.starts_with(name) && line[name.len()..].starts_with(['{', ' ']) && line.contains(label));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// Fills a folder as Kubernetes fills one from a ConfigMap: the files are links through `..data`, which is exchanged whole.
pub fn swap(folder: &Path, files: &[(&str, &str)]) {
    use std::os::unix::fs::symlink;
    let version = (0..).map(|number| format!("..version-{number}")).find(|name| !folder.join(name).exists()).expect("there are numbers");
    std::fs::create_dir_all(folder.join(&version)).expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.join(&version).join(name), text).expect("written");
    }
    symlink(&version, folder.join("..data_tmp")).expect("a link");
    std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).expect("exchanged");
    for (name, _) in files {
        if folder.join(name).symlink_metadata().is_err() {
            symlink(Path::new("..data").join(name), folder.join(name)).expect("a link");
        }
    }
    // Links to files that are gone go too.
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        if !entry.file_name().to_string_lossy().starts_with("..") && !entry.path().exists() {
            std::fs::remove_file(entry.path()).expect("removed");
        }
    }
}

/// The digest by which a rulebook's file is known.
pub fn digest(text: &str) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
}

/// A text of revision 1 as the second one of its chain, dated as of an hour ago.
pub fn second(first: &str, text: &str) -> String {
    static HOUR: LazyLock<Timestamp> = LazyLock::new(|| now().plus_ms(-3_600_000));
    dated(&text.replace("revision: 1\n", &format!("revision: 2\nprevious: {}\n", digest(first))), *HOUR)
}

/// The same text, to take force from another instant on.
pub fn dated(text: &str, from: Timestamp) -> String {
    let line = text.lines().find(|line| line.starts_with("effective_from: ")).expect("a date");
    text.replacen(line, &format!("effective_from: {from}"), 1)
}

pub fn now() -> Timestamp {
    Timestamp::from_ms(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as i64)
}

/// The next revision of [`ROSTER`]: somebody leaves, and the one who was away is back.
pub fn second_roster() -> String {
    let away = "olga: { absences: [{ from: 2026-01-01, until: 2099-12-31 }] }";
    second(ROSTER, &ROSTER.replace(away, "olga: {}").replace("      marta: { weight: 3 }\n", ""))
}

/// The next revision of [`RULEBOOK`]: chained to it, and asking for more.
pub fn second_rulebook() -> String {
    second(RULEBOOK, RULEBOOK).replace("threshold: 50\n", "threshold: 75\n")
}
