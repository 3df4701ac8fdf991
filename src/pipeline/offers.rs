//! Revisions that wait to be offered by the next transaction of Intake, and how often a watch offers the same again.
//!
//! This file refuses to know what is in force: the watches do.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::contract::Timestamp;
use crate::contract::log::Offered;

/// How often what is not in force is offered again.
pub(super) const OFFER_EVERY: Duration = Duration::from_secs(60);
/// How often, as long as its hour has just come: the registrar judges by the brokers' clock, and this process's may run ahead of it.
const OFFER_EVERY_AT_ITS_HOUR: Duration = Duration::from_secs(1);
/// How long its hour lasts: a clock that is further off is not ready for anything.
const HOUR_MS: i64 = 60_000;

/// What waits. A transaction that offers it says so when it has committed.
#[derive(Default)]
pub struct Offers(Mutex<Vec<Offered>>);

impl Offers {
    /// What waits now.
    pub fn waiting(&self) -> Vec<Offered> {
        self.0.lock().expect("nobody panics while holding it").clone()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.lock().expect("nobody panics while holding it").is_empty()
    }

    /// These have been offered. What took their place meanwhile still waits.
    pub fn offered(&self, offered: &[Offered]) {
        self.0.lock().expect("nobody panics while holding it").retain(|waiting| !offered.contains(waiting));
    }

    pub(super) fn replace(&self, offers: Vec<Offered>) {
        *self.0.lock().expect("nobody panics while holding it") = offers;
    }
}

/// A revision that is to be offered.
pub(super) struct Due {
    pub offered: Offered,
    /// Its hour.
    pub effective_from: Timestamp,
}

/// What a watch offered last, and when: something else at once, the same again after a while.
#[derive(Default)]
pub(super) struct Offering {
    last: Vec<Offered>,
    at: Option<Instant>,
}

impl Offering {
    /// Offers what is due, if it is time.
    pub(super) fn offer(&mut self, offers: &Offers, due: Vec<Due>, now: Timestamp) {
        let is_its_hour = due.iter().any(|due| now.since_ms(due.effective_from) < HOUR_MS);
        let every = if is_its_hour { OFFER_EVERY_AT_ITS_HOUR } else { OFFER_EVERY };
        let again = self.at.is_none_or(|at| at.elapsed() >= every);
        let due: Vec<Offered> = due.into_iter().map(|due| due.offered).collect();
        if !due.is_empty() && (again || due != self.last) {
            offers.replace(due.clone());
            *self = Self { last: due, at: Some(Instant::now()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(file: &str) -> Offered {
        Offered { file: file.into(), signatures: String::new(), unsigned_allowed: false, lacked_by: Vec::new() }
    }

    #[test]
    fn what_took_the_place_of_an_offer_during_a_commit_still_waits() {
        let offers = Offers::default();
        offers.replace(vec![offer("1"), offer("2")]);
        let committing = offers.waiting();
        offers.replace(vec![offer("2"), offer("3")]);
        offers.offered(&committing);
        assert_eq!(offers.waiting(), [offer("3")]);
        offers.offered(&[offer("3")]);
        assert!(offers.is_empty());
    }

    #[test]
    fn at_its_hour_a_revision_is_offered_again_each_second_and_later_each_minute() {
        let hour = Timestamp::from_ms(1_800_000_000_000);
        let offered_again = |now: Timestamp, waited: Duration| {
            let (offers, long_ago) = (Offers::default(), Instant::now().checked_sub(waited));
            let mut offering = Offering { last: vec![offer("1")], at: Some(long_ago.expect("the machine is up for longer")) };
            offering.offer(&offers, vec![Due { offered: offer("1"), effective_from: hour }], now);
            !offers.is_empty()
        };
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        assert!(offered_again(hour, second) && offered_again(hour.plus_ms(59_999), second));
        assert!(!offered_again(hour.plus_ms(60_000), second) && offered_again(hour.plus_ms(60_000), minute));
        assert!(!offered_again(hour, Duration::ZERO));
    }
}
