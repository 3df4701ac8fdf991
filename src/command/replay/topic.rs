//! Reading a history from a cluster: all partitions of a topic, committed records only, from a time on to the end as it is now.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::command::connect;
use crate::config::{Problem, Settings};
use crate::contract::Timestamp;
use crate::kafka::offsets::Offsets;
use crate::kafka::{Incoming, TopicPartition, reader};

/// How long a partition may bring nothing until reading is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shows every record of a partition that was appended since `from`. The first trouble that `each` reports ends it.
///
/// # Errors
/// The cluster does not answer, or what `each` said.
pub fn read<E>(
    settings: &Settings,
    partition: &TopicPartition,
    from: Timestamp,
    mut each: impl FnMut(&Incoming<'_>) -> Result<(), E>,
) -> Result<Result<(), E>, Problem> {
    let refused = |error| connect::refused(settings, &error);
    let connection = connect::connection(settings);
    let begin = if from == Timestamp::EPOCH {
        None
    } else {
        let offsets = Offsets::of(&connection, "relevo-reader").map_err(refused)?;
        let first = offsets.first_since(std::slice::from_ref(partition), from).map_err(refused)?;
        let Some(Some(begin)) = first.into_iter().next() else { return Ok(Ok(())) }; // everything there is older
        Some(begin)
    };
    let heard = Cell::new(Instant::now());
    let mut result = Ok(());
    let failed = Cell::new(false);
    let gives_up = || failed.get() || heard.get().elapsed() > PATIENCE;
    let read = reader::read_to_end(&connection, partition, begin, &gives_up, |record| {
        heard.set(Instant::now());
        if result.is_ok() {
            result = each(record);
            failed.set(result.is_err());
        }
    });
    if result.is_err() {
        return Ok(result);
    }
    read.map_err(refused)?;
    Ok(Ok(()))
}
