//! The charter: who must agree to a rulebook. Parties, how many people of each, and which keys are theirs.
//!
//! Read from two files that are deployed apart from the rulebooks: `charter.yaml` and OpenSSH's `allowed_signers`. Bytes in, a charter
//! or everything that is wrong out. This file refuses to know rulebooks and signatures: [`super::signatures`] judges them by it.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::diagnostic::{Diagnostic, Sink};
use super::draft::digest_of;
use super::draft::read::{self, Fields};
use super::signatures::allowed::{self, AllowedKey};
use super::unseen;
use super::yaml::{self, Node, Span};
use crate::contract::code::{CHARTER_INVALID, CHARTER_UNREADABLE, CHARTER_WITHOUT_PARTY, Code, PARTY_WITHOUT_KEYS, PERSON_OF_TWO_PARTIES};
use crate::contract::unseen::is_obeyed;

/// The most bytes of `charter.yaml`.
pub const MAX_CHARTER_BYTES: usize = 64 * 1024;
/// The most bytes of `allowed_signers`.
pub const MAX_ALLOWED_SIGNERS_BYTES: usize = 256 * 1024;
/// The most parties: more than a company has departments that meet over one rulebook.
const MAX_PARTIES: usize = 20;
/// The most signers of a party.
const MAX_SIGNERS: usize = 100;
/// The party whose rosters count, where the charter does not say.
const ROSTERS: &str = "sales";
/// The longest name of a signer.
const MAX_SIGNER_BYTES: usize = 200;

/// A file that is handed in: what messages call it, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Who must agree.
#[derive(Debug)]
pub struct Charter {
    /// `sha256:` and the hash of `charter.yaml` followed by `allowed_signers`: what `cat charter.yaml allowed_signers | sha256sum` says.
    pub digest: CompactString,
    /// At least one, in the order of the file.
    pub parties: Vec<Party>,
    /// The party whose rosters count: `rosters` of the file, or `sales`. There need not be one: then no roster can be signed.
    pub rosters: CompactString,
    /// What its writers hardly meant: it is a charter all the same.
    pub warnings: Vec<Diagnostic>,
    pub(super) keys: Vec<AllowedKey>,
}

/// A department that must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: CompactString,
    /// How many people of it must sign, at least one.
    pub needed: usize,
    /// Who may sign for it, as many as are needed or more, each of this party alone.
    pub signers: Vec<CompactString>,
}

impl Charter {
    /// Reads the charter and the allowed signers.
    ///
    /// # Errors
    /// Everything that is wrong with either of them at once, errors first; warnings alone are no error.
    pub fn read(charter: File<'_>, allowed_signers: File<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut rosters = None;
        let drafts = match text_of(charter, MAX_CHARTER_BYTES, CHARTER_UNREADABLE) {
            Ok(text) => {
                let mut sink = Sink::new(charter.name, text);
                unseen::look(&mut sink);
                let drafts;
                (drafts, rosters) = parties(&mut sink);
                // The helpers that read rulebooks name things by a rulebook's codes.
                let as_charter = |mut diagnostic: Diagnostic| {
                    if diagnostic.code.number < 2_100 {
                        diagnostic.code = CHARTER_INVALID;
                    }
                    diagnostic
                };
                found.extend(sink.finish().into_iter().map(as_charter));
                drafts
            }
            Err(diagnostic) => {
                found.push(diagnostic);
                Vec::new()
            }
        };
        let people: BTreeSet<&str> = drafts.iter().flat_map(|draft| draft.signers.iter().map(|(name, _)| name.as_str())).collect();
        let mut keys = Vec::new();
        match text_of(allowed_signers, MAX_ALLOWED_SIGNERS_BYTES, CHARTER_UNREADABLE) {
            Ok(text) => {
                let mut sink = Sink::new(allowed_signers.name, text);
                unseen::look(&mut sink);
                keys = allowed::read(&people.into_iter().collect::<Vec<_>>(), &mut sink);
                found.extend(sink.finish());
            }
            Err(diagnostic) => found.push(diagnostic),
        }
        // A file that can't be read has no keys, and that is not the charter's fault.
        if let (Ok(text), false) = (str::from_utf8(charter.bytes), found.iter().any(Diagnostic::is_error)) {
            let mut sink = Sink::new(charter.name, text);
            drafts.iter().for_each(|draft| draft.need_keys(&keys, &mut sink));
            found.extend(sink.finish());
        }
        found.sort_by_key(|diagnostic| diagnostic.severity);
        if found.iter().any(Diagnostic::is_error) {
            return Err(found);
        }
        let parties = drafts.into_iter().map(Draft::party).collect();
        let rosters = rosters.unwrap_or_else(|| CompactString::const_new(ROSTERS));
        Ok(Self { digest: Self::digest_of(charter.bytes, allowed_signers.bytes), parties, rosters, warnings: found, keys })
    }

