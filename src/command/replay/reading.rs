//! What stands in a line or a record: an interaction, bare or in a CloudEvents envelope, by the contract's own parser.
//!
//! This file refuses to know where the bytes come from.

use std::borrow::Cow;
use std::sync::Arc;

use crate::config::Settings;
use crate::contract::account_key::{FreeMail, named_domain};
use crate::contract::code::{BAD_ENVELOPE, FIELD_MISSING, Refusal};
use crate::contract::envelope::{EventType, InputContract, Opened, STRUCTURED, open};
use crate::contract::headers::Headers;
use crate::contract::wrapped::named;
use crate::contract::{AccountKey, Interaction, Timestamp};
use crate::mapping::{Map, live};

/// What a record with an envelope in its value says of itself.
const ENVELOPE: [(&str, &[u8]); 1] = [("content-type", STRUCTURED.as_bytes())];

/// How events of a history are read: as the service would.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Of a line: no type is passed over there.
    input: InputContract,
    /// Of a record of the topic of interactions.
    topic: InputContract,
    /// The map by which foreign JSON on that topic becomes interactions.
    map: Option<Arc<Map>>,
    free_mail: FreeMail,
}

/// A document that is an interaction.
pub struct Event<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// `ce_source`; the topic's name where nobody is named.
    pub source: Cow<'a, str>,
    /// The JSON of the interaction.
    pub data: Cow<'a, [u8]>,
}

impl Reading {
    /// As these settings say.
    pub fn new(settings: &Settings) -> Self {
        let input = InputContract {
            topic: settings.topics.interactions.as_str().into(),
            event: EventType::Interaction,
            ignore_types: Vec::new(),
            max_bytes: settings.inputs.max_bytes as usize,
        };
        let interactions = &settings.inputs.interactions;
        let ignore_types = interactions.ignore_types.iter().map(|name| name.as_str().into()).collect();
        let topic = InputContract { ignore_types, ..input.clone() };
        let free_mail = settings.account_key.lists();
        Self { input, topic, map: interactions.mapped.clone(), free_mail }
    }

    /// The longest document, in bytes.
    pub fn max_bytes(&self) -> usize {
        self.input.max_bytes
    }

    /// Who shares domains with half a country.
    pub fn free_mail(&self) -> &FreeMail {
        &self.free_mail
    }

    /// The account that somebody means: a key as it stands, or a domain as people write it.
    pub fn account(&self, text: &str) -> AccountKey {
        let is_key = text.starts_with("company:") || text.starts_with("person:");
        let domain = if is_key { None } else { named_domain(text, &self.free_mail) };
        AccountKey::from_trusted(domain.as_deref().unwrap_or(text))
    }

    /// Opens a document: an interaction, or a structured CloudEvent around one.
    ///
    /// # Errors
    /// Why it is neither.
    pub fn open<'a>(&'a self, document: &'a [u8]) -> Result<Event<'a>, Refusal> {
        let bare = event(&(), Some(document), &self.input);
        let opened = match bare {
            // Nothing mandatory is there: perhaps it is an envelope.
            Err(refusal) if [FIELD_MISSING, BAD_ENVELOPE].contains(&refusal.code) && is_envelope(document) => {
                event(&ENVELOPE, Some(document), &self.input)
            }
            bare => bare,
        };
        Ok(opened?.unwrap_or_else(|| unreachable!("no type is passed over here, and a document is there")))
    }

    /// Opens a record of the topic of interactions as Intake does: by the input's map, where it has one. `None`: the configuration, or
    /// the map, says to pass it over.
    ///
    /// # Errors
    /// Why it is no interaction.
    pub fn open_record<'a, H: Headers + ?Sized>(&'a self, headers: &'a H, value: Option<&'a [u8]>) -> Result<Option<Event<'a>>, Refusal> {
        let Some(map) = &self.map else { return event(headers, value, &self.topic) };
        let live::Verdict::Forward(made) = live::admit(map, &self.topic, headers, value, &self.free_mail, 1)? else { return Ok(None) };
        let Some(record) = made.records().next() else { return Ok(None) };
        let data = record.value.clone();
        Ok(Some(Event { at: Interaction::parse(&data)?.occurred_at, source: made.source, data }))
    }
}

