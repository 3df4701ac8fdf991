//! The least rights, on a real Kafka with access rules: the service, its tools, producers and consumers work with exactly what `relevo topics
//! --acls` prints; each right of it was what a decision of the cluster rested on; and without any one of them something is said.
//!
//! The rules are made of the printed commands. Whoever has one right less is a user of their own, so all are asked side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::sync::Mutex;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka_sys as sys;
use relevo::command::topics::access::{Role, grants};
use relevo::config::Settings;

use crate::broker::{Broker, free_ports};
use crate::deployment::{Deployment, INPUT_PARTITIONS, Pod};
use crate::process::Process;
use crate::records::Sender;
use crate::sellers::Sellers;
use crate::topics;
use crate::wait;
use crate::workload::{Workload, account, poisons};

/// Everybody's password.
const PASSWORD: &str = "of-everybody";
/// What readers that belong to no group call theirs.
const NO_GROUPS: [&str; 2] = ["Group:LITERAL:relevo-admin ", "Group:LITERAL:relevo-reader "];
/// Whose rule is given last.
const LAST: &str = "operator-31";
/// More than anybody has rights.
const MOST_RIGHTS: usize = 32;
/// Whose rights `check` judges.
const CHECKED: [&str; 4] = ["intake", "decide", "operator", "recovery"];
/// How many are asked at once: each mostly waits.
const AT_ONCE: usize = 8;

/// One rule: what somebody may do with something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    kind: &'static str,
    name: String,
    prefixed: bool,
    operation: String,
}

impl Rule {
    /// As the authorizer's record names the operation and the resource on which it decided.
    fn recorded(&self) -> (String, String) {
        let operation = match self.operation.as_str() {
            "DescribeConfigs" => "DESCRIBE_CONFIGS".to_owned(),
            other => other.to_ascii_uppercase(),
        };
        (operation, self.name.clone())
    }
}

