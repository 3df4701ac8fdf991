//! TXN-3: folds the intake log again with the engine, and compares what followed with what is on the broker, byte for byte:
//! decisions, leads, follow-up, Decide's own dead letters and records of the log, and the latest rows of the changelog.
//!
//! It writes the outputs' keys, headers and values by itself, so a mistake of the pipeline is not repeated here. Two things it
//! takes from outside: a lead's `handed_off_at`, the only figure that a clock has put there, and the charter by which an offered
//! rulebook was judged, where a deployment has had more than one: the law that followed names it by its digest.

use std::collections::{BTreeMap, BTreeSet};

use relevo::contract::Timestamp;
use relevo::contract::TopicId;
use relevo::contract::account_key::FreeMail;
use relevo::contract::headers::{Headers, RELEVO_SOURCE, TRACEPARENT};
use relevo::contract::log::{
    self, ASSIGN_REQUESTED, ASSIGNED, CONTINUE, LOAD_CHANGED, POLICY_IN_FORCE, ROSTER_IN_FORCE, SIBLING_LEAD, WAIT_ENDED,
};
use relevo::contract::murmur2::partition_of_key;
use relevo::contract::outgoing::{self, DECISION, LEAD_QUALIFIED, LEAD_UPDATED, OWNER_SIGNALLED, OutgoingHeaders, Place};
use relevo::engine::{self, Append, Authority, Effect, Entry, LeadEvent, Step, To};
use relevo::state::{Format, LastRecord, Position, Store};

use super::Verdict;
use super::intake::parse_place;
use crate::records::Record;

impl Headers for Record {
    fn each(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }
}

/// Everything of a deployment that Decide read or wrote, as a careful reader sees it, by partition.
pub struct Left<'a> {
    pub application: &'a str,
    pub intake_topic: &'a str,
    pub intake: &'a [Vec<Record>],
    /// The next offset of each partition of the log that Decide has committed.
    pub committed: &'a [i64],
    pub changelog: &'a [Vec<Record>],
    pub decisions: &'a [Vec<Record>],
    pub leads: &'a [Vec<Record>],
    pub follow_up: &'a [Vec<Record>],
    pub dead_letters: &'a [Vec<Record>],
    /// The most bytes of a dead letter.
    pub dead_letter_bytes: usize,
    /// By what rulebooks were judged, in turn; at least one.
    pub authorities: &'a [Authority],
}

/// What the fold counted.
#[derive(Debug, Default)]
pub struct Counts {
    pub decisions: usize,
    pub leads: usize,
    pub follow_ups: usize,
    pub dead_letters: usize,
}

/// Which topic an output belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    Decisions,
    Leads,
    FollowUp,
    DeadLetters,
    Log(i32),
}

