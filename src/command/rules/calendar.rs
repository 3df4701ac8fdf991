//! `relevo rules calendar`: the holidays of an iCalendar file as lines to paste into a calendar.
//!
//! It writes into no file of the agreement: whoever pastes the lines reads them, and so do those who sign.

use std::io::{self, Write};

use crate::cli::RulesCalendarArguments;
use crate::command::terminal::count;
use crate::command::{Status, Usage};
use crate::config::Problem;
use crate::contract::Date;
use crate::contract::code::CALENDAR_FILE_UNREADABLE;
use crate::pipeline::{Clock as _, SystemClock, files};
use crate::rulebook::ics;

/// Prints the lines; nothing where the file says something that they can't.
pub fn perform(arguments: &RulesCalendarArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let shown = arguments.file.display().to_string();
    let wrong = |what: &str, remedy: &str| Usage { what: what.to_owned(), remedy: remedy.to_owned() };
    let from = match arguments.from.as_deref().map(Date::parse) {
        None => SystemClock.now().utc_date(),
        Some(Ok(from)) => from,
        Some(Err(_)) => return Err(wrong("`--from` is no date YYYY-MM-DD", "for example --from 2026-12-01").into()),
    };
    if arguments.time_zone.as_deref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        return Err(wrong("`--time-zone` names no time zone", "names of the IANA database, for example America/Mexico_City").into());
    }
    let text = files::read_text(&arguments.file, ics::MAX_FILE_BYTES).map_err(|why| {
        let remedy = "name an iCalendar file, such as holidays.ics";
        Problem::new(CALENDAR_FILE_UNREADABLE, format!("the file can't be read: {why}"), shown.clone(), remedy)
    })?;
    let holidays = ics::holidays(&text, arguments.time_zone.as_deref(), Some(from)).map_err(|refused| {
        let remedy = format!(
            "take the event out of a copy of the file, or write its days by hand; `relevo explain-code {}` says more",
            refused.code
        );
        Problem::new(refused.code, refused.message, format!("{shown}, line {}", refused.line), remedy)
    })?;
    print(&holidays, from, out)?;
    Ok(Status::Well)
}

fn print(holidays: &ics::Holidays, from: Date, out: &mut impl Write) -> io::Result<()> {
    let left_out = match holidays.passed {
        0 => String::new(),
        passed => format!("; {} before {from} left out", count(passed as u64, "day")),
    };
    writeln!(
        out,
        "# {}{left_out}. Put these lines under a calendar, and let them be read before they are signed.",
        count(holidays.days() as u64, "day")
    )?;
    if holidays.days() > 0 {
        holidays.lines().iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}
