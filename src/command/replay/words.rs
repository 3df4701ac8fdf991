//! Reasons and points in the words of a report.

use crate::contract::Reason;
use crate::contract::decision::Points;

/// A reason for people.
pub const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::AllHold => "everything holds",
        Reason::LeadOpen => "a lead was open already",
        Reason::NoRulebook => "no rulebook was in force",
        Reason::NoOffering => "nobody named an offering",
        Reason::NoIntent => "nobody asked for anything that buyers ask for",
        Reason::RepresentsBusiness => "not known to represent a business",
        Reason::AbleToBuy => "not known to be able to buy",
        Reason::WantsOffering => "not known to want an offering of ours",
        Reason::BuysBy => "no clear date to buy by",
        Reason::Fit => "not enough points of fit",
        Reason::Intent => "not enough points of intent",
        Reason::NoConsent => "no consent to be contacted",
        Reason::Disqualifier => "a disqualifier holds",
        Reason::InteractionTooOld => "the interaction was too old",
        Reason::EvidenceTooOld => "the evidence was too old",
        Reason::InCooldown => "the last lead's cooldown had not ended",
        Reason::Customer => "a customer with an owner",
        Reason::OpenOpportunity => "an open opportunity with an owner",
        Reason::TooManyLeads => "as many leads as one account may have",
        Reason::SeenBefore => "the same interaction was here before",
    }
}

/// Points with one decimal, cut and not rounded, as decisions write them.
pub fn points(points: Points) -> String {
    serde_json::to_string(&points).unwrap_or_default()
}
