//! Every code that an input can be refused with is met by some input: a code that nothing leads to is a promise that nobody keeps.

use std::collections::BTreeSet;

use relevo::contract::Code;
use relevo::contract::account_key::FreeMail;
use relevo::contract::admit::admit;
use relevo::contract::code::{MAP_FINDS_NOTHING, SEVERAL_IDENTIFIERS};
use relevo::contract::envelope::{EventType, InputContract, STRUCTURED};

const EVENT: &str =
    r#"{"interaction_id":"i-1","occurred_at":"2026-11-03T15:04:05Z","kind":"attended","campaign":{"id":"c-1"},"person":{"id":"p-1"}}"#;

/// A code, and the headers and the value (`None`: null) of an interaction that is refused with it.
type Case = (&'static str, Vec<(&'static str, &'static [u8])>, Option<String>);

fn refused() -> Vec<Case> {
    let with = |from: &str, to: &str| {
        assert!(EVENT.contains(from), "{from}");
        Some(EVENT.replace(from, to))
    };
    vec![
        ("empty_value", vec![], Some(" ".into())),
        ("not_json", vec![], with("}}", "}")),
        ("wrong_type", vec![], with(r#""attended""#, "7")),
        ("field_missing", vec![], with(r#""kind":"attended","#, "")),
        ("bad_identifier", vec![], with("p-1", "ana@acme.example")),
        ("bad_value", vec![], with("2026-11-03T15:04:05Z", "yesterday")),
        ("unknown_type", vec![("ce_specversion", b"1.0"), ("ce_type", b"com.example.else")], Some(EVENT.into())),
        ("avro", vec![], Some("\0\0\0\0\u{1}\u{8}i-1".into())),
        ("too_large", vec![], Some(" ".repeat(2_000))),
        ("bad_envelope", vec![("content-type", STRUCTURED.as_bytes())], Some(EVENT.into())),
        ("connect_envelope", vec![], Some(format!(r#"{{"schema":{{}},"payload":{EVENT}}}"#))),
        ("change_envelope", vec![], Some(format!(r#"{{"before":null,"after":{EVENT},"op":"c"}}"#))),
        ("field_twice", vec![], with(r#""kind":"attended""#, r#""kind":"attended","kind":"tasting""#)),
    ]
}

#[test]
fn txn_4_every_code_of_inputs_is_met() {
    let free_mail = FreeMail::default();
    let input = |event| InputContract { topic: "in.v1".into(), event, ignore_types: Vec::new(), max_bytes: 1_000 };
    let mut met = BTreeSet::new();
    for (code, headers, value) in refused() {
        let input = input(EventType::Interaction);
        let value = value.as_deref().map(str::as_bytes);
        let refusal = admit(&input, headers.as_slice(), None, value, &free_mail, 8).expect_err(code);
        assert_eq!(refusal.code.name, code, "{refusal}");
        met.insert(refusal.code.number);
    }
    let accounts = input(EventType::Account);
    let refusal = admit(&accounts, &(), None, None, &free_mail, 8).expect_err("a tombstone without a key");
    assert_eq!(refusal.code.name, "bad_key", "{refusal}");
    met.insert(refusal.code.number);

    let activities = input(EventType::Activity);
    let called = br#"{"activity_id":"a-1","lead_id":"L-AAAAAAAAAAAAAAAAAAAAAAAA","occurred_at":"2026-11-03T15:04:05Z","kind":"called","actor":{"kind":"person"}}"#;
    let refusal = admit(&activities, &(), None, Some(called), &free_mail, 8).expect_err("a kind that nobody knows");
    assert_eq!(refusal.code.name, "unknown_activity", "{refusal}");
    met.insert(refusal.code.number);

    // What only a map leads to: `mapping::tests`.
    let of_maps = [SEVERAL_IDENTIFIERS.number, MAP_FINDS_NOTHING.number];
    let of_inputs = |number: &u16| (1_000..2_000).contains(number) && !of_maps.contains(number);
    let all: BTreeSet<u16> = Code::all().map(|code| code.number).filter(of_inputs).collect();
    assert_eq!(met, all, "codes that were met, and codes that there are");
}
