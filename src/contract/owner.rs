//! `relevo.owner.signalled.v1`: a customer, or an account with an open opportunity, showed new intent; its owner should know.

use compact_str::CompactString;
use serde::Serialize;

use super::account_key::AccountKey;
use super::decision::{Lineage, as_text};
use super::kind::Kind;
use super::outcome::Reason;
use super::time::Timestamp;

/// The event's data. No personal data but the person's identifier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnerSignalled {
    /// The account.
    pub account_key: AccountKey,
    /// The CRM's identifier of the account.
    pub crm_id: CompactString,
    /// The owner's identifier.
    pub owner_id: CompactString,
    /// The owner's team, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_team: Option<CompactString>,
    /// `customer` or `open_opportunity`.
    pub reason: Reason,
    /// What they showed interest in.
    pub offering: CompactString,
    /// The interaction.
    pub interaction_id: CompactString,
    /// What they did.
    #[serde(serialize_with = "as_text")]
    pub kind: Kind,
    /// Who.
    pub person_id: CompactString,
    /// When.
    pub occurred_at: Timestamp,
    /// Where it comes from.
    #[serde(flatten)]
    pub lineage: Lineage,
}
