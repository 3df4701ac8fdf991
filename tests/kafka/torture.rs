//! TXN-1 to TXN-4 under the worst that a machine does: processes killed at random, again and again, under load.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod, RULEBOOK, second, second_roster};
use crate::load::{under_load, watched};
use crate::oracle;
use crate::records::Reader;
use crate::wait;

/// Kills when nobody asks for more.
const KILLS: u32 = 50;
/// Partitions of the log.
const PARTITIONS: i32 = 8;
/// Interactions a second, while the killing goes on.
const RATE: u64 = 400;

/// The tests' rulebook with terms that run out while the test runs: each lead is overdue, taken, escalated, reminded of, hoarded.
fn hasty() -> String {
    let office = "    calendar: office\n    respond_within: 15m\n    reassign_after: 30m\n    escalate_after: 1h\n    touch_every: 2d\n";
    let minutes = "    respond_within: 1m\n    reassign_after: 1m\n    escalate_after: 1m\n    touch_every: 1m\n    hoarding: { silent_for: 1m, take_back: true }\n";
    assert!(RULEBOOK.contains(office), "the tests' rulebook has other terms");
    RULEBOOK.replace(office, minutes).replace(", respond_within: 5m", "")
}

/// Kills and restarts the pods in turn, at moments that only the seed knows. One kill in four hits a pod wherever it is in its
/// start; the others wait until it works again, or a machine that is slow to start it would never see it work at all.
fn torment(deployment: &Deployment, pods: &mut [Pod], kills: u32) {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for kill in 0..kills {
        // In the middle of it law and roster change.
        if kill == kills / 2 {
            deployment.write_roster(2, &second_roster());
            deployment.write_rulebook(2, &second(&hasty(), &hasty()));
        }
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

/// Lets the promises of the last minutes run out, with a kill of each pod while they do.
fn time_tells(deployment: &Deployment, pods: &mut [Pod]) {
    let mut events = Reader::from_start(&deployment.address, &deployment.names.follow_up, 2);
    let mut told = BTreeMap::<String, usize>::new();
    for (victim, pod) in pods.iter_mut().enumerate() {
        let enough = 20 * (victim + 1);
        wait::until("time tells of leads that nobody touches", 180, || {
            while let Some(event) = events.poll(Duration::ZERO) {
                *told.entry(event.header("ce_type").unwrap_or_default().to_owned()).or_default() += 1;
            }
            ["relevo.lead.overdue.v1", "relevo.lead.touch_due.v1"].iter().all(|event| told.get(*event) >= Some(&enough))
        });
        pod.process.kill();
        *pod = deployment.start(&format!("pod-{victim}"));
    }
}

/// How many records of each kind are on the log and on the follow-up topic.
fn seen(deployment: &Deployment) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    let log = deployment.read(&deployment.names.intake, PARTITIONS);
    for record in log.iter().chain(&deployment.output(&deployment.names.follow_up)).flatten() {
        *seen.entry(record.header("ce_type").unwrap_or_default().to_owned()).or_default() += 1;
    }
    seen
}

#[test]
fn torture_txn_1_2_3_4_kills_at_random_under_load_lose_and_double_nothing() {
    let kills = std::env::var("RELEVO_TORTURE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let deployment = Deployment::new(Broker::shared(), "torture", PARTITIONS);
    deployment.write_rulebook(1, &hasty());
    let mut pods: Vec<Pod> = (0..2).map(|index| deployment.start(&format!("pod-{index}"))).collect();
    deployment.await_law(1, 60);
    let ((), pauses) = under_load(&deployment, RATE, || watched(&deployment, || torment(&deployment, &mut pods, kills)));
    time_tells(&deployment, &mut pods);
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
    let seen = seen(&deployment);
    println!("{seen:?}");
    for event in [
        "relevo.log.assign_requested.v1",
        "relevo.log.assigned.v1",
        "relevo.log.load_changed.v1",
        "relevo.lead.overdue.v1",
        "relevo.lead.reassigned.v1",
        "relevo.lead.touch_due.v1",
    ] {
        assert!(seen.get(event) > Some(&10), "the run was too tame to show {event}: {seen:?}");
    }
    for policy in ["relevo.log.roster_in_force.v1", "relevo.log.policy_in_force.v1"] {
        assert!(seen.get(policy) >= Some(&(2 * PARTITIONS as usize)), "both revisions took force: {seen:?}");
    }
    assert!(counts.leads > 20 && counts.follow_ups > 20 && counts.dead_letters > 0, "the run was too tame to show anything: {counts}");
}
