//! What is no error, and what somebody should know of all the same: counted with the transaction in which it was seen (TXN-2).

use super::outcome::named;

named! {
    /// Something that a record of the log brought about, and that ought to be rare.
    Irregularity {
        /// A refusal had to make room for a later one: who comes new to that account needs a consent to be contacted.
        RefusalMadeRoom "refusal_made_room",
        /// A next step, or the coming back of a recycled lead, was said to be later than the team's terms allow.
        PostponementCut "postponement_cut",
        /// An account of the CRM claims a domain that another one of the CRM's accounts has claimed before: the facts of the first hold.
        DomainClaimedTwice "domain_claimed_twice",
        /// An account that nothing is known of but one person, and that its partition has no room for: it was decided about, and not kept.
        AccountNotKept "account_not_kept",
        /// A touch is shown by what had shown the touch of another lead before.
        ProofUsedBefore "proof_used_before",
        /// A repeat that could still be one is known no more: the account had more interactions than are remembered.
        RepeatForgotten "repeat_forgotten",
        /// What an interaction says of consent is neither a clear yes nor a clear no: it counts as a refusal.
        ConsentUnclear "consent_unclear",
        /// A dead letter speaks of consent: it may be a refusal, to which nobody keeps.
        ConsentDeadLettered "consent_dead_lettered",
        /// An activity was entered before its lead was handed off, or its touch happened before the buyer had asked: it can't be about it.
        BeforeTheLead "before_the_lead",
        /// A first response that had been told turned out to be later, or none, when its activity was corrected.
        ResponseTakenBack "response_taken_back",
        /// A promise counts as kept by a touch that came a day late or later, and does not say when it was entered.
        EntryUnknown "entry_unknown",
        /// A person's identifier looks like a telephone number: identifiers travel in keys and outputs, where no number may be.
        PhoneAsIdentifier "phone_as_identifier",
        /// A company's website, or a person's e-mail, names the domains of two companies: neither of them made the account.
        CompanyUnclear "company_unclear",
        /// The website that makes the account is of one company, and the person's work e-mail of another.
        MailOfAnotherCompany "mail_of_another_company",
    }
}
