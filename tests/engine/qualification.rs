//! QUAL-1 to QUAL-6 over random rulebooks and histories. What must hold is worked out here from the raw events, by tables of the
//! contract's own, and never from what the engine remembers.

use std::collections::BTreeMap;

use relevo::contract::decision::{DecisionMade, Points, Score};
use relevo::contract::interaction::Interaction;
use relevo::contract::log::{InForce, Record};
use relevo::contract::{AccountKey, Class, Decision, Kind, Reason, Timestamp, Truth};
use relevo::engine::lead::LeadStatus;
use relevo::engine::{Change, Outcome};
use relevo::rulebook;

use crate::world::{Chance, DAY_MS, Did, PLAIN, START, World, decisions, in_force, leads};

const OFFERINGS: [&str; 3] = ["crm-suite", "analytics", "field-service"];
const WORLDS: u64 = 300;
const EVENTS: u64 = 60;

/// A rulebook that tries everything: huge points for being reached, gates of several kinds, demotions.
pub struct Rules {
    pub text: String,
    max_handoff_age_ms: i64,
    forget_after_ms: i64,
    demoted: Option<&'static str>,
}

pub fn rules(chance: &mut Chance) -> Rules {
    let handoff_days = 1 + chance.below(20) as i64;
    let forget_days = handoff_days + chance.below(60) as i64;
    let demoted = chance.one_in(3).then(|| *chance.pick(&["demo_requested", "pricing_viewed", "trial_started"]));
    let gate = |chance: &mut Chance, choices: &[&str]| (*chance.pick(choices)).to_owned();
    let criteria: String = ["attended", "dinner", "survey_completed", "demo_requested", "pricing_viewed", "trial_started", "email_opened"]
        .iter()
        .map(|kind| format!("    - {{ id: c-{kind}, when: interaction.kind == \"{kind}\", points: {} }}\n", 1 + chance.below(100)))
        .collect();
    let disqualify = if chance.one_in(3) { "disqualify:\n  - { id: tiny, when: person.seniority == \"junior\" }\n" } else { "" };
    let text = format!(
        "api: relevo/v1\nkind: Rulebook\nrevision: 1\neffective_from: 2026-01-01T00:00:00Z\ntime_zone: America/Mexico_City\n\
         require_consent: {}\nmax_handoff_age: {handoff_days}d\nforget_after: {forget_days}d\n{}\
         fit:\n  threshold: {}\n  criteria:\n    - {{ id: big, when: company.employees >= 50, points: 40 }}\n    - {{ id: leads, when: 'person.seniority in [\"director\", \"manager\"]', points: 30 }}\n\
         intent:\n  threshold: {}\n  half_life: {}d\n  criteria:\n{criteria}\
         gates:\n  represents_business: {}\n  able_to_buy: '{}'\n  wants_offering: '{}'\n  buys_by: '{}'\n{disqualify}\
         routes:\n  - {{ id: rest, team: mid }}\nteams:\n  mid: {{}}\n",
        chance.one_in(4),
        demoted.map_or_else(String::new, |kind| format!("evidence: {{ demote: {{ {kind}: weak }} }}\n")),
        chance.below(70),
        chance.below(60),
        1 + chance.below(30),
        gate(chance, &["has(company.domain)", "company.employees > 0"]),
        gate(
            chance,
            &[
                "declared.budget_usd > 0",
                "declared.authority in [\"decision_maker\", \"budget_holder\"]",
                "declared.budget_usd > 0 || has(declared.authority)"
            ]
        ),
        gate(chance, &["has(offering)", "offering in [\"crm-suite\", \"analytics\"]"]),
        gate(chance, &["declared.buy_by >= today", "declared.buy_by >= today && declared.buy_by <= today + duration(\"90d\")"]),
    );
    Rules { text, max_handoff_age_ms: handoff_days * DAY_MS, forget_after_ms: forget_days * DAY_MS, demoted }
}

