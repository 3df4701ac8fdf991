//! The configuration: one documented file, then the environment, as typed settings.
//!
//! `relevo.yaml` first, then every variable `RELEVO__SECTION__KEY`. A key that nobody knows stops the start, with the nearest
//! name and its place, because a misspelt key would leave a default in force silently. All mistakes are told at once.
//! Passwords come from files and can't be printed; so do maps, which are read with it. This room judges values by themselves; whether a cluster fits them is the
//! Kafka room's question.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};

pub mod problem;
pub mod reserved;
pub mod secret;
pub mod security;
pub mod settings;
pub mod shared;

mod extra;
mod maps;
mod place;
mod schema;
mod validate;

pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use settings::Settings;
pub use shared::Shared;
pub use validate::MAX_PARTITIONS;

use crate::contract::code;

/// The file that is read when none is named and it is there.
pub const DEFAULT_FILE: &str = "relevo.yaml";
/// What variables of the environment begin with.
const PREFIX: &str = "RELEVO";
/// What stands for a dot in them.
const SEPARATOR: &str = "__";
/// The largest configuration file, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file; `None`: [`DEFAULT_FILE`] in the working folder if it is there, else defaults alone.
    pub file: Option<PathBuf>,
    /// The environment; `None`: the process's own.
    pub environment: Option<HashMap<String, String>>,
}

/// Reads, merges, checks.
///
/// # Errors
/// Everything that is wrong: an unreadable file, unknown keys, wrong types, values out of bounds, unreadable secrets.
pub fn load(sources: &Sources) -> Result<Settings, Problems> {
    let file = match &sources.file {
        Some(file) => Some(file.clone()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file()),
    };
    let text = file.as_deref().map(read_file).transpose()?;
    let merged = merge(file.as_deref(), text.as_deref(), sources.environment.clone())?;
    let place = |path: &[String], origin: Option<&str>| place_of(file.as_deref(), text.as_deref(), path, origin);

    let schema::Checked { tree, mut problems } = schema::check(&merged, &place);
    let origin_of = |key: &str| {
        let path: Vec<String> = split_key(key);
        place(&path, origin_at(&merged, &path))
    };
    // Values are judged although keys are wrong, so that one run tells everything.
    match serde_path_to_error::deserialize::<_, Settings>(&tree) {
        Ok(mut settings) => {
            problems.extend(validate::check(&settings, &origin_of));
            problems.extend(validate::read_secrets(&mut settings, &origin_of));
            problems.extend(maps::read(&mut settings, &origin_of));
            settings.pod.get_or_insert_with(host_name);
            if problems.is_empty() { Ok(settings) } else { Err(Problems(problems)) }
        }
        Err(error) => {
            let key = error.path().to_string();
            // serde quotes what it found, and that could be a secret in the wrong place: only what it expected is passed on.
            let inner = error.inner().to_string();
            let what = match inner.split_once(", expected ") {
                Some((_, expected)) => format!("`{key}` should be {expected}"),
                None => format!("`{key}` has a value that can't be understood"),
            };
            problems.push(Problem::new(code::CONFIG_BAD_VALUE, what, origin_of(&key), "see this key in the documented `relevo.yaml`"));
            Err(Problems(problems))
        }
    }
}

fn read_file(file: &Path) -> Result<String, Problems> {
    let unreadable = |why: String, remedy: &str| {
        Problems::from(Problem::new(
            code::CONFIG_UNREADABLE,
            format!("the configuration can't be read: {why}"),
            file.display().to_string(),
            remedy,
        ))
    };
    match std::fs::metadata(file) {
        Err(error) => return Err(unreadable(error.to_string(), "name a file that is there with `--config FILE`")),
        Ok(meta) if meta.len() > MAX_FILE_BYTES => {
            return Err(unreadable("it is larger than 1 MiB".into(), "name the right file with `--config FILE`"));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string(), "name a text file that may be read with `--config FILE`"))
}

fn merge(file: Option<&Path>, text: Option<&str>, environment: Option<HashMap<String, String>>) -> Result<config::Value, Problems> {
    let variables = Environment::with_prefix(PREFIX).prefix_separator(SEPARATOR).separator(SEPARATOR).source(environment);
    let mut builder = Config::builder();
    if let Some(text) = text {
        builder = builder.add_source(File::from_str(text, FileFormat::Yaml));
    }
    builder.add_source(variables).build().map(|built| built.cache).map_err(|error| {
        let place = file.map_or_else(|| "the environment".to_owned(), |file| file.display().to_string());
        let what = format!("the configuration is not YAML with keys: {error}");
        Problem::new(code::CONFIG_UNREADABLE, what, place, "mend the YAML: indentation and unquoted colons are the usual causes").into()
    })
}

/// Words for where a key stands. The `config` crate marks values from the environment, and leaves those of a text unmarked.
fn place_of(file: Option<&Path>, text: Option<&str>, path: &[String], origin: Option<&str>) -> String {
    if origin.is_some() {
        return format!("the environment variable {PREFIX}{SEPARATOR}{}", path.join(SEPARATOR).replace('.', "_").to_uppercase());
    }
    let Some(file) = file else { return "the default".into() };
    match text.and_then(|text| place::Keys::of(text).find(path)) {
        Some((line, column)) => format!("{}, line {line}, column {column}", file.display()),
        None => file.display().to_string(),
    }
}

/// librdkafka's names have dots, so a key is cut at most twice below `kafka`.
fn split_key(key: &str) -> Vec<String> {
    let parts = if key.starts_with("kafka.extra") { 3 } else { usize::MAX };
    key.splitn(parts, '.').map(str::to_owned).collect()
}

fn origin_at<'a>(root: &'a config::Value, path: &[String]) -> Option<&'a str> {
    let mut value = root;
    for name in path {
        let config::ValueKind::Table(table) = &value.kind else { break };
        // In the environment librdkafka's names have underscores.
        value = table.get(&name.replace('.', "_")).or_else(|| table.get(name))?;
    }
    value.origin()
}

/// The host's name, as the kernel says it; the same after a restart of a StatefulSet's pod.
fn host_name() -> String {
    let from_files = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|file| std::fs::read_to_string(file).ok());
    let name = from_files.or_else(|| {
        let output = std::process::Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok()
    });
    let plain: String = name
        .unwrap_or_default()
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
        .take(100)
        .collect();
    if plain.is_empty() { "pod".into() } else { plain }
}

#[cfg(test)]
mod tests;
