//! The engine by its invariants: over random rulebooks and histories, at every cap, and against a fold that is kept for ever.

mod activities;
mod agreed;
mod any_order;
mod assignment;
mod caps;
#[path = "../chance/mod.rs"]
mod chance;
mod claims;
mod consent;
mod corrected;
mod explain;
mod fair;
mod fooled;
mod golden;
mod known_later;
mod lag;
mod land;
mod law;
mod opted_out;
mod proofs;
mod put_off;
mod qualification;
mod queue;
mod repeats;
mod rosters;
mod rota;
mod served;
mod sold;
#[path = "../ssh/mod.rs"]
mod ssh;
mod strangers;
mod time;
mod timers;
mod verify;
mod versions;
mod world;
mod year;
