//! How late it is on the log, by the partitions of the feed that a worker of Intake reads: everything that was there at an instant is forwarded.
//!
//! Kept with the open transaction, and taken back with it. This file refuses to know how an end is found, and what time is for.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};

use super::feed_watch::{Feed, Reach};
use crate::contract::Timestamp;
use crate::kafka::TopicPartition;

/// How far each owned partition of the feed has been forwarded to the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources(pub BTreeMap<i32, Source>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// The next offset that is not forwarded.
    pub position: i64,
    /// Where it ended at an instant; once the position is there, that instant counts.
    pub waits_for: Option<Reach>,
    /// Everything up to here is on the log.
    pub as_of: Option<Timestamp>,
    /// Everything up to here has been sent, by the feed's own word.
    pub heartbeat: Option<Timestamp>,
}

impl Sources {
    /// These positions are reached by the open transaction: instants whose ends lie before them have passed.
    pub fn reach(&mut self, reached: &[(TopicPartition, i64)], feed: &Feed) {
        for (partition, offset) in reached.iter().filter(|(partition, _)| *partition.topic == *feed.topic) {
            if let Some(source) = self.0.get_mut(&partition.partition) {
                source.position = *offset;
            }
        }
        for (partition, source) in &mut self.0 {
            // A look that is waited for stays: under a steady stream each new one would lie a little further on, and none be reached.
            for _ in 0..2 {
                let Some(reach) = source.waits_for.or_else(|| feed.reach(*partition)) else { break };
                let passed = source.position >= reach.end;
                source.waits_for = Some(reach).filter(|_| !passed);
                if !passed {
                    break;
                }
                source.as_of = source.as_of.max(Some(reach.at));
            }
        }
    }

    /// A partition's feed is alive: a word that is older than the last one changes nothing, and none counts beyond now. A feed whose clock was
    /// ahead once would else be taken for alive for as long as it was.
    pub fn hear(&mut self, partition: i32, at: Timestamp, now: Timestamp) {
        if let Some(source) = self.0.get_mut(&partition) {
            source.heartbeat = source.heartbeat.max(Some(at.min(now)));
        }
    }

    /// What the log is told of them; by heartbeats, no more than each feed has said itself.
    pub fn as_of(&self, feed: &Feed, by_heartbeats: bool) -> BTreeMap<CompactString, Timestamp> {
        let name = |partition: &i32| format_compact!("{}-{partition}", feed.topic);
        let as_of = |source: &Source| match by_heartbeats {
            true => Some(source.as_of?.min(source.heartbeat?)),
            false => source.as_of,
        };
        self.0.iter().filter_map(|(partition, source)| Some((name(partition), as_of(source)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FU-3: an instant counts once everything is forwarded that was there then, and not before; a steady stream does not put it off.
    #[test]
    fn fu_3_an_instant_counts_when_its_end_has_been_reached() {
        let at = |second: i64| Timestamp::from_ms(1_800_000_000_000 + second * 1_000);
        let feed = Feed::of("a");
        let mut sources = Sources::default();
        sources.0.insert(0, Source { position: 5, waits_for: None, as_of: None, heartbeat: None });
        let mut pass = |looked: Option<(i64, i64)>, position: i64| {
            if let Some((second, end)) = looked {
                feed.set([(0, Reach { at: at(second), end })].into());
            }
            let reached = [(TopicPartition::new("a", 0), position), (TopicPartition::new("other", 0), 1_000)];
            sources.reach(&reached, &feed);
            sources.as_of(&feed, false).get("a-0").copied()
        };
        assert_eq!(pass(None, 5), None, "nobody has looked");
        assert_eq!(pass(Some((1, 7)), 6), None, "two were there, one is forwarded");
        assert_eq!(pass(Some((2, 20)), 7), Some(at(1)), "the older look is reached, the newer one not");
        assert_eq!(pass(Some((3, 30)), 19), Some(at(1)));
        assert_eq!(pass(Some((4, 40)), 30), Some(at(2)), "the look that was waited for; the newest one is not reached");
        assert_eq!(pass(Some((5, 40)), 40), Some(at(5)));
        assert_eq!(pass(Some((6, 40)), 40), Some(at(6)), "nothing has come, and time passes");
    }

    /// FU-3: where a feed sends heartbeats, no more time passes than it has said, and none before its first word.
    #[test]
    fn fu_3_a_connector_that_has_stopped_holds_the_clock_where_it_sends_heartbeats() {
        let at = |ms: i64| Timestamp::from_ms(ms);
        let feed = Feed::of("a");
        let mut sources = Sources::default();
        sources.0.insert(0, Source { position: 5, waits_for: None, as_of: None, heartbeat: None });
        feed.set([(0, Reach { at: at(1_000), end: 5 })].into());
        sources.reach(&[], &feed);
        let as_of = |sources: &Sources, by_heartbeats: bool| sources.as_of(&feed, by_heartbeats).get("a-0").copied();
        assert_eq!((as_of(&sources, false), as_of(&sources, true)), (Some(at(1_000)), None));
        sources.hear(0, at(400), at(1_000));
        assert_eq!(as_of(&sources, true), Some(at(400)));
        sources.hear(0, at(300), at(1_000));
        assert_eq!(as_of(&sources, true), Some(at(400)), "an older word changes nothing");
        sources.hear(0, at(9_000), at(1_100));
        assert_eq!(as_of(&sources, true), Some(at(1_000)), "and one that is ahead lets nothing pass unread");
        feed.set([(0, Reach { at: at(5_000), end: 5 })].into());
        sources.reach(&[], &feed);
        assert_eq!(as_of(&sources, true), Some(at(1_100)), "nor once its clock is right: it has said nothing since");
        sources.hear(7, at(9_000), at(9_000)); // of a partition that another worker reads
        assert_eq!(sources.0.len(), 1);
    }
}
