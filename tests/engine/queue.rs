//! Leads that nobody has, or nobody else can get: what wakes them, and what leaves them where they are.

use relevo::contract::account::AccountUpdated;
use relevo::contract::account_key::FreeMail;
use relevo::contract::follow_up::{Moved, What};
use relevo::contract::log::Record;
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::View as _;
use relevo::engine::lead::{AssignedBy, LeadState};

use crate::assignment::{MINUTE_MS, activity, asks, events, rules};
use crate::land::Land;
use crate::world::{DAY_MS, START};

const HOUR_MS: i64 = 60 * MINUTE_MS;
const PROOF: &str = r#","proof":{"channel":"phone","ref":"c-1"}"#;

fn lead(land: &Land, key: &AccountKey) -> LeadState {
    land.lead(key).expect("a lead")
}

fn whose(land: &Land, key: &AccountKey) -> String {
    lead(land, key).follow_up.assignee.unwrap_or_default().into()
}

/// Lets the feed's clock go to `START` and so much, in one step.
fn waits_until(land: &mut Land, ms: i64) {
    land.now = START.plus_ms(ms);
    land.ticks(land.now);
}

#[test]
fn a_lead_stays_with_its_seller_until_another_is_on_duty() {
    let mut land = Land::new(3, &rules());
    let luis_from =
        |day: &str| format!("  mid: {{ sellers: {{ eva: {{}}, luis: {{ absences: [{{ from: 2026-10-01, until: {day} }}] }} }} }}\n");
    land.rostered(&luis_from("2026-11-01"), 1);
    let key = land.does(&asks("acme.example", START));
    land.runs();
    assert_eq!(whose(&land, &key), "eva");
    // It is overdue, and should be somebody else's: nobody else is there before Monday.
    waits_until(&mut land, 2 * HOUR_MS);
    assert_eq!(whose(&land, &key), "eva");
    assert!(!events(&land).iter().any(|event| matches!(event.what, What::Reassigned { .. })), "nothing was moved");
    assert!(lead(&land, &key).follow_up.waits.is_some(), "it waits for another");
    waits_until(&mut land, 2 * DAY_MS);
    assert_eq!(whose(&land, &key), "luis");
    let moved = What::Reassigned { from: Some("eva".into()), to: Some("luis".into()), moved: Moved::Overdue };
    assert_eq!(events(&land).iter().filter(|event| event.what == moved).count(), 1);
    assert_eq!((land.counted("mid", "eva"), land.counted("mid", "luis")), (0, 1));
}

#[test]
fn a_team_of_one_keeps_its_overdue_leads() {
    let mut land = Land::new(3, &rules());
    land.rostered("  mid: { sellers: { eva: {} } }\n", 1);
    let key = land.does(&asks("acme.example", START));
    land.runs();
    waits_until(&mut land, 3 * DAY_MS);
    let follow_up = lead(&land, &key).follow_up;
    assert_eq!((follow_up.assignee.as_deref(), follow_up.asked), (Some("eva"), None));
}

#[test]
fn what_is_hoarded_is_taken_back_and_does_not_return_by_turn() {
    let hoarding = "touch_every: 2d, hoarding: { silent_for: 3d, take_back: true }";
    let mut land = Land::new(3, &rules().replace("touch_every: 2d", hoarding));
    let teams = "  mid: { sellers: { eva: {}, luis: { absences: [{ from: 2026-10-01, until: 2026-11-06 }] } } }\n";
    land.rostered(teams, 1);
    let key = land.does(&asks("acme.example", START));
    land.runs();
    land.now = START.plus_ms(MINUTE_MS);
    land.sells(&key, activity(&land, &key, "t", "contacted", PROOF));
    land.runs();
    waits_until(&mut land, 4 * DAY_MS);
    let follow_up = lead(&land, &key).follow_up;
    assert_eq!((follow_up.assignee.as_deref(), follow_up.taken_from.as_deref()), (None, Some("eva")));
    waits_until(&mut land, 5 * DAY_MS);
    assert_eq!(whose(&land, &key), "", "eva is on duty, and does not get it again");
    waits_until(&mut land, 7 * DAY_MS);
    assert_eq!((whose(&land, &key), lead(&land, &key).follow_up.taken_from), ("luis".to_owned(), None));
}

