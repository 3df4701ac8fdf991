//! OpenSSH's `allowed_signers`: whose keys are whose, for what, and when. The format is that of `ssh-keygen -Y verify`.
//!
//! A line is names, options, a public key and a comment. Where OpenSSH reads a time without a zone in the machine's own, this reads it
//! in UTC, so that every machine judges alike. This file refuses to know parties: it is told the people that matter.

use compact_str::CompactString;
use ssh_key::authorized_keys::ConfigOptsIter;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, PublicKey};

use super::NAMESPACE;
use crate::contract::Timestamp;
use crate::contract::code::{ALLOWED_SIGNERS_INVALID, PERSON_OF_TWO_PARTIES};
use crate::rulebook::diagnostic::{Sink, nearest};
use crate::rulebook::yaml::Span;

/// The most keys of a file.
const MAX_KEYS: usize = 1_000;
/// RSA keys that count, in bits: shorter ones are weak, longer ones are beyond what the library verifies.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
/// The options of OpenSSH.
const OPTIONS: &[&str] = &["namespaces", "valid-after", "valid-before", "cert-authority"];

/// A line of the file.
#[derive(Clone, Debug)]
pub(crate) struct AllowedKey {
    /// The key.
    pub key: KeyData,
    /// The one person of the charter whose key it is; `None`: somebody else's.
    pub person: Option<CompactString>,
    /// From 1.
    pub line: usize,
    /// Whether it may sign rulebooks.
    pub for_rulebooks: bool,
    /// Not before.
    pub valid_after: Option<Timestamp>,
    /// Not after.
    pub valid_before: Option<Timestamp>,
}

impl AllowedKey {
    /// Whether it is valid at an instant; both ends count, as in OpenSSH.
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.valid_after.is_none_or(|after| at >= after) && self.valid_before.is_none_or(|before| at <= before)
    }
}

/// Reads every line. `people`: the charter's signers; a key of two of them is refused.
pub(in crate::rulebook) fn read(people: &[&str], sink: &mut Sink<'_>) -> Vec<AllowedKey> {
    let (text, mut keys) = (sink.text(), Vec::<AllowedKey>::new());
    let mut start = 0;
    for (index, line) in text.split('\n').enumerate() {
        let whole = Span { start, end: start + line.len() };
        start += line.len() + 1;
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if keys.len() >= MAX_KEYS {
            sink.error(ALLOWED_SIGNERS_INVALID, whole, format!("the file has at most {MAX_KEYS} keys"));
            break;
        }
        let mut line = Line { rest: content, whole, people, sink };
        let Some(mut key) = line.read() else { continue };
        key.line = index + 1;
        let other = keys.iter().find(|other| other.key == key.key && other.person.is_some() && other.person != key.person);
        if let (Some(other), Some(_)) = (other, &key.person) {
            let message = format!("this key is that of another signer already, in line {}: a key belongs to one person", other.line);
            sink.error(PERSON_OF_TWO_PARTIES, whole, message).help = Some("each person signs with a key of their own".into());
        }
        keys.push(key);
    }
    keys
}

/// A line while it is read.
struct Line<'a, 's, 't> {
    rest: &'a str,
    whole: Span,
    people: &'a [&'a str],
    sink: &'s mut Sink<'t>,
}

impl<'a> Line<'a, '_, '_> {
    fn bad<T>(&mut self, message: impl Into<String>, help: &str) -> Option<T> {
        self.sink.error(ALLOWED_SIGNERS_INVALID, self.whole, message).help = Some(help.to_owned());
        None
    }

    fn read(&mut self) -> Option<AllowedKey> {
        let names = self.word()?.trim_matches('"');
        let mut named = self.people.iter().filter(|person| matches_list(names, person));
        let person = named.next().map(|person| CompactString::from(*person));
        if named.next().is_some() {
            let diagnostic =
                self.sink.error(PERSON_OF_TWO_PARTIES, self.whole, "this line makes one key that of two signers of the charter");
            diagnostic.help = Some("each person signs with a key of their own: give each a line, and a key".into());
            return None;
        }
        let mut key = AllowedKey {
            key: KeyData::Ed25519(ssh_key::public::Ed25519PublicKey([0; 32])), // until it is read
            person,
            line: 0,
            for_rulebooks: true,
            valid_after: None,
            valid_before: None,
        };
        let first = self.word()?;
        let kind = if is_key_type(first) {
            first
        } else {
            self.options(first, &mut key)?;
            self.word()?
        };
        let body = self.word()?;
        match PublicKey::from_openssh(&format!("{kind} {body}")) {
            Ok(public) => key.key = public.key_data().clone(),
            Err(_) => return self.bad("here is no public key that can be read", "copy the one line of the file KEY.pub behind the name"),
        }
        self.usable(&key.key).then_some(key)
    }

    /// The next word; one that has quotes may have spaces within.
    fn word(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let mut quoted = false;
        let end = text.find(|c: char| {
            quoted ^= c == '"';
            !quoted && c.is_whitespace()
        });
        if text.is_empty() {
            return self.bad(
                "the line ends too early: names, a public key's type and the key are expected",
                "ana@example.com namespaces=\"relevo-rulebook\" ssh-ed25519 AAAA…",
            );
        }
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        Some(word)
    }

