//! What stands around an event: CloudEvents 1.0 in its binary and structured forms, plain JSON, and the schema registry's frame.
//!
//! Producers differ; behind this file an event has a type, a source and its data, and nobody asks any more how it came.
//! This file refuses to know what the data mean, and it never says a value: envelopes bear identifiers that people choose.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::code::{AVRO, BAD_ENVELOPE, BAD_IDENTIFIER, EMPTY_VALUE, NOT_JSON, Refusal, TOO_LARGE, UNKNOWN_TYPE, from_json};
use super::headers::{CE_ID, CE_SOURCE, CE_SPECVERSION, CE_TRACEPARENT, CE_TYPE, CONTENT_TYPE, Headers, TRACEPARENT};
use super::identifier::InvalidIdentifier;
use super::log::{ACCOUNT, ACTIVITY, HEARTBEAT, INTERACTION};

/// The media type of CloudEvents' structured form.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The longest `ce_source` or `ce_id` in bytes: both travel on with each record of the log.
const MAX_ATTRIBUTE_BYTES: usize = 256;
/// The schema registry's frame: a zero byte and the schema's number in four.
const FRAME_BYTES: usize = 5;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Events that an input may be read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// `relevo.interaction.recorded.v1`
    Interaction,
    /// `relevo.account.updated.v1`
    Account,
    /// `relevo.activity.recorded.v1`
    Activity,
    /// `relevo.feed.heartbeat.v1`, on the topic of activities beside them
    Heartbeat,
}

impl EventType {
    /// The name in `ce_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::Interaction => INTERACTION,
            EventType::Account => ACCOUNT,
            EventType::Activity => ACTIVITY,
            EventType::Heartbeat => HEARTBEAT,
        }
    }
}

/// What a topic is read for, and how: from the configuration.
#[derive(Clone, Debug)]
pub struct InputContract {
    /// The topic's name; the source of events that name none.
    pub topic: CompactString,
    /// The one type that the topic is read for, and the type of plain JSON on it.
    pub event: EventType,
    /// Types that may be on the topic and are passed over.
    pub ignore_types: Vec<CompactString>,
    /// The largest value in bytes, envelope and frame included.
    pub max_bytes: usize,
}

/// An event without its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<'a> {
    /// What it is.
    pub event: EventType,
    /// Who says so: `ce_source`, else the topic's name.
    pub source: Cow<'a, str>,
    /// `ce_id`, where there is one.
    pub id: Option<Cow<'a, str>>,
    /// The trace that the event belongs to; what is no W3C trace context is dropped.
    pub traceparent: Option<Cow<'a, str>>,
    /// The value is an envelope itself, so it must say so on the log too.
    pub structured: bool,
    /// The event's data: JSON, not parsed yet.
    pub data: &'a [u8],
}

/// What opening an envelope leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened<'a> {
    /// An event of the topic's type.
    Event(Envelope<'a>),
    /// A type that the configuration says to pass over.
    Ignored,
    /// A record without a value.
    Nothing,
}

/// Opens a record's envelope, whichever form it has.
///
/// # Errors
/// A [`Refusal`]: no value, too large, a broken envelope, a type that the topic is not read for, Avro.
pub fn open<'a, H: Headers + ?Sized>(headers: &'a H, value: Option<&'a [u8]>, input: &'a InputContract) -> Result<Opened<'a>, Refusal> {
    let known = Known::read(headers);
    if known.is_binary() && known.ce_type.is_some_and(|name| ignores(input, name)) {
        return Ok(Opened::Ignored);
    }
    let Some(value) = value else { return Ok(Opened::Nothing) };
    check_size("the value", value.len(), input)?;
    let json = unframe(value)?;
    match form(known.content_type)? {
        Form::Structured => structured(json, &known, input),
        Form::Other if known.is_binary() => binary(json, &known, input).map(Opened::Event),
        Form::Other => Ok(Opened::Event(Envelope {
            event: input.event,
            source: Cow::Borrowed(&input.topic),
            id: None,
            traceparent: known.traceparent(None),
            structured: false,
            data: json,
        })),
    }
}

