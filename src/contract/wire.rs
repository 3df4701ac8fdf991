//! What JSON is allowed to look like at the edge: the small pieces that the wire types of all events share.
//!
//! Lenient where producers differ without meaning anything by it (`230.0` and `"230"` for 230; `null`, `""`, `[]` and `{}` for an absent field),
//! strict where leniency would guess (a list with something in it for an object, `"1,000"` for a number). This file refuses to know any event.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{self, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A wire type that must come as a JSON object: serde by itself would read an array by position too.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

/// A text, borrowed from the record where it has no escapes. serde borrows a `Cow` only in a field that says so, and never
/// inside an `Option` or a list: hence this type and [`text`].
#[derive(Deserialize, PartialEq)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// An optional text: for `deserialize_with`, beside `borrow` and `default`.
pub fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    Ok(maybe::<Text<'a>, D>(deserializer)?.map(|Text(text)| text))
}

/// An optional value, for `deserialize_with` beside `default`: `null`, a text without anything in it, an empty list and an empty object are what
/// tools write where there is none. Whatever else stands there must be the value.
pub fn maybe<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Maybe::<T> { of_fields: false, value: PhantomData })
}

/// The same of an object, which may be empty and is one.
pub fn maybe_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Object<T>>, D::Error> {
    deserializer.deserialize_any(Maybe::<Object<T>> { of_fields: true, value: PhantomData })
}

