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
