//! TXN-4 of a disk that turns a byte: a batch whose checksum is wrong is neither believed nor passed over, wherever it lies.

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::records::{Outgoing, Record, Sender};
use crate::recovery::{check_works, typed};
use crate::topics;
use crate::wait;
use crate::workload::Workload;

fn page(pod: &Pod) -> String {
    pod.page("/readyz?verbose").unwrap_or_default()
}

fn decisions(deployment: &Deployment) -> usize {
    deployment.output(&deployment.names.decisions).iter().map(Vec::len).sum()
}

#[test]
fn txn_4_a_damaged_batch_of_an_input_halts_its_partition_before_it_and_nothing_behind_it_is_taken() {
    let mut broker = Broker::with_files();
    let deployment = Deployment::new(&broker, "damaged-input", 2);
    let pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    deployment.stop_in_order(&mut [pod]);
    let topic = &deployment.names.interactions;
    let mut workload = Workload::new(21);
    let sent: Vec<Outgoing> = (0..6).map(|index| Outgoing { partition: Some(i32::from(index < 4)), ..workload.interaction() }).collect();
    // Each in a batch of its own.
    let sender = Sender::plain(&deployment.address);
    sent.iter().for_each(|one| sender.send_all(topic, std::slice::from_ref(one)));
    broker.stop();
    broker.damage(topic, 1, 1);
    broker.start();

    let mut pods = [deployment.start("pod-0")];
    wait::until("the partition is halted", 60, || page(&pods[0]).contains("RLV-4021"));
    let halted = page(&pods[0]);
    assert!(halted.contains(&format!("{topic}-1: the batch at offset 1 can't be read")), "{halted}");
    wait::until("the other partition is read", 60, || {
        deployment.taken_in(topic).is_some_and(|offsets| (offsets[0], offsets[1]) == (Some(2), Some(1)))
    });
    // As the runbook says.
    deployment.stop_in_order(&mut pods);
    wait::until("the group has no members", 30, || {
        topics::commit(&deployment.address, &deployment.group("intake"), topic, &[(1, 2)]).is_ok()
    });
    let mut pods = [deployment.start("pod-0")];
    deployment.await_settled(60);
    wait::until("it is ready again", 20, || page(&pods[0]).ends_with("\nready\n"));
    deployment.stop_in_order(&mut pods);
    assert_eq!(decisions(&deployment), 5, "each interaction but the damaged one");
}

#[test]
fn txn_4_a_damaged_batch_of_the_log_halts_its_partition_before_it_and_the_other_goes_on() {
    let mut broker = Broker::with_files();
    let deployment = Deployment::new(&broker, "damaged-log", 2);
    let pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    deployment.stop_in_order(&mut [pod]);
    // Only Intake works: what it forwards is not decided yet.
    let mut workload = Workload::new(22);
    let sent: Vec<Outgoing> = (0..40).map(|_| workload.interaction()).collect();
    let pod = deployment.start_with("pod-0", &["--stage", "intake"], &[]);
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &sent);
    wait::until("everything is forwarded", 60, || {
        deployment.taken_in(&deployment.names.interactions).is_some_and(|offsets| offsets.iter().flatten().sum::<i64>() == 40)
    });
    deployment.stop_in_order(&mut [pod]);
    let log = deployment.read(&deployment.names.intake, 2);
    let before = deployment.decided().expect("offsets");
    let is_interaction = |record: &&Record| record.offset >= before[record.partition as usize] && record.header("relevo_source").is_some();
    let damaged = log.iter().flatten().find(is_interaction).expect("an interaction on the log");
    let (partition, other) = (damaged.partition, 1 - damaged.partition);
    broker.stop();
    broker.damage(&deployment.names.intake, partition, damaged.offset);
    broker.start();

    let mut pods = [deployment.start_with("pod-0", &["--stage", "decide"], &[])];
    wait::until("the partition is halted", 60, || page(&pods[0]).contains("RLV-4021"));
    let halted = page(&pods[0]);
    assert!(halted.contains(&format!("{}-{partition}: the batch at offset", deployment.names.intake)), "{halted}");
    wait::until("the other partition is decided", 60, || {
        deployment.decided().is_some_and(|now| now[other as usize] > before[other as usize])
    });
    let now = deployment.decided().expect("offsets");
    assert!(now[partition as usize] <= damaged.offset, "nothing behind it is folded: {now:?}");
    deployment.stop_in_order(&mut pods);
    // As the runbook says, with what the broker's own tool would show.
    let behind = broker.end_of_batch(&deployment.names.intake, partition, damaged.offset);
    topics::cut(&deployment.address, &deployment.names.intake, partition, behind);
    let lost = behind - now[partition as usize];
    typed(&deployment, &["state", "rebase", "--yes"], 0, &[&format!("Lost are {lost} records")]);
    check_works(&deployment);
}

#[test]
fn txn_2_a_damaged_row_of_the_state_is_never_left_out_of_it() {
    let mut broker = Broker::with_files();
    let deployment = Deployment::new(&broker, "damaged-state", 1);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(23).interactions(50));
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    let rows = deployment.read(&deployment.names.changelog, 1).remove(0);
    let row = rows.iter().find(|row| row.key_text().contains('.')).expect("an account's row");
    broker.stop();
    broker.damage(&deployment.names.changelog, 0, row.offset);
    broker.start();

    let mut pods = [deployment.start_with("pod-0", &["--stage", "decide"], &[])];
    wait::until("the partition is halted", 60, || page(&pods[0]).contains("RLV-4021"));
    let halted = page(&pods[0]);
    assert!(halted.contains(&format!("{}-0: the batch at offset", deployment.names.changelog)), "{halted}");
    deployment.stop_in_order(&mut pods);
    // As the runbook says.
    deployment.remake_changelog();
    typed(&deployment, &["state", "rebuild", "--yes"], 0, &["1 of 1 partitions"]);
    check_works(&deployment);
}
