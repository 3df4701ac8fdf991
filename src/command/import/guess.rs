//! `--guess`: a first map from a file's header and all of its rows, tried on the file before it is written.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use csv::StringRecord;

use super::events::{Events, Next};
use super::source::{Options, Source, Taken};
use super::write::not_the_input;
use super::{hints, latest_year};
use crate::cli::ImportCsvArguments;
use crate::command::terminal::{self, Paint};
use crate::command::{Status, Usage};
use crate::mapping;
use crate::mapping::guess::{CHANGE_ME, CHECK, Sheet};

/// Writes a map to where the arguments say, or to standard output, and says what to do with it.
pub fn perform(file: &Path, options: &Options, arguments: &ImportCsvArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let to = arguments.out.as_deref();
    let source = Source::open(file, options, None)?;
    let mut sheet = Sheet::new(source.header(), jiff::Timestamp::now().as_millisecond(), latest_year());
    let (mut rows, mut record) = (source.rows()?, StringRecord::new());
    loop {
        match rows.next(&mut record)? {
            Taken::Row(_) => sheet.look(record.iter()),
            Taken::Bad(..) | Taken::NoData(..) => {}
            Taken::End => break,
        }
    }
    drop(rows);
    let name = file.file_name().map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().into_owned());
    let map = sheet.guess(&name);
    let tried = try_out(&source, &map, arguments)?;
    match to {
        Some(to) => {
            not_the_input(to, file)?;
            write_new(to, &map)?;
        }
        None => write!(out, "{map}")?,
    }
    let missing = map.lines().filter(|line| line.contains(&format!("column: {CHANGE_ME}"))).count();
    let questions = map.lines().filter(|line| line.contains(CHECK)).count();
    let paint = Paint::of_stderr();
    let next = match (missing, questions) {
        (0, 0) => paint.good("Nothing is missing; read it all the same, and change what is wrong."),
        (0, _) => paint.warning(&format!("Nothing is missing; what says {CHECK} ({questions}) is not certain: look at each.")),
        _ => paint
            .warning(&format!("Fill in what says {CHANGE_ME} ({missing}), look at what says {CHECK} ({questions}), and read the rest.")),
    };
    let events = if map.contains("\nof: outcomes") { "outcomes.ndjson" } else { "events.ndjson" };
    let map = to.map_or("map.yaml".into(), |to| to.display().to_string());
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(
        terminal::stderr(),
        "Read as {}.\n{tried}{next}\nThen: relevo import csv {} --map {map} --out {events}",
        source.assumed(),
        file.display()
    );
    Ok(Status::Well)
}

/// What the map makes of the file, as it is: a sentence, or nothing where something is missing.
fn try_out(source: &Source, text: &str, arguments: &ImportCsvArguments) -> anyhow::Result<String> {
    let mut map = mapping::compile(text.as_bytes(), "the guessed map")
        .map_err(|found| anyhow::anyhow!("the guessed map does not load, which is a mistake of Relevo: {found:?}"))?;
    map.latest_year = latest_year();
    let Ok(binding) = map.bind(source.header()) else { return Ok(String::new()) };
    let mut events = Events::of(source, &map, binding, hints(arguments))?;
    let (mut made, mut rejected, mut passed_over, mut line) = (0, 0, 0, Vec::new());
    loop {
        line.clear();
        match events.next(&mut line)? {
            Next::End => break,
            Next::Made => made += 1,
            Next::Rejected(..) => rejected += 1,
            Next::PassedOver => passed_over += 1,
            Next::NoData(..) => {}
        }
    }
    let what = map.target.noun(made);
    let rest = match (rejected, passed_over) {
        (0, 0) => String::new(),
        (rejected, 0) => format!("; {rejected} would be rejected"),
        (0, passed_over) => format!("; {passed_over} would be passed over"),
        (rejected, passed_over) => format!("; {rejected} would be rejected, {passed_over} passed over"),
    };
    Ok(format!("As it is, it makes {made} {what} of {}{rest}.\n", terminal::count(made + rejected + passed_over, "row")))
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
