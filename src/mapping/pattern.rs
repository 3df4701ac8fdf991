//! Words that stand for several: `closed won*`, `*demo*`. Small and large letters are the same.

/// A word, whole or with a star at its beginning, its end or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// This word.
    Whole(String),
    /// Whatever begins so.
    Prefix(String),
    /// Whatever ends so.
    Suffix(String),
    /// Whatever has this in it; nothing: whatever there is.
    Within(String),
}

impl Pattern {
    /// Reads a word.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(rest), Some(_)) => Pattern::Within(rest.strip_suffix('*').unwrap_or(rest).to_owned()),
            (Some(rest), None) => Pattern::Suffix(rest.to_owned()),
            (None, Some(rest)) => Pattern::Prefix(rest.to_owned()),
            (None, None) => Pattern::Whole(text),
        }
    }

    /// The word without its stars.
    pub fn word(&self) -> &str {
        match self {
            Pattern::Whole(word) | Pattern::Prefix(word) | Pattern::Suffix(word) | Pattern::Within(word) => word,
        }
    }

    /// Whether a text, in small letters, is meant.
    pub fn fits(&self, lower: &str) -> bool {
        match self {
            Pattern::Whole(word) => lower == word,
            Pattern::Prefix(word) => lower.starts_with(word.as_str()),
            Pattern::Suffix(word) => lower.ends_with(word.as_str()),
            Pattern::Within(word) => lower.contains(word.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_stands_for_anything_at_an_end() {
        for (word, text, fits) in [
            ("Closed Won", "closed won", true),
            ("closed won", "closed won (pipeline)", false),
            ("Closed Won*", "closed won (pipeline)", true),
            ("*demo*", "request a demo: form", true),
            ("*demo*", "a webinar", false),
            ("* form", "contact form", true),
            ("* form", "form to contact", false),
            ("*", "anything", true),
        ] {
            assert_eq!(Pattern::parse(word).fits(text), fits, "{word} {text}");
        }
    }
}