    fn options(&mut self, text: &'a str, key: &mut AllowedKey) -> Option<()> {
        let Ok(options) = ConfigOptsIter::new(text) else {
            return self.bad("these options can't be read", "options are name=\"value\" with commas between, without spaces");
        };
        for option in options {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "namespaces" => key.for_rulebooks = matches_list(value, NAMESPACE),
                "valid-after" => key.valid_after = Some(self.time(value)?),
                "valid-before" => key.valid_before = Some(self.time(value)?),
                "cert-authority" if key.person.is_none() => {} // somebody else's, for another purpose
                "cert-authority" => {
                    return self.bad("certificates are not taken", "give the signer's own public key, without `cert-authority`");
                }
                other => {
                    let near = nearest(other, OPTIONS.iter().copied());
                    let help = near.map_or_else(
                        || "options are namespaces, valid-after, valid-before".to_owned(),
                        |name| format!("did you mean `{name}`?"),
                    );
                    return self.bad("here is neither a key's type nor an option that OpenSSH knows", &help);
                }
            }
        }
        if let (Some(after), Some(before)) = (key.valid_after, key.valid_before)
            && after > before
        {
            return self.bad("`valid-after` is later than `valid-before`: the key is never valid", "exchange the two");
        }
        Some(())
    }

    /// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` or not: UTC.
    fn time(&mut self, text: &str) -> Option<Timestamp> {
        let digits = text.strip_suffix(['Z', 'z']);
        let plain = digits.unwrap_or(text);
        let time = plain.bytes().all(|byte| byte.is_ascii_digit()).then_some(()).and_then(|()| {
            let clock = match plain.len() {
                8 => "00:00:00".to_owned(),
                12 => format!("{}:{}:00", &plain[8..10], &plain[10..12]),
                14 => format!("{}:{}:{}", &plain[8..10], &plain[10..12], &plain[12..14]),
                _ => return None,
            };
            Timestamp::parse(&format!("{}-{}-{}T{clock}Z", &plain[..4], &plain[4..6], &plain[6..8])).ok()
        });
        if time.is_none() {
            return self.bad("a time is YYYYMMDD or YYYYMMDDHHMM[SS], and Z behind it", "valid-before=\"20271231Z\"");
        }
        if digits.is_none() {
            let message = "this time is taken as UTC, where ssh-keygen takes the machine's own zone";
            self.sink.warning(ALLOWED_SIGNERS_INVALID, self.whole, message).help = Some("write Z behind it".into());
        }
        time
    }

    fn usable(&mut self, key: &KeyData) -> bool {
        let kinds = "ed25519, ecdsa, rsa and their sk- kinds are taken: make one with `ssh-keygen -t ed25519`";
        match key {
            KeyData::Rsa(rsa) => {
                let bits = rsa.n.as_positive_bytes().map_or(0, |bytes| bytes.len() * 8 - bytes[0].leading_zeros() as usize);
                if !RSA_BITS.contains(&bits) {
                    return self.bad::<()>(format!("an RSA key of {bits} bits; 2048 to 4096 are taken"), kinds).is_some();
                }
                true
            }
            KeyData::Ed25519(_) | KeyData::Ecdsa(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => true,
            _ => self.bad::<()>("a kind of key that is not taken", kinds).is_some(),
        }
    }
}

/// Whether a word is the type of a key, and no options.
fn is_key_type(word: &str) -> bool {
    !word.contains(['=', '"', ',']) && !OPTIONS.contains(&word.to_ascii_lowercase().as_str()) && word.parse::<Algorithm>().is_ok()
        || word == "ssh-dss"
}

/// OpenSSH's lists of patterns: commas between, `*` and `?` within, and `!` in front of what must not match.
fn matches_list(patterns: &str, text: &str) -> bool {
    let mut any = false;
    for pattern in patterns.split(',').map(str::trim) {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(pattern.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => any |= matches(pattern.as_bytes(), text.as_bytes()),
        }
    }
    any
}

/// One pattern; its work is bounded by the product of both lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    (p, t) = (*at + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// A key as `ssh-keygen -l` shows it: `SHA256:…`.
pub(super) fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_openssh_matches_them() {
        let check = |patterns: &str, text: &str, expected: bool| {
            assert_eq!(matches_list(patterns, text), expected, "{patterns} {text}");
        };
        check("ana@example.com", "ana@example.com", true);
        check("ana@example.com", "ana@example.co", false);
        check("eva@example.com,ana@example.com", "ana@example.com", true);
        check("*@example.com", "ana@example.com", true);
        check("*@example.com,!ana@example.com", "ana@example.com", false);
        check("!eva@example.com", "ana@example.com", false);
        check("a?a@*", "ana@example.com", true);
        check("*a*a*a*a*a*b", &"a".repeat(1_000), false);
        check("relevo-*", NAMESPACE, true);
        check("git,file", NAMESPACE, false);
        check("", "ana@example.com", false);
        check("*", "", true);
    }
}
