//! librdkafka's own broker in this process: for a first look without a Kafka, and for errors that a real one can't be asked for.
//!
//! It forgets everything at its end, fences nobody and shows aborted records: nothing is proved on it but how errors are met.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::RDKafkaRespErr;

use super::connection::Connection;
use super::error::Error;

/// A broker that lives as long as this value.
pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

/// Which request of a client the broker is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Ending a transaction: commit or abort.
    EndTransaction,
    /// Sending offsets to a transaction.
    SendOffsets,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection breaks before the answer: nobody knows what happened.
    ConnectionLost,
    /// The group has a new generation.
    IllegalGeneration,
}

impl EmbeddedBroker {
    /// Starts one.
    ///
    /// # Errors
    /// librdkafka can't listen.
    pub fn start() -> Result<Self, Error> {
        let cluster = MockCluster::new(1).map_err(|error| Error::from_rdkafka("starting the embedded broker", &error))?;
        Ok(Self { cluster })
    }

    /// How clients reach it.
    pub fn connection(&self) -> Connection {
        Connection::new([("bootstrap.servers".to_owned(), self.cluster.bootstrap_servers())]).embedded()
    }

    /// Its address.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// The topic exists.
    pub fn create_topic(&self, name: &str, partitions: u32) -> Result<(), Error> {
        self.cluster.create_topic(name, partitions as i32, 1).map_err(|error| Error::from_rdkafka("making a topic", &error))
    }

    /// Fails the next requests of a kind, one for each failure.
    pub fn fail_next(&self, request: Request, failures: &[Failure]) {
        let key = match request {
            Request::EndTransaction => rdkafka_sys::RDKafkaApiKey::EndTxn,
            Request::SendOffsets => rdkafka_sys::RDKafkaApiKey::AddOffsetsToTxn,
        };
        let errors: Vec<RDKafkaRespErr> = failures
            .iter()
            .map(|failure| match failure {
                Failure::ConnectionLost => RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
                Failure::IllegalGeneration => RDKafkaRespErr::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            })
            .collect();
        self.cluster.request_errors(key, &errors);
    }
}
