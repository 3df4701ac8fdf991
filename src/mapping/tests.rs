//! The language of maps: what loads and what it does, what is refused and where.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Applied, Map, NotSingle, Notes, Rejection, Row, Target, compile, compile_live, live};
use crate::contract::account_key::FreeMail;
use crate::contract::code::{self, Code};
use crate::contract::envelope::{EventType, InputContract};
use crate::contract::headers::Headers;
use crate::contract::log::{self, Record};

/// A small map that cases change.
const BASE: &str = "api: relevo/v1
kind: Map
of: interactions
source: fair
time_zone: America/Mexico_City
nothing: [n/a]
when:
  - { column: Type, in: [Visit] }
fields:
  interaction_id: { column: Id }
  occurred_at: { column: When, date: \"%d/%m/%Y %H:%M\" }
  kind: { column: What, lookup: { Demo: demo_requested }, otherwise: attended }
  campaign.id: { constant: fair }
  person.id: { column: [Person, Id], prefix: p- }
";

/// A row as names and values.
struct Cells<'r>(&'r Map, &'r [(&'r str, &'r str)]);

impl Row for Cells<'_> {
    fn cell(&self, column: usize) -> Result<Option<Cow<'_, str>>, NotSingle> {
        let name = &self.0.columns[column].name;
        Ok(self.1.iter().find(|(known, _)| known == name).map(|(_, value)| Cow::Borrowed(*value)))
    }
}

const ROW: &[(&str, &str)] = &[("Type", "Visit"), ("Id", "1"), ("When", "03/11/2026 15:04"), ("What", "Demo")];

