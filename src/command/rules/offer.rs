//! `relevo rules offer`: hands rulebooks to the log as the service does, from a terminal or a deployment job, and waits until they are law.
//!
//! The registrar judges them again, whatever is found here: what is refused here only spares a wait.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::RulesOfferArguments;
use crate::command::terminal::Paint;
use crate::command::{Status, connect, run};
use crate::config::{Problem, Settings};
use crate::contract::code::{NOT_YET_EFFECTIVE, REVISION_OUT_OF_TURN, SIGNATURES_UNREADABLE, WRONG_PREVIOUS};
use crate::contract::headers::CE_TYPE;
use crate::contract::log::{POLICY_OFFERED, PolicyOffered};
use crate::engine::Authority;
use crate::engine::law::REGISTRAR;
use crate::kafka::TopicPartition;
use crate::kafka::audience::Sender;
use crate::kafka::offsets::LawNote;
use crate::pipeline::{Clock as _, SystemClock, files, policy};
use crate::rulebook::Rulebook;
use crate::rulebook::signatures::MAX_SIGNATURES_BYTES;

use super::known::{Laws, latest};
use super::{Judged, agreement, judge};

/// How often the partitions are asked.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// How long sending may take.
const SENDING_PATIENCE: Duration = Duration::from_secs(30);

/// Offers what is not law yet.
pub fn perform(arguments: &RulesOfferArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let mut settings = connect::settings(&arguments.config)?;
    settings.rulebook.allow_unsigned |= arguments.allow_unsigned;
    let authority = run::authority(&settings)?;
    let paint = Paint::of_stdout();
    let paths = match &arguments.file {
        Some(file) => super::files(file)?,
        None => super::files(&settings.rulebook.folder)?,
    };
    let judged: Vec<Judged> = paths.iter().map(|path| judge(path)).collect();
    let laws = Laws::of(&settings)?;
    let known = laws.ask()?;
    let next = match choose(&judged, &authority, latest(&known)) {
        Ok(next) => next,
        Err(problems) => {
            for problem in &problems {
                writeln!(out, "{}\n", paint.errors(&problem.to_string()))?;
            }
            writeln!(out, "{}", paint.bad("Nothing was offered."))?;
            return Ok(Status::No);
        }
    };
    let Some((_, last)) = next.last() else {
        let says = latest(&known).map_or("There is no rulebook to offer.".to_owned(), |law| {
            format!("There is nothing to offer: revision {} is in force, and no later one is here.", law.revision)
        });
        writeln!(out, "{says}")?;
        return Ok(Status::Well);
    };
    offer(&settings, &next, &authority)?;
    for (file, rulebook) in &next {
        writeln!(out, "Offered revision {}, {}.", rulebook.revision, file.path.display())?;
    }
    if !arguments.wait {
        return Ok(Status::Well);
    }
    out.flush()?;
    await_law(&laws, last, Duration::from_secs(arguments.timeout_seconds), paint, out)
}

/// What may be offered, in ascending order; or everything that the registrar would refuse.
fn choose<'j>(
    judged: &'j [Judged],
    authority: &Authority,
    in_force: Option<&LawNote>,
) -> Result<Vec<(&'j Judged, &'j Rulebook)>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut next: Vec<(&Judged, &Rulebook)> = Vec::new();
    for file in judged {
        match &file.result {
            Ok(rulebook) if in_force.is_none_or(|law| rulebook.revision > law.revision) => next.push((file, rulebook)),
            Ok(rulebook) => problems.extend(taken(file, rulebook, in_force)),
            Err(diagnostics) => problems.extend(diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).map(Problem::of_file)),
        }
    }
    next.sort_by_key(|(_, rulebook)| rulebook.revision);
    let mut before = in_force.map(|law| (law.revision, law.digest.clone()));
    for (file, rulebook) in &next {
        problems.extend(out_of_turn(file, rulebook, before.as_ref()));
        problems.extend(not_agreed(file, rulebook, authority));
        before = Some((rulebook.revision, rulebook.digest.to_string()));
    }
    if problems.is_empty() { Ok(next) } else { Err(problems) }
}

fn place(path: &Path) -> String {
    path.display().to_string()
}

/// A file with the number of the law that is in force, and which is another.
fn taken(file: &Judged, rulebook: &Rulebook, in_force: Option<&LawNote>) -> Option<Problem> {
    let law = in_force.filter(|law| law.revision == rulebook.revision && law.digest != rulebook.digest)?;
    let what = format!("revision {} is law already, as another file", law.revision);
    Some(Problem::new(
        REVISION_OUT_OF_TURN,
        what,
        place(&file.path),
        "give it the next number, chain it to the law, and let it be signed again",
    ))
}

