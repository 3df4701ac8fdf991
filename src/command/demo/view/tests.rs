//! What the audience reads, from outputs as the service writes them.

use serde_json::{Value, json};

use super::agreement::Agreement;
use super::heard::{DeadLetterHeard, DecisionHeard, FollowUpHeard, LeadHeard, OwnerHeard};
use super::response::{Response, page};
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
    let lines = summary(&tally, Sent { interactions: 4, accounts: 2, activities: 0 }, PAINT);
    fits(&lines);
    let text = unfolded(&lines);
    assert!(text.contains("4 interactions in = 4 decisions + 0 dead letters out") && text.contains("Nothing was lost"), "{text}");
    assert!(text.contains("Webinar: fewer stock-outs") && text.contains("all campaigns"), "{text}");
    let short = Sent { interactions: 5, accounts: 2, activities: 0 };
    assert!(!adds_up(&tally, short) && unfolded(&summary(&tally, short, PAINT)).contains("DOES NOT ADD UP"));
}

/// FU-2: the page begins with those whom nobody has called, and no answer of others makes them fewer.
#[test]
fn fu_2_the_last_page_begins_with_who_keeps_buyers_waiting() {
    let handed_off = |number: usize, seller: Option<&str>, at: &str| {
        let mut lead = lead();
        lead.lead_id = format!("L-{number}");
        lead.account.name = Some(format!("Company {number}"));
        lead.assignment.assignee = seller.map(str::to_owned);
        lead.assignment.team = "mid".to_owned();
        lead.clock.handed_off_at = Timestamp::parse(at).expect("a time");
        lead
    };
    let event = |event: &str, lead: usize, more: Value| {
        let mut document = json!({ "lead_id": format!("L-{lead}"), "standing": "working", "occurred_at": "2026-11-03T16:00:00Z" });
        for (name, value) in more.as_object().expect("an object") {
            document[name] = value.clone();
        }
        let heard: FollowUpHeard = serde_json::from_value(document).expect("an event");
        FollowUpHeard { event: event.to_owned(), ..heard }
    };
    let mut response = Response::default();
    for (number, seller) in [(1, Some("eva")), (2, Some("luis")), (3, None)] {
        response.lead(&handed_off(number, seller, &format!("2026-11-0{number}T16:00:00Z")), number);
    }
    let answered = json!({ "assignee": "eva", "activity": { "actor_id": "eva" }, "business_seconds": 1_080, "met": true });
    response.follow_up(&event("responded", 1, answered));
    response.follow_up(&event("overdue", 2, json!({ "assignee": "luis", "standing": "overdue" })));
    let now = Timestamp::parse("2026-11-04T16:00:00Z").expect("a time");
    let lines = page(&response, now, PAINT);
    fits(&lines);
    let text = unfolded(&lines);
    assert!(text.starts_with("Who keeps buyers waiting? 2 buyers that nobody has called. Company 2 has waited for 2d 0h: luis."), "{text}");
    // Half of three is the second: nobody called it yet, and that does not flatter.
    assert!(text.contains("mid 3 1 – 2 unanswered 2d 0h"), "{text}");
    assert!(text.contains("luis 1 – – 1 – – – 1") && text.contains("(queue) 1 – – – – – – 1"), "{text}");
    // The one who is late entered a call that was in time: the verdict is taken back.
    let late = json!({ "assignee": "luis", "activity": { "actor_id": "luis" }, "business_seconds": 600, "met": true });
    response.follow_up(&event("responded", 2, late.clone()));
    response.follow_up(&event("overdue_withdrawn", 2, late));
    let text = unfolded(&page(&response, now, PAINT));
    assert!(text.contains("1 buyer that nobody has called. Company 3 has waited for 1d 0h: the queue of mid."), "{text}");
    assert!(text.contains("luis 1 1 – – 1 – – –") && text.contains("mid 3 2 – 1 18m 1d 0h"), "{text}");
}
