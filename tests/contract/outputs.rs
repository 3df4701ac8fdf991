//! Outputs: what Rust writes is what the schemas say, no more and no less; and the schemas leave room to grow.
//!
//! The good examples are what Rust writes for a full and for a bare value, byte for byte. After a deliberate change:
//! `RELEVO_WRITE_EXAMPLES=1 cargo test --test contract` writes them anew.

use std::collections::BTreeSet;

use relevo::contract::activity::{ActorKind, Closing, Touch};
use relevo::contract::code::{Refusal, WRONG_TYPE};
use relevo::contract::decision::{DecisionMade, Gates, Lineage, Matched, Points, RulebookRef, Score};
use relevo::contract::follow_up::{ByActivity, FollowedUp, Moved, Standing, What};
use relevo::contract::interaction::Amount;
use relevo::contract::lead::{
    Assignment, Because, Contact, GroupMember, Lead, LeadAccount, LeadClock, LeadEvidence, Need, Promise, SignedRulebook, Why,
};
use relevo::contract::outgoing::{
    self, DECISION, Failed, LEAD_QUALIFIED, LEAD_UPDATED, OWNER_SIGNALLED, OutgoingHeaders, Place, dead_letter,
};
use relevo::contract::owner::OwnerSignalled;
use relevo::contract::{AccountKey, Class, Date, Decision, Kind, LeadId, Reason, Timestamp, Truth};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::schemas::{Schema, examples, folder, json, stem};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn account() -> AccountKey {
    AccountKey::from_trusted("acme.example")
}

fn lead_id() -> LeadId {
    LeadId::new(&account(), "crm-suite", "web", "i-000000001234")
}

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn lineage() -> Lineage {
    Lineage {
        cause: "relevo.intake.v1-3-81722".into(),
        source: "marketing.interactions.v1-0-4711".into(),
        ingested_at: time("2026-11-03T15:04:05.456Z"),
        rulebook: RulebookRef { revision: 7, digest: DIGEST.into() },
    }
}

fn score(points: f64, threshold: f64, id: &str) -> Score {
    let matched = vec![Matched { id: id.into(), points: Points::from_f64(points) }];
    Score { points: Points::from_f64(points), threshold: Points::from_f64(threshold), matched }
}

fn full_decision() -> DecisionMade {
    DecisionMade {
        account_key: account(),
        interaction_id: "i-000000001234".into(),
        person_id: "p-004521".into(),
        campaign_id: "c-017".into(),
        kind: Kind::DemoRequested,
        class: Class::Intent,
        occurred_at: time("2026-11-03T15:04:05.123Z"),
        clamped: true,
        judged_again: true,
        offering: Some("crm-suite".into()),
        decision: Decision::Disqualified,
        reason: Reason::Disqualifier,
        disqualifier: Some("competitor".into()),
        lead_id: Some(lead_id()),
        gates: Some(Gates {
            represents_business: Truth::True,
            able_to_buy: Truth::True,
            wants_offering: Truth::False,
            buys_by: Truth::Unknown,
        }),
        fit: Some(score(80.0, 50.0, "mid-market")),
        intent: Some(score(64.25, 60.0, "asked-for-demo")),
        lineage: lineage(),
    }
}

fn bare_decision() -> DecisionMade {
    let lineage = Lineage { rulebook: RulebookRef::default(), ..lineage() };
    DecisionMade {
        kind: Kind::parse("seance_held"),
        class: Class::Weak,
        clamped: false,
        judged_again: false,
        offering: None,
        decision: Decision::NotQualified,
        reason: Reason::NoRulebook,
        disqualifier: None,
        lead_id: None,
        gates: None,
        fit: None,
        intent: None,
        lineage,
        ..full_decision()
    }
}

