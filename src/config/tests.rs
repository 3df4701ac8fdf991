//! The configuration as operators meet it: files, environments, and every kind of mistake.

use super::*;
use crate::contract::Code;
use crate::contract::code::{
    CONFIG_BAD_VALUE, CONFIG_RESERVED_SETTING, CONFIG_UNKNOWN_KEY, CONFIG_UNREADABLE, CONFIG_WRONG_TYPE, MAP_KEY_MISSING, MAP_UNREADABLE,
    MAP_VALUE, SECRET_UNREADABLE,
};

/// The documented file.
const DOCUMENTED: &str = include_str!("../../deploy/relevo.yaml");

fn load_text(yaml: &str, environment: &[(&str, &str)]) -> Result<Settings, Problems> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("relevo.yaml");
    std::fs::write(&file, yaml).expect("written");
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Sources { file: Some(file), environment: Some(environment) })
}

/// Every problem must have been expected, by code and a part of what it says.
fn refused(yaml: &str, environment: &[(&str, &str)], expected: &[(&'static Code, &str)]) {
    let Err(Problems(problems)) = load_text(yaml, environment) else { panic!("taken:\n{yaml}") };
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), expected.len(), "{yaml}\n{told:#?}");
    for (problem, (code, part)) in problems.iter().zip(expected) {
        assert!(problem.code == *code && problem.to_string().contains(part), "wanted {code} … {part}, got\n{problem}");
        assert!(!problem.place.is_empty() && !problem.remedy.is_empty(), "{problem}");
    }
}

