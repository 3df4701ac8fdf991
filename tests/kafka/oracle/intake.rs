//! TXN-4 of Intake: every committed input is on the log as often as it must be, or is one dead letter, or was ignored; in
//! order for each source partition; and the log bears the input's own bytes under the right key in the right partition.

use std::collections::BTreeMap;

use relevo::contract::account_key::FreeMail;
use relevo::contract::activity::Activity;
use relevo::contract::interaction::Interaction;
use relevo::contract::murmur2::partition_of_key;
use relevo::contract::outgoing::dead;

use super::Verdict;
use crate::records::Record;
use crate::workload::{EXPECT, MAPPED};

/// Where an input lies: topic, partition, offset.
type Place = (String, i32, i64);

/// What the judge counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub inputs: usize,
    pub forwarded: usize,
    pub dead_letters: usize,
}

/// Compares the committed inputs of one topic (by partition) with the log and the dead letters.
pub fn judge(topic: &str, inputs: &[Vec<Record>], log: &[Vec<Record>], dead_letters: &[Vec<Record>]) -> (Counts, Verdict) {
    let mut verdict = Verdict::default();
    let mut counts = Counts::default();
    let on_log = sources_on_log(topic, log, &mut verdict);
    let dead = sources_of_dead_letters(topic, dead_letters);
    for (partition, records) in inputs.iter().enumerate() {
        for record in records {
            counts.inputs += 1;
            let place = (topic.to_owned(), partition as i32, record.offset);
            let copies = on_log.get(&place).map_or(&[][..], Vec::as_slice);
            let letters = dead.get(&place).map_or(&[][..], Vec::as_slice);
            counts.forwarded += copies.len();
            counts.dead_letters += letters.len();
            match record.header(EXPECT) {
                Some("forwarded") => {
                    verdict.count("forwarded", &place, copies.len(), 1);
                    verdict.count("dead letter", &place, letters.len(), 0);
                    copies.iter().for_each(|copy| verdict.compare_copy(&place, record, copy, log.len()));
                }
                // A foreign document: the log bears what a map must make of it, which the test itself wrote down beside it.
                Some("mapped") => {
                    verdict.count("forwarded", &place, copies.len(), 1);
                    verdict.count("dead letter", &place, letters.len(), 0);
                    copies.iter().for_each(|copy| verdict.compare_mapped(&place, record, copy, log.len()));
                }
                // Account facts go to each domain's key, and which domains there are to every partition; a tombstone to all.
                Some(account) if account.starts_with("account:") => {
                    let facts: usize = account["account:".len()..].parse().expect("a number of records");
                    verdict.count("forwarded", &place, copies.len(), facts + log.len());
                    verdict.count("dead letter", &place, letters.len(), 0);
                }
                Some("ignored") => verdict.count("outcome", &place, copies.len() + letters.len(), 0),
                Some(code) => {
                    verdict.count("forwarded", &place, copies.len(), 0);
                    verdict.count("dead letter", &place, letters.len(), 1);
                    letters.iter().for_each(|letter| verdict.compare_letter(&place, code, record, letter));
                }
                None => verdict.wrong.push(format!("{place:?} does not say what must become of it")),
            }
        }
    }
    let known: usize = inputs.iter().map(Vec::len).sum();
    let named = on_log.keys().chain(dead.keys()).filter(|place| !is_an_input(place, inputs)).count();
    if named > 0 {
        verdict.wrong.push(format!("{named} outcomes name records that are none of the {known} committed inputs of {topic}"));
    }
    (counts, verdict)
}

fn is_an_input(place: &Place, inputs: &[Vec<Record>]) -> bool {
    inputs[place.1 as usize].binary_search_by_key(&place.2, |record| record.offset).is_ok()
}