fn full_lead(version: u32) -> Lead {
    let (occurred_at, ingested_at) = (time("2026-11-03T15:04:05.123Z"), time("2026-11-03T15:04:05.456Z"));
    Lead {
        lead_id: lead_id(),
        lead_version: version,
        offering: "crm-suite".into(),
        account: LeadAccount {
            key: account(),
            name: Some("Acme SA".into()),
            domain: Some("acme.example".into()),
            employees: Some(230),
            industry: Some("manufacturing".into()),
            country: Some("MX".into()),
            crm_id: Some("001Dn00000XyZaB".into()),
        },
        contact: Contact {
            person_id: "p-004521".into(),
            name: Some("Ana Ruiz".into()),
            email: Some("ana@acme.example".into()),
            phone: Some("+52 55 5555 0100".into()),
            role: Some("plant_manager".into()),
            consent: Some(true),
        },
        buying_group: vec![GroupMember { person_id: "p-004530".into(), role: Some("cfo".into()), last_seen_at: ingested_at, evidence: 2 }],
        need: Need {
            authority: Some("decision_maker".into()),
            budget_usd: Some(Amount(40_000.0)),
            buy_by: Date::parse("2027-01-15").ok(),
            comment: Some("We run three plants and need it before the season.".into()),
        },
        why: Why {
            summary: "Asked for a demo of crm-suite, decision maker, buys by 15 Jan 2027; mid-size manufacturer.".into(),
            fit: Points::from_f64(80.0),
            intent: Points::from_f64(64.25),
            gates: vec!["represents_business", "able_to_buy", "wants_offering", "buys_by"],
            matched: vec![Because {
                matched: Matched { id: "mid-market".into(), points: Points::from_f64(30.0) },
                because: Some("we serve mid-size companies".into()),
            }],
        },
        evidence: vec![LeadEvidence {
            interaction_id: "i-000000001234".into(),
            kind: Kind::DemoRequested,
            class: Class::Intent,
            person_id: "p-004521".into(),
            campaign_id: "c-017".into(),
            occurred_at,
        }],
        assignment: Assignment {
            route: "enterprise".into(),
            team: "enterprise".into(),
            assignee: Some("eva".into()),
            reason: "account owner".into(),
        },
        promise: Promise {
            respond_within: Some("5m".into()),
            respond_by: Some(time("2026-11-03T15:09:05.789Z")),
            touch_every: Some("2d".into()),
            calendar: Some("office".into()),
            escalate_to: Some("luis".into()),
        },
        clock: LeadClock { occurred_at, ingested_at, handed_off_at: time("2026-11-03T15:04:05.789Z") },
        rulebook: SignedRulebook {
            revision: 7,
            digest: DIGEST.into(),
            signed_by: vec!["ana@example.com".into(), "eva@example.com".into()],
        },
        now_disqualified_by: Some("competitor".into()),
        possible_duplicate_of: [AccountKey::from_trusted("acme-group.example")]
            .iter()
            .map(|key| LeadId::new(key, "crm-suite", "web", "i-9"))
            .collect(),
        cause: lineage().cause,
        source: lineage().source,
        ingested_at,
    }
}

fn bare_lead(version: u32) -> Lead {
    let full = full_lead(version);
    Lead {
        account: LeadAccount { name: None, domain: None, employees: None, industry: None, country: None, crm_id: None, ..full.account },
        contact: Contact { name: None, email: None, phone: None, role: None, consent: None, ..full.contact },
        buying_group: Vec::new(),
        need: Need::default(),
        why: Why { matched: Vec::new(), ..full.why },
        assignment: Assignment { assignee: None, ..full.assignment },
        promise: Promise::default(),
        rulebook: SignedRulebook { signed_by: Vec::new(), ..full.rulebook },
        now_disqualified_by: None,
        possible_duplicate_of: Vec::new(),
        ..full
    }
}

fn full_signal() -> OwnerSignalled {
    OwnerSignalled {
        account_key: account(),
        crm_id: "001Dn00000XyZaB".into(),
        owner_id: "eva".into(),
        owner_team: Some("enterprise".into()),
        reason: Reason::OpenOpportunity,
        offering: "crm-suite".into(),
        interaction_id: "i-000000001234".into(),
        kind: Kind::DemoRequested,
        person_id: "p-004521".into(),
        occurred_at: time("2026-11-03T15:04:05.123Z"),
        lineage: lineage(),
    }
}

/// Headers as a JSON object of texts.
fn object<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Value {
    let text = |value: &[u8]| Value::String(String::from_utf8_lossy(value).into_owned());
    Value::Object(headers.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect::<Map<_, _>>())
}

fn output_headers(parent: Option<&str>) -> Value {
    let cause = lineage().cause;
    let headers = OutgoingHeaders::new(DECISION, "relevo", &cause, 0, lineage().ingested_at, parent);
    object(headers.each().map(|(name, value)| (name as &str, value)))
}

fn dead_letter_headers(key: Option<&[u8]>, max_bytes: usize) -> Value {
    let refusal = Refusal::new(WRONG_TYPE, "field `declared.budget_usd`: expected a number (line 1 column 321)");
    let place = Place { topic: "marketing.interactions.v1", partition: 0, offset: 4711 };
    let value = vec![b' '; 10_000];
    let letter = dead_letter(Failed { place, source: None, key, value: Some(&value) }, &(), &refusal, max_bytes);
    let headers = letter.headers.iter().map(|(name, value)| (name.as_ref(), value.as_deref().unwrap_or_default()));
    object(headers)
}

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("an output is JSON")
}

