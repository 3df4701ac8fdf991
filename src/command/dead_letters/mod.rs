//! `relevo dead-letters list`: what could not be read, and why, from the topic of dead letters.
//!
//! The record itself is shown only when asked for, because it may bear personal data; why it is here never does (PII-1).

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::cli::DeadLettersListArguments;
use crate::config::{Problems, Settings};
use crate::contract::{Code, Timestamp};
use crate::kafka::offsets::Offsets;
use crate::kafka::{TopicPartition, reader};

use super::terminal::{self, Paint};
use super::{Status, connect};

mod collect;
mod since;

use collect::{Collection, Letter, Wish};
pub use since::Since;

/// How long a partition may bring nothing until reading is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lists dead letters, the newest last.
pub fn list(arguments: &DeadLettersListArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    let code = arguments.code.as_deref().map(super::explain_code::look_up).transpose()?;
    let since = arguments.since.before(Timestamp::from_ms(jiff::Timestamp::now().as_millisecond()));
    let wish = Wish { code, since, limit: arguments.limit as usize, payload: arguments.show_payload };
    let collection = read(&settings, wish)?;
    print(&collection, &settings, since, out)?;
    Ok(Status::Well)
}

fn read(settings: &Settings, wish: Wish) -> Result<Collection, Problems> {
    let topic = &settings.topics.dead_letters;
    let partitions = connect::partitions(settings, topic, "`topics.dead_letters`")?;
    let refused = |error| connect::refused(settings, &error);
    let connection = connect::connection(settings);
    let partitions: Vec<_> = (0..partitions as i32).map(|partition| TopicPartition::new(topic, partition)).collect();
    let begins =
        Offsets::of(&connection, "relevo-reader").and_then(|offsets| offsets.first_since(&partitions, wish.since)).map_err(refused)?;
    let mut collection = Collection::new(wish);
    for (partition, begin) in partitions.iter().zip(begins) {
        let Some(begin) = begin else { continue }; // everything there is older
        let heard = Cell::new(Instant::now());
        let is_silent = || heard.get().elapsed() > PATIENCE;
        let read = reader::read_to_end(&connection, partition, Some(begin), &is_silent, |record| {
            heard.set(Instant::now());
            collection.add(record);
        });
        read.map_err(refused)?;
    }
    Ok(collection)
}

fn print(collection: &Collection, settings: &Settings, since: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let paint = Paint::of_stdout();
    let topic = &settings.topics.dead_letters;
    if collection.count() == 0 {
        writeln!(out, "No dead letters in {topic} since {since}. `--since 14d` looks further back.")?;
        return Ok(());
    }
    if collection.wish().payload {
        let warning = "warning: what follows are original records. They may bear personal data: show them to nobody who need not see them.";
        writeln!(terminal::stderr(), "{}", Paint::of_stderr().errors(warning))?;
        for letter in collection.letters() {
            with_payload(letter, paint, out)?;
        }
    } else {
        let mut table = terminal::table(["TIME", "CODE", "SOURCE", "ATTEMPT", "WHY"]);
        for letter in collection.letters() {
            table.add_row([&letter.at.to_string(), &letter.code, &letter.source, &letter.attempt, &letter.message]);
        }
        for line in terminal::lines(&table) {
            writeln!(out, "{line}")?;
        }
    }
    let shown = collection.letters().len() as u64;
    writeln!(out)?;
    if shown < collection.count() {
        writeln!(out, "The newest {shown} of {} since {since}; `--limit` shows more.", collection.count())?;
    } else {
        writeln!(out, "{} since {since}.", terminal::count(shown, "dead letter"))?;
    }
    for (name, count) in collection.by_code() {
        let title = Code::parse(name).map_or("a code that this version does not know", |code| code.title);
        writeln!(out, "{count:>7} × {name}  {title}")?;
    }
    writeln!(out, "\n`relevo explain-code RLV-nnnn` says what to do about each.")?;
    Ok(())
}

fn with_payload(letter: &Letter, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{}", paint.strong(&format!("{}  {}  {}  attempt {}", letter.at, letter.code, letter.source, letter.attempt)))?;
    writeln!(out, "  {}", letter.message)?;
    for line in letter.payload.lines() {
        writeln!(out, "  | {line}")?;
    }
    Ok(writeln!(out)?)
}
