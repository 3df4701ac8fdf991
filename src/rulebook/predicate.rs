//! A question about a subject, lowered from an expression.

use super::subject::{Scope, Subject};
use crate::contract::Truth;

/// A typed, lowered expression whose answer is true, false or unknown.
#[derive(Debug)]
pub struct Predicate {
    evidence: bool,
    account: bool,
}

impl Predicate {
    /// Whether the answer depends on fields of this scope.
    pub fn reads(&self, scope: Scope) -> bool {
        match scope {
            Scope::Evidence => self.evidence,
            Scope::Account => self.account,
        }
    }

    /// The answer for this subject.
    pub fn truth<S: Subject>(&self, _subject: &S) -> Truth {
        unimplemented!("lowered expressions land next")
    }
}