/// The log's records by the input that they came from, and whether each partition of it keeps the inputs' order.
fn sources_on_log<'a>(topic: &str, log: &'a [Vec<Record>], verdict: &mut Verdict) -> BTreeMap<Place, Vec<&'a Record>> {
    let mut found = BTreeMap::<Place, Vec<&Record>>::new();
    for records in log {
        let mut last = BTreeMap::<i32, i64>::new();
        for record in records {
            let Some(place) = record.header("relevo_source").and_then(parse_place).filter(|place| place.0 == topic) else {
                continue;
            };
            if let Some(before) = last.insert(place.1, place.2).filter(|before| *before > place.2) {
                verdict.wrong.push(format!("log {}-{}: {place:?} stands behind offset {before}", record.partition, record.offset));
            }
            found.entry(place).or_default().push(record);
        }
    }
    found
}

fn sources_of_dead_letters<'a>(topic: &str, dead_letters: &'a [Vec<Record>]) -> BTreeMap<Place, Vec<&'a Record>> {
    let mut found = BTreeMap::<Place, Vec<&Record>>::new();
    for record in dead_letters.iter().flatten() {
        // Decide's dead letters bear the same key, and name the log.
        let of_intake = record.header("__streams.errors.topic") == Some(topic);
        if let Some(place) = parse_place(record.key_text()).filter(|_| of_intake) {
            found.entry(place).or_default().push(record);
        }
    }
    found
}

/// Reads `topic-partition-offset`; the topic may have dashes.
pub fn parse_place(text: &str) -> Option<Place> {
    let mut parts = text.rsplitn(3, '-');
    let offset = parts.next()?.parse().ok()?;
    let partition = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), partition, offset))
}

impl Verdict {
    fn count(&mut self, what: &str, place: &Place, found: usize, wanted: usize) {
        let line = || format!("{place:?}: {what} {found} times instead of {wanted}");
        match found.cmp(&wanted) {
            std::cmp::Ordering::Less => self.lost.push(line()),
            std::cmp::Ordering::Greater => self.doubled.push(line()),
            std::cmp::Ordering::Equal => {}
        }
    }

    /// The log's copy has the input's bytes, and the key and partition that the contract's account key says (KEY-1).
    fn compare_copy(&mut self, place: &Place, input: &Record, copy: &Record, partitions: usize) {
        if input.value != copy.value {
            self.wrong.push(format!("{place:?}: the log bears other bytes than the input"));
        }
        self.compare_key(place, input.value.as_deref().unwrap_or_default(), copy, partitions);
    }

    /// The log's copy is the interaction that the map must make, under its key.
    fn compare_mapped(&mut self, place: &Place, input: &Record, copy: &Record, partitions: usize) {
        let expected = input.header(MAPPED).expect("a mapped input says what must become of it");
        let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        if copy.value.as_deref().and_then(json) != json(expected.as_bytes()) {
            self.wrong.push(format!("{place:?}: the log bears another interaction than the map must make"));
        }
        self.compare_key(place, expected.as_bytes(), copy, partitions);
    }

    /// An interaction's key is its account, an activity's its lead, which leads to the account's partition.
    fn compare_key(&mut self, place: &Place, event: &[u8], copy: &Record, partitions: usize) {
        let partitions = partitions as u32;
        let (key, partition) = if let Ok(activity) = Activity::parse(event) {
            (activity.lead_id.to_string(), activity.lead_id.partition(partitions))
        } else if let Ok(interaction) = Interaction::parse(event) {
            let key = interaction.account_key(&FreeMail::default()).to_string();
            let partition = partition_of_key(key.as_bytes(), partitions);
            (key, partition)
        } else {
            self.wrong.push(format!("{place:?}: forwarded, but it can't be parsed"));
            return;
        };
        if copy.key_text() != key || copy.partition != partition as i32 {
            let (found, at) = (copy.key_text(), copy.partition);
            self.wrong.push(format!("{place:?}: under {found} in partition {at}, not under {key} in {partition}"));
        }
    }

