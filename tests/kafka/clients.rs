//! What the Kafka room's clients rest on, asked of a real broker: how a group hands partitions over, what a position is, how a
//! transaction ends, how somebody else's is ended. The pipeline is not in it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use relevo::contract::headers::Headers;
use relevo::kafka::consumer::Polled;
use relevo::kafka::offsets::{Ends, LawNote, Note, Offsets};
use relevo::kafka::producer::{RolledBack, StagedOffset};
use relevo::kafka::reader::read_to_end;
use relevo::kafka::record::Outgoing as Written;
use relevo::kafka::sharing::Sharing;
use relevo::kafka::{CommitOutcome, Connection, GroupConsumer, Identity, Producer, Rebalance, TopicPartition};

use crate::broker::Broker;
use crate::records::{End, Outgoing, Sender, read_all};
use crate::topics::{self, Topic};
use crate::wait;

/// What an owner notes of its law.
fn law_note() -> LawNote {
    LawNote { revision: 7, digest: "sha256:00".into(), unsigned: false }
}

/// A topic of one test, and how its clients connect.
struct Place {
    address: String,
    name: String,
    partitions: i32,
}

impl Place {
    fn new(test: &str, partitions: i32) -> Self {
        let place = Self { address: Broker::shared().address.clone(), name: topics::unique_prefix(test), partitions };
        let settings = vec![("max.message.bytes", "8388608")];
        topics::create(&place.address, &[Topic { name: &place.name, partitions, settings }]);
        place
    }

    fn connection(&self) -> Connection {
        Connection::new([("bootstrap.servers".to_owned(), self.address.clone()), ("session.timeout.ms".to_owned(), "6000".to_owned())])
    }

    fn identity(&self, pod: &str) -> Identity {
        Identity { application: self.name.clone(), pod: pod.to_owned(), stage: "probe", worker: 0 }
    }

    fn join(&self, pod: &str) -> GroupConsumer {
        GroupConsumer::join(&self.connection(), &self.name, &self.identity(pod), &[&self.name]).expect("a consumer")
    }

    fn partition(&self, partition: i32) -> TopicPartition {
        TopicPartition::new(&self.name, partition)
    }

    fn producer(&self, id: &str) -> Producer {
        Producer::new(&self.connection(), &format!("{}-{id}", self.name), &|waited| waited < Duration::from_secs(20)).expect("a producer")
    }

    fn offsets(&self) -> Offsets {
        Offsets::of(&self.connection(), &self.name).expect("clients")
    }

    fn fill(&self, partition: i32, count: usize) {
        Sender::plain(&self.address).send_all(&self.name, &vec![record(partition); count]);
    }

    fn staged(&self, partition: i32, offset: i64, owner: &str) -> StagedOffset {
        let note = Note { transactional_id: owner.to_owned(), law: Some(law_note()), ..Note::default() };
        StagedOffset { partition: self.partition(partition), offset, metadata: note.encode() }
    }

    fn written<'a>(&'a self, value: &'a [u8]) -> Written<'a> {
        Written {
            topic: &self.name,
            partition: Some(0),
            timestamp: None,
            key: Some(b"k"),
            value: Some(value),
            headers: &[("a", Some(b"1"))],
        }
    }
}

fn record(partition: i32) -> Outgoing {
    Outgoing { partition: Some(partition), key: Some(b"k".to_vec()), value: Some(b"v".to_vec()), headers: Vec::new() }
}

/// Polls until a rebalance waits, and takes it; records that come are counted by partition.
fn next_rebalance(consumer: &GroupConsumer, seen: &mut BTreeMap<i32, usize>) -> Rebalance {
    wait::until_some("the group says something", 30, || {
        if let Polled::Record(record) = consumer.poll(Duration::from_millis(20)) {
            *seen.entry(record.partition()).or_default() += 1;
        }
        consumer.next_rebalance()
    })
}

/// Polls for a while and counts what comes.
fn read_some(consumer: &GroupConsumer, records: usize) -> BTreeMap<i32, usize> {
    let mut seen = BTreeMap::new();
    wait::until("records come", 20, || {
        while let Polled::Record(record) = consumer.poll(Duration::from_millis(20)) {
            *seen.entry(record.partition()).or_default() += 1;
        }
        seen.values().sum::<usize>() >= records
    });
    seen
}

