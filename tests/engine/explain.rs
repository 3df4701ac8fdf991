//! What rules say one by one is what decided; and an unknown names the fields that would decide it.

use relevo::contract::decision::DecisionMade;
use relevo::contract::{AccountKey, Truth};
use relevo::engine::explain::{Answer, RuleKind, explain};
use relevo::engine::{Effect, View as _};

use crate::world::{Chance, DAY_MS, Did, PLAIN, START, World, decisions};

/// Everything that may be unknown, in rules of each kind.
fn rulebook() -> String {
    PLAIN
        .replace("time_zone: UTC", "time_zone: UTC\nattributes: { plants: int }")
        .replace(
            "    - { id: big, when: company.employees >= 50, points: 30, because: we serve mid-size companies }\n",
            "    - { id: big, when: company.employees >= 50, points: 30, because: we serve mid-size companies }\n\
             \x20   - { id: maker, when: 'company.industry == \"manufacturing\" && (attribute.plants > 2 || person.department == \"it\")', points: 10 }\n",
        )
        .replace(
            "    - { id: mail, when: interaction.kind == \"email_opened\", points: 1 }\n",
            "    - { id: mail, when: interaction.kind == \"email_opened\", points: 1 }\n\
             \x20   - { id: soon, when: 'declared.buy_by <= today + duration(\"60d\")', points: 5 }\n\
             \x20   - { id: crowd, when: 'interaction.class == \"intent\" && account.people_seen >= 2', points: 5 }\n",
        )
        .replace("routes:\n", "disqualify:\n  - { id: foreign, when: 'company.country != \"MX\"' }\nroutes:\n")
}

fn of(answers: &[Answer], kind: RuleKind) -> impl Iterator<Item = &Answer> {
    answers.iter().filter(move |answer| answer.kind == kind)
}

fn check(made: &DecisionMade, answers: &[Answer]) {
    let gates = made.gates.expect("rules were asked");
    let gates = [gates.represents_business, gates.able_to_buy, gates.wants_offering, gates.buys_by];
    assert_eq!(of(answers, RuleKind::Gate).map(|answer| answer.truth).collect::<Vec<_>>(), gates, "{made:?}");
    let fit: Vec<_> = made.fit.as_ref().expect("asked").matched.iter().map(|matched| matched.id.clone()).collect();
    let holds = of(answers, RuleKind::Fit).filter(|answer| answer.truth.holds()).map(|answer| answer.id.clone());
    assert_eq!(holds.collect::<Vec<_>>(), fit, "{made:?}");
    // Older evidence may give points too, so what holds of this one is among what gave some.
    let intent = &made.intent.as_ref().expect("asked").matched;
    if made.offering.is_some() && made.kind.as_str() != "dinner" {
        for answer in of(answers, RuleKind::Intent).filter(|answer| answer.truth.holds()) {
            assert!(intent.iter().any(|matched| matched.id == answer.id), "{} {made:?}", answer.id);
        }
    }
    for answer in answers {
        assert_eq!(answer.missing.is_empty(), answer.truth != Truth::Unknown, "{answer:?}");
    }
    if let Some(disqualifier) = &made.disqualifier {
        assert!(of(answers, RuleKind::Disqualifier).any(|answer| answer.truth.holds() && answer.id == *disqualifier));
    }
}

#[test]
fn qual_3_what_each_rule_says_is_what_decided() {
    let text = rulebook();
    let mut chance = Chance(5);
    let mut asked = 0;
    for story in 0..40 {
        let mut world = World::under(&text);
        for n in 0..20 {
            let at = START.plus_ms(n * DAY_MS / 2);
            let kind = *chance.pick(&["demo_requested", "email_opened", "dinner", "survey_completed", "pricing_viewed"]);
            let mut did = Did::new(&format!("i-{story}-{n}"), at, kind);
            did.person = format!(r#"{{"id":"p-{}","department":"{}"}}"#, chance.below(3), chance.pick(&["it", "sales"]));
            if chance.one_in(4) {
                did = did.buying();
            }
            if chance.one_in(3) {
                did.more = format!(r#","attributes":{{"plants":{}}}"#, chance.below(5));
            }
            if chance.one_in(5) {
                did.offering = None;
            }
            if chance.one_in(2) {
                did.domain = None;
            }
            for effect in world.does(&did, at) {
                let Effect::Decision(made) = effect else { continue };
                let law = world.store.partition().law.clone().expect("there is a law");
                let account = world.store.account(&made.account_key).expect("it was folded just now");
                let answers = explain(&law.rulebook, &account, &made.account_key, &made.interaction_id, made.offering.as_deref(), at);
                check(&made, &answers.expect("the evidence was kept"));
                asked += 1;
            }
        }
    }
    assert!(asked > 700, "{asked}");
}

#[test]
fn an_unknown_names_the_fields_that_would_decide_it() {
    let mut world = World::under(&rulebook());
    let mut did = Did::new("i-1", START, "survey_completed");
    did.person = r#"{"id":"p-1"}"#.into();
    let effects = world.does(&did, START);
    let made = decisions(&effects)[0];
    let law = world.store.partition().law.clone().expect("there is a law");
    let key = AccountKey::from_trusted("acme.example");
    let account = world.store.account(&key).expect("it was folded just now");
    let answers = explain(&law.rulebook, &account, &key, &made.interaction_id, Some("crm-suite"), START).expect("kept");
    let missing = |id: &str| {
        let answer = answers.iter().find(|answer| answer.id == id).unwrap_or_else(|| panic!("no {id}"));
        (answer.truth, answer.missing.iter().map(|field| field.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(missing("able_to_buy"), (Truth::Unknown, vec!["declared.budget_usd"]));
    assert_eq!(missing("buys_by"), (Truth::Unknown, vec!["declared.buy_by"]));
    assert_eq!(missing("maker"), (Truth::Unknown, vec!["company.industry", "attribute.plants", "person.department"]));
    assert_eq!(missing("foreign"), (Truth::Unknown, vec!["company.country"]));
    assert_eq!(missing("crowd"), (Truth::False, vec![]), "a part that is false decides it alone");
    assert_eq!(missing("big"), (Truth::True, vec![]));
}
