//! What an owner writes beside its committed offsets, for whoever takes over or wants to know.
//!
//! A line of `key=value` parts with `;` between them. A reader passes over the parts that it does not know, so a part can be added.
//! It knows what is written there, and not what follows from it.

use crate::contract::TopicId;

/// What stands beside a committed offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The producer that may have left a transaction open.
    pub transactional_id: String,
    /// The law in force, where the owner folds the log.
    pub law: Option<LawNote>,
    /// The roster in force, likewise.
    pub roster: Option<LawNote>,
    /// The topic that the offset belongs to.
    pub topic: Option<TopicId>,
    /// The changelog that the state is in, where the owner folds the log.
    pub changelog: Option<TopicId>,
    /// Digests of the settings that all pods must share, by group; empty: not said.
    pub shared: String,
}

/// A rulebook or a roster as it is noted: which, and whether anybody signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawNote {
    /// Its revision.
    pub revision: u32,
    /// Its digest.
    pub digest: String,
    /// Nobody signed it.
    pub unsigned: bool,
}

impl Note {
    /// As it stands in the offset's metadata: `tid=…`, and what else there is: `;law=7:sha256:…`, `;unsigned=true`, `;roster=12:sha256:…`,
    /// `;unsigned-roster=true`, `;with=topics:…,limits:…`.
    pub fn encode(&self) -> String {
        let mut parts = vec![("tid", self.transactional_id.clone())];
        for (noted, key, unsigned) in [(&self.law, "law", "unsigned"), (&self.roster, "roster", "unsigned-roster")] {
            if let Some(noted) = noted {
                parts.push((key, format!("{}:{}", noted.revision, noted.digest)));
                parts.extend(noted.unsigned.then(|| (unsigned, "true".to_owned())));
            }
        }
        parts.extend(self.topic.map(|id| ("topic", id.to_string())));
        parts.extend(self.changelog.map(|id| ("changelog", id.to_string())));
        if !self.shared.is_empty() {
            parts.push(("with", self.shared.clone()));
        }
        parts.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(";")
    }

    /// Reads it back; what is not ours reads as nothing.
    pub fn decode(metadata: &str) -> Self {
        let mut note = Self::default();
        let read = |text: &str| {
            let (revision, digest) = text.split_once(':')?;
            Some(LawNote { revision: revision.parse().ok()?, digest: digest.to_owned(), unsigned: false })
        };
        for part in metadata.split(';') {
            match part.split_once('=') {
                Some(("tid", id)) => id.clone_into(&mut note.transactional_id),
                Some(("law", law)) => note.law = read(law),
                Some(("roster", roster)) => note.roster = read(roster),
                Some(("unsigned", "true")) => note.law.iter_mut().for_each(|law| law.unsigned = true),
                Some(("unsigned-roster", "true")) => note.roster.iter_mut().for_each(|roster| roster.unsigned = true),
                Some(("topic", id)) => note.topic = id.parse().ok(),
                Some(("changelog", id)) => note.changelog = id.parse().ok(),
                Some(("with", shared)) => shared.clone_into(&mut note.shared),
                _ => {}
            }
        }
        note
    }
}

#[cfg(test)]
mod tests {
    use super::{LawNote, Note, TopicId};

    #[test]
    fn a_note_reads_back_and_foreign_metadata_reads_as_nothing() {
        for unsigned in [false, true] {
            let law = Some(LawNote { revision: 7, digest: "sha256:00ff".into(), unsigned });
            let shared = if unsigned { "topics:ab12,limits:cd34".to_owned() } else { String::new() };
            let roster = LawNote { revision: 12, digest: "sha256:ff00".into(), unsigned: shared.is_empty() };
            let note = Note {
                transactional_id: "relevo.decide.a.0".into(),
                law,
                roster: Some(roster),
                topic: TopicId::of_halves(1, -7).filter(|_| unsigned),
                changelog: TopicId::of_halves(0, 3).filter(|_| unsigned),
                shared,
            };
            assert_eq!(Note::decode(&note.encode()), note);
        }
        let known = Note { transactional_id: "a.decide.b.0".into(), ..Note::default() };
        assert_eq!(Note::decode("later=1;tid=a.decide.b.0;more;=;with"), known, "parts of a later version are passed over");
        assert_eq!(Note::decode(""), Note::default());
        assert_eq!(Note::decode("{\"x\":1};law=seven"), Note::default());
    }
}