/// The rules of each user, as the printed commands give them.
fn printed_rules(commands: &str) -> BTreeMap<String, BTreeSet<Rule>> {
    let mut rules = BTreeMap::<String, BTreeSet<Rule>>::new();
    for line in commands.lines().filter(|line| line.starts_with("kafka-acls.sh ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |option: &str| words.iter().position(|word| *word == option).map(|at| words[at + 1]);
        let user = after("--allow-principal").and_then(|name| name.strip_prefix("'User:")?.strip_suffix('\'')).expect("a user");
        let resource = [("Topic", "--topic"), ("Group", "--group"), ("TransactionalId", "--transactional-id")];
        let (kind, name) = resource.iter().find_map(|(kind, option)| Some((*kind, after(option)?))).expect("a resource");
        let operations = words.windows(2).filter(|pair| pair[0] == "--operation").map(|pair| pair[1].to_owned());
        let prefixed = after("--resource-pattern-type") == Some("prefixed");
        rules.entry(user.to_owned()).or_default().extend(operations.map(|operation| Rule {
            kind,
            name: name.to_owned(),
            prefixed,
            operation,
        }));
    }
    rules
}

/// Somebody who has all rights of a part but one.
struct Lacking {
    user: String,
    /// Of whose rights.
    role: String,
    rule: Rule,
}

/// Gives these rights, in one request.
fn give(address: &str, rules: &[(String, Rule)]) {
    let client: BaseProducer = topics::client(address).create().expect("a client");
    let handle = client.client().native_ptr();
    let text = |text: &str| CString::new(text).expect("no zero byte");
    let mut bindings: Vec<*mut sys::rd_kafka_AclBinding_t> = rules
        .iter()
        .map(|(user, rule)| {
            use sys::rd_kafka_AclOperation_t as Operation;
            use sys::rd_kafka_ResourcePatternType_t as Pattern;
            use sys::rd_kafka_ResourceType_t as Kind;
            let kind = match rule.kind {
                "Topic" => Kind::RD_KAFKA_RESOURCE_TOPIC,
                "Group" => Kind::RD_KAFKA_RESOURCE_GROUP,
                _ => Kind::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
            };
            let operation = match rule.operation.as_str() {
                "Read" => Operation::RD_KAFKA_ACL_OPERATION_READ,
                "Write" => Operation::RD_KAFKA_ACL_OPERATION_WRITE,
                "Describe" => Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE,
                "DescribeConfigs" => Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
                other => panic!("{other} is no right that Relevo needs"),
            };
            let pattern =
                if rule.prefixed { Pattern::RD_KAFKA_RESOURCE_PATTERN_PREFIXED } else { Pattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL };
            let allow = sys::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW;
            let (name, principal, host) = (text(&rule.name), text(&format!("User:{user}")), text("*"));
            let mut words = [0; 256];
            // SAFETY: the texts live until they are copied, and `words` is as long as is said.
            unsafe {
                let (name, principal, host) = (name.as_ptr(), principal.as_ptr(), host.as_ptr());
                sys::rd_kafka_AclBinding_new(kind, name, pattern, principal, host, operation, allow, words.as_mut_ptr(), words.len())
            }
        })
        .collect();
    assert!(bindings.iter().all(|binding| !binding.is_null()));
    // SAFETY: the client outlives what is made of it; each binding, the queue and the event are ours, and destroyed once.
    unsafe {
        let queue = sys::rd_kafka_queue_new(handle);
        sys::rd_kafka_CreateAcls(handle, bindings.as_mut_ptr(), bindings.len(), std::ptr::null(), queue);
        let event = sys::rd_kafka_queue_poll(queue, 30_000);
        assert!(!event.is_null(), "no answer to new access rules");
        assert_eq!(sys::rd_kafka_event_error(event), sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
        let mut count = 0;
        let results = sys::rd_kafka_CreateAcls_result_acls(sys::rd_kafka_event_CreateAcls_result(event), &mut count);
        assert_eq!(count, bindings.len());
        assert!((0..count).all(|index| sys::rd_kafka_acl_result_error(*results.add(index)).is_null()), "a rule is refused");
        sys::rd_kafka_event_destroy(event);
        sys::rd_kafka_queue_destroy(queue);
        bindings.iter().for_each(|binding| sys::rd_kafka_AclBinding_destroy(*binding));
    }
}

/// Somebody's clients, commands and pods at the guarded address.
struct Guarded<'d> {
    deployment: &'d Deployment,
    address: String,
    config: String,
    password: String,
}

impl<'d> Guarded<'d> {
    fn new(deployment: &'d Deployment, address: String) -> Self {
        let path = |path: std::path::PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
        let password = deployment.folder.path().join("password");
        std::fs::write(&password, PASSWORD).expect("written");
        Self { deployment, address, config: path(deployment.write_config("by-hand", free_ports(1))), password: path(password) }
    }

    fn environment(&self, user: &str) -> Vec<(&'static str, String)> {
        vec![
            ("RELEVO__RULEBOOK__ALLOW_UNSIGNED", "true".to_owned()),
            ("RELEVO__KAFKA__PRINCIPALS__INTAKE", "User:intake".to_owned()),
            ("RELEVO__KAFKA__PRINCIPALS__DECIDE", "User:decide".to_owned()),
            ("RELEVO__KAFKA__PRINCIPALS__OPERATOR", "User:operator".to_owned()),
            ("RELEVO__KAFKA__PRINCIPALS__RECOVERY", "User:recovery".to_owned()),
            ("RELEVO__KAFKA__BOOTSTRAP_SERVERS", self.address.clone()),
            ("RELEVO__KAFKA__SECURITY_PROTOCOL", "sasl_plaintext".to_owned()),
            ("RELEVO__KAFKA__SASL__MECHANISM", "PLAIN".to_owned()),
            ("RELEVO__KAFKA__SASL__USERNAME", user.to_owned()),
            ("RELEVO__KAFKA__SASL__PASSWORD_FILE", self.password.clone()),
        ]
    }

    /// Calls a command as a user: how it ended, and what it printed.
    fn call(&self, user: &str, arguments: &[&str]) -> (i32, String) {
        let environment = self.environment(user);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let log = self.deployment.folder.path().join(format!("printed-{user}"));
        let _ = std::fs::remove_file(&log); // there is none before the first call
        let mut all = arguments.to_vec();
        all.extend(["--config", &self.config]);
        let mut process = Process::start(&all, &environment, &log);
        let status = process.await_end(60).code().expect("no signal ended it");
        (status, process.printed())
    }

    fn start(&self, user: &str, pod: &str, stage: &str) -> Pod {
        let environment = self.environment(user);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.deployment.start_with(pod, &["--stage", stage], &environment)
    }

    fn client(&self, user: &str) -> ClientConfig {
        let mut config = topics::client(&self.address);
        config.set("security.protocol", "sasl_plaintext").set("sasl.mechanism", "PLAIN");
        config.set("sasl.username", user).set("sasl.password", PASSWORD).set("log_level", "0");
        config
    }

    /// Who writes inputs, and which.
    fn writers(&self) -> [(String, &'d String); 3] {
        let names = &self.deployment.names;
        [("interactions", &names.interactions), ("accounts", &names.accounts), ("activities", &names.activities)]
            .map(|(of, topic)| (format!("{of}-writer"), topic))
    }

    /// Who reads outputs, and which.
    fn readers(&self) -> [(String, &'d String); 4] {
        let names = &self.deployment.names;
        [("leads", &names.leads), ("follow-up", &names.follow_up), ("decisions", &names.decisions), ("dead-letters", &names.dead_letters)]
            .map(|(of, topic)| (format!("{of}-reader"), topic))
    }

    /// Whether a topic is shown to this user.
    fn sees(&self, user: &str, topic: &str) -> bool {
        let consumer: BaseConsumer = self.client(user).create().expect("a client");
        let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).expect("an answer");
        metadata.topics().iter().any(|topic| topic.error().is_none() && !topic.partitions().is_empty())
    }

    /// Whether a producer of this user can write a topic.
    fn writes(&self, user: &str, topic: &str) -> bool {
        let producer: BaseProducer = self.client(user).set("enable.idempotence", "true").create().expect("a producer");
        let ends = || topics::ends(&self.deployment.address, topic, INPUT_PARTITIONS, "read_uncommitted").into_iter().sum::<i64>();
        let before = ends();
        // Refused at once, or when the client has asked the broker.
        let taken = producer.send(BaseRecord::<[u8], [u8]>::to(topic).partition(0).key(b"k").payload(b"{}")).is_ok();
        let flushed = producer.flush(Duration::from_secs(20)).is_ok();
        taken && flushed && ends() > before
    }

    /// Whether a member of a group can read a topic: a record, or a refusal.
    fn reads(&self, user: &str, topic: &str, group: &str) -> bool {
        let consumer: BaseConsumer =
            self.client(user).set("group.id", group).set("auto.offset.reset", "earliest").create().expect("a consumer");
        consumer.subscribe(&[topic]).expect("a topic");
        wait::until_some(&format!("{user} reads {topic}, or is refused"), 30, || match consumer.poll(Duration::from_millis(100))? {
            Ok(_) => Some(true),
            Err(error) => {
                // Others pass: a coordinator that is not there yet.
                error.to_string().contains("AuthorizationFailed").then_some(false)
            }
        })
    }

    /// Without one right `check` names it by a code, with what it is about; a producer or a consumer is refused.
    fn says_what_is_missing(&self, one: &Lacking) {
        let Lacking { user, role, rule } = one;
        if let Some((_, topic)) = self.writers().into_iter().find(|(writer, _)| writer == role) {
            assert!(!self.writes(user, topic), "{role} writes without {rule:?}");
        } else if let Some((reader, topic)) = self.readers().into_iter().find(|(reader, _)| reader == role) {
            assert!(!self.reads(user, topic, &reader), "{role} reads without {rule:?}");
        } else {
            let (_, printed) = self.call(user, &["check", "--role", role]);
            let code = if rule.kind == "TransactionalId" { "RLV-3016" } else { "RLV-3017" };
            let told = printed.split("\n\n").any(|paragraph| paragraph.contains(code) && paragraph.contains(&rule.name));
            assert!(told, "{role} without {rule:?}:\n{printed}");
        }
    }
}

/// Users for whatever the table may say: nobody but they can sign in, and the broker has to know them when it starts.
fn users() -> Vec<String> {
    let roles = grants(&Settings::default()).into_iter().flat_map(|grant| grant.roles).map(Role::name);
    roles.flat_map(|role| (0..MOST_RIGHTS).map(move |index| format!("{role}-{index}")).collect::<Vec<_>>()).chain(role_names()).collect()
}

fn role_names() -> Vec<String> {
    grants(&Settings::default()).into_iter().flat_map(|grant| grant.roles).map(Role::name).collect()
}

/// For each right of each user, somebody who has all the others.
fn lacking(rules: &BTreeMap<String, BTreeSet<Rule>>) -> Vec<Lacking> {
    let of_user = |(role, rules): (&String, &BTreeSet<Rule>)| {
        assert!(rules.len() < MOST_RIGHTS, "{role} has {} rights: raise the bound", rules.len());
        let each = rules.iter().enumerate().map(|(index, rule)| Lacking {
            user: format!("{role}-{index}"),
            role: role.clone(),
            rule: rule.clone(),
        });
        each.collect::<Vec<_>>()
    };
    rules.iter().flat_map(of_user).collect()
}

/// What each user's rights were used for: user → (operation, resource of the rule) of every decision that allowed something; and what was
/// denied to those of `whole`.
fn used(record: &str, whole: &BTreeSet<String>) -> (BTreeSet<(String, String, String)>, Vec<String>) {
    let (mut used, mut denied) = (BTreeSet::new(), Vec::new());
    for line in record.lines().filter(|line| line.contains("Principal = User:")) {
        let after =
            |words: &str, end: &[char]| line.split_once(words).map(|(_, rest)| rest.split(end).next().unwrap_or_default().to_owned());
        let user = after("Principal = User:", &[' ']).expect("a principal");
        // librdkafka looks for the coordinator of each reader's group, though none of these readers is a member of one.
        let of_no_member = line.contains("request = FindCoordinator") && NO_GROUPS.iter().any(|group| line.contains(group));
        if line.contains(" is Denied ") && whole.contains(&user) && !of_no_member {
            denied.push(line.to_owned());
        }
        // Of a rule, what it is about, and which of its operations it allows.
        let Some((_, rule)) = line.split_once("based on rule ") else { continue };
        let of_rule = |words: &str| {
            rule.split_once(words).map(|(_, rest)| rest.split([',', ')']).next().unwrap_or_default().trim_matches('\'').to_owned())
        };
        if let (Some(name), Some(operation)) = (of_rule("resourceName="), of_rule("operation=")) {
            used.insert((user, operation, name));
        }
    }
    (used, denied)
}

/// Calls `ask` for each, some side by side.
fn side_by_side<T: Sync>(all: &[T], ask: impl Fn(&T) + Sync) {
    let next = Mutex::new(all.iter());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(one) = next.lock().expect("no holder panics").next() else { return };
                    ask(one);
                }
            });
        }
    });
}

