//! The metrics as a scrape sees them.

use super::*;
use crate::contract::code::{NOT_JSON, RULEBOOK_YAML, STEP_PANICKED};
use crate::contract::follow_up::{PromiseChange, PromiseOutcome};
use crate::contract::{Decision, Reason};
use crate::state::open_leads::OpenLeads;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// Metrics of a process in which everything has happened once.
fn busy() -> (Arc<Status>, Arc<Metrics>) {
    let status = Status::new(true);
    let metrics = Metrics::new(Arc::clone(&status));
    for stage in Stage::ALL {
        status.expects(stage, 12);
        let vitals = status.add_worker(stage, 0, NOW);
        vitals.owns(5);
        vitals.restoring(1);
        vitals.holds(10, 4_000);
        vitals.oldest_unprocessed(Some(NOW.plus_ms(-2_500)));
        status.activity_feed_reaches("sales.activities.v1", Some(NOW.plus_ms(-7_000)));
        status.input_lags("interactions", 12, Some(NOW.plus_ms(-9_000)));
        status.log_blocked_since(Some(NOW.plus_ms(-1_000)));
        status.clock_skew(Some(-1_500));
        vitals.clock(Some(NOW.plus_ms(-500)));
        vitals.open_leads(vec![Arc::new(Mutex::new(OpenLeads::one_waits("mid", NOW.plus_ms(-400_000))))]);
        vitals.stopped("relevo.intake.v1-3", STEP_PANICKED, "offset 7");
    }
    status.law_in_force(LawStatus { revision: 7, digest: "sha256:ab".into(), unsigned: true });
    status.roster_in_force(LawStatus { revision: 3, digest: "sha256:ef".into(), unsigned: false });
    status.charter(Some(CharterStatus { digest: "sha256:01".into(), parties: Vec::new() }));
    status.rulebook_refused("0008.yaml", RULEBOOK_YAML, "line 3");
    status.settings_differ([("topics".to_owned(), ["pod-1", "pod-2"].map(String::from).into())].into());
    let mut tally = Tally::new(&metrics, Stage::Decide);
    fill(&mut tally);
    tally.committed(&metrics);
    metrics.commit_took(Stage::Decide, Duration::from_millis(20));
    metrics.restore_took(Duration::from_millis(700));
    metrics.followed_up("mid", "responded");
    let waited = Waited { response_seconds: 894, business_seconds: Some(600), buyer_wait_seconds: 900 };
    metrics.responded("mid", Some(&waited), None, true);
    metrics.promise_changed("mid", PromiseChange { now: Some(PromiseOutcome::Met), instead_of: Some(PromiseOutcome::Missed) });
    (status, metrics)
}

fn fill(tally: &mut Tally) {
    tally.record("intake", "decided");
    tally.record("intake", "decided");
    tally.decision(Decision::NotQualified, Reason::Fit);
    tally.lead("mid", "rest");
    tally.dead_letter(NOT_JSON);
    tally.source_delay_ms(-5);
    tally.own_delay_ms(30);
    tally.deadline_lateness_ms(1_500);
}

