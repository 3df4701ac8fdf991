//! What those who keep the agreement ask of a running service: who has signed, what is in force; and how they hand a rulebook in.

use crate::agreed::{People, folder_of, start_with_folder};
use crate::deployment::{Deployment, RULEBOOK, digest, second_rulebook};
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
fn qual_4_status_says_who_has_not_signed_and_an_offer_waits_until_it_is_law() {
    let people = People::new();
    let deployment = people.deployment("rules", 2);
    deployment.write_signatures(1, &people.sign(RULEBOOK));
    check(&deployment, &["status"], 0, &["all 2", "none yet", "Revision 1", "could be in force since", "Every party has signed."]);
    // The service has a folder of its own: what the desk has reaches it by an offer.
    let signatures = people.sign(RULEBOOK);
    let folder = folder_of(&deployment, "pod-0", &[("0001.yaml", RULEBOOK), ("0001.sigs", &signatures)]);
    let mut pods = [start_with_folder(&deployment, "pod-0", &folder)];
    deployment.await_law(1, 60);
    check(&deployment, &["status"], 0, &["all 2", "ana@example.com, eva@example.com", &digest(RULEBOOK), "No further revision"]);
    check(&deployment, &["offer"], 0, &["nothing to offer: revision 1 is in force"]);

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
    check(&deployment, &["offer", "--wait"], 1, &["RLV-2103", "party `sales` has 0 of 1 signatures", "Nothing was offered"]);

    deployment.write_signatures(2, &people.sign(&second));
    check(&deployment, &["status"], 0, &["Every party has signed."]);
    check(&deployment, &["offer", "--wait"], 0, &["Offered revision 2", "Revision 2 is in force in all 2 partitions."]);
    check(&deployment, &["status"], 0, &["all 2", &digest(&second)]);

    // Another file with the number of a law, one that jumps, one before its time: told, and not offered.
    let offer_file = |text: &str, expected: &[&str]| {
        let path = deployment.folder.path().join("other.yaml");
        std::fs::write(&path, text).expect("written");
        std::fs::write(path.with_extension("sigs"), people.sign(text)).expect("written");
        check(&deployment, &["offer", path.to_str().expect("UTF-8"), "--wait"], 1, expected);
    };
    offer_file(&second.replace("threshold: 75", "threshold: 76"), &["RLV-2101", "is law already, as another file"]);
    offer_file(&second.replace("revision: 2", "revision: 4"), &["RLV-2101", "revision 4 does not follow 2", "set `revision: 3`"]);
    let third = second.replace("revision: 2", "revision: 3").replace(&digest(RULEBOOK), &digest(&second));
    offer_file(&third.replace("effective_from: 2026", "effective_from: 2096"), &["RLV-2104", "and not before"]);
    offer_file(&third.replace("interaction.kind", "interaction.knid"), &["RLV-2022", "other.yaml, line"]);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut pods);
    oracle::judge(&deployment).1.assert_clean();
    // With nobody to judge it, the wait ends, and says what to look at.
    std::fs::write(deployment.folder.path().join("rulebooks/0003.yaml"), &third).expect("written");
    deployment.write_signatures(3, &people.sign(&third));
    check(&deployment, &["offer", "--wait", "--timeout", "2"], 1, &["in force in 0 of 2 partitions after 2 s", "Is Decide running?"]);
}
