//! The changelog's format: what a key means, and which version a value is written in.
//!
//! An account's row is a version byte and postcard; the partition's own rows stand under keys that begin with `relevo:`, which
//! no account key can. Version N+1 will read N and N+1 and go on writing N until it is told otherwise, so that a roll-out
//! can be rolled back. Golden files under `tests/golden/state` hold every version for ever.

use compact_str::CompactString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::earlier::{self, FollowedLead, Lead};
use crate::contract::Timestamp;
use crate::contract::code::{Code, PARTITIONS_CHANGED, STATE_CORRUPT, STATE_NEWER};
use crate::engine::Account;

/// The version that is written; also the newest that is read. 2 remembers what sales did with a lead, 3 when
/// something is due of it.
pub const VERSION: u8 = 3;
/// The oldest that is read.
const OLDEST: u8 = 1;
/// The one after it.
const SECOND: u8 = 2;

/// What no account key begins with.
const RESERVED: &str = "relevo:";
const LAW: &str = "relevo:law";
const CHAIN: &str = "relevo:chain";
const CLOCK: &str = "relevo:clock";
const ROSTER: &str = "relevo:roster";
const ROSTER_CHAIN: &str = "relevo:roster-chain";
const LEAVING: &str = "relevo:leaving";
const POSITION: &str = "relevo:position";
const CRM: &str = "relevo:crm:";
const TERMS: &str = "relevo:terms:";
const TEAM: &str = "relevo:team:";

/// Why a row can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A newer Relevo wrote it.
    #[error("a row of version {found}, and this version of Relevo reads up to {VERSION}")]
    Newer {
        /// The row's version.
        found: u8,
    },
    /// Its bytes are not what their version says.
    #[error("a row of kind {kind} can't be decoded")]
    Corrupt {
        /// What kind of row.
        kind: &'static str,
    },
    /// The law in the changelog doesn't compile: a newer Relevo wrote it.
    #[error("the law of revision {revision} can't be read by this version of Relevo")]
    Law {
        /// Its revision.
        revision: u32,
    },
    /// The roster in the changelog doesn't compile: a newer Relevo wrote it.
    #[error("the roster of revision {revision} can't be read by this version of Relevo")]
    Roster {
        /// Its revision.
        revision: u32,
    },
    /// The state was made for a log with another number of partitions.
    #[error("the state was made for {found} partitions of the log, and {expected} are configured")]
    Partitions {
        /// As the changelog says.
        found: u32,
        /// As the configuration says.
        expected: u32,
    },
}

impl Error {
    /// Its code, for the person who has to do something about it.
    pub const fn code(&self) -> &'static Code {
        match self {
            Self::Newer { .. } | Self::Law { .. } | Self::Roster { .. } => STATE_NEWER,
            Self::Corrupt { .. } => STATE_CORRUPT,
            Self::Partitions { .. } => PARTITIONS_CHANGED,
        }
    }
}

/// How far the state of a partition reflects the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The next offset of the intake log to fold.
    pub offset: i64,
    /// The greatest append time seen.
    pub ingested_at: Timestamp,
    /// The number of partitions of the log that this state was made for.
    pub partitions: u32,
}

/// What a key of the changelog means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKey<'a> {
    Account(&'a str),
    Crm(&'a str),
    /// Terms by their digest.
    Terms(u64),
    /// A team's turns.
    Team(&'a str),
    Roster,
    RosterChain,
    Leaving,
    Law,
    Chain,
    Clock,
    Position,
}

impl<'a> RowKey<'a> {
    pub(super) fn parse(key: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(key).map_err(|_| Error::Corrupt { kind: "key" })?;
        Ok(match text {
            LAW => RowKey::Law,
            CHAIN => RowKey::Chain,
            CLOCK => RowKey::Clock,
            ROSTER => RowKey::Roster,
            ROSTER_CHAIN => RowKey::RosterChain,
            LEAVING => RowKey::Leaving,
            POSITION => RowKey::Position,
            text => match (text.strip_prefix(CRM), text.strip_prefix(TERMS), text.strip_prefix(TEAM)) {
                (Some(id), ..) => RowKey::Crm(id),
                (_, Some(digest), _) => RowKey::Terms(u64::from_str_radix(digest, 16).map_err(|_| Error::Corrupt { kind: "key" })?),
                (.., Some(team)) => RowKey::Team(team),
                _ if text.starts_with(RESERVED) => return Err(Error::Newer { found: VERSION + 1 }),
                _ => RowKey::Account(text),
            },
        })
    }

    pub(super) fn text(self) -> CompactString {
        match self {
            RowKey::Account(key) => key.into(),
            RowKey::Crm(id) => compact_str::format_compact!("{CRM}{id}"),
            RowKey::Terms(digest) => compact_str::format_compact!("{TERMS}{digest:016x}"),
            RowKey::Team(team) => compact_str::format_compact!("{TEAM}{team}"),
            RowKey::Roster => ROSTER.into(),
            RowKey::RosterChain => ROSTER_CHAIN.into(),
            RowKey::Leaving => LEAVING.into(),
            RowKey::Law => LAW.into(),
            RowKey::Chain => CHAIN.into(),
            RowKey::Clock => CLOCK.into(),
            RowKey::Position => POSITION.into(),
        }
    }
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

/// Appends a row behind its version byte to `buffer`.
pub(super) fn encode_into<T: Serialize>(value: &T, buffer: &mut Vec<u8>) {
    buffer.push(VERSION);
    postcard::serialize_with_flavor(value, Appending(buffer)).expect("state has no type that postcard can't write");
}

/// Writes a row behind its version byte.
pub(super) fn encode<T: Serialize>(value: &T) -> Box<[u8]> {
    let mut buffer = Vec::with_capacity(256);
    encode_into(value, &mut buffer);
    buffer.into_boxed_slice()
}

/// Whether this Relevo knows a row's version.
///
/// # Errors
/// [`Error::Newer`], or [`Error::Corrupt`] where there is none.
pub(super) fn check_version(bytes: &[u8]) -> Result<(), Error> {
    match bytes.first() {
        Some(OLDEST..=VERSION) => Ok(()),
        Some(&found) if found > VERSION => Err(Error::Newer { found }),
        _ => Err(Error::Corrupt { kind: "account" }),
    }
}

/// Reads a row of any version that this Relevo knows, of a kind that has been the same in all of them.
pub(super) fn decode<T: DeserializeOwned>(kind: &'static str, bytes: &[u8]) -> Result<T, Error> {
    match bytes.split_first() {
        Some((OLDEST..=VERSION, body)) => postcard::from_bytes(body).map_err(|_| Error::Corrupt { kind }),
        Some((&found, _)) if found > VERSION => Err(Error::Newer { found }),
        _ => Err(Error::Corrupt { kind }),
    }
}

/// Reads an account's row.
///
/// # Errors
/// [`Error::Newer`] or [`Error::Corrupt`].
pub fn decode_account(bytes: &[u8]) -> Result<Account, Error> {
    const KIND: &str = "account";
    match bytes.first() {
        Some(&OLDEST) => decode::<earlier::Account<Lead>>(KIND, bytes).map(Account::from),
        Some(&SECOND) => decode::<earlier::Account<FollowedLead>>(KIND, bytes).map(Account::from),
        _ => decode(KIND, bytes),
    }
}

/// Writes an account's row.
pub fn encode_account(account: &Account) -> Box<[u8]> {
    encode(account)
}
