//! The account key: which events belong together, and so which partition decides about them.
//!
//! The registrable domain of the company's website, else of a work e-mail, else the company's identifier, else the person's. Providers
//! of free mail don't count, because half a country shares them, and neither do platforms with pages of others ([`super::domains`]).
//! A text that names two companies names none beyond doubt: the next source counts, and the doubt is told ([`keyed`]).
//! What people type is read by [`super::typed`]. Joining several keys of one company is identity's work, not ours.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use super::domains::FreeMail;
use super::domains::Seen;
use super::irregularity::Irregularity;
use super::typed;

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

/// What a text says of the domains of companies.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Nothing,
    One(CompactString),
    /// Of two companies or more: none of them is meant beyond doubt.
    Several,
}

impl Named {
    fn by(mut domains: impl Iterator<Item = CompactString>) -> Self {
        let Some(first) = domains.next() else { return Named::Nothing };
        if domains.all(|other| other == first) { Named::One(first) } else { Named::Several }
    }

    fn one(self) -> Option<CompactString> {
        if let Named::One(domain) = self { Some(domain) } else { None }
    }
}

/// The registrable domains of companies in a text, in its order; one may come again.
pub fn company_domains(text: &str, free_mail: &FreeMail) -> impl Iterator<Item = CompactString> {
    typed::hosts(text).filter_map(|host| seen(host, free_mail, |seen| seen.is_companys_site()))
}

/// The registrable domain of a company's domain or web address: lower case, IDNA, by the public suffix list. `None` when it is no domain, is a
/// public suffix itself, belongs to a provider of free mail or to a platform, or when the text names the domains of two companies.
pub fn registrable_domain(text: &str, free_mail: &FreeMail) -> Option<CompactString> {
    Named::by(company_domains(text, free_mail)).one()
}

/// The registrable domain by which an account is known, as somebody names it: as [`registrable_domain`] reads it, or the bare domain of a
/// platform, whose own staff is known by it. In a form the same text is a page of somebody, and makes no account.
pub fn named_domain(text: &str, free_mail: &FreeMail) -> Option<CompactString> {
    let bare = || seen(text, free_mail, |seen| seen.is_work_mail()).filter(|domain| domain == text);
    registrable_domain(text, free_mail).or_else(bare)
}

/// Whether an e-mail's registrable domain is this one.
pub fn is_of_domain(email: &str, domain: &str) -> bool {
    typed::addresses(email).any(|email| {
        let host = email.rsplit_once('@').map(|(_, host)| host);
        host.and_then(to_ascii).is_some_and(|host| psl::domain_str(&host) == Some(domain))
    })
}

/// The registrable domain of a work e-mail; `None` for free mail, for what is no address, and for addresses at two companies.
pub fn domain_of_email(email: &str, free_mail: &FreeMail) -> Option<CompactString> {
    named_by_email(email, free_mail).one()
}

fn named_by_email(email: &str, free_mail: &FreeMail) -> Named {
    Named::by(typed::addresses(email).filter_map(|email| {
        let (_, host) = email.rsplit_once('@')?;
        seen(host, free_mail, |seen| seen.is_work_mail())
    }))
}

