//! What a predicate may ask, and who answers.
//!
//! The engine answers for an account, an offering and one piece of evidence; a test answers from a table. `None` means unknown,
//! never false, zero or empty.

use crate::contract::Date;

macro_rules! fields {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident $path:literal $scope:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $(#[doc = concat!("`", $path, "`")] $(#[$doc])* $variant,)+
        }

        impl $type {
            /// Every field of this type.
            pub const ALL: &'static [$type] = &[$($type::$variant,)+];

            /// The field as rulebooks write it.
            pub const fn path(self) -> &'static str {
                match self {
                    $($type::$variant => $path,)+
                }
            }

            /// What the field's value depends on.
            pub const fn scope(self) -> Scope {
                match self {
                    $($type::$variant => Scope::$scope,)+
                }
            }
        }
    };
}

/// What a field's value depends on: evidence's never changes once it is kept, the account's may change with every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The one piece of evidence that is asked about.
    Evidence,
    /// The account (or today's date) at the time of the decision.
    Account,
}

fields! {
    /// Fields whose value is a text.
    TextField {
        InteractionKind "interaction.kind" Evidence,
        InteractionClass "interaction.class" Evidence,
        CampaignId "campaign.id" Evidence,
        CampaignAgency "campaign.agency" Evidence,
        CampaignChannel "campaign.channel" Evidence,
        PersonId "person.id" Evidence,
        PersonRole "person.role" Evidence,
        /// The class of the rulebook's `roles` that the role belongs to; unknown when the role is in none.
        PersonRoleClass "person.role_class" Evidence,
        PersonDepartment "person.department" Evidence,
        PersonSeniority "person.seniority" Evidence,
        Offering "offering" Evidence,
        CompanyName "company.name" Account,
        /// Registrable domain of the company, else of its people's work e-mail.
        CompanyDomain "company.domain" Account,
        CompanyIndustry "company.industry" Account,
        CompanyCountry "company.country" Account,
        DeclaredAuthority "declared.authority" Account,
        AccountOwnerId "account.owner.id" Account,
        AccountOwnerTeam "account.owner.team" Account,
    }
}

fields! {
    /// Fields whose value is a number.
    NumberField {
        CompanyEmployees "company.employees" Account,
        CompanyRevenueUsd "company.revenue_usd" Account,
        DeclaredBudgetUsd "declared.budget_usd" Account,
        /// Distinct people seen of the account (at most 8 are kept). Always known.
        AccountPeopleSeen "account.people_seen" Account,
        /// Open opportunities of the account, from the CRM.
        AccountOpenOpportunities "account.open_opportunities" Account,
    }
}

fields! {
    /// Fields that are true or false.
    BoolField {
        /// Consent to be contacted of the person.
        PersonConsent "person.consent" Evidence,
        /// Whether the person's e-mail is of the account's registrable domain: whoever types a domain into a form proves nothing. Unknown
        /// while no e-mail is known.
        PersonWorkEmail "person.work_email" Evidence,
        /// Whether the CRM says that the account is a customer.
        AccountCustomer "account.customer" Account,
    }
}

fields! {
    /// Fields whose value is a date.
    DateField {
        DeclaredBuyBy "declared.buy_by" Account,
        /// The date of `ingested_at` in the rulebook's time zone. Always known.
        Today "today" Account,
    }
}

fields! {
    /// Counts by name, asked with an index (`account.kinds_seen["demo_requested"]`). Always known; 0 for what was not seen.
    CountField {
        /// Unexpired evidence by kind, over all offerings.
        KindsSeen "account.kinds_seen" Account,
        /// People of the account by role.
        RolesSeen "account.roles_seen" Account,
        /// People of the account by seniority.
        SenioritiesSeen "account.seniorities_seen" Account,
    }
}

/// A value of a user's own attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttributeValue<'a> {
    /// Of type `bool`.
    Bool(bool),
    /// Of type `int` or `double`.
    Number(f64),
    /// Of type `string`.
    Text(&'a str),
}

/// Who answers a predicate's questions about one account, one offering and one piece of evidence.
pub trait Subject {
    /// A text; `None` if unknown.
    fn text(&self, field: TextField) -> Option<&str>;
    /// A number; `None` if unknown.
    fn number(&self, field: NumberField) -> Option<f64>;
    /// True or false; `None` if unknown.
    fn boolean(&self, field: BoolField) -> Option<bool>;
    /// A date; `None` if unknown.
    fn date(&self, field: DateField) -> Option<Date>;
    /// How often `name` was seen; 0 if never.
    fn count(&self, field: CountField, name: &str) -> u32;
    /// A declared attribute of the evidence, by its index in [`crate::rulebook::Rulebook::attributes`]; `None` if unknown or of another type than declared.
    fn attribute(&self, index: usize) -> Option<AttributeValue<'_>>;
}
