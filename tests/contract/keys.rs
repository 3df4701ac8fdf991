//! Account keys of whatever people type: no address, no white space, and the same when the key is made of a key.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use relevo::contract::account_key::{FreeMail, account_key, domain_of_email, named_domain, registrable_domain};
use relevo::contract::identifier::check_key_part;

/// What stands in a field for a domain: anything, and often nearly a domain.
fn typed() -> impl Strategy<Value = String> {
    let label = prop_oneof!["[a-z0-9-]{1,12}", "[A-ZñüÅß日本]{1,5}", "xn--[a-z0-9]{1,8}", Just(String::new())];
    let domain = (prop::collection::vec(label, 1..5), "(com|mx|co\\.uk|example|github\\.io|jp|)", "(/|:80|\\.| |\\?q=@|)")
        .prop_map(|(labels, suffix, tail)| format!("{}.{suffix}{tail}", labels.join(".")));
    let scheme = ("(https?://|HTTP://|ftp:|mailto:|.{0,3}@|)", domain.clone()).prop_map(|(scheme, domain)| format!("{scheme}{domain}"));
    let known = (
        "(www\\.|mail\\.|)",
        "(linkedin\\.com|google\\.com|docs\\.google\\.com|x\\.com|github\\.io|gmail\\.com|booking\\.com)",
        "(/in/ana|)",
    )
        .prop_map(|(before, domain, path)| format!("{before}{domain}{path}"));
    prop_oneof![8 => domain, 8 => scheme, 1 => known, 2 => any::<String>()]
}

fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[A-Za-z0-9:._-]{1,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pii_1_a_key_is_no_address_and_has_no_white_space(
        domain in prop::option::of(typed()),
        email in prop::option::of((".{0,8}", typed()).prop_map(|(local, host)| format!("{local}@{host}"))),
        company in prop::option::of(identifier()),
        person in identifier(),
    ) {
        // The edge refuses identifiers that could not stand in a key.
        prop_assume!(check_key_part(&person).is_ok());
        let company = company.filter(|id| check_key_part(id).is_ok());
        let free_mail = FreeMail::default();
        let key = account_key(domain.as_deref(), email.as_deref(), company.as_deref(), &person, &free_mail);
        let text = key.as_str();
        prop_assert!(!text.contains('@') && !text.contains(char::is_whitespace) && !text.is_empty(), "{text:?}");
        prop_assert!(!text.chars().any(char::is_control), "{text:?}");
        if let Some(domain) = key.domain() {
            prop_assert_eq!(domain.to_lowercase(), domain);
            prop_assert!(domain.is_ascii() && domain.contains('.') && !free_mail.contains(domain), "{domain}");
            // A key of a key: as somebody names the account, and by another address of its own.
            let named = named_domain(domain, &free_mail);
            prop_assert_eq!(named.as_deref(), Some(domain));
            let again = account_key(Some(domain), Some(&format!("someone@{domain}")), company.as_deref(), &person, &free_mail);
            prop_assert_eq!(again, key.clone(), "a key made of a key");
        }
    }

    #[test]
    fn a_registrable_domain_of_a_registrable_domain_is_the_same(text in typed()) {
        let free_mail = FreeMail::default();
        if let Some(domain) = registrable_domain(&text, &free_mail) {
            prop_assert_eq!(registrable_domain(&domain, &free_mail), Some(domain.clone()));
            let web = format!("https://www.{domain}/a?b=c");
            prop_assert_eq!(registrable_domain(&web, &free_mail), Some(domain.clone()));
            let email = format!("someone@{domain}");
            prop_assert_eq!(domain_of_email(&email, &free_mail), Some(domain));
        }
    }
}

/// The properties above must not pass because nothing was ever a domain.
#[test]
fn the_generator_makes_domains() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut domains, free_mail) = (0, FreeMail::default());
    for _ in 0..1_000 {
        let text = typed().new_tree(&mut runner).expect("a text").current();
        domains += usize::from(registrable_domain(&text, &free_mail).is_some());
    }
    assert!(domains > 100, "{domains} of 1000 are domains");
}
