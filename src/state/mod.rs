//! Where the accounts of a partition live: rows in memory, staged changes, and the codec of the changelog.
//!
//! Memory shows a change to others only after its transaction committed (TXN-2): the fold works on staged copies, which are
//! promoted on commit and dropped on abort. This room refuses to know Kafka: it hands out keys and bytes, and takes them back.

pub mod codec;
pub mod format;
mod lead_index;
pub mod open_leads;
mod own_rows;
mod store;

pub use codec::{Error, LastRecord, Position};
pub use format::Format;
pub use store::Store;
