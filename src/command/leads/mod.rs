//! `relevo leads`: the open leads, for people without Grafana: who waits, with whom, for how long; and one lead's whole story.
//!
//! It reads the changelog as a restore does, so what it shows is the service's own committed state, whichever pods hold it. It refuses to
//! know the topics that subscribers read: they may keep less than a lead's life.

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, Instant};

use super::terminal::Paint;
use super::{Status, Usage, connect, explain};
use crate::cli::{ExplainArguments, ExplainFormat, LeadsArguments, LeadsFormat};
use crate::config::{Problem, Problems, Settings};
use crate::contract::{LeadId, Timestamp, code};
use crate::kafka::offsets::Offsets;
use crate::kafka::{TopicPartition, reader};
use crate::pipeline::standing::Standing;
use crate::state::{Position, Store};

mod list;
mod view;

use list::{OpenLeads, Wish};

/// How many leads the table shows unless more are asked for.
const TABLE_LIMIT: usize = 50;
/// How long a partition may bring nothing until reading is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lists open leads, or tells one lead's story.
///
/// # Errors
/// The cluster gives no answer, or the state can't be read: each with its code and place.
pub fn perform(arguments: &LeadsArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let settings = connect::settings(&arguments.config)?;
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    if let Some(text) = &arguments.lead {
        return story(text, arguments, &settings, now, out);
    }
    let leads = read(&settings)?;
    let known = leads.teams();
    if let Some(team) = arguments.team.as_ref().filter(|team| !known.contains(team.as_str())) {
        let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let remedy = if known.is_empty() { "no rulebook is in force yet".to_owned() } else { format!("name one of {known}") };
        return Err(Usage { what: format!("there is no team `{team}`"), remedy }.into());
    }
    let wish = Wish {
        team: arguments.team.clone(),
        seller: arguments.seller.clone(),
        standing: arguments.standing.clone(),
        handed_off_before: arguments.older_than.map(|age_ms| now.plus_ms(-age_ms)),
    };
    let chosen = leads.chosen(&wish);
    match arguments.format {
        LeadsFormat::Table => {
            let limit = arguments.limit.map_or(TABLE_LIMIT, |limit| limit as usize);
            for line in &leads.halted {
                writeln!(out, "{line}")?;
            }
            for line in view::page(&chosen, &leads, limit, now, Paint::of_stdout()) {
                writeln!(out, "{line}")?;
            }
        }
        LeadsFormat::Json => {
            for lead in chosen.iter().take(arguments.limit.map_or(usize::MAX, |limit| limit as usize)) {
                serde_json::to_writer(&mut *out, &lead.shown(now))?;
                writeln!(out)?;
            }
        }
    }
    Ok(Status::Well)
}

/// Where one lead stands, and how it came there.
fn story(text: &str, arguments: &LeadsArguments, settings: &Settings, now: Timestamp, out: &mut impl Write) -> anyhow::Result<Status> {
    let lead = LeadId::parse(text).ok_or_else(|| Usage {
        what: "this is no lead's identifier".to_owned(),
        remedy: "a lead's identifier is `L-` and 24 capital letters and digits, as in `lead_id`".to_owned(),
    })?;
    let leads = read(settings)?;
    if arguments.format == LeadsFormat::Table {
        for line in view::standing(leads.of(&lead), text, now) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }
    let format = if arguments.format == LeadsFormat::Json { ExplainFormat::Json } else { ExplainFormat::Text };
    let told = explain::perform(&ExplainArguments::of_lead(text, &arguments.config, format), out);
    match told {
        // The log keeps some days, and a lead may live for months: where it stands was said.
        Err(error) if leads.of(&lead).is_some() && is_beyond_the_log(&error) => {
            writeln!(out, "How it came there is no longer in the intake log, which keeps some days only.")?;
            Ok(Status::Well)
        }
        told => told,
    }
}

fn is_beyond_the_log(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Problem>().is_some_and(|problem| problem.code == code::HISTORY_NOBODY)
}

/// Every open lead of the service's committed state.
fn read(settings: &Settings) -> Result<OpenLeads, Problems> {
    let topic = &settings.topics.changelog;
    let partitions = connect::partitions(settings, topic, "`topics.changelog`")?;
    let refused = |error| connect::refused(settings, &error);
    let connection = connect::connection(settings);
    let mut leads = OpenLeads::default();
    let offsets = Offsets::of(&connection, &format!("{}-decide", settings.application)).map_err(refused)?;
    for index in 0..partitions {
        let partition = TopicPartition::new(topic, index as i32);
        let mut store = Store::new(index, partitions);
        let heard = Cell::new(Instant::now());
        let is_silent = || heard.get().elapsed() > PATIENCE;
        let mut broken = None;
        reader::read_to_end(&connection, &partition, None, &is_silent, |row| {
            heard.set(Instant::now());
            if let (None, Err(error)) = (&broken, store.restore(row.key().unwrap_or_default(), row.value())) {
                broken = Some(error);
            }
        })
        .map_err(refused)?;
        let restored = broken.map_or_else(|| store.restored().map_err(|(_, error)| error), Err);
        restored.map_err(|error| unusable(&partition, &error))?;
        leads.add(&store);
        leads.halted.extend(halted_of(settings, &offsets, index, store.position())?);
    }
    Ok(leads)
}

/// Why a partition of the log is halted, if it is: what is shown of it stays as it was.
fn halted_of(settings: &Settings, offsets: &Offsets, index: u32, position: Option<Position>) -> Result<Option<String>, Problem> {
    let topics = &settings.topics;
    let partition = TopicPartition::new(&topics.intake, index as i32);
    let asked = || {
        let committed = offsets.committed(std::slice::from_ref(&partition), false)?.remove(0);
        let (log_id, changelog_id) = (offsets.topic_id(&topics.intake)?, offsets.topic_id(&topics.changelog)?);
        let (changelog, range) = ((topics.changelog.as_str(), changelog_id), offsets.whole_range(&partition)?);
        // An owner at work commits between the two looks: only what can't be so is said.
        let committed = crate::kafka::offsets::Committed { offset: position.map(|position| position.offset), ..committed };
        // Whoever reads the state need not be allowed to read the log: its records are not compared here.
        let last_appended_at = position.and_then(|position| position.last).map(|last| last.appended_at);
        Ok(Standing { partition: &partition, log_id, changelog, position, committed: &committed, range, last_appended_at }.start())
    };
    let standing = asked().map_err(|error| connect::refused(settings, &error))?;
    Ok(standing.err().map(|stopped| {
        let code = stopped.code;
        format!("HALTED, {code}: {} What is shown of it does not change; `relevo explain-code {code}` says what to do.", stopped.message)
    }))
}

/// A partition of the state that can't be read: no figure is better than a wrong one.
fn unusable(partition: &TopicPartition, error: &crate::state::Error) -> Problem {
    let remedy = "use the version of Relevo that runs; `relevo explain-code` says more";
    Problem::new(error.code(), format!("the state can't be read: {error}"), format!("{partition}"), remedy)
}
