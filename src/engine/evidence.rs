//! Evidence: interactions that are kept because they may count.
//!
//! Points are not kept: they are made anew from the typed facts when the rulebook changes. What is kept beside the facts is which
//! criteria match that read nothing but the evidence: they can't change until the rulebook does.

use compact_str::CompactString;
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::account::{Account, MAX_EVIDENCE, MAX_EVIDENCE_BYTES};
use super::names::Name;
use crate::contract::interaction::{Interaction, Scalar};
use crate::contract::{Class, Kind, Timestamp};
use crate::rulebook::compiled::{AttributeKind, MAX_CRITERIA};
use crate::rulebook::{Rulebook, Subject};

/// A scalar of the user's own, as state keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// Of type `bool`.
    Bool(bool),
    /// Of type `int` or `double`.
    Number(f64),
    /// Of type `string`.
    Text(CompactString),
}

impl Fact {
    /// Whether it is of a declared type.
    pub(super) fn is_of(&self, kind: AttributeKind) -> bool {
        match (self, kind) {
            (Fact::Bool(_), AttributeKind::Bool) | (Fact::Number(_), AttributeKind::Double) | (Fact::Text(_), AttributeKind::Text) => true,
            (Fact::Number(value), AttributeKind::Int) => value.fract() == 0.0,
            _ => false,
        }
    }
}

/// A set of criteria, by their place in the rulebook: a bit each. The first 64 stand in place: few rulebooks have more, and an
/// account keeps many sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriteriaSet {
    first: u64,
    rest: Option<Box<[u64; WORDS - 1]>>,
}

const WORDS: usize = MAX_CRITERIA.div_ceil(64);

impl CriteriaSet {
    /// Adds a criterion.
    pub fn insert(&mut self, place: usize) {
        *self.word(place / 64) |= 1 << (place % 64);
    }

    fn word(&mut self, word: usize) -> &mut u64 {
        if word == 0 { &mut self.first } else { &mut self.rest.get_or_insert_default()[word - 1] }
    }

    fn words(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().flat_map(|rest| rest.iter().copied()))
    }

    /// The criteria in the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let place = bits.trailing_zeros() as usize;
                (bits != 0).then(|| {
                    bits &= bits - 1;
                    word * 64 + place
                })
            })
        })
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.words().all(|word| word == 0)
    }
}

impl Serialize for CriteriaSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unused = self.words().rev().take_while(|word| *word == 0).count();
        let used = self.words().count() - unused;
        let mut words = serializer.serialize_seq(Some(used))?;
        self.words().take(used).try_for_each(|word| words.serialize_element(&word))?;
        words.end()
    }
}

impl<'de> Deserialize<'de> for CriteriaSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Set;
        impl<'de> serde::de::Visitor<'de> for Set {
            type Value = CriteriaSet;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "at most {WORDS} words of bits")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut words: A) -> Result<CriteriaSet, A::Error> {
                let mut set = CriteriaSet::default();
                let mut place = 0;
                while let Some(word) = words.next_element()? {
                    if place == WORDS {
                        return Err(serde::de::Error::invalid_length(place + 1, &self));
                    }
                    *set.word(place) = word;
                    place += 1;
                }
                Ok(set)
            }
        }
        deserializer.deserialize_seq(Set)
    }
}

/// One interaction that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Identifier.
    pub interaction_id: CompactString,
    /// Its `ce_source`, in [`Account::words`].
    pub source: Name,
    /// When, clamped.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// What it counts as under the rulebook of [`Account::matched_under`].
    pub class: Class,
    /// Who, in [`Account::people_names`].
    pub person: Name,
    /// Where, in [`Account::campaigns`].
    pub campaign: Name,
    /// The campaign's agency, in [`Account::words`], as all below.
    pub agency: Name,
    /// The campaign's channel.
    pub channel: Name,
    /// The person's role, as this interaction says.
    pub role: Name,
    /// Their department.
    pub department: Name,
    /// Their seniority.
    pub seniority: Name,
    /// The offering that it is about.
    pub offering: Name,
    /// Consent, as this interaction says.
    pub consent: Option<bool>,
    /// Whether the e-mail that this interaction brings is of the account's domain.
    pub work_email: Option<bool>,
    /// Attributes that the rulebook declares: name and value.
    pub attributes: Box<[(Name, Fact)]>,
    /// Criteria of intent that match and read nothing but the evidence.
    pub matched: CriteriaSet,
}

impl Evidence {
    /// What it takes beyond its share of the account's tables, about.
    fn bytes(&self) -> usize {
        let of_fact = |fact: &Fact| match fact {
            Fact::Text(text) => text.len(),
            Fact::Bool(_) | Fact::Number(_) => 8,
        };
        self.interaction_id.len() + self.attributes.iter().map(|(_, fact)| 4 + of_fact(fact)).sum::<usize>()
    }