/// Polls once, and answers what the group says; tells what was assigned.
fn serve(consumer: &mut GroupConsumer, revoked: &mut Vec<TopicPartition>) -> Vec<TopicPartition> {
    consumer.poll(Duration::from_millis(20));
    match consumer.next_rebalance() {
        Some(Rebalance::Assigned(assigned)) => {
            consumer.acknowledge_assigned().expect("acknowledged");
            assigned
        }
        Some(Rebalance::Revoked(partitions) | Rebalance::Lost(partitions)) => {
            consumer.give_up(&partitions).expect("given up, read or not");
            revoked.extend(partitions);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Joins alone, and reads every partition from `begin`.
fn owner_of_all(place: &Place, pod: &str, begin: i64) -> GroupConsumer {
    let mut consumer = place.join(pod);
    let event = next_rebalance(&consumer, &mut BTreeMap::new());
    assert!(matches!(&event, Rebalance::Assigned(all) if all.len() == place.partitions as usize), "{event:?}");
    consumer.acknowledge_assigned().expect("acknowledged");
    for partition in 0..place.partitions {
        consumer.read_from(&place.partition(partition), begin).expect("assigned");
    }
    consumer
}

/// A member dies after it was told to give partitions up, and comes back before its session is over. The coordinator gives it what it kept, and
/// asks nobody to join again: what it was to give up belongs to nobody, until the group is made to share it out.
#[test]
fn txn_4_partitions_that_a_group_forgot_to_give_to_anybody_are_found_and_given() {
    let place = Place::new("forgotten", 4);
    let sharing = Sharing::of(&place.connection(), &place.name, &place.identity("b"), std::slice::from_ref(&place.name)).expect("a client");
    let unowned = || sharing.unowned().unwrap_or_default();
    let first = owner_of_all(&place, "a", 0);
    let mut second = place.join("b");
    wait::until("the first is told to give something up", 30, || {
        serve(&mut second, &mut Vec::new());
        first.poll(Duration::from_millis(20));
        first.has_rebalance()
    });
    assert_eq!(unowned().len(), 2, "two are on their way from one to the other");
    drop(first);
    let mut first = place.join("a");
    let mut of_first = Vec::new();
    let serve_both = |first: &mut GroupConsumer, second: &mut GroupConsumer, of_first: &mut Vec<TopicPartition>| {
        let mut revoked = Vec::new();
        of_first.extend(serve(first, &mut revoked));
        of_first.retain(|partition| !revoked.contains(partition));
        serve(second, &mut Vec::new());
    };
    wait::until("the first is back with what it kept", 30, || {
        serve_both(&mut first, &mut second, &mut of_first);
        of_first.len() == 2
    });
    let stays = !wait::holds_within(3, || {
        serve_both(&mut first, &mut second, &mut of_first);
        unowned().is_empty()
    });
    assert!(stays && unowned().len() == 2, "the group shares out by itself what was given up: {:?}", unowned());
    std::thread::scope(|scope| {
        let nudge = scope.spawn(|| sharing.share_out_again(&|| false));
        wait::until("everything is owned, and the visitor has left", 60, || {
            serve_both(&mut first, &mut second, &mut of_first);
            nudge.is_finished() && unowned().is_empty() && of_first.len() == 2
        });
        nudge.join().expect("no panic").expect("let in");
    });
}

#[test]
fn txn_1_partitions_change_hands_one_by_one_whether_they_were_being_read_or_not() {
    let place = Place::new("hands", 4);
    (0..4).for_each(|partition| place.fill(partition, 5));
    let mut first = place.join("a");
    let mut seen = BTreeMap::new();
    assert!(matches!(next_rebalance(&first, &mut seen), Rebalance::Assigned(all) if all.len() == 4));
    first.acknowledge_assigned().expect("acknowledged");
    assert_eq!(seen, BTreeMap::new(), "nothing is read before it is said from where");
    first.read_from(&place.partition(0), 2).expect("assigned");
    first.read_from(&place.partition(3), 4).expect("assigned");
    assert_eq!(read_some(&first, 4), BTreeMap::from([(0, 3), (3, 1)]));

    let mut second = place.join("b");
    let (mut from_first, mut to_second) = (Vec::new(), Vec::new());
    wait::until("two partitions have moved", 30, || {
        serve(&mut first, &mut from_first);
        to_second.extend(serve(&mut second, &mut Vec::new()));
        to_second.len() == 2
    });
    from_first.sort();
    to_second.sort();
    assert_eq!(from_first, to_second);
    for partition in &to_second {
        second.read_from(partition, 0).expect("assigned");
    }
    assert_eq!(read_some(&second, 10).values().copied().collect::<Vec<_>>(), [5, 5]);
    for consumer in [first, second] {
        let began = Instant::now();
        drop(consumer);
        assert!(began.elapsed() < Duration::from_secs(3), "closing took {:?}", began.elapsed());
    }
}

#[test]
fn txn_1_a_position_passes_markers_and_aborted_records_and_is_not_stale_after_a_seek() {
    let place = Place::new("positions", 2);
    let sender = Sender::transactional(&place.address, &place.name);
    sender.send_in_transaction(&place.name, &vec![record(0); 3], End::Commit);
    sender.send_in_transaction(&place.name, &vec![record(0); 2], End::Abort);
    sender.send_in_transaction(&place.name, &vec![record(1); 2], End::Abort);
    let ends = topics::ends(&place.address, &place.name, 2, "read_committed");
    assert_eq!(ends, [7, 3]);
    let consumer = owner_of_all(&place, "a", 0);
    assert_eq!(consumer.positions(), BTreeMap::new(), "no position before the first record");
    assert_eq!(read_some(&consumer, 3), BTreeMap::from([(0, 3)]));
    let at_ends = BTreeMap::from([(place.partition(0), 7), (place.partition(1), 3)]);
    wait::until("the positions are the ends", 10, || {
        consumer.poll(Duration::from_millis(20));
        consumer.positions() == at_ends
    });
    consumer.seek(&[(place.partition(0), 1)]).expect("sought");
    let after = consumer.positions().get(&place.partition(0)).copied();
    assert!(after.is_none_or(|position| position <= 1), "stale after a seek: {after:?}");
    assert_eq!(read_some(&consumer, 2), BTreeMap::from([(0, 2)]));
    // Held back and let go: nothing is lost, nothing comes twice.
    consumer.hold_back(&[place.partition(0)], true).expect("held back");
    place.fill(0, 4);
    place.fill(1, 1);
    assert_eq!(read_some(&consumer, 1), BTreeMap::from([(1, 1)]));
    consumer.hold_back(&[place.partition(0)], false).expect("let go");
    assert_eq!(read_some(&consumer, 4), BTreeMap::from([(0, 4)]));
}

#[test]
fn txn_1_a_transaction_commits_whole_and_leaves_nothing_when_it_does_not() {
    let place = Place::new("whole", 1);
    let consumer = owner_of_all(&place, "a", 0);
    let mut producer = place.producer("p");
    let big = vec![b'x'; 3_000_000];
    let group = consumer.group_metadata().expect("a member");
    let mut transaction = producer.begin().expect("begun");
    transaction.write(&place.written(b"one")).expect("written");
    transaction.write(&place.written(&big)).expect("a large one is written too");
    let outcome = transaction.commit(&[place.staged(0, 1, "p")], &group);
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");

    // Dropped, aborted, and refused by the group: nothing of them is to be seen, and the producer goes on.
    let mut dropped = producer.begin().expect("begun");
    dropped.write(&place.written(b"dropped")).expect("written");
    drop(dropped);
    let mut aborted = producer.begin().expect("begun");
    aborted.write(&place.written(b"aborted")).expect("written");
    assert!(matches!(aborted.abort("a test"), CommitOutcome::RolledBack(_)));
    drop(consumer);
    let other = place.join("b");
    wait::until("the first member's session has ended, and another generation has begun", 30, || {
        other.poll(Duration::from_millis(50));
        other.has_rebalance()
    });
    let mut refused = producer.begin().expect("begun");
    refused.write(&place.written(b"refused")).expect("written");
    let outcome = refused.commit(&[place.staged(0, 2, "p")], &group);
    assert!(matches!(outcome, CommitOutcome::RolledBack(_)), "{outcome:?}");
    let current = other.group_metadata().expect("a member");
    let mut last = producer.begin().expect("begun");
    last.write(&place.written(b"last")).expect("written");
    let outcome = last.commit(&[place.staged(0, 3, "p")], &current);
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");

    let lengths: Vec<usize> =
        read_all(&place.address, &place.name, 1)[0].iter().map(|record| record.value.as_ref().map_or(0, Vec::len)).collect();
    assert_eq!(lengths, [3, big.len(), 4]);
    let mut read = Vec::new();
    let count = read_to_end(&place.connection(), &place.partition(0), Some(1), &|| false, |record| {
        assert_eq!(record.value_of("a"), Some(b"1".as_slice()));
        read.push(record.len());
    });
    assert_eq!((count, read), (Ok(2), vec![big.len() + 1, 5]));
    let committed = place.offsets().committed(&[place.partition(0)], true).expect("an answer").remove(0);
    assert_eq!(committed.offset, Some(3));
    assert_eq!(Note::decode(&committed.metadata), Note { transactional_id: "p".into(), law: Some(law_note()), ..Note::default() });
}

#[test]
fn txn_1_an_owner_that_stands_still_is_fenced_by_whoever_takes_over() {
    let place = Place::new("fence", 1);
    let id = place.identity("zombie").to_string();
    let zombie: BaseProducer =
        topics::client(&place.address).set("transactional.id", &id).set("transaction.timeout.ms", "60000").create().expect("a producer");
    zombie.init_transactions(Duration::from_secs(20)).expect("begins");
    let group: BaseConsumer = topics::client(&place.address).set("group.id", &place.name).create().expect("a consumer");
    let metadata: ConsumerGroupMetadata = group.group_metadata().expect("of a group without members");
    let send = |offset: i64| {
        zombie.begin_transaction().expect("begun");
        zombie.send(BaseRecord::<[u8], [u8]>::to(&place.name).payload(b"v")).expect("queued");
        zombie.flush(Duration::from_secs(20)).expect("on the broker");
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&place.name, 0);
        element.set_offset(Offset::Offset(offset)).expect("an offset");
        element.set_metadata(place.staged(0, offset, &id).metadata);
        zombie.send_offsets_to_transaction(&list, &metadata, Duration::from_secs(20)).expect("sent");
    };
    send(1);
    zombie.commit_transaction(Duration::from_secs(20)).expect("committed");
    send(2); // and stands still

    let offsets = place.offsets().asked_by(&place.identity("heir"));
    assert!(offsets.committed(&[place.partition(0)], true).is_err(), "a transaction is about to change them");
    assert_eq!(offsets.committed(&[place.partition(0)], false).expect("an answer")[0].offset, Some(1));
    let (stable, whole) = (offsets.stable_range(&place.partition(0)), offsets.whole_range(&place.partition(0)));
    let (stable, whole) = (stable.expect("an answer").end, whole.expect("an answer").end);
    assert!(stable < whole, "the open transaction blocks the log");
    assert_eq!(offsets.ends(&[place.partition(0)]), Ok(vec![Ends { stable, whole }]));
    let began = Instant::now();
    let settled = offsets.settled(&place.partition(0), Duration::from_secs(30), &|| false).expect("settled");
    assert_eq!(settled.offset, Some(1));
    assert!(began.elapsed() < Duration::from_secs(4), "it took {:?}", began.elapsed());
    wait::until("the log is open to its end", 10, || {
        offsets.stable_range(&place.partition(0)).is_ok_and(|stable| offsets.whole_range(&place.partition(0)) == Ok(stable))
    });
    assert!(zombie.commit_transaction(Duration::from_secs(20)).is_err(), "the zombie is fenced");
}

/// A regression: a partition that was held back when it went to somebody else stood still for ever when it came again.
#[test]
fn txn_4_a_partition_that_goes_while_it_is_held_back_is_read_when_it_comes_again() {
    let place = Place::new("held", 1);
    place.fill(0, 3);
    let mut consumer = owner_of_all(&place, "a", 0);
    for again in [true, false] {
        consumer.hold_back(&[place.partition(0)], true).expect("held back");
        if again { consumer.stop_reading(&place.partition(0)) } else { consumer.give_up(&[place.partition(0)]) }.expect("left");
        consumer.read_from(&place.partition(0), 0).expect("assigned");
        assert_eq!(read_some(&consumer, 3), BTreeMap::from([(0, 3)]));
    }
}

/// A regression: the last owner who committed may be the asker itself, while somebody who had the partition in between stands still
/// with an open transaction. Fencing the name beside the offset ended the asker's own work.
#[test]
fn txn_1_a_worker_never_fences_itself() {
    let place = Place::new("self", 1);
    let group: BaseConsumer = topics::client(&place.address).set("group.id", &place.name).create().expect("a consumer");
    let metadata: ConsumerGroupMetadata = group.group_metadata().expect("of a group without members");
    let worker = |id: &str| -> BaseProducer {
        let producer: BaseProducer = topics::client(&place.address).set("transactional.id", id).create().expect("a producer");
        producer.init_transactions(Duration::from_secs(20)).expect("begins");
        producer
    };
    let send = |producer: &BaseProducer, id: &str, offset: i64| {
        producer.begin_transaction().expect("begun");
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&place.name, 0);
        element.set_offset(Offset::Offset(offset)).expect("an offset");
        element.set_metadata(place.staged(0, offset, id).metadata);
        producer.send_offsets_to_transaction(&list, &metadata, Duration::from_secs(20)).expect("sent");
    };
    let (own, others) = (place.identity("own").to_string(), place.identity("other").to_string());
    let (me, other) = (worker(&own), worker(&others));
    send(&me, &own, 1);
    me.commit_transaction(Duration::from_secs(20)).expect("committed");
    send(&other, &others, 2); // and stands still
    let offsets = place.offsets().asked_by(&place.identity("own"));
    assert!(offsets.settled(&place.partition(0), Duration::from_secs(2), &|| false).is_err(), "nobody may be fenced for it");
    other.commit_transaction(Duration::from_secs(20)).expect("it was not fenced");
    assert_eq!(offsets.settled(&place.partition(0), Duration::from_secs(20), &|| false).expect("settled").offset, Some(2));
    send(&me, &own, 3);
    me.commit_transaction(Duration::from_secs(20)).expect("nor was the asker");
}

/// A regression: whatever identity was noted beside an offset was taken over, so whoever may commit as the group ended anybody's work.
#[test]
fn txn_1_nobody_of_another_application_is_fenced() {
    let place = Place::new("hearsay", 1);
    let group: BaseConsumer = topics::client(&place.address).set("group.id", &place.name).create().expect("a consumer");
    let metadata: ConsumerGroupMetadata = group.group_metadata().expect("of a group without members");
    let id = Identity { application: format!("{}-payments", place.name), ..place.identity("a") }.to_string();
    let victim: BaseProducer = topics::client(&place.address).set("transactional.id", &id).create().expect("a producer");
    victim.init_transactions(Duration::from_secs(20)).expect("begins");
    for offset in 1..=2 {
        victim.begin_transaction().expect("begun");
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&place.name, 0);
        element.set_offset(Offset::Offset(offset)).expect("an offset");
        element.set_metadata(place.staged(0, offset, &id).metadata);
        victim.send_offsets_to_transaction(&list, &metadata, Duration::from_secs(20)).expect("sent");
        if offset == 1 {
            victim.commit_transaction(Duration::from_secs(20)).expect("committed");
        }
    }
    let offsets = place.offsets().asked_by(&place.identity("heir"));
    assert!(offsets.settled(&place.partition(0), Duration::from_secs(2), &|| false).is_err(), "nobody may be fenced for it");
    victim.commit_transaction(Duration::from_secs(20)).expect("it was not fenced");
}