#[test]
fn the_least_rights_are_enough_and_none_of_them_is_too_much() {
    let (broker, address) = Broker::guarded(&users(), PASSWORD);
    let deployment = Deployment::new(&broker, "access", 2);
    let guarded = Guarded::new(&deployment, address);
    let (status, commands) = guarded.call("operator", &["topics", "--acls", "--format", "kafka-acls"]);
    assert_eq!(status, 0, "{commands}");
    let rules = printed_rules(&commands);
    assert_eq!(rules.keys().cloned().collect::<BTreeSet<_>>(), role_names().into_iter().collect(), "{commands}");
    let lacking = lacking(&rules);
    let mut all: Vec<(String, Rule)> =
        rules.iter().flat_map(|(user, rules)| rules.iter().map(|rule| (user.clone(), rule.clone()))).collect();
    for one in &lacking {
        all.extend(rules[&one.role].iter().filter(|rule| **rule != one.rule).map(|rule| (one.user.clone(), rule.clone())));
    }
    // Rules come into force one after the other: when the last one has, all have.
    let last = Rule { kind: "Topic", name: deployment.names.intake.clone(), prefixed: false, operation: "Describe".to_owned() };
    all.push((LAST.to_owned(), last));
    give(&broker.address, &all);
    wait::until("the rules are in force", 30, || guarded.sees(LAST, &deployment.names.intake));

    everybody_works(&guarded);
    let whole: BTreeSet<String> = rules.keys().cloned().collect();
    let (used, denied) = used(&broker.printed(), &whole);
    assert!(denied.is_empty(), "{denied:#?}");
    for (user, rules) in &rules {
        for rule in rules.iter().filter(|_| user != "recovery") {
            let (operation, name) = rule.recorded();
            assert!(used.contains(&(user.clone(), operation, name)), "{user} never needed {rule:?}");
        }
    }
    for role in CHECKED {
        let (status, printed) = guarded.call(role, &["check", "--role", role]);
        assert!(status == 0 && !printed.contains("RLV-3017") && !printed.contains("RLV-3016"), "{role}:\n{printed}");
    }
    side_by_side(&lacking, |one| guarded.says_what_is_missing(one));
}