fn out_of_turn(file: &Judged, rulebook: &Rulebook, before: Option<&(u32, String)>) -> Option<Problem> {
    if rulebook.effective_from > SystemClock.now() {
        let what = format!("it takes force on {}, and not before", rulebook.effective_from);
        return Some(Problem::new(
            NOT_YET_EFFECTIVE,
            what,
            place(&file.path),
            "put it into the folder of rulebooks: the service offers it in its time",
        ));
    }
    let (revision, digest) = before?;
    if rulebook.revision != revision.saturating_add(1) {
        let what = format!("revision {} does not follow {revision}: revisions grow by one", rulebook.revision);
        return Some(Problem::new(
            REVISION_OUT_OF_TURN,
            what,
            place(&file.path),
            format!("set `revision: {}`", revision.saturating_add(1)),
        ));
    }
    if rulebook.previous.as_deref() != Some(digest) {
        let what = format!("`previous` is not the digest of revision {revision}");
        return Some(Problem::new(WRONG_PREVIOUS, what, place(&file.path), format!("set `previous: {digest}`")));
    }
    None
}

fn not_agreed(file: &Judged, _: &Rulebook, authority: &Authority) -> Vec<Problem> {
    let Some(charter) = authority.charter.as_ref().filter(|_| !authority.unsigned_allowed) else { return Vec::new() };
    let tally = agreement::tally(charter, file).filter(|tally| !tally.is_agreed());
    tally.iter().flat_map(|tally| &tally.findings).map(Problem::of_file).collect()
}

/// Writes the offers to the registrar's partition.
fn offer(settings: &Settings, next: &[(&Judged, &Rulebook)], authority: &Authority) -> anyhow::Result<()> {
    let registrar = TopicPartition::new(&settings.topics.intake, REGISTRAR as i32);
    let sender = Sender::new(&connect::connection(settings), "relevo-offer")?;
    for (file, _) in next {
        let beside = policy::signatures_of(&file.path);
        let signatures = match files::read_text(&beside, MAX_SIGNATURES_BYTES) {
            Ok(signatures) => signatures,
            Err(_) if matches!(beside.try_exists(), Ok(false)) => String::new(),
            Err(reason) => {
                let what = format!("the signatures can't be read: {reason}");
                return Err(Problem::new(
                    SIGNATURES_UNREADABLE,
                    what,
                    place(&beside),
                    "let it be a text file that you may read, with what `ssh-keygen -Y sign` writes",
                )
                .into());
            }
        };
        let offered = PolicyOffered { rulebook: file.text.clone(), signatures, unsigned_allowed: authority.unsigned_allowed };
        let json = serde_json::to_vec(&offered)?;
        sender
            .send_to(&registrar, "policy_offered", &json, &[(CE_TYPE, POLICY_OFFERED)])
            .map_err(|error| connect::refused(settings, &error))?;
    }
    sender.flush(SENDING_PATIENCE).map_err(|error| connect::refused(settings, &error))?;
    Ok(())
}

/// Waits until every partition has this law, or another one of its number.
fn await_law(laws: &Laws<'_>, wanted: &Rulebook, patience: Duration, paint: Paint, out: &mut impl Write) -> anyhow::Result<Status> {
    let began = Instant::now();
    loop {
        let known = laws.ask()?;
        if let Some(other) = known.values().flatten().find(|law| law.revision == wanted.revision && law.digest != wanted.digest) {
            let says =
                format!("Another file became revision {} first: {}. This one can't become law any more.", other.revision, other.digest);
            writeln!(out, "{}", paint.bad(&says))?;
            return Ok(Status::No);
        }
        let have = known.values().flatten().filter(|law| law.revision >= wanted.revision).count();
        if have == known.len() {
            let says = format!(
                "Revision {} is in force in {}.",
                wanted.revision,
                if have == 1 { "the only partition".to_owned() } else { format!("all {have} partitions") }
            );
            writeln!(out, "{}", paint.good(&says))?;
            return Ok(Status::Well);
        }
        if began.elapsed() >= patience {
            let says =
                format!("Revision {} is in force in {have} of {} partitions after {} s.", wanted.revision, known.len(), patience.as_secs());
            writeln!(out, "{}", paint.bad(&says))?;
            writeln!(
                out,
                "Is Decide running? It may judge by another charter: its log, and /readyz?verbose, say what it refused and why."
            )?;
            return Ok(Status::No);
        }
        std::thread::sleep(ASK_EVERY);
    }
}
