//! TXN-4: a step that panics makes a dead letter with a code of its own, and stops neither its partition nor its process.

use relevo::contract::murmur2::partition_of_key;

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::oracle;
use crate::records::Sender;
use crate::workload::{Workload, good, sample};

/// The account at whose records the step panics; nobody else of the workload is in it.
const ACCOUNT: &str = "poison.example";

#[test]
fn txn_4_a_panic_in_a_step_is_one_dead_letter_and_the_partition_goes_on() {
    let deployment = Deployment::new(Broker::shared(), "panic", 2);
    let mut pods = [deployment.start_with("pod-0", &[], &[("RELEVO_FAILPOINTS", &format!("step/{ACCOUNT}=panic"))])];
    deployment.await_law(1, 60);
    let sender = Sender::plain(&deployment.address);
    let topic = &deployment.names.interactions;
    let mut workload = Workload::new(12);
    for number in 0..3 {
        sender.send_all(topic, &workload.interactions(60));
        sender.send(topic, &good("p-1".to_owned(), &sample(&format!("i-panic-{number}"))));
    }
    sender.send_all(topic, &workload.interactions(60));
    deployment.await_settled(60);
    assert!(!pods[0].process.has_ended(), "{}", pods[0].process.printed());
    assert_eq!(pods[0].metric("relevo_dead_letters_total", "code=\"RLV-4"), 3.0);
    deployment.stop_in_order(&mut pods);

    let letters: Vec<_> = deployment.output(&deployment.names.dead_letters).into_iter().flatten().collect();
    assert_eq!(letters.len(), 3, "{letters:?}");
    for letter in &letters {
        assert!(letter.header("relevo_error_code").is_some_and(|code| code.starts_with("RLV-4")), "{letter:?}");
        assert_eq!(letter.header("__streams.errors.topic"), Some(deployment.names.intake.as_str()));
        assert_eq!(letter.header("__streams.errors.partition"), Some(partition_of_key(ACCOUNT.as_bytes(), 2).to_string().as_str()));
    }
    // All else is as the fold says; it has no panic in it, so these three are what it finds different.
    let panicked = |line: &String| line.contains("DeadLetters") || line.contains(ACCOUNT) || line.contains("Decisions");
    let (_, verdict) = oracle::judge(&deployment);
    assert!(verdict.doubled.is_empty(), "{:?}", verdict.doubled);
    assert_eq!(verdict.lost.len(), 3, "{:?}", verdict.lost);
    assert!(verdict.lost.iter().chain(&verdict.wrong).all(panicked), "{:?} {:?}", verdict.lost, verdict.wrong);
    assert_eq!(verdict.wrong.len(), 4, "three dead letters, and the account's row: {:?}", verdict.wrong);
}
