//! Websites as people type them: with a scheme or half of one, a path, two in a cell.

/// Signs that stand between two texts of one cell.
const BETWEEN: [char; 18] = [',', ';', '|', '\n', '\r', '<', '>', '"', '(', ')', '[', ']', '{', '}', '，', '；', '、', '｜'];
/// Words that do, in the languages of forms.
const AND: [&str; 11] = ["y", "e", "o", "u", "and", "or", "und", "oder", "et", "ou", "i"];

/// The hosts that a text names, in its order, as they are typed: `www.Acme.example`. What is no host is left out only where it can't be one.
pub fn hosts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(BETWEEN).map(super::trimmed).filter(|part| !part.is_empty());
    parts
        .flat_map(|part| {
            // A name of a company may have dots in it (`Vela S.A. de C.V.`): of several words, unless each may be a host, only what says
            // that it is a host is one.
            let words = move || part.split_whitespace().filter(|word| !is_between(word));
            let is_one = words().all(may_be_host) || !part.contains(char::is_whitespace);
            let says_so = |word: &&str| word.contains("://") || begins_with_www(word);
            words().filter(move |word| is_one || says_so(word))
        })
        .flat_map(one_or_two)
        .map(host)
        .filter(|host| !host.is_empty())
}

/// `acme.example/www.acme-dos.example` is two: no page of a website is called so.
fn one_or_two(word: &str) -> impl Iterator<Item = &str> {
    let two = word.rsplit_once('/').filter(|(_, last)| begins_with_www(last));
    let two = two.filter(|(first, _)| may_be_host(first) && !first.ends_with('/'));
    let (first, second) = two.map_or((word, None), |(first, last)| (first, Some(last)));
    std::iter::once(first).chain(second)
}

fn begins_with_www(word: &str) -> bool {
    word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

/// Whether a word only stands between two others.
fn is_between(word: &str) -> bool {
    !word.contains(char::is_alphanumeric) || AND.iter().any(|and| and.eq_ignore_ascii_case(word))
}

/// Whether a word has a dot in it and ends in a label of two signs or more.
fn may_be_host(word: &str) -> bool {
    word.trim_end_matches(['.', '/']).rsplit_once('.').is_some_and(|(name, last)| !name.is_empty() && last.chars().count() >= 2)
}

/// Without scheme, path, port and what stands at the ends.
fn host(mut text: &str) -> &str {
    loop {
        let before = text;
        if let Some((scheme, rest)) = text.split_once(':')
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            text = rest;
        }
        for scheme in ["http//", "https//"] {
            let starts = text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
            text = if starts { &text[scheme.len()..] } else { text };
        }
        text = text.trim_start_matches(['/', '\\', '\'', '`']);
        if text == before {
            break;
        }
    }
    let text = text.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let text = text.split_once(':').map_or(text, |(host, _)| host);
    text.trim_end_matches(['.', '\'', '`', '!'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_what_people_type() {
        let check = |text: &str, expected: &[&str]| assert_eq!(hosts(text).collect::<Vec<_>>(), expected, "{text:?}");
        check("acme.example", &["acme.example"]);
        check("https://www.acme.example/about?x=1#top", &["www.acme.example"]);
        check("HTTP://www.acme.example:8080/", &["www.acme.example"]);
        check("http:/lumen.example", &["lumen.example"]);
        check("http:lumen.example", &["lumen.example"]);
        check("https//lumen.example", &["lumen.example"]);
        check("http://https://lumen.example", &["lumen.example"]);
        check("//lumen.example", &["lumen.example"]);
        check("acme.example:8080", &["acme.example"]);
        check(" acme.example. ", &["acme.example"]);
        check("\"acme.example\"", &["acme.example"]);
        check("www.cobre.example, www.cobre-dos.example", &["www.cobre.example", "www.cobre-dos.example"]);
        check("www.cobre.example www.cobre-dos.example", &["www.cobre.example", "www.cobre-dos.example"]);
        check("cobre.example www.cobre-dos.example", &["cobre.example", "www.cobre-dos.example"]);
        check("cobre.example cobre-dos.example", &["cobre.example", "cobre-dos.example"]);
        check("cobre.example\tcobre-dos.example/contacto", &["cobre.example", "cobre-dos.example"]);
        check("Cobre www.cobre.example", &["www.cobre.example"]);
        check("Cobre S.A. https://cobre.example", &["cobre.example"]);
        check("cobre.example / cobre-dos.example", &["cobre.example", "cobre-dos.example"]);
        check("cobre.example/www.cobre-dos.example", &["cobre.example", "www.cobre-dos.example"]);
        check("https://cobre.example/www.cobre-dos.example", &["cobre.example", "www.cobre-dos.example"]);
        check("https://www.cobre.example", &["www.cobre.example"]);
        check("http:/www.cobre.example", &["www.cobre.example"]);
        check("cobre.example y cobre-dos.example", &["cobre.example", "cobre-dos.example"]);
        check("cobre.example，cobre-dos.example", &["cobre.example", "cobre-dos.example"]);
        check("Vela S.A. de C.V.", &[]);
        check("S.A. C.V.", &[]);
        check("see https://vela.example", &["vela.example"]);
        check("", &[]);
        check(" / ", &[]);
    }
}
