//! State, offsets and the log when they disagree: restored where that is safe, stopped with a code where it is not.

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::oracle;
use crate::records::Sender;
use crate::topics;
use crate::wait;
use crate::workload::Workload;

/// A deployment that has decided on some interactions and has been stopped in order.
fn settled(test: &str) -> Deployment {
    let deployment = Deployment::new(Broker::shared(), test, 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    feed(&deployment, 1, 400);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    deployment
}

fn feed(deployment: &Deployment, seed: u64, count: usize) {
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(seed).interactions(count));
}

/// Waits until the group has no members and can be changed from outside.
fn await_empty_group(what: &str, mut change: impl FnMut() -> Result<(), String>) {
    let mut last = String::new();
    wait::until(&format!("{what} ({last})"), 60, || match change() {
        Ok(()) => true,
        Err(error) => {
            last = error;
            false
        }
    });
}

/// Starts a pod that must refuse to fold a partition: it says the code, and nothing more is decided.
fn check_stopped(deployment: &Deployment, code: &str) {
    let before: usize = deployment.output(&deployment.names.decisions).iter().map(Vec::len).sum();
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    wait::until(&format!("{code} is said; {}", deployment.log("pod-0").display()), 60, || {
        pod.process.printed().contains(code)
            && (pod.process.has_ended() || pod.page("/readyz?verbose").is_some_and(|page| page.contains(code)))
    });
    let after: usize = deployment.output(&deployment.names.decisions).iter().map(Vec::len).sum();
    assert_eq!(before, after, "decisions were made all the same");
}

#[test]
fn txn_2_state_is_restored_and_the_fold_goes_on_as_if_nothing_had_been() {
    let deployment = settled("restore");
    let mut pods = [deployment.start("pod-0")];
    feed(&deployment, 2, 400);
    deployment.await_settled(60);
    // The same pod, and another one that has never been there before.
    deployment.stop_in_order(&mut pods);
    let mut pods: [Pod; 1] = [deployment.start("pod-9")];
    feed(&deployment, 3, 400);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 5, "{counts}");
}

#[test]
fn txn_3_lost_offsets_are_taken_from_the_position_record() {
    let deployment = settled("lost-offsets");
    let group = deployment.group("decide");
    await_empty_group("the group is deleted", || topics::delete_group(&deployment.address, &group));
    let mut pods = [deployment.start("pod-0")];
    feed(&deployment, 2, 200);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
}

#[test]
fn txn_3_a_changelog_whose_position_disagrees_stops_the_partition_with_a_code() {
    let deployment = settled("disagree");
    let group = deployment.group("decide");
    // Somebody has set the group back: folding on from there would count events twice.
    await_empty_group("offsets are set back", || topics::commit(&deployment.address, &group, &deployment.names.intake, &[(0, 3), (1, 3)]));
    check_stopped(&deployment, "RLV-4");
}

#[test]
fn txn_3_a_log_cut_beyond_the_position_stops_the_partition_with_a_code() {
    let deployment = settled("cut-log");
    let decided = deployment.decided().expect("offsets");
    let mut intake_only = deployment.start_with("pod-1", &["--stage", "intake"], &[]);
    feed(&deployment, 2, 200);
    wait::until("the log grows beyond what was decided", 60, || {
        let ends = topics::ends(&deployment.address, &deployment.names.intake, 2, "read_committed");
        ends.iter().zip(&decided).all(|(end, decided)| end > &(decided + 20))
    });
    intake_only.process.terminate(15);
    for (partition, offset) in decided.iter().enumerate() {
        topics::cut(&deployment.address, &deployment.names.intake, partition as i32, offset + 10);
    }
    check_stopped(&deployment, "RLV-4");
}
