//! The fixture's own tests: what the other tests build on must itself be right.

use std::collections::HashMap;
use std::time::Duration;

use crate::broker::{Broker, Loss};
use crate::deployment::Deployment;
use crate::records::{End, Outgoing, Reader, Sender, read_all};
use crate::topics::{self, Topic};

fn record(text: &str) -> Outgoing {
    Outgoing { partition: Some(0), key: Some(text.into()), value: Some(text.into()), headers: vec![("h".to_owned(), text.into())] }
}

#[test]
fn a_careful_reader_sees_what_was_committed_and_nothing_else() {
    let address = &Broker::shared().address;
    let topic = topics::unique_prefix("fixture");
    topics::create(address, &[Topic { name: &topic, partitions: 2, settings: vec![("message.timestamp.type", "LogAppendTime")] }]);
    Sender::plain(address).send_all(&topic, &[record("plain")]);
    let sender = Sender::transactional(address, &topic);
    sender.send_in_transaction(&topic, &[record("aborted")], End::Abort);
    sender.send_in_transaction(&topic, &[record("committed"), record("too")], End::Commit);
    let read = read_all(address, &topic, 2);
    let texts: Vec<&str> = read[0].iter().map(|record| record.key_text()).collect();
    assert_eq!(texts, ["plain", "committed", "too"]);
    assert_eq!(read[0][1].header("h"), Some("committed"));
    assert!(read[0][1].offset > 1 && read[0][1].timestamp_ms > 0, "the aborted record keeps its offset: {:?}", read[0][1]);
    assert!(read[1].is_empty());
    // The end lies behind the last marker.
    assert_eq!(topics::ends(address, &topic, 2, "read_committed"), [6, 0]);
}

#[test]
fn a_reader_goes_on_where_it_was_and_a_cut_log_begins_later() {
    let address = &Broker::shared().address;
    let topic = topics::unique_prefix("fixture-cut");
    topics::create(address, &[Topic { name: &topic, partitions: 1, settings: vec![] }]);
    let sender = Sender::plain(address);
    let mut reader = Reader::from_start(address, &topic, 1);
    sender.send_all(&topic, &[record("a"), record("b")]);
    assert_eq!(reader.up_to_now().len(), 2);
    sender.send_all(&topic, &[record("c")]);
    assert_eq!(reader.up_to_now().len(), 1);
    topics::cut(address, &topic, 0, 2);
    assert_eq!(read_all(address, &topic, 1)[0].iter().map(|record| record.offset).collect::<Vec<_>>(), [2]);
    assert_eq!(topics::committed(address, &topic, &topic, 1), Some(vec![None]));
}

#[test]
fn a_broker_of_ones_own_keeps_its_records_over_a_restart() {
    let mut broker = Broker::own();
    let topic = topics::unique_prefix("fixture-restart");
    topics::create(&broker.address, &[Topic { name: &topic, partitions: 1, settings: vec![] }]);
    Sender::plain(&broker.address).send_all(&topic, &[record("kept")]);
    broker.stop();
    broker.start();
    assert_eq!(read_all(&broker.address, &topic, 1)[0].len(), 1);
}

#[test]
fn a_proxy_loses_the_word_on_a_commit_and_nothing_else() {
    let (broker, proxy) = Broker::behind_proxy();
    let topic = topics::unique_prefix("fixture-proxy");
    topics::create(&broker.address, &[Topic { name: &topic, partitions: 1, settings: vec![] }]);
    let sender = Sender::transactional(&broker.address, &topic);
    sender.send_in_transaction(&topic, &[record("before")], End::Commit);
    sender.begin();
    sender.send(&topic, &record("unclear"));
    sender.flush();
    proxy.lose(Loss::Answer);
    sender.try_commit(Duration::from_secs(3)).expect_err("no answer, no word on the commit");
    assert!(proxy.lost() >= 1);
    assert_eq!(read_all(&broker.address, &topic, 1)[0].len(), 2, "it happened all the same");
    proxy.heal();
    sender.try_commit(Duration::from_secs(30)).expect("asked again, the broker says so");
}

#[test]
fn a_deployments_configuration_is_one_that_relevo_takes() {
    let deployment = Deployment::new(Broker::shared(), "fixture-config", 3);
    let file = deployment.write_config("pod-0", 18_080);
    let sources = relevo::config::Sources { file: Some(file), environment: Some(HashMap::new()) };
    let settings = relevo::config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((settings.partitions, settings.pod.as_deref(), settings.http.listen.port()), (3, Some("pod-0"), 18_080));
    assert_eq!(settings.kafka.extra["session.timeout.ms"], "6000");
}
