//! The contract: what Relevo reads and writes, as typed values.
//!
//! Everything that crosses a topic is named here once: events and their fields, keys and identifiers, outcomes,
//! reasons and error codes. Bytes are parsed here, at the edge, and nowhere else; Intake (is it valid, which key?)
//! and Decide (what does it mean?) call the same functions, so they can't disagree.
//!
//! This room refuses to know rules, state, Kafka and the clock (PURE-1): a time is always an argument.

pub mod account;
pub mod account_key;
pub mod activity;
pub mod admit;
pub mod assignment;
pub mod code;
pub mod decision;
pub mod domains;
pub mod envelope;
pub mod follow_up;
pub mod headers;
pub mod heartbeat;
pub mod identifier;
pub mod interaction;
pub mod irregularity;
pub mod kind;
pub mod lead;
pub mod lead_id;
pub mod log;
pub mod murmur2;
pub mod outcome;
pub mod outgoing;
pub mod owner;
pub mod time;
pub mod topic_id;
pub mod typed;
pub mod unseen;
pub mod wire;
pub mod wrapped;

pub use account_key::AccountKey;
pub use code::Code;
pub use interaction::Interaction;
pub use irregularity::Irregularity;
pub use kind::{Class, Kind};
pub use lead_id::LeadId;
pub use outcome::{Decision, Reason, Truth};
pub use time::{Date, Timestamp};
pub use topic_id::TopicId;