fn load(text: &str) -> Map {
    compile(text.as_bytes(), "map.yaml").unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

/// What the base with one more field makes of the row with more cells: the event; nothing where the row is passed over.
fn apply(field: &str, cells: &[(&str, &str)]) -> Result<Option<Value>, Rejection> {
    let map = load(&format!("{BASE}  {field}\n"));
    let cells: Vec<_> = cells.iter().chain(ROW).copied().collect();
    let (mut out, mut notes) = (b"before".to_vec(), Notes::default());
    let applied = map.apply(&Cells(&map, &cells), None, &FreeMail::default(), &mut out, &mut notes);
    // What the event can do without is left out of it, and told with the same words.
    if let Some(found) = notes.degraded.into_iter().next() {
        return Err(found);
    }
    match applied {
        Ok(Applied::Made(place)) => Ok(Some(serde_json::from_slice(&out[place]).expect("JSON"))),
        Ok(Applied::PassedOver) => {
            assert_eq!(out, b"before");
            Ok(None)
        }
        Err(rejection) => {
            assert_eq!(out, b"before", "nothing is left of a row that is rejected");
            Err(rejection)
        }
    }
}

/// The field of the event that a step makes of a cell; `null`: it is left out.
fn step(field: &str, path: &str, cell: &str) -> Result<Value, String> {
    let made = apply(field, &[("X", cell)]).map_err(|rejection| rejection.to_string())?.expect("taken");
    Ok(path.split('.').fold(made, |value, name| value[name].clone()))
}

#[test]
fn each_step_does_what_it_says() {
    let check = |steps: &str, path: &str, cell: &str, expected: Value| {
        let field = format!("{path}: {{ {steps} }}");
        assert_eq!(step(&field, path, cell), Ok(expected), "{field} of {cell:?}");
    };
    check("column: X", "person.name", "  Ana Ruiz ", json!("Ana Ruiz"));
    check("column: X", "person.name", "N/A", Value::Null);
    check("column: X", "person.name", "", Value::Null);
    check("column: X, default: nobody", "person.name", "n/a", json!("nobody"));
    check("column: [Nowhere, X]", "person.name", "Ana", json!("Ana"));
    check("join: [Id, X], with: /", "person.department", "b", json!("1/b"));
    check("join: [Id, X]", "person.department", "", Value::Null);
    check("join: [Nowhere, Id, X], with: \" \", skip_empty: true", "person.name", "Ana", json!("1 Ana"));
    check("join: [Nowhere, X], with: \" \", skip_empty: true", "person.name", "n/a", Value::Null);
    check("constant: 40000", "declared.budget_usd", "", json!(40_000));
    check("column: X, slug: true", "person.role", "Plant-Manager (Norte)", json!("plant_manager_norte"));
    check("column: X, split: { by: \";\", part: 2 }", "person.department", "a; b ;c", json!("b"));
    check("column: X, split: { by: \";\", part: -1 }", "person.department", "a;b;c", json!("c"));
    check("column: X, split: { by: \";\", part: 4 }", "person.department", "a;b;c", Value::Null);
    check(
        "column: X, split: [{ by: \"(\", part: 2 }, { by: \")\", part: 1 }]",
        "person.email",
        "Ana (ana@a.example)",
        json!("ana@a.example"),
    );
    check("column: X, split: { by: \";\", contains: SAP }, type: bool", "attributes.sap", "Oracle; sap", json!(true));
    check("column: X, split: { by: \";\", contains: SAP }, type: bool", "attributes.sap", "Oracle", json!(false));
    check("column: X, lookup: { A: one, \"*b*\": two, C: }", "person.role", "a", json!("one"));
    check("column: X, lookup: { A: one, \"*b*\": two, C: }", "person.role", "a big b", json!("two"));
    check("column: X, lookup: { A: one, \"*b*\": two, C: }", "person.role", "c", Value::Null);
    check("column: X, lookup: { A: one }, keep_others: true", "person.role", "z", json!("z"));
    check("column: X, lookup: { A: one }, otherwise: two", "person.role", "z", json!("two"));
    check("column: X, date: [\"%d.%m.%Y\", \"%Y-%m-%d\"]", "declared.buy_by", "15.01.2027", json!("2027-01-15"));
    check("column: X, decimal: \",\", times: 0.5", "declared.budget_usd", "1.000,50", json!(500.25));
    check("column: X", "company.employees", "1,230", json!(1_230));
    check("column: X", "person.consent.contact", "Yes", json!(true));
    check("column: X, type: int", "attributes.plants", "3", json!(3));
    check("column: X, type: double", "attributes.share", "0.25", json!(0.25));
    check("column: X", "attributes.a note", "3", json!("3"));
    let hashed = step("company.id: { column: X, hash: true, prefix: co- }", "company.id", "Ana@Acme.example").expect("a hash");
    assert_eq!(hashed, step("company.id: { column: X, hash: true, prefix: co- }", "company.id", "ana@acme.example").expect("a hash"));
    assert!(hashed.as_str().is_some_and(|id| id.len() == 23 && id.starts_with("co-")), "{hashed}");
}

#[test]
fn pii_1_what_can_not_be_turned_is_rejected_with_field_and_column_and_no_value() {
    let check = |field: &str, cell: &str, expected: &str| {
        let path = field.split(':').next().expect("a path");
        assert_eq!(step(field, path, cell).expect_err(field), expected);
    };
    let lookup = "field `person.role`, from `X`, is none of the values in the map's lookup";
    check("person.role: { column: X, lookup: { A: one } }", "zz", lookup);
    check("declared.buy_by: { column: X }", "15/01/2027", "field `declared.buy_by`, from `X`, is no date in any format that the map gives");
    check("declared.budget_usd: { column: X }", "zz", "field `declared.budget_usd`, from `X`, is no number as the map writes them");
    check("company.employees: { column: X }", "2.5", "field `company.employees`, from `X`, is no whole number as the map writes them");
    check("person.consent.contact: { column: X }", "zz", "field `person.consent.contact`, from `X`, is neither yes nor no");
    check("person.phone: { column: X, required: true }", "n/a", "field `person.phone`, from `X`, is missing");
    // The contract's own words.
    let key = "field `company.id`, from `X`, has white space: it becomes part of a key, where no name may be";
    check("company.id: { column: X }", "zz zz", key);
    check("declared.budget_usd: { column: X }", "-1", "field `declared.budget_usd`, from `X`, is not an amount from 0 to 10^15");
    let rejection = apply("person.name: { column: X }", &[("Id", " ")]).expect_err("no identifier");
    assert_eq!((rejection.code(), rejection.to_string().as_str()), (code::FIELD_MISSING, "field `interaction_id`, from `Id`, is missing"));
}

#[test]
fn conditions_take_rows_or_pass_them_over() {
    let check = |condition: &str, x: &str, taken: bool| {
        let text = BASE.replace("  - { column: Type, in: [Visit] }", &format!("  - {{ {condition} }}"));
        let map = load(&text);
        let cells: Vec<_> = ROW.iter().copied().chain([("X", x)]).collect();
        let applied = map.apply(&Cells(&map, &cells), None, &FreeMail::default(), &mut Vec::new(), &mut Notes::default());
        assert_eq!(applied.map(|applied| applied != Applied::PassedOver), Ok(taken), "{condition} of {x:?}");
    };
    check("column: X, in: [a, \"b*\"]", "A", true);
    check("column: X, in: [a, \"b*\"]", "Bad", true);
    check("column: X, in: [a, \"b*\"]", "c", false);
    check("column: X, in: [a]", "", false);
    check("column: X, not_in: [a]", "b", true);
    check("column: X, not_in: [a]", "a", false);
    check("column: X, not_in: [a]", "n/a", false);
    check("column: X, present: true", "z", true);
    check("column: X, present: true", "n/a", false);
    check("column: X, present: false", "", true);
    check("column: [Nowhere, X], in: [a]", "a", true);
}

#[test]
fn every_field_of_the_contract_can_be_mapped_and_no_other() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/relevo.interaction.recorded.v1.json")).expect("JSON");
    let mut leaves = BTreeSet::new();
    let mut waiting = vec![(String::new(), schema.clone())];
    while let Some((path, at)) = waiting.pop() {
        let at = match at["$ref"].as_str() {
            Some(reference) => schema.pointer(reference.trim_start_matches('#')).expect("it leads somewhere").clone(),
            None => at,
        };
        match at["properties"].as_object() {
            Some(below) if path != "attributes" => {
                waiting
                    .extend(below.iter().map(|(name, at)| (format!("{path}{}{name}", if path.is_empty() { "" } else { "." }), at.clone())));
            }
            _ => drop(leaves.insert(path)),
        }
    }
    leaves.remove("attributes");
    let mapped: BTreeSet<String> = Target::Interactions.fields().iter().map(|field| field.path.to_owned()).collect();
    assert_eq!(mapped, leaves);
}

