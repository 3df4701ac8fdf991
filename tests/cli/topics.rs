//! The plan of topics, and a cluster that is not there.

use crate::golden::golden;
use crate::program::{Ended, Place};

#[test]
fn the_plan_in_its_forms() {
    let place = Place::new().with("relevo.yaml", "partitions: 6\nroutes: { allowed_topics: [sales.leads.enterprise.v1] }\n");
    let check = |name: &str, arguments: &[&str]| {
        let ended = place.call(arguments, &[]);
        assert_eq!(ended.status, 0, "{ended:?}");
        golden(name, &ended.out);
    };
    check("topics-kafka-topics.txt", &["topics", "--format", "kafka-topics", "--replication", "3"]);
    check("topics-strimzi.yaml", &["topics", "--format", "strimzi", "--cluster", "prod"]);
    check("topics-acls.txt", &["topics", "--acls"]);
    check("topics-kafka-acls.txt", &["topics", "--acls", "--format", "kafka-acls"]);
    check("topics-strimzi-users.yaml", &["topics", "--acls", "--format", "strimzi", "--cluster", "prod"]);
}

/// Nobody listens on port 1. Side by side, because each tries for ten seconds.
#[test]
fn a_cluster_that_is_away_is_told_and_what_can_be_said_is_said() {
    let configuration = "kafka: { bootstrap_servers: [\"127.0.0.1:1\"] }\n";
    let place = Place::new().with("relevo.yaml", configuration).with("agreement/rulebooks/0001.yaml", "api: relevo/v2\n");
    let place = &place;
    let [topics, check, letters]: [Ended; 3] = std::thread::scope(|scope| {
        let calls: [&[&str]; 3] = [&["topics"], &["check"], &["dead-letters", "list"]];
        calls.map(|arguments| scope.spawn(move || place.call(arguments, &[]))).map(|call| call.join().expect("no panic"))
    });
    let away = ["RLV-3010", "127.0.0.1:1", "refused", "what to do:"];
    assert!(topics.assert(78, &away).out.contains("relevo.changelog.v1"), "{topics:?}");
    letters.assert(78, &away);
    // What `check` finds is its answer, so it stands in its output.
    assert_eq!((check.status, check.err.as_str()), (78, ""), "{check:?}");
    for words in away.into_iter().chain(["FAIL", "Not fit to run", "RLV-2", "0001.yaml, line 1"]) {
        assert!(check.out.contains(words), "no {words:?} in\n{}", check.out);
    }
}
