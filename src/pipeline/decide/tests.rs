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
        allowed_routes: Arc::default(),
        clock: Arc::new(crate::pipeline::SystemClock),
        status: Arc::clone(&status),
    });
    let text = include_str!("../../../tests/kafka/data/rulebook.yaml");
    let record = log::PolicyInForce {
        rulebook: text.to_owned(),
        digest: crate::rulebook::digest(text.as_bytes()),
        revision: 1,
        signed_by: Vec::new(),
        charter: CompactString::default(),
    };
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
