//! Signatures, and what they make of a rulebook: [`Agreed`], which nothing but their verification can make.
//!
//! SSHSIG as `ssh-keygen -Y sign` writes it, over the rulebook's exact bytes, in the namespace [`NAMESPACE`]; verified by `ssh-key`.
//! Every block of the file is judged and every one that does not count is told. This file refuses to know the chain of laws and
//! whether it is time: that is the registrar's.

pub(crate) mod allowed;
mod armour;

use compact_str::CompactString;
use ssh_key::{Algorithm, PublicKey, Signature, SshSig};

use self::allowed::{AllowedKey, fingerprint};
use super::charter::{Charter, File, Party, text_of};
use super::diagnostic::{Diagnostic, Severity, Sink};
use super::draft::digest;
use super::revision::Revision;
use super::yaml::Span;
use crate::contract::Timestamp;
use crate::contract::code::{
    Code, NOT_SIGNED, SIGNATURE_KEY_NOT_VALID, SIGNATURE_NAMESPACE, SIGNATURE_OF_A_STRANGER, SIGNATURE_OF_OTHER_BYTES,
    SIGNATURE_UNREADABLE, SIGNATURE_WITHOUT_TOUCH, SIGNED_TWICE,
};

/// What a signature of a rulebook is for.
pub const NAMESPACE: &str = "relevo-rulebook";
/// The most bytes of a file of signatures.
pub const MAX_SIGNATURES_BYTES: usize = 64 * 1024;
/// The most signatures of a file: each costs a verification.
pub const MAX_SIGNATURES: usize = 32;

/// A revision that every party whose signature it needs has signed. Only [`Charter::agree`] makes one.
#[derive(Debug)]
pub struct Agreed<R> {
    revision: R,
    signed_by: Vec<CompactString>,
    charter: CompactString,
}

impl<R> Agreed<R> {
    /// The rulebook, or the roster.
    pub fn revision(&self) -> &R {
        &self.revision
    }

    /// Who signed it, in the order of the charter.
    pub fn signed_by(&self) -> &[CompactString] {
        &self.signed_by
    }

    /// The digest of the charter by which it was judged.
    pub fn charter(&self) -> &CompactString {
        &self.charter
    }
}

/// What the signatures of a file say, party by party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// In the order of the charter.
    pub parties: Vec<PartyTally>,
    /// What does not count and why, or what is missing. Errors where a party has not agreed, else warnings.
    pub findings: Vec<Diagnostic>,
}

/// How far a party has agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyTally {
    /// The party.
    pub name: CompactString,
    /// How many people of it must sign.
    pub needed: usize,
    /// Who has signed, in the order of the charter.
    pub signed: Vec<CompactString>,
    /// Who has not.
    pub unsigned: Vec<CompactString>,
}

impl PartyTally {
    /// Whether enough of its people have signed.
    pub fn has_agreed(&self) -> bool {
        self.signed.len() >= self.needed
    }
}

impl Tally {
    /// Whether every party has agreed.
    pub fn is_agreed(&self) -> bool {
        !self.parties.is_empty() && self.parties.iter().all(PartyTally::has_agreed)
    }
}

impl Charter {
    /// Counts the signatures over the exact bytes of a file. Keys are judged as of `effective_from`. Where the charter has no party that has
    /// to sign it, nobody can agree.
    pub fn tally<R: Revision>(&self, file: &[u8], effective_from: Timestamp, signatures: File<'_>) -> Tally {
        let asked: Vec<&Party> = self.parties.iter().filter(|party| R::asks(self, party)).collect();
        self.tally_of(&asked, file, effective_from, signatures)
    }

    fn tally_of(&self, parties: &[&Party], rulebook: &[u8], effective_from: Timestamp, signatures: File<'_>) -> Tally {
        let mut signed = Vec::new();
        let mut findings = match text_of(signatures, MAX_SIGNATURES_BYTES, SIGNATURE_UNREADABLE) {
            Ok(text) => {
                let mut sink = Sink::new(signatures.name, text);
                let mut count = Count { charter: self, rulebook, effective_from, signed: Vec::new() };
                count.file(&mut sink);
                signed = count.signed;
                sink.finish()
            }
            Err(diagnostic) => vec![diagnostic],
        };
        let party = |party: &&Party| {
            let (signed, unsigned) = party.signers.iter().cloned().partition(|name| signed.contains(name));
            PartyTally { name: party.name.clone(), needed: party.needed, signed, unsigned }
        };
        let parties: Vec<PartyTally> = parties.iter().map(party).collect();
        for party in parties.iter().filter(|party| !party.has_agreed()) {
            let message = format!("party `{}` has {} of {} signatures", party.name, party.signed.len(), party.needed);
            let help = format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY < the file >> {}", signatures.name);
            let mut sink = Sink::new(signatures.name, str::from_utf8(signatures.bytes).unwrap_or_default());
            sink.error(NOT_SIGNED, Span::default(), message).help = Some(help);
            findings.extend(sink.finish());
        }
        let tally = Tally { parties, findings };
        if tally.is_agreed() { tally.with_warnings_only() } else { tally }
    }