#[test]
fn the_first_roster_assigns_what_lies_in_the_queue_and_counts_what_somebody_has() {
    let mut land = Land::new(4, &rules());
    let keys: Vec<AccountKey> = (0..40).map(|n| land.does(&asks(&format!("c-{n}.example"), START))).collect();
    land.runs();
    assert!(keys.iter().all(|key| lead(&land, key).follow_up.assigned_by == AssignedBy::NoRoster));
    for key in &keys[..10] {
        land.sells(key, activity(&land, key, "g", "assigned", r#","assignee":"eva""#));
    }
    // Somebody is at this one, whoever that is.
    land.now = START.plus_ms(MINUTE_MS);
    land.sells(&keys[39], activity(&land, &keys[39], "t", "contacted", PROOF));
    land.runs();
    land.rostered("  mid: { open_leads_at_most: 12, sellers: { eva: {}, luis: {} } }\n", 1);
    land.runs();
    let has = |land: &Land, name: &str| keys.iter().filter(|key| whose(land, key) == name).count();
    assert_eq!((has(&land, "eva"), has(&land, "luis")), (12, 12), "she had ten, and may have two more");
    assert_eq!((land.counted("mid", "eva"), land.counted("mid", "luis")), (12, 12));
    assert_eq!(whose(&land, &keys[39]), "");
    // A roster that forgot the team, and the next one.
    land.rostered("  big: { sellers: { olga: {} } }\n", 2);
    assert_eq!((has(&land, "eva"), has(&land, "luis")), (0, 0));
    land.rostered("  mid: { sellers: { eva: {}, luis: {} } }\n", 3);
    assert_eq!((has(&land, "eva"), has(&land, "luis")), (20, 19), "all but the one that somebody is at");
    assert_eq!((land.counted("mid", "eva"), land.counted("mid", "luis")), (20, 19));
    land.restarts();
    assert_eq!(land.stores.iter().map(|store| store.partition().leaving.len()).sum::<usize>(), 0, "nothing is left to look at");
}

#[test]
fn what_is_opened_again_asks_if_nobody_has_it_or_who_had_it_is_gone() {
    let mut land = Land::new(3, &rules());
    land.rostered("  mid: { sellers: { eva: {} } }\n", 1);
    let [recycled, reopened] = ["one.example", "two.example"].map(|domain| land.does(&asks(domain, START)));
    land.runs();
    land.now = START.plus_ms(MINUTE_MS);
    let until = START.plus_ms(5 * HOUR_MS);
    land.sells(&recycled, activity(&land, &recycled, "r", "recycled", &format!(r#","reason":"later","until":"{until}""#)));
    land.sells(&reopened, activity(&land, &reopened, "c", "lost", r#","reason":"price""#));
    land.runs();
    assert_eq!(land.counted("mid", "eva"), 0);
    land.rostered("  mid: { sellers: { luis: {} } }\n", 2);
    waits_until(&mut land, 6 * HOUR_MS);
    assert_eq!(whose(&land, &recycled), "luis", "eva is gone");
    land.sells(&reopened, activity(&land, &reopened, "o", "reopened", ""));
    land.runs();
    assert_eq!((whose(&land, &reopened), land.counted("mid", "luis")), ("luis".to_owned(), 2));
}

/// A connector that is late blames nobody: what happened after a reopening answers it, whenever the log hears of either.
#[test]
fn fu_3_a_touch_after_a_reopening_counts_however_late_both_arrive() {
    let mut land = Land::new(3, &rules());
    let [reopened, recycled] = ["one.example", "two.example"].map(|domain| land.does(&asks(domain, START)));
    land.runs();
    land.now = START.plus_ms(MINUTE_MS);
    let back_at = START.plus_ms(9 * HOUR_MS);
    land.sells(&reopened, activity(&land, &reopened, "c", "lost", r#","reason":"price""#));
    land.sells(&recycled, activity(&land, &recycled, "r", "recycled", &format!(r#","reason":"later","until":"{back_at}""#)));
    land.runs();
    land.told.clear();
    let at = |ms: i64, json: String, land: &Land| json.replace(&land.now.to_string(), &back_at.plus_ms(ms).to_string());
    // Both happened at nine, and are heard of at ten; the clock has not passed nine yet.
    land.now = back_at.plus_ms(HOUR_MS);
    for (key, id, kind, more, ms) in [
        (&reopened, "o", "reopened", "", 0),
        (&reopened, "t1", "contacted", PROOF, 10 * MINUTE_MS),
        (&recycled, "t2", "contacted", PROOF, 10 * MINUTE_MS),
    ] {
        let json = at(ms, activity(&land, key, id, kind, more), &land);
        land.sells(key, json);
    }
    land.runs();
    waits_until(&mut land, 13 * HOUR_MS);
    let told: Vec<&str> = events(&land).iter().map(|event| event.what.as_str()).collect();
    assert_eq!(told, ["reopened", "responded", "reopened", "responded"]);
    // A touch from before the reopening answered the lead as it was.
    let before = at(-MINUTE_MS, activity(&land, &reopened, "t0", "contacted", PROOF), &land);
    land.told.clear();
    land.sells(&reopened, before.replace(&land.now.to_string(), &back_at.plus_ms(-MINUTE_MS).to_string()));
    land.runs();
    assert!(events(&land).is_empty());
}

#[test]
fn an_owner_of_another_team_hands_on_as_anybody_does() {
    let mut land = Land::new(3, &rules());
    land.rostered(
        "  mid: { sellers: { eva: {} } }\n  big: { sellers: { olga: { absences: [{ from: 2026-11-03, until: 2026-11-09 }] } } }\n",
        1,
    );
    let key = AccountKey::from_trusted("acme.example");
    let facts = r#"{"account_id":"crm-1","version":1,"domains":["acme.example"],"owner":{"id":"olga","team":"big"}}"#;
    let update = AccountUpdated::parse(facts.as_bytes(), &FreeMail::default()).expect("good facts");
    land.puts(&key, Record::AccountFacts(Box::new(update)));
    land.does(&asks("acme.example", START));
    land.runs();
    assert_eq!(whose(&land, &key), "olga");
    land.rostered(
        "  mid: { sellers: { eva: {} } }\n  big: { sellers: { olga: { absences: [{ from: 2026-11-03, until: 2026-11-10 }] } } }\n",
        2,
    );
    assert_eq!(whose(&land, &key), "olga", "she is on a team");
    let touched = activity(&land, &key, "t", "contacted", PROOF);
    land.sells(&key, touched);
    land.runs();
    land.now = Timestamp::parse("2026-11-03T12:00:00Z").expect("a time");
    land.ticks(land.now);
    assert_eq!((whose(&land, &key), land.counted("mid", "eva")), ("eva".to_owned(), 1));
}
