//! TXN-4 of what can't even be unpacked: one batch halts its partition with a code, the others go on, and an operator can step over it.

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::records::{Outgoing, Sender};
use crate::topics;
use crate::wait;
use crate::workload::Workload;

/// A hundred megabytes of spaces: a few kilobytes on the wire, and more than librdkafka unpacks.
const SPACES: usize = 100_000_000;

#[test]
fn txn_4_a_batch_that_can_not_be_read_halts_its_partition_and_can_be_stepped_over() {
    let deployment = Deployment::new(Broker::shared(), "unreadable", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let topic = &deployment.names.interactions;
    let mut workload = Workload::new(12);
    let mut one_to = |partition| Outgoing { partition: Some(partition), ..workload.interaction() };
    let sender = Sender::plain(&deployment.address);
    sender.send_all(topic, &[one_to(1)]);
    let spaces = Outgoing { partition: Some(1), value: Some(vec![b' '; SPACES]), ..Outgoing::default() };
    Sender::packing(&deployment.address, "zstd").send_all(topic, &[spaces]);
    sender.send_all(topic, &[one_to(0), one_to(1), one_to(2), one_to(3)]);

    let page = |pods: &[crate::deployment::Pod]| pods[0].page("/readyz?verbose").unwrap_or_default();
    wait::until("the partition is halted", 60, || page(&pods).contains("RLV-4021"));
    let halted = page(&pods);
    assert!(halted.contains(&format!("{topic}-1: the batch at offset 1 can't be read")) && halted.ends_with("\nnot ready\n"), "{halted}");
    assert_eq!(pods[0].metric("relevo_stopped_partitions", "RLV-4021"), 1.0);
    wait::until("the other partitions are read", 30, || {
        deployment.taken_in(topic).is_some_and(|offsets| offsets == [Some(1), Some(1), Some(1), Some(1)])
    });
    wait::until("the input is seen to lag", 20, || pods[0].metric("relevo_input_lag_records", "interactions") == 2.0);
    wait::until("and not to move", 30, || pods[0].metric("relevo_input_stalled_seconds", "interactions") > 5.0);

    // As the runbook says: with the service stopped, the group's offset is set behind the batch.
    deployment.stop_in_order(&mut pods);
    wait::until("the group has no members", 30, || {
        topics::commit(&deployment.address, &deployment.group("intake"), topic, &[(1, 2)]).is_ok()
    });
    let mut pods = [deployment.start("pod-0")];
    deployment.await_settled(60);
    wait::until("it is ready again", 20, || page(&pods).ends_with("\nready\n"));
    deployment.stop_in_order(&mut pods);
    let decisions: usize = deployment.output(&deployment.names.decisions).iter().map(Vec::len).sum();
    assert_eq!(decisions, 5, "each interaction but the spaces");
}
