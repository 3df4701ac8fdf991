//! The configuration, from the command line: what is taken, what is refused, and that no secret is ever shown.

use crate::program::{Ended, Place};

/// A command that needs nothing but a configuration.
const TOPICS: &[&str] = &["topics", "--format", "kafka-topics"];

fn configured(yaml: &str, environment: &[(&str, &str)]) -> Ended {
    Place::new().with("relevo.yaml", yaml).call(TOPICS, environment)
}

#[test]
fn unknown_keys_and_bad_values_end_with_78_and_say_what_to_do() {
    configured("comit:\n  max_ms: 5\n", &[]).assert(78, &["RLV-3002", "`comit`", "relevo.yaml, line 1", "did you mean `commit`?"]);
    configured("commit:\n  max_ms: 5\n  min_mz: 1\n", &[]).assert(78, &["line 3, column 3", "`commit.min_ms`?"]);
    configured("commit:\n  max_ms: soon\n", &[]).assert(78, &["RLV-3003", "a whole number"]);
    configured("partitions: 4096\n", &[]).assert(78, &["RLV-3004", "1 to 1024"]);
    configured("kafka: {extra: {transactional.id: mine}}\n", &[]).assert(78, &["RLV-3005", "fencing depends on it"]);
    configured("a: [\n", &[]).assert(78, &["RLV-3001"]);
    configured("", &[("RELEVO__COMMIT__MAXMS", "5")]).assert(78, &["the environment variable RELEVO__COMMIT__MAXMS", "commit.max_ms"]);
    // Several mistakes are told at once.
    configured("one: 1\ntwo: 2\npartitions: 0\n", &[]).assert(78, &["`one`", "`two`", "`partitions`"]);
    Place::new()
        .call(&["topics", "--format", "strimzi", "--config", "absent.yaml"], &[])
        .assert(78, &["RLV-3001", "absent.yaml", "--config"]);
}

#[test]
fn the_environment_wins_over_the_file_that_is_found_or_named() {
    let check = |ended: Ended, topic: &str, partitions: &str| {
        ended.assert(0, &[]);
        assert!(
            ended.out.contains(&format!("--topic {topic} ")) && ended.out.contains(&format!("--partitions {partitions}")),
            "{}",
            ended.out
        );
    };
    let yaml = "topics: {leads: from-the-file}\npartitions: 7\n";
    check(configured(yaml, &[]), "from-the-file", "7");
    check(configured(yaml, &[("RELEVO__TOPICS__LEADS", "from-outside"), ("RELEVO__PARTITIONS", "9")]), "from-outside", "9");
    let place = Place::new().with("else/where.yaml", yaml);
    check(place.call(&[TOPICS, &["--config", "else/where.yaml"]].concat(), &[]), "from-the-file", "7");
    check(place.call(TOPICS, &[]), "sales.qualified-leads.v1", "12");
}

#[test]
fn the_documented_configuration_is_taken_as_it_is() {
    let documented = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/relevo.yaml");
    Place::new().call(&[TOPICS, &["--config", documented]].concat(), &[]).assert(0, &[]);
}

#[test]
fn pii_1_a_password_is_shown_nowhere() {
    const PASSWORD: &str = "zz-secret-zz";
    let folder = |name: &str, yaml: &str| Place::new().with("secrets/password", PASSWORD).with(name, yaml);
    // A broker that does not answer, so that every way of failing is gone through with the secret at hand.
    let right = "kafka:\n  bootstrap_servers: [\"127.0.0.1:1\"]\n  security_protocol: sasl_plaintext\n  sasl: {mechanism: PLAIN, username: relevo, password_file: secrets/password}\n";
    let environment = [("RELEVO__LOG__FILTER", "trace"), ("RELEVO__KAFKA__EXTRA__SOCKET_TIMEOUT_MS", "1000")];
    let ended = folder("relevo.yaml", right).call(&["topics"], &environment);
    assert!(ended.status != 0, "{ended:?}");
    let wrong = [
        "kafka: {extra: {sasl.password: zz-secret-zz}}",
        "kafka: {sasl: {password: zz-secret-zz}}",
        "kafka: {password: zz-secret-zz}",
        "kafka: {sasl: zz-secret-zz}",
        "kafka: {extra: {ssl.key.pem: zz-secret-zz}}",
        "kafka: {security_protocol: zz-secret-zz}",
    ];
    let mut calls = vec![ended];
    for yaml in wrong {
        let ended = folder("relevo.yaml", yaml).call(TOPICS, &[]);
        ended.assert(78, &["what to do"]);
        calls.push(ended);
    }
    for ended in calls {
        assert!(!ended.out.contains(PASSWORD) && !ended.err.contains(PASSWORD), "{ended:?}");
    }
    // The file that holds it is named when it is not there.
    let missing = Place::new().with("relevo.yaml", right).call(TOPICS, &[]);
    missing.assert(78, &["RLV-3006", "secrets/password", "kafka.sasl.password_file"]);
}
