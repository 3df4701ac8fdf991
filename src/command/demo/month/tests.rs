//! What the sample month promises, by the contract's own parsers.

use super::*;
use crate::contract::account::AccountUpdated;
use crate::contract::account_key::FreeMail;
use crate::contract::interaction::Interaction;
use crate::contract::{Class, Kind};

fn interactions(month: &Month) -> Vec<(&Posting, Interaction<'_>)> {
    let sent = month.postings.iter().filter(|posting| posting.input == Input::Interactions);
    sent.filter_map(|posting| Some((posting, Interaction::parse(&posting.value).ok()?))).collect()
}

#[test]
fn the_month_is_the_same_each_time() {
    assert_eq!(Month::sample().postings, Month::sample().postings);
}

#[test]
fn the_month_has_the_size_of_a_month() {
    let month = Month::sample();
    assert!((1_500..=2_500).contains(&month.postings.len()), "{} records", month.postings.len());
    assert!((250..=450).contains(&month.people), "{} people", month.people);
    for pair in month.postings.windows(2) {
        assert!(pair[0].at <= pair[1].at, "in order");
    }
    let (first, last) = (month.postings[0].at, month.postings[month.postings.len() - 1].at);
    assert!(month.begin <= first && last < month.end, "{first} to {last}");
}

#[test]
fn three_records_are_broken_and_the_rest_is_of_the_contract() {
    let month = Month::sample();
    let sent = |input| month.postings.iter().filter(move |posting| posting.input == input);
    let refused: Vec<_> = sent(Input::Interactions).filter_map(|posting| Interaction::parse(&posting.value).err()).collect();
    assert_eq!(refused.iter().map(|refusal| refusal.code.name).collect::<Vec<_>>(), ["not_json", "bad_identifier", "bad_value"]);
    for posting in sent(Input::Accounts) {
        let update = AccountUpdated::parse(&posting.value, &FreeMail::default()).expect("account facts");
        assert_eq!(posting.key, update.account_id);
    }
    for (_, interaction) in interactions(&month) {
        assert!(!matches!(interaction.kind, Kind::Other(_)), "{}: a kind that nobody knows", interaction.kind);
        assert!(campaigns::campaign(&interaction.campaign.id).is_some());
        let declared = interaction.declared.as_ref().and_then(|declared| declared.offering.as_deref());
        assert!(declared.is_none() || declared == interaction.offering.as_deref(), "one decision for each interaction");
    }
}

#[test]
fn each_campaign_has_its_character() {
    let month = Month::sample();
    let count =
        |id: &str, class: Class| interactions(&month).iter().filter(|(_, it)| it.campaign.id == id && it.kind.ceiling() == class).count();
    assert!(
        count(campaigns::GALA.id, Class::Relationship) > 250 && count(campaigns::GALA.id, Class::Intent) == 0,
        "a full room, no demand"
    );
    assert!(count(campaigns::WEBINAR.id, Class::Reach) < 180 && count(campaigns::WEBINAR.id, Class::Intent) >= 5, "a small room that asks");
    assert!(count(campaigns::CALLS.id, Class::Weak) > 60 && count(campaigns::CALLS.id, Class::Intent) == 0, "hints only");
    let late =
        interactions(&month).iter().filter(|(posting, it)| posting.at.since_ms(it.occurred_at) > 7 * crate::contract::time::DAY_MS).count();
    assert!(late > 80, "old news");
}

#[test]
fn the_scanner_sends_some_badges_twice() {
    let month = Month::sample();
    let mut ids: Vec<_> = interactions(&month).into_iter().map(|(_, it)| it.interaction_id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!((3..40).contains(&(all - ids.len())), "{} repeats", all - ids.len());
}
