//! Whose domain it is: a company's, a provider's of mail for everybody, or a platform's with pages of others.
//!
//! What is known stands in data files with their source and date: `free_mail.txt`, which `make lists` writes, and `known.txt`, which is kept by
//! hand. Families of providers go by pattern. This file refuses to know what a domain is asked for.

use std::sync::LazyLock;

use compact_str::CompactString;
// hash-order: asked what they say of one name, never walked.
use rustc_hash::{FxHashMap, FxHashSet};

/// Providers of free mail, a domain a line.
const FREE_MAIL: &str = include_str!("domains/free_mail.txt");
/// Everything else that is known: a kind and a name a line.
const KNOWN: &str = include_str!("domains/known.txt");

/// What a name stands for in `known.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Free,
    Family,
    FamilyLand,
    Misspelt,
    Placeholder,
    Relay,
    Platform,
    Host,
    Company,
    Registry,
}

/// Whose domain a host belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainKind {
    /// A company's, as far as anybody knows.
    Company,
    /// A provider's of mail for everybody.
    FreeMail,
    /// A provider's of free mail, misspelt: mail to it arrives nowhere.
    Misspelt,
    /// Typed to get past a form.
    Placeholder,
    /// It forwards mail, and hides the address behind it.
    Relay,
    /// Pages of others stand there; its own staff has its mail.
    Platform,
    /// Pages, or mail, of others stand there.
    Host,
}

/// A host, seen through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'h> {
    /// The registrable domain, by the public suffix list.
    pub domain: &'h str,
    /// Whose it is.
    pub kind: DomainKind,
}

impl Seen<'_> {
    /// Whether a website there is its company's own.
    pub fn is_companys_site(&self) -> bool {
        self.kind == DomainKind::Company
    }

    /// Whether an address there says for whom its owner works.
    pub fn is_work_mail(&self) -> bool {
        matches!(self.kind, DomainKind::Company | DomainKind::Platform)
    }
}

/// The names of both files.
static LISTS: LazyLock<FxHashMap<&'static str, Known>> = LazyLock::new(|| {
    let free = lines(FREE_MAIL).map(|domain| (domain, Known::Free));
    free.chain(lines(KNOWN).filter_map(|line| line.split_once(' ')).filter_map(|(kind, name)| Some((name, known(kind)?)))).collect()
});

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn known(kind: &str) -> Option<Known> {
    Some(match kind {
        "free" => Known::Free,
        "family" => Known::Family,
        "family-land" => Known::FamilyLand,
        "misspelt" => Known::Misspelt,
        "placeholder" => Known::Placeholder,
        "relay" => Known::Relay,
        "platform" => Known::Platform,
        "host" => Known::Host,
        "company" => Known::Company,
        "registry" => Known::Registry,
        _ => return None,
    })
}

/// Labels of providers that a slip of the pen is looked for in: long enough that it is nobody's name.
const SLIPPED: [&str; 6] = ["gmail", "googlemail", "hotmail", "icloud", "outlook", "yahoo"];
/// Countries whose suffix is used for everything.
const LANDLESS: [&str; 12] = ["ai", "app", "cc", "fm", "gg", "io", "ly", "me", "sh", "so", "tv", "ws"];

/// What is known of domains: the lists that come with Relevo, and what the configuration adds, which wins.
#[derive(Clone, Debug, Default)]
pub struct FreeMail {
    free: FxHashSet<CompactString>,
    platforms: FxHashSet<CompactString>,
    companies: FxHashSet<CompactString>,
}

