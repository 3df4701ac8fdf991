//! What the cluster's access rules let us do, as the cluster itself says; and whom they let write a topic.
//!
//! rdkafka has no such questions, librdkafka has. A cluster without access rules allows everything, and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, c_char};
use std::fmt;
use std::ptr;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka_sys as sys;
use sys::rd_kafka_AclOperation_t as Native;
use sys::rd_kafka_admin_op_t as Question;
use sys::rd_kafka_resp_err_t as Answer;

use super::connection::Connection;
use super::error::Error;
use super::native::{Owned, list, text};

const PATIENCE: Duration = Duration::from_secs(10);
const WHAT: &str = "asking for access rights";
/// How long librdkafka's words on a filter that it does not make may be.
const WORDS: usize = 256;

/// What access rules are about, as far as Relevo needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// To see that it is there. Whoever may read or write may do this too.
    Describe,
    /// To see its settings.
    DescribeConfigs,
    /// To read its records; of a group: to be its member and to commit.
    Read,
    /// To write records; of a transactional identifier: to use it.
    Write,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Describe, Self::DescribeConfigs, Self::Read, Self::Write];

    const fn native(self) -> Native {
        match self {
            Self::Describe => Native::RD_KAFKA_ACL_OPERATION_DESCRIBE,
            Self::DescribeConfigs => Native::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
            Self::Read => Native::RD_KAFKA_ACL_OPERATION_READ,
            Self::Write => Native::RD_KAFKA_ACL_OPERATION_WRITE,
        }
    }
}

impl fmt::Display for Operation {
    /// As Kafka's tools spell it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Describe => "Describe",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::Read => "Read",
            Self::Write => "Write",
        })
    }
}

/// What may be done with something.
pub type Rights = BTreeSet<Operation>;

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
    let names = names(topics)?;
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the collection is made of names that live until the call has copied them, and destroyed once; what is read of the answer
    // belongs to the event, which lives until the end of this function.
    unsafe {
        let collection = Owned::new(
            WHAT,
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            sys::rd_kafka_TopicCollection_destroy,
        )?;
        let event = ask(client, Question::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, true, |handle, options, queue| {
            sys::rd_kafka_DescribeTopics(handle, collection.as_ptr(), options, queue);
        })?;
        let result = sys::rd_kafka_event_DescribeTopics_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        let mut all = BTreeMap::new();
        for topic in list(topics, count) {
            if sys::rd_kafka_error_code(sys::rd_kafka_TopicDescription_error(*topic)) == Answer::RD_KAFKA_RESP_ERR_NO_ERROR {
                let mut count = 0;
                let operations = sys::rd_kafka_TopicDescription_authorized_operations(*topic, &mut count);
                all.insert(text(sys::rd_kafka_TopicDescription_name(*topic)), told(operations, count)?);
            }
        }
        Ok(all)
    }
}

/// The rights on each of these groups, whether they have ever had a member or not; those that may not be seen are left out.
///
/// # Errors
/// No answer within 10 s, or a broker that does not tell (older than Kafka 2.3).
pub fn of_groups(connection: &Connection, groups: &[&str]) -> Result<BTreeMap<String, Rights>, Error> {
    let (client, names) = (RightsOf::asked_over(connection)?, names(groups)?);
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the names live until the call has copied them; what is read of the answer belongs to the event, which lives until the end of
    // this function.
    unsafe {
        let event = ask(&client.0, Question::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, true, |handle, options, queue| {
            sys::rd_kafka_DescribeConsumerGroups(handle, pointers.as_mut_ptr(), pointers.len(), options, queue);
        })?;
        let result = sys::rd_kafka_event_DescribeConsumerGroups_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let groups = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &mut count);
        let mut all = BTreeMap::new();
        for group in list(groups, count) {
            if sys::rd_kafka_error_code(sys::rd_kafka_ConsumerGroupDescription_error(*group)) == Answer::RD_KAFKA_RESP_ERR_NO_ERROR {
                let mut count = 0;
                let operations = sys::rd_kafka_ConsumerGroupDescription_authorized_operations(*group, &mut count);
                all.insert(text(sys::rd_kafka_ConsumerGroupDescription_group_id(*group)), told(operations, count)?);
            }
        }
        Ok(all)
    }
}

