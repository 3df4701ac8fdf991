//! How late it is by the brokers' clocks, as far as their append times tell: what this process's own clock is held to.
//!
//! A record of the log that is there now, and was not there at the question before, was appended in between. So no broker is later than its
//! append time and what has passed since that question, by a clock that only counts. This file asks nobody, and reads no clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::Clock;
use crate::contract::Timestamp;
use crate::contract::time::{HOUR_MS, SECOND_MS};

/// A log whose newest record is no older than this says at once that this process's clock is not ahead by more.
const NEAR_MS: i64 = 5 * SECOND_MS;
/// How long something to compare is waited for after the brokers' first answer. Without Intake nothing is appended; then the clock of this
/// process has to do.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long that first answer is waited for after a start.
const PATIENCE_FOR_AN_ANSWER: Duration = Duration::from_secs(30);
/// What was measured counts for so long.
const COUNTS_FOR: Duration = Duration::from_secs(60);
/// An append time that is further ahead of this process's clock is impossible: one of the two clocks is wrong, and what would be folded by the
/// wrong one (every interaction too old, every account forgotten) can't be taken back. Less than that heals by itself.
pub const MOST_AHEAD_MS: i64 = HOUR_MS;

/// What is known of the brokers' time. Shared by whoever asks for it and whoever heeds it.
pub struct BrokerTime(Mutex<Known>);

struct Known {
    since: Instant,
    /// When the brokers answered first.
    answered_at: Option<Instant>,
    /// Whether the clock of this process was compared, or need not be.
    compared: bool,
    /// The newest append time of each partition at the last question.
    newest: Vec<Option<Timestamp>>,
    asked_at: Option<Instant>,
    /// At that instant no broker was later than this.
    latest: Option<(Timestamp, Instant)>,
    /// By how much this process's clock is ahead of the brokers', at least; negative: behind.
    skew_ms: Option<(i64, Instant)>,
}

/// An answer of the brokers.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Before they were asked.
    pub asked_at: Instant,
    /// When they had answered.
    pub answered_at: Instant,
    /// What this process's clock said then.
    pub own: Timestamp,
    /// The newest append time of each partition of the log, always of the same ones.
    pub newest: &'a [Option<Timestamp>],
}

impl BrokerTime {
    /// Nothing is known yet, and somebody will ask.
    pub fn unknown(now: Instant) -> Self {
        let (compared, newest) = (false, Vec::new());
        Self(Mutex::new(Known { since: now, answered_at: None, compared, newest, asked_at: None, latest: None, skew_ms: None }))
    }

    /// Nobody will ask: the clock of this process is the time.
    pub fn unheeded(now: Instant) -> Self {
        let time = Self::unknown(now);
        time.locked().compared = true;
        time
    }

    /// Whether what this process says of the time can be held to the brokers', or was waited for long enough.
    pub fn is_settled(&self, now: Instant) -> bool {
        let known = self.locked();
        let waited_enough = known.answered_at.map_or_else(
            || now.duration_since(known.since) > PATIENCE_FOR_AN_ANSWER,
            |answered_at| now.duration_since(answered_at) > PATIENCE,
        );
        known.compared || waited_enough
    }

    /// Whether anything was compared.
    pub fn is_compared(&self) -> bool {
        self.locked().compared
    }

    /// This time by this process's clock, no later than any broker is.
    pub fn at_most(&self, own: Timestamp, now: Instant) -> Timestamp {
        let latest = self.locked().latest;
        latest.map_or(own, |(latest, at)| own.min(latest.plus_ms(now.duration_since(at).as_millis() as i64)))
    }

    /// By how much this process's clock is ahead of the brokers', at least; negative: behind. `None`: nothing told it for a minute.
    pub fn skew_ms(&self, now: Instant) -> Option<i64> {
        self.locked().skew_ms.filter(|(_, at)| now.duration_since(*at) < COUNTS_FOR).map(|(skew_ms, _)| skew_ms)
    }

