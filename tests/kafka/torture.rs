//! TXN-1 to TXN-4 and FU-3 under the worst that a machine does: processes killed at random, again and again, under load, a broker that restarts
//! in the middle of it, and a pod whose clock is an hour ahead.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::broker::Broker;
use crate::clocks::{HOUR_MS, WrongClock};
use crate::deployment::{Deployment, Pod, RULEBOOK, second, second_roster};
use crate::load::{under_load, watched};
use crate::oracle::{self, true_time};
use crate::records::Reader;
use crate::wait;

/// Kills when nobody asks for more.
const KILLS: u32 = 50;
/// Partitions of the log.
const PARTITIONS: i32 = 8;
/// What the teams of [`hasty`] promise, in ms.
const PROMISED_MS: i64 = 60_000;
/// Interactions a second, while the killing goes on.
const RATE: u64 = 400;

/// The tests' rulebook with terms that run out while the test runs: each lead is overdue, taken, escalated, reminded of, hoarded.
fn hasty() -> String {
    let office = "    calendar: office\n    respond_within: 15m\n    reassign_after: 30m\n    escalate_after: 1h\n    touch_every: 2d\n";
    let minutes = "    respond_within: 1m\n    reassign_after: 1m\n    escalate_after: 1m\n    touch_every: 1m\n    hoarding: { silent_for: 1m, take_back: true }\n";
    assert!(RULEBOOK.contains(office), "the tests' rulebook has other terms");
    RULEBOOK.replace(office, minutes).replace(", respond_within: 5m", "")
}

/// A deployment of two pods; the second one's clock is an hour ahead.
struct Tormented<'a> {
    deployment: &'a Deployment,
    ahead: WrongClock,
    pods: Vec<Pod>,
}

impl<'a> Tormented<'a> {
    fn new(deployment: &'a Deployment) -> Self {
        deployment.write_rulebook(1, &hasty());
        let ahead = WrongClock::new(deployment, HOUR_MS);
        let mut tormented = Self { deployment, ahead, pods: Vec::new() };
        tormented.pods = (0..2).map(|index| tormented.start(index)).collect();
        tormented
    }

    fn start(&self, index: usize) -> Pod {
        let name = format!("pod-{index}");
        if index == 1 { self.ahead.start(self.deployment, &name) } else { self.deployment.start(&name) }
    }

    fn restart(&mut self, index: usize) {
        self.pods[index].process.kill();
        self.pods[index] = self.start(index);
    }
}

/// Kills and restarts the pods in turn, at moments that only the seed knows. One kill in four hits a pod wherever it is in its
/// start; the others wait until it works again, or a machine that is slow to start it would never see it work at all.
fn torment(tormented: &mut Tormented<'_>, broker: &mut Broker, kills: u32) {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for kill in 0..kills {
        // In the middle of it law and roster change, and the broker restarts.
        if kill == kills / 2 {
            tormented.deployment.write_roster(2, &second_roster());
            tormented.deployment.write_rulebook(2, &second(&hasty(), &hasty()));
            broker.stop();
            broker.start();
        }
        let victim = draw(tormented.pods.len() as u64) as usize;
        if draw(4) > 0 {
            let pod = &mut tormented.pods[victim];
            wait::until("the pod that is killed next works", 120, || {
                assert!(!pod.process.has_ended(), "pod {victim} has ended by itself");
                ["decide", "intake"].iter().any(|stage| pod.metric("relevo_partitions_owned", &format!("stage=\"{stage}\"")) > 0.0)
            });
        }
        wait::pause(Duration::from_millis(50 + draw(1_500)));
        tormented.restart(victim);
    }
}

/// Lets the promises of the last minutes run out, with a kill of each pod while they do.
fn time_tells(tormented: &mut Tormented<'_>) {
    let mut events = Reader::from_start(&tormented.deployment.address, &tormented.deployment.names.follow_up, 2);
    let mut told = BTreeMap::<String, usize>::new();
    for victim in 0..tormented.pods.len() {
        let enough = 20 * (victim + 1);
        wait::until("time tells of leads that nobody touches", 180, || {
            while let Some(event) = events.poll(Duration::ZERO) {
                *told.entry(event.header("ce_type").unwrap_or_default().to_owned()).or_default() += 1;
            }
            ["relevo.lead.overdue.v1", "relevo.lead.touch_due.v1"].iter().all(|event| told.get(*event) >= Some(&enough))
        });
        tormented.restart(victim);
    }
}

/// The skew that each pod sees of its clock, once it has compared it.
fn skews(tormented: &Tormented<'_>) -> Vec<f64> {
    let skew = |pod: &Pod| {
        let page = pod.page("/metrics")?;
        page.lines().find_map(|line| line.strip_prefix("relevo_clock_skew_seconds ")?.parse::<f64>().ok())
    };
    tormented.pods.iter().map(|pod| wait::until_some("a pod has compared its clock", 60, || skew(pod))).collect()
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
fn torture_txn_1_2_3_4_fu_3_kills_at_random_and_a_wrong_clock_lose_double_and_misjudge_nothing() {
    let kills = std::env::var("RELEVO_TORTURE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut broker = Broker::own();
    let deployment = Deployment::new(&broker, "torture", PARTITIONS);
    let mut tormented = Tormented::new(&deployment);
    deployment.await_law(1, 60);
    let ((), pauses) = under_load(&deployment, RATE, || watched(&deployment, || torment(&mut tormented, &mut broker, kills)));
    time_tells(&mut tormented);
    deployment.await_settled(120);
    let skews = skews(&tormented);
    deployment.stop_in_order(&mut tormented.pods);
    let (counts, verdict) = oracle::judge(&deployment);
    let by_true_time = true_time::judge(&deployment, PROMISED_MS);
    let longest = pauses.values().max().copied().unwrap_or_default();
    println!(
        "kills {kills}, {counts}, lost {}, doubled {}, wrong {}, longest pause of a partition {:.1} s",
        verdict.lost.len(),
        verdict.doubled.len(),
        verdict.wrong.len(),
        longest.as_secs_f64(),
    );
    let true_time::Findings { overdue, falsely_overdue, early, moved } = &by_true_time;
    println!(
        "overdue {overdue}, false overdue {}, told early {}, promises moved {}, skew of the pods' clocks {skews:?} s",
        falsely_overdue.len(),
        early.len(),
        moved.len(),
    );
    verdict.assert_clean();
    by_true_time.assert_clean();
    assert!(skews[0].abs() < 60.0 && skews[1] > 3_500.0, "the second pod's clock is an hour ahead: {skews:?}");
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
