//! TXN-1 and TXN-2 at the narrowest place: a Decide worker that stands still right before or right after its offsets went into
//! the transaction, while one of its two partitions is to move to another pod, or both have moved already.

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::load::under_load;
use crate::oracle;
use crate::wait;

/// The commit at which the worker halts: some come before it, for the start and for the law.
const AT_COMMIT: u32 = 40;
/// How long its thread halts, in ms. The client's background threads go on: heartbeats, and joining the group again.
const HALT_MS: u32 = 8_000;

/// What happens to the process while the worker's thread halts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    /// Its background threads go on, so the group is joined again behind the worker's back.
    Lives,
    /// All of it is frozen until its session has ended and the other pod has taken both partitions.
    IsFrozen,
}

fn check(test: &str, place: &str, meanwhile: Meanwhile) {
    let deployment = Deployment::new(Broker::shared(), test, 2);
    let point = format!("{place}/decide=halt:{HALT_MS}@{AT_COMMIT}");
    let mut first = deployment.start_with("pod-0", &[], &[("RELEVO_FAILPOINTS", &point)]);
    deployment.await_law(1, 60);
    let mut pods = under_load(&deployment, 200, || {
        wait::until("the worker halts", 60, || first.process.printed().contains("failpoint"));
        if meanwhile == Meanwhile::IsFrozen {
            first.process.signal(libc::SIGSTOP);
        }
        let second = deployment.start("pod-1");
        let owned = |wanted: f64| second.metric("relevo_partitions_owned", "stage=\"decide\"") >= wanted;
        match meanwhile {
            Meanwhile::Lives => wait::until("the second pod owns a partition", 60, || owned(1.0)),
            Meanwhile::IsFrozen => {
                wait::until("the second pod owns both partitions", 90, || owned(2.0));
                deployment.await_progress(60);
                let said = first.process.printed().len();
                first.process.signal(libc::SIGCONT);
                // Its figures may be from before it was frozen; how its commit ended, Decide says or shows by ending fenced. What Intake
                // says in the same process is no answer: Decide's thread may still halt.
                let of_decide = |line: &str| line.contains(".decide.pod-0.0}") && (line.contains("rolled back") || line.contains("asking"));
                let found_out = || first.process.has_ended() || first.process.printed()[said..].lines().any(of_decide);
                wait::until("the woken pod finds out", 60, found_out);
            }
        }
        if first.process.has_ended() {
            first = deployment.start("pod-0");
        }
        deployment.await_progress(60);
        [first, second]
    });
    // What it shows of itself may be from before it was frozen: that it is fenced it learns from its next word with the broker, ends,
    // and is started again as a pod is.
    deployment.await_settled(60);
    if pods[0].process.has_ended() {
        pods[0] = deployment.start("pod-0");
        deployment.await_progress(60);
    }
    deployment.await_settled(60);
    if meanwhile == Meanwhile::Lives {
        // Both processes have lived through it all, rolled back and tried again: what they counted is what is true (TXN-2).
        let decisions: usize = deployment.output(&deployment.names.decisions).iter().map(Vec::len).sum();
        let counted = || pods.iter().map(|pod| pod.metric("relevo_decisions_total", "")).sum::<f64>();
        let agreed = wait::holds_within(20, || counted() == decisions as f64);
        assert!(agreed, "{} decisions were counted, and {decisions} are on the topic", counted());
    }
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 0, "too tame: {counts}");
}

#[test]
fn txn_1_2_halted_before_send_offsets_while_a_partition_moves() {
    check("halt-before", "commit.before_offsets", Meanwhile::Lives);
}

#[test]
fn txn_1_2_halted_after_send_offsets_while_a_partition_moves() {
    check("halt-after", "commit.after_offsets", Meanwhile::Lives);
}

#[test]
fn txn_1_2_frozen_before_send_offsets_until_others_have_taken_over() {
    check("freeze-before", "commit.before_offsets", Meanwhile::IsFrozen);
}

#[test]
fn txn_1_2_frozen_after_send_offsets_until_others_have_taken_over() {
    check("freeze-after", "commit.after_offsets", Meanwhile::IsFrozen);
}