/// The service, its tools, and those around it, each with exactly its rights.
fn everybody_works(guarded: &Guarded<'_>) {
    let (deployment, names) = (guarded.deployment, &guarded.deployment.names);
    let intake = guarded.start("intake", "pod-0", "intake");
    let mut decide = guarded.start("decide", "pod-1", "decide");
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let mut sellers = Sellers::of(deployment);
    sender.send_all(&names.interactions, &Workload::new(5).interactions(200));
    sender.send_all(&names.interactions, &poisons());
    sender.send(&names.accounts, &account("001", 1, Some(&["co-0001.example"])));
    deployment.await_settled(60);
    wait::until("a seller hears of a lead", 60, || {
        sellers.answer(&sender);
        sellers.heard() > 3
    });
    // It reads its memory back, and ends what was left open.
    decide.process.kill();
    decide = guarded.start("decide", "pod-1", "decide");
    sender.send_all(&names.interactions, &Workload::new(6).interactions(50));
    deployment.await_settled(60);
    for arguments in
        [&["leads"][..], &["dead-letters", "list"], &["rules", "status"], &["topics"], &["explain", "--account", "co-0239.example"]]
    {
        let (status, printed) = guarded.call("operator", arguments);
        assert_eq!(status, 0, "{arguments:?}\n{printed}");
    }
    for (user, topic) in guarded.writers() {
        assert!(guarded.writes(&user, topic), "{user} can't write {topic}");
    }
    for (user, topic) in guarded.readers() {
        assert!(guarded.reads(&user, topic, &user), "{user} can't read {topic}");
    }
    deployment.stop_in_order(&mut [intake, decide]);
}
