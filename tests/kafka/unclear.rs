//! TXN-1 and TXN-2 when nobody knows whether a commit happened: the word on it is lost, on a real broker, both ways.

use crate::broker::{Broker, Loss};
use crate::deployment::Deployment;
use crate::load::under_load;
use crate::oracle;
use crate::wait;

/// How long commits go unanswered, in seconds: longer than a transaction may last.
const SILENCE_SECONDS: u64 = 20;

#[test]
fn txn_1_2_an_unclear_commit_is_cleared_up_whether_it_happened_or_not() {
    let (broker, proxy) = Broker::behind_proxy();
    let deployment = Deployment::new(&broker, "unclear", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    under_load(&deployment, 200, || {
        for loss in [Loss::Answer, Loss::Request] {
            deployment.await_progress(60);
            let before = proxy.lost();
            proxy.lose(loss);
            wait::until("a commit is unclear", 20, || proxy.lost() > before);
            wait::pause(std::time::Duration::from_secs(SILENCE_SECONDS));
            proxy.heal();
            // The process clears it up itself, or ends to be restarted, as a pod is.
            wait::until("both stages move on", 120, || {
                if pods[0].process.has_ended() {
                    pods[0] = deployment.start("pod-0");
                }
                deployment.moves_on_within(10)
            });
        }
    });
    deployment.await_settled(120);
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 0, "{counts}");
}
