//! Intake's one question: what becomes of this record? A plan of what to write to the log, a refusal, or "passed over".
//!
//! The plan is a value; whoever owns the transaction writes it. Decide reads each record back with [`super::log::parse`], which uses the
//! same parsers, so what was admitted here is understood there. This file refuses to know Kafka and what the events lead to.

use std::borrow::Cow;

use compact_str::{CompactString, ToCompactString};

use super::account::AccountUpdated;
use super::account_key::{AccountKey, FreeMail};
use super::activity::Activity;
use super::code::{BAD_KEY, Refusal};
use super::envelope::{Envelope, EventType, Foreign, InputContract, Opened, STRUCTURED, check_size, open};
use super::headers::{CE_ID, CE_SOURCE, CE_TYPE, CONTENT_TYPE, Headers, RELEVO_SOURCE, TRACEPARENT};
use super::heartbeat::Heartbeat;
use super::identifier;
use super::interaction::Interaction;
use super::irregularity::Irregularity;
use super::log::{ACCOUNT, ACCOUNT_DOMAINS, ACCOUNT_FORGOTTEN, ACTIVITY, AccountDomains, AccountForgotten, INTERACTION};
use super::murmur2::partition_of_key;
use super::wrapped::named;

/// Where a record of the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// To this partition.
    One(u32),
    /// To every partition of the log.
    All,
}

/// One record to write to the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord<'a> {
    /// The record's key: an account key, or the CRM's identifier.
    pub key: CompactString,
    /// Where it goes.
    pub to: To,
    /// What it is: a name of [`super::log`].
    pub ce_type: &'static str,
    /// The original bytes, or a small JSON document of Relevo's own.
    pub value: Cow<'a, [u8]>,
}

/// What Intake writes for one record of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted<'a> {
    first: LogRecord<'a>,
    more: Vec<LogRecord<'a>>,
    /// `ce_source` of the event.
    pub source: Cow<'a, str>,
    /// `ce_id` of the event, where there is one.
    pub id: Option<Cow<'a, str>>,
    /// The trace that it belongs to.
    pub traceparent: Option<Cow<'a, str>>,
    /// What ought to be known of how its account was found.
    pub doubt: Option<Irregularity>,
    structured: bool,
}

/// What becomes of a record of an input (TXN-4: exactly one of these, or a [`Refusal`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'a> {
    /// Write this to the log.
    Forward(Admitted<'a>),
    /// A type that the configuration says to pass over.
    Ignored,
    /// A record without a value, on a topic whose records name nothing by their key: it says nothing, and is passed over.
    Tombstone,
    /// A feed says that it is alive; nothing is written.
    Heartbeat(Heartbeat),
}

impl<'a> Admitted<'a> {
    /// The records to write, in order.
    pub fn records(&self) -> impl Iterator<Item = &LogRecord<'a>> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// Each record with each partition that it goes to, in order, among `partitions` of the log.
    pub fn writes(&self, partitions: u32) -> impl Iterator<Item = (u32, &LogRecord<'a>)> {
        self.records().flat_map(move |record| {
            let range = match record.to {
                To::One(partition) => partition..partition + 1,
                To::All => 0..partitions,
            };
            range.map(move |partition| (partition, record))
        })
    }

    /// The headers of one of the records: always the type, the source and `relevo_source` (topic-partition-offset of
    /// the record that Intake read); the rest where the event has it.
    pub fn headers<'s>(&'s self, record: &LogRecord<'a>, relevo_source: &'s str) -> impl Iterator<Item = (&'static str, &'s [u8])> {
        let original = matches!(record.value, Cow::Borrowed(_));
        let text = |text: &'s Option<Cow<'a, str>>| text.as_deref().map(str::as_bytes);
        [
            (CE_TYPE, Some(record.ce_type.as_bytes())),
            (CE_SOURCE, Some(self.source.as_bytes())),
            (RELEVO_SOURCE, Some(relevo_source.as_bytes())),
            (CE_ID, text(&self.id)),
            (TRACEPARENT, text(&self.traceparent)),
            (CONTENT_TYPE, (self.structured && original).then_some(STRUCTURED.as_bytes())),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
    }
}