/// A foreign document, out of what stands around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign<'a> {
    /// JSON, not parsed yet.
    pub data: &'a [u8],
    /// The trace that it belongs to.
    pub traceparent: Option<Cow<'a, str>>,
}

/// What opening a foreign record leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenedForeign<'a> {
    /// A document.
    Document(Foreign<'a>),
    /// A type that the configuration says to pass over.
    Ignored,
    /// A record without a value.
    Nothing,
}

/// Opens a record of an input whose JSON is foreign: of its headers, only a trace and a type to pass over mean something.
///
/// # Errors
/// A [`Refusal`]: an empty value, too large, Avro.
pub fn open_foreign<'a, H: Headers + ?Sized>(
    headers: &'a H,
    value: Option<&'a [u8]>,
    input: &InputContract,
) -> Result<OpenedForeign<'a>, Refusal> {
    let known = Known::read(headers);
    if known.ce_type.is_some_and(|name| ignores(input, name)) {
        return Ok(OpenedForeign::Ignored);
    }
    let Some(value) = value else { return Ok(OpenedForeign::Nothing) };
    check_size("the value", value.len(), input)?;
    form(known.content_type)?; // Avro says what it is
    Ok(OpenedForeign::Document(Foreign { data: unframe(value)?, traceparent: known.traceparent(None) }))
}

/// Holds a value to what the input, and so the log, takes.
///
/// # Errors
/// [`TOO_LARGE`].
pub fn check_size(what: &str, bytes: usize, input: &InputContract) -> Result<(), Refusal> {
    if bytes <= input.max_bytes {
        return Ok(());
    }
    Err(Refusal::new(TOO_LARGE, format!("{what} has {bytes} bytes, and {} are allowed", input.max_bytes)))
}

/// The JSON data of a value that was admitted before: `structured` as its headers on the log say.
///
/// # Errors
/// A [`Refusal`] where the value can't have been admitted.
pub fn data_of(value: &[u8], structured: bool) -> Result<&[u8], Refusal> {
    let json = unframe(value)?;
    if structured { Ok(from_envelope(json)?.data()?.get().as_bytes()) } else { Ok(json) }
}

/// Whether a `content-type` says that the value is an envelope itself.
pub fn is_structured(content_type: Option<&[u8]>) -> bool {
    matches!(form(content_type), Ok(Form::Structured))
}

fn ignores(input: &InputContract, name: &[u8]) -> bool {
    input.ignore_types.iter().any(|ignored| ignored.as_bytes() == name)
}

fn check_type(name: &[u8], input: &InputContract) -> Result<EventType, Refusal> {
    if name == input.event.as_str().as_bytes() {
        return Ok(input.event);
    }
    if input.event == EventType::Activity && name == HEARTBEAT.as_bytes() {
        return Ok(EventType::Heartbeat);
    }
    // The sender's own text is not repeated: the remedy is to look at the record's header.
    Err(Refusal::new(UNKNOWN_TYPE, format!("the event's type is not `{}`, the one that this topic is read for", input.event.as_str())))
}

/// The headers that matter here, found in one pass.
#[derive(Default)]
struct Known<'a> {
    specversion: Option<&'a [u8]>,
    ce_type: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
    traceparent: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
}

impl<'a> Known<'a> {
    fn read<H: Headers + ?Sized>(headers: &'a H) -> Self {
        let mut known = Self::default();
        for (name, value) in headers.each() {
            match name {
                CE_SPECVERSION => known.specversion = value,
                CE_TYPE => known.ce_type = value,
                CE_SOURCE => known.source = value,
                CE_ID => known.id = value,
                TRACEPARENT | CE_TRACEPARENT => known.traceparent = value,
                _ if name.eq_ignore_ascii_case(CONTENT_TYPE) => known.content_type = value,
                _ => {}
            }
        }
        known
    }

    fn is_binary(&self) -> bool {
        [self.specversion, self.ce_type, self.source, self.id].iter().any(Option::is_some)
    }

