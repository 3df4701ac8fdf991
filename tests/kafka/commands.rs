//! The commands that ask a cluster: what they make, what they find wrong with it, and what they show of it.

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use tempfile::TempDir;

use crate::broker::Broker;
use crate::deployment::RULEBOOK;
use crate::process::Process;
use crate::records::{Outgoing, Sender};
use crate::ssh::{self, Person};
use crate::topics::{self, Topic};

/// A deployment that nobody has prepared yet: a configuration and a rulebook.
struct Unprepared {
    address: String,
    prefix: String,
    folder: TempDir,
}

/// How a call ended, and what it printed.
struct Ended {
    status: i32,
    printed: String,
}

impl Ended {
    #[track_caller]
    fn assert(&self, status: i32, said: &[&str], unsaid: &[&str]) {
        assert_eq!(self.status, status, "{}", self.printed);
        for words in said {
            assert!(self.printed.contains(words), "no {words:?} in\n{}", self.printed);
        }
        for words in unsaid {
            assert!(!self.printed.contains(words), "{words:?} in\n{}", self.printed);
        }
    }
}

impl Unprepared {
    fn new(test: &str) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the test");
        std::fs::create_dir(folder.path().join("rulebooks")).expect("a folder for rulebooks");
        let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
        for (name, text) in [
            ("rulebooks/0001.yaml", RULEBOOK.to_owned()),
            ("rulebooks/0001.sigs", ana.signs(RULEBOOK) + &eva.signs(RULEBOOK)),
            ("charter.yaml", ssh::charter(&ana.name, &eva.name)),
            ("allowed_signers", ana.line() + &eva.line()),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file of the agreement");
        }
        let one = Self { address: Broker::shared().address.clone(), prefix: topics::unique_prefix(test), folder };
        let names = ["interactions", "accounts", "intake", "changelog", "leads", "follow_up", "decisions", "dead_letters"];
        let topics: String = names.iter().map(|name| format!("  {name}: {}\n", one.topic(name))).collect();
        let text = format!(
            "application: {}\npod: pod-0\npartitions: 3\nkafka:\n  bootstrap_servers: [\"{}\"]\nrulebook:\n  folder: {}\n  charter: {}\ntopics:\n{topics}",
            one.prefix,
            one.address,
            one.folder.path().join("rulebooks").display(),
            one.folder.path().join("charter.yaml").display(),
        );
        std::fs::write(one.folder.path().join("relevo.yaml"), text).expect("a configuration");
        one
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// Calls a command and waits for its end.
    fn call(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let config = self.folder.path().join("relevo.yaml");
        let log = self.folder.path().join("printed");
        let _ = std::fs::remove_file(&log); // there is none before the first call
        let mut all = arguments.to_vec();
        all.extend(["--config", config.to_str().expect("a path in UTF-8")]);
        let mut process = Process::start(&all, environment, &log);
        let status = process.await_end(60).code().expect("no signal ended it");
        Ended { status, printed: process.printed() }
    }

    fn set(&self, topic: &str, settings: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = topics::client(&self.address).create().expect("an administrator");
        let name = self.topic(topic);
        let resource = ResourceSpecifier::Topic(&name);
        let change = settings.iter().fold(AlterConfig::new(resource), |change, (name, value)| change.set(name, value));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let results = runtime.block_on(admin.alter_configs(&[change], &AdminOptions::new())).expect("the broker answers");
        for result in results {
            result.expect("a topic's settings are changed");
        }
    }
}

#[test]
fn what_topics_makes_is_fit_by_check() {
    let one = Unprepared::new("commands-create");
    one.call(&["topics"], &[]).assert(0, &["8 topics are missing", "relevo topics --create"], &[]);
    let names: Vec<String> = ["interactions", "changelog", "leads"].iter().map(|name| one.topic(name)).collect();
    let missing: Vec<String> = names.iter().map(|name| format!("topic `{name}` does not exist")).collect();
    let mut said: Vec<&str> = missing.iter().map(String::as_str).collect();
    said.extend(["RLV-3011", "FAIL", "what to do:", "8 problems to solve first"]);
    one.call(&["check"], &[]).assert(78, &said, &[]);
    one.call(&["topics", "--create"], &[]).assert(0, &["with 3 partitions", "Every topic is there and as it should be."], &["missing"]);
    one.call(&["topics", "--create"], &[]).assert(0, &["Nothing is missing"], &["made "]);
    let said = ["Fit to run.", "transactions", "revision 1", "1 of 1 of marketing and 1 of 1 of sales must sign"];
    one.call(&["check"], &[]).assert(0, &said, &["FAIL", "warn", "RLV-"]);
    // Who has to sign, and who has.
    std::fs::remove_file(one.folder.path().join("rulebooks/0001.sigs")).expect("removed");
    one.call(&["check"], &[]).assert(0, &["warning RLV-2103", "party `sales` has 0 of 1 signatures", "with 2 warnings"], &["FAIL"]);
    std::fs::remove_file(one.folder.path().join("charter.yaml")).expect("removed");
    one.call(&["check"], &[]).assert(78, &["error RLV-3007", "charter.yaml"], &[]);
    let unsigned = [("RELEVO__RULEBOOK__ALLOW_UNSIGNED", "true")];
    one.call(&["check"], &unsigned).assert(0, &["warning RLV-3007", "unsigned rulebooks will do"], &["FAIL"]);
}

