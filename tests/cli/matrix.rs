//! Two rulebooks over one history: who moves from which decision to which, and why.

use std::sync::Arc;

use relevo::cli::{ConfigArguments, EventsArguments};
use relevo::command::replay::Origin;
use relevo::command::rules::matrix::{Matrix, matrix};
use relevo::rulebook::{Rulebook, compile};

use crate::history::{Did, RULEBOOK};
use crate::program::Place;

fn rulebook(from: &str, to: &str) -> Arc<Rulebook> {
    assert!(RULEBOOK.contains(from), "{from}");
    Arc::new(compile(RULEBOOK.replace(from, to).as_bytes(), "rules").unwrap_or_else(|wrong| panic!("{wrong:?}")))
}

/// What moves between the sample and its change.
fn moved(events: &[Did<'_>], from: &str, to: &str) -> Matrix {
    let lines: String = events.iter().map(|did| did.line() + "\n").collect();
    let place = Place::new().with("e.ndjson", &lines).with("relevo.yaml", "");
    let config = ConfigArguments { config: Some(place.folder.path().join("relevo.yaml")) };
    let events = vec![Origin::File(place.folder.path().join("e.ndjson"))];
    let events = EventsArguments { events, config, ..EventsArguments::default() };
    matrix([&rulebook("revision: 1", "revision: 1"), &rulebook(from, to)], &events).unwrap_or_else(|error| panic!("{error}"))
}

fn did(id: &str, account: String, role: &'static str, budget_usd: Option<u32>) -> Did<'static> {
    Did { id: id.into(), day: 10, kind: "demo_requested", account, role, employees: 200, offering: Some("crm-suite"), budget_usd }
}

/// 30 who use it and can buy, 5 who use it and can't, 4 who don't.
fn history() -> Vec<Did<'static>> {
    let lead = |n| did("i-1", format!("lead{n:02}.example"), "plant_manager", Some(1_000));
    let poor = |n| did("i-1", format!("poor{n}.example"), "plant_manager", None);
    let other = |n| did("i-1", format!("other{n}.example"), "analyst", Some(1_000));
    (0..30).map(lead).chain((0..5).map(poor)).chain((0..4).map(other)).collect()
}

#[test]
fn what_is_the_same_moves_nobody() {
    let matrix = moved(&history(), "revision: 1", "revision: 2");
    assert!(!matrix.differs());
    assert_eq!((matrix.all, matrix.moved, matrix.interactions), (39, 0, 39));
    assert!(matrix.cells.iter().all(|cell| cell.from == cell.to && cell.cases.is_empty()), "{matrix:#?}");
    assert_eq!(matrix.cells.iter().map(|cell| cell.count).sum::<u64>(), 39);
}

#[test]
fn every_cell_has_its_count_and_at_most_20_cases_with_their_reason() {
    let matrix = moved(&history(), "  threshold: 30", "  threshold: 31");
    assert!(matrix.differs());
    assert_eq!(matrix.moved, 30);
    let cell = &matrix.cells[0];
    assert_eq!((cell.from.as_str(), cell.to.as_str(), cell.count, cell.cases.len()), ("qualified", "not qualified (fit)", 30, 20));
    let case = &cell.cases[0];
    assert_eq!((case.account.as_str(), case.offering.as_str()), ("lead00.example", "crm-suite"));
    assert_eq!(case.why, "fit 30 of 30 → 30 of 31");
    let mut printed = Vec::new();
    matrix.print(&mut printed).expect("memory takes it");
    let printed = String::from_utf8(printed).expect("text");
    for part in
        ["39 accounts and offerings", "qualified → not qualified (fit): 20 of 30", "9 stand where they stood", "fit 30 of 30 → 30 of 31"]
    {
        assert!(printed.contains(part), "no {part:?} in\n{printed}");
    }

    let matrix = moved(&history(), "able_to_buy: declared.budget_usd > 0", "able_to_buy: has(person.role)");
    // They never named a date either, so they are no leads, and only the reason moves.
    let cell = &matrix.cells[0];
    assert_eq!((cell.from.as_str(), cell.to.as_str(), cell.count), ("not qualified (able_to_buy)", "not qualified (buys_by)", 5));
    assert_eq!(cell.cases[0].why, "able_to_buy unknown → true");
}

#[test]
fn the_reason_is_that_of_the_moment_at_which_they_parted() {
    let mut events = history();
    // Later mails decide nothing, and must not hide why one is a lead and the other not.
    events.extend((0..30).map(|n| Did {
        day: 12,
        kind: "email_opened",
        ..did("i-2", format!("lead{n:02}.example"), "plant_manager", None)
    }));
    let matrix = moved(&events, "  threshold: 30", "  threshold: 31");
    let cell = matrix.cells.iter().find(|cell| cell.from == "qualified").expect("some were leads");
    assert_eq!(cell.cases[0].why, "fit 30 of 30 → 30 of 31", "{matrix:#?}");
}

#[test]
fn rules_diff_shows_the_words_and_the_matrix() {
    let lines: String = history().iter().map(|did| did.line() + "\n").collect();
    let place = Place::new().with("a.yaml", RULEBOOK).with("b.yaml", &RULEBOOK.replace("  threshold: 30", "  threshold: 31"));
    let place = place.with("c.yaml", &format!("{RULEBOOK}# the same\n")).with("e.ndjson", &lines);
    let differ = place.call(&["rules", "diff", "a.yaml", "b.yaml", "--events", "e.ndjson"], &[]);
    assert_eq!((differ.status, differ.err.as_str()), (1, ""), "{differ:#?}");
    for part in ["30", "31", "qualified → not qualified (fit): 20 of 30", "fit 30 of 30 → 30 of 31"] {
        assert!(differ.out.contains(part), "no {part:?} in\n{}", differ.out);
    }
    let same = place.call(&["rules", "diff", "a.yaml", "c.yaml", "--events", "e.ndjson"], &[]);
    assert_eq!(same.status, 0, "{same:#?}");
    assert!(same.out.contains("None moves"), "{}", same.out);
    place.call(&["rules", "diff", "a.yaml", "b.yaml", "--events", "absent"], &[]).assert(78, &["RLV-5401"]);
}