    /// The header's trace context, else the envelope's own.
    fn traceparent(&self, of_envelope: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        let of_header = self.traceparent.and_then(|bytes| str::from_utf8(bytes).ok()).map(Cow::Borrowed);
        of_header.filter(|text| is_traceparent(text)).or_else(|| of_envelope.filter(|text| is_traceparent(text)))
    }
}

fn binary<'a>(data: &'a [u8], known: &Known<'a>, input: &InputContract) -> Result<Envelope<'a>, Refusal> {
    let specversion = header(CE_SPECVERSION, known.specversion)?;
    check_specversion(CE_SPECVERSION, specversion)?;
    let event = check_type(header(CE_TYPE, known.ce_type)?.as_bytes(), input)?;
    let source = header(CE_SOURCE, known.source)?;
    let id = header(CE_ID, known.id)?;
    check_attribute(CE_SOURCE, source)?;
    check_attribute(CE_ID, id)?;
    Ok(Envelope {
        event,
        source: Cow::Borrowed(source),
        id: Some(Cow::Borrowed(id)),
        traceparent: known.traceparent(None),
        structured: false,
        data,
    })
}

fn structured<'a>(json: &'a [u8], known: &Known<'a>, input: &InputContract) -> Result<Opened<'a>, Refusal> {
    let envelope = from_envelope(json)?;
    if ignores(input, envelope.event_type.as_bytes()) {
        return Ok(Opened::Ignored);
    }
    check_specversion("specversion", &envelope.specversion)?;
    let event = check_type(envelope.event_type.as_bytes(), input)?;
    check_attribute("source", &envelope.source)?;
    check_attribute("id", &envelope.id)?;
    let data = envelope.data()?.get().as_bytes();
    Ok(Opened::Event(Envelope {
        event,
        traceparent: known.traceparent(envelope.traceparent),
        source: envelope.source,
        id: Some(envelope.id),
        structured: true,
        data,
    }))
}

fn header<'a>(name: &'static str, value: Option<&'a [u8]>) -> Result<&'a str, Refusal> {
    let value = value.ok_or_else(|| Refusal::new(BAD_ENVELOPE, format!("header `{name}` is missing")))?;
    str::from_utf8(value).map_err(|_| Refusal::new(BAD_ENVELOPE, format!("header `{name}` is not UTF-8")))
}

fn check_specversion(name: &'static str, text: &str) -> Result<(), Refusal> {
    if text.starts_with("1.") { Ok(()) } else { Err(Refusal::new(BAD_ENVELOPE, format!("`{name}` is not 1.x"))) }
}

/// `source` and `id` travel on the log's headers, so they are held to what identifiers are held to, but for their length.
fn check_attribute(name: &'static str, text: &str) -> Result<(), Refusal> {
    let error = if text.trim().is_empty() {
        InvalidIdentifier::Empty
    } else if text.len() > MAX_ATTRIBUTE_BYTES {
        return Err(Refusal::new(BAD_ENVELOPE, format!("`{name}` is longer than {MAX_ATTRIBUTE_BYTES} bytes")));
    } else if text.contains('@') {
        InvalidIdentifier::AtSign
    } else if text.trim().len() != text.len() || super::unseen::has(text) {
        InvalidIdentifier::Unprintable
    } else {
        return Ok(());
    };
    Err(Refusal::new(BAD_IDENTIFIER, format!("`{name}` {error}")))
}

/// What the `content-type` says about the form.
enum Form {
    Structured,
    Other,
}

fn form(content_type: Option<&[u8]>) -> Result<Form, Refusal> {
    let media_type = content_type.unwrap_or_default().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is = |name: &str| media_type.eq_ignore_ascii_case(name.as_bytes());
    let ends_with =
        |name: &str| media_type.len() >= name.len() && media_type[media_type.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes());
    if is(STRUCTURED) {
        Ok(Form::Structured)
    } else if ends_with("avro") || is("avro/binary") {
        Err(Refusal::new(AVRO, "`content-type` says Avro"))
    } else if media_type.get(..23).is_some_and(|start| start.eq_ignore_ascii_case(b"application/cloudevents")) {
        let message = format!("`content-type` is a form of CloudEvents that is not read here: only `{STRUCTURED}`, one event in a record");
        Err(Refusal::new(BAD_ENVELOPE, message))
    } else {
        Ok(Form::Other)
    }
}

