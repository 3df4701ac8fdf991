//! `relevo rules new`: a first agreement, commented, ready to be argued over, edited and signed.
//!
//! It writes a charter, a file for keys and a first rulebook, and overwrites nothing. It makes no keys: those belong to the people.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::RulesNewArguments;
use crate::command::terminal::Paint;
use crate::command::{Status, Usage};

const CHARTER: &str = include_str!("charter.yaml");
const ALLOWED_SIGNERS: &str = include_str!("allowed_signers");
const RULEBOOK: &str = include_str!("rulebook.yaml");
/// The longest name of a company, in characters.
const MAX_COMPANY: usize = 100;
/// The longest address that mail has.
const MAX_ADDRESS: usize = 254;

/// Writes the folder and prints what to do next.
pub fn perform(arguments: &RulesNewArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let texts = Texts::of(arguments)?;
    let folder = &arguments.folder;
    let files = [
        (folder.join("charter.yaml"), texts.fill(CHARTER)),
        (folder.join("allowed_signers"), texts.fill(ALLOWED_SIGNERS)),
        (folder.join("rulebooks/0001.yaml"), texts.fill(RULEBOOK)),
    ];
    let there: Vec<String> =
        files.iter().filter(|(path, _)| path.symlink_metadata().is_ok()).map(|(path, _)| path.display().to_string()).collect();
    if !there.is_empty() {
        let what = format!("{} is there already, and nothing is overwritten", there.join(" and "));
        return Err(Usage { what, remedy: "name another folder; to change an agreement, write its next revision".to_owned() }.into());
    }
    make_folder(&folder.join("rulebooks"))?;
    for (path, text) in &files {
        // Made new, whatever has come in between.
        let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| unwritable(path, &error))?;
    }
    next(folder, &files.map(|(path, _)| path), arguments.at_once, out)?;
    Ok(Status::Well)
}

fn make_folder(path: &Path) -> Result<(), Usage> {
    fs::create_dir_all(path).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Usage {
    Usage { what: format!("{} can't be written: {error}", path.display()), remedy: "name a folder that you may write to".to_owned() }
}

/// What the files are filled with, checked.
struct Texts {
    company: String,
    marketing: String,
    sales: String,
    time_zone: String,
    effective_from: String,
}

impl Texts {
    fn of(arguments: &RulesNewArguments) -> Result<Self, Usage> {
        let company = arguments.company.trim();
        if company.is_empty() || company.chars().count() > MAX_COMPANY || company.chars().any(breaks_a_line) {
            return Err(Usage {
                what: format!("a company's name for `--company` has 1 to {MAX_COMPANY} characters, all on one line"),
                remedy: "for example --company \"Cumbre Software\"".to_owned(),
            });
        }
        let (marketing, sales) = (address("--marketing", &arguments.marketing)?, address("--sales", &arguments.sales)?);
        if marketing.eq_ignore_ascii_case(&sales) {
            return Err(Usage {
                what: "`--marketing` and `--sales` are the same person, and nobody signs for two parties".to_owned(),
                remedy: "name one person of each department".to_owned(),
            });
        }
        let zone = jiff::tz::TimeZone::get(&arguments.time_zone).map_err(|_| Usage {
            what: "there is no such time zone".to_owned(),
            remedy: "`--time-zone` takes names of the IANA database, for example America/Mexico_City".to_owned(),
        })?;
        Ok(Self {
            company: company.to_owned(),
            marketing,
            sales,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            effective_from: tomorrow(&zone).filter(|_| !arguments.at_once).unwrap_or_else(this_minute),
        })
    }

    /// The template with its words in capitals replaced, in one pass: what is put in is not looked at again.
    fn fill(&self, template: &str) -> String {
        let words = [
            ("COMPANY", &self.company),
            ("MARKETING", &self.marketing),
            ("SALES", &self.sales),
            ("TIME_ZONE", &self.time_zone),
            ("EFFECTIVE_FROM", &self.effective_from),
        ];
        let mut filled = String::with_capacity(template.len() + 256);
        let mut rest = template;
        while let Some((at, word, text)) = words.iter().filter_map(|(word, text)| Some((rest.find(word)?, *word, *text))).min() {
            filled.push_str(&rest[..at]);
            filled.push_str(text);
            rest = &rest[at + word.len()..];
        }
        filled + rest
    }
}

/// What would end a comment, or change how a line is read.
fn breaks_a_line(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An e-mail address with nothing in it that YAML, OpenSSH or a shell would read as a sign.
fn address(argument: &str, text: &str) -> Result<String, Usage> {
    let plain = |part: &str, signs: &str| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || signs.contains(letter);
        part.starts_with(|first: char| first.is_ascii_alphanumeric()) && part.chars().all(fits)
    };
    let fits = text.split_once('@').is_some_and(|(name, host)| plain(name, "._+-") && plain(host, ".-"));
    if !fits || text.len() > MAX_ADDRESS {
        return Err(Usage {
            what: format!("`{argument}` takes an e-mail address of letters, digits, `.`, `_`, `+` and `-`, as the signer's name"),
            remedy: format!("for example {argument} ana@example.com"),
        });
    }
    Ok(text.to_owned())
}

/// The minute that has begun, as an instant: what is dated then takes force as soon as everybody has signed it.
fn this_minute() -> String {
    let second = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(second - second.rem_euclid(60))
        .map_or_else(|_| jiff::Timestamp::now().to_string(), |minute| minute.to_string())
}

/// Midnight of the next day in the zone, as an instant.
fn tomorrow(zone: &jiff::tz::TimeZone) -> Option<String> {
    let today = zone.to_datetime(jiff::Timestamp::now()).date();
    let midnight = today.tomorrow().ok()?.at(0, 0, 0, 0);
    Some(zone.to_timestamp(midnight).ok()?.to_string())
}

fn next(folder: &Path, [charter, signers, rulebook]: &[PathBuf; 3], at_once: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let paint = Paint::of_stdout();
    for (path, what) in [
        (charter, "who has to agree"),
        (signers, "whose keys count: it says how to put them in"),
        (rulebook, "the first rulebook: edit it"),
    ] {
        writeln!(out, "{} {}  {what}", paint.good("made"), path.display())?;
    }
    let (file, sigs) = (quoted(rulebook), quoted(&rulebook.with_extension("sigs")));
    let sign = format!("ssh-keygen -Y sign -n relevo-rulebook -f ~/.ssh/relevo < {file} >> {sigs}");
    let in_force = if at_once { "" } else { " (it takes force tomorrow; `--at-once` makes one that does when it is signed)" };
    let run = format!("Run it, with `rulebook.folder` and `rulebook.charter` in relevo.yaml set to these files{in_force}");
    let steps = [
        (
            "Your public keys are in allowed_signers: does all of it load, and who has to sign?",
            format!("relevo rules check {}", quoted(folder)),
        ),
        (
            "What does it decide in the cases that you agreed on? (`rules show` prints it as a page to read)",
            format!("relevo rules test {file}"),
        ),
        ("Agreed: each of the two signs the file as it is, with their own key", sign),
        (run.as_str(), "relevo run --config relevo.yaml".to_owned()),
    ];
    writeln!(out, "\nNext, when both of you have read and edited the rulebook:")?;
    for (number, (why, command)) in steps.into_iter().enumerate() {
        writeln!(out, "\n  {}. {why}\n     {}", number + 1, paint.strong(&command))?;
    }
    Ok(())
}

/// The path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-');
    if text.chars().all(plain) && !text.starts_with('-') { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
