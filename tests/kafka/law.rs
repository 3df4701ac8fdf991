//! QUAL-4: the law enters through the log, in one order for every partition, also while the service runs.

use std::collections::BTreeSet;

use crate::broker::Broker;
use crate::deployment::{Deployment, digest, second_rulebook};
use crate::load::under_load;
use crate::oracle;
use crate::records::Sender;
use crate::workload::Workload;

#[test]
fn qual_4_a_new_revision_dropped_into_the_folder_takes_force_in_every_partition() {
    let deployment = Deployment::new(Broker::shared(), "law", 4);
    let mut pods: Vec<_> = (0..2).map(|index| deployment.start(&format!("pod-{index}"))).collect();
    deployment.await_law(1, 60);
    let second = second_rulebook();
    under_load(&deployment, 200, || {
        deployment.await_progress(60);
        deployment.write_rulebook(2, &second);
        deployment.await_law(2, 120);
        deployment.await_progress(60);
    });
    deployment.await_settled(60);
    for label in ["revision=\"2\"".to_owned(), format!("digest=\"{}\"", digest(&second))] {
        assert_eq!(pods[0].metric("relevo_rulebook_info", &label), 1.0, "{label}");
    }
    deployment.stop_in_order(&mut pods);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 0, "{counts}");
    // Each decision names the law that was in force at its place in the log: the revisions of a partition only grow.
    let mut seen = BTreeSet::new();
    for record in deployment.output(&deployment.names.decisions).iter().flatten() {
        let json = record.json();
        let place = oracle::intake::parse_place(json["cause"].as_str().unwrap_or_default()).expect("a cause");
        seen.insert((place.1, place.2, json["rulebook"]["revision"].as_u64().expect("a revision")));
    }
    for partition in 0..4 {
        let revisions: Vec<u64> = seen.iter().filter(|decision| decision.0 == partition).map(|decision| decision.2).collect();
        assert!(
            revisions.is_sorted() && revisions.first() == Some(&1) && revisions.last() == Some(&2),
            "partition {partition}: {revisions:?}"
        );
    }
}

#[test]
fn qual_4_a_file_that_is_no_rulebook_never_replaces_the_law() {
    let deployment = Deployment::new(Broker::shared(), "bad-law", 2);
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    deployment.write_rulebook(2, &second_rulebook().replace("interaction.kind", "interaction.knid"));
    crate::wait::until("the refusal is counted", 90, || pods[0].metric("relevo_rulebook_refused", "") > 0.0);
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(9).interactions(100));
    deployment.await_settled(60);
    assert!(pods[0].page("/readyz?verbose").is_some_and(|page| page.contains("RLV-2")), "the refusal is not shown");
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    let revisions: BTreeSet<u64> = deployment
        .output(&deployment.names.decisions)
        .iter()
        .flatten()
        .filter_map(|record| record.json()["rulebook"]["revision"].as_u64())
        .collect();
    assert_eq!(revisions, BTreeSet::from([1]));
}
