//! `relevo demo`: the whole service in one process, with a sample month of a fictitious company's campaigns, in about a minute.
//!
//! For a first look, without a Kafka. The broker is embedded, the month is made up, and the clock is the demo's; the pipeline, the
//! engine and the rulebook's language are those of `relevo run`.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;

use super::Status;
use super::terminal::{Paint, fold};
use crate::cli::DemoArguments;
use crate::rulebook;
use clock::VirtualClock;
use month::campaigns::VENDOR;
use month::{FREE_MAIL, Month};
use sellers::Sellers;
use service::{Interrupt, Running};
use show::Show;
use view::WIDTH;
use view::agreement::Agreement;

mod clock;
mod hear;
mod month;
mod pace;
mod progress;
mod sellers;
mod service;
mod show;
mod signing;
mod view;

/// The agreement of the sample month's company.
pub const SAMPLE_RULEBOOK: &str = include_str!("demo/sample-rulebook.yaml");
/// Who sells there, and who is away.
const SAMPLE_ROSTER: &str = include_str!("demo/sample-roster.yaml");

/// How often Ctrl-C is looked for once nothing else happens.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Plays the month and prints what came of it.
///
/// # Errors
/// The broker can't listen, the service has died or gives no answer.
pub fn perform(arguments: &DemoArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    let (paint, month, interrupt) = (Paint::of_stdout(), Month::sample(), Interrupt::default());
    let rulebook = rulebook::compile(SAMPLE_RULEBOOK.as_bytes(), "sample-rulebook.yaml")
        .map_err(|errors| anyhow!("the sample rulebook is broken: {}", errors.first().map(ToString::to_string).unwrap_or_default()))?;
    let agreement = Agreement::of(&rulebook);
    introduce(&month, &agreement, paint, out)?;
    let clock = Arc::new(VirtualClock::at(month.begin));
    let running = Running::start((SAMPLE_RULEBOOK, SAMPLE_ROSTER), FREE_MAIL, &clock, &interrupt)?;
    running.await_law(&interrupt)?;
    let signed = signing::SIGNERS.map(|(party, person)| format!("{person} for {party}")).join(" and ");
    writeln!(out, "The service is running, and the agreement is in force, signed with keys made for this demo:")?;
    writeln!(out, "  {signed}")?;
    writeln!(out, "While it runs, its figures are at http://{}/metrics", running.address())?;
    let sellers = Sellers::of(&rulebook);
    let mut show = Show::new(&running, &clock, &interrupt, out, paint, (agreement, sellers), month.postings.len())?;
    let whole = show.play(&month, Duration::from_secs(arguments.seconds))?;
    let (tally, sent) = (show.tally().clone(), show.sent());
    if !whole {
        writeln!(out, "\nEnded early, as you asked.")?;
        running.stop()?;
        return Ok(Status::Well);
    }
    let marketing = view::summary::summary(&tally, sent, paint);
    let sales = view::response::page(&tally.response, month.end, paint);
    for line in marketing.into_iter().chain(sales) {
        writeln!(out, "{line}")?;
    }
    if arguments.stay {
        stay(&running, &interrupt, out)?;
    }
    running.stop()?;
    farewell(paint, out)?;
    Ok(if view::summary::adds_up(&tally, sent) { Status::Well } else { Status::No })
}

/// Keeps the service running until the person ends it.
fn stay(running: &Running, interrupt: &Interrupt, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nThe service goes on, with its figures at http://{}/metrics. Ctrl-C ends it.", running.address())?;
    out.flush()?;
    while !interrupt.is_raised() {
        running.check()?;
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn introduce(month: &Month, agreement: &Agreement, paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    let title = format!("Relevo: whom of all those that marketing reached should sales call? November at {VENDOR}.");
    writeln!(out, "{}\n", paint.strong(&title))?;
    let story = format!(
        "{VENDOR} does not exist. In November its marketing reached {} people of {} companies by eight campaigns and its \
         website; every invitation, tasting, click and request is a record, {} in all. Relevo reads them as they come and hands over \
         to sales those few whom a seller should call, by rules that both departments agreed on: there is a company behind the \
         person, it can buy, wants something that we sell and says by when; its profile has {} points or more, its intent {}. Being \
         invited, feasted or surveyed is no intent.",
        month.people,
        month.companies,
        month.postings.len(),
        agreement.fit,
        agreement.intent,
    );
    writeln!(out, "{}\n", fold(&story, WIDTH))?;
    let habits = Sellers::introduce().map(|(name, habit)| format!("{name} {habit}")).collect::<Vec<_>>().join("; ");
    let sellers =
        format!("Then the clock runs for sales. The sellers have habits, of which Relevo is not told, and it finds them out: {habits}.");
    writeln!(out, "{}\n", fold(&sellers, WIDTH))?;
    for (word, text) in [
        (paint.good("LEAD"), "    handed over to sales: what they want, whom to call, why, and which team answers"),
        (paint.good("answer"), "  a seller called: after how long, and whether in time"),
        (paint.bad("late"), "    nobody called in the promised time; then it is moved to somebody else"),
        (paint.bad("hoarded"), " somebody took a lead, and nothing came of it: it is taken back"),
        (paint.good("joins"), "   more from a company whose lead is open: its seller is told"),
        (paint.warning("near"), "    a near miss, and what was missing"),
        (paint.faint("owned"), "   a customer, or a sale under way: the owner is told"),
        (paint.faint("no"), "      excluded by the agreement"),
        (paint.bad("broken"), "  a record that nobody could read: set aside, with a code that says what to do"),
    ] {
        writeln!(out, "  {word}{text}")?;
    }
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

fn farewell(paint: Paint, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out)?;
    writeln!(out, "{}", paint.strong("Where to go from here"))?;
    writeln!(out, "  the agreement that decided all this   src/command/demo/sample-rulebook.yaml")?;
    writeln!(out, "  your own Kafka                        README.md, \"First deployment\"")?;
    writeln!(out, "  once more, with time to look around   relevo demo --stay")?;
    Ok(())
}