struct Maybe<T> {
    /// The value is an object itself.
    of_fields: bool,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Maybe<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or none")
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Option<T>, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Option<T>, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Option<T>, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Option<T>, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Option<T>, E> {
        if value.trim().is_empty() { Ok(None) } else { T::deserialize(BorrowedStrDeserializer::new(value)).map(Some) }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Option<T>, E> {
        if value.trim().is_empty() { Ok(None) } else { T::deserialize(StrDeserializer::new(value)).map(Some) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        // With something in it, it is for the value to say that it is no list.
        if list.next_element::<IgnoredAny>()?.is_none() { Ok(None) } else { T::deserialize(SeqAccessDeserializer::new(list)).map(Some) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let is_nothing = !self.of_fields && map.next_key::<IgnoredAny>()?.is_none();
        if is_nothing { Ok(None) } else { T::deserialize(MapAccessDeserializer::new(map)).map(Some) }
    }
}

/// JSON in which every half of a pair of UTF-16 that stands alone in an escape (`\ud83d`: half an emoji, cut by a tool that counts in UTF-16) is
/// the sign for what can't be read, U+FFFD. Nothing else changes, and no place in it.
pub fn mended(json: &[u8]) -> Cow<'_, [u8]> {
    if !json.contains(&b'\\') {
        return Cow::Borrowed(json);
    }
    let unit = |at: usize| -> Option<u16> {
        let escape = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(str::from_utf8(escape).ok()?, 16).ok()
    };
    let (mut mended, mut at) = (Cow::Borrowed(json), 0);
    while at < json.len() {
        at += match (json[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            (b'\\', Some(0xd800..=0xdfff)) => {
                mended.to_mut()[at + 2..at + 6].copy_from_slice(b"fffd");
                6
            }
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    mended
}

/// The most digits before the point of a number that is a text: what is longer is an identifier.
const MAX_DIGITS: usize = 18;

/// The digits before and after the point of a number that is written as a text. `None`: it is not one beyond doubt. `1,000` and `1.000` are a
/// thousand or one, by where they were written, and `0230` is a code.
fn digits(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let good = are_digits(whole) && are_digits(fraction) && (whole == "0" || !whole.starts_with('0'));
    (good && whole.len() <= MAX_DIGITS && fraction.len() <= 2).then_some((whole, fraction))
}

/// A number; also in a text, where it is one beyond doubt.
#[derive(Clone, Copy)]
pub struct Decimal(pub f64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Decimal, E> {
                Ok(Decimal(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Decimal, E> {
                Ok(Decimal(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Decimal, E> {
                Ok(Decimal(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Decimal, E> {
                let read = digits(value).and_then(|_| value.trim().parse().ok());
                read.map(Decimal).ok_or_else(|| E::invalid_type(de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// A whole number, written with or without a fraction of zero; also in a text, where it is one beyond doubt.
#[derive(Clone, Copy)]
pub struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Whole;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Whole, E> {
                Ok(Whole(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Whole, E> {
                i64::try_from(value).map(Whole).map_err(|_| E::invalid_type(de::Unexpected::Unsigned(value), &self))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Whole, E> {
                let whole = value.fract() == 0.0 && value.abs() < EXACT;
                if whole { Ok(Whole(value as i64)) } else { Err(E::invalid_type(de::Unexpected::Float(value), &self)) }
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Whole, E> {
                let whole = digits(value).filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
                let read = whole.and_then(|(whole, _)| whole.parse().ok());
                read.map(Whole).ok_or_else(|| E::invalid_type(de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// A list; what stands for nothing is an empty one, and among its elements none.
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
                nothing(value, &self).map(|()| List::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                no_field(map, &self).map(|()| List::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(Item(one)) = list.next_element()? {
                    many.extend(one);
                }
                Ok(List(many))
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// An element of a list, or a field's value, or nothing.
pub struct Item<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        maybe(deserializer).map(Item)
    }
}

/// A text without anything in it, where something else is expected.
///
/// # Errors
/// There is something.
pub fn nothing<E: de::Error>(text: &str, expected: &dyn de::Expected) -> Result<(), E> {
    if text.trim().is_empty() { Ok(()) } else { Err(E::invalid_type(de::Unexpected::Str(text), expected)) }
}

/// A list without an element, where something else is expected.
///
/// # Errors
/// There is one.
pub fn no_element<'de, A: SeqAccess<'de>>(mut list: A, expected: &dyn de::Expected) -> Result<(), A::Error> {
    if list.next_element::<IgnoredAny>()?.is_none() { Ok(()) } else { Err(de::Error::invalid_type(de::Unexpected::Seq, expected)) }
}

/// An object without a field, where something else is expected.
fn no_field<'de, A: MapAccess<'de>>(mut map: A, expected: &dyn de::Expected) -> Result<(), A::Error> {
    if map.next_key::<IgnoredAny>()?.is_none() { Ok(()) } else { Err(de::Error::invalid_type(de::Unexpected::Map, expected)) }
}

/// One object, a list of them or `null`: what some tools write for the same thing.
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list of objects")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(OneOrMany::default())
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
                nothing(value, &self).map(|()| OneOrMany::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Ok(OneOrMany(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(Object(one)) = list.next_element::<Object<T>>()? {
                    many.push(one);
                }
                Ok(OneOrMany(many))
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_text_is_read_where_it_is_one_beyond_doubt() {
        let whole = |text: &str| serde_json::from_value::<Whole>(text.into()).ok().map(|Whole(number)| number);
        let decimal = |text: &str| serde_json::from_value::<Decimal>(text.into()).ok().map(|Decimal(number)| number);
        for (text, as_whole, as_decimal) in [
            ("230", Some(230), Some(230.0)),
            (" 230\t", Some(230), Some(230.0)),
            ("0", Some(0), Some(0.0)),
            ("230.0", Some(230), Some(230.0)),
            ("40000.50", None, Some(40_000.5)),
            ("0.5", None, Some(0.5)),
            ("999999999999999999", Some(999_999_999_999_999_999), Some(1e18)),
        ] {
            assert_eq!((whole(text), decimal(text)), (as_whole, as_decimal), "{text}");
        }
        let doubtful = "1,000|1.000|1.234|12.3456|1 000|1_000|1'000|0230|00|+5|-5|1e3|0x10|NaN|inf|.5|5.|5.0.0|$40|40k|~230|200-500|٢٣٠|1234567890123456789";
        for text in doubtful.split('|') {
            assert_eq!((whole(text), decimal(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn half_a_pair_of_utf_16_is_mended_and_nothing_else() {
        let check = |json: &str, expected: &str| {
            let mended = mended(json.as_bytes());
            assert_eq!(str::from_utf8(&mended), Ok(expected), "{json}");
            assert_eq!(matches!(mended, Cow::Borrowed(_)), json == expected, "{json}");
            assert!(serde_json::from_slice::<serde_json::Value>(&mended).is_ok(), "{json}");
        };
        check(r#"{"a":"by June \ud83d"}"#, r#"{"a":"by June \ufffd"}"#);
        check(r#"{"a":"\uD83D\uDE00"}"#, r#"{"a":"\uD83D\uDE00"}"#);
        check(r#"{"a":"\uDE00x"}"#, r#"{"a":"\ufffdx"}"#);
        check(r#"{"a":"\ud83d\ud83d\ude00"}"#, r#"{"a":"\ufffd\ud83d\ude00"}"#);
        check(r#"{"a":"\ud83d\n"}"#, r#"{"a":"\ufffd\n"}"#);
        check(r#"{"a\udc00":"\\ud83d"}"#, r#"{"a\ufffd":"\\ud83d"}"#);
        check(r#"{"a":"\u00e9"}"#, r#"{"a":"\u00e9"}"#);
        check(r#"{"a":"é"}"#, r#"{"a":"é"}"#);
        // What is no JSON stays what it is.
        assert!(matches!(super::mended(b"\\ud8"), Cow::Borrowed(_)));
        assert!(matches!(super::mended(b"\\"), Cow::Borrowed(_)));
    }
}
