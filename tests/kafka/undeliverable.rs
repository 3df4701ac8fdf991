//! TXN-4 of what goes out: a record that an output topic does not take halts its own partition with a code, and heals.

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::oracle;
use crate::records::Sender;
use crate::topics;
use crate::wait;
use crate::workload::Workload;

#[test]
fn txn_4_a_record_that_is_refused_halts_its_partition_with_a_code_until_it_is_taken() {
    let deployment = Deployment::new(Broker::shared(), "refused", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let decisions = &deployment.names.decisions;
    topics::alter(&deployment.address, decisions, &[("max.message.bytes", "100")]);
    let mut workload = Workload::new(11);
    let sender = Sender::plain(&deployment.address);
    sender.send_all(&deployment.names.interactions, &workload.interactions(1));
    let page = || pods[0].page("/readyz?verbose").unwrap_or_default();
    wait::until("the partition is halted", 60, || page().contains("RLV-4020"));
    let halted = page();
    let says = |what: &str| assert!(halted.contains(what), "`{what}` is not said:\n{halted}");
    says(&format!("{}-", deployment.names.intake));
    says(&format!("topic {decisions}, partition "));
    says("Message size too large");
    assert_eq!(pods[0].metric("relevo_stopped_partitions", "RLV-4020"), 1.0);

    // Time passes in the other partition. The halted one is tried again and again, without haste.
    let before = deployment.decided().expect("both partitions have offsets");
    wait::until("the other partition goes on", 30, || {
        let now = deployment.decided().expect("offsets");
        now.iter().zip(&before).filter(|(now, before)| **now >= *before + 3).count() == 1
    });
    let rolled_back = pods[0].metric("relevo_transactions_total", "rolled_back");
    assert!(rolled_back < 20.0, "{rolled_back} transactions were rolled back");

    topics::alter(&deployment.address, decisions, &[("max.message.bytes", "4194304")]);
    deployment.await_settled(60);
    wait::until("it is ready again", 10, || !page().contains("RLV-4020") && page().ends_with("\nready\n"));
    // What only a large batch is too large for is written in smaller ones, and halts nobody.
    topics::alter(&deployment.address, decisions, &[("max.message.bytes", "12000")]);
    sender.send_all(&deployment.names.interactions, &workload.interactions(300));
    deployment.await_settled(60);
    assert_eq!(pods[0].metric("relevo_stopped_partitions", "RLV-4020"), 0.0);
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.inputs == 301, "{counts}");
}
