//! What the audience sees: pure functions from what the service said to lines of text.
//!
//! Everything shown is read from the service's own topics, as any subscriber would read it. This room refuses to know the records that
//! were sent in, and how they travelled.

pub mod agreement;
pub mod heard;
pub mod moments;
pub mod response;
pub mod summary;
pub mod tally;
pub mod words;

/// Columns that the view is made for.
pub const WIDTH: usize = 100;

#[cfg(test)]
mod tests;
