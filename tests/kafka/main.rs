//! What must be true on a real Apache Kafka: exactly once through kills, rebalances, restarts and poison.
//!
//! One binary, one broker for all of its tests (see `broker`); every test names topics and groups of its own.

mod broker;
mod fixture;
mod keys;
mod records;
mod topics;
mod wait;
