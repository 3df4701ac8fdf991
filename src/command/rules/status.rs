//! `relevo rules status`: which revision is in force, who has signed the next one, and who has not. For directors as for operators.
//!
//! What is in force is Decide's own word, noted beside its offsets; what is signed is read from the folder, and said to be the folder's:
//! by whom a law was signed when it took force is in the log, and in the leads that it made. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use crate::cli::RulesStatusArguments;
use crate::command::terminal::{self, Paint};
use crate::command::{Status, connect, run};
use crate::config::Settings;
use crate::contract::code::NOT_SIGNED;
use crate::kafka::offsets::LawNote;
use crate::pipeline::{Clock as _, SystemClock, files, folder};
use crate::rulebook::{Charter, Rulebook, Tally};

use super::known::{Laws, in_words, latest};
use super::wait::until_in_force;
use super::{Judged, agreement, judge};

/// Shows what is in force and what comes next.
pub fn perform(arguments: &RulesStatusArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    // Who must sign is known without the cluster, and a charter that is none is told before it is asked.
    let charter = match run::authority(&settings) {
        Ok(authority) => authority.charter,
        Err(problems) if problems.0.iter().all(|problem| problem.code == crate::contract::code::UNSIGNED_NOT_ALLOWED) => None,
        Err(problems) => return Err(problems.into()),
    };
    let asked = Laws::of(&settings)?;
    let notes = asked.notes()?;
    let rosters = notes.iter().map(|(partition, note)| (*partition, note.roster.clone())).collect();
    let laws = notes.into_iter().map(|(partition, note)| (partition, note.law)).collect();
    let paint = Paint::of_stdout();
    let judged: Vec<Judged> = folder::list(&settings.rulebook.folder).unwrap_or_default().files.iter().map(|path| judge(path)).collect();
    in_force(&laws, &judged, charter.as_deref(), paint, out)?;
    writeln!(out, "  {}", roster_in_words(&rosters))?;
    writeln!(out)?;
    let revision = latest(&laws).map_or(0, |law| law.revision);
    let mut next: Vec<(&Judged, &Rulebook)> = judged
        .iter()
        .filter_map(|file| Some((file, file.result.as_ref().ok()?)))
        .filter(|(_, rulebook)| rulebook.revision > revision)
        .collect();
    next.sort_by_key(|(_, rulebook)| rulebook.revision);
    for (file, rulebook) in &next {
        show_next(file, rulebook, charter.as_deref(), paint, out)?;
    }
    if next.is_empty() {
        writeln!(out, "No further revision lies in {}.", settings.rulebook.folder.display())?;
    }
    unreadable(&judged, &settings, paint, out)?;
    let due = next.iter().rfind(|(_, rulebook)| rulebook.effective_from <= SystemClock.now()).filter(|_| arguments.wait);
    let Some((file, rulebook)) = due else { return Ok(Status::Well) };
    let is_agreed = |charter: &Charter| agreement::tally(charter, file).is_some_and(|tally| tally.is_agreed());
    if !settings.rulebook.allow_unsigned && !charter.as_deref().is_some_and(is_agreed) {
        writeln!(out, "\n{}", paint.bad(&format!("Revision {} is not agreed on: it is not waited for.", rulebook.revision)))?;
        return Ok(Status::No);
    }
    out.flush()?;
    until_in_force(&asked, rulebook, Duration::from_secs(arguments.timeout_seconds), paint, out)
}

