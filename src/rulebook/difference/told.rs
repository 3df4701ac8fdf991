//! Collecting what changed, and the few sentences that changes are told in.

use super::{Difference, Part};
use crate::contract::unseen::shown;

/// What was found so far.
#[derive(Default)]
pub struct Told(Vec<Difference>);

impl Told {
    pub fn add(&mut self, part: Part, words: String) {
        self.0.push(Difference { part, words: shown(&words).into_owned() });
    }

    pub fn maybe(&mut self, part: Part, words: Option<String>) {
        if let Some(words) = words {
            self.add(part, words);
        }
    }

    /// By part; within one in the order in which they were found.
    pub fn finish(mut self) -> Vec<Difference> {
        self.0.sort_by_key(|difference| difference.part);
        self.0
    }
}

/// A value that is there or not; `None` if it is the same.
pub fn becomes(what: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    match (before, after) {
        (before, after) if before == after => None,
        (Some(before), Some(after)) => {
            let (before, after) = shortened(before, after);
            Some(format!("{what} changes from {before} to {after}"))
        }
        (None, Some(after)) => Some(format!("{what} is new: {after}")),
        (Some(before), None) => Some(format!("{what} is dropped; it was {before}")),
        (None, None) => None,
    }
}

/// A value that has an order; `None` if it is the same.
pub fn moves<T: PartialOrd>(what: &str, before: T, after: T, say: impl Fn(&T) -> String) -> Option<String> {
    let verb = match before.partial_cmp(&after)? {
        std::cmp::Ordering::Less => "rises",
        std::cmp::Ordering::Greater => "falls",
        std::cmp::Ordering::Equal => return None,
    };
    Some(format!("{what} {verb} from {} to {}", say(&before), say(&after)))
}

/// The longest text that is told whole, and what is kept of what is the same, in characters.
const WHOLE: usize = 200;
const CONTEXT: usize = 40;

/// Two texts that differ; of long ones, where they do.
pub fn shortened(before: &str, after: &str) -> (String, String) {
    let (one, other): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    if one.len() <= WHOLE && other.len() <= WHOLE {
        return (before.to_owned(), after.to_owned());
    }
    let shorter = one.len().min(other.len());
    let front = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let back = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count().min(shorter - front);
    let cut = |text: &[char]| {
        let (from, to) = (front.saturating_sub(CONTEXT), (text.len() - back + CONTEXT).min(text.len()));
        let middle: String = text[from..to].iter().collect();
        format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" })
    };
    (cut(&one), cut(&other))
}

/// The words of an expression: white space and comments between them say nothing.
pub fn words_of(expression: &str) -> Vec<String> {
    let letters: Vec<char> = expression.chars().collect();
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut words, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let start = at;
        match letters[at] {
            letter if letter.is_whitespace() => {
                at += 1;
                continue;
            }
            '/' if letters.get(at + 1) == Some(&'/') => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            quote @ ('"' | '\'') => at = end_of_text(&letters, at, quote),
            letter if word(letter) => {
                while at < letters.len() && word(letters[at]) {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        words.push(letters[start..at].iter().collect());
    }
    words
}

fn end_of_text(letters: &[char], start: usize, quote: char) -> usize {
    let long = letters[start..].starts_with(&[quote; 3]);
    let raw = start > 0 && matches!(letters[start - 1], 'r' | 'R');
    let mut at = start + if long { 3 } else { 1 };
    while at < letters.len() {
        if letters[at] == '\\' && !raw {
            at += 2;
        } else if long && letters[at..].starts_with(&[quote; 3]) {
            return at + 3;
        } else if !long && letters[at] == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    letters.len()
}
