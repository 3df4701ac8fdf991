//! The rulebook's language, from a file to decisions: what loads, what is refused and where, and what expressions mean.

mod agreement;
mod business_time;
mod calendar_files;
mod calendars;
mod drawn;
mod examples;
mod expressions;
mod facts;
mod mutated;
mod property;
mod random;
mod reach;
mod reference;
mod refused;
mod sample;
mod security_keys;
#[path = "../ssh/mod.rs"]
mod ssh;
mod table;
mod written;