/// The registrable domain of a host, where it is one that counts.
fn seen(host: &str, free_mail: &FreeMail, counts: impl Fn(Seen<'_>) -> bool) -> Option<CompactString> {
    let ascii = to_ascii(host)?;
    let seen = free_mail.see(&ascii)?;
    (seen.domain.len() <= MAX_DOMAIN_BYTES && counts(seen)).then(|| seen.domain.into())
}

/// The key of an account by what an interaction says of its company and person. `person_id` always gives one.
pub fn account_key(
    domain: Option<&str>,
    email: Option<&str>,
    company_id: Option<&str>,
    person_id: &str,
    free_mail: &FreeMail,
) -> AccountKey {
    keyed(domain, email, company_id, person_id, free_mail).0
}

/// The key of [`account_key`], and what ought to be known of how it was found.
pub fn keyed(
    domain: Option<&str>,
    email: Option<&str>,
    company_id: Option<&str>,
    person_id: &str,
    free_mail: &FreeMail,
) -> (AccountKey, Option<Irregularity>) {
    let website = domain.map_or(Named::Nothing, |text| Named::by(company_domains(text, free_mail)));
    let mut doubt = (website == Named::Several).then_some(Irregularity::CompanyUnclear);
    if let Named::One(domain) = website {
        let foreign = email.is_some_and(|email| named_by_email(email, free_mail) != Named::Nothing && !is_of_domain(email, &domain));
        return (AccountKey(domain), foreign.then_some(Irregularity::MailOfAnotherCompany));
    }
    match email.map_or(Named::Nothing, |email| named_by_email(email, free_mail)) {
        Named::One(domain) => return (AccountKey(domain), doubt),
        Named::Several => doubt = Some(Irregularity::CompanyUnclear),
        Named::Nothing => {}
    }
    (company_id.map_or_else(|| AccountKey::of_person(person_id), AccountKey::of_company), doubt)
}

fn to_ascii(host: &str) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if !host.contains('.') || !may_be_last(host) {
        return None;
    }
    // The fast path, for nearly every event: already lower-case ASCII without an encoded label, and every label a good one.
    let good = |label: &str| (1..=MAX_LABEL_BYTES).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    if host.bytes().all(plain) && !host.contains("xn--") && host.split('.').all(good) {
        return Some(Cow::Borrowed(host));
    }
    // What is written in letters of other alphabets may be plain ones (`𝕆`): looked at again.
    idna::domain_to_ascii_strict(host).ok().filter(|ascii| may_be_last(ascii)).map(Cow::Owned)
}