#[test]
fn check_finds_whatever_does_not_fit() {
    let one = Unprepared::new("commands-check");
    one.call(&["topics", "--create"], &[]).assert(0, &[], &[]);
    // Another number of partitions would orphan state.
    one.call(&["check"], &[("RELEVO__PARTITIONS", "4")]).assert(78, &["RLV-3012", "has 3 partitions, and `partitions` is 4"], &[]);
    one.call(&["check"], &[("RELEVO__TOPICS__DECISIONS", "nowhere")]).assert(78, &["RLV-3011", "nowhere"], &["RLV-3012"]);
    // Records larger than the log takes.
    one.call(&["check"], &[("RELEVO__INPUTS__MAX_BYTES", "4194304")]).assert(78, &["RLV-3015", "4259840"], &[]);
    let warned = one.call(&["check"], &[("RELEVO__ROUTES__ALLOWED_TOPICS", "no-copies")]);
    warned.assert(0, &["warning RLV-3020", "Fit to run, with 1 warning."], &["FAIL"]);

    one.set("changelog", &[("cleanup.policy", "compact,delete"), ("max.message.bytes", "1048576")]);
    one.set("decisions", &[("cleanup.policy", "compact")]);
    one.set("intake", &[("cleanup.policy", "delete"), ("max.message.bytes", "1114112"), ("retention.ms", "3600000")]);
    let changelog = format!("`cleanup.policy` of topic `{}` is compact,delete, and must be compact", one.topic("changelog"));
    let said =
        ["error RLV-3013", &changelog, "error RLV-3014", "warning RLV-3013", "warning RLV-3018", "kafka-configs.sh", "with 2 warnings"];
    one.call(&["check"], &[]).assert(78, &said, &["RLV-3012"]);
    // The service does not start on it either.
    one.call(&["run", "--allow-unsigned"], &[("RELEVO__HTTP__LISTEN", "127.0.0.1:0")]).assert(78, &["RLV-3013", "RLV-3014"], &[]);

    std::fs::write(one.folder.path().join("rulebooks/0002.yaml"), "api: relevo/v2\n").expect("a rulebook");
    one.call(&["check"], &[]).assert(78, &["0002.yaml, line 1", "RLV-2"], &[]);
}

#[test]
fn pii_1_dead_letters_are_listed_without_the_records() {
    let one = Unprepared::new("commands-dead");
    let topic = one.topic("dead_letters");
    topics::create(&one.address, &[Topic { name: &topic, partitions: 2, settings: vec![] }]);
    one.call(&["dead-letters", "list"], &[]).assert(0, &["No dead letters", "--since 14d"], &[]);
    let letter = |partition: i32, source: &str, code: &str| Outgoing {
        partition: Some(partition),
        key: Some(source.into()),
        value: Some("{\"person\":{\"name\":\"Ana Secreta\"".into()),
        headers: vec![
            ("relevo_error_code".to_owned(), code.into()),
            ("relevo_attempt".to_owned(), "1".into()),
            ("__streams.errors.message".to_owned(), "not JSON (line 1 column 31)".into()),
        ],
    };
    Sender::plain(&one.address).send_all(&topic, &[letter(0, "in.v1-0-7", "RLV-1002"), letter(1, "in.v1-1-8", "RLV-1003")]);
    let row = ["in.v1-0-7", "line 1 column 31", "2 dead letters since", "1 × RLV-1002"];
    one.call(&["dead-letters", "list"], &[]).assert(0, &row, &["Secreta"]);
    one.call(&["dead-letters", "list", "--code", "1003"], &[]).assert(0, &["in.v1-1-8", "1 dead letter since"], &["in.v1-0-7"]);
    one.call(&["dead-letters", "list", "--limit", "1"], &[]).assert(0, &["The newest 1 of 2"], &[]);
    one.call(&["dead-letters", "list", "--since", "2999-01-01T00:00:00Z"], &[]).assert(0, &["No dead letters"], &["in.v1"]);
    let shown = one.call(&["dead-letters", "list", "--show-payload"], &[]);
    shown.assert(0, &["warning: what follows are original records", "Ana Secreta"], &[]);
}
