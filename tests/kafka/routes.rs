//! Copies of leads: what keeps one from being written costs that copy, and nothing else.

use crate::broker::Broker;
use crate::deployment::{Deployment, RULEBOOK};
use crate::oracle;
use crate::records::{Reader, Sender};
use crate::topics::{self, Topic};
use crate::wait;
use crate::workload::Workload;

/// One lead's route names a topic that may be written to by the configuration: first it does not exist, then it does, then it is deleted.
#[test]
fn txn_4_a_copy_topic_that_is_missing_or_deleted_costs_only_the_copy() {
    let mut deployment = Deployment::new(Broker::shared(), "copies", 2);
    let copies = format!("{}.copies", deployment.application);
    let route = "{ id: rest, team: mid }";
    assert!(RULEBOOK.contains(route));
    deployment.write_rulebook(1, &RULEBOOK.replace(route, &format!("{{ id: rest, team: mid, also_to: {copies} }}")));
    deployment.more = format!("routes: {{ allowed_topics: [{copies}] }}\n");
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let mut workload = Workload::new(9);
    let sender = Sender::plain(&deployment.address);
    let mut feed = || {
        sender.send_all(&deployment.names.interactions, &workload.interactions(150));
        deployment.await_settled(60);
        pods[0].metric("relevo_copies_left_out_total", "not_writable")
    };
    let left_out = feed();
    assert!(left_out > 0.0, "copies were left out, and nobody counted them");
    let page = pods[0].page("/readyz?verbose").unwrap_or_default();
    assert!(page.contains(&format!("copies of leads to {copies} are left out")) && page.ends_with("\nready\n"), "{page}");

    topics::create(&deployment.address, &[Topic { name: &copies, partitions: 1, settings: Vec::new() }]);
    wait::until("the topic is seen", 30, || !pods[0].page("/readyz?verbose").unwrap_or_default().contains("copies of leads"));
    assert_eq!(feed(), left_out, "every copy of these was written");
    assert!(!Reader::from_start(&deployment.address, &copies, 1).up_to_now().is_empty());

    topics::delete(&deployment.address, &copies);
    assert!(feed() > left_out, "the hand-off goes on without copies");
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 0, "{counts}");
}
