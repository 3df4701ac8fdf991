//! A history folded again: events out of files or topics, through the very step that decides in service.
//!
//! What is assumed where events come from files or from the topic of interactions, because neither says when Relevo would have taken
//! them: each is taken at the moment it happened, in the order of those times, so no delay of an export is blamed on the rules and
//! nothing is decided by what came later. Time passes by a watermark an hour, as in service, so that what is old is forgotten. From the
//! intake log everything is taken as it stands there, append times and watermarks too.
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
