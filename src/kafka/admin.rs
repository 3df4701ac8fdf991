//! What the cluster says of topics, and making the missing ones.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::connection::Connection;
use super::error::Error;

const PATIENCE: Duration = Duration::from_secs(10);

/// A topic as the cluster has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicState {
    /// Number of partitions; 0: the topic does not exist.
    pub partitions: u32,
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

/// Somebody who asks about topics and makes them.
pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    metadata: BaseConsumer,
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
            metadata: config.create().map_err(failed)?,
            runtime: runtime.map_err(|error| Error::new("making an admin client", error.to_string()))?,
        })
    }

    /// How many brokers answer.
    ///
    /// # Errors
    /// None within 10 s.
    pub fn brokers(&self) -> Result<usize, Error> {
        let metadata =
            self.metadata.fetch_metadata(None, PATIENCE).map_err(|error| Error::from_rdkafka("asking for the cluster", &error))?;
        Ok(metadata.brokers().len())
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
