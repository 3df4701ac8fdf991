//! Rust source as the checkers see it: tokens without comments and strings, and the paths that they spell.
//!
//! It is no parser. It knows just enough of the lexical grammar not to take a comment, a string or a lifetime for code.

/// An identifier or one sign of punctuation, with its line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// One path as written (`std::time::Instant`), groups of a `use` multiplied out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
    /// Depth of inline modules around it: each takes one `super` to leave.
    pub inline_modules: usize,
    /// Inside an inline module marked `#[cfg(test)]`.
    pub in_tests: bool,
}

/// Cuts source into tokens. Numbers are dropped with comments, strings and lifetimes.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        let c = chars[at];
        let next = chars.get(at + 1).copied();
        if c == '/' && next == Some('/') {
            at = end_of_line(&chars, at);
        } else if c == '/' && next == Some('*') {
            at = end_of_block_comment(&chars, at);
        } else if let Some(end) = end_of_string(&chars, at) {
            at = end;
        } else if c == '\'' {
            at = end_of_char_or_lifetime(&chars, at);
        } else if c.is_alphabetic() || c == '_' {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            tokens.push(Token { text: chars[start..at].iter().collect(), line });
        } else if c.is_ascii_digit() {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
        } else if c == ':' && next == Some(':') {
            tokens.push(Token { text: "::".to_owned(), line });
            at += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(Token { text: c.to_string(), line });
            }
            at += 1;
        }
        line += chars[start..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

fn end_of_line(chars: &[char], from: usize) -> usize {
    chars[from..].iter().position(|c| *c == '\n').map_or(chars.len(), |offset| from + offset)
}

fn end_of_block_comment(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => {
                depth += 1;
                at += 2;
            }
            ('*', '/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of the string literal (plain, byte, C or raw) that begins at `from`, if one does.
fn end_of_string(chars: &[char], from: usize) -> Option<usize> {
    let mut at = from;
    if from > 0 && (chars[from - 1].is_alphanumeric() || chars[from - 1] == '_') {
        return None; // the tail of an identifier, not a prefix
    }
    while at < chars.len() && at - from < 2 && matches!(chars[at], 'b' | 'c' | 'r') {
        at += 1;
    }
    let raw = chars[from..at].contains(&'r');
    let mut hashes = 0;
    while raw && chars.get(at) == Some(&'#') {
        hashes += 1;
        at += 1;
    }
    if chars.get(at) != Some(&'"') {
        return None;
    }
    at += 1;
    while at < chars.len() {
        match chars[at] {
            '\\' if !raw => at += 2,
            '"' => {
                let closing = chars[at + 1..].iter().take(hashes).take_while(|c| **c == '#').count();
                at += 1;
                if closing == hashes {
                    return Some(at + hashes);
                }
            }
            _ => at += 1,
        }
    }
    Some(chars.len())
}

/// Skips `'x'`, `'\n'`, `'\u{1f}'`, or the quote of a lifetime.
fn end_of_char_or_lifetime(chars: &[char], from: usize) -> usize {
    if chars.get(from + 1) == Some(&'\\') {
        let escaped = from + 3; // past the quote, the backslash and what it escapes
        return chars[escaped.min(chars.len())..].iter().position(|c| *c == '\'').map_or(chars.len(), |offset| escaped + offset + 1);
    }
    if chars.get(from + 2) == Some(&'\'') {
        return from + 3;
    }
    let mut at = from + 1; // a lifetime: take its name along
    while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
        at += 1;
    }
    at
}

/// Every path in the tokens, with at least one segment.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut paths = Vec::new();
    // What closes at each open brace: whether it opened an inline module, and whether that one was for tests.
    let mut braces: Vec<(bool, bool)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        match token.text.as_str() {
            "{" => {
                let module = at >= 2 && tokens[at - 2].text == "mod" && tokens[at - 1].is_word();
                braces.push((module, module && follows_cfg_test(&tokens[..at - 2])));
                at += 1;
            }
            "}" => {
                braces.pop();
                at += 1;
            }
            _ if token.is_word() => {
                let mut found = Vec::new();
                at = path_from(tokens, at, &[], &mut found);
                let inline_modules = braces.iter().filter(|brace| brace.0).count();
                let in_tests = braces.iter().any(|brace| brace.1);
                paths.extend(found.into_iter().map(|(segments, line)| Path { segments, line, inline_modules, in_tests }));
            }
            _ => at += 1,
        }
    }
    paths
}

/// Whether the attribute right before (perhaps with `pub` between) is `#[cfg(test)]`.
fn follows_cfg_test(before: &[Token]) -> bool {
    let words: Vec<&str> = before.iter().rev().take(7).map(|token| token.text.as_str()).collect();
    words.starts_with(&["]", ")", "test", "(", "cfg", "[", "#"])
}

/// Reads the path that begins at `at` behind `prefix` and puts it, or its members if it ends in a group, into `found`.
/// Returns where the reading ended.
fn path_from(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<(Vec<String>, usize)>) -> usize {
    let mut segments = prefix.to_vec();
    let line = tokens[at].line;
    loop {
        segments.push(tokens[at].text.clone());
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            break;
        }
        at += 1;
        match tokens.get(at) {
            Some(token) if token.is_word() => {}
            Some(token) if token.text == "{" => {
                return group_from(tokens, at + 1, &segments, found);
            }
            _ => break, // a glob or generic arguments
        }
    }
    found.push((segments, line));
    at
}

fn group_from(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<(Vec<String>, usize)>) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.text == "}" {
            return at + 1;
        }
        at = match token.text.as_str() {
            _ if token.is_word() => path_from(tokens, at, prefix, found),
            "{" => group_from(tokens, at + 1, prefix, found),
            _ => at + 1,
        };
    }
    at
}
