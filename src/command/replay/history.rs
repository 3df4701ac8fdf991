//! Where a history comes from, and how it is told: record by record, each with the moment at which it is taken.

use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use compact_str::{CompactString, format_compact};

use super::archive::Archive;
use super::progress::Progress;
use super::reading::Reading;
use super::refused::Refused;
use super::{Stretch, topic};
use crate::command::Usage;
use crate::command::connect;
use crate::config::{Problem, Settings};
use crate::contract::code::{HISTORY_EMPTY, HISTORY_UNREADABLE};
use crate::contract::headers::{CE_TYPE, Headers as _, RELEVO_SOURCE};
use crate::contract::log::{self, ACCOUNT, INTERACTION, Record, Watermark};
use crate::contract::murmur2::{murmur2, partition_of_hash};
use crate::contract::time::HOUR_MS;
use crate::contract::wire::mended;
use crate::contract::{AccountKey, Interaction, LeadId, Timestamp};
use crate::engine::Entry;
use crate::kafka::{Incoming, TopicPartition};

/// What stands for standard input.
const STDIN: &str = "-";
/// What a topic is marked with.
const TOPIC: &str = "topic:";

/// Where events come from, as somebody types it: a file, `-`, `topic:interactions` or `topic:intake`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, or a pipe with a name.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The topic that campaigns write to.
    Interactions,
    /// The intake log.
    Intake,
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix(TOPIC) {
            Some("interactions") => Ok(Self::Interactions),
            Some("intake") => Ok(Self::Intake),
            Some(_) => {
                Err("only `topic:interactions` and `topic:intake` can be read; the configuration says which topics they are".to_owned())
            }
            None if text == STDIN => Ok(Self::Stdin),
            None => Ok(Self::File(text.into())),
        }
    }
}

/// A record of the history, and the moment at which it is taken.
pub struct Told<'a> {
    /// Its partition: of the log; 0 where there is no log.
    pub partition: u32,
    /// When it is taken.
    pub at: Timestamp,
    /// The record.
    pub entry: &'a Entry<'a>,
}

/// A history that can be told.
pub enum History {
    /// Events in the order of their times.
    Events(Box<Archive>, Box<Reading>),
    /// The intake log.
    Log(Box<Log>),
}

/// The intake log, or the part of it that somebody asks for.
pub struct Log {
    settings: Settings,
    stretch: Stretch,
    refused: Refused,
    /// The hash of the only account that is asked for: it leads to the partition.
    hash: Option<u32>,
    /// The only account that is asked for.
    account: Option<CompactString>,
}

impl History {
    /// The history that these origins have together.
    ///
    /// # Errors
    /// What can't be read, or can't be read together.
    pub fn gather(origins: &[Origin], settings: &Settings, stretch: Stretch) -> anyhow::Result<Self> {
        if origins.contains(&Origin::Intake) {
            if origins.len() > 1 {
                let what = "the intake log is a whole history: it can't be read together with other events".to_owned();
                return Err(Usage { what, remedy: "name `topic:intake` alone, or the others without it".to_owned() }.into());
            }
            let log = Log { settings: settings.clone(), stretch, refused: Refused::default(), hash: None, account: None };
            return Ok(Self::Log(Box::new(log)));
        }
        let reading = Reading::new(settings);
        let mut archive = Archive::new(reading.clone(), stretch);
        for origin in origins {
            match origin {
                Origin::File(path) => {
                    let name = path.display().to_string();
                    archive.add_file(path, &name).map_err(|error| unreadable(&name, &error))?;
                }
                Origin::Stdin => archive.add_stream(io::stdin().lock(), STDIN).map_err(|error| unreadable("standard input", &error))?,
                Origin::Interactions => interactions(settings, stretch, &reading, &mut archive)?,
                Origin::Intake => {}
            }
        }
        Ok(Self::Events(Box::new(archive), Box::new(reading)))
    }

    /// What could not be used; of the log it is known when it was told.
    pub fn refused(&self) -> &Refused {
        match self {
            Self::Events(archive, _) => archive.refused(),
            Self::Log(log) => &log.refused,
        }
    }

