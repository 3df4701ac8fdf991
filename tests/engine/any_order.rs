//! For any set of activities of a lead, any order of arrival and any transport delay, the lead ends in the same standing, with the same first
//! response, promise and disposition.
//!
//! What is drawn are activities with the times at which they happened and were entered, and repetitions of them; then the log takes them in
//! another order, each at any time after its entry, while the clock goes on. The first arrival is the one without delays.

use relevo::contract::Timestamp;
use relevo::contract::follow_up::{Standing, What};

use crate::sold::{MINUTE_MS, PROOF, Sold, told};
use crate::world::{Chance, DAY_MS, PLAIN, START};

const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Everything has happened by then, and has come by the end.
const HAPPENS_WITHIN_MS: i64 = 6 * DAY_MS;
const END: Timestamp = START.plus_ms(14 * DAY_MS);

#[derive(Clone, Debug)]
struct Said {
    id: String,
    kind: &'static str,
    occurred_at: Timestamp,
    entered_at: Timestamp,
    more: String,
}

/// How a lead stands in the end, and what was told last of it.
#[derive(Debug, PartialEq)]
struct Ends {
    standing: Standing,
    disposition: Option<String>,
    value_usd: Option<f64>,
    first_touch_at: Option<Timestamp>,
    last_touch_at: Option<Timestamp>,
    respond_by: Option<Timestamp>,
    kept: Option<bool>,
    told: Option<(i64, Option<bool>)>,
}

