//! No activity puts off for ever what is due of a lead (FU-4), and every lead ends: in what sales says, or by time.

use relevo::contract::activity::{Activity, Closing};
use relevo::contract::follow_up::{Standing, What};
use relevo::contract::{AccountKey, Decision, Irregularity, Timestamp};
use relevo::engine::Step;
use relevo::engine::lead::MAX_RENEWALS;

use crate::sold::{MINUTE_MS, PROOF, Sold, outcome, told};
use crate::world::{DAY_MS, Did, PLAIN, START, decisions, leads};

/// No calendar: terms run by the clock. The lead is eva's.
fn terms(more: &str) -> String {
    let team = format!(
        "  mid: {{ respond_within: 30m, reassign_after: 30m, touch_every: 2d, hoarding: {{ silent_for: 3d, take_back: true }}{more} }}"
    );
    PLAIN.replace("  mid: {}", &team)
}

fn sold() -> Sold {
    let mut sold = Sold::under(&terms(""));
    sold.does("assigned", "automation", r#","assignee":"eva""#);
    sold
}

/// What is told of a lead up to then, with a look each hour.
fn hears(sold: &mut Sold, until: Timestamp) -> Vec<(&'static str, Timestamp)> {
    let mut heard = Vec::new();
    while sold.now < until {
        let next = sold.now.plus_ms(60 * MINUTE_MS).min(until);
        heard.extend(told(&sold.waits_until(next)).into_iter().map(|event| (event.what.as_str(), event.occurred_at)));
    }
    heard
}

fn next_step(sold: &mut Sold, at: Timestamp) -> Step {
    sold.does("next_step_set", "person", &format!(r#","next_step_at":"{at}""#))
}

fn first(heard: &[(&'static str, Timestamp)], event: &str) -> Option<Timestamp> {
    heard.iter().find(|(told, _)| *told == event).map(|(_, at)| *at)
}

const FAR: Timestamp = Timestamp::from_ms(221_845_392_000_000); // the year 9000

#[test]
fn fu_4_a_next_step_in_the_year_9000_is_cut_to_what_the_terms_allow_and_that_is_told() {
    let mut sold = sold();
    sold.touched();
    let latest = sold.now.plus_ms(90 * DAY_MS);
    let step = next_step(&mut sold, FAR);
    assert_eq!(told(&step)[0].what, What::Scheduled { next_step_at: latest, cut_from: Some(FAR) });
    assert_eq!(step.irregular, [Irregularity::PostponementCut]);
    let heard = hears(&mut sold, START.plus_ms(120 * DAY_MS));
    assert_eq!(first(&heard, "touch_due"), Some(latest.plus_ms(DAY_MS)));
    assert_eq!(first(&heard, "hoarded"), Some(latest.plus_ms(3 * DAY_MS)));
    // The team may agree on another time.
    let mut sold = Sold::under(&terms(", next_step_at_most: 10d"));
    sold.touched();
    let latest = sold.now.plus_ms(10 * DAY_MS);
    let step = next_step(&mut sold, latest);
    assert_eq!(told(&step)[0].what, What::Scheduled { next_step_at: latest, cut_from: None });
    assert!(step.irregular.is_empty());
}

#[test]
fn fu_4_a_chain_of_next_steps_puts_off_no_more_than_one() {
    let mut sold = sold();
    sold.touched();
    let touched_at = sold.now;
    let mut outcomes = Vec::new();
    let mut heard = Vec::new();
    for day in (0..=140).step_by(20) {
        let then = touched_at.plus_ms(day * DAY_MS);
        heard.extend(hears(&mut sold, then));
        let step = next_step(&mut sold, then.plus_ms(25 * DAY_MS));
        outcomes.push(outcome(&step));
    }
    assert_eq!(outcomes, ["scheduled", "scheduled", "scheduled", "scheduled", "scheduled", "touch_needed", "touch_needed", "touch_needed"]);
    assert_eq!(first(&heard, "touch_due"), Some(touched_at.plus_ms(91 * DAY_MS)));
    // The drawer is counted from the first of them.
    assert_eq!(first(&heard, "hoarded"), Some(touched_at.plus_ms(28 * DAY_MS)));
    // A touch allows the next one.
    sold.touched();
    let at = sold.now.plus_ms(30 * DAY_MS);
    assert_eq!(outcome(&next_step(&mut sold, at)), "scheduled");
}

/// One that was agreed before anybody had touched the buyer takes effect with the touch, within its bound.
#[test]
fn fu_4_a_step_from_before_the_first_touch_is_cut_by_it() {
    let mut sold = sold();
    let touched_at = sold.now.plus_ms(MINUTE_MS);
    sold.now = touched_at;
    next_step(&mut sold, FAR);
    sold.logs("late", "contacted", "person", touched_at, PROOF);
    let heard = hears(&mut sold, START.plus_ms(100 * DAY_MS));
    assert_eq!(first(&heard, "touch_due"), Some(touched_at.plus_ms(91 * DAY_MS)));
    assert_ne!(sold.state().standing(), Standing::Scheduled);
}

#[test]
fn fu_4_a_recycled_lead_comes_back_however_late_it_is_said_to() {
    let mut sold = sold();
    sold.touched();
    let step = sold.does("recycled", "person", &format!(r#","until":"{FAR}""#));
    let back_at = sold.now.plus_ms(180 * DAY_MS);
    let What::Closed { until, cut_from, .. } = told(&step)[0].what else { panic!("{step:?}") };
    assert_eq!((until, cut_from, step.irregular), (back_at, Some(FAR), vec![Irregularity::PostponementCut]));
    let heard = hears(&mut sold, back_at);
    assert_eq!(first(&heard, "reopened"), Some(back_at));
    sold.does("lost", "person", r#","reason":"price""#);
    let at = sold.now.plus_ms(MINUTE_MS);
    let mut again = Did::new("again", at, "demo_requested").buying();
    again.declared = again.declared.replace("2027", "2029");
    assert_eq!(decisions(&sold.world.does(&again, at))[0].decision, Decision::Qualified);
    // A time that has passed brings it back at once, and not before it ended.
    let mut sold = self::sold();
    let past = START.plus_ms(-DAY_MS);
    sold.does("recycled", "person", &format!(r#","until":"{past}""#));
    let ended_at = sold.now;
    let heard = hears(&mut sold, ended_at.plus_ms(MINUTE_MS));
    assert!(first(&heard, "reopened") >= Some(ended_at));
}

#[test]
fn fu_4_accepting_a_lead_again_and_again_begins_no_drawer_anew() {
    let mut sold = sold();
    sold.touched();
    let silent_since = sold.now;
    let mut heard = Vec::new();
    for hour in (6..96).step_by(6) {
        heard.extend(hears(&mut sold, silent_since.plus_ms(hour * 60 * MINUTE_MS)));
        sold.does("accepted", "person", "");
    }
    assert_eq!(first(&heard, "hoarded"), Some(silent_since.plus_ms(3 * DAY_MS)));
}

/// FU-5: a step that is moved after somebody was told to keep the lead in the drawer brings no second word of the same silence.
#[test]
fn fu_5_a_hoarder_is_told_once_of_the_same_silence() {
    let mut sold = Sold::under(&terms("").replace(", take_back: true", ""));
    sold.touched();
    let step_at = sold.now.plus_ms(DAY_MS);
    next_step(&mut sold, step_at);
    let mut heard = Vec::new();
    for days in [5, 7, 9] {
        heard.extend(hears(&mut sold, START.plus_ms(days * DAY_MS)));
        let later = sold.now.plus_ms(3 * DAY_MS);
        next_step(&mut sold, later);
    }
    heard.extend(hears(&mut sold, START.plus_ms(20 * DAY_MS)));
    let hoarded: Vec<_> = heard.iter().filter(|(event, _)| *event == "hoarded").map(|(_, at)| *at).collect();
    assert_eq!(hoarded, [step_at.plus_ms(3 * DAY_MS)]);
    // A touch begins a silence of its own.
    sold.touched();
    let silent_since = sold.now;
    let heard = hears(&mut sold, silent_since.plus_ms(9 * DAY_MS));
    assert_eq!(first(&heard, "hoarded"), Some(silent_since.plus_ms(3 * DAY_MS)));
}

/// A new seller has time of their own; a lead that two of them pass on between them has not for ever.
#[test]
fn fu_4_a_lead_that_goes_from_hand_to_hand_is_hoarded_and_leaves_its_seller_all_the_same() {
    let passes_on = |touched: bool, every_ms: i64, event: &str| {
        let mut sold = sold();
        if touched {
            sold.touched();
        } else {
            let late = sold.now.plus_ms(31 * MINUTE_MS);
            sold.waits_until(late);
        }
        let from = sold.now;
        let mut heard = Vec::new();
        for time in 1..=12 {
            heard.extend(hears(&mut sold, from.plus_ms(time * every_ms)));
            let seller = if time % 2 == 0 { "eva" } else { "luis" };
            sold.does("assigned", "person", &format!(r#","assignee":"{seller}""#));
        }
        let passed = first(&heard, event).map(|at| at.since_ms(from) / every_ms);
        assert!(passed.is_some_and(|times| times <= i64::from(MAX_RENEWALS) + 2), "{event}: {passed:?} {heard:?}");
    };
    passes_on(true, 2 * DAY_MS, "hoarded");
    passes_on(false, 20 * MINUTE_MS, "reassigned");
}

#[test]
fn fu_4_a_lead_with_which_nothing_happens_expires_and_nothing_personal_is_kept_for_it() {
    for touched in [false, true] {
        let mut sold = sold();
        if touched {
            sold.touched();
        }
        let last = if touched { sold.now } else { START };
        let heard = hears(&mut sold, last.plus_ms(180 * DAY_MS + DAY_MS / 2));
        let ends: Vec<_> = heard.iter().filter(|(event, _)| *event == "closed").collect();
        assert_eq!(ends, [&("closed", last.plus_ms(180 * DAY_MS))]);
        let later = sold.now.plus_ms(32 * DAY_MS);
        sold.waits_until(later);
        assert_eq!(sold.world.store.account(&AccountKey::from_trusted("acme.example")), None, "nothing is left of it");
    }
    let mut sold = Sold::under(&terms(", expire_after: 100d, cooldown: { expired: 5d }"));
    let step = sold.waits_until(START.plus_ms(100 * DAY_MS));
    let ended = told(&step).into_iter().find(|event| matches!(event.what, What::Closed { .. })).expect("it ends");
    let What::Closed { disposition, until, touched, overdue, .. } = ended.what else { panic!("{ended:?}") };
    assert_eq!((disposition, until, touched, overdue), (Closing::Expired, START.plus_ms(105 * DAY_MS), false, true));
    assert_eq!((ended.standing, ended.activity.as_ref()), (Standing::Closed, None));
    // Sales may open it again, as any other.
    assert_eq!(outcome(&sold.does("reopened", "person", "")), "reopened");
    let heard = hears(&mut sold, START.plus_ms(150 * DAY_MS));
    assert_eq!(first(&heard, "closed"), None, "it lives on from there");
}

#[test]
fn fu_4_touches_and_evidence_let_a_lead_live_on_and_mails_that_are_opened_do_not() {
    let ends_after_days = |kind: Option<&str>| {
        let mut sold = Sold::under(&terms(", expire_after: 100d"));
        hears(&mut sold, START.plus_ms(50 * DAY_MS));
        match kind {
            Some("contacted") => drop(sold.does("contacted", "person", PROOF)),
            Some(kind) => drop(sold.world.does(&Did::new("more", sold.now, kind), sold.now)),
            None => {}
        }
        let heard = hears(&mut sold, START.plus_ms(300 * DAY_MS));
        first(&heard, "closed").map(|at| at.since_ms(START) / DAY_MS)
    };
    for (kind, days) in [(None, 100), (Some("email_opened"), 100), (Some("contacted"), 150), (Some("demo_requested"), 150)] {
        assert_eq!(ends_after_days(kind), Some(days), "{kind:?}");
    }
}

/// Closing and opening again is no touch: it lets a lead live on a few times, and then it ends.
#[test]
fn fu_4_a_lead_that_is_opened_again_and_again_ends() {
    for (closes, more) in [("lost", r#","reason":"price""#), ("recycled", r#","until":"2026-01-01T00:00:00Z""#)] {
        let mut sold = Sold::under(&terms(", expire_after: 100d"));
        let mut expired_at = None;
        for round in 1..=20 {
            let heard = hears(&mut sold, START.plus_ms(round * 60 * DAY_MS));
            expired_at = expired_at.or(first(&heard, "closed"));
            if expired_at.is_some() {
                break;
            }
            sold.does(closes, "person", more);
            sold.does("reopened", "person", "");
        }
        let bound = START.plus_ms((i64::from(MAX_RENEWALS) + 2) * 100 * DAY_MS);
        assert!(expired_at.is_some_and(|at| at < bound), "{closes}: {expired_at:?}");
    }
}

#[test]
fn no_activity_expires_a_lead() {
    let json = br#"{"activity_id":"a","lead_id":"L-AAAAAAAAAAAAAAAAAAAAAAAA","occurred_at":"2026-11-01T00:00:00Z","kind":"expired","actor":{"kind":"person"}}"#;
    assert!(Activity::parse(json).is_err());
}

/// It comes back with whom to call, though nothing had been heard of them for longer than anything is remembered.
#[test]
fn a_recycled_lead_comes_back_with_its_contact() {
    let mut sold = Sold::under(&PLAIN.replace("forget_after: 180d", "forget_after: 30d"));
    let until = START.plus_ms(100 * DAY_MS);
    sold.does("recycled", "person", &format!(r#","until":"{until}""#));
    hears(&mut sold, until.plus_ms(DAY_MS));
    let at = sold.now.plus_ms(MINUTE_MS);
    let mut joins = Did::new("joins", at, "demo_requested");
    joins.person = r#"{"id":"p-2"}"#.into();
    let effects = sold.world.does(&joins, at);
    assert_eq!(leads(&effects)[0].1.contact.role.as_deref(), Some("plant_manager"));
}
