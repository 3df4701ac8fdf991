//! The versions of the changelog's rows: what each looks like, which a release reads, and which it writes.
//!
//! A row is a version byte and a body. A release reads every version that it lists and writes the one that it is told to
//! (`state.write_version`): while that is the older one, the release before can read all that is written, so a roll-out can be rolled back.
//! A later version is the one before with other shapes: `Version { number: 2, account: Shape { … }, ..Version::FIRST }`. This file
//! refuses to know which key a row has, and how rows become a state.

use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{Error, Position};
use crate::contract::log::InForce;
use crate::engine::Account;
use crate::engine::partition::{Chain, Clock, CrmIndex, Leaving};
use crate::engine::proofs::Shelf;
use crate::engine::queue::Waiting;
use crate::engine::rota::Rota;
use crate::rulebook::AgreedTerms;

/// How values of a kind are written and read, without the version byte.
#[derive(Debug)]
pub struct Shape<T> {
    /// Appends the value.
    pub write: fn(&T, &mut Vec<u8>),
    /// Reads it from the whole of these bytes; `None`: they are none.
    pub read: fn(&[u8]) -> Option<T>,
}

impl<T: Serialize + DeserializeOwned> Shape<T> {
    /// The value's own fields in postcard.
    pub const PLAIN: Self = Self { write: write_plain, read: read_plain };
}

fn write_plain<T: Serialize>(value: &T, buffer: &mut Vec<u8>) {
    postcard::serialize_with_flavor(value, Appending(buffer)).expect("state has no type that postcard can't write");
}

/// Bytes that are left over belong to fields that this version does not have: they are not passed over.
fn read_plain<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::take_from_bytes(bytes).ok().and_then(|(value, rest)| rest.is_empty().then_some(value))
}

/// Where postcard writes to: its own flavour for what can be extended goes byte by byte.
struct Appending<'a>(&'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Appending<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// One version of the rows.
#[derive(Debug)]
pub struct Version {
    /// The byte before each body.
    pub number: u8,
    /// An account.
    pub account: Shape<Account>,
    /// An entry of the CRM's index.
    pub crm: Shape<CrmIndex>,
    /// The position.
    pub position: Shape<Position>,
    /// The rulebook or the roster in force.
    pub in_force: Shape<InForce>,
    /// The last accepted rulebook or roster.
    pub chain: Shape<Chain>,
    /// The clock.
    pub clock: Shape<Clock>,
    /// Whose leads are being handed on.
    pub leaving: Shape<Leaving>,
    /// A team's turns.
    pub team: Shape<Rota>,
    /// A lead that waits for a seller.
    pub waiting: Shape<Waiting>,
    /// A shelf of proofs.
    pub proofs: Shape<Shelf>,
    /// Terms that leads were handed off with.
    pub terms: Shape<AgreedTerms>,
}

impl Version {
    /// The first.
    pub const FIRST: Self = Self {
        number: 1,
        account: Shape::PLAIN,
        crm: Shape::PLAIN,
        position: Shape::PLAIN,
        in_force: Shape::PLAIN,
        chain: Shape::PLAIN,
        clock: Shape::PLAIN,
        leaving: Shape::PLAIN,
        team: Shape::PLAIN,
        waiting: Shape::PLAIN,
        proofs: Shape::PLAIN,
        terms: Shape::PLAIN,
    };
}

/// A kind of value that has rows.
pub trait Kind: Sized {
    /// Its name in errors.
    const NAME: &'static str;
    /// How a version has it.
    fn shape(version: &Version) -> &Shape<Self>;
}

macro_rules! kinds {
    ($($type:ty, $name:literal, $field:ident;)*) => {$(
        impl Kind for $type {
            const NAME: &'static str = $name;

            fn shape(version: &Version) -> &Shape<Self> {
                &version.$field
            }
        }
    )*};
}

kinds! {
    Account, "account", account;
    CrmIndex, "crm index", crm;
    Position, "position", position;
    InForce, "rulebook or roster", in_force;
    Chain, "chain", chain;
    Clock, "clock", clock;
    Leaving, "leaving", leaving;
    Rota, "team", team;
    Waiting, "waiting lead", waiting;
    Shelf, "proofs", proofs;
    AgreedTerms, "terms", terms;
}

/// The versions that a release reads, and the one that it writes.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Their numbers ascend by one.
    versions: &'static [Version],
    written: &'static Version,
}

/// What this release reads; it writes any of them.
const RELEASED: &[Version] = &[Version::FIRST];

impl Default for Format {
    /// This release's, written in its oldest version: whatever may still run reads that.
    fn default() -> Self {
        Self { versions: RELEASED, written: &RELEASED[0] }
    }
}

impl Format {
    /// A release's versions, oldest first, and the number of the one that it writes; `None`: it can't write that one.
    pub fn of(versions: &'static [Version], write_version: u8) -> Option<Self> {
        let written = versions.iter().find(|version| version.number == write_version)?;
        Some(Self { versions, written })
    }

    /// This release's; `None`: it can't write that version.
    pub fn writing(write_version: u8) -> Option<Self> {
        Self::of(RELEASED, write_version)
    }

    /// The versions that this release reads and can write.
    pub fn released() -> RangeInclusive<u8> {
        RELEASED[0].number..=RELEASED[RELEASED.len() - 1].number
    }

    /// The version that is written.
    pub const fn write_version(&self) -> u8 {
        self.written.number
    }

    /// Appends a row, its version byte first, to `buffer`.
    pub fn encode_into<T: Kind>(&self, value: &T, buffer: &mut Vec<u8>) {
        buffer.push(self.written.number);
        (T::shape(self.written).write)(value, buffer);
    }

    /// Writes a row.
    pub fn encode<T: Kind>(&self, value: &T) -> Box<[u8]> {
        let mut buffer = Vec::with_capacity(256);
        self.encode_into(value, &mut buffer);
        buffer.into_boxed_slice()
    }

    /// Whether a row's version is known.
    ///
    /// # Errors
    /// [`Error::Newer`], or [`Error::Corrupt`] where there is none.
    pub fn check<T: Kind>(&self, bytes: &[u8]) -> Result<(), Error> {
        self.version_of::<T>(bytes).map(|_| ())
    }

    /// Reads a row of any version that is known.
    ///
    /// # Errors
    /// [`Error::Newer`] or [`Error::Corrupt`].
    pub fn decode<T: Kind>(&self, bytes: &[u8]) -> Result<T, Error> {
        let (version, body) = self.version_of::<T>(bytes)?;
        (T::shape(version).read)(body).ok_or(Error::Corrupt { kind: T::NAME })
    }

    fn version_of<'a, T: Kind>(&self, bytes: &'a [u8]) -> Result<(&'static Version, &'a [u8]), Error> {
        let (&found, body) = bytes.split_first().ok_or(Error::Corrupt { kind: T::NAME })?;
        let newest = self.versions[self.versions.len() - 1].number;
        if found > newest {
            return Err(Error::Newer { found, newest });
        }
        let version = self.versions.iter().find(|version| version.number == found);
        version.map(|version| (version, body)).ok_or(Error::Corrupt { kind: T::NAME })
    }
}
