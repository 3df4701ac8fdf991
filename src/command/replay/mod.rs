//! A history folded again: events out of files or topics, through the very step that decides in service.
//!
//! Each event is taken when the log took it, where that is known: from the intake log everything is taken as it stands there, append
//! times and watermarks too, and a record of the topic of interactions when that topic took it. A file does not say when Relevo would have
//! taken its events: each is taken at the moment it happened, so no delay of an export is blamed on the rules. Events are taken in the order
//! of those times, so nothing is decided by what came later. Time passes by a watermark an hour, as in service, so that what is old is
//! forgotten.
//!
//! This room refuses to know what is made of the decisions: who asks gets every step's effects.

mod archive;
mod bounds;
mod fold;
mod history;
pub mod lines;
pub mod names;
mod progress;
mod reading;
mod refused;
mod said;
mod topic;
pub mod words;

pub use archive::Archive;
pub use bounds::{Bound, Stretch};
pub use fold::{Fold, Laws};
pub use history::{History, Origin, Told};
pub use reading::Reading;
pub use refused::Refused;
pub use said::Said;
