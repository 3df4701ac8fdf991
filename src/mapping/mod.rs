//! Maps: how the columns of an export, or the fields of foreign JSON, become events of the contract.
//!
//! One small language for both: a map's file says for each field of the event where its value comes from and what is done to it on
//! the way. [`compile`] reads it, with every mistake at once; [`Map::apply`] turns one [`Row`] into the JSON of one event, and lets
//! the contract's own parser judge it, so what a map makes is never less than what a producer must send. What an event may bear is
//! one table a target ([`target`]): another target is another table.
//!
//! Pure (PURE-1): bytes in, bytes out. This room refuses to know files, Kafka and what an event is worth.

mod apply;
mod bind;
mod cell;
pub mod choice;
mod condition;
mod draft;
mod field;
pub mod guess;
pub mod library;
pub mod live;
pub mod looks;
mod money;
mod number;
pub mod path;
mod pattern;
mod read;
pub mod target;
mod time;
mod value;
mod words;
pub mod written;

use compact_str::CompactString;

pub use apply::{Applied, Notes, Rejection};
pub use bind::Binding;
pub use cell::name as same_name;
pub use draft::{compile, compile_live};
pub use target::Target;

use crate::rulebook::Diagnostic;
use condition::Condition;
use field::FieldMap;

/// The most bytes of a map's file.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// The most entries of a lookup.
const MAX_LOOKUP: usize = 20_000;
/// The most columns of a `join`, or of a list of which the first that has something counts.
const MAX_COLUMNS: usize = 16;
/// The most conditions of `when`.
const MAX_CONDITIONS: usize = 32;
/// The most formats that are tried on a date.
const MAX_FORMATS: usize = 16;

/// What a map reads its columns from: a row of a file, or a document.
pub trait Row {
    /// What stands in the map's column of this number; nothing where there is none.
    ///
    /// # Errors
    /// Something stands there that is no single value.
    fn cell(&self, column: usize) -> Result<Option<std::borrow::Cow<'_, str>>, NotSingle>;

    /// Whether there is such a column at all.
    fn has(&self, _column: usize) -> bool {
        true
    }
}

/// A list or an object where a single value was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSingle;

/// A map that loads.
#[derive(Debug)]
pub struct Map {
    /// What it makes.
    pub target: Target,
    /// The `ce_source` of what it makes, where the map says one.
    pub source: Option<CompactString>,
    /// The last year that a time can be in: without a clock, the contract's.
    pub latest_year: i16,
    /// What its writers hardly meant; it loads all the same.
    pub warnings: Vec<Diagnostic>,
    columns: Vec<Column>,
    needs: Vec<Need>,
    nothing: Vec<String>,
    /// What other currencies are worth.
    rates: money::Rates,
    when: Vec<Condition>,
    fields: Vec<FieldMap>,
    /// It maps a live topic: whose consent it cannot read is not dropped for that, but must not be contacted.
    is_live: bool,
    /// The map's own name and text, to point into it when a file does not fit it.
    file: String,
    text: String,
}

/// A column that the map reads.
#[derive(Debug)]
struct Column {
    /// As the map calls it: a header's name, or a path into a document.
    name: CompactString,
    /// The same as steps; none where it can't be a path.
    path: Option<Vec<path::Step>>,
    /// Where the map names it first, in bytes.
    span: std::ops::Range<usize>,
}

/// Columns of which a file must have at least one.
#[derive(Debug)]
struct Need {
    columns: Vec<usize>,
    /// Where the map names them, in bytes.
    span: std::ops::Range<usize>,
}

#[cfg(test)]
mod tests;
