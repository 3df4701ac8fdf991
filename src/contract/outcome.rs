//! What can become of an interaction, as closed lists inside and open texts outside.
//!
//! A decision has one reason, the first that applied in the order of the qualification. Subscribers must accept new
//! names in both lists: outputs only grow.

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl $type {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [$type] = &[$($type::$variant,)+];

            /// The name in outputs, rulebooks and metric labels.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)+
                }
            }

            /// The value of this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some($type::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use named;

named! {
    /// What was decided about an interaction and an offering.
    Decision {
        /// A lead was handed off.
        Qualified "qualified",
        /// A lead for that offering is open already; the evidence joined it (QUAL-5).
        Joined "joined",
        /// Not a qualified prospect (yet); the reason says what is missing.
        NotQualified "not_qualified",
        /// A disqualifier of the rulebook holds.
        Disqualified "disqualified",
        /// Too old to hand off (QUAL-6).
        Stale "stale",
        /// A lead for that offering was closed not long ago.
        Cooldown "cooldown",
        /// A customer, or an open opportunity, whose owner was told instead.
        Owned "owned",
        /// The same interaction was here before.
        Duplicate "duplicate",
    }
}

named! {
    /// Why: the first reason that applied.
    Reason {
        /// All four gates, fit and intent hold.
        AllHold "all_hold",
        /// A lead for the offering is open.
        LeadOpen "lead_open",
        /// No rulebook is in force in this partition yet.
        NoRulebook "no_rulebook",
        /// Neither the interaction nor its declaration names an offering.
        NoOffering "no_offering",
        /// No intent-class evidence for the offering, or an interaction that can open no lead (QUAL-1, QUAL-2).
        NoIntent "no_intent",
        /// The gate `represents_business` is not true.
        RepresentsBusiness "represents_business",
        /// The gate `able_to_buy` is not true.
        AbleToBuy "able_to_buy",
        /// The gate `wants_offering` is not true.
        WantsOffering "wants_offering",
        /// The gate `buys_by` is not true.
        BuysBy "buys_by",
        /// Points of fit below the threshold.
        Fit "fit",
        /// Points of intent below the threshold.
        Intent "intent",
        /// The rulebook requires consent to be contacted, and the person has not given it.
        NoConsent "no_consent",
        /// A disqualifier holds; the decision names it.
        Disqualifier "disqualifier",
        /// The interaction is older than `max_handoff_age`.
        InteractionTooOld "interaction_too_old",
        /// All intent-class evidence is older than `max_handoff_age`.
        EvidenceTooOld "evidence_too_old",
        /// The last lead's cooldown has not ended.
        InCooldown "in_cooldown",
        /// The account is a customer with an owner.
        Customer "customer",
        /// An opportunity for the offering is open, and has an owner.
        OpenOpportunity "open_opportunity",
        /// The account has as many leads as one account may have; none is made until one ends.
        TooManyLeads "too_many_leads",
        /// The same source and identifier were folded before.
        SeenBefore "seen_before",
    }
}

named! {
    /// Kleene's three values: what isn't known is unknown, never false.
    Truth {
        /// Known to hold.
        True "true",
        /// Known not to hold.
        False "false",
        /// Not known.
        Unknown "unknown",
    }
}

impl Truth {
    /// Kleene's *and*: false if either is false, true if both are true, else unknown.
    pub const fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// Kleene's *or*: true if either is true, false if both are false, else unknown.
    pub const fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, Truth::False) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Kleene's *not*: unknown stays unknown.
    pub const fn negate(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// Only *true* passes (QUAL-3).
    pub const fn holds(self) -> bool {
        matches!(self, Truth::True)
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Truth::Unknown, Truth::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qual_3_kleene_logic_never_makes_true_of_unknown() {
        use Truth::{False, True, Unknown};
        for (a, b, and, or) in [
            (True, True, True, True),
            (True, False, False, True),
            (True, Unknown, Unknown, True),
            (False, False, False, False),
            (False, Unknown, False, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
        ] {
            assert_eq!((a.and(b), b.and(a), a.or(b), b.or(a)), (and, and, or, or), "{a} {b}");
        }
        assert_eq!([True, False, Unknown].map(Truth::negate), [False, True, Unknown]);
        assert_eq!([True, False, Unknown].map(Truth::holds), [true, false, false]);
    }

    #[test]
    fn names_lead_back_to_their_values() {
        for decision in Decision::ALL {
            assert_eq!(Decision::parse(decision.as_str()), Some(*decision));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
    }
}
