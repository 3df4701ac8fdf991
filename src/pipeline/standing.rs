//! Whether a partition of the log can be folded on, and from where: what the state, the group's offset and the log say, compared.
//!
//! The service asks when it takes a partition over; the commands ask about a service that has halted. It refuses to ask Kafka itself.

use super::identities::another;
use super::stage::Stopped;
use crate::contract::code::{LOG_CUT, LOG_REWRITTEN, POSITION_DISAGREES, STATE_LOST};
use crate::contract::{Timestamp, TopicId};
use crate::kafka::TopicPartition;
use crate::kafka::offsets::{Committed, Note, Range};
use crate::state::{LastRecord, Position};

/// What is known of a partition.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Which.
    pub partition: &'a TopicPartition,
    /// The topic that it is now.
    pub log_id: Option<TopicId>,
    /// The changelog's name, and the topic that it is now.
    pub changelog: (&'a str, Option<TopicId>),
    /// The state's position; `None`: the changelog has none.
    pub position: Option<Position>,
    /// What the group committed.
    pub committed: &'a Committed,
    /// What the log has.
    pub range: Range,
    /// When the record was appended that the log has at the offset of the last one that was folded; `None`: there is none.
    pub last_appended_at: Option<Timestamp>,
}

impl Standing<'_> {
    /// Where folding goes on: where state and offset agree, and the log has the next record.
    ///
    /// # Errors
    /// It can't go on, and why.
    pub fn start(&self) -> Result<i64, Stopped> {
        let Self { partition, committed, range, .. } = self;
        let note = Note::decode(&committed.metadata);
        if let Some(stopped) = another(partition, self.changelog.0, note.changelog, self.changelog.1, true) {
            return Err(stopped);
        }
        let known = self.position.and_then(|position| position.log).or(note.topic);
        if let Some(stopped) = another(partition, &partition.topic, known, self.log_id, false) {
            return Err(stopped);
        }
        let start = match (self.position.map(|position| position.offset), committed.offset) {
            (Some(position), Some(offset)) if position == offset => position,
            (Some(position), None) => position, // offsets expire; the state knows
            (None, None) => range.begin,
            (Some(position), Some(offset)) => {
                let message = format!("{partition}: the state is at {position}, the group's offset is {offset}.");
                return Err(Stopped { code: POSITION_DISAGREES, message });
            }
            (None, Some(offset)) => {
                let message = format!("{partition}: the group's offset is {offset}, and the changelog is empty.");
                return Err(Stopped { code: STATE_LOST, message });
            }
        };
        if start < range.begin || start > range.end {
            let message = format!("{partition}: the state is at {start}, and the log has {} to {}.", range.begin, range.end);
            return Err(Stopped { code: LOG_CUT, message });
        }
        self.is_the_log_that_was_folded()?;
        Ok(start)
    }

    /// A log that lost its end (an election of a replica that lagged, a disk) and has grown again is long enough: only its records differ.
    fn is_the_log_that_was_folded(&self) -> Result<(), Stopped> {
        let Some(last) = self.position.and_then(|position| position.last) else { return Ok(()) };
        if last.offset < self.range.begin || self.last_appended_at == Some(last.appended_at) {
            return Ok(());
        }
        let LastRecord { offset, appended_at } = last;
        let now = self.last_appended_at.map_or_else(|| "there is none".to_owned(), |at| format!("the one there was appended at {at}"));
        let message = format!("{}-{offset}: the record that was folded was appended at {appended_at}, and {now}.", self.partition);
        Err(Stopped { code: LOG_REWRITTEN, message })
    }
}

