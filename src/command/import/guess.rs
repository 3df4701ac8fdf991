//! `--guess`: a first map from a file's header and its first rows.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use csv::StringRecord;

use super::source::{Options, Source, Taken};
use super::write::not_the_input;
use crate::command::terminal::{self, Paint};
use crate::command::{Status, Usage};
use crate::mapping::guess::{CHANGE_ME, guess};

/// How many rows are looked at.
const SAMPLE_ROWS: usize = 1_000;

/// Writes a map to `to`, or to standard output, and says what to do with it.
pub fn perform(file: &Path, options: &Options, to: Option<&Path>, out: &mut impl Write) -> anyhow::Result<Status> {
    let mut source = Source::open(file, options)?;
    let (mut rows, mut record) = (Vec::new(), StringRecord::new());
    while rows.len() < SAMPLE_ROWS {
        match source.next(&mut record)? {
            Taken::Row(_) => rows.push(record.iter().map(str::to_owned).collect::<Vec<String>>()),
            Taken::Bad(..) => {}
            Taken::End => break,
        }
    }
    let name = file.file_name().map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().into_owned());
    let map = guess(source.header(), &rows, &name);
    match to {
        Some(to) => {
            not_the_input(to, file)?;
            write_new(to, &map)?;
        }
        None => write!(out, "{map}")?,
    }
    let missing = map.lines().filter(|line| line.contains(&format!("column: {CHANGE_ME}"))).count();
    let paint = Paint::of_stderr();
    let next = match missing {
        0 => paint.good("Nothing is missing; read it all the same, and change what is wrong."),
        _ => paint.warning(&format!("Fill in what says {CHANGE_ME} ({missing}), and read the rest.")),
    };
    let events = if map.contains("\nof: outcomes") { "outcomes.ndjson" } else { "events.ndjson" };
    let map = to.map_or("map.yaml".into(), |to| to.display().to_string());
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(
        terminal::stderr(),
        "Read as {}.\n{next}\nThen: relevo import csv {} --map {map} --out {events}",
        source.assumed(),
        file.display()
    );
    Ok(Status::Well)
}

/// Writes a first map; one that is there may have been completed by hand.
fn write_new(to: &Path, map: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).open(to);
    match made.and_then(|mut file| file.write_all(map.as_bytes())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let what = format!("{} is there already, and is not overwritten", to.display());
            Err(Usage { what, remedy: "name another file, or remove that one".to_owned() }.into())
        }
        written => written.with_context(|| format!("{} can't be written", to.display())),
    }
}
