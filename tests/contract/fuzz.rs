//! Whatever arrives ends in an admitted record or in a refusal with code and place, and never in a panic.
//!
//! Seeded: the same run every time. `RELEVO_FUZZ_EVENTS` says how many events are mutated.

use std::collections::BTreeMap;

use relevo::contract::LeadId;
use relevo::contract::account_key::FreeMail;
use relevo::contract::admit::{Admitted, LogRecord, To, Verdict, admit};
use relevo::contract::code::Refusal;
use relevo::contract::envelope::{EventType, InputContract, STRUCTURED};
use relevo::contract::log::{self, Record};
use relevo::contract::murmur2::partition_of_key;
use relevo::contract::outgoing::{Failed, Place, dead_letter};
use serde_json::{Value, json};

use crate::chance::Chance;

const PARTITIONS: u32 = 8;
/// Personal values that must appear in no refusal.
const MARKS: [&str; 4] = ["Zuzanna", "marked-address@", "+99 marked", "marked words"];

fn count() -> usize {
    std::env::var("RELEVO_FUZZ_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

/// A record before or after mutation.
#[derive(Clone, Debug)]
struct Sample {
    input: EventType,
    headers: Vec<(String, Vec<u8>)>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

fn interaction() -> Value {
    json!({
        "interaction_id": "i-000000001234", "occurred_at": "2026-11-03T15:04:05.123Z", "kind": "demo_requested", "offering": "crm-suite",
        "campaign": {"id": "c-017", "agency": "a-3", "channel": "event"},
        "person": {"id": "p-004521", "name": "Zuzanna Ruiz", "email": "marked-address@acme.example", "phone": "+99 marked 1",
                   "role": "plant_manager", "department": "operations", "seniority": "manager",
                   "consent": {"contact": true, "at": "2026-10-01T00:00:00Z"}},
        "company": {"id": "co-00917", "name": "Acme SA", "domain": "acme.example", "employees": 230, "industry": "manufacturing",
                    "country": "MX", "revenue_usd": 12_500_000},
        "declared": {"offering": "crm-suite", "authority": "decision_maker", "budget_usd": 40_000, "buy_by": "2027-01-15",
                     "comment": "marked words, \"quoted\" \u{1F600}"},
        "attributes": {"plants": 3, "uses_sap": true, "said": "marked words"}
    })
}

fn account() -> Value {
    json!({
        "account_id": "001Dn", "version": 17, "domains": ["acme.example", "acme-mexico.example", "acme.mx"], "name": "Zuzanna y Hijos",
        "employees": 230, "revenue_usd": 1.5e7, "customer": false, "owner": {"id": "eva", "team": "enterprise"},
        "open_opportunity": [{"offering": "crm-suite", "stage": "marked words"}, {}]
    })
}

fn activity() -> Value {
    json!({
        "activity_id": "a-1", "lead_id": "L-AAAAAAAAAAAAAAAAAAAAAAAA", "occurred_at": "2026-11-03T15:04:05Z", "logged_at": "2026-11-03T15:05:05Z",
        "kind": "contacted", "actor": {"kind": "person", "id": "eva"}, "proof": {"channel": "marked words", "ref": "marked words"},
        "next_step_at": "2026-11-05T15:04:05Z", "assignee": "eva", "reason": "no_budget", "until": "2027-01-05T15:04:05Z", "value_usd": 10
    })
}

/// One of each event in each envelope, to begin with.
fn sample(random: &mut Chance) -> (Sample, Value) {
    let inputs = [EventType::Interaction, EventType::Interaction, EventType::Account, EventType::Activity, EventType::Heartbeat];
    let input = *random.pick(&inputs);
    let (data, key) = match input {
        EventType::Interaction => (interaction(), None),
        EventType::Account => (account(), Some(b"001Dn".to_vec())),
        EventType::Activity => (activity(), None),
        EventType::Heartbeat => (json!({ "at": "2026-11-03T15:04:05.123Z" }), None),
    };
    (Sample { input, headers: Vec::new(), key, value: None }, data)
}

/// Puts the data into one of the envelopes.
fn wrap(sample: &mut Sample, data: &Value, random: &mut Chance) {
    let event = sample.input.as_str();
    let mut header = |name: &str, value: &str| sample.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    let mut value = match random.below(3) {
        0 => data.to_string(),
        1 => {
            header("ce_specversion", "1.0");
            header("ce_type", event);
            header("ce_source", "web");
            header("ce_id", "e-1");
            header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            data.to_string()
        }
        _ => {
            header("content-type", STRUCTURED);
            json!({"specversion": "1.0", "id": "e-1", "source": "web", "type": event, "data": data}).to_string()
        }
    }
    .into_bytes();
    if random.below(4) == 0 {
        value.splice(0..0, [0, 0, 0, 0, 7]);
    }
    sample.value = Some(value);
}

/// Changes the type or value of a random field, drops one, or doubles the tree somewhere.
fn mutate_tree(value: &mut Value, random: &mut Chance) {
    const TEXTS: [&str; 10] = [
        "",
        " ",
        "Zuzanna",
        "marked-address@acme.example",
        "a\u{0}b",
        "é\u{301}",
        "2027-02-30",
        "9999-12-31T23:59:59Z",
        "..",
        "xn--a.example",
    ];
    let mut nodes = vec![value];
    let mut at = random.below(40);
    while let Some(node) = nodes.pop() {
        if at == 0 || nodes.is_empty() && !(node.is_object() || node.is_array()) {
            *node = match random.below(9) {
                0 => Value::Null,
                1 => json!(true),
                2 => json!(random.next()),
                3 => json!(-(random.below(1000) as i64)),
                4 => json!(random.next() as f64 * 1e290),
                5 => json!([node.clone(), node.clone()]),
                6 => json!({ *random.pick(&TEXTS): node.clone() }),
                7 => json!((*random.pick(&TEXTS)).repeat(1 + random.below(300))),
                _ => json!(*random.pick(&TEXTS)),
            };
            return;
        }
        at -= 1;
        match node {
            Value::Object(fields) => nodes.extend(fields.values_mut()),
            Value::Array(list) => nodes.extend(list.iter_mut()),
            _ => {}
        }
    }
}

/// Flips, cuts, inserts and repeats bytes.
fn mutate_bytes(bytes: &mut Vec<u8>, random: &mut Chance) {
    const PIECES: [&[u8]; 12] =
        [b"\"", b"{", b"}", b"[[[[[[[[", b",", b"\\ud800", b"\xff\xfe", b"\0", b"1e999", b"\xef\xbb\xbf", b"null", b",\"id\":\"x\""];
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => bytes.truncate(at),
            2 => {
                bytes.splice(at..at, random.pick(&PIECES).iter().copied());
            }
            3 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let end = (at + random.below(40)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
}

fn mutate_headers(sample: &mut Sample, random: &mut Chance) {
    const NAMES: [&str; 8] =
        ["ce_type", "ce_source", "ce_id", "ce_specversion", "content-type", "traceparent", "Content-Type", "relevo_attempt"];
    const VALUES: [&[u8]; 10] = [
        b"",
        b"1.0",
        b"mailto:marked-address@acme.example",
        b"application/cloudevents+json; charset=utf-8",
        b"application/avro",
        b"application/cloudevents-batch+json",
        b"\xff",
        b"relevo.interaction.recorded.v1",
        b"other.v1",
        b"00-00000000000000000000000000000000-b7ad6b7169203331-01",
    ];
    let header = ((*random.pick(&NAMES)).to_owned(), random.pick(&VALUES).to_vec());
    match random.below(3) {
        0 => sample.headers.push(header),
        1 if !sample.headers.is_empty() => {
            let at = random.below(sample.headers.len());
            sample.headers.remove(at);
        }
        _ => sample.key = [None, Some(Vec::new()), Some(b"Zuzanna R".to_vec()), Some(b"\"001Dn\"".to_vec())][random.below(4)].clone(),
    }
}

fn mutated(random: &mut Chance) -> Sample {
    let (mut sample, mut data) = sample(random);
    if random.below(2) == 0 {
        mutate_tree(&mut data, random);
    }
    wrap(&mut sample, &data, random);
    if random.below(2) == 0 {
        mutate_bytes(sample.value.as_mut().expect("a value"), random);
    }
    if random.below(4) == 0 {
        mutate_headers(&mut sample, random);
    }
    if random.below(200) == 0 {
        sample.value = None;
    }
    sample
}

/// What was admitted must be understood by the fold, under the same key.
fn read_back(admitted: &Admitted<'_>, record: &LogRecord<'_>, free_mail: &FreeMail) {
    let headers: Vec<(String, Vec<u8>)> =
        admitted.headers(record, "in.v1-0-7").map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
    for (name, value) in &headers {
        assert!(!value.contains(&b'@'), "PII-1: header {name}");
    }
    assert!(!record.key.contains('@') && !record.key.contains(char::is_whitespace), "PII-1: key {:?}", record.key);
    if let To::One(partition) = record.to {
        // An activity's key is its lead, which bears the hash of its account's.
        let of_account = LeadId::parse(&record.key).map(|lead| lead.partition(PARTITIONS));
        assert_eq!(partition, of_account.unwrap_or_else(|| partition_of_key(record.key.as_bytes(), PARTITIONS)), "KEY-1");
    }
    let read = log::parse(headers.as_slice(), &record.value, free_mail).expect("what was admitted can be read back");
    let account = log::account_of(Some(record.key.as_bytes()), &read).expect("a key");
    match read {
        Record::Interaction(_, interaction) => assert_eq!(interaction.account_key(free_mail), account),
        Record::AccountFacts(update) => assert!(update.account_keys().contains(&account)),
        Record::Activity(activity) => assert_eq!(activity.lead_id.as_str(), record.key),
        Record::AccountDomains(domains) => assert_eq!(domains.id, record.key),
        Record::AccountForgotten(id) => assert_eq!(id, record.key),
        other => panic!("Intake does not write {other:?}"),
    }
}

fn assert_safe(refusal: &Refusal, sample: &Sample) {
    let text = refusal.to_string();
    assert!(text.starts_with("RLV-1") && refusal.message.len() > 8, "{text}");
    assert!(refusal.message.len() < 400, "{} bytes of message", refusal.message.len());
    for mark in MARKS {
        assert!(!text.contains(mark), "PII-1: {text}");
    }
    let place = Place { topic: "in.v1", partition: 0, offset: 7 };
    let failed = Failed { place, source: None, key: sample.key.as_deref(), value: sample.value.as_deref() };
    let letter = dead_letter(failed, sample.headers.as_slice(), refusal, 1 << 20);
    assert_eq!(letter.value, sample.value.as_deref(), "the original bytes");
}

#[test]
fn pii_1_txn_4_whatever_arrives_is_admitted_or_refused_with_code_and_place() {
    let mut random = Chance(20_261_103);
    let free_mail = FreeMail::default();
    let mut outcomes = BTreeMap::<&str, usize>::new();
    let count = count();
    for n in 0..count {
        let sample = mutated(&mut random);
        let input = InputContract { topic: "in.v1".into(), event: sample.input, ignore_types: vec!["other.v1".into()], max_bytes: 100_000 };
        let verdict = admit(&input, sample.headers.as_slice(), sample.key.as_deref(), sample.value.as_deref(), &free_mail, PARTITIONS);
        let outcome = match &verdict {
            Ok(Verdict::Forward(admitted)) => {
                admitted.records().for_each(|record| read_back(admitted, record, &free_mail));
                "forwarded"
            }
            Ok(Verdict::Ignored) => "ignored",
            Ok(Verdict::Tombstone) => "tombstone",
            Ok(Verdict::Heartbeat(_)) => "heartbeat",
            Err(refusal) => {
                assert_safe(refusal, &sample);
                refusal.code.name
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
        let again = admit(&input, sample.headers.as_slice(), sample.key.as_deref(), sample.value.as_deref(), &free_mail, PARTITIONS);
        assert!(again == verdict, "event {n} is judged differently the second time");
    }
    println!("{count} events: {outcomes:?}");
    assert_eq!(outcomes.values().sum::<usize>(), count, "every event has one outcome");
    // The fuzz must reach every kind of answer, and both sides of the edge often.
    for name in [
        "forwarded",
        "ignored",
        "not_json",
        "wrong_type",
        "field_missing",
        "bad_identifier",
        "bad_value",
        "bad_envelope",
        "avro",
        "unknown_type",
        "bad_key",
        "empty_value",
        "field_twice",
    ] {
        assert!(outcomes.contains_key(name), "no event ended as {name}: {outcomes:?}");
    }
    assert!(outcomes["forwarded"] > count / 10 && outcomes["forwarded"] < count * 9 / 10, "{outcomes:?}");
}