/// Each schema of an output, with what Rust writes for a full and for a bare value.
fn all() -> Vec<(&'static str, Value, Value)> {
    let bare_signal = OwnerSignalled { owner_team: None, ..full_signal() };
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut all = vec![
        (DECISION, written(&full_decision()), written(&bare_decision())),
        (LEAD_QUALIFIED, written(&full_lead(1)), written(&bare_lead(1))),
        (LEAD_UPDATED, written(&full_lead(2)), written(&bare_lead(2))),
        (OWNER_SIGNALLED, written(&full_signal()), written(&bare_signal)),
        ("relevo.output.headers.v1", output_headers(Some(trace)), output_headers(None)),
        ("relevo.dead_letter.headers.v1", dead_letter_headers(Some(b"p-004521"), 5_000), dead_letter_headers(None, 100_000)),
    ];
    all.extend(full_follow_ups().into_iter().map(|full| {
        let (event, bare) = (full.what.event(), bare_follow_up(&full));
        (event, written(&full), written(&bare))
    }));
    all
}

/// One of each event of a lead's follow-up.
fn full_follow_ups() -> Vec<FollowedUp> {
    let what = [
        What::Responded {
            touch: Touch::Contacted,
            channel: "phone".into(),
            response_seconds: 894,
            business_seconds: Some(894),
            respond_by: Some(time("2026-11-03T15:34:05.456Z")),
            met: Some(true),
            corrects: false,
            was_overdue: false,
            withdraws_missed: false,
            buyer_wait_seconds: 895,
            backdated: false,
            instead_of: None,
        },
        What::ResponseWithdrawn { respond_by: Some(time("2026-11-03T15:34:05.456Z")), instead_of: None },
        What::Overdue { respond_by: time("2026-11-03T15:34:05.456Z") },
        What::Scheduled { next_step_at: time("2026-11-05T16:00:00.000Z"), cut_from: Some(time("2027-11-05T16:00:00.000Z")) },
        What::OverdueWithdrawn { respond_by: time("2026-11-03T15:34:05.456Z") },
        What::TouchDue { touch_by: time("2026-11-05T15:34:05.456Z"), last_touch_at: Some(time("2026-11-03T15:34:05.456Z")), reminders: 1 },
        What::Hoarded { by: Some("luis".into()), silent_since: time("2026-11-03T15:34:05.456Z"), touched: true },
        What::Escalated { to: Some("ana".into()), respond_by: time("2026-11-03T15:34:05.456Z") },
        What::Reassigned { from: Some("luis".into()), to: Some("eva".into()), moved: Moved::BySales },
        What::Closed {
            disposition: Closing::Won,
            reason: Some("price".into()),
            until: time("2026-11-20T15:19:00.000Z"),
            cut_from: Some(time("2027-11-20T15:19:00.000Z")),
            value_usd: Some(Amount(38_000.0)),
            age_seconds: 1_468_800,
            touched: true,
            overdue: false,
            was_overdue: false,
            corrects: true,
        },
        What::Reopened { disposition: "recycled".into() },
    ];
    let event = |what| FollowedUp {
        lead_id: lead_id(),
        account_key: account(),
        offering: "crm-suite".into(),
        team: "enterprise".into(),
        assignee: Some("eva".into()),
        standing: Standing::Working,
        occurred_at: time("2026-11-03T15:19:00.000Z"),
        activity: Some(ByActivity { activity_id: "call-000077".into(), actor: ActorKind::Person, actor_id: Some("eva".into()) }),
        what,
        lineage: lineage(),
        promises: Vec::new(),
    };
    what.into_iter().map(event).collect()
}

/// The same with nothing in it that may be absent.
fn bare_follow_up(full: &FollowedUp) -> FollowedUp {
    let mut bare = FollowedUp { assignee: None, activity: None, ..full.clone() };
    match &mut bare.what {
        What::Reassigned { from, to, .. } => (*from, *to) = (None, None),
        What::TouchDue { last_touch_at, .. } => *last_touch_at = None,
        What::Hoarded { by, .. } => *by = None,
        What::Escalated { to, .. } => *to = None,
        What::Closed { reason, value_usd, cut_from, .. } => (*reason, *value_usd, *cut_from) = (None, None, None),
        What::Scheduled { cut_from, .. } => *cut_from = None,
        What::ResponseWithdrawn { respond_by, .. } => *respond_by = None,
        What::Responded { business_seconds, respond_by, met, .. } => (*business_seconds, *respond_by, *met) = (None, None, None),
        What::Overdue { .. } | What::OverdueWithdrawn { .. } | What::Reopened { .. } => {}
    }
    bare
}

/// Paths of everything that stands in a value; `[]` stands for the elements of a list.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        found.insert(path.clone());
        paths(inner, &path, found);
    }
    for inner in value.as_array().into_iter().flatten() {
        paths(inner, &format!("{at}[]"), found);
    }
}