/// Judges a record of an input, for a log of `partitions` partitions.
///
/// # Errors
/// A [`Refusal`] with code and place, which becomes a dead letter.
pub fn admit<'a, H: Headers + ?Sized>(
    input: &'a InputContract,
    headers: &'a H,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    free_mail: &FreeMail,
    partitions: u32,
) -> Result<Verdict<'a>, Refusal> {
    if value.is_none() && input.event == EventType::Account {
        return forget(input, key).map(Verdict::Forward);
    }
    let envelope = match open(headers, value, input)? {
        Opened::Ignored => return Ok(Verdict::Ignored),
        Opened::Nothing => return Ok(Verdict::Tombstone),
        Opened::Event(envelope) => envelope,
    };
    let original = value.unwrap_or_default();
    let admitted = match envelope.event {
        EventType::Interaction => interaction(envelope, original, free_mail, partitions),
        EventType::Account => account(envelope, key, original, free_mail, partitions),
        EventType::Activity => activity(envelope, original, partitions),
        EventType::Heartbeat => {
            let heartbeat = Heartbeat::parse(envelope.data).map_err(|refusal| refusal.inside(envelope.structured))?;
            return Ok(Verdict::Heartbeat(heartbeat));
        }
    };
    admitted.map(Verdict::Forward)
}

/// The plan for an interaction that was made out of a foreign document: the log bears `event`, said by `source`.
///
/// # Errors
/// A [`Refusal`]: what was made is no interaction, or larger than the log takes.
pub fn admit_made<'a>(
    input: &InputContract,
    foreign: Foreign<'a>,
    source: &'a str,
    event: Vec<u8>,
    free_mail: &FreeMail,
    partitions: u32,
) -> Result<Admitted<'a>, Refusal> {
    check_size("the event that the map makes", event.len(), input)?;
    let (key, doubt) = Interaction::parse(&event)?.keyed(free_mail);
    let to = To::One(partition_of_key(key.as_str().as_bytes(), partitions));
    let first = LogRecord { key: key.into_text(), to, ce_type: INTERACTION, value: Cow::Owned(event) };
    let (source, traceparent) = (Cow::Borrowed(source), foreign.traceparent);
    Ok(Admitted { first, more: Vec::new(), source, id: None, traceparent, doubt, structured: false })
}

fn interaction<'a>(envelope: Envelope<'a>, original: &'a [u8], free_mail: &FreeMail, partitions: u32) -> Result<Admitted<'a>, Refusal> {
    let interaction = Interaction::parse(envelope.data).map_err(|refusal| of_event(refusal, &envelope))?;
    let (key, doubt) = interaction.keyed(free_mail);
    let record = keyed(key, INTERACTION, original, partitions);
    Ok(Admitted { doubt, ..plan(envelope, record, Vec::new()) })
}

/// The identifier of the lead is the key, and leads to the partition of its account.
fn activity<'a>(envelope: Envelope<'a>, original: &'a [u8], partitions: u32) -> Result<Admitted<'a>, Refusal> {
    let activity = Activity::parse(envelope.data).map_err(|refusal| of_event(refusal, &envelope))?;
    let to = To::One(activity.lead_id.partition(partitions));
    let key = CompactString::from(activity.lead_id.as_str());
    Ok(plan(envelope, LogRecord { key, to, ce_type: ACTIVITY, value: Cow::Borrowed(original) }, Vec::new()))
}

/// The facts go to every account key that the update names, and the bare list of domains to every partition,
/// so that a domain that was dropped loses its facts.
fn account<'a>(
    envelope: Envelope<'a>,
    key: Option<&[u8]>,
    original: &'a [u8],
    free_mail: &FreeMail,
    partitions: u32,
) -> Result<Admitted<'a>, Refusal> {
    let update = AccountUpdated::parse(envelope.data, free_mail).map_err(|refusal| of_event(refusal, &envelope))?;
    if crm_id(key)? != update.account_id {
        let message = "the record's key is not its `account_id`: a tombstone under that key would forget another account, or none";
        return Err(Refusal::new(BAD_KEY, message));
    }
    let mut keys = update.account_keys().into_iter();
    let Some(first) = keys.next() else { unreachable!("an update has a key for each domain, or the one of its identifier") };
    let mut more: Vec<_> = keys.map(|key| keyed(key, ACCOUNT, original, partitions)).collect();
    let id = update.account_id.to_compact_string();
    let domains = AccountDomains { id: id.clone(), version: update.version, domains: update.domains };
    more.push(LogRecord { key: id, to: To::All, ce_type: ACCOUNT_DOMAINS, value: own(&domains) });
    Ok(plan(envelope, keyed(first, ACCOUNT, original, partitions), more))
}

