//! What showed the touches of leads, so that one proof that answers many leads is seen.
//!
//! A partition remembers the last few thousand as hashes, on shelves: a touch writes one shelf and not all. It counts and judges nothing: one call
//! may well be about two leads, and a seller whose calls are about twenty each is for people to look at.

use serde::{Deserialize, Serialize};

use crate::contract::LeadId;
use crate::contract::activity::Proof;

/// Shelves of a partition.
pub const SHELVES: u64 = 64;
/// Proofs on a shelf; the oldest makes room. A row of a shelf is about a kilobyte.
pub const MAX_ON_A_SHELF: usize = 64;

/// Proofs with the leads that they showed first: hashes of both, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf(Vec<(u64, u64)>);

impl Shelf {
    /// Puts a proof of a lead there; `None`: it is there already. With whether it had shown another lead.
    pub(super) fn with(&self, proof: u64, lead: &LeadId) -> (Option<Self>, bool) {
        let lead = xxhash_rust::xxh3::xxh3_64(lead.as_str().as_bytes());
        if let Some((_, first)) = self.0.iter().find(|(known, _)| *known == proof) {
            return (None, *first != lead);
        }
        let from = (self.0.len() + 1).saturating_sub(MAX_ON_A_SHELF);
        (Some(Self(self.0[from..].iter().copied().chain([(proof, lead)]).collect())), false)
    }
}

/// A hash of what a proof is, and its shelf.
pub(super) fn hash(proof: &Proof<'_>) -> (u64, u8) {
    let hash = super::evidence::identity_hash(&proof.channel, &proof.reference);
    (hash, (hash % SHELVES) as u8)
}
