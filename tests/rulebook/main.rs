//! The rulebook's language, from a file to decisions: what loads, what is refused and where, and what expressions mean.

mod examples;
mod expressions;
mod facts;
mod mutated;
mod sample;
