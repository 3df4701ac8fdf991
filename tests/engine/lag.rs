//! A decision never depends on milliseconds: evidence keeps its full points for a day, and then loses
//! them by whole days (by whole hours where the half-life is under a week).
//!
//! What a score should be is computed here from the raw events, with a power of two of `std`.

use relevo::contract::decision::{DecisionMade, Points};
use relevo::contract::{Decision, Reason, Timestamp};

use crate::qualification::{KINDS, did, rules};
use crate::world::{Chance, DAY_MS, Did, PLAIN, START, World, decisions};

const HOUR_MS: i64 = 3_600_000;

/// The plain rulebook with these words for intent.
fn intent(threshold: u32, half_life: &str, points: u32) -> String {
    PLAIN
        .replace("threshold: 10\n  half_life: 14d", &format!("threshold: {threshold}\n  half_life: {half_life}"))
        .replace("points: 60 }", &format!("points: {points} }}"))
}

#[test]
fn points_that_equal_the_threshold_reach_it_for_a_whole_day() {
    for (lag_ms, expected) in [
        (0, Reason::AllHold),
        (1, Reason::AllHold),
        (17, Reason::AllHold),
        (2_000, Reason::AllHold),
        (HOUR_MS, Reason::AllHold),
        (DAY_MS - 1, Reason::AllHold),
        (DAY_MS, Reason::Intent),
    ] {
        let mut world = World::under(&intent(50, "14d", 50));
        let effects = world.does(&Did::new("i-1", START, "demo_requested").buying(), START.plus_ms(lag_ms));
        assert_eq!(decisions(&effects)[0].reason, expected, "{lag_ms} ms");
    }
}

/// Points as a person computes them: the age in whole days or hours, and a half for each half-life.
fn by_hand(points: f64, age_ms: i64, half_life_ms: i64) -> f64 {
    let unit_ms = if half_life_ms < 7 * DAY_MS { HOUR_MS } else { DAY_MS };
    let whole_ms = age_ms.max(0) / unit_ms * unit_ms;
    points * 2_f64.powf(-(whole_ms as f64) / half_life_ms as f64)
}

#[test]
fn points_fall_by_whole_days_and_by_whole_hours_where_they_halve_in_less_than_a_week() {
    for (half_life, half_life_ms) in [
        ("30m", HOUR_MS / 2),
        ("1h", HOUR_MS),
        ("36h", 36 * HOUR_MS),
        ("6d", 6 * DAY_MS),
        ("167h", 167 * HOUR_MS),
        ("7d", 7 * DAY_MS),
        ("14d", 14 * DAY_MS),
        ("90d", 90 * DAY_MS),
    ] {
        for age_ms in
            [0, 1, HOUR_MS - 1, HOUR_MS, 90 * HOUR_MS / 60, DAY_MS - 1, DAY_MS, 3 * DAY_MS + 5 * HOUR_MS, 14 * DAY_MS, 99 * DAY_MS]
        {
            let mut world = World::under(&intent(0, half_life, 60));
            world.does(&Did::new("old", START.plus_ms(-age_ms), "demo_requested"), START.plus_ms(-age_ms));
            let effects = world.does(&Did::new("now", START, "survey_completed"), START);
            let points = decisions(&effects)[0].intent.as_ref().expect("rules were asked").points;
            let expected = Points::from_f64(by_hand(60.0, age_ms, half_life_ms));
            let off = (points.0 - expected.0).abs();
            assert!(off <= 1, "half-life {half_life}, {age_ms} ms: {points:?}, by hand {expected:?}");
        }
    }
}

/// What was decided, without where and when.
fn said(made: &DecisionMade) -> String {
    let DecisionMade { decision, reason, disqualifier, lead_id, gates, fit, intent, .. } = made;
    serde_json::to_string(&(decision, reason, disqualifier, lead_id, gates, fit, intent)).expect("plain data")
}

/// The day in Mexico City, which has had no summer time since 2022: the rulebooks' own.
fn day_there(at: Timestamp) -> i64 {
    (at.as_ms() - 6 * HOUR_MS).div_euclid(DAY_MS)
}

