//! Whether the other pods run with the same settings, seen from what they note beside their offsets.
//!
//! Only what is alive counts: a note beside an offset that moves. Time moves each partition of the log once a second, so a pod that
//! was replaced is forgotten soon, and a change that is meant has settled when the last pod has it. This file asks nobody and knows no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::config::Shared;
use crate::kafka::identity::pod_of;
use crate::kafka::offsets::{Committed, Note};

/// A note counts for so long after its offset has moved.
const ALIVE_FOR: Duration = Duration::from_secs(30);

/// Groups of settings → the other pods that have them otherwise.
pub type Differences = BTreeMap<String, BTreeSet<String>>;

/// What is remembered between two looks.
#[derive(Default)]
pub struct Colleagues {
    /// Partition → its offset, and when it was last seen to move; `None`: it has not been.
    moved: BTreeMap<i32, (i64, Option<Instant>)>,
}

impl Colleagues {
    /// Compares what is noted beside the partitions' offsets, in their order, with the settings of this pod.
    pub fn look(&mut self, now: Instant, pod: &str, own: &Shared, committed: &[Committed]) -> Differences {
        let mut differences = Differences::new();
        for (partition, committed) in (0..).zip(committed) {
            let Some(offset) = committed.offset else { continue };
            let (last, moved_at) = self.moved.entry(partition).or_insert((offset, None));
            if *last != offset {
                (*last, *moved_at) = (offset, Some(now));
            }
            if moved_at.is_none_or(|at| now.duration_since(at) > ALIVE_FOR) {
                continue;
            }
            let note = Note::decode(&committed.metadata);
            let Some(other) = pod_of(&note.transactional_id).filter(|other| *other != pod) else { continue };
            for group in own.differs_from(&Shared::decode(&note.shared)) {
                differences.entry(group).or_default().insert(other.to_owned());
            }
        }
        differences
    }
}

/// `domains (pod-1), topics (pod-1, pod-2)`
pub fn words(differences: &Differences) -> String {
    let group = |(group, pods): (&String, &BTreeSet<String>)| {
        format!("{group} ({})", pods.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    differences.iter().map(group).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(pod: &str, offset: i64, shared: &str) -> Committed {
        let note = Note { transactional_id: format!("relevo.decide.{pod}.0"), shared: shared.into(), ..Note::default() };
        Committed { offset: Some(offset), metadata: note.encode() }
    }

    /// Looks, a second apart each, at what two partitions note; what is said at last?
    #[track_caller]
    fn check(looks: &[[Committed; 2]], expected: &str) {
        let (mut colleagues, begin) = (Colleagues::default(), Instant::now());
        let own = Shared::decode("topics:aa,limits:bb");
        let look =
            |(second, committed): (u64, &[Committed; 2])| colleagues.look(begin + Duration::from_secs(second), "pod-0", &own, committed);
        let said = (0..).zip(looks).map(look).last().expect("a look");
        assert_eq!(words(&said), expected);
    }

    #[test]
    fn a_pod_that_differs_is_seen_and_named_while_it_works() {
        let same = |offset| noted("pod-0", offset, "topics:aa,limits:bb");
        let like = |offset| noted("pod-1", offset, "topics:aa,limits:bb");
        let other = |offset| noted("pod-1", offset, "topics:cc,limits:dd,later:ee");
        check(&[[same(1), like(1)], [same(2), like(2)]], "");
        check(&[[same(1), other(1)], [same(2), other(2)]], "limits (pod-1), topics (pod-1)");
        check(
            &[[noted("pod-2", 1, "topics:cc"), other(1)], [noted("pod-2", 2, "topics:cc"), other(2)]],
            "limits (pod-1), topics (pod-1, pod-2)",
        );
        // Nothing is said of a pod by what was noted before anybody looked: it may be gone.
        check(&[[same(1), other(1)]], "");
        check(&[[same(1), other(7)], [same(2), other(7)]], "");
        // Its own earlier settings are no other pod's.
        let before = |offset| noted("pod-0", offset, "topics:cc");
        check(&[[same(1), before(1)], [same(2), before(2)]], "");
        // What is no note of a worker.
        let foreign = |offset| Committed { offset: Some(offset), metadata: "with=topics:cc".into() };
        check(&[[same(1), foreign(1)], [same(2), foreign(2)]], "");
    }

    #[test]
    fn a_change_that_is_meant_settles_when_the_last_pod_has_it() {
        let same = |offset| noted("pod-0", offset, "topics:aa,limits:bb");
        let old = |offset| noted("pod-1", offset, "topics:cc,limits:bb");
        let new = |offset| noted("pod-1", offset, "topics:aa,limits:bb");
        check(&[[same(1), old(1)], [same(2), old(2)], [same(3), new(3)]], "");
        // A partition that was halted meanwhile keeps its note, and is forgotten.
        let mut looks = vec![[same(1), old(1)], [same(2), old(2)]];
        looks.extend((0..29).map(|offset| [same(3 + offset), old(2)]));
        check(&looks, "topics (pod-1)");
        looks.extend((0..3).map(|offset| [same(40 + offset), old(2)]));
        check(&looks, "");
    }
}