fn in_force(
    laws: &BTreeMap<i32, Option<LawNote>>,
    judged: &[Judged],
    charter: Option<&Charter>,
    paint: Paint,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "{}\n", paint.strong("In force"))?;
    let mut by_law: Vec<(Option<&LawNote>, Vec<i32>)> = Vec::new();
    for (partition, law) in laws {
        match by_law.iter_mut().find(|(known, _)| *known == law.as_ref()) {
            Some((_, partitions)) => partitions.push(*partition),
            None => by_law.push((law.as_ref(), vec![*partition])),
        }
    }
    let mut table = terminal::table(["PARTITIONS", "REVISION", "AGREED BY", "FILE", "SIGNED IN THE FOLDER"]);
    for (law, partitions) in &by_law {
        let partitions = in_words(partitions, laws.len());
        let Some(law) = law else {
            table.add_row([&partitions, "none yet", "", "", ""]);
            continue;
        };
        let file = judged.iter().find(|file| file.result.as_ref().is_ok_and(|rulebook| rulebook.digest == law.digest));
        // Who signed the law is in the log, in every lead that it made; the folder's signatures may have come or gone since.
        let agreed_by = if law.unsigned { "NOBODY" } else { "every party" };
        let signed_now = match (charter, file) {
            (Some(charter), Some(file)) => signers(charter, file),
            _ => String::new(),
        };
        let name = file.map_or_else(|| "not in the folder".to_owned(), |file| files::name(&file.path));
        table.add_row([&partitions, &law.revision.to_string(), agreed_by, &name, &signed_now]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    for law in by_law.iter().filter_map(|(law, _)| *law) {
        writeln!(out, "\n  digest of revision {}: {}", law.revision, law.digest)?;
    }
    if laws.values().flatten().any(|law| law.unsigned) {
        writeln!(out, "\n{}", paint.warning("Nobody signed what is in force: no department has agreed to it."))?;
    }
    Ok(())
}

/// Which roster assigns leads.
fn roster_in_words(rosters: &BTreeMap<i32, Option<LawNote>>) -> String {
    let known: BTreeSet<Option<(u32, &str, bool)>> =
        rosters.values().map(|roster| roster.as_ref().map(|note| (note.revision, note.digest.as_str(), note.unsigned))).collect();
    match known.into_iter().collect::<Vec<_>>().as_slice() {
        [] | [None] => "roster: none in force, so each lead goes to its team's queue".to_owned(),
        [Some((revision, _, false))] => format!("roster: revision {revision}, in all partitions"),
        [Some((revision, _, true))] => format!("roster: revision {revision}, in all partitions, and NOBODY signed it"),
        several => {
            let words = several.iter().map(|revision| revision.map_or_else(|| "none".to_owned(), |(revision, ..)| revision.to_string()));
            format!("roster: partitions have different ones, {}: a new one is on its way", words.collect::<Vec<_>>().join(" and "))
        }
    }
}

/// Whose signatures beside the file count by the charter of today.
fn signers(charter: &Charter, file: &Judged) -> String {
    let parties = agreement::tally(charter, file).map(|tally| tally.parties).unwrap_or_default();
    let people: Vec<String> = parties.into_iter().flat_map(|party| party.signed).map(String::from).collect();
    if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
}

fn show_next(file: &Judged, rulebook: &Rulebook, charter: Option<&Charter>, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let title = format!("Revision {}", rulebook.revision);
    let when = if rulebook.effective_from > SystemClock.now() { "takes force on" } else { "could be in force since" };
    writeln!(out, "{}, {}, {when} {}\n", paint.strong(&title), file.path.display(), rulebook.effective_from)?;
    let Some(charter) = charter else {
        writeln!(out, "  There is no charter, so nobody can sign it.\n")?;
        return Ok(());
    };
    let Some(tally) = agreement::tally(charter, file) else { return Ok(()) };
    let mut table = terminal::table(["PARTY", "NEEDS", "SIGNED", "NOT YET"]);
    for party in &tally.parties {
        let [needed, signed, missing] = agreement::cells(party);
        table.add_row([party.name.to_string(), needed, signed, missing]);
    }
    for line in terminal::lines(&table) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    conclusion(&tally, file, paint, out)
}

fn conclusion(tally: &Tally, file: &Judged, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    for finding in tally.findings.iter().filter(|finding| finding.code != NOT_SIGNED) {
        writeln!(out, "  {}", paint.warning(&format!("does not count: {finding}")))?;
    }
    if tally.is_agreed() {
        writeln!(out, "  {}\n", paint.good("Every party has signed."))?;
        return Ok(());
    }
    let waits = tally.parties.iter().filter(|party| !party.has_agreed()).map(|party| party.name.as_str()).collect::<Vec<_>>();
    writeln!(out, "  {} Each of its people signs with", paint.warning(&format!("It waits for {}.", waits.join(" and "))))?;
    writeln!(out, "    {}\n", agreement::how_to_sign(&file.path))?;
    Ok(())
}

fn unreadable(judged: &[Judged], settings: &Settings, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let broken = judged.iter().filter(|file| file.result.is_err()).count() as u64;
    if broken > 0 {
        let folder = settings.rulebook.folder.display();
        let says = format!(
            "{} not load: `relevo rules check {folder}` says why.",
            if broken == 1 { "1 file does".to_owned() } else { format!("{broken} files do") }
        );
        writeln!(out, "\n{}", paint.bad(&says))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::File;

    const RULEBOOK: &str = include_str!("../../../tests/kafka/data/rulebook.yaml");

    fn public_key(folder: &std::path::Path) -> String {
        let key = folder.join("key");
        let mut command = std::process::Command::new("ssh-keygen");
        let made = command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().expect("ssh-keygen");
        assert!(made.success());
        std::fs::read_to_string(key.with_extension("pub")).expect("a public key")
    }

    #[test]
    fn what_is_law_was_agreed_whatever_became_of_the_signatures_in_the_folder() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("0001.yaml");
        std::fs::write(&path, RULEBOOK).expect("written");
        let judged = [judge(&path)];
        let text = "api: relevo/v1\nkind: Charter\nparties: { marketing: { needed: 1, signers: [ana@example.com] } }\n";
        let signers = format!("ana@example.com {}", public_key(folder.path()));
        let charter =
            Charter::read(File { name: "charter.yaml", bytes: text.as_bytes() }, File { name: "signers", bytes: signers.as_bytes() });
        let charter = charter.expect("a charter");
        let shown = |unsigned: bool, charter: Option<&Charter>| {
            let law = LawNote { revision: 1, digest: crate::rulebook::digest(RULEBOOK.as_bytes()).to_string(), unsigned };
            let mut out = Vec::new();
            in_force(&[(0, Some(law)), (1, None)].into(), &judged, charter, Paint::plain(), &mut out).expect("a buffer takes it");
            let text = String::from_utf8(out).expect("UTF-8");
            text.lines().find(|line| line.contains("0001.yaml")).expect("a row").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(false, Some(&charter)), "0 1 every party 0001.yaml nobody");
        assert_eq!(shown(false, None), "0 1 every party 0001.yaml");
        assert_eq!(shown(true, Some(&charter)), "0 1 NOBODY 0001.yaml nobody");
    }

    #[test]
    fn the_roster_is_said_in_a_line() {
        let check = |rosters: &[Option<u32>], words: &str| {
            let note = |revision: u32| LawNote { revision, digest: format!("sha256:{revision}"), unsigned: revision == 9 };
            let rosters = (0..).zip(rosters.iter().map(|roster| roster.map(note))).collect();
            assert!(roster_in_words(&rosters).contains(words), "{}", roster_in_words(&rosters));
        };
        check(&[None, None], "none in force");
        check(&[Some(3), Some(3)], "revision 3, in all partitions");
        check(&[Some(9)], "NOBODY signed it");
        check(&[Some(3), Some(2), None], "different ones, none and 2 and 3");
    }
}