    /// The brokers have answered.
    pub fn heard(&self, answer: Answer<'_>) {
        let Answer { asked_at, answered_at, own, newest } = answer;
        let mut known = self.locked();
        known.answered_at.get_or_insert(answered_at);
        let before = std::mem::replace(&mut known.newest, newest.to_vec());
        let Some(asked_before_at) = known.asked_at.replace(asked_at) else {
            // An empty log has nothing that this process could stamp wrongly.
            known.compared |= newest.iter().flatten().max().is_none_or(|newest| own.since_ms(*newest) <= NEAR_MS);
            return;
        };
        let appended: Vec<Timestamp> =
            newest.iter().zip(&before).filter(|(now, before)| now > before).filter_map(|(now, _)| *now).collect();
        let Some(latest) = appended.iter().max() else { return };
        known.compared = true;
        known.latest = Some((*latest, asked_before_at));
        let may_have_passed_ms = answered_at.duration_since(asked_before_at).as_millis() as i64;
        let skew_ms = |appended_at: Timestamp| match own.since_ms(appended_at) {
            behind if behind < 0 => behind,
            ahead => (ahead - may_have_passed_ms).max(0),
        };
        // Brokers may differ: the worst is to be seen.
        let worst = appended.into_iter().map(skew_ms).max_by_key(|skew_ms| skew_ms.abs());
        known.skew_ms = worst.map(|skew_ms| (skew_ms, answered_at));
    }

    /// A record of the log was read, before anything is stamped on its account. Where the brokers' time was not known yet, and the record
    /// was not there at the last question, it tells that time no worse than the next answer would, and at once.
    pub fn read(&self, partition: i32, appended_at: Timestamp) {
        let mut known = self.locked();
        let (None, Some(asked_at)) = (known.latest, known.asked_at) else { return };
        let before = usize::try_from(partition).ok().and_then(|index| known.newest.get(index));
        if before.is_some_and(|before| Some(appended_at) > *before) {
            known.compared = true;
            known.latest = Some((appended_at, asked_at));
        }
    }