impl FreeMail {
    /// The lists, and the configuration's own domains of free mail.
    pub fn with<'a>(free: impl IntoIterator<Item = &'a str>) -> Self {
        Self { free: names(free), ..Self::default() }
    }

    /// Besides: hosts with pages of others.
    #[must_use]
    pub fn and_platforms<'a>(mut self, platforms: impl IntoIterator<Item = &'a str>) -> Self {
        self.platforms = names(platforms);
        self
    }

    /// Besides: domains that are companies', whatever the lists say.
    #[must_use]
    pub fn and_companies<'a>(mut self, companies: impl IntoIterator<Item = &'a str>) -> Self {
        self.companies = names(companies);
        self
    }

    /// Whether this registrable domain says nothing about the company of whoever has mail there.
    pub fn contains(&self, domain: &str) -> bool {
        self.see(domain).is_some_and(|seen| !seen.is_work_mail())
    }

    /// Sees through a host: in lower case and ASCII. `None`: it is a public suffix itself, or has none.
    pub fn see<'h>(&self, host: &'h str) -> Option<Seen<'h>> {
        let domain = psl::domain_str(host)?;
        Some(Seen { domain, kind: self.kind(host, domain) })
    }

    fn kind(&self, host: &str, domain: &str) -> DomainKind {
        // From the host itself up to what stands before the last dot.
        let parents =
            std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent).filter(|it| it.contains('.')));
        for name in parents {
            if self.companies.contains(name) {
                return DomainKind::Company;
            } else if self.free.contains(name) {
                return DomainKind::FreeMail;
            } else if self.platforms.contains(name) {
                return DomainKind::Platform;
            }
            match LISTS.get(name) {
                Some(Known::Company) => return DomainKind::Company,
                Some(Known::Registry) => break,
                Some(Known::Free) => return DomainKind::FreeMail,
                Some(Known::Placeholder) => return DomainKind::Placeholder,
                Some(Known::Relay) => return DomainKind::Relay,
                Some(Known::Platform) => return DomainKind::Platform,
                Some(Known::Host) => return DomainKind::Host,
                _ => {}
            }
        }
        by_pattern(domain)
    }
}

/// Families of providers, and hosts under which customers stand by the public suffix list's private part.
fn by_pattern(domain: &str) -> DomainKind {
    let Some((label, suffix)) = domain.split_once('.') else { return DomainKind::Company };
    let is_of_land = || {
        let land = suffix.strip_prefix("co.").or_else(|| suffix.strip_prefix("com.")).unwrap_or(suffix);
        suffix == "com" || (land.len() == 2 && !LANDLESS.contains(&land))
    };
    match LISTS.get(label) {
        Some(Known::Family) => return DomainKind::FreeMail,
        Some(Known::FamilyLand) if is_of_land() => return DomainKind::FreeMail,
        Some(Known::Misspelt) => return DomainKind::Misspelt,
        _ => {}
    }
    if SLIPPED.iter().any(|name| has_slipped(label, name)) {
        return DomainKind::Misspelt;
    }
    let is_private = psl::suffix(domain.as_bytes()).and_then(|suffix| suffix.typ()) == Some(psl::Type::Private);
    if is_private && LISTS.get(suffix) != Some(&Known::Registry) { DomainKind::Host } else { DomainKind::Company }
}

