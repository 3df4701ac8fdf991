//! Waiting until a revision is in force in every partition: what a deployment job does after it has put a file into the folder.
//!
//! It only asks. What lies in the folder is offered by the service, and whoever asks needs no right to write anything.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::command::Status;
use crate::command::terminal::Paint;
use crate::rulebook::Rulebook;

use super::known::Laws;

/// How often the partitions are asked.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Waits until every partition has this rulebook, or another one of its number.
pub fn until_in_force(
    laws: &Laws<'_>,
    wanted: &Rulebook,
    patience: Duration,
    paint: Paint,
    out: &mut impl Write,
) -> anyhow::Result<Status> {
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
            let partitions = if have == 1 { "the only partition".to_owned() } else { format!("all {have} partitions") };
            writeln!(out, "{}", paint.good(&format!("Revision {} is in force in {partitions}.", wanted.revision)))?;
            return Ok(Status::Well);
        }
        if began.elapsed() >= patience {
            let says =
                format!("Revision {} is in force in {have} of {} partitions after {} s.", wanted.revision, known.len(), patience.as_secs());
            writeln!(out, "{}", paint.bad(&says))?;
            writeln!(
                out,
                "Are Intake and Decide running, and do they have this file? Their logs, and /readyz?verbose, say what they refused and why."
            )?;
            return Ok(Status::No);
        }
        std::thread::sleep(ASK_EVERY);
    }
}