/// No country and nobody else has a name of one letter, or of digits: that is an abbreviation (`S.A.`), or a number.
fn may_be_last(host: &str) -> bool {
    let label = host.rsplit('.').next().unwrap_or_default();
    label.len() >= 2 && !label.bytes().all(|byte| byte.is_ascii_digit())
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
        // As people type them.
        check(None, Some("Ana Ruiz <ANA@acme.example>"), None, "acme.example");
        check(None, Some("mailto:ana@acme.example."), None, "acme.example");
        check(None, Some("ana@gmail.com; ana@acme.example"), None, "acme.example");
        check(None, Some("ana @ acme.example"), None, "acme.example");
        check(Some("http:/acme.example"), None, None, "acme.example");
        check(Some("www.acme.example, acme.example/contacto"), None, None, "acme.example");
        check(Some("Vela S.A. de C.V."), None, None, "person:p-1");
        check(Some("S.A."), None, None, "person:p-1");
        check(Some("𝔍.𝕆"), None, None, "person:p-1");
    }

    /// Which of two companies is meant, Relevo does not guess: the next source says it, and the doubt is counted.
    #[test]
    fn a_field_that_names_two_companies_names_none_and_is_counted() {
        let check = |domain: &str, email: Option<&str>, expected: &str, doubt: Option<Irregularity>| {
            let found = keyed(Some(domain), email, None, "p-1", &FreeMail::default());
            assert_eq!((found.0.as_str(), found.1), (expected, doubt), "{domain:?} {email:?}");
        };
        let unclear = Some(Irregularity::CompanyUnclear);
        for between in [" ", ", ", ",", ";", "; ", "|", "\n", "\r\n", " / ", "/", "\t", "\u{a0}", " & ", " y ", " and ", " - ", "，", "、"]
        {
            let two = format!("acme.com.mx{between}www.acme.mx");
            check(&two, None, "person:p-1", unclear);
            check(&two, Some("ana@acme.mx"), "acme.mx", unclear);
            check(&two, Some("ana@gmail.com"), "person:p-1", unclear);
            // Twice the same is one.
            check(&format!("https://acme.com.mx{between}www.ACME.com.mx"), None, "acme.com.mx", None);
        }
        check("https://acme.com.mx/es/ https://acme.mx/contacto", None, "person:p-1", unclear);
        check("acme.com.mx/acme.mx.html", None, "acme.com.mx", None);
        check("acme.com.mx/index.html", None, "acme.com.mx", None);
        check("acme.com.mx, facebook.com/acme", None, "acme.com.mx", None);
        check("acme.com.mx; N/A", None, "acme.com.mx", None);
        check("ana@acme.com.mx", None, "person:p-1", None);
        check("ana@acme.com.mx, www.acme.com.mx", None, "acme.com.mx", None);
        let mail = |email: &str, expected: &str, doubt: Option<Irregularity>| {
            let found = keyed(None, Some(email), Some("co-1"), "p-1", &FreeMail::default());
            assert_eq!((found.0.as_str(), found.1), (expected, doubt), "{email:?}");
        };
        mail("ana@acme.mx; ana@acme.com.mx", "company:co-1", unclear);
        mail("ana@acme.mx; ventas@acme.mx", "acme.mx", None);
        mail("ana@acme.mx / ana@gmail.com", "acme.mx", None);
    }

    /// The website names the account, and only mail of that domain proves it (`person.work_email`); mail of another company is counted.
    #[test]
    fn a_website_names_the_account_and_mail_of_another_company_is_counted() {
        let check = |domain: &str, email: &str, expected: &str, doubt: Option<Irregularity>| {
            let found = keyed(Some(domain), Some(email), None, "p-1", &FreeMail::default());
            assert_eq!((found.0.as_str(), found.1), (expected, doubt), "{domain:?} {email:?}");
        };
        let foreign = Some(Irregularity::MailOfAnotherCompany);
        check("big.com", "ana@small.mx", "big.com", foreign);
        check("big.com", "ana@small.mx; ana@other.mx", "big.com", foreign);
        check("big.com", "ana@small.mx; ana@mail.big.com", "big.com", None);
        check("www.big.com/jobs", "ana@mx.big.com", "big.com", None);
        check("big.com", "ana@gmail.com", "big.com", None);
        check("big.com", "no address", "big.com", None);
        check("facebook.com/big", "ana@small.mx", "small.mx", None);
    }

    #[test]
    fn a_platforms_website_makes_no_account_and_the_work_mail_wins() {
        let free_mail = FreeMail::default();
        let check = |domain, email, expected: &str| {
            assert_eq!(account_key(Some(domain), email, None, "p-1", &free_mail).as_str(), expected, "{domain} {email:?}");
        };
        for platform in [
            "www.facebook.com/acme",
            "https://www.linkedin.com/company/acme",
            "linktr.ee/acme",
            "https://sites.google.com/view/acme",
            "acme.squarespace.com",
            "acme.github.io",
            "acme.onmicrosoft.com",
            "instagram.com/acme",
            "acme.wixsite.com/home",
            "@acme",
            "youtu.be/x",
        ] {
            check(platform, None, "person:p-1");
            check(platform, Some("ana@gmail.com"), "person:p-1");
            check(platform, Some("ana@acme.example"), "acme.example");
        }
        check("facebook.com/acme, www.acme.example", None, "acme.example");
        // Whoever works there has its mail; whoever has mail at a shared host is one of many.
        check("linkedin.com", Some("ana@linkedin.com"), "linkedin.com");
        check("acme.onmicrosoft.com", Some("ana@acme.onmicrosoft.com"), "person:p-1");
        // Whoever names the account that these have names it so.
        for (text, named) in
            [("linkedin.com", Some("linkedin.com")), ("linkedin.com/acme", None), ("acme.onmicrosoft.com", None), ("gmail.com", None)]
        {
            assert_eq!(named_domain(text, &free_mail).as_deref(), named, "{text}");
        }
    }

    #[test]
    fn free_mail_makes_no_account_whatever_list_or_pattern_it_is_on() {
        for (number, host) in
            "att.net bigpond.com ig.com.br bol.com.br prodigy.net.mx yahoo.com.au skynet.be ziggo.nl docomo.ne.jp ukr.net \
            posteo.de gmial.com hotmial.com unknown.com relay.firefox.com outlook.it gmail.con"
                .split_whitespace()
                .enumerate()
        {
            let email = format!("a{number}@{host}");
            assert_eq!(account_key(None, Some(&email), None, "p-1", &FreeMail::default()).as_str(), "person:p-1", "{host}");
        }
    }
}
