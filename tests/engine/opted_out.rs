//! Who opts out has the last word: no other end takes its place, in whatever order things arrive,
//! and whoever had a lead of theirs is told and left without a way to reach them.

use relevo::contract::activity::Closing;
use relevo::contract::follow_up::What;
use relevo::contract::{Decision, Timestamp};
use relevo::engine::{LeadEvent, Step};

use crate::sold::{MINUTE_MS, Sold, told};
use crate::world::{DAY_MS, Did, PLAIN, START, decisions, leads};

const LOST: &str = r#","reason":"price""#;
const REJECTED: &str = r#","reason":"no_budget""#;

fn at(minutes: i64) -> Timestamp {
    START.plus_ms(minutes * MINUTE_MS)
}

/// A lead whose contact can be reached; every other end has a cooldown of a month.
fn sold() -> Sold {
    let team = "  mid: { cooldown: { lost: 30d, won: 30d, rejected: 30d, opted_out: 180d } }";
    let mut sold = Sold::under(&(PLAIN.replace("  mid: {}", team) + "rejection_reasons: [no_budget]\n"));
    let mut opened = Did::new("opened", START.plus_ms(1), "email_opened");
    opened.person = r#"{"id":"p-1","name":"Ana","email":"ana@acme.example"}"#.into();
    sold.world.does(&opened, START.plus_ms(1));
    sold
}

fn says(sold: &mut Sold, taken: i64, id: &str, kind: &str, happened: i64, more: &str) -> Step {
    sold.now = at(taken);
    sold.logs(id, kind, "person", at(happened), more)
}

fn ends(step: &Step) -> Vec<(Closing, Option<f64>)> {
    let end = |what: &What| match what {
        What::Closed { disposition, value_usd, .. } => Some((*disposition, value_usd.map(|value| value.0))),
        _ => None,
    };
    told(step).into_iter().filter_map(|event| end(&event.what)).collect()
}

#[test]
fn pii_2_no_other_end_takes_the_place_of_an_opt_out_in_any_order() {
    let until = at(0).plus_ms(60 * DAY_MS);
    let others = [
        ("lost", LOST.to_owned()),
        ("won", String::new()),
        ("won", r#","value_usd":40000"#.into()),
        ("rejected", REJECTED.into()),
        ("recycled", format!(r#","until":"{until}""#)),
    ];
    for (kind, more) in others {
        // The other end happened a minute before, at the same instant, or a minute after.
        for other_at in [19, 20, 21] {
            for opt_out_first in [true, false] {
                let case = format!("{kind}{more} at {other_at}, opt-out first: {opt_out_first}");
                let mut sold = sold();
                let mut all = Vec::new();
                for (number, is_opt_out) in [opt_out_first, !opt_out_first].into_iter().enumerate() {
                    let taken = 30 + number as i64;
                    let step = match is_opt_out {
                        true => says(&mut sold, taken, "o", "opted_out", 20, ""),
                        false => says(&mut sold, taken, "e", kind, other_at, &more),
                    };
                    all.extend(ends(&step));
                    let records = leads(&step.effects);
                    if is_opt_out {
                        let (event, record) = records.first().unwrap_or_else(|| panic!("{case}: no record"));
                        assert_eq!((*event, &record.contact.email), (LeadEvent::Updated, &None), "{case}");
                        assert_eq!(record.contact.consent, Some(false), "{case}");
                        assert!(!record.evidence.is_empty(), "{case}: the record still says why");
                    }
                }
                assert_eq!(all.last().map(|(closing, _)| *closing), Some(Closing::OptedOut), "{case}: {all:?}");
                let state = sold.state();
                assert_eq!(state.disposition().map(|name| name.as_str()), Some("opted_out"), "{case}");
                // What was sold is told, and the last word keeps what it was worth.
                if kind == "won" {
                    assert!(all.iter().any(|(closing, _)| *closing == Closing::Won), "{case}: {all:?}");
                    let value = more.contains("40000").then_some(40_000.0);
                    assert_eq!(all.last().and_then(|(_, value)| *value), value, "{case}: {all:?}");
                }
                // Its cooldown holds: a month later there is no new lead, and after it there is.
                for (day, decision) in [(40, Decision::Cooldown), (200, Decision::Qualified)] {
                    let now = START.plus_ms(day * DAY_MS);
                    let mut again = Did::new(&format!("day-{day}"), now, "demo_requested").buying();
                    again.person = r#"{"id":"p-2","role":"plant_manager","seniority":"director"}"#.into();
                    again.declared = again.declared.replace("2027-01-15", "2029-01-15");
                    let effects = sold.world.does(&again, now);
                    assert_eq!(decisions(&effects)[0].decision, decision, "{case}: day {day}");
                }
            }
        }
    }
}

/// An opt-out that sales takes back under its own identifier is none; the refusal that was heard stays.
#[test]
fn pii_2_an_opt_out_that_was_a_slip_of_the_hand_is_no_end_and_the_refusal_stays() {
    let mut sold = sold();
    says(&mut sold, 30, "o", "opted_out", 20, "");
    let step = says(&mut sold, 31, "o", "lost", 20, LOST);
    assert_eq!(ends(&step), [(Closing::Lost, None)]);
    let now = START.plus_ms(40 * DAY_MS);
    let mut again = Did::new("again", now, "demo_requested").buying();
    again.declared = again.declared.replace("2027-01-15", "2029-01-15");
    let effects = sold.world.does(&again, now);
    let (_, record) = leads(&effects)[0];
    assert_eq!((record.contact.consent, &record.contact.email), (Some(false), &None));
}

/// A lead that is opened again after an opt-out may end in any way.
#[test]
fn a_lead_that_is_opened_again_after_an_opt_out_may_be_lost() {
    let mut sold = sold();
    says(&mut sold, 30, "o", "opted_out", 20, "");
    says(&mut sold, 40, "re", "reopened", 40, "");
    assert_eq!(ends(&says(&mut sold, 50, "e", "lost", 50, LOST)), [(Closing::Lost, None)]);
}
