//! `relevo leads` against a service that runs: what it says of open leads is what their topics say.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::broker::Broker;
use crate::deployment::Deployment;
use crate::history::call;
use crate::load::under_load;
use crate::records::Reader;
use crate::wait;

/// What the topics of leads and follow-up say of each open lead: its standing, and who has it.
fn by_the_topics(deployment: &Deployment) -> BTreeMap<String, (String, Option<String>)> {
    let mut leads = BTreeMap::new();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for record in deployment.output(&deployment.names.leads).iter().flatten() {
        let lead = record.json();
        if lead["lead_version"] == 1 {
            let id = text(&lead["lead_id"]).expect("an identifier");
            leads.insert(id, ("waiting".to_owned(), text(&lead["assignment"]["assignee"])));
        }
    }
    for record in deployment.output(&deployment.names.follow_up).iter().flatten() {
        let event = record.json();
        let Some(standing) = text(&event["standing"]) else { continue }; // an owner's signal
        let known = leads.get_mut(event["lead_id"].as_str().expect("an identifier")).expect("it was handed off");
        *known = (standing, text(&event["assignee"]));
    }
    leads.retain(|_, (standing, _)| standing != "closed");
    leads
}

#[test]
fn fu_2_leads_lists_what_the_topics_say_is_open_and_tells_the_story_of_one() {
    let deployment = Deployment::new(Broker::shared(), "leads", 3);
    let mut pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    under_load(&deployment, 100, || {
        let mut leads = Reader::from_start(&deployment.address, &deployment.names.leads, 2);
        let mut heard = 0;
        wait::until("enough leads are handed off", 120, || {
            heard += usize::from(leads.poll(Duration::from_millis(100)).is_some());
            heard > 40
        });
    });
    deployment.await_settled(60);
    deployment.stop_in_order(std::slice::from_mut(&mut pod));
    let expected = by_the_topics(&deployment);
    let asked = |more: &[&str]| {
        let output = call(&deployment, &[&["leads"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let found: BTreeMap<String, (String, Option<String>)> = asked(&["--format", "json"])
        .lines()
        .map(|line| {
            let lead: Value = serde_json::from_str(line).expect("an object a line");
            let text = |name: &str| lead[name].as_str().map(str::to_owned);
            (text("lead_id").expect("an identifier"), (text("standing").expect("a standing"), text("seller")))
        })
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() > 20 && found.values().any(|(standing, _)| standing == "scheduled"), "{found:?}");
    let page = asked(&["--limit", "5"]);
    assert!(page.contains(" wait for a first call. The longest, ") && page.contains("The first 5 of "), "{page}");
    assert!(page.contains("As of 20"), "{page}");
    let of_luis = found.values().filter(|(_, seller)| seller.as_deref() == Some("luis")).count();
    assert_eq!(asked(&["--seller", "luis", "--format", "json"]).lines().count(), of_luis);
    // One lead: where it stands, and how it came there.
    let (id, (standing, _)) = found.iter().find(|(_, (standing, _))| standing == "scheduled").expect("there is one");
    let story = asked(&[id]);
    assert!(story.starts_with(&format!("{id} is {standing}, with ")) && story.contains("the first response"), "{story}");
    assert!(story.contains("The next step is agreed for "), "{story}");
    // What can't be answered says why, and what to do.
    for (arguments, status, words) in [
        (&["L-AAAA"][..], 2, "is no lead's identifier"),
        (&["--team", "mdi"], 2, "name one of large, mid"),
        (&["--standing", "closed"], 2, "assigning, waiting, overdue, working, scheduled, silent"),
    ] {
        let output = call(&deployment, &[&["leads"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(status) && said.contains(words), "{arguments:?}: {said}");
    }
    let mut elsewhere = Command::new(env!("CARGO_BIN_EXE_relevo"));
    elsewhere.args(["leads", "--config"]).arg(deployment.write_config("asker", 0)).env("RELEVO__TOPICS__CHANGELOG", "nowhere");
    let output = elsewhere.output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("RLV-3011"), "{output:?}");
}
