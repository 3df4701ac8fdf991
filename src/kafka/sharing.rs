//! Which partitions of a group's topics no member has, as the group's coordinator tells it, and how a group is made to share them out again.
//!
//! A group shares its partitions out in two steps: who has too many gives some up and joins again, and then they are given to another
//! member. A static member that dies between the two comes back, and the coordinator takes it for the member that it was: it gets what it
//! had, nobody joins again, and what it gave up belongs to nobody for as long as no member comes or goes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;

use super::closing::Closing;
use super::connection::Connection;
use super::error::Error;
use super::identity::Identity;
use super::partitions::partitions_of;
use super::record::TopicPartition;

const PATIENCE: Duration = Duration::from_secs(5);
/// The members join again when their transactions have ended; one that is away is waited for until its session is over.
const SHARING_PATIENCE: Duration = Duration::from_secs(60);
/// The state of a group that has shared everything out, as coordinators spell it.
const STABLE: &str = "Stable";
const WHAT: &str = "asking who has which partitions of a group";

/// How a group shares the partitions of some topics out.
pub struct Sharing {
    client: BaseConsumer,
    connection: Connection,
    group: String,
    /// By this name a visitor joins: a worker's name with a word behind it, so that it is under the same access rules.
    visitor: Identity,
    topics: Vec<String>,
}

impl Sharing {
    /// Of this group, by the name of one of its members, for the topics that it reads.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn of(connection: &Connection, group: &str, member: &Identity, topics: &[String]) -> Result<Self, Error> {
        let client = connection.admin().create().map_err(|error| Error::from_rdkafka(WHAT, &error))?;
        let visitor = Identity { pod: format!("{}.visitor", member.pod), ..member.clone() };
        Ok(Self { client, connection: connection.clone(), group: group.to_owned(), visitor, topics: topics.to_vec() })
    }

    /// The partitions that no member of the group has. None while the group is not stable: it is sharing them out, or has no members.
    ///
    /// # Errors
    /// No answer within some seconds, a topic that is not there, or an answer that can't be read.
    pub fn unowned(&self) -> Result<BTreeSet<TopicPartition>, Error> {
        let groups = self.client.fetch_group_list(Some(&self.group), PATIENCE).map_err(|error| Error::from_rdkafka(WHAT, &error))?;
        let Some(group) = groups.groups().iter().find(|group| group.name() == self.group && group.state() == STABLE) else {
            return Ok(BTreeSet::new());
        };
        let mut unowned = BTreeSet::new();
        for topic in &self.topics {
            unowned.extend(partitions_of(&self.client, topic)?);
        }
        for member in group.members() {
            let assigned = assigned(member.assignment().unwrap_or_default());
            for partition in assigned.ok_or_else(|| Error::new(WHAT, "a member's assignment is in a form that is not known".to_owned()))? {
                unowned.remove(&partition);
            }
        }
        Ok(unowned)
    }

    /// Makes the group share its partitions out again: a visitor joins it, reads nothing, and leaves. The members go on with what they keep.
    /// Asked now and then, `gives_up` says whether the caller waits no longer.
    ///
    /// # Errors
    /// Settings that librdkafka refuses; the group has not let the visitor in within a minute.
    pub fn share_out_again(&self, gives_up: &dyn Fn() -> bool) -> Result<(), Error> {
        let what = "having partitions shared out again";
        let failed = |error: KafkaError| Error::from_rdkafka(what, &error);
        let mut config = self.connection.group_consumer(&self.group, &self.visitor);
        config.remove("group.instance.id"); // who is no static member says that it leaves
        let was_let_in = Arc::<AtomicBool>::default();
        let visitor: BaseConsumer<Visitor> = config.create_with_context(Visitor(Arc::clone(&was_let_in))).map_err(failed)?;
        let visitor = Closing::of(visitor);
        visitor.subscribe(&self.topics.iter().map(String::as_str).collect::<Vec<_>>()).map_err(failed)?;
        let began = Instant::now();
        while !was_let_in.load(Ordering::Relaxed) && !gives_up() {
            if began.elapsed() > SHARING_PATIENCE {
                return Err(Error::new(what, format!("the group has not let a visitor in for {} s", SHARING_PATIENCE.as_secs())));
            }
            if let Some(Err(error)) = visitor.poll(Duration::from_millis(100)) {
                tracing::debug!(target: "relevo::kafka", %error, "visiting a group");
            }
        }
        Ok(())
    }
}

/// Who joins a group to leave it again: it takes nothing of what it is given.
struct Visitor(Arc<AtomicBool>);

impl ClientContext for Visitor {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "relevo::kafka", %error, reason, "visitor");
    }
}

impl ConsumerContext for Visitor {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, _: &mut TopicPartitionList) {
        let answered = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => consumer.incremental_assign(&TopicPartitionList::new()),
            _ => consumer.incremental_unassign(&TopicPartitionList::new()),
        };
        if let Err(error) = answered {
            tracing::debug!(target: "relevo::kafka", %error, "visiting a group");
        }
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The partitions in a member's assignment, in the form of Kafka's consumers (`ConsumerProtocolAssignment`, all versions); a member that has
/// none yet has no bytes. `None`: it is in no such form.
fn assigned(bytes: &[u8]) -> Option<Vec<TopicPartition>> {
    let mut assigned = Vec::new();
    if bytes.is_empty() {
        return Some(assigned);
    }
    let mut rest = bytes;
    let _version = short(&mut rest)?;
    for _ in 0..int(&mut rest)? {
        let length = usize::try_from(short(&mut rest)?).ok()?;
        let topic = std::str::from_utf8(take(&mut rest, length)?).ok()?;
        for _ in 0..int(&mut rest)? {
            assigned.push(TopicPartition::new(topic, int(&mut rest)?));
        }
    }
    Some(assigned)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn short(rest: &mut &[u8]) -> Option<i16> {
    take(rest, 2)?.try_into().ok().map(i16::from_be_bytes)
}

fn int(rest: &mut &[u8]) -> Option<i32> {
    take(rest, 4)?.try_into().ok().map(i32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_read_whole_or_not_at_all() {
        // Version 3: `a` with the partitions 1 and 258, `bc` with none, and no data of a user.
        let bytes =
            b"\x00\x03\x00\x00\x00\x02\x00\x01a\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x01\x02\x00\x02bc\x00\x00\x00\x00\xff\xff\xff\xff";
        assert_eq!(assigned(bytes), Some(vec![TopicPartition::new("a", 1), TopicPartition::new("a", 258)]));
        assert_eq!(assigned(b""), Some(Vec::new()));
        // Without the user's data it is whole; without anything more it is not.
        for length in 1..bytes.len() - 4 {
            assert_eq!(assigned(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(assigned(b"\x00\x03\x00\x00\x00\x01\xff\xff"), None, "a name of a negative length");
        assert_eq!(assigned(b"\x00\x03\x7f\xff\xff\xff"), None, "more topics than there are bytes");
    }
}