/// What is changed in the base, into what with the place marked by `«`, the code, and a part of what is advised.
type Case = (&'static str, &'static str, &'static Code, &'static str);

const REFUSED: &[Case] = &[
    ("kind: Map", "kind: Map\n«]", code::MAP_YAML, ""),
    ("kind: Map", "kind: «Mop", code::MAP_VALUE, "`Map`"),
    ("of: interactions", "of: «leads", code::MAP_VALUE, "`outcomes`"),
    ("source: fair", "source: «ana@acme.example", code::MAP_VALUE, "`@`"),
    ("time_zone: America/Mexico_City", "time_zone: «America/Mexico", code::MAP_VALUE, "no time zone"),
    ("nothing: [n/a]", "«nothin: [n/a]", code::MAP_UNKNOWN_KEY, "`nothing`"),
    ("nothing: [n/a]", "nothing: «{ a: b }", code::MAP_SHAPE, "a list"),
    ("of: interactions\n", "of: interactions\n«of: interactions\n", code::MAP_KEY_TWICE, "line 3"),
    ("in: [Visit]", "«inn: [Visit]", code::MAP_UNKNOWN_KEY, "`in`"),
    ("{ column: Type, in: [Visit] }", "«{ column: Type }", code::MAP_VALUE, "`present`"),
    ("  interaction_id: { column: Id }\n", "", code::MAP_KEY_MISSING, "`interaction_id`"),
    ("campaign.id: { constant: fair }", "«campain.id: { constant: fair }", code::MAP_UNKNOWN_FIELD, "`campaign.id`"),
    ("campaign.id:", "«email: { column: X }\n  campaign.id:", code::MAP_UNKNOWN_FIELD, "`person.email`"),
    ("campaign.id:", "«colour: { column: X }\n  campaign.id:", code::MAP_UNKNOWN_FIELD, "attributes.NAME"),
    ("{ constant: fair }", "«fair", code::MAP_SHAPE, "{ constant: fair }"),
    ("{ constant: fair }", "{ «colum: fair }", code::MAP_UNKNOWN_KEY, "`column`"),
    ("{ constant: fair }", "«{ constant: fair, column: X }", code::MAP_VALUE, "one of `column`"),
    ("{ constant: fair }", "{ constant: fair, prefix: «x }", code::MAP_VALUE, "does nothing to a constant"),
    ("{ constant: fair }", "{ constant: «\"\" }", code::MAP_TYPE, "is empty"),
    ("{ constant: fair }", "{ column: «[] }", code::MAP_VALUE, "at least one column"),
    ("{ constant: fair }", "{ column: X, with: «x }", code::MAP_VALUE, "belongs to a `join`"),
    ("{ constant: fair }", "{ column: X, date: «rfc3339 }", code::MAP_TYPE, "an identifier"),
    ("{ constant: fair }", "{ column: X, decimal: «\",\" }", code::MAP_TYPE, "an identifier"),
    ("{ constant: fair }", "{ column: X, type: «int }", code::MAP_TYPE, "an identifier"),
    ("\"%d/%m/%Y %H:%M\"", "«\"%d/%m %H:%M\"", code::MAP_VALUE, "year, month and day"),
    ("\"%d/%m/%Y %H:%M\"", "«rfc3393", code::MAP_VALUE, "`rfc3339`"),
    ("date: \"%d/%m/%Y %H:%M\"", "date: rfc3339, default: «soon", code::MAP_TYPE, "a time"),
    ("otherwise: attended", "otherwise: «\" x\"", code::MAP_TYPE, "white space"),
    ("otherwise: attended", "otherwise: «atended", code::MAP_UNKNOWN_KIND, "`attended`"),
    ("otherwise: attended", "otherwise: attended, keep_others: «true", code::MAP_VALUE, "not both"),
    ("{ Demo: demo_requested }", "{ Demo: demo_requested, «DEMO: attended }", code::MAP_KEY_TWICE, "large and small"),
    ("prefix: p-", "split: { by: \";\", part: «0 }", code::MAP_VALUE, "from 1"),
    ("prefix: p-", "split: { by: \";\", contains: «a }", code::MAP_TYPE, "true or false"),
    ("prefix: p-", "split: «{ by: \";\" }", code::MAP_VALUE, "`part`"),
    ("prefix: p-", "hash: «maybe", code::MAP_SHAPE, "true or false"),
    ("campaign.id:", "declared.budget_usd: { column: X, times: «0 }\n  campaign.id:", code::MAP_VALUE, "number"),
    ("campaign.id:", "attributes.plants: { column: X, type: «integer }\n  campaign.id:", code::MAP_VALUE, "`int`"),
];

