//! Decide's own questions, without a broker: do state and offset belong together, and which law stays known?

use super::*;
use crate::state::Position;

/// A regression: a worker that lost its partitions for a moment knew of no law, and offered every earlier one again, which the
/// registrar refused.
#[test]
fn qual_4_a_law_stays_known_when_its_partition_goes() {
    let status = Arc::<Status>::default();
    let names = ["log", "changelog", "decisions", "leads", "follow-up", "dead-letters"].map(String::from);
    let [log, changelog, decisions, leads, follow_up, dead_letters] = names;
    let mut decide = Decide::new(DecideSetup {
        format: Format::default(),
        connection: Connection::default(),
        group: String::new(),
        identity: Identity { application: "relevo".into(), pod: "pod-0".into(), stage: "decide", worker: 0 },
        application: String::new(),
        topics: DecideTopics { log, changelog, decisions, leads, follow_up, dead_letters },
        dead_letter_bytes: 0,
        partitions: 1,
        copies: Arc::default(),
        clock: Arc::new(crate::pipeline::SystemClock),
        brokers: Arc::new(BrokerTime::unheeded(Instant::now())),
        status: Arc::clone(&status),
    });
    let text = include_str!("../../../tests/kafka/data/rulebook.yaml");
    let record =
        log::InForce { file: text.to_owned(), digest: crate::rulebook::digest(text.as_bytes()), revision: 1, ..log::InForce::default() };
    let mut store = Store::new(0, 1);
    store.stage(vec![engine::Change::Law(engine::law::law_of(record).expect("a law"))]);
    let partition = TopicPartition::new("log", 0);
    decide.assigned(&partition, Box::new(store));
    decide.revoked(std::slice::from_ref(&partition));
    assert_eq!(status.law().in_force[&0].as_ref().map(|(revision, _)| *revision), Some(1));
}

#[test]
fn txn_3_state_and_offset_must_belong_together() {
    let partition = TopicPartition::new("log", 3);
    let check = |position: Option<i64>, committed: Option<i64>, expected: Result<i64, u16>| {
        let mut store = Store::new(3, 8);
        if let Some(offset) = position {
            store.write_staged(offset, |_, _| {});
            store.promote(offset);
            assert!(matches!(store.position(), Some(Position { partitions: 8, .. })));
        }
        let committed = Committed { offset: committed, metadata: String::new() };
        let found = start_of(&partition, &store, &committed, Range { begin: 10, end: 100 });
        assert_eq!(found.map_err(|stopped| stopped.code.number), expected, "{position:?} {committed:?}");
    };
    check(None, None, Ok(10));
    check(Some(50), Some(50), Ok(50));
    check(Some(100), Some(100), Ok(100));
    check(Some(50), None, Ok(50));
    check(Some(50), Some(51), Err(POSITION_DISAGREES.number));
    check(None, Some(50), Err(STATE_LOST.number));
    check(Some(9), Some(9), Err(LOG_CUT.number));
    check(Some(101), Some(101), Err(LOG_CUT.number));
}

/// One append time that lies years ahead would make every interaction too old and let accounts be forgotten: it is not folded, nor is a
/// state begun with that has come to one. What lies no more than an hour ahead heals by itself, and the past does no harm.
#[test]
fn an_append_time_that_cannot_be_halts_its_partition_for_as_long_as_it_lies_ahead() {
    let now = Timestamp::from_ms(1_800_000_000_000);
    let hour = 3_600_000;
    for (ahead_ms, halts) in [(0, false), (hour, false), (hour + 1, true), (10 * 365 * 24 * hour, true), (-10 * 365 * 24 * hour, false)] {
        let at = now.plus_ms(ahead_ms);
        let halted = append_time::impossible(|| "log-3-7 was appended at".into(), at, now);
        assert_eq!(halted.is_some(), halts, "{ahead_ms}");
        assert!(append_time::impossible(String::new, at, at.plus_ms(-hour)).is_none(), "the clocks agree");
        let mut store = Store::new(3, 8);
        store.moment(at, now);
        store.write_staged(8, |_, _| {});
        store.promote(8);
        let begun = believed(&TopicPartition::new("log", 3), &store, now);
        assert_eq!(begun.is_err(), halts, "{ahead_ms}");
        for stopped in halted.into_iter().chain(begun.err()) {
            assert_eq!((stopped.code.number, stopped.passes()), (4010, true));
            assert!(stopped.message.contains(&at.to_string()) && stopped.message.contains(&now.to_string()), "{}", stopped.message);
        }
    }
    assert!(append_time::impossible(String::new, Timestamp::from_ms(i64::MAX), Timestamp::from_ms(i64::MIN)).is_some());
}

/// A record without an append time, or with an impossible one in the past, is of the latest time that was seen.
#[test]
fn an_append_time_in_the_past_or_missing_moves_nothing() {
    let now = Timestamp::from_ms(1_800_000_000_000);
    let mut store = Store::new(0, 1);
    store.moment(now, now);
    for ms in [0, -1, i64::MIN, now.as_ms() - 1] {
        assert_eq!(store.moment(Timestamp::from_ms(ms), now).ingested_at, now);
    }
}