/// An output as it must stand in its topic.
#[derive(Debug, PartialEq, Eq)]
struct Output {
    key: Vec<u8>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

/// An output's identity: its topic, and the cause and index of the effect (a dead letter's: its cause).
type Id = (Which, String);

/// Rows of a changelog by key; `None`: a tombstone.
type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Where an output stands in the order of its causes: partition of the log, then offset and index of the effect.
type Order = (i32, (i64, usize));

/// Folds every partition and compares.
pub fn judge(left: &Left<'_>) -> (Counts, Verdict) {
    let mut verdict = Verdict::default();
    let mut counts = Counts::default();
    let (expected, rows) = fold(left, &handed_off(left.leads, &mut verdict));
    for (which, _) in expected.keys() {
        match which {
            Which::Decisions => counts.decisions += 1,
            Which::Leads => counts.leads += 1,
            Which::FollowUp => counts.follow_ups += 1,
            Which::DeadLetters => counts.dead_letters += 1,
            Which::Log(_) => {}
        }
    }
    compare_outputs(left, expected, &mut verdict);
    for (index, rows) in rows.iter().enumerate() {
        compare_rows(index, rows, &left.changelog[index], &mut verdict);
    }
    (counts, verdict)
}

/// What must be there: every output, and the rows of each partition's state.
fn fold(left: &Left<'_>, handed_off: &BTreeMap<String, Timestamp>) -> (BTreeMap<Id, Output>, Vec<Rows>) {
    let mut outputs = BTreeMap::new();
    let mut all_rows = Vec::new();
    for (index, records) in left.intake.iter().enumerate() {
        let mut store = Store::new(index as u32, left.intake.len() as u32);
        store.reads(left.changelog.get(index).and_then(|rows| log_of(rows)));
        let mut fold = Fold { left, handed_off, store, outputs: &mut outputs };
        let committed = left.committed[index];
        for record in records.iter().filter(|record| record.offset < committed) {
            fold.record(record);
        }
        let mut rows = Rows::new();
        // Nothing was ever promoted in this store, so all that it knows is staged.
        fold.store.write_staged(committed, |key, value| {
            rows.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        });
        all_rows.push(rows);
    }
    (outputs, all_rows)
}

/// When each hand-off happened, by its cause.
fn handed_off(leads: &[Vec<Record>], verdict: &mut Verdict) -> BTreeMap<String, Timestamp> {
    let mut found = BTreeMap::new();
    for record in leads.iter().flatten().filter(|record| record.header("ce_type") == Some(LEAD_QUALIFIED)) {
        let json = record.json();
        let (cause, at) = (json["cause"].as_str().unwrap_or_default(), json["clock"]["handed_off_at"].as_str().unwrap_or_default());
        match serde_json::from_value(at.into()) {
            Ok(at) => {
                found.insert(cause.to_owned(), at);
            }
            Err(_) => verdict.wrong.push(format!("the lead caused by {cause} was handed off at no time")),
        }
    }
    found
}

struct Fold<'a> {
    left: &'a Left<'a>,
    handed_off: &'a BTreeMap<String, Timestamp>,
    store: Store,
    outputs: &'a mut BTreeMap<Id, Output>,
}