    fn locked(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that is never later than the brokers', as far as is known: a process whose clock is ahead stamps nothing with a time to come.
/// It is not moved on where it is behind: that would be a broker's word alone, and the earlier of two times harms nobody.
pub struct HeldClock {
    /// The clock of this process.
    pub own: Arc<dyn Clock>,
    /// What it is held to.
    pub brokers: Arc<BrokerTime>,
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        self.brokers.at_most(self.own.now(), Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    /// A process whose clock is `ahead_ms` ahead asks each second; the log gets a record half a second before each question, or none.
    struct Trial {
        time: BrokerTime,
        began: Instant,
        ahead_ms: i64,
        newest: Vec<Option<Timestamp>>,
    }

    impl Trial {
        fn new(ahead_ms: i64, newest: &[i64]) -> Self {
            let began = Instant::now();
            let newest = newest.iter().map(|at| Some(START.plus_ms(*at))).collect();
            Self { time: BrokerTime::unknown(began), began, ahead_ms, newest }
        }

        fn asks(&mut self, second: u64, appended: &[(usize, i64)]) {
            for (partition, at) in appended {
                self.newest[*partition] = self.newest[*partition].max(Some(START.plus_ms(*at)));
            }
            let at = self.at(second);
            let own = self.own(second);
            self.time.heard(Answer { asked_at: at, answered_at: at, own, newest: &self.newest });
        }

        fn at(&self, second: u64) -> Instant {
            self.began + Duration::from_secs(second)
        }

        fn own(&self, second: u64) -> Timestamp {
            START.plus_ms(second as i64 * 1_000 + self.ahead_ms)
        }

        /// How far what it stamps is from the true time, and what it says of its skew.
        fn says(&self, second: u64) -> (i64, Option<i64>) {
            let stamp = self.time.at_most(self.own(second), self.at(second));
            (stamp.since_ms(START) - second as i64 * 1_000, self.time.skew_ms(self.at(second)))
        }
    }

    #[test]
    fn a_clock_is_held_to_the_brokers_and_its_skew_is_seen() {
        // (ahead, what is stamped too late, skew that is seen): half a second is what can't be known here.
        for (ahead_ms, stamped_ms, skew_ms) in [
            (0, 0, 0),
            (400, 400, 0),
            (-400, -400, 0),
            (-90_000, -90_000, -89_500),
            (90_000, 500, 89_500),
            (3_600_000, 500, 3_599_500),
            (315_360_000_000, 500, 315_359_999_500),
            (-315_360_000_000, -315_360_000_000, -315_359_999_500),
        ] {
            let mut trial = Trial::new(ahead_ms, &[0, 0]);
            for second in 1..5 {
                let appended = second as i64 * 1_000 - 500;
                trial.asks(second, &[(0, appended), (1, appended)]);
            }
            assert_eq!(trial.says(4), (stamped_ms, Some(skew_ms)), "{ahead_ms}");
            // For as long as nothing is appended it is held by what has passed, and a minute later nobody knows the skew.
            assert_eq!(trial.says(60).0, stamped_ms, "{ahead_ms}");
            assert_eq!(trial.says(65).1, None, "{ahead_ms}");
        }
    }

    #[test]
    fn a_start_waits_for_the_brokers_time_only_where_it_may_differ() {
        let settled = |ahead_ms: i64, seen: &[(u64, i64)]| {
            let mut trial = Trial::new(ahead_ms, &[-60_000]);
            for (second, appended) in seen {
                trial.asks(*second, &[(0, *appended)]);
            }
            let second = seen.last().map_or(0, |(second, _)| *second);
            (trial.time.is_settled(trial.at(second)), trial.time.is_settled(trial.at(second + 11)))
        };
        assert_eq!(settled(0, &[]), (false, false), "nobody has answered");
        assert_eq!(settled(0, &[(1, 0)]), (true, true), "the newest record is of just now");
        assert_eq!(settled(-9_000, &[(1, 0)]), (true, true), "a clock that is behind stamps nothing with a time to come");
        assert_eq!(settled(60_000, &[(1, 0)]), (false, true), "a clock that is ahead, or a log that is quiet: nobody knows yet");
        assert_eq!(settled(60_000, &[(1, 0), (2, 0)]), (false, true));
        assert_eq!(settled(60_000, &[(1, 0), (2, 1_500)]), (true, true), "something was appended meanwhile");
        let empty = BrokerTime::unknown(Instant::now());
        empty.heard(Answer { asked_at: Instant::now(), answered_at: Instant::now(), own: START, newest: &[None, None] });
        assert!(empty.is_settled(Instant::now()), "an empty log");
        assert!(BrokerTime::unheeded(Instant::now()).is_settled(Instant::now()));
    }

    #[test]
    fn the_first_record_after_a_long_silence_holds_a_clock_that_is_ahead() {
        let stamped = |asks: &[u64], appended: i64, at: u64| {
            let mut trial = Trial::new(3_600_000, &[-60_000, -60_000]);
            for second in asks {
                trial.asks(*second, &[]);
            }
            trial.time.read(1, START.plus_ms(appended));
            (trial.time.is_settled(trial.at(at)), trial.says(at).0)
        };
        assert_eq!(stamped(&[1, 2, 20], 20_500, 21), (true, 500), "appended after the last question, before the next");
        assert_eq!(stamped(&[1, 2, 20], -60_000, 21), (true, 3_600_000), "an old one tells nothing, and was waited for");
        assert_eq!(stamped(&[1, 2], -60_000, 3), (false, 3_600_000), "an old one tells nothing");
        assert_eq!(stamped(&[], 20_500, 21), (false, 3_600_000), "nobody was asked yet");
        assert_eq!(stamped(&[], 20_500, 31), (true, 3_600_000), "nobody answers");
        assert_eq!(stamped(&[25], 25_500, 31), (true, 500), "the first answer came late");
    }

    #[test]
    fn one_broker_of_several_that_is_wrong_is_seen_and_moves_no_stamp_of_a_clock_that_is_right() {
        for (wrong_ms, seen_ms) in [(600_000, -599_500), (-600_000, 599_500)] {
            let mut trial = Trial::new(0, &[0, wrong_ms]);
            for second in 1..5 {
                let appended = second as i64 * 1_000 - 500;
                trial.asks(second, &[(0, appended), (1, appended + wrong_ms)]);
            }
            assert_eq!(trial.says(4), (0, Some(seen_ms)));
        }
        // It is right again, and the partition's newest time stays what it was: the others tell.
        let mut trial = Trial::new(3_600_000, &[0, 315_360_000_000]);
        for second in 1..5 {
            trial.asks(second, &[(0, second as i64 * 1_000 - 500), (1, second as i64 * 1_000 - 500)]);
        }
        assert_eq!(trial.says(4), (500, Some(3_599_500)));
    }
}
