//! Kinds of interaction and the class of evidence that each can be, at most.
//!
//! This table is the wall behind QUAL-1 and QUAL-2: being reached is not demand, and a tasting is not intent. The class is
//! a ceiling: a rulebook may lower a kind's class and can't raise it, and a kind that nobody knows is weak.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// How much an interaction can say about demand, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The person was reached: invited, mailed, counted at a door. Never demand (QUAL-1).
    Reach,
    /// Time spent together: tasting, dinner, gift. Weighs nothing as intent (QUAL-2).
    Relationship,
    /// A hint: survey, call, chat. Never enough alone (QUAL-2).
    Weak,
    /// The person asked for something that buyers ask for.
    Intent,
}

impl Class {
    /// Every class, weakest first.
    pub const ALL: [Class; 4] = [Class::Reach, Class::Relationship, Class::Weak, Class::Intent];

    /// The name in rulebooks, schemas and outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Reach => "reach",
            Class::Relationship => "relationship",
            Class::Weak => "weak",
            Class::Intent => "intent",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! kinds {
    ($($variant:ident $name:literal $class:ident,)+) => {
        /// What a person did. Kinds are open: an unknown one is kept by name and is of class weak.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            /// A kind that this version does not know, by its name. First, so that new kinds move no other's place in the state.
            Other(CompactString),
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl Kind {
            /// Every kind that has a class of its own, in the order of the contract.
            pub const KNOWN: &'static [Kind] = &[$(Kind::$variant,)+];

            /// The kind of this name; unknown names become [`Kind::Other`].
            pub fn parse(name: &str) -> Kind {
                match name {
                    $($name => Kind::$variant,)+
                    other => Kind::Other(CompactString::from(other)),
                }
            }

            /// The name in events, rulebooks and outputs.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Kind::$variant => $name,)+
                    Kind::Other(name) => name,
                }
            }

            /// The most that this kind can be as evidence.
            pub const fn ceiling(&self) -> Class {
                match self {
                    $(Kind::$variant => Class::$class,)+
                    Kind::Other(_) => Class::Weak,
                }
            }
        }
    };
}

// The order is part of the state's format: append only.
kinds! {
    Invited "invited" Reach,
    EmailSent "email_sent" Reach,
    EmailOpened "email_opened" Reach,
    EmailClicked "email_clicked" Reach,
    AdClicked "ad_clicked" Reach,
    Registered "registered" Reach,
    Attended "attended" Reach,
    BadgeScanned "badge_scanned" Reach,
    PageViewed "page_viewed" Reach,
    ContentDownloaded "content_downloaded" Reach,
    Tasting "tasting" Relationship,
    Cocktail "cocktail" Relationship,
    Breakfast "breakfast" Relationship,
    Lunch "lunch" Relationship,
    Dinner "dinner" Relationship,
    Gift "gift" Relationship,
    SportsEvent "sports_event" Relationship,
    SurveyCompleted "survey_completed" Weak,
    CallReceived "call_received" Weak,
    ChatStarted "chat_started" Weak,
    WebinarQuestion "webinar_question" Weak,
    DemoRequested "demo_requested" Intent,
    QuoteRequested "quote_requested" Intent,
    PricingViewed "pricing_viewed" Intent,
    TrialStarted "trial_started" Intent,
    ContactRequested "contact_requested" Intent,
    RfpReceived "rfp_received" Intent,
    ConfiguratorCompleted "configurator_completed" Intent,
    RenewalInquired "renewal_inquired" Intent,
}

impl Kind {
    /// What the person did, as the beginning of a sentence for a seller.
    pub fn phrase(&self, offering: &str) -> String {
        match self {
            Kind::DemoRequested => format!("Asked for a demo of {offering}"),
            Kind::QuoteRequested => format!("Asked for a quote for {offering}"),
            Kind::PricingViewed => format!("Looked at the prices of {offering}"),
            Kind::TrialStarted => format!("Started a trial of {offering}"),
            Kind::ContactRequested => format!("Asked to be contacted about {offering}"),
            Kind::RfpReceived => format!("Sent a request for proposal for {offering}"),
            Kind::ConfiguratorCompleted => format!("Configured {offering}"),
            Kind::RenewalInquired => format!("Asked about renewing {offering}"),
            Kind::SurveyCompleted => format!("Answered a survey about {offering}"),
            Kind::CallReceived => format!("Called about {offering}"),
            Kind::ChatStarted => format!("Started a chat about {offering}"),
            Kind::WebinarQuestion => format!("Asked a question in a webinar about {offering}"),
            other => format!("{} ({offering})", other.as_str().replace('_', " ")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qual_1_and_2_every_kind_has_the_ceiling_of_the_contract() {
        let count = |class| Kind::KNOWN.iter().filter(|kind| kind.ceiling() == class).count();
        assert_eq!(Class::ALL.map(count), [10, 7, 4, 8]);
        assert_eq!(Kind::parse("demo_requested").ceiling(), Class::Intent);
        assert_eq!(Kind::parse("attended").ceiling(), Class::Reach);
        assert_eq!(Kind::parse("dinner").ceiling(), Class::Relationship);
        assert_eq!(Kind::parse("seance_held").ceiling(), Class::Weak, "nobody knows it");
    }

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in Kind::KNOWN {
            assert_eq!(&Kind::parse(kind.as_str()), kind);
        }
        assert_eq!(Kind::parse("seance_held").as_str(), "seance_held");
    }
}
