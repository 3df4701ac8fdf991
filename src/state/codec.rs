//! The changelog's keys, and why a row can't be used.
//!
//! The partition's own rows have keys that begin with `relevo:`, which no account key can. How a value is written is the business of
//! [`super::format`]. Golden files under `tests/golden/state` hold every version for ever.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::format::Format;
use crate::contract::code::{Code, PARTITIONS_CHANGED, STATE_CORRUPT, STATE_NEWER};
use crate::contract::{Timestamp, TopicId};

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
const WAITS: &str = "relevo:waits:";
const PROOFS: &str = "relevo:proofs:";

/// Why a row can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A newer Relevo wrote it.
    #[error("a row of version {found}, and this version of Relevo reads up to {newest}")]
    Newer {
        /// The row's version.
        found: u8,
        /// The newest that is read.
        newest: u8,
    },
    /// A newer Relevo wrote it: it has kinds of rows that this one does not know.
    #[error("a row of a kind that this version of Relevo does not know")]
    UnknownKind,
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
            Self::Newer { .. } | Self::UnknownKind | Self::Law { .. } | Self::Roster { .. } => STATE_NEWER,
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
    /// The log that the offset belongs to; `None`: the cluster gave topics no identifiers.
    pub log: Option<TopicId>,
    /// The last record that was folded; `None`: none was, or the state was put on this log by hand.
    pub last: Option<LastRecord>,
}

/// A record of the log, as far as it takes to find that it is not the same any more: a log that was cut and has grown again has another
/// one at that offset, appended later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRecord {
    /// Its offset.
    pub offset: i64,
    /// Its own append time.
    pub appended_at: Timestamp,
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
    /// A lead that waits for a seller: its team, and its identifier.
    Waits(&'a str, &'a str),
    /// A shelf of proofs, by its number.
    Proofs(u8),
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
            text if text.starts_with(PROOFS) => RowKey::Proofs(text[PROOFS.len()..].parse().map_err(|_| Error::Corrupt { kind: "key" })?),
            text if text.starts_with(WAITS) => {
                let (team, lead) = text[WAITS.len()..].split_once(':').ok_or(Error::Corrupt { kind: "key" })?;
                RowKey::Waits(team, lead)
            }
            text => match (text.strip_prefix(CRM), text.strip_prefix(TERMS), text.strip_prefix(TEAM)) {
                (Some(id), ..) => RowKey::Crm(id),
                (_, Some(digest), _) => RowKey::Terms(u64::from_str_radix(digest, 16).map_err(|_| Error::Corrupt { kind: "key" })?),
                (.., Some(team)) => RowKey::Team(team),
                _ if text.starts_with(RESERVED) => return Err(Error::UnknownKind),
                _ => RowKey::Account(text),
            },
        })
    }

    pub(super) fn text(self) -> CompactString {
        match self {
            RowKey::Account(key) => key.into(),
            RowKey::Crm(id) => compact_str::format_compact!("{CRM}{id}"),
            RowKey::Terms(digest) => compact_str::format_compact!("{TERMS}{digest:016x}"),
            RowKey::Proofs(shelf) => compact_str::format_compact!("{PROOFS}{shelf}"),
            RowKey::Waits(team, lead) => compact_str::format_compact!("{WAITS}{team}:{lead}"),
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

/// What kind of row a key is of, for people.
pub fn kind_of(key: &[u8]) -> &'static str {
    match RowKey::parse(key) {
        Ok(RowKey::Account(_)) => "account",
        Ok(RowKey::Crm(_)) => "crm index",
        Ok(RowKey::Terms(_)) => "terms",
        Ok(RowKey::Team(_)) => "team",
        Ok(RowKey::Waits(..)) => "waiting lead",
        Ok(RowKey::Proofs(_)) => "proofs",
        Ok(RowKey::Roster) => "roster",
        Ok(RowKey::RosterChain) => "roster chain",
        Ok(RowKey::Leaving) => "leaving",
        Ok(RowKey::Law) => "law",
        Ok(RowKey::Chain) => "chain",
        Ok(RowKey::Clock) => "clock",
        Ok(RowKey::Position) => "position",
        Err(_) => "unknown",
    }
}

/// The row of a position: its key and its value.
pub fn position_row(format: Format, position: &Position) -> (Vec<u8>, Vec<u8>) {
    (RowKey::Position.text().as_bytes().to_vec(), format.encode(position).into_vec())
}
