//! What the cluster says of topics, and making the missing ones.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::connection::Connection;
use super::error::Error;

const PATIENCE: Duration = Duration::from_secs(10);

/// A topic as the cluster has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicState {
    /// Number of partitions; 0: the topic does not exist.
    pub partitions: u32,
    /// Copies of the partition that has the fewest.
    pub replication: u32,
    /// Settings by name; empty where they may not be seen.
    pub settings: BTreeMap<String, String>,
    /// The topic may not be seen.
    pub not_authorized: bool,
}

/// A topic to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    /// Name.
    pub name: String,
    /// Number of partitions.
    pub partitions: u32,
    /// Copies; `None`: the cluster's default.
    pub replication: Option<u32>,
    /// Settings by name.
    pub settings: Vec<(String, String)>,
}

/// The client's last complaint: a question that failed says only that it timed out.
#[derive(Default)]
struct Complaint(Mutex<Option<String>>);

impl ClientContext for Complaint {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "relevo::kafka", %error, reason, "admin");
        // "All brokers are down" says less than what was wrong with one of them.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown)
            && let Ok(mut last) = self.0.lock()
        {
            *last = Some(reason.to_owned());
        }
    }
}

impl Complaint {
    fn is_content(&self) -> bool {
        self.0.lock().is_ok_and(|last| last.is_none())
    }
}

impl ConsumerContext for Complaint {}

/// Somebody who asks about topics and makes them.
pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    metadata: BaseConsumer<Complaint>,
    runtime: tokio::runtime::Runtime,
}

impl Admin {
    /// A client for this cluster.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let failed = |error| Error::from_rdkafka("making an admin client", &error);
        let config = connection.admin();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            client: config.create().map_err(failed)?,
            // The name of a group, which it never joins, makes its complaints readable.
            metadata: connection.reader("relevo-admin", "relevo-admin", true).create_with_context(Complaint::default()).map_err(failed)?,
            runtime: runtime.map_err(|error| Error::new("making an admin client", error.to_string()))?,
        })
    }

    /// How many brokers answer.
    ///
    /// # Errors
    /// None within 10 s.
    pub fn brokers(&self) -> Result<usize, Error> {
        let metadata = self.metadata.fetch_metadata(None, PATIENCE).map_err(|error| {
            // The client's complaints, such as a refused connection, wait in its queue until it is served.
            let until = Instant::now() + Duration::from_millis(300);
            while self.metadata.context().is_content() && Instant::now() < until {
                let _ = self.metadata.poll(Duration::from_millis(20));
            }
            let mut error = Error::from_rdkafka("asking for the cluster", &error);
            if let Some(complaint) = self.metadata.context().0.lock().ok().and_then(|mut last| last.take()) {
                error.reason = complaint;
            }
            error
        })?;
        Ok(metadata.brokers().len())
    }

    /// Waits until the cluster shows a topic that was just made, with a leader for each of its partitions.
    ///
    /// # Errors
    /// It does not within 10 s.
    pub fn await_topic(&self, name: &str, partitions: u32) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            let metadata = self.metadata.fetch_metadata(Some(name), PATIENCE);
            let metadata = metadata.map_err(|error| Error::from_rdkafka("waiting for a topic that was made", &error))?;
            let whole = metadata.topics().iter().any(|topic| {
                let led = topic.partitions().iter().filter(|partition| partition.leader() >= 0 && partition.error().is_none()).count();
                topic.name() == name && led >= partitions as usize
            });
            if whole {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Error::new("waiting for a topic that was made", format!("{name} has no leaders yet")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The state of one topic.
    ///
    /// # Errors
    /// No answer within 10 s. A topic that does not exist is no error.
    pub fn topic(&self, name: &str) -> Result<TopicState, Error> {
        let failed = |error| Error::from_rdkafka("asking for a topic", &error);
        let metadata = self.metadata.fetch_metadata(Some(name), PATIENCE).map_err(failed)?;
        let Some(topic) = metadata.topics().iter().find(|topic| topic.name() == name) else { return Ok(TopicState::default()) };
        if let Some(code) = topic.error() {
            let not_authorized = code == rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
            return Ok(TopicState { not_authorized, ..TopicState::default() });
        }
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let asked = [ResourceSpecifier::Topic(name)];
        let described = self.runtime.block_on(self.client.describe_configs(asked.iter(), &options)).map_err(failed)?;
        let settings = described.into_iter().filter_map(Result::ok).flat_map(|resource| resource.entries);
        Ok(TopicState {
            partitions: topic.partitions().len() as u32,
            replication: topic.partitions().iter().map(|partition| partition.replicas().len() as u32).min().unwrap_or(0),
            settings: settings.filter_map(|entry| Some((entry.name, entry.value?))).collect(),
            not_authorized: false,
        })
    }

    /// Makes topics; one that exists already is left as it is.
    ///
    /// # Errors
    /// The first that could not be made, by name.
    pub fn create(&self, plans: &[TopicPlan]) -> Result<(), Error> {
        let failed = |error| Error::from_rdkafka("making topics", &error);
        let topics: Vec<NewTopic<'_>> = plans
            .iter()
            .map(|plan| {
                let replication = TopicReplication::Fixed(plan.replication.map_or(-1, |copies| copies as i32));
                let topic = NewTopic::new(&plan.name, plan.partitions as i32, replication);
                plan.settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
            })
            .collect();
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for result in self.runtime.block_on(self.client.create_topics(topics.iter(), &options)).map_err(failed)? {
            match result {
                Ok(_) | Err((_, rdkafka::types::RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => return Err(Error::new("making topics", format!("{name}: {code}"))),
            }
        }
        Ok(())
    }
}
