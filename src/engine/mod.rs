//! The engine: one pure fold of the log.
//!
//! [`step()`] says what follows from one record, given the state of its partition. `run`, `demo`, `rules test` and every test
//! call this one function. It reads no clock, does no I/O and draws no lots (PURE-1): a replay repeats, byte for byte (TXN-3).
//!
//! This room refuses to know Kafka, bytes of state and threads: who holds the state shows it as a [`View`] and applies the
//! [`Change`]s.

pub mod acceptance;
pub mod account;
mod asked;
mod assign;
pub mod consent;
mod crm;
mod deadlines;
pub mod evidence;
pub mod examples;
pub mod explain;
pub mod follow_up;
mod handoff;
pub mod journal;
pub mod law;
pub mod lead;
pub mod names;
pub mod partition;
pub mod promise;
pub mod proofs;
mod qualify;
pub mod queue;
pub mod reaction;
pub mod rosters;
pub mod rota;
mod scoring;
pub mod seen;
mod settle;
pub mod siblings;
pub mod step;
mod taken;
mod team;
mod timers;
pub mod verify;

pub use acceptance::Lawful;
pub use account::Account;
pub use law::load;
pub use partition::{Authority, Law, Partition, View};
pub use step::{Append, Change, Effect, Entry, LeadEvent, Moment, Outcome, Step, To, step};