    /// Every text that it has in [`Account::words`].
    pub fn words_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        let own = [
            &mut self.source,
            &mut self.agency,
            &mut self.channel,
            &mut self.role,
            &mut self.department,
            &mut self.seniority,
            &mut self.offering,
        ];
        own.into_iter().chain(self.attributes.iter_mut().map(|(name, _)| name))
    }
}

/// A stable hash of what makes an interaction itself: its source and identifier.
pub fn identity_hash(source: &str, interaction_id: &str) -> u64 {
    let seed = xxhash_rust::xxh3::xxh3_64(source.as_bytes());
    xxhash_rust::xxh3::xxh3_64_with_seed(interaction_id.as_bytes(), seed)
}

impl Account {
    /// Makes evidence of an interaction, with its texts in this account's tables. It is not kept yet.
    pub fn evidence_of(&mut self, source: &str, interaction: &Interaction<'_>, at: Timestamp, rulebook: Option<&Rulebook>) -> Evidence {
        let person = &interaction.person;
        let words = &mut self.words;
        let mut attributes = Vec::new();
        for declared in rulebook.map_or(&[][..], |rulebook| &rulebook.attributes) {
            let value = interaction.attributes.iter().find(|(name, _)| name.as_ref() == declared.name.as_str());
            if let Some(fact) = value.and_then(|(_, value)| typed(value, declared.kind)) {
                attributes.push((words.intern(&declared.name), fact));
            }
        }
        Evidence {
            interaction_id: interaction.interaction_id.as_ref().into(),
            source: words.intern(source),
            at,
            class: rulebook.map_or(interaction.kind.ceiling(), |rulebook| rulebook.class_of(&interaction.kind)),
            kind: interaction.kind.clone(),
            person: self.people_names.intern(&person.id),
            campaign: self.campaigns.intern(&interaction.campaign.id),
            agency: words.intern_option(interaction.campaign.agency.as_deref()),
            channel: words.intern_option(interaction.campaign.channel.as_deref()),
            role: words.intern_option(person.role.as_deref()),
            department: words.intern_option(person.department.as_deref()),
            seniority: words.intern_option(person.seniority.as_deref()),
            offering: words.intern_option(interaction.offerings().next()),
            consent: person.consent.map(|consent| consent.contact),
            work_email: None,
            attributes: attributes.into(),
            matched: CriteriaSet::default(),
        }
    }

    /// Keeps evidence in its place. At the cap what is below intent makes room first, then the oldest.
    pub fn keep(&mut self, evidence: Evidence) {
        let order = |kept: &Evidence| (kept.at, kept.interaction_id.as_str()) < (evidence.at, evidence.interaction_id.as_str());
        let mut place = self.evidence.partition_point(order);
        let mut bytes: usize = self.evidence.iter().chain([&evidence]).map(Evidence::bytes).sum();
        while self.evidence.len() >= MAX_EVIDENCE || (bytes > MAX_EVIDENCE_BYTES && !self.evidence.is_empty()) {
            // The new one makes room itself if it stands before whoever else would.
            let below = |kept: &Evidence| kept.class < Class::Intent;
            let makes_room = match self.evidence.iter().position(below) {
                Some(oldest) => (!below(&evidence) || oldest < place).then_some(oldest),
                None => (!below(&evidence) && place > 0).then_some(0),
            };
            let Some(makes_room) = makes_room else { return };
            bytes -= self.evidence.remove(makes_room).bytes();
            place -= usize::from(makes_room < place);
        }
        self.evidence.insert(place, evidence);
    }

    /// Matches all evidence anew if the rulebook is another than at the last time.
    pub fn match_under(&mut self, rulebook: &Rulebook, subject: impl Fn(&Account, &Evidence) -> CriteriaSet) {
        let hash = xxhash_rust::xxh3::xxh3_64(rulebook.digest.as_bytes()).max(1);
        if self.matched_under == hash {
            return;
        }
        self.matched_under = hash;
        let mut evidence = std::mem::take(&mut self.evidence);
        for kept in &mut evidence {
            kept.class = rulebook.class_of(&kept.kind);
            kept.matched = subject(self, kept);
        }
        self.evidence = evidence;
    }
}

/// The criteria of intent that match and read nothing but the evidence.
pub fn matched_by_evidence<S: Subject>(rulebook: &Rulebook, subject: &S) -> CriteriaSet {
    let mut set = CriteriaSet::default();
    for (place, criterion) in rulebook.intent.criteria.iter().enumerate() {
        if !criterion.reads(crate::rulebook::subject::Scope::Account) && criterion.when.truth(subject).holds() {
            set.insert(place);
        }
    }
    set
}

fn typed(value: &Scalar<'_>, kind: AttributeKind) -> Option<Fact> {
    let fact = match value {
        Scalar::Bool(value) => Fact::Bool(*value),
        Scalar::Number(value) => Fact::Number(*value),
        Scalar::Text(text) => Fact::Text(text.as_ref().into()),
    };
    Some(fact).filter(|fact| fact.is_of(kind))
}
