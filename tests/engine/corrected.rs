//! What sales says of a lead late, again, or otherwise: each activity counts by its latest content and at the time at which it happened.

use relevo::contract::activity::Closing;
use relevo::contract::follow_up::{FollowedUp, Standing, What};
use relevo::contract::{AccountKey, Decision, Irregularity, Timestamp};
use relevo::engine::Step;

use crate::sold::{MINUTE_MS, PROOF, Sold, outcome, rules, told};
use crate::world::{DAY_MS, Did, PLAIN, START, decisions};

const HOUR_MS: i64 = 60 * MINUTE_MS;

fn at(minutes: i64) -> Timestamp {
    START.plus_ms(minutes * MINUTE_MS)
}

fn logged(at: Timestamp, more: &str) -> String {
    format!(r#","logged_at":"{at}"{more}"#)
}

/// The log takes it then.
fn says(sold: &mut Sold, taken_at: Timestamp, id: &str, kind: &str, occurred_at: Timestamp, more: &str) -> Step {
    sold.now = taken_at;
    sold.logs(id, kind, "person", occurred_at, more)
}

fn words(step: &Step) -> Vec<&'static str> {
    told(step).into_iter().map(|event| event.what.as_str()).collect()
}

fn response(step: &Step) -> (i64, Option<bool>, bool) {
    match told(step).into_iter().map(|event| &event.what).find(|what| matches!(what, What::Responded { .. })) {
        Some(What::Responded { response_seconds, met, corrects, .. }) => (*response_seconds, *met, *corrects),
        _ => panic!("{:?}", step.effects),
    }
}