    /// How many interactions lie outside the stretch of time; of the log those are not read.
    pub fn outside(&self) -> u64 {
        if let Self::Events(archive, _) = self { archive.outside() } else { 0 }
    }

    /// From now on, of the log only what this account's story needs is read; the events of files are few enough to read them all.
    pub fn narrow_to(&mut self, account: &str) {
        if let Self::Log(log) = self {
            log.hash = Some(murmur2(account.as_bytes()));
            log.account = Some(account.into());
        }
    }

    /// The same for the account of a lead, whichever that is.
    pub fn narrow_to_lead(&mut self, lead: &LeadId) {
        if let Self::Log(log) = self {
            log.hash = Some(lead.account_hash());
        }
    }

    /// Tells the history, from its beginning to its end. Returns how many events there were.
    ///
    /// # Errors
    /// It can't be read any further; or there is nothing to tell.
    pub fn tell(&mut self, mut each: impl FnMut(Told<'_>)) -> anyhow::Result<u64> {
        let count = match self {
            Self::Events(archive, reading) => events(archive, reading, &mut each)?,
            Self::Log(log) => log.tell(&mut each)?,
        };
        // Where only one account is asked for, who asks says what its absence means.
        let narrowed = matches!(self, Self::Log(log) if log.hash.is_some());
        if count == 0 && !narrowed { Err(self.nothing().into()) } else { Ok(count) }
    }

    fn nothing(&self) -> Problem {
        let mut what = "there is no event in the history".to_owned();
        let refused = self.refused().count();
        if refused > 0 {
            what += &format!(": all of {refused} could not be used");
        }
        let mut remedy = "give a file with one interaction a line, as JSON (`schemas/` says how); \
                          `relevo explain-code RLV-5402` says more"
            .to_owned();
        if self.outside() > 0 {
            what += &format!(", and {} lie outside the stretch of time", self.outside());
            remedy = "widen `--from` and `--to`".to_owned();
        }
        Problem::new(HISTORY_EMPTY, what, "`--events`", remedy)
    }
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    let what = format!("the events can't be read: {error}");
    Problem::new(HISTORY_UNREADABLE, what, name, "name a file of events, `-` for standard input, or `topic:interactions`")
}

/// The records of the topic of interactions, into the archive.
fn interactions(settings: &Settings, stretch: Stretch, reading: &Reading, archive: &mut Archive) -> anyhow::Result<()> {
    let name = &settings.topics.interactions;
    let mut progress = Progress::new("reading", 0);
    for partition in 0..connect::partitions(settings, name, "`topics.interactions`")? {
        let partition = TopicPartition::new(name, partition as i32);
        let read = topic::read(settings, &partition, stretch.from, |record| -> io::Result<()> {
            progress.step();
            let value = record.value().map(mended); // as Intake does
            match reading.open_record(record, value.as_deref()) {
                Ok(None) => Ok(()), // as in service, it is none of ours
                Ok(Some(event)) => archive.add_opened(taken_at(event.at, record.timestamp()), &event.source, &event.data),
                Err(refusal) => {
                    archive.refuse(&place_of(record), &refusal);
                    Ok(())
                }
            }
        })?;
        read.map_err(|error| unreadable(name, &error))?;
    }
    Ok(())
}

/// When Relevo takes a record of the topic: when the topic did, as far as its time says. So what came late is late
/// here too, and a producer's clock that runs ahead moves nothing.
fn taken_at(occurred_at: Timestamp, appended_at: Timestamp) -> Timestamp {
    if appended_at > Timestamp::EPOCH { appended_at } else { occurred_at }
}

fn place_of(record: &Incoming<'_>) -> String {
    format!("{}-{}-{}", record.topic(), record.partition(), record.offset())
}

/// Tells an archive: each event at the moment it happened, and a watermark whenever an hour has passed.
fn events(archive: &mut Archive, reading: &Reading, each: &mut impl FnMut(Told<'_>)) -> anyhow::Result<u64> {
    let mut progress = Progress::new("deciding", archive.count() as u64);
    let (mut count, mut hour) = (0_u64, i64::MIN);
    let told = archive.each(|document| {
        // The reader parsed each document with this very function.
        let Ok(interaction) = Interaction::parse(document.data) else { return Err(io::Error::other("a file changed while it was read")) };
        let at = document.at;
        let cause = format_compact!("history-0-{count}");
        if at.as_ms().div_euclid(HOUR_MS) != hour {
            hour = at.as_ms().div_euclid(HOUR_MS);
            each(Told { partition: 0, at, entry: &watermark(at, &cause) });
        }
        let key = interaction.account_key(reading.free_mail());
        let record = Record::Interaction(document.source.clone(), Box::new(interaction));
        each(Told { partition: 0, at, entry: &Entry { key, record, source: cause.clone(), cause } });
        count += 1;
        progress.step();
        Ok(())
    });
    told.map_err(|error| unreadable("the events", &error))?;
    Ok(count)
}

fn watermark(at: Timestamp, cause: &CompactString) -> Entry<'static> {
    let as_of = [(CompactString::const_new("none"), at)].into();
    let record = Record::Watermark(Watermark { as_of, sources: 1 });
    Entry { key: AccountKey::from_trusted("watermark"), record, cause: cause.clone(), source: cause.clone() }
}

impl Log {
    /// Tells the log, one partition after another: each is a history of its own.
    fn tell(&mut self, each: &mut impl FnMut(Told<'_>)) -> anyhow::Result<u64> {
        let name = &self.settings.topics.intake;
        let reading = Reading::new(&self.settings);
        let mut progress = Progress::new("deciding", 0);
        let mut count = 0;
        let partitions = connect::partitions(&self.settings, name, "`topics.intake`")?;
        let wanted = self.hash.map(|hash| partition_of_hash(hash, partitions));
        self.refused = Refused::default();
        for partition in (0..partitions).filter(|partition| wanted.is_none_or(|wanted| wanted == *partition)) {
            let partition = TopicPartition::new(name, partition as i32);
            let (stretch, account, refused) = (self.stretch, self.account.as_deref(), &mut self.refused);
            let read = topic::read(&self.settings, &partition, stretch.from, |record| -> Result<(), std::convert::Infallible> {
                if record.timestamp() < stretch.to && account.is_none_or(|account| concerns(record, account)) {
                    count += u64::from(tell_record(record, &reading, refused, each));
                }
                progress.step();
                Ok(())
            })?;
            let Ok(()) = read;
        }
        Ok(count)
    }
}

/// Whether a record of the log may have to do with an account: it is the account's, or everybody's.
fn concerns(record: &Incoming<'_>, account: &str) -> bool {
    let of_others = [INTERACTION, ACCOUNT].map(str::as_bytes);
    let of_one_account = record.value_of(CE_TYPE).is_some_and(|ce_type| of_others.contains(&ce_type));
    !of_one_account || record.key() == Some(account.as_bytes())
}

/// Tells one record of the log; true if it is an interaction.
fn tell_record(record: &Incoming<'_>, reading: &Reading, refused: &mut Refused, each: &mut impl FnMut(Told<'_>)) -> bool {
    let parsed = log::parse(record, record.value().unwrap_or_default(), reading.free_mail())
        .and_then(|parsed| Ok((log::account_of(record.key(), &parsed)?, parsed)));
    match parsed {
        Ok((key, parsed)) => {
            let cause: CompactString = place_of(record).into();
            let source = record.value_of(RELEVO_SOURCE).and_then(|source| str::from_utf8(source).ok());
            let source = source.map_or_else(|| cause.clone(), CompactString::from);
            let interaction = matches!(parsed, Record::Interaction(..));
            let entry = Entry { key, record: parsed, cause, source };
            each(Told { partition: record.partition() as u32, at: record.timestamp(), entry: &entry });
            interaction
        }
        Err(refusal) => {
            refused.add(&place_of(record), &refusal);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_topic_is_taken_when_the_topic_took_it() {
        let at = |ms: i64| Timestamp::from_ms(ms);
        for (occurred, appended, taken) in [(1_000, 5_000, 5_000), (9_000, 5_000, 5_000), (5_000, 5_000, 5_000), (1_000, 0, 1_000)] {
            assert_eq!(taken_at(at(occurred), at(appended)), at(taken), "{occurred} {appended}");
        }
    }
}
