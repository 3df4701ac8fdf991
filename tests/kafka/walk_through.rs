//! The walk-through for newcomers, `docs/walk-through.md`, done as it is written: every command in turn, in an empty folder, held against
//! what the page says that it prints.
//!
//! How a page marks what is expected stands in `CONTRIBUTING.md`. It refuses to know what the commands are for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use regex::Regex;
use relevo::contract::Timestamp;
use tempfile::TempDir;

use crate::broker::{Broker, free_ports};
use crate::process::{Process, in_order};
use crate::wait;

const PAGE: &str = "docs/walk-through.md";
/// The hour of the second revision in the page, in the place of which comes one that is near.
const HOUR: &str = "2026-12-01T06:00:00Z";
/// How near: the steps up to it must be done before.
const AHEAD_MS: i64 = 45_000;
/// Where the page's reader has a Kafka.
const READERS_KAFKA: &str = "localhost:9092";
/// A line that stands for any number of lines.
const LEFT_OUT: &str = "…";

/// A command of the page, and what the page says of it.
#[derive(Debug, PartialEq)]
struct Step {
    /// Where it stands, from 1.
    line: usize,
    command: String,
    shown: Vec<String>,
    exit: i32,
    /// Whether it is asked again until it says so.
    until: bool,
}

/// The page's commands, in order.
fn steps(page: &str) -> Vec<Step> {
    let (mut steps, mut mark, mut within) = (Vec::<Step>::new(), None, false);
    for (line, text) in (1..).zip(page.lines()) {
        match text {
            "```console" => within = true,
            "```" if within => {
                within = false;
                let last = steps.last_mut().expect("a block has a command");
                match mark.take() {
                    None => {}
                    Some("until") => last.until = true,
                    Some(mark) => {
                        let status = mark.strip_prefix("exit ").and_then(|status| status.parse().ok());
                        last.exit = status.unwrap_or_else(|| panic!("before line {line}: there is no mark {mark:?}"));
                    }
                }
            }
            _ if within => match text.strip_prefix("$ ") {
                Some(command) => steps.push(Step { line, command: command.to_owned(), shown: Vec::new(), exit: 0, until: false }),
                None => steps.last_mut().unwrap_or_else(|| panic!("line {line}: no command yet")).shown.push(text.to_owned()),
            },
            _ => {
                if let Some(found) = text.strip_prefix("<!-- ").and_then(|text| text.strip_suffix(" -->")) {
                    assert!(mark.replace(found).is_none(), "line {line}: two marks for one block");
                }
            }
        }
    }
    assert!(!within && mark.is_none(), "a block is not closed, or a mark has no block");
    steps
}