/// Whom the rules let write this topic, by rules for its name, for a beginning of it, or for all topics. What is forbidden besides is not
/// taken off. Nobody: no rule does, or there are no rules, or they are not told to us, which takes Describe on the cluster. librdkafka 2.12 makes an
/// empty list of all three, so they are one answer here too.
///
/// # Errors
/// No answer within 10 s.
pub fn writers(connection: &Connection, topic: &str) -> Result<BTreeSet<String>, Error> {
    let client = RightsOf::asked_over(connection)?;
    let name = CString::new(topic).map_err(|_| Error::new(WHAT, "a name with a zero byte"))?;
    let mut words = [0; WORDS];
    // SAFETY: the name lives until it is copied; the filter is destroyed once; what is read of the answer belongs to the event, which lives
    // until the end of this function.
    unsafe {
        let filter = Owned::new(
            WHAT,
            sys::rd_kafka_AclBindingFilter_new(
                sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC,
                name.as_ptr(),
                sys::rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_MATCH,
                ptr::null(),
                ptr::null(),
                Native::RD_KAFKA_ACL_OPERATION_ANY,
                sys::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
                words.as_mut_ptr(),
                words.len(),
            ),
            sys::rd_kafka_AclBinding_destroy,
        )?;
        let event = ask(&client.0, Question::RD_KAFKA_ADMIN_OP_DESCRIBEACLS, false, |handle, options, queue| {
            sys::rd_kafka_DescribeAcls(handle, filter.as_ptr(), options, queue);
        })?;
        let result = sys::rd_kafka_event_DescribeAcls_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let rules = sys::rd_kafka_DescribeAcls_result_acls(result, &mut count);
        let writes = [Native::RD_KAFKA_ACL_OPERATION_WRITE, Native::RD_KAFKA_ACL_OPERATION_ALL];
        let writers = list(rules, count).iter().filter(|rule| writes.contains(&sys::rd_kafka_AclBinding_operation(**rule)));
        Ok(writers.map(|rule| text(sys::rd_kafka_AclBinding_principal(*rule))).collect())
    }
}

fn names(names: &[&str]) -> Result<Vec<CString>, Error> {
    let names = names.iter().map(|name| CString::new(*name)).collect::<Result<Vec<_>, _>>();
    names.map_err(|_| Error::new(WHAT, "a name with a zero byte"))
}

/// The operations that are told.
///
/// # Safety
/// `operations` is null, or the first of `count` elements.
unsafe fn told(operations: *const Native, count: usize) -> Result<Rights, Error> {
    if operations.is_null() {
        return Err(Error::new(WHAT, "the broker does not tell them"));
    }
    // SAFETY: as the caller says.
    let operations = unsafe { list(operations, count) };
    let may = |operation: Operation| operations.contains(&operation.native()) || operations.contains(&Native::RD_KAFKA_ACL_OPERATION_ALL);
    Ok(Operation::ALL.into_iter().filter(|operation| may(*operation)).collect())
}

type Event = Owned<sys::rd_kafka_event_t>;

/// Asks, and takes an answer that is no refusal. The answer must not outlive the client.
fn ask(
    client: &BaseConsumer,
    question: Question,
    with_rights: bool,
    call: impl FnOnce(*mut sys::rd_kafka_t, *const sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
) -> Result<Event, Error> {
    let handle = client.client().native_ptr();
    let patience_ms = PATIENCE.as_millis() as i32;
    // SAFETY: every handle is made here from the client, which outlives it, and `Owned` destroys it once; the options' error is ours.
    unsafe {
        let options = Owned::new(WHAT, sys::rd_kafka_AdminOptions_new(handle, question), sys::rd_kafka_AdminOptions_destroy)?;
        if with_rights {
            let refused = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options.as_ptr(), 1);
            if !refused.is_null() {
                sys::rd_kafka_error_destroy(refused);
                return Err(Error::new(WHAT, "librdkafka does not ask for them"));
            }
        }
        let queue = Owned::new(WHAT, sys::rd_kafka_queue_new(handle), sys::rd_kafka_queue_destroy)?;
        call(handle, options.as_ptr(), queue.as_ptr());
        let event = Owned::new(WHAT, sys::rd_kafka_queue_poll(queue.as_ptr(), patience_ms), sys::rd_kafka_event_destroy)?;
        match sys::rd_kafka_event_error(event.as_ptr()) {
            Answer::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(event),
            _ => Err(Error::new(WHAT, text(sys::rd_kafka_event_error_string(event.as_ptr())))),
        }
    }
}