#[test]
fn a_full_value_has_just_the_fields_of_its_schema_and_a_bare_one_just_the_required() {
    for (name, full, bare) in all() {
        let schema = Schema::load(name);
        schema.must_accept(&full, "what Rust writes for a full value");
        schema.must_accept(&bare, "what Rust writes for a bare value");
        let (mut of_full, mut of_bare) = (BTreeSet::new(), BTreeSet::new());
        paths(&full, "", &mut of_full);
        paths(&bare, "", &mut of_bare);
        assert_eq!(of_full, schema.paths(), "{name}: fields of a full value, and properties of the schema");
        // What a bare value has must be required; elements of lists that it has not, and what is inside absent objects, can't show.
        let required = schema.required();
        let shown: BTreeSet<String> = required.iter().filter(|path| parent_is_in(path, &of_bare)).cloned().collect();
        assert_eq!(of_bare, shown, "{name}: fields of a bare value, and required properties");
    }
}

fn parent_is_in(path: &str, present: &BTreeSet<String>) -> bool {
    let Some((parent, _)) = path.rsplit_once('.') else { return true };
    present.contains(parent) || present.iter().any(|other| other.starts_with(&format!("{parent}.")))
}

#[test]
fn the_good_examples_are_what_rust_writes() {
    for (name, full, bare) in all() {
        for (example, value) in [("full", &full), ("bare", &bare)] {
            let path = folder().join("examples").join(name).join("good").join(format!("{example}.json"));
            let text = format!("{value:#}\n");
            if std::env::var_os("RELEVO_WRITE_EXAMPLES").is_some() {
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(&path, &text).expect("an example");
            }
            let found = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(found, text, "{}: set RELEVO_WRITE_EXAMPLES=1 if the change is meant", path.display());
        }
        for path in examples(name, "bad") {
            assert!(!Schema::load(name).accepts(&json(&path)), "{name}: {} is accepted", stem(&path));
        }
    }
}

/// FORWARD_TRANSITIVE: a reader with today's schema must read what a later version writes.
#[test]
fn outputs_are_open_models_without_closed_lists() {
    fn check(name: &str, node: &Value) {
        for closed in ["enum", "const", "additionalProperties", "unevaluatedProperties", "maxProperties", "oneOf", "maxItems"] {
            assert!(node.get(closed).is_none(), "{name}: `{closed}` closes it");
        }
        for inner in node.as_object().into_iter().flat_map(|fields| fields.values()) {
            check(name, inner);
        }
    }
    for (name, full, _) in all() {
        let schema = Schema::load(name);
        check(name, &schema.document);
        let mut later = full;
        later["a_field_of_tomorrow"] = json!({"list": [1]});
        schema.must_accept(&later, "a field of tomorrow");
    }
    let mut later = written(&full_decision());
    (later["decision"], later["reason"]) = (json!("postponed"), json!("a_reason_of_tomorrow"));
    Schema::load(DECISION).must_accept(&later, "values of tomorrow");
}

#[test]
fn the_schema_names_every_decision_reason_class_and_truth() {
    let schema = Schema::load(DECISION);
    let names = |pointer: &str| -> Vec<String> {
        let list = schema.document.pointer(pointer).and_then(|node| node["examples"].as_array()).expect(pointer);
        list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    fn all<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(T::to_string).collect()
    }
    assert_eq!(names("/properties/decision"), all(Decision::ALL));
    assert_eq!(names("/properties/reason"), all(Reason::ALL));
    assert_eq!(names("/$defs/class"), all(&Class::ALL));
    assert_eq!(names("/$defs/truth"), all(Truth::ALL));
}

#[test]
fn both_events_of_a_lead_have_the_same_fields() {
    let (qualified, updated) = (Schema::load(LEAD_QUALIFIED), Schema::load(LEAD_UPDATED));
    for part in ["properties", "required", "$defs"] {
        assert_eq!(qualified.document[part], updated.document[part], "{part}");
    }
}

#[test]
fn every_output_says_that_it_must_be_read_committed() {
    for (name, _, _) in all() {
        let description = Schema::load(name).document["description"].as_str().unwrap_or_default().to_owned();
        assert!(description.contains("read_committed"), "{name}");
    }
}

#[test]
fn pii_1_a_decision_bears_no_personal_data_but_the_persons_identifier() {
    let text = written(&full_decision()).to_string();
    for personal in ["Ana", "ana@", "+52", "three plants"] {
        assert!(!text.contains(personal), "{personal}");
    }
    assert!(!output_headers(None).to_string().contains('@') && outgoing::dead::KEY == "relevo_key");
}