/// Takes off the schema registry's frame and a byte order mark, and tells Avro by its marks.
fn unframe(value: &[u8]) -> Result<&[u8], Refusal> {
    let json = match value {
        [0, rest @ ..] if rest.len() < FRAME_BYTES => return Err(Refusal::new(EMPTY_VALUE, "no data behind the schema registry's frame")),
        [0, _, _, _, _, data @ ..] => {
            let json = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
            if !json.trim_ascii_start().starts_with(b"{") {
                return Err(Refusal::new(AVRO, "no JSON object behind the schema registry's frame"));
            }
            return Ok(json);
        }
        [b'O', b'b', b'j', 1, ..] => return Err(Refusal::new(AVRO, "the value is an Avro object container")),
        [0xc3, 0x01, ..] => return Err(Refusal::new(AVRO, "the value has Avro's single-object mark")),
        _ => value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(value),
    };
    if json.trim_ascii_start().is_empty() {
        return Err(Refusal::new(EMPTY_VALUE, "the value is empty"));
    }
    Ok(json)
}

/// CloudEvents' structured form; extension attributes and `datacontenttype` are passed over.
#[derive(Deserialize)]
struct Structured<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    data_base64: Option<serde::de::IgnoredAny>,
}

fn from_envelope(json: &[u8]) -> Result<Structured<'_>, Refusal> {
    from_json(json).map_err(|refusal| match refusal.code {
        code if code == NOT_JSON => refusal,
        _ => Refusal::new(BAD_ENVELOPE, format!("of the structured event: {}", refusal.message)),
    })
}

impl<'a> Structured<'a> {
    fn data(&self) -> Result<&'a RawValue, Refusal> {
        let missing = || {
            let instead = if self.data_base64.is_some() {
                "`data_base64` is not read: the event must stand in `data` as JSON"
            } else {
                "`data` is missing"
            };
            Refusal::new(BAD_ENVELOPE, instead)
        };
        self.data.ok_or_else(missing)
    }
}

