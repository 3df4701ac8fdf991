//! What the two hops of assignment cost: how long leads wait for their hand-off with a roster and without one, side by side in one run.
//!
//! A test of figures that are printed and not judged: machines differ. What is judged is that each lead was assigned, or none.

use std::time::Duration;

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::load::under_load;
use crate::records::Reader;
use crate::wait;

/// Leads of each side.
const LEADS: usize = 60;

/// Milliseconds from the log's taking an interaction to the hand-off of its lead, ascending.
fn delays(test: &str, rostered: bool) -> Vec<i64> {
    let deployment = Deployment::new(Broker::shared(), test, 4);
    if !rostered {
        std::fs::remove_dir_all(deployment.folder.path().join("rosters")).expect("the folder goes");
    }
    let mut pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    let mut found = Vec::new();
    under_load(&deployment, 400, || {
        let mut leads = Reader::from_start(&deployment.address, &deployment.names.leads, 2);
        wait::until("the leads are handed off", 120, || {
            if let Some(lead) = leads.poll(Duration::from_millis(50)).map(|record| record.json()).filter(|lead| lead["lead_version"] == 1) {
                let at = |name: &str| {
                    let text = lead["clock"][name].as_str().expect("a time");
                    text.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
                };
                assert_eq!(lead["assignment"]["assignee"].is_string(), rostered, "{lead}");
                found.push(at("handed_off_at") - at("ingested_at"));
            }
            found.len() >= LEADS
        });
    });
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    found.sort_unstable();
    found
}

#[test]
fn the_two_hops_of_assignment_are_measured() {
    let (without, with) = (delays("hops-without", false), delays("hops-with", true));
    let at = |sorted: &[i64], part: usize| sorted[sorted.len() * part / 100];
    for part in [50, 95] {
        let (one, other) = (at(&without, part), at(&with, part));
        println!("p{part} from the log to the hand-off: {one} ms without a roster, {other} ms with one: {} ms for two hops", other - one);
    }
}
