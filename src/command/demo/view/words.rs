//! The contract's terms as people say them.

use super::heard::{DecisionHeard, Gates};
use crate::contract::time::HOUR_MS;
use crate::contract::{Class, Decision, Kind, Reason, Timestamp, Truth};

/// The sample month is told in Mexico City's time, six hours behind UTC all the year round.
const BEHIND_UTC_MS: i64 = 6 * HOUR_MS;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// 1970-01-01 was a Thursday.
const EPOCHS_WEEKDAY: i32 = 3;

/// An instant as the audience reads it: `Tue 03 Nov 10:52`.
pub fn when(at: Timestamp) -> String {
    let there = at.plus_ms(-BEHIND_UTC_MS);
    let date = there.utc_date();
    let (_, month, day) = date.civil();
    let weekday = WEEKDAYS[(date.as_days() + EPOCHS_WEEKDAY).rem_euclid(7) as usize];
    let minutes = there.as_ms().div_euclid(60_000).rem_euclid(24 * 60);
    format!("{weekday} {day:02} {} {:02}:{:02}", MONTHS[month as usize - 1], minutes / 60, minutes % 60)
}

/// What somebody did: `asked for a demo of analytics`.
pub fn did(kind: &Kind, offering: &str) -> String {
    let phrase = kind.phrase(offering);
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A role or a reason without its underscores.
pub fn spelt(name: &str) -> String {
    name.replace('_', " ")
}

/// Points as outputs bear them, cut to one decimal: cut to whole ones, 69.8 and 14.9 would seem to make 84, or 84.7 too much.
pub fn score(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points:.0}") } else { format!("{points:.1}") }
}

/// What a class of evidence is for the audience.
pub const fn class(class: Class) -> &'static str {
    match class {
        Class::Reach => "reached",
        Class::Relationship => "together",
        Class::Weak => "hints",
        Class::Intent => "requests",
    }
}

/// What kept a decision from being a lead: everything that did not hold, in the order of the rules.
pub fn missing(decision: &DecisionHeard) -> Vec<String> {
    let mut missing = decision.gates.as_ref().map(gates).unwrap_or_default();
    if let Some(fit) = decision.fit.as_ref().filter(|fit| !fit.holds()) {
        missing.push(format!("profile: {} of {} points", score(fit.points), score(fit.threshold)));
    }
    if decision.reason == Reason::NoIntent {
        missing.push("a request (a survey or a call alone is no demand)".to_owned());
    } else if let Some(intent) = decision.intent.as_ref().filter(|intent| !intent.holds()) {
        missing.push(format!("intent: {} of {} points", score(intent.points), score(intent.threshold)));
    }
    if decision.reason == Reason::NoConsent {
        missing.push("consent to be contacted".to_owned());
    }
    missing
}

fn gates(gates: &Gates) -> Vec<String> {
    let all = [
        (gates.represents_business, "a company", "private address", "nothing said"),
        (gates.able_to_buy, "the power or the money to buy", "not theirs, they say", "nobody said"),
        (gates.wants_offering, "an offering that we sell", "another one", "none named"),
        (gates.buys_by, "a date to buy by", "theirs is too far away", "nobody said when"),
    ];
    let words = |(truth, what, no, unknown): (Truth, &str, &str, &str)| match truth {
        Truth::True => None,
        Truth::False => Some(format!("{what} ({no})")),
        Truth::Unknown => Some(format!("{what} ({unknown})")),
    };
    all.into_iter().filter_map(words).collect()
}

/// What became of interactions, and why, for the table of outcomes.
pub const fn outcome(decision: Decision, reason: Reason) -> (&'static str, &'static str) {
    let why = match reason {
        Reason::AllHold => "all four questions answered, profile and intent high enough",
        Reason::LeadOpen => "the company has an open lead: told to its seller, no second lead",
        Reason::NoRulebook => "no agreement was in force yet",
        Reason::NoOffering => "about none of our offerings",
        Reason::NoIntent => "reached, entertained or surveyed: nobody asked for anything",
        Reason::RepresentsBusiness => "missing: a company behind the person",
        Reason::AbleToBuy => "missing: the power or the money to buy",
        Reason::WantsOffering => "missing: an offering that we sell",
        Reason::BuysBy => "missing: a date to buy by",
        Reason::Fit => "not in the agreed profile",
        Reason::Intent => "asked, but not enough yet",
        Reason::NoConsent => "did not agree to be contacted",
        Reason::Disqualifier => "a rule of the agreement excludes them, such as competitors",
        Reason::InteractionTooOld => "happened too long ago: an import of old records opens no lead",
        Reason::EvidenceTooOld => "what they once asked for is too long ago, and they ask for nothing now",
        Reason::InCooldown => "a lead was closed not long ago",
        Reason::Customer => "a customer: the account's owner is told when they ask for something",
        Reason::OpenOpportunity => "a sale is under way: its owner is told when they ask for something",
        Reason::TooManyLeads => "the account has as many leads as one may have",
        Reason::SeenBefore => "the same record a second time",
    };
    let what = match decision {
        Decision::Qualified => "lead",
        Decision::Joined => "joined a lead",
        Decision::NotQualified => "no lead",
        Decision::Disqualified => "excluded",
        Decision::Stale => "old news",
        Decision::Cooldown => "resting",
        Decision::Owned => "has an owner",
        Decision::Duplicate => "repeat",
    };
    (what, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_in_the_months_own_time() {
        for (text, told) in [
            ("2026-11-03T16:52:00Z", "Tue 03 Nov 10:52"),
            ("2026-11-06T02:15:00Z", "Thu 05 Nov 20:15"),
            ("2026-12-01T05:59:59Z", "Mon 30 Nov 23:59"),
        ] {
            assert_eq!(when(Timestamp::parse(text).unwrap()), told);
        }
    }

    #[test]
    fn points_are_told_as_they_add_up() {
        assert_eq!([60.0, 59.9, 0.0, 84.7].map(score), ["60", "59.9", "0", "84.7"]);
    }

    #[test]
    fn deeds_are_told_in_the_middle_of_a_sentence() {
        assert_eq!(did(&Kind::DemoRequested, "analytics"), "asked for a demo of analytics");
        assert_eq!(did(&Kind::parse("seance_held"), "analytics"), "seance held (analytics)");
    }
}