#[test]
fn maps_are_refused_where_the_mistake_is() {
    let mut failures = Vec::new();
    for (from, to, expected, help) in REFUSED {
        assert_eq!(BASE.matches(from).count(), 1, "{from}");
        let text = BASE.replacen(from, to, 1);
        let at = text.find('«');
        let text = text.replacen('«', "", 1);
        let found = compile(text.as_bytes(), "map.yaml").map_or_else(|found| found, |map| map.warnings);
        let Some(first) = found.iter().find(|found| found.code == *expected) else {
            failures.push(format!("{to:?}: no {expected} in {found:?}"));
            continue;
        };
        if let Some(at) = at.filter(|at| *at != first.span.start) {
            failures.push(format!("{to:?}: at {} instead of {at}: {first}", first.span.start));
        }
        let advice = format!("{} {}", first.message, first.help.as_deref().unwrap_or_default());
        if !advice.contains(help) {
            failures.push(format!("{to:?}: {advice:?} does not say {help:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_code_of_a_map_is_met_by_a_case() {
    // A file that can't be read and one that is too large have tests of their own.
    let elsewhere = [code::MAP_UNREADABLE, code::MAP_TOO_LARGE];
    for code in Code::all().filter(|code| (5100..5200).contains(&code.number) && !elsewhere.contains(code)) {
        assert!(REFUSED.iter().any(|(_, _, met, _)| *met == code), "{code} is met by no case");
    }
}

#[test]
fn all_mistakes_of_a_map_are_told_at_once() {
    let text = BASE
        .replace("kind: Map", "kind: Mop")
        .replace("in: [Visit]", "inn: [Visit]")
        .replace("lookup", "loopup")
        .replace("prefix: p-", "prefix: 7, date: x");
    let found = compile(text.as_bytes(), "map.yaml").expect_err("wrong");
    let lines: BTreeSet<usize> = found.iter().map(|found| found.line).collect();
    assert_eq!(lines, BTreeSet::from([2, 8, 12, 14]), "{found:#?}");
    assert!(found.iter().all(|found| found.file == "map.yaml" && found.column > 0));
}

#[test]
fn oversized_maps_bombs_and_garbage_are_refused() {
    let check = |bytes: &[u8], expected: &'static Code| {
        let found = compile(bytes, "map.yaml").expect_err("refused");
        assert!(found.iter().any(|found| found.code == expected), "{expected}: {found:?}");
    };
    check(format!("{BASE}#{}", "x".repeat(super::MAX_FILE_BYTES)).as_bytes(), code::MAP_TOO_LARGE);
    check(&vec![b'x'; 100 * 1024 * 1024], code::MAP_TOO_LARGE);
    check(format!("a: {}{}", "[".repeat(100), "]".repeat(100)).as_bytes(), code::MAP_TOO_LARGE);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    (1..9).for_each(|level| bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "))));
    check(bomb.as_bytes(), code::MAP_TOO_LARGE);
    check(b"\xff\xfe\0garbage", code::MAP_YAML);
    check(b"PK\x03\x04\x01\x02", code::MAP_YAML);
    check(b"", code::MAP_SHAPE);
    let attributes: String = (0..65).map(|index| format!("  attributes.a{index}: {{ column: X }}\n")).collect();
    check(format!("{BASE}{attributes}").as_bytes(), code::MAP_TOO_LARGE);
    // Anchors are no mistake as long as they stay small.
    let anchored = BASE.replace("{ column: Id }", "&id { column: Id }").replace("{ column: [Person, Id], prefix: p- }", "*id");
    compile(anchored.as_bytes(), "map.yaml").unwrap_or_else(|found| panic!("{found:#?}"));
    // 300 lookups with one that is wrong: it is found.
    let lookups: String = (0..300).map(|index| format!("v{index}: {}, ", if index == 177 { "\" x\"" } else { "attended" })).collect();
    check(BASE.replace("{ Demo: demo_requested }", &format!("{{ {lookups} }}")).as_bytes(), code::MAP_TYPE);
}

fn input(max_bytes: usize) -> InputContract {
    InputContract { topic: "crm.v1".into(), event: EventType::Interaction, ignore_types: vec!["other.v1".into()], max_bytes }
}

#[test]
fn txn_4_a_foreign_record_becomes_an_interaction_that_the_log_reads_without_the_map() {
    let text = super::library::Shipped::named("salesforce-task-changes").expect("shipped").text;
    let map = compile_live(text.as_bytes(), "map.yaml").expect("loads");
    let record = json!({ "ChangeEventHeader": { "entityName": "Task", "changeType": "CREATE", "recordIds": ["00T1"], "commitTimestamp": 1_793_718_245_123_i64 },
        "CallType": "Inbound", "WhoId": "0035", "AccountId": "0015", "Description": "wants a price" });
    let value = record.to_string().into_bytes();
    let (input, headers, free_mail) = (input(10_000), [("ce_type", b"com.salesforce.change".as_slice())], FreeMail::default());
    let live::Verdict::Forward(admitted) = live::admit(&map, &input, &headers, Some(&value), &free_mail, 4).expect("admitted") else {
        panic!("passed over")
    };
    let written = admitted.records().next().expect("one");
    let headers: Vec<_> = admitted.headers(written, "crm.v1-0-7").collect();
    assert_eq!(headers.as_slice().value_of("ce_source"), Some(b"salesforce".as_slice()));
    let Ok(Record::Interaction(_, interaction)) = log::parse(headers.as_slice(), &written.value, &free_mail) else { panic!("not read") };
    assert_eq!((interaction.interaction_id.as_ref(), interaction.kind.as_str()), ("00T1", "call_received"));
    assert_eq!((written.key.as_str(), interaction.occurred_at.as_ms()), ("company:0015", 1_793_718_245_123));
}

#[test]
fn txn_4_foreign_records_have_one_outcome_each_with_the_codes_of_other_inputs() {
    let text =
        BASE.replace("column: Type", "column: a.type").replace("column: Id }", "column: 'a.ids[0]' }").replace("[Person, Id]", "a.person");
    let map = compile_live(text.as_bytes(), "map.yaml").expect("loads");
    let check = |value: Option<&[u8]>, expected: &str| {
        let (input, free_mail) = (input(200), FreeMail::default());
        let verdict = match live::admit(&map, &input, &(), value, &free_mail, 4) {
            Ok(live::Verdict::Forward(_)) => "forwarded".to_owned(),
            Ok(live::Verdict::PassedOver) => "passed over".to_owned(),
            Ok(live::Verdict::TypeIgnored) => "type ignored".to_owned(),
            Ok(live::Verdict::FoundNothing) => "found nothing".to_owned(),
            Ok(live::Verdict::Tombstone) => "tombstone".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(verdict, expected, "{:?}", value.map(String::from_utf8_lossy));
    };
    let json = |value: Value| value.to_string().into_bytes();
    let good = json!({ "a": { "type": "Visit", "ids": ["1"], "person": 7 }, "When": "03/11/2026 15:04", "What": "Demo" });
    let with = |path: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(path).expect("there") = value;
        json(changed)
    };
    check(Some(&json(good.clone())), "forwarded");
    check(Some(&with("/a/type", json!("Call"))), "passed over");
    check(Some(&with("/a/type", Value::Null)), "passed over");
    // None of the fields that `when` asks about: the topic's documents have another form than the map was written for.
    check(Some(b"{}"), "found nothing");
    check(Some(b"[1]"), "found nothing");
    check(Some(&json(json!({ "schema": {}, "payload": good }))), "found nothing");
    check(Some(&json(json!({ "a": { "kind": "Visit" } }))), "found nothing");
    check(None, "tombstone");
    check(Some(b""), "RLV-1001: the value is empty");
    // The same of several at once: all, or a dead letter.
    let several = "takes one of 3 elements: the record says the same of several, and the others would be lost";
    check(Some(&with("/a/ids", json!(["1", "2", "3"]))), &format!("RLV-1052: field `interaction_id`, from `a.ids[0]`, {several}"));
    check(Some(b"\0\0\0\0\x01\x0aavro"), "RLV-1008: no JSON object behind the schema registry's frame");
    check(Some(b"{'a': 1}"), "RLV-1002: key must be a string (line 1 column 2)");
    check(Some(&[b' '; 201]), "RLV-1009: the value has 201 bytes, and 200 are allowed");
    check(Some(&with("/a/ids", json!([]))), "RLV-1004: field `interaction_id`, from `a.ids[0]`, is missing");
    check(
        Some(&with("/a/person", json!({ "id": 7 }))),
        "RLV-1003: field `person.id`, from `a.person`, is a list or an object, not a single value",
    );
    let at = "has an `@`: identifiers travel in keys and logs, where no address may be";
    check(Some(&with("/a/person", json!("ana@acme.example"))), &format!("RLV-1005: field `person.id`, from `a.person`, {at}"));
    check(
        Some(&with("/When", json!("yesterday"))),
        "RLV-5201: field `occurred_at`, from `When`, is no time in any format that the map gives",
    );
    let headers = [("ce_type", b"other.v1".as_slice())];
    assert_eq!(live::admit(&map, &input(200), &headers, None, &FreeMail::default(), 4), Ok(live::Verdict::TypeIgnored));
}

#[test]
fn what_a_map_makes_of_a_record_is_bounded_as_the_record_is() {
    let steps = "{ column: When, date: rfc3339, default: 2026-11-03T15:04:05Z }";
    let text =
        BASE.replace("{ column: When, date: \"%d/%m/%Y %H:%M\" }", steps) + "  declared.comment: { join: [What, What, What, What] }\n";
    let map = compile_live(text.as_bytes(), "map.yaml").expect("loads");
    let value = json!({ "Type": "Visit", "Id": "1", "What": "x".repeat(300) }).to_string();
    let refusal = live::admit(&map, &input(1_000), &(), Some(value.as_bytes()), &FreeMail::default(), 4).expect_err("too large");
    assert!(refusal.code == code::TOO_LARGE && refusal.message.starts_with("the event that the map makes has"), "{refusal}");
}

#[test]
fn a_live_map_makes_interactions_from_paths() {
    let check = |text: &str, expected: &str| {
        let found = compile_live(text.as_bytes(), "map.yaml").expect_err(expected);
        assert!(found.iter().any(|found| found.message.contains(expected)), "{found:?}");
    };
    check(&BASE.replace("column: When", "column: \"a[x]\""), "`a[x]` is no path");
    let outcomes =
        "api: relevo/v1\nkind: Map\nof: outcomes\nfields:\n  lead_id: { column: a }\n  outcome: { column: b }\n  at: { column: c }\n";
    check(outcomes, "makes outcomes");
    compile(outcomes.as_bytes(), "map.yaml").expect("it is a good map of files");
    let ownerless = compile(outcomes.replace("lead_id", "value_usd").as_bytes(), "map.yaml").expect_err("whose?");
    assert!(ownerless[0].message.contains("whose outcome"), "{ownerless:?}");
}

#[test]
fn outcomes_bear_a_lead_or_the_key_that_interactions_have() {
    let text = "api: relevo/v1\nkind: Map\nof: outcomes\nfields:\n  lead_id: { column: L }\n  company.domain: { column: D }\n  person.email: { column: E }\n  \
        company.id: { column: C }\n  offering: { column: O }\n  outcome: { column: W }\n  at: { column: T }\n  value_usd: { column: V }\n";
    let map = load(text);
    let check = |cells: &[(&str, &str)], expected: Result<Value, &str>| {
        let cells: Vec<_> = [("W", "Won"), ("T", "2026-11-03T15:04:05Z")].iter().chain(cells).copied().collect();
        let (mut out, mut notes) = (Vec::new(), Notes::default());
        let made =
            map.apply(&Cells(&map, &cells), None, &FreeMail::default(), &mut out, &mut notes).map_err(|rejection| rejection.to_string());
        let made = made.map(|_| serde_json::from_slice::<Value>(&out).expect("JSON"));
        assert_eq!(made, expected.map_err(str::to_owned), "{cells:?}");
    };
    let of = |whose: Value| {
        let mut document = whose;
        document["outcome"] = json!("won");
        document["at"] = json!("2026-11-03T15:04:05.000Z");
        Ok(document)
    };
    check(&[("D", "https://www.Acme.Example/x"), ("C", "7")], of(json!({ "account": "acme.example" })));
    check(&[("E", "ana@mail.acme.example"), ("C", "7")], of(json!({ "account": "acme.example" })));
    check(&[("E", "ana@gmail.com"), ("C", "7")], of(json!({ "account": "company:7" })));
    check(&[("E", "ana@gmail.com")], Err("nothing in the row says whose outcome it is"));
    check(&[("C", "Acme SA")], Err("field `company.id`, from `C`, has white space: it becomes part of a key, where no name may be"));
    check(&[("L", "L-1")], Err("field `lead_id`, from `L`, is no identifier of a lead"));
    let lead = "L-AAAAAAAAAAAAAAAAAAAAAAAA";
    check(&[("L", lead), ("O", "crm-suite"), ("V", "$1,200")], of(json!({ "lead_id": lead, "offering": "crm-suite", "value_usd": 1_200 })));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 2_000, ..Default::default() })]

    /// Whatever bytes come, there is one outcome, and what is forwarded is read back from the log.
    #[test]
    fn txn_4_spoiled_records_never_end_a_worker(
        changes in proptest::collection::vec((0_usize..400, proptest::prelude::any::<u8>()), 0..4),
        cut in 0_usize..600,
    ) {
        let text = super::library::Shipped::named("hubspot-engagements").expect("shipped").text;
        let map = compile_live(text.as_bytes(), "map.yaml").expect("loads");
        let mut value = json!({ "id": "7", "properties": { "hs_call_direction": "INBOUND", "hs_timestamp": "2026-11-03T15:04:05Z",
            "hs_call_body": "asked \u{e9} for a price" }, "associations": { "contacts": { "results": [{ "id": "101" }] } } }).to_string().into_bytes();
        for (at, byte) in changes {
            let at = at % value.len();
            value[at] = byte;
        }
        value.truncate(cut);
        let (input, free_mail) = (input(10_000), FreeMail::default());
        if let Ok(live::Verdict::Forward(admitted)) = live::admit(&map, &input, &(), Some(&value), &free_mail, 4) {
            let written = admitted.records().next().expect("one");
            let headers: Vec<_> = admitted.headers(written, "crm.v1-0-7").collect();
            let read = log::parse(headers.as_slice(), &written.value, &free_mail);
            proptest::prop_assert!(matches!(read, Ok(Record::Interaction(..))), "{read:?}");
        }
    }
}

/// On a live topic a refusal that the map cannot read must not be lost; whoever imports a file is told of the row.
#[test]
fn pii_2_a_live_map_drops_nothing_for_a_consent_that_it_can_not_read() {
    let consent = "person.consent.contact: { column: C }\n  person.consent.at: { column: A }";
    let check = |field: &str, cells: &[(&str, &str)], contact: bool, is_clear: bool| {
        let map = compile_live(format!("{BASE}  {field}\n").as_bytes(), "map.yaml").expect("it loads");
        let cells: Vec<_> = cells.iter().chain(ROW).copied().collect();
        let mut out = Vec::new();
        let made = map.apply(&Cells(&map, &cells), None, &FreeMail::default(), &mut out, &mut Notes::default()).expect("an event");
        let Applied::Made(place) = made else { panic!("it is taken") };
        let interaction = crate::contract::Interaction::parse(&out[place]).expect("an interaction");
        let consent = interaction.person.consent.expect("it is said");
        assert_eq!((consent.contact, consent.is_clear), (contact, is_clear), "{field} {cells:?}");
    };
    check(consent, &[("C", "yes")], true, true);
    check(consent, &[("C", "no")], false, true);
    check(consent, &[("C", "perhaps")], false, false);
    check(consent, &[("C", "yes"), ("A", "yesterday")], true, false);
    check("person.consent.contact: { column: C, lookup: { Ja: true } }", &[("C", "Nein")], false, false);
    assert!(apply(consent, &[("C", "perhaps")]).is_err());
    let required = "person.consent.contact: { column: C, required: true }";
    let map = compile_live(format!("{BASE}  {required}\n").as_bytes(), "map.yaml").expect("it loads");
    let missing =
        map.apply(&Cells(&map, ROW), None, &FreeMail::default(), &mut Vec::new(), &mut Notes::default()).expect_err("it is required");
    assert_eq!(missing.code(), code::FIELD_MISSING);
}
