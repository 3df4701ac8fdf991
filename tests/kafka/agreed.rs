//! QUAL-4 with signatures: what both departments signed becomes law everywhere at once, and nothing else does, whatever pods do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod, RULEBOOK, dated, digest, now, second_rulebook, swap};
use crate::load::under_load;
use crate::oracle;
use crate::records::{Record, Sender};
use crate::ssh::{self, Person};
use crate::wait;
use crate::workload::Workload;

const LAW: &str = "relevo.log.policy_in_force.v1";

/// Those who sign for marketing and for sales.
pub struct People {
    pub ana: Person,
    pub eva: Person,
}

impl People {
    pub fn new() -> Self {
        Self { ana: Person::new("ana@example.com"), eva: Person::new("eva@example.com") }
    }

    pub fn sign(&self, text: &str) -> String {
        self.ana.signs(text) + &self.eva.signs(text)
    }

    pub fn deployment(&self, test: &str, partitions: i32) -> Deployment {
        Deployment::signed(Broker::shared(), test, partitions, &self.ana, &self.eva)
    }
}

/// The laws that entered each partition of the log, in order: revision, digest, signers. Of two pods that offer the same file the later one
/// has it told again, which changes nothing: told once here.
fn laws(deployment: &Deployment) -> Vec<Vec<(u64, String, Vec<String>)>> {
    let law = |record: &Record| {
        let json = record.json();
        let signers = json["signed_by"].as_array().expect("a list").iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
        (json["revision"].as_u64().expect("a revision"), json["digest"].as_str().expect("a digest").to_owned(), signers)
    };
    let log = deployment.read(&deployment.names.intake, deployment.partitions);
    let laws = |records: &Vec<Record>| {
        let mut laws: Vec<_> = records.iter().filter(|record| record.header("ce_type") == Some(LAW)).map(law).collect();
        laws.dedup();
        laws
    };
    log.iter().map(laws).collect()
}

/// Holds every partition's laws against these, and every decision against the law at its place in the log.
fn assert_laws(deployment: &Deployment, expected: &[&str]) {
    let signers = vec!["ana@example.com".to_owned(), "eva@example.com".to_owned()];
    let expected: Vec<_> = (1..).zip(expected).map(|(revision, text)| (revision, digest(text), signers.clone())).collect();
    for (partition, found) in laws(deployment).into_iter().enumerate() {
        assert_eq!(found, expected, "partition {partition} changes its law once for each revision");
    }
    let digests: BTreeMap<u64, &String> = expected.iter().map(|(revision, digest, _)| (*revision, digest)).collect();
    let mut seen = BTreeMap::<i32, BTreeSet<(i64, u64)>>::new();
    for record in deployment.output(&deployment.names.decisions).iter().flatten() {
        let json = record.json();
        let place = oracle::intake::parse_place(json["cause"].as_str().unwrap_or_default()).expect("a cause");
        let revision = json["rulebook"]["revision"].as_u64().expect("a revision");
        assert_eq!(json["rulebook"]["digest"].as_str(), digests.get(&revision).map(|digest| digest.as_str()), "revision {revision}");
        seen.entry(place.1).or_default().insert((place.2, revision));
    }
    for (partition, decisions) in seen {
        let revisions: Vec<u64> = decisions.into_iter().map(|(_, revision)| revision).collect();
        assert!(revisions.is_sorted(), "partition {partition} goes back to an older law: {revisions:?}");
        assert_eq!(revisions.last(), Some(&(expected.len() as u64)), "partition {partition} never decided by the last law");
    }
    for record in deployment.output(&deployment.names.leads).iter().flatten() {
        assert_eq!(record.json()["rulebook"]["signed_by"].as_array().map(Vec::len), Some(2), "a lead that nobody signed for");
    }
}