/// Whether one letter of a name stands twice, or two neighbours have changed places.
fn has_slipped(label: &str, name: &str) -> bool {
    let (label, name) = (label.as_bytes(), name.as_bytes());
    let same = label.iter().zip(name).take_while(|(one, other)| one == other).count();
    if label.len() == name.len() + 1 {
        return same > 0 && label[same..] == name[same - 1..] && label[same] == name[same - 1];
    }
    label.len() == name.len()
        && same + 2 <= name.len()
        && (label[same], label[same + 1]) == (name[same + 1], name[same])
        && label[same + 2..] == name[same + 2..]
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> FxHashSet<CompactString> {
    names.into_iter().map(|name| CompactString::from(name.trim().to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(host: &str) -> DomainKind {
        FreeMail::default().see(host).unwrap_or_else(|| panic!("{host} is no domain")).kind
    }

    #[test]
    fn providers_and_their_families_are_known_in_every_country() {
        for domain in "att.net bigpond.com ig.com.br bol.com.br prodigy.net.mx yahoo.com.au skynet.be ziggo.nl docomo.ne.jp ukr.net \
            posteo.de yahoo.co.jp yahoo.no hotmail.com.br hotmail.gr live.nl live.com.sg outlook.it outlook.com.tr msn.nl gmx.li aol.de \
            aol.com.mx icloud.com yandex.kz proton.me mailinator.com terra.cl telenet.be libero.it t-online.de comcast.net web.de \
            gmail.con gmail.cm hotmail.co mail.telepac.pt vip.163.com guerrillamail.com yopmail.com mail.ru wp.pl telkomsa.net"
            .split_whitespace()
        {
            assert_eq!(kind(domain), DomainKind::FreeMail, "{domain}");
        }
    }

    #[test]
    fn slips_placeholders_and_relays_are_no_companies() {
        for domain in "gmial.com gamil.com gmaill.com gmali.com hotmial.com hotmil.com hotmaill.es yaho.com yahooo.com.mx yhaoo.com \
            outlok.com outloook.com oultook.com gnail.com ggmail.com"
            .split_whitespace()
        {
            assert!(matches!(kind(domain), DomainKind::Misspelt | DomainKind::FreeMail), "{domain} is {:?}", kind(domain));
        }
        for (host, expected) in [
            ("unknown.com", DomainKind::Placeholder),
            ("example.com", DomainKind::Placeholder),
            ("relay.firefox.com", DomainKind::Relay),
            ("privaterelay.appleid.com", DomainKind::Relay),
            ("users.noreply.github.com", DomainKind::Relay),
        ] {
            assert_eq!(kind(host), expected, "{host}");
        }
    }

    #[test]
    fn platforms_and_shared_hosts_are_told_from_companies() {
        for host in "www.facebook.com mx.linkedin.com instagram.com sites.google.com maps.google.com x.com youtube.com wa.me linktr.ee \
            acme.onmicrosoft.com lumen.squarespace.com acme.wixsite.com acme.github.io acme.wordpress.com acme.myshopify.com acme.blogspot.com \
            acme.vercel.app acme.azurewebsites.net acme.negocio.site acme.webflow.io acme.mystrikingly.com acme.herokuapp.com acme.carrd.co"
            .split_whitespace()
        {
            assert!(matches!(kind(host), DomainKind::Platform | DomainKind::Host), "{host} is {:?}", kind(host));
        }
    }

    #[test]
    fn companies_stay_companies() {
        for host in "acme.example acme.co.uk acme.uk.com acme.com.se acme.eu.com live.io live-events.nl outlook-consulting.de \
            ibm.com siemens.com att.com telekom.de frontier.example telstra.com law.com gail.co.in aon.com grail.com cloud.com yahoo-fan.example \
            hotmall.com mail-boxes.com googlers.example terra.nl acme.com.mx unam.mx nus.edu.sg bt.com orange.com vodafone.com swisscom.com \
            bank.com email-security.example outlookindia.com iyahoo.com"
            .split_whitespace()
        {
            assert_eq!(kind(host), DomainKind::Company, "{host}");
        }
    }

    #[test]
    fn what_the_configuration_says_wins() {
        let lists = FreeMail::with(["Correo.Example"]).and_platforms(["pages.example"]).and_companies(["gmx.example", "facebook.com"]);
        let check = |host: &str, expected| assert_eq!(lists.see(host).map(|seen| seen.kind), Some(expected), "{host}");
        check("correo.example", DomainKind::FreeMail);
        check("acme.pages.example", DomainKind::Platform);
        check("gmx.example", DomainKind::Company);
        check("www.facebook.com", DomainKind::Company);
        check("gmail.com", DomainKind::FreeMail);
    }

    /// The files are data that anybody may change: each line is what it says it is.
    #[test]
    fn the_lists_say_where_they_come_from_and_are_clean() {
        for (name, file) in [("free_mail.txt", FREE_MAIL), ("known.txt", KNOWN)] {
            let header: Vec<&str> = file.lines().take_while(|line| line.starts_with('#')).collect();
            assert!(header.iter().any(|line| line.starts_with("# Source: ")), "{name} has no source");
            let date = header.iter().find_map(|line| line.strip_prefix("# Date: ")).expect("a date");
            assert!(crate::contract::Date::parse(date).is_ok(), "{name}: {date}");
        }
        let free: Vec<&str> = lines(FREE_MAIL).collect();
        assert!(free.len() > 1_000 && free.is_sorted(), "{} domains", free.len());
        let mut seen = FxHashSet::default();
        for line in lines(KNOWN) {
            let (kind, name) = line.split_once(' ').unwrap_or_else(|| panic!("{line}: a kind and a name"));
            let kind = known(kind).unwrap_or_else(|| panic!("{line}: a kind that nobody knows"));
            assert!(seen.insert(name), "{name} stands there twice");
            let is_label = matches!(kind, Known::Family | Known::FamilyLand | Known::Misspelt);
            assert_eq!(is_label, !name.contains('.'), "{line}: a label has no dot, and a host has one");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            assert!(name.bytes().all(plain), "{line}");
            assert!(kind == Known::Free || !free.contains(&name), "{name} is free mail by one file, and not by the other");
            if kind == Known::Registry {
                let suffix = psl::suffix(name.as_bytes()).expect("a suffix");
                assert_eq!((suffix.as_bytes(), suffix.typ()), (name.as_bytes(), Some(psl::Type::Private)), "{name}");
            } else if !is_label && kind != Known::Host {
                assert!(psl::domain_str(name).is_some(), "{name} is no domain");
            }
        }
        for domain in &free {
            assert!(psl::domain_str(domain).is_some() || psl::suffix_str(domain) == Some(domain), "{domain}");
        }
    }
}
