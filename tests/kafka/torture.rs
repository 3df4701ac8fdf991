//! TXN-1 to TXN-4 under the worst that a machine does: processes killed at random, again and again, under load.

use std::time::Duration;

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::load::{under_load, watched};
use crate::oracle;
use crate::wait;

/// Kills when nobody asks for more.
const KILLS: u32 = 50;
/// Partitions of the log.
const PARTITIONS: i32 = 8;
/// Interactions a second, while the killing goes on.
const RATE: u64 = 400;

/// Kills and restarts the pods in turn, at moments that only the seed knows. One kill in four hits a pod wherever it is in its
/// start; the others wait until it works again, or a machine that is slow to start it would never see it work at all.
fn torment(deployment: &Deployment, pods: &mut [Pod], kills: u32) {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for _ in 0..kills {
        let victim = draw(pods.len() as u64) as usize;
        if draw(4) > 0 {
            let pod = &mut pods[victim];
            wait::until("the pod that is killed next works", 120, || {
                assert!(!pod.process.has_ended(), "pod {victim} has ended by itself");
                ["decide", "intake"].iter().any(|stage| pod.metric("relevo_partitions_owned", &format!("stage=\"{stage}\"")) > 0.0)
            });
        }
        wait::pause(Duration::from_millis(50 + draw(1_500)));
        pods[victim].process.kill();
        pods[victim] = deployment.start(&format!("pod-{victim}"));
    }
}

#[test]
fn torture_txn_1_2_3_4_kills_at_random_under_load_lose_and_double_nothing() {
    let kills = std::env::var("RELEVO_TORTURE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let deployment = Deployment::new(Broker::shared(), "torture", PARTITIONS);
    let mut pods: Vec<Pod> = (0..2).map(|index| deployment.start(&format!("pod-{index}"))).collect();
    deployment.await_law(1, 60);
    let ((), pauses) = under_load(&deployment, RATE, || watched(&deployment, || torment(&deployment, &mut pods, kills)));
    deployment.await_settled(120);
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    let longest = pauses.values().max().copied().unwrap_or_default();
    println!(
        "kills {kills}, {counts}, lost {}, doubled {}, wrong {}, longest pause of a partition {:.1} s",
        verdict.lost.len(),
        verdict.doubled.len(),
        verdict.wrong.len(),
        longest.as_secs_f64(),
    );
    verdict.assert_clean();
    assert!(counts.leads > 20 && counts.follow_ups > 20 && counts.dead_letters > 0, "the run was too tame to show anything: {counts}");
}
