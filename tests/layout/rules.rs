//! The rules of the layout, each a small function over one file: what may be named where.
//!
//! A rule knows a file's path and text, nothing of cargo or git.

use crate::source::{Path, Token, paths, tokens};

/// The rooms of `src/` from the lowest to the highest: a file may name its own room and those before it. Rooms in one entry
/// are one level: the arguments and what they start.
pub const ROOMS: &[&[&str]] = &[
    &["contract"],
    &["rulebook"],
    &["mapping"],
    &["engine"],
    &["state"],
    &["config"],
    &["logging"],
    &["metrics"],
    &["kafka"],
    &["http"],
    &["pipeline"],
    &["command", "cli"],
    &["main", "lib"],
];

/// Rooms that do no I/O and read no clock.
const PURE: &[&str] = &["contract", "rulebook", "mapping", "engine"];

/// Longest Rust file, in lines.
const MAX_LINES: usize = 600;

/// A breach: where, which rule, and what was found.
#[derive(Debug)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub rule: &'static str,
    pub what: String,
}

/// The room of a source file: the folder or file under `src/`.
pub fn room(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let first = rest.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    rank(name).map(|_| name)
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|level| level.contains(&room))
}

/// The rules that hold for Rust files.
pub fn check_rust(path: &str, text: &str) -> Vec<Finding> {
    let mut check = Check { path, findings: Vec::new() };
    let tokens = tokens(text);
    check.opening(text);
    check.length(text);
    check.finished(&tokens);
    if let Some(room) = room(path) {
        let paths = paths(&tokens);
        check.imports(room, &paths);
        check.foreign(room, &paths);
        if PURE.contains(&room) && !path.ends_with("/tests.rs") && !path.contains("/tests/") {
            check.pure(text, &paths);
            check.silent(&tokens);
        }
    }
    check.findings
}

/// The rules that hold for every text file: it must mean the same on any machine.
pub fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut check = Check { path, findings: Vec::new() };
    // Written in halves, so that this file passes its own rule.
    let places = [["/wo", "rk/"], ["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/tm", "p/"]].map(|halves| halves.concat());
    let hosts = [
        ["crates", ".io/"],
        ["repo1.", "maven.org"],
        ["repo.maven", ".apache.org"],
        ["registry.", "npmjs.org"],
        ["pypi", ".org"],
        ["files.python", "hosted.org"],
        ["proxy.", "golang.org"],
        ["deb.", "debian.org"],
    ]
    .map(|halves| halves.concat());
    for (index, line) in text.lines().enumerate() {
        for place in &places {
            if names_absolute(line, place) {
                check.add(index + 1, "no-absolute-path", format!("a path of one machine ({place}…)"));
            }
        }
        // Cargo writes its own index into the lock file.
        for host in hosts.iter().filter(|host| path != "Cargo.lock" && line.contains(host.as_str())) {
            check.add(index + 1, "no-registry-host", format!("a package registry's host ({host})"));
        }
    }
    check.findings
}

/// Whether `place` begins a path in the line, rather than continuing a relative one.
fn names_absolute(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '.' | '_' | '-' | '}' | ')' | '"' | '*'))
            || line[..at].ends_with("=\"") // an attribute's or a variable's value
    })
}

