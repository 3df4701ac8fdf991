//! Which topics these are: the identifiers that the cluster gave them when they were made.
//!
//! rdkafka has no such question, librdkafka has.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka_sys as sys;

use super::connection::Connection;
use super::error::Error;
use super::native::{Owned, list, text};
use crate::contract::TopicId;

const PATIENCE: Duration = Duration::from_secs(5);
const WHAT: &str = "asking which topics these are";

/// Somebody who asks.
pub struct TopicIds {
    client: BaseConsumer,
    connection: Connection,
}

impl TopicIds {
    /// A client for this cluster.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn of(connection: &Connection) -> Result<Self, Error> {
        let client = connection.admin().create().map_err(|error| Error::from_rdkafka(WHAT, &error))?;
        Ok(Self { client, connection: connection.clone() })
    }

    /// The identifiers of the topics that are there; `None`: the cluster gives topics none.
    ///
    /// # Errors
    /// No answer within 5 s.
    pub fn among(&self, topics: &[&str]) -> Result<BTreeMap<String, Option<TopicId>>, Error> {
        topic_ids(&self.connection, &self.client, topics)
    }
}

/// As [`TopicIds::among`], asked by a client that is there already.
///
/// # Errors
/// No answer within 5 s.
pub(super) fn topic_ids<C: ConsumerContext>(
    connection: &Connection,
    client: &BaseConsumer<C>,
    topics: &[&str],
) -> Result<BTreeMap<String, Option<TopicId>>, Error> {
    let none = || topics.iter().map(|topic| ((*topic).to_owned(), None)).collect();
    if connection.is_embedded() {
        return Ok(none());
    }
    let handle = client.client().native_ptr();
    let names = topics.iter().map(|topic| CString::new(*topic)).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|_| Error::new(WHAT, "a topic's name with a zero byte"))?;
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: every handle is made here from the client, which outlives it, and `Owned` destroys it once; names are copied by librdkafka.
    unsafe {
        let asked = Owned::new(
            WHAT,
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            sys::rd_kafka_TopicCollection_destroy,
        )?;
        let options = Owned::new(
            WHAT,
            sys::rd_kafka_AdminOptions_new(handle, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS),
            sys::rd_kafka_AdminOptions_destroy,
        )?;
        let queue = Owned::new(WHAT, sys::rd_kafka_queue_new(handle), sys::rd_kafka_queue_destroy)?;
        sys::rd_kafka_DescribeTopics(handle, asked.as_ptr(), options.as_ptr(), queue.as_ptr());
        let patience_ms = PATIENCE.as_millis() as i32;
        let event = Owned::new(WHAT, sys::rd_kafka_queue_poll(queue.as_ptr(), patience_ms), sys::rd_kafka_event_destroy)?;
        let failed = sys::rd_kafka_event_error(event.as_ptr());
        if matches!(
            failed,
            sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE
                | sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION
        ) {
            return Ok(none());
        }
        if failed != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(Error::new(WHAT, text(sys::rd_kafka_event_error_string(event.as_ptr()))));
        }
        answered(&event)
    }
}

/// Reads the answer.
///
/// # Safety
/// `event` is an event of described topics.
unsafe fn answered(event: &Owned<sys::rd_kafka_event_t>) -> Result<BTreeMap<String, Option<TopicId>>, Error> {
    let mut found = BTreeMap::new();
    // SAFETY: what is read belongs to the event, which lives until the end of this function; the count is librdkafka's own.
    unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        for topic in list(topics, count) {
            let error = sys::rd_kafka_TopicDescription_error(*topic);
            let failed = !error.is_null() && sys::rd_kafka_error_code(error) != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
            let id = sys::rd_kafka_TopicDescription_topic_id(*topic);
            if !failed && !id.is_null() {
                let halves = (sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id));
                found.insert(text(sys::rd_kafka_TopicDescription_name(*topic)), TopicId::of_halves(halves.0, halves.1));
            }
        }
    }
    Ok(found)
}
