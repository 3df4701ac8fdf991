//! The contract, held together: Rust types, JSON Schemas, examples and the AsyncAPI document say the same, in both directions, and
//! whatever arrives ends in an admitted record or a refusal with code and place.
//!
//! Everything here needs no broker.

mod asyncapi;
#[path = "../chance/mod.rs"]
mod chance;
mod codes;
mod fuzz;
mod inputs;
mod keys;
mod outputs;
mod schemas;
