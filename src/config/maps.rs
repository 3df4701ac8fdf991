//! The maps of inputs whose JSON is foreign, read and checked with the configuration: a map that does not load stops the start, as a
//! misspelt key does.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::problem::Problem;
use super::settings::Settings;
use crate::contract::code;
use crate::mapping::library::Shipped;
use crate::mapping::{self, Map};

/// Where a map is named.
const KEY: &str = "inputs.interactions.map";

/// Reads every map into its place; what is wrong with them, all at once.
pub fn read(settings: &mut Settings, place: &dyn Fn(&str) -> String) -> Vec<Problem> {
    let interactions = &mut settings.inputs.interactions;
    let Some(name) = &interactions.map else { return Vec::new() };
    match load(name, place) {
        Ok((map, digest)) => {
            (interactions.mapped, interactions.map_digest) = (Some(Arc::new(map)), Some(digest));
            Vec::new()
        }
        Err(problems) => problems,
    }
}

/// The map, and the digest of its text.
fn load(name: &Path, place: &dyn Fn(&str) -> String) -> Result<(Map, String), Vec<Problem>> {
    let label = name.display().to_string();
    let bytes = match Shipped::named(&label) {
        Some(shipped) => shipped.text.as_bytes().to_vec(),
        None => bytes_of(name).map_err(|error| {
            let what = format!("the map of `{KEY}` can't be read: {error}");
            let remedy = "mount the file there, readable for the user that Relevo runs as; `relevo import csv --list-maps` lists those that come with Relevo";
            vec![Problem::new(code::MAP_UNREADABLE, what, format!("{}; the file is {label}", place(KEY)), remedy)]
        })?,
    };
    let digest = crate::rulebook::digest(&bytes).to_string();
    mapping::compile_live(&bytes, &label).map(|map| (map, digest)).map_err(|found| {
        let errors = found.iter().filter(|found| found.is_error());
        let problem = |found: &crate::rulebook::Diagnostic| {
            let place = format!("{}, line {}, column {} (`{KEY}`)", found.file, found.line, found.column);
            let remedy = found.help.clone().unwrap_or_else(|| format!("`relevo explain-code {}` says more", found.code));
            Problem::new(found.code, &found.message, place, remedy)
        };
        errors.map(problem).collect()
    })
}

/// At most one byte more than a map may have: enough to see that it has too many.
fn bytes_of(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(mapping::MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
