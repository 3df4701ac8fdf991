//! What the cluster's access rules let us do with topics, as the cluster itself says.
//!
//! rdkafka has no such question, librdkafka has. A cluster without access rules allows everything, and says so.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka_sys as sys;
use sys::rd_kafka_AclOperation_t as Operation;

use super::connection::Connection;
use super::error::Error;
use super::native::{Owned, list, text};

const PATIENCE: Duration = Duration::from_secs(10);
const WHAT: &str = "asking for access rights";

/// What may be done with a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Its records may be read.
    pub read: bool,
    /// Records may be written to it.
    pub write: bool,
}

/// Asks again and again, over one client.
pub struct RightsOf(BaseConsumer);

impl RightsOf {
    /// A client for this cluster.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn asked_over(connection: &Connection) -> Result<Self, Error> {
        connection.admin().create().map(Self).map_err(|error| Error::from_rdkafka(WHAT, &error))
    }

    /// The rights on each of these topics; those that don't exist, or may not be seen, are left out.
    ///
    /// # Errors
    /// No answer within 10 s, or a broker that does not tell (older than Kafka 2.3).
    pub fn topics(&self, topics: &[&str]) -> Result<BTreeMap<String, Rights>, Error> {
        asked(&self.0, topics)
    }
}

/// As [`RightsOf::topics`], once.
///
/// # Errors
/// The same.
pub fn of_topics(connection: &Connection, topics: &[&str]) -> Result<BTreeMap<String, Rights>, Error> {
    RightsOf::asked_over(connection)?.topics(topics)
}

fn asked(client: &BaseConsumer, topics: &[&str]) -> Result<BTreeMap<String, Rights>, Error> {
    let handle = client.client().native_ptr();
    let names = topics.iter().map(|name| CString::new(*name)).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|_| Error::new(WHAT, "a topic's name with a zero byte"))?;
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let patience_ms = PATIENCE.as_millis() as i32;
    // SAFETY: every handle is made here from the client, which outlives it, and `Owned` destroys it once; names are copied by librdkafka;
    // the options' errors are owned by us and destroyed.
    unsafe {
        let collection = Owned::new(
            WHAT,
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            sys::rd_kafka_TopicCollection_destroy,
        )?;
        let options = Owned::new(
            WHAT,
            sys::rd_kafka_AdminOptions_new(handle, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS),
            sys::rd_kafka_AdminOptions_destroy,
        )?;
        let refused = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options.as_ptr(), 1);
        if !refused.is_null() {
            sys::rd_kafka_error_destroy(refused);
            return Err(Error::new(WHAT, "librdkafka does not ask for them"));
        }
        let queue = Owned::new(WHAT, sys::rd_kafka_queue_new(handle), sys::rd_kafka_queue_destroy)?;
        sys::rd_kafka_DescribeTopics(handle, collection.as_ptr(), options.as_ptr(), queue.as_ptr());
        let event = Owned::new(WHAT, sys::rd_kafka_queue_poll(queue.as_ptr(), patience_ms), sys::rd_kafka_event_destroy)?;
        let code = sys::rd_kafka_event_error(event.as_ptr());
        if code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(Error::new(WHAT, text(sys::rd_kafka_event_error_string(event.as_ptr()))));
        }
        described(&event)
    }
}

/// Reads the answer.
///
/// # Safety
/// `event` is an event of a described list of topics.
unsafe fn described(event: &Owned<sys::rd_kafka_event_t>) -> Result<BTreeMap<String, Rights>, Error> {
    let mut all = BTreeMap::new();
    // SAFETY: what is read belongs to the event, which lives until the end of this function; the counts are librdkafka's own.
    unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        for topic in list(topics, count) {
            let failed = sys::rd_kafka_error_code(sys::rd_kafka_TopicDescription_error(*topic));
            if failed != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                continue;
            }
            let mut count = 0;
            let operations = sys::rd_kafka_TopicDescription_authorized_operations(*topic, &mut count);
            if operations.is_null() {
                return Err(Error::new(WHAT, "the broker does not tell them"));
            }
            let operations = list(operations, count);
            let may = |operation| operations.contains(&operation) || operations.contains(&Operation::RD_KAFKA_ACL_OPERATION_ALL);
            let rights = Rights { read: may(Operation::RD_KAFKA_ACL_OPERATION_READ), write: may(Operation::RD_KAFKA_ACL_OPERATION_WRITE) };
            all.insert(text(sys::rd_kafka_TopicDescription_name(*topic)), rights);
        }
    }
    Ok(all)
}
