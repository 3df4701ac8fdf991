//! What stands in a line or a record: an interaction, bare or in a CloudEvents envelope, by the contract's own parser.
//!
//! This file refuses to know where the bytes come from.

use std::borrow::Cow;

use crate::config::Settings;
use crate::contract::account_key::{FreeMail, registrable_domain};
use crate::contract::code::{FIELD_MISSING, Refusal};
use crate::contract::envelope::{EventType, InputContract, Opened, STRUCTURED, open};
use crate::contract::headers::Headers;
use crate::contract::{AccountKey, Interaction, Timestamp};

/// What a record with an envelope in its value says of itself.
const ENVELOPE: [(&str, &[u8]); 1] = [("content-type", STRUCTURED.as_bytes())];

/// How events of a history are read: as the service would.
#[derive(Clone, Debug)]
pub struct Reading {
    input: InputContract,
    free_mail: FreeMail,
}

/// A document that is an interaction.
pub struct Event<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// `ce_source`; the topic's name where nobody is named.
    pub source: Cow<'a, str>,
    /// The JSON of the interaction.
    pub data: &'a [u8],
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
        Self { input, free_mail: FreeMail::with(settings.account_key.free_mail.iter().map(String::as_str)) }
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
        let domain = if is_key { None } else { registrable_domain(text, &self.free_mail) };
        AccountKey::from_trusted(domain.as_deref().unwrap_or(text))
    }

    /// Opens a document: an interaction, or a structured CloudEvent around one.
    ///
    /// # Errors
    /// Why it is neither.
    pub fn open<'a>(&'a self, document: &'a [u8]) -> Result<Event<'a>, Refusal> {
        let bare = self.open_record(&(), document);
        match bare {
            // Nothing mandatory is there: perhaps it is an envelope.
            Err(refusal) if refusal.code == FIELD_MISSING && is_envelope(document) => self.open_record(&ENVELOPE, document),
            bare => bare,
        }
    }

    /// Opens a record with headers of its own.
    ///
    /// # Errors
    /// Why it is no interaction.
    pub fn open_record<'a, H: Headers + ?Sized>(&'a self, headers: &'a H, value: &'a [u8]) -> Result<Event<'a>, Refusal> {
        match open(headers, Some(value), &self.input)? {
            Opened::Ignored => unreachable!("no type is ignored here"),
            Opened::Event(envelope) => {
                let interaction = Interaction::parse(envelope.data).map_err(|refusal| refusal.inside(envelope.structured))?;
                Ok(Event { at: interaction.occurred_at, source: envelope.source, data: envelope.data })
            }
        }
    }
}

/// Whether a JSON object has CloudEvents' mark.
fn is_envelope(document: &[u8]) -> bool {
    const MARK: &[u8] = b"\"specversion\"";
    document.windows(MARK.len()).any(|window| window == MARK)
}
