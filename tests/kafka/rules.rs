//! What those who keep the agreement ask of a running service: who has signed, what is in force; and whether the next one is.

use crate::agreed::{People, folder_of, start_with_folder};
use crate::deployment::{Deployment, RULEBOOK, digest, second_rulebook, swap};
use crate::oracle;
use crate::process::Process;

/// Calls `relevo rules …` with the deployment's configuration: how it ended, and what it printed.
fn rules(deployment: &Deployment, arguments: &[&str]) -> (i32, String) {
    let config = deployment.write_config("desk", 0);
    let log = deployment.log("desk");
    let _ = std::fs::remove_file(&log); // there is none before the first call
    let all: Vec<&str> = ["rules"].iter().chain(arguments).chain(&["--config", config.to_str().expect("UTF-8")]).copied().collect();
    let mut process = Process::start(&all, &[], &log);
    let status = process.await_end(90).code().expect("no signal ended it");
    (status, process.printed())
}

#[track_caller]
fn check(deployment: &Deployment, arguments: &[&str], expected: i32, said: &[&str]) -> String {
    let (status, printed) = rules(deployment, arguments);
    assert_eq!(status, expected, "{printed}");
    for words in said {
        assert!(printed.contains(words), "no {words:?} in\n{printed}");
    }
    printed
}

#[test]
fn qual_4_status_says_who_has_not_signed_and_waits_until_a_revision_is_law() {
    let people = People::new();
    let deployment = people.deployment("rules", 2);
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    check(&deployment, &["status"], 0, &["all 2", "none yet", "Revision 1", "could be in force since", "Every party has signed."]);
    // The service has a folder of its own, and whoever asks needs nothing but the right to read.
    let signatures = people.sign(RULEBOOK);
    let first = [("0001.yaml", RULEBOOK), ("0001.sigs", signatures.as_str())];
    let folder = folder_of(&deployment, "pod-0", &first);
    let mut pods = [start_with_folder(&deployment, "pod-0", &folder)];
    check(&deployment, &["status", "--wait"], 0, &["Revision 1 is in force in all 2 partitions."]);
    check(&deployment, &["status"], 0, &["all 2", "ana@example.com, eva@example.com", &digest(RULEBOOK), "No further revision"]);
    check(&deployment, &["status", "--wait"], 0, &["No further revision"]);

    let second = second_rulebook();
    deployment.write_rulebook(2, &second);
    deployment.write_signatures(2, &people.ana.signs(&second));
    let printed = check(
        &deployment,
        &["status"],
        0,
        &["Revision 2", "It waits for sales.", "ssh-keygen -Y sign -n relevo-rulebook -f KEY <", "0002.sigs"],
    );
    let row = printed.lines().find(|line| line.trim_start().starts_with("sales")).unwrap_or_default();
    assert!(row.ends_with("eva@example.com"), "{printed}");
    check(&deployment, &["status", "--wait"], 1, &["Revision 2 is not agreed on"]);

    // Signed, and in the service's folder too.
    let signatures = people.sign(&second);
    deployment.write_signatures(2, &signatures);
    check(&deployment, &["status"], 0, &["Every party has signed."]);
    swap(&folder, &[first[0], first[1], ("0002.yaml", &second), ("0002.sigs", &signatures)]);
    check(&deployment, &["status", "--wait"], 0, &["Revision 2 is in force in all 2 partitions."]);
    check(&deployment, &["status"], 0, &["all 2", &digest(&second)]);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    // With nobody to judge it, the wait ends, and says what to look at.
    let third = second.replace("revision: 2", "revision: 3").replace(&digest(RULEBOOK), &digest(&second));
    std::fs::write(deployment.folder.path().join("rulebooks/0003.yaml"), &third).expect("written");
    deployment.write_signatures(3, &people.sign(&third));
    check(&deployment, &["status", "--wait", "--timeout", "2"], 1, &["in force in 0 of 2 partitions after 2 s", "Decide running"]);
}
