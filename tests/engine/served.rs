//! Served is served: what was done before a lead ended opens no further lead for its offering.

use relevo::contract::{Decision, Reason};
use relevo::rulebook::compile;

use crate::sold::{MINUTE_MS, PROOF, Sold};
use crate::world::{DAY_MS, Did, PLAIN, START, World, decisions};

/// A request that has no points of its own: what it leads to rests on what was before.
fn asks_again(world: &mut World, id: &str, offering: &'static str, at: relevo::contract::Timestamp) -> (Decision, Reason) {
    let mut did = Did::new(id, at, "contact_requested");
    did.offering = Some(offering);
    let effects = world.does(&did, at);
    (decisions(&effects)[0].decision, decisions(&effects)[0].reason)
}

#[test]
fn a_request_that_was_served_makes_no_further_lead_however_it_ended() {
    for (kind, more) in [("won", r#","value_usd":40000"#), ("lost", r#","reason":"price""#), ("rejected", r#","reason":"no_budget""#)] {
        let mut sold = Sold::under(&(PLAIN.to_owned() + "rejection_reasons: [no_budget]\n"));
        sold.does("contacted", "person", PROOF);
        sold.does(kind, "person", more);
        let at = sold.now.plus_ms(MINUTE_MS);
        assert_eq!(asks_again(&mut sold.world, "i-2", "crm-suite", at), (Decision::NotQualified, Reason::Intent), "{kind}");
        // Long after everything of the lead is forgotten but the evidence: still served.
        sold.waits_until(START.plus_ms(3 * DAY_MS));
        let at = START.plus_ms(3 * DAY_MS + 1);
        assert_eq!(asks_again(&mut sold.world, "i-3", "crm-suite", at), (Decision::NotQualified, Reason::Intent), "{kind}");
        // A new request is a new need.
        let effects = sold.world.does(&Did::new("new", at.plus_ms(1), "demo_requested"), at.plus_ms(1));
        assert_eq!(decisions(&effects)[0].decision, Decision::Qualified, "{kind}");
        assert_eq!(decisions(&effects)[0].intent.as_ref().expect("asked").points.0, 60_000_000, "{kind}: of the new one alone");
    }
}

#[test]
fn what_happened_before_the_end_and_comes_after_it_is_served_too_and_what_came_between_is_not() {
    let mut sold = Sold::under(PLAIN);
    let ended_at = START.plus_ms(10 * MINUTE_MS);
    sold.now = START.plus_ms(60 * MINUTE_MS);
    sold.logs("a-1", "won", "person", ended_at, "");
    for (id, at, expected) in [
        ("before", ended_at.plus_ms(-1), Decision::NotQualified),
        ("same", ended_at, Decision::NotQualified),
        ("after", ended_at.plus_ms(1), Decision::Qualified),
    ] {
        let effects = sold.world.does(&Did::new(id, at, "demo_requested"), sold.now);
        assert_eq!(decisions(&effects)[0].decision, expected, "{id}");
    }
}

#[test]
fn another_offering_is_another_need_and_an_expired_lead_is_served_too() {
    let mut sold = Sold::under(&PLAIN.replace("  mid: {}", "  mid: { expire_after: 3d, next_step_at_most: 2d }"));
    let mut erp = Did::new("erp", START.plus_ms(1), "pricing_viewed");
    erp.offering = Some("erp");
    sold.world.does(&erp, erp.at);
    sold.waits_until(START.plus_ms(4 * DAY_MS));
    assert!(!sold.state().is_open());
    let at = START.plus_ms(4 * DAY_MS + 1);
    assert_eq!(asks_again(&mut sold.world, "i-2", "crm-suite", at), (Decision::NotQualified, Reason::Intent));
    let mut wants = Did::new("wants", at, "demo_requested").buying();
    wants.offering = Some("erp");
    assert_eq!(decisions(&sold.world.does(&wants, at))[0].decision, Decision::Qualified);
}

#[test]
fn a_lead_that_is_open_again_counts_all_that_made_it() {
    let mut sold = Sold::under(PLAIN);
    sold.does("lost", "person", r#","reason":"price""#);
    sold.does("reopened", "person", "");
    let at = sold.now.plus_ms(MINUTE_MS);
    let effects = sold.world.does(&Did::new("i-2", at, "contact_requested"), at);
    assert_eq!(decisions(&effects)[0].decision, Decision::Joined);
    assert_eq!(decisions(&effects)[0].intent.as_ref().expect("asked").points.0, 60_000_000);
}

/// After two leads of one offering the later end counts, and what is kept of ends is bounded.
#[test]
fn the_later_end_counts() {
    let mut sold = Sold::under(PLAIN);
    sold.does("won", "person", "");
    let at = sold.now.plus_ms(MINUTE_MS);
    let effects = sold.world.does(&Did::new("second", at, "demo_requested"), at);
    sold.lead = decisions(&effects)[0].lead_id.clone().expect("a second lead");
    sold.now = at;
    sold.does("won", "person", "");
    sold.waits_until(START.plus_ms(2 * DAY_MS));
    let at = sold.now.plus_ms(1);
    assert_eq!(asks_again(&mut sold.world, "i-3", "crm-suite", at), (Decision::NotQualified, Reason::Intent));
    sold.waits_until(START.plus_ms(200 * DAY_MS));
    let key = relevo::contract::AccountKey::from_trusted("acme.example");
    assert!(sold.world.store.account(&key).is_none_or(|account| account.served.is_empty()), "nothing is left that it could be about");
}

#[test]
fn a_team_without_a_cooldown_for_won_and_lost_is_warned_of() {
    let warned = |team: &str| {
        let rulebook = compile(PLAIN.replace("  mid: {}", &format!("  mid: {team}")).as_bytes(), "r.yaml").expect("it loads");
        rulebook
            .warnings
            .iter()
            .filter(|warning| warning.message.contains("cooldown"))
            .map(|warning| warning.message.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(warned("{}").len(), 1);
    assert_eq!(warned("{ cooldown: { rejected: 30d } }").len(), 1);
    assert!(warned("{ cooldown: { won: 30d } }")[0].contains("lost"));
    assert!(warned("{ cooldown: { lost: 30d } }")[0].contains("won"));
    assert!(warned("{ cooldown: { won: 30d, lost: 30d } }").is_empty());
}
