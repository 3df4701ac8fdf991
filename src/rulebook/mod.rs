//! The rulebook: what both departments agreed on, from YAML to predicates over typed fields.
//!
//! `Draft` (the YAML, with positions) → [`Rulebook`] (checked and lowered). Pure: bytes in, a rulebook or all of its errors
//! out (PURE-1). This room knows the contract's fields and refuses to know accounts, evidence and how a decision is made: the
//! engine asks it single questions about a [`Subject`].

pub mod compiled;
pub mod diagnostic;
mod draft;
mod expression;
pub mod predicate;
pub mod subject;
mod yaml;

pub use compiled::{Criterion, Rulebook};
pub use diagnostic::{Diagnostic, Severity, render, render_coloured};
pub use draft::{compile, digest};
pub use predicate::Predicate;
pub use subject::{BoolField, CountField, DateField, NumberField, Subject, TextField};