    /// The digest of a charter of these bytes.
    pub fn digest_of(charter: &[u8], allowed_signers: &[u8]) -> CompactString {
        digest_of(&[charter, allowed_signers])
    }

    /// The party that a person signs for.
    pub fn party_of(&self, person: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.signers.iter().any(|signer| signer == person))
    }
}

/// A file's text, if it is text and not too long.
pub(super) fn text_of<'a>(file: File<'a>, max_bytes: usize, code: &'static Code) -> Result<&'a str, Diagnostic> {
    if file.bytes.len() > max_bytes {
        let message = format!("the file has at most {} KiB", max_bytes / 1024);
        let help = Some("is this the right file? Nobody can read one as long as this to its end".to_owned());
        return Err(Diagnostic::error_at(code, (file.name, ""), 0..0, message, help));
    }
    str::from_utf8(file.bytes).map_err(|error| {
        let good = str::from_utf8(&file.bytes[..error.valid_up_to()]).unwrap_or_default();
        let end = good.len()..good.len();
        let help = Some("save it as UTF-8".to_owned());
        Diagnostic::error_at(code, (file.name, good), end, "the file is not UTF-8 from here on".to_owned(), help)
    })
}

/// A party with the places of its names.
struct Draft {
    name: CompactString,
    span: Span,
    needed: usize,
    signers: Vec<(CompactString, Span)>,
}

impl Draft {
    fn party(self) -> Party {
        Party { name: self.name, needed: self.needed, signers: self.signers.into_iter().map(|(name, _)| name).collect() }
    }

    /// Whether so many of its people have a key that it can agree at all.
    fn need_keys(&self, keys: &[AllowedKey], sink: &mut Sink<'_>) {
        let with_key = |name: &CompactString| keys.iter().any(|key| key.for_rulebooks && key.person.as_ref() == Some(name));
        let (able, unable): (Vec<_>, Vec<_>) = self.signers.iter().partition(|(name, _)| with_key(name));
        if able.len() < self.needed {
            let message =
                format!("party `{}` needs {} of its people, and `allowed_signers` has keys of {}", self.name, self.needed, able.len());
            sink.error(PARTY_WITHOUT_KEYS, self.span, message).help = Some("add the public key of each signer to `allowed_signers`".into());
            return;
        }
        for (_, span) in unable {
            sink.warning(PARTY_WITHOUT_KEYS, *span, "this signer has no key in `allowed_signers` yet");
        }
    }
}

/// The parties, and the one whose rosters count, where that is said.
fn parties(sink: &mut Sink<'_>) -> (Vec<Draft>, Option<CompactString>) {
    let Some(node) = yaml::read(sink) else { return (Vec::new(), None) };
    let Some(fields) = Fields::of(&node, "a charter", &["api", "kind", "parties", "rosters"], sink) else { return (Vec::new(), None) };
    let drafts = drafts(&node, &fields, sink);
    let rosters = fields.get("rosters").and_then(|node| {
        let name = read::name(node, "a party", sink)?;
        if !sink.has_errors() && !drafts.iter().any(|draft| draft.name == name) {
            let message = format!("there is no party `{name}` to sign rosters");
            sink.error(CHARTER_INVALID, node.span, message).nearest(&name, drafts.iter().map(|draft| draft.name.as_str()));
        }
        Some(name)
    });
    (drafts, rosters)
}

