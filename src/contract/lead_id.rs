//! Lead identifiers: the same lead gets the same identifier in every replay, and bears its own address.
//!
//! `L-` and 24 characters of base32: 88 bits of SHA-256 over what makes a lead (account key, offering, and source and id of
//! the interaction that opened it), then the 32-bit murmur2 hash of the account key. So an activity that bears nothing
//! but a `lead_id` finds its partition of the log with no look-up.

use std::fmt;

use compact_str::CompactString;
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account_key::AccountKey;
use super::murmur2::{murmur2, partition_of_hash};

const PREFIX: &str = "L-";
const DIGEST_BYTES: usize = 11;
const TEXT_BYTES: usize = 24;

/// A lead's identifier: `L-` and 24 upper-case characters of base32.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadId(CompactString);

impl LeadId {
    /// The identifier of the lead that this interaction opens for this account and offering.
    pub fn new(account: &AccountKey, offering: &str, source: &str, interaction_id: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [account.as_str(), offering, source, interaction_id] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut bytes = [0; DIGEST_BYTES + 4];
        bytes[..DIGEST_BYTES].copy_from_slice(&hash.finalize()[..DIGEST_BYTES]);
        bytes[DIGEST_BYTES..].copy_from_slice(&murmur2(account.as_str().as_bytes()).to_be_bytes());
        let mut text = CompactString::from(PREFIX);
        text.push_str(&BASE32_NOPAD.encode(&bytes));
        Self(text)
    }

    /// Reads an identifier that came back from outside; `None` if it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        (encoded.len() == TEXT_BYTES && BASE32_NOPAD.decode(encoded.as_bytes()).is_ok()).then(|| Self(text.into()))
    }

    /// Java's hash of the account's key.
    pub fn account_hash(&self) -> u32 {
        let bytes = BASE32_NOPAD.decode(&self.0.as_bytes()[PREFIX.len()..]).unwrap_or_default();
        u32::from_be_bytes(bytes.last_chunk().copied().unwrap_or_default())
    }

    /// The partition of the log in which the lead's account lives.
    pub fn partition(&self, partitions: u32) -> u32 {
        partition_of_hash(self.account_hash(), partitions)
    }

    /// The text, for keys and outputs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LeadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::murmur2::partition_of_key;

    #[test]
    fn key_1_a_lead_id_leads_to_its_accounts_partition() {
        for n in 0..500 {
            let account = AccountKey::from_trusted(&format!("co-{n}.example"));
            let id = LeadId::new(&account, "crm-suite", "web", "i-1");
            assert_eq!(id.as_str().len(), 26);
            assert_eq!(id.partition(8), partition_of_key(account.as_str().as_bytes(), 8));
            assert_eq!(LeadId::parse(id.as_str()), Some(id));
        }
        for bad in ["", "L-", "L-abc", "X-AAAAAAAAAAAAAAAAAAAAAAAA", "L-aaaaaaaaaaaaaaaaaaaaaaaa", "L-1AAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(LeadId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn parts_of_an_identifier_do_not_run_into_each_other() {
        let account = AccountKey::from_trusted("acme.example");
        assert_ne!(LeadId::new(&account, "ab", "c", "d"), LeadId::new(&account, "a", "bc", "d"));
    }
}
