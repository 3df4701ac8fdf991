//! What stops a start, in the form that an operator can use: a code, what is wrong, where, and what to do.
//!
//! Used by everything that judges a configuration or a cluster. It refuses to know how a terminal shows it, beyond plain lines.

use std::fmt;

use crate::contract::Code;
use crate::rulebook::Diagnostic;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: &'static Code,
    /// What is wrong, without the value where it could be a secret.
    pub what: String,
    /// Where: a file with line and column, an environment variable, a topic.
    pub place: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// A problem of this code.
    pub fn new(code: &'static Code, what: impl Into<String>, place: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, what: what.into(), place: place.into(), remedy: remedy.into() }
    }

    /// What is wrong with a file of the agreement.
    pub fn of_file(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { code, file, line, column, message, help, .. } = diagnostic;
        let help = help.clone().unwrap_or_else(|| format!("mend it there; `relevo explain-code {code}` says more"));
        Self::new(code, message, format!("{file}, line {line}, column {column}"), help)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {}: {}", self.code, self.what)?;
        for (name, text) in [("where:     ", &self.place), ("what to do:", &self.remedy)] {
            if !text.is_empty() {
                write!(f, "\n  {name} {text}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