#[test]
fn the_documented_file_has_every_key_and_every_default() {
    let documented = load_text(DOCUMENTED, &[]).expect("it loads");
    let defaults = load_text("", &[]).expect("defaults load");
    let tree = |settings| serde_json::to_value(settings).expect("plain data");
    assert_eq!(tree(documented), tree(defaults), "deploy/relevo.yaml shows another value than the default");
    let keys = place::Keys::of(DOCUMENTED);
    for key in schema::every_key() {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let section = keys.find(&path[..path.len() - 1]);
        let found = keys.find(&path);
        assert!(found.is_some() && found != section, "deploy/relevo.yaml does not document `{key}`");
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let yaml = "commit: {max_ms: 50}\ntopics: {leads: mine}\nkafka: {extra: {socket.timeout.ms: 1, client.rack: b}}";
    let environment = [
        ("RELEVO__COMMIT__MAX_MS", "75"),
        ("RELEVO__KAFKA__BOOTSTRAP_SERVERS", "a:9092, b:9093"),
        ("RELEVO__RULEBOOK__ALLOW_UNSIGNED", "true"),
        ("RELEVO__KAFKA__EXTRA__SOCKET_TIMEOUT_MS", "7000"),
        ("RELEVO__INPUTS__ACCOUNTS__ENABLED", "false"),
        ("RELEVO__POD", "pod-3"),
        ("RELEVO_TEST_KAFKA", "no business of ours"),
    ];
    let settings = load_text(yaml, &environment).expect("taken");
    assert_eq!((settings.commit.max_ms, settings.commit.min_ms), (75, 20));
    assert_eq!(settings.kafka.bootstrap_servers, ["a:9092", "b:9093"]);
    assert_eq!((settings.topics.leads.as_str(), settings.pod.as_deref()), ("mine", Some("pod-3")));
    assert!(settings.rulebook.allow_unsigned && !settings.inputs.accounts.enabled);
    let properties = settings.kafka.client_properties();
    assert_eq!(properties["socket.timeout.ms"].expose(), "7000");
    assert_eq!(properties["client.rack"].expose(), "b");
    assert_eq!(properties["bootstrap.servers"].expose(), "a:9092,b:9093");
}

#[test]
fn a_map_is_read_with_the_configuration_and_a_bad_one_stops_the_start() {
    let named = |map: &str| format!("inputs:\n  interactions:\n    map: {map}\n");
    let settings = load_text(&named("salesforce-task-changes"), &[]).expect("it comes with Relevo");
    assert!(settings.inputs.interactions.mapped.is_some());
    assert!(load_text("", &[]).expect("taken").inputs.interactions.mapped.is_none());
    refused(&named("absent.yaml"), &[], &[(MAP_UNREADABLE, "the file is absent.yaml")]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("map.yaml");
    std::fs::write(&file, "api: relevo/v1\nkind: Mop\nof: interactions\nfields: { kid: { column: a } }\n").expect("written");
    let wrong = [(MAP_VALUE, "map.yaml, line 2, column 7 (`inputs.interactions.map`)"), (MAP_KEY_MISSING, "`interaction_id`")];
    let Err(Problems(problems)) = load_text(&named(&file.display().to_string()), &[]) else { panic!("taken") };
    for (code, part) in wrong {
        assert!(problems.iter().any(|problem| problem.code == code && problem.to_string().contains(part)), "{part}: {problems:#?}");
    }
    // Maps of files that make outcomes are none for a topic.
    refused(&named("hubspot-deals"), &[], &[(MAP_VALUE, "makes outcomes")]);
}

#[test]
fn a_key_without_a_value_keeps_its_default_and_the_pod_is_the_host() {
    let settings = load_text("kafka:\ncommit:\n  max_ms:\ninputs: {accounts: {ignore_types: [a.b]}}\n", &[]).expect("taken");
    assert_eq!((settings.commit.max_ms, settings.kafka.bootstrap_servers.len()), (100, 1));
    let accounts = settings.inputs.accounts;
    assert!(accounts.enabled && accounts.ignore_types == ["a.b"], "{accounts:?}");
    assert!(settings.pod.is_some_and(|pod| !pod.is_empty()));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_name_and_their_place() {
    refused("comit:\n  min_ms: 1\n", &[], &[(CONFIG_UNKNOWN_KEY, "did you mean `commit`?")]);
    refused("commit:\n  min_mss: 1\n", &[], &[(CONFIG_UNKNOWN_KEY, "line 2, column 3")]);
    refused("commit:\n  min_mss: 1\n", &[], &[(CONFIG_UNKNOWN_KEY, "did you mean `commit.min_ms`?")]);
    refused("allow_unsigned: true\n", &[], &[(CONFIG_UNKNOWN_KEY, "did you mean `rulebook.allow_unsigned`?")]);
    refused("http:\n  colour: red\n", &[], &[(CONFIG_UNKNOWN_KEY, "the keys known here are listen")]);
    refused("", &[("RELEVO__KAFKA__SERVERS", "x")], &[(CONFIG_UNKNOWN_KEY, "the environment variable RELEVO__KAFKA__SERVERS")]);
    refused(
        "a: 1\nb: 2\ncommit: {min_ms: x}\n",
        &[],
        &[(CONFIG_UNKNOWN_KEY, "`a`"), (CONFIG_UNKNOWN_KEY, "`b`"), (CONFIG_WRONG_TYPE, "`commit.min_ms`")],
    );
}

#[test]
fn wrong_types_and_bad_values_name_the_key_and_the_bounds() {
    refused("commit: {min_ms: ten}", &[], &[(CONFIG_WRONG_TYPE, "a whole number")]);
    refused("commit: {min_ms: 1.5}", &[], &[(CONFIG_WRONG_TYPE, "with a fraction")]);
    refused("commit: {min_ms: -1}", &[], &[(CONFIG_WRONG_TYPE, "a negative number")]);
    refused("commit: 10", &[], &[(CONFIG_WRONG_TYPE, "`commit` is a whole number, and should be a section")]);
    refused("rulebook: {allow_unsigned: yes please}", &[], &[(CONFIG_WRONG_TYPE, "`true` or `false`")]);
    refused("kafka: {extra: {socket: {timeout: 1}}}", &[], &[(CONFIG_WRONG_TYPE, "with its dots")]);
    refused("routes: {allowed_topics: {a: b}}", &[], &[(CONFIG_WRONG_TYPE, "a list of texts")]);
    refused("kafka: {extra: {message.max.bytes: 1000}}", &[], &[(CONFIG_BAD_VALUE, "`kafka.extra.message.max.bytes` is 1000")]);
    refused("kafka: {extra: {linger.ms: soon}}", &[], &[(CONFIG_BAD_VALUE, "`kafka.extra.linger.ms` is no number")]);
    refused("", &[("RELEVO__KAFKA__EXTRA__BATCH_SIZE", "1")], &[(CONFIG_BAD_VALUE, "RELEVO__KAFKA__EXTRA__BATCH_SIZE")]);
    refused("commit: {max_ms: 6000}", &[], &[(CONFIG_BAD_VALUE, "give 1 to 5000 ms")]);
    refused("commit: {min_ms: 200}", &[], &[(CONFIG_BAD_VALUE, "above `commit.max_ms`")]);
    refused("partitions: 0", &[], &[(CONFIG_BAD_VALUE, "give 1 to 1024")]);
    refused("partitions: 99999999999", &[], &[(CONFIG_BAD_VALUE, "`partitions`")]);
    refused("workers: {intake: 65, decide: 0}", &[], &[(CONFIG_BAD_VALUE, "workers.intake"), (CONFIG_BAD_VALUE, "workers.decide")]);
    refused("application: 'a b'", &[], &[(CONFIG_BAD_VALUE, "can't be part of an identifier")]);
    refused("application: relevo.eu", &[], &[(CONFIG_BAD_VALUE, "`application` has a dot")]);
    for principal in ["relevo", "'User:*'", "'User:'", "':relevo'", "\"User:a\\nb\""] {
        let text = format!("kafka: {{principals: {{decide: {principal}}}}}");
        refused(&text, &[], &[(CONFIG_BAD_VALUE, "`kafka.principals.decide` is no principal")]);
    }
    refused("topics: {leads: sales.follow-up.v1}", &[], &[(CONFIG_BAD_VALUE, "the same topic")]);
    refused("topics: {leads: 'a b'}", &[], &[(CONFIG_BAD_VALUE, "can't be a topic's name")]);
    refused("kafka: {bootstrap_servers: [broker]}", &[], &[(CONFIG_BAD_VALUE, "host:port")]);
    refused("kafka: {security_protocol: tls}", &[], &[(CONFIG_BAD_VALUE, "should be one of `plaintext`")]);
    refused("kafka: {security_protocol: sasl_ssl}", &[], &[(CONFIG_BAD_VALUE, "kafka.sasl.mechanism")]);
    refused("log: {format: xml}", &[], &[(CONFIG_BAD_VALUE, "should be `json` or `human`")]);
    refused("log: {filter: 'relevo=loud'}", &[], &[(CONFIG_BAD_VALUE, "`log.filter`")]);
    refused("http: {listen: nowhere}", &[], &[(CONFIG_BAD_VALUE, "`http.listen`")]);
    refused("account_key: {free_mail: [ana@mail.example]}", &[], &[(CONFIG_BAD_VALUE, "no domain")]);
    refused("state: {write_version: 200}", &[], &[(CONFIG_BAD_VALUE, "state.write_version")]);
}

#[test]
fn what_is_no_yaml_or_no_file_is_unreadable() {
    refused("commit: [\n", &[], &[(CONFIG_UNREADABLE, "not YAML")]);
    refused("- a\n- b\n", &[], &[(CONFIG_UNREADABLE, "not YAML with keys")]);
    let absent = Sources { file: Some("no/such/file.yaml".into()), environment: Some(HashMap::new()) };
    assert!(load(&absent).is_err_and(|Problems(problems)| problems[0].code == CONFIG_UNREADABLE));
}

#[test]
fn what_exactly_once_needs_is_refused_with_the_reason() {
    refused("kafka: {extra: {enable.idempotence: false}}", &[], &[(CONFIG_RESERVED_SETTING, "transactions need it")]);
    refused("kafka: {extra: {compression.type: zstd}}", &[], &[(CONFIG_RESERVED_SETTING, "another name of `compression.codec`")]);
    refused("kafka: {extra: {topic.blacklist: relevo}}", &[], &[(CONFIG_RESERVED_SETTING, "neither read nor written")]);
    refused("kafka: {extra: {group.id: mine}}", &[], &[(CONFIG_RESERVED_SETTING, "named after `application`")]);
    refused("kafka: {extra: {security.protocol: ssl}}", &[], &[(CONFIG_RESERVED_SETTING, "set `kafka.security_protocol` instead")]);
    refused(
        "",
        &[("RELEVO__KAFKA__EXTRA__ISOLATION_LEVEL", "read_uncommitted")],
        &[(CONFIG_RESERVED_SETTING, "RELEVO__KAFKA__EXTRA__ISOLATION_LEVEL")],
    );
    refused("kafka:\n  extra:\n    Enable.Idempotence: false\n", &[], &[(CONFIG_BAD_VALUE, "line 3")]);
}

#[test]
fn pii_1_secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2\n").expect("written");
    let yaml = format!(
        "kafka:\n  security_protocol: sasl_ssl\n  sasl: {{mechanism: PLAIN, username: relevo, password_file: {0}}}\n  extra: {{ssl.keystore.location: a.p12}}\n  extra_files: {{ssl.keystore.password: {0}}}\n",
        file.display()
    );
    let settings = load_text(&yaml, &[]).expect("taken");
    let properties = settings.kafka.client_properties();
    assert_eq!(properties["sasl.password"].expose(), "hunter2");
    assert_eq!(properties["ssl.keystore.password"].expose(), "hunter2");
    let shown = format!("{settings:?} {properties:?} {}", serde_json::to_string(&settings).expect("plain data"));
    assert!(!shown.contains("hunter2"), "{shown}");

    std::fs::remove_file(&file).expect("removed");
    refused(&yaml, &[], &[(SECRET_UNREADABLE, "kafka.sasl.password_file"), (SECRET_UNREADABLE, "kafka.extra_files.ssl.keystore.password")]);
    // A password in the wrong place is not repeated in the error either.
    let misplaced = load_text("kafka: {extra: {sasl.password: hunter2, ssl.key.pem: hunter2}, sasl: {password: hunter2}}", &[]);
    let Err(problems) = misplaced else { panic!("taken") };
    assert!(problems.0.len() == 3 && !problems.to_string().contains("hunter2"), "{problems}");
}

/// The section `kafka` with these lines in it, in braces.
fn kafka(lines: &str) -> String {
    format!("kafka: {{{lines}}}")
}

#[test]
fn tls_that_is_half_configured_is_refused() {
    let bad = |lines: &str, part: &str| refused(&kafka(lines), &[], &[(CONFIG_BAD_VALUE, part)]);
    let clear = "`kafka.security_protocol` does not use TLS";
    // Files of TLS, and no TLS: everything would go in the clear.
    bad("tls: {ca_file: ca.pem}", clear);
    bad("tls: {certificate_file: a.pem, key_file: b.pem}", clear);
    bad(
        "security_protocol: sasl_plaintext, sasl: {mechanism: PLAIN, username: a, password_file: /proc/version}, tls: {ca_file: ca.pem}",
        clear,
    );
    bad("extra: {ssl.ca.pem: x}", "`kafka.extra.ssl.ca.pem` is set, and `kafka.security_protocol` does not use TLS");
    bad("extra: {ssl.crl.location: x}", clear);
    bad("extra_files: {ssl.keystore.password: /proc/version}", clear);
    bad("tls: {insecure: true}", clear);
    refused("", &[("RELEVO__KAFKA__TLS__CA_FILE", "ca.pem")], &[(CONFIG_BAD_VALUE, "RELEVO__KAFKA__TLS__CA_FILE")]);
    refused("", &[("RELEVO__KAFKA__EXTRA__SSL_CA_PEM", "x")], &[(CONFIG_BAD_VALUE, "RELEVO__KAFKA__EXTRA__SSL_CA_PEM")]);
    // A certificate without its key, and the reverse.
    bad("security_protocol: ssl, tls: {certificate_file: a.pem}", "a certificate without a key");
    bad("security_protocol: ssl, tls: {key_file: a.pem}", "a key without a certificate");
    bad("security_protocol: ssl, extra: {ssl.certificate.pem: x}", "a certificate without a key");
    bad("security_protocol: ssl, extra_files: {ssl.key.pem: /proc/version}", "a key without a certificate");
    bad("security_protocol: ssl, tls: {key_password_file: /proc/version}", "the password of a key, and no key");
    bad("security_protocol: ssl, extra_files: {ssl.keystore.password: /proc/version}", "the password of a keystore, and no keystore");
    for good in [
        "security_protocol: ssl",
        "security_protocol: ssl, tls: {ca_file: ca.pem}",
        "security_protocol: ssl, tls: {certificate_file: a.pem, key_file: b.pem, key_password_file: /proc/version}",
        "security_protocol: ssl, extra: {ssl.certificate.pem: x}, extra_files: {ssl.key.pem: /proc/version}",
        "security_protocol: ssl, extra: {ssl.keystore.location: x}, extra_files: {ssl.keystore.password: /proc/version}",
    ] {
        load_text(&kafka(good), &[]).unwrap_or_else(|problems| panic!("{good}: {problems}"));
    }
}

#[test]
fn brokers_are_verified_unless_that_is_switched_off_with_a_word_of_its_own() {
    let tls = |lines: &str| kafka(&format!("security_protocol: ssl, {lines}"));
    let off = [
        ("enable.ssl.certificate.verification", "'false'"),
        ("enable.ssl.certificate.verification", "0"),
        ("enable.ssl.certificate.verification", "F"),
        ("ssl.endpoint.identification.algorithm", "none"),
        ("ssl.cipher.suites", "'ALL:@SECLEVEL=0'"),
        ("ssl.cipher.suites", "'HIGH:@seclevel = 1'"),
    ];
    for (name, value) in off {
        let part = format!("`kafka.extra.{name}` switches verification off");
        refused(&tls(&format!("extra: {{{name}: {value}}}")), &[], &[(CONFIG_RESERVED_SETTING, &part)]);
        let settings = load_text(&tls(&format!("tls: {{insecure: true}}, extra: {{{name}: {value}}}")), &[]).expect("it was asked for");
        assert_eq!(security::unverified(&settings.kafka), [name]);
        // From a file nobody who reads the configuration would see it.
        let hidden = format!("tls: {{insecure: true}}, extra_files: {{{name}: /proc/version}}");
        let Err(Problems(problems)) = load_text(&tls(&hidden), &[]) else { panic!("taken: {hidden}") };
        assert!(problems.iter().any(|problem| problem.code == CONFIG_RESERVED_SETTING), "{problems:?}");
    }
    for (name, value) in [
        ("enable.ssl.certificate.verification", "true"),
        ("ssl.endpoint.identification.algorithm", "https"),
        ("ssl.cipher.suites", "HIGH:!aNULL"),
    ] {
        let settings = load_text(&tls(&format!("extra: {{{name}: '{value}'}}")), &[]).expect("it is on");
        assert!(security::unverified(&settings.kafka).is_empty());
    }
    let variable = "RELEVO__KAFKA__EXTRA__ENABLE_SSL_CERTIFICATE_VERIFICATION";
    refused(&tls(""), &[(variable, "false")], &[(CONFIG_RESERVED_SETTING, variable)]);
    refused(&tls("tls: {insecure: true}"), &[], &[(CONFIG_BAD_VALUE, "nothing under `kafka.extra` switches verification off")]);
}

#[test]
fn what_loads_code_or_reads_files_or_fakes_a_broker_is_refused() {
    let refused_name = |name: &str| {
        refused(&kafka(&format!("extra: {{{name}: x}}")), &[], &[(CONFIG_RESERVED_SETTING, &format!("`kafka.extra.{name}`"))]);
        let from_file = kafka(&format!("extra_files: {{{name}: /proc/version}}"));
        refused(&from_file, &[], &[(CONFIG_RESERVED_SETTING, &format!("`kafka.extra_files.{name}`"))]);
        let variable = format!("RELEVO__KAFKA__EXTRA__{}", name.replace('.', "_").to_uppercase());
        refused("", &[(variable.as_str(), "x")], &[(CONFIG_RESERVED_SETTING, &variable)]);
    };
    for name in [
        "plugin.library.paths",
        "ssl.engine.location",
        "ssl.engine.id",
        "ssl.providers",
        "debug",
        "log.queue",
        "sasl.kerberos.kinit.cmd",
        "sasl.kerberos.keytab",
        "sasl.oauthbearer.config",
        "sasl.oauthbearer.method",
        "sasl.oauthbearer.token.endpoint.url",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.assertion.private.key.file",
        "sasl.oauthbearer.assertion.jwt.template.file",
        "enable.sasl.oauthbearer.unsecure.jwt",
        "https.ca.location",
        "test.mock.num.brokers",
        "internal.termination.signal",
        "offset.store.method",
        "offset.store.path",
        "allow.auto.create.topics",
    ] {
        refused_name(name);
    }
    // Written in another way it does not come through either.
    refused("kafka:\n  extra:\n    Plugin.Library.Paths: x\n", &[], &[(CONFIG_BAD_VALUE, "line 3")]);
    refused("kafka:\n  extra:\n    ' plugin.library.paths': x\n", &[], &[(CONFIG_BAD_VALUE, "line 3")]);
    refused("kafka:\n  extra:\n    plugin_library_paths: x\n", &[], &[(CONFIG_RESERVED_SETTING, "plugin.library.paths")]);
}

#[test]
fn the_mechanisms_of_sasl_are_those_that_work() {
    let sasl = |mechanism: &str, rest: &str| kafka(&format!("security_protocol: sasl_ssl, sasl: {{mechanism: {mechanism}{rest}}}"));
    let user = ", username: a, password_file: /proc/version";
    for (name, shown) in [("PLAIN", "PLAIN"), ("SCRAM-SHA-256", "SCRAM-SHA-256"), ("SCRAM-SHA-512", "SCRAM-SHA-512")] {
        let settings = load_text(&sasl(name, user), &[]).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        assert_eq!(settings.kafka.client_properties()["sasl.mechanism"].expose(), shown);
    }
    for name in ["OAUTHBEARER", "GSSAPI", "plain", "EXTERNAL", "''"] {
        refused(&sasl(name, user), &[], &[(CONFIG_BAD_VALUE, "`PLAIN`")]);
    }
    refused(&sasl("PLAIN", ""), &[], &[(CONFIG_BAD_VALUE, "has neither user nor password")]);
}

#[test]
fn what_goes_in_the_clear_is_warned_of_unless_it_stays_on_this_machine() {
    let warned = |lines: &str| {
        let settings = load_text(&kafka(lines), &[]).unwrap_or_else(|problems| panic!("{lines}: {problems}"));
        security::warnings(&settings).iter().map(|problem| problem.code.number).collect::<Vec<_>>()
    };
    let sasl = "security_protocol: sasl_plaintext, sasl: {mechanism: PLAIN, username: a, password_file: /proc/version}";
    for near in ["localhost:9092", "127.0.0.1:9092", "127.8.8.8:1", "'[::1]:9092'", "LOCALHOST:9092", "'PLAINTEXT://localhost:9092'"] {
        assert!(warned(&format!("bootstrap_servers: [{near}]")).is_empty(), "{near}");
    }
    for far in ["kafka-0:9092", "10.0.0.1:9092", "localhost.example.com:9092", "'localhost:9092,kafka-0:9092'", "'[fe80::1]:9092'"] {
        assert_eq!(warned(&format!("bootstrap_servers: [{far}]")), [3050], "{far}");
    }
    assert_eq!(warned(&format!("bootstrap_servers: [kafka-0:9092], {sasl}")), [3050]);
    assert!(warned(sasl).is_empty() && warned("security_protocol: ssl, bootstrap_servers: [kafka-0:9092]").is_empty());
    let switched = "bootstrap_servers: [kafka-0:9092], security_protocol: ssl, tls: {insecure: true}, extra: {ssl.endpoint.identification.algorithm: none}";
    assert_eq!(warned(switched), [3051]);
}
