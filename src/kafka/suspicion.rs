//! When an open transaction is a reason to look for who left it: never because the brokers are slow.
//!
//! It adds up for how long a transaction was seen open, from answers alone, and says how long the next question may take. It asks nobody.

use std::time::Duration;

/// For so long a transaction has to be seen open: one of a healthy worker ends well within it.
const FENCE_AFTER: Duration = Duration::from_millis(600);
/// The first questions may take so long.
const FIRST: Duration = Duration::from_millis(300);
/// No question may take longer.
const LONGEST: Duration = Duration::from_secs(5);
/// While nothing is found, it is looked again only after so long: who was a member of the group may have left it.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is known of somebody's open transaction.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    may_take: Duration,
    open: Duration,
    due_at: Duration,
}

impl Default for Suspicion {
    fn default() -> Self {
        Self { may_take: FIRST, open: Duration::ZERO, due_at: FENCE_AFTER }
    }
}

impl Suspicion {
    /// How long the next question may take.
    pub fn may_take(&self) -> Duration {
        self.may_take
    }

    /// A question that waits for transactions went unanswered for `waited`; `quick`: one that does not wait was answered in no more time.
    /// If it was not, the brokers are slow: nothing was seen, and the next questions may take longer.
    pub fn unanswered(&mut self, waited: Duration, quick: bool) {
        if quick {
            self.open += waited;
        } else {
            *self = Self { may_take: (self.may_take * 2).min(LONGEST), ..Self::default() };
        }
    }

    /// Two answers, so long apart, say that it is open.
    pub fn seen_open(&mut self, between: Duration) {
        self.open += between;
    }

    /// Whether it is time to look for who left it. If nothing comes of it, the next time is later.
    pub fn is_due(&mut self) -> bool {
        let due = self.open >= self.due_at;
        if due {
            self.due_at = self.open + AGAIN_AFTER;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Coordinators that need `latency` for every answer, while a transaction is open or not: after how many questions is it due?
    fn due_after(latency: Duration, open: bool) -> Option<usize> {
        let mut suspicion = Suspicion::default();
        for asked in 1..=50 {
            if !open && latency <= suspicion.may_take() {
                return None; // answered
            }
            suspicion.unanswered(suspicion.may_take(), latency <= suspicion.may_take());
            if suspicion.is_due() {
                return Some(asked);
            }
        }
        None
    }

    #[test]
    fn a_slow_coordinator_is_no_reason_and_an_open_transaction_is_one_at_any_speed() {
        for latency in [1, 290, 310, 400, 900, 2_000, 4_900] {
            assert_eq!(due_after(ms(latency), false), None, "answers take {latency} ms");
            let questions = due_after(ms(latency), true).unwrap_or_else(|| panic!("never, where answers take {latency} ms"));
            assert!(questions <= 7, "{questions} where answers take {latency} ms");
        }
        assert_eq!(due_after(ms(1), true), Some(2));
        // Brokers that answer nothing at all.
        assert_eq!(due_after(ms(60_000), true), None);
    }

    #[test]
    fn one_quick_answer_among_slow_ones_is_no_reason() {
        let mut suspicion = Suspicion::default();
        for _ in 0..20 {
            suspicion.unanswered(ms(300), true);
            assert!(!suspicion.is_due());
            suspicion.unanswered(ms(300), false);
            assert!(!suspicion.is_due());
        }
        assert_eq!(suspicion.may_take(), LONGEST);
    }

    #[test]
    fn what_came_to_nothing_is_looked_at_again_a_second_later() {
        let mut suspicion = Suspicion::default();
        let due: Vec<u64> = (0..300)
            .filter(|_| {
                suspicion.seen_open(ms(10));
                suspicion.is_due()
            })
            .map(|step| (step + 1) * 10)
            .collect();
        assert_eq!(due, [600, 1_600, 2_600]);
    }
}
