//! `relevo state …`: what an operator does about a halted partition. Each looks first, says what it will do and what is lost by it, and changes
//! offsets and state in one transaction, while no pod works.
//!
//! This folder refuses to decide by itself: nothing is changed that nobody asked for.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::config::{Problem, Settings};
use crate::contract::code;
use crate::kafka::offsets::Offsets;
use crate::kafka::producer::StagedOffset;
use crate::kafka::record::Outgoing;
use crate::kafka::{CommitOutcome, Error, Identity, Producer};

use super::{Usage, connect};

pub mod inspect;
pub(in crate::command) mod look;
pub mod rebase;
mod rebase_inputs;
pub mod rebuild;
mod recorded;
mod refold;

/// How long the members of a group may take to be forgotten after they were stopped: their session has to end.
const LEAVING_PATIENCE: Duration = Duration::from_secs(45);
/// How long the cluster may take to give a transactional identity.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(30);

/// How long a transaction may stay open here, where the configuration does not say: a partition's whole state may be in it.
const TRANSACTION_PATIENCE: Duration = Duration::from_secs(600);

/// A row of the changelog: its partition, its key, and its value; `None`: it goes.
struct RowChange {
    partition: i32,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

/// Waits until no pod is in the group.
fn await_nobody(settings: &Settings, offsets: &Offsets, group: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let members = offsets.members().map_err(|error| connect::refused(settings, &error))?;
        if members.is_empty() {
            return Ok(());
        }
        if began.elapsed() > LEAVING_PATIENCE {
            let what = format!("{} of the group `{group}` still work, or have just ended: {}", members.len(), members.join(", "));
            return Err(Problem::new(
                code::STATE_IN_USE,
                what,
                format!("group {group}"),
                "stop every pod of the deployment, wait a minute, and try again",
            )
            .into());
        }
        if began.elapsed() < Duration::from_millis(300) {
            writeln!(out, "Waits until {} of the group {group} has left …", members.join(", "))?;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Whether it shall be done.
fn is_confirmed(yes: bool, out: &mut impl Write) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Usage {
            what: "nobody is there to confirm it".to_owned(),
            remedy: "read what it will do, and give `--yes`".to_owned(),
        }
        .into());
    }
    write!(out, "Go on? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Commits offsets of a stage's group, and rows of the changelog, in one transaction.
fn commit(settings: &Settings, stage: &'static str, offsets: &Offsets, staged: &[StagedOffset], rows: &[RowChange]) -> anyhow::Result<()> {
    let refused = |error: Error| connect::refused(settings, &error);
    let identity = Identity { application: settings.application.clone(), pod: "relevo-state".into(), stage, worker: 0 };
    let connection = connect::connection(settings).with_transactions_of(TRANSACTION_PATIENCE);
    let mut producer = Producer::new(&connection, &identity.to_string(), &|waited| waited < IDENTITY_PATIENCE).map_err(refused)?;
    let outsider = offsets.outsider().ok_or_else(|| refused(Error::other("committing offsets", "the client knows no group")))?;
    let mut transaction = producer.begin().map_err(refused)?;
    for RowChange { partition, key, value } in rows {
        let row = Outgoing {
            topic: &settings.topics.changelog,
            partition: Some(*partition),
            timestamp: None,
            key: Some(key),
            value: value.as_deref(),
            headers: &[],
        };
        transaction.write(&row).map_err(refused)?;
    }
    match transaction.commit(staged, &outsider) {
        CommitOutcome::Committed => Ok(()),
        CommitOutcome::RolledBack(why) => anyhow::bail!("nothing was changed: {}", why.reason),
        CommitOutcome::Fenced(reason) => anyhow::bail!("nothing was changed: {reason}"),
        CommitOutcome::Unclear(why) => anyhow::bail!(
            "it is not known whether it was changed ({}): look with `relevo state inspect`, and do it again if need be",
            why.reason
        ),
    }
}
