//! Decide's own questions, without a broker: do state and offset belong together, and which law stays known?

use super::*;
use crate::contract::code::LOG_CUT;

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

/// A regression: the first look was final, though a leader that has just been elected may hand out less than is committed.
#[test]
fn txn_3_that_state_and_offset_disagree_is_final_only_when_it_was_met_again() {
    for (code, passes) in [(POSITION_DISAGREES, true), (STATE_LOST, true), (LOG_CUT, false)] {
        let doubts = Doubts::default();
        let stopped = || Stopped { code, message: "log-3".into() };
        let final_at = (1..=9).find(|_| matches!(doubts.judge(stopped()), NotPrepared::Stopped(_)));
        assert_eq!(final_at, Some(if passes { 3 } else { 1 }), "{code}");
    }
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
