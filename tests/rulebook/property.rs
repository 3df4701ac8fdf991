//! Lowered expressions answer what a second reading answers, for random expressions and subjects.

use std::collections::BTreeSet;

use relevo::contract::Truth;
use relevo::contract::code::{EXPRESSION_NEVER_TRUE, EXPRESSION_TOO_COMPLEX};
use relevo::rulebook::{Rulebook, compile, render};

use crate::mutated::Random;
use crate::random::{comparison, table, truth};
use crate::reference;
use crate::table::with_criteria;

const ROUNDS: usize = 6;
const EXPRESSIONS: usize = 100;
const SUBJECTS: usize = 20;

/// The rulebook of those expressions that load: what can never be true is refused, and some random ones can't.
fn loadable(expressions: Vec<String>) -> (Vec<String>, Rulebook) {
    let text = with_criteria(&expressions);
    let found = match compile(text.as_bytes(), "random.yaml") {
        Ok(rulebook) => return (expressions, rulebook),
        Err(found) => found,
    };
    let refused = |said: &relevo::rulebook::Diagnostic| said.code == EXPRESSION_NEVER_TRUE || said.code == EXPRESSION_TOO_COMPLEX;
    let errors: Vec<_> = found.iter().filter(|said| said.is_error()).collect();
    assert!(errors.iter().all(|said| refused(said)), "{}", render(&found, &text));
    let lines: BTreeSet<usize> = errors.iter().map(|said| said.line).collect();
    // The first criterion stands in line 18, each has three lines, and its expression is in the second.
    let kept = expressions.into_iter().enumerate().filter(|(index, _)| !lines.contains(&(19 + 3 * index))).map(|(_, text)| text);
    loadable(kept.collect())
}

#[test]
fn lowered_expressions_answer_what_a_second_reading_answers() {
    let mut random = Random::new(7);
    let mut answers = [0_usize; 3];
    for _ in 0..ROUNDS {
        let drawn: Vec<String> = (0..EXPRESSIONS).map(|index| truth(&mut random, index % 5)).collect();
        let (expressions, rulebook) = loadable(drawn);
        assert!(expressions.len() * 2 > EXPRESSIONS, "most expressions load");
        for _ in 0..SUBJECTS {
            let subject = table(&mut random);
            for (expression, criterion) in expressions.iter().zip(&rulebook.fit.criteria) {
                let expected = Truth::from(reference::evaluate(expression, &subject));
                assert_eq!(criterion.when.truth(&subject), expected, "{expression}\n{subject:?}");
                answers[expected as usize] += 1;
            }
        }
    }
    let all: usize = answers.iter().sum();
    assert!(answers.iter().all(|count| count * 10 > all), "each answer is a tenth of them at least: {answers:?} of {all}");
}

#[test]
fn what_is_refused_as_never_true_is_never_true() {
    let mut random = Random::new(11);
    let drawn: Vec<String> = (0..300).map(|_| comparison(&mut random)).collect();
    let (kept, _) = loadable(drawn.clone());
    let kept: BTreeSet<&String> = kept.iter().collect();
    let refused: Vec<&String> = drawn.iter().filter(|expression| !kept.contains(expression)).collect();
    for expression in &refused {
        for _ in 0..SUBJECTS {
            assert_ne!(reference::evaluate(expression, &table(&mut random)), Some(true), "{expression}");
        }
    }
    assert!(refused.len() > 20 && kept.len() > 20, "{} refused, {} kept", refused.len(), kept.len());
}