impl Fold<'_> {
    fn record(&mut self, record: &Record) {
        let place = Place { topic: self.left.intake_topic, partition: record.partition, offset: record.offset };
        let cause = place.to_string();
        // Before the first hand-off of a record there is no wall clock to take; the log's own time is never after it.
        let wall = self.handed_off.get(&cause).copied().unwrap_or(Timestamp::EPOCH);
        let appended_at = Timestamp::from_ms(record.timestamp_ms);
        let moment = self.store.moment(appended_at, wall);
        self.store.folds(LastRecord { offset: record.offset, appended_at });
        let parsed = log::parse(record, record.value.as_deref().unwrap_or_default(), &FreeMail::default())
            .and_then(|parsed| Ok((log::account_of(record.key.as_deref(), &parsed)?, parsed)));
        let (key, parsed) = match parsed {
            Ok(parsed) => parsed,
            Err(refusal) => {
                let failed = outgoing::Failed {
                    place,
                    source: record.header(RELEVO_SOURCE),
                    key: record.key.as_deref(),
                    value: record.value.as_deref(),
                };
                let letter = outgoing::dead_letter(failed, record, &refusal, self.left.dead_letter_bytes);
                let headers = letter.headers.iter().map(|(name, value)| (name.to_string(), value.as_deref().map(<[u8]>::to_vec))).collect();
                let output = Output { key: letter.key.into_bytes(), value: letter.value.map(<[u8]>::to_vec), headers };
                self.outputs.insert((Which::DeadLetters, cause), output);
                return;
            }
        };
        let source = record.header(RELEVO_SOURCE).unwrap_or(&cause);
        let entry = Entry { key, record: parsed, cause: cause.as_str().into(), source: source.into() };
        let step = self.step(&entry, moment);
        self.store.stage(step.changes);
        for (index, effect) in step.effects.into_iter().enumerate() {
            self.effect(&cause, index, effect, moment.ingested_at, record.header(TRACEPARENT));
        }
    }

    /// The step; of an offered rulebook by the charter that the law in the log names, or by one that refuses it too.
    fn step(&mut self, entry: &Entry<'_>, moment: engine::Moment) -> Step {
        if !matches!(entry.record, log::Record::PolicyOffered(_) | log::Record::RosterOffered(_)) {
            return engine::step(&mut self.store, entry, moment);
        }
        let charter_of = |authority: &Authority| authority.charter.as_ref().map(|charter| charter.digest.to_string()).unwrap_or_default();
        let id = format!("{}.0", entry.cause);
        let law = self.left.intake[0].iter().find(|record| {
            let in_force = [Some(POLICY_IN_FORCE), Some(ROSTER_IN_FORCE)].contains(&record.header("ce_type"));
            in_force && record.header("ce_id") == Some(id.as_str())
        });
        let named = law.map(|law| law.json()["charter"].as_str().unwrap_or_default().to_owned());
        let mut last = None;
        for authority in self.left.authorities {
            self.store.judges_by(authority.clone());
            let step = engine::step(&mut self.store, entry, moment);
            let fits = match &named {
                // An unsigned law names no charter.
                Some(digest) => digest.is_empty() || *digest == charter_of(authority),
                None => step.effects.iter().all(|effect| !matches!(effect, Effect::Append(..))),
            };
            if fits {
                return step;
            }
            last = Some(step);
        }
        last.expect("a deployment judges by something")
    }

    fn effect(&mut self, cause: &str, index: usize, effect: Effect, ingested_at: Timestamp, parent: Option<&str>) {
        let (which, event, key, value) = match effect {
            Effect::Decision(decision) => (Which::Decisions, DECISION, decision.account_key.to_string(), json(&decision)),
            // Whether a copy is written depends on topics that no fold of the log knows: `routes` looks at copies.
            Effect::Lead { event, lead, also_to: _ } => {
                let event = match event {
                    LeadEvent::Qualified => LEAD_QUALIFIED,
                    LeadEvent::Updated => LEAD_UPDATED,
                };
                (Which::Leads, event, lead.account.key.to_string(), json(&lead))
            }
            Effect::FollowedUp(event) => (Which::FollowUp, event.what.event(), event.account_key.to_string(), json(&event)),
            Effect::OwnerSignalled(signal) => (Which::FollowUp, OWNER_SIGNALLED, signal.account_key.to_string(), json(&signal)),
            Effect::Append(to, append) => return self.append(cause, index, to, &append),
            Effect::PolicyRefused { .. } => return,
        };
        let headers = OutgoingHeaders::new(event, self.left.application, cause, index, ingested_at, parent);
        let headers = headers.each().map(|(name, value)| (name.to_owned(), Some(value.to_vec()))).collect();
        self.outputs.insert((which, format!("{cause}.{index}")), Output { key: key.into_bytes(), value: Some(value), headers });
    }

    fn append(&mut self, cause: &str, index: usize, to: To, append: &Append) {
        let (event, value) = match append {
            Append::PolicyInForce(law) => (POLICY_IN_FORCE, json(law)),
            Append::RosterInForce(roster) => (ROSTER_IN_FORCE, json(roster)),
            Append::AssignRequested(request) => (ASSIGN_REQUESTED, json(request)),
            Append::Assigned(answer) => (ASSIGNED, json(answer)),
            Append::LoadChanged(change) => (LOAD_CHANGED, json(change)),
            Append::WaitEnded(ended) => (WAIT_ENDED, json(ended)),
            Append::SiblingLead(told) => (SIBLING_LEAD, json(told)),
            Append::Continue => (CONTINUE, b"{}".to_vec()),
        };
        let count = self.left.intake.len() as u32;
        let (key, partitions) = match &to {
            To::All => (event, 0..count as i32),
            To::One(index) => (event, *index as i32..*index as i32 + 1),
            To::Own => {
                let own = parse_place(cause).expect("a place").1;
                (event, own..own + 1)
            }
            To::Key(key) => {
                let partition = partition_of_key(key.as_str().as_bytes(), count) as i32;
                (key.as_str(), partition..partition + 1)
            }
        };
        for partition in partitions {
            let output = Output { key: key.as_bytes().to_vec(), value: Some(value.clone()), headers: Vec::new() };
            self.outputs.insert((Which::Log(partition), format!("{cause}.{index}")), output);
        }
    }
}

fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("outputs are plain data")
}

/// Holds what must be there against what is.
fn compare_outputs(left: &Left<'_>, mut expected: BTreeMap<Id, Output>, verdict: &mut Verdict) {
    let mut seen = BTreeSet::new();
    let topics = [
        (Which::Decisions, left.decisions),
        (Which::Leads, left.leads),
        (Which::FollowUp, left.follow_up),
        (Which::DeadLetters, left.dead_letters),
    ];
    for (which, partitions) in topics {
        for records in partitions {
            let mut last = BTreeMap::<i32, (i64, usize)>::new();
            for record in records {
                let Some((id, order)) = identity(left, which, record) else { continue };
                if let Some(before) = last.insert(order.0, order.1).filter(|before| *before > order.1) {
                    verdict.wrong.push(format!("{which:?} {}-{}: {id} stands behind {before:?}", record.partition, record.offset));
                }
                compare_one(which, id, record, &mut expected, &mut seen, verdict);
            }
        }
    }
    for record in left.intake.iter().flatten() {
        if let Some(id) = own_record(record) {
            compare_one(Which::Log(record.partition), id, record, &mut expected, &mut seen, verdict);
        }
    }
    verdict.lost.extend(expected.into_keys().map(|(which, id)| format!("{which:?}: {id} is missing")));
}

/// An output's identity, and its place in the order of its cause's partition. `None`: Intake's dead letter, which the other
/// judge looks at.
fn identity(left: &Left<'_>, which: Which, record: &Record) -> Option<(String, Order)> {
    if which == Which::DeadLetters {
        let said = |name: &str| record.header(&format!("__streams.errors.{name}"));
        if said("topic") != Some(left.intake_topic) {
            return None;
        }
        let (partition, offset) = (said("partition")?.parse().ok()?, said("offset")?.parse().ok()?);
        return Some((format!("{}-{partition}-{offset}", left.intake_topic), (partition, (offset, 0))));
    }
    let id = record.header("ce_id").unwrap_or("without an identifier").to_owned();
    let order = id.rsplit_once('.').and_then(|(cause, index)| Some((parse_place(cause)?, index.parse().ok()?)));
    let order = order.map_or((-1, (0, 0)), |((_, partition, offset), index)| (partition, (offset, index)));
    Some((id, order))
}

/// The identity of a record that Decide itself has written to the log.
fn own_record(record: &Record) -> Option<String> {
    let event = record.header("ce_type")?;
    if !log::OF_DECIDE.contains(&event) {
        return None;
    }
    Some(record.header("ce_id").or(record.header(RELEVO_SOURCE)).unwrap_or("without an identifier").to_owned())
}

fn compare_one(
    which: Which,
    id: String,
    record: &Record,
    expected: &mut BTreeMap<Id, Output>,
    seen: &mut BTreeSet<Id>,
    verdict: &mut Verdict,
) {
    let id = (which, id);
    let Some(output) = expected.remove(&id) else {
        let text = format!("{which:?} {}-{}: {} is there once more", record.partition, record.offset, id.1);
        if seen.contains(&id) {
            verdict.doubled.push(text)
        } else {
            verdict.wrong.push(format!("{text} than the fold says"))
        }
        return;
    };
    let found = Output {
        key: record.key.clone().unwrap_or_default(),
        value: record.value.clone(),
        headers: if matches!(which, Which::Log(_)) { Vec::new() } else { record.headers.clone() },
    };
    if found != output {
        verdict.wrong.push(format!("{which:?} {}: {}", id.1, difference(&found, &output)));
    }
    seen.insert(id);
}