/// The value of the sample whose name and labels are these, as the text shows them.
fn sample(metrics: &Metrics, series: &str) -> Option<f64> {
    let text = metrics.scrape(NOW);
    let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn what_is_registered_is_the_catalogue_and_nothing_else() {
    let (_, metrics) = busy();
    let text = metrics.scrape(NOW);
    let shown: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let documented: BTreeSet<String> = catalogue::CATALOGUE.iter().map(|entry| format!("{PREFIX}{}", entry.name)).collect();
    assert_eq!(shown, documented.iter().map(String::as_str).collect());
    for entry in catalogue::CATALOGUE {
        let kind = format!("# TYPE {PREFIX}{} {}", entry.name, entry.kind.as_str());
        assert!(text.contains(&kind), "{kind}");
        for label in entry.labels {
            let series = format!("{PREFIX}{}", entry.name);
            assert!(text.lines().any(|line| line.starts_with(&series) && line.contains(&format!("{label}=\""))), "{series} {label}");
        }
        assert_eq!(entry.kind == Kind::Counter, entry.name.ends_with("_total"), "{}", entry.name);
    }
    let markdown = catalogue::to_markdown();
    assert!(catalogue::CATALOGUE.iter().all(|entry| markdown.contains(&format!("| `{PREFIX}{}` |", entry.name))));
}

#[test]
fn txn_2_only_committed_facts_are_counted() {
    let (_, metrics) = busy();
    let check = |series: &str, expected: f64| assert_eq!(sample(&metrics, series), Some(expected), "{series}");
    let mut tally = Tally::new(&metrics, Stage::Decide);
    fill(&mut tally);
    check("relevo_decisions_total{decision=\"not_qualified\",reason=\"fit\"}", 1.0);
    tally.aborted(&metrics);
    tally.committed(&metrics);
    check("relevo_decisions_total{decision=\"not_qualified\",reason=\"fit\"}", 1.0);
    check("relevo_records_total{input=\"intake\",outcome=\"decided\"}", 2.0);
    check("relevo_leads_total{route=\"rest\",team=\"mid\"}", 1.0);
    check("relevo_dead_letters_total{code=\"RLV-1002\"}", 1.0);
    check("relevo_handoff_delay_seconds_count{stage=\"decide\"}", 1.0);
    check("relevo_handoff_delay_seconds_sum{stage=\"source\"}", 0.0);
    check("relevo_deadline_lateness_seconds_count", 1.0);
    check("relevo_deadline_lateness_seconds_sum", 1.5);
    check("relevo_transactions_total{result=\"aborted\",stage=\"decide\"}", 1.0);
    check("relevo_transactions_total{result=\"committed\",stage=\"decide\"}", 2.0);
}

#[test]
fn figures_of_the_present_are_read_at_the_scrape() {
    let (status, metrics) = busy();
    let check = |series: &str, expected: Option<f64>| assert_eq!(sample(&metrics, series), expected, "{series}");
    check("relevo_oldest_unprocessed_seconds{stage=\"decide\"}", Some(2.5));
    check("relevo_partitions_owned{stage=\"intake\"}", Some(5.0));
    check("relevo_partitions_expected{stage=\"intake\"}", Some(12.0));
    check("relevo_restoring", Some(2.0));
    check("relevo_state_bytes", Some(8_000.0));
    check("relevo_log_blocked_seconds", Some(1.0));
    check("relevo_clock_skew_seconds", Some(-1.5));
    check("relevo_clock_behind_seconds", Some(0.5));
    check("relevo_input_lag_records{input=\"interactions\"}", Some(12.0));
    check("relevo_input_stalled_seconds{input=\"interactions\"}", Some(9.0));
    check("relevo_activity_feed_silence_seconds{topic=\"sales.activities.v1\"}", Some(7.0));
    check("relevo_stopped_partitions{code=\"RLV-4001\"}", Some(2.0));
    check("relevo_worker_heartbeat_timestamp_seconds{worker=\"decide-0\"}", Some(1_800_000_000.0));
    check("relevo_rulebook_refused{code=\"RLV-2001\"}", Some(1.0));
    check("relevo_rulebook_info{digest=\"sha256:ab\",revision=\"7\",unsigned=\"true\"}", Some(1.0));
    check("relevo_roster_info{digest=\"sha256:ef\",revision=\"3\",unsigned=\"false\"}", Some(1.0));
    check("relevo_unsigned_allowed", Some(1.0));
    check("relevo_charter_info{digest=\"sha256:01\"}", Some(1.0));
    // A newer law takes the older one's place, and an older one that a slow partition meets doesn't come back.
    assert!(status.law_in_force(LawStatus { revision: 8, digest: "sha256:cd".into(), unsigned: false }));
    assert!(!status.law_in_force(LawStatus { revision: 7, digest: "sha256:ab".into(), unsigned: true }));
    status.rulebook_accepted("0008.yaml");
    check("relevo_rulebook_info{digest=\"sha256:ab\",revision=\"7\",unsigned=\"true\"}", None);
    check("relevo_rulebook_info{digest=\"sha256:cd\",revision=\"8\",unsigned=\"false\"}", Some(1.0));
    check("relevo_rulebook_refused{code=\"RLV-2001\"}", None);
    // What nobody knows is not zero: a silent feed would look lively.
    status.activity_feed_reaches("sales.activities.v1", None);
    check("relevo_activity_feed_silence_seconds{topic=\"sales.activities.v1\"}", None);
}

/// A counter that is born at one has not grown, as Prometheus sees it: the first promise that a team breaks would be in no figure.
#[test]
fn fu_2_what_a_team_does_for_the_first_time_is_seen_as_growth() {
    let (status, metrics) = busy();
    let check = |series: &str, expected: Option<f64>| assert_eq!(sample(&metrics, series), expected, "{series}");
    let missed = "relevo_response_outcomes_total{outcome=\"missed\",team=\"large\"}";
    let waiting = "relevo_open_leads{standing=\"waiting\",team=\"large\"}";
    check(missed, None);
    check(waiting, None);
    status.knows_teams(&["large".into(), "mid".into()]);
    check(missed, Some(0.0));
    check(waiting, Some(0.0));
    check("relevo_untouched_leads{age_le=\"+Inf\",clock=\"wall\",team=\"large\"}", Some(0.0));
    check("relevo_first_response_seconds_count{clock=\"business\",team=\"large\"}", Some(0.0));
    metrics.promise_changed("large", PromiseChange { now: Some(PromiseOutcome::Missed), instead_of: None });
    check(missed, Some(1.0));
    // A counter cannot fall: what is not true any more is counted beside it.
    let corrected = "relevo_response_outcomes_corrected_total{outcome=\"missed\",team=\"large\"}";
    check(corrected, Some(0.0));
    metrics.promise_changed("large", PromiseChange { now: Some(PromiseOutcome::Met), instead_of: Some(PromiseOutcome::Missed) });
    check(missed, Some(1.0));
    check(corrected, Some(1.0));
    // What was counted before stays.
    check("relevo_response_outcomes_total{outcome=\"met\",team=\"mid\"}", Some(1.0));
    check("relevo_untouched_leads{age_le=\"+Inf\",clock=\"wall\",team=\"mid\"}", Some(2.0));
    for event in What::WORDS {
        check(&format!("relevo_follow_ups_total{{event=\"{event}\",team=\"large\"}}"), Some(0.0));
    }
}

#[test]
fn teams_beyond_the_bound_share_a_label() {
    let (_, metrics) = busy();
    let mut tally = Tally::new(&metrics, Stage::Decide);
    for team in 0..200 {
        tally.lead(&format!("team-{team}"), &format!("route-{team}"));
    }
    tally.committed(&metrics);
    let text = metrics.scrape(NOW);
    let series = text.lines().filter(|line| line.starts_with("relevo_leads_total{")).count();
    assert_eq!(series, MAX_TEAMS + 1);
    assert_eq!(sample(&metrics, "relevo_leads_total{route=\"other\",team=\"other\"}"), Some(151.0));
}

#[test]
fn refused_rulebooks_are_bounded() {
    let (status, _) = busy();
    for number in 0..1_000 {
        status.rulebook_refused(&format!("{number:04}.yaml"), RULEBOOK_YAML, "line 1");
    }
    let shown = status.refused_rulebooks();
    assert!(shown.len() == 20 && shown.contains_key("0999.yaml"), "{shown:?}");
}
