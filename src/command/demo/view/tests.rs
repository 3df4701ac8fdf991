//! What the audience reads, from outputs as the service writes them.

use serde_json::{Value, json};

use super::agreement::Agreement;
use super::heard::{DeadLetterHeard, DecisionHeard, LeadHeard, OwnerHeard};
use super::summary::{Sent, adds_up, summary};
use super::tally::Tally;
use super::{WIDTH, moments};
use crate::command::terminal::Paint;
use crate::contract::Timestamp;

const PAINT: Paint = Paint::plain();

/// A decision about a demo that was asked for, with what `change` lays over it.
fn decision(change: Value) -> DecisionHeard {
    let mut document = json!({
        "account_key": "steel.example", "interaction_id": "i-1", "person_id": "p-1", "campaign_id": "c-104", "kind": "demo_requested",
        "class": "intent", "occurred_at": "2026-11-03T16:52:00.000Z", "offering": "analytics", "decision": "not_qualified",
        "reason": "buys_by", "source": "in-0-1", "cause": "log-0-1", "ingested_at": "2026-11-03T16:52:20.000Z",
        "rulebook": { "revision": 1, "digest": "sha256:ab" },
        "gates": { "represents_business": "true", "able_to_buy": "true", "wants_offering": "true", "buys_by": "unknown" },
        "fit": { "points": 95, "threshold": 60, "matched": [] }, "intent": { "points": 59.9, "threshold": 50, "matched": [] },
    });
    for (name, value) in change.as_object().expect("an object") {
        document[name] = value.clone();
    }
    serde_json::from_value(document).expect("a decision")
}

fn lead() -> LeadHeard {
    let text = include_str!("../../../../schemas/examples/relevo.lead.qualified.v1/good/full.json");
    serde_json::from_str(text).expect("the schema's own example")
}

