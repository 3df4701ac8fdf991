//! Trying out what the cluster takes, before the work begins: do the clients take their settings, does a record in a transaction arrive?
//!
//! Nothing stays behind: the transaction is rolled back, and readers of committed records never see its record.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, DefaultConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};

use super::connection::Connection;
use super::error::Error;
use super::identity::Identity;
use super::record::TopicPartition;

/// How long one step of taking an identity waits; the next one goes on with it.
const STEP: Duration = Duration::from_millis(500);

/// Where a trial ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Failed {
    /// The client does not take its settings.
    Settings(Error),
    /// The cluster gives no identity.
    Identity(Error),
    /// The record was not taken.
    Record(Error),
}

/// Remembers why a record could not be delivered.
#[derive(Default)]
struct Undelivered(Mutex<Option<String>>);

impl ClientContext for Undelivered {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log(level, facility, message);
    }
}

impl ProducerContext for Undelivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let (Err((error, _)), Ok(mut said)) = (result, self.0.lock()) {
            *said = Some(error.to_string());
        }
    }
}

/// Whether the clients take their settings together; no broker is asked.
///
/// # Errors
/// The first contradiction, in the client's words.
pub fn settings(connection: &Connection) -> Result<(), Error> {
    let identity = Identity { application: "trial".into(), pod: "trial".into(), stage: "decide", worker: 0 };
    let failed = |error: KafkaError| Error::from_rdkafka("making a client", &error);
    let _: BaseConsumer<DefaultConsumerContext> = connection.group_consumer("trial", &identity).create().map_err(failed)?;
    let _: BaseProducer = connection.producer(&identity.to_string()).create().map_err(failed)?;
    Ok(())
}

/// Takes this transactional identity, and with `topic` writes a record there in a transaction that is rolled back.
///
/// # Errors
/// What could not be done.
pub fn transaction(connection: &Connection, id: &str, topic: Option<&TopicPartition>, patience: Duration) -> Result<(), Failed> {
    let producer: BaseProducer<Undelivered> = connection
        .producer(id)
        .create_with_context(Undelivered::default())
        .map_err(|error| Failed::Settings(Error::from_rdkafka("making a producer", &error)))?;
    let begun = Instant::now();
    loop {
        match producer.init_transactions(STEP) {
            Ok(()) => break,
            Err(KafkaError::Transaction(error)) if error.is_retriable() && begun.elapsed() < patience => {}
            Err(error) => return Err(Failed::Identity(Error::from_rdkafka("taking a transactional identity", &error))),
        }
    }
    let Some(topic) = topic else { return Ok(()) };
    let failed = |error: KafkaError| Failed::Record(Error::from_rdkafka("trying a transaction", &error));
    producer.begin_transaction().map_err(failed)?;
    let record = BaseRecord::<str, [u8], ()>::to(&topic.topic).partition(topic.partition).key("relevo:trial").payload(b"");
    let tried = match producer.send(record) {
        Ok(()) => producer.flush(connection.delivery_timeout()).map_err(failed),
        Err((error, _)) => Err(failed(error)),
    };
    let said = producer.context().0.lock().ok().and_then(|mut said| said.take());
    let ended = producer.abort_transaction(connection.transaction_timeout()).map_err(failed);
    match said {
        Some(reason) => Err(Failed::Record(Error::new("trying a transaction", format!("{reason} (topic {})", topic.topic)))),
        None => tried.and(ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_contradict_each_other_are_seen_before_any_broker_is_asked() {
        let check = |name: &str, value: &str, refused: Option<&str>| {
            let said = settings(&Connection::new([(name.to_owned(), value.to_owned())])).err().map(|error| error.reason);
            assert_eq!(said.is_some(), refused.is_some(), "{name}: {said:?}");
            assert!(said.unwrap_or_default().contains(refused.unwrap_or_default()));
        };
        check("session.timeout.ms", "6000", None);
        check("socket.timeout.ms", "60000", Some("`transaction.timeout.ms`"));
        check("max.poll.interval.ms", "9000", Some("`session.timeout.ms`"));
        check("fetch.max.bytes", "1000", Some("`message.max.bytes`"));
        check("no.such.setting", "1", Some("no.such.setting"));
    }
}