/// Why an event is refused: another tool's envelope around it is named.
fn of_event(refusal: Refusal, envelope: &Envelope<'_>) -> Refusal {
    named(refusal, envelope.data).inside(envelope.structured)
}

/// A tombstone forgets the facts, wherever they are.
fn forget<'a>(input: &'a InputContract, key: Option<&[u8]>) -> Result<Admitted<'a>, Refusal> {
    let id = CompactString::from(crm_id(key)?);
    let value = own(&AccountForgotten { id: id.clone() });
    Ok(Admitted {
        first: LogRecord { key: id, to: To::All, ce_type: ACCOUNT_FORGOTTEN, value },
        more: Vec::new(),
        source: Cow::Borrowed(&input.topic),
        id: None,
        traceparent: None,
        doubt: None,
        structured: false,
    })
}

/// The CRM's identifier in a record's key.
fn crm_id(key: Option<&[u8]>) -> Result<&str, Refusal> {
    let refuse = |why: &str| Refusal::new(BAD_KEY, format!("the record's key, which must be the CRM's account identifier, {why}"));
    let key = key.ok_or_else(|| refuse("is missing"))?;
    let text = str::from_utf8(key).map_err(|_| refuse("is not UTF-8"))?;
    if text.starts_with(['"', '{', '[']) {
        return Err(refuse("is JSON: send the bare identifier"));
    }
    identifier::check_key_part(text).map_err(|error| refuse(&error.to_string()))?;
    Ok(text)
}

fn keyed<'a>(key: AccountKey, ce_type: &'static str, value: &'a [u8], partitions: u32) -> LogRecord<'a> {
    let to = To::One(partition_of_key(key.as_str().as_bytes(), partitions));
    LogRecord { key: key.into_text(), to, ce_type, value: Cow::Borrowed(value) }
}

fn plan<'a>(envelope: Envelope<'a>, first: LogRecord<'a>, more: Vec<LogRecord<'a>>) -> Admitted<'a> {
    let Envelope { source, id, traceparent, structured, .. } = envelope;
    Admitted { first, more, source, id, traceparent, doubt: None, structured }
}