fn activity(chance: &mut Chance, number: u64, coarse: bool) -> Said {
    let grain_ms = if coarse { 6 * HOUR_MS } else { MINUTE_MS };
    let occurred_at = START.plus_ms(grain_ms + chance.below((HAPPENS_WITHIN_MS / grain_ms) as u64) as i64 * grain_ms);
    let entered_after_ms = *chance.pick(&[0, MINUTE_MS, 3 * HOUR_MS, 30 * HOUR_MS, -2 * HOUR_MS]);
    let entered_at = occurred_at.plus_ms(entered_after_ms);
    let kind = *chance.pick(&[
        "contacted",
        "contacted",
        "attempted",
        "met",
        "accepted",
        "received",
        "next_step_set",
        "next_step_set",
        "assigned",
        "won",
        "lost",
        "rejected",
        "opted_out",
        "reopened",
        "reopened",
    ]);
    let target = entered_at.plus_ms(chance.below(8) as i64 * DAY_MS);
    let more = match kind {
        "contacted" | "attempted" | "met" => {
            if chance.one_in(8) {
                String::new()
            } else {
                PROOF.to_owned()
            }
        }
        "next_step_set" => format!(r#","next_step_at":"{target}""#),
        "assigned" => format!(r#","assignee":"{}""#, chance.pick(&["ana", "luis"])),
        "won" => format!(r#","value_usd":{}"#, chance.below(3) * 1_000),
        "lost" => r#","reason":"price""#.to_owned(),
        "rejected" => r#","reason":"no_budget""#.to_owned(),
        _ => String::new(),
    };
    Said { id: format!("a-{number}"), kind, occurred_at, entered_at, more }
}

/// A few activities; some are corrected, which is entered later.
fn activities(chance: &mut Chance) -> Vec<Said> {
    let coarse = chance.one_in(3);
    let mut all: Vec<Said> = (0..1 + chance.below(9)).map(|number| activity(chance, number, coarse)).collect();
    for number in 0..all.len() as u64 {
        if chance.one_in(5) {
            let mut corrected = activity(chance, number, coarse);
            let before = &all[number as usize];
            if corrected.entered_at > before.entered_at {
                corrected.id.clone_from(&before.id);
                all.push(corrected);
            }
        }
    }
    all
}

/// The log takes each of them at its time, and the clock goes on from hour to hour.
fn ends(taken: &[(Timestamp, Said)], team: &str) -> Ends {
    let mut sold = Sold::under(&(PLAIN.replace("  mid: {}", team) + "rejection_reasons: [no_budget]\n"));
    let (mut value_usd, mut response) = (None, None);
    let all = taken;
    let mut taken = taken.iter().peekable();
    for hour in 0..=END.since_ms(START) / HOUR_MS {
        let now = START.plus_ms(hour * HOUR_MS);
        let mut steps = Vec::new();
        while let Some((at, said)) = taken.next_if(|(at, _)| *at <= now) {
            sold.now = *at;
            let logged_at = said.entered_at;
            let more = format!(r#","logged_at":"{logged_at}"{}"#, said.more);
            steps.push(sold.logs(&said.id, said.kind, "person", said.occurred_at, &more));
        }
        steps.push(sold.waits_until(now));
        for event in steps.iter().flat_map(told) {
            assert!(event.occurred_at >= START, "nothing is dated before the lead: {event:?}");
            match &event.what {
                What::Responded { response_seconds, met, .. } => response = Some((*response_seconds, *met)),
                What::ResponseWithdrawn { .. } => response = None,
                // The response clock runs anew, unless what had ended it was no end.
                What::Reopened { .. } if [Standing::Waiting, Standing::Overdue, Standing::Closed].contains(&event.standing) => {
                    response = None
                }
                What::Closed { value_usd: value, .. } => value_usd = value.map(|value| value.0),
                _ => {}
            }
        }
    }
    let lead = sold.state();
    let follow_up = &lead.follow_up;
    if let Some((seconds, met)) = response {
        let waited = follow_up.first_touch_at.map(|first| first.since_ms(lead.waits_since()).max(0) / 1_000);
        assert_eq!((Some(seconds), met), (waited, follow_up.kept), "what was told last is how it is\nin time: {all:#?}\n  left:");
    }
    Ends {
        standing: lead.standing(),
        disposition: lead.disposition().map(ToString::to_string),
        value_usd: value_usd.filter(|_| !lead.is_open()),
        first_touch_at: follow_up.first_touch_at,
        last_touch_at: follow_up.last_touch_at,
        respond_by: follow_up.respond_by,
        kept: follow_up.kept,
        told: response,
    }
}

#[test]
fn fu_1_2_3_any_order_of_arrival_and_any_transport_delay_ends_in_the_same() {
    let rounds = std::env::var("RELEVO_FUZZ_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let mut chance = Chance(41);
    let (mut closed, mut answered, mut kept) = (0, 0, 0);
    for round in 0..rounds {
        let team = *chance.pick(&[
            "  mid: { respond_within: 1d, touch_every: 2d, hoarding: { silent_for: 3d, take_back: true } }",
            "  mid: { respond_within: 90m, reassign_after: 30m, escalate_after: 1h, touch_every: 5d, next_step_at_most: 4d }",
            "  mid: { respond_within: 3d, expire_after: 12d, touch_every: 9d }",
        ]);
        let all = activities(&mut chance);
        let mut in_time: Vec<_> = all.iter().map(|said| (said.entered_at.max(START), said.clone())).collect();
        in_time.sort_by_key(|(at, _)| *at);
        let expected = ends(&in_time, team);
        for _ in 0..3 {
            let mut late: Vec<_> = all
                .iter()
                .chain(all.iter().filter(|_| chance.one_in(6)).collect::<Vec<_>>())
                .map(|said| {
                    let left_ms = END.since_ms(said.entered_at) as u64;
                    (said.entered_at.max(START).plus_ms(chance.below(left_ms - HOUR_MS as u64) as i64), said.clone())
                })
                .collect();
            chance.shuffle(&mut late);
            late.sort_by_key(|(at, _)| *at);
            assert_eq!(ends(&late, team), expected, "round {round}, {team}\nin time: {in_time:#?}\nlate: {late:#?}");
        }
        closed += u32::from(expected.standing == Standing::Closed);
        answered += u32::from(expected.first_touch_at.is_some());
        kept += u32::from(expected.kept == Some(true));
    }
    assert!(closed > rounds / 8 && answered > rounds / 3 && kept > rounds / 10, "too tame: {closed} {answered} {kept} of {rounds}");
}