struct Check<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn add(&mut self, line: usize, rule: &'static str, what: impl Into<String>) {
        self.findings.push(Finding { path: self.path.to_owned(), line, rule, what: what.into() });
    }

    fn opening(&mut self, text: &str) {
        if !text.starts_with("//!") {
            self.add(1, "opening", "open the file with `//!`: why it exists and what it refuses to know");
        }
    }

    fn length(&mut self, text: &str) {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            self.add(lines, "file-length", format!("{lines} lines, {MAX_LINES} at most"));
        }
    }

    fn finished(&mut self, tokens: &[Token]) {
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        for (index, token) in tokens.iter().enumerate() {
            let rest = &words[index..];
            if rest.starts_with(&["todo", "!"]) || rest.starts_with(&["unimplemented", "!"]) {
                self.add(token.line, "finished", format!("`{}!`", token.text));
            }
            if rest.starts_with(&["#", "[", "ignore"]) {
                self.add(token.line, "finished", "a test that is switched off");
            }
        }
    }

    /// No path may name a room above the file's own.
    fn imports(&mut self, room: &str, paths: &[Path]) {
        let own = rank(room).expect("the caller found the room");
        let depth = module_depth(self.path);
        for path in paths {
            let Some(named) = named_room(path, depth) else {
                continue;
            };
            if rank(named).is_some_and(|other| other > own) {
                self.add(path.line, "imports-down", format!("`{room}` names `{named}`, which is above it"));
            }
        }
    }

    /// Libraries that belong to one room.
    fn foreign(&mut self, room: &str, paths: &[Path]) {
        for path in paths {
            match path.segments[0].as_str() {
                "rdkafka" | "rdkafka_sys" if room != "kafka" && path.segments.len() > 1 => {
                    self.add(path.line, "rdkafka-only-in-kafka", "only src/kafka names the Kafka client");
                }
                "anyhow" if !matches!(room, "command" | "main") => {
                    self.add(path.line, "anyhow-only-in-command", "a typed error belongs here");
                }
                _ => {}
            }
        }
    }

    /// PURE-1: nothing is printed but by tests, which stand last in their file.
    fn silent(&mut self, tokens: &[Token]) {
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        let tests = ["#", "[", "cfg", "(", "test"];
        let end = words.windows(tests.len()).position(|window| window == tests).unwrap_or(words.len());
        for (index, token) in tokens[..end].iter().enumerate() {
            if matches!(token.text.as_str(), "print" | "println" | "eprint" | "eprintln") && words.get(index + 1) == Some(&"!") {
                self.add(token.line, "pure-1", format!("`{}!` reaches for the world", token.text));
            }
        }
    }

    /// PURE-1: no I/O, no clock, no chance, nothing whose order differs from run to run.
    fn pure(&mut self, text: &str, paths: &[Path]) {
        let lines: Vec<&str> = text.lines().collect();
        for path in paths.iter().filter(|path| !path.in_tests) {
            let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
            let worldly = match segments.as_slice() {
                ["std", "fs" | "net" | "thread" | "env" | "process" | "os", ..] => true,
                ["std", "io", rest, ..] => {
                    matches!(*rest, "stdin" | "stdout" | "stderr" | "Stdin" | "Stdout")
                }
                ["rand" | "fastrand" | "getrandom" | "tokio" | "tracing", ..] => true,
                [_, .., "now"] => true,
                all => all.iter().any(|segment| matches!(*segment, "Instant" | "SystemTime")),
            };
            if worldly {
                self.add(path.line, "pure-1", format!("`{}` reaches for the world", segments.join("::")));
            }
            // Where the type is brought in is where the reason is asked for; uses of its bare name further down have it there.
            let hashed = segments.iter().skip(1).any(|segment| matches!(*segment, "HashMap" | "HashSet" | "FxHashMap" | "FxHashSet"));
            if hashed && !has_reason(&lines, path.line) {
                self.add(path.line, "pure-1", "a hash map's order differs from run to run; say `hash-order: why not here`");
            }
        }
    }
}

/// Whether the line, or the one before, says why the order of a hash map does not matter.
fn has_reason(lines: &[&str], line: usize) -> bool {
    lines[line.saturating_sub(2)..line].iter().any(|text| text.contains("hash-order:"))
}

/// How many `super`s lead from a file's module to the crate's root.
fn module_depth(path: &str) -> usize {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    let segments = rest.split('/').count();
    if rest.ends_with("/mod.rs") || matches!(rest, "lib.rs" | "main.rs") { segments - 1 } else { segments }
}

/// The room that a path names through `crate::` or through enough `super::`s.
fn named_room(path: &Path, depth: usize) -> Option<&str> {
    let supers = path.segments.iter().take_while(|segment| *segment == "super").count();
    if path.segments[0] == "crate" || (supers > 0 && supers == depth + path.inline_modules) {
        return path.segments.get(supers.max(1)).map(String::as_str);
    }
    None
}
