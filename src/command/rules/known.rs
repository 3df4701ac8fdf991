//! Which law each partition of the log has, as Decide notes it beside its committed offsets: asked without joining anything.

use std::collections::BTreeMap;

use crate::command::connect;
use crate::config::{Problem, Settings};
use crate::kafka::TopicPartition;
use crate::kafka::offsets::{LawNote, Note, Offsets};

/// Somebody who asks.
pub struct Laws<'s> {
    settings: &'s Settings,
    offsets: Offsets,
    partitions: Vec<TopicPartition>,
}

impl<'s> Laws<'s> {
    /// Whom to ask, once a broker has answered.
    ///
    /// # Errors
    /// Settings that the client refuses, or no broker answers.
    pub fn of(settings: &'s Settings) -> Result<Self, Problem> {
        connect::admin(settings)?;
        let group = format!("{}-decide", settings.application);
        let offsets = Offsets::of(&connect::connection(settings), &group).map_err(|error| connect::refused(settings, &error))?;
        let partitions = (0..settings.partitions as i32).map(|partition| TopicPartition::new(&settings.topics.intake, partition)).collect();
        Ok(Self { settings, offsets, partitions })
    }

    /// Partition → its law; `None`: it has none.
    ///
    /// # Errors
    /// No answer.
    pub fn ask(&self) -> Result<BTreeMap<i32, Option<LawNote>>, Problem> {
        Ok(self.notes()?.into_iter().map(|(partition, note)| (partition, note.law)).collect())
    }

    /// Partition → what Decide has noted of it: its law and its roster.
    ///
    /// # Errors
    /// No answer.
    pub fn notes(&self) -> Result<BTreeMap<i32, Note>, Problem> {
        let committed = self.offsets.committed(&self.partitions, false).map_err(|error| connect::refused(self.settings, &error))?;
        let notes = committed.iter().map(|committed| Note::decode(&committed.metadata));
        Ok(self.partitions.iter().map(|partition| partition.partition).zip(notes).collect())
    }
}

/// The greatest revision that any partition has.
pub fn latest(laws: &BTreeMap<i32, Option<LawNote>>) -> Option<&LawNote> {
    laws.values().flatten().max_by_key(|law| law.revision)
}

/// Numbers of partitions in few words: `all 12`, `0-3, 7`.
pub fn in_words(partitions: &[i32], all: usize) -> String {
    if partitions.len() == all {
        return if all == 1 { "the only one".to_owned() } else { format!("all {all}") };
    }
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for partition in partitions {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *partition => *last = *partition,
            _ => ranges.push((*partition, *partition)),
        }
    }
    let range = |(first, last): (i32, i32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.into_iter().map(range).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn partitions_are_said_in_few_words() {
        assert_eq!(in_words(&[0, 1, 2], 3), "all 3");
        assert_eq!(in_words(&[0], 1), "the only one");
        assert_eq!(in_words(&[0, 1, 2, 5, 7, 8], 12), "0-2, 5, 7-8");
    }
}
