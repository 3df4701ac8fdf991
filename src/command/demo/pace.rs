//! When each record of the month is sent, so that a month fits into a minute and nobody is bored in it.
//!
//! By time alone the gala's four hundred records would pass in a blink and the nights would take a second each; so the pace is half the
//! calendar's and half the records'.

use std::time::Duration;

use super::month::Month;

/// The calendar's part of the pace.
const CALENDAR: f64 = 0.5;

/// When each record is due, counted from the beginning of the show, in the order of the month's records.
pub fn due(month: &Month, length: Duration) -> Vec<Duration> {
    let (span_ms, count) = (month.end.since_ms(month.begin) as f64, month.postings.len() as f64);
    let part = |(index, posting): (usize, &super::month::Posting)| {
        let calendar = posting.at.since_ms(month.begin) as f64 / span_ms;
        length.mul_f64(CALENDAR * calendar + (1.0 - CALENDAR) * index as f64 / count)
    };
    month.postings.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_fits_into_the_time_that_was_given() {
        let month = Month::sample();
        let length = Duration::from_secs(40);
        let due = due(&month, length);
        assert_eq!(due.len(), month.postings.len());
        assert!(due.windows(2).all(|pair| pair[0] <= pair[1]), "in order");
        assert!(due[0] < Duration::from_secs(2) && due[due.len() - 1] < length && due[due.len() - 1] > length.mul_f64(0.9));
    }
}