/// The lines as one text, wherever they were folded.
fn unfolded(lines: &[String]) -> String {
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn fits(lines: &[String]) {
    for line in lines {
        assert!(line.chars().count() <= WIDTH, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn every_example_of_the_outputs_can_be_heard() {
    let decisions = [
        include_str!("../../../../schemas/examples/relevo.decision.made.v1/good/full.json"),
        include_str!("../../../../schemas/examples/relevo.decision.made.v1/good/bare.json"),
    ];
    for text in decisions {
        let heard: DecisionHeard = serde_json::from_str(text).expect("a decision");
        assert!(moments::decision(&heard, None, PAINT).is_none_or(|lines| !lines.is_empty()));
    }
    let text = include_str!("../../../../schemas/examples/relevo.owner.signalled.v1/good/full.json");
    let heard: OwnerHeard = serde_json::from_str(text).expect("a signal");
    assert!(moments::owner(&heard, PAINT)[0].starts_with("owned"));
}

#[test]
fn qual_3_a_near_miss_says_what_was_missing() {
    let check = |change: Value, expected: Option<&str>| {
        let lines = moments::decision(&decision(change.clone()), None, PAINT);
        match (lines, expected) {
            (None, None) => {}
            (Some(lines), Some(expected)) => {
                fits(&lines);
                let text = unfolded(&lines);
                assert!(text.starts_with("near") && text.contains(expected), "{change}: {text}");
            }
            (lines, expected) => panic!("{change}: {lines:?} instead of {expected:?}"),
        }
    };
    let gates =
        |able: &str, by: &str| json!({ "represents_business": "true", "able_to_buy": able, "wants_offering": "true", "buys_by": by });
    check(json!({}), Some("missing: a date to buy by (nobody said when)"));
    check(json!({ "gates": gates("true", "false") }), Some("missing: a date to buy by (theirs is too far away"));
    check(json!({ "gates": gates("unknown", "unknown"), "reason": "able_to_buy" }), Some("to buy (nobody said); a date to buy by"));
    check(json!({ "gates": gates("unknown", "unknown"), "fit": { "points": 20, "threshold": 60 } }), None);
    check(json!({ "gates": gates("true", "true"), "fit": { "points": 55, "threshold": 60 }, "reason": "fit" }), Some("profile: 55 of 60"));
    check(
        json!({ "gates": gates("true", "true"), "intent": { "points": 15.5, "threshold": 50 }, "reason": "intent" }),
        Some("intent: 15.5 of 50"),
    );
    let survey = json!({ "kind": "survey_completed", "class": "weak", "reason": "no_intent", "gates": gates("true", "true") });
    check(survey, Some("a request (a survey or a call alone is no demand)"));
    check(json!({ "kind": "survey_completed", "class": "weak", "reason": "no_intent" }), None);
    check(json!({ "kind": "attended", "class": "reach", "reason": "no_intent", "gates": gates("true", "true") }), None);
    check(json!({ "gates": gates("true", "true"), "reason": "no_consent" }), Some("consent to be contacted"));
}

#[test]
fn who_is_passed_over_is_told_in_a_line() {
    let joined = decision(json!({ "decision": "joined", "reason": "lead_open", "lead_id": "L-1" }));
    let lines = moments::decision(&joined, Some(3), PAINT).expect("a line");
    assert!(lines[0].starts_with("joins     Tue 03 Nov 10:52") && unfolded(&lines).contains("LEAD 3"), "{lines:?}");
    let excluded = decision(json!({ "decision": "disqualified", "reason": "disqualifier", "disqualifier": "competitor" }));
    assert!(unfolded(&moments::decision(&excluded, None, PAINT).expect("a line")).contains("excluded by the agreement: competitor"));
    let repeat = decision(json!({ "decision": "duplicate", "reason": "seen_before" }));
    assert_eq!(moments::decision(&repeat, None, PAINT), None);
}

#[test]
fn a_lead_says_who_wants_what_and_why() {
    let lines = moments::lead(&lead(), 7, "Demo Tuesdays", &Agreement::default(), PAINT);
    fits(&lines);
    let text = lines.join("\n");
    for part in ["LEAD 7", "wants crm-suite", "what ", "call ", "why ", "profile ", "Demo Tuesdays"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(lines.iter().skip(1).all(|line| line.starts_with("          ")), "{text}");
}

#[test]
fn a_dead_letter_says_code_and_place() {
    let headers: [(&str, &[u8]); 6] = [
        ("__streams.errors.exception", b"RLV-1002 not_json"),
        ("__streams.errors.message", b"line 1 column 5"),
        ("__streams.errors.topic", b"in.v1"),
        ("__streams.errors.partition", b"2"),
        ("__streams.errors.offset", b"77"),
        ("relevo_error_code", b"RLV-1002"),
    ];
    let heard = DeadLetterHeard::read(&headers, Timestamp::parse("2026-11-03T17:20:00Z").unwrap());
    let lines = moments::dead_letter(&heard, PAINT);
    assert!(lines[0].starts_with("broken    Tue 03 Nov 11:20"), "{lines:?}");
    assert!(lines[1].ends_with("RLV-1002 not_json at in.v1-2-77: line 1 column 5"), "{lines:?}");
}

#[test]
fn txn_4_the_summary_adds_up_or_says_that_it_does_not() {
    let mut tally = Tally::default();
    let reached = json!({ "kind": "attended", "class": "reach", "reason": "no_intent", "person_id": "p-2" });
    for change in [
        reached.clone(),
        json!({ "decision": "duplicate", "reason": "seen_before" }),
        json!({ "person_id": "p-3", "fit": { "points": 20, "threshold": 60 } }),
        json!({ "decision": "qualified", "reason": "all_hold", "lead_id": lead().lead_id }),
    ] {
        tally.decision(&decision(change));
    }
    assert_eq!((tally.lead(&lead()), tally.lead(&lead()), tally.updates), (1, 1, 1), "the second time it is an update");
    assert_eq!((tally.reached.people.len(), tally.in_profile.people.len(), tally.with_intent().people.len()), (3, 2, 1));
    let lines = summary(&tally, Sent { interactions: 4, accounts: 2 }, PAINT);
    fits(&lines);
    let text = unfolded(&lines);
    assert!(text.contains("4 interactions in = 4 decisions + 0 dead letters out") && text.contains("Nothing was lost"), "{text}");
    assert!(text.contains("Webinar: fewer stock-outs") && text.contains("all campaigns"), "{text}");
    let short = Sent { interactions: 5, accounts: 2 };
    assert!(!adds_up(&tally, short) && unfolded(&summary(&tally, short, PAINT)).contains("DOES NOT ADD UP"));
}
