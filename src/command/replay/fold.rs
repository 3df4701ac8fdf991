//! The fold of a history under one rulebook, or under the laws that the history itself brings.
//!
//! The state is the service's own store, written to its compact form now and then, so that a million accounts fit into memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::log::{InForce, Record};
use crate::contract::{AccountKey, Timestamp};
use crate::engine::{self, Account, Append, Change, Effect, Entry, Law, To, View as _};
use crate::rulebook::Rulebook;
use crate::state::Store;

/// After so many records the state is written to its compact form: until then accounts stay as they are worked with.
const COMPACT_EVERY: u32 = 50_000;

/// By which rules a history is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laws {
    /// By one rulebook from the first event on, whatever the history says and whenever it takes effect.
    One,
    /// By the laws that the history itself brings.
    OfTheHistory,
}

/// A fold.
pub struct Fold {
    laws: Laws,
    law: Option<Law>,
    stores: BTreeMap<u32, Store>,
    folded: i64,
    since_compact: u32,
}

impl Fold {
    /// A fold of a history under this rulebook.
    pub fn under(rulebook: &Arc<Rulebook>) -> Self {
        let record = InForce {
            digest: rulebook.digest.clone(), // and no text: nothing is restored from this state
            revision: rulebook.revision,
            ..InForce::default()
        };
        let law = Law { rulebook: rulebook.clone(), record: Arc::new(record) };
        Self { laws: Laws::One, law: Some(law), ..Self::by_its_own_laws() }
    }

    /// A fold of a log that brings its own laws.
    pub fn by_its_own_laws() -> Self {
        Self { laws: Laws::OfTheHistory, law: None, stores: BTreeMap::new(), folded: 0, since_compact: 0 }
    }

    /// Folds one record of a partition, and whatever becomes due by it. Everything that follows, in order.
    pub fn take(&mut self, partition: u32, entry: &Entry<'_>, ingested_at: Timestamp) -> Vec<Effect> {
        let law = matches!(entry.record, Record::PolicyOffered(_) | Record::PolicyInForce(_));
        if law && self.laws == Laws::One {
            return Vec::new();
        }
        self.since_compact += 1;
        if self.since_compact >= COMPACT_EVERY {
            self.compact();
        }
        let store = store(&mut self.stores, partition, self.law.as_ref());
        let mut effects = step(store, entry, ingested_at);
        self.folded += 1;
        // Where the log is the history, it has its own `continue`.
        while self.laws == Laws::One && effects.contains(&Effect::Append(To::Own, Append::Continue)) {
            effects.retain(|effect| *effect != Effect::Append(To::Own, Append::Continue));
            effects.extend(step(store, &Entry { record: Record::Continue, ..entry.clone() }, ingested_at));
        }
        effects
    }

    /// An account as it stands now.
    pub fn account(&self, partition: u32, key: &AccountKey) -> Option<Account> {
        self.stores.get(&partition)?.account(key)
    }

    /// The rulebook in force in a partition now.
    pub fn rulebook(&self, partition: u32) -> Option<&Rulebook> {
        self.stores.get(&partition)?.partition().law.as_ref().map(|law| law.rulebook.as_ref())
    }

    fn compact(&mut self) {
        self.since_compact = 0;
        for store in self.stores.values_mut() {
            store.write_staged(self.folded, |_, _| {});
            store.promote(self.folded);
        }
    }
}

fn step(store: &mut Store, entry: &Entry<'_>, ingested_at: Timestamp) -> Vec<Effect> {
    // The wall only stamps hand-offs: here they happen at once.
    let moment = store.moment(ingested_at, ingested_at);
    let step = engine::step(store, entry, moment);
    store.stage(step.changes);
    step.effects
}

/// The store of a partition, with the law in force where there is one.
fn store<'s>(stores: &'s mut BTreeMap<u32, Store>, partition: u32, law: Option<&Law>) -> &'s mut Store {
    stores.entry(partition).or_insert_with(|| {
        let mut store = Store::new(partition, 1);
        store.stage(law.map(|law| Change::Law(law.clone())).into_iter().collect());
        store
    })
}

#[cfg(test)]
mod tests {
    use compact_str::CompactString;

    use super::*;
    use crate::contract::account_key::FreeMail;
    use crate::contract::time::DAY_MS;
    use crate::contract::{Interaction, Kind};
    use crate::rulebook::compile;

    const RULEBOOK: &str = include_str!("../../../tests/kafka/data/rulebook.yaml");

    /// Tells a story of three companies over half a year and more.
    fn told(mut each: impl FnMut(&Entry<'_>, Timestamp)) {
        for n in 0..240_i64 {
            let at = Timestamp::from_ms(n * DAY_MS);
            let kind = Kind::KNOWN[(n as usize * 7) % Kind::KNOWN.len()].as_str();
            let json = format!(
                r#"{{"interaction_id":"i-{n}","occurred_at":"{at}","kind":"{kind}","offering":"crm-suite","campaign":{{"id":"c-{}"}},
                "person":{{"id":"p-{}","role":"cfo"}},"company":{{"domain":"a{}.example","employees":200,"industry":"manufacturing"}},
                "declared":{{"authority":"budget_holder","timeframe_days":60}}}}"#,
                n % 5,
                n % 7,
                n % 3
            );
            let interaction = Interaction::parse(json.as_bytes()).expect("an interaction");
            let key = interaction.account_key(&FreeMail::default());
            let record = Record::Interaction("test".into(), Box::new(interaction));
            let cause = CompactString::from(format!("history-0-{n}"));
            each(&Entry { key, record, cause: cause.clone(), source: cause }, at);
        }
    }

    #[test]
    fn txn_3_writing_the_state_down_changes_no_decision() {
        let rulebook = Arc::new(compile(RULEBOOK.as_bytes(), "rulebook").expect("it loads"));
        let (mut at_hand, mut written) = (Fold::under(&rulebook), Fold::under(&rulebook));
        let mut leads = 0;
        told(|entry, at| {
            let effects = at_hand.take(0, entry, at);
            assert_eq!(written.take(0, entry, at), effects);
            written.compact();
            leads += effects.iter().filter(|effect| matches!(effect, Effect::Lead { .. })).count();
        });
        assert!(leads > 3, "{leads}");
        let key = AccountKey::from_trusted("a1.example");
        assert!(at_hand.account(0, &key).is_some());
        assert_eq!(at_hand.account(0, &key), written.account(0, &key));
    }

    #[test]
    fn qual_4_one_rulebook_stays_whatever_laws_the_history_brings() {
        let rulebook = Arc::new(compile(RULEBOOK.as_bytes(), "rulebook").expect("it loads"));
        let other = RULEBOOK.replace("revision: 1", "revision: 2");
        let record = InForce { digest: crate::rulebook::digest(other.as_bytes()), file: other, revision: 2, ..InForce::default() };
        let law = Entry {
            key: AccountKey::from_trusted("law"),
            record: Record::PolicyInForce(record),
            cause: CompactString::const_new("log-0-1"),
            source: CompactString::const_new("log-0-1"),
        };
        let (mut one, mut its_own) = (Fold::under(&rulebook), Fold::by_its_own_laws());
        told(|entry, at| {
            for fold in [&mut one, &mut its_own] {
                fold.take(0, entry, at);
                fold.take(0, &law, at);
            }
        });
        assert_eq!(one.rulebook(0).map(|rulebook| rulebook.revision), Some(1));
        assert_eq!(its_own.rulebook(0).map(|rulebook| rulebook.revision), Some(2));
    }
}
