//! `relevo import …`: a company's own history, from the exports of its tools to events and outcomes that can be replayed.
//!
//! The file is read twice, row by row, in bounded memory: first to see how its columns are written, then to make events. What a map
//! can't turn is put aside with its reason, and the rest goes on.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::ImportCsvArguments;
use crate::command::terminal::{self, Paint};
use crate::command::{Status, Usage};
use crate::mapping::choice::Hints;
use crate::mapping::{self, Map, library, looks};

mod events;
mod guess;
mod rejects;
mod source;
mod summary;
#[cfg(test)]
mod tests;
mod write;

pub use events::{Events, Next};
pub use source::Options;

/// Does what is asked: lists or prints maps, guesses one, or imports.
///
/// # Errors
/// The file or the map can't be used, or what is made can't be written.
pub fn csv(arguments: &ImportCsvArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    if arguments.list_maps {
        return list(out);
    }
    if let Some(name) = &arguments.print_map {
        return print(name, out);
    }
    let Some(file) = &arguments.file else {
        return Err(usage("no file is named", "name a CSV file, or `-` for standard input").into());
    };
    let options = Options { delimiter: arguments.delimiter, encoding: arguments.encoding.clone(), header_line: arguments.header_line };
    if arguments.guess {
        return guess::perform(file, &options, arguments, out);
    }
    let Some(map) = &arguments.map else {
        let remedy = format!(
            "`--map map.yaml`; `--guess` writes a first one from {}; `--list-maps` lists those that come with Relevo",
            file.display()
        );
        return Err(usage("no map says what the columns mean", &remedy).into());
    };
    let Some(mut map) = load(map)? else { return Ok(Status::Unfit) };
    map.latest_year = latest_year();
    import(file, &map, &options, arguments, out)
}

/// The last year that a time of a history can be in: the year after next year's tenth.
fn latest_year() -> i16 {
    jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).year().saturating_add(11)
}

/// What somebody says of the whole file's dates and numbers.
fn hints(arguments: &ImportCsvArguments) -> Hints {
    looks::hints(arguments.dates.as_deref(), arguments.decimal)
}

fn import(file: &Path, map: &Map, options: &Options, arguments: &ImportCsvArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let mut made = write::Made::create(arguments.out.as_deref(), file)?;
    let mut rejects = rejects::Rejects::new(arguments.rejects.clone(), arguments.out.as_deref(), file)?;
    let mut events = match Events::open(file, map, options, hints(arguments))? {
        Ok(events) => events,
        Err(diagnostics) => {
            draw(&diagnostics, map.text());
            return Ok(Status::Unfit);
        }
    };
    let mut tally = summary::Tally::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let next = events.next(&mut line)?;
        tally.note(events.notes(), &next);
        match next {
            Next::End => break,
            Next::Made => {
                tally.identify(&line);
                line.push(b'\n');
                made.write(&line, out)?;
            }
            Next::PassedOver | Next::NoData(..) => {}
            Next::Rejected(at, rejection) => {
                rejects.write(at, &rejection)?;
                tally.reject(rejection);
            }
        }
    }
    made.finish(out)?;
    let rejects = rejects.finish()?;
    let paint = Paint::of_stderr();
    let text = tally.text(map.target, (events.assumed(), events.said()), arguments.out.as_deref(), rejects.as_deref(), paint);
    // Behind events on standard output nothing else may stand.
    if arguments.out.is_some() {
        write!(out, "{text}")?
    } else {
        write!(terminal::stderr(), "{text}")?
    }
    Ok(if tally.is_clean() { Status::Well } else { Status::No })
}

/// The map of this name or file; none where it does not load, which has been told.
///
/// # Errors
/// There is no such file.
pub fn load(name: &Path) -> anyhow::Result<Option<Map>> {
    let (label, bytes) = read(name)?;
    match mapping::compile(&bytes, &label) {
        Ok(map) => {
            draw(&map.warnings, map.text());
            Ok(Some(map))
        }
        Err(diagnostics) => {
            draw(&diagnostics, &String::from_utf8_lossy(&bytes));
            let what = terminal::count(diagnostics.iter().filter(|found| found.is_error()).count() as u64, "error");
            let said = format!("{what}: nothing is imported like this. `relevo explain-code RLV-nnnn` says more about each.");
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(terminal::stderr(), "{}", Paint::of_stderr().bad(&said));
            Ok(None)
        }
    }
}

/// A map's bytes and what to call it: one that comes with Relevo by its name, else a file.
///
/// # Errors
/// There is neither.
pub fn read(name: &Path) -> Result<(String, Vec<u8>), Usage> {
    let label = name.display().to_string();
    if let Some(shipped) = library::Shipped::named(&label) {
        return Ok((format!("{label} (comes with Relevo)"), shipped.text.as_bytes().to_vec()));
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(name)
        .and_then(|file| io::Read::read_to_end(&mut io::Read::take(file, mapping::MAX_FILE_BYTES as u64 + 1), &mut bytes));
    match read {
        Ok(_) => Ok((label, bytes)),
        Err(error) => {
            let what = format!("{}: the map {label} can't be read: {error}", crate::contract::code::MAP_UNREADABLE);
            Err(usage(&what, &format!("name a map's file, or one that comes with Relevo: {}", names())))
        }
    }
}

/// Draws diagnostics into the map, on standard error.
fn draw(diagnostics: &[crate::rulebook::Diagnostic], text: &str) {
    if diagnostics.is_empty() {
        return;
    }
    let colour = Paint::of_stderr().has_colour();
    let drawn = if colour { crate::rulebook::render_coloured(diagnostics, text) } else { crate::rulebook::render(diagnostics, text) };
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(terminal::stderr(), "{drawn}\n");
}

fn names() -> String {
    library::SHIPPED.iter().map(|map| map.name).collect::<Vec<_>>().join(", ")
}

fn list(out: &mut impl Write) -> anyhow::Result<Status> {
    let mut table = terminal::table(["MAP", "FOR", "WHAT"]);
    for map in library::SHIPPED {
        table.add_row([map.name, if map.live { "topics" } else { "files" }, map.about()]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\n`relevo import csv --print-map NAME > map.yaml` gives you one to make your own.")?;
    Ok(Status::Well)
}

fn print(name: &str, out: &mut impl Write) -> anyhow::Result<Status> {
    let Some(map) = library::Shipped::named(name) else {
        return Err(usage(&format!("no map of this name comes with Relevo: {name}"), &format!("there are {}", names())).into());
    };
    write!(out, "{}", map.text)?;
    Ok(Status::Well)
}

fn usage(what: &str, remedy: &str) -> Usage {
    Usage { what: what.to_owned(), remedy: remedy.to_owned() }
}

/// A file beside another one: `history.csv` → `history.rejects.csv`.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = if file == Path::new("-") { "import".into() } else { file.file_stem().unwrap_or_default().to_string_lossy().into_owned() };
    file.with_file_name(format!("{name}{ending}"))
}