fn own<T: serde::Serialize>(document: &T) -> Cow<'static, [u8]> {
    let json = serde_json::to_vec(document).unwrap_or_else(|_| unreachable!("texts, numbers and lists always make JSON"));
    Cow::Owned(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::log::{self, Record};

    fn input(event: EventType) -> InputContract {
        InputContract { topic: "in.v1".into(), event, ignore_types: vec!["other.v1".into()], max_bytes: 10_000 }
    }

    const INTERACTION_JSON: &str = r#"{"interaction_id":"i-1","occurred_at":"2026-11-03T15:04:05Z","kind":"attended",
        "campaign":{"id":"c-1"},"person":{"id":"p-1","email":"ana@acme.example"}}"#;

    fn forwarded<'a, H: Headers + ?Sized>(
        input: &'a InputContract,
        headers: &'a H,
        key: Option<&'a [u8]>,
        value: Option<&'a [u8]>,
    ) -> Admitted<'a> {
        match admit(input, headers, key, value, &FreeMail::default(), 4) {
            Ok(Verdict::Forward(admitted)) => admitted,
            other => panic!("not forwarded: {other:?}"),
        }
    }

    #[test]
    fn every_form_of_an_interaction_is_admitted_and_read_back_the_same() {
        let input = input(EventType::Interaction);
        let structured = format!(
            r#"{{"specversion":"1.0","id":"e-1","source":"web","type":"relevo.interaction.recorded.v1","time":"2026-11-03T15:04:05Z","data":{INTERACTION_JSON}}}"#
        );
        let binary: &[(&str, &[u8])] =
            &[("ce_specversion", b"1.0"), ("ce_type", INTERACTION.as_bytes()), ("ce_source", b"web"), ("ce_id", b"e-1")];
        let type_only: &[(&str, &[u8])] = &[("Content-Type", b"application/CloudEvents+json; charset=utf-8")];
        for (name, headers, json, source) in [
            ("plain", [].as_slice(), INTERACTION_JSON, "in.v1"),
            ("binary", binary, INTERACTION_JSON, "web"),
            ("structured", type_only, &structured, "web"),
        ] {
            for prefix in [b"".as_slice(), b"\0\0\0\0\x07", b"\xef\xbb\xbf"] {
                let value = [prefix, json.as_bytes()].concat();
                let admitted = forwarded(&input, headers, None, Some(&value));
                let writes: Vec<_> = admitted.writes(4).collect();
                let [(partition, record)] = writes[..] else { panic!("{name}: one record") };
                assert_eq!((record.key.as_str(), partition), ("acme.example", partition_of_key(b"acme.example", 4)), "{name}");
                assert_eq!(*record.value, *value, "{name}: the original bytes");
                let headers: Vec<_> = admitted.headers(record, "in.v1-0-7").collect();
                let read = log::parse(headers.as_slice(), &record.value, &FreeMail::default());
                let Ok(Record::Interaction(of, interaction)) = read else { panic!("{name}: {read:?}") };
                assert_eq!((of.as_str(), interaction.interaction_id.as_ref()), (source, "i-1"), "{name}");
                assert_eq!(headers.as_slice().value_of(RELEVO_SOURCE), Some(b"in.v1-0-7".as_slice()));
            }
        }
    }

    #[test]
    fn facts_go_to_each_domain_and_the_list_of_domains_to_every_partition() {
        let input = input(EventType::Account);
        let value = br#"{"account_id":"001","version":3,"domains":["acme.example","acme.mx","www.acme.mx","gmail.com"],"employees":230}"#;
        let admitted = forwarded(&input, &(), Some(b"001"), Some(value));
        let writes: Vec<_> = admitted.writes(4).map(|(partition, record)| (record.ce_type, record.key.as_str(), partition)).collect();
        let of = |key: &str| partition_of_key(key.as_bytes(), 4);
        let mut expected = vec![(ACCOUNT, "acme.example", of("acme.example")), (ACCOUNT, "acme.mx", of("acme.mx"))];
        expected.extend((0..4).map(|partition| (ACCOUNT_DOMAINS, "001", partition)));
        assert_eq!(writes, expected);
        let last = admitted.records().last().unwrap();
        assert_eq!(last.value.as_ref(), br#"{"id":"001","version":3,"domains":["acme.example","acme.mx"]}"#);

        let bare = forwarded(&input, &(), Some(b"001"), Some(br#"{"account_id":"001","version":4}"#));
        assert_eq!(bare.records().next().unwrap().key, "company:001");

        let tombstone = forwarded(&input, &(), Some(b"001"), None);
        assert_eq!(tombstone.writes(4).map(|(partition, _)| partition).collect::<Vec<_>>(), [0, 1, 2, 3]);
        let record = tombstone.records().next().unwrap();
        let headers: Vec<_> = tombstone.headers(record, "in.v1-0-7").collect();
        let read = log::parse(headers.as_slice(), &record.value, &FreeMail::default());
        assert_eq!(read, Ok(Record::AccountForgotten("001".into())));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_code() {
        let check = |event, headers: &[(&str, &[u8])], key: Option<&[u8]>, value: Option<&[u8]>, code: &str| {
            let input = input(event);
            let refusal = admit(&input, headers, key, value, &FreeMail::default(), 4).expect_err(code);
            assert_eq!(refusal.code.name, code, "{refusal}");
        };
        use EventType::{Account, Interaction};
        let json = INTERACTION_JSON.as_bytes();
        let big = vec![b' '; 10_001];
        check(Interaction, &[], None, Some(b""), "empty_value");
        check(Interaction, &[], None, Some(b" \n"), "empty_value");
        check(Interaction, &[], None, Some(b"\0\0\0\0\x01"), "empty_value");
        check(Interaction, &[], None, Some(&big), "too_large");
        check(Interaction, &[], None, Some(b"\0\0\0\0\x01\x0aabc"), "avro");
        check(Interaction, &[], None, Some(b"Obj\x01rest"), "avro");
        check(Interaction, &[("content-type", b"application/avro")], None, Some(json), "avro");
        check(Interaction, &[("content-type", b"application/cloudevents-batch+json")], None, Some(b"[]"), "bad_envelope");
        check(Interaction, &[("ce_type", INTERACTION.as_bytes())], None, Some(json), "bad_envelope");
        check(Interaction, &[("ce_specversion", b"1.0"), ("ce_type", b"what.v1")], None, Some(json), "unknown_type");
        check(Interaction, &[("content-type", STRUCTURED.as_bytes())], None, Some(json), "bad_envelope");
        check(Interaction, &[], None, Some(b"{'a':1}"), "not_json");
        check(Account, &[], None, None, "bad_key");
        check(Account, &[], Some(b"ana@acme.example"), None, "bad_key");
        check(Account, &[], Some(b"\"001\""), None, "bad_key");
        check(Account, &[], Some(b"002"), Some(br#"{"account_id":"001","version":3}"#), "bad_key");
    }

    #[test]
    fn a_doubt_of_whose_it_is_goes_with_the_record() {
        let check = |person: &str, company: &str, key: &str, doubt: Option<Irregularity>| {
            let json = format!(
                r#"{{"interaction_id":"i-1","occurred_at":"2026-11-03T15:04:05Z","kind":"attended","campaign":{{"id":"c-1"}},
                "person":{{"id":"p-1","email":{person:?}}},"company":{{"domain":{company:?}}}}}"#
            );
            let input = input(EventType::Interaction);
            let admitted = forwarded(&input, &(), None, Some(json.as_bytes()));
            assert_eq!((admitted.first.key.as_str(), admitted.doubt), (key, doubt), "{json}");
        };
        let unclear = Some(Irregularity::CompanyUnclear);
        check("", "acme.com.mx www.acme.mx", "person:p-1", unclear);
        check("", "acme.com.mx\nwww.acme.mx", "person:p-1", unclear);
        check("ana@acme.mx", "acme.com.mx, acme.mx", "acme.mx", unclear);
        check("ana@acme.mx, ana@acme.com.mx", "", "person:p-1", unclear);
        check("ana@acme.mx, ana@acme.com.mx", "acme.com.mx", "acme.com.mx", None);
        check("ana@small.mx", "big.com", "big.com", Some(Irregularity::MailOfAnotherCompany));
        check("ana@acme.mx", "www.acme.mx", "acme.mx", None);
    }

    #[test]
    fn a_tombstone_on_a_topic_of_events_is_passed_over_and_an_empty_value_is_not() {
        for event in [EventType::Interaction, EventType::Activity] {
            let input = input(event);
            assert_eq!(admit(&input, &(), Some(b"k"), None, &FreeMail::default(), 4), Ok(Verdict::Tombstone));
            let refusal = admit(&input, &(), Some(b"k"), Some(b""), &FreeMail::default(), 4).expect_err("no event");
            assert_eq!(refusal.code.name, "empty_value");
        }
    }

    #[test]
    fn envelopes_of_other_tools_are_named() {
        let check = |event, json: &str, code: &str| {
            let input = input(event);
            let refusal = admit(&input, &(), Some(b"001"), Some(json.as_bytes()), &FreeMail::default(), 4).expect_err(json);
            assert_eq!(refusal.code.name, code, "{refusal}");
        };
        let connect = format!(r#"{{"schema":{{"type":"struct"}},"payload":{INTERACTION_JSON}}}"#);
        let change = format!(r#"{{"before":null,"after":{INTERACTION_JSON},"op":"c"}}"#);
        let both = format!(r#"{{"schema":{{}},"payload":{change}}}"#);
        for event in [EventType::Interaction, EventType::Account, EventType::Activity] {
            check(event, &connect, "connect_envelope");
            check(event, &change, "change_envelope");
            check(event, &both, "change_envelope");
            check(event, &format!(r#"{{"payload":{change}}}"#), "change_envelope");
            check(event, &format!(r#"{{"payload":{INTERACTION_JSON}}}"#), "connect_envelope");
            let text = serde_json::to_string(INTERACTION_JSON).expect("a text is JSON");
            check(event, &format!(r#"{{"id":"1","payload":{text}}}"#), "connect_envelope");
            check(event, &format!(r#"{{"specversion":"1.0","data":{INTERACTION_JSON}}}"#), "bad_envelope");
            check(event, &format!("[{INTERACTION_JSON}]"), "bad_envelope");
            check(event, &text, "bad_envelope");
            check(event, &format!(r#"{{"detail-type":"x","detail":{INTERACTION_JSON}}}"#), "bad_envelope");
            check(event, &format!(r#"{{"TopicArn":"arn:x","Message":{text}}}"#), "bad_envelope");
            check(event, r#"{"before":{"id":1},"after":null,"op":"d"}"#, "change_envelope");
            check(event, r#"{"before":null,"after":{"id":1},"op":"r"}"#, "change_envelope");
            check(event, "{}", "field_missing");
            check(event, "7", "wrong_type");
        }
    }

    #[test]
    fn an_ignored_type_is_passed_over_whatever_its_value() {
        let input = input(EventType::Interaction);
        let headers: &[(&str, &[u8])] = &[("ce_type", b"other.v1")];
        for value in [None, Some(b"x".as_slice())] {
            assert_eq!(admit(&input, headers, None, value, &FreeMail::default(), 4), Ok(Verdict::Ignored));
        }
    }
}