#[test]
fn an_hours_delay_changes_no_decision_but_those_whose_day_changes() {
    let (mut same, mut with_lead, mut of_another_day) = (0, 0, 0);
    for seed in 0..300 {
        let mut chance = Chance(seed + 4_000);
        let rules = rules(&mut chance);
        // Half of the rulebooks count in hours, and then a record is delayed by minutes.
        let half_life = rules.text.split("half_life: ").nth(1).and_then(|rest| rest.split('d').next()).expect("days");
        let unit_ms = if half_life.parse::<i64>().expect("a number") < 7 { HOUR_MS } else { DAY_MS };
        let (mut prompt, mut late) = (World::under(&rules.text), World::under(&rules.text));
        let (mut now, mut arrived) = (START, START);
        let mut history: Vec<Did> = Vec::new();
        let mut parted: Vec<String> = Vec::new();
        for number in 0..60 {
            now = now.plus_ms(chance.below(DAY_MS as u64) as i64);
            let mut event = did(&mut chance, number, now, &KINDS);
            if chance.one_in(3) {
                event.at = now; // seen as it happens: whatever rests on an equal number shows here
            }
            history.push(event.clone());
            let delay_ms = match chance.below(3) {
                0 => chance.below(50) as i64,
                1 => chance.below(10_000) as i64,
                _ => chance.below(unit_ms.min(HOUR_MS) as u64) as i64,
            };
            // The log's order is its own: a record is not delayed beyond the ones after it.
            arrived = now.plus_ms(delay_ms).max(arrived);
            let (on_time, delayed) = (prompt.does(&event, now), late.does(&event, arrived));
            let (on_time, delayed) = (decisions(&on_time), decisions(&delayed));
            let key = on_time[0].account_key.to_string();
            let age = |at: Timestamp, did: &Did| at.since_ms(did.at) / unit_ms;
            let days = |at: Timestamp, did: &Did| at.since_ms(did.at) / DAY_MS;
            let another_day = day_there(now) != day_there(arrived)
                || history.iter().any(|did| age(now, did) != age(arrived, did) || days(now, did) != days(arrived, did));
            let differs = on_time.iter().map(|made| said(made)).ne(delayed.iter().map(|made| said(made)));
            if parted.contains(&key) {
                continue;
            }
            match (differs, another_day) {
                (true, false) => panic!(
                    "seed {seed}, {event:?} at {now}, delayed to {arrived}: {:?} and {:?}",
                    on_time.iter().map(|made| said(made)).collect::<Vec<_>>(),
                    delayed.iter().map(|made| said(made)).collect::<Vec<_>>()
                ),
                (true, true) => {
                    of_another_day += 1;
                    parted.push(key);
                }
                (false, _) => {
                    same += 1;
                    with_lead += usize::from(on_time.iter().any(|made| made.decision == Decision::Qualified));
                }
            }
        }
    }
    assert!(same > 3_000 && with_lead > 100 && of_another_day > 10, "too tame: {same}, {with_lead}, {of_another_day}");
}

/// The first rulebook of the README, and a request like the one that it sends, taken so many days later.
#[test]
fn the_readmes_own_request_makes_a_lead_for_as_long_as_it_is_no_old_news() {
    let readme = include_str!("../../README.md");
    let rulebook = readme.split("```yaml\n").find(|block| block.contains("kind: Rulebook")).expect("a rulebook");
    let rulebook = rulebook.split("```").next().expect("its end");
    for (days, expected) in [(0, Decision::Qualified), (6, Decision::Qualified), (7, Decision::Qualified), (8, Decision::Stale)] {
        let mut did = Did::new("i-1", START, "demo_requested");
        did.person = r#"{"id":"p-1","name":"Ana Ruiz","email":"ana@acme.example"}"#.into();
        did.declared = r#","declared":{"offering":"crm-suite","authority":"decision_maker","buy_by":"2026-12-17"}"#.into();
        let effects = World::under(rulebook).does(&did, START.plus_ms(days * DAY_MS));
        assert_eq!(decisions(&effects)[0].decision, expected, "{days} days");
    }
}
