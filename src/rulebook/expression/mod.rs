//! Expressions: from a text of the rulebook to a typed, lowered tree, or to every mistake in it with its place.
//!
//! `syntax` parses (CEL's grammar, by the `cel` crate, its interpreter unused), `check` gives types and lowers, `compare` knows what
//! can never be true, `range` which numbers there can be, `fields` what may be named.

mod calls;
mod check;
mod compare;
mod fields;
mod range;
mod syntax;
mod typed;

pub(super) use check::{Checker, Variable, clip};
pub(super) use fields::{always_known, is_name, is_reserved};
pub(super) use range::{count_bounds, number_bounds};
pub(super) use typed::{Item, Type, Typed};
