//! Countries as people spell them, to the two letters of ISO 3166-1.

use std::sync::LazyLock;

// hash-order: asked for one name, never walked.
use rustc_hash::FxHashMap;

/// A country a line: its two letters, its three letters, its names.
const COUNTRIES: &str = include_str!("countries.txt");

static CODES: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).flat_map(|(code, names)| names.split(' ').map(move |name| (name, code))).collect()
});

static TWO_LETTERS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| COUNTRIES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.get(..2)).collect());

/// The two letters of the country that a text names: by its name in some twenty languages, by its two or three letters. `None`: by none.
pub fn country(text: &str) -> Option<&'static str> {
    let text = super::trimmed(text);
    if text.len() == 2 {
        let upper = text.to_ascii_uppercase();
        let upper = if upper == "UK" { "GB" } else { &upper };
        return TWO_LETTERS.binary_search(&upper).ok().map(|place| TWO_LETTERS[place]);
    }
    CODES.get(folded(text).as_str()).copied()
}

/// Letters and digits, in small ones, without the accents of Latin.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match base(letter) {
            Some(plain) => folded.push_str(plain),
            None if letter.is_alphanumeric() => folded.push(letter),
            None => {}
        }
    }
    folded
}

/// A Latin letter without its accent.
fn base(letter: char) -> Option<&'static str> {
    const BASES: [(&str, &str); 26] = [
        ("a", "àáâãäåāăą"),
        ("c", "çćĉċč"),
        ("d", "ďđ"),
        ("e", "èéêëēĕėęě"),
        ("g", "ĝğġģ"),
        ("h", "ĥħ"),
        ("i", "ìíîïĩīĭįı"),
        ("j", "ĵ"),
        ("k", "ķ"),
        ("l", "ĺļľŀł"),
        ("n", "ñńņňŉ"),
        ("o", "òóôõöøōŏő"),
        ("r", "ŕŗř"),
        ("s", "śŝşšș"),
        ("t", "ţťŧț"),
        ("u", "ùúûüũūŭůűų"),
        ("w", "ŵ"),
        ("y", "ýÿŷ"),
        ("z", "źżž"),
        ("ss", "ß"),
        ("ae", "æ"),
        ("oe", "œ"),
        ("", "\u{300}\u{301}\u{302}\u{303}\u{308}"),
        ("", "\u{327}\u{328}\u{30c}\u{30a}"),
        ("", "\u{307}"),
        ("", "\u{306}"),
    ];
    (!letter.is_ascii()).then(|| BASES.iter().find(|(_, accented)| accented.contains(letter)).map(|(plain, _)| *plain)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_its_names_and_letters() {
        for (text, expected) in [
            ("MX", "MX"),
            ("mx", "MX"),
            ("Mexico", "MX"),
            ("México", "MX"),
            ("Me\u{301}xico", "MX"),
            ("MEXIKO", "MX"),
            ("MEX", "MX"),
            (" Deutschland ", "DE"),
            ("Alemania", "DE"),
            ("Germany", "DE"),
            ("UK", "GB"),
            ("United Kingdom", "GB"),
            ("England", "GB"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("United States", "US"),
            ("EE. UU.", "US"),
            ("Estados Unidos", "US"),
            ("Brasil", "BR"),
            ("Brazil", "BR"),
            ("Türkiye", "TR"),
            ("Turkey", "TR"),
            ("Côte d'Ivoire", "CI"),
            ("España", "ES"),
            ("Česká republika", "CZ"),
            ("The Netherlands", "NL"),
            ("Pays-Bas", "NL"),
            ("日本", "JP"),
            ("Россия", "RU"),
            ("Republic of Korea", "KR"),
        ] {
            assert_eq!(country(text), Some(expected), "{text}");
        }
        for unknown in ["", "XX", "Atlantis", "LATAM", "Europe", "Congo", "N/A", "CDMX"] {
            assert_eq!(country(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_list_says_where_it_comes_from_and_is_clean() {
        let header: Vec<&str> = COUNTRIES.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(header.iter().any(|line| line.starts_with("# Source: ")) && header.iter().any(|line| line.starts_with("# Date: ")));
        assert!(TWO_LETTERS.len() > 240 && TWO_LETTERS.is_sorted());
        let mut names = FxHashMap::default();
        for line in COUNTRIES.lines().filter(|line| !line.starts_with('#')) {
            let (code, rest) = line.split_once(' ').expect("a code and its names");
            for name in rest.split(' ') {
                assert_eq!(folded(name), name, "{code}: is not folded as the program folds");
                assert_eq!(names.insert(name, code), None, "{name} is of two countries");
            }
        }
    }
}
