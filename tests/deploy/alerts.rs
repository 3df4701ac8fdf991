//! The alerts, by Prometheus' own tool: they fire when they should, are silent when they should, and say whom to ask.
//!
//! The scenes are in `tests/deploy/alerts/`. That they bite is tested too: without a rule, or with hasty ones, they must fail.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::queries::{RULES, read, rules};
use crate::render::render;
use crate::root;

/// Scenes in which alerts fire.
const FIRES: &str = "tests/deploy/alerts/fires.test.yaml";
/// Scenes in which none may.
const QUIET: &str = "tests/deploy/alerts/quiet.test.yaml";
/// A long one of these.
const WEEKEND: &str = "tests/deploy/alerts/weekend.test.yaml";
/// Scenes of the promise to respond: it is broken, or seems to be.
const RESPONSE: &str = "tests/deploy/alerts/response.test.yaml";
/// Long ones of these.
const RESPONSE_DAYS: &str = "tests/deploy/alerts/response-days.test.yaml";

/// What promtool says, and whether it is content.
fn promtool(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output();
    let output = output.expect("promtool is installed: `tests/prerequisites.sh test` says how");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn the_rules_are_valid_and_the_scenes_end_as_they_should() {
    for arguments in [&["check", "rules", RULES][..], &["test", "rules", FIRES, QUIET, WEEKEND, RESPONSE, RESPONSE_DAYS]] {
        let (content, says) = promtool(&root(), arguments);
        assert!(content, "promtool {}:\n{says}", arguments.join(" "));
    }
}

/// Whether the scenes of a file go well by other rules.
fn goes_well(scenes: &str, rules: &str) -> bool {
    scenes_go_well(scenes, &read(scenes), rules)
}

/// Whether these scenes, which stand in the place of that file, go well by other rules.
fn scenes_go_well(file: &str, scenes: &str, rules: &str) -> bool {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for (path, text) in [(RULES, rules), (file, scenes)] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    let (valid, says) = promtool(folder.path(), &["check", "rules", RULES]);
    assert!(valid, "the changed rules are none: {says}");
    promtool(folder.path(), &["test", "rules", file]).0
}

/// The scenes of a file that name an alert, shortest first; each with the file's opening, so that it can be played alone.
fn scenes_that_name(alert: &str) -> Vec<(&'static str, String)> {
    let mut naming = Vec::new();
    for file in [FIRES, RESPONSE, RESPONSE_DAYS] {
        let text = read(file);
        let mut scenes = text.split("\n  - name:");
        let opening = scenes.next().expect("an opening");
        let of_it = scenes.filter(|scene| scene.split(|c: char| !c.is_alphanumeric()).any(|word| word == alert));
        naming.extend(of_it.map(|scene| (file, format!("{opening}\n  - name:{scene}\n"))));
    }
    naming.sort_by_key(|(_, scene)| scene.len());
    naming
}

/// Each alert is renamed, and the scenes that name it are played one by one until one misses it that is content otherwise.
#[test]
fn each_alert_is_missed_where_it_is_taken_away() {
    let all = read(RULES);
    for alert in rules().into_iter().filter(|rule| rule.is_alert) {
        let renamed = all.replace(&format!("alert: {}\n", alert.name), "alert: Other\n");
        let misses = |file: &str, scenes: &str| !scenes_go_well(file, scenes, &renamed) && scenes_go_well(file, scenes, &all);
        let is_missed = scenes_that_name(&alert.name).iter().any(|(file, scenes)| misses(file, scenes));
        assert!(renamed != all && is_missed, "no scene asks for {}", alert.name);
    }
}

#[test]
fn a_restart_or_a_roll_out_would_alarm_if_nothing_were_waited_for() {
    let hasty: String =
        read(RULES).lines().filter(|line| !line.trim_start().starts_with("for: ")).map(|line| format!("{line}\n")).collect();
    assert!(!goes_well(QUIET, &hasty), "the scenes have nothing in them that could alarm");
    let waits_for_signatures = read(RULES).replace("{code!=\"RLV-2103\"}", "");
    assert!(!goes_well(WEEKEND, &waits_for_signatures), "a rulebook that waits for signatures is not among the scenes");
}

/// FU-3: each guard of the rules is there because a scene would blame somebody without it.
#[test]
fn an_outage_of_the_crm_or_a_weekend_would_blame_somebody_without_the_guards() {
    let all = read(RULES);
    let check = |scenes: &str, guard: &str, instead: &str| {
        let bare = all.replace(guard, instead);
        assert!(bare != all && !goes_well(scenes, &bare), "without `{guard}` {scenes} must go ill");
    };
    check(RESPONSE, "unless on (namespace, job) job:relevo_activity_feed_deaf:seconds\n", "\n");
    check(
        RESPONSE,
        "(increase(relevo_response_outcomes_corrected_total[5m]))",
        "(0 * increase(relevo_response_outcomes_corrected_total[5m]))",
    );
    check(RESPONSE, "{outcome=\"met\"}", "{outcome=~\"met|closed_early\"}");
    let due = "and sum by (namespace, job, team) (relevo_open_leads{standing=\"overdue\"}) > 0\n";
    check(RESPONSE_DAYS, due, "\n");
}

#[test]
fn each_alert_says_how_bad_it_is_what_happens_and_where_to_read_on() {
    let rules = rules();
    assert!(rules.iter().filter(|rule| rule.is_alert).count() >= 18);
    for rule in rules.iter().filter(|rule| rule.is_alert) {
        let (name, annotations) = (&rule.name, &rule.whole["annotations"]);
        let severity = rule.whole["labels"]["severity"].as_str().unwrap_or_default();
        assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
        for annotation in ["summary", "description"] {
            assert!(annotations[annotation].as_str().is_some_and(|text| text.len() > 15), "{name} has no {annotation}");
        }
        assert_eq!(annotations["runbook_url"], format!("docs/runbooks/{name}.md"), "{name}");
        assert!(rule.whole["for"].is_string(), "{name} waits for nothing");
    }
}

#[test]
fn the_rules_are_taken_by_the_operator_as_their_file_says() {
    let comment: Vec<String> = read(RULES).lines().map_while(|line| line.strip_prefix('#').map(str::to_owned)).collect();
    let command = comment.iter().skip_while(|line| !line.contains("{ printf")).take(2).cloned().collect::<Vec<_>>().join("\n");
    let (makes, _) = command.split_once("| kubectl apply").expect("a command");
    let output = Command::new("bash").args(["-c", makes]).current_dir(root()).output().expect("bash");
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    std::fs::write(folder.path().join("rules.yaml"), output.stdout).expect("written");
    std::fs::write(folder.path().join("kustomization.yaml"), "resources: [rules.yaml]\n").expect("written");
    let rendered = render(folder.path()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let groups = &rendered.only("PrometheusRule")["spec"]["groups"];
    let count: usize = groups.as_array().expect("groups").iter().filter_map(|group| group["rules"].as_array()).map(Vec::len).sum();
    assert_eq!(count, rules().len());
}
