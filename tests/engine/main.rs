//! The engine by its invariants: over random rulebooks and histories, at every cap, and against a fold that is kept for ever.

mod activities;
mod agreed;
mod assignment;
mod caps;
mod consent;
#[path = "../chance/mod.rs"]
mod chance;
mod explain;
mod fooled;
mod golden;
mod land;
mod law;
mod qualification;
mod queue;
mod rosters;
mod rota;
mod sold;
#[path = "../ssh/mod.rs"]
mod ssh;
mod time;
mod timers;
mod versions;
mod world;
mod year;
