//! `relevo explain`: why an account is a lead or not, step by step, by folding what arrived once more.
//!
//! For people with access: it names persons by their identifiers, and shows no address and nothing that they wrote (PII-1).

use std::io::Write;
use std::sync::Arc;

use crate::cli::{ExplainArguments, ExplainFormat};
use crate::config::{Problem, Settings};
use crate::contract::code::HISTORY_NOBODY;
use crate::contract::log::Record;
use crate::contract::{AccountKey, LeadId, Timestamp};
use crate::rulebook::Rulebook;

use super::backtest;
use super::replay::{Fold, History, Origin, Reading, Stretch};
use super::{Status, Usage, connect, terminal};

mod print;
mod story;

use story::Story;

/// Tells the story of an account or a lead.
pub fn perform(arguments: &ExplainArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let origins = if arguments.history.events.is_empty() { vec![Origin::Intake] } else { arguments.history.events.clone() };
    let rulebook = match &arguments.rulebook {
        Some(path) => match backtest::load(path, out)? {
            Some(loaded) => Some(loaded),
            None => return Ok(Status::No),
        },
        None if origins == [Origin::Intake] => None, // the log brings its own laws
        None => {
            let what = "nothing says by which rulebook these events are to be decided".to_owned();
            return Err(Usage { what, remedy: "name it: `--rulebook 0007.yaml`".to_owned() }.into());
        }
    };
    let settings = connect::settings(&arguments.history.config)?;
    let mut history = History::gather(&origins, &settings, Stretch::of(arguments.history.from, arguments.history.to))?;
    let Some(account) = account(arguments, &settings, &mut history)? else { return Err(nobody(arguments).into()) };
    // Only the log tells what sales did: elsewhere nobody can say that nobody answered.
    let story = tell(Story::of(account, origins.contains(&Origin::Intake)), &mut history, rulebook)?;
    history.refused().tell("record", &mut terminal::stderr())?;
    if story.interactions() == 0 {
        return Err(nobody(arguments).into());
    }
    match arguments.format {
        ExplainFormat::Text => print::text(&story, out)?,
        ExplainFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &story)?;
            writeln!(out)?;
        }
    }
    Ok(Status::Well)
}

/// Whose story is asked for; of a lead, whoever opened it. `None`: nobody of this history did.
fn account(arguments: &ExplainArguments, settings: &Settings, history: &mut History) -> anyhow::Result<Option<AccountKey>> {
    if let Some(text) = &arguments.account {
        let account = Reading::new(settings).account(text);
        history.narrow_to(account.as_str());
        return Ok(Some(account));
    }
    let text = arguments.lead.as_deref().unwrap_or_default();
    let lead = LeadId::parse(text).ok_or_else(|| Usage {
        what: "this is no lead's identifier".to_owned(),
        remedy: "a lead's identifier is `L-` and 24 capital letters and digits, as in `lead_id`".to_owned(),
    })?;
    history.narrow_to_lead(&lead);
    let mut found = None;
    history.tell(|told| {
        if let (None, Record::Interaction(source, interaction)) = (&found, &told.entry.record) {
            let key = &told.entry.key;
            let opens = |offering| LeadId::new(key, offering, source, &interaction.interaction_id) == lead;
            found = interaction.offerings().any(opens).then(|| key.clone());
        }
    })?;
    if let Some(account) = &found {
        history.narrow_to(account.as_str());
    }
    Ok(found)
}

fn tell(mut story: Story, history: &mut History, rulebook: Option<Arc<Rulebook>>) -> anyhow::Result<Story> {
    let mut fold = match &rulebook {
        Some(rulebook) => Fold::under(rulebook),
        None => Fold::by_its_own_laws(),
    };
    let mut end = (0, Timestamp::EPOCH);
    history.tell(|told| {
        story.take(&told, &mut fold);
        end = (told.partition, told.at);
    })?;
    story.end(&fold, end);
    Ok(story)
}

fn nobody(arguments: &ExplainArguments) -> Problem {
    let whom = arguments.account.as_ref().map_or_else(|| "the lead".to_owned(), |account| format!("`{account}`"));
    let what = match arguments.account {
        Some(_) => format!("there is no interaction of {whom} in this history"),
        None => "no interaction in this history opened the lead".to_owned(),
    };
    let remedy = "see how decisions write `account_key`; the intake log keeps some days only: a file of events reaches further back";
    Problem::new(HISTORY_NOBODY, what, "`--account` or `--lead`", remedy)
}
