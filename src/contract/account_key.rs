//! The account key: which events belong together, and so which partition decides about them.
//!
//! The registrable domain of the company, else of a work e-mail, else the company's identifier, else the person's. Providers
//! of free mail don't count: half a country shares them. Joining several keys of one company is identity's work, not ours.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;
// hash-order: asked whether it contains a domain, never walked.
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// The providers of free mail that ship with the binary, a domain a line; the configuration extends them.
const FREE_MAIL: &str = include_str!("free_mail.txt");
/// The longest name that the domain name system can carry, in bytes.
const MAX_DOMAIN_BYTES: usize = 253;
/// The longest part of such a name between dots, in bytes.
const MAX_LABEL_BYTES: usize = 63;

/// The key of an account in the log, in state and on every output: `acme.example`, `company:co-17` or `person:p-4521`.
/// Lower case where it is a domain; never an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountKey(CompactString);

impl AccountKey {
    /// A key from a place that only ever held keys: the log, the changelog, a test.
    pub fn from_trusted(key: &str) -> Self {
        Self(key.into())
    }

    /// The key of an account that is known by its company's identifier only.
    pub fn of_company(id: &str) -> Self {
        Self(compact_str::format_compact!("company:{id}"))
    }

    /// The key of an account that is known by one person only.
    pub fn of_person(id: &str) -> Self {
        Self(compact_str::format_compact!("person:{id}"))
    }

    /// Whether nothing but one person is known of the account.
    pub fn is_of_person(&self) -> bool {
        self.0.starts_with("person:")
    }

    /// The text, for keys and outputs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself, for a record's key.
    pub fn into_text(self) -> CompactString {
        self.0
    }

    /// The registrable domain, where the key is one.
    pub fn domain(&self) -> Option<&str> {
        (!self.0.contains(':')).then_some(self.0.as_str())
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for AccountKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Domains of free-mail providers, which say nothing about a company.
#[derive(Clone, Debug)]
pub struct FreeMail(FxHashSet<CompactString>);

impl FreeMail {
    /// The built-in list and the configuration's own domains.
    pub fn with<'a>(more: impl IntoIterator<Item = &'a str>) -> Self {
        let built_in = FREE_MAIL.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(built_in.chain(more).map(|domain| CompactString::from(domain.trim().to_lowercase())).collect())
    }

    /// Whether this registrable domain belongs to a provider of free mail.
    pub fn contains(&self, domain: &str) -> bool {
        self.0.contains(domain)
    }
}

impl Default for FreeMail {
    fn default() -> Self {
        Self::with([])
    }
}

/// The registrable domain of a company's domain or web address: lower case, IDNA, by the public suffix list.
/// `None` when it is no domain, is a public suffix itself, or belongs to a provider of free mail.
pub fn registrable_domain(text: &str, free_mail: &FreeMail) -> Option<CompactString> {
    let host = host_of(text.trim());
    let ascii = to_ascii(host)?;
    let domain = psl::domain_str(&ascii)?;
    (domain.len() <= MAX_DOMAIN_BYTES && !free_mail.contains(domain)).then(|| domain.into())
}

/// Whether an e-mail's registrable domain is this one.
pub fn is_of_domain(email: &str, domain: &str) -> bool {
    let host = email.trim().rsplit_once('@').filter(|(local, _)| !local.is_empty()).map(|(_, host)| host_of(host));
    host.and_then(to_ascii).is_some_and(|host| psl::domain_str(&host) == Some(domain))
}

/// The registrable domain of a work e-mail; `None` for free mail and for what is no address.
pub fn domain_of_email(email: &str, free_mail: &FreeMail) -> Option<CompactString> {
    let (local, host) = email.trim().rsplit_once('@')?;
    if local.is_empty() { None } else { registrable_domain(host, free_mail) }
}

/// The key of an account by what an interaction says of its company and person. `person_id` always gives one.
pub fn account_key(
    domain: Option<&str>,
    email: Option<&str>,
    company_id: Option<&str>,
    person_id: &str,
    free_mail: &FreeMail,
) -> AccountKey {
    let by_domain = domain.and_then(|text| registrable_domain(text, free_mail));
    if let Some(domain) = by_domain.or_else(|| email.and_then(|email| domain_of_email(email, free_mail))) {
        return AccountKey(domain);
    }
    company_id.map_or_else(|| AccountKey::of_person(person_id), AccountKey::of_company)
}

/// Takes the host out of what people type as a domain: a scheme, a path, a port and a last dot are dropped.
fn host_of(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let text = text.split_once(':').map_or(text, |(host, _)| host);
    text.strip_suffix('.').unwrap_or(text)
}

fn to_ascii(host: &str) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let last_label = host.rsplit('.').next().unwrap_or_default();
    if !host.contains('.') || last_label.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The fast path, for nearly every event: already lower-case ASCII without an encoded label, and every label a good one.
    let good = |label: &str| (1..=MAX_LABEL_BYTES).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    if host.bytes().all(plain) && !host.contains("xn--") && host.split('.').all(good) {
        return Some(Cow::Borrowed(host));
    }
    idna::domain_to_ascii_strict(host).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_domain_else_the_work_mails_else_the_company_else_the_person() {
        let free_mail = FreeMail::with(["correo.example"]);
        let check = |domain, email, company, expected: &str| {
            assert_eq!(account_key(domain, email, company, "p-1", &free_mail).as_str(), expected);
        };
        check(Some("acme.example"), None, None, "acme.example");
        check(Some("https://WWW.Acme.Example/about"), None, None, "acme.example");
        check(Some("shop.acme.co.uk"), None, None, "acme.co.uk");
        check(Some("münchen.example"), None, None, "xn--mnchen-3ya.example");
        check(Some("acme.example.:8080"), None, None, "acme.example");
        check(None, Some("ana@mail.acme.example"), None, "acme.example");
        check(Some("co.uk"), Some("ana@acme.example"), None, "acme.example");
        check(Some("gmail.com"), None, Some("co-1"), "company:co-1");
        check(None, Some("ana@gmail.com"), Some("co-1"), "company:co-1");
        check(None, Some("ana@correo.example"), None, "person:p-1");
        check(Some("localhost"), Some("no address"), None, "person:p-1");
        check(Some("192.168.0.1"), None, None, "person:p-1");
        check(Some("-..-"), None, None, "person:p-1");
        check(Some("a.-.com"), None, None, "person:p-1");
        check(Some("ana@acme.example"), None, None, "person:p-1");
        check(None, Some("@acme.example"), None, "person:p-1");
    }
}
