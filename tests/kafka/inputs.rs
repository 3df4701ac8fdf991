//! TXN-4 of what comes in: poison among good records, transactions of producers, kinds that are nobody's business.

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::oracle;
use crate::records::{End, Outgoing, Sender};
use crate::workload::{EXPECT, Workload, account, poisons, sample};

/// Lets `feed` fill the inputs of a running deployment, waits until all is decided, lets `look` at the pod, and judges.
fn check(test: &str, more: &str, feed: impl FnOnce(&Deployment, &Sender), look: impl FnOnce(&Deployment, &Pod)) -> oracle::Counts {
    let mut deployment = Deployment::new(Broker::shared(), test, 4);
    more.clone_into(&mut deployment.more);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    feed(&deployment, &Sender::plain(&deployment.address));
    deployment.await_settled(60);
    look(&deployment, &pods[0]);
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    counts
}

fn to(partition: i32, mut record: Outgoing) -> Outgoing {
    record.partition = Some(partition);
    record
}

#[test]
fn txn_4_poison_becomes_one_dead_letter_each_and_stops_no_partition() {
    let mut workload = Workload::new(3);
    let is_poison = |poison: &&Outgoing| poison.headers.iter().any(|(name, value)| name == EXPECT && value.starts_with(b"RLV-"));
    let dead = 4 * poisons().iter().filter(is_poison).count();
    let feed = |deployment: &Deployment, sender: &Sender| {
        for partition in 0..4 {
            for poison in poisons() {
                sender.send(&deployment.names.interactions, &to(partition, workload.interaction()));
                sender.send(&deployment.names.interactions, &to(partition, poison));
            }
            sender.send(&deployment.names.interactions, &to(partition, workload.interaction()));
        }
        sender.flush();
    };
    let counts = check("poison", "", feed, |_, pod| {
        assert_eq!(pod.metric("relevo_dead_letters_total", ""), dead as f64);
        assert_eq!(pod.metric("relevo_dead_letters_total", "RLV-1005"), 8.0);
    });
    assert_eq!(counts.dead_letters, dead);
}

#[test]
fn txn_4_what_ends_in_a_marker_or_in_an_aborted_batch_is_read_to_its_end() {
    let mut workload = Workload::new(4);
    let feed = |deployment: &Deployment, plain: &Sender| {
        let topic = &deployment.names.interactions;
        let sender = Sender::transactional(&deployment.address, topic);
        for partition in 0..3 {
            plain.send(topic, &to(partition, workload.interaction()));
            plain.flush();
            let batch: Vec<Outgoing> = (0..5).map(|_| to(partition, workload.interaction())).collect();
            sender.send_in_transaction(topic, &batch, End::Commit);
        }
        // Partition 0 ends in a commit's marker, 1 in an aborted batch, 2 in a marker of nothing, 3 holds an aborted batch only.
        for partition in [1, 3] {
            let aborted: Vec<Outgoing> = (0..5).map(|_| to(partition, workload.interaction())).collect();
            sender.send_in_transaction(topic, &aborted, End::Abort);
        }
    };
    let counts = check("markers", "", feed, |deployment, _| {
        let ends = crate::topics::ends(&deployment.address, &deployment.names.interactions, 4, "read_committed");
        assert_eq!(deployment.taken_in(&deployment.names.interactions), Some(ends.into_iter().map(Some).collect()));
    });
    assert_eq!(counts.inputs, 3 * 6);
}

#[test]
fn txn_4_account_facts_reach_every_domain_and_partition_and_unwanted_types_are_passed_over() {
    let more = "inputs:\n  interactions:\n    ignore_types: [com.example.web.viewed.v1]\n";
    let feed = |deployment: &Deployment, sender: &Sender| {
        let facts = &deployment.names.accounts;
        sender.send(facts, &account("001", 1, Some(&["co-0001.example", "co-0002.example", "co-0003.example"])));
        sender.send(facts, &account("002", 1, Some(&[])));
        sender.send(facts, &account("001", 2, Some(&["co-0001.example"])));
        sender.send(facts, &account("001", 3, None));
        let mut foreign = crate::workload::good("p".to_owned(), &sample("i-foreign"));
        for (name, value) in &mut foreign.headers {
            match name.as_str() {
                "ce_type" => *value = b"com.example.web.viewed.v1".to_vec(),
                EXPECT => *value = b"ignored".to_vec(),
                _ => {}
            }
        }
        sender.send(&deployment.names.interactions, &foreign);
        sender.send_all(&deployment.names.interactions, &Workload::new(5).interactions(50));
    };
    let counts = check("facts", more, feed, |_, pod| {
        assert_eq!(pod.metric("relevo_records_total", "type_ignored"), 1.0);
    });
    assert_eq!(counts.inputs, 55);
}
