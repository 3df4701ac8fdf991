//! The engine by its invariants: over random rulebooks and histories, at every cap, and against a fold that is kept for ever.

mod caps;
mod explain;
mod golden;
mod law;
mod qualification;
mod time;
mod world;
