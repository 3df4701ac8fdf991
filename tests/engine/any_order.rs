//! For any set of activities of a lead, any order of arrival and any transport delay, the lead ends in the same standing, with the same first
//! response, promise and disposition.
//!
//! What is drawn are activities with the times at which they happened and were entered, and repetitions of them; then the log takes them in
//! another order, each at any time after its entry, while the clock goes on. The first arrival is the one without delays. Some do not say when
//! they were entered. Of a lead that time has brought back its promise begins when that was told, so there only how it stands is compared.

use std::collections::BTreeSet;

use relevo::contract::Timestamp;
use relevo::contract::follow_up::{Standing, What};

use crate::sold::{MINUTE_MS, PROOF, Sold, told};
use crate::world::{Chance, DAY_MS, PLAIN, START};

const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Everything has happened by then, and has come by the end.
const HAPPENS_WITHIN_MS: i64 = 6 * DAY_MS;
const END: Timestamp = START.plus_ms(14 * DAY_MS);
/// By then whatever was recycled has come back, and what is due of it has passed.
const END_OF_RECYCLED: Timestamp = START.plus_ms(28 * DAY_MS);

#[derive(Clone, Debug)]
struct Said {
    id: String,
    kind: &'static str,
    occurred_at: Timestamp,
    entered_at: Timestamp,
    /// It says itself when it was entered.
    says_when: bool,
    more: String,
}

/// How a lead stands in the end, and what was told last of it.
#[derive(Clone, Debug, PartialEq)]
struct Ends {
    standing: Standing,
    disposition: Option<String>,
    value_usd: Option<f64>,
    /// Of an open lead, where time moves none and no edit takes back what was given.
    assignee: Option<String>,
    first_touch_at: Option<Timestamp>,
    last_touch_at: Option<Timestamp>,
    respond_by: Option<Timestamp>,
    kept: Option<bool>,
    told: Option<(i64, Option<bool>)>,
    came_back: bool,
}

fn activity(chance: &mut Chance, number: u64, coarse: bool) -> Said {
    let grain_ms = if coarse { 6 * HOUR_MS } else { MINUTE_MS };
    let occurred_at = START.plus_ms(grain_ms + chance.below((HAPPENS_WITHIN_MS / grain_ms) as u64) as i64 * grain_ms);
    let says_when = !chance.one_in(4);
    // What is said to be ahead is an appointment as long as it is: only its own word tells when it was entered.
    let afterwards = [0, MINUTE_MS, 3 * HOUR_MS, 30 * HOUR_MS, if says_when { -2 * HOUR_MS } else { 2 * DAY_MS }];
    let entered_after_ms = *chance.pick(&afterwards);
    let entered_at = occurred_at.plus_ms(entered_after_ms);
    let kind = *chance.pick(&[
        "contacted",
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
        "recycled",
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
        "recycled" => format!(r#","until":"{target}""#),
        _ => String::new(),
    };
    Said { id: format!("a-{number}"), kind, occurred_at, entered_at, says_when, more }
}

/// A few activities; some are corrected, which is entered later.
fn activities(chance: &mut Chance) -> Vec<Said> {
    let coarse = chance.one_in(3);
    let mut all: Vec<Said> = (0..1 + chance.below(9)).map(|number| activity(chance, number, coarse)).collect();
    for number in 0..all.len() as u64 {
        if chance.one_in(5) {
            let mut corrected = activity(chance, number, coarse);
            let before = &all[number as usize];
            // Of contents that do not say when they were entered the one counts that came last.
            if corrected.says_when && before.says_when && corrected.entered_at > before.entered_at {
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
    let (mut value_usd, mut response, mut came_back) = (None, None, false);
    let all = taken;
    let end = if all.iter().any(|(_, said)| said.kind == "recycled") { END_OF_RECYCLED } else { END };
    let mut taken = taken.iter().peekable();
    for hour in 0..=end.since_ms(START) / HOUR_MS {
        let now = START.plus_ms(hour * HOUR_MS);
        let mut steps = Vec::new();
        while let Some((at, said)) = taken.next_if(|(at, _)| *at <= now) {
            sold.now = *at;
            let logged_at = said.entered_at;
            let when = if said.says_when { format!(r#","logged_at":"{logged_at}""#) } else { String::new() };
            let more = format!("{when}{}", said.more);
            steps.push(sold.logs(&said.id, said.kind, "person", said.occurred_at, &more));
        }
        steps.push(sold.waits_until(now));
        for event in steps.iter().flat_map(told) {
            came_back |= event.activity.is_none() && matches!(&event.what, What::Reopened { .. });
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
    let contents = |id: &str| all.iter().filter(|(_, said)| said.id == id).map(|(_, said)| &said.more).collect::<BTreeSet<_>>().len();
    let is_corrected = all.iter().any(|(_, said)| said.kind == "assigned" && contents(&said.id) > 1);
    let sales_alone_gives_it = !team.contains("reassign_after") && !team.contains("take_back") && !is_corrected;
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
        assignee: follow_up.assignee.as_ref().map(ToString::to_string).filter(|_| lead.is_open() && sales_alone_gives_it),
        came_back,
    }
}

impl Ends {
    /// What is the same whatever the order: all of it, unless time has brought the lead back.
    fn compared(self, came_back: bool) -> Self {
        match came_back {
            false => self,
            true => {
                let (first_touch_at, last_touch_at, respond_by) = (None, None, None);
                Self { assignee: None, kept: None, told: None, first_touch_at, last_touch_at, respond_by, came_back, ..self }
            }
        }
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
            let ended = ends(&late, team);
            let came_back = ended.came_back || expected.came_back;
            let (ended, expected) = (ended.compared(came_back), expected.clone().compared(came_back));
            assert_eq!(ended, expected, "round {round}, {team}\nin time: {in_time:#?}\nlate: {late:#?}");
        }
        closed += u32::from(expected.standing == Standing::Closed);
        answered += u32::from(expected.first_touch_at.is_some());
        kept += u32::from(expected.kept == Some(true));
    }
    assert!(closed > rounds / 8 && answered > rounds / 4 && kept > rounds / 15, "too tame: {closed} {answered} {kept} of {rounds}");
}