fn closed(event: &FollowedUp) -> (Closing, Option<f64>, bool) {
    match &event.what {
        What::Closed { disposition, value_usd, corrects, .. } => (*disposition, value_usd.map(|value| value.0), *corrects),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fu_1_a_record_that_is_completed_under_its_own_identifier_counts() {
    let mut sold = Sold::new();
    let first = says(&mut sold, at(16), "00T-1", "contacted", at(15), "");
    assert_eq!(outcome(&first), "no_proof");
    let completed = says(&mut sold, at(17), "00T-1", "contacted", at(15), PROOF);
    assert_eq!((outcome(&completed), response(&completed)), ("responded", (900, Some(true), false)));
    assert!(told(&sold.waits_until(at(60))).is_empty(), "somebody had answered");
    // So does what had been a machine's, or a rejection for a reason of one's own.
    let mut sold = Sold::new();
    sold.now = at(16);
    assert_eq!(outcome(&sold.logs("m", "contacted", "automation", at(15), PROOF)), "automated");
    assert_eq!(outcome(&says(&mut sold, at(17), "m", "contacted", at(15), PROOF)), "responded");
    assert_eq!(outcome(&says(&mut sold, at(18), "r", "rejected", at(18), r#","reason":"mine""#)), "reason_not_agreed");
    assert_eq!(outcome(&says(&mut sold, at(19), "r", "rejected", at(18), r#","reason":"no_budget""#)), "closed");
}

#[test]
fn fu_1_the_latest_content_of_an_identifier_counts_and_a_repetition_of_an_earlier_one_does_not() {
    let mut sold = Sold::new();
    assert_eq!(response(&says(&mut sold, at(16), "t", "contacted", at(15), PROOF)), (900, Some(true), false));
    // It was later than that: so the promise was not kept.
    let later = says(&mut sold, at(50), "t", "contacted", at(45), PROOF);
    assert_eq!((response(&later), &later.irregular[..]), ((2_700, Some(false), true), &[Irregularity::ResponseTakenBack][..]));
    // A connector that begins anew.
    assert_eq!(outcome(&says(&mut sold, at(51), "t", "contacted", at(15), PROOF)), "seen_before");
    assert_eq!(outcome(&says(&mut sold, at(52), "t", "contacted", at(45), PROOF)), "seen_before");
    assert_eq!(sold.state().follow_up.first_touch_at, Some(at(45)));
    // It was a machine's after all.
    sold.now = at(53);
    let taken_back = sold.logs("t", "contacted", "automation", at(45), PROOF);
    assert_eq!((outcome(&taken_back), words(&taken_back)), ("automated", vec!["response_withdrawn"]));
    assert_eq!((sold.state().standing(), sold.state().follow_up.kept), (Standing::Overdue, Some(false)));
    assert!(sold.state().follow_up.due.touch_by > Some(at(53)), "somebody has to be in touch");
    // Of a touch that is only described otherwise nothing is told.
    let mut sold = Sold::new();
    says(&mut sold, at(16), "t", "contacted", at(15), PROOF);
    let edited = says(&mut sold, at(17), "t", "attempted", at(15), r#","proof":{"channel":"phone","ref":"other"}"#);
    assert_eq!((outcome(&edited), words(&edited)), ("touched", vec![]));
}

#[test]
fn fu_1_of_two_contents_that_say_when_they_were_entered_the_later_one_counts_in_any_order() {
    let contents = [(at(15), at(16)), (at(20), at(25))];
    for order in [[0, 1], [1, 0]] {
        let mut sold = Sold::new();
        for (number, index) in order.into_iter().enumerate() {
            let (happened, entered) = contents[index];
            says(&mut sold, at(40 + number as i64), "t", "contacted", happened, &logged(entered, PROOF));
        }
        let follow_up = sold.state().follow_up;
        assert_eq!((follow_up.first_touch_at, follow_up.last_touch_at, follow_up.kept), (Some(at(20)), Some(at(15)), Some(true)));
    }
}

#[test]
fn fu_1_a_meeting_that_has_not_taken_place_is_a_next_step_and_no_touch() {
    let mut sold = Sold::new();
    assert_eq!(words(&sold.waits_until(at(60))), ["overdue"]);
    let meeting = at(8 * 24 * 60);
    let step = says(&mut sold, at(65), "ev-1", "met", meeting, &logged(at(20), PROOF));
    assert_eq!((outcome(&step), words(&step)), ("noted", vec![]));
    assert_eq!((sold.state().standing(), sold.state().follow_up.first_touch_at), (Standing::Overdue, None));
    // After it took place it is sent again, and is a touch; entered on the day that it was planned, it is still a plan.
    let moved = says(&mut sold, meeting.plus_ms(HOUR_MS), "ev-1", "attempted", meeting, &logged(at(21), PROOF));
    assert_eq!(outcome(&moved), "noted");
    let took_place = says(&mut sold, meeting.plus_ms(HOUR_MS), "ev-1", "met", meeting, PROOF);
    assert_eq!((outcome(&took_place), response(&took_place).1), ("responded", Some(false)));
    // Of a touched lead it is the next step.
    let mut sold = Sold::at(Standing::Working);
    let meeting = sold.now.plus_ms(3 * DAY_MS);
    let planned = sold.does("met", "person", &format!(r#","proof":{{"channel":"visit","ref":"cal-9"}},"next_step_at":"{meeting}""#));
    assert_eq!(outcome(&planned), "touched", "it happened now");
    let now = sold.now.plus_ms(MINUTE_MS);
    let planned = says(&mut sold, now, "plan", "met", meeting, PROOF);
    assert_eq!(told(&planned)[0].what, What::Scheduled { next_step_at: meeting, cut_from: None });
    // Clocks that differ by a minute make no appointment.
    let mut sold = Sold::new();
    let step = says(&mut sold, at(10), "now", "contacted", at(11), PROOF);
    assert_eq!((outcome(&step), response(&step).0), ("responded", 600));
}

#[test]
fn fu_1_what_was_entered_before_the_hand_off_answers_nothing_and_dates_nothing_before_it() {
    let team = "  mid: { respond_within: 30m, touch_every: 2d, hoarding: { silent_for: 3d, take_back: true } }";
    let weeks_ago = START.plus_ms(-21 * DAY_MS);
    for (kind, more) in [
        ("contacted", PROOF),
        ("accepted", ""),
        ("assigned", r#","assignee":"eva""#),
        ("next_step_set", r#","next_step_at":"2026-11-20T00:00:00Z""#),
        ("lost", r#","reason":"price""#),
    ] {
        let mut sold = Sold::under(&PLAIN.replace("  mid: {}", team));
        sold.waits_until(at(60));
        let stands = |sold: &Sold| {
            let (standing, follow_up) = (sold.state().standing(), sold.state().follow_up);
            (standing, follow_up.assignee, follow_up.next_step, follow_up.held, follow_up.due)
        };
        let before = stands(&sold);
        let step = says(&mut sold, at(65), "c-1", kind, weeks_ago, &logged(weeks_ago.plus_ms(HOUR_MS), more));
        assert_eq!((outcome(&step), words(&step)), ("noted", vec![]), "{kind}");
        assert_eq!(step.irregular, [Irregularity::BeforeTheLead], "{kind}");
        assert_eq!(stands(&sold), before, "{kind}");
    }
    // Entered now, and about a call from before the buyer had asked.
    let mut sold = Sold::new();
    let step = says(&mut sold, at(10), "old", "contacted", weeks_ago, PROOF);
    assert_eq!((outcome(&step), &step.irregular[..]), ("noted", &[Irregularity::BeforeTheLead][..]));
    // Whatever is said to have happened before the hand-off, nothing is dated before it.
    let mut sold = Sold::under(&PLAIN.replace("  mid: {}", team));
    says(&mut sold, at(10), "a", "accepted", weeks_ago, "");
    says(&mut sold, at(11), "b", "assigned", weeks_ago, r#","assignee":"eva""#);
    says(&mut sold, at(12), "c", "next_step_set", weeks_ago, r#","next_step_at":"2026-11-20T00:00:00Z""#);
    says(&mut sold, at(13), "d", "contacted", START.plus_ms(-MINUTE_MS), PROOF);
    for day in 0..200 {
        let step = sold.waits_until(START.plus_ms(day * DAY_MS).max(sold.now));
        assert!(told(&step).iter().all(|event| event.occurred_at >= START), "{:?}", told(&step));
    }
    // Who opted out has, whenever that was entered.
    let mut sold = Sold::new();
    assert_eq!(outcome(&says(&mut sold, at(10), "o", "opted_out", weeks_ago, &logged(weeks_ago, ""))), "closed");
}

#[test]
fn fu_3_what_was_entered_in_time_blames_nobody_however_late_it_is_transported() {
    for days in [0, 1, 2, 6, 20] {
        let mut sold = Sold::new();
        sold.waits_until(START.plus_ms(days * DAY_MS + HOUR_MS));
        let taken_at = sold.now;
        let step = says(&mut sold, taken_at, "t", "contacted", at(10), &logged(at(12), PROOF));
        assert_eq!(words(&step), ["responded", "overdue_withdrawn"], "{days}");
        let What::Responded { met, backdated, .. } = told(&step)[0].what else { panic!("{step:?}") };
        assert_eq!((met, backdated), (Some(true), false), "{days}");
    }
    // What is remembered days later is marked, and takes nothing back.
    let mut sold = Sold::new();
    sold.waits_until(START.plus_ms(3 * DAY_MS));
    let step = says(&mut sold, START.plus_ms(9 * DAY_MS), "t", "contacted", at(10), &logged(START.plus_ms(3 * DAY_MS), PROOF));
    let What::Responded { met, backdated, .. } = told(&step)[0].what else { panic!("{step:?}") };
    assert_eq!((met, backdated, words(&step)), (Some(false), true, vec!["responded"]));
    // Where nobody says when it was entered, it may as well be the connector that is late: it is marked, and blames nobody.
    for (days, marked) in [(0, false), (2, true), (20, true)] {
        let mut sold = Sold::new();
        sold.waits_until(START.plus_ms(days * DAY_MS + HOUR_MS));
        let taken_at = sold.now;
        let step = says(&mut sold, taken_at, "t", "contacted", at(10), PROOF);
        let What::Responded { met, backdated, .. } = told(&step)[0].what else { panic!("{step:?}") };
        assert_eq!((met, backdated, words(&step)), (Some(true), marked, vec!["responded", "overdue_withdrawn"]), "{days}");
        assert_eq!(step.irregular.contains(&Irregularity::EntryUnknown), marked, "{days}");
    }
    // A next step without a word of when it was agreed is none that has passed when it comes.
    let mut sold = Sold::new();
    says(&mut sold, at(5), "t", "contacted", at(5), PROOF);
    let agreed = says(&mut sold, at(500), "s", "next_step_set", at(6), &format!(r#","next_step_at":"{}""#, at(400)));
    assert_eq!((outcome(&agreed), sold.state().standing()), ("scheduled", Standing::Scheduled));
    // An edit of what was entered in time is no late entry.
    let mut sold = Sold::new();
    says(&mut sold, at(12), "t", "contacted", at(10), &logged(at(11), PROOF));
    let edited = says(&mut sold, START.plus_ms(9 * DAY_MS), "t", "met", at(10), &logged(START.plus_ms(8 * DAY_MS), PROOF));
    assert_eq!((words(&edited), sold.state().follow_up.kept), (vec![], Some(true)));
}

#[test]
fn fu_3_an_end_that_came_before_the_promise_ran_out_takes_back_what_was_told_of_it() {
    let mut sold = Sold::new();
    assert_eq!(words(&sold.waits_until(at(60))), ["overdue"]);
    let step = says(&mut sold, at(70), "e", "lost", at(20), &logged(at(20), r#","reason":"price""#));
    assert_eq!(words(&step), ["closed", "overdue_withdrawn"]);
    assert!(matches!(told(&step)[0].what, What::Closed { overdue: false, was_overdue: true, .. }), "{:?}", step.effects);
    // What was not told is not taken back.
    let mut sold = Sold::new();
    assert_eq!(response(&says(&mut sold, at(65), "late", "contacted", at(60), PROOF)), (3_600, Some(false), false));
    let step = says(&mut sold, at(66), "early", "contacted", at(10), PROOF);
    assert_eq!((words(&step), response(&step)), (vec!["responded"], (600, Some(true), true)));
}

#[test]
fn the_last_one_who_was_given_a_lead_has_it_in_any_order_of_arrival() {
    let given = |id: &str, to: &str, minute: i64| (id.to_owned(), at(minute), format!(r#","assignee":"{to}""#));
    let all = [given("as-1", "ana", 60), given("as-2", "luis", 65), given("as-0", "eva", 50)];
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
        let mut sold = Sold::new();
        let mut outcomes = Vec::new();
        for (number, index) in order.into_iter().enumerate() {
            let (id, happened, more) = &all[index];
            outcomes.push(outcome(&says(&mut sold, at(66 + number as i64), id, "assigned", *happened, more)));
        }
        assert_eq!(sold.state().follow_up.assignee.as_deref(), Some("luis"), "{order:?}");
        assert_eq!(outcomes[order.iter().position(|index| *index == 1).expect("luis")], "reassigned", "{order:?}");
    }
    // An assignment that is corrected under its own identifier.
    let mut sold = Sold::new();
    says(&mut sold, at(60), "as", "assigned", at(60), r#","assignee":"ana""#);
    assert_eq!(outcome(&says(&mut sold, at(61), "as", "assigned", at(60), r#","assignee":"luis""#)), "reassigned");
    assert_eq!(sold.state().follow_up.assignee.as_deref(), Some("luis"));
    // What time has moved since is not moved back by what sales had done before.
    let team = "  mid: { respond_within: 30m, reassign_after: 30m }";
    let mut sold = Sold::under(&PLAIN.replace("  mid: {}", team));
    says(&mut sold, at(5), "as-1", "assigned", at(5), r#","assignee":"eva""#);
    assert_eq!(words(&sold.waits_until(at(70))), ["overdue", "reassigned"]);
    assert_eq!(outcome(&says(&mut sold, at(71), "as-0", "assigned", at(3), r#","assignee":"ana""#)), "noted");
    assert_eq!(sold.state().follow_up.assignee, None);
}

#[test]
fn the_step_that_was_agreed_last_counts_in_any_order_of_arrival() {
    let steps = [("s-1", 10, 5 * 24 * 60), ("s-2", 20, 3 * 24 * 60)];
    for order in [[0, 1], [1, 0]] {
        let mut sold = Sold::new();
        says(&mut sold, at(5), "t", "contacted", at(5), PROOF);
        for (number, index) in order.into_iter().enumerate() {
            let (id, set, target) = steps[index];
            says(&mut sold, at(30 + number as i64), id, "next_step_set", at(set), &format!(r#","next_step_at":"{}""#, at(target)));
        }
        assert_eq!(sold.state().follow_up.next_step, Some((at(20), at(3 * 24 * 60))), "{order:?}");
    }
    // One that is agreed in the same instant as the call stands; one from before the call does not.
    for (set, stands) in [(5, true), (4, false)] {
        for step_first in [false, true] {
            let mut sold = Sold::new();
            let step = |sold: &mut Sold, taken| {
                says(sold, at(taken), "s", "next_step_set", at(set), &format!(r#","next_step_at":"{}""#, at(24 * 60)));
            };
            if step_first {
                step(&mut sold, 6);
            }
            says(&mut sold, at(7), "t", "contacted", at(5), PROOF);
            if !step_first {
                step(&mut sold, 8);
            }
            assert_eq!(sold.state().follow_up.next_step.is_some(), stands, "{set} {step_first}");
        }
    }
}

#[test]
fn a_later_end_corrects_an_earlier_one_and_is_told_so() {
    let mut sold = Sold::at(Standing::Working);
    let rulebook_cooldown = 30 * DAY_MS;
    let lost = says(&mut sold, at(360), "e-1", "rejected", at(360), r#","reason":"no_budget""#);
    assert_eq!(closed(told(&lost)[0]), (Closing::Rejected, None, false));
    let won = says(&mut sold, at(391), "e-2", "won", at(361), r#","value_usd":40000"#);
    assert_eq!((outcome(&won), closed(told(&won)[0])), ("closed", (Closing::Won, Some(40_000.0), true)));
    assert_eq!(sold.state().disposition().map(|name| name.as_str()), Some("won"));
    assert_eq!(sold.state().forgotten_at(), Some(at(361).plus_ms(rulebook_cooldown)), "it is remembered for a month");
    // Its own cooldown: there is none after a sale.
    let now = at(392);
    let again = sold.world.does(&Did::new("i-2", now, "demo_requested").buying(), now);
    assert_eq!(decisions(&again)[0].decision, Decision::Qualified);
    // A status that is sent with every save says nothing new.
    let mut sold = Sold::at(Standing::Working);
    says(&mut sold, at(360), "e-1", "won", at(360), r#","value_usd":40000"#);
    let saved = says(&mut sold, at(400), "e-2", "won", at(400), "");
    assert_eq!((outcome(&saved), words(&saved)), ("lead_closed", vec![]));
    // What it was worth may be said later, and corrected.
    let worth = says(&mut sold, at(401), "e-1", "won", at(360), r#","value_usd":45000"#);
    assert_eq!(closed(told(&worth)[0]), (Closing::Won, Some(45_000.0), true));
}

#[test]
fn ends_are_ordered_by_when_they_happened_and_a_sale_is_never_lost() {
    let ends = [("e-1", "lost", 360, r#","reason":"price""#), ("e-2", "won", 361, r#","value_usd":40000"#)];
    for order in [[0, 1], [1, 0]] {
        let mut sold = Sold::at(Standing::Working);
        let mut last = Vec::new();
        for (number, index) in order.into_iter().enumerate() {
            let (id, kind, minute, more) = ends[index];
            let step = says(&mut sold, at(400 + number as i64), id, kind, at(minute), more);
            last.extend(told(&step).into_iter().map(closed));
        }
        assert_eq!(last.last().map(|(closing, value, _)| (*closing, *value)), Some((Closing::Won, Some(40_000.0))), "{order:?}");
    }
    // A sale that is known late is told, though the lead was lost after it.
    for order in [[0, 1], [1, 0]] {
        let mut sold = Sold::at(Standing::Working);
        let mut all = Vec::new();
        for (number, index) in order.into_iter().enumerate() {
            let (id, kind, _, more) = ends[index];
            let step = says(&mut sold, at(400 + number as i64), id, kind, at(361 - index as i64), more);
            all.extend(told(&step).into_iter().map(closed));
        }
        assert!(all.iter().any(|(closing, value, _)| (*closing, *value) == (Closing::Won, Some(40_000.0))), "{order:?}: {all:?}");
        assert_eq!(all.last().map(|(closing, ..)| *closing), Some(Closing::Lost), "{order:?}");
    }
    // A sale that comes weeks after the loss, or when another lead has taken its place, or after time had ended it.
    let mut sold = Sold::at(Standing::Working);
    says(&mut sold, at(360), "e-1", "lost", at(360), r#","reason":"price""#);
    sold.waits_until(START.plus_ms(20 * DAY_MS));
    let now = sold.now;
    let second = sold.world.does(&Did::new("i-2", now, "demo_requested").buying(), now);
    assert_eq!(decisions(&second)[0].decision, Decision::Qualified);
    let step = says(&mut sold, now.plus_ms(MINUTE_MS), "e-2", "won", at(500), r#","value_usd":7"#);
    assert_eq!(closed(told(&step)[0]), (Closing::Won, Some(7.0), true));
    let reopened = says(&mut sold, now.plus_ms(2 * MINUTE_MS), "re", "reopened", now, "");
    assert_eq!(outcome(&reopened), "lead_closed", "QUAL-5: another lead is open for the offering");
    let mut sold = Sold::under(&rules().replace("respond_within: 30m", "respond_within: 30m, expire_after: 100d"));
    sold.waits_until(START.plus_ms(100 * DAY_MS));
    assert_eq!(sold.state().standing(), Standing::Closed);
    let now = sold.now.plus_ms(DAY_MS);
    let step = says(&mut sold, now, "e", "won", now, r#","value_usd":7"#);
    assert_eq!(closed(told(&step)[0]), (Closing::Won, Some(7.0), true));
}

#[test]
fn a_lead_that_was_opened_again_after_its_end_is_open_in_any_order_of_arrival() {
    let said = [("e", "lost", 60, r#","reason":"price""#), ("re", "reopened", 70, ""), ("t", "contacted", 80, PROOF)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut sold = Sold::new();
        for (number, index) in order.into_iter().enumerate() {
            let (id, kind, minute, more) = said[index];
            says(&mut sold, at(100 + number as i64), id, kind, at(minute), more);
        }
        let lead = sold.state();
        let follow_up = &lead.follow_up;
        let found = (lead.standing(), follow_up.reopened_at, follow_up.first_touch_at, follow_up.respond_by, follow_up.kept);
        let expected = (Standing::Working, Some(at(70)), Some(at(80)), Some(at(100)), Some(true));
        assert_eq!(found, expected, "{order:?}");
    }
    // Expired, because the touch was not known yet.
    let mut sold = Sold::under(&rules().replace("respond_within: 30m", "respond_within: 30m, expire_after: 10d"));
    sold.waits_until(START.plus_ms(11 * DAY_MS));
    assert_eq!(sold.state().standing(), Standing::Closed);
    let now = sold.now;
    let touched_at = START.plus_ms(9 * DAY_MS);
    let step = says(&mut sold, now, "t", "contacted", touched_at, &logged(touched_at, PROOF));
    assert_eq!(words(&step), ["reopened", "responded"]);
    let expires_at = touched_at.plus_ms(10 * DAY_MS);
    let ends: Vec<_> = told(&sold.waits_until(expires_at)).into_iter().filter(|event| event.what.as_str() == "closed").cloned().collect();
    assert_eq!((ends.len(), ends[0].occurred_at), (1, expires_at));
}

/// Saving a record, again and again, is no work: the drawer closes as if nothing had been saved.
#[test]
fn fu_4_nothing_that_is_saved_again_and_again_keeps_a_drawer_open() {
    let team = "  mid: { respond_within: 30m, touch_every: 2d, hoarding: { silent_for: 3d, take_back: true } }";
    let hoarded_on = |saves: &dyn Fn(&mut Sold, i64)| {
        let mut sold = Sold::under(&PLAIN.replace("  mid: {}", team));
        says(&mut sold, at(10), "t", "contacted", at(10), PROOF);
        let mut hoarded = None;
        for half_day in 1..60 {
            let now = at(10).plus_ms(half_day * DAY_MS / 2);
            let step = sold.waits_until(now);
            hoarded = hoarded.or(told(&step).iter().find(|event| event.what.as_str() == "hoarded").map(|event| event.occurred_at));
            if hoarded.is_some() {
                break;
            }
            saves(&mut sold, half_day);
        }
        hoarded.map(|hoarded| hoarded.since_ms(at(10)) / DAY_MS)
    };
    assert_eq!(hoarded_on(&|_, _| {}), Some(3));
    assert_eq!(hoarded_on(&|sold, _| drop(sold.does("accepted", "person", ""))), Some(3), "accepted");
    assert_eq!(hoarded_on(&|sold, _| drop(sold.does("assigned", "person", r#","assignee":"eva""#))), Some(3), "given to oneself");
    assert_eq!(hoarded_on(&|sold, _| drop(sold.does("received", "automation", ""))), Some(3), "received");
    // The same call, edited.
    let edited = |sold: &mut Sold, number: i64| {
        let now = sold.now;
        sold.logs("t", "contacted", "person", now, &format!(r#","proof":{{"channel":"phone","ref":"call-{number}"}}"#));
    };
    assert_eq!(hoarded_on(&edited), Some(3), "a call that is edited");
    // A step is agreed for the next day: the drawer is counted from there, and moving it changes nothing.
    let moved = |sold: &mut Sold, _: i64| {
        let next = sold.now.plus_ms(DAY_MS);
        sold.does("next_step_set", "person", &format!(r#","next_step_at":"{next}""#));
    };
    assert_eq!(hoarded_on(&moved), Some(4), "steps that are moved");
    let moved_by_an_edit = |sold: &mut Sold, _: i64| {
        let (now, next) = (sold.now, sold.now.plus_ms(DAY_MS));
        sold.logs("s", "next_step_set", "person", now, &format!(r#","next_step_at":"{next}""#));
    };
    assert_eq!(hoarded_on(&moved_by_an_edit), Some(4), "a step that is edited");
    let planned = |sold: &mut Sold, number: i64| {
        let next = sold.now.plus_ms(DAY_MS);
        sold.logs(&format!("ev-{number}"), "met", "person", next, PROOF);
    };
    assert_eq!(hoarded_on(&planned), Some(4), "meetings that are put off");
}

#[test]
fn a_lead_that_has_ended_is_forgotten_a_month_later() {
    let mut sold = Sold::new();
    says(&mut sold, at(10), "e", "lost", at(10), r#","reason":"price""#);
    sold.waits_until(START.plus_ms(30 * DAY_MS));
    assert_eq!(sold.state().standing(), Standing::Closed);
    sold.waits_until(START.plus_ms(200 * DAY_MS));
    assert_eq!(sold.world.store.account(&AccountKey::from_trusted("acme.example")), None);
}

/// A call that was logged under the wrong lead, and is moved to another one of the account, counts for that one only, in any order.
#[test]
fn fu_1_an_activity_that_is_moved_to_another_lead_of_the_account_counts_for_that_one_only() {
    for moved_first in [false, true] {
        let mut sold = Sold::new();
        let mut other = Did::new("i-2", START, "demo_requested").buying();
        other.offering = Some("erp");
        other.declared = other.declared.replace("2027-01-15", "2027-02-15");
        let effects = sold.world.does(&other, START);
        let (wrong, right) = (sold.lead.clone(), decisions(&effects)[0].lead_id.clone().expect("a lead"));
        let mut all = Vec::new();
        for (number, is_moved) in [moved_first, !moved_first].into_iter().enumerate() {
            sold.lead = if is_moved { right.clone() } else { wrong.clone() };
            let entered = at(if is_moved { 13 } else { 11 });
            let step = says(&mut sold, at(14 + number as i64), "00T-9", "contacted", at(10), &logged(entered, PROOF));
            all.extend(told(&step).into_iter().map(|event| (event.lead_id == right, event.what.as_str())));
        }
        let expected: &[_] =
            if moved_first { &[(true, "responded")] } else { &[(false, "responded"), (true, "responded"), (false, "response_withdrawn")] };
        assert_eq!(all, expected, "{moved_first}");
        for (lead, touched_at) in [(&right, Some(at(10))), (&wrong, None)] {
            sold.lead = lead.clone();
            assert_eq!(sold.state().follow_up.first_touch_at, touched_at, "{moved_first}");
        }
        // A connector that begins anew changes nothing.
        sold.lead = wrong.clone();
        let again = says(&mut sold, at(20), "00T-9", "contacted", at(10), &logged(at(11), PROOF));
        assert_eq!((outcome(&again), words(&again)), ("seen_before", vec![]), "{moved_first}");
        assert_eq!(sold.state().follow_up.first_touch_at, None);
    }
}