    /// The revision as one that was agreed on. `file`: the bytes that it was compiled from.
    ///
    /// # Errors
    /// The revision again, with what its signatures say and what is missing.
    ///
    /// # Panics
    /// When the revision was compiled from other bytes.
    pub fn agree<R: Revision>(&self, revision: R, file: &[u8], signatures: File<'_>) -> Result<Agreed<R>, Box<(R, Tally)>> {
        assert_eq!(*revision.link().digest, digest(file), "the signatures are over the bytes that were compiled");
        let tally = self.tally::<R>(file, revision.link().effective_from, signatures);
        if !tally.is_agreed() {
            return Err(Box::new((revision, tally)));
        }
        let signed_by = tally.parties.into_iter().flat_map(|party| party.signed).collect();
        Ok(Agreed { revision, signed_by, charter: self.digest.clone() })
    }
}

impl Tally {
    /// Enough have signed: what does not count besides is worth a word, and hinders nothing.
    fn with_warnings_only(mut self) -> Self {
        self.findings.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        self
    }
}

/// Whether somebody was there, as far as the key can tell: a security key says so in the flags behind its signature, and signs them.
fn was_touched(signature: &Signature) -> bool {
    const FLAGS_FROM_END: usize = 5; // the flags and a counter of four bytes
    const USER_PRESENT: u8 = 1;
    let is_security_key = matches!(signature.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256);
    let flags = signature.as_bytes().iter().nth_back(FLAGS_FROM_END - 1);
    !is_security_key || flags.is_some_and(|flags| flags & USER_PRESENT != 0)
}

/// The count while it goes on.
struct Count<'c> {
    charter: &'c Charter,
    rulebook: &'c [u8],
    effective_from: Timestamp,
    signed: Vec<CompactString>,
}

impl Count<'_> {
    fn file(&mut self, sink: &mut Sink<'_>) {
        for (number, block) in armour::blocks(sink.text()).into_iter().enumerate() {
            if number >= MAX_SIGNATURES {
                sink.error(SIGNATURE_UNREADABLE, block.span, format!("the file has at most {MAX_SIGNATURES} signatures"));
                return;
            }
            match block.signature {
                Ok(signature) => {
                    if let Err((code, message, help)) = self.signature(&signature) {
                        sink.error(code, block.span, message).help = Some(help);
                    }
                }
                Err(message) => {
                    let help = format!("take it away, and sign again: ssh-keygen -Y sign -n {NAMESPACE} -f KEY");
                    sink.error(SIGNATURE_UNREADABLE, block.span, message).help = Some(help);
                }
            }
        }
    }

    /// Counts one signature, or says why it does not count.
    fn signature(&mut self, signature: &SshSig) -> Result<(), (&'static Code, String, String)> {
        if signature.namespace() != NAMESPACE {
            let help = format!("sign with `-n {NAMESPACE}`");
            return Err((SIGNATURE_NAMESPACE, "this signature is for another purpose than a rulebook".into(), help));
        }
        let key = signature.public_key();
        let known: Vec<&AllowedKey> = self.charter.keys.iter().filter(|known| known.key == *key).collect();
        let fingerprint = fingerprint(key);
        let Some(person) = known.iter().find_map(|known| known.person.as_ref()) else {
            let message = if known.is_empty() {
                format!("the key {fingerprint} is not in `allowed_signers`")
            } else {
                format!("the key {fingerprint} is of nobody in the charter")
            };
            return Err((SIGNATURE_OF_A_STRANGER, message, "only signers of the charter count".into()));
        };
        let own = || known.iter().filter(|known| known.person.as_ref() == Some(person));
        let lines = own().map(|known| known.line.to_string()).collect::<Vec<_>>().join(", ");
        if !own().any(|known| known.for_rulebooks) {
            let message = format!("the key {fingerprint} may not sign rulebooks");
            return Err((SIGNATURE_NAMESPACE, message, format!("line {lines} of `allowed_signers` has no `{NAMESPACE}` in `namespaces`")));
        }
        if !own().any(|known| known.for_rulebooks && known.is_valid_at(self.effective_from)) {
            let message = format!("the key {fingerprint} is not valid at the rulebook's `effective_from`, {}", self.effective_from);
            return Err((SIGNATURE_KEY_NOT_VALID, message, format!("line {lines} of `allowed_signers` says when it is")));
        }
        if PublicKey::from(key.clone()).verify(NAMESPACE, self.rulebook, signature).is_err() {
            let message = format!("the signature by the key {fingerprint} is not over this file's exact bytes");
            return Err((SIGNATURE_OF_OTHER_BYTES, message, "sign the file as it is now; nothing may change after".into()));
        }
        if !was_touched(signature.signature()) {
            let message = format!("the security key {fingerprint} signed without being touched");
            return Err((
                SIGNATURE_WITHOUT_TOUCH,
                message,
                "sign again, and touch the key when it asks: nobody may sign for its owner".into(),
            ));
        }
        if self.signed.contains(person) {
            let message = format!("whoever has the key {fingerprint} has signed already: one person counts once");
            return Err((SIGNED_TWICE, message, "where a party needs two signatures, a second person signs".into()));
        }
        self.signed.push(person.clone());
        Ok(())
    }
}
