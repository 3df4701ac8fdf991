//! Relevo: the hand-off between marketing and sales, as a stream. See `ARCHITECTURE.md` for the whole picture.
//!
//! Data flows one way, and imports point only down this list: `cli`, `command` → `pipeline` → `http` → `kafka` → `metrics` → `config` →
//! `state` → `engine` → `mapping` → `rulebook` → `contract`.

pub mod cli;
pub mod command;
pub mod config;
pub mod contract;
pub mod engine;
pub mod http;
pub mod kafka;
pub mod logging;
pub mod mapping;
pub mod metrics;
pub mod pipeline;
pub mod rulebook;
pub mod state;