/// Whether a text is a W3C trace context that says something: version, trace, span and flags in lower-case hexadecimal,
/// neither trace nor span all zeros.
pub fn is_traceparent(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |range: std::ops::Range<usize>| bytes[range].iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let some = |range: std::ops::Range<usize>| bytes[range].iter().any(|byte| *byte != b'0');
    bytes.len() == 55
        && [2, 35, 52].iter().all(|at| bytes[*at] == b'-')
        && hex(0..2)
        && hex(3..35)
        && hex(36..52)
        && hex(53..55)
        && &bytes[..2] == b"00"
        && some(3..35)
        && some(36..52)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &[u8] = b"{}";
    const TRACE: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn input() -> InputContract {
        InputContract { topic: "in.v1".into(), event: EventType::Interaction, ignore_types: vec!["other.v1".into()], max_bytes: 1_000 }
    }

    /// What opening leads to, in words: source, id, whether there is a trace, and the data; or the refusal.
    fn opened(headers: &[(&str, &[u8])], value: &[u8]) -> String {
        match open(headers, Some(value), &input()) {
            Ok(Opened::Ignored) => "ignored".into(),
            Ok(Opened::Nothing) => "nothing".into(),
            Ok(Opened::Event(event)) => {
                let data = str::from_utf8(event.data).unwrap();
                format!("{} {} {} {data}", event.source, event.id.as_deref().unwrap_or("-"), event.traceparent.is_some())
            }
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn a_binary_envelope_is_its_headers() {
        let good: [(&str, &[u8]); 4] =
            [("ce_specversion", b"1.0"), ("ce_type", INTERACTION.as_bytes()), ("ce_source", b"/web"), ("ce_id", b"e-1")];
        let check = |more: &[(&str, &[u8])], expected: &str| {
            assert_eq!(opened(&[&good, more].concat(), DATA), expected, "{more:?}");
        };
        check(&[], "/web e-1 false {}");
        check(&[("ce_source", b"/app")], "/app e-1 false {}"); // the last one counts
        check(&[("traceparent", TRACE)], "/web e-1 true {}");
        check(&[("ce_traceparent", TRACE), ("content-type", b"application/json")], "/web e-1 true {}");
        check(&[("traceparent", b"00-what-01")], "/web e-1 false {}");
        check(&[("traceparent", b"00-00000000000000000000000000000000-b7ad6b7169203331-01")], "/web e-1 false {}");
        check(&[("ce_type", b"other.v1")], "ignored");
        check(&[("ce_specversion", b"0.3")], "RLV-1010: `ce_specversion` is not 1.x");
        check(&[("ce_id", b"\xff")], "RLV-1010: header `ce_id` is not UTF-8");
        check(&[("ce_id", b" ")], "RLV-1005: `ce_id` is empty");
        check(&[("ce_source", &[b'x'; 257])], "RLV-1010: `ce_source` is longer than 256 bytes");
        let address = "RLV-1005: `ce_source` has an `@`: identifiers travel in keys and logs, where no address may be";
        check(&[("ce_source", b"mailto:ana@acme.example")], address);
        for without in 0..good.len() {
            let mut headers = good.to_vec();
            let (name, _) = headers.remove(without);
            assert_eq!(opened(&headers, DATA), format!("RLV-1010: header `{name}` is missing"));
        }
    }

    #[test]
    fn a_structured_envelope_is_its_attributes() {
        let check = |json: &str, expected: &str| {
            assert_eq!(opened(&[("content-type", STRUCTURED.as_bytes())], json.as_bytes()), expected, "{json}");
        };
        let good = r#"{"specversion":"1.0","id":"e-1","source":"/web","type":"relevo.interaction.recorded.v1","data":{"a":1}}"#;
        check(good, r#"/web e-1 false {"a":1}"#);
        check(&good.replace("\"id\"", "\"extension\":[],\"traceparent\":null,\"id\""), r#"/web e-1 false {"a":1}"#);
        let traced = format!("\"traceparent\":\"{}\",\"id\"", str::from_utf8(TRACE).unwrap());
        check(&good.replace("\"id\"", &traced), r#"/web e-1 true {"a":1}"#);
        check(&good.replace("/web", r"\u002fweb"), r#"/web e-1 false {"a":1}"#);
        check(&good.replace("relevo.interaction.recorded.v1", "other.v1"), "ignored");
        check(&good.replace(r#","data":{"a":1}"#, ""), "RLV-1010: `data` is missing");
        check(&good.replace("\"data\"", "\"data_base64\""), "RLV-1010: `data_base64` is not read: the event must stand in `data` as JSON");
        check(&good.replace("\"e-1\"", "7"), "RLV-1010: of the structured event: field `id`: expected a text (line 1 column 27)");
        check(&good.replace("\"id\"", "\"no\""), "RLV-1010: of the structured event: field `id` is missing (line 1 column 1)");
        check("{", "RLV-1002: EOF while parsing an object (line 1 column 1)");
        let unknown = "RLV-1007: the event's type is not `relevo.interaction.recorded.v1`, the one that this topic is read for";
        check(&good.replace("recorded.v1", "recorded.v2"), unknown);
    }

    #[test]
    fn the_data_behind_an_envelope_are_found_again_on_the_log() {
        let structured = br#"{"data":{"a":1},"specversion":"1.0","id":"e","source":"s","type":"t"}"#;
        assert_eq!(data_of(structured, true), Ok(br#"{"a":1}"#.as_slice()));
        assert_eq!(data_of(b"\0\0\0\0\x01{}", false), Ok(DATA));
        assert_eq!(data_of(b"\0\0\0\0\x01\xef\xbb\xbf {}", false), Ok(b" {}".as_slice()));
        assert!(is_structured(Some(b"Application/CloudEvents+JSON ; charset=UTF-8")) && !is_structured(Some(b"application/json")));
    }
}
