//! The life of a lead in time: what is due of it, each thing once and at its own time, by the terms that it was handed off with.

use relevo::contract::Timestamp;
use relevo::contract::follow_up::{FollowedUp, Moved, Standing, What};
use relevo::contract::log::Record;
use relevo::engine::{Outcome, Step};

use crate::sold::{MINUTE_MS, PROOF, Sold, told};
use crate::world::{DAY_MS, PLAIN, START, in_force};

const HOUR_MS: i64 = 60 * MINUTE_MS;

/// [`START`] is a Sunday; the office works from Sunday to Thursday, eight hours from midnight.
fn terms(hoarding: &str) -> String {
    let team = format!(
        "  mid: {{ calendar: office, respond_within: 30m, reassign_after: 30m, escalate_after: 1h, touch_every: 2d, \
         hoarding: {{ {hoarding} }}, escalate_to: ana }}"
    );
    let office = "calendars:\n  office: { time_zone: UTC, hours: { sun-thu: [\"00:00-08:00\"] } }\n";
    PLAIN.replace("  mid: {}", &team) + "rejection_reasons: [no_budget]\n" + office
}

fn sold() -> Sold {
    Sold::under(&terms("silent_for: 3d, take_back: true"))
}

fn at(ms: i64) -> Timestamp {
    START.plus_ms(ms)
}

/// What a step tells: the event, when, the standing after it, and whose the lead is then.
fn tells(step: &Step) -> Vec<(&'static str, Timestamp, Standing, Option<String>)> {
    let said =
        |event: &FollowedUp| (event.what.as_str(), event.occurred_at, event.standing, event.assignee.as_ref().map(ToString::to_string));
    told(step).into_iter().map(said).collect()
}

