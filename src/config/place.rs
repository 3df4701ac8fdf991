//! Where a key stands in the YAML file, so that an error can point at it.
//!
//! The `config` crate forgets positions, so the file is read a second time here, keys only, and only when something is wrong.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// The keys of a YAML document with their places.
pub struct Keys(Vec<(Spanned<String>, Keys)>);

impl Keys {
    /// The keys of this text; of a text that is not YAML, none.
    pub fn of(text: &str) -> Self {
        serde_saphyr::from_str(text).unwrap_or(Self(Vec::new()))
    }

    /// Line and column, from 1, of the key at this path, or of the nearest section around it.
    pub fn find(&self, path: &[String]) -> Option<(u64, u64)> {
        let (first, rest) = path.split_first()?;
        let (key, below) = self.0.iter().find(|(key, _)| key.value == *first)?;
        below.find(rest).or(Some((key.referenced.line(), key.referenced.column())))
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some(entry) = map.next_entry()? {
            keys.push(entry);
        }
        Ok(Keys(keys))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Keys, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Keys(Vec::new()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }

    fn visit_str<E>(self, _: &str) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }

    fn visit_unit<E>(self) -> Result<Keys, E> {
        Ok(Keys(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_path_or_by_the_section_around_it() {
        let keys = Keys::of("application: relevo\ncommit:\n  min_ms: 10\n  max_mss: 3\nlist: [a, {b: c}]\nnothing:\n");
        let check = |path: &[&str], expected| {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(keys.find(&path), expected, "{path:?}");
        };
        check(&["application"], Some((1, 1)));
        check(&["commit", "max_mss"], Some((4, 3)));
        check(&["commit", "absent"], Some((2, 1)));
        check(&["absent"], None);
        check(&["nothing"], Some((6, 1)));
        assert!(Keys::of("a: [").find(&["a".into()]).is_none());
    }
}
