//! Addresses as people type them: `Rosa Vidal <rosa@lumen.example>`, `mailto:…`, a full stop behind it, two in a cell.

use std::borrow::Cow;

use super::super::domains::FreeMail;
use super::trimmed;

/// More addresses in one text are a list of recipients, not somebody's.
const MAX_ADDRESSES: usize = 8;
/// The longest address that mail can carry, in bytes.
const MAX_BYTES: usize = 254;

/// The address that a text means: its first one of a company, else its first. `None`: there is none in it.
pub fn email(text: &str) -> Option<Cow<'_, str>> {
    if is_bare(text) {
        return Some(Cow::Borrowed(text));
    }
    let lists = FreeMail::default();
    let is_companys = |address: &Cow<'_, str>| {
        let host = address.rsplit_once('@').map(|(_, host)| host.to_ascii_lowercase());
        host.is_some_and(|host| lists.see(&host).is_some_and(|seen| seen.is_work_mail()))
    };
    let mut found: Vec<Cow<'_, str>> = addresses(text).collect();
    let place = found.iter().position(is_companys).unwrap_or(0);
    (!found.is_empty()).then(|| found.swap_remove(place))
}

/// The addresses in a text, in its order; at most eight.
pub fn addresses(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let parts = at_signs(text).filter_map(move |(at, width)| around(text, at, width));
    let mut found: Vec<Cow<'_, str>> = parts.take(MAX_ADDRESSES).map(Cow::Borrowed).collect();
    let mut signs = at_signs(text);
    if found.is_empty()
        && let (Some(_), None) = (signs.next(), signs.next())
    {
        // `rosa @ lumen.example`: what stands apart was meant to stand together.
        let joined: String = text.chars().filter(|letter| !super::is_blank(*letter)).collect();
        let address = at_signs(&joined).next().and_then(|(at, width)| around(&joined, at, width)).map(str::to_owned);
        found.extend(address.map(Cow::Owned));
    }
    found.into_iter()
}

/// Nothing but an address, as nearly always.
fn is_bare(text: &str) -> bool {
    text.len() <= MAX_BYTES
        && text.bytes().filter(|byte| *byte == b'@').count() == 1
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_+".contains(&byte))
        && text.split_once('@').is_some_and(|(local, host)| is_local(local) && is_host(host))
}

/// Where an `@` stands, and how wide it is: the sign of East Asia's keyboards has three bytes.
fn at_signs(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.char_indices().filter(|(_, letter)| *letter == '@').map(|(at, letter)| (at, letter.len_utf8()))
}

/// The address around an `@`.
fn around(text: &str, at: usize, width: usize) -> Option<&str> {
    let of_local = |letter: char| letter.is_alphanumeric() || ".!#$%&*+-/=?^_`{|}~'".contains(letter);
    let of_host = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    let begin = text[..at].char_indices().rev().take_while(|(_, letter)| of_local(*letter)).last().map_or(at, |(place, _)| place);
    let begin = begin + (text[begin..at].len() - text[begin..at].trim_start_matches(['\'', '.', '`', '/', '=', '|', '*']).len());
    let host = &text[at + width..];
    let end = host.char_indices().find(|(_, letter)| !of_host(*letter)).map_or(host.len(), |(place, _)| place);
    let host = host[..end].trim_end_matches(['.', '-']);
    let address = &text[begin..at + width + host.len()];
    let local = trimmed(&text[begin..at]);
    (address.len() <= MAX_BYTES && is_local(local) && is_host(host)).then_some(address)
}

fn is_local(local: &str) -> bool {
    !local.is_empty() && !local.starts_with('.') && !local.ends_with('.')
}

/// Labels with something in them, and a last one that is no number and has two letters.
fn is_host(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && last.chars().count() >= 2
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_what_people_type() {
        let check = |text: &str, expected: &str| assert_eq!(email(text).as_deref().unwrap_or("none"), expected, "{text:?}");
        check("rosa@lumen.example", "rosa@lumen.example");
        check("Rosa Vidal <ROSA@LUMEN.example>", "ROSA@LUMEN.example");
        check("\"Vidal, Rosa\" <rosa@lumen.example>", "rosa@lumen.example");
        check("mailto:hugo@cobre.example", "hugo@cobre.example");
        check("MAILTO:hugo@cobre.example?subject=Demo", "hugo@cobre.example");
        check("  hugo@cobre.example. ", "hugo@cobre.example");
        check("hugo@cobre.example,", "hugo@cobre.example");
        check("hugo@cobre.example;", "hugo@cobre.example");
        check("'hugo@cobre.example'", "hugo@cobre.example");
        check("(hugo@cobre.example)", "hugo@cobre.example");
        check("[hugo@cobre.example]", "hugo@cobre.example");
        check("Rosa (CFO) Vidal (rosa@lumen.example)", "rosa@lumen.example");
        check("e-mail: hugo@cobre.example", "hugo@cobre.example");
        check("\u{feff}hugo@cobre.example\u{a0}", "hugo@cobre.example");
        check("hugo@cobre.example\u{200b}", "hugo@cobre.example");
        check("hugo @ cobre.example", "hugo@cobre.example");
        check("hugo@ cobre.example", "hugo@cobre.example");
        check("hugo.prieto+demo@cobre.example", "hugo.prieto+demo@cobre.example");
        check("o'hara@cobre.example", "o'hara@cobre.example");
        check("rosa@münchen.example", "rosa@münchen.example");
        // Of several it is the one at work, else the first.
        check("marta@vela.example; marta@gmail.com", "marta@vela.example");
        check("marta@gmail.com, marta@vela.example", "marta@vela.example");
        check("marta@gmail.com / marta@yahoo.es", "marta@gmail.com");
        check("marta@vela.example\nhugo@cobre.example", "marta@vela.example");
        check("", "none");
        check("no address", "none");
        check("@cobre.example", "none");
        check("hugo@", "none");
        check("hugo@localhost", "none");
        check("hugo@10.0.0.1", "none");
        check("hugo@cobre..example", "none");
        check("@acme on the web", "none");
    }

    #[test]
    fn what_was_found_is_found_again_in_itself() {
        for text in
            ["Rosa Vidal <ROSA@LUMEN.example>", "marta@gmail.com, marta@vela.example", "o'hara@cobre.example", "rosa@münchen.example"]
        {
            let once = email(text).expect("an address").into_owned();
            assert_eq!(email(&once).as_deref(), Some(once.as_str()));
        }
    }
}