#[test]
fn fu_5_an_untouched_lead_is_told_of_step_by_step_each_once_and_at_its_own_time() {
    let day = [
        ("overdue", at(30 * MINUTE_MS), Standing::Overdue, Some("eva".to_owned())),
        ("reassigned", at(60 * MINUTE_MS), Standing::Overdue, None),
        ("escalated", at(90 * MINUTE_MS), Standing::Overdue, None),
    ];
    // However late the clock is, and however coarse, the same is told.
    for step_ms in [MINUTE_MS, 7 * MINUTE_MS, 2 * HOUR_MS] {
        let mut sold = sold();
        sold.does("assigned", "automation", r#","assignee":"eva""#);
        let mut all = Vec::new();
        let mut now = sold.now;
        while now < at(2 * HOUR_MS) {
            now = now.plus_ms(step_ms);
            all.extend(tells(&sold.waits_until(now)));
        }
        assert_eq!(all, day, "every {step_ms} ms");
    }
}

#[test]
fn fu_4_a_lead_that_nobody_touches_is_told_of_again_and_again() {
    let mut sold = sold();
    let all: Vec<_> = (0..=12).flat_map(|day| tells(&sold.waits_until(at(day * DAY_MS)))).collect();
    let due: Vec<_> = all.iter().filter(|(event, ..)| *event == "touch_due").map(|(_, at, standing, _)| (*at, *standing)).collect();
    // Two working days after the promise, and so on: Sunday, Tuesday, Thursday, Monday, Wednesday, Sunday.
    let working_day = [2, 4, 8, 10].map(|day| (at(day * DAY_MS + 30 * MINUTE_MS), Standing::Overdue));
    assert_eq!(due, working_day);
    // Nobody had it, so nobody lost it.
    assert!(all.iter().all(|(event, ..)| *event != "reassigned"), "{all:?}");
    // After an outage one reminder tells as much as ten.
    assert_eq!(tells(&sold.waits_until(at(40 * DAY_MS))).len(), 1);
    assert!(sold.state().follow_up.due.touch_by > Some(at(40 * DAY_MS)));
}

#[test]
fn fu_4_every_open_lead_has_a_next_deadline_whatever_the_terms_say() {
    for rules in [PLAIN.to_owned(), terms("silent_for: 3d")] {
        let mut sold = Sold::under(&rules);
        let due = |sold: &Sold| sold.state().follow_up.due.touch_by;
        assert!(due(&sold).is_some());
        sold.touched();
        assert!(due(&sold) > Some(sold.now));
        let step_at = sold.now.plus_ms(DAY_MS);
        sold.does("next_step_set", "person", &format!(r#","next_step_at":"{step_at}""#));
        assert!(due(&sold) > Some(step_at));
        for day in [10, 30, 170] {
            sold.waits_until(at(day * DAY_MS));
            assert!(due(&sold) > Some(sold.now), "{day} days later");
        }
        sold.does("won", "person", "");
        assert_eq!(sold.state().next_due(), None, "closed");
        sold.does("reopened", "person", "");
        assert!(due(&sold) > Some(sold.now), "and open again");
    }
}

#[test]
fn a_touched_lead_falls_silent_and_a_touch_or_a_step_wakes_it() {
    let mut sold = sold();
    sold.touched();
    let first = sold.now;
    let silent_at = first.plus_ms(2 * DAY_MS);
    assert!(tells(&sold.waits_until(silent_at.plus_ms(-1))).is_empty());
    let step = sold.waits_until(silent_at.plus_ms(HOUR_MS));
    assert_eq!(tells(&step), [("touch_due", silent_at, Standing::Silent, None)]);
    let What::TouchDue { last_touch_at, reminders, .. } = told(&step)[0].what else { panic!("{step:?}") };
    assert_eq!((last_touch_at, reminders), (Some(first), 1));
    // One that came late into the log and is no news changes nothing.
    sold.logs("older", "met", "person", first, PROOF);
    assert_eq!(sold.state().standing(), Standing::Silent);
    sold.touched();
    assert_eq!((sold.state().standing(), sold.state().follow_up.reminders), (Standing::Working, 0));
    // A step that was agreed may pass; then it is a day's time.
    sold.waits_until(at(4 * DAY_MS));
    let step_at = at(8 * DAY_MS).plus_ms(HOUR_MS);
    sold.does("next_step_set", "person", &format!(r#","next_step_at":"{step_at}""#));
    assert_eq!(sold.state().follow_up.due.touch_by, Some(step_at.plus_ms(DAY_MS)));
    let step = sold.waits_until(step_at.plus_ms(DAY_MS));
    assert_eq!(tells(&step)[0], ("touch_due", step_at.plus_ms(DAY_MS), Standing::Silent, None));
}

/// The pattern by its name: somebody takes a lead, and nothing comes.
#[test]
fn who_accepts_or_touches_once_and_then_keeps_the_lead_hoards_it_and_it_is_taken_back() {
    // Without a promise, which would take an untouched lead before; three working days from Sunday are Wednesday.
    let rules = terms("silent_for: 3d, take_back: true").replace("respond_within: 30m, ", "");
    for (kind, proof, touched) in [("accepted", "", false), ("contacted", PROOF, true)] {
        let mut sold = Sold::under(&rules);
        sold.does("assigned", "automation", r#","assignee":"luis""#);
        sold.does(kind, "person", proof);
        let silent_since = sold.now;
        let hoards_at = silent_since.plus_ms(3 * DAY_MS);
        let before = tells(&sold.waits_until(hoards_at.plus_ms(-1)));
        assert!(before.iter().all(|(event, ..)| *event != "hoarded"), "{before:?}");
        let step = sold.waits_until(hoards_at);
        let hoarded = told(&step).into_iter().find(|event| matches!(event.what, What::Hoarded { .. })).expect("somebody says so");
        assert_eq!(hoarded.what, What::Hoarded { by: Some("luis".into()), silent_since, touched });
        assert_eq!((hoarded.occurred_at, hoarded.assignee.as_deref()), (hoards_at, Some("luis")));
        let moved = told(&step).into_iter().find(|event| matches!(event.what, What::Reassigned { .. })).expect("it is taken back");
        assert_eq!(moved.what, What::Reassigned { from: Some("luis".into()), to: None, moved: Moved::Hoarded });
        assert_eq!(sold.state().follow_up.assignee, None);
        assert!(tells(&sold.waits_until(hoards_at.plus_ms(30 * DAY_MS))).iter().all(|(event, ..)| *event != "hoarded"), "once");
    }
}

#[test]
fn a_hoarded_lead_stays_with_its_seller_where_the_terms_say_nothing_else_and_an_agreed_step_is_no_drawer() {
    let rules = PLAIN.replace("  mid: {}", "  mid: { hoarding: { silent_for: 3d } }");
    let mut sold = Sold::under(&rules);
    sold.does("accepted", "automation", "");
    assert_eq!(sold.state().follow_up.held, None, "a machine has no drawer");
    sold.does("accepted", "person", "");
    let silent_since = sold.now;
    let step = sold.waits_until(silent_since.plus_ms(3 * DAY_MS));
    assert_eq!(told(&step)[0].what, What::Hoarded { by: Some("eva".into()), silent_since, touched: false });
    assert_eq!(told(&step).len(), 1, "the terms take nothing back: {:?}", step.effects);
    // A touch begins the time anew, an agreed step is no drawer, and a lead that ended is nobody's.
    sold.touched();
    let touched_at = sold.now;
    let step_at = touched_at.plus_ms(2 * DAY_MS);
    sold.does("next_step_set", "person", &format!(r#","next_step_at":"{step_at}""#));
    let hoards_at = step_at.plus_ms(3 * DAY_MS);
    assert!(tells(&sold.waits_until(hoards_at.plus_ms(-1))).iter().all(|(event, ..)| *event != "hoarded"));
    sold.does("won", "person", "");
    assert!(tells(&sold.waits_until(hoards_at.plus_ms(DAY_MS))).is_empty());
}

#[test]
fn who_gets_a_late_lead_has_as_much_time_as_the_one_before() {
    let mut sold = sold();
    sold.does("assigned", "automation", r#","assignee":"eva""#);
    sold.waits_until(at(61 * MINUTE_MS));
    assert_eq!(sold.state().follow_up.assignee, None);
    sold.does("assigned", "person", r#","assignee":"luis""#);
    let again = sold.now.plus_ms(30 * MINUTE_MS);
    let step = sold.waits_until(again);
    let moved = told(&step).into_iter().find(|event| matches!(event.what, What::Reassigned { .. })).expect("it moves on");
    assert_eq!(moved.what, What::Reassigned { from: Some("luis".into()), to: None, moved: Moved::Overdue });
    // A touch ends it: nothing of the promise is due any more.
    sold.does("assigned", "person", r#","assignee":"eva""#);
    sold.touched();
    let due = sold.state().follow_up.due;
    assert_eq!((due.reassign_at, due.escalate_at), (None, None));
}

/// FU-5: later terms are for later leads; what a lead was handed off with is kept as long as one needs it, and no longer.
#[test]
fn fu_5_an_open_lead_keeps_its_terms_and_calendar_and_the_partition_keeps_them_as_long_as_it_needs_them() {
    let mut sold = sold();
    let first = sold.state().follow_up.terms;
    let later = |revision: u32| {
        let text = terms("silent_for: 9d").replace("touch_every: 2d", &format!("touch_every: {revision}h"));
        let mut law = in_force(&text.replace("sun-thu", "fri-sat").replace("revision: 1", &format!("revision: {revision}")));
        law.revision = revision;
        law
    };
    assert_eq!(sold.world.fold("law", Record::PolicyInForce(later(2)), START).outcome, Outcome::LawChanged);
    let kept = |sold: &Sold| sold.world.store.partition_terms();
    assert_eq!(kept(&sold), [first], "a law alone brings none");
    sold.touched();
    assert_eq!(sold.state().follow_up.due.touch_by, Some(sold.now.plus_ms(2 * DAY_MS)), "in the time of its own calendar");
    // A restart finds them.
    let mut rows = Vec::new();
    sold.world.store.write_staged(7, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
    sold.world.store.promote(7);
    let mut restored = relevo::state::Store::new(0, 1);
    rows.iter().for_each(|(key, value)| restored.restore(key, value.as_deref()).expect("a row"));
    restored.restored().expect("good rows");
    assert_eq!(restored.partition_terms(), [first]);
    sold.world.store = restored;
    assert_eq!(tells(&sold.waits_until(at(3 * DAY_MS)))[0].0, "touch_due");
    // Opened again it has the terms of now; the others go with the next law.
    sold.does("won", "person", "");
    sold.does("reopened", "person", "");
    let second = sold.state().follow_up.terms;
    assert_ne!(first, second);
    assert_eq!(kept(&sold).len(), 2);
    let now = sold.now;
    sold.world.fold("law", Record::PolicyInForce(later(3)), now);
    assert_eq!(kept(&sold), [second]);
    let mut gone = Vec::new();
    sold.world.store.write_staged(9, |key, value| gone.extend(value.is_none().then(|| String::from_utf8_lossy(key).into_owned())));
    assert_eq!(gone, [format!("relevo:terms:{first:016x}")]);
}