/// The interaction in an envelope; `None`: its type is passed over.
fn event<'a, H: Headers + ?Sized>(headers: &'a H, value: Option<&'a [u8]>, input: &'a InputContract) -> Result<Option<Event<'a>>, Refusal> {
    let Opened::Event(envelope) = open(headers, value, input)? else { return Ok(None) };
    let interaction = Interaction::parse(envelope.data).map_err(|refusal| named(refusal, envelope.data).inside(envelope.structured))?;
    Ok(Some(Event { at: interaction.occurred_at, source: envelope.source, data: Cow::Borrowed(envelope.data) }))
}

/// Whether a JSON object has CloudEvents' mark.
fn is_envelope(document: &[u8]) -> bool {
    const MARK: &[u8] = b"\"specversion\"";
    document.windows(MARK.len()).any(|window| window == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::UNKNOWN_TYPE;
    use crate::mapping::{compile_live, library::Shipped};

    const INTERACTION: &str = r#"{"interaction_id":"i-1","occurred_at":"2026-11-01T00:00:00Z","kind":"demo_requested","campaign":{"id":"c-1"},"person":{"id":"p-1"}}"#;
    const CALL: &str = r#"{"ChangeEventHeader":{"entityName":"Task","recordIds":["00T1"],"changeType":"CREATE","changedFields":[],"commitTimestamp":1793491200000},"TaskSubtype":"Call","CallType":"Inbound","WhoId":"0031"}"#;
    const OTHER: [(&str, &[u8]); 2] = [("ce_specversion", b"1.0"), ("ce_type", b"com.example.else")];

    /// The identifier of the interaction; none: it is passed over.
    fn id(event: Result<Option<Event<'_>>, Refusal>) -> Result<Option<String>, u16> {
        let id = |event: Event<'_>| Interaction::parse(&event.data).expect("it was opened").interaction_id.to_string();
        event.map(|event| event.map(id)).map_err(|refusal| refusal.code.number)
    }

    #[test]
    fn a_record_of_the_topic_is_read_as_intake_reads_it_and_a_line_by_the_contract_alone() {
        let mut settings = Settings::default();
        settings.inputs.interactions.ignore_types = vec!["com.example.else".to_owned()];
        let envelope = r#"{"specversion":"1.0","type":"com.example.else","source":"s","id":"1","data":{}}"#;
        let line = |reading: &Reading, text: &str| id(reading.open(text.as_bytes()).map(Some));
        let reading = Reading::new(&settings);
        assert_eq!(id(reading.open_record(&(), Some(INTERACTION.as_bytes()))), Ok(Some("i-1".to_owned())));
        assert_eq!(id(reading.open_record(&OTHER, Some(b"{}"))), Ok(None));
        assert_eq!(line(&reading, envelope), Err(UNKNOWN_TYPE.number));

        let shipped = Shipped::named("salesforce-task-changes").expect("it comes with Relevo");
        settings.inputs.interactions.mapped = Some(Arc::new(compile_live(shipped.text.as_bytes(), "map").expect("it loads")));
        let reading = Reading::new(&settings);
        assert_eq!(id(reading.open_record(&(), Some(CALL.as_bytes()))), Ok(Some("00T1".to_owned())));
        assert_eq!(id(reading.open_record(&(), Some(CALL.replace("Inbound", "Outbound").as_bytes()))), Ok(None));
        assert_eq!(id(reading.open_record(&OTHER, Some(CALL.as_bytes()))), Ok(None));
        assert_eq!(line(&reading, INTERACTION), Ok(Some("i-1".to_owned())));
    }
}
