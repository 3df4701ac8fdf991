//! What rulebooks and rosters have in common: each is a revision of a file, in a chain of its own, that people of the charter sign.
//!
//! Every rule of how a revision is agreed on and takes force is written once, for whatever is a [`Revision`]. This file refuses to know what
//! a revision says.

use compact_str::CompactString;

use super::charter::{Charter, Party};
use super::compiled::Rulebook;
use super::diagnostic::Diagnostic;
use super::roster::{self, Roster};
use crate::contract::Timestamp;

/// A file that is agreed on, revision by revision.
pub trait Revision: Sized {
    /// What it is called in messages.
    const KIND: &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn compile(bytes: &[u8]) -> Result<Self, Vec<Diagnostic>>;
    /// Where it stands in its chain.
    fn link(&self) -> Link<'_>;
    /// Whether people of this party have to sign it.
    fn asks(charter: &Charter, party: &Party) -> bool;
}

/// Where a revision stands in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'f> {
    /// Its number.
    pub revision: u32,
    /// Its own digest.
    pub digest: &'f CompactString,
    /// The digest of the one before it.
    pub previous: Option<&'f CompactString>,
    /// From when on it may take force.
    pub effective_from: Timestamp,
}

impl Revision for Rulebook {
    const KIND: &'static str = "rulebook";

    fn compile(bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        super::compile(bytes, Self::KIND)
    }

    fn link(&self) -> Link<'_> {
        let Self { revision, digest, previous, effective_from, .. } = self;
        Link { revision: *revision, digest, previous: previous.as_ref(), effective_from: *effective_from }
    }

    fn asks(_: &Charter, _: &Party) -> bool {
        true
    }
}

impl Revision for Roster {
    const KIND: &'static str = "roster";

    fn compile(bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        roster::compile(bytes, Self::KIND)
    }

    fn link(&self) -> Link<'_> {
        let Self { revision, digest, previous, effective_from, .. } = self;
        Link { revision: *revision, digest, previous: previous.as_ref(), effective_from: *effective_from }
    }

    /// Sales alone, or whoever the charter names: where it names nobody, no roster can be signed.
    fn asks(charter: &Charter, party: &Party) -> bool {
        party.name == charter.rosters
    }
}
