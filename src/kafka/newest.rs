//! When the newest record of a topic was written, as the cluster itself says: nothing is read, so it is known at once after a start.
//!
//! rdkafka has no such question, librdkafka has. An open or rolled-back transaction counts: whoever writes is not silent.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka_sys as sys;

use super::connection::Connection;
use super::error::Error;
use super::native::{Owned, list, text};
use super::partitions::partitions_of;
use super::record::TopicPartition;
use crate::contract::Timestamp;

const PATIENCE: Duration = Duration::from_secs(5);
const WHAT: &str = "asking for the newest record";

/// Somebody who asks.
pub struct Newest(BaseConsumer);

impl Newest {
    /// A client for this cluster.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn of(connection: &Connection) -> Result<Self, Error> {
        connection.admin().create().map(Self).map_err(|error| Error::from_rdkafka(WHAT, &error))
    }

    /// The time of the newest record of a topic, by the records' own times; `None`: it is empty, or its brokers do not tell. It is asked first
    /// which partitions the topic has: some may have been added.
    ///
    /// # Errors
    /// As for [`Self::times`]; the topic is not there.
    pub fn of_topic(&self, topic: &str) -> Result<Option<Timestamp>, Error> {
        Ok(self.times(&self.partitions_of(topic)?)?.into_iter().flatten().max())
    }

    /// The partitions that a topic has now, at least one.
    ///
    /// # Errors
    /// No answer, or the topic is not there.
    pub fn partitions_of(&self, topic: &str) -> Result<Vec<TopicPartition>, Error> {
        partitions_of(&self.0, topic)
    }

    /// The time of the newest record of each of these partitions, by the records' own times; `None`: the partition is empty, or its broker does
    /// not tell (it is older than Kafka 3.0).
    ///
    /// # Errors
    /// No answer within 5 s, or a partition without one.
    pub fn times(&self, partitions: &[TopicPartition]) -> Result<Vec<Option<Timestamp>>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let handle = self.0.client().native_ptr();
        let names = partitions.iter().map(|partition| CString::new(&*partition.topic)).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(|_| Error::new(WHAT, "a topic's name with a zero byte"))?;
        let patience_ms = PATIENCE.as_millis() as i32;
        // SAFETY: every handle is made here from the client, which outlives it, and `Owned` destroys it once; names are copied by
        // librdkafka, and an element that was just added is there to be written to.
        unsafe {
            let asked = Owned::new(
                WHAT,
                sys::rd_kafka_topic_partition_list_new(partitions.len() as i32),
                sys::rd_kafka_topic_partition_list_destroy,
            )?;
            for (partition, name) in partitions.iter().zip(&names) {
                let element = sys::rd_kafka_topic_partition_list_add(asked.as_ptr(), name.as_ptr(), partition.partition);
                (*element).offset = sys::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP as i64;
            }
            let options = Owned::new(
                WHAT,
                sys::rd_kafka_AdminOptions_new(handle, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS),
                sys::rd_kafka_AdminOptions_destroy,
            )?;
            let queue = Owned::new(WHAT, sys::rd_kafka_queue_new(handle), sys::rd_kafka_queue_destroy)?;
            sys::rd_kafka_ListOffsets(handle, asked.as_ptr(), options.as_ptr(), queue.as_ptr());
            let event = Owned::new(WHAT, sys::rd_kafka_queue_poll(queue.as_ptr(), patience_ms), sys::rd_kafka_event_destroy)?;
            let failed = sys::rd_kafka_event_error(event.as_ptr());
            if does_not_tell(failed) {
                return Ok(vec![None; partitions.len()]);
            }
            if failed != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Err(Error::new(WHAT, text(sys::rd_kafka_event_error_string(event.as_ptr()))));
            }
            let times = answered(&event)?;
            let time = |partition: &TopicPartition| times.get(&(partition.topic.to_string(), partition.partition)).copied();
            Ok(partitions.iter().map(time).collect())
        }
    }
}

/// Whether it is no failure, but a question that the broker does not know.
fn does_not_tell(code: sys::rd_kafka_resp_err_t) -> bool {
    use sys::rd_kafka_resp_err_t as Code;
    matches!(code, Code::RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE | Code::RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION)
}

/// Reads the answer: the partitions that have a newest record, with its time.
///
/// # Safety
/// `event` is an event of listed offsets.
unsafe fn answered(event: &Owned<sys::rd_kafka_event_t>) -> Result<BTreeMap<(String, i32), Timestamp>, Error> {
    let mut times = BTreeMap::new();
    // SAFETY: what is read belongs to the event, which lives until the end of this function; the count is librdkafka's own.
    unsafe {
        let result = sys::rd_kafka_event_ListOffsets_result(event.as_ptr());
        if result.is_null() {
            return Err(Error::new(WHAT, "another answer came"));
        }
        let mut count = 0;
        let infos = sys::rd_kafka_ListOffsets_result_infos(result, &mut count);
        for info in list(infos, count) {
            let partition = sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*info);
            let failed = (*partition).err;
            // A partition that is not known may have the newest: then it is not known at all.
            if failed != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR && !does_not_tell(failed) {
                return Err(Error::new(WHAT, text(sys::rd_kafka_err2str(failed))));
            }
            let at_ms = sys::rd_kafka_ListOffsetsResultInfo_timestamp(*info);
            if at_ms >= 0 {
                times.insert((text((*partition).topic), (*partition).partition), Timestamp::from_ms(at_ms));
            }
        }
    }
    Ok(times)
}
