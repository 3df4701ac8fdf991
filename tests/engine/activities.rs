//! What sales does with a lead: the table of `docs/activities.md`, cell by cell, and what stops the response clock (FU-1).

use std::collections::BTreeMap;
use std::sync::Arc;

use relevo::contract::activity::KINDS;
use relevo::contract::follow_up::{Standing, What};
use relevo::contract::log::{Record, Watermark};
use relevo::contract::{AccountKey, Decision, LeadId, Reason, Timestamp};
use relevo::engine::Step;
use relevo::engine::journal::MAX_ACTIVITIES;
use relevo::metrics::{Metrics, Stage, Status};

use crate::sold::{MINUTE_MS, PROOF, Sold, outcome, rules, told};
use crate::world::{DAY_MS, Did, START, decisions, leads};

/// Does what a row of the table says; returns the last thing's step.
fn perform(sold: &mut Sold, activity: &str) -> Step {
    let later = |sold: &Sold, days: i64| sold.now.plus_ms(days * DAY_MS);
    match activity {
        "touch by a person, with proof" => sold.touched(),
        "touch by a person that happened before the end" => {
            let before = sold.now.plus_ms(-1);
            sold.now = sold.now.plus_ms(MINUTE_MS);
            sold.logs("late", "attempted", "person", before, PROOF)
        }
        "touch by automation" => sold.does("contacted", "automation", PROOF),
        "touch without proof" => sold.does("met", "person", r#","proof":{"channel":"visit","ref":""}"#),
        "touch said to be in the future" => {
            sold.now = sold.now.plus_ms(MINUTE_MS);
            let ahead = later(sold, 3);
            sold.logs("ahead", "contacted", "person", ahead, PROOF)
        }
        "touch from before the hand-off" => {
            let before = START.plus_ms(-MINUTE_MS);
            // Of the closed lead the end came later, but somebody has to have answered it first.
            if sold.state().standing() == Standing::Closed {
                *sold = Sold::at(Standing::Working);
                sold.does("won", "person", "");
            }
            sold.now = sold.now.plus_ms(MINUTE_MS);
            sold.logs("before", "met", "person", before, PROOF)
        }
        "touch from before the buyer had asked" => sold.logs("before", "met", "person", START.plus_ms(-MINUTE_MS - 1), PROOF),
        "touch that was entered before the hand-off" => {
            let more = format!(r#","logged_at":"{}"{PROOF}"#, START.plus_ms(-1));
            sold.logs("before", "met", "person", START, &more)
        }
        "assigned to another, before whoever has it got it" => {
            let before = sold.now;
            sold.does("assigned", "person", r#","assignee":"luis""#);
            sold.logs("before", "assigned", "person", before, r#","assignee":"ana""#)
        }
        "an end from before another one" => {
            let before = sold.now.plus_ms(-1);
            sold.now = sold.now.plus_ms(MINUTE_MS);
            sold.logs("before", "rejected", "person", before, r#","reason":"no_budget""#)
        }
        "the same identifier with another content: a touch" => {
            sold.does("received", "person", "");
            let (again, now) = (format!("a-{}", sold.count), sold.now);
            sold.logs(&again, "met", "person", now, PROOF)
        }
        "touch from before the lead was opened again" => {
            sold.does("lost", "person", r#","reason":"price""#);
            let before = sold.now;
            sold.does("reopened", "person", "");
            sold.logs("before", "met", "person", before, PROOF)
        }
        "next_step_set" => {
            let at = later(sold, 2);
            sold.does("next_step_set", "person", &format!(r#","next_step_at":"{at}""#))
        }
        "next_step_set for a time that has passed" => {
            let at = sold.now;
            sold.does("next_step_set", "person", &format!(r#","next_step_at":"{at}""#))
        }
        "next_step_set after it was put off for as long as may be" => {
            sold.now = later(sold, 91);
            let at = later(sold, 1);
            sold.does("next_step_set", "person", &format!(r#","next_step_at":"{at}""#))
        }
        "assigned to another" => sold.does("assigned", "person", r#","assignee":"luis""#),
        "accepted, when a seller has it" => {
            sold.does("assigned", "automation", r#","assignee":"luis""#);
            sold.does("accepted", "person", "")
        }
        "assigned to the same" => {
            sold.does("assigned", "automation", r#","assignee":"luis""#);
            sold.does("assigned", "automation", r#","assignee":"luis""#)
        }
        "lost" => sold.does("lost", "person", r#","reason":"price""#),
        "rejected for an agreed reason" => sold.does("rejected", "person", r#","reason":"no_budget""#),
        "rejected for another reason" => sold.does("rejected", "person", r#","reason":"did_not_feel_like_it""#),
        "recycled" => {
            let until = later(sold, 60);
            sold.does("recycled", "person", &format!(r#","until":"{until}""#))
        }
        "any of them a second time" => {
            sold.does("accepted", "person", "");
            let (again, now) = (format!("a-{}", sold.count), sold.now);
            sold.logs(&again, "accepted", "person", now, "")
        }
        "any, for a lead that nobody knows" => {
            sold.lead = LeadId::new(&AccountKey::from_trusted("other.example"), "crm-suite", "web", "i-1");
            sold.touched()
        }
        plain => sold.does(plain, "person", ""),
    }
}

#[test]
fn fu_1_every_cell_of_the_table_of_activities_is_what_the_fold_does() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/activities.md")).expect("the table");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter(|line| !line.starts_with("|--"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let standings: Vec<Standing> = rows[0][1..].iter().map(|name| Standing::parse(name).expect("a standing")).collect();
    assert_eq!(standings, Standing::ALL, "a column for each standing");
    for kind in KINDS.iter().filter(|kind| !["attempted", "contacted", "met", "rejected", "assigned"].contains(kind)) {
        assert!(rows.iter().any(|row| row[0] == *kind), "{kind} has no row");
    }
    let (mut cells, mut met) = (0, std::collections::BTreeSet::new());
    for row in &rows[1..] {
        for (standing, cell) in standings.iter().zip(&row[1..]).filter(|(_, cell)| !cell.is_empty()) {
            let mut sold = Sold::at(*standing);
            let before = sold.state();
            let step = perform(&mut sold, row[0]);
            let expected = cell.split('`').nth(1).expect("a word");
            assert_eq!(outcome(&step), expected, "{} while {standing}", row[0]);
            let event = ["responded", "scheduled", "reassigned", "closed", "reopened"].contains(&expected);
            let in_time = ["touch from before the hand-off"].contains(&row[0]);
            let withdrawn = usize::from(in_time && *standing == Standing::Overdue);
            assert_eq!(told(&step).len(), usize::from(event) + withdrawn, "{} while {standing}: {:?}", row[0], step.effects);
            if ["automated", "no_proof", "seen_before", "lead_closed", "step_past", "touch_needed"].contains(&expected)
                && row[0] != "touch from before the hand-off"
            {
                let after = sold.state();
                assert_eq!(
                    (after.standing(), after.follow_up.first_touch_at),
                    (before.standing(), before.follow_up.first_touch_at),
                    "{}",
                    row[0]
                );
            }
            cells += 1;
            met.insert(expected);
        }
    }
    assert!(cells >= 100 && met.len() == 17, "{cells} cells, {} outcomes", met.len());
}

/// FU-1: of everything that may happen to a lead only the touch stops the clock, and it says how long that took.
#[test]
fn fu_1_the_clock_runs_until_a_person_has_touched_the_buyer() {
    let mut sold = Sold::new();
    for kind in ["received", "accepted"] {
        sold.does(kind, "person", "");
    }
    sold.does("contacted", "automation", PROOF);
    sold.does("contacted", "person", "");
    sold.does("assigned", "person", r#","assignee":"eva""#);
    assert_eq!(sold.state().standing(), Standing::Waiting);
    let step = sold.touched();
    let event = told(&step)[0].clone();
    let What::Responded { response_seconds, buyer_wait_seconds, backdated, .. } = event.what else { panic!("{event:?}") };
    // The sixth minute after the hand-off; the buyer asked a minute before it.
    assert_eq!((response_seconds, buyer_wait_seconds, backdated), (6 * 60, 7 * 60, false));
    assert_eq!((event.standing, event.assignee.as_deref()), (Standing::Working, Some("eva")));
}

#[test]
fn fu_1_an_earlier_touch_that_comes_later_makes_the_response_earlier_and_a_backdated_one_says_so() {
    let mut sold = Sold::new();
    sold.now = START.plus_ms(2 * DAY_MS);
    let first = sold.touched();
    assert!(matches!(told(&first)[0].what, What::Responded { backdated: false, .. }));
    let earlier = sold.logs("earlier", "attempted", "person", START.plus_ms(MINUTE_MS), PROOF);
    let What::Responded { response_seconds, backdated, .. } = told(&earlier)[0].what else { panic!("{:?}", earlier.effects) };
    assert_eq!((response_seconds, backdated), (60, true));
    // The same two in the other order tell the same first response.
    let mut other = Sold::new();
    other.now = START.plus_ms(2 * DAY_MS + MINUTE_MS);
    other.logs("earlier", "attempted", "person", START.plus_ms(MINUTE_MS), PROOF);
    let now = other.now;
    assert_eq!(outcome(&other.logs("a-1", "contacted", "person", now, PROOF)), "touched");
    let (one, two) = (sold.state().follow_up, other.state().follow_up);
    assert_eq!((one.first_touch_at, one.last_touch_at), (two.first_touch_at, two.last_touch_at));
}

#[test]
fn qual_5_a_closed_lead_bars_a_new_one_as_long_as_its_team_agreed() {
    let mut sold = Sold::new();
    let step = sold.does("rejected", "person", r#","reason":"no_budget""#);
    let What::Closed { until, touched, .. } = told(&step)[0].what else { panic!("{:?}", step.effects) };
    assert_eq!((until, touched), (sold.now.plus_ms(30 * DAY_MS), false));
    for (at, expected) in [(until.plus_ms(-1), Decision::Cooldown), (until, Decision::Qualified)] {
        let effects = sold.world.does(&Did::new(&format!("again-{at}"), at, "demo_requested").buying(), at);
        assert_eq!(decisions(&effects)[0].decision, expected, "{at}");
    }
    assert_eq!(outcome(&sold.touched()), "unknown_lead", "the new lead has taken its place");
}

#[test]
fn fu_4_a_recycled_lead_comes_back_by_itself_and_waits_anew() {
    let mut sold = Sold::at(Standing::Working);
    let until = sold.now.plus_ms(10 * DAY_MS);
    sold.does("recycled", "person", &format!(r#","until":"{until}""#));
    // New interest meanwhile, and after its time but before the clock says so, makes no second lead.
    for at in [until.plus_ms(-DAY_MS), until] {
        let effects = sold.world.does(&Did::new(&format!("new-{at}"), at, "demo_requested").buying(), at);
        assert_eq!(decisions(&effects)[0].reason, Reason::InCooldown, "{at}");
    }
    assert!(told(&sold.waits_until(until.plus_ms(-1))).is_empty());
    let step = sold.waits_until(until.plus_ms(500));
    let event = told(&step)[0].clone();
    assert_eq!((event.what, event.standing, event.activity), (What::Reopened { disposition: "recycled".into() }, Standing::Waiting, None));
    assert!(told(&sold.waits_until(until.plus_ms(1_000))).is_empty(), "once");
    let step = sold.touched();
    let What::Responded { response_seconds, .. } = told(&step)[0].what else { panic!("{:?}", step.effects) };
    assert_eq!(response_seconds, sold.now.since_ms(until.plus_ms(500)) / 1_000, "counted from when it came back");
    let effects = sold.world.does(&Did::new("joins", sold.now, "demo_requested").buying(), sold.now);
    assert_eq!(decisions(&effects)[0].decision, Decision::Joined);
}

#[test]
fn who_opted_out_is_left_alone_and_later_leads_of_the_account_say_no_way_to_reach_them() {
    let mut sold = Sold::new();
    sold.does("opted_out", "person", "");
    let at = sold.now.plus_ms(DAY_MS);
    let same = sold.world.does(&Did::new("i-2", at, "demo_requested").buying(), at);
    assert_eq!(decisions(&same)[0].reason, Reason::InCooldown);
    let mut other = Did::new("i-3", at, "demo_requested").buying();
    (other.offering, other.person) =
        (Some("erp"), r#"{"id":"p-1","email":"ana@acme.example","phone":"+52 55 5555 0100","role":"plant_manager"}"#.into());
    let effects = sold.world.does(&other, at);
    let contact = &leads(&effects)[0].1.contact;
    assert_eq!((contact.consent, &contact.email, &contact.phone), (Some(false), &None, &None));
}

/// What the standing rests on is kept longest: the first touch and the last one, among many.
#[test]
fn activities_are_remembered_up_to_a_bound() {
    let mut sold = Sold::new();
    let first = sold.now.plus_ms(MINUTE_MS);
    for _ in 0..2 * MAX_ACTIVITIES {
        sold.touched();
        sold.does("accepted", "person", "");
    }
    let (last, now) = (sold.now.plus_ms(-MINUTE_MS), sold.now);
    let follow_up = sold.state().follow_up;
    assert_eq!(follow_up.journal.len(), MAX_ACTIVITIES);
    assert_eq!((follow_up.first_touch_at, follow_up.last_touch_at), (Some(first), Some(last)));
    for (id, kind, at, expected) in [
        ("a-1", "contacted", first, "seen_before"),
        ("a-2", "accepted", first.plus_ms(MINUTE_MS), "noted"),
        ("a-128", "accepted", now, "seen_before"),
    ] {
        let proof = if kind == "accepted" { "" } else { PROOF };
        assert_eq!(outcome(&sold.logs(id, kind, "person", at, proof)), expected, "{id}");
    }
    assert_eq!(sold.state().follow_up.first_touch_at, Some(first));
}

/// A regression waiting to happen: a closed lead without evidence left would keep its row for ever.
#[test]
fn a_closed_lead_is_forgotten_when_its_cooldown_has_passed() {
    let mut sold = Sold::new();
    sold.does("rejected", "person", r#","reason":"no_budget""#);
    sold.waits_until(START.plus_ms(400 * DAY_MS));
    assert_eq!(sold.world.store.account(&AccountKey::from_trusted("acme.example")), None);
    assert_eq!(outcome(&sold.touched()), "unknown_lead");
}

/// What a first touch says of the promise: it happened so long after the hand-off, and came into the log so much later.
fn kept(happened_ms: i64, late_ms: i64) -> (Option<bool>, Option<i64>) {
    let mut sold = Sold::new();
    sold.now = START.plus_ms(happened_ms + late_ms);
    let entered = format!(r#","logged_at":"{}"{PROOF}"#, sold.now);
    let step = sold.logs("t", "contacted", "person", START.plus_ms(happened_ms), &entered);
    let What::Responded { met, business_seconds, respond_by, corrects, withdraws_missed, .. } = told(&step)[0].what else {
        panic!("{:?}", step.effects)
    };
    assert_eq!((respond_by, corrects, withdraws_missed), (Some(START.plus_ms(30 * MINUTE_MS)), false, false));
    (met, business_seconds)
}

/// FU-3 in small: what counts is when the touch happened, and it may be entered a day late; after that nobody gets out of it.
#[test]
fn fu_3_a_promise_is_kept_by_when_the_touch_happened_if_it_is_entered_within_a_day() {
    for (happened_ms, late_ms, met, business_seconds) in [
        (0, 0, true, 0),
        (30 * MINUTE_MS, 0, true, 1_800),
        (30 * MINUTE_MS + 1, 0, false, 1_800),
        (30 * MINUTE_MS, DAY_MS, true, 1_800),
        (30 * MINUTE_MS, DAY_MS + 1, false, 1_800),
        (10 * 60 * MINUTE_MS, 0, false, 8 * 3_600), // after hours: eight of the ten hours were working time
    ] {
        assert_eq!(kept(happened_ms, late_ms), (Some(met), Some(business_seconds)), "{happened_ms} {late_ms}");
    }
}

#[test]
fn fu_3_a_touch_in_time_that_comes_late_withdraws_what_was_told_as_missed_and_a_later_one_takes_nothing_back() {
    let answer = |sold: &mut Sold, id: &str, happened_ms: i64, told_ms: i64| {
        sold.now = START.plus_ms(told_ms);
        let entered = format!(r#","logged_at":"{}"{PROOF}"#, sold.now);
        let step = sold.logs(id, "contacted", "person", START.plus_ms(happened_ms), &entered);
        told(&step).first().map(|event| match event.what {
            What::Responded { met, corrects, withdraws_missed, .. } => (met, corrects, withdraws_missed),
            ref other => panic!("{other:?}"),
        })
    };
    let hour_ms = 60 * MINUTE_MS;
    let mut sold = Sold::new();
    assert_eq!(answer(&mut sold, "late", 2 * hour_ms, 2 * hour_ms), Some((Some(false), false, false)));
    assert_eq!(answer(&mut sold, "earlier, and late too", hour_ms, 3 * hour_ms), Some((Some(false), true, false)));
    assert_eq!(answer(&mut sold, "in time", MINUTE_MS, 4 * hour_ms), Some((Some(true), true, true)));
    assert_eq!(answer(&mut sold, "sooner still", 1, 5 * hour_ms), Some((Some(true), true, false)));
    assert_eq!(answer(&mut sold, "and again", 6 * hour_ms, 6 * hour_ms), None);
    let mut sold = Sold::new();
    assert_eq!(answer(&mut sold, "late", 2 * hour_ms, 2 * hour_ms), Some((Some(false), false, false)));
    assert_eq!(answer(&mut sold, "said to be in time", MINUTE_MS, 26 * hour_ms), Some((Some(false), true, false)), "too late to say so");
}

#[test]
fn fu_5_the_promise_is_fixed_at_the_hand_off_and_made_anew_when_a_lead_is_opened_again() {
    let mut sold = Sold::new();
    let respond_by = START.plus_ms(30 * MINUTE_MS);
    assert_eq!(sold.state().follow_up.respond_by, Some(respond_by));
    let second = rules().replace("respond_within: 30m", "respond_within: 5m").replace("revision: 1", "revision: 2");
    let mut law = crate::world::in_force(&second);
    law.revision = 2;
    assert_eq!(sold.world.fold("law", Record::PolicyInForce(law), START).outcome, relevo::engine::Outcome::LawChanged);
    let step = sold.touched();
    assert!(matches!(told(&step)[0].what, What::Responded { respond_by: Some(by), .. } if by == respond_by), "{:?}", step.effects);
    sold.does("lost", "person", r#","reason":"price""#);
    sold.does("reopened", "person", "");
    assert_eq!(sold.state().follow_up.respond_by, Some(sold.now.plus_ms(5 * MINUTE_MS)), "by the rulebook of now");
}

/// A lead that is closed untouched is told apart by whether its time had run out: silence is no success.
#[test]
fn fu_2_closing_a_lead_untouched_is_told() {
    for (after_ms, expected) in [(30 * MINUTE_MS, false), (30 * MINUTE_MS + 1, true)] {
        let mut sold = Sold::new();
        sold.now = START.plus_ms(after_ms);
        let step = sold.logs("end", "lost", "person", START.plus_ms(after_ms), r#","reason":"price""#);
        assert!(matches!(told(&step)[0].what, What::Closed { touched: false, overdue, .. } if overdue == expected), "{:?}", step.effects);
    }
    let mut sold = Sold::at(Standing::Working);
    sold.now = START.plus_ms(DAY_MS);
    let step = sold.does("won", "person", "");
    assert!(matches!(told(&step)[0].what, What::Closed { touched: true, overdue: false, .. }), "{:?}", step.effects);
}

/// FU-2: what waits is seen, and grows older by itself; what a transaction that was dropped did to it is not.
#[test]
fn fu_2_untouched_leads_are_counted_by_their_age_at_the_scrape() {
    let mut sold = Sold::new();
    let status = Status::new(true);
    let metrics = Metrics::new(Arc::clone(&status));
    status.add_worker(Stage::Decide, 0, START).open_leads(vec![sold.world.store.open_leads()]);
    let figure = |series: &str, at: Timestamp| -> Option<f64> {
        let text = metrics.scrape(at);
        let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    };
    let standing = |name: &str| format!(r#"relevo_open_leads{{standing="{name}",team="mid"}}"#);
    let aged = |bound: &str| format!(r#"relevo_untouched_leads{{age_le="{bound}",clock="wall",team="mid"}}"#);
    let commit = |sold: &mut Sold| {
        sold.world.store.write_staged(1, |_, _| {});
        sold.world.store.promote(1);
    };
    assert_eq!(figure(&standing("waiting"), START), None, "nothing is committed yet");
    commit(&mut sold);
    for (minutes, within_an_hour, within_a_day, oldest) in
        [(0, 1.0, 1.0, 0.0), (60, 1.0, 1.0, 3_600.0), (61, 0.0, 1.0, 3_660.0), (1_500, 0.0, 0.0, 90_000.0)]
    {
        let at = START.plus_ms(minutes * MINUTE_MS);
        let found = [aged("3600"), aged("86400"), aged("+Inf"), standing("waiting")].map(|series| figure(&series, at));
        assert_eq!(found, [within_an_hour, within_a_day, 1.0, 1.0].map(Some), "after {minutes} minutes");
        assert_eq!(figure(r#"relevo_untouched_oldest_seconds{team="mid"}"#, at), Some(oldest));
    }
    sold.touched();
    sold.world.store.drop_staged();
    assert_eq!(figure(&standing("waiting"), START), Some(1.0), "that was rolled back");
    sold.touched();
    commit(&mut sold);
    assert_eq!([standing("waiting"), standing("working"), aged("+Inf")].map(|series| figure(&series, START)), [0.0, 1.0, 0.0].map(Some));
    sold.does("won", "person", "");
    commit(&mut sold);
    assert_eq!([standing("waiting"), standing("working")].map(|series| figure(&series, START)), [0.0, 0.0].map(Some));
    sold.does("reopened", "person", "");
    commit(&mut sold);
    assert_eq!(figure(&standing("waiting"), START), Some(1.0));
}

/// FU-5: each deadline fires once, at its own time, however late the clock is and however often it is told; never when somebody answered.
#[test]
fn fu_5_an_untouched_lead_is_overdue_once_and_an_answered_one_never() {
    let respond_by = START.plus_ms(30 * MINUTE_MS);
    let mut sold = Sold::new();
    assert!(told(&sold.waits_until(respond_by.plus_ms(-1))).is_empty());
    let step = sold.waits_until(respond_by.plus_ms(3 * DAY_MS));
    let event = told(&step)[0].clone();
    assert_eq!((&event.what, event.occurred_at, event.standing), (&What::Overdue { respond_by }, respond_by, Standing::Overdue));
    assert!(told(&sold.waits_until(respond_by.plus_ms(4 * DAY_MS))).is_empty(), "once");
    let step = sold.touched();
    let What::Responded { met, was_overdue, withdraws_missed, .. } = told(&step)[0].what else { panic!("{:?}", step.effects) };
    assert_eq!((met, was_overdue, withdraws_missed), (Some(false), true, false));
    assert_eq!(sold.state().standing(), Standing::Working);
    // A touch consumes the deadline, in time or late, if it is folded before.
    for after in [29, 45] {
        let mut sold = Sold::new();
        sold.now = START.plus_ms(after * MINUTE_MS);
        sold.touched();
        assert!(told(&sold.waits_until(respond_by.plus_ms(DAY_MS))).is_empty(), "answered after {after} minutes");
    }
    let mut sold = Sold::at(Standing::Closed);
    assert!(told(&sold.waits_until(respond_by.plus_ms(DAY_MS))).is_empty(), "closed");
}

/// FU-3: time passes only as far as every source says, so a touch that may still be unread stops every verdict; when it comes late after
/// all, it takes the verdict back.
#[test]
fn fu_3_no_verdict_while_one_source_of_touches_is_behind() {
    let respond_by = START.plus_ms(30 * MINUTE_MS);
    let tells = |sold: &mut Sold, source: &str, as_of: Timestamp, now: Timestamp| {
        let watermark = Watermark { as_of: BTreeMap::from([(source.into(), as_of)]), sources: 2 };
        told(&sold.world.fold("watermark", Record::Watermark(watermark), now)).len()
    };
    let later = respond_by.plus_ms(60 * MINUTE_MS);
    let mut sold = Sold::new();
    assert_eq!(tells(&mut sold, "sales.activities.v1-0", later, later), 0, "the other one has not been heard of");
    assert_eq!(tells(&mut sold, "sales.activities.v1-1", START, later), 0, "and is an hour behind");
    let happened = START.plus_ms(MINUTE_MS);
    sold.now = later;
    sold.logs("queued", "contacted", "person", happened, PROOF);
    assert_eq!(tells(&mut sold, "sales.activities.v1-1", later, later), 0, "somebody had answered");
    // A source whose clock is ahead fires nothing early.
    let mut sold = Sold::new();
    for source in ["sales.activities.v1-0", "sales.activities.v1-1"] {
        assert_eq!(tells(&mut sold, source, later, START.plus_ms(MINUTE_MS)), 0, "the log's own time is not so far");
    }
    // A feed under another name leaves no source behind that never moves again.
    assert_eq!(tells(&mut sold, "sales.activities.v2-0", later, later), 0);
    assert_eq!(tells(&mut sold, "sales.activities.v2-1", later, later), 1);
    sold.now = later;
    let step = sold.logs("late", "contacted", "person", happened, PROOF);
    assert!(matches!(told(&step)[0].what, What::Responded { met: Some(true), was_overdue: true, withdraws_missed: true, .. }));
}
