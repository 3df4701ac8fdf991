//! The rulebook: what both departments agreed on, from YAML to predicates over typed fields.
//!
//! `Draft` (the YAML, with positions) → [`Rulebook`] (checked and lowered) → [`Agreed`] (signed by every party of the [`Charter`]).
//! Pure: bytes in, a rulebook or all of its errors out (PURE-1). This room knows the contract's fields and refuses to know accounts,
//! evidence and how a decision is made: the engine asks it single questions about a [`Subject`].

mod business_time;
pub mod charter;
pub mod compiled;
pub mod diagnostic;
mod difference;
mod draft;
mod expression;
pub mod ics;
mod missing;
mod operand;
mod page;
mod passed;
pub mod predicate;
pub mod reach;
pub mod revision;
pub mod roster;
pub mod signatures;
pub mod special_days;
pub mod subject;
pub mod term;
pub mod terms;
mod unseen;
mod words;
pub(crate) mod yaml;

pub use charter::{Charter, File, Party};
pub use compiled::{Criterion, Rulebook};
pub use diagnostic::{Diagnostic, Severity, render, render_coloured};
pub use difference::{Difference, Part, differences};
/// Reading values out of a YAML tree, for every language that is written in YAML.
pub(crate) use draft::read as reading;
pub use draft::{compile, digest};
pub use page::markdown;
pub use passed::passed;
pub use predicate::Predicate;
pub use revision::{Link, Revision};
pub use roster::Roster;
pub use signatures::{Agreed, PartyTally, Tally};
pub use subject::{BoolField, CountField, DateField, NumberField, Subject, TextField};
pub use term::Term;
pub use terms::AgreedTerms;
pub use words::{duration, phrase};