/// A regression: a reader whose place is not on the log (any more) waited for an end that could not come.
#[test]
fn a_reader_whose_place_is_gone_says_so() {
    let place = Place::new("gone", 1);
    place.fill(0, 3);
    let began = Instant::now();
    let read = read_to_end(&place.connection(), &place.partition(0), Some(100), &|| began.elapsed() > Duration::from_secs(20), |_| {});
    let error = read.expect_err("there is no such place");
    assert_ne!(error.reason, "cancelled", "{error}");
}

/// A regression: a worker that died with the group's last word unanswered hung while its client was closed, and its process lived on.
#[test]
fn txn_1_a_member_that_leaves_without_an_answer_closes() {
    let check = |test: &str, word: fn(&Rebalance) -> bool| {
        let place = Place::new(test, 2);
        let settings = [("bootstrap.servers", place.address.as_str()), ("session.timeout.ms", "6000"), ("max.poll.interval.ms", "6000")];
        let connection = Connection::new(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let mut consumer = GroupConsumer::join(&connection, &place.name, &place.identity("a"), &[&place.name]).expect("a consumer");
        let mut last = next_rebalance(&consumer, &mut BTreeMap::new());
        if !word(&last) {
            consumer.acknowledge_assigned().expect("acknowledged");
            consumer.read_from(&place.partition(0), 0).expect("assigned");
            wait::until("the group has taken the partitions away", 30, || consumer.has_lost());
            last = next_rebalance(&consumer, &mut BTreeMap::new());
        }
        assert!(word(&last), "{last:?}");
        let closing = std::thread::spawn(move || drop(consumer));
        wait::until("the client is closed", 20, || closing.is_finished());
    };
    check("assigned", |word| matches!(word, Rebalance::Assigned(_)));
    check("lost", |word| matches!(word, Rebalance::Lost(_)));
}

/// What keeps a record from being delivered is known by topic and reason, wherever it is refused, and the producer goes on.
#[test]
fn txn_4_why_a_record_is_refused_is_told() {
    let place = Place::new("refused", 1);
    topics::alter(&place.address, &place.name, &[("max.message.bytes", "1000000")]);
    let producer = |settings: &[(&str, &str)]| {
        let all = [("bootstrap.servers", place.address.as_str())].into_iter().chain(settings.iter().copied());
        let connection = Connection::new(all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Producer::new(&connection, &format!("{}-refused", place.name), &|_| true).expect("a producer")
    };
    let mut random = 1_u64;
    let mut draw = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u8
    };
    let noise: Vec<u8> = (0..1_500_000).map(|_| draw()).collect();
    let consumer = owner_of_all(&place, "a", 0);
    // On a busy machine this takes longer than a member that polls for nothing is kept.
    let group = || {
        consumer.poll(Duration::ZERO);
        consumer.group_metadata().expect("a member")
    };
    let check = |settings: &[(&str, &str)], reason: &str| {
        let mut producer = producer(settings);
        let mut transaction = producer.begin().expect("begun");
        let outcome = match transaction.write(&place.written(&noise)) {
            Ok(()) => transaction.commit(&[place.staged(0, 1, "p")], &group()),
            Err(error) => transaction.abort(&error.to_string()),
        };
        let CommitOutcome::RolledBack(RolledBack { undelivered: Some(undelivered), .. }) = outcome else { panic!("{outcome:?}") };
        assert!(!undelivered.passes && undelivered.reason.contains(reason), "{undelivered:?}");
        assert_eq!(undelivered.topic.map(|(topic, _)| topic).as_ref(), Some(&place.name));
        // A broker that has refused a batch misses its sequence number at first.
        wait::until("the producer goes on", 20, || {
            let mut transaction = producer.begin().expect("begun");
            transaction.write(&place.written(b"small")).expect("written");
            matches!(transaction.commit(&[place.staged(0, 1, "p")], &group()), CommitOutcome::Committed)
        });
    };
    check(&[], "Message size too large");
    check(&[("message.max.bytes", "1000000")], "`message.max.bytes` (under `kafka.extra`)");
    check(&[("queue.buffering.max.kbytes", "1024")], "`queue.buffering.max.kbytes` (under `kafka.extra`)");
}

/// A regression: a full queue was waited for, and nothing was sent before five seconds were over.
#[test]
fn txn_1_a_full_queue_is_sent_and_not_waited_for() {
    let place = Place::new("queue", 8);
    let properties = [("bootstrap.servers", place.address.as_str()), ("queue.buffering.max.kbytes", "1024")];
    let connection = Connection::new(properties.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut producer = Producer::new(&connection, &format!("{}-queue", place.name), &|_| true).expect("a producer");
    let value = vec![b'x'; 100_000];
    let began = Instant::now();
    let mut transaction = producer.begin().expect("begun");
    for number in 0..80 {
        let record = Written { partition: Some(number % 8), ..place.written(&value) };
        transaction.write(&record).expect("written");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "eight times the queue took {:?}", began.elapsed());
    assert!(matches!(transaction.abort("a test"), CommitOutcome::RolledBack(_)));
}