/// Where two outputs differ, in a line.
fn difference(found: &Output, expected: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if found.key != expected.key {
        return format!("key {} instead of {}", text(&found.key), text(&expected.key));
    }
    if found.headers != expected.headers {
        let show = |headers: &[(String, Option<Vec<u8>>)]| {
            headers
                .iter()
                .map(|(name, value)| format!("{name}={}", text(value.as_deref().unwrap_or_default())))
                .collect::<Vec<_>>()
                .join(" ")
        };
        return format!("headers {} instead of {}", show(&found.headers), show(&expected.headers));
    }
    let (found, expected) = (found.value.as_deref().unwrap_or_default(), expected.value.as_deref().unwrap_or_default());
    let at = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(40);
    let part = |bytes: &[u8]| text(&bytes[from.min(bytes.len())..bytes.len().min(at + 60)]);
    format!("from byte {at} on …{}… instead of …{}…", part(found), part(expected))
}

/// Which topic the log is, as the position says: of the log's records no one bears it.
fn log_of(changelog: &[Record]) -> Option<TopicId> {
    let row = changelog.iter().rev().find(|row| row.key_text() == "relevo:position")?;
    Format::default().decode::<Position>(row.value.as_deref()?).ok()?.log
}

/// The latest rows of the changelog are the state that the fold ends in.
fn compare_rows(index: usize, expected: &Rows, changelog: &[Record], verdict: &mut Verdict) {
    let mut rows = Rows::new();
    for record in changelog {
        rows.insert(record.key.clone().unwrap_or_default(), record.value.clone());
    }
    for (key, row) in expected {
        // A tombstone that was compacted away is as good as one that is there.
        if rows.get(key).unwrap_or(&None) != row {
            let found = if rows.contains_key(key) { "differs" } else { "is missing" };
            verdict.wrong.push(format!("changelog {index}: the row of {} {found}", String::from_utf8_lossy(key)));
        }
    }
    for key in rows.keys().filter(|key| !expected.contains_key(*key) && rows[*key].is_some()) {
        verdict.wrong.push(format!("changelog {index}: a row of {} that the fold never made", String::from_utf8_lossy(key)));
    }
}

#[cfg(test)]
mod tests {
    use relevo::contract::interaction::Interaction;
    use relevo::contract::log::INTERACTION;

    static NOBODY: std::sync::LazyLock<[Authority; 1]> = std::sync::LazyLock::new(Default::default);

    use super::*;
    use crate::workload::Workload;

