//! What must be true on a real Apache Kafka: exactly once through kills, rebalances, restarts and poison.
//!
//! One binary, one broker for all of its tests (see `broker`); every test names topics and groups of its own.

mod access;
mod agreed;
mod broker;
mod clients;
mod clocks;
mod commands;
mod damaged;
mod dashboards;
mod deployment;
mod examples;
mod fixture;
mod halted;
mod history;
mod hops;
mod inputs;
mod keys;
mod law;
mod leads;
mod load;
mod mapped;
mod membership;
mod memory;
mod oracle;
mod panic;
mod privacy;
mod process;
#[path = "../deploy/queries.rs"]
#[allow(dead_code, reason = "shared with the tests of what is deployed")]
mod queries;
mod rebuilt;
mod records;
mod recovery;
mod routes;
mod rules;
mod sellers;
#[path = "../ssh/mod.rs"]
mod ssh;
mod topics;
mod torture;
mod unclear;
mod undeliverable;
mod unreadable;
mod verdicts;
mod wait;
mod walk_through;
mod workload;