/// When the record was appended that the log has where the last one was folded: looked for by `appended_at`, with its offset, unless the log
/// has nothing there any more.
///
/// # Errors
/// What `appended_at` says.
pub fn last_appended_at<E>(
    position: Option<Position>,
    range: Range,
    appended_at: impl FnOnce(i64) -> Result<Option<Timestamp>, E>,
) -> Result<Option<Timestamp>, E> {
    let last = position.and_then(|position| position.last).filter(|last| (range.begin..range.end).contains(&last.offset));
    last.map_or(Ok(None), |last| appended_at(last.offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> Option<TopicId> {
        TopicId::of_halves(0, number)
    }

    #[test]
    fn txn_3_a_partition_goes_on_only_where_state_offset_and_log_belong_together() {
        let partition = TopicPartition::new("log", 3);
        let note = |topic, changelog| Note { topic: id(topic), changelog: id(changelog), ..Note::default() }.encode();
        let last = Some(LastRecord { offset: 3, appended_at: Timestamp::from_ms(700) });
        let check =
            |position: Option<(i64, i64)>, committed: Option<i64>, metadata: String, range: (i64, i64), expected: Result<i64, &str>| {
                let position =
                    position.map(|(offset, log)| Position { offset, ingested_at: Timestamp::EPOCH, partitions: 4, log: id(log), last });
                let committed = Committed { offset: committed, metadata };
                let range = Range { begin: range.0, end: range.1 };
                let standing = Standing {
                    partition: &partition,
                    log_id: id(1),
                    changelog: ("state", id(2)),
                    position,
                    committed: &committed,
                    range,
                    last_appended_at: Some(Timestamp::from_ms(700)),
                };
                assert_eq!(standing.start().map_err(|stopped| stopped.code.name), expected, "{standing:?}");
            };
        let none = String::new;
        check(None, None, none(), (0, 0), Ok(0));
        check(None, None, none(), (7, 9), Ok(7));
        check(Some((5, 1)), Some(5), note(1, 2), (0, 9), Ok(5));
        check(Some((5, 1)), None, none(), (0, 9), Ok(5));
        check(Some((5, 0)), Some(5), none(), (0, 9), Ok(5));
        check(Some((5, 1)), Some(4), note(1, 2), (0, 9), Err("position_disagrees"));
        check(None, Some(4), note(1, 2), (0, 9), Err("state_lost"));
        check(Some((5, 1)), Some(5), note(1, 2), (6, 9), Err("log_cut"));
        check(Some((5, 1)), Some(5), note(1, 2), (0, 4), Err("log_cut"));
        // Another log, longer or shorter, whoever knows it; another changelog that already has rows.
        for end in [0, 4, 5, 900] {
            check(Some((5, 8)), Some(5), note(8, 2), (0, end), Err("another_topic"));
            check(Some((5, 8)), None, none(), (0, end), Err("another_topic"));
            check(None, Some(5), note(8, 2), (0, end), Err("another_topic"));
        }
        check(Some((5, 1)), Some(5), note(1, 9), (0, 9), Err("state_lost"));
    }

    #[test]
    fn txn_3_a_log_that_was_cut_and_has_grown_again_is_another_one() {
        let (partition, range, committed) = (TopicPartition::new("log", 3), Range { begin: 5, end: 90 }, Committed::default());
        let at = Timestamp::from_ms;
        for (last, found, expected) in [
            (None, Some(9), Ok(20)),
            (Some((18, 700)), Some(700), Ok(20)),
            (Some((18, 700)), Some(701), Err("log_rewritten")),
            (Some((18, 700)), Some(699), Err("log_rewritten")),
            (Some((18, 700)), None, Err("log_rewritten")),
            // Retention has passed it: nothing can be compared, and nothing is missing.
            (Some((4, 700)), None, Ok(20)),
            (Some((5, 700)), None, Err("log_rewritten")),
        ] {
            let last = last.map(|(offset, ms)| LastRecord { offset, appended_at: at(ms) });
            let position = Some(Position { offset: 20, ingested_at: at(700), partitions: 4, log: id(1), last });
            let (changelog, last_appended_at) = (("state", id(2)), found.map(at));
            let standing =
                Standing { partition: &partition, log_id: id(1), changelog, position, committed: &committed, range, last_appended_at };
            assert_eq!(standing.start().map_err(|stopped| stopped.code.name), expected, "{last:?} {found:?}");
        }
    }
}