    /// A log of one partition: interactions, and one record that is none.
    fn log() -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for (offset, sent) in Workload::new(11).interactions(30).into_iter().enumerate() {
            let value = sent.value.expect("a value");
            let key = Interaction::parse(&value).expect("valid").account_key(&FreeMail::default());
            let headers = [("ce_type", INTERACTION), ("ce_source", "tests"), (RELEVO_SOURCE, &format!("in-0-{offset}"))];
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Some(value.as_bytes().to_vec()))).collect();
            let timestamp_ms = 1_790_000_000_000 + offset as i64;
            records.push(Record {
                partition: 0,
                offset: offset as i64,
                timestamp_ms,
                key: Some(key.as_str().into()),
                value: Some(value),
                headers,
            });
        }
        records[20].value = Some(b"{".to_vec());
        records
    }

    /// The outputs of the fold as records of their topics, and the changelog.
    struct World {
        intake: Vec<Vec<Record>>,
        decisions: Vec<Record>,
        dead_letters: Vec<Record>,
        changelog: Vec<Record>,
    }

    impl World {
        fn judge(&self) -> (Counts, Verdict) {
            let (decisions, dead_letters) = ([self.decisions.clone()], [self.dead_letters.clone()]);
            judge(&Left {
                decisions: &decisions,
                dead_letters: &dead_letters,
                changelog: std::slice::from_ref(&self.changelog),
                ..Self::bare(&self.intake)
            })
        }

        fn bare(intake: &[Vec<Record>]) -> Left<'_> {
            Left {
                application: "tests",
                intake_topic: "log",
                intake,
                committed: &[30],
                changelog: &[],
                decisions: &[],
                leads: &[],
                follow_up: &[],
                dead_letters: &[],
                dead_letter_bytes: 100_000,
                authorities: &*NOBODY,
            }
        }

        fn new() -> Self {
            let intake = vec![log()];
            let (outputs, rows) = fold(&Self::bare(&intake), &BTreeMap::new());
            let mut world = Self { intake, decisions: Vec::new(), dead_letters: Vec::new(), changelog: Vec::new() };
            let record = |key, value, headers| Record { partition: 0, offset: 0, timestamp_ms: 0, key: Some(key), value, headers };
            // By cause: their identifiers are sorted as texts.
            let mut outputs: Vec<_> = outputs.into_iter().collect();
            outputs.sort_by_key(|((_, id), _)| parse_place(id.split('.').next().unwrap_or_default()));
            for ((which, _), output) in outputs {
                match which {
                    Which::Decisions => world.decisions.push(record(output.key, output.value, output.headers)),
                    Which::DeadLetters => world.dead_letters.push(record(output.key, output.value, output.headers)),
                    other => panic!("{other:?} before there is a law"),
                }
            }
            world.changelog = rows.into_iter().flatten().map(|(key, value)| record(key, value, Vec::new())).collect();
            world
        }

        /// What the judge finds after `spoil`: lost, doubled, wrong.
        fn spoilt(spoil: impl FnOnce(&mut World)) -> (usize, usize, usize) {
            let mut world = Self::new();
            spoil(&mut world);
            let (_, verdict) = world.judge();
            (verdict.lost.len(), verdict.doubled.len(), verdict.wrong.len())
        }
    }

    #[test]
    fn txn_3_the_judge_sees_a_lost_doubled_disordered_or_altered_output_and_row() {
        let (counts, verdict) = World::new().judge();
        verdict.assert_clean();
        assert!(counts.decisions >= 29 && counts.dead_letters == 1, "{counts:?}");
        assert_eq!(World::spoilt(|world| drop(world.decisions.remove(3))), (1, 0, 0));
        assert_eq!(World::spoilt(|world| world.decisions.push(world.decisions[28].clone())), (0, 1, 0));
        assert_eq!(World::spoilt(|world| world.decisions.swap(3, 17)), (0, 0, 2));
        assert_eq!(World::spoilt(|world| world.decisions[5].value.as_mut().expect("a value")[9] ^= 1), (0, 0, 1));
        assert_eq!(World::spoilt(|world| world.decisions[5].key = None), (0, 0, 1));
        assert_eq!(World::spoilt(|world| drop(world.decisions[5].headers.pop())), (0, 0, 1));
        assert_eq!(World::spoilt(|world| world.dead_letters.clear()), (1, 0, 0));
        assert_eq!(World::spoilt(|world| drop(world.changelog.remove(2))), (0, 0, 1));
        assert_eq!(World::spoilt(|world| world.changelog[2].value.as_mut().expect("a row")[5] ^= 1), (0, 0, 1));
        assert_eq!(World::spoilt(|world| world.changelog[1].key = Some(b"other.example".to_vec())), (0, 0, 2));
        // State that counts an event twice, or not at all, shows in the row of its account.
        assert_ne!(World::spoilt(|world| drop(world.intake[0].remove(4))).2, 0);
    }
}