fn drafts(node: &Node, fields: &Fields<'_>, sink: &mut Sink<'_>) -> Vec<Draft> {
    read::constant(fields, "api", "relevo/v1", sink);
    read::constant(fields, "kind", "Charter", sink);
    let Some(node) = fields.get("parties") else {
        // Where the key is misspelt it is not missing too.
        if !sink.has_errors() {
            no_party(node.span, sink);
        }
        return Vec::new();
    };
    let Some(entries) = read::entries(node, "parties", sink) else { return Vec::new() };
    if entries.is_empty() {
        no_party(node.span, sink);
    }
    if entries.len() > MAX_PARTIES {
        sink.error(CHARTER_INVALID, node.span, format!("a charter has at most {MAX_PARTIES} parties"));
        return Vec::new();
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for (key, node) in &entries {
        let Some(draft) = party(&key.name, key.span, node, sink) else { continue };
        for (person, span) in &draft.signers {
            if let Some(other) = drafts.iter().find(|other| other.signers.iter().any(|(name, _)| name == person)) {
                let message = format!("this person signs for party `{}` already: nobody signs for two parties", other.name);
                sink.error(PERSON_OF_TWO_PARTIES, *span, message).help = Some("take the name away from one of the two".into());
            }
        }
        drafts.push(draft);
    }
    warn_of_spellings(&drafts, sink);
    if let ([only], false) = (drafts.as_slice(), sink.has_errors()) {
        let message = format!("`{}` is the only party: it decides alone what a lead is", only.name);
        sink.warning(CHARTER_WITHOUT_PARTY, only.span, message);
    }
    drafts
}

/// Two names that differ in the case of letters alone are two people to the charter, and one to whoever reads it.
fn warn_of_spellings(drafts: &[Draft], sink: &mut Sink<'_>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, span) in drafts.iter().flat_map(|draft| &draft.signers) {
        match seen.get(name.to_lowercase().as_str()) {
            Some(other) if *other != name.as_str() => {
                let message = format!("`{name}` and `{other}` differ in case alone, and are two people to the charter");
                sink.warning(PERSON_OF_TWO_PARTIES, *span, message);
            }
            _ => drop(seen.insert(name.to_lowercase().into(), name.as_str())),
        }
    }
}

fn no_party(span: Span, sink: &mut Sink<'_>) {
    let help = "parties: { marketing: { needed: 1, signers: [ana@example.com] }, sales: { needed: 1, signers: [eva@example.com] } }";
    sink.error(CHARTER_WITHOUT_PARTY, span, "the charter names no party that must agree").help = Some(help.into());
}

fn party(name: &str, span: Span, node: &Node, sink: &mut Sink<'_>) -> Option<Draft> {
    let name = read::check_name(name, span, "a party", sink)?;
    let fields = Fields::of(node, "a party", &["needed", "signers"], sink)?;
    let needed = fields.need("needed", "1", sink).and_then(|node| read::number(node, 1.0, MAX_SIGNERS as f64, sink));
    let items = fields.need("signers", "[ana@example.com]", sink).map(|node| read::list(node, "signers", MAX_SIGNERS, sink))?;
    let mut signers: Vec<(CompactString, Span)> = Vec::new();
    for item in items {
        let Some((text, _)) = read::scalar(item, "a signer's name", sink) else { continue };
        if !is_person(text) {
            sink.error(CHARTER_INVALID, item.span, "a signer is named as in `allowed_signers`: no spaces, commas, quotes or wildcards");
        } else if signers.iter().any(|(known, _)| known == text) {
            sink.error(CHARTER_INVALID, item.span, "this signer is named twice, and is one person all the same");
        } else {
            signers.push((text.into(), item.span));
        }
    }
    let needed = needed?;
    if needed.fract() != 0.0 || needed as usize > signers.len() {
        let message = format!("`needed` is a whole number from 1 to the number of signers, which is {}", signers.len());
        let at = fields.get("needed").map_or(span, |node| node.span);
        sink.error(CHARTER_INVALID, at, message);
        return None;
    }
    Some(Draft { name, span, needed: needed as usize, signers })
}

/// Whether a text can name one person in both files.
fn is_person(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !is_obeyed(c) && !matches!(c, ',' | '"' | '\'' | '*' | '?' | '!' | '#');
    !text.is_empty() && text.len() <= MAX_SIGNER_BYTES && text.chars().all(plain)
}