    /// A dead letter says its code and its source, bears the input's bytes (or their beginning, flagged), and says no value.
    fn compare_letter(&mut self, place: &Place, code: &str, input: &Record, letter: &Record) {
        if letter.header("relevo_error_code") != Some(code) {
            self.wrong.push(format!("{place:?}: code {:?} instead of {code}", letter.header("relevo_error_code")));
        }
        let said = ["topic", "partition", "offset"].map(|name| letter.header(&format!("__streams.errors.{name}")));
        if said != [Some(place.0.as_str()), Some(&place.1.to_string()), Some(&place.2.to_string())] {
            self.wrong.push(format!("{place:?}: the dead letter says {said:?}"));
        }
        let (input, letter_value) = (input.value.as_deref().unwrap_or_default(), letter.value.as_deref().unwrap_or_default());
        let cut = letter.headers.iter().any(|(name, _)| name == dead::CUT);
        if input != letter_value && !(cut && input.starts_with(letter_value)) {
            self.wrong.push(format!("{place:?}: the dead letter bears other bytes than the input"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;

    fn lay(partition: i32, offset: i64, key: &str, value: &[u8], headers: &[(&str, &str)]) -> Record {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Some(value.as_bytes().to_vec()))).collect();
        Record { partition, offset, timestamp_ms: 1, key: Some(key.into()), value: Some(value.to_vec()), headers }
    }

    /// Three inputs and their copies on a log of one partition.
    fn sample() -> (Vec<Vec<Record>>, Vec<Vec<Record>>) {
        let (mut inputs, mut log) = (Vec::new(), Vec::new());
        for (index, sent) in Workload::new(7).interactions(3).into_iter().enumerate() {
            let value = sent.value.expect("a value");
            let key = Interaction::parse(&value).expect("valid").account_key(&FreeMail::default());
            inputs.push(lay(0, index as i64, "p", &value, &[(EXPECT, "forwarded")]));
            log.push(lay(0, index as i64, key.as_str(), &value, &[("relevo_source", &format!("in-put-0-{index}"))]));
        }
        (vec![inputs], vec![log])
    }

    fn verdict(inputs: &[Vec<Record>], log: &[Vec<Record>]) -> (usize, usize, usize) {
        let (_, verdict) = judge("in-put", inputs, log, &[]);
        (verdict.lost.len(), verdict.doubled.len(), verdict.wrong.len())
    }

    #[test]
    fn txn_4_the_judge_sees_what_is_lost_doubled_disordered_or_altered() {
        let (inputs, log) = sample();
        assert_eq!(verdict(&inputs, &log), (0, 0, 0));
        let mut lost = log.clone();
        lost[0].remove(1);
        assert_eq!(verdict(&inputs, &lost), (1, 0, 0));
        let mut doubled = log.clone();
        doubled[0].push(log[0][2].clone());
        assert_eq!(verdict(&inputs, &doubled), (0, 1, 0));
        let mut disordered = log.clone();
        disordered[0].swap(0, 1);
        assert_eq!(verdict(&inputs, &disordered), (0, 0, 1));
        let mut altered = log.clone();
        altered[0][0].key = Some(b"other.example".to_vec());
        assert_eq!(verdict(&inputs, &altered), (0, 0, 1));
        // A mapped input, whose copy must be what the test wrote down.
        let mut mapped = inputs.clone();
        let expected = String::from_utf8(mapped[0][0].value.clone().expect("a value")).expect("JSON");
        mapped[0][0].value = Some(b"{\"foreign\":1}".to_vec());
        mapped[0][0].headers = vec![(EXPECT.to_owned(), Some(b"mapped".to_vec())), (MAPPED.to_owned(), Some(expected.into_bytes()))];
        assert_eq!(verdict(&mapped, &log), (0, 0, 0));
        let mut foreign = log.clone();
        foreign[0][0].value = mapped[0][0].value.clone();
        assert_eq!(verdict(&mapped, &foreign), (0, 0, 1));
        let mut unknown = log.clone();
        unknown[0].push(lay(0, 9, "k", b"v", &[("relevo_source", "in-put-0-77")]));
        assert_eq!(verdict(&inputs, &unknown), (0, 0, 1));
    }
}