pub fn did(chance: &mut Chance, number: u64, now: Timestamp, kinds: &[&str]) -> Did {
    let age_ms = if chance.one_in(4) { chance.below(40 * DAY_MS as u64) } else { chance.below(DAY_MS as u64) };
    let kind = *chance.pick(kinds);
    let mut did = Did::new(&format!("i-{number}"), now.plus_ms(-(age_ms as i64)), kind);
    let person = chance.below(4);
    let seniority = ["junior", "manager", "director", "executive"][person as usize];
    let consent = ["", r#","consent":{"contact":true}"#, r#","consent":{"contact":false}"#][chance.below(3) as usize];
    did.person = format!(r#"{{"id":"p-{person}","seniority":"{seniority}"{consent}}}"#);
    did.domain = (!chance.one_in(5)).then(|| format!("co-{}.example", chance.below(3)));
    did.offering = (!chance.one_in(4)).then(|| *chance.pick(&OFFERINGS));
    if !chance.one_in(3) {
        let mut fields = Vec::new();
        if chance.one_in(4) {
            fields.push(format!(r#""offering":"{}""#, *chance.pick(&OFFERINGS)));
        }
        if !chance.one_in(4) {
            fields.push(format!(r#""authority":"{}""#, *chance.pick(&["decision_maker", "influencer"])));
        }
        if !chance.one_in(4) {
            fields.push(format!(r#""budget_usd":{}"#, chance.below(3) * 20_000));
        }
        if !chance.one_in(4) {
            fields.push(format!(r#""timeframe_days":{}"#, chance.below(120)));
        }
        did.declared = format!(r#","declared":{{{}}}"#, fields.join(","));
    }
    did
}

pub const KINDS: [&str; 12] = [
    "demo_requested",
    "demo_requested",
    "demo_requested",
    "pricing_viewed",
    "trial_started",
    "attended",
    "dinner",
    "survey_completed",
    "email_opened",
    "invited",
    "seance_held",
    "call_received",
];

/// The class that a kind counts as, by the contract's table and the rulebook's demotion.
fn class(kind: &str, rules: &Rules) -> Class {
    let ceiling = Kind::parse(kind).ceiling();
    if rules.demoted == Some(kind) { ceiling.min(Class::Weak) } else { ceiling }
}

fn offerings(did: &Did) -> Vec<&str> {
    let declared = did.declared.split(r#""offering":""#).nth(1).and_then(|rest| rest.split('"').next());
    let mut all: Vec<&str> = did.offering.into_iter().collect();
    all.extend(declared.filter(|offering| did.offering != Some(*offering)));
    all
}

#[derive(Default, Debug)]
struct Shares {
    qualified: usize,
    joined: usize,
    refused: usize,
    again: usize,
    all: usize,
}

#[test]
fn qual_1_to_6_hold_over_random_rulebooks_and_histories() {
    let mut shares = Shares::default();
    for seed in 0..WORLDS {
        let mut chance = Chance(seed);
        let rules = rules(&mut chance);
        let digest = rulebook::digest(rules.text.as_bytes());
        let mut world = World::under(&rules.text);
        let mut history: Vec<(Did, String, Timestamp)> = Vec::new();
        let mut open = BTreeMap::<(String, String), String>::new();
        let mut now = START;
        for number in 0..EVENTS {
            now = now.plus_ms(chance.below(DAY_MS as u64) as i64);
            let event =
                if number > 0 && chance.one_in(12) { chance.pick(&history).0.clone() } else { did(&mut chance, number, now, &KINDS) };
            let effects = world.does(&event, now);
            let made = decisions(&effects);
            let own = made.iter().filter(|decision| !decision.judged_again).count();
            assert_eq!(own, offerings(&event).len().max(1).min(own.max(1)), "seed {seed}: one decision for each offering");
            assert!(own > 0, "seed {seed}: every interaction is decided");
            // A repeat is known for as long as it could make a lead, and perhaps longer.
            let is_same = |(other, key, _): &&(Did, String, Timestamp)| other.id == event.id && *key == made[0].account_key.to_string();
            let first = history.iter().find(is_same).map(|(_, _, at)| *at);
            let is_known = first.is_some_and(|first| now.since_ms(first) <= rules.max_handoff_age_ms);
            let repeated = is_known || first.is_some() && made[0].decision == Decision::Duplicate;
            history.push((event.clone(), made[0].account_key.to_string(), now));
            for decision in &made {
                shares.all += 1;
                assert_eq!((decision.lineage.rulebook.revision, &decision.lineage.rulebook.digest), (1, &digest), "QUAL-4, seed {seed}");
                assert_eq!(repeated, decision.decision == Decision::Duplicate, "seed {seed}: {decision:?}");
                let pair = (decision.account_key.to_string(), decision.offering.as_deref().unwrap_or_default().to_owned());
                match decision.decision {
                    Decision::Qualified => {
                        shares.qualified += 1;
                        assert!(
                            open.insert(pair, decision.lead_id.as_ref().expect("a lead").to_string()).is_none(),
                            "QUAL-5, seed {seed}: a second lead"
                        );
                        // What is judged again by later facts opens its lead itself, and not what said them.
                        let of = |(did, ..): &&(Did, String, Timestamp)| did.id == decision.interaction_id;
                        let by = if decision.judged_again { history.iter().rfind(of).map(|(did, ..)| did) } else { Some(&event) };
                        check_qualified(decision, by.expect("an interaction"), &history, &rules, now, seed);
                        shares.again += usize::from(decision.judged_again);
                    }
                    Decision::Joined => {
                        shares.joined += 1;
                        let lead = decision.lead_id.as_ref().map(ToString::to_string);
                        assert_eq!(open.get(&pair), lead.as_ref(), "QUAL-5, seed {seed}: joined another lead");
                    }
                    _ => {
                        shares.refused += 1;
                        assert!(decision.lead_id.is_none());
                        let missed = !repeated && open.contains_key(&pair);
                        assert!(!missed, "QUAL-5, seed {seed}: evidence for an open lead did not join it: {decision:?}");
                    }
                }
            }
            let handed_off = leads(&effects).iter().filter(|(_, lead)| lead.lead_version == 1).count();
            assert_eq!(handed_off, made.iter().filter(|decision| decision.decision == Decision::Qualified).count(), "seed {seed}");
        }
    }
    // None of the above may pass for want of leads.
    assert!(
        shares.qualified * 50 > shares.all && shares.joined * 50 > shares.all && shares.refused * 2 > shares.all && shares.again > 0,
        "{shares:?}"
    );
}

fn check_qualified(decision: &DecisionMade, event: &Did, history: &[(Did, String, Timestamp)], rules: &Rules, now: Timestamp, seed: u64) {
    let key = decision.account_key.to_string();
    let offering = decision.offering.as_deref().expect("a lead is for an offering");
    let young = |did: &Did| now.since_ms(did.at) <= rules.max_handoff_age_ms;
    assert!(class(&event.kind, rules) >= Class::Weak && young(event), "QUAL-1/6, seed {seed}: opened by {event:?}");
    let intent = history.iter().any(|(did, other, _)| {
        *other == key
            && class(&did.kind, rules) == Class::Intent
            && offerings(did).first() == Some(&offering)
            && now.since_ms(did.at) <= rules.forget_after_ms
            && young(did)
    });
    assert!(intent, "QUAL-1/2/6, seed {seed}: no young intent-class evidence behind {decision:?}");
    let gates = decision.gates.expect("gates were asked");
    let all = [gates.represents_business, gates.able_to_buy, gates.wants_offering, gates.buys_by];
    assert!(all.iter().all(|gate| *gate == Truth::True), "QUAL-3, seed {seed}: {gates:?}");
    let declared_any = history.iter().any(|(did, other, _)| *other == key && !did.declared.is_empty());
    assert!(declared_any, "QUAL-3, seed {seed}: nobody declared a thing");
    for score in [&decision.fit, &decision.intent] {
        let score = score.as_ref().expect("rules were asked");
        assert!(score.points >= score.threshold, "seed {seed}: {score:?}");
    }
}

#[test]
fn qual_1_2_what_is_not_intent_makes_no_lead_whatever_a_rulebook_says() {
    let calm = [
        "attended",
        "invited",
        "email_opened",
        "badge_scanned",
        "dinner",
        "tasting",
        "gift",
        "survey_completed",
        "call_received",
        "seance_held",
    ];
    let mut all = 0;
    for seed in 0..WORLDS {
        let mut chance = Chance(seed + 10_000);
        let rules = rules(&mut chance);
        let text = rules.text.replace("points: 1 }", "points: 1000 }").replace("threshold: ", "threshold: 0 # ");
        let mut world = World::under(&text);
        for number in 0..EVENTS {
            let event = did(&mut chance, number, START.plus_ms(number as i64), &calm);
            let effects = world.does(&event, START.plus_ms(number as i64));
            assert!(leads(&effects).is_empty(), "seed {seed}: {event:?}");
            all += decisions(&effects).iter().filter(|decision| decision.reason == Reason::NoIntent).count();
        }
    }
    assert!(all > 1_000, "too tame: {all}");
}

#[test]
fn qual_4_before_the_first_law_nothing_qualifies_and_evidence_is_kept() {
    let mut world = World::without_law();
    let effects = world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
    let made = decisions(&effects);
    assert_eq!((made[0].decision, made[0].reason, made[0].lineage.rulebook.revision), (Decision::NotQualified, Reason::NoRulebook, 0));
    world.fold("law", relevo::contract::log::Record::PolicyInForce(crate::world::in_force(PLAIN)), START);
    // The demo of before counts now; a survey may open the lead.
    let effects = world.does(&Did::new("i-2", START, "survey_completed"), START.plus_ms(1));
    assert_eq!(decisions(&effects)[0].decision, Decision::Qualified);
}

#[test]
fn qual_6_a_backfill_hands_off_nothing_and_neither_does_the_first_mail_after_it() {
    let mut world = World::under(PLAIN);
    for day in 8..150 {
        let old = Did::new(&format!("i-{day}"), START.plus_ms(-day * DAY_MS), "demo_requested").buying();
        let effects = world.does(&old, START);
        assert_eq!(decisions(&effects)[0].decision, Decision::Stale, "{day}");
    }
    for (id, kind, expected) in [("m", "email_opened", Reason::EvidenceTooOld), ("s", "survey_completed", Reason::EvidenceTooOld)] {
        let effects = world.does(&Did::new(id, START, kind), START);
        assert_eq!((decisions(&effects)[0].decision, decisions(&effects)[0].reason), (Decision::Stale, expected), "{kind}");
    }
    let effects = world.does(&Did::new("fresh", START, "demo_requested"), START);
    assert_eq!(decisions(&effects)[0].decision, Decision::Qualified);
}

#[test]
fn scores_do_not_depend_on_the_order_of_arrival() {
    for seed in 0..200 {
        let mut chance = Chance(seed + 77);
        let rules = rules(&mut chance);
        let mut events: Vec<Did> = (0..30)
            .map(|number| {
                let mut event = did(&mut chance, number, START, &KINDS);
                event.domain = Some("acme.example".into());
                event
            })
            .collect();
        let probe = Did::new("probe", START, "call_received");
        let mut judged = Vec::new();
        for _ in 0..3 {
            chance.shuffle(&mut events);
            let mut world = World::under(&rules.text);
            events.iter().for_each(|event| drop(world.does(event, START)));
            let effects = world.does(&probe, START);
            let made = decisions(&effects);
            judged.push(serde_json::to_string(&(&made[0].fit, &made[0].intent, &made[0].gates)).expect("plain data"));
        }
        assert!(judged.iter().all(|other| *other == judged[0]), "seed {seed}: {judged:?}");
    }
}

#[test]
fn qual_6_the_age_that_hands_off_ends_at_max_handoff_age() {
    for (older_ms, expected) in [(0, Decision::Qualified), (1, Decision::Stale)] {
        let mut world = World::under(PLAIN);
        let at = START.plus_ms(-7 * DAY_MS - older_ms);
        let effects = world.does(&Did::new("i-1", at, "demo_requested").buying(), START);
        assert_eq!(decisions(&effects)[0].decision, expected, "{older_ms} ms more than seven days");
    }
}

#[test]
fn qual_2_relationship_weighs_nothing_whatever_points_it_is_given() {
    let mail = "interaction.kind == \"email_opened\"";
    let rules = PLAIN.replace(mail, &format!("interaction.kind == \"dinner\" || {mail}"));
    for (kind, expected) in [("dinner", 60.0), ("email_opened", 61.0)] {
        let mut world = World::under(&rules);
        world.does(&Did::new("i-1", START, kind), START);
        let effects = world.does(&Did::new("i-2", START, "demo_requested").buying(), START);
        let intent = decisions(&effects)[0].intent.as_ref().expect("rules were asked");
        assert_eq!(intent.points, Points::from_f64(expected), "{kind}");
    }
}

#[test]
fn qual_3_what_was_declared_too_long_ago_is_unknown_and_passes_no_gate() {
    let by_authority = PLAIN.replace("declared.budget_usd > 0", "declared.authority == \"decision_maker\"");
    let no_date = |rules: &str| rules.replace("declared.buy_by >= today", "has(company.domain)");
    for (rules, reason) in [(PLAIN, Reason::BuysBy), (&no_date(PLAIN), Reason::AbleToBuy), (&no_date(&by_authority), Reason::AbleToBuy)] {
        for (days, expected) in [(180, Reason::AllHold), (181, reason)] {
            let mut world = World::under(rules);
            let mut said = Did::new("i-1", START.plus_ms(-days * DAY_MS), "survey_completed").buying();
            said.declared = said.declared.replace("2027-01-15", "2027-12-01");
            world.does(&said, said.at);
            let effects = world.does(&Did::new("i-2", START, "demo_requested"), START);
            let unknown_date = reason == Reason::BuysBy && days == 181;
            let expected = if unknown_date { Reason::AbleToBuy } else { expected };
            assert_eq!(decisions(&effects)[0].reason, expected, "{days} days");
            let gates = decisions(&effects)[0].gates.expect("gates were asked");
            let all_hold = days == 180;
            assert_eq!(gates.able_to_buy == Truth::True, all_hold, "{days} days: {gates:?}");
            assert_eq!(gates.buys_by == Truth::True, all_hold || reason != Reason::BuysBy, "{days} days: {gates:?}");
        }
    }
}

#[test]
fn qual_5_a_closed_lead_bars_a_new_one_until_its_cooldown_ends() {
    let key = AccountKey::from_trusted("acme.example");
    for (later_ms, expected) in [(-1, Decision::Cooldown), (0, Decision::Qualified)] {
        let mut world = World::under(PLAIN);
        world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
        let until = START.plus_ms(2 * DAY_MS);
        let mut account = world.store.account(&key).expect("the account is there");
        account.leads[0].status = LeadStatus::Closed { disposition: "rejected".into(), until };
        world.store.stage(vec![Change::Account(key.clone(), Some(Box::new(account)))]);
        let at = until.plus_ms(later_ms);
        let effects = world.does(&Did::new("i-2", at, "demo_requested"), at);
        assert_eq!(decisions(&effects)[0].decision, expected);
        assert_eq!(world.store.account(&key).expect("there").leads.len(), 1, "the new lead takes the closed one's place");
    }
}

#[test]
fn points_are_capped_after_the_decay_and_fit_at_a_hundred() {
    let profile = "    - { id: big, when: company.employees >= 50, points: 70 }\n    - { id: big";
    let rules = PLAIN.replace("    - { id: big", profile).replacen("id: big", "id: large", 1);
    let rules = rules.replace("points: 30,", "points: 70,").replace("points: 60 }", "points: 20, at_most: 30 }");
    let mut world = World::under(&rules);
    // Five requests, each half decayed: 50 points, of which 30 count; capped before the decay they would be 15.
    for number in 0..5 {
        let at = START.plus_ms(-14 * DAY_MS);
        world.does(&Did::new(&format!("i-{number}"), at, "demo_requested"), at);
    }
    let effects = world.does(&Did::new("now", START, "survey_completed"), START);
    let made = decisions(&effects)[0];
    let points = |score: &Option<Score>| score.as_ref().expect("rules were asked").points;
    assert_eq!((points(&made.fit), points(&made.intent)), (Points::from_f64(100.0), Points::from_f64(30.0)));
}

#[test]
fn what_was_here_before_is_known_by_source_and_identifier_long_after() {
    let mut world = World::under(PLAIN);
    let asked = Did::new("asked", START, "demo_requested");
    world.does(&asked, START);
    for number in 0..100 {
        world.does(&Did::new(&format!("m-{number}"), START, "email_opened"), START);
    }
    assert_eq!(decisions(&world.does(&asked, START))[0].decision, Decision::Duplicate, "its hash is gone, its evidence is not");
    let json = asked.json();
    let other = Record::Interaction("app".into(), Box::new(Interaction::parse(json.as_bytes()).expect("valid")));
    let step = world.fold("acme.example", other, START);
    assert_ne!(decisions(&step.effects)[0].decision, Decision::Duplicate, "another source's identifiers are its own");
    let mail = Did::new("m-99", START, "email_opened").json();
    let other = Record::Interaction("app".into(), Box::new(Interaction::parse(mail.as_bytes()).expect("valid")));
    assert_ne!(decisions(&world.fold("acme.example", other, START).effects)[0].decision, Decision::Duplicate, "nor are recent ones");
}

/// A regression: a fact that was kept under an earlier rulebook, with another type, was known to exist and comparable to nothing.
#[test]
fn an_attribute_of_an_earlier_type_is_unknown() {
    let rules = |kind: &str| {
        PLAIN
            .replace("fit:\n", &format!("attributes: {{ plants: {kind} }}\nfit:\n"))
            .replace("interaction.kind == \"email_opened\"", "has(attribute.plants)")
    };
    for (before, value, after, known) in [
        ("int", "3", "int", true),
        ("int", "3", "double", true),
        ("double", "2.5", "int", false),
        ("int", "3", "string", false),
        ("string", "\"3\"", "bool", false),
    ] {
        let mut world = World::under(&rules(before));
        let mut had = Did::new("i-1", START, "pricing_viewed");
        had.more = format!(r#","attributes":{{"plants":{value}}}"#);
        world.does(&had, START);
        if before != after {
            let previous = rulebook::digest(rules(before).as_bytes());
            let next = rules(after).replace("revision: 1\n", &format!("revision: 2\nprevious: {previous}\n"));
            let law = InForce { revision: 2, ..in_force(&next) };
            assert_eq!(world.fold("law", Record::PolicyInForce(law), START).outcome, Outcome::LawChanged);
        }
        let effects = world.does(&Did::new("i-2", START, "demo_requested"), START);
        let matched = &decisions(&effects)[0].intent.as_ref().expect("rules were asked").matched;
        assert_eq!(matched.iter().any(|matched| matched.id == "mail"), known, "{before} {value} as {after}");
    }
}

#[test]
fn qual_2_what_has_expired_weighs_nothing_and_is_not_counted() {
    let seen = "    - { id: asked, when: 'account.kinds_seen[\"demo_requested\"] > 0', points: 10 }\n    - { id: big";
    let rules = PLAIN.replace("    - { id: big", seen);
    for (days, counts) in [(180, true), (181, false)] {
        let mut world = World::under(&rules);
        world.does(&Did::new("i-1", START, "demo_requested"), START);
        let now = START.plus_ms(days * DAY_MS);
        let effects = world.does(&Did::new("i-2", now, "pricing_viewed"), now);
        let made = decisions(&effects)[0];
        let has =
            |score: &Option<Score>, id: &str| score.as_ref().expect("rules were asked").matched.iter().any(|matched| matched.id == id);
        assert_eq!((has(&made.intent, "demo"), has(&made.fit, "asked")), (counts, counts), "{days} days");
    }
}

#[test]
fn a_disqualifier_bars_a_lead_and_is_only_told_of_an_open_one() {
    let rules = PLAIN.replace("routes:\n", "disqualify:\n  - { id: student, when: person.role == \"student\" }\nroutes:\n");
    let student = r#"{"id":"p-2","role":"student"}"#;
    let mut barred = Did::new("i-1", START, "demo_requested").buying();
    barred.person = student.into();
    let mut world = World::under(&rules);
    let effects = world.does(&barred, START);
    let made = decisions(&effects)[0];
    let said = (made.decision, made.reason, made.disqualifier.as_deref());
    assert_eq!((said, leads(&effects).len()), ((Decision::Disqualified, Reason::Disqualifier, Some("student")), 0));

    let mut world = World::under(&rules);
    world.does(&Did::new("i-1", START, "demo_requested").buying(), START);
    let later = START.plus_ms(2 * 3_600_000);
    let mut joins = Did::new("i-2", later, "pricing_viewed");
    joins.person = student.into();
    let effects = world.does(&joins, later);
    assert_eq!(decisions(&effects)[0].decision, Decision::Joined, "sales decides");
    assert_eq!(leads(&effects)[0].1.now_disqualified_by.as_deref(), Some("student"));
}

#[test]
fn the_first_route_that_matches_takes_the_lead_with_its_teams_terms() {
    let routes = "routes:\n  - { id: large, when: company.employees >= 200, team: enterprise }\n  - { id: any, when: company.employees > 0, team: mid }\n";
    let rules = PLAIN.replace("routes:\n", routes).replace("  mid: {}\n", "  mid: {}\n  enterprise: { respond_within: 5m }\n");
    for (employees, route, team, within) in [(200, "large", "enterprise", Some("5m")), (199, "any", "mid", None)] {
        let mut world = World::under(&rules);
        let mut did = Did::new("i-1", START, "demo_requested").buying();
        (did.domain, did.more) = (None, format!(r#","company":{{"domain":"acme.example","employees":{employees}}}"#));
        let effects = world.does(&did, START);
        let lead = leads(&effects)[0].1;
        let taken = (lead.assignment.route.as_str(), lead.assignment.team.as_str(), lead.promise.respond_within.as_deref());
        assert_eq!(taken, (route, team, within), "{employees} employees");
    }
}
