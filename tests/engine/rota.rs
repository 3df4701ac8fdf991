//! Whose turn it is: exact while the same people can be asked, fair beyond that, and nobody catches up after an absence.

use std::collections::BTreeMap;

use relevo::contract::Timestamp;
use relevo::engine::rota::{Picked, Rota};
use relevo::rulebook::roster::{self, Roster, TeamRoster};

use crate::chance::Chance;
use crate::world::{DAY_MS, START};

const HOUR_MS: i64 = 3_600_000;

pub fn roster(teams: &str) -> Roster {
    let text = crate::world::roster_file(teams, 1);
    roster::compile(text.as_bytes(), "roster").unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

fn picked(rota: &mut Rota, team: &TeamRoster, at: Timestamp) -> Option<String> {
    match rota.pick(team, at, None) {
        Picked::Seller(name) => Some(name.to_string()),
        Picked::AllAway(_) | Picked::AllFull => None,
    }
}

/// Turns of a round of weights by each seller: never more than one lead from their share, at any turn.
#[test]
fn while_the_same_people_can_be_asked_nobody_is_a_lead_from_their_share() {
    let mut chance = Chance(7);
    for round in 0..200 {
        let sellers = 1 + chance.below(12);
        let weights: Vec<u64> = (0..sellers).map(|_| 1 + chance.below(10)).collect();
        let lines: String = weights.iter().enumerate().map(|(index, weight)| format!("s{index:02}: {{ weight: {weight} }}, ")).collect();
        let team = &roster(&format!("  mid: {{ sellers: {{ {lines} }} }}\n")).teams["mid"];
        let total: u64 = weights.iter().sum();
        let mut rota = Rota::default();
        // What people are owed from before must not matter to what is exact now.
        for _ in 0..chance.below(50) {
            rota.pick(team, START, Some("s00"));
        }
        let mut had = vec![0_i64; weights.len()];
        for turn in 1..=3 * total as i64 {
            let name = picked(&mut rota, team, START).expect("all are on duty");
            had[name[1..].parse::<usize>().expect("a number")] += 1;
            for (index, weight) in weights.iter().enumerate() {
                let away = had[index] * total as i64 - turn * *weight as i64;
                assert!(away.abs() < total as i64, "round {round}: {weights:?}, s{index:02} is a lead away at turn {turn}: {had:?}");
            }
        }
    }
}

/// Who has a small share gets their share of many short shifts too, though each shift is over before their turn comes.
#[test]
fn short_shifts_pass_nobody_over() {
    let team = &roster("  mid: { sellers: { big: { weight: 8 }, small: { weight: 1 }, tiny: { weight: 1 }, other: { calendar: day } } }\n")
        .teams["mid"];
    let mut rota = Rota::default();
    let mut had = BTreeMap::<String, u32>::new();
    for day in 0..100 {
        // Two leads at night, two by day: each time the round is another one.
        for at in [START.plus_ms(day * DAY_MS), START.plus_ms(day * DAY_MS + 16 * HOUR_MS)] {
            for _ in 0..2 {
                *had.entry(picked(&mut rota, team, at).expect("somebody is on duty")).or_default() += 1;
            }
        }
    }
    let share = |name: &str| had.get(name).copied().unwrap_or_default();
    assert!((37..=41).contains(&share("small")) && (37..=41).contains(&share("tiny")), "{had:?}");
}

#[test]
fn nobody_catches_up_after_an_absence() {
    let team =
        &roster("  mid: { sellers: { ana: { absences: [{ from: 2026-11-02, until: 2026-11-20 }] }, eva: {}, luis: {} } }\n").teams["mid"];
    let mut rota = Rota::default();
    let mut turns = |day: i64, count: usize| {
        let mut had = BTreeMap::<String, i64>::new();
        for _ in 0..count {
            let at = START.plus_ms(day * DAY_MS + HOUR_MS);
            *had.entry(picked(&mut rota, team, at).expect("somebody is there")).or_default() += 1;
        }
        had
    };
    assert_eq!(turns(0, 30), BTreeMap::from([("ana".to_owned(), 10), ("eva".to_owned(), 10), ("luis".to_owned(), 10)]));
    assert_eq!(turns(1, 101).get("ana"), None, "she is away from the first day");
    assert_eq!(turns(19, 1).get("ana"), None, "and on the last");
    let back = turns(20, 30);
    assert_eq!(back["ana"], 10, "{back:?}");
}

#[test]
fn who_has_as_many_leads_as_they_may_have_gets_none_until_one_ends() {
    let team = &roster("  mid: { open_leads_at_most: 2, sellers: { ana: { open_leads_at_most: 1 }, eva: {} } }\n").teams["mid"];
    let mut rota = Rota::default();
    let names: Vec<_> = (0..3).filter_map(|_| picked(&mut rota, team, START)).collect();
    assert_eq!(names, ["ana", "eva", "eva"]);
    assert_eq!(rota.pick(team, START, None), Picked::AllFull);
    rota.changed("ana", false);
    assert_eq!(rota.pick(team, START, Some("ana")), Picked::AllFull, "she had it before");
    assert_eq!(picked(&mut rota, team, START).as_deref(), Some("ana"));
    // A lead that is somebody's otherwise counts as well.
    rota.changed("eva", false);
    rota.changed("eva", true);
    assert_eq!(rota.pick(team, START, None), Picked::AllFull);
}

#[test]
fn when_all_are_away_it_is_said_when_somebody_is_back() {
    let team = &roster("  mid: { calendar: day, sellers: { ana: { absences: [{ from: 2026-11-02, until: 2026-11-03 }] }, eva: { calendar: night, absences: [{ from: 2026-10-20, until: 2026-12-01 }] } } }\n").teams["mid"];
    // Sunday; Monday and Tuesday she is away; Wednesday at nine in New York it is 14:00 UTC.
    let back = Timestamp::parse("2026-11-04T14:00:00Z").expect("a time");
    let mut rota = Rota::default();
    assert_eq!(rota.pick(team, START, None), Picked::AllAway(Some(back)));
    assert_eq!(rota.pick(team, back.plus_ms(-1), None), Picked::AllAway(Some(back)));
    assert_eq!(picked(&mut rota, team, back).as_deref(), Some("ana"));
}

/// Times of day are those of the seller's calendar; a date is a whole day, and somebody may leave at eleven.
#[test]
fn absences_begin_and_end_at_a_time_of_day() {
    let check = |absence: &str, from: &str, until: &str| {
        let team = &roster(&format!("  mid: {{ calendar: day, sellers: {{ ana: {{ absences: [{{ {absence} }}] }} }} }}\n")).teams["mid"];
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        assert_eq!(team.sellers["ana"].absences, [at(from)..at(until)], "{absence}");
    };
    check("from: 2026-11-02T11:00, until: 2026-11-02", "2026-11-02T16:00:00Z", "2026-11-03T05:00:00Z");
    check("from: 2026-11-02, until: 2026-11-02T13:30", "2026-11-02T05:00:00Z", "2026-11-02T18:30:00Z");
    check("from: \"2026-11-02 11:00\", until: 2026-11-04T24:00", "2026-11-02T16:00:00Z", "2026-11-05T05:00:00Z");
    check("from: 2026-11-02T16:00:00Z, until: 2026-11-02T13:00:00-05:00", "2026-11-02T16:00:00Z", "2026-11-02T18:00:00Z");
    // The clock of New York does not show 02:30 on 14 March 2027, and shows 01:30 twice on 7 November.
    check("from: 2027-03-14T02:30, until: 2027-11-07T01:30", "2027-03-14T07:00:00Z", "2027-11-07T05:30:00Z");
    for wrong in [
        "from: 2026-11-02T11:00, until: 2026-11-02T11:00",
        "from: 2026-11-02T11:00, until: 2026-11-01",
        "from: 2026-11-02T25:00, until: 2026-11-03",
        "from: 11:00, until: 2026-11-03",
        "from: 11-02, until: 11-03",
    ] {
        let text = crate::world::roster_file(&format!("  mid: {{ sellers: {{ ana: {{ absences: [{{ {wrong} }}] }} }} }}\n"), 1);
        let found = roster::compile(text.as_bytes(), "0001.yaml").expect_err(wrong);
        assert!(found.iter().all(|found| found.code.number == 2130 && found.line == 9), "{found:#?}");
    }
}

#[test]
fn a_character_that_nobody_sees_is_refused_in_a_roster() {
    let text = crate::world::roster_file("  mid: { sellers: { ana: {}, \"eva\u{200b}\": {} } } # \u{202e}\n", 1);
    let found = roster::compile(text.as_bytes(), "0001.yaml").expect_err("they are not seen");
    assert!(found.iter().filter(|diagnostic| diagnostic.code.number == 2127).count() == 2, "{found:#?}");
    // Written as an escape it is seen, and is no seller's identifier all the same.
    let text = crate::world::roster_file("  mid: { sellers: { \"eva\\u200b\": {} } }\n", 1);
    let found = roster::compile(text.as_bytes(), "0001.yaml").expect_err("no identifier");
    assert_eq!(found.iter().map(|diagnostic| diagnostic.code.number).collect::<Vec<_>>(), [2130], "{found:#?}");
}

/// A slip of the pen is refused with its place, and everything at once.
#[test]
fn what_is_wrong_with_a_roster_is_said_at_once_and_in_its_place() {
    let text = "api: relevo/v1\nkind: Roster\nrevision: 1.5\neffective_from: 2026-01-01T00:00:00Z\nteams:\n  mid:\n    calender: day\n    sellers:\n      ana@example.com: {}\n      eva: { weight: 11, calendar: dya, absences: [{ from: 2026-11-02, until: 2026-11-01 }] }\n      luis: { absences: [{ from: 2026-11-02, until: 2026-11-05 }, { from: 2026-11-05, until: 2026-11-06 }] }\n";
    let found = roster::compile(text.as_bytes(), "0001.yaml").expect_err("much is wrong");
    let lines: Vec<usize> = found.iter().map(|diagnostic| diagnostic.line).collect();
    assert_eq!(lines, [3, 7, 9, 10, 10, 10, 11], "{found:#?}");
    assert!(found.iter().all(|diagnostic| diagnostic.code.number == 2130 && !diagnostic.message.contains("ana@")), "{found:#?}");
}
