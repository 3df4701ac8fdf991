//! The pipeline: two stages, each a transactional loop over a consumer group, and whoever keeps them running.
//!
//! *Intake* turns what arrives into keyed records of one ordered log, or into dead letters. *Decide* folds the log with
//! [`crate::engine::step()`]. Both share one loop ([`worker`]): poll, process, and commit outputs, state and offsets in one
//! transaction (TXN-1). This room knows Kafka through `crate::kafka` only, and the meaning of nothing: that is the engine's.

pub mod broker_time;
pub mod charter;
pub mod clock;
pub mod cluster_watch;
pub mod colleagues;
pub mod copies;
mod dead_letters;
pub mod decide;
mod delivery;
pub mod facts;
pub mod feed_watch;
pub mod files;
mod fill;
pub mod folder;
mod found_nothing;
pub mod group_watch;
pub mod handed_on;
pub mod identities;
mod input_watch;
pub mod intake;
mod look_again;
pub mod observe;
mod offers;
pub mod policy;
mod restore;
mod roster_watch;
mod sources;
pub mod stage;
pub mod standing;
pub mod status;
pub mod supervisor;
mod transact;
mod unowned_watch;
mod unreadable;
pub mod worker;

pub use clock::{Clock, SystemClock};
pub use facts::{Facts, Observer};
pub use stage::StageName;
pub use status::Status;
pub use supervisor::{Plan, Service};
