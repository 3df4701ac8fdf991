//! What an event says of consent to be contacted: whatever stands there, an interaction is not dropped for it.
//!
//! Only the JSON `true` is a clear yes, and only `false` a clear no. All else forbids contact (a refusal that
//! cannot be read must not be lost) and says that it was unclear, so that somebody can be told. `null` says nothing.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Consent;
use crate::contract::time::Timestamp;
use crate::contract::wire::Text;

/// As it came: neither an object's fields nor their types can be relied on.
pub(super) struct Said<'a> {
    contact: bool,
    is_clear: bool,
    at: At<'a>,
}

/// Since when.
enum At<'a> {
    Unsaid,
    Text(Cow<'a, str>),
    Unclear,
}

impl Said<'_> {
    const UNCLEAR: Self = Self { contact: false, is_clear: false, at: At::Unsaid };

    /// What it comes to. A time that cannot be read is none, which gives a consent no weight against a refusal.
    pub(super) fn consent(&self) -> Consent {
        let (at, time_is_clear) = match &self.at {
            At::Unsaid => (None, true),
            At::Text(text) if text.trim().is_empty() => (None, true),
            At::Text(text) => {
                let at = Timestamp::parse(text.trim()).ok();
                (at, at.is_some())
            }
            At::Unclear => (None, false),
        };
        Consent { contact: self.contact, at, is_clear: self.is_clear && time_is_clear }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Said<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Said<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut contact, mut at, mut is_clear) = (None, At::Unsaid, true);
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    match name.as_ref() {
                        "contact" => {
                            let Flag(said) = map.next_value()?;
                            // Said twice, it is as unclear as not said at all.
                            is_clear &= said.is_some() && contact.is_none();
                            contact = Some(said == Some(true) && contact.unwrap_or(true));
                        }
                        "at" => at = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Said { contact: contact.unwrap_or(false), is_clear: is_clear && contact.is_some(), at })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                passed_over(list).map(|_| Said::UNCLEAR)
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Said::UNCLEAR)
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Said::UNCLEAR)
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Said::UNCLEAR)
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Said::UNCLEAR)
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Said::UNCLEAR)
            }
        }
        deserializer.deserialize_any(Whole)
    }
}

/// A boolean; nothing where it is anything else.
struct Flag(Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: Error>(self, said: bool) -> Result<Flag, E> {
                Ok(Flag(Some(said)))
            }
            fn visit_unit<E: Error>(self) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Flag, A::Error> {
                passed_over(list).map(|_| Flag(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Flag, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Flag(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for At<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = At<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(At::Unsaid)
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(At::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(At::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(At::Unclear)
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
                Ok(At::Unclear)
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
                Ok(At::Unclear)
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(At::Unclear)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Ok(if passed_over(list)? { At::Unclear } else { At::Unsaid })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut at = At::Unsaid;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    at = At::Unclear;
                }
                Ok(at)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Passes over a list; whether anything is in it.
fn passed_over<'de, A: SeqAccess<'de>>(mut list: A) -> Result<bool, A::Error> {
    let mut has_any = false;
    while list.next_element::<IgnoredAny>()?.is_some() {
        has_any = true;
    }
    Ok(has_any)
}
