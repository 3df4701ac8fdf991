//! Whether a roster and a rulebook speak of the same teams. Neither names the other, so only whoever has both can see a slip of the pen.
//!
//! It refuses to call that an error: each loads without the other, and a lead without a seller waits in its team's queue.

use compact_str::CompactString;

use super::Roster;
use crate::contract::code::ROSTER_TEAMS;
use crate::rulebook::Rulebook;
use crate::rulebook::diagnostic::{Diagnostic, Sink};
use crate::rulebook::yaml::Span;

/// Warnings in the roster's file, given by its name and text: its teams that the rulebook does not know, and the rulebook's that it leaves out.
pub fn unlike(roster: &Roster, rulebook: &Rulebook, (file, text): (&str, &str)) -> Vec<Diagnostic> {
    let mut sink = Sink::new(file, text);
    for (team, place) in roster.places.iter().filter(|(team, _)| !rulebook.teams.contains_key(*team)) {
        let message = format!("rulebook revision {} has no team `{team}`: these sellers get no lead of it", rulebook.revision);
        let left_out = rulebook.teams.keys().filter(|known| !roster.teams.contains_key(*known));
        sink.warning(ROSTER_TEAMS, Span { start: place.start, end: place.end }, message).nearest(team, left_out.map(CompactString::as_str));
    }
    let start = roster.places.values().map(|place| place.start).min().unwrap_or_default();
    for team in rulebook.teams.keys().filter(|team| !roster.teams.contains_key(*team)) {
        let message = format!("team `{team}` of rulebook revision {} has no sellers here: its leads wait in its queue", rulebook.revision);
        sink.warning(ROSTER_TEAMS, Span { start, end: start }, message).help = Some(format!("{team}: {{ sellers: {{ eva: {{}} }} }}"));
    }
    sink.finish()
}