/// Lines without what may differ: how columns are filled up, and times in words (the near hour is one).
fn plain<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let digest = Regex::new("sha256:[0-9a-f]{64}").expect("a pattern");
    let time = Regex::new(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d").expect("a pattern");
    let one = |line: &str| {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        time.replace_all(&digest.replace_all(&line, "DIGEST"), "TIME").into_owned()
    };
    let mut lines: Vec<String> = lines.map(one).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Whether something printed is what the page shows; if not, the first line of the page that is missing.
fn same(shown: &[String], printed: &str) -> Result<(), String> {
    let (shown, printed) = (plain(shown.iter().map(String::as_str)), plain(printed.lines()));
    let (mut at, mut anywhere) = (0, false);
    let mut runs = shown.split(|line| line == LEFT_OUT).peekable();
    while let Some(run) = runs.next() {
        let is_last = runs.peek().is_none();
        let mut places: Box<dyn Iterator<Item = usize>> = match (anywhere, is_last) {
            // The end must be the end.
            (true, true) => Box::new(printed.len().checked_sub(run.len()).filter(|place| *place >= at).into_iter()),
            (true, false) => Box::new(at..=printed.len()),
            (false, _) => Box::new(std::iter::once(at)),
        };
        let Some(place) = places.find(|place| printed[*place..].starts_with(run)) else {
            return Err(run.iter().find(|line| !printed.contains(line)).or(run.first()).cloned().unwrap_or_default());
        };
        (at, anywhere) = (place + run.len(), true);
    }
    match printed.get(at) {
        Some(more) if shown.last().is_none_or(|line| line != LEFT_OUT) => Err(format!("the page does not show: {more}")),
        _ => Ok(()),
    }
}

/// Somebody who follows the page.
struct Reader {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
    address: String,
    /// When the second revision takes force; chosen when the page first names its hour.
    hour: Option<Timestamp>,
    running: Vec<Process>,
}

impl Reader {
    fn new(broker: &Broker) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the test");
        for name in ["home", "work"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let home = folder.path().join("home");
        std::os::unix::fs::symlink(env!("CARGO_MANIFEST_DIR"), home.join("relevo")).expect("a link");
        let binaries = Path::new(env!("CARGO_BIN_EXE_relevo")).parent().expect("a folder").display();
        let environment = vec![
            ("HOME", home.display().to_string()),
            ("PATH", format!("{binaries}:{}", std::env::var("PATH").expect("a path"))),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("RELEVO__POD", "desk".to_owned()),
            ("RELEVO__KAFKA__BOOTSTRAP_SERVERS", broker.address.clone()),
            ("RELEVO__HTTP__LISTEN", format!("127.0.0.1:{}", free_ports(1))),
        ];
        Self { folder, environment, address: broker.address.clone(), hour: None, running: Vec::new() }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn shell(&self, text: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", text]).current_dir(self.work());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("RELEVO") {
                command.env_remove(name);
            }
        }
        command.env_remove("COLUMNS").envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What a command printed, as the page would have it, and how it ended.
    fn call(&self, command: &str) -> (i32, String) {
        let log = self.folder.path().join("printed");
        let _ = std::fs::remove_file(&log); // there is none before the first call
        let mut process = Process::begin(self.shell(command), &log);
        let status = process.await_end(120).code().expect("no signal ended it");
        let mut printed = process.printed().replace(&self.address, READERS_KAFKA);
        if let Some(hour) = self.hour {
            printed = printed.replace(&hour.to_string(), &HOUR.replace('Z', ".000Z"));
        }
        (status, printed)
    }

    fn follow(&mut self, step: &Step) {
        let mut command = step.command.clone();
        if command.contains(HOUR) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as i64;
            let hour = *self.hour.get_or_insert(Timestamp::from_ms(now).plus_ms(AHEAD_MS));
            command = command.replace(HOUR, &hour.to_string());
        }
        if let Some(command) = command.strip_suffix(" &") {
            let log = self.folder.path().join("background");
            self.running.push(Process::begin(self.shell(&format!("exec {command}")), &log));
            return;
        }
        let place = format!("{PAGE}:{}: {command}", step.line);
        let ask = || {
            let (status, printed) = self.call(&command);
            let wrong = same(&step.shown, &printed).err().or((status != step.exit).then(|| format!("exit status {status}")));
            wrong.map_or(Ok(()), |wrong| Err(format!("{place}\n{wrong}\nIt printed:\n{printed}")))
        };
        if step.until {
            let mut last = String::new();
            let came = wait::holds_within(120, || ask().inspect_err(|wrong| last.clone_from(wrong)).is_ok());
            assert!(came, "not within two minutes: {last}");
        } else {
            ask().unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }

    /// The names of all files in the reader's folder.
    fn files(&self) -> BTreeSet<String> {
        let (mut files, mut folders) = (BTreeSet::new(), vec![self.work()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    files.insert(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
        files
    }
}

#[test]
fn the_walk_through_can_be_followed_to_its_end() {
    // The page has the topics' own names, so it has a broker of its own.
    let broker = Broker::own();
    let mut reader = Reader::new(&broker);
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).expect("the page");
    let steps = steps(&page);
    assert_eq!(steps.iter().filter(|step| step.until).count(), 2, "before the hour, and after it");
    steps.iter().for_each(|step| reader.follow(step));
    assert_eq!(reader.running.len(), 1, "the service runs");
    for process in &mut reader.running {
        let status = process.terminate(15);
        assert!(in_order(status), "{status}");
    }
    let (_, told) = page.split_once("## What lies where now").expect("the last part");
    for file in reader.files() {
        assert!(told.contains(&format!("{file}`")), "the page does not say what {file} is");
    }
}

#[test]
fn a_page_that_says_otherwise_is_found_out() {
    let check = |shown: &[&str], printed: &str, fits: bool| {
        let shown: Vec<String> = shown.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(same(&shown, printed).is_ok(), fits, "{shown:?} and {printed:?}");
    };
    check(&[], "", true);
    check(&[], "said\n", false);
    check(&["a  b", ""], " a b\n", true);
    check(&["a"], "a\nb\n", false);
    check(&["a", "b"], "a\n", false);
    check(&["a", "…", "d"], "a\nb\nc\nd\n", true);
    check(&["a", "…", "c"], "a\nb\nc\nd\n", false);
    check(&["a", "…", "x", "…"], "a\nb\nc\nd\n", false);
    check(&["…", "b", "c", "…"], "a\nb\nd\nb\nc\nd\n", true);
    check(&["on 1 Dec 2026, 06:00 (UTC)"], "on 28 Nov 2026, 17:31 (UTC)\n", true);
    check(&["on 1 Dec 2026 by 2"], "on 1 Dec 2026 by 3\n", false);
    let page = "<!-- exit 1 -->\n```console\n$ a\n$ b\nsaid\n```\n<!-- until -->\n```console\n$ c\n```\n```sh\n$ d\n```\n";
    let step = |line, command: &str, shown: &[&str], exit, until| {
        let shown = shown.iter().map(|line| (*line).to_owned()).collect();
        Step { line, command: command.to_owned(), shown, exit, until }
    };
    assert_eq!(steps(page), [step(3, "a", &[], 0, false), step(4, "b", &["said"], 1, false), step(9, "c", &[], 0, true)]);
}