/// A folder of rulebooks for one pod alone, filled as Kubernetes does, and the variable that points there.
pub fn folder_of(deployment: &Deployment, pod: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = deployment.folder.path().join(format!("rulebooks-of-{pod}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    swap(&folder, files);
    folder
}

pub fn start_with_folder(deployment: &Deployment, pod: &str, folder: &Path) -> Pod {
    deployment.start_with(pod, &[], &[("RELEVO__RULEBOOK__FOLDER", folder.to_str().expect("UTF-8"))])
}

/// A pod for each folder, and their first law in force.
fn start_each(deployment: &Deployment, folders: &[PathBuf]) -> Vec<Pod> {
    let start = |(index, folder): (usize, &PathBuf)| start_with_folder(deployment, &format!("pod-{index}"), folder);
    let pods = folders.iter().enumerate().map(start).collect();
    deployment.await_law(1, 60);
    pods
}

#[test]
fn qual_4_a_signed_revision_takes_force_at_its_hour_though_one_pod_has_it_not_and_the_other_is_killed() {
    let people = People::new();
    let deployment = people.deployment("signed-hour", 4);
    let first = people.sign(RULEBOOK);
    let one = [("0001.yaml", RULEBOOK), ("0001.sigs", first.as_str())];
    let folders = ["pod-0", "pod-1"].map(|pod| folder_of(&deployment, pod, &one));
    let mut pods = start_each(&deployment, &folders);
    let second = under_load(&deployment, 200, || {
        deployment.await_progress(60);
        let hour = now().plus_ms(6_000);
        let second = dated(&second_rulebook(), hour);
        let signatures = people.sign(&second);
        let two = [one[0], one[1], ("0002.yaml", second.as_str()), ("0002.sigs", signatures.as_str())];
        swap(&folders[0], &two);
        wait::until("its hour has come", 30, || now() >= hour);
        pods[0].process.kill();
        // The pod that is left has not the file, and decides by the law that is in force.
        deployment.await_progress(60);
        pods[0] = start_with_folder(&deployment, "pod-0", &folders[0]);
        deployment.await_law(2, 90);
        // The one that knew it first is gone for good now, and the other decides by it all the same.
        assert!(crate::process::in_order(pods[0].process.terminate(15)));
        deployment.await_progress(60);
        second
    });
    deployment.await_settled(60);
    let label = format!("digest=\"{}\"", digest(&second));
    wait::until("the pod without the file shows the law", 30, || pods[1].metric("relevo_rulebook_info", &label) == 1.0);
    assert_eq!(pods[1].metric("relevo_rulebook_info", "unsigned=\"false\""), 1.0);
    deployment.stop_in_order(&mut pods[1..]);
    let (counts, verdict) = oracle::judge(&deployment);
    verdict.assert_clean();
    assert!(counts.leads > 0, "{counts}");
    assert_laws(&deployment, &[RULEBOOK, &second]);
}

#[test]
fn qual_4_of_two_signed_files_of_one_revision_one_becomes_law_everywhere() {
    let people = People::new();
    let deployment = people.deployment("two-files", 3);
    let first = people.sign(RULEBOOK);
    let one = [("0001.yaml", RULEBOOK), ("0001.sigs", first.as_str())];
    let folders = ["pod-0", "pod-1"].map(|pod| folder_of(&deployment, pod, &one));
    let mut pods = start_each(&deployment, &folders);
    let hour = now().plus_ms(5_000);
    let texts = ["75", "80"].map(|threshold| {
        let text = second_rulebook().replace("threshold: 75", &format!("threshold: {threshold}"));
        dated(&text, hour)
    });
    assert_ne!(texts[0], texts[1]);
    for (folder, text) in folders.iter().zip(&texts) {
        let signatures = people.sign(text);
        swap(folder, &[one[0], one[1], ("0002.yaml", text), ("0002.sigs", &signatures)]);
    }
    under_load(&deployment, 100, || {
        deployment.await_law(2, 90);
        deployment.await_progress(60);
    });
    let law = laws(&deployment)[0][1].1.clone();
    let winner = texts.iter().position(|text| digest(text) == law).expect("one of the two is law");
    // Whoever has the other file says that it can't become law, and goes on by the one that is.
    let loser = &pods[1 - winner];
    wait::until("the other file is refused", 60, || {
        let page = loser.page("/readyz?verbose").unwrap_or_default();
        page.contains("rulebook 0002.yaml") && page.contains("RLV-2101") && page.contains(&law)
    });
    assert!(loser.metric("relevo_rulebook_refused", "RLV-2101") >= 1.0);
    assert!(!pods[winner].page("/readyz?verbose").unwrap_or_default().contains("rulebook 0002.yaml"));
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    assert_laws(&deployment, &[RULEBOOK, &texts[winner]]);
}

#[test]
fn qual_4_without_an_agreed_rulebook_interactions_wait_and_it_is_said_what_is_missing() {
    let people = People::new();
    let deployment = people.deployment("waits", 2);
    deployment.write_signatures(1, &people.ana.signs(RULEBOOK));
    let mut pods = [deployment.start("pod-0")];
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(3).interactions(50));
    wait::until("the page says who has not signed", 60, || {
        let page = pods[0].page("/readyz?verbose").unwrap_or_default();
        let says = [
            "none is in force, and interactions wait",
            "RLV-2103",
            "party `sales` has 0 of 1 signatures",
            "1 of 1 of marketing and 1 of 1 of sales must sign",
        ];
        says.iter().all(|words| page.contains(words)) && page.ends_with("\nnot ready\n")
    });
    assert_eq!(pods[0].metric("relevo_rulebook_refused", "RLV-2103"), 1.0);
    deployment.await_progress(60);
    assert!(deployment.output(&deployment.names.decisions).iter().all(Vec::is_empty), "decided without a law");
    assert!(pods[0].process.printed().contains("no rulebook is in force yet"), "{}", pods[0].process.printed());
    // Her signature comes, and everything that waited is decided by the law.
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    deployment.await_law(1, 60);
    deployment.await_settled(60);
    let page = pods[0].page("/readyz?verbose").unwrap_or_default();
    assert!(!page.contains("refused") && !page.contains("UNSIGNED"), "{page}");
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    assert_laws(&deployment, &[RULEBOOK]);
    // PII-1: who has signed and who has not is for those who ask, not for logs.
    assert!(!pods[0].process.printed().contains("example.com"), "{}", pods[0].process.printed());
}

#[test]
fn qual_4_a_new_charter_counts_from_the_next_rulebook_on_and_undoes_none() {
    let people = People::new();
    let mut deployment = people.deployment("charter", 2);
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    // Eva leaves, and Luis comes: the next revision is signed by him, before the charter knows him.
    let luis = Person::new("luis@example.com");
    let second = second_rulebook();
    deployment.write_signatures(2, &(people.ana.signs(&second) + &luis.signs(&second)));
    deployment.write_rulebook(2, &second);
    wait::until("a stranger's signature does not count", 60, || pods[0].metric("relevo_rulebook_refused", "RLV-2121") == 1.0);
    // A charter that is none replaces nothing, and is said.
    let files = deployment.folder.path().join("charter");
    swap(&files, &[("charter.yaml", "parties: {}"), ("allowed_signers", "")]);
    wait::until("the bad charter is refused", 60, || pods[0].metric("relevo_rulebook_refused", "RLV-2111") == 1.0);
    assert!(pods[0].page("/readyz?verbose").unwrap_or_default().contains("1 of 1 of marketing and 1 of 1 of sales must sign"));
    deployment.write_charter(&ssh::charter(&people.ana.name, &luis.name), &(people.ana.line() + &luis.line()));
    deployment.await_law(2, 60);
    wait::until("nothing is refused any more", 30, || pods[0].metric("relevo_rulebook_refused", "") == 0.0);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    let signers: Vec<Vec<String>> = laws(&deployment)[0].iter().map(|law| law.2.clone()).collect();
    assert_eq!(signers, [["ana@example.com", "eva@example.com"], ["ana@example.com", "luis@example.com"]]);
}

#[test]
fn qual_4_who_can_write_to_the_log_can_not_say_what_a_lead_is() {
    let people = People::new();
    let deployment = people.deployment("forged", 2);
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    let forged = second_rulebook();
    let offer = serde_json::json!({ "file": forged, "signatures": people.ana.signs(&forged), "unsigned_allowed": true });
    let headers = vec![("ce_type".to_owned(), b"relevo.log.policy_offered.v1".to_vec())];
    let key = Some(b"policy_offered".to_vec());
    for partition in 0..2 {
        let record = crate::records::Outgoing {
            partition: Some(partition),
            key: key.clone(),
            value: Some(offer.to_string().into()),
            headers: headers.clone(),
        };
        Sender::plain(&deployment.address).send_all(&deployment.names.intake, &[record]);
    }
    wait::until("both are refused", 60, || {
        ["RLV-2103", "RLV-2106"].iter().any(|code| pods[0].metric("relevo_rulebook_refused", code) == 1.0)
            && pods[0].process.printed().contains("RLV-2103")
            && pods[0].process.printed().contains("RLV-2106")
    });
    deployment.await_progress(60);
    assert!(laws(&deployment).iter().all(|laws| laws.len() == 1 && laws[0].0 == 1), "a forged law");
    // What the registrar would have written, for one partition: it halts before it, and the other goes on.
    let log = deployment.read(&deployment.names.intake, 2);
    let true_one = log[1].iter().find(|record| record.header("ce_type") == Some(LAW)).expect("the law").json();
    let in_force = serde_json::json!({
        "file": forged, "digest": digest(&forged), "revision": 2, "signatures": people.ana.signs(&forged),
        "signed_by": true_one["signed_by"], "charter": true_one["charter"],
    });
    let record = crate::records::Outgoing {
        partition: Some(1),
        key: Some(b"policy_in_force".to_vec()),
        value: Some(in_force.to_string().into()),
        headers: vec![("ce_type".to_owned(), LAW.as_bytes().to_vec())],
    };
    Sender::plain(&deployment.address).send_all(&deployment.names.intake, &[record]);
    wait::until("the partition halts", 60, || pods[0].metric("relevo_stopped_partitions", "RLV-4050") == 1.0);
    let page = pods[0].page("/readyz?verbose").unwrap_or_default();
    assert!(page.contains("RLV-4050") && page.contains("revision 2 of the rulebook is not signed"), "{page}");
    assert_eq!(pods[0].metric("relevo_rulebook_info", "revision=\"1\""), 1.0);
    deployment.stop_in_order(&mut pods);
}

#[test]
fn qual_4_a_state_waits_for_the_charter_by_which_its_rulebook_was_judged() {
    let people = People::new();
    let mut deployment = people.deployment("old-charter", 2);
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    let mut pods = [deployment.start("pod-0")];
    deployment.await_law(1, 60);
    deployment.stop_in_order(&mut pods);
    // Luis takes Eva's place, and nobody keeps the charter before.
    let luis = Person::new("luis@example.com");
    let (old, old_keys) = (ssh::charter(&people.ana.name, &people.eva.name), people.ana.line() + &people.eva.line());
    let (new, new_keys) = (ssh::charter(&people.ana.name, &luis.name), people.ana.line() + &luis.line());
    deployment.write_charter(&new, &new_keys);
    let mut pods = [deployment.start("pod-0")];
    wait::until("both partitions wait for it", 60, || pods[0].metric("relevo_stopped_partitions", "RLV-4051") == 2.0);
    let files =
        [("charter.yaml", new.as_str()), ("allowed_signers", &new_keys), ("charter-2025.yaml", &old), ("allowed_signers-2025", &old_keys)];
    swap(&deployment.folder.path().join("charter"), &files);
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(5).interactions(50));
    deployment.await_settled(90);
    wait::until("none waits any more", 30, || pods[0].metric("relevo_stopped_partitions", "") == 0.0);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
}
